"""What ASAs present, through ansible-playbook: compared with what the lab's devices hold."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
import yaml

from tests.integration.conftest import (
    LAB_INVENTORY,
    ROOT,
    Audit,
    Play,
    Played,
    Site,
    closed_port,
    derived,
    inventory,
    running_site,
)
from tests.unit.transport.servers import listening

PHONE, NEWER, BROWSER = "7962G", "8841", "browser"
HOST = "vpn.example.com"
URL = f"https://{HOST}/VPNPhone"


def kept(played: Played, device: str) -> dict[str, Any]:
    found: dict[str, Any] = played.json(f"probes/{device}.json")
    return found


def shakes(played: Played, device: str, url: str = URL) -> dict[str, dict[str, Any]]:
    """The handshakes of one URL, by offer."""
    (probe,) = [probe for probe in kept(played, device)["probes"] if probe["url"] == url]
    return {shake["offer"]: shake for shake in probe["handshakes"]}


def held(site: Site, device: str, trustpoint: str, kind: str) -> str:
    """SHA-1 of what the device holds, by its own account."""
    return str(site.state(device)["trustpoints"][trustpoint][kind]["sha1"])


def test_a_phone_is_shown_the_bound_certificate_and_its_chain(audited: Audit, lab: Site) -> None:
    found = shakes(audited.played, "asa-healthy")
    for offer in (PHONE, NEWER, BROWSER):
        chain = found[offer]["chain"]
        assert found[offer]["status"] == "ok"
        assert chain[0]["sha1"] == held(lab, "asa-healthy", "VPN_TP", "identity")
        assert chain[1]["sha1"] == held(lab, "asa-healthy", "VPN_TP", "ca")
    assert (found[PHONE]["version"], found[PHONE]["cipher"]) == ("TLSv1", "AES256-SHA")
    assert (found[PHONE]["versions"], found[PHONE]["suites"]) == (["TLSv1"], ["AES256-SHA", "AES128-SHA"])
    assert found[NEWER]["version"] == "TLSv1.2"


def test_the_place_that_was_dialled_is_told(audited: Audit) -> None:
    (probe,) = kept(audited.played, "asa-healthy")["probes"]
    assert (probe["device"], probe["url"]) == ("asa-healthy", URL)
    assert probe["address"].startswith("127.0.0.1:")


def test_no_shared_cipher_is_an_alert(audited: Audit) -> None:
    found = shakes(audited.played, "asa-classic", "https://vpn3.example.com/VPNPhone")
    assert (found[PHONE]["status"], found[PHONE]["detail"], found[PHONE]["chain"]) == ("alert", "handshake failure", [])


def test_a_temporary_certificate_is_seen_as_what_it_is(audited: Audit) -> None:
    (probe,) = kept(audited.played, "asa-faulty")["probes"]
    (shake,) = [shake for shake in probe["handshakes"] if shake["offer"] == PHONE]
    assert shake["chain"][0]["subject_cn"] == "ASA Temporary Self Signed Certificate"


def test_an_asa_that_was_not_reached_has_no_url_of_its_own(audited: Audit) -> None:
    assert kept(audited.played, "asa-gone") == {
        "device": "asa-gone",
        "failure": None,
        "probes": [],
    }


def test_the_certificates_of_the_state_are_those_of_the_device(audited: Audit, lab: Site) -> None:
    """The other way to the same bytes: the configuration's hex dump."""
    for device in ("asa-healthy", "asa-faulty", "asa-classic"):
        state = audited.played.json(f"states/{device}.json")["state"]
        shown = {(one["trustpoint"], one["kind"]): one["x509"]["sha1"] for one in state["certificate_chain"]}
        truth = {
            (name, kind): certificate["sha1"]
            for name, store in lab.state(device)["trustpoints"].items()
            for kind, certificate in store.items()
            if certificate
        }
        assert shown == truth
        bound = [line.split()[2] for line in lab.state(device)["startup_config"] if line.startswith("ssl trust-point ")]
        assert [one["trustpoint"] for one in state["startup_trust_points"]] == bound


# --- two certificates -----------------------------------------------------------------------------------------------


def _unfixed(data: dict[str, Any]) -> None:
    """9.4(1) without the fix of CSCuu02848: who offers EC suites is shown another certificate."""
    (healthy,) = data["devices"] = [device for device in data["devices"] if device["name"] == "asa-healthy"]
    healthy |= {"version": "9.4(1)", "ecdsa_fixed": False}
    lines = healthy["config"].splitlines()
    healthy["config"] = "\n".join(line for line in lines if not line.startswith(("ssl cipher", "ssl server-version")))


@pytest.fixture(scope="module")
def unfixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("unfixed")
    yield from running_site(folder / "lab", derived("default.yml", folder, _unfixed))


@pytest.fixture(scope="module")
def seen_twice(play: Play, unfixed: Site, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Audited, and once more by another name, whose URL leads where nobody is."""
    with closed_port() as port:
        nobody = {"vpnphone_connect_to": {f"{HOST}:443": f"127.0.0.1:{port}"}}
        path = inventory(
            tmp_path_factory.mktemp("inventory") / "nobody.yml",
            {"asa-nobody": unfixed.variables("asa-healthy") | nobody},
        )
        return play("-i", LAB_INVENTORY, "-i", path, lab=unfixed)


def test_a_browser_is_shown_another_certificate_than_a_phone(seen_twice: Played, unfixed: Site) -> None:
    found = shakes(seen_twice, "asa-healthy")
    phone, newer = (found[offer]["chain"][0] for offer in (PHONE, NEWER))
    assert phone["sha1"] == held(unfixed, "asa-healthy", "VPN_TP", "identity")
    assert newer["key_type"] == "EC"
    assert newer["subject_cn"] == "ASA Temporary Self Signed Certificate"
    assert found[BROWSER]["chain"][0]["sha1"] == newer["sha1"]
    finding = seen_twice.findings("asa-healthy")["VPNP-351"]
    assert finding["status"] == "fail"


def test_where_nobody_is_the_audit_says_unknown(seen_twice: Played) -> None:
    assert shakes(seen_twice, "asa-nobody")[PHONE]["status"] == "refused"
    assert seen_twice.statuses("asa-nobody")["VPNP-351"] == "error"


# --- the probe alone ------------------------------------------------------------------------------------------------


# A place without TLS: what the probe calls it, and words of what it tells.
PLACES = {
    "hold": ("timeout", "did not end in time"),
    "closed": ("refused", "nothing listens there"),
    "ssh": ("closed", "no TLS answer"),
}
# What an inventory may say that makes no sense: the code of the error, and words of it.
SENSELESS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no-place": (
        {"vpnphone_connect_to": {f"{HOST}:443": "nowhere"}},
        "bad_input",
        "'nowhere' is no place to connect to",
    ),
    "no-table": (
        {"vpnphone_phone_models_file": "/no/such/table.yml"},
        "phone_models",
        "the phone table cannot be used",
    ),
    "no-time": ({"vpnphone_connect_timeout": 0}, "bad_input", "expected 1 to 300"),
}
SNI = {"sni": True, "no-sni": False}


class Alone(NamedTuple):
    """The probe without an audit around it, a host for each case: what was kept of each, and what two of them sent."""

    played: Played
    found: dict[str, dict[str, Any]]
    hellos: dict[str, list[bytes]]

    def shown(self, host: str) -> str:
        """What Ansible printed of this host's failure."""
        _before, _host, behind = self.played.output.partition(f"fatal: [{host}]: ")
        return behind.partition("\n...ignoring")[0]


def _hold(connection: socket.socket) -> None:
    connection.settimeout(None)
    while connection.recv(65536):
        pass


@pytest.fixture(scope="module")
def alone(play: Play, lab: Site, tmp_path_factory: pytest.TempPathFactory) -> Alone:
    folder = tmp_path_factory.mktemp("alone")
    role = {"ansible.builtin.import_role": {"name": "gather", "tasks_from": "probe"}}
    book = folder / "probe.yml"
    book.write_text(json.dumps([{"hosts": "probed", "gather_facts": False, "tasks": [role]}]), encoding="utf-8")
    hellos: dict[str, list[bytes]] = {host: [] for host in SNI}

    def listens(host: str) -> Callable[[socket.socket], None]:
        return lambda connection: hellos[host].append(connection.recv(65536))

    with contextlib.ExitStack() as stack:
        ports = {"hold": stack.enter_context(listening(_hold)), "ssh": lab.port("asa-healthy")}
        ports |= {"closed": stack.enter_context(closed_port())}
        ports |= {host: stack.enter_context(listening(listens(host))) for host in SNI}
        own = {host: {"vpnphone_connect_to": {f"{HOST}:443": f"127.0.0.1:{port}"}} for host, port in ports.items()}
        hosts: dict[str, dict[str, Any]] = {
            **{host: own[host] | {"vpnphone_connect_timeout": 2} for host in PLACES},
            **{host: own[host] | {"vpnphone_sni": sni} for host, sni in SNI.items()},
            **{host: given for host, (given, _code, _told) in SENSELESS.items()},
        }
        healthy = lab.variables("asa-healthy")
        content = {"probed": {"hosts": {"asa-healthy": {}} | {host: healthy | given for host, given in hosts.items()}}}
        path = folder / "hosts.yml"
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        played = play(
            "-i",
            LAB_INVENTORY,
            "-i",
            str(path),
            lab=lab,
            playbook=os.path.relpath(book, ROOT / "playbooks"),
            vpnphone_run_dir=str(folder / "run"),
            vpnphone_models_in_use=[PHONE],
        )
    kept = (folder / "run" / "probes").glob("*.json")
    return Alone(played, {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in kept}, hellos)


def test_without_an_audit_the_declared_urls_are_probed(alone: Alone, lab: Site) -> None:
    """As the role's entry point checks its arguments, too."""
    assert alone.played.code == 0, alone.played.output
    (probe,) = alone.found["asa-healthy"]["probes"]
    assert [shake["offer"] for shake in probe["handshakes"]] == [PHONE, BROWSER]
    assert probe["handshakes"][0]["chain"][0]["sha1"] == held(lab, "asa-healthy", "VPN_TP", "identity")


@pytest.mark.parametrize(("host", "status", "told"), [(host, *row) for host, row in PLACES.items()])
def test_a_place_without_tls_is_a_status_of_its_own(alone: Alone, host: str, status: str, told: str) -> None:
    shake = alone.found[host]["probes"][0]["handshakes"][0]
    assert shake["status"] == status
    assert told in shake["detail"]


@pytest.mark.parametrize(("host", "sni"), SNI.items())
def test_the_name_is_sent_unless_it_is_unwanted(alone: Alone, host: str, sni: bool) -> None:
    assert len(alone.hellos[host]) == 2
    assert [HOST.encode() in data for data in alone.hellos[host]] == [sni, sni]


@pytest.mark.parametrize(("host", "code", "told"), [(host, *row[1:]) for host, row in SENSELESS.items()])
def test_what_makes_no_sense_is_one_clear_error(alone: Alone, host: str, code: str, told: str) -> None:
    # Kept for the report; the play goes on.
    assert (alone.played.code, alone.found[host]["failure"]["code"]) == (0, code)
    assert told in alone.found[host]["failure"]["what"]
    assert f"[{code}]" in alone.shown(host)
