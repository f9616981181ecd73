"""The rules behind the listener as pure functions: ClientHello, matrix, settings, DAP, policies, pools."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL

from lab import certs
from lab.certs import Cert
from lab.device import Device
from lab.headend import dap, hello, policy, pools
from lab.headend.choice import choose
from lab.headend.hello import NotTls
from lab.headend.settings import enabled_interfaces, load_balancing, ssl_settings, trustpoints_for
from lab.headend.stream import available
from lab.headend.suites import NAMES, name_of
from tests.unit.lab.tls_client import CLASSIC, EC_ONLY, VERSIONS

Make = Callable[..., Device]


def flight(suites: tuple[str, ...], versions: tuple[str, str], name: str = "") -> bytes:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(VERSIONS[versions[0]])
    context.set_max_proto_version(VERSIONS[versions[1]])
    context.set_cipher_list(f"{':'.join(suites)}:@SECLEVEL=0".encode())
    client = SSL.Connection(context)
    client.set_connect_state()
    if name:
        client.set_tlsext_host_name(name.encode())
    with pytest.raises(SSL.WantReadError):
        client.do_handshake()
    return client.bio_read(65536)


@pytest.mark.parametrize(
    ("suites", "versions", "spoken"),
    [
        (CLASSIC, ("TLSv1", "TLSv1"), ("tlsv1",)),
        # Up to TLS 1.2 a client tells its highest version alone.
        (CLASSIC, ("TLSv1.2", "TLSv1.2"), ("tlsv1", "tlsv1.1", "tlsv1.2")),
        ((*EC_ONLY, *CLASSIC), ("TLSv1", "TLSv1.2"), ("tlsv1", "tlsv1.1", "tlsv1.2")),
    ],
)
def test_a_client_hello_is_read(suites: tuple[str, ...], versions: tuple[str, str], spoken: tuple[str, ...]) -> None:
    data = flight(suites, versions, "vpn.example.com")
    ((kind, body),) = hello.messages(data)
    found = hello.client_hello(body)
    assert kind == hello.CLIENT_HELLO
    assert (found.suites, found.versions, found.server_name) == (suites, spoken, "vpn.example.com")
    assert (found.curves is not None) == (suites != CLASSIC)
    # Not whole yet: nothing is found, and nothing is wrong.
    for length in range(len(data)):
        assert list(hello.messages(data[:length])) == []


def test_a_message_over_several_records_is_put_together() -> None:
    data = flight(CLASSIC, ("TLSv1", "TLSv1"))
    body = data[5:]
    pieces = [body[:7], body[7:60], body[60:]]
    split = b"".join(data[:3] + len(piece).to_bytes(2) + piece for piece in pieces)
    assert list(hello.messages(split)) == list(hello.messages(data))


def test_supported_versions_count_where_they_are_told() -> None:
    extension = b"\x00\x2b\x00\x05\x04\x03\x04\x03\x02"
    body = b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x04\x13\x01\x5a\x5a" + b"\x01\x00" + b"\x00\x09" + extension
    found = hello.client_hello(body)
    assert found.versions == ("tlsv1.1", "tlsv1.3")
    # What browsers throw in to keep servers tolerant is no suite.
    assert found.suites == ("TLS_AES_128_GCM_SHA256",)


def readable(read: Callable[[bytes], object], data: bytes) -> bool:
    try:
        read(data)
    except NotTls:
        return False
    return True


@given(st.binary(max_size=300))
def test_noise_is_no_hello_and_nothing_worse(noise: bytes) -> None:
    for read in (hello.client_hello, hello.certificate_chain, lambda data: list(hello.messages(data))):
        readable(read, noise)
    # Shorter than the shortest of them.
    assert not readable(hello.client_hello, noise[:37])


HELLO = flight((*EC_ONLY, *CLASSIC), ("TLSv1", "TLSv1.2"), "vpn.example.com")


@given(st.integers(5, len(HELLO) - 1), st.integers(0, 255))
def test_a_damaged_hello_is_read_or_refused(place: int, value: int) -> None:
    damaged = HELLO[:place] + bytes((value,)) + HELLO[place + 1 :]
    for kind, body in hello.messages(damaged):
        assert kind in range(256)
        readable(hello.client_hello, body)


def test_suites_have_one_name_and_one_number() -> None:
    assert len(set(NAMES.values())) == len(NAMES)
    assert name_of(0x002F) == "AES128-SHA"
    assert name_of(0xABCD) == "0xABCD"
    assert available("AES256-SHA")
    # What this OpenSSL no longer has is simply not there.
    assert not available("RC4-SHA")
    assert not available("DES-CBC3-SHA")


# --- the matrix -------------------------------------------------------------------------------------------------------

NOW = datetime.now(UTC)
RSA = certs.self_signed(certs.parse_name("CN=rsa"), certs.pooled_key("rsa2048", "test"), NOW)
EC = certs.self_signed(certs.parse_name("CN=ec"), certs.pooled_key("ec256", "test"), NOW)
TEMPORARY = {
    "rsa": certs.self_signed(certs.parse_name("CN=temporary rsa"), certs.pooled_key("rsa2048", "test"), NOW),
    "ec": certs.self_signed(certs.parse_name("CN=temporary ec"), certs.pooled_key("ec256", "test"), NOW),
}
OFFERS = {"rsa": CLASSIC, "ec": EC_ONLY, "both": (*EC_ONLY, *CLASSIC)}
BOUND = {"rsa": [RSA], "ec": [EC], "both": [RSA, EC], "none": []}
# Cisco document 116162, the table after the fix: offer, bound, certificate ("" no connection).
FIXED = """
rsa  rsa  rsa
rsa  ec   temporary rsa
rsa  both rsa
rsa  none temporary rsa
ec   rsa
ec   ec   ec
ec   both ec
ec   none temporary ec
both rsa  rsa
both ec   ec
both both ec
both none temporary ec
"""
UNFIXED = {("ec", "rsa"): "temporary ec", ("both", "rsa"): "temporary ec"}
ROWS = [[*row.split(None, 2), ""][:3] for row in FIXED.strip().splitlines()]


@pytest.mark.parametrize("fixed", [True, False])
@pytest.mark.parametrize(("offer", "bound", "presented"), ROWS)
def test_every_cell_of_the_matrix(offer: str, bound: str, presented: str, fixed: bool) -> None:
    expected = presented if fixed else UNFIXED.get((offer, bound), presented)
    found = choose(OFFERS[offer], BOUND[bound], TEMPORARY.__getitem__, fixed=fixed)
    if not expected:
        assert found is None
        return
    assert found is not None
    assert found.cert.x509.subject.rfc4514_string() == f"CN={expected}"
    assert found.temporary == expected.startswith("temporary")
    assert all(name.startswith("ECDHE-ECDSA-") == expected.endswith("ec") for name in found.suites)
    assert found.suites


def test_a_certificate_without_its_key_cannot_be_presented() -> None:
    found = choose(CLASSIC, [Cert(RSA.x509)], TEMPORARY.__getitem__, fixed=True)
    assert found is not None
    assert found.temporary
    assert choose((), [RSA], TEMPORARY.__getitem__, fixed=True) is None


# --- settings ---------------------------------------------------------------------------------------------------------


def context_of(make: Make, *lines: str, version: str = "9.16(4)", **keys: Any) -> Any:
    device = make(config="\n".join(lines) + "\n", version=version, trustpoints={}, **keys)
    return device.contexts[""]


def test_defaults_by_release(make_device: Make) -> None:
    old = ssl_settings(context_of(make_device, version="9.1(1)"))
    assert old.tls == {"tlsv1": ("RC4-SHA", "AES128-SHA", "AES256-SHA", "DES-CBC3-SHA")}
    assert old.dtls == {"dtlsv1": old.tls["tlsv1"]}
    middle = ssl_settings(context_of(make_device, version="9.3(2)"))
    assert list(middle.tls) == ["tlsv1", "tlsv1.1", "tlsv1.2"]
    assert not any(name.startswith("ECDHE") for name in middle.tls["tlsv1.2"])
    assert (middle.group, middle.curve, list(middle.dtls)) == ("group2", "", ["dtlsv1"])
    new = ssl_settings(context_of(make_device))
    assert new.tls["tlsv1"] == ("DHE-RSA-AES256-SHA", "AES256-SHA", "DHE-RSA-AES128-SHA", "AES128-SHA")
    assert (new.group, new.curve, list(new.dtls)) == ("group14", "group19", ["dtlsv1", "dtlsv1.2"])


@pytest.mark.parametrize(
    ("line", "tls", "dtls"),
    [
        ("ssl server-version tlsv1.2", ["tlsv1.2"], ["dtlsv1", "dtlsv1.2"]),
        ("ssl server-version tlsv1.1 dtlsv1.2", ["tlsv1.1", "tlsv1.2"], ["dtlsv1.2"]),
        ("ssl server-version tlsv1.3", [], ["dtlsv1", "dtlsv1.2"]),
    ],
)
def test_server_version_is_the_lowest_of_each(make_device: Make, line: str, tls: list[str], dtls: list[str]) -> None:
    found = ssl_settings(context_of(make_device, line))
    assert (list(found.tls), list(found.dtls)) == (tls, dtls)


def test_bindings_are_looked_for_from_the_nearest_to_the_widest(make_device: Make) -> None:
    context = context_of(
        make_device, "ssl trust-point A", "ssl trust-point B Outside", "ssl trust-point C outside vpnlb-ip",
        "ssl trust-point D domain sip.example.com",
    )  # fmt: skip

    def found(interface: str, *, virtual: bool = False, name: str = "") -> tuple[str, ...]:
        return trustpoints_for(context, interface, virtual=virtual, server_name=name)

    assert found("outside") == ("B",)
    assert found("outside", virtual=True) == ("C",)
    assert found("inside") == ("A",)
    assert found("outside", name="SIP.EXAMPLE.COM") == ("D",)
    assert found("inside", virtual=True, name="other") == ("A",)


def test_interfaces_that_are_shut_down_do_not_listen(make_device: Make) -> None:
    lines = ("interface G0/0", " nameif Outside", " shutdown", "interface G0/1", " nameif dmz", "webvpn")
    context = context_of(make_device, *lines, " enable outside", " enable dmz tls-only", " enable nowhere")
    assert enabled_interfaces(context) == {"dmz": True}
    assert load_balancing(context) is None


# --- DAP, policies, addresses -----------------------------------------------------------------------------------------


def selection(match: str, *attributes: tuple[str, str, str]) -> str:
    inner = "".join(
        f"<attr><name>{name}</name><operation>{operation}</operation><value>{value}</value></attr>"
        for name, operation, value in attributes
    )
    return f"<dapSelection><dapPolicy><value>{match}</value></dapPolicy>{inner}</dapSelection>"


TG, GP = ("aaa.cisco.tunnelgroup", "EQ", "Phones"), ("aaa.cisco.grouppolicy", "EQ", "GP")
OTHER = ("aaa.cisco.tunnelgroup", "EQ", "Staff")
LUA = "<advancedView><value>EVAL(endpoint.os)</value></advancedView>"


@pytest.mark.parametrize(
    ("criteria", "relation", "more", "selected"),
    [
        (selection("match-any", TG, OTHER), "and", "", True),
        (selection("match-all", TG, GP), "and", "", True),
        (selection("match-all", TG, OTHER), "and", "", False),
        (selection("match-none", OTHER), "and", "", True),
        (selection("match-none", TG), "and", "", False),
        (selection("match-any", ("aaa.cisco.tunnelgroup", "NE", "Staff")), "and", "", True),
        (selection("match-any", ("aaa.cisco.tunnelgroup", "EQ", "phones")), "and", "", False),
        (selection("match-any", ("endpoint.os.version", "EQ", "Windows")), "and", "", False),
        (selection("match-any", ("aaa.cisco.tunnelgroup", "GT", "A")), "and", "", False),
        (selection("match-any", TG) + selection("match-any", GP), "and", "", True),
        (selection("match-any", TG) + selection("match-any", OTHER), "and", "", False),
        (selection("match-any", TG), "and", LUA, False),
        (selection("match-any", TG), "or", LUA, True),
        ("", "and", "", False),
        (selection("match-some", TG), "and", "", False),
    ],
)
def test_dap_criteria(make_device: Make, criteria: str, relation: str, more: str, selected: bool) -> None:
    xml = (
        f"<dapRecordList><dapRecord><dapName><value>P</value></dapName><dapViewsRelation><value>{relation}</value>"
        f"</dapViewsRelation><dapBasicView>{criteria}</dapBasicView>{more}</dapRecord></dapRecordList>"
    )
    lines = "dynamic-access-policy-record DfltAccessPolicy\n action terminate\ndynamic-access-policy-record P\n"
    device = make_device(config=lines, trustpoints={}, flash={"disk0:/dap.xml": xml})
    found = dap.decide(device, device.contexts[""], {"aaa.cisco.tunnelgroup": "Phones", "aaa.cisco.grouppolicy": "GP"})
    assert found.selected == (("P",) if selected else ("DfltAccessPolicy",))
    assert found.terminating == (() if selected else ("DfltAccessPolicy",))


POLICIES = """\
group-policy DfltGrpPolicy attributes
 vpn-simultaneous-logins 7
 group-lock value Staff
group-policy BASE internal
group-policy BASE attributes
 vpn-simultaneous-logins 5
 webvpn
  anyconnect ssl dtls none
group-policy GP internal from BASE
group-policy GP attributes
 group-lock value Phones
username bob attributes
 vpn-group-policy OWN
 vpn-idle-timeout 5
group-policy OWN internal
group-policy OWN attributes
 vpn-simultaneous-logins 1
"""


@pytest.mark.parametrize(
    ("name", "user", "value"),
    [
        ("group-lock", "", "value Phones"),
        ("vpn-simultaneous-logins", "", "5"),
        ("vpn-simultaneous-logins", "bob", "1"),
        ("vpn-idle-timeout", "bob", "5"),
        ("vpn-idle-timeout", "", "30"),
        ("anyconnect ssl dtls", "", "none"),
        ("group-lock", "bob", "value Phones"),
        ("no-such-thing", "bob", ""),
    ],
)
def test_whose_attribute_counts(make_device: Make, name: str, user: str, value: str) -> None:
    assert policy.attribute(context_of(make_device, POLICIES), "GP", name, user) == value


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        (" address-pool A\n", "10.1.0.2"),
        (" address-pool (outside) A B\n", "10.1.0.2"),
        (" address-pool B\n", "10.2.0.1"),
        (" address-pool MISSING\n", None),
        ("", None),
        (" dhcp-server 10.0.0.5\n", "10.254.0.10"),
    ],
)
def test_addresses_come_from_the_first_pool_with_a_free_one(make_device: Make, lines: str, address: str | None) -> None:
    text = f"""\
ip local pool A 10.1.0.1-10.1.0.2 mask 255.255.255.0
ip local pool B 10.2.0.1
tunnel-group Phones general-attributes
{lines}"""
    context = context_of(make_device, text, sessions=[{"user": "x", "assigned_ip": "10.1.0.1"}])
    assert pools.free_address(context, "Phones", "GP") == address
