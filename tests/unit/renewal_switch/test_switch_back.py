"""The rollback of a switch, and the old trustpoint taken away after it, on one simulated ASA."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.model.renewal import TargetStage
from ansible.module_utils.vpnphone.renewal import dead_man
from ansible.module_utils.vpnphone.renewal.journal import update
from ansible.module_utils.vpnphone.renewal.next_step import next_step
from ansible.module_utils.vpnphone.renewal.old_trustpoint import names, uses
from ansible.module_utils.vpnphone.renewal.stages import target_stage, with_target_stage

from tests.unit.renewal_switch.kit import CONFIG, NAME, TRUSTPOINTS, Killed, Renewal, SwitchAsa, SwitchSession

BACK, FORTH, REMOVE = (
    "ssl trust-point OLD outside",
    "ssl trust-point NEW outside",
    "no crypto ca trustpoint OLD",
)


@pytest.fixture
def renewal(tmp_path: Path) -> Renewal:
    """Switched for good."""
    found = Renewal(SwitchAsa(), tmp_path / "r")
    found.approved()
    found.asa.sent.clear()
    return found


def roll_back(renewal: Renewal) -> dict[str, Any]:
    token = renewal.run(check=True, stage="rollback")["token"]
    return renewal.run(approval=token, stage="rollback")


# --- rollback ---------------------------------------------------------------------------------------------------------


def test_back_again(renewal: Renewal) -> None:
    planned = renewal.run(check=True, stage="rollback")
    assert planned["actions"] == ["bind-old", "probe", "save"]
    assert renewal.asa.sent == []
    result = renewal.run(approval=planned["token"], stage="rollback")
    assert result["outcome"] == "rolled_back"
    assert renewal.asa.sent == [BACK, "write memory"]
    assert renewal.asa.bound == renewal.asa.saved == ["OLD"]
    assert renewal.status == "rolled_back"
    mine = renewal.mine
    assert (mine.bound, mine.saved, mine.switched_at, mine.bound_at) == ("old", False, None, None)
    assert renewal.run(check=True, stage="rollback")["actions"] == []


def test_there_and_back_and_there(renewal: Renewal) -> None:
    roll_back(renewal)
    assert renewal.approved()["outcome"] == "done"
    assert renewal.asa.saved == ["NEW"]


def test_back_needs_an_approval(renewal: Renewal) -> None:
    with pytest.raises(VpnPhoneError, match="approval_missing"):
        renewal.run(stage="rollback")
    assert renewal.asa.sent == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("command", [BACK, "write memory"])
def test_killed_on_the_way_back(renewal: Renewal, command: str, when: str) -> None:
    def kill(session: SwitchSession) -> None:
        getattr(renewal.asa, when).pop(command)
        raise Killed

    getattr(renewal.asa, when)[command] = kill
    token = renewal.run(check=True, stage="rollback")["token"]
    with pytest.raises(Killed):
        renewal.run(approval=token, stage="rollback")
    renewal.run(approval=token, stage="rollback")
    assert renewal.asa.bound == renewal.asa.saved == ["OLD"]
    assert renewal.asa.is_clean
    assert (renewal.status, renewal.mine.bound) == ("rolled_back", "old")


def test_back_from_a_switch_that_was_cut_short(tmp_path: Path) -> None:
    """With the dead man armed, and nothing saved."""
    renewal = Renewal(SwitchAsa(), tmp_path / "r")

    def kill(session: SwitchSession) -> None:
        raise Killed

    renewal.asa.after[FORTH] = kill
    token = renewal.run(check=True)["token"]
    with pytest.raises(Killed):
        renewal.run(approval=token)
    planned = renewal.run(check=True, stage="rollback")
    assert planned["actions"] == ["bind-old", "probe", "disarm"]
    assert roll_back(renewal)["outcome"] == "rolled_back"
    assert renewal.asa.is_clean
    assert renewal.asa.bound == ["OLD"]
    assert (renewal.mine.bound, renewal.mine.armed) == ("old", False)


def test_the_old_certificate_is_not_there_any_more(renewal: Renewal) -> None:
    renewal.asa.typed("configure terminal", REMOVE, "yes", "end", "write memory")
    assert renewal.refused("rollback", plan=True).code == "plan_differs"


def test_back_and_another_certificate_is_shown(renewal: Renewal) -> None:
    renewal.asa.after[BACK] = lambda session: renewal.shown.update({"8841": "other"})
    error = renewal.refused("rollback")
    assert error.code == "probe_differs"
    assert renewal.asa.bound == ["OLD"]


def test_others_changes_are_not_saved_along(renewal: Renewal) -> None:
    renewal.asa.typed("configure terminal", "domain-name else.example")
    error = renewal.refused("rollback")
    assert error.code == "unsaved_changes"
    # The phones come first; what is saved is for a person.
    assert (renewal.asa.bound, renewal.asa.saved) == (["OLD"], ["NEW"])


# --- cleanup ----------------------------------------------------------------------------------------------------------


def ready(renewal: Renewal, days: float = 8) -> Renewal:
    """The cluster is cleaned up, and that many days have passed."""
    since = datetime.now(UTC) - timedelta(days=days)
    renewal.change(switched_at=since)
    done = TargetStage(status="done")
    update(renewal.directory, lambda journal: with_target_stage(journal, "cleanup", "cucm", done), by="test")
    return renewal


def extra(*lines: str, **keys: Any) -> SwitchAsa:
    return SwitchAsa(config=CONFIG + "".join(f"{line}\n" for line in lines), **keys)


@pytest.fixture
def spare(tmp_path: Path) -> Renewal:
    """The old trustpoint holds no CA that is nowhere else."""
    found = Renewal(SwitchAsa(), tmp_path / "s")
    found.approved()
    found.asa.sent.clear()
    return ready(found)


def test_the_old_trustpoint_goes(spare: Renewal) -> None:
    planned = spare.run(check=True, stage="cleanup")
    assert planned["actions"] == ["remove-trustpoint", "save"]
    assert any("key pair of OLD stays" in line for line in planned["warnings"])
    assert "crypto ca trustpoint OLD" in planned["before"]
    assert "crypto ca trustpoint OLD" not in planned["after"]
    assert spare.asa.sent == []
    result = spare.run(approval=planned["token"], stage="cleanup")
    assert (result["outcome"], result["done"]) == ("done", ["remove-trustpoint", "save"])
    assert spare.asa.sent == [REMOVE, "write memory"]
    assert not [line for line in spare.asa.startup if line == "crypto ca trustpoint OLD"]
    assert spare.asa.bound == ["NEW"]
    assert target_stage(spare.journal, "cleanup", NAME).status == "done"
    assert spare.run(stage="cleanup")["outcome"] == "done"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("command", [REMOVE, "write memory"])
def test_killed_in_the_cleanup(spare: Renewal, command: str, when: str) -> None:
    def kill(session: SwitchSession) -> None:
        getattr(spare.asa, when).pop(command)
        raise Killed

    getattr(spare.asa, when)[command] = kill
    token = spare.run(check=True, stage="cleanup")["token"]
    with pytest.raises(Killed):
        spare.run(approval=token, stage="cleanup")
    assert spare.run(approval=token, stage="cleanup")["outcome"] == "done"
    assert "crypto ca trustpoint OLD" not in spare.asa.startup
    assert spare.asa.running == spare.asa.startup


def test_too_early(renewal: Renewal) -> None:
    ready(renewal, days=6.9)
    assert renewal.refused("cleanup", plan=True).code == "cleanup_too_early"
    assert renewal.run(check=True, stage="cleanup", grace_days=6)["actions"]


def test_not_while_a_dead_man_is_armed(spare: Renewal) -> None:
    """Whoever armed it: saved, it would bind what is gone."""
    spare.asa.typed("configure terminal", *dead_man.applet_lines(BACK, 3000))
    error = spare.refused("cleanup", plan=True)
    assert error.code == "dead_man_stays"
    assert "no event manager applet" in error.todo
    assert "crypto ca trustpoint OLD" in spare.asa.running and "event manager" not in spare.asa.startup


def test_other_days_of_grace_are_shown_and_stand_in_each_line_to_type(renewal: Renewal) -> None:
    ready(renewal, days=6.9)
    plan = renewal.run(check=True, stage="cleanup", grace_days=6)["plan"]
    assert "vpnphone_grace_days=6" in plan["facts"]
    assert "-e vpnphone_grace_days=6 " in next_step(renewal.journal).command
    ready(renewal, days=8)
    plan = renewal.run(check=True, stage="cleanup")["plan"]
    assert "vpnphone_grace_days" not in "".join(plan["facts"])
    assert "vpnphone_grace_days" not in next_step(renewal.journal).command


def test_not_before_the_clusters(renewal: Renewal) -> None:
    renewal.change(switched_at=datetime.now(UTC) - timedelta(days=30))
    assert renewal.refused("cleanup").code == "stage_out_of_order"
    assert renewal.asa.sent == []


def test_not_after_a_rollback(renewal: Renewal) -> None:
    ready(renewal)
    # Behind the journal's back.
    renewal.asa.typed("configure terminal", BACK, "write memory")
    assert renewal.refused("cleanup", plan=True).code == "plan_differs"


def test_not_while_phones_are_shown_another_one(spare: Renewal) -> None:
    spare.shown = {"7962G": "old"}
    assert spare.refused("cleanup", plan=True).code == "probe_differs"


def test_not_with_others_changes(spare: Renewal) -> None:
    spare.asa.typed("configure terminal", "domain-name else.example")
    assert spare.refused("cleanup", plan=True).code == "unsaved_changes"
    spare.settings = spare.settings._replace(accept_unsaved=True)
    assert spare.approved("cleanup")["outcome"] == "done"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("crypto ikev2 remote-access trustpoint OLD", "trustpoint_in_use"),
        ("ssl trust-point OLD domain vpn.example.com", "trustpoint_in_use"),
        ("snmp-server location OLD", ""),
    ],
)
def test_used_elsewhere(line: str, code: str, tmp_path: Path) -> None:
    renewal = Renewal(extra(line), tmp_path / "r")
    renewal.approved()
    ready(renewal)
    if code:
        assert renewal.refused("cleanup", plan=True).code == code
    else:
        assert renewal.approved("cleanup")["outcome"] == "done"


@pytest.mark.parametrize("chain", [True, False])
def test_a_ca_that_only_the_old_one_holds(chain: bool, tmp_path: Path) -> None:
    held = TRUSTPOINTS | {"OLD": {"identity": "old", "ca": "issuing"}, "NEW": {"identity": "new"}}
    renewal = Renewal(SwitchAsa(trustpoints=held), tmp_path / "r")
    renewal.approved()
    ready(renewal)
    if not chain:
        renewal.asa.answers["show running-config crypto ca certificate chain"] = "ERROR: % Invalid input detected\n"
    error = renewal.refused("cleanup", plan=True)
    assert error.code == "ca_needed"
    assert "Issuing" in error.what


def test_the_mate_must_have_it_too(tmp_path: Path) -> None:
    renewal = Renewal(SwitchAsa(failover={"unit": "primary", "state": "active"}), tmp_path / "r")
    renewal.approved()
    ready(renewal)
    renewal.asa.device.system.mate.trustpoints.pop("NEW")
    renewal.asa.device.system.changed()
    assert renewal.refused("cleanup", plan=True).code == "mate_lacks_certificate"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("ssl trust-point OLD outside", True),
        ("ssl trust-point old outside", True),
        (" trust-point OLD", True),
        (' ikev2 local-authentication certificate "OLD"', True),
        ("ssl trust-point OLDER outside", False),
        (" description OLD", False),
        ("crypto ca trustpoint OLD\n keypair OLD\n fqdn trust.OLD", False),
        ("crypto ca certificate chain OLD\n certificate 0a\n  30820267\n  quit", False),
        ("crypto ca trustpoint OTHER\n keypair OLD", False),
    ],
)
def test_lines_that_use_a_trustpoint(line: str, found: bool) -> None:
    assert bool(list(uses(f"hostname fw\n{line}\n: end\n", "OLD"))) is found


def test_a_name_is_a_whole_word() -> None:
    assert names("a OLD b", "old")
    assert not names("a-OLD b", "OLD")
