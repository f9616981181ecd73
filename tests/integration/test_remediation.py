"""playbooks/remediate.yml in the lab: from the plan to the phones, and what it makes of a site of faults.

What stands is asked of the simulator. What is refused: test_remediation_refused.py; faults: test_remediation_faults.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from lab.phone.outcome import PhoneOutcome
from lab.testing import RunningLab, running_lab
from tests.integration.conftest import SCENARIOS, Play, Site, derived, running_site
from tests.integration.remediation_run import Remedied, changing, commands, config, remediated, whole
from tests.integration.remediation_sites import CANARIES, broken


def tokens(state: dict[str, Any]) -> list[str]:
    """vpn-tunnel-protocol of the phones' group-policy."""
    found = re.search(
        r"\ngroup-policy GroupPolicy_VPNPhone attributes\n(?: .*\n)*? vpn-tunnel-protocol (.*)\n", config(state)
    )
    return found[1].split() if found else []


# --- a window: check, drift, apply, again ----------------------------------------------------------------------------


class Window(NamedTuple):
    """The runs of one change window in a site whose phones are all locked out before."""

    site: RunningLab
    checked: Remedied
    drifted: Remedied
    applied: Remedied
    again: Remedied
    # Phones before, behind `applied`; the ASAs' truth before, behind `checked`, `applied`, `again`.
    phones: tuple[dict[str, PhoneOutcome], dict[str, PhoneOutcome]]
    states: tuple[dict[str, dict[str, Any]], ...]


ASAS = ("asa-new", "asa-old")
# What asa-old has stays behind what the phones need.
OLD_CIPHERS = "ssl encryption aes256-sha1 aes128-sha1 dhe-aes256-sha1 dhe-aes128-sha1"
APPROVED = {"vpnphone_approve_ssl": True, "vpnphone_approve_dap_xml": True}


@pytest.fixture(scope="module")
def window(play: Play, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    folder = tmp_path_factory.mktemp("window")
    lab = folder / "lab"
    with running_lab(SCENARIOS / "remediation.yml", lab) as site:

        def truth() -> dict[str, dict[str, Any]]:
            return {name: site.state(name) for name in ASAS}

        phones, states = site.connect_phones(), [truth()]
        checked = remediated(play, lab, "--check", "--diff", **APPROVED)
        states.append(truth())
        hashes = f"@{checked.played.reports / 'plan_hashes.json'}"
        # Somebody is at work between the plan and the window.
        site.type("asa-old", "configure terminal", "group-policy DfltGrpPolicy attributes", "vpn-idle-timeout 77")
        drifted = remediated(play, lab, "-e", hashes, "--limit", "asa-old", **APPROVED)
        site.reset("asa-old")
        applied = remediated(play, lab, "-e", hashes, **APPROVED)
        states.append(truth())
        connected = site.connect_phones()
        again = remediated(play, lab, **APPROVED)
        states.append(truth())
        yield Window(site, checked, drifted, applied, again, (phones, connected), tuple(states))


def test_check_changes_nothing_and_leaves_a_plan(window: Window) -> None:
    before, checked, *_ = window.states
    assert window.checked.played.code == 0
    assert window.checked.outcomes() == dict.fromkeys(ASAS, "planned")
    for name in ASAS:
        for key in ("running_config", "startup_config", "revision", "flash", "dap_active"):
            assert checked[name][key] == before[name][key], (name, key)
        assert window.checked.devices[name]["sent"] == []
    assert not (window.checked.played.reports / "after").exists()
    whole(window.checked)


def test_the_plan_reads_in_a_terminal_as_it_would_be_typed(window: Window) -> None:
    output = window.checked.played.output
    # Block by block at the left margin, with why and for whom; no YAML around it.
    assert re.search(
        r"^  tunnel-group VPNPhone webvpn-attributes\n   without-csd\n   group-url https://new\.example\.com/VPNPhone "
        r"enable\n   authentication certificate\n  ! why   VPNP-221 ",
        output,
        re.MULTILINE,
    )
    assert "\n-ssl encryption dhe-aes256-sha1 dhe-aes128-sha1\n" in output
    assert f"\n+{OLD_CIPHERS}\n" in output
    assert "\\n" not in output
    assert "\n  ! hits  every TLS client of this ASA" in output
    for device in window.checked.devices.values():
        assert f"Plan {device['plan_hash']}\n" in output
        for step in device["plan"]:
            assert step["command"] in output
            assert all(line in output for line in step["inverse"])


def test_a_device_that_drifted_is_refused_with_the_hash_that_was_approved(window: Window) -> None:
    run = window.drifted
    assert run.played.code == 2
    assert run.outcomes() == {"asa-old": "refused"}
    assert run.devices["asa-old"]["failure"]["code"] == "plan_differs"
    assert window.checked.devices["asa-old"]["plan_hash"] in run.played.words
    assert run.devices["asa-old"]["sent"] == []
    whole(run)


def test_what_was_approved_is_what_is_sent(window: Window) -> None:
    assert window.applied.played.code == 0
    assert window.applied.outcomes() == dict.fromkeys(ASAS, "applied")
    for name, device in window.applied.devices.items():
        planned = window.checked.devices[name]
        assert device["plan_hash"] == planned["plan_hash"]
        sent = [(tuple(one["mode"]), one["command"]) for one in device["sent"] if one["purpose"] == "change"]
        assert sent == [(tuple(step["mode"]), step["command"]) for step in planned["plan"]]
        assert device["saved"] is True
        assert device["worse"] == []
    whole(window.applied)


def test_the_device_holds_the_profile_running_and_saved(window: Window) -> None:
    new, old = (window.states[2][name] for name in ASAS)
    assert "Backups made first" in window.applied.played.output
    for state, host in ((new, "new"), (old, "old")):
        running = config(state)
        assert config(state, "startup_config") == running
        for line in (
            f"group-url https://{host}.example.com/VPNPhone enable",
            "without-csd",
            "authentication certificate",
            "vpn-simultaneous-logins 3",
            "group-lock value VPNPhone",
            "vpn-filter none",
            "split-tunnel-policy tunnelall",
        ):
            assert f"\n {line}\n" in running, line
    assert '\nssl cipher tlsv1 custom "AES256-SHA:AES128-SHA"\n' in config(new)
    assert f"\n{OLD_CIPHERS}\n" in config(old)
    # Whoever came in by these tokens still does.
    assert set(tokens(old)) == {"ikev1", "ssl-clientless", "ssl-client"}
    # dap.xml went up by SCP, and the head end decides by it.
    file = (window.applied.played.reports / "changes" / "asa-new.dap.xml.new").read_bytes()
    assert new["flash"]["disk0:/dap.xml"] == new["dap_active"]
    assert new["dap_active"] != window.states[0]["asa-new"]["dap_active"]
    assert file.count(b"<dapRecord>") == 2


def test_backups_stay_on_the_device(window: Window) -> None:
    for name in ASAS:
        device, flash = window.applied.devices[name], window.states[2][name]["flash"]
        assert len(device["backups"]) >= 2
        assert set(device["backups"]) <= set(flash)
        assert not set(device["backups"]) & set(window.states[0][name]["flash"])
    assert (
        window.states[2]["asa-new"]["flash"][window.applied.devices["asa-new"]["backups"][2]]
        == (window.states[0]["asa-new"]["flash"]["disk0:/dap.xml"])
    )


def test_every_control_that_the_profile_is_for_is_green(window: Window) -> None:
    for name in ASAS:
        after = window.applied.judged("after", name)
        wrong = {control for control, status in after.items() if status in ("fail", "error")}
        assert wrong == ({"VPNP-107"} if name == "asa-old" else set())
        fixed = {one["control"] for one in window.applied.devices[name]["fixed"]}
        assert {"VPNP-211", "VPNP-221", "VPNP-242", "VPNP-243", "VPNP-244", "VPNP-123"} <= fixed
        named = {control for step in window.applied.devices[name]["plan"] for control in step["controls"]}
        assert not named & wrong


def test_the_phones_connect_afterwards(window: Window) -> None:
    before, after = window.phones
    assert len(before) >= 4
    assert not [name for name, did in before.items() if did.connected]
    assert not [(name, did.reason, did.detail) for name, did in after.items() if not did.connected]


def test_somebody_else_who_is_connected_stays(window: Window) -> None:
    sessions = [session["user"] for session in window.states[3]["asa-new"]["vpn_sessions"]]
    assert "jdoe" in sessions


def test_a_second_run_changes_nothing(window: Window) -> None:
    assert window.again.played.code == 0
    assert window.again.outcomes() == dict.fromkeys(ASAS, "nothing_to_do")
    recap = window.again.played.recap()
    assert {name: recap[name]["changed"] for name in ASAS} == dict.fromkeys(ASAS, 0)
    for name in ASAS:
        assert window.states[3][name]["revision"] == window.states[2][name]["revision"]
        assert window.states[3][name]["flash"] == window.states[2][name]["flash"]
    whole(window.again)


# --- the default site: what is broken, what is old, what is gone -----------------------------------------------------


class Broken(NamedTuple):
    site: Site
    run: Remedied
    log: list[dict[str, Any]]


@pytest.fixture(scope="module")
def site_of_faults(play: Play, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broken]:
    folder = tmp_path_factory.mktemp("broken")
    for site in running_site(folder / "lab", derived("default.yml", folder, broken)):
        run = remediated(play, site.folder, "--diff")
        assert not site.open_sessions()
        yield Broken(site, run, site.log())


# Of asa-faulty: what the profile is for.
AUTOMATED = {
    "VPNP-121", "VPNP-123", "VPNP-211", "VPNP-212", "VPNP-221", "VPNP-242", "VPNP-243", "VPNP-244", "VPNP-245",
    "VPNP-246", "VPNP-247", "VPNP-251", "VPNP-252", "VPNP-257",
}  # fmt: skip


def test_the_broken_asa_is_green_in_every_control_that_can_be_automated(site_of_faults: Broken) -> None:
    run = site_of_faults.run
    before, after = (run.judged(part, "asa-faulty") for part in ("before", "after"))
    assert {before[control] for control in AUTOMATED} <= {"fail", "error"}
    assert {control: after[control] for control in AUTOMATED} == dict.fromkeys(AUTOMATED, "pass")
    assert {one["control"] for one in run.devices["asa-faulty"]["fixed"]} == AUTOMATED


def test_the_rest_is_listed_with_its_exact_steps(site_of_faults: Broken) -> None:
    device = site_of_faults.run.devices["asa-faulty"]
    wrong = {
        control
        for control, status in site_of_faults.run.judged("after", "asa-faulty").items()
        if status in ("fail", "error")
    }
    assert wrong <= {control for item in device["left"] for control in item["controls"]}
    assert all(item["steps"] for item in device["left"])
    steps = {control: item["steps"] for item in device["left"] for control in item["controls"]}
    assert " no anyconnect-essentials" in steps["VPNP-105"]
    assert " no auto-enroll" in steps["VPNP-116"]
    text = (site_of_faults.run.played.reports / "remediation.md").read_text(encoding="utf-8")
    for line in (" no anyconnect-essentials", " dtls port 443", "ASA: dynamic-access-policy-config activate"):
        assert f"\n{line}\n" in text


def test_load_balancing_and_the_default_policy_are_never_touched(site_of_faults: Broken) -> None:
    now = config(site_of_faults.site.state("asa-faulty"))
    before = config(site_of_faults.site.before["asa-faulty"])
    for block in ("vpn load-balancing", "group-policy DfltGrpPolicy attributes", "webvpn"):
        found, was = (re.search(rf"^{block}\n(?: .*\n)*", text, re.MULTILINE) for text in (now, before))
        assert found is not None
        assert was is not None
        assert found[0] == was[0], block


def test_without_an_approval_an_area_is_withheld_and_listed(site_of_faults: Broken) -> None:
    device = site_of_faults.run.devices["asa-faulty"]
    held = [item for item in device["left"] if item["source"] == "approval"]
    assert [item["what"] for item in held] == ["dap_xml is not approved, so its commands are withheld"]
    assert "dynamic-access-policy-config activate" in held[0]["steps"]
    assert "vpnphone_approve_dap_xml" in held[0]["steps"][0]
    typed = changing(site_of_faults.log, "asa-faulty")
    assert not [text for text in typed if "dap.xml" in text or "policy-config" in text]
    assert "disk0:/dap.xml" not in site_of_faults.site.state("asa-faulty")["flash"]
    # Made all the same, for the person who puts it there.
    assert (
        b"<value>VPNPhone</value>"
        in (site_of_faults.run.played.reports / "changes/asa-faulty.dap.xml.new").read_bytes()
    )


def test_the_old_asa_is_spoken_to_in_its_own_syntax(site_of_faults: Broken) -> None:
    run = site_of_faults.run
    sent = [one["command"] for one in run.devices["asa-classic"]["sent"] if one["purpose"] == "change"]
    assert sent == ["without-csd", "ssl encryption aes256-sha1 aes128-sha1 rc4-sha1 3des-sha1"]
    assert run.judged("after", "asa-classic")["VPNP-123"] == "pass"
    state = site_of_faults.site.state("asa-classic")
    assert "\nssl encryption aes256-sha1 aes128-sha1 rc4-sha1 3des-sha1\n" in config(state, "startup_config")


def test_an_asa_without_a_profile_is_left_alone(site_of_faults: Broken) -> None:
    assert site_of_faults.run.outcomes()["asa-healthy"] == "no_profile"
    assert "asa-healthy has no vpnphone_profile" in site_of_faults.run.played.output
    assert commands(site_of_faults.log, "asa-healthy") == []


def test_an_asa_that_is_gone_gives_the_exit_code(site_of_faults: Broken) -> None:
    assert site_of_faults.run.played.code == 4
    assert site_of_faults.run.evidence["exit_code"] == 4
    assert site_of_faults.run.outcomes()["asa-gone"] == "unreachable"
    assert site_of_faults.run.played.recap()["asa-gone"]["unreachable"] == 1
    assert site_of_faults.run.outcomes()["asa-faulty"] == "applied"


def test_no_secret_is_seen_anywhere(site_of_faults: Broken) -> None:
    """Output (with its diffs), reports of before and after, configurations, evidence."""
    texts = {"output": site_of_faults.run.played.output}
    for path in site_of_faults.run.played.reports.rglob("*"):
        if path.is_file():
            texts[path.name] = path.read_text(encoding="utf-8")
    assert len(texts) > 15
    seen = [(name, what) for name, text in texts.items() for what, canary in CANARIES.items() if canary in text]
    assert seen == []
    # The device prints these, and what it prints is kept.
    running, kept = config(site_of_faults.site.state("asa-faulty")), texts["asa-faulty.running-after.txt"]
    for what, line in (("user", "username keeper password"), ("snmp", "snmp-server user watcher watchers v3 auth")):
        assert re.search(rf"\n{line} (?:sha )?{re.escape(CANARIES[what])}", running), what
        assert f"\n{line} <removed>" in kept
    assert "\n ikev1 pre-shared-key <removed>\n" in kept
    whole(site_of_faults.run)
