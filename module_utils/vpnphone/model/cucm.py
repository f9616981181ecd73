"""What one CUCM cluster said: CucmState and its sections.

As in AsaState: a section that is None was not learned, and CucmState.sources says why. Names are kept as CUCM spells
them and compared case-exactly.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import field

from .base import Model
from .state import Source, UnparsedLine
from .x509 import X509


class GatewayCertificate(Model, frozen=True, kw_only=True):
    """One member of a VPN gateway's list: AXL refers to a certificate by issuer name and serial number alone."""

    issuer_name: str
    serial_number: str


class VpnGateway(Model, frozen=True, kw_only=True):
    """getVpnGateway. certificates in CUCM's order; url exactly as typed."""

    name: str
    url: str
    certificates: tuple[GatewayCertificate, ...]
    description: str = ""


class VpnGroup(Model, frozen=True, kw_only=True):
    """getVpnGroup. gateways: names in the order of their priority."""

    name: str
    gateways: tuple[str, ...]


class VpnProfile(Model, frozen=True, kw_only=True):
    """getVpnProfile; None where CUCM gave no value. client_authentication is CUCM's own text."""

    name: str
    client_authentication: str = ""
    host_id_check: bool | None = None
    auto_network_detection: bool | None = None
    password_persistence: bool | None = None
    mtu: int | None = None
    fail_to_connect: int | None = None


class CommonPhoneProfile(Model, frozen=True, kw_only=True):
    """getCommonPhoneConfig; "" where no VPN group or profile is set."""

    name: str
    vpn_group: str = ""
    vpn_profile: str = ""


class CucmPhone(Model, frozen=True, kw_only=True):
    """One phone of the cluster. model as CUCM names it ("Cisco 7962"); lsc_* are "" where CUCM does not tell.

    lsc_status: CUCM's text of the certificate operation ("Upgrade Success", "None", ...): what CAPF did last.
    certificate: which client certificate the phone will show: the LSC whenever there is one (F-052); unknown where
    nothing tells.
    """

    name: str
    model: str = ""
    common_profile: str = ""
    description: str = ""
    lsc_status: str = ""
    lsc_issuer: str = ""
    lsc_valid_until: datetime | None = None
    certificate: Literal["lsc", "mic", "none", "unknown"] = "unknown"


class TrustedCertificate(Model, frozen=True, kw_only=True):
    """One certificate of a store ("Phone-VPN-trust", "CAPF-trust", "CAPF", ...).

    stored_hash is certificatehashmap.hash as CUCM keeps it (base64 of the SHA-1), "" where not read; x509 is what the
    PEM column gave, None where it could not be read.
    """

    store: str
    subject_name: str
    issuer_name: str
    serial_number: str
    stored_hash: str = ""
    x509: X509 | None = None


class TrustFile(Model, frozen=True, kw_only=True):
    """One line of `show cert list trust`: a file of a store as the services read it; its content is not told."""

    store: str
    name: str


class Registration(Model, frozen=True, kw_only=True):
    """RisPort70: the newest entry of a device over all nodes. status as printed ("Registered", "UnRegistered", ...)."""

    name: str
    status: str
    ip: str = ""
    node: str = ""
    load: str = ""
    since: datetime | None = None


class ExportMode(Model, frozen=True, kw_only=True):
    """US export mode; seen: the texts it was concluded from (F-005: restricted is never concluded from absence)."""

    mode: Literal["restricted", "unrestricted", "unknown"]
    seen: tuple[str, ...] = ()


class CucmState(Model, frozen=True, kw_only=True):
    """All that was learned of one cluster. None: not learned, sources[<section>] says why."""

    device: str
    origin: Literal["live", "saved"]
    gathered_at: datetime | None = None
    sources: dict[str, Source] = field(default_factory=dict)
    unparsed: tuple[UnparsedLine, ...] = ()

    version: str | None = None
    export_mode: ExportMode | None = None
    gateways: tuple[VpnGateway, ...] | None = None
    groups: tuple[VpnGroup, ...] | None = None
    profiles: tuple[VpnProfile, ...] | None = None
    common_profiles: tuple[CommonPhoneProfile, ...] | None = None
    phones: tuple[CucmPhone, ...] | None = None
    # Of the stores Phone-VPN-trust, CAPF, CAPF-trust and CallManager-trust.
    trust: tuple[TrustedCertificate, ...] | None = None
    # Of every store, by the platform CLI: the file system, where `trust` is the database.
    trust_files: tuple[TrustFile, ...] | None = None
    registrations: tuple[Registration, ...] | None = None
    # Host names or addresses of the nodes that serve files.
    tftp_nodes: tuple[str, ...] | None = None
