"""What the show commands print."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from lab import scenario
from lab.device import Device
from tests.unit.lab.lab_texts import INVALID, answer

Talk = Callable[..., str]
Make = Callable[..., Device]


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
        ("show running-config crypto ca certificate chain", "crypto ca certificate chain TP"),
        ("show startup-config | include ^ssl trust-point", "ssl trust-point TP Outside"),
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
    assert "Username     : bob                    Index        : 17\n" in staff
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
