"""Lets every test import the project's code under the name that Ansible gives it, and fixes what hypothesis draws."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import ansible.module_utils
import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
ansible.module_utils.__path__.append(str(ROOT / "module_utils"))
sys.path.insert(0, str(ROOT))  # for `import lab`
# jsonschema compiles a grammar of IRIs when it finds this, for seconds: no schema here has any.
sys.modules.setdefault("rfc3987_syntax", None)

# The same examples in every run, so that a verdict belongs to the change; `make fuzz` draws new ones, and many more.
# How long an example takes says more of the machine than of the change.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", UNTIMED, derandomize=True, max_examples=50)
settings.register_profile("explore", UNTIMED, derandomize=False, max_examples=300)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What collection makes stays to the end: to look through it for garbage costs a third of it, and more after it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
