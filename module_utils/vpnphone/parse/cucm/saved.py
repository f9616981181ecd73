"""Saved answers of a cluster: one file a question (docs/saved-outputs.md), read to the answers that a live one gives.

A SOAP answer is kept as it came, so curl makes the same file. Which object an answer tells of stands in it: the word
behind the operation in a file's name is free.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ...errors import BadInput
from ...files import private_directory, write_private
from ...questions import QUESTIONS, Question
from ...redact import HIDDEN, redact
from ...soap import MAX_XML, NotSoap, read_envelope
from ..saved import FileError, decode, read_bytes
from .answer import Answers, CucmAnswer, of_envelope

MAX_FILES = 5000
# All files of a cluster together.
MAX_BYTES = 8 * MAX_XML

# Fields of AXL objects that hold secrets; `pwdPersistant` is none.
_XML_SECRET = re.compile(
    r"(<(?:[\w.-]{1,40}:)?[A-Za-z]{0,40}(?:password|passwd|passphrase|pwd|secret|pin)(?:\s[^<>]{0,300})?>)[^<]+(?=</)",
    re.IGNORECASE,
)
_JSON_SECRET = re.compile(
    r'("[^"\n]{0,40}(?:password|passwd|passphrase|secret|private_?key)[^"\n]{0,40}"\s{0,9}:\s{0,9})"[^"\n]*"',
    re.IGNORECASE,
)


# --- reading --------------------------------------------------------------------------------------------------------


def read_saved_cluster(folder: Path, name: str) -> dict[str, list[CucmAnswer]]:
    """Question -> its answers. BadInput where there is no folder, or nothing in it that is an answer."""
    if not folder.is_dir():
        raise BadInput(
            "there is no such folder.",
            where=f"{name}: {folder}",
            todo="Name the folder that holds one file a question, see docs/saved-outputs.md.",
            code="saved_outputs_missing",
        )
    try:
        files = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        raise BadInput(
            f"the folder cannot be read: {error.strerror}.", where=f"{name}: {folder}", code="saved_outputs_unreadable"
        ) from error
    left = MAX_BYTES
    answers: dict[str, list[CucmAnswer]] = {}
    for file in files[:MAX_FILES]:
        question = _question_of(file)
        if question is not None:
            answer = _read_file(question, folder / file, min(left, MAX_XML))
            left -= len(answer.raw)
            answers.setdefault(question.key, []).append(answer)
    if not answers:
        raise BadInput(
            "the folder holds no answer of a CUCM cluster.",
            where=f"{name}: {folder}",
            todo="Name the files after their operations, such as getCCMVersion.xml: see docs/saved-outputs.md.",
            code="saved_outputs_empty",
        )
    return answers


def is_cluster(folder: Path) -> bool:
    """The folder holds answers of a CUCM cluster, by the names of its files; False where it cannot be read."""
    try:
        return folder.is_dir() and any(_question_of(entry.name) for entry in folder.iterdir())
    except OSError:
        return False


def _question_of(file: str) -> Question | None:
    """By the file's name: `<key><suffix>`, or `<key>.<anything><suffix>` where there may be many."""
    for question in QUESTIONS:
        if file == question.key + question.suffix:
            return question
        if question.many and file.startswith(f"{question.key}.") and file.endswith(question.suffix):
            return question
    return None


def _read_file(question: Question, path: Path, limit: int) -> CucmAnswer:
    key = question.key
    try:
        raw = read_bytes(path, path.parent, limit + 1)
    except FileError as error:
        return CucmAnswer(key, "unreadable", detail=f"{path.name}: {error}")
    if len(raw) > limit:
        return CucmAnswer(key, "incomplete", detail=f"{path.name}: the saved answers are too long")
    if question.how in ("cli", "rest"):
        return CucmAnswer(key, "ok", decode(raw).replace("\r", ""), item=path.name, raw=raw)
    try:
        return of_envelope(question, read_envelope(raw), raw, path.name)
    except NotSoap as error:
        return CucmAnswer(key, "unreadable", detail=str(error), item=path.name, raw=raw)


# --- writing --------------------------------------------------------------------------------------------------------


def write_saved_cluster(folder: Path, answers: Answers) -> list[Path]:
    """One file an answer, secrets redacted; folder 0700, files 0600. The paths written.

    Answers without bytes (a question that got none) have no file: read again, they are missing.
    """
    private_directory(folder)
    return [
        write_private(folder / file, _redacted(answer).encode("utf-8", "replace"))
        for question in QUESTIONS
        for file, answer in _named(question, answers.get(question.key, ()))
    ]


def _named(question: Question, found: Iterable[CucmAnswer]) -> Iterable[tuple[str, CucmAnswer]]:
    kept = [answer for answer in found if answer.raw]
    for number, answer in enumerate(kept, 1):
        yield f"{question.key}{f'.{number}' if question.many else ''}{question.suffix}", answer


def _redacted(answer: CucmAnswer) -> str:
    text = decode(answer.raw)
    if answer.question.startswith("show_"):
        return redact(text)
    if answer.question == "snapshot_server":
        return _JSON_SECRET.sub(rf'\1"{HIDDEN}"', text)
    # `<removed>` would be an element here.
    return _XML_SECRET.sub(r"\1(removed)", text)
