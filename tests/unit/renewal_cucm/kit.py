"""A renewal on one cluster: certificates, the cluster's state, the journal; and a cluster that can be changed.

Self-made after the facts: what each certificate is called says what it is for.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from xml.sax.saxutils import unescape

from ansible.module_utils.vpnphone.errors import DeviceRefused
from ansible.module_utils.vpnphone.model import (
    X509,
    CucmState,
    GatewayCertificate,
    Source,
    TrustedCertificate,
    TrustFile,
    VpnGateway,
    VpnGroup,
)
from ansible.module_utils.vpnphone.model.renewal import (
    AsaRenewal,
    CertificateNote,
    ClusterRenewal,
    GatewayNote,
    Journal,
    TargetStage,
)
from ansible.module_utils.vpnphone.questions import Question
from ansible.module_utils.vpnphone.renewal.store import note_of
from ansible.module_utils.vpnphone.soap import read_envelope
from ansible.module_utils.vpnphone.transport.soap_client import SoapFault, Told
from ansible.module_utils.vpnphone.x509 import read_der
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from tests.unit.cucm import soap_texts as soap

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
URL = "https://vpn.example.com/VPNPhone"


@dataclass(frozen=True)
class Made:
    """A certificate in all the forms that are compared."""

    x509: X509
    key: EllipticCurvePrivateKey = field(repr=False)

    @property
    def note(self) -> CertificateNote:
        return note_of(self.x509)

    @property
    def member(self) -> tuple[str, str]:
        """Issuer and serial number in the database's spelling."""
        return self.x509.issuer, f"{int(self.x509.serial, 16):x}"

    def row(self, **changed: Any) -> TrustedCertificate:
        issuer, serial = self.member
        base: dict[str, Any] = {
            "store": "Phone-VPN-trust", "subject_name": self.x509.subject, "issuer_name": issuer,
            "serial_number": serial, "stored_hash": self.x509.pin, "x509": self.x509,
        }  # fmt: skip
        return TrustedCertificate(**base | changed)


@functools.cache
def made(cn: str, serial: int, signer: str = "", day: int = 0, ca: bool = False, san: str = "") -> Made:
    """Made once a process, so that a name and a number are one certificate everywhere."""
    key = generate_private_key(SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)] if cn else [])
    above = made(*CAS[signer]) if signer else None
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, above.x509.subject_cn)]) if above else subject
    if not cn and not above:
        issuer = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Nameless")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(START + timedelta(days=day))
        .not_valid_after(START + timedelta(days=day + 700))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if san:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(san)]), critical=False)
    signed = builder.sign(above.key if above else key, hashes.SHA256())
    return Made(read_der(signed.public_bytes(Encoding.DER)), key)


CAS: dict[str, tuple[Any, ...]] = {
    "ca": ("Issuing CA 1", 0xCA1, "", -500, True),
    "other": ("Other CA", 0xCA2, "", -500, True),
}
CA, OTHER_CA = made(*CAS["ca"]), made(*CAS["other"])
OLD = made("vpn.example.com", 0x0A01, "ca", -300, False, "vpn.example.com")
NEW = made("vpn-2027.example.com", 0x0B02, "ca", 0, False, "vpn.example.com")
SAME_CN = made("vpn.example.com", 0x0C03, "ca", 0, False, "vpn.example.com")
THIRD = made("branch.example.com", 0x0D04, "other", -100)


def asa(name: str = "asa-1", old: Made | None = OLD, new: Made | None = NEW, **changed: Any) -> AsaRenewal:
    return AsaRenewal(
        name=name, interface="outside", old_trustpoint="OLD_TP", new_trustpoint="NEW_TP",
        old=old.note if old else None, new=new.note if new else None, **changed,
    )  # fmt: skip


def done(*names: str) -> dict[Any, TargetStage]:
    return {name: TargetStage(status="done", at=NOW) for name in names}


def journal(*asas: AsaRenewal, **changed: Any) -> Journal:
    """Everything before stage trust is done; changed: fields of the cluster."""
    asas = asas or (asa(),)
    gateways = {"GW1": GatewayNote(name="GW1", url=URL)}
    cluster = ClusterRenewal(**{"name": "cucm-1", "gateways": gateways, **changed})
    ready = done("certificate", "export")
    return Journal(
        renewal="2027",
        created=START,
        asas={one.name: _with_stages(one, ready) for one in asas},
        clusters={"cucm-1": cluster},
        preflight=TargetStage(status="done", at=NOW),
        options=("-i", "inventories/mine"),
    )


def _with_stages(one: AsaRenewal, ready: dict[Any, TargetStage]) -> AsaRenewal:
    return replace(one, stages=ready | one.stages)


def gateway(name: str, *members: Made, url: str = URL) -> VpnGateway:
    listed = tuple(GatewayCertificate(issuer_name=m.member[0], serial_number=m.member[1]) for m in members)
    return VpnGateway(name=name, url=url, certificates=listed)


def file_name(one: Made) -> str:
    return f"{re.sub('[^A-Za-z0-9._*-]', '_', one.x509.subject_cn)}.pem"


def state(*held: Made | TrustedCertificate, gateways: Iterable[VpnGateway] | None = (), **changed: Any) -> CucmState:
    """A cluster whose store has these; its gateways are GW1 with the old one unless given."""
    rows = tuple(one.row() if isinstance(one, Made) else one for one in held or (OLD,))
    lists = (gateway("GW1", OLD),) if gateways == () else gateways
    base: dict[str, Any] = {
        "device": "cucm-1", "origin": "live", "version": "14.0.1.13900-155", "trust": rows,
        "sources": {
            "trust": Source(command="executeSQLQuery (certificate)", status="ok"),
            "gateways": Source(command="listVpnGateway, getVpnGateway", status="ok"),
        },
        "gateways": None if lists is None else tuple(lists),
        "groups": (VpnGroup(name="G1", gateways=("GW1",)),),
        "trust_files": tuple(
            TrustFile(store="Phone-VPN-trust", name=file_name(one)) for one in held or (OLD,) if isinstance(one, Made)
        ),
    }  # fmt: skip
    return CucmState(**base | changed)


# --- a cluster that can be changed ------------------------------------------------------------------------------------


def refusal(text: str = "Item not valid") -> SoapFault:
    fault = read_envelope(soap.fault(text)).fault
    assert fault is not None
    return SoapFault(fault, where="cucm-1")


class FakeCluster:
    """A session's other end, without sockets. Files by common name, as CUCM keeps them; what each call does is counted.

    on_upload, on_update: called before a change is taken; what they raise is raised. after_*: once it is taken.
    """

    def __init__(self, *held: Made, lists: dict[str, list[Made]] | None = None, platform: bool = True) -> None:
        self.files = {file_name(one): one for one in held}
        self.lists: dict[str, list[tuple[str, str]]] = {
            name: [one.member for one in members] for name, members in (lists or {"GW1": [OLD]}).items()
        }
        self.has_platform_login = platform
        self.known = {one.x509.sha1: one for one in (*held, NEW, OLD, SAME_CN, THIRD, CA)}
        self.calls: list[str] = []
        self.slept: list[float] = []
        self.on_upload = self.after_upload = self.on_update = self.after_update = self.on_delete = _nothing
        self.on_read: Callable[[], None] = _nothing
        # The database is so many readings behind the files.
        self.behind = 0
        self._shown = dict(self.files)
        self.service = "phone-vpn-trust"
        self.answer = "Successfully uploaded"
        self.axl = SimpleNamespace(
            version="14.0", negotiate=lambda: _told(soap.VERSION), list_names=self._names, get=self._get,
            sql=self._sql, change=self._change,
        )  # fmt: skip

    # --- the session ------------------------------------------------------------------------------------------------

    def __enter__(self) -> FakeCluster:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def pause(self, seconds: float) -> None:
        self.slept.append(seconds)

    def snapshot(self) -> bytes:
        return soap.snapshot(**{self.service: [(name, _pem(one)) for name, one in self.files.items()]})

    @contextlib.contextmanager
    def certificates(self) -> Iterator[Any]:
        yield SimpleNamespace(upload=self._upload, options=lambda: json.dumps({"trusts": [self.service]}).encode())

    @contextlib.contextmanager
    def cli(self) -> Iterator[Any]:
        yield SimpleNamespace(run=self._run, converse=self._converse)

    # --- what it keeps ----------------------------------------------------------------------------------------------

    def put(self, one: Made) -> None:
        """The same-CN rule: the later start wins, an older one is dropped without a word."""
        name = file_name(one)
        there = self.files.get(name)
        if there is None or there.x509.not_before < one.x509.not_before:
            self.files[name] = one
            # A list refers to the file [?].
            if there is not None:
                self.lists = {
                    gw: [one.member if m == there.member else m for m in members] for gw, members in self.lists.items()
                }

    def hashes(self) -> set[str]:
        return {one.x509.subject_cn + ":" + one.x509.serial for one in self.files.values()}

    def _upload(self, service: str, pem: str, _description: str) -> str:
        self.calls.append(f"upload {service}")
        self._take(pem)
        return self.answer

    def _take(self, pem: str) -> None:
        self.on_upload()
        der = base64.b64decode("".join(pem.split("-----")[2].split()))
        self.put(self.known[hashlib.sha1(der, usedforsecurity=False).hexdigest()])
        self.after_upload()

    def _run(self, command: str) -> str:
        if command == "show cert list trust":
            return "".join(f"Phone-VPN-trust/{name}: x\n" for name in self.files)
        return "Active Master Version: 14.0.1.13900-155\n"

    def _converse(self, command: str, _question: object, reply: str) -> tuple[str, bool]:
        self.calls.append(command)
        if command.startswith("set cert import trust "):
            self._take(reply)
            return "Successfully imported certificate for Phone-VPN.", True
        self.on_delete()
        self.files.pop(command.split()[-1], None)
        return "Successfully deleted", False

    # --- AXL --------------------------------------------------------------------------------------------------------

    def _names(self, question: Question) -> Told:
        self.on_read()
        if question.key == "listVpnGateway":
            return _told(soap.names("listVpnGateway", "vpnGateway", *self.lists))
        return _told(soap.names("listVpnGroup", "vpnGroup", "G1"))

    def _get(self, question: Question, name: str) -> Told:
        if question.key == "getVpnGateway":
            return _told(soap.gateway(name, URL, *self.lists[name]))
        return _told(soap.group("G1", *((gw, place) for place, gw in enumerate(self.lists))))

    def _sql(self, statement: str) -> Told:
        if self.behind:
            self.behind -= "subjectname" in statement
        else:
            self._shown = dict(self.files)
        held = list(self._shown.values())
        if "subjectname" in statement:
            return _told(soap.rows(*({
                "pkid": one.x509.sha1, "store": "Phone-VPN-trust", "subjectname": one.x509.subject,
                "issuername": one.member[0], "serialnumber": one.member[1], "hash": one.x509.pin,
            } for one in held)))  # fmt: skip
        return _told(soap.rows(*({"certificate": _pem(one)} for one in held)))

    def _change(self, operation: str, body: str) -> Told:
        self.calls.append(operation)
        self.on_update()
        name = unescape(re.findall("<name>(.*?)</name>", body)[0])
        members = re.findall("<issuerName>(.*?)</issuerName><serialNumber>(.*?)</serialNumber>", body)
        known = {one.member for one in self.files.values()}
        asked = [(unescape(issuer), serial) for issuer, serial in members]
        if not set(asked) <= known:
            raise refusal("Item not valid: The specified Certificate was not found")
        self.lists[name] = asked
        self.after_update()
        return _told(soap.response(operation, "{1}"))


def _nothing() -> None:
    """A hook that does nothing."""


def _told(raw: bytes) -> Told:
    return Told(read_envelope(raw), raw)


def _pem(one: Made) -> str:
    return one.note.pem


def lost(code: str = "session_closed") -> Callable[[], None]:
    """To be set as a hook: the way there breaks."""

    def hook() -> None:
        what = "cucm-1 closed the connection without an answer."
        raise DeviceRefused(what, where="cucm-1", todo="Look at it.", code=code)

    return hook
