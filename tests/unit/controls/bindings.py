"""Devices by the certificates they hold and bind, and what is said of them (VPNP-111 to 116)."""

from __future__ import annotations

from ansible.module_utils.vpnphone.model import AsaState, Certificate, SslTrustPoint

from tests.unit.controls.builders import IDENTITY_SUBJECT, certificate, change, edit, healthy, without

NO_IDENTITY = ("skipped", "", "No identity certificate is bound where phones arrive: see VPNP-112")
NO_WEBVPN = "webvpn is enabled on no interface, so no phone arrives here"
NOT_READ = without(healthy(), "certificates")
SELF_SIGNED = certificate(issuer=IDENTITY_SUBJECT, issuer_cn="vpn.example.com")


def holds(*found: Certificate, base: AsaState | None = None) -> AsaState:
    return change(base or healthy(), certificates=found)


def bound(*lines: SslTrustPoint, base: AsaState | None = None) -> AsaState:
    return edit(base or healthy(), "ssl", trust_points=lines)


def only(message: str, status: str = "pass", subject: str = "outside") -> tuple[tuple[str, str, str], ...]:
    return ((status, subject, message),)
