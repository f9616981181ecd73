"""The written pages keep up with the code."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.vpnphone.commands import COMMANDS, file_name

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "lab/README.md", "examples/README.md"]
PAGES = sorted([*(ROOT / name for name in WRITTEN), *(ROOT / "docs").glob("*.md")])
SHARED = ROOT / "module_utils" / "vpnphone"


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
    for target, _, heading in (
        link.partition("#") for link in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text())
    ):
        there = page.parent / target if target else page
        assert there.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.*)$", there.read_text(), re.MULTILINE)
            assert heading in [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles], heading


def typed(page: Path) -> list[str]:
    """What a page gives to type: the lines of its blocks, and what stands between backquotes."""
    text = page.read_text()
    blocks = re.findall(r"^ *```.*?\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [*"".join(blocks).splitlines(), *re.findall(r"`([^`\n]+)`", text)]


def test_named_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        (target, page.name)
        for page in PAGES
        for line in typed(page)
        if (found := re.match(r"\s*make ((?:[a-z-]+ ?)+)(?:\s|#|$)", line))
        for target in found[1].split()
    }
    assert len(named) > 20
    assert not [one for one in sorted(named) if one[0] not in targets]


def test_named_playbooks_exist() -> None:
    """Also where the product says what to type next."""
    said = [path for folder in ("module_utils", "library", "roles", "playbooks") for path in (ROOT / folder).rglob("*")]
    sources = [path for path in said if path.suffix in (".py", ".yml", ".j2") and path.is_file()]
    named = {
        (name, path.name)
        for path in [*PAGES, *sources]
        for name in re.findall(r"\bplaybooks/[\w/-]+\.yml\b", path.read_text())
    }
    assert len({name for name, _ in named}) > 10
    assert not [one for one in sorted(named) if not (ROOT / one[0]).is_file()]


def test_named_programs_exist() -> None:
    """`python -m lab WORD` and `python -m tools.NAME`."""
    lines = [line for page in PAGES for line in typed(page)]
    source = (ROOT / "lab" / "__main__.py").read_text()
    labs = [found[1] for line in lines if (found := re.search(r"python -m lab ([a-z][^<>#]*)", line))]
    assert len(labs) > 5
    for words in labs:
        for word in re.findall(r"^[a-z]+|--[a-z-]+", words):
            assert f'"{word}"' in source, words
    tools = {name for line in lines for name in re.findall(r"python -m tools\.(\w+)", line)}
    assert not [name for name in tools if not (ROOT / "tools" / f"{name}.py").is_file()]


# --- the page of the architecture -----------------------------------------------------------------------------------


def test_the_architecture_names_what_is_there() -> None:
    """Each path of docs/architecture.md, from the project or from module_utils/vpnphone; <area> stands for any name."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    paths = [
        path for path in re.findall(r"`([^`\n]+)`", page) if re.fullmatch(r"[\w<>*./-]+(?:\.py|\.yml|\.po|/)", path)
    ]
    assert len(paths) > 100
    for path in paths:
        pattern = re.sub(r"<\w+>", "*", path).rstrip("/")
        found = any(next(base.glob(pattern), None) for base in (ROOT, SHARED))
        # A name behind a path is of the same folder.
        alone = "/" not in path and any(next(base.rglob(path), None) for base in (SHARED, ROOT / "playbooks"))
        assert found or alone, path


def test_the_architecture_has_each_room() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    named = re.findall(r"`([^`\n]+)`", page.partition("## The rooms")[2].partition("## Where a line lives")[0])
    for path in SHARED.iterdir():
        if path.is_dir() and path.name != "__pycache__":
            assert f"{path.name}/" in named, path.name
        elif path.suffix == ".py" and path.name != "__init__.py":
            assert any(fnmatch(path.name, pattern) for pattern in named), path.name


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
