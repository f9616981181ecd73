"""show vpn-sessiondb summary and show vpn-sessiondb anyconnect (svc before 8.4) to the model.

A user name is whatever a client typed: it may hold blanks, colons and the text of other fields.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..model import Session, SessionSummary
from .answer import MAX_ANSWER_LINE, answer_lines, shown, understood
from .blocks import Line
from .engine import Template
from .result import Parsed, Unreadable

_NONE_ACTIVE = re.compile(r"INFO: There are presently no active sessions", re.IGNORECASE)

# --- summary --------------------------------------------------------------------------------------------------------

_ROWS = Template("""<group>
{{ n | DIGIT }}| {{ name | ORPHRASE | _start_ }} : {{ a | DIGIT }} : {{ b | DIGIT }} : {{ c | DIGIT }} : {{ d | DIGIT }}
{{ n | DIGIT }}| {{ name | ORPHRASE | _start_ }} : {{ a | DIGIT }} : {{ b | DIGIT }} : {{ c | DIGIT }}
{{ n | DIGIT }}| {{ name | ORPHRASE | _start_ }} : {{ a | DIGIT }} : {{ b | DIGIT }}
{{ n | DIGIT }}| Total Active and Inactive : {{ total | DIGIT | _start_ }} Total Cumulative : {{ cumulative | DIGIT }}
{{ n | DIGIT }}| Total Active : {{ total | DIGIT | _start_ }} Total Cumulative : {{ cumulative | DIGIT }}
</group>""")

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
    table, columns = _session_table(lines)
    rows: dict[str, dict[str, int]] = {}
    total: int | None = None
    matched: set[int] = set()
    for line, row in understood(_ROWS, table):
        matched.add(line.number)
        if "total" in row:
            total = _count(row["total"]) if total is None else total
            continue
        counts = [_count(row[cell]) for cell in "abcd" if cell in row]
        named = {column: count for column, count in zip(columns, counts, strict=False) if count is not None}
        rows.setdefault(row["name"].lower(), named)
    client = next((rows[name] for name in _CLIENT_ROWS if name in rows), {})
    totals = rows.get("totals", {})
    if not rows and total is None:
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


def _session_table(lines: list[Line]) -> tuple[list[Line], tuple[str, ...]]:
    """The lines from the heading of the session table to the next table, colons set apart; its columns."""
    table: list[Line] = []
    columns = _COLUMNS
    for line in lines:
        if _HEADING.match(line.text):
            table.clear()
        elif _OTHER_TABLE.match(line.text):
            # What was read is kept only where it was the table of sessions.
            if table:
                break
        elif set(line.text) <= set("-=: \t"):
            continue
        else:
            cells = tuple(cell.strip().lower().split(" ")[0] for cell in line.text[:MAX_ANSWER_LINE].split(":"))
            if cells[0] == "active" and len(cells) > 1:
                columns = cells
            else:
                table.append(Line(line.number, line.text.replace(":", " : ")))
    return table, columns


def _count(digits: str) -> int | None:
    return int(digits) if len(digits) <= 9 else None


# --- sessions -------------------------------------------------------------------------------------------------------


class _Pair(NamedTuple):
    """Which key may stand right of a left key."""

    left: str
    right: tuple[str, ...]


# Only these hold two fields that are read. A user name's line can hold no second field but its index.
_PAIRS = {
    "username": ("Index",),
    "index": ("Assigned IP", "IP Addr", "Public IP"),
    "assigned ip": ("Public IP",),
    "protocol": ("License", "Encryption"),
    "group policy": ("Tunnel Group",),
    "client os": ("Client Type", "Client Ver"),
    "client type": ("Client Ver",),
}
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9/.() -]{0,24}?) *:(?: (.*))?")
_INDEX = re.compile(r"[0-9]{1,9}")
