"""A person answers by name for a phone that is not proven: it may be locked out by the switch."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from ..controls.site_facts import names_of
from ..errors import BadInput, ChangeRefused
from ..model.renewal import Event, Journal, PhoneRenewal
from .stages import APPROVED_BY, NAME, asked, is_named
from .switch_gate import WAIVER, SwitchGate

MAX_REASON = 500


def waive(
    journal: Journal, names: Iterable[str], *, reason: str, by: str, at: datetime, gate: SwitchGate | None = None
) -> Journal:
    """These phones are waived. A phone that came after the opening is known by the gate, and is in from now on.

    BadInput waiver_reason, unknown_phone; ChangeRefused approver_missing, renewal_closed.
    """
    chosen = _chosen(names)
    _may(journal, by)
    if reason.strip() in ("", WAIVER["vpnphone_waive_reason"]) or len(reason) > MAX_REASON:
        raise BadInput(
            f"a waiver needs a reason of at most {MAX_REASON} characters.",
            where="vpnphone_waive_reason",
            todo="Say why these phones may be locked out, and what is done for them.",
            code="waiver_reason",
        )
    known = {one.phone: _newcomer(one.phone, one.cluster, gate) for one in (gate.phones if gate else ())}
    known |= journal.phones
    _known(chosen, known)
    phones = {
        name: msgspec.structs.replace(known[name], proof="waived", reason=reason.strip(), waived_by=by.strip())
        for name in chosen
        # What is proven needs nobody's word.
        if known[name].proof != "proven"
    }
    if not phones:
        return journal
    event = Event(
        at=at, by=by.strip(), stage="switch", target="", what=f"waived: {', '.join(phones)}: {reason.strip()}"
    )
    return msgspec.structs.replace(journal, phones=journal.phones | phones, events=(*journal.events, event))


def unwaive(journal: Journal, names: Iterable[str], *, by: str, at: datetime) -> Journal:
    """The waivers of these are taken back: they are unproven again."""
    chosen = _chosen(names)
    _may(journal, by)
    _known(chosen, journal.phones)
    phones = {
        name: msgspec.structs.replace(journal.phones[name], proof="unproven", reason="", waived_by="")
        for name in chosen
        if journal.phones[name].proof == "waived"
    }
    if not phones:
        return journal
    event = Event(at=at, by=by.strip(), stage="switch", target="", what=f"waiver taken back: {', '.join(phones)}")
    return msgspec.structs.replace(journal, phones=journal.phones | phones, events=(*journal.events, event))


def _chosen(names: Iterable[str]) -> list[str]:
    found = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if not found:
        raise BadInput(
            "no phone is named.",
            where="vpnphone_waive_phones",
            todo="Name each phone as CUCM does: SEP and its twelve hex digits. There is no waiver for all.",
            code="unknown_phone",
        )
    return found


def _may(journal: Journal, by: str) -> None:
    if journal.closed is not None:
        raise ChangeRefused(
            f"renewal {journal.renewal} was closed.", todo="Open another one (preflight).", code="renewal_closed"
        )
    if not is_named(by):
        raise ChangeRefused(
            "a waiver has the name of a person.",
            where="vpnphone_approved_by",
            todo=f"Give the name of the person who answers for these phones: -e {asked(APPROVED_BY, NAME)}",
            code="approver_missing",
        )


def _known(chosen: list[str], known: dict[str, PhoneRenewal]) -> None:
    strange = [name for name in chosen if name not in known]
    if strange:
        raise BadInput(
            f"{names_of(strange)} is not part of this renewal.",
            where="vpnphone_waive_phones",
            todo="Names as CUCM has them (SEP...); the status and gate-switch.json list those in scope.",
            code="unknown_phone",
        )


def _newcomer(name: str, cluster: str, gate: SwitchGate | None) -> PhoneRenewal:
    asas = tuple(one.asa for one in (gate.phones if gate else ()) if one.phone == name)
    return PhoneRenewal(name=name, cluster=cluster, asas=asas)
