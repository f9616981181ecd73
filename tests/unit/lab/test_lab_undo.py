"""What a `no` line, or the old line typed again, leaves: exactly the configuration that stood before."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab.device import Device
from tests.unit.lab.lab_texts import INVALID, answer

Talk = Callable[..., str]
Make = Callable[..., Device]

BASE = """\
hostname fw
interface GigabitEthernet0/0
 nameif outside
access-list ACL extended permit ip any any
dynamic-access-policy-record DfltAccessPolicy
 action terminate
dynamic-access-policy-record Other
 description "somebody else's"
 priority 7
webvpn
 enable outside
group-policy GP internal
group-policy GP attributes
 wins-server none
 vpn-simultaneous-logins 0
 vpn-filter value ACL
 default-domain value example.com
group-policy BARE internal
tunnel-group TG type remote-access
tunnel-group TG general-attributes
 address-pool P
 default-group-policy GP
tunnel-group TG webvpn-attributes
 authentication aaa certificate
 group-alias TG enable
 group-url https://vpn.example.com/TG disable
tunnel-group NEW type remote-access
"""
TG, NEW = "tunnel-group TG webvpn-attributes", "tunnel-group NEW webvpn-attributes"
GP, BARE = "group-policy GP attributes", "group-policy BARE attributes"
NEW_GENERAL, TG_GENERAL = "tunnel-group NEW general-attributes", "tunnel-group TG general-attributes"
RECORD, OTHER = "dynamic-access-policy-record VPNPhone", "dynamic-access-policy-record Other"

# Release, block, what is typed, what undoes it.
CASES = [
    *(
        (version, block, do, undo)
        for version in ("9.16(4)", "9.1(1)")
        for block, do, undo in (
            (TG, "without-csd", "no without-csd"),
            (NEW, "without-csd", "no without-csd"),
            (NEW, "group-url https://vpn.example.com/NEW enable", "no group-url https://vpn.example.com/NEW enable"),
            (NEW, "group-url https://vpn.example.com/NEW enable", "no group-url https://vpn.example.com/NEW"),
            (TG, "group-url https://vpn.example.com/TG enable", "group-url https://vpn.example.com/TG disable"),
            (TG, "group-url https://other.example.com/TG enable", "no group-url https://other.example.com/TG"),
            (TG, "authentication certificate", "authentication aaa certificate"),
            (NEW, "authentication certificate", "no authentication certificate"),
            (NEW, "authentication certificate", "authentication aaa"),
            (GP, "vpn-simultaneous-logins 3", "vpn-simultaneous-logins 0"),
            (BARE, "vpn-simultaneous-logins 3", "no vpn-simultaneous-logins"),
            (BARE, "vpn-simultaneous-logins 3", "no vpn-simultaneous-logins 3"),
            (GP, "vpn-filter none", "vpn-filter value ACL"),
            (BARE, "vpn-filter none", "no vpn-filter"),
            (BARE, "vpn-filter value ACL", "no vpn-filter"),
            (GP, "group-lock value TG", "no group-lock"),
            (BARE, "group-lock none", "no group-lock"),
            (GP, "split-tunnel-policy tunnelall", "no split-tunnel-policy"),
            (GP, "vpn-tunnel-protocol ssl-client", "no vpn-tunnel-protocol"),
            (GP, "vpn-tunnel-protocol ikev2 ssl-client", "no vpn-tunnel-protocol ikev2 ssl-client"),
            (NEW_GENERAL, "default-group-policy GP", "no default-group-policy"),
            (NEW_GENERAL, "default-group-policy GP", "default-group-policy DfltGrpPolicy"),
            (TG_GENERAL, "default-group-policy BARE", "default-group-policy GP"),
            ("", "group-policy FRESH internal", "no group-policy FRESH internal"),
            ("", "group-policy FRESH internal", "no group-policy FRESH"),
            ("", RECORD, f"no {RECORD}"),
            (OTHER, "action terminate", "no action"),
            (OTHER, "action terminate", "action continue"),
            (OTHER, "priority 9", "priority 7"),
        )
    ),
    *(
        ("9.16(4)", "", do, undo)
        for do, undo in (
            ('ssl cipher tlsv1.2 custom "AES256-SHA:AES128-SHA"', "no ssl cipher tlsv1.2"),
            ('ssl cipher tlsv1.2 custom "AES256-SHA:AES128-SHA"', "ssl cipher tlsv1.2 medium"),
            ('ssl cipher dtlsv1 custom "AES256-SHA:AES128-SHA"',
             'no ssl cipher dtlsv1 custom "AES256-SHA:AES128-SHA"'),
            ("ssl cipher default high", "ssl cipher default medium"),
        )
    ),
    ("9.1(1)", "", "ssl encryption aes256-sha1 aes128-sha1", "no ssl encryption"),
    ("9.1(1)", "", "ssl encryption aes256-sha1 aes128-sha1",
     "ssl encryption rc4-sha1 aes128-sha1 aes256-sha1 3des-sha1"),
    ("8.2(5)", GP, "vpn-tunnel-protocol svc webvpn", "no vpn-tunnel-protocol"),
    ("8.2(5)", TG, "without-csd", "no without-csd"),
]  # fmt: skip


@pytest.mark.parametrize(("version", "block", "do", "undo"), CASES)
def test_a_command_and_what_undoes_it(
    make_device: Make, talk: Talk, version: str, block: str, do: str, undo: str
) -> None:
    device = make_device(version=version, config=BASE, trustpoints={})
    before = device.snapshot()["running_config"]
    shown = talk(device, "show running-config")
    into = ["conf t", *([block] if block else [])]
    assert "ERROR" not in talk(device, *into, do)
    assert device.snapshot()["running_config"] != before
    assert "ERROR" not in talk(device, *into, undo)
    assert device.snapshot()["running_config"] == before
    assert _body(talk(device, "show running-config")) == _body(shown)


def _body(text: str) -> str:
    return text[text.index("hostname fw") : text.index("Cryptochecksum")]


@pytest.mark.parametrize("block", [NEW, BARE, NEW_GENERAL])
def test_to_enter_a_block_changes_nothing(make_device: Make, talk: Talk, block: str) -> None:
    device = make_device(config=BASE, trustpoints={})
    before = device.snapshot()["running_config"]
    text = talk(device, "conf t", block, "end", "show running-config", "show startup-config")
    assert device.snapshot()["running_config"] == before
    assert f"\n{block}\n" not in text.split("show running-config", 1)[1]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("no group-policy GP internal", "Removing group-policy GP not allowed, it is being used.\n"),
        ("no dynamic-access-policy-record DfltAccessPolicy", "ERROR: DfltAccessPolicy cannot be removed\n"),
    ],
)
def test_what_is_needed_stays(make_device: Make, talk: Talk, line: str, expected: str) -> None:
    device = make_device(config=BASE, trustpoints={})
    before = device.snapshot()["running_config"]
    text = talk(device, "conf t", line)
    assert answer(text, line, "fw(config)# ") == expected
    assert device.snapshot()["running_config"] == before


@pytest.mark.parametrize(
    ("version", "block", "line", "column"),
    [
        ("8.0(5)", TG, "without-csd", 0),
        ("9.1(1)", GP, "vpn-tunnel-protocol svc", 20),
        ("8.2(5)", GP, "vpn-tunnel-protocol ssl-client", 20),
        ("9.1(1)", "", 'ssl cipher tlsv1.2 custom "AES256-SHA"', 4),
        ("9.16(4)", "", "ssl encryption aes128-sha1", 4),
    ],
)
def test_what_a_release_does_not_know(
    make_device: Make, talk: Talk, version: str, block: str, line: str, column: int
) -> None:
    device = make_device(version=version, config=BASE, trustpoints={})
    before = device.snapshot()["running_config"]
    text = talk(device, "conf t", *([block] if block else []), line)
    prompt = text.rsplit("\n", 1)[1]
    assert answer(text, line, prompt) == " " * (len(prompt) + column) + "^\n" + INVALID
    assert device.snapshot()["running_config"] == before
