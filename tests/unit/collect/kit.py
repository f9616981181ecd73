"""The module against one ASA of the lab, by SSH; what befalls a run while it collects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.vpnphone.apply.redial import Clock
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.renewal import journal

from lab import debug
from lab.testing import RunningLab
from tests.plugins import load_module

ROOT = Path(__file__).resolve().parents[3]
ASA = "hq-asa"
NO_CSD, GOOD = "SEP5475D0F3E307", "SEP8CB64F576301"
# What the ASA of the tests logs at first; each of the lines is in the way of a collection.
OLD = ("logging enable", "logging buffered informational", "logging debug-trace", "logging asdm informational")
ON = [
    "logging buffer-size 1048576", "logging buffered debugging", "logging timestamp", "no logging debug-trace",
    "debug webvpn anyconnect 255",
]  # fmt: skip
BACK = [
    "no debug webvpn anyconnect", "logging debug-trace", "no logging timestamp", "logging buffered informational",
    "no logging buffer-size",
]  # fmt: skip
SHOW = "show running-config logging"
# No time passes between two attempts to reach a device that is lost.
HASTY = Clock(pause=lambda seconds: None)


class Killed(BaseException):
    """The controller dies here."""


class Told:
    """A wish to stop that comes once `when` holds; as apply.stop.BySignal."""

    def __init__(self, when: Callable[[], bool]) -> None:
        self._when, self.held = when, 0

    @property
    def wished(self) -> bool:
        return self.held > 0 and self._when()

    def __enter__(self) -> Told:
        self.held += 1
        return self

    def __exit__(self, *trouble: object) -> None:
        self.held -= 1


def scenario(**keys: Any) -> dict[str, Any]:
    """hq-asa of the diagnosis site with two of its phones: one that CSD keeps out, and a good one. keys: of the ASA."""
    site: dict[str, Any] = yaml.safe_load((ROOT / "lab/scenarios/diagnosis.yml").read_text(encoding="utf-8"))
    site["devices"] = [device for device in site["devices"] if device["name"] == ASA]
    site["phones"] = [phone for phone in site["phones"] if phone["name"] in (NO_CSD, GOOD)]
    site["cucm"][0].pop("faults", None)
    (device,) = site["devices"]
    lines = [line for line in device["config"].splitlines() if not line.startswith("logging ")]
    device["config"] = "\n".join([*lines, *OLD, ""])
    device |= keys
    return site


class Runner:
    """Runs of the module with the inventory of a lab; during: called when everything is on, before it is waited."""

    def __init__(self, site: RunningLab, folder: Path) -> None:
        self.site, self.folder = site, folder
        self._module = load_module("vpnphone_asa_logging")
        # What comes is there before it is waited for (see `during`), so no time has to pass.
        self._module._LIMITS["seconds"] = (0.1, 900)
        self._count = 0

    def __call__(
        self, during: Callable[[], object] = lambda: None, *, check: bool = False, stop: Any = None, **given: Any
    ) -> dict[str, Any]:
        """What the module gives back, or its error as {"error": ...}. Each run has a directory of its own."""
        host = self.site.hosts[ASA]
        self._count += 1
        asked = {
            "name": ASA, "host": host.host, "port": host.port, "username": host.user, "password": host.password,
            "enable_password": host.enable_secret, "known_hosts": str(host.known_hosts), "seconds": 0.1,
            "approved_by": "Jane Doe", "allow_logging": True, "allow_debug": True, "recovery_seconds": 30,
            "command_timeout": 5, "lock_dir": str(self.folder / "locks"), "run_dir": str(self.run_dir),
        } | given  # fmt: skip
        spec = self._module.ARGUMENT_SPEC
        params = {option: asked.get(option, about.get("default")) for option, about in spec.items()}
        before = journal.on_event
        journal.on_event = lambda event: during() and None
        try:
            result: dict[str, Any] = self._module.execute(
                params, check_mode=check, clock=HASTY, stop=stop or Told(bool)
            )
        except VpnPhoneError as error:
            return {"error": error.as_dict()}
        finally:
            journal.on_event = before
        return result

    @property
    def run_dir(self) -> Path:
        """Of the newest run."""
        return self.folder / "runs" / f"{self._count:04d}"

    def lines(self) -> tuple[str, ...]:
        """What the ASA logs by its configuration."""
        return tuple(line for line in self.site.state(ASA)["running_config"] if line.startswith("logging "))

    def startup(self) -> tuple[str, ...]:
        return tuple(line for line in self.site.state(ASA)["startup_config"] if line.startswith("logging "))

    def debugs(self) -> int:
        """How many debugs are on, in whatever session."""
        return self.site.inside(lambda: len(debug.active(self.site.device(ASA).contexts[""])))

    def as_before(self) -> bool:
        return sorted(self.lines()) == sorted(OLD) == sorted(self.startup()) and not self.debugs()
