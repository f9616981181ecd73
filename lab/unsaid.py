"""Lines that say the default of their place: an ASA takes them and shows none of them [K].

The values of the releases between the documented ones are assumptions [K].
"""

from __future__ import annotations

from .configtree import Node, Nodes
from .release import EC_SUITES, SSL_CIPHER, Release

_DTLS12: Release = (9, 10, 0, 0)
_DH14: Release = (9, 13, 0, 0)
BUFFER_SIZE = "logging buffer-size 4096"
# By mode.
_UNSAID = {
    "dap": ("action continue", "priority 0"),
    "tunnel-general": ("default-group-policy DfltGrpPolicy",),
    "tunnel-webvpn": ("authentication aaa",),
}


def ssl_defaults(release: Release) -> list[str]:
    """Every ssl line that holds where nothing is configured."""
    if release < SSL_CIPHER:
        return [
            "ssl server-version any",
            "ssl client-version any",
            "ssl encryption rc4-sha1 aes128-sha1 aes256-sha1 3des-sha1",
        ]
    lines = ["ssl server-version tlsv1 dtlsv1" if release >= _DTLS12 else "ssl server-version tlsv1"]
    lines.append("ssl client-version tlsv1")
    versions = ["default", "tlsv1", "tlsv1.1", "tlsv1.2", "dtlsv1"] + (["dtlsv1.2"] if release >= _DTLS12 else [])
    lines += [f"ssl cipher {version} medium" for version in versions]
    lines.append("ssl dh-group group14" if release >= _DH14 else "ssl dh-group group2")
    if release >= EC_SUITES:
        lines.append("ssl ecdh-group group19")
    lines.append("ssl certificate-authentication fca-timeout 2")
    return lines


def shown(mode: str, text: str, release: Release) -> bool:
    """Whether a line stands in the configuration at all: one that says the default of its place does not [K]."""
    if mode == "config":
        if text == BUFFER_SIZE:
            return False
        return not text.startswith(("ssl cipher ", "ssl encryption ")) or text not in ssl_defaults(release)
    return text not in _UNSAID.get(mode, ())


def without_defaults(nodes: Nodes, release: Release) -> Nodes:
    """A configuration as it was typed to the one that an ASA keeps."""
    kept = []
    for node in nodes:
        mode = _mode(node.text)
        below = node.children
        if mode in _UNSAID:
            below = tuple(child for child in below if shown(mode, child.text, release))
        if shown("config", node.text, release):
            kept.append(node if len(below) == len(node.children) else Node(node.text, below))
    return tuple(kept)


def _mode(header: str) -> str:
    words = header.split()
    if words[0] == "dynamic-access-policy-record":
        return "dap"
    return {"general-attributes": "tunnel-general", "webvpn-attributes": "tunnel-webvpn"}.get(words[-1], "")
