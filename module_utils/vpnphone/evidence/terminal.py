"""The short table at the end of a remediation: what became of each device, what is right now, what is left."""

from __future__ import annotations

from ..model import NEEDS_APPROVAL, ControlChange, LeftToDo, Remediation, Remedied
from ..report.text import fit, one_line
from .words import headline, left_words, movement, outcome_words, saved_words, worst_first

_MAX_DEVICES = 50
_MAX_LEFT = 8
_MAX_FIXED = 12


def render_terminal(run: Remediation, *, width: int = 100, run_dir: str = "") -> str:
    """The table as text without a final newline; width in columns."""
    lines = [fit(f"{run.site}: {headline(run)}", 10 * width)]
    shown = worst_first(run)
    for device in shown[:_MAX_DEVICES]:
        lines += ["", *_device(device, width)]
    if len(shown) > _MAX_DEVICES:
        lines += ["", f"and {len(shown) - _MAX_DEVICES} more devices: remediation.md has them all"]
    return "\n".join(line.rstrip() for line in [*lines, *_next(run, run_dir)])


def _device(device: Remedied, width: int) -> list[str]:
    facts = [outcome_words(device)]
    if device.outcome in ("applied", "rolled_back", "partial", "unknown", "nothing_to_do") and (
        words := saved_words(device)
    ):
        facts.append(words)
    lines = [fit(f"{device.name}: {', '.join(facts)}", width)]
    if device.failure:
        lines += _wrapped(f"{device.failure.what} [{device.failure.code}]", width)
        if device.failure.todo:
            lines += _wrapped(f"To do: {device.failure.todo}", width)
    for one in device.standing:
        now = {True: "STANDS", False: "does not stand", None: "NOT KNOWN"}[one.stands]
        lines.append(_row(f"{now:<16}", " / ".join((*one.mode, one.command)), width))
    number = sum(one.purpose == "change" for one in device.sent)
    parts = [f"{number} command{'s' if number != 1 else ''} sent"] if number else []
    if device.outcome == "planned":
        parts = [f"{len(device.plan)} command{'s' if len(device.plan) != 1 else ''} planned"]
    if text := movement(device):
        parts.append(text)
    if parts:
        lines.append(_row("", "; ".join(parts), width))
    lines += [_control("now right", one, width) for one in device.fixed[:_MAX_FIXED]]
    if len(device.fixed) > _MAX_FIXED:
        lines.append(_row("", f"and {len(device.fixed) - _MAX_FIXED} more that are right now", width))
    lines += [_control("NOW WRONG", one, width) for one in device.worse]
    lines += [_left(item, width) for item in device.left[:_MAX_LEFT]]
    if len(device.left) > _MAX_LEFT:
        lines.append(_row("", f"and {len(device.left) - _MAX_LEFT} more things that are left to a person", width))
    return lines


def _row(head: str, text: str, width: int) -> str:
    """fit() makes one blank of several, so what stands in columns is kept out of it."""
    return f"    {head}{fit(text, max(width - 4 - len(head), 20))}"


def _control(word: str, one: ControlChange, width: int) -> str:
    return _row(f"{word:<11}{one.severity:<9}{one_line(one.control)}  ", one.title, width)


def _left(item: LeftToDo, width: int) -> str:
    severity = f"{item.severity:<9}" if item.severity else ""
    return _row(f"left       {severity}", f"{left_words(item)}: {item.what}", width)


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in one_line(text).split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width - 4:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return [f"    {fit(line, width - 4)}" for line in lines]


def _next(run: Remediation, run_dir: str) -> list[str]:
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
    return ["", *(f"{'Next' if not index else '':<5}{line}" for index, line in enumerate(lines))]
