"""Every log excerpt of Cisco document 116162, with its wraps: exactly these messages, and no line that is foreign."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.module_utils.vpnphone.diagnose.read import Input, read_logs

FOLDER = Path(__file__).with_name("excerpts")
USER = {"user": "CP-7962G-SEP8CB64F576113", "address": "172.16.250.9"}
PHONE = "SEP8CB64F576113"
FILE = {"name": "SEP8CB64F576113.cnf.xml.sgn", "phone": PHONE}
LOST = {"name": "SEP8CB64F578B2C.cnf.xml.sgn", "phone": "SEP8CB64F578B2C"}
UNANSWERED = "172.16.250.9"

# name -> side, device, forms, (line, signature, fields)
EXPECTED: dict[str, tuple[str, str, tuple[str, ...], list[tuple[int, str, dict[str, str]]]]] = {
    "dtls_phone.log": ("phone", "", ("unstamped",), [
        (3, "phone.dtls_begins", {}),
        (11, "phone.cipher_list", {"channel": "dtls", "ciphers": "AES256-SHA"}),
        (20, "phone.alert", {"protocol": "DTLS", "direction": "write", "code": "47", "words": "illegal parameter"}),
        (23, "phone.dtls_old_session", {
            "error": "140920C5", "function": "SSL3_GET_SERVER_HELLO", "words": "old session cipher not returned",
        }),
        (26, "phone.dtls_failed", {}),
    ]),
    "redirect_phone.log": ("phone", "", ("stamped",), [
        (3, "phone.login_answer", {"status": "302", "words": "Temporary moved"}),
        (4, "phone.login_code", {"code": "302", "words": "redirected"}),
        (5, "phone.redirection", {}),
        (6, "phone.location", {"location": "/+webvpn+/index.html"}),
        (8, "phone.redirect_url", {"url": "https://xyz1.abc.com:443/+webvpn+/index.html", "host": "xyz1.abc.com"}),
    ]),
    "csd_asa.log": ("asa", "", ("unstamped",), [
        # C9: this address is a slip of the document.
        (2, "asa.csd_absent", {"group": "VPNPhone", "user": "Phone", "address": "172.6.250.9"}),
    ]),
    "csd_debug.log": ("debug", "", ("debug",), [
        (4, "debug.cert_auth_ok", {"group": "VPNPhone"}),
        (5, "debug.csd_not_sent", {}),
        (6, "debug.auth_handle_missing", {"handle": "24"}),
    ]),
    "dap_terminate_asa.log": ("asa", "", ("unstamped",), [
        (2, "asa.login", USER | {"group": "DfltGrpPolicy"}),
        (4, "asa.dap_attribute", USER | {"name": "aaa.cisco.grouppolicy", "value": "GroupPolicy_VPNPhone"}),
        (7, "asa.dap_selected", USER | {"records": "DfltAccessPolicy"}),
        (10, "asa.dap_terminated", USER | {"records": "DfltAccessPolicy"}),
    ]),
    "dap_continue_asa.log": ("asa", "", ("unstamped",), [
        (2, "asa.mapping", {"assigned": "10.10.10.10", "user": "CP-7962G-SEP8CB64F576113"}),
        (4, "asa.assigned", USER | {"group": "GroupPolicy_VPNPhone", "assigned": "10.10.10.10"}),
        (6, "asa.dap_selected", USER | {"records": "VPNPhone"}),
    ]),
    "ciphers_asa.log": ("asa", "", ("unstamped",), [
        (2, "asa.tls_supported", {"count": "2"}),
        (3, "asa.cipher", {"index": "1", "cipher": "RC4-SHA"}),
        (4, "asa.cipher", {"index": "2", "cipher": "DES-CBC3-SHA"}),
        (5, "asa.tls_proposed", {"interface": "outside", "address": UNANSWERED, "port": "52684", "count": "2"}),
        (7, "asa.cipher", {"index": "1", "cipher": "AES256-SHA"}),
        (8, "asa.cipher", {"index": "2", "cipher": "AES128-SHA"}),
        (9, "asa.no_shared_cipher", {"function": "SSL3_GET_CLIENT_HELLO", "reason": "no shared cipher"}),
    ]),
    "host_id_phone.log": ("phone", "", ("stamped",), [
        (2, "phone.host_id_wildcard", {}),
        (3, "phone.host_id_third_level", {"host": "test.vpn.com", "dns": "*.vpn.com"}),
        (5, "phone.host_id_san", {}),
        (6, "phone.host_id_subject", {}),
        (7, "phone.host_id_failed", {}),
    ]),
    "hash_asa.log": ("asa", "", ("unstamped",), [
        (2, "asa.tls_chosen", {
            "cipher": "AES128-SHA", "interface": "outside", "address": UNANSWERED, "port": "50091",
        }),
        (4, "asa.unknown_ca", {"function": "SSL3_READ_BYTES", "reason": "tlsv1 alert unknown ca"}),
        (8, "asa.tls_failed", {"interface": "outside", "address": UNANSWERED, "port": "50091"}),
    ]),
    "hash_phone.log": ("phone", "", ("stamped",), [
        (6, "phone.verify", {
            "depth": "1", "of": "1", "subject": "/CN=10.198.16.140/unstructuredName=10.198.16.140",
        }),
        (8, "phone.verify_error", {"depth": "1", "of": "1", "code": "18", "words": "self signed certificate"}),
        (10, "phone.leaf_hash", {"sha1": "1289B8A7AA9FFD84865E38939F3466A61B5608FC"}),
        (11, "phone.issuer_missing", {}),
        (13, "phone.chain_refused", {"issuer": "not found"}),
        (17, "phone.alert", {"protocol": "SSL", "direction": "write", "code": "48", "words": "unknown CA"}),
        (20, "phone.tls_error", {
            "protocol": "SSL", "error": "14090086", "function": "SSL3_GET_SERVER_CERTIFICATE",
            "words": "certificate verify failed",
        }),
        (27, "phone.login_state", {"before": "TRYING", "after": "FAILED"}),
        (31, "phone.notify_code", {"code": "37", "words": "SslAlertSrvrCert"}),
        (33, "phone.notify_text", {"words": "alert: Unknown CA (server cert)"}),
        (37, "phone.login_failed", {}),
    ]),
    "status_good.txt": ("status", PHONE, ("status messages",), [
        (line, name, fields)
        for line in range(16, 35, 4)
        for line, name, fields in ((line, "status.trust_updated", {}), (line + 2, "status.file", FILE))
    ]),
    "status_bad.txt": ("status", "SEP8CB64F578B2C", ("status messages",), [
        (6, "status.trust_failed", {}),
        (8, "status.tftp_error", LOST),
        (10, "status.trust_failed", {}),
        (12, "status.trust_failed", {}),
        (14, "status.tftp_timeout", LOST),
        (16, "status.tftp_timeout", LOST),
        (18, "status.trust_failed", {}),
        (20, "status.tftp_timeout", LOST),
        (22, "status.trust_failed", {}),
        (24, "status.tftp_error", LOST),
    ]),
}  # fmt: skip


def test_every_excerpt_is_expected() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(EXPECTED)
    for path in FOLDER.iterdir():
        assert path.read_text().startswith("# Excerpt of Cisco document 116162,")


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_excerpt(name: str) -> None:
    side, device, forms, events = EXPECTED[name]
    reading = read_logs([Input(FOLDER / name)])
    (source,) = reading.sources
    assert (source.side, source.device, source.forms, source.cut) == (side, device, forms, "")
    assert (source.foreign, source.recognised) == (0, len(events))
    assert source.lines == (FOLDER / name).read_text().count("\n")
    assert [(event.line, event.signature, event.fields) for event in reading.events] == events
    assert [event.order for event in reading.events] == list(range(len(events)))
    assert {(event.side, event.device, event.source) for event in reading.events} == {
        (side, device, str(FOLDER / name))
    }


def test_the_phone_says_when() -> None:
    reading = read_logs([Input(FOLDER / "hash_phone.log")])
    first = reading.events[0]
    assert (first.number, first.level, first.at) == ("905", "NOT", None)
    assert first.seconds == pytest.approx(10 * 3600 + 19 * 60 + 27.364687)


def test_an_unwrapped_message_is_whole() -> None:
    reading = read_logs([Input(FOLDER / "dap_terminate_asa.log")])
    assert reading.events[3].text == (
        "DAP: User CP-7962G-SEP8CB64F576113, Addr 172.16.250.9: Connection terminated by the following DAP records: "
        "DfltAccessPolicy"
    )
    assert (reading.events[3].number, reading.events[3].level) == ("734002", "5")
