"""show version, show mode, show context, show clock, show failover to the model.

Forms seen on devices, and those only assumed ([K]), are named at each parser; sources: ASA command reference and
Cisco document 116162 ("Confirm VPN Phone License on ASA").
"""

from __future__ import annotations

import re
from typing import Literal

from ..model import Clock, Failover, License, VersionInfo
from .answer import LABEL, answer_lines, shown, understood
from .blocks import Line
from .engine import forms
from .result import Parsed, Unreadable
from .times import read_stamp

# --- show version ---------------------------------------------------------------------------------------------------

_VERSION = forms("""
Cisco {{ family }} Security Appliance Software Version {{ text }}
Cisco {{ family }} Security Appliance Software Version {{ text }} {{ context }}
{{ hostname }} up {{ uptime | REST }}
Hardware: {{ hardware | REST }}
License mode: {{ license_mode | REST }}
This platform has {{ platform_license | REST }}
""")

_LICENSE_ROW = forms(
    """
{{ name | LABEL }} : {{ value | REST }}
""",
    LABEL=LABEL,
)

_LICENSES = "licensed features for this "
# What follows the licence rows; some of it looks like a row (`Serial Number: ...`).
_AFTER_LICENSES = (
    "this platform has",
    "serial number",
    "running ",
    "the running",
    "the flash",
    "configuration ",
    "image type",
    "key version",
    "license mode",
)
_RELEASE = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})\(([0-9]{1,4})(?:\.([0-9]{1,4}))?\)([0-9]{1,5})?")
_CONFIG_VERSION = re.compile(r"(?:ASA|PIX) Version (?P<text>\S{1,40})(?: (?P<context><[a-z]{1,20}>))?")
_UPTIME = re.compile(r"[0-9]+ (?:year|day|hour|min|sec)")
# `45 days` of time-based keys is reported by users; the other units are assumed [K].
_DURATION = re.compile(r"(?:perpetual|expired|[0-9]{1,6} (?:day|week|hour|minute|min|second|sec)s?)", re.IGNORECASE)


def read_release(text: str) -> tuple[int, int, int, int] | None:
    """`9.6(4)8` -> (9, 6, 4, 8); an interim may also stand within the brackets, `9.3(3.2)` -> (9, 3, 3, 2).

    None where the whole text is not one release: a number that is not understood must not be compared.
    """
    found = _RELEASE.fullmatch(text)
    if found is None or (found[4] and found[5]):
        return None
    return int(found[1]), int(found[2]), int(found[3]), int(found[4] or found[5] or 0)


def parse_version(text: str) -> Parsed[VersionInfo]:
    """show version, of a single device, a user context or the system context.

    Licence rows are kept under their printed names: `AnyConnect for Linksys phone` (8.0), `AnyConnect for Cisco VPN
    Phone` (8.2 and later). The failover cluster's own block never mixes with the unit's. Unreadable without the line
    that names the software version, or the one at the head of a running configuration.
    """
    lines = answer_lines(text, "show version")
    unit, cluster, rest, stray = _license_blocks(lines)
    fields: dict[str, str] = {}
    unparsed = list(stray)
    for _line, row in understood(_VERSION, rest):
        if "uptime" in row and not _UPTIME.match(row["uptime"]):
            continue
        for name, printed in row.items():
            # The first of each counts: the cluster block closes with a platform line of its own.
            fields.setdefault(name, printed)
    if "text" not in fields:
        headers = [found for line in rest if (found := _CONFIG_VERSION.fullmatch(line.text.strip()))]
        if not headers:
            raise Unreadable("`show version` names no `Security Appliance Software Version`")
        # The head of a running configuration: the release alone.
        fields |= {name: part for name, part in headers[0].groupdict().items() if part}
    licenses = _license_rows(unit, unparsed)
    cluster_licenses = _license_rows(cluster, unparsed)
    mode = fields.get("license_mode", "")
    value = VersionInfo(
        text=fields["text"],
        release=read_release(fields["text"]),
        hardware=fields.get("hardware", ""),
        hostname=fields.get("hostname", ""),
        context=fields.get("context", "").strip("<>"),
        license_mode=mode.lower().removesuffix("licensing").strip(),
        licenses=licenses,
        cluster_licenses=cluster_licenses,
        platform_license=f"This platform has {fields['platform_license']}" if "platform_license" in fields else "",
    )
    return Parsed(value, tuple(sorted(unparsed)))


def _license_blocks(lines: list[Line]) -> tuple[list[Line], list[Line], list[Line], list[Line]]:
    """The unit's rows, the cluster's rows, all other lines, and the rows below a heading that came a second time."""
    blocks: dict[str, list[Line]] = {}
    rest: list[Line] = []
    stray: list[Line] = []
    target = rest
    for line in lines:
        low = line.text.strip().lower()
        if low.endswith(":") and _LICENSES in low:
            which = "unit" if low.startswith(_LICENSES) else "cluster"
            target = stray if which in blocks else blocks.setdefault(which, [])
            continue
        if target is not rest and low.startswith(_AFTER_LICENSES):
            target = rest
        target.append(line)
    return blocks.get("unit", []), blocks.get("cluster", []), rest, stray


def _license_rows(lines: list[Line], unparsed: list[Line]) -> tuple[License, ...]:
    """Rows of one block. A row without its colon, as any other text there, is reported as unparsed."""
    # The colon's column differs by release; one blank before it is what the template expects.
    spaced = [Line(line.number, line.text.replace(":", " : ", 1)) for line in lines]
    rows: dict[int, License] = {}
    for line, row in understood(_LICENSE_ROW, spaced):
        value, duration = _split_duration(row["value"])
        rows[line.number] = License(name=row["name"], value=value, duration=duration)
    unparsed.extend(line for line in lines if line.number not in rows)
    return tuple(rows.values())


def _split_duration(text: str) -> tuple[str, str]:
    """`250 perpetual` -> ("250", "perpetual"), `3 DMZ Restricted` -> (itself, ""), `Enabled 45 days` likewise."""
    words = text.split(" ")
    for count in (1, 2):
        tail = " ".join(words[-count:])
        if len(words) > count and _DURATION.fullmatch(tail):
            return " ".join(words[:-count]), tail
    return text, ""


# --- show mode, show context ----------------------------------------------------------------------------------------

_MODE = forms("""
Security context mode: {{ mode }}
""")

_CONTEXT = forms("""
Total active Security Contexts: {{ total }}
""")

_CONTEXT_HEADING = "context name "
# Name, class, mode or URL: the fewest words of a row that opens a context (it may have no interface at all).
_FEWEST_COLUMNS = 3


def parse_mode(text: str) -> Parsed[Literal["single", "multiple"]]:
    """`Security context mode: single`."""
    for _line, row in understood(_MODE, answer_lines(text, "show mode")):
        word = row["mode"].lower()
        if word == "single":
            return Parsed("single")
        if word == "multiple":
            return Parsed("multiple")
        raise Unreadable(f"`show mode` says neither single nor multiple: {shown(row['mode'])}")
    raise Unreadable("`show mode` has no line `Security context mode:`")


def parse_context_names(text: str) -> Parsed[tuple[str, ...]]:
    """show context: names, the admin context (`*` before its name) first, the others in printed order.

    The interface list wraps over deeply indented lines, which name no context. Unreadable without the heading, or
    where the total the device prints is not the number of contexts that were read.
    """
    # Columns are blank-separated with empty cells and wrapped ones: indentation, not a template, tells the rows apart.
    lines = answer_lines(text, "show context")
    names: list[str] = []
    admin = ""
    total: int | None = None
    unparsed: list[Line] = []
    totals = {line.number: row["total"] for line, row in understood(_CONTEXT, lines)}
    heading = False
    for line in lines:
        words = line.text.lstrip().removeprefix("*").split()
        if line.number in totals:
            digits = totals[line.number]
            total = int(digits) if re.fullmatch("[0-9]{1,6}", digits) else None
        elif line.text.strip().lower().startswith(_CONTEXT_HEADING):
            heading = True
        elif not heading or line.indent > 1:
            continue
        elif len(words) < _FEWEST_COLUMNS:
            unparsed.append(line)
        else:
            names.append(words[0])
            if line.text.lstrip().startswith("*"):
                admin = words[0]
    if not heading:
        raise Unreadable("`show context` has no heading `Context Name`")
    if total is not None and total != len(names):
        raise Unreadable(f"`show context` counts {total} contexts, {len(names)} were read")
    return Parsed(tuple(sorted(names, key=lambda name: name != admin)), tuple(unparsed))


# --- show clock -----------------------------------------------------------------------------------------------------


def parse_clock(text: str) -> Parsed[Clock]:
    """`07:29:00.123 UTC Mon May 6 2019`. A leading `*` or `.` means a clock that is not authoritative [K]."""
    # One line whose words are a time: times.read_stamp reads these for certificates too.
    for line in answer_lines(text, "show clock"):
        words = line.text.strip()
        stamp = read_stamp(words.lstrip("*."))
        if stamp is not None:
            clock = Clock(
                text=words, local=stamp.local, zone=stamp.zone, authoritative=not words.startswith(("*", "."))
            )
            return Parsed(clock)
    raise Unreadable("`show clock` has no line like `07:29:00.123 UTC Mon May 6 2019`")


# --- show failover --------------------------------------------------------------------------------------------------

_FAILOVER = forms(
    """
Failover {{ switch | SWITCH }}
Failover {{ switch | SWITCH }} {{ remark | REST }}
Failover unit {{ unit }}
This host: {{ this }}
This host: {{ this }} - {{ state | REST }}
Other host: {{ mate }}
Other host: {{ mate }} - {{ state | REST }}
This context: {{ this_context | REST }}
Peer context: {{ mate_context | REST }}
Group {{ group | DIGIT }} State: {{ state | REST }}
""",
    SWITCH="On|Off",
)

_FAILOVER_MATTERS = re.compile(
    r"\s*(?:failover o|(?:this|other) host|(?:this|peer) context|group +[0-9]+ +state)", re.I
)


def parse_failover(text: str) -> Parsed[Failover]:
    """show failover: active/standby, active/active (a state for each group), off, and the view of a user context [K].

    With groups in different states this_state is "mixed: group 1 Active, group 2 Standby Ready": such a unit is not
    simply active. `Failover Off (pseudo-Standby)` [K] keeps that remark as its state. Unreadable where failover is on
    and the unit's own state is missing: half an answer decides nothing.
    """
    lines = answer_lines(text, "show failover")
    enabled: bool | None = None
    unit = ""
    states: dict[str, str] = {}
    groups: dict[str, dict[str, str]] = {"this": {}, "mate": {}}
    side = ""
    matched: set[int] = set()
    for line, row in understood(_FAILOVER, lines):
        if "group" in row and not side:
            continue  # a group's state before any host line belongs to nobody
        matched.add(line.number)
        if "switch" in row:
            enabled = row["switch"] == "On" if enabled is None else enabled
            if "remark" in row and not enabled:
                states.setdefault("this", row["remark"].strip("()"))
        elif "group" in row:
            groups[side].setdefault(row["group"], row["state"])
        elif "unit" in row:
            unit = unit or row["unit"]
        else:
            side = "this" if "this" in row or "this_context" in row else "mate"
            # `Failover unit` comes first; this host's own role stands in for it where that line is missing.
            unit = unit or row.get("this", "")
            state = row.get("state") or row.get("this_context") or row.get("mate_context")
            if state:
                states.setdefault(side, state)
    if enabled is None:
        raise Unreadable("`show failover` says neither `Failover On` nor `Failover Off`")
    this_state = states.get("this", "") or _group_state(groups["this"])
    if enabled and not this_state:
        raise Unreadable("`show failover` is on and has no state of this host")
    value = Failover(
        enabled=enabled,
        unit=unit,
        this_state=this_state,
        mate_state=states.get("mate", "") or _group_state(groups["mate"]),
        active_active=any(groups.values()),
    )
    unparsed = (line for line in lines if line.number not in matched and _FAILOVER_MATTERS.match(line.text))
    return Parsed(value, tuple(unparsed))


def _group_state(groups: dict[str, str]) -> str:
    """One word where all groups agree."""
    if len(set(groups.values())) <= 1:
        return next(iter(groups.values()), "")
    return "mixed: " + ", ".join(f"group {number} {state}" for number, state in sorted(groups.items()))
