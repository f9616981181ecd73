"""A release: the archive, its bill of materials, the licences of what it brings, and one file of checksums.

    make release          # into dist/; needs a clean checkout

The archive holds what is committed and nothing else, and is the same bytes whoever builds it: times, owners and the
order of files come from the commit. Bill and licences are those of requirements.txt installed by its hashes alone.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NAME = "vpnphone"
# A licence whose terms somebody has to read before it is passed on.
KNOWN = (
    "MIT", "BSD", "Apache", "PSF", "Python-2.0", "Python Software Foundation", "ISC", "MPL", "Mozilla", "GPL", "LGPL",
    "GNU", "EPL", "Eclipse", "Unlicense", "Public Domain",
)  # fmt: skip


def git(*words: str) -> bytes:
    return subprocess.run(["git", "-C", str(ROOT), *words], check=True, capture_output=True).stdout  # noqa: S607


def archive(commit: str, version: str) -> bytes:
    """The commit's files below one folder, as .tar.gz: times and order are the commit's, gzip keeps none."""
    plain = git("-c", "tar.umask=0022", "archive", "--format=tar", f"--prefix={NAME}-{version}/", commit)
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as file:
        file.write(plain)
    return packed.getvalue()


def version_of(changelog: str) -> str:
    """The newest version of CHANGELOG.md. SystemExit where it has none."""
    found = re.search(r"^## (\d+\.\d+\.\d+)\b", changelog, re.MULTILINE)
    if found is None:
        raise SystemExit("CHANGELOG.md has no line `## X.Y.Z`: write what is new, then release it.")
    return found[1]


def installed(folder: Path) -> Path:
    """The interpreter of an environment that holds requirements.txt alone."""
    venv.create(folder, with_pip=True, clear=True)
    python = folder / "bin" / "python"
    words = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "-r",
        "requirements.txt",
    ]
    subprocess.run([python, *words], cwd=ROOT, check=True)
    return python


def bill(python: Path, version: str, *, validated: bool = True) -> dict[str, Any]:
    """CycloneDX, without times and random numbers; validated against its schema, which takes a while."""
    words = ["environment", str(python), "--output-reproducible", "--of", "JSON", "--spec-version", "1.6"]
    words += [] if validated else ["--no-validate"]
    program = Path(sys.executable).with_name("cyclonedx-py")
    done = subprocess.run([program, *words], check=True, capture_output=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(done.stdout)
    pinned = pins((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    # pip and its like came with the environment.
    found["components"] = [part for part in found["components"] if key(part["name"]) in pinned]
    kept = {part["bom-ref"] for part in found["components"]}
    found["dependencies"] = [
        part | {"dependsOn": [name for name in part.get("dependsOn", ()) if name in kept]}
        for part in found.get("dependencies", ()) if part["ref"] in kept
    ]  # fmt: skip
    for part in found["components"]:
        part["hashes"] = [{"alg": "SHA-256", "content": digest} for digest in pinned[key(part["name"])][1]]
    found["metadata"]["component"] = {"type": "application", "bom-ref": NAME, "name": NAME, "version": version}
    return found


def key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(text: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Name to version and SHA-256 of everything that a hashed lock pins."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for part in re.split(r"\n(?=[A-Za-z0-9])", text):
        head = re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", part)
        if head:
            found[key(head[1])] = (head[2], tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", part)))
    return found


def licences(parts: list[dict[str, Any]]) -> str:
    """A table of what the bill says. SystemExit for a licence that nobody has looked at."""
    rows, strange = [], []
    for part in sorted(parts, key=lambda one: key(one["name"])):
        told = [_words(one) for one in part.get("licenses", ())]
        words = ", ".join(dict.fromkeys(text for text in told if text)) or "not told"
        if not any(name.lower() in words.lower() for name in KNOWN):
            strange.append(f"{part['name']}: {words}")
        rows.append(f"| {part['name']} | {part['version']} | {words.replace('|', '/')} |")
    if strange:
        raise SystemExit("look at these licences, then name them in tools/release.py: " + "; ".join(strange))
    head = ["# Licences of what a release brings", "", "| package | version | licence |", "|---|---|---|"]
    return "\n".join([*head, *rows, ""])


def _words(licence: dict[str, Any]) -> str:
    named = licence.get("license", {})
    return " ".join(str(licence.get("expression") or named.get("id") or named.get("name", "")).split())[:60]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, default=ROOT / "dist")
    given = parser.parse_args()
    if git("status", "--porcelain"):
        raise SystemExit("The checkout has changes that are not committed: a release holds what is committed.")
    commit = git("rev-parse", "HEAD").decode().strip()
    version = version_of((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    found = bill(installed(ROOT / ".ansible" / "release"), version)
    files = {
        f"{NAME}-{version}.tar.gz": archive(commit, version),
        f"{NAME}-{version}.cdx.json": (json.dumps(found, indent=1, sort_keys=True) + "\n").encode(),
        f"{NAME}-{version}.licences.md": licences(found["components"]).encode(),
    }
    given.into.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        given.into.joinpath(name).write_bytes(content)
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
    given.into.joinpath("SHA256SUMS").write_text(sums, encoding="ascii")
    print(f"{os.path.relpath(given.into)}: {NAME} {version} of commit {commit[:12]}")
    print(sums, end="")


if __name__ == "__main__":
    main()
