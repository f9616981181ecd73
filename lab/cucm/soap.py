"""SOAP envelopes as AXL and RisPort take and give them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
# What XML 1.0 cannot carry.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TYPE = "text/xml;charset=utf-8"


class Fault(Exception):
    """A SOAP fault. code: AXL's number of it, -1 for what has none; status: of the HTTP answer."""

    def __init__(self, text: str, code: int = -1, status: int = 500, *, client: bool = False) -> None:
        self.text, self.code, self.status, self.client = text, code, status, client
        super().__init__(text)


@dataclass(frozen=True)
class Call:
    """The first element of a request's body: its name, its namespace, and itself."""

    operation: str
    namespace: str
    element: Element


def parse(body: bytes) -> Call:
    """Raises Fault for what is no SOAP request."""
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Fault(f"Error parsing the request: {type(error).__name__}", client=True) from None
    inside = root.find(f"{{{ENVELOPE}}}Body")
    if root.tag != f"{{{ENVELOPE}}}Envelope" or inside is None or not len(inside):
        raise Fault("The request is no SOAP envelope with a body.", client=True)
    element = inside[0]
    namespace, operation = split(element.tag)
    return Call(operation, namespace, element)


def split(tag: str) -> tuple[str, str]:
    """(namespace, local name) of `{namespace}name`."""
    namespace, brace, name = tag.rpartition("}")
    return (namespace.removeprefix("{"), name) if brace else ("", tag)


def local(element: Element) -> str:
    """Clients qualify the children of a request or not; both are taken."""
    return split(element.tag)[1]


def child(element: Element, name: str) -> Element | None:
    return next((inner for inner in element if local(inner) == name), None)


def children(element: Element | None, name: str) -> list[Element]:
    return [] if element is None else [inner for inner in element if local(inner) == name]


def text_of(element: Element | None, default: str = "") -> str:
    return default if element is None or element.text is None else element.text.strip()


def value_of(element: Element, name: str, default: str = "") -> str:
    """The text of a child."""
    return text_of(child(element, name), default)


def is_nil(element: Element) -> bool:
    return element.get(f"{{{_XSI}}}nil") in ("true", "1") or not text_of(element)


def node(name: str, *content: Element | str | None, **attributes: str) -> Element:
    """An element with a text or with children; None adds nothing. Characters that XML cannot carry are left out."""
    made = Element(name, {key: _FORBIDDEN.sub("", value) for key, value in attributes.items()})
    for part in content:
        if isinstance(part, str):
            made.text = _FORBIDDEN.sub("", part)
        elif part is not None:
            made.append(part)
    return made


def boolean(value: bool) -> str:
    return "true" if value else "false"


def envelope(content: Iterable[Element]) -> bytes:
    made = Element("soapenv:Envelope", {"xmlns:soapenv": ENVELOPE})
    body = Element("soapenv:Body")
    body.extend(content)
    made.append(body)
    text: str = tostring(made, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode()


def fault(problem: Fault, operation: str) -> bytes:
    """As AXL words it: the text twice, with its number and the name of the request."""
    detail = node(
        "detail",
        node(
            "axlError",
            node("axlcode", str(problem.code)),
            node("axlmessage", problem.text),
            node("request", operation),
        ),
    )
    made = node(
        "soapenv:Fault",
        node("faultcode", "soapenv:Client" if problem.client else "soapenv:Server"),
        node("faultstring", problem.text),
        detail,
    )
    return envelope([made])
