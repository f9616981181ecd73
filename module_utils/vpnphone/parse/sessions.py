"""show vpn-sessiondb summary and show vpn-sessiondb anyconnect (svc before 8.4) to the model.

A user name is whatever a client typed: it may hold blanks, colons and the text of other fields.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..model import Session, SessionSummary
from .answer import LABEL, MAX_ANSWER_LINE, answer_lines, shown, understood
from .blocks import Line
from .engine import forms
from .result import Parsed, Unreadable

_NONE_ACTIVE = re.compile(r"INFO: There are presently no active sessions", re.IGNORECASE)

# --- summary --------------------------------------------------------------------------------------------------------

# One template line takes rows of any length: of two that fit the same text, ttp does not say which one it takes.
_ROWS = forms(
    """
{{ name | LABEL }} : {{ counts | COUNTS }}
Total Active and Inactive : {{ total | DIGIT }} Total Cumulative : {{ cumulative | DIGIT }}
""",
    LABEL=LABEL,
    COUNTS="[0-9: ]+",
)

# The row of AnyConnect sessions by release, best first; the two Secure Client names are assumed [K].
_CLIENT_ROWS = ("anyconnect client", "secure client", "cisco secure client", "anyconnect", "ssl vpn")
_COLUMNS = ("active", "cumulative", "peak", "inactive")
# The table of sessions ends where another one begins; they repeat the names of its rows.
_OTHER_TABLE = re.compile(r"\s*(?:license information|tunnels(?: summary)?:?$|active nac sessions|ipv6 usage)", re.I)
_HEADING = re.compile(r"\s*(?:(?:active |vpn )*session summary|sessions:)", re.I)


def parse_session_summary(text: str) -> Parsed[SessionSummary]:
    """The AnyConnect row of the session table and its totals.

    9.x: row `AnyConnect Client`, total `Total Active and Inactive`. 8.x: row `SSL VPN`, which counts clientless
    users too: there each of them takes an SSL VPN peer of the licence as well. Columns are taken by their heading
    (`Active : Cumulative : Peak Concur : Inactive`), in that order where none is printed [K].
    """
    lines = answer_lines(text, "show vpn-sessiondb summary")
    if any(_NONE_ACTIVE.match(line.text.strip()) for line in lines):
        return Parsed(SessionSummary(active=0, total_active=0))
    table, columns, heading = _session_table(lines)
    rows: dict[str, dict[str, int]] = {}
    total: int | None = None
    matched: set[int] = set()
    for line, row in understood(_ROWS, table):
        matched.add(line.number)
        if "total" in row:
            total = _count(row["total"]) if total is None else total
            continue
        counts = [_count(cell.strip()) for cell in row["counts"].split(":")]
        named = {column: count for column, count in zip(columns, counts, strict=False) if count is not None}
        if len(counts) > 1:
            rows.setdefault(row["name"].lower(), named)
    client = next((rows[name] for name in _CLIENT_ROWS if name in rows), {})
    totals = rows.get("totals", {})
    if not (client or total is not None or (heading and rows)):
        raise Unreadable("`show vpn-sessiondb summary` has no table of sessions")
    value = SessionSummary(
        active=client.get("active"),
        peak=client.get("peak"),
        cumulative=client.get("cumulative"),
        total_active=totals.get("active") if total is None else total,
        total_peak=totals.get("peak"),
    )
    wanted = (*_CLIENT_ROWS, "total")
    missed = (line for line in table if line.number not in matched and line.text.strip().lower().startswith(wanted))
    return Parsed(value, tuple(missed))


def _session_table(lines: list[Line]) -> tuple[list[Line], tuple[str, ...], bool]:
    """The lines of the session table, colons set apart; its columns; whether its heading was seen."""
    table: list[Line] = []
    columns: tuple[str, ...] = _COLUMNS
    heading = False
    reading = True
    for line in lines:
        cells = tuple(cell.strip().lower().split(" ")[0] for cell in line.text[:MAX_ANSWER_LINE].split(":"))
        if _HEADING.match(line.text):
            table.clear()
            heading = reading = True
        elif _OTHER_TABLE.match(line.text):
            if heading:
                break
            reading = False
        elif cells[0] == "active" and len(cells) > 1:
            columns = cells if reading else columns
        elif reading and not set(line.text) <= set("-=: \t"):
            table.append(Line(line.number, line.text.replace(":", " : ")))
    return table, columns, heading


def _count(digits: str) -> int | None:
    return int(digits) if re.fullmatch("[0-9]{1,9}", digits) else None


# --- sessions -------------------------------------------------------------------------------------------------------


# Left keys whose line may hold a second field that is read; behind a user name that is its index and nothing else.
_PAIRS: dict[str, tuple[str, ...]] = {
    "username": ("Index",),
    "index": ("Assigned IP", "Public IP"),
    "assigned ip": ("Public IP",),
    "protocol": ("License", "Encryption"),
    "group policy": ("Tunnel Group",),
    "client os": ("Client Type", "Client Ver"),
    "client type": ("Client Ver",),
}
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9/.() -]{0,24}?) *:")
_INDEX = re.compile(r"[0-9]{1,9}")
# Widest gap between a key and its colon.
_KEY_WIDTH = 16


class _Block(NamedTuple):
    """Fields by lower-case key, and the keys that came twice at the block's own depth."""

    fields: dict[str, str]
    contested: set[str]


def parse_sessions(text: str) -> Parsed[tuple[Session, ...]]:
    """Blocks that open with `Username     :`, two fields a line; () where the device says that there is none.

    A field is believed only where the device prints it: its key at the start of a line, or as the last one on the
    line of its fixed neighbour. A key that comes twice in one session is believed neither time: the field stays
    empty and the line is reported.
    """
    # Two fields a line with free text in the left one: a template would take the first look-alike, so linear code.
    lines = answer_lines(text, "show vpn-sessiondb anyconnect")
    keys = [_key(line) for line in lines]
    base = next((line.indent for line, key in zip(lines, keys, strict=True) if key == "username"), None)
    if base is None:
        if any(_NONE_ACTIVE.match(line.text.strip()) for line in lines):
            return Parsed(())
        raise Unreadable(f"`show vpn-sessiondb` has no session block: {shown(lines[0].text) if lines else 'no text'}")
    blocks: list[_Block] = []
    unparsed: list[Line] = []
    for at, (line, key) in enumerate(zip(lines, keys, strict=True)):
        following = keys[at + 1] if at + 1 < len(lines) else ""
        if key == "username" and line.indent == base:
            blocks.append(_Block({}, set()))
        elif not key:
            unparsed.append(line)
            continue
        elif not blocks:
            continue  # `Session Type: AnyConnect`
        block = blocks[-1]
        for name, value in _fields(line, key, following):
            if line.indent > base:
                # Tunnels of the `detail` form repeat keys of their session; only the client is told there alone.
                if name.startswith("client"):
                    block.fields.setdefault(name, value)
            elif name in block.fields:
                block.contested.add(name)
                unparsed.append(line)
            else:
                block.fields[name] = value
        if key == "username" and following != "index" and "index" not in block.fields:
            unparsed.append(line)
    return Parsed(tuple(_session(block) for block in blocks), tuple(unparsed))


def _key(line: Line) -> str:
    found = _KEY.match(line.text.lstrip()[: _KEY_WIDTH * 2])
    return found[1].lower() if found else ""


def _fields(line: Line, key: str, following: str) -> list[tuple[str, str]]:
    """One or two fields of a line. A right key that opens the next line is not looked for in this one."""
    value = line.text.partition(":")[2]
    for right in _PAIRS.get(key, ()):
        if right.lower() == following:
            continue
        cut = _last_key(value, right)
        if cut is None:
            continue
        second = value[cut:].partition(":")[2].strip()
        if right != "Index" or _INDEX.fullmatch(second):
            return [(key, value[:cut].strip()), (right.lower(), second)]
    return [(key, value.strip())]


def _last_key(text: str, key: str) -> int | None:
    """Where ` <key>   :` stands last: what comes before it is the free text of the left field."""
    at = text.rfind(key)
    while at > 0:
        end = at + len(key)
        if text[at - 1].isspace() and text[end : end + _KEY_WIDTH].lstrip().startswith(":"):
            return at
        at = text.rfind(key, 0, at)
    return None


def _session(block: _Block) -> Session:
    fields = {name: value for name, value in block.fields.items() if name not in block.contested}
    index = fields.get("index", "")
    return Session(
        username=fields.get("username", ""),
        index=int(index) if _INDEX.fullmatch(index) else None,
        assigned_ip=fields.get("assigned ip", "") or fields.get("assigned ipv6", ""),
        public_ip=fields.get("public ip", ""),
        protocol=fields.get("protocol", ""),
        group_policy=fields.get("group policy", ""),
        tunnel_group=fields.get("tunnel group", ""),
        client=fields.get("client ver", "") or fields.get("client type", ""),
    )
