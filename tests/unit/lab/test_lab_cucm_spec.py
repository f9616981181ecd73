"""What a scenario may say of clusters and phones, and how it is refused."""

from __future__ import annotations

from typing import Any

import pytest

from lab import scenario
from lab.scenario import ScenarioError
from tests.unit.lab.cucm_kit import OTHER, PHONE, PLAIN, made, site


def test_the_cluster_of_the_tests_is_good() -> None:
    read = scenario.from_data(site())
    assert read.cucm[0].release == (14, 0)
    assert [phone.name for phone in read.phones] == [PHONE, OTHER, PLAIN]
    assert read.phones[0].holds is None


def test_repeated_phones_are_entries_of_their_own() -> None:
    raw = site()
    raw["phones"] = [{"name": "SEP{n:012X}", "repeat": 17, "cucm": "lab-cucm", "common_profile": "Desk phones",
                      "certificate": "none"}]  # fmt: skip
    names = [phone.name for phone in scenario.from_data(raw).phones]
    assert (len(names), names[0], names[16]) == (17, "SEP000000000001", "SEP000000000011")


GATEWAY = {"name": "GW", "url": "https://a/b"}


@pytest.mark.parametrize(
    ("changes", "key", "expected"),
    [
        ({"name": "fw"}, "name", "used once"),
        ({"name": "a b"}, "name", "letters"),
        ({"version": "15"}, "version", "in quotes"),
        ({"version": "10.5"}, "version", "from 11.0 to 15.0"),
        ({"version": "15.1"}, "version", "from 11.0 to 15.0"),
        ({"export": "both"}, "export", "invalid enum value"),
        ({"axl_port": 65536}, "axl_port", "a port"),
        ({"row_limit": -1}, "row_limit", "a number"),
        ({"nodes": []}, "nodes", "at least one"),
        ({"nodes": [{"name": "a"}, {"name": "a"}]}, "nodes", "each name once"),
        ({"nodes": [{"name": "a", "tftp_port": -1}]}, "nodes[0].tftp_port", "a port"),
        ({"trust": {"Phone-trust": []}}, "trust.Phone-trust", "one of Phone-VPN-trust"),
        ({"trust": {"CAPF": ["capf", "root"]}}, "trust.CAPF", "one certificate"),
        ({"trust": {"CAPF-trust": ["none"]}}, "trust.CAPF-trust", "none is not there"),
        ({"gateways": [{**GATEWAY, "certificates": []}]}, "gateways[0].certificates", "1 to 10"),
        ({"gateways": [{**GATEWAY, "certificates": ["vpn"] * 11}]}, "gateways[0].certificates", "1 to 10"),
        ({"gateways": [{**GATEWAY, "certificates": ["capf"]}]}, "gateways[0].certificates", "trust.Phone-VPN-trust"),
        ({"groups": [{"name": "G1", "gateways": ["none"]}]}, "groups[0].gateways", "names from gateways"),
        ({"groups": [{"name": "G1", "gateways": ["GW1"] * 4}]}, "groups[0].gateways", "at most 3"),
        ({"profiles": [{"name": "P1", "mtu": 255}]}, "profiles[0].mtu", "256 to 1406"),
        ({"profiles": [{"name": "P1", "fail_to_connect": 601}]}, "profiles[0].fail_to_connect", "0 to 600"),
        ({"profiles": [{"name": "P1", "client_authentication": "MIC"}]}, "profiles[0].client_authentication", "enum"),
        ({"common_profiles": [{"name": "C", "vpn_group": "no"}]}, "common_profiles[0].vpn_group", "groups"),
        ({"common_profiles": [{"name": "C", "vpn_profile": "no"}]}, "common_profiles[0].vpn_profile", "profiles"),
        ({"faults": [{"kind": "explode"}]}, "faults[0].kind", "invalid enum value"),
        ({"faults": [{"kind": "stale"}]}, "faults[0].node", "keeps the old file"),
        ({"faults": [{"kind": "stale", "node": "no"}]}, "faults[0].node", "from nodes"),
        ({"faults": [{"kind": "axl_401", "node": "cucm-pub"}]}, "faults[0].node", "no node for"),
        ({"faults": [{"kind": "axl_401", "phone": PHONE}]}, "faults[0].phone", "no phone for"),
        ({"faults": [{"kind": "encrypted", "phone": "SEP0"}]}, "faults[0].phone", "from phones"),
        ({"faults": [{"kind": "ris_ghost", "phone": PHONE}]}, "faults[0]", "node and phone"),
        ({"faults": [{"kind": "axl_503", "count": 0}]}, "faults[0].count", "above 0"),
        ({"faults": [{"kind": "encrypted", "count": 1}]}, "faults[0].count", "always there"),
        ({"faults": [{"kind": "absent", "certificates": ["vpn"]}]}, "faults[0].certificates", "only with `stale`"),
        ({"faults": [{"kind": "absent", "operation": "get"}]}, "faults[0].operation", "only with axl_"),
        ({"faults": [{"kind": "axl_hang", "operation": "("}]}, "faults[0].operation", "regular expression"),
        (
            {"faults": [{"kind": "stale", "node": "cucm-pub", "certificates": ["no"]}]},
            "faults[0].certificates", "names from certificates",
        ),
    ],
)  # fmt: skip
def test_refusals_of_clusters(changes: dict[str, Any], key: str, expected: str) -> None:
    with pytest.raises(ScenarioError) as error:
        scenario.from_data(site(**changes))
    assert error.value.key == f"cucm[0].{key}"
    assert expected in error.value.expected


@pytest.mark.parametrize(
    ("changes", "key", "expected"),
    [
        ({"name": "SEP8cb64f576113"}, "name", "in upper case"),
        ({"name": OTHER}, "name", "used once"),
        ({"cucm": "other"}, "cucm", "a name from cucm"),
        ({"common_profile": "Other"}, "common_profile", "a common profile of lab-cucm"),
        ({"tftp": ["fw"]}, "tftp", "nodes of lab-cucm"),
        ({"issuer": ""}, "issuer", "a name from certificates"),
        ({"holds": ["no"]}, "holds", "names from certificates"),
        ({"certificate_valid_to": "soon"}, "certificate_valid_to", "a span of time"),
        ({"public_ip": "home"}, "public_ip", "an address"),
        ({"certificate": "cert"}, "certificate", "invalid enum value"),
        ({"repeat": 2}, "name", "{n}"),
        ({"repeat": 0}, "repeat", "from 1"),
        ({"repeat": 2, "name": "SEP{n}{y}"}, "name", "a pattern"),
    ],
)
def test_refusals_of_phones(changes: dict[str, Any], key: str, expected: str) -> None:
    raw = site()
    raw["phones"] = [*raw["phones"][1:], {**raw["phones"][0], **changes}]
    with pytest.raises(ScenarioError) as error:
        scenario.from_data(raw)
    assert error.value.key == f"phones[2].{key}"
    assert expected in error.value.expected


def test_two_certificates_of_one_name_do_not_fit_into_a_store() -> None:
    with pytest.raises(ScenarioError, match="a CN of their own"):
        made(trust={"Phone-VPN-trust": ["root", "vpn", "vpn-new"]})
