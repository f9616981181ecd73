"""show crypto ca certificates and trustpoints, show crypto key mypubkey."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..certs import SHORT_NAMES, Cert
from ..release import Release
from .base import Env, Refused, Show, join

# 8.2 prints no signature algorithm; the storage line came later [K].
_SIGNATURE_SINCE: Release = (8, 4, 0, 0)
_STORAGE_SINCE: Release = (9, 13, 0, 0)


def name_lines(name: x509.Name) -> list[str]:
    """One part a line, the most specific first."""
    return [f"    {SHORT_NAMES.get(part.oid, part.oid.dotted_string)}={part.value!s}" for part in reversed(list(name))]


def public_key_type(cert: Cert) -> str:
    key = cert.x509.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA ({key.key_size} bits)"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC ({key.curve.key_size} bits)"
    return "unknown"


def signature(cert: Cert) -> str:
    """`SHA256 with RSA Encryption`."""
    algorithm = cert.x509.signature_hash_algorithm
    digest = algorithm.name.upper() if algorithm else "SHA256"
    if "ecdsa" in cert.x509.signature_algorithm_oid._name.lower():
        return f"{digest} with ECDSA"
    return f"{digest} with RSA Encryption"


def block(env: Env, cert: Cert, names: list[str], *, ca: bool) -> list[str]:
    """One certificate."""
    device = env.device
    lines = [
        "CA Certificate" if ca else "Certificate",
        "  Status: Available",
        f"  Certificate Serial Number: {cert.serial}",
        f"  Certificate Usage: {'Signature' if ca else 'General Purpose'}",
        f"  Public Key Type: {public_key_type(cert)}",
    ]
    if device.release >= _SIGNATURE_SINCE:
        lines.append(f"  Signature Algorithm: {signature(cert)}")
    lines += ["  Issuer Name: ", *name_lines(cert.x509.issuer), "  Subject Name: ", *name_lines(cert.x509.subject)]
    lines += [
        "  Validity Date: ",
        f"    start date: {device.stamp(cert.x509.not_valid_before_utc)}",
        f"    end   date: {device.stamp(cert.x509.not_valid_after_utc)}",
    ]
    if device.release >= _STORAGE_SINCE:
        lines.append("  Storage: config")
    return [*lines, f"  Associated Trustpoints: {' '.join(names)} ", ""]


def certificates(env: Env) -> str:
    """Identity certificates first, then CA certificates; one that several trustpoints hold is printed once."""
    only = env.values[4] if len(env.values) > 4 else ""
    stores = env.holdings.trustpoints
    if only and only not in stores:
        raise Refused(f"ERROR: trustpoint {only} does not exist")
    held: dict[tuple[bool, bytes], tuple[Cert, list[str]]] = {}
    for ca in (False, True):
        for name, store in stores.items():
            cert = store.ca if ca else store.identity
            if cert is None or (only and name != only):
                continue
            held.setdefault((ca, cert.der), (cert, []))[1].append(name)
    lines: list[str] = []
    for (ca, _), (cert, names) in held.items():
        lines += block(env, cert, names, ca=ca)
    return join(lines)


def trustpoints(env: Env) -> str:
    """show crypto ca trustpoints: what each one is for, in short [K]."""
    lines: list[str] = []
    for name, store in env.holdings.trustpoints.items():
        lines += [f"Trustpoint {name}:"]
        if store.identity is None and store.ca is None:
            lines += ["    Not authenticated.", ""]
            continue
        cert = store.ca or store.identity
        if cert is not None:
            lines += ["    Subject Name: ", *name_lines(cert.x509.subject)]
            lines += [f"          Serial Number: {cert.serial}", "    Certificate configured.", ""]
    return join(lines)


def public_keys(env: Env) -> str:
    """show crypto key mypubkey: the key pairs that trustpoints use."""
    kind = env.values[4] if len(env.values) > 4 else ""
    lines: list[str] = []
    for label, key in env.holdings.keys.items():
        is_rsa = isinstance(key, rsa.RSAPrivateKey)
        if kind and (kind == "rsa") != is_rsa:
            continue
        der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo).hex()
        rows = [der[i : i + 64] for i in range(0, len(der), 64)]
        lines += [
            f"Key pair was generated at: {env.device.stamp(env.device.now())}",
            f"Key name: {label}",
            f" Usage: {'General Purpose Key' if is_rsa else 'Key pair'}",
            f" {'Modulus' if is_rsa else 'Curve'} Size (bits): {key.key_size}",
            " Key Data:",
            "",
            *["  " + " ".join(row[i : i + 8] for i in range(0, len(row), 8)) for row in rows],
        ]
    return join(lines)


SHOWS = {
    "show crypto ca certificates [ <word> ]": Show(certificates, cached=True),
    "show crypto ca trustpoints": Show(trustpoints, cached=True),
    "show crypto key mypubkey [ rsa|ecdsa ]": Show(public_keys),
}
