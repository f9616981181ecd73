"""The page, read back with a parser: safe, whole without a script, its drawing and its table the same."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.model.diagnosis import Cause, Diagnosis
from ansible.module_utils.vpnphone.report import diagnosis_html as page
from ansible.module_utils.vpnphone.report.diagnosis_view import MAX_CAUSES, view
from ansible.module_utils.vpnphone.report.text import visible
from lxml import html

from tests.unit.diagnose_report.builders import (
    PHONE,
    SHA1,
    fleet,
    healthy,
    nothing,
    one_cause,
    open_verdict,
    past,
    text_diagnosis,
)
from tests.unit.report.builders import HOSTILE
from tests.unit.report.test_report_html import ACTIVE, by_class, text_of

SAMPLES: dict[str, Diagnosis] = {
    "one": one_cause(),
    "healthy": healthy(),
    "nothing": nothing(),
    "empty": Diagnosis(verdict="nothing"),
    "open": open_verdict(),
    "past": past(),
    "fleet": fleet(),
    "undated": fleet(4, dated=False),
} | {f"hostile{number}": text_diagnosis(text) for number, text in enumerate(HOSTILE)}
CSS = (Path(page.__file__).parent / "templates" / "diagnosis.css").read_text(encoding="utf-8")


def tree(diagnosis: Diagnosis) -> Any:
    return html.document_fromstring(page.render(view(diagnosis)))


# --- safe -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("diagnosis", SAMPLES.values(), ids=SAMPLES)
def test_nothing_active_and_no_link_to_nowhere(diagnosis: Diagnosis) -> None:
    elements = [element for element in tree(diagnosis).iter() if isinstance(element.tag, str)]
    tags = [element.tag for element in elements]
    assert tags.count("style") == 1
    assert not {"script", "form", "button", *ACTIVE} & set(tags)
    attributes = {name for element in elements for name in element.attrib}
    assert not {name for name in attributes if name.startswith("on") or name in ("style", "src", "srcset", "action")}
    ids = [element.get("id") for element in elements if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in elements:
        for name in ("href", "aria-labelledby"):
            for target in (element.get(name) or "").replace("#", "").split():
                assert target in ids, f"{name}={target}"
        assert element.get("href", "#").startswith("#")


@pytest.mark.parametrize("diagnosis", SAMPLES.values(), ids=SAMPLES)
def test_the_policy_allows_the_one_style_and_nothing_else(diagnosis: Diagnosis) -> None:
    root = tree(diagnosis)
    (meta,) = root.xpath("//meta[@http-equiv='Content-Security-Policy']")
    (block,) = root.iter("style")
    rules = dict(part.strip().split(" ", 1) for part in meta.get("content").split(";"))
    digest = base64.b64encode(hashlib.sha256(block.text.encode()).digest()).decode()
    assert rules["style-src"] == f"'sha256-{digest}'"
    assert (rules["default-src"], rules["base-uri"], rules["form-action"]) == ("'none'",) * 3
    assert [child.tag for child in root.find("head")][:2] == ["meta", "meta"]
    assert not re.search(r"https?:|//[a-z]|@import|url\(", block.text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_text(text: str) -> None:
    root = tree(text_diagnosis(text))
    rows = root.xpath("//table[contains(@class, 'rows-of')]/tbody/tr[@id]")
    assert len(rows) == 2
    if len(text) < 300:
        said = [text_of(one) for one in root.xpath("//pre[@class='said']")]
        assert said == [" ".join(visible(text).split())] * 2
    shape = [element.tag for element in root.iter() if isinstance(element.tag, str) and element.tag != "code"]
    plain = [element.tag for element in tree(text_diagnosis("plain")).iter() if isinstance(element.tag, str)]
    assert shape == [tag for tag in plain if tag != "code"]


@pytest.mark.parametrize("diagnosis", SAMPLES.values(), ids=SAMPLES)
def test_the_same_diagnosis_gives_the_same_bytes(diagnosis: Diagnosis) -> None:
    assert page.render(view(diagnosis)) == page.render(view(diagnosis))


# --- what it says ---------------------------------------------------------------------------------------------------


def test_a_cause_tells_all_of_it() -> None:
    root = tree(SAMPLES["one"])
    assert text_of(root.find(".//h1")) == "The phone does not know the certificate that the ASA presents."
    (card,) = by_class(root, "cause-card")
    text = text_of(card)
    assert text_of(by_class(card, "meta")[0]) == f"CERTAIN the lines prove it · {PHONE} on asa-1"
    for line, place in (
        ("1.1", f"{PHONE}/console.log:12"),
        ("1.2", f"{PHONE}/console.log:15"),
        ("1.3", "asa-1.log:33"),
    ):
        assert f"{line} {place}" in text
    assert [text_of(one) for one in card.xpath(".//pre[@class='said']")] == [
        f"Leaf cert hash = {SHA1}",
        "VPN cert chain verification failed, issuer certificate not found and leaf not trusted",
        "%ASA-7-725014: SSL lib error. Function: SSL3_READ_BYTES Reason: tlsv1 alert unknown ca",
    ]
    assert "A client refused the certificate that the ASA presented." in text
    assert "identity certificate of trustpoint VPN-2024 on asa-1" in text
    (do,) = by_class(card, "do")
    assert do[0].text_content().strip() == "show run ssl\nshow crypto ca certificates VPN-2024"
    assert text_of(do[1]).startswith("By hand where the old certificate is still on the ASA: ssl trust-point")
    assert text_of(by_class(card, "ref")[0]) == (
        "docs/controls/VPNP-311.md · docs/controls/VPNP-111.md · Cisco document 116162: F-062 F-013"
    )
    assert "None: no line speaks against it." in text


def test_what_speaks_against_a_cause_is_not_hidden() -> None:
    (card,) = by_class(tree(SAMPLES["past"]), "cause-card")
    text = text_of(card)
    assert "PAST A later line says that it stands no more. LIKELY" in text
    assert "What speaks against it 1.A asa-1.log:3" in text
    assert "Why it is not certain It was so until 11:30:00." in text
    assert "no line speaks against it" not in text


def test_other_phones_with_the_same_cause_are_listed_each() -> None:
    root = tree(SAMPLES["fleet"])
    (card,) = by_class(root, "cause-card")
    rows = card.xpath(".//table/tbody/tr")
    assert len(rows) == 39
    assert len({text_of(row.find("th")) for row in rows}) == 39
    assert "Another client's lines lie between" in text_of(rows[0])


@pytest.mark.parametrize("name", ["healthy", "nothing", "empty", "open"])
def test_where_no_cause_is_there_is_no_card(name: str) -> None:
    root = tree(SAMPLES[name])
    assert by_class(root, "cause-card") == []
    assert not root.xpath("//h2[@id='causes']")
    assert bool(root.xpath("//svg")) == (name in ("healthy", "open"))
    assert root.xpath("//h2[@id='sources']")


def test_the_table_of_what_was_read_says_what_was_not_known() -> None:
    rows = tree(SAMPLES["nothing"]).xpath("//section[@aria-labelledby='sources']//tbody/tr")
    cells = [[text_of(cell) for cell in row] for row in rows]
    assert cells == [
        ["var/log/messages", "not known", "120,412", "0", "0", "120,412", "none known", "nothing"],
        ["asa-2.log", "ASA log asa-2", "3,000", "0", "3,000", "0", "rfc3164",
         "only the last 3,000 lines: the file is larger than what is read of one"],
    ]  # fmt: skip


def test_phones_that_failed_come_first() -> None:
    rows = tree(SAMPLES["one"]).xpath("//section[@aria-labelledby='phones']//tbody/tr")
    assert [[text_of(cell) for cell in row] for row in rows] == [[PHONE, "FAILED", "1", "1", "asa-1"]]


def test_the_attempts_have_their_ciphers() -> None:
    (tries,) = by_class(tree(SAMPLES["one"]), "tries")
    first = tries.xpath(".//tbody/tr")[0]
    assert [text_of(cell) for cell in first][1:5] == [
        "FAILED", "AES256-SHA AES128-SHA", "RC4-SHA AES128-SHA AES256-SHA DES-CBC3-SHA", "AES128-SHA",
    ]  # fmt: skip


# --- the drawing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["one", "healthy", "open", "past", "fleet", "undated"])
def test_the_drawing_and_the_table_have_the_same_rows(name: str) -> None:
    root = tree(SAMPLES[name])
    marks = by_class(root, "t-mark")
    rows = root.xpath("//table[contains(@class, 'rows-of')]/tbody/tr[@id]")
    assert len(marks) == len(rows) > 0
    for mark, row in zip(marks, rows, strict=True):
        time, side, message, labels = (text_of(cell) for cell in row)
        place, _, text = text_of(mark.find("title")).partition(": ")
        assert side.endswith(place)
        assert message.endswith(text)
        assert text_of(by_class(mark, "t-when")[0]) == time.partition(" its own")[0]
        shown = [text_of(one) for one in by_class(mark, "t-label")]
        assert shown == [label + "+" * (len(labels.split()) > 1) for label in labels.split()[:1]]
        assert ("t-undated" in mark.get("class")) == (time == "no time")
    gaps = [text_of(one) for one in by_class(root, "t-gap")]
    assert gaps == [text_of(one) for one in root.xpath("//tr[@class='gap']")]


def test_the_drawing_has_a_title_a_description_and_its_parts() -> None:
    root = tree(SAMPLES["one"])
    (drawing,) = root.xpath("//figure/svg")
    assert drawing.get("aria-labelledby") == "tl-title tl-desc"
    assert text_of(drawing.find("title")) == "Timeline of ASA and phones"
    assert text_of(drawing.find("desc")).startswith("16 marks in two lanes")
    assert len(by_class(drawing, "t-failed")) == 2
    assert len(by_class(drawing, "t-pair")) == 1
    assert [text_of(one) for one in by_class(drawing, "t-label")] == ["1.1", "1.2", "1.3"]
    assert len(by_class(drawing, "t-ring")) == 3
    assert len(by_class(drawing, "m-bad")) == 5


def test_numbers_lead_from_card_to_table_and_back() -> None:
    root = tree(SAMPLES["one"])
    (card,) = by_class(root, "cause-card")
    for link in card.xpath(".//a[@class='ev']"):
        row = root.get_element_by_id(link.get("href")[1:])
        (back,) = row.xpath(".//a")
        assert (back.get("href"), text_of(back)) == (f"#{card.get('id')}", text_of(link))


def test_hundreds_of_attempts_stay_readable() -> None:
    text = page.render(view(SAMPLES["fleet"]))
    assert len(text) < 300_000
    assert "280 attempts (280 failed) and 1,680 lines are not drawn; diagnosis.json has everything." in text
    assert "The clocks of 18 phones agree with the ASA" in text


def test_the_page_of_a_thousand_causes_is_bounded() -> None:
    causes = tuple(
        Cause(id=f"c{number}", title=f"cause {number}", confidence="likely", evidence=(0, 1)) for number in range(1000)
    )
    text = page.render(view(one_cause(causes=causes)))
    assert text.count('class="cause-card') == MAX_CAUSES
    assert f"{1000 - MAX_CAUSES} more causes are in diagnosis.json." in text


# --- reading --------------------------------------------------------------------------------------------------------


def test_every_colour_is_one_of_the_reports() -> None:
    """Whose contrast is tested there, light and dark."""
    assert not re.search(r"#[0-9a-f]{6}\b|rgb|hsl", CSS)
    assert set(re.findall(r"var\(--([a-z-]+)\)", CSS)) <= {
        *("paper", "card", "ink", "soft", "line", "faint", "fail", "error", "waived", "pass", "skipped"),
        *("error-bg", "serif", "sans", "mono"),
    }


def test_a_mark_is_known_by_its_shape_too() -> None:
    root = tree(SAMPLES["fleet"])
    assert {one.tag for one in by_class(root, "m-bad")} == {"path"}
    assert {one.get("r") for one in by_class(root, "m-context")} == {"3.5"}
    assert {one.get("r") for one in by_class(tree(SAMPLES["healthy"]), "m-good")} == {"5"}


def test_narrow_screens_and_paper_are_thought_of() -> None:
    assert "@media (max-width: 46rem)" in CSS
    assert "@media print" in CSS
