"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
from pathlib import Path

import pytest

from tests.unit.security.product import statements

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ["module_utils", "library", "action_plugins", "filter_plugins", "lab", "tools"]
SOURCES = sorted(path for folder in PRODUCT for path in (ROOT / folder).rglob("*.py"))


@functools.cache
def imported(path: Path) -> set[str]:
    """Absolute names of imported modules; a relative import is resolved against module_utils."""
    names = set()
    for node in statements(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ""
            if node.level:
                package = path.relative_to(ROOT / "module_utils").parent.parts if "module_utils" in path.parts else ()
                base = ".".join(package[: len(package) - node.level + 1])
            module = ".".join(part for part in (base, node.module) if part)
            names.add(module)
            names |= {f"{module}.{alias.name}" for alias in node.names}
    return names


def test_the_product_has_sources() -> None:
    assert len(SOURCES) > 30


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_assert_in_the_product(path: Path) -> None:
    assert not [node.lineno for node in statements(path) if isinstance(node, ast.Assert)]


def room(name: str) -> list[Path]:
    base = ROOT / "module_utils" / "vpnphone"
    return sorted((base / name).rglob("*.py")) if (base / name).is_dir() else [base / f"{name}.py"]


# design.md: imports run one way.
FORBIDDEN = {
    "controls": ("vpnphone.transport", "vpnphone.parse.engine", "netmiko", "paramiko", "socket", "ttp"),
    "assess": ("vpnphone.transport", "netmiko", "paramiko", "socket", "ttp"),
    "predict": ("vpnphone.transport", "vpnphone.parse.engine", "vpnphone.files", "netmiko", "paramiko", "socket"),
    "judge_run": ("vpnphone.transport", "netmiko", "paramiko", "socket", "ttp"),
    "parse": ("vpnphone.transport", "vpnphone.controls", "netmiko", "paramiko", "socket"),
    "transport": ("vpnphone.controls", "vpnphone.parse", "vpnphone.report"),
    "diagnose": ("vpnphone.transport", "vpnphone.report", "vpnphone.parse.engine", "netmiko", "paramiko", "socket"),
    "plan": (
        *("vpnphone.transport", "vpnphone.apply", "vpnphone.gather", "vpnphone.parse.engine", "vpnphone.files"),
        *("netmiko", "paramiko", "socket", "requests", "pathlib", "os", "io", "tempfile", "subprocess"),
    ),
    **dict.fromkeys(
        ("collect/settings", "collect/plan", "collect/outcome", "guide/words"),
        ("vpnphone.transport", "vpnphone.apply", "vpnphone.gather", "vpnphone.files", "netmiko", "paramiko", "socket"),
    ),
    "report": ("vpnphone.transport", "vpnphone.parse", "netmiko", "paramiko", "socket"),
    "history": ("vpnphone.transport", "vpnphone.gather", "vpnphone.parse.engine", "netmiko", "paramiko", "socket"),
    "evidence": ("vpnphone.transport", "vpnphone.parse", "vpnphone.apply", "netmiko", "paramiko", "socket"),
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_imports_run_one_way(name: str) -> None:
    for path in room(name):
        for module in imported(path):
            crossed = [bad for bad in FORBIDDEN[name] if module == bad or module.startswith(bad + ".")]
            assert not crossed, f"{path.relative_to(ROOT)} imports {module}"


def test_the_lab_does_not_know_what_it_tests() -> None:
    for path in sorted((ROOT / "lab").rglob("*.py")):
        bad = [name for name in imported(path) if "vpnphone" in name or "module_utils" in name]
        assert not bad, f"{path.relative_to(ROOT)} imports {bad}"


def test_tracked_files_name_no_machine_and_no_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)  # noqa: S607 - git is found on PATH
    if listed.returncode:
        pytest.skip("not a git checkout")
    pattern = re.compile(r"(?<![\w.])/(?:work|root|farm)/|\.internal\b|index-url")
    for name in listed.stdout.decode().split("\0"):
        path = ROOT / name
        if name.endswith((".md", ".py", ".yml", ".txt", ".cfg", ".toml", "Makefile", ".in", ".sh")) and path.is_file():
            found = [line for line in path.read_text(encoding="utf-8").splitlines() if pattern.search(line)]
            found = [line for line in found if "no-emit-index-url" not in line and "re.compile" not in line]
            assert not found, f"{name}: {found[0]}"
