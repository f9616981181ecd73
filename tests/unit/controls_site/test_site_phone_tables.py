"""VPNP-321 to 325 and 331 to 335: files, status messages, the phones' own certificates, the login, the host-ID."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from ansible.module_utils.vpnphone.controls.site_client import release_of
from ansible.module_utils.vpnphone.controls.site_context import SiteContext
from ansible.module_utils.vpnphone.model import PhoneState, VpnProfile

from tests.unit.controls.builders import without
from tests.unit.controls_access.devices import group, urls
from tests.unit.controls_site.kit import Case, check, table
from tests.unit.predict.builders import (
    CAPF,
    DAY,
    FILE_NAME,
    HOLDS,
    LEAF,
    MAKER_SHA2,
    NOW,
    PHONE,
    ROOT,
    URL,
    asa,
    cucm,
    hold,
    leaf,
    line,
    listed,
    phone,
    probe,
    registered,
    served,
    site,
    trusted,
    unit,
    vpn,
    web,
)

MINUTE = timedelta(minutes=1)
OTHER = "SEP000000000001"
BOTH = ("cucm-pub", "cucm-tftp2")


def nodes(*contents: Any) -> SiteContext:
    """The phone with one content a node; words are the status of a file that could not be read."""
    files = [
        served(node=node, status=content, vpn=None) if isinstance(content, str) else served(content, node=node)
        for node, content in zip(BOTH, contents, strict=False)
    ]
    return site(phones=(phone(*files),))


def paged(*lines: Any, **fields: Any) -> SiteContext:
    return site(phones=(phone(web=web(*lines, **fields)),))


BARE = msgspec.structs.replace(served(), vpn=None)


# --- files -------------------------------------------------------------------------------------------------------


@table(
    Case("both nodes", site(), (("pass", "", "the files of 1 phone were read"),)),
    Case(
        "encrypted on one",
        nodes(vpn(), "encrypted"),
        (
            ("error", "cucm-tftp2: encrypted", f"UNKNOWN: the files of 1 phone on cucm-tftp2: encrypted ({PHONE})"),
            ("pass", "", "the files of 1 phone were read"),
        ),
        "error",
    ),
    Case(
        "nobody answers",
        nodes("timeout", "refused"),
        (("error", "cucm-pub: timeout", ""), ("error", "cucm-tftp2: refused", "")),
    ),
    Case(
        "one way is enough",
        site(phones=(phone(served(), served(node="cucm-pub", via="tftp", status="timeout", vpn=None)),)),
        (("pass", "", "the files of 1 phone were read"),),
    ),
    Case(
        "a node that nobody asked",
        site(phones=(phone(served(), web=None),)),
        (
            ("error", "nodes", f"UNKNOWN: its file on cucm-tftp2 was not asked for (1 phone: {PHONE})"),
            ("pass", "", "the files of 1 phone were read"),
        ),
    ),
    Case("not asked", site(phones=()), (("skipped", "", "no phone's files were asked for"),)),
    Case(
        "a desk phone",
        site(phones=(phone(msgspec.structs.replace(BARE, status="encrypted"), name=OTHER),)),
        (("skipped", "", "no file of a VPN phone was asked for"),),
    ),
)
def test_readable(case: Case) -> None:
    check("VPNP-321", case)


@table(
    Case("same", site(), (("pass", "", "1 phone: every node that was read serves the same VPN settings"),)),
    Case(
        "stale",
        nodes(vpn(), vpn(cert_hashes=(ROOT.pin,))),
        (("fail", "cucm-pub, cucm-tftp2", f"cucm-pub and cucm-tftp2 serve other VPN settings for 1 phone: {PHONE}"),),
        "fail",
    ),
    Case(
        "no vpnGroup on one",
        site(phones=(phone(served(), msgspec.structs.replace(BARE, node="b")),)),
        (("fail", "b, cucm-pub", ""),),
    ),
    Case("one node read", nodes(vpn(), "timeout"), (("pass", "", "1 phone: every node that was read"),)),
    Case("none read", nodes("timeout"), (("skipped", "", "no file of a VPN phone could be read: see VPNP-321"),)),
    Case("not asked", site(phones=()), (("skipped", "", "no phone's files were asked for"),)),
)
def test_same_on_every_node(case: Case) -> None:
    check("VPNP-322", case)


def test_what_each_node_serves_is_told() -> None:
    case = Case("x", nodes(vpn(), vpn(cert_hashes=(ROOT.pin, LEAF.pin))), (("fail", "cucm-pub, cucm-tftp2", ""),))
    actual = check("VPNP-322", case).outcomes[0].actual
    assert actual == (
        f"cucm-pub by http: {URL} with 1 hashes ({LEAF.pin[:6]}); cucm-tftp2 by http: {URL} with 2 hashes"
        f" ({ROOT.pin[:6]}, {LEAF.pin[:6]})"
    )


@table(
    Case("there", site(), (("pass", "", "the files of 1 phone have VPN settings"),)),
    Case(
        "not there",
        site(phones=(phone(BARE),)),
        (("fail", "no vpnGroup", f"the files of 1 phone have no VPN settings: {PHONE}"),),
        "fail",
    ),
    Case(
        "not on one node",
        site(phones=(phone(served(), msgspec.structs.replace(BARE, node="b")),)),
        (("fail", "no vpnGroup", ""),),
    ),
    Case(
        "not read",
        nodes("encrypted"),
        (("error", "no file", f"UNKNOWN: no file of 1 phone could be read: {PHONE}"),),
        "error",
    ),
    Case("not asked", site(phones=()), (("error", "no file", "UNKNOWN: no file of 1 phone"),)),
    Case("no VPN phone", site(cluster=cucm(phones=())), (("skipped", "", "no phone of the cluster has a Common"),)),
    Case("not learned", site(cluster=cucm(phones=None)), (("error", "", "UNKNOWN: `ask phones` is missing"),)),
)
def test_settings_in_the_file(case: Case) -> None:
    check("VPNP-323", case)


@table(
    Case("its nodes", site(), (("pass", "", "nodes of the cluster are asked by 1 phone"),)),
    Case("in another case", paged(network={"TFTP Server 1": "CUCM-PUB"}), (("pass", "", "nodes of the cluster"),)),
    Case(
        "an address",
        paged(network={"TFTP Server 1": "192.168.1.1"}),
        (("error", "192.168.1.1", "UNKNOWN: whether 192.168.1.1, asked by 1 phone, is a node of the cluster"),),
        "error",
    ),
    Case(
        "none at all",
        paged(network={"TFTP Server 1": ""}),
        (("fail", "no TFTP server at all", f"no TFTP server at all is asked by 1 phone: {PHONE}"),),
        "fail",
    ),
    Case("not read", paged(network=None), (("skipped", "", "no phone's network page was read"),)),
    Case("nodes not learned", site(cluster=cucm(tftp_nodes=None)), (("error", "", "UNKNOWN: `ask tftp_nodes`"),)),
)
def test_tftp_servers(case: Case) -> None:
    check("VPNP-324", case)


@table(
    Case("fetched", site(), (("pass", "", "1 phone fetched the file that is served"),)),
    Case(
        "before it was built",
        paged(line(ago=121 * MINUTE)),
        (("fail", "older", f"1 phone: its last fetch is older than the file ({PHONE}: fetched 05:28:00 UTC"),),
        "fail",
    ),
    Case(
        "failed since",
        paged(line(), line(f"TFTP Timeout : {FILE_NAME}", ago=MINUTE)),
        (("fail", "failure", f"1 phone: its status messages show a failure after the last fetch ({PHONE}: TFTP"),),
    ),
    Case(
        "registered before",
        site(cluster=cucm(registrations=(registered(since=NOW - DAY),))),
        (("fail", "registered before", "1 phone: it is registered since before the file was built"),),
    ),
    Case(
        "no line",
        paged(line("Trust List Updated")),
        (("error", "no line", "UNKNOWN: 1 phone: its status messages do not show that"),),
        "error",
    ),
    Case("no page", site(phones=(phone(web=None),)), (("error", "no page", "UNKNOWN: 1 phone: its web pages were"),)),
    Case("no clock", paged(clock=None), (("error", "not proven", "UNKNOWN: 1 phone: the phone's clock is not known"),)),
    Case("no file", nodes("timeout"), (("skipped", "", "no file of a VPN phone could be read"),)),
    Case("not learned", site(cluster=cucm(registrations=None)), (("error", "", "UNKNOWN: `ask registrations`"),)),
)
def test_fetched(case: Case) -> None:
    check("VPNP-325", case)


def test_phones_with_one_cause_are_one_outcome() -> None:
    names = [f"SEP00000000000{number}" for number in range(5)]
    found = tuple(phone(served(name=f"{name}.cnf.xml.sgn"), name=name, web=None) for name in names)
    whole = site(cluster=cucm(phones=tuple(listed(name) for name in names)), phones=found)
    case = Case("x", whole, (("error", "no page", "UNKNOWN: 5 phones: its web pages were not read"),))
    assert check("VPNP-325", case).outcomes[0].message.endswith(": " + ", ".join(names[:3]) + " and 2 more")


# --- the phones' own certificates --------------------------------------------------------------------------------

WITHOUT_CAPF = unit(hold(asa(), *(found for found in HOLDS if found[0] != "CAPF")), probe())
LACKS = "LSC of CN=CAPF-18cf046e,O=Example: the ASA does not trust CAPF-18cf046e"


def owner(**fields: Any) -> SiteContext:
    return site(cluster=cucm(phones=(listed(**fields),)))


@table(
    Case("LSC", site(), (("pass", "asa1", "asa1 trusts the issuers of 1 phone"),)),
    Case("MIC", owner(certificate="mic"), (("pass", "asa1", "asa1 trusts the issuers of 1 phone"),)),
    Case(
        "CAPF missing",
        site(WITHOUT_CAPF),
        (("fail", f"asa1: {LACKS} (SHA-1 {CAPF.sha1[:8]}…)", f"1 phone on asa1: {LACKS}"),),
        "fail",
    ),
    Case(
        "no certificate at all",
        owner(certificate="none"),
        (
            (
                "fail",
                "asa1: the phone has no certificate of its own (neither LSC nor MIC)",
                "1 phone on asa1: the phone has no certificate of its own",
            ),
        ),
    ),
    Case(
        "not told which",
        owner(certificate="unknown"),
        (
            (
                "error",
                "asa1: which certificate the phone shows (LSC or MIC) is not known",
                "UNKNOWN: 1 phone on asa1: which certificate the phone shows",
            ),
        ),
        "error",
    ),
    Case(
        "a login by password",
        site(unit(group(asa(), authentication=("aaa",)), probe())),
        (("skipped", "", "no file tells which ASA the phones dial with a certificate"),),
    ),
    Case("no file", site(phones=()), (("skipped", "", "no file tells which ASA the phones dial"),)),
    Case("not learned", site(cluster=cucm(phones=None)), (("error", "", "UNKNOWN: `ask phones`"),)),
)
def test_issuers(case: Case) -> None:
    check("VPNP-331", case)


def test_one_asa_of_two_lacks_the_issuer() -> None:
    other = msgspec.structs.replace(WITHOUT_CAPF.state, device="asa2")
    whole = site(unit(None, probe()), unit(other))
    case = Case(
        "x", whole, (("fail", f"asa2: {LACKS} (SHA-1 {CAPF.sha1[:8]}…)", "1 phone on asa2: "), ("pass", "asa1", ""))
    )
    check("VPNP-331", case)


NEWER = listed(model="Cisco 8841")


def makers(*stores: str, version: str = "14.0.1.13900-155") -> SiteContext:
    store = tuple(trusted(MAKER_SHA2, name) for name in stores)
    return site(cluster=cucm(phones=(NEWER,), trust=store, version=version))


@table(
    Case(
        "both",
        makers("CAPF-trust", "CallManager-trust"),
        (("pass", "CAPF-trust", ""), ("pass", "CallManager-trust", "")),
    ),
    Case(
        "one lacks it",
        makers("CAPF-trust"),
        (
            ("pass", "CAPF-trust", "CAPF-trust has the SHA2 manufacturing CA"),
            (
                "fail",
                "CallManager-trust",
                "CallManager-trust lacks the SHA2 manufacturing CA (taken out of this release",
            ),
        ),
        "fail",
    ),
    Case(
        "an old release",
        makers("CallManager-trust", version="10.0.1.10000-24"),
        (
            ("fail", "CAPF-trust", "CAPF-trust lacks the SHA2 manufacturing CA (not there before 10.5(1)) of 1 phone"),
            ("pass", "CallManager-trust", ""),
        ),
    ),
    Case("old models alone", site(), (("skipped", "", "no VPN phone of the models 8811, 8841, 8851, 8861 is there"),)),
    Case("not learned", site(cluster=cucm(phones=(NEWER,), trust=None)), (("error", "", "UNKNOWN: `ask trust`"),)),
)
def test_sha2_maker(case: Case) -> None:
    check("VPNP-332", case)


def test_releases() -> None:
    assert release_of("10.5.1.10000-7") == (10, 5)
    assert release_of("") == release_of("x.y") == release_of("14") == (0, 0)


@table(
    Case("LSC", site(), (("pass", "lsc", "1 phone by a certificate of CAPF (LSC)"),)),
    Case(
        "MIC",
        owner(certificate="mic"),
        (("fail", "mic", f"1 phone by the manufacturer's certificate (MIC): {PHONE}"),),
        "fail",
    ),
    Case("none", owner(certificate="none"), (("fail", "none", "1 phone without any certificate of its own"),)),
    Case("unknown", owner(certificate="unknown"), (("error", "unknown", "UNKNOWN: with which certificate 1 phone"),)),
    Case("no VPN phone", site(cluster=cucm(phones=())), (("skipped", "", "no phone of the cluster has"),)),
)
def test_mic(case: Case) -> None:
    check("VPNP-333", case)


# --- the VPN profile ---------------------------------------------------------------------------------------------


def profiled(*units: Any, phones: tuple[PhoneState, ...] | None = None, **fields: Any) -> SiteContext:
    """The VPN profile with these fields."""
    values = {"name": "P1", "client_authentication": "Certificate", "host_id_check": True} | fields
    return site(*units, cluster=cucm(profiles=(VpnProfile(**values),)), phones=phones)


ASA = "P1: asa1 VPNPhone"
FILES = "P1: files"


@table(
    Case(
        "certificate on both sides",
        site(),
        (
            ("pass", ASA, "VPN profile P1 says Certificate, asa1 `authentication certificate`"),
            ("pass", FILES, "no file that could be read has another authMethod"),
        ),
    ),
    Case(
        "the ASA asks a password",
        site(unit(group(asa(), authentication=()), probe())),
        (
            ("fail", ASA, "VPN profile P1 says Certificate, asa1 `authentication aaa`: 1 phone cannot log in"),
            ("pass", FILES, ""),
        ),
        "fail",
    ),
    Case(
        "both by password, and old files",
        profiled(unit(group(asa(), authentication=("aaa",)), probe()), client_authentication="User and Password"),
        (("pass", ASA, ""), ("fail", FILES, f"authMethod of 1 phone is not the 0 of VPN profile P1: {PHONE}")),
    ),
    Case(
        "a word that is not known",
        profiled(client_authentication="Smile"),
        (("error", "P1", "UNKNOWN: what Client Authentication Method Smile of VPN profile P1 is"),),
        "error",
    ),
    Case("profile not there", site(cluster=cucm(profiles=())), (("skipped", "P1", "VPN profile P1 is not there"),)),
    Case("not learned", site(cluster=cucm(profiles=None)), (("error", "", "UNKNOWN: `ask profiles`"),)),
    Case("nobody uses one", site(cluster=cucm(phones=())), (("skipped", "", "no phone of the cluster has a VPN"),)),
)
def test_same_method(case: Case) -> None:
    check("VPNP-334", case)


WILD = leaf("*.example.com", serial=0x0A41)
OTHER_CASE = leaf("VPN.example.com", serial=0x0A42)
AT = f"P1: asa1: {URL}"


def shows(certificate: Any) -> Any:
    return unit(hold(asa(), ("VPN", "identity", certificate), *HOLDS[1:]))


@table(
    Case("fits", site(), (("pass", AT, "vpn.example.com is in the certificate"),)),
    Case(
        "wildcard",
        site(shows(WILD)),
        (("fail", AT, "the certificate has *.example.com for vpn.example.com: the phone refuses wildcards (1 phone"),),
        "fail",
    ),
    Case("check off", profiled(shows(WILD), host_id_check=False), (("pass", "P1", "VPN profile P1 has no host-ID"),)),
    Case(
        "check not told", profiled(shows(WILD), host_id_check=None), (("error", AT, "UNKNOWN: the certificate has *"),)
    ),
    Case("case", site(shows(OTHER_CASE)), (("error", AT, "UNKNOWN: the certificate has VPN.example.com"),), "error"),
    Case("not known", site(unit(without(asa(), "certificate_chain"))), (("error", AT, "UNKNOWN: the names in the"),)),
    Case(
        "nobody answers",
        site(unit(urls(asa(), "https://other.example.com/x"))),
        (("skipped", "P1", "no ASA that was read answers a gateway URL of VPN profile P1"),),
    ),
)
def test_host_fits(case: Case) -> None:
    check("VPNP-335", case)
