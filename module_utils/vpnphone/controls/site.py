"""What a site tells of itself: the parameters of the judgement."""

from __future__ import annotations

import msgspec

from ..model import Waiver


class PhoneModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the phone table. An empty suite list is "not known", never "none".

    tls_suites, dtls_suites: OpenSSL names the phone offers; max_rsa_bits 0 and signature_hashes () mean not known.
    """

    model: str
    firmware: str
    tls_versions: tuple[str, ...]
    tls_suites: tuple[str, ...]
    dtls_suites: tuple[str, ...]
    max_rsa_bits: int = 0
    ecdsa: bool | None = None
    # () means not known; a model without TLS 1.2 is taken to speak DTLSv1.
    dtls_versions: tuple[str, ...] = ()
    # Hashes the phone verifies in a certificate signature ("SHA1", "SHA256"); () means not known.
    signature_hashes: tuple[str, ...] = ()
    source: str


def model_key(model: str) -> str:
    """By which two names of one model are the same: `CP-7962G` and `7962g`."""
    return model.strip().upper().removeprefix("CP-")


class Declared(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the inventory says of one device; kept with its state, since one run may hold different sites' devices."""

    # Tunnel-groups of the phones; empty: detect.
    tunnel_groups: tuple[str, ...] = ()
    # The URLs typed in CUCM's VPN gateways; empty: not known here.
    gateway_urls: tuple[str, ...] = ()
    # nameifs where phones arrive; empty: derive them from webvpn `enable` and the URLs.
    phone_interfaces: tuple[str, ...] = ()
    # Models in use; each must be a row of phone_models, else the cipher verdict is UNKNOWN. Empty: every known row.
    models_in_use: tuple[str, ...] = ()
    # Phones that exist but are not connected now; added to the peak for the licence rule.
    phones_offline: int = 0
    # ACLs that a person has read and found to let CUCM, TFTP and media through.
    reviewed_vpn_filters: tuple[str, ...] = ()


class Site(Declared, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All parameters of the judgement of one device: what is declared of it, and what holds for the whole run."""

    name: str = "site"
    phone_models: tuple[PhoneModel, ...] = ()
    # ASA builds known to carry the fix of CSCuu02848 ("9.4(2)"); the document names none.
    ecdsa_fixed_in: tuple[str, ...] = ()
    expiry_days_warning: int = 60
    clock_skew_seconds: int = 300
    # Zone names that devices print, in minutes ahead of UTC ({"KST": 540, "EDT": -240}); UTC, GMT and Z are known.
    zone_minutes: dict[str, int] = {}
    peers_warning_percent: int = 80
    # Selection: control ids or severities; empty include means all.
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()

    def of(self, declared: Declared) -> Site:
        """These parameters for a device of which the inventory says this."""
        return msgspec.structs.replace(self, **{name: getattr(declared, name) for name in Declared.__struct_fields__})
