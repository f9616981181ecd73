"""Phone-VPN-trust by hash: which certificate of a renewal it holds, which file one would overwrite, who uses one."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..errors import ChangeRefused
from ..model import X509, CucmState, GatewayCertificate, TrustedCertificate, VpnGateway
from ..model.renewal import AsaRenewal, CertificateNote, ClusterRenewal, GatewayNote, Journal
from ..predict.identity import same_name, serial_key, typed_host
from ..questions import STORES
from ..soap import shown
from ..x509 import issued_by, read_pem

VPN_TRUST = STORES[0]
Member = tuple[str, str]
_CN = re.compile(r"(?:^|[,/+]\s?)CN=((?:[^,/+\\]|\\.){1,300})", re.IGNORECASE)
# What stands for odd characters in the name of a file is assumed [K]: "Issuing CA 1" lies in Issuing_CA_1.pem.
_ODD = re.compile(r"[^A-Za-z0-9._*-]")


# --- certificates -----------------------------------------------------------------------------------------------------


def note_of(certificate: X509) -> CertificateNote:
    """As a journal keeps it."""
    lines = re.findall(".{1,64}", certificate.der)
    return CertificateNote(
        pem="\n".join(("-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", "")),
        sha1=certificate.sha1,
        sha256=certificate.sha256,
        subject=certificate.subject,
        cn=certificate.subject_cn,
        issuer=certificate.issuer,
        serial=certificate.serial,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
    )


def content_of(note: CertificateNote) -> X509 | None:
    """The certificate itself; None where the journal has its hash alone."""
    try:
        return read_pem(note.pem)
    except ValueError:
        return None


def title(note: CertificateNote) -> str:
    """In a few words: its common name and the start of its SHA-1, as a person compares it."""
    return f"{note.cn or note.subject or '(no subject)'} (SHA-1 {note.sha1[:8]}…)"


def held_note(row: TrustedCertificate) -> CertificateNote | None:
    """What a row holds; by its hash alone where its content was not read, None where not even that is known."""
    if row.x509 is not None:
        return note_of(row.x509)
    try:
        sha1 = base64.b64decode(row.stored_hash, validate=True).hex()
    except ValueError:
        return None
    if len(sha1) != 40:
        return None
    return CertificateNote(
        pem="", sha1=sha1, sha256="", subject=row.subject_name, cn=cn_of(row), issuer=row.issuer_name,
        serial=row.serial_number,
    )  # fmt: skip


# --- rows -------------------------------------------------------------------------------------------------------------


def rows_of(state: CucmState) -> tuple[TrustedCertificate, ...]:
    """The rows of Phone-VPN-trust as the database tells them. ChangeRefused where it does not.

    The snapshot is not enough: a gateway names a certificate in the database's own spelling.
    """
    source = state.sources.get("trust")
    if state.trust is None or source is None or not source.known or not source.command.startswith("executeSQLQuery"):
        why = (source.detail if source is not None else "") or "the database was not asked"
        raise ChangeRefused(
            f"what {VPN_TRUST} holds is not known: {shown(why)}.",
            where=state.device,
            todo="Let the AXL user run executeSQLQuery (docs/cucm-access.md), then run again. Nothing was changed.",
            code="trust_unknown",
        )
    return tuple(row for row in state.trust if row.store == VPN_TRUST)


def is_row(row: TrustedCertificate, note: CertificateNote) -> bool:
    """The row is this certificate: by its content, else by the hash that CUCM keeps of it. Never by its name."""
    if row.x509 is not None:
        return row.x509.sha1 == note.sha1
    return row.stored_hash == base64.b64encode(bytes.fromhex(note.sha1)).decode()


def row_of(rows: Iterable[TrustedCertificate], note: CertificateNote) -> TrustedCertificate | None:
    return next((row for row in rows if is_row(row, note)), None)


def cn_of(row: TrustedCertificate) -> str:
    """The common name, "" where the row has none."""
    if row.x509 is not None:
        return row.x509.subject_cn
    found = _CN.search(row.subject_name)
    return found[1].strip() if found else ""


def file_key(cn: str) -> str:
    """What two certificates share whose file is the same: CUCM keeps one file a common name. "" without one."""
    return _ODD.sub("_", cn.strip())[:100].casefold()


def in_the_way(rows: Iterable[TrustedCertificate], note: CertificateNote) -> TrustedCertificate | None:
    """Another certificate of the same common name: the upload would take its place (F-071)."""
    key = file_key(note.cn)
    return next((row for row in rows if key and file_key(cn_of(row)) == key and not is_row(row, note)), None)


def member_row(rows: Iterable[TrustedCertificate], member: GatewayCertificate) -> TrustedCertificate | None:
    """The certificate that a gateway's member means: issuer and serial number are all it has."""
    return next(
        (
            row
            for row in rows
            if serial_key(row.serial_number) == serial_key(member.serial_number)
            and same_name(row.issuer_name, member.issuer_name)
        ),
        None,
    )


def users_of(gateways: Iterable[VpnGateway], rows: Sequence[TrustedCertificate], note: CertificateNote) -> list[str]:
    """Gateways whose list has this certificate; where the store lacks it, by issuer and serial number alone."""
    return [gateway.name for gateway in gateways if any(is_member(rows, one, note) for one in gateway.certificates)]


def is_member(rows: Sequence[TrustedCertificate], member: GatewayCertificate, note: CertificateNote) -> bool:
    row = member_row(rows, member)
    if row is not None:
        return is_row(row, note)
    return serial_key(member.serial_number) == serial_key(note.serial) and same_name(member.issuer_name, note.issuer)


def describe(row: TrustedCertificate) -> str:
    """A row in a few words, by hash."""
    note = held_note(row)
    return title(note) if note is not None else f"{shown(row.subject_name, 80)} (serial {shown(row.serial_number, 40)})"


# --- who needs what --------------------------------------------------------------------------------------------------


class Served(NamedTuple):
    """A gateway of the renewal as it stands, and the ASAs that answer its URL."""

    gateway: VpnGateway
    asas: tuple[AsaRenewal, ...]


def pin_of(asa: AsaRenewal) -> CertificateNote:
    """What phones are to pin before this ASA shows its new certificate. ChangeRefused where nobody has it yet."""
    found = asa.pin or asa.new
    if found is None:
        raise ChangeRefused(
            f"the new certificate of {asa.name} is not in the journal.",
            where=asa.name,
            todo="First the stage export (playbooks/renewal/export.yml).",
            code="stage_out_of_order",
        )
    return found


def protects(row: TrustedCertificate, asa: AsaRenewal) -> bool:
    """A phone that pins this row accepts what the ASA has shown so far: that very certificate, or the CA of it."""
    if asa.old is None:
        return False
    if is_row(row, asa.old):
        return True
    old = content_of(asa.old)
    return old is not None and row.x509 is not None and row.x509.is_ca and issued_by(old, row.x509)


def served_by(journal: Journal, cluster: ClusterRenewal, state: CucmState) -> tuple[Served, ...]:
    """The gateways of this renewal with their ASAs. ChangeRefused where one is gone or nobody answers it."""
    if state.gateways is None:
        source = state.sources.get("gateways")
        raise ChangeRefused(
            f"the VPN gateways are not known: {shown(source.detail if source else '') or 'they were not asked for'}.",
            where=state.device,
            todo="Let the AXL user read VPN gateways (docs/cucm-access.md), then run again. Nothing was changed.",
            code="gateways_unknown",
        )
    rows = rows_of(state)
    there = {gateway.name: gateway for gateway in state.gateways}
    gone = next((name for name in cluster.gateways if name not in there), "")
    if gone:
        raise ChangeRefused(
            f"the VPN gateway {shown(gone, 60)!r} of this renewal is not there any more.",
            where=state.device,
            todo="Look at Advanced Features > VPN > VPN Gateway; where that is right, open a new renewal (preflight).",
            code="gateway_missing",
        )
    found = tuple(
        Served(there[name], _asas_of(journal, note, there[name], rows)) for name, note in cluster.gateways.items()
    )
    nobody = next((served.gateway for served in found if not served.asas), None)
    if nobody is not None:
        raise ChangeRefused(
            f"no ASA of this renewal answers {nobody.url} of gateway {nobody.name}: neither its certificates nor"
            " its host belong to one.",
            where=state.device,
            todo="Open the renewal with every ASA behind that URL, or without that gateway (preflight).",
            code="gateway_without_asa",
        )
    return found


def _asas_of(
    journal: Journal, note: GatewayNote, gateway: VpnGateway, rows: Sequence[TrustedCertificate]
) -> tuple[AsaRenewal, ...]:
    """As the journal says, else whose certificate is in the list, else whose certificate has the URL's host."""
    if note.asas:
        return tuple(journal.asas[name] for name in note.asas if name in journal.asas)
    members = [row for one in gateway.certificates if (row := member_row(rows, one)) is not None]
    known = tuple(asa for asa in journal.asas.values() if any(protects(row, asa) for row in members))
    if known:
        return known
    host = typed_host(gateway.url).casefold()
    return tuple(asa for asa in journal.asas.values() if host and host in _hosts(asa))


def _hosts(asa: AsaRenewal) -> set[str]:
    found = [content for note in (asa.old, asa.new) if note is not None and (content := content_of(note)) is not None]
    return {name.casefold() for one in found for name in (*one.san_dns, *one.san_ip, one.subject_cn) if name}
