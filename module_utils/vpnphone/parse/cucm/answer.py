"""One answer of a cluster, live or saved, and looking for what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from ...questions import BY_KEY, PAGE, Question
from ...soap import Envelope, Value, children, first, shown, text

Status = Literal["ok", "refused", "incomplete", "unreadable", "missing"]


class CucmAnswer(NamedTuple):
    """One answer to a question; value only where status is ok: plain values of SOAP, text of the others.

    item: the name or page that was asked for. raw: the bytes of the answer, for a folder of saved answers.
    """

    question: str
    status: Status
    value: Value = ""
    detail: str = ""
    item: str = ""
    raw: bytes = b""


# Question -> its answers, in order.
Answers = Mapping[str, Sequence[CucmAnswer]]


class Unknown(Exception):
    """A section cannot be learned; status as in model.Source, the message says why."""

    def __init__(self, status: Status, why: str) -> None:
        self.status = status
        super().__init__(why)


def of_envelope(question: Question, envelope: Envelope, raw: bytes, item: str = "") -> CucmAnswer:
    """A SOAP answer as an answer to that question; unreadable where it is another one's."""
    key = question.key
    if envelope.fault is not None:
        why = f"{key} was refused: {shown(envelope.fault.text) or 'no reason is given'}"
        return CucmAnswer(key, "refused", detail=why, item=item, raw=raw)
    operation = "executeSQLQuery" if question.how == "sql" else question.text
    expected = {f"{operation}Response", "selectCmDeviceResponse"} if question.how == "ris" else {f"{operation}Response"}
    if envelope.name not in expected:
        why = f"this is no answer of {operation}: it holds {shown(envelope.name, 60)!r}"
        return CucmAnswer(key, "unreadable", detail=why, item=item, raw=raw)
    if question.how != "ris" and not children(envelope.content, "return"):
        return CucmAnswer(key, "unreadable", detail=f"the answer of {operation} returns nothing", item=item, raw=raw)
    return CucmAnswer(key, "ok", envelope.content, item=item, raw=raw)


def file_of(question: Question) -> str:
    """The name of its file, for a message."""
    return f"{question.key}{'.NAME' if question.many else ''}{question.suffix}"


def answers_of(answers: Answers, key: str) -> list[CucmAnswer]:
    """All answers of a question. Unknown where there is none, or one of them is no good."""
    found = list(answers.get(key, ()))
    if not found:
        raise Unknown("missing", f"no answer of {key} ({file_of(BY_KEY[key])})")
    bad = next((answer for answer in found if answer.status != "ok"), None)
    if bad is not None:
        raise Unknown(bad.status, f"{key} {shown(bad.item, 60)}: {bad.detail}" if bad.item else bad.detail)
    return found


def value_of(answers: Answers, key: str) -> Value:
    """What the one answer of a question returns: the content of <return>."""
    return first(answers_of(answers, key)[0].value, "return")


def rows_of(answers: Answers, key: str) -> list[Value]:
    """The rows of an SQL statement, over all its pages."""
    pages = [children(first(answer.value, "return"), "row") for answer in answers_of(answers, key)]
    # A statement that is not refused for its size is answered whole.
    _need_all_pages(pages, key, alone=True)
    return [row for page in pages for row in page]


def listed(answers: Answers, key: str, tag: str) -> list[Value]:
    """The objects of a list... operation, over all its pages."""
    pages = [children(first(answer.value, "return"), tag) for answer in answers_of(answers, key)]
    if BY_KEY[key].many:
        _need_all_pages(pages, key, alone=False)
    return [item for page in pages for item in page]


def _need_all_pages(pages: list[list[Value]], key: str, *, alone: bool) -> None:
    """The last page is shorter than the others, or empty. alone: one answer is not a page, but all."""
    sizes = [len(page) for page in pages]
    whole = alone or sizes[0] != PAGE if len(sizes) == 1 else min(sizes) < max(sizes) or max(sizes) == 0
    if not whole:
        raise Unknown("incomplete", f"{key}: every page has {sizes[0]} rows, so the last one is not there")


def objects(answers: Answers, list_key: str, get_key: str, tag: str) -> Iterator[tuple[str, Value]]:
    """Name and content of each object that list_key names, as get_key tells it, in the order of the list.

    Unknown where one of them was not told: of a cluster that is known in part, what is missing would look absent.
    """
    names = [text(item, "name") for item in listed(answers, list_key, tag)]
    if not names:
        return
    told = {}
    for answer in answers_of(answers, get_key):
        found = first(answer.value, "return", tag)
        told[text(found, "name")] = found
    for name in names:
        if not name or name not in told:
            raise Unknown("missing", f"{get_key} of {shown(name, 60)!r} is not among the answers")
        yield name, told[name]


def flag(value: Value, name: str) -> bool | None:
    """AXL's booleans are "t", "f", "true" or "false"; None for anything else."""
    match text(value, name).lower():
        case "t" | "true" | "1":
            return True
        case "f" | "false" | "0":
            return False
    return None


def number(value: Value, name: str) -> int | None:
    """A number of at most nine digits, else None."""
    digits = text(value, name)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None
