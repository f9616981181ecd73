"""Which options the modules of awx.awx have, out of the wheel of Ansible's community bundle.

    make awx-specs        # fetches the pinned wheel (54 MB), writes tests/integration/awx_argument_specs.json

Facts alone are kept (names, types, choices), so that examples/awx is checked without the bundle.
"""

from __future__ import annotations

import ast
import contextlib
import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "tests" / "integration" / "awx_argument_specs.json"
FOLDER = "ansible_collections/awx/awx"


def literal(node: ast.expr, names: dict[str, Any]) -> Any:
    """A literal in which dictionaries may be written as calls of dict(), and choices as list(NAME.keys())."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "dict":
        return {word.arg: literal(word.value, names) for word in node.keywords}
    written = ast.unparse(node)
    named = re.fullmatch(r"list\((\w+)\.keys\(\)\)", written)
    return sorted(names[named[1]]) if named else ast.literal_eval(node)


def spec_of(source: str) -> dict[str, Any]:
    """What the module's main() gives to its AnsibleModule as argument_spec."""
    names: dict[str, Any] = {}
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        if node.targets[0].id == "argument_spec":
            found: dict[str, Any] = literal(node.value, names)
            return found
        if isinstance(node.value, ast.Dict):
            with contextlib.suppress(ValueError):
                names[node.targets[0].id] = literal(node.value, names)
    raise SystemExit("a module of awx.awx has no argument_spec any more: look at it")


def used() -> set[str]:
    """Modules of awx.awx that the examples call."""
    words: set[str] = set()
    for path in sorted((ROOT / "examples" / "awx").glob("*.yml")):
        for line in path.read_text(encoding="utf-8").splitlines():
            name = line.strip().removesuffix(":")
            if name.startswith("awx.awx."):
                words.add(name.removeprefix("awx.awx."))
    return words


def main() -> None:
    wheel = Path(sys.argv[1])
    with zipfile.ZipFile(wheel) as bundle:
        manifest = json.loads(bundle.read(f"{FOLDER}/MANIFEST.json"))
        # Every module of the collection has these besides its own: how to reach the controller.
        shared = yaml.safe_load(_document(bundle.read(f"{FOLDER}/plugins/doc_fragments/auth.py").decode()))
        specs = {
            name: spec_of(bundle.read(f"{FOLDER}/plugins/modules/{name}.py").decode("utf-8")) for name in sorted(used())
        }
    content = {
        "collection": "awx.awx", "version": manifest["collection_info"]["version"], "bundle": wheel.name,
        "shared": sorted(shared["options"]), "modules": specs,
    }  # fmt: skip
    TARGET.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {len(specs)} modules of awx.awx {content['version']}")


def _document(source: str) -> str:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DOCUMENTATION":
            return str(ast.literal_eval(node.value))
    raise SystemExit("the doc fragment of awx.awx has no DOCUMENTATION any more: look at it")


if __name__ == "__main__":
    main()
