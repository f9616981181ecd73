"""All that a control of a whole site may look at: a cluster, its phones, and the ASAs they dial."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ..model import CucmState, PhoneState, Prediction
from .base import Context
from .site import Site

# One ASA of the site: its state, its own parameters, the phones' tunnel-groups, the probes of it, and its clock.
AsaUnit = Context


class SiteContext(NamedTuple):
    """A cluster with its phones, and every ASA of the run that was read.

    site holds the parameters of the run; each ASA has its own in AsaUnit.site. now is UTC by the controller's clock.
    predictions: of the phones of this cluster, each at every moment that was asked about.
    """

    cucm: CucmState
    phones: tuple[PhoneState, ...]
    asas: tuple[AsaUnit, ...]
    site: Site
    now: datetime
    predictions: tuple[Prediction, ...] = ()

    @property
    def device(self) -> str:
        return self.cucm.device
