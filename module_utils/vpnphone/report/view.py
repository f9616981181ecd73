"""What every report says alike: cleaned data, words, order, counts and the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import msgspec

from ..model import SEVERITY_ORDER, STATUS_ORDER, DeviceResult, Failure, Finding, Outcome, Run, Severity, Status
from ..model.history import Trend
from .phones import Phones, order, phones
from .text import natural, tidy
from .topics import TOPIC_ORDER, topic
from .words import ENGLISH, Words

STATUS_WORDS: dict[Status, str] = {
    "error": "UNKNOWN",
    "fail": "FAIL",
    "waived": "WAIVED",
    "pass": "PASS",
    "skipped": "SKIPPED",
}
# Beside the word, never instead of it: colour and shape alone do not reach everyone.
STATUS_MARKS: dict[Status, str] = {"error": "?", "fail": "✕", "waived": "~", "pass": "✓", "skipped": "–"}  # noqa: RUF001  # a dash by intent

# A failed control of this severity means that phones do not get in; lower ones put them at risk.
LOCKS_OUT: Severity = "critical"

# What is to be done with a device, most urgent first.
Standing = Literal["lockout", "findings", "undecided", "unread", "accepted", "ready", "nothing"]
STANDINGS: tuple[Standing, ...] = ("lockout", "findings", "undecided", "unread", "accepted", "ready", "nothing")
STANDING_WORDS: dict[Standing, str] = {
    "lockout": "Locks phones out",
    "findings": "Has findings",
    "undecided": "Not fully judged",
    "unread": "Could not be read",
    "accepted": "Risk accepted",
    "ready": "Ready",
    "nothing": "Nothing judged",
}
# Each as verb phrase of one device and of several.
PHRASES: dict[Standing, tuple[str, str]] = {
    "lockout": ("would lock phones out", "would lock phones out"),
    "findings": ("has findings to fix", "have findings to fix"),
    "undecided": ("could not be fully judged", "could not be fully judged"),
    "unread": ("could not be read", "could not be read"),
    "accepted": ("passes with an accepted risk", "pass with accepted risks"),
    "ready": ("is ready for phones", "are ready for phones"),
    "nothing": ("had nothing to judge", "had nothing to judge"),
}

# Of none of several.
NONE_PHRASES: dict[Standing, str] = {"undecided": "could be fully judged", "unread": "could be read"}

# What a device is called: one, several.
ASA_NOUNS = ("ASA", "ASAs")
CLUSTER_NOUNS = ("CUCM cluster", "CUCM clusters")
TOOL_FAILED = "The tool itself failed on a part, so this report is incomplete."

Counts = dict[Status, int]


class FindingView(NamedTuple):
    """A finding, its topic and whether any of its outcomes failed (an error beside a fail hides it in the roll-up)."""

    finding: Finding
    topic: str
    failed: bool

    @property
    def matters(self) -> bool:
        """Something has to be done: it failed, or it could not be decided."""
        return self.failed or self.finding.status in ("fail", "error")

    @property
    def waived(self) -> bool:
        """A waiver is in force for an outcome; a finding that keeps an expired one has none."""
        return any(outcome.status == "waived" for outcome in self.finding.outcomes)

    @property
    def message(self) -> str:
        """The message of the outcome that weighs most: a fail, else one of the finding's own status."""
        wanted: Status = "fail" if self.failed else self.finding.status
        outcomes = self.finding.outcomes
        return next((outcome.message for outcome in outcomes if outcome.status == wanted), "")


class DeviceView(NamedTuple):
    """anchor: unique in the run. findings in the order in which to act; topics: counts of those it was judged in."""

    anchor: str
    result: DeviceResult
    standing: Standing
    counts: Counts
    findings: tuple[FindingView, ...]
    topics: dict[str, Counts]

    @property
    def matters(self) -> tuple[FindingView, ...]:
        return tuple(item for item in self.findings if item.matters)

    @property
    def kind(self) -> str:
        return "CUCM" if self.result.kind == "cucm" else "ASA"

    @property
    def mark(self) -> str:
        """Stands behind the name where the reader expects an ASA."""
        return " (CUCM)" if self.result.kind == "cucm" else ""


class ControlView(NamedTuple):
    """One control that needs action, and the devices it concerns (worst standing first)."""

    finding: Finding
    topic: str
    # Of the device that weighs most.
    message: str
    failed: tuple[DeviceView, ...]
    undecided: tuple[DeviceView, ...]


class View(NamedTuple):
    """A run ready to be shown. devices by name; worst_first the same ones by standing.

    headline and rest speak of the phones first where there are any; of_devices is the same pair of the devices alone.
    """

    run: Run
    headline: str
    rest: str
    of_devices: tuple[str, str]
    phones: Phones | None
    devices: tuple[DeviceView, ...]
    worst_first: tuple[DeviceView, ...]
    topics: tuple[str, ...]
    actions: tuple[ControlView, ...]
    # Devices that could not be read, by code of their failure; the failure is the first one's.
    unread: tuple[tuple[Failure, tuple[DeviceView, ...]], ...]
    finding_counts: Counts
    device_counts: Counts
    standings: dict[Standing, int]
    # What changed since the run before; None where nobody keeps a history.
    trend: Trend | None = None
    words: Words = ENGLISH

    @property
    def verdict(self) -> str:
        """The run in words: the most urgent standing first, then the others."""
        return f"{self.headline} {self.rest}".strip()

    @property
    def mixed(self) -> bool:
        """Not every device is an ASA."""
        return any(device.result.kind != "asa" for device in self.devices)

    @property
    def incomplete(self) -> str:
        return self.words(TOOL_FAILED) if self.run.exit_code == 1 else ""


def view(run: Run, trend: Trend | None = None) -> View:
    """Clean, sort and count a run. The order of devices and findings in the run does not matter."""
    run = canonical(run)
    devices = tuple(_device(f"d{number}", result) for number, result in enumerate(run.devices, 1))
    worst_first = tuple(sorted(devices, key=lambda device: STANDINGS.index(device.standing)))
    used = {name for device in devices for name in device.topics}
    headline, rest = verdict_of(devices, run.exit_code)
    shown = phones(run)
    if shown:
        headline, rest = shown.headline, " ".join(filter(None, (shown.rest, headline, rest)))
    return View(
        run=run,
        headline=headline,
        rest=rest,
        of_devices=verdict_of(devices),
        phones=shown,
        devices=devices,
        worst_first=worst_first,
        topics=tuple(name for name in TOPIC_ORDER if name in used),
        actions=_actions(worst_first),
        unread=_unread(devices),
        finding_counts=count([item.finding.status for device in devices for item in device.findings]),
        device_counts=count([result.status for result in run.devices]),
        standings=_standings(devices),
        trend=tidy(trend),
    )


def canonical(run: Run) -> Run:
    """The cleaned run: devices and phones by name, findings by control, unparsed lines by section and number."""
    run = tidy(run)
    devices = tuple(
        msgspec.structs.replace(
            device,
            findings=tuple(sorted(device.findings, key=lambda finding: natural(finding.control))),
            unparsed=tuple(sorted(device.unparsed, key=lambda line: (line.section, line.line, line.text))),
        )
        for device in sorted(run.devices, key=lambda device: natural(device.name))
    )
    return msgspec.structs.replace(run, devices=devices, predictions=tuple(sorted(run.predictions, key=order)))


def count(statuses: list[Status]) -> Counts:
    """How many of each status, every status named, worst first."""
    return {status: statuses.count(status) for status in STATUS_ORDER}


def verdict_of(devices: Sequence[DeviceView], exit_code: int = 0, words: Words = ENGLISH) -> tuple[str, str]:
    """verdict() of these devices."""
    asas, clusters = (
        _standings(device for device in devices if device.result.kind == kind) for kind in ("asa", "cucm")
    )
    return verdict(asas, exit_code, clusters, words)


def verdict(
    standings: dict[Standing, int],
    exit_code: int = 0,
    clusters: dict[Standing, int] | None = None,
    words: Words = ENGLISH,
) -> tuple[str, str]:
    """Headline (the most urgent standing of the ASAs) and the rest, then the CUCM clusters.

    A fault of the tool has a sentence of its own.
    """
    some_clusters = clusters is not None and any(clusters.values())
    sentences: list[str] = []
    if any(standings.values()) or not some_clusters:
        sentences += _of_kind(standings, ASA_NOUNS, words)
    if clusters is not None and some_clusters:
        sentences += _of_kind(clusters, CLUSTER_NOUNS, words)
    if exit_code == 1:
        sentences.append(words(TOOL_FAILED))
    headline, *rest = filter(None, sentences)
    return headline, " ".join(rest)


def _of_kind(standings: dict[Standing, int], nouns: tuple[str, str], words: Words) -> tuple[str, str]:
    total = sum(standings.values())
    present = [(standing, standings[standing]) for standing in STANDINGS if standings[standing]]
    if not present:
        return words("No {0} was audited.", words(nouns[0])), ""
    (first, number), *others = present
    if number == total:
        return _of_all(first, total, nouns, words), ""
    lead = words("{0} of {1} {2} {3}.", number, total, words(nouns[1]), words(PHRASES[first][number > 1]))
    phrases = [
        words.meant("devices", "{0} {1}", amount, words(PHRASES[standing][amount > 1])) for standing, amount in others
    ]
    before = ", ".join(phrases[:-1])
    tail = words("{0} and {1}", before, phrases[-1]) if before else phrases[-1]
    return lead, f"{tail}."


def _of_all(standing: Standing, total: int, nouns: tuple[str, str], words: Words) -> str:
    one, several = map(words, nouns)
    if total == 1:
        return words("The {0} {1}.", one, words(PHRASES[standing][0]))
    phrase = PHRASES[standing][1]
    if standing in NONE_PHRASES:
        # "All could not be read" may be taken for "some could".
        phrase = words(NONE_PHRASES[standing])
        return (
            words("Neither {0} {1}.", one, phrase)
            if total == 2
            else words("None of the {0} {1} {2}.", total, several, phrase)
        )
    phrase = words(phrase)
    return words("Both {0} {1}.", several, phrase) if total == 2 else words("All {0} {1} {2}.", total, several, phrase)


def alike(outcomes: Sequence[Outcome]) -> list[tuple[Outcome, ...]]:
    """Outcomes of which all but subject and message is the same, together: their evidence and fix are shown once."""
    groups: dict[Outcome, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(msgspec.structs.replace(outcome, subject="", message=""), []).append(outcome)
    return [tuple(group) for group in groups.values()]


def urgency(item: FindingView) -> tuple[int, int, int, tuple[object, ...]]:
    """Sort key, what to do first: needs action, by severity, certain before unknown, then by control."""
    finding = item.finding
    group = 0 if item.matters else 1 + STATUS_ORDER.index(finding.status)
    return (group, SEVERITY_ORDER.index(finding.severity), 0 if item.failed else 1, natural(finding.control))


def _standings(devices: Iterable[DeviceView]) -> dict[Standing, int]:
    counted = Counter(device.standing for device in devices)
    return {standing: counted[standing] for standing in STANDINGS}


def _device(anchor: str, result: DeviceResult) -> DeviceView:
    items = sorted(
        (
            FindingView(
                finding,
                topic(finding.features),
                finding.status == "fail" or any(outcome.status == "fail" for outcome in finding.outcomes),
            )
            for finding in result.findings
        ),
        key=urgency,
    )
    by_topic: dict[str, list[Status]] = {}
    for item in items:
        by_topic.setdefault(item.topic, []).append(item.finding.status)
    return DeviceView(
        anchor=anchor,
        result=result,
        standing=_standing(result, items),
        counts=count([item.finding.status for item in items]),
        findings=tuple(items),
        topics={name: count(by_topic[name]) for name in TOPIC_ORDER if name in by_topic},
    )


def _standing(result: DeviceResult, items: list[FindingView]) -> Standing:
    if any(item.failed and item.finding.severity == LOCKS_OUT for item in items):
        return "lockout"
    if any(item.failed for item in items) or result.status == "fail":
        return "findings"
    if result.failure is not None:
        return "unread"
    statuses = {item.finding.status for item in items} | {result.status}
    if "error" in statuses:
        return "undecided"
    if "waived" in statuses:
        return "accepted"
    return "ready" if "pass" in statuses else "nothing"


def _unread(devices: tuple[DeviceView, ...]) -> tuple[tuple[Failure, tuple[DeviceView, ...]], ...]:
    groups: dict[str, list[tuple[Failure, DeviceView]]] = {}
    for device in devices:
        if failure := device.result.failure:
            groups.setdefault(failure.code, []).append((failure, device))
    return tuple((groups[code][0][0], tuple(device for _, device in groups[code])) for code in sorted(groups))


def _actions(devices: tuple[DeviceView, ...]) -> tuple[ControlView, ...]:
    """Every control that needs action, once: by severity, certain before unknown, then the most devices first."""
    found: dict[str, list[tuple[DeviceView, FindingView]]] = {}
    for device in devices:
        for item in device.matters:
            found.setdefault(item.finding.control, []).append((device, item))
    actions = []
    for pairs in found.values():
        worst = min((item for _, item in pairs), key=urgency)
        failed = tuple(device for device, item in pairs if item.failed)
        undecided = tuple(device for device, item in pairs if not item.failed)
        actions.append(ControlView(worst.finding, worst.topic, worst.message, failed, undecided))
    return tuple(
        sorted(
            actions,
            key=lambda action: (
                SEVERITY_ORDER.index(action.finding.severity),
                not action.failed,
                -len(action.failed),
                -len(action.undecided),
                natural(action.finding.control),
            ),
        )
    )
