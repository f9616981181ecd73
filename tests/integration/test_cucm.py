"""Clusters of the lab, read through ansible-playbook: what they hold, and every way in which one can fail."""

from __future__ import annotations

import hashlib
import json
import ssl
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.integration.clusters import BAD_INPUT, GAPS, SECTIONS, UNHARMED, UNREACHABLE, VERSIONS, scenario
from tests.integration.conftest import Site, environment, program, run, running_site


class Gathered(NamedTuple):
    """One run over all clusters."""

    site: Site
    output: str
    code: int
    run_dir: Path
    saved: Path
    # What every cluster held before anybody asked.
    before: dict[str, dict[str, Any]]

    def kept(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.run_dir / "cucm" / f"{name}.json").read_text(encoding="utf-8"))
        return found

    def state(self, name: str) -> dict[str, Any]:
        found = self.kept(name)["state"]
        assert found is not None, self.kept(name)["failure"]
        return dict(found)


PLAYBOOK = """
- hosts: cucm
  tasks:
    - ansible.builtin.import_role:
        name: gather
        tasks_from: cucm
"""


def play(folder: Path, inventory: str, run_dir: Path, env: dict[str, str], **variables: Any) -> tuple[int, str]:
    playbook = folder / "gather.yml"
    playbook.write_text(PLAYBOOK, encoding="utf-8")
    given = json.dumps({"vpnphone_run_dir": str(run_dir), **variables})
    words = ["--forks", "20", "-i", inventory, "-e", given, str(playbook)]
    code, output = run([program("ansible-playbook"), *words], env)
    assert "Traceback" not in output, output[-4000:]
    assert "errantly sent data" not in output, output[-4000:]
    return code, output


def finished(site: Site, folder: Path) -> str:
    """The lab's inventory with what only a running lab knows: pins and ports of its own."""
    inventory = json.loads((site.folder / "inventory.json").read_text(encoding="utf-8"))
    (folder / "empty").write_text("", encoding="utf-8")
    for name, hostvars in inventory["_meta"]["hostvars"].items():
        if hostvars.get("vpnphone_cucm_pin") == "PIN":
            hostvars["vpnphone_cucm_pin"] = pin_of(hostvars["vpnphone_axl_port"])
        if hostvars.get("vpnphone_known_hosts") == "EMPTY":
            hostvars["vpnphone_known_hosts"] = str(folder / "empty")
        if name == "wrong-port":
            hostvars["vpnphone_axl_port"] = hostvars["vpnphone_os_port"]
    hosts = {name: inventory["_meta"]["hostvars"][name] for name in inventory["cucm"]["hosts"]}
    path = folder / "hosts.yml"
    path.write_text(yaml.safe_dump({"cucm": {"hosts": hosts}}), encoding="utf-8")
    return str(path)


def pin_of(port: int) -> str:
    """SHA-256 of what listens there, as somebody would look at it."""
    pem = ssl.get_server_certificate(("127.0.0.1", port))
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def truths(site: Site) -> dict[str, dict[str, Any]]:
    """What each cluster holds; how often it was asked is no part of it."""
    names = [path.stem for path in (site.folder / "state").iterdir() if path.stem not in site.names]
    return {name: {key: value for key, value in site.state(name).items() if key != "requests"} for name in names}


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gathered]:
    folder = tmp_path_factory.mktemp("clusters")
    for site in running_site(folder / "lab", scenario(folder)):
        run_dir, saved, before = folder / "run", folder / "saved", truths(site)
        code, output = play(folder, finished(site, folder), run_dir, environment(), gather_save_to=str(saved))
        yield Gathered(site, output, code, run_dir, saved, before)


# --- clusters that are read -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*VERSIONS, *UNHARMED])
def test_what_is_read_is_what_the_cluster_holds(gathered: Gathered, name: str) -> None:
    truth, state = gathered.site.state(name), gathered.state(name)
    assert {key for key, source in state["sources"].items() if source["status"] == "ok"} == SECTIONS
    assert state["version"] == truth["version"]
    pins = {
        (item["issuer_name"], item["serial_number"]): item["stored_hash"]
        for item in state["trust"]
        if item["store"] == "Phone-VPN-trust"
    }
    read = {
        gateway["name"]: {
            "url": gateway["url"],
            "pins": [pins[member["issuer_name"], member["serial_number"]] for member in gateway["certificates"]],
        }
        for gateway in state["gateways"]
    }
    assert read == truth["gateways"]
    assert {group["name"]: group["gateways"] for group in state["groups"]} == truth["groups"]
    assert state["profiles"][0]["host_id_check"] is False
    assert state["profiles"][0]["mtu"] == truth["profiles"]["P1"]["mtu"] == 1200
    assert {
        common["name"]: [common["vpn_group"], common["vpn_profile"]] for common in state["common_profiles"]
    } == truth["common_profiles"]
    assert state["tftp_nodes"] == ["cucm-pub", "cucm-tftp2"]


@pytest.mark.parametrize("name", [*VERSIONS, *UNHARMED])
def test_the_stores_with_their_certificates(gathered: Gathered, name: str) -> None:
    truth, state = gathered.site.state(name), gathered.state(name)
    for store in ("Phone-VPN-trust", "CAPF", "CAPF-trust", "CallManager-trust"):
        expected = {(held["pin"], held["sha1"]) for held in truth["trust"][store].values()}
        assert {
            (item["stored_hash"], item["x509"]["sha1"]) for item in state["trust"] if item["store"] == store
        } == expected, store
    files = {
        (store, name) for store, held in truth["trust"].items() if store.endswith("-trust") for name in held
    }  # fmt: skip
    assert {(item["store"], item["name"].removesuffix(".pem")) for item in state["trust_files"]} == {
        (store, name.removesuffix(".pem")) for store, name in files
    }


@pytest.mark.parametrize("name", [*VERSIONS, *UNHARMED])
def test_phones_and_their_registrations(gathered: Gathered, name: str) -> None:
    truth, state = gathered.site.state(name), gathered.state(name)
    assert [phone["name"] for phone in state["phones"]] == sorted(truth["phones"])
    assert [phone["certificate"] for phone in state["phones"]] == ["lsc", "mic", "lsc"]
    assert {phone["common_profile"] for phone in state["phones"]} == {"Remote"}
    assert {phone["model"] for phone in state["phones"]} == {"Cisco 7962"}
    registered = {item["name"]: item for item in state["registrations"]}
    on_site = [phone["name"] for phone in state["phones"]][:2]
    assert [name for name, item in registered.items() if item["status"] == "Registered"] == on_site
    newest: dict[str, tuple[str, str]] = {}
    for entry in truth["registrations"]:
        newest[entry["phone"]] = max(newest.get(entry["phone"], ("", "")), (entry["at"], entry["node"]))
    assert {name: item["node"] for name, item in registered.items()} == {
        name: node for name, (_at, node) in newest.items()
    }
    assert all(item["ip"] and item["since"] for item in registered.values())


def test_a_ghost_does_not_hide_the_newest_registration(gathered: Gathered) -> None:
    entries = [entry["phone"] for entry in gathered.site.state("ghost")["registrations"]]
    assert len(entries) == len(set(entries)) + 1
    assert len(gathered.state("ghost")["registrations"]) == len(set(entries))


def test_the_export_mode_is_never_guessed(gathered: Gathered) -> None:
    assert {gathered.state(name)["export_mode"]["mode"] for name in VERSIONS} == {"unknown"}
    assert gathered.state("given-mode")["export_mode"]["mode"] == "restricted"
    assert "given by the inventory: restricted" in gathered.state("given-mode")["export_mode"]["seen"]
    assert gathered.state("unrestricted")["export_mode"]["mode"] == "unrestricted"


# --- clusters that are not, or in part ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*UNREACHABLE, *BAD_INPUT])
def test_a_cluster_that_cannot_be_read_says_why(gathered: Gathered, name: str) -> None:
    _fault, code, what, todo = {**UNREACHABLE, **BAD_INPUT}[name]
    failure = gathered.kept(name)["failure"]
    assert failure is not None, "it was read"
    assert failure["code"] == code
    assert what in failure["what"]
    assert todo in failure["todo"]
    assert failure["unreachable"] == (name in UNREACHABLE)
    assert f"[{code}]" in gathered.output


@pytest.mark.parametrize("name", GAPS)
def test_what_is_refused_costs_itself_alone(gathered: Gathered, name: str) -> None:
    _fault, sections, status, why = GAPS[name]
    sources = gathered.state(name)["sources"]
    unknown = {section for section, source in sources.items() if source["status"] != "ok"}
    assert unknown == sections, {section: sources[section] for section in unknown ^ sections}
    for section in sections if status else ():
        assert sources[section]["status"] == status
        assert why in sources[section]["detail"]
    for section in sections:
        assert gathered.state(name)[section] is None


def test_every_cluster_is_accounted_for(gathered: Gathered) -> None:
    kept = {path.stem for path in (gathered.run_dir / "cucm").iterdir()}
    assert kept == {*VERSIONS, *UNREACHABLE, *BAD_INPUT, *GAPS, *UNHARMED}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (gathered.run_dir / "cucm").iterdir()} == {0o600}


def test_no_password_stands_anywhere(gathered: Gathered) -> None:
    texts = [gathered.output]
    for folder in (gathered.run_dir, gathered.saved):
        texts += [path.read_text(encoding="utf-8", errors="replace") for path in folder.rglob("*") if path.is_file()]
    for secret in ("rehearse-axl", "rehearse-os", "c4nary-s3cret"):
        assert not [text for text in texts if secret in text], secret


def test_nothing_was_changed(gathered: Gathered) -> None:
    assert gathered.before == truths(gathered.site)


# --- saved answers --------------------------------------------------------------------------------------------------

REREAD = ("v14", "v11-0", "os-none", "unrestricted", "row-limit")


@pytest.fixture(scope="module")
def reread(gathered: Gathered, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run's directory of the saved answers."""
    folder = tmp_path_factory.mktemp("reread")
    hosts = {name: {"vpnphone_saved_output": str(gathered.saved / name)} for name in REREAD}
    (folder / "hosts.yml").write_text(yaml.safe_dump({"cucm": {"hosts": hosts}}), encoding="utf-8")
    code, output = play(folder, str(folder / "hosts.yml"), folder / "run", environment())
    assert code == 0, output
    return folder / "run"


@pytest.mark.parametrize("name", REREAD)
def test_saved_answers_say_the_same(gathered: Gathered, reread: Path, name: str) -> None:
    assert {stat.S_IMODE(path.stat().st_mode) for path in (gathered.saved / name).iterdir()} == {0o600}
    saved = json.loads((reread / "cucm" / f"{name}.json").read_text(encoding="utf-8"))["state"]
    live = gathered.state(name)
    assert saved["origin"] == "saved"
    assert {key for key in live if live[key] != saved[key]} <= {"origin", "gathered_at", "sources"}
    assert {key: source["status"] for key, source in live["sources"].items()} == {
        key: source["status"] for key, source in saved["sources"].items()
    }


# --- as Ansible ships it --------------------------------------------------------------------------------------------


def test_the_module_runs_without_its_action_plugin(gathered: Gathered, tmp_path: Path) -> None:
    inventory = json.loads((gathered.site.folder / "inventory.json").read_text(encoding="utf-8"))
    hostvars = inventory["_meta"]["hostvars"]["v14"]
    options = {
        "name": "v14",
        "host": hostvars["ansible_host"],
        "username": hostvars["ansible_user"],
        "password": hostvars["ansible_password"],
        "axl_port": hostvars["vpnphone_axl_port"],
        "ca_file": hostvars["vpnphone_cucm_ca_file"],
    }
    results = tmp_path / "results.json"
    tasks: list[dict[str, Any]] = [
        {"name": "live", "vpnphone_cucm_info": options, "register": "live"},
        {
            "name": "refused",
            "vpnphone_cucm_info": {**options, "password": "c4nary-s3cret"},
            "register": "refused",
            "ignore_errors": True,
        },
        {
            "name": "keep",
            "ansible.builtin.copy": {
                "content": "{{ {'live': live, 'refused': refused} | to_json }}", "dest": str(results), "mode": "0600",
            },
            "no_log": True,
        },
    ]  # fmt: skip
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "tasks": tasks,
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    env = environment(ANSIBLE_ACTION_PLUGINS="/nonexistent")
    code, output = run([program("ansible-playbook"), "-i", "localhost,", str(tmp_path / "play.yml")], env)
    assert code == 0, output
    assert "c4nary-s3cret" not in output
    found = json.loads(results.read_text(encoding="utf-8"))
    assert found["live"]["device"]["version"] == VERSIONS["v14"]
    assert found["live"]["state"]["gateways"] == gathered.state("v14")["gateways"]
    assert found["refused"]["error"]["code"] == "http_unauthorized"


def test_ansibles_own_modules_work_beside_ours(gathered: Gathered, tmp_path: Path) -> None:
    """Both plugins that load our code must leave Ansible's cached search paths as Ansible wants them."""
    tasks = [
        {"vpnphone_cucm_info": {"name": "v14", "saved_output": str(gathered.saved / "v14"), "return_state": False}},
        {"ansible.builtin.stat": {"path": "{{ '5X6B6plUwUSXZnjQ4kGM33mpMXY=' | vpnphone_hash_to_hex }}"}},
    ]
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "tasks": tasks,
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    code, output = run([program("ansible-playbook"), "-i", "localhost,", str(tmp_path / "play.yml")], environment())
    assert code == 0, output
