"""VPNP-111 and 112: kind and binding of the phones' certificate."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.vpnphone.controls import certificates
from ansible.module_utils.vpnphone.model import AsaState, GroupUrl, SslTrustPoint, TunnelGroup

from tests.unit.controls.bindings import NO_WEBVPN, NOT_READ, SELF_SIGNED, bound, holds, only
from tests.unit.controls.builders import certificate, change, edit, healthy, intermediate, root, site, version, without
from tests.unit.controls.table import Case, check, table

PICK = certificates.PICK_TRUSTED


def line(trustpoint: str = "VPN", interface: str = "outside", **fields: Any) -> SslTrustPoint:
    return SslTrustPoint(trustpoint=trustpoint, interface=interface, **fields)


def enabled(*interfaces: str, base: AsaState | None = None) -> AsaState:
    return edit(base or healthy(), "webvpn", enabled_interfaces=interfaces)


def dialled(url: str, base: AsaState | None = None) -> AsaState:
    group = TunnelGroup(name="VPNPhone", group_urls=(GroupUrl(url=url, enabled=True),))
    return change(base or healthy(), tunnel_groups=(group,))


NO_INTERFACE = enabled()
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
