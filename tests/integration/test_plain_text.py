"""Secrets that an inventory has in plain text, in a run: one warning a variable and file, and the value nowhere."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.integration.conftest import Play, Played

CANARY = "c4nary-plain"
# Nothing listens there, so a run is short; the secrets are looked at before.
NOBODY = {"ansible_host": "127.0.0.1", "ansible_user": "me", "vpnphone_known_hosts": "/dev/null"}
KEY = "key"


def vaulted(text: str) -> str:
    return VaultLib([("default", VaultSecret(KEY.encode()))]).encrypt(text).decode()


def written(folder: Path) -> Path:
    """An inventory that has secrets in every place that there is, and takes some from where they belong."""
    asa: dict[str, Any] = {f"asa-{number}": {"ansible_port": 9} for number in range(3)}
    asa["asa-own"] = {"ansible_port": 9, "ansible_password": f"{CANARY}-own"}
    asa["asa-env"] = {"ansible_port": 9, "ansible_password": "{{ lookup('ansible.builtin.env', 'SECRET') }}"}
    asa["asa-vault"] = {"ansible_port": 9, "ansible_password": "{{ in_vault }}"}
    asa["asa-runner"] = {"ansible_port": 9, "ansible_password": "{{ of_runner }}"}
    files = {
        "hosts.yml": {"asa": {"hosts": asa, "vars": NOBODY}, "cucm": {"hosts": {"cluster": {"vpnphone_axl_port": 9}}}},
        "group_vars/asa.yml": {"ansible_password": f"{CANARY}-group", "ansible_become_password": "{{ base }}"},
        "group_vars/all/base.yml": {"base": f"{CANARY}-base"},
        "group_vars/cucm.yml": NOBODY | {"ansible_password": f"{CANARY}-axl", "vpnphone_os_password": f"{CANARY}-os"},
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    (folder / "group_vars/all/vault.yml").write_text(vaulted(f"in_vault: {CANARY}-vault"), encoding="utf-8")
    script = {"asa": {"hosts": ["asa-script"]}, "_meta": {"hostvars": {"asa-script": {"ansible_port": 9}}}}
    script["_meta"]["hostvars"]["asa-script"]["ansible_password"] = f"{CANARY}-script"
    (folder / "hosts.sh").write_text(f"#!/bin/sh\necho '{json.dumps(script)}'\n", encoding="utf-8")
    (folder / "hosts.sh").chmod(0o700)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("mine"))


@pytest.fixture(scope="module")
def audit(play: Play, folder: Path) -> Played:
    key = folder.with_name("key")
    key.write_text(KEY, encoding="utf-8")
    given = folder.with_name("extravars")
    given.write_text(f"of_runner: {CANARY}-runner\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECRET", f"{CANARY}-env")
        return play("-i", str(folder), "--vault-password-file", str(key), "-e", f"@{given}", "-vvv")


def warnings(played: Played) -> list[str]:
    """What is warned of, by variable and file, in order."""
    found = re.findall(r"\[WARNING\]: (\w+) is in plain text in (\S+)\. ", played.words)
    return sorted(f"{name} {Path(path).name}" for name, path in found)


def test_each_variable_and_file_is_told_once(audit: Played) -> None:
    assert len(audit.devices) == 9
    assert warnings(audit) == [
        "ansible_become_password base.yml",
        "ansible_password asa.yml",
        "ansible_password cucm.yml",
        "ansible_password hosts.yml",
        "vpnphone_os_password cucm.yml",
    ]
    assert "ansible-vault encrypt_string" in audit.words


def test_no_secret_is_shown_or_kept(audit: Played) -> None:
    assert CANARY not in audit.output
    kept = [path for path in audit.reports.rglob("*") if path.is_file()]
    assert len(kept) > 5
    assert not [path for path in kept if CANARY.encode() in path.read_bytes()]
