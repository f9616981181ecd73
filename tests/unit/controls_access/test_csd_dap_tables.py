"""Controls on CSD and DAP (VPNP-221 to VPNP-234)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.controls import csd, dap
from ansible.module_utils.vpnphone.controls.dap import phone_facts
from ansible.module_utils.vpnphone.model import (
    AsaState,
    DapAttribute,
    DapRecord,
    DapSelection,
    DapXmlRecord,
    Source,
    UnparsedLine,
)

from tests.unit.controls.builders import change, context, edit, finding, outcomes, site, version, without
from tests.unit.controls_access.devices import PHONE_USER, URL, brief, good, group, urls, user

ASA = good()
CSD = edit(ASA, "webvpn", csd_line="csd enable")
HOSTSCAN = edit(ASA, "webvpn", csd_line="hostscan enable")
WITHOUT = ("tunnel-group VPNPhone webvpn-attributes", " without-csd")
assert csd and dap


def release(device: AsaState, text: str, numbers: tuple[int, int, int, int] | None) -> AsaState:
    return change(device, version=version(text, numbers))


# --- VPNP-221, 222 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (ASA, [("pass", "")]),
        (group(ASA, without_csd=""), [("pass", "")]),
        (CSD, [("pass", "VPNPhone")]),
        (group(CSD, without_csd="without-csd anyconnect "), [("pass", "VPNPhone")]),
        (group(CSD, without_csd=""), [("fail", "VPNPhone")]),
        (group(HOSTSCAN, without_csd=""), [("fail", "VPNPhone")]),
        (HOSTSCAN, [("pass", "VPNPhone")]),
        # The line itself proves that the release knows it.
        (without(CSD, "version"), [("pass", "VPNPhone")]),
    ],
)
def test_csd(device: AsaState, expected: list[tuple[str, str]]) -> None:
    assert brief(outcomes("VPNP-221", device)) == expected


def unread(device: AsaState, *lines: str) -> AsaState:
    """The device with these lines below webvpn that no template takes."""
    found = tuple(UnparsedLine(section="webvpn", line=4, text=f" {line}") for line in lines)
    return msgspec.structs.replace(device, unparsed=found)


@pytest.mark.parametrize(
    ("line", "without_csd", "expected"),
    [
        ("csd hostscan enable", "", ("error", "VPNPhone")),
        ("posture enable", "", ("error", "VPNPhone")),
        ("secure-firewall-posture enable", "", ("error", "VPNPhone")),
        ("secure-firewall-posture enable", "without-csd", ("pass", "VPNPhone")),
        # An image alone is loaded, not on; a line of something else says nothing of CSD.
        ("posture image disk0:/posture.pkg", "", ("pass", "")),
        ("no posture enable", "", ("pass", "")),
        ("something enable", "", ("pass", "")),
    ],
)
def test_csd_by_a_name_that_is_not_known(line: str, without_csd: str, expected: tuple[str, str]) -> None:
    (found,) = outcomes("VPNP-221", unread(group(ASA, without_csd=without_csd), line))
    assert (found.status, found.subject) == expected
    assert found.message.startswith("UNKNOWN: ") is (found.status == "error")
    assert found.status == "pass" or found.fix[1:] == WITHOUT


def test_the_long_form_is_noted() -> None:
    (found,) = outcomes("VPNP-221", group(CSD, without_csd="without-csd anyconnect "))
    assert "the document shows the bare word" in found.message
    (found,) = outcomes("VPNP-221", CSD)
    assert found.message == "`csd enable` is on, and tunnel-group VPNPhone has `without-csd`"


@pytest.mark.parametrize(
    ("text", "numbers", "fix"),
    [
        ("9.16(4)85", (9, 16, 4, 85), WITHOUT),
        ("8.2(0)", (8, 2, 0, 0), WITHOUT),
        (
            "8.1(2)",
            (8, 1, 2, 0),
            (
                "PERSON: approve first: this takes the check from every PC user of the device, a loss of security.",
                "webvpn",
                " no csd enable",
            ),
        ),
        (
            "8.0(5)",
            (8, 0, 5, 0),
            (
                "PERSON: approve first: this takes the check from every PC user of the device, a loss of security.",
                "webvpn",
                " no csd enable",
            ),
        ),
        ("?", None, ("PERSON: the release is not known; from 8.2 on this is the remedy:", *WITHOUT)),
    ],
)
def test_csd_fix(text: str, numbers: tuple[int, int, int, int] | None, fix: tuple[str, ...]) -> None:
    (found,) = outcomes("VPNP-221", release(group(CSD, without_csd=""), text, numbers))
    assert (found.status, found.fix) == ("fail", fix)
    assert found.expected and found.actual


def test_csd_without_a_tunnel_group() -> None:
    assert finding("VPNP-221", CSD, profiles=()).status == "skipped"
    assert finding("VPNP-221", CSD, site(include=("VPNP-221",)), profiles=()).status == "error"
    assert finding("VPNP-221", ASA, profiles=()).status == "pass"


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (ASA, [("skipped", "")]),
        (CSD, [("pass", "VPNPhone")]),
        (urls(CSD), [("fail", "VPNPhone")]),
        (urls(CSD, f"-{URL}"), [("fail", "VPNPhone")]),
        (group(CSD, without_csd=""), [("skipped", "VPNPhone")]),
    ],
)
def test_without_csd_needs_a_group_url(device: AsaState, expected: list[tuple[str, str]]) -> None:
    assert brief(outcomes("VPNP-222", device)) == expected


# --- DAP ------------------------------------------------------------------------------------------------------------


def record(name: str, action: Any = "") -> DapRecord:
    return DapRecord(name=name, action=action)


def criteria(name: str, value: str = "VPNPhone", attribute: str = "aaa.cisco.tunnelgroup") -> DapXmlRecord:
    wanted = DapAttribute(name=attribute, operation="EQ", value=value)
    return DapXmlRecord(name=name, selections=(DapSelection(match="match-any", attributes=(wanted,)),))


def device(*records: DapRecord, xml: tuple[DapXmlRecord, ...] | None = ()) -> AsaState:
    return change(ASA, dap_records=records, dap_xml=xml)


def no_file(*records: DapRecord) -> AsaState:
    """The device says that there is no dap.xml."""
    asa = device(*records, xml=None)
    absent = Source(command="more disk0:/dap.xml", status="absent")
    return msgspec.structs.replace(asa, sources=asa.sources | {"dap_xml": absent})


DFLT, DFLT_TERMINATE = record("DfltAccessPolicy"), record("DfltAccessPolicy", "terminate")
PHONES = record("VPNPhone", "continue")
LUA = DapXmlRecord(name="Lua", advanced=True)
MEMBER = criteria("Staff", "cn=staff", "aaa.ldap.memberOf")


@pytest.mark.parametrize(
    ("asa", "status", "words"),
    [
        (device(DFLT), "pass", "selected: DfltAccessPolicy"),
        (device(DFLT_TERMINATE), "fail", "terminates phones of tunnel-group VPNPhone: DfltAccessPolicy"),
        (device(DFLT_TERMINATE, PHONES, xml=(criteria("VPNPhone"),)), "pass", "selected: VPNPhone"),
        (device(DFLT_TERMINATE, PHONES, xml=(criteria("VPNPhone", "Employees"),)), "fail", "DfltAccessPolicy"),
        # The record on the CLI alone, the false green.
        (device(DFLT_TERMINATE, PHONES), "fail", "DfltAccessPolicy"),
        (no_file(DFLT_TERMINATE, PHONES), "fail", "DfltAccessPolicy"),
        (no_file(DFLT), "pass", "DfltAccessPolicy"),
        (device(DFLT_TERMINATE, PHONES, xml=None), "error", "dap.xml was not learned"),
        (device(DFLT, PHONES, xml=None), "pass", "every record that may match"),
        (device(DFLT_TERMINATE, xml=None), "fail", "DfltAccessPolicy"),
        (device(DFLT_TERMINATE, record("Lua", "continue"), xml=(LUA,)), "error", "cannot be evaluated here"),
        (device(DFLT_TERMINATE, record("Staff"), xml=(MEMBER,)), "error", "cannot be evaluated here"),
        (
            device(DFLT, PHONES, record("Kill", "terminate"), xml=(criteria("VPNPhone"), criteria("Kill"))),
            "fail",
            "Kill",
        ),
        (device(record("DfltAccessPolicy", "quarantine")), "pass", "quarantines"),
        (device(), "error", "was not printed"),
    ],
)
def test_dap_lets_in(asa: AsaState, status: str, words: str) -> None:
    (found,) = outcomes("VPNP-231", asa)
    assert (found.status, found.subject) == (status, "VPNPhone")
    assert words in found.message


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("terminate", "DAP terminates phones of tunnel-group VPNPhone: Other"),
        ("quarantine", "DAP does not terminate phones of VPNPhone, but Other quarantines them (see VPNP-233)"),
    ],
)
def test_dap_blames_the_record_that_does_it(action: str, message: str) -> None:
    asa = device(DFLT, PHONES, record("Other", action), xml=(criteria("VPNPhone"), criteria("Other")))
    (found,) = outcomes("VPNP-231", asa)
    assert found.message == message


def test_dap_fix_makes_the_record_and_warns_of_the_trap() -> None:
    (found,) = outcomes("VPNP-231", device(DFLT_TERMINATE))
    assert found.fix[:3] == (
        "PERSON: back up `disk0:/dap.xml` first.",
        "dynamic-access-policy-record VPNPhone",
        " action continue",
    )
    assert "Connection Profile = VPNPhone" in found.fix[3]
    assert found.fix[3].endswith("The record alone, without that selection, never matches.")
    (found,) = outcomes("VPNP-231", device(DFLT_TERMINATE, PHONES))
    assert "dynamic-access-policy-record VPNPhone" not in found.fix


def test_dap_evidence_has_both_halves() -> None:
    (found,) = outcomes("VPNP-231", device(DFLT_TERMINATE, PHONES, xml=(criteria("VPNPhone"),)))
    assert [evidence.command for evidence in found.evidence] == [
        "show running-config dynamic-access-policy-record",
        "more disk0:/dap.xml",
    ]
    assert found.evidence[0].lines == (
        "dynamic-access-policy-record DfltAccessPolicy",
        " action terminate",
        "dynamic-access-policy-record VPNPhone",
        " action continue",
    )
    assert found.evidence[1].lines == ("VPNPhone: match-any (aaa.cisco.tunnelgroup EQ VPNPhone)",)


@pytest.mark.parametrize(("control", "action"), [("VPNP-232", "terminate"), ("VPNP-233", "quarantine")])
@pytest.mark.parametrize(
    ("xml", "status"),
    [
        ((criteria("VPNPhone"), criteria("Bad")), "fail"),
        ((criteria("VPNPhone"), criteria("Bad", "Employees")), "pass"),
        ((criteria("VPNPhone"), criteria("Bad", "cn=staff", "aaa.ldap.memberOf")), "error"),
        ((criteria("VPNPhone"), DapXmlRecord(name="Bad", advanced=True)), "error"),
        ((criteria("VPNPhone"),), "pass"),
        ((), "pass"),
        (None, "error"),
    ],
)
def test_bad_records(control: str, action: str, xml: tuple[DapXmlRecord, ...] | None, status: str) -> None:
    (found,) = outcomes(control, device(DFLT, PHONES, record("Bad", action), xml=xml))
    assert (found.status, found.subject) == (status, "VPNPhone")
    assert status == "pass" or "Bad" in found.fix[-1]


@pytest.mark.parametrize(
    ("asa", "status"),
    [
        (device(record("DfltAccessPolicy", "quarantine")), "fail"),
        (device(record("DfltAccessPolicy", "quarantine"), PHONES, xml=(criteria("VPNPhone"),)), "pass"),
        (device(record("DfltAccessPolicy", "quarantine"), PHONES, xml=None), "error"),
        (device(DFLT_TERMINATE), "pass"),
    ],
)
def test_default_record_that_quarantines(asa: AsaState, status: str) -> None:
    assert finding("VPNP-233", asa).status == status


@pytest.mark.parametrize(
    ("asa", "expected"),
    [
        (device(DFLT), [("skipped", "")]),
        (device(DFLT, PHONES, xml=(criteria("VPNPhone"),)), [("pass", "VPNPhone")]),
        (device(DFLT, PHONES), [("fail", "VPNPhone")]),
        (no_file(DFLT, PHONES), [("fail", "VPNPhone")]),
        (device(DFLT, PHONES, record("B"), xml=(criteria("B"),)), [("fail", "VPNPhone"), ("pass", "B")]),
        (device(DFLT, PHONES, xml=None), [("error", "")]),
    ],
)
def test_every_record_has_criteria(asa: AsaState, expected: list[tuple[str, str]]) -> None:
    assert brief(outcomes("VPNP-234", asa)) == expected


@pytest.mark.parametrize(
    ("asa", "policy"),
    [
        (ASA, "GroupPolicy_VPNPhone"),
        (group(ASA, default_group_policy=""), "DfltGrpPolicy"),
        (group(ASA, authentication=("aaa",)), None),
        (group(ASA, authentication=("aaa", "certificate")), None),
        (without(ASA, "usernames"), None),
        (change(ASA, usernames=(user(PHONE_USER, vpn_group_policy="X"),)), None),
        (change(ASA, usernames=(user(PHONE_USER, vpn_filter="none"),)), "GroupPolicy_VPNPhone"),
    ],
)
def test_what_is_sure_of_a_session(asa: AsaState, policy: str | None) -> None:
    facts = phone_facts(context(asa), (asa.tunnel_groups or ())[0])
    assert facts["aaa.cisco.tunnelgroup"] == "VPNPhone"
    assert facts.get("aaa.cisco.grouppolicy") == policy


def test_a_record_by_group_policy_counts() -> None:
    asa = device(DFLT_TERMINATE, PHONES, xml=(criteria("VPNPhone", "GroupPolicy_VPNPhone", "aaa.cisco.grouppolicy"),))
    assert finding("VPNP-231", asa).status == "pass"
    assert finding("VPNP-231", group(asa, authentication=("aaa",))).status == "error"


@pytest.mark.parametrize("control", ["VPNP-231", "VPNP-232", "VPNP-233", "VPNP-234"])
def test_records_not_learned(control: str) -> None:
    assert finding(control, without(ASA, "dap_records")).status == "error"


@pytest.mark.parametrize("control", ["VPNP-222", "VPNP-231", "VPNP-232", "VPNP-233"])
def test_no_tunnel_group(control: str) -> None:
    assert finding(control, CSD, profiles=()).status == "skipped"
    assert finding(control, CSD, site(exclude=("high",)), profiles=()).status == "error"
