"""S13: what is installed is pinned by hash, importing the product speaks to nobody, and CI may do little."""

from __future__ import annotations

import re
import subprocess
import sys

import yaml

from tests.unit.security.product import ROOT

LOCKS = ["requirements.txt", *(f"requirements/{name}.txt" for name in ("dev", "bench", "ee", "audit"))]


def test_s13_every_pin_of_every_lock_has_its_hash() -> None:
    for name in LOCKS:
        text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
        pins = [line for line in text.splitlines() if re.match("[A-Za-z0-9]", line)]
        assert pins, name
        for pin in pins:
            assert "==" in pin, f"{name}: {pin[:60]}"
            assert "--hash=sha256:" in pin, f"{name}: {pin[:60]}"


def test_s13_nothing_is_installed_without_its_hash() -> None:
    """Wherever pip is called: Makefile, CI, pipelines that a customer copies, the execution environment."""
    places = [ROOT / "Makefile", *(ROOT / ".ci").iterdir(), *(ROOT / "examples").rglob("*.yml")]
    seen = 0
    for path in places:
        for line in path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
            if re.search(r"\bpip3? (?:install|download)\b", line):
                seen += 1
                assert "--require-hashes" in line, f"{path.name}: {line.strip()}"
    assert seen > 2


def test_s13_no_collection_is_fetched() -> None:
    assert yaml.safe_load((ROOT / "requirements.yml").read_text(encoding="utf-8"))["collections"] == []


SPEAKS = """
import importlib.util, pathlib, pkgutil, sys
sys.path.insert(0, {root!r})
import ansible.module_utils
ansible.module_utils.__path__.append({root!r} + "/module_utils")
seen = []
WATCHED = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind", "subprocess.Popen", "os.system",
           "os.exec", "os.posix_spawn", "urllib.Request")
# urllib3 looks whether this machine has IPv6: it binds a socket of loopback and closes it.
HOME = ("localhost", "::1", "127.0.0.1")
def hear(event, args):
    if event.startswith(WATCHED) and not any(home in repr(args) for home in HOME):
        seen.append(event)
sys.addaudithook(hear)
import ansible.module_utils.vpnphone as package
names = [one.name for one in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
for path in sorted(pathlib.Path({root!r}, "library").glob("*.py")):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
print(len(names), seen)
"""


def test_s13_importing_the_product_speaks_to_nobody() -> None:
    """And starts nothing: seen by Python's own audit events, in a process of its own."""
    script = SPEAKS.format(root=str(ROOT))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    number, _, events = done.stdout.strip().partition(" ")
    assert int(number) > 200
    assert events == "[]"


def test_s13_a_pipeline_may_read_and_no_more() -> None:
    for path in sorted((ROOT / "examples" / "github").rglob("*.yml")):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        granted = [data.get("permissions"), *(job.get("permissions") for job in data["jobs"].values())]
        assert granted[0] is not None, path.name
        values = {value for one in granted if isinstance(one, dict) for value in one.values()}
        assert "write-all" not in granted
        assert values <= {"read", "none", "write"}
        assert granted[0] == {} or set(granted[0].values()) <= {"read", "none"}, path.name
        actions = re.findall(r"uses: *(\S+)", path.read_text(encoding="utf-8"))
        # Of GitHub itself, and of a version; a commit is for whoever copies it (docs/security.md).
        assert actions
        assert all(re.fullmatch(r"actions/[a-z-]+@(?:v[0-9]+|[0-9a-f]{40})", one) for one in actions)


def test_s13_release_and_bill_of_materials_are_proven() -> None:
    from tests.unit import test_release

    assert test_release.test_the_bill_names_every_pin_and_nothing_else
    assert test_release.test_a_licence_that_nobody_has_looked_at_stops_a_release
