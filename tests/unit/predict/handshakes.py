"""What is foretold of one phone by what an ASA shows it: with handshakes that were made, and without."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.vpnphone.model import AsaState, Handshake

from tests.unit.predict.builders import ask, filed, probe, site, text, told, unit


def blind(device: AsaState, **file: Any) -> str:
    """Without any probe: by the configuration alone."""
    return text(told(ask(site(unit(device), phones=(filed(**file),)))))


def seen(*shakes: Handshake, device: AsaState | None = None, **file: Any) -> str:
    """With these handshakes."""
    return text(told(ask(site(unit(device, probe(*shakes)), phones=(filed(**file),)))))
