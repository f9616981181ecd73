"""The files of a remediation's evidence, private, beside what the change left in the run's directory.

remediation.json     Remediation (docs/schema), the source of the others
remediation.md       for the ticket of the change
plan_hashes.json     extra variables: `-e @plan_hashes.json` sends exactly what was planned, or nothing
manifest.sha256      SHA-256 of every other file of the run, as sha256sum writes and checks it
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from ..errors import BadInput
from ..files import write_private
from ..model import Remediation
from ..report.json_report import json_bytes
from ..report.words import words
from ..rundir import own_directory
from .markdown import render_markdown

REMEDIATION_FILES: dict[str, str] = {
    "json": "remediation.json",
    "markdown": "remediation.md",
    "plan_hashes": "plan_hashes.json",
    "manifest": "manifest.sha256",
}
# Ansible itself may still write to it.
_GROWING = frozenset({"ansible.log"})


def write_evidence(run: Remediation, directory: Path, language: str = "en") -> dict[str, Path]:
    """Name to path; the manifest comes last. language: of remediation.md alone.

    BadInput for an unknown language, and where the directory refuses.
    """
    spoken = words(language)
    own_directory(directory)
    contents = {
        "json": json_bytes(run),
        "markdown": render_markdown(run, spoken).encode(),
        "plan_hashes": _plan_hashes(run),
    }
    paths = {name: write_private(directory / REMEDIATION_FILES[name], content) for name, content in contents.items()}
    manifest = manifest_of(directory)
    return paths | {"manifest": write_private(directory / REMEDIATION_FILES["manifest"], manifest.encode())}


def _plan_hashes(run: Remediation) -> bytes:
    """Of every device that has a plan, also an empty one: drift since would fill it."""
    hashes = {device.name: device.plan_hash for device in run.devices if device.plan_hash}
    return msgspec.json.format(msgspec.json.encode({"vpnphone_plan_hash": hashes}, order="sorted"), indent=2) + b"\n"


def manifest_of(directory: Path) -> str:
    """`<sha256>  <path>` a line, by path. BadInput where a file cannot be read."""
    own = REMEDIATION_FILES["manifest"]
    lines = []
    try:
        for path in sorted(directory.rglob("*")):
            name = path.relative_to(directory).as_posix()
            # What somebody linked here is no file of the run, and temporary ones (write_private) are another process's.
            if path.is_symlink() or not path.is_file() or name == own or path.name in _GROWING or path.name[0] == ".":
                continue
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            if "\n" in name or "\\" in name:
                # sha256sum's own escape; names of ours have neither.
                digest, name = f"\\{digest}", name.replace("\\", "\\\\").replace("\n", "\\n")
            lines.append(f"{digest}  {name}\n")
    except OSError as error:
        raise BadInput(
            f"a file of the run cannot be read: {error.strerror}.",
            where=str(error.filename or directory),
            todo="Look at its permissions; without it the run has no manifest.",
        ) from error
    return "".join(lines)
