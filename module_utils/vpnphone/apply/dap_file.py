"""The change of dap.xml on the device's flash: put beside it, compared, copied over it, activated; and back."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from ..errors import VpnPhoneError
from ..model import DapFile, Plan, Sent
from ..plan.dap_manual import ACTIVATE, file_by_hand
from ..refusal import refusal_of
from .backup import backup_name, copy
from .readback import Reading
from .send import ChangingSession, CommandRefused, Sender

_OTHERS = "Somebody else may be at work on it. Run with --check, look at the new plan, and run again."
_ROOM = "Look at the room on the flash (`dir disk0:/`), then run again."
_SCOPY = re.compile(r"^ssh scopy enable\s*$", re.MULTILINE)


def without_upload(plan: Plan, reading: Reading) -> Plan:
    """The plan, with the file left to a person where the device takes none by SCP. Its hash is to be made anew."""
    if plan.dap_file is None or _SCOPY.search(reading.running):
        return plan
    why = "`ssh scopy enable` does not stand in the configuration, and no other way of upload is used"
    manual = file_by_hand(reading.state, plan.dap_file, why)
    return replace(plan, dap_file=None, withheld_file=plan.dap_file, manual=(*plan.manual, manual))


def put(session: ChangingSession, sender: Sender, plan: Plan, file: DapFile, before: str | None) -> None:
    """Change the file, which was `before` (None: absent). CommandRefused: it is not as it was, or as it must be."""
    _compare(session, sender, file.path, before, "is no longer what the plan was made from", _OTHERS)
    name = backup_name(plan, "new-dap.xml")
    try:
        sender.send(f"scp {name}", lambda: _upload(session, sender, name, file.text), purpose="file")
        _compare(session, sender, name, file.text, "came to the flash other than it was sent", _ROOM)
        copy(session, sender, name, file.path, "file")
        # [K] In which modes it is known; in configuration mode it is.
        sender.send(ACTIVATE, lambda: session.configure((), ACTIVATE), purpose="file")
        session.end_configuration()
        _compare(session, sender, file.path, file.text, "is not what was copied there", _ROOM)
    except CommandRefused:
        session.end_configuration()
        if _text(session, name) is not None:
            _remove(session, sender, name)
        raise
    _remove(session, sender, name)


def _remove(session: ChangingSession, sender: Sender, name: str) -> None:
    try:
        sender.send(f"delete /noconfirm {name}", lambda: session.delete(name), purpose="file")
    except CommandRefused as error:
        sender.warnings.append(f"{name} stays on the flash: {error.what}")


def left_behind(sent: Iterable[Sent]) -> tuple[str, ...]:
    """Uploads that a session which was lost may have left on the flash."""
    found: dict[str, None] = {}
    for item in sent:
        verb, _, name = item.command.rpartition(" ")
        if verb == "scp" and item.verdict != "refused":
            found[name] = None
        elif verb == "delete /noconfirm" and item.verdict != "doubtful":
            # A refusal was told where it came.
            found.pop(name, None)
    return tuple(found)


def in_force(sent: Iterable[Sent], file: DapFile) -> bool:
    """The new selection was activated, or may have been, and the old one was not brought back into force since.

    No command shows which one is. Without an old file there is none to bring back: restore() warns of that.
    """
    found = False
    for item in sent:
        if item.command == ACTIVATE:
            found = item.verdict != "refused" if item.purpose == "file" else found and item.verdict != "accepted"
    return found and bool(file.before_sha256)


def look_at_mate(session: ChangingSession, sender: Sender, file: DapFile) -> None:
    """Warn where the mate of a failover pair has another file, or does not tell: a file may be a unit's own [K]."""
    answer = session.run(f"failover exec mate more {file.path}")
    if refusal_of(answer) is not None or not same_file(answer, file.text):
        sender.warnings.append(
            f"the mate of this unit does not show the new {file.path}: after a failover phones would meet the old one. "
            f"Look at it with `failover exec mate more {file.path}`, and put it there too."
        )


def restore(session: ChangingSession, sender: Sender, plan: Plan, file: DapFile) -> None:
    """Bring back the file as it was, from its backup on the flash; delete it where there was none."""
    if file.before_sha256:
        copy(session, sender, backup_name(plan, "dap.xml"), file.path, "rollback")
    else:
        sender.send(f"delete /noconfirm {file.path}", lambda: session.delete(file.path), purpose="rollback")
    try:
        sender.send(ACTIVATE, lambda: session.configure((), ACTIVATE), purpose="rollback")
    except CommandRefused as error:
        if file.before_sha256:
            raise
        # [K] Without a file there may be nothing to activate. The record that it selects is undone with its own lines.
        sender.warnings.append(f"the selection of the deleted {file.path} may be in force up to a reload: {error.what}")


def undo_lines(plan: Plan, file: DapFile) -> list[str]:
    """restore(), as a person types it."""
    back = f"copy /noconfirm {backup_name(plan, 'dap.xml')} {file.path}"
    return [back if file.before_sha256 else f"delete /noconfirm {file.path}", "configure terminal", ACTIVATE]


def same_file(one: str | None, other: str | None) -> bool:
    """Two texts of `more` (None: no such file). A terminal does not tell kinds of line ends, nor the last one."""
    if one is None or other is None:
        return one is other
    return _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return text.replace("\r\n", "\n").rstrip("\n")


def _upload(session: ChangingSession, sender: Sender, name: str, text: str) -> str:
    try:
        session.put_file(name, text.encode())
    except VpnPhoneError as error:
        # It goes over a connection of its own: this session is whole.
        raise CommandRefused(error.what, where=sender.device, todo=error.todo, code=error.code) from error
    return ""


def _text(session: ChangingSession, path: str) -> str | None:
    answer = session.run(f"more {path}")
    return None if refusal_of(answer) is not None else answer


def _compare(session: ChangingSession, sender: Sender, path: str, wanted: str | None, what: str, todo: str) -> None:
    if not same_file(_text(session, path), wanted):
        raise CommandRefused(
            f"{path} {what}.",
            where=sender.device,
            todo=todo,
            code="dap_file_differs",
        )
