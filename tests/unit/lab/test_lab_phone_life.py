"""Phones over time: rebinding, Apply Config, a restart of the ASA, lost tunnels, registration, several gateways."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lab import certs
from lab.certs import Cert
from lab.cucm.cluster import Cluster
from lab.phone import fetch
from lab.phone.fleet import NoSuchPhone
from lab.scenario import ScenarioError, from_data
from lab.testing import RunningLab, running_lab
from tests.unit.lab.phone_site import CERTIFICATES, Case, phone_of, scenario, url_of
from tests.unit.lab.tls_client import port_of, shake

CASES = {
    "one": Case(),
    "two": Case(pins=("vpn", "renewed")),
    "away": Case(phone={"holds": ["stranger"]}),
    "campus": Case(phone={"holds": ["stranger"], "onsite": True}),
    "off": Case(phone={"online": False}),
    "stalls": Case(fault={"kind": "encrypted"}),
}
GATE = "group-url https://gate.example.org/Phones enable"
ONE, TWO, AWAY, CAMPUS, OFF = (phone_of(CASES, name) for name in ("one", "two", "away", "campus", "off"))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[RunningLab]:
    with running_lab(scenario(CASES), tmp_path / "lab") as found:
        yield found


def bind(site: RunningLab, name: str, trustpoint: str) -> None:
    site.type(name, "configure terminal", f"ssl trust-point {trustpoint} outside")


def reason(site: RunningLab, phone: str) -> str:
    return site.connect_phones([phone])[phone].reason


def test_rebinding_locks_out_and_rebinding_back_lets_in(site: RunningLab) -> None:
    bind(site, "one", "RENEWED")
    # What is up stays up: the certificate is looked at when a phone connects.
    assert site.phone(ONE).connected
    assert reason(site, ONE) == "pin"
    assert not site.phone(ONE).connected
    assert site.state("one")["vpn_sessions"] == []
    bind(site, "one", "VPN")
    assert reason(site, ONE) == "ok"
    assert len(site.state("one")["vpn_sessions"]) == 1


def test_both_hashes_in_the_file_survive_the_change(site: RunningLab) -> None:
    """F-072 to F-073: the staged renewal."""
    assert reason(site, TWO) == "ok"
    bind(site, "two", "RENEWED")
    assert reason(site, TWO) == "ok"
    site.type("two", "configure terminal", "no ssl trust-point RENEWED outside")
    assert reason(site, TWO) == "pin"


def test_apply_reaches_those_that_are_connected_or_on_site(site: RunningLab) -> None:
    before = site.outcomes()
    assert [before[name].reason for name in (AWAY, CAMPUS, OFF)] == ["pin", "pin", "offline"]
    after = site.apply_phones()
    assert [after[name].reason for name in (ONE, AWAY, CAMPUS, OFF)] == ["ok", "pin", "ok", "offline"]
    assert site.phone(CAMPUS).status.lines()[-1].endswith(f" {CAMPUS}.cnf.xml.sgn")
    assert site.phone(AWAY).status.lines() == ()


def test_a_wrong_file_is_a_lock_out_that_no_second_apply_heals(site: RunningLab) -> None:
    cluster = site.cluster("cucm")
    cluster.gateways["one"].certificates = cluster.gateways["two"].certificates[1:]
    cluster.touch()
    # Not built into the phone's file yet.
    assert site.apply_phones([ONE])[ONE].reason == "ok"
    site.inside(lambda: cluster.apply(ONE))
    site.settle()
    assert site.outcomes([ONE])[ONE].reason == "pin"
    cluster.gateways["one"].certificates = cluster.gateways["two"].certificates[:1]
    site.inside(lambda: cluster.apply(ONE))
    site.settle()
    # Nobody reaches it any more.
    assert site.outcomes([ONE])[ONE].reason == "pin"


def test_registration_follows_the_tunnel(site: RunningLab) -> None:
    cluster = site.cluster("cucm")
    assert cluster.registered(ONE) == "10.10.10.10"
    assert cluster.registered(AWAY) == cluster.registered(OFF) == ""
    assert cluster.registered(CAMPUS) == "10.250.0.4"
    bind(site, "one", "RENEWED")
    site.connect_phones([ONE])
    assert cluster.registered(ONE) == ""
    assert [entry.status for entry in cluster.registrations(ONE)] == ["UnRegistered"]
    site.apply_phones([CAMPUS])
    assert cluster.registered(CAMPUS) == "10.10.10.10"


def test_an_encrypted_file_is_no_obstacle_for_the_phone_itself(site: RunningLab) -> None:
    assert site.outcomes()[phone_of(CASES, "stalls")].reason == "ok"


def test_a_session_that_the_asa_ends_is_gone_for_the_phone(site: RunningLab) -> None:
    site.device("one").contexts[""].sessions = ()
    assert not site.phone(ONE).connected
    assert site.apply_phones([ONE])[ONE].reason == "ok"
    assert site.state("one")["vpn_sessions"] == []


def test_a_session_that_was_left_behind_makes_room(tmp_path: Path) -> None:
    """vpn-simultaneous-logins: the oldest session of the same user goes."""
    cases = {"again": Case(policy=("vpn-tunnel-protocol ssl-client", "vpn-simultaneous-logins 1"))}
    user = f"CP-7962G-{phone_of(cases, 'again')}"
    data = scenario(cases)
    data["devices"][0]["sessions"] = [{"user": user, "assigned_ip": "10.10.10.10"}]
    with running_lab(data, tmp_path / "lab") as site:
        sessions = site.state("again")["vpn_sessions"]
    assert [session["user"] for session in sessions] == [user]


def test_names_are_checked(site: RunningLab) -> None:
    with pytest.raises(NoSuchPhone, match="no phone of this lab is named SEP000000000000"):
        site.connect_phones(["SEP000000000000"])
    assert site.connect_phones([]) == {}


def test_a_temporary_certificate_that_was_pinned_locks_out_after_a_restart(tmp_path: Path) -> None:
    """C18: pinning it works until the ASA starts again."""
    cases = {"bare": Case(ssl=(), pins=("temporary",), phone={"onsite": True})}
    phone, pem = phone_of(cases, "bare"), tmp_path / "temporary.pem"

    def start(folder: str, **certificate: str) -> AbstractContextManager[RunningLab]:
        data = scenario(cases)
        data["certificates"] = {**CERTIFICATES, "temporary": certificate}
        return running_lab(data, tmp_path / folder)

    with start("first", subject="CN=placeholder,O=Lab") as first:
        assert first.outcomes()[phone].reason == "pin"
        shown = x509.load_pem_x509_certificate(shake(port_of(first, "bare")).pem.encode())
        pem.write_text(shown.public_bytes(Encoding.PEM).decode())
        cluster = first.cluster("cucm")
        file = cluster.stores["Phone-VPN-trust"].file_of(Cert(shown))
        first.inside(lambda: cluster.upload("Phone-VPN-trust", Cert(shown)))
        cluster.gateways["bare"].certificates = (file,)
        first.inside(lambda: cluster.apply(phone))
        first.settle()
        assert first.outcomes()[phone].reason == "ok"
        assert first.connect_phones()[phone].reason == "ok"
    with start("second", pem_file=str(pem)) as second:
        assert second.outcomes()[phone].reason == "pin"


def test_the_second_gateway_helps_where_the_first_fails(tmp_path: Path) -> None:
    cases = {"first": Case(ssl=()), "second": Case(pins=("vpn",))}
    data = scenario(cases)
    data["cucm"][0]["groups"][0]["gateways"] = ["first", "second"]
    phone = phone_of(cases, "first")
    with running_lab(data, tmp_path / "lab") as site:
        outcome = site.outcomes()[phone]
        assert (outcome.connected, outcome.reason, outcome.asa, outcome.url) == (True, "ok", "second", url_of("second"))
        site.type("second", "configure terminal", "webvpn", "no anyconnect enable")
        outcome = site.connect_phones([phone])[phone]
        # Both fail: the first one's reason counts.
        assert (outcome.connected, outcome.reason, outcome.asa) == (False, "pin", "first")


def test_a_name_of_the_scenario_leads_to_its_address(tmp_path: Path) -> None:
    cases = {"named": Case(url="https://gate.example.org/Phones", group_url=GATE), "other": Case(group_url=GATE)}
    with running_lab(scenario(cases, dns={"gate.example.org": "198.51.100.2"}), tmp_path / "lab") as site:
        assert site.outcomes()[phone_of(cases, "named")].asa == "other"
        found = site.lab.inventory()["_meta"]["hostvars"]["other"]["vpnphone_connect_to"]
        assert found["gate.example.org:443"] == found["198.51.100.2:443"]
        assert "gate.example.org:443" not in site.lab.inventory()["_meta"]["hostvars"]["named"]["vpnphone_connect_to"]


@pytest.mark.parametrize("fault", ["tftp_oversize", "absent"])
def test_a_node_that_gives_no_file(tmp_path: Path, fault: str) -> None:
    """The phone says so in its status messages, and asks the next node where there is one that serves."""
    node = {} if fault == "absent" else {"node": "pub"}
    cases = {"bad": Case(fault={"kind": fault, **node})}
    phone = phone_of(cases, "bad")
    with running_lab(scenario(cases), tmp_path / "lab") as site:
        lines = [line.split(" ", 1)[1] for line in site.phone(phone).status.lines()]
        bad = ["Trust List Update Failed", f"TFTP Error : {phone}.cnf.xml.sgn"]
        good = ["Trust List Updated", f"{phone}.cnf.xml.sgn"]
        assert lines == (2 * bad if fault == "absent" else [*bad, *good])
        assert site.outcomes()[phone].reason == ("no-file" if fault == "absent" else "ok")


@pytest.mark.parametrize(
    ("says", "status"),
    [(b"", "timeout"), (b"nonsense\r\n", "unreadable"), (b"HTTP/1.0 200 OK\r\n\r\n<x", "unreadable")],
)
def test_a_node_that_says_nothing_or_nonsense(says: bytes, status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not says:
        monkeypatch.setattr(fetch, "SECONDS", 0.3)
    site = from_data(scenario({"a": Case()}))
    cluster = Cluster(site.cucm[0], site.phones, certs.make_all(site.certificates))
    over = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(says)
        if not says:
            await over.wait()
        writer.close()

    async def run() -> list[str]:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        cluster.nodes["pub"].http_port = server.sockets[0].getsockname()[1]
        free = await asyncio.start_server(talk, "127.0.0.1", 0)
        cluster.nodes["sub"].http_port = free.sockets[0].getsockname()[1]
        free.close()
        tried = await fetch.fetch(cluster, site.phones[0].name, ("pub", "sub"))
        over.set()
        server.close()
        return [one.status for one in tried]

    assert asyncio.run(run()) == [status, "refused"]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"model": "7777"}, r"phones\.SEP\w+\.model: one of 7962G, .* not '7777'"),
        ({"issuer": "outside"}, r"phones\.SEP\w+\.issuer: a certificate whose key the lab has made"),
    ],
)
def test_what_no_phone_can_be_is_refused(tmp_path: Path, keys: dict[str, str], expected: str) -> None:
    data = scenario({"bad": Case(phone=keys)})
    made = certs.make_all(from_data(scenario({"a": Case()})).certificates)["capf"]
    (tmp_path / "outside.pem").write_text(made.pem)
    data["certificates"] = {**CERTIFICATES, "outside": {"pem_file": str(tmp_path / "outside.pem")}}
    with pytest.raises(ScenarioError, match=expected), running_lab(data, tmp_path / "lab"):
        pass
