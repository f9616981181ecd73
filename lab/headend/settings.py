"""What the `ssl` and `webvpn` lines of a context mean for its listeners."""

from __future__ import annotations

from dataclasses import dataclass

from ..device import Context
from ..release import EC_SUITES, SSL_CIPHER, Release
from ..shows import ssl as table
from ..shows.defaults import default_ssl

HTTPS = 443
_OLD_NAMES = {
    "rc4-md5": "RC4-MD5", "rc4-sha1": "RC4-SHA", "des-sha1": "DES-CBC-SHA", "3des-sha1": "DES-CBC3-SHA",
    "aes128-sha1": "AES128-SHA", "aes256-sha1": "AES256-SHA", "dhe-aes128-sha1": "DHE-RSA-AES128-SHA",
    "dhe-aes256-sha1": "DHE-RSA-AES256-SHA", "null-sha1": "NULL-SHA",
}  # fmt: skip
_TLS = ("tlsv1", "tlsv1.1", "tlsv1.2")
_DTLS = ("dtlsv1", "dtlsv1.2")
_DTLS12: Release = (9, 10, 0, 0)


@dataclass(frozen=True)
class SslSettings:
    """tls and dtls: the suites of every version that is let in, in the ASA's order, lowest version first.

    group and curve: of the DHE and ECDHE key exchange; curve is "" before 9.4(1).
    """

    tls: dict[str, tuple[str, ...]]
    dtls: dict[str, tuple[str, ...]]
    group: str
    curve: str


def ssl_settings(context: Context) -> SslSettings:
    """From the ssl lines, defaults included. SSLv3 is never spoken, whatever they say; TLS 1.3 is left out [K]."""
    nodes = default_ssl(tuple(context.lines("ssl")), context.release)
    value = {tuple(node.text.split()[:2]): node.text.split()[2:] for node in nodes}
    server = value["ssl", "server-version"]
    if context.release < SSL_CIPHER:
        return _old(server, value["ssl", "encryption"])
    levels = {words[2]: words[3] for words in (n.text.split(maxsplit=3) for n in nodes) if words[1] == "cipher"}
    held = {version: _suites(version, level, context.release) for version, level in levels.items()}
    lowest = next((_TLS.index(word) for word in server if word in _TLS), len(_TLS) if "tlsv1.3" in server else 0)
    datagram = _DTLS if context.release >= _DTLS12 else _DTLS[:1]
    lowest_datagram = next((datagram.index(word) for word in server if word in datagram), 0)
    return SslSettings(
        {version: held.get(version, ()) for version in _TLS[lowest:]},
        {version: held.get(version, ()) for version in datagram[lowest_datagram:]},
        value["ssl", "dh-group"][0],
        value["ssl", "ecdh-group"][0] if ("ssl", "ecdh-group") in value else "",
    )


def _old(server: list[str], tokens: list[str]) -> SslSettings:
    """Before 9.3(2): one list for everything, TLS 1.0 and DTLS 1.0; the sslv3 words negotiate to SSLv3 alone."""
    names = tuple(_OLD_NAMES[token] for token in tokens)
    spoken = {"tlsv1": names} if server[0] in ("any", "tlsv1", "tlsv1-only") else {}
    return SslSettings(spoken, {"dtlsv1": names}, "group2", "")


def _suites(version: str, level: str, release: Release) -> tuple[str, ...]:
    names = dict.fromkeys(table.suites(version, level, release))
    return tuple(name for name in names if release >= EC_SUITES or not name.startswith("ECDHE-"))


def trustpoints_for(context: Context, interface: str, *, virtual: bool, server_name: str) -> tuple[str, ...]:
    """The trustpoints bound to where a client arrives: by SNI name, else the interface, else the global ones.

    virtual: at the address of the load balancing cluster, which may have a binding of its own (`vpnlb-ip`).
    """
    bindings = [node.text.split()[2:] for node in context.lines("ssl trust-point")]
    asked, here = server_name.lower(), interface.lower()
    places = {
        "domain": [name for name, *where in bindings if where[:1] == ["domain"] and where[1].lower() == asked != ""],
        "virtual": [name for name, *w in bindings if w and w[0].lower() == here and "vpnlb-ip" in w and virtual],
        "interface": [n for n, *w in bindings if w[:1] != ["domain"] and len(w) == 1 and w[0].lower() == here],
        "global": [name for name, *where in bindings if not where],
    }
    return next((tuple(names) for names in places.values() if names), ())


def webvpn(context: Context) -> set[str]:
    """The lines below `webvpn`."""
    return {child.text for node in context.lines("webvpn") for child in node.children}


def enabled_interfaces(context: Context) -> dict[str, bool]:
    """Interfaces that webvpn is enabled on and that are up, in their configured case; True where with `tls-only`."""
    up = (name for name, node in context.nameifs().items() if not any(c.text == "shutdown" for c in node.children))
    known = {name.lower(): name for name in up}
    found = {}
    for line in sorted(webvpn(context)):
        words = line.split()
        if words[0] == "enable" and len(words) > 1 and words[1].lower() in known:
            found[known[words[1].lower()]] = words[-1] == "tls-only"
    return found


def https_port(context: Context) -> int:
    return _port(context, "port ")


def dtls_port(context: Context) -> int:
    return _port(context, "dtls port ")


def _port(context: Context, first: str) -> int:
    text = next((line.removeprefix(first) for line in webvpn(context) if line.startswith(first)), "")
    return int(text) if text.isdecimal() else HTTPS


def address_of(context: Context, interface: str) -> str:
    """The interface's own address; "" where it has none."""
    node = context.nameifs().get(interface)
    texts = [child.text for child in node.children] if node else []
    words = next((text.split() for text in texts if text.startswith("ip address ")), [])
    return words[2] if len(words) > 2 and words[2][0].isdecimal() else ""


@dataclass(frozen=True)
class LoadBalancing:
    """`vpn load-balancing` of a context that takes part: the cluster's address and where it is answered."""

    address: str
    interface: str
    by_name: bool


def load_balancing(context: Context) -> LoadBalancing | None:
    """None where the context does not participate. Without `interface lbpublic` the cluster is on outside [K]."""
    lines = {child.text for node in context.lines("vpn load-balancing") for child in node.children}
    if "participate" not in lines:
        return None
    address = next((line.split()[-1] for line in lines if line.startswith("cluster ip address ")), "")
    public = next((line.split()[-1] for line in lines if line.startswith("interface lbpublic ")), "outside")
    return LoadBalancing(address, public, "redirect-fqdn enable" in lines)
