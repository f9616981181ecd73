"""Every control of the project: importing this module registers them all.

The imports are spelled out so that a packager of modules (AnsiballZ) sees them; a test compares them with the folder.
"""

from __future__ import annotations

from . import (
    access,
    assigned,
    authentication,
    availability,
    certificates,
    ciphers,
    csd,
    dap,
    fitness,
    grouppolicy,
    hardening,
    inheritance,
    licences,
    loadbalancing,
    phone_certificates,
    probe,
    profile,
    saved,
    site_calendar,
    site_client,
    site_cluster,
    site_connection,
    site_files,
    site_gateway,
    site_hash,
    site_pins,
    site_profile,
    site_status,
    validity,
    webvpn,
)
from .base import REGISTRY, Control, Scope

MODULES = (
    access,
    assigned,
    authentication,
    availability,
    certificates,
    ciphers,
    csd,
    dap,
    fitness,
    grouppolicy,
    hardening,
    inheritance,
    licences,
    loadbalancing,
    phone_certificates,
    probe,
    profile,
    saved,
    site_calendar,
    site_client,
    site_cluster,
    site_connection,
    site_files,
    site_gateway,
    site_hash,
    site_pins,
    site_profile,
    site_status,
    validity,
    webvpn,
)


def all_controls(*scopes: Scope) -> tuple[Control, ...]:
    """The registered controls in the order of their ids; of these scopes only, where some are given."""
    return tuple(REGISTRY[name] for name in sorted(REGISTRY) if not scopes or REGISTRY[name].scope in scopes)
