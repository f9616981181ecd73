"""Failover units in each role and security contexts: what is read, where, and that the report says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.integration.conftest import LAB_INVENTORY, SCENARIOS, Play, Played, Site, inventory, running_site

MATE = "failover exec mate show crypto ca certificates"
# Further names for the devices of the scenario, each with a context of its own to read.
VIEWS = {
    "view-vpn": ("contexts", "VPN"),
    "view-system": ("contexts", "system"),
    "view-nowhere": ("contexts", "NOWHERE"),
    "view-single": ("pair-active", "VPN"),
    "view-odd": ("contexts", "VPN admin"),
}


class Pairs(NamedTuple):
    site: Site
    played: Played
    log: list[dict[str, Any]]

    def commands(self, device: str) -> list[str]:
        return [item["command"] for item in self.log if item["device"] == device and item["event"] == "command"]


@pytest.fixture(scope="module")
def pairs(play: Play, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pairs]:
    folder = tmp_path_factory.mktemp("pairs")
    for site in running_site(folder / "lab", SCENARIOS / "ha-and-contexts.yml"):
        shared = ("ansible_host", "ansible_user", "ansible_password", "ansible_become_password", "vpnphone_known_hosts")
        views = {
            name: {key: f"{{{{ hostvars['{device}'].{key} }}}}" for key in shared}
            | {"ansible_port": site.port(device), "vpnphone_context": context}
            for name, (device, context) in VIEWS.items()
        }
        played = play("-i", LAB_INVENTORY, "-i", inventory(folder / "views.yml", views), lab=site)
        assert not site.open_sessions()
        yield Pairs(site, played, site.log())


def messages(played: Played, device: str, control: str) -> list[tuple[str, str, str]]:
    outcomes = played.findings(device)[control]["outcomes"]
    return [(outcome["status"], outcome["subject"], outcome["message"]) for outcome in outcomes]


def serial(pairs: Pairs, device: str) -> str:
    """Of the phones' certificate, as the lab knows it."""
    return f"{int(pairs.site.state(device)['trustpoints']['VPN_TP']['identity']['serial'], 16):x}"


# --- failover -------------------------------------------------------------------------------------------------------


def test_the_mates_certificates_are_read_and_compared(pairs: Pairs) -> None:
    found = messages(pairs.played, "pair-active", "VPNP-131")
    assert found[0] == ("pass", "mate", "the mate is Standby Ready")
    assert found[1][:2] == ("pass", "outside: VPN_TP")
    assert serial(pairs, "pair-active") in found[1][2]
    assert MATE in pairs.commands("pair-active")
    assert pairs.played.devices["pair-active"]["sources"]["mate_certificates"]["status"] == "ok"


def test_a_mate_without_the_certificate_is_a_finding(pairs: Pairs) -> None:
    """This device's prompt leaves no room for the longest commands, so it also proves that their echo is understood."""
    finding = pairs.played.findings("pair-mate-without-certificate")["VPNP-131"]
    assert finding["status"] == "fail"
    failed = [outcome for outcome in finding["outcomes"] if outcome["status"] == "fail"]
    assert [outcome["subject"] for outcome in failed] == ["outside: VPN_TP"]
    assert "the mate does not hold certificate" in failed[0]["message"]
    assert failed[0]["fix"] == ["write standby"]


def test_a_failed_mate_is_a_finding(pairs: Pairs) -> None:
    assert messages(pairs.played, "pair-mate-failed", "VPNP-131")[0] == (
        "fail",
        "mate",
        "the mate is Failed: it cannot take over",
    )


def test_a_standby_unit_is_audited_and_said_to_be_one(pairs: Pairs) -> None:
    found = messages(pairs.played, "pair-standby", "VPNP-131")
    words = "the mate is Active; this unit is Standby Ready: what is changed here is lost"
    assert found[0] == ("pass", "mate", words)
    assert words in (pairs.played.reports / "report.html").read_text(encoding="utf-8")
    active, standby = (pairs.played.statuses(device) for device in ("pair-active", "pair-standby"))
    assert standby == active


def test_active_active_is_not_guessed(pairs: Pairs) -> None:
    assert pairs.played.statuses("pair-active-active")["VPNP-131"] == "error"
    assert MATE not in pairs.commands("pair-active-active")


@pytest.mark.parametrize(
    "device", ["pair-active", "pair-standby", "pair-mate-without-certificate", "pair-mate-failed", "pair-active-active"]
)
def test_no_unit_enters_configuration_mode(pairs: Pairs, device: str) -> None:
    assert [command for command in pairs.commands(device) if command.startswith(("conf", "write"))] == []
    assert pairs.site.state(device)["running_config"] == pairs.site.before[device]["running_config"]


# --- contexts -------------------------------------------------------------------------------------------------------


def test_the_named_context_is_read(pairs: Pairs) -> None:
    assert "changeto context VPN" in pairs.commands("contexts")
    assert messages(pairs.played, "view-vpn", "VPNP-132")[0][::2] == (
        "pass",
        "context VPN was read; the verdicts are about its own `ssl trust-point` and no other context's",
    )
    assert [p["tunnel_group"] for p in pairs.played.devices["view-vpn"]["profiles"]] == ["VPNPhone"]
    statuses = pairs.played.statuses("view-vpn")
    assert {control for control, status in statuses.items() if status in ("fail", "error")} == {"VPNP-107"}
    # The only unit: it has no mate, and the phone that the context holds is seen.
    assert statuses["VPNP-131"] == "skipped"


def test_without_a_name_it_is_the_context_of_the_login(pairs: Pairs) -> None:
    statuses = pairs.played.statuses("contexts")
    assert pairs.played.devices["contexts"]["profiles"] == []
    assert (statuses["VPNP-201"], statuses["VPNP-202"], statuses["VPNP-216"]) == ("error", "fail", "fail")


def test_the_system_context_proves_nothing(pairs: Pairs) -> None:
    statuses = pairs.played.statuses("view-system")
    assert messages(pairs.played, "view-system", "VPNP-132")[0][0] == "error"
    passed = {control for control, status in statuses.items() if status == "pass"}
    assert passed == {"VPNP-101", "VPNP-102", "VPNP-106", "VPNP-118"}


@pytest.mark.parametrize(
    ("device", "code", "words"),
    [
        ("view-nowhere", "context_refused", ("refused `changeto context NOWHERE`", "NOWHERE does not exist")),
        ("view-single", "context_refused", ("refused `changeto context VPN`", "% Invalid input detected")),
        ("view-odd", "bad_input", ("'VPN admin' is not the name of a context",)),
    ],
)
def test_a_context_that_is_not_there(pairs: Pairs, device: str, code: str, words: tuple[str, ...]) -> None:
    failure = pairs.played.devices[device]["failure"]
    assert failure["code"] == code
    assert all(part in failure["what"] for part in words)
    assert "vpnphone_context" in failure["todo"]


def test_no_context_is_changed(pairs: Pairs) -> None:
    assert pairs.site.state("contexts")["contexts"] == pairs.site.before["contexts"]["contexts"]
