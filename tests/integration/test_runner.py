"""As AWX runs it: ansible-runner, a private data directory, accounts from the environment, and what is kept afterwards.

A controller shows its users what the runner keeps (events, stdout), so no secret may be in there.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import ansible_runner
import pytest
import yaml

from tests.integration.conftest import ROOT, Site, environment

# Of the lab's own inventory: what it would be given by credentials.
SECRETS = ("ansible_password", "ansible_become_password")


class Job(NamedTuple):
    """status and rc as the runner tells them; kept: every byte of its artifacts."""

    status: str
    rc: int
    stats: dict[str, Any]
    reports: Path
    kept: bytes


@pytest.fixture(scope="module")
def job(lab: Site, tmp_path_factory: pytest.TempPathFactory) -> Job:
    place = tmp_path_factory.mktemp("private")
    data = json.loads((lab.folder / "inventory.json").read_text())
    hosts = {name: data["_meta"]["hostvars"][name] for name in ("asa-healthy", "asa-faulty", "asa-gone")}
    accounts: dict[str, str] = {}
    for name, host in hosts.items():
        for key in [key for key in SECRETS if key in host]:
            variable = f"LAB_{name}_{key}".upper().replace("-", "_")
            accounts[variable] = host[key]
            host[key] = "{{ lookup('ansible.builtin.env', '" + variable + "') }}"
    inventory = {"asa": {"hosts": hosts, "vars": data["asa"].get("vars", {})}}
    for folder in ("env", "inventory"):
        place.joinpath(folder).mkdir()
    (place / "project").symlink_to(ROOT)
    (place / "inventory" / "hosts.yml").write_text(yaml.safe_dump(inventory))
    (place / "env" / "extravars").write_text(yaml.safe_dump({"vpnphone_reports_dir": str(place / "reports")}))
    known = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "PATH": f"{sys.prefix}/bin:{environment()['PATH']}"}
    done = ansible_runner.run(
        private_data_dir=str(place), playbook="playbooks/audit.yml", quiet=True, json_mode=True,
        envvars=known | accounts,
        # What a credential of a controller does: known to the job, not written down.
        suppress_env_files=True,
    )  # fmt: skip
    # `command` is the runner's own copy of the environment that it was given; a controller masks it by its credentials.
    kept = [path for path in (place / "artifacts").rglob("*") if path.is_file() and path.name != "command"]
    return Job(done.status, done.rc, done.stats, place / "reports" / "latest", b"".join(p.read_bytes() for p in kept))


def test_the_exit_code_tells_what_was_found(job: Job) -> None:
    """Ansible has a code of its own for what could not be reached."""
    assert (job.status, job.rc) == ("failed", 4)
    assert json.loads((job.reports / "summary.json").read_text())["exit_code"] == 3


def test_hosts_are_told_apart(job: Job) -> None:
    assert set(job.stats["dark"]) == {"asa-gone"}
    assert set(job.stats["failures"]) == {"asa-faulty"}
    assert "asa-healthy" in job.stats["ok"]


def test_reports_lie_where_the_controller_was_told(job: Job) -> None:
    names = {path.name for path in job.reports.iterdir()}
    assert {"run.json", "summary.json", "junit.xml", "report.html", "report.md"} <= names


def test_what_the_runner_keeps_has_no_secret(job: Job, lab: Site) -> None:
    secrets = {
        host[key] for host in json.loads((lab.folder / "inventory.json").read_text())["_meta"]["hostvars"].values()
        for key in SECRETS if key in host
    }  # fmt: skip
    assert secrets
    assert b"asa-healthy" in job.kept
    assert not [secret for secret in secrets if secret.encode() in job.kept]
