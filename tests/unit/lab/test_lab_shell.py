from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab import certs, scenario
from lab.device import Device
from lab.shell import Shell
from lab.terminal import Terminal

Talk = Callable[..., str]
Make = Callable[..., Device]

INVALID = "ERROR: % Invalid input detected at '^' marker.\n"


def answer(text: str, command: str, prompt: str = "fw# ") -> str:
    """What stands between the echo of a command and the next prompt."""
    start = text.index(f"{prompt}{command}\n") + len(prompt) + len(command) + 1
    rest = text[start:]
    found = re.search(r"^fw\S*[#>] ", rest, re.M)
    return rest[: found.start()] if found else rest


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


# --- shows ----------------------------------------------------------------------------------------------------------


def test_whole_configuration_is_framed(make_device: Make, talk: Talk) -> None:
    text = answer(talk(make_device(), "sh run"), "sh run")
    assert text.startswith(": Saved\n\n: \n: Serial Number: ")
    assert "ASA Version 9.16(4) \n!\nhostname fw\n" in text
    assert re.search(r"\nCryptochecksum:[0-9a-f]{32}\n: end\n\Z", text)
    assert "\ncrypto ca certificate chain TP\n certificate " in text
    assert re.search(r"\n    30[0-9a-f]{6} [0-9a-f ]+\n", text)
    assert "\n  quit\n" in text


def test_pasted_certificate_chains_are_read(make_device: Make, talk: Talk) -> None:
    first = make_device()
    dumped = answer(talk(first, "sh run"), "sh run")
    again = make_device(config=dumped, trustpoints={})
    assert answer(talk(again, "sh run"), "sh run") == dumped
    assert again.snapshot()["trustpoints"] == first.snapshot()["trustpoints"]


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("show running-config ssl", "ssl trust-point TP Outside"),
        ("sh run tunnel-group TG", " group-url https://vpn.example.com/TG enable"),
        ("show running-config crypto ca trustpoint", "crypto ca trustpoint EMPTY"),
        ("show running-config interface GigabitEthernet0/1", " nameif inside"),
        ("show run all ssl", "ssl ecdh-group group19"),
        ("show running-config all group-policy DfltGrpPolicy", " vpn-simultaneous-logins 3"),
        ("show running-config username admin", "username admin password $sha512$"),
        ("show running-config dynamic-access-policy-record", "dynamic-access-policy-record DfltAccessPolicy"),
    ],
)
def test_sections(make_device: Make, talk: Talk, command: str, line: str) -> None:
    text = answer(talk(make_device(), command), command)
    assert any(row.startswith(line) for row in text.splitlines())
    assert "hostname" not in text


def test_explicit_values_replace_defaults(make_device: Make, talk: Talk) -> None:
    config = "group-policy DfltGrpPolicy attributes\n vpn-simultaneous-logins 0\n vpn-filter value A\n"
    device = make_device(config=config + 'ssl cipher tlsv1.2 custom "AES128-SHA"\n', trustpoints={})
    policy = answer(talk(device, "show run all group-policy DfltGrpPolicy"), "show run all group-policy DfltGrpPolicy")
    assert [line for line in policy.splitlines() if line.startswith((" vpn-sim", " vpn-filter"))] == [
        " vpn-simultaneous-logins 0",
        " vpn-filter value A",
    ]
    ssl = answer(talk(device, "show run all ssl"), "show run all ssl")
    assert 'ssl cipher tlsv1.2 custom "AES128-SHA"\n' in ssl
    assert "ssl cipher tlsv1.2 medium" not in ssl
    assert "ssl cipher tlsv1.1 medium\n" in ssl
    ciphers = answer(talk(device, "show ssl ciphers"), "show ssl ciphers")
    assert 'tlsv1.2 (custom: "AES128-SHA"):\n  AES128-SHA\ndtlsv1 (medium):\n' in ciphers


@pytest.mark.parametrize(
    ("version", "licences", "rows"),
    [
        ("8.0(5)", {"phone": "Disabled"}, [r"AnyConnect for Linksys phone\s+: Disabled$", r"WebVPN Peers\s+: 250$"]),
        ("8.2(5)", {}, [r"AnyConnect for Cisco VPN Phone\s+: Enabled$", r"SSL VPN Peers\s+: 250$"]),
        ("9.1(1)", {"premium_peers": 2}, [r"AnyConnect Premium Peers\s+: 2 +perpetual$"]),
        ("9.16(4)", {"mode": "Smart Licensing"}, ["License mode: Smart Licensing$", r"Cisco VPN Phone\s+: Enabled$"]),
        ("9.8(4)", {"cluster_block": True}, ["Failover cluster licensed features for this platform:$",
                                             r"AnyConnect Premium Peers\s+: 500 +perpetual$"]),
        ("9.8(4)", {"rows": {"Total VPN Peers": "", "Botnet Traffic Filter": "Enabled 45 days"}},
         [r"Botnet Traffic Filter\s+: Enabled 45 days$"]),
    ],
)  # fmt: skip
def test_version(make_device: Make, talk: Talk, version: str, licences: dict[str, Any], rows: list[str]) -> None:
    text = talk(make_device(version=version, licences=licences), "show version")
    for row in (re.escape(f"Software Version {version} ") + "$", *rows):
        assert re.search(row, text, re.M), row
    assert "rows" not in licences or "Total VPN Peers" not in text


def test_old_ssl(make_device: Make, talk: Talk) -> None:
    device = make_device(version="9.1(1)", config="ssl encryption rc4-sha1 3des-sha1\n", trustpoints={})
    text = talk(device, "show ssl", "show ssl ciphers", "show run all ssl")
    assert "Enabled cipher order: rc4-sha1 3des-sha1\nDisabled ciphers: des-sha1 rc4-md5 aes128-sha1" in text
    assert "fw# show ssl ciphers\n             ^\n" in text
    assert "ssl server-version any\nssl client-version any\nssl encryption rc4-sha1 3des-sha1\nfw# " in text


def test_certificates(make_device: Make, talk: Talk) -> None:
    device = make_device(failover={"mate_missing": ["TP"]}, config="clock timezone EST -5\n")
    text = talk(device, "show crypto ca certificates", "failover exec mate show crypto ca certificates")
    leaf = device.system.trustpoints["TP"].identity
    assert leaf is not None
    local = leaf.x509.not_valid_after_utc - scenario.duration("5h")
    assert f"Certificate\n  Status: Available\n  Certificate Serial Number: {leaf.serial}\n" in text
    assert f"    end   date: {local:%H:%M:%S} EST {local:%b} {local.day} {local.year}\n" in text
    assert "  Associated Trustpoints: TP \n\nCA Certificate\n  Status: Available\n" in text
    # Nothing of TP ever reached the mate.
    assert text.endswith("fw# failover exec mate show crypto ca certificates\nfw# ")


def test_failover_roles(make_device: Make, talk: Talk) -> None:
    device = make_device(failover={"unit": "secondary", "state": "standby"})
    text = talk(device, "show failover", "failover exec mate show failover", "failover exec mate show nonsense")
    assert "\tThis host: Secondary - Standby Ready \n" in text
    assert "\tOther host: Primary - Active \n" in text
    assert "\tThis host: Primary - Active \n" in text.split("failover exec mate", 1)[1]
    assert "\n" + " " * 28 + "^\n" + INVALID in text
    both = talk(make_device(failover={"active_active": True}), "show failover")
    assert re.search(r"This host: +Primary\n +Group 1 +State: +Active\n", both)


def test_contexts(make_device: Make, talk: Talk) -> None:
    contexts = [
        {"name": "admin", "admin": True, "config": "hostname adm\n"},
        {"name": "CTX1", "interfaces": ["Gi0/0.10", "Gi0/1.10"], "config": "webvpn\n enable outside\n"},
    ]
    device = make_device(contexts=contexts, config="hostname fw\n", trustpoints={})
    text = talk(
        device, "show mode", "show context", "changeto context CTX1", "show running-config webvpn", "show version",
        "conf t", "no webvpn", "changeto system", "exit", "show ssl", "changeto context NONE",
    )  # fmt: skip
    assert text.startswith("fw/admin# show mode\nSecurity context mode: multiple \n")
    assert "*admin            default " in text
    assert " CTX1             default    Gi0/0.10,            Routed       disk0:/CTX1.cfg\n" in text
    assert "fw/CTX1# show running-config webvpn\nwebvpn\n enable outside\nfw/CTX1# " in text
    assert "Version 9.16(4) <context>\n" in text
    assert "fw/CTX1(config)# changeto system\nfw(config)# exit\nfw# show ssl\n         ^\n" in text
    assert "ERROR: Context NONE does not exist\n" in text
    assert "webvpn" not in device.snapshot()["contexts"]["CTX1"]["running_config"]
    assert "webvpn" in device.snapshot()["contexts"]["CTX1"]["startup_config"]


def test_sessions(make_device: Make, talk: Talk) -> None:
    sessions = [{"user": "CP-7962G-SEP8CB64F576113"}, {"user": "bob", "kind": "pc", "tunnel_group": "Staff"}]
    device = make_device(sessions=sessions, sessions_peak=7)
    text = talk(device, "show vpn-sessiondb summary", "show vpn-sessiondb anyconnect filter tunnel-group Staff",
                "show vpn-sessiondb anyconnect", "show vpn-sessiondb anyconnect filter name nobody")  # fmt: skip
    assert "AnyConnect Client            :      2 :          2 :           7 :        0\n" in text
    _, staff, everyone, nobody = text.split("fw# show vpn-sessiondb ")[1:]
    assert "Username     : bob                    Index        : 12\n" in staff
    assert "SEP8CB64F576113" not in staff
    assert "Username     : CP-7962G-SEP8CB64F576113\nIndex        : 12\n" in everyone
    assert nobody.startswith("anyconnect filter name nobody\nINFO: There are presently no active sessions")
    old = talk(make_device(version="8.2(5)", sessions=sessions), "show vpn-sessiondb svc", "show vpn-sessiondb summary")
    assert "Session Type: SVC\n" in old
    assert "Active Session Summary\n" in old


def test_clock_zone_and_offset(make_device: Make, talk: Talk) -> None:
    device = make_device(config="clock timezone IST 5 30\n", clock={"offset": "-400d"}, trustpoints={})
    shown = answer(talk(device, "show clock"), "show clock")
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} IST \w{3} \w{3} \d+ \d{4}\n", shown)
    year = (device.now() + scenario.duration("330m")).year
    assert shown.strip().endswith(str(year))
    free = talk(make_device(clock={"authoritative": False}), "show clock")
    assert re.search(r"^\*\d\d:", free, re.M)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("show running-config | include ^ssl", "ssl trust-point TP Outside\n"),
        ("sh run ssl | exclude trust", ""),
        ("show run interface | grep -v [GnsiI!]", ""),
        ("show run interface | begin 0/1", "interface GigabitEthernet0/1\n nameif inside\n security-level 100\n"
                                           " ip address 10.0.0.1 255.255.255.0\n!\n"),
        ("show run ssl | inc (", ""),
        ("show run ssl | count", " " * 17 + "^\n" + INVALID),
        ("show run ssl | include", "ERROR: % Incomplete command\n"),
    ],
)  # fmt: skip
def test_filters(make_device: Make, talk: Talk, command: str, expected: str) -> None:
    assert answer(talk(make_device(), command), command) == expected


# --- certificates by dialogue ---------------------------------------------------------------------------------------


def test_renewal_from_key_to_binding(make_device: Make, talk: Talk) -> None:
    device = make_device()
    old = device.snapshot()["trustpoints"]["TP"]["identity"]["sha1"]
    text = talk(
        device, "conf t", "crypto key generate rsa label NEW modulus 2048", "crypto ca trustpoint NEW",
        "enrollment terminal", "keypair NEW", "fqdn vpn.example.com", "subject-name CN=vpn.example.com,O=Lab", "exit",
        "crypto ca enroll NEW", "no", "yes", "no",
    )  # fmt: skip
    assert "INFO: The name for the keys will be: NEW\nKeypair generation process begin. Please wait...\n" in text
    request = re.search(r"-----BEGIN CERTIFICATE REQUEST-----\n(.*?)-----END", text, re.S)
    assert request is not None
    key = device.system.keys["NEW"]
    issuer = device.system.trustpoints["TP"].ca
    assert issuer is not None
    issued = certs.build(
        certs.parse_name("CN=vpn.example.com,O=Lab"), key, issuer=issuer,
        not_before=issuer.x509.not_valid_before_utc, not_after=issuer.x509.not_valid_after_utc,
    )  # fmt: skip
    text = talk(
        device, "conf t", "crypto ca authenticate NEW", *issuer.pem.splitlines(), "quit", "yes",
        "crypto ca import NEW certificate", *issued.pem.splitlines(), "quit",
        "crypto ca export NEW identity-certificate", "ssl trust-point NEW outside",
    )  # fmt: skip
    assert "Do you accept this certificate? [yes/no]: yes\n\nTrustpoint CA certificate accepted.\n" in text
    assert "INFO: Certificate successfully imported\n" in text
    assert issued.pem in text
    state = device.snapshot()
    assert state["trustpoints"]["NEW"]["identity"]["sha1"] == issued.sha1 != old
    assert "ssl trust-point NEW Outside" in state["running_config"]
    assert "ssl trust-point TP Outside" not in state["running_config"]


def test_a_certificate_of_another_key_is_refused(make_device: Make, talk: Talk) -> None:
    device = make_device()
    leaf = device.system.trustpoints["TP"].identity
    assert leaf is not None
    device.system.keys["TP"] = certs.new_key("ec256")
    text = talk(device, "conf t", "crypto ca import TP certificate", *leaf.pem.splitlines(), "quit")
    assert "ERROR: Failed to parse or verify imported certificate\n" in text
    garbage = talk(device, "conf t", "crypto ca import TP certificate", "not a certificate", "quit")
    assert "ERROR: Failed to parse or verify imported certificate\n" in garbage


def test_pkcs12_there_and_back(make_device: Make, talk: Talk) -> None:
    device = make_device()
    text = talk(device, "conf t", "crypto ca export TP pkcs12 pass-canary")
    blob = re.search(r"-----BEGIN PKCS12-----\n(.*?)-----END PKCS12-----", text, re.S)
    assert blob is not None
    lines = blob[1].splitlines()
    wrong = talk(device, "conf t", "crypto ca import COPY pkcs12 other", *lines, "quit")
    assert "ERROR: Import PKCS12 operation failed\n" in wrong
    assert "COPY" not in device.snapshot()["trustpoints"]
    good = talk(device, "conf t", "crypto ca import COPY pkcs12 pass-canary nointeractive", *lines, "quit")
    assert "INFO: Import PKCS12 operation completed successfully\n" in good
    stores = device.snapshot()["trustpoints"]
    assert stores["COPY"] == stores["TP"]
    assert "crypto ca trustpoint COPY" in device.snapshot()["running_config"]


def test_removing_a_trustpoint_asks(make_device: Make, talk: Talk) -> None:
    device = make_device()
    talk(device, "conf t", "no ssl trust-point TP outside", "no crypto ca trustpoint TP", "no")
    assert "TP" in device.snapshot()["trustpoints"]
    talk(device, "conf t", "no crypto ca trustpoint TP", "yes")
    assert "TP" not in device.snapshot()["trustpoints"]
    assert "crypto ca trustpoint TP" not in device.snapshot()["running_config"]


# --- hostile input --------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
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
        await asyncio.wait_for(Shell(device, terminal, device.spec.users[0]).run(), 20)

    asyncio.run(run())
    assert b"fw" in b"".join(out)
