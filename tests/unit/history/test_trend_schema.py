"""The published schema of trend.json: current, valid, and true of what is written."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.history import store
from ansible.module_utils.vpnphone.history.trend import trend
from ansible.module_utils.vpnphone.model.history import DeviceChange, FindingChange, Trend
from ansible.module_utils.vpnphone.report import schema
from ansible.module_utils.vpnphone.report.write import write_reports
from ansible.module_utils.vpnphone.rundir import TREND_FILE

from tests.plugins import load_module
from tests.unit.history.builders import Said, ending, night, result, run_of, seen, snapshot, unread

ROOT = Path(__file__).resolve().parents[3]
COMMITTED = ROOT / "docs" / "schema" / schema.file_name("trend")
MODULE = load_module("vpnphone_history")
FIRST: Said = ("VPNP-101", "", "fail")
SECOND: Said = ("VPNP-119", "outside", "fail")


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(COMMITTED.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the module writes beside three runs: the first, one in which much changed, one that could not be kept."""
    folder = tmp_path_factory.mktemp("nights")
    runs = {
        "first": run_of(0, result("asa1", FIRST), result("asa2", FIRST)),
        "second": run_of(1, result("asa1", SECOND), result("asa3", FIRST, SECOND)),
        "not kept": run_of(2, result("asa1", FIRST)),
    }
    written = {}
    for name, run in runs.items():
        history = folder / ("notes" if name == "not kept" else "history.sqlite3")
        if name == "not kept":
            history.write_text("my notes", encoding="utf-8")
        write_reports(run, folder / name, ("json",))
        params = {option: spec.get("default") for option, spec in MODULE.ARGUMENT_SPEC.items()}
        params |= {"action": "record", "file": str(history), "run_dir": str(folder / name)}
        with contextlib.suppress(BadInput):
            MODULE.execute(params, check_mode=False)
        written[name] = json.loads((folder / name / TREND_FILE).read_text(encoding="utf-8"))
    return written


def test_the_committed_file_is_current() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == schema.text("trend"), "see the head of report/schema.py"


def test_it_is_a_schema_with_a_name_of_its_own(validator: jsonschema.Draft202012Validator) -> None:
    validator.check_schema(validator.schema)
    assert validator.schema["$id"] == "urn:vpnphone:schema:trend:1.0"
    assert validator.schema["version"] == "1.0"
    assert validator.schema["title"]
    definitions = validator.schema["$defs"]
    assert definitions["Trend"]["properties"]["started"]["format"] == "date-time"
    assert set(definitions["ChangedFinding"]["properties"]["change"]["enum"]) == set(FindingChange.__args__)
    assert set(definitions["ChangedDevice"]["properties"]["change"]["enum"]) == set(DeviceChange.__args__)


@pytest.mark.parametrize("name", ["first", "second", "not kept"])
def test_what_is_written_validates(
    validator: jsonschema.Draft202012Validator, nights: dict[str, Any], name: str
) -> None:
    assert [error.message for error in validator.iter_errors(nights[name])] == []


def test_every_list_that_is_filled_validates(validator: jsonschema.Draft202012Validator, tmp_path: Path) -> None:
    """Certificates that end, accepted risks, devices that could not be read or were left out."""
    history = tmp_path / "history.sqlite3"
    whole = ("asa1", "asa2", "asa3")
    first = snapshot(0, seen("asa1", FIRST, SECOND), seen("asa2", FIRST), inventory=whole)
    store.record(history, first)
    found = (FIRST, SECOND, ("VPNP-112", "dmz", "waived"), ("VPNP-113", "dmz", "fail"))
    store.record(history, snapshot(1, seen("asa1", *found), unread("asa2"), inventory=whole, expiry=(ending(7),)))
    told = trend(store.content(history), [90, 30, 7], night(1))
    written = json.loads(msgspec.json.encode(told))
    assert {key for key, value in written.items() if not value} == {"failure"}
    assert [error.message for error in validator.iter_errors(written)] == []


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": "2.0"},
        {"surprise": 1},
        {"runs": "2"},
        {"started": None},
        {"changed": {"new": "1"}},
        {"changes": [{"change": "better", "finding": {}}]},
        {"devices": [{"name": "asa1"}]},
        {"calendar": [{}]},
        {"points": [{"run_id": "a"}]},
    ],
)
def test_what_is_wrong_does_not_validate(
    validator: jsonschema.Draft202012Validator, nights: dict[str, Any], change: dict[str, Any]
) -> None:
    assert list(validator.iter_errors({**nights["second"], **change}))


@pytest.mark.parametrize("field", Trend.__struct_fields__)
def test_nothing_is_left_out(validator: jsonschema.Draft202012Validator, nights: dict[str, Any], field: str) -> None:
    data = {key: value for key, value in nights["second"].items() if key != field}
    assert [error.message for error in validator.iter_errors(data)] == [f"'{field}' is a required property"]
