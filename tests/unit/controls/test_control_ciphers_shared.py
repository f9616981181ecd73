"""VPNP-123: a cipher on TLS and on DTLS for every phone model."""

from __future__ import annotations

from ansible.module_utils.vpnphone.controls.ciphers import GLOBAL
from ansible.module_utils.vpnphone.controls.site import Site
from ansible.module_utils.vpnphone.model import AsaState, SslConfig, SslStatus

from tests.unit.controls.builders import (
    PHONE_SUITES,
    healthy,
    models,
    on,
    phone_model,
    site,
    state,
    version,
    without,
)
from tests.unit.controls.builders import cipher_rules as rules
from tests.unit.controls.table import Case, check, table

UNKNOWN_LEVEL = "level secret for {0} cannot be expanded on this release"
NO_TABLE = "UNKNOWN: phone_models is empty, so what phones offer is not known"


def one(status: str, message: str) -> tuple[tuple[str, str, str], ...]:
    return ((status, "", message),)


def shares(protocol: str, *suites: str) -> str:
    return f"{protocol} shares {' '.join(suites or ('AES128-SHA', 'AES256-SHA'))}"


def none_on(protocol: str) -> str:
    return f"no shared cipher on {protocol}: the phone offers AES256-SHA AES128-SHA"


def both(tls: tuple[str, str], dtls: tuple[str, str], model: str = "7962G") -> tuple[tuple[str, str, str], ...]:
    return ((tls[0], f"{model} TLS", tls[1]), (dtls[0], f"{model} DTLS", dtls[1]))


TLS_GOOD, DTLS_GOOD = ("pass", shares("tlsv1")), ("pass", shares("dtlsv1"))
OLD_VERSION = version("9.1(1)", (9, 1, 1, 0))


def old(*tokens: str, enabled: tuple[str, ...] = ()) -> AsaState:
    """ASA 9.1(1) with `ssl encryption`."""
    return state(
        version=OLD_VERSION,
        ssl=SslConfig(defaults_shown=True, server_version=("any",), encryption=tokens),
        ssl_status=SslStatus(enabled_ciphers=enabled),
    )


WEAK = ("rc4-sha1", "3des-sha1")


def unread(protocol: str) -> tuple[str, str]:
    reason = UNKNOWN_LEVEL.format(protocol)
    return ("error", f"UNKNOWN: what the ASA accepts on {protocol} is not known: {reason}")


@table(
    Case("shared", healthy(), "pass", both(TLS_GOOD, DTLS_GOOD)),
    Case(
        "old syntax, the document's good example",
        old("rc4-sha1", "aes128-sha1", "aes256-sha1", "3des-sha1"),
        "pass",
        both(TLS_GOOD, DTLS_GOOD),
    ),
    Case(
        "old syntax, the document's log: RC4 and 3DES only",
        old(*WEAK),
        "fail",
        both(("fail", none_on("tlsv1")), ("fail", none_on("dtlsv1"))),
        fix=(GLOBAL, "ssl encryption aes256-sha1 aes128-sha1 rc4-sha1 3des-sha1"),
    ),
    Case(
        "old syntax, show ssl alone",
        old(enabled=WEAK),
        "fail",
        both(("fail", none_on("tlsv1")), ("fail", none_on("dtlsv1"))),
        fix=(GLOBAL, "ssl encryption aes256-sha1 aes128-sha1 rc4-sha1 3des-sha1"),
    ),
    Case(
        "one of two is enough",
        rules(default=("AES128-SHA", "RC4-SHA")),
        "pass",
        both(("pass", shares("tlsv1", "AES128-SHA")), ("pass", shares("dtlsv1", "AES128-SHA"))),
    ),
    Case(
        "TLS lacks them",
        rules(default=PHONE_SUITES, tlsv1=("DHE-RSA-AES256-SHA",)),
        "fail",
        both(("fail", none_on("tlsv1")), DTLS_GOOD),
        fix=(GLOBAL, 'ssl cipher tlsv1 custom "AES256-SHA:AES128-SHA:DHE-RSA-AES256-SHA"'),
    ),
    Case(
        "DTLS lacks them",
        rules(default=PHONE_SUITES, dtlsv1=("DHE-RSA-AES256-SHA",)),
        "fail",
        both(TLS_GOOD, ("fail", none_on("dtlsv1"))),
    ),
    Case(
        "TLS may settle on what DTLS lacks",
        rules(default=PHONE_SUITES, dtlsv1=("AES128-SHA",)),
        "error",
        both(
            TLS_GOOD,
            (
                "error",
                "UNKNOWN: TLS may settle on AES256-SHA, which dtlsv1 has not; DTLS then fails after TLS succeeded",
            ),
        ),
    ),
    Case(
        "level that cannot be expanded",
        rules(default="secret"),
        "error",
        both(unread("tlsv1"), unread("dtlsv1")),
        fix=("Gather `show ssl ciphers` and `show ssl`.",),
    ),
    Case(
        "DTLS 1.0 by level from 9.10(1) on",
        rules(default="medium"),
        "error",
        both(
            TLS_GOOD,
            (
                "error",
                "UNKNOWN: what the ASA accepts on dtlsv1 is not known:"
                " level medium for dtlsv1 cannot be expanded on this release",
            ),
        ),
    ),
    Case(
        "level high",
        on("9.8(4)", (9, 8, 4, 0), rules(default="medium", tlsv1_2="high")),
        "fail",
        both(("fail", none_on("tlsv1.2")), ("pass", shares("dtlsv1"))),
        site=models(phone_model(tls_versions=("TLSv1", "TLSv1.2"), dtls_versions=("DTLSv1",))),
        fix=(
            GLOBAL,
            'ssl cipher tlsv1.2 custom "AES256-SHA:AES128-SHA:AES256-GCM-SHA384:AES256-SHA256:'
            "DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES256-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-SHA384:"
            'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-SHA384"',
        ),
    ),
    Case(
        "the phone's TLS 1.2 on a release without it",
        old("aes128-sha1"),
        "pass",
        both(("pass", shares("tlsv1", "AES128-SHA")), ("pass", shares("dtlsv1", "AES128-SHA"))),
        site=models(phone_model(tls_versions=("TLSv1", "TLSv1.2"), dtls_versions=("DTLSv1", "DTLSv1.2"))),
    ),
    Case(
        "DTLS 1.2 where both have it",
        healthy(),
        "pass",
        both(("pass", shares("tlsv1.2")), ("pass", shares("dtlsv1.2"))),
        site=models(phone_model(tls_versions=("TLSv1.2",), dtls_versions=("DTLSv1.2",))),
    ),
    Case(
        "DTLS version not in the table",
        healthy(),
        "error",
        both(
            ("pass", shares("tlsv1.2")),
            ("error", "UNKNOWN: phone_models does not tell a DTLS version of this release for model 7962G"),
        ),
        site=models(phone_model(tls_versions=("TLSv1.2",))),
    ),
    Case(
        "TLS version not in the table",
        healthy(),
        "error",
        both(
            ("error", "UNKNOWN: phone_models does not tell a TLS version of this release for model 7962G"),
            ("error", "UNKNOWN: phone_models does not tell a TLS version of this release for model 7962G"),
        ),
        site=models(phone_model(tls_versions=())),
    ),
    Case(
        "lists not in the table",
        healthy(),
        "error",
        both(
            ("error", "UNKNOWN: phone_models does not tell the TLS cipher list for model 7962G"),
            ("error", "UNKNOWN: phone_models does not tell the DTLS cipher list for model 7962G"),
        ),
        site=models(phone_model(tls_suites=(), dtls_suites=())),
    ),
    Case(
        "lists not in the table, and no model named",
        healthy(),
        "skipped",
        both(
            ("skipped", "phone_models does not tell the TLS cipher list, and models_in_use names no such phone"),
            ("skipped", "phone_models does not tell the DTLS cipher list, and models_in_use names no such phone"),
        ),
        site=Site(phone_models=(phone_model(tls_suites=(), dtls_suites=()),)),
    ),
    Case(
        "a model without a row",
        healthy(),
        "error",
        both(
            ("error", "UNKNOWN: phone_models does not tell the TLS cipher list for model 8841"),
            ("error", "UNKNOWN: phone_models does not tell the DTLS cipher list for model 8841"),
            "8841",
        ),
        site=site(models_in_use=("8841",)),
    ),
    Case(
        "release not known",
        on("strange", None),
        "error",
        both(
            ("error", "UNKNOWN: the TLS versions of this release are not known"),
            ("error", "UNKNOWN: the TLS versions of this release are not known"),
        ),
    ),
    Case("empty table", healthy(), "error", one("error", NO_TABLE), site=Site()),
    Case(
        "not read",
        without(healthy(), "ssl"),
        "error",
        one("error", "UNKNOWN: `show running-config all ssl` is missing"),
    ),
)
def test_shared(case: Case) -> None:
    check("VPNP-123", case)
