"""Does a phone trust what an ASA presents? Its pins (F-024), and the host ID check (F-058, F-059)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cryptography import x509
from cryptography.x509.oid import NameOID

from ..certs import Cert
from ..headend.choice import is_issuer
from ..scenario import is_address


@dataclass(frozen=True)
class Verdict:
    """refusal: "" where it trusts. lines: for the console log, (level, process, text)."""

    refusal: Literal["", "pin", "host-id"]
    detail: str
    lines: tuple[tuple[str, str, str], ...] = field(default=())


def read_chain(chain: Sequence[bytes]) -> tuple[Cert, ...]:
    """The leaf and those of the certificates sent that really issued the one before. ValueError for no certificate."""
    sent = [Cert(x509.load_der_x509_certificate(der)) for der in chain]
    if not sent:
        return ()
    proven, rest = [sent[0]], sent[1:]
    while True:
        above = next((cert for cert in rest if cert not in proven and is_issuer(cert, proven[-1])), None)
        if above is None:
            return tuple(proven)
        proven.append(above)


def judge(
    chain: Sequence[Cert],
    pins: frozenset[bytes],
    host: str,
    *,
    host_id_check: bool,
    known: Collection[str] | None = None,
) -> Verdict:
    """The leaf's hash, or that of an issuer in the chain that was sent, must be pinned; then the name must fit.

    known: SHA-1 of the only leaf certificates that a faulty phone takes, None: any.
    """
    lines: list[tuple[str, str, str]] = []
    for depth in range(len(chain), 0, -1):
        subject = _slashed(chain[depth - 1].x509.subject)
        lines.append(("NOT", "VPNC", f"cert_vfy_cb: depth:{depth} of {len(chain)}, subject: <{subject}>"))
        if depth == len(chain):
            lines.append(("NOT", "VPNC", f"cert_vfy_cb: depth:{depth} of {len(chain)}, pre_err: {_error(chain)}"))
    lines.append(("NOT", "VPNC", "cert_vfy_cb: peer cert saved: /tmp/leaf.crt"))
    if len(chain) > 1:
        lines.append(("NOT", "VPNC", "cert_vfy_cb: issuer cert saved: /tmp/issuer.crt"))
    lines.append(("NOT", "SECD", f"Leaf cert hash = {chain[0].sha1.upper()}"))
    if bytes.fromhex(chain[0].sha1) not in pins:
        match = next((cert for cert in chain[1:] if bytes.fromhex(cert.sha1) in pins), None)
        if match is None:
            return Verdict("pin", f"no hash of the file is that of {_subject(chain[0])}", (*lines, *_untrusted(chain)))
        lines.append(("NOT", "SECD", f"Issuer cert hash = {match.sha1.upper()}"))
    if known is not None and chain[0].sha1 not in known:
        detail = f"the phone does not take {_subject(chain[0])}, although it holds its hash"
        return Verdict("pin", detail, (*lines, *_untrusted(chain)))
    if host_id_check:
        found, more = _host_id(chain[0], host)
        lines += more
        if not found:
            return Verdict("host-id", f"{host} is no name of {_subject(chain[0])}", tuple(lines))
    return Verdict("", "", tuple(lines))


def _untrusted(chain: Sequence[Cert]) -> list[tuple[str, str, str]]:
    """The document's lines; those on the issuer's file only where no issuer was sent."""
    lines = []
    if len(chain) == 1:
        lines = [
            ("ERR", "SECD", "EROR:secLoadFile: file not found </tmp/issuer.crt>"),
            ("ERR", "SECD", "Unable to open file /tmp/issuer.crt"),
        ]
        why = "issuer certificate not found and leaf not trusted"
    else:
        why = "issuer certificate not trusted and leaf not trusted"
    return [*lines, ("ERR", "VPNC", f"VPN cert chain verification failed, {why}")]


def _host_id(leaf: Cert, host: str) -> tuple[bool, list[tuple[str, str, str]]]:
    """The host of the URL among the DNS names, then as CN. No wildcard fits, and no address."""
    try:
        names = leaf.x509.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        alternatives = names.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        alternatives = []
    common = [str(part.value) for part in leaf.x509.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    lines: list[tuple[str, str, str]] = []
    for where, found in (("subjectAltNames", alternatives), ("subject name", common)):
        if not is_address(host) and host.lower() in (name.lower() for name in found):
            return True, lines
        for name in found:
            if "*" in name:
                lines.append(("NOT", "VPNC", "DNS has wildcard, starting checks..."))
                text = f"stopping checks on host=({host}) and dns=({name})"
                lines.append(("ERR", "VPNC", f"Generic third level wildcards are not allowed, {text}"))
        lines.append(("NOT", "VPNC", f"hostID not found in {where}"))
    lines.append(("ERR", "VPNC", "hostIDCheck failed!!"))
    return False, lines


def _error(chain: Sequence[Cert]) -> str:
    """OpenSSL's verdict where no authority is known."""
    if len(chain) == 1 and is_issuer(chain[0], chain[0]):
        return "18 (self signed certificate)"
    if is_issuer(chain[-1], chain[-1]):
        return "19 (self signed certificate in certificate chain)"
    return "20 (unable to get local issuer certificate)"


def _slashed(name: x509.Name) -> str:
    """/C=US/O=Example/CN=vpn.example.com, as OpenSSL's old one-line form."""
    return "".join(f"/{part.rfc4514_attribute_name}={part.value!s}" for part in name)


def _subject(cert: Cert) -> str:
    return cert.x509.subject.rfc4514_string()
