"""The audit without a device: saved answers give what the device gave, and no secret leaves a device by any way."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ansible.module_utils.vpnphone.commands import COMMANDS

from tests.integration.conftest import (
    LAB_INVENTORY,
    ROOT,
    SCENARIOS,
    Audit,
    Play,
    Played,
    Site,
    derived,
    modes,
    running_site,
)

READ = ("asa-classic", "asa-faulty", "asa-healthy")
# The only control that needs to know when the answers were given: the clock cannot be compared with ours.
OF_THE_MOMENT = "VPNP-118"
# The only one about what was seen in a handshake, which no saved answer tells.
OF_THE_PROBE = "VPNP-351"
CLUSTER = "lab-cucm"
DECLARED = {
    "vpnphone_tunnel_groups": ["VPNPhone"],
    "vpnphone_gateway_urls": ["https://vpn.example.com/VPNPhone", "https://vpn3.example.com/VPNPhone"],
    "vpnphone_site": "Lab",
    "vpnphone_phone_models_file": str(ROOT / "inventories" / "lab_phone_models.yml"),
}


# --- the same as live -----------------------------------------------------------------------------------------------


class Replay(NamedTuple):
    played: Played
    asked: int


@pytest.fixture(scope="module")
def replay(play: Play, lab: Site, audited: Audit) -> Replay:
    """The saved answers of the default site, with what its inventory declares."""
    seen = len(lab.log())
    played = play("-i", LAB_INVENTORY, lab=lab, vpnphone_saved_outputs=str(audited.saved))
    return Replay(played, len(lab.log()) - seen)


def test_what_was_saved_is_private_and_complete(audited: Audit) -> None:
    found = modes(audited.saved)
    assert set(audited.saved.iterdir()) == {audited.saved / device for device in (*READ, CLUSTER)}
    for path, mode in found.items():
        if path != ".":
            assert mode == (0o600 if path.endswith((".txt", ".xml", ".json")) else 0o700), path
    for device in READ:
        sent = [c for c in audited.commands(device) if c.startswith(("show ", "more ", "failover exec"))]
        # show curpriv belongs to the login.
        assert len(list((audited.saved / device).iterdir())) == len(set(sent) - {"show curpriv"})


def test_no_device_is_asked(replay: Replay) -> None:
    assert replay.asked == 0
    assert replay.played.code == 2
    assert set(replay.played.devices) == {*READ, CLUSTER}
    assert {device["origin"] for device in replay.played.devices.values()} == {"saved"}


@pytest.mark.parametrize("device", READ)
def test_the_findings_are_those_of_the_live_device(replay: Replay, audited: Audit, device: str) -> None:
    live, saved = audited.played.findings(device), replay.played.findings(device)
    assert live.keys() == saved.keys() | {OF_THE_PROBE}
    assert [control for control in saved if live[control] != saved[control]] == [OF_THE_MOMENT]
    for key in ("profiles", "release", "hostname", "unparsed", "sources"):
        assert replay.played.devices[device][key] == audited.played.devices[device][key], key


@pytest.mark.parametrize("device", READ)
def test_the_clock_cannot_be_compared(replay: Replay, audited: Audit, device: str) -> None:
    live, saved = (p.findings(device)[OF_THE_MOMENT]["outcomes"] for p in (audited.played, replay.played))
    assert live[1:] == saved[1:]
    assert saved[0]["status"] == "skipped"
    assert "do not say when they were made" in saved[0]["message"]


# --- captures of other kinds, without an inventory ------------------------------------------------------------------


@pytest.fixture(scope="module")
def captures(play: Play, audited: Audit, tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("captures")
    outside = tmp_path_factory.mktemp("outside") / "version.txt"
    shutil.copy(audited.saved / "asa-healthy" / "show_version.txt", outside)
    config = f"hostname branch\n{(SCENARIOS / 'bench.cfg').read_text(encoding='utf-8')}: end\n"
    (folder / "lone.cfg").write_text(config, encoding="utf-8")
    (folder / "folder").mkdir()
    (folder / "folder" / "running-config.txt").write_text(config, encoding="utf-8")
    (folder / "cut.cfg").write_text(config[: config.index("tunnel-group VPNPhone general")], encoding="utf-8")
    shutil.copytree(audited.saved / "asa-healthy", folder / "asa-healthy")
    shutil.copytree(audited.saved / "asa-healthy", folder / "linked")
    (folder / "linked" / "show_version.txt").unlink()
    (folder / "linked" / "show_version.txt").symlink_to(outside)
    (folder / "folder" / "todo.md").write_text("ask for the licence", encoding="utf-8")
    (folder / "noise.cfg").write_bytes(bytes(range(256)) * 40)
    (folder / "nothing").mkdir()
    (folder / "nothing" / "show_version.txt").touch()
    (folder / "README.md").write_text("no device", encoding="utf-8")
    (folder / ".git").mkdir()
    return play("-i", "localhost,", vpnphone_saved_outputs=str(folder), **DECLARED)


def test_the_devices_are_named_by_folder_and_file(captures: Played) -> None:
    assert set(captures.devices) == {"lone", "folder", "cut", "asa-healthy", "linked", "noise", "nothing"}
    assert captures.code == 2


def test_a_file_that_says_nothing_is_told(captures: Played) -> None:
    assert "[WARNING]: folder: nothing was read from todo.md (docs/saved-outputs.md)" in captures.words


@pytest.mark.parametrize(
    ("device", "words"),
    [("noise", "`show running-config` is unreadable: "), ("nothing", "`show version` is unreadable: ")],
)
def test_a_device_of_which_nothing_is_understood_has_one_reason(captures: Played, device: str, words: str) -> None:
    failure = captures.devices[device]["failure"]
    assert failure["code"] == "saved_outputs_unreadable"
    assert failure["what"].startswith(f"no output could be understood: {words}")
    assert not failure["unreachable"]
    # Its hint cannot be an Ansible limit: the hosts are made by the run.
    assert "--limit" not in captures.output


def test_no_inventory_is_needed(captures: Played, audited: Audit) -> None:
    live, saved = audited.played.findings("asa-healthy"), captures.findings("asa-healthy")
    assert [control for control in saved if live[control] != saved[control]] == [OF_THE_MOMENT]


def test_a_lone_file_is_a_folder_with_that_configuration(captures: Played) -> None:
    lone, folder = captures.findings("lone"), captures.findings("folder")
    for finding in [*lone.values(), *folder.values()]:
        del finding["device"]
    assert lone == folder
    assert captures.devices["lone"]["hostname"] == "branch"


def test_what_a_configuration_does_not_tell_is_unknown_and_named(captures: Played) -> None:
    missing = {command.text for command in COMMANDS if not command.config}
    unknown = {c: f for c, f in captures.findings("lone").items() if f["status"] == "error"}
    for control, finding in unknown.items():
        told = " ".join(o["message"] for o in finding["outcomes"] if o["status"] == "error")
        assert missing & set(re.findall(r"`([^`]+)`", told)), control
    # Licences, certificates, ciphers of levels, the mate, the criteria of DAP.
    assert {"VPNP-102", "VPNP-112", "VPNP-114", "VPNP-131", "VPNP-234"} <= unknown.keys()
    # And what it does tell is judged.
    statuses = captures.statuses("lone")
    for control in ("VPNP-211", "VPNP-216", "VPNP-221", "VPNP-242", "VPNP-243", "VPNP-244", "VPNP-251"):
        assert statuses[control] == "pass", control
    assert "fail" not in statuses.values()


def test_a_configuration_that_was_cut_off_proves_no_absence(captures: Played) -> None:
    statuses = captures.statuses("cut")
    assert captures.devices["cut"]["sources"]["tunnel_groups"]["status"] == "incomplete"
    for control in ("VPNP-211", "VPNP-221", "VPNP-242", "VPNP-251"):
        assert statuses[control] == "error", control


def test_a_link_that_leads_out_is_not_read(captures: Played) -> None:
    device = captures.devices["linked"]
    assert device["sources"]["version"]["status"] == "unreadable"
    assert "a link that leads out of the folder" in device["sources"]["version"]["detail"]
    assert device["release"] == ""
    assert captures.statuses("linked")["VPNP-102"] == "error"


# --- directories that cannot be used --------------------------------------------------------------------------------


def _hostile_name(folder: Path) -> None:
    (folder / "{{ 7 * 191 }}").mkdir()


def _link_out(folder: Path) -> None:
    (folder / "fw").symlink_to(folder.parent, target_is_directory=True)


def _twice(folder: Path) -> None:
    (folder / "fw").mkdir()
    (folder / "fw.cfg").write_text("hostname fw\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (_hostile_name, "bad_device_name", "'{{ 7 * 191 }}' cannot be the name of a device"),
        (_link_out, "saved_outputs_escape", "fw is a link that leads out of the directory"),
        (_twice, "saved_outputs_twice", "device fw is there twice: fw and fw.cfg"),
        (lambda folder: None, "saved_outputs_empty", "the directory holds no outputs of a device"),
        (lambda folder: folder.rmdir(), "saved_outputs_missing", "there is no such directory"),
    ],
    ids=["name", "link", "twice", "empty", "missing"],
)
def test_a_directory_that_cannot_be_used(play: Play, tmp_path: Path, make: Any, code: str, words: str) -> None:
    folder = tmp_path / "captures"
    folder.mkdir()
    make(folder)
    played = play("-i", "localhost,", vpnphone_saved_outputs=str(folder))
    assert played.code == 2
    assert words in played.words.replace("''", "'")
    assert f"[{code}]" in played.output
    assert "1337" not in played.output
    assert not played.reports.exists()


# --- secrets --------------------------------------------------------------------------------------------------------

LOGIN, SECRET = "CaNaRy-login-7f31", "CaNaRy-enable-88e2"
# What a device shows of its configuration, with a secret in each line.
SHOWN = """
crypto ca trustpoint SCEP
 enrollment url http://ra:CaNaRy-url@ca.example.com:80/certsrv
 password CaNaRy-challenge
group-policy Partners external server-group RAD password CaNaRy-external
interface GigabitEthernet0/5
 nameif transit
 ospf authentication-key CaNaRy-ospf
 ospf message-digest-key 1 md5 CaNaRy-digest
 authentication key eigrp 10 CaNaRy-eigrp key-id 1
username phone1 password CaNaRy.hash1/0 encrypted privilege 15
username phone1 attributes
 ssh authentication publickey CaNaRy-publickey
"""
SHOWN_IN = ("interface", "username", "group-policy", "crypto_ca_trustpoint")
# What a saved configuration may hold besides.
CONFIG = """
enable password CaNaRy-enable encrypted
passwd CaNaRy-passwd encrypted
username root password $sha512$5000$CaNaRy+salt$CaNaRy+hash pbkdf2 privilege 15
snmp-server community CaNaRy-community
snmp-server host inside 10.0.0.9 community CaNaRy-trap version 2c
snmp-server user bob v3group v3 encrypted auth md5 CaNaRy:snmp:auth priv aes 128 CaNaRy:snmp:priv
failover key CaNaRy-failover
aaa-server LDAP protocol ldap
aaa-server LDAP (inside) host 10.0.0.7
 ldap-login-password CaNaRy-ldap
aaa-server TAC (inside) host 10.0.0.8
 key CaNaRy-tacacs
ntp authentication-key 7 md5 CaNaRy-ntp
vpn load-balancing
 cluster key CaNaRy-cluster
webvpn
 enable outside
 http-proxy 10.0.0.6 8080 username proxy password CaNaRy-proxy
tunnel-group Branch type ipsec-l2l
tunnel-group Branch ipsec-attributes
 ikev1 pre-shared-key CaNaRy-ikev1
 ikev2 remote-authentication pre-shared-key CaNaRy-remote
 ikev2 local-authentication pre-shared-key CaNaRy-local
"""


class Leaks(NamedTuple):
    live: Played
    saved: Path
    replay: Played
    # Command lines of all processes while the devices were asked.
    command_lines: set[str]
    configuration: str


@pytest.fixture(scope="module")
def leaks(play: Play, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Leaks]:
    """A site full of canaries, audited with all that Ansible can print, saved, and read again beside a leaky backup."""
    folder = tmp_path_factory.mktemp("canaries")
    config = (SCENARIOS / "bench.cfg").read_text(encoding="utf-8")

    def change(data: dict[str, Any]) -> None:
        data["devices"] = [
            {"name": "leaky", "config": config + SHOWN, "enable_secret": SECRET},
            {"name": "refused", "users": [{"name": "other", "password": LOGIN}], "vars": {"ansible_user": "nobody"}},
            {"name": "unprivileged", "enable_secret": "another", "vars": {"ansible_become_password": SECRET}},
        ]
        data["defaults"]["users"] = [{"name": "admin", "password": LOGIN, "privilege": 15}]
        del data["defaults"]["config_file"]

    scenario = derived("faults.yml", folder, change)
    for site in running_site(folder / "lab", scenario):
        done, seen = threading.Event(), set[str]()
        watch = threading.Thread(target=_command_lines, args=(done, seen))
        watch.start()
        try:
            live = play("-vvv", lab=site, gather_save_to=str(folder / "saved"), **DECLARED)
        finally:
            done.set()
            watch.join()
        shown = "\n".join(site.before["leaky"]["running_config"])
    backup = folder / "saved" / "backup.cfg"
    backup.write_text(f"hostname backup\n{config}{SHOWN}{CONFIG}: end\n", encoding="utf-8")
    replay = play("-vvv", "-i", "localhost,", vpnphone_saved_outputs=str(folder / "saved"), **DECLARED)
    backup.unlink()
    yield Leaks(live, folder / "saved", replay, seen, shown)


def _command_lines(done: threading.Event, seen: set[str]) -> None:
    while not done.wait(0.05):
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen.add(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
            except OSError:
                continue


def test_the_canaries_were_there(leaks: Leaks) -> None:
    """Else the other tests prove nothing: the device holds them, and answered with them in its lines."""
    assert leaks.configuration.count("CaNaRy") == SHOWN.count("CaNaRy")
    for section in SHOWN_IN:
        text = (leaks.saved / "leaky" / f"show_running-config_{section}.txt").read_text(encoding="utf-8")
        assert "<removed>" in text, section
    assert any("ansible-playbook" in line for line in leaks.command_lines)
    codes = {name: device["failure"]["code"] for name, device in leaks.live.devices.items() if device["failure"]}
    assert codes == {"refused": "login_refused", "unprivileged": "enable_refused"}
    assert leaks.replay.devices["backup"]["sources"]["tunnel_groups"]["status"] == "ok"


@pytest.mark.parametrize("run", ["live", "replay"])
def test_no_secret_is_printed(leaks: Leaks, run: str) -> None:
    played: Played = getattr(leaks, run)
    assert "CaNaRy" not in played.output


@pytest.mark.parametrize("run", ["live", "replay"])
def test_no_secret_is_written(leaks: Leaks, run: str) -> None:
    played: Played = getattr(leaks, run)
    files = [path for path in played.reports.rglob("*") if path.is_file()]
    assert len(files) > 7
    assert [path.name for path in files if b"CaNaRy" in path.read_bytes()] == []


def test_no_secret_is_saved(leaks: Leaks) -> None:
    files = [path for path in leaks.saved.rglob("*") if path.is_file()]
    assert len(files) > 15
    assert [path.name for path in files if b"CaNaRy" in path.read_bytes()] == []


def test_no_secret_is_in_a_command_line(leaks: Leaks) -> None:
    assert [line for line in leaks.command_lines if "CaNaRy" in line] == []


def test_hiding_changes_no_verdict(leaks: Leaks) -> None:
    live, saved = leaks.live.statuses("leaky"), leaks.replay.statuses("leaky")
    assert {control: live[control] for control in live if live[control] != saved[control]} == {}
