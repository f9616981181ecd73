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
    Trustpoint,
    UserAttributes,
)

from tests.unit.controls.builders import change, edit, version, without
from tests.unit.controls_access.devices import group, own_policy, urls
from tests.unit.predict.builders import (
    CAPF,
    DAY,
    HOLDS,
    ISSUING,
    LEAF,
    MAKER,
    MAKER_SHA2,
    NOW,
    PHONE,
    ROOT,
    SITE,
    URL,
    Told,
    asa,
    ask,
    authority,
    cucm,
    filed,
    hold,
    listed,
    phone,
    probe,
    registered,
    served,
    site,
    told,
    trusted,
    unit,
    vpn,
)

OTHER_CAPF = authority("CAPF-99999999", serial=0x0D05)
# Another key below the same name, and the same key in another certificate.
NEW_CAPF = authority("CAPF-18cf046e", serial=0x0D06, key_name="capf renewed")
SAME_KEY_CAPF = authority("CAPF-18cf046e", serial=0x0D07, key_name="CAPF-18cf046e", signer="CAPF-18cf046e")
WITHOUT_CAPF = tuple(held for held in HOLDS if held[0] != "CAPF")


def on(device: AsaState, **fields: Any) -> Told:
    """The verdict of the phone on this ASA, which was probed."""
    return told(ask(site(unit(device, probe()), **fields)))


def client(device: AsaState | None = None, *trust: Any, **fields: Any) -> Told:
    """With these fields of the phone in CUCM, and this store."""
    cluster = cucm(phones=(listed(**fields),), **({"trust": trust} if trust else {}))
    return told(ask(site(unit(device or asa(), probe()), cluster=cluster)))


def text(found: Told) -> str:
    return f"{found.verdict} {found.step}: {found.text}"


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


# --- the phone's own certificate ------------------------------------------------------------------------------------


def test_an_lsc_whose_capf_is_trusted_connects() -> None:
    assert client().verdict == "CONNECTS"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"certificate": "none"}, "LOCKED OUT client-certificate: the phone has no certificate of its own"),
        ({"certificate": "unknown"}, "UNKNOWN client-certificate: which certificate the phone shows"),
        ({"lsc_valid_until": NOW}, "CONNECTS"),
        ({"lsc_valid_until": NOW - DAY}, "LOCKED OUT client-certificate: the phone's LSC has expired on 2024-05-05"),
        ({"lsc_valid_until": None}, "CONNECTS"),
        ({"lsc_issuer": "CAPF-18cf046e"}, "CONNECTS"),
        ({"lsc_issuer": "cn=CAPF-18cf046e, o=Example"}, "CONNECTS"),
        (
            {"lsc_issuer": ""},
            "UNKNOWN client-certificate: the ASA trusts every CAPF certificate of CUCM, but which CA signed the LSC is",
        ),
        (
            {"lsc_issuer": "CN=CAPF-old,O=Example"},
            "LOCKED OUT client-certificate: the ASA has no CA CN=CAPF-old,O=Example",
        ),
        ({"certificate": "mic"}, "CONNECTS"),
        ({"certificate": "mic", "model": "Cisco 8841"}, "CONNECTS"),
    ],
)
def test_the_certificate_that_cucm_tells_of(fields: dict[str, Any], expected: str) -> None:
    assert text(client(**fields)).startswith(expected)


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (hold(asa(), *WITHOUT_CAPF), "LOCKED OUT client-certificate: LSC of CN=CAPF-18cf046e,O=Example: the ASA does"),
        (
            hold(asa(), *WITHOUT_CAPF, ("CAPF", "ca", NEW_CAPF)),
            "LOCKED OUT client-certificate: LSC of CN=CAPF-18cf046e,O=Example: the ASA has another CAPF-18cf046e than",
        ),
        (hold(asa(), *WITHOUT_CAPF, ("CAPF", "ca", SAME_KEY_CAPF)), "CONNECTS"),
        (without(asa(), "certificate_chain"), "CONNECTS"),
        (
            without(hold(asa(), *WITHOUT_CAPF, ("CAPF", "ca", NEW_CAPF)), "certificate_chain"),
            "UNKNOWN client-certificate: LSC of CN=CAPF-18cf046e,O=Example: the ASA has another certificate named",
        ),
        (without(asa(), "certificates", "certificate_chain"), "UNKNOWN client-certificate: the CA certificates of"),
        (without(asa(), "certificates"), "CONNECTS"),
        (without(asa(), "trustpoints"), "UNKNOWN client-certificate: LSC of CN=CAPF-18cf046e,O=Example: `crypto ca"),
    ],
)
def test_what_the_asa_trusts(device: AsaState, expected: str) -> None:
    assert text(client(device)).startswith(expected)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"validation-usage": "ssl-client"}, "CONNECTS"),
        ({"validation-usage": "ipsec-client"}, "LOCKED OUT client-certificate: LSC of CN=CAPF-18cf046e,O=Example: tru"),
        ({"no validation-usage": ""}, "LOCKED OUT client-certificate: "),
        ({"revocation-check": "none"}, "CONNECTS"),
        ({"revocation-check": "crl none"}, "CONNECTS"),
        ({"revocation-check": "crl"}, "UNKNOWN client-certificate: LSC of CN=CAPF-18cf046e,O=Example: trustpoint CAPF"),
    ],
)
def test_what_a_trustpoint_may_verify(values: dict[str, str], expected: str) -> None:
    points = tuple(
        Trustpoint(name=found.name, values=values if found.name == "CAPF" else {}) for found in asa().trustpoints
    )
    assert text(client(change(asa(), trustpoints=points))).startswith(expected)


def test_two_capf_certificates_of_one_name_must_both_be_trusted() -> None:
    """Which of the two signed the LSC is not told, so one of them alone is not enough."""
    store = (trusted(LEAF), trusted(CAPF, "CAPF-trust"), trusted(NEW_CAPF, "CAPF"))
    found = client(None, *store)
    assert text(found).startswith(
        "UNKNOWN client-certificate: LSC of CN=CAPF-18cf046e,O=Example: which CA signed it is not told: "
    )
    both = hold(asa(), *HOLDS, ("CAPF2", "ca", NEW_CAPF))
    assert client(both, *store).verdict == "CONNECTS"
    neither = hold(asa(), *WITHOUT_CAPF)
    assert client(neither, *store).verdict == "LOCKED OUT"


def test_an_issuer_that_cucm_does_not_hold_is_never_proven_by_its_name() -> None:
    found = client(None, trusted(LEAF))
    assert text(found).startswith("UNKNOWN client-certificate: CUCM's stores do not show CN=CAPF-18cf046e,O=Example")
    assert client(hold(asa(), *WITHOUT_CAPF), trusted(LEAF)).verdict == "LOCKED OUT"


def test_an_expired_ca_lets_nobody_in() -> None:
    old = authority("CAPF-18cf046e", serial=0x0D08, key_name="expired", begins=-900 * DAY, ends=-DAY)
    device = hold(asa(), *WITHOUT_CAPF, ("CAPF", "ca", old))
    found = client(device, trusted(LEAF), trusted(old, "CAPF"))
    assert text(found).endswith("has expired on 2024-05-05")
    assert found.verdict == "LOCKED OUT"


@pytest.mark.parametrize(
    ("model", "held", "expected"),
    [
        ("Cisco 7962", ("MAKER",), "CONNECTS"),
        ("Cisco 7962", ("MAKER_SHA2",), "LOCKED OUT"),
        ("Cisco 8841", ("MAKER", "MAKER_SHA2"), "CONNECTS"),
        ("Cisco 8841", ("MAKER",), "LOCKED OUT"),
        ("Cisco 8845", ("MAKER", "MAKER_SHA2"), "CONNECTS"),
        ("Cisco 8845", ("MAKER",), "UNKNOWN"),
        ("Cisco 8845", (), "LOCKED OUT"),
    ],
)
def test_a_mic_is_of_the_maker_of_its_model(model: str, held: tuple[str, ...], expected: str) -> None:
    """F-055. The model's own handshake is left out: every model has the same row here."""
    rows = tuple(msgspec.structs.replace(SITE.phone_models[0], model=name) for name in ("7962G", "8841", "8845"))
    parameters = msgspec.structs.replace(SITE, phone_models=rows)
    device = hold(asa(), *(found for found in HOLDS if not found[0].startswith("MAKER") or found[0] in held))
    cluster = cucm(phones=(listed(model=model, certificate="mic"),))
    found = ask(site(unit(device, parameters=parameters), cluster=cluster, site=parameters))
    assert found.verdict == expected
    if expected != "CONNECTS":
        assert told(found).step == "client-certificate"


def test_a_mic_without_the_makers_ca_in_cucm() -> None:
    """By name alone it may be missing for sure, and never be there for sure."""
    store = (trusted(LEAF), trusted(CAPF, "CAPF"))
    assert text(client(None, *store, certificate="mic")).startswith("UNKNOWN client-certificate: CUCM's stores do not")
    bare = hold(asa(), ("VPN", "identity", LEAF), ("VPN", "ca", ISSUING), ("ROOT", "ca", ROOT), ("CAPF", "ca", CAPF))
    assert text(client(bare, *store, certificate="mic")) == "LOCKED OUT client-certificate: the ASA has no CA MIC"


def test_the_makers_are_two() -> None:
    assert MAKER.subject_cn != MAKER_SHA2.subject_cn


# --- authentication -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "method", "expected"),
    [
        (("certificate",), 2, "CONNECTS"),
        (("aaa",), 2, "LOCKED OUT authentication: the file says a certificate, the ASA `authentication aaa`"),
        ((), 2, "LOCKED OUT authentication: the file says a certificate, the ASA `authentication aaa`"),
        (("certificate",), 0, "LOCKED OUT authentication: the file says a password, the ASA `authentication certif"),
        (("certificate",), 1, "LOCKED OUT authentication: the file says a password, the ASA `authentication certif"),
        (("aaa",), 0, "UNKNOWN authentication: its user must type a password"),
        (("aaa", "certificate"), 2, "UNKNOWN authentication: whether a phone can do `authentication aaa certificate`"),
        (("saml",), 2, "LOCKED OUT authentication: a phone cannot do `authentication saml` in tunnel-group VPNPhone"),
        (("certificate",), None, "UNKNOWN authentication: the file does not say how the phone logs in"),
        (("certificate",), 3, "UNKNOWN authentication: authMethod 3 of the file is not known"),
    ],
)
def test_both_sides_want_the_same(words: tuple[str, ...], method: int | None, expected: str) -> None:
    device = group(asa(), authentication=words)
    found = told(ask(site(unit(device, probe()), phones=(filed(auth_method=method),))))
    assert text(found).startswith(expected)


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
