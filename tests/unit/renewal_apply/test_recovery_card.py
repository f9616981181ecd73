"""What a person at a phone is told: in plain words, with what is true of this very phone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.module_utils.vpnphone.model.renewal import AsaRenewal
from ansible.module_utils.vpnphone.renewal.recovery_card import Card, file_name, recovery_card
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.unit.predict.builders import LEAF, NOW
from tests.unit.renewal import builders
from tests.unit.renewal_apply.kit import NAMES, one_asa

NAME = NAMES[0]


def card(*asas: AsaRenewal, reason: str = "it is not registered", told: str = "", **fields: Any) -> str:
    phone = builders.phone(NAME, **fields)
    book = builders.journal(phones={NAME: phone}, options=("-i", "inventories/mine"))
    found = Card(phone, reason, asas or (one_asa(),), ("cucm-pub", "cucm-tftp2"), told)
    return recovery_card(found, book, NOW)


def test_it_says_which_phone_why_and_until_when() -> None:
    text = card(told="Kim, floor 3, Cisco 7962")
    assert text.startswith(f"# What to do at phone `{NAME}`\n")
    assert f"MAC `{NAME.removeprefix('SEP')}`" in text
    assert "Kim, floor 3, Cisco 7962" in text
    assert "**Why:** it is not registered." in text
    assert f"before {LEAF.not_after:%Y-%m-%d %H:%M} UTC" in text


def test_the_steps_are_those_of_the_document() -> None:
    text = card()
    for words in (
        "Settings > Network Configuration > IPv4 Configuration", "Alternate TFTP", "`**#`", "TFTP Server 1",
        "`cucm-pub`, `cucm-tftp2`", "`Trust List Updated`", f"`{NAME}.cnf.xml.sgn`", "`TFTP Timeout`",
        "set Alternate TFTP back to No",
    ):  # fmt: skip
        assert words in text, words


def test_after_the_switch_it_cannot_connect_any_more() -> None:
    text = card(one_asa(bound="new"))
    assert "**By when:** now." in text
    assert "Until then the phone can still connect" not in text


def test_without_a_known_end_none_is_made_up() -> None:
    found = one_asa()
    assert found.old is not None
    text = card(replace(found, old=replace(found.old, not_after=None)))
    assert "before the VPN gateway is switched to its new certificate. Until" in text


@pytest.mark.parametrize(("by_certificate", "words"), [(True, False), (False, True)])
def test_a_password_is_asked_for_where_it_is_needed(by_certificate: bool, words: bool) -> None:
    text = card(certificate_login=by_certificate)
    assert ("type your own" in text) is words
    assert ("vpnphone_include_aaa" in text) is words


def test_the_operator_gets_the_commands_of_this_renewal() -> None:
    text = card()
    for playbook in ("apply", "recovery", "waive"):
        assert f"playbooks/renewal/{playbook}.yml -i inventories/mine -e vpnphone_renewal=spring" in text


@settings(deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
def test_a_hostile_description_stays_words(told: str, reason: str) -> None:
    """No heading, no link, no markup of its own; the headings are ours alone."""
    text = card(told=told, reason=reason)
    headings = [line for line in text.split("\n") if re.match(r"\s{0,3}#", line)]
    assert len(headings) == 6
    assert "<script" not in text
    assert "\x1b" not in text
    assert len(text) < 8000


@settings(deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_a_hostile_name_stays_in_the_folder(name: str) -> None:
    found = file_name(name)
    assert found.endswith(".md")
    assert "/" not in found
    assert not found.startswith(".")
