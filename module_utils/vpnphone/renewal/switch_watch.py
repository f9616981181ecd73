"""What happens to phones after the switch, from sessions and the log: who is lost, who says `unknown ca`. Pure.

Sessions that stand go on with the certificate they began with; who dials anew meets the new one (F-062, F-073).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from ..model import Session
from ..model.renewal import SessionNote
from ..parse.show_logging import LEVELS

SESSIONS, OLD_SESSIONS, LOG = "show vpn-sessiondb anyconnect", "show vpn-sessiondb svc", "show logging"
# So many lines together mark a place in the buffer: one alone may come again and again.
_MARK = 8
_ID = re.compile(r"%ASA-\d-(\d{6}):")
# [doc] `Device failed SSL handshake with client outside:203.0.113.112/5000`.
_CLIENT = re.compile(r"with (?:\w{1,16} ){0,3}client [^\s:]{1,64}:([0-9A-Fa-f.:]{2,45})/\d{1,5}")
_PHONE = re.compile("SEP[0-9A-F]{12}", re.IGNORECASE)
_LEVEL = re.compile(r"^\s*Buffer logging: level (\w{1,16})", re.MULTILINE)


# --- sessions -------------------------------------------------------------------------------------------------------


def sessions_command(release: tuple[int, ...] | None) -> str:
    """As this release spells it."""
    return OLD_SESSIONS if release is not None and release[:2] < (8, 4) else SESSIONS


def phones_sessions(sessions: Iterable[Session], groups: Collection[str]) -> tuple[Session, ...]:
    """Those in the phones' tunnel-groups."""
    wanted = {name.lower() for name in groups}
    return tuple(one for one in sessions if one.tunnel_group.lower() in wanted)


def noted(sessions: Iterable[Session]) -> tuple[SessionNote, ...]:
    return tuple(SessionNote(username=one.username, address=one.public_ip) for one in sessions)


def phone_of(username: str) -> str:
    """SEP... of a phone that logs in with its certificate (CP-7962G-SEP8CB64F576113); "" of any other user."""
    found = _PHONE.search(username)
    return found[0].upper() if found else ""


def called(username: str) -> str:
    """The phone, or the user where no phone is in the name."""
    return phone_of(username) or username


def lost(before: Iterable[SessionNote], now: Iterable[Session]) -> tuple[str, ...]:
    """Who had a session and has none: a newcomer does not stand in for him. As often as sessions are missing."""
    had = Counter(called(one.username) for one in before)
    return tuple(sorted((had - Counter(called(one.username) for one in now)).elements()))


# --- the log --------------------------------------------------------------------------------------------------------


def log_lines(text: str) -> list[str]:
    """The messages of the buffer, oldest first."""
    return [line.strip() for line in text.split("\n") if _ID.search(line)]


def log_mark(text: str) -> str:
    """Where the buffer ends now, to be found again: how many last lines, and their SHA-256; "" for an empty one."""
    lines = log_lines(text)[-_MARK:]
    return f"{len(lines)}:{_hash(lines)}" if lines else ""


def log_since(text: str, mark: str) -> list[str]:
    """The messages behind the mark; all of them where it has fallen out of the buffer."""
    lines = log_lines(text)
    count, _colon, wanted = mark.partition(":")
    size = int(count) if count.isdecimal() and len(count) < 3 else 0
    for end in range(size, len(lines) + 1) if size else ():
        if _hash(lines[end - size : end]) == wanted:
            return lines[end:]
    return lines


def _hash(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def alerts(lines: Iterable[str], addresses: Collection[str]) -> int:
    """Handshakes that failed at phones' addresses (725006), and `unknown ca` (725014) that no 725006 names a client of.

    725014 has no address; the 725006 that follows it is of the same handshake.
    """
    count = 0
    open_alert = False
    for line in lines:
        found = _ID.search(line)
        if found is None:
            continue
        if found[1] == "725014" and "unknown ca" in line.lower():
            count += open_alert
            open_alert = True
        elif found[1] == "725006":
            client = _CLIENT.search(line)
            if client is not None:
                count += client[1] in addresses
                open_alert = False
    return count + open_alert


def blind(text: str) -> str:
    """What `show logging` cannot tell as it is set; "" where it tells both messages."""
    if "Syslog logging: enabled" not in text:
        return "logging is off: failed handshakes of phones are not seen (`logging enable`, `logging buffered 7`)"
    found = _LEVEL.search(text)
    word = found[1].lower() if found else ""
    level = LEVELS.index(word) if word in LEVELS else -1
    if level < 6:
        return "the log buffer does not hold 725006: failed handshakes of phones are not seen (`logging buffered 7`)"
    if level < 7:
        return "the log buffer does not hold 725014: `unknown ca` is not seen, failed handshakes (725006) are"
    return ""


# --- the decision ---------------------------------------------------------------------------------------------------


class Limits(NamedTuple):
    """The most that is borne: sessions lost against before, and alerts since the new one was bound."""

    lost: int
    alerts: int


class Trouble(NamedTuple):
    """Why the old one is bound again."""

    code: str
    why: str


def too_much(gone: Sequence[str], alerted: int, limits: Limits) -> Trouble | None:
    """What is no longer borne; None where it may go on."""
    if len(gone) > limits.lost:
        names = ", ".join(gone[:10]) + (f" and {len(gone) - 10} more" if len(gone) > 10 else "")
        return Trouble(
            code="sessions_lost",
            why=f"Of phones' sessions {len(gone)} are lost, {limits.lost} would be borne: {names}.",
        )
    if alerted > limits.alerts:
        return Trouble(
            code="handshakes_fail",
            why=f"Of phones' handshakes {alerted} failed since the switch (725006, 725014 unknown ca),"
            f" {limits.alerts} would be borne.",
        )
    return None
