"""The committed JSON Schemas: current, valid, and true of what is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible.module_utils.vpnphone.model import Run
from ansible.module_utils.vpnphone.report import schema, summary
from ansible.module_utils.vpnphone.report.json_report import render_json
from ansible.module_utils.vpnphone.report.moments import MOMENTS
from ansible.module_utils.vpnphone.report.view import view

from tests.unit.report.builders import HOSTILE, run_of, sample_run, text_run
from tests.unit.report.phone_builders import site_run, text_site

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "schema"
KINDS = ("run", "summary")
RUNS = {
    "sample": sample_run(), "empty": run_of(exit_code=3), "hostile": text_run(HOSTILE[3]),
    "phones": site_run(40, moments=tuple(MOMENTS)), "one": site_run(1), "hostile phones": text_site(HOSTILE[3]),
}  # fmt: skip


GOOD_MOMENT = {"locked_out": 1, "unknown": 0, "connects": 2, "lost": 0, "doubtful": 0, "regained": 0}


def committed(kind: str) -> Any:
    return json.loads((FOLDER / schema.file_name(kind)).read_text(encoding="utf-8"))


def validator(kind: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(committed(kind))


def written(kind: str, run: Run) -> Any:
    data = render_json(run) if kind == "run" else summary.render(view(run), {"summary": "summary.json"})
    return json.loads(data)


@pytest.mark.parametrize("kind", KINDS)
def test_the_committed_file_is_current(kind: str) -> None:
    path = FOLDER / schema.file_name(kind)
    assert path.read_text(encoding="utf-8") == schema.text(kind), "see the head of report/schema.py"


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_is_a_schema_with_a_name_of_its_own(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(committed(kind))
    assert committed(kind)["$id"] == f"urn:vpnphone:schema:{kind}:1.2"
    assert committed(kind)["version"] == "1.2"
    assert committed(kind)["title"]


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_validates(kind: str, run: Run) -> None:
    assert [error.message for error in validator(kind).iter_errors(written(kind, run))] == []


def test_times_are_marked_as_times() -> None:
    definitions = committed("run")["$defs"]
    assert definitions["Run"]["properties"]["started"]["format"] == "date-time"
    assert {"format": "date-time", "type": "string"} in definitions["DeviceResult"]["properties"]["gathered_at"][
        "anyOf"
    ]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("run", {"exit_code": 4}),
        ("run", {"status": "unknown"}),
        ("run", {"schema_version": "2.0"}),
        ("run", {"surprise": 1}),
        ("summary", {"exit_code": "2"}),
        ("summary", {"counts": {"fail": "3"}}),
        ("summary", {"devices": [{"name": "asa1"}]}),
        ("summary", {"phones": {"total": 0, "what_if": "", "causes": []}}),
        ("summary", {"phones": {"total": 0, "what_if": "", "causes": [], "moments": {"now": {"locked_out": 1}}}}),
        ("summary", {"phones": {"total": 0, "what_if": "", "causes": [], "moments": {"then": GOOD_MOMENT}}}),
    ],
)
def test_what_is_wrong_does_not_validate(kind: str, change: dict[str, Any]) -> None:
    assert list(validator(kind).iter_errors({**written(kind, sample_run()), **change}))


@pytest.mark.parametrize("field", ["run_id", "exit_code", "status", "counts", "devices", "schema_version", "reports"])
def test_the_contract_of_the_summary_is_required(field: str) -> None:
    data = written("summary", sample_run())
    del data[field]
    assert [error.message for error in validator("summary").iter_errors(data)] == [f"'{field}' is a required property"]


def test_the_summary_says_what_the_run_says() -> None:
    data = written("summary", sample_run())
    assert data["exit_code"] == 3
    assert data["status"] == "error"
    assert data["counts"] == {"error": 6, "fail": 22, "waived": 1, "pass": 61, "skipped": 6}
    assert data["devices_by_status"] == {"error": 3, "fail": 0, "waived": 0, "pass": 1, "skipped": 0}
    devices = {device["name"]: device for device in data["devices"]}
    assert list(devices) == ["asa-branch", "asa-classic", "asa-dr", "asa-hq"]
    assert devices["asa-dr"] == {
        "name": "asa-dr",
        "kind": "asa",
        "status": "error",
        "standing": "unread",
        "counts": {"error": 0, "fail": 0, "waived": 0, "pass": 0, "skipped": 0},
        "failure": "timeout_connect",
        "unreachable": True,
        "worst": [],
    }
    assert [finding["control"] for finding in devices["asa-branch"]["worst"]] == ["VPNP-111", "VPNP-112", "VPNP-121"]
    assert devices["asa-branch"]["worst"][0]["message"].startswith("phones are shown the temporary")
    assert devices["asa-hq"]["worst"] == []


def test_a_good_moment_validates() -> None:
    data = written("summary", sample_run())
    data["phones"]["moments"] = {"now": GOOD_MOMENT}
    assert [error.message for error in validator("summary").iter_errors(data)] == []


def test_every_moment_of_the_model_has_its_words_and_its_place() -> None:
    assert set(committed("run")["$defs"]["Prediction"]["properties"]["moment"]["enum"]) == set(MOMENTS)


def test_the_summary_counts_phones_by_moment_and_verdict() -> None:
    data = written("summary", site_run(40))
    phones = data["phones"]
    assert (phones["total"], phones["what_if"]) == (40, "")
    assert phones["moments"] == {
        "now": {"locked_out": 16, "unknown": 4, "connects": 20, "lost": 0, "doubtful": 0, "regained": 0},
        "apply": {"locked_out": 4, "unknown": 4, "connects": 32, "lost": 0, "doubtful": 0, "regained": 12},
        "failover": {"locked_out": 16, "unknown": 4, "connects": 20, "lost": 0, "doubtful": 0, "regained": 0},
        "reload": {"locked_out": 20, "unknown": 4, "connects": 16, "lost": 4, "doubtful": 0, "regained": 0},
    }
    assert [(cause["verdict"], cause["step"], cause["asas"], cause["phones"]) for cause in phones["causes"]] == [
        ("LOCKED OUT", "pin", ["asa-hq"], {"now": 12, "failover": 12, "reload": 12}),
        ("LOCKED OUT", "cipher", ["asa-branch"], {"now": 4, "apply": 4, "failover": 4, "reload": 4}),
        ("LOCKED OUT", "certificate", ["asa-branch"], {"reload": 4}),
    ]
    assert phones["causes"][2]["fix"] == ["write memory"]
    assert data["verdict"].startswith("16 of 40 phones are locked out.")
    assert [device["kind"] for device in data["devices"]] == ["asa", "asa", "asa", "asa", "cucm"]


def test_a_run_without_a_prediction_has_an_empty_place_for_it() -> None:
    assert written("summary", sample_run())["phones"] == {"total": 0, "what_if": "", "moments": {}, "causes": []}
