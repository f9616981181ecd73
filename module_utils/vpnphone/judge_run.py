"""From a run's directory to its run: what was gathered is read, every device judged, every phone foretold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from .assess import assess_cluster, assess_device, make_run, unit_of, unreachable_device
from .controls.site import Site
from .controls.site_context import AsaUnit, SiteContext
from .errors import BadInput
from .files import file_stem
from .history.calendar import calendar
from .model import DeviceResult, Prediction, Run
from .predict import Change, check_names, parse_change
from .predict.change import OPTION, Bind
from .rundir import GatheredCluster, GatheredPhones, GatheredProbes, read_all, read_kept
from .x509 import read_pem

# Nobody's certificate is larger.
MAX_PEM = 256 * 1024


class _Judged(NamedTuple):
    """What came of the devices so far; units: the ASAs that were read; clusters: those that were, with nothing else."""

    devices: list[DeviceResult]
    units: list[AsaUnit]
    predictions: list[Prediction]
    notes: list[str]
    clusters: list[SiteContext]


def judge_run(
    run_dir: Path,
    asas: Iterable[str],
    clusters: Iterable[str],
    site: Site,
    *,
    started: datetime,
    now: datetime,
    what_if: Sequence[str] = (),
) -> Run:
    """The run of these ASAs and clusters, as they lie in the directory. BadInput for a change that makes no sense."""
    change = read_change(what_if)
    judged = _Judged([], [], [], [], [])
    names = sorted(set(asas))
    _judge_asas(judged, run_dir, names, site, now)
    _judge_clusters(judged, run_dir, sorted(set(clusters)), names, site, now, change)
    return make_run(
        judged.devices,
        run_id=run_dir.name,
        site=site,
        started=started,
        finished=now,
        predictions=judged.predictions,
        what_if="; ".join(what_if),
        notes=judged.notes,
        expiry=calendar(judged.units, judged.clusters),
    )


def _judge_asas(judged: _Judged, run_dir: Path, names: list[str], site: Site, now: datetime) -> None:
    for gathered in read_all(run_dir, names):
        if gathered.failure is not None:
            judged.devices.append(unreachable_device(gathered.device, gathered.failure))
        if gathered.state is None:
            continue
        kept = read_kept(run_dir, gathered.device, GatheredProbes)
        if kept.failure is not None and _is_there(run_dir, GatheredProbes.FOLDER, gathered.device):
            judged.notes.append(f"{gathered.device} was not probed: {kept.failure.what}")
        own, probes = site.of(gathered.declared), kept.probes or ()
        judged.devices.append(assess_device(gathered.state, own, now=now, probes=probes))
        judged.units.append(unit_of(gathered.state, own, now, probes))


def _is_there(run_dir: Path, folder: str, device: str) -> bool:
    """Somebody asked for it: a file that is not there is no failure of an audit without probes."""
    return (run_dir / folder / f"{file_stem(device)}.json").exists()


def _judge_clusters(
    judged: _Judged,
    run_dir: Path,
    names: list[str],
    asas: list[str],
    site: Site,
    now: datetime,
    change: Change | None,
) -> None:
    kept = [read_kept(run_dir, name, GatheredCluster) for name in names]
    known = [found.state.profiles if found.state is not None else None for found in kept]
    # A profile that one cluster could not tell of may be there.
    profiles = None if None in known else {one.name for found in known for one in found or ()}
    check_names(change, asas, profiles)
    for found in kept:
        if found.failure is not None:
            judged.devices.append(unreachable_device(found.device, found.failure, "cucm"))
        if found.state is None:
            continue
        phones = read_kept(run_dir, found.device, GatheredPhones)
        if phones.failure is not None:
            judged.notes.append(f"The files of the phones of {found.device} were not read: {phones.failure.what}")
        result, predictions = assess_cluster(found.state, phones.phones or (), judged.units, site, now, change)
        judged.devices.append(result)
        judged.predictions.extend(predictions)
        judged.clusters.append(SiteContext(found.state, (), (), site, now))


def read_change(texts: Sequence[str]) -> Change | None:
    """The what-if as data; a certificate in a file is read here, since the prediction knows no files."""
    change = parse_change(texts)
    if change is None:
        return None
    return Change(tuple(_with_certificate(step) if isinstance(step, Bind) else step for step in change.steps))


def _with_certificate(step: Bind) -> Bind:
    if not step.path:
        return step
    try:
        with Path(step.path).expanduser().open("rb") as file:
            content = file.read(MAX_PEM + 1)
        if len(content) > MAX_PEM:
            raise ValueError(f"it is larger than {MAX_PEM} bytes")
        return step._replace(certificate=read_pem(content.decode("ascii", "replace")))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadInput(
            f"the certificate of the change cannot be read: {reason.rstrip('.')}.",
            where=f"{OPTION}: {step.path}",
            todo="Give the path of a file with one certificate in PEM form (-----BEGIN CERTIFICATE-----).",
        ) from error
