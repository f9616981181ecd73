"""Which certificate each phone model is shown, before the switch and after it. Pure, over handshakes (probe.py)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..errors import ChangeRefused
from ..model import X509, Handshake, Probe
from ..model.renewal import AsaRenewal, CertificateNote, Journal
from ..predict.identity import name_key, serial_key

_WORD = "TLS "
_AS = " as "


class Wanted(NamedTuple):
    """One handshake whose certificate counts: a gateway URL with the offer of a phone model."""

    url: str
    offer: str

    def command(self) -> str:
        """As the plan has it."""
        return f"{_WORD}{self.url}{_AS}{self.offer}"


def wanted_of(commands: Iterable[str]) -> tuple[Wanted, ...]:
    """Back from the commands of an approved plan."""
    parts = (line.removeprefix(_WORD).partition(_AS) for line in commands if line.startswith(_WORD))
    return tuple(Wanted(url, offer) for url, _as, offer in parts if offer)


class Before(NamedTuple):
    """What was seen before the switch: the handshakes that showed the old certificate, and what could not be seen."""

    wanted: tuple[Wanted, ...]
    warnings: tuple[str, ...] = ()


def before_switch(probes: Sequence[Probe], old: CertificateNote, where: str) -> Before:
    """ChangeRefused: probe_differs (another certificate than the journal's is presented), probe_impossible (none)."""
    wanted: list[Wanted] = []
    blind: list[str] = []
    for probe in probes:
        for shake in probe.handshakes:
            if not shake.chain:
                # Not in the words of this moment: a plan must come out the same when it is made again.
                blind.append(f"{probe.url} as {shake.offer} shows no certificate ({shake.status})")
            elif shake.chain[0].sha256 == old.sha256:
                wanted.append(Wanted(probe.url, shake.offer))
            else:
                raise ChangeRefused(
                    f"{probe.url} shows {shake.offer} {_said(shake.chain[0])} and not the journal's old certificate:"
                    " what is bound to the interface is not what phones meet there.",
                    where=where,
                    todo="Look at `show ssl` (domain and vpnlb-ip bindings, another device in front of it), and at"
                    " vpnphone_connect_to; then plan again.",
                    code="probe_differs",
                )
    if not wanted:
        raise ChangeRefused(
            "no offer of a phone was answered with a certificate, so that nobody could see what the switch does"
            + (f": {blind[0]}." if blind else ": there is no gateway URL or no offer."),
            where=where,
            todo="The controller must reach the gateway URL as phones do (vpnphone_connect_to), and"
            " vpnphone_models_in_use must name models of the phone table.",
            code="probe_impossible",
        )
    return Before(tuple(wanted), tuple(f"not proven by a handshake: {line}" for line in blind[:20]))


def problems(
    probes: Sequence[Probe], wanted: Iterable[Wanted], leaf: CertificateNote, pins: frozenset[str] | None
) -> tuple[str, ...]:
    """Why what is shown is not exactly this leaf; () where it is, to every offer that is answered at all.

    pins: SHA-1 of CAs of which one must be in the chain; None: the leaf is all that counts.
    """
    shakes = {(probe.url, shake.offer): shake for probe in probes for shake in probe.handshakes}
    needed = {(one.url, one.offer) for one in wanted}
    found = [f"{url} as {offer} was not probed" for url, offer in sorted(needed - shakes.keys())]
    for (url, offer), shake in shakes.items():
        why = _problem(shake, leaf, pins, needed=(url, offer) in needed)
        if why:
            found.append(f"{url} as {offer} {why}")
    return tuple(found)


def _problem(shake: Handshake, leaf: CertificateNote, pins: frozenset[str] | None, *, needed: bool) -> str:
    if not shake.chain:
        return f"shows no certificate ({shake.status} {shake.detail})".strip() if needed else ""
    if shake.chain[0].sha256 != leaf.sha256:
        return f"shows {_said(shake.chain[0])}"
    if pins is not None and not pins & {one.sha1 for one in shake.chain[1:]}:
        return "is sent a chain without the CA that phones pin"
    return ""


def ca_pins(journal: Journal, asa: AsaRenewal, probes: Iterable[Probe]) -> frozenset[str] | None:
    """SHA-1 of the CAs that phones of this ASA pin; None where they pin the leaf. Empty: none of them is ever sent.

    Where the journal tells the CA only by its place in the gateways' lists, it is looked for in what is presented.
    """
    if asa.pin is not None:
        return frozenset({asa.pin.sha1})
    if not journal.pinned_ca:
        return None
    listed = {
        (name_key(issuer), serial_key(serial))
        for cluster in journal.clusters.values()
        for gateway in cluster.gateways.values()
        for issuer, serial in (*gateway.before, *gateway.after)
    }
    sent = (one for probe in probes for shake in probe.handshakes for one in shake.chain[1:])
    return frozenset(one.sha1 for one in sent if (name_key(one.issuer), serial_key(one.serial)) in listed)


def _said(certificate: X509) -> str:
    return f"{certificate.subject or '(no subject)'} (SHA-256 {certificate.sha256[:16]}…)"
