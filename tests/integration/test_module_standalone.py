"""The modules as Ansible ships them to a host: no action plugin, a zip of what each one imports, main()."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.integration.conftest import ROOT, Audit, Site, environment, program, run

TABLE = ROOT / "roles" / "assess" / "files" / "phone_models.yml"


def explicit(lab: Site, name: str, **more: Any) -> dict[str, Any]:
    """The options that the action plugin would have taken from the inventory."""
    variables = lab.variables(name)
    return {
        "name": name,
        "host": variables["ansible_host"],
        "port": variables["ansible_port"],
        "username": variables["ansible_user"],
        "password": variables["ansible_password"],
        "enable_password": variables["ansible_become_password"],
        "known_hosts": variables["vpnphone_known_hosts"],
        **more,
    }


class Shipped(NamedTuple):
    """What each task gave, by name, and everything that was printed."""

    results: dict[str, dict[str, Any]]
    output: str
    run_dir: Path


@pytest.fixture(scope="module")
def shipped(lab: Site, audited: Audit, tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    """One task a module. Nothing of action_plugins/ can be found."""
    folder = tmp_path_factory.mktemp("standalone")
    run_dir, results = folder / "run", folder / "results.json"
    wrong = {"password": "not-the-password"}
    cluster = {"name": "lab-cucm", "tftp_nodes": lab.variables("lab-cucm")["vpnphone_tftp_nodes"]}
    tasks: dict[str, tuple[str, dict[str, Any]]] = {
        "live": ("vpnphone_asa_info", explicit(lab, "asa-healthy", run_dir=str(run_dir))),
        "refused": ("vpnphone_asa_info", explicit(lab, "asa-healthy", **wrong)),
        "listed": ("vpnphone_saved_outputs", {"path": str(audited.saved)}),
        "nothing": ("vpnphone_saved_outputs", {"path": str(folder / "nothing")}),
        "judged": (
            "vpnphone_assess",
            {"run_dir": str(run_dir), "devices": ["asa-healthy"], "phone_models_file": str(TABLE)},
        ),
        "reported": ("vpnphone_report", {"run_dir": str(run_dir), "formats": ["junit", "markdown", "csv"]}),
        "verdict": ("vpnphone_verdict", {"message": "3 failed"}),
        "probed": (
            "vpnphone_tls_probe",
            {
                "name": "x",
                "urls": ["https://vpn.example.com/VPNPhone"],
                "phone_models_file": str(TABLE),
                "models": ["7962G"],
                "connect_to": lab.variables("asa-healthy")["vpnphone_connect_to"],
            },
        ),
        "asked": ("vpnphone_phone_info", {"phones": ["SEP8CB64F576113"], **cluster}),
        "nobody": ("vpnphone_phone_info", {"phones": ["nobody"], **cluster}),
    }
    written = [
        {module: options, "register": name, "ignore_errors": True, "name": name}
        for name, (module, options) in tasks.items()
    ]
    content = "{{ {" + ", ".join(f"'{name}': {name}" for name in tasks) + "} | to_json }}"
    keep = {"ansible.builtin.copy": {"content": content, "dest": str(results), "mode": "0600"}, "no_log": True}
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "tasks": [*written, keep],
    }
    path = folder / "play.yml"
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")
    env = environment(ANSIBLE_ACTION_PLUGINS="/nonexistent")
    code, output = run([program("ansible-playbook"), "-i", "localhost,", str(path)], env)
    assert code == 0, output
    return Shipped(json.loads(results.read_text(encoding="utf-8")), output, run_dir)


def test_no_traceback_and_no_secret_is_printed(shipped: Shipped) -> None:
    assert "Traceback" not in shipped.output
    assert "not-the-password" not in shipped.output


def test_a_device_is_gathered(shipped: Shipped, audited: Audit) -> None:
    live = shipped.results["live"]
    assert live["failed"] is False
    assert live["device"]["release"] == "9.16(4)85"
    assert [group["name"] for group in live["state"]["tunnel_groups"]] == ["VPNPhone", "Staff"]
    here = json.loads((audited.played.reports / "states" / "asa-healthy.json").read_text(encoding="utf-8"))["state"]
    for section in ("version", "ssl", "webvpn", "group_policies", "tunnel_groups", "certificates", "dap_xml"):
        assert live["state"][section] == here[section], section


def test_a_refusal_is_one_clear_error(shipped: Shipped) -> None:
    refused = shipped.results["refused"]
    assert refused["failed"] is True
    assert refused["error"]["code"] == "login_refused"
    assert refused["error"]["todo"]
    assert "state" not in refused


def test_a_listener_is_probed(shipped: Shipped, lab: Site) -> None:
    truth = lab.state("asa-healthy")["trustpoints"]["VPN_TP"]["identity"]
    assert shipped.results["probed"]["presented"][0]["sha1"] == truth["sha1"]


def test_the_files_of_a_phone_are_asked_for(shipped: Shipped) -> None:
    (phone,) = shipped.results["asked"]["phones"]
    assert [file["status"] for file in phone["files"]] == ["ok"] * 4
    assert shipped.results["nobody"]["failed"] is True
    assert "'nobody' is no name of a phone" in shipped.output


def test_saved_devices_are_listed(shipped: Shipped, audited: Audit) -> None:
    assert shipped.results["listed"]["devices"] == [
        {"name": name, "path": str(audited.saved / name), "kind": kind}
        for name, kind in (("asa-classic", "asa"), ("asa-faulty", "asa"), ("asa-healthy", "asa"), ("lab-cucm", "cucm"))
    ]
    assert shipped.results["nothing"]["error"]["code"] == "saved_outputs_missing"


def test_a_run_is_judged_by_every_control(shipped: Shipped, audited: Audit) -> None:
    judged = shipped.results["judged"]
    assert judged["failed"] is False
    # All but what is seen in a handshake: this run made none.
    assert sum(judged["counts"].values()) == len(audited.played.findings("asa-healthy").keys() - {"VPNP-351"})
    assert Path(judged["run_file"]) == shipped.run_dir / "run.json"


def test_the_reports_are_made(shipped: Shipped) -> None:
    reports = shipped.results["reported"]["reports"]
    assert set(reports) == {"json", "junit", "markdown", "csv", "summary"}
    assert all(Path(path).stat().st_size for path in reports.values())


def test_the_verdict_fails_the_task(shipped: Shipped) -> None:
    assert (shipped.results["verdict"]["failed"], shipped.results["verdict"]["msg"]) == (True, "3 failed")
