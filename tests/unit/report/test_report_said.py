"""Built texts said by their templates: what fits, what is left alone, and that no text drops what stood in a hole."""

from __future__ import annotations

import re

import pytest
from ansible.module_utils.vpnphone.report import said
from ansible.module_utils.vpnphone.report.said import Sayings
from ansible.module_utils.vpnphone.report.said_template import filled, holes, is_english, spellings
from ansible.module_utils.vpnphone.report.words import ENGLISH, words
from hypothesis import given, settings
from hypothesis import strategies as st

TEMPLATES = {
    "the mate is {0}": "대기 장비 상태: {0}",
    "group-policy {0} of tunnel-group {1} is missing": "터널 그룹 {1}에 그룹 정책 {0}이(가) 없습니다",
    "{0:n} phone{|s} {is|are} locked out": "전화 {0}대 접속 불가",
    "{0} of {1}: {2}": "{1}의 {0}: {2}",
    "no phone is connected": "접속 중인 전화가 없습니다",
    "{0} is asked by {1}: {2}": "{1} > {0}: {2}",
    "{0} needed, {1}": "{0} 필요, {1}",
    "; this unit is {0}": "; 이 장비 상태: {0}",
    "{0} connect{|s}{1}": "{0}: 접속합니다{1}",
}
SAYINGS = Sayings(TEMPLATES, {"below": "미만"})
KOREAN = words("ko")
# No character of a template's own literals: what stands in a hole is then known exactly.
NAMES = st.text(st.sampled_from("ABCXYZ0189._-/가나다\u202e\x1b\x00"), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no phone is connected", "접속 중인 전화가 없습니다"),
        ("UNKNOWN: no phone is connected", "UNKNOWN: 접속 중인 전화가 없습니다"),
        ("PERSON: no phone is connected", "PERSON: 접속 중인 전화가 없습니다"),
        ("1 phone is locked out", "전화 1대 접속 불가"),
        ("3 phones are locked out", "전화 3대 접속 불가"),
        ("1,234 phones are locked out", "전화 1,234대 접속 불가"),
        ("group-policy GP of tunnel-group TG is missing", "터널 그룹 TG에 그룹 정책 GP이(가) 없습니다"),
        # A text in a hole, a word of ours in a hole, a list in a hole.
        ("mtu of GP: no phone is connected", "GP의 mtu: 접속 중인 전화가 없습니다"),
        ("5 needed, below", "5 필요, 미만"),
        ("SEP01 connects (web)", "SEP01: 접속합니다 (web)"),
        (
            "group-policy A, the mate is B of tunnel-group C is missing",
            "터널 그룹 C에 그룹 정책 A, 대기 장비 상태: B이(가) 없습니다",
        ),
        # Two texts that were joined, one that was put behind a name.
        ("no phone is connected; the mate is X", "접속 중인 전화가 없습니다; 대기 장비 상태: X"),
        ("no phone is connected (SEP1)", "접속 중인 전화가 없습니다 (SEP1)"),
        ("the mate is Failed; this unit is Active", "대기 장비 상태: Failed; 이 장비 상태: Active"),
    ],
)
def test_what_fits_is_said(text: str, expected: str) -> None:
    assert SAYINGS.say(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "some other text",
        "many phones are locked out",
        # No template fits within a word.
        "the connection broke",
        # Two readings, which the other order would mix.
        "group-policy A of tunnel-group B of tunnel-group C is missing",
        # A weak template does not make sense of a sentence that is not known.
        "the end of the world: it is near",
        "no phone is connected; the rest of it is not known",
        "5 needed, no phone is connected and A",
        "no phone is connected" + "x" * said.MAX_SAID,
    ],
)
def test_what_does_not_fit_stays(text: str) -> None:
    assert SAYINGS.say(text) == text


def test_two_templates_that_say_as_much_leave_the_text_alone() -> None:
    sayings = Sayings({"{0} holds {1} entries": "{1}/{0}", "{0} entries {1} holds": "x{0}{1}"})
    assert sayings.say("a holds 3 entries") == "3/a"
    clash = Sayings({"{0} abcdef {1}": "1 {0} {1}", "{0} ghijkl {1}": "2 {0} {1}"})
    assert clash.say("x abcdef y ghijkl z") == "x abcdef y ghijkl z"


def test_spellings_and_holes() -> None:
    assert list(spellings("{0} {is|are} x{|s}")) == [
        ("", " is x"),
        ("", " is xs"),
        ("", " are x"),
        ("", " are xs"),
    ]
    assert holes("{1} a {0:n} b {2}") == (1, 0, 2)
    assert is_english("this is not known")
    assert not is_english("ssl trust-point SSL outside")


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_gives_a_text(text: str) -> None:
    assert isinstance(KOREAN.say(text), str)
    assert ENGLISH.say(text) is text


@settings(deadline=None)
@given(st.lists(st.sampled_from([*TEMPLATES, ": ", "; ", " (", ")", " of ", " and ", ". ", "x", "UNKNOWN: "])))
def test_texts_of_pieces_of_texts_give_a_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert isinstance(SAYINGS.say(text), str)
    assert isinstance(KOREAN.say(text), str)


def unspoken(template: str, names: list[str]) -> str:
    return re.sub(r"\{([0-9])(?::n)?\}", lambda match: names[int(match[1])], template)


@settings(deadline=None)
@given(st.sampled_from(sorted(KOREAN.sayings.translations)), st.lists(NAMES, min_size=9, max_size=9))
def test_names_in_holes_are_neither_dropped_nor_made_up(msgid: str, names: list[str]) -> None:
    kinds = re.findall(r"\{([0-9])(:n)?\}", msgid)
    wanted = [str(int(number) + 7) if kind else names[int(number)] for number, kind in kinds]
    english = unspoken(re.sub(r"\{([^{}|]*)\|[^{}|]*\}", r"\1", msgid), wanted)
    spoken = KOREAN.say(english)
    assert spoken in {english, filled(KOREAN.sayings.translations[msgid], wanted)}
    assert all(name in spoken for name in wanted)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("전화 3대", "전화 3대가 전화를 전화 3대는"),
        ("인증서 발급", "인증서 발급이 전화를 인증서 발급은"),
        ("VPN3", "VPN3이 전화를 VPN3은"),
        ("VPN2", "VPN2가 전화를 VPN2는"),
        # Nobody knows how a name in Latin letters is read.
        ("VPN", "VPN이(가) 전화를 VPN은(는)"),
        ("", "이(가) 전화를 은(는)"),
        ("이(가)", "이(가)이(가) 전화를 이(가)은(는)"),
    ],
)
def test_particles_fit_what_stands_before_them(name: str, expected: str) -> None:
    assert filled("{0}이(가) 전화를 {0}은(는)", [name]) == expected


@pytest.mark.parametrize(
    "piece", [": ", ". ", " [a]", " of ", "; no phone is connected", " (", "the mate is ", " and ", ", "]
)
def test_the_number_of_looks_is_bounded(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (piece * said.MAX_SAID)[: said.MAX_SAID]
    calls = []
    fits = SAYINGS.fits
    monkeypatch.setattr(SAYINGS, "fits", lambda one: calls.append(one) or fits(one))
    SAYINGS._say(text)
    assert len(calls) <= said._MAX_LOOKS
