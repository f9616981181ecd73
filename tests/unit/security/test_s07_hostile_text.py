"""S7: text of a device becomes no escape, no markup, no formula, no row and no line of its own, in whatever field.

The instances come from the types of the model, so that a new field is in these tests from its first day. What each
format makes of any text is proven beside it: tests/unit/report, evidence, diagnose_report, renewal, history.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import pytest
from ansible.module_utils.vpnphone.evidence import markdown as evidence_markdown
from ansible.module_utils.vpnphone.evidence import terminal as evidence_terminal
from ansible.module_utils.vpnphone.model import Change, Plan, Remediation, Run
from ansible.module_utils.vpnphone.model.diagnosis import Diagnosis
from ansible.module_utils.vpnphone.model.history import Trend
from ansible.module_utils.vpnphone.model.renewal import Journal
from ansible.module_utils.vpnphone.plan import outcome as plan_outcome
from ansible.module_utils.vpnphone.plan import render as plan_render
from ansible.module_utils.vpnphone.renewal import bundle, bundle_html, preflight_text, status_text, switch_text
from ansible.module_utils.vpnphone.renewal.checks import PreflightPage
from ansible.module_utils.vpnphone.renewal.switch_gate import SwitchGate
from ansible.module_utils.vpnphone.report import (
    csv_report,
    diagnosis_html,
    diagnosis_markdown,
    diagnosis_terminal,
    diagnosis_view,
    html,
    junit,
    markdown,
    phones_csv,
    summary,
    terminal,
    trend,
    view,
)
from ansible.module_utils.vpnphone.report.json_report import json_bytes, render_json
from ansible.module_utils.vpnphone.report.text import tidy
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml import html as parser
from markdown_it import MarkdownIt

from tests.unit.security.instances import filled
from tests.unit.security.product import types

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07\x9b31m<x-canary onload=alert(1)>\u202etxt\u2066\u200f"
    "\r\nFORGED %ASA-5-111008: User 'a' executed\u2028FORGED\x85FORGED"
    "</script></style></title><script>x_canary()</script>\" onmouseover='x_canary()' "
    "|`` ``` | [x](javascript:x_canary()) {{ 7*7 }}\0\ud800"
)
FORMULAS = ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", " =1", "\uff1d1", "%0A", "|x")
# Controls but tab and newline, C1, direction marks and overrides, what has no width, surrogates.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2060-\u2069\ud800-\udfff\ufeff]"
)


class Writer(NamedTuple):
    """What it is made from, and how; form: html, markdown, csv, xml, json, or plain for terminals and text files."""

    kind: type[msgspec.Struct]
    write: Callable[[Any], str | bytes]
    form: str


def _of_run(render: Callable[[view.View], str]) -> Callable[[Run], str]:
    return lambda run: render(view.view(run))


def _of_diagnosis(render: Callable[[diagnosis_view.DiagnosisView], str]) -> Callable[[Diagnosis], str]:
    return lambda found: render(diagnosis_view.view(found))


def _evidence(journal: Journal) -> bundle.RenewalEvidence:
    return bundle.evidence(journal, made=NOW)


WRITERS: dict[str, Writer] = {
    "report.html": Writer(Run, _of_run(html.render), "html"),
    "report.md": Writer(Run, _of_run(markdown.render), "markdown"),
    "findings.csv": Writer(Run, _of_run(csv_report.render), "csv"),
    "phones.csv": Writer(Run, _of_run(phones_csv.render), "csv"),
    "junit.xml": Writer(Run, _of_run(junit.render), "xml"),
    "run.json": Writer(Run, render_json, "json"),
    "summary.json": Writer(Run, lambda run: summary.render(view.view(run), {}), "json"),
    "audit on the screen": Writer(Run, terminal.render_terminal, "plain"),
    "trend on the screen": Writer(Trend, lambda one: trend.render_trend(tidy(one)), "plain"),
    "diagnosis.html": Writer(Diagnosis, _of_diagnosis(diagnosis_html.render), "html"),
    "diagnosis.md": Writer(Diagnosis, _of_diagnosis(diagnosis_markdown.render), "markdown"),
    "diagnosis.json": Writer(Diagnosis, lambda one: json_bytes(diagnosis_view.view(one).diagnosis), "json"),
    "diagnosis on the screen": Writer(Diagnosis, diagnosis_terminal.terminal_text, "plain"),
    "remediation.md": Writer(Remediation, evidence_markdown.render_markdown, "markdown"),
    "remediation on the screen": Writer(Remediation, evidence_terminal.render_terminal, "plain"),
    "changes/asa.txt": Writer(Change, plan_outcome.change_text, "plain"),
    "plan on the screen": Writer(Plan, plan_render.plan_text, "plain"),
    "renewal.html": Writer(Journal, lambda one: bundle_html.render_html(_evidence(one)), "html"),
    "renewal.json": Writer(Journal, lambda one: json_bytes(_evidence(one)), "json"),
    "renewal status": Writer(Journal, lambda one: status_text.render_status(one, now=NOW), "plain"),
    "preflight on the screen": Writer(PreflightPage, preflight_text.render_terminal, "plain"),
    "preflight.md": Writer(PreflightPage, preflight_text.render_markdown, "markdown"),
    "gate of the switch": Writer(SwitchGate, switch_text.render_gate, "plain"),
}
CHOICES = range(5)
every_writer = pytest.mark.parametrize("name", WRITERS)


def written(name: str, text: str, choice: int = 0) -> str:
    one = WRITERS[name]
    told = one.write(filled(one.kind, text, choice))
    return told.decode("utf-8") if isinstance(told, bytes) else told


def forged(told: str) -> int:
    return sum(line.startswith("FORGED") for line in told.split("\n"))


def harmless(name: str, told: str) -> None:
    form = WRITERS[name].form
    # Markdown's own zero-width space breaks what would notify a person.
    unseen = UNSEEN.search(told.replace("\u200b", "") if form == "markdown" else told.replace("\r\n", "\n"))
    assert unseen is None, f"{name}: {unseen[0]!a} in {told[max(unseen.start() - 60, 0) : unseen.end() + 20]!a}"
    match form:
        case "html":
            root = parser.document_fromstring(told)
            assert not root.xpath("//x-canary | //@onload | //@onmouseover | //*[starts-with(@href, 'javascript')]")
            assert not [one for one in root.xpath("//script/text()") if "x_canary" in one]
        case "markdown":
            page = parser.document_fromstring(MarkdownIt("commonmark").enable("table").render(told))
            assert not page.xpath("//x-canary | //script | //@onload | //*[starts-with(@href, 'javascript')]")
        case "csv":
            rows = list(csv.reader(io.StringIO(told, newline=""), strict=True))
            assert len({len(row) for row in rows}) == 1
            assert not [cell for row in rows[1:] for cell in row if cell[:1] in "=+-@|%\t\r\uff1d" and cell]
        case "xml":
            assert not etree.fromstring(told.encode()).xpath("//*[contains(name(), 'canary')]")
        case "json":
            json.loads(told)


@every_writer
@pytest.mark.parametrize("choice", CHOICES)
def test_s07_hostile_text_in_every_field_of_every_type(name: str, choice: int) -> None:
    told = written(name, HOSTILE, choice)
    harmless(name, told)
    # A line of its own begins where a line begins; what is folded there is there without the newlines, too.
    folded = written(name, re.sub("[\r\n\x85\u2028]+", " ", HOSTILE), choice)
    assert WRITERS[name].form != "plain" or forged(told) <= forged(folded)


@every_writer
def test_s07_the_text_is_shown_all_the_same(name: str) -> None:
    """Else it was not in the fields, and the others prove nothing."""
    told = "".join(written(name, "WITNESS", choice) for choice in CHOICES)
    assert "WITNESS" in told


@pytest.mark.parametrize("name", [name for name, one in WRITERS.items() if one.form == "csv"])
@pytest.mark.parametrize("text", FORMULAS)
def test_s07_no_cell_is_a_formula(name: str, text: str) -> None:
    harmless(name, written(name, text, 1))


@pytest.mark.hypothesis
@settings(deadline=None, max_examples=40)
@given(st.sampled_from(sorted(WRITERS)), st.text(st.characters(exclude_categories=()), max_size=60), st.integers(0, 4))
@example("report.html", "\ud800\u202e", 1)
def test_s07_any_text_in_every_field(name: str, text: str, choice: int) -> None:
    harmless(name, written(name, text, choice))


def test_s07_every_type_that_is_written_is_in_these_tests() -> None:
    """Reports are made of these roots; the other types are what was gathered, or pages that only we read back."""
    reached: set[type[msgspec.Struct]] = set()

    def follow(info: object) -> None:
        if isinstance(info, msgspec.inspect.StructType):
            if info.cls in reached:
                return
            reached.add(info.cls)
            for one in info.fields:
                follow(one.type)
        for name in ("types", "item_types"):
            for part in getattr(info, name, ()):
                follow(part)
        for name in ("item_type", "key_type", "value_type"):
            if hasattr(info, name):
                follow(getattr(info, name))

    for one in WRITERS.values():
        follow(msgspec.inspect.type_info(one.kind))
    shown = ("model.verdict", "model.prediction", "model.remediation", "model.diagnosis", "model.renewal", "model.plan")
    left = {
        kind.__name__
        for kind in types()
        if kind.__module__.endswith(shown) and kind not in reached and not kind.__name__.startswith("Desired")
    }
    assert left == set()
