"""Many phones, a few nodes, many threads: what is asked of whom, and when a node is given up."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from ansible.module_utils.vpnphone import gather_phones
from ansible.module_utils.vpnphone.errors import BadInput, DeviceRefused, DeviceUnreachable, VpnPhoneError
from ansible.module_utils.vpnphone.gather_phones import FEW_PHONES, PATIENCE, SAMPLE, Asked, Node, Via, Way, ask_phones
from ansible.module_utils.vpnphone.model import ServedFile, VpnGroupConfig
from ansible.module_utils.vpnphone.transport.node_files import FileAbsent, FileLimits

CONTENT = b"<device><vpnGroup><addresses><url1>https://vpn.example.com/P</url1></addresses></vpnGroup></device>"
VPN = VpnGroupConfig(urls=("https://vpn.example.com/P",))
NODES = (Node("pub", "192.0.2.1"), Node("sub", "192.0.2.2"))
Answer = bytes | VpnPhoneError
# What a node answers for a file's name.
Behave = Callable[[str], Answer]


def phones(count: int) -> list[str]:
    return [f"SEP{number:012X}" for number in range(1, count + 1)]


def plain(name: str) -> Answer:
    """A node with the plain file of every phone."""
    return CONTENT if name.endswith(".cnf.xml") else FileAbsent("no file")


def dead(name: str) -> Answer:
    return DeviceUnreachable("nobody listens at pub", code="connection_refused")


def silent(name: str) -> Answer:
    return DeviceUnreachable("does not answer", code="timeout_connect")


class Site:
    """Nodes that behave as told; remembers who was asked what."""

    def __init__(self, behave: dict[tuple[str, Way], Behave] | None = None) -> None:
        self.behave = behave or {}
        self.asked: list[tuple[str, Way, str]] = []
        self.opened: list[_Fetcher] = []
        self.lock = threading.Lock()

    def open(self, node: Node, way: Way, limits: FileLimits) -> _Fetcher:
        fetcher = _Fetcher(self, node.name, way)
        with self.lock:
            self.opened.append(fetcher)
        return fetcher

    def ask(self, wanted: list[str], nodes: tuple[Node, ...] = NODES, via: Via = "auto", parallel: int = 4) -> Asked:
        return ask_phones("cucm", wanted, nodes, via=via, parallel=parallel, opened=self.open)

    def counted(self) -> Counter[tuple[str, Way]]:
        """Phones that were asked for, by node and way."""
        return Counter((node, way) for node, way, _phone in {(n, w, name[:15]) for n, w, name in self.asked})


class _Fetcher:
    def __init__(self, site: Site, node: str, way: Way) -> None:
        self.site, self.node, self.way = site, node, way
        self.threads: set[int] = set()
        self.closed = 0

    def get(self, name: str) -> bytes:
        self.threads.add(threading.get_ident())
        with self.site.lock:
            self.site.asked.append((self.node, self.way, name))
        answer = self.site.behave.get((self.node, self.way), plain)(name)
        if isinstance(answer, VpnPhoneError):
            raise answer
        return answer

    def close(self) -> None:
        self.closed += 1


def files(asked: Asked, number: int = 0) -> list[tuple[str, str, str]]:
    return [(found.node, found.via, found.status) for found in asked.phones[number].files]


# --- which way ------------------------------------------------------------------------------------------------------

BOTH = [("pub", "http", "ok"), ("pub", "tftp", "ok"), ("sub", "http", "ok"), ("sub", "tftp", "ok")]


@pytest.mark.parametrize(
    ("via", "expected"),
    [
        ("auto", BOTH),
        ("both", BOTH),
        ("http", [("pub", "http", "ok"), ("sub", "http", "ok")]),
        ("tftp", [("pub", "tftp", "ok"), ("sub", "tftp", "ok")]),
    ],
)
def test_the_way_that_is_asked_for(via: Via, expected: list[tuple[str, str, str]]) -> None:
    asked = Site().ask(phones(3), via=via)
    assert [phone.name for phone in asked.phones] == phones(3)
    assert {phone.cucm for phone in asked.phones} == {"cucm"}
    for number in range(3):
        assert files(asked, number) == expected
        assert {found.vpn for found in asked.phones[number].files} == {VPN}


@pytest.mark.parametrize(("count", "by_tftp"), [(FEW_PHONES, FEW_PHONES), (FEW_PHONES + 1, SAMPLE)])
def test_many_phones_are_asked_by_tftp_as_a_sample(count: int, by_tftp: int) -> None:
    site = Site()
    asked = site.ask(phones(count))
    assert site.counted() == Counter(
        {("pub", "http"): count, ("sub", "http"): count, ("pub", "tftp"): by_tftp, ("sub", "tftp"): by_tftp}
    )
    assert ("sample" in asked.how) is (count > FEW_PHONES)


def test_what_http_fails_at_is_asked_by_tftp() -> None:
    site = Site({("sub", "http"): dead})
    asked = site.ask(phones(200))
    assert site.counted()["sub", "tftp"] == 200
    assert site.counted()["pub", "tftp"] == SAMPLE
    assert {found.status for phone in asked.phones for found in phone.files if found.via == "tftp"} == {"ok"}


def test_an_absent_file_is_an_answer_and_no_failure() -> None:
    site = Site({("pub", "http"): lambda name: FileAbsent("no")})
    asked = site.ask(phones(200))
    assert site.counted()["pub", "tftp"] == SAMPLE
    assert not any(door.given_up for door in asked.doors)


# --- which file -----------------------------------------------------------------------------------------------------


def test_names_are_tried_in_the_order_of_phones() -> None:
    site = Site()
    site.ask(["SEP0000000000AA"], NODES[:1], "http")
    assert [name for _node, _way, name in site.asked] == ["SEP0000000000AA.cnf.xml.sgn", "SEP0000000000AA.cnf.xml"]
    site = Site({("pub", "http"): lambda name: FileAbsent("no")})
    asked = site.ask(["SEP0000000000AA"], NODES[:1], "http")
    assert [name for _node, _way, name in site.asked][2:] == ["SEP0000000000AA.cnf.xml.enc.sgn"]
    found = asked.phones[0].files[0]
    assert (found.status, found.name) == ("absent", "SEP0000000000AA.cnf.xml.sgn")


def test_a_file_that_was_read_has_its_hash() -> None:
    found = Site().ask(["SEP0000000000AA"], NODES[:1], "http").phones[0].files[0]
    assert found == ServedFile(
        node="pub",
        via="http",
        name="SEP0000000000AA.cnf.xml",
        status="ok",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        vpn=VPN,
    )


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DeviceUnreachable("x", code="connection_refused"), "unreachable"),
        (DeviceUnreachable("x", code="name_unknown"), "unreachable"),
        (DeviceUnreachable("x", code="timeout_connect"), "timeout"),
        (DeviceUnreachable("x", code="timeout_command"), "timeout"),
        (DeviceRefused("x", code="answer_too_long"), "too_large"),
        (DeviceRefused("x", code="http_forbidden"), "refused"),
        (DeviceRefused("x", code="http_redirect"), "refused"),
        (DeviceRefused("x", code="tftp_failed"), "refused"),
    ],
)
def test_every_failure_is_a_status_with_its_reason(error: VpnPhoneError, status: str) -> None:
    asked = Site({("pub", "http"): lambda name: error}).ask(["SEP0000000000AA"], NODES[:1], "http")
    assert files(asked) == [("pub", "http", status)]
    assert asked.phones[0].files[0].detail == "x"


def test_a_fault_of_the_reader_costs_the_file_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes, name: str, seen: object) -> None:
        raise RecursionError("CANARY")

    monkeypatch.setattr(gather_phones, "read_cnf", broken)
    found = Site().ask(["SEP0000000000AA"], NODES[:1], "http").phones[0].files[0]
    assert (found.status, found.detail) == ("unreadable", "the reader failed (RecursionError)")


# --- a node that is down --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parallel", [1, 16])
@pytest.mark.parametrize(("behave", "status"), [(dead, "unreachable"), (silent, "timeout")])
def test_a_node_that_is_down_is_given_up(parallel: int, behave: Behave, status: str) -> None:
    site = Site({("pub", "http"): behave})
    asked = site.ask(phones(500), via="http", parallel=parallel)
    # As many as were on their way when it was given up.
    assert PATIENCE <= site.counted()["pub", "http"] < PATIENCE + parallel
    assert site.counted()["sub", "http"] == 500
    for number in range(500):
        assert files(asked, number) == [("pub", "http", status), ("sub", "http", "ok")]
    last = asked.phones[-1].files[0]
    assert last.detail.startswith("not asked: the node was given up after 3 failures in a row (")
    pub, sub = asked.doors
    assert (pub.counts, sub.counts) == ({status: 500}, {"ok": 500})
    assert pub.given_up and not sub.given_up


def test_failures_of_single_phones_do_not_cost_the_node() -> None:
    def sometimes(name: str) -> Answer:
        return silent(name) if int(name[3:15], 16) % PATIENCE else plain(name)

    site = Site({("pub", "http"): sometimes})
    asked = site.ask(phones(90), NODES[:1], "http", parallel=1)
    assert site.counted()["pub", "http"] == 90
    assert asked.doors[0].counts == {"ok": 30, "timeout": 60}
    assert not asked.doors[0].given_up


def test_both_ways_of_a_node_are_given_up_apart() -> None:
    asked = Site({("pub", "tftp"): silent}).ask(phones(20), NODES[:1])
    assert [bool(door.given_up) for door in asked.doors] == [False, True]
    assert [phone.files[0].status for phone in asked.phones] == ["ok"] * 20


# --- threads --------------------------------------------------------------------------------------------------------


def test_each_thread_has_its_own_connection_and_all_are_closed() -> None:
    site = Site()
    site.ask(phones(300), via="http", parallel=8)
    assert 2 <= len(site.opened) <= 16
    assert all(len(fetcher.threads) <= 1 for fetcher in site.opened)
    assert [fetcher.closed for fetcher in site.opened] == [1] * len(site.opened)


def test_connections_are_closed_when_something_breaks() -> None:
    def fail(name: str) -> Answer:
        raise MemoryError

    site = Site({("pub", "http"): fail})
    with pytest.raises(MemoryError):
        site.ask(phones(3), via="http")
    assert all(fetcher.closed == 1 for fetcher in site.opened)


def test_nobody_to_ask() -> None:
    assert Site().ask([]).phones == ()
    asked = Site().ask(phones(2), ())
    assert [phone.files for phone in asked.phones] == [(), ()]


@pytest.mark.parametrize("node", [Node("n", "no host"), Node("n", "192.0.2.1", http_port=0), Node("n", "h/x")])
def test_a_node_that_is_none_is_told_before_anybody_is_asked(node: Node) -> None:
    with pytest.raises(BadInput):
        ask_phones("cucm", phones(2), [node])


@pytest.mark.parametrize("address", ["", "a b", "a:b", "http://a", "[::1"])
def test_an_address_of_pages_that_is_none(address: str) -> None:
    with pytest.raises(BadInput, match="no address"):
        ask_phones("cucm", phones(1), (), web={phones(1)[0]: address})
