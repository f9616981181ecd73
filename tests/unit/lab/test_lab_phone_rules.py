"""What a phone does by itself: pins, host ID check, its file, its console log; and the table of models."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lab import certs
from lab.certs import Cert
from lab.phone import held, trust
from lab.phone.console import Console, StatusMessages
from lab.phone.models import models

NOW = datetime.now(UTC).replace(microsecond=0)
ROOT = Path(__file__).parents[3]


def cert(name: str, issuer: Cert | None = None, san: tuple[str, ...] = ()) -> Cert:
    key = certs.pooled_key("ec256", f"rules {issuer is None}")
    return certs.build(
        certs.parse_name(f"CN={name},O=Lab"), key, issuer=issuer, ca=True, san=san,
        not_before=NOW, not_after=NOW + timedelta(days=9),
    )  # fmt: skip


ROOT_CA = cert("Root")
ISSUING = cert("Issuing", ROOT_CA)
LEAF = cert("vpn.example.com", ISSUING, ("DNS:vpn.example.com", "DNS:gate.example.com"))
STRANGER = cert("Stranger")
CHAIN = (LEAF, ISSUING, ROOT_CA)


def pin(*found: Cert) -> frozenset[bytes]:
    return frozenset(bytes.fromhex(one.sha1) for one in found)


@pytest.mark.parametrize(
    ("chain", "pins", "refusal"),
    [
        (CHAIN, pin(LEAF), ""),
        (CHAIN, pin(ISSUING), ""),
        (CHAIN, pin(ROOT_CA), ""),
        (CHAIN, pin(STRANGER), "pin"),
        (CHAIN, frozenset(), "pin"),
        # A hash of another length is never a match.
        (CHAIN, frozenset({b"", bytes(32)}), "pin"),
        (CHAIN[:1], pin(ISSUING), "pin"),
        (CHAIN[:1], pin(STRANGER, LEAF), ""),
    ],
)
def test_leaf_or_an_issuer_that_was_sent(chain: tuple[Cert, ...], pins: frozenset[bytes], refusal: str) -> None:
    assert trust.judge(chain, pins, "anything", host_id_check=False).refusal == refusal


def test_only_real_issuers_of_the_chain_count() -> None:
    """A certificate that is merely sent along is none."""
    assert trust.read_chain([LEAF.der, STRANGER.der, ISSUING.der]) == (LEAF, ISSUING)
    assert trust.read_chain([]) == ()
    with pytest.raises(ValueError, match=r"pars"):
        trust.read_chain([b"no certificate"])


@pytest.mark.parametrize(
    ("name", "san", "host", "good"),
    [
        ("vpn.example.com", (), "vpn.example.com", True),
        ("vpn.example.com", (), "VPN.Example.com", True),
        ("vpn.example.com", (), "other.example.com", False),
        ("other", ("DNS:a.example.com", "DNS:vpn.example.com"), "vpn.example.com", True),
        # The log of the document goes on to the subject name after the alternative names.
        ("vpn.example.com", ("DNS:a.example.com",), "vpn.example.com", True),
        ("*.example.com", (), "vpn.example.com", False),
        ("other", ("DNS:*.example.com",), "vpn.example.com", False),
        ("other", ("DNS:*.example.com", "DNS:vpn.example.com"), "vpn.example.com", True),
        # An address in the URL fails, whatever the certificate says.
        ("198.51.100.1", ("IP:198.51.100.1", "DNS:198.51.100.1"), "198.51.100.1", False),
        ("vpn.example.com", (), "example.com", False),
    ],
)
def test_host_id_check(name: str, san: tuple[str, ...], host: str, good: bool) -> None:
    leaf = cert(name, ISSUING, san)
    found = trust.judge((leaf,), pin(leaf), host, host_id_check=True)
    assert found.refusal == ("" if good else "host-id")
    assert (("ERR", "VPNC", "hostIDCheck failed!!") in found.lines) != good
    assert trust.judge((leaf,), pin(leaf), host, host_id_check=False).refusal == ""


def test_the_hash_comes_before_the_name() -> None:
    assert trust.judge(CHAIN, frozenset(), "other", host_id_check=True).refusal == "pin"


# --- its file ---------------------------------------------------------------------------------------------------------

SHA1 = base64.b64encode(bytes(range(20))).decode()
FILE = f"""<device><vendorConfig><webAccess>1</webAccess></vendorConfig><vpnGroup><mtu>1290</mtu>
<failConnectTime>45</failConnectTime><authMethod>0</authMethod><enableHostIDCheck>0</enableHostIDCheck>
<addresses><url1>https://a.example.com/x</url1><url2></url2><url3> https://b.example.com/x </url3></addresses>
<credentials><hashAlg>0</hashAlg><certHash1>{SHA1}</certHash1><certHash2>no base 64!</certHash2></credentials>
</vpnGroup></device>""".encode()


def test_a_file_is_read() -> None:
    found = held.read(FILE, NOW)
    assert (found.web, found.built_at) == (False, NOW)
    assert found.vpn is not None
    assert found.vpn.urls == ("https://a.example.com/x", "https://b.example.com/x")
    assert found.vpn.pins == {bytes(range(20)), b""}
    assert (found.vpn.method, found.vpn.host_id_check, found.vpn.fail_connect_seconds) == (0, False, 45)


def test_a_file_without_a_vpn_group_has_none() -> None:
    found = held.read(b"<device/>")
    assert found.vpn is None
    assert found.web


def test_what_is_no_file_is_refused() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY x "y">]><device><vpnGroup>&x;</vpnGroup></device>'
    for content in (b"", b"<device>", bomb, b"\xff\xfe", b"<d>" + b" " * held.MAX_FILE):
        with pytest.raises(ValueError, match=r"not an XML file|too large"):
            held.read(content)


@given(st.binary(max_size=200))
def test_noise_is_no_file(noise: bytes) -> None:
    with pytest.raises(ValueError, match=r"not an XML file"):
        held.read(b"<device>" + noise)


# --- what it writes down ----------------------------------------------------------------------------------------------


def test_old_phones_number_their_lines_and_newer_ones_do_not() -> None:
    old, new = Console(stamped=True, seed="a"), Console(stamped=False, seed="a")
    for log in (old, new):
        log.write("vpn_stop: x")
        log.write("y", level="ERR", process="SECD")
    first, second = old.text().splitlines()
    number, level, _, rest = first.split(" ", 3)
    assert (level, rest) == ("NOT", "VPNC: vpn_stop: x")
    assert second.startswith(f"{int(number.rstrip(':')) + 1}: ERR ")
    assert new.text() == "VPNC: -vpn_stop: x\nSECD: -y\n"


def test_five_files_rotate_and_are_listed_out_of_order() -> None:
    log = Console(stamped=True, seed="b")
    for number in range(1000):
        log.write(f"line {number}")
    files = log.files()
    assert list(files)[:2] == ["fsck.fd0a.log", "fsck.fd1a.log"]
    numbers = [int(name.removeprefix("log")) for name in list(files)[2:]]
    assert len(numbers) == 5
    assert numbers == [*sorted(numbers)[-2:], *sorted(numbers)[:-2]]
    assert "line 999" in files[f"log{max(numbers)}"]
    assert "line 0\n" not in log.text()
    ordered = "".join(files[f"log{number}"] for number in sorted(numbers))
    assert ordered == log.text()


def test_status_messages_have_a_time_and_no_date() -> None:
    status = StatusMessages()
    for number in range(100):
        status.add(f"message {number}")
    lines = status.lines()
    assert len(lines) == 40
    assert lines[-1][8:] == " message 99"
    datetime.strptime(lines[-1][:8], "%H:%M:%S")


# --- models -----------------------------------------------------------------------------------------------------------

SPELLED = {"tlsv1": "TLSv1", "tlsv1.1": "TLSv1.1", "tlsv1.2": "TLSv1.2", "dtlsv1": "DTLSv1", "dtlsv1.2": "DTLSv1.2"}


def table(path: str) -> dict[str, dict[str, object]]:
    rows = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))["phone_models"]
    return {row["model"]: row for row in rows}


def test_the_labs_inventory_tells_what_the_labs_phones_offer() -> None:
    """inventories/lab_phone_models.yml is what an audit of the lab believes; the phones go by lab/phone/models.yml."""
    rows = table("inventories/lab_phone_models.yml")
    assert list(rows) == list(models())
    for name, model in models().items():
        row = rows[name]
        assert row["tls_versions"] == [SPELLED[version] for version in model.versions]
        assert row["dtls_versions"] == [SPELLED[version] for version in model.dtls_versions]
        assert (row["tls_suites"], row["dtls_suites"]) == (list(model.suites), list(model.dtls_suites))
        assert row["ecdsa"] == any(suite.startswith("ECDHE-ECDSA-") for suite in model.suites)


def test_the_documents_phone_offers_what_the_document_says() -> None:
    row = table("roles/assess/files/phone_models.yml")["7962G"]
    model = models()["7962G"]
    assert row["tls_suites"] == list(model.suites) == ["AES256-SHA", "AES128-SHA"]
    assert model.versions == ("tlsv1",)
