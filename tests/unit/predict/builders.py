"""A small site in which every phone connects: one cluster, one ASA, phones; self-made, with real certificates.

Tests change one thing of it and look what becomes of the prediction.
"""

from __future__ import annotations

import datetime as dt
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from ansible.module_utils.vpnphone.controls.site import PhoneModel, Site
from ansible.module_utils.vpnphone.controls.site_context import AsaUnit, SiteContext
from ansible.module_utils.vpnphone.model import (
    X509,
    AsaState,
    Certificate,
    CommonPhoneProfile,
    Connection,
    CucmPhone,
    CucmState,
    DeviceTime,
    ExportMode,
    GatewayCertificate,
    GroupPolicy,
    Handshake,
    HeldCertificate,
    PhoneState,
    PhoneWeb,
    Prediction,
    Probe,
    Profile,
    Registration,
    ServedFile,
    Source,
    SslTrustPoint,
    StatusMessage,
    TrustedCertificate,
    Trustpoint,
    VpnGateway,
    VpnGroup,
    VpnGroupConfig,
    VpnProfile,
)
from ansible.module_utils.vpnphone.predict import Change, predict
from ansible.module_utils.vpnphone.x509 import read_der
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.unit.controls.builders import DEFAULT_POLICY_VALUES, NOW, change, healthy, phone_model

URL = "https://vpn.example.com/VPNPhone"
PHONE = "SEP8CB64F576113"
FILE_NAME = f"{PHONE}.cnf.xml.sgn"
CLUSTER = "cucm1"
BUILT = NOW - timedelta(hours=2)
DAY = timedelta(days=1)

# --- certificates -----------------------------------------------------------------------------------------------------

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@lru_cache(maxsize=64)
def key(kind: str, name: str) -> Key:
    """One key a name and kind ("rsa2048", "ec"), made once a process."""
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))


@lru_cache(maxsize=256)
def cert(
    common_name: str,
    *,
    issuer: str = "",
    san: tuple[str, ...] = (),
    kind: str = "ec",
    ca: bool = False,
    serial: int = 0x0A01,
    begins: timedelta = -30 * DAY,
    ends: timedelta = 365 * DAY,
    key_name: str = "",
    signer: str = "",
) -> X509:
    """CN=<common_name>,O=Example; signed by the key that `signer` (else the issuer, else itself) has.

    CAs have EC keys: they are quick to make, and a phone never negotiates with them.
    """
    own = key("ec" if ca else kind, key_name or common_name)
    signing = key("ec", signer or issuer) if issuer else own
    names = [
        x509.Name(
            [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"), x509.NameAttribute(NameOID.COMMON_NAME, text)]
        )
        for text in (common_name, issuer or common_name)
    ]
    builder = (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(own.public_key())
        .serial_number(serial)
        .not_valid_before((NOW + begins).replace(tzinfo=dt.UTC))
        .not_valid_after((NOW + ends).replace(tzinfo=dt.UTC))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if san:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in san]), False)
    return read_der(builder.sign(signing, hashes.SHA256()).public_bytes(Encoding.DER))


def authority(common_name: str, **fields: Any) -> X509:
    return cert(common_name, **({"ca": True, "ends": 3000 * DAY, "serial": 0x0C03} | fields))


ROOT = authority("Example Root CA")
ISSUING = authority("Example Issuing CA", issuer="Example Root CA", serial=0x0B02)
CAPF = authority("CAPF-18cf046e", serial=0x0D04)
MAKER = authority("Cisco Manufacturing CA", serial=0x0E05)
MAKER_SHA2 = authority("Cisco Manufacturing CA SHA2", serial=0x0E06)


def leaf(common_name: str = "vpn.example.com", **fields: Any) -> X509:
    """The ASA's certificate: RSA, with its name as DNS name too, signed by the issuing CA."""
    return cert(common_name, **({"issuer": "Example Issuing CA", "san": (common_name,), "kind": "rsa2048"} | fields))


LEAF = leaf()
NEW_LEAF = leaf(serial=0x0A02, key_name="new")
TEMPORARY = cert("ASA Temporary Self Signed Certificate", kind="rsa2048", serial=0x0F01)


def block(certificate: X509, kind: Any = "identity", *trustpoints: str) -> Certificate:
    """The same certificate as `show crypto ca certificates` prints it."""

    def name(text: str) -> str:
        return text.replace("CN=", "cn=").replace("O=", "o=")

    def at(moment: datetime) -> DeviceTime:
        return DeviceTime(text=f"{moment:%H:%M:%S} UTC {moment:%b} {moment.day} {moment:%Y}", utc=moment)

    return Certificate(
        kind=kind,
        status="Available",
        serial=certificate.serial,
        subject=name(certificate.subject),
        subject_cn=certificate.subject_cn,
        issuer=name(certificate.issuer),
        issuer_cn=certificate.issuer_cn,
        key_type=certificate.key_type,
        key_bits=certificate.key_bits,
        signature_algorithm="SHA256 with RSA Encryption",
        not_before=at(certificate.not_before),
        not_after=at(certificate.not_after),
        trustpoints=trustpoints,
    )


# --- the ASA ----------------------------------------------------------------------------------------------------------

Held = tuple[str, Any, X509]
HOLDS: tuple[Held, ...] = (
    ("VPN", "identity", LEAF),
    ("VPN", "ca", ISSUING),
    ("ROOT", "ca", ROOT),
    ("CAPF", "ca", CAPF),
    ("MAKER", "ca", MAKER),
    ("MAKER_SHA2", "ca", MAKER_SHA2),
)


def hold(device: AsaState, *held: Held) -> AsaState:
    """The ASA with exactly these certificates, in every section that tells of them."""
    return change(
        device,
        certificates=tuple(block(found, kind, name) for name, kind, found in held),
        certificate_chain=tuple(HeldCertificate(trustpoint=name, kind=kind, x509=found) for name, kind, found in held),
        trustpoints=tuple(
            Trustpoint(name=name, enrollment="terminal") for name in dict.fromkeys(name for name, _, _ in held)
        ),
    )


def asa(**sections: Any) -> AsaState:
    """An ASA on which every phone of the site connects; sections are replaced."""
    base = hold(healthy(), *HOLDS)
    values = DEFAULT_POLICY_VALUES | {
        "vpn-access-hours": "none",
        "vpn-session-timeout": "none",
        "address-pools": "none",
        "webvpn anyconnect ssl dtls": "enable",
        "webvpn anyconnect mtu": "1406",
    }
    whole = change(
        base,
        default_group_policy=GroupPolicy(name="DfltGrpPolicy", kind="internal", values=values),
        startup_trust_points=(SslTrustPoint(trustpoint="VPN", interface="outside"),),
    )
    device = sections.pop("device", None)
    whole = change(whole, **sections)
    return msgspec.structs.replace(whole, device=device) if device else whole


def bind(device: AsaState, *lines: tuple[str, str]) -> AsaState:
    """The ASA with these bindings (trustpoint, interface), running and saved."""
    points = tuple(SslTrustPoint(trustpoint=name, interface=where) for name, where in lines)
    ssl = msgspec.structs.replace(device.ssl, trust_points=points)
    return change(device, ssl=ssl, startup_trust_points=points)


MODEL = phone_model()


def handshake(row: PhoneModel = MODEL, *chain: X509, **fields: Any) -> Handshake:
    """What the ASA answers to a model's offer; the chain as sent."""
    defaults: dict[str, Any] = {
        "offer": row.model,
        "suites": row.tls_suites,
        "versions": row.tls_versions,
        "status": "ok",
        "version": "TLSv1",
        "cipher": "AES256-SHA",
        "chain": chain or (LEAF, ISSUING),
    }
    return Handshake(**(defaults | fields))


def probe(*shakes: Handshake, url: str = URL, device: str = "asa1") -> Probe:
    return Probe(device=device, url=url, address="192.0.2.1:443", probed_at=NOW, handshakes=shakes or (handshake(),))


def unit(device: AsaState | None = None, *probes: Probe, parameters: Site | None = None, **fields: Any) -> AsaUnit:
    profile = Profile(tunnel_group="VPNPhone", confidence="given", reason="self-made")
    return AsaUnit(device or asa(), parameters or SITE, (profile,), fields.get("now", NOW), probes)


SITE = Site(phone_models=(MODEL, phone_model(model="8841")), models_in_use=("7962G",))

# --- the cluster ------------------------------------------------------------------------------------------------------


def trusted(certificate: X509, store: str = "Phone-VPN-trust", **fields: Any) -> TrustedCertificate:
    return TrustedCertificate(
        **(
            {
                "store": store,
                "subject_name": certificate.subject,
                "issuer_name": certificate.issuer,
                "serial_number": certificate.serial,
                "stored_hash": certificate.pin,
                "x509": certificate,
            }
            | fields
        )
    )


def member(certificate: X509) -> GatewayCertificate:
    return GatewayCertificate(issuer_name=certificate.issuer, serial_number=certificate.serial)


SECTIONS = (
    "version", "export_mode", "gateways", "groups", "profiles", "common_profiles", "phones", "trust", "registrations",
    "tftp_nodes",
)  # fmt: skip


def cucm(**sections: Any) -> CucmState:
    """A restricted 14.0 cluster with one gateway, group, profile and Common Phone Profile, and the one phone."""
    whole: dict[str, Any] = {
        "version": "14.0.1.13900-155",
        "export_mode": ExportMode(mode="restricted", seen=("UCSInstall_UCOS_14.0.1.13900-155",)),
        "gateways": (VpnGateway(name="GW1", url=URL, certificates=(member(LEAF),)),),
        "groups": (VpnGroup(name="G1", gateways=("GW1",)),),
        "profiles": (
            VpnProfile(
                name="P1", client_authentication="Certificate", host_id_check=True, mtu=1290, fail_to_connect=30
            ),
        ),
        "common_profiles": (CommonPhoneProfile(name="Remote", vpn_group="G1", vpn_profile="P1"),),
        "phones": (listed(),),
        "trust": (
            trusted(LEAF),
            trusted(CAPF, "CAPF"),
            trusted(CAPF, "CAPF-trust"),
            trusted(MAKER, "CAPF-trust"),
            trusted(MAKER_SHA2, "CAPF-trust"),
            trusted(MAKER_SHA2, "CallManager-trust"),
        ),
        "registrations": (registered(),),
        "tftp_nodes": ("cucm-pub", "cucm-tftp2"),
    } | sections
    known = {name: value for name, value in whole.items() if name in SECTIONS}
    sources = {
        name: Source(command=f"ask {name}", status="missing" if value is None else "ok")
        for name, value in known.items()
    }
    return CucmState(device=whole.get("device", CLUSTER), origin="live", gathered_at=NOW, sources=sources, **known)


def listed(name: str = PHONE, **fields: Any) -> CucmPhone:
    defaults: dict[str, Any] = {
        "model": "Cisco 7962",
        "common_profile": "Remote",
        "certificate": "lsc",
        "lsc_status": "Upgrade Success",
        "lsc_issuer": CAPF.subject,
        "lsc_valid_until": NOW + 400 * DAY,
    }
    return CucmPhone(name=name, **(defaults | fields))


def registered(name: str = PHONE, **fields: Any) -> Registration:
    defaults: dict[str, Any] = {
        "status": "Registered",
        "ip": "10.10.10.10",
        "node": "cucm-pub",
        "since": NOW - timedelta(minutes=89),
    }
    return Registration(name=name, **(defaults | fields))


# --- the phone --------------------------------------------------------------------------------------------------------


def vpn(**fields: Any) -> VpnGroupConfig:
    defaults: dict[str, Any] = {
        "urls": (URL,),
        "cert_hashes": (LEAF.pin,),
        "hash_alg": 0,
        "auth_method": 2,
        "host_id_check": True,
        "auto_net_detect": False,
        "password_persistent": False,
        "mtu": 1290,
        "fail_connect_time": 30,
    }
    return VpnGroupConfig(**(defaults | fields))


def served(config: VpnGroupConfig | None = None, node: str = "cucm-pub", name: str = FILE_NAME, **fields: Any) -> Any:
    defaults: dict[str, Any] = {
        "via": "http",
        "status": "ok",
        "signed": True,
        "built_at": BUILT,
        "sha256": "00" * 32,
        "vpn": config if config is not None else vpn(),
    }
    return ServedFile(node=node, name=name, **(defaults | fields))


def seconds(moment: datetime) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def line(text: str = FILE_NAME, ago: timedelta = timedelta(minutes=90)) -> StatusMessage:
    return StatusMessage(text=text, seconds=seconds(NOW - ago))


def web(*lines: StatusMessage, **fields: Any) -> PhoneWeb:
    """Status messages with a fetch 90 minutes ago, half an hour after the file was built."""
    defaults: dict[str, Any] = {
        "address": "10.10.10.10:80",
        "read_at": NOW,
        "clock": seconds(NOW),
        "status_messages": lines or (line("Trust List Updated"), line()),
        "network": {"TFTP Server 1": "cucm-pub", "TFTP Server 2": "cucm-tftp2"},
    }
    return PhoneWeb(**(defaults | fields))


def phone(*files: ServedFile, name: str = PHONE, **fields: Any) -> PhoneState:
    """Served by two nodes; with files of its own, by the nodes of these alone, as its network page says then."""
    found = files or (served(), served(node="cucm-tftp2"))
    nodes = dict.fromkeys(one.node for one in found)
    defaults: dict[str, Any] = {
        "cucm": CLUSTER,
        "files": found,
        "web": web(network={f"TFTP Server {number}": node for number, node in enumerate(nodes, 1)}),
        "gathered_at": NOW,
    }
    return PhoneState(name=name, **(defaults | fields))


def filed(**fields: Any) -> PhoneState:
    """The phone with these fields of its file on both nodes."""
    config = vpn(**fields)
    return phone(served(config), served(config, node="cucm-tftp2"))


# --- the site ---------------------------------------------------------------------------------------------------------


def site(
    *units: AsaUnit, cluster: CucmState | None = None, phones: tuple[PhoneState, ...] | None = None, **fields: Any
) -> SiteContext:
    """The whole: one ASA that was probed, where none are given."""
    return SiteContext(
        cluster or cucm(),
        (phone(),) if phones is None else phones,
        units or (unit(None, probe()),),
        fields.get("site", SITE),
        NOW,
    )


class Told(NamedTuple):
    """What a prediction says, in brief: step and text of the reason that decides."""

    verdict: Connection
    step: str
    text: str


def told(found: Prediction) -> Told:
    reasons = [reason for one in found.attempts for reason in one.reasons if reason.verdict == found.verdict]
    first = reasons[0] if reasons else None
    return Told(found.verdict, first.step if first else "", first.text if first else "")


def ask(whole: SiteContext, moment: Any = "now", what_if: Change | None = None) -> Prediction:
    """The prediction of the first phone."""
    return predict(whole, (moment,), what_if)[0]


def text(found: Told) -> str:
    """ "LOCKED OUT pin: the ASA shows ...": what a table compares."""
    return f"{found.verdict} {found.step}: {found.text}"
