"""The directory of one run: what was gathered of each device, then the reports made from it.

<reports>/<run id>/states/<asa>.json      one Gathered an ASA
<reports>/<run id>/cucm/<cluster>.json    one GatheredCluster a CUCM cluster
<reports>/<run id>/phones/<cluster>.json  one GatheredPhones for the phones of a cluster
<reports>/<run id>/probes/<asa>.json      one GatheredProbes an ASA
<reports>/<run id>/fetched/<name>.json    one GatheredLogs an ASA or a cluster whose logs were fetched
<reports>/<run id>/logs/asa/<asa>.log, logs/phones/<SEP...>/<file>    those logs
<reports>/<run id>/diagnosis.json ...     what the logs say (library/vpnphone_log_diagnosis.py)
<reports>/<run id>/before/, after/        runs of their own: what a change found, and what it left (apply/keep.py)
<reports>/<run id>/changes/<asa>.json     one Change an ASA, and the texts that belong to it
<reports>/<run id>/run.json ...           the reports (report/write.py)
<reports>/<run id>/remediation.json ...   the evidence of a change (evidence/write.py)
<reports>/<run id>/diagnosis.json ...     what logs tell of phones that do not connect (report/diagnosis_write.py)
<reports>/<run id>/trend.json             what the history tells of the run (library/vpnphone_history.py)
<reports>/history.sqlite3                 the history of all runs (history/store.py)
<reports>/latest                          a link to the newest audit; latest-remediation: to the newest change
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, TypeVar

import msgspec

from .controls.site import Declared
from .errors import VpnPhoneError
from .files import Damaged, file_stem, private_directory, read_json, secure_directory, write_private
from .model import AsaState, CucmState, Failure, Model, PhoneState, Probe
from .model.diagnosis import Side

MAX_STATE = 64 * 1024 * 1024
FILE_NAMES: dict[str, str] = {
    "json": "run.json",
    "junit": "junit.xml",
    "html": "report.html",
    "markdown": "report.md",
    "csv": "findings.csv",
    "phones": "phones.csv",
    "summary": "summary.json",
}
DIAGNOSIS_FILES: dict[str, str] = {"json": "diagnosis.json", "markdown": "diagnosis.md", "html": "diagnosis.html"}
TREND_FILE = "trend.json"
# How the files of one device's change end, in changes/.
CHANGE_ENDS = (".json", ".txt", ".running-before.txt", ".running-after.txt", ".dap.xml.before", ".dap.xml.new")
# By one of these the directory of a run is known.
_OF_A_RUN = frozenset(
    {"states", "cucm", "phones", "probes", "fetched", "logs", "before", "after", "changes", "ansible.log"}
    | {*FILE_NAMES.values(), *DIAGNOSIS_FILES.values()}
)


class _Kept(Model, frozen=True, kw_only=True):
    """What one source gave: its content, or why there is none. FOLDER: where such files lie in the run's directory."""

    FOLDER: ClassVar[str]

    device: str
    failure: Failure | None = None

    @property
    def content(self) -> object:
        """What was gathered, None where nothing was."""
        raise NotImplementedError


class Gathered(_Kept, frozen=True, kw_only=True):
    """What one ASA gave: a state, or why there is none; and what the inventory declares of it."""

    FOLDER: ClassVar[str] = "states"

    state: AsaState | None = None
    declared: Declared = Declared()

    @property
    def content(self) -> AsaState | None:
        return self.state


class GatheredCluster(_Kept, frozen=True, kw_only=True):
    """What one CUCM cluster gave."""

    FOLDER: ClassVar[str] = "cucm"

    state: CucmState | None = None

    @property
    def content(self) -> CucmState | None:
        return self.state


class GatheredPhones(_Kept, frozen=True, kw_only=True):
    """What was learned of the phones of one cluster; device is the cluster's name."""

    FOLDER: ClassVar[str] = "phones"

    phones: tuple[PhoneState, ...] | None = None

    @property
    def content(self) -> tuple[PhoneState, ...] | None:
        return self.phones


class GatheredProbes(_Kept, frozen=True, kw_only=True):
    """The handshakes with one ASA."""

    FOLDER: ClassVar[str] = "probes"

    probes: tuple[Probe, ...] | None = None

    @property
    def content(self) -> tuple[Probe, ...] | None:
        return self.probes


class LogFact(Model, frozen=True, kw_only=True):
    """What there is to know of the logs of a device (an ASA, SEP<MAC>): why one is missing or says little.

    unknown: only that this cluster does not know where the phone is; another one may.
    """

    device: str
    what: str
    todo: str = ""
    unknown: bool = False


class LogFile(Model, frozen=True, kw_only=True):
    """A log that was fetched; path: below the run's directory."""

    device: str
    path: str
    side: Side | None = None


class GatheredLogs(_Kept, frozen=True, kw_only=True):
    """The logs of one ASA, or of the phones of one cluster; device is the ASA's or the cluster's name."""

    FOLDER: ClassVar[str] = "fetched"

    files: tuple[LogFile, ...] | None = None
    facts: tuple[LogFact, ...] = ()

    @property
    def content(self) -> tuple[LogFile, ...] | None:
        return self.files


Kept = TypeVar("Kept", bound=_Kept)


def own_directory(directory: Path) -> Path:
    """The run's directory, made where it is missing, ours alone. BadInput where that cannot be had."""
    return secure_directory(private_directory(directory), _OF_A_RUN)


def failure_of(error: VpnPhoneError) -> Failure:
    """The error as a run keeps it."""
    return Failure(code=error.code, what=error.what, todo=error.todo, unreachable=error.unreachable)


def forget_gathered(directory: Path, device: str, kind: type[_Kept] = Gathered) -> None:
    """Take away what an older run of the same id left: should this gather die, its state is not this run's."""
    with contextlib.suppress(OSError):
        _file(directory, kind, device).unlink()


def write_gathered(directory: Path, gathered: _Kept) -> Path:
    """Keep what a device gave; file and directory are private."""
    private_directory(own_directory(directory) / gathered.FOLDER)
    return write_private(_file(directory, type(gathered), gathered.device), msgspec.json.encode(gathered))


def _file(directory: Path, kind: type[_Kept], device: str) -> Path:
    return directory / kind.FOLDER / f"{file_stem(device)}.json"


def read_gathered(directory: Path, device: str) -> Gathered:
    """What the ASA gave in this run; a file that is missing or damaged is a failure with its reason."""
    return read_kept(directory, device, Gathered)


def read_kept(directory: Path, device: str, kind: type[Kept]) -> Kept:
    """The same for any kind of file: `read_kept(run, "cucm-1", GatheredPhones)`."""
    path = _file(directory, kind, device)
    what = "nothing was gathered in this run: its gather task did not run or did not end."
    try:
        if (gathered := read_json(path, kind, MAX_STATE)) is not None:
            if gathered.device != device:
                raise Damaged("it is another device's")
            if (gathered.content is None) == (gathered.failure is None):
                raise Damaged("it must hold a state or a failure")
            return gathered
    except Damaged as error:
        what = f"the gathered state cannot be read ({error})."
    return kind(
        device=device,
        failure=Failure(code="not_gathered", what=what, todo="Look at the gather task's output and run again."),
    )


def read_all(directory: Path, devices: Iterable[str]) -> list[Gathered]:
    return [read_gathered(directory, device) for device in devices]
