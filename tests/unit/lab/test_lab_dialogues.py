"""Keys and certificates, by the dialogues of the CLI."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

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
        "crypto ca enroll NEW", "yes", "no", "yes", "no",
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
        "crypto ca import NEW certificate", "yes", *issued.pem.splitlines(), "quit",
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


# --- each command's questions (asa.md, chapter 6) ---------------------------------------------------------------------


def pem(device: Device, name: str = "TP") -> list[str]:
    issuer = device.system.trustpoints[name].ca
    assert issuer is not None
    return issuer.pem.splitlines()


def trustpoint(*lines: str, name: str = "NEW") -> tuple[str, ...]:
    return ("conf t", f"crypto ca trustpoint {name}", "enrollment terminal", f"keypair {name}", *lines, "exit")


def request_of(text: str) -> x509.CertificateSigningRequest:
    found = re.search(r"-----BEGIN CERTIFICATE REQUEST-----\n.*?-----END CERTIFICATE REQUEST-----", text, re.S)
    assert found is not None
    return x509.load_pem_x509_csr(found[0].encode())


def test_a_key_of_that_name_is_replaced_only_on_demand(make_device: Make, talk: Talk) -> None:
    device = make_device()
    before = device.system.keys["TP"]
    text = talk(device, "conf t", "crypto key generate rsa label TP modulus 2048", "no")
    assert "% You already have RSA or ECDSA keys named TP.\n% Do you really want to replace them? [yes/no]: no" in text
    assert device.system.keys["TP"] is before
    text = talk(device, "conf t", "crypto key generate rsa label TP modulus 2048 noconfirm")
    assert "[yes/no]" not in text
    assert device.system.keys["TP"] is not before


@pytest.mark.parametrize("command", ["rsa label X modulus 1000", "ecdsa label X elliptic-curve 300", "dsa label X"])
def test_keys_that_there_are_not(make_device: Make, talk: Talk, command: str) -> None:
    device = make_device()
    assert "ERROR: % Invalid input detected" in talk(device, "conf t", f"crypto key generate {command} noconfirm")
    assert "X" not in device.system.keys


def test_keys_go_with_their_certificates(make_device: Make, talk: Talk) -> None:
    device = make_device()
    text = talk(device, "conf t", "crypto key zeroize ecdsa label TP", "no")
    assert "Do you really want to remove these keys? [yes/no]: no" in text
    assert device.system.trustpoints["TP"].identity is not None
    talk(device, "conf t", "crypto key zeroize ecdsa label TP noconfirm")
    assert device.system.trustpoints["TP"].identity is None
    assert device.system.trustpoints["TP"].ca is not None
    assert "ERROR: No ECDSA keys found named TP\n" in talk(
        device, "conf t", "crypto key zeroize ecdsa label TP noconfirm"
    )


def test_the_key_of_a_scenario_is_named_as_its_keypair_line(make_device: Make) -> None:
    config = "crypto ca trustpoint TP\n keypair OTHER\n"
    assert set(make_device(config=config).system.keys) == {"OTHER"}


def test_a_trustpoint_holds_one_ca_of_a_chain(make_device: Make, talk: Talk) -> None:
    device = make_device()
    root = device.system.trustpoints["TP"].ca
    leaf = device.system.trustpoints["TP"].identity
    assert root is not None
    assert leaf is not None
    both = [*leaf.pem.splitlines(), *root.pem.splitlines()]
    text = talk(device, *trustpoint(), "crypto ca authenticate NEW nointeractive", *both, "quit")
    assert "Trustpoint 'NEW' is a subordinate CA and holds a non self-signed certificate.\n" in text
    assert device.system.trustpoints["NEW"].ca == leaf
    text = talk(device, "conf t", "crypto ca authenticate NEW", "quit")
    assert "ERROR: A CA certificate already exists for trustpoint NEW.\n" in text


def test_a_ca_that_is_not_accepted(make_device: Make, talk: Talk) -> None:
    device = make_device()
    text = talk(device, *trustpoint(), "crypto ca authenticate NEW", *pem(device), "quit", "no")
    assert "Trustpoint CA certificate not accepted.\n" in text
    text = talk(device, "conf t", "crypto ca authenticate NEW", "nonsense", "quit")
    assert "ERROR: Failed to parse CA certificate\n" in text
    assert device.system.trustpoints["NEW"].ca is None


@pytest.mark.parametrize(
    ("lines", "names", "asks"),
    [
        (("fqdn fw.example.com",), ["fw.example.com"], False),
        ((), ["fw.example.com"], False),
        (("fqdn vpn.example.com",), ["vpn.example.com"], True),
        (("fqdn none",), None, False),
    ],
)
def test_the_name_of_a_request(
    make_device: Make, talk: Talk, lines: tuple[str, ...], names: list[str] | None, asks: bool
) -> None:
    device = make_device()
    answers = ["yes"] if asks else []
    text = talk(
        device, "conf t", "domain-name example.com", "crypto key generate ecdsa label NEW elliptic-curve 256",
        *trustpoint("subject-name CN=vpn-2027.example.com,O=Lab", *lines),
        "crypto ca enroll NEW", *answers, "no", "yes", "no",
    )  # fmt: skip
    assert ("Would you like to continue with this enrollment? [yes/no]: yes" in text) == asks
    assert "% The subject name in the certificate will be: CN=vpn-2027.example.com,O=Lab\n" in text
    request = request_of(text)
    assert request.subject == certs.parse_name("CN=vpn-2027.example.com,O=Lab")
    found = [e.value.get_values_for_type(x509.DNSName) for e in request.extensions]
    assert found == ([names] if names else [])
    quiet = talk(device, "conf t", "crypto ca enroll NEW noconfirm")
    assert "[yes/no]" not in quiet
    assert request_of(quiet).public_key() == request.public_key()


def test_a_request_that_is_shown_again_or_not_at_all(make_device: Make, talk: Talk) -> None:
    device = make_device()
    made = ("conf t", "crypto key generate ecdsa label NEW noconfirm", *trustpoint())
    text = talk(device, *made, "crypto ca enroll NEW", "yes", "yes", "yes", "no")
    assert text.count("-----BEGIN CERTIFICATE REQUEST-----") == 2
    assert request_of(text).subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)[0].value == "FCH00000LAB"
    assert "-----BEGIN" not in talk(device, "conf t", "crypto ca enroll NEW", "no", "no")


def test_enrolling_again_is_asked(make_device: Make, talk: Talk) -> None:
    device = make_device()
    text = talk(device, "conf t", "crypto ca enroll TP", "no")
    assert "Do you want to continue with re-enrollment? [yes/no]: no" in text
    assert "-----BEGIN" not in text


def test_a_certificate_of_another_ca_or_before_the_ca_is_refused(make_device: Make, talk: Talk) -> None:
    device = make_device()
    talk(device, "conf t", "crypto key generate ecdsa label NEW noconfirm", *trustpoint())
    root = device.system.trustpoints["TP"].ca
    assert root is not None
    when = {"not_before": root.x509.not_valid_before_utc, "not_after": root.x509.not_valid_after_utc}
    name, key = certs.parse_name("CN=vpn,O=Lab"), device.system.keys["NEW"]
    good, alone = certs.build(name, key, issuer=root, **when), certs.build(name, key, **when)
    refused = "ERROR: Failed to parse or verify imported certificate\n"
    assert refused in talk(device, "conf t", "crypto ca import NEW certificate", *good.pem.splitlines(), "quit")
    talk(device, "conf t", "crypto ca authenticate NEW nointeractive", *pem(device), "quit")
    for cert, said in ((alone, refused), (good, "INFO: Certificate successfully imported\n")):
        assert said in talk(device, "conf t", "crypto ca import NEW certificate", *cert.pem.splitlines(), "quit")


@pytest.mark.parametrize("quiet", [False, True])
def test_enrollment_self(make_device: Make, talk: Talk, quiet: bool) -> None:
    device = make_device()
    made = (
        "conf t",
        "crypto key generate rsa label NEW noconfirm",
        *trustpoint("enrollment self", "fqdn vpn.example.com"),
    )
    rest = ("crypto ca enroll NEW noconfirm",) if quiet else ("crypto ca enroll NEW", "yes", "no", "yes")
    text = talk(device, *made, *rest)
    assert ("Generate Self-Signed Certificate? [yes/no]: yes" in text) != quiet
    cert = device.system.trustpoints["NEW"].identity
    assert cert is not None
    assert cert.x509.issuer == cert.x509.subject
    names = cert.x509.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["vpn.example.com"]
    assert cert.pem in talk(device, "conf t", "crypto ca export NEW identity-certificate")


def test_an_export_is_read_only_and_of_configuration_mode(make_device: Make, talk: Talk) -> None:
    device = make_device()
    before = device.snapshot()
    assert "Invalid input" in talk(device, "crypto ca export TP identity-certificate")
    assert "follows:" in talk(device, "conf t", "crypto ca export TP identity-certificate")
    after = device.snapshot()
    assert {**before, "commands": 0} == {**after, "commands": 0}
    assert "has no identity certificate" in talk(device, "conf t", "crypto ca export EMPTY identity-certificate")
    assert "Trustpoint X does not exist" in talk(device, "conf t", "crypto ca export X identity-certificate")


def test_a_key_that_a_pkcs12_would_replace(make_device: Make, talk: Talk) -> None:
    device = make_device()
    text = talk(device, "conf t", "crypto ca export TP pkcs12 pass-canary")
    blob = re.search(r"-----BEGIN PKCS12-----\n(.*?)-----END PKCS12-----", text, re.S)
    assert blob is not None
    lines = blob[1].splitlines()
    device.system.keys["COPY"] = old = certs.new_key("ec256")
    text = talk(device, "conf t", "crypto ca import COPY pkcs12 pass-canary", *lines, "quit", "no")
    assert "% Do you really want to replace them? [yes/no]: no\nERROR: Import PKCS12 operation failed\n" in text
    assert device.system.keys["COPY"] is old
    text = talk(device, "conf t", "crypto ca import COPY pkcs12 pass-canary nointeractive", *lines, "quit")
    assert "WARNING: CA certificates can be used to validate VPN connections," in text
    assert "WARNING: Identical public key already exists as TP\n" in text
    again = talk(device, "conf t", "crypto ca import COPY pkcs12 pass-canary nointeractive", *lines, "quit")
    assert "trustpoint COPY is already enrolled" in again


def test_a_trustpoint_goes_without_a_question(make_device: Make, talk: Talk) -> None:
    device = make_device()
    bound = talk(device, "conf t", "no crypto ca trustpoint TP noconfirm")
    assert "ERROR: Trustpoint TP is in use by ssl and cannot be removed.\n" in bound
    text = talk(device, "conf t", "no ssl trust-point TP outside", "no crypto ca trustpoint TP noconfirm")
    assert "[yes/no]" not in text
    assert "TP" not in device.snapshot()["trustpoints"]
    assert "TP" in device.system.keys
    assert "Invalid input" in talk(device, "conf t", "crypto ca trustpoint NEW noconfirm")
    assert "crypto ca trustpoint NEW" not in device.snapshot()["running_config"]
