"""S1: secrets come from the environment, a vault or a file; they are in no command line, no task and no log."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.vpnphone.transport.cluster import ClusterOptions
from ansible.module_utils.vpnphone.transport.options import Connection
from ansible.module_utils.vpnphone.transport.way import way_of

from tests.unit.security.product import EVERY_SOURCE, MODULES, ROOT, SOURCES, calls, dotted, module, nodes, short
from tools.documented import documentation

CANARY = "CaNaRy-s1"
NAMED = re.compile(r"pass(?:word|phrase|wd|_?code)|secret|credential|private_?key|community|cookie", re.IGNORECASE)
# Options whose documentation speaks of a secret, and that hold none.
ABOUT = {
    "private_key_file": "the path of a key, not the key",
    "pkcs12_file": "the path of a file, not what is in it",
    "save_to": "says that secrets are redacted there",
    "include_aaa": "names of phones whose users type a password",
}
# Inventory variables that hold a secret: Ansible's own, and what the modules add.
SECRETS = {
    name
    for path in MODULES
    for option, names in getattr(module(path), "INVENTORY_VARIABLES", {}).items()
    if module(path).ARGUMENT_SPEC.get(option, {}).get("no_log")
    for name in names
}


class _Loader(yaml.SafeLoader):
    """With Ansible's own tags, as plain text."""


for tag in ("!unsafe", "!vault"):
    _Loader.add_constructor(tag, lambda _, node: str(node.value))


def options(documented: dict[str, Any], spec: dict[str, Any], above: str = "") -> Iterator[tuple[str, str, bool]]:
    """(path, name and description, no_log) of every option, nested ones too."""
    for name, option in spec.items():
        told = documented[name]["description"]
        yield above + name, f"{name} {told if isinstance(told, str) else ' '.join(told)}", bool(option.get("no_log"))
        if "options" in option:
            yield from options(documented[name]["suboptions"], option["options"], f"{above}{name}.")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_s01_every_secret_option_has_no_log(path: Path) -> None:
    loaded = module(path)
    found = list(options(documentation(loaded)["options"], loaded.ARGUMENT_SPEC))
    loud = [name for name, told, quiet in found if NAMED.search(told) and not quiet and name not in ABOUT]
    assert loud == []
    # no_log hides the value wherever it turns up; on what is no secret it would black out the output.
    assert [name for name, told, quiet in found if quiet and not NAMED.search(told)] == []


def test_s01_the_secrets_are_known() -> None:
    known = {"ansible_password", "ansible_become_password", "vpnphone_os_password", "vpnphone_pkcs12_passphrase"}
    assert known <= SECRETS


def test_s01_no_returned_value_is_a_secret() -> None:
    for path in MODULES:
        assert not [name for name in yaml.safe_load(module(path).RETURN) if NAMED.search(str(name))], path.stem


def tasks() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every task of a role or a playbook, blocks included."""

    def walk(value: Any) -> Iterator[dict[str, Any]]:
        for one in value if isinstance(value, list) else []:
            if isinstance(one, dict):
                yield one
                for key in ("tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always"):
                    yield from walk(one.get(key))

    places = [path for room in ("roles", "playbooks", "examples") for path in (ROOT / room).rglob("*.yml")]
    for path in sorted({place.resolve() for place in places}):
        for document in yaml.load_all(path.read_text(encoding="utf-8"), _Loader):
            yield from ((short(path), task) for task in walk(document))


def test_s01_no_task_takes_a_secret_into_its_arguments() -> None:
    """The action plugin takes secrets from the inventory by itself, so -vvv and callbacks never see them in a task."""
    found = list(tasks())
    assert len(found) > 100
    names = re.compile(rf"\b(?:{'|'.join(sorted(SECRETS | {'ansible_ssh_pass'}))})\b")
    loud = [
        (place, task.get("name"))
        for place, task in found
        if not task.get("no_log")
        and names.search(str({key: one for key, one in task.items() if key not in ("tasks", "block")}))
    ]
    assert loud == []


def test_s01_role_options_that_are_secrets_have_no_log() -> None:
    for path in sorted((ROOT / "roles").glob("*/meta/argument_specs.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values():
            for name, option in entry.get("options", {}).items():
                assert not NAMED.search(name) or option.get("no_log"), f"{short(path)}: {name}"


def test_s01_inventories_that_are_shipped_hold_no_plain_secret() -> None:
    """What a customer copies shows where secrets come from. The lab's are made up by the lab itself."""
    seen = 0
    for path in sorted([*(ROOT / "inventories").rglob("*.yml"), *(ROOT / "examples").rglob("*.yml")]):
        for line in path.read_text(encoding="utf-8").splitlines():
            key, mark, value = line.strip().lstrip("#- ").partition(":")
            if mark and key.strip("\"' ") in SECRETS and value.strip():
                seen += 1
                assert re.search(r"lookup\(|vault|\{\{", value), f"{short(path)}: {line.strip()}"
    assert seen > 1


# --- command lines --------------------------------------------------------------------------------------------------


def test_s01_one_place_of_the_product_starts_a_process() -> None:
    """And no place starts a shell; so there is one command line to look at, which the next test does."""
    places = {short(path) for path in SOURCES for name, _ in calls(path) if name.startswith("subprocess.")}
    assert places == {"module_utils/vpnphone/transport/way.py"}
    shells = re.compile(r"os\.(?:system|popen|exec\w+|spawn\w+|posix_spawnp?)|pty\.spawn|.*create_subprocess_shell")
    for path in EVERY_SOURCE:
        for name, call in calls(path):
            assert not shells.fullmatch(name), short(path)
            shell = [one.value for one in call.keywords if one.arg == "shell"]
            assert all(isinstance(one, ast.Constant) and one.value is False for one in shell), short(path)


@pytest.mark.parametrize(
    "lines",
    ["ProxyJump jump1,user@jump2:2222", "ProxyCommand ssh -W %h:%p %r@jump", "ProxyCommand nc %h %p", "User other"],
)
def test_s01_no_secret_is_in_the_command_that_leads_to_a_device(tmp_path: Path, lines: str) -> None:
    config = tmp_path / "config"
    config.write_text(f"Host *\n  {lines}\n", encoding="utf-8")
    given = Connection(
        "192.0.2.1", 22, "admin", f"{CANARY}-login", f"{CANARY}-enable", None, None, str(config), False, None, 5, 5
    )
    way = way_of(given, "asa1")
    assert CANARY not in " ".join(way.command)
    assert ("Proxy" in lines) == bool(way.command)


def test_s01_a_secret_becomes_no_variable_of_the_environment() -> None:
    for path in SOURCES:
        for node in nodes(path):
            targets = node.targets if isinstance(node, ast.Assign) else []
            named = [one for one in targets if isinstance(one, ast.Subscript) and dotted(one.value) == "os.environ"]
            # ttp's folder of pickles, and nothing else.
            assert not named or short(path) == "module_utils/vpnphone/parse/engine.py", short(path)


def test_s01_options_that_hold_secrets_are_not_shown_whole() -> None:
    given = {"host": "h", "username": "u", "password": CANARY, "os_username": "o", "os_password": CANARY}
    given |= {"connect_timeout": 5, "command_timeout": 5, "axl_port": 1, "os_port": 1, "platform_port": 1}
    assert CANARY not in repr(ClusterOptions.of(given, "c"))
    shown = repr(Connection("h", 22, "u", CANARY, CANARY, None, None, None, False, None, 5, 5))
    assert shown == "Connection(u@h:22)"
