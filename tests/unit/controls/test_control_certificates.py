"""VPNP-111..113 and 116: kind, binding, chain and renewal of the phones' certificate."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.vpnphone.controls import certificates
from ansible.module_utils.vpnphone.model import (
    AsaState,
    Certificate,
    GroupUrl,
    SslTrustPoint,
    Trustpoint,
    TunnelGroup,
    WebvpnConfig,
)

from tests.unit.controls.builders import (
    IDENTITY_SUBJECT,
    INTERMEDIATE_SUBJECT,
    ROOT_SUBJECT,
    certificate,
    change,
    edit,
    healthy,
    intermediate,
    root,
    site,
    version,
    without,
)
from tests.unit.controls.table import Case, check, table

PICK = certificates.PICK_TRUSTED
NO_IDENTITY = ("skipped", "", "No identity certificate is bound where phones arrive: see VPNP-112")
NO_WEBVPN = "webvpn is enabled on no interface, so no phone arrives here"


def holds(*found: Certificate, base: AsaState | None = None) -> AsaState:
    return change(base or healthy(), certificates=found)


def bound(*lines: SslTrustPoint, base: AsaState | None = None) -> AsaState:
    return edit(base or healthy(), "ssl", trust_points=lines)


def line(trustpoint: str = "VPN", interface: str = "outside", **fields: Any) -> SslTrustPoint:
    return SslTrustPoint(trustpoint=trustpoint, interface=interface, **fields)


def enabled(*interfaces: str, base: AsaState | None = None) -> AsaState:
    return edit(base or healthy(), "webvpn", enabled_interfaces=interfaces)


def dialled(url: str, base: AsaState | None = None) -> AsaState:
    group = TunnelGroup(name="VPNPhone", group_urls=(GroupUrl(url=url, enabled=True),))
    return change(base or healthy(), tunnel_groups=(group,))


NO_INTERFACE = enabled()
NOT_READ = without(healthy(), "certificates")
SELF_SIGNED = certificate(issuer=IDENTITY_SUBJECT, issuer_cn="vpn.example.com")
TEMPORARY_NAME = "cn=ASA Temporary Self Signed Certificate"
TEMPORARY = certificate(subject=TEMPORARY_NAME, issuer=TEMPORARY_NAME, subject_cn=TEMPORARY_NAME[3:])
EC = certificate(serial="0e01", key_type="EC", key_bits=256, trustpoints=("VPN-EC",))
PAIR = bound(line(), line("VPN-EC"), base=holds(certificate(), EC, intermediate(), root()))
OLD_RELEASE = version("9.4(0)99", (9, 4, 0, 99))


def temporary(why: str) -> str:
    return f"phones are shown the temporary self-signed certificate of the ASA ({why}); it changes at reload"


def perhaps(interface: str) -> tuple[str, str, str]:
    message = (
        f"UNKNOWN: webvpn is enabled on {interface} without a certificate, and whether phones arrive there is not known"
    )
    return ("error", interface, message)


@table(
    Case("issued", healthy(), "pass", (("pass", "outside: VPN", "certificate issued by Example Issuing CA"),)),
    Case("self-signed", holds(SELF_SIGNED), "pass", (("pass", "outside: VPN", "self-signed certificate"),)),
    Case(
        "wildcard",
        holds(certificate(subject="cn=*.example.com", subject_cn="*.example.com")),
        "pass",
        (("pass", "outside: VPN", "wildcard certificate issued by Example Issuing CA"),),
    ),
    Case(
        "issuer without common name",
        holds(certificate(issuer="o=Example", issuer_cn="")),
        "pass",
        (("pass", "outside: VPN", "certificate issued by o=Example"),),
    ),
    Case(
        "temporary",
        holds(TEMPORARY),
        "fail",
        (("fail", "outside: VPN", temporary("trustpoint VPN holds a temporary one")),),
        fix=(PICK,),
    ),
    Case("nothing bound", bound(), "fail", (("fail", "outside", temporary("nothing is bound to it")),)),
    Case(
        "an empty trustpoint",
        holds(intermediate(), root()),
        "fail",
        (("fail", "outside: VPN", temporary("trustpoint VPN holds no identity certificate")),),
    ),
    Case(
        "no names",
        holds(certificate(subject="", issuer="")),
        "error",
        (("error", "outside: VPN", "UNKNOWN: subject or issuer of the certificate of VPN is not printed"),),
    ),
    Case("no webvpn", NO_INTERFACE, "skipped", (("skipped", "", NO_WEBVPN),)),
    Case("not read", NOT_READ, "error", (("error", "", "UNKNOWN: `show crypto ca certificates` is missing"),)),
    Case(
        "webvpn not read",
        without(healthy(), "webvpn"),
        "error",
        (("error", "", "UNKNOWN: `show running-config webvpn` is missing"),),
    ),
)
def test_kind(case: Case) -> None:
    check("VPNP-111", case)


def only(message: str, status: str = "pass", subject: str = "outside") -> tuple[tuple[str, str, str], ...]:
    return ((status, subject, message),)


UNBOUND = "no trustpoint is bound to outside: phones are shown a certificate they do not know"
EMPTY = "trustpoint VPN is bound to outside but holds no identity certificate"


@table(
    Case("own line", healthy(), "pass", only("outside presents VPN")),
    Case("interface in other case", bound(line(interface="OUTSIDE")), "pass", only("outside presents VPN")),
    Case("global default", bound(line(interface="")), "pass", only("outside presents VPN")),
    Case(
        "own line before the default",
        bound(line("OTHER", ""), line()),
        "pass",
        only("outside presents VPN"),
    ),
    Case(
        "nothing, one certificate to choose",
        bound(),
        "fail",
        only(UNBOUND, "fail"),
        fix=(PICK, "ssl trust-point VPN outside"),
    ),
    Case(
        "nothing, two to choose",
        bound(base=holds(certificate(), EC)),
        "fail",
        only(UNBOUND, "fail"),
        fix=(PICK, "PERSON: trustpoints that hold an identity certificate: VPN, VPN-EC."),
    ),
    Case(
        "nothing to choose, a temporary one does not count",
        bound(base=holds(TEMPORARY)),
        "fail",
        only(UNBOUND, "fail"),
        fix=(PICK, "PERSON: trustpoints that hold an identity certificate: none."),
    ),
    Case("vpnlb-ip alone", bound(line(vpnlb_ip=True)), "fail", only(UNBOUND, "fail")),
    Case(
        "empty trustpoint",
        holds(intermediate(), root()),
        "fail",
        only(EMPTY, "fail", "outside: VPN"),
        fix=(PICK,),
    ),
    Case(
        "CA certificate alone",
        holds(intermediate(trustpoints=("VPN",))),
        "fail",
        only(EMPTY, "fail", "outside: VPN"),
    ),
    Case(
        "pending",
        holds(certificate(kind="pending", status="Pending")),
        "fail",
        only(EMPTY + ", its enrolment is pending", "fail", "outside: VPN"),
        fix=("PERSON: have the pending request signed by the CA.", "crypto ca import VPN certificate"),
    ),
    Case("RSA and EC", PAIR, "pass", only("outside presents VPN and VPN-EC: one RSA and one EC")),
    Case(
        "RSA and EC on 9.4(1)",
        change(PAIR, version=version("9.4(1)", (9, 4, 1, 0))),
        "pass",
        only("outside presents VPN and VPN-EC: one RSA and one EC"),
    ),
    Case(
        "RSA and EC before 9.4(1)",
        change(PAIR, version=OLD_RELEASE),
        "fail",
        only("outside presents VPN and VPN-EC: before 9.4(1) an interface has one certificate", "fail"),
    ),
    Case(
        "RSA and EC on an unknown release",
        change(PAIR, version=version("strange", None)),
        "error",
        only("UNKNOWN: outside presents VPN and VPN-EC: whether this release may have two is not known", "error"),
    ),
    Case(
        "two RSA",
        bound(line(), line("TWO"), base=holds(certificate(), certificate(serial="02", trustpoints=("TWO",)))),
        "fail",
        only("outside presents VPN and TWO: two of one key type: which one phones are shown cannot be told", "fail"),
    ),
    Case(
        "key type not printed",
        bound(line(), line("TWO"), base=holds(certificate(), certificate(key_type="", trustpoints=("TWO",)))),
        "error",
        only("UNKNOWN: outside presents VPN and TWO: the key type of one is not printed", "error"),
        fix=("PERSON: read `show crypto ca certificates TWO`.",),
    ),
    Case(
        "one of a pair is empty",
        bound(line(), line("VPN-EC")),
        "fail",
        only(
            "trustpoint VPN-EC is bound to outside but holds no identity certificate",
            "fail",
            "outside: VPN-EC",
        ),
    ),
    Case("no webvpn", NO_INTERFACE, "skipped", only(NO_WEBVPN, "skipped", "")),
    Case("not read", NOT_READ, "error", only("UNKNOWN: `show crypto ca certificates` is missing", "error", "")),
)
def test_binding(case: Case) -> None:
    check("VPNP-112", case)


INSIDE_TOO = enabled("outside", "inside")


@table(
    Case("a name leads to either", INSIDE_TOO, "error", (perhaps("inside"), *only("outside presents VPN"))),
    Case(
        "an address leads to one",
        dialled("https://192.0.2.1/VPNPhone", INSIDE_TOO),
        "pass",
        only("outside presents VPN"),
    ),
    Case(
        "an address leads to the bare one",
        dialled("https://10.0.0.1/VPNPhone", INSIDE_TOO),
        "fail",
        only("no trustpoint is bound to inside: phones are shown a certificate they do not know", "fail", "inside"),
    ),
    Case(
        "an address behind NAT leads to either",
        dialled("https://203.0.113.9/VPNPhone", INSIDE_TOO),
        "error",
        (perhaps("inside"), *only("outside presents VPN")),
    ),
    Case(
        "CUCM's URL counts before the group-url",
        INSIDE_TOO,
        "pass",
        only("outside presents VPN"),
        site=site(gateway_urls=("https://192.0.2.1/VPNPhone",)),
    ),
    Case(
        "the site names the interface",
        INSIDE_TOO,
        "pass",
        only("outside presents VPN"),
        site=site(phone_interfaces=("outside",)),
    ),
    Case(
        "no phone profile known",
        INSIDE_TOO,
        "error",
        (perhaps("inside"), *only("outside presents VPN")),
        profiles=(),
    ),
    Case(
        "bare everywhere",
        bound(base=INSIDE_TOO),
        "fail",
        (
            *only(UNBOUND, "fail"),
            *only(
                "no trustpoint is bound to inside: phones are shown a certificate they do not know", "fail", "inside"
            ),
        ),
    ),
)
def test_which_interface(case: Case) -> None:
    check("VPNP-112", case)


SNI = "UNKNOWN: OTHER is bound to domain vpn.example.com, and whether phones send that name (SNI) is not known"


@table(
    Case(
        "the phones' host, another certificate",
        bound(line(), line("OTHER", "", domain="VPN.example.com")),
        "error",
        (
            *only("outside presents VPN"),
            ("error", "VPN.example.com", SNI.replace("domain vpn", "domain VPN")),
        ),
    ),
    Case(
        "the phones' host, the same certificate",
        bound(line(), line("VPN", "", domain="vpn.example.com")),
        "pass",
        only("outside presents VPN"),
    ),
    Case(
        "another host",
        bound(line(), line("OTHER", "", domain="www.example.com")),
        "pass",
        only("outside presents VPN"),
    ),
    Case(
        "a domain is no default",
        bound(line("VPN", "", domain="vpn.example.com")),
        "error",
        (
            *only(UNBOUND, "fail"),
            ("error", "vpn.example.com", SNI.replace("OTHER", "VPN")),
        ),
    ),
)
def test_domains(case: Case) -> None:
    check("VPNP-112", case)


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
