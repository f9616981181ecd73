"""What nodes serve and phones show, through ansible-playbook: the lab's faults, and servers that mean harm."""

from __future__ import annotations

import contextlib
import json
import resource
import socket
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.integration.conftest import Play, Played, Site, derived, running_site
from tests.unit.transport.servers import always, answer, endless, listening, request_of

CLUSTER = "lab-cucm"
GOOD, STALE, STALLED, ENDLESS, GONE, ENCRYPTED, OFF = (
    "SEP8CB64F576113",
    "SEP0062ECAB1D04",
    "SEP00CCFC9A7E31",
    "SEP70E422A1B9C8",
    "SEPB8BEBF2310D4",
    "SEP001AE2BC4F17",
    "SEP5475D0F3E206",
)
NODES = ("cucm-pub", "cucm-tftp2")
# Words that every file of the lab holds, and no report ever.
SECRETS = ("not-for-reports", "sshPassword", "phoneadmin")


def _faults(data: dict[str, Any]) -> None:
    """One ASA will do; the files go wrong, each phone's in another way."""
    data["devices"] = [device for device in data["devices"] if device["name"] == "asa-healthy"]
    data["cucm"][0]["faults"] = [
        {"kind": "stale", "phone": STALE, "node": NODES[1], "certificates": ["vpn-expiring"]},
        {"kind": "tftp_stall", "phone": STALLED, "node": NODES[0]},
        {"kind": "tftp_oversize", "phone": ENDLESS, "node": NODES[0]},
        {"kind": "absent", "phone": GONE},
        {"kind": "encrypted", "phone": ENCRYPTED},
    ]
    # A model with pages of the other family.
    next(phone for phone in data["phones"] if phone["name"] == STALE)["model"] = "8945"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("phones")
    yield from running_site(folder / "lab", derived("default.yml", folder, _faults))


class Audited(NamedTuple):
    played: Played
    phones: dict[str, dict[str, Any]]

    def files(self, phone: str) -> dict[tuple[str, str], str]:
        """Status by node and way."""
        return {(found["node"], found["via"]): found["status"] for found in self.phones[phone]["files"]}

    def details(self, phone: str, node: str) -> str:
        return " ".join(found["detail"] for found in self.phones[phone]["files"] if found["node"] == node)

    def predictions(self, moment: str) -> dict[str, tuple[str, str]]:
        """Verdict and first reason, by phone."""
        run = self.played.json("run.json")
        return {p["phone"]: (p["verdict"], p["first"]) for p in run["predictions"] if p["moment"] == moment}


def audited(played: Played) -> Audited:
    kept = played.json(f"phones/{CLUSTER}.json")
    assert kept["failure"] is None
    return Audited(played, {phone["name"]: phone for phone in kept["phones"]})


def assert_no_secret(played: Played) -> None:
    told = [played.output, *(path.read_text(encoding="utf-8") for path in played.reports.rglob("*") if path.is_file())]
    assert len(told) > 5
    for secret in SECRETS:
        assert not any(secret in text for text in told), secret


def urls_and_pins(phone: dict[str, Any], node: str, via: str) -> tuple[list[str], list[str]]:
    (found,) = [file for file in phone["files"] if (file["node"], file["via"]) == (node, via)]
    return found["vpn"]["urls"], found["vpn"]["cert_hashes"]


# --- the lab's nodes ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the answers of the run below are saved."""
    return tmp_path_factory.mktemp("captures") / "saved"


@pytest.fixture(scope="module")
def run(play: Play, site: Site, saved: Path) -> Audited:
    return audited(play(lab=site, vpnphone_file_timeout=1, gather_save_to=str(saved)))


def both(pub: tuple[str, str], sub: tuple[str, str]) -> dict[tuple[str, str], str]:
    return {(node, via): status for node, pair in zip(NODES, (pub, sub), strict=True)
            for via, status in zip(("http", "tftp"), pair, strict=True)}  # fmt: skip


OK = ("ok", "ok")


@pytest.mark.parametrize(
    ("phone", "statuses"),
    [
        (GOOD, both(OK, OK)),
        (STALE, both(OK, OK)),
        (STALLED, both(("ok", "timeout"), OK)),
        (ENDLESS, both(("too_large", "too_large"), OK)),
        (GONE, both(("absent", "absent"), ("absent", "absent"))),
        (ENCRYPTED, both(("encrypted", "encrypted"), ("encrypted", "encrypted"))),
        (OFF, both(OK, OK)),
    ],
)
def test_what_each_node_serves(run: Audited, phone: str, statuses: dict[tuple[str, str], str]) -> None:
    assert run.files(phone) == statuses
    assert all(found["detail"] for found in run.phones[phone]["files"] if found["status"] != "ok")


def test_the_vpn_group_is_the_one_of_the_cluster(run: Audited, site: Site) -> None:
    phone = run.phones[GOOD]
    for file in phone["files"]:
        assert (file["name"], file["signed"]) == (f"{GOOD}.cnf.xml.sgn", True)
        assert file["built_at"]
        assert file["vpn"]["urls"] == ["https://vpn.example.com/VPNPhone"]
        assert (file["vpn"]["auth_method"], file["vpn"]["host_id_check"], file["vpn"]["hash_alg"]) == (2, True, 0)
    assert len({file["sha256"] for file in phone["files"]}) == 1


def test_a_stale_file_on_one_node_is_seen(run: Audited) -> None:
    pub, sub = (urls_and_pins(run.phones[STALE], node, "http") for node in NODES)
    assert pub[0] == sub[0]
    assert pub[1] != sub[1]
    assert sub == urls_and_pins(run.phones[STALE], NODES[1], "tftp")


def test_no_fault_of_a_file_ends_in_connects(run: Audited) -> None:
    after = run.predictions("apply")
    for phone in (STALE, ENDLESS, GONE, ENCRYPTED):
        assert after[phone][0] == "UNKNOWN", (phone, after[phone])
    assert after[GOOD][0] == "CONNECTS"


def test_nothing_else_of_a_file_is_kept_anywhere(run: Audited) -> None:
    assert_no_secret(run.played)


# --- the phones' own pages ------------------------------------------------------------------------------------------


def test_pages_of_both_families(run: Audited) -> None:
    for phone in (GOOD, STALE):
        web = run.phones[phone]["web"]
        assert {source["status"] for source in web["sources"].values()} == {"ok"}
        texts = [message["text"] for message in web["status_messages"]]
        assert f"{phone}.cnf.xml.sgn" in texts
        assert web["network"]["TFTP Server 1"] == NODES[0]
        assert web["console_logs"]
    commands = [run.phones[phone]["web"]["sources"]["status_messages"]["command"] for phone in (GOOD, STALE)]
    assert commands == ["GET /CGI/Java/Serviceability?adapter=device.settings.status.messages", "GET /DeviceLog?2"]


def test_a_phone_that_is_off_is_not_asked(run: Audited) -> None:
    assert run.phones[OFF]["web"] is None


def test_what_is_fetched_at_a_time_is_the_same_as_one_by_one(run: Audited, play: Play, site: Site) -> None:
    again = audited(play(lab=site, vpnphone_file_timeout=1, vpnphone_phones_parallel=1))
    for phone, state in run.phones.items():
        assert [file | {"detail": ""} for file in state["files"]] == [
            file | {"detail": ""} for file in again.phones[phone]["files"]
        ]


# --- saved files ----------------------------------------------------------------------------------------------------


def test_saved_files_say_what_the_nodes_said(run: Audited, play: Play, site: Site, saved: Path) -> None:
    """Fetched by hand, as the page on saved outputs tells."""
    inventory = json.loads((site.folder / "inventory.json").read_text(encoding="utf-8"))
    for node in inventory["_meta"]["hostvars"][CLUSTER]["vpnphone_tftp_nodes"]:
        folder = saved / CLUSTER / "tftp" / node["name"]
        folder.mkdir(parents=True, exist_ok=True)
        for phone, ending in ((GOOD, ".cnf.xml.sgn"), (STALE, ".cnf.xml.sgn"), (ENCRYPTED, ".cnf.xml.enc.sgn")):
            name = phone + ending
            with urllib.request.urlopen(f"http://127.0.0.1:{node['http_port']}/{name}") as answered:
                (folder / name).write_bytes(answered.read())
    again = audited(play("-i", "localhost,", vpnphone_saved_outputs=str(saved)))
    for phone in (GOOD, STALE, ENCRYPTED):
        live = {file["node"]: (file["status"], file["sha256"]) for file in run.phones[phone]["files"]}
        assert {file["node"]: (file["status"], file["sha256"]) for file in again.phones[phone]["files"]} == live
    assert set(again.files(GONE).values()) == {"unreadable"}
    # Without an ASA's probe its own configuration tells; the stale file makes the difference as before.
    assert again.predictions("apply")[STALE][0] == "UNKNOWN"
    assert_no_secret(again.played)


# --- servers that mean harm -----------------------------------------------------------------------------------------

BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a0 "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
    + b"]><device><sshPassword>not-for-reports</sshPassword><vpnGroup><addresses><url1>&a11;</url1></addresses>"
    b"</vpnGroup></device>"
)


def _bomb(connection: socket.socket) -> None:
    """By its plain name alone: for a signed file one must know the format."""
    while request := request_of(connection):
        plain = request.split(b" ")[1].endswith(b".xml")
        connection.sendall(answer(BOMB) if plain else answer(b"", "404 Not Found"))


def _hold(connection: socket.socket) -> None:
    request_of(connection)
    connection.settimeout(None)
    connection.recv(1)


@contextlib.contextmanager
def silent_udp() -> Iterator[int]:
    """A node that takes requests by TFTP and never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


class Hostile(NamedTuple):
    audited: Audited
    # The biggest process of it, in KiB.
    memory: int


@pytest.fixture(scope="module")
def hostile(play: Play, site: Site) -> Iterator[Hostile]:
    """Six more nodes, each bad in another way, and four phones whose pages are."""
    with contextlib.ExitStack() as stack:
        http = {
            "bomb": stack.enter_context(listening(_bomb)),
            "away": stack.enter_context(listening(always(answer(b"", "302 Found", "Location: http://192.0.2.1/x")))),
            "endless": stack.enter_context(listening(endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536))),
            "hold": stack.enter_context(listening(_hold)),
        }
        with socket.create_server(("127.0.0.1", 0)) as closed:
            http["closed"] = closed.getsockname()[1]
        http["silent"] = http["closed"]
        udp = stack.enter_context(silent_udp())
        page = b"<a " * 80_000
        pages = {
            GOOD: http["away"],
            STALE: http["endless"],
            STALLED: http["hold"],
            ENDLESS: stack.enter_context(listening(always(answer(page)))),
        }
        nodes = [
            {"name": name, "host": "127.0.0.1", "http_port": port, "tftp_port": udp} for name, port in http.items()
        ]
        played = play(
            lab=site,
            vpnphone_tftp_nodes=nodes,
            vpnphone_file_timeout=1,
            vpnphone_phone_web_addresses={phone: f"127.0.0.1:{port}" for phone, port in pages.items()},
        )
        yield Hostile(audited(played), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


@pytest.mark.parametrize(
    ("node", "status", "told"),
    [
        ("bomb", "unreadable", "document type or entities"),
        ("away", "refused", "redirects to 192.0.2.1; that is not followed"),
        ("endless", "too_large", "longer than 2048 KiB"),
        ("hold", "timeout", "sent nothing for 1 s"),
        ("closed", "unreachable", "nothing listens there"),
    ],
)
def test_a_node_that_means_harm_is_a_reason(hostile: Hostile, node: str, status: str, told: str) -> None:
    for phone in hostile.audited.phones:
        assert hostile.audited.files(phone)[node, "http"] == status
        assert hostile.audited.files(phone)[node, "tftp"] == "timeout"
        assert told in hostile.audited.details(phone, node)


def test_a_node_that_never_answers_is_a_reason(hostile: Hostile) -> None:
    # Whether it is given up before the last phone asks is a matter of time: tests/unit/phones/ has it in order.
    details = [hostile.audited.details(phone, "silent") for phone in hostile.audited.phones]
    assert all("does not answer (UDP, 3 tries of 1 s)" in detail for detail in details)


def test_nothing_of_it_is_connects(hostile: Hostile) -> None:
    after = hostile.audited.predictions("apply")
    assert len(after) == 8
    assert {verdict for verdict, _first in after.values()} == {"UNKNOWN"}
    # The cluster has other nodes than those that were asked, and a phone may take its file from any of them.
    assert {after[phone][1] for phone in (GOOD, STALE)} == {"its file on cucm-pub was not asked for"}


def test_memory_stays_what_it_is(hostile: Hostile) -> None:
    """An answer without end, an exploding file, and pages made of tags: none of them is held in memory."""
    assert hostile.memory < 400 * 1024
    assert_no_secret(hostile.audited.played)


@pytest.mark.parametrize(
    ("phone", "status", "told"),
    [
        (GOOD, "refused", "redirects to 192.0.2.1; that is not followed"),
        (STALE, "incomplete", "longer than 256 KiB"),
        (STALLED, "incomplete", "sent nothing for"),
        (ENDLESS, "unreadable", "this is no page of status messages"),
    ],
)
def test_pages_that_mean_harm_are_a_reason(hostile: Hostile, phone: str, status: str, told: str) -> None:
    source = hostile.audited.phones[phone]["web"]["sources"]["status_messages"]
    assert source["status"] == status
    assert told in source["detail"]


# --- clusters that were not read ------------------------------------------------------------------------------------


def test_phones_of_a_cluster_that_was_not_read_are_not_asked(play: Play, site: Site) -> None:
    played = play(lab=site, vpnphone_axl_port=1)
    kept = json.loads((played.reports / "phones" / f"{CLUSTER}.json").read_text(encoding="utf-8"))
    assert kept["phones"] is None
    assert kept["failure"]["code"] == "connection_refused"
    assert "its phones were not asked, since the cluster was not read" in kept["failure"]["what"]


def test_threads_of_the_test_servers_end() -> None:
    assert threading.active_count() < 200
