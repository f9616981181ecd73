"""Dynamic access policies as the ASA applies them: records of the configuration, criteria of dap.xml.

The rules are those of the facts: a record without criteria in dap.xml never matches, DfltAccessPolicy is used where no
record matches, terminate wins over continue. The file counts as it was at the last activation, or at the start.
Assumed [K]: several selections of a record are all required, Lua
expressions are not evaluated here and count as false.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from ..device import Context, Device

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

DEFAULT_RECORD = "DfltAccessPolicy"
_HEAD = "dynamic-access-policy-record "


@dataclass(frozen=True)
class Verdict:
    """The records that were selected, and those of them that end the connection."""

    selected: tuple[str, ...]
    terminating: tuple[str, ...]


def decide(device: Device, context: Context, facts: Mapping[str, str]) -> Verdict:
    """facts: attributes of the session, such as aaa.cisco.tunnelgroup, to their values."""
    actions = {
        node.text.removeprefix(_HEAD).strip('"'): next(
            (child.text.split()[1] for child in node.children if child.text.startswith("action ")), "continue"
        )
        for node in context.lines(_HEAD.strip())
    }
    matching = _matching(device.dap_file, facts)
    selected = tuple(name for name in actions if name != DEFAULT_RECORD and name in matching) or (DEFAULT_RECORD,)
    return Verdict(selected, tuple(name for name in selected if actions.get(name) == "terminate"))


def _matching(data: bytes, facts: Mapping[str, str]) -> set[str]:
    """Names of the records whose criteria the session meets; none where the file is not there or not readable."""
    try:
        root = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError):
        return set()
    return {_text(record, "dapName") for record in root.iter("dapRecord") if _meets(record, facts)}


def _text(element: Element, name: str) -> str:
    """`<name><value>X</value></name>` or `<name>X</name>`."""
    found = element.find(name)
    if found is None:
        return ""
    inner = found.find("value")
    return ((found.text if inner is None else inner.text) or "").strip()


def _meets(record: Element, facts: Mapping[str, str]) -> bool:
    selections = [_selected(each, facts) for each in record.iter("dapSelection")]
    basic = bool(selections) and all(selections)
    # How an advanced (Lua) view is spelled is not known: anything beside the basic view counts as one.
    advanced = any(part.tag not in ("dapName", "dapViewsRelation", "dapBasicView") for part in record)
    return basic and (not advanced or _text(record, "dapViewsRelation").lower() == "or")


def _selected(selection: Element, facts: Mapping[str, str]) -> bool:
    values = [_attribute(each, facts) for each in selection.iter("attr")]
    match _text(selection, "dapPolicy").lower():
        case "match-any":
            return any(values)
        case "match-all":
            return bool(values) and all(values)
        case "match-none":
            return bool(values) and not any(values)
    return False


def _attribute(attr: Element, facts: Mapping[str, str]) -> bool:
    known, wanted = facts.get(_text(attr, "name").lower()), _text(attr, "value")
    if known is None:
        return False
    if _text(attr, "type").lower() == "caseless":
        known, wanted = known.lower(), wanted.lower()
    return {"EQ": known == wanted, "NE": known != wanted}.get(_text(attr, "operation").upper(), False)
