"""S15: opening a TFTP node to the Internet is agreed in a sentence, ends by itself, is looked for until it is gone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.model import Waiver
from ansible.module_utils.vpnphone.model.renewal import PhoneRenewal
from ansible.module_utils.vpnphone.renewal import recovery
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.security.instances import NOW
from tests.unit.security.product import ROOT, module, reached

PATH = ROOT / "library" / "vpnphone_recovery.py"


def one(**changed: Any) -> recovery.Opening:
    given: dict[str, Any] = {
        "outside": "outside", "inside": "inside", "node": "10.0.0.11", "sources": ["203.0.113.57"],
        "until": "2026-11-24 20:00", "now": NOW,
    }  # fmt: skip
    return recovery.opening("asa1", **(given | changed))


def test_s15_nothing_is_opened_by_the_product() -> None:
    """The module reads; what opens is shown, and typed by a person."""
    assert not any("asa_config" in name or "asa_dialogue" in name for name in reached(PATH))
    spec = module(PATH).ARGUMENT_SPEC
    assert spec["confirm"] == {"type": "str", "default": ""}
    assert spec["approved_by"] == {"type": "str", "default": ""}


@given(st.text(max_size=80))
def test_s15_no_other_sentence_agrees(text: str) -> None:
    found = one()
    wanted = recovery.sentence(found)
    assert recovery.agrees(wanted, found)
    assert not recovery.agrees(text, found) or text.split() == wanted.split()
    for word in wanted.split():
        assert not recovery.agrees(wanted.replace(word, "", 1), found)
    for word in ("10.0.0.11", "asa1", "203.0.113.57", "2026-11-24 20:00"):
        assert word in wanted


@pytest.mark.parametrize(
    "changed",
    [
        {"until": ""},
        {"until": "never"},
        {"until": "2026-11-24 11:00"},
        {"until": (NOW + recovery.LONGEST + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M")},
        {"sources": []},
        {"sources": ["0.0.0.0/0"]},
        {"sources": ["10.0.0.0/8"]},
        {"sources": ["any"]},
    ],
)
def test_s15_without_an_end_or_for_everybody_there_is_none(changed: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as caught:
        one(**changed)
    assert caught.value.code == "bad_recovery"


def test_s15_what_is_typed_ends_by_itself_and_can_be_taken_back() -> None:
    steps = recovery.steps(one(), [], NOW)
    assert any(line.lstrip().startswith("absolute") and "end" in line for line in steps.open)
    allowing = [line for line in steps.open if " permit " in line]
    assert allowing
    assert all("time-range" in line for line in allowing)
    named = {word for line in steps.open for word in re.findall(rf"{recovery.NAME}\S*", line)}
    assert named
    assert all(any(name in line for line in steps.close) for name in named)


def test_s15_it_is_closed_only_where_the_device_shows_nothing() -> None:
    agreed = msgspec.structs.replace(one(), by="J. Doe", agreed=NOW, seen=NOW)
    open_still = recovery.Shown(("access-list X permit udp any host 10.0.0.11 eq tftp",), ())
    left = recovery.Shown((), (f"object network {recovery.NAME}",))
    for seen in (open_still, left):
        assert recovery.outcome(agreed, seen, NOW) not in recovery.GOOD
        assert recovery.outcome(agreed, seen, NOW + timedelta(days=2)) not in recovery.GOOD
    assert recovery.outcome(agreed, recovery.Shown((), ()), NOW) in recovery.GOOD


def test_s15_an_accepted_risk_has_a_person_a_reason_and_an_end() -> None:
    """Host-ID check off, the use of MICs: findings of the audit, waived by name until a day; a phone by name, too."""
    fields = {field.name: field.required for field in msgspec.structs.fields(Waiver)}
    assert {name for name, required in fields.items() if required} == {"control", "reason", "approved_by", "expires"}
    assert "waived_by" in PhoneRenewal.__struct_fields__
    from tests.unit.assess import test_waiver_tables

    assert [name for name in vars(test_waiver_tables) if name.startswith("test_")]
