"""dap.xml with one record more: nothing else changes, and no file of any kind ends in a traceback (all self-made)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.parse.dap import MAX_XML, parse_dap_xml
from ansible.module_utils.vpnphone.plan.dap_diff import unified
from ansible.module_utils.vpnphone.plan.dap_merge import criterion, merge_dap_xml
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.parse.test_dap_parsers import ATTRIBUTE, record, xml

NAME, GROUP = "VPNPhone", "VPNPhone"
LAPTOPS = record("Laptops", attributes=ATTRIBUTE.replace("VPNPhone", "Staff"))


def merged(text: str | None) -> str:
    return merge_dap_xml(text, NAME, GROUP)


def kept(old: str, new: str) -> bool:
    """new is old with something put in at one place, and perhaps a line end behind it."""
    old = old.lstrip(" \t\r\n")
    if not new.endswith(old[-1]) and new.endswith("\n"):
        old += "\r\n" if "\r\n" in old else "\n"
    head = next((at for at in range(len(old)) if at >= len(new) or old[at] != new[at]), len(old))
    tail = next((at for at in range(len(old)) if at >= len(new) or old[-1 - at] != new[-1 - at]), len(old))
    return head + tail >= len(old)


def test_a_new_file() -> None:
    text = merged(None)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<dapRecordList>\n<dapRecord>\n')
    assert text.endswith("</dapRecord>\n</dapRecordList>\n")
    assert parse_dap_xml(text).value == (criterion(NAME, GROUP),)
    assert merged(text) == text


def test_the_record_stands_behind_the_others() -> None:
    old = xml(LAPTOPS)
    new = merged(old)
    at = new.index("<dapRecord>\n<dapName>\n<value>VPNPhone")
    assert new[:at] + "</dapRecordList>\n" == old
    assert new[at:].endswith("</dapBasicView>\n</dapRecord>\n</dapRecordList>\n")


_ROOT, _END = "<dapRecordList>", "</dapRecordList>"
SHAPES: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "no last line end": lambda text: text.rstrip("\n"),
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "one line": lambda text: text.replace("\n", ""),
    "blanks before and behind": lambda text: f"\n \r\n{text}\n\n",
    "a mark": lambda text: f"\ufeff{text}",
    "no declaration": lambda text: text.split("?>", 1)[1].lstrip(),
    "namespace": lambda text: text.replace("<dapRecordList>", '<dapRecordList xmlns="urn:example">'),
    "an attribute with >": lambda text: text.replace(_ROOT, "<dapRecordList a=\"x > '\" b='/z>\"'>"),
    "indented end": lambda text: text.replace("</dapRecordList>", "  </dapRecordList>"),
    "blank in the end tag": lambda text: text.replace("</dapRecordList>", "</dapRecordList  \n>"),
    "comment behind the root": lambda text: f"{text}<!-- </dapRecordList> -->\n",
    "instruction behind the root": lambda text: f"{text}<?x </dapRecordList> ?>",
    "comment with an end tag": lambda text: text.replace(_END, f"<!-- {_END} -->{_END}"),
    "cdata with an end tag": lambda text: text.replace("Laptops", "<![CDATA[Lap </dapRecordList> tops]]>"),
    "entities": lambda text: text.replace("Laptops", "Lap &amp; &#x26; tops"),
    "umlauts": lambda text: text.replace("Laptops", "Läptöps"),
    "latin-1 without umlauts": lambda text: text.replace("UTF-8", "ISO-8859-1"),
    "lua": lambda text: text.replace("<dapBasicView>", "<advancedView>a &lt; b</advancedView>\n<dapBasicView>"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_everything_else_stays_as_it_is(shape: str) -> None:
    old = SHAPES[shape](xml(LAPTOPS))
    before = parse_dap_xml(old).value
    new = merged(old)
    assert parse_dap_xml(new).value == (*before, criterion(NAME, GROUP))
    assert kept(old, new) and new != old and new.endswith("\n")
    assert new.lstrip("\ufeff").startswith("<")
    assert ("\r\n<dapRecord>\r\n<dapName>\r\n<value>VPNPhone</value>\r\n" in new) == (shape == "crlf")
    assert merged(new) == new


@pytest.mark.parametrize(
    ("root", "opened"),
    [
        ("<dapRecordList/>", "<dapRecordList>"),
        ("<dapRecordList />", "<dapRecordList>"),
        ('<dapRecordList a="b"/>', '<dapRecordList a="b">'),
        ("<dapRecordList></dapRecordList>", "<dapRecordList>"),
    ],
)
def test_an_empty_root_is_opened(root: str, opened: str) -> None:
    head = "<?xml version='1.0'?>\n<!-- <dapRecordList/> -->\n"
    new = merged(f"{head}{root}\n<!-- end -->\n")
    assert new.startswith(head + opened) and new.endswith("</dapRecordList>\n<!-- end -->\n")
    assert parse_dap_xml(new).value == (criterion(NAME, GROUP),)
    assert merged(new) == new


@pytest.mark.parametrize(
    "stands",
    [
        record(),
        record(match="match-all"),
        record(attributes=ATTRIBUTE.replace("</attr>", "<type>caseless</type></attr>")),
        record(attributes=ATTRIBUTE.replace("EQ", "eq").replace("aaa.c", "AAA.C")),
    ],
)
def test_a_record_that_stands_leaves_the_file_alone(stands: str) -> None:
    for text in (xml(stands), xml(LAPTOPS, stands), xml(stands, LAPTOPS).rstrip("\n")):
        assert merged(text) == text


@pytest.mark.parametrize(
    "stands",
    [
        record(match="match-none"),
        record(match="match-some"),
        record(attributes=""),
        record(attributes=ATTRIBUTE * 2),
        record(attributes=ATTRIBUTE.replace("VPNPhone", "Staff")),
        record(attributes=ATTRIBUTE.replace("VPNPhone", "vpnphone")),
        record(attributes=ATTRIBUTE.replace("EQ", "NE")),
        record(attributes=ATTRIBUTE.replace("tunnelgroup", "grouppolicy")),
        record(more="<advancedView>EVAL(1)</advancedView>"),
        record(extra="<dapSelection><dapPolicy><value>match-any</value></dapPolicy></dapSelection>"),
        record("vpnphone"),
    ],
)
def test_a_record_with_other_criteria_is_never_overwritten(stands: str) -> None:
    with pytest.raises(BadInput) as caught:
        merged(xml(LAPTOPS, stands))
    assert caught.value.code == "dap_record_differs" and caught.value.todo


def test_the_record_of_the_exact_name_counts() -> None:
    text = xml(record("vpnphone", match="match-none"), record())
    assert merged(text) == text


BAD = {
    "empty": "",
    "blank": "\n",
    "text": "Type help or '?' for a list of available commands.",
    "echo before it": f"more disk0:/dap.xml\n{xml(LAPTOPS)}",
    "other root": xml(LAPTOPS, root="other"),
    "other child": xml("<thing/>"),
    "prefix": xml(LAPTOPS).replace(_ROOT, '<p:dapRecordList xmlns:p="u">').replace(_END, "</p:dapRecordList>"),
    "prefix, empty": '<p:dapRecordList xmlns:p="u"/>',
    "cut off": xml(LAPTOPS)[:-20],
    "two roots": xml(LAPTOPS) + xml(LAPTOPS).split("?>", 1)[1],
    "twice": xml(LAPTOPS, LAPTOPS),
    "nameless": xml(record("")),
    "doctype": "<!DOCTYPE dapRecordList>" + xml(LAPTOPS).split("?>", 1)[1],
    "entity": '<!DOCTYPE a [<!ENTITY x "y">]>' + xml(record("&x;")).split("?>", 1)[1],
    "undefined entity": xml(record("&x;")),
    "nul": xml(LAPTOPS).replace("Laptops", "Lap\0tops"),
    "escape": xml(LAPTOPS).replace("Laptops", "Lap\x1btops"),
    "lost in decoding": xml(LAPTOPS).replace("Laptops", "Lap\ufffdtops"),
    "surrogate": xml(LAPTOPS).replace("Laptops", "Lap\udcfctops"),
    "latin-1 with umlauts": xml(LAPTOPS).replace("UTF-8", "ISO-8859-1").replace("Laptops", "Läptops"),
    "deep": "<dapRecordList>" + "<a>" * 40 + "</a>" * 40 + "</dapRecordList>",
    "long": xml(LAPTOPS).replace("Laptops", "L" * MAX_XML),
    "as long as may be": xml(record("L" * (MAX_XML - len(xml(record("")))))),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_be_read_is_left_alone(kind: str) -> None:
    with pytest.raises(BadInput) as caught:
        merged(BAD[kind])
    assert caught.value.code == "dap_xml_unreadable" and caught.value.todo and "\n" not in str(caught.value)


@pytest.mark.parametrize("group", ["A&B", "<x>", "]]>", "&amp;", "a.b-c_d", "T" * 64])
def test_names_are_escaped(group: str) -> None:
    new = merge_dap_xml(xml(LAPTOPS), f"R{group}", group)
    assert parse_dap_xml(new).value[-1] == criterion(f"R{group}", group)


# --- any file -------------------------------------------------------------------------------------------------------

_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp", "Zs"), exclude_characters="<&]\ufffd"),
    min_size=1,
    max_size=12,
)
_SPACE = st.sampled_from(["", "\n", "  ", "\n\n  "])
_NOISE = st.sampled_from(
    [
        "",
        "<!-- </dapRecordList> -->",
        "<!-- <dapRecord> -->",
        "<?pi </dapRecordList>?>",
        "<extra>1</extra>",
        "<x a='>'/>",
    ]
)


@st.composite
def _records(draw: st.DrawFn) -> str:
    name = draw(_TEXT.filter(lambda text: text.lower() not in ("vpnphone", "other")))
    match = draw(st.sampled_from(["match-any", "match-all", "match-none"]))
    value = draw(_TEXT)
    attribute = (
        f"<attr><name>aaa.cisco.{draw(_TEXT)}</name><value><![CDATA[{value}]]></value><operation>EQ</operation></attr>"
    )
    text = record(
        name, match=match, attributes=attribute * draw(st.integers(0, 2)), more=draw(_NOISE), extra=draw(_NOISE)
    )
    return draw(_SPACE) + text + draw(_SPACE)


@st.composite
def files(draw: st.DrawFn) -> str:
    names: set[str] = set()
    records = []
    for text in draw(st.lists(_records(), max_size=4)):
        name = text.split("<value>", 1)[1].split("</value>", 1)[0]
        records += [] if name in names else [text]
        names.add(name)
    body = xml(*records)
    if draw(st.booleans()):
        body = body.replace("\n", draw(st.sampled_from(["\r\n", ""])))
    tail = draw(st.sampled_from(["", "<!-- </dapRecordList> -->", "\n\n"]))
    return draw(_SPACE) + body + tail


@given(files(), st.from_regex(r"[A-Za-z0-9&<>._-]{1,20}", fullmatch=True))
def test_any_file_keeps_what_it_says(text: str, group: str) -> None:
    before = parse_dap_xml(text).value
    new = merge_dap_xml(text, NAME, group)
    assert parse_dap_xml(new).value == (*before, criterion(NAME, group))
    assert kept(text, new)
    assert merge_dap_xml(new, NAME, group) == new
    other = merge_dap_xml(new, "Other", group)
    assert parse_dap_xml(other).value == (*before, criterion(NAME, group), criterion("Other", group))


def _attempt(text: str, name: str = NAME, group: str = GROUP) -> None:
    try:
        new = merge_dap_xml(text, name, group)
    except BadInput as error:
        assert error.code in ("dap_xml_unreadable", "dap_record_differs") and "\n" not in str(error)
    else:
        assert parse_dap_xml(new).value
        assert merge_dap_xml(new, name, group) == new


@given(st.text(max_size=200))
def test_any_text_ends_in_a_file_or_the_one_error(text: str) -> None:
    _attempt(text)
    _attempt(f"<dapRecordList>{text}</dapRecordList>")


@given(files(), st.data())
def test_any_damage_ends_in_a_file_or_the_one_error(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 12))
    put = data.draw(
        st.sampled_from(
            ["", "<", ">", "</dapRecordList>", "<!--", "]]>", "<![CDATA[", '"', "&", "\0", "<dapRecordList>", "/"]
        )
    )
    _attempt(text[:at] + put + text[at + length :])


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_name_ends_in_a_file_or_the_one_error(name: str, group: str) -> None:
    _attempt(xml(LAPTOPS), name, group)


# --- the difference -------------------------------------------------------------------------------------------------


def test_the_difference_is_one_hunk() -> None:
    old = "".join(f"{number}\n" for number in range(10))
    new = old.replace("7\n", "7\nseven\x07\n")
    assert unified(old, new, "disk0:/x") == (
        "--- disk0:/x\n+++ disk0:/x\n@@ -6,5 +6,6 @@\n 5\n 6\n 7\n+seven\\x07\n 8\n 9\n"
    )
    assert unified(old, old, "disk0:/x") == ""
    assert unified("", "a\n", "disk0:/x") == "--- /dev/null\n+++ disk0:/x\n@@ -0,0 +1,1 @@\n+a\n"


def test_a_long_line_is_shown_an_element_a_line() -> None:
    old = xml(LAPTOPS).replace("\n", "")
    shown = unified(old, merged(old), "disk0:/dap.xml")
    assert "+<value>VPNPhone</value>\n" in shown and "-" not in shown.split("@@\n", 1)[1][:1]
    assert max(len(line) for line in shown.splitlines()) < 120


_LINES = st.lists(st.sampled_from(["a", "b", "<c>"]), max_size=12)


@given(_LINES, _LINES)
def test_the_difference_tells_both_files(old: list[str], new: list[str]) -> None:
    text = unified("".join(f"{line}\n" for line in old), "".join(f"{line}\n" for line in new), "x")
    if not text:
        assert old == new
        return
    _, _, head, *body = text.splitlines()
    (old_at, old_count), (new_at, new_count) = (
        tuple(map(int, part[1:].split(","))) for part in head.strip("@ ").split(" ")
    )
    left = [line[1:] for line in body if line[0] in " -"]
    right = [line[1:] for line in body if line[0] in " +"]
    start_old, start_new = old_at - (1 if old_count else 0), new_at - (1 if new_count else 0)
    assert left == old[start_old : start_old + old_count] and len(left) == old_count
    assert right == new[start_new : start_new + new_count] and len(right) == new_count
    assert [*old[:start_old], *right, *old[start_old + old_count :]] == new
