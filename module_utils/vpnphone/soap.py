"""SOAP answers as plain values: strings, and dicts of lists. Bounded; no DTD, no entities.

An element without children is its text (stripped; "" for xsi:nil), one with children a dict: local name -> values in
order. Namespaces and attributes are left out: CUCM's answers say nothing in them that is needed here.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_XML = 32 * 1024 * 1024
# Envelope, body, answer, return, object, list, member, field; RIS needs a few more.
MAX_DEPTH = 24
MAX_ELEMENTS = 500_000

Value: TypeAlias = "str | dict[str, list[Value]]"


class NotSoap(ValueError):
    """The answer cannot be read; the message says why, in one sentence without a full stop."""


class Fault(NamedTuple):
    """A SOAP fault: what the server says, and AXL's own number ("5007") and words where it is AXL's."""

    code: str
    text: str
    axl_code: str = ""


class Envelope(NamedTuple):
    """What stands in the body: name of its one element, and its content; or the fault. elements: how many there are."""

    name: str
    content: Value
    fault: Fault | None = None
    elements: int = 0


def read_envelope(data: bytes) -> Envelope:
    """One SOAP answer. NotSoap where it is none."""
    root, count = _read_xml(data)
    if _name(root) != "Envelope":
        raise NotSoap(f"this is no SOAP envelope; its root is {shown(_name(root))!r}")
    bodies = [child for child in root if _name(child) == "Body"]
    if len(bodies) != 1:
        raise NotSoap(f"the envelope has {len(bodies)} bodies")
    told = list(_elements(bodies[0]))
    if len(told) != 1:
        raise NotSoap(f"the body has {len(told)} elements where one was expected")
    name, content = _name(told[0]), _value(told[0])
    return Envelope(name, content, _fault(content) if name == "Fault" else None, count)


def _read_xml(data: bytes) -> tuple[Element, int]:
    """The root, and how many elements there are."""
    if len(data) > MAX_XML:
        raise NotSoap(f"the answer is longer than {MAX_XML} bytes")
    data = data.strip()
    if not data:
        raise NotSoap("the answer is empty")
    depth = count = 0
    root: Element | None = None
    try:
        for event, element in iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True):
            if event == "end":
                depth -= 1
                continue
            root = element if root is None else root
            depth += 1
            count += 1
            if depth > MAX_DEPTH or count > MAX_ELEMENTS:
                raise NotSoap(f"the answer has more than {MAX_DEPTH} levels or {MAX_ELEMENTS} elements")
    except NotSoap:
        raise
    except DefusedXmlException as error:
        raise NotSoap("the answer has a document type or entities, which CUCM never sends") from error
    except ParseError as error:
        raise NotSoap(f"the answer is not well-formed XML ({shown(str(error))})") from error
    except (ValueError, LookupError) as error:  # an encoding that is declared and unknown
        raise NotSoap(f"the answer's encoding is not known ({shown(str(error))})") from error
    if root is None:
        raise NotSoap("the answer has no element")
    return root, count


def _elements(element: Element) -> Iterator[Element]:
    return (child for child in element if isinstance(child.tag, str))


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _value(element: Element) -> Value:
    """Bounded by MAX_DEPTH."""
    fields: dict[str, list[Value]] = {}
    for child in _elements(element):
        fields.setdefault(_name(child), []).append(_value(child))
    return fields or (element.text or "").strip()


def _fault(content: Value) -> Fault:
    """Of SOAP 1.1; AXL puts its own number into detail/axlError."""
    axl = next(iter(children(first(content, "detail"), "axlError")), "")
    told = text(content, "faultstring") or text(axl, "axlmessage")
    return Fault(text(content, "faultcode"), told, text(axl, "axlcode"))


# --- looking into a value -------------------------------------------------------------------------------------------


def children(value: Value, name: str) -> list[Value]:
    """The values of that name, [] where there is none."""
    return value.get(name, []) if isinstance(value, dict) else []


def first(value: Value, *path: str) -> Value:
    """The first value at the end of a path of names, "" where there is none."""
    for name in path:
        found = children(value, name)
        if not found:
            return ""
        value = found[0]
    return value


def text(value: Value, *path: str) -> str:
    """The text at the end of a path, "" where there is none or it is no text."""
    found = first(value, *path)
    return found if isinstance(found, str) else ""


# Control and format characters: nothing that hides, reorders or moves a cursor.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+")


def shown(words: str, limit: int = 200) -> str:
    """A server's words for a message: one line, printable, bounded."""
    clean = " ".join(_UNPRINTABLE.sub(" ", words[: 4 * limit]).split())
    return clean if len(clean) <= limit else clean[: limit - 3] + "..."
