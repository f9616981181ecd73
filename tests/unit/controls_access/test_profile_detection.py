"""detect(): which tunnel-groups are the phones', and how sure."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.controls.site import Site
from ansible.module_utils.vpnphone.model import GroupUrl, Session, TunnelGroup
from ansible.module_utils.vpnphone.profiles import detect, is_phone_session, is_phone_user
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.controls.builders import state

URL = GroupUrl(url="https://vpn.example.com/x", enabled=True)
OFF = GroupUrl(url="https://vpn.example.com/x", enabled=False)


def tg(name: str, **fields: Any) -> TunnelGroup:
    return TunnelGroup(**({"name": name, "kind": "remote-access"} | fields))


def likely(name: str, **fields: Any) -> TunnelGroup:
    return tg(
        name, **({"group_urls": (URL,), "authentication": ("certificate",), "without_csd": "without-csd"} | fields)
    )


def session(group: str, user: str = "CP-8841-SEP00AABBCCDDEE", client: str = "") -> Session:
    return Session(username=user, tunnel_group=group, client=client)


@pytest.mark.parametrize(
    ("groups", "sessions", "given_names", "expected"),
    [
        # Given ones that exist, in the order given, once each; nothing else is looked for.
        ((tg("A"), tg("B")), (session("B"),), ("B", "A", "B"), [("B", "given"), ("A", "given")]),
        ((tg("A"), likely("B")), (), ("gone",), []),
        ((tg("A"), tg("B")), (), ("gone", "A"), [("A", "given")]),
        # Case counts.
        ((tg("VPNPhone"),), (), ("vpnphone",), []),
        # Sessions before lines before names.
        ((tg("A"), likely("B"), tg("Phones")), (session("A"),), (), [("A", "sessions")]),
        ((tg("A"),), (session("A", "kim", "Cisco SVC IPPhone Client v1.0"),), (), [("A", "sessions")]),
        ((tg("A"),), (session("A", "kim", "AnyConnect Windows"),), (), []),
        ((tg("A"),), (session("gone"),), (), []),
        ((tg("Z"), tg("A")), (session("Z"), session("A")), (), [("A", "sessions"), ("Z", "sessions")]),
        ((likely("B"), tg("Phones")), (), (), [("B", "likely")]),
        ((likely("B", group_urls=(OFF,)),), (), (), []),
        ((likely("B", authentication=("aaa",)),), (), (), []),
        ((likely("B", without_csd=""),), (), (), []),
        ((likely("B-Phones", without_csd=""),), (), (), [("B-Phones", "likely")]),
        ((likely("B", without_csd="", group_aliases=("IP telephony",)),), (), (), [("B", "likely")]),
        ((tg("Voice"), tg("Employees")), (), (), [("Voice", "guess")]),
        ((tg("B", default_group_policy="GroupPolicy_VPNPhone"),), (), (), [("B", "guess")]),
        ((tg("IPT"),), (), (), [("IPT", "guess")]),
        ((tg("Scripts"),), (), (), []),
        # A site-to-site peer cannot be the phones'.
        ((tg("Phones", kind="ipsec-l2l"),), (), (), []),
        ((tg("Phones", kind="webvpn"),), (), (), [("Phones", "guess")]),
        # The type of a default group is not printed.
        (
            (tg("DefaultWEBVPNGroup", kind=""),),
            (session("DefaultWEBVPNGroup"),),
            (),
            [("DefaultWEBVPNGroup", "sessions")],
        ),
        ((tg("DefaultL2LGroup", kind=""),), (session("DefaultL2LGroup"),), (), []),
        ((), (), (), []),
    ],
)
def test_detect(
    groups: tuple[TunnelGroup, ...],
    sessions: tuple[Session, ...],
    given_names: tuple[str, ...],
    expected: list[tuple[str, str]],
) -> None:
    asa = state(tunnel_groups=groups, sessions=sessions)
    found = detect(asa, Site(tunnel_groups=given_names))
    assert [(profile.tunnel_group, profile.confidence) for profile in found] == expected
    assert all(profile.reason for profile in found)
    backwards = state(tunnel_groups=groups[::-1], sessions=sessions[::-1])
    assert detect(backwards, Site(tunnel_groups=given_names)) == found


def test_sessions_are_counted() -> None:
    asa = state(tunnel_groups=(tg("A"),), sessions=(session("A"), session("A"), session("A", "kim")))
    assert detect(asa, Site())[0].reason == "2 phones are connected through it"


def test_nothing_learned() -> None:
    assert detect(state(), Site(tunnel_groups=("VPNPhone",))) == ()


@pytest.mark.parametrize(
    ("name", "phone"),
    [
        ("CP-7962G-SEP8CB64F576113", True),
        ("CP-8841-sep8CB64F576113", False),
        ("CP-8841-SEP8cb64f576113", True),
        ("CP-8841-SEP8CB64F57611", False),
        ("CP-8841-SEP8CB64F5761133", False),
        ("SEP8CB64F576113", False),
        ("xCP-8841-SEP8CB64F576113", False),
        ("CP--SEP8CB64F576113", False),
        ("", False),
    ],
)
def test_phone_user(name: str, phone: bool) -> None:
    assert is_phone_user(name) is phone
    assert is_phone_session(Session(username=name)) is phone


@given(
    names=st.lists(st.text(max_size=20), max_size=4),
    users=st.lists(st.text(max_size=40), max_size=4),
    wanted=st.lists(st.text(max_size=20), max_size=3),
)
def test_only_what_exists_is_named(names: list[str], users: list[str], wanted: list[str]) -> None:
    asa = state(
        tunnel_groups=tuple(tg(name) for name in names),
        sessions=tuple(session(name, user) for name, user in zip(names, users, strict=False)),
    )
    assert {profile.tunnel_group for profile in detect(asa, Site(tunnel_groups=tuple(wanted)))} <= set(names)
