"""Lines to attempts, attempts of both sides to pairs, pairs to the offset of clocks, and all lines on one axis."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from ansible.module_utils.vpnphone.diagnose.attempts import attempts_of
from ansible.module_utils.vpnphone.diagnose.ciphers import Collector, shared, split_list
from ansible.module_utils.vpnphone.diagnose.streams import phone_of, surely_before, wrapped
from ansible.module_utils.vpnphone.model.diagnosis import Attempt, Diagnosis, LogEvent
from hypothesis import given
from hypothesis import strategies as st

from .kit import MODERN, NOON, OFFER, OLD, Asa, Phone, address, judge, mac, read, user

ME, AT = user(1), address(1)


def folded(*logs: Asa | Phone) -> list[Attempt]:
    return list(attempts_of(read(*logs).events))


# --- ciphers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "lines", "names", "complete"),
    [
        ("2", [("1", "AES256-SHA"), ("2", "aes128-sha1")], ("AES256-SHA", "AES128-SHA"), True),
        ("2", [("2", "AES128-SHA"), ("1", "AES256-SHA")], ("AES256-SHA", "AES128-SHA"), True),
        ("2", [("1", "AES256-SHA"), ("1", "AES256-SHA"), ("2", "AES128-SHA")], ("AES256-SHA", "AES128-SHA"), True),
        ("2", [("1", "AES256-SHA")], ("AES256-SHA",), False),
        ("2", [("1", "AES256-SHA"), ("3", "RC4-SHA")], ("AES256-SHA",), False),
        ("1", [("1", "AES256-SHA"), ("1", "RC4-SHA")], ("AES256-SHA",), False),
        ("x", [("1", "AES256-SHA")], ("AES256-SHA",), False),
        ("", [("0", "AES256-SHA"), ("999999999", "RC4-SHA")], (), False),
    ],
)
def test_a_list_is_put_together(
    count: str, lines: list[tuple[str, str]], names: tuple[str, ...], complete: bool
) -> None:
    made = Collector(count)
    for index, name in lines:
        made.add(index, name)
    assert made.result() == (names, complete)


def test_what_two_lists_share() -> None:
    assert shared(("AES256-SHA", "RC4-SHA"), ("rc4-sha1", "aes256-sha1")) == ("AES256-SHA", "RC4-SHA")
    assert shared(OFFER, OLD) == ()
    assert split_list("AES256-SHA:aes128-sha1::") == ("AES256-SHA", "AES128-SHA")


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "phone"),
    [
        ("CP-7962G-SEP8CB64F576113", "SEP8CB64F576113"),
        ("CP-8845-SEP8cb64f576113", "SEP8CB64F576113"),
        ("SEP8CB64F576113", ""),
        ("CP-7962G-SEP8CB64F57611", ""),
        ("CP-7962G-SEP8CB64F576113 ", ""),
        ("xCP-7962G-SEP8CB64F576113", ""),
        ("CP-7962G-SEP8CB64F576113\n", ""),
        ("DAP: User CP-7962G-SEP8CB64F576113", ""),
    ],
)
def test_only_a_phones_own_name_is_one(name: str, phone: str) -> None:
    assert phone_of(name) == phone


# --- attempts of an ASA -----------------------------------------------------------------------------------------------


def test_a_handshake_and_its_login_are_one_attempt() -> None:
    (attempt,) = folded(Asa().connects(ME, AT))
    assert (attempt.key, attempt.user, attempt.phone, attempt.by) == (f"outside:{AT}/50001", ME, mac(1), "user")
    assert (attempt.outcome, attempt.chosen, attempt.whole) == ("connected", "AES128-SHA", True)
    assert (attempt.offered, attempt.supported) == (OFFER, MODERN)


def test_two_handshakes_of_one_address_are_not_joined_with_a_login() -> None:
    """Phone and PC behind one address: which of them logs in is not told by the port."""
    found = folded(Asa().done(AT).done(AT).login(ME, AT))
    assert [(one.key != "", one.user) for one in found] == [(True, ""), (True, ""), (False, ME)]


def test_lines_of_another_handshake_between_make_it_less_than_whole() -> None:
    log, other = Asa().no_cipher(AT), Asa().no_cipher("198.51.100.7", offered=("RC4-MD5",))
    other.lines = [line.replace("/50001", "/50002") for line in other.lines]
    mixed = Asa()
    for both in zip(log.lines, [*other.lines, ""], strict=False):
        mixed.lines += [line for line in both if line]
    assert not any(one.whole for one in folded(mixed) if one.key)
    after = Asa()
    after.lines = [*log.lines, *other.lines]
    assert [(one.whole, one.offered) for one in folded(after)] == [(True, OFFER), (True, ("RC4-MD5",))]


def test_an_open_handshake_beside_it_makes_an_error_uncertain() -> None:
    log = Asa()
    log.line(6, 725001, "Starting SSL handshake with client outside:198.51.100.7/40000 for TLS session.")
    assert not next(one for one in folded(log.no_cipher(AT)) if AT in one.key).whole
    stale = Asa()
    stale.line(6, 725001, "Starting SSL handshake with client outside:198.51.100.7/40000 for TLS session.")
    assert next(one for one in folded(stale.wait(300).no_cipher(AT)) if AT in one.key).whole


def test_an_error_of_nobody_is_an_attempt_of_nobody() -> None:
    (attempt,) = folded(Asa().error("SSL3_GET_CLIENT_HELLO", "no shared cipher"))
    assert (attempt.key, attempt.outcome, attempt.whole) == ("", "failed", False)


def test_a_second_end_is_a_second_attempt() -> None:
    """At level 5 there is no 716038 between a session and a refusal."""
    log = Asa().assigned(ME, AT).wait(3600)
    log.line(5, 734002, f"DAP: User {ME}, Addr {AT}: Connection terminated by the following DAP records: X")
    assert [one.outcome for one in folded(log)] == ["connected", "failed"]


def test_a_line_that_is_there_twice_is_no_second_attempt() -> None:
    log = Asa().dap_ends(ME, AT)
    log.lines = [line for line in log.lines for _ in (1, 2)]
    (attempt,) = folded(log)
    assert (attempt.outcome, attempt.offered) == ("failed", OFFER)


def test_an_address_is_a_phones_only_while_nobody_else_logs_in_from_it() -> None:
    log = Asa().connects(ME, AT).wait(60).unknown_ca(AT)
    assert [(one.phone, one.by) for one in folded(log)] == [(mac(1), "user"), (mac(1), "address")]
    assert [one.phone for one in folded(log.login("jdoe", AT))] == [mac(1), "", ""]
    later = Asa().connects(ME, AT).wait(24 * 3600).unknown_ca(AT)
    assert [one.phone for one in folded(later)] == [mac(1), ""]


# --- attempts of a phone ----------------------------------------------------------------------------------------------


def test_a_phones_attempts_end_and_begin() -> None:
    log = Phone().refuses().wait(30).denied().wait(30).connects().wait(3600).dtls_fails()
    assert [(one.outcome, one.phone, one.by) for one in folded(log)] == [
        ("failed", mac(1), "own log"),
        ("failed", mac(1), "own log"),
        ("connected", mac(1), "own log"),
        ("failed", mac(1), "own log"),
    ]


def test_without_dialling_lines_a_new_login_is_a_new_attempt() -> None:
    log = Phone(stamped=False).shown().fails().shown().fails()
    assert [one.outcome for one in folded(log)] == ["failed", "failed"]


def test_numbers_that_go_back_are_another_attempt_and_none_is_whole_before() -> None:
    log = Phone().begins().shown()
    log.number = 5
    log.wait(5).alert(48, "unknown CA")
    events = read(log).events
    shuffled = [event for event in events if event.signature == "phone.alert"] + [
        event for event in events if event.signature != "phone.alert"
    ]
    numbered = [_moved(event, order) for order, event in enumerate(reversed(shuffled))]
    assert len(attempts_of(numbered)) > 1


def _moved(event: LogEvent, order: int) -> LogEvent:
    return LogEvent(
        signature=event.signature, side=event.side, source=event.source, line=event.line, order=order, text=event.text,
        device=event.device, seconds=event.seconds, number=event.number, fields=event.fields,
    )  # fmt: skip


def test_the_leaf_is_the_one_before_the_refusal() -> None:
    (attempt,) = folded(Phone().refuses())
    assert attempt.leaf == "1289b8a7aa9ffd84865e38939f3466a61b5608fc"


# --- pairs and clocks -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [0.0, 37.0, -4000.0, 40000.0, -43000.0, 86000.0])
def test_the_offset_of_clocks_is_found(offset: float) -> None:
    log, phone = Asa(), Phone(offset=offset)
    for pause in (10, 77, 130):
        log.wait(pause).connects(ME, AT)
        phone.wait(pause).connects()
    found = judge(log, phone)
    (told,) = found.offsets
    assert told.seconds == pytest.approx(wrapped(offset), abs=1.0)
    assert (told.pairs, told.phone, told.asa) == (3, mac(1), "asa-1")
    assert told.spread < 1.0
    assert all(pair.certain for pair in found.pairs)


def test_round_midnight() -> None:
    start = datetime(2026, 11, 24, 23, 59, 30)
    log, phone = Asa(start=start), Phone(offset=20, start=start)
    for _ in range(4):
        log.wait(25).connects(ME, AT)
        phone.wait(25).connects()
    found = judge(log, phone)
    assert found.offsets[0].seconds == pytest.approx(20, abs=1)
    assert found.offsets[0].pairs == 4
    assert in_turn(found)


def test_lines_of_both_sides_stand_on_one_axis() -> None:
    log, phone = Asa(), Phone(offset=7200)
    for _ in range(2):
        log.wait(60).connects(ME, AT)
        phone.wait(60).connects()
    assert in_turn(judge(log, phone))


def in_turn(found: Diagnosis) -> bool:
    """Lines of one pair stand together, and pairs follow each other."""
    number = {index: at for at, pair in enumerate(found.pairs) for one in (pair.asa, pair.phone)
              for index in found.attempts[one].events}  # fmt: skip
    order = [number[index] for index in range(len(found.events)) if index in number]
    return len(set(order)) > 1 and order == sorted(order)


def test_a_pair_needs_more_than_the_time() -> None:
    """The same second on both sides, and nothing else in common."""
    assert judge(Asa().connects("jdoe", AT), Phone().connects()).pairs == ()
    assert judge(Asa().connects(user(2), AT), Phone().connects()).pairs == ()
    assert judge(Asa().dap_ends(ME, AT), Phone().connects()).pairs == ()


def test_two_phones_with_the_same_end_are_not_told_apart_by_one_attempt() -> None:
    found = judge(Asa().unknown_ca(AT), Phone(1).refuses(), Phone(2).refuses())
    assert found.pairs == ()


def test_equal_gaps_tell_two_phones_apart() -> None:
    log, first, second = Asa(), Phone(1, offset=100), Phone(2, offset=-200)
    for number, pause in ((1, 11), (2, 5), (1, 41), (2, 90), (1, 23)):
        for phone in (first, second):
            phone.wait(pause)
        log.wait(pause).unknown_ca(address(number))
        (first if number == 1 else second).refuses()
    found = judge(log, first, second)
    told = {
        (found.attempts[pair.phone].phone, found.attempts[pair.asa].key.partition(":")[2][:12]) for pair in found.pairs
    }
    assert told <= {(mac(1), AT[:12]), (mac(2), address(2)[:12])}
    assert found.pairs


@given(st.floats(-1e6, 1e6))
def test_a_difference_is_the_short_way_round(seconds: float) -> None:
    assert -43200 <= wrapped(seconds) <= 43200
    assert (wrapped(seconds) - seconds) % 86400 == pytest.approx(0, abs=1e-3) or (
        wrapped(seconds) - seconds
    ) % 86400 == pytest.approx(86400, abs=1e-3)


def test_before_is_what_the_lines_carry() -> None:
    def line(order: int, at: datetime | None = None, number: str = "", seconds: float | None = None) -> LogEvent:
        return LogEvent(
            signature="phone.connected", side="phone", source="x", line=1, order=order, text="", at=at, number=number,
            seconds=seconds,
        )  # fmt: skip

    later = NOON + timedelta(seconds=1)
    assert surely_before(line(2, NOON), line(1, later))
    assert not surely_before(line(1, NOON), line(2, NOON))
    assert surely_before(line(1, number="9"), line(2, number="10"))
    assert not surely_before(line(2, number="9"), line(1, number="10"))
    assert surely_before(line(1, seconds=5.0), line(2, seconds=6.0))
    assert not surely_before(line(1), line(2))


def test_gaps_that_any_two_attempts_share_are_no_reason() -> None:
    """Within the tolerance two attempts lie as far apart as any other two."""
    for pause, told in ((1, False), (60, True)):
        log = Asa().dap_ends(ME, AT).wait(pause).dap_ends(ME, AT)
        found = judge(log, Phone(offset=100).denied().wait(pause).denied())
        assert [any("same gaps" in reason for reason in pair.reasons) for pair in found.pairs] == [told] * 2
        assert [pair.certain for pair in found.pairs] == [told] * 2
