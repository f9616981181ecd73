"""Answers of a cluster become its state; what is missing, refused or odd is unknown with its reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible.module_utils.vpnphone.model import (
    CommonPhoneProfile,
    CucmPhone,
    GatewayCertificate,
    Registration,
    TrustFile,
    VpnGateway,
    VpnGroup,
    VpnProfile,
)
from ansible.module_utils.vpnphone.parse.cucm.state import build_cluster
from ansible.module_utils.vpnphone.questions import PAGE, QUESTIONS

from tests.unit.cucm import soap_texts as soap
from tests.unit.cucm.clusters import held, state, whole

SECTIONS = (
    "version", "gateways", "groups", "profiles", "common_profiles", "phones", "trust", "registrations", "tftp_nodes",
    "export_mode", "trust_files",
)  # fmt: skip


def test_a_cluster_that_answers_everything() -> None:
    found = state()
    vpn = held("vpn.example.com", 0xABC1)
    assert {source.status for source in found.sources.values()} == {"ok"}
    assert set(found.sources) == {*SECTIONS, "phone_certificates"}
    assert found.version == "14.0.1.13900-155"
    assert found.gateways == (
        VpnGateway(
            name="GW1",
            url="https://vpn.example.com/phone",
            certificates=(GatewayCertificate(issuer_name="CN=vpn.example.com", serial_number="abc1"),),
        ),
        VpnGateway(name="GW2", url="https://vpn2.example.com/phone", certificates=()),
    )
    assert found.groups == (VpnGroup(name="G1", gateways=("GW1", "GW2")),)
    assert found.profiles == (
        VpnProfile(
            name="P1",
            client_authentication="Certificate",
            host_id_check=True,
            auto_network_detection=False,
            password_persistence=False,
            mtu=1290,
            fail_to_connect=30,
        ),
    )
    assert found.common_profiles == (
        CommonPhoneProfile(name="Standard"),
        CommonPhoneProfile(name="Remote phones", vpn_group="G1", vpn_profile="P1"),
    )
    assert found.phones == (
        CucmPhone(
            name="SEP001122334401",
            model="Cisco 7962",
            common_profile="Remote phones",
            lsc_status="Upgrade Success",
            lsc_issuer="CN=CAPF-1",
            lsc_valid_until=datetime(2027, 1, 1, tzinfo=UTC),
            certificate="lsc",
        ),
        CucmPhone(
            name="SEP001122334402",
            model="Cisco 8841",
            common_profile="Remote phones",
            lsc_status="None",
            certificate="mic",
        ),
    )
    assert found.trust is not None
    assert [(item.store, item.stored_hash, item.x509.pin if item.x509 else "") for item in found.trust] == [
        ("Phone-VPN-trust", vpn.pin, vpn.pin),
        ("CAPF", held("CAPF-1", 0x77).pin, held("CAPF-1", 0x77).pin),
    ]
    assert found.registrations == (
        Registration(
            name="SEP001122334401",
            status="Registered",
            ip="10.9.0.5",
            node="cucm-pub",
            load="SCCP42.9",
            since=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        ),
    )
    assert found.tftp_nodes == ("cucm-pub", "10.1.1.2")
    assert found.trust_files == (
        TrustFile(store="Phone-VPN-trust", name="vpn.example.com.pem"),
        TrustFile(store="tomcat-trust", name="a b.pem"),
    )
    assert found.export_mode is not None
    assert found.export_mode.mode == "unknown"


NEEDS = {
    "getCCMVersion": {"version"},
    "listVpnGateway": {"gateways"},
    "getVpnGateway": {"gateways"},
    "listVpnGroup": {"groups"},
    "getVpnGroup": {"groups"},
    "listVpnProfile": {"profiles"},
    "getVpnProfile": {"profiles"},
    "listCommonPhoneConfig": {"common_profiles"},
    "getCommonPhoneConfig": {"common_profiles"},
    "listPhone": {"phones"},
    "executeSQLQuery.phones": {"phone_certificates"},
    "executeSQLQuery.columns": set(),
    "executeSQLQuery.lsc": set(),
    "executeSQLQuery.trust": set(),  # the snapshot tells it
    "executeSQLQuery.pem": set(),
    "executeSQLQuery.tftp": {"tftp_nodes"},
    "selectCmDeviceExt": {"registrations"},
    "show_version_active": set(),  # other things hint at the export mode
    "show_cert_list_trust": {"trust_files"},
    "snapshot_server": set(),
}


@pytest.mark.parametrize("key", [question.key for question in QUESTIONS])
def test_a_missing_answer_costs_its_section_and_is_named(key: str) -> None:
    found = state(without=(key,))
    missing = {section for section, source in found.sources.items() if source.status == "missing"}
    assert missing == NEEDS[key]
    assert all(getattr(found, section) is None for section in missing & set(SECTIONS))
    assert all(key in found.sources[section].detail for section in missing)


@pytest.mark.parametrize("key", [question.key for question in QUESTIONS if question.how in ("axl", "sql", "ris")])
def test_a_refused_answer_costs_its_section_and_is_quoted(key: str) -> None:
    found = state(**{key.replace(".", "__"): [soap.fault("You are not \u202eauthorized", 5300)]})
    refused = {section for section, source in found.sources.items() if source.status == "refused"}
    assert refused == NEEDS[key]
    assert all("You are not authorized" in found.sources[section].detail for section in refused)


@pytest.mark.parametrize("key", [question.key for question in QUESTIONS if question.how in ("axl", "sql", "ris")])
@pytest.mark.parametrize(
    "body",
    [soap.response("somethingElse", ""), b"<html/>", b"", soap.envelope("<a/>")],
    ids=["other", "html", "no", "a"],
)
def test_an_odd_answer_costs_its_section(key: str, body: bytes) -> None:
    found = state(**{key.replace(".", "__"): [body]})
    unreadable = {section for section, source in found.sources.items() if source.status == "unreadable"}
    assert unreadable == NEEDS[key]


def test_nothing_at_all_is_nothing_known() -> None:
    found = build_cluster("cucm-1", "saved", {}, None)
    assert {source.status for source in found.sources.values()} == {"missing"}
    assert all(getattr(found, section) is None for section in SECTIONS)


def test_empty_lists_are_facts() -> None:
    found = state(
        without=("getVpnGateway", "getVpnGroup", "getVpnProfile", "getCommonPhoneConfig", "selectCmDeviceExt"),
        listVpnGateway=[soap.response("listVpnGateway", "")],
        listVpnGroup=[soap.response("listVpnGroup", "")],
        listVpnProfile=[soap.response("listVpnProfile", "")],
        listCommonPhoneConfig=[soap.response("listCommonPhoneConfig", "")],
        listPhone=[soap.response("listPhone", "")],
        executeSQLQuery__trust=[soap.rows()],
        executeSQLQuery__tftp=[soap.rows()],
    )
    for section in ("gateways", "groups", "profiles", "common_profiles", "phones", "trust", "registrations"):
        assert getattr(found, section) == (), section
    assert found.tftp_nodes == ()


# --- gateways and groups --------------------------------------------------------------------------------------------


def test_a_gateway_that_is_listed_and_not_told_leaves_all_unknown() -> None:
    found = state(getVpnGateway=[whole()["getVpnGateway"][0]])
    assert found.gateways is None
    assert found.sources["gateways"].status == "missing"
    assert "GW2" in found.sources["gateways"].detail


@pytest.mark.parametrize("field", ["url", "certificates"])
def test_a_gateway_without_a_field_that_every_gateway_has_is_unreadable(field: str) -> None:
    body = soap.gateway("GW1", "https://a/b").decode()
    body = (
        body.replace("<certificates></certificates>", "")
        if field == "certificates"
        else body.replace("<url>https://a/b</url>", "")
    )
    found = state(listVpnGateway=[soap.names("listVpnGateway", "vpnGateway", "GW1")], getVpnGateway=[body.encode()])
    assert found.gateways is None
    assert found.sources["gateways"].status == "unreadable"
    assert field in found.sources["gateways"].detail


@pytest.mark.parametrize(
    ("members", "order"),
    [
        ([("B", 1), ("A", 0)], ("A", "B")),
        ([("A", 10), ("B", 9)], ("B", "A")),
        ([("A", None), ("B", 3), ("C", None)], ("B", "A", "C")),
        ([("A", 1), ("B", 1)], ("A", "B")),
        ([], ()),
    ],
)
def test_gateways_of_a_group_in_the_order_of_priority(members: Any, order: tuple[str, ...]) -> None:
    found = state(getVpnGroup=[soap.group("G1", *members)])
    assert found.groups == (VpnGroup(name="G1", gateways=order),)


def test_a_member_without_a_name_is_not_left_out() -> None:
    assert state(getVpnGroup=[soap.group("G1", ("", 1))]).groups is None


@pytest.mark.parametrize(
    ("told", "value"),
    [("t", True), ("TRUE", True), ("1", True), ("f", False), ("false", False), ("", None), ("x", None)],
)
def test_booleans_of_axl(told: str, value: bool | None) -> None:
    found = state(getVpnProfile=[soap.profile("P1", enableHostIdCheck=told)])
    assert found.profiles is not None
    assert found.profiles[0].host_id_check is value
    assert found.profiles[0].auto_network_detection is None


@pytest.mark.parametrize(
    ("told", "value"), [("1290", 1290), ("0", 0), ("-1", None), ("", None), ("9" * 12, None), ("٣", None)]
)
def test_numbers_of_axl(told: str, value: int | None) -> None:
    found = state(getVpnProfile=[soap.profile("P1", mtu=told)])
    assert found.profiles is not None
    assert found.profiles[0].mtu == value


# --- phones ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "status", "lsc", "certificate"),
    [
        ("Cisco 7962", "Upgrade Success", {}, "lsc"),
        ("Cisco 7962", "upgrade success", {}, "lsc"),
        ("Cisco 7940", "Upgrade Success", {}, "lsc"),
        ("Cisco 7962", "None", {}, "mic"),
        ("Cisco 7962", "Delete Success", {}, "mic"),
        ("Cisco 7942", "None", {}, "mic"),
        ("Cisco 7945", "None", {}, "mic"),
        ("Cisco 7965", "None", {}, "mic"),
        ("Cisco 7975", "None", {}, "mic"),
        ("Cisco 8841", "None", {}, "mic"),
        ("Cisco 8845", "None", {}, "mic"),
        ("Cisco 7821", "None", {}, "mic"),
        ("Cisco 9971", "None", {}, "mic"),
        ("Cisco 7940", "None", {}, "none"),
        ("Cisco 7960", "None", {}, "none"),
        ("Cisco 7960", "Delete Success", {}, "none"),
        ("Third-party SIP Device (Basic)", "None", {}, "unknown"),
        ("Cisco IP Communicator", "None", {}, "unknown"),
        ("Cisco 79620", "None", {}, "unknown"),
        ("", "None", {}, "unknown"),
        ("Cisco 7962", "Upgrade Failed", {}, "unknown"),
        ("Cisco 7962", "Operation Pending", {}, "unknown"),
        ("Cisco 7962", "", {}, "unknown"),
        ("Cisco 7962", "Upgrade Failed", {"lscissuername": "CN=CAPF-1"}, "lsc"),
        ("Cisco 7962", "None", {"lscissuername": "CN=CAPF-1"}, "lsc"),
        ("Cisco 7962", "None", {"lscvaliduntil": "1798761600"}, "lsc"),
        ("Cisco 7962", "None", {"lscissuervaliduntil": "1798761600"}, "mic"),  # of the issuer alone
        ("Cisco 7962", "Upgrade Failed", {"lscissuername": "", "lscvaliduntil": "0"}, "unknown"),
    ],
)
def test_which_certificate_a_phone_shows(model: str, status: str, lsc: dict[str, str], certificate: str) -> None:
    found = state(
        listPhone=[soap.phones(soap.phone("SEP1", model))],
        executeSQLQuery__phones=[soap.rows({"name": "SEP1", "certificatestatus": status})],
        executeSQLQuery__lsc=[soap.rows({"name": "SEP1", **lsc})],
    )
    assert found.phones is not None
    assert found.phones[0].certificate == certificate


def test_without_sql_no_certificate_is_known() -> None:
    found = state(without=("executeSQLQuery.phones",))
    assert [phone.certificate for phone in found.phones or ()] == ["unknown", "unknown"]
    assert found.sources["phone_certificates"].status == "missing"


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("1798761600", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2027-01-01", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2027-01-01 12:30:00", datetime(2027, 1, 1, 12, 30, tzinfo=UTC)),
        ("2027-13-01", None),
        ("0", None),
        ("soon", None),
        ("", None),
    ],
)
def test_when_an_lsc_ends(told: str, moment: datetime | None) -> None:
    found = state(executeSQLQuery__lsc=[soap.rows({"name": "SEP001122334401", "lscvaliduntil": told})])
    assert found.phones is not None
    assert found.phones[0].lsc_valid_until == moment


def page(first: int, count: int) -> bytes:
    return soap.phones(*(soap.phone(f"SEP{number:012X}") for number in range(first, first + count)))


@pytest.mark.parametrize(
    ("counts", "known"),
    [
        ([PAGE, 5], True),
        ([PAGE, 0], True),
        ([3], True),
        ([0], True),
        ([PAGE + 1], True),
        ([PAGE], False),
        ([PAGE, PAGE], False),
        ([7, 7], False),
        ([7, 7, 2], True),
    ],
)
def test_all_pages_of_phones_must_be_there(counts: list[int], known: bool) -> None:
    found = state(listPhone=[page(index * PAGE * 2, count) for index, count in enumerate(counts)])
    assert (found.phones is not None) == known
    if known:
        assert len(found.phones or ()) == sum(counts)
    else:
        assert found.sources["phones"].status == "incomplete"


@pytest.mark.parametrize(
    ("counts", "known"), [([PAGE], True), ([2 * PAGE], True), ([2, 2, 1], True), ([2, 0], True), ([2, 2], False)]
)
def test_a_statement_is_answered_whole_or_in_pages(counts: list[int], known: bool) -> None:
    pages = [
        soap.rows(*({"name": f"SEP{index}-{number}", "certificatestatus": "None"} for number in range(count)))
        for index, count in enumerate(counts)
    ]
    found = state(executeSQLQuery__phones=pages)
    assert (found.sources["phone_certificates"].status == "ok") == known


def test_a_phone_without_a_name_is_not_left_out() -> None:
    assert state(listPhone=[soap.phones({"model": "Cisco 7962"})]).phones is None
