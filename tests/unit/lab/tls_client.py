"""A TLS client of the tests' own, and the sites it talks to."""

from __future__ import annotations

import hashlib
import socket
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

from lab.testing import RunningLab

VERSIONS = {"TLSv1": SSL.TLS1_VERSION, "TLSv1.1": SSL.TLS1_1_VERSION, "TLSv1.2": SSL.TLS1_2_VERSION}
CLASSIC = ("AES256-SHA", "AES128-SHA")
EC_ONLY = ("ECDHE-ECDSA-AES256-GCM-SHA384",)
NEWER = (*EC_ONLY, "ECDHE-RSA-AES256-GCM-SHA384", *CLASSIC)


@dataclass(frozen=True)
class Seen:
    """What came of a handshake: alert 0 for a good one, else its number, negative for the client's own.

    chain: SHA-1 in hex, as sent.
    """

    version: str = ""
    cipher: str = ""
    chain: tuple[str, ...] = ()
    subject: str = ""
    key: str = ""
    alert: int = 0
    pem: str = field(default="", repr=False, compare=False)


def sha1(cert: x509.Certificate) -> str:
    return hashlib.sha1(cert.public_bytes(Encoding.DER), usedforsecurity=False).hexdigest()


def connection(
    port: int, suites: tuple[str, ...], versions: tuple[str, str], name: str = "", curve: ec.EllipticCurve | None = None
) -> SSL.Connection:
    """A client that offers exactly these suites, and all versions from the first to the second."""
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(VERSIONS[versions[0]])
    context.set_max_proto_version(VERSIONS[versions[1]])
    context.set_cipher_list(f"{':'.join(suites)}:@SECLEVEL=0".encode())
    if curve is not None:
        context.set_tmp_ecdh(curve)
    client = SSL.Connection(context, socket.create_connection(("127.0.0.1", port), timeout=30))
    # Blocking: pyOpenSSL does not wait on a socket with a time-out.
    client.setblocking(True)
    client.set_connect_state()
    if name:
        client.set_tlsext_host_name(name.encode())
    return client


def shake(
    port: int,
    suites: tuple[str, ...] = CLASSIC,
    versions: tuple[str, str] = ("TLSv1", "TLSv1.2"),
    name: str = "",
    curve: ec.EllipticCurve | None = None,
) -> Seen:
    """One handshake. ConnectionError where the ASA hangs up without a word."""
    client = connection(port, suites, versions, name, curve)
    alerts: list[int] = []
    # SSL_CB_READ_ALERT, SSL_CB_WRITE_ALERT; the number in the lower byte.
    signs = {0x4004: 1, 0x4008: -1}
    client.set_info_callback(
        lambda _, where, code: alerts.append(signs[where] * (code & 0xFF)) if where in signs else None
    )
    try:
        client.do_handshake()
        chain = client.get_peer_cert_chain(as_cryptography=True) or []
        key = chain[0].public_key()
        return Seen(
            client.get_protocol_version_name(),
            client.get_cipher_name() or "",
            tuple(sha1(cert) for cert in chain),
            chain[0].subject.rfc4514_string(),
            "ec" if isinstance(key, ec.EllipticCurvePublicKey) else "rsa",
            pem=chain[0].public_bytes(Encoding.PEM).decode(),
        )
    except SSL.Error as error:
        if not alerts:
            raise ConnectionError(f"no handshake, no alert: {error}") from None
        return Seen(alert=alerts[0])
    finally:
        client.close()


def port_of(site: RunningLab, device: str, host: str = "198.51.100.1:443") -> int:
    """The loopback port behind an address of the device, as the inventory has it now."""
    found: dict[str, Any] = site.lab.inventory()["_meta"]["hostvars"][device]["vpnphone_connect_to"]
    return int(found[host].rpartition(":")[2])


def config(*ssl: str, webvpn: tuple[str, ...] = ("enable outside", "anyconnect enable"), more: str = "") -> str:
    """A small ASA: one outside interface, one tunnel-group with a group-url."""
    lines = "".join(f"{line}\n" for line in ssl)
    below = "".join(f" {line}\n" for line in webvpn)
    return f"""\
ip local pool PHONES 10.10.10.10-10.10.10.12 mask 255.255.255.0
interface GigabitEthernet0/0
 nameif outside
 ip address 198.51.100.1 255.255.255.0
interface GigabitEthernet0/1
 nameif inside
 ip address 10.0.0.1 255.255.255.0
crypto ca trustpoint RSA
crypto ca trustpoint EC
crypto ca trustpoint ROOT
{lines}webvpn
{below}group-policy GP internal
group-policy GP attributes
 vpn-tunnel-protocol ssl-client
tunnel-group TG type remote-access
tunnel-group TG general-attributes
 address-pool PHONES
 default-group-policy GP
tunnel-group TG webvpn-attributes
 authentication certificate
 group-url https://vpn.example.com/TG enable
{more}"""


CERTIFICATES = {
    "root": {"subject": "CN=Root,O=Lab", "ca": True},
    "issuing": {"subject": "CN=Issuing,O=Lab", "ca": True, "issuer": "root"},
    "rsa": {"subject": "CN=vpn.example.com,O=Lab", "issuer": "issuing", "san": ["DNS:vpn.example.com"]},
    "ec": {"subject": "CN=ec.example.com,O=Lab", "issuer": "issuing", "key": "ec256"},
    "stranger": {"subject": "CN=Stranger,O=Elsewhere", "ca": True},
}
TRUSTPOINTS = {
    "RSA": {"identity": "rsa", "ca": "issuing"}, "EC": {"identity": "ec", "ca": "issuing"}, "ROOT": {"ca": "root"},
}  # fmt: skip


def device(name: str, text: str, **keys: Any) -> dict[str, Any]:
    return {"name": name, "config": text, "trustpoints": TRUSTPOINTS, **keys}
