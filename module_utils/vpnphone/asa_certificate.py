"""Stages certificate and export of a renewal on one ASA, and the way back: plans, and what the journal learns of them.

What is approved, noted and ended is renewal/flow.py's; what is typed is asa_certificate_acts.py's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from . import asa_reading
from .apply.readback import unsaved_lines
from .asa_certificate_acts import Acts, with_asa
from .errors import ChangeRefused, VpnPhoneError
from .model import X509
from .model.renewal import Journal
from .predict.identity import title
from .predict.presented import issuers_of
from .renewal import certificate as stage
from .renewal.certificate import Order, Ready, check_free, check_order, expected_sha1, plan_certificate
from .renewal.certificate_back import plan_export, plan_rollback
from .renewal.certificate_checks import Given, chain_of
from .renewal.flow import Work
from .renewal.journal import open_journal
from .renewal.pem import read_request
from .renewal.pinned import all_pinned, sent_for_sure
from .renewal.stages import target_stage
from .renewal.standing import own_unsaved, same_key_as
from .renewal.store import note_of


class CertificateWork(Acts):
    """One ASA's new certificate."""

    _before: tuple[str, ...] = ()
    _chain: tuple[X509, ...] = ()

    # --- plans ------------------------------------------------------------------------------------------------------

    def certificate(self, journal: Journal) -> Work:
        """Stage certificate."""
        order = self._look(journal)
        check_order(order)
        approved = target_stage(journal, "certificate", self._name)
        there = self._now.identity(order.name)
        expected = expected_sha1(approved.plan) or (order.asa.new.sha1 if order.asa.new is not None else "")
        given = self._given(order, there)
        if given is not None and order.method == "csr" and there is not None and not expected:
            expected = given.leaf.sha1 if same_key_as(self._now.key(order.name), there) and order.asa.csr else ""
        check_free(order, self._now, expected)
        if order.asa.csr:
            self._files.lay_out(".csr", order.asa.csr)
        ready = self._ready(journal, order, given)
        plan = plan_certificate(order, self._now, ready, unsaved=self._unsaved(order))
        trial = self._trial(journal, order) if ready is None else ()
        plan = msgspec.structs.replace(plan, warnings=(*plan.warnings, *trial))
        return Work(plan, self.do, self.intent, self._finish)

    def export(self, journal: Journal) -> Work:
        """Stage export."""
        order = self._look(journal)
        done = target_stage(journal, "export", self._name).status == "done"
        plan = plan_export(order, self._now, done=done)

        def finish(now: Journal) -> Journal:
            return self._exported(now)

        return Work(plan, self.do, finish=finish)

    def rollback(self, journal: Journal) -> Work:
        """Stage certificate, taken back."""
        order = self._look(journal)
        plan = plan_rollback(order, self._now, unsaved=self._unsaved(order))
        return Work(plan, self.do, finish=self._gone)

    # --- looking ----------------------------------------------------------------------------------------------------

    def _look(self, journal: Journal) -> Order:
        if self._name not in journal.asas:
            raise ChangeRefused(
                f"{self._name} is not part of renewal {journal.renewal}.",
                where=self._name,
                todo="Open the renewal with this device in scope (preflight), or leave it out with --limit.",
                code="not_in_renewal",
            )
        self._order = order = self._wanted.order(journal.asas[self._name])
        self._reading, self._now = asa_reading.look(self._session, self._name, self._wanted.context)
        self._before = tuple(self._lines())
        return order

    def _given(self, order: Order, there: X509 | None) -> Given | None:
        """What is to be imported, or was; None before a CA has signed, and for a certificate that the ASA makes."""
        more = self._files.chain_files(self._wanted.chain_files)
        if there is not None:
            # It is in: whatever file it came from, the trustpoint says what it is.
            return Given(there, more)
        if order.method == "pkcs12":
            self._bag = self._wanted.bag()
            return Given(self._bag.leaf, (*self._bag.more, *more))
        if order.method == "csr":
            spki = read_request(order.asa.csr).spki if order.asa.csr else None
            return self._files.signed(self._wanted.certificate_file, self._wanted.chain_files, spki)
        return None

    def _ready(self, journal: Journal, order: Order, given: Given | None) -> Ready | None:
        """The certificate, checked; it is not looked at before there is a request that it can be made of."""
        if given is None or (order.method == "csr" and not order.asa.csr and self._now.identity(order.name) is None):
            return None
        chain = chain_of(given, self._now.authorities(), self._name)
        spki = None
        if order.method == "csr" and order.asa.csr:
            spki = read_request(order.asa.csr).spki
        self._chain = chain
        self._certificates |= {one.sha1: one for one in (given.leaf, *chain)}
        warnings = self._wanted.checked(journal, self._reading.state, given, chain, spki=spki)
        if self._bag is not None and self._bag.modern:
            warnings = (
                *warnings,
                "the PKCS12 file is encrypted as OpenSSL 3 does by default (PBES2): old releases may refuse it [M]",
            )
        return Ready(given, chain, warnings)

    def _trial(self, journal: Journal, order: Order) -> tuple[str, ...]:
        """What is wrong with the wish itself is said before a key is made."""
        if order.method == "pkcs12":
            return ()
        return self._wanted.tried(journal, self._reading.state, order, self._now)

    def _unsaved(self, order: Order) -> bool:
        """Blocks of ours are not saved. ChangeRefused unsaved_changes where others' are not either."""
        if not order.save:
            return False
        names = [order.name, *(one.removeprefix("trustpoint:") for one in order.asa.made)]
        own, others = own_unsaved(unsaved_lines(self._reading, self._name), names)
        if others and not self._wanted.accept_unsaved:
            few = ", ".join(f"`{line[:120]}`" for line in others[:5]) + (" and more" if len(others) > 5 else "")
            raise ChangeRefused(
                f"the running configuration has unsaved changes of somebody else ({few}), and saving ours would save"
                " them.",
                where=self._name,
                todo="Save or take them back by hand, or set vpnphone_accept_unsaved: true, or vpnphone_save: never.",
                code="unsaved_changes",
            )
        return bool(own)

    # --- the journal ------------------------------------------------------------------------------------------------

    def _finish(self, journal: Journal) -> Journal:
        made = self._now.identity(self._order.name)
        return with_asa(journal, self._name, new=note_of(made)) if made is not None else journal

    def _exported(self, journal: Journal) -> Journal:
        """The chain it is sent with; and, once all of them are known, whether phones need anything at all."""
        held = self._now.identity(self._order.name)
        seen = self._wanted.seen(journal)
        above = issuers_of(held, self._now.authorities()) if held is not None else ()
        chain = sent_for_sure(above, self._now.ca(self._order.name), seen, self._name)
        journal = with_asa(journal, self._name, chain=tuple(note_of(one) for one in chain))
        return msgspec.structs.replace(journal, pinned_ca=all_pinned(journal, seen))

    def _gone(self, journal: Journal) -> Journal:
        return with_asa(journal, self._name, made=(), csr="", new=None, chain=())

    # --- the result -------------------------------------------------------------------------------------------------

    def shown(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """before, after, diff, warnings; the mate is asked once the certificate is there."""
        after, warnings = list(self._before), list(result["warnings"])
        if result["done"]:
            try:
                self._again()
                after = self._lines()
            except VpnPhoneError as error:
                # What is done and proven does not fail because it cannot be shown.
                after = [f"not read again: {error.what} [{error.code}]"]
        elif result["outcome"] == "planned":
            after += [f"to be done: {text['text']}" for text in result["plan"]["actions"]]
        if result["outcome"] == "done" and result["plan"]["stage"] == "certificate":
            warnings += self._mate()
        diff = {
            "before_header": f"{self._name} (before)", "after_header": f"{self._name} (after)",
            "before": _joined(self._before), "after": _joined(after),
        }  # fmt: skip
        return {"before": list(self._before), "after": after, "diff": diff, "warnings": warnings}

    def _mate(self) -> list[str]:
        new = open_journal(self._directory).asas[self._name].new
        if new is None:
            return []
        try:
            self._session.end_configuration()
            lacks = asa_reading.mate_lacks(self._session, self._reading.state, new.pem)
        except VpnPhoneError as error:
            lacks = f"whether the failover mate holds it is not known: {error.what}"
        if not lacks:
            return []
        self._note(f"{lacks} (SHA-1 {new.sha1})")
        return [f"{self._name}: {lacks}. PERSON: type `write standby` on the active unit; the switch is refused until"
                " the mate has it."]  # fmt: skip

    def _lines(self) -> list[str]:
        """The trustpoints and keys of this renewal, and what is bound, in a line each."""
        asa = open_journal(self._directory).asas[self._name]
        order, now = self._order._replace(asa=asa), self._now
        names = [
            order.name,
            *(one.removeprefix("trustpoint:") for one in order.asa.made if one.startswith("trustpoint:")),
        ]
        names += [stage.ca_trustpoint(order, one) for one in self._chain[1:]]
        found = [f"bound: {order.asa.old_trustpoint}: {stage.title_of(now.identity(order.asa.old_trustpoint))}"]
        for name in dict.fromkeys(names):
            if now.trustpoint(name) is not None:
                found.append(
                    f"trustpoint {name}: {_held(now.identity(name), 'certificate')}, {_held(now.ca(name), 'CA')}"
                )
        key = now.key(order.name)
        if key is not None:
            found.append(f"key {key.label}: {key.kind or 'unknown'} {key.bits or '?'} bits")
        return found


def _held(certificate: X509 | None, kind: str) -> str:
    return f"{kind} {title(certificate)}" if certificate is not None else f"no {kind}"


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
