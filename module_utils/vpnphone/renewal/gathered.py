"""What a renewal looks at: the ASAs and clusters of a run's directory, as controls and predictions take them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from ..assess import unit_of
from ..controls.site import Site
from ..controls.site_context import AsaUnit, SiteContext
from ..errors import VpnPhoneError
from ..model import Failure
from ..predict import predict
from ..rundir import GatheredCluster, GatheredPhones, GatheredProbes, read_all, read_kept


class Lost(NamedTuple):
    """A device of which nothing was learned."""

    name: str
    kind: str
    failure: Failure


class Seen(NamedTuple):
    """units: the ASAs that were read; clusters: each with its phones and every ASA; lost: what is missing of both."""

    units: tuple[AsaUnit, ...]
    clusters: tuple[SiteContext, ...]
    lost: tuple[Lost, ...] = ()

    def unit(self, name: str) -> AsaUnit | None:
        return next((unit for unit in self.units if unit.device == name), None)


def foretold(seen: Seen) -> Seen:
    """The same with what each phone would do now. VpnPhoneError where the prediction itself is at fault."""
    try:
        found = tuple(context._replace(predictions=predict(context, ("now",))) for context in seen.clusters)
    except Exception as error:
        # Its text may quote a device, so only its class is told.
        raise VpnPhoneError(
            f"whether phones connect could not be foretold: a fault of the tool ({type(error).__name__}).",
            todo="Report this fault with the files of the run's directory.",
            code="tool_fault",
        ) from error
    return seen._replace(clusters=found)


def read_site(run_dir: Path, asas: Iterable[str], clusters: Iterable[str], site: Site, now: datetime) -> Seen:
    """Everything that was gathered of these; the files of the phones of a cluster may be missing, and are told."""
    units: list[AsaUnit] = []
    lost: list[Lost] = []
    for gathered in read_all(run_dir, sorted(set(asas))):
        if gathered.failure is not None:
            lost.append(Lost(gathered.device, "asa", gathered.failure))
        if gathered.state is not None:
            probes = read_kept(run_dir, gathered.device, GatheredProbes).probes or ()
            units.append(unit_of(gathered.state, site.of(gathered.declared), now, probes))
    contexts: list[SiteContext] = []
    for name in sorted(set(clusters)):
        found, phones = read_kept(run_dir, name, GatheredCluster), read_kept(run_dir, name, GatheredPhones)
        if found.failure is not None:
            lost.append(Lost(name, "cucm", found.failure))
        if found.state is None:
            continue
        if phones.failure is not None:
            lost.append(Lost(name, "phones", phones.failure))
        contexts.append(SiteContext(found.state, phones.phones or (), tuple(units), site, now))
    return Seen(tuple(units), tuple(contexts), tuple(lost))
