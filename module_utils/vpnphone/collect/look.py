"""What is asked of an ASA before a collection, and again behind it. Reads only."""

from __future__ import annotations

from typing import NamedTuple

from ..apply.role import check_place, check_role, role_of
from ..commands import BY_SECTION
from ..errors import ChangeRefused, DeviceRefused
from ..gather import FULL_PRIVILEGE, Session
from ..model import AsaState, SessionSummary
from ..parse.result import Unreadable
from ..parse.state import Answer, build_state
from ..refusal import refusal_of
from .settings import Present, Settings, logging_lines, parse_debugs, parse_settings

SETTINGS = "show running-config logging"
SAVED = "show startup-config | include ^logging"
DEBUGS = "show debug"
# From this release on it is `anyconnect`, before `svc`.
_ANYCONNECT = (8, 4)
_SECTIONS = ("version", "mode", "failover", "session_summary")


class Look(NamedTuple):
    """paired: there is a failover mate, so the unit is asked for its role before each command."""

    present: Present
    paired: bool


def look(session: Session, device: str, context: str) -> Look:
    """Read, and whether it may be changed at all. ChangeRefused: context_..., standby_unit, role_unsure, state_unknown;
    DeviceRefused state_unknown where the account may not see what it would have to put back.
    """
    if session.privilege is None or session.privilege < FULL_PRIVILEGE:
        told = "is not told" if session.privilege is None else f"is {session.privilege}"
        raise DeviceRefused(
            f"the account's privilege level {told}: lines of the logging configuration may be hidden from it.",
            where=device,
            todo="An account of privilege 15 is needed, that what stood before can be put back.",
            code="state_unknown",
        )
    state = _state(session, device)
    check_place(state, context, device)
    check_role(role_of(state.failover), device)
    settings = read_settings(session, device)
    debugs, untold = read_debugs(session)
    sessions, none_now = _sessions(state.session_summary)
    release = state.version.release if state.version is not None else None
    return Look(
        Present(
            settings=settings,
            debugs=debugs,
            untold=untold,
            sessions=sessions,
            none_now=none_now,
            saved=read_saved(session),
            svc=release is not None and release[:2] < _ANYCONNECT,
        ),
        paired=state.failover is not None and state.failover.enabled,
    )


def _state(session: Session, device: str) -> AsaState:
    answers: dict[str, Answer] = {}
    for section in _SECTIONS:
        command = BY_SECTION[section].text
        text = session.run(command)
        refusal = refusal_of(text)
        status: Answer = Answer(command, "ok", text) if refusal is None else Answer(command, "refused", "", refusal)
        answers[section] = status
    return build_state(device, "live", answers, None)


def read_settings(session: Session, device: str) -> Settings:
    """DeviceRefused or ChangeRefused with code state_unknown."""
    answer = session.run(SETTINGS)
    refusal = refusal_of(answer)
    if refusal is not None:
        raise DeviceRefused(
            f"the device refused `{SETTINGS}`: {refusal}.",
            where=device,
            todo="Allow it to the account: what stands there must be put back.",
            code="state_unknown",
        )
    try:
        return parse_settings(answer)
    except Unreadable as error:
        raise ChangeRefused(
            f"the logging configuration was not understood: {error}.",
            where=device,
            todo="Set logging by hand (F-060), and put it back by hand.",
            code="state_unknown",
        ) from error


def read_debugs(session: Session) -> tuple[tuple[str, ...] | None, str]:
    """What is being debugged; None and why it is not known."""
    answer = session.run(DEBUGS)
    refusal = refusal_of(answer)
    if refusal is not None:
        return None, f"the device refused `{DEBUGS}` ({refusal})"
    try:
        return parse_debugs(answer), ""
    except Unreadable as error:
        return None, f"of `{DEBUGS}` {error}"


def read_saved(session: Session) -> tuple[str, ...] | None:
    """The logging lines of the startup configuration; None where they cannot be seen."""
    answer = session.run(SAVED)
    if refusal_of(answer) is not None:
        return None
    try:
        return logging_lines(answer)
    except Unreadable:
        return None


def _sessions(summary: SessionSummary | None) -> tuple[int | None, bool]:
    """How many clients the debug may have to tell of, by the peak too: of a site that is down nobody is connected."""
    if summary is None:
        return None, False
    now = [count for count in (summary.active, summary.total_active) if count is not None]
    peaks = [count for count in (summary.peak, summary.total_peak) if count is not None]
    if not now:
        return None, False
    return max(*now, *peaks, 0), max(now) == 0 and not peaks
