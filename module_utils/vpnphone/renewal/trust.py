"""Phone-VPN-trust in a renewal: what goes in, and what would be lost by it. Pure.

The old certificate stays beside the new one until no phone needs it; one file a common name makes that impossible where
both have the same (C12): a new name, or the CA in place of the certificate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from ..errors import BadInput, ChangeRefused
from ..model import X509, CucmState, TrustedCertificate
from ..model.renewal import Action, AsaRenewal, CertificateNote, ClusterRenewal, Journal, StagePlan
from ..x509 import issued_by
from .store import (
    VPN_TRUST,
    Served,
    cn_of,
    content_of,
    describe,
    file_key,
    held_note,
    in_the_way,
    is_row,
    note_of,
    pin_of,
    protects,
    row_of,
    rows_of,
    served_by,
    title,
    users_of,
)
from .trust_way import Way

UPLOAD = "upload:"


def pins_from(journal: Journal, certificates: Sequence[X509], names: Iterable[str]) -> dict[str, CertificateNote]:
    """ASA -> the CA among these that signed its new certificate: pinned in place of it (the second way out of C12).

    BadInput where one signed none of them. Only a direct issuer: what phones do with a longer way is not proven [?].
    """
    asas = {name: journal.asas[name] for name in names}
    found: dict[str, CertificateNote] = {}
    for certificate in certificates:
        signed = [
            name
            for name, asa in asas.items()
            if asa.new is not None and (new := content_of(asa.new)) is not None and issued_by(new, certificate)
        ]
        if not signed or not certificate.is_ca:
            raise BadInput(
                f"{certificate.subject or '(no subject)'} is not the CA that signed a new certificate of this renewal.",
                where="pin_ca_files",
                todo="Give the very CA certificate that signed it (the issuing CA, not the root above it).",
                code="pin_ca",
            )
        found |= dict.fromkeys(signed, note_of(certificate))
    return found


def with_pins(journal: Journal, pins: dict[str, CertificateNote]) -> Journal:
    """The journal of ASAs whose phones pin these."""
    if not pins:
        return journal
    asas = {name: replace(asa, pin=pins[name]) if name in pins else asa for name, asa in journal.asas.items()}
    return replace(journal, asas=asas)


def with_intent(journal: Journal, cluster: str, held: Iterable[CertificateNote], sha1: str) -> Journal:
    """The journal before an upload: what the store held before the first one, and that this one may be in it now."""
    place = journal.clusters[cluster]
    if sha1 in place.uploaded:
        return journal
    known = place.held if place.uploaded else tuple(held)
    noted = replace(place, held=known, uploaded=(*place.uploaded, sha1))
    return replace(journal, clusters=journal.clusters | {cluster: noted})


def without_uploads(journal: Journal, cluster: str) -> Journal:
    """The journal once the uploads are taken back; CAs in place of certificates stay while another cluster has them."""
    noted = replace(journal.clusters[cluster], held=(), uploaded=())
    journal = replace(journal, clusters=journal.clusters | {cluster: noted})
    if any(place.uploaded for place in journal.clusters.values()):
        return journal
    return replace(journal, asas={name: replace(asa, pin=None) for name, asa in journal.asas.items()})


def asas_in(served: Iterable[Served]) -> tuple[AsaRenewal, ...]:
    """Each ASA once, in order."""
    return tuple({asa.name: asa for one in served for asa in one.asas}.values())


def plan_trust(journal: Journal, cluster: ClusterRenewal, state: CucmState, way: Way) -> StagePlan:
    """What is to be put in, and what stands there now. ChangeRefused: same_cn_overwrites, old_certificate_gone, ..."""
    rows, served = rows_of(state), served_by(journal, cluster, state)
    asas = asas_in(served)
    need_old(journal, cluster, rows, asas, state.device)
    wanted: dict[str, CertificateNote] = {(note := pin_of(asa)).sha1: note for asa in asas}
    missing = [note for note in wanted.values() if row_of(rows, note) is None]
    for note in missing:
        _refuse_overwriting(note, rows, [other for other in missing if other is not note], state, journal)
    here = [row for row in (row_of(rows, note) for note in wanted.values()) if row is not None]
    return StagePlan(
        stage="trust",
        target=cluster.name,
        actions=tuple(
            Action(
                id=f"{UPLOAD}{note.sha1}",
                text=f"put {title(note)} into {VPN_TRUST} ({way.method})",
                commands=way.upload(note),
                undo=(f"delete {title(note)} from {VPN_TRUST}",),
            )
            for note in missing
        ),
        facts=(
            *(f"{VPN_TRUST} holds {describe(row)}" for row in rows),
            *(f"there already: {describe(row)}" for row in here),
            *(f"{asa.name}: phones are to pin {title(pin_of(asa))}" for asa in asas),
        ),
        warnings=_warnings(way, missing, rows),
    )


def need_old(
    journal: Journal,
    cluster: ClusterRenewal,
    rows: Sequence[TrustedCertificate],
    asas: Iterable[AsaRenewal],
    where: str,
) -> None:
    """ChangeRefused where what phones pin for an ASA today is not in the store any more."""
    for asa in asas:
        if asa.bound == "new":
            continue
        if asa.old is None:
            raise ChangeRefused(
                f"the journal does not say which certificate {asa.name} presents today.",
                where=where,
                todo="Open the renewal again with preflight, with this ASA reachable.",
                code="journal_incomplete",
            )
        if not any(protects(row, asa) for row in rows):
            raise _old_gone(asa.old, rows, cluster, where)
    lost = lost_of(journal, cluster, rows)
    if lost:
        raise _old_gone(lost[0], rows, cluster, where)


def lost_of(
    journal: Journal, cluster: ClusterRenewal, rows: Sequence[TrustedCertificate]
) -> tuple[CertificateNote, ...]:
    """What the store held before the first upload, is needed until the switch, and is gone.

    Needed is what an ASA presents, the CA of it, and whatever shares its file with something uploaded.
    """
    asas = [asa for asa in journal.asas.values() if asa.bound != "new"]
    ours = {file_key(note.cn) for asa in journal.asas.values() if (note := asa.pin or asa.new) is not None} - {""}
    found = []
    for note in cluster.held:
        olds = {asa.old.sha1 for asa in asas if asa.old is not None}
        content = content_of(note)
        signs = content is not None and any(
            asa.old is not None and (old := content_of(asa.old)) is not None and issued_by(old, content) for asa in asas
        )
        shares = file_key(note.cn) in ours and note.sha1 not in {(asa.pin or asa.new or note).sha1 for asa in asas}
        if (note.sha1 in olds or signs or shares) and row_of(rows, note) is None:
            found.append(note)
    return tuple(found)


def _old_gone(
    note: CertificateNote, rows: Sequence[TrustedCertificate], cluster: ClusterRenewal, where: str
) -> ChangeRefused:
    now = next((row for row in rows if file_key(cn_of(row)) == file_key(note.cn) != ""), None)
    why = f"; {describe(now)} lies in its file now" if now is not None else ""
    back = f"delete {describe(now)} first (its file would win), then upload" if now is not None else "upload"
    return ChangeRefused(
        f"{title(note)}, which phones need until the switch, is not in {VPN_TRUST} any more{why}.",
        where=where,
        todo="Apply no configuration to any phone: it would get a file without that hash. The way back: "
        f"{back} the old PEM again (it is in the journal), put it back into the gateways' lists; "
        "playbooks/renewal/rollback.yml with vpnphone_rollback=trust does both steps in the store.",
        code="old_certificate_gone",
    )


def _refuse_overwriting(
    note: CertificateNote,
    rows: Sequence[TrustedCertificate],
    others: Iterable[CertificateNote],
    state: CucmState,
    journal: Journal,
) -> None:
    there = in_the_way(rows, note)
    twin = next((other for other in others if file_key(other.cn) == file_key(note.cn) != ""), None)
    if there is None and twin is None:
        return
    taken = f"that of {describe(there)}" if there is not None else f"that of {title(twin)}" if twin is not None else ""
    unused = ""
    if there is not None:
        held = held_note(there)
        if held is not None and not users_of(state.gateways or (), rows, held) and not _is_old(journal, there):
            unused = " No gateway uses the one that is there: where nobody needs it, delete it and run again."
    raise ChangeRefused(
        f"{title(note)} would lie in the same file as another certificate, {taken}: {VPN_TRUST} keeps one a common"
        " name, and the upload would take the old one's place.",
        where=state.device,
        todo="Nothing was uploaded. Either renew with another common name and the FQDN in the subjectAltName, or pin"
        f" the CA that signed it (vpnphone_pin_ca_files).{unused}",
        code="same_cn_overwrites",
    )


def _is_old(journal: Journal, row: TrustedCertificate) -> bool:
    return any(asa.old is not None and is_row(row, asa.old) for asa in journal.asas.values())


def _warnings(way: Way, missing: Sequence[CertificateNote], rows: Sequence[TrustedCertificate]) -> tuple[str, ...]:
    found = []
    if missing and way.method == "manual":
        found.append(f"a person uploads: {way.why or 'so chosen'}")
    found += [
        f"{title(note)} has no common name: in which file it will lie is not known; both hashes are read back"
        for note in missing
        if not note.cn
    ]
    blind = [row for row in rows if row.x509 is None and not cn_of(row)]
    if missing and blind:
        found.append(f"{len(blind)} certificates of {VPN_TRUST} tell no common name: an overwrite is found only after")
    return tuple(found)
