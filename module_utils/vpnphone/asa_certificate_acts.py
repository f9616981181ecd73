"""What stages certificate and export do to one ASA, action by action: looked at first, done by its dialogue, proven.

What was typed before a connection was lost is found out the same way: the device is read.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from . import asa_reading
from .apply.judge import judge
from .apply.readback import Reading
from .apply.role import check_role, role_now
from .asa_wishes import Wanted
from .errors import ChangeRefused, VpnPhoneError
from .model import X509
from .model.renewal import Action, Journal
from .plan.names import shown as quoted
from .predict.identity import title
from .renewal import certificate as stage
from .renewal.certificate import Order
from .renewal.certificate_checks import Given
from .renewal.certificate_files import RenewalFiles
from .renewal.journal import note, open_journal, update
from .renewal.pem import Bag, base64_text, read_request
from .renewal.progress import Change
from .renewal.stages import command
from .renewal.standing import Standing, same_key_as
from .renewal.store import note_of
from .transport.asa_dialogue import REPLACE_KEY, DialogueSession
from .x509 import read_pem


class ManualStep(VpnPhoneError):
    """A person has to do this step; it is looked for when the stage runs again."""

    code = "manual_step"


class NotProven(VpnPhoneError):
    """The device took a command, and read again it does not show what the command was to make."""

    code = "readback_differs"


class Acts:
    """One ASA, as it was looked at last, and the actions of its plans."""

    def __init__(self, session: DialogueSession, name: str, directory: Path, wanted: Wanted, *, by: str) -> None:
        self._session, self._name, self._directory, self._wanted, self._by = session, name, directory, wanted, by
        self._files = RenewalFiles(directory, name)
        # By SHA-1: what actions are about.
        self._certificates: dict[str, X509] = {}
        self._bag: Bag | None = None
        # Set by the first look.
        self._reading: Reading
        self._now: Standing
        self._order: Order

    def _again(self) -> Standing:
        self._now = asa_reading.again(self._session, self._name, self._now)
        return self._now

    # --- doing ------------------------------------------------------------------------------------------------------

    def intent(self, action: Action) -> Change | None:
        """What the action makes is ours from now on: a killed controller must find it for the way back."""
        name, kind = self._order.name, action.id.partition(":")[0]
        made = {
            stage.KEY: (f"key:{name}",),
            stage.TRUSTPOINT: (f"trustpoint:{name}",),
            "pkcs12": (f"trustpoint:{name}", f"key:{name}"),
            "chain": (f"trustpoint:{_named(action)}",),
        }.get(kind, ())
        return (lambda journal: with_made(journal, self._name, made)) if made else None

    def do(self, action: Action) -> None:
        kind, _, rest = action.id.partition(":")
        failover = self._reading.state.failover
        if failover is not None and failover.enabled:
            # The prompt need not tell a failover, so the unit is asked before each action.
            check_role(role_now(self._session), self._name)
        acts: dict[str, Callable[[Action, str], None]] = {
            stage.KEY: self._key if not rest else self._zeroize,
            stage.TRUSTPOINT: self._block if not rest else self._remove,
            stage.CSR: self._request,
            stage.SELF_SIGNED: self._sign_itself,
            "ca": self._authority,
            "chain": self._authority,
            stage.WAIT: self._import if rest else self._wait,
            "pkcs12": self._import_bag,
            stage.SAVE: self._save,
            stage.EXPORT: self._export,
        }
        acts[kind](action, rest)

    def _key(self, action: Action, _rest: str) -> None:
        said = self._session.make_key(action.commands[0])
        key = self._again().key(self._order.name)
        if key is None or not stage.is_wanted(self._order, key):
            raise self._not_proven(f"no key {self._order.name} of that kind is there", action)
        if said.was_asked(REPLACE_KEY):
            self._note(f"the key {self._order.name} was there already, and was not replaced")

    def _block(self, action: Action, _rest: str) -> None:
        self._type_block(action.commands)
        found = self._again().trustpoint(self._order.name)
        lost = [first for first, rest in self._order.lines if found is None or _lacks(found.values, first, rest)]
        if lost:
            raise self._not_proven(f"trustpoint {self._order.name} lacks {', '.join(lost)}", action)

    def _type_block(self, commands: Sequence[str]) -> None:
        """A header and the lines below it."""
        for line in commands[1:]:
            verdict = judge(self._session.configure((commands[0],), line.strip()))
            if verdict.refusal is not None:
                raise VpnPhoneError(
                    f"the device refused `{line.strip()}` below `{commands[0]}`: {quoted(verdict.refusal)}.",
                    where=self._name,
                    todo="Type it by hand to see what the device wants; correct vpnphone_new_certificate.",
                    code="command_refused",
                )

    def _request(self, action: Action, _rest: str) -> None:
        pem = self._session.request(action.commands[0])
        try:
            found = read_request(pem)
        except ValueError as error:
            raise self._not_proven(f"what it printed is no request that can be read ({error})", action) from error
        key = self._again().key(self._order.name)
        if key is not None and key.spki is not None and key.spki != found.spki:
            raise self._not_proven(f"the request has another key than {self._order.name}", action)
        update(self._directory, lambda journal: with_asa(journal, self._name, csr=pem), by=self._by)
        self._files.lay_out(".csr", pem)

    def _sign_itself(self, action: Action, _rest: str) -> None:
        self._session.sign_itself(action.commands[0])
        made = self._again().identity(self._order.name)
        if made is None or not made.self_issued:
            raise self._not_proven(f"trustpoint {self._order.name} holds no certificate of its own", action)
        # The wish was checked before; what came of it is the ASA's own doing.
        self._wanted.checked(open_journal(self._directory), self._reading.state, Given(made), (), spki=None)

    def _authority(self, action: Action, sha1: str) -> None:
        wanted, name = self._certificates[sha1], _named(action)
        there = self._again().ca(name)
        if there is not None and there.sha1 == sha1:
            return
        if action.id.startswith(stage.CHAIN):
            if self._now.has_ca(wanted):
                return
            self._type_block(action.commands[:-1])
        self._session.authenticate(action.commands[-1], note_of(wanted).pem, base64.b64decode(wanted.der))
        there = self._again().ca(name)
        if there is None or there.sha1 != sha1:
            raise self._not_proven(f"trustpoint {name} does not hold the CA {title(wanted)}", action)

    def _import(self, action: Action, sha1: str) -> None:
        wanted = self._certificates[sha1]
        if not self._holds(sha1):
            self._session.import_certificate(action.commands[0], note_of(wanted).pem)
            self._again()
        self._need(wanted, action)

    def _import_bag(self, action: Action, sha1: str) -> None:
        wanted = self._certificates[sha1]
        if not self._holds(sha1) and self._bag is not None:
            before = {one.name for one in self._now.trustpoints}
            self._note("the passphrase of the PKCS12 file is typed as a word of a command now; the ASA's accounting may"
                       " keep it: it is good for this once only")  # fmt: skip
            self._session.import_pkcs12(
                stage.pkcs12_command(self._order), self._wanted.passphrase, base64_text(self._bag.data)
            )
            self._again()
            # Some releases make trustpoints of their own for the rest of the chain [K].
            more = [
                one.name for one in self._now.trustpoints if one.name not in before and one.name != self._order.name
            ]
            update(
                self._directory,
                lambda journal: with_made(journal, self._name, [f"trustpoint:{one}" for one in more]),
                by=self._by,
            )
        self._need(wanted, action)

    def _holds(self, sha1: str) -> bool:
        there = self._again().identity(self._order.name)
        return there is not None and there.sha1 == sha1

    def _need(self, wanted: X509, action: Action) -> None:
        there = self._now.identity(self._order.name)
        if there is None or there.sha256 != wanted.sha256:
            held = title(there) if there is not None else "no certificate"
            raise self._not_proven(f"trustpoint {self._order.name} holds {held}, not {title(wanted)}", action)
        if same_key_as(self._now.key(self._order.name), there) is False:
            raise self._not_proven(f"the key {self._order.name} is not that of {title(wanted)}", action)

    def _wait(self, _action: Action, _rest: str) -> None:
        journal = open_journal(self._directory)
        raise ManualStep(
            f"the request {self._files.request} is to be signed by your CA.",
            where=self._name,
            todo=f"Have it signed, with DNS:{' and DNS:'.join(self._wanted.hosts(journal)) or '(the URL host)'} in the"
            f" subjectAltName. Put the certificate into {self._files.certificate} and every CA above it behind it, or"
            f" into {self._files.chain} (or name them: vpnphone_certificate_file, vpnphone_chain_files). Then"
            f" {command(journal, 'certificate')}",
        )

    def _save(self, _action: Action, _rest: str) -> None:
        answer = self._session.save()
        if "[OK]" not in answer:
            raise VpnPhoneError(
                f"`write memory` did not say [OK]: {quoted(answer.strip())}.",
                where=self._name,
                todo="Look at the flash (`dir disk0:/`), save by hand, then run again.",
                code="not_saved",
            )

    def _export(self, action: Action, _rest: str) -> None:
        journal = open_journal(self._directory)
        imported = journal.asas[self._name].new
        try:
            found = read_pem(self._session.export(action.commands[0]))
        except ValueError as error:
            raise self._not_proven(f"what it printed is no certificate ({error})", action) from error
        if imported is None or found.sha256 != imported.sha256:
            raise ChangeRefused(
                f"the ASA exports {title(found)}, which is not what was imported.",
                where=self._name,
                todo="Find out who changed it; then roll stage certificate back and run it again.",
                code="export_differs",
            )
        self._files.lay_out("-exported.pem", note_of(found).pem)

    # --- taking back ------------------------------------------------------------------------------------------------

    def _remove(self, action: Action, name: str) -> None:
        if self._again().trustpoint(name) is None:
            return
        self._session.remove_trustpoint(action.commands[0])
        if self._again().trustpoint(name) is not None:
            raise self._not_proven(f"trustpoint {name} is still there", action)

    def _zeroize(self, action: Action, label: str) -> None:
        if self._again().key(label) is None:
            return
        self._session.remove_key(action.commands[0])
        if self._again().key(label) is not None:
            raise self._not_proven(f"the key {label} is still there", action)

    def _note(self, what: str) -> None:
        note(self._directory, "certificate", self._name, what, self._by)

    def _not_proven(self, what: str, action: Action) -> NotProven:
        return NotProven(
            f"`{action.commands[-1]}` was taken, and read again {what}.",
            where=self._name,
            todo="Look at `show crypto ca certificates` and `show running-config crypto ca`; then run again.",
        )


def _named(action: Action) -> str:
    """The trustpoint that `crypto ca authenticate NAME` names."""
    return action.commands[-1].rpartition(" ")[2]


def _lacks(values: Mapping[str, str], first: str, rest: str) -> bool:
    # A device may leave out `fqdn none` where it prints no default [K].
    return first not in values and (first, rest) != ("fqdn", "none")


def with_asa(journal: Journal, name: str, **changes: Any) -> Journal:
    asa = msgspec.structs.replace(journal.asas[name], **changes)
    return msgspec.structs.replace(journal, asas=journal.asas | {name: asa})


def with_made(journal: Journal, name: str, made: Iterable[str]) -> Journal:
    known = journal.asas[name].made
    return with_asa(journal, name, made=tuple(dict.fromkeys((*known, *made))))
