"""What is kept of a source in a run's directory is read back as it was, or is a failure with its reason."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.model import AsaState, CucmState, Failure, Handshake, PhoneState, Probe
from ansible.module_utils.vpnphone.rundir import (
    Gathered,
    GatheredCluster,
    GatheredPhones,
    GatheredProbes,
    forget_gathered,
    own_directory,
    read_gathered,
    read_kept,
    write_gathered,
)

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
SHAKE = Handshake(offer="7962G", suites=("AES128-SHA",), versions=("TLSv1",), status="alert", detail="alert 40")
KEPT = [
    Gathered(device="x", state=AsaState(device="x", origin="live")),
    GatheredCluster(device="x", state=CucmState(device="x", origin="live", version="14.0.1")),
    GatheredPhones(device="x", phones=(PhoneState(name="SEP0011223344AA", cucm="x"),)),
    GatheredPhones(device="x", phones=()),
    GatheredProbes(
        device="x",
        probes=(Probe(device="x", url="https://a/b", address="127.0.0.1:1", probed_at=NOW, handshakes=(SHAKE,)),),
    ),
    GatheredCluster(device="x", failure=Failure(code="tls_expired", what="w", todo="t", unreachable=True)),
]


@pytest.mark.parametrize("kept", KEPT)
def test_what_is_kept_is_read_back(kept: Any, tmp_path: Path) -> None:
    path = write_gathered(tmp_path / "run", kept)
    assert path == tmp_path / "run" / kept.FOLDER / "x.json"
    assert read_kept(tmp_path / "run", "x", type(kept)) == kept
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_each_kind_has_a_folder_of_its_own() -> None:
    kinds = (Gathered, GatheredCluster, GatheredPhones, GatheredProbes)
    assert sorted(kind.FOLDER for kind in kinds) == ["cucm", "phones", "probes", "states"]


def test_a_directory_of_clusters_alone_is_known_for_a_run(tmp_path: Path) -> None:
    for kept in KEPT[1:]:
        write_gathered(tmp_path / "run", kept)
    (tmp_path / "run").chmod(0o755)
    own_directory(tmp_path / "run")
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700


@pytest.mark.parametrize("kind", [Gathered, GatheredCluster, GatheredPhones, GatheredProbes])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "did not run or did not end"),
        ('{"device": "x"}', "a state or a failure"),
        ('{"device": "y", "failure": {"code": "c", "what": "w"}}', "another device's"),
        ('{"device": "x", "failure": {"code": "c", "what": "w"}, "more": 1}', "cannot be read"),
        ("{", "cannot be read"),
        ("", "cannot be read"),
        ('{"device": "x", "state": 5, "phones": 5, "probes": 5}', "cannot be read"),
        ("[" * 100_000, "cannot be read"),
    ],
)
def test_a_missing_or_damaged_file_is_a_failure(kind: Any, content: str | None, reason: str, tmp_path: Path) -> None:
    folder = tmp_path / kind.FOLDER
    folder.mkdir()
    if content is not None:
        (folder / "x.json").write_text(content)
    kept = read_kept(tmp_path, "x", kind)
    assert kept.content is None
    assert kept.failure is not None
    assert kept.failure.code == "not_gathered"
    assert reason in kept.failure.what


def test_what_an_older_run_left_is_forgotten(tmp_path: Path) -> None:
    for kept in KEPT[:2]:
        write_gathered(tmp_path, kept)
    forget_gathered(tmp_path, "x", GatheredCluster)
    assert read_kept(tmp_path, "x", GatheredCluster).content is None
    assert read_gathered(tmp_path, "x").content is not None
    forget_gathered(tmp_path, "x", GatheredCluster)
