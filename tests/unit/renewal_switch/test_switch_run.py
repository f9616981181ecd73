"""The switch on one simulated ASA: the good way, every way back, and what is refused before anything is touched."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.renewal.flow import StageReturned

from tests.unit.renewal_switch.kit import LOST, NOTES, PHONES, USERS, Renewal, SwitchAsa, SwitchSession

BIND, BACK, DISARM = (
    "ssl trust-point NEW outside",
    "ssl trust-point OLD outside",
    "no event manager applet VPNPHONE-RETURN",
)
LOGOFF = f"vpn-sessiondb logoff name {USERS[0]} noconfirm"
ALL = ["arm", "bind", "probe", "canary", "watch", "disarm", "save"]


@pytest.fixture
def asa() -> SwitchAsa:
    return SwitchAsa()


@pytest.fixture
def renewal(asa: SwitchAsa, tmp_path: Path) -> Renewal:
    return Renewal(asa, tmp_path / "r")


def returned(renewal: Renewal) -> StageReturned:
    """The error of a switch that has returned, and everything is as before."""
    error = renewal.refused()
    assert isinstance(error, StageReturned)
    assert renewal.status == "returned"
    assert renewal.asa.bound == renewal.asa.saved == ["OLD"]
    assert renewal.asa.is_clean
    mine = renewal.mine
    assert (mine.bound, mine.armed, mine.deadline, mine.saved, mine.switched_at) == ("old", False, None, False, None)
    assert "OLD is bound to outside again, read back" in error.what
    return error


def test_the_good_way(renewal: Renewal) -> None:
    planned = renewal.run(check=True)
    assert planned["actions"] == ALL
    assert renewal.asa.sent == []
    assert renewal.status == "planned"
    result = renewal.run(approval=planned["token"])
    assert (result["outcome"], result["done"]) == ("done", ALL)
    assert renewal.asa.sent == [
        'action 1 cli command "ssl trust-point OLD outside"', "output none", "event timer countdown time 1800", BIND,
        LOGOFF, DISARM, "write memory",
    ]  # fmt: skip
    assert renewal.asa.bound == renewal.asa.saved == ["NEW"]
    assert renewal.asa.is_clean
    mine = renewal.mine
    assert (mine.bound, mine.armed, mine.saved) == ("new", False, True)
    assert mine.switched_at is not None
    assert mine.switched_at == mine.bound_at
    assert [one.username for one in mine.sessions_before] == list(USERS)
    assert "ssl trust-point NEW outside" in result["after"]
    assert renewal.asa.waited >= 600


def test_done_is_done(renewal: Renewal) -> None:
    renewal.approved()
    sent = list(renewal.asa.sent)
    assert renewal.run(check=True)["actions"] == []
    assert renewal.run()["outcome"] == "done"
    assert renewal.asa.sent == sent


def test_nothing_is_saved_while_the_dead_man_is_armed(renewal: Renewal) -> None:
    seen: list[tuple[bool, list[str]]] = []
    renewal.asa.on_wait = lambda: seen.append((renewal.asa.armed, renewal.asa.saved))
    renewal.approved()
    assert seen
    assert all(one == (True, ["OLD"]) for one in seen)


# --- the way back -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shown", ["other", ""])
@pytest.mark.parametrize("offer", ["7962G", "8841"])
def test_another_certificate_is_shown(renewal: Renewal, shown: str, offer: str) -> None:
    def show(session: SwitchSession) -> None:
        renewal.shown = {offer: shown}

    def show_again(session: SwitchSession) -> None:
        renewal.shown = {}

    renewal.asa.after = {BIND: show, BACK: show_again}
    error = returned(renewal)
    assert error.code == "probe_differs"
    assert f"as {offer}" in error.what
    assert "Phones are shown the old certificate." in error.what
    assert LOGOFF not in renewal.asa.sent


def test_a_device_that_needs_a_moment(renewal: Renewal) -> None:
    def late(session: SwitchSession) -> None:
        renewal.shown = {"": "old"}

    renewal.asa.after = {BIND: late}
    renewal.asa.on_wait = lambda: renewal.shown.clear()
    assert renewal.approved()["outcome"] == "done"


def test_the_canary_does_not_come_back(renewal: Renewal) -> None:
    renewal.asa.back = False
    error = returned(renewal)
    assert error.code == "canary_not_back"
    assert f"Not back: {PHONES[0]}." in error.what
    assert f"{PHONES[0]} did not come back within 900 s" in error.what


def test_the_canary_comes_back_after_the_return(renewal: Renewal) -> None:
    asa = renewal.asa
    asa.back = False
    asa.on_wait = lambda: (
        asa.connect(USERS[0]) if asa.bound == ["OLD"] and len(asa.device.system.sessions) == 3 else None
    )
    error = returned(renewal)
    assert error.code == "canary_not_back"
    assert "Every phone that was connected before has a session." in error.what


@pytest.mark.parametrize(("count", "code"), [(1, ""), (2, "sessions_lost")])
def test_lost_sessions_at_the_boundary(renewal: Renewal, count: int, code: str) -> None:
    renewal.asa.after = {LOGOFF: lambda session: renewal.asa.disconnect(*USERS[1 : 1 + count])}
    if not code:
        assert renewal.approved()["outcome"] == "done"
        return
    error = returned(renewal)
    assert error.code == code
    assert f"Not back: {', '.join(PHONES[1:3])}." in error.what


@pytest.mark.parametrize(("count", "code"), [(3, ""), (4, "handshakes_fail")])
def test_failed_handshakes_at_the_boundary(renewal: Renewal, count: int, code: str) -> None:
    renewal.asa.log("%ASA-6-725006: Device failed SSL handshake with client outside:203.0.113.2/5000")
    line = "%ASA-6-725006: Device failed SSL handshake with client outside:203.0.113.2/{}"
    renewal.asa.after = {BIND: lambda session: renewal.asa.log(*(line.format(port) for port in range(count)))}
    if code:
        assert returned(renewal).code == code
    else:
        assert renewal.approved()["outcome"] == "done"


def test_a_person_binds_the_old_one_meanwhile(renewal: Renewal) -> None:
    renewal.asa.after = {LOGOFF: lambda session: renewal.asa.typed("configure terminal", BACK) and None}
    error = renewal.refused()
    assert (error.code, renewal.status) == ("dead_man_struck", "returned")
    assert renewal.asa.is_clean


def test_the_bind_is_refused(renewal: Renewal) -> None:
    renewal.asa.before = {BIND: lambda session: "ERROR: The command failed\n"}
    error = renewal.refused()
    assert (error.code, renewal.status) == ("configuration_refused", "refused")
    assert "ERROR: The command failed" in error.what
    assert renewal.asa.bound == ["OLD"]
    assert renewal.asa.is_clean
    assert renewal.mine.bound == "old"


def test_both_are_bound_beside_one_another(renewal: Renewal) -> None:
    """[K] What an ASA does with a certificate of another key type."""
    answer = "ssl trust-point OLD outside\nssl trust-point NEW outside\n"

    def both(session: SwitchSession) -> None:
        renewal.asa.answers["show running-config all ssl"] = f"ssl client-version any\n{answer}"

    def one(session: SwitchSession) -> None:
        renewal.asa.answers.clear()

    renewal.asa.after = {BIND: both, f"no {BIND}": one}
    assert returned(renewal).code == "binding_differs"


def test_the_return_meets_a_lost_session(renewal: Renewal) -> None:
    renewal.asa.back = False
    left = [LOST]

    def lose(session: SwitchSession) -> None:
        if left:
            session.dead = True
            raise left.pop()

    renewal.asa.before = {BACK: lose}
    assert returned(renewal).code == "canary_not_back"


def test_the_return_cannot_be_proven(renewal: Renewal) -> None:
    renewal.asa.back = False
    renewal.asa.before = {BACK: lambda session: "ERROR: no\n"}
    error = renewal.refused()
    assert error.code == "return_unproven"
    assert not isinstance(error, StageReturned)
    assert (renewal.status, renewal.asa.bound, renewal.asa.armed) == ("running", ["NEW"], True)
    assert "ssl trust-point OLD outside" in error.todo
    # The dead man does it, and the next run closes the stage.
    renewal.asa.before.clear()
    renewal.asa.strike()
    closed = renewal.refused_again()
    assert (closed.code, renewal.status) == ("canary_not_back", "returned")
    assert renewal.asa.is_clean


def test_somebody_saved_in_the_middle(renewal: Renewal) -> None:
    """Then the startup configuration has the new binding and the dead man: neither may stay there."""
    renewal.asa.after = {BIND: lambda session: renewal.asa.typed("write memory") and None}
    renewal.asa.back = False
    assert "it was saved anew" in returned(renewal).what


def test_somebody_saved_in_the_middle_of_a_good_switch(renewal: Renewal) -> None:
    renewal.asa.after = {BIND: lambda session: renewal.asa.typed("write memory") and None}
    assert renewal.approved()["outcome"] == "done"
    assert renewal.asa.is_clean
    assert renewal.asa.saved == ["NEW"]


# --- saving -----------------------------------------------------------------------------------------------------------


def test_write_memory_fails(renewal: Renewal) -> None:
    renewal.asa.before = {"write memory": lambda session: "%Error writing nvram:/startup-config (No space left)\n"}
    error = renewal.refused()
    assert (error.code, renewal.status) == ("not_saved", "running")
    assert (renewal.asa.bound, renewal.asa.saved, renewal.asa.armed) == (["NEW"], ["OLD"], False)
    renewal.asa.before.clear()
    result = renewal.run()
    assert (result["outcome"], result["done"]) == ("done", ["save"])
    assert renewal.asa.is_clean
    assert renewal.mine.switched_at is not None


def test_somebody_else_changes_the_configuration_meanwhile(renewal: Renewal) -> None:
    renewal.asa.after = {
        LOGOFF: lambda session: renewal.asa.typed("configure terminal", "domain-name other.com") and None
    }
    error = renewal.refused()
    assert (error.code, renewal.status) == ("unsaved_changes", "running")
    assert renewal.asa.saved == ["OLD"]
    renewal.asa.typed("configure terminal", "domain-name example.com")
    assert renewal.run()["outcome"] == "done"


# --- refused before anything is touched -----------------------------------------------------------------------------


def device(**keys: Any) -> SwitchAsa:
    return SwitchAsa(**keys)


def changed(*lines: str) -> SwitchAsa:
    asa = SwitchAsa()
    asa.typed("configure terminal", *lines, "write memory")
    return asa


def unsaved() -> SwitchAsa:
    asa = SwitchAsa()
    asa.typed("configure terminal", "domain-name else.example")
    return asa


def saved_otherwise() -> SwitchAsa:
    asa = changed("ssl trust-point OTHER outside")
    asa.typed("configure terminal", BACK)
    return asa


PAIR = {"unit": "primary", "state": "active"}


@pytest.mark.parametrize(
    ("make", "changes", "code"),
    [
        (lambda: changed(BIND), {}, "plan_differs"),
        (lambda: changed("ssl trust-point OTHER outside"), {}, "plan_differs"),
        (lambda: changed("no ssl trust-point OLD outside"), {}, "plan_differs"),
        (device, {"new": NOTES["other"]}, "plan_differs"),
        (device, {"old": NOTES["other"]}, "plan_differs"),
        (device, {"new_trustpoint": "ROOT"}, "plan_differs"),
        (device, {"new_trustpoint": "NOWHERE"}, "plan_differs"),
        (device, {"new": None}, "journal_incomplete"),
        (device, {"new_trustpoint": "EC", "new": NOTES["elliptic"]}, "key_type_differs"),
        (unsaved, {}, "unsaved_changes"),
        (saved_otherwise, {}, "unsaved_changes"),
        (lambda: device(version="9.1(7)"), {}, "no_dead_man"),
        (lambda: device(failover={**PAIR, "mate_missing": ["NEW"]}), {}, "mate_lacks_certificate"),
        (lambda: device(failover={"unit": "primary", "state": "standby"}), {}, "standby_unit"),
        (lambda: device(sessions=SwitchAsa().device.spec.sessions[3:]), {}, "canary_not_connected"),
        (lambda: changed("no tunnel-group VPNPhone"), {}, "phone_groups_unknown"),
        (device, {"interface": "out side"}, "name_refused"),
        (device, {"new_trustpoint": "NEW;reload"}, "name_refused"),
    ],
)  # fmt: skip
def test_what_is_refused(make: Any, changes: dict[str, Any], code: str, tmp_path: Path) -> None:
    asa = make()
    before = (asa.running, asa.startup)
    renewal = Renewal(asa, tmp_path / "r", **changes)
    error = renewal.refused(plan=True)
    assert error.code == code
    assert error.todo
    assert (asa.running, asa.startup, asa.sent) == (*before, [])


def test_what_handshakes_refuse(renewal: Renewal) -> None:
    renewal.shown = {"8841": "other"}
    assert renewal.refused(plan=True).code == "probe_differs"
    renewal.shown = {"": ""}
    assert renewal.refused(plan=True).code == "probe_impossible"
    renewal.shown = {"8841": ""}
    planned = renewal.run(check=True)
    assert any("8841 shows no certificate (alert)" in line for line in planned["warnings"])
    assert renewal.run(approval=planned["token"])["outcome"] == "done"


def test_the_gate(renewal: Renewal) -> None:
    renewal.open_gate(closed="two phones are not proven")
    assert renewal.refused(plan=True).code == "switch_gate_closed"
    renewal.open_gate(age=timedelta(hours=2))
    assert renewal.refused(plan=True).code == "switch_gate_stale"
    (renewal.directory / "gate-switch.json").unlink()
    assert renewal.refused(plan=True).code == "switch_gate_closed"


def test_an_approval_is_of_exactly_this_plan(renewal: Renewal) -> None:
    token = renewal.run(check=True)["token"]
    renewal.settings = renewal.settings._replace(soak=0)
    with pytest.raises(Exception, match="plan_differs"):
        renewal.run(approval=token)
    assert renewal.asa.sent == []


# --- options ----------------------------------------------------------------------------------------------------------


def test_an_old_release_without_a_dead_man(tmp_path: Path) -> None:
    renewal = Renewal(SwitchAsa(version="9.1(7)"), tmp_path / "r")
    renewal.settings = renewal.settings._replace(accept_no_dead_man=True)
    planned = renewal.run(check=True)
    assert planned["actions"] == ["bind", "probe", "canary", "watch", "save"]
    assert any("nothing can be armed: release 9.1.7 has no event manager" in line for line in planned["warnings"])
    assert renewal.run(approval=planned["token"])["outcome"] == "done"
    assert renewal.asa.saved == ["NEW"]


def test_an_event_manager_that_refuses(renewal: Renewal) -> None:
    renewal.asa.before = {"event timer countdown time 1800": lambda session: "ERROR: % Invalid input detected\n"}
    error = renewal.refused()
    assert (error.code, renewal.status) == ("dead_man_not_armed", "refused")
    assert renewal.asa.is_clean
    assert renewal.asa.bound == ["OLD"]
    renewal.settings = renewal.settings._replace(accept_no_dead_man=True)
    assert renewal.approved()["outcome"] == "done"
    assert renewal.asa.is_clean


def test_a_dead_man_that_is_taken_away_before_the_bind(renewal: Renewal) -> None:
    token = renewal.run(check=True)["token"]
    asked: list[int] = []
    original = SwitchSession.run

    def run(session: SwitchSession, command: str) -> str:
        if command == "show event manager":
            asked.append(1)
            # Looked at first, then before arming, after it, and before the bind.
            if len(asked) == 4:
                renewal.asa.typed("configure terminal", DISARM)
        return original(session, command)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SwitchSession, "run", run)
        with pytest.raises(Exception, match="dead_man_not_armed"):
            renewal.run(approval=token)
    assert BIND not in renewal.asa.sent
    assert (renewal.status, renewal.asa.is_clean) == ("refused", True)


def test_no_phone_is_connected(tmp_path: Path) -> None:
    asa = SwitchAsa(sessions=[])
    renewal = Renewal(asa, tmp_path / "r")
    renewal.settings = renewal.settings._replace(accept_no_canary=True)
    planned = renewal.run(check=True)
    assert "canary" not in planned["actions"]
    assert any("no phone is logged off" in line for line in planned["warnings"])
    assert renewal.run(approval=planned["token"])["outcome"] == "done"


def test_a_named_canary(renewal: Renewal) -> None:
    renewal.settings = renewal.settings._replace(canary=PHONES[2].lower())
    assert f"vpn-sessiondb logoff name {USERS[2]} noconfirm" in renewal.approved()["commands"]


def test_a_canary_must_be_able_to_come_back_by_itself(renewal: Renewal) -> None:
    renewal.settings = renewal.settings._replace(canary=PHONES[0])
    renewal.change_phone(PHONES[0], certificate_login=False)
    assert renewal.refused(plan=True).code == "canary_not_connected"
    renewal.settings = renewal.settings._replace(canary="")
    assert f"vpn-sessiondb logoff name {USERS[1]} noconfirm" in renewal.run(check=True)["commands"]


def test_the_canary_stays_the_same_from_plan_to_switch(renewal: Renewal) -> None:
    token = renewal.run(check=True)["token"]
    assert LOGOFF in renewal.run(check=True)["commands"]
    renewal.asa.disconnect(USERS[1])
    assert renewal.run(approval=token)["outcome"] == "done"


def test_a_pair(tmp_path: Path) -> None:
    renewal = Renewal(SwitchAsa(failover=PAIR), tmp_path / "r")
    result = renewal.approved()
    assert result["done"] == [*ALL, "mate"]
    assert any("private key" in line for line in result["warnings"])


def test_the_mate_lacks_it_in_the_end(tmp_path: Path) -> None:
    renewal = Renewal(SwitchAsa(failover=PAIR), tmp_path / "r")
    mate = renewal.asa.device.system.mate.trustpoints
    lost = []
    renewal.asa.after = {"write memory": lambda session: lost.append(mate.pop("NEW"))}
    error = renewal.refused()
    assert (error.code, renewal.status) == ("mate_lacks_certificate", "running")
    assert renewal.asa.saved == ["NEW"]
    mate["NEW"] = lost[0]
    renewal.asa.device.system.changed()
    result = renewal.run()
    assert (result["outcome"], result["done"]) == ("done", ["mate"])


def test_a_certificate_known_by_issuer_and_serial_alone(renewal: Renewal) -> None:
    renewal.asa.answers["show running-config crypto ca certificate chain"] = "ERROR: % Invalid input detected\n"
    planned = renewal.run(check=True)
    assert any("by issuer and serial" in line for line in planned["plan"]["facts"])
