"""The image that AWX runs: ansible-builder takes its description, and the build uses our pins and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def builds(folder: Path, description: Path) -> subprocess.CompletedProcess[str]:
    words = ["create", "-f", str(description), "-c", str(folder / "context"), "--output-filename", "Containerfile"]
    command = [sys.executable, "-m", "tools.without_iris", "ansible_builder", *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_the_build_installs_exactly_the_pins(tmp_path: Path) -> None:
    done = builds(tmp_path, ROOT / "execution-environment.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    pins = tmp_path / "context" / "_build" / "pins"
    assert (pins / "requirements.txt").read_bytes() == (ROOT / "requirements.txt").read_bytes()
    assert (pins / "ee.txt").read_bytes() == (ROOT / "requirements" / "ee.txt").read_bytes()
    steps = (tmp_path / "context" / "Containerfile").read_text().splitlines()
    for name in ("requirements.txt", "ee.txt"):
        assert [line for line in steps if line.endswith(f"--require-hashes -r /usr/share/vpnphone/{name}")]
    # Whoever breaks out of the job is nobody.
    assert [line for line in steps if line.startswith("USER ")][-1] == "USER 1000"


def test_a_wrong_description_is_noticed(tmp_path: Path) -> None:
    description = yaml.safe_load((ROOT / "execution-environment.yml").read_text())
    description["build_steps"] = description.pop("additional_build_steps")
    wrong = tmp_path / "execution-environment.yml"
    wrong.write_text(yaml.safe_dump(description))
    assert builds(tmp_path, wrong).returncode != 0
