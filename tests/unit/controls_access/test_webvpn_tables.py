"""Controls on load balancing and webvpn (VPNP-214 to VPNP-219)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.controls import loadbalancing, webvpn
from ansible.module_utils.vpnphone.model import AsaState, CertificateMap, LoadBalancing

from tests.unit.controls.builders import change, edit, finding, outcomes, site, version, without
from tests.unit.controls_access.devices import URL, brief, default_policy, good, own_policy, urls

ASA = good()
OLD = change(ASA, version=version("8.2(5)", (8, 2, 5, 0)))
assert loadbalancing and webvpn
HEAD = "group-policy GroupPolicy_VPNPhone attributes"


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
