"""A certificate that comes as PKCS12: its passphrase, made for this once, is found nowhere but at the device.

As a user runs it, with all of Ansible's own words and its diff: by the environment on one ASA, by a vault on the other.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from lab import scenario
from lab.testing import running_lab
from tests.integration.conftest import LAB_INVENTORY, ROOT, SCENARIOS, environment, program
from tests.integration.renewal_operator import NAME
from tests.integration.terminal import Ended

BY_ENVIRONMENT, BY_VAULT = "Canary1mZx83Kq", "Canary2uWv57Rt"
ONCE = (BY_ENVIRONMENT, BY_VAULT)
VAULT_PASSWORD = "of-the-vault"  # noqa: S105 - of this test


class Told(NamedTuple):
    """What was printed, by run; what is in each file; command lines that were seen; what the ASAs hold."""

    runs: dict[str, Ended]
    files: dict[str, bytes]
    argv: set[bytes]
    stores: dict[str, dict[str, Any]]


def vault(folder: Path, text: str) -> str:
    """An inline vault value, as `ansible-vault encrypt_string` makes it."""
    password = folder / "vault-password"
    password.write_text(VAULT_PASSWORD, encoding="utf-8")
    made = subprocess.run(
        [program("ansible-vault"), "encrypt_string", "--vault-password-file", str(password), "--stdin-name", "it"],
        input=text, capture_output=True, text=True, check=True, env=environment(),
    )  # fmt: skip
    return made.stdout.split(":", 1)[1]


def watch(found: set[bytes], stop: threading.Event) -> None:
    """Every command line of this machine, until it is told to stop."""
    while not stop.wait(0.05):
        # No glob: it looks at each of them twice.
        with os.scandir("/proc") as entries:
            processes = [entry.path for entry in entries if entry.name.isdecimal()]
        for process in processes:
            with contextlib.suppress(OSError):
                found.add(Path(process, "cmdline").read_bytes())


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("pkcs12")
    runs: dict[str, Ended] = {}
    argv: set[bytes] = set()
    stop = threading.Event()
    with running_lab(scenario.load(SCENARIOS / "renewal.yml", 9), folder / "lab") as site:
        bags = folder / "bags"
        bags.mkdir()
        lines = ["asa:", "  hosts:"]
        for side, once in (("north", BY_ENVIRONMENT), ("south", BY_VAULT)):
            subject, names = f"CN=vpn-{side}-2027.example.com", [f"DNS:vpn-{side}.example.com"]
            (bags / f"{side}.p12").write_bytes(site.pkcs12(once, subject=subject, san=names))
            mine = {"vpnphone_certificate_method": "pkcs12", "vpnphone_pkcs12_file": str(bags / f"{side}.p12")}
            lines.append(f"    asa-{side}:")
            lines += [f"      {line}" for line in yaml.safe_dump(mine).splitlines()]
        lines.append(f"      vpnphone_pkcs12_passphrase:{vault(folder, BY_VAULT)}")
        inventory = folder / "site.yml"
        inventory.write_text("\n".join(lines), encoding="utf-8")
        words = ["-i", LAB_INVENTORY, "-i", str(inventory), "-e", f"vpnphone_renewals_dir={folder / 'renewals'}"]
        words += ["-e", "vpnphone_renewal=once", "--vault-password-file", str(folder / "vault-password")]
        env = environment(
            VPNPHONE_LAB_DIR=str(folder / "lab"), VPNPHONE_PKCS12_PASSPHRASE=BY_ENVIRONMENT,
            ANSIBLE_LOG_PATH=str(folder / "ansible.log"),
        )  # fmt: skip

        def play(label: str, playbook: str, *more: str) -> str:
            command = [
                program("ansible-playbook"),
                f"playbooks/renewal/{playbook}.yml",
                "-vvv",
                "--diff",
                *words,
                *more,
            ]
            done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
            runs[label] = Ended(done.returncode, done.stdout + done.stderr)
            return runs[label].output

        watcher = threading.Thread(target=watch, args=(argv, stop), daemon=True)
        watcher.start()
        try:
            play("preflight", "preflight")
            for stage in ("certificate", "export"):
                token = play(f"plan {stage}", stage).rpartition("vpnphone_approval=")[2][:12]
                approval = ["-e", f"vpnphone_approval={token}", "-e", f"vpnphone_approved_by='{NAME}'"]
                play(stage, stage, *approval)
            play("status", "status")
        finally:
            stop.set()
            watcher.join()
        files = {
            str(path.relative_to(folder)): path.read_bytes()
            for place in (folder / "renewals", folder / "ansible.log")
            for path in (place.rglob("*") if place.is_dir() else [place])
            if path.is_file()
        }
        yield Told(runs, files, argv, {name: site.state(name)["trustpoints"] for name in ("asa-north", "asa-south")})


def test_both_certificates_are_in_and_exported(told: Told) -> None:
    codes = {label: ended.code for label, ended in told.runs.items()}
    wanted = {"preflight": 0, "plan certificate": 2, "certificate": 0, "plan export": 2, "export": 0, "status": 0}
    assert codes == wanted, told.runs["certificate"].output[-3000:]
    assert all(store["VPN_2027"]["identity"] for store in told.stores.values())


def test_nothing_that_was_printed_has_a_passphrase(told: Told) -> None:
    assert [(label, once) for label, ended in told.runs.items() for once in ONCE if once in ended.output] == []
    # What would have had it is there: the command without its last word, and the diff.
    text = told.runs["certificate"].output
    assert "crypto ca import VPN_2027 pkcs12 <passphrase>" in text
    assert "+trustpoint VPN_2027: certificate vpn-north-2027.example.com" in text


def test_no_file_has_a_passphrase_or_a_private_key(told: Told) -> None:
    assert "renewals/once/journal.json" in told.files
    assert len(told.files["ansible.log"]) > 1000
    secrets = [*(once.encode() for once in ONCE), b"PRIVATE KEY"]
    assert [(name, secret) for name, data in told.files.items() for secret in secrets if secret in data] == []


def test_no_command_line_had_a_passphrase(told: Told) -> None:
    assert any(b"playbooks/renewal/certificate.yml" in line for line in told.argv)
    assert [line for line in told.argv for once in ONCE if once.encode() in line] == []
