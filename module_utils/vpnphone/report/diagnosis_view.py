"""A Diagnosis as every report of it shows it: texts made safe, causes that are one joined, cited lines numbered."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from string import ascii_uppercase
from typing import Any, NamedTuple

import msgspec

from ..diagnose.signatures import BY_ID, Kind
from ..model.diagnosis import CONFIDENCE_ORDER, Attempt, Cause, Confidence, Diagnosis, LogEvent, LogSource, Side
from .diagnosis_translate import translated
from .text import Step, steps, visible
from .words import ENGLISH, Words

# Lines of one cause that are numbered, of each sort; diagnosis.json has the rest, and every report says how many.
MAX_LINES = 8
MAX_SAME = 3
# Of all causes together: the drawing shows each of them.
MAX_NUMBERED = 60
# Causes; each has a card of the page.
MAX_CAUSES = 40
# Other phones with the same cause that are listed, with so many lines of each sort.
MAX_ALIKE = 40
LINES_ALIKE = 2

CONFIDENCE_WORDS: dict[Confidence, str] = {
    "certain": "the lines prove it",
    "likely": "it fits the lines best, but something is not proven",
    "indicated": "a sign of it among others, no proof",
}
SIDE_WORDS: dict[Side | None, str] = {
    "asa": "ASA log",
    "debug": "ASA debug",
    "phone": "phone console",
    "status": "phone status messages",
    None: "not known",
}
# Seconds by which two clocks that agree may differ.
AGREES = 0.5
PAST = "A later line says that it stands no more."
OUTCOME_WORDS = {"connected": "connected", "failed": "failed", "unknown": "end not seen"}
# What one number of a line says that another does better.
_NOT_TOLD = frozenset({"interface", "function", "error", "index", "handle", "port", "of", "depth", "issuer"})


class Line(NamedTuple):
    """A line that a cause cites. label: "1.2" shows cause 1, "1.B" speaks against it; number: index of the event."""

    label: str
    number: int
    event: LogEvent


class One(NamedTuple):
    """One Cause with its lines; more, more_against: those that are not numbered."""

    cause: Cause
    evidence: tuple[Line, ...]
    against: tuple[Line, ...]
    more: int
    more_against: int


class CauseView(NamedTuple):
    """A cause, shown in full for `lead`; alike: the same of other phones, left: how many more of them."""

    number: int
    lead: One
    alike: tuple[One, ...]
    left: int
    steps: tuple[Step, ...]

    @property
    def cause(self) -> Cause:
        return self.lead.cause

    @property
    def others(self) -> int:
        return len(self.alike) + self.left


class DiagnosisView(NamedTuple):
    """What is shown. more: causes that are not; labels: of each cited event (index) its numbers.

    diagnosis is said in the language of words; plain: the same as diagnosis.json has it.
    """

    diagnosis: Diagnosis
    plain: Diagnosis
    words: Words
    headline: str
    rest: str
    causes: tuple[CauseView, ...]
    more: int
    labels: dict[int, tuple[str, ...]]

    @property
    def lines_read(self) -> int:
        return sum(source.lines for source in self.diagnosis.sources)


def view(diagnosis: Diagnosis, words: Words = ENGLISH) -> DiagnosisView:
    """The only way to a DiagnosisView: no text of a log gets into a report unless it was made safe here."""
    plain = safe_diagnosis(diagnosis)
    said = translated(plain, words)
    causes, more = _causes(said)
    labels: dict[int, tuple[str, ...]] = {}
    for cause in causes:
        for line in (*cause.lead.evidence, *cause.lead.against):
            labels[line.number] = (*labels.get(line.number, ()), line.label)
    headline, rest = _headline(said, causes, words), _rest(said, causes, more, words)
    return DiagnosisView(said, plain, words, headline, rest, causes, more, labels)


def safe_diagnosis(diagnosis: Diagnosis) -> Diagnosis:
    """The same with every text on one line, what cannot be seen spelled out, secrets masked; `created` in UTC."""
    plain = msgspec.to_builtins(diagnosis, builtin_types=(datetime,))
    safe = msgspec.convert(_safe(plain), Diagnosis)
    if safe.created is None:
        return safe
    aware = safe.created if safe.created.tzinfo else safe.created.replace(tzinfo=UTC)
    return msgspec.structs.replace(safe, created=aware.astimezone(UTC))


# Logs say the same few thousand things again and again: devices, files, ciphers, names of fields.
_known = functools.lru_cache(maxsize=1 << 14)(visible)


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return (_known if len(value) < 512 else visible)(value)
    if isinstance(value, dict):
        # In the order in which diagnosis.json has them, so that both give the same reports.
        return {_safe(key): _safe(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_safe(item) for item in value]
    return value


def _causes(diagnosis: Diagnosis) -> tuple[tuple[CauseView, ...], int]:
    """Causes that differ in their phone alone are one: what stands first, of that the surest; how many are left."""
    groups: dict[tuple[Any, ...], list[Cause]] = {}
    ordered = sorted(diagnosis.causes, key=lambda cause: (cause.past, CONFIDENCE_ORDER.index(cause.confidence)))
    for cause in ordered:
        # What a line speaks against is another story than what none does.
        groups.setdefault((cause.id, cause.title, cause.confidence, cause.past, bool(cause.against)), []).append(cause)
    found = []
    room = MAX_NUMBERED
    for number, members in enumerate(list(groups.values())[:MAX_CAUSES], 1):
        lead = _one(diagnosis, members[0], number, room)
        room -= len(lead.evidence) + len(lead.against)
        alike = tuple(_one(diagnosis, cause, 0, LINES_ALIKE) for cause in members[1 : MAX_ALIKE + 1])
        left = len(members) - 1 - len(alike)
        found.append(CauseView(number, lead, alike, left, tuple(steps(lead.cause.next_steps))))
    return tuple(found), len(groups) - len(found)


def _one(diagnosis: Diagnosis, cause: Cause, number: int, room: int) -> One:
    """number: of the cause, 0 where its lines get none; room: lines of each sort, one at least."""
    sorts = []
    for indexes, letters in ((cause.evidence, False), (cause.against, True)):
        chosen = _telling(diagnosis, indexes, min(MAX_LINES, max(room, 1)))
        marks = [_letters(place) if letters else str(place + 1) for place in range(len(chosen))]
        sorts.append(
            tuple(
                Line(f"{number}.{mark}" if number else "", index, diagnosis.events[index])
                for mark, index in zip(marks, chosen, strict=True)
            )
        )
    evidence, against = sorts
    return One(cause, evidence, against, len(cause.evidence) - len(evidence), len(cause.against) - len(against))


def _telling(diagnosis: Diagnosis, indexes: tuple[int, ...], room: int) -> list[int]:
    """The most telling so many, in their order; of each message MAX_SAME at most, as the tenth tells nothing new."""
    known = [index for index in dict.fromkeys(indexes) if 0 <= index < len(diagnosis.events)]
    seen: dict[str, int] = {}
    kept: list[int] = []
    for index in known:
        name = diagnosis.events[index].signature
        seen[name] = seen.get(name, 0) + 1
        kept += [index] if seen[name] <= MAX_SAME else []
    best = set(_best([diagnosis.events[index] for index in kept], room))
    return [index for place, index in enumerate(kept) if place in best]


def most_telling(lines: tuple[Line, ...], room: int) -> tuple[Line, ...]:
    """The so many that tell most, in their order."""
    best = set(_best([line.event for line in lines], room))
    return tuple(line for place, line in enumerate(lines) if place in best)


def _best(events: list[LogEvent], room: int) -> list[int]:
    """Places of the so many that tell most: one of each message first; trouble and success before context; proof."""
    seen: set[str] = set()
    ranked = []
    for place, event in enumerate(events):
        known = BY_ID.get(event.signature)
        proves = known is not None and known.status == "D" and bool(known.proves)
        ranked.append((event.signature in seen, kind_of(event) == "context", not proves, place))
        seen.add(event.signature)
    return [place for *_, place in sorted(ranked)[:room]]


def _letters(number: int) -> str:
    """A to Z, then AA and so on."""
    text = ""
    number += 1
    while number:
        number, place = divmod(number - 1, 26)
        text = ascii_uppercase[place] + text
    return text


def _headline(diagnosis: Diagnosis, causes: tuple[CauseView, ...], words: Words) -> str:
    if diagnosis.verdict == "cause":
        title = causes[0].cause.title.rstrip(".") if causes else words("A cause was found, but none is listed")
        return f"{title}."
    if diagnosis.verdict == "healthy":
        if causes:
            return words("Nothing is wrong at the end of these logs.")
        return words("Nothing is wrong in these logs.")
    if diagnosis.verdict == "open":
        return words("These logs decide nothing.")
    return words("Nothing in these logs is known.") if diagnosis.sources else words("There was nothing to read.")


def _rest(diagnosis: Diagnosis, causes: tuple[CauseView, ...], more: int, words: Words) -> str:
    read = sum(source.lines for source in diagnosis.sources)
    known = sum(source.recognised for source in diagnosis.sources)
    if diagnosis.verdict == "cause" and causes:
        return _of_causes(causes, more, words)
    if diagnosis.verdict == "healthy":
        joined = sum(phone.last == "connected" for phone in diagnosis.phones)
        said = [
            words.counted(
                "{0} phone connected; no failure stands at their end.",
                "{0} phones connected; no failure stands at their end.",
                joined,
            )
            if joined
            else words("No failure stands at their end.")
        ]
        if causes:
            said.append(words("What stood before is listed below."))
        return " ".join([*said, words("What happened before or after them, they do not say.")])
    if diagnosis.verdict == "open":
        return words.many(
            "{0} line of {1} mean something, but none tells of a failure or of a session. No guess is made: "
            "docs/diagnosis.md says how to collect what is missing.",
            "{0} lines of {1} mean something, but none tells of a failure or of a session. No guess is made: "
            "docs/diagnosis.md says how to collect what is missing.",
            known, f"{known:,}", f"{read:,}",
        )  # fmt: skip
    if not diagnosis.sources:
        return words("docs/diagnosis.md says which logs are needed, and how to collect them.")
    return words.counted(
        "{0} line was read, and none of them means anything here. No guess is made: the table of what was read says "
        "why, docs/diagnosis.md how to collect what is needed.",
        "{0} lines were read, and none of them means anything here. No guess is made: the table of what was read says "
        "why, docs/diagnosis.md how to collect what is needed.",
        read,
    )


def _of_causes(causes: tuple[CauseView, ...], more: int, words: Words) -> str:
    """How certain the first one is, and how much more there is."""
    first = causes[0]
    confidence = words.called("confidence", first.cause.confidence).capitalize()
    said = [f"{confidence}: {words(CONFIDENCE_WORDS[first.cause.confidence])}."]
    if first.others:
        said.append(
            words.counted("So it is for {0} other phone too.", "So it is for {0} other phones too.", first.others)
        )
    if rest := len(causes) - 1 + more:
        said.append(words.counted("{0} more cause is listed below.", "{0} more causes are listed below.", rest))
    return " ".join(said)


def kind_of(event: LogEvent) -> Kind:
    """Whether its message is good or bad news; context where this release does not know the signature."""
    known = BY_ID.get(event.signature)
    return known.kind if known else "context"


def says(event: LogEvent, words: Words = ENGLISH) -> str:
    """What the line proves by itself, or what it is a sign of, in words; "" where nothing is known of it."""
    known = BY_ID.get(event.signature)
    if known is None:
        return ""
    # A form that no document prints proves nothing by itself [K].
    memory = words("The form of this line is from memory, not from a document.") if known.status == "K" else ""
    if known.proves and not memory:
        return words.diagnosed(known.proves)
    sentence = words.diagnosed(known.indicates or known.proves)
    return " ".join(filter(None, (words("A sign: {0}", sentence) if sentence else "", memory)))


def name_of(signature: str) -> str:
    """What a message is called in a few words, by the id of its signature."""
    return signature.partition(".")[2].replace("_", " ") or signature


def in_words(event: LogEvent, words: Words = ENGLISH) -> str:
    """A few words for a mark of the drawing: number, what the message is, and what it names."""
    known = BY_ID.get(event.signature)
    fields = event.fields
    # As the message has them; what is not of it is not told.
    order = [key for key in known.pattern.groupindex if key in fields] if known else list(fields)
    name = name_of(event.signature)
    number = f"{event.number} " if event.side == "asa" and event.number else ""
    place = "/".join(fields[key] for key in ("address", "port") if fields.get(key))
    # The host stands in the URL.
    skipped = {*_NOT_TOLD, "address", *(("host",) if "url" in fields else ())}
    told = [fields[key] for key in order if fields[key] not in ("", name) and key not in skipped]
    values = ", ".join([*told, *([place] if place else [])])
    name = words.called("line", name) if known else name
    return f"{number}{name}: {values}" if values else f"{number}{name}"


def at(event: LogEvent) -> str:
    """Where the line is: file:line."""
    return f"{event.source}:{event.line}"


def who(cause: Cause, words: Words = ENGLISH) -> str:
    """Phone, user and ASA of a cause, as far as they are known."""
    user = words("user {0}", cause.user) if cause.user else ""
    whose = cause.phone or user or words("the logs do not say whose phone")
    if cause.phone and cause.user and cause.phone.upper() not in cause.user.upper():
        whose += f" ({user})"
    return words("{0} on {1}", whose, cause.asa) if cause.asa else whose


def other_lines(source: LogSource) -> int:
    """Lines whose form is known, but not what they say."""
    return max(source.lines - source.recognised - source.foreign, 0)


def attempt_title(attempt: Attempt, words: Words = ENGLISH) -> str:
    """How an attempt is called: whose, by which connection, where."""
    whose = attempt.phone or attempt.user
    parts = [part for part in (attempt.device, attempt.key, whose if whose != attempt.device else "") if part]
    name = " ".join(parts) or words("no name")
    return f"{name}: {words(OUTCOME_WORDS[attempt.outcome])}"


def offset_words(phone: str, asa: str, seconds: float, words: Words = ENGLISH) -> str:
    """How a phone's clock stands to the ASA's; behind it goes from how many pairs that is known."""
    phone, asa = phone or words("a phone without a name"), asa or words("the ASA")
    if abs(seconds) < AGREES:
        return words("The clock of {0} agrees with that of {1}", phone, asa)
    much = duration(abs(seconds), words)
    if seconds > 0:
        return words("The clock of {0} is {1} ahead of that of {2}", phone, much, asa)
    return words("The clock of {0} is {1} behind that of {2}", phone, much, asa)


def duration(seconds: float, words: Words = ENGLISH) -> str:
    """1.5 s, 14 min 3 s, 3 h 4 min, 2 d 5 h."""
    if seconds < 10:
        return words("{0} s", f"{seconds:.1f}")
    whole = round(seconds)
    units = ((86400, "{0} d", 3600, "{0} h"), (3600, "{0} h", 60, "{0} min"), (60, "{0} min", 1, "{0} s"))
    for size, word, smaller, less in units:
        if whole >= size:
            rest = whole % size // smaller
            return words(word, whole // size) + (f" {words(less, rest)}" if rest else "")
    return words("{0} s", whole)


def phones_in_order(diagnosis: Diagnosis) -> list[Any]:
    """Stories of phones: those that failed last first, then by name."""
    weight = {"failed": 0, "unknown": 1, "connected": 2}
    return sorted(diagnosis.phones, key=lambda story: (weight[story.last], story.phone))
