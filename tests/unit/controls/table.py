"""The shape of the tables: one case, and what is asserted of every case."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from ansible.module_utils.vpnphone.controls.site import Site
from ansible.module_utils.vpnphone.model import AsaState, Outcome, Profile

from tests.unit.controls.builders import finding, profile


class Case(NamedTuple):
    """messages: every outcome's (status, subject, message), in order; status is the control's roll-up."""

    id: str
    device: AsaState
    status: str
    messages: tuple[tuple[str, str, str], ...]
    site: Site | None = None
    profiles: tuple[Profile, ...] = (profile(),)
    fix: tuple[str, ...] | None = None


def table(*cases: Case) -> Any:
    assert len({case.id for case in cases}) == len(cases)
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.id)


def check(control: str, case: Case) -> tuple[Outcome, ...]:
    """Exact status and messages; and what every outcome owes its reader."""
    found = finding(control, case.device, case.site, profiles=case.profiles)
    assert [(outcome.status, outcome.subject, outcome.message) for outcome in found.outcomes] == list(case.messages)
    assert found.status == case.status
    for outcome in found.outcomes:
        assert outcome.message.startswith("UNKNOWN: ") == (outcome.status == "error")
        if outcome.status in ("fail", "error"):
            assert outcome.expected and outcome.actual and outcome.fix
        if outcome.status in ("pass", "fail", "error"):
            assert outcome.evidence
        if outcome.status == "pass":
            assert not outcome.fix
    if case.fix is not None:
        assert found.outcomes[0].fix == case.fix
    return found.outcomes
