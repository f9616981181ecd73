"""Files of a run: private, whole, never through a symbolic link."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.report import write
from ansible.module_utils.vpnphone.report.view import canonical
from ansible.module_utils.vpnphone.report.write import FILE_NAMES, read_run, write_reports

from tests.unit.report.builders import HOSTILE, sample_run, text_run
from tests.unit.report.phone_builders import site_run, text_site

ALL = ("junit", "html", "markdown", "csv")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_report_is_written_privately(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "one"
    before = os.umask(0)
    try:
        paths = write_reports(site_run(), folder, ALL)
    finally:
        os.umask(before)
    assert paths == {name: folder / file for name, file in FILE_NAMES.items()}
    assert {path.name for path in folder.iterdir()} == set(FILE_NAMES.values())
    assert mode(folder) == 0o700
    assert {mode(path) for path in paths.values()} == {0o600}
    assert json.loads(paths["summary"].read_text())["reports"] == FILE_NAMES


@pytest.mark.parametrize(
    ("formats", "expected"),
    [
        ((), {"json", "summary"}),
        (("html",), {"json", "html", "summary"}),
        (("csv", "csv", "json"), {"json", "csv", "phones", "summary"}),
        (("phones",), {"json", "phones", "summary"}),
    ],
)
def test_only_what_is_asked_for(tmp_path: Path, formats: tuple[str, ...], expected: set[str]) -> None:
    paths = write_reports(site_run(), tmp_path / "run", formats)
    assert set(paths) == expected
    assert set(json.loads(paths["summary"].read_text())["reports"]) == expected


def test_the_summary_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    real = write.write_private

    def seen(path: Path, data: bytes) -> Path:
        order.append(path.name)
        return real(path, data)

    monkeypatch.setattr(write, "write_private", seen)
    write_reports(sample_run(), tmp_path / "run", ALL)
    assert order[0] == "run.json"
    assert order[-1] == "summary.json"


def test_an_unknown_format_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"unknown report format 'pdf'.*Choose of json, junit"):
        write_reports(sample_run(), tmp_path / "run", ("html", "pdf"))
    assert not (tmp_path / "run").exists()


def test_without_a_prediction_there_is_no_table_of_phones_and_none_of_an_older_run(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    write_reports(site_run(), folder, ("csv",))
    paths = write_reports(sample_run(), folder, ALL)
    assert set(paths) == set(FILE_NAMES) - {"phones"}
    assert {path.name for path in folder.iterdir()} == {path.name for path in paths.values()}
    assert json.loads(paths["summary"].read_text())["reports"].keys() == paths.keys()


@pytest.mark.parametrize(
    "run", [sample_run(), site_run(), *(text_run(text) for text in HOSTILE), *(text_site(text) for text in HOSTILE)]
)
def test_twice_the_same_bytes_and_back_again(tmp_path: Path, run: write.Run) -> None:
    first = write_reports(run, tmp_path / "a", ALL)
    again = write_reports(read_run(tmp_path / "a"), tmp_path / "b", ALL)
    assert {name: path.read_bytes() for name, path in first.items()} == {
        name: path.read_bytes() for name, path in again.items()
    }
    assert read_run(tmp_path / "b") == canonical(run)


def test_a_file_that_is_a_link_is_replaced_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    (folder / "report.html").symlink_to(victim)
    write_reports(sample_run(), folder, ("html",))
    assert victim.read_text() == "precious"
    assert not (folder / "report.html").is_symlink()


def test_a_directory_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(BadInput, match="symbolic link"):
        write_reports(sample_run(), tmp_path / "link", ("html",))
    assert list((tmp_path / "real").iterdir()) == []


def test_an_open_directory_of_a_run_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    (folder / "states").mkdir(parents=True)
    folder.chmod(0o755)
    write_reports(sample_run(), folder, ())
    assert mode(folder) == 0o700


def test_an_open_directory_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    tmp_path.chmod(0o755)
    with pytest.raises(BadInput, match="holds other things"):
        write_reports(sample_run(), tmp_path, ())
    assert mode(tmp_path) == 0o755
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_directory_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(BadInput, match="another user"):
        write_reports(sample_run(), tmp_path / "run", ())


def test_a_file_in_the_way_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    with pytest.raises(BadInput) as error:
        write_reports(sample_run(), tmp_path / "run", ())
    assert error.value.code == "directory_unwritable"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "there is no run.json"),
        (b"", "cannot be read"),
        (b"{}", "missing required field"),
        (b'\xff"', "cannot be read"),
    ],
)
def test_a_run_that_cannot_be_read(tmp_path: Path, content: bytes | None, expected: str) -> None:
    if content is not None:
        (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(BadInput, match=expected):
        read_run(tmp_path)


def test_a_run_of_another_schema_or_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run.json").write_bytes(b'{"schema_version": "9.0", "something": "new"}')
    with pytest.raises(BadInput, match=r"schema '9.0', this release reads '1.2'"):
        read_run(tmp_path)
    monkeypatch.setattr(write, "MAX_RUN", 10)
    with pytest.raises(BadInput, match="larger than 10 bytes"):
        read_run(tmp_path)
