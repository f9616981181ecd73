"""Reports in Korean: whole, of the same data, with names and commands as they are; English ones stay what they were."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.history import store
from ansible.module_utils.vpnphone.history.trend import trend
from ansible.module_utils.vpnphone.model import Outcome, Run
from ansible.module_utils.vpnphone.report import html, junit, markdown
from ansible.module_utils.vpnphone.report import words as spoken
from ansible.module_utils.vpnphone.report.said_template import is_english
from ansible.module_utils.vpnphone.report.terminal import render_terminal
from ansible.module_utils.vpnphone.report.text import steps
from ansible.module_utils.vpnphone.report.translate import translated
from ansible.module_utils.vpnphone.report.view import view
from ansible.module_utils.vpnphone.report.words import ENGLISH, words
from ansible.module_utils.vpnphone.report.write import write_reports
from lxml import html as parser

from tests.unit.history.builders import ending, night, seen, snapshot
from tests.unit.report.builders import sample_run, text_run
from tests.unit.report.phone_builders import site_run

KOREAN = words("ko")
# Every text that an audit of the lab's default site printed, by its field; self-made by such an audit.
SAID: dict[str, list[str]] = json.loads(Path(__file__).with_name("lab_said.json").read_text(encoding="utf-8"))
# Lines and names of a device, a menu or a document that have words of English in them.
AS_THEY_ARE = (
    "This platform has an ASA",
    "show version active: ",
    "user has ANY of these AAA attributes",
    "Certificate authentication is not enabled",
    "(not authoritative)",
)
HANGUL = re.compile("[가-힣]")


def left_in_english(text: str) -> bool:
    """A phrase of English that is neither code nor on the list."""
    text = re.sub(r"`[^`]*`", "", text)
    for known in AS_THEY_ARE:
        text = re.sub(re.escape(known) + (r".*" if known.endswith((": ", "ASA")) else ""), "", text)
    return any(is_english(part) for part in re.split("[가-힣]+", text))


@pytest.mark.parametrize("field", sorted(SAID))
def test_all_that_an_audit_of_the_lab_prints_is_translated(field: str) -> None:
    lines = [line for line in SAID[field] if field != "fix" or steps((line,))[0].by_hand]
    said = {line: KOREAN.say(line) for line in lines}
    assert not {line: text for line, text in said.items() if left_in_english(text)}
    if field in ("title", "section", "fix", "text", "what", "todo", "reason"):
        assert not [line for line, text in said.items() if not HANGUL.search(text)]


def test_commands_stay_as_they_are_typed() -> None:
    typed = [line for line in SAID["fix"] if not steps((line,))[0].by_hand]
    assert len(typed) > 20
    assert not [line for line in typed if KOREAN.say(line) != line]


def lab_run() -> Run:
    """One device whose findings say everything that the lab's audit said."""
    run = text_run("plain")
    finding = run.devices[0].findings[0]
    outcomes = [Outcome(status="fail", message=text, fix=tuple(SAID["fix"])) for text in SAID["message"]]
    outcomes += [
        Outcome(status="error", message="UNKNOWN: " + SAID["message"][0], expected=text) for text in SAID["expected"]
    ]
    step = len(SAID["title"])
    findings = tuple(
        msgspec.structs.replace(
            finding,
            control=f"VPNP-{100 + number}",
            title=title,
            status="fail",
            section="Host ID Check",
            outcomes=tuple(outcomes[number::step]),
        )
        for number, title in enumerate(SAID["title"])
    )
    return msgspec.structs.replace(
        run, devices=(msgspec.structs.replace(run.devices[0], findings=findings),), notes=(), predictions=()
    )


def test_no_sentence_of_the_page_is_english() -> None:
    page = parser.document_fromstring(html.render(translated(view(lab_run()), KOREAN)))
    assert page.get("lang") == "ko"
    for element in page.xpath("//script | //style | //pre | //code"):
        element.getparent().remove(element) if not element.tail else element.clear(keep_tail=True)
    texts = [
        " ".join(text.split()) for text in page.xpath("//body//text() | //@title | //@aria-label | //@placeholder")
    ]
    assert len(texts) > 200
    assert not [text for text in texts if left_in_english(text)]


RUNS = [sample_run(), site_run(), text_run("plain")]


@pytest.mark.parametrize("run", RUNS, ids=["devices", "phones", "text"])
def test_english_is_what_it_was(run: Run, tmp_path: Path) -> None:
    shown = view(run)
    assert translated(shown, ENGLISH) is shown
    before = write_reports(run, tmp_path / "before", ("junit", "html", "markdown", "csv"))
    after = write_reports(run, tmp_path / "after", ("junit", "html", "markdown", "csv"), "en")
    assert {name: path.read_bytes() for name, path in before.items()} == {
        name: path.read_bytes() for name, path in after.items()
    }
    assert render_terminal(run) == render_terminal(run, language="en")
    assert not HANGUL.search((tmp_path / "after" / "report.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("run", RUNS, ids=["devices", "phones", "text"])
def test_what_programs_read_is_english(run: Run, tmp_path: Path) -> None:
    english = write_reports(run, tmp_path / "en", ("junit", "html", "markdown", "csv"))
    korean = write_reports(run, tmp_path / "ko", ("junit", "html", "markdown", "csv"), "ko")
    assert english.keys() == korean.keys()
    for name, path in english.items():
        same = path.read_bytes() == korean[name].read_bytes()
        assert same == (name in ("json", "summary", "csv", "phones")), name


def test_the_history_is_said_too(tmp_path: Path) -> None:
    database = tmp_path / "h.sqlite3"
    known = ("C1", "outside", "fail")
    for number, devices in enumerate([(seen("asa1", known), seen("asa2")), (seen("asa1", known), seen("asa3"))]):
        store.record(database, snapshot(number, *devices, expiry=(ending(5), ending(300))))
    shown = view(text_run("plain"), trend(store.content(database), [90, 7], night(1)))
    english, korean = (translated(shown, one) for one in (ENGLISH, KOREAN))
    section = parser.document_fromstring(html.render(korean)).get_element_by_id("trend").getparent()
    assert "이전 실행 이후" in section.text_content()
    assert not [text for text in section.itertext() if left_in_english(text)]
    assert "Since the run before" in markdown.render(english)
    assert "이전 실행 이후" in markdown.render(korean)


@pytest.mark.parametrize("run", RUNS, ids=["devices", "phones", "text"])
def test_pages_in_korean_have_the_same_build(run: Run) -> None:
    english, korean = (html.render(translated(view(run), one)) for one in (ENGLISH, KOREAN))
    tags = [[element.tag for element in parser.document_fromstring(page).iter()] for page in (english, korean)]
    assert tags[0] == tags[1]
    assert '<html lang="ko">' in korean
    chosen = "//select[@name='severity']/option"
    before, after = (parser.document_fromstring(page).xpath(chosen) for page in (english, korean))
    # What the script compares stays English.
    assert [one.get("value") for one in after] == [one.get("value", one.text) for one in before]


def test_texts_of_scripts_stand_in_the_scripts() -> None:
    scripts = html.asset("report.js") + html.asset("phones.js")
    assert not [text for text in html.SCRIPT_TEXTS if f'"{text}"' not in scripts]
    assert "복사" in html.in_language(scripts, KOREAN)
    assert html.in_language(scripts, ENGLISH) is scripts


def test_status_words_stay_beside_their_translation() -> None:
    shown = translated(view(sample_run()), KOREAN)
    for text in (html.render(shown), markdown.render(shown)):
        assert "실패 FAIL" in text
        assert "미확인 UNKNOWN" in text
        assert "통과 PASS" in text
    assert "FAIL" in render_terminal(shown, language="ko")
    assert HANGUL.search(render_terminal(shown, language="ko"))
    assert "기대값: " in junit.render(shown)


def test_a_sentence_for_a_person_stays_one() -> None:
    """It is known by its capital and full stop, which Korean has not."""
    shown = translated(view(lab_run()), KOREAN)
    fixes = {line for item in shown.devices[0].findings for one in item.finding.outcomes for line in one.fix}
    by_hand = [line for line in fixes if steps((line,))[0].by_hand]
    assert len(by_hand) == len([line for line in SAID["fix"] if steps((line,))[0].by_hand])


def test_what_an_attacker_names_is_escaped_in_korean_too() -> None:
    run = text_run("<script>alert(1)</script>")
    page = html.render(translated(view(run), KOREAN))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_language_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        write_reports(text_run("plain"), tmp_path / "run", ("html",), "kr")
    assert refused.value.code == "language_unknown"
    assert not (tmp_path / "run").exists()


def test_a_catalogue_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spoken, "_LOCALE", tmp_path)
    words.cache_clear()
    with pytest.raises(BadInput) as refused:
        words("ko")
    assert refused.value.code == "catalogue_missing"
    folder = tmp_path / "ko" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "vpnphone.mo").write_bytes(b"\x00" * 40)
    with pytest.raises(BadInput) as refused:
        words("ko")
    assert refused.value.code == "catalogue_missing"
    words.cache_clear()
