"""JUnit, CSV, Markdown and the terminal's table, read back with parsers of their own."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.model import DeviceResult, Outcome, Run
from ansible.module_utils.vpnphone.report import csv_report, junit, markdown
from ansible.module_utils.vpnphone.report.terminal import render_terminal
from ansible.module_utils.vpnphone.report.text import MAX_NAME, one_line, width
from ansible.module_utils.vpnphone.report.view import view
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html
from markdown_it import MarkdownIt

from tests.unit.report.builders import HOSTILE, device, finding, run_of, sample_run, text_run

XSD = etree.XMLSchema(etree.parse(str(Path(__file__).with_name("junit.xsd"))))
SAMPLE = sample_run()
RUNS = [pytest.param(SAMPLE, id="sample"), pytest.param(run_of(exit_code=3), id="empty")]
RUNS += [pytest.param(text_run(text), id=f"hostile{number}") for number, text in enumerate(HOSTILE)]


def many(count: int) -> Run:
    """A run of that many devices, in turn as the sample's."""
    devices = [msgspec.structs.replace(SAMPLE.devices[number % 4], name=f"asa-{number:04}") for number in range(count)]
    return msgspec.structs.replace(SAMPLE, devices=tuple(devices))


# --- JUnit ----------------------------------------------------------------------------------------------------------


def suites(run: Run) -> Any:
    return etree.fromstring(junit.render(view(run)).encode())


@pytest.mark.parametrize("run", RUNS)
def test_junit_is_what_its_readers_take(run: Run) -> None:
    XSD.assertValid(suites(run))


def test_the_xsd_refuses_what_readers_would_not_take() -> None:
    tree = suites(SAMPLE)
    case = tree.find(".//testcase[failure]")
    etree.SubElement(case, "error", message="second verdict", type="x")
    assert not XSD.validate(tree)


def test_junit_has_a_suite_a_device_and_a_case_a_control() -> None:
    tree = suites(SAMPLE)
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("errors"), suite.get("skipped"))
            for suite in tree] == [
        ("asa-branch", "32", "20", "5", "1"),
        ("asa-classic", "32", "2", "1", "4"),
        ("asa-dr", "1", "0", "1", "0"),
        ("asa-hq", "32", "0", "0", "2"),
    ]  # fmt: skip
    assert dict(tree.attrib) == {
        "name": "vpnphone Example HQ", "tests": "97", "failures": "22", "errors": "7", "skipped": "7", "time": "0",
    }  # fmt: skip
    case = tree.find("testsuite[@name='asa-branch']/testcase[failure]")
    assert case.get("classname") == "vpnphone.asa-branch"
    assert case.get("name") == "VPNP-103 The licence has room for every user and phone"
    failure = case.find("failure")
    assert failure.get("type") == "high"
    assert "Expected: at least 278\nActual: 250" in failure.text
    assert "  AnyConnect Premium Peers          : 250            perpetual" in failure.text


def test_junit_says_why_something_was_skipped_or_waived() -> None:
    tree = suites(SAMPLE)
    reasons = {
        case.get("name").split()[0]: case.find("skipped").get("message")
        for suite in ("asa-hq", "asa-branch")
        for case in tree.iterfind(f"testsuite[@name='{suite}']/testcase[skipped]")
    }
    assert reasons == {
        "VPNP-215": "load balancing is not configured",
        "VPNP-261": "Waived by J. Ortiz, CAB-1182 until 2024-06-15: The standby unit is replaced on 1 June; "
        "failover is switched off until then.",
    }


def test_junit_gives_an_unreachable_device_one_case_with_an_error() -> None:
    (case,) = suites(SAMPLE).findall("testsuite[@name='asa-dr']/testcase")
    error = case.find("error")
    assert (error.get("type"), error.get("message")) == (
        "timeout_connect",
        "no answer while connecting to 192.0.2.17 port 22.",
    )
    assert "vpnphone_connect_timeout" in error.text


# --- CSV ------------------------------------------------------------------------------------------------------------


def rows(run: Run) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_report.render(view(run)), newline=""), strict=True))


@pytest.mark.parametrize("run", RUNS)
def test_csv_has_one_row_an_outcome_and_one_an_unread_device(run: Run) -> None:
    found = rows(run)
    outcomes = sum(len(item.outcomes) for one in run.devices for item in one.findings)
    assert len(found) == outcomes + sum(one.failure is not None for one in run.devices)
    assert all(None not in row and None not in row.values() for row in found)
    assert not [value for row in found for value in row.values() if value[:1] in set("=+-@|%\t\r")]


def test_csv_content() -> None:
    found = rows(SAMPLE)
    assert Counter(row["status"] for row in found) == {"FAIL": 22, "UNKNOWN": 7, "WAIVED": 1, "PASS": 62, "SKIPPED": 6}
    (row,) = [row for row in found if (row["device"], row["control"]) == ("asa-branch", "VPNP-261")]
    assert (row["waiver_approved_by"], row["waiver_expires"]) == ("J. Ortiz, CAB-1182", "2024-06-15")
    assert (row["topic"], row["severity"], row["features"]) == ("High availability", "high", "F-090")
    (row,) = [row for row in found if row["device"] == "asa-dr"]
    assert (row["control"], row["status"]) == ("timeout_connect", "UNKNOWN")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("|cmd", "'|cmd"), ("%x", "'%x"),
        ("\t=1", "'=1"), ("\r\n=1", "'=1"), ("\u200b=1", "'=1"), ("\uff1d1", "'\uff1d1"), ("1=1", "1=1"), ("", ""),
        ("two\nlines", "two lines"),
    ],
)  # fmt: skip
def test_csv_cells_are_no_formulas(text: str, expected: str) -> None:
    assert csv_report.cell(text) == expected


@given(st.lists(st.text(alphabet=st.sampled_from("a\",'\n\r\t\u2028=")), min_size=1))
def test_a_line_is_what_the_csv_module_writes(texts: list[str]) -> None:
    cells = [csv_report.cell(text) for text in texts]
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(cells)
    assert csv_report._line(cells) == written.getvalue()


def test_csv_keeps_a_finding_without_outcomes() -> None:
    one = device("a", (msgspec.structs.replace(finding("a", "VPNP-101"), status="error"),))
    assert [(row["control"], row["status"]) for row in rows(run_of(one))] == [("VPNP-101", "UNKNOWN")]


# --- Markdown -------------------------------------------------------------------------------------------------------


def parsed(text: str) -> Any:
    """The page that a CommonMark reader with tables makes of the document."""
    return html.document_fromstring(MarkdownIt("commonmark").enable("table").render(text))


def test_markdown_says_what_matters() -> None:
    text = markdown.render(view(SAMPLE))
    assert text.startswith("# VPN phone audit of Example HQ\n\n**1 of 4 ASAs would lock phones out.")
    assert "| `asa-branch` | Locks phones out | 20 | 5 | 1 | 6 | 0 |" in text
    assert text.count("<details>") == text.count("</details>") == 3
    assert "1. FAIL · high · **VPNP-114 No certificate is about to expire**: `asa-branch`, `asa-classic`" in text
    assert "Fix:\n\n```text\ntunnel-group VPNPhone webvpn-attributes\n without-csd\n```" in text
    assert "Fix: approve first, this changes the suites" in text
    assert "asa-hq: " not in text


def test_markdown_shows_once_what_outcomes_share() -> None:
    outcomes = [
        Outcome(status="fail", subject=f"m{number}", message="no suite", fix=("ssl cipher tlsv1.2 high",))
        for number in range(14)
    ]
    text = markdown.render(view(run_of(device("a", (finding("a", "VPNP-121", *outcomes),)))))
    assert text.count("ssl cipher tlsv1.2 high") == 1
    assert "FAIL `m0`: no suite\n\nFAIL `m1`: no suite\n" in text
    assert "FAIL `m11`: no suite\n\n2 more like these are in report.html.\n" in text


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_shows_hostile_text_as_text(text: str) -> None:
    source = markdown.render(view(text_run(text)))
    page = parsed(source)
    assert {element.tag for element in page.iter()} <= {
        "html", "body", "h1", "h2", "h4", "p", "strong", "code", "pre", "ul", "ol", "li", "blockquote",
        "table", "thead", "tbody", "tr", "th", "td", "details", "summary",
    }  # fmt: skip
    assert [len(page.findall(f".//{tag}")) for tag in ("h1", "h2", "h4", "details", "tr")] == [1, 2, 2, 2, 3]
    prose = "\n".join(page.xpath("//text()[not(ancestor::code or ancestor::pre)]"))
    assert not re.search(r"://|[@#!~$%&]\w|:[a-z]|www\.", prose), "something is linked or somebody notified"
    names = [code.text for code in page.iterfind(".//td/code")]
    assert names == [one_line(text, MAX_NAME), one_line(f"2{text}", MAX_NAME)]
    assert len(source) < markdown.MAX_SIZE


@pytest.mark.parametrize(("content", "fence"), [("plain", "```"), ("has ``` inside", "````"), ("`````", "``````")])
def test_markdown_blocks_cannot_be_closed_from_inside(content: str, fence: str) -> None:
    assert markdown.block(content) == f"{fence}text\n{content}\n{fence}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a", "`a`"), ("a|b", "`a\\|b`"), ("a`b", "``a`b``"), ("`a`", "`` `a` ``"), ("", "` `"), ("a\nb", "`a b`")],
)
def test_markdown_code(text: str, expected: str) -> None:
    assert markdown.code(text) == expected


def test_markdown_of_many_devices_fits_into_a_comment() -> None:
    text = markdown.render(view(many(400)))
    assert len(text) <= markdown.MAX_SIZE
    assert "300 more devices are in report.html and findings.csv." in text
    assert re.search(r"\n[0-9]+ more blocks are in report.html.\n$", text)
    assert text.count("<details>") == text.count("</details>") > 3


# --- terminal -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [10, 80, 81, 100, 160, 500])
@pytest.mark.parametrize("run", RUNS)
def test_terminal_fits_and_holds_no_control_character(run: Run, columns: int) -> None:
    text = render_terminal(run, width=columns)
    assert max(width(line) for line in text.split("\n")) <= max(80, min(columns, 160))
    assert text.replace("\n", "").isprintable()
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)


def test_terminal_says_what_matters_and_what_to_type() -> None:
    lines = render_terminal(SAMPLE, width=120).split("\n")
    assert lines[0] == f"Example HQ: {view(SAMPLE).verdict}"
    heads = [line.split()[0] for line in lines if line.startswith("asa-")]
    assert heads == ["asa-branch", "asa-classic", "asa-dr", "asa-hq"]
    (row,) = [line for line in lines if line.startswith("asa-branch")]
    assert row.split() == ["asa-branch", "UNKNOWN", "20", "5", "1", "6", ".", "Locks", "phones", "out"]
    assert "    FAIL    critical VPNP-112  no `ssl trust-point` names the interface outside" in lines
    assert "    and 22 more" in lines
    assert "    no answer while connecting to 192.0.2.17 port 22. [timeout_connect]" in lines
    assert lines[-2:] == [
        "Next less docs/controls/VPNP-111.md",
        "     ansible-playbook playbooks/audit.yml -i INVENTORY --limit asa-dr",
    ]
    assert any(line.startswith("Note: The waiver of VPNP-116") for line in lines)


def test_terminal_has_nothing_to_type_when_all_is_good() -> None:
    one = device("asa1", (finding("asa1", "VPNP-101", Outcome(status="pass", message="9.16")),))
    assert render_terminal(run_of(one, exit_code=0)).split("\n") == [
        "Example HQ: The ASA is ready for phones.",
        "",
        "DEVICE  STATUS  FAIL UNKNOWN WAIVED PASS SKIPPED  STANDING",
        "asa1    PASS       .       .      .    1       .  Ready",
    ]


@pytest.mark.parametrize("name", ["asa;reboot", "$(id)", "a b", "!asa", "all:!x", "-i", "x" * 70])
def test_terminal_offers_no_command_with_a_hostile_name(name: str) -> None:
    failed = msgspec.structs.replace(SAMPLE.devices[3], name=name)
    assert render_terminal(run_of(failed)).endswith(" --limit DEVICES")


def test_terminal_of_many_devices_stays_short() -> None:
    lines = render_terminal(many(1000)).split("\n")
    assert len(lines) < 75
    assert "and 975 more devices: 725 UNKNOWN, 250 PASS" in lines


def test_terminal_colours_the_words_alone_and_only_when_asked() -> None:
    plain = render_terminal(SAMPLE)
    coloured = render_terminal(SAMPLE, colour=True)
    assert "\x1b" not in plain
    assert "\x1b[31mFAIL    \x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9]+m", "", coloured) == plain


def test_terminal_of_no_device() -> None:
    assert render_terminal(run_of(exit_code=3)) == "Example HQ: No ASA was audited."


def test_a_device_without_a_name_to_cut_keeps_its_row_in_80_columns() -> None:
    one = DeviceResult(name="한국어-방화벽-" + "x" * 100, status="skipped")
    (row,) = [line for line in render_terminal(run_of(one), width=80).split("\n") if line.startswith("한국어")]
    assert "…" in row
    assert "SKIPPED" in row
    assert width(row) <= 80
