"""A renewal of one simulated ASA for each test of the switch."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.renewal_switch.kit import Renewal, SwitchAsa


@pytest.fixture
def renewal(tmp_path: Path) -> Renewal:
    return Renewal(SwitchAsa(), tmp_path / "r")
