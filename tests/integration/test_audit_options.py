"""The audit's switches, as they are typed or written into an inventory: what they do, and what a wrong one says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import LAB_INVENTORY, SCENARIOS, Audit, Play, Played, Site, inventory

ALL = {"asa-healthy", "asa-faulty", "asa-classic", "asa-gone"}


@pytest.fixture(scope="session")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One device without a device: the shortest run there is."""
    folder = tmp_path_factory.mktemp("captures")
    config = (SCENARIOS / "bench.cfg").read_text(encoding="utf-8")
    (folder / "branch.cfg").write_text(f"hostname branch\n{config}: end\n", encoding="utf-8")
    return folder


# --- which devices --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def healthy(play: Play, lab: Site, audited: Audit) -> tuple[Played, list[str]]:
    """The healthy device alone, and the devices that were asked anything."""
    seen = len(lab.log())
    played = play("--limit", "asa-healthy", lab=lab)
    assert not lab.open_sessions()
    return played, [item["device"] for item in lab.log()[seen:]]


def test_a_good_device_alone_ends_with_0(healthy: tuple[Played, list[str]]) -> None:
    played, asked = healthy
    assert played.code == 0
    assert played.json("summary.json")["exit_code"] == 0
    assert set(played.devices) == {"asa-healthy"}
    assert set(asked) == {"asa-healthy"}
    assert played.recap()["asa-healthy"]["failed"] == 0


@pytest.mark.parametrize(("name", "content"), [("empty", ""), ("others", "routers:\n  hosts:\n    r1:\n")])
def test_an_inventory_without_asas_is_refused(play: Play, tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / f"{name}.yml"
    path.write_text(content, encoding="utf-8")
    played = play("-i", str(path))
    assert played.code not in (0, 4)
    assert "The inventory has no host in the group asa. Name one with -i" in played.words
    assert not played.reports.exists()


# --- batches, and what hosts say of themselves ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def one_by_one(play: Play, lab: Site, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """In check mode, one device after the other; the first has no known_hosts file, the last nobody listening.

    The good one is told of a connection and of a way to become privileged that are no part of ansible-core, as
    cisco.asa wants it.
    """
    lost = {"ansible_host": "127.0.0.1", "vpnphone_known_hosts": "/nonexistent/known_hosts"}
    wrong = {"ansible_host": "127.0.0.1", "vpnphone_connect_timeout": "soon"}
    others = {
        "ansible_connection": "ansible.netcommon.network_cli",
        "ansible_network_os": "cisco.asa.asa",
        "ansible_become": True,
        "ansible_become_method": "ansible.netcommon.enable",
    }
    hosts = {"asa-first": lost, "asa-wrong": wrong, "asa-healthy": others}
    path = inventory(tmp_path_factory.mktemp("inventory") / "first.yml", hosts)
    return play("--check", "-i", path, "-i", LAB_INVENTORY, lab=lab, vpnphone_serial=1)


@pytest.mark.parametrize("device", sorted(ALL))
def test_check_mode_finds_the_same(one_by_one: Played, audited: Audit, device: str) -> None:
    found = [
        {key: (f["status"], [(o["status"], o["subject"]) for o in f["outcomes"]]) for key, f in findings.items()}
        for findings in (one_by_one.findings(device), audited.played.findings(device))
    ]
    assert found[0] == found[1]


def test_an_inventory_made_for_other_playbooks_serves(one_by_one: Played) -> None:
    assert one_by_one.wrong("asa-healthy") == {}
    counts = one_by_one.recap()["asa-healthy"]
    assert (counts["failed"], counts["unreachable"]) == (0, 0)


def test_a_bad_host_does_not_end_the_batches_after_it(one_by_one: Played) -> None:
    assert one_by_one.code == 4
    assert set(one_by_one.devices) == ALL | {"asa-first", "asa-wrong", "lab-cucm"}


def test_a_bad_host_fails_and_a_lost_one_is_unreachable(one_by_one: Played) -> None:
    bad, lost = one_by_one.devices["asa-first"]["failure"], one_by_one.devices["asa-gone"]["failure"]
    assert (bad["code"], bad["unreachable"]) == ("file_missing", False)
    assert (lost["code"], lost["unreachable"]) == ("connection_refused", True)
    recap = one_by_one.recap()
    assert [recap["asa-first"][key] for key in ("failed", "unreachable")] == [1, 0]
    assert [recap["asa-gone"][key] for key in ("failed", "unreachable")] == [0, 1]


def test_a_value_that_is_refused_is_the_reason_in_the_report(one_by_one: Played) -> None:
    failure = one_by_one.devices["asa-wrong"]["failure"]
    assert (failure["code"], failure["unreachable"]) == ("bad_input", False)
    assert failure["what"].startswith("argument 'connect_timeout' is of type str and we were unable to convert to int")


def waiver(control: str, expires: str = "2999-12-31", **more: str) -> dict[str, str]:
    return {"control": control, "reason": "Moved in May.", "approved_by": "J. Doe", "expires": expires, **more}


@pytest.fixture(scope="module")
def in_halves(play: Play, lab: Site, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Two batches of three; the second is unreachable as a whole. Hosts declare phones of their own; some is waived."""
    gone = {"ansible_host": "127.0.0.1", "ansible_port": lab.port("asa-gone"), "ansible_user": "admin"}
    hosts: dict[str, dict[str, Any]] = {
        "asa-healthy": {"vpnphone_tunnel_groups": ["Staff"]},
        "asa-classic": {"vpnphone_tunnel_groups": ["VPNPhone", "Nowhere"]},
        "asa-gone-too": gone,
        "asa-gone-as-well": gone,
    }
    waivers = [
        waiver("VPNP-102"),
        waiver("VPNP-105", expires="2020-02-29"),
        waiver("VPNP-107", device="asa-f*"),
        waiver("VPNP-118", subject="time"),
        waiver("VPNP-217", device="asa-healthy"),
        waiver("VPNP-101"),
    ]
    path = inventory(tmp_path_factory.mktemp("inventory") / "hosts.yml", hosts, vpnphone_waivers=waivers)
    return play("-i", LAB_INVENTORY, "-i", path, lab=lab, vpnphone_serial="50%")


def test_a_whole_batch_may_be_unreachable(in_halves: Played) -> None:
    assert in_halves.code == 4
    assert set(in_halves.devices) == ALL | {"asa-gone-too", "asa-gone-as-well", "lab-cucm"}
    lost = [name for name, device in in_halves.devices.items() if device["failure"]]
    assert sorted(lost) == ["asa-gone", "asa-gone-as-well", "asa-gone-too"]


def test_each_host_has_its_own_tunnel_groups(in_halves: Played) -> None:
    phones = {name: [p["tunnel_group"] for p in device["profiles"]] for name, device in in_halves.devices.items()}
    assert phones["asa-healthy"] == ["Staff"]
    assert phones["asa-classic"] == ["VPNPhone"]
    assert phones["asa-faulty"] == ["VPNPhone"]  # from the lab's group_vars
    missing = in_halves.findings("asa-classic")["VPNP-202"]
    assert [o["subject"] for o in missing["outcomes"] if o["status"] == "fail"] == ["Nowhere"]
    assert in_halves.statuses("asa-healthy")["VPNP-202"] == "pass"
    # Staff has no without-csd, and HostScan is on.
    assert in_halves.statuses("asa-healthy")["VPNP-221"] == "fail"


# --- what is judged, and what is accepted ---------------------------------------------------------------------------


def test_chosen_controls_of_another_group_without_a_verdict(play: Play, lab: Site, tmp_path: Path) -> None:
    path = tmp_path / "site.yml"
    path.write_text("firewalls:\n  hosts:\n    asa-faulty:\n", encoding="utf-8")
    played = play(
        "-i",
        LAB_INVENTORY,
        "-i",
        str(path),
        lab=lab,
        vpnphone_hosts="firewalls",
        vpnphone_cucm_hosts="there_is_no_such_group",
        vpnphone_verdict=False,
        vpnphone_controls_include=["critical", "VPNP-118"],
        vpnphone_controls_exclude=["VPNP-214", "VPNP-102"],
    )
    assert played.code == 0
    assert played.json("summary.json")["exit_code"] == 2
    assert set(played.devices) == {"asa-faulty"}
    judged = played.findings("asa-faulty")
    assert "VPNP-118" in judged
    assert not {"VPNP-214", "VPNP-102"} & judged.keys()
    assert {finding["severity"] for finding in judged.values()} == {"critical", "medium"}
    assert [c for c, finding in judged.items() if finding["severity"] == "medium"] == ["VPNP-118"]
    assert played.recap()["asa-faulty"]["failed"] == 0


@pytest.mark.parametrize(
    ("control", "status", "words"),
    [
        ("VPNP-102", "waived", "(waived by J. Doe until 2999-12-31: Moved in May.)"),
        ("VPNP-105", "fail", "(the waiver by J. Doe expired after 2020-02-29)"),
        ("VPNP-107", "waived", "(waived by J. Doe"),
        ("VPNP-118", "fail", "the clock is"),
        ("VPNP-217", "fail", "DTLS listens on port 8443"),
    ],
)
def test_waivers(in_halves: Played, control: str, status: str, words: str) -> None:
    finding = in_halves.findings("asa-faulty")[control]
    assert finding["status"] == status
    assert words in " | ".join(outcome["message"] for outcome in finding["outcomes"])


def test_a_waiver_covers_its_subject_only(in_halves: Played) -> None:
    outcomes = {o["subject"]: o["status"] for o in in_halves.findings("asa-faulty")["VPNP-118"]["outcomes"]}
    assert outcomes == {"time": "waived", "source": "fail", "ntp": "fail"}


def test_waivers_that_match_nothing_are_told(in_halves: Played) -> None:
    notes = in_halves.json("summary.json")["notes"]
    assert [note.split(" (")[0] for note in notes] == [
        "The waiver of VPNP-217 for device asa-healthy, subject *",
        "The waiver of VPNP-101 for device *, subject *",
    ]


# --- wrong values ---------------------------------------------------------------------------------------------------


def refused(played: Played, words: str) -> None:
    """With one clear error."""
    assert played.code == 2
    assert words in played.words.replace("''", "'")
    # The error itself, not the specification of everything that could have been said.
    assert "validate_args_context" not in played.output
    assert len(played.output.splitlines()) < 110
    assert not (played.reports.parent.parent / "elsewhere").exists()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("vpnphone_waivers", [waiver("VPNP-1021")], "there is no control 'VPNP-1021'. To do: Did you mean VPNP-1"),
        (
            "vpnphone_waivers",
            [{key: value for key, value in waiver("VPNP-102").items() if key != "approved_by"}],
            "missing required arguments: approved_by found in waivers",
        ),
        ("vpnphone_expiry_days_warning", "soon", "argument 'expiry_days_warning' is of type str"),
        ("vpnphone_phones_offline", "many", "argument 'phones_offline' is of type str"),
        ("vpnphone_report_formats", ["pdf"], "value of formats must be one or more of: junit, html, markdown, csv"),
    ],
)
def test_a_wrong_value_is_one_clear_error(play: Play, captures: Path, name: str, value: Any, words: str) -> None:
    refused(play("-i", "localhost,", vpnphone_saved_outputs=str(captures), **{name: value}), words)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("vpnphone_language", "kr", "vpnphone_language must be en or ko: kr"),
        ("vpnphone_run_id", "../elsewhere", "vpnphone_run_id must be one plain name"),
        ("vpnphone_reports_dir", "/proc/reports", "/proc/reports/test: the directory cannot be made"),
    ],
)
def test_no_device_is_asked_for_what_cannot_be_kept(play: Play, lab: Site, name: str, value: str, words: str) -> None:
    seen = len(lab.log())
    refused(play("--limit", "asa-healthy", lab=lab, **{name: value}), words)
    assert lab.log()[seen:] == []
