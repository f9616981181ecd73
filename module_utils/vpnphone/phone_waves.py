"""One wave of phones, from its first look to its end: applied, each proven, and everything that stops it.

What a phone is at any moment stands in the journal, so that a killed controller goes on where it was: a phone that is
proven is left alone, one that was applied is looked at first, and only then applied anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from msgspec.structs import replace

from .change_cucm import NOT_TAKEN
from .controls.site_context import SiteContext
from .errors import ChangeRefused, VpnPhoneError
from .model import PhoneState, PhoneWeb, Registration
from .model.renewal import AsaRenewal, Journal, PhoneCleanup, PhoneRenewal
from .renewal.journal import note, open_journal, update
from .renewal.proof import (
    Evidence,
    Foretold,
    Proof,
    Wanted,
    asas_for,
    fetched_at,
    file_trouble,
    foretell,
    prove,
    unready,
    wanted_of,
)
from .renewal.stages import command
from .renewal.store import VPN_TRUST
from .renewal.waves import Mode, Step, Wave, is_offline, is_registered
from .soap import shown
from .transport.soap_client import SoapFault

# Asking again would change nothing, or lock an account.
_FINAL = frozenset(("tool_fault", "http_unauthorized", "http_forbidden"))
# Lines of a phone and its clock have whole seconds: only so much older than the apply, a fetch surely looks older.
_APART = timedelta(seconds=3)
# Of a message: so many phones with their reasons; the journal has all.
_TOLD = 8


class Ground(Protocol):
    """One cluster and its phones (gather_wave.ClusterGround)."""

    def now(self) -> datetime: ...

    def sleep(self, seconds: float) -> None: ...

    def registrations(self, names: Sequence[str]) -> dict[str, Registration]: ...

    def files(self, names: Sequence[str]) -> dict[str, PhoneState]: ...

    def pages(self, names: Sequence[str], registered: Mapping[str, Registration]) -> dict[str, PhoneWeb]: ...

    def act(self, names: Sequence[str], mode: Mode) -> Iterator[tuple[str, VpnPhoneError | None]]: ...


class Patience(NamedTuple):
    """proof: from the apply to its proof; settle: until every node serves the new file; offline: how long a phone is
    not registered before it counts as off-line; poll: between two looks.
    """

    proof: timedelta
    settle: timedelta
    offline: timedelta
    poll: float


class Place(NamedTuple):
    """What all waves of a cluster share. base: everything as it was gathered before the first one."""

    cluster: str
    directory: Path
    by: str
    step: Step
    base: SiteContext
    patience: Patience
    max_failures: int


class _Goal(NamedTuple):
    """What one phone must come to."""

    asas: tuple[AsaRenewal, ...]
    wanted: Wanted


class WaveRun:
    """One wave. run() returns where it is through; ChangeRefused: wave_failed, stale_file. VpnPhoneError: cut short."""

    def __init__(self, place: Place, ground: Ground, wave: Wave) -> None:
        self._place, self._ground, self._wave = place, ground, wave
        self._step, self._patience = place.step, place.patience
        self._book = open_journal(place.directory)
        rows = [row for row in place.base.cucm.trust or () if row.store == VPN_TRUST]
        self._names = tuple(name for name in wave.phones if self._open(name))
        self._listed = place.base.cucm.tftp_nodes
        self._goals: dict[str, _Goal] = {}
        for name in self._names:
            asas = asas_for(self._book, self._book.phones[name])
            self._goals[name] = _Goal(asas, wanted_of(asas, rows, cleanup=self._step.cleanup))
        # As seen last.
        self._registered: dict[str, Registration] | None = None
        self._networks = {one.name: one.web.network for one in place.base.phones if one.web and one.web.network}
        self._states: dict[str, PhoneState] = {}
        self._proofs: dict[str, Proof] = {}
        # Why the last look told nothing new.
        self._trouble: VpnPhoneError | None = None
        # Why a phone of this wave came to nothing.
        self._failed: dict[str, str] = {}
        self._offline: dict[str, str] = {}

    def run(self) -> None:
        if not self._names:
            return
        self._mark({name: {"wave": self._wave.number} for name in self._names})
        self._look(self._names)
        self._wait_for_applied()
        told = self._apply(self._there())
        watched = [name for name in self._names if name not in self._offline and name not in self._failed]
        limit = max((self._deadline(name) for name in told), default=self._ground.now() + self._patience.offline)
        self._prove(watched, lambda _name: limit)
        self._close(watched)

    # --- phones as they stand -----------------------------------------------------------------------------------------

    def _open(self, name: str) -> bool:
        phone = self._book.phones.get(name)
        return phone is not None and phone.proof != "waived" and self._step.of(phone).proof != "proven"

    def _standing(self, name: str) -> PhoneRenewal | PhoneCleanup:
        return self._step.of(self._book.phones[name])

    def _is_proven(self, name: str) -> bool:
        return self._standing(name).proof == "proven"

    def _deadline(self, name: str) -> datetime:
        applied = self._standing(name).applied_at
        return applied + self._patience.proof if applied is not None else self._ground.now()

    def _mark(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """In the journal, in one write."""
        if not changes:
            return

        def change(journal: Journal) -> Journal:
            changed = {name: self._step.put(journal.phones[name], **fields) for name, fields in changes.items()}
            return replace(journal, phones=journal.phones | changed)

        self._book = update(self._place.directory, change, by=self._place.by, at=self._ground.now())

    def _note(self, what: str) -> None:
        text = f"wave {self._wave.number}: {what}"
        self._book = note(self._place.directory, self._step.stage, self._place.cluster, text, self._place.by)

    # --- looking ------------------------------------------------------------------------------------------------------

    def _look(self, names: Collection[str], *, beside: Iterable[str] = (), whole: bool = True) -> None:
        """Gather these, prove what can be proven, and write it down. beside: whose registration alone is asked.

        whole: everything of everybody; otherwise only what may show more than the last look did.
        """
        wanted = sorted(names)
        self._registered = self._ground.registrations(sorted({*wanted, *beside}))
        self._judge(wanted, self._registered, whole=whole)

    def _judge(self, names: Sequence[str], registered: dict[str, Registration] | None, *, whole: bool) -> None:
        told = registered or {}
        self._gather(names, {name: found for name, found in told.items() if is_registered(found)}, whole=whole)
        seen = {
            name: Evidence(self._states.get(name), told.get(name), registered is not None, self._listed)
            for name in names
        }
        ready = []
        for name in names:
            wrong = unready(self._standing(name).applied_at, self._goals[name].wanted, seen[name])
            if wrong is None:
                ready.append(name)
            else:
                self._proofs[name] = wrong
        foretold = foretell(self._context(told), self._book) if ready else {}
        for name in ready:
            goal, phone = self._goals[name], self._book.phones[name]
            applied = self._standing(name).applied_at
            told_of = foretold.get(name, Foretold())
            self._proofs[name] = prove(phone, applied, goal.asas, goal.wanted, seen[name], told_of)
        good = [name for name in names if self._proofs[name].proven]
        at = self._ground.now()
        self._mark({n: {"proof": "proven", "reason": self._proofs[n].reason, "proven_at": at} for n in good})

    def _gather(self, names: Sequence[str], there: Mapping[str, Registration], *, whole: bool) -> None:
        """Files until they are as they should be; pages once they may tell of a fetch of them."""
        files = [name for name in names if whole or self._file_trouble(name)]
        for name, state in (self._ground.files(files) if files else {}).items():
            self._states[name] = self._with_network(state)
        pages = [name for name in names if name in there and self._may_tell(name, there[name], whole=whole)]
        for name, web in (self._ground.pages(pages, there) if pages else {}).items():
            self._states[name] = self._with_network(replace(self._states[name], web=web))

    def _file_trouble(self, name: str) -> str:
        return file_trouble(self._states.get(name), self._listed, self._goals[name].wanted)

    def _may_tell(self, name: str, registration: Registration, *, whole: bool) -> bool:
        """Its pages may show a fetch of its files: it registered since they were built, as after every fetch. Or they
        show which nodes it asks, where that is not known yet.
        """
        if self._file_trouble(name):
            return name not in self._networks
        built = [one.built_at for one in self._states[name].files if one.built_at is not None]
        return whole or registration.since is None or not built or registration.since >= max(built)

    def _with_network(self, state: PhoneState) -> PhoneState:
        """With the nodes that it asks, as its pages showed them last: they are off while it restarts."""
        network = state.web.network if state.web is not None else None
        if network:
            self._networks[state.name] = network
            return state
        known = self._networks.get(state.name)
        if not known:
            return state
        web = state.web or PhoneWeb(address="", read_at=self._ground.now())
        return replace(state, web=replace(web, network=known))

    def _context(self, registered: Mapping[str, Registration]) -> SiteContext:
        """The site as it was gathered, with the phones of this wave as they are now."""
        base, states = self._place.base, self._states
        asked = {*states, *registered}
        others = (one for one in base.cucm.registrations or () if one.name not in asked)
        cucm = replace(base.cucm, registrations=(*others, *registered.values()))
        phones = (*(one for one in base.phones if one.name not in states), *states.values())
        return base._replace(cucm=cucm, phones=phones, now=self._ground.now())

    # --- before anybody is told ---------------------------------------------------------------------------------------

    def _wait_for_applied(self) -> None:
        """Phones that an earlier run told: they get the rest of their time before they are told again.

        One whose nodes do not have the new file was never told, or has nothing to wait for.
        """
        earlier = [
            name for name in self._names if self._standing(name).proof == "applied" and not self._proofs[name].stale
        ]
        if earlier:
            self._prove(earlier, self._deadline)
            self._registered = None

    def _there(self) -> list[str]:
        """The phones that are registered; those that are off-line are set aside, the others are waited for."""
        limit = self._ground.now() + self._patience.offline
        # None: the last look was at some of them alone, or has been a while.
        registered = self._registered
        open_ones = [name for name in self._names if not self._is_proven(name)]
        while True:
            if registered is None:
                registered = self._ground.registrations(open_ones)
            now = self._ground.now()
            waited_for = [
                name
                for name in open_ones
                if not is_registered(registered.get(name))
                and not is_offline(registered.get(name), now, self._patience.offline)
            ]
            if not waited_for or now >= limit:
                break
            self._ground.sleep(self._patience.poll)
            registered = None
        gone = [name for name in open_ones if not is_registered(registered.get(name))]
        for name in gone:
            since = registered[name].since if name in registered else None
            self._offline[name] = "it is not registered" + (f" since {since:%Y-%m-%d %H:%M} UTC" if since else "")
        self._mark({name: {"proof": "offline", "reason": self._offline[name]} for name in gone})
        if gone and self._wave.canary:
            # Nobody else of its ASA would tell what becomes of the rest.
            self._stop(self._offline, "a canary is off-line")
        return [name for name in open_ones if name not in self._offline]

    # --- telling them -------------------------------------------------------------------------------------------------

    def _apply(self, names: list[str]) -> list[str]:
        """Tell one, see what the nodes serve it, then tell the others; those that were told."""
        self._let_age(names)
        told: list[str] = []
        waiting = list(names)
        while waiting and not told:
            told = self._send([waiting.pop(0)])
        if told:
            self._settle(told)
            told += self._send(waiting)
            self._note(f"{self._wave.mode}Phone was sent to {len(told)} of {len(names)} phones")
        return told

    def _let_age(self, names: Iterable[str]) -> None:
        """What they fetched a moment ago is not to be taken for what they fetch because of the apply."""
        states = [state for name in names if (state := self._states.get(name)) is not None]
        ages = [state.web.read_at - at for state in states if state.web and (at := fetched_at(state)) is not None]
        wait = _APART - min(ages, default=_APART)
        if wait > timedelta(0):
            self._ground.sleep(wait.total_seconds())

    def _send(self, names: list[str]) -> list[str]:
        """Those that were told, or may have been. An error after which nobody was told any more is raised."""
        before = {name: self._standing(name) for name in names}
        at = self._ground.now()
        self._mark({name: {"proof": "applied", "reason": "", "applied_at": at, "proven_at": None} for name in names})
        # What was seen of their files before is of no account any more.
        self._states = {name: state for name, state in self._states.items() if name not in before}
        told: list[str] = []
        refused: dict[str, str] = {}
        left = set(names)
        try:
            for name, error in self._ground.act(names, self._wave.mode):
                if isinstance(error, SoapFault):
                    refused[name] = f"CUCM did not take the {self._wave.mode}: {shown(error.what)}"
                elif error is not None and error.code in NOT_TAKEN:
                    raise error
                else:
                    # What was perhaps taken is decided by what the phone then does.
                    told.append(name)
                left.discard(name)
        except VpnPhoneError:
            self._mark({name: _was(before[name]) for name in left})
            raise
        finally:
            self._failed |= refused
            self._mark({name: {"proof": "failed", "reason": why} for name, why in refused.items()})
        return told

    def _settle(self, names: list[str]) -> None:
        """Until every node serves these phones the new file: CUCM builds it at the apply, on each node by itself."""
        limit = self._ground.now() + self._patience.settle
        while True:
            self._look_again(names)
            if not any(self._proofs[name].stale for name in names):
                return
            if self._ground.now() >= limit:
                self._stop_stale(names)
            self._ground.sleep(self._patience.poll)

    # --- proving ------------------------------------------------------------------------------------------------------

    def _prove(self, names: list[str], until: Callable[[str], datetime]) -> None:
        """Look until each is proven and registered, or its time is up."""
        while True:
            waiting = [name for name in names if not self._is_proven(name)]
            now = self._ground.now()
            self._look_again(waiting, beside=names, whole=any(now >= until(name) for name in waiting))
            late = [name for name in waiting if self._is_stale(name, now)]
            if late:
                self._stop_stale(late)
            missing = [name for name in names if self._is_missing(name) and now < until(name)]
            if not missing:
                return
            self._ground.sleep(self._patience.poll)

    def _look_again(self, names: Sequence[str], *, beside: Iterable[str] = (), whole: bool = False) -> None:
        """A look whose questions may fail: the next one may not, and the last one's reason is said."""
        self._trouble = None
        try:
            self._look(names, beside=beside, whole=whole)
        except VpnPhoneError as error:
            if error.code in _FINAL:
                raise
            self._trouble, self._registered = error, None
            self._judge(sorted(names), None, whole=False)

    def _is_stale(self, name: str, now: datetime) -> bool:
        applied = self._standing(name).applied_at
        return bool(self._proofs[name].stale and applied is not None and now >= applied + self._patience.settle)

    def _is_missing(self, name: str) -> bool:
        """Not proven, or proven and gone since."""
        return not self._is_proven(name) or not is_registered((self._registered or {}).get(name))

    def _close(self, names: list[str]) -> None:
        if self._trouble is not None and any(self._is_missing(name) for name in names):
            # What they came to is not known, and no fault of theirs: the next run looks first.
            raise self._trouble
        for name in names:
            if not self._is_proven(name):
                self._failed[name] = self._proofs[name].reason
            elif self._is_missing(name):
                self._failed[name] = "it was proven, then it stopped being registered and did not come back"
        self._mark({name: {"proof": "failed", "reason": why} for name, why in self._failed.items()})
        proven = sum(self._is_proven(name) for name in self._names)
        self._note(f"{proven} proven, {len(self._failed)} failed, {len(self._offline)} off-line")
        if self._failed and (self._wave.canary or len(self._failed) > self._place.max_failures):
            what = "a canary failed" if self._wave.canary else f"more than {self._place.max_failures} phones failed"
            self._stop(self._failed, what)

    # --- the end of it ------------------------------------------------------------------------------------------------

    def _stop(self, phones: Mapping[str, str], why: str) -> None:
        raise ChangeRefused(
            f"wave {self._wave.number} ends the stage: {why}. {_named(phones)}",
            where=self._place.cluster,
            todo="No further phone was told anything. Cards for what a person does at each phone lie in"
            f" {cards_in(self._place.directory)}; then plan what is left: {self._again()}",
            code="wave_failed",
        )

    def _stop_stale(self, names: Iterable[str]) -> None:
        stale = {name: self._proofs[name] for name in names if self._proofs[name].stale}
        self._failed |= {name: found.reason for name, found in stale.items()}
        self._mark({name: {"proof": "failed", "reason": found.reason} for name, found in stale.items()})
        nodes = sorted({node for found in stale.values() for node in found.stale})
        raise ChangeRefused(
            f"wave {self._wave.number} ends the stage: {', '.join(nodes)} still serves files without what phones need"
            f" {self._patience.settle.total_seconds():.0f} s after the apply. {_named(self._failed)}",
            where=self._place.cluster,
            todo=f"No further phone was told anything. Restart Cisco TFTP on {', '.join(nodes)} (Cisco Unified"
            f" Serviceability > Control Center - Feature Services), then plan what is left: {self._again()}",
            code="stale_file",
        )

    def _again(self) -> str:
        return command(self._book, self._step.stage, "--check")


def _was(standing: PhoneRenewal | PhoneCleanup) -> dict[str, Any]:
    return {"proof": standing.proof, "reason": standing.reason, "applied_at": standing.applied_at}


def cards_in(directory: Path) -> Path:
    """Where the recovery cards of a renewal lie."""
    return directory / "files" / "cards"


def _named(phones: Mapping[str, str]) -> str:
    told = [f"{name}: {why.rstrip('.')}" for name, why in sorted(phones.items())]
    more = f"; and {len(told) - _TOLD} more" if len(told) > _TOLD else ""
    return "; ".join(told[:_TOLD]) + more + "."
