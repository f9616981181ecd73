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


def with_imported(name: str) -> list[dict[str, Any]]:
    """The plays of a playbook and of those that it imports."""
    imported = "ansible.builtin.import_playbook"
    return [one for play in plays(name) for one in (with_imported(play[imported]) if imported in play else [play])]


def test_a_guided_run_passes_over_the_stages_that_are_done() -> None:
    """By `renew_groups`: a play of a stage that does not look at it would do the stage once more."""
    stages = {play["ansible.builtin.import_playbook"]: play for play in plays("guided.yml")[1:]}
    last = stages.pop("close.yml")
    assert "renew_groups" not in last["vars"] and len(stages) == 8
    for name, play in stages.items():
        done = f"vpnphone_done_{name.removesuffix('.yml')}"
        assert play["vars"]["renew_groups"] == f"{{{{ groups if '{done}' not in groups else [] }}}}"
        hosts = [one["hosts"] for one in with_imported(name)]
        assert len(hosts) > 2
        assert all("| select('in', renew_groups | default(groups))" in one for one in hosts)
