"""VPNP-300 to 304: every phone's way in, and the cluster itself."""

from __future__ import annotations

from typing import Any

import msgspec
from ansible.module_utils.vpnphone.controls.site_context import SiteContext
from ansible.module_utils.vpnphone.model import (
    CommonPhoneProfile,
    CucmState,
    ExportMode,
    Failover,
    PhoneState,
    VpnGateway,
    VpnGroup,
)

from tests.unit.controls.builders import change, phone_model
from tests.unit.controls_site.kit import Case, check, foretold, table
from tests.unit.predict.builders import (
    HOLDS,
    LEAF,
    NEW_LEAF,
    PHONE,
    ROOT,
    SITE,
    URL,
    asa,
    block,
    cucm,
    filed,
    listed,
    member,
    phone,
    probe,
    registered,
    served,
    site,
    unit,
)

NAMES = tuple(f"SEP00000000000{number}" for number in range(5))
DESK = cucm(common_profiles=(CommonPhoneProfile(name="Remote"),))


def many(*names: str, **fields: Any) -> CucmState:
    """Phones of these names, all registered, on one cluster."""
    return cucm(
        phones=tuple(listed(name) for name in names),
        registrations=tuple(registered(name) for name in names),
        **fields,
    )


def states(*names: str) -> tuple[PhoneState, ...]:
    """Phones of these names with good files, whose web pages were not read."""
    return tuple(phone(served(name=f"{name}.cnf.xml.sgn"), name=name, web=None) for name in names)


@table(
    Case("connects", foretold(site()), (("pass", "", f"1 phone connects: {PHONE}"),)),
    Case(
        "locked out",
        foretold(site(phones=(filed(cert_hashes=(ROOT.pin,)),))),
        (("fail", "pin", f"1 phone is locked out: {URL} on asa1: the ASA shows vpn.example.com"),),
        "fail",
    ),
    Case(
        "unknown",
        foretold(site(phones=(phone(web=None),))),
        (("error", "file", "UNKNOWN: 1 phone is not known to connect: whether the phone holds the file"),),
        "error",
    ),
    Case(
        "many phones of one cause are one outcome",
        foretold(site(cluster=many(*NAMES), phones=states(*NAMES))),
        (("error", "file", "UNKNOWN: 5 phones are not known to connect: "),),
    ),
    Case(
        "two causes",
        foretold(
            site(
                cluster=many(PHONE, NAMES[0]),
                phones=(filed(cert_hashes=(ROOT.pin,)), *states(NAMES[0])),
            )
        ),
        (
            ("fail", "pin", "1 phone is locked out: "),
            ("error", "file", "UNKNOWN: 1 phone is not known to connect: "),
        ),
        "error",
    ),
    Case("desk phones", foretold(site(cluster=DESK, phones=())), (("skipped", "", "no phone of the cluster has VPN"),)),
    Case(
        "phones not listed",
        foretold(site(cluster=cucm(phones=None))),
        (("error", "", "UNKNOWN: `ask phones` is missing"),),
    ),
)
def test_every_phone_connects(case: Case) -> None:
    check("VPNP-300", case)


def test_the_first_names_and_the_number() -> None:
    found = check(
        "VPNP-300",
        Case(
            "x",
            foretold(site(cluster=many(*NAMES), phones=states(*NAMES))),
            (("error", "file", "UNKNOWN: 5 phones are not"),),
        ),
    )
    assert found.outcomes[0].message.endswith(f"({', '.join(NAMES[:3])} and 2 more)")
    assert len(found.outcomes[0].evidence[0].lines) == 5


OTHER_MATE = change(
    asa(),
    failover=Failover(enabled=True, this_state="Active", mate_state="Standby Ready"),
    mate_certificates=(
        block(NEW_LEAF, "identity", "VPN"),
        *(block(found, kind, name) for name, kind, found in HOLDS[1:]),
    ),
)


@table(
    Case(
        "always",
        foretold(site()),
        (
            ("pass", "after Apply Config", "1 phone connects after Apply Config"),
            ("pass", "after a reload of its ASA", "1 phone connects after a reload"),
        ),
    ),
    Case(
        "not saved",
        foretold(site(unit(change(asa(), startup_trust_points=()), probe()))),
        (
            ("pass", "after Apply Config", "1 phone connects"),
            ("fail", "after a reload of its ASA: pin", "1 phone is locked out after a reload of its ASA: "),
        ),
        "fail",
    ),
    Case(
        "the mate has another certificate",
        foretold(site(unit(OTHER_MATE, probe()))),
        (
            ("pass", "after Apply Config", ""),
            ("fail", "after a failover of its ASA: pin", "1 phone is locked out after a failover of its ASA: "),
            ("pass", "after a reload of its ASA", ""),
        ),
        "fail",
    ),
    Case(
        "the startup configuration was not learned",
        foretold(site(unit(change(asa(), startup_trust_points=None), probe()))),
        (
            ("pass", "after Apply Config", ""),
            ("error", "after a reload of its ASA: reach", "UNKNOWN: 1 phone is not known to connect after a reload"),
        ),
        "error",
    ),
    Case(
        "none connects now",
        foretold(site(phones=(filed(cert_hashes=(ROOT.pin,)),))),
        (("skipped", "", "no phone is known to connect now: see VPNP-300"),),
    ),
)
def test_every_phone_still_connects(case: Case) -> None:
    check("VPNP-301", case)


def mode(word: Any, *seen: str) -> SiteContext:
    return site(cluster=cucm(export_mode=ExportMode(mode=word, seen=seen)))


@table(
    Case("restricted", mode("restricted", "UCSInstall_UCOS_14"), (("pass", "", "the restricted version: UCSInst"),)),
    Case(
        "unrestricted",
        mode("unrestricted", "UCSInstall_UCOS_UNRST_14"),
        (("fail", "", "the export unrestricted version has no VPN for phones: UCSInstall_UCOS_UNRST_14"),),
        "fail",
    ),
    Case("silent", mode("unknown"), (("error", "", "UNKNOWN: nothing that was read tells whether this is"),), "error"),
    Case("not asked", site(cluster=cucm(export_mode=None)), (("error", "", "UNKNOWN: `ask export_mode` is missing"),)),
)
def test_export(case: Case) -> None:
    check("VPNP-302", case)


def given(**fields: str) -> CucmState:
    """The Common Phone Profile of the phone with these fields."""
    return cucm(common_profiles=(CommonPhoneProfile(name="Remote", **fields),))


@table(
    Case("whole", site(), (("pass", "Remote", "Remote gives 1 phone VPN group G1, VPN profile P1"),)),
    Case(
        "no group",
        site(cluster=given(vpn_profile="P1")),
        (("fail", "Remote", "Common Phone Profile Remote: it names no VPN group; 1 phone of it: SEP8CB64F576113"),),
    ),
    Case(
        "no profile",
        site(cluster=given(vpn_group="G1")),
        (("fail", "Remote", "Common Phone Profile Remote: it names no VPN profile"),),
    ),
    Case(
        "a group that is not there",
        site(cluster=given(vpn_group="g1", vpn_profile="P1")),
        (("fail", "Remote", "Common Phone Profile Remote: its VPN group g1 is not there"),),
    ),
    Case(
        "a profile that is not there",
        site(cluster=given(vpn_group="G1", vpn_profile="P2")),
        (("fail", "Remote", "Common Phone Profile Remote: its VPN profile P2 is not there"),),
    ),
    Case(
        "a group without gateways",
        site(cluster=cucm(groups=(VpnGroup(name="G1", gateways=()),))),
        (("fail", "Remote", "Common Phone Profile Remote: its VPN group G1 has no gateway"),),
    ),
    Case(
        "a gateway that is not there",
        site(cluster=cucm(groups=(VpnGroup(name="G1", gateways=("GW1", "GW9")),))),
        (("fail", "Remote", "Common Phone Profile Remote: gateway GW9 of its VPN group G1 is not there"),),
    ),
    Case("no VPN at all", site(cluster=DESK), (("skipped", "", "no phone of the cluster has a Common Phone Profile"),)),
    Case("not learned", site(cluster=cucm(groups=None)), (("error", "", "UNKNOWN: `ask groups` is missing"),)),
)
def test_settings(case: Case) -> None:
    check("VPNP-303", case)


def gateway(count: int, name: str = "GW1") -> VpnGateway:
    return VpnGateway(name=name, url=URL, certificates=(member(LEAF),) * count)


def sized(*counts: int) -> SiteContext:
    """Gateways with so many certificates, all in one group."""
    found = tuple(gateway(count, f"GW{number}") for number, count in enumerate(counts, 1))
    return site(cluster=cucm(gateways=found, groups=(VpnGroup(name="G1", gateways=tuple(one.name for one in found)),)))


@table(
    Case(
        "one of each",
        sized(1),
        (
            ("pass", "gateway GW1", "gateway GW1: 1 of 10 certificates"),
            ("pass", "group G1", "VPN group G1 has 1 of 3 gateways"),
            ("pass", "certificates of group G1", "certificates of group G1: 1 of 10"),
        ),
    ),
    Case(
        "nine",
        sized(9),
        (("pass", "gateway GW1", ""), ("pass", "group G1", ""), ("pass", "certificates of group G1", "")),
    ),
    Case(
        "ten leave no room",
        sized(10),
        (
            ("fail", "gateway GW1", "gateway GW1: 10 of 10 certificates: no room for a new one beside the old"),
            ("pass", "group G1", ""),
            ("fail", "certificates of group G1", "certificates of group G1: 10 of 10"),
        ),
        "fail",
    ),
    Case(
        "eleven",
        sized(11),
        (
            ("fail", "gateway GW1", "gateway GW1: 11 of 10 certificates: more than CUCM takes"),
            ("pass", "group G1", ""),
            ("fail", "certificates of group G1", ""),
        ),
    ),
    Case(
        "four gateways",
        sized(2, 2, 2, 3),
        (
            *(("pass", f"gateway GW{number}", "") for number in range(1, 5)),
            ("fail", "group G1", "VPN group G1 has 4 of 3 gateways"),
            ("pass", "certificates of group G1", "certificates of group G1: 9 of 10"),
        ),
    ),
    Case(
        "nothing", site(cluster=cucm(gateways=(), groups=())), (("skipped", "", "CUCM has no VPN gateway and no VPN"),)
    ),
    Case("not learned", site(cluster=cucm(gateways=None)), (("error", "", "UNKNOWN: `ask gateways` is missing"),)),
)
def test_limits(case: Case) -> None:
    check("VPNP-304", case)


def test_a_model_without_a_row_is_told_by_the_prediction() -> None:
    parameters = msgspec.structs.replace(SITE, phone_models=(phone_model(model="9999"),))
    whole = foretold(site(unit(None, probe(), parameters=parameters), site=parameters))
    found = check("VPNP-300", Case("x", whole, (("error", "cipher", "UNKNOWN: 1 phone is not known to connect: "),)))
    assert found.outcomes[0].fix == ("PERSON: give the model a row in phone_models.",)
