"""One ASA's gateway URLs by TLS, with the offer of each phone model and that of a browser, to Probes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import NamedTuple

from .controls.site import PhoneModel, model_key
from .errors import BadInput
from .model import X509, Handshake, Probe
from .suites import openssl_name
from .transport.tls_probe import BROWSER, Offer, Seen, Target, shake, target_of
from .x509 import read_der

# An ASA has a few URLs; each place is asked once, however many URLs lead there.
MAX_URLS = 64
MAX_PARALLEL = 8
_VERSIONS = {"tlsv1": "TLSv1", "tlsv1.0": "TLSv1", "tlsv1.1": "TLSv1.1", "tlsv1.2": "TLSv1.2", "tlsv1.3": "TLSv1.3"}


class Named(NamedTuple):
    """An offer and the name that a Handshake has for it: a phone model of the table, or `browser`."""

    name: str
    offer: Offer


class Offers(NamedTuple):
    """untold: models whose suites or versions the phone table does not tell, or that have no row."""

    named: tuple[Named, ...]
    untold: tuple[str, ...] = ()


class Probed(NamedTuple):
    """skipped: URLs that no phone can connect to, with the reason."""

    probes: tuple[Probe, ...]
    skipped: tuple[tuple[str, str], ...] = ()


def offers_of(rows: Sequence[PhoneModel], wanted: Iterable[str] = ()) -> Offers:
    """The offer of each row, of the wanted models alone where any is named, and that of a browser."""
    names = [model_key(name) for name in wanted]
    mine = [row for row in rows if not names or model_key(row.model) in names]
    known = {model_key(row.model) for row in mine}
    untold = [row.model for row in mine if not (row.tls_suites and row.tls_versions)]
    untold += [name for name in wanted if model_key(name) not in known]
    named = [Named(row.model, _offer(row)) for row in mine if row.tls_suites and row.tls_versions]
    return Offers((*dict.fromkeys(named), Named("browser", BROWSER)), tuple(dict.fromkeys(untold)))


def _offer(row: PhoneModel) -> Offer:
    versions = (_VERSIONS.get(version.lower(), version) for version in row.tls_versions)
    return Offer(tuple(versions), tuple(openssl_name(suite) for suite in row.tls_suites))


def probe_urls(
    device: str,
    urls: Sequence[str],
    offers: Sequence[Named],
    connect_to: Mapping[str, str],
    *,
    sni: bool = True,
    connect: float = 10,
) -> Probed:
    """A Probe for each URL. Never an exception for what answers there; BadInput for a place that is none."""
    targets: dict[str, Target] = {}
    skipped: list[tuple[str, str]] = []
    for url in list(dict.fromkeys(urls))[:MAX_URLS]:
        try:
            targets[url] = target_of(url, dict(connect_to), sni=sni)
        except BadInput as error:
            if error.where:
                raise
            skipped.append((url, error.what))
    places = list(dict.fromkeys(targets.values()))
    with ThreadPoolExecutor(max_workers=max(1, min(MAX_PARALLEL, len(places))), thread_name_prefix="probe") as pool:
        seen = dict(zip(places, pool.map(lambda place: _place(place, offers, connect), places), strict=True))
    probes = tuple(
        Probe(device=device, url=url, address=_address(target), probed_at=seen[target].at, handshakes=seen[target].told)
        for url, target in targets.items()
    )
    return Probed(probes, tuple(skipped))


def _address(target: Target) -> str:
    return f"[{target.host}]:{target.port}" if ":" in target.host else f"{target.host}:{target.port}"


class _Place(NamedTuple):
    at: datetime
    told: tuple[Handshake, ...]


def _place(target: Target, offers: Sequence[Named], connect: float) -> _Place:
    """One handshake for each different offer; where nobody is, for the first one only."""
    at = datetime.now(UTC)
    made: dict[Offer, Seen] = {}
    nobody: Seen | None = None
    for _name, offer in offers:
        if offer not in made:
            made[offer] = nobody or shake(target, offer, connect=connect, total=2 * connect)
            nobody = nobody if made[offer].connected else made[offer]
    return _Place(at, tuple(_handshake(name, offer, made[offer]) for name, offer in offers))


def _handshake(name: str, offer: Offer, seen: Seen) -> Handshake:
    status, detail = seen.status, seen.detail
    chain: list[X509] = []
    for place, der in enumerate(seen.chain):
        try:
            chain.append(read_der(der))
        except ValueError as error:
            if place == 0:
                # Without the leaf there is nothing to compare: as if nothing had been presented.
                status, detail = "closed", f"the certificate that was presented cannot be read: {error}"
                break
            detail = f"{detail} (certificate {place + 1} of the chain cannot be read: {error})".strip()
    return Handshake(
        offer=name,
        suites=offer.suites,
        versions=offer.versions,
        status=status,
        detail=detail,
        version=seen.version,
        cipher=seen.cipher,
        chain=tuple(chain),
    )
