from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab import scenario
from lab.device import Device
from lab.shell import Shell
from lab.terminal import Terminal
from tests.unit.lab.lab_texts import INVALID, answer

Talk = Callable[..., str]
Make = Callable[..., Device]

# --- login, enable, prompts -----------------------------------------------------------------------------------------


def test_login_noise_and_wrong_secrets(make_device: Make, talk: Talk) -> None:
    device = make_device()
    text = talk(device, "show curpriv", "enable", "wrong", "worse", "worst", "show curpriv", raw=True)
    assert "User admin logged in to fw\r\n" in text
    assert "Type help or '?' for a list of available commands.\r\nfw> show curpriv\r\n" in text
    assert text.count("Password: ") == 3
    assert text.count("Invalid password\r\n") == 3
    assert "Invalid password\r\nAccess denied.\r\nfw> show curpriv\r\n" in text
    assert "Username : admin\r\nCurrent privilege level : 1\r\nCurrent Mode/s : P_UNPR\r\nfw> " in text
    assert "worst" not in text


def test_enable_login_and_leaving(make_device: Make, talk: Talk) -> None:
    device = make_device(users=[{"name": "a", "password": "pa"}, {"name": "b", "password": "pb", "privilege": 5}])
    text = talk(device, "enable", "disable", "login", "b", "pb", "show curpriv", "exit", "show version")
    assert text.startswith("fw# enable\n    ^\n" + INVALID)
    assert "fw> login\nUsername: b\nPassword: **\nfw# show curpriv\n" in text
    assert "Username : b\nCurrent privilege level : 5\n" in text
    assert text.endswith("fw# exit\n\nLogoff\n\n")


def test_user_mode_knows_few_commands(make_device: Make, talk: Talk) -> None:
    text = talk(make_device(), "show running-config", "show clock", "configure terminal", raw=True)
    assert "fw> show running-config\r\n         ^\r\nERROR: % Invalid input" in text
    assert re.search(r"show clock\r\n\d\d:\d\d:\d\d\.\d{3} UTC ", text)
    assert "fw> configure terminal\r\n" in text
    assert "(config)#" not in text


@pytest.mark.parametrize(
    ("keys", "prompt"),
    [
        ({}, "fw> "),
        ({"prompt": "hostname priority state", "failover": {}}, "fw/pri/act> "),
        ({"prompt": "hostname state priority", "failover": {"unit": "secondary", "state": "standby"}}, "fw/stby/sec> "),
        ({"prompt": "hostname state"}, "fw/actNoFailover> "),
    ],
)
def test_prompt_styles(make_device: Make, talk: Talk, keys: dict[str, Any], prompt: str) -> None:
    assert talk(make_device(**keys), raw=True).endswith(prompt)


def test_modes_and_their_prompts(make_device: Make, talk: Talk) -> None:
    device = make_device()
    lines = (
        "conf t", "webvpn", "group-policy GP attributes", "webvpn", "exit", "tunnel-group TG webvpn-attributes",
        "tunnel-group TG general-attributes", "crypto ca trustpoint TP", "dynamic-access-policy-record R",
        "show clock", "exit", "interface GigabitEthernet0/0", "end",
    )  # fmt: skip
    prompts = re.findall(r"^(fw\S*#) ", talk(device, *lines), re.M)
    assert prompts == [
        "fw#", "fw(config)#", "fw(config-webvpn)#", "fw(config-group-policy)#", "fw(config-group-webvpn)#",
        "fw(config-group-policy)#", "fw(config-tunnel-webvpn)#", "fw(config-tunnel-general)#",
        "fw(config-ca-trustpoint)#", "fw(config-dynamic-access-policy-record)#",
        "fw(config-dynamic-access-policy-record)#", "fw(config)#", "fw(config-if)#", "fw#",
    ]  # fmt: skip


def test_standby_warns(make_device: Make, talk: Talk) -> None:
    text = talk(make_device(failover={"unit": "secondary", "state": "standby"}), "configure terminal")
    assert "**** WARNING ****\n\tConfiguration Replication is NOT performed from Standby unit to Active unit.\n" in text
    assert "\tConfigurations are no longer synchronized.\nfw(config)# " in text
    assert "WARNING" not in talk(make_device(failover={}), "configure terminal")


# --- errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("show nonsense", "         ^\n" + INVALID),
        ("shoe version", "    ^\n" + INVALID),
        ("show", "ERROR: % Incomplete command\n"),
        ("show c", 'ERROR: % Ambiguous command: "show c"\n'),
        ("ssl trust-point TP Outside", "    ^\n" + INVALID),
        ("crypto key generate rsa", "    ^\n" + INVALID),
        ("more disk0:/dap.xml", "%Error opening disk0:/dap.xml (No such file or directory)\n"),
        ("show context", "         ^\n" + INVALID),
        ("changeto system", "    ^\n" + INVALID),
        ("show running-config nosuchthing", "                        ^\n" + INVALID),
        ("show running-config tunnel-group NONE", "ERROR: tunnel-group NONE does not exist\n"),
        ("show running-config ntp", ""),
        ("show vpn-sessiondb svc", "                       ^\n" + INVALID),
    ],
)
def test_exec_errors(make_device: Make, talk: Talk, line: str, expected: str) -> None:
    assert answer(talk(make_device(), line), line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ssl trust-point NONE outside", "ERROR: Trustpoint NONE does not exist.\n"),
        ("ssl trust-point EMPTY outside",
         "ERROR: Trustpoint not enrolled.  Please enroll trustpoint EMPTY and try again.\n"),
        ("ssl trust-point TP dmz", " " * 31 + "^\n" + INVALID),
        ("ssl encryption aes128-sha1", " " * 16 + "^\n" + INVALID),
        ('ssl cipher tlsv1.2 custom "AES128-SHA:TYPO"', " " * 38 + "^\n" + INVALID),
        ("group-policy NONE attributes", "ERROR: group-policy NONE does not exist\n"),
        ("tunnel-group NONE webvpn-attributes", "ERROR: tunnel-group NONE does not exist\n"),
        ("no group-policy GP", "Removing group-policy GP not allowed, it is being used.\n"),
        ("no crypto ca trustpoint TP", "ERROR: Trustpoint TP is in use by ssl and cannot be removed.\n"),
        ("vpn-simultaneous-logins 3", " " * 12 + "^\n" + INVALID),
    ],
)  # fmt: skip
def test_configuration_errors_change_nothing(make_device: Make, talk: Talk, line: str, expected: str) -> None:
    device = make_device()
    before = device.snapshot()["running_config"]
    text = talk(device, "conf t", line)
    assert answer(text, line, "fw(config)# ") == expected
    assert device.snapshot()["running_config"] == before


def test_denied_commands(make_device: Make, talk: Talk) -> None:
    device = make_device(users=[{"name": "ro", "password": "x", "deny": ["^configure", "^show running-config$"]}])
    text = talk(device, "conf t", "sh run", "show running-config ssl")
    assert text.startswith("fw# conf t\nCommand authorization failed\nfw# sh run\nCommand authorization failed\nfw# ")
    assert "ssl trust-point TP Outside\n" in text


def test_a_bar_in_a_text_is_no_filter(make_device: Make, talk: Talk) -> None:
    device = make_device()
    talk(device, "conf t", "interface Gi0/1", "description one | two", "exit", 'banner motd a "b | c" | d')
    config = device.snapshot()["running_config"]
    assert {" description one | two", 'banner motd a "b | c" | d'} <= set(config)


# --- the configuration is kept --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "there", "gone"),
    [
        (["ssl cipher tlsv1.2 custom \"AES128-SHA\""], ['ssl cipher tlsv1.2 custom "AES128-SHA"'], []),
        (["ssl dh-group group14", "ssl dh-group group2"], ["ssl dh-group group2"], ["ssl dh-group group14"]),
        (["no ssl trust-point TP outside"], [], ["ssl trust-point TP Outside"]),
        (["no ssl trust-point EMPTY outside"], ["ssl trust-point TP Outside"], []),
        (["group-policy GP attributes", "vpn-sim 0"], [" vpn-simultaneous-logins 0"], [" vpn-simultaneous-logins 3"]),
        (["group-policy GP attributes", "no vpn-simultaneous-logins"], [], [" vpn-simultaneous-logins 3"]),
        (["group-policy GP attributes", "group-lock value TG", "group-lock none"], [" group-lock none"],
         [" group-lock value TG"]),
        (["group-policy GP attributes", "vpn-tunnel-protocol ssl-clientless ikev2 ssl-client"],
         [" vpn-tunnel-protocol ikev2 ssl-client ssl-clientless"], [" vpn-tunnel-protocol ssl-client"]),
        (["group-policy GP attributes", "webvpn", "anyconnect mtu 1200"], ["  anyconnect mtu 1200"],
         ["  anyconnect mtu 1290"]),
        (["tunnel-group TG webvpn-attributes", "without-csd"], [" without-csd"], []),
        (["tunnel-group TG webvpn-attributes", "group-url https://vpn.example.com/TG disable"],
         [" group-url https://vpn.example.com/TG disable"], [" group-url https://vpn.example.com/TG enable"]),
        (["tunnel-group TG webvpn-attributes", "no group-url https://vpn.example.com/TG"],
         [" authentication certificate"], [" group-url https://vpn.example.com/TG enable"]),
        (["tunnel-group TG webvpn-attributes", "group-url https://other.example.com/TG"],
         [" group-url https://vpn.example.com/TG enable", " group-url https://other.example.com/TG enable"], []),
        (["webvpn", "hostscan enable", "no hostscan enable", "port 8443"], [" port 8443"], [" hostscan enable"]),
        (["no webvpn"], [], ["webvpn", " enable Outside"]),
        (["interface GigabitEthernet0/1", "no nameif"], [" no nameif"], [" nameif inside"]),
        (["group-policy NEW internal", "group-policy NEW attributes", "vpn-filter none"],
         ["group-policy NEW internal", "group-policy NEW attributes", " vpn-filter none"], []),
        (["no tunnel-group TG"], [], ["tunnel-group TG type remote-access", "tunnel-group TG webvpn-attributes"]),
        (["username bob password secret privilege 3", "username bob attributes", "vpn-filter none", "no username bob"],
         [], ["username bob attributes"]),
        (["hostname other"], ["hostname other"], ["hostname fw"]),
        (["terminal width 511"], ["terminal width 511"], []),
        (["clear configure ssl"], ["webvpn"], ["ssl trust-point TP Outside"]),
    ],
)  # fmt: skip
def test_lines_replace_and_remove(
    make_device: Make, talk: Talk, lines: list[str], there: list[str], gone: list[str]
) -> None:
    device = make_device()
    text = talk(device, "conf t", *lines)
    assert "ERROR" not in text
    config = device.snapshot()["running_config"]
    for line in there:
        assert config.count(line) == 1, line
    assert not set(gone) & set(config)
    # What the device shows is what it holds.
    shown = talk(device, "show running-config")
    assert all(f"\n{line}\n" in shown for line in there)


def test_new_sections_go_where_the_asa_prints_them(make_device: Make, talk: Talk) -> None:
    device = make_device()
    talk(device, "conf t", "ntp server 10.0.0.9", "group-policy A internal", "access-list X standard permit any4")
    config = device.snapshot()["running_config"]
    places = [config.index(line) for line in (
        "access-list X standard permit any4", "crypto ca trustpoint TP", "ntp server 10.0.0.9",
        "ssl trust-point TP Outside", "webvpn", "group-policy A internal", "tunnel-group TG type remote-access",
    )]  # fmt: skip
    assert places == sorted(places)


def test_saving(make_device: Make, talk: Talk) -> None:
    device = make_device()
    talk(device, "conf t", "ssl dh-group group14")
    assert "ssl dh-group group14" not in device.snapshot()["startup_config"]
    text = talk(device, "wr mem", "show startup-config")
    assert re.search(
        r"Building configuration\.\.\.\nCryptochecksum: (?:[0-9a-f]{8} ){4}\n\n"
        r"\d+ bytes copied in 0\.50 secs\n\[OK\]\nfw# ",
        text,
    )
    assert "ssl dh-group group14" in device.snapshot()["startup_config"]
    assert "ssl dh-group group14\n" in text.split("show startup-config", 1)[1]


def test_secrets_are_never_shown(make_device: Make, talk: Talk) -> None:
    config = (
        "aaa-server R (inside) host 10.0.0.9\n key radius-canary\n"
        "tunnel-group L ipsec-attributes\n ikev1 pre-shared-key psk-canary\n"
    )
    for version, mark in (("9.16(4)", "$sha512$5000$"), ("9.1(1)", " encrypted")):
        device = make_device(version=version, config=config, trustpoints={})
        text = talk(
            device, "show running-config", "conf t", "username u password user-canary", "enable password en-canary"
        )
        shown = answer(text, "show running-config")
        assert "canary" not in shown
        assert " key *****\n" in shown
        assert " ikev1 pre-shared-key *****\n" in shown
        assert mark in shown
        assert "canary" not in str(device.snapshot())
        assert (device.enable_secret, device.users["u"].password) == ("en-canary", "user-canary")


# --- hostile input --------------------------------------------------------------------------------------------------


@given(st.lists(st.one_of(
    st.text(max_size=60), st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")),
    st.sampled_from(["conf t", "show running-config", "no", "exit", "ssl cipher", "group-policy GP attributes", "\x1a",
                     "webvpn", "show run | include (", "terminal pager 3", "crypto ca enroll EMPTY", "enable"]),
), max_size=8))  # fmt: skip
def test_any_input_ends_in_a_prompt_or_a_logoff(lines: list[str]) -> None:
    spec = scenario.from_data({"name": "t", "devices": [{"name": "fw", "config": "webvpn\n port 443\n"}]}).devices[0]
    device = Device(spec, "fw", {})
    out: list[bytes] = []

    async def run() -> None:
        terminal = Terminal(out.append, lambda: 80)
        terminal.feed(("enable\nenable\n" + "\n".join(lines) + "\n").encode())
        terminal.close()
        await asyncio.wait_for(Shell(device, terminal, device.spec.users[0]).run(), 60)

    asyncio.run(run())
    assert b"fw" in b"".join(out)
