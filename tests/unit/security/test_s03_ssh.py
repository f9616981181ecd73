"""S3: no SSH session with a host that is not known, and old algorithms only where somebody asks for them."""

from __future__ import annotations

import re

import paramiko
import pytest
from ansible.module_utils.vpnphone.errors import DeviceUnreachable
from ansible.module_utils.vpnphone.transport.cluster import CLUSTER_SPEC
from ansible.module_utils.vpnphone.transport.login import LEGACY_ALGORITHMS, HostKeyPolicy
from ansible.module_utils.vpnphone.transport.options import CONNECTION_SPEC

from tests.unit.security.product import EVERY_SOURCE, SOURCES, calls, short, words

PREFERRED = {
    "kex": "_preferred_kex",
    "keys": "_preferred_keys",
    "pubkeys": "_preferred_pubkeys",
    "ciphers": "_preferred_ciphers",
    "macs": "_preferred_macs",
}
# hmac-sha1 in full length: no attack on SHA-1 reaches it (RFC 6194).
OLD = re.compile(r"md5|des|rc4|arcfour|blowfish|-cbc|sha1(?!$)|^ssh-(?:rsa|dss)|-sha1$|-96$")


def test_s03_nothing_trusts_a_host_key_that_it_does_not_know() -> None:
    trusting = {"AutoAddPolicy", "WarningPolicy", "ssh_strict_host_key", "load_system_host_keys", "auto_add"}
    for path in EVERY_SOURCE:
        assert not [(line, word) for line, word in words(path) if word in trusting], short(path)


def test_s03_every_ssh_client_has_the_policy_that_refuses() -> None:
    clients = {short(path) for path in SOURCES for name, _ in calls(path) if name.endswith("SSHClient")}
    setting = "set_missing_host_key_policy"
    policies = {short(path) for path in SOURCES for name, _ in calls(path) if name.endswith(setting)}
    # netmiko makes the ASA's client; asa.py gives it the policy.
    assert clients == {"module_utils/vpnphone/transport/cucm_os.py"}
    assert policies == {"module_utils/vpnphone/transport/cucm_os.py", "module_utils/vpnphone/transport/asa.py"}
    with pytest.raises(DeviceUnreachable) as caught:
        HostKeyPolicy("asa1").missing_host_key(paramiko.SSHClient(), "asa1", paramiko.RSAKey.generate(1024))
    assert caught.value.code == "host_key_unknown"


@pytest.mark.parametrize("kind", PREFERRED)
def test_s03_old_algorithms_are_off_unless_asked_for(kind: str) -> None:
    offered = [name for name in getattr(paramiko.Transport, PREFERRED[kind]) if name not in LEGACY_ALGORITHMS[kind]]
    assert offered
    assert [name for name in offered if OLD.search(name) and name != "hmac-sha1"] == []


def test_s03_nobody_is_given_old_algorithms_by_default() -> None:
    for spec in (CONNECTION_SPEC, CLUSTER_SPEC):
        assert spec["ssh_legacy"]["default"] is False
    assert CLUSTER_SPEC["tls_legacy"]["default"] is False
