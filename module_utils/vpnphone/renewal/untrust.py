"""Certificates leave Phone-VPN-trust: the rollback of stage trust, and the cleanup after the switch. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from ..errors import ChangeRefused
from ..model import CucmState, TrustedCertificate, TrustFile
from ..model.renewal import Action, AsaRenewal, CertificateNote, ClusterRenewal, Journal, StagePlan
from ..soap import shown
from .store import (
    VPN_TRUST,
    cn_of,
    describe,
    file_key,
    held_note,
    pin_of,
    row_of,
    rows_of,
    served_by,
    title,
    users_of,
)
from .trust import UPLOAD, asas_in, lost_of
from .trust_way import BY_HAND, Way

DELETE = "delete:"


def plan_rollback(journal: Journal, cluster: ClusterRenewal, state: CucmState, way: Way, unit: str) -> StagePlan:
    """Take out what this renewal put in, and put back what that overwrote. ChangeRefused certificate_in_use."""
    rows = rows_of(state)
    before = {note.sha1 for note in cluster.held}
    ours = [row for sha1 in cluster.uploaded if sha1 not in before and (row := _by_sha1(rows, sha1)) is not None]
    lost = lost_of(journal, cluster, rows)
    keys = {file_key(note.cn) for note in lost} - {""}
    actions, warnings = [], []
    for row in ours:
        note = held_note(row)
        if note is None:
            continue
        users = users_of(state.gateways or (), rows, note)
        if users and file_key(note.cn) not in keys:
            raise in_use(note, users, "vpnphone_rollback=gateway", state.device)
        if users:
            warnings.append(
                f"gateways {', '.join(users)} lose this member: put their lists back before any Apply Config"
            )
        actions.append(_delete(note, unit, rows, state.trust_files))
    for note in lost:
        if note.pem:
            actions.append(
                Action(
                    id=f"{UPLOAD}{note.sha1}",
                    text=f"put {title(note)} back into {VPN_TRUST} ({way.method})",
                    commands=way.upload(note),
                )
            )
        else:
            warnings.append(f"{title(note)} is gone and its PEM was never read: upload it by hand")
    facts = tuple(f"{VPN_TRUST} holds {describe(row)}" for row in rows)
    return StagePlan(stage="trust", target=cluster.name, actions=tuple(actions), facts=facts, warnings=tuple(warnings))


def cleanup_deletions(
    journal: Journal, cluster: ClusterRenewal, state: CucmState, unit: str, *, now: datetime, grace: timedelta
) -> tuple[Action, ...]:
    """Take the old certificates out, once nobody can need them. ChangeRefused: cleanup_too_early, certificate_in_use.

    A gateway of this renewal still uses one until the cleanup of its list; any other gateway's use refuses it.
    """
    rows, served = rows_of(state), served_by(journal, cluster, state)
    asas = asas_in(served)
    for asa in asas:
        need_grace(asa, now, grace, state.device)
    need_pins(asas, rows, state.device)
    kept = {pin_of(asa).sha1 for asa in asas}
    olds = {asa.old.sha1: asa.old for asa in asas if asa.old is not None and asa.old.sha1 not in kept}
    actions = []
    for note in olds.values():
        if row_of(rows, note) is None:
            continue
        users = set(users_of(state.gateways or (), rows, note)) - {one.gateway.name for one in served}
        if users:
            raise in_use(note, sorted(users), "", state.device)
        actions.append(_delete(note, unit, rows, state.trust_files))
    return tuple(actions)


def need_grace(asa: AsaRenewal, now: datetime, grace: timedelta, where: str) -> None:
    """ChangeRefused unless the ASA shows its new certificate, saved, for so long."""
    if asa.bound != "new" or not asa.saved or asa.switched_at is None:
        raise ChangeRefused(
            f"{asa.name} is not switched for good: bound is {asa.bound}, {'' if asa.saved else 'not '}saved.",
            where=where,
            todo="Phones need the old certificate until then. First the switch (playbooks/renewal/switch.yml).",
            code="cleanup_too_early",
        )
    if now < asa.switched_at + grace:
        raise ChangeRefused(
            f"{asa.name} was switched at {asa.switched_at:%Y-%m-%d %H:%M} UTC; phones that were off since still need"
            f" the old certificate until {asa.switched_at + grace:%Y-%m-%d %H:%M} UTC.",
            where=where,
            todo="Wait until then, or set vpnphone_grace_days.",
            code="cleanup_too_early",
        )


def need_pins(asas: Iterable[AsaRenewal], rows: Sequence[TrustedCertificate], where: str) -> None:
    """ChangeRefused where what phones pin now is gone from the store."""
    for asa in asas:
        note = pin_of(asa)
        if row_of(rows, note) is None:
            raise ChangeRefused(
                f"{title(note)}, which {asa.name} needs, is not in {VPN_TRUST} any more.",
                where=where,
                todo="Apply no configuration to any phone. Upload it again (its PEM is in the journal), put it back"
                " into the gateways' lists, then run again.",
                code="new_certificate_gone",
            )


def in_use(note: CertificateNote, users: Sequence[str], rollback: str, where: str) -> ChangeRefused:
    first = (
        f"First playbooks/renewal/rollback.yml with {rollback}." if rollback else "Take it out of their lists first."
    )
    return ChangeRefused(
        f"{title(note)} is in the list of {', '.join(shown(name, 60) for name in users)}: it is not deleted.",
        where=where,
        todo=f"{first} Nothing was deleted.",
        code="certificate_in_use",
    )


def _delete(
    note: CertificateNote, unit: str, rows: Sequence[TrustedCertificate], files: Sequence[TrustFile] | None
) -> Action:
    file = file_of(note, rows, files)
    by_cli = f"set cert delete {unit} {file}"
    by_hand = f"{BY_HAND}: {VPN_TRUST} > {note.cn or note.subject}, serial {note.serial} > Delete"
    return Action(
        id=f"{DELETE}{note.sha1}",
        text=f"delete {title(note)} from {VPN_TRUST}",
        commands=(by_cli if unit and file else by_hand,),
        undo=(f"upload {title(note)} again: its PEM is in the journal",),
    )


def file_of(note: CertificateNote, rows: Sequence[TrustedCertificate], files: Sequence[TrustFile] | None) -> str:
    """The file of the store that has its common name; "" where not exactly one fits, and one row."""
    key = file_key(note.cn)
    if sum(file_key(cn_of(row)) == key for row in rows) != 1:
        return ""
    fit = [
        file.name
        for file in files or ()
        if file.store.casefold() == VPN_TRUST.casefold() and key and file_key(file.name.removesuffix(".pem")) == key
    ]
    return fit[0] if len(fit) == 1 else ""


def _by_sha1(rows: Iterable[TrustedCertificate], sha1: str) -> TrustedCertificate | None:
    return next((row for row in rows if (note := held_note(row)) is not None and note.sha1 == sha1), None)
