"""What of one ASA stops its renewal: its controls, as it stands and with the new certificate, and what they omit."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from ..assess import assess_device
from ..controls import facts
from ..controls.certificates import PAIR_RELEASE
from ..controls.site_context import AsaUnit
from ..model import AsaState, Finding
from ..model.renewal import AsaRenewal, Journal
from .checks import OF_ASA, OF_NEW, Check, Rule, Word, by_control, of_finding, of_new
from .stages import command
from .wishes import Wish

# The event manager, which the dead man's return needs [K].
DEAD_MAN_RELEASE = (9, 2, 1)
# Less is no runway for canary, waves and soak.
RUNWAY = timedelta(days=14)


def asa_checks(unit: AsaUnit, new: AsaUnit, journal: Journal, wish: Wish, at: datetime) -> list[Check]:
    """new: the same ASA with the certificate that is wished for, bound where phones arrive."""
    now, then = _judged(unit, OF_ASA | OF_NEW, at), _judged(new, OF_NEW, at)
    checks = [of_finding(now[name], rule) for name, rule in OF_ASA.items()]
    checks += [of_new(now[name], then[name], rule) for name, rule in OF_NEW.items()]
    checks.append(_active(unit.state))
    asa = journal.asas.get(unit.device)
    if asa is None:
        checks.append(_check("binding", "One trustpoint is bound where phones arrive", unit, "no-go", *_unbound(unit)))
        return checks
    return [
        *checks,
        _ends(unit, journal, asa, at),
        _content(unit, asa),
        _trustpoint(unit, wish, asa),
        _kind(unit, wish, asa),
        _saved(unit, asa),
        _dead_man(unit),
    ]


def _judged(unit: AsaUnit, rules: dict[str, Rule], at: datetime) -> dict[str, Finding]:
    only = msgspec.structs.replace(unit.site, include=tuple(rules), exclude=())
    return by_control(assess_device(unit.state, only, at, unit.probes).findings)


def _check(id: str, title: str, unit: AsaUnit, verdict: Word, what: str, *todo: str, blocks: bool = True) -> Check:
    return Check(id=id, title=title, verdict=verdict, subject=unit.device, what=what, todo=todo, blocks=blocks)


def _active(state: AsaState) -> Check:
    """A change made on the standby unit is lost: it does not replicate to the active one."""
    failover = state.failover
    title = "The active unit answers"
    if failover is None:
        what = "`show failover` was not learned, so which unit this is is not known"
        return Check(id="active", title=title, verdict="unknown", subject=state.device, what=what, blocks=True)
    if failover.this_is_active:
        what = "failover is off" if not failover.enabled else f"this unit is {failover.this_state}"
        return Check(id="active", title=title, verdict="go", subject=state.device, what=what)
    return Check(
        id="active",
        title=title,
        verdict="no-go",
        subject=state.device,
        what=f"this unit is {failover.this_state or 'not active'}: what is changed here is lost",
        todo=("PERSON: let ansible_host be the address of the active unit, then gather again.",),
    )


def _unbound(unit: AsaUnit) -> tuple[str, str]:
    names = facts.phone_interfaces(unit)
    lines = [facts.binding_line(line) for name in names for line in facts.bound_trustpoints(unit.state, name)]
    if len(names) != 1:
        what = f"phones arrive at {len(names)} interfaces ({', '.join(names) or 'none is known'}), a renewal needs one"
        return what, "PERSON: name the one in vpnphone_phone_interfaces of this ASA."
    what = f"what is renewed is not plain: {', '.join(lines) or 'no trustpoint is bound there'}"
    return what, "PERSON: name it in old_trustpoint of vpnphone_new_certificate, or bind one trustpoint (VPNP-112)."


def _ends(unit: AsaUnit, journal: Journal, asa: AsaRenewal, at: datetime) -> Check:
    title = "There is time before the old certificate ends"
    end = asa.old.not_after if asa.old is not None else None
    if end is None:
        shown = facts.identity_certificate(unit.state, asa.old_trustpoint)
        end = shown.not_after.utc if shown is not None and shown.not_after is not None else None
    if end is None:
        return _check("runway", title, unit, "unknown", "when the bound certificate ends is not known", blocks=False)
    days = (end - at).days
    if end <= at:
        what = f"the bound certificate ended on {end:%Y-%m-%d}: phones that mind it are locked out, and fetch nothing"
        return _check("runway", title, unit, "no-go", what, f"PERSON: go by {command(journal, 'recovery')}")
    what = f"{days} days, until {end:%Y-%m-%d}"
    if end - at < RUNWAY:
        what += ": phones that are away now may not come back in time"
        return _check("runway", title, unit, "warn", what, "PERSON: look at the list of phones that were not seen.")
    return _check("runway", title, unit, "go", what)


def _content(unit: AsaUnit, asa: AsaRenewal) -> Check:
    """By its hash the old one is known again in the trust store, in the gateways, in the phones' files."""
    title = "The old certificate is known by hash"
    if asa.old is not None:
        return _check("old-hash", title, unit, "go", f"{asa.old_trustpoint}: SHA-1 {asa.old.sha1}")
    what = f"the certificate of trustpoint {asa.old_trustpoint} could not be read"
    return _check(
        "old-hash", title, unit, "unknown", what, "PERSON: gather again with an account of privilege 15, or probe it."
    )


def _trustpoint(unit: AsaUnit, wish: Wish, asa: AsaRenewal) -> Check:
    title = "The new certificate has a trustpoint of its own"
    state, name = unit.state, wish.trustpoint
    other = "PERSON: give another trustpoint in vpnphone_new_certificate."
    if name.lower() == asa.old_trustpoint.lower():
        return _check("trustpoint", title, unit, "no-go", f"{name} is the one that is bound now", other)
    if state.trustpoints is None or state.ssl is None:
        what = "which trustpoints there are, or which are bound, was not learned"
        return _check("trustpoint", title, unit, "unknown", what)
    bound = [facts.binding_line(one) for one in state.ssl.trust_points if one.trustpoint.lower() == name.lower()]
    if bound:
        return _check("trustpoint", title, unit, "no-go", f"it is bound already: {', '.join(bound)}", other)
    if facts.trustpoint(state, name) is not None:
        what = f"{name} is there already: an earlier try, or somebody else's; stage certificate looks at what it holds"
        return _check("trustpoint", title, unit, "warn", what, other)
    return _check("trustpoint", title, unit, "go", f"{name} is free")


def _kind(unit: AsaUnit, wish: Wish, asa: AsaRenewal) -> Check:
    """From 9.4(1) on an interface has one certificate of each kind of key: another kind takes nobody's place."""
    title = "The new key is of the old one's kind"
    old = facts.identity_certificate(unit.state, asa.old_trustpoint)
    kind = facts.key_kind(old) if old is not None else ""
    if not kind:
        what = f"the kind of key of {asa.old_trustpoint} is not printed"
        return _check("key-kind", title, unit, "unknown", what, blocks=False)
    if kind == wish.key:
        return _check("key-kind", title, unit, "go", f"both are {kind}")
    pair = facts.release_at_least(facts.release(unit.state), PAIR_RELEASE)
    fix = f"PERSON: wish for an {kind} key (vpnphone_new_certificate)."
    if pair is False:
        return _check("key-kind", title, unit, "warn", f"{kind} now, {wish.key} then", fix)
    what = f"{wish.key} is bound beside the {kind} certificate, not in its place: phones would stay with the old one"
    return _check("key-kind", title, unit, "no-go", what, fix)


def _saved(unit: AsaUnit, asa: AsaRenewal) -> Check:
    """Nothing is saved before the soak, so a reload is the way back: to what startup-config holds now."""
    title = "A reload brings the old certificate back"
    state, interface = unit.state, asa.interface.lower()
    if state.startup_trust_points is None or state.ssl is None:
        what = "what the startup configuration binds was not learned"
        return _check("saved", title, unit, "unknown", what, "PERSON: let the account run `show startup-config`.")
    running, saved = (
        sorted(facts.binding_line(one) for one in points if one.interface.lower() in ("", interface))
        for points in (state.ssl.trust_points, state.startup_trust_points)
    )
    if running == saved:
        return _check("saved", title, unit, "go", f"saved as it runs: {', '.join(saved)}")
    what = f"it runs with {', '.join(running) or 'nothing'}, and {', '.join(saved) or 'nothing'} is saved"
    return _check("saved", title, unit, "no-go", what, "PERSON: save the configuration once it is right: write memory")


def _dead_man(unit: AsaUnit) -> Check:
    title = "The ASA can return by itself when the controller dies"
    able = facts.release_at_least(facts.release(unit.state), DEAD_MAN_RELEASE)
    shown = unit.state.version.text if unit.state.version is not None else "its release"
    if able:
        return _check("dead-man", title, unit, "go", f"{shown} has the event manager")
    what = f"{shown} has no event manager" if able is False else "its release is not known"
    return _check(
        "dead-man",
        title,
        unit,
        "warn" if able is False else "unknown",
        f"{what}: only the controller takes the switch back, or a reload",
        "PERSON: have somebody at the console during the switch.",
        blocks=False,
    )
