"""Is this phone ready for the new certificate: the files that its nodes serve, its own fetch of one, what it would do.

Pure. Proven is only what freshly gathered state shows; for everything else there is a reason (F-067, F-068, F-073).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from ..controls.site_context import SiteContext
from ..errors import VpnPhoneError
from ..model import (
    Connection,
    PhoneState,
    Prediction,
    Registration,
    ServedFile,
    TrustedCertificate,
    VpnGroupConfig,
)
from ..model.renewal import AsaRenewal, Journal, PhoneRenewal
from ..predict import predict
from ..predict.client import METHOD
from ..predict.files import age_of, by_node, fetched, is_success, nodes_of, served
from ..predict.identity import pins_of
from .stages import asas_of
from .store import pin_of, protects, title
from .switch_gate import at_asa, binding
from .waves import is_registered

# A line's time and the clock it is measured by have whole seconds each.
_ROUNDING = timedelta(seconds=1)


class Need(NamedTuple):
    """One hash of `hashes` (SHA-1, hex) must be in the file; words: whose."""

    words: str
    hashes: frozenset[str]


class Wanted(NamedTuple):
    """What a phone's file must hold, and what it must not hold any more."""

    needs: tuple[Need, ...]
    gone: tuple[Need, ...] = ()


class Foretold(NamedTuple):
    """What a phone would do now, and after the new certificate is bound; the same where it is bound already."""

    now: Prediction | None = None
    after: Prediction | None = None


class Evidence(NamedTuple):
    """One phone as it was gathered just now. known: the registrations were told; listed: nodes that serve files."""

    state: PhoneState | None
    registration: Registration | None
    known: bool = True
    listed: tuple[str, ...] | None = None


class Proof(NamedTuple):
    """reason: why it is not proven, or what proves it. stale: nodes that serve a file without what is wanted."""

    proven: bool
    reason: str
    stale: tuple[str, ...] = ()


# --- what is wanted ---------------------------------------------------------------------------------------------------


def asas_for(journal: Journal, phone: PhoneRenewal) -> tuple[AsaRenewal, ...]:
    """The ASAs of the renewal that it dials; those of its cluster where that is not known."""
    names = [name for name in phone.asas if name in journal.asas] or asas_of(journal, phone.cluster)
    return tuple(journal.asas[name] for name in names)


def wanted_of(asas: Iterable[AsaRenewal], rows: Iterable[TrustedCertificate], *, cleanup: bool = False) -> Wanted:
    """rows: of Phone-VPN-trust. Old and new (or the CA pinned in its place); in the cleanup the new alone.

    ChangeRefused stage_out_of_order where the new certificate is not known yet.
    """
    asas, rows = tuple(asas), tuple(rows)
    pins = [pin_of(asa) for asa in asas]
    kept = {pin.sha1 for pin in pins}
    needs = [Need(f"the new {title(pin)}", frozenset((pin.sha1,))) for pin in pins]
    olds = [asa.old for asa in asas if asa.old is not None and asa.old.sha1 not in kept]
    if cleanup:
        gone = tuple(Need(f"the old {title(old)}", frozenset((old.sha1,))) for old in olds)
        return Wanted(tuple(dict.fromkeys(needs)), tuple(dict.fromkeys(gone)))
    for asa in asas:
        if asa.bound != "new" and asa.old is not None:
            above = {row.x509.sha1 for row in rows if row.x509 is not None and protects(row, asa)}
            needs.append(Need(f"the old {title(asa.old)}", frozenset((asa.old.sha1, *above))))
    return Wanted(tuple(dict.fromkeys(needs)))


def lacks(vpn: VpnGroupConfig | None, wanted: Wanted) -> str:
    """What is wrong with the file in a few words; "" where it holds what it should."""
    if vpn is None:
        return "has no vpnGroup"
    pins = pins_of(vpn)
    if pins.doubt:
        return f"cannot be told: {pins.doubt}"
    missing = [need.words for need in wanted.needs if not need.hashes & pins.sha1]
    if missing:
        return f"lacks {' and '.join(missing)}"
    left = [need.words for need in wanted.gone if need.hashes & pins.sha1]
    return f"still holds {' and '.join(left)}" if left else ""


def stale_files(phone: PhoneState | None, listed: tuple[str, ...] | None, wanted: Wanted) -> dict[str, str]:
    """Nodes that the phone asks and that serve it something else than is wanted: node to what is wrong."""
    if phone is None:
        return {}
    own = nodes_of(phone, listed).own
    found: dict[str, str] = {}
    for node, answers in by_node(phone).items():
        wrong = [words for one in answers if one.status == "ok" and (words := lacks(one.vpn, wanted))]
        if node in own and wrong:
            found[node] = wrong[0]
    return found


# --- one phone --------------------------------------------------------------------------------------------------------


def foretell(context: SiteContext, journal: Journal) -> dict[str, Foretold]:
    """Every VPN phone of the cluster by name. VpnPhoneError tool_fault where the prediction itself is at fault."""
    try:
        found = predict(context, ("now", "change"), binding(journal))
    except Exception as error:
        # Its text may quote a device, so only its class is told.
        raise VpnPhoneError(
            f"whether phones connect could not be foretold: a fault of the tool ({type(error).__name__}).",
            where=context.device,
            todo="Report this fault with the files of the run's directory.",
            code="tool_fault",
        ) from error
    now = {one.phone: one for one in found if one.moment == "now"}
    after = {one.phone: one for one in found if one.moment == "change"}
    return {name: Foretold(one, after.get(name)) for name, one in now.items()}


def unready(applied_at: datetime | None, wanted: Wanted, seen: Evidence) -> Proof | None:
    """Why it is not proven, before anything is foretold; None where files, registration and fetch are as they should.

    applied_at None: nobody applied it in this renewal, and its fetch may be of any day since the file was built.
    """
    stale = stale_files(seen.state, seen.listed, wanted)
    reason = (
        file_trouble(seen.state, seen.listed, wanted)
        or _of_registration(seen.registration, known=seen.known)
        or _of_fetch(seen.state, seen.registration, applied_at)
    )
    return Proof(False, reason, tuple(stale)) if reason else None


def prove(
    phone: PhoneRenewal,
    applied_at: datetime | None,
    asas: Iterable[AsaRenewal],
    wanted: Wanted,
    seen: Evidence,
    foretold: Foretold,
) -> Proof:
    """As unready; then, at each of its ASAs, what it would do now and after the bind."""
    wrong = unready(applied_at, wanted, seen)
    if wrong is not None:
        return wrong
    last = ""
    for asa in asas:
        for moment, one in (("now", foretold.now), (f"with {asa.new_trustpoint} bound", foretold.after)):
            verdict, last = _at(one, asa.name, phone)
            if verdict != "CONNECTS":
                return Proof(False, f"{moment} it is {verdict}: {last}")
    return Proof(bool(last), last or "no ASA of the renewal is known for it")


def file_trouble(state: PhoneState | None, listed: tuple[str, ...] | None, wanted: Wanted) -> str:
    """What is wrong with its files, or not known of them; "" where every node serves what is wanted."""
    stale = stale_files(state, listed, wanted)
    if stale:
        return "; ".join(f"its file on {node} {words}" for node, words in stale.items())
    unknown = served(state, listed).unknown
    return unknown[0].text if unknown else ""


def _of_registration(registration: Registration | None, *, known: bool) -> str:
    if is_registered(registration):
        return ""
    if not known:
        return "whether it is registered was not told"
    if registration is None or registration.since is None:
        return "it is not registered"
    return f"it is not registered since {registration.since:%Y-%m-%d %H:%M:%S} UTC"


def _of_fetch(state: PhoneState | None, registration: Registration | None, applied_at: datetime | None) -> str:
    """Its own words: that it took the file that is served now, and took it after the apply."""
    fetch = fetched(state, registration)
    if not fetch.proven:
        return f"{fetch.why} ({fetch.detail})" if fetch.detail else fetch.why
    at = fetched_at(state)
    if applied_at is not None and at is not None and at + _ROUNDING < applied_at:
        return f"its last fetch ({at:%H:%M:%S} UTC) is older than the apply ({applied_at:%H:%M:%S} UTC)"
    return ""


def fetched_at(state: PhoneState | None) -> datetime | None:
    """When it took its file last, by the controller's clock (UTC) and within one day; None where no line says so."""
    web = state.web if state is not None else None
    if state is None or web is None or web.clock is None:
        return None
    names = {one.name for one in _good(state)}
    ages = [
        age
        for line in web.status_messages or ()
        if (age := age_of(line, web.clock)) is not None and any(is_success(line, name) for name in names)
    ]
    return web.read_at - timedelta(seconds=min(ages)) if ages else None


def _good(state: PhoneState) -> list[ServedFile]:
    return [one for one in state.files if one.status == "ok"]


def _at(found: Prediction | None, asa: str, phone: PhoneRenewal) -> tuple[Connection, str]:
    """As at_asa; a password that nobody knows here is no doubt of a phone that is registered since (F-064)."""
    verdict, reason = at_asa(found, asa)
    if verdict != "UNKNOWN" or phone.certificate_login or found is None:
        return verdict, reason
    mine = [one for one in found.attempts if one.asa == asa or not one.url]
    open_steps = {one.step for attempt in mine for one in attempt.reasons if one.verdict != "CONNECTS"}
    if open_steps == {METHOD} and all(attempt.reasons for attempt in mine):
        return "CONNECTS", "all but its user's password is foretold, and it came back after the apply"
    return verdict, reason
