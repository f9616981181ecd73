"""Modules and plugins of the product, loaded from their files: nothing imports them by a name."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]


def load_module(name: str) -> ModuleType:
    """A module of library/, new at each call: what a test puts into it is in no other test's."""
    return load_plugin(f"library/{name}.py")


def load_plugin(path: str) -> ModuleType:
    """path: below the project."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded
