"""A renewal of its own for each test of the stages in CUCM."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.renewal_cucm.bench import Bench
from tests.unit.renewal_cucm.kit import journal


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    made = Bench(tmp_path / "2027", monkeypatch)
    made.open(journal())
    return made
