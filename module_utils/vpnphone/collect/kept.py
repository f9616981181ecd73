"""What a collection keeps in the directory of its run, before it changes anything: whoever is killed can be put right.

<run>/logging/<device>.json     Kept: what stood before, what was sent; written anew before each command
<run>/logging/<device>.txt      what became of it, in words
<run>/logs/asa/<device>.log, <device>.debug.log    what was collected, secrets removed
<run>/fetched/<device>.json     GatheredLogs, for the diagnosis
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from ..errors import BadInput
from ..files import Damaged, file_stem, private_directory, read_json, write_private
from ..log_files import keep_logs
from ..model import Model, Sent
from ..redact import redact_log
from ..rundir import GatheredLogs, LogFile, forget_gathered, own_directory, write_gathered
from .plan import CollectPlan
from .settings import Present

FOLDER = "logging"
LOGS = "logs/asa"
_MAX_LOG = 64 * 1024 * 1024
_MAX_FILE = 4 * 1024 * 1024
# So many runs are looked through for one that left its settings behind.
_MAX_RUNS = 5000


class Kept(Model, frozen=True, kw_only=True):
    """state open: something may stand that this run set; back: proven to be as before; left: a person has to look."""

    device: str
    address: str
    run: str
    by: str
    at: datetime
    plan: CollectPlan
    before: Present
    sent: tuple[Sent, ...] = ()
    state: Literal["open", "back", "left"] = "open"


class CollectFiles:
    """Of one device in one run. BadInput where the directory refuses."""

    def __init__(self, run_dir: Path, device: str) -> None:
        self.run_dir = own_directory(run_dir)
        self.device = device
        self.kept_file = private_directory(self.run_dir / FOLDER) / f"{file_stem(device)}.json"
        self.files: list[LogFile] = []

    def keep(self, kept: Kept) -> None:
        write_private(self.kept_file, msgspec.json.encode(kept), durable=True)

    def words(self, text: str) -> None:
        write_private(self.kept_file.with_suffix(".txt"), text.encode("utf-8", "replace"))

    def log(self, text: str) -> None:
        """Of the buffer; text has no secrets any more."""
        self._write(f"{self.device}.log", text, "asa")

    def debug(self, text: str) -> None:
        self._write(f"{self.device}.debug.log", redact_log(text), "debug")

    def _write(self, name: str, text: str, side: Literal["asa", "debug"]) -> None:
        path = str(keep_logs(self.run_dir, LOGS.removeprefix("logs/"), {name: text})[0].relative_to(self.run_dir))
        file = LogFile(device=self.device, path=path, side=side)
        self.files = [*(one for one in self.files if one.path != path), file]

    def old_log(self) -> str:
        """What an earlier part of this run kept of the buffer; "" for nothing."""
        path = self.run_dir / LOGS / f"{file_stem(f'{self.device}.log')}"
        try:
            return path.read_bytes()[:_MAX_LOG].decode("utf-8", "replace")
        except OSError:
            return ""

    def gathered(self) -> None:
        """For the diagnosis of this run."""
        forget_gathered(self.run_dir, self.device, GatheredLogs)
        write_gathered(self.run_dir, GatheredLogs(device=self.device, files=tuple(self.files)))


def read_kept(path: Path) -> Kept | None:
    """None where there is no such file. BadInput collection_kept for one that cannot be read."""
    try:
        return read_json(path, Kept, _MAX_FILE)
    except Damaged as error:
        raise BadInput(
            f"what a collection kept cannot be read ({error}).",
            where=str(path),
            todo="Look at `show running-config logging` and `show debug` of the ASA by hand; then take the file away.",
            code="collection_kept",
        ) from error


def left_open(runs: Path, device: str) -> list[Path]:
    """Files of runs that did not put everything back, the oldest first: that one knows what stood at first."""
    found: list[tuple[datetime, Path]] = []
    for number, path in enumerate(runs.glob(f"*/{FOLDER}/{file_stem(device)}.json")):
        if number == _MAX_RUNS:
            break
        # A link to a run is that run again.
        if path.parent.parent.is_symlink():
            continue
        kept = read_kept(path)
        if kept is not None and kept.device == device and kept.state != "back":
            found.append((kept.at, path))
    return [path for _at, path in sorted(found)]
