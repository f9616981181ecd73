"""A plan's job hands its token to the job behind a person's approval, as a controller does it: by ansible-runner.

The journals are made here and no device is asked; every stage ends with the same part as `status.yml`, which is run.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import ansible_runner
import pytest
import yaml
from ansible.module_utils.vpnphone.errors import ChangeRefused
from ansible.module_utils.vpnphone.model.renewal import Journal
from ansible.module_utils.vpnphone.renewal.gates import check_gate, stage_token
from ansible.module_utils.vpnphone.renewal.journal import create_journal

from tests.integration.conftest import ROOT, environment
from tests.unit.renewal.builders import plan, put, ready_for

BY = "J. Doe"


def planned(*ids: str) -> Journal:
    """Its stage trust is planned on its one cluster, with these actions."""
    return put(ready_for("trust", "cucm-1"), "trust", "cucm-1", "planned", plan=plan("trust", "cucm-1", *ids))


def handed(place: Path, journal: Journal, *words: str) -> dict[str, Any]:
    """What a workflow gives the next node as its variables, after a job with this journal."""
    create_journal(place / "renewals" / "spring", journal)
    (place / "project").symlink_to(ROOT)
    (place / "inventory").mkdir()
    hosts = {"asa": {"hosts": dict.fromkeys(journal.asas)}, "cucm": {"hosts": dict.fromkeys(journal.clusters)}}
    (place / "inventory" / "hosts.yml").write_text(yaml.safe_dump(hosts), encoding="utf-8")
    job = ansible_runner.run(
        private_data_dir=str(place),
        playbook="playbooks/renewal/status.yml",
        extravars={"vpnphone_renewal": "spring", "vpnphone_renewals_dir": str(place / "renewals")},
        cmdline=" ".join(words),
        envvars={"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "PATH": f"{sys.prefix}/bin:{environment()['PATH']}"},
        quiet=True,
        json_mode=True,
    )
    assert (job.status, job.rc) == ("successful", 0), job.stdout.read()
    (stats,) = [event["event_data"] for event in job.events if event["event"] == "playbook_on_stats"]
    found: dict[str, Any] = stats["artifact_data"]
    return found


def test_the_token_of_a_plan_opens_the_gate_of_that_plan_alone(tmp_path: Path) -> None:
    journal = planned("one", "two")
    given = handed(tmp_path, journal, "--check")
    assert given == {"vpnphone_approval": stage_token(journal, "trust")}
    seen = plan("trust", "cucm-1", "one", "two")
    assert check_gate(journal, "trust", "cucm-1", seen, given["vpnphone_approval"], BY) == ("one", "two")
    with pytest.raises(ChangeRefused) as refused:
        check_gate(planned("other"), "trust", "cucm-1", plan("trust", "cucm-1", "other"), *given.values(), BY)
    assert refused.value.code == "approval_wrong"


def test_without_a_plan_an_older_token_is_taken_away(tmp_path: Path) -> None:
    """A workflow keeps what an earlier node gave; an empty one approves nothing."""
    journal = ready_for("trust", "cucm-1")
    assert handed(tmp_path, journal, "--check") == {"vpnphone_approval": ""}


def test_a_job_that_acts_hands_nothing_on(tmp_path: Path) -> None:
    assert handed(tmp_path, planned("one")) == {}
