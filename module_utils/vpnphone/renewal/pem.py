"""Files that a person brings: certificates, requests, PKCS12. Their content in, the model out; nothing is trusted."""

from __future__ import annotations

import base64
import binascii
import re
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs12

from ..errors import BadInput
from ..model import X509
from ..x509 import MAX_DER, read_der, read_pem

# A leaf and its chain; nobody's has more.
MAX_CERTIFICATES = 10
MAX_FILE = 4 * MAX_DER
MAX_PASSPHRASE = 64
# What is pasted into a terminal and echoed there: a key of 4096 bits and eight certificates.
MAX_BAG = 24 * 1024
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----")
_PRIVATE = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----")
_FRAME = re.compile(r"-----(?:BEGIN|END) [A-Z0-9 ]{1,40}-----")
# What can be typed as one word of a command line, and means nothing else to a terminal.
_TYPEABLE = re.compile(r"[A-Za-z0-9!#$%&()*+,./:;<=>@\[\]^_{}~-]+")
# Object identifier of PBES2 in DER (1.2.840.113549.1.5.13).
_PBES2 = bytes.fromhex("06092a864886f70d01050d")


class Request(NamedTuple):
    """A certificate signing request. spki: SubjectPublicKeyInfo in DER."""

    spki: bytes
    cn: str
    dns: tuple[str, ...]


class Bag(NamedTuple):
    """A PKCS12 file. data: its DER; modern: encrypted in a way that old releases may not read [M].

    Never printed whole: it holds a private key.
    """

    leaf: X509
    more: tuple[X509, ...]
    data: bytes
    modern: bool

    def __repr__(self) -> str:
        return f"Bag({self.leaf.subject_cn})"


def read_certificates(data: bytes, where: str) -> tuple[X509, ...]:
    """The certificates of a PEM file in order, or the one of a DER file. BadInput certificate_file."""
    if len(data) > MAX_FILE:
        raise _bad(f"the file has more than {MAX_FILE // 1024} KiB", where)
    text = data.decode("ascii", "replace")
    if _PRIVATE.search(text):
        raise _bad("the file holds a private key, which must not lie here", where)
    try:
        if data[:1] == b"\x30":
            return (read_der(data),)
        found = _PEM.findall(text)
        if len(found) > MAX_CERTIFICATES:
            raise ValueError(f"the file holds more than {MAX_CERTIFICATES} certificates")
        if not found:
            raise ValueError("the file holds no certificate in PEM form")
        return tuple(read_pem(one) for one in found)
    except ValueError as error:
        raise _bad(str(error), where) from error


def _bad(why: str, where: str) -> BadInput:
    return BadInput(
        f"{why.rstrip('.')}.",
        where=where,
        todo="Give the certificate as the CA sent it, in PEM form (-----BEGIN CERTIFICATE-----), with its chain behind"
        " it or in files of their own.",
        code="certificate_file",
    )


def read_request(pem: str) -> Request:
    """ValueError for what is no request, or not signed by its own key."""
    if len(pem) > MAX_DER:
        raise ValueError("the request is too long")
    try:
        found = x509.load_pem_x509_csr(pem.encode("ascii", "replace"))
        if not found.is_signature_valid:
            raise ValueError("the request is not signed by its own key")
        spki = found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        names = found.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        try:
            san = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            dns = tuple(san.get_values_for_type(x509.DNSName))
        except x509.ExtensionNotFound:
            dns = ()
    except (TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise ValueError(f"the request cannot be read ({type(error).__name__})") from error
    return Request(spki, str(names[-1].value) if names else "", dns)


def check_passphrase(passphrase: str, where: str) -> str:
    """BadInput passphrase for one that cannot be typed into an ASA; the words never hold it."""
    if passphrase and len(passphrase) <= MAX_PASSPHRASE and _TYPEABLE.fullmatch(passphrase):
        return passphrase
    raise BadInput(
        "the passphrase of the PKCS12 file is missing."
        if not passphrase
        else "the passphrase of the PKCS12 file cannot be typed into an ASA.",
        where=where,
        todo="Encrypt the file anew with a passphrase made for this once: letters and digits, at most"
        f" {MAX_PASSPHRASE}; give it by the environment variable VPNPHONE_PKCS12_PASSPHRASE, or"
        " vpnphone_pkcs12_passphrase from a vault.",
        code="passphrase",
    )


def read_pkcs12(data: bytes, passphrase: str, where: str) -> Bag:
    """A PKCS12 file, in DER or as base64 text. BadInput pkcs12_file; no word of it holds a secret."""
    if len(data) > 2 * MAX_BAG:
        raise _bad_bag(f"it has more than {MAX_BAG // 1024} KiB", where)
    if data[:1] != b"\x30":
        try:
            bare = _FRAME.sub("", data.decode("ascii", "replace"))
            data = base64.b64decode("".join(bare.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise _bad_bag("it is neither DER nor base64", where) from error
    if len(data) > MAX_BAG:
        raise _bad_bag(f"it has more than {MAX_BAG // 1024} KiB", where)
    try:
        key, leaf, more = pkcs12.load_key_and_certificates(data, passphrase.encode())
    except Exception as error:
        # Whatever it is, its words may quote what was read.
        raise _bad_bag("it cannot be opened: damaged, or another passphrase", where) from error
    if key is None or leaf is None:
        raise _bad_bag("it lacks the private key or its certificate", where)
    try:
        found = [read_der(one.public_bytes(Encoding.DER)) for one in (leaf, *more)]
    except ValueError as error:
        raise _bad_bag(f"a certificate in it cannot be read ({error})", where) from error
    if len(found) > MAX_CERTIFICATES:
        raise _bad_bag(f"it holds more than {MAX_CERTIFICATES} certificates", where)
    return Bag(found[0], tuple(found[1:]), data, _PBES2 in data)


def _bad_bag(why: str, where: str) -> BadInput:
    return BadInput(
        f"the PKCS12 file cannot be used: {why}.",
        where=where,
        todo="Make it anew: one private key, its certificate and the chain, encrypted with the one-time passphrase.",
        code="pkcs12_file",
    )


def base64_text(data: bytes) -> str:
    """As it is pasted: lines of 64 characters."""
    return "\n".join(re.findall(".{1,64}", base64.b64encode(data).decode()))
