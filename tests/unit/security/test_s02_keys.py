"""S2: the private key stays on the ASA; a PKCS12 and its passphrase are used once and kept nowhere."""

from __future__ import annotations

import re
from typing import get_type_hints

from ansible.module_utils.vpnphone.model import VpnGroupConfig, VpnProfile
from ansible.module_utils.vpnphone.model.renewal import Journal
from ansible.module_utils.vpnphone.redact import redact

from tests.unit.security.product import MODULES, SOURCES, module, short, texts, types


def test_s02_no_command_of_the_product_exports_a_key() -> None:
    """Where the words stand they are those of the redaction."""
    form = re.compile(r"\bexport\b.*\b(?:pkcs12|keypair)|BEGIN (?:RSA |EC )?PRIVATE", re.IGNORECASE)
    found = {short(path) for path in SOURCES for _, text in texts(path) if form.search(text)}
    assert found <= {"module_utils/vpnphone/redact.py"}
    # What is asked for is the certificate alone.
    exports = [text for path in SOURCES for _, text in texts(path) if text.startswith("crypto ca export")]
    assert exports
    sources = [path.read_text(encoding="utf-8") for path in SOURCES]
    commands = [line for text in sources for line in re.findall(r'f?"crypto ca export [^"]*"', text)]
    assert all(line.endswith(' identity-certificate"') for line in commands)


def test_s02_the_key_is_made_on_the_asa_unless_somebody_says_otherwise() -> None:
    spec = next(module(path).ARGUMENT_SPEC for path in MODULES if path.stem == "vpnphone_asa_certificate")
    assert spec["method"]["default"] == "csr"


def test_s02_no_type_that_is_kept_has_room_for_a_secret() -> None:
    """What is written is made of these types: a passphrase or a key has no field to stand in."""
    secret = re.compile(r"pass(?:word|phrase|wd)|secret|private|pkcs|bag")
    fields = {f"{kind.__name__}.{name}" for kind in types() for name in kind.__struct_fields__ if secret.search(name)}
    # Whether phones may keep a password; no password.
    assert fields == {"VpnProfile.password_persistence", "VpnGroupConfig.password_persistent"}
    assert get_type_hints(VpnProfile)["password_persistence"] == bool | None
    assert get_type_hints(VpnGroupConfig)["password_persistent"] == bool | None
    assert Journal in types()


def test_s02_the_command_with_a_passphrase_is_hidden_wherever_it_is_told() -> None:
    for line in ("crypto ca import VPN_2027 pkcs12 CaNaRy", "crypto ca export VPN_2027 pkcs12 CaNaRy"):
        assert "CaNaRy" not in redact(line)
