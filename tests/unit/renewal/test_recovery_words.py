"""What a person is asked to type for a recovery reaches the module whole."""

from __future__ import annotations

from datetime import timedelta

from ansible.module_utils.vpnphone.renewal import recovery
from ansible.parsing.splitter import parse_kv

from tests.unit.renewal.builders import NOW
from tests.unit.renewal.test_stages import extra_vars


def test_the_sentence_can_be_pasted() -> None:
    """Ansible cuts what follows -e at blanks: without quotes the sentence would end behind its first word."""
    one = recovery.opening(
        "asa-1", outside="outside", inside="inside", node="10.0.0.11", sources=["203.0.113.57"],
        until=f"{NOW + timedelta(hours=2):%Y-%m-%d %H:%M}", now=NOW,
    )  # fmt: skip
    text = recovery.render(one, "asked", recovery.Steps((), ()), recovery.Shown((), ()), NOW, 3)
    line = next(row for row in text.splitlines() if recovery.CONFIRM in row)
    found = extra_vars(line)
    assert recovery.agrees(str(found[recovery.CONFIRM]), one)
    assert found["vpnphone_approved_by"] == "YOUR NAME"
    assert not recovery.agrees(str(parse_kv(f"{recovery.CONFIRM}={recovery.sentence(one)}")[recovery.CONFIRM]), one)
