"""Could a phone connect now? Its file and its model against what its ASAs would present, without a handshake."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..certs import Cert
from ..headend.hello import ClientHello
from ..headend.site import Headends, split
from ..headend.stream import available
from ..scenario import is_address
from . import trust
from .held import VpnGroup
from .models import Model
from .outcome import Reason


@dataclass(frozen=True)
class Prospect:
    """reason: "ok", or why the first URL fails; asa: who answers there; detail: for a person."""

    reason: Reason
    asa: str = ""
    detail: str = ""


def presented(headends: Headends, url: str, model: Model) -> tuple[str, tuple[Cert, ...]] | None:
    """The ASA that answers for a URL, and the chain that it sends to that model; () where they do not understand."""
    found = headends.presenting(url)
    if found is None:
        return None
    headend, place = found
    certificates = headend.certificates(place)
    host = split(url).hostname or ""
    hello = ClientHello(model.versions, model.suites, host if model.sni and not is_address(host) else "")
    version = next((v for v in reversed(certificates.settings().tls) if v in model.versions), None)
    if version is None or not any(available(suite) for suite in model.suites):
        return headend.device.name, ()
    choice = certificates.choose(version, hello, place.interface, virtual=place.virtual)
    return headend.device.name, certificates.chain(choice) if choice is not None else ()


def prospect(headends: Headends, group: VpnGroup, model: Model, known: Collection[str] | None) -> Prospect:
    """Of the URLs of a phone's file one must do. known: the only leaf certificates that it takes, None: any."""
    first: Prospect | None = None
    for url in group.urls:
        one = _one(headends, url, group, model, known)
        if one.reason == "ok":
            return one
        first = first or one
    return first or Prospect("no-vpn-group")


def _one(headends: Headends, url: str, group: VpnGroup, model: Model, known: Collection[str] | None) -> Prospect:
    found = presented(headends, url, model)
    if found is None:
        return Prospect("no-asa", "", f"no ASA of the lab answers for {url}")
    asa, chain = found
    if not chain:
        return Prospect("tls", asa, f"{asa} and the phone have no version or suite in common")
    host = split(url).hostname or ""
    verdict = trust.judge(chain, group.pins, host, host_id_check=group.host_id_check, known=known)
    return Prospect(verdict.refusal or "ok", asa, verdict.detail)
