"""Stage export, and the way back of stage certificate, as plans. Pure.

What is removed is what the journal says that this renewal made, where nobody else uses it; never what is bound.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import ChangeRefused
from ..model.renewal import Action, StagePlan
from .certificate import EXPORT, SAVE, Order, block_of, title_of, zeroize_command
from .standing import Standing

# --- stage export -----------------------------------------------------------------------------------------------------


def plan_export(order: Order, now: Standing, *, done: bool) -> StagePlan:
    """ChangeRefused certificate_gone where the trustpoint does not hold what stage certificate left."""
    name, new = order.name, order.asa.new
    there = now.identity(name)
    if new is None or there is None or there.sha256 != new.sha256:
        raise ChangeRefused(
            f"trustpoint {name} holds {title_of(there)}, not the certificate of this renewal"
            f"{f' ({new.cn}, SHA-1 {new.sha1[:8]}…)' if new is not None else ''}.",
            where=order.asa.name,
            todo="Find out who changed it; then roll stage certificate back and run it again.",
            code="certificate_gone",
        )
    action = Action(
        id=EXPORT,
        text=f"read the certificate of {name} (nothing is changed)",
        commands=(f"crypto ca export {name} identity-certificate",),
    )
    facts = (f"imported: SHA-1 {new.sha1}, SHA-256 {new.sha256}",)
    return StagePlan(stage="export", target=order.asa.name, actions=() if done else (action,), facts=facts)


# --- rollback ---------------------------------------------------------------------------------------------------------


def plan_rollback(order: Order, now: Standing, *, unsaved: bool) -> StagePlan:
    """Out with what this renewal made, and nothing else. ChangeRefused trustpoint_bound, trustpoint_in_use."""
    asa, made = order.asa, set(order.asa.made)
    mine = [one.removeprefix("trustpoint:") for one in asa.made if one.startswith("trustpoint:")]
    labels = [one.removeprefix("key:") for one in asa.made if one.startswith("key:")]
    actions: list[Action] = []
    warnings: list[str] = []
    # The new trustpoint first: what it was sent with is needed by nobody then.
    for name in sorted(mine, key=lambda one: one != order.name):
        if now.trustpoint(name) is None:
            continue
        if name.lower() in now.bound or name.lower() == asa.old_trustpoint.lower():
            raise ChangeRefused(
                f"trustpoint {name} is bound: it is not removed.",
                where=asa.name,
                todo="First the rollback of the switch (vpnphone_rollback=switch).",
                code="trustpoint_bound",
            )
        # The bound one did without these CAs before.
        users = [*now.mentions(name), *now.needs_ca(name, mine, but=asa.old_trustpoint)]
        if users and name == order.name:
            raise ChangeRefused(
                f"trustpoint {name} is in use: {'; '.join(users)[:300]}.",
                where=asa.name,
                todo="Take it out of there first. Nothing was removed.",
                code="trustpoint_in_use",
            )
        if users:
            warnings.append(f"trustpoint {name} stays: {'; '.join(users)[:300]} needs it")
            continue
        actions.append(
            Action(
                id=f"trustpoint:{name}",
                text=f"remove trustpoint {name} with its certificates",
                commands=(f"no {block_of(name)}",),
            )
        )
    if order.name not in mine and now.trustpoint(order.name) is not None:
        warnings.append(f"trustpoint {order.name} was there before this renewal: it stays")
    actions += _keys_back(order, now, labels, {name.lower() for name in mine}, warnings)
    if order.save and (actions or unsaved) and made:
        actions.append(Action(id=SAVE, text="save the configuration", commands=("write memory",)))
    return StagePlan(
        stage="certificate",
        target=asa.name,
        actions=tuple(actions),
        facts=(f"bound today: {asa.old_trustpoint}: it is not touched",),
        warnings=tuple(warnings),
    )


def _keys_back(order: Order, now: Standing, labels: Iterable[str], mine: set[str], warnings: list[str]) -> list[Action]:
    actions = []
    for label in labels:
        key = now.key(label)
        users = [name for name in now.key_users(label) if name.lower() not in mine]
        if key is None:
            continue
        if users:
            warnings.append(f"the key {label} stays: trustpoint {users[0]} uses it")
            continue
        command = zeroize_command(key.kind or order.key, label)
        actions.append(Action(id=f"key:{label}", text=f"destroy the key {label}", commands=(command,)))
    return actions
