"""A release is the commit and its pins, the same bytes every time."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone import VERSION

from tools import release

ROOT = Path(__file__).resolve().parents[2]
LOCK = """\
# head
alpha-one==1.2 \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
    # via x
Beta_Two[extra]==3 ; python_version < '3' \\
    --hash=sha256:{a}
""".format(a="a" * 64, b="b" * 64)


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small repository in the place of ours."""
    monkeypatch.setattr(release, "ROOT", tmp_path)
    tmp_path.joinpath("tool.sh").write_text("echo\n")
    tmp_path.joinpath("tool.sh").chmod(0o755)
    tmp_path.joinpath("notes.md").write_text("text\n")
    release.git("init", "--quiet")
    release.git("add", "tool.sh", "notes.md")
    release.git("-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "-m", "x")
    tmp_path.joinpath("secret.txt").write_text("not committed\n")
    return tmp_path


def test_an_archive_is_the_commit_and_the_same_bytes_anywhere(
    clone: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    first = release.archive("HEAD", "1.2.3")
    with tarfile.open(fileobj=io.BytesIO(first)) as packed:
        found = {member.name: (member.mode, member.uid) for member in packed if member.isfile()}
    assert found == {"vpnphone-1.2.3/notes.md": (0o644, 0), "vpnphone-1.2.3/tool.sh": (0o755, 0)}
    other = tmp_path_factory.mktemp("other") / "clone"
    subprocess.run(["git", "clone", "--quiet", str(clone), str(other)], check=True, capture_output=True)  # noqa: S607
    release.ROOT = other
    assert release.archive("HEAD", "1.2.3") == first


def test_what_is_not_committed_is_not_released(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["release"])
    with pytest.raises(SystemExit, match="not committed"):
        release.main()
    assert not (clone / "dist").exists()


def test_the_newest_version_of_the_changelog() -> None:
    assert release.version_of("# What is new\n\n## 1.10.0\n\n- x\n\n## 1.9.9\n") == "1.10.0"
    with pytest.raises(SystemExit, match=r"X\.Y\.Z"):
        release.version_of("# What is new\n")


def test_reports_name_the_version_that_is_released() -> None:
    assert release.version_of((ROOT / "CHANGELOG.md").read_text(encoding="utf-8")) == VERSION


def test_pins_of_a_lock() -> None:
    assert release.pins(LOCK) == {
        "alpha-one": ("1.2", ("a" * 64, "b" * 64)), "beta-two": ("3", ("a" * 64,)),
    }  # fmt: skip


def part(name: str, **licence: Any) -> dict[str, Any]:
    return {"name": name, "version": "1", "licenses": [licence] if licence else []}


def test_a_licence_that_nobody_has_looked_at_stops_a_release() -> None:
    table = release.licences([part("b", license={"id": "MIT"}), part("a", expression="Apache-2.0 OR BSD-3-Clause")])
    assert table.splitlines()[-2:] == ["| a | 1 | Apache-2.0 OR BSD-3-Clause |", "| b | 1 | MIT |"]
    for strange in (part("c"), part("c", license={"name": "Ask me first"})):
        with pytest.raises(SystemExit, match="c: "):
            release.licences([strange])


def test_the_bill_names_every_pin_and_nothing_else() -> None:
    """Of this very environment, whose other parts are the test tools."""
    found = release.bill(Path(sys.executable), "1.2.3", validated=False)
    pinned = release.pins((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    for one in found["components"]:
        assert (one["version"], tuple(told["content"] for told in one["hashes"])) == pinned[release.key(one["name"])]
    # What is for other systems or older Pythons is pinned, and not installed here.
    assert {"ansible-core", "netmiko", "ttp", "cryptography"} <= {one["name"].lower() for one in found["components"]}
    assert "pytest" not in {one["name"] for one in found["components"]}
    assert "serialNumber" not in found
    assert "timestamp" not in found["metadata"]
    assert "| ansible-core |" in release.licences(found["components"])
