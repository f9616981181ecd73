"""What the action of every module refuses by itself, before Ansible's validator would stumble over it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible._internal._templating._engine import TemplateEngine
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.template import Templar, trust_as_template
from hypothesis import given
from hypothesis import strategies as st

from tests.plugins import load_plugin

RUNNER = load_plugin("action_plugins/vpnphone_runner.py")
SPEC: dict[str, Any] = {
    "profile": {
        "type": "dict",
        "options": {
            "tunnel_group": {"type": "dict", "options": {"name": {"type": "str"}}},
            "ssl": {"type": "dict", "options": {"ciphers": {"type": "dict"}}},
        },
    },
    "rows": {"type": "list", "elements": "dict", "options": {"name": {"type": "str"}}},
    "port": {"type": "int"},
}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"profile": 5}, "profile has 5"),
        ({"profile": True}, "profile has True"),
        ({"profile": [1]}, "profile has 1"),
        ({"profile": {"tunnel_group": 1.5}}, "profile.tunnel_group has 1.5"),
        ({"rows": [{"name": "a"}, 7]}, "rows has 7"),
        ({"profile": {"tunnel_group": {"name": 5}, "ssl": {"ciphers": 5}}}, ""),
        ({"profile": None, "port": 5}, ""),
        ({"profile": "tunnel_group=x"}, ""),
        ({}, ""),
    ],
)
def test_what_stands_in_place_of_a_dictionary(value: dict[str, Any], said: str) -> None:
    found = RUNNER._misplaced(SPEC, value)
    assert found.startswith(said)
    assert bool(found) == bool(said)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["tunnel_group", "ssl", "name", "ciphers"]), inner, max_size=3)
    ),
)


@given(ANYTHING, ANYTHING)
def test_the_validator_never_stumbles_over_what_is_left(profile: Any, rows: Any) -> None:
    value = {"profile": profile, "rows": rows}
    if not RUNNER._misplaced(SPEC, value):
        ArgumentSpecValidator(SPEC).validate(value)


VARIABLES: dict[str, Any] = {
    "plain": "2001:db8::5",
    "number": 5,
    "empty": "",
    "one": trust_as_template("{{ plain }}"),
    "two": trust_as_template("{{one}}"),
    "to_number": trust_as_template("{{ number }}"),
    "to_empty": trust_as_template("{{ empty }}"),
    "filtered": trust_as_template("{{ plain | upper }}"),
    "within": trust_as_template("x{{ plain }}"),
    "of_device": "{{ plain }}",
    "to_device": trust_as_template("{{ of_device }}"),
    "round": trust_as_template("{{ round }}"),
    "ring": trust_as_template("{{ gnir }}"),
    "gnir": trust_as_template("{{ ring }}"),
    "lost": trust_as_template("{{ nowhere }}"),
    "omitted": trust_as_template("{{ omit }}"),
    "global": trust_as_template("{{ range }}"),
}


def templated(name: str, *, follow: bool) -> Any:
    """What Ansible makes of a variable, and what the action does, which follows plain references itself."""
    templar = Templar(variables=VARIABLES)
    action = RUNNER.ActionModule.__new__(RUNNER.ActionModule)
    action._templar = templar
    try:
        return action._value(VARIABLES[name], VARIABLES) if follow else templar.template(VARIABLES[name])
    except AnsibleError as error:
        return type(error)


@pytest.mark.parametrize("name", VARIABLES)
def test_a_reference_is_followed_to_what_ansible_would_find(name: str) -> None:
    assert templated(name, follow=True) == templated(name, follow=False)


@pytest.mark.parametrize("name", ["one", "two", "to_number", "to_empty"])
def test_a_plain_reference_needs_no_template(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TemplateEngine, "_compile_template", lambda *_: pytest.fail("a template was compiled"))
    assert templated(name, follow=True) in ("2001:db8::5", 5, "")


@pytest.mark.parametrize(
    ("kind", "value", "taken"),
    [
        ("path", "captures", {"option": "captures"}),
        ("path", "", {}),
        ("path", None, {}),
        # As a role's default(omit, true) has it: no folder of that name.
        ("path", False, {}),
        ("bool", False, {"option": False}),
        ("int", 0, {"option": 0}),
    ],
)
def test_what_counts_as_not_set(kind: str, value: Any, taken: dict[str, Any]) -> None:
    action = RUNNER.ActionModule.__new__(RUNNER.ActionModule)
    action._templar = Templar(variables={})
    action._play_context = SimpleNamespace(remote_user=None, password=None, become_pass=None, private_key_file=None)
    filled: dict[str, Any] = {}
    action._add_inventory(filled, {"option": ("variable",)}, {"variable": value}, {"option": {"type": kind}})
    assert filled == taken


def test_ansible_looks_for_ended_workers_with_slack() -> None:
    assert Path("/proc/self/timerslack_ns").read_text(encoding="ascii") == "3000000\n"
