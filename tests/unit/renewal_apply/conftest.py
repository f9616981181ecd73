"""A renewal of its own for each test of stage apply."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.renewal_apply.kit import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "2027")
