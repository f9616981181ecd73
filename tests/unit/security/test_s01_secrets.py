"""S1: secrets come from the environment, a vault or a file; they are in no command line, no task and no log."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.inventory.manager import InventoryManager
from ansible.module_utils.vpnphone.plain_text import warning
from ansible.module_utils.vpnphone.transport.cluster import ClusterOptions
from ansible.module_utils.vpnphone.transport.options import Connection
from ansible.module_utils.vpnphone.transport.way import way_of
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.vars.manager import VariableManager

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


# --- plain text -----------------------------------------------------------------------------------------------------


def warned_of(inventory: Path) -> set[tuple[str, str]]:
    """(variable, file within the inventory) of every secret that is warned of, of every host."""
    loader = DataLoader()
    hosts = InventoryManager(loader, sources=[str(inventory)])
    manager = VariableManager(loader, hosts)
    found = set()
    for host in hosts.get_hosts():
        variables = manager.get_vars(host=host)
        for name in SECRETS & variables.keys():
            value = Templar(loader, variables).template(variables[name])
            if text := warning(name, variables[name], value, {}):
                assert CANARY not in text
                found.add((name, text.partition(f"{name} is in plain text in {inventory}/")[2].partition(". ")[0]))
    return found


def example_in(folder: Path) -> Path:
    """A copy of the example, with lookups by their short names: only Ansible's programs can look into a collection."""
    for path in (ROOT / "inventories" / "example").rglob("*.yml"):
        copy = folder / path.relative_to(ROOT / "inventories" / "example")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text(encoding="utf-8").replace("ansible.builtin.env", "env"), encoding="utf-8")
    return folder


def test_s01_plain_text_in_an_inventory_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every secret variable, wherever an inventory may have it; what is copied from the example is quiet."""
    for name in ("ASA_PASSWORD", "ASA_ENABLE", "AXL_PASSWORD"):
        monkeypatch.setenv(name, CANARY)
    assert warned_of(example_in(tmp_path / "example")) == set()
    mine = example_in(tmp_path / "mine")
    named = sorted(SECRETS)
    for folder in ("host_vars", "group_vars/cucm"):
        (mine / folder).mkdir(parents=True)
    (mine / "host_vars" / "asa-hq.yml").write_text("".join(f"{name}: {CANARY}\n" for name in named), encoding="utf-8")
    (mine / "group_vars" / "cucm" / "axl.yml").write_text(f"ansible_password: {CANARY}\n", encoding="utf-8")
    (mine / "more").write_text(f"[cucm]\none\ntwo vpnphone_os_password={CANARY}\n", encoding="utf-8")
    assert warned_of(mine) == {(name, "host_vars/asa-hq.yml") for name in named} | {
        ("ansible_password", "group_vars/cucm/axl.yml"), ("vpnphone_os_password", "more"),
    }  # fmt: skip


def test_s01_the_action_looks_at_every_secret_variable() -> None:
    """It knows a secret by its option at the top of the module's spec."""
    for path in MODULES:
        loaded = module(path)
        quiet = {name for name, _, quiet in options(documentation(loaded)["options"], loaded.ARGUMENT_SPEC) if quiet}
        filled = quiet & getattr(loaded, "INVENTORY_VARIABLES", {}).keys()
        assert filled <= loaded.ARGUMENT_SPEC.keys(), path.stem
        assert quiet == filled, path.stem


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
