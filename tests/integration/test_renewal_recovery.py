"""Phones whose certificate has ended: a person agrees, opens their TFTP node, closes it; the renewal may go on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
import yaml

from lab.testing import RunningLab, running_lab
from tests.integration.conftest import SCENARIOS
from tests.integration.renewal_operator import NAME, Operator, Result, code

ASA = "asa-north"
NODE = "10.0.40.20"


class Recovery(NamedTuple):
    """What the module said, in order; what the ASA held before and after."""

    site: RunningLab
    told: dict[str, Result]
    stages: dict[str, dict[str, Any]]
    configs: tuple[list[str], list[str]]


@pytest.fixture(scope="module")
def recovery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recovery]:
    folder = tmp_path_factory.mktemp("recovery")
    scenario: dict[str, Any] = yaml.safe_load((SCENARIOS / "renewal.yml").read_text(encoding="utf-8"))
    scenario["certificates"]["north"]["valid_to"] = "-1d"
    told: dict[str, Result] = {}
    stages: dict[str, dict[str, Any]] = {}
    with running_lab(scenario, folder / "lab") as site:
        operator = Operator(site, folder)

        def recover(label: str, **given: Any) -> Result:
            told[label] = operator.call("vpnphone_recovery", ASA, renewal_dir=str(operator.directory), **given)
            stages[label] = operator.renewal("status")["stages"]
            return told[label]

        told["preflight"] = operator.preflight()
        before = site.state(ASA)["running_config"]
        recover("nothing asked")
        until = f"{datetime.now(UTC) + timedelta(hours=2):%Y-%m-%d %H:%M}"
        wish = {"tftp": NODE, "sources": ["203.0.113.57"], "until": until}
        found = re.search(r"vpnphone_recovery_confirm='([^']+)'", recover("asked", **wish)["text"])
        assert found is not None
        recover("another sentence", **wish, confirm=f"{found[1]} PLEASE", approved_by=NAME)
        recover("no name", **wish, confirm=found[1])
        recover("check", **wish, confirm=found[1], approved_by=NAME, check=True)
        recover("agreed", **wish, confirm=found[1], approved_by=NAME)
        recover("not yet open")
        site.type(ASA, "configure terminal", *told["agreed"]["open"])
        recover("open")
        site.type(ASA, "configure terminal", *told["open"]["close"])
        recover("closed")
        site.type(ASA, "configure terminal", *told["agreed"]["open"][2:5])
        recover("open again")
        site.type(ASA, "configure terminal", f"no {told['agreed']['open'][2]}")
        recover("closed again")
        yield Recovery(site, told, stages, (before, site.state(ASA)["running_config"]))


def test_preflight_leads_to_the_recovery(recovery: Recovery) -> None:
    result = recovery.told["preflight"]
    assert result["verdict"] == "NO-GO"
    stops = {one["id"]: one for one in result["checks"] if one["stops"]}
    assert set(stops) == {"runway", "VPNP-114"}
    assert "recovery.yml" in stops["runway"]["todo"]


@pytest.mark.parametrize(
    ("label", "outcome", "good"),
    [
        ("nothing asked", "none", True), ("asked", "asked", False), ("agreed", "agreed", True),
        ("not yet open", "agreed", True), ("open", "open", False), ("closed", "closed", True),
        ("open again", "open", False), ("closed again", "closed", True),
    ],
)  # fmt: skip
def test_it_is_good_only_while_nothing_is_to_be_done(recovery: Recovery, label: str, outcome: str, good: bool) -> None:
    result = recovery.told[label]
    assert (result["outcome"], result["good"]) == (outcome, good), result["text"]


@pytest.mark.parametrize(
    ("label", "error"), [("another sentence", "confirmation_differs"), ("no name", "approver_missing")]
)
def test_nobody_agrees_by_half(recovery: Recovery, label: str, error: str) -> None:
    assert code(recovery.told[label]) == error
    assert recovery.stages[label]["preflight"]["status"] == "refused"


def test_in_check_mode_nobody_has_agreed(recovery: Recovery) -> None:
    assert recovery.told["check"]["outcome"] == "agreed"
    assert recovery.stages["check"]["preflight"]["status"] == "refused"


def test_who_agreed_lets_the_renewal_go_on(recovery: Recovery) -> None:
    assert recovery.stages["agreed"]["preflight"]["status"] == "done"


def test_what_is_open_is_shown_with_the_lines_that_close_it(recovery: Recovery) -> None:
    result = recovery.told["open"]
    assert result["through"] == [
        "object network VPNPHONE-RECOVERY: nat (inside,outside) static interface service udp tftp tftp"
    ]
    assert "OPEN TO THE INTERNET" in result["text"]
    assert all(line in result["text"] for line in result["close"])


def test_what_was_typed_leaves_nothing_behind(recovery: Recovery) -> None:
    before, after = recovery.configs
    assert before == after
