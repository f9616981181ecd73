"""What the switch must know of an ASA before it touches it: bindings, certificates, the mate, whose phones. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..controls.facts import identity_certificate
from ..errors import ChangeRefused
from ..model import X509, AsaState, Session, SslTrustPoint
from ..model.renewal import AsaRenewal, CertificateNote, Journal
from ..predict.head import held, on_mate
from ..predict.identity import is_same
from . import dead_man
from .dead_man import Applet, bind_line
from .store import content_of, title
from .switch_watch import phone_of

# What a certificate's user name is typed as; others are nobody's whom a command may name.
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")
_READ_AGAIN = "Privilege 15 and permission for that command, then run again."


class Sight(NamedTuple):
    """One look at the device.

    unsaved  lines by which running-config and startup-config differ ("+ ...", "- ...", apply.readback)
    applet   the dead man, None where it does not stand
    log      the answer of `show logging`, "" where it was refused
    running  the running configuration, whole
    """

    state: AsaState
    unsaved: tuple[str, ...] = ()
    applet: Applet | None = None
    log: str = ""
    running: str = ""


class Pair(NamedTuple):
    """The old and the new certificate, with their content."""

    old: X509
    new: X509


# --- bindings -------------------------------------------------------------------------------------------------------


def bound(state: AsaState, interface: str) -> tuple[str, ...]:
    """The trustpoints bound to that interface, in order. ChangeRefused state_unknown."""
    if state.ssl is None:
        raise unknown(state, "show running-config all ssl")
    return at_interface(state.ssl.trust_points, interface)


def bound_at_start(state: AsaState, interface: str) -> tuple[str, ...]:
    """The same of the startup configuration."""
    if state.startup_trust_points is None:
        raise unknown(state, "show startup-config | include ^ssl trust-point")
    return at_interface(state.startup_trust_points, interface)


def at_interface(lines: Iterable[SslTrustPoint], interface: str) -> tuple[str, ...]:
    """Those of the plain form: SNI names and the cluster's address are other places."""
    return tuple(
        line.trustpoint
        for line in lines
        if line.interface.lower() == interface.lower() and not line.vpnlb_ip and not line.domain
    )


def other_bindings(state: AsaState, asa: AsaRenewal) -> tuple[str, ...]:
    """Where the old certificate is bound besides: there it stays."""
    lines = state.ssl.trust_points if state.ssl is not None else ()
    mine = asa.interface.lower()
    return tuple(
        f"{asa.old_trustpoint} stays bound {_place(line)}"
        for line in lines
        if line.trustpoint.lower() == asa.old_trustpoint.lower()
        and (line.interface.lower() != mine or line.vpnlb_ip or line.domain)
    )


def _place(line: SslTrustPoint) -> str:
    if line.domain:
        return f"for the name {line.domain}"
    if line.vpnlb_ip:
        return f"to the load balancing address of {line.interface}"
    return f"to {line.interface}" if line.interface else "for every interface without a binding of its own"


def is_one(names: Sequence[str], name: str) -> bool:
    """Exactly this trustpoint and no other."""
    return [one.lower() for one in names] == [name.lower()]


def need_bound(sight: Sight, asa: AsaRenewal) -> None:
    """ChangeRefused plan_differs unless exactly the journal's old trustpoint is bound to the interface."""
    names = bound(sight.state, asa.interface)
    if not is_one(names, asa.old_trustpoint):
        raise ChangeRefused(
            f"bound to {asa.interface} is {' and '.join(names) or 'nothing'}, and not {asa.old_trustpoint} as the"
            " journal has it.",
            where=asa.name,
            todo="Find out who changed it. Where the new one was bound too early by hand, bind the old one again"
            f" (`{bind_line(asa.old_trustpoint, asa.interface)}`), then plan anew.",
            code="plan_differs",
        )


# --- certificates -----------------------------------------------------------------------------------------------------


def pair_of(asa: AsaRenewal) -> Pair:
    """ChangeRefused: journal_incomplete, key_type_differs."""
    found = [content_of(note) if note is not None else None for note in (asa.old, asa.new)]
    old, new = found
    if old is None or new is None:
        raise ChangeRefused(
            f"the journal does not hold the {'new' if old is not None else 'old'} certificate of this ASA.",
            where=asa.name,
            todo="The old one comes with preflight, the new one with the stages certificate and export.",
            code="journal_incomplete",
        )
    if old.key_type != new.key_type:
        raise ChangeRefused(
            f"the old certificate has an {old.key_type} key and the new one an {new.key_type} key: an ASA binds them"
            " beside one another, not in each other's place.",
            where=asa.name,
            todo="Renew with a key of the same type; old phones know no EC certificates anyway.",
            code="key_type_differs",
        )
    return Pair(old, new)


def need_certificate(state: AsaState, trustpoint: str, note: CertificateNote, certificate: X509, where: str) -> str:
    """How it is known that the trustpoint holds exactly this one, in words. ChangeRefused plan_differs."""
    content = held(state, trustpoint)
    if content is not None and content.sha256 == note.sha256:
        return f"{trustpoint} holds {title(note)}, byte for byte"
    shown = identity_certificate(state, trustpoint)
    # [K] Where the configuration does not show the bytes, issuer and serial name the certificate.
    if content is None and shown is not None and is_same(shown, certificate):
        return f"{trustpoint} holds {title(note)}, by issuer and serial"
    raise ChangeRefused(
        f"{trustpoint} holds {'another certificate' if content or shown else 'no certificate that could be read'},"
        f" and not {title(note)} as the journal has it.",
        where=where,
        todo="Find out who changed it (`show crypto ca certificates`), then go through the stages again from export.",
        code="plan_differs",
    )


def mate_lacks(state: AsaState, certificate: X509) -> str:
    """Why it is not proven that the mate holds it; "" where it does, and where there is no mate."""
    if state.failover is None:
        return "whether there is a failover mate was not learned (`show failover`)"
    if not state.failover.enabled:
        return ""
    if state.mate_certificates is None:
        source = state.sources.get("mate_certificates")
        why = f": {source.detail}" if source is not None and source.detail else ""
        return f"the mate did not tell its certificates (`failover exec mate show crypto ca certificates`){why}"
    return "" if on_mate(state, certificate) is not None else "the mate does not hold it"


def need_mate(state: AsaState, asa: AsaRenewal, certificate: X509) -> None:
    """ChangeRefused mate_lacks_certificate. Whether the mate has the private key no command tells [K]."""
    why = mate_lacks(state, certificate)
    if why:
        raise ChangeRefused(
            f"the certificate of {asa.new_trustpoint} is not proven to be on the failover mate: {why}. After a failover"
            " phones would meet another one.",
            where=asa.name,
            todo="`write standby` on the active unit, then `failover exec mate show crypto ca certificates`; where it"
            " is still missing, import it there as PKCS12. Then run again.",
            code="mate_lacks_certificate",
        )


# --- unsaved ----------------------------------------------------------------------------------------------------------


def is_ours(line: str, asa: AsaRenewal) -> bool:
    """A line of difference that a switch makes: the binding, the dead man."""
    mine = {bind_line(name, asa.interface).lower() for name in (asa.old_trustpoint, asa.new_trustpoint)}
    return line[2:].lower() in mine or dead_man.is_ours(line)


def foreign(unsaved: Iterable[str], asa: AsaRenewal) -> tuple[str, ...]:
    """What others changed and did not save."""
    return tuple(line for line in unsaved if not is_ours(line, asa))


def need_saved(sight: Sight, asa: AsaRenewal, *, accept: bool) -> None:
    """ChangeRefused unsaved_changes: saving ours would save theirs, and a reload that undoes ours would undo theirs."""
    lines = foreign(sight.unsaved, asa)
    if lines and not accept:
        more = f" and {len(lines) - 3} more" if len(lines) > 3 else ""
        raise ChangeRefused(
            "the running configuration has unsaved changes of somebody else"
            f" ({', '.join(f'`{line[:100]}`' for line in lines[:3])}{more}).",
            where=asa.name,
            todo="Save or take them back by hand, or set vpnphone_accept_unsaved: true.",
            code="unsaved_changes",
        )


def need_old_saved(state: AsaState, asa: AsaRenewal) -> None:
    """ChangeRefused unsaved_changes where a reload would not bring the old one back."""
    names = bound_at_start(state, asa.interface)
    if not is_one(names, asa.old_trustpoint):
        raise ChangeRefused(
            f"in the startup configuration {' and '.join(names) or 'nothing'} is bound to {asa.interface}, and not"
            f" {asa.old_trustpoint}: a reload would be no way back.",
            where=asa.name,
            todo="`write memory`, then run again.",
            code="unsaved_changes",
        )


# --- phones -----------------------------------------------------------------------------------------------------------


def gateway_urls(journal: Journal, asa: str, state: AsaState, more: Iterable[str]) -> tuple[str, ...]:
    """The URLs by which phones reach this ASA: of the journal's gateways, and those that are given."""
    own = {_url(one.url) for group in state.tunnel_groups or () for one in group.group_urls if one.enabled}
    found = [
        gateway.url
        for cluster in journal.clusters.values()
        for gateway in cluster.gateways.values()
        if asa in gateway.asas or (not gateway.asas and _url(gateway.url) in own)
    ]
    return tuple(dict.fromkeys([*found, *more]))


def phone_groups(state: AsaState, urls: Iterable[str], named: Iterable[str]) -> tuple[str, ...]:
    """The tunnel-groups whose sessions are the phones'. ChangeRefused phone_groups_unknown."""
    if state.tunnel_groups is None:
        raise unknown(state, "show running-config tunnel-group")
    wanted, names = {_url(url) for url in urls}, {name.lower() for name in named}
    found = tuple(
        group.name
        for group in state.tunnel_groups
        if group.name.lower() in names or any(one.enabled and _url(one.url) in wanted for one in group.group_urls)
    )
    if not found:
        raise ChangeRefused(
            "no tunnel-group of this ASA has a gateway URL of this renewal: whose sessions are phones' is not known.",
            where=state.device,
            todo="Set vpnphone_gateway_urls or vpnphone_tunnel_groups for this ASA.",
            code="phone_groups_unknown",
        )
    return found


def _url(text: str) -> str:
    scheme, mark, rest = text.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}{mark}{host.lower().removesuffix(':443')}{slash}{path}"


def canary_of(
    journal: Journal, asa: str, sessions: Iterable[Session], *, named: str = "", kept: str = ""
) -> str | None:
    """The user name of the session that is to be logged off: of the phone named, the one kept from an earlier plan, or
    the first phone of the renewal that is connected, proven ones before others. None where there is none.

    A phone at which a person must type a password would not come back by itself.
    """
    users: dict[str, str] = {}
    for one in sessions:
        phone = journal.phones.get(phone_of(one.username))
        if phone is not None and phone.certificate_login and asa in phone.asas and _USER.fullmatch(one.username):
            users.setdefault(phone.name, one.username)
    if named:
        return users.get(named.upper())
    if kept in users.values():
        return kept
    first = min(users, key=lambda name: (journal.phones[name].proof != "proven", name), default=None)
    return users[first] if first is not None else None


def no_canary(asa: str, named: str) -> ChangeRefused:
    return ChangeRefused(
        f"{named} has no session here that could be logged off." if named else "no phone of this renewal is connected.",
        where=asa,
        todo="Name another one (vpnphone_switch_canary: a phone of the renewal that logs in by certificate). On an ASA"
        " that phones use in an emergency alone: vpnphone_accept_no_canary: true.",
        code="canary_not_connected",
    )


def unknown(state: AsaState, command: str) -> ChangeRefused:
    """The error for a section without which nothing can be judged."""
    return ChangeRefused(
        f"`{command}` was not understood or not allowed.", where=state.device, todo=_READ_AGAIN, code="state_unknown"
    )
