"""Stage trust as it is planned: what goes in, and each thing that must stop it before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import BadInput, ChangeRefused
from ansible.module_utils.vpnphone.model import CucmState, Source
from ansible.module_utils.vpnphone.model.renewal import GatewayNote, Journal
from ansible.module_utils.vpnphone.renewal.store import cn_of, content_of, file_key, is_row, note_of, title
from ansible.module_utils.vpnphone.renewal.trust import (
    lost_of,
    pins_from,
    plan_trust,
    with_intent,
    with_pins,
    without_uploads,
)
from ansible.module_utils.vpnphone.renewal.trust_way import Way, choose_way
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.renewal_cucm.kit import (
    CA,
    NEW,
    OLD,
    OTHER_CA,
    SAME_CN,
    THIRD,
    URL,
    Made,
    asa,
    gateway,
    journal,
    made,
    state,
)

REST = Way("rest", "phone-vpn")
CLI = Way("cli", "Phone-VPN")
ASKED = {"GW1": GatewayNote(name="GW1", url=URL, asas=("asa-1",))}


def plan(book: Journal, seen: CucmState, way: Way = REST) -> Any:
    return plan_trust(book, book.clusters["cucm-1"], seen, way)


def refusal(book: Journal, seen: CucmState, way: Way = REST) -> ChangeRefused:
    with pytest.raises(ChangeRefused) as raised:
        plan(book, seen, way)
    assert raised.value.todo
    return raised.value


# --- what goes in -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "command"),
    [
        (REST, f"POST trust/certificates service=phone-vpn SHA-1 {NEW.x509.sha1}"),
        (CLI, "set cert import trust Phone-VPN"),
        (Way("manual"), "Cisco Unified OS Administration > Security > Certificate Management > Upload"),
    ],
    ids=["rest", "cli", "manual"],
)
def test_the_new_one_goes_in_beside_the_old(way: Way, command: str) -> None:
    found = plan(journal(), state(OLD), way)
    assert [action.id for action in found.actions] == [f"upload:{NEW.x509.sha1}"]
    assert found.actions[0].commands[0].startswith(command)
    assert (found.stage, found.target) == ("trust", "cucm-1")
    assert f"Phone-VPN-trust holds {title(OLD.note)}" in found.facts
    assert bool(found.warnings) is (way.method == "manual")


def test_what_is_there_by_hash_is_not_sent_again() -> None:
    assert plan(journal(), state(OLD, NEW)).actions == ()
    blind = NEW.row(x509=None)
    assert plan(journal(), state(OLD, blind)).actions == ()


def test_a_row_of_the_same_names_and_another_hash_is_another_certificate() -> None:
    """Issuer and serial number can be made to agree; the hash cannot."""
    forged = NEW.row(x509=None, stored_hash=THIRD.x509.pin)
    assert refusal(journal(), state(OLD, forged)).code == "same_cn_overwrites"


def test_two_asas_with_one_certificate_are_one_upload() -> None:
    book = journal(asa("asa-1"), asa("asa-2"))
    assert len(plan(book, state(OLD)).actions) == 1


def test_an_asa_whose_gateways_are_another_clusters_is_left_out() -> None:
    book = journal(asa("asa-1"), asa("asa-2", old=THIRD, new=made("branch-2027.example.com", 7)))
    assert [action.id for action in plan(book, state(OLD, THIRD)).actions] == [f"upload:{NEW.x509.sha1}"]


def test_the_asa_is_found_by_the_host_where_no_certificate_tells() -> None:
    shown = asa(bound="new")
    assert plan(journal(shown), state(THIRD, gateways=(gateway("GW1", THIRD),))).actions


# --- what stops it ----------------------------------------------------------------------------------------------------


def test_the_same_common_name_is_refused_and_both_ways_out_are_said() -> None:
    error = refusal(journal(asa(new=SAME_CN)), state(OLD))
    assert error.code == "same_cn_overwrites"
    assert title(OLD.note) in error.what
    assert "another common name" in error.todo
    assert "vpnphone_pin_ca_files" in error.todo
    assert "delete it" not in error.todo


@pytest.mark.parametrize("cn", ["VPN-2027.example.com", "vpn-2027.EXAMPLE.com", "vpn-2027.example.com"])
def test_whatever_would_share_its_file_is_in_the_way(cn: str) -> None:
    error = refusal(journal(), state(OLD, made(cn, 0x99)))
    assert error.code == "same_cn_overwrites"
    assert "where nobody needs it, delete it" in error.todo


def test_a_name_that_is_told_by_the_row_alone_counts() -> None:
    other = made("vpn-2027.example.com", 0x99)
    assert refusal(journal(), state(OLD, other.row(x509=None))).code == "same_cn_overwrites"


def test_two_new_ones_of_one_name_would_overwrite_each_other() -> None:
    twin = made("vpn-2027.example.com", 0x77, "ca", 1)
    book = journal(asa("asa-1"), asa("asa-2", new=twin))
    assert refusal(book, state(OLD)).code == "same_cn_overwrites"


def test_a_row_without_any_name_is_said() -> None:
    nameless = THIRD.row(x509=None, subject_name="O=Example")
    assert any("tell no common name" in line for line in plan(journal(), state(OLD, nameless)).warnings)


@pytest.mark.parametrize(
    ("book", "seen", "code"),
    [
        (journal(asa(new=None)), state(OLD), "stage_out_of_order"),
        (journal(asa(old=None), gateways=ASKED), state(OLD), "journal_incomplete"),
        (journal(), state(THIRD, gateways=(gateway("GW1", OLD),)), "old_certificate_gone"),
        (journal(), state(trust=None), "trust_unknown"),
        (journal(), state(sources={"trust": Source(command="certificate snapshot", status="ok")}), "trust_unknown"),
        (journal(), state(gateways=None), "gateways_unknown"),
        (journal(), state(OLD, gateways=(gateway("GW2", OLD),)), "gateway_missing"),
        (journal(), state(OLD, gateways=(gateway("GW1", THIRD, url="https://elsewhere/x"),)), "gateway_without_asa"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_not_known_or_not_in_order_stops_it(book: Journal, seen: CucmState, code: str) -> None:
    assert refusal(book, seen).code == code


def test_the_old_one_gone_says_the_way_back_and_that_nothing_is_to_be_applied() -> None:
    book = journal(asa(new=SAME_CN), held=(OLD.note,), uploaded=(SAME_CN.x509.sha1,))
    error = refusal(book, state(SAME_CN, gateways=(gateway("GW1", SAME_CN),)))
    assert error.code == "old_certificate_gone"
    assert title(SAME_CN.note) in error.what
    assert "Apply no configuration" in error.todo
    assert "delete" in error.todo
    assert "vpnphone_rollback=trust" in error.todo


def test_what_else_phones_may_pin_for_the_old_one_must_stay_too() -> None:
    book = journal(held=(OLD.note, CA.note), uploaded=(NEW.x509.sha1,))
    assert refusal(book, state(OLD, NEW)).code == "old_certificate_gone"
    assert plan(book, state(OLD, CA, NEW)).actions == ()


def test_after_the_switch_the_old_one_may_be_gone() -> None:
    book = journal(asa(bound="new"))
    assert plan(book, state(NEW, gateways=(gateway("GW1", NEW),))).actions == ()


# --- a CA in place of the certificate ---------------------------------------------------------------------------------


def test_the_ca_is_pinned_in_place_of_a_certificate_of_the_same_name() -> None:
    book = journal(asa(new=SAME_CN))
    pins = pins_from(book, [CA.x509], ["asa-1"])
    found = plan(with_pins(book, pins), state(OLD))
    assert [action.id for action in found.actions] == [f"upload:{CA.x509.sha1}"]
    assert any(title(CA.note) in fact for fact in found.facts)


@pytest.mark.parametrize("wrong", [OTHER_CA, OLD, NEW], ids=["another CA", "the old leaf", "the leaf itself"])
def test_what_did_not_sign_it_is_no_pin(wrong: Made) -> None:
    with pytest.raises(BadInput, match="not the CA that signed") as raised:
        pins_from(journal(), [wrong.x509], ["asa-1"])
    assert raised.value.code == "pin_ca"


def test_a_pinned_ca_protects_the_old_certificate_that_it_signed() -> None:
    assert plan(journal(), state(CA, gateways=(gateway("GW1", CA),))).actions


# --- the journal ------------------------------------------------------------------------------------------------------


def test_what_was_there_before_is_kept_once() -> None:
    book = with_intent(journal(), "cucm-1", [OLD.note], NEW.x509.sha1)
    again = with_intent(book, "cucm-1", [OLD.note, NEW.note], CA.x509.sha1)
    place = again.clusters["cucm-1"]
    assert place.held == (OLD.note,)
    assert place.uploaded == (NEW.x509.sha1, CA.x509.sha1)
    assert with_intent(again, "cucm-1", [], NEW.x509.sha1) == again
    assert without_uploads(again, "cucm-1").clusters["cucm-1"].uploaded == ()


def test_only_what_is_needed_counts_as_lost() -> None:
    book = journal(held=(OLD.note, THIRD.note, CA.note), uploaded=(NEW.x509.sha1,))
    cluster = book.clusters["cucm-1"]
    assert lost_of(book, cluster, [NEW.row(), OLD.row(), CA.row()]) == ()
    assert lost_of(book, cluster, [NEW.row(), CA.row()]) == (OLD.note,)
    assert lost_of(book, cluster, [NEW.row(), OLD.row()]) == (CA.note,)


# --- names, ways ------------------------------------------------------------------------------------------------------


def test_a_note_gives_its_certificate_back() -> None:
    assert content_of(OLD.note) == OLD.x509
    assert is_row(OLD.row(), note_of(OLD.x509))
    assert not is_row(OLD.row(x509=None, stored_hash=""), OLD.note)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("CN=vpn.example.com,O=Lab", "vpn.example.com"),
        ("C=US, O=Lab, CN=a b", "a b"),
        ("/C=US/CN=x", "x"),
        ("O=CN trading", ""),
        ("", ""),
    ],
)
def test_the_common_name_of_a_row(subject: str, expected: str) -> None:
    assert cn_of(OLD.row(x509=None, subject_name=subject)) == expected


@given(st.text(max_size=300))
def test_names_of_rows_and_files_never_fail(text: str) -> None:
    cn_of(OLD.row(x509=None, subject_name=text))
    assert len(file_key(text)) <= 300
    assert "/" not in file_key(text)


@pytest.mark.parametrize(
    ("wanted", "version", "platform", "service", "unit", "method"),
    [
        ("auto", "14.0.1.1-1", True, "phone-vpn", "Phone-VPN", "rest"),
        ("auto", "12.5.1.1-1", True, "", "Phone-VPN", "cli"),
        ("auto", "15.0.1.1-1", True, "", "Phone-VPN", "cli"),
        ("auto", None, True, "", "", "manual"),
        ("auto", "14.0.1.1-1", False, "phone-vpn", "Phone-VPN", "manual"),
        ("cli", "14.0.1.1-1", True, "phone-vpn", "Phone-VPN", "cli"),
        ("manual", "14.0.1.1-1", True, "phone-vpn", "Phone-VPN", "manual"),
        ("rest", "12.5.1.1-1", True, "phone-vpn", "Phone-VPN", ""),
        ("rest", "14.0.1.1-1", True, "", "Phone-VPN", ""),
        ("rest", "14.0.1.1-1", False, "phone-vpn", "", ""),
        ("cli", "11.5.1.1-1", True, "", "", ""),
        ("cli", "11.5.1.1-1", False, "", "Phone-VPN", ""),
    ],
)
def test_the_way_in(wanted: str, version: str | None, platform: bool, service: str, unit: str, method: str) -> None:
    def choose() -> Way:
        return choose_way(wanted, version=version, platform=platform, service=service, unit=unit, where="cucm-1")

    if method:
        assert choose().method == method
        return
    with pytest.raises(BadInput) as raised:
        choose()
    assert raised.value.code == "trust_method"
