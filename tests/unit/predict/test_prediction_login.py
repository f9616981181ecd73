"""What stands between the handshake and the tunnel: every step of the ASA's admission, passed, failed, not known."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.model import (
    AsaState,
    CertificateMap,
    DapRecord,
    DapXmlRecord,
    Failover,
    GroupUrl,
    License,
    LoadBalancing,
    Session,
    SessionSummary,
    UserAttributes,
)

from tests.unit.controls.builders import change, edit, version, without
from tests.unit.controls_access.devices import group, own_policy, urls
from tests.unit.predict.builders import (
    PHONE,
    ROOT,
    URL,
    Told,
    asa,
    ask,
    cucm,
    filed,
    listed,
    phone,
    probe,
    registered,
    served,
    site,
    text,
    told,
    unit,
    vpn,
)


def on(device: AsaState, **fields: Any) -> Told:
    """The verdict of the phone on this ASA, which was probed."""
    return told(ask(site(unit(device, probe()), **fields)))


# --- group-url ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (asa(), "CONNECTS pin: "),
        (urls(asa(), "https://vpn.example.com/Other", URL), "CONNECTS pin: "),
        (urls(asa(), f"-{URL}"), f"LOCKED OUT group-url: group-url {URL} of tunnel-group VPNPhone is disabled"),
        (
            urls(asa(), URL.lower()),
            f"LOCKED OUT group-url: the file has {URL}, tunnel-group VPNPhone has {URL.lower()}: case counts",
        ),
        (urls(asa(), f"{URL}/"), f"LOCKED OUT group-url: no tunnel-group of the ASA has the group-url {URL}"),
        (
            urls(asa(), URL.replace("/VPN", ":443/VPN")),
            f"LOCKED OUT group-url: no tunnel-group of the ASA has the group-url {URL}",
        ),
        (without(asa(), "tunnel_groups"), "UNKNOWN balance: `show running-config tunnel-group` is missing"),
        (
            group(asa(), kind="ipsec-l2l"),
            "LOCKED OUT group-url: tunnel-group VPNPhone is of type ipsec-l2l, which takes no AnyConnect client",
        ),
        (group(asa(), kind="webvpn"), "CONNECTS pin: "),
        (group(asa(), kind=""), "UNKNOWN group-url: the type of tunnel-group VPNPhone was not printed"),
        (
            edit(asa(), "webvpn", certificate_maps=(CertificateMap(map_name="M", sequence=10, tunnel_group="Staff"),)),
            "UNKNOWN group-url: a certificate map may take the phone to Staff (VPNP-219)",
        ),
        (
            edit(
                asa(),
                "webvpn",
                certificate_maps=(CertificateMap(map_name="M", sequence=10, tunnel_group="Staff"),),
                group_url_preferred=True,
            ),
            "CONNECTS pin: ",
        ),
        (
            edit(
                asa(), "webvpn", certificate_maps=(CertificateMap(map_name="M", sequence=1, tunnel_group="VPNPhone"),)
            ),
            "CONNECTS pin: ",
        ),
    ],
)
def test_group_url(device: AsaState, expected: str) -> None:
    assert text(on(device)).startswith(expected)


def test_a_group_url_of_two_tunnel_groups_is_unknown() -> None:
    device = asa()
    twin = msgspec.structs.replace(device.tunnel_groups[0], name="Twin")
    found = on(change(device, tunnel_groups=(*device.tunnel_groups, twin)))
    assert found == Told("UNKNOWN", "group-url", f"{URL} is a group-url of VPNPhone and Twin")


def test_the_fix_of_a_disabled_url_is_the_command() -> None:
    found = ask(site(unit(urls(asa(), f"-{URL}"), probe())))
    assert found.attempts[0].reasons[0].fix == (
        "tunnel-group VPNPhone webvpn-attributes",
        f" group-url {URL} enable",
    )


def test_a_url_that_cannot_be_typed_is_not_given_as_a_command() -> None:
    odd = URL + "?x"
    device = group(asa(), group_urls=(GroupUrl(url=URL, enabled=True),))
    found = ask(site(unit(device, probe()), phones=(filed(urls=(odd,)),)))
    assert (found.verdict, len(found.attempts[0].reasons[0].fix)) == ("LOCKED OUT", 1)


# --- CSD, licence, DAP ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (edit(asa(), "webvpn", csd_line="csd enable"), "CONNECTS"),
        (
            group(edit(asa(), "webvpn", csd_line="csd enable"), without_csd=""),
            "LOCKED OUT csd: `csd enable` is on and tunnel-group VPNPhone has no `without-csd`: phones cannot connect",
        ),
        (group(asa(), without_csd=""), "CONNECTS"),
    ],
)
def test_csd(device: AsaState, expected: str) -> None:
    assert text(on(device)).startswith(expected)


def licences(**rows: str) -> AsaState:
    found = {
        "AnyConnect Premium Peers": "250",
        "AnyConnect Essentials": "Disabled",
        "AnyConnect for Cisco VPN Phone": "Enabled",
    } | {name.replace("_", " "): value for name, value in rows.items()}
    return change(asa(), version=version(licenses=tuple(License(name=n, value=v) for n, v in found.items() if v)))


SOON = License(name="AnyConnect for Cisco VPN Phone", value="Enabled", duration="5 days")


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (licences(), "CONNECTS"),
        (
            licences(AnyConnect_for_Cisco_VPN_Phone="Disabled"),
            "LOCKED OUT licence: AnyConnect for Cisco VPN Phone is disabled: the ASA refuses every phone",
        ),
        (licences(AnyConnect_for_Cisco_VPN_Phone=""), "UNKNOWN licence: `show version` prints no row"),
        (edit(asa(), "webvpn", anyconnect_essentials=True), "LOCKED OUT licence: AnyConnect Essentials is in use"),
        (
            change(asa(), version=version(licenses=(*version().licenses[:2], SOON))),
            "CONNECTS",
        ),
        (change(asa(), version=version("8.0(3)", (8, 0, 3, 0))), "LOCKED OUT"),
        (change(asa(), version=version("201.3(11)", None)), "UNKNOWN"),
        (without(asa(), "version"), "UNKNOWN"),
        (licences(AnyConnect_Premium_Peers="41"), "CONNECTS"),
        (
            licences(AnyConnect_Premium_Peers="40"),
            "LOCKED OUT licence: no peer is left: AnyConnect Premium Peers : 40,",
        ),
        (licences(AnyConnect_Premium_Peers="0"), "LOCKED OUT licence: no peer is left"),
        (licences(AnyConnect_Premium_Peers="many"), "UNKNOWN licence: AnyConnect Premium Peers is 'many'"),
        (without(asa(), "sessions"), "CONNECTS"),
        (without(asa(), "session_summary"), "UNKNOWN licence: how many AnyConnect sessions there are was"),
    ],
)
def test_licence(device: AsaState, expected: str) -> None:
    """40 sessions are active, none of them a phone's; one phone may come."""
    assert text(on(device)).startswith(expected)


def test_the_phones_own_sessions_do_not_stand_in_its_way() -> None:
    names = [f"CP-7962G-{PHONE}", "jdoe"]
    sessions = tuple(Session(username=name, tunnel_group="VPNPhone") for name in names)
    full = change(
        licences(AnyConnect_Premium_Peers="2"),
        sessions=sessions,
        session_summary=SessionSummary(active=2, peak=2),
    )
    found = ask(site(unit(full, probe())))
    assert (found.verdict, found.connected) == ("CONNECTS", True)


def test_phones_that_may_not_all_find_a_peer_are_unknown() -> None:
    device = change(
        licences(AnyConnect_Premium_Peers="2"), sessions=(), session_summary=SessionSummary(active=0, peak=2)
    )
    names = [f"SEP00000000000{number}" for number in range(3)]
    cluster = cucm(
        phones=tuple(listed(name) for name in names), registrations=tuple(registered(name) for name in names)
    )
    phones = tuple(phone(served(name=f"{name}.cnf.xml.sgn"), name=name) for name in names)
    found = ask(site(unit(device, probe()), cluster=cluster, phones=phones), "apply")
    assert ("UNKNOWN", "licence") in [(r.verdict, r.step) for one in found.attempts for r in one.reasons]


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({"dap_records": (DapRecord(name="DfltAccessPolicy"),), "dap_xml": ()}, "CONNECTS"),
        (
            {"dap_records": (DapRecord(name="DfltAccessPolicy", action="terminate"),), "dap_xml": ()},
            "LOCKED OUT dap: DAP terminates phones of tunnel-group VPNPhone: DfltAccessPolicy",
        ),
        (
            {
                "dap_records": (
                    DapRecord(name="DfltAccessPolicy", action="terminate"),
                    DapRecord(name="VPNPhone", action="continue"),
                )
            },
            "CONNECTS",
        ),
        (
            {
                "dap_records": (DapRecord(name="DfltAccessPolicy", action="terminate"), DapRecord(name="Lua")),
                "dap_xml": (DapXmlRecord(name="Lua", advanced=True),),
            },
            "UNKNOWN dap: what DAP does to phones of VPNPhone",
        ),
        (
            {"dap_records": (DapRecord(name="DfltAccessPolicy", action="quarantine"),), "dap_xml": ()},
            "UNKNOWN dap: DAP puts the phone into quarantine",
        ),
        ({"dap_records": None}, "UNKNOWN dap: `show running-config dynamic-access-policy-record` is missing"),
    ],
)
def test_dap(sections: dict[str, Any], expected: str) -> None:
    assert text(on(change(asa(), **sections))).startswith(expected)


# --- group-policy ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (own_policy(asa(), vpn_simultaneous_logins="0"), "LOCKED OUT group-policy: vpn-simultaneous-logins of GroupPo"),
        (own_policy(asa(), vpn_simultaneous_logins="1"), "CONNECTS"),
        (own_policy(asa(), vpn_simultaneous_logins="x"), "UNKNOWN group-policy: "),
        (own_policy(asa(), vpn_tunnel_protocol="ikev2"), "LOCKED OUT group-policy: vpn-tunnel-protocol of GroupPolicy"),
        (own_policy(asa(), vpn_tunnel_protocol="svc"), "CONNECTS"),
        (own_policy(asa(), group_lock="value Staff"), "LOCKED OUT group-policy: group-lock of GroupPolicy_VPNPhone"),
        (own_policy(asa(), group_lock="none"), "CONNECTS"),
        (own_policy(asa(), vpn_access_hours="value OFFICE"), "UNKNOWN group-policy: vpn-access-hours of GroupPolicy"),
        (own_policy(asa(), kind="external"), "UNKNOWN group-policy: vpn-simultaneous-logins of GroupPolicy_VPNPhone"),
        (without(asa(), "group_policies"), "UNKNOWN group-policy: "),
        (without(asa(), "usernames"), "UNKNOWN group-policy: `username` of the ASA was not learned"),
        (
            group(asa(), authorization_server_groups=("ISE",)),
            "UNKNOWN group-policy: ISE authorizes phones of tunnel-group",
        ),
        (group(asa(), authorization_server_groups=("LOCAL",)), "CONNECTS"),
        (group(asa(), address_pools=()), "UNKNOWN group-policy: neither tunnel-group VPNPhone nor its policy names an"),
        (own_policy(group(asa(), address_pools=()), address_pools="value PHONES"), "CONNECTS"),
    ],
)
def test_group_policy(device: AsaState, expected: str) -> None:
    assert text(on(device)).startswith(expected)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"vpn-simultaneous-logins": "0"}, "LOCKED OUT"),
        ({"vpn-group-policy": "Closed"}, "UNKNOWN"),
        ({}, "CONNECTS"),
    ],
)
def test_a_phones_own_attributes_go_first(values: dict[str, str], expected: str) -> None:
    user = UserAttributes(name=f"CP-7962G-{PHONE}", values=values)
    found = on(change(asa(), usernames=(user,)))
    assert found.verdict == expected
    other = UserAttributes(name="CP-7962G-SEP000000000000", values={"vpn-simultaneous-logins": "0"})
    assert on(change(asa(), usernames=(other,))).verdict == "CONNECTS"


# --- load balancing, failover, contexts -----------------------------------------------------------------------------


def test_the_boxs_own_url_is_no_cluster() -> None:
    balanced = LoadBalancing(participate=True, cluster_addresses=("203.0.113.99",))
    found = on(change(asa(), load_balancing=balanced))
    assert text(found).startswith("UNKNOWN balance: whether vpn.example.com leads to the load-balancing cluster")
    assert on(without(asa(), "load_balancing")).verdict == "UNKNOWN"
    away = LoadBalancing(participate=False, cluster_addresses=("vpn.example.com",))
    assert on(change(asa(), load_balancing=away)).verdict == "CONNECTS"


def test_the_system_context_says_nothing() -> None:
    device = change(asa(), mode="multiple", version=version(context="system"))
    assert on(device).verdict == "UNKNOWN"


def test_a_standby_unit_tells_by_its_mate() -> None:
    standby = Failover(enabled=True, this_state="Standby Ready", mate_state="Active")
    alike = change(asa(), failover=standby, mate_certificates=asa().certificates)
    assert told(ask(site(unit(alike)))).verdict == "CONNECTS"
    assert told(ask(site(unit(without(alike, "mate_certificates"))))).verdict == "UNKNOWN"


def test_all_that_locks_out_is_told_in_the_order_a_phone_meets_it() -> None:
    broken = own_policy(
        group(edit(asa(), "webvpn", csd_line="csd enable"), without_csd="", authentication=("aaa",)),
        vpn_simultaneous_logins="0",
    )
    found = ask(site(unit(broken, probe()), phones=(phone(served(vpn(cert_hashes=(ROOT.pin,)))),)))
    steps = [reason.step for reason in found.attempts[0].reasons]
    assert steps == ["pin", "authentication", "csd", "group-policy"]
    assert {reason.verdict for reason in found.attempts[0].reasons} == {"LOCKED OUT"}
