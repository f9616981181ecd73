"""Controls on the tunnel-group and its URLs, and what is not known (VPNP-201 to VPNP-219)."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.controls import access, loadbalancing, profile, webvpn
from ansible.module_utils.vpnphone.controls.access import read_url
from ansible.module_utils.vpnphone.model import AsaState, TunnelGroup
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.controls import builders
from tests.unit.controls.builders import change, finding, outcomes, site, version, without
from tests.unit.controls_access.devices import URL, brief, good, group, urls

ASA = good()
OLD = change(ASA, version=version("8.2(5)", (8, 2, 5, 0)))
assert access and loadbalancing and profile and webvpn
HEAD = "group-policy GroupPolicy_VPNPhone attributes"


def named(*names: str) -> Any:
    return site(tunnel_groups=names)


# --- VPNP-201, 202, 203: the tunnel-group ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("confidence", "status"),
    [("given", "pass"), ("sessions", "pass"), ("likely", "pass"), ("guess", "error")],
)
def test_known(confidence: str, status: str) -> None:
    found = outcomes("VPNP-201", ASA, profiles=(builders.profile(confidence=confidence),))
    assert brief(found) == [(status, "VPNPhone")]
    assert bool(found[0].fix) is (status == "error")
    assert status == "pass" or "vpnphone_tunnel_groups" in found[0].fix[0]


def test_known_none() -> None:
    (found,) = outcomes("VPNP-201", ASA, profiles=())
    assert found.status == "error"
    assert found.message == "UNKNOWN: no tunnel-group is named for the phones, and none looks like theirs"
    assert found.actual == "remote-access tunnel-groups here: VPNPhone"
    (found,) = outcomes("VPNP-201", ASA, named("gone"), profiles=())
    assert found.message == "UNKNOWN: none of the tunnel-groups given is on this device: gone"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("VPNPhone",), [("pass", "VPNPhone")]),
        (("VPNPhone", "Other"), [("pass", "VPNPhone"), ("fail", "Other")]),
        (("vpnphone",), [("fail", "vpnphone")]),
        ((), [("skipped", "")]),
    ],
)
def test_exists(names: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    assert brief(outcomes("VPNP-202", ASA, named(*names))) == expected


def test_exists_names_the_nearest() -> None:
    (found,) = outcomes("VPNP-202", ASA, named("vpnphone"))
    assert found.message == "tunnel-group vpnphone is not on the device; the nearest name here is VPNPhone"


@pytest.mark.parametrize(
    ("kind", "status"),
    [("remote-access", "pass"), ("webvpn", "pass"), ("ipsec-l2l", "fail"), ("ipsec-ra", "fail"), ("", "error")],
)
def test_kind(kind: str, status: str) -> None:
    assert brief(outcomes("VPNP-203", group(ASA, kind=kind))) == [(status, "VPNPhone")]


@pytest.mark.parametrize(
    ("name", "status"), [("DefaultWEBVPNGroup", "pass"), ("DefaultRAGroup", "pass"), ("DefaultL2LGroup", "error")]
)
def test_the_type_of_a_default_group_is_not_printed(name: str, status: str) -> None:
    device = group(ASA, name=name, kind="")
    assert brief(outcomes("VPNP-203", device, profiles=(builders.profile(name),))) == [(status, name)]


# --- VPNP-211, 212, 213: the URL ------------------------------------------------------------------------------------


def test_group_url_is_printed_as_to_be_typed() -> None:
    (found,) = outcomes("VPNP-211", urls(ASA, "https://VPN.example.com/Phones/", f"-{URL}"))
    assert found.status == "pass"
    assert found.message == "type exactly this as VPN gateway URL in CUCM: https://VPN.example.com/Phones/"


@pytest.mark.parametrize(
    ("device", "parameters", "fix"),
    [
        (urls(ASA, f"-{URL}"), site(), ("tunnel-group VPNPhone webvpn-attributes", f" group-url {URL} enable")),
        (
            urls(ASA),
            site(gateway_urls=(URL,)),
            ("tunnel-group VPNPhone webvpn-attributes", f" group-url {URL} enable"),
        ),
        (
            urls(ASA),
            site(),
            (
                "PERSON: choose the URL that CUCM's VPN gateway has (or will have), and enable it here:",
                "tunnel-group VPNPhone webvpn-attributes",
                "PERSON: ` group-url https://<name of this device>/<path> enable`",
            ),
        ),
    ],
)
def test_no_enabled_group_url(device: AsaState, parameters: Any, fix: tuple[str, ...]) -> None:
    (found,) = outcomes("VPNP-211", device, parameters)
    assert (found.status, found.subject, found.fix) == ("fail", "VPNPhone", fix)


@pytest.mark.parametrize(
    ("device", "gateway_urls", "status", "words"),
    [
        (ASA, (URL,), "pass", URL),
        (ASA, ("https://other.example.com/VPNPhone", URL), "pass", URL),
        (ASA, (URL, "https://vpn.example.com/vpnphone"), "fail", "https://vpn.example.com/vpnphone; "),
        (ASA, ("https://other.example.com/VPNPhone",), "fail", "none of CUCM's gateway URLs"),
        (ASA, ("https://vpn.example.com/vpnphone",), "fail", "only by case, port or final slash"),
        (ASA, (f"{URL}/",), "fail", "only by case, port or final slash"),
        (ASA, ("https://vpn.example.com:443/VPNPhone",), "fail", "only by case, port or final slash"),
        (ASA, ("http://vpn.example.com/VPNPhone",), "fail", "none of CUCM's gateway URLs"),
        (urls(ASA, f"-{URL}"), (URL,), "fail", f"{URL} of tunnel-group VPNPhone is disabled"),
        (ASA, (), "skipped", "vpnphone_gateway_urls"),
    ],
)
def test_gateway_url(device: AsaState, gateway_urls: tuple[str, ...], status: str, words: str) -> None:
    (found,) = outcomes("VPNP-212", device, site(gateway_urls=gateway_urls))
    assert found.status == status
    assert words in found.message


def test_a_second_gateway_url_with_a_slip_is_named_alone() -> None:
    slip = "https://vpn.example.com/vpnphone"
    (found,) = outcomes("VPNP-212", ASA, site(gateway_urls=(URL, slip, "https://other.example.com/VPNPhone")))
    assert found.fix[1:] == ("tunnel-group VPNPhone webvpn-attributes", f" group-url {slip} enable")


def test_gateway_url_of_another_tunnel_group() -> None:
    other = TunnelGroup(name="Employees", kind="remote-access", group_urls=(ASA.tunnel_groups or ())[0].group_urls)
    device = urls(ASA, "https://vpn.example.com/elsewhere")
    (found,) = outcomes(
        "VPNP-212", change(device, tunnel_groups=(*(device.tunnel_groups or ()), other)), site(gateway_urls=(URL,))
    )
    assert found.status == "fail"
    assert f"{URL} of tunnel-group Employees is not the phones'" in found.message


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((URL,), [("pass", "https, port 443")]),
        (("https://vpn.example.com:443/x",), [("pass", "")]),
        (("https://vpn.example.com:8443/x",), [("fail", "its port is 8443")]),
        (("http://vpn.example.com/x",), [("fail", "its scheme is http")]),
        (("ftp://vpn.example.com/x",), [("fail", "its scheme is ftp")]),
        (("vpn.example.com/x",), [("error", "it has no scheme or no host")]),
        (("https:///x",), [("error", "it has no scheme or no host")]),
        (("https://[::1/x",), [("error", "Invalid IPv6 URL")]),
        (("https://vpn.example.com:999999/x",), [("error", "Port out of range 0-65535")]),
        ((URL, "http://vpn.example.com/x"), [("pass", ""), ("fail", "its scheme is http")]),
        ((f"-{URL}",), [("skipped", "")]),
    ],
)
def test_url_form(texts: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    found = outcomes("VPNP-213", urls(ASA, *texts))
    assert [outcome.status for outcome in found] == [status for status, _ in expected]
    for outcome, (status, actual) in zip(found, expected, strict=True):
        assert status in ("pass", "skipped") or outcome.actual == actual


@given(st.text(max_size=60) | st.text(alphabet="htps:/[]@.0123456789%", max_size=40))
def test_any_text_can_be_read_as_url(text: str) -> None:
    url = read_url(text)
    assert url.problem or (url.scheme and url.host and 0 < url.port <= 65535)


# --- what is not known ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("control", "section"),
    [
        ("VPNP-201", "tunnel_groups"),
        ("VPNP-202", "tunnel_groups"),
        ("VPNP-203", "tunnel_groups"),
        ("VPNP-211", "tunnel_groups"),
        ("VPNP-212", "tunnel_groups"),
        ("VPNP-213", "tunnel_groups"),
        ("VPNP-214", "load_balancing"),
        ("VPNP-214", "tunnel_groups"),
        ("VPNP-215", "load_balancing"),
        ("VPNP-216", "webvpn"),
        ("VPNP-217", "webvpn"),
        ("VPNP-219", "webvpn"),
        ("VPNP-219", "tunnel_groups"),
    ],
)
def test_a_missing_answer_is_unknown(control: str, section: str) -> None:
    found = finding(control, without(ASA, section), site(tunnel_groups=("VPNPhone",), gateway_urls=(URL,)))
    assert found.status == "error"
    assert found.outcomes[0].message.startswith("UNKNOWN: `show running-config")


@pytest.mark.parametrize("control", ["VPNP-203", "VPNP-211", "VPNP-212", "VPNP-213"])
def test_no_tunnel_group_is_unknown(control: str) -> None:
    found = finding(control, ASA, site(gateway_urls=(URL,)), profiles=())
    assert found.status == "skipped"
    assert "VPNP-201" in found.outcomes[0].message
    assert finding(control, ASA, site(gateway_urls=(URL,), exclude=("VPNP-201",)), profiles=()).status == "error"
    assert finding(control, ASA, site(gateway_urls=(URL,), include=("critical",)), profiles=()).status == "error"
    assert finding(control, ASA, site(gateway_urls=(URL,), include=("high",)), profiles=()).status == "skipped"


def test_evidence_quotes_command_and_lines() -> None:
    (found,) = outcomes("VPNP-211", ASA)
    assert found.evidence[0].command == "show running-config tunnel-group"
    assert found.evidence[0].lines == (
        "tunnel-group VPNPhone webvpn-attributes",
        " authentication certificate",
        f" group-url {URL} enable",
        " without-csd",
    )


def test_names_with_spaces_are_quoted() -> None:
    device = group(urls(ASA, f"-{URL}"), name="VPN Phones")
    (found,) = outcomes("VPNP-211", device, profiles=(builders.profile("VPN Phones"),))
    assert found.fix[0] == 'tunnel-group "VPN Phones" webvpn-attributes'
