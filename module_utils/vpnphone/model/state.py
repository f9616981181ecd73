"""What a device said: AsaState and its sections.

A section of AsaState that is None was not learned; AsaState.sources says why. Absence is a value of its own (an empty
tuple, False), never None. Text is kept as the device spells it; compare interface names and the like
case-insensitively.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import field

from .base import Model
from .x509 import X509


class Source(Model, frozen=True, kw_only=True):
    """How one section of the state was learned.

    status: ok          the answer was read and parsed
            absent      the device says that the thing does not exist (a fact, not a gap)
            missing     not asked, or not among the saved outputs
            refused     the device refused the command (privilege, release, syntax)
            incomplete  the answer was cut off or not framed by echo and prompt
            unreadable  the answer came whole but could not be understood
    """

    command: str
    status: Literal["ok", "absent", "missing", "refused", "incomplete", "unreadable"]
    detail: str = ""

    @property
    def known(self) -> bool:
        """True when the section says something that can be judged."""
        return self.status in ("ok", "absent")


class UnparsedLine(Model, frozen=True, kw_only=True):
    """A line of a section that matters which no template understood; reported, never dropped."""

    section: str
    line: int
    text: str


class License(Model, frozen=True, kw_only=True):
    """One row of a licence block. duration: "perpetual", "45 days", "" where the release prints none."""

    name: str
    value: str
    duration: str = ""


class VersionInfo(Model, frozen=True, kw_only=True):
    """show version. release is (major, minor, maintenance, interim), e.g. 9.6(4)8 -> (9, 6, 4, 8)."""

    text: str
    release: tuple[int, int, int, int] | None
    hardware: str = ""
    hostname: str = ""
    # "<system>" or "<context>" after the version of a multi-context device, without the brackets.
    context: str = ""
    # "" classic keys, "smart", "aws", ... as printed behind "License mode:".
    license_mode: str = ""
    licenses: tuple[License, ...] = ()
    # The second block, "Failover cluster licensed features for this platform".
    cluster_licenses: tuple[License, ...] = ()
    # "This platform has an ASA 5520 VPN Plus license."
    platform_license: str = ""

    def license(self, name: str) -> License | None:
        """The unit's own licence row of that exact name (case-insensitive)."""
        return next((row for row in self.licenses if row.name.lower() == name.lower()), None)


class SslCipherRule(Model, frozen=True, kw_only=True):
    """`ssl cipher <protocol> <level>`; suites (OpenSSL names) only where level is "custom"."""

    protocol: str
    level: str
    suites: tuple[str, ...] = ()


class SslTrustPoint(Model, frozen=True, kw_only=True):
    """`ssl trust-point NAME [IFACE [vpnlb-ip] | domain FQDN]`; interface "" is the global default."""

    trustpoint: str
    interface: str = ""
    vpnlb_ip: bool = False
    domain: str = ""


class SslConfig(Model, frozen=True, kw_only=True):
    """show running-config [all] ssl. defaults_shown is False where `all` was not asked: absent lines are unknown."""

    defaults_shown: bool
    server_version: tuple[str, ...] = ()
    client_version: tuple[str, ...] = ()
    # Old syntax (before 9.3(2)), tokens such as aes128-sha1.
    encryption: tuple[str, ...] = ()
    ciphers: tuple[SslCipherRule, ...] = ()
    trust_points: tuple[SslTrustPoint, ...] = ()
    dh_group: str = ""
    ecdh_group: str = ""


class SslStatusTrustPoint(Model, frozen=True, kw_only=True):
    """One line below `SSL trust-points:` of show ssl; key_type "RSA", "EC" or "" where not printed.

    interface "" is the global default, unless domain says that it is bound to a name (SNI).
    """

    interface: str
    trustpoint: str
    key_type: str = ""
    vpnlb: bool = False
    domain: str = ""


class SslStatus(Model, frozen=True, kw_only=True):
    """show ssl."""

    enabled_ciphers: tuple[str, ...] = ()
    disabled_ciphers: tuple[str, ...] = ()
    trust_points: tuple[SslStatusTrustPoint, ...] = ()
    # Key types of the self-signed certificates that the device says it holds ready ("RSA", "EC").
    self_signed: tuple[str, ...] = ()
    accept_line: str = ""
    certificate_authentication: tuple[str, ...] = ()


class SslSuites(Model, frozen=True, kw_only=True):
    """One block of show ssl ciphers: what a level really holds on this release."""

    protocol: str
    level: str
    suites: tuple[str, ...]


class CertificateMap(Model, frozen=True, kw_only=True):
    """`certificate-group-map MAP SEQ TUNNEL-GROUP` below webvpn: chooses the tunnel-group before the group-url."""

    map_name: str
    sequence: int
    tunnel_group: str


class WebvpnConfig(Model, frozen=True, kw_only=True):
    """show running-config webvpn. configured is False where the device printed no webvpn block."""

    configured: bool
    enabled_interfaces: tuple[str, ...] = ()
    # Those of them with `tls-only`: DTLS is off there.
    tls_only_interfaces: tuple[str, ...] = ()
    port: int = 443
    dtls_port: int = 443
    # The literal enabling line ("csd enable", "hostscan enable"), "" where neither is on.
    csd_line: str = ""
    anyconnect_enabled: bool = False
    anyconnect_essentials: bool = False
    # `no anyconnect-essentials` is printed; where neither form is, the release's default holds.
    essentials_refused: bool = False
    tunnel_group_list: bool = False
    certificate_maps: tuple[CertificateMap, ...] = ()
    # `tunnel-group-preference group-url`: the group-url then goes before the certificate maps.
    group_url_preferred: bool = False


class GroupPolicy(Model, frozen=True, kw_only=True):
    """A group-policy and its explicit lines.

    values maps an attribute to the rest of its line: {"vpn-filter": "value ACL", "group-lock": "none"}. Lines of the
    nested webvpn block carry that word: {"webvpn anyconnect mtu": "1290"}. `svc` and `anyconnect` are kept as spelled.
    """

    name: str
    kind: Literal["internal", "external", ""] = ""
    inherits_from: str = ""
    values: dict[str, str] = field(default_factory=dict)


class UserAttributes(Model, frozen=True, kw_only=True):
    """`username X attributes`, values as in GroupPolicy; no password and no hash ever enters the state."""

    name: str
    privilege: int | None = None
    values: dict[str, str] = field(default_factory=dict)


class GroupUrl(Model, frozen=True, kw_only=True):
    """`group-url URL enable|disable`."""

    url: str
    enabled: bool


class TunnelGroup(Model, frozen=True, kw_only=True):
    """A tunnel-group (connection profile). without_csd holds the literal line ("without-csd anyconnect") or ""."""

    name: str
    kind: str = ""
    default_group_policy: str = ""
    authentication_server_groups: tuple[str, ...] = ()
    authorization_server_groups: tuple[str, ...] = ()
    address_pools: tuple[str, ...] = ()
    # Tokens of `authentication ...` below webvpn-attributes; empty means the default, aaa.
    authentication: tuple[str, ...] = ()
    group_urls: tuple[GroupUrl, ...] = ()
    group_aliases: tuple[str, ...] = ()
    without_csd: str = ""


class DapRecord(Model, frozen=True, kw_only=True):
    """`dynamic-access-policy-record NAME`; action "" where no line says one (the ASA then continues)."""

    name: str
    action: Literal["continue", "terminate", "quarantine", ""] = ""
    priority: int | None = None


class DapAttribute(Model, frozen=True, kw_only=True):
    """One selection attribute of dap.xml, e.g. aaa.cisco.tunnelgroup EQ VPNPhone."""

    name: str
    operation: str
    value: str


class DapSelection(Model, frozen=True, kw_only=True):
    """One dapSelection: its attributes joined by match-any | match-all | match-none."""

    match: str
    attributes: tuple[DapAttribute, ...] = ()


class DapXmlRecord(Model, frozen=True, kw_only=True):
    """Selection criteria of one record; advanced is True where a Lua expression takes part (not evaluated)."""

    name: str
    relation: str = "and"
    selections: tuple[DapSelection, ...] = ()
    advanced: bool = False


class DeviceTime(Model, frozen=True, kw_only=True):
    """A time as printed, and as UTC where its zone could be resolved."""

    text: str
    utc: datetime | None = None


class Certificate(Model, frozen=True, kw_only=True):
    """One block of show crypto ca certificates."""

    kind: Literal["identity", "ca", "ra", "pending"]
    status: str
    serial: str = ""
    subject: str = ""
    subject_cn: str = ""
    issuer: str = ""
    issuer_cn: str = ""
    key_type: str = ""
    key_bits: int | None = None
    signature_algorithm: str = ""
    usage: str = ""
    not_before: DeviceTime | None = None
    not_after: DeviceTime | None = None
    trustpoints: tuple[str, ...] = ()
    storage: str = ""

    @property
    def self_signed(self) -> bool:
        """Subject and issuer are the same name."""
        return bool(self.subject) and self.subject == self.issuer


class HeldCertificate(Model, frozen=True, kw_only=True):
    """One certificate below `crypto ca certificate chain TRUSTPOINT`: the certificate itself, not its description."""

    trustpoint: str
    kind: Literal["identity", "ca"]
    x509: X509


class Trustpoint(Model, frozen=True, kw_only=True):
    """`crypto ca trustpoint NAME`; values maps every sub-line's first word(s) to the rest, as in GroupPolicy."""

    name: str
    enrollment: str = ""
    keypair: str = ""
    # The literal auto-enrolment line ("auto-enroll 80 regenerate", "enrollment protocol acme ..."), "" where off.
    auto_renewal: str = ""
    values: dict[str, str] = field(default_factory=dict)


class LoadBalancing(Model, frozen=True, kw_only=True):
    """show running-config vpn load-balancing. cluster_addresses: cluster ip and, where printed, cluster name."""

    participate: bool
    cluster_addresses: tuple[str, ...] = ()


class Failover(Model, frozen=True, kw_only=True):
    """show failover. this_state/mate_state: "Active", "Standby Ready", "Failed", ...; "" where not printed."""

    enabled: bool
    unit: str = ""
    this_state: str = ""
    mate_state: str = ""
    active_active: bool = False

    @property
    def this_is_active(self) -> bool:
        return not self.enabled or self.this_state.lower().startswith("active")


class Clock(Model, frozen=True, kw_only=True):
    """show clock. local is without zone; authoritative is False behind a leading `*` or `.`."""

    text: str
    local: datetime
    zone: str = ""
    authoritative: bool = True


class SessionSummary(Model, frozen=True, kw_only=True):
    """show vpn-sessiondb summary: AnyConnect counts, None where the row is absent."""

    active: int | None = None
    peak: int | None = None
    cumulative: int | None = None
    total_active: int | None = None
    total_peak: int | None = None


class Session(Model, frozen=True, kw_only=True):
    """One session of show vpn-sessiondb anyconnect."""

    username: str
    index: int | None = None
    assigned_ip: str = ""
    public_ip: str = ""
    protocol: str = ""
    group_policy: str = ""
    tunnel_group: str = ""
    client: str = ""


class Interface(Model, frozen=True, kw_only=True):
    """One interface; ip "" where it has none or gets it by dhcp/pppoe (method then says which)."""

    name: str
    nameif: str = ""
    ip: str = ""
    mask: str = ""
    standby_ip: str = ""
    method: str = ""
    shutdown: bool = False


class AaaServer(Model, frozen=True, kw_only=True):
    """One server of an aaa-server group; status as printed ("ACTIVE", "FAILED", ...)."""

    group: str
    protocol: str = ""
    address: str = ""
    status: str = ""


class AsaState(Model, frozen=True, kw_only=True):
    """All that was learned of one ASA. None: not learned, sources[<section>] says why."""

    device: str
    origin: Literal["live", "saved"]
    # When it was gathered by the controller's clock (UTC); for saved outputs None: the files do not say.
    gathered_at: datetime | None = None
    hostname: str = ""
    sources: dict[str, Source] = field(default_factory=dict)
    unparsed: tuple[UnparsedLine, ...] = ()

    version: VersionInfo | None = None
    ssl: SslConfig | None = None
    ssl_status: SslStatus | None = None
    ssl_suites: tuple[SslSuites, ...] | None = None
    webvpn: WebvpnConfig | None = None
    group_policies: tuple[GroupPolicy, ...] | None = None
    # DfltGrpPolicy with every default spelled out (show running-config all group-policy DfltGrpPolicy).
    default_group_policy: GroupPolicy | None = None
    tunnel_groups: tuple[TunnelGroup, ...] | None = None
    usernames: tuple[UserAttributes, ...] | None = None
    dap_records: tuple[DapRecord, ...] | None = None
    dap_xml: tuple[DapXmlRecord, ...] | None = None
    certificates: tuple[Certificate, ...] | None = None
    mate_certificates: tuple[Certificate, ...] | None = None
    trustpoints: tuple[Trustpoint, ...] | None = None
    # The certificates that the configuration holds, in its order (show running-config crypto ca certificate chain).
    certificate_chain: tuple[HeldCertificate, ...] | None = None
    # The bindings that a reload brings back (show startup-config).
    startup_trust_points: tuple[SslTrustPoint, ...] | None = None
    load_balancing: LoadBalancing | None = None
    failover: Failover | None = None
    # show mode; context_names (show context, admin first) only where it is multiple.
    mode: Literal["single", "multiple"] | None = None
    context_names: tuple[str, ...] | None = None
    clock: Clock | None = None
    session_summary: SessionSummary | None = None
    sessions: tuple[Session, ...] | None = None
    interfaces: tuple[Interface, ...] | None = None
    aaa_servers: tuple[AaaServer, ...] | None = None
    ntp_servers: tuple[str, ...] | None = None
