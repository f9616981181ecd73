"""The certificate lists of the VPN gateways in a renewal: the new one joins behind the old, later the old leaves. Pure.

AXL takes a whole list (F-072), so each change is one list in place of another, and counts only from the very list that
it was planned from.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from ..errors import ChangeRefused
from ..model import CucmState, GatewayCertificate, TrustedCertificate, VpnGateway
from ..model.renewal import (
    Action,
    CertificateNote,
    ClusterRenewal,
    GatewayNote,
    Journal,
    StageName,
    StagePlan,
)
from ..predict.identity import name_key, serial_key
from ..soap import shown
from .stages import said_grace
from .store import (
    VPN_TRUST,
    Member,
    Served,
    describe,
    is_member,
    member_row,
    pin_of,
    protects,
    row_of,
    rows_of,
    served_by,
    title,
)
from .trust import need_old
from .untrust import cleanup_deletions, need_grace
from .waves import waves_left

GATEWAY = "gateway:"
# Of one gateway, and of all gateways of a group together.
MAX_CERTIFICATES = 10


class ListChange(NamedTuple):
    """One gateway's list in place of another: (issuer name, serial number) in CUCM's own spelling."""

    name: str
    url: str
    asas: tuple[str, ...]
    before: tuple[Member, ...]
    after: tuple[Member, ...]

    @property
    def id(self) -> str:
        """Of exactly this change: another list before or after is another action."""
        lists = json.dumps([self.before, self.after]).encode()
        return f"{GATEWAY}{self.name}:{hashlib.sha256(lists).hexdigest()[:12]}"

    def action(self) -> Action:
        gone = [member for member in self.before if member not in self.after]
        come = [member for member in self.after if member not in self.before]
        words = [f"add {said(member)}" for member in come] + [f"remove {said(member)}" for member in gone]
        return Action(
            id=self.id,
            text=f"gateway {shown(self.name, 60)}: {', '.join(words)}",
            commands=_commands(self.name, self.after),
            undo=_commands(self.name, self.before),
        )

    def note(self) -> GatewayNote:
        return GatewayNote(name=self.name, url=self.url, asas=self.asas, before=self.before, after=self.after)


Changes = Mapping[str, ListChange]


def members_of(gateway: VpnGateway) -> tuple[Member, ...]:
    return tuple((one.issuer_name, one.serial_number) for one in gateway.certificates)


def same_members(one: Sequence[Member], other: Sequence[Member]) -> bool:
    """The same certificates; that CUCM keeps their order is not proven [K], and a phone's file has them as a set."""
    return sorted(map(_key, one)) == sorted(map(_key, other))


def _key(member: Member) -> tuple[tuple[str, ...], str]:
    return name_key(member[0]), serial_key(member[1])


def said(member: Member) -> str:
    """A member in words."""
    return f"issuer {shown(member[0], 255)} serial {shown(member[1], 50)}"


def _commands(name: str, members: Iterable[Member]) -> tuple[str, ...]:
    return (f"AXL updateVpnGateway {shown(name, 60)}", *(f"  {said(member)}" for member in members))


# --- three lists ------------------------------------------------------------------------------------------------------


def with_new(served: Served, rows: Sequence[TrustedCertificate], where: str) -> tuple[Member, ...]:
    """The old members in their order, then what phones are to pin. ChangeRefused: gateway_without_old, not_in_trust."""
    gateway = served.gateway
    _need_old_member(served, rows, gateway.certificates, where)
    members = members_of(gateway)
    for asa in served.asas:
        note = pin_of(asa)
        row = row_of(rows, note)
        if row is None:
            raise ChangeRefused(
                f"{title(note)} is not in {VPN_TRUST}: no gateway can list it.",
                where=where,
                todo="First the stage trust (playbooks/renewal/trust.yml). Nothing was changed.",
                code="not_in_trust",
            )
        known = any(is_member(rows, one, note) for one in gateway.certificates)
        spelled = (row.issuer_name, row.serial_number)
        if not known and spelled not in members:
            members += (spelled,)
    return members


def without_new(
    served: Served, note: GatewayNote, rows: Sequence[TrustedCertificate], where: str
) -> tuple[Member, ...]:
    """The list as it was before stage gateway: without what that added, with what has gone since, if it can be had."""
    for asa in served.asas:
        if asa.bound != "old":
            raise ChangeRefused(
                f"{asa.name} shows its {asa.bound} certificate: phones need what would be taken out of the list.",
                where=where,
                todo="First playbooks/renewal/rollback.yml with vpnphone_rollback=switch. Nothing was changed.",
                code="rollback_out_of_order",
            )
    before = tuple(note.before)
    added = [member for member in note.after if not any(_key(member) == _key(one) for one in before)]
    kept = _less(members_of(served.gateway), added)
    missing = _less(before, kept)
    kept += tuple(one for one in missing if member_row(rows, _certificate(one)) is not None)
    _need_old_member(served, rows, [_certificate(one) for one in kept], where)
    return kept


def without_old(served: Served, rows: Sequence[TrustedCertificate], where: str) -> tuple[Member, ...]:
    """The list without the old certificates, once the ASAs show the new ones. ChangeRefused gateway_without_new."""
    gateway = served.gateway
    pins = [pin_of(asa) for asa in served.asas]
    for asa, pin in zip(served.asas, pins, strict=True):
        if not any(is_member(rows, one, pin) for one in gateway.certificates):
            raise ChangeRefused(
                f"the list of gateway {shown(gateway.name, 60)} lacks {title(pin)}, which {asa.name} needs.",
                where=where,
                todo="Do not apply any configuration to phones; run playbooks/renewal/gateway.yml again first.",
                code="gateway_without_new",
            )
    kept = {pin.sha1 for pin in pins}
    olds = [asa.old for asa in served.asas if asa.old is not None and asa.old.sha1 not in kept]
    return members_of(replace(gateway, certificates=tuple(_others(gateway.certificates, rows, olds))))


def _others(
    members: Iterable[GatewayCertificate], rows: Sequence[TrustedCertificate], notes: Sequence[CertificateNote]
) -> Iterable[GatewayCertificate]:
    return (one for one in members if not any(is_member(rows, one, note) for note in notes))


def _less(members: Sequence[Member], gone: Sequence[Member]) -> tuple[Member, ...]:
    keys = {_key(member) for member in gone}
    return tuple(member for member in members if _key(member) not in keys)


def _certificate(member: Member) -> GatewayCertificate:
    return GatewayCertificate(issuer_name=member[0], serial_number=member[1])


def _need_old_member(
    served: Served, rows: Sequence[TrustedCertificate], members: Sequence[GatewayCertificate], where: str
) -> None:
    listed = [row for one in members if (row := member_row(rows, one)) is not None]
    for asa in served.asas:
        if asa.bound != "new" and not any(protects(row, asa) for row in listed):
            old = title(asa.old) if asa.old is not None else "its certificate"
            raise ChangeRefused(
                f"the list of gateway {shown(served.gateway.name, 60)} lacks what {asa.name} shows today, {old}; it"
                f" has {', '.join(map(describe, listed)) or 'nothing that the store knows'}.",
                where=where,
                todo="Apply no configuration to any phone: it would be locked out. Put that certificate back into the"
                " list (Advanced Features > VPN > VPN Gateway), then run again. Nothing was changed.",
                code="gateway_without_old",
            )


# --- plans ------------------------------------------------------------------------------------------------------------


def plan_gateway(journal: Journal, cluster: ClusterRenewal, state: CucmState) -> tuple[StagePlan, Changes]:
    """Stage gateway. ChangeRefused: as with_new, old_certificate_gone, gateway_full, group_full, groups_unknown."""
    rows, served = rows_of(state), served_by(journal, cluster, state)
    need_old(journal, cluster, rows, [asa for one in served for asa in one.asas], state.device)
    return _plan("gateway", cluster, state, served, lambda one: with_new(one, rows, state.device))


def plan_gateway_rollback(journal: Journal, cluster: ClusterRenewal, state: CucmState) -> tuple[StagePlan, Changes]:
    """Take stage gateway back."""
    rows, served = rows_of(state), served_by(journal, cluster, state)

    def back(one: Served) -> tuple[Member, ...]:
        return without_new(one, cluster.gateways[one.gateway.name], rows, state.device)

    return _plan("gateway", cluster, state, served, back)


def plan_cleanup(
    journal: Journal, cluster: ClusterRenewal, state: CucmState, unit: str, *, now: datetime, grace: timedelta
) -> tuple[StagePlan, Changes]:
    """All of a cluster's cleanup: out of the lists, then (once phones fetched files without it) out of the store.

    The waves of phones between the two are planned by vpnphone_phone_apply; here they are those that the journal has.
    """
    if journal.pinned_ca:
        why = "phones pin a CA that the new certificate is sent with: nothing in the cluster is of the old one alone"
        return StagePlan(stage="cleanup", target=cluster.name, facts=(why,)), {}
    rows, served = rows_of(state), served_by(journal, cluster, state)
    for one in served:
        for asa in one.asas:
            need_grace(asa, now, grace, state.device)
    plan, changes = _plan("cleanup", cluster, state, served, lambda one: without_old(one, rows, state.device))
    deletions = cleanup_deletions(journal, cluster, state, unit, now=now, grace=grace)
    actions = (*plan.actions, *waves_left(journal, cluster, "cleanup"), *deletions)
    return replace(plan, actions=actions, facts=(*said_grace(grace), *plan.facts)), changes


def _plan(
    stage: StageName,
    cluster: ClusterRenewal,
    state: CucmState,
    served: Sequence[Served],
    after: Callable[[Served], tuple[Member, ...]],
) -> tuple[StagePlan, Changes]:
    rows = rows_of(state)
    found: dict[str, ListChange] = {}
    facts: list[str] = []
    warnings: list[str] = []
    for one in served:
        gateway = one.gateway
        change = ListChange(
            gateway.name, gateway.url, tuple(asa.name for asa in one.asas), members_of(gateway), after(one)
        )
        who = ", ".join(change.asas)
        facts.append(f"gateway {shown(gateway.name, 60)} ({shown(gateway.url, 200)}), answered by {who}")
        facts += [f"  lists {said(member)}" for member in change.before]
        warnings += [
            f"gateway {shown(gateway.name, 60)} lists what {VPN_TRUST} does not have: {said(member)}"
            for member, certificate in zip(change.before, gateway.certificates, strict=True)
            if member_row(rows, certificate) is None
        ]
        if not same_members(change.before, change.after):
            found[change.id] = change
    _need_room(state, found.values())
    plan = StagePlan(
        stage=stage,
        target=cluster.name,
        actions=tuple(change.action() for change in found.values()),
        facts=tuple(facts),
        warnings=tuple(warnings),
    )
    return plan, found


def _need_room(state: CucmState, changes: Iterable[ListChange]) -> None:
    lists = {gateway.name: members_of(gateway) for gateway in state.gateways or ()}
    larger = []
    for change in changes:
        if len(change.after) > MAX_CERTIFICATES:
            raise ChangeRefused(
                f"gateway {shown(change.name, 60)} would list {len(change.after)} certificates; {MAX_CERTIFICATES} is"
                " the most.",
                where=state.device,
                todo="Take out of its list what no ASA shows any more, then plan again. Nothing was changed.",
                code="gateway_full",
            )
        if len(change.after) > len(change.before):
            larger.append(change.name)
        lists[change.name] = change.after
    if larger and state.groups is None:
        raise ChangeRefused(
            "the VPN groups are not known, and all gateways of a group together may list "
            f"{MAX_CERTIFICATES} certificates.",
            where=state.device,
            todo="Let the AXL user read VPN groups (docs/cucm-access.md), then run again. Nothing was changed.",
            code="groups_unknown",
        )
    for group in state.groups or ():
        members = {_key(member) for name in group.gateways for member in lists.get(name, ())}
        if len(members) > MAX_CERTIFICATES and set(group.gateways) & set(larger):
            raise ChangeRefused(
                f"the gateways of VPN group {shown(group.name, 60)} would list {len(members)} certificates together; "
                f"{MAX_CERTIFICATES} is the most that a phone's file holds.",
                where=state.device,
                todo="Take out of their lists what no ASA shows any more, then plan again. Nothing was changed.",
                code="group_full",
            )


def with_lists(journal: Journal, cluster: str, change: ListChange) -> Journal:
    """The journal that knows this change's lists: what a rollback goes back to."""
    place = journal.clusters[cluster]
    noted = replace(place, gateways=place.gateways | {change.name: change.note()})
    return replace(journal, clusters=journal.clusters | {cluster: noted})
