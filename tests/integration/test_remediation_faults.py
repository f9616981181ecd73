"""Every command of a plan meets every fault, each on a device of its own; then the simulator says what stands.

Whatever happens to a change, the configuration is the old one or the new one, or the change says command by command
what stands, and that is the truth.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.integration.conftest import Play, Played, Site, running_site
from tests.unit.apply import kit

# What the site of the lab is: one block of each kind, made, replaced and added to; and lines of the global mode.
CONFIG = kit.BROKEN.replace(
    'ssl cipher tlsv1.2 custom "AES256-SHA:AES128-SHA:DHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA"', "ssl cipher tlsv1.2 high"
).replace(" group-alias Phones enable\n", " group-alias Phones enable\n authentication aaa certificate\n")
PROFILE: dict[str, Any] = {
    **kit.FRESH,
    "ssl": {"ciphers": {"tlsv1.2": ["AES256-SHA", "AES128-SHA", "DHE-RSA-AES256-SHA", "DHE-RSA-AES128-SHA"]}},
    "dap": {"record": "Phones"},
}
# Kind of fault: what strikes a command, and whether the command then was taken.
KINDS: dict[str, list[dict[str, Any]]] = {
    "refuse": [{"kind": "refuse"}],
    "drop-before": [{"kind": "drop_before"}],
    "drop-after": [{"kind": "drop_after"}],
    "hang-after": [{"kind": "hang_after"}],
    "failover-standby": [{"kind": "failover", "then": "standby"}],
    "failover-active": [{"kind": "failover", "then": "active"}],
    "stay-down": [{"kind": "drop_after"}, {"kind": "stay_down", "seconds": 0}],
}
OUTCOMES = {"failover-standby": "partial", "stay-down": "unknown"}
CODES = {"refuse": "configuration_refused", "hang-after": "timeout_command", "drop-before": "session_closed",
         "drop-after": "session_closed", "stay-down": "session_closed"}  # fmt: skip

PLAN = kit.change(kit.Asa(CONFIG), planned=kit.planner(PROFILE, frozenset({"ssl", "dap_xml"})), check=True).plan
CASES = [(kind, index) for kind in KINDS for index in range(len(PLAN.steps))]
CONTROL = "no-fault"


def name_of(kind: str, index: int) -> str:
    return f"{kind}-{index}"


class Faults(NamedTuple):
    played: Played
    site: Site
    changes: dict[str, dict[str, Any]]
    # What was typed, by device.
    typed: dict[str, list[dict[str, Any]]]


def scenario(folder: Path) -> Path:
    pair = {"failover": {"unit": "primary", "state": "active"}, "config": CONFIG}
    devices: list[dict[str, Any]] = [{"name": CONTROL, **pair}]
    for kind, index in CASES:
        command = f"^{re.escape(PLAN.steps[index].command)}$"
        faults = [
            fault if fault["kind"] == "stay_down" else {**fault, "command": command, "count": 1}
            for fault in KINDS[kind]
        ]
        devices.append({"name": name_of(kind, index), **pair, "faults": faults})
    data = {
        "name": "faults-of-a-change",
        "defaults": {"users": [{"name": "admin", "password": "rehearse"}], "enable_secret": "rehearse-enable",
                     "vars": {"vpnphone_profile": PROFILE}},
        "devices": devices,
    }  # fmt: skip
    path = folder / "faults.yml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def faults(play: Play, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faults]:
    folder = tmp_path_factory.mktemp("faults")
    for site in running_site(folder / "lab", scenario(folder)):
        played = play(
            lab=site,
            playbook="remediate.yml",
            vpnphone_lock_dir=str(folder / "locks"),
            vpnphone_command_timeout=3,
            vpnphone_recovery_seconds=4,
            vpnphone_approve_ssl=True,
            vpnphone_approve_dap_xml=True,
            vpnphone_serial="100%",
            vpnphone_continue_after_failure=True,
            vpnphone_report_formats=[],
        )
        changes = {
            path.stem: json.loads(path.read_text(encoding="utf-8"))
            for path in (played.reports / "changes").glob("*.json")
        }
        typed: dict[str, list[dict[str, Any]]] = {}
        for item in site.log():
            if item["event"] == "command":
                typed.setdefault(item["device"], []).append(item)
        yield Faults(played, site, changes, typed)


def blocks(lines: list[str]) -> Counter[tuple[str, str]]:
    """Each line with the header of its block."""
    found: Counter[tuple[str, str]] = Counter()
    header = ""
    for line in lines:
        if line.startswith(" "):
            found[header, line.strip()] += 1
        else:
            header = line
            found[line, ""] += 1
    return found


def difference(site: Site, name: str) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """What the device's own truth has less, and more, than before the run."""
    old, new = (blocks(state["running_config"]) for state in (site.before[name], site.state(name)))
    return old - new, new - old


def stands(site: Site, name: str, step: dict[str, Any]) -> bool:
    """By the simulator's own lines."""
    line = (step["mode"][-1], step["command"]) if step["mode"] else (step["command"], "")
    held = blocks(site.state(name)["running_config"])
    # A record continues where no line says otherwise, so the device keeps no line of it.
    return (step["mode"][-1], "") in held if step["command"] == "action continue" else line in held


def test_the_plan_is_worth_it() -> None:
    assert len(PLAN.steps) >= 10
    assert {step.area for step in PLAN.steps} == {"group_policy", "tunnel_group", "ssl", "dap"}
    assert len({step.command for step in PLAN.steps}) == len(PLAN.steps)


def test_without_a_fault_the_plan_is_applied_and_saved(faults: Faults) -> None:
    change = faults.changes[CONTROL]
    assert (change["outcome"], change["saved"], change["error"]) == ("applied", True, {})
    state = faults.site.state(CONTROL)
    assert state["startup_config"] == state["running_config"] != faults.site.before[CONTROL]["running_config"]
    assert all(stands(faults.site, CONTROL, step) for step in change["plan"]["steps"])
    assert [step["command"] for step in change["plan"]["steps"]] == [step.command for step in PLAN.steps]


@pytest.mark.parametrize(("kind", "index"), CASES)
def test_old_or_new_or_told(faults: Faults, kind: str, index: int) -> None:
    name = name_of(kind, index)
    change, site = faults.changes[name], faults.site
    assert change["outcome"] == OUTCOMES.get(kind, "rolled_back"), change["error"]
    struck = [item for item in change["sent"] if item["command"] == PLAN.steps[index].command]
    # Where a failover came with it, the prompt of this pair does not say so: the command was taken.
    assert struck[0]["verdict"] == {"refuse": "refused"}.get(kind, "accepted" if "failover" in kind else "doubtful")
    assert change["error"]["code"] == CODES.get(kind, "standby_unit")
    # Nothing is ever saved before it is proven.
    assert site.state(name)["startup_config"] == site.before[name]["startup_config"]
    assert change["saved"] is None
    less, more = difference(site, name)
    if change["outcome"] == "rolled_back":
        assert (less, more) == (Counter(), Counter())
        return
    told = {(tuple(item["mode"]), item["command"]): item["stands"] for item in change["standing"]}
    assert len(told) == len(PLAN.steps)
    for step in change["plan"]["steps"]:
        said = told[tuple(step["mode"]), step["command"]]
        sent = step["command"] in {item["command"] for item in change["sent"]}
        assert said in (None, sent and stands(site, name, step)), step["command"]
    unsure = [said for said in told.values() if said is None]
    # What was never sent does not stand; of what was, nobody can say where the device is gone.
    assert len(unsure) == (index + 1 if kind == "stay-down" else 0)


def test_nothing_is_configured_on_a_standby_unit(faults: Faults) -> None:
    for index in range(len(PLAN.steps)):
        items = faults.typed[name_of("failover-standby", index)]
        after = [item["command"] for item in items if item.get("standby")]
        assert after
        assert not [
            command
            for command in after
            if not re.match(r"show |more |terminal pager|enable$|exit$|end$|failover exec mate show", command)
        ]


def test_the_recap_and_the_exit_code(faults: Faults) -> None:
    assert faults.played.code == 2
    recap = faults.played.recap()
    assert not faults.site.open_sessions()
    assert recap[CONTROL]["failed"] == 0
    for kind, index in CASES:
        counts = recap[name_of(kind, index)]
        assert (counts["failed"], counts["unreachable"]) == (1, 0), (kind, index)
    assert "rehearse" not in faults.played.output
