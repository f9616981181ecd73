"""vpnphone_asa_profile against the lab's ASAs over SSH: what it does, returns and keeps, as Ansible gets it."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.vpnphone.apply.lock import device_lock
from ansible.module_utils.vpnphone.asa_profile import approved_hash
from ansible.module_utils.vpnphone.errors import BadInput, ChangeRefused, VpnPhoneError
from ansible.module_utils.vpnphone.model import Change
from ansible.module_utils.vpnphone.rundir import read_gathered

from lab.testing import RunningLab, running_lab
from tests.plugins import load_module
from tests.unit.apply import kit
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[3]
SCENARIO = yaml.safe_load((ROOT / "lab/scenarios/remediation.yml").read_text(encoding="utf-8"))
MODELS = str(ROOT / "roles/assess/files/phone_models.yml")
EVERYTHING: dict[str, Any] = {"approve_ssl": True, "approve_dap_xml": True, "phone_models_file": MODELS}


def site_of_the_tests() -> dict[str, Any]:
    """The shipped ASAs without their phones, and some that the tests break."""
    data = {key: value for key, value in SCENARIO.items() if key not in ("cucm", "phones", "dns")}
    new = next(device for device in data["devices"] if device["name"] == "asa-new")
    old = next(device for device in data["devices"] if device["name"] == "asa-old")
    low = {"name": "weak", "password": "rehearse", "privilege": 5, "auto_enable": True}
    broken = {"config": kit.BROKEN, "vars": {"vpnphone_profile": kit.PROFILE}}
    data["devices"] = [
        new,
        old,
        {**new, "name": "no-disk", "faults": [{"kind": "write_fails"}]},
        {**new, "name": "silent-scp", "faults": [{"kind": "hang_after", "command": "^scp "}]},
        {"name": "cut", **broken, "faults": [{"kind": "drop_after", "command": "^without-csd", "count": 1}]},
        {"name": "gone", **broken, "faults": [{"kind": "drop_after", "command": "^without-csd", "count": 1},
                                              {"kind": "stay_down", "seconds": 0}]},
        {"name": "plain", **broken},
        {"name": "locked", **broken},
        {"name": "asks", **broken, "faults": [{"kind": "ask_later"}]},
        {"name": "weak", **broken, "users": [low]},
        {"name": "contexts", "config": "hostname contexts\n", "vars": broken["vars"],
         "contexts": [{"name": "admin", "admin": True, "config": "hostname admin\n"},
                      {"name": "VPN", "config": kit.BROKEN}]},
    ]  # fmt: skip
    return data


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    with running_lab(site_of_the_tests(), tmp_path_factory.mktemp("module") / "lab") as found:
        yield found


MODULE = load_module("vpnphone_asa_profile")


def run(site: RunningLab, name: str, folder: Path, *, check: bool = False, **more: Any) -> dict[str, Any]:
    """As the action plugin does it: variables of the inventory, the argument spec, and a result in JSON."""
    host = site.hosts[name]
    own = site.lab.devices[name].spec
    given = {
        "name": name, "host": host.host, "port": host.port, "username": host.user, "password": host.password,
        "enable_password": host.enable_secret, "known_hosts": str(host.known_hosts), "run_dir": str(folder / "run"),
        "lock_dir": str(folder / "locks"), "connect_timeout": 10, "command_timeout": 10, "recovery_seconds": 1,
        "profile": own.vars["vpnphone_profile"], **more,
    }  # fmt: skip
    checked = ArgumentSpecValidator(MODULE.ARGUMENT_SPEC).validate(given)
    assert not checked.error_messages, checked.error_messages
    params = json.loads(json.dumps(checked.validated_parameters))
    result: dict[str, Any] = json.loads(json.dumps(MODULE.execute(params, check_mode=check)))
    assert "rehearse" not in json.dumps(result)
    return result


def kept(folder: Path, name: str) -> Change:
    return msgspec.json.decode((folder / "run/changes" / f"{name}.json").read_bytes(), type=Change)


def test_check_then_exactly_that_then_nothing(site: RunningLab, tmp_path: Path) -> None:
    before = site.state("asa-new")
    planned = run(site, "asa-new", tmp_path, check=True, **EVERYTHING)
    assert (planned["outcome"], planned["changed"], planned["sent"]) == ("planned", True, [])
    assert site.state("asa-new")["running_config"] == before["running_config"]
    assert site.state("asa-new")["flash"] == before["flash"]
    assert "tunnel-group VPNPhone webvpn-attributes" in planned["commands"]
    assert "without-csd" in planned["commands"]
    assert planned["diff"][0]["before"] != planned["diff"][0]["after"]
    assert planned["plan_hash"] in planned["diff"][1]["prepared"]
    assert planned["plan"]["dap_file"] is not None

    made = run(site, "asa-new", tmp_path, plan_hash={"asa-new": planned["plan_hash"]}, **EVERYTHING)
    assert (made["outcome"], made["changed"], made["saved"]) == ("applied", True, True)
    assert "failed" not in made
    state = site.state("asa-new")
    assert state["startup_config"] == state["running_config"]
    assert "dynamic-access-policy-record VPNPhone" in state["running_config"]
    assert state["dap_active"]["sha256"] == state["flash"]["disk0:/dap.xml"]["sha256"]
    assert set(made["backups"]) <= set(state["flash"])
    until(lambda: site.state("asa-new")["sessions"] == 0)

    again = run(site, "asa-new", tmp_path, **EVERYTHING)
    assert (again["outcome"], again["changed"], again["commands"], again["sent"]) == ("nothing_to_do", False, [], [])
    assert site.state("asa-new")["running_config"] == state["running_config"]


def test_an_old_release(site: RunningLab, tmp_path: Path) -> None:
    made = run(site, "asa-old", tmp_path, **EVERYTHING)
    assert (made["outcome"], made["saved"]) == ("applied", True), made.get("msg")
    assert "group-policy GroupPolicy_VPNPhone internal" in site.state("asa-old")["startup_config"]
    assert run(site, "asa-old", tmp_path, **EVERYTHING)["outcome"] == "nothing_to_do"


def test_what_is_kept(site: RunningLab, tmp_path: Path) -> None:
    made = run(site, "plain", tmp_path)
    assert made["outcome"] == "applied"
    folder = tmp_path / "run"
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == {
        "before/states/plain.json", "after/states/plain.json", "changes/plain.json", "changes/plain.txt",
        "changes/plain.running-before.txt", "changes/plain.running-after.txt",
    }  # fmt: skip
    for path in [folder, *folder.rglob("*")]:
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
    change = kept(tmp_path, "plain")
    assert (change.outcome, change.saved) == ("applied", True)
    assert made["change_file"] == str(folder / "changes/plain.json")
    # Readable by vpnphone_assess, as a run of its own each.
    for part, csd in (("before", ""), ("after", "without-csd")):
        state = read_gathered(folder / part, "plain").state
        assert state is not None
        assert [group.without_csd for group in state.tunnel_groups or ()] == [csd]
    text = (folder / "changes/plain.running-after.txt").read_text(encoding="utf-8")
    assert " without-csd\n" in text
    assert "enable password <removed>" in text
    # A check in the same directory leaves nothing of the older run behind.
    run(site, "plain", tmp_path, check=True)
    assert not (folder / "after/states/plain.json").exists()
    assert kept(tmp_path, "plain").outcome == "nothing_to_do"


def test_a_context(site: RunningLab, tmp_path: Path) -> None:
    for context, code in ((None, "context_missing"), ("system", "context_system")):
        with pytest.raises(ChangeRefused) as caught:
            run(site, "contexts", tmp_path, context=context)
        assert caught.value.code == code
    made = run(site, "contexts", tmp_path, context="VPN")
    assert (made["outcome"], made["saved"]) == ("applied", True)
    contexts = site.state("contexts")["contexts"]
    assert " without-csd" in contexts["VPN"]["startup_config"]
    assert " without-csd" not in contexts["admin"]["running_config"]


def test_a_disk_that_is_full(site: RunningLab, tmp_path: Path) -> None:
    before = site.state("no-disk")["startup_config"]
    made = run(site, "no-disk", tmp_path, phone_models_file=MODELS)
    assert (made["outcome"], made["saved"], made["failed"], made["changed"]) == ("applied", False, True, True)
    assert made["error"]["code"] == "not_saved"
    assert "it is not saved" in made["msg"]
    assert site.state("no-disk")["startup_config"] == before
    assert " without-csd" in site.state("no-disk")["running_config"]
    # What an earlier run left unsaved is told, since nothing is left to be done.
    again = run(site, "no-disk", tmp_path, phone_models_file=MODELS)
    assert again["outcome"] == "nothing_to_do"
    assert any("is not saved" in line for line in again["warnings"])


def test_an_upload_that_is_never_answered(site: RunningLab, tmp_path: Path) -> None:
    before = site.state("silent-scp")
    made = run(site, "silent-scp", tmp_path, command_timeout=2, **EVERYTHING)
    assert made["outcome"] == "rolled_back"
    assert made["error"]["code"] == "upload_failed"
    assert "no answer for 2 s" in made["msg"]
    state = site.state("silent-scp")
    assert state["running_config"] == before["running_config"]
    assert state["flash"]["disk0:/dap.xml"] == before["flash"]["disk0:/dap.xml"]


def test_a_session_that_is_cut(site: RunningLab, tmp_path: Path) -> None:
    before = site.state("cut")
    made = run(site, "cut", tmp_path)
    assert (made["outcome"], made["failed"], made["changed"]) == ("rolled_back", True, False)
    assert made["msg"].endswith("[session_closed]")
    assert "the device is as before" in made["msg"]
    assert site.state("cut")["running_config"] == before["running_config"]
    assert kept(tmp_path, "cut").outcome == "rolled_back"
    assert read_gathered(tmp_path / "run/after", "cut").state is not None


def test_a_device_that_stays_away(site: RunningLab, tmp_path: Path) -> None:
    made = run(site, "gone", tmp_path, return_details=False)
    assert (made["outcome"], made["failed"], made["changed"]) == ("unknown", True, True)
    assert "unreachable" not in made
    assert [item.stands for item in kept(tmp_path, "gone").standing][-2:] == [False, False]
    # Now nothing is sent at all, and that is what counts as unreachable.
    with pytest.raises(VpnPhoneError) as caught:
        run(site, "gone", tmp_path)
    assert caught.value.unreachable
    failure = read_gathered(tmp_path / "run/before", "gone").failure
    assert failure is not None
    assert failure.code == "connection_refused"
    assert not (tmp_path / "run/changes/gone.json").exists()


def test_the_question_of_the_configuration_mode(site: RunningLab, tmp_path: Path) -> None:
    assert run(site, "asks", tmp_path)["outcome"] == "applied"


def test_an_account_that_may_not_see_everything(site: RunningLab, tmp_path: Path) -> None:
    with pytest.raises(VpnPhoneError) as caught:
        run(site, "weak", tmp_path)
    assert caught.value.code == "state_unknown"
    assert " without-csd" not in site.state("weak")["running_config"]


def test_a_device_that_another_run_is_changing(site: RunningLab, tmp_path: Path) -> None:
    address = f"127.0.0.1:{site.hosts['locked'].port}"
    logins = site.state("locked")["total_sessions"]
    with device_lock(tmp_path / "locks", "locked", address, run="other"), pytest.raises(ChangeRefused) as caught:
        run(site, "locked", tmp_path)
    assert caught.value.code == "device_locked"
    assert site.state("locked")["total_sessions"] == logins


@pytest.mark.parametrize(
    ("given", "wanted"),
    [(None, None), ("", None), ("ab", "ab"), (" ab\n", "ab"), ({"fw": "ab"}, "ab"), ({"other": "ab"}, ""), ({}, "")],
)
def test_approved_hashes(given: object, wanted: str | None) -> None:
    assert approved_hash(given, "fw") == wanted


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"plan_hash": ["ab"]}, "bad_input"),
        ({"profile": {"tunnel_group": {"name": "VPN Phone"}}}, "name_refused"),
        ({"profile": {"tunnel_group": {"name": "P"}, "ssl": {"ciphers": {"tlsv1": ["AES256-SHA"]}}}}, "phone_models"),
    ],
)
def test_bad_input_dials_nobody(site: RunningLab, tmp_path: Path, more: dict[str, Any], code: str) -> None:
    logins = site.state("locked")["total_sessions"]
    with pytest.raises(BadInput) as caught:
        run(site, "locked", tmp_path, **more)
    assert caught.value.code == code
    assert site.state("locked")["total_sessions"] == logins
    failure = read_gathered(tmp_path / "run/before", "locked").failure
    assert failure is not None
    assert failure.code == code


def test_refused_arguments_are_kept(tmp_path: Path) -> None:
    MODULE.keep_refusal({"name": "fw", "run_dir": str(tmp_path / "run")}, "profile is no dictionary")
    failure = read_gathered(tmp_path / "run/before", "fw").failure
    assert failure is not None
    assert failure.what == "profile is no dictionary."
    MODULE.keep_refusal({"name": "fw"}, "nowhere to keep it")
