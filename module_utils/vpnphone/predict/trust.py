"""Does the phone trust what it is shown: the pins of its file, dates, its host-ID check (F-013, F-024, F-058)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from ..controls.site import PhoneModel
from ..model import X509, Connection, Reason, VpnGroupConfig
from .head import Head
from .identity import host_id, is_same, pins_of, title, typed_host
from .presented import Shown

PIN, DATES, HOST_ID, KEY = "pin", "dates", "host-id", "key"
_RENEWAL = (
    "PERSON: a phone that is locked out fetches nothing: bind a certificate again whose hash the phones have.",
    "PERSON: then the other: its hash into the VPN gateway in CUCM, Apply Config to phones that connect, bind it last.",
)
# Its hash is of no use to a phone: it is another one after the next reload (F-010).
_LASTING = ("PERSON: bind a lasting identity certificate, best one whose hash the phones have: see VPNP-111.",)


def worst(verdicts: Iterable[Connection]) -> Connection:
    """Of things that may each be the case: what holds for all of them, else UNKNOWN; nothing at all is UNKNOWN."""
    found = set(verdicts)
    return found.pop() if len(found) == 1 else "UNKNOWN"


def pin(head: Head, vpn: VpnGroupConfig, shown: tuple[Shown, ...], known: Mapping[str, X509]) -> Reason:
    """The hash of the leaf, or of an issuer sent behind it, is in the file. known: certificates by SHA-1, of any place.

    A temporary certificate after a reload is a new one, whatever the file holds.
    """
    fix = _LASTING if any(one.temporary for one in shown) else _RENEWAL
    return _of_all(PIN, ("F-013", "F-024"), [_pin_one(head, vpn, one, known) for one in shown], fix=fix)


def _pin_one(head: Head, vpn: VpnGroupConfig, one: Shown, known: Mapping[str, X509]) -> tuple[Connection, str]:
    pins = pins_of(vpn)
    if not vpn.cert_hashes:
        return "LOCKED OUT", "the file holds no certificate hash, so the phone trusts no ASA"
    if one.temporary and head.reloaded:
        return "LOCKED OUT", "after the reload it is another temporary self-signed certificate, which no file can hold"
    sent = "leaf" if one.leaf is not None and one.leaf.sha1 in pins.sha1 else ""
    issuer = next((found for found in one.issuers if found.sha1 in pins.sha1), None)
    perhaps = next((found for found in one.perhaps if found.sha1 in pins.sha1), None)
    if sent or issuer is not None:
        what = f"the hash of {one.title} is in the file" if sent else ""
        what = what or f"the hash of {title(issuer) if issuer else ''}, sent behind {one.title}, is in the file"
        return ("UNKNOWN", f"{what}, but {pins.doubt}") if pins.doubt else ("CONNECTS", what)
    if pins.doubt:
        return "UNKNOWN", pins.doubt
    if perhaps is not None:
        return "UNKNOWN", f"{title(perhaps)} is in the file, and whether it is sent behind {one.title} is not proven"
    if pins.odd:
        return "UNKNOWN", f"{len(pins.odd)} hashes of the file are no SHA-1: whether one means {one.title} is open"
    if one.leaf is not None:
        return "LOCKED OUT", f"the ASA shows {one.title}: its hash is not in the file, nor that of an issuer it sends"
    strange = [sha1 for sha1 in sorted(pins.sha1) if sha1 not in known]
    if strange:
        return "UNKNOWN", f"hash {strange[0][:8]}… of the file is of no certificate known here; it may be {one.title}"
    if any(_may_be(one, known[sha1]) for sha1 in pins.sha1):
        return "UNKNOWN", f"whether the file holds the hash of {one.title} is not proven"
    return "LOCKED OUT", f"the ASA shows {one.title}, and every hash of the file is of another certificate"


def _may_be(one: Shown, pinned: X509) -> bool:
    """A pinned certificate may be the one of which only show output is known, or an issuer of it."""
    if one.temporary:
        # Nobody can tell one temporary certificate from another by its name.
        return "temporary" in pinned.subject.casefold()
    if one.named is None:
        return True
    # As an issuer it may be sent too, wherever the unit holds it.
    return is_same(one.named, pinned) or pinned.is_ca


def dates(shown: tuple[Shown, ...], now: datetime) -> tuple[Reason, ...]:
    """Out of its dates: whether a phone that knows the hash minds is not proven."""
    for one in shown:
        if one.leaf is None:
            continue
        text = ""
        if one.leaf.not_after < now:
            text = f"{one.title} has expired on {one.leaf.not_after:%Y-%m-%d}"
        elif one.leaf.not_before > now:
            text = f"{one.title} is not valid before {one.leaf.not_before:%Y-%m-%d}"
        if text:
            return (
                Reason(
                    step=DATES,
                    verdict="UNKNOWN",
                    text=f"{text}; whether a phone that has its hash minds is not proven",
                    features=("F-093",),
                    fix=("PERSON: renew it in stages.",),
                ),
            )
    return ()


def key(row: PhoneModel, shown: tuple[Shown, ...]) -> tuple[Reason, ...]:
    """A key that the phone table calls too big for the model; the table's limits are not proven by any source."""
    for one in shown:
        leaf = one.leaf
        if leaf is not None and leaf.key_type == "RSA" and row.max_rsa_bits and leaf.key_bits > row.max_rsa_bits:
            text = f"{one.title} has {leaf.key_bits} bits, and {row.model} takes {row.max_rsa_bits} by the phone table"
            return (Reason(step=KEY, verdict="UNKNOWN", text=text, features=("F-094",)),)
    return ()


def host_check(vpn: VpnGroupConfig, url: str, shown: tuple[Shown, ...]) -> tuple[Reason, ...]:
    """The phone's own check, where its file switches it on; a file that does not say: both ways must come out alike."""
    if vpn.host_id_check is False:
        return ()
    host = typed_host(url)
    answers = [host_id(host, one.leaf) for one in shown]
    if all(answer.verdict == "CONNECTS" for answer in answers):
        return ()
    fix = (
        "PERSON: give the ASA a certificate with the host of the URL as a DNS name; or switch Enable Host ID Check off"
        " in the VPN profile, and let the phones fetch their file before the certificate changes.",
    )
    reason = _of_all(HOST_ID, ("F-058", "F-059"), [(answer.verdict, answer.text) for answer in answers], fix=fix)
    if vpn.host_id_check is None and reason.verdict != "CONNECTS":
        text = f"the file does not say whether the host-ID check is on; if it is: {reason.text}"
        return (Reason(step=HOST_ID, verdict="UNKNOWN", text=text, features=("F-058",)),)
    return (reason,)


def _of_all(
    step: str, features: tuple[str, ...], answers: list[tuple[Connection, str]], *, fix: tuple[str, ...]
) -> Reason:
    """One reason for all certificates that may be shown."""
    verdict = worst(answer for answer, _ in answers)
    texts = dict.fromkeys(text for answer, text in answers if answer == verdict or len(answers) > 1)
    text = "; or ".join(texts)
    if verdict == "UNKNOWN" and len({answer for answer, _ in answers}) > 1:
        text = f"which certificate is shown is not known: {text}"
    return Reason(step=step, verdict=verdict, text=text, features=features, fix=() if verdict == "CONNECTS" else fix)
