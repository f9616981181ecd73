"""The whole product as these tests look at it: its sources as trees, its modules loaded, its types, its patterns."""

from __future__ import annotations

import ast
import functools
import gc
import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import ansible.module_utils.vpnphone as package
import msgspec
from ansible.module_utils.vpnphone.model import Model

ROOT = Path(__file__).resolve().parents[3]
# What runs at a user's. tools/ and lab/ are for whoever builds or rehearses, and are looked at where it matters.
ROOMS = ("module_utils", "library", "action_plugins", "filter_plugins")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
EVERY_SOURCE = sorted([*SOURCES, *(path for room in ("lab", "tools") for path in (ROOT / room).rglob("*.py"))])
MODULES = sorted((ROOT / "library").glob("vpnphone_*.py"))


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


@functools.cache
def tree(path: Path) -> ast.Module:
    """Kept to the end: to look for garbage in so many nodes takes longer than to read them."""
    gc.disable()
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    finally:
        gc.freeze()
        gc.enable()


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree(path)))


def statements(path: Path) -> Iterator[ast.AST]:
    """Every statement, with what holds statements and is none: a handler, a case. A tenth of the nodes."""
    waiting: list[ast.AST] = [tree(path)]
    while waiting:
        node = waiting.pop()
        yield node
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            below = getattr(node, field, ())
            waiting += below if isinstance(below, list) else ()


@functools.cache
def calls(path: Path) -> tuple[tuple[str, ast.Call], ...]:
    """Each call with its dotted name as written: "subprocess.Popen", ".read_bytes" where what is before is no name."""
    return tuple((dotted(node.func), node) for node in nodes(path) if isinstance(node, ast.Call))


def dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "")
    return ".".join(reversed(parts))


@functools.cache
def words(path: Path) -> tuple[tuple[int, str], ...]:
    """Every name, attribute and imported name, with its line; no text and no comment."""
    return tuple(_words(path))


def _words(path: Path) -> Iterator[tuple[int, str]]:
    for node in nodes(path):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((node.lineno, part) for alias in node.names for part in alias.name.split("."))


@functools.cache
def texts(path: Path) -> tuple[tuple[int, str], ...]:
    """Every literal text, docstrings left out."""
    return tuple(_texts(path))


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    documented = {
        id(node.body[0].value)
        for node in nodes(path)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in nodes(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node.lineno, node.value


@functools.cache
def module(path: Path) -> ModuleType:
    """A module of library/, loaded under a name of its own."""
    spec = importlib.util.spec_from_file_location(f"_security_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@functools.cache
def packages() -> tuple[ModuleType, ...]:
    """All of module_utils/vpnphone, imported."""
    found = pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    return (package, *(importlib.import_module(one.name) for one in found if not one.name.endswith("__main__")))


@functools.cache
def types() -> tuple[type[msgspec.Struct], ...]:
    """Every type of the model, and whatever else of the product is built on it."""
    packages()
    found: list[type[msgspec.Struct]] = []
    waiting: list[type[msgspec.Struct]] = [Model]
    while waiting:
        kind = waiting.pop()
        below = kind.__subclasses__()
        found += below
        waiting += below
    return tuple(sorted(set(found), key=lambda kind: (kind.__module__, kind.__qualname__)))


@functools.cache
def imported(path: Path) -> frozenset[str]:
    """Modules below vpnphone that a source imports, as dotted names behind `vpnphone.`; of vpnphone alone the names."""
    base = ROOT / "module_utils" / "vpnphone"
    found: set[str] = set()
    for node in statements(path):
        if not isinstance(node, ast.ImportFrom):
            continue
        inside: tuple[str, ...] | None = None
        if node.level:
            here = path.relative_to(base).parent.parts
            inside = here[: len(here) - node.level + 1]
        elif (node.module or "").startswith("ansible.module_utils.vpnphone"):
            inside = ()
        if inside is None:
            continue
        tail = (node.module or "").removeprefix("ansible.module_utils.vpnphone").strip(".")
        parts = (*inside, *filter(None, tail.split(".")))
        found |= {".".join((*parts, alias.name)) for alias in node.names} | {".".join(parts)}
    return frozenset(name for name in found if name)


@functools.cache
def reached(path: Path) -> frozenset[str]:
    """All modules below vpnphone that a source leads to, however far."""
    base = ROOT / "module_utils" / "vpnphone"
    found: set[str] = set()
    waiting = [path]
    while waiting:
        for name in imported(waiting.pop()) - found:
            place = base.joinpath(*name.split("."))
            target = place.with_suffix(".py") if place.with_suffix(".py").is_file() else place / "__init__.py"
            if target.is_file():
                found.add(name)
                waiting.append(target)
    return frozenset(found)
