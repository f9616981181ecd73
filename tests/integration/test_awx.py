"""examples/awx as somebody with awx.awx would run it: each task's options against the collection's own argument specs.

A collection of that name is made here whose actions compare and write down, in place of a controller. The specs were
taken from the collection itself (tools/awx_specs.py).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import ROOT

EXAMPLE = ROOT / "examples" / "awx"
SPECS = Path(__file__).with_name("awx_argument_specs.json")
ACTION = """
import json
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

SPECS = json.loads(Path({specs!r}).read_text())


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        name = self._task.action.rpartition(".")[2]
        found = ArgumentSpecValidator(SPECS["modules"][name]).validate(self._task.args)
        if found.error_messages:
            raise AnsibleActionFail(name + ": " + "; ".join(found.error_messages))
        with open({seen!r}, "a") as seen:
            seen.write(json.dumps([name, self._task.args]) + chr(10))
        return {{"changed": True}}
"""


class Controller:
    """What it was asked to make: module to arguments, in order."""

    def __init__(self, asked: list[tuple[str, dict[str, Any]]]) -> None:
        self.asked = asked

    def of(self, module: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self.asked if name == module]


def play(directory: Path, example: Path = EXAMPLE) -> tuple[subprocess.CompletedProcess[str], Controller]:
    seen, place = directory / "seen", directory / "collections" / "ansible_collections" / "awx" / "awx"
    (place / "plugins" / "action").mkdir(parents=True)
    (place / "galaxy.yml").write_text("namespace: awx\nname: awx\nversion: 0.0.1\n")
    for name in json.loads(SPECS.read_text())["modules"]:
        action = ACTION.format(specs=str(SPECS), seen=str(seen))
        (place / "plugins" / "action" / f"{name}.py").write_text(action)
    done = subprocess.run(
        [f"{sys.prefix}/bin/ansible-playbook", str(example / "configure.yml"), "-i", "localhost,"],
        env=os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(directory / "collections"), "ANSIBLE_LOCALHOST_WARNING": "0"},
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    lines = seen.read_text().splitlines() if seen.exists() else []
    return done, Controller([tuple(json.loads(line)) for line in lines])


@pytest.fixture(scope="module")
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    done, made = play(tmp_path_factory.mktemp("awx"))
    assert done.returncode == 0, done.stdout + done.stderr
    yield made


def test_every_module_of_the_collection_is_used_as_it_wants(controller: Controller) -> None:
    assert {name for name, _ in controller.asked} == set(json.loads(SPECS.read_text())["modules"])


def test_a_word_that_the_collection_does_not_know_is_noticed(tmp_path: Path) -> None:
    wrong = tmp_path / "awx"
    wrong.mkdir()
    for path in EXAMPLE.glob("*.yml"):
        wrong.joinpath(path.name).write_text(path.read_text().replace("job_slice_count:", "slices:"))
    done, _ = play(tmp_path, wrong)
    assert done.returncode != 0
    assert "job_template: slices. Supported parameters include" in " ".join(done.stdout.split())


def test_templates_run_playbooks_that_exist(controller: Controller) -> None:
    templates = controller.of("job_template")
    assert len(templates) > 10
    for template in templates:
        assert (ROOT / template["playbook"]).is_file()
        assert set(template["extra_vars"]) == {"vpnphone_reports_dir", "vpnphone_renewals_dir"}
    # Whoever may only look has no account that can change anything.
    read = [one["playbook"] for one in templates if one["credentials"] == ["VPN phones, read"]]
    assert read == ["playbooks/audit.yml"]


def test_no_job_of_a_renewal_is_sliced_or_ended_by_a_clock(controller: Controller) -> None:
    stages = [one for one in controller.of("job_template") if one["playbook"].startswith("playbooks/renewal/")]
    assert {(one["job_slice_count"], one["allow_simultaneous"], one["timeout"]) for one in stages} == {(1, False, 0)}


def test_nothing_is_done_that_was_not_planned_and_approved_right_before(controller: Controller) -> None:
    templates = {one["name"] for one in controller.of("job_template")}
    flows: dict[str, dict[str, dict[str, Any]]] = {}
    for node in controller.of("workflow_job_template_node"):
        flow = flows.setdefault(node["workflow_job_template"], {})
        # A node can only lead to one that was made before it.
        assert set(node.get("success_nodes", ())) <= set(flow)
        assert "always_nodes" not in node
        assert "failure_nodes" not in node
        flow[node["identifier"]] = node
    assert set(flows) == {one["name"] for one in controller.of("workflow_job_template")}
    done = []
    for flow in flows.values():
        before = {name: found for found, node in flow.items() for name in node.get("success_nodes", ())}
        for name, node in flow.items():
            kind, _, stage = name.rpartition(" ")
            if kind == "approve":
                assert node["approval_node"]["timeout"] > 0
                assert "unified_job_template" not in node
                assert before[name] == f"plan {stage}"
                continue
            assert node["unified_job_template"] == f"VPN phones, renewal: {stage}"
            assert node["unified_job_template"] in templates
            assert node.get("job_type") == ("check" if kind == "plan" else None)
            if not kind and stage != "preflight":
                assert before[name] == f"approve {stage}"
                done.append(stage)
    assert sorted(set(done)) == ["apply", "certificate", "cleanup", "close", "export", "gateway", "switch", "trust"]


def test_the_survey_asks_for_what_the_playbooks_read(controller: Controller) -> None:
    described = (ROOT / "docs" / "inventory.md").read_text()
    for workflow in controller.of("workflow_job_template"):
        questions = workflow["survey_spec"]["spec"]
        assert {one["variable"] for one in questions} == {"vpnphone_renewal", "vpnphone_approved_by"}
        assert all(f"`{one['variable']}`" in described and one["required"] for one in questions)


def test_accounts_reach_the_inventory_by_the_environment(controller: Controller) -> None:
    (kind,) = controller.of("credential_type")
    fields = {one["id"]: one.get("secret", False) for one in kind["inputs"]["fields"]}
    assert kind["injectors"]["env"] == {name.upper(): "{{ " + name + " }}" for name in fields}
    assert {name for name, secret in fields.items() if secret} == {"asa_password", "asa_enable", "axl_password"}
    example = "".join(path.read_text() for path in (ROOT / "inventories" / "example").rglob("*.yml"))
    assert all(f"'{name.upper()}'" in example for name in fields)


def test_the_schedule_is_one_that_a_controller_takes(controller: Controller) -> None:
    """AWX wants DTSTART with its zone, then one RRULE with FREQ and INTERVAL."""
    for schedule in controller.of("schedule"):
        start, rule = schedule["rrule"].split()
        assert start.startswith("DTSTART;TZID=")
        words = dict(word.split("=") for word in rule.removeprefix("RRULE:").split(";"))
        assert words == {"FREQ": "DAILY", "INTERVAL": "1"}
        assert schedule["unified_job_template"] in {one["name"] for one in controller.of("job_template")}


def test_the_data_has_no_secret_and_no_key_that_nobody_reads() -> None:
    data = yaml.load((EXAMPLE / "controller.yml").read_text(), Loader=_Unsafe)  # noqa: S506 - our own file
    tasks = (EXAMPLE / "configure.yml").read_text() + (EXAMPLE / "nodes.yml").read_text()
    for name, value in data.items():
        assert name in tasks
        if name in ("controller_project", "controller_execution_environment", "controller_inventory_source"):
            assert [key for key in value if f"{name}.{key}" not in tasks] == []


class _Unsafe(yaml.SafeLoader):
    """Takes Ansible's !unsafe."""


_Unsafe.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))
