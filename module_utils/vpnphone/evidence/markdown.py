"""remediation.md: what happened to each device and what is left, for the ticket of the change.

Device text is shown as code or escaped, as in report.md.
"""

from __future__ import annotations

import re

from ..model import LeftToDo, Remediation, Remedied, Sent, Status
from ..plan.lines import typed, typed_lines, undo_lines
from ..report.markdown import block, code, prose
from ..report.text import clean, cut, steps
from ..report.view import STATUS_WORDS
from ..report.words import ENGLISH, Words
from .words import headline, left_words, movement, outcome_words, saved_words, what_words, worst_first

_MAX_ANSWER = 2000
# Of a whole list of commands: nothing of it is left out.
_LONGEST = 10_000_000
# Up to what is not ASCII: in Korean a particle stands right behind it.
_COPIED = re.compile(r"\b(?:https?:/|disk[0-9]:)/[!-_a-~]{1,300}(?<![.,;:()])")
PURPOSES = {
    "change": "Commands sent",
    "rollback": "Rolled back with",
    "backup": "Backups made with",
    "file": "dap.xml changed with",
    "save": "Saved with",
}


def render_markdown(run: Remediation, words: Words = ENGLISH) -> str:
    """The document."""
    at = f"{run.started:%Y-%m-%d %H:%M}"
    parts = [
        "# " + words("Remediation of {0}", prose(run.site)) + "\n",
        f"**{prose(headline(run, words))}**\n",
        words("Run {0} · {1} UTC · exit code {2} · vpnphone {3}", code(run.run_id), at, run.exit_code,
              code(run.tool_version)) + "\n",
        _devices(run, words),
        *(part for device in worst_first(run) for part in _device(device, words)),
    ]  # fmt: skip
    return "\n".join(parts)


def _devices(run: Remediation, words: Words) -> str:
    heads = (words("Device"), words("Outcome"), words("Commands"), words("Findings"), words("Left to do"))
    rows = [f"| {' | '.join(heads)} |", "|---|---|--:|---|--:|"]
    for device in worst_first(run):
        number = sum(one.purpose == "change" for one in device.sent) or len(device.plan)
        rows.append(
            f"| {code(device.name)} | {prose(outcome_words(device, words))} | {number or '-'}"
            f" | {movement(device, words) or '-'} | {len(device.left) or '-'} |"
        )
    return "\n".join(rows) + "\n"


def _device(device: Remedied, words: Words) -> list[str]:
    if device.outcome == "no_profile":
        return []
    say = words.changed
    parts = [f"## {prose(device.name)}: {prose(outcome_words(device, words))}\n"]
    if device.release:
        parts.append(words("ASA {0}, hostname {1}", code(device.release), code(device.hostname)) + "\n")
    if device.failure:
        parts.append(f"**{prose(say(device.failure.what))}** ({code(device.failure.code)})\n")
        if device.failure.todo:
            parts.append(words("To do: {0}", prose(say(device.failure.todo))) + "\n")
    parts += _standing(device, words)
    parts.append("".join(f"- {fact}\n" for fact in _facts(device, words)))
    parts += _commands(device, words)
    if device.warnings:
        lines = (f"- {prose(say(text))}\n" for text in device.warnings)
        parts += ["### " + words("The device warned") + "\n", "".join(lines)]
    if device.fixed:
        heads = (words("Control"), words("Severity"), words("Before"), words("After"))
        rows = [f"| {' | '.join(heads)} |", "|---|---|---|---|"]
        rows += [
            f"| {prose(one.control)} {prose(say(one.title))} | {words(one.severity)} | {_status(one.before, words)}"
            f" | {_status(one.after, words)} |"
            for one in device.fixed
        ]
        parts += ["### " + words("Now right") + "\n", "\n".join(rows) + "\n"]
    if device.worse:
        told = (
            words("{0}: {1} before, {2} now", f"{prose(one.control)} {prose(say(one.title))}",
                  _status(one.before, words), _status(one.after, words))
            for one in device.worse
        )  # fmt: skip
        parts += ["### " + words("Worse than before") + "\n", "".join(f"- {text}\n" for text in told)]
    if device.left:
        left = (_left(number, item, words) for number, item in enumerate(device.left, 1))
        parts += ["### " + words("Left to a person") + "\n", *left]
    return [part for part in parts if part]


def _facts(device: Remedied, words: Words) -> list[str]:
    facts = [words("Plan hash: {0}", code(device.plan_hash))] if device.plan_hash else []
    if device.approved:
        facts.append(words("Approved: {0}", ", ".join(code(area) for area in device.approved)))
    if saved := saved_words(device, words):
        facts.append(words("Startup configuration: {0}", prose(saved)))
    if device.backups:
        facts.append(words("Backups on the device's flash: {0}", ", ".join(code(path) for path in device.backups)))
    if text := movement(device, words):
        facts.append(words("Findings: {0}", text))
    if device.files:
        facts.append(words("Files: {0}", ", ".join(code(path) for path in device.files)))
    return facts


def _status(status: Status, words: Words) -> str:
    if words.english:
        return {"error": "UNKNOWN", "fail": "FAIL"}.get(status, status)
    return words(STATUS_WORDS[status])


def _standing(device: Remedied, words: Words) -> list[str]:
    """Command by command what stands now, where a change was left half done."""
    if not device.standing:
        return []
    heads = (words("Command"), words("In"), words("Now"))
    now = {
        True: words("stands"),
        False: words("does not stand"),
        None: words("NOT KNOWN: look at the device"),
    }
    everywhere = words("global")
    rows = [f"| {' | '.join(heads)} |", "|---|---|---|"]
    rows += [
        f"| {code(one.command)} | {code(' / '.join(one.mode)) if one.mode else everywhere} | {now[one.stands]} |"
        for one in device.standing
    ]
    return ["### " + words("What stands on the device") + "\n", "\n".join(rows) + "\n"]


def _commands(device: Remedied, words: Words) -> list[str]:
    """What was sent in its order, by purpose; before anything was sent: the plan with its way back."""
    if not device.sent:
        if not device.plan:
            return []
        return [
            "### " + words("Commands of the plan") + "\n",
            block(clean("\n".join(typed_lines(device.plan)), _LONGEST)),
            words("The way back:") + "\n",
            block(clean("\n".join(undo_lines(device.plan)), _LONGEST)),
        ]
    parts: list[str] = []
    group: list[Sent] = []
    for one in device.sent:
        if group and group[-1].purpose != one.purpose:
            parts += _sent(group, words)
            group = []
        group.append(one)
    return parts + _sent(group, words)


def _sent(group: list[Sent], words: Words) -> list[str]:
    lines: list[str] = []
    for one, shown in zip(group, typed([(one.mode, one.command) for one in group]), strict=True):
        lines += shown
        lines += [f"    ! {text}" for text in map(str.rstrip, cut(one.answer, _MAX_ANSWER).splitlines()) if text]
        if one.verdict != "accepted":
            lines.append(f"    ! ^ {one.verdict.upper()}")
    return [f"### {words(PURPOSES[group[0].purpose])}\n", block(clean("\n".join(lines), _LONGEST))]


def _left(number: int, item: LeftToDo, words: Words) -> str:
    severity = f" · {words(item.severity)}" if item.severity else ""
    controls = "" if item.source == "finding" or not item.controls else f" ({', '.join(item.controls)})"
    lines = [f"#### {number}. {left_words(item, words)}{severity} · {_text(what_words(item, words) + controls)}\n"]
    if item.why:
        lines.append(f"{_text(words.changed(item.why))}\n")
    if item.source == "manual" and item.steps:
        # Sentences and commands in one order, with paths and URLs to copy: as they are.
        shown = (words.changed(step) if _is_told(step) else step for step in item.steps)
        lines.append(block(clean("\n".join(shown), _LONGEST)))
    else:
        lines += [
            f"{_text(words.changed(step.text))}\n" if step.by_hand else block(clean(step.text))
            for step in steps(item.steps)
        ]
    if not item.steps:
        lines.append(words("No command is known for it; its page in docs/controls says more.") + "\n")
    return "\n".join(lines)


def _is_told(step: str) -> bool:
    """A sentence, or something with the place before it (`CUCM: ...`); a command to type is neither."""
    return step.endswith((".", ":", ")")) or step.partition(" ")[0].endswith(":")


def _text(text: str) -> str:
    """As prose(), but what a person copies (a URL, a path on the flash) becomes code, which nothing is put into."""
    return prose(text if "`" in text else _COPIED.sub(r"`\g<0>`", text))
