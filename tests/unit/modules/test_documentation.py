"""The documentation of every module says what its argument spec does; every module has its action plugin."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from tools.documented import documentation, load

ROOT = Path(__file__).resolve().parents[3]
MODULES = sorted((ROOT / "library").glob("vpnphone_*.py"))
SECRET = re.compile(r"pass(word|phrase)|secret|token|private_key(?!_file)")


@pytest.fixture(params=MODULES, ids=lambda path: path.stem)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return load(request.param)


def compare(documented: dict[str, Any], spec: dict[str, Any], where: str) -> None:
    assert sorted(documented) == sorted(spec), where
    for name, option in spec.items():
        text = documented[name]
        place = f"{where}.{name}"
        assert text["type"] == option.get("type", "str"), place
        assert text.get("elements") == option.get("elements"), place
        assert text.get("required", False) == option.get("required", False), place
        assert text.get("default") == option.get("default"), place
        assert text.get("choices") == option.get("choices"), place
        assert text["description"], place
        if "options" in option:
            compare(text["suboptions"], option["options"], place)
        # `no_log` is decided for every option whose name sounds secret.
        if SECRET.search(name):
            assert option.get("no_log") is True, f"{place} is a secret"


def test_there_are_modules() -> None:
    assert len(MODULES) >= 5


def test_options(module: ModuleType) -> None:
    found = documentation(module)
    assert found["module"] == module.__name__
    compare(found["options"], module.ARGUMENT_SPEC, module.__name__)


def test_what_several_modules_share_is_written_once(module: ModuleType) -> None:
    """An option of a fragment that a module names is not described in the module again."""
    own = yaml.safe_load(module.DOCUMENTATION)
    for name in own.get("extends_documentation_fragment", ()):
        fragment = yaml.safe_load(load(ROOT / "doc_fragments" / f"{name}.py").ModuleDocFragment.DOCUMENTATION)
        assert not set(fragment["options"]) & set(own["options"])


def test_attributes(module: ModuleType) -> None:
    attributes = yaml.safe_load(module.DOCUMENTATION)["attributes"]
    assert {"check_mode", "diff_mode", "idempotent"} <= set(attributes)
    for name, attribute in attributes.items():
        assert attribute["support"] in ("full", "partial", "none"), name
        assert attribute["description"], name
    # Every module here runs in check mode; standalone.run_module says so to Ansible.
    assert attributes["check_mode"]["support"] == "full"


def test_examples_use_documented_options(module: ModuleType) -> None:
    examples = yaml.safe_load(module.EXAMPLES)
    tasks = [task for task in examples if module.__name__ in task]
    assert tasks
    for task in tasks:
        assert task["name"]
        assert set(task[module.__name__] or {}) <= set(module.ARGUMENT_SPEC)


def test_return_values_are_described(module: ModuleType) -> None:
    for name, value in yaml.safe_load(module.RETURN).items():
        assert {"description", "returned", "type", "sample"} <= set(value), name


def test_every_module_runs_in_the_worker(module: ModuleType) -> None:
    action = ROOT / "action_plugins" / f"{module.__name__}.py"
    assert "vpnphone_runner" in action.read_text()


def test_role_specs_match_the_module_they_feed() -> None:
    spec = load(ROOT / "library" / "vpnphone_assess.py").ARGUMENT_SPEC
    role = yaml.safe_load((ROOT / "roles/assess/meta/argument_specs.yml").read_text())
    options = role["argument_specs"]["main"]["options"]
    assert sorted(options) == sorted(f"assess_{name}" for name in spec)
    for name, option in spec.items():
        assert options[f"assess_{name}"]["type"] == option["type"], name
    defaults = yaml.safe_load((ROOT / "roles/assess/defaults/main.yml").read_text())
    assert sorted(defaults) == sorted(options)
