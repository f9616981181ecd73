"""S14: what the product writes is for its user alone: directories 0700, files 0600; evidence has a manifest."""

from __future__ import annotations

import ast
import hashlib
import os
import re
import stat
from pathlib import Path

from ansible.module_utils.vpnphone.files import private_directory, write_private

from tests.unit.security.conftest import Trail
from tests.unit.security.product import SOURCES, calls, short

# The textfile collector of Prometheus is another user: it holds numbers, and the site's name.
FOR_OTHERS = {"vpnphone.prom"}


def test_s14_everything_that_was_written_is_private(trail: Trail) -> None:
    modes = {
        path.relative_to(trail.folder).as_posix(): stat.S_IMODE(path.lstat().st_mode)
        for path in [trail.folder, *trail.folder.rglob("*")]
        if not path.is_symlink()
    }
    assert len(modes) > 40
    folders = {name for name in modes if (trail.folder / name).is_dir()}
    assert {name: oct(modes[name]) for name in folders if modes[name] != 0o700} == {}
    open_files = {name: oct(mode) for name, mode in modes.items() if name not in folders and mode != 0o600}
    assert open_files == dict.fromkeys(FOR_OTHERS, "0o644")


def test_s14_an_open_umask_changes_nothing(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = private_directory(tmp_path / "a" / "b" / "c")
        file = write_private(made / "x", b"x")
    finally:
        os.umask(before)
    # Those on the way, too: the names of runs and devices are nobody's business.
    assert {stat.S_IMODE(one.stat().st_mode) for one in (made, made.parent, made.parent.parent)} == {0o700}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


# Who writes besides files.py, and how: each of these opens with 0600 itself, or in a place of its own.
WRITERS = {
    "module_utils/vpnphone/files.py": "the door: mkstemp, 0700",
    "module_utils/vpnphone/apply/lock.py": "os.open with 0o600",
    "module_utils/vpnphone/history/database.py": "os.open with 0o600",
    "module_utils/vpnphone/renewal/journal.py": "os.open with 0o600",
    "module_utils/vpnphone/report/schema.py": "docs/schema, for `make docs`",
    "module_utils/vpnphone/transport/way.py": "TemporaryFile, which has no name",
    "module_utils/vpnphone/parse/engine.py": "TemporaryDirectory, 0700 by mkdtemp",
    "action_plugins/vpnphone_runner.py": "a setting of its own process in /proc",
}


MAKING = {"write_text", "write_bytes", "mkdir", "makedirs", "mkstemp", "mkdtemp", "touch", "symlink_to", "copyfile"}


def writes(name: str, call: ast.Call) -> bool:
    last = name.rpartition(".")[2]
    if (last in MAKING and name != "watch.touch") or name.startswith("tempfile."):
        return True
    if name == "os.open":
        return len(call.args) > 2
    if last in ("open", "fdopen"):
        given = [*call.args, *(word.value for word in call.keywords)]
        modes = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        # r+b: of a handle that os.open made.
        return any(re.fullmatch("[wax][bt+]{0,2}", mode) for mode in modes)
    return False


def test_s14_nobody_writes_but_through_the_private_doors() -> None:
    found = {short(path) for path in SOURCES for name, call in calls(path) if writes(name, call)}
    assert found == set(WRITERS)
    for path in SOURCES:
        for name, call in calls(path):
            if name == "os.open" and len(call.args) > 2:
                assert ast.unparse(call.args[2]) == "384", short(path)  # 0o600
                assert "O_NOFOLLOW" in path.read_text(encoding="utf-8"), short(path)


def test_s14_a_file_that_others_may_read_is_an_exception() -> None:
    """write_private(mode=...) is used once, for the metrics."""
    found = [
        short(path)
        for path in SOURCES
        for name, call in calls(path)
        if name.endswith("write_private") and any(one.arg == "mode" for one in call.keywords)
    ]
    assert found == ["module_utils/vpnphone/history/metrics.py"]


def test_s14_the_manifest_names_every_file_with_its_hash(trail: Trail) -> None:
    for run in ("reports/changed", "renewals/spring"):
        folder = trail.folder / run
        lines = (folder / "manifest.sha256").read_text(encoding="utf-8").splitlines()
        named = {line[66:]: line[:64] for line in lines}
        files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        assert files - set(named) <= {"manifest.sha256", "journal.lock", "operator.lock", "ansible.log"}
        for name, digest in named.items():
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
