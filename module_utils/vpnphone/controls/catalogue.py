"""Every control of the project: importing this module registers them all.

The imports are spelled out so that a packager of modules (AnsiballZ) sees them; a test compares them with the folder.
"""

from __future__ import annotations

from . import (
    access,
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
    profile,
    validity,
    webvpn,
)
from .base import REGISTRY, Control

MODULES = (
    access,
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
    profile,
    validity,
    webvpn,
)


def all_controls() -> tuple[Control, ...]:
    """The registered controls in the order of their ids."""
    return tuple(REGISTRY[name] for name in sorted(REGISTRY))
