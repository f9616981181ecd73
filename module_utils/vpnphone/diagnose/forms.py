"""The grammars that log lines are written in: what stands before an ASA's message, a phone's record, a status message.

A header is matched from the start of the line only, and only the tag right behind it counts: what a user calls himself
may hold a tag, a time and a whole message.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?"
_ISO = rf"20[0-9]{{2}}-[0-9]{{2}}-[0-9]{{2}}[T \t]{_CLOCK}(?:Z|[+-][0-9]{{2}}:?[0-9]{{2}})?"
_BSD = rf"(?:{'|'.join(_MONTHS)}) {{1,2}}[0-9]{{1,2}} (?:20[0-9]{{2}} )?{_CLOCK}(?: 20[0-9]{{2}}(?![0-9]))?"
_TIME = rf"(?:{_ISO}|{_BSD})"
# A name, an address, `asa/context`.
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9_./-]|:(?=[0-9A-Fa-f:])){0,120}"
_PRIORITY = r"(?:<[0-9]{1,3}>)?"
# `%ASA-7-725010: `, of FTD, with an empty or named class (`%ASA--7-`, `%ASA-session-6-`).
_TAG = r"%(?P<product>ASA|FTD)-(?:(?:[a-z][a-z0-9]{0,15})?-)?(?P<level>[0-7])-(?P<number>[0-9]{6}): ?"
# Facility and level stand before the host in files of some servers (Kiwi) [K].
_SERVER = rf"(?P<server>{_TIME})\s(?:[A-Za-z0-9]{{1,12}}\.[A-Za-z]{{1,12}}\s)?(?P<host>{_HOST})(?: ?:)?\s"
# `Nov 24 2026 10:19:27 UTC: `, `Nov 24 2026 10:19:27 asa-1 : `
_OWN = rf":?(?P<own>{_TIME})(?: (?P<zone>[A-Z]{{2,5}})(?=:))?(?: (?P<id>{_HOST}))? ?: ?"
# Behind a server's header a name alone needs the blank before its colon: `sshd: ` is another program's.
_ID = rf"(?P<name>{_HOST}) : "
_HEAD = re.compile(rf"{_PRIORITY}(?:{_OWN}|(?:{_SERVER})?(?:{_ID})?){_TAG}")
_BOTH = re.compile(rf"{_PRIORITY}{_SERVER}{_OWN}{_TAG}")
_RFC5424 = re.compile(
    rf"{_PRIORITY}1 (?P<server>{_ISO}) (?P<host>{_HOST}|-) [!-~]{{1,48}} [!-~]{{1,128}} [!-~]{{1,32}}"
    rf" (?:-|\[[^\]]{{0,512}}\])?(?: -)? ?:? ?(?:{_OWN})?{_TAG}"
)
_A_CLOCK = re.compile(_CLOCK)
_A_YEAR = re.compile(r"(?<![0-9.,:])20[0-9]{2}(?![0-9])")
_A_DAY = re.compile("[A-Z][a-z]{2} {1,2}([0-9]{1,2})")
# What some other host or program wrote, in a server's file of many.
TIMED = re.compile(rf"{_PRIORITY}(?:1 )?{_TIME}\s")


class Head(NamedTuple):
    """What stands before an ASA's message. end: where the message begins. host: "" where no header names one."""

    form: str
    host: str
    at: datetime | None
    seconds: float | None
    level: str
    number: str
    end: int


def asa_head(line: str) -> Head | None:
    """The header and the tag that a line begins with; None for a line that begins otherwise."""
    if "%" not in line:
        return None
    match = _HEAD.match(line) or _BOTH.match(line) or _RFC5424.match(line)
    if match is None:
        return None
    found = match.groupdict()
    server, own = found.get("server"), found.get("own")
    host = found.get("id") or found.get("name") or found.get("host") or ""
    at, seconds = read_time(own or server or "")
    if own and at is None and server:
        # The ASA's own time without a year: the server's file knows that.
        year = _A_YEAR.search(server)
        at = read_time(f"{own} {year[0]}")[0] if year else None
    return Head(
        _form(match, server, own),
        "" if host == "-" else host,
        at,
        seconds,
        found["level"],
        found["number"],
        match.end(),
    )


def _form(match: re.Match[str], server: str | None, own: str | None) -> str:
    if match.re is _RFC5424:
        return "rfc5424"
    if server:
        return "iso 8601" if server[0] == "2" else "rfc3164"
    if own and own[0] == "2":
        return "iso 8601"
    return "rfc3164" if own and match["id"] and not _A_YEAR.search(own) else "stamped" if own else "unstamped"


@lru_cache(maxsize=4096)  # many lines share a second
def read_time(text: str) -> tuple[datetime | None, float | None]:
    """Date and time as printed, without the zone, and seconds since midnight; None for what is not there."""
    clock = _A_CLOCK.search(text)
    if clock is None:
        return None, None
    hour, minute, second = (int(clock[0][at : at + 2]) for at in (0, 3, 6))
    fraction = float(f"0.{clock[0][9:] or 0}")
    # 60: a leap second.
    if hour > 23 or minute > 59 or second > 60:
        return None, None
    seconds = hour * 3600 + minute * 60 + min(second, 59) + fraction
    if text[4:5] == "-":
        year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    else:
        years = _A_YEAR.search(text[: clock.start()]) or _A_YEAR.search(text[clock.end() :])
        days = _A_DAY.match(text)
        if years is None or days is None:
            return None, seconds
        year, month, day = int(years[0]), _MONTHS.index(text[:3]) + 1, int(days[1])
    try:
        microsecond = min(round(fraction * 1_000_000), 999_999)
        return datetime(year, month, day, hour, minute, min(second, 59), microsecond), seconds
    except ValueError:
        return None, seconds


# --- around an ASA's messages -----------------------------------------------------------------------------------------

# `asa-1/ctx/pri/act(config)# show logging`, as it stands above what was copied out of a terminal.
_PROMPT = re.compile(r"(?P<host>[A-Za-z0-9][A-Za-z0-9_./-]{0,80})(?:\([a-z0-9-]{1,40}\))?[#>](?: .{0,200})?")
_SETTINGS = re.compile(
    r" {1,8}(?:Facility|Device ID|(?:[A-Z][A-Za-z-]{1,20} ){1,3}logging): ?.{0,200}|\s{1,16}Logging to .{1,200}"
    r"|\s{1,20}(?:Global TCP syslog stats:.{0,80}|[A-Z_]{5,40}: [0-9].{0,100})"
)
_TITLE = re.compile(r"Syslog logging: (?:enabled|disabled).{0,100}")
_COMMAND = re.compile(r"(?:debug|undebug|show|sh|no debug|logging|terminal) .{1,100}|<snip>|\[?\.\.\.\]?|#.*")
_PAGER = re.compile(r"<--- More --->[\r \x08]{0,80}")
SHOW_LOGGING = "show logging"
# Of files that a server made of what came over the network: lines of one second may have overtaken each other.
RELAYED = frozenset({"rfc3164", "iso 8601", "rfc5424"})
# A second head in one file: which of the captures is the older one, nothing says.
AGAIN = "show logging again"


def is_own_order(forms: tuple[str, ...]) -> bool:
    """One buffer, from its head on: its lines stand as the ASA wrote them."""
    return forms[:1] == (SHOW_LOGGING,) and not {*RELAYED, AGAIN} & set(forms)


class Furniture(NamedTuple):
    """A line that belongs to what was copied, and is no message. host: what its prompt names."""

    form: str = ""
    host: str = ""


def furniture(line: str) -> Furniture | None:
    if _TITLE.fullmatch(line):
        return Furniture(SHOW_LOGGING)
    if _SETTINGS.fullmatch(line):
        return Furniture()
    if _COMMAND.fullmatch(line):
        return Furniture()
    prompt = _PROMPT.fullmatch(line)
    return Furniture(host=prompt["host"].partition("/")[0]) if prompt else None


def without_pager(line: str) -> str:
    return _PAGER.sub("", line) if "<---" in line else line


# --- a phone ----------------------------------------------------------------------------------------------------------

_RECORD = re.compile(
    r"(?P<number>[0-9]{1,10}): (?P<level>[A-Z]{3}) (?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{1,6})"
    r" (?P<process>[A-Za-z0-9_./-]{1,24}):(?: |$)"
)
# Records may go on in the middle of a line (F-016); there only an upper-case name and ` -` begin one.
_UNSTAMPED = re.compile(r"(?P<process>[A-Z][A-Z0-9_]{1,11}): ?(?:-|$)")
_INNER = re.compile(r"(?<=\s)[A-Z][A-Z0-9_]{1,11}:(?: ?-|\s*$)")


class Record(NamedTuple):
    """The head of a phone's record. end: where its text begins. open: the `-` before the text is yet to come."""

    number: str
    level: str
    seconds: float | None
    end: int
    open: bool = False


def phone_head(line: str) -> Record | None:
    match = _RECORD.match(line)
    if match is not None:
        return Record(match["number"], match["level"], read_time(match["time"])[1], match.end())
    match = _UNSTAMPED.match(line)
    return Record("", "", None, match.end(), not match[0].endswith("-")) if match else None


def inner_heads(line: str, at: int) -> list[int]:
    """Where further unstamped records begin in the middle of a line, behind that place."""
    return [match.start() for match in _INNER.finditer(line, at)]


# --- status messages --------------------------------------------------------------------------------------------------

_OWNER = re.compile(r"[^\n]{0,80}\(?\b(?P<phone>SEP[0-9A-Fa-f]{12})\)?")
# `[...](#)`: a page that was copied as Markdown.
_PAGE = re.compile(
    r"(?i)\[?(?:status messages|device logs|console logs|core dumps|debug display|device information|network "
    r"(?:configuration|setup|statistics)|ethernet information|access|streaming statistics|stream [0-9]|cisco"
    r"(?: systems.{0,20}| (?:unified )?ip phone.{0,80})?|/FS/.{1,80}|/?fsck.{1,40}|log[0-9]{1,9})(?:\]\(#\))?|#.*"
)


def page_head(line: str) -> str | None:
    """A title or a link of a phone's page, or a remark: the phone that it names, or "". None for any other line."""
    if _PAGE.fullmatch(line) is None:
        return None
    owner = _OWNER.fullmatch(line)
    return owner["phone"].upper() if owner else ""
