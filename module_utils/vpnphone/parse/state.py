"""Answers to the state of one device. Pure: no file, no network, and never an exception for what a device said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import msgspec

from ..commands import COMMANDS
from ..model import AsaState, Source, UnparsedLine
from .blocks import Line, Unreadable
from .result import Parsed
from .ssl import parse_ssl
from .table import PARSERS

AnswerStatus = Literal["ok", "absent", "missing", "refused", "incomplete", "unreadable"]

MAX_UNPARSED = 200
MAX_UNPARSED_TEXT = 300
# A further key of the answers, beside the sections: the text is the device's host name (from a configuration).
HOSTNAME = "hostname"
# What a section holds where the device says that there is no such thing; for others the parser of an empty answer says.
_ABSENT: dict[str, Any] = {"dap_xml": ()}

# What no show command prints: noise of the line, or escapes of whatever recorded the text. NUL and CR are no harm.
_NOISE = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Control characters, and format characters that can hide or reorder text on a screen; lone surrogates fit no file.
_UNPRINTABLE = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


class Answer(NamedTuple):
    """What came of one command; status and detail as in model.Source, text only where status is ok.

    command is the one that was really given, or read from a file: a running configuration answers as
    `show running-config`.
    """

    command: str
    status: AnswerStatus
    text: str = ""
    detail: str = ""


def build_state(
    device: str,
    origin: Literal["live", "saved"],
    answers: Mapping[str, Answer],
    gathered_at: datetime | None,
) -> AsaState:
    """Parse every answer (section -> Answer) into the state; sources has an entry for every section of COMMANDS.

    A parser that says Unreadable, or fails in any other way, leaves its section None and its source unreadable.
    """
    values: dict[str, Any] = {}
    sources: dict[str, Source] = {}
    unparsed: list[UnparsedLine] = []
    for command in COMMANDS:
        answer = answers.get(command.section)
        if answer is None:
            sources[command.section] = Source(command=command.text, status="missing")
            continue
        sources[command.section], parsed = _read(command.section, answer)
        if parsed is not None:
            values[command.section] = parsed.value
            unparsed += _reported(command.section, parsed.unparsed)
    _drop_empty_chain(values, sources)
    return AsaState(
        device=device,
        origin=origin,
        gathered_at=gathered_at,
        hostname=_hostname(values, answers),
        sources=sources,
        unparsed=tuple(unparsed),
        **values,
    )


def _drop_empty_chain(values: dict[str, Any], sources: dict[str, Source]) -> None:
    """[K] A release may want the trustpoint's name in that command, and print nothing without: that is no fact."""
    listed = sum(found.kind in ("identity", "ca") for found in values.get("certificates") or ())
    if values.get("certificate_chain") == () and listed:
        detail = f"it shows none, though `{sources['certificates'].command}` lists {listed}"
        source = msgspec.structs.replace(sources["certificate_chain"], status="incomplete", detail=detail)
        del values["certificate_chain"]
        sources["certificate_chain"] = source


# A gather reads its first answers twice: to choose the later commands, and for the whole state.
@lru_cache(maxsize=4)
def _read(section: str, answer: Answer) -> tuple[Source, Parsed[Any] | None]:
    parsed: Parsed[Any] | None = None
    status, detail = answer.status, answer.detail
    try:
        if status == "ok":
            parsed = _parse(section, answer)
        elif status == "absent":
            parsed = Parsed(_ABSENT[section]) if section in _ABSENT else PARSERS[section]("")
    except Unreadable as error:
        status, detail = "unreadable", str(error)
    except Exception as error:
        # A fault of a parser must cost its section, not the run.
        status, detail = "unreadable", f"the parser failed ({type(error).__name__})"
    return Source(command=answer.command, status=status, detail=_printable(detail)), parsed


def _parse(section: str, answer: Answer) -> Parsed[Any]:
    text = answer.text.encode("utf-8", "replace").decode("utf-8")
    noise = _NOISE.search(text)
    if noise:
        # A damaged line would count as one that is not there.
        line = text.count("\n", 0, noise.start()) + 1
        raise Unreadable(f"line {line} holds control characters that no ASA prints: the answer is damaged")
    if section == "ssl":
        # Only `all` spells the defaults out; a line that is not in a plain answer is at its default.
        return parse_ssl(text, defaults_shown="all" in answer.command.split())
    return _parsed(PARSERS[section], text)


# The two units of a failover pair hold the same certificates, and tell them in the same words.
@lru_cache(maxsize=16)
def _parsed(parser: Callable[[str], Parsed[Any]], text: str) -> Parsed[Any]:
    return parser(text)


def _reported(section: str, lines: tuple[Line, ...]) -> Iterator[UnparsedLine]:
    for line in lines[:MAX_UNPARSED]:
        yield UnparsedLine(section=section, line=line.number, text=_printable(line.text))
    if len(lines) > MAX_UNPARSED:
        more = len(lines) - MAX_UNPARSED
        yield UnparsedLine(section=section, line=lines[MAX_UNPARSED].number, text=f"(and {more} more lines)")


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub("", text)[:MAX_UNPARSED_TEXT]


def _hostname(values: Mapping[str, Any], answers: Mapping[str, Answer]) -> str:
    """From show version, else from a configuration."""
    version = values.get("version")
    told = answers.get(HOSTNAME)
    return (version.hostname if version is not None else "") or _printable(told.text if told else "")
