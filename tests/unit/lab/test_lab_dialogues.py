"""Keys and certificates, by the dialogues of the CLI."""

from __future__ import annotations

import re
from collections.abc import Callable

from lab import certs
from lab.device import Device

Talk = Callable[..., str]
Make = Callable[..., Device]


def test_renewal_from_key_to_binding(make_device: Make, talk: Talk) -> None:
    device = make_device()
    old = device.snapshot()["trustpoints"]["TP"]["identity"]["sha1"]
    text = talk(
        device, "conf t", "crypto key generate rsa label NEW modulus 2048", "crypto ca trustpoint NEW",
        "enrollment terminal", "keypair NEW", "fqdn vpn.example.com", "subject-name CN=vpn.example.com,O=Lab", "exit",
        "crypto ca enroll NEW", "no", "yes", "no",
    )  # fmt: skip
    assert "INFO: The name for the keys will be: NEW\nKeypair generation process begin. Please wait...\n" in text
    request = re.search(r"-----BEGIN CERTIFICATE REQUEST-----\n(.*?)-----END", text, re.S)
    assert request is not None
    key = device.system.keys["NEW"]
    issuer = device.system.trustpoints["TP"].ca
    assert issuer is not None
    issued = certs.build(
        certs.parse_name("CN=vpn.example.com,O=Lab"), key, issuer=issuer,
        not_before=issuer.x509.not_valid_before_utc, not_after=issuer.x509.not_valid_after_utc,
    )  # fmt: skip
    text = talk(
        device, "conf t", "crypto ca authenticate NEW", *issuer.pem.splitlines(), "quit", "yes",
        "crypto ca import NEW certificate", *issued.pem.splitlines(), "quit",
        "crypto ca export NEW identity-certificate", "ssl trust-point NEW outside",
    )  # fmt: skip
    assert "Do you accept this certificate? [yes/no]: yes\n\nTrustpoint CA certificate accepted.\n" in text
    assert "INFO: Certificate successfully imported\n" in text
    assert issued.pem in text
    state = device.snapshot()
    assert state["trustpoints"]["NEW"]["identity"]["sha1"] == issued.sha1 != old
    assert "ssl trust-point NEW Outside" in state["running_config"]
    assert "ssl trust-point TP Outside" not in state["running_config"]


def test_a_certificate_of_another_key_is_refused(make_device: Make, talk: Talk) -> None:
    device = make_device()
    leaf = device.system.trustpoints["TP"].identity
    assert leaf is not None
    device.system.keys["TP"] = certs.new_key("ec256")
    text = talk(device, "conf t", "crypto ca import TP certificate", *leaf.pem.splitlines(), "quit")
    assert "ERROR: Failed to parse or verify imported certificate\n" in text
    garbage = talk(device, "conf t", "crypto ca import TP certificate", "not a certificate", "quit")
    assert "ERROR: Failed to parse or verify imported certificate\n" in garbage


def test_pkcs12_there_and_back(make_device: Make, talk: Talk) -> None:
    device = make_device()
    text = talk(device, "conf t", "crypto ca export TP pkcs12 pass-canary")
    blob = re.search(r"-----BEGIN PKCS12-----\n(.*?)-----END PKCS12-----", text, re.S)
    assert blob is not None
    lines = blob[1].splitlines()
    wrong = talk(device, "conf t", "crypto ca import COPY pkcs12 other", *lines, "quit")
    assert "ERROR: Import PKCS12 operation failed\n" in wrong
    assert "COPY" not in device.snapshot()["trustpoints"]
    good = talk(device, "conf t", "crypto ca import COPY pkcs12 pass-canary nointeractive", *lines, "quit")
    assert "INFO: Import PKCS12 operation completed successfully\n" in good
    stores = device.snapshot()["trustpoints"]
    assert stores["COPY"] == stores["TP"]
    assert "crypto ca trustpoint COPY" in device.snapshot()["running_config"]


def test_removing_a_trustpoint_asks(make_device: Make, talk: Talk) -> None:
    device = make_device()
    talk(device, "conf t", "no ssl trust-point TP outside", "no crypto ca trustpoint TP", "no")
    assert "TP" in device.snapshot()["trustpoints"]
    talk(device, "conf t", "no crypto ca trustpoint TP", "yes")
    assert "TP" not in device.snapshot()["trustpoints"]
    assert "crypto ca trustpoint TP" not in device.snapshot()["running_config"]
