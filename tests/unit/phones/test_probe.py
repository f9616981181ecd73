"""Which offers are made to which place, and what becomes of what is seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ansible.module_utils.vpnphone import probe as probe_module
from ansible.module_utils.vpnphone.controls.site import PhoneModel
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.model import Probe
from ansible.module_utils.vpnphone.probe import Named, Probed, offers_of, probe_urls
from ansible.module_utils.vpnphone.transport.tls_probe import BROWSER, Offer, Seen, Target
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID


def row(model: str, suites: tuple[str, ...] = ("AES128-SHA",), versions: tuple[str, ...] = ("TLSv1",)) -> PhoneModel:
    return PhoneModel(
        model=model, firmware="x", tls_versions=versions, tls_suites=suites, dtls_suites=(), source="made up"
    )


def der(name: str) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    now = datetime.now(UTC)
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


LEAF, ROOT = der("leaf"), der("root")
CLASSIC = Offer(("TLSv1",), ("AES128-SHA",))
OFFERS = (Named("7962G", CLASSIC), Named("7942G", CLASSIC), Named("browser", BROWSER))
URL = "https://vpn.example.com/VPNPhone"


class Asa:
    """Answers handshakes as told and remembers them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answers: dict[Offer, Seen] | None = None) -> None:
        self.answers = answers or {}
        self.asked: list[tuple[Target, Offer]] = []
        monkeypatch.setattr(probe_module, "shake", self.shake)

    def shake(self, target: Target, offer: Offer, *, connect: float, total: float) -> Seen:
        self.asked.append((target, offer))
        return self.answers.get(offer, Seen("ok", "", "TLSv1", "AES128-SHA", (LEAF, ROOT)))


def only(probed: Probed) -> Probe:
    assert len(probed.probes) == 1
    return probed.probes[0]


# --- offers ---------------------------------------------------------------------------------------------------------


def test_every_row_that_tells_its_suites_is_an_offer() -> None:
    rows = (row("7962G"), row("8841", suites=()), row("8851", versions=()), row("8861", ("aes256-sha1",), ("tlsv1.2",)))
    offers = offers_of(rows)
    assert offers.untold == ("8841", "8851")
    assert offers.named == (
        Named("7962G", CLASSIC),
        Named("8861", Offer(("TLSv1.2",), ("AES256-SHA",))),
        Named("browser", BROWSER),
    )


def test_the_models_in_use_alone() -> None:
    rows = (row("7962G"), row("7942G"), row("7962G", ("AES256-SHA",)), row("8841", ()))
    offers = offers_of(rows, ["cp-7962g", "8841", "9999"])
    assert [named.name for named in offers.named] == ["7962G", "7962G", "browser"]
    assert offers.untold == ("8841", "9999")


# --- probes ---------------------------------------------------------------------------------------------------------


def test_each_different_offer_is_made_once_and_told_for_every_model(monkeypatch: pytest.MonkeyPatch) -> None:
    asa = Asa(monkeypatch)
    probe = only(probe_urls("asa", [URL], OFFERS, {"vpn.example.com:443": "127.0.0.1:10443"}))
    assert [offer for _target, offer in asa.asked] == [CLASSIC, BROWSER]
    assert (probe.device, probe.url, probe.address) == ("asa", URL, "127.0.0.1:10443")
    assert [shake.offer for shake in probe.handshakes] == ["7962G", "7942G", "browser"]
    first = probe.handshakes[0]
    assert (first.status, first.version, first.cipher, first.suites) == ("ok", "TLSv1", "AES128-SHA", ("AES128-SHA",))
    assert [found.subject_cn for found in first.chain] == ["leaf", "root"]
    assert first.chain == probe.handshakes[1].chain


def test_urls_of_one_place_are_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    asa = Asa(monkeypatch)
    urls = [URL, URL, "https://vpn.example.com/Other", "https://VPN.example.com:443/x", "https://192.0.2.1/x"]
    probed = probe_urls("asa", urls, OFFERS, {})
    assert [probe.url for probe in probed.probes] == [URL, *urls[2:]]
    assert len(asa.asked) == 4
    assert {target for target, _offer in asa.asked} == {
        Target("vpn.example.com", 443, "vpn.example.com"),
        Target("192.0.2.1", 443, ""),
    }


def test_where_nobody_is_one_time_out_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    asa = Asa(monkeypatch, {CLASSIC: Seen("timeout", "no connection within 10 s")})
    probe = only(probe_urls("asa", [URL], OFFERS, {}))
    assert len(asa.asked) == 1
    assert {(shake.status, shake.detail) for shake in probe.handshakes} == {("timeout", "no connection within 10 s")}


def test_an_alert_ends_one_handshake_only(monkeypatch: pytest.MonkeyPatch) -> None:
    Asa(monkeypatch, {CLASSIC: Seen("alert", "handshake failure")})
    probe = only(probe_urls("asa", [URL], OFFERS, {}))
    assert [shake.status for shake in probe.handshakes] == ["alert", "alert", "ok"]


def test_an_offer_that_cannot_be_made_says_nothing_of_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    asa = Asa(monkeypatch, {CLASSIC: Seen("impossible", "lacks RC4-SHA")})
    only(probe_urls("asa", [URL], OFFERS, {}))
    assert len(asa.asked) == 2


def test_a_leaf_that_cannot_be_read_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    Asa(monkeypatch, {CLASSIC: Seen("ok", "", "TLSv1", "AES128-SHA", (b"no certificate", ROOT))})
    shake = only(probe_urls("asa", [URL], OFFERS, {})).handshakes[0]
    assert (shake.status, shake.chain) == ("closed", ())
    assert "cannot be read" in shake.detail


def test_an_issuer_that_cannot_be_read_is_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    Asa(monkeypatch, {CLASSIC: Seen("ok", "", "TLSv1", "AES128-SHA", (LEAF, b"\x30\0", ROOT))})
    shake = only(probe_urls("asa", [URL], OFFERS, {})).handshakes[0]
    assert (shake.status, [found.subject_cn for found in shake.chain]) == ("ok", ["leaf", "root"])
    assert "certificate 2 of the chain cannot be read" in shake.detail


def test_urls_that_are_none_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    Asa(monkeypatch)
    probed = probe_urls("asa", ["http://vpn.example.com/x", URL, ""], OFFERS, {})
    assert [probe.url for probe in probed.probes] == [URL]
    assert [url for url, _why in probed.skipped] == ["http://vpn.example.com/x", ""]
    assert "no URL that a phone connects to" in probed.skipped[0][1]


def test_a_place_that_is_none_is_an_error_of_the_inventory(monkeypatch: pytest.MonkeyPatch) -> None:
    Asa(monkeypatch)
    with pytest.raises(BadInput, match="no place to connect to"):
        probe_urls("asa", [URL], OFFERS, {"vpn.example.com:443": "nowhere"})


def test_no_url_no_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    Asa(monkeypatch)
    assert probe_urls("asa", [], OFFERS, {}) == Probed((), ())


def test_an_address_of_ipv6_is_written_in_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    Asa(monkeypatch)
    assert only(probe_urls("asa", ["https://[2001:db8::1]/x"], OFFERS, {})).address == "[2001:db8::1]:443"
