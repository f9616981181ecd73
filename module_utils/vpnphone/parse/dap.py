"""Dynamic access policies: the records of the running-config, and their criteria in dap.xml (F-042, F-043)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from ..model import DapAttribute, DapRecord, DapSelection, DapXmlRecord
from .answer import shown
from .blocks import Unreadable
from .engine import forms
from .result import Parsed
from .sections import config_blocks, read_lines, small_int, unquote, without_nested, word_set

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# --- records --------------------------------------------------------------------------------------------------------

_HEADER = re.compile(r"dynamic-access-policy-record\s")
_RECORD = forms("""
dynamic-access-policy-record {{ name | NAME }}
""")
_LINES = forms("""
action {{ action | REST }}
priority {{ priority | DIGIT }}
""")
_KNOWN = word_set("anyconnect-custom description network-acl user-message webvpn")


def parse_dap_records(text: str) -> Parsed[tuple[DapRecord, ...]]:
    """Records with action and priority. A record without an action line continues [K]; its action is "".

    Unreadable where a record has an action of another name: it must not be taken for none.
    """
    blocks, unparsed = config_blocks(text, "show running-config dynamic-access-policy-record", _HEADER)
    headers = {line.number: row for line, row in read_lines(_RECORD, (block.header for block in blocks))[0]}
    records: dict[str, DapRecord] = {}
    for block in blocks:
        if block.header.number not in headers:
            unparsed += [block.header, *block.body]
            continue
        name = unquote(headers[block.header.number]["name"])
        rows, left = read_lines(_LINES, without_nested(block.body, frozenset(("webvpn",))), _KNOWN)
        unparsed += left
        action: Literal["continue", "terminate", "quarantine", ""] = ""
        priority: int | None = None
        for line, row in rows:
            if "action" in row:
                action = _action(row["action"], name)
            else:
                priority = small_int(row["priority"])
                unparsed += [line] if priority is None else []
        records[name] = DapRecord(name=name, action=action, priority=priority)
    return Parsed(tuple(records.values()), tuple(sorted(unparsed)))


def _action(text: str, name: str) -> Literal["continue", "terminate", "quarantine"]:
    match text:
        case "continue" | "terminate" | "quarantine":
            return text
    raise Unreadable(f"record {shown(name)} has an action that is not known: {shown(text)}")


# --- dap.xml --------------------------------------------------------------------------------------------------------

MAX_XML = 4 * 1024 * 1024
MAX_DEPTH = 32
MAX_ELEMENTS = 100_000

_ROOT = "dapRecordList"
_DECLARATION = re.compile(r"<\?xml[^>]{0,200}\?>")


class _Part(NamedTuple):
    """An element without its namespace: its children, and its own text."""

    name: str
    text: str
    children: tuple[_Part, ...]

    def all(self, name: str) -> list[_Part]:
        return [child for child in self.children if child.name == name]

    def value(self, name: str) -> str:
        """`<dapName><value>X</value></dapName>`, or the plain `<dapName>X</dapName>`; "" where there is none."""
        found = self.all(name)
        if len(found) > 1:
            raise Unreadable(f"dap.xml has {len(found)} {name} in one {self.name}")
        if not found:
            return ""
        inner = found[0].all("value")
        if len(inner) > 1:
            raise Unreadable(f"dap.xml has {len(inner)} values in one {name}")
        return (inner[0] if inner else found[0]).text

    def is_said(self) -> bool:
        """There is text in it or below it."""
        return bool(self.text) or any(child.is_said() for child in self.children)


def parse_dap_xml(text: str) -> Parsed[tuple[DapXmlRecord, ...]]:
    """The selection criteria of dap.xml: dapRecordList > dapRecord > dapBasicView > dapSelection > attr.

    No real file was at hand: the shape is that of public descriptions of its schema [K]. So whatever else stands in a
    record makes it `advanced` (a criterion that is not evaluated), and a file of any other shape is Unreadable. What
    comes before the first `<` (an echoed line) is skipped; a DTD, entities, and more than 4 MiB, 32 levels or 100 000
    elements are refused.
    """
    root = _read_xml(text)
    if root.name != _ROOT:
        raise Unreadable(f"the root of dap.xml is {shown(root.name)!r}, not {_ROOT!r}")
    records: dict[str, DapXmlRecord] = {}
    for child in root.children:
        if child.name != "dapRecord":
            raise Unreadable(f"dap.xml has {shown(child.name)!r} where a dapRecord was expected")
        record = _record(child)
        if record.name in records:
            raise Unreadable(f"dap.xml has two records of the name {shown(record.name)}")
        records[record.name] = record
    return Parsed(tuple(records.values()))


def _record(part: _Part) -> DapXmlRecord:
    name = part.value("dapName")
    if not name:
        raise Unreadable("dap.xml has a dapRecord without a dapName")
    advanced = _has_more(part, ("dapName", "dapViewsRelation", "dapBasicView"))
    selections: list[DapSelection] = []
    for view in part.all("dapBasicView"):
        advanced = advanced or _has_more(view, ("dapSelection",))
        for selection in view.all("dapSelection"):
            advanced = advanced or _has_more(selection, ("dapPolicy", "attr"))
            attributes: list[DapAttribute] = []
            for attribute in selection.all("attr"):
                # `type` (caseless) says how the value is compared; a difference in case alone is judged as not known.
                advanced = advanced or _has_more(attribute, ("name", "operation", "value", "type"))
                attributes.append(
                    DapAttribute(
                        name=attribute.value("name"),
                        operation=attribute.value("operation"),
                        value=attribute.value("value"),
                    )
                )
            if selection.is_said():
                match = selection.value("dapPolicy")
                selections.append(DapSelection(match=match, attributes=tuple(attributes)))
    return DapXmlRecord(
        name=name,
        relation=part.value("dapViewsRelation") or "and",
        selections=tuple(selections),
        advanced=advanced,
    )


def _has_more(part: _Part, names: tuple[str, ...]) -> bool:
    return bool(part.text) or any(child.is_said() for child in part.children if child.name not in names)


def _read_xml(text: str) -> _Part:
    if len(text) > MAX_XML:
        raise Unreadable(f"dap.xml is longer than {MAX_XML} characters")
    start = text.find("<")
    if start < 0:
        raise Unreadable(f"this is no XML; it begins with: {shown(text)}")
    # The text is decoded already, so a declared encoding no longer holds.
    data = _DECLARATION.sub("", text[start:].replace("\0", ""), count=1).strip().encode("utf-8", "replace")
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
                raise Unreadable(f"dap.xml has more than {MAX_DEPTH} levels or {MAX_ELEMENTS} elements")
    except ParseError as error:
        raise Unreadable(f"dap.xml is not well-formed XML: {shown(str(error))}") from error
    except DefusedXmlException as error:
        raise Unreadable("dap.xml has a document type or entities, which it never needs") from error
    if root is None:
        raise Unreadable("dap.xml is empty")
    return _part(root)


def _part(element: Element) -> _Part:
    """Bounded by MAX_DEPTH. Text behind a child counts as its parent's own."""
    children = tuple(_part(child) for child in _elements(element))
    own = [element.text, *(child.tail for child in element)]
    text = " ".join(" ".join((piece or "").split()) for piece in own).strip()
    return _Part(str(element.tag).rpartition("}")[2], text, children)


def _elements(element: Element) -> Iterator[Element]:
    return (child for child in element if isinstance(child.tag, str))
