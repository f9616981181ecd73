"""Only the device's own keys are read from a known_hosts file, plain or hashed."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import paramiko
import pytest
from ansible.module_utils.vpnphone.errors import DeviceUnreachable
from ansible.module_utils.vpnphone.transport.login import HostKeyPolicy, add_known_keys, fingerprint
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def blob() -> str:
    """A fresh public key as known_hosts holds it: "ssh-ed25519 AAAA..."."""
    key = Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


OURS, OTHERS = blob(), blob()


def known(tmp_path: Path, text: str, name: str) -> list[str]:
    path = tmp_path / "known_hosts"
    path.write_text(text)
    client = paramiko.SSHClient()
    add_known_keys(client, str(path), name)
    entry = client.get_host_keys().lookup(name)
    return [f"{key.get_name()} {key.get_base64()}" for key in entry.values()] if entry else []


@pytest.mark.parametrize(
    ("line", "name", "found"),
    [
        ("asa1 KEY", "asa1", True),
        ("  asa1 KEY", "asa1", True),
        ("asa0,asa1,192.0.2.1 KEY", "192.0.2.1", True),
        ("[asa1]:2222 KEY", "[asa1]:2222", True),
        ("[asa1]:2222 KEY", "asa1", False),
        ("asa11 KEY", "asa1", False),
        ("HASHED-asa1 KEY", "asa1", True),
        ("HASHED-asa2 KEY", "asa1", False),
        ("@revoked asa1 KEY", "asa1", False),
        ("asa1 KEY\n@revoked asa1 KEY", "asa1", False),
        ("@revoked * KEY\nasa1 KEY", "asa1", False),
        ("@revoked HASHED-asa1 KEY\nasa1 KEY", "asa1", False),
        ("@revoked asa2 KEY\nasa1 KEY", "asa1", True),
        ("@revoked nonsense\nasa1 KEY", "asa1", True),
        ("@cert-authority asa1 KEY", "asa1", False),
        ("# asa1 KEY", "asa1", False),
        ("asa1 ssh-ed25519 not-base64!", "asa1", False),
        ("asa1 ssh-ed25519", "asa1", False),
        ("asa1", "asa1", False),
        ("|1|broken ssh-ed25519 AAAA", "asa1", False),
        ("|1|||| x", "asa1", False),
        ("", "asa1", False),
    ],
)
def test_lines(tmp_path: Path, line: str, name: str, found: bool) -> None:
    # Keys and salts are fresh in every run, so they are filled in here: test ids must not change.
    line = re.sub(r"HASHED-(\w+)", lambda match: paramiko.HostKeys.hash_host(match[1]), line).replace("KEY", OURS)
    text = f"other {OTHERS}\n{line}\nanother {OTHERS}\n"
    assert known(tmp_path, text, name) == ([OURS] if found else [])


def test_a_missing_file_knows_nobody(tmp_path: Path) -> None:
    client = paramiko.SSHClient()
    add_known_keys(client, str(tmp_path / "none"), "asa1")
    assert len(client.get_host_keys()) == 0


def test_an_unknown_key_is_refused_with_its_fingerprint() -> None:
    key = paramiko.Ed25519Key(data=base64.b64decode(OURS.split()[1]))
    with pytest.raises(DeviceUnreachable) as caught:
        HostKeyPolicy("asa1").missing_host_key(paramiko.SSHClient(), "asa1", key)
    assert caught.value.code == "host_key_unknown"
    assert fingerprint(key) in caught.value.what
    assert fingerprint(key).startswith("SHA256:")
