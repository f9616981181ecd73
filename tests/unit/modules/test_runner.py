"""What the action of every module refuses by itself, before Ansible's validator would stumble over it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
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
