"""Where named phones are registered now, as one cluster tells: all that is asked of it before phones' own pages are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .gather_wave import ClusterGround
from .model import Registration
from .transport.cluster import CLUSTER_SPEC, CLUSTER_VARIABLES, ClusterOptions, ClusterSession
from .transport.node_files import FileLimits

# The platform is not asked.
_PLATFORM = frozenset(
    ("os_username", "os_password", "os_port", "platform_port", "known_hosts", "ssh_config", "ssh_legacy")
)
REGISTRATION_SPEC: dict[str, dict[str, Any]] = {
    option: spec for option, spec in CLUSTER_SPEC.items() if option not in _PLATFORM
}
REGISTRATION_VARIABLES: dict[str, tuple[str, ...]] = {
    "phone_web_addresses": ("vpnphone_phone_web_addresses",),
    **{option: names for option, names in CLUSTER_VARIABLES.items() if option not in _PLATFORM},
}


def registrations(
    name: str, params: Mapping[str, Any], phones: Sequence[str], *, parallel: int = 1
) -> list[Registration]:
    """params: of REGISTRATION_SPEC. VpnPhoneError where the cluster cannot be asked."""
    options = ClusterOptions.of({key: spec.get("default") for key, spec in CLUSTER_SPEC.items()} | dict(params), name)
    ground = ClusterGround(
        name, lambda: ClusterSession(options, name=name), (), via="http", parallel=parallel, limits=FileLimits(),
        addresses={},
    )  # fmt: skip
    return list(ground.registrations(phones).values())
