"""The three-valued evaluation of dynamic access policies."""

from __future__ import annotations

import itertools

import pytest
from ansible.module_utils.vpnphone.dap import (
    TUNNEL_GROUP,
    Truth,
    all_of,
    any_of,
    attribute_matches,
    decide,
    negate,
    record_matches,
    selection_matches,
)
from ansible.module_utils.vpnphone.model import DapAttribute, DapRecord, DapSelection, DapXmlRecord
from hypothesis import given
from hypothesis import strategies as st

FACTS = {TUNNEL_GROUP: "VPNPhone"}
# Criteria that are surely true, surely false, and not known for a session with FACTS.
TRUE = DapAttribute(name=TUNNEL_GROUP, operation="EQ", value="VPNPhone")
FALSE = DapAttribute(name=TUNNEL_GROUP, operation="EQ", value="Employees")
MAYBE = DapAttribute(name="aaa.ldap.memberOf", operation="EQ", value="VPNPhone")
BY_TRUTH: dict[Truth, DapAttribute] = {True: TRUE, False: FALSE, None: MAYBE}


def selection(match: str, *attributes: DapAttribute) -> DapSelection:
    return DapSelection(match=match, attributes=attributes)


def xml(name: str, *selections: DapSelection, relation: str = "and", advanced: bool = False) -> DapXmlRecord:
    return DapXmlRecord(name=name, selections=selections, relation=relation, advanced=advanced)


def one(truth: Truth) -> DapSelection:
    return selection("match-any", BY_TRUTH[truth])


@pytest.mark.parametrize(
    ("values", "every", "some"),
    [
        ([True, True], True, True),
        ([True, False], False, True),
        ([True, None], None, True),
        ([False, None], False, None),
        ([None, None], None, None),
        ([False, False], False, False),
        ([], True, False),
    ],
)
def test_kleene(values: list[Truth], every: Truth, some: Truth) -> None:
    assert all_of(values) is every
    assert any_of(values) is some
    assert any_of(map(negate, values)) is negate(every)


@pytest.mark.parametrize(
    ("name", "operation", "value", "truth"),
    [
        (TUNNEL_GROUP, "EQ", "VPNPhone", True),
        (TUNNEL_GROUP, "EQ", "Employees", False),
        (TUNNEL_GROUP, "NE", "VPNPhone", False),
        (TUNNEL_GROUP, "NE", "Employees", True),
        (" AAA.Cisco.TunnelGroup ", "eq", "VPNPhone", True),
        # Only the case differs: not proven what the ASA makes of it.
        (TUNNEL_GROUP, "EQ", "vpnphone", None),
        (TUNNEL_GROUP, "NE", "vpnphone", None),
        (TUNNEL_GROUP, "GT", "VPNPhone", None),
        (TUNNEL_GROUP, "", "VPNPhone", None),
        ("endpoint.os.version", "EQ", "Windows 10", None),
    ],
)
def test_attribute(name: str, operation: str, value: str, truth: Truth) -> None:
    assert attribute_matches(name, operation, value, FACTS) is truth


@pytest.mark.parametrize(
    ("match", "truths", "expected"),
    [
        ("match-any", (True, False), True),
        ("match-any", (False, False), False),
        ("match-any", (False, None), None),
        ("match-any", (True, None), True),
        ("match-all", (True, True), True),
        ("match-all", (True, False), False),
        ("match-all", (True, None), None),
        ("match-all", (False, None), False),
        ("match-none", (False, False), True),
        ("match-none", (True, False), False),
        ("match-none", (False, None), None),
        ("Match-ANY", (True,), True),
        ("match-some", (True,), None),
        ("", (True,), None),
        ("match-any", (), None),
        ("match-all", (), None),
        ("match-none", (), None),
    ],
)
def test_selection(match: str, truths: tuple[Truth, ...], expected: Truth) -> None:
    assert selection_matches(selection(match, *(BY_TRUTH[truth] for truth in truths)), FACTS) is expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (xml("r", one(True)), True),
        (xml("r", one(False)), False),
        (xml("r", one(None)), None),
        (xml("r", one(True), one(True)), True),
        (xml("r", one(True), one(False)), False),
        (xml("r", one(True), one(None)), None),
        # "or" with several selections: only what both readings give counts.
        (xml("r", one(True), one(True), relation="or"), True),
        (xml("r", one(False), one(False), relation="or"), False),
        (xml("r", one(True), one(False), relation="or"), None),
        (xml("r", one(True), relation="or"), True),
        (xml("r", one(False), relation="or"), False),
        # A Lua expression cannot be evaluated, but may not matter.
        (xml("r", one(True), advanced=True), None),
        (xml("r", one(False), advanced=True), False),
        (xml("r", one(True), relation="or", advanced=True), True),
        (xml("r", one(False), relation="or", advanced=True), None),
        (xml("r"), None),
        (xml("r", advanced=True), None),
        (xml("r", one(True), relation="xor"), None),
        (xml("r", one(True), relation="AND"), True),
    ],
)
def test_record(record: DapXmlRecord, expected: Truth) -> None:
    assert record_matches(record, FACTS) is expected


def dflt(action: str = "") -> DapRecord:
    return DapRecord(name="DfltAccessPolicy", action=action)  # type: ignore[arg-type] # the literals of the model


CONTINUE = DapRecord(name="C", action="continue")
PLAIN = DapRecord(name="P")
TERMINATE = DapRecord(name="T", action="terminate")
QUARANTINE = DapRecord(name="Q", action="quarantine")


@pytest.mark.parametrize(
    ("records", "criteria", "action", "selected"),
    [
        ((dflt(),), (), "continue", ()),
        ((dflt("continue"),), (), "continue", ()),
        ((dflt("terminate"),), (), "terminate", ()),
        ((dflt("quarantine"),), (), "quarantine", ()),
        ((dflt("terminate"), CONTINUE), (xml("C", one(True)),), "continue", ("C",)),
        ((dflt("terminate"), PLAIN), (xml("P", one(True)),), "continue", ("P",)),
        ((dflt("terminate"), CONTINUE), (xml("C", one(False)),), "terminate", ()),
        # The trap: the record is there, its criteria are not.
        ((dflt("terminate"), CONTINUE), (), "terminate", ()),
        ((dflt("terminate"), CONTINUE), (xml("C", one(None)),), "unknown", ()),
        ((dflt("continue"), CONTINUE), (xml("C", one(None)),), "continue", ()),
        # Terminate wins over the phones' own record.
        ((dflt(), CONTINUE, TERMINATE), (xml("C", one(True)), xml("T", one(True))), "terminate", ("C", "T")),
        ((dflt(), CONTINUE, TERMINATE), (xml("C", one(True)), xml("T", one(None))), "unknown", ("C",)),
        ((dflt(), CONTINUE, TERMINATE), (xml("C", one(True)), xml("T", one(False))), "continue", ("C",)),
        ((dflt("terminate"), TERMINATE), (xml("T", one(None)),), "terminate", ()),
        ((dflt(), CONTINUE, QUARANTINE), (xml("C", one(True)), xml("Q", one(True))), "quarantine", ("C", "Q")),
        ((dflt(), QUARANTINE), (xml("Q", one(None)),), "unknown", ()),
        ((dflt("quarantine"), QUARANTINE), (xml("Q", one(None)),), "quarantine", ()),
        ((dflt("terminate"), QUARANTINE), (xml("Q", one(True)),), "quarantine", ("Q",)),
        # dap.xml not learned: any record may match.
        ((dflt("terminate"), CONTINUE), None, "unknown", ()),
        ((dflt("continue"), CONTINUE), None, "continue", ()),
        ((dflt("continue"), TERMINATE), None, "unknown", ()),
        ((dflt("terminate"),), None, "terminate", ()),
        # A record that only dap.xml has: nobody says what it does.
        ((dflt(),), (xml("X", one(True)),), "unknown", ()),
        ((dflt(),), (xml("X", one(False)),), "continue", ()),
        ((dflt(),), (xml("DfltAccessPolicy"),), "continue", ()),
        # DfltAccessPolicy is always there; where it was not printed, something was hidden.
        ((), (), "unknown", ()),
        ((CONTINUE,), (xml("C", one(True)),), "continue", ("C",)),
    ],
)
def test_decide(
    records: tuple[DapRecord, ...],
    criteria: tuple[DapXmlRecord, ...] | None,
    action: str,
    selected: tuple[str, ...],
) -> None:
    decision = decide(records, criteria, FACTS)
    assert (decision.action, tuple(record.name for record in decision.selected)) == (action, selected)
    assert bool(decision.reason) is (action == "unknown")


def test_unselectable_records_are_named() -> None:
    assert decide((dflt(), CONTINUE, TERMINATE), (xml("T", one(True)),), FACTS).unselectable == ("C",)


ATTRIBUTES = st.sampled_from([TRUE, FALSE, MAYBE])
SELECTIONS = st.builds(
    DapSelection,
    match=st.sampled_from(["match-any", "match-all", "match-none"]) | st.text(max_size=3),
    attributes=st.lists(ATTRIBUTES, max_size=3).map(tuple),
)
NAMES = st.sampled_from(["C", "T", "Q", "DfltAccessPolicy"])
XML = st.lists(
    st.builds(
        DapXmlRecord,
        name=NAMES,
        relation=st.sampled_from(["and", "or"]) | st.text(max_size=3),
        selections=st.lists(SELECTIONS, max_size=3).map(tuple),
        advanced=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda record: record.name,
).map(tuple)
RECORDS = st.lists(
    st.builds(DapRecord, name=NAMES, action=st.sampled_from(["continue", "terminate", "quarantine", ""])),
    max_size=4,
    unique_by=lambda record: record.name,
).map(tuple)


@given(records=RECORDS, criteria=XML)
def test_a_decision_holds_whatever_the_unknown_attribute_is(
    records: tuple[DapRecord, ...], criteria: tuple[DapXmlRecord, ...]
) -> None:
    """What is decided without the unknown attribute stays so when it becomes known, either way."""
    decision = decide(records, criteria, FACTS)
    for value in ("VPNPhone", "other"):
        informed = decide(records, criteria, FACTS | {"aaa.ldap.memberof": value})
        assert decision.action in ("unknown", informed.action)


@given(records=RECORDS, criteria=XML)
def test_not_knowing_the_criteria_never_changes_a_decision(
    records: tuple[DapRecord, ...], criteria: tuple[DapXmlRecord, ...]
) -> None:
    blind = decide(records, None, FACTS)
    known = {record.name for record in records}
    informed = decide(records, tuple(record for record in criteria if record.name in known), FACTS)
    assert blind.action in ("unknown", informed.action) or informed.action == "unknown"


@pytest.mark.parametrize("order", list(itertools.permutations((dflt("terminate"), CONTINUE, TERMINATE))))
def test_order_of_records_does_not_matter(order: tuple[DapRecord, ...]) -> None:
    assert decide(order, (xml("C", one(True)), xml("T", one(False))), FACTS).action == "continue"
