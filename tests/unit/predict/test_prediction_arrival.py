"""Where a phone's handshake arrives, and the ciphers that both sides have."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.controls.site import PhoneModel
from ansible.module_utils.vpnphone.model import AsaState, Handshake, Interface

from tests.unit.controls.builders import PHONE_SUITES, change, cipher_rules, edit, phone_model, version, without
from tests.unit.controls_access.devices import own_policy, urls
from tests.unit.predict.builders import (
    MODEL,
    NEW_LEAF,
    SITE,
    asa,
    ask,
    cucm,
    filed,
    handshake,
    listed,
    probe,
    site,
    text,
    told,
    unit,
)
from tests.unit.predict.handshakes import blind, seen


def model(row: PhoneModel, device: AsaState, *shakes: Handshake, **file: Any) -> str:
    """A phone of this row of the phone table."""
    parameters = msgspec.structs.replace(SITE, phone_models=(row,))
    cluster = cucm(phones=(listed(model=f"Cisco {row.model}"),))
    probes = (probe(*shakes),) if shakes else ()
    one = unit(device, *probes, parameters=parameters)
    return text(told(ask(site(one, cluster=cluster, phones=(filed(**file),), site=parameters))))


# --- where it arrives --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (asa(), "CONNECTS pin: "),
        (edit(asa(), "webvpn", enabled_interfaces=()), "LOCKED OUT reach: webvpn is enabled on no interface"),
        (edit(asa(), "webvpn", anyconnect_enabled=False), "LOCKED OUT reach: AnyConnect is not enabled below webvpn"),
        (without(asa(), "webvpn"), "UNKNOWN reach: `webvpn` of the ASA was not learned"),
        (edit(asa(), "webvpn", port=8443), "UNKNOWN reach: the URL leads to port 443, webvpn listens on 8443"),
        (
            change(asa(), interfaces=(Interface(name="G1", nameif="outside", ip="192.0.2.1", shutdown=True),)),
            "LOCKED OUT reach: outside is shut down: nobody answers the phone",
        ),
    ],
)
def test_the_door(device: AsaState, expected: str) -> None:
    assert blind(device).startswith(expected)


def test_a_closed_door_that_answers_a_probe_is_not_understood() -> None:
    device = edit(asa(), "webvpn", enabled_interfaces=())
    assert seen(handshake(), device=device).startswith("UNKNOWN reach: webvpn is enabled on no interface, and yet a pr")


def test_an_address_leads_to_its_interface() -> None:
    url = "https://192.0.2.1/VPNPhone"
    device = urls(asa(), url)
    assert blind(device, urls=(url,), host_id_check=False).startswith("CONNECTS")
    inside = edit(device, "webvpn", enabled_interfaces=("inside",))
    assert blind(inside, urls=(url,), host_id_check=False).startswith("LOCKED OUT reach: webvpn is not enabled on outs")


@pytest.mark.parametrize("url", ["http://vpn.example.com/VPNPhone", "", "https://", "ftp://x", "https://vpn:x/"])
def test_what_is_no_https_url_leads_nowhere(url: str) -> None:
    assert blind(asa(), urls=(url,)) == "UNKNOWN reach: no ASA that was read answers this URL"


def test_a_url_of_nobody_is_unknown_and_one_that_answers_a_probe_is_not() -> None:
    url = "https://nobody.example.net/VPNPhone"
    assert blind(asa(), urls=(url,)) == "UNKNOWN reach: no ASA that was read answers this URL"
    answered = unit(None, probe(url=url))
    found = text(told(ask(site(answered, phones=(filed(urls=(url,)),)))))
    assert found == ("LOCKED OUT host-id: the certificate has vpn.example.com, not nobody.example.net")


# --- ciphers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (cipher_rules(asa(), tlsv1=("AES128-SHA",), dtlsv1=("AES128-SHA",)), "CONNECTS"),
        (
            cipher_rules(asa(), tlsv1=("DHE-RSA-AES256-SHA",), dtlsv1=PHONE_SUITES),
            "LOCKED OUT cipher: no shared cipher on tlsv1: 7962G offers AES256-SHA AES128-SHA",
        ),
        (without(asa(), "ssl"), "UNKNOWN cipher: `ssl` of the ASA was not learned"),
        (edit(asa(), "ssl", server_version=("tlsv1.2", "dtlsv1")), "LOCKED OUT cipher: no TLS version in common"),
        (edit(asa(), "ssl", server_version=()), "UNKNOWN cipher: which TLS versions the ASA accepts is not known"),
        (
            cipher_rules(change(asa(), version=version("9.8(4)", (9, 8, 4, 0))), tlsv1="medium", dtlsv1="medium"),
            "UNKNOWN cipher: tlsv1 has level medium",
        ),
        (
            cipher_rules(asa(), tlsv1=PHONE_SUITES, dtlsv1=("DHE-RSA-AES256-SHA",)),
            "LOCKED OUT dtls: TLS settles on AES128-SHA AES256-SHA, which dtlsv1 has not: SSL success, DTLS fail",
        ),
        (
            cipher_rules(asa(), tlsv1=PHONE_SUITES, dtlsv1=("AES128-SHA",)),
            "UNKNOWN dtls: TLS may settle on AES256-SHA, which dtlsv1 has not",
        ),
        (edit(asa(), "webvpn", tls_only_interfaces=("outside",)), "UNKNOWN dtls: DTLS is off on outside (`tls-only`)"),
        (edit(asa(), "webvpn", dtls_port=8443), "UNKNOWN dtls: DTLS is not on port 443 (8443)"),
        (own_policy(asa(), **{"webvpn anyconnect ssl dtls": "none"}), "UNKNOWN dtls: DTLS is off by group-policy"),
        (without(asa(), "default_group_policy"), "UNKNOWN"),
        (edit(asa(), "ssl", server_version=("tlsv1", "dtlsv1.2")), "UNKNOWN dtls: dtlsv1 is not let in"),
    ],
)
def test_ciphers_by_the_configuration(device: AsaState, expected: str) -> None:
    assert blind(device).startswith(expected)


@pytest.mark.parametrize(
    ("shake", "device", "expected"),
    [
        (handshake(), asa(), "CONNECTS"),
        (
            handshake(cipher="AES128-SHA"),
            cipher_rules(asa(), tlsv1=PHONE_SUITES, dtlsv1=("AES128-SHA",)),
            "CONNECTS",
        ),
        (
            handshake(cipher="AES256-SHA"),
            cipher_rules(asa(), tlsv1=PHONE_SUITES, dtlsv1=("AES128-SHA",)),
            "LOCKED OUT dtls: TLS settles on AES256-SHA, which dtlsv1 has not",
        ),
        (
            handshake(status="alert", detail="handshake failure", chain=()),
            cipher_rules(asa(), tlsv1=("DHE-RSA-AES256-SHA",), dtlsv1=PHONE_SUITES),
            "LOCKED OUT cipher: no shared cipher on tlsv1: 7962G offers AES256-SHA AES128-SHA",
        ),
        (
            handshake(status="alert", chain=()),
            asa(),
            "UNKNOWN cipher: the ASA answers the offer of 7962G with an alert (not named), while its configuration",
        ),
        (handshake(status="refused", chain=()), asa(), "UNKNOWN reach: the probe got no answer from the ASA: refused"),
        (handshake(status="timeout", chain=()), asa(), "UNKNOWN reach: the probe got no answer"),
        (handshake(status="impossible", chain=()), asa(), "CONNECTS"),
        (handshake(offer="browser"), asa(), "CONNECTS"),
        (
            handshake(cipher="RC4-SHA"),
            asa(),
            "UNKNOWN cipher: the probe settled on TLSv1 RC4-SHA, which the configuration does not accept",
        ),
        (
            handshake(version="TLSv1.2"),
            edit(asa(), "ssl", server_version=("tlsv1.3",)),
            "UNKNOWN cipher: the probe set",
        ),
        (handshake(), without(asa(), "ssl"), "UNKNOWN"),
    ],
)
def test_the_phones_own_offer(shake: Handshake, device: AsaState, expected: str) -> None:
    assert seen(shake, device=device).startswith(expected)


def test_an_offer_of_another_table_is_not_the_phones() -> None:
    """The row was edited since the probe: what it showed is not what this phone gets."""
    other = handshake(suites=("AES128-SHA",), chain=(NEW_LEAF,))
    assert seen(other).startswith("CONNECTS")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (phone_model(model="8841", tls_suites=()), "UNKNOWN cipher: the phone table does not tell what 8841 offers"),
        (phone_model(model="8841", dtls_suites=()), "UNKNOWN dtls: the phone table does not tell the DTLS suites"),
        (phone_model(model="8841", tls_versions=("TLSv1.3",)), "LOCKED OUT cipher: no TLS version in common"),
        (phone_model(model="8841", max_rsa_bits=1024), "UNKNOWN key: vpn.example.com (SHA-1"),
        (phone_model(model="8841", max_rsa_bits=0), "CONNECTS"),
    ],
)
def test_what_the_phone_table_tells(row: PhoneModel, expected: str) -> None:
    assert model(row, asa()).startswith(expected)


def test_a_model_without_a_row_is_unknown() -> None:
    parameters = msgspec.structs.replace(SITE, phone_models=())
    found = told(ask(site(unit(None, probe(), parameters=parameters), site=parameters)))
    assert text(found).startswith("UNKNOWN cipher: the phone table has no row for model Cisco 7962")
    nameless = cucm(phones=(listed(model=""),))
    assert "(not told)" in told(ask(site(cluster=nameless))).text


def test_two_rows_of_one_model_must_come_out_alike() -> None:
    old = phone_model(firmware="8.5", tls_suites=("RC4-SHA",), dtls_suites=("RC4-SHA",))
    parameters = msgspec.structs.replace(SITE, phone_models=(MODEL, old))
    found = told(ask(site(unit(parameters=parameters), site=parameters)))
    assert text(found).startswith("UNKNOWN cipher: the rows of Cisco 7962 in the phone table come out differently")
    both = msgspec.structs.replace(SITE, phone_models=(MODEL, phone_model(firmware="9.4")))
    assert told(ask(site(unit(parameters=both), site=both))).verdict == "CONNECTS"
