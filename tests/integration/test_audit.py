"""The default site, audited as a user would: what is found, what is written, and that no device was changed."""

from __future__ import annotations

import json
import re
from collections import Counter

import jsonschema
import pytest

from lab import daemon
from tests.integration.conftest import ROOT, Audit, Site, modes

DEVICES = ("asa-classic", "asa-faulty", "asa-gone", "asa-healthy")
CLUSTER = "lab-cucm"
# Controls of an ASA whose listener was probed; those of a cluster and its phones begin at 300.
PROBED = {"VPNP-351"}
# Every phone of the site: how the lab's phone stands, what the audit says of it, a word that tells it saw the cause.
PHONES = {
    "SEP8CB64F576113": ("ok", "CONNECTS", "hash of vpn.example.com"),
    "SEP0062ECAB1D04": ("ok", "CONNECTS", "hash of vpn.example.com"),
    "SEP00CCFC9A7E31": ("ok", "CONNECTS", "hash of vpn.example.com"),
    "SEP001AE2BC4F17": ("ok", "UNKNOWN", "encrypted"),
    "SEP70E422A1B9C8": ("pin", "UNKNOWN", "status messages"),
    "SEP5475D0F3E206": ("offline", "UNKNOWN", "web pages"),
    "SEPB8BEBF2310D4": ("tls", "LOCKED OUT", "offer"),
    "SEPE8B7485C9A3F": ("pin", "LOCKED OUT", "ASA Temporary Self Signed Certificate"),
}

# Every fault that lab/scenarios/default.yml puts into asa-faulty: control, verdict, the fault, words that prove it.
FAULTY = [
    ("VPNP-102", "fail", "licences: phone Disabled", "AnyConnect for Cisco VPN Phone is disabled"),
    (
        "VPNP-103",
        "fail",
        "2 premium peers, 2 sessions, 3 phones offline",
        "5 sessions needed (peak 2 + 3 phones offline)",
    ),
    ("VPNP-104", "fail", "2 premium peers, all of them in use", "not below 80 %"),
    ("VPNP-105", "fail", "anyconnect-essentials", "AnyConnect Essentials is in use"),
    ("VPNP-107", "error", "a train without a minimum build", "no minimum build is recorded for train 9.4"),
    ("VPNP-111", "fail", "nothing bound to outside", "the temporary self-signed certificate"),
    ("VPNP-112", "fail", "nothing bound to outside", "no trustpoint is bound to outside"),
    (
        "VPNP-113",
        "fail",
        "the leaf alone in OLD-TP.2017",
        "no CA certificate on the ASA is named cn=Example Issuing CA 1",
    ),
    ("VPNP-115", "fail", "the certificate ends in 20 days", "no later than 60 days from now"),
    ("VPNP-116", "fail", "auto-enroll 80 regenerate", "renews itself (auto-enroll 80 regenerate)"),
    ("VPNP-118", "fail", "clock two days fast, no NTP", "seconds off"),
    (
        "VPNP-121",
        "fail",
        "9.4(1), EC suites on, RSA bound to partners",
        "a self-signed EC certificate instead of the RSA",
    ),
    ("VPNP-122", "fail", "nothing bound to outside", "phones with RSA ciphers are shown a self-signed RSA certificate"),
    ("VPNP-123", "fail", 'ssl cipher dtlsv1 custom "DHE-RSA-AES128-SHA"', "no shared cipher on dtlsv1"),
    ("VPNP-211", "fail", "group-url ... disable", "has no enabled group-url"),
    ("VPNP-212", "fail", "group-url ... disable", "none of CUCM's gateway URLs is an enabled group-url"),
    ("VPNP-214", "fail", "CUCM dials the cluster's address", "phones dial the load-balancing cluster at 198.51.100.29"),
    ("VPNP-215", "fail", "vpn load-balancing / participate", "the device takes part in VPN load balancing"),
    ("VPNP-217", "fail", "dtls port 8443", "DTLS listens on port 8443"),
    ("VPNP-221", "fail", "csd enable, no without-csd", "`csd enable` is on"),
    ("VPNP-231", "fail", "DfltAccessPolicy / action terminate", "DAP terminates phones of tunnel-group VPNPhone"),
    ("VPNP-242", "fail", "inherited vpn-simultaneous-logins 0", "0 lets nobody in"),
    ("VPNP-243", "fail", "inherited vpn-tunnel-protocol", "lacks ssl-client"),
    ("VPNP-244", "fail", "inherited group-lock", "locked to DefaultWEBVPNGroup"),
    ("VPNP-245", "fail", "inherited vpn-filter value NO-TRAFFIC", "`value NO-TRAFFIC` is inherited"),
    ("VPNP-246", "fail", "inherited split-tunnel-policy", "`tunnelspecified` is split tunnelling"),
    ("VPNP-247", "fail", "a group-policy without values of its own", "does not set itself: vpn-simultaneous-logins"),
    ("VPNP-251", "error", "authentication aaa certificate", "certificate and password together"),
    ("VPNP-252", "fail", "authentication aaa", "ask their users for a password"),
    ("VPNP-253", "fail", "aaa_status FAILED", "AAA server FAILED: 10.1.0.60"),
    ("VPNP-257", "error", "authentication-server-group RAD", "whether RAD gives phones another group-policy at login"),
    ("VPNP-254", "fail", "no CA certificate of phones", "there is no CA certificate on the device"),
    ("VPNP-351", "fail", "nothing bound to outside, EC suites on", "2 certificates, by what is offered"),
]
CLASSIC = [
    ("VPNP-107", "error", "a train without a minimum build", "no minimum build is recorded for train 9.1"),
    ("VPNP-123", "fail", "ssl encryption rc4-sha1 3des-sha1", "no shared cipher on tlsv1: the phone offers AES256-SHA"),
    ("VPNP-124", "fail", "ssl encryption rc4-sha1 3des-sha1", "weak ciphers are enabled: DES-CBC3-SHA RC4-SHA"),
    ("VPNP-351", "error", "ssl encryption rc4-sha1 3des-sha1", "no phone's offer was answered with a certificate"),
]
# Why a rule does not concern asa-healthy.
HEALTHY_SKIPPED = {
    "VPNP-132": "Single context mode",
    "VPNP-253": "asks no AAA server",
    "VPNP-256": "phones can log in with LSCs",
}

# All that an audit may send.
READ_ONLY = re.compile(
    r"show [a-zA-Z0-9 -]+|show startup-config \| include \^ssl trust-point|more disk0:/dap\.xml|"
    r"failover exec mate show [a-z ]+|enable|terminal pager 0|exit"
)


# --- what is found --------------------------------------------------------------------------------------------------


def test_nothing_of_the_lab_is_warned_of(audited: Audit) -> None:
    """Its passwords come from a program, an inventory script, and stand in no file of the inventory."""
    assert "plain text" not in audited.played.words


def test_the_exit_code_says_unreachable(audited: Audit) -> None:
    assert audited.played.code == 4
    assert audited.played.json("summary.json")["exit_code"] == 3


def test_the_verdict_begins_with_what_is_most_urgent(audited: Audit) -> None:
    """And says what is wrong, not what should be."""
    said = re.search(
        r"\d+ failed, \d+ UNKNOWN: (VPNP-102 AnyConnect for Cisco VPN Phone is disabled)", audited.played.words
    )
    assert said


@pytest.mark.parametrize("device", DEVICES)
def test_recap(audited: Audit, device: str) -> None:
    counts = audited.played.recap()[device]
    assert counts["unreachable"] == (device == "asa-gone")
    assert counts["failed"] == (device in ("asa-faulty", "asa-classic"))
    assert counts["changed"] == 0


def test_the_healthy_device_has_nothing_wrong(audited: Audit) -> None:
    assert audited.played.wrong("asa-healthy") == {}
    skipped = {c: f for c, f in audited.played.findings("asa-healthy").items() if f["status"] == "skipped"}
    assert skipped.keys() == HEALTHY_SKIPPED.keys()
    for control, why in HEALTHY_SKIPPED.items():
        assert why in skipped[control]["outcomes"][0]["message"]


def test_every_device_is_judged_by_every_control(audited: Audit) -> None:
    pages = {page.stem for page in (ROOT / "docs" / "controls").glob("VPNP-*.md")}
    of_asas = {page for page in pages if page < "VPNP-300"} | PROBED
    for device in ("asa-healthy", "asa-faulty", "asa-classic"):
        assert audited.played.findings(device).keys() == of_asas
    assert audited.played.findings(CLUSTER).keys() == pages - of_asas


@pytest.mark.parametrize("device", ["asa-healthy", "asa-faulty", "asa-classic"])
def test_every_line_is_understood(audited: Audit, device: str) -> None:
    assert audited.played.devices[device]["unparsed"] == []


@pytest.mark.parametrize(("device", "table"), [("asa-faulty", FAULTY), ("asa-classic", CLASSIC)])
def test_what_is_wrong_is_found_and_nothing_else(audited: Audit, device: str, table: list[tuple[str, ...]]) -> None:
    assert audited.played.wrong(device) == {control: status for control, status, _fault, _words in table}


@pytest.mark.parametrize(
    ("device", "control", "status", "fault", "words"),
    [("asa-faulty", *row) for row in FAULTY] + [("asa-classic", *row) for row in CLASSIC],
    ids=[f"{row[0]} {row[2]}" for row in FAULTY + CLASSIC],
)
def test_each_fault_is_named(audited: Audit, device: str, control: str, status: str, fault: str, words: str) -> None:
    outcomes = [o for o in audited.played.findings(device)[control]["outcomes"] if o["status"] == status]
    assert words in " | ".join(outcome["message"] for outcome in outcomes), fault
    for outcome in outcomes:
        assert outcome["expected"]
        assert outcome["evidence"]
        assert outcome["fix"]


def test_every_phone_is_judged_as_it_stands(audited: Audit, lab: Site) -> None:
    """What the audit says of a phone now, beside what the lab's phone really did."""
    answer = daemon.ask(lab.folder, {"do": "phones", "how": "show"}, 60.0)
    assert answer is not None
    said = {p["phone"]: p for p in audited.played.json("run.json")["predictions"] if p["moment"] == "now"}
    assert said.keys() == answer["phones"].keys() == PHONES.keys()
    for name, (reason, verdict, words) in PHONES.items():
        assert (answer["phones"][name]["reason"], said[name]["verdict"]) == (reason, verdict), name
        assert words in said[name]["first"]
        assert said[name]["connected"] == answer["phones"][name]["connected"]


def test_the_device_that_is_gone_says_why(audited: Audit, lab: Site) -> None:
    device = audited.played.devices["asa-gone"]
    assert device["status"] == "error"
    assert device["findings"] == []
    assert device["failure"]["code"] == "connection_refused"
    assert device["failure"]["unreachable"] is True
    assert f"127.0.0.1:{lab.port('asa-gone')} refuses" in device["failure"]["what"]
    assert "ansible_port" in device["failure"]["todo"]


# --- what is written ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["run", "summary"])
def test_the_json_keeps_its_schema(audited: Audit, kind: str) -> None:
    content = audited.played.json(f"{kind}.json")
    name = f"{kind}-{content['schema_version']}.json"
    schema = json.loads((ROOT / "docs" / "schema" / name).read_text(encoding="utf-8"))
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    assert [error.message for error in checker.iter_errors(content)] == []


def test_the_summary_counts_what_the_run_holds(audited: Audit) -> None:
    run, summary = audited.played.json("run.json"), audited.played.json("summary.json")
    assert (run["run_id"], run["site"]) == ("test", "Lab")
    for key in ("tool_version", "run_id", "site", "started", "finished", "exit_code", "status", "counts", "notes"):
        assert summary[key] == run[key], key
    statuses = Counter(finding["status"] for device in run["devices"] for finding in device["findings"])
    assert {key: count for key, count in summary["counts"].items() if count} == statuses
    assert sum(summary["devices_by_status"].values()) == len(DEVICES) + 1
    shown = {device["name"]: device for device in summary["devices"]}
    assert sorted(shown) == sorted((*DEVICES, CLUSTER))
    assert (shown["asa-gone"]["failure"], shown["asa-gone"]["unreachable"]) == ("connection_refused", True)
    assert (shown["asa-healthy"]["status"], shown["asa-healthy"]["worst"]) == ("pass", [])
    assert [item["severity"] for item in shown["asa-faulty"]["worst"]] == ["critical"] * 3


def test_every_report_is_there_and_private(audited: Audit) -> None:
    reports = audited.played.reports
    named = set(audited.played.json("summary.json")["reports"].values())
    assert named == {
        "run.json", "junit.xml", "report.html", "report.md", "findings.csv", "phones.csv", "summary.json",
    }  # fmt: skip
    folders = {".", "states", "probes", "cucm", "phones"}
    states = {f"{kind}/{device}.json" for kind in ("states", "probes") for device in DEVICES}
    states |= {f"{kind}/{CLUSTER}.json" for kind in ("cucm", "phones")}
    found = modes(reports)
    assert found.keys() == folders | named | states | {"trend.json"}
    assert {mode for path, mode in found.items() if path in folders} == {0o700}
    assert {mode for path, mode in found.items() if path in named | states} == {0o600}


@pytest.mark.parametrize(
    "report", ["junit.xml", "report.html", "report.md", "findings.csv", "summary.json", "run.json"]
)
def test_every_device_is_in_every_report(audited: Audit, report: str) -> None:
    text = (audited.played.reports / report).read_text(encoding="utf-8")
    for device in (*DEVICES, CLUSTER):
        assert device in text


def test_latest_points_to_the_run(audited: Audit) -> None:
    latest = audited.played.reports.parent / "latest"
    assert latest.is_symlink()
    assert str(latest.readlink()) == "test"


def test_the_result_is_shown(audited: Audit) -> None:
    shown = audited.played.output
    assert re.search(r"^ *asa-healthy +PASS ", shown, re.MULTILINE)
    assert re.search(r"^ *asa-faulty +UNKNOWN +30 +3 ", shown, re.MULTILINE)
    assert "[connection_refused]" in shown
    assert audited.played.json("summary.json")["verdict"] in audited.played.words


# --- what the devices saw -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("device", DEVICES)
def test_no_configuration_is_changed(audited: Audit, lab: Site, device: str) -> None:
    before, now = lab.before[device], lab.state(device)
    for key in ("running_config", "startup_config", "revision", "trustpoints", "contexts"):
        assert now[key] == before[key], key


@pytest.mark.parametrize("device", ["asa-healthy", "asa-faulty", "asa-classic"])
def test_only_reading_commands_are_sent(audited: Audit, device: str) -> None:
    commands = audited.commands(device)
    assert [command for command in commands if not READ_ONLY.fullmatch(command)] == []
    assert sum(command.startswith("show running-config") for command in commands) > 5
    # A whole configuration holds secrets, and nobody needs it.
    assert "show running-config" not in commands


@pytest.mark.parametrize("device", DEVICES)
def test_one_session_a_device_and_none_left(audited: Audit, lab: Site, device: str) -> None:
    events = [item["event"] for item in audited.log if item["device"] == device]
    expected = 0 if device == "asa-gone" else 1
    assert [events.count(event) for event in ("connect", "login", "disconnect")] == [expected] * 3
    assert lab.state(device)["sessions"] == 0


def test_each_device_is_asked_what_its_release_knows(audited: Audit) -> None:
    mate = "failover exec mate show crypto ca certificates"
    assert mate in audited.commands("asa-healthy")
    for device in ("asa-faulty", "asa-classic"):
        assert mate not in audited.commands(device)
    source = audited.played.devices["asa-classic"]["sources"]["ssl_suites"]
    assert source["status"] == "refused"
    for device in ("asa-healthy", "asa-faulty"):
        unread = [f"{key}: {s['status']}" for key, s in audited.played.devices[device]["sources"].items()]
        assert [item for item in unread if not item.endswith((": ok", ": absent", ": missing"))] == []
