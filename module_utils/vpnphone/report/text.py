"""Text of devices and people, made safe to show: the one place where reports clean it.

Device text is hostile: it may hold terminal escapes, direction overrides, NULs and lines of any length.
"""

from __future__ import annotations

import functools
import operator
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

from ..redact import redact

T = TypeVar("T")

# Longest text of one field, in characters; the cut is marked with the number of characters left out.
MAX_TEXT = 4000
# Longest name (device, control, subject, ...); names become headings, file rows and XML attributes.
MAX_NAME = 200
# fmt: off
NAME_FIELDS = frozenset({
    "name", "device", "control", "title", "hostname", "release", "run_id", "site", "tool_version", "subject",
    "section", "command", "code", "severity", "tunnel_group", "approved_by", "expires", "schema_version",
    "phone", "model", "asa", "step",
})
# fmt: on

# Escape sequences as ECMA-48 has them. Every repeat stops at the next ESC, so the whole scan stays linear; a string
# sequence without its end loses its introducer alone, otherwise it would hide the rest of the text.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,16}[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]{0,4096}(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]{0,16}[0-~]"
)
# Controls but tab and newline, lone surrogates, non-characters that XML forbids, and what changes how other
# characters look: direction marks and overrides, zero-width spaces, interlinear and tag characters.
_UNSHOWABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
# Lines of a device. The state holds no secret; this is the last door before a file that people pass around.
_REDACTED_FIELDS = frozenset({"lines", "text", "detail", "first", "what_if"})
_LINE_ENDS = re.compile("\r\n|[\u2028\u2029]")
_SUSPECT = re.compile(f"{_UNSHOWABLE.pattern}|[\u2028\u2029]")
_UNSEEN = re.compile(f"{_UNSHOWABLE.pattern}|[\n\u2028\u2029]")


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """Without escapes, controls and direction overrides; tab and newline stay; at most `limit` characters."""
    if (text.isascii() and text.isprintable()) or not _SUSPECT.search(text):
        return cut(text, limit)
    text = _LINE_ENDS.sub("\n", text)
    return cut(_UNSHOWABLE.sub("", _ESCAPES.sub("", text)), limit)


def visible(text: str, limit: int = MAX_TEXT) -> str:
    r"""One line in which what cannot be seen can: ESC as \x1b, a direction override as \u202e, a newline as \n.

    Where clean() would take such characters away: the text is evidence, and they are part of it. Secrets are masked,
    also one that such a character would hide.
    """
    if (text.isascii() and text.isprintable()) or not _UNSEEN.search(text):
        return cut(" ".join(redact(text).split()), limit)
    bare = clean(text, len(text))
    if (hidden := redact(bare)) != bare:
        return one_line(hidden, limit)
    return cut(" ".join(_UNSEEN.sub(_spelled, text).split()), limit)


def _spelled(match: re.Match[str]) -> str:
    character = match[0]
    number = ord(character)
    if character in "\n\r":
        return "\\n" if character == "\n" else "\\r"
    return f"\\x{number:02x}" if number < 0x80 else f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def cut(text: str, limit: int) -> str:
    """At most `limit` characters; a cut says how many are missing. Cutting twice changes nothing."""
    if len(text) <= limit:
        return text
    kept = text[: max(limit - 40, 0)].rstrip()
    return f"{kept} … ({len(text) - len(kept)} more characters)"[:limit]


def one_line(text: str, limit: int = MAX_TEXT) -> str:
    """As clean(), with every run of blanks and newlines turned to one blank."""
    line = cut(" ".join(clean(text, max(limit, len(text))).split()), limit)
    return text if line == text else line


def tidy(value: T, field: str = "") -> T:
    """The same value, every text in it cleaned and names on one line; times in UTC (naive ones taken as UTC).

    Secrets in lines of a device are masked.

    What is clean already comes back as the very same object, and tidy(tidy(x)) == tidy(x).
    """
    # The walk keeps the type, which cannot be spelled.
    return cast("T", _tidy(value, _kind(field)))


class _Tidied(dict[str, str]):
    """Text -> what it becomes in one kind of field, found out once.

    A fleet says the same few thousand things again and again: titles, commands, lines of a common configuration.
    """

    def __init__(self, make: Callable[[str], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, text: str) -> str:
        tidied = self._make(text)
        if len(text) < 512:
            if len(self) >= 1 << 13:
                self.clear()
            self[text] = tidied
        return tidied


_LINES = _Tidied(lambda text: cut(redact(clean(text)), MAX_TEXT))
_NAMES = _Tidied(lambda text: one_line(text, MAX_NAME))
_OTHERS = _Tidied(clean)


def _kind(field: str) -> _Tidied:
    return _LINES if field in _REDACTED_FIELDS else _NAMES if field in NAME_FIELDS else _OTHERS


def _tidy(value: Any, known: _Tidied) -> Any:
    # Hundreds of thousands of values in the run of a fleet, most of them empty or known: each branch is as short as
    # it can be.
    if not value:
        return value
    if isinstance(value, str):
        tidied = known[value]
        return value if tidied == value else tidied
    if isinstance(value, tuple):
        if set(map(type, value)) == {str}:
            texts = tuple([known[text] for text in value])
            return value if texts == value else texts
        items = [_tidy(item, known) for item in value]
        return value if all(map(operator.is_, items, value)) else tuple(items)
    if isinstance(value, msgspec.Struct):
        changed = {}
        for name, kind in _fields_with_text(type(value)):
            old = getattr(value, name)
            if not old:
                continue
            if type(old) is str:
                if (text := kind[old]) != old:
                    changed[name] = text
            elif (new := _tidy(old, kind)) is not old:
                changed[name] = new
        return msgspec.structs.replace(value, **changed) if changed else value
    if isinstance(value, dict):
        pairs = {one_line(key, MAX_NAME): _tidy(item, _OTHERS) for key, item in value.items()}
        same = pairs.keys() == value.keys() and all(pairs[key] is value[key] for key in pairs)
        return value if same else pairs
    if isinstance(value, datetime):
        if value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value if value.tzinfo is UTC else value.astimezone(UTC)
    return value


@functools.cache
def _fields_with_text(kind: type[msgspec.Struct]) -> tuple[tuple[str, _Tidied], ...]:
    """The fields of a type that need a look, with their kind: not its numbers, and not the words of a closed list."""
    plain = (
        msgspec.inspect.IntType,
        msgspec.inspect.FloatType,
        msgspec.inspect.BoolType,
        msgspec.inspect.NoneType,
        msgspec.inspect.LiteralType,
    )
    info = msgspec.inspect.type_info(kind)
    fields = info.fields if isinstance(info, msgspec.inspect.StructType) else ()
    return tuple(
        (one.name, _kind(one.name))
        for one in fields
        if not all(
            isinstance(part, plain)
            for part in (one.type.types if isinstance(one.type, msgspec.inspect.UnionType) else (one.type,))
        )
    )


@functools.lru_cache(maxsize=1 << 12)
def natural(text: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Sort key by which asa2 comes before asa10, and which no two different texts share."""
    parts = []
    for part in re.findall(r"[0-9]+|[^0-9]+", text.lower()):
        digits = part.lstrip("0")
        # Compared by length, then as text: int() refuses long numbers.
        parts.append((0, len(digits), digits) if part[0].isdigit() and part.isascii() else (1, 0, part))
    return tuple(parts), text


def width(text: str) -> int:
    """Columns that a terminal takes for the text (wide characters two, combining ones none)."""
    return len(text) if text.isascii() else sum(map(_columns, text))


@functools.lru_cache(maxsize=1 << 12)
def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def fit(text: str, columns: int) -> str:
    """One line of at most `columns` terminal columns, an ellipsis at its end where it was cut."""
    text = one_line(text, MAX_TEXT)
    if width(text) <= columns:
        return text
    kept = ""
    used = 0
    for character in text:
        used += _columns(character)
        if used > columns - 1:
            break
        kept += character
    return kept.rstrip() + "…"


def pad(text: str, columns: int) -> str:
    """The text with blanks up to so many terminal columns."""
    return text + " " * (columns - width(text))


class Step(NamedTuple):
    """A part of a fix: commands to type one after the other, or one thing that a person must do."""

    by_hand: bool
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def steps(fix: tuple[str, ...]) -> list[Step]:
    """The lines of a fix with neighbouring commands joined.

    A line that starts with "PERSON:", or reads as a sentence (capital first, full stop or colon last), is for a person;
    ASA commands start in lower case.
    """
    found: list[Step] = []
    for line in fix:
        if line.startswith("PERSON:"):
            found.append(Step(True, (line.removeprefix("PERSON:").strip(),)))
        elif line[:1].isupper() and line.endswith((".", ":")):
            found.append(Step(True, (line,)))
        elif found and not found[-1].by_hand:
            found[-1] = Step(False, (*found[-1].lines, line))
        else:
            found.append(Step(False, (line,)))
    return found


def said_fix(fix: Iterable[str], say: Callable[[str], str]) -> tuple[str, ...]:
    """The lines of a fix in another language: sentences for a person, marked as such; commands as they are typed."""
    return tuple(_said_line(line, say) for line in fix)


def _said_line(line: str, say: Callable[[str], str]) -> str:
    step = steps((line,))[0]
    said = say(step.text) if step.by_hand else step.text
    return line if said == step.text else f"PERSON: {said}"


def pieces(text: str) -> list[tuple[bool, str]]:
    """Text as (is code, part): what stands between two backquotes on one line is code."""
    parts = re.split(r"`([^`\n]{1,300})`", text)
    return [(index % 2 == 1, part) for index, part in enumerate(parts) if part]


def bare(message: str) -> str:
    """A message without the word that its status already says."""
    return message.removeprefix("UNKNOWN:").lstrip()
