"""The old trustpoint taken away, once no phone and nothing else needs it. Pure.

Its key pair stays: `crypto key zeroize` may strike a key that something else uses, so that is left to a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from ..errors import ChangeRefused
from ..model import AsaState, Certificate, HeldCertificate
from ..model.renewal import Action, AsaRenewal, StagePlan
from ..predict.identity import name_key, serial_key
from . import dead_man
from .stages import said_grace
from .switch_facts import Pair, Sight, bound, bound_at_start, foreign, is_one, need_mate, unknown
from .untrust import need_grace

REMOVE = "remove-trustpoint"
_LINES = 5


def plan_cleanup(
    asa: AsaRenewal, sight: Sight, pair: Pair, save: str, *, now: datetime, grace: timedelta, accept_unsaved: bool
) -> StagePlan:
    """ChangeRefused: cleanup_too_early, plan_differs, dead_man_stays, trustpoint_in_use, ca_needed,
    mate_lacks_certificate, unsaved_changes, state_unknown. Without an action where it is gone already.
    """
    state = sight.state
    need_grace(asa, now, grace, asa.name)
    _need_new(sight, asa)
    need_mate(state, asa, pair.new)
    if state.trustpoints is None:
        raise unknown(state, "show running-config crypto ca trustpoint")
    _need_disarmed(sight, asa)
    there = any(one.name.lower() == asa.old_trustpoint.lower() for one in state.trustpoints)
    others = foreign(sight.unsaved, asa)
    # What an earlier run removed and did not save is ours; so is the difference that this makes.
    others = tuple(line for line in others if not line.startswith("- ") or not names(line[2:], asa.old_trustpoint))
    ours = len(others) != len(sight.unsaved)
    actions = []
    if there:
        _need_unused(sight.running, asa)
        _need_cas(state, asa)
        actions.append(
            Action(
                id=REMOVE,
                text=f"remove trustpoint {asa.old_trustpoint} with its certificates",
                commands=(f"no crypto ca trustpoint {asa.old_trustpoint}",),
                undo=(
                    f"crypto ca trustpoint {asa.old_trustpoint}, with its key pair (it stays on the device), then"
                    f" crypto ca import {asa.old_trustpoint} certificate with the PEM of the journal",
                ),
            )
        )
    if (there or ours) and others and not accept_unsaved:
        raise ChangeRefused(
            f"the running configuration has unsaved changes of somebody else (`{others[0][:100]}`).",
            where=asa.name,
            todo="Save or take them back by hand, or set vpnphone_accept_unsaved: true.",
            code="unsaved_changes",
        )
    if there or ours:
        actions.append(Action(id="save", text="save the configuration", commands=(save,)))
    return StagePlan(
        stage="cleanup",
        target=asa.name,
        actions=tuple(actions),
        facts=(
            f"bound to {asa.interface}, also in the startup configuration: {asa.new_trustpoint}",
            *said_grace(grace),
        ),
        warnings=(f"the key pair of {asa.old_trustpoint} stays on the device (`show crypto key mypubkey rsa`)",)
        if there
        else (),
    )


def _need_new(sight: Sight, asa: AsaRenewal) -> None:
    for where, found in (
        ("", bound(sight.state, asa.interface)),
        (" in the startup configuration", bound_at_start(sight.state, asa.interface)),
    ):
        if not is_one(found, asa.new_trustpoint):
            raise ChangeRefused(
                f"bound to {asa.interface}{where} is {' and '.join(found) or 'nothing'}, and not {asa.new_trustpoint}.",
                where=asa.name,
                todo="The old trustpoint is needed until the new one is bound and saved. Look at the switch (status).",
                code="plan_differs",
            )


def _need_disarmed(sight: Sight, asa: AsaRenewal) -> None:
    """Saved, it would begin anew after each reload, and bind what is gone: phones would be shown a temporary one."""
    if sight.applet is None and not dead_man.stands(sight.running):
        return
    raise ChangeRefused(
        f"the dead man that binds {asa.old_trustpoint} again is armed; the switch takes it away at its end.",
        where=asa.name,
        todo=f"Find out who armed it. `{dead_man.DISARM}`, then `write memory`, then run again.",
        code="dead_man_stays",
    )


def uses(running: str, trustpoint: str) -> Iterator[str]:
    """Lines that name the trustpoint, outside of its own blocks."""
    own = {f"crypto ca trustpoint {trustpoint}".lower(), f"crypto ca certificate chain {trustpoint}".lower()}
    inside = False
    for line in running.split("\n"):
        bare = line.rstrip()
        if bare and not bare.startswith(" "):
            inside = bare.lower() in own
        # Every line that refers to a trustpoint has one of these words; a description may hold any name [K].
        refers = any(word in bare.lower() for word in ("trust", "certificate"))
        if not inside and refers and names(bare, trustpoint):
            yield bare.strip()


def names(line: str, trustpoint: str) -> bool:
    """The name stands in the line as a word of its own."""
    return trustpoint.lower() in re.split(r"[\s\"]+", line.lower())


def _need_unused(running: str, asa: AsaRenewal) -> None:
    found = list(uses(running, asa.old_trustpoint))
    if found:
        raise ChangeRefused(
            f"{asa.old_trustpoint} is used elsewhere: {', '.join(f'`{line[:100]}`' for line in found[:_LINES])}.",
            where=asa.name,
            todo="Let those lines use another trustpoint first, or leave the old one where it is.",
            code="trustpoint_in_use",
        )


def _need_cas(state: AsaState, asa: AsaRenewal) -> None:
    """A CA that only the old trustpoint holds may be in the new certificate's chain, or let phones in by their LSC."""
    if state.certificate_chain is not None:
        held = state.certificate_chain
        mine = {_key(one): one.x509.subject for one in held if _is_ca(one) and _in(one.trustpoint, asa)}
        kept = {_key(one) for one in held if _is_ca(one) and not _in(one.trustpoint, asa)}
    elif state.certificates is not None:
        cas = [one for one in state.certificates if one.kind == "ca"]
        mine = {_shown(one): one.subject for one in cas if any(_in(name, asa) for name in one.trustpoints)}
        kept = {_shown(one) for one in cas if any(not _in(name, asa) for name in one.trustpoints)}
    else:
        raise unknown(state, "show crypto ca certificates")
    alone = [subject for key, subject in mine.items() if key not in kept]
    if alone:
        raise ChangeRefused(
            f"{asa.old_trustpoint} alone holds the CA certificate {alone[0]}: without it the chain that phones are"
            " sent, or the check of their own certificates, may be another one.",
            where=asa.name,
            todo="Put that CA into a trustpoint of its own (`crypto ca authenticate`), save, then run again.",
            code="ca_needed",
        )


def _is_ca(one: HeldCertificate) -> bool:
    return one.kind == "ca"


def _in(trustpoint: str, asa: AsaRenewal) -> bool:
    return trustpoint.lower() == asa.old_trustpoint.lower()


def _key(one: HeldCertificate) -> object:
    return one.x509.sha256


def _shown(one: Certificate) -> object:
    return (name_key(one.issuer), serial_key(one.serial))
