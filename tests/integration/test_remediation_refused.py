"""playbooks/remediate.yml in the lab: every way in which nothing is changed, or all is undone, and who is told so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ansible.module_utils.vpnphone.apply.lock import device_lock

from tests.integration.conftest import Play, Site, derived, inventory, running_site
from tests.integration.remediation_run import REMEDIATE, Remedied, changing, commands, remediated, whole
from tests.integration.remediation_sites import HOSTILE, REFUSAL, mixed

# --- where nothing is to be changed ----------------------------------------------------------------------------------


class Refused(NamedTuple):
    site: Site
    stopped: Remedied
    # What the sessions of `stopped` did, and of all runs.
    first: list[dict[str, Any]]
    run: Remedied
    log: list[dict[str, Any]]


@pytest.fixture(scope="module")
def refused(play: Play, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Refused]:
    folder = tmp_path_factory.mktemp("refused")
    for site in running_site(folder / "lab", derived("ha-and-contexts.yml", folder, mixed)):
        stopped = remediated(play, site.folder, "--limit", "pair-standby,pair-active")
        first = site.log()
        with device_lock(folder / "locks", "pair-active", f"127.0.0.1:{site.port('pair-active')}", run="the-other-run"):
            run = remediated(play, site.folder, vpnphone_continue_after_failure=True, vpnphone_serial=4)
        assert not site.open_sessions()
        yield Refused(site, stopped, first, run, site.log())


def test_behind_a_device_that_failed_none_is_touched(refused: Refused) -> None:
    assert refused.stopped.played.code == 2
    assert refused.stopped.outcomes() == {"pair-standby": "refused", "pair-active": "untouched"}
    assert commands(refused.first, "pair-active") == []
    whole(refused.stopped)


def test_a_standby_unit_is_refused_before_any_command(refused: Refused) -> None:
    assert refused.stopped.devices["pair-standby"]["failure"]["code"] == "standby_unit"
    assert commands(refused.log, "pair-standby")
    assert changing(refused.log, "pair-standby") == []
    assert refused.site.state("pair-standby")["revision"] == 0


def test_the_run_goes_on_where_that_is_wanted(refused: Refused) -> None:
    assert refused.run.played.code == 2
    assert refused.run.outcomes() == {
        "pair-standby": "refused",
        "pair-active": "refused",
        "pair-mate-failed": "refused",
        "pair-mate-without-certificate": "rolled_back",
    }
    whole(refused.run)


def test_the_second_run_on_a_device_says_who_holds_the_lock(refused: Refused) -> None:
    failure = refused.run.devices["pair-active"]["failure"]
    assert failure["code"] == "device_locked"
    assert "run the-other-run" in failure["what"]
    assert re.search(r"process [0-9]+, since 20", failure["what"])
    assert commands(refused.log, "pair-active") == []


def test_a_hostile_name_on_the_device_is_never_sent_back(refused: Refused) -> None:
    assert refused.run.devices["pair-mate-failed"]["failure"]["code"] == "name_refused"
    assert changing(refused.log, "pair-mate-failed") == []
    assert not [text for text in commands(refused.log, "pair-mate-failed") if HOSTILE in text]


def test_a_refusal_in_the_middle_is_undone_and_told(refused: Refused) -> None:
    name = "pair-mate-without-certificate"
    device, state = refused.run.devices[name], refused.site.state(name)
    assert state["running_config"] == state["startup_config"] == refused.site.before[name]["running_config"]
    sent = [(one["purpose"], one["command"], one["verdict"]) for one in device["sent"] if one["purpose"] != "backup"]
    assert sent == [
        ("change", "vpn-simultaneous-logins 5", "accepted"),
        ("change", "group-url https://vpn.example.com/new enable", "refused"),
        ("rollback", "vpn-simultaneous-logins 3", "accepted"),
    ]
    assert device["failure"]["code"] == "configuration_refused"
    assert REFUSAL.split(",")[0] in refused.run.played.words
    assert refused.run.judged("after", name) == refused.run.judged("before", name)
    assert "failed, and as it was before" in refused.run.played.output


# --- without a run ---------------------------------------------------------------------------------------------------


def test_a_site_of_which_nothing_is_desired_is_told_so(play: Play, tmp_path: Path) -> None:
    played = play(
        "-i", inventory(tmp_path / "hosts.yml", {"asa-any": {"ansible_host": "127.0.0.1"}}), playbook=REMEDIATE
    )
    assert played.code == 2
    assert "No ASA of this run has a vpnphone_profile" in played.words
    assert not played.reports.exists()
