"""The site for a remediation: its phones are locked out by exactly what a remediation can put right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import scenario
from lab.daemon import DEFAULT_SCENARIO
from lab.testing import RunningLab, running_lab

SITE = Path(DEFAULT_SCENARIO).with_name("remediation.yml")
NEW, OLD = ("SEP8CB64F576201", "SEP0062ECAB2D02"), ("SEPB8BEBF232003", "SEP5475D0F32004")
PHONES = {"asa-new": NEW, "asa-old": OLD}
GROUP = "tunnel-group VPNPhone webvpn-attributes"
GENERAL = "tunnel-group VPNPhone general-attributes"
POLICY = "group-policy GroupPolicy_VPNPhone attributes"
RECORD = b"""<dapRecord>
<dapName><value>VPNPhone</value></dapName><dapViewsRelation><value>and</value></dapViewsRelation>
<dapBasicView><dapSelection><dapPolicy><value>match-any</value></dapPolicy><attr>
<name>aaa.cisco.tunnelgroup</name><value>VPNPhone</value><operation>EQ</operation><type>caseless</type>
</attr></dapSelection></dapBasicView></dapRecord>
</dapRecordList>"""

# What a person would type, by area, and the word of the ASA where that area alone is left out.
AREAS: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    "asa-new": {
        "csd": ("csd", (GROUP, "without-csd")),
        "url": ("group-url", (GROUP, "group-url https://new.example.com/VPNPhone enable")),
        "authentication": ("authentication", (GROUP, "authentication certificate")),
        "logins": ("group-policy", (POLICY, "vpn-simultaneous-logins 3")),
        "protocol": ("group-policy", (POLICY, "vpn-tunnel-protocol ikev2 ssl-client")),
        "lock": ("group-policy", (POLICY, "group-lock value VPNPhone")),
        "dap": (
            "dap",
            ("dynamic-access-policy-record VPNPhone", "action continue", "dynamic-access-policy-config activate"),
        ),
        "tls": ("tls", ('ssl cipher tlsv1 custom "AES256-SHA:AES128-SHA"', 'ssl cipher tlsv1.2 custom "AES256-SHA"')),
        "dtls": ("dtls", ('ssl cipher dtlsv1 custom "AES256-SHA:AES128-SHA"',)),
    },
    "asa-old": {
        "csd": ("csd", (GROUP, "without-csd")),
        "url": ("group-url", (GROUP, "group-url https://old.example.com/VPNPhone enable")),
        "authentication": ("authentication", (GROUP, "authentication certificate")),
        "logins": ("group-policy", (POLICY, "vpn-simultaneous-logins 3")),
        "protocol": ("group-policy", (POLICY, "vpn-tunnel-protocol ikev1 ssl-client ssl-clientless")),
        "lock": ("group-policy", (POLICY, "group-lock value VPNPhone")),
        "tls": ("tls", ("ssl encryption aes256-sha1 aes128-sha1 dhe-aes256-sha1 dhe-aes128-sha1",)),
    },
}
FIRST = {
    "asa-new": (),
    "asa-old": ("group-policy GroupPolicy_VPNPhone internal", GENERAL, "default-group-policy GroupPolicy_VPNPhone"),
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    with running_lab(SITE, tmp_path_factory.mktemp("remediation") / "lab") as running:
        yield running


@pytest.fixture
def site(lab: RunningLab) -> Iterator[RunningLab]:
    yield lab
    for name in PHONES:
        lab.reset(name)


def put_right(lab: RunningLab, name: str, without: str = "") -> None:
    device = lab.device(name)
    if name == "asa-new" and without != "dap":
        old = device.flash["disk0:/dap.xml"]
        device.flash["disk0:/dap.xml"] = old.replace(b"</dapRecordList>", RECORD)
    lines = [line for area, (_, typed) in AREAS[name].items() if area != without for line in typed]
    assert "ERROR" not in lab.type(name, "conf t", *FIRST[name], *lines)


def reasons(lab: RunningLab, name: str) -> list[str]:
    return [outcome.reason for outcome in lab.connect_phones(PHONES[name]).values()]


@pytest.mark.parametrize("name", PHONES)
def test_no_phone_connects_before_and_all_do_afterwards(site: RunningLab, name: str) -> None:
    assert "ok" not in reasons(site, name)
    before = site.state(name)
    put_right(site, name)
    outcomes = site.connect_phones(PHONES[name]).values()
    assert [(outcome.reason, outcome.suite, outcome.dtls) for outcome in outcomes] == [("ok", "AES256-SHA", True)] * 2
    site.reset(name)
    after = site.state(name)
    assert "ok" not in reasons(site, name)
    for what in ("running_config", "startup_config", "flash", "dap_active"):
        assert after[what] == before[what]


@pytest.mark.parametrize(("name", "area"), [(name, area) for name, areas in AREAS.items() for area in areas])
def test_each_area_alone_locks_phones_out(site: RunningLab, name: str, area: str) -> None:
    put_right(site, name, without=area)
    assert AREAS[name][area][0] in reasons(site, name)


@pytest.mark.parametrize("file", [SITE, DEFAULT_SCENARIO])
def test_what_is_desired_stands_in_the_inventory(file: Path) -> None:
    profiles: dict[str, Any] = {
        device.name: device.vars["vpnphone_profile"]
        for device in scenario.load(file).devices
        if "vpnphone_profile" in device.vars
    }
    wanted = {"asa-new", "asa-old"} if file == SITE else {"asa-faulty", "asa-classic"}
    assert set(profiles) == wanted
    for name, profile in profiles.items():
        url = next(d.vars for d in scenario.load(file).devices if d.name == name)["vpnphone_gateway_urls"][0]
        assert profile["tunnel_group"]["group_url"] == url
