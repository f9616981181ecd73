"""The DAP record and its selection: what is sent, what is never overwritten, what a person reads (all self-made)."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import BadInput, DeviceRefused, VpnPhoneError
from ansible.module_utils.vpnphone.model import AsaState, DapFile, DapRecord, Failover, Source
from ansible.module_utils.vpnphone.parse.dap import parse_dap_xml
from ansible.module_utils.vpnphone.plan.area import AreaPlan
from ansible.module_utils.vpnphone.plan.dap_manual import file_by_hand
from ansible.module_utils.vpnphone.plan.dap_merge import criterion
from ansible.module_utils.vpnphone.plan.dap_record import dap_plan

from tests.unit.controls.builders import change, without
from tests.unit.parse.test_dap_parsers import ATTRIBUTE, record, xml
from tests.unit.plan_ssl_dap.kit import RELEASES, accepts, box, desired, desired_dap, device

HEAD = "dynamic-access-policy-record VPNPhone"
MODE = (HEAD,)
STAFF = record("Laptops", attributes=ATTRIBUTE.replace("VPNPhone", "Staff"))
DEFAULT = DapRecord(name="DfltAccessPolicy", action="terminate")
LAPTOPS = DapRecord(name="Laptops", action="continue")


def asa(text: str | None, *records: DapRecord, release: str = "9.16(4)") -> AsaState:
    """A device whose dap.xml is this text (None: there is none), with these records beside DfltAccessPolicy."""
    base = change(device(release), dap_records=(DEFAULT, *records))
    if text is None:
        sources = base.sources | {"dap_xml": Source(command="more disk0:/dap.xml", status="absent")}
        return msgspec.structs.replace(base, dap_xml=(), sources=sources)
    return change(base, dap_xml=parse_dap_xml(text).value)


def with_source(state: AsaState, status: Any, detail: str = "") -> AsaState:
    source = Source(command="more disk0:/dap.xml", status=status, detail=detail)
    return msgspec.structs.replace(state, dap_xml=None, sources=state.sources | {"dap_xml": source})


def commands(found: AreaPlan) -> list[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    return [(step.mode, step.command, step.inverse) for step in found.steps]


def refused(state: AsaState, wanted: Any, text: str | None) -> VpnPhoneError:
    with pytest.raises(VpnPhoneError) as caught:
        dap_plan(state, wanted, text)
    return caught.value


# --- what is sent ---------------------------------------------------------------------------------------------------


def test_nothing_is_said_without_a_record() -> None:
    assert dap_plan(without(asa(None), "dap_records", "dap_xml"), desired(), None) == AreaPlan()


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("text", [None, xml(STAFF), xml(STAFF).rstrip("\n"), "<dapRecordList/>"])
def test_a_record_that_is_not_there_is_made_whole(text: str | None, release: str) -> None:
    records = (LAPTOPS,) if text and "Laptops" in text else ()
    state = asa(text, *records, release=release)
    found = dap_plan(state, desired_dap(priority=10), text)
    assert commands(found) == [
        ((), HEAD, (f"no {HEAD}",)),
        # On the way back they go with the record.
        (MODE, "action continue", ()),
        (MODE, "priority 10", ()),
    ]
    assert {step.area for step in found.steps} == {"dap"}
    assert all("tunnel-group VPNPhone" in step.hits for step in found.steps)
    file = found.dap_file
    assert file is not None and file.path == "disk0:/dap.xml"
    assert file.sha256 == hashlib.sha256(file.text.encode()).hexdigest()
    assert file.before_sha256 == ("" if text is None else hashlib.sha256(text.encode()).hexdigest())
    assert parse_dap_xml(file.text).value == (*(state.dap_xml or ()), criterion("VPNPhone", "VPNPhone"))
    assert "+<value>VPNPhone</value>" in file.diff and "\n-<dapRecord>" not in file.diff
    assert file.controls == ("VPNP-231", "VPNP-234") and "every DAP record" in file.hits
    assert found.manual == ()
    for step in found.steps:
        accepts(release, step)


def test_a_second_run_has_nothing_to_do() -> None:
    wanted = desired_dap(priority=10)
    first = dap_plan(asa(xml(STAFF), LAPTOPS), wanted, xml(STAFF))
    assert first.dap_file
    # A terminal does not show the last line end.
    text = first.dap_file.text.rstrip("\n")
    for mine in (DapRecord(name="VPNPhone", action="continue", priority=10), DapRecord(name="VPNPhone", priority=10)):
        assert dap_plan(asa(text, LAPTOPS, mine), wanted, text) == AreaPlan()


@pytest.mark.parametrize(
    ("standing", "priority", "expected"),
    [
        (DapRecord(name="VPNPhone"), None, []),
        (DapRecord(name="VPNPhone", action="continue"), None, []),
        (DapRecord(name="VPNPhone", action="continue", priority=7), None, []),
        (DapRecord(name="VPNPhone"), 0, []),
        (DapRecord(name="VPNPhone", action="terminate"), None, [("action continue", "action terminate")]),
        (DapRecord(name="VPNPhone", action="quarantine"), None, [("action continue", "action quarantine")]),
        (DapRecord(name="VPNPhone"), 10, [("priority 10", "no priority")]),
        (DapRecord(name="VPNPhone", priority=7), 10, [("priority 10", "priority 7")]),
        (DapRecord(name="VPNPhone", priority=7), 0, [("priority 0", "priority 7")]),
        (
            DapRecord(name="VPNPhone", action="terminate", priority=2147483647),
            1,
            [("action continue", "action terminate"), ("priority 1", "priority 2147483647")],
        ),
    ],
)
def test_only_lines_that_differ_are_sent(
    standing: DapRecord, priority: int | None, expected: list[tuple[str, str]]
) -> None:
    text = xml(record())
    state = asa(text, standing)
    found = dap_plan(state, desired_dap(priority=priority), text)
    assert commands(found) == [(MODE, command, (inverse,)) for command, inverse in expected]
    assert found.dap_file is None
    configuration, old = box(state), dict(box(state).lines)
    for applied in range(len(found.steps) + 1):
        configuration.apply(found.steps[:applied])
        configuration.undo(found.steps[:applied])
        assert configuration.lines == old
    for step in found.steps:
        accepts("9.16(4)", step)


def test_the_way_back_of_a_new_record_leaves_nothing() -> None:
    state = asa(None)
    found = dap_plan(state, desired_dap(priority=10), None)
    for applied in range(1, 4):
        configuration, old = box(state), dict(box(state).lines)
        configuration.apply(found.steps[:applied])
        assert configuration.lines != old
        configuration.undo(found.steps[:applied])
        assert configuration.lines == old


def test_a_record_without_selection_gets_one() -> None:
    """Made on the command line alone it never matches: the false green of F-043."""
    found = dap_plan(asa(xml(STAFF), LAPTOPS, DapRecord(name="VPNPhone")), desired_dap(), xml(STAFF))
    assert found.steps == () and found.dap_file is not None


def test_a_selection_without_record_gets_one() -> None:
    found = dap_plan(asa(xml(record())), desired_dap(), xml(record()))
    assert [step.command for step in found.steps] == [HEAD, "action continue"] and found.dap_file is None


def test_a_priority_of_zero_is_the_default_and_not_sent() -> None:
    assert [step.command for step in dap_plan(asa(None), desired_dap(priority=0), None).steps] == [
        HEAD,
        "action continue",
    ]


# --- what is never overwritten --------------------------------------------------------------------------------------

OTHERS = {
    "other tunnel-group": record(attributes=ATTRIBUTE.replace("VPNPhone", "Staff")),
    "none of": record(match="match-none"),
    "one criterion more": record(attributes=ATTRIBUTE + ATTRIBUTE.replace("VPNPhone", "Staff")),
    "lua": record(more="<advancedView>EVAL(1)</advancedView>"),
    "no criterion": record(attributes=""),
    "other case": record("vpnphone"),
}


@pytest.mark.parametrize("standing", [(), (DapRecord(name="VPNPhone", action="terminate"),)])
@pytest.mark.parametrize("kind", OTHERS)
def test_other_criteria_are_left_to_a_person(kind: str, standing: tuple[DapRecord, ...]) -> None:
    text = xml(STAFF, OTHERS[kind])
    found = dap_plan(asa(text, LAPTOPS, *standing), desired_dap(priority=10), text)
    assert found.steps == () and found.dap_file is None
    [step] = found.manual
    assert "criteria" in step.what and step.controls == ("VPNP-231", "VPNP-234")
    assert any("profile.dap.record" in line for line in step.steps)
    assert any("Connection Profile = VPNPhone" in line for line in step.steps)


def test_a_record_whose_name_differs_in_case_is_left_to_a_person() -> None:
    found = dap_plan(asa(None, DapRecord(name="vpnPHONE", action="terminate")), desired_dap(), None)
    assert found.steps == () and found.dap_file is None and len(found.manual) == 1


@pytest.mark.parametrize("text", ["<dapRecordList>", "hello", xml(STAFF).replace("Staff", "St\ufffdff"), "", "\n"])
def test_a_file_that_cannot_be_read_is_left_to_a_person(text: str) -> None:
    base = asa(None, DapRecord(name="VPNPhone", action="terminate"))
    for state in (with_source(base, "unreadable", "no XML"), change(base, dap_xml=())):
        found = dap_plan(state, desired_dap(), text)
        assert found.steps == () and found.dap_file is None
        [step] = found.manual
        assert "ASDM" in step.what and "dap.xml" in step.why
        assert step.steps[1] == "ASA: copy /noconfirm disk0:/dap.xml disk0:/dap-before.xml"


@pytest.mark.parametrize("status", ["missing", "refused", "incomplete"])
def test_a_file_that_was_not_learned_is_not_guessed(status: str) -> None:
    error = refused(with_source(asa(None), status), desired_dap(), None)
    assert isinstance(error, DeviceRefused) and error.code == "state_unknown" and "more disk0:/dap.xml" in error.what


def test_a_text_that_was_not_kept_is_not_guessed() -> None:
    assert refused(asa(xml(STAFF), LAPTOPS), desired_dap(), None).code == "state_unknown"


def test_records_that_were_not_learned_are_not_guessed() -> None:
    error = refused(without(asa(None), "dap_records"), desired_dap(), None)
    assert error.code == "state_unknown" and "dynamic-access-policy-record" in error.what


@pytest.mark.parametrize("name", ["DfltAccessPolicy", "dfltaccesspolicy"])
def test_the_default_record_is_never_changed(name: str) -> None:
    error = refused(asa(None), desired_dap(name), None)
    assert isinstance(error, BadInput) and error.code == "dap_record_refused"


@pytest.mark.parametrize("name", ["", "a b", "a\nreload", "a?", 'a"', "a;b", "-a", "a\\", "é", "x" * 65])
def test_hostile_names_are_refused(name: str) -> None:
    assert refused(asa(None), desired_dap(name), None).code == "name_refused"
    assert refused(asa(None), desired_dap(tunnel_group=name), None).code == "name_refused"


@pytest.mark.parametrize("name", ["A&B", "<x>", "]]>"])
def test_names_that_xml_minds_go_through(name: str) -> None:
    found = dap_plan(asa(xml(STAFF), LAPTOPS), desired_dap(name, name), xml(STAFF))
    assert found.dap_file and parse_dap_xml(found.dap_file.text).value[-1] == criterion(name, name)


# --- who still keeps phones out -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "control"), [("terminate", "VPNP-232"), ("quarantine", "VPNP-233")])
def test_another_record_that_catches_phones_is_told(action: Any, control: str) -> None:
    text = xml(record("Everybody", match="match-none", attributes=ATTRIBUTE.replace("VPNPhone", "Staff")))
    found = dap_plan(asa(text, DapRecord(name="Everybody", action=action)), desired_dap(), text)
    assert found.steps and found.dap_file
    assert [step.controls for step in found.manual] == [(control,)]
    assert "Everybody" in found.manual[0].why and found.manual[0].steps


def test_a_record_that_nobody_can_judge_is_told() -> None:
    text = xml(record("Lua", more="<advancedView>EVAL(1)</advancedView>"))
    found = dap_plan(asa(text, DapRecord(name="Lua", action="terminate")), desired_dap(), text)
    assert [step.controls for step in found.manual] == [("VPNP-232",)] and "UNKNOWN" in found.manual[0].why


def test_a_record_that_only_the_file_has_is_told() -> None:
    text = xml(record("Stray", match="match-any", attributes=ATTRIBUTE))
    found = dap_plan(asa(text), desired_dap(), text)
    assert [step.controls for step in found.manual] == [("VPNP-231",)] and "Stray" in found.manual[0].why


# --- by hand --------------------------------------------------------------------------------------------------------


def the_file(text: str | None) -> DapFile:
    file = dap_plan(asa(text, *((LAPTOPS,) if text else ())), desired_dap(), text).dap_file
    assert file is not None
    return file


def test_the_procedure_by_hand_is_whole_and_in_order() -> None:
    file = the_file(xml(STAFF))
    step = file_by_hand(asa(xml(STAFF)), file, "not approved")
    new, old = f"disk0:/dap-new-{file.sha256[:8]}.xml", f"disk0:/dap-old-{file.before_sha256[:8]}.xml"
    expected = [
        f"(must be {file.sha256})",
        f"copy /noconfirm disk0:/dap.xml {old}",
        "dir disk0:/",
        "ssh scopy enable",
        f"scp -O changes/asa1.dap.xml.new <user>@<ASA>:{new}",
        f"copy /noconfirm tftp://<server>/<file> {new}",
        f"more {new}",
        f"verify /md5 {new}",
        f"copy /noconfirm {new} disk0:/dap.xml",
        "configure terminal",
        "dynamic-access-policy-config activate",
        "end",
        "VPNP-231 and VPNP-234 must pass",
        f"delete /noconfirm {new}",
        f"the way back: copy /noconfirm {old} disk0:/dap.xml",
    ]
    at = -1
    for words in expected:
        at = next(number for number, line in enumerate(step.steps) if words in line and number > at)
    assert at == len(step.steps) - 1
    assert step.why == "not approved" and step.controls == ("VPNP-231", "VPNP-234")
    assert not [line for line in step.steps if "failover" in line]


def test_without_an_old_file_the_way_back_deletes_it() -> None:
    steps = file_by_hand(asa(None), the_file(None), "").steps
    assert "nothing to back up" in steps[1]
    assert steps[-1].startswith("the way back: delete /noconfirm disk0:/dap.xml, ")
    assert not [line for line in steps if "dap-old" in line]


@pytest.mark.parametrize("failover", [None, Failover(enabled=True, this_state="Active")])
def test_a_pair_is_looked_at_on_both_units(failover: Failover | None) -> None:
    state = change(asa(None), failover=failover)
    assert [line for line in file_by_hand(state, the_file(None), "").steps if "failover exec mate more" in line]
