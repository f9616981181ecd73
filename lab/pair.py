"""Certificates and keys of a unit: which of them its mate holds, what was saved, what is there after a restart.

A failover pair replicates a new certificate with its key (F-090) [K]. Fault `mate_lacks`: the key does not get there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .certs import TrustpointStore
from .context import Context, Holdings, Unit

if TYPE_CHECKING:
    from .device import Device

# States of a mate that takes what the active unit sends.
_LISTENS = ("", "Standby Ready", "Active")


class NoMate(Exception):
    """There is nobody who could take over."""


def held(context: Context) -> Holdings:
    """A copy of what the context holds now."""
    return _copy(Holdings(context.trustpoints, context.keys))


def _copy(holdings: Holdings) -> Holdings:
    return Holdings({name: replace(store) for name, store in holdings.trustpoints.items()}, dict(holdings.keys))


def begin(device: Device) -> None:
    """As of the start: everything is saved, and the mate has all that the scenario does not say it lacks."""
    failover = device.spec.failover
    for context in device.contexts.values():
        context.saved, context.mate, context.sent = held(context), held(context), held(context)
        for name in failover.mate_missing if failover else ():
            if name in context.mate.trustpoints:
                context.mate.trustpoints[name] = TrustpointStore()
        _drop_keys(context)


def replicate(device: Device, *, everything: bool = False) -> None:
    """What has changed since the last time goes to the mate; everything: what it lacks as well (`write standby`)."""
    if device.spec.failover is None or device.unit.standby or device.spec.failover.mate_state not in _LISTENS:
        return
    for context in device.contexts.values():
        if everything:
            for name in [name for name in context.sent.trustpoints if _lacks(context, name)]:
                del context.sent.trustpoints[name]
        _send(device, context)


def _send(device: Device, context: Context) -> None:
    mate, sent = context.mate, context.sent
    for name in sent.trustpoints.keys() - context.trustpoints.keys():
        mate.trustpoints.pop(name, None)
    for label in sent.keys.keys() - context.keys.keys():
        mate.keys.pop(label, None)
    mate.keys.update(context.keys)
    for name, store in context.trustpoints.items():
        before = sent.trustpoints.get(name)
        if before == store:
            continue
        fresh = store.identity is not None and (before is None or before.identity != store.identity)
        if fresh and device.fault_on_command("mate_lacks", name, default="."):
            mate.trustpoints[name] = TrustpointStore(None, store.ca)
        else:
            mate.trustpoints[name] = replace(store)
    _drop_keys(context)
    context.sent = held(context)


def _drop_keys(context: Context) -> None:
    """The mate is without the keys of the certificates that it lacks."""
    lacking = [store.identity for name, store in context.trustpoints.items() if _lacks(context, name)]
    gone = [cert.key for cert in lacking if cert is not None]
    keys = context.mate.keys
    context.mate.keys = {label: key for label, key in keys.items() if not any(key is other for other in gone)}


def _lacks(context: Context, name: str) -> bool:
    there, here = context.mate.trustpoints.get(name), context.trustpoints.get(name)
    return there is not None and here is not None and there.identity is None and here.identity is not None


def take_over(device: Device) -> None:
    """The mate is active from now on, with the running configuration and its own certificates. Raises NoMate."""
    failover = device.spec.failover
    if failover is None:
        raise NoMate(f"{device.name} has no failover")
    if device.unit.standby or failover.mate_state not in _LISTENS:
        raise NoMate(f"{device.name} is standby itself, or its mate is not ready")
    for context in device.contexts.values():
        mate, own = context.mate, held(context)
        context.trustpoints, context.keys, context.mate = mate.trustpoints, mate.keys, own
        context.sent = held(context)
        context.changed()
    device.unit.standby = True
    device.unit = Unit("secondary" if device.unit.priority == "primary" else "primary")


def restart(device: Device) -> None:
    """The unit comes up with what was saved; one with a mate that is ready hands over first, and learns all from it."""
    try:
        take_over(device)
    except NoMate:
        for context in device.contexts.values():
            saved = _copy(context.saved)
            context.running, context.trustpoints, context.keys = context.startup, saved.trustpoints, saved.keys
            context.applets.clear()
            context.changed()
        return
    for context in device.contexts.values():
        context.mate, context.sent = held(context), held(context)
