"""vpnphone_renewal: from a gathered run to a journal, its pages and its end, as the playbooks call it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.controls.site import Declared
from ansible.module_utils.vpnphone.errors import BadInput, ChangeRefused
from ansible.module_utils.vpnphone.model import CucmState, Failure, PhoneState
from ansible.module_utils.vpnphone.model.renewal import STAGES, Journal
from ansible.module_utils.vpnphone.renewal.journal import create_journal, open_journal, update
from ansible.module_utils.vpnphone.renewal.next_step import take_back
from ansible.module_utils.vpnphone.renewal.pages import read_switch_gate
from ansible.module_utils.vpnphone.renewal.stages import targets
from ansible.module_utils.vpnphone.rundir import (
    Gathered,
    GatheredCluster,
    GatheredPhones,
    GatheredProbes,
    write_gathered,
)

from tests.plugins import load_module
from tests.unit.predict.builders import CLUSTER, LEAF, MODEL, PHONE, SITE, cucm, filed, phone, probe
from tests.unit.renewal import test_switch_gate
from tests.unit.renewal.builders import plan, put
from tests.unit.renewal.site import WISH, ready

GIVEN = {"asa1": {"trustpoint": "NEW", "cn": WISH.cn, "names": list(WISH.names)}}


MODULE = load_module("vpnphone_renewal")


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """The phone table of the small site, as a file."""
    path = tmp_path / "models.yml"
    rows = [msgspec.to_builtins(row) for row in SITE.phone_models]
    path.write_text(json.dumps({"phone_models": rows}))
    return path


@pytest.fixture
def run(tmp_path: Path, models: Path) -> Callable[..., dict[str, Any]]:
    """execute() with the defaults of the argument spec."""

    def call(action: str, *, check_mode: bool = False, **given: Any) -> dict[str, Any]:
        params = {name: option.get("default") for name, option in MODULE.ARGUMENT_SPEC.items()}
        params |= {
            "action": action,
            "renewal_dir": str(tmp_path / "renewals" / "spring"),
            "run_dir": str(tmp_path / "run"),
            "asas": ["asa1"],
            "clusters": [CLUSTER],
            "phone_models_file": str(models),
            "new_certificates": GIVEN,
            "command_options": ["-i", "inventories/mine"],
        }
        result: dict[str, Any] = MODULE.execute(params | given, check_mode=check_mode)
        return result

    return call


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "renewals" / "spring"


def gather(tmp_path: Path, state: Any = None, cluster: CucmState | None = None, *phones: PhoneState) -> Path:
    directory = tmp_path / "run"
    now = datetime.now(UTC)
    device = msgspec.structs.replace(state or ready(), gathered_at=now)
    write_gathered(directory, Gathered(device="asa1", state=device, declared=Declared(models_in_use=(MODEL.model,))))
    write_gathered(directory, GatheredCluster(device=CLUSTER, state=cluster or cucm()))
    write_gathered(directory, GatheredPhones(device=CLUSTER, phones=phones or (phone(),)))
    write_gathered(directory, GatheredProbes(device="asa1", probes=(probe(),)))
    return directory


# --- open -------------------------------------------------------------------------------------------------------------


def test_a_no_go_fails_and_is_kept(tmp_path: Path, place: Path, run: Callable[..., dict[str, Any]]) -> None:
    gather(tmp_path)
    same = {"asa1": {"trustpoint": "NEW", "cn": LEAF.subject_cn, "names": ["vpn.example.com"]}}
    result = run("open", new_certificates=same)
    assert (result["failed"], result["verdict"]) == (True, "NO-GO")
    assert result["msg"].startswith("NO-GO: ")
    assert next(one for one in result["checks"] if one["id"] == "same-cn")["stops"]
    journal = open_journal(place)
    assert (journal.preflight.status, journal.preflight.error["code"]) == ("refused", "preflight_no_go")
    assert (place / "preflight.md").read_text().startswith("# NO-GO")
    assert "playbooks/renewal/preflight.yml" in result["next"]["command"]


def without_time(result: dict[str, Any]) -> list[str]:
    """What stops, but for what lies in the dates of the fixtures, which are of one day long ago."""
    return [one["id"] for one in result["checks"] if one["stops"] and one["id"] not in ("runway", "VPNP-114")]


def test_a_renewal_is_opened_with_its_scope(tmp_path: Path, place: Path, run: Callable[..., dict[str, Any]]) -> None:
    gather(tmp_path)
    result = run("open")
    assert result["changed"] is True
    assert without_time(result) == []
    journal = open_journal(place)
    assert journal.renewal == "spring"
    assert journal.options == ("-i", "inventories/mine")
    assert list(journal.asas) == ["asa1"] and list(journal.phones) == [PHONE]
    assert journal.asas["asa1"].new_trustpoint == "NEW"
    assert result["phones"] == {"phones": 1, "unproven": 1} | dict.fromkeys(
        ("applied", "proven", "offline", "failed", "waived"), 0
    )


def test_check_mode_opens_nothing(tmp_path: Path, place: Path, run: Callable[..., dict[str, Any]]) -> None:
    gather(tmp_path)
    result = run("open", check_mode=True)
    assert result["changed"] is False and "checks" in result
    assert not place.exists()


def test_before_its_first_stage_it_is_judged_anew(
    tmp_path: Path, place: Path, run: Callable[..., dict[str, Any]]
) -> None:
    gather(tmp_path)
    run("open")
    first = open_journal(place)
    update(place, lambda found: put(found, "certificate", "asa1", "planned"), by="bob")
    run("open", new_certificates={"asa1": GIVEN["asa1"] | {"trustpoint": "NEWER"}})
    again = open_journal(place)
    assert again.asas["asa1"].new_trustpoint == "NEWER"
    assert again.asas["asa1"].stages == {}
    assert again.created == first.created
    assert len(again.events) == 2


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("status", ["running", "done", "refused"])
def test_under_way_its_scope_stays(
    tmp_path: Path, place: Path, run: Callable[..., dict[str, Any]], status: str, check_mode: bool
) -> None:
    gather(tmp_path)
    run("open")
    update(place, lambda found: put(found, "certificate", "asa1", status), by="bob")
    before = open_journal(place)
    with pytest.raises(BadInput) as caught:
        run("open", check_mode=check_mode)
    assert caught.value.code == "renewal_begun"
    assert open_journal(place) == before


def test_a_damaged_journal_is_not_opened_over(tmp_path: Path, place: Path, run: Callable[..., dict[str, Any]]) -> None:
    gather(tmp_path)
    run("open")
    (place / "journal.json").write_text("{")
    with pytest.raises(BadInput) as caught:
        run("open")
    assert caught.value.code == "journal_damaged"
    assert (place / "journal.json").read_text() == "{"


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"trustpoint": ""},
        {"trustpoint": "NEW", "colour": "red"},
        {"trustpoint": "NEW", "bits": "2048"},
        {"trustpoint": "NEW", "pin": "root"},
        {"trustpoint": "NEW", "names": "vpn.example.com"},
        # A name with nothing, or with a word, below it.
        None,
        "NEW",
        ["NEW"],
    ],
)
def test_a_wish_that_makes_no_sense(tmp_path: Path, run: Callable[..., dict[str, Any]], wish: Any) -> None:
    gather(tmp_path)
    with pytest.raises(BadInput) as caught:
        run("open", new_certificates={"asa1": wish})
    assert caught.value.code == "bad_wish"
    assert caught.value.where == "asa1"


def test_a_parameter_of_the_site_that_makes_no_sense(tmp_path: Path, run: Callable[..., dict[str, Any]]) -> None:
    gather(tmp_path)
    with pytest.raises(BadInput, match="makes no sense"):
        run("open", site={"expiry_days_warning": "soon"})


def test_what_was_not_gathered_stops(tmp_path: Path, run: Callable[..., dict[str, Any]]) -> None:
    directory = gather(tmp_path)
    failure = Failure(code="timeout_connect", what="no answer.", todo="Look.")
    write_gathered(directory, GatheredPhones(device=CLUSTER, failure=failure))
    result = run("open", asas=["asa1", "asa2"])
    lost = {one["subject"] for one in result["checks"] if one["id"] == "read" and one["stops"]}
    assert lost == {"asa2", CLUSTER}


# --- what stands ------------------------------------------------------------------------------------------------------


def opened(place: Path, **changes: Any) -> Journal:
    """A renewal right before its switch."""
    found = test_switch_gate.journal(**changes)
    for stage in STAGES[: STAGES.index("switch")]:
        for name in targets(found, stage):
            found = put(found, stage, name, "done", plan=plan(stage, name, "act"), done=("act",))
    create_journal(place, found)
    return found


def test_status_says_what_to_type(place: Path, run: Callable[..., dict[str, Any]]) -> None:
    opened(place)
    result = run("status")
    assert result["changed"] is False
    assert result["next"]["stage"] == "switch"
    assert result["text"].splitlines()[-1] == result["next"]["command"]
    assert result["stages"]["apply"] == {"status": "done", "falls_away": "", "targets": {CLUSTER: "done"}}
    json.dumps(result)


def test_no_renewal_is_one_clear_error(run: Callable[..., dict[str, Any]]) -> None:
    for action in ("status", "rollback_plan", "evidence", "close", "waive", "gate_switch"):
        with pytest.raises(BadInput) as caught:
            run(action, phones=[PHONE], reason="x", approved_by="J. Doe")
        assert caught.value.code == "journal_missing"


def test_the_gate_of_the_switch_is_kept_for_it(tmp_path: Path, place: Path, run: Callable[..., dict[str, Any]]) -> None:
    opened(place)
    gather(tmp_path, test_switch_gate.device(), None, filed(cert_hashes=test_switch_gate.BOTH))
    result = run("gate_switch")
    assert (result["failed"], result["verdict"]) == (False, "open"), result["text"]
    assert result["gates"]["asa1"]["counts"] == {"connects": 1}
    gate = read_switch_gate(place)
    assert gate is not None and (gate.run, gate.asas["asa1"].closed) == ("run", "")


def test_a_closed_gate_fails_and_names_the_phones(
    tmp_path: Path, place: Path, run: Callable[..., dict[str, Any]]
) -> None:
    opened(place)
    gather(tmp_path, test_switch_gate.device(), None, filed(cert_hashes=(LEAF.pin,)))
    result = run("gate_switch")
    assert (result["failed"], result["verdict"]) == (True, "closed")
    assert f"{PHONE} LOCKED OUT" in result["msg"]
    gate = read_switch_gate(place)
    assert gate is not None and gate.asas["asa1"].closed
    # An ASA that is not asked about does not fail the run.
    assert run("gate_switch", only=["asa9"])["gates"].keys() == {"asa1"}


# --- waivers, taking back, the end ------------------------------------------------------------------------------------


def test_a_waiver_and_back(place: Path, run: Callable[..., dict[str, Any]]) -> None:
    opened(place, phones={PHONE: test_switch_gate.proven(proof="unproven")})
    said = {"phones": [PHONE], "reason": "on leave", "approved_by": "J. Doe"}
    assert run("waive", check_mode=True, **said)["changed"] is True
    assert open_journal(place).phones[PHONE].proof == "unproven"
    assert run("waive", **said)["phones"]["waived"] == 1
    assert run("waive", **said)["changed"] is False
    assert run("waive", take_back=True, **said)["changed"] is True
    assert open_journal(place).phones[PHONE].proof == "unproven"


def test_what_can_be_taken_back(place: Path, run: Callable[..., dict[str, Any]]) -> None:
    found = opened(place)
    result = run("rollback_plan")
    assert [one["stage"] for one in result["take_back"]] == ["gateway", "trust", "certificate"]
    assert result["take_back"][0]["command"] == take_back(found)[0].line
    json.dumps(result)


def test_it_is_not_closed_half_way(place: Path, run: Callable[..., dict[str, Any]]) -> None:
    opened(place)
    for give_up, todo in ((False, "status.yml"), (True, "vpnphone_rollback=gateway")):
        with pytest.raises(ChangeRefused) as caught:
            run("close", give_up=give_up, approved_by="J. Doe")
        assert caught.value.code == "renewal_unfinished"
        assert todo in caught.value.todo
    assert open_journal(place).closed is None


def test_nothing_that_stands_may_be_given_up(place: Path, run: Callable[..., dict[str, Any]]) -> None:
    create_journal(place, test_switch_gate.journal())
    with pytest.raises(ChangeRefused):
        run("close", approved_by="J. Doe")
    result = run("close", give_up=True, approved_by="J. Doe")
    assert result["changed"] is True
    journal = open_journal(place)
    assert journal.closed is not None and journal.events[-1].what == "given up"


def test_the_end_leaves_the_evidence(place: Path, run: Callable[..., dict[str, Any]]) -> None:
    opened(place)

    def finished(found: Journal) -> Journal:
        for stage in ("switch", "cleanup"):
            for name in targets(found, stage):
                found = put(found, stage, name, "done", plan=plan(stage, name, "act"), done=("act",))
        return found

    update(place, finished, by="bob")
    assert run("close", check_mode=True)["changed"] is False
    assert open_journal(place).closed is None
    result = run("close", approved_by="J. Doe")
    assert result["changed"] is True
    assert set(result["files"]) == {"json", "html", "journal", "manifest"}
    assert json.loads(Path(result["files"]["json"]).read_text())["verdict"] == "renewed"
    assert run("close")["changed"] is False


def test_evidence_at_any_time(place: Path, run: Callable[..., dict[str, Any]]) -> None:
    opened(place)
    result = run("evidence")
    assert result["changed"] is False
    assert json.loads(Path(result["files"]["json"]).read_text())["verdict"] == "on the way"
