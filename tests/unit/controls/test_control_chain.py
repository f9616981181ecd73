"""VPNP-113 and 116: chain and renewal of the phones' certificate."""

from __future__ import annotations

from ansible.module_utils.vpnphone.model import AsaState, Trustpoint, WebvpnConfig

from tests.unit.controls.bindings import NO_IDENTITY, NO_WEBVPN, NOT_READ, SELF_SIGNED, bound, holds, only
from tests.unit.controls.builders import (
    INTERMEDIATE_SUBJECT,
    ROOT_SUBJECT,
    certificate,
    change,
    healthy,
    intermediate,
    root,
    without,
)
from tests.unit.controls.table import Case, check, table


def chained(message: str, status: str = "pass") -> tuple[tuple[str, str, str], ...]:
    return only(message, status, "outside: VPN")


COMPLETE = "complete by name up to the root: vpn.example.com < Example Issuing CA < Example Root CA"


@table(
    Case("complete", healthy(), "pass", chained(COMPLETE)),
    Case("self-signed", holds(SELF_SIGNED), "pass", chained("self-signed, it is its own chain")),
    Case(
        "names in other case and spacing",
        holds(certificate(), intermediate(subject=INTERMEDIATE_SUBJECT.upper().replace(" ", "  ")), root()),
        "pass",
        chained(COMPLETE),
    ),
    Case(
        "no intermediate",
        holds(certificate(), root()),
        "fail",
        chained(f"the chain is broken: no CA certificate on the ASA is named {INTERMEDIATE_SUBJECT}", "fail"),
        fix=(
            f"PERSON: get the certificate of {INTERMEDIATE_SUBJECT} from the CA.",
            "crypto ca trustpoint VPN-CA1",
            " enrollment terminal",
            "crypto ca authenticate VPN-CA1 nointeractive",
        ),
    ),
    Case(
        "no root, the name VPN-CA1 is taken",
        change(holds(certificate(), intermediate()), trustpoints=(Trustpoint(name="vpn-ca1"),)),
        "fail",
        chained(f"the chain is broken: no CA certificate on the ASA is named {ROOT_SUBJECT}", "fail"),
        fix=(
            f"PERSON: get the certificate of {ROOT_SUBJECT} from the CA.",
            "crypto ca trustpoint VPN-CA2",
            " enrollment terminal",
            "crypto ca authenticate VPN-CA2 nointeractive",
        ),
    ),
    Case(
        "an identity certificate is no issuer",
        holds(certificate(), intermediate(kind="identity", trustpoints=("X",)), root()),
        "fail",
        chained(f"the chain is broken: no CA certificate on the ASA is named {INTERMEDIATE_SUBJECT}", "fail"),
    ),
    Case(
        "two CAs of one name",
        holds(certificate(), intermediate(serial="99", issuer="cn=Gone"), intermediate(), root()),
        "pass",
        chained(f"{COMPLETE}; 1 of the names belong to more than one certificate"),
    ),
    Case(
        "not associated",
        holds(certificate(), intermediate(trustpoints=()), root()),
        "error",
        chained(f"UNKNOWN: {INTERMEDIATE_SUBJECT} is printed without an associated trustpoint", "error"),
    ),
    Case(
        "a circle",
        holds(certificate(), intermediate(), root(issuer=INTERMEDIATE_SUBJECT)),
        "error",
        chained("UNKNOWN: the issuers' names run in a circle, no self-signed root is reached", "error"),
    ),
    Case(
        "issuer not printed",
        holds(certificate(issuer=""), intermediate(), root()),
        "error",
        chained("UNKNOWN: the certificate's subject or issuer is not printed", "error"),
    ),
    Case("nothing bound", bound(), "skipped", (NO_IDENTITY,)),
    Case("not read", NOT_READ, "error", only("UNKNOWN: `show crypto ca certificates` is missing", "error", "")),
)
def test_chain(case: Case) -> None:
    check("VPNP-113", case)


def renewing(text: str) -> AsaState:
    return change(healthy(), trustpoints=(Trustpoint(name="VPN", auto_renewal=text), Trustpoint(name="VPN-ROOT")))


def armed(text: str) -> str:
    return f"trustpoint VPN renews itself ({text}): phones that know its hash are locked out that day"


ACME = "enrollment protocol acme url https://acme.example.com/directory"


@table(
    Case("off", healthy(), "pass", only("trustpoint VPN does not renew itself", subject="VPN")),
    Case(
        "auto-enroll",
        renewing("auto-enroll 80 regenerate"),
        "fail",
        only(armed("auto-enroll 80 regenerate"), "fail", "VPN"),
        fix=("crypto ca trustpoint VPN", " no auto-enroll"),
    ),
    Case(
        "acme",
        renewing(ACME),
        "fail",
        only(armed(ACME), "fail", "VPN"),
        fix=(f"PERSON: take `{ACME}` out of trustpoint VPN and renew by hand, in stages.",),
    ),
    Case(
        "another trustpoint may renew itself",
        change(healthy(), trustpoints=(Trustpoint(name="VPN"), Trustpoint(name="X", auto_renewal="auto-enroll"))),
        "pass",
        only("trustpoint VPN does not renew itself", subject="VPN"),
    ),
    Case(
        "not in the configuration",
        change(healthy(), trustpoints=()),
        "error",
        only("UNKNOWN: trustpoint VPN is bound but not in the configuration that was read", "error", "VPN"),
    ),
    Case("nothing bound", bound(), "skipped", (NO_IDENTITY,)),
    Case(
        "no webvpn",
        change(healthy(), webvpn=WebvpnConfig(configured=False)),
        "skipped",
        only(NO_WEBVPN, "skipped", ""),
    ),
    Case(
        "not read",
        without(healthy(), "trustpoints"),
        "error",
        only("UNKNOWN: `show running-config crypto ca trustpoint` is missing", "error", ""),
    ),
)
def test_renewal(case: Case) -> None:
    check("VPNP-116", case)
