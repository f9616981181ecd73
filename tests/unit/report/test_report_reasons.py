"""Why something is not known, in Korean: every reason behind the status that a report puts before it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from ansible.module_utils.vpnphone.commands import COMMANDS
from ansible.module_utils.vpnphone.controls.base import ASKED_BY, unknown_questions, unknown_sections
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.model import Outcome
from ansible.module_utils.vpnphone.parse.answer import shown
from ansible.module_utils.vpnphone.parse.cucm.state import build_cluster
from ansible.module_utils.vpnphone.parse.state import Answer, build_state
from ansible.module_utils.vpnphone.report.said import Sayings, bare_of_prefix
from ansible.module_utils.vpnphone.report.said_template import holes
from ansible.module_utils.vpnphone.report.text import cut
from ansible.module_utils.vpnphone.report.translate import said_cuts
from ansible.module_utils.vpnphone.report.words import ENGLISH, words
from ansible.module_utils.vpnphone.report.write import write_reports
from ansible.module_utils.vpnphone.transport import silence

from tests.unit.report.builders import text_run
from tests.unit.report.test_report_korean import HANGUL, left_in_english
from tools.catalogue_said import COMPOSED, REASONS, reasons_in

KOREAN = words("ko")
# What a device said stands as it is, whatever words it has.
STRANGE = "this is a list of what is not known to the parser"


def filled(template: str) -> str:
    """With one of the forms of a word, and something in each hole."""
    text = re.sub(r"\{([^{}|]*)\|[^{}|]*\}", r"\1", template)
    text = re.sub(r"(?<=[a-z])\{[0-9]\}", " (Name)", text)
    return re.sub(r"\{([0-9])(:n)?\}", lambda match: "42" if match[2] else f"Name{match[1]}", text)


def test_every_reason_is_said_behind_its_status() -> None:
    known = KOREAN.sayings.translations
    texts = [text for text, _ in reasons_in(REASONS)] + list(COMPOSED["transport/silence.py"])
    reasons = [text for text in (bare_of_prefix(one)[1] for one in texts) if text in known and text[:1] not in ";( "]
    assert len(reasons) > 200
    wrong = {}
    for reason in reasons:
        english = f"UNKNOWN: `show x` is unreadable: {filled(reason)}"
        korean = KOREAN.say(english)
        said = korean.removeprefix("UNKNOWN: `show x`: 해석 불가: ")
        if said == korean or not HANGUL.search(said) or left_in_english(said):
            wrong[english] = korean
    assert not wrong


def outcomes() -> Iterator[Outcome]:
    """What controls say of sections that were not learned: strange answers, none, refusals, and no cluster's answer."""
    sections = tuple(command.section for command in COMMANDS)
    for text in (f"{STRANGE}\n", "", "ERROR: % Invalid input detected at '^' marker.\n", f"{'x' * 9000}\n"):
        answers = {one.section: Answer(one.text, "ok", text) for one in COMMANDS}
        yield from unknown_sections(build_state("asa1", "saved", answers, None), sections)
    state = build_cluster("cucm1", "saved", {}, None)
    yield from unknown_questions(state, tuple(ASKED_BY))


def test_what_parsers_miss_is_said() -> None:
    found = list(outcomes())
    said = {one.message: KOREAN.say(one.message) for one in found}
    assert len(said) > 60
    for english, korean in said.items():
        rest = korean.replace(shown(STRANGE), "").replace("% Invalid input detected at '^' marker.", "")
        assert HANGUL.search(rest.rpartition("`: ")[2]), english
        assert not left_in_english(rest), english
        # The device's own words are whole.
        assert (STRANGE in english) == (STRANGE in korean)


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (silence.asa("asa1").silent(60, "the answer of `show version`"), "60초 동안 데이터가 없었습니다."),
        (silence.node("cucm1").closed("the first prompt"), "노드가 플랫폼 세션을 닫았습니다."),
        (silence.asa("asa1").login_late(20), "로그인"),
    ],
)
def test_the_end_of_a_session_is_said(error: VpnPhoneError, what: str) -> None:
    assert what in KOREAN.say(error.what)
    assert not left_in_english(KOREAN.say(error.what))
    assert not left_in_english(KOREAN.say(error.todo))
    # As gather_cucm.py tells it, with its code.
    told = KOREAN.say(f"UNKNOWN: `show version active` is incomplete: {error.what} [{error.code}]")
    assert what in told
    assert told.endswith(f" [{error.code}]")


def test_words_of_others_are_no_english_that_was_left() -> None:
    marked = Sayings(
        {"`{0}` is refused: {1}": "`{0}` 거부: {1:o}", "it begins with: {0}": "시작: {0:v}", "{0} of {1}": "{1}의 {0}"}
    )
    assert marked.say("it begins with: a list of names") == "시작: a list of names"
    assert marked.say("`x` is refused: it is not allowed") == "`x` 거부: it is not allowed"
    assert marked.say("`x` is refused: it begins with: a list of names") == "`x` 거부: 시작: a list of names"
    assert marked.say("`x` is refused: mtu of GP") == "`x` 거부: GP의 mtu"
    assert holes("{0:v} {1:o} {2:n} {3}") == (0, 1, 2, 3)


def test_the_marks_of_cuts_are_said(tmp_path: Path) -> None:
    run = msgspec.structs.replace(text_run("plain"), notes=("x" * 5000,), devices=())
    english, korean = (write_reports(run, tmp_path / one, ("markdown",), one) for one in ("en", "ko"))
    texts = [paths["markdown"].read_text(encoding="utf-8") for paths in (english, korean)]
    assert "more characters" in texts[0]
    assert "more characters" not in texts[1]
    assert re.search(r"… \\\([0-9]+자 더 있음\\\)", texts[1])
    assert english["json"].read_bytes() == korean["json"].read_bytes()
    page = f"<p>{cut('x' * 500, 100)}</p>"
    assert said_cuts(page, ENGLISH) is page
    assert said_cuts(page, KOREAN).endswith("… (440자 더 있음)</p>")
