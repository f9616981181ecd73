"""The engine at every command of a plan: refused, lost, failed over; and each reason not to begin at all."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import ChangeRefused, DeviceRefused, DeviceUnreachable, VpnPhoneError

from tests.unit.apply.goals import COUNT, EVERY, GOALS, OLD, PROFILES, planned, truth, verdicts
from tests.unit.apply.kit import (
    BROKEN,
    FRESH,
    LOST,
    Asa,
    FakeSession,
    Keeper,
    change,
    lose,
    lose_for_good,
    planner,
    refuse,
)

# --- the good way ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROFILES)
def test_applied_verified_and_saved(name: str) -> None:
    asa, keeper = Asa(), Keeper()
    made = change(asa, keeper, planned=planner(PROFILES[name]))
    assert (made.outcome, made.saved, made.error, made.standing) == ("applied", True, {}, ())
    assert verdicts(made, "change") == ["accepted"] * COUNT[name]
    assert asa.startup == asa.running == GOALS[name]
    assert asa.dialled == 1
    # Both copies lie on the flash, and hold what was.
    assert [path.rpartition("-")[2] for path in made.backups] == ["running.cfg", "startup.cfg"]
    kept = asa.device.flash[made.backups[0]]
    text = kept.decode() if isinstance(kept, bytes) else kept
    assert " vpn-simultaneous-logins 0\n" in text
    # The record is written before each command: the last one is not yet judged in it.
    assert [item.outcome for item in keeper.kept.changes[:-1]] == ["unknown"] * len(made.sent)
    assert [item.sent[-1].verdict for item in keeper.kept.changes[:-1]] == ["doubtful"] * len(made.sent)
    assert keeper.kept.changes[-1] == made
    assert keeper.kept.changes[0].error["code"] == "interrupted"
    again = change(asa, planned=planner(PROFILES[name]))
    assert (again.outcome, again.sent, again.saved, again.warnings) == ("nothing_to_do", (), None, ())
    assert asa.running == GOALS[name]


def test_check_mode_sends_nothing() -> None:
    asa, keeper = Asa(), Keeper()
    made = change(asa, keeper, check=True)
    assert (made.outcome, made.sent, made.backups) == ("planned", (), ())
    assert len(made.plan.steps) == COUNT["broken"]
    assert asa.running == asa.startup == OLD
    assert asa.configured == []
    assert keeper.kept.changes == [made]
    assert len(keeper.kept.before) == 1


def test_the_approved_plan_and_no_other() -> None:
    asa = Asa()
    approved = change(asa, check=True).plan.hash
    for wrong in ("0" * 64, ""):
        keeper = Keeper()
        with pytest.raises(ChangeRefused) as caught:
            change(asa, keeper, plan_hash=wrong)
        assert caught.value.code == "plan_differs"
        assert keeper.kept.changes[-1].error["code"] == "plan_differs"
        assert asa.configured == []
    # Somebody changed what the plan was made from.
    asa.typed("configure terminal", "group-policy GroupPolicy_VPNPhone attributes", "vpn-simultaneous-logins 9")
    with pytest.raises(ChangeRefused) as caught:
        change(asa, plan_hash=approved)
    assert caught.value.code == "plan_differs"
    asa = Asa()
    assert change(asa, plan_hash=approved).outcome == "applied"
    # With nothing to do there is nothing to approve.
    assert change(asa, plan_hash=approved).outcome == "nothing_to_do"


def test_never_saved() -> None:
    asa = Asa()
    made = change(asa, save="never")
    assert (made.outcome, made.saved, made.error) == ("applied", False, {})
    assert "a reload undoes the change" in made.save_note
    assert (asa.running, asa.startup) == (GOALS["broken"], OLD)
    assert "not saved" in change(asa).save_note


def test_unsaved_changes_of_others() -> None:
    asa = Asa()
    asa.typed("configure terminal", "ntp server 10.0.0.9")
    with pytest.raises(ChangeRefused, match=r"`\+ ntp server 10\.0\.0\.9`") as caught:
        change(asa)
    assert caught.value.code == "unsaved_changes"
    assert asa.configured == []
    # Looking is allowed, and foretells it; so is a change that is not saved.
    looked = change(asa, check=True)
    assert looked.outcome == "planned"
    assert any("in earnest this would be refused" in line and "ntp server" in line for line in looked.warnings)
    assert change(asa, check=True, save="never").warnings == ()
    made = change(asa, accept_unsaved=True)
    assert (made.outcome, made.saved) == ("applied", True)
    assert any("ntp server 10.0.0.9" in line for line in made.warnings)
    assert "ntp server 10.0.0.9" in asa.startup
    other = Asa()
    other.typed("configure terminal", "ntp server 10.0.0.9")
    assert change(other, save="never").outcome == "applied"
    assert "ntp server 10.0.0.9" not in other.startup


def test_a_startup_configuration_that_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    run = FakeSession.run
    hidden = "ERROR: Command authorization failed\n"
    monkeypatch.setattr(FakeSession, "run", lambda me, line: hidden if line == "show startup-config" else run(me, line))
    asa = Asa()
    with pytest.raises(ChangeRefused) as caught:
        change(asa)
    assert caught.value.code == "state_unknown"
    # As the refusal says: with either of these it goes on.
    made = change(asa, accept_unsaved=True)
    assert (made.outcome, made.saved) == ("applied", True)
    assert any("is not known" in line for line in made.warnings)
    assert change(Asa(), save="never").outcome == "applied"


@pytest.mark.parametrize(
    "answer", ["Building configuration...\n%Error writing nvram:/startup-config\n", "done\n", LOST]
)
def test_saved_only_with_ok(answer: str | Exception) -> None:
    asa = Asa()
    asa.on_save = [answer]
    made = change(asa)
    assert (made.outcome, made.saved, made.error["code"]) == ("applied", False, "not_saved")
    assert "`write memory` by hand" in made.error["todo"]
    # Without a whole answer nobody knows.
    assert ("whether it is saved is not known" in made.error["what"]) == isinstance(answer, Exception)
    assert asa.running == GOALS["broken"]
    assert asa.startup == OLD


def test_a_backup_that_cannot_be_made() -> None:
    asa, keeper = Asa(), Keeper()
    asa.on_copy = ["%Error writing disk0:/x (No space left on device)\n"]
    with pytest.raises(VpnPhoneError) as caught:
        change(asa, keeper)
    assert caught.value.code == "backup_failed"
    assert not caught.value.unreachable
    assert asa.running == OLD
    assert asa.configured == []
    assert [item.verdict for item in keeper.kept.changes[-1].sent] == ["refused"]
    asa.on_copy = ["Destination filename?\n"]
    with pytest.raises(VpnPhoneError, match="did not say 'bytes copied'"):
        change(asa)


# --- where nothing may be sent --------------------------------------------------------------------------------------


def test_a_standby_unit() -> None:
    asa = Asa(failover={"unit": "secondary", "state": "standby"})
    with pytest.raises(ChangeRefused) as caught:
        change(asa)
    assert caught.value.code == "standby_unit"
    assert asa.configured == []
    assert asa.running == Asa(failover={"unit": "secondary", "state": "standby"}).running


@pytest.mark.parametrize(("context", "code"), [("", "context_missing"), ("system", "context_system")])
def test_a_device_with_contexts_wants_one_of_them(context: str, code: str) -> None:
    asa = Asa(config="hostname fw\n", contexts=[{"name": "admin", "admin": True, "config": BROKEN}])
    with pytest.raises(ChangeRefused) as caught:
        change(asa, context=context)
    assert caught.value.code == code
    assert asa.configured == []


def test_a_context_without_flash() -> None:
    asa = Asa(config="hostname fw\n", contexts=[{"name": "admin", "admin": True, "config": BROKEN}])
    asa.on_copy = ["ERROR: % Invalid input detected at '^' marker.\n"] * 2
    made = change(asa, context="admin")
    assert (made.outcome, made.backups) == ("applied", ())
    assert sum("from within a context" in line for line in made.warnings) == 2


def test_a_device_that_cannot_be_reached() -> None:
    asa, keeper = Asa(), Keeper()
    asa.on_dial = [LOST]
    with pytest.raises(DeviceUnreachable):
        change(asa, keeper)
    assert keeper.kept.changes == []


# --- refused at each command ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "index"), EVERY)
def test_refused_at_each_command(name: str, index: int) -> None:
    asa = Asa()
    asa.at = {index: refuse}
    made = change(asa, planned=planner(PROFILES[name]))
    assert (made.outcome, made.error["code"]) == ("rolled_back", "configuration_refused")
    assert "ERROR: The command failed" in made.error["what"]
    assert asa.running == asa.startup == OLD
    assert verdicts(made, "change") == ["accepted"] * index + ["refused"]
    # In reverse, and one inverse at least for each command that was applied.
    assert set(verdicts(made, "rollback")) <= {"accepted"}
    assert len(verdicts(made, "rollback")) >= index
    assert "write memory" not in [item.command for item in made.sent]
    assert asa.dialled == 1


@pytest.mark.parametrize("answer", [
    "Command authorization failed\n",
    "WARNING: this may take long\nERROR: it failed\n",
    "Removing group-policy X not allowed, it is being used.\n",
    "%Error: no room\n",
])  # fmt: skip
def test_each_form_of_a_refusal(answer: str) -> None:
    asa = Asa()
    asa.at = {2: lambda *_: answer}
    made = change(asa)
    assert made.outcome == "rolled_back"
    assert asa.running == OLD


def test_warnings_are_kept_and_do_no_harm() -> None:
    asa = Asa()
    asa.after = {1: lambda *_: "WARNING: tunnel-group is in use\nINFO: password SECRET-1 noted\n"}
    made = change(asa)
    assert made.outcome == "applied"
    assert any("WARNING: tunnel-group is in use" in line for line in made.warnings)
    assert any("INFO:" in line for line in made.warnings)


@pytest.mark.parametrize(("name", "index"), EVERY)
def test_a_refused_rollback_says_what_stands(name: str, index: int) -> None:
    """The first inverse is refused, too: what it leaves is told command by command."""
    asa = Asa()
    asa.at = {index: refuse, index + 1: refuse}
    made = change(asa, planned=planner(PROFILES[name]))
    if index == 0:
        assert made.outcome == "rolled_back"
        return
    assert made.outcome == "partial"
    assert [item.command for item in made.standing] == [step.command for step in made.plan.steps]
    assert any(item.stands for item in made.standing)
    truth(asa, made, name)
    # The way back by hand, and a reload would do.
    assert "a reload undoes what stands. By hand: " in made.error["todo"]
    assert asa.startup == OLD


def test_a_refused_inverse_keeps_its_area_whole() -> None:
    """The tunnel-group still names the new policy: its lines must not go away below the phones."""
    asa = Asa()
    steps = planned(FRESH).plan.steps
    last = max(index for index, step in enumerate(steps) if step.area == "group_policy")
    asa.at = {len(steps) - 1: refuse}
    # The inverses of the tunnel-group's area come first; then the one that takes the policy from the phones.
    own = sum(len(step.inverse) for step in steps[:-1] if step.area == "tunnel_group")
    asa.at[len(steps) + own] = refuse
    made = change(asa, planned=planner(FRESH))
    assert made.outcome == "partial"
    stands = {item.command: item.stands for item in made.standing}
    assert steps[last].command == "default-group-policy GroupPolicy_Phones"
    assert all(stands[step.command] for step in steps if step.area == "group_policy")
    assert not any(stands[step.command] for step in steps if step.area == "tunnel_group")
    truth(asa, made, "fresh")


# --- lost at each command -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("taken", [False, True])
@pytest.mark.parametrize(("name", "index"), EVERY)
def test_lost_at_each_command(name: str, index: int, *, taken: bool) -> None:
    """Whether the doubtful command stands is found out by reading."""
    asa, keeper = Asa(), Keeper()
    (asa.after if taken else asa.at)[index] = lose
    # The first new session cannot be had either.
    asa.on_dial = [None, LOST]
    made = change(asa, keeper, planned=planner(PROFILES[name]))
    assert (made.outcome, made.error["code"]) == ("rolled_back", "session_closed")
    assert asa.running == asa.startup == OLD
    assert verdicts(made, "change") == ["accepted"] * index + ["doubtful"]
    assert asa.dialled == 3
    stood = index + (1 if taken else 0)
    assert len(verdicts(made, "rollback")) >= stood
    assert keeper.kept.changes[-1] == made
    assert change(asa, planned=planner(PROFILES[name])).outcome == "applied"


@pytest.mark.parametrize(("name", "index"), EVERY)
def test_lost_for_good(name: str, index: int) -> None:
    asa = Asa()
    asa.at = {index: lose_for_good}
    made = change(asa, planned=planner(PROFILES[name]))
    assert made.outcome == "unknown"
    assert [item.stands for item in made.standing] == [None] * (index + 1) + [False] * (COUNT[name] - index - 1)
    assert "a reload undoes what stands" in made.error["todo"]
    truth(asa, made, name)


def test_a_refused_login_is_not_tried_until_the_account_is_locked() -> None:
    refused = DeviceRefused("refused the login of 'x'.", where="fw", code="login_refused")
    asa = Asa()
    asa.at = {2: lose}
    asa.on_dial = [None, refused, LOST, refused, *[LOST] * 20]
    made = change(asa)
    assert (made.outcome, asa.dialled) == ("unknown", 4)
    assert "refused the login" in made.error["what"]
    # Once is no reason to give up.
    asa = Asa()
    asa.at = {2: lose}
    asa.on_dial = [None, refused]
    assert change(asa).outcome == "rolled_back"


@pytest.mark.parametrize(("name", "index"), EVERY[1:4])
def test_lost_again_while_it_is_undone(name: str, index: int) -> None:
    asa = Asa()
    asa.at = {index: lose, index + 1: lose}
    made = change(asa, planned=planner(PROFILES[name]))
    assert made.outcome == "rolled_back"
    assert asa.running == OLD
    assert asa.dialled == 3
    # A refusal, and the session is lost in the rollback.
    asa = Asa()
    asa.at = {index: refuse, index + 1: lose}
    made = change(asa, planned=planner(PROFILES[name]))
    assert made.outcome == "rolled_back"
    assert "While it was undone: the device closed the session." in made.error["what"]
    assert asa.running == OLD


def test_lost_in_the_read_back() -> None:
    asa = Asa()
    last = COUNT["broken"] - 1

    def break_later(asa: Asa, session: Any) -> None:
        session.end_configuration = lambda: lose(asa, session)

    asa.after = {last: break_later}
    made = change(asa)
    assert made.outcome == "rolled_back"
    assert asa.running == OLD
