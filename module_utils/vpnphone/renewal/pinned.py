"""Do the phones pin a CA that the new certificate is sent with (C13), by hash: then they need nothing new. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..model import X509, PhoneState
from ..model.renewal import AsaRenewal, Journal
from ..predict.files import good_files
from ..predict.identity import pins_of
from .gathered import Seen


class Pinned(NamedTuple):
    """proven: every phone of the ASA pins one of the CAs; text says why, or of how many that is not so."""

    proven: bool
    text: str


def sent_for_sure(chain: Iterable[X509], own: X509 | None, seen: Seen | None, asa: str) -> tuple[X509, ...]:
    """CAs that come behind the certificate for sure, in the order of its chain.

    own: the CA in the certificate's trustpoint, which is sent; those of other trustpoints may be [K], and count where a
    probe of this ASA was shown them behind another certificate.
    """
    unit = seen.unit(asa) if seen is not None else None
    sure = {
        one.sha256 for probe in (unit.probes if unit else ()) for shake in probe.handshakes for one in shake.chain[1:]
    }
    if own is not None:
        sure.add(own.sha256)
    return tuple(one for one in chain if one.sha256 in sure)


def pins_one_of(journal: Journal, seen: Seen | None, asa: str, sha1: Iterable[str]) -> Pinned:
    """Every phone in scope that dials the ASA, by all files that it is served; what was not read proves nothing."""
    names = sorted(name for name, phone in journal.phones.items() if asa in phone.asas)
    wanted = set(sha1)
    if seen is None or not names or not wanted:
        return Pinned(False, "who pins what is not known" if seen is None or not names else "no CA is sent for sure")
    states = {phone.name: phone for context in seen.clusters for phone in context.phones}
    without = [name for name in names if name not in states or not pinned(states[name]) & wanted]
    if without:
        more = f" and {len(without) - 3} more" if len(without) > 3 else ""
        return Pinned(
            False, f"{len(without)} of {len(names)} phones pin none of its CAs: {', '.join(without[:3])}{more}"
        )
    return Pinned(True, f"all {len(names)} phones pin a CA that it is sent with")


def pinned(phone: PhoneState) -> frozenset[str]:
    """SHA-1 (hex) of what every file that the phone is served pins."""
    found = [pins_of(one.vpn).sha1 for one in good_files(phone) if one.vpn is not None]
    return frozenset.intersection(*found) if found else frozenset()


def all_pinned(journal: Journal, seen: Seen | None) -> bool:
    """Of every ASA of the renewal the new chain is known, and every phone of it pins one of it."""
    return bool(journal.asas) and all(_is_pinned(journal, seen, asa) for asa in journal.asas.values())


def _is_pinned(journal: Journal, seen: Seen | None, asa: AsaRenewal) -> bool:
    if asa.new is None or not asa.chain:
        return False
    return pins_one_of(journal, seen, asa.name, (note.sha1 for note in asa.chain)).proven
