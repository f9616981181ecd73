"""The controller's disk is full, from any moment of a switch on: told clearly, nothing lost, gone on with later."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable

import pytest
from ansible.module_utils.vpnphone.errors import BadInput, VpnPhoneError
from ansible.module_utils.vpnphone.model import Probe
from ansible.module_utils.vpnphone.renewal.flow import StageReturned

from tests.unit.renewal_switch.kit import USERS, Renewal, SwitchSession

BIND, BACK, DISARM = (
    "ssl trust-point NEW outside",
    "ssl trust-point OLD outside",
    "no event manager applet VPNPHONE-RETURN",
)
ARM = "event timer countdown time 1800"
LOGOFF = f"vpn-sessiondb logoff name {USERS[0]} noconfirm"
FULL = "No space left on device"


class Disk:
    """As files.py sees it: what is written does not reach it while it is full."""

    full = False

    def fsync(self, handle: int) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fill(self, _session: SwitchSession) -> None:
        self.full = True


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    found = Disk()
    monkeypatch.setattr(os, "fsync", found.fsync)
    return found


def test_full_before_the_plan(renewal: Renewal, disk: Disk) -> None:
    disk.full = True
    error = renewal.refused(plan=True)
    assert error.code == "file_unwritable"
    assert FULL in error.what and "space" in error.todo
    assert renewal.asa.sent == []


def test_full_before_the_first_step(renewal: Renewal, disk: Disk) -> None:
    token = renewal.run(check=True)["token"]
    disk.full = True
    with pytest.raises(BadInput) as caught:
        renewal.run(approval=token)
    assert caught.value.code == "file_unwritable"
    assert renewal.asa.sent == []
    disk.full = False
    assert renewal.run(approval=token)["outcome"] == "done"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("command", "step", "stands"),
    [
        (ARM, "arm", ()),
        (BIND, "bind", ("arm",)),
        (LOGOFF, "canary", ("arm", "bind", "probe")),
        (DISARM, "disarm", ("arm", "bind", "probe", "canary", "watch")),
        ("write memory", "save", ("arm", "bind", "probe", "canary", "watch", "disarm")),
    ],
)
def test_full_in_the_middle(
    renewal: Renewal, disk: Disk, command: str, step: str, stands: tuple[str, ...], when: str
) -> None:
    getattr(renewal.asa, when)[command] = disk.fill
    error = renewal.refused()
    assert error.code == "file_unwritable"
    assert FULL in error.what
    assert f"Begun, and to be read from the device: {step}." in error.what
    assert (f"Done before it, and standing: {', '.join(stands)}." in error.what) == bool(stands)
    assert "same command again" in error.todo
    assert renewal.status == "running"
    # Whatever is bound, a reload returns; and until it is not needed any more so does the dead man.
    assert renewal.asa.armed or step in ("disarm", "save")
    disk.full = False
    getattr(renewal.asa, when).clear()
    assert renewal.run()["outcome"] == "done"
    assert renewal.asa.bound == renewal.asa.saved == ["NEW"]
    assert renewal.asa.is_clean


def test_full_when_the_switch_must_return(renewal: Renewal, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Phones come before the journal."""
    look = renewal.probe

    def probe(urls: Iterable[str]) -> tuple[Probe, ...]:
        if BIND in renewal.asa.sent and BACK not in renewal.asa.sent:
            disk.full = True
            renewal.shown = {"7962G": "old"}
        else:
            renewal.shown = {}
        return look(urls)

    monkeypatch.setattr(renewal, "probe", probe)
    error = renewal.refused()
    assert isinstance(error, StageReturned)
    assert error.code == "probe_differs"
    assert "OLD is bound to outside again, read back." in error.what
    assert FULL in error.what
    assert renewal.asa.bound == ["OLD"]
    assert not renewal.asa.armed
    assert renewal.status == "running"
    disk.full = False
    closed = renewal.refused_again()
    assert isinstance(closed, StageReturned)
    assert renewal.status == "returned"
    assert renewal.asa.bound == renewal.asa.saved == ["OLD"]


@pytest.mark.parametrize("command", [BACK, "write memory"])
def test_full_in_a_rollback(renewal: Renewal, disk: Disk, command: str) -> None:
    renewal.approved()
    token = renewal.run(check=True, stage="rollback")["token"]
    renewal.asa.after[command] = disk.fill
    with pytest.raises(VpnPhoneError) as caught:
        renewal.run(approval=token, stage="rollback")
    assert caught.value.code == "file_unwritable"
    assert "Begun, and to be read from the device: " in caught.value.what
    assert renewal.asa.bound == ["OLD"]
    disk.full = False
    renewal.asa.after.clear()
    assert renewal.run(approval=token, stage="rollback")["outcome"] == "rolled_back"
    assert renewal.asa.saved == ["OLD"]
