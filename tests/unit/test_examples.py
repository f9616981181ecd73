"""The pipelines of examples/ are what their servers take, and speak of nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from check_jsonschema import main
from click.testing import CliRunner

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
GITLAB = EXAMPLES / "gitlab" / ".gitlab-ci.yml"
GITHUB = sorted((EXAMPLES / "github" / "workflows").glob("*.yml"))
PIPELINES = [GITLAB, *GITHUB]
# The schemas that their makers publish lie in check-jsonschema.
SCHEMAS = {GITLAB: ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"]} | {
    path: ["vendor.github-workflows"] for path in GITHUB
}
SECRETS = re.compile(r"PASSWORD|ENABLE|TOKEN|SECRET")


def accepted(path: Path, *schema: str) -> bool:
    return CliRunner().invoke(main, ["--builtin-schema", *schema, str(path)]).exit_code == 0


def scripts(node: Any, key: str = "") -> list[str]:
    """Every shell line below it."""
    if isinstance(node, dict):
        return [line for name, below in node.items() for line in scripts(below, name)]
    if isinstance(node, list):
        return [line for below in node for line in scripts(below, key)]
    return str(node).splitlines() if key in ("script", "before_script", "run") else []


def steps(path: Path) -> list[str]:
    return scripts(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", PIPELINES, ids=lambda path: path.name)
def test_each_is_what_its_server_takes(path: Path) -> None:
    assert accepted(path, *SCHEMAS[path])


@pytest.mark.parametrize(
    ("path", "good", "bad"),
    [
        (GITLAB, "when: manual", "when: by-hand"),
        (GITLAB, "expire_in: 1 year", "expires: 1 year"),
        (GITHUB[0], "runs-on:", "run-on:"),
        (GITHUB[1], "needs: plan", "need: plan"),
    ],
)
def test_a_wrong_word_is_noticed(path: Path, good: str, bad: str, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert good in text
    wrong = tmp_path / path.name
    wrong.write_text(text.replace(good, bad), encoding="utf-8")
    assert not accepted(wrong, *SCHEMAS[path])


@pytest.mark.parametrize("path", PIPELINES, ids=lambda path: path.name)
def test_playbooks_and_variables_are_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for name in re.findall(r"playbooks/[a-z_/]+\.yml", text):
        assert (ROOT / name).is_file(), name
    described = (ROOT / "docs" / "inventory.md").read_text(encoding="utf-8")
    for name in re.findall(r"-e (vpnphone_[a-z_]+)", text):
        assert f"`{name}`" in described, name


@pytest.mark.parametrize("path", PIPELINES, ids=lambda path: path.name)
def test_stages_are_those_of_a_renewal(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if '"playbooks/renewal/' not in text:
        return
    lists = re.findall(r"options: \[(.+)\]", text)
    offered = {word for found in lists for word in found.split(", ")} - {"remediate"}
    assert {"preflight", "switch", "close"} <= offered
    for stage in offered:
        assert (ROOT / "playbooks" / "renewal" / f"{stage}.yml").is_file()


@pytest.mark.parametrize("path", PIPELINES, ids=lambda path: path.name)
def test_no_secret_is_on_a_command_line(path: Path) -> None:
    found = steps(path)
    assert any("ansible-playbook" in line for line in found)
    assert not [line for line in found if SECRETS.search(line)]
    # What a person typed is a variable of the shell, never a part of its program.
    assert not [line for line in found if "${{" in line]


def test_what_changes_waits_for_a_person() -> None:
    jobs = yaml.safe_load(GITLAB.read_text(encoding="utf-8"))
    for name in ("remediation-apply", "renewal-apply"):
        assert [rule["when"] for rule in jobs[name]["rules"]][-1] == "manual"
        assert jobs[name]["resource_group"] == "vpn-change"
    change = yaml.safe_load(GITHUB[1].read_text(encoding="utf-8"))["jobs"]
    assert {name: job["environment"] for name, job in change.items()} == {
        "plan": "vpn-read", "remediate": "vpn-change", "renew": "vpn-change",
    }  # fmt: skip


def test_what_only_looks_changes_nothing() -> None:
    jobs = yaml.safe_load(GITLAB.read_text(encoding="utf-8"))
    for name in ("remediation-plan", "renewal-plan"):
        assert all("--check" in line for line in jobs[name]["script"])
