"""The phone's own certificate: which it is, who signed it, whether the ASA trusts that one; and the login method."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.model import (
    AsaState,
    Trustpoint,
)

from tests.unit.controls.builders import change, without
from tests.unit.controls_access.devices import group
from tests.unit.predict.builders import (
    CAPF,
    DAY,
    HOLDS,
    ISSUING,
    LEAF,
    MAKER,
    MAKER_SHA2,
    NOW,
    ROOT,
    SITE,
    Told,
    asa,
    ask,
    authority,
    cucm,
    filed,
    hold,
    listed,
    probe,
    site,
    text,
    told,
    trusted,
    unit,
)

# Another key below the same name, and the same key in another certificate.
NEW_CAPF = authority("CAPF-18cf046e", serial=0x0D06, key_name="capf renewed")
SAME_KEY_CAPF = authority("CAPF-18cf046e", serial=0x0D07, key_name="CAPF-18cf046e", signer="CAPF-18cf046e")
WITHOUT_CAPF = tuple(held for held in HOLDS if held[0] != "CAPF")


def client(device: AsaState | None = None, *trust: Any, **fields: Any) -> Told:
    """With these fields of the phone in CUCM, and this store."""
    cluster = cucm(phones=(listed(**fields),), **({"trust": trust} if trust else {}))
    return told(ask(site(unit(device or asa(), probe()), cluster=cluster)))


# --- the phone's own certificate ------------------------------------------------------------------------------------


def test_an_lsc_whose_capf_is_trusted_connects() -> None:
    assert client().verdict == "CONNECTS"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"certificate": "none"}, "LOCKED OUT client-certificate: the phone has no certificate of its own"),
        ({"certificate": "unknown"}, "UNKNOWN client-certificate: which certificate the phone shows"),
        ({"lsc_valid_until": NOW}, "CONNECTS"),
        ({"lsc_valid_until": NOW - DAY}, "LOCKED OUT client-certificate: the phone's LSC has expired"),
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
