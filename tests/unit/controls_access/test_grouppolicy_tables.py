"""Controls on the group-policy of the phones and on usernames (VPNP-241 to VPNP-250)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.controls import grouppolicy, inheritance
from ansible.module_utils.vpnphone.model import AsaState, GroupPolicy, Session, TunnelGroup

from tests.unit.controls.builders import change, finding, outcomes, profile, site, version, without
from tests.unit.controls_access.devices import PHONE_USER, brief, default_policy, good, group, own_policy, user

ASA = good()
HEAD = "group-policy GroupPolicy_VPNPhone attributes"
# The document's own example of a DfltGrpPolicy that locks phones out.
BAD_DEFAULTS = {
    "vpn_simultaneous_logins": "0",
    "vpn_tunnel_protocol": "ikev1 ikev2 l2tp-ipsec ssl-clientless",
    "group_lock": "value DefaultWEBVPNGroup",
    "vpn_filter": "value NO-TRAFFIC",
}
FOUR = ("vpn-simultaneous-logins", "vpn-tunnel-protocol", "group-lock", "vpn-filter")
INHERITING = own_policy(ASA, *FOUR)
LOCKED_OUT = default_policy(INHERITING, **BAD_DEFAULTS)
assert grouppolicy and inheritance


# --- VPNP-241 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "status", "fix"),
    [
        (ASA, "pass", ()),
        (group(ASA, default_group_policy=""), "pass", ()),
        (group(ASA, default_group_policy="DfltGrpPolicy"), "pass", ()),
        (group(ASA, default_group_policy="gone"), "fail", ("group-policy gone internal",)),
        (
            own_policy(ASA, kind="external"),
            "error",
            ("PERSON: judge the policy on the AAA server, or give the phones an internal group-policy.",),
        ),
    ],
)
def test_policy_exists(device: AsaState, status: str, fix: tuple[str, ...]) -> None:
    (found,) = outcomes("VPNP-241", device)
    assert (found.status, found.subject, found.fix) == (status, "VPNPhone", fix)


# --- VPNP-242 to 246, 249, 250: the effective value -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("control", "device", "status", "actual", "fix"),
    [
        ("VPNP-242", ASA, "pass", "vpn-simultaneous-logins 3 (explicit)", ()),
        (
            "VPNP-242",
            LOCKED_OUT,
            "fail",
            "vpn-simultaneous-logins 0 (inherited from DfltGrpPolicy)",
            (HEAD, " vpn-simultaneous-logins 3"),
        ),
        ("VPNP-242", INHERITING, "pass", "vpn-simultaneous-logins 3 (inherited from DfltGrpPolicy)", ()),
        (
            "VPNP-242",
            own_policy(without(INHERITING, "default_group_policy")),
            "pass",
            "vpn-simultaneous-logins 3 (default)",
            (),
        ),
        (
            "VPNP-242",
            own_policy(ASA, vpn_simultaneous_logins="0"),
            "fail",
            "vpn-simultaneous-logins 0 (explicit)",
            (HEAD, " vpn-simultaneous-logins 3"),
        ),
        ("VPNP-243", ASA, "pass", "vpn-tunnel-protocol ssl-client (explicit)", ()),
        # Every token of today stays, the phones' one is added.
        (
            "VPNP-243",
            LOCKED_OUT,
            "fail",
            "vpn-tunnel-protocol ikev1 ikev2 l2tp-ipsec ssl-clientless (inherited from DfltGrpPolicy)",
            (HEAD, " vpn-tunnel-protocol ikev1 ikev2 l2tp-ipsec ssl-clientless ssl-client"),
        ),
        (
            "VPNP-243",
            change(LOCKED_OUT, version=version("8.2(5)", (8, 2, 5, 0))),
            "fail",
            "vpn-tunnel-protocol ikev1 ikev2 l2tp-ipsec ssl-clientless (inherited from DfltGrpPolicy)",
            (HEAD, " vpn-tunnel-protocol ikev1 ikev2 l2tp-ipsec ssl-clientless svc"),
        ),
        ("VPNP-244", ASA, "pass", "group-lock value VPNPhone (explicit)", ()),
        (
            "VPNP-244",
            LOCKED_OUT,
            "fail",
            "group-lock value DefaultWEBVPNGroup (inherited from DfltGrpPolicy)",
            (HEAD, " group-lock value VPNPhone"),
        ),
        ("VPNP-244", own_policy(ASA, group_lock="none"), "pass", "group-lock none (explicit)", ()),
        ("VPNP-245", ASA, "pass", "vpn-filter none (explicit)", ()),
        ("VPNP-245", INHERITING, "pass", "vpn-filter none (inherited from DfltGrpPolicy)", ()),
        ("VPNP-246", ASA, "pass", "split-tunnel-policy tunnelall (explicit)", ()),
        (
            "VPNP-246",
            own_policy(ASA, split_tunnel_policy="tunnelspecified"),
            "fail",
            "split-tunnel-policy tunnelspecified (explicit)",
            (HEAD, " split-tunnel-policy tunnelall"),
        ),
        ("VPNP-249", ASA, "pass", "anyconnect mtu 1406 (inherited from DfltGrpPolicy)", ()),
        (
            "VPNP-249",
            own_policy(ASA, **{"webvpn svc mtu": "1500"}),
            "fail",
            "svc mtu 1500 (explicit)",
            (HEAD, " webvpn", "  svc mtu 1290"),
        ),
    ],
)
def test_effective_value(control: str, device: AsaState, status: str, actual: str, fix: tuple[str, ...]) -> None:
    (found,) = outcomes(control, device)
    assert (found.status, found.subject, found.actual, found.fix) == (status, "VPNPhone", actual, fix)


@pytest.mark.parametrize("control", ["VPNP-243", "VPNP-246", "VPNP-249"])
def test_no_line_and_no_defaults_learned_is_unknown(control: str) -> None:
    device = without(own_policy(ASA, *FOUR, "split-tunnel-policy"), "default_group_policy")
    device = change(device, group_policies=tuple(p for p in device.group_policies or () if p.name != "DfltGrpPolicy"))
    (found,) = outcomes(control, device)
    assert found.status == "error"
    assert "gather `show running-config all group-policy DfltGrpPolicy`" in found.message


@pytest.mark.parametrize(
    ("device", "reviewed", "status"),
    [
        (own_policy(ASA, vpn_filter="value PHONES"), (), "error"),
        (own_policy(ASA, vpn_filter="value PHONES"), ("PHONES",), "pass"),
        (own_policy(ASA, vpn_filter="value PHONES"), ("phones",), "error"),
        (LOCKED_OUT, (), "fail"),
        (LOCKED_OUT, ("NO-TRAFFIC",), "pass"),
        (own_policy(ASA, vpn_filter="value"), (), "error"),
    ],
)
def test_vpn_filter_of_a_device(device: AsaState, reviewed: tuple[str, ...], status: str) -> None:
    (found,) = outcomes("VPNP-245", device, site(reviewed_vpn_filters=reviewed))
    assert found.status == status
    if status != "pass":
        assert found.fix[1].startswith("PERSON: approve first: `vpn-filter none`")
        assert found.fix[2:] == (HEAD, " vpn-filter none")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ["pass", "pass"]),
        ({"vpn_session_timeout": "480"}, ["fail", "pass"]),
        ({"vpn_access_hours": "value OFFICE"}, ["pass", "fail"]),
        ({"vpn_session_timeout": "none", "vpn_access_hours": "none"}, ["pass", "pass"]),
    ],
)
def test_timers(values: dict[str, str], expected: list[str]) -> None:
    found = outcomes("VPNP-250", own_policy(ASA, **values))
    assert [outcome.status for outcome in found] == expected


def test_a_fix_makes_the_policy_first_and_never_touches_the_default_one() -> None:
    (found,) = outcomes("VPNP-242", default_policy(group(ASA, default_group_policy=""), **BAD_DEFAULTS))
    assert found.fix == (
        HEAD,
        " vpn-simultaneous-logins 3",
        "tunnel-group VPNPhone general-attributes",
        " default-group-policy GroupPolicy_VPNPhone",
    )
    device = default_policy(group(ASA, name="IPT", default_group_policy=""), **BAD_DEFAULTS)
    (found,) = outcomes("VPNP-242", device, profiles=(profile("IPT"),))
    assert found.fix == (
        "group-policy GroupPolicy_IPT internal",
        "group-policy GroupPolicy_IPT attributes",
        " vpn-simultaneous-logins 3",
        "tunnel-group IPT general-attributes",
        " default-group-policy GroupPolicy_IPT",
    )


def test_a_shared_policy_is_said_and_not_locked_to_the_phones() -> None:
    shared = change(
        LOCKED_OUT,
        tunnel_groups=(
            *(LOCKED_OUT.tunnel_groups or ()),
            TunnelGroup(name="Employees", kind="remote-access", default_group_policy="GroupPolicy_VPNPhone"),
        ),
    )
    (found,) = outcomes("VPNP-244", shared)
    assert found.fix == (
        "PERSON: group-policy GroupPolicy_VPNPhone also serves tunnel-group Employees: this changes it there too.",
        HEAD,
        " group-lock none",
    )


def test_a_fix_that_points_to_a_policy_of_others_says_so() -> None:
    """The phones use DfltGrpPolicy, and the name a new policy would have is taken."""
    other = TunnelGroup(name="Employees", kind="remote-access", default_group_policy="GroupPolicy_VPNPhone")
    device = default_policy(group(ASA, default_group_policy=""), vpn_simultaneous_logins="0")
    (found,) = outcomes("VPNP-242", change(device, tunnel_groups=(*(device.tunnel_groups or ()), other)))
    assert found.fix == (
        "PERSON: group-policy GroupPolicy_VPNPhone also serves tunnel-group Employees: this changes it there too.",
        HEAD,
        " vpn-simultaneous-logins 3",
        "tunnel-group VPNPhone general-attributes",
        " default-group-policy GroupPolicy_VPNPhone",
    )


def test_an_external_policy_is_given_no_lines() -> None:
    (found,) = outcomes("VPNP-242", own_policy(ASA, kind="external"))
    assert found.fix == ("PERSON: remedy VPNP-241 first: an external group-policy has no lines on the device.",)


def test_evidence_shows_the_policy_and_where_the_value_stands() -> None:
    (found,) = outcomes("VPNP-242", LOCKED_OUT)
    assert [(evidence.command, evidence.lines) for evidence in found.evidence] == [
        (
            "show running-config tunnel-group",
            (
                "tunnel-group VPNPhone type remote-access",
                "tunnel-group VPNPhone general-attributes",
                " default-group-policy GroupPolicy_VPNPhone",
            ),
        ),
        (
            "show running-config group-policy",
            ("group-policy DfltGrpPolicy attributes", " vpn-simultaneous-logins 0"),
        ),
    ]
    (found,) = outcomes("VPNP-242", INHERITING)
    assert found.evidence[1].command == "show running-config all group-policy DfltGrpPolicy"


# --- VPNP-247 ---------------------------------------------------------------------------------------------------------


def test_nothing_inherited() -> None:
    assert brief(outcomes("VPNP-247", ASA)) == [("pass", "VPNPhone")]
    assert finding("VPNP-247", ASA).severity == "medium"


def test_good_inherited_values_are_flagged_with_value_and_origin() -> None:
    (found,) = outcomes("VPNP-247", own_policy(ASA, "group-lock", "vpn-filter"))
    assert found.status == "fail"
    assert found.actual == (
        "group-lock = none (inherited from DfltGrpPolicy); vpn-filter = none (inherited from DfltGrpPolicy)"
    )
    assert found.fix == (HEAD, " group-lock value VPNPhone", " vpn-filter none")


def test_the_block_of_the_document() -> None:
    (found,) = outcomes("VPNP-247", LOCKED_OUT)
    assert found.fix[0].startswith("PERSON: approve first: `vpn-filter none`")
    assert found.fix[1:] == (
        HEAD,
        " vpn-simultaneous-logins 3",
        " vpn-tunnel-protocol ikev1 ikev2 l2tp-ipsec ssl-clientless ssl-client",
        " group-lock value VPNPhone",
        " vpn-filter none",
    )


def test_good_values_are_kept_in_the_block() -> None:
    device = default_policy(INHERITING, vpn_simultaneous_logins="50", vpn_filter="value PHONES")
    (found,) = outcomes("VPNP-247", device, site(reviewed_vpn_filters=("PHONES",)))
    assert " vpn-simultaneous-logins 50" in found.fix
    assert " vpn-filter value PHONES" in found.fix
    assert not [step for step in found.fix if step.startswith("PERSON")]


def test_the_default_policy_itself_is_no_policy_of_the_phones() -> None:
    (found,) = outcomes("VPNP-247", group(ASA, default_group_policy=""))
    assert found.status == "fail"
    assert found.message == "tunnel-group VPNPhone has no group-policy of its own but uses DfltGrpPolicy"
    assert found.actual.startswith("vpn-simultaneous-logins = 3 (default); vpn-tunnel-protocol = ")
    assert "group-policy DfltGrpPolicy attributes" not in found.fix


def test_values_by_from_count_as_inherited() -> None:
    base = GroupPolicy(name="BASE", kind="internal", values={"vpn-filter": "none"})
    device = own_policy(ASA, "vpn-filter")
    policies = tuple(
        msgspec.structs.replace(p, inherits_from="BASE") if p.name == "GroupPolicy_VPNPhone" else p
        for p in device.group_policies or ()
    )
    (found,) = outcomes("VPNP-247", change(device, group_policies=(*policies, base)))
    assert (found.status, found.actual) == ("fail", "vpn-filter = none (from BASE)")


@pytest.mark.parametrize("device", [group(ASA, default_group_policy="gone"), own_policy(ASA, kind="external")])
def test_a_policy_that_cannot_be_read(device: AsaState) -> None:
    for control in ("VPNP-242", "VPNP-243", "VPNP-244", "VPNP-245", "VPNP-246", "VPNP-247", "VPNP-249", "VPNP-250"):
        assert finding(control, device).status == "error", control


# --- VPNP-248 ---------------------------------------------------------------------------------------------------------

STAFF = GroupPolicy(name="STAFF", kind="internal", values={"group-lock": "value Employees"})
WITH_STAFF = change(ASA, group_policies=(*(ASA.group_policies or ()), STAFF))


@pytest.mark.parametrize(
    ("users", "expected"),
    [
        ((), [("pass", "")]),
        ((user(),), [("pass", "")]),
        ((user("kim", group_lock="value Employees"),), [("pass", "")]),
        ((user(group_lock="value VPNPhone"),), [("pass", PHONE_USER)]),
        ((user(group_lock="value Employees"),), [("fail", PHONE_USER)]),
        ((user(vpn_simultaneous_logins="0"),), [("fail", PHONE_USER)]),
        ((user(vpn_tunnel_protocol="ikev1"),), [("fail", PHONE_USER)]),
        ((user(vpn_filter="none"),), [("pass", PHONE_USER)]),
        ((user(vpn_filter="value X"),), [("error", PHONE_USER)]),
        ((user(vpn_group_policy="STAFF"),), [("fail", PHONE_USER)]),
        ((user(vpn_group_policy="gone"),), [("error", PHONE_USER)]),
        ((user(vpn_group_policy="GroupPolicy_VPNPhone"),), [("pass", PHONE_USER)]),
        (
            (user(group_lock="value Employees"), user("CP-8841-SEPAABBCCDDEEFF", vpn_filter="none")),
            [("fail", PHONE_USER), ("pass", "CP-8841-SEPAABBCCDDEEFF")],
        ),
    ],
)
def test_usernames(users: tuple[Any, ...], expected: list[tuple[str, str]]) -> None:
    assert brief(outcomes("VPNP-248", change(WITH_STAFF, usernames=users))) == expected


def test_username_fix_removes_what_breaks() -> None:
    device = change(ASA, usernames=(user(group_lock="value Employees", vpn_filter="none"),))
    (found,) = outcomes("VPNP-248", device)
    assert found.fix == (f"username {PHONE_USER} attributes", " no group-lock")
    (found,) = outcomes("VPNP-248", change(WITH_STAFF, usernames=(user(vpn_group_policy="STAFF"),)))
    assert found.fix == (f"username {PHONE_USER} attributes", " no vpn-group-policy")


def test_users_connected_through_the_phones_tunnel_group_count() -> None:
    users = (user("kim", group_lock="value Employees"),)
    here = change(ASA, usernames=users, sessions=(Session(username="kim", tunnel_group="VPNPhone"),))
    elsewhere = change(ASA, usernames=users, sessions=(Session(username="kim", tunnel_group="Employees"),))
    assert brief(outcomes("VPNP-248", here)) == [("fail", "kim")]
    assert brief(outcomes("VPNP-248", elsewhere)) == [("pass", "")]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"authentication": ()}, [("error", "kim")]),
        ({"authentication": ("aaa",), "authentication_server_groups": ("LOCAL",)}, [("error", "kim")]),
        ({"authentication": ("aaa",), "authentication_server_groups": ("RADIUS",)}, [("pass", "")]),
        ({"authentication": ("certificate",)}, [("pass", "")]),
    ],
)
def test_any_local_user_may_be_a_phones_under_local_aaa(
    fields: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    device = change(group(ASA, **fields), usernames=(user("kim", vpn_simultaneous_logins="0"),))
    assert brief(outcomes("VPNP-248", device)) == expected


def test_a_user_locked_to_one_of_two_phone_groups_is_fine() -> None:
    second = TunnelGroup(name="IPT", kind="remote-access", default_group_policy="GroupPolicy_VPNPhone")
    device = change(ASA, tunnel_groups=(*(ASA.tunnel_groups or ()), second), usernames=(user(group_lock="value IPT"),))
    found = outcomes("VPNP-248", device, profiles=(profile(), profile("IPT")))
    assert brief(found) == [("pass", PHONE_USER)]


@pytest.mark.parametrize(
    ("control", "section"),
    [
        *((f"VPNP-{number}", "group_policies") for number in (*range(241, 248), 249, 250)),
        *((f"VPNP-{number}", "tunnel_groups") for number in range(241, 251)),
        ("VPNP-248", "usernames"),
        ("VPNP-248", "group_policies"),
    ],
)
def test_a_missing_answer_is_unknown(control: str, section: str) -> None:
    assert finding(control, without(ASA, section)).status == "error"


@pytest.mark.parametrize("number", range(241, 251))
def test_no_tunnel_group_is_unknown(number: int) -> None:
    (found,) = outcomes(f"VPNP-{number}", ASA, site(include=("VPNP-201", f"VPNP-{number}")), profiles=())
    assert (found.status, found.message) == (
        "skipped",
        "which tunnel-group the phones use is not known (see VPNP-201)",
    )
    # Where that control is not asked, each says so itself.
    (found,) = outcomes(f"VPNP-{number}", ASA, site(include=(f"VPNP-{number}",)), profiles=())
    assert (found.status, found.message) == ("error", "UNKNOWN: which tunnel-group the phones use is not known")
