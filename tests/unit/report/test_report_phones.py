"""Predictions made ready: counts and words of each moment, causes, cases, and an order that is always the same."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.model import Attempt, Connection, Prediction, Reason
from ansible.module_utils.vpnphone.model.prediction import Moment
from ansible.module_utils.vpnphone.predict import predict
from ansible.module_utils.vpnphone.report.moments import MOMENTS, count_moments, sentences
from ansible.module_utils.vpnphone.report.phones import Phones, decided, masked, phones
from ansible.module_utils.vpnphone.report.view import STANDINGS, Standing, canonical, verdict, view
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.predict.builders import NEW_LEAF, filed
from tests.unit.predict.builders import site as whole_site
from tests.unit.report.builders import run_of, sample_run
from tests.unit.report.phone_builders import (
    CIPHER,
    GOOD,
    HQ,
    PIN,
    STALE,
    WELL,
    attempt,
    cluster,
    encrypted,
    name,
    phones_of,
    predictions,
    site_run,
)

OUT, UNKNOWN, GOOD_ONE = "LOCKED OUT", "UNKNOWN", "CONNECTS"


def shown(*made: Prediction) -> Phones:
    found = phones(canonical(msgspec.structs.replace(run_of(), predictions=made)))
    assert found is not None
    return found


def plain(phone: str, moment: Moment, verdict: Connection) -> Prediction:
    return Prediction(phone=phone, model="8845", moment=moment, verdict=verdict, first=verdict.lower())


# --- moments and their words ----------------------------------------------------------------------------------------


def moments(**verdicts: str) -> list[Prediction]:
    """moment="OUC": one phone a letter, LOCKED OUT, UNKNOWN or CONNECTS."""
    words: dict[str, Connection] = {"O": "LOCKED OUT", "U": "UNKNOWN", "C": "CONNECTS"}
    return [
        plain(name(number), moment, words[letter])
        for moment in MOMENTS
        for number, letter in enumerate(verdicts.get(moment, ""))
    ]


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ({"now": "O"}, ("The phone is locked out.", "")),
        ({"now": "C"}, ("The phone connects.", "")),
        ({"now": "U"}, ("The phone may be locked out: nothing proves that it connects.", "")),
        ({"now": "OO"}, ("Both phones are locked out.", "")),
        ({"now": "OUCC"}, ("1 of 4 phones is locked out.", "1 may be too and 2 connect.")),
        ({"now": "OOC"}, ("2 of 3 phones are locked out.", "1 connects.")),
        ({"now": "UUC"}, ("2 of 3 phones may be locked out: nothing proves that they connect.", "1 connects.")),
        ({"now": "CCC"}, ("All 3 phones connect.", "")),
        ({"now": "C" * 1000}, ("All 1,000 phones connect.", "")),
        ({"apply": "OC"}, ("1 of 2 phones is locked out after Apply Config.", "1 connects.")),
        (
            {"now": "OOUC", "apply": "CCUC", "reload": "OOUO", "failover": "OOUU"},
            (
                "2 of 4 phones are locked out.",
                "1 may be too and 1 connects. After Apply Config 2 more would connect. After a failover 1 that connects"
                " now might be locked out. After a reload 1 that connects now would be locked out.",
            ),
        ),
        # Somebody is about to make this change.
        (
            {"now": "CCC", "change": "OOU"},
            (
                "The change would lock out 2 of 3 phones.",
                "All 3 phones connect. After the change 1 that connects now might be locked out.",
            ),
        ),
        ({"now": "CC", "change": "OO"}, ("The change would lock out both phones.", "Both phones connect.")),
        (
            {"now": "OCC", "change": "COO"},
            (
                "1 of 3 phones is locked out.",
                "2 connect. After the change 2 that connect now would be locked out and 1 more would connect.",
            ),
        ),
    ],
)  # fmt: skip
def test_sentences(verdicts: dict[str, str], expected: tuple[str, str]) -> None:
    assert sentences(count_moments(tuple(moments(**verdicts)))) == expected


def test_moments_stand_in_their_order_with_every_verdict() -> None:
    found = count_moments(tuple(reversed(moments(change="C", now="O", reload="U", apply="O", failover="C"))))
    assert [one.moment for one in found] == ["now", "apply", "failover", "reload", "change"]
    assert [list(one.counts.values()) for one in found] == [[1, 0, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0], [0, 0, 1]]
    assert [(one.lost, one.doubtful, one.regained) for one in found] == [(0, 0, 0)] * 2 + [
        (0, 0, 1), (0, 0, 0), (0, 0, 1),
    ]  # fmt: skip


def test_a_phone_that_two_clusters_know_is_compared_by_its_worst_verdict() -> None:
    twice = [
        plain(name(1), "now", "CONNECTS"),
        plain(name(1), "now", "LOCKED OUT"),
        plain(name(1), "apply", "CONNECTS"),
    ]
    now, later = count_moments(tuple(twice))
    assert (now.total, now.counts) == (2, {OUT: 1, UNKNOWN: 0, GOOD_ONE: 1})
    assert (later.lost, later.regained) == (0, 1)


# --- what decides ---------------------------------------------------------------------------------------------------


def test_the_attempt_that_decides_is_the_one_that_the_sentence_is_of() -> None:
    (one,) = predictions(name(1), "8845", now=STALE)
    assert decided(one).attempt is STALE[0]
    other = msgspec.structs.replace(one, first=CIPHER.text)
    assert (decided(other).attempt, decided(other).reason) == (STALE[1], CIPHER)
    assert decided(other).fix == CIPHER.fix


@pytest.mark.parametrize(
    ("first", "known"),
    [
        (PIN.text, True),
        (f"{HQ} on asa-hq: {PIN.text}", True),
        (f"the nodes serve files that come out differently (LOCKED OUT: {PIN.text})", False),
        (f"https://other.example.com/ on asa-hq: {PIN.text}", False),
    ],
)
def test_a_sentence_may_begin_with_its_place_and_may_be_of_no_single_reason(first: str, known: bool) -> None:
    (one,) = predictions(name(1), "8845", now=STALE)
    why = decided(msgspec.structs.replace(one, first=first))
    assert (why.reason, why.text) == ((PIN, PIN.text) if known else (None, first))
    assert why.attempt == STALE[0]


@pytest.mark.parametrize(
    ("fields", "step", "asa"),
    [
        ({"cert_hashes": (NEW_LEAF.pin,)}, "pin", "asa1"),
        ({"urls": ("https://other.example.com/x",)}, "reach", ""),
        ({"urls": ()}, "file", ""),
    ],
)
def test_what_the_prediction_says_is_understood(fields: dict[str, Any], step: str, asa: str) -> None:
    (cause,) = shown(*predict(whole_site(phones=(filed(**fields),)), ["now"])).causes
    assert (cause.step, cause.asas) == (step, (asa,) if asa else ())
    assert cause.fix or step == "file"


def test_one_cause_with_two_fixes_is_two_lines_and_at_two_places_one() -> None:
    again = attempt("https://vpn9.example.com/x", "asa-9", PIN)
    other = attempt(HQ, "asa-hq", msgspec.structs.replace(PIN, fix=("PERSON: wait.",)))
    made = [found for number, one in enumerate((STALE[0], again, other))
            for found in predictions(name(number), "8845", now=(one,))]  # fmt: skip
    first, second = shown(*made).causes
    assert (first.text, second.text) == (PIN.text, PIN.text)
    assert (len(first.names), first.asas, first.where) == (2, ("asa-9", "asa-hq"), "asa-9, asa-hq")
    assert (second.fix, second.where) == (("PERSON: wait.",), "asa-hq")


def test_what_to_do_may_be_told_by_the_next_reason_of_the_attempt() -> None:
    silent = Reason(step="cipher", verdict="LOCKED OUT", text="the ASA answers with an alert")
    doubt = Reason(step="dtls", verdict="UNKNOWN", text="not known", fix=("PERSON: ask.",))
    (one,) = predictions(name(1), "8845", now=(attempt(HQ, "asa-hq", silent, doubt, CIPHER),))
    assert (decided(one).reason, decided(one).fix) == (silent, CIPHER.fix)
    (one,) = predictions(name(1), "8845", now=(attempt(HQ, "asa-hq", silent, doubt), attempt(HQ, "asa-9", CIPHER)))
    assert decided(one).fix == ()


def test_what_is_no_worse_than_now_is_no_news() -> None:
    later = (attempt(HQ, "asa-hq", msgspec.structs.replace(PIN, text="after the reload")),)
    doubt = (attempt(HQ, "asa-hq", encrypted(""), verdict="UNKNOWN"),)
    made = [*predictions(name(1), "8845", now=STALE, reload=later), *predictions(name(2), "8845", now=doubt)]
    assert [(cause.text[:9], cause.news) for cause in shown(*made).causes] == [
        ("no hash o", True), (".cnf.xml.", True), ("after the", False),
    ]  # fmt: skip
    made += predictions(name(2), "8845", reload=later)
    assert [(cause.text[:9], cause.news) for cause in shown(*made).causes] == [
        ("no hash o", True), ("after the", True), (".cnf.xml.", True),
    ]  # fmt: skip


def test_a_phone_connects_by_the_attempt_that_does() -> None:
    (one,) = predictions(name(1), "8845", now=(*STALE, *WELL))
    assert (one.verdict, decided(one).attempt, decided(one).reason) == (GOOD_ONE, WELL[0], GOOD)
    silent = Attempt(url=HQ, asa="asa-hq", verdict="CONNECTS")
    bare = msgspec.structs.replace(one, first="", attempts=(*STALE, silent))
    assert (decided(bare).attempt, decided(bare).reason) == (silent, None)


@pytest.mark.parametrize(
    ("verdict", "attempts", "expected"),
    [
        ("LOCKED OUT", (), "locked out; no reason was recorded"),
        ("UNKNOWN", (), "could not be decided; no reason was recorded"),
        ("CONNECTS", (), "connects"),
        ("CONNECTS", (Attempt(url=HQ, asa="asa-hq", verdict="CONNECTS"),), "connects at asa-hq"),
        ("LOCKED OUT", STALE, PIN.text),
        ("UNKNOWN", (attempt(HQ, "a", PIN, Reason(step="x", verdict="UNKNOWN", text="y"), verdict="UNKNOWN"),), "y"),
    ],
)
def test_a_prediction_without_its_sentence_still_has_one(
    verdict: Connection, attempts: tuple[Attempt, ...], expected: str
) -> None:
    one = Prediction(phone="SEP1", model="", moment="now", verdict=verdict, attempts=attempts)
    assert decided(one).text == expected
    (cause,) = shown(one).causes
    assert (cause.text, cause.verdict) == (expected, verdict)


# --- causes and cases -----------------------------------------------------------------------------------------------


def test_the_same_cause_for_many_phones_is_one() -> None:
    found = shown(*phones_of(200))
    assert [(cause.verdict, cause.step, len(cause.names), cause.counts) for cause in found.causes] == [
        (OUT, "pin", 60, {"now": 60, "failover": 60, "reload": 60}),
        (OUT, "cipher", 20, {"now": 20, "apply": 20, "failover": 20, "reload": 20}),
        (OUT, "certificate", 20, {"reload": 20}),
        (UNKNOWN, "dtls", 10, {"now": 10, "apply": 10, "failover": 10, "reload": 10}),
        (UNKNOWN, "file", 10, {"now": 10, "apply": 10, "failover": 10, "reload": 10}),
        (GOOD_ONE, "pin", 160, {"now": 100, "apply": 160, "failover": 100, "reload": 80}),
    ]
    assert [cause.anchor for cause in found.causes] == ["c1", "c2", "c3", "c4", "c5", "c6"]
    assert [cause.asas for cause in found.urgent] == [
        ("asa-hq",),
        ("asa-branch",),
        ("asa-branch",),
        ("asa-classic",),
        (),
    ]
    assert (found.models, found.asas) == (("7962G", "7965G", "8845", "8861"), ("asa-branch", "asa-classic", "asa-hq"))


def test_every_prediction_is_in_exactly_one_case() -> None:
    made = phones_of(200)
    seen = [
        (cause.verdict, phone, moment)
        for cause in shown(*made).causes
        for case in cause.cases
        for row in case.phones
        for phone in row.names
        for moment in case.moments
    ]
    assert sorted(seen) == sorted((one.verdict, one.phone, one.moment) for one in made)


def test_a_name_in_a_sentence_does_not_part_the_phones() -> None:
    made = [one for number in range(3) for one in predictions(
        name(number), "8861", now=(attempt(HQ, "", encrypted(name(number)), verdict="UNKNOWN"),))]  # fmt: skip
    (cause,) = shown(*made).causes
    assert cause.text == "PHONE.cnf.xml.sgn is encrypted on cucm-pub and cucm-tftp2: its VPN part cannot be read"
    assert cause.fix == ("PERSON: look at the certHash lines of PHONE in the phone's own web page or console log.",)
    (case,) = cause.cases
    assert (case.size, case.attempts[0].reasons[0].text) == (3, cause.text)
    (alone,) = shown(made[0]).causes
    assert alone.text.startswith("SEP8CB64F000000.cnf.xml.sgn is")
    assert alone.cases[0].attempts == made[0].attempts


@pytest.mark.parametrize(("phone", "expected"), [("SEP0011AABBCCDD", "PHONE x"), ("x", "SEP0011AABBCCDD x"), ("", "")])
def test_only_the_name_of_a_phone_is_masked(phone: str, expected: str) -> None:
    assert masked("SEP0011AABBCCDD x" if phone else "", phone) == expected


def test_cases_part_by_attempts_and_moments_and_rows_by_model_and_session() -> None:
    other = (attempt(HQ, "asa-hq", PIN, CIPHER),)
    made = [
        *predictions(name(1), "8845", now=STALE, reload=STALE),
        *predictions(name(2), "8845", now=STALE, reload=STALE, connected=True),
        *predictions(name(3), "7962G", now=STALE, reload=STALE),
        *predictions(name(4), "8845", now=STALE, reload=other),
    ]
    (cause,) = shown(*made).causes
    assert (cause.counts, cause.connected) == ({"now": 4, "reload": 4}, 1)
    assert [(case.size, case.moments, case.attempts) for case in cause.cases] == [
        (3, ("now", "reload"), STALE),
        (1, ("now",), STALE),
        (1, ("reload",), other),
    ]
    assert [tuple(row) for row in cause.cases[0].phones] == [
        ("7962G", False, (name(3),)),
        ("8845", True, (name(2),)),
        ("8845", False, (name(1),)),
    ]


def test_what_is_about_to_be_changed_comes_before_what_may_happen_some_day() -> None:
    made = [
        *(plain(name(number), "reload", OUT) for number in range(5)),
        plain(name(9), "change", UNKNOWN),
        *(msgspec.structs.replace(plain(name(number), "change", OUT), first="by change") for number in range(2)),
        *(msgspec.structs.replace(plain(name(number), "apply", OUT), first="by apply") for number in range(3)),
    ]
    found = [(cause.text, cause.moment, cause.number) for cause in shown(*made).causes]
    assert found == [
        ("by change", "change", 2),
        ("by apply", "apply", 3),
        ("locked out", "reload", 5),
        ("unknown", "change", 1),
    ]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"now": 3, "reload": 3}, "3 now, after a reload"),
        ({"now": 3, "reload": 2}, "3 now, 2 after a reload"),
        ({"now": 1000}, "1,000 now"),
        ({"now": 2, "apply": 2, "failover": 2, "reload": 2}, "2 at every moment"),
    ],
)
def test_counts_in_words(counts: dict[Moment, int], expected: str) -> None:
    assert shown(*phones_of(1)).counted(counts) == expected


def test_names_are_in_the_order_of_their_addresses() -> None:
    names = ["SEP8CB64F00000A", "SEP8CB64F000010", "SEP8CB64F0000A1", "SEP8CB64F00A000", "phone 2", "phone 10"]
    made = [plain(phone, "now", OUT) for phone in names]
    (cause,) = shown(*reversed(made)).causes
    assert list(cause.names) == names


@settings(deadline=None, max_examples=40)
@given(st.randoms(use_true_random=False))
def test_nothing_depends_on_the_order_of_the_run(chance: random.Random) -> None:
    run = site_run(40)
    turned = list(run.predictions)
    chance.shuffle(turned)
    assert view(msgspec.structs.replace(run, predictions=tuple(turned), devices=run.devices[::-1])) == view(run)


# --- the run --------------------------------------------------------------------------------------------------------


def standings(**numbers: int) -> dict[Standing, int]:
    return {standing: numbers.get(standing, 0) for standing in STANDINGS}


@pytest.mark.parametrize(
    ("asas", "clusters", "expected"),
    [
        ({"lockout": 2, "ready": 2}, {}, ("2 of 4 ASAs would lock phones out.", "2 are ready for phones.")),
        (
            {"lockout": 2, "ready": 2},
            {"findings": 1},
            ("2 of 4 ASAs would lock phones out.", "2 are ready for phones. The CUCM cluster has findings to fix."),
        ),
        ({}, {"ready": 1}, ("The CUCM cluster is ready for phones.", "")),
        ({"ready": 1}, {"unread": 2}, ("The ASA is ready for phones.", "Neither CUCM cluster could be read.")),
        (
            {"ready": 1},
            {"lockout": 1, "ready": 2},
            ("The ASA is ready for phones.", "1 of 3 CUCM clusters would lock phones out. 2 are ready for phones."),
        ),
    ],
)
def test_a_cluster_is_no_asa(asas: dict[str, int], clusters: dict[str, int], expected: tuple[str, str]) -> None:
    assert verdict(standings(**asas), 0, standings(**clusters)) == expected


def test_a_run_of_clusters_alone() -> None:
    found = view(run_of(cluster("a"), cluster("b")))
    assert (found.headline, found.rest, found.mixed) == ("Both CUCM clusters have findings to fix.", "", True)


def test_phones_come_first_and_the_devices_after_them() -> None:
    found = view(site_run(20))
    assert found.headline == "8 of 20 phones are locked out."
    assert found.rest.startswith("2 may be too and 10 connect. After Apply Config 6 more would connect.")
    assert found.rest.endswith(f"{' '.join(view(sample_run()).of_devices)} The CUCM cluster has findings to fix.")
    assert found.of_devices[0] == "1 of 4 ASAs would lock phones out."
    broken = view(msgspec.structs.replace(site_run(20), exit_code=1))
    assert broken.rest.endswith("The tool itself failed on a part, so this report is incomplete.")
    assert broken.incomplete
    assert not found.incomplete


def test_a_run_without_phones_says_nothing_of_them() -> None:
    found = view(sample_run())
    assert (found.phones, found.mixed) == (None, False)
    assert (found.headline, found.rest) == found.of_devices
