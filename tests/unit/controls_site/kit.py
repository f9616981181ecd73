"""The shape of the tables: one case, and what is asserted of every case."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from ansible.module_utils.vpnphone.controls.base import REGISTRY, judge
from ansible.module_utils.vpnphone.controls.site_context import SiteContext
from ansible.module_utils.vpnphone.model import Finding, Outcome
from ansible.module_utils.vpnphone.predict import predict


class Case(NamedTuple):
    """told: of each outcome, in order, status and subject and how its message begins."""

    id: str
    site: SiteContext
    told: tuple[tuple[str, str, str], ...]
    status: str = ""


def table(*cases: Case) -> Any:
    assert len({case.id for case in cases}) == len(cases)
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.id)


def foretold(whole: SiteContext) -> SiteContext:
    """The site with its predictions, as the run has it."""
    return whole._replace(predictions=predict(whole))


def check(control: str, case: Case) -> Finding:
    """Status, subject and the beginning of each message; and what every outcome owes its reader."""
    found = judge(REGISTRY[control], case.site)
    assert [(one.status, one.subject) for one in found.outcomes] == [(s, subject) for s, subject, _ in case.told]
    for one, (_, _, beginning) in zip(found.outcomes, case.told, strict=True):
        assert one.message.startswith(beginning)
        owed(one)
    if case.status:
        assert found.status == case.status
    assert found.device == case.site.cucm.device
    return found


def owed(one: Outcome) -> None:
    assert one.message.startswith("UNKNOWN: ") == (one.status == "error")
    if one.status in ("fail", "error"):
        assert one.expected and one.actual and one.fix
    if one.status in ("pass", "fail", "error"):
        assert one.evidence
    if one.status == "pass":
        assert not one.fix
