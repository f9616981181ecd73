"""S6: whatever reads XML reads no DTD, no entity, nothing from outside, and no more than it must."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NamedTuple

import pytest
from ansible.module_utils.vpnphone import soap
from ansible.module_utils.vpnphone.parse import cnf, dap
from ansible.module_utils.vpnphone.parse.result import Unreadable

from tests.unit.security.product import ROOT, SOURCES, calls, nodes, short

NAME = "SEP001122334455.cnf.xml"


class Reader(NamedTuple):
    """read raises or says that it refuses; frame: a document of that kind around some content; caps as they stand."""

    read: Callable[[bytes], str]
    frame: str
    depth: int
    elements: int
    size: int


def _soap(data: bytes) -> str:
    try:
        soap.read_envelope(data)
    except soap.NotSoap as error:
        return str(error)
    return ""


def _dap(data: bytes) -> str:
    try:
        dap.parse_dap_xml(data.decode("utf-8", "replace"))
    except Unreadable as error:
        return str(error)
    return ""


def _cnf(data: bytes) -> str:
    return cnf.read_cnf(data, NAME).detail


READERS = {
    "soap.py": Reader(
        _soap,
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><a>%s</a></e:Body></e:Envelope>',
        soap.MAX_DEPTH, soap.MAX_ELEMENTS, soap.MAX_XML,
    ),
    "parse/dap.py": Reader(
        _dap,
        "<dapRecordList><dapRecord><dapName>n</dapName><x>%s</x></dapRecord></dapRecordList>",
        dap.MAX_DEPTH, dap.MAX_ELEMENTS, dap.MAX_XML,
    ),
    "parse/cnf.py": Reader(
        _cnf, "<device><other>%s</other></device>", cnf.MAX_DEPTH, cnf.MAX_ELEMENTS, cnf.MAX_FILE,
    ),
}  # fmt: skip
reader = pytest.mark.parametrize("reader", READERS.values(), ids=READERS)


def test_s06_these_are_all_readers_of_xml() -> None:
    """And each is defusedxml's; other parsers of the standard library, and lxml, are not in the product."""
    found: set[str] = set()
    for path in SOURCES:
        typing_only = {
            id(inner)
            for node in nodes(path)
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            for inner in ast.walk(node)
        }
        for node in nodes(path):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                first = name.split(".")[0]
                assert first not in ("lxml", "bs4", "html5lib", "plistlib", "xmlrpc", "xmltodict"), short(path)
                assert name != "html.parser", short(path)
                # saxutils only escapes; ElementTree writes JUnit, and the next test sees that it reads nothing.
                if first == "xml" and id(node) not in typing_only:
                    assert name == "xml.sax.saxutils" or name.startswith("xml.etree"), short(path)
                if first == "defusedxml":
                    found.add(short(path).removeprefix("module_utils/vpnphone/"))
    assert found == set(READERS)


def test_s06_what_is_not_for_reading_reads_nothing() -> None:
    """ElementTree itself stands where XML is written: its parsers are called nowhere."""
    parsing = ("fromstring", "XMLParser", "XMLPullParser", "fromstringlist", "XML", "parseString")
    for path in SOURCES:
        used = [name for name, _ in calls(path) if name.rpartition(".")[2] in parsing]
        assert not used, f"{short(path)}: {used}"


@pytest.mark.parametrize("place", READERS)
def test_s06_a_dtd_is_forbidden_where_a_parser_is_made(place: str) -> None:
    made = [
        call
        for name, call in calls(ROOT / "module_utils" / "vpnphone" / place)
        if name in ("iterparse", "DefusedXMLParser", "parse", "fromstring")
    ]
    assert made
    for call in made:
        assert ast.unparse(next(one.value for one in call.keywords if one.arg == "forbid_dtd")) == "True"


@reader
def test_s06_the_frame_is_read(reader: Reader) -> None:
    """Else the refusals below prove nothing."""
    assert reader.read((reader.frame % "x").encode()) == ""


HEADS = {
    "entity": '<!DOCTYPE a [<!ENTITY e "x">]>',
    "billion-laughs": '<!DOCTYPE a [<!ENTITY e "ha"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;">]>',
    "file": '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
    "parameter": '<!DOCTYPE a [<!ENTITY % e SYSTEM "file:///etc/hostname">]>',
    "external-dtd": '<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd">',
    "public-dtd": '<!DOCTYPE a PUBLIC "-//X//Y//EN" "http://192.0.2.1/a.dtd">',
    "bare": "<!DOCTYPE a>",
}


@reader
@pytest.mark.parametrize("head", HEADS)
def test_s06_document_types_and_entities_are_refused(reader: Reader, head: str) -> None:
    content = "&e;" if "<!ENTITY e" in HEADS[head] else "x"
    told = reader.read((HEADS[head] + reader.frame % content).encode())
    assert "document type or entities" in told


@reader
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_s06_another_encoding_hides_no_document_type(reader: Reader, encoding: str) -> None:
    assert reader.read((HEADS["file"] + reader.frame % "&e;").encode(encoding)) != ""


@reader
def test_s06_depth_count_and_size_are_capped(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (soap, dap, cnf):
        # As they stand, they are tested beside the readers; here a hundredth does.
        monkeypatch.setattr(module, "MAX_ELEMENTS", module.MAX_ELEMENTS // 100)
    deep = "<a>" * reader.depth
    assert "levels" in reader.read((reader.frame % (deep + deep.replace("<", "</"))).encode())
    many = "<a/>" * (reader.elements // 100)
    assert "elements" in reader.read((reader.frame % many).encode())
    assert "longer than" in reader.read((reader.frame % ("x" * reader.size)).encode())


@reader
@pytest.mark.parametrize("junk", ["<b/>", "junk", "<a", "\1\2"])
def test_s06_nothing_follows_the_document(reader: Reader, junk: str) -> None:
    assert reader.read((reader.frame % "x" + junk).encode()) != ""


def test_s06_an_unsigned_or_unverified_file_says_so() -> None:
    """The signature of .sgn is not verified (docs/security.md); but a name that promises one wants an envelope."""
    plain = (READERS["parse/cnf.py"].frame % "x").encode()
    assert cnf.read_cnf(plain, NAME).signed is False
    assert cnf.read_cnf(plain, f"{NAME}.sgn").status == "unreadable"
