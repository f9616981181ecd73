"""One change at a time on a device, and who holds it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from ansible.module_utils.vpnphone.apply.lock import device_lock
from ansible.module_utils.vpnphone.errors import BadInput, ChangeRefused

ADDRESS = "198.51.100.10:22"


def test_the_second_run_is_told_who_holds_it(tmp_path: Path) -> None:
    folder = tmp_path / "locks"
    with device_lock(folder, "fw", ADDRESS, run="20261124T020000Z") as path:
        told = json.loads(path.read_bytes())
        assert told["pid"] == os.getpid()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        with pytest.raises(ChangeRefused) as caught, device_lock(folder, "fw-again", ADDRESS):
            pass
        assert caught.value.code == "device_locked"
        assert f"process {os.getpid()}" in caught.value.what
        assert "run 20261124T020000Z" in caught.value.what
        assert told["who"] in caught.value.what
        # Another device is another matter, and so is another context of this one.
        with device_lock(folder, "other", "198.51.100.11:22"), device_lock(folder, "fw", f"{ADDRESS}:VPN"):
            pass
    with device_lock(folder, "fw", ADDRESS) as path:
        assert json.loads(path.read_bytes())["run"] == ""
    assert path.read_bytes() == b""


def test_it_is_free_when_its_holder_dies(tmp_path: Path) -> None:
    script = (
        "import fcntl, os, sys\n"
        "handle = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)\n"
        "fcntl.flock(handle, fcntl.LOCK_EX)\n"
        "os.write(handle, b'half a')\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with device_lock(tmp_path / "locks", "fw", ADDRESS) as path:
        pass
    held = subprocess.Popen([sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert held.stdout is not None
        assert held.stdout.readline() == b"held\n"
        with pytest.raises(ChangeRefused, match="it does not say who"), device_lock(path.parent, "fw", ADDRESS):
            pass
    finally:
        held.kill()
        held.communicate()
    with device_lock(path.parent, "fw", ADDRESS):
        pass


@pytest.mark.parametrize(
    "content", [b"[]", b'{"who": 1}', b"\xff\xfe", b'{"who": "\\u001b[2J", "pid": 1, "since": "", "run": ""}']
)
def test_whatever_stands_in_the_file(tmp_path: Path, content: bytes) -> None:
    with device_lock(tmp_path / "locks", "fw", ADDRESS) as path:
        path.write_bytes(content)
        with pytest.raises(ChangeRefused) as caught, device_lock(path.parent, "fw", ADDRESS):
            pass
        assert caught.value.code == "device_locked"
        assert "\x1b" not in str(caught.value)


def test_any_address_has_a_file_of_its_own(tmp_path: Path) -> None:
    with device_lock(tmp_path / "locks", "fw", "../../[fe80::1%25eth0]:22") as path:
        assert path.parent == tmp_path / "locks"


def test_a_directory_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    (tmp_path / "open" / "something").touch()
    (tmp_path / "open").chmod(0o755)
    with pytest.raises(BadInput), device_lock(tmp_path / "open", "fw", ADDRESS):
        pass
    # A link in place of the lock is not followed.
    with device_lock(tmp_path / "locks", "fw", ADDRESS) as path:
        pass
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput), device_lock(path.parent, "fw", ADDRESS):
        pass
    assert not (tmp_path / "elsewhere").exists()
