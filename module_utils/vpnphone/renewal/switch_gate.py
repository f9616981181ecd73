"""The gate before the switch: each phone in scope after `ssl trust-point NEW INTERFACE`, foretold on fresh state. Pure.

Open for an ASA where each of its phones is proven to hold the new pin, or is waived by name, and none that is not
waived would be locked out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import msgspec
from msgspec import field

from ..controls.site_context import SiteContext
from ..controls.site_facts import names_of
from ..errors import ChangeRefused
from ..model import (
    CONNECTION_ORDER,
    AsaState,
    Connection,
    Model,
    PhoneState,
    PhoneWeb,
    Prediction,
    Reason,
    Registration,
    StatusMessage,
)
from ..model.renewal import AsaRenewal, Journal, PhoneProof, PhoneRenewal
from ..predict import Change, predict
from ..predict.attempt import decides
from ..predict.change import Bind
from ..predict.client import METHOD
from ..predict.head import held
from .gathered import Seen
from .stages import APPROVED_BY, NAME, clusters_of, command

# What a waiver needs besides names.
WAIVER = {"vpnphone_waive_reason": "WHY", APPROVED_BY: NAME}
# State that is older tells of another night.
MAX_AGE = timedelta(hours=1)
# connects     foretold to connect, and proven to hold what that takes
# proven       was proven, cannot be seen now, and connects with the file that the nodes serve it
# person       the same, but for the password that its user types at each login
# waived       a person answers for it by name; it may be locked out
# unproven     not proven, or no longer
# locked_out   foretold to be locked out, or unknown
Word = Literal["connects", "proven", "person", "waived", "unproven", "locked_out"]
OPEN: frozenset[Word] = frozenset(("connects", "proven", "person", "waived"))


class PhoneGate(Model, frozen=True, kw_only=True):
    """One phone at one ASA. now, after: as foretold; reason: what decides."""

    phone: str
    cluster: str
    asa: str
    word: Word
    now: Connection
    after: Connection
    proof: PhoneProof
    reason: str = ""
    waived_by: str = ""


class AsaGate(Model, frozen=True, kw_only=True):
    """One ASA. sha256: what its new trustpoint holds; closed: why it may not be switched, "" where it may."""

    asa: str
    interface: str
    trustpoint: str
    sha256: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    closed: str = ""
    todo: str = ""


class SwitchGate(Model, frozen=True, kw_only=True):
    """gate-switch.json: what was foretold, when, for which renewal."""

    renewal: str
    at: datetime
    run: str
    asas: dict[str, AsaGate] = field(default_factory=dict)
    phones: tuple[PhoneGate, ...] = ()

    def of(self, asa: str) -> tuple[PhoneGate, ...]:
        return tuple(one for one in self.phones if one.asa == asa)


class _Foretold(NamedTuple):
    """The predictions of a phone. after_fetch: after the change, if it holds what the nodes serve it now."""

    now: Prediction | None = None
    after: Prediction | None = None
    after_fetch: Prediction | None = None


def binding(journal: Journal) -> Change:
    """The new trustpoint bound on every ASA of the renewal, all at once: what one ASA shows does not change another."""
    return Change(tuple(Bind(asa.name, asa.interface, asa.new_trustpoint) for asa in journal.asas.values()))


def switch_gate(journal: Journal, seen: Seen, *, run: str, at: datetime) -> SwitchGate:
    """Every phone of the renewal at every ASA it dials, and those that came to dial one since."""
    foretold: dict[str, _Foretold] = {}
    known = dict(journal.phones)
    for context in seen.clusters:
        found = _of_cluster(context, binding(journal), journal)
        foretold |= found
        known = {name: _newcomer(name, context.device, one, journal) for name, one in found.items()} | known
    phones = tuple(
        _phone(journal, journal.asas[asa], phone, foretold.get(name, _Foretold()))
        for name, phone in sorted(known.items())
        for asa in phone.asas
        if asa in journal.asas
    )
    asas = {
        name: _asa(journal, asa, seen, [one for one in phones if one.asa == name]) for name, asa in journal.asas.items()
    }
    return SwitchGate(renewal=journal.renewal, at=at, run=run, asas=asas, phones=phones)


def _of_cluster(context: SiteContext, change: Change, journal: Journal) -> dict[str, _Foretold]:
    """Its phones now and after the change; none where the prediction itself is at fault: all are unknown then."""
    try:
        now = {one.phone: one for one in predict(context, ("now",))}
        after = {one.phone: one for one in predict(context, ("change",), change)}
        # A phone that was proven and is off now keeps its file: what it would do with that is foretold.
        unsure = {
            name
            for name, one in after.items()
            if one.verdict == "UNKNOWN" and name in journal.phones and journal.phones[name].proof == "proven"
        }
        fetched = (
            {one.phone: one for one in predict(as_fetched(context, unsure), ("change",), change)} if unsure else {}
        )
    except Exception:
        return {}
    return {name: _Foretold(now.get(name), one, fetched.get(name)) for name, one in after.items()}


def as_fetched(context: SiteContext, names: Collection[str]) -> SiteContext:
    """The cluster as it would be, had these phones fetched at this moment what the nodes serve them."""
    registered = {one.name: one for one in context.cucm.registrations or () if one.name not in names}
    registered |= {name: Registration(name=name, status="Registered", since=context.now) for name in names}
    phones = tuple(_fetched(phone, context.now) if phone.name in names else phone for phone in context.phones)
    cucm = msgspec.structs.replace(context.cucm, registrations=tuple(registered.values()))
    return context._replace(cucm=cucm, phones=phones)


def _fetched(phone: PhoneState, now: datetime) -> PhoneState:
    lines = tuple(StatusMessage(text=name, seconds=0) for name in dict.fromkeys(one.name for one in phone.files))
    network = phone.web.network if phone.web is not None else None
    web = PhoneWeb(address="", read_at=now, clock=0, status_messages=lines, network=network)
    return msgspec.structs.replace(phone, web=web)


def _newcomer(name: str, cluster: str, found: _Foretold, journal: Journal) -> PhoneRenewal:
    """A phone that is not in the renewal's scope: it dials an ASA of it all the same."""
    asas = {one.asa for one in found.after.attempts} if found.after is not None else set()
    return PhoneRenewal(
        name=name,
        cluster=cluster,
        asas=tuple(sorted(asas & journal.asas.keys())),
        reason="it came after the renewal was opened: nothing was applied to it",
    )


# --- one phone --------------------------------------------------------------------------------------------------------


def _phone(journal: Journal, asa: AsaRenewal, phone: PhoneRenewal, found: _Foretold) -> PhoneGate:
    now, _ = at_asa(found.now, asa.name)
    after, reason = at_asa(found.after, asa.name)
    word: Word = "connects" if after == "CONNECTS" else "locked_out"
    if phone.proof == "waived" and phone.waived_by:
        word = "waived"
    elif not journal.pinned_ca and phone.proof != "proven":
        # Where a CA is pinned nothing is new for the phone, so there is nothing that it would have to prove.
        word, reason = "unproven", phone.reason or f"it is {phone.proof}: it was not proven to hold the new pin"
    elif after == "UNKNOWN" and not phone.certificate_login and only_password(found.after, found.now, asa.name):
        word = "person"
    elif after == "UNKNOWN" and found.after_fetch is not None:
        fetched, why = at_asa(found.after_fetch, asa.name)
        if fetched == "CONNECTS":
            word = "proven"
        elif not phone.certificate_login and only_password(found.after_fetch, None, asa.name):
            word = "person"
        else:
            reason = why
    return PhoneGate(
        phone=phone.name,
        cluster=phone.cluster,
        asa=asa.name,
        word=word,
        now=now,
        after=after,
        proof=phone.proof,
        reason=reason,
        waived_by=phone.waived_by,
    )


def at_asa(found: Prediction | None, asa: str) -> tuple[Connection, str]:
    """What becomes of the phone at this one ASA, whatever other URLs it has; and the sentence that decides."""
    if found is None:
        return "UNKNOWN", "its cluster does not tell of it as a VPN phone now"
    # What is not known of its file, or that the file has no VPN at all, stands there without a URL.
    mine = [one for one in found.attempts if one.asa == asa or not one.url]
    for verdict in CONNECTION_ORDER[:2]:
        bad = next((one for one in mine if one.verdict == verdict), None)
        if bad is not None:
            return verdict, decides(bad).removeprefix(": ")
    if not mine:
        return "UNKNOWN", f"none of its URLs leads to {asa} any more"
    return "CONNECTS", decides(mine[0])


def only_password(found: Prediction | None, before: Prediction | None, asa: str) -> bool:
    """Nothing is open at this ASA but how its user logs in, and that is as it was before (None: not asked)."""
    after = _open(found, asa)
    return bool(after) and {one.step for one in after} == {METHOD} and (before is None or after == _open(before, asa))


def _open(found: Prediction | None, asa: str) -> set[Reason]:
    """What is not proven there, and of its file."""
    attempts = [one for one in found.attempts if one.asa == asa or not one.url] if found is not None else []
    return {reason for one in attempts for reason in one.reasons if reason.verdict != "CONNECTS"}


# --- one ASA ----------------------------------------------------------------------------------------------------------


def _asa(journal: Journal, asa: AsaRenewal, seen: Seen, phones: Iterable[PhoneGate]) -> AsaGate:
    counts: dict[str, int] = {}
    bad: list[PhoneGate] = []
    for one in phones:
        counts[one.word] = counts.get(one.word, 0) + 1
        if one.word not in OPEN:
            bad.append(one)
    unit = seen.unit(asa.name)
    certificate = held(unit.state, asa.new_trustpoint) if unit is not None else None
    closed, todo = _holds(asa, unit.state if unit is not None else None)
    lost = [one for one in seen.lost if one.name in {asa.name, *clusters_of(journal, asa.name)}]
    if not closed and lost:
        closed = f"{lost[0].name} was not read: {lost[0].failure.what}"
        todo = lost[0].failure.todo
    if not closed and bad:
        closed, todo = _named(journal, bad)
    if not closed and not counts:
        closed = "no phone of this renewal dials it, so nothing was foretold"
        todo = "Open the renewal with the clusters whose phones dial this ASA (preflight)."
    return AsaGate(
        asa=asa.name,
        interface=asa.interface,
        trustpoint=asa.new_trustpoint,
        sha256=certificate.sha256 if certificate is not None else "",
        counts=counts,
        closed=closed,
        todo=todo,
    )


def _holds(asa: AsaRenewal, state: AsaState | None) -> tuple[str, str]:
    """Why the trustpoint is not what was exported; ("", "") where it is."""
    if state is None:
        return f"{asa.name} was not read", "Gather it again."
    found = held(state, asa.new_trustpoint)
    if found is None:
        return f"trustpoint {asa.new_trustpoint} holds no certificate that could be read", "Run the export again."
    if asa.new is None or found.sha256 != asa.new.sha256:
        return (
            f"trustpoint {asa.new_trustpoint} holds another certificate than was exported"
            f" (SHA-256 {found.sha256[:16]}…)",
            "Find out who changed it; then go through the stages again from certificate.",
        )
    return "", ""


def _named(journal: Journal, bad: list[PhoneGate]) -> tuple[str, str]:
    unproven = [one.phone for one in bad if one.word == "unproven"]
    locked = [one for one in bad if one.word == "locked_out"]
    parts = []
    if unproven:
        parts.append(f"{len(unproven)} not proven ({names_of(unproven)})")
    if locked:
        parts.append(f"{len(locked)} would not be sure to connect ({names_of(one.phone for one in locked)})")
        parts.append(locked[0].reason)
    todo = f"Prove them: {command(journal, 'apply')}; or answer for each by name: " + command(
        journal, "waive", "-e", "vpnphone_waive_phones=SEP...", blanks=WAIVER
    )
    return "; ".join(parts), todo


# --- for the switch ---------------------------------------------------------------------------------------------------


def require_open(gate: SwitchGate | None, journal: Journal, asa: str, now: datetime) -> AsaGate:
    """The gate of this ASA, where it is open, of this renewal and fresh. ChangeRefused switch_gate_closed, _stale.

    What was waived or proven since is looked at in the journal: a waiver that was taken back closes it.
    """
    again = command(journal, "switch", "--check")
    found = gate.asas.get(asa) if gate is not None and gate.renewal == journal.renewal else None
    if gate is None or found is None:
        raise ChangeRefused(
            "what becomes of the phones was not foretold yet.",
            where=asa,
            todo=f"Run {again}",
            code="switch_gate_closed",
        )
    if not timedelta(0) <= now - gate.at <= MAX_AGE:
        raise ChangeRefused(
            f"what becomes of the phones was foretold at {gate.at:%Y-%m-%d %H:%M} UTC; it is good for"
            f" {MAX_AGE.total_seconds() / 60:.0f} minutes.",
            where=asa,
            todo=f"Run {again}",
            code="switch_gate_stale",
        )
    if found.closed:
        raise ChangeRefused(
            f"phones would be locked out: {found.closed}.", where=asa, todo=found.todo, code="switch_gate_closed"
        )
    moved = [one.phone for one in gate.of(asa) if not _still(one, journal.phones)]
    told = {one.phone for one in gate.of(asa)}
    missing = [name for name, one in journal.phones.items() if asa in one.asas and name not in told]
    if moved or missing:
        raise ChangeRefused(
            f"phones are no longer what they were when this was foretold: {names_of((*moved, *missing))}.",
            where=asa,
            todo=f"Run {again}",
            code="switch_gate_stale",
        )
    return found


def _still(one: PhoneGate, phones: Mapping[str, PhoneRenewal]) -> bool:
    phone = phones.get(one.phone)
    return phone is not None and (phone.proof, phone.waived_by) == (one.proof, one.waived_by)
