"""What a phone and an ASA settle on: TLS version and suite, then DTLS with that suite (F-051a, F-016)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from .. import suites
from ..controls import facts
from ..controls.negotiation import accepted, dtls_protocol
from ..controls.phone_table import Phone
from ..controls.site import PhoneModel
from ..model import Handshake, Probe, Reason
from .head import Head

CIPHER, DTLS = "cipher", "dtls"


class Settled(NamedTuple):
    """suites: each one that may come out on this protocol; seen: the phone's own offer was made, and this came out."""

    protocol: str
    suites: frozenset[str]
    seen: bool


class Hello(NamedTuple):
    """The phone's first message and its answer. settled is None where nothing comes out, reasons then say why."""

    settled: Settled | None
    reasons: tuple[Reason, ...] = ()
    # The answer to the phone's own offer, where there is one that presented a certificate.
    handshake: Handshake | None = None


@lru_cache(maxsize=4096)
def place_of(url: str) -> tuple[str, int] | None:
    """Host in lower case and port of a URL, 443 where none is given; None where it is no https URL."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() != "https" or not parts.hostname:
        return None
    return parts.hostname, 443 if port is None else port


def probes_of(probes: tuple[Probe, ...], url: str) -> tuple[Probe, ...]:
    """The probes of the place that a URL leads to; the path plays no part in a handshake."""
    place = place_of(url)
    return tuple(probe for probe in probes if place is not None and place_of(probe.url) == place)


def own_handshake(probes: tuple[Probe, ...], url: str, row: PhoneModel) -> Handshake | None:
    """The handshake with exactly this row's offer; None where there is none (the row was edited since, or no probe)."""
    wanted = {suites.openssl_name(name) for name in row.tls_suites}, {name.lower() for name in row.tls_versions}
    for probe in probes_of(probes, url):
        for shake in probe.handshakes:
            offered = {suites.openssl_name(name) for name in shake.suites}, {name.lower() for name in shake.versions}
            if shake.offer == row.model and offered == wanted and shake.status != "impossible":
                return shake
    return None


def hello(head: Head, url: str, row: PhoneModel) -> Hello:
    """By the probe with the phone's own offer; without one, by what the configuration accepts."""
    shake = own_handshake(head.unit.probes, url, row) if head.negotiated else None
    computed = by_configuration(head, row)
    if shake is None:
        return computed
    if shake.status == "ok":
        return _seen(head, shake, computed)
    if shake.status == "alert":
        if computed.settled is None:
            locked = [reason for reason in computed.reasons if reason.verdict == "LOCKED OUT"]
            told = f"the ASA answers the offer of {row.model} with an alert ({shake.detail or 'not named'})"
            return Hello(None, (*locked, Reason(step=CIPHER, verdict="LOCKED OUT", text=told, features=("F-051a",))))
        return Hello(
            None,
            (
                _unknown(
                    f"the ASA answers the offer of {row.model} with an alert ({shake.detail or 'not named'}), while its"
                    f" configuration shares {' '.join(sorted(computed.settled.suites))}"
                ),
            ),
        )
    # Refused, timed out, closed: the configuration may still tell that it cannot work, never that it does.
    silent = _unknown(f"the probe got no answer from the ASA: {shake.status} {shake.detail}".rstrip(), step="reach")
    locked = [reason for reason in computed.reasons if reason.verdict == "LOCKED OUT"]
    return Hello(computed.settled, (*locked, silent))


def _seen(head: Head, shake: Handshake, computed: Hello) -> Hello:
    """What came out, where the configuration does not say that it cannot."""
    protocol, suite = shake.version.lower(), suites.openssl_name(shake.cipher)
    found = accepted(head.state, protocol)
    versions = suites.accepted_protocols(head.state.ssl, facts.release(head.state)) if head.state.ssl else None
    if (found.suites is not None and suite not in found.suites) or (versions is not None and protocol not in versions):
        text = f"the probe settled on {shake.version} {shake.cipher}, which the configuration does not accept"
        return Hello(None, (_unknown(text),), shake)
    return Hello(Settled(protocol, frozenset({suite}), True), (), shake)


def by_configuration(head: Head, row: PhoneModel) -> Hello:
    """The highest version both have, then every suite both have there."""
    state, release = head.state, facts.release(head.state)
    if state.ssl is None:
        return Hello(None, (_unknown("`ssl` of the ASA was not learned"),))
    if not row.tls_suites or not row.tls_versions:
        return Hello(None, (_unknown(f"the phone table does not tell what {row.model} offers"),))
    versions = suites.accepted_protocols(state.ssl, release)
    if versions is None:
        return Hello(None, (_unknown("which TLS versions the ASA accepts is not known"),))
    spoken = {name.lower() for name in row.tls_versions}
    common = [name for name in suites.PROTOCOLS if name in spoken and name in versions]
    if not common:
        shown = " ".join(state.ssl.server_version)
        text = f"no TLS version in common: {row.model} has {' '.join(row.tls_versions)}, `ssl server-version {shown}`"
        return Hello(None, (Reason(step=CIPHER, verdict="LOCKED OUT", text=text, features=("F-051a",)),))
    protocol = common[-1]
    found = accepted(state, protocol)
    if found.suites is None:
        return Hello(None, (_unknown(f"what the ASA accepts on {protocol} is not known: {found.reason}"),))
    offer = {suites.openssl_name(name) for name in row.tls_suites if suites.usable(name, protocol)}
    shared = found.suites & offer
    if is_guess(found):
        shown = f"{protocol} has {found.reason}, and what that holds is not proven"
        return Hello(None, (_unknown(shown),))
    if not shared:
        text = f"no shared cipher on {protocol}: {row.model} offers {' '.join(row.tls_suites)}"
        fix = (f"PERSON: see VPNP-123 of {head.name} for the commands.",)
        return Hello(None, (Reason(step=CIPHER, verdict="LOCKED OUT", text=text, features=("F-051a",), fix=fix),))
    return Hello(Settled(protocol, shared, False))


def is_guess(found: suites.Effective) -> bool:
    """The suites are those that a level is taken to hold, not those that the device shows [K]."""
    return found.reason.startswith("level ")


def dtls(head: Head, row: PhoneModel, settled: Settled) -> tuple[Reason, ...]:
    """The suite that TLS settled on must be there on DTLS too, else the attempt ends (F-016)."""
    state, phone = head.state, Phone(row.model, row, True)
    if not row.dtls_suites:
        return (_unknown(f"the phone table does not tell the DTLS suites of {row.model}", step=DTLS),)
    protocol = dtls_protocol(state, phone)
    if protocol is None:
        return (_unknown(f"which DTLS version {row.model} and the ASA share is not known", step=DTLS),)
    versions = suites.accepted_protocols(state.ssl, facts.release(state)) if state.ssl else None
    if versions is None or protocol not in versions:
        text = f"whether the ASA lets {protocol} in is not known" if versions is None else f"{protocol} is not let in"
        return (_unknown(f"{text}; what the phone then does is not proven", step=DTLS),)
    found = accepted(state, protocol)
    if found.suites is None or is_guess(found):
        return (_unknown(f"what the ASA accepts on {protocol} is not proven: {found.reason}", step=DTLS),)
    offer = {suites.openssl_name(name) for name in row.dtls_suites if suites.usable(name, protocol)}
    kept = settled.suites & offer & found.suites
    lost = " ".join(sorted(settled.suites - kept))
    if kept == settled.suites:
        return ()
    if kept:
        text = f"TLS may settle on {lost}, which {protocol} has not; the phone then fails after TLS succeeded"
        return (_unknown(text, step=DTLS),)
    return (
        Reason(
            step=DTLS,
            verdict="LOCKED OUT",
            text=f"TLS settles on {lost}, which {protocol} has not: SSL success, DTLS fail",
            features=("F-016", "F-051a"),
            fix=(f"PERSON: see VPNP-123 of {head.name} for the commands.",),
        ),
    )


def _unknown(text: str, step: str = CIPHER) -> Reason:
    return Reason(step=step, verdict="UNKNOWN", text=text)
