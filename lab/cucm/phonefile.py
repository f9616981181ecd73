"""SEP<MAC>.cnf.xml: the configuration file of a phone, of which the <vpnGroup> matters (F-023)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from .objects import AUTHENTICATION, CommonProfile, Phone, Profile

# A file's list of hashes belongs to the whole group and ends after ten.
MAX_HASHES = 10


@dataclass(frozen=True)
class VpnPart:
    """What goes into <vpnGroup>: the group's URLs, the hashes of all its gateways, the profile."""

    urls: tuple[str, ...]
    pins: tuple[str, ...]
    profile: Profile


def render(phone: Phone, common: CommonProfile, nodes: Sequence[str], vpn: VpnPart | None) -> bytes:
    """The whole file. Only the vpnGroup and webAccess (0: on) follow the cluster; the rest is there to be skipped."""
    names = [f"<processNodeName>{escape(node)}</processNodeName>" for node in nodes]
    members = "".join(
        f'<member priority="{place}"><callManager>{name}</callManager></member>' for place, name in enumerate(names)
    )
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<device xsi:type="axl:XIPPhone" uuid="{{{phone.pkid}}}" xmlns:axl="http://www.cisco.com/AXL/API/1.0" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">',
        "<fullConfig>true</fullConfig>",
        "<deviceProtocol>SIP</deviceProtocol>",
        # A real file may hold a user and a password here, which is why readers keep the vpnGroup only.
        "<sshUserId>phoneadmin</sshUserId>",
        "<sshPassword>not-for-reports</sshPassword>",
        f"<devicePool><callManagerGroup><members>{members}</members></callManagerGroup></devicePool>",
        f"<commonProfile><phonePassword></phonePassword><!-- {_comment(common.name)} --></commonProfile>",
        f"<loadInformation>sip{phone.digits}.9-4-2SR3-1S</loadInformation>",
        f"<vendorConfig><webAccess>{0 if phone.web else 1}</webAccess></vendorConfig>",
        *(_vpn(vpn) if vpn else ()),
        "<transportLayerProtocol>1</transportLayerProtocol>",
        "<certHash></certHash>",
        "<encrConfig>false</encrConfig>",
        "</device>",
    ]
    return "\n".join(lines).encode() + b"\n"


def _vpn(vpn: VpnPart) -> list[str]:
    profile = vpn.profile
    return [
        "<vpnGroup>",
        f"<mtu>{profile.mtu}</mtu>",
        f"<failConnectTime>{profile.fail_to_connect}</failConnectTime>",
        f"<authMethod>{AUTHENTICATION.index(profile.client_authentication)}</authMethod>",
        f"<pswdPersistent>{int(profile.password_persistence)}</pswdPersistent>",
        f"<autoNetDetect>{int(profile.auto_network_detection)}</autoNetDetect>",
        f"<enableHostIDCheck>{int(profile.host_id_check)}</enableHostIDCheck>",
        "<addresses>",
        *(f"<url{place}>{escape(url)}</url{place}>" for place, url in enumerate(vpn.urls, 1)),
        "</addresses>",
        "<credentials>",
        "<hashAlg>0</hashAlg>",
        *(f"<certHash{place}>{pin}</certHash{place}>" for place, pin in enumerate(vpn.pins, 1)),
        "</credentials>",
        "</vpnGroup>",
    ]


def _comment(text: str) -> str:
    return escape(text).replace("-", " ")
