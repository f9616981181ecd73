"""dap.xml: put beside it, compared, copied over it, activated; and back at every one of these commands."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.apply import dap_file
from ansible.module_utils.vpnphone.apply.send import Planner
from ansible.module_utils.vpnphone.errors import DeviceRefused, VpnPhoneError
from ansible.module_utils.vpnphone.model import Change
from ansible.module_utils.vpnphone.plan.dap_manual import ACTIVATE

from tests.unit.apply.kit import LOST, Asa, FakeSession, Keeper, change, planner

FILE = "disk0:/dap.xml"
# Self-made, in the shape of the public descriptions.
OLD = """\
<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<dapRecordList>
<dapRecord>
<dapName>
<value>Staff</value>
</dapName>
<dapViewsRelation>
<value>and</value>
</dapViewsRelation>
<dapBasicView>
<dapSelection>
<dapPolicy>
<value>match-any</value>
</dapPolicy>
<attr>
<name>aaa.cisco.tunnelgroup</name>
<value>Staff</value>
<operation>EQ</operation>
<type>caseless</type>
</attr>
</dapSelection>
</dapBasicView>
</dapRecord>
</dapRecordList>
"""
CONFIG = """\
hostname fw
interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 198.51.100.10 255.255.255.0
dynamic-access-policy-record DfltAccessPolicy
 action terminate
dynamic-access-policy-record Staff
 priority 10
ssh scopy enable
webvpn
 enable outside
 anyconnect enable
tunnel-group VPNPhone type remote-access
tunnel-group VPNPhone webvpn-attributes
 authentication certificate
"""
PROFILE: dict[str, Any] = {"tunnel_group": {"name": "VPNPhone"}, "dap": {"record": "Phones", "priority": 20}}
PLANNER = planner(PROFILE, frozenset({"dap_xml"}))


def asa(config: str = CONFIG, file: str | None = OLD, **more: Any) -> Asa:
    return Asa(config, flash={FILE: file} if file is not None else {}, **more)


def run(device: Asa, planned: Planner = PLANNER, keeper: Keeper | None = None, **settings: Any) -> Change:
    return change(device, keeper, planned=planned, **settings)


def text(device: Asa, path: str = FILE) -> str | None:
    held = device.device.flash.get(path)
    return held.decode() if isinstance(held, bytes) else held


def in_force(device: Asa) -> Any:
    return device.device.snapshot()["dap_active"]


@pytest.mark.parametrize("file", [OLD, None], ids=["a-file", "no-file"])
def test_the_file_is_put_activated_and_read_back(file: str | None) -> None:
    device = asa(file=file)
    before = in_force(device)
    made = run(device)
    assert (made.outcome, made.saved, made.error, made.warnings) == ("applied", True, {}, ())
    assert made.plan.dap_file is not None
    assert dap_file.same_file(text(device), made.plan.dap_file.text)
    assert in_force(device) != before
    kinds = [item.command.split()[0] for item in made.sent if item.purpose == "file"]
    assert kinds == ["scp", "copy", "dynamic-access-policy-config", "delete"]
    # The old one is kept, the upload is not; and the file came before the configuration was saved.
    kept = [path for path in device.device.flash if "vpnphone-" in path]
    assert sorted(kept) == sorted(made.backups)
    assert len(kept) == (3 if file else 2)
    if file:
        assert dap_file.same_file(text(device, made.backups[-1]), file)
    assert made.sent[-1].command == "write memory"
    assert run(device).outcome == "nothing_to_do"


def test_without_its_approval_the_record_alone_is_made() -> None:
    device = asa()
    made = run(device, planner(PROFILE))
    assert made.outcome == "applied"
    assert made.plan.dap_file is None
    assert made.plan.withheld_file is not None
    assert text(device) == OLD
    assert "dynamic-access-policy-record Phones" in device.running


def test_without_scp_the_file_is_left_to_a_person() -> None:
    device, keeper = asa(CONFIG.replace("ssh scopy enable\n", "")), Keeper()
    planned = run(device, check=True)
    assert planned.plan.dap_file is None
    assert planned.plan.withheld_file is not None
    assert any("`ssh scopy enable` does not stand" in step.why for step in planned.plan.manual)
    # The hash is that of the plan as it is, and holds a later run to it.
    made = run(device, keeper=keeper, plan_hash=planned.plan.hash)
    assert made.outcome == "applied"
    assert text(device) == OLD
    assert run(device).outcome == "nothing_to_do"


@pytest.mark.parametrize("file", [OLD, None], ids=["a-file", "no-file"])
@pytest.mark.parametrize("kind", ["refused", "lost_before", "lost_after"])
@pytest.mark.parametrize("step", ["scp", "copy", "activate"])
def test_back_at_every_command(monkeypatch: pytest.MonkeyPatch, step: str, kind: str, file: str | None) -> None:
    device = asa(file=file)
    before = device.running, in_force(device)
    struck: list[str] = []

    def strike(name: str, session: FakeSession, act: Any) -> Any:
        if name != step or struck:
            return act()
        struck.append(name)
        if kind == "refused":
            if name == "scp":
                session.asa.device.flash["disk0:/other"] = b"x"
                return None
            return "%Error copying (No such device)\n"
        if kind == "lost_after":
            act()
        session.dead = True
        raise LOST

    put, copy, configure = FakeSession.put_file, FakeSession.copy, FakeSession.configure
    monkeypatch.setattr(FakeSession, "put_file", lambda me, path, data: strike("scp", me, lambda: put(me, path, data)))
    monkeypatch.setattr(
        FakeSession,
        "copy",
        lambda me, source, target: (
            strike("copy", me, lambda: copy(me, source, target)) if target == FILE else copy(me, source, target)
        ),
    )
    monkeypatch.setattr(
        FakeSession,
        "configure",
        lambda me, mode, line: (
            strike("activate", me, lambda: configure(me, mode, line)) if line == ACTIVATE else configure(me, mode, line)
        ),
    )
    made = run(device)
    assert struck == [step]
    assert device.running == before[0]
    # Without a file there is nothing to activate: that the selection may be in force still is told.
    left = any("may be in force up to a reload" in line for line in made.warnings)
    assert left or in_force(device) == before[1]
    assert not left or file is None
    assert dap_file.same_file(text(device), file)
    assert made.outcome == "rolled_back"
    assert device.startup == before[0]


def test_a_file_that_somebody_changes_in_between() -> None:
    device = asa()

    def meddle(asa: Asa, session: FakeSession) -> None:
        asa.device.flash[FILE] = OLD.replace("Staff", "Others").encode()

    device.after = {0: meddle}
    made = run(device)
    assert made.error["code"] == "dap_file_differs"
    # It is not ours to bring back: it never was touched.
    assert text(device) == OLD.replace("Staff", "Others")
    assert made.outcome == "partial"
    assert not any(item.stands for item in made.standing)
    assert "dynamic-access-policy-record Phones" not in device.running


def test_a_backup_that_is_gone_is_told() -> None:
    device = asa()

    def lose_backup(asa: Asa, session: FakeSession) -> str:
        for path in [path for path in asa.device.flash if path.endswith("-dap.xml") and "new" not in path]:
            del asa.device.flash[path]
        return "ERROR: it failed\n"

    steps = len(run(asa(), check=True).plan.steps)
    device.at = {steps: lose_backup}
    made = run(device)
    assert made.outcome == "partial"
    stands = {item.command: item.stands for item in made.standing}
    assert stands.pop(FILE) is True
    assert not any(stands.values())
    assert f"copy /noconfirm {made.backups[-1]} {FILE}" in made.error["todo"]


def test_a_selection_that_cannot_be_taken_back_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The old file is back, and the new one is in force: no show command tells, so it must not pass for undone."""
    device = asa()
    before = in_force(device)
    configure, seen = FakeSession.configure, list[str]()

    def once(me: FakeSession, mode: tuple[str, ...], line: str) -> str:
        if line != ACTIVATE:
            return configure(me, mode, line)
        seen.append(line)
        return configure(me, mode, line) if len(seen) == 1 else "ERROR: The command failed\n"

    monkeypatch.setattr(FakeSession, "configure", once)
    monkeypatch.setattr("ansible.module_utils.vpnphone.apply.engine.changed_outside", lambda *_: ("+ hostname x",))
    made = run(device)
    assert len(seen) == 2
    assert text(device) == OLD
    assert in_force(device) != before
    assert made.outcome == "partial"
    assert {item.command: item.stands for item in made.standing} == {
        step.command: False for step in made.plan.steps
    } | {FILE: None}
    assert f"`{ACTIVATE}`" in made.error["what"]
    assert ACTIVATE in made.error["todo"]
    assert f"all but {FILE}" in made.error["todo"]


@pytest.mark.parametrize("kind", ["short", "refused", "lost"])
def test_an_upload_does_not_stay_behind(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    device = asa()
    put, copy = FakeSession.put_file, FakeSession.copy

    def cut(me: FakeSession, path: str, data: bytes) -> None:
        put(me, path, data[:20])
        if kind == "refused":
            raise DeviceRefused("no", where="fw", todo="Look at the flash.", code="upload_failed")

    def strike(me: FakeSession, source: str, target: str) -> str:
        if target == FILE and "new" in source:
            me.dead = True
            raise LOST
        return copy(me, source, target)

    if kind == "lost":
        monkeypatch.setattr(FakeSession, "copy", strike)
    else:
        monkeypatch.setattr(FakeSession, "put_file", cut)
    made = run(device)
    assert made.outcome == "rolled_back"
    left = [path for path in device.device.flash if path.endswith("-new-dap.xml")]
    told = [line for line in made.warnings if "may still be on the flash" in line]
    assert (len(left), len(told)) == ((1, 1) if kind == "lost" else (0, 0))
    assert all(path in line for path, line in zip(left, told, strict=True))
    if kind == "refused":
        assert (made.error["code"], made.error["todo"]) == ("upload_failed", "Look at the flash.")


def test_without_a_backup_the_file_is_not_touched() -> None:
    """In a context, where other backups may be missing: a file has no inverse but its backup."""
    contexts = [{"name": "admin", "admin": True, "config": CONFIG}]
    device = Asa(config="hostname fw\n", contexts=contexts, flash={FILE: OLD})
    device.on_copy = ["ERROR: % Invalid input detected at '^' marker.\n"] * 3
    with pytest.raises(VpnPhoneError) as caught:
        run(device, context="admin")
    assert caught.value.code == "backup_failed"
    assert device.configured == []
    assert text(device) == OLD


def test_a_mate_that_does_not_show_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = {"failover": {"unit": "primary", "state": "active"}}
    assert run(asa(**pair)).warnings == ()
    run_command = FakeSession.run

    def refusing(me: FakeSession, line: str) -> str:
        return "%Error opening\n" if line.startswith("failover exec mate more") else run_command(me, line)

    monkeypatch.setattr(FakeSession, "run", refusing)
    made = run(asa(**pair))
    assert made.outcome == "applied"
    assert any("after a failover" in line for line in made.warnings)
