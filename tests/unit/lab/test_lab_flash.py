"""Files in flash: copy, delete, more, SCP, and the dap.xml that is in force."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import paramiko
import pytest
import scp

from lab.device import Device
from lab.headend import dap
from lab.testing import RunningLab, running_lab
from tests.unit.lab.lab_texts import answer

Talk = Callable[..., str]
Make = Callable[..., Device]
TEXT = "<dapRecordList>\n</dapRecordList>\n"
RECORD = """<dapRecordList><dapRecord><dapName><value>VPNPhone</value></dapName>
<dapViewsRelation><value>and</value></dapViewsRelation><dapBasicView><dapSelection>
<dapPolicy><value>match-any</value></dapPolicy><attr><name>aaa.cisco.tunnelgroup</name><value>TG</value>
<operation>EQ</operation><type>caseless</type></attr></dapSelection></dapBasicView></dapRecord></dapRecordList>
"""


def sums(data: bytes) -> dict[str, Any]:
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


# --- copy, delete, more ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["disk0:/b.xml", "flash:/b.xml", "disk0:b.xml", "b.xml"])
def test_a_file_is_copied_shown_and_deleted(make_device: Make, talk: Talk, name: str) -> None:
    device = make_device(flash={"disk0:/dap.xml": TEXT})
    text = talk(device, f"copy /noconfirm disk0:/dap.xml {name}", "more disk0:/b.xml", "dir")
    assert f"Copy in progress...C\n{len(TEXT)} bytes copied in 0.50 secs\n" in text
    assert answer(text, "more disk0:/b.xml") == TEXT
    assert "  b.xml\n" in text
    assert device.snapshot()["flash"] == {"disk0:/b.xml": sums(TEXT.encode()), "disk0:/dap.xml": sums(TEXT.encode())}
    assert answer(talk(device, f"delete /noconfirm {name}"), f"delete /noconfirm {name}") == ""
    assert list(device.snapshot()["flash"]) == ["disk0:/dap.xml"]


@pytest.mark.parametrize("which", ["running-config", "startup-config"])
def test_a_configuration_in_a_file_is_what_is_shown(make_device: Make, talk: Talk, which: str) -> None:
    device = make_device(clock={"offset": "0s"})
    talk(device, "conf t", "hostname fw", "webvpn", "port 8443", "end", f"copy /noconfirm {which} disk0:/a.cfg")
    shown = answer(talk(device, "more disk0:/a.cfg"), "more disk0:/a.cfg")
    asked = answer(talk(device, f"show {which}"), f"show {which}")
    written = [line for line in shown.splitlines() if not line.startswith((": Written", "Cryptochecksum"))]
    assert written == [line for line in asked.splitlines() if not line.startswith((": Written", "Cryptochecksum"))]
    assert (" port 8443" in written, written[-1]) == (which == "running-config", ": end")


@pytest.mark.parametrize(
    ("answers", "there"),
    [(("", ""), "disk0:/b"), (("a", "c"), "disk0:/c"), (("", "flash:/d"), "disk0:/d")],
)
def test_copy_asks_for_both_names(make_device: Make, talk: Talk, answers: tuple[str, ...], there: str) -> None:
    device = make_device(flash={"disk0:/a": "1\n"})
    text = talk(device, "copy disk0:/a disk0:/b", *answers)
    assert "\nSource filename [a]? " in text
    assert "\nDestination filename [b]? " in text
    assert set(device.flash) == {"disk0:/a", there}


@pytest.mark.parametrize(("said", "content"), [("", b"new\n"), ("y", b"new\n"), ("n", b"old\n")])
def test_what_is_there_is_only_overwritten_after_a_question(
    make_device: Make, talk: Talk, said: str, content: bytes
) -> None:
    device = make_device(flash={"disk0:/a": "new\n", "disk0:/b": "old\n"})
    text = talk(device, "copy disk0:/a disk0:/b", "", "", said)
    assert "%Warning:There is a file already existing with this name\nDo you want to over write? [confirm]" in text
    assert device.flash["disk0:/b"] == content


@pytest.mark.parametrize(("said", "left"), [(("", ""), False), (("", "n"), True), (("other", ""), True)])
def test_delete_asks(make_device: Make, talk: Talk, said: tuple[str, ...], left: bool) -> None:
    device = make_device(flash={"disk0:/a": "1\n"})
    text = talk(device, "delete disk0:/a", *said)
    assert "\nDelete filename [a]? " in text
    assert ("disk0:/a" in device.flash) is left


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("copy /noconfirm disk0:/no disk0:/b", "%Error opening disk0:/no (No such file or directory)\n"),
        ("copy /noconfirm running-config tftp://192.0.2.1/x",
         "%Error opening tftp://192.0.2.1/x (Invalid argument)\n"),
        ("copy /noconfirm running-config disk0:/", "%Error opening disk0:/ (Invalid argument)\n"),
        ("delete /noconfirm disk0:/no", "%Error deleting disk0:/no (No such file or directory)\n"),
        ("copy /noconfirm disk0:/a", "ERROR: % Incomplete command\n"),
    ],
)  # fmt: skip
def test_what_cannot_be_copied(make_device: Make, talk: Talk, line: str, expected: str) -> None:
    device = make_device(flash={"disk0:/a": "1\n"})
    assert answer(talk(device, line), line) == expected
    assert device.flash == {"disk0:/a": b"1\n"}


# --- DAP --------------------------------------------------------------------------------------------------------------


def selected(device: Device) -> tuple[str, ...]:
    return dap.decide(device, device.contexts[""], {"aaa.cisco.tunnelgroup": "tg"}).selected


def test_a_new_file_counts_from_its_activation_on(make_device: Make, talk: Talk) -> None:
    config = "dynamic-access-policy-record DfltAccessPolicy\n action terminate\ndynamic-access-policy-record VPNPhone\n"
    device = make_device(config=config, trustpoints={}, flash={"disk0:/dap.xml": TEXT, "disk0:/new.xml": RECORD})
    assert (selected(device), device.snapshot()["dap_active"]) == (("DfltAccessPolicy",), sums(TEXT.encode()))
    talk(device, "copy /noconfirm disk0:/dap.xml disk0:/old.xml", "copy /noconfirm disk0:/new.xml disk0:/dap.xml")
    assert selected(device) == ("DfltAccessPolicy",)
    text = talk(device, "conf t", "dynamic-access-policy-config activate")
    assert answer(text, "dynamic-access-policy-config activate", "fw(config)# ") == ""
    assert (selected(device), device.snapshot()["dap_active"]) == (("VPNPhone",), sums(RECORD.encode()))
    talk(device, "copy /noconfirm disk0:/old.xml disk0:/dap.xml", "conf t", "dynamic-access-policy-config activate")
    assert selected(device) == ("DfltAccessPolicy",)


@pytest.mark.parametrize(
    ("flash", "expected"),
    [
        ({}, "ERROR: Unable to open disk0:/dap.xml\n"),
        ({"disk0:/bad.xml": "<dapRecordList>"}, "ERROR: disk0:/dap.xml cannot be parsed\n"),
        ({"disk0:/bad.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}, "ERROR: disk0:/dap.xml cannot be parsed\n"),
    ],
)
def test_what_cannot_be_activated_changes_nothing(
    make_device: Make, talk: Talk, flash: dict[str, str], expected: str
) -> None:
    config = "dynamic-access-policy-record VPNPhone\n"
    device = make_device(config=config, trustpoints={}, flash={"disk0:/dap.xml": RECORD, **flash})
    first = "copy /noconfirm disk0:/bad.xml disk0:/dap.xml" if flash else "delete /noconfirm disk0:/dap.xml"
    text = talk(device, first, "conf t", "dynamic-access-policy-config activate")
    assert answer(text, "dynamic-access-policy-config activate", "fw(config)# ") == expected
    assert selected(device) == ("VPNPhone",)


# --- SCP --------------------------------------------------------------------------------------------------------------

SITE: dict[str, Any] = {
    "name": "t",
    "devices": [
        {"name": "takes", "config": "hostname takes\nssh scopy enable\n", "flash": {"disk0:/old": "old\n"}},
        {"name": "does-not", "config": "hostname does-not\n"},
        {"name": "low", "config": "ssh scopy enable\n", "users": [{"name": "a", "password": "b", "privilege": 5}]},
        {"name": "legacy", "config": "ssh scopy enable\n", "version": "9.1(1)", "ssh": "legacy"},
    ],
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    with running_lab(SITE, tmp_path_factory.mktemp("scp") / "lab") as running:
        yield running


@pytest.fixture
def takes(lab: RunningLab) -> Iterator[RunningLab]:
    lab.reset("takes")
    yield lab
    lab.reset("takes")


def connect(lab: RunningLab, name: str) -> paramiko.SSHClient:
    host = lab.hosts[name]
    client = paramiko.SSHClient()
    client.load_host_keys(str(host.known_hosts))
    client.connect(host.host, host.port, host.user, host.password, look_for_keys=False, allow_agent=False)
    return client


def put(lab: RunningLab, name: str, path: str, data: bytes) -> None:
    with connect(lab, name) as client:
        transport = client.get_transport()
        assert transport is not None
        with scp.SCPClient(transport, socket_timeout=30) as copier:
            copier.putfo(io.BytesIO(data), path)


@pytest.mark.parametrize("data", [b"", b"<x/>\n", bytes(range(256)) * 400])
@pytest.mark.parametrize("path", ["disk0:/vpnphone-1a2b3c4d-dap.xml", "flash:/vpnphone-1a2b3c4d-dap.xml"])
def test_an_upload_is_kept_byte_for_byte(takes: RunningLab, path: str, data: bytes) -> None:
    put(takes, "takes", path, data)
    assert takes.device("takes").flash["disk0:/vpnphone-1a2b3c4d-dap.xml"] == data
    assert takes.state("takes")["flash"]["disk0:/vpnphone-1a2b3c4d-dap.xml"] == sums(data)


def test_a_file_can_be_fetched(takes: RunningLab, tmp_path: Any) -> None:
    with connect(takes, "takes") as client:
        transport = client.get_transport()
        assert transport is not None
        with scp.SCPClient(transport, sanitize=False) as copier:
            copier.get("disk0:/old", str(tmp_path / "old"))
            with pytest.raises(scp.SCPException, match="No such file"):
                copier.get("disk0:/none", str(tmp_path / "none"))
    assert (tmp_path / "old").read_bytes() == b"old\n"


@pytest.mark.parametrize("name", ["does-not", "low"])
def test_without_scopy_or_privilege_there_is_no_channel(lab: RunningLab, name: str) -> None:
    with pytest.raises(paramiko.SSHException):
        put(lab, name, "disk0:/x", b"x")
    assert lab.state(name)["flash"] == {}
    assert lab.state(name)["sessions"] <= 1


@pytest.mark.parametrize("command", ["show version", "scp -r -t disk0:/", "scp -tf x", "scp", "scp -t 'x", "sftp"])
def test_no_other_command_is_executed(takes: RunningLab, command: str) -> None:
    with connect(takes, "takes") as client, pytest.raises(paramiko.SSHException):
        client.exec_command(command)


@pytest.mark.parametrize(
    ("line", "message"), [(b"C0644 99999999999 x\n", "protocol error"), (b"C0644 999999999 x\n", "No space left"),
                          (b"D0755 0 dir\n", "protocol error"), (b"\xff\xfe\n", "protocol error"), (b"", "")],
)  # fmt: skip
def test_a_client_that_does_not_keep_to_the_protocol(takes: RunningLab, line: bytes, message: str) -> None:
    with connect(takes, "takes") as client:
        stdin, stdout, _ = client.exec_command("scp -t disk0:/x")
        assert stdout.read(1) == b"\0"
        stdin.write(line)
        stdin.channel.shutdown_write()
        said = stdout.read()
        assert message in said.decode("utf-8", "replace")
        assert stdout.channel.recv_exit_status() == 1
    assert "disk0:/x" not in takes.device("takes").flash


@pytest.mark.parametrize(
    ("fault", "kept"),
    [
        ({"kind": "refuse", "text": "disk0:/x: No space left on device"}, None),
        ({"kind": "drop_before"}, None),
        ({"kind": "drop"}, None),
        ({"kind": "drop_after"}, b"123456\n"),
    ],
)
def test_uploads_that_fail(takes: RunningLab, fault: dict[str, Any], kept: bytes | None) -> None:
    takes.add_fault("takes", command="^scp -t disk0:/x$", **fault)
    with pytest.raises((scp.SCPException, paramiko.SSHException, EOFError, OSError)) as failure:
        put(takes, "takes", "disk0:/x", b"123456\n")
    assert fault.get("text", "") in str(failure.value)
    assert takes.device("takes").flash.get("disk0:/x") == kept


def test_an_upload_that_is_cut_short_without_a_word(takes: RunningLab) -> None:
    takes.add_fault("takes", kind="truncate", command="^scp -t")
    put(takes, "takes", "disk0:/x", b"123456")
    assert takes.device("takes").flash["disk0:/x"] == b"1234"


def test_the_log_tells_of_uploads(takes: RunningLab) -> None:
    put(takes, "takes", "disk0:/logged", b"x")
    entries = [json.loads(line) for line in (takes.directory / "log").read_text().splitlines()]
    mine = [entry for entry in entries if entry.get("command") == "scp -t disk0:/logged"]
    assert [(entry["event"], entry["granted"]) for entry in mine] == [("scp", True)]
