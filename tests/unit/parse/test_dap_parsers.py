"""Dynamic access policies: records of the configuration, and dap.xml (every XML here is self-made)."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone.model import DapAttribute, DapRecord, DapSelection, DapXmlRecord
from ansible.module_utils.vpnphone.parse.dap import MAX_DEPTH, MAX_ELEMENTS, MAX_XML, parse_dap_records, parse_dap_xml
from ansible.module_utils.vpnphone.parse.result import Unreadable

RECORDS = """\
dynamic-access-policy-record DfltAccessPolicy
 action terminate
dynamic-access-policy-record VPNPhone
 description "phones at home"
 user-message "action terminate"
 network-acl PHONES
 priority 10
 webvpn
  appl-acl WEB
  action-like thing
dynamic-access-policy-record "Old Laptops"
 action quarantine
 priority 4294967295
dynamic-access-policy-record Go
 action continue
"""


@pytest.mark.parametrize(
    "text",
    [RECORDS, RECORDS.replace("\n", "\r\n"), "".join(f"    {line}\n" for line in RECORDS.splitlines())],
    ids=["plain", "crlf", "indented"],
)
def test_records(text: str) -> None:
    parsed = parse_dap_records(text)
    assert parsed.unparsed == ()
    assert parsed.value == (
        DapRecord(name="DfltAccessPolicy", action="terminate"),
        DapRecord(name="VPNPhone", priority=10),
        DapRecord(name="Old Laptops", action="quarantine", priority=4294967295),
        DapRecord(name="Go", action="continue"),
    )


def test_records_an_empty_answer_is_a_fact() -> None:
    assert parse_dap_records("").value == ()


@pytest.mark.parametrize(
    "text",
    [
        # An action that is not known must not be taken for none, which means continue.
        "dynamic-access-policy-record A\n action block\n",
        "dynamic-access-policy-record A\n action terminate now\n",
        "webvpn\n",
        "ERROR: % Invalid input detected at '^' marker.\n",
    ],
)
def test_records_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_dap_records(text)


@pytest.mark.parametrize("line", ["novelty 1", "action", "priority high", f"priority {'9' * 11}"])
def test_records_what_is_not_understood_is_reported(line: str) -> None:
    parsed = parse_dap_records(f"dynamic-access-policy-record A\n {line}\n")
    assert parsed.value == (DapRecord(name="A"),)
    assert [found.text for found in parsed.unparsed] == [f" {line}"]


# --- dap.xml --------------------------------------------------------------------------------------------------------

ATTRIBUTE = "<attr><name>aaa.cisco.tunnelgroup</name><value>VPNPhone</value><operation>EQ</operation></attr>"
PHONE = DapAttribute(name="aaa.cisco.tunnelgroup", operation="EQ", value="VPNPhone")


def record(
    name: str = "VPNPhone", *, attributes: str = ATTRIBUTE, match: str = "match-any", more: str = "", extra: str = ""
) -> str:
    return f"""<dapRecord>
<dapName>
<value>{name}</value>
</dapName>
<dapViewsRelation>
<value>and</value>
</dapViewsRelation>
{more}
<dapBasicView>
<dapSelection>
<dapPolicy>
<value>{match}</value>
</dapPolicy>
{attributes}
</dapSelection>
{extra}
</dapBasicView>
</dapRecord>
"""


def xml(*records: str, root: str = "dapRecordList") -> str:
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<{root}>\n{"".join(records)}</{root}>\n'


ONE = DapXmlRecord(name="VPNPhone", selections=(DapSelection(match="match-any", attributes=(PHONE,)),))


@pytest.mark.parametrize(
    "text",
    [
        xml(record()),
        xml(record()).replace("\n", "\r\n"),
        # One line, echoed blank lines, a mark, other declarations, a namespace, comments.
        xml(record()).replace("\n", ""),
        f"\r\n\r\n{xml(record())}\n\n",
        f"\ufeff{xml(record())}",
        xml(record()).replace("UTF-8", "UTF-16"),
        xml(record()).split("?>", 1)[1],
        xml(record()).replace("<dapRecordList>", '<dapRecordList xmlns="urn:example">'),
        xml(record(more="<!-- a comment -->")),
        xml(record(more="<?note here?>")),
        # Values without their <value>.
        xml(record()).replace("<value>\nVPNPhone", "VPNPhone").replace("match-any</value>", "match-any</value>"),
        xml(record(attributes=ATTRIBUTE.replace("</operation>", "</operation><type>caseless</type>"))),
        xml(record(more="<dapAdvancedView><value>  </value></dapAdvancedView>")),
    ],
)
def test_one_record(text: str) -> None:
    assert parse_dap_xml(text) == ((ONE,), ())


def test_plain_values() -> None:
    text = "<dapRecordList><dapRecord><dapName>A</dapName></dapRecord></dapRecordList>"
    assert parse_dap_xml(text).value == (DapXmlRecord(name="A"),)


def test_several_of_everything() -> None:
    other = "<attr><name>endpoint.os.version</name><value>Windows 10</value><operation>NE</operation></attr>"
    second = f"<dapSelection><dapPolicy><value>match-all</value></dapPolicy>{other}</dapSelection>"
    text = xml(record(attributes=ATTRIBUTE + other, extra=second), record("B", match="match-none"))
    windows = DapAttribute(name="endpoint.os.version", operation="NE", value="Windows 10")
    assert parse_dap_xml(text).value == (
        DapXmlRecord(
            name="VPNPhone",
            selections=(
                DapSelection(match="match-any", attributes=(PHONE, windows)),
                DapSelection(match="match-all", attributes=(windows,)),
            ),
        ),
        DapXmlRecord(name="B", selections=(DapSelection(match="match-none", attributes=(PHONE,)),)),
    )


def test_no_record_is_a_fact() -> None:
    assert parse_dap_xml("<dapRecordList/>").value == ()


@pytest.mark.parametrize(
    "text",
    [
        xml(record(more="<dapAdvancedView><value>EVAL(endpoint.os.version, 'EQ', 'x')</value></dapAdvancedView>")),
        xml(record(more="<advancedView><lua>return true</lua></advancedView>")),
        xml(record(more="return true")),
        xml(record(extra="<dapLua>true</dapLua>")),
        xml(record(attributes=f"{ATTRIBUTE}<negate>true</negate>")),
        xml(record(attributes=ATTRIBUTE.replace("<value>", "<negate>yes</negate><value>"))),
    ],
)
def test_a_criterion_that_is_not_evaluated_is_told(text: str) -> None:
    (found,) = parse_dap_xml(text).value
    assert found.advanced is True
    assert found.name == "VPNPhone"


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><dapRecordList>&b;</dapRecordList>'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no XML"),
        ("just words", "no XML"),
        ("<dapRecordList>", "not well-formed"),
        (f"{xml(record())}<more/>", "not well-formed"),
        (f"{xml(record())}asa# exit", "not well-formed"),
        ("<html><body>404</body></html>", "root"),
        (xml(record(), root="other"), "root"),
        ("<dapRecordList><other/></dapRecordList>", "dapRecord was expected"),
        ("<dapRecordList><dapRecord/></dapRecordList>", "without a dapName"),
        (xml(record(), record()), "two records"),
        (xml(record(more="<dapName><value>B</value></dapName>")), "2 dapName"),
        (xml(record(attributes="<attr><name>a</name><value>1</value><value>2</value></attr>")), "2 value"),
        (BOMB, "document type"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><dapRecordList/>', "document type"),
        ("<dapRecordList>&undefined;</dapRecordList>", "not well-formed"),
        ("<a>" * (MAX_DEPTH + 1) + "</a>" * (MAX_DEPTH + 1), "levels"),
        ("<a>" * 100_000, "levels"),
        (f"<dapRecordList>{'<a/>' * MAX_ELEMENTS}</dapRecordList>", "elements"),
        (f"<dapRecordList>{' ' * MAX_XML}</dapRecordList>", "longer"),
    ],
)
def test_anything_else_is_unreadable(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        parse_dap_xml(text)


@pytest.mark.parametrize("depth", [MAX_DEPTH - 1, MAX_DEPTH])
def test_the_depth_that_is_still_read(depth: int) -> None:
    inner = "<b>" * (depth - 2) + "</b>" * (depth - 2)
    text = f"<dapRecordList><dapRecord><dapName>A</dapName>{inner.replace('b>', 'x>')}</dapRecord></dapRecordList>"
    assert parse_dap_xml(text).value == (DapXmlRecord(name="A"),)
