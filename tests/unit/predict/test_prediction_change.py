"""Failover, reload, and changes that are thought through before they are made."""

from __future__ import annotations

import string
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.model import AsaState, CommonPhoneProfile, Failover, SslTrustPoint
from ansible.module_utils.vpnphone.predict import Change, check_names, parse_change, predict
from ansible.module_utils.vpnphone.predict.change import (
    Bind,
    CipherList,
    HostIdCheck,
    Reload,
    parse_step,
)
from ansible.module_utils.vpnphone.predict.change import Failover as TakeOver
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.controls.builders import change, cipher_rules, version, without
from tests.unit.predict.builders import (
    HOLDS,
    ISSUING,
    LEAF,
    NEW_LEAF,
    asa,
    ask,
    block,
    cucm,
    filed,
    hold,
    leaf,
    probe,
    site,
    text,
    told,
    unit,
)

ON_MATE = tuple(block(found, kind, name) for name, kind, found in HOLDS)
WITH_NEW = (*HOLDS, ("NEW_TP", "identity", NEW_LEAF), ("NEW_TP", "ca", ISSUING))
WILD = leaf("*.example.com", serial=0x0A21)


def pair(*mate: Any, **fields: Any) -> AsaState:
    values = {"enabled": True, "unit": "Primary", "this_state": "Active", "mate_state": "Standby Ready"} | fields
    return change(asa(), failover=Failover(**values), mate_certificates=mate)


def after(moment: str, device: AsaState, *, probed: bool = True, **file: Any) -> str:
    one = unit(device, probe()) if probed else unit(device)
    return text(told(ask(site(one, phones=(filed(**file),)), moment)))


def what_if(steps: str | Change, device: AsaState | None = None, *, probed: bool = True, **fields: Any) -> str:
    """The answer for the moment "change"; steps is one step as text."""
    found = parse_change([steps]) if isinstance(steps, str) else steps
    one = unit(device or asa(), probe()) if probed else unit(device or asa())
    cluster = fields.pop("cluster", None)
    return text(told(ask(site(one, cluster=cluster, phones=(filed(**fields),)), "change", found)))


# --- failover ----------------------------------------------------------------------------------------------------

OTHER_ON_MATE = (block(NEW_LEAF, "identity", "VPN"), *ON_MATE[1:])


@pytest.mark.parametrize("probed", [True, False])
@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (pair(*ON_MATE), "CONNECTS pin: "),
        (
            pair(*OTHER_ON_MATE),
            "LOCKED OUT pin: the ASA shows vpn.example.com (serial 0a02), and every hash",
        ),
        (pair(), "LOCKED OUT pin: the ASA shows a temporary self-signed certificate, and every hash of the file is of"),
        (
            without(pair(*ON_MATE), "mate_certificates"),
            "UNKNOWN certificate: the certificates of the mate were not",
        ),
        (pair(*ON_MATE, mate_state="Failed"), "UNKNOWN reach: the mate is Failed, so it may not take over"),
        (pair(*ON_MATE, mate_state=""), "UNKNOWN reach: the mate is in no printed state"),
        (pair(*ON_MATE, active_active=True), "UNKNOWN reach: the pair is active/active"),
        (
            pair(*ON_MATE, this_state="Standby Ready", mate_state="Active"),
            "CONNECTS pin: ",
        ),
        (
            pair(*ON_MATE, this_state="Failed", mate_state="Active"),
            "UNKNOWN reach: this unit is Failed, so it may not take over",
        ),
    ],
)
def test_failover(device: AsaState, expected: str, probed: bool) -> None:
    assert after("failover", device, probed=probed).startswith(expected)


def test_a_mate_that_lacks_an_issuer_does_not_send_it() -> None:
    """The phone pins the issuing CA: with it the mate connects, without it not."""
    without_issuer = tuple(found for found in ON_MATE if found.subject_cn != ISSUING.subject_cn)
    assert after("failover", pair(*ON_MATE), cert_hashes=(ISSUING.pin,)).startswith("CONNECTS")
    assert after("failover", pair(*without_issuer), cert_hashes=(ISSUING.pin,)).startswith("LOCKED OUT pin")


def test_without_a_pair_there_is_no_failover() -> None:
    assert predict(site(), ("failover",)) == ()
    unknown = without(asa(), "failover")
    assert [one.verdict for one in predict(site(unit(unknown)), ("failover",))] == ["UNKNOWN"]


def test_an_asa_without_a_mate_stays_beside_one_with() -> None:
    elsewhere = msgspec.structs.replace(pair(*OTHER_ON_MATE), device="asa2", tunnel_groups=())
    found = predict(site(unit(None, probe()), unit(elsewhere)), ("failover",))
    assert [one.verdict for one in found] == ["CONNECTS"]


# --- reload ------------------------------------------------------------------------------------------------------


def saved(*lines: tuple[str, str]) -> tuple[SslTrustPoint, ...]:
    return tuple(SslTrustPoint(trustpoint=name, interface=where) for name, where in lines)


@pytest.mark.parametrize("probed", [True, False])
@pytest.mark.parametrize(
    ("startup", "expected"),
    [
        (saved(("VPN", "outside")), "CONNECTS"),
        (saved(), "LOCKED OUT pin: after the reload it is another temporary self-signed certificate"),
        (saved(("NEW_TP", "outside")), "LOCKED OUT pin: the ASA shows vpn.example.com"),
        (saved(("NONE", "outside")), "LOCKED OUT pin: after the reload it is another temporary self-signed"),
        (saved(("VPN", "")), "CONNECTS"),
        (None, "UNKNOWN reach: `ssl trust-point` of the startup configuration was not learned"),
    ],
)
def test_reload(startup: Any, expected: str, probed: bool) -> None:
    device = change(hold(asa(), *WITH_NEW), startup_trust_points=startup)
    assert after("reload", device, probed=probed).startswith(expected)


# --- what-if -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("probed", [True, False])
@pytest.mark.parametrize(
    ("steps", "hashes", "expected"),
    [
        ("bind asa1 outside NEW_TP", (LEAF.pin,), "LOCKED OUT pin: the ASA shows vpn.example.com"),
        ("bind asa1 outside NEW_TP", (NEW_LEAF.pin,), "CONNECTS pin: the hash of vpn.example.com"),
        ("bind asa1 outside NEW_TP", (LEAF.pin, NEW_LEAF.pin), "CONNECTS"),
        ("bind asa1 outside NEW_TP", (ISSUING.pin,), "CONNECTS pin: the hash of Example Issuing CA"),
        ("bind asa1 outside VPN", (LEAF.pin,), "CONNECTS"),
        ("bind asa1 inside NEW_TP", (LEAF.pin,), "CONNECTS"),
        ("bind asa1 outside NOTHING", (LEAF.pin,), "LOCKED OUT pin: the ASA shows a temporary self-signed"),
        ("bind asa2 outside NEW_TP", (LEAF.pin,), "CONNECTS"),
        ("reload asa1", (LEAF.pin,), "CONNECTS"),
        ("failover asa1", (LEAF.pin,), "UNKNOWN reach: failover is off"),
    ],
)
def test_bind(steps: str, hashes: tuple[str, ...], expected: str, probed: bool) -> None:
    assert what_if(steps, hold(asa(), *WITH_NEW), probed=probed, cert_hashes=hashes).startswith(expected)


@pytest.mark.parametrize(
    ("certificate", "hashes", "check", "expected"),
    [
        (NEW_LEAF, (NEW_LEAF.pin,), True, "CONNECTS"),
        (NEW_LEAF, (LEAF.pin,), True, "LOCKED OUT pin"),
        (NEW_LEAF, (ISSUING.pin,), True, "UNKNOWN pin: Example Issuing CA"),
        (WILD, (WILD.pin,), True, "LOCKED OUT host-id"),
        (WILD, (WILD.pin,), False, "CONNECTS"),
    ],
)
def test_bind_a_file(certificate: Any, hashes: tuple[str, ...], check: bool, expected: str) -> None:
    steps = Change((Bind("asa1", "outside", path="new.pem", certificate=certificate),))
    assert what_if(steps, cert_hashes=hashes, host_id_check=check).startswith(expected)


def test_an_ec_certificate_beside_the_rsa_one_changes_nothing_for_old_phones() -> None:
    """From 9.4(1) on an interface has one of each: the new line does not take the RSA one away."""
    steps = Change((Bind("asa1", "outside", path="x", certificate=leaf(kind="ec", serial=0x0A22, key_name="ec")),))
    assert what_if(steps, cert_hashes=(LEAF.pin,)).startswith("CONNECTS")


def test_an_old_release_has_one_certificate_an_interface() -> None:
    steps = Change((Bind("asa1", "outside", path="x", certificate=leaf(kind="ec", serial=0x0A22, key_name="ec")),))
    old = cipher_rules(
        change(asa(), version=version("9.3(2)", (9, 3, 2, 0))), tlsv1=("AES256-SHA",), dtlsv1=("AES256-SHA",)
    )
    assert what_if(steps, old, probed=False).startswith("UNKNOWN") or what_if(steps, old, probed=False).startswith(
        "LOCK"
    )
    assert not what_if(steps, old, probed=False).startswith("CONNECTS")


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ('cipher asa1 tlsv1 "AES256-SHA:AES128-SHA"', "CONNECTS"),
        ('cipher asa1 tlsv1 custom "AES128-SHA"', "CONNECTS"),
        ('cipher asa1 tlsv1 "DHE-RSA-AES256-SHA"', "LOCKED OUT cipher: no shared cipher on tlsv1"),
        ('cipher asa1 dtlsv1 "DHE-RSA-AES256-SHA"', "LOCKED OUT dtls: "),
        ('cipher asa1 tlsv1.2 "ECDHE-RSA-AES256-GCM-SHA384"', "CONNECTS"),
        ("cipher asa1 tlsv1 medium", "UNKNOWN cipher: "),
        ("cipher asa1 tlsv1 high", "UNKNOWN cipher: "),
        ('cipher asa2 tlsv1 "DHE-RSA-AES256-SHA"', "CONNECTS"),
    ],
)
def test_cipher_list(steps: str, expected: str) -> None:
    assert what_if(steps).startswith(expected)


def test_a_release_without_ssl_cipher_takes_no_list() -> None:
    old = change(asa(), version=version("9.1(1)", (9, 1, 1, 0)))
    assert what_if('cipher asa1 tlsv1 "AES256-SHA"', old).startswith("UNKNOWN reach: its release has no `ssl cipher`")


@pytest.mark.parametrize(
    ("steps", "certificate", "check", "expected"),
    [
        ("host-id on P1", LEAF, False, "CONNECTS"),
        ("host-id on P1", WILD, False, "LOCKED OUT host-id"),
        ("host-id off P1", WILD, True, "CONNECTS"),
        ("host-id on Other", WILD, False, "CONNECTS"),
    ],
)
def test_host_id(steps: str, certificate: Any, check: bool, expected: str) -> None:
    device = hold(asa(), ("VPN", "identity", certificate), *HOLDS[1:])
    found = what_if(steps, device, probed=False, cert_hashes=(certificate.pin,), host_id_check=check)
    assert found.startswith(expected)


def test_a_host_id_change_does_not_reach_a_phone_out_of_reach() -> None:
    device = hold(asa(), ("VPN", "identity", WILD), *HOLDS[1:])
    found = what_if("host-id off P1", device, probed=False, cluster=cucm(registrations=()), cert_hashes=(WILD.pin,))
    assert found.startswith("LOCKED OUT host-id: the certificate has *.example.com for vpn.example.com")


def test_a_host_id_change_of_a_profile_that_is_not_known() -> None:
    found = what_if("host-id on P1", cluster=cucm(common_profiles=None))
    assert found.startswith("UNKNOWN file: its VPN profile is not known")


def test_several_steps_are_in_force_together() -> None:
    both = parse_change(["bind asa1 outside NEW_TP", 'cipher asa1 tlsv1 "DHE-RSA-AES256-SHA"'])
    found = ask(site(unit(hold(asa(), *WITH_NEW), probe())), "change", both)
    assert [reason.step for reason in found.attempts[0].reasons] == ["cipher"]
    two = parse_change(["host-id on P1", "host-id off P1"])
    device = hold(asa(), ("VPN", "identity", WILD), *HOLDS[1:])
    assert what_if(two, device, probed=False, cert_hashes=(WILD.pin,)).startswith("CONNECTS")


def test_without_a_change_there_is_no_such_moment() -> None:
    assert predict(site(), ("change",)) == ()
    assert {one.moment for one in predict(site())} == {"now", "apply", "reload"}


def test_a_change_changes_no_other_moment() -> None:
    steps = parse_change(["bind asa1 outside NEW_TP"])
    whole = site(unit(hold(asa(), *WITH_NEW), probe()))
    plain = {one.moment: one for one in predict(whole)}
    found = {one.moment: one for one in predict(whole, change=steps)}
    assert {moment: found[moment] for moment in plain} == plain
    assert found["change"].verdict == "LOCKED OUT"


# --- the text ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_text", "step"),
    [
        ("bind asa-1 outside NEW_TP", Bind("asa-1", "outside", "NEW_TP")),
        ("bind a outside file:new.pem", Bind("a", "outside", path="new.pem")),
        ("bind a outside 'file:my certificates/new.pem'", Bind("a", "outside", path="my certificates/new.pem")),
        (
            'cipher a tlsv1.2 "AES256-SHA:AES128-SHA"',
            CipherList("a", "tlsv1.2", "custom", ("AES256-SHA", "AES128-SHA")),
        ),
        ("cipher a TLSv1.2 aes256-sha", CipherList("a", "tlsv1.2", "custom", ("AES256-SHA",))),
        ("cipher a dtlsv1 custom AES256-SHA", CipherList("a", "dtlsv1", "custom", ("AES256-SHA",))),
        ("cipher a default fips", CipherList("a", "default", "fips")),
        ("host-id on P1", HostIdCheck("P1", True)),
        ("host-id off Profile of phones", HostIdCheck("Profile of phones", False)),
        ("host-id off 'Profile of phones'", HostIdCheck("Profile of phones", False)),
        ("failover asa-1", TakeOver("asa-1")),
        ("  reload   asa-1 ", Reload("asa-1")),
    ],
)
def test_steps(given_text: str, step: Any) -> None:
    assert parse_step(given_text) == step


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "bind",
        "bind a outside",
        "bind a outside TP extra",
        "bind a outside file:",
        "cipher a",
        "cipher a tlsv1.2",
        'cipher a tlsv9 "AES256-SHA"',
        "cipher a tlsv1.2 AES256-SHA AES128-SHA",
        "cipher a tlsv1.2 'AES256-SHA;reload'",
        "cipher a tlsv1.2 custom",
        "host-id",
        "host-id on",
        "host-id maybe P1",
        "failover",
        "failover a b",
        "reload",
        "rm -rf /",
        "bind 'a outside TP",
    ],
)
def test_anything_else_is_refused(wrong: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_step(wrong)
    assert repr(wrong) in caught.value.what
    assert "bind <asa> <interface> <trustpoint>" in caught.value.todo
    assert caught.value.where == "vpnphone_what_if"


@given(st.text(alphabet=string.printable, max_size=60))
def test_a_text_is_a_step_or_one_clear_error(wrong: str) -> None:
    try:
        parse_step(wrong)
    except BadInput as error:
        assert error.code == "bad_input"


def test_no_text_is_no_change() -> None:
    assert parse_change([]) is None
    check_names(None, (), None)


@pytest.mark.parametrize(
    ("steps", "profiles", "wrong"),
    [
        ("bind asa1 outside X", ("P1",), ""),
        ("bind asa9 outside X", ("P1",), "ASA 'asa9'"),
        ("cipher asa9 tlsv1 medium", ("P1",), "ASA 'asa9'"),
        ("reload asa9", ("P1",), "ASA 'asa9'"),
        ("failover asa9", ("P1",), "ASA 'asa9'"),
        ("host-id on P1", ("P1",), ""),
        ("host-id on P9", ("P1",), "VPN profile 'P9'"),
        ("host-id on P9", None, ""),
    ],
)
def test_names_of_the_run(steps: str, profiles: Any, wrong: str) -> None:
    found = parse_change([steps])
    if not wrong:
        check_names(found, ("asa1",), profiles)
        return
    with pytest.raises(BadInput) as caught:
        check_names(found, ("asa1",), profiles)
    assert wrong in caught.value.what
    assert caught.value.todo in ("Use one of: asa1.", "Use one of: P1.")


def test_two_profiles_and_one_phone() -> None:
    """A change of one VPN profile leaves the phones of another alone."""
    cluster = cucm(common_profiles=(CommonPhoneProfile(name="Remote", vpn_group="G1", vpn_profile="P2"),))
    device = hold(asa(), ("VPN", "identity", WILD), *HOLDS[1:])
    found = what_if(
        "host-id on P1", device, probed=False, cluster=cluster, cert_hashes=(WILD.pin,), host_id_check=False
    )
    assert found.startswith("CONNECTS")
