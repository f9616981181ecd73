"""The phones in every format, read back with a parser: said, escaped, bounded, and gone where there are none."""

from __future__ import annotations

import csv
import functools
import io
import json
import re
from collections import Counter

import msgspec
import pytest
from ansible.module_utils.vpnphone.model import Run
from ansible.module_utils.vpnphone.report import html as page
from ansible.module_utils.vpnphone.report import junit, markdown, phones_csv, summary
from ansible.module_utils.vpnphone.report.csv_report import render as findings_csv
from ansible.module_utils.vpnphone.report.json_report import render_json
from ansible.module_utils.vpnphone.report.moments import MOMENTS
from ansible.module_utils.vpnphone.report.terminal import render_terminal
from ansible.module_utils.vpnphone.report.text import one_line, width
from ansible.module_utils.vpnphone.report.view import view
from hypothesis import example, given
from lxml import etree

from tests.unit.report.builders import HOSTILE, sample_run
from tests.unit.report.phone_builders import (
    STALE,
    many_reasons,
    name,
    phones_of,
    predictions,
    site_run,
    text_site,
    thousand,
    with_phones,
)
from tests.unit.report.test_report_any_text import TEXT, outline
from tests.unit.report.test_report_formats import XSD, parsed

SITE = site_run(40)
THOUSAND = thousand()
RUNS = [pytest.param(SITE, id="site"), pytest.param(site_run(1), id="one"), pytest.param(THOUSAND, id="thousand")]
RUNS += [pytest.param(text_site(text), id=f"hostile{number}") for number, text in enumerate(HOSTILE)]


def rows(run: Run) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(phones_csv.render(view(run)), newline=""), strict=True))


# --- any text, any order --------------------------------------------------------------------------------------------


@functools.cache
def plain_outline() -> list[str]:
    """That of a text that means no harm."""
    return outline(page.render(view(text_site("plain"))))


# A fix that ends like a sentence or like an announcement is laid out as one; all others look alike.
@given(TEXT.filter(lambda text: not one_line(text).endswith((".", ":")) and one_line(text) != ""))
@example("\ud800x")
@example("SEP001122334455")
@example("`code` and ``two``")
def test_any_text_in_any_field(text: str) -> None:
    run = text_site(text)
    shown = view(run)
    json.loads(render_json(run))
    json.loads(summary.render(shown, {}))
    XSD.assertValid(etree.fromstring(junit.render(shown).encode()))
    table = list(csv.reader(io.StringIO(phones_csv.render(shown), newline=""), strict=True))
    assert {len(row) for row in table} == {len(phones_csv.COLUMNS)}
    assert len(table) == 1 + 3 * len(MOMENTS)
    assert outline(page.render(shown)) == plain_outline()
    assert len(markdown.render(shown)) <= markdown.MAX_SIZE
    lines = render_terminal(run).split("\n")
    assert max(width(line) for line in lines) <= 100
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize("run", RUNS)
def test_the_same_run_gives_the_same_bytes_in_any_order(run: Run) -> None:
    turned = msgspec.structs.replace(run, devices=run.devices[::-1], predictions=run.predictions[::-1])
    shown, again = view(run), view(turned)
    for render in (page.render, markdown.render, junit.render, phones_csv.render):
        assert render(shown) == render(again)
    assert render_terminal(run) == render_terminal(turned)
    assert render_json(run) == render_json(turned)
    assert summary.render(shown, {}) == summary.render(again, {})


def test_a_run_without_phones_does_not_mention_them() -> None:
    run = sample_run()
    shown = view(run)
    text = page.render(shown)
    for trace in ("LOCKED OUT", "phones.csv", "all-phones", "sift", "CUCM cluster", "(CUCM)"):
        for document in (text, markdown.render(shown), junit.render(shown), render_terminal(run), findings_csv(shown)):
            assert trace not in document
    assert 'testsuite name="phones"' not in junit.render(shown)
    assert "## Devices" not in markdown.render(shown)
    assert "ASAs by topic" in text


def test_findings_csv_is_the_same_with_phones() -> None:
    without = msgspec.structs.replace(SITE, predictions=())
    assert findings_csv(view(SITE)) == findings_csv(view(without))


# --- phones.csv -----------------------------------------------------------------------------------------------------


def test_csv_has_one_row_a_phone_and_moment() -> None:
    found = rows(SITE)
    assert Counter((row["moment"], row["verdict"]) for row in found) == Counter(
        (one.moment, one.verdict) for one in SITE.predictions
    )
    assert found[0] == {
        "run_id": "20240506T072900Z",
        "site": "Example HQ",
        "phone": "SEP8CB64F000000",
        "model": "8845",
        "moment": "now",
        "verdict": "LOCKED OUT",
        "first_reason": "no hash of its file is that of the certificate which asa-hq presents (E5:7E:81:EA:99:54, "
        "until 2025-05-18)",
        "asa": "asa-hq",
        "url": "https://vpn1.example.com/VPNPhone",
        "connected": "yes",
    }
    assert [row["moment"] for row in found[:4]] == ["now", "apply", "failover", "reload"]


@pytest.mark.parametrize("text", HOSTILE)
def test_csv_cells_are_no_formulas(text: str) -> None:
    found = rows(text_site(text))
    assert not [value for row in found for value in row.values() if value[:1] in set("=+-@|%\t\r")]


def test_the_command_that_the_terminal_offers_finds_the_phones() -> None:
    (command,) = re.findall(r"Next grep '(.*)' reports/latest/phones.csv", render_terminal(SITE))
    lines = [line for line in phones_csv.render(view(SITE)).split("\r\n") if command in line]
    assert len(lines) == 16


# --- JUnit ----------------------------------------------------------------------------------------------------------


def test_junit_has_a_case_for_each_phone_as_it_is_now() -> None:
    root = etree.fromstring(junit.render(view(SITE)).encode())
    XSD.assertValid(root)
    suite = root[-1]
    assert [suite.get(key) for key in ("name", "tests", "failures", "errors", "skipped")] == [
        "phones", "40", "16", "4", "0",
    ]  # fmt: skip
    failed = suite.find("testcase[@name='SEP8CB64F000000']/failure")
    assert failed.get("type") == "pin"
    assert failed.get("message").startswith("no hash of its file")
    assert "A session of it was there during the audit." in failed.text
    assert "https://vpn2.example.com/VPNPhone at asa-branch: LOCKED OUT\n  LOCKED OUT cipher: no TLS" in failed.text
    assert '    ssl cipher dtlsv1 custom "AES256-SHA:AES128-SHA"' in failed.text
    (unknown,) = suite.findall("testcase[@name='SEP8CB64F000009']/*")
    assert unknown.tag == "error"
    assert len(suite.find("testcase[@name='SEP8CB64F00000A']")) == 0
    assert root.get("tests") == str(sum(int(one.get("tests")) for one in root))


def test_junit_knows_a_cluster_from_an_asa() -> None:
    root = etree.fromstring(junit.render(view(SITE)).encode())
    kinds = {suite.get("name"): [one.get("value") for one in suite.iterfind("properties/property[@name='kind']")]
             for suite in root}  # fmt: skip
    assert kinds == {"asa-branch": [], "asa-classic": [], "asa-dr": [], "asa-hq": [], "cucm-hq": ["cucm"], "phones": []}


def test_junit_without_the_moment_now_has_no_suite_of_phones() -> None:
    later = with_phones(*predictions(name(1), "8845", reload=STALE))
    assert [suite.get("name") for suite in etree.fromstring(junit.render(view(later)).encode())][-1] == "cucm-hq"


# --- Markdown -------------------------------------------------------------------------------------------------------


def test_markdown_counts_and_groups() -> None:
    text = markdown.render(view(SITE))
    assert "| now | 16 | 4 | 20 | - |" in text
    assert "| after a reload | 20 | 4 | 16 | 4 that connect now would be locked out |" in text
    assert "1. LOCKED OUT · 12 now, after a failover, after a reload · **no hash of its file" in text
    assert "`SEP8CB64F000015` and 4 more\n\n   Fix: in CUCM, add the certificate" in text
    assert "   Fix:\n\n   ```text\n   write memory\n   ```\n" in text
    assert "| `cucm-hq` (CUCM) | Has findings |" in text
    # The fix belongs to its number.
    items = [item for item in parsed(text).iter("li") if "LOCKED OUT" in (item.findtext("p") or "")]
    assert [len(item.findall("pre")) for item in items] == [0, 1, 1]


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_shows_hostile_text_as_text(text: str) -> None:
    document = parsed(markdown.render(view(text_site(text))))
    prose = "\n".join(document.xpath("//text()[not(ancestor::code or ancestor::pre)]"))
    assert not re.search(r"://|[@#!~$%&]\w|:[a-z]|www\.", prose), "something is linked or somebody notified"
    assert not {"a", "img", "script"} & {element.tag for element in document.iter()}
    assert [len(document.findall(f".//{tag}")) for tag in ("h1", "h2", "h3", "table")] == [1, 4, 1, 2]


def test_markdown_of_many_causes_fits_into_a_comment() -> None:
    text = markdown.render(view(with_phones(*many_reasons(2000))))
    assert len(text) <= markdown.MAX_SIZE
    assert re.search(r"\n[0-9]+ more causes are in report.html and phones.csv.\n", text)


# --- terminal -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [80, 100, 160])
@pytest.mark.parametrize("run", RUNS)
def test_terminal_fits_and_holds_no_control_character(run: Run, columns: int) -> None:
    text = render_terminal(run, width=columns)
    assert max(width(line) for line in text.split("\n")) <= columns
    assert text.replace("\n", "").isprintable()


def test_terminal_says_how_many_and_why_and_what_to_type() -> None:
    lines = render_terminal(THOUSAND, width=120).split("\n")
    assert lines[0].startswith("Example HQ: 400 of 1,000 phones are locked out. 100 may be too and 500 connect.")
    start = lines.index("PHONES  now: 400 LOCKED OUT, 100 UNKNOWN, 500 CONNECTS")
    assert lines[start + 1].startswith(
        "    LOCKED OUT 300  asa-hq: no hash of its file is that of the certificate which"
    )
    assert lines[start + 3].startswith("    LOCKED OUT 100  after a reload: asa-branch: after a reload asa-branch")
    assert lines[start + 4] == "    and 2 more causes"
    assert any(line.startswith("cucm-hq (CUCM)  FAIL ") for line in lines)
    assert [line for line in lines if line.startswith("Next")] == [
        """Next grep '"now","LOCKED OUT"' reports/latest/phones.csv"""
    ]


def test_terminal_of_phones_that_all_connect_has_nothing_more_to_say_of_them() -> None:
    good = with_phones(*(one for one in phones_of(40) if one.verdict == "CONNECTS" and one.moment == "now"))
    lines = render_terminal(good).split("\n")
    assert "PHONES  now: 20 CONNECTS" in lines
    assert lines[lines.index("PHONES  now: 20 CONNECTS") + 1] == ""
    assert "phones.csv" not in "\n".join(lines)


def test_terminal_colours_the_words_alone() -> None:
    assert re.sub(r"\x1b\[[0-9]+m", "", render_terminal(SITE, colour=True)) == render_terminal(SITE)
    assert "\x1b[31mLOCKED OUT\x1b[0m" in render_terminal(SITE, colour=True)
