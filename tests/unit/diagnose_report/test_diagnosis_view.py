"""What is shown of a diagnosis: causes that are one, lines with numbers, words, and texts that are safe."""

from __future__ import annotations

from datetime import timedelta, timezone

import msgspec
import pytest
from ansible.module_utils.vpnphone.diagnose.signatures import SIGNATURES
from ansible.module_utils.vpnphone.model.diagnosis import Cause, Diagnosis, LogEvent
from ansible.module_utils.vpnphone.report import diagnosis_view as shown
from ansible.module_utils.vpnphone.report.diagnosis_view import view
from ansible.module_utils.vpnphone.report.text import visible
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.diagnose_report.builders import (
    CREATED,
    PHONE,
    Log,
    fleet,
    healthy,
    nothing,
    one_cause,
    open_verdict,
    past,
    text_diagnosis,
)


def cause(**more: object) -> Cause:
    fields: dict[str, object] = {"id": "csd", "title": "CSD is on", "confidence": "likely"}
    return Cause(**(fields | more))  # type: ignore[arg-type]  # each test names fields of Cause


@pytest.mark.parametrize(
    ("diagnosis", "headline", "rest"),
    [
        (one_cause(), "The phone does not know the certificate that the ASA presents.", "Certain: the lines prove it."),
        (healthy(), "Nothing is wrong in these logs.", "3 phones connected; no failure stands at their end."),
        (past(), "Nothing is wrong at the end of these logs.", "1 phone connected; no failure stands at"),
        (nothing(), "Nothing in these logs is known.", "123,412 lines were read, and none of them"),
        (open_verdict(), "These logs decide nothing.", "2 lines of 6 mean something, but none tells of"),
        (Diagnosis(verdict="nothing"), "There was nothing to read.", "docs/diagnosis.md says which logs are needed"),
        (Diagnosis(verdict="cause"), "A cause was found, but none is listed.", ""),
        (fleet(40), "Phone and ASA share no cipher suite.", "Likely: it fits the lines best, but "),
    ],
)  # fmt: skip
def test_the_verdict_in_words(diagnosis: Diagnosis, headline: str, rest: str) -> None:
    found = view(diagnosis)
    assert found.headline == headline
    assert found.rest.startswith(rest)


def test_no_guess_is_made_of_what_is_not_known() -> None:
    assert "No guess is made" in view(nothing()).rest
    assert "No guess is made" in view(open_verdict()).rest


def test_causes_that_differ_in_their_phone_alone_are_one() -> None:
    found = view(fleet(120))
    (one,) = found.causes
    assert one.others == 39
    assert len(one.alike) == 39
    assert {other.cause.phone for other in one.alike}.isdisjoint({one.cause.phone})
    assert "39 other phones" in found.rest


def test_what_stands_comes_first_then_what_is_surest() -> None:
    events = one_cause().events
    causes = (
        cause(id="a", title="past", confidence="likely", past=True, against=(1,)),
        cause(id="b", title="indicated", confidence="indicated"),
        cause(id="c", title="certain", confidence="certain"),
        cause(id="d", title="likely", confidence="likely"),
        cause(id="d", title="likely", confidence="likely", against=(0,), phone=PHONE),
    )
    found = view(Diagnosis(verdict="cause", causes=causes, events=events))
    assert [one.cause.title for one in found.causes] == ["certain", "likely", "likely", "indicated", "past"]
    assert [one.number for one in found.causes] == [1, 2, 3, 4, 5]
    assert found.headline == "certain."


def test_cited_lines_have_numbers_and_letters() -> None:
    found = view(past())
    (one,) = found.causes
    assert [line.label for line in one.lead.evidence] == ["1.1", "1.2", "1.3"]
    assert [line.label for line in one.lead.against] == ["1.A"]
    assert {label for labels in found.labels.values() for label in labels} == {"1.1", "1.2", "1.3", "1.A"}


def test_the_tenth_line_of_one_kind_is_counted_not_shown() -> None:
    found = view(fleet(300)).causes[0].lead
    assert len(found.evidence) == shown.MAX_SAME
    assert found.more == len(found.cause.evidence) - shown.MAX_SAME > 0


def test_lines_that_are_not_there_are_no_lines() -> None:
    found = view(one_cause(causes=(cause(evidence=(-1, 2, 999), against=(1000,)),)))
    assert [line.number for line in found.causes[0].lead.evidence] == [2]
    assert found.causes[0].lead.against == ()


def test_however_many_causes_the_numbers_are_bounded_and_each_has_a_line() -> None:
    events = fleet(300).events
    causes = tuple(
        cause(id=f"c{number}", evidence=tuple(range(number, number + 30)), against=(1, 2, 3)) for number in range(100)
    )
    found = view(Diagnosis(verdict="cause", causes=causes, events=events))
    assert all(one.lead.evidence for one in found.causes)
    assert sum(len(one.lead.evidence) + len(one.lead.against) for one in found.causes) <= (
        shown.MAX_NUMBERED + 2 * len(causes)
    )


def test_a_line_from_memory_is_said_to_be_one() -> None:
    for one in SIGNATURES:
        event = LogEvent(signature=one.id, side=one.side, source="x", line=1, order=1, text="x")
        said = shown.says(event)
        assert ("from memory" in said) == (one.status == "K")
        if one.status == "K":
            assert said.startswith(("A sign: ", "The form"))
        assert shown.kind_of(event) == one.kind


def test_an_unknown_signature_is_context_and_says_nothing() -> None:
    event = LogEvent(signature="asa.of_tomorrow", side="asa", source="x", line=1, order=1, text="x")
    assert (shown.kind_of(event), shown.says(event), shown.in_words(event)) == ("context", "", "of tomorrow")


def test_marks_have_few_words() -> None:
    log = Log()
    log.asa("10:00:00", "%ASA-7-725008: SSL client outside:192.0.2.1/50091 proposes the following 2 cipher(s).")
    log.asa("10:00:00", "%ASA-7-725014: SSL lib error. Function: SSL3_GET_CLIENT_HELLO Reason: no shared cipher")
    log.phone("10:00:00", "alert_err: SSL write alert: code 48, unknown CA")
    assert [shown.in_words(event) for event in log.events] == [
        "725008 tls proposed: 2, 192.0.2.1/50091",
        "725014 no shared cipher",
        "alert: SSL, write, 48, unknown CA",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "agrees with"),
        (-0.4, "agrees with"),
        (0.5, "is 0.5 s ahead of"),
        (-192.2, "is 3 min 12 s behind"),
        (3600.0, "is 1 h ahead of"),
        (-(86400.0 * 2 + 3 * 3600), "is 2 d 3 h behind"),
    ],
)
def test_an_offset_in_words(seconds: float, words: str) -> None:
    assert shown.offset_words("SEP1", "asa-1", seconds) == f"The clock of SEP1 {words} that of asa-1"


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (cause(phone=PHONE, asa="asa-1"), f"{PHONE} on asa-1"),
        (cause(phone=PHONE, user=f"CP-7962G-{PHONE}"), PHONE),
        (cause(phone=PHONE, user="bob"), f"{PHONE} (user bob)"),
        (cause(user="bob", asa="asa-1"), "user bob on asa-1"),
        (cause(), "the logs do not say whose phone"),
    ],
)
def test_nobody_is_blamed_whom_no_line_names(one: Cause, words: str) -> None:
    assert shown.who(one) == words


# --- texts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain text", "plain text"),
        ("\x1b[2Jred", "\\x1b[2Jred"),
        ("a\nb\r\tc", "a\\nb\\r c"),
        ("exe\u202etxt\u2066", "exe\\u202etxt\\u2066"),
        ("null\x00 del\x7f c1\x9b", "null\\x00 del\\x7f c1\\u009b"),
        ("lone \ud800 tag \U000e0041", "lone \\ud800 tag \\U000e0041"),
        ("Grüße 日本", "Grüße 日本"),
        ("", ""),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text: str, seen: str) -> None:
    assert visible(text) == seen


@pytest.mark.parametrize(
    "text", ["Set-Cookie: webvpn=0123456789@4096", "web\x00vpn=0123456789@4096", "x\u202e webvpn=0123456789"]
)
def test_a_secret_is_masked_also_where_something_hides_its_name(text: str) -> None:
    assert "0123456789" not in visible(text)


@given(st.text(st.characters(exclude_categories=())))
def test_visible_text_is_one_line_without_a_control_and_stays_so(text: str) -> None:
    seen = visible(text)
    assert not any(ord(character) < 32 or 0x7F <= ord(character) <= 0x9F for character in seen)
    assert not any(
        character in seen for character in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"
    )
    seen.encode()
    assert visible(seen) == seen


def test_every_text_of_a_diagnosis_is_made_safe() -> None:
    found = view(text_diagnosis("a\x1b[2J\u202eb"))
    assert "\x1b" not in repr(found).replace("\\x1b", "") and "\u202e" not in repr(found)
    assert found.diagnosis.events[0].fields["user"] == "a\\x1b[2J\\u202eb"


def test_times_of_a_device_stay_without_a_zone_and_ours_is_utc() -> None:
    local = CREATED.astimezone(timezone(timedelta(hours=5)))
    found = view(msgspec.structs.replace(one_cause(), created=local)).diagnosis
    assert found.created == CREATED
    assert found.created is not None and str(found.created.tzinfo) == "UTC"
    assert found.events[0].at is not None and found.events[0].at.tzinfo is None
    assert view(nothing()).diagnosis.created == CREATED


# --- the lines that tell most -----------------------------------------------------------------------------------------


def test_of_many_lines_the_proving_ones_are_shown_in_their_order() -> None:
    diagnosis = one_cause()
    everything = cause(evidence=tuple(range(len(diagnosis.events))), confidence="certain")
    lead = view(one_cause(causes=(everything,))).causes[0].lead
    assert len(lead.evidence) == shown.MAX_LINES
    assert [line.number for line in lead.evidence] == sorted(line.number for line in lead.evidence)
    kept = {line.event.signature for line in lead.evidence}
    assert {"phone.chain_refused", "phone.alert", "asa.unknown_ca", "asa.tls_failed", "phone.login_failed"} <= kept
    best = [line.event.signature for line in shown.most_telling(lead.evidence, 3)]
    assert best == ["phone.chain_refused", "phone.alert", "asa.unknown_ca"]


def test_a_line_that_is_cited_twice_is_shown_once() -> None:
    lead = view(one_cause(causes=(cause(evidence=(2, 2, 2)),))).causes[0].lead
    assert [line.number for line in lead.evidence] == [2]
