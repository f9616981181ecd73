"""The short table at the end of a remediation: what became of each device, what is right now, what is left."""

from __future__ import annotations

from ..model import NEEDS_APPROVAL, ControlChange, LeftToDo, Remediation, Remedied
from ..report.text import fit, one_line, pad
from ..report.text import width as columns
from ..report.words import ENGLISH, Words
from .words import headline, left_words, movement, outcome_words, saved_words, what_words, worst_first

_MAX_DEVICES = 50
_MAX_LEFT = 8
_MAX_FIXED = 12


def render_terminal(run: Remediation, *, width: int = 100, run_dir: str = "", words: Words = ENGLISH) -> str:
    """The table as text without a final newline; width in columns. Commands and status words stay in any language."""
    lines = [fit(f"{run.site}: {headline(run, words)}", 10 * width)]
    shown = worst_first(run)
    for device in shown[:_MAX_DEVICES]:
        lines += ["", *_device(device, width, words)]
    if len(shown) > _MAX_DEVICES:
        lines += ["", words("and {0} more devices: remediation.md has them all", len(shown) - _MAX_DEVICES)]
    return "\n".join(line.rstrip() for line in [*lines, *_next(run, run_dir, words)])


def _device(device: Remedied, width: int, words: Words) -> list[str]:
    facts = [outcome_words(device, words)]
    if device.outcome in ("applied", "rolled_back", "partial", "unknown", "nothing_to_do") and (
        saved := saved_words(device, words)
    ):
        facts.append(saved)
    lines = [fit(f"{device.name}: {', '.join(facts)}", width)]
    if device.failure:
        lines += _wrapped(f"{words.changed(device.failure.what)} [{device.failure.code}]", width)
        if device.failure.todo:
            lines += _wrapped(words("To do: {0}", words.changed(device.failure.todo)), width)
    for one in device.standing:
        now = {True: words("STANDS"), False: words("does not stand"), None: words("NOT KNOWN")}[one.stands]
        lines.append(_row(pad(now, 16), " / ".join((*one.mode, one.command)), width))
    number = sum(one.purpose == "change" for one in device.sent)
    parts = [words.many("{0} command sent", "{0} commands sent", number)] if number else []
    if device.outcome == "planned":
        parts = [words.many("{0} command planned", "{0} commands planned", len(device.plan))]
    if text := movement(device, words):
        parts.append(text)
    if parts:
        lines.append(_row("", "; ".join(parts), width))
    lines += [_control(words("now right"), one, width, words) for one in device.fixed[:_MAX_FIXED]]
    if len(device.fixed) > _MAX_FIXED:
        lines.append(_row("", words("and {0} more that are right now", len(device.fixed) - _MAX_FIXED), width))
    lines += [_control(words("NOW WRONG"), one, width, words) for one in device.worse]
    lines += [_left(item, width, words) for item in device.left[:_MAX_LEFT]]
    if len(device.left) > _MAX_LEFT:
        lines.append(
            _row("", words("and {0} more things that are left to a person", len(device.left) - _MAX_LEFT), width)
        )
    return lines


def _row(head: str, text: str, width: int) -> str:
    """fit() makes one blank of several, so what stands in columns is kept out of it."""
    return f"    {head}{fit(text, max(width - 4 - columns(head), 20))}"


def _control(word: str, one: ControlChange, width: int, words: Words) -> str:
    return _row(f"{pad(word, 11)}{one.severity:<9}{one_line(one.control)}  ", words.changed(one.title), width)


def _left(item: LeftToDo, width: int, words: Words) -> str:
    word, severity = words("left"), f"{item.severity:<9}" if item.severity else ""
    return _row(f"{pad(word, 11)}{severity}", f"{left_words(item, words)}: {what_words(item, words)}", width)


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in one_line(text).split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width - 4:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return [f"    {fit(line, width - 4)}" for line in lines]


def _next(run: Remediation, run_dir: str, words: Words) -> list[str]:
    """What to type next: read it all, then send exactly what was planned."""
    lines = [f"less {run_dir}/remediation.md"]
    planned = [device for device in run.devices if device.outcome == "planned"]
    if run.check and planned:
        # An approval is part of a plan: without it the hash is another one. What one device has and another lacks is
        # in the inventory.
        approved = {area for device in planned for area in device.approved}
        lacking = " ".join(item.steps[0] for device in planned for item in device.left if item.source == "approval")
        variables = [f"vpnphone_approve_{area}" for area in NEEDS_APPROVAL if area in approved]
        given = "".join(f" -e {name}=true" for name in variables if name not in lacking)
        lines.append(f"ansible-playbook playbooks/remediate.yml -i INVENTORY -e @{run_dir}/plan_hashes.json{given}")
    if not run.check:
        lines.append(f"(cd {run_dir} && sha256sum -c manifest.sha256)")
    head = words("Next")
    return ["", *(f"{pad('' if index else head, 5)}{line}" for index, line in enumerate(lines))]
