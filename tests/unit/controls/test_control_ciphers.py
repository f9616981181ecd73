"""VPNP-121..123: EC beside RSA, the certificate each kind of phone is shown, and a cipher on TLS and on DTLS."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.controls import ciphers, facts
from ansible.module_utils.vpnphone.controls.site import Site
from ansible.module_utils.vpnphone.model import (
    AsaState,
    Certificate,
    SslSuites,
    SslTrustPoint,
)

from tests.unit.controls.bindings import NO_WEBVPN
from tests.unit.controls.builders import (
    PHONE_SUITES,
    certificate,
    change,
    context,
    edit,
    healthy,
    models,
    on,
    phone_model,
    site,
    without,
)
from tests.unit.controls.builders import (
    cipher_rules as rules,
)
from tests.unit.controls.table import Case, check, table

GLOBAL, LINE = ciphers.GLOBAL, ciphers.DOCUMENT_LINE
PROBE = (
    "PERSON: show with a TLS probe which certificate an EC client gets; if it is the RSA one, list this build in"
    " ecdsa_fixed_in."
)
EC_SUITE = "ECDHE-ECDSA-AES256-GCM-SHA384"
NO_IDENTITY = "No identity certificate is bound where phones arrive: see VPNP-112"
UNKNOWN_LEVEL = "level secret for {0} cannot be expanded on this release"
NO_TABLE = "UNKNOWN: phone_models is empty, so what phones offer is not known"


def with_ec(base: AsaState | None = None) -> AsaState:
    return rules(base, default=PHONE_SUITES, tlsv1_2=(*PHONE_SUITES, EC_SUITE))


def bound(*found: Certificate, base: AsaState | None = None) -> AsaState:
    """These certificates bound to outside, each in its own trustpoint."""
    lines = tuple(SslTrustPoint(trustpoint=one.trustpoints[0], interface="outside") for one in found)
    return edit(change(base or healthy(), certificates=found), "ssl", trust_points=lines)


def one(status: str, message: str, subject: str = "outside") -> tuple[tuple[str, str, str], ...]:
    return ((status, subject, message),)


RSA = certificate()
EC = certificate(key_type="EC", key_bits=256, serial="0e", trustpoints=("VPN-EC",))
STRANGE = certificate(key_type="")
FIX_UNKNOWN = (
    "UNKNOWN: EC suites are enabled beside an RSA certificate, and whether ASA 9.16(4)85 carries the fix of CSCuu02848"
    " is not known"
)
FAULT = "ASA 9.4(1) shows EC-capable phones a self-signed EC certificate instead of the RSA one"


@table(
    Case(
        "no EC suite",
        healthy(),
        "pass",
        one("pass", "no EC suite is enabled for TLS 1.2, so the RSA certificate is the one that is shown"),
    ),
    Case("EC suite, fix not known", with_ec(), "error", one("error", FIX_UNKNOWN), fix=(PROBE, GLOBAL, LINE)),
    Case(
        "EC suite, fix listed",
        with_ec(),
        "pass",
        one("pass", "ASA 9.16(4)85 carries the fix of CSCuu02848: the configured certificate always wins"),
        site=site(ecdsa_fixed_in=("9.16(4)85",)),
    ),
    Case(
        "EC suite, fix listed for an earlier build of the train",
        with_ec(),
        "pass",
        one("pass", "ASA 9.16(4)85 carries the fix of CSCuu02848: the configured certificate always wins"),
        site=site(ecdsa_fixed_in=("9.16(1)",)),
    ),
    Case(
        "EC suite, fix listed for a later build",
        with_ec(),
        "error",
        one("error", FIX_UNKNOWN),
        site=site(ecdsa_fixed_in=("9.16(4)86", "9.4(2)", "nonsense")),
    ),
    Case(
        "9.4(1), the document's fault",
        on("9.4(1)", (9, 4, 1, 0), with_ec()),
        "fail",
        one("fail", FAULT),
        fix=(PROBE, GLOBAL, LINE),
    ),
    Case(
        "level medium on 9.4(1) has EC", on("9.4(1)", (9, 4, 1, 0), rules(default="medium")), "fail", one("fail", FAULT)
    ),
    Case(
        "the document's line on 9.4(1)",
        on(
            "9.4(1)",
            (9, 4, 1, 0),
            rules(default="medium", tlsv1_2=(*PHONE_SUITES, "DHE-RSA-AES256-SHA", "DHE-RSA-AES128-SHA")),
        ),
        "pass",
        one("pass", "no EC suite is enabled for TLS 1.2, so the RSA certificate is the one that is shown"),
    ),
    Case(
        "ECDHE-RSA is no EC authentication",
        rules(default=PHONE_SUITES, tlsv1_2=("ECDHE-RSA-AES256-GCM-SHA384",)),
        "pass",
        one("pass", "no EC suite is enabled for TLS 1.2, so the RSA certificate is the one that is shown"),
    ),
    Case(
        "RSA and EC bound",
        bound(RSA, EC, base=with_ec()),
        "pass",
        one("pass", "an EC certificate is bound, so the ASA has no need of a self-signed one"),
    ),
    Case(
        "level that cannot be expanded",
        rules(default="secret"),
        "error",
        one(
            "error",
            f"UNKNOWN: the suites of TLS 1.2 are not known ({UNKNOWN_LEVEL.format('tlsv1.2')})",
        ),
    ),
    Case(
        "show ssl ciphers expands it",
        change(
            rules(default="secret"),
            ssl_suites=(SslSuites(protocol="tlsv1.2", level="secret", suites=PHONE_SUITES),),
        ),
        "pass",
        one("pass", "no EC suite is enabled for TLS 1.2, so the RSA certificate is the one that is shown"),
    ),
    Case(
        "key type not printed",
        bound(STRANGE, base=with_ec()),
        "error",
        one("error", "UNKNOWN: the key type of the bound certificate is not printed"),
    ),
    Case(
        "release not known",
        on("strange", None, with_ec()),
        "error",
        one("error", "UNKNOWN: whether release strange has EC suites is not known"),
    ),
    Case(
        "just before EC",
        on("9.4(0)99", (9, 4, 0, 99)),
        "skipped",
        one("skipped", "ASA 9.4(0)99 has no EC suites (they came with 9.4(1))", ""),
    ),
    Case("nothing bound", bound(base=with_ec()), "skipped", one("skipped", NO_IDENTITY)),
    Case("no webvpn", edit(healthy(), "webvpn", enabled_interfaces=()), "skipped", one("skipped", NO_WEBVPN, "")),
    Case(
        "not read",
        without(healthy(), "ssl"),
        "error",
        one("error", "UNKNOWN: `show running-config all ssl` is missing", ""),
    ),
)
def test_ecdsa(case: Case) -> None:
    check("VPNP-121", case)


def test_the_documents_line_to_the_letter() -> None:
    assert LINE == 'ssl cipher tlsv1.2 custom "AES256-SHA:AES128-SHA:DHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA"'


NEW = phone_model(model="NEW", tls_versions=("TLSv1.2",), tls_suites=(*PHONE_SUITES, EC_SUITE), ecdsa=True)
EC_ONLY = phone_model(model="ECONLY", tls_versions=("TLSv1.2",), tls_suites=(EC_SUITE,), ecdsa=True)
FIXED = {"ecdsa_fixed_in": ("9.16(1)",)}


def shown(words: str, what: str) -> str:
    return f"phones with {words} are shown {what}"


RSA_SHOWN = shown("RSA ciphers", "the configured RSA certificate")
BOTH_SHOWN = shown("RSA and EC ciphers", "the configured RSA certificate")


@table(
    Case("old phone", healthy(), "pass", one("pass", RSA_SHOWN, "outside: 7962G")),
    Case("old phone, EC enabled", with_ec(), "pass", one("pass", RSA_SHOWN, "outside: 7962G")),
    Case(
        "old phone, EC certificate only",
        bound(EC),
        "fail",
        one("fail", shown("RSA ciphers", "a self-signed RSA certificate"), "outside: 7962G"),
        fix=("PERSON: bind an RSA certificate that the phones know to outside.",),
    ),
    Case("old phone, both", bound(RSA, EC), "pass", one("pass", RSA_SHOWN, "outside: 7962G")),
    Case(
        "old phone, nothing bound",
        bound(),
        "fail",
        one("fail", shown("RSA ciphers", "a self-signed RSA certificate"), "outside: 7962G"),
    ),
    Case("new phone, EC disabled", healthy(), "pass", one("pass", RSA_SHOWN, "outside: NEW"), site=models(NEW)),
    Case(
        "new phone, fix not known",
        with_ec(),
        "error",
        one(
            "error",
            "UNKNOWN: " + shown("RSA and EC ciphers", "a self-signed EC certificate or the configured RSA certificate"),
            "outside: NEW",
        ),
        site=models(NEW),
        fix=("PERSON: show with a TLS probe of these ciphers which certificate they get.", GLOBAL, LINE),
    ),
    Case("new phone, fixed", with_ec(), "pass", one("pass", BOTH_SHOWN, "outside: NEW"), site=models(NEW, **FIXED)),
    Case(
        "new phone, 9.4(1)",
        on("9.4(1)", (9, 4, 1, 0), with_ec()),
        "fail",
        one("fail", shown("RSA and EC ciphers", "a self-signed EC certificate"), "outside: NEW"),
        site=models(NEW),
        fix=(GLOBAL, LINE),
    ),
    Case(
        "new phone, both bound",
        bound(RSA, EC, base=with_ec()),
        "pass",
        one("pass", shown("RSA and EC ciphers", "the configured EC certificate"), "outside: NEW"),
        site=models(NEW),
    ),
    Case(
        "EC-only phone, RSA bound, fixed",
        with_ec(),
        "fail",
        one("fail", shown("EC ciphers", "nothing: the handshake fails"), "outside: ECONLY"),
        site=models(EC_ONLY, **FIXED),
    ),
    Case(
        "no shared cipher",
        healthy(),
        "skipped",
        one("skipped", "No shared cipher, so no certificate is shown: see VPNP-123", "ECONLY"),
        site=models(EC_ONLY),
    ),
    Case(
        "old and new are two classes",
        with_ec(),
        "pass",
        (*one("pass", RSA_SHOWN, "outside: 7962G"), *one("pass", BOTH_SHOWN, "outside: NEW")),
        site=models(phone_model(), NEW, **FIXED),
    ),
    Case(
        "list not known, EC is",
        with_ec(),
        "pass",
        one("pass", BOTH_SHOWN, "outside: NEW"),
        site=models(msgspec.structs.replace(NEW, tls_suites=()), **FIXED),
    ),
    Case(
        "list not known, EC is, and the ASA lets none in",
        healthy(),
        "pass",
        one("pass", RSA_SHOWN, "outside: NEW"),
        site=models(msgspec.structs.replace(NEW, tls_suites=())),
    ),
    Case(
        "list not known, no EC",
        healthy(),
        "pass",
        one("pass", RSA_SHOWN, "outside: 7962G"),
        site=models(phone_model(tls_suites=())),
    ),
    Case(
        "nothing known",
        healthy(),
        "error",
        one("error", "UNKNOWN: phone_models does not tell the cipher list for model 7962G", "7962G"),
        site=models(phone_model(tls_suites=(), ecdsa=None)),
    ),
    Case(
        "a suite that tells no authentication",
        rules(default=("CAMELLIA256-SHA",)),
        "error",
        one("error", "UNKNOWN: phone_models does not tell the authentication of each suite for model 7962G", "7962G"),
        site=models(phone_model(tls_versions=("TLSv1.2",), tls_suites=("CAMELLIA256-SHA",))),
    ),
    Case(
        "ASA's side not known",
        rules(default="secret"),
        "error",
        one(
            "error",
            "UNKNOWN: what the ASA accepts on tlsv1: level secret for tlsv1 cannot be expanded on this release",
            "7962G",
        ),
    ),
    Case(
        "key type not printed",
        bound(STRANGE),
        "error",
        one("error", "UNKNOWN: the key type of the bound certificate is not printed", "outside: 7962G"),
    ),
    Case("empty table", healthy(), "error", one("error", NO_TABLE, ""), site=Site()),
    Case("no webvpn", edit(healthy(), "webvpn", enabled_interfaces=()), "skipped", one("skipped", NO_WEBVPN, "")),
)
def test_matrix(case: Case) -> None:
    check("VPNP-122", case)


@pytest.mark.parametrize(
    ("text", "release", "listed", "expected"),
    [
        ("9.4(1)", (9, 4, 1, 0), (), False),
        ("9.4(1)", (9, 4, 1, 0), ("9.4(1)",), True),
        ("9.4(1)1", (9, 4, 1, 1), (), None),
        ("9.4(2)", (9, 4, 2, 0), ("9.4(2)",), True),
        ("9.4(2)", (9, 4, 2, 0), ("9.4(2)1",), None),
        ("9.4(2)", (9, 4, 2, 0), ("9.5(1)",), None),
        ("9.5(1)", (9, 5, 1, 0), ("9.4(2)",), None),
        ("strange", None, ("9.4(2)",), None),
    ],
)
def test_fixed_builds(text: str, release: Any, listed: tuple[str, ...], expected: bool | None) -> None:
    assert ciphers.is_fixed(context(on(text, release), site(ecdsa_fixed_in=listed))) is expected


@pytest.mark.parametrize("text", ["9.4(2)", "8.0(4)", "9.16(4)85", "9.22(2)14"])
def test_releases_are_read_as_they_are_written(text: str) -> None:
    release = facts.read_release(text)
    assert release is not None
    assert facts.release_text(release) == text
