"""A new certificate against everything that decides whether phones will take it, before it is imported. Pure.

What is certainly wrong is refused; what is not known is a warning, which the approver sees.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from ..assess import assess_device, unit_of
from ..controls.site import Site
from ..errors import ChangeRefused
from ..model import X509, AsaState, TrustedCertificate
from ..model.renewal import AsaRenewal, CertificateNote, Journal
from ..predict.identity import host_id, public_key, same_key, title, typed_host
from ..x509 import issued_by
from .checks import by_control
from .store import content_of, describe, file_key, in_the_way, note_of
from .wishes import Wish, with_certificate

FITNESS = "VPNP-117"
# Less than this of validity is no renewal.
SHORT = timedelta(days=30)
# Clocks that differ by less are taken to agree; a certificate that was made just now begins just now.
SKEW = timedelta(minutes=5)
TWO_WAYS = (
    "Renew with another common name, with the host of the URL in the subjectAltName (vpnphone_new_certificate), or let"
    " the phones pin the CA that signs it (pin: ca)."
)
# Phone-VPN-trust of each cluster that phones of the ASA belong to; None where it was not gathered.
Stores = Mapping[str, tuple[TrustedCertificate, ...] | None]


class Given(NamedTuple):
    """The certificate that is to be imported. more: other certificates that came with it, in no order."""

    leaf: X509
    more: tuple[X509, ...] = ()


class Scene(NamedTuple):
    """What a certificate is held against.

    clock: the earliest and the latest UTC that the device's own clock can mean, None where it tells none; controller:
    ours.
    proven: phones pin a CA of the new chain already, by hash. host_id_check: phones compare the host of the URL.
    """

    asa: AsaRenewal
    state: AsaState
    hosts: tuple[str, ...]
    stores: Stores
    site: Site
    clock: tuple[datetime, datetime] | None
    controller: datetime
    pin: str = "leaf"
    proven: bool = False
    host_id_check: bool = True


def hosts_of(journal: Journal, asa: str) -> tuple[str, ...]:
    """Hosts of the gateway URLs that the ASA answers; of all of them where a gateway does not say which ASA does."""
    notes = [note for cluster in journal.clusters.values() for note in cluster.gateways.values()]
    urls = [note.url for note in notes if asa in note.asas or not note.asas]
    return tuple(dict.fromkeys(host for url in urls if (host := typed_host(url))))


def _refused(what: str, todo: str, code: str, where: str) -> ChangeRefused:
    return ChangeRefused(what, where=where, todo=f"{todo} Nothing was imported.", code=code)


# --- one after the other ----------------------------------------------------------------------------------------------


def check_certificate(
    scene: Scene, given: Given, chain: Sequence[X509], *, spki: bytes | None, old: X509 | None
) -> tuple[str, ...]:
    """Warnings. spki: the public key that the certificate must have, None: any. ChangeRefused, the first of all."""
    leaf, where = given.leaf, scene.asa.name
    if old is not None and leaf.sha256 == old.sha256:
        raise _refused(
            f"{title(leaf)} is the certificate that is bound today.",
            "Give the new one.", "certificate_is_old", where,
        )  # fmt: skip
    if spki is not None and public_key(leaf) != spki:
        raise _refused(
            f"{title(leaf)} was not made for the request of this renewal: it has another public key.",
            f"Have files/{where}.csr of the renewal's directory signed, and give what the CA made of that.",
            "key_mismatch",
            where,
        )
    warnings = [*_dates(scene, leaf, chain), *check_use(scene, leaf, chain)]
    if old is not None and same_key(leaf, old):
        warnings.append("it has the key of the certificate that is bound today: an old key that is known stays known")
    if old is not None and leaf.not_after <= old.not_after:
        warnings.append(f"it ends on {leaf.not_after:%Y-%m-%d}, no later than the one that is bound today")
    used = {leaf.sha256, *(one.sha256 for one in chain)}
    warnings += [f"{title(one)} was given and is no part of its chain" for one in given.more if one.sha256 not in used]
    return tuple(warnings)


def check_use(scene: Scene, leaf: X509, chain: Sequence[X509]) -> tuple[str, ...]:
    """What can be said of a certificate that is only wished for, too: names, key, room in Phone-VPN-trust."""
    return (*_names(scene, leaf), *_fits(scene, leaf), *_same_cn(scene, leaf, chain))


def _dates(scene: Scene, leaf: X509, chain: Sequence[X509]) -> list[str]:
    clocks = [("this controller's clock", (scene.controller, scene.controller))]
    if scene.clock is not None:
        clocks.append(("the ASA's own clock", scene.clock))
    warnings = [] if scene.clock is not None else ["the ASA's own clock is not known: its dates were held against ours"]
    for one in (leaf, *chain):
        for name, moments in clocks:
            valid = [one.not_before - SKEW <= moment <= one.not_after for moment in moments]
            if not any(valid):
                raise _refused(
                    f"{title(one)} is valid from {one.not_before:%Y-%m-%d %H:%M} to {one.not_after:%Y-%m-%d %H:%M} UTC,"
                    f" and {name} says {moments[0]:%Y-%m-%d %H:%M} UTC.",
                    "Wait until it is valid, set the clock right, or have it signed anew.",
                    "certificate_not_valid",
                    scene.asa.name,
                )
            if not all(valid):
                warnings.append(f"whether {title(one)} is valid by {name} depends on a zone that is not known")
    if leaf.not_after - scene.controller < SHORT:
        warnings.append(f"it ends on {leaf.not_after:%Y-%m-%d} already")
    return warnings


def _names(scene: Scene, leaf: X509) -> list[str]:
    """The phones' host-ID check; what it is not proven to let through locks out as well (F-058, F-059)."""
    if not scene.hosts:
        return ["the journal names no gateway URL of this ASA: the names in the certificate were not compared"]
    warnings = []
    for host in scene.hosts:
        found = host_id(host, leaf)
        if found.verdict == "CONNECTS":
            continue
        if scene.host_id_check:
            raise _refused(
                f"the phones' host-ID check would not let {title(leaf)} pass: {found.text}.",
                f"Have it signed with DNS:{host} in the subjectAltName; phones take no wildcard and no address. Where"
                " Host ID Check is off in every VPN profile: vpnphone_host_id_check: false.",
                "host_id",
                scene.asa.name,
            )
        warnings.append(f"only phones without Host ID Check will take it: {found.text}")
    return warnings


def _fits(scene: Scene, leaf: X509) -> list[str]:
    """Key and signature against the phone models in use, by the control that audits them."""
    asa = scene.asa
    if leaf.key_type not in ("RSA", "EC"):
        raise _refused(
            f"{title(leaf)} has a key that is neither RSA nor EC.", "Renew with an RSA key.", "certificate_unfit",
            asa.name,
        )  # fmt: skip
    signature = leaf.signature_hash or "unknown"
    wish = Wish(
        asa.name, asa.interface, asa.new_trustpoint, leaf.subject_cn, leaf.san_dns,
        "EC" if leaf.key_type == "EC" else "RSA", leaf.key_bits, signature,
    )  # fmt: skip
    only = msgspec.structs.replace(scene.site, include=(FITNESS,), exclude=(), phone_interfaces=(asa.interface,))
    unit = with_certificate(unit_of(scene.state, only, scene.controller), wish, leaf, asa.old_trustpoint)
    finding = by_control(assess_device(unit.state, only, scene.controller).findings)[FITNESS]
    bad = [one.message for one in finding.outcomes if one.status == "fail"]
    if finding.status == "waived":
        return [f"accepted: {message}" for message in bad]
    if bad:
        raise _refused(
            f"a phone model in use cannot work with {title(leaf)}: {'; '.join(bad[:3])}.",
            "Renew with a key and a hash that the oldest phone model supports (vpnphone_models_in_use says which there"
            " are).",
            "certificate_unfit",
            asa.name,
        )
    return [one.message for one in finding.outcomes if one.status == "error"]


def _same_cn(scene: Scene, leaf: X509, chain: Sequence[X509]) -> list[str]:
    """CUCM keeps one certificate a common name (F-071, C12): what phones are to pin must find a place of its own."""
    if scene.proven:
        return []
    pinned = leaf
    if scene.pin == "ca":
        if not chain:
            raise _refused(
                f"phones are to pin the CA of {title(leaf)}, which signed itself.",
                "Take pin: ca out of vpnphone_new_certificate.", "pin_ca", scene.asa.name,
            )  # fmt: skip
        pinned = chain[0]
    note = note_of(pinned)
    warnings = []
    for cluster, rows in scene.stores.items():
        if rows is None:
            warnings.append(f"what Phone-VPN-trust of {cluster} holds was not gathered: stage trust compares the names")
            continue
        there = in_the_way(rows, note)
        if there is not None:
            raise _refused(
                f"{title(pinned)} has the common name of another certificate in Phone-VPN-trust of {cluster},"
                f" {describe(there)}: an upload would take its place.",
                TWO_WAYS,
                "same_cn_overwrites",
                scene.asa.name,
            )
    old = scene.asa.old
    if pinned is leaf and old is not None and _named_alike(note, old) and None in scene.stores.values():
        raise _refused(
            f"{title(leaf)} has the common name of the certificate that is bound today, which phones pin as far as is"
            " known: an upload would take its place.",
            f"{TWO_WAYS} Where phones pin a CA already, gather first: preflight proves it.",
            "same_cn_overwrites",
            scene.asa.name,
        )
    return warnings


def _named_alike(one: CertificateNote, other: CertificateNote) -> bool:
    return one.sha1 != other.sha1 and file_key(one.cn) == file_key(other.cn) != ""


# --- chain ------------------------------------------------------------------------------------------------------------


def chain_of(given: Given, known: Iterable[X509], where: str) -> tuple[X509, ...]:
    """The CAs above the certificate up to the root, by real signatures, the nearest first; () for a self-signed one.

    known: CA certificates that the device holds already. ChangeRefused chain_incomplete.
    """
    pool = {one.sha256: one for one in (*given.more, *known)}
    path: list[X509] = []
    child = given.leaf
    while not child.self_issued:
        found = [one for one in pool.values() if one.is_ca and issued_by(child, one) and one not in path]
        if not found:
            raise _incomplete(child, pool.values(), where)
        # A renewed CA may be there twice, with one key: the one that came with the certificate, then the longest.
        found.sort(key=lambda one: (one in given.more, one.not_after), reverse=True)
        child = found[0]
        path.append(child)
    if not issued_by(child, child):
        raise _incomplete(child, pool.values(), where)
    return tuple(path)


def _incomplete(child: X509, pool: Iterable[X509], where: str) -> ChangeRefused:
    named = next((one for one in pool if one.subject == child.issuer and one.sha256 != child.sha256), None)
    what = f"the chain ends at {title(child)}: no CA certificate that signed it was given, nor is one on the device."
    if named is not None and not named.is_ca:
        what = f"{title(named)} may sign nothing (no CA), and the chain needs it above {title(child)}."
    elif named is not None:
        what = f"{title(named)} has the name of the CA of {title(child)}, and its key did not sign it: another CA."
    elif child.self_issued:
        what = f"the signature of {title(child)} is not right."
    return _refused(
        what,
        f"Give every CA certificate up to the root ({child.issuer_cn or child.issuer or 'no name'} is missing): in"
        " vpnphone_chain_files, or behind the certificate in its own file.",
        "chain_incomplete",
        where,
    )


def old_of(asa: AsaRenewal) -> X509 | None:
    """The bound certificate with its content, where the journal has it."""
    return content_of(asa.old) if asa.old is not None else None
