"""Where a request may go: a plain host name or address, and a port."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.transport.https import origin


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("cucm-pub.example.com", "https://cucm-pub.example.com:8443"),
        ("192.0.2.1", "https://192.0.2.1:8443"),
        ("2001:db8::1", "https://[2001:db8::1]:8443"),
        ("cucm_pub", "https://cucm_pub:8443"),
    ],
)
def test_addresses(host: str, expected: str) -> None:
    assert origin("https", host, 8443) == expected


@pytest.mark.parametrize("host", ["", "a/b", "user@host", "host:1", "a b", "a\nb", "https://x", "-x", "[::1]", "ä.de"])
def test_what_is_no_address(host: str) -> None:
    with pytest.raises(BadInput):
        origin("https", host, 8443)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_what_is_no_port(port: int) -> None:
    with pytest.raises(BadInput):
        origin("https", "host", port)
