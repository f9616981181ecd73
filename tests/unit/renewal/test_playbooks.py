"""What the playbooks of a renewal promise by the names of their plays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

PLAYBOOKS = Path(__file__).resolve().parents[3] / "playbooks" / "renewal"


def plays(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((PLAYBOOKS / name).read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", ["rollback.yml", "cleanup.yml"])
def test_asas_are_changed_one_after_the_other(name: str) -> None:
    """Two at a time would both be without their phones where the first one shows that it cannot work."""
    promised = [play for play in plays(name) if "after the other" in play["name"]]
    assert [play.get("serial") for play in promised] == [1]
    assert all("vpnphone_hosts" in play["hosts"] for play in promised)
