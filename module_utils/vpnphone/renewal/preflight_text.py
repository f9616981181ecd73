"""The page of go or no-go: one screen for a terminal, and preflight.md with every name."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

import msgspec

from ..controls.site_facts import names_of
from ..report.markdown import code, prose
from ..report.text import fit, one_line, tidy
from ..report.words import ENGLISH, Words
from .checks import WORDS, Check, PreflightPage, Word, worst
from .said import said_page

SCREEN_LINES, SCREEN_COLUMNS = 45, 100
LABELS: dict[Word, str] = {"no-go": "NO-GO", "unknown": "UNKNOWN", "warn": "WARN", "go": "GO"}
_MAX_TODO = 280
COUNTED = ("phones", "seen", "not seen", "by a person", "connect now", "not known now", "locked out now")


def headline(page: PreflightPage, words: Words = ENGLISH) -> str:
    """ "NO-GO: 2 things stop renewal spring, 1 warning"."""
    stops = sum(check.stops for check in page.checks)
    warnings = sum(not check.stops and check.verdict in ("warn", "unknown") for check in page.checks)
    if stops:
        text = words.many("{0} thing stops renewal {1}", "{0} things stop renewal {1}", stops, stops, page.renewal)
    else:
        text = words("nothing stops renewal {0}", page.renewal)
    if warnings:
        text += ", " + words.many("{0} warning", "{0} warnings", warnings)
    return f"{page.verdict}: {text}"


def counted(page: PreflightPage, words: Words = ENGLISH) -> str:
    """The phones and the days in two sentences."""
    number = [page.counts.get(name, 0) for name in COUNTED]
    text = words.many(
        "{0} phone in scope: {1} there, {2} not seen, {3} with a password to type; now {4} connect, {5} not known,"
        " {6} locked out.",
        "{0} phones in scope: {1} there, {2} not seen, {3} with a password to type; now {4} connect, {5} not known,"
        " {6} locked out.",
        number[0],
        *number,
    )
    if page.ends:
        name, end = min(page.ends.items(), key=lambda item: item[1])
        days = (end - page.at).days
        text += " " + words("First to end: {0}, in {1} days ({2}).", name, days, f"{end:%Y-%m-%d}")
    return text


def render_terminal(page: PreflightPage, *, next_line: str = "", width: int = SCREEN_COLUMNS) -> str:
    """One screen: the verdict, what stops with what to do, what warns, and the titles of what is good."""
    page = tidy(page)
    lines = [fit(headline(page), width), *_wrapped(counted(page), width), ""]
    good = [check for check in page.checks if check.verdict == "go"]
    tail = _good_lines(good, width)
    if next_line:
        # Whole, however long: it is there to be typed.
        tail += ["", f"Next: {next_line}"]
    room = SCREEN_LINES - len(lines) - len(tail) - 2
    bad = _together(check for check in worst(page.checks) if check.verdict != "go")
    shown = 0
    for check in bad:
        block = _block(check, width)
        # What stops is never left out for room.
        if len(block) > room and not check.stops:
            break
        lines += block
        room -= len(block)
        shown += 1
    if shown < len(bad):
        lines.append(f"and {len(bad) - shown} more in preflight.md")
    if bad:
        lines.append("")
    return "\n".join(line.rstrip() for line in [*lines, *tail])


def _together(checks: Iterable[Check]) -> list[Check]:
    """What is the same on several devices is told once."""
    found: dict[tuple[str, ...], list[Check]] = {}
    for check in checks:
        found.setdefault((check.id, check.verdict, check.what, *check.todo), []).append(check)
    groups = ((alike[0], names_of(one.subject for one in alike)) for alike in found.values())
    return [msgspec.structs.replace(one, subject=names) for one, names in groups]


def _block(check: Check, width: int) -> list[str]:
    place = f"{check.subject}: " if check.subject else ""
    label = LABELS[check.verdict] if check.verdict != "unknown" or check.stops else "unknown"
    rows = _wrapped(f"{place}{one_line(check.what)} [{check.id}]", width, f"{label:<8}", 3)
    if check.todo and check.verdict in ("no-go", "unknown", "warn"):
        rows += _wrapped(f"To do: {one_line(_by_hand(check.todo), _MAX_TODO)}", width, " " * 8, 3)
    return rows


def _good_lines(good: list[Check], width: int) -> list[str]:
    if not good:
        return []
    return _wrapped(f"{len(good)} checks are good: preflight.md has them", width, f"{'GO':<8}")


def _by_hand(todo: Iterable[str]) -> str:
    return "; ".join(line.removeprefix("PERSON:").strip().rstrip(".") for line in todo)


def _wrapped(text: str, width: int, first: str = "", lines: int = 3) -> list[str]:
    rows = textwrap.wrap(text, max(width, 40), initial_indent=first, subsequent_indent=" " * len(first))
    if len(rows) > lines:
        rows = [*rows[: lines - 1], f"{rows[lines - 1][: width - 1].rstrip()}…"]
    return rows


def render_markdown(page: PreflightPage, *, next_line: str = "", words: Words = ENGLISH) -> str:
    """preflight.md: every check, with all names."""
    page = said_page(tidy(page), words)
    at = f"{page.at:%Y-%m-%d %H:%M}"
    parts = [
        f"# {prose(headline(page, words))}\n",
        words("Renewal {0} · run {1} · {2} UTC", code(page.renewal), code(page.run), at) + "\n",
        f"{prose(counted(page, words))}\n",
    ]
    for word in WORDS:
        found = [check for check in page.checks if check.verdict == word]
        if not found:
            continue
        parts.append(f"## {words(LABELS[word])}\n")
        if word == "go":
            rows = [_row(check) for check in found]
            heads = (words("Check"), words("Of"), words.meant("check", "What"), words("Found"))
            parts.append("\n".join([f"| {' | '.join(heads)} |", "|---|---|---|---|", *rows, ""]))
            continue
        parts += [_section(check, words) for check in found]
    if next_line:
        parts.append("## " + words("Next") + f"\n\n{code(next_line)}\n")
    return "\n".join(parts)


def _section(check: Check, words: Words) -> str:
    place = f"{prose(check.subject)}: " if check.subject else ""
    stops = " (" + words("this stops the renewal") + ")" if check.verdict == "unknown" and check.stops else ""
    lines = [f"### {place}{prose(check.title)}\n", f"{prose(check.what)} {code(check.id)}{stops}\n"]
    lines += [f"- {prose(line.removeprefix('PERSON:').strip())}" for line in check.todo]
    if check.names:
        lines.append(f"\n{len(check.names)}: {', '.join(code(name) for name in check.names)}")
    return "\n".join(lines) + "\n"


def _row(check: Check) -> str:
    cells = (code(check.id), prose(check.subject), prose(check.title), prose(one_line(check.what, 300)))
    return f"| {' | '.join(cells)} |"
