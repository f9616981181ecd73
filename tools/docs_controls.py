"""docs/controls/: README.md (a table) and one page a control, from the registered controls."""

from __future__ import annotations

import inspect

from vpnphone.commands import BY_SECTION
from vpnphone.controls.base import ASKED_BY, Control, Scope
from vpnphone.controls.catalogue import all_controls
from vpnphone.model import SEVERITY_ORDER

INDEX = "README.md"
NOT_IN_DOCUMENT = "Not in the document"
# What a control is about, and when it is judged.
SCOPES: dict[Scope, str] = {
    "asa": "each ASA",
    "probe": "each ASA that was probed by TLS",
    "site": "each CUCM cluster with its phones, against every ASA of the run",
}
_HEAD = "<!-- Made by tools/generate_docs.py from the controls; do not edit. -->\n\n"


# The same in the table.
WORDS: dict[Scope, str] = {"asa": "ASA", "probe": "ASA, probed", "site": "cluster"}


def page_name(rule: Control) -> str:
    return f"{rule.id}.md"


def render_index(rules: tuple[Control, ...]) -> str:
    """The table of every control, by id."""
    counts = ", ".join(
        f"{number} {severity}"
        for severity in SEVERITY_ORDER
        if (number := sum(rule.severity == severity for rule in rules))
    )
    lines = [
        "# Controls",
        "",
        f"{len(rules)} controls judge the ASAs, the CUCM clusters and the phones of a site: {counts}.",
        "Each comes from Cisco document 116162 or from what goes wrong in practice.",
        "",
        "A verdict is pass, fail, error (UNKNOWN: it could not be decided, with the reason), skipped (the rule does not"
        " concern the device, with the reason) or waived (a recorded risk with approver and last good day).",
        "Take controls in or out by id or severity with `vpnphone_controls_include` and `vpnphone_controls_exclude`.",
        "",
        "| Control | Title | Severity | Of | Features | Section of document 116162 |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| [{rule.id}]({page_name(rule)}) | {_cell(rule.title)} | {rule.severity} | {WORDS[rule.scope]}"
        f" | {', '.join(rule.features)}"
        f" | {_cell(rule.section)} |"
        for rule in rules
    ]
    return _HEAD + "\n".join(lines) + "\n"


def render_page(rule: Control) -> str:
    """One control: what, why, how it is judged, what to do, and where the rule comes from."""
    lines = [f"# {rule.id}: {rule.title}", "", f"Severity: **{rule.severity}**. Judged of {SCOPES[rule.scope]}.", ""]
    lines += ["## Why", "", rule.rationale, ""]
    lines += ["## How it is judged", "", _judged(rule), "", "The verdict rests on:", ""]
    lines += [f"- {_asked(rule, section)}" for section in rule.needs] or ["- whatever of it is known"]
    lines += [
        "",
        "Where one of these is missing, refused, cut off or unreadable, the verdict is error (UNKNOWN), never pass.",
        "",
    ]
    if rule.applies is not None:
        lines += ["On a device that the rule does not concern it is skipped, and the report says why.", ""]
    steps = [f"{number}. {step}" for number, step in enumerate(rule.remediation, 1)]
    lines += ["## What to do", "", *(steps or ["Nothing: this is recorded only."]), ""]
    lines += [
        "The report has the exact commands with the names of your device. A line that starts with `PERSON:` is for a"
        " person: to decide, to approve, or to do elsewhere.",
        "",
        "## Source",
        "",
        f"- {_section(rule)}",
        f"- Features: {', '.join(rule.features)}",
    ]
    return _HEAD + "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _judged(rule: Control) -> str:
    """The docstring of the control as paragraphs of one line each; its title says what must hold."""
    text = inspect.getdoc(rule.evaluate) or f"It passes where this holds: {rule.title}."
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _asked(rule: Control, section: str) -> str:
    return f"`{ASKED_BY[section]}`" if rule.scope == "site" else _command(section)


def _command(section: str) -> str:
    """The command a section is read from, in both spellings where releases differ."""
    command = BY_SECTION[section]
    text = f"`{command.text}`"
    if command.older:
        (major, minor), older = command.older
        text += f" (before {major}.{minor}: `{older}`)"
    return text


def _section(rule: Control) -> str:
    if rule.section.startswith(NOT_IN_DOCUMENT):
        return rule.section
    return f'Cisco document 116162, "{rule.section}"'


def render() -> dict[str, str]:
    """File name to content of every page."""
    rules = all_controls()
    return {INDEX: render_index(rules)} | {page_name(rule): render_page(rule) for rule in rules}
