"""A whole cluster's answers, to change one of them; and certificates of its stores."""

from __future__ import annotations

import datetime
import functools
import hashlib
from base64 import b64encode
from typing import NamedTuple

from ansible.module_utils.vpnphone.model import CucmState
from ansible.module_utils.vpnphone.parse.cucm.answer import CucmAnswer, of_envelope
from ansible.module_utils.vpnphone.parse.cucm.state import build_cluster
from ansible.module_utils.vpnphone.questions import BY_KEY
from ansible.module_utils.vpnphone.soap import NotSoap, read_envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.unit.cucm import soap_texts as soap

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


class Held(NamedTuple):
    """A certificate as the database keeps it."""

    pem: str
    pin: str
    serial: str
    subject: str


@functools.cache
def held(name: str, serial: int) -> Held:
    """A self-signed certificate; made once a process."""
    key = generate_private_key(SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(START)
        .not_valid_after(START + datetime.timedelta(days=999))
        .sign(key, hashes.SHA256())
    )
    digest = hashlib.sha1(made.public_bytes(Encoding.DER), usedforsecurity=False).digest()
    pem = made.public_bytes(Encoding.PEM).decode()
    return Held(pem, b64encode(digest).decode(), f"{serial:x}", f"CN={name}")


def trust_row(
    item: Held, store: str = "Phone-VPN-trust", pkid: str = "", **changed: str | None
) -> dict[str, str | None]:
    row: dict[str, str | None] = {
        "pkid": pkid or item.serial,
        "store": store,
        "subjectname": item.subject,
        "issuername": item.subject,
        "serialnumber": item.serial,
        "hash": item.pin,
    }
    return row | changed


def whole() -> dict[str, list[bytes]]:
    """Question -> the bytes of its answers: a cluster that answers everything."""
    vpn, capf = held("vpn.example.com", 0xABC1), held("CAPF-1", 0x77)
    return {
        "getCCMVersion": [soap.VERSION],
        "listVpnGateway": [soap.names("listVpnGateway", "vpnGateway", "GW1", "GW2")],
        "getVpnGateway": [
            soap.gateway("GW1", "https://vpn.example.com/phone", (vpn.subject, vpn.serial)),
            soap.gateway("GW2", "https://vpn2.example.com/phone"),
        ],
        "listVpnGroup": [soap.names("listVpnGroup", "vpnGroup", "G1")],
        "getVpnGroup": [soap.group("G1", ("GW2", 2), ("GW1", 1))],
        "listVpnProfile": [soap.names("listVpnProfile", "vpnProfile", "P1")],
        "getVpnProfile": [
            soap.profile(
                "P1",
                clientAuthentication="Certificate",
                enableHostIdCheck="true",
                autoNetworkDetection="f",
                pwdPersistant="false",
                mtu="1290",
                failToConnect="30",
            )
        ],
        "listCommonPhoneConfig": [
            soap.names("listCommonPhoneConfig", "commonPhoneConfig", "Standard", "Remote phones")
        ],
        "getCommonPhoneConfig": [soap.common("Standard", None, None), soap.common("Remote phones", "G1", "P1")],
        "listPhone": [soap.phones(soap.phone("SEP001122334401"), soap.phone("SEP001122334402", "Cisco 8841"))],
        "executeSQLQuery.phones": [
            soap.rows(
                {"name": "SEP001122334401", "certificatestatus": "Upgrade Success"},
                {"name": "SEP001122334402", "certificatestatus": "None"},
            )
        ],
        "executeSQLQuery.columns": [soap.rows({"colname": "lscissuername"}, {"colname": "lscvaliduntil"})],
        "executeSQLQuery.lsc": [
            soap.rows(
                {"name": "SEP001122334401", "lscissuername": "CN=CAPF-1", "lscvaliduntil": "1798761600"},
                {"name": "SEP001122334402", "lscissuername": None, "lscvaliduntil": None},
            )
        ],
        "executeSQLQuery.trust": [soap.rows(trust_row(vpn), trust_row(capf, "CAPF"))],
        "executeSQLQuery.pem": [soap.rows({"certificate": vpn.pem}, {"certificate": capf.pem})],
        "executeSQLQuery.tftp": [soap.rows({"name": "EnterpriseWideData"}, {"name": "cucm-pub"}, {"name": "10.1.1.2"})],
        "selectCmDeviceExt": [
            soap.registrations(
                ("cucm-pub", "Ok", [soap.device("SEP001122334401", 1700000000, ip="10.9.0.5")]),
                ("cucm-2", "NotFound", []),
            )
        ],
        "show_version_active": [b"Active Master Version: 14.0.1.13900-155\nNo Installed Software Options Found.\n"],
        "show_cert_list_trust": [
            b"Phone-VPN-trust/vpn.example.com.pem: Trust Certificate\r\ntomcat-trust/a b.pem: x\r\n"
        ],
        "snapshot_server": [soap.snapshot(**{"phone-vpn-trust": [("vpn.pem", vpn.pem)]})],
    }


def understood(told: dict[str, list[bytes]]) -> dict[str, list[CucmAnswer]]:
    """The answers as gathering and saved files give them."""
    answers: dict[str, list[CucmAnswer]] = {}
    for key, bodies in told.items():
        question = BY_KEY[key]
        for number, raw in enumerate(bodies, 1):
            item = str(number) if question.many else ""
            if question.how in ("cli", "rest"):
                answer = CucmAnswer(key, "ok", raw.decode("utf-8", "replace"), raw=raw)
            else:
                try:
                    answer = of_envelope(question, read_envelope(raw), raw, item)
                except NotSoap as error:
                    answer = CucmAnswer(key, "unreadable", detail=str(error), item=item, raw=raw)
            answers.setdefault(key, []).append(answer)
    return answers


def state(export_mode: str = "", without: tuple[str, ...] = (), **changed: list[bytes]) -> CucmState:
    """The state of a whole cluster with some answers changed (`__` for a dot in a name) or left out."""
    told = whole() | {key.replace("__", "."): bodies for key, bodies in changed.items()}
    kept = {key: bodies for key, bodies in told.items() if key not in without}
    return build_cluster("cucm-1", "live", understood(kept), None, export_mode=export_mode)
