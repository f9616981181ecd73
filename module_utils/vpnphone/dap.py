"""Which dynamic access policy records a session selects, and what they do to it (F-042, F-043). Three-valued.

A criterion is True, False, or None: not known (an attribute we cannot foretell, a Lua expression, an operation whose
meaning is not sure). Facts marked [K] in the reference are treated so that being wrong about them gives "unknown".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from .model import DapRecord, DapSelection, DapXmlRecord

DEFAULT_RECORD = "DfltAccessPolicy"
TUNNEL_GROUP = "aaa.cisco.tunnelgroup"

Truth = bool | None
Action = Literal["continue", "terminate", "quarantine", "unknown"]


def all_of(values: Iterable[Truth]) -> Truth:
    """Kleene AND: one False decides."""
    found = list(values)
    if False in found:
        return False
    return None if None in found else True


def any_of(values: Iterable[Truth]) -> Truth:
    """Kleene OR: one True decides."""
    found = list(values)
    if True in found:
        return True
    return None if None in found else False


def negate(value: Truth) -> Truth:
    return None if value is None else not value


def attribute_matches(name: str, operation: str, value: str, facts: Mapping[str, str]) -> Truth:
    """One criterion against what is known of the session; facts maps an attribute to its value, absent: not known."""
    known = facts.get(name.strip().lower())
    if known is None:
        return None
    equal: Truth = known == value
    if not equal and known.lower() == value.lower():
        # Whether the ASA minds the case here is not proven.
        equal = None
    verb = operation.strip().upper()
    if verb == "EQ":
        return equal
    return negate(equal) if verb == "NE" else None


def selection_matches(selection: DapSelection, facts: Mapping[str, str]) -> Truth:
    """One dapSelection; without attributes, or joined by an unknown word, it is not known what it does."""
    if not selection.attributes:
        return None
    values = [attribute_matches(item.name, item.operation, item.value, facts) for item in selection.attributes]
    match selection.match.strip().lower():
        case "match-any":
            return any_of(values)
        case "match-all":
            return all_of(values)
        case "match-none":
            return negate(any_of(values))
    return None


def record_matches(record: DapXmlRecord, facts: Mapping[str, str]) -> Truth:
    """All criteria of one record of dap.xml.

    The selections are joined by AND, the relation joins them with the advanced (Lua) expression. With several
    selections under "or" it is not proven which of the two the relation means: then only an answer that both readings
    give counts. A record without any criterion is not known either.
    """
    values = [selection_matches(selection, facts) for selection in record.selections]
    relation = record.relation.strip().lower()
    if not values or relation not in ("and", "or"):
        return None
    basic = all_of(values)
    if relation == "or":
        other = any_of(values)
        basic = basic if basic is other else None
    if not record.advanced:
        return basic
    return all_of([basic, None]) if relation == "and" else any_of([basic, None])


class Decision(NamedTuple):
    """What DAP does to a session. selected: records that match for sure; possible: those that may.

    unselectable: records of the running-config that dap.xml does not know; they never match.
    reason says why an action is unknown.
    """

    action: Action
    selected: tuple[DapRecord, ...] = ()
    possible: tuple[DapRecord, ...] = ()
    unselectable: tuple[str, ...] = ()
    reason: str = ""

    def of_action(self, action: str) -> tuple[DapRecord, ...]:
        """The surely selected records with that action."""
        return tuple(record for record in self.selected if action_of(record) == action)


def action_of(record: DapRecord) -> str:
    """A record without an action line continues [K]."""
    return record.action or "continue"


def decide(records: tuple[DapRecord, ...], xml: tuple[DapXmlRecord, ...] | None, facts: Mapping[str, str]) -> Decision:
    """The action for a session with these facts.

    records come from the running-config (actions), xml from dap.xml (criteria; None: not learned, () or a record
    missing in it: never matches). Several selected records: terminate wins over quarantine over continue [K].
    """
    criteria = None if xml is None else {record.name: record for record in xml}
    default = next((record for record in records if record.name == DEFAULT_RECORD), None)
    selected: list[DapRecord] = []
    possible: list[DapRecord] = []
    unselectable: list[str] = []
    for record in records:
        if record.name == DEFAULT_RECORD:
            continue
        if criteria is None:
            possible.append(record)
        elif record.name not in criteria:
            unselectable.append(record.name)
        else:
            verdict = record_matches(criteria[record.name], facts)
            if verdict is True:
                selected.append(record)
            elif verdict is None:
                possible.append(record)
    known_names = {record.name for record in records}
    # A record that only dap.xml knows: what it would do is not said anywhere.
    stray = [name for name in criteria or () if name not in known_names and name != DEFAULT_RECORD]
    stray = [name for name in stray if criteria and record_matches(criteria[name], facts) is not False]
    action, reason = _action(default, selected, possible, stray, xml is None)
    return Decision(action, tuple(selected), tuple(possible), tuple(unselectable), reason)


def _action(
    default: DapRecord | None,
    selected: list[DapRecord],
    possible: list[DapRecord],
    stray: list[str],
    blind: bool,
) -> tuple[Action, str]:
    """Every outcome that the unknown parts still allow; one left is the answer."""
    if any(action_of(record) == "terminate" for record in selected):
        return "terminate", ""
    if stray:
        return "unknown", f"dap.xml has records that the running-config has not: {', '.join(stray)}"
    if selected:
        outcomes = {_strongest(selected)}
    elif default is None:
        return "unknown", f"`dynamic-access-policy-record {DEFAULT_RECORD}`, which is always there, was not printed"
    else:
        outcomes = {action_of(default)}
    # Any subset of the possible records may match; the strongest action of a subset is that of one of its members.
    base = _strongest(selected) if selected else "continue"
    outcomes |= {_stronger(base, action_of(record)) for record in possible}
    if len(outcomes) > 1:
        names = ", ".join(record.name for record in possible)
        why = "dap.xml was not learned" if blind else "their criteria cannot be evaluated here"
        return "unknown", f"whether these records match a phone is not known ({why}): {names}"
    return _as_action(outcomes.pop()), ""


_STRENGTH = ("continue", "quarantine", "terminate")


def _stronger(one: str, other: str) -> str:
    return max(one, other, key=_STRENGTH.index)


def _strongest(records: list[DapRecord]) -> str:
    return max((action_of(record) for record in records), key=_STRENGTH.index)


def _as_action(word: str) -> Action:
    match word:
        case "continue" | "terminate" | "quarantine":
            return word
    return "unknown"
