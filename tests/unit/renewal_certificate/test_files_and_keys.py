"""Files that a person brings, key pairs that a device prints, and who pins what."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.model import PhoneState, ServedFile, VpnGroupConfig
from ansible.module_utils.vpnphone.model.renewal import Journal, PhoneRenewal
from ansible.module_utils.vpnphone.parse.keys import KeyPair, parse_key_pairs
from ansible.module_utils.vpnphone.parse.result import Unreadable
from ansible.module_utils.vpnphone.renewal.certificate_files import RenewalFiles
from ansible.module_utils.vpnphone.renewal.gathered import Seen
from ansible.module_utils.vpnphone.renewal.pem import (
    MAX_CERTIFICATES,
    check_passphrase,
    read_certificates,
    read_pkcs12,
    read_request,
)
from ansible.module_utils.vpnphone.renewal.pinned import all_pinned, pins_one_of, sent_for_sure
from ansible.module_utils.vpnphone.renewal.store import note_of
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509 import load_der_x509_certificate
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.predict.builders import MODEL, handshake, probe, site, unit
from tests.unit.renewal_certificate.made import (
    HOST,
    ISSUING,
    NEW,
    NOW,
    OLD,
    ROOT,
    cert,
    key,
    pair,
    renewal,
    request,
    spki,
)

ONCE = "Once4Canary"


def pem(*found: Any) -> str:
    return "".join(note_of(one).pem for one in found)


# --- certificates and requests ----------------------------------------------------------------------------------------


def test_a_file_with_a_chain_and_talk_between() -> None:
    text = f"subject=vpn\r\n{pem(NEW)}\nissuer:\n{pem(ISSUING, ROOT)}".replace("\n", "\r\n")
    assert read_certificates(text.encode(), "f") == (NEW, ISSUING, ROOT)
    assert read_certificates(base64.b64decode(NEW.der), "f") == (NEW,)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"\x30\x82\x00\x01",
        b"-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n",
        pem(*[NEW] * (MAX_CERTIFICATES + 1)).encode(),
        b" " * 300_000,
        pem(NEW).encode() + b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n",
    ],
    ids=["empty", "damaged", "no DER", "PKCS7", "many", "large", "with a private key"],
)
def test_files_that_are_none(data: bytes) -> None:
    with pytest.raises(BadInput) as caught:
        read_certificates(data, "f")
    assert caught.value.code == "certificate_file"
    assert "AAAA" not in str(caught.value)


@given(st.one_of(st.binary(max_size=300), st.text(alphabet="-BEGINCRTFAD \n+/=", max_size=300).map(str.encode)))
def test_any_bytes_are_a_certificate_or_an_error(data: bytes) -> None:
    try:
        read_certificates(data, "f")
    except BadInput as error:
        assert error.code == "certificate_file"


def test_a_request() -> None:
    found = read_request(request())
    assert found.spki == spki("vpn-2027.example.com")
    assert found.cn == "vpn-2027.example.com"
    assert found.dns == ()
    lines = request().split("\n")
    lines[-4] = lines[-4][:-6] + ("AAAAAA" if not lines[-4].endswith("AAAAAA") else "BBBBBB")
    with pytest.raises(ValueError, match=r"\w"):
        read_request("\n".join(lines))


@given(st.text(max_size=300))
def test_any_text_is_a_request_or_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_request(text)


# --- PKCS12 -----------------------------------------------------------------------------------------------------------


def bag(*more: Any, leaf: Any = NEW, own: Any = None) -> bytes:
    loaded = [load_der_x509_certificate(base64.b64decode(one.der)) for one in (leaf, *more)]
    return pkcs12.serialize_key_and_certificates(
        b"x", own or key("vpn-2027.example.com"), loaded[0], loaded[1:], BestAvailableEncryption(ONCE.encode())
    )


def test_a_pkcs12_in_der_and_as_text() -> None:
    data = bag(ISSUING, ROOT)
    framed = b"-----BEGIN PKCS12-----\n" + base64.encodebytes(data) + b"-----END PKCS12-----\n"
    for given_data in (data, base64.encodebytes(data), framed):
        found = read_pkcs12(given_data, ONCE, "f")
        assert (found.leaf, set(found.more), found.data) == (NEW, {ISSUING, ROOT}, data)
    assert read_pkcs12(data, ONCE, "f").modern


def test_a_pkcs12_as_old_devices_read_it() -> None:
    old = (
        PrivateFormat.PKCS12.encryption_builder()
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .build(ONCE.encode())
    )
    leaf = load_der_x509_certificate(base64.b64decode(NEW.der))
    data = pkcs12.serialize_key_and_certificates(b"x", key("vpn-2027.example.com"), leaf, None, old)
    assert not read_pkcs12(data, ONCE, "f").modern


@pytest.mark.parametrize("data", [b"", b"\x30\x80", b"!!!", b"\x30" + bytes(60_000), b"AAAA"])
def test_a_pkcs12_that_is_none(data: bytes) -> None:
    with pytest.raises(BadInput) as caught:
        read_pkcs12(data, ONCE, "f")
    assert caught.value.code == "pkcs12_file"
    assert ONCE not in str(caught.value)


def test_a_pkcs12_of_another_passphrase_or_without_a_key() -> None:
    with pytest.raises(BadInput, match="another passphrase"):
        read_pkcs12(bag(), ONCE[::-1], "f")
    leaf = load_der_x509_certificate(base64.b64decode(NEW.der))
    lone = pkcs12.serialize_key_and_certificates(None, None, None, [leaf], NoEncryption())
    with pytest.raises(BadInput, match="lacks"):
        read_pkcs12(lone, "", "f")


@given(st.text(max_size=70))
def test_a_passphrase_is_one_word_or_refused_without_being_told(text: str) -> None:
    try:
        word = check_passphrase(text, "asa1")
    except BadInput as error:
        assert error.code == "passphrase"
        assert len(text) < 12 or text not in str(error)
        return
    assert word == text
    assert word.isascii()
    assert word.isprintable()
    assert not set(word) & set(" ?\"'|;\\`")


# --- files of a renewal -----------------------------------------------------------------------------------------------


def test_what_a_person_brought_is_found_under_its_name(tmp_path: Path) -> None:
    files = RenewalFiles(tmp_path, "asa 1/x")
    assert files.signed("", [], None) is None
    assert files.lay_out(".csr", "text").parent == tmp_path / "files"
    before = files.request.stat()
    files.lay_out(".csr", "text")
    assert files.request.stat().st_mtime_ns == before.st_mtime_ns
    files.certificate.write_text(pem(ISSUING, NEW))
    found = files.signed("", [], spki("vpn-2027.example.com"))
    assert found is not None
    assert (found.leaf, found.more) == (NEW, (ISSUING,))
    # Without a key to know it by, the first one.
    first = files.signed("", [], None)
    assert first is not None
    assert first.leaf == ISSUING
    files.chain.write_text(pem(ROOT, ROOT))
    assert files.chain_files([]) == (ROOT,)
    other = tmp_path / "other.pem"
    other.write_text(pem(ISSUING))
    assert files.chain_files([str(other)]) == (ISSUING,)
    with pytest.raises(BadInput) as caught:
        files.signed(str(tmp_path / "none.pem"), [], None)
    assert caught.value.code == "file_missing"
    assert (tmp_path / "files").stat().st_mode & 0o077 == 0


# --- key pairs --------------------------------------------------------------------------------------------------------


def printed(label: str, data: bytes, bits: str = " Modulus Size (bits): 2048\n") -> str:
    digits = data.hex()
    rows = [digits[at : at + 64] for at in range(0, len(digits), 64)]
    lines = "\n".join("  " + " ".join(row[at : at + 8] for at in range(0, len(row), 8)) for row in rows)
    return (
        f"Key pair was generated at: 16:39:47 UTC Feb 10 2026\nKey name: {label}\n Usage: General Purpose Key\n{bits}"
        f" Storage: config\n Key Data:\n\n{lines}\n"
    )


def test_key_pairs() -> None:
    text = printed("<Default-RSA-Key>", spki("a")) + printed("NEW_TP", spki("b")) + printed("EC", spki("c", 256), "")
    assert parse_key_pairs(text) == (
        KeyPair("<Default-RSA-Key>", "RSA", 2048, spki("a")),
        KeyPair("NEW_TP", "RSA", 2048, spki("b")),
        KeyPair("EC", "EC", 256, spki("c", 256)),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("% No keys found\n", ()),
        ("Key name: A\n Modulus Size (bits): 1024\n", (KeyPair("A", "", 1024),)),
        (printed("A", b"\x30\x03abc"), (KeyPair("A", "", 2048),)),
        ("Key name: A\n Key Data:\n\n 30 xx\n 3000\n", (KeyPair("A"),)),
        ("Key name: A\n Key Data:\n" + " 30303030\n" * 3000, (KeyPair("A"),)),
        ("Key name: A\nKey name: B\n", (KeyPair("A"), KeyPair("B"))),
    ],
)
def test_key_pairs_that_tell_less(text: str, expected: tuple[KeyPair, ...]) -> None:
    assert parse_key_pairs(text) == expected


@given(st.text(alphabet="Key name:DataMoulsSiz(b)0123456789abcdef \n", max_size=400))
def test_any_text_is_read(text: str) -> None:
    try:
        found = parse_key_pairs(text)
    except Unreadable:
        return
    assert all(one.label and " " not in one.label for one in found)
    assert len(found) <= text.count("Key name:")


def test_pairs_of_the_tables_are_those_of_the_parser() -> None:
    assert parse_key_pairs(printed("NEW_TP", spki("vpn-2027.example.com"))) == (pair(),)


# --- who pins what ----------------------------------------------------------------------------------------------------


def phone(name: str, *files: tuple[Any, ...], alg: int | None = 0) -> PhoneState:
    served = tuple(
        ServedFile(
            node=f"n{number}", via="http", name=f"{name}.cnf.xml", status="ok",
            vpn=VpnGroupConfig(urls=(f"https://{HOST}/x",), cert_hashes=tuple(one.pin for one in pins), hash_alg=alg),
        )
        for number, pins in enumerate(files)
    )  # fmt: skip
    return PhoneState(name=name, cucm="cucm1", files=served)


def journal(*names: str, **asas: Any) -> Journal:
    found = {name: renewal(name=name, **changes) for name, changes in (asas or {"asa1": {}}).items()}
    phones = {name: PhoneRenewal(name=name, cluster="cucm1", asas=tuple(found)) for name in names}
    return Journal(renewal="r", created=NOW, asas=found, phones=phones)


def seen(*phones: PhoneState) -> Seen:
    return Seen((), (site(phones=phones),))


@pytest.mark.parametrize(
    ("phones", "proven"),
    [
        ([phone("A", (ISSUING,)), phone("B", (ROOT, ISSUING))], True),
        ([phone("A", (ISSUING,), (ISSUING, NEW)), phone("B", (ISSUING,))], True),
        ([phone("A", (ISSUING,)), phone("B", (NEW,))], False),
        ([phone("A", (ISSUING,), (NEW,)), phone("B", (ISSUING,))], False),
        ([phone("A", (ISSUING,))], False),
        ([phone("A", (ISSUING,)), phone("B")], False),
        # Of the same name and another key.
        ([phone("A", (cert("Issuing", "Root", ca=True, own="impostor"),)), phone("B", (ISSUING,))], False),
    ],
)
def test_every_phone_and_every_file_by_hash(phones: list[PhoneState], proven: bool) -> None:
    assert pins_one_of(journal("A", "B"), seen(*phones), "asa1", [ISSUING.sha1]).proven is proven


def test_what_is_not_known_proves_nothing() -> None:
    one = seen(phone("A", (ISSUING,)))
    assert not pins_one_of(journal("A"), None, "asa1", [ISSUING.sha1]).proven
    assert not pins_one_of(journal("A"), one, "asa1", []).proven
    assert not pins_one_of(journal(), one, "asa1", [ISSUING.sha1]).proven
    assert pins_one_of(journal("A"), one, "asa1", [ISSUING.sha1]).proven


def test_all_asas_must_be_exported() -> None:
    one = seen(phone("A", (ISSUING,)))
    done = {"new": note_of(NEW), "chain": (note_of(ISSUING),)}
    assert all_pinned(journal("A", asa1=done), one)
    assert not all_pinned(journal("A", asa1=done, asa2={}), one)
    assert not all_pinned(journal("A", asa1=done | {"chain": ()}), one)
    assert not all_pinned(journal("A", asa1=done | {"chain": (note_of(ROOT),)}), one)
    assert not all_pinned(Journal(renewal="r", created=NOW), one)


def test_the_trustpoints_own_ca_is_sent_and_others_where_a_probe_saw_them() -> None:
    chain = (ISSUING, ROOT)
    assert sent_for_sure(chain, ISSUING, None, "asa1") == (ISSUING,)
    assert sent_for_sure(chain, None, None, "asa1") == ()
    # A probe was shown the root behind the old certificate, whose issuer's trustpoint does not hold it.
    shown = unit(None, probe(handshake(MODEL, OLD, ISSUING, ROOT)))
    assert sent_for_sure(chain, None, Seen((shown,), ()), "asa1") == chain
    other = cert("Root", ca=True, own="another root")
    strange = unit(None, probe(handshake(MODEL, OLD, ISSUING, other)))
    assert sent_for_sure(chain, ISSUING, Seen((strange,), ()), "asa1") == (ISSUING,)
    # What another ASA was seen to send says nothing of this one.
    assert sent_for_sure(chain, ISSUING, Seen((shown,), ()), "asa2") == (ISSUING,)
