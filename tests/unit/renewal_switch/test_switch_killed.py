"""The controller dies at every step of the switch and of the return, or loses it there; then it is run again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.renewal import flow
from ansible.module_utils.vpnphone.switch.steps import Steps

from tests.unit.renewal_switch.kit import LOST, USERS, Killed, Renewal, SwitchAsa, SwitchSession

BIND, BACK, DISARM = (
    "ssl trust-point NEW outside",
    "ssl trust-point OLD outside",
    "no event manager applet VPNPHONE-RETURN",
)
TIMER = "event timer countdown time 1800"
LOGOFF = f"vpn-sessiondb logoff name {USERS[0]} noconfirm"
CHANGES = (
    'action 1 cli command "ssl trust-point OLD outside"',
    "output none",
    TIMER,
    BIND,
    LOGOFF,
    DISARM,
    "write memory",
)
WHEN = [(command, when) for command in CHANGES for when in ("before", "after")]
# Behind the bind, with the dead man armed.
EXPOSED = [one for one in WHEN if WHEN.index((BIND, "after")) <= WHEN.index(one) <= WHEN.index((DISARM, "before"))]


def at(asa: SwitchAsa, command: str, when: str, act: Callable[[SwitchSession], Any]) -> None:
    """Once, at that command."""

    def once(session: SwitchSession) -> None:
        (asa.before if when == "before" else asa.after).pop(command)
        act(session)

    (asa.before if when == "before" else asa.after)[command] = once


def kill(session: SwitchSession) -> None:
    session.dead = True
    raise Killed


def lose(session: SwitchSession) -> None:
    session.dead = True
    raise LOST


def reload(asa: SwitchAsa) -> None:
    context = asa.device.system
    context.running = context.startup
    context.changed()


def killed(renewal: Renewal) -> str:
    """The token with which it was approved before it died."""
    token = str(renewal.run(check=True)["token"])
    with pytest.raises(Killed):
        renewal.run(approval=token)
    return token


def again(renewal: Renewal, token: str) -> str:
    """What became of it; with the approval, as the same command line is typed again."""
    try:
        return str(renewal.run(approval=token)["outcome"])
    except VpnPhoneError as error:
        assert error.todo
        return renewal.status


def is_at_its_end(renewal: Renewal, outcome: str) -> None:
    asa, mine = renewal.asa, renewal.mine
    name = {"done": "NEW", "returned": "OLD"}[outcome]
    assert renewal.status == outcome
    assert asa.bound == asa.saved == [name]
    assert asa.is_clean
    assert (mine.bound, mine.armed) == (name.lower(), False)
    assert (mine.switched_at is not None) == mine.saved == (outcome == "done")


@pytest.mark.parametrize(("command", "when"), WHEN)
def test_killed_and_run_again(renewal: Renewal, command: str, when: str) -> None:
    at(renewal.asa, command, when, kill)
    token = killed(renewal)
    assert not any("VPNPHONE-RETURN" in line for line in renewal.asa.startup)
    assert again(renewal, token) == "done"
    is_at_its_end(renewal, "done")


@pytest.mark.parametrize(("command", "when"), WHEN)
def test_killed_and_only_looked_at(renewal: Renewal, command: str, when: str) -> None:
    """A planning run changes nothing, and does not take away what was approved."""
    at(renewal.asa, command, when, kill)
    token = killed(renewal)
    sent, before = list(renewal.asa.sent), renewal.asa.running
    renewal.run(check=True)
    assert (renewal.asa.sent, renewal.asa.running, renewal.status) == (sent, before, "running")
    assert again(renewal, token) == "done"


@pytest.mark.parametrize("number", range(7))
def test_killed_before_the_journal_learns_that_it_is_done(
    renewal: Renewal, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = [number]
    original = flow.acted

    def acted(*arguments: Any, **options: Any) -> Any:
        if count[0] == 0:
            raise Killed
        count[0] -= 1
        return original(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(flow, "acted", acted)
        token = killed(renewal)
    assert again(renewal, token) == "done"
    is_at_its_end(renewal, "done")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(5))
def test_killed_while_the_journal_learns(
    renewal: Renewal, number: int, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arming, before the bind, behind it, disarmed, saved."""
    count = [number]
    original = Steps.learn

    def learn(steps: Steps, **changes: Any) -> None:
        if count[0] == 0 and when == "before":
            raise Killed
        original(steps, **changes)
        count[0] -= 1
        if count[0] < 0:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Steps, "learn", learn)
        token = killed(renewal)
    assert again(renewal, token) == "done"
    is_at_its_end(renewal, "done")


@pytest.mark.parametrize(("command", "when"), EXPOSED)
def test_killed_and_the_dead_man_strikes(renewal: Renewal, command: str, when: str) -> None:
    at(renewal.asa, command, when, kill)
    token = killed(renewal)
    known = renewal.mine.bound
    renewal.asa.strike()
    assert renewal.asa.bound == ["OLD"]
    # Where nobody had proven yet that the new one was bound, there is nothing to have returned from.
    outcome = "returned" if known == "new" else "done"
    assert again(renewal, token) == outcome
    is_at_its_end(renewal, outcome)


@pytest.mark.parametrize(("command", "when"), [one for one in WHEN if one != ("write memory", "after")])
def test_killed_and_the_device_reloads(renewal: Renewal, command: str, when: str) -> None:
    at(renewal.asa, command, when, kill)
    token = killed(renewal)
    known = renewal.mine.bound
    reload(renewal.asa)
    assert (renewal.asa.bound, renewal.asa.armed) == (["OLD"], False)
    outcome = "returned" if known == "new" else "done"
    assert again(renewal, token) == outcome
    is_at_its_end(renewal, outcome)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("command", [BACK, DISARM])
def test_killed_in_the_return(renewal: Renewal, command: str, when: str) -> None:
    renewal.asa.back = False
    at(renewal.asa, command, when, kill)
    token = killed(renewal)
    outcome = again(renewal, token)
    assert outcome == "returned"
    is_at_its_end(renewal, "returned")


def test_killed_in_the_return_and_the_phone_came_back_meanwhile(renewal: Renewal) -> None:
    renewal.asa.back = False
    at(renewal.asa, BACK, "before", kill)
    token = killed(renewal)
    renewal.asa.connect(USERS[0])
    renewal.asa.back = True
    assert again(renewal, token) == "done"
    is_at_its_end(renewal, "done")


def test_a_return_needs_a_new_plan(renewal: Renewal) -> None:
    renewal.asa.back = False
    token = renewal.run(check=True)["token"]
    assert again(renewal, token) == "returned"
    renewal.asa.back = True
    renewal.asa.connect(USERS[0])
    with pytest.raises(VpnPhoneError, match="approval_"):
        renewal.run(approval=token)
    assert renewal.approved()["outcome"] == "done"
    is_at_its_end(renewal, "done")


def test_a_journal_that_is_behind_the_device(renewal: Renewal) -> None:
    """Whatever a run left that was refused later: what is bound the device says."""
    renewal.change(bound="new", bound_at=datetime.now(UTC), armed=True)
    renewal.asa.before[BIND] = lambda session: "ERROR: no\n"
    error = renewal.refused()
    assert (error.code, renewal.status, renewal.mine.bound) == ("configuration_refused", "refused", "old")
    renewal.asa.before.clear()
    assert renewal.approved()["outcome"] == "done"
    is_at_its_end(renewal, "done")


# --- the device is lost -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("command", "when"), WHEN)
def test_lost_and_run_again(renewal: Renewal, command: str, when: str) -> None:
    at(renewal.asa, command, when, lose)
    token = renewal.run(check=True)["token"]
    try:
        outcome = str(renewal.run(approval=token)["outcome"])
    except VpnPhoneError as error:
        assert error.unreachable
        assert error.todo
        assert renewal.status == "running"
        outcome = again(renewal, token)
    assert outcome == "done"
    is_at_its_end(renewal, "done")


def test_a_lost_bind_that_was_taken_goes_on(renewal: Renewal) -> None:
    at(renewal.asa, BIND, "after", lose)
    assert renewal.approved()["outcome"] == "done"


def test_lost_in_the_watch_and_found_again(renewal: Renewal) -> None:
    asa = renewal.asa
    times = [0]

    def cut() -> None:
        times[0] += 1
        if times[0] in (2, 5):
            asa.answers["show running-config all ssl"] = LOST
            asa.on_dial = [LOST, None]
        else:
            asa.answers.clear()

    asa.on_wait = cut
    assert renewal.approved()["outcome"] == "done"
    assert asa.dialled > 4


def test_lost_for_good(renewal: Renewal) -> None:
    asa = renewal.asa

    def cut() -> None:
        asa.answers["show running-config all ssl"] = LOST
        asa.on_dial = [LOST] * 99

    asa.on_wait = cut
    token = renewal.run(check=True)["token"]
    with pytest.raises(VpnPhoneError, match="the device binds the old one by itself") as caught:
        renewal.run(approval=token)
    assert (caught.value.code, caught.value.unreachable) == ("session_closed", True)
    assert (renewal.status, asa.armed, asa.saved) == ("running", True, ["OLD"])
    # The dead man strikes; whoever comes next closes it.
    asa.on_wait, asa.on_dial = lambda: None, []
    asa.answers.clear()
    asa.strike()
    assert again(renewal, token) == "returned"
    is_at_its_end(renewal, "returned")


def test_the_units_change_places_in_the_watch(tmp_path: Path) -> None:
    renewal = Renewal(SwitchAsa(failover={"unit": "primary", "state": "active"}), tmp_path / "r")
    asa = renewal.asa
    sent: list[int] = []

    def over() -> None:
        if not sent:
            sent.append(len(asa.sent))
            asa.device.unit.standby = True

    asa.on_wait = over
    token = renewal.run(check=True)["token"]
    with pytest.raises(VpnPhoneError) as caught:
        renewal.run(approval=token)
    assert caught.value.code == "standby_unit"
    assert (len(asa.sent), renewal.status) == (sent[0], "running")
    # Run again too early: that is no end of the stage, since the new one is bound.
    assert again(renewal, token) == "running"
    asa.device.unit.standby = False
    assert again(renewal, token) == "done"


# --- the time that is left ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", [10, 1000])
def test_a_dead_man_with_too_little_time_gets_more(
    renewal: Renewal, left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """750 s are needed once the canary is back: half of the margin and the whole soak."""
    at(renewal.asa, DISARM, "before", kill)

    def short(session: SwitchSession, command: str) -> str:
        answer = original(session, command)
        fresh = renewal.asa.sent[-1:] == [TIMER]
        return answer if fresh or command != "show event manager" else answer.replace("left 1800", f"left {left}")

    # Killed behind the canary, before anything was watched.
    renewal.asa.before.clear()
    at(renewal.asa, LOGOFF, "after", lambda session: setattr(renewal.asa, "on_wait", die))

    def die() -> None:
        renewal.asa.on_wait = lambda: None
        raise Killed

    token = killed(renewal)
    assert "canary" in renewal.story
    original = SwitchSession.run
    monkeypatch.setattr(SwitchSession, "run", short)
    armed = renewal.asa.sent.count(TIMER)
    assert again(renewal, token) == "done"
    assert renewal.asa.sent.count(TIMER) - armed == (1 if left < 750 else 0)


def test_a_dead_man_that_cannot_be_given_more_time_returns(renewal: Renewal, monkeypatch: pytest.MonkeyPatch) -> None:
    at(renewal.asa, LOGOFF, "before", kill)
    token = killed(renewal)
    original = SwitchSession.run

    def short(session: SwitchSession, command: str) -> str:
        return original(session, command).replace("left 1800", "left 5")

    monkeypatch.setattr(SwitchSession, "run", short)
    assert again(renewal, token) == "returned"
    assert "cannot be armed anew" in renewal.story
    is_at_its_end(renewal, "returned")
