"""A history's file in a test: filled, and refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.history.store import record
from ansible.module_utils.vpnphone.model.history import Snapshot

from tests.unit.history.builders import Said, seen, snapshot

FAIL: Said = ("C1", "outside", "fail")
DRIFT: Said = ("VPNP-119", "outside", "fail")


def fill(path: Path, *runs: Snapshot) -> None:
    for run in runs:
        assert record(path, run).new


def refused(path: Path, code: str, action: Callable[[], Any] | None = None) -> BadInput:
    with pytest.raises(BadInput) as caught:
        (action or (lambda: record(path, snapshot(1, seen("asa1", FAIL)))))()
    assert caught.value.code == code
    assert str(path.parent) in caught.value.where
    assert caught.value.todo
    return caught.value
