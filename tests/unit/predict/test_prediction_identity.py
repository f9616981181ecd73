"""The phone's host-ID check, and names as two ends write them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.predict.identity import host_id, name_key, same_name, typed_host
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.predict.builders import (
    HOLDS,
    LEAF,
    asa,
    hold,
    leaf,
)
from tests.unit.predict.handshakes import blind

# --- host-ID -----------------------------------------------------------------------------------------------------

NAMELESS = msgspec.structs.replace(LEAF, san_dns=(), subject_cn="", subject="O=Example")
BY_CN = leaf(san=(), serial=0x0A11)
WILD = leaf("*.example.com", serial=0x0A12)
WILD_CN = leaf("*.example.com", san=(), serial=0x0A13)
OTHER_SAN = leaf(san=("other.example.com",), serial=0x0A14)


@pytest.mark.parametrize(
    ("host", "certificate", "expected"),
    [
        ("vpn.example.com", LEAF, "CONNECTS"),
        ("vpn.example.com", BY_CN, "CONNECTS"),
        ("VPN.example.com", LEAF, "UNKNOWN"),
        ("vpn.example.com", WILD, "LOCKED OUT"),
        ("vpn.example.com", WILD_CN, "LOCKED OUT"),
        ("*.example.com", WILD, "CONNECTS"),
        ("vpn.example.com", OTHER_SAN, "UNKNOWN"),
        ("other.example.com", OTHER_SAN, "CONNECTS"),
        ("vpn2.example.com", LEAF, "LOCKED OUT"),
        ("vpn.example.com.", LEAF, "LOCKED OUT"),
        ("192.0.2.1", LEAF, "LOCKED OUT"),
        ("2001:db8::1", LEAF, "LOCKED OUT"),
        ("192.0.2.1", None, "LOCKED OUT"),
        ("vpn.example.com", None, "UNKNOWN"),
        ("vpn.example.com", NAMELESS, "LOCKED OUT"),
        ("", LEAF, "LOCKED OUT"),
    ],
)
def test_host_id(host: str, certificate: Any, expected: str) -> None:
    assert host_id(host, certificate).verdict == expected


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://VPN.Example.com/x", "VPN.Example.com"),
        ("https://user@vpn.example.com:443/x", "vpn.example.com"),
        ("https://[2001:db8::1]:443/x", "2001:db8::1"),
        ("https:///x", ""),
        ("https://[/", ""),
    ],
)
def test_the_host_as_it_is_typed(url: str, host: str) -> None:
    assert typed_host(url) == host


@pytest.mark.parametrize(
    ("check", "certificate", "expected"),
    [
        (True, WILD, "LOCKED OUT host-id: the certificate has *.example.com for vpn.example.com: the phone refuses wi"),
        (False, WILD, "CONNECTS"),
        (None, WILD, "UNKNOWN host-id: the file does not say whether the host-ID check is on"),
        (None, LEAF, "CONNECTS"),
        (True, BY_CN, "CONNECTS"),
    ],
)
def test_the_check_of_the_file(check: bool | None, certificate: Any, expected: str) -> None:
    device = hold(asa(), ("VPN", "identity", certificate), *HOLDS[1:])
    assert blind(device, cert_hashes=(certificate.pin,), host_id_check=check).startswith(expected)


# --- names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("CN=A,O=B", "o=B, cn=A", True),
        ("CN=A, O = B", "CN=a,O=b", True),
        ("CN=A,O=B", "CN=A", False),
        ("A", "CN=A,O=B", True),
        ("CN=A,O=B", "B", False),
        ("A", "a", True),
        ("CN=A\\,B,O=C", "O=C,CN=A\\,B", True),
        ("", "", False),
        ("CN=A", " ", False),
    ],
)
def test_names(left: str, right: str, same: bool) -> None:
    assert same_name(left, right) is same
    assert same_name(right, left) is same


@given(st.text(max_size=40), st.text(max_size=40))
def test_names_never_raise_and_are_symmetric(left: str, right: str) -> None:
    assert same_name(left, right) == same_name(right, left)
    assert name_key(left) == tuple(sorted(name_key(left)))
