"""What a person reads of a stage: the plan before the approval, what was done behind it, and why it was refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.renewal.stage_text import (
    MAX_ACTIONS,
    MAX_COMMANDS,
    WORDS,
    outcome_of,
    render_stage,
    verdict_of,
)
from hypothesis import given
from hypothesis import strategies as st

UPLOAD = {
    "id": "upload:90ab",
    "text": "upload vpn-2027.example.com (SHA-1 90ab12cd…) to Phone-VPN-trust",
    "commands": ["set cert import trust Phone-VPN"],
    "undo": ["set cert delete Phone-VPN vpn-2027.example.com.pem"],
}


def result(outcome: str = "planned", **changed: Any) -> dict[str, Any]:
    plan = {"stage": "trust", "target": "cucm-1", "actions": [UPLOAD], "facts": ["the store holds 1 certificate"]}
    base = {
        "outcome": outcome,
        "message": "as it is",
        "token": "5f0c6f1a9b2e",
        "plan": plan,
        "done": [],
        "warnings": [],
    }
    return base | changed


def refusal(code: str = "same_cn_overwrites", **changed: Any) -> dict[str, Any]:
    error = {"code": code, "what": "it would take its place.", "where": "cucm-1", "todo": "Another common name."}
    return {"failed": True, "msg": "...", "error": error} | changed


def test_a_plan_shows_each_command_and_the_way_back() -> None:
    assert render_stage(result(warnings=["a person uploads"]), "cucm-1").splitlines() == [
        "cucm-1: planned, 1 step",
        "  1  upload vpn-2027.example.com (SHA-1 90ab12cd…) to Phone-VPN-trust",
        "       set cert import trust Phone-VPN",
        "     and to take it back",
        "       set cert delete Phone-VPN vpn-2027.example.com.pem",
        "  Know: a person uploads",
        "  From: the store holds 1 certificate",
    ]


def test_a_plan_without_steps_says_so() -> None:
    assert render_stage(result(plan={"actions": [], "facts": ["x"]}), "asa-1") == (
        "asa-1: planned, nothing is left to do"
    )


def test_what_was_done_is_shown_and_nothing_else() -> None:
    other = UPLOAD | {"id": "upload:77", "text": "another"}
    told = result("done", done=["upload:90ab"], plan={"actions": [UPLOAD, other]})
    assert render_stage(told, "cucm-1").splitlines() == [
        "cucm-1: done",
        "  1  upload vpn-2027.example.com (SHA-1 90ab12cd…) to Phone-VPN-trust",
        "       set cert import trust Phone-VPN",
    ]
    assert render_stage(result("done"), "cucm-1") == "cucm-1: done, nothing was left to do"


def test_an_error_says_what_where_and_what_to_do() -> None:
    assert render_stage(refusal(), "cucm-1").splitlines() == [
        "cucm-1: FAILED",
        "  cucm-1: it would take its place. [same_cn_overwrites]",
        "  To do: Another common name.",
    ]
    assert render_stage({"failed": True, "msg": "bad option"}, "a").splitlines() == ["a: FAILED", "  bad option"]


def test_a_command_to_type_is_never_folded() -> None:
    line = f"ansible-playbook playbooks/renewal/trust.yml -i {'inventories/mine/' * 9} -e vpnphone_renewal=2027"
    shown = render_stage(refusal() | {"error": {"code": "x", "what": "no.", "todo": f"Run {line}"}}, "a").splitlines()
    assert shown[-1].strip() == line
    assert render_stage(result("waiting", message=f"Sign it. To do: {line}"), "a").splitlines()[-1].strip() == line


@pytest.mark.parametrize(
    ("told", "outcome", "ok", "unreachable"),
    [
        (result(), "planned", True, False),
        (result("done"), "done", True, False),
        (result("running"), "running", True, False),
        (result("not_needed"), "not_needed", True, False),
        (result("waiting"), "waiting", False, False),
        (result("returned"), "returned", False, False),
        (result("rolled_back"), "rolled_back", True, False),
        (refusal(), "failed", False, False),
        (refusal(outcome="returned"), "returned", False, False),
        (refusal(outcome="rolled_back"), "rolled_back", False, False),
        (refusal(outcome="done"), "failed", False, False),
        # As Ansible hands on a failure that `failed_when` took back.
        ({"failed": False, "failed_when_result": False, "msg": "options"}, "failed", False, False),
        (result("done", failed_when_result=False, failed=False), "done", True, False),
        ({"unreachable": True, "msg": "gone"}, "unreachable", False, True),
        ({}, "failed", False, False),
    ],
)
def test_verdicts(told: dict[str, Any], outcome: str, ok: bool, unreachable: bool) -> None:
    assert outcome_of(told) == outcome
    found = verdict_of(told)
    assert (found["ok"], found["unreachable"]) == (ok, unreachable)
    assert found["message"].startswith(WORDS[outcome])


def test_a_verdict_names_the_error() -> None:
    assert verdict_of(refusal())["message"] == "FAILED: it would take its place. [same_cn_overwrites]"


def test_long_plans_are_cut_and_say_so() -> None:
    many = [UPLOAD | {"id": str(number), "commands": ["x"] * (MAX_COMMANDS + 3)} for number in range(MAX_ACTIONS + 2)]
    text = render_stage(result(plan={"actions": many}), "cucm-1")
    assert "     and 2 more steps" in text.splitlines()
    assert "       and 3 more lines" in text.splitlines()


TEXTS = st.text(max_size=60)


@pytest.mark.hypothesis
@given(st.recursive(st.none() | TEXTS | st.booleans(), lambda one: st.lists(one, max_size=3)), TEXTS, TEXTS, TEXTS)
def test_hostile_texts_stay_on_their_lines(odd: Any, text: str, command: str, target: str) -> None:
    plan = {"actions": [{"id": "1", "text": text, "commands": [command], "undo": [text]}], "facts": [text]}
    for told in (result(plan=plan, warnings=[text]), {"failed": True, "msg": text, "error": odd}, {"plan": odd}):
        shown = render_stage(told, target)
        assert "\x1b" not in shown
        assert verdict_of(told)["ok"] in (True, False)
