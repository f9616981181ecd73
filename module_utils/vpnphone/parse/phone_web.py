"""A phone's own web pages to the model: status messages, network settings, names of console logs, the time of day.

Two families of pages hold the same in other markup, and each firmware has its own tables. So a page is cut into rows of
cells, whatever its markup, and a row is taken by its own form. Not with html.parser: of a hostile page of 64 KiB
(`<a <a <a ...`) it makes minutes of work, on the Pythons that are in use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from html import unescape
from typing import NamedTuple

from ..model import StatusMessage
from .answer import shown
from .result import Unreadable
from .sections import word_set

# A real page has some 10^4 characters; its lists end far below these.
MAX_PAGE = 256 * 1024
MAX_MESSAGES = 200
MAX_SETTINGS = 200
MAX_LOGS = 50
MAX_CELL = 300

_TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9]{0,15})(?P<rest>[^<>]{0,400})>|<[!?/][^<>]{0,400}>?")
_HREF = re.compile(r"(?i)\bhref\s{0,5}=\s{0,5}[\"']?([^\"'\s<>]{1,300})")
# Where one of these begins or ends, so does a row; in between, a cell.
_ROW_TAGS = word_set("tr br p div li ul ol table hr h1 h2 h3 h4 h5 h6 body title pre form option dt")
_CELL_TAGS = word_set("td th dd")
_HIDDEN_TAGS = word_set("script style")
_PHONE_NAME = re.compile(r"(?i)\bSEP[0-9A-F]{12}\b")
_MAC_ROW = re.compile(r"(?i)MAC Address:? [0-9A-F]{12}")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


class Row(NamedTuple):
    """The texts of a row's cells, empty ones left out, and where its links lead."""

    cells: tuple[str, ...]
    links: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.cells)


def page_text(body: bytes) -> str:
    """Pages say seldom what they are written in."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def rows_of(page: str) -> list[Row]:
    """The page, cut. Linear in its length. Unreadable where it is longer than any page of a phone."""
    if len(page) > MAX_PAGE:
        raise Unreadable(f"the page is longer than {MAX_PAGE // 1024} KiB")
    found: list[Row] = []
    cells: list[str] = []
    links: list[str] = []
    piece: list[str] = []
    hidden = ""

    def end_cell() -> None:
        text = _UNPRINTABLE.sub("", " ".join(unescape("".join(piece)[: 4 * MAX_CELL]).split()))[:MAX_CELL].strip()
        piece.clear()
        if text:
            cells.append(text)

    def end_row() -> None:
        end_cell()
        if cells or links:
            found.append(Row(tuple(cells), tuple(links)))
        cells.clear()
        links.clear()

    for text, tag in _pieces(_without_comments(page)):
        if not hidden:
            piece.append(text)
        if tag is None or tag["name"] is None:
            continue
        name = tag["name"].lower()
        if hidden:
            hidden = "" if tag["end"] and name == hidden else hidden
        elif name in _HIDDEN_TAGS and not tag["end"]:
            hidden = name
        elif name in _ROW_TAGS:
            end_row()
        elif name in _CELL_TAGS:
            end_cell()
        elif name == "a" and not tag["end"]:
            link = _HREF.search(tag["rest"])
            links.extend([unescape(link[1])] if link else [])
    end_row()
    return found


def _pieces(page: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """Each text, and the tag behind it."""
    at = 0
    for tag in _TAG.finditer(page):
        yield page[at : tag.start()], tag
        at = tag.end()
    yield page[at:], None


def _without_comments(page: str) -> str:
    kept: list[str] = []
    at = 0
    while (start := page.find("<!--", at)) >= 0:
        kept.append(page[at:start])
        end = page.find("-->", start + 4)
        at = end + 3 if end >= 0 else len(page)
    return "".join([*kept, page[at:]])


# --- status messages ------------------------------------------------------------------------------------------------

# `10:19:27 text` (24 hours) and `9:54:34p text` (12 hours, a or p).
_TIME = r"\[?(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})\s?(?P<half>[aApP])?(?:[mM]\b)?\]?"
_TIMED = re.compile(_TIME + r"\s+(?P<text>\S.*)")
_CLOCK = re.compile(_TIME)
# Messages as administration guides list them; without a time only these are told from the page's other rows.
_KNOWN = re.compile(
    r"(?i)(?:Trust List|No Trust List|CTL|ITL|TFTP|File (?:Auth|Not Found)|DNS|DHCP (?:Timeout|Released)|Duplicate IP|"
    r"Restart requested|Load (?:rejected|Auth|ID)|Version error|Error (?:Updating|Verif)|Checksum|No default|No DNS|"
    r"Configuration|Config file|Phone (?:reset|restart)|Unregistered|VPN|SEP[0-9A-F]{12}\.cnf\.xml)\b.*"
)


def parse_status_messages(page: str) -> tuple[StatusMessage, ...]:
    """The status messages, as listed. Unreadable where the page shows neither a message nor that it is that page."""
    return tuple(
        StatusMessage(text=timed["text"], seconds=_seconds(timed)) if timed else StatusMessage(text=line)
        for line, timed in _messages(page)
    )


def parse_status_lines(page: str) -> tuple[str, ...]:
    """The same as printed, time and all."""
    return tuple(line for line, _timed in _messages(page))


def _messages(page: str) -> list[tuple[str, re.Match[str] | None]]:
    found: list[tuple[str, re.Match[str] | None]] = []
    rows = rows_of(page)
    for row in rows:
        timed = _TIMED.fullmatch(row.text)
        if timed or (not row.links and _KNOWN.fullmatch(row.text)):
            found.append((row.text, timed))
    if not found and not _says(rows, "status messages"):
        raise _another_page("of status messages", rows)
    return found[:MAX_MESSAGES]


def timed_message(line: str) -> StatusMessage | None:
    """`10:19:27 Trust List Updated`, as a line of text; None where no time stands before it."""
    timed = _TIMED.fullmatch(line)
    return StatusMessage(text=timed["text"], seconds=_seconds(timed)) if timed else None


def _seconds(match: re.Match[str]) -> int | None:
    """Seconds since midnight; None for what is no time of day."""
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"])
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"].lower() == "p" else 0)
    return hour * 3600 + minute * 60 + second if hour < 24 and minute < 60 and second < 60 else None


# --- the others -----------------------------------------------------------------------------------------------------

# A folder may be missing; the name is what a file of ours may be called.
_LOG_PATH = re.compile(r"/FS/(?:[A-Za-z0-9][A-Za-z0-9._-]{0,79}/){0,5}[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_NETWORK = re.compile(r"(?i)(?:TFTP Server|DHCP Server|DHCP Enabled|IP(?:v4)? Address|Default Router|Alternate TFTP)\b")


def parse_network(page: str) -> dict[str, str]:
    """Label -> value of the network settings, as printed; of two rows with one label the first counts."""
    settings: dict[str, str] = {}
    rows = rows_of(page)
    for row in rows:
        if len(row.cells) == 2 and not row.links:
            settings.setdefault(row.cells[0].rstrip(": "), row.cells[1])
    if not any(_NETWORK.match(label) for label in settings):
        raise _another_page("of network settings", rows)
    return dict(list(settings.items())[:MAX_SETTINGS])


def parse_console_logs(page: str) -> tuple[str, ...]:
    """Names of the log files that the page links to (below /FS/), in its order."""
    return tuple(dict.fromkeys(path.rpartition("/")[2] for path in parse_console_links(page)))


def parse_console_links(page: str) -> tuple[str, ...]:
    """Paths of the log files that the page links to (`/FS/cache/log181`), in its order; of this phone, whatever host
    a link names. Unreadable where the page shows neither one nor that it is that page.
    """
    rows = rows_of(page)
    targets = [link.partition("?")[0] for row in rows for link in row.links if "/FS/" in link]
    paths = [target[target.index("/FS/") :] for target in targets]
    found = tuple(dict.fromkeys(path for path in paths if _LOG_PATH.fullmatch(path)))
    if not found and not _says(rows, "console logs"):
        raise _another_page("of console logs", rows)
    return found[:MAX_LOGS]


def parse_clock(page: str) -> int | None:
    """The row `Time` of the device information [K]: the clock that writes the status messages. Seconds of the day."""
    for row in rows_of(page):
        if len(row.cells) == 2 and row.cells[0].rstrip(": ").lower() == "time":
            match = _CLOCK.fullmatch(row.cells[1])
            return _seconds(match) if match else None
    return None


def parse_owner(page: str) -> str:
    """SEP<MAC> of the phone that its device information names; "" where it names none, or several."""
    rows = rows_of(page)
    names = {name.upper() for row in rows for name in _PHONE_NAME.findall(row.text)}
    if not names:
        cells = [row.cells for row in rows if len(row.cells) == 2]
        names = {f"SEP{value.upper()}" for label, value in cells if _MAC_ROW.fullmatch(f"{label} {value}")}
    return names.pop() if len(names) == 1 else ""


def header_clock(date: str) -> int | None:
    """Seconds of the day of an HTTP Date header; None for what is none."""
    try:
        moment = parsedate_to_datetime(date[:100])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def _says(rows: list[Row], title: str) -> bool:
    """A row is that title, and no link of a menu."""
    return any(row.text.lower() == title and not row.links for row in rows)


def _another_page(what: str, rows: list[Row]) -> Unreadable:
    first = next((row.text for row in rows if row.text), "")
    return Unreadable(f"this is no page {what}" + (f"; it begins with: {shown(first)}" if first else "; it is empty"))
