"""A renewal of simulated ASAs as it stands before stage certificate, and the module run on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.model import (
    X509,
    CucmState,
    PhoneState,
    ServedFile,
    TrustedCertificate,
    VpnGroupConfig,
)
from ansible.module_utils.vpnphone.model.renewal import (
    AsaRenewal,
    ClusterRenewal,
    GatewayNote,
    Journal,
    PhoneRenewal,
    TargetStage,
)
from ansible.module_utils.vpnphone.renewal.journal import create_journal, open_journal
from ansible.module_utils.vpnphone.renewal.store import note_of
from ansible.module_utils.vpnphone.rundir import GatheredCluster, GatheredPhones, write_gathered
from ansible.module_utils.vpnphone.x509 import read_pem

from lab import pair
from lab.context import Holdings
from lab.testing import RunningLab, running_lab
from tests.plugins import load_module

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
NEW = "VPN_2027"
URL = "https://vpn.example.com/VPNPhone"
PHONE = "SEP001122334401"
WISH = {"trustpoint": NEW, "cn": "vpn-2027.example.com", "names": ["vpn.example.com"]}


def config(name: str) -> str:
    return f"""
hostname {name}
domain-name example.com
ip local pool PHONES 10.10.10.10-10.10.10.250 mask 255.255.255.0
interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 198.51.100.10 255.255.255.0
clock timezone UTC 0
crypto ca trustpoint VPN_TP
 enrollment terminal
 keypair VPN_TP
ssl trust-point VPN_TP outside
webvpn
 enable outside
 anyconnect enable
group-policy GP_PHONES internal
group-policy GP_PHONES attributes
 vpn-tunnel-protocol ssl-client
tunnel-group VPNPhone type remote-access
tunnel-group VPNPhone general-attributes
 address-pool PHONES
 default-group-policy GP_PHONES
tunnel-group VPNPhone webvpn-attributes
 authentication certificate
 group-url {URL} enable
"""


SITE: dict[str, Any] = {
    "name": "renewal-certificate",
    "defaults": {"users": [{"name": "admin", "password": "rehearse", "privilege": 15}], "enable_secret": "rehearse"},
    "certificates": {
        "root": {"subject": "CN=Root CA,O=Lab", "ca": True, "valid_from": "-900d", "valid_to": "+3000d"},
        "issuing": {"subject": "CN=Issuing CA,O=Lab", "ca": True, "issuer": "root", "valid_to": "+2000d"},
        # Another CA of the same name, as after a renewal of the CA with another key.
        "impostor": {"subject": "CN=Issuing CA,O=Lab", "ca": True, "issuer": "root", "valid_to": "+2000d"},
        "vpn": {
            "subject": "CN=vpn.example.com,O=Lab", "san": ["DNS:vpn.example.com"], "issuer": "issuing",
            "valid_from": "-300d", "valid_to": "+40d",
        },
    },
    "devices": [
        {
            "name": name, "version": "9.16(4)", "config": config(name),
            "trustpoints": {"VPN_TP": {"identity": "vpn", "ca": "issuing"}}, **more,
        }
        for name, more in {"fw": {}, "pair": {"failover": {"unit": "primary", "state": "active"}}}.items()
    ],
}  # fmt: skip


@contextmanager
def lab(directory: Path) -> Iterator[RunningLab]:
    with running_lab(SITE, directory / "lab") as found:
        yield found


MODULE = load_module("vpnphone_asa_certificate")


# What each device holds when it is first used, by identity.
_FIRST: dict[int, Holdings] = {}


class Renewal:
    """One renewal of one ASA of the lab, in a directory of its own."""

    def __init__(self, site: RunningLab, directory: Path, device: str = "fw", **wish: Any) -> None:
        self.site, self.device = site, device
        self.directory = directory / "renewals" / "spring"
        self.locks = directory / "locks"
        self.wish = WISH | wish
        self._as_at_the_start()
        self.old = read_pem(self.pem("VPN_TP"))
        asa = AsaRenewal(
            name=device, interface="outside", old_trustpoint="VPN_TP", new_trustpoint=NEW, old=note_of(self.old)
        )
        gateway = GatewayNote(name="GW1", url=URL, asas=(device,))
        journal = Journal(
            renewal="spring",
            created=NOW,
            asas={device: asa},
            clusters={"cucm-1": ClusterRenewal(name="cucm-1", gateways={"GW1": gateway})},
            phones={PHONE: PhoneRenewal(name=PHONE, cluster="cucm-1", asas=(device,))},
            preflight=TargetStage(status="done", at=NOW),
            options=("-i", "inventories/mine"),
        )
        create_journal(self.directory, journal)
        self.run_dir = directory / "run"

    def _as_at_the_start(self) -> None:
        """Trustpoints and keys too, of the device and of its mate; the others of the lab stay as they are."""
        device = self.site.device(self.device)
        first = _FIRST.setdefault(id(device), pair.held(device.system))

        def restore() -> None:
            device.system.trustpoints = {name: replace(store) for name, store in first.trustpoints.items()}
            device.system.keys = dict(first.keys)
            pair.begin(device)

        self.site.reset(self.device)
        self.site.inside(restore)

    # --- the site around it -----------------------------------------------------------------------------------------

    def gathered(self, *trust: X509, pins: X509 | None = None) -> Renewal:
        """What preflight gathered: the certificates in Phone-VPN-trust, and what the phone's file pins."""
        rows = tuple(
            TrustedCertificate(
                store="Phone-VPN-trust", subject_name=one.subject, issuer_name=one.issuer, serial_number=one.serial,
                stored_hash=one.pin, x509=one,
            )
            for one in trust
        )  # fmt: skip
        write_gathered(
            self.run_dir, GatheredCluster(device="cucm-1", state=CucmState(device="cucm-1", origin="live", trust=rows))
        )
        hashes = (pins.pin,) if pins is not None else ()
        served = ServedFile(
            node="cucm-1", via="http", name=f"{PHONE}.cnf.xml.sgn", status="ok",
            vpn=VpnGroupConfig(urls=(URL,), cert_hashes=hashes, hash_alg=0),
        )  # fmt: skip
        phone = PhoneState(name=PHONE, cucm="cucm-1", files=(served,))
        write_gathered(self.run_dir, GatheredPhones(device="cucm-1", phones=(phone,)))
        return self

    def pem(self, trustpoint: str) -> str:
        text = self.site.type(self.device, "configure terminal", f"crypto ca export {trustpoint} identity-certificate")
        start, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
        return f"{start}{text.partition(start)[2].partition(end)[0]}{end}\n" if start in text else ""

    # --- the module -------------------------------------------------------------------------------------------------

    def run(self, *, check: bool = False, approval: str = "", by: str = "J. Doe", **options: Any) -> dict[str, Any]:
        host = self.site.hosts[self.device]
        given: dict[str, Any] = {
            "name": self.device, "renewal_dir": str(self.directory), "approval": approval, "approved_by": by,
            "new_certificate": self.wish, "phone_models_file": str(ROOT / "inventories" / "lab_phone_models.yml"),
            "lock_dir": str(self.locks), "host": host.host, "port": host.port, "username": host.user,
            "password": host.password, "enable_password": host.enable_secret, "known_hosts": str(host.known_hosts),
            "connect_timeout": 10, "command_timeout": 20,
        }  # fmt: skip
        if self.run_dir.is_dir():
            given["run_dir"] = str(self.run_dir)
        params = {name: one.get("default") for name, one in MODULE.ARGUMENT_SPEC.items()} | given | options
        found: dict[str, Any] = MODULE.execute(params, check_mode=check)
        return found

    def approve(self, **options: Any) -> dict[str, Any]:
        """Plan it, then do what was planned."""
        token = self.run(check=True, **options)["token"]
        assert token
        return self.run(approval=token, **options)

    def signed(self, ca: str = "issuing", **changes: Any) -> Path:
        """Have the request signed, and lay the answer with its chain where stage certificate looks for it."""
        request = (self.directory / "files" / f"{self.device}.csr").read_text()
        path = self.directory / "files" / f"{self.device}.pem"
        path.write_text(self.site.sign(request, ca, **changes) + "".join(self.site.chain(ca)))
        return path

    @property
    def journal(self) -> Journal:
        return open_journal(self.directory)

    @property
    def asa(self) -> AsaRenewal:
        return self.journal.asas[self.device]

    @property
    def state(self) -> dict[str, Any]:
        return self.site.state(self.device)


def error(renewal: Renewal, **options: Any) -> VpnPhoneError:
    with pytest.raises(VpnPhoneError) as caught:
        renewal.run(**options)
    return caught.value


def untouched(renewal: Renewal) -> None:
    """The bound trustpoint holds what it held, and is bound."""
    state = renewal.state
    assert state["trustpoints"]["VPN_TP"]["identity"]["sha1"] == renewal.old.sha1
    bound = [line for line in state["running_config"] if line.startswith("ssl trust-point")]
    assert bound == ["ssl trust-point VPN_TP outside"]
    saved = [line for line in state["startup_config"] if line.startswith("ssl trust-point")]
    assert saved == bound
