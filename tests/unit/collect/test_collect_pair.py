"""A collection on a failover pair: nothing is typed on a unit that is not the active one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.testing import RunningLab, running_lab
from tests.unit.collect.kit import ASA, ON, Runner, scenario


@pytest.fixture(scope="module", params=["hostname", "hostname priority state"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    """With the role in the prompt, and without."""
    with running_lab(scenario(failover={}, prompt=request.param), tmp_path_factory.mktemp("pair") / "lab") as found:
        yield found


@pytest.fixture
def run(site: RunningLab, tmp_path: Path) -> Runner:
    site.reset(ASA)
    return Runner(site, tmp_path)


def typed_on_standby(site: RunningLab) -> list[str]:
    """Commands there that do more than show."""
    log = (site.directory / "log").read_text(encoding="utf-8").splitlines()
    reads = ("show ", "terminal ", "enable", "exit", "end")
    lines = [line for line in log if '"standby": true' in line]
    commands = [line.split('"command": "')[1].split('"')[0] for line in lines]
    return [command for command in commands if not command.startswith(reads)]


def test_on_the_active_unit_it_goes_as_ever(run: Runner) -> None:
    assert run()["outcome"] == "collected"
    assert run.as_before()


def test_a_standby_unit_is_refused(run: Runner, site: RunningLab) -> None:
    site.inside(lambda: setattr(site.device(ASA).unit, "standby", True))
    assert run()["error"]["code"] == "standby_unit"


@pytest.mark.parametrize("command", ON[:4])
def test_where_the_mate_takes_over_it_is_put_back_there(run: Runner, site: RunningLab, command: str) -> None:
    site.add_fault(ASA, kind="failover", command=f"^{command}$", count=1, then="active")
    result = run()
    assert (result["outcome"], run.as_before()) == ("restored", True), result["text"]
    assert typed_on_standby(site) == []


def test_where_no_active_unit_answers_it_is_told_and_restored_later(run: Runner, site: RunningLab) -> None:
    site.add_fault(ASA, kind="failover", command=f"^{ON[1]}$", count=1, then="standby")
    result: dict[str, Any] = run()
    assert (result["outcome"], result["changed"]) == ("unknown", True)
    assert "vpnphone_collect=restore" in result["error"]["todo"]
    assert typed_on_standby(site) == []
    site.inside(lambda: setattr(site.device(ASA).unit, "standby", False))
    assert run(action="restore")["outcome"] == "restored"
    assert run.as_before()
