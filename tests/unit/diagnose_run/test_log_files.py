"""Files of logs: what a run keeps and finds again, and what a person names."""

from __future__ import annotations

import gzip
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible.module_utils.vpnphone import log_files
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.log_files import LogPath, fetched, forget_logs, keep_logs, named_logs
from ansible.module_utils.vpnphone.model import Failure
from ansible.module_utils.vpnphone.rundir import GatheredLogs, LogFact, LogFile, own_directory, write_gathered

ONE, TWO = "SEP8CB64F576113", "SEP8CB64F578B2C"


def test_logs_are_kept_private(tmp_path: Path) -> None:
    run = own_directory(tmp_path / "run")
    paths = keep_logs(run, f"phones/{ONE}", {"log1": "a\n", "../x": "b\n", "~": "\ud800"})
    assert [path.name for path in paths] == ["log1", "%2E.%2Fx", "%7E"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    places = [run / "logs", run / "logs" / "phones", run / "logs" / "phones" / ONE]
    assert {stat.S_IMODE(place.stat().st_mode) for place in places} == {0o700}
    forget_logs(run, f"phones/{ONE}")
    assert not [path for path in paths if path.exists()]
    forget_logs(run, f"phones/{ONE}")


def keep(run: Path, name: str, *files: str, facts: tuple[LogFact, ...] = ()) -> None:
    paths = [keep_logs(run, f"phones/{device}", {"log1": "x"})[0] for device in files]
    kept = [LogFile(device=d, path=str(p.relative_to(run)), side="phone") for d, p in zip(files, paths, strict=True)]
    write_gathered(run, GatheredLogs(device=name, files=tuple(kept), facts=facts))


def test_what_was_fetched_is_found_again(tmp_path: Path) -> None:
    run = own_directory(tmp_path / "run")
    nowhere = LogFact(device=ONE, what="nothing was read of it", todo="t", unknown=True)
    other = LogFact(device=TWO, what="web access is off", todo="t")
    keep(run, "cucm-1", ONE)
    keep(run, "cucm-2", facts=(nowhere, other))
    write_gathered(run, GatheredLogs(device="asa-1", failure=Failure(code="c", what="w.", todo="t", unreachable=True)))
    files, facts = fetched(run, ["asa-1", "cucm-1", "cucm-2"])
    assert files == [LogPath(run / "logs" / "phones" / ONE / "log1", ONE, "phone")]
    # The other cluster knows where that phone is.
    assert facts == [LogFact(device="asa-1", what="was not read: w.", todo="t"), other]
    assert fetched(run, ["cucm-2"])[1] == [nowhere, other]


def test_a_host_that_was_never_asked(tmp_path: Path) -> None:
    files, facts = fetched(own_directory(tmp_path / "run"), ["asa-1"])
    assert files == []
    assert "nothing was gathered in this run" in facts[0].what


def test_two_clusters_with_one_phone(tmp_path: Path) -> None:
    run = own_directory(tmp_path / "run")
    keep(run, "cucm-1", ONE)
    keep(run, "cucm-2", ONE)
    assert len(fetched(run, ["cucm-1", "cucm-2"])[0]) == 1
    forget_logs(run, f"phones/{ONE}")
    assert fetched(run, ["cucm-1"])[0] == []


# --- what a person names --------------------------------------------------------------------------------------------


def test_directories_are_read_to_their_bottom(tmp_path: Path) -> None:
    (tmp_path / "asa" / "deep").mkdir(parents=True)
    for name in ("b.log", "asa/deep/a.txt", ".hidden", "c.log.1"):
        (tmp_path / name).write_text("x")
    (tmp_path / "old.gz").write_bytes(gzip.compress(b"x"))
    (tmp_path / "link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    named = named_logs([tmp_path, tmp_path / "b.log"])
    assert [str(file.path.relative_to(tmp_path)) for file in named.files] == [
        "asa/deep/a.txt", "b.log", "c.log.1", "old.gz",
    ]  # fmt: skip
    assert named.notes == ("link is a link, and was not followed.",)


def test_a_run_of_our_own_gives_its_logs(tmp_path: Path) -> None:
    run = own_directory(tmp_path / "run")
    keep(run, "cucm-1", ONE)
    (run / "run.json").write_text("{}")
    keep_logs(run, "asa", {"asa/1.log": "x"})
    assert named_logs([run]).files == (
        LogPath(run / "logs" / "asa" / "asa%2F1.log", "asa/1"),
        LogPath(run / "logs" / "phones" / ONE / "log1"),
    )


def test_a_link_that_is_named_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "link").symlink_to("a")
    assert named_logs([tmp_path / "link"]).files == (LogPath(tmp_path / "link"),)


def _pipe(path: Path) -> Path:
    os.mkfifo(path / "pipe")
    return path / "pipe"


def _link(path: Path) -> Path:
    (path / "link").symlink_to("/etc/passwd")
    return path


@pytest.mark.parametrize(
    ("made", "code", "what"),
    [
        (lambda path: path / "nowhere", "logs_missing", "there is no such file or directory"),
        (lambda path: path / ("x" * 300), "logs_missing", "there is no such file or directory"),
        (_pipe, "logs_missing", "neither a file nor a directory"),
        (lambda path: path, "logs_empty", "there is no log to be read"),
        (_link, "logs_empty", r"there is no log to be read \(link is a link"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, made: Callable[[Path], Path], code: str, what: str) -> None:
    with pytest.raises(BadInput, match=what) as caught:
        named_logs([made(tmp_path)])
    assert caught.value.code == code
    assert caught.value.todo
    assert str(tmp_path) in caught.value.where


def test_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "MAX_FILES", 2)
    for name in "abc":
        (tmp_path / name).write_text("x")
    with pytest.raises(BadInput, match="more than 2 files"):
        named_logs([tmp_path])


def test_nothing_named() -> None:
    with pytest.raises(BadInput) as caught:
        named_logs([])
    assert caught.value.code == "logs_empty"
