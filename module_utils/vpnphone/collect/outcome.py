"""What became of a collection, as data and in words. Pure."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from ..model import Model, Sent
from .plan import CollectPlan
from .settings import KEYS, Present, Settings

# planned: nothing was sent. collected, restored: read again, everything is as before (restored: it did not come to its
# end, or a killed run was put right). left: something is not as before. unknown: the device could not be read again.
Outcome = Literal["planned", "collected", "restored", "left", "unknown"]
GOOD: tuple[Outcome, ...] = ("planned", "collected", "restored")


class Collected(Model, frozen=True, kw_only=True):
    """files: below run_dir, the directory of the run that collected. back: the commands that take the plan back, in
    order. after: None where it was not read.
    """

    device: str
    outcome: Outcome
    plan: CollectPlan
    before: Present
    back: tuple[str, ...] = ()
    after: Settings | None = None
    sent: tuple[Sent, ...] = ()
    notes: tuple[str, ...] = ()
    run_dir: str = ""
    files: tuple[str, ...] = ()
    kept_file: str = ""
    error: dict[str, str] = field(default_factory=dict)


_WORDS: dict[Outcome, str] = {
    "planned": "planned; nothing was sent",
    "collected": "collected, and everything is as before (read again)",
    "restored": "everything is as before (read again)",
    "left": "NOT EVERYTHING IS AS BEFORE",
    "unknown": "WHAT STANDS IS NOT KNOWN: the device could not be read again",
}


def settings_text(settings: Settings) -> str:
    """The lines that a collection may change, for --diff."""
    return "".join(f"{line}\n" for key in KEYS if (line := settings.line(key)))


def planned_settings(made: Collected) -> Settings:
    """As they are while it is collected."""
    lines = dict(made.before.settings.lines) | {step.key: step.line for step in made.plan.steps}
    return Settings(lines={key: line for key, line in lines.items() if line})


def collected_text(made: Collected) -> str:
    """What a person reads."""
    lines = [f"{made.device}: {_WORDS[made.outcome]}."]
    why = {step.command: step.why for step in made.plan.steps}
    why[made.plan.debug] = "what a login lacks (F-039); it ends with the session that has it"
    if made.plan.commands:
        lines += ["", "on:"]
        lines += [f"  {command:<34}  {why[command]}" for command in made.plan.commands]
        lines += ["back:", *(f"  {command}" for command in made.back)]
    elif not made.plan.withheld:
        lines += ["", "nothing has to be switched on: it logs all of it already"]
    lines += [f"not done, {one.what}: {one.why}. To do: {one.todo}" for one in made.plan.withheld]
    lines += [f"note: {text}" for text in (*made.plan.warnings, *made.notes)]
    lines += [f"file: {made.run_dir}/{path}" for path in made.files]
    if made.error:
        lines += ["", f"{made.error['what']} To do: {made.error['todo']} [{made.error['code']}]"]
    return "\n".join(lines)
