"""The filters for playbooks, alone and in a play."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from tests.plugins import load_plugin

ROOT = Path(__file__).resolve().parents[3]


FILTERS: dict[str, Callable[..., Any]] = load_plugin("filter_plugins/vpnphone.py").FilterModule().filters()
COLONS = "E5:7E:81:EA:99:54:C1:44:97:66:78:D0:E2:41:8C:DF:79:A9:31:76"
CODED = "5X6B6plUwUSXZnjQ4kGM33mpMXY="
FINDINGS = [
    {"control": "VPNP-1", "status": "pass"},
    {"control": "VPNP-2", "status": "fail"},
    {"control": "VPNP-3", "status": "error"},
    {"control": "VPNP-4", "status": "waived"},
]
RUN = {"devices": [{"name": "a", "findings": FINDINGS[:2]}, {"name": "gone"}, {"name": "b", "findings": FINDINGS[2:]}]}


def test_hashes() -> None:
    assert FILTERS["vpnphone_hash_to_base64"](COLONS) == CODED
    assert FILTERS["vpnphone_hash_to_hex"](CODED) == COLONS.replace(":", "").lower()
    assert FILTERS["vpnphone_hash_to_hex"](CODED, colons=True) == COLONS


@pytest.mark.parametrize("value", ["", "x", COLONS[:-3], None, 5, [CODED]])
@pytest.mark.parametrize("name", ["vpnphone_hash_to_base64", "vpnphone_hash_to_hex"])
def test_what_is_no_hash_is_one_clear_error(name: str, value: object) -> None:
    with pytest.raises(AnsibleFilterError, match=name):
        FILTERS[name](value)


@pytest.mark.parametrize(
    ("statuses", "controls"),
    [
        ((), ["VPNP-2", "VPNP-3"]),
        (("pass",), ["VPNP-1"]),
        (("waived", "fail"), ["VPNP-2", "VPNP-4"]),
        (("skipped",), []),
    ],
)
def test_findings_by_status(statuses: tuple[str, ...], controls: list[str]) -> None:
    assert [finding["control"] for finding in FILTERS["vpnphone_findings"](RUN, *statuses)] == controls


@pytest.mark.parametrize("run", [None, "x", [], {}, {"devices": "x"}, {"devices": {"a": 1}}])
def test_what_is_no_run(run: object) -> None:
    with pytest.raises(AnsibleFilterError, match=r"run\.json"):
        FILTERS["vpnphone_findings"](run)


def test_a_status_that_does_not_exist() -> None:
    with pytest.raises(AnsibleFilterError, match=r"'failed'.*there are error, fail"):
        FILTERS["vpnphone_findings"](RUN, "failed")


def test_a_play_finds_them(tmp_path: Path) -> None:
    """Ansible's own loader, from another working directory."""
    tests = [
        f"'{COLONS}' | vpnphone_hash_to_base64 == '{CODED}'",
        f"'{CODED}' | vpnphone_hash_to_hex(colons=true) == '{COLONS}'",
        "run | vpnphone_findings | map(attribute='control') | list == ['VPNP-2', 'VPNP-3']",
    ]
    play = [
        {
            "hosts": "localhost",
            "connection": "local",
            "vars": {"run": RUN},
            "tasks": [{"ansible.builtin.assert": {"that": tests}}],
        }
    ]
    book = tmp_path / "play.yml"
    book.write_text(json.dumps(play), encoding="utf-8")
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", str(book)]
    environment = os.environ | {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_HOME": str(tmp_path / "home"),
    }
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "All assertions passed" in ran.stdout
