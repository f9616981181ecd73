"""The tunnel-group: which lines are typed, which are not, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.model import AsaState, Certificate, GroupUrl, WebvpnConfig

from tests.unit.controls.builders import version, without
from tests.unit.controls_access.devices import ca
from tests.unit.plan.desk import URL
from tests.unit.plan.states import asa, group, only, plan, refusal

WEBVPN = ("tunnel-group VPNPhone webvpn-attributes",)


@pytest.mark.parametrize(
    ("fields", "desired", "command", "inverse"),
    [
        ({}, {"without_csd": True}, "without-csd", "no without-csd"),
        ({}, {"group_url": URL}, f"group-url {URL} enable", f"no group-url {URL}"),
        (
            {"group_urls": (GroupUrl(url=URL, enabled=False),)},
            {"group_url": URL},
            f"group-url {URL} enable",
            f"group-url {URL} disable",
        ),
        (
            # Case counts: this is another URL for the phone.
            {"group_urls": (GroupUrl(url=URL.lower(), enabled=True),)},
            {"group_url": URL},
            f"group-url {URL} enable",
            f"no group-url {URL}",
        ),
        (
            {},
            {"authentication": "certificate"},
            "authentication certificate",
            "no authentication certificate",
        ),
        (
            {"authentication": ("aaa",)},
            {"authentication": "certificate"},
            "authentication certificate",
            "authentication aaa",
        ),
        (
            {"authentication": ("aaa", "certificate")},
            {"authentication": "certificate"},
            "authentication certificate",
            "authentication aaa certificate",
        ),
        (
            {"authentication": ("saml",)},
            {"authentication": "certificate"},
            "authentication certificate",
            "authentication saml",
        ),
    ],
)
def test_a_line_of_the_tunnel_group(
    fields: dict[str, Any], desired: dict[str, Any], command: str, inverse: str
) -> None:
    step = only(asa(group(**fields)), desired)
    assert (step.mode, step.command, step.inverse) == (WEBVPN, command, (inverse,))
    assert step.controls


@pytest.mark.parametrize(
    ("fields", "desired"),
    [
        ({"without_csd": "without-csd"}, {"without_csd": True}),
        ({"without_csd": "without-csd anyconnect"}, {"without_csd": True}),
        ({"group_urls": (GroupUrl(url=URL, enabled=True),)}, {"group_url": URL}),
        ({"authentication": ("certificate",)}, {"authentication": "certificate"}),
        ({"authentication": ("aaa",)}, {}),
    ],
)
def test_a_line_that_stands_is_not_typed(fields: dict[str, Any], desired: dict[str, Any]) -> None:
    assert plan(asa(group(**fields)), desired).empty


@pytest.mark.parametrize(
    ("words", "controls"),
    [
        ((), ("VPNP-252",)),
        (("aaa",), ("VPNP-252",)),
        (("aaa", "certificate"), ("VPNP-251", "VPNP-252")),
        (("saml",), ("VPNP-251",)),
    ],
)
def test_why_the_authentication_is_changed(words: tuple[str, ...], controls: tuple[str, ...]) -> None:
    found = plan(asa(group(authentication=words)), {"authentication": "certificate"})
    assert found.steps[0].controls == controls
    assert "with a password" in found.steps[0].hits
    # CUCM's half is a person's.
    assert any("Client Authentication Method = Certificate" in line for m in found.manual for line in m.steps)


def test_a_url_must_be_typed_in_cucm_too() -> None:
    (manual,) = [step for step in plan(asa(), {"group_url": URL}).manual if step.controls == ("VPNP-212",)]
    assert any(URL in line for line in manual.steps)


@pytest.mark.parametrize(
    ("certificates", "said"),
    [
        ((), "no CA certificate on the device"),
        ((ca("Some Other CA"),), "no CA certificate here has a name of CAPF"),
        ((ca("CAPF-18CF046E"),), ""),
    ],
)
def test_certificates_that_nothing_here_verifies_are_told_before(
    certificates: tuple[Certificate, ...], said: str
) -> None:
    """With aaa, as before, nobody asks for them: only the change makes it matter."""
    device = asa(certificates=certificates)
    told = [step for step in plan(device, {"authentication": "certificate"}).manual if step.controls == ("VPNP-254",)]
    assert bool(told) == bool(said)
    assert all(said in step.why and step.what.startswith("Before the change") for step in told)
    assert all("crypto ca authenticate PHONE-CA nointeractive" in step.steps for step in told)
    assert not [step for step in plan(device, {"group_url": URL}).manual if step.controls == ("VPNP-254",)]


@pytest.mark.parametrize(("line", "concerned"), [("csd enable", True), ("", False)])
def test_without_csd_concerns_pc_users_where_csd_is_on(line: str, concerned: bool) -> None:
    device = asa(webvpn=WebvpnConfig(configured=True, csd_line=line))
    assert bool(only(device, {"without_csd": True}).hits) == concerned


@pytest.mark.parametrize(
    ("release", "typed"), [((8, 1, 2, 0), False), ((8, 2, 1, 0), True), ((8, 2, 0, 0), True), ((9, 20, 1, 0), True)]
)
def test_no_release_below_8_2_knows_without_csd(release: tuple[int, int, int, int], typed: bool) -> None:
    device = asa(version=version("", release))
    found = plan(device, {"without_csd": True})
    assert bool(found.steps) == typed
    assert any("no csd enable" in line for step in found.manual for line in step.steps) != typed
    assert not any("csd enable" in step.command for step in found.steps)


@pytest.mark.parametrize(
    ("device", "desired", "code"),
    [
        (asa(group(name="Other")), {}, "tunnel_group_missing"),
        (asa(group(name="vpnphone")), {}, "tunnel_group_missing"),
        (asa(tunnel_groups=()), {}, "tunnel_group_missing"),
        (without(asa(), "tunnel_groups"), {}, "state_unknown"),
        (without(asa(), "version"), {"without_csd": True}, "state_unknown"),
        (asa(version=version("100.1(1)", (100, 1, 1, 0))), {"without_csd": True}, "state_unknown"),
        (asa(version=version("?", None)), {"without_csd": True}, "state_unknown"),
        (
            asa(group(), group(name="Staff", group_urls=(GroupUrl(url=URL, enabled=False),))),
            {"group_url": URL},
            "group_url_taken",
        ),
        (
            asa(group(), group(name="Staff", group_urls=(GroupUrl(url=URL.upper(), enabled=True),))),
            {"group_url": URL},
            "group_url_taken",
        ),
        (asa(group(authentication=("aaa", "x;y"))), {"authentication": "certificate"}, "name_refused"),
    ],
)
def test_what_a_tunnel_group_refuses(device: AsaState, desired: dict[str, Any], code: str) -> None:
    assert refusal(device, desired) == code
