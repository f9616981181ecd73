"""The certificates that a cluster keeps, store by store, and what happens when another one of the same name comes."""

from __future__ import annotations

import base64
import re
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from cryptography import x509
from cryptography.x509.oid import NameOID

from ..certs import Cert

# What became of an upload. "kept": a certificate of that name that is as new or newer stays; the uploader is not told.
Outcome = Literal["stored", "replaced", "same", "kept"]

_ODD = re.compile(r"[^A-Za-z0-9._*-]")
# As `openssl x509 -nameopt RFC2253` spells them.
_SPELLED = {NameOID.EMAIL_ADDRESS: "emailAddress", NameOID.SERIAL_NUMBER: "serialNumber"}


def name_text(name: x509.Name) -> str:
    """RFC 2253: most specific part first, commas without blanks, as the certificate table keeps it."""
    return name.rfc4514_string(_SPELLED)


def common_name(cert: Cert) -> str:
    found = cert.x509.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def read_pem(text: str) -> Cert:
    """A certificate that comes from outside. ValueError for what is none, or has a name that cannot be read."""
    cert = Cert(x509.load_pem_x509_certificate(text.encode()))
    common_name(cert), name_text(cert.x509.subject), name_text(cert.x509.issuer)
    return cert


@dataclass(frozen=True)
class Held:
    """A certificate in a store; file is `<CN>.pem`."""

    file: str
    cert: Cert
    description: str = ""

    @cached_property
    def pkid(self) -> str:
        """The key of its row: one row a certificate, however many stores hold it."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, self.cert.sha1))

    @property
    def issuer(self) -> str:
        return name_text(self.cert.x509.issuer)

    @property
    def subject(self) -> str:
        return name_text(self.cert.x509.subject)

    @property
    def pin(self) -> str:
        """certificatehashmap.hash, and certHashN of a phone's file: base64 of the SHA-1."""
        return base64.b64encode(bytes.fromhex(self.cert.sha1)).decode()


@dataclass
class Store:
    """One store: `Phone-VPN-trust`, `CAPF-trust`, or a unit of the cluster's own such as `CAPF`."""

    name: str
    files: dict[str, Held] = field(default_factory=dict)

    @property
    def trust(self) -> bool:
        return self.name.endswith("-trust")

    @property
    def unit(self) -> str:
        """The name that the command line and the certificate API give the store."""
        return self.name.removesuffix("-trust")

    def put(self, cert: Cert, description: str = "") -> Outcome:
        """Upload a certificate.

        It is kept as `<CN>.pem`, so another certificate of the same CN goes into the same file. With another serial
        number the later start of validity wins, and an older one is not stored (Security Guide 15, said of
        tomcat-trust and referred to for Phone-VPN-trust).
        """
        file = self.file_of(cert)
        there = self.files.get(file)
        if there is not None:
            if there.cert.der == cert.der:
                return "same"
            if cert.x509.not_valid_before_utc <= there.cert.x509.not_valid_before_utc:
                return "kept"
        self.files[file] = Held(file, cert, description)
        return "stored" if there is None else "replaced"

    def file_of(self, cert: Cert) -> str:
        """`<CN>.pem` with underscores for what is odd in a file's name; own units have one file, named after them."""
        stem = common_name(cert) or cert.serial if self.trust else self.name
        return f"{_ODD.sub('_', stem)[:100]}.pem"

    def find(self, issuer: str, serial: str) -> Held | None:
        """By what AXL calls a certificate."""
        for held in self.files.values():
            if held.issuer == issuer and held.cert.serial == serial:
                return held
        return None
