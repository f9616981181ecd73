"""Controls on the tunnel-group, its URLs, webvpn and load balancing (VPNP-201 to VPNP-219)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.controls import access, loadbalancing, profile, webvpn
from ansible.module_utils.vpnphone.controls.access import read_url
from ansible.module_utils.vpnphone.model import AsaState, CertificateMap, LoadBalancing, TunnelGroup
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.controls import builders
from tests.unit.controls.builders import change, edit, finding, outcomes, site, version, without
from tests.unit.controls_access.devices import URL, brief, default_policy, good, group, own_policy, urls

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


# --- VPNP-214, 215: load balancing ----------------------------------------------------------------------------------


def balanced(*cluster: str, participate: bool = True) -> AsaState:
    return change(ASA, load_balancing=LoadBalancing(participate=participate, cluster_addresses=cluster))


@pytest.mark.parametrize(
    ("device", "gateway_urls", "expected"),
    [
        (ASA, (URL,), [("pass", "")]),
        (
            change(ASA, load_balancing=LoadBalancing(participate=False, cluster_addresses=("192.0.2.9",))),
            (),
            [("pass", "")],
        ),
        (balanced("192.0.2.9"), ("https://192.0.2.9/VPNPhone",), [("fail", "https://192.0.2.9/VPNPhone")]),
        (balanced("192.0.2.9", "VPN.example.com"), (URL,), [("fail", URL)]),
        (balanced("192.0.2.9"), ("https://192.0.2.1/x",), [("pass", "https://192.0.2.1/x")]),
        # Behind NAT: not an address of the device, but not the cluster's either.
        (balanced("192.0.2.9"), ("https://198.51.100.7/x",), [("pass", "https://198.51.100.7/x")]),
        (
            balanced("192.0.2.9", "cluster.example.com"),
            ("https://198.51.100.7/x",),
            [("error", "https://198.51.100.7/x")],
        ),
        # A name may lead to the cluster's address: nobody knows from here.
        (balanced("192.0.2.9"), (URL,), [("error", URL)]),
        (balanced(), ("https://198.51.100.7/x",), [("error", "https://198.51.100.7/x")]),
        (balanced(), ("https://192.0.2.1/x",), [("pass", "https://192.0.2.1/x")]),
        (
            balanced("192.0.2.9"),
            ("https://192.0.2.9/x", "https://192.0.2.1/x"),
            [("fail", "https://192.0.2.9/x"), ("pass", "https://192.0.2.1/x")],
        ),
        # URLs of other devices are judged there.
        (
            urls(balanced("192.0.2.9"), "https://192.0.2.1/x"),
            ("https://192.0.2.1/x", "https://vpn2.example.com/x"),
            [("pass", "https://192.0.2.1/x")],
        ),
        (
            urls(balanced("192.0.2.9"), "https://192.0.2.1/x"),
            ("https://192.0.2.1/x", "https://192.0.2.9/x"),
            [("pass", "https://192.0.2.1/x"), ("fail", "https://192.0.2.9/x")],
        ),
        # Not given: the enabled group-urls of the phones.
        (balanced("192.0.2.9"), (), [("error", URL)]),
        (urls(balanced("192.0.2.9"), "https://192.0.2.9/VPNPhone"), (), [("fail", "https://192.0.2.9/VPNPhone")]),
        (urls(balanced("192.0.2.9")), (), [("error", "")]),
    ],
)
def test_cluster_url(device: AsaState, gateway_urls: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    assert brief(outcomes("VPNP-214", device, site(gateway_urls=gateway_urls))) == expected


def test_cluster_url_fix_names_the_box_and_leaves_the_cluster_alone() -> None:
    (found,) = outcomes("VPNP-214", balanced("192.0.2.9"), site(gateway_urls=("https://192.0.2.9/x",)))
    assert found.fix == (
        "PERSON: in CUCM's VPN gateway use the box's own name or address (outside 192.0.2.1); leave load balancing on.",
    )


@pytest.mark.parametrize(("device", "status"), [(ASA, "pass"), (balanced("192.0.2.9"), "fail")])
def test_participates(device: AsaState, status: str) -> None:
    (found,) = outcomes("VPNP-215", device)
    assert found.status == status
    assert all(step.startswith("PERSON: ") for step in found.fix)
    assert finding("VPNP-215", device).severity == "low"


# --- VPNP-216, 217, 219: webvpn -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "status", "actual", "fix"),
    [
        (ASA, "pass", "", ()),
        (edit(ASA, "webvpn", anyconnect_enabled=False), "fail", "enable outside", ("webvpn", " anyconnect enable")),
        (edit(OLD, "webvpn", anyconnect_enabled=False), "fail", "enable outside", ("webvpn", " svc enable")),
        (
            edit(ASA, "webvpn", enabled_interfaces=()),
            "fail",
            "anyconnect enable",
            (
                "PERSON: choose the interface the phones arrive at; this opens it to every SSL VPN client:",
                "webvpn",
                "PERSON: ` enable <interface>`",
            ),
        ),
        (
            edit(ASA, "webvpn", configured=False, enabled_interfaces=(), anyconnect_enabled=False),
            "fail",
            "neither line",
            (
                "PERSON: choose the interface the phones arrive at; this opens it to every SSL VPN client:",
                "webvpn",
                "PERSON: ` enable <interface>`",
                " anyconnect enable",
            ),
        ),
    ],
)
def test_webvpn_on(device: AsaState, status: str, actual: str, fix: tuple[str, ...]) -> None:
    (found,) = outcomes("VPNP-216", device)
    assert (found.status, found.actual, found.fix) == (status, actual, fix)


def shut(*nameifs: str, device: AsaState = ASA) -> AsaState:
    """The device with these interfaces shut down."""
    return change(
        device,
        interfaces=tuple(
            msgspec.structs.replace(found, shutdown=found.nameif in nameifs) for found in device.interfaces or ()
        ),
    )


LITERAL = "https://192.0.2.1/VPNPhone"
ON_INSIDE = edit(ASA, "webvpn", enabled_interfaces=("inside",))
ON_BOTH = edit(ASA, "webvpn", enabled_interfaces=("outside", "inside"))
OPEN = ("webvpn", " enable outside")
UP = ("interface GigabitEthernet1/1", " no shutdown")


@pytest.mark.parametrize(
    ("device", "parameters", "expected", "fix"),
    [
        (ASA, {"phone_interfaces": ("Outside",)}, [("pass", "")], ()),
        (ON_INSIDE, {"phone_interfaces": ("outside",)}, [("fail", "outside")], OPEN),
        # An address of the device in the URL tells where phones arrive.
        (urls(ON_INSIDE, LITERAL), {}, [("fail", "outside")], OPEN),
        (ON_INSIDE, {"gateway_urls": (LITERAL,)}, [("fail", "outside")], OPEN),
        (ON_INSIDE, {}, [("pass", "")], ()),
        (shut("outside"), {}, [("fail", "outside")], UP),
        (shut("inside"), {}, [("pass", "")], ()),
        # By a name phones may arrive at either, and one is up.
        (shut("outside", device=ON_BOTH), {}, [("pass", "")], ()),
        (shut("outside", device=urls(ON_BOTH, LITERAL)), {}, [("fail", "outside")], UP),
        (shut("outside", "inside", device=ON_BOTH), {}, [("fail", "outside"), ("fail", "inside")], UP),
        (without(ASA, "interfaces"), {}, [("pass", "")], ()),
    ],
)
def test_webvpn_where_phones_arrive(
    device: AsaState, parameters: dict[str, Any], expected: list[tuple[str, str]], fix: tuple[str, ...]
) -> None:
    found = outcomes("VPNP-216", device, site(**parameters))
    assert brief(found) == expected
    assert found[0].fix[1:] == fix
    assert not fix or found[0].fix[0].startswith("PERSON: ")


@pytest.mark.parametrize(
    ("device", "subject", "fix"),
    [
        (edit(ASA, "webvpn", tls_only_interfaces=("outside",)), "DTLS outside", ("webvpn", " enable outside")),
        (
            own_policy(ASA, **{"webvpn anyconnect ssl dtls": "none"}),
            "DTLS VPNPhone",
            (HEAD, " webvpn", "  anyconnect ssl dtls enable"),
        ),
        (
            own_policy(OLD, **{"webvpn svc dtls": "none"}),
            "DTLS VPNPhone",
            (HEAD, " webvpn", "  svc dtls enable"),
        ),
        (
            default_policy(ASA, **{"webvpn anyconnect ssl dtls": "none"}),
            "DTLS VPNPhone",
            (HEAD, " webvpn", "  anyconnect ssl dtls enable"),
        ),
    ],
)
def test_dtls_off(device: AsaState, subject: str, fix: tuple[str, ...]) -> None:
    found = outcomes("VPNP-217", device)
    assert brief(found[-1:]) == [("fail", subject)]
    assert tuple(line for line in found[-1].fix if not line.startswith("PERSON: ")) == fix


@pytest.mark.parametrize(
    "device",
    [
        edit(ASA, "webvpn", tls_only_interfaces=("inside",)),
        own_policy(ASA, **{"webvpn anyconnect ssl dtls": "enable"}),
        without(ASA, "group_policies"),
    ],
)
def test_dtls_on(device: AsaState) -> None:
    assert finding("VPNP-217", device).status == "pass"


@pytest.mark.parametrize(
    ("port", "dtls_port", "expected"),
    [
        (443, 443, ["pass", "pass"]),
        (444, 443, ["fail", "pass"]),
        (443, 442, ["pass", "fail"]),
        (8443, 8443, ["fail", "fail"]),
    ],
)
def test_ports(port: int, dtls_port: int, expected: list[str]) -> None:
    found = outcomes("VPNP-217", edit(ASA, "webvpn", port=port, dtls_port=dtls_port))
    assert [(outcome.subject, outcome.status) for outcome in found] == list(zip(("TLS", "DTLS"), expected, strict=True))
    wrong = [outcome.fix[1:] for outcome in found if outcome.status == "fail"]
    assert set(wrong) <= {("webvpn", " port 443"), ("webvpn", " dtls port 443")}


@pytest.mark.parametrize(
    ("maps", "expected"),
    [
        ((), [("pass", "")]),
        ((("PHONES", 10, "VPNPhone"),), [("pass", "PHONES 10")]),
        ((("STAFF", 10, "Employees"),), [("error", "STAFF 10")]),
        ((("M", 10, "VPNPhone"), ("M", 20, "Employees")), [("pass", "M 10"), ("error", "M 20")]),
    ],
)
def test_certificate_maps(maps: tuple[tuple[str, int, str], ...], expected: list[tuple[str, str]]) -> None:
    entries = tuple(CertificateMap(map_name=name, sequence=number, tunnel_group=tg) for name, number, tg in maps)
    assert brief(outcomes("VPNP-219", edit(ASA, "webvpn", certificate_maps=entries))) == expected
    preferred = edit(ASA, "webvpn", certificate_maps=entries, group_url_preferred=True)
    assert finding("VPNP-219", preferred).status == "pass"


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
