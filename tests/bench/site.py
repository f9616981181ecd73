"""A lab of N alike ASAs in a process of its own, for the measurements."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
_MEMORY = "/dev/shm"  # noqa: S108 - a directory of its own is made in it


@contextlib.contextmanager
def lab_of(count: int, latency_ms: int, folder: Path, phones: int = 0) -> Iterator[Path]:
    """Start the lab with `count` copies of the healthy ASA; gives the lab's directory (inventory.json, state/).

    With phones, there is the default site's cluster too, with that many phones, all switched off: files are served.
    """
    site = yaml.safe_load((ROOT / "lab" / "scenarios" / "default.yml").read_text(encoding="utf-8"))
    healthy = next(device for device in site["devices"] if device["name"] == "asa-healthy")
    healthy |= {"version": "9.16(4)85", "name": "asa{n:04d}", "repeat": count, "latency_ms": latency_ms}
    healthy.pop("port", None)
    site["devices"] = [healthy]
    one = {**site["phones"][0], "name": "SEP{n:012X}", "repeat": phones, "online": False, "web": False}
    site["phones"] = [one] if phones else []
    # Its faults name phones that are not here.
    site["cucm"] = [{**cluster, "faults": []} for cluster in site["cucm"]] if phones else []
    scenario = folder / "scenario.yml"
    scenario.write_text(yaml.safe_dump(site), encoding="utf-8")
    command = [sys.executable, "-m", "lab"]
    # In memory where there is such a place: an ASA that waits for this machine's disk is none that is measured.
    memory = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="vpnphone-bench-", dir=memory) as name:
        lab = Path(name) / "lab"
        subprocess.run(
            [*command, "start", "--scenario", str(scenario), "--dir", str(lab)],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        try:
            yield lab
        finally:
            subprocess.run([*command, "stop", "--dir", str(lab)], cwd=ROOT, check=False, capture_output=True)
