"""What a network engineer reads before the change window, and what became of it after.

Commands stand as they would be typed, a block's own line first; what is said about them stands behind `!`, which an ASA
takes for a comment, so a part of the text can be typed as it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Plan, Step, Withheld
from ..report.text import clean, one_line
from .lines import typed_lines, undo_lines
from .make import APPROVE
from .outcome import change_text
from .wording import file_back, heading, manual_lines, one, said, why

__all__ = ["change_text", "config_diff", "plan_text"]

# Lines of the diff of dap.xml that are shown; the whole is in the change's files.
MAX_DIFF_LINES = 400
PLAYBOOK = "playbooks/remediate.yml"


def plan_text(plan: Plan) -> str:
    """The plan of one device, ending in a newline. Texts of the device are cleaned of control characters."""
    lines = [*heading(f"{plan.device}: the phones' profile, tunnel-group {plan.desired.tunnel_group_name}")]
    lines += _commands(plan)
    lines += _file(plan)
    lines += _way_back(plan)
    for held in plan.withheld:
        lines += _withheld(held, plan)
    lines += manual_lines(plan.manual)
    lines += _approve(plan)
    return "\n".join(lines).rstrip("\n") + "\n"


def config_diff(plan: Plan) -> tuple[str, str]:
    """(before, after) of the lines that the plan changes, below their blocks, for Ansible's --diff."""
    before: list[Step] = []
    after: list[Step] = []
    for step in plan.steps:
        before += [_as(step, line) for line in step.inverse if not line.startswith("no ")]
        after += [step] if not step.command.startswith("no ") else []
    return _config(before), _config(after)


def _as(step: Step, line: str) -> Step:
    return Step(area=step.area, command=line, mode=step.mode)


def _config(steps: list[Step]) -> str:
    return "".join(f"{one(line)}\n" for line in typed_lines(steps))


# --- the parts of a plan --------------------------------------------------------------------------------------------


def _commands(plan: Plan) -> list[str]:
    if not plan.steps:
        return [_nothing(plan), ""]
    lines = [f"COMMANDS, typed in configuration mode in this order ({len(plan.steps)})", ""]
    for block in blocks(plan.steps):
        lines += [f"  {one(line)}" for line in typed_lines(block)]
        lines += said("why", why(name for step in block for name in step.controls))
        lines += said("hits", dict.fromkeys(step.hits for step in block if step.hits))
        lines.append("")
    return lines


def _nothing(plan: Plan) -> str:
    if plan.dap_file is not None:
        return "No command: only the file below differs from the profile."
    if plan.withheld:
        return "Nothing is sent: what differs from the profile is not approved, see below."
    but = ", but for what is left to a person below" if plan.withheld_file is not None or plan.manual else ""
    return f"Nothing is sent: the device is as the profile wants it{but}."


def blocks(steps: Iterable[Step]) -> list[tuple[Step, ...]]:
    """Neighbours of one area that are typed in the same block, with the command of the global mode that opens it."""
    found: list[list[Step]] = []
    for step in steps:
        last = found[-1][-1] if found else None
        if last is not None and last.area == step.area and step.mode in (last.mode, (last.command,)):
            found[-1].append(step)
        else:
            found.append([step])
    return [tuple(block) for block in found]


def _file(plan: Plan) -> list[str]:
    file, when = plan.dap_file, "put in place when all commands stand"
    if file is None and not any(held.area == "dap_xml" for held in plan.withheld):
        file, when = plan.withheld_file, "which a person puts in place"
    if file is None:
        return []
    lines = [f"FILE, {when}: {one_line(file.path)}", ""]
    lines += _diff(file.diff)
    lines += said("why", why(file.controls))
    lines += said("hits", [file.hits] if file.hits else [])
    return [*lines, ""]


def _diff(text: str) -> list[str]:
    lines = clean(text, len(text)).splitlines()
    more = len(lines) - MAX_DIFF_LINES
    rest = [f"  ... {more} more lines"] if more > 0 else []
    return [*(f"  {line}".rstrip() for line in lines[:MAX_DIFF_LINES]), *rest]


def _way_back(plan: Plan) -> list[str]:
    if plan.empty:
        return []
    lines = ["THE WAY BACK, sent of itself when a command fails, or typed by a person later", ""]
    if plan.dap_file is not None:
        lines += said("", [f"first {file_back(plan.dap_file)}"])
    return [*lines, *(f"  {one(line)}" for line in undo_lines(plan.steps)), ""]


def _withheld(held: Withheld, plan: Plan) -> list[str]:
    lines = [f"NOT SENT: {held.area} needs an approval of its own", ""]
    lines += [f"  {one(line)}" for line in held.commands]
    file = plan.withheld_file
    if held.area == "dap_xml" and file is not None:
        lines += ["", *_diff(file.diff)]
        lines += said("why", why(file.controls))
    lines += said("hits", [held.hits] if held.hits else [])
    variable = one(held.variable)
    return [*lines, f"  To approve: -e {variable}=true, or {variable}: true in the inventory.", ""]


def _approve(plan: Plan) -> list[str]:
    made, state = one(plan.hash), f"state {one(plan.state_hash)}"
    if plan.empty:
        return [f"Plan {made}", state]
    given = f"-e vpnphone_plan_hash={made}{_approvals(plan)}"
    return [
        f"Plan {made}",
        state,
        "To apply exactly this plan, and nothing if the device or the profile changed since:",
        f"  ansible-playbook {PLAYBOOK} -i INVENTORY --limit {one_line(plan.device)} {given}",
    ]


def _approvals(plan: Plan) -> str:
    """The approvals that the plan was made with: without them it would be another one."""
    sent = {step.area for step in plan.steps} | ({"dap_xml"} if plan.dap_file is not None else set())
    return "".join(f" -e {variable}=true" for area, variable in APPROVE.items() if area in sent)
