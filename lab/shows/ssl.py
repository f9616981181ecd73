"""show ssl and show ssl ciphers."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ..certs import Cert
from ..release import EC_SUITES, SSL_CIPHER, Release
from .base import Env, Refused, Show, join
from .defaults import default_ssl

OLD_CIPHERS = (
    "3des-sha1", "des-sha1", "rc4-md5", "rc4-sha1", "aes128-sha1", "aes256-sha1", "dhe-aes128-sha1", "dhe-aes256-sha1",
    "null-sha1",
)  # fmt: skip
_TLS12 = (
    "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "DHE-RSA-AES256-GCM-SHA384", "AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA384", "DHE-RSA-AES256-SHA256", "AES256-SHA256",
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256", "AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA256", "DHE-RSA-AES128-SHA256", "AES128-SHA256",
)  # fmt: skip
_SHA1 = ("DHE-RSA-AES256-SHA", "AES256-SHA", "DHE-RSA-AES128-SHA", "AES128-SHA")
_WEAK = ("DES-CBC3-SHA", "RC4-SHA", "RC4-MD5", "DES-CBC-SHA", "NULL-SHA")
# Every suite that `ssl cipher ... custom` takes here.
SUITES = frozenset((*_TLS12, *_SHA1, *_WEAK))


def suites(version: str, level: str, release: Release) -> list[str]:
    """What a level holds. The content of the levels is an assumption [K]; a custom text is taken as it is."""
    if level.startswith("custom "):
        names = level.removeprefix("custom ").strip('"').split(":")
        return [name for name in names if version in ("default", "tlsv1.2", "dtlsv1.2") or name not in _TLS12]
    new = [name for name in _TLS12 if release >= EC_SUITES or not name.startswith("ECDHE")]
    pool = new if version in ("default", "tlsv1.2", "dtlsv1.2") else []
    if level == "high":
        return [name for name in pool if "AES256" in name and "SHA384" in name]
    weak = {"all": list(_WEAK), "low": ["DES-CBC3-SHA", "RC4-SHA", "DES-CBC-SHA"]}
    return [*pool, *_SHA1, *weak.get(level, [])]


def describe(cert: Cert) -> str:
    """`RSA 2048 bits RSA-SHA256` as behind an interface of show ssl."""
    key = cert.x509.public_key()
    algorithm = cert.x509.signature_hash_algorithm
    digest = algorithm.name.upper() if algorithm else "SHA256"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size} bits RSA-{digest}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.key_size} bits ecdsa-with-{digest}"
    return "unknown"


def ssl(env: Env) -> str:
    """Old layout (before 9.3(2)) or new one."""
    release = env.device.release
    nodes = default_ssl(tuple(env.context.lines("ssl")), release)
    value = {tuple(n.text.split()[:2]): n.text.split()[2:] for n in nodes}
    bindings = [node.text.split()[2:] for node in nodes if node.text.startswith("ssl trust-point")]
    if env.device.multiple and env.context.name == "system":
        raise Refused("", env.starts[1])
    return _old(value, bindings) if release < SSL_CIPHER else _new(env, value, bindings)


def _old(value: dict[tuple[str, ...], list[str]], bindings: list[list[str]]) -> str:
    server = value[("ssl", "server-version")][0]
    accept = {
        "any": "SSLv2, SSLv3 or TLSv1 and negotiate to SSLv3 or TLSv1",
        "sslv3": "SSLv2 or greater and negotiate to SSLv3",
        "sslv3-only": "SSLv3 and negotiate to SSLv3",
        "tlsv1": "SSLv2 or greater and negotiate to TLSv1",
        "tlsv1-only": "TLSv1 and negotiate to TLSv1",
    }[server]
    client = value[("ssl", "client-version")][0]
    start = "TLSv1 and negotiate to TLSv1" if client.startswith("tls") else "SSLv3 and negotiate to SSLv3 or TLSv1"
    enabled = value[("ssl", "encryption")]
    lines = [
        f"Accept connections using {accept}",
        f"Start connections using {start}",
        f"Enabled cipher order: {' '.join(enabled)}",
        f"Disabled ciphers: {' '.join(name for name in OLD_CIPHERS if name not in enabled)}",
    ]
    if bindings:
        lines.append("SSL trust-points:")
        for name, *where in bindings:
            if where:
                lines.append(f"  {where[0]} {'VPNLB ' if 'vpnlb-ip' in where else ''}interface: {name}")
            else:
                lines.append(f"  Default: {name}")
    else:
        lines.append("No SSL trust-points configured")
    return join([*lines, "Certificate authentication is not enabled"])


_DH = {"group1": 768, "group2": 1024, "group5": 1536, "group14": 2048, "group15": 3072, "group24": 2048}
_ECDH = {"group19": 256, "group20": 384, "group21": 521}
_SPELLED = {"tlsv1": "TLSv1", "tlsv1.1": "TLSv1.1", "tlsv1.2": "TLSv1.2", "tlsv1.3": "TLSv1.3", "any": "TLSv1"}


def _new(env: Env, value: dict[tuple[str, ...], list[str]], bindings: list[list[str]]) -> str:
    server = _SPELLED.get(value[("ssl", "server-version")][0], "SSLv3")
    client = _SPELLED.get(value[("ssl", "client-version")][0], "SSLv3")
    group = value[("ssl", "dh-group")][0]
    lines = [
        f"Accept connections using SSLv3 or greater and negotiate to {server} or greater",
        f"Start connections using {client} and negotiate to {client} or greater",
        f"SSL DH Group: {group} ({_DH[group]}-bit modulus, FIPS)",
    ]
    if ("ssl", "ecdh-group") in value:
        curve = value[("ssl", "ecdh-group")][0]
        lines.append(f"SSL ECDH Group: {curve} ({_ECDH[curve]}-bit EC)")
    lines += ["", "SSL trust-points:", "  Self-signed (RSA 2048 bits RSA-SHA256) certificate available"]
    if env.device.release >= EC_SUITES:
        lines.append("  Self-signed (EC 256 bits ecdsa-with-SHA256) certificate available")
    for name, *where in bindings:
        store = env.holdings.trustpoints.get(name)
        kind = f" ({describe(store.identity)})" if store and store.identity else ""
        if not where:
            lines.append(f"  Default: {name}{kind}")
        elif where[0] == "domain":
            lines.append(f"  Domain {where[1]}: {name}{kind}")
        else:
            lines.append(f"  {'VPNLB interface' if 'vpnlb-ip' in where else 'Interface'} {where[0]}: {name}{kind}")
    return join([*lines, "Certificate authentication is not enabled"])


def ciphers(env: Env) -> str:
    """Every protocol with its level and what that level holds."""
    release = env.device.release
    lines = ["Current cipher configuration:"]
    for node in default_ssl(tuple(env.context.lines("ssl")), release):
        words = node.text.split(maxsplit=3)
        if words[1] != "cipher":
            continue
        level = words[3]
        shown = level.replace("custom ", "custom: ") if level.startswith("custom ") else level
        lines.append(f"{words[2]} ({shown}):")
        lines += [f"  {name}" for name in suites(words[2], level, release)]
    return join(lines)


SHOWS = {
    "show ssl": Show(ssl, cached=True),
    "show ssl ciphers {9.4-}": Show(ciphers, cached=True),
}
