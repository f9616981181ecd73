"""docs/controls/ is made from the controls, and is up to date."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from ansible.module_utils.vpnphone.controls.base import REGISTRY
from ansible.module_utils.vpnphone.controls.catalogue import MODULES

from tools import docs_controls

ROOT = Path(__file__).resolve().parents[3]


def test_every_control_has_its_page_and_its_row() -> None:
    pages = docs_controls.render()
    assert set(pages) == {"README.md", *(f"{name}.md" for name in REGISTRY)}
    for name, rule in REGISTRY.items():
        assert f"| [{name}]({name}.md) |" in pages["README.md"]
        page = pages[f"{name}.md"]
        assert page.startswith("<!-- Made by tools/generate_docs.py")
        assert f"# {name}: {rule.title}" in page
        assert all(step in page for step in rule.remediation)
        assert rule.rationale in page


def test_the_catalogue_names_every_module_with_controls() -> None:
    folder = ROOT / "module_utils" / "vpnphone" / "controls"
    with_controls = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
            if any(
                isinstance(d, ast.Call) and isinstance(d.func, ast.Name) and d.func.id in ("control", "site_control")
                for d in decorators
            ):
                with_controls.add(path.stem)
    assert sorted(with_controls) == sorted(module.__name__.rpartition(".")[2] for module in MODULES)


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_control_says_what_a_person_needs(name: str) -> None:
    rule = REGISTRY[name]
    assert re.fullmatch(r"VPNP-[0-9]{3}", name)
    assert all(re.fullmatch(r"F-[0-9]{3}[a-e]?", feature) for feature in rule.features) and rule.features
    assert rule.title and rule.rationale and rule.section
    # What is only recorded needs no remedy.
    assert rule.remediation or rule.severity == "info"
