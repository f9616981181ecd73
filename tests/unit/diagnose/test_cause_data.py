"""The causes as data: each is whole, names only what exists, and puts nothing into a command that cannot be typed."""

from __future__ import annotations

import re

import pytest
from ansible.module_utils.vpnphone.controls.catalogue import all_controls
from ansible.module_utils.vpnphone.diagnose.causes import BY_ID, CAUSES, CauseRule
from ansible.module_utils.vpnphone.diagnose.grouping import _REFUSING
from ansible.module_utils.vpnphone.diagnose.steps import PLACEHOLDERS, fill
from hypothesis import given
from hypothesis import strategies as st

PINNED = {
    "hash_mismatch", "host_id", "no_shared_cipher", "dtls_cipher_mismatch", "load_balancing", "csd", "dap_terminate",
    "group_lock", "simultaneous_logins", "tunnel_protocol", "no_address", "client_certificate", "login_rejected",
    "session_limit", "refused_by_policy", "no_answer", "tls_failed", "tftp", "trust_list",
}  # fmt: skip
each = pytest.mark.parametrize("rule", CAUSES, ids=lambda rule: rule.id)


def test_every_cause_is_there_once() -> None:
    assert {rule.id for rule in CAUSES} == PINNED
    assert len(CAUSES) == len(BY_ID)


@each
def test_it_names_what_exists(rule: CauseRule) -> None:
    known = {one.id for one in all_controls()}
    assert rule.controls and set(rule.controls) <= known
    assert rule.sources and all(re.fullmatch(r"F-[0-9]{3}[a-z]?", source) for source in rule.sources)


def test_what_explains_a_refusal_exists() -> None:
    assert set(_REFUSING) <= {one.id for one in all_controls()}


@each
def test_it_says_what_it_is_and_what_to_do(rule: CauseRule) -> None:
    assert rule.title and rule.meaning.endswith(".") and rule.doubt and rule.confirm and rule.steps
    for text in (*rule.steps, *rule.confirm):
        assert set(re.findall(r"\{(\w+)\}", text)) <= set(PLACEHOLDERS)


@each
def test_without_names_every_placeholder_stands(rule: CauseRule) -> None:
    for text in (*rule.steps, *rule.confirm):
        filled = fill(text, {})
        assert "{" not in filled and "}" not in filled


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("VPNPhone", "group-lock value VPNPhone"),
        ("", "group-lock value <tunnel-group>"),
        ("two words", "group-lock value <tunnel-group>"),
        ("x\nno group-lock", "group-lock value <tunnel-group>"),
        ("what?", "group-lock value <tunnel-group>"),
        ("<script>", "group-lock value <tunnel-group>"),
        ("-x", "group-lock value <tunnel-group>"),
        ("{user}", "group-lock value {user}"),
    ],
)
def test_a_name_is_typed_as_it_is_or_not_at_all(name: str, typed: str) -> None:
    assert fill("group-lock value {tunnel_group}", {"tunnel_group": name, "user": "root"}) == typed


@given(st.text(max_size=80))
def test_no_name_ends_a_command(name: str) -> None:
    filled = fill("group-policy {group_policy} attributes", {"group_policy": name})
    assert filled.startswith("group-policy ") and filled.endswith(" attributes")
    assert filled.isprintable() and "?" not in filled and '"' not in filled
    assert len(filled.split(" ")) == 3


@pytest.mark.parametrize(
    ("url", "stays"),
    [("https://vpn.example.com/phone", True), ("https://x y/", False), ("javascript:alert(1)", False), ("", False)],
)
def test_a_url_is_shown_only_as_one(url: str, stays: bool) -> None:
    assert (fill("{url}", {"url": url}) == url) is (stays and bool(url))
