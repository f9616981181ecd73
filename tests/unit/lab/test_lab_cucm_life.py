"""The cluster within the lab: directory, inventory, state, status, and an end that leaves nothing."""

from __future__ import annotations

import contextlib
import json
import socket
from pathlib import Path
from typing import Any

import pytest
import requests

from lab import daemon
from lab.testing import RunningLab, running_lab
from tests.unit.lab.cucm_kit import PHONE, Client, site


def sockets() -> set[str]:
    """Open sockets of this process, by their inodes."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(str(entry.readlink()))
    return {name for name in found if name.startswith("socket:")}


def test_it_starts_and_stops_and_leaves_no_socket(tmp_path: Path) -> None:
    before = sockets()
    with running_lab(site(faults=[{"kind": "axl_hang", "operation": "getPhone"}]), tmp_path / "lab") as lab:
        client = Client(lab)
        ports = [client.vars[f"vpnphone_{name}_port"] for name in ("axl", "platform", "os")]
        ports += [node["http_port"] for node in client.vars["vpnphone_tftp_nodes"]]
        assert len(sockets() - before) > len(ports)
        # Clients that are still there at the end: idle, waiting for an answer, in the middle of a transfer.
        assert client.axl("getCCMVersion").status == 200
        open_ones = [socket.create_connection(("127.0.0.1", port), timeout=60) for port in ports]
        with pytest.raises(requests.exceptions.ReadTimeout):
            client.raw("getPhone", timeout=(60, 0.1))
        transfer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        transfer.settimeout(60)
        request = f"\0\1{PHONE}.cnf.xml.sgn\0octet\0".encode()
        transfer.sendto(request, ("127.0.0.1", client.node("cucm-pub")["tftp_port"]))
        transfer.recvfrom(1000)
    for connection in (*open_ones, transfer):
        connection.close()
    client.session.close()
    assert sockets() <= before
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=60)


@pytest.mark.parametrize("key", ["axl_port", "platform_port", "os_port", "http_port", "tftp_port"])
def test_a_taken_port_stops_the_start_and_leaves_no_socket(tmp_path: Path, key: str) -> None:
    before = sockets()
    kind = socket.SOCK_DGRAM if key == "tftp_port" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        nodes = [{"name": "cucm-pub"}, {"name": "cucm-tftp2"}]
        changes: dict[str, Any] = {"nodes": [{**nodes[0], key: port}, nodes[1]]} if key[0] in "ht" else {key: port}
        with pytest.raises(OSError, match="in use"), running_lab(site(**changes), tmp_path / "lab"):
            pass
    assert sockets() <= before


def test_fixed_ports_are_used(tmp_path: Path) -> None:
    with contextlib.ExitStack() as held:
        free = [held.enter_context(socket.socket()) for _ in range(2)]
        for one in free:
            one.bind(("127.0.0.1", 0))
        axl, http = (one.getsockname()[1] for one in free)
    nodes = [{"name": "cucm-pub", "http_port": http}, {"name": "sub", "tftp": False}]
    with running_lab(site(axl_port=axl, nodes=nodes), tmp_path / "lab") as lab:
        known = Client(lab).vars
        assert known["vpnphone_axl_port"] == axl
        # A node that serves no files is none of these.
        assert [(node["name"], node["http_port"]) for node in known["vpnphone_tftp_nodes"]] == [("cucm-pub", http)]


def test_inventory_and_directory(tmp_path: Path) -> None:
    with running_lab(site(vars={"vpnphone_os_port": 22, "colour": "red"}), tmp_path / "lab") as lab:
        folder = lab.directory
        inventory = json.loads((folder / "inventory.json").read_text())
        assert inventory["cucm"] == {"hosts": ["lab-cucm"]}
        assert inventory["asa"] == {"hosts": ["fw"]}
        known = inventory["_meta"]["hostvars"]["lab-cucm"]
        assert known == Client(lab).vars
        # Variables of the scenario win.
        assert (known["vpnphone_os_port"], known["colour"]) == (22, "red")
        assert known["vpnphone_cucm_ca_file"] == str(folder / "cucm-ca.pem")
        assert [node["name"] for node in known["vpnphone_tftp_nodes"]] == ["cucm-pub", "cucm-tftp2"]
        for file in ("cucm-ca.pem", "keys/lab-cucm.pem", "keys/lab-cucm.key", "state/lab-cucm.json"):
            assert (folder / file).stat().st_mode & 0o777 == 0o600
        assert (folder / "known_hosts").read_text().count("ssh-ed25519") == 2


def read(lab: RunningLab) -> Any:
    lab.inside(lambda: None)
    return json.loads((lab.directory / "state" / "lab-cucm.json").read_text())


def test_the_file_with_the_state_follows(tmp_path: Path) -> None:
    with running_lab(site(), tmp_path / "lab") as lab:
        assert len(read(lab)["phones"][PHONE]["files"]["cucm-pub"]["pins"]) == 2
        lab.inside(lambda: lab.cluster("lab-cucm").delete("Phone-VPN-trust", "Root_CA.pem"))
        Client(lab).axl("applyPhone", f"<name>{PHONE}</name>")
        told = read(lab)
        assert len(told["phones"][PHONE]["files"]["cucm-pub"]["pins"]) == 1
        assert list(told["trust"]["Phone-VPN-trust"]) == ["vpn.example.com.pem"]
        assert "rehearse-" not in json.dumps(told)


def test_no_password_gets_into_the_log(tmp_path: Path) -> None:
    with running_lab(site(), tmp_path / "lab") as lab:
        client = Client(lab)
        client.axl("getCCMVersion")
        client.rest("GET", "snapshot/server")
        lines = [json.loads(line) for line in (lab.directory / "log").read_text().splitlines()]
    requested = [(line["path"], line.get("action")) for line in lines if line["event"] == "request"]
    assert requested == [
        ("/axl/", "CUCM:DB ver=14.0 getCCMVersion"),
        ("/platformcom/api/v1/certmgr/config/snapshot/server", None),
    ]
    assert "rehearse-" not in repr(lines)
    assert "Basic" not in repr(lines)


def test_the_background_lab_knows_its_clusters(tmp_path: Path) -> None:
    file = tmp_path / "site.json"
    # YAML takes JSON as it is.
    file.write_text(json.dumps(site(faults=[{"kind": "ris_503"}], export="unrestricted")))
    folder = tmp_path / "lab"
    told = daemon.start(file, folder)
    try:
        line = next(line for line in told.splitlines() if line.startswith("lab-cucm "))
        assert "CUCM 14.0.1.13900-155, 2 nodes, 3 phones, export unrestricted, faults: ris_503" in line
        answer = daemon.status(folder)
        assert answer is not None
        assert answer["clusters"]["lab-cucm"]["requests"] == 0
    finally:
        daemon.stop(folder)
    assert not folder.exists()
