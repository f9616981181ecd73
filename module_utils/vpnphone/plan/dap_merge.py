"""dap.xml with one record more: everything that stood there stays as it is, to the character (F-042, F-043).

The record is put in as text, before the end of the root element; no XML is written anew, so nothing of the other
records, their Lua expressions and comments can change. The result is parsed again and must say what it said before, and
the new record.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from ..dap import TUNNEL_GROUP
from ..errors import BadInput
from ..model import DapAttribute, DapSelection, DapXmlRecord
from ..parse.dap import parse_dap_xml
from ..parse.result import Unreadable

FILE = "dap.xml"
UNREADABLE, DIFFERS = "dap_xml_unreadable", "dap_record_differs"
_ROOT = "dapRecordList"

# What a text that came over a terminal, and must go back as it was, cannot hold; U+FFFD stands for what was lost.
_LOST = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd\ufffe\uffff]")
# Linear: the pieces of a well-formed document without a DTD.
_PIECE = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|(?P<end></[^<>]*>)|(?P<start><(?:\"[^\"]*\"|'[^']*'|[^'\"<>])*>)",
    re.DOTALL,
)
_ENCODING = re.compile(r"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_ROOT_END = re.compile(rf"</{_ROOT}\s*>")
_EMPTY_ROOT = re.compile(rf"(<{_ROOT}(?:\s.*)?)/>", re.DOTALL)
_MARK = "\ufeff"
_BEFORE = f"{_MARK} \t\r\n"


def merge_dap_xml(text: str | None, record: str, tunnel_group: str) -> str:
    """The file with the record whose one criterion is `aaa.cisco.tunnelgroup` EQ tunnel_group, match-any.

    text None: there is no file yet. A record that stands so already: the text itself. BadInput: dap_xml_unreadable
    where the file is not of the known shape, dap_record_differs where a record of that name has other criteria.
    """
    if text is None:
        return _confirmed(_new_file(record, tunnel_group), (), record, tunnel_group)
    old = _records(text)
    alike = [found for found in old if found.name.lower() == record.lower()]
    if alike:
        standing = next((found for found in alike if found.name == record), alike[0])
        if standing.name == record and selects(standing, tunnel_group):
            return text
        raise BadInput(
            f"{FILE} has a record {standing.name!a:.80} already, with other criteria.",
            where=FILE,
            todo="Give profile.dap.record a name that nobody uses, or change that record in ASDM.",
            code="dap_record_differs",
        )
    return _confirmed(_with(text, record, tunnel_group), old, record, tunnel_group)


def selects(record: DapXmlRecord, tunnel_group: str) -> bool:
    """The record's one criterion is that tunnel-group. With one criterion match-any and match-all say the same."""
    if record.advanced or len(record.selections) != 1:
        return False
    selection = record.selections[0]
    if selection.match.strip().lower() not in ("match-any", "match-all") or len(selection.attributes) != 1:
        return False
    criterion = selection.attributes[0]
    name, operation = criterion.name.strip().lower(), criterion.operation.strip().upper()
    return (name, operation, criterion.value) == (TUNNEL_GROUP, "EQ", tunnel_group)


def criterion(record: str, tunnel_group: str) -> DapXmlRecord:
    """The record as the parser reads it."""
    attribute = DapAttribute(name=TUNNEL_GROUP, operation="EQ", value=tunnel_group)
    selection = DapSelection(match="match-any", attributes=(attribute,))
    return DapXmlRecord(name=record, selections=(selection,))


# --- text -----------------------------------------------------------------------------------------------------------


def _block(record: str, tunnel_group: str) -> list[str]:
    """The lines of the record, each element as ASDM writes it [K]; `type` is what ASDM gives to an AAA attribute."""
    return [
        "<dapRecord>",
        "<dapName>",
        f"<value>{escape(record)}</value>",
        "</dapName>",
        "<dapViewsRelation>",
        "<value>and</value>",
        "</dapViewsRelation>",
        "<dapBasicView>",
        "<dapSelection>",
        "<dapPolicy>",
        "<value>match-any</value>",
        "</dapPolicy>",
        "<attr>",
        f"<name>{TUNNEL_GROUP}</name>",
        f"<value>{escape(tunnel_group)}</value>",
        "<operation>EQ</operation>",
        "<type>caseless</type>",
        "</attr>",
        "</dapSelection>",
        "</dapBasicView>",
        "</dapRecord>",
    ]


def _new_file(record: str, tunnel_group: str) -> str:
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    return "".join(f"{line}\n" for line in (head, f"<{_ROOT}>", *_block(record, tunnel_group), f"</{_ROOT}>"))


def _with(text: str, record: str, tunnel_group: str) -> str:
    """The block before the root's end tag. Blanks before the first `<`, which XML does not allow, go."""
    mark = _MARK if text.startswith(_MARK) else ""
    text = mark + text.lstrip(_BEFORE)
    newline = "\r\n" if "\r\n" in text else "\n"
    block = "".join(line + newline for line in _block(record, tunnel_group))
    pieces = list(_PIECE.finditer(text))
    end = next((piece for piece in reversed(pieces) if piece["end"]), None)
    if end is None:
        # No element has an end: the root is empty, and is opened.
        start = next((piece for piece in pieces if piece["start"]), None)
        empty = _EMPTY_ROOT.fullmatch(start["start"]) if start else None
        if start is None or empty is None:
            raise _unreadable("its root element is not found")
        opened = f"{empty[1].rstrip()}>{newline}{block}</{_ROOT}>"
        return _ended(text[: start.start()] + opened + text[start.end() :], newline)
    if not _ROOT_END.fullmatch(end["end"]):
        raise _unreadable("its root element has a prefix")
    at = len(text[: end.start()].rstrip(" \t"))
    at = at if text[:at].endswith("\n") else end.start()
    return _ended(text[:at] + block + text[at:], newline)


def _ended(text: str, newline: str) -> str:
    """A terminal does not show the last line end, so it is not known whether there was one."""
    return text if text.endswith("\n") else text + newline


# --- what is read ---------------------------------------------------------------------------------------------------


def _records(text: str) -> tuple[DapXmlRecord, ...]:
    """What the file says. BadInput where it cannot be read, or could not be sent back as it was."""
    lost = _LOST.search(text)
    if lost:
        raise _unreadable(f"it holds U+{ord(lost[0]):04X}, which does not come through a terminal as it was")
    if not text.lstrip(_BEFORE).startswith("<"):
        raise _unreadable("it does not begin with `<`")
    declared = _ENCODING.match(text.lstrip(_BEFORE))
    if declared and declared[1].lower() not in ("utf-8", "utf8") and not text.lstrip(_MARK).isascii():
        raise _unreadable(f"it is {declared[1]} and not plain ASCII")
    try:
        return parse_dap_xml(text).value
    except Unreadable as error:
        raise _unreadable(str(error)) from error


def _confirmed(merged: str, old: tuple[DapXmlRecord, ...], record: str, tunnel_group: str) -> str:
    """The file, once it is sure that it says what it said before, and the new record."""
    if _records(merged) != (*old, criterion(record, tunnel_group)):
        raise _unreadable("a record could not be put into it so that all others stay as they are")
    return merged


def _unreadable(why: str) -> BadInput:
    return BadInput(
        f"{FILE} is not changed: {why}.",
        where=FILE,
        todo="Look at it with ASDM, and make the record there.",
        code="dap_xml_unreadable",
    )
