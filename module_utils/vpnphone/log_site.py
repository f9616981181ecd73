"""The names that an audit run knows, for a diagnosis: read from its directory, whatever else became of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from .assess import unit_of
from .controls.site import Site
from .controls.site_context import SiteContext
from .diagnose.site import SiteNames, site_names
from .errors import BadInput
from .model import Run
from .report.write import read_run
from .rundir import GatheredCluster, GatheredPhones, GatheredProbes, read_gathered, read_kept

# Older than this, a run that nobody named says too little of how the site is now.
FRESH = timedelta(days=7)


class Known(NamedTuple):
    """names: None where no run gave them. note: which run it was, or why there is none."""

    names: SiteNames | None = None
    note: str = ""


def names_of_run(directory: Path, now: datetime) -> Known:
    """Of the run in that directory. BadInput where it cannot be read; what of it is missing is not known."""
    run = read_run(directory)
    return Known(_names(directory, run, now), f"Names and findings are of the audit {run.run_id}, {_age(run, now)}.")


def names_of_latest(directory: Path, now: datetime) -> Known:
    """The same of a run that nobody named: never an exception, since the logs say enough without it."""
    try:
        run = read_run(directory)
        if now - run.started > FRESH:
            todo = "-e vpnphone_diagnose_site=true gathers the site anew."
            return Known(note=f"No names and findings were used: the latest audit is {_age(run, now)}; {todo}")
        return names_of_run(directory, now)
    except BadInput as error:
        return Known(note=f"No names and findings were used: {error.where}: {error.what}")


def _names(directory: Path, run: Run, now: datetime) -> SiteNames:
    units = []
    for device in run.devices:
        gathered = read_gathered(directory, device.name) if device.kind == "asa" else None
        if gathered is not None and gathered.state is not None:
            probes = read_kept(directory, device.name, GatheredProbes).probes or ()
            units.append(unit_of(gathered.state, Site().of(gathered.declared), now, probes))
    sites = []
    for device in run.devices:
        cluster = read_kept(directory, device.name, GatheredCluster) if device.kind == "cucm" else None
        if cluster is not None and cluster.state is not None:
            phones = read_kept(directory, device.name, GatheredPhones).phones or ()
            sites.append(SiteContext(cluster.state, phones, tuple(units), Site(), now))
    findings = [finding for device in run.devices for finding in device.findings]
    return site_names(sites, units, findings)


def _age(run: Run, now: datetime) -> str:
    hours = max(0, int((now - run.started).total_seconds())) // 3600
    if hours < 1:
        return "made within the last hour"
    return f"made {hours} hours ago" if hours < 48 else f"made {hours // 24} days ago"
