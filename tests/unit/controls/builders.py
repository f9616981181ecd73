"""Small builders of device states for the tests of controls; every value here is self-made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from ansible.module_utils.vpnphone.commands import COMMANDS
from ansible.module_utils.vpnphone.controls.base import REGISTRY, Context, judge
from ansible.module_utils.vpnphone.controls.catalogue import all_controls
from ansible.module_utils.vpnphone.controls.site import PhoneModel, Site
from ansible.module_utils.vpnphone.model import (
    AaaServer,
    AsaState,
    Certificate,
    Clock,
    DapAttribute,
    DapRecord,
    DapSelection,
    DapXmlRecord,
    DeviceTime,
    Failover,
    Finding,
    GroupPolicy,
    GroupUrl,
    Interface,
    License,
    LoadBalancing,
    Outcome,
    Profile,
    SessionSummary,
    Source,
    SslCipherRule,
    SslConfig,
    SslStatus,
    SslStatusTrustPoint,
    SslSuites,
    SslTrustPoint,
    Trustpoint,
    TunnelGroup,
    VersionInfo,
    WebvpnConfig,
)

assert all_controls()  # importing the catalogue registers every control
# The moment of every test, by the device's clock.
NOW = datetime(2024, 5, 6, 7, 29, tzinfo=UTC)

IDENTITY_SUBJECT = "cn=vpn.example.com,o=Example"
INTERMEDIATE_SUBJECT = "cn=Example Issuing CA,o=Example"
ROOT_SUBJECT = "cn=Example Root CA,o=Example"
PHONE_SUITES = ("AES256-SHA", "AES128-SHA")


def state(**sections: Any) -> AsaState:
    """A state with these sections (ok) and no others (missing); `device`, `sources` and the like pass through."""
    by_section = {command.section: command.text for command in COMMANDS}
    sources = {
        name: Source(command=text, status="ok" if name in sections else "missing") for name, text in by_section.items()
    }
    sources |= sections.pop("sources", {})
    return AsaState(
        device=sections.pop("device", "asa1"),
        origin=sections.pop("origin", "live"),
        gathered_at=sections.pop("gathered_at", NOW),
        sources=sources,
        **sections,
    )


def change(base: AsaState, **sections: Any) -> AsaState:
    """The same device with these sections replaced (ok); a value of None takes the section away (missing)."""
    sources = dict(base.sources)
    for name, value in sections.items():
        if name in sources:
            sources[name] = Source(command=sources[name].command, status="missing" if value is None else "ok")
    return msgspec.structs.replace(base, sources=sources, **sections)


def without(base: AsaState, *sections: str) -> AsaState:
    """The same device with these sections not learned."""
    return change(base, **dict.fromkeys(sections))


def edit(base: AsaState, section: str, **fields: Any) -> AsaState:
    """The same device with some fields of one section replaced."""
    return change(base, **{section: msgspec.structs.replace(getattr(base, section), **fields)})


def at(moment: datetime) -> DeviceTime:
    """A time as the device prints it in zone UTC."""
    return DeviceTime(text=f"{moment:%H:%M:%S} UTC {moment:%b} {moment.day} {moment:%Y}", utc=moment)


def version(text: str = "9.16(4)85", release: tuple[int, int, int, int] | None = (9, 16, 4, 85), **fields: Any) -> Any:
    """show version with the licences VPN phones need."""
    return VersionInfo(
        text=text,
        release=release,
        licenses=fields.pop(
            "licenses",
            (
                License(name="AnyConnect Premium Peers", value="250", duration="perpetual"),
                License(name="AnyConnect Essentials", value="Disabled", duration="perpetual"),
                License(name="AnyConnect for Cisco VPN Phone", value="Enabled", duration="perpetual"),
            ),
        ),
        hardware=fields.pop("hardware", "ASA5516"),
        platform_license=fields.pop("platform_license", "This platform has an ASA 5516 VPN Plus license."),
        **fields,
    )


def certificate(**fields: Any) -> Certificate:
    """The phones' identity certificate (RSA 2048, SHA256) of trustpoint VPN, good for another year."""
    defaults: dict[str, Any] = {
        "kind": "identity",
        "status": "Available",
        "serial": "0a01",
        "subject": IDENTITY_SUBJECT,
        "subject_cn": "vpn.example.com",
        "issuer": INTERMEDIATE_SUBJECT,
        "issuer_cn": "Example Issuing CA",
        "key_type": "RSA",
        "key_bits": 2048,
        "signature_algorithm": "SHA256 with RSA Encryption",
        "usage": "General Purpose",
        "not_before": at(NOW - timedelta(days=30)),
        "not_after": at(NOW + timedelta(days=365)),
        "trustpoints": ("VPN",),
    }
    return Certificate(**(defaults | fields))


def intermediate(**fields: Any) -> Certificate:
    """The CA that issued the identity certificate."""
    return certificate(
        **{
            "kind": "ca",
            "serial": "0b02",
            "subject": INTERMEDIATE_SUBJECT,
            "subject_cn": "Example Issuing CA",
            "issuer": ROOT_SUBJECT,
            "issuer_cn": "Example Root CA",
            "not_after": at(NOW + timedelta(days=2000)),
        }
        | fields
    )


def root(**fields: Any) -> Certificate:
    """The self-signed root of the chain."""
    return certificate(
        **{
            "kind": "ca",
            "serial": "0c03",
            "subject": ROOT_SUBJECT,
            "subject_cn": "Example Root CA",
            "issuer": ROOT_SUBJECT,
            "issuer_cn": "Example Root CA",
            "not_after": at(NOW + timedelta(days=4000)),
            "trustpoints": ("VPN-ROOT",),
        }
        | fields
    )


def phone_model(**fields: Any) -> PhoneModel:
    """A 7962G as the document tested it."""
    defaults: dict[str, Any] = {
        "model": "7962G",
        "firmware": "9.1(1)",
        "tls_versions": ("TLSv1",),
        "tls_suites": PHONE_SUITES,
        "dtls_suites": PHONE_SUITES,
        "max_rsa_bits": 2048,
        "ecdsa": False,
        "signature_hashes": ("SHA1", "SHA256"),
        "source": "self-made",
    }
    return PhoneModel(**(defaults | fields))


def site(**fields: Any) -> Site:
    """A site that has one known phone model, no offline phones, and names its builds with the fix."""
    defaults: dict[str, Any] = {"phone_models": (phone_model(),), "models_in_use": ("7962G",)}
    return Site(**(defaults | fields))


def profile(name: str = "VPNPhone", confidence: Any = "given") -> Profile:
    return Profile(tunnel_group=name, confidence=confidence, reason="self-made")


def context(
    device: AsaState,
    parameters: Site | None = None,
    *,
    profiles: tuple[Profile, ...] = (profile(),),
    now: datetime = NOW,
) -> Context:
    return Context(device, parameters or site(), profiles, now)


def finding(control: str, device: AsaState, parameters: Site | None = None, **fields: Any) -> Finding:
    """What one control says, through the framework (needs and applies count)."""
    return judge(REGISTRY[control], context(device, parameters, **fields))


def outcomes(control: str, device: AsaState, parameters: Site | None = None, **fields: Any) -> tuple[Outcome, ...]:
    return finding(control, device, parameters, **fields).outcomes


def cipher_rules(base: AsaState | None = None, /, **lists: tuple[str, ...] | str) -> AsaState:
    """`ssl cipher` rules; a key such as tlsv1_2 is the protocol, a word is a level, a tuple a custom list."""
    found = tuple(
        SslCipherRule(protocol=name.replace("_", "."), level=value)
        if isinstance(value, str)
        else SslCipherRule(protocol=name.replace("_", "."), level="custom", suites=value)
        for name, value in lists.items()
    )
    return edit(without(base or healthy(), "ssl_suites"), "ssl", ciphers=found)


def on(text: str, release: tuple[int, int, int, int] | None, base: AsaState | None = None) -> AsaState:
    return change(base or healthy(), version=version(text, release))


def models(*found: Any, **fields: Any) -> Site:
    return site(phone_models=found, models_in_use=tuple(row.model for row in found), **fields)


DEFAULT_POLICY_VALUES = {
    "vpn-simultaneous-logins": "3",
    "vpn-filter": "none",
    "vpn-tunnel-protocol": "ikev1 ikev2 l2tp-ipsec ssl-client ssl-clientless",
    "group-lock": "none",
    "split-tunnel-policy": "tunnelall",
}


def healthy() -> AsaState:
    """An ASA 9.16(4)85 in single mode, without failover, on which every phone connects."""
    suites = (*PHONE_SUITES, "DHE-RSA-AES256-SHA", "DHE-RSA-AES128-SHA")
    return state(
        hostname="asa1",
        version=version(),
        mode="single",
        clock=Clock(text="07:29:00.000 UTC Mon May 6 2024", local=datetime(2024, 5, 6, 7, 29), zone="UTC"),
        failover=Failover(enabled=False),
        ssl=SslConfig(
            defaults_shown=True,
            server_version=("tlsv1", "dtlsv1"),
            client_version=("tlsv1",),
            ciphers=tuple(
                SslCipherRule(protocol=protocol, level="custom", suites=suites)
                for protocol in ("default", "tlsv1", "tlsv1.1", "tlsv1.2", "dtlsv1", "dtlsv1.2")
            ),
            trust_points=(SslTrustPoint(trustpoint="VPN", interface="outside"),),
            dh_group="group14",
            ecdh_group="group19",
        ),
        startup_trust_points=(SslTrustPoint(trustpoint="VPN", interface="outside"),),
        ssl_status=SslStatus(
            trust_points=(SslStatusTrustPoint(interface="outside", trustpoint="VPN", key_type="RSA"),),
            self_signed=("RSA", "EC"),
            accept_line="Accept connections using SSLv3 or greater and negotiate to TLSv1 or greater",
            certificate_authentication=("Certificate authentication is not enabled",),
        ),
        ssl_suites=tuple(
            SslSuites(protocol=protocol, level="custom", suites=suites)
            for protocol in ("tlsv1", "tlsv1.1", "tlsv1.2", "dtlsv1", "dtlsv1.2")
        ),
        webvpn=WebvpnConfig(configured=True, enabled_interfaces=("outside",), anyconnect_enabled=True),
        group_policies=(
            GroupPolicy(
                name="GroupPolicy_VPNPhone",
                kind="internal",
                values={
                    "vpn-simultaneous-logins": "3",
                    "vpn-filter": "none",
                    "vpn-tunnel-protocol": "ssl-client",
                    "group-lock": "value VPNPhone",
                    "split-tunnel-policy": "tunnelall",
                },
            ),
            GroupPolicy(name="DfltGrpPolicy", values={"vpn-tunnel-protocol": "ikev1 ikev2 ssl-client"}),
        ),
        default_group_policy=GroupPolicy(name="DfltGrpPolicy", kind="internal", values=DEFAULT_POLICY_VALUES),
        tunnel_groups=(
            TunnelGroup(
                name="VPNPhone",
                kind="remote-access",
                default_group_policy="GroupPolicy_VPNPhone",
                address_pools=("PHONES",),
                authentication=("certificate",),
                group_urls=(GroupUrl(url="https://vpn.example.com/VPNPhone", enabled=True),),
                without_csd="without-csd",
            ),
        ),
        usernames=(),
        dap_records=(DapRecord(name="DfltAccessPolicy"), DapRecord(name="VPNPhone", action="continue", priority=1)),
        dap_xml=(
            DapXmlRecord(
                name="VPNPhone",
                selections=(
                    DapSelection(
                        match="match-any",
                        attributes=(DapAttribute(name="aaa.cisco.tunnelgroup", operation="EQ", value="VPNPhone"),),
                    ),
                ),
            ),
        ),
        certificates=(certificate(), intermediate(), root()),
        trustpoints=(
            Trustpoint(name="VPN", enrollment="terminal", keypair="VPN-KEY"),
            Trustpoint(name="VPN-ROOT", enrollment="terminal"),
        ),
        load_balancing=LoadBalancing(participate=False),
        interfaces=(
            Interface(name="GigabitEthernet1/1", nameif="outside", ip="192.0.2.1", mask="255.255.255.0"),
            Interface(name="GigabitEthernet1/2", nameif="inside", ip="10.0.0.1", mask="255.255.255.0"),
        ),
        aaa_servers=(AaaServer(group="LOCAL", protocol="Local database", status="ACTIVE"),),
        ntp_servers=("198.51.100.123",),
        session_summary=SessionSummary(active=40, peak=60, cumulative=900, total_active=40, total_peak=60),
        sessions=(),
    )
