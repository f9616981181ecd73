"""The controller of a renewal is killed again and again, and goes on each time: the end is the same, and nobody was
locked out. Each kill is SIGKILL of its whole process group, around a write of the journal or behind a command.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from lab import scenario
from lab.testing import RunningLab, running_lab
from tests.integration.conftest import SCENARIOS
from tests.integration.renewal_operator import CLUSTER, NAME, Operator, Result, good
from tests.integration.renewal_truth import OFF, nobody_lost, renewed
from tests.integration.renewal_worker import Kill, Worker

# How the controller is struck on each target, one run of a module after the other; then it is left to its end. A run
# that is gone on with writes that it goes on, so the fourth write of it is behind its first action.
STRIKES: dict[str, tuple[Kill, ...]] = {
    "certificate": (
        Kill("after", 1), Kill("sent", words="crypto key generate"), Kill("before", 4),
        Kill("sent", words="crypto ca import"),
    ),
    "export": (Kill("before", 3),),
    "trust": (Kill("before", 3), Kill("after", 4)),
    "gateway": (Kill("before", 3), Kill("after", 5)),
    "apply": (Kill("after", 3), Kill("before", 5), Kill("after", 7)),
    "switch": (
        Kill("sent", words="event manager applet"), Kill("sent", words="ssl trust-point VPN_2027"), Kill("before", 3),
        Kill("sent", words="vpn-sessiondb logoff"), Kill("before", 4), Kill("after", 4),
        Kill("sent", words="no event manager"), Kill("sent", words="write memory"),
    ),
    "cleanup": (Kill("before", 3), Kill("after", 5)),
}  # fmt: skip


class Struck(NamedTuple):
    """What was done, and how often the controller was killed, by stage."""

    site: RunningLab
    operator: Operator
    kills: dict[str, int]
    before: dict[str, dict[str, Any]]
    # Who was locked out, or failed to connect, at any kill.
    lost: list[str]


@pytest.fixture(scope="module")
def struck(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Struck]:
    folder = tmp_path_factory.mktemp("killed")
    kills: dict[str, int] = {}
    lost: list[str] = []
    now = ""
    left: dict[tuple[str, str], list[Kill]] = {}
    with running_lab(scenario.load(SCENARIOS / "renewal.yml", 9), folder / "lab") as site, Worker() as worker:

        def run(module: str, params: dict[str, Any], check: bool) -> Result:
            strikes = left.setdefault((now, params.get("name") or ""), list(STRIKES.get(now, ())))
            kill = strikes.pop(0) if strikes and not check and params.get("approval") is not None else None
            result = worker.run(module, params, check, kill)
            if result.get("killed"):
                kills[now] = kills.get(now, 0) + 1
                lost.extend([] if nobody_lost(site) else [f"{now}: {site.lockouts()}"])
            return result

        operator = Operator(site, folder, run=run)
        before = {name: site.state(name) for name in (*operator.asas, CLUSTER)}
        good({"preflight": operator.preflight()})
        for stage in ("certificate", "sign", "certificate", "export", "trust", "gateway", "apply", "switch", "cleanup"):
            if stage == "sign":
                operator.sign()
                continue
            if stage == "switch":
                operator.renewal("waive", phones=list(OFF), reason="switched off", approved_by=NAME)
            now = stage
            good(operator.plan(stage))
            token = operator.token()
            results = operator.do(stage, token)
            while any(result.get("killed") for result in results.values()):
                # As a person types it again: what was cut short goes on without an approval.
                results = operator.do(stage, token)
            bad = {name: result.get("msg") for name, result in results.items() if result.get("failed")}
            assert not bad, (stage, bad)
            now = ""
        yield Struck(site, operator, kills, before, lost)


def test_it_was_killed_often_and_everywhere(struck: Struck) -> None:
    # docs/decisions.md says so.
    assert sum(struck.kills.values()) > 30, struck.kills
    assert set(struck.kills) == set(STRIKES)
    assert struck.kills["switch"] >= 10


def test_nobody_was_locked_out_at_any_kill(struck: Struck) -> None:
    assert struck.lost == []


def test_the_end_is_that_of_a_run_without_kills(struck: Struck) -> None:
    renewed(struck.site, struck.before)
    stages = struck.operator.renewal("status")["stages"]
    assert {stage["status"] for stage in stages.values()} == {"done"}
    assert not struck.operator.journal.asas["asa-north"].armed


def test_each_stage_was_approved_once_whoever_was_killed(struck: Struck) -> None:
    """The certificate twice: the request, then the import."""
    approved = [one.stage for one in struck.operator.journal.approvals]
    assert sorted(approved) == sorted([*STRIKES, "certificate"])
    assert {one.by for one in struck.operator.journal.approvals} == {NAME}
