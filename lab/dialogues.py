"""Commands that ask back: keys, enrolment, import and export of certificates; and the other rarely used ones."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import UTC
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from . import certs, configure, pair
from .certs import Cert, PrivateKey, TrustpointStore
from .device import base64_lines
from .shows.base import Refused

if TYPE_CHECKING:
    from .grammar import Match
    from .shell import Shell

_DEFAULT_KEY = "<Default-RSA-Key>"
_IMPORT_FAILED = "ERROR: Failed to parse or verify imported certificate"


def _option(found: Match, word: str, default: str = "") -> str:
    """The argument behind a keyword."""
    values = found.values
    return values[values.index(word) + 1] if word in values[:-1] else default


def _trustpoint(shell: Shell, name: str) -> TrustpointStore:
    store = shell.context.trustpoints.get(name)
    if store is None:
        raise Refused(f"ERROR: Trustpoint {name} does not exist.")
    return store


def _setting(shell: Shell, trustpoint: str, first: str) -> str:
    """The rest of a line below `crypto ca trustpoint NAME`."""
    for node in shell.context.lines(f"crypto ca trustpoint {trustpoint}"):
        for child in node.children:
            if child.text == first or child.text.startswith(first + " "):
                return child.text[len(first) + 1 :]
    return ""


def _changed(shell: Shell) -> None:
    shell.context.changed()
    shell.device.touch()


async def _yes(shell: Shell, question: str) -> bool:
    answer = ""
    while answer not in ("y", "yes", "n", "no"):
        answer = (await shell.terminal.readline(f"{question} [yes/no]: ")).strip().lower()
    return answer.startswith("y")


async def _paste(shell: Shell) -> str:
    """Lines up to `quit`."""
    lines: list[str] = []
    while True:
        line = await shell.terminal.readline("")
        if line.strip().lower() == "quit" or line == "\x1a":
            return "\n".join(lines)
        lines.append(line.strip())


def _certificate(text: str) -> Cert:
    """PEM with or without its frame. ValueError."""
    body = re.sub(r"-----[^-]*-----", "", text)
    return Cert(x509.load_der_x509_certificate(base64.b64decode("".join(body.split()), validate=True)))


async def _generate(shell: Shell, found: Match) -> None:
    kind = found.values[3]
    label = _option(found, "label", _DEFAULT_KEY)
    if kind == "ecdsa":
        name = f"ec{_option(found, 'elliptic-curve', '384')}"
        if name not in ("ec256", "ec384"):
            raise Refused("", found.starts[-1])
    else:
        name = f"rsa{_option(found, 'modulus', '2048')}"
        if name not in ("rsa1024", "rsa2048", "rsa3072", "rsa4096"):
            raise Refused("", found.starts[-1])
    if label in shell.context.keys and "noconfirm" not in found.values:
        shell.terminal.write(f"WARNING: You already have {kind.upper()} keys defined named {label}.\n\n")
        if not await _yes(shell, "Do you really want to replace them?"):
            shell.terminal.write("ERROR: Failed to create new keys\n")
            return
    if "noconfirm" not in found.values:
        shell.terminal.write(f"INFO: The name for the keys will be: {label}\n")
        shell.terminal.write("Keypair generation process begin. Please wait...\n")
    shell.context.keys[label] = certs.new_key(name)
    _changed(shell)


async def _zeroize(shell: Shell, found: Match) -> None:
    label = _option(found, "label")
    wanted = rsa.RSAPrivateKey if found.values[3] == "rsa" else ec.EllipticCurvePrivateKey
    gone = [n for n, key in shell.context.keys.items() if isinstance(key, wanted) and n == (label or n)]
    if not gone:
        raise Refused(f"ERROR: No {found.values[3].upper()} keys found" + (f" named {label}" if label else ""))
    if "noconfirm" not in found.values:
        shell.terminal.write(f"WARNING: All {found.values[3].upper()} keys will be removed.\n")
        if not await _yes(shell, "Do you really want to remove these keys?"):
            return
    for name in gone:
        del shell.context.keys[name]
    _changed(shell)


async def _authenticate(shell: Shell, found: Match) -> None:
    name = found.values[3]
    store = _trustpoint(shell, name)
    if store.ca is not None:
        raise Refused(f"ERROR: A CA certificate already exists for trustpoint {name}.")
    quiet = "nointeractive" in found.values
    shell.terminal.write('Enter the base 64 encoded CA certificate.\nEnd with the word "quit" on a line by itself\n\n')
    try:
        cert = _certificate(await _paste(shell))
    except ValueError:
        raise Refused("ERROR: Failed to parse CA certificate") from None
    digest = hashlib.md5(cert.der, usedforsecurity=False).hexdigest()
    grouped = " ".join(digest[i : i + 8] for i in range(0, 32, 8))
    shell.terminal.write(f"\nINFO: Certificate has the following attributes:\nFingerprint:     {grouped} \n")
    wanted = _option(found, "fingerprint").lower()
    if wanted and wanted != digest:
        raise Refused("ERROR: Fingerprint does not match; the certificate is not accepted.")
    if not quiet and not wanted and not await _yes(shell, "Do you accept this certificate?"):
        shell.terminal.write("Trustpoint CA certificate not accepted.\n")
        return
    store.ca = cert
    _changed(shell)
    shell.terminal.write("\nTrustpoint CA certificate accepted.\n\n% Certificate successfully imported\n")


def _key_of(shell: Shell, trustpoint: str) -> PrivateKey:
    label = _setting(shell, trustpoint, "keypair") or _DEFAULT_KEY
    key = shell.context.keys.get(label)
    if key is None:
        raise Refused(f"ERROR: No key pair named {label} found; generate one first.")
    return key


async def _enroll(shell: Shell, found: Match) -> None:
    """Terminal enrolment prints a request; `enrollment self` makes the certificate at once."""
    name = found.values[3]
    store, quiet = _trustpoint(shell, name), "noconfirm" in found.values
    key = _key_of(shell, name)
    fqdn = _setting(shell, name, "fqdn") or f"{shell.device.hostname}.{shell.context.value('domain-name', 'local')}"
    subject = _setting(shell, name, "subject-name").strip('"') or f"CN={shell.device.hostname}"
    try:
        full = certs.parse_name(subject)
    except ValueError:
        raise Refused("ERROR: The subject name cannot be parsed.") from None
    how = _setting(shell, name, "enrollment")
    if how == "self":
        if not quiet:
            await _yes(shell, "% Include the device serial number in the subject name?")
            if not await _yes(shell, "Generate Self-Signed Certificate?"):
                return
        store.identity = certs.self_signed(subject, key, shell.device.now().astimezone(UTC).replace(microsecond=0))
        _changed(shell)
        return
    if how != "terminal":
        raise Refused("ERROR: The lab has no enrolment server; use enrollment terminal.")
    if not quiet:
        shell.terminal.write("% Start certificate enrollment .. \n")
    shell.terminal.write(f"% The subject name in the certificate will be: {subject}\n\n")
    shell.terminal.write(f"% The fully-qualified domain name in the certificate will be: {fqdn}\n\n")
    if not quiet:
        await _yes(shell, "% Include the device serial number in the subject name?")
        if not await _yes(shell, "\nDisplay Certificate Request to terminal?"):
            return
    request = x509.CertificateSigningRequestBuilder().subject_name(full)
    if fqdn != "none":
        request = request.add_extension(x509.SubjectAlternativeName([x509.DNSName(fqdn)]), critical=False)
    der = request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    text = "\n".join(base64_lines(der))
    while True:
        frame = ("-----BEGIN CERTIFICATE REQUEST-----", "-----END CERTIFICATE REQUEST-----")
        shell.terminal.write(f"Certificate Request follows:\n{frame[0]}\n{text}\n{frame[1]}\n\n")
        shell.terminal.write("---End - This line not part of the certificate request---\n\n")
        if quiet or not await _yes(shell, "Redisplay enrollment request?"):
            return


async def _import_certificate(shell: Shell, found: Match) -> None:
    name = found.values[3]
    store = _trustpoint(shell, name)
    key = _key_of(shell, name)
    shell.terminal.write('Enter the base 64 encoded certificate.\nEnd with the word "quit" on a line by itself\n\n')
    try:
        cert = _certificate(await _paste(shell))
    except ValueError:
        raise Refused(_IMPORT_FAILED) from None
    if cert.x509.public_key() != key.public_key():
        raise Refused(_IMPORT_FAILED)
    store.identity = Cert(cert.x509, key)
    _changed(shell)
    shell.terminal.write("\nINFO: Certificate successfully imported\n")


async def _import_pkcs12(shell: Shell, found: Match) -> None:
    """Creates the trustpoint if need be; one that is enrolled already is not overwritten."""
    name, passphrase = found.values[3], found.values[5]
    store = shell.context.trustpoints.get(name)
    if store is not None and store.identity is not None:
        raise Refused(f"ERROR: Import PKCS12 operation failed: trustpoint {name} is already enrolled; remove it first")
    if "nointeractive" in found.values:
        shell.terminal.write("Enter the PKCS12 data in base64 representation....\n")
    else:
        shell.terminal.write('\nEnter the base 64 encoded pkcs12.\nEnd with the word "quit" on a line by itself:\n')
    text = re.sub(r"-----[^-]*-----", "", await _paste(shell))
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
        key, leaf, more = pkcs12.load_key_and_certificates(data, passphrase.encode())
    except ValueError:
        raise Refused("ERROR: Import PKCS12 operation failed") from None
    if leaf is None or not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise Refused("ERROR: Import PKCS12 operation failed")
    issuer = next((cert for cert in more if cert.subject == leaf.issuer), None)
    if store is None:
        line = f"crypto ca trustpoint {name}"
        for path, text_line in (((), line), ((line,), f"keypair {name}")):
            mode = "config" if not path else "ca-trustpoint"
            configure.set_line(shell.context, path, mode, text_line)
    shell.context.trustpoints[name] = TrustpointStore(Cert(leaf, key), Cert(issuer) if issuer else None)
    shell.context.keys[name] = key
    _changed(shell)
    shell.terminal.write("\nINFO: Import PKCS12 operation completed successfully\n")


async def _export_identity(shell: Shell, found: Match) -> None:
    store = _trustpoint(shell, found.values[3])
    if store.identity is None:
        raise Refused(f"ERROR: Trustpoint {found.values[3]} has no identity certificate.")
    await shell.terminal.answer(f"\nThe PEM encoded identity certificate follows:\n\n{store.identity.pem}")


async def _export_pkcs12(shell: Shell, found: Match) -> None:
    name, passphrase = found.values[3], found.values[5]
    store = _trustpoint(shell, name)
    if store.identity is None or store.identity.key is None:
        raise Refused(f"ERROR: Trustpoint {name} has no key pair that can be exported.")
    data = pkcs12.serialize_key_and_certificates(
        name.encode(), store.identity.key, store.identity.x509, [store.ca.x509] if store.ca else None,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )  # fmt: skip
    body = "\n".join(base64_lines(data))
    answer = f"\nExported pkcs12 follows:\n-----BEGIN PKCS12-----\n{body}\n-----END PKCS12-----\n"
    await shell.terminal.answer(answer)


async def _clear(shell: Shell, found: Match) -> None:
    section = " ".join(found.values[2].split())
    if section in ("all", "primary", "secondary"):
        raise Refused("ERROR: The lab does not clear a whole configuration.")
    if not configure.clear(shell.context, section) and not shell.context.lines(section):
        return
    shell.device.touch()


async def _write_standby(shell: Shell, found: Match) -> None:
    if shell.device.spec.failover is None:
        raise Refused("ERROR: Command requires failover to be enabled")
    pair.replicate(shell.device, everything=True)
    _changed(shell)
    shell.terminal.write("Building configuration...\n[OK]\n")


async def _failover_role(shell: Shell, found: Match) -> None:
    raise Refused("ERROR: Roles change in the lab by: python -m lab failover DEVICE")


HANDLERS: dict[str, Callable[[Shell, Match], Awaitable[None]]] = {
    "crypto key generate rsa": _generate,
    "crypto key generate ecdsa": _generate,
    "crypto key zeroize": _zeroize,
    "crypto ca authenticate": _authenticate,
    "crypto ca enroll": _enroll,
    "crypto ca import certificate": _import_certificate,
    "crypto ca import pkcs12": _import_pkcs12,
    "crypto ca export identity-certificate": _export_identity,
    "crypto ca export pkcs12": _export_pkcs12,
    "clear configure": _clear,
    "write standby": _write_standby,
    "failover active": _failover_role,
    "no failover active": _failover_role,
}
