"""VPNP-311 to 317: the certificate in three places, and the URL in two."""

from __future__ import annotations

import base64

import msgspec
from ansible.module_utils.vpnphone.controls.base import REGISTRY, judge
from ansible.module_utils.vpnphone.controls.site_context import SiteContext
from ansible.module_utils.vpnphone.controls.site_hash import LASTING
from ansible.module_utils.vpnphone.model import (
    CucmState,
    GatewayCertificate,
    TrustedCertificate,
    VpnGateway,
    VpnGroup,
    VpnGroupConfig,
)

from tests.unit.controls.builders import change, without
from tests.unit.controls_access.devices import urls
from tests.unit.controls_site.kit import Case, check, table
from tests.unit.predict.builders import (
    CAPF,
    HOLDS,
    ISSUING,
    LEAF,
    MODEL,
    NEW_LEAF,
    PHONE,
    ROOT,
    TEMPORARY,
    URL,
    asa,
    bind,
    block,
    cucm,
    filed,
    handshake,
    hold,
    listed,
    member,
    phone,
    probe,
    served,
    site,
    trusted,
    unit,
    vpn,
)

AT = f"asa1: {URL}"
NEW = unit(hold(asa(), ("VPN", "identity", NEW_LEAF), *HOLDS[1:]), probe(handshake(MODEL, NEW_LEAF, ISSUING)))
BLIND = unit(without(asa(), "certificate_chain"))
ELSEWHERE = unit(urls(asa(), "https://other.example.com/x"))
ANSWERS_NOBODY = ("skipped", "", f"no ASA that was read answers {URL}: see VPNP-316")


def store(*found: TrustedCertificate) -> CucmState:
    return cucm(trust=(*found, trusted(CAPF, "CAPF")))


@table(
    Case("leaf", site(), (("pass", AT, "vpn.example.com (SHA-1"),)),
    Case("issuer", site(cluster=store(trusted(ISSUING))), (("pass", AT, "Example Issuing CA (SHA-1"),)),
    Case(
        "neither",
        site(cluster=store(trusted(ROOT))),
        (("fail", AT, "place 1 of 3, the trust store, lacks vpn.example.com (SHA-1"),),
        "fail",
    ),
    Case(
        "in another store",
        site(cluster=store(trusted(LEAF, "CAPF-trust"))),
        (("fail", AT, "place 1 of 3, the trust store, lacks"),),
    ),
    Case(
        "by the stored hash alone",
        site(cluster=store(trusted(LEAF, x509=None))),
        (("pass", AT, "vpn.example.com"),),
    ),
    Case(
        "another one of that name",
        site(NEW),
        (("fail", AT, "place 1 of 3, the trust store, lacks vpn.example.com"),),
    ),
    Case("by the configuration", site(unit()), (("pass", AT, "vpn.example.com"),)),
    Case("not known", site(BLIND), (("error", AT, f"UNKNOWN: which certificate asa1 presents at {URL}"),), "error"),
    Case("nobody answers", site(ELSEWHERE), (ANSWERS_NOBODY,)),
    Case(
        "no gateway and no file",
        site(cluster=cucm(gateways=()), phones=()),
        (("skipped", "", "CUCM has no VPN gateway, and no file names a URL"),),
    ),
    Case("store not read", site(cluster=cucm(trust=None)), (("error", "", "UNKNOWN: `ask trust` is missing"),)),
)
def test_place_one(case: Case) -> None:
    check("VPNP-311", case)


def gateway(*members: GatewayCertificate, url: str = URL) -> CucmState:
    return cucm(gateways=(VpnGateway(name="GW1", url=url, certificates=members),))


@table(
    Case("leaf", site(), (("pass", "GW1: asa1", "gateway GW1 has vpn.example.com"),)),
    Case(
        "issuer",
        site(cluster=msgspec.structs.replace(gateway(member(ISSUING)), trust=(trusted(ISSUING),))),
        (("pass", "GW1: asa1", "gateway GW1 has Example Issuing CA"),),
    ),
    Case(
        "another",
        site(cluster=gateway(member(ROOT))),
        (("fail", "GW1: asa1", "place 2 of 3, the gateway GW1, lacks vpn.example.com"),),
        "fail",
    ),
    Case("none", site(cluster=gateway()), (("fail", "GW1: asa1", "place 2 of 3, the gateway GW1, lacks"),)),
    Case(
        "serial with separators, issuer in another order",
        site(
            cluster=gateway(GatewayCertificate(issuer_name="cn=Example Issuing CA, o=Example", serial_number="0A:01"))
        ),
        (("pass", "GW1: asa1", "gateway GW1 has vpn.example.com"),),
    ),
    Case(
        "same serial of another issuer",
        site(cluster=gateway(GatewayCertificate(issuer_name="CN=Other", serial_number="0a01"))),
        (("fail", "GW1: asa1", "place 2 of 3"),),
    ),
    Case(
        "no longer in the store",
        site(cluster=msgspec.structs.replace(gateway(member(LEAF)), trust=(trusted(ROOT),))),
        (("pass", "GW1: asa1", "gateway GW1 has vpn.example.com"),),
    ),
    Case(
        "overwritten in the store",
        site(
            cluster=msgspec.structs.replace(
                gateway(member(LEAF)), trust=(trusted(NEW_LEAF, serial_number=LEAF.serial),)
            )
        ),
        (("fail", "GW1: asa1", "place 2 of 3"),),
    ),
    Case("nobody answers", site(ELSEWHERE), (ANSWERS_NOBODY,)),
    Case(
        "a URL of a file alone",
        site(cluster=gateway(member(LEAF), url="https://other.example.net/x")),
        (("skipped", AT, f"no VPN gateway has the URL {URL} of the phones' files"),),
    ),
    Case("not known", site(BLIND), (("error", AT, "UNKNOWN: which certificate"),)),
    Case("no gateway", site(cluster=cucm(gateways=())), (("skipped", "", "CUCM has no VPN gateway"),)),
)
def test_place_two(case: Case) -> None:
    check("VPNP-312", case)


OTHER = "SEP000000000001"


def two(first: VpnGroupConfig, second: VpnGroupConfig) -> SiteContext:
    """Two phones with these files."""
    return site(
        cluster=cucm(phones=(listed(), listed(OTHER))),
        phones=(phone(served(first)), phone(served(second, name=f"{OTHER}.cnf.xml.sgn"), name=OTHER)),
    )


@table(
    Case("leaf", site(), (("pass", AT, "the files of 1 phone hold a hash of what asa1 presents"),)),
    Case("issuer", site(phones=(filed(cert_hashes=(ISSUING.pin,)),)), (("pass", AT, "the files of 1 phone hold"),)),
    Case(
        "another",
        site(phones=(filed(cert_hashes=(ROOT.pin,)),)),
        (("fail", AT, "place 3 of 3, the file, lacks vpn.example.com"),),
        "fail",
    ),
    Case(
        "one of two phones",
        two(vpn(), vpn(cert_hashes=(ROOT.pin,))),
        (("fail", AT, "place 3 of 3, the file, lacks vpn.example.com"),),
    ),
    Case("two phones with other files", two(vpn(), vpn(mtu=1000)), (("pass", AT, "the files of 2 phones hold"),)),
    Case("no file", site(phones=()), (("error", "", "UNKNOWN: no file with VPN settings could be read"),), "error"),
    Case("nobody answers", site(ELSEWHERE), (ANSWERS_NOBODY,)),
    Case("not known", site(BLIND), (("error", AT, "UNKNOWN: which certificate"),)),
    Case(
        "a gateway that no file names",
        site(
            unit(urls(asa(), URL, "https://new.example.com/x"), probe()),
            cluster=gateway(member(LEAF), url="https://new.example.com/x"),
        ),
        (
            (
                "skipped",
                "asa1: https://new.example.com/x",
                "no file that could be read names https://new.example.com/x",
            ),
            ("pass", AT, ""),
        ),
    ),
)
def test_place_three(case: Case) -> None:
    check("VPNP-313", case)


def test_the_phone_that_lacks_it_is_named() -> None:
    case = Case("x", two(vpn(), vpn(cert_hashes=(ROOT.pin,))), (("fail", AT, ""),))
    assert check("VPNP-313", case).outcomes[0].message.endswith(f"for 1 phone: {OTHER}")


def test_two_certificates_by_what_is_offered_are_judged_each() -> None:
    both = unit(
        None, probe(handshake(), handshake(MODEL, NEW_LEAF, offer="8841"), handshake(MODEL, CAPF, offer="browser"))
    )
    case = Case("x", site(both), (("pass", AT, ""), ("fail", AT, "")))
    for control in ("VPNP-311", "VPNP-313"):
        check(control, case)


MATE = change(asa(), mate_certificates=(block(NEW_LEAF, "identity", "VPN"),))


@table(
    Case("bound", site(), (("pass", "asa1: VPN", "vpn.example.com (serial 0a01) is in Phone-VPN-trust"),)),
    Case(
        "by issuer and serial",
        site(cluster=store(trusted(LEAF, x509=None))),
        (("pass", "asa1: VPN", "vpn.example.com (serial 0a01) is in Phone-VPN-trust"),),
    ),
    Case(
        "issuer",
        site(cluster=store(trusted(ISSUING))),
        (("pass", "asa1: VPN", "the issuer of vpn.example.com (serial 0a01) is in Phone-VPN-trust, by name"),),
    ),
    Case(
        "neither",
        site(cluster=store(trusted(ROOT))),
        (("fail", "asa1: VPN", "Phone-VPN-trust lacks vpn.example.com (serial 0a01) of asa1, and its issuer"),),
        "fail",
    ),
    Case(
        "the mate's is another",
        site(unit(MATE)),
        (
            ("pass", "asa1: VPN", ""),
            ("fail", "asa1 mate: VPN", "Phone-VPN-trust lacks vpn.example.com (serial 0a02) of asa1 mate"),
        ),
    ),
    Case(
        "a second ASA",
        site(unit(), unit(hold(asa(device="asa2"), ("VPN", "identity", NEW_LEAF), *HOLDS[1:]))),
        (("pass", "asa1: VPN", ""), ("fail", "asa2: VPN", "Phone-VPN-trust lacks vpn.example.com (serial 0a02)")),
    ),
    Case("nothing bound", site(unit(bind(asa()))), (("skipped", "asa1", "asa1 has no identity certificate bound"),)),
    Case(
        "not learned",
        site(unit(without(asa(), "certificates"))),
        (("error", "asa1", "UNKNOWN: which certificates asa1 has bound"),),
        "error",
    ),
    Case("no ASA", site()._replace(asas=()), (("skipped", "", "no ASA of the run could be read"),)),
)
def test_every_asa(case: Case) -> None:
    check("VPNP-314", case)


LONG = base64.b64encode(bytes(32)).decode()


def hashed(*pins: str, algorithm: int | None = 0) -> SiteContext:
    return site(phones=(filed(cert_hashes=pins, hash_alg=algorithm),))


@table(
    Case("SHA-1", hashed(LEAF.pin, ROOT.pin), (("pass", "", "hashAlg 0, and each hash is a SHA-1: 1 phone"),)),
    Case("none", hashed(), (("fail", "no certHash at all", "no certHash at all: 1 phone, SEP8CB64F576113"),), "fail"),
    Case(
        "hashAlg 0 with 32 bytes",
        hashed(LEAF.pin, LONG),
        (("fail", "hashAlg 0 means SHA-1, and the lengths are of SHA-1 and SHA-256", "hashAlg 0 means SHA-1, and"),),
    ),
    Case(
        "no base64",
        hashed("?"),
        (("fail", "a certHash that is no base64 of a hash (hashAlg 0)", "a certHash that is no base64"),),
    ),
    Case(
        "hashAlg 1",
        hashed(LONG, algorithm=1),
        (("error", "hashAlg 1 with hashes of the length of SHA-256", "UNKNOWN: hashAlg 1 with hashes"),),
        "error",
    ),
    Case(
        "no hashAlg",
        hashed(LEAF.pin, algorithm=None),
        (("error", "no hashAlg with hashes of the length of SHA-1", "UNKNOWN: no hashAlg"),),
    ),
    Case("no file", site(phones=()), (("skipped", "", "no file with VPN settings could be read: see VPNP-321"),)),
)
def test_hashes(case: Case) -> None:
    check("VPNP-315", case)


@table(
    Case("equal", site(), (("pass", "GW1: asa1", f"{URL} is an enabled group-url of tunnel-group VPNPhone"),)),
    Case(
        "another case",
        site(unit(urls(asa(), URL.lower()))),
        (("fail", "GW1: asa1", f"{URL} of gateway GW1 is no enabled group-url of asa1; nearest: {URL.lower()}"),),
        "fail",
    ),
    Case(
        "a final slash",
        site(unit(urls(asa(), f"{URL}/"))),
        (("fail", "GW1: asa1", f"{URL} of gateway GW1 is no enabled group-url of asa1; nearest: {URL}/"),),
    ),
    Case(
        "disabled",
        site(unit(urls(asa(), f"-{URL}"))),
        (("fail", "GW1: asa1", f"{URL} of gateway GW1 is no enabled group-url of asa1; nearest: {URL} (disabled)"),),
    ),
    Case(
        "no ASA behind it",
        site(ELSEWHERE),
        (("error", "GW1", f"UNKNOWN: no ASA that was read answers {URL} of gateway GW1"),),
        "error",
    ),
    Case(
        "tunnel-groups not learned",
        site(unit(without(asa(), "tunnel_groups"), probe())),
        (("error", "GW1: asa1", "UNKNOWN: the group-urls of asa1"),),
    ),
    Case("no gateway", site(cluster=cucm(gateways=())), (("skipped", "", "CUCM has no VPN gateway"),)),
)
def test_url_at_the_asa(case: Case) -> None:
    check("VPNP-316", case)


def test_the_fix_is_a_command_where_it_can_be_typed() -> None:
    case = Case("x", site(unit(urls(asa(), URL.lower()))), (("fail", "GW1: asa1", ""),))
    assert check("VPNP-316", case).outcomes[0].fix[1:] == (
        "tunnel-group VPNPhone webvpn-attributes",
        f" group-url {URL} enable",
    )
    odd = f"{URL}?x"
    untypable = site(cluster=gateway(member(LEAF), url=odd))
    found = check("VPNP-316", Case("y", untypable, (("fail", "GW1: asa1", ""),)))
    assert len(found.outcomes[0].fix) == 1


SECOND = "https://vpn2.example.com/VPNPhone"


@table(
    Case("equal", site(), (("pass", "", "the files of 1 phone have the URLs of their gateways"),)),
    Case(
        "another case",
        site(phones=(filed(urls=(URL.lower(),)),)),
        (("fail", URL.lower(), f"the files of 1 phone have {URL.lower()}, their VPN group has {URL}: {PHONE}"),),
        "fail",
    ),
    Case(
        "one of two gateways",
        site(
            cluster=cucm(
                gateways=(
                    VpnGateway(name="GW1", url=URL, certificates=(member(LEAF),)),
                    VpnGateway(name="GW2", url=SECOND, certificates=(member(LEAF),)),
                ),
                groups=(VpnGroup(name="G1", gateways=("GW1", "GW2")),),
            )
        ),
        (("fail", URL, f"the files of 1 phone have {URL}, their VPN group has {URL}, {SECOND}"),),
    ),
    Case("no URL", site(phones=(filed(urls=()),)), (("fail", "no URL", "the files of 1 phone have no URL"),)),
    Case(
        "a phone that CUCM does not list",
        site(cluster=cucm(phones=())),
        (("skipped", "", "no file that could be read belongs to a phone whose VPN group is known"),),
    ),
    Case("no file", site(phones=()), (("skipped", "", "no file with VPN settings could be read"),)),
    Case("not learned", site(cluster=cucm(groups=None)), (("error", "", "UNKNOWN: `ask groups` is missing"),)),
)
def test_url_in_the_file(case: Case) -> None:
    check("VPNP-317", case)


def test_nobody_is_told_to_give_phones_a_temporary_certificate() -> None:
    temporary = unit(bind(asa()), probe(handshake(MODEL, TEMPORARY)))
    for control in ("VPNP-311", "VPNP-312", "VPNP-313"):
        found = judge(REGISTRY[control], site(temporary))
        assert found.status == "fail"
        assert [step for one in found.outcomes for step in one.fix] == [LASTING]
