"""A collection against the lab: what is typed, what is collected, and what stands whatever befalls it."""

from __future__ import annotations

import json
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.collect.kept import CollectFiles, Kept
from ansible.module_utils.vpnphone.renewal.stages import NAME

from lab.debug import Debugs
from lab.testing import RunningLab, running_lab
from tests.unit.collect.kit import ASA, BACK, GOOD, NO_CSD, OLD, ON, Killed, Runner, Told, scenario

DOCUMENT = [
    "Tunnel Group: Meeting, Client Cert Auth Success.",
    "WebVPN: CSD data not sent from client",
    "http_remove_auth_handle(): handle 24 not found!",
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    with running_lab(scenario(), tmp_path_factory.mktemp("collect") / "lab") as found:
        yield found


@pytest.fixture
def run(site: RunningLab, tmp_path: Path) -> Iterator[Runner]:
    site.reset(ASA)
    yield Runner(site, tmp_path)
    end = time.monotonic() + 30
    while site.state(ASA)["sessions"] and time.monotonic() < end:
        time.sleep(0.01)
    assert not site.state(ASA)["sessions"]


def sent(result: dict[str, Any], purpose: str) -> list[str]:
    return [item["command"] for item in result["sent"] if item["purpose"] == purpose]


# --- the whole way ----------------------------------------------------------------------------------------------------


def test_it_collects_and_leaves_everything_as_it_was(run: Runner, site: RunningLab) -> None:
    result = run(lambda: site.connect_phones([NO_CSD, GOOD]))
    assert (result["outcome"], result["changed"], result["differs"]) == ("collected", False, []), result["text"]
    assert sent(result, "change") == result["commands"] == ON
    assert sent(result, "rollback") == result["back"] == BACK
    assert run.as_before()
    assert result["files"] == ["logs/asa/hq-asa.log", "logs/asa/hq-asa.debug.log"]
    debug = (run.run_dir / result["files"][1]).read_text().splitlines()
    assert debug[:3] == DOCUMENT
    assert not [line for line in debug if "hq-asa" in line or "enabled at level" in line]
    log = (run.run_dir / result["files"][0]).read_text()
    assert "%ASA-4-724002: Group <Meeting>" in log
    assert "%ASA-7-725011: Cipher[1]" in log
    kept = json.loads(Path(result["kept_file"]).read_text())
    assert (kept["state"], kept["by"]) == ("back", "Jane Doe")
    gathered = json.loads((run.run_dir / "fetched/hq-asa.json").read_text())
    assert [file["side"] for file in gathered["files"]] == ["asa", "debug"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in run.run_dir.rglob("*") if path.is_file()} == {0o600}


def test_nothing_of_it_is_saved(run: Runner) -> None:
    result = run()
    assert not [item for item in result["sent"] if "write" in item["command"] or "copy" in item["command"]]


def test_what_was_in_the_buffer_before_is_kept(run: Runner, site: RunningLab) -> None:
    site.connect_phones([GOOD])
    first = [line for line in site.type(ASA, "show logging").splitlines() if "%ASA-6-725002" in line]
    result = run(lambda: site.inside(site.device(ASA).contexts[""].log.lines.clear), allow_debug=False)
    log = (run.run_dir / result["files"][0]).read_text()
    assert first
    assert all(line in log for line in first)


def test_a_device_that_logs_all_of_it_is_only_read(run: Runner, site: RunningLab) -> None:
    site.type(ASA, "configure terminal", *(command for command in ON if "debug " not in command), "end")
    before = run.lines()
    result = run(allow_debug=False, approved_by="", allow_logging=True)
    assert (result["outcome"], result["sent"], run.lines()) == ("collected", [], before)


# --- who may, and whether ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [{"approved_by": ""}, {"approved_by": NAME}, {"allow_logging": False, "allow_debug": False}],
)
def test_nothing_is_changed_without_approval(run: Runner, given: dict[str, Any]) -> None:
    result = run(**given)
    assert (result["failed"], result["error"]["code"], result["sent"]) == (True, "collection_not_approved", [])
    assert (result["commands"], result["back"]) == (ON, BACK)
    assert run.as_before()


def test_a_check_shows_both_ways_and_sends_nothing(run: Runner) -> None:
    result = run(check=True, approved_by="", allow_logging=False, allow_debug=False)
    assert (result["outcome"], result["sent"], result["files"]) == ("planned", [], [])
    assert all(f"  {command}" in result["text"] for command in (*ON, *BACK))
    assert "logging buffered debugging\n" in result["diff"][0]["after"]
    assert run.as_before()


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"allow_debug": False}, ON[:3]),
        ({"allow_logging": False}, []),
    ],
)
def test_logging_and_debug_are_allowed_apart(run: Runner, given: dict[str, Any], wanted: list[str]) -> None:
    result = run(**given)
    # `logging debug-trace` would have to go for the debug, and that is a line of the configuration.
    assert sent(result, "change") == wanted
    assert run.as_before()


@pytest.mark.parametrize(("most", "on"), [(1, False), (2, True)])
def test_the_debug_has_a_limit_of_sessions(run: Runner, site: RunningLab, most: int, on: bool) -> None:
    site.inside(lambda: setattr(site.device(ASA), "spec", _peak(site, 2)))
    result = run(debug_max_sessions=most)
    assert (ON[-1] in sent(result, "change")) is on
    assert [one["what"] for one in result["withheld"]] == ([] if on else ["debug"])
    assert sent(result, "change")[:3] == ON[:3]
    assert run.as_before()


def _peak(site: RunningLab, count: int) -> Any:
    return msgspec.structs.replace(site.device(ASA).spec, sessions_peak=count)


def test_the_debug_of_somebody_else_is_left_alone(run: Runner, site: RunningLab) -> None:
    theirs = Debugs(lambda text: None, {"crypto ca": 5})
    site.inside(lambda: site.device(ASA).contexts[""].debugs.append(theirs))
    result = run()
    site.inside(lambda: site.device(ASA).contexts[""].debugs.remove(theirs))
    assert sent(result, "change") == ON[:3]
    assert "crypto ca" in result["withheld"][0]["why"]
    assert theirs.levels == {"crypto ca": 5}
    assert run.as_before()


@pytest.mark.parametrize(
    ("command", "code"),
    [("^show running-config logging$", "state_unknown"), ("^show logging$", "command_refused")],
)
def test_an_account_without_the_rights_changes_nothing(run: Runner, site: RunningLab, command: str, code: str) -> None:
    site.add_fault(ASA, kind="refuse", command=command, text="Command authorization failed")
    assert run()["error"]["code"] == code
    assert run.as_before()


def test_without_the_number_of_sessions_there_is_no_debug(run: Runner, site: RunningLab) -> None:
    site.add_fault(ASA, kind="refuse", command="^show vpn-sessiondb summary$")
    result = run()
    assert sent(result, "change") == ON[:3]
    assert "not known" in result["withheld"][0]["why"]


@pytest.mark.parametrize("seconds", [0, 901])
def test_the_time_has_an_end(run: Runner, seconds: int) -> None:
    assert run(seconds=seconds)["error"]["code"] == "bad_input"


# --- what befalls it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ON)
def test_a_refused_command_leads_back(run: Runner, site: RunningLab, command: str) -> None:
    site.add_fault(ASA, kind="refuse", command=f"^{command}$")
    result = run()
    assert (result["outcome"], result["error"]["code"]) == ("restored", "configuration_refused"), result["text"]
    assert run.as_before()


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "hang_after"])
@pytest.mark.parametrize("command", [ON[0], ON[3], ON[4]])
def test_a_lost_session_leads_back(run: Runner, site: RunningLab, command: str, kind: str) -> None:
    site.add_fault(ASA, kind=kind, command=f"^{command}$", count=1)
    result = run(command_timeout=1)
    assert result["outcome"] == "restored", result["text"]
    assert result["error"]["code"] in ("session_closed", "timeout_command")
    assert run.as_before()


def test_a_session_that_is_lost_while_it_collects(run: Runner, site: RunningLab) -> None:
    def lose() -> None:
        site.connect_phones([NO_CSD])
        site.inside(lambda: [cut() for cut in list(site.device(ASA).connections)] and None)

    result = run(lose)
    assert (result["outcome"], result["error"]["code"]) == ("restored", "session_closed"), result["text"]
    assert run.as_before()
    assert "%ASA-4-724002" in (run.run_dir / "logs/asa/hq-asa.log").read_text()


@pytest.mark.parametrize("command", BACK[1:])
def test_a_way_back_that_is_cut_off_goes_on_in_a_new_session(run: Runner, site: RunningLab, command: str) -> None:
    site.add_fault(ASA, kind="drop_after", command=f"^{command}$", count=1)
    result = run()
    assert result["outcome"] == "collected", result["text"]
    assert run.as_before()


@pytest.mark.parametrize("command", BACK[1:])
def test_a_way_back_that_is_refused_is_told(run: Runner, site: RunningLab, command: str) -> None:
    site.add_fault(ASA, kind="refuse", command=f"^{command}$", text="ERROR: no")
    result = run()
    assert (result["outcome"], result["changed"], result["error"]["code"]) == ("left", True, "collection_left")
    assert result["differs"]
    assert not run.debugs()
    # No other one begins on top of that, and a restore puts it right once it can.
    assert run()["error"]["code"] == "collection_open"
    site.inside(site.device(ASA).faults.clear)
    assert run(action="restore", approved_by="")["outcome"] == "restored"
    assert run.as_before()
    assert run()["outcome"] == "collected"


def test_a_debug_that_does_not_end_goes_with_its_session(run: Runner, site: RunningLab) -> None:
    site.add_fault(ASA, kind="refuse", command="^no debug webvpn anyconnect$", text="ERROR: no")
    result = run()
    assert result["outcome"] == "collected", result["text"]
    assert run.as_before()


def test_what_somebody_else_set_meanwhile_is_left_alone(run: Runner, site: RunningLab) -> None:
    result = run(lambda: site.type(ASA, "configure terminal", "logging buffered warnings"))
    assert (result["outcome"], result["error"]["code"]) == ("left", "collection_left")
    assert "logging buffered warnings" in run.lines()
    assert "Somebody else changed it" in result["error"]["what"]


def test_a_save_of_somebody_else_is_told(run: Runner, site: RunningLab) -> None:
    result = run(lambda: site.type(ASA, "write memory"))
    assert result["outcome"] == "collected"
    assert "somebody saved the configuration meanwhile" in result["text"]
    assert sorted(run.lines()) == sorted(OLD)


@pytest.mark.parametrize("count", range(len(ON) + 1))
def test_a_wish_to_stop_leads_back(run: Runner, site: RunningLab, count: int) -> None:
    def typed() -> bool:
        lines = set(run.lines())
        done = [ON[0] in lines, ON[1] in lines, ON[2] in lines, "logging debug-trace" not in lines, run.debugs() > 0]
        return sum(done) >= count

    stop = Told(typed)
    result = run(stop=stop)
    assert (result["outcome"], result["error"]["code"]) == ("restored", "interrupted"), result["text"]
    assert stop.held == 0
    assert run.as_before()
    assert "told to stop" in (run.run_dir / "logging/hq-asa.txt").read_text()


# --- a controller that dies -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", range(1, len(ON) + 2))
def test_what_a_killed_run_left_is_put_right(
    run: Runner, site: RunningLab, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    keep = CollectFiles.keep
    calls: list[Kept] = []

    def dying(files: CollectFiles, kept: Kept) -> None:
        keep(files, kept)
        calls.append(kept)
        if len(calls) == count + 1:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(CollectFiles, "keep", dying)
        with pytest.raises(Killed):
            run()
    assert run()["error"]["code"] == "collection_open"
    planned = run(action="restore", check=True)
    assert planned["outcome"] == "planned"
    result = run(action="restore")
    assert (result["outcome"], result["differs"]) == ("restored", []), result["text"]
    assert run.as_before()
    assert run(action="restore")["text"].endswith("left anything behind.")


def test_a_run_that_is_killed_while_it_collects_keeps_what_is_in_the_buffer(run: Runner, site: RunningLab) -> None:
    def die() -> None:
        site.connect_phones([NO_CSD])
        raise Killed

    with pytest.raises(Killed):
        run(die)
    killed = run.run_dir
    result = run(action="restore")
    assert result["outcome"] == "restored"
    assert "%ASA-4-724002" in (killed / "logs/asa/hq-asa.log").read_text()
    assert run.as_before()
