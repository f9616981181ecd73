"""S5: planted secrets come out of no sink: states, reports, history, metrics, evidence, logs, diagnosis, errors.

The same with a live device, -vvv and the lab's log: tests/integration/test_saved_outputs.py, test_remediation.py,
test_renewal.py, test_renewal_pkcs12.py, test_diagnose.py, test_runner.py (each has a test named ..._no_secret_...).
"""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import traceback

import pytest
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.model import Source
from ansible.module_utils.vpnphone.redact import redact, redact_log
from ansible.module_utils.vpnphone.report.text import clean, tidy, visible
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.report.builders import text_run
from tests.unit.security.canaries import CANARY, CONFIG, KEY, LOG
from tests.unit.security.conftest import Trail, run
from tests.unit.security.product import MODULES, module

PLANTED = [line for line in (CONFIG + LOG).splitlines() if CANARY in line]


@pytest.mark.parametrize("line", PLANTED)
def test_s05_each_kind_of_secret_is_known(line: str) -> None:
    found = redact_log(line)
    assert CANARY not in found
    assert "<removed>" in found
    assert redact_log(found) == found
    # What a configuration holds is hidden without knowing that it is a log.
    assert line in LOG or CANARY not in redact(line)


def test_s05_a_private_key_is_hidden() -> None:
    assert KEY in LOG
    assert KEY not in redact(LOG)


UNSEEN = st.sampled_from(["\x1b[0m", "\0", "\u200b", "\u202e", "\r", "\x1b]0;x\x07"])


@given(st.sampled_from([line for line in PLANTED if line in CONFIG]), UNSEEN, st.data())
def test_s05_nothing_unseen_hides_the_word_that_names_a_secret(line: str, hidden: str, data: st.DataObject) -> None:
    """The doors of the reports clean first, then redact."""
    place = data.draw(st.integers(0, line.index(CANARY) - 1))
    broken = line[:place] + hidden + line[place:]
    for shown in (visible(broken), redact(clean(broken)), tidy(Source(command="c", status="ok", detail=broken)).detail):
        assert CANARY not in shown


def test_s05_the_canaries_went_in(trail: Trail) -> None:
    """Else the rest proves nothing."""
    places = {path.relative_to(trail.folder).as_posix() for path in trail.folder.rglob("*") if path.is_file()}
    wanted = {
        *(f"reports/audit/{name}" for name in ("run.json", "report.html", "report.md", "junit.xml", "findings.csv")),
        *("reports/audit/states/leaky.json", "reports/audit/summary.json", "reports/history.sqlite3", "vpnphone.prom"),
        *("reports/outage/diagnosis.json", "reports/outage/diagnosis.html", "reports/outage/diagnosis.md"),
        *("reports/changed/changes/fw.json", "reports/changed/remediation.md", "reports/changed/remediation.json"),
        *("reports/changed/changes/fw.running-before.txt", "reports/refused/changes/fw.txt"),
        *("reports/audit/logs/asa/asa1.log", "renewals/spring/journal.json", "renewals/spring/evidence/renewal.html"),
    }
    assert wanted <= places, wanted - places
    removed = ("reports/changed/changes/fw.running-before.txt", "reports/audit/logs/asa/asa1.log")
    assert all((trail.folder / name).read_text().count("<removed>") > 10 for name in removed)


def test_s05_no_file_holds_a_canary(trail: Trail) -> None:
    leaks = [
        path.relative_to(trail.folder).as_posix()
        for path in trail.folder.rglob("*")
        if path.is_file() and (CANARY.encode() in path.read_bytes() or KEY.encode() in path.read_bytes())
    ]
    assert leaks == []


def test_s05_the_history_holds_none_however_it_is_stored(trail: Trail) -> None:
    with sqlite3.connect(trail.folder / "reports" / "history.sqlite3") as database:
        dump = "\n".join(database.iterdump())
        blobs = [bytes.fromhex(found) for found in re.findall(r"X'([0-9A-F]+)'", dump)]
    database.close()
    assert blobs
    assert CANARY not in dump
    assert not [blob for blob in blobs if CANARY.encode() in blob]


def test_s05_no_result_and_no_terminal_shows_a_canary(trail: Trail) -> None:
    for name, result in trail.results.items():
        assert CANARY not in json.dumps(result), name
    assert CANARY not in trail.printed


def test_s05_reports_redact_once_more_at_their_own_door() -> None:
    """A state holds no secret; should one be in a line of evidence all the same, it does not get out."""
    for line in CONFIG.splitlines():
        if CANARY in line:
            for device in tidy(text_run(line)).devices:
                outcomes = [outcome for one in device.findings for outcome in one.outcomes]
                lines = [shown for one in outcomes for evidence in one.evidence for shown in evidence.lines]
                assert lines or not device.findings
                assert not [shown for shown in lines if CANARY in shown]


SECRET_MODULES = [
    path.stem for path in MODULES if any(one.get("no_log") for one in module(path).ARGUMENT_SPEC.values())
]


@pytest.mark.parametrize(
    "name", ["vpnphone_asa_info", "vpnphone_asa_logs", "vpnphone_cucm_info", "vpnphone_phone_logs"]
)
def test_s05_no_error_tells_a_secret(name: str, tmp_path: object) -> None:
    """Nobody listens there: the error, its parts, its traceback and what it hangs on; or what is returned."""
    assert name in SECRET_MODULES
    loaded = module(next(path for path in MODULES if path.stem == name))
    secrets = {option for option, one in loaded.ARGUMENT_SPEC.items() if one.get("no_log")}
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    more = {"axl_port" if "axl_port" in loaded.ARGUMENT_SPEC else "port": port}
    more |= {"phones": ["SEP8CB64F576113"]} if name == "vpnphone_phone_logs" else {}
    given = {"name": "far", "host": "127.0.0.1", "username": "u", "run_dir": f"{tmp_path}/run", "connect_timeout": 2}
    told = ""
    try:
        told = json.dumps(run(name, **given, **more, **dict.fromkeys(secrets, f"{CANARY}-secret")))
    except VpnPhoneError as error:
        told = "".join(traceback.format_exception(error)) + repr(error.as_dict()) + repr(error.args)
    assert told
    assert CANARY not in told
