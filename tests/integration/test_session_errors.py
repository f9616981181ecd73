"""Devices that each break in a way of their own, all in one run: the reason of each, and nothing left behind."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import paramiko
import pytest
from ansible.module_utils.vpnphone.commands import COMMANDS
from ansible.module_utils.vpnphone.controls.catalogue import all_controls

from tests.integration.conftest import ROOT, Play, Played, Site, derived, running_site

# Device: code of docs/errors.md, what happened, what to do.
FAILURES = {
    "refused": ("connection_refused", "refuses the connection", "ansible_port"),
    "hangs-at-once": ("timeout_connect", "within 2 s", "vpnphone_connect_timeout"),
    "hangs-later": ("timeout_command", "no data for 2 s", "vpnphone_command_timeout"),
    "login-too-slow": ("timeout_connect", "within 2 s", "vpnphone_connect_timeout"),
    "drops-once": ("session_closed", "closed the session while waiting for the answer of", "show ssh sessions"),
    "full": ("session_closed", "closed the connection before the login was done", "five SSH sessions"),
    "pager": ("pager_stays_on", "'Command authorization failed' to `terminal pager 0`", "Allow `terminal pager`"),
    "pager-silent": ("pager_stays_on", "`show version` stopped at '<--- More --->'", "Allow `terminal pager`"),
    "unknown-host-key": ("host_key_unknown", "unknown host key ssh-ed25519 SHA256:", "known_hosts"),
    "wrong-host-key": ("host_key_changed", "CHANGED: expected SHA256:", "Find out why first"),
    "no-kex": ("no_common_algorithm", "no SSH algorithm in common", "vpnphone_ssh_legacy: true"),
    "wrong-password": ("login_refused", "refused the login of 'admin'", "ansible_password"),
    "wrong-secret": ("enable_refused", "refused the enable secret", "ansible_become_password"),
    "missing-secret": ("enable_secret_missing", "ends in user mode", "ansible_become_password"),
    "no-such-name": ("name_unknown", "'no..name' does not resolve", "ansible_host"),
    "no-known-hosts": ("file_missing", "'/nonexistent/known_hosts' is not a file", "vpnphone_known_hosts"),
    "bad-jump": ("jump_failed", "failed: Permission denied (publickey).", "ProxyJump"),
    "bad-ssh-config": ("ssh_config", "cannot be used: ", "vpnphone_ssh_config"),
    "no-user": ("user_missing", "no user name", "ansible_user"),
    "no-time": ("bad_input", "0 seconds are no time to wait", "vpnphone_command_timeout"),
}
GATEWAY_URLS = ["https://vpn.example.com/VPNPhone"]
# Not the device's fault: the inventory names what cannot be used.
BAD_INPUT = {"no-known-hosts", "bad-ssh-config", "no-user", "no-time"}
# What may happen to a session and must not change a verdict.
UNHARMED = ["prompt-spoof", "replication", "logging-monitor", "slow-login", "ask-later", "legacy-allowed", "truncated"]
# Device: the section that is damaged or refused, its status, and every control that is UNKNOWN because of it.
GAPS = {
    "garbage": ("version", "unreadable", "101 102 103 104 106 107 112 121 122 123 124 125"),
    "garbage-tunnel-groups": (
        "tunnel_groups",
        "unreadable",
        "111 112 113 114 115 116 117 121 122 201 202 203 211 212 213 214 219 221 231 232 233"
        " 241 242 243 244 245 246 247 248 249 250 251 252 253 254 255 256 257",
    ),
    "dap-denied": ("dap_records", "refused", "231 232 233 234"),
    "webvpn-denied": ("webvpn", "refused", "105 111 112 113 114 115 116 117 121 122 216 217 219 221 222"),
}
LOW = {"privilege-10", "privilege-hidden"}
READ = {"no-fault", "through-a-proxy", "command-authorization", *LOW, "truncated-version", *UNHARMED, *GAPS}


# A ProxyCommand: what comes goes to the host and port that it is given, and back.
RELAY = """
import os, socket, sys, threading
device = socket.create_connection((sys.argv[1], int(sys.argv[2])))
def back():
    while data := device.recv(65536):
        os.write(1, data)
threading.Thread(target=back, daemon=True).start()
while data := os.read(0, 65536):
    device.sendall(data)
"""
# No `ssh` is needed to see what becomes of its complaints.
REFUSE = "import sys; sys.exit('Warning: added.\\nPermission denied (publickey).')"


def _devices(data: dict[str, Any], folder: Path) -> None:
    """The shipped devices, none of which may cost the test a minute, and some more."""
    no_keys, ssh_config, bad_config = folder / "no-keys", folder / "ssh config", folder / "bad-config"
    no_keys.touch()
    (folder / "relay.py").write_text(RELAY, encoding="utf-8")
    ssh_config.write_text(
        f"Host by-proxy\n HostName 127.0.0.1\n ProxyCommand {sys.executable} {folder}/relay.py %h %p\n"
        f'Host refused\n HostName 127.0.0.1\n ProxyCommand {sys.executable} -c "{REFUSE}"\n',
        encoding="utf-8",
    )
    bad_config.write_text("Host *\n Port many\n", encoding="utf-8")
    shipped = {device["name"]: device for device in data["devices"]}
    shipped["hangs-at-once"]["vars"] = {"vpnphone_connect_timeout": 2}
    shipped["hangs-later"]["vars"] = {"vpnphone_command_timeout": 2}
    shipped["slow-login"]["faults"][0]["seconds"] = 2

    def add(name: str, kind: str = "", command: str = "", deny: str = "", **more: Any) -> None:
        device: dict[str, Any] = {"name": name, **more}
        if kind:
            device["faults"] = [{"kind": kind, "command": command, "seconds": 20}]
        if deny:
            device["users"] = [{"name": "auditor", "password": "rehearse", "privilege": 15, "deny": [deny]}]
        data["devices"].append(device)

    add("full")
    add("login-too-slow", "slow_login", vars={"vpnphone_connect_timeout": 2})
    add("unknown-host-key", vars={"vpnphone_known_hosts": str(no_keys)})
    add("missing-secret", vars={"ansible_become_password": ""})
    add("legacy-allowed", "no_kex", vars={"vpnphone_ssh_legacy": True})
    add("no-such-name", vars={"ansible_host": "no..name"})
    add("no-known-hosts", vars={"vpnphone_known_hosts": "/nonexistent/known_hosts"})
    add("through-a-proxy", vars={"ansible_host": "by-proxy", "vpnphone_ssh_config": str(ssh_config)})
    add("bad-jump", vars={"ansible_host": "refused", "vpnphone_ssh_config": str(ssh_config)})
    add("bad-ssh-config", vars={"ansible_port": 22, "vpnphone_ssh_config": str(bad_config)})
    add("no-user", vars={"ansible_user": ""})
    add("no-time", vars={"vpnphone_command_timeout": 0})
    add("garbage-tunnel-groups", "garbage", "^show running-config tunnel-group")
    add("truncated-version", "truncate", "^show version")
    add("dap-denied", deny="^show running-config dynamic-access-policy-record")
    add("webvpn-denied", deny="^show running-config webvpn")
    add("privilege-hidden", deny="^show curpriv")
    add("privilege-10", users=[{"name": "low", "password": "rehearse", "privilege": 10, "auto_enable": True}])


class Broken(NamedTuple):
    site: Site
    played: Played
    left_open: dict[str, int]


@pytest.fixture(scope="module")
def broken(play: Play, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broken]:
    folder = tmp_path_factory.mktemp("faults")
    scenario = derived("faults.yml", folder, lambda data: _devices(data, folder))
    for site in running_site(folder / "lab", scenario):
        with ExitStack() as sessions:
            for _ in range(5):
                sessions.enter_context(_session(site, "full"))
            # More forks than hosts: the hanging ones must not hold the others up.
            played = play("--forks", "50", lab=site, vpnphone_gateway_urls=GATEWAY_URLS)
        yield Broken(site, played, site.open_sessions())


def _session(site: Site, device: str) -> paramiko.SSHClient:
    client = paramiko.SSHClient()
    client.load_host_keys(str(site.folder / "known_hosts"))
    client.connect("127.0.0.1", site.port(device), "admin", "rehearse", allow_agent=False, look_for_keys=False)
    return client


def failure(played: Played, device: str) -> dict[str, Any]:
    found = played.devices[device]["failure"]
    assert found is not None, f"{device} was read"
    return dict(found)


# --- devices that cannot be read ------------------------------------------------------------------------------------


def test_every_device_is_accounted_for(broken: Broken) -> None:
    assert set(broken.site.names) == FAILURES.keys() | READ
    assert {name for name, device in broken.played.devices.items() if device["failure"]} == FAILURES.keys()
    assert set(broken.played.devices) == set(broken.site.names)


@pytest.mark.parametrize("device", FAILURES)
def test_the_failure_says_what_and_what_to_do(broken: Broken, device: str) -> None:
    code, what, todo = FAILURES[device]
    found = failure(broken.played, device)
    assert found["code"] == code
    assert what in found["what"]
    assert todo in found["todo"]
    assert found["unreachable"] == (device not in BAD_INPUT)
    assert f"[{code}]" in broken.played.output


@pytest.mark.parametrize("device", FAILURES)
def test_the_recap_tells_unreachable_from_failed(broken: Broken, device: str) -> None:
    counts = broken.played.recap()[device]
    bad = device in BAD_INPUT
    assert (counts["unreachable"], counts["failed"]) == ((0, 1) if bad else (1, 0))


def test_every_session_is_closed(broken: Broken) -> None:
    assert broken.left_open == {}


def test_a_refused_password_is_tried_once(broken: Broken) -> None:
    logins = [item for item in broken.site.log() if item["event"] == "login"]
    assert [item["granted"] for item in logins if item["device"] == "wrong-password"] == [False]
    assert [item["granted"] for item in logins if item["device"] == "wrong-secret"] == [True]


def test_no_configuration_is_changed(broken: Broken) -> None:
    for device in broken.site.names:
        assert broken.site.state(device)["running_config"] == broken.site.before[device]["running_config"]
        assert broken.site.state(device)["revision"] == 0


@pytest.fixture(scope="module")
def again(broken: Broken, play: Play) -> Played:
    """Two devices once more; the key that is known for the good one is now another's."""
    known = broken.site.folder / "known_hosts"
    text = known.read_text(encoding="utf-8")
    good, other = (f"[127.0.0.1]:{broken.site.port(name)} " for name in ("no-fault", "drops-once"))
    lines = {line.partition(" ")[0] + " ": line.partition(" ")[2] for line in text.splitlines()}
    assert lines[good] != lines[other]
    known.write_text("".join(f"{host}{lines[other] if host == good else key}\n" for host, key in lines.items()))
    return play("--limit", "no-fault,drops-once", lab=broken.site, vpnphone_gateway_urls=GATEWAY_URLS)


def test_a_changed_host_key_is_refused(again: Played) -> None:
    assert failure(again, "no-fault")["code"] == "host_key_changed"


def test_a_drop_is_forgotten_in_the_next_run(again: Played, broken: Broken) -> None:
    assert again.statuses("drops-once") == broken.played.statuses("no-fault")


# --- devices that are read, in spite of something -------------------------------------------------------------------


@pytest.mark.parametrize("device", UNHARMED)
def test_what_comes_between_changes_no_verdict(broken: Broken, device: str) -> None:
    good = broken.played.findings("no-fault")
    assert broken.played.statuses("no-fault").keys() == {rule.id for rule in all_controls("asa")}
    for control, finding in broken.played.findings(device).items():
        expected = [(o["status"], o["subject"], o["expected"]) for o in good[control]["outcomes"]]
        # Expectations quote the clock.
        if control in ("VPNP-114", "VPNP-115", "VPNP-118"):
            assert finding["status"] == good[control]["status"]
        else:
            assert [(o["status"], o["subject"], o["expected"]) for o in finding["outcomes"]] == expected
    assert broken.played.devices[device]["profiles"] == broken.played.devices["no-fault"]["profiles"]


def needing(section: str) -> set[str]:
    return {rule.id for rule in all_controls("asa") if section in rule.needs}


def ids(numbers: str) -> set[str]:
    return {f"VPNP-{number}" for number in numbers.split()}


def unknown(played: Played, device: str) -> set[str]:
    return {control for control, status in played.statuses(device).items() if status == "error"}


@pytest.mark.parametrize("device", GAPS)
def test_a_damaged_or_refused_answer_is_unknown_and_nothing_else(broken: Broken, device: str) -> None:
    played = broken.played
    section, status, numbers = GAPS[device]
    source = played.devices[device]["sources"][section]
    assert source["status"] == status
    assert ("control characters" if status == "unreadable" else "Command authorization failed") in source["detail"]
    expected = ids(numbers)
    assert unknown(played, device) == expected
    rest = {control: found for control, found in played.statuses(device).items() if control not in expected}
    assert rest.items() <= played.statuses("no-fault").items()


def test_every_control_that_needs_what_is_refused_is_unknown(broken: Broken) -> None:
    needing = {rule.id for rule in all_controls("asa") if "dap_records" in rule.needs}
    assert unknown(broken.played, "dap-denied") == needing


def test_sections_that_are_refused_are_unknown_and_no_others(broken: Broken) -> None:
    played = broken.played
    sources = played.devices["command-authorization"]["sources"]
    assert {key for key, source in sources.items() if source["status"] == "refused"} == {
        "ssl",
        "default_group_policy",
        "dap_xml",
    }
    assert unknown(played, "command-authorization") == ids(
        "111 112 113 114 115 116 117 119 121 122 123 124 125 234 249"
    )


@pytest.mark.parametrize("device", sorted(LOW))
def test_a_low_privilege_proves_nothing_of_the_configuration(broken: Broken, device: str) -> None:
    config = {command.section for command in COMMANDS if command.config or command.lines}
    sources = broken.played.devices[device]["sources"]
    assert {key for key, source in sources.items() if source["status"] == "incomplete"} == config
    statuses = broken.played.statuses(device)
    known = {control: status for control, status in statuses.items() if status != "error"}
    # Nothing of these stands in the configuration.
    assert known == {
        "VPNP-101": "pass",
        "VPNP-102": "pass",
        "VPNP-103": "pass",
        "VPNP-104": "pass",
        "VPNP-106": "pass",
        "VPNP-107": "fail",
        "VPNP-131": "skipped",
        "VPNP-132": "skipped",
    }


def test_a_licence_that_was_cut_off_is_unknown(broken: Broken) -> None:
    statuses = broken.played.statuses("truncated-version")
    assert statuses["VPNP-102"] == "error"
    assert statuses["VPNP-101"] == "pass"


# --- docs/errors.md -------------------------------------------------------------------------------------------------


def test_the_codes_seen_here_are_described() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert not [code for code, _what, _todo in FAILURES.values() if f"`{code}`" not in page]
