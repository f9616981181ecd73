"""Cipher lists: `ssl cipher PROTO custom "A:B"`, before 9.3(2) one `ssl encryption` line (F-015, F-051a).

The lines hold for every TLS client of the ASA, so they are sent only with an approval of their own.
"""

from __future__ import annotations

import msgspec

from .. import suites
from ..controls import facts
from ..controls.negotiation import accepted
from ..controls.site import PhoneModel
from ..errors import DeviceRefused
from ..model import AsaState, Desired, SslConfig, Step
from .area import AreaPlan
from .learned import require, required_release
from .ssl_effect import doubts, refuse_lockout, site_of
from .ssl_lists import DEFAULT, cipher_line, custom, encryption_line, standing, wanted_lists

_TLS_CLIENTS = "every TLS client of this ASA, on all interfaces: other VPN users, browsers, ASDM"
_DTLS_CLIENTS = "every DTLS client of this ASA, on all interfaces: other VPN users"
# [K] Cisco's command reference: `default` is the list of connections that the ASA itself opens.
_DEFAULT_CLIENTS = "TLS connections that this ASA itself opens [K], and every protocol without a line of its own"


def ssl_plan(
    state: AsaState, desired: Desired, table: tuple[PhoneModel, ...], models_in_use: tuple[str, ...]
) -> AreaPlan:
    """One step for each list that differs; what is UNKNOWN of their effect is left to a person.

    DeviceRefused (state_unknown). BadInput: cipher_unknown, cipher_protocol_unknown, cipher_list, name_refused,
    cipher_locks_phones_out and cipher_locks_management_out (also where the lists stand already), phone_models.
    """
    if desired.ssl is None or not desired.ssl.ciphers:
        return AreaPlan()
    require(state, "version", "ssl")
    release = required_release(state)
    lists = wanted_lists(state, desired.ssl.ciphers, release)
    site = site_of(table, models_in_use)
    new = suites.has("ssl cipher", release)
    after = _with_rules(state, lists) if new else _with_tokens(state, lists)
    refuse_lockout(state, after, site, desired.tunnel_group_name)
    steps = _cipher_steps(state, after, lists) if new else _encryption_steps(state, after)
    if not steps:
        return AreaPlan()
    return AreaPlan(steps, doubts(state, after, site, desired.tunnel_group_name, lists))


def _with_ssl(state: AsaState, ssl: SslConfig) -> AsaState:
    return msgspec.structs.replace(state, ssl=ssl)


def _lost(before: AsaState, after: AsaState, protocol: str) -> str:
    """What clients could use until now, for the person who approves."""
    old, new = accepted(before, protocol).suites, accepted(after, protocol).suites
    if old is None or new is None:
        return "; what was accepted until now is not known"
    gone = sorted(old - new)
    return f"; no longer accepted: {', '.join(gone)}" if gone else "; nothing is taken away"


# --- 9.3(2) and later -----------------------------------------------------------------------------------------------


def _with_rules(state: AsaState, lists: dict[str, tuple[str, ...]]) -> AsaState:
    ssl = state.ssl or SslConfig(defaults_shown=False)
    others = (rule for rule in ssl.ciphers if rule.protocol.lower() not in lists)
    rules = (custom(word, names) for word, names in lists.items())
    return _with_ssl(state, msgspec.structs.replace(ssl, ciphers=(*others, *rules)))


def _cipher_steps(state: AsaState, after: AsaState, lists: dict[str, tuple[str, ...]]) -> tuple[Step, ...]:
    steps = []
    for word, names in lists.items():
        old = standing(state.ssl, word) if state.ssl else None
        same = old is not None and old.level.lower() == "custom"
        if same and old is not None and tuple(name.upper() for name in old.suites) == names:
            continue
        # A line that is not printed is at its default, and `no` brings that back [K].
        inverse = cipher_line(old) if old else f"no ssl cipher {word}"
        steps.append(
            Step(
                area="ssl",
                command=cipher_line(custom(word, names)),
                inverse=(inverse,),
                controls=_controls(state, word),
                hits=_hits(state, after, word) + (f"; it replaces `{cipher_line(old)}`" if old else ""),
            )
        )
    return tuple(steps)


def _controls(state: AsaState, word: str) -> tuple[str, ...]:
    """Why: a shared cipher; on TLS 1.2 of releases with EC suites also which certificate is shown."""
    ec = word == "tlsv1.2" and suites.has("ec", facts.release(state))
    return ("VPNP-121", "VPNP-122", "VPNP-123") if ec else ("VPNP-123",)


def _hits(state: AsaState, after: AsaState, word: str) -> str:
    if word == DEFAULT:
        return _DEFAULT_CLIENTS
    return (_DTLS_CLIENTS if word.startswith("dtls") else _TLS_CLIENTS) + _lost(state, after, word)


# --- before 9.3(2) --------------------------------------------------------------------------------------------------


def _tokens(state: AsaState) -> tuple[str, ...]:
    """The enabled ones of today, in their order. DeviceRefused (state_unknown) where no command shows them."""
    tokens = state.ssl.encryption if state.ssl else ()
    tokens = tokens or (state.ssl_status.enabled_ciphers if state.ssl_status else ())
    if not tokens:
        raise DeviceRefused(
            "no change can be planned: which ciphers are enabled today is not known, and they must stay.",
            where=state.device,
            todo="Gather again: `show running-config all ssl` prints `ssl encryption ...`, `show ssl` their order.",
            code="state_unknown",
        )
    return tuple(token.lower() for token in tokens)


def _with_tokens(state: AsaState, lists: dict[str, tuple[str, ...]]) -> AsaState:
    wanted = (suites.old_token(name) for names in lists.values() for name in names)
    tokens = tuple(dict.fromkeys((*wanted, *_tokens(state))))
    ssl = state.ssl or SslConfig(defaults_shown=False)
    return _with_ssl(state, msgspec.structs.replace(ssl, encryption=tokens))


def _encryption_steps(state: AsaState, after: AsaState) -> tuple[Step, ...]:
    today, wanted = _tokens(state), after.ssl.encryption if after.ssl else ()
    if today == wanted:
        return ()
    printed = state.ssl is not None and bool(state.ssl.encryption)
    return (
        Step(
            area="ssl",
            command=encryption_line(wanted),
            # A line that is not printed is at its default, and `no` brings that back [K].
            inverse=(encryption_line(today) if printed else "no ssl encryption",),
            controls=("VPNP-123",),
            hits=f"{_TLS_CLIENTS}; nothing is taken away, the profile's ciphers come first",
        ),
    )
