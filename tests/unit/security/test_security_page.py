"""docs/security.md promises nothing that no test keeps: what it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.unit.security.product import ROOT, tree

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = {row.split("|")[1].strip(): row for row in PAGE.splitlines() if re.match(r"\| S\d", row)}
FILES: dict[str, list[Path]] = {}
for one in sorted((ROOT / "tests").rglob("test_*.py")):
    FILES.setdefault(one.name, []).append(one)


def names_in(name: str) -> set[str]:
    return {node.name for path in FILES[name] for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)}


def test_every_expectation_has_its_row() -> None:
    assert list(ROWS) == [f"S{number}" for number in range(1, 16)]


@pytest.mark.parametrize("number", range(1, 16))
def test_every_row_has_named_tests(number: int) -> None:
    own = [name for name in FILES if name.startswith(f"test_s{number:02}_")]
    assert f"test_s{number:02}_*" in ROWS[f"S{number}"]
    named = {test for name in own for test in names_in(name) if test.startswith("test_")}
    assert len(named) > 2
    assert all(test.startswith(f"test_s{number:02}_") for test in named)


def test_every_test_that_is_named_is_there() -> None:
    named = re.findall(r"`(test_[a-z0-9_]+\.py)(?:::(test_[a-z0-9_]+))?`", PAGE)
    assert len(named) > 20
    for file, test in named:
        assert file in FILES, file
        assert not test or test in names_in(file), test
