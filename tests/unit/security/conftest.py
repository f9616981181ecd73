"""One site full of canaries goes once through all that keeps or shows something, for S5 and S14."""

from __future__ import annotations

import contextlib
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.vpnphone.apply.keep import RunFiles
from ansible.module_utils.vpnphone.apply.lock import device_lock
from ansible.module_utils.vpnphone.controls.site import Declared
from ansible.module_utils.vpnphone.log_files import keep_logs
from ansible.module_utils.vpnphone.model.renewal import Event
from ansible.module_utils.vpnphone.parse.saved import write_saved
from ansible.module_utils.vpnphone.redact import redact_log
from ansible.module_utils.vpnphone.renewal.bundle_write import write_bundle
from ansible.module_utils.vpnphone.renewal.journal import create_journal, operator_lock

from tests.unit.apply import kit
from tests.unit.renewal import test_bundle
from tests.unit.security.canaries import CONFIG, LOG
from tests.unit.security.product import ROOT, module

MODELS = str(ROOT / "roles/assess/files/phone_models.yml")


class Trail(NamedTuple):
    """folder: all that was written; results: what each module gave Ansible; printed: what went to the terminal."""

    folder: Path
    results: dict[str, dict[str, Any]]
    printed: str


def run(which: str, /, **given: Any) -> dict[str, Any]:
    loaded = module(ROOT / "library" / f"{which}.py")
    checked = ArgumentSpecValidator(loaded.ARGUMENT_SPEC, **getattr(loaded, "SPEC_RULES", {})).validate(given)
    assert not checked.error_messages, checked.error_messages
    result: dict[str, Any] = json.loads(json.dumps(loaded.execute(checked.validated_parameters)))
    return result


@pytest.fixture(scope="session")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Trail:
    # mktemp makes 0700; what a user names may be open, and is left as it is.
    folder = tmp_path_factory.mktemp("trail") / "new"
    given = tmp_path_factory.mktemp("given")
    healthy = (ROOT / "lab/scenarios/bench.cfg").read_text(encoding="utf-8")
    (given / "leaky.cfg").write_text(f"hostname leaky\n{healthy}{CONFIG}: end\n", encoding="utf-8")
    (given / "asa.log").write_text(LOG, encoding="utf-8")
    results: dict[str, dict[str, Any]] = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        audit = folder / "reports" / "audit"
        results["gather"] = run(
            "vpnphone_asa_info", name="leaky", run_dir=str(audit), saved_output=str(given / "leaky.cfg"),
            return_state=True,
        )  # fmt: skip
        results["assess"] = run(
            "vpnphone_assess", run_dir=str(audit), devices=["leaky", "gone"], phone_models_file=MODELS
        )
        results["report"] = run("vpnphone_report", run_dir=str(audit))
        history = {"file": str(folder / "reports" / "history.sqlite3")}
        metrics = folder / "vpnphone.prom"
        results["record"] = run(
            "vpnphone_history", action="record", run_dir=str(audit), metrics_file=str(metrics), **history
        )
        results["trend"] = run("vpnphone_history", action="trend", **history)
        keep_logs(audit, "asa", {"asa1.log": redact_log(LOG)})
        results["logs"] = run(
            "vpnphone_log_diagnosis", run_dir=str(folder / "reports" / "outage"), logs=[str(given / "asa.log")]
        )
        write_saved(folder / "saved", {"show running-config": CONFIG, "show logging": redact_log(LOG)})
        _change(folder, results)
        _renewal(folder)
    return Trail(folder, results, printed.getvalue())


def _change(folder: Path, results: dict[str, dict[str, Any]]) -> None:
    """A change of an ASA whose answers hold secrets; and one that it refuses."""
    for name, trouble in (("changed", {}), ("refused", {1: lambda *_: f"ERROR: no\n{CONFIG}"})):
        change = folder / "reports" / name
        asa = kit.Asa(config=f"{kit.BROKEN}{CONFIG}")
        asa.at |= trouble
        with device_lock(folder / "locks", "fw", "192.0.2.1:22"):
            made = kit.change(asa, RunFiles(change, "fw", Declared()))
        failed = made.outcome != "applied"
        told = {"fw": {"changed": True, "failed": failed}}
        results[name] = run("vpnphone_evidence", run_dir=str(change), devices=["fw"], results=told)


def _renewal(folder: Path) -> None:
    place = folder / "renewals" / "spring"
    create_journal(place, test_bundle.done())
    with operator_lock(place, "status", by="J. Doe"):
        write_bundle(place, made=datetime(2026, 11, 24, tzinfo=UTC))
    assert Event in {type(one) for one in test_bundle.done().events} or not test_bundle.done().events
