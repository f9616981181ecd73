"""The files of one change in a run's directory; each is written before what it is evidence of may be lost.

<run>/before/states/<device>.json, <run>/after/states/<device>.json   Gathered, as vpnphone_asa_info keeps it
<run>/changes/<device>.json, .txt                                     Change, anew with every command; in words
<run>/changes/<device>.running-before.txt, .running-after.txt         the running configuration, secrets hidden
<run>/changes/<device>.dap.xml.before, .dap.xml.new                   where the plan changes that file
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from ..controls.site import Declared
from ..errors import VpnPhoneError
from ..files import file_stem, private_directory, write_private
from ..model import Change, Plan
from ..plan.outcome import change_text
from ..redact import redact
from ..rundir import CHANGE_ENDS, Gathered, failure_of, own_directory, write_gathered
from .readback import Reading


class RunFiles:
    """Writes them. BadInput where the directory refuses."""

    def __init__(self, run_dir: Path, device: str, declared: Declared) -> None:
        self._run = own_directory(run_dir)
        self._device = device
        self._declared = declared
        self._changes = private_directory(self._run / "changes")
        self.change_file = self._path(".json")
        # A state from before the change was kept.
        self.has_before = False
        # What an older run of the same id left is no evidence of this one.
        for path in self._all():
            path.unlink(missing_ok=True)

    def _all(self) -> list[Path]:
        states = [self._run / part / "states" / f"{file_stem(self._device)}.json" for part in ("before", "after")]
        return [*states, *(self._path(end) for end in CHANGE_ENDS)]

    def _path(self, end: str) -> Path:
        return self._changes / f"{file_stem(self._device)}{end}"

    def failed(self, error: VpnPhoneError) -> None:
        """Nothing could be read before the change."""
        gathered = Gathered(device=self._device, failure=failure_of(error), declared=self._declared)
        write_gathered(self._run / "before", gathered)

    def before(self, reading: Reading) -> None:
        self._state("before", reading)
        self.has_before = True

    def after(self, reading: Reading) -> None:
        self._state("after", reading)

    def _state(self, part: str, reading: Reading) -> None:
        gathered = Gathered(device=self._device, state=reading.state, declared=self._declared)
        write_gathered(self._run / part, gathered)
        write_private(self._path(f".running-{part}.txt"), redact(reading.running).encode())

    def plan(self, plan: Plan, reading: Reading) -> None:
        """The file of the plan, old and new, where one is concerned; a person needs it where it is not sent, too."""
        file = plan.dap_file or plan.withheld_file
        if file is not None:
            write_private(self._path(".dap.xml.new"), file.text.encode("utf-8", "replace"))
            if reading.dap_text is not None:
                write_private(self._path(".dap.xml.before"), reading.dap_text.encode("utf-8", "replace"))

    def change(self, change: Change) -> None:
        write_private(self.change_file, msgspec.json.encode(change))
        # For whoever finds a run that was cut short: nothing behind it told in words what stands.
        write_private(self._path(".txt"), change_text(change).encode("utf-8", "replace"))
