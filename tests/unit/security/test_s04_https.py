"""S4: HTTPS is verified, by CAs or by a pin; one probe looks at certificates without trusting them."""

from __future__ import annotations

import ast
import ssl

import certifi
import pytest
from ansible.module_utils.vpnphone.transport import https
from ansible.module_utils.vpnphone.transport.https import Trust

from tests.unit.security.product import EVERY_SOURCE, ROOT, SOURCES, calls, short, tree, words

HTTPS = "module_utils/vpnphone/transport/https.py"
PROBE = "module_utils/vpnphone/transport/tls_probe.py"


def test_s04_nothing_turns_verification_off() -> None:
    for path in EVERY_SOURCE:
        for name, call in calls(path):
            given = {one.arg: one.value for one in call.keywords}
            values = [given.get(word) for word in ("verify", "check_hostname", "validate_certs")]
            off = [one for one in values if isinstance(one, ast.Constant) and not one.value]
            assert not off, f"{short(path)}:{call.lineno} {name}"
        bad = {"disable_warnings", "_create_unverified_context", "_create_default_https_context"}
        assert not [word for _, word in words(path) if word in bad], short(path)


def test_s04_whoever_speaks_tls_is_known() -> None:
    """No second client beside the one that verifies, and the probe."""
    assert {short(path) for path in SOURCES if any(word == "CERT_NONE" for _, word in words(path))} == {HTTPS}
    assert {short(path) for path in SOURCES if any(word == "VERIFY_NONE" for _, word in words(path))} == {PROBE}
    clients = {"requests", "httpx", "aiohttp", "urllib3", "HTTPSConnection", "urlopen", "wrap_socket", "SSLContext"}
    users = {short(path) for path in SOURCES if any(word in clients for _, word in words(path))}
    # The others are its sockets (bounds) and its errors.
    assert users <= {HTTPS, *(f"module_utils/vpnphone/transport/{name}.py" for name in ("bounds", "http_errors"))}
    assert HTTPS in users


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated")
@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("ca", [False, True])
def test_s04_without_a_pin_certificate_and_name_are_verified(legacy: bool, ca: bool) -> None:
    trust = Trust(ca_file=certifi.where() if ca else "", legacy=legacy)
    context = https._context(trust, "cucm")
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    if not legacy:
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_s04_the_pin_takes_the_place_of_the_cas_and_nothing_else_does() -> None:
    """CERT_NONE stands where a pin is given, and the pin is compared before a byte is sent (test_https.py)."""
    pinned = https._Adapter(Trust(pin="ab" * 32), "cucm")
    assert pinned.poolmanager.connection_pool_kw["assert_fingerprint"] == "ab" * 32
    assert https._context(Trust(pin="ab" * 32), "cucm").verify_mode is ssl.CERT_NONE
    plain = https._Adapter(Trust(), "cucm")
    assert "assert_fingerprint" not in plain.poolmanager.connection_pool_kw
    # Guarded: each CERT_NONE stands below a condition on the pin.
    source = tree(ROOT / HTTPS)
    guarded = {
        id(inner)
        for node in ast.walk(source)
        if isinstance(node, ast.If | ast.IfExp) and "pin" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(source):
        none = (isinstance(node, ast.Attribute) and node.attr == "CERT_NONE") or (
            isinstance(node, ast.Constant) and node.value == "CERT_NONE"
        )
        assert not none or id(node) in guarded


def test_s04_the_probe_sends_nothing_but_a_handshake() -> None:
    sending = {"send", "sendall", "write", "sendfile", "request"}
    assert not [name for name, _ in calls(ROOT / PROBE) if name.rpartition(".")[2] in sending]
