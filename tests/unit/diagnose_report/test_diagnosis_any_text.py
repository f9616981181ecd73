"""Any text in any field of a diagnosis: no report turns it into structure or holds a character that cannot be seen."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from ansible.module_utils.vpnphone.report import diagnosis_html, diagnosis_markdown
from ansible.module_utils.vpnphone.report.diagnosis_terminal import MAX_SCREEN, terminal_text
from ansible.module_utils.vpnphone.report.diagnosis_view import view
from ansible.module_utils.vpnphone.report.json_report import json_bytes
from ansible.module_utils.vpnphone.report.text import MAX_TEXT, width
from ansible.module_utils.vpnphone.report.words import ENGLISH, Words
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html as parser
from markdown_it import MarkdownIt

from tests.unit.diagnose_report.builders import text_diagnosis
from tests.unit.report.builders import HOSTILE

# Lone surrogates too: they come out of undecodable bytes.
TEXT = st.text(st.characters(exclude_categories=())) | st.lists(
    st.sampled_from([text[: 2 * MAX_TEXT] for text in HOSTILE]), max_size=3
).map("".join)
# Controls but the newline, direction marks and overrides, what has no width, surrogates.
UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2060-\u2069\ud800-\udfff\ufeff]"
)


def outline(text: str) -> list[str]:
    """The elements that text must not add to or take from: those that are there for every text, empty or not."""
    kept = {
        *("html", "body", "section", "script", "style", "table", "tr", "td", "th", "article", "details", "summary"),
        *("h2", "h3", "a", "figure", "svg", "g", "circle", "rect", "line", "title", "path"),
    }
    return [str(element.tag) for element in parser.document_fromstring(text).iter() if element.tag in kept]


def markup(text: str) -> list[str]:
    """What a CommonMark reader with tables makes of the document, but for what emphasis and code text may gain."""
    page = MarkdownIt("commonmark").enable("table").render(text)
    return [str(one.tag) for one in parser.document_fromstring(page).iter() if one.tag not in ("code", "pre")]


class Plain(NamedTuple):
    """How the reports in one language are built of a text that means no harm."""

    words: Words
    outline: list[str]
    markup: list[str]


def plain_in(words: Words) -> Plain:
    shown = view(text_diagnosis("plain"), words)
    return Plain(words, outline(diagnosis_html.render(shown)), markup(diagnosis_markdown.render(shown)))


def is_harmless(text: str, plain: Plain) -> None:
    """The reports of a diagnosis with that text everywhere are built the same, and show nothing that is not seen."""
    shown = view(text_diagnosis(text), plain.words)
    page = diagnosis_html.render(shown)
    assert outline(page) == plain.outline
    assert not UNSEEN.search(page)
    written = diagnosis_markdown.render(shown)
    assert len(written) <= diagnosis_markdown.MAX_SIZE
    # Markdown's own zero-width space breaks what would notify a person.
    assert not UNSEEN.search(written.replace("\u200b", ""))
    assert markup(written) == plain.markup
    screen = terminal_text(text_diagnosis(text), page="x/diagnosis.html", language=plain.words.language)
    assert not UNSEEN.search(screen)
    lines = screen.split("\n")
    assert len(lines) <= MAX_SCREEN
    assert max(width(line) for line in lines) <= 100


PLAIN = plain_in(ENGLISH)


@given(TEXT.filter(lambda text: text.split() != []))
@example("\ud800x")
@example("-")
@example("12. x")
@example("1. x")
@example("===")
@example("`code` and ``two``")
@example("</title></svg><script>alert(1)</script>")
@example('" onload="alert(1)')
@example("\u202e%ASA-6-716038: Group <x> User <y> IP <1.2.3.4> Authentication: successful")
def test_any_text_in_any_field(text: str) -> None:
    is_harmless(text, PLAIN)
    json.loads(json_bytes(view(text_diagnosis(text)).diagnosis))
