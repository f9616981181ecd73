"""Span to PC Port: what is said, and what a person has to type."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.apply.redial import Clock
from ansible.module_utils.vpnphone.errors import VpnPhoneError

from tests.plugins import load_module

PHONE = "SEP8CB64F576113"
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
ON, OFF = f"SPAN ON {PHONE} UNTIL 14:30 UTC", f"SPAN OFF {PHONE}"
Span = Callable[..., dict[str, Any]]


@pytest.fixture
def span(tmp_path: Path) -> Span:
    module = load_module("vpnphone_phone_span")

    def run(action: str, *, later: int = 0, check: bool = False, **given: Any) -> dict[str, Any]:
        asked = {"action": action, "run_dir": str(tmp_path / "run"), "phones": [PHONE]} | given
        params = {option: asked.get(option, about.get("default")) for option, about in module.ARGUMENT_SPEC.items()}
        try:
            clock = Clock(now=lambda: NOW + timedelta(minutes=later))
            result: dict[str, Any] = module.execute(params, check_mode=check, clock=clock)
        except VpnPhoneError as error:
            return {"error": error.as_dict()}
        return result

    return run


def test_the_whole_way(span: Span) -> None:
    look = span("look")
    assert (look["outcome"], look["sentence"]) == ("asked", ON)
    assert look["text"].startswith("PRIVACY: ")
    on = span("on", confirm=ON.lower(), by="Jane Doe")
    assert (on["outcome"], on["sentence"]) == ("on", OFF)
    assert f"{PHONE}: SPAN TO PC PORT IS ON, until 14:30 UTC" in on["text"]
    assert "SPAN TO PC PORT IS ON" in span("look", later=5)["text"]
    off = span("off", later=20, off_confirm=OFF)
    assert (off["outcome"], off["text"]) == ("off", f"{PHONE}: Span to PC Port is off, says Jane Doe")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"confirm": ""}, "confirmation_differs"),
        ({"confirm": OFF}, "confirmation_differs"),
        ({"confirm": f"{ON} please"}, "confirmation_differs"),
        ({"by": ""}, "approver_missing"),
        ({"later": 30}, "bad_input"),
    ],
)
def test_nobody_agrees_by_half(span: Span, given: dict[str, Any], code: str) -> None:
    span("look")
    assert span("on", **({"confirm": ON, "by": "Jane Doe"} | given))["error"]["code"] == code
    assert span("off")["outcome"] == "off"


@pytest.mark.parametrize("word", ["", ON, "SPAN OFF"])
def test_it_is_on_until_somebody_says_otherwise(span: Span, word: str) -> None:
    span("look")
    span("on", confirm=ON, by="Jane Doe")
    error = span("off", later=600, off_confirm=word)["error"]
    assert error["code"] == "span_on"
    assert "vpnphone_span_off_confirm" in error["todo"]


@pytest.mark.parametrize("given", [{"minutes": 0}, {"minutes": 241}, {"phones": ["x"]}])
def test_what_cannot_be(span: Span, given: dict[str, Any]) -> None:
    assert span("look", **given)["error"]["code"] == "bad_input"


def test_a_check_keeps_nothing(span: Span, tmp_path: Path) -> None:
    span("look", check=True)
    assert not list(tmp_path.rglob("*.json"))
