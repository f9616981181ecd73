"""The profile as a person writes it: what is taken, and one clear error with the option's path for all else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.model import (
    Desired,
    DesiredDap,
    DesiredGroupPolicy,
    DesiredSsl,
    DesiredTunnelGroup,
)
from ansible.module_utils.vpnphone.plan.desired import desired_of
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plan.desk import PROFILE, URL

GROUP = {"name": "VPNPhone"}


class Tagged(str):
    """A text as Ansible hands it over."""

    __slots__ = ()


def test_everything_that_can_be_desired() -> None:
    profile = PROFILE | {
        "ssl": {"ciphers": {"tlsv1.2": ["AES256-SHA", "AES128-SHA"]}},
        "dap": {"record": "VPNPhone", "action": "continue", "priority": 5},
    }
    assert desired_of(profile) == Desired(
        tunnel_group_name="VPNPhone",
        tunnel_group=DesiredTunnelGroup(without_csd=True, group_url=URL, authentication="certificate"),
        group_policy=DesiredGroupPolicy(
            name="GroupPolicy_VPNPhone",
            simultaneous_logins=3,
            ssl_client=True,
            group_lock="VPNPhone",
            vpn_filter="none",
            split_tunnel_policy="tunnelall",
        ),
        ssl=DesiredSsl(ciphers={"tlsv1.2": ("AES256-SHA", "AES128-SHA")}),
        dap=DesiredDap(record="VPNPhone", priority=5),
    )


@pytest.mark.parametrize(
    "empty",
    [
        {},
        {"group_policy": None, "ssl": None, "dap": None},
        {"group_policy": {}, "ssl": {}, "dap": {}},
        {"group_policy": {"name": None, "vpn_filter": "", "ssl_client": None}, "ssl": {"ciphers": None}},
        {"ssl": {"ciphers": {}}, "dap": {"record": None, "action": "", "priority": None}},
    ],
)
def test_what_has_no_value_is_left_alone(empty: dict[str, Any]) -> None:
    assert desired_of({"tunnel_group": GROUP, **empty}) == Desired(tunnel_group_name="VPNPhone")


def test_the_name_of_a_policy_alone_is_a_wish() -> None:
    found = desired_of({"tunnel_group": GROUP, "group_policy": {"name": "GP"}})
    assert found.group_policy == DesiredGroupPolicy(name="GP")


def test_texts_of_ansible_become_plain_ones() -> None:
    found = desired_of(
        {Tagged("tunnel_group"): {Tagged("name"): Tagged("TG")}, "ssl": {"ciphers": {Tagged("dtlsv1"): [Tagged("A")]}}}
    )
    # msgspec writes no subclass of str.
    assert b'"TG"' in msgspec.json.encode(found)
    assert found.ssl is not None
    assert {type(name) for name in found.ssl.ciphers} == {str}


BAD: list[tuple[Any, str, str]] = [
    (None, "profile.tunnel_group.name", "bad_input"),
    ({}, "profile.tunnel_group.name", "bad_input"),
    ([], "profile", "bad_input"),
    ("x", "profile", "bad_input"),
    ({"tunnel_group": []}, "profile.tunnel_group", "bad_input"),
    ({"tunnel_group": {"name": ""}}, "profile.tunnel_group.name", "bad_input"),
    ({"tunnel_group": {"name": 7}}, "profile.tunnel_group.name", "bad_input"),
    ({"tunnel_group": {"name": "a b"}}, "profile.tunnel_group.name", "name_refused"),
    ({"tunnel_group": GROUP, "tunnelgroup": {}}, "profile", "bad_input"),
    ({"tunnel_group": GROUP | {"without-csd": True}}, "profile.tunnel_group", "bad_input"),
    ({"tunnel_group": GROUP | {"without_csd": False}}, "profile.tunnel_group.without_csd", "bad_input"),
    ({"tunnel_group": GROUP | {"without_csd": "yes"}}, "profile.tunnel_group.without_csd", "bad_input"),
    ({"tunnel_group": GROUP | {"group_url": "http://x/"}}, "profile.tunnel_group.group_url", "name_refused"),
    ({"tunnel_group": GROUP | {"authentication": "aaa"}}, "profile.tunnel_group.authentication", "bad_input"),
]
BAD += [
    ({"tunnel_group": GROUP, "group_policy": given}, f"profile.group_policy.{option}", code)
    for given, option, code in (
        ({"name": "DfltGrpPolicy"}, "name", "group_policy_missing"),
        ({"name": "dfltgrppolicy"}, "name", "group_policy_missing"),
        ({"name": "a?"}, "name", "name_refused"),
        ({"simultaneous_logins": 0}, "simultaneous_logins", "bad_input"),
        ({"simultaneous_logins": -1}, "simultaneous_logins", "bad_input"),
        ({"simultaneous_logins": 2147483648}, "simultaneous_logins", "bad_input"),
        ({"simultaneous_logins": True}, "simultaneous_logins", "bad_input"),
        ({"simultaneous_logins": "3"}, "simultaneous_logins", "bad_input"),
        ({"ssl_client": False}, "ssl_client", "bad_input"),
        ({"group_lock": "Staff"}, "group_lock", "bad_input"),
        ({"vpn_filter": "my acl"}, "vpn_filter", "name_refused"),
        ({"vpn_filter": "None"}, "vpn_filter", "bad_input"),
        ({"vpn_filter": "a\nb"}, "vpn_filter", "name_refused"),
        ({"split_tunnel_policy": "tunnelspecified"}, "split_tunnel_policy", "bad_input"),
    )
]
BAD += [
    ({"tunnel_group": GROUP, "ssl": {"ciphers": given}}, f"profile.ssl.ciphers{where}", "bad_input")
    for given, where in (
        ([], ""),
        ({"tls v1": ["AES128-SHA"]}, ""),
        ({"TLSV1\n": ["AES128-SHA"]}, ""),
        ({1: ["AES128-SHA"]}, ""),
        ({"tlsv1": []}, ".tlsv1"),
        ({"tlsv1": None}, ".tlsv1"),
        ({"tlsv1": "AES128-SHA"}, ".tlsv1"),
        ({"tlsv1": ["AES128-SHA", "AES128-SHA"]}, ".tlsv1"),
        ({"tlsv1": ['A"B']}, ".tlsv1"),
        ({"tlsv1": ["A:B"]}, ".tlsv1"),
        ({"tlsv1": [7]}, ".tlsv1"),
    )
]
BAD += [
    ({"tunnel_group": GROUP, "dap": given}, f"profile.dap.{option}", code)
    for given, option, code in (
        ({"priority": 5}, "record", "bad_input"),
        ({"record": "DfltAccessPolicy"}, "record", "bad_input"),
        ({"record": "a b"}, "record", "name_refused"),
        ({"record": "R", "action": "terminate"}, "action", "bad_input"),
        ({"record": "R", "priority": -1}, "priority", "bad_input"),
    )
]


@pytest.mark.parametrize(("profile", "where", "code"), BAD)
def test_one_error_with_the_path_of_the_option(profile: Any, where: str, code: str) -> None:
    with pytest.raises(BadInput) as caught:
        desired_of(profile)
    assert (caught.value.where, caught.value.code) == (where, code)
    assert caught.value.todo
    assert str(caught.value).isprintable()


def test_a_typing_error_is_met_with_the_word_that_was_meant() -> None:
    with pytest.raises(BadInput, match="Did you mean group_lock"):
        desired_of({"tunnel_group": GROUP, "group_policy": {"grouplock": "none"}})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
OPTIONS = ("name", "without_csd", "group_url", "ssl_client", "group_lock", "ciphers", "record", "priority")


@given(
    profile=VALUES
    | st.dictionaries(
        st.sampled_from(("tunnel_group", "group_policy", "ssl", "dap")),
        VALUES | st.dictionaries(st.sampled_from(OPTIONS), VALUES),
    )
)
def test_whatever_is_given_is_a_profile_or_one_error(profile: Any) -> None:
    try:
        found = desired_of(profile)
    except BadInput as error:
        assert error.where.startswith("profile")
        assert str(error).isprintable()
        return
    assert msgspec.json.decode(msgspec.json.encode(found), type=Desired) == found
