"""The small facts that controls share, the chain of names, and the phone table that is delivered."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import yaml
from ansible.module_utils.vpnphone.controls import facts
from ansible.module_utils.vpnphone.controls.chain import chain_of
from ansible.module_utils.vpnphone.controls.phone_table import phones
from ansible.module_utils.vpnphone.controls.site import PhoneModel, Site
from ansible.module_utils.vpnphone.model import SslTrustPoint
from ansible.module_utils.vpnphone.suites import authentication

from tests.unit.controls.builders import (
    certificate,
    change,
    context,
    edit,
    healthy,
    intermediate,
    phone_model,
    root,
    site,
    state,
    version,
    without,
)

PHONE_MODELS = Path(__file__).resolve().parents[3] / "roles" / "assess" / "files" / "phone_models.yml"


@pytest.mark.parametrize(
    ("release", "wanted", "expected"),
    [
        ((9, 4, 1, 0), (9, 4, 1), True),
        ((9, 4, 0, 99), (9, 4, 1), False),
        ((9, 4, 1, 0), (9, 4), True),
        ((10, 0, 0, 0), (9, 99), True),
        ((201, 3, 11, 24), (9, 4), None),
        (None, (9, 4), None),
    ],
)
def test_release_at_least(release: tuple[int, ...] | None, wanted: tuple[int, ...], expected: bool | None) -> None:
    assert facts.release_at_least(release, wanted) is expected


def test_engineering_builds_have_no_release() -> None:
    assert facts.release(state(version=version("201.3(11)24", (201, 3, 11, 24)))) is None
    assert facts.release(state()) is None
    assert facts.release(healthy()) == (9, 16, 4, 85)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://VPN.example.com/Phone", "vpn.example.com"),
        ("https://192.0.2.1:8443/x", "192.0.2.1"),
        ("https://[2001:db8::1]/x", "2001:db8::1"),
        ("vpn.example.com", ""),
        ("https://[broken/x", ""),
        ("", ""),
    ],
)
def test_url_host(url: str, host: str) -> None:
    assert facts.url_host(url) == host


@pytest.mark.parametrize(
    ("line", "binding"),
    [
        ("ssl trust-point VPN", SslTrustPoint(trustpoint="VPN")),
        ("ssl trust-point VPN outside", SslTrustPoint(trustpoint="VPN", interface="outside")),
        ("ssl trust-point VPN outside vpnlb-ip", SslTrustPoint(trustpoint="VPN", interface="outside", vpnlb_ip=True)),
        ("ssl trust-point VPN domain a.example", SslTrustPoint(trustpoint="VPN", domain="a.example")),
    ],
)
def test_binding_line(line: str, binding: SslTrustPoint) -> None:
    assert facts.binding_line(binding) == line


def test_identity_certificate_is_neither_pending_nor_ca() -> None:
    device = change(healthy(), certificates=(certificate(kind="pending"), intermediate(trustpoints=("VPN",))))
    assert facts.identity_certificate(device, "VPN") is None
    assert facts.identity_certificate(healthy(), "vpn") == certificate()
    assert facts.identity_certificate(without(healthy(), "certificates"), "VPN") is None


def test_arrival_without_webvpn() -> None:
    assert facts.arrival(context(without(healthy(), "webvpn"))) == ((), False)
    assert facts.no_phone_interface(context(without(healthy(), "webvpn"))) == ""
    reason = "webvpn is enabled on no interface, so no phone arrives here"
    assert facts.no_phone_interface(context(edit(healthy(), "webvpn", enabled_interfaces=()))) == reason


@pytest.mark.parametrize(("key_type", "kind"), [("RSA", "RSA"), ("rsa", "RSA"), ("ECDSA", "EC"), ("DSA", ""), ("", "")])
def test_key_kind(key_type: str, kind: str) -> None:
    assert facts.key_kind(certificate(key_type=key_type)) == kind


def test_chain_takes_every_certificate_once() -> None:
    crowd = tuple(intermediate(serial=str(number), issuer="cn=Gone") for number in range(400))
    found = chain_of(change(healthy(), certificates=(certificate(), *crowd, intermediate(), root())), certificate())
    assert [link.serial for link in found.certificates] == ["0a01", "0b02", "0c03"]
    assert found.complete
    assert len(found.twins) == 1


def test_phones_in_use() -> None:
    old, new, other = phone_model(), phone_model(firmware="9.4(2)"), phone_model(model="8841")
    table = (old, new, other)
    assert [(phone.name, phone.row, phone.named) for phone in phones(Site(phone_models=table))] == [
        ("7962G", old, False),
        ("7962G", new, False),
        ("8841", other, False),
    ]
    named = phones(site(phone_models=table, models_in_use=("cp-7962g", "9999")))
    assert [(phone.name, phone.row, phone.named) for phone in named] == [
        ("cp-7962g", old, True),
        ("cp-7962g", new, True),
        ("9999", None, True),
    ]


def delivered() -> dict[str, PhoneModel]:
    rows = yaml.safe_load(PHONE_MODELS.read_text(encoding="utf-8"))["phone_models"]
    return {row.model: row for row in msgspec.convert(rows, tuple[PhoneModel, ...])}


def test_the_delivered_phone_table() -> None:
    rows = delivered()
    assert set(rows) == {
        *("7942G", "7945G", "7962G", "7965G", "7975G"),
        *("8961", "9951", "9971", "8941", "8945"),
        *("8811", "8841", "8851", "8861"),
    }
    tested = rows["7962G"]
    assert (tested.firmware, tested.tls_suites, tested.dtls_suites) == (
        "9.1(1)",
        ("AES256-SHA", "AES128-SHA"),
        ("AES256-SHA", "AES128-SHA"),
    )
    assert all(row.source.startswith("[") for row in rows.values())


@pytest.mark.parametrize("row", delivered().values(), ids=lambda row: row.model)
def test_rows_of_the_delivered_table_agree_with_themselves(row: PhoneModel) -> None:
    kinds = {authentication(suite) for suite in (*row.tls_suites, *row.dtls_suites)}
    assert None not in kinds
    if row.tls_suites:
        assert row.ecdsa is ("ec" in kinds)
        assert row.tls_versions
    assert set(row.tls_versions) <= {"TLSv1", "TLSv1.1", "TLSv1.2"}
    assert set(row.signature_hashes) <= {"SHA1", "SHA256", "SHA384", "SHA512"}
