"""A module of library/ and its documentation with the shared fragments in it, as ansible-doc shows it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import add_fragments

ROOT = Path(__file__).resolve().parent.parent


def load(path: Path) -> ModuleType:
    """The file of a module, imported. ImportError where it is none."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def documentation(module: ModuleType) -> dict[str, Any]:
    """DOCUMENTATION with the options of doc_fragments/ that it names. AnsibleError for a fragment that is not there."""
    fragment_loader.add_directory(str(ROOT / "doc_fragments"))
    found: dict[str, Any] = yaml.safe_load(module.DOCUMENTATION)
    add_fragments(found, str(module.__file__), fragment_loader=fragment_loader, is_module=True)
    return found
