"""Stage apply of a renewal on one cluster, and the same step of its cleanup: plans joined to the waves that do them.

What is approved, noted and ended is renewal/flow.py's; one wave is phone_waves.py's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from .change_cucm import ByHand, Seen
from .controls.site_context import SiteContext
from .errors import ChangeRefused, VpnPhoneError
from .files import private_directory, write_private
from .model.renewal import Action, AsaRenewal, Journal, PhoneRenewal
from .phone_waves import Ground, Patience, Place, WaveRun, cards_in
from .predict.head import held
from .renewal.apply_plan import ApplyPlan, lists_left, plan_apply, plan_cleanup_apply
from .renewal.flow import Work, who
from .renewal.gateway import plan_cleanup
from .renewal.journal import open_journal
from .renewal.proof import asas_for
from .renewal.recovery_card import Card, file_name, recovery_card
from .renewal.stages import asas_of, command
from .renewal.switch_facts import bound
from .renewal.switch_gate import MAX_AGE
from .renewal.waves import WAVE, Options, Step, is_offline, of_cluster, wave_of
from .renewal_cucm import diff_of
from .report.words import words


class ApplyWork:
    """The phones of one cluster. base: everything as it was gathered for this run; look: what the cluster shows now."""

    def __init__(
        self,
        ground: Ground,
        base: SiteContext,
        look: Callable[[], Seen],
        directory: Path,
        params: Mapping[str, Any],
    ) -> None:
        self._ground, self._base, self._look, self._directory, self._params = ground, base, look, directory, params
        self._name = base.device
        self._by = who(params["approved_by"])
        self._step = Step(bool(params["cleanup"]))
        self._options = Options(
            params["mode"], params["batch_size"], tuple(params["canaries"]), tuple(params["include_aaa"])
        )
        self._patience = Patience(
            proof=timedelta(seconds=params["proof_timeout"]),
            settle=timedelta(seconds=params["settle_timeout"]),
            offline=timedelta(seconds=params["offline_after"]),
            poll=params["poll_seconds"],
        )
        # Before anybody is told anything: without its catalogue there would be no card.
        self._words = words(params["language"])
        self._before = self._standing(open_journal(directory))

    # --- plans --------------------------------------------------------------------------------------------------------

    def apply(self, journal: Journal) -> Work:
        """Stage apply."""
        self._need_asas(journal)
        seen = self._look()
        found = plan_apply(
            journal, journal.clusters[self._name], seen.state, self._online(journal), self._options,
            self._params["max_failures"],
        )  # fmt: skip
        return Work(found.plan, self._do(found), finish=lambda now: self._with_aside(now, found))

    def cleanup(self, journal: Journal) -> Work:
        """Within the cleanup: once the lists are without the old certificate, and before the store is."""
        self._need_asas(journal)
        seen = self._look()
        cluster = journal.clusters[self._name]
        grace = timedelta(days=self._params["grace_days"])
        unit = self._params["unit"] or seen.unit
        whole, _changes = plan_cleanup(journal, cluster, seen.state, unit, now=datetime.now(UTC), grace=grace)
        if journal.pinned_ca:
            return Work(whole, self._do(ApplyPlan(whole, ())))
        found = plan_cleanup_apply(journal, cluster, whole, self._online(journal), self._options)
        return Work(
            found.plan, self._do(found), finish=lambda now: self._with_aside(now, found),
            mine=lambda action: action.id.startswith(WAVE),
        )  # fmt: skip

    def _do(self, found: ApplyPlan) -> Callable[[Action], None]:
        place = Place(
            self._name, self._directory, self._by, self._step, self._base, self._patience, self._params["max_failures"]
        )

        def do(action: Action) -> None:
            lists = lists_left(found.plan)
            if lists:
                raise ByHand(
                    f"gateways still list the old certificate: {'; '.join(one.text for one in lists)}.",
                    where=self._name,
                    todo="First the cleanup of the gateways' lists: phones would fetch the old certificate again.",
                )
            wave = wave_of(action)
            if wave is not None:
                WaveRun(place, self._ground, wave).run()

        return do

    def _online(self, journal: Journal) -> set[str]:
        """The phones that are there, or were until a moment ago."""
        names = [phone.name for phone in of_cluster(journal, self._name)]
        registered, now = self._ground.registrations(names), self._ground.now()
        return {name for name in names if not is_offline(registered.get(name), now, self._patience.offline)}

    def _with_aside(self, journal: Journal, found: ApplyPlan) -> Journal:
        """What becomes of the phones that are in no wave."""
        phones = dict(journal.phones)
        for one in found.aside:
            phone = phones.get(one.phone)
            if phone is None or self._step.of(phone).proof in ("proven", "waived"):
                continue
            if one.why == "offline":
                phones[one.phone] = self._step.put(phone, proof="offline", reason=one.reason)
            elif one.why == "aaa" and self._step.of(phone).proof == "unproven":
                phones[one.phone] = self._step.put(phone, reason=one.reason)
        return replace(journal, phones=phones)

    # --- what proofs rest on ------------------------------------------------------------------------------------------

    def _need_asas(self, journal: Journal) -> None:
        """Every ASA that phones of this cluster dial was read, just now, and holds what was exported."""
        if journal.pinned_ca:
            return
        units = {unit.device: unit for unit in self._base.asas}
        for name in asas_of(journal, self._name):
            asa, unit = journal.asas[name], units.get(name)
            if unit is not None and asa.bound == "old" and unit.state.ssl is not None:
                _need_old_bound(asa, bound(unit.state, asa.interface))
            why = ""
            if unit is None:
                why = "it was not read in this run"
            elif unit.state.gathered_at is None or self._ground.now() - unit.state.gathered_at > MAX_AGE:
                why = f"what was read of it is older than {MAX_AGE.total_seconds() / 60:.0f} minutes"
            elif asa.bound == "old" and not self._step.cleanup:
                found = held(unit.state, asa.new_trustpoint)
                if found is None or asa.new is None or found.sha256 != asa.new.sha256:
                    why = f"its trustpoint {asa.new_trustpoint} does not hold what was exported"
            if why:
                raise ChangeRefused(
                    f"no phone can be proven for {name}: {why}.",
                    where=self._name,
                    todo="Gather the ASAs anew and run again (playbooks/renewal/apply.yml does both); where the"
                    f" trustpoint differs, {command(journal, 'export')}",
                    code="asa_not_seen",
                )

    # --- what a person gets -------------------------------------------------------------------------------------------

    def write_cards(self) -> list[str]:
        """A card for every phone that is off-line or failed, and none for the others; their paths."""
        journal = open_journal(self._directory)
        folder = cards_in(self._directory)
        listed = {phone.name: phone for phone in self._base.cucm.phones or ()}
        found = []
        for phone in of_cluster(journal, self._name):
            path = folder / file_name(phone.name)
            standing = self._step.of(phone)
            if standing.proof not in ("offline", "failed") or phone.proof == "waived":
                with contextlib.suppress(FileNotFoundError):
                    path.unlink()
                continue
            told = listed.get(phone.name)
            about = ", ".join(part for part in (told.description, told.model) if part) if told is not None else ""
            nodes = self._base.cucm.tftp_nodes or ()
            card = Card(phone, standing.reason, asas_for(journal, phone), nodes, about)
            private_directory(private_directory(folder.parent) / folder.name)
            text = recovery_card(card, journal, self._ground.now(), self._words)
            found.append(str(write_private(path, text.encode())))
        return found

    def shown(self, result: Mapping[str, Any], cards: list[str]) -> dict[str, Any]:
        """before, after, diff of the phones that changed; waves, counts, and who is not ready and why."""
        journal = open_journal(self._directory)
        after = self._standing(journal)
        changed = [name for name, words in after.items() if words != self._before.get(name)]
        before_lines = [f"{name}: {self._before.get(name, '')}" for name in changed]
        after_lines = [f"{name}: {after[name]}" for name in changed]
        phones = of_cluster(journal, self._name)
        actions = [wave for action in result["plan"]["actions"] if (wave := wave_of(_action(action))) is not None]
        counts: dict[str, int] = {}
        for phone in phones:
            word = self._word(phone)
            counts[word] = counts.get(word, 0) + 1
        return {
            "before": before_lines,
            "after": after_lines,
            "diff": diff_of(f"phones of {self._name}", before_lines, after_lines),
            "waves": [{"number": wave.number, "canary": wave.canary, "phones": list(wave.phones)} for wave in actions],
            "phones": dict(sorted(counts.items())),
            "not_ready": [
                {"name": phone.name, "proof": self._word(phone), "reason": self._step.of(phone).reason}
                for phone in phones
                if self._word(phone) not in ("proven", "waived")
            ],
            "cards": cards,
        }

    def _standing(self, journal: Journal) -> dict[str, str]:
        return {phone.name: self._word(phone) for phone in of_cluster(journal, self._name)}

    def _word(self, phone: PhoneRenewal) -> str:
        return "waived" if phone.proof == "waived" else self._step.of(phone).proof


def _action(told: Mapping[str, Any]) -> Action:
    return Action(id=told["id"], text=told["text"], commands=tuple(told["commands"]))


def with_cards(work: ApplyWork, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run it; however it ends, the cards are those of the phones that are not ready."""
    try:
        result = run()
    except VpnPhoneError:
        work.write_cards()
        raise
    return result | work.shown(result, work.write_cards())


def _need_old_bound(asa: AsaRenewal, names: tuple[str, ...]) -> None:
    """ChangeRefused bound_too_early: a phone that connects anew is shown a certificate that it does not know yet."""
    told = {name.lower() for name in names}
    if asa.old_trustpoint.lower() in told and asa.new_trustpoint.lower() not in told:
        return
    raise ChangeRefused(
        f"bound to {asa.interface} is {' and '.join(names) or 'nothing'}, and not {asa.old_trustpoint}: a phone that"
        " loses its tunnel now is locked out, and fetches nothing any more.",
        where=asa.name,
        todo=f"Bind the old one again at once: `ssl trust-point {asa.old_trustpoint} {asa.interface}`. Then run again.",
        code="bound_too_early",
    )
