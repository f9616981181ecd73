"""What `show running-config all` adds. The values of the releases between the documented ones are assumptions [K]."""

from __future__ import annotations

from ..configtree import Node, Nodes
from ..release import ANYCONNECT_WORDS, Release
from ..unsaid import ssl_defaults


def _key(text: str) -> tuple[str, ...]:
    return tuple(text.split()[: 3 if text.startswith("ssl cipher") else 2])


def default_ssl(explicit: Nodes, release: Release) -> Nodes:
    """All ssl lines: the explicit one where there is one, the default elsewhere."""
    by_key = {_key(node.text): node for node in explicit if not node.text.startswith("ssl trust-point")}
    lines = [by_key.pop(_key(text), Node(text)) for text in ssl_defaults(release)]
    bindings = [node for node in explicit if node.text.startswith("ssl trust-point")]
    fca = [lines.pop()] if lines[-1].text.startswith("ssl certificate-authentication") else []
    return (*lines, *by_key.values(), *bindings, *fca)


def _policy_defaults(release: Release) -> tuple[list[str], list[str]]:
    """Attributes of DfltGrpPolicy and of its webvpn block."""
    new = release >= ANYCONNECT_WORDS
    protocols = "ikev1 ikev2 l2tp-ipsec ssl-client ssl-clientless" if new else "IPSec l2tp-ipsec webvpn"
    if release >= (9, 17, 0, 0):
        protocols = "ikev1 ikev2 l2tp-ipsec ssl-client"
    lines = """banner none
wins-server none
dns-server none
dhcp-network-scope none
vpn-access-hours none
vpn-simultaneous-logins 3
vpn-idle-timeout 30
vpn-idle-timeout alert-interval 1
vpn-session-timeout none
vpn-session-timeout alert-interval 1
vpn-filter none
ipv6-vpn-filter none
vpn-tunnel-protocol @
password-storage disable
ip-comp disable
re-xauth disable
group-lock none
pfs disable
ipsec-udp disable
ipsec-udp-port 10000
split-tunnel-policy tunnelall
ipv6-split-tunnel-policy tunnelall
split-tunnel-network-list none
default-domain none
split-dns none
split-tunnel-all-dns disable
intercept-dhcp 255.255.255.255 disable
secure-unit-authentication disable
user-authentication disable
user-authentication-idle-timeout 30
ip-phone-bypass disable
client-bypass-protocol disable
gateway-fqdn none
leap-bypass disable
nem disable
backup-servers keep-client-config
msie-proxy server none
msie-proxy method no-modify
msie-proxy except-list none
msie-proxy local-bypass disable
msie-proxy pac-url none
msie-proxy lockdown enable
vlan none
nac-settings none
address-pools none
ipv6-address-pools none
smartcard-removal-disconnect enable""".replace("@", protocols).splitlines()
    if not new:
        newer = ("ipv6-split", "split-tunnel-all-dns", "client-bypass", "gateway-fqdn", "ipv6-vpn-filter")
        lines = [line for line in lines if not line.startswith(newer) and "alert-interval" not in line]
    word = "anyconnect" if new else "svc"
    webvpn = f"""url-list none
filter none
homepage none
html-content-filter none
port-forward name Application Access
port-forward disable
http-proxy disable
sso-server none
{word} {"ssl " if new else ""}dtls enable
{word} mtu 1406
{word} keep-installer installed
{word} {"ssl " if new else ""}keepalive 20
{word} {"ssl " if new else ""}rekey time none
{word} {"ssl " if new else ""}rekey method none
{word} dpd-interval client 30
{word} dpd-interval gateway 30
{word} {"ssl " if new else ""}compression none
{word} {"dtls compression none" if new else "modules none"}
{word} profiles none
{word} ask none default webvpn
customization none
keep-alive-ignore 4
http-comp gzip
download-max-size 2147483647
upload-max-size 2147483647
post-max-size 2147483647
user-storage none
storage-objects value cookies,credentials
storage-key none
hidden-shares none
smart-tunnel disable
activex-relay enable
unix-auth-uid 65534
unix-auth-gid 65534
file-entry enable
file-browsing enable
url-entry enable
deny-message value Login was successful, but because certain criteria have not been met""".splitlines()
    return lines, webvpn


_TWO_WORDS = ("msie-proxy", "anyconnect", "svc", "port-forward")


def _attribute(text: str) -> str:
    """What makes two attribute lines the same attribute."""
    words = text.split()
    if words[0] in _TWO_WORDS or (len(words) > 1 and words[1] == "alert-interval"):
        return " ".join(words[:-1]) if len(words) > 2 else text
    return words[0]


def _merged(defaults: list[str], explicit: Nodes) -> list[Node]:
    own = {_attribute(node.text): node for node in explicit}
    lines = [own.pop(_attribute(text), Node(text)) for text in defaults]
    return [*lines, *own.values()]


def default_group_policy(explicit: Nodes, release: Release) -> Nodes:
    """DfltGrpPolicy with every attribute spelled out, in the order of a dump."""
    children: Nodes = explicit[0].children if explicit else ()
    attributes, webvpn = _policy_defaults(release)
    nested = next((node.children for node in children if node.text == "webvpn"), ())
    flat = tuple(node for node in children if node.text != "webvpn")
    body = (*_merged(attributes, flat), Node("webvpn", tuple(_merged(webvpn, nested))))
    return (Node("group-policy DfltGrpPolicy internal"), Node("group-policy DfltGrpPolicy attributes", body))
