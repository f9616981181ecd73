"""docs/errors.md and the error codes of the product are one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.unit.security.product import SOURCES, nodes

ROOT = Path(__file__).resolve().parents[2]


def product(*folders: str) -> Iterator[tuple[Path, ast.AST]]:
    """Every node of the code in these, with its file."""
    for path in SOURCES:
        if path.relative_to(ROOT).parts[0] in folders:
            yield from ((path, node) for node in nodes(path))


def raised_codes() -> set[str]:
    """Codes that are given by their keyword: `code="..."` of an error or a Failure, and the classes' own."""
    found = set()
    for _, node in product("module_utils", "library", "action_plugins"):
        if isinstance(node, ast.keyword) and node.arg == "code" and isinstance(node.value, ast.Constant):
            found.add(str(node.value.value))
        if isinstance(node, ast.ClassDef):
            found |= {
                line.value.value
                for line in node.body
                if isinstance(line, ast.Assign | ast.AnnAssign)
                and getattr(line.targets[0] if isinstance(line, ast.Assign) else line.target, "id", "") == "code"
                and isinstance(line.value, ast.Constant)
                and isinstance(line.value.value, str)
                and line.value.value
            }
    # Of the classes that others derive from: nothing is raised with these alone.
    return found - {"error", "unreachable", "refused"}


def words() -> set[str]:
    """Every string that the product's code has."""
    found = product("module_utils", "library", "action_plugins")
    return {node.value for _, node in found if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def documented_codes() -> set[str]:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (`[^|]*`) \|", page, re.MULTILINE)
    return {code for cell in cells for code in re.findall(r"`([a-z0-9_]+)`", cell)}


def test_every_code_is_described_and_none_that_is_not_used() -> None:
    """Some codes travel through tables and helpers, so that a described one has to be a word of the code, no more."""
    documented, raised = documented_codes(), raised_codes()
    assert len(raised) > 20
    assert raised - documented == set()
    assert documented - words() == set()


def test_only_bad_input_goes_without_a_code_of_its_own() -> None:
    for path, node in product("module_utils", "library"):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("DeviceUnreachable", "DeviceRefused"):
            assert "code" in {word.arg for word in node.keywords}, f"{path.name}:{node.lineno}"
