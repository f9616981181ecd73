"""The `cucm` part of a scenario. Every key is described in lab/README.md."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Literal

import msgspec

from ..spec import Need, Spec

VPN_TRUST = "Phone-VPN-trust"
# Stores of trusted certificates, and the cluster's own certificates that a scenario may give.
TRUST_STORES = (VPN_TRUST, "CAPF-trust", "CallManager-trust", "tomcat-trust", "Phone-SAST-trust")
OWN_UNITS = ("CAPF",)
MAX_GATEWAY_CERTIFICATES = 10
MAX_GROUP_GATEWAYS = 3

CucmFault = Literal[
    "stale", "encrypted", "absent", "tftp_stall", "tftp_oversize",
    "axl_401", "axl_503", "axl_throttle", "axl_garbage", "axl_bomb", "axl_endless", "axl_redirect", "axl_hang",
    "axl_version_599", "axl_cut", "upload_cut", "upload_refused", "delete_asks",
    "ris_503", "ris_ghost", "tls_expired", "tls_wrong_host",
]  # fmt: skip
NODE_FAULTS = frozenset(("stale", "tftp_stall", "tftp_oversize", "ris_ghost"))
LASTING = frozenset(("encrypted", "absent", "ris_ghost", "tls_expired", "tls_wrong_host"))
PHONE_FAULTS = NODE_FAULTS | {"encrypted", "absent"}

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_VERSION = re.compile(r"(1[0-9])\.(\d)(\.\d{1,2}\.\d{1,6}-\d{1,4})?")


class AccountSpec(Spec, frozen=True, kw_only=True):
    """A user name with its password."""

    name: str
    password: str


class NodeSpec(Spec, frozen=True, kw_only=True):
    """One node; the first is the publisher. tftp: it serves files, on ports of its own (0: any free one)."""

    name: str
    tftp: bool = True
    http_port: int = 0
    tftp_port: int = 0


class GatewaySpec(Spec, frozen=True, kw_only=True):
    """A VPN gateway. certificates: names from `certificates` that lie in Phone-VPN-trust."""

    name: str
    url: str
    certificates: tuple[str, ...]
    description: str = ""


class GroupSpec(Spec, frozen=True, kw_only=True):
    """A VPN group: names of gateways in the order of their priority."""

    name: str
    gateways: tuple[str, ...] = ()
    description: str = ""


class ProfileSpec(Spec, frozen=True, kw_only=True):
    """A VPN profile, with CUCM's defaults; client_authentication in AXL's words."""

    name: str
    description: str = ""
    client_authentication: Literal["User and Password", "Password Only", "Certificate"] = "Certificate"
    host_id_check: bool = True
    auto_network_detection: bool = False
    password_persistence: bool = False
    mtu: int = 1290
    fail_to_connect: int = 30


class CommonProfileSpec(Spec, frozen=True, kw_only=True):
    """A Common Phone Profile; "" where it names no VPN group or profile."""

    name: str
    description: str = ""
    vpn_group: str = ""
    vpn_profile: str = ""


class CucmFaultSpec(Spec, frozen=True, kw_only=True):
    """node, phone: only there (default: all). count: how often it strikes, None without end.

    operation: regex of the AXL operations that an axl_* fault strikes. certificates: for `stale`, the names of the
    certificates whose hashes stand in the old file.
    """

    kind: CucmFault
    node: str = ""
    phone: str = ""
    operation: str = ""
    count: int | None = None
    certificates: tuple[str, ...] | None = None


class CucmSpec(Spec, frozen=True, kw_only=True):
    """One cluster. row_limit: rows that AXL gives at once, 0 without limit."""

    name: str
    version: str = "14.0.1.13900-155"
    export: Literal["restricted", "unrestricted"] = "restricted"
    axl_user: AccountSpec = AccountSpec(name="axl", password="rehearse-axl")  # noqa: S106 - a lab cluster on loopback
    os_user: AccountSpec = AccountSpec(name="osadmin", password="rehearse-os")  # noqa: S106 - as above
    axl_port: int = 0
    platform_port: int = 0
    os_port: int = 0
    nodes: tuple[NodeSpec, ...]
    trust: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    gateways: tuple[GatewaySpec, ...] = ()
    groups: tuple[GroupSpec, ...] = ()
    profiles: tuple[ProfileSpec, ...] = ()
    common_profiles: tuple[CommonProfileSpec, ...] = ()
    row_limit: int = 0
    vars: dict[str, Any] = msgspec.field(default_factory=dict)
    faults: tuple[CucmFaultSpec, ...] = ()

    @property
    def release(self) -> tuple[int, int]:
        """Major and minor number of the version. ValueError where it has none."""
        found = _VERSION.fullmatch(self.version)
        if found is None:
            raise ValueError(f"not a version: {self.version!r}")
        return int(found[1]), int(found[2])


def check(
    clusters: tuple[CucmSpec, ...], certificates: Collection[str], phones: Collection[str], taken: set[str], need: Need
) -> None:
    """What a type alone cannot say. taken: names of devices; a cluster's name is none of them."""
    names = set(taken)
    for index, cluster in enumerate(clusters):
        key = f"cucm[{index}]"
        need(_NAME.fullmatch(cluster.name) is not None, f"{key}.name", "letters, digits, dot, dash and underscore")
        need(cluster.name not in names, f"{key}.name", f"a name used once ({cluster.name} is there already)")
        names.add(cluster.name)
        known = _VERSION.fullmatch(cluster.version) is not None
        need(known, f"{key}.version", 'a version in quotes such as "14.0.1.13900-155"')
        need((11, 0) <= cluster.release <= (15, 0), f"{key}.version", "a version from 11.0 to 15.0")
        need(cluster.row_limit >= 0, f"{key}.row_limit", "a number of rows, 0 without limit")
        for port in ("axl_port", "platform_port", "os_port"):
            _port(getattr(cluster, port), f"{key}.{port}", need)
        need(bool(cluster.nodes), f"{key}.nodes", "at least one node")
        for i, node in enumerate(cluster.nodes):
            need(_NAME.fullmatch(node.name) is not None, f"{key}.nodes[{i}].name", "letters, digits, dot and dash")
            _port(node.http_port, f"{key}.nodes[{i}].http_port", need)
            _port(node.tftp_port, f"{key}.nodes[{i}].tftp_port", need)
        _unique([node.name for node in cluster.nodes], f"{key}.nodes", need)
        _check_certificates(cluster, key, certificates, need)
        _check_vpn(cluster, key, need)
        _check_faults(cluster, key, certificates, phones, need)


def _check_certificates(cluster: CucmSpec, key: str, certificates: Collection[str], need: Need) -> None:
    for store, held in cluster.trust.items():
        where = f"{key}.trust.{store}"
        need(store in TRUST_STORES + OWN_UNITS, where, f"one of {', '.join(TRUST_STORES + OWN_UNITS)}")
        need(store not in OWN_UNITS or len(held) == 1, where, "one certificate")
        for name in held:
            need(name in certificates, where, f"names from certificates ({name} is not there)")


def _check_vpn(cluster: CucmSpec, key: str, need: Need) -> None:
    trusted = cluster.trust.get(VPN_TRUST, ())
    for i, gateway in enumerate(cluster.gateways):
        where = f"{key}.gateways[{i}].certificates"
        count = len(gateway.certificates)
        need(1 <= count <= MAX_GATEWAY_CERTIFICATES, where, f"1 to {MAX_GATEWAY_CERTIFICATES} certificates")
        need(set(gateway.certificates) <= set(trusted), where, f"names that stand in trust.{VPN_TRUST}")
    gateways = [gateway.name for gateway in cluster.gateways]
    groups = [group.name for group in cluster.groups]
    profiles = [profile.name for profile in cluster.profiles]
    _unique(gateways, f"{key}.gateways", need)
    _unique(groups, f"{key}.groups", need)
    _unique(profiles, f"{key}.profiles", need)
    _unique([common.name for common in cluster.common_profiles], f"{key}.common_profiles", need)
    for i, group in enumerate(cluster.groups):
        where = f"{key}.groups[{i}].gateways"
        need(len(group.gateways) <= MAX_GROUP_GATEWAYS, where, f"at most {MAX_GROUP_GATEWAYS} gateways")
        need(set(group.gateways) <= set(gateways), where, "names from gateways")
    for i, profile in enumerate(cluster.profiles):
        need(256 <= profile.mtu <= 1406, f"{key}.profiles[{i}].mtu", "a number from 256 to 1406")
        need(0 <= profile.fail_to_connect <= 600, f"{key}.profiles[{i}].fail_to_connect", "seconds from 0 to 600")
    for i, common in enumerate(cluster.common_profiles):
        where = f"{key}.common_profiles[{i}]"
        need(not common.vpn_group or common.vpn_group in groups, f"{where}.vpn_group", "a name from groups")
        need(not common.vpn_profile or common.vpn_profile in profiles, f"{where}.vpn_profile", "a name from profiles")


def _check_faults(
    cluster: CucmSpec, key: str, certificates: Collection[str], phones: Collection[str], need: Need
) -> None:
    nodes = [node.name for node in cluster.nodes]
    for i, fault in enumerate(cluster.faults):
        where = f"{key}.faults[{i}]"
        need(not fault.node or fault.kind in NODE_FAULTS, f"{where}.node", "no node for a fault of this kind")
        need(not fault.node or fault.node in nodes, f"{where}.node", "a name from nodes")
        need(fault.kind != "stale" or bool(fault.node), f"{where}.node", "the node that keeps the old file")
        ghost = fault.kind != "ris_ghost" or bool(fault.node and fault.phone)
        need(ghost, where, "node and phone: where that phone is still listed")
        need(not fault.phone or fault.kind in PHONE_FAULTS, f"{where}.phone", "no phone for a fault of this kind")
        need(not fault.phone or fault.phone in phones, f"{where}.phone", "a name from phones")
        need(fault.count is None or fault.count > 0, f"{where}.count", "a number above 0")
        need(fault.count is None or fault.kind not in LASTING, f"{where}.count", "no count: this fault is always there")
        old = fault.certificates
        need(old is None or fault.kind == "stale", f"{where}.certificates", "only with `stale`")
        need(set(old or ()) <= set(certificates), f"{where}.certificates", "names from certificates")
        need(not fault.operation or fault.kind.startswith("axl_"), f"{where}.operation", "only with axl_* faults")
        try:
            re.compile(fault.operation)
        except re.error as error:
            need(False, f"{where}.operation", f"a regular expression ({error})")


def _unique(names: list[str], key: str, need: Need) -> None:
    double = next((name for name in names if names.count(name) > 1), "")
    need(not double, key, f"each name once ({double} is there twice)")


def _port(port: int, key: str, need: Need) -> None:
    need(0 <= port <= 65535, key, "a port from 0 (any free one) to 65535")
