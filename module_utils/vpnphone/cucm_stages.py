"""Stages trust and gateway of a renewal on one cluster, their rollback and their part of the cleanup: plans joined to
the changes that do them. What is approved, noted and ended is renewal/flow.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .change_cucm import ByHand, change_list, look, put_certificate, take_certificate
from .errors import VpnPhoneError
from .files import private_directory, write_private
from .model import CucmState, TrustedCertificate
from .model.renewal import Action, CertificateNote, Journal, StagePlan
from .renewal.flow import Work
from .renewal.gateway import (
    GATEWAY,
    Changes,
    members_of,
    plan_cleanup,
    plan_gateway,
    plan_gateway_rollback,
    said,
    with_lists,
)
from .renewal.journal import open_journal
from .renewal.progress import Change
from .renewal.store import (
    Member,
    describe,
    held_note,
    pin_of,
    row_of,
    rows_of,
    served_by,
    title,
    users_of,
)
from .renewal.trust import UPLOAD, asas_in, need_old, pins_from, plan_trust, with_intent, with_pins, without_uploads
from .renewal.trust_way import Way, choose_way
from .renewal.untrust import DELETE, file_of, in_use, need_pins, plan_rollback
from .renewal_cucm import certificates_in, diff_of
from .soap import shown
from .transport.cluster import ClusterSession

Rows = Sequence[TrustedCertificate]
Lost = Callable[[Rows], None]


class TrustWork:
    """One cluster's store: what is made of it, and by which way."""

    def __init__(self, session: ClusterSession, name: str, params: dict[str, Any], directory: Path) -> None:
        self._session, self._name, self._params, self._directory = session, name, params, directory
        self._settle = float(params["settle_timeout"])
        self._notes: dict[str, CertificateNote] = {}
        self._before: list[str] = []
        self._way = Way("manual")
        self._unit = ""

    # --- plans ------------------------------------------------------------------------------------------------------

    def upload(self, journal: Journal) -> Work:
        """Stage trust."""
        state = self._look()
        served = served_by(journal, journal.clusters[self._name], state)
        pins = pins_from(journal, certificates_in(self._params["pin_ca_files"]), [a.name for a in asas_in(served)])
        journal = with_pins(journal, pins)
        plan = plan_trust(journal, journal.clusters[self._name], state, self._way)
        asas = asas_in(served_by(journal, journal.clusters[self._name], state))
        self._know(pin_of(asa) for asa in asas)
        self._lay_out(plan)
        held = [note for row in rows_of(state) if (note := held_note(row)) is not None]

        def intent(action: Action) -> Change:
            return lambda now: with_intent(with_pins(now, pins), self._name, held, self._of(action).sha1)

        def do(action: Action) -> None:
            def lost(rows: Rows) -> None:
                now = with_pins(open_journal(self._directory), pins)
                need_old(now, now.clusters[self._name], rows, asas, self._name)

            put_certificate(self._session, self._name, self._way, self._of(action), lost, self._settle)

        return Work(plan, do, intent, finish=lambda now: with_pins(now, pins))

    def rollback(self, journal: Journal) -> Work:
        """Out again with what stage trust put in, back with what that overwrote."""
        state = self._look()
        cluster = journal.clusters[self._name]
        plan = plan_rollback(journal, cluster, state, self._way, self._unit)
        self._know(note for row in rows_of(state) if (note := held_note(row)) is not None)
        self._know(cluster.held)
        self._lay_out(plan)

        def do(action: Action) -> None:
            if action.id.startswith(UPLOAD):
                put_certificate(self._session, self._name, self._way, self._of(action), _nothing, self._settle)
            else:
                # Where it took another's place, a gateway may list it: that is what is put right here.
                self._take(action, state, _nothing, used=bool(plan.warnings))

        return Work(plan, do, finish=lambda now: without_uploads(now, self._name))

    def cleanup(self, journal: Journal) -> Work:
        """The old certificates out of the store, after they are out of the gateways' lists."""
        state = self._look()
        cluster = journal.clusters[self._name]
        grace = timedelta(days=self._params["grace_days"])
        plan, _changes = plan_cleanup(journal, cluster, state, self._unit, now=datetime.now(UTC), grace=grace)
        self._know(note for row in rows_of(state) if (note := held_note(row)) is not None)
        asas = () if journal.pinned_ca else asas_in(served_by(journal, cluster, state))
        still = [action for action in plan.actions if not action.id.startswith(DELETE)]

        def do(action: Action) -> None:
            if still:
                raise ByHand(
                    f"phones may still need what is to be deleted: {'; '.join(one.text for one in still)}.",
                    where=self._name,
                    todo="First the cleanup of the gateways' lists, then an apply to the phones.",
                )
            self._take(action, state, lambda rows: need_pins(asas, rows, self._name), used=False)

        return Work(plan, do, mine=lambda action: action.id.startswith(DELETE))

    # --- parts ------------------------------------------------------------------------------------------------------

    def _look(self) -> CucmState:
        seen = look(self._session, self._name)
        service, unit = self._params["service"] or seen.service, self._params["unit"] or seen.unit
        self._way = choose_way(
            self._params["method"], version=seen.state.version, platform=self._session.has_platform_login,
            service=service, unit=unit, where=self._name,
        )  # fmt: skip
        self._unit = unit
        self._before = [describe(row) for row in rows_of(seen.state)]
        return seen.state

    def _know(self, notes: Iterable[CertificateNote]) -> None:
        self._notes |= {note.sha1: note for note in notes}

    def _of(self, action: Action) -> CertificateNote:
        return self._notes[action.id.partition(":")[2]]

    def _take(self, action: Action, state: CucmState, lost: Lost, *, used: bool) -> None:
        """Delete it, if the store and the gateways are still as planned: the command names a file, not a hash."""
        note = self._of(action)
        now = look(self._session, self._name, platform=False).state
        rows = rows_of(now)
        users = [] if used else users_of(now.gateways or (), rows, note)
        if users:
            raise in_use(note, users, "", self._name)
        file = file_of(note, rows, state.trust_files) if row_of(rows, note) is not None else ""
        take_certificate(self._session, self._name, note, self._unit, file, lost, self._settle)

    def _lay_out(self, plan: StagePlan) -> None:
        """For a person who uploads: the certificates as files."""
        if self._way.method != "manual":
            return
        for action in plan.actions:
            if action.id.startswith(UPLOAD):
                note = self._of(action)
                folder = private_directory(self._directory / "files")
                write_private(folder / f"phone-vpn-trust-{note.sha1}.pem", note.pem.encode())

    def shown(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """before, after, diff; after as planned where nothing was done."""
        after = list(self._before)
        if result["done"]:
            after = _read(
                lambda: [describe(row) for row in rows_of(look(self._session, self._name, platform=False).state)]
            )
        elif result["outcome"] == "planned":
            known = [(kind, self._notes[sha1]) for kind, sha1 in _parted(result["actions"]) if sha1 in self._notes]
            gone = {title(note) for kind, note in known if kind == DELETE}
            after = [line for line in after if line not in gone]
            after += [title(note) for kind, note in known if kind == UPLOAD]
        return {"before": self._before, "after": after, "diff": diff_of("Phone-VPN-trust", self._before, after)}


def _nothing(_rows: Rows) -> None:
    """There is nothing that must not be lost."""


def _parted(ids: Iterable[str]) -> Iterable[tuple[str, str]]:
    return ((kind + colon, rest) for kind, colon, rest in (one.partition(":") for one in ids))


def _read(read: Callable[[], list[str]]) -> list[str]:
    """What stands now; a change that is done and proven does not fail because it cannot be shown."""
    try:
        return read()
    except VpnPhoneError as error:
        return [f"not read again: {shown(error.what)} [{error.code}]"]


class ListWork:
    """The gateways' lists of one cluster."""

    def __init__(self, session: ClusterSession, name: str, params: dict[str, Any], _directory: Path) -> None:
        self._session, self._name, self._params = session, name, params
        self._unit = ""
        self._changes: Changes = {}
        self._before: dict[str, tuple[Member, ...]] = {}
        self._names: set[str] = set()

    def add(self, journal: Journal) -> Work:
        """Stage gateway."""
        state = self._look(journal, platform=False)
        plan, self._changes = plan_gateway(journal, journal.clusters[self._name], state)
        return Work(plan, self._do, self._intent)

    def rollback(self, journal: Journal) -> Work:
        """The lists as they were before."""
        state = self._look(journal, platform=False)
        plan, self._changes = plan_gateway_rollback(journal, journal.clusters[self._name], state)
        return Work(plan, self._do)

    def cleanup(self, journal: Journal) -> Work:
        """The old certificates out of the lists."""
        state = self._look(journal, platform=True)
        grace = timedelta(days=self._params["grace_days"])
        cluster = journal.clusters[self._name]
        plan, self._changes = plan_cleanup(journal, cluster, state, self._unit, now=datetime.now(UTC), grace=grace)
        return Work(plan, self._do, mine=lambda action: action.id.startswith(GATEWAY))

    def _look(self, journal: Journal, *, platform: bool) -> CucmState:
        seen = look(self._session, self._name, platform=platform)
        self._unit = self._params["unit"] or seen.unit
        self._names = set(journal.clusters[self._name].gateways)
        self._before = _lists(seen.state, self._names)
        return seen.state

    def _intent(self, action: Action) -> Change:
        return lambda now: with_lists(now, self._name, self._changes[action.id])

    def _do(self, action: Action) -> None:
        change_list(self._session, self._name, self._changes[action.id])

    def shown(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """before, after, diff; after as planned where nothing was done."""
        after = dict(self._before)
        if result["done"]:
            lines = _read(lambda: _lines(_lists(look(self._session, self._name, platform=False).state, self._names)))
        else:
            if result["outcome"] == "planned":
                after |= {change.name: change.after for change in self._changes.values()}
            lines = _lines(after)
        before = _lines(self._before)
        return {"before": before, "after": lines, "diff": diff_of("VPN gateways", before, lines)}


def _lists(state: CucmState, names: Iterable[str]) -> dict[str, tuple[Member, ...]]:
    wanted = set(names)
    return {gateway.name: members_of(gateway) for gateway in state.gateways or () if gateway.name in wanted}


def _lines(lists: Mapping[str, Sequence[Member]]) -> list[str]:
    return [f"{shown(name, 60)}: {said(member)}" for name, members in lists.items() for member in members]
