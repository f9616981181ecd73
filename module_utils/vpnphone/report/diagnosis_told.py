"""What a playbook prints beside the screen of a diagnosis: logs that were not read, and a line for each named phone."""

from __future__ import annotations

from collections.abc import Iterable

from ..diagnose.cases import maybe_of
from ..model.diagnosis import CONFIDENCE_ORDER, Diagnosis
from ..rundir import LogFact
from .words import ENGLISH, Words

# Devices that a line names where the same is to be told of several.
MAX_NAMES = 10
_DEVICE = "\0"


def not_asked(phones: Iterable[str], known: set[str]) -> list[LogFact]:
    """Of phones that somebody asks about, those of whose logs nobody was asked."""
    todo = "A cluster must be among the hosts of the run (group cucm, --limit); or name their files in vpnphone_logs."
    return [
        LogFact(device=phone, what="nobody was asked for its logs.", todo=todo)
        for phone in phones
        if phone not in known
    ]


def facts_told(facts: Iterable[LogFact]) -> list[str]:
    """Each fact as a line; what is the same of several devices is one."""
    alike: dict[tuple[str, str], list[str]] = {}
    for fact in facts:
        alike.setdefault((fact.what, fact.todo.replace(fact.device, _DEVICE)), []).append(fact.device)
    lines = []
    for (what, todo), devices in alike.items():
        more = f" and {len(devices) - MAX_NAMES} more" if len(devices) > MAX_NAMES else ""
        said = f" To do: {todo.replace(_DEVICE, ','.join(devices[:MAX_NAMES]))}" if todo else ""
        lines.append(f"{', '.join(devices[:MAX_NAMES])}{more}: {what}{said}")
    return lines


def phone_lines(found: Diagnosis, phones: Iterable[str], words: Words = ENGLISH) -> list[str]:
    """What becomes of each of these phones, in a line."""
    return [_line(found, phone, words) for phone in phones]


def _line(found: Diagnosis, phone: str, words: Words) -> str:
    own = [cause for cause in found.causes if cause.phone == phone and not cause.past]
    own.sort(key=lambda cause: CONFIDENCE_ORDER.index(cause.confidence))
    last = next((story.last for story in found.phones if story.phone == phone), "")
    if own:
        known = words.called("confidence", own[0].confidence)
        more = words("; {0} more", len(own) - 1) if len(own) > 1 else ""
        said = f"{words.diagnosed(own[0].title)} ({known}{more})"
    elif last == "connected":
        said = words("nothing speaks against it")
    elif maybe := [cause for cause in found.causes if not cause.past and phone in maybe_of(cause)]:
        said = words("perhaps, as no line proves it of this phone: {0}", words.diagnosed(maybe[0].title))
    else:
        said = words("no line of these logs says why") if last else words("no attempt of it is in these logs")
    if last == "connected":
        return words("{0} connected: {1}", phone, said)
    return (
        words("{0} fails: {1}", phone, said) if last == "failed" else words("{0} not seen to connect: {1}", phone, said)
    )
