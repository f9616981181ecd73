"""What an ASA presents to phones and to browsers, by a TLS probe (F-015, F-020)."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Evidence, Handshake, Outcome, Probe
from ..predict.identity import title
from .base import Context, control
from .ciphers import DOCUMENT_LINE, ECDSA, GLOBAL

BROWSER = "browser"
_SIGHT = (
    "PERSON: take the fingerprint that the phones must know from the phone's own offer, never from a browser; where the"
    " one for phones is not the bound certificate, see VPNP-121 and VPNP-122."
)


@control(
    "VPNP-351",
    title="Phones and browsers are shown the same certificate",
    severity="high",
    features=("F-015", "F-020", "F-017"),
    section=ECDSA,
    rationale="Which certificate an ASA shows depends on the ciphers that are offered. Who reads the fingerprint in a"
    " browser and gives it to the phones may give them one that they are never shown; newer phones may be shown another"
    " one than old phones.",
    remediation=(_SIGHT, GLOBAL, DOCUMENT_LINE),
    needs=(),
    scope="probe",
)
def one_leaf(context: Context) -> Iterator[Outcome]:
    """Of each URL that was probed: the leafs of all offers that were answered with a certificate."""
    for probe in context.probes:
        yield _judge(probe)


def _judge(probe: Probe) -> Outcome:
    answered = [shake for shake in probe.handshakes if shake.status == "ok" and shake.chain]
    phones = [shake for shake in answered if shake.offer != BROWSER]
    evidence = (Evidence(command=f"TLS probe: {probe.url}", lines=tuple(_line(shake) for shake in probe.handshakes)),)
    if not phones:
        return Outcome(
            status="error",
            subject=probe.url,
            message="UNKNOWN: no phone's offer was answered with a certificate",
            expected="a certificate for the offer of a phone",
            actual="; ".join(f"{shake.offer}: {shake.status}" for shake in probe.handshakes) or "no handshake",
            evidence=evidence,
            fix=(
                "PERSON: see that the audit reaches the URL (vpnphone_connect_to), and which suites the phones offer"
                " (VPNP-123).",
            ),
        )
    leafs = dict.fromkeys(shake.chain[0].sha256 for shake in answered)
    if len(leafs) == 1:
        offers = ", ".join(dict.fromkeys(shake.offer for shake in answered))
        return Outcome(
            status="pass",
            subject=probe.url,
            message=f"{title(phones[0].chain[0])} for every offer: {offers}",
            evidence=evidence,
        )
    shown = "; ".join(f"{shake.offer}: {title(shake.chain[0])}" for shake in answered)
    return Outcome(
        status="fail",
        subject=probe.url,
        message=f"{len(leafs)} certificates, by what is offered: {shown}",
        expected="one certificate for every offer",
        actual=f"{len(leafs)} certificates",
        evidence=evidence,
        fix=(_SIGHT, GLOBAL, DOCUMENT_LINE),
    )


def _line(shake: Handshake) -> str:
    if shake.status != "ok" or not shake.chain:
        return f"{shake.offer}: {shake.status} {shake.detail}".rstrip()
    return f"{shake.offer}: {shake.version} {shake.cipher}, SHA-1 {shake.chain[0].sha1} = {shake.chain[0].pin}"
