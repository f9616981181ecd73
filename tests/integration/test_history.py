"""Two nightly audits of a lab with a change between them, and what the history makes of it."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import paramiko
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.conftest import HANGS, Play, Played, Site, derived, running_site

# What somebody types between the two nights, and does not save.
CHANGE = (
    "configure terminal",
    "group-policy GroupPolicy_VPNPhone attributes",
    "vpn-simultaneous-logins 3",
    "exit",
    "no ssl trust-point VPN_TP outside",
    "end",
)


def _two(data: dict[str, Any]) -> None:
    """Two ASAs that let nobody log in."""
    (device,) = data["devices"]
    config = Path(device.pop("config_file")).read_text(encoding="utf-8")
    config = config.replace("vpn-simultaneous-logins 3", "vpn-simultaneous-logins 0")
    data["devices"] = [device | {"repeat": 2, "latency_ms": 0, "config": config}]


def _type(site: Site, device: str, lines: tuple[str, ...]) -> None:
    """As a person at a terminal: a line once the device asks for one."""
    client = paramiko.SSHClient()
    client.load_host_keys(str(site.folder / "known_hosts"))
    client.connect("127.0.0.1", site.port(device), "admin", "rehearse", allow_agent=False, look_for_keys=False)
    with client, client.invoke_shell() as shell:
        shell.settimeout(HANGS)
        for line in ("enable", "rehearse-enable", *lines):
            seen = ""
            while not seen.rstrip().endswith((">", "#", ":")):
                seen += shell.recv(4096).decode()
            shell.sendall(f"{line}\n".encode())
        shell.sendall(b"exit\n")
        while shell.recv(4096):
            pass


class Nights(NamedTuple):
    first: Played
    second: Played
    trend: Played
    # As the second one, with a history that is none.
    unrecorded: Played
    folder: Path


@pytest.fixture(scope="module")
def nights(play: Play, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    folder = tmp_path_factory.mktemp("history")
    reports = folder / "reports"
    shared = {"vpnphone_reports_dir": str(reports), "vpnphone_site": "Night"}

    def audit(site: Site, run_id: str, *words: str, **extra: str) -> Played:
        return play(*words, lab=site, vpnphone_run_id=run_id, **shared, **extra)._replace(reports=reports / run_id)

    for site in running_site(folder / "lab", derived("bench.yml", folder, _two)):
        first = audit(site, "first")
        _type(site, "asa-001", CHANGE)
        one = ("--limit", "asa-001")
        second = audit(site, "second", *one, vpnphone_metrics_file=str(folder / "night.prom"))
        (folder / "notes").write_text("my notes", encoding="utf-8")
        unrecorded = audit(site, "third", *one, vpnphone_history_file=str(folder / "notes"))
        trend = play(playbook="trend.yml", vpnphone_run_id=None, **shared)
        yield Nights(first, second, trend, unrecorded, folder)


def findings(trend: dict[str, Any], change: str) -> set[tuple[str, str]]:
    return {
        (one["finding"]["device"], one["finding"]["control"]) for one in trend["changes"] if one["change"] == change
    }


def test_the_first_night_is_the_first(nights: Nights) -> None:
    trend = nights.first.json("trend.json")
    assert (trend["site"], trend["runs"], trend["previous_run"], trend["left_out"]) == ("Night", 1, "", 0)
    assert {("asa-001", "VPNP-242"), ("asa-002", "VPNP-242")} <= findings(trend, "new")


def test_the_second_night_tells_what_changed(nights: Nights) -> None:
    trend = nights.second.json("trend.json")
    assert (trend["runs"], trend["previous_run"]) == (2, "first")
    assert ("asa-001", "VPNP-242") in findings(trend, "fixed")
    assert {("asa-001", "VPNP-119"), ("asa-001", "VPNP-112")} <= findings(trend, "new")
    (drift,) = trend["drift"]
    assert drift["finding"]["message"] == "ssl trust-point of outside: none runs, VPN_TP is saved; phones arrive there"


def test_what_limit_left_out_is_not_fixed(nights: Nights) -> None:
    trend = nights.second.json("trend.json")
    assert trend["left_out"] == 1
    assert not {device for device, _ in findings(trend, "fixed")} - {"asa-001"}
    others = [one for one in trend["still"] if one["finding"]["device"] == "asa-002"]
    assert "VPNP-242" in {one["finding"]["control"] for one in others}
    started = nights.first.json("run.json")["started"]
    assert {(one["why"], one["finding"]["since"]) for one in others} == {("the device was not in this run", started)}


def test_the_reports_show_it(nights: Nights) -> None:
    for name in ("report.html", "report.md"):
        text = (nights.second.reports / name).read_text(encoding="utf-8").replace("\u200b", "")
        assert "Since the run before" in text
        assert "1 device of the inventory was not in this run" in text
    page = (nights.second.reports / "report.html").read_text(encoding="utf-8")
    assert page.count('<rect class="part-fail"') == 2


def test_the_playbook_shows_it_without_a_device(nights: Nights) -> None:
    assert nights.trend.code == 0
    for words in ("Night: Since", "2 runs since", "FIXED", "BINDING DIFFERS", "CAPF-4c9f21d0", "NEW ("):
        assert words in nights.trend.words, words
    assert nights.trend.recap()["localhost"]["failed"] == 0


def test_it_is_one_private_file_beside_the_runs(nights: Nights) -> None:
    reports = nights.folder / "reports"
    history = reports / "history.sqlite3"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert stat.S_IMODE(reports.stat().st_mode) == 0o700
    assert {path.name for path in reports.iterdir()} == {"first", "second", "third", "latest", "history.sqlite3"}


def test_prometheus_reads_the_metrics(nights: Nights) -> None:
    families = text_string_to_metric_families((nights.folder / "night.prom").read_text(encoding="utf-8"))
    values = {
        (sample.name, *sorted(sample.labels.items())): sample.value for family in families for sample in family.samples
    }
    site = ("site", "Night")
    assert values["vpnphone_binding_drift_devices", site] == 1
    assert values["vpnphone_audit_devices_left_out", site] == 1
    # Two ASAs with one and the same certificate each; the CA of phones on both.
    assert values["vpnphone_certificates_expiring", ("kind", "leaf"), site, ("within_days", "90")] == 0
    assert values["vpnphone_findings", ("severity", "critical"), site, ("standing", "open")] > 1


def test_a_run_that_cannot_be_recorded_says_so_and_keeps_its_verdict(nights: Nights) -> None:
    played = nights.unrecorded
    assert played.code == nights.second.code == 2
    assert played.recap()["asa-001"] | {"ignored": 0, "ok": 0} == nights.second.recap()["asa-001"] | {"ok": 0}
    assert played.recap()["asa-001"]["ignored"] == 1
    assert "this is no history of audits: it is no SQLite file. It was left as it is." in played.words
    assert "[history_foreign]" in played.words
    assert (nights.folder / "notes").read_text(encoding="utf-8") == "my notes"
    assert played.statuses("asa-001") == nights.second.statuses("asa-001")
    assert "This run is not in the history" in (played.reports / "report.html").read_text(encoding="utf-8")
    assert "This run is not in the history" in (played.reports / "report.md").read_text(encoding="utf-8")
