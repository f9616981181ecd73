"""Any text in any field: every report can still be read by its parser, and no text turns into structure."""

from __future__ import annotations

import csv
import functools
import io
import json

from ansible.module_utils.vpnphone.report import csv_report, html, junit, markdown, summary
from ansible.module_utils.vpnphone.report.json_report import render_json
from ansible.module_utils.vpnphone.report.terminal import render_terminal
from ansible.module_utils.vpnphone.report.text import MAX_TEXT, one_line, width
from ansible.module_utils.vpnphone.report.view import view
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree
from lxml import html as parser

from tests.unit.report.builders import HOSTILE, text_run
from tests.unit.report.test_report_formats import XSD

# Lone surrogates too: they come out of undecodable bytes.
# The longest is as long as it must be to be cut: the other tests have it whole.
TEXT = st.text(st.characters(exclude_categories=())) | st.lists(
    st.sampled_from([text[: 2 * MAX_TEXT] for text in HOSTILE]), max_size=3
).map("".join)


def shape(text: str) -> list[str]:
    return [str(element.tag) for element in parser.document_fromstring(text).iter()]


def outline(text: str) -> list[str]:
    """The elements that text must not add to or take from: those that are there for every text, empty or not."""
    kept = {
        "html",
        "body",
        "section",
        "script",
        "style",
        "table",
        "tr",
        "td",
        "th",
        "li",
        "details",
        "summary",
        "h3",
        "a",
    }
    return [tag for tag in shape(text) if tag in kept]


@functools.cache
def plain_outline() -> list[str]:
    """That of a text that means no harm."""
    return outline(html.render(view(text_run("plain"))))


@given(TEXT.filter(lambda text: one_line(text) != ""))
@example("\ud800x")
@example("`code` and ``two``")
def test_any_text_in_any_field(text: str) -> None:
    shown = view(text_run(text))
    json.loads(render_json(text_run(text)))
    json.loads(summary.render(shown, {}))
    XSD.assertValid(etree.fromstring(junit.render(shown).encode()))
    rows = list(csv.reader(io.StringIO(csv_report.render(shown), newline=""), strict=True))
    assert {len(row) for row in rows} == {len(csv_report.COLUMNS)}
    assert len(rows) == 1 + 5 + 1
    assert outline(html.render(shown)) == plain_outline()
    assert len(markdown.render(shown)) <= markdown.MAX_SIZE
    lines = render_terminal(text_run(text)).split("\n")
    assert max(width(line) for line in lines) <= 100
    assert "\x1b" not in "".join(lines)
