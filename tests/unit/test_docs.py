"""The written pages keep up with the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.vpnphone.commands import COMMANDS, file_name

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "lab" / "README.md", *(ROOT / "docs").glob("*.md")])


def used_variables() -> set[str]:
    """Every vpnphone_* variable that a user may set."""
    found: set[str] = set()
    names = ("transport/options.py", "transport/cluster.py", "renewal_cucm.py")
    options = [ROOT / "module_utils/vpnphone" / name for name in names]
    for path in [*(ROOT / "library").glob("*.py"), *options]:
        found |= set(re.findall(r'"(vpnphone_[a-z_]+)"', path.read_text()))
    folders = [ROOT / "playbooks" / name for name in ("", "tasks", "renewal", "diagnose")]
    plays = [path for folder in folders for path in folder.glob("*.yml")]
    for path in [*(ROOT / "roles").glob("*/defaults/main.yml"), *plays]:
        found |= set(re.findall(r"\b(vpnphone_[a-z_]+)(?= \| default)", path.read_text()))
        found |= set(re.findall(r"\b(vpnphone_[a-z_]+) is (?:un)?defined", path.read_text()))
        # Of every host at once.
        found |= set(re.findall(r"hostvars, '(vpnphone_[a-z_]+)'", path.read_text()))
    # Set by the playbooks themselves.
    return found - {"vpnphone_saved_output", "vpnphone_run_started", "vpnphone_not_ok", "vpnphone_stopped"}


def test_every_inventory_variable_is_described() -> None:
    page = (ROOT / "docs" / "inventory.md").read_text()
    variables = used_variables()
    assert len(variables) > 20
    assert not [name for name in sorted(variables) if f"`{name}`" not in page]


def test_no_variable_is_described_that_nobody_reads() -> None:
    page = (ROOT / "docs" / "inventory.md").read_text()
    described = set(re.findall(r"`(vpnphone_[a-z_]+)`", page))
    assert not described - used_variables()


def test_the_example_inventory_uses_described_variables() -> None:
    page = (ROOT / "docs" / "inventory.md").read_text()
    for path in (ROOT / "inventories").rglob("*.yml"):
        for name in re.findall(r"^ *(vpnphone_[a-z_]+):", path.read_text(), re.MULTILINE):
            assert f"`{name}`" in page, f"{path.name}: {name}"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.section)
def test_every_saved_file_is_listed(command: object) -> None:
    page = (ROOT / "docs" / "saved-outputs.md").read_text()
    assert f"`{file_name(command.text)}`" in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_named_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        for target in re.findall(r"`make ([a-z-]+)", page.read_text()):
            assert target in targets, f"{page.name}: make {target}"


def test_ci_runs_what_the_readme_says() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text()
    assert "\nmake test" in (ROOT / "README.md").read_text()


def test_locks_are_hashed_and_name_no_registry() -> None:
    for path in [ROOT / "requirements.txt", *(ROOT / "requirements").glob("*.txt")]:
        text = path.read_text()
        pins = re.findall(r"^[a-zA-Z0-9._-]+(?:\[[a-z0-9,]+\])?==", text, re.MULTILINE)
        assert pins
        assert text.count("--hash=sha256:") >= len(pins)
        assert "://" not in text


def test_no_galaxy_content_is_needed() -> None:
    assert yaml.safe_load((ROOT / "requirements.yml").read_text()) == {"collections": [], "roles": []}
