"""Certificates by the CLI's dialogues: authenticate, enroll, import, export. The questions are those of real outputs;
what none of them shows is marked [K].
"""

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
from cryptography.x509.oid import NameOID

from . import certs, configure
from .asking import option, yes
from .certs import Cert, PrivateKey, TrustpointStore
from .configtree import below, rest
from .device import base64_lines
from .headend.choice import is_issuer
from .shows.base import Refused

if TYPE_CHECKING:
    from .grammar import Match
    from .shell import Shell

DEFAULT_KEY = "<Default-RSA-Key>"
_IMPORT_FAILED = "ERROR: Failed to parse or verify imported certificate"
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]+-----(.*?)-----END [A-Z0-9 ]+-----", re.S)
_OTHER_FQDN = """WARNING: The certificate enrollment is configured with an fqdn
that differs from the system fqdn. If this certificate will be
used for VPN authentication this may cause connection problems.

"""
_AGAIN = """WARNING: Trustpoint {} has already enrolled and has
a device cert issued to it.
If you successfully re-enroll this trustpoint,
the current certificate will be replaced.
"""
_CAS_VALIDATE = """WARNING: CA certificates can be used to validate VPN connections,
by default.  Please adjust the validation-usage of this
trustpoint to limit the validation scope, if necessary.
"""


def _trustpoint(shell: Shell, name: str) -> TrustpointStore:
    store = shell.context.trustpoints.get(name)
    if store is None:
        raise Refused(f"ERROR: Trustpoint {name} does not exist.")
    return store


def _lines(shell: Shell, trustpoint: str) -> list[str]:
    return below(shell.context.running, f"crypto ca trustpoint {trustpoint}")


def _changed(shell: Shell) -> None:
    shell.context.changed()
    shell.device.touch()


async def _paste(shell: Shell) -> str:
    """Lines up to `quit`."""
    lines: list[str] = []
    while True:
        line = await shell.terminal.readline("")
        if line.strip().lower() == "quit" or line == "\x1a":
            return "\n".join(lines)
        lines.append(line.strip())


def _certificate(text: str) -> Cert:
    """PEM with or without its frame; of several the first counts, as a trustpoint holds one CA [K]. ValueError."""
    framed = _PEM.search(text)
    body = framed[1] if framed else text
    return Cert(x509.load_der_x509_certificate(base64.b64decode("".join(body.split()), validate=True)))


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
    wanted = option(found, "fingerprint").lower()
    if wanted and wanted != digest:
        raise Refused("ERROR: Fingerprint does not match; the certificate is not accepted.")
    if not quiet and not wanted and not await yes(shell, "Do you accept this certificate?"):
        shell.terminal.write("Trustpoint CA certificate not accepted.\n")
        return
    store.ca = cert
    _changed(shell)
    if not is_issuer(cert, cert):
        shell.terminal.write(
            f"\nTrustpoint '{name}' is a subordinate CA and holds a non self-signed certificate.\n"
        )  # fmt: skip
    shell.terminal.write("\nTrustpoint CA certificate accepted.\n\n% Certificate successfully imported\n")


def _key_of(shell: Shell, trustpoint: str) -> PrivateKey:
    label = rest(_lines(shell, trustpoint), "keypair") or DEFAULT_KEY
    key = shell.context.keys.get(label)
    if key is None:
        raise Refused(f"ERROR: No key pair named {label} found; generate one first.")
    return key


def _system_fqdn(shell: Shell) -> str:
    domain = shell.context.value("domain-name")
    return f"{shell.device.hostname}.{domain}" if domain else shell.device.hostname


async def _other_fqdn(shell: Shell, trustpoint: str, *, quiet: bool) -> bool:
    """Warns of a name that is not the ASA's own; False where the user goes no further."""
    own = rest(_lines(shell, trustpoint), "fqdn")
    if own in ("", "none") or own.lower() == _system_fqdn(shell).lower():
        return True
    shell.terminal.write(_OTHER_FQDN)
    return quiet or await yes(shell, "Would you like to continue with this enrollment?")


async def _enroll(shell: Shell, found: Match) -> None:
    """Terminal enrolment prints a request; `enrollment self` makes the certificate at once."""
    name = found.values[3]
    store, quiet, lines = _trustpoint(shell, name), "noconfirm" in found.values, _lines(shell, found.values[3])
    key = _key_of(shell, name)
    how = rest(lines, "enrollment")
    if how not in ("self", "terminal"):
        raise Refused("ERROR: The lab has no enrolment server; use enrollment terminal.")
    text = rest(lines, "subject-name").strip('"') or f"CN={shell.device.hostname}"
    try:
        subject = certs.parse_name(text)
    except ValueError:
        raise Refused("ERROR: The subject name cannot be parsed.") from None
    fqdn = rest(lines, "fqdn") or _system_fqdn(shell)
    if store.identity is not None and not quiet:
        shell.terminal.write(_AGAIN.format(name))
        if not await yes(shell, "Do you want to continue with re-enrollment?"):
            return
    if not await _other_fqdn(shell, name, quiet=quiet):
        return
    if how == "terminal":
        shell.terminal.write(
            f"% Start certificate enrollment .. \n% The subject name in the certificate will be: {text}\n\n"
        )
    if fqdn != "none":
        shell.terminal.write(f"% The fully-qualified domain name in the certificate will be: {fqdn}\n\n")
    with_serial = "serial-number" in lines
    if not quiet:
        with_serial = await yes(shell, "% Include the device serial number in the subject name?")
    if with_serial:
        subject = x509.Name([*subject, x509.NameAttribute(NameOID.SERIAL_NUMBER, shell.device.spec.serial)])
    names = () if fqdn == "none" else (f"DNS:{fqdn}",)
    if how == "self":
        if not quiet and not await yes(shell, "\nGenerate Self-Signed Certificate?"):
            return
        now = shell.device.now().astimezone(UTC).replace(microsecond=0)
        # That its own name stands among the alternative names is [K].
        store.identity = certs.self_signed(subject, key, now, san=names)
        _changed(shell)
        return
    if quiet or await yes(shell, "\nDisplay Certificate Request to terminal?"):
        await _show_request(shell, _request(subject, names, key), quiet=quiet)


def _request(subject: x509.Name, names: tuple[str, ...], key: PrivateKey) -> str:
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if names:
        found = x509.SubjectAlternativeName([certs.general_name(name) for name in names])
        builder = builder.add_extension(found, critical=False)
    der = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    frame = ("-----BEGIN CERTIFICATE REQUEST-----", "-----END CERTIFICATE REQUEST-----")
    return "\n".join([frame[0], *base64_lines(der), frame[1]])


async def _show_request(shell: Shell, request: str, *, quiet: bool) -> None:
    again = True
    while again:
        shell.terminal.write(f"Certificate Request follows:\n{request}\n\n")
        shell.terminal.write("---End - This line not part of the certificate request---\n\n")
        again = not quiet and await yes(shell, "Redisplay enrollment request?")


async def _import_certificate(shell: Shell, found: Match) -> None:
    """Only what the trustpoint's key is in, and what the trustpoint's own CA has issued."""
    name = found.values[3]
    store = _trustpoint(shell, name)
    key = _key_of(shell, name)
    if not await _other_fqdn(shell, name, quiet="nointeractive" in found.values):
        return
    shell.terminal.write('Enter the base 64 encoded certificate.\nEnd with the word "quit" on a line by itself\n\n')
    try:
        cert = _certificate(await _paste(shell))
    except ValueError:
        raise Refused(_IMPORT_FAILED) from None
    if cert.x509.public_key() != key.public_key() or store.ca is None or not is_issuer(store.ca, cert):
        raise Refused(_IMPORT_FAILED)
    store.identity = Cert(cert.x509, key)
    _changed(shell)
    shell.terminal.write("\nINFO: Certificate successfully imported\n")


async def _import_pkcs12(shell: Shell, found: Match) -> None:
    """Creates the trustpoint if need be; one that is enrolled is not overwritten. Of the CAs the issuer stays."""
    name, passphrase = found.values[3], found.values[5]
    quiet = "nointeractive" in found.values
    store = shell.context.trustpoints.get(name)
    if store is not None and store.identity is not None:
        raise Refused(f"ERROR: Import PKCS12 operation failed: trustpoint {name} is already enrolled; remove it first")
    if quiet:
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
    if name in shell.context.keys and not quiet:
        shell.terminal.write(f"% You already have RSA or ECDSA keys named {name}.\n")
        if not await yes(shell, "% Do you really want to replace them?"):
            raise Refused("ERROR: Import PKCS12 operation failed")
    issuer = next((cert for cert in more if is_issuer(Cert(cert), Cert(leaf))), None)
    if quiet and issuer is not None:
        shell.terminal.write(f"\n{_CAS_VALIDATE}")
    twins = [label for label, other in shell.context.keys.items() if other.public_key() == key.public_key()]
    if quiet and twins:
        shell.terminal.write(f"\nWARNING: Identical public key already exists as {twins[0]}\n")
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


HANDLERS: dict[str, Callable[[Shell, Match], Awaitable[None]]] = {
    "crypto ca authenticate": _authenticate,
    "crypto ca enroll": _enroll,
    "crypto ca import certificate": _import_certificate,
    "crypto ca import pkcs12": _import_pkcs12,
    "crypto ca export identity-certificate": _export_identity,
    "crypto ca export pkcs12": _export_pkcs12,
}
