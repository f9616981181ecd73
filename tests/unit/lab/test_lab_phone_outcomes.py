"""For each way in which a phone's attempt can end: an ASA or a file that makes a real phone end so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest

from lab.phone.outcome import Reason
from lab.testing import RunningLab, running_lab
from tests.unit.lab.phone_site import Case, address_of, phone_of, scenario

BOUND = "ssl trust-point VPN outside"
NEWER = {"model": "8841"}
DAP = "dynamic-access-policy-record DfltAccessPolicy\n action terminate\n"
RECORD = "dynamic-access-policy-record Phones\n action {}\n"


def dap_xml(*records: tuple[str, str, str]) -> dict[str, dict[str, str]]:
    """dap.xml with records of one criterion: (record, attribute, value)."""
    inner = "".join(
        f"<dapRecord><dapName><value>{name}</value></dapName><dapViewsRelation><value>and</value></dapViewsRelation>"
        "<dapBasicView><dapSelection><dapPolicy><value>match-any</value></dapPolicy>"
        f"<attr><name>{attribute}</name><value>{value}</value><operation>EQ</operation><type>caseless</type></attr>"
        "</dapSelection></dapBasicView></dapRecord>"
        for name, attribute, value in records
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return {"flash": {"disk0:/dap.xml": f"{head}<dapRecordList>{inner}</dapRecordList>"}}


TG = "aaa.cisco.tunnelgroup"
IPSEC_ONLY = "crypto ca trustpoint CAPF\n validation-usage ipsec-client\n"
OWN_LINES = "username CP-7962G-@ password x\nusername CP-7962G-@ attributes\n vpn-simultaneous-logins 0\n"
BALANCED = "vpn load-balancing\n cluster ip address 198.51.100.240\n participate\n"
CASES: dict[str, Case] = {
    "good": Case(),
    "good-old": Case(ssl=("ssl encryption aes128-sha1", BOUND), device={"version": "9.1(1)"}),
    # The leaf is not pinned, but an issuer that is sent with it.
    "good-issuer": Case(pins=("root",)),
    "good-newer": Case(phone=NEWER, ssl=(BOUND, 'ssl cipher tlsv1.2 custom "AES256-SHA"')),
    "good-host-id": Case(profile={"host_id_check": True}, group_url="group-url https://VPN.example.com/A enable",
                         url="https://VPN.example.com/A", ),
    "good-mic": Case(phone={"certificate": "mic", "issuer": "capf"}),
    "good-password": Case(
        group=("authentication aaa",), profile={"client_authentication": "User and Password"},
        device={"users": [{"name": "bob", "password": "typed"}]}, phone={"user": "bob", "password": "typed"},
    ),
    "good-without-csd": Case(webvpn=("enable outside", "anyconnect enable", "hostscan enable"),
                             group=("authentication certificate", "without-csd anyconnect ")),
    "good-dap": Case(extra=DAP + RECORD.format("continue"), device=dap_xml(("Phones", TG, "Phones"))),
    "good-policy": Case(
        policy=("vpn-simultaneous-logins 3", "vpn-tunnel-protocol ssl-client", "group-lock value Phones"),
        extra="group-policy DfltGrpPolicy attributes\n vpn-simultaneous-logins 0\n group-lock value Staff\n",
    ),
    "offline": Case("offline", phone={"online": False}),
    "no-file": Case("no-file", fault={"kind": "absent"}),
    "no-group": Case("no-vpn-group", grouped=False),
    "nobody": Case("no-asa", url="https://nobody.example.net/Phones"),
    "other-port": Case("no-asa", url="https://@:8443/Phones"),
    "webvpn-off": Case("no-asa", webvpn=("anyconnect enable",)),
    "no-cipher": Case("tls", ssl=("ssl encryption rc4-sha1", BOUND), device={"version": "9.1(1)"}),
    "no-version": Case("tls", ssl=("ssl server-version tlsv1.2", BOUND)),
    "other-pin": Case("pin", ssl=("ssl trust-point RENEWED outside",)),
    "unbound": Case("pin", ssl=()),
    # A newer phone and a build before the fix: the temporary EC certificate in place of the bound one.
    "unfixed": Case("pin", phone=NEWER, device={"version": "9.4(1)", "ecdsa_fixed": False}),
    "issuer-not-sent": Case("pin", pins=("stranger",)),
    "holds-old": Case("pin", phone={"holds": ["renewed"]}),
    "host-name": Case("host-id", profile={"host_id_check": True}),
    "host-wildcard": Case("host-id", ssl=("ssl trust-point WILD outside",), pins=("wildcard",),
                          profile={"host_id_check": True}),
    "host-address": Case("host-id", profile={"host_id_check": True}, group_url="group-url https://@/A enable",
                         url="https://@/A"),
    "client-stranger": Case("client-certificate", phone={"issuer": "stranger"}),
    "client-none": Case("client-certificate", phone={"certificate": "none"}),
    "client-expired": Case("client-certificate", phone={"certificate_valid_to": "-1d"}),
    "client-ca-expired": Case("client-certificate", phone={"issuer": "capf-expired"}),
    "client-ca-unusable": Case("client-certificate", extra=IPSEC_ONLY),
    "url-missing": Case("group-url", group_url="group-url https://url-missing.example.com/Other enable"),
    "url-disabled": Case("group-url", group_url="group-url https://url-disabled.example.com/Phones disable"),
    "url-case": Case("group-url", group_url="group-url https://url-case.example.com/phones enable"),
    "aaa": Case("authentication", group=("authentication aaa",)),
    "aaa-too": Case("authentication", group=("authentication aaa certificate",)),
    "password-for-certificate": Case("authentication", profile={"client_authentication": "User and Password"}),
    "wrong-password": Case(
        "authentication", group=("authentication aaa",), profile={"client_authentication": "Password Only"},
        device={"users": [{"name": "bob", "password": "typed"}]}, phone={"user": "bob", "password": "other"},
    ),
    "csd": Case("csd", webvpn=("enable outside", "anyconnect enable", "hostscan enable")),
    "csd-old": Case("csd", webvpn=("enable outside", "anyconnect enable", "csd enable"), device={"version": "9.4(1)"}),
    "no-licence": Case("licence", device={"licences": {"phone": "Disabled"}}),
    "essentials": Case("licence", webvpn=("enable outside", "anyconnect enable", "anyconnect-essentials")),
    "no-peer": Case("licence", device={
        "licences": {"premium_peers": 1}, "sessions": [{"user": "jdoe", "kind": "pc", "assigned_ip": "10.9.9.9"}]}),
    "dap-default": Case("dap", extra=DAP),
    # A record without criteria in dap.xml never matches.
    "dap-no-criteria": Case("dap", extra=DAP + RECORD.format("continue")),
    "dap-other": Case("dap", extra=DAP + RECORD.format("continue"), device=dap_xml(("Phones", TG, "Staff"))),
    "dap-terminates": Case(
        "dap", extra=RECORD.format("continue") + "dynamic-access-policy-record Block\n action terminate\n",
        device=dap_xml(("Phones", TG, "Phones"), ("Block", "aaa.cisco.grouppolicy", "GP")),
    ),
    "dap-bomb": Case("dap", extra=DAP + RECORD.format("continue"), device={"flash": {"disk0:/dap.xml":
        '<!DOCTYPE a [<!ENTITY x "y">]><dapRecordList>&x;</dapRecordList>'}}),
    "logins": Case("group-policy", extra="group-policy DfltGrpPolicy attributes\n vpn-simultaneous-logins 0\n"),
    "protocol": Case("group-policy", policy=("vpn-tunnel-protocol ikev2 ssl-clientless",)),
    "lock": Case("group-policy", extra="group-policy DfltGrpPolicy attributes\n group-lock value Staff\n"),
    "by-user": Case("group-policy", extra=OWN_LINES),
    "anyconnect-off": Case("group-policy", webvpn=("enable outside",)),
    "pool-empty": Case("group-policy", device={"sessions": [
        {"user": "a", "assigned_ip": "10.10.10.10"}, {"user": "b", "assigned_ip": "10.10.10.11"}]}),
    "balanced": Case("redirect", url="https://198.51.100.240/Phones", extra=BALANCED),
    "dtls-suite": Case("dtls", ssl=(BOUND, 'ssl cipher dtlsv1 custom "DHE-RSA-AES128-SHA"')),
    # The fault of the document: TLS settles on a new suite, DTLS does not have it.
    "dtls-ec": Case("dtls", ssl=("ssl trust-point EC outside",), pins=("elliptic",), phone=NEWER),
    "dtls-version": Case("dtls", ssl=(BOUND, "ssl server-version tlsv1 dtlsv1.2")),
    "tls-only": Case(webvpn=("enable outside tls-only", "anyconnect enable"),
                     ssl=(BOUND, 'ssl cipher dtlsv1 custom "DHE-RSA-AES128-SHA"')),
    "dtls-none": Case(policy=("vpn-tunnel-protocol ssl-client", "webvpn", " anyconnect ssl dtls none"),
                      ssl=(BOUND, 'ssl cipher dtlsv1 custom "DHE-RSA-AES128-SHA"')),
    "dtls-port": Case(webvpn=("enable outside", "anyconnect enable", "dtls port 8443"),
                      ssl=(BOUND, 'ssl cipher dtlsv1 custom "DHE-RSA-AES128-SHA"')),
}  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    with running_lab(scenario(CASES), tmp_path_factory.mktemp("phones") / "lab") as found:
        yield found


def test_every_reason_has_a_case() -> None:
    assert {case.reason for case in CASES.values()} == set(get_args(Reason))


@pytest.mark.parametrize("name", CASES)
def test_the_phone_ends_so(site: RunningLab, name: str) -> None:
    case, phone = CASES[name], phone_of(CASES, name)
    outcome = site.outcomes([phone])[phone]
    assert (outcome.reason, outcome.connected) == (case.reason, case.reason == "ok"), outcome.detail
    users = [session["user"] for session in site.state(name)["vpn_sessions"]]
    assert (site.phone(phone).user in users or "bob" in users) == outcome.connected


# --- what is written down -------------------------------------------------------------------------------------------


def log_of(site: RunningLab, name: str) -> str:
    return site.type(name, "show logging")


def test_a_good_login_as_the_document_shows_it(site: RunningLab) -> None:
    user, address = site.phone(phone_of(CASES, "good-dap")).user, f"203.0.113.{list(CASES).index('good-dap') + 1}"
    log = log_of(site, "good-dap")
    assert user == f"CP-7962G-{phone_of(CASES, 'good-dap')}"
    for line in (
        "%ASA-7-725012: Device chooses cipher : AES256-SHA for the SSL session with client outside:" + address,
        "%ASA-6-725002: Device completed SSL handshake with client outside:" + address,
        f"%ASA-6-716038: Group <DfltGrpPolicy> User <{user}> IP <{address}> Authentication: successful, Session Type:"
        " WebVPN.",
        f"%ASA-7-734003: DAP: User {user}, Addr {address}: Session Attribute aaa.cisco.grouppolicy = GP",
        f"%ASA-6-734001: DAP: User {user}, Addr {address}, Connection AnyConnect: The following DAP records were"
        " selected for this connection: Phones",
        f"%ASA-7-746012: user-identity: Add IP-User mapping 10.10.10.10 - LOCAL\\{user} Succeeded - VPN user",
        f"%ASA-4-722051: Group <GP> User <{user}> IP <{address}> Address <10.10.10.10> assigned to session",
    ):
        assert line in log
    assert "734002" not in log


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("other-pin", ("%ASA-7-725014: SSL lib error. Function: SSL3_READ_BYTES Reason: tlsv1 alert unknown ca",
                       "%ASA-6-725006: Device failed SSL handshake with client outside:203.0.113.")),
        ("no-cipher", ("%ASA-7-725014: SSL lib error. Function: SSL3_GET_CLIENT_HELLO Reason: no shared cipher",)),
        ("csd", ("%ASA-4-724002: Group <Phones> User <{user}> IP <{address}> WebVPN session not terminated. Cisco"
                 " Secure Desktop was not running on the client's workstation.",)),
        ("dap-default", ("%ASA-6-716038: Group <DfltGrpPolicy> User <{user}>", "selected for this connection:"
                         " DfltAccessPolicy", "%ASA-5-734002: DAP: User {user}, Addr {address}: Connection terminated"
                         " by the following DAP records: DfltAccessPolicy")),
        ("lock", ("%ASA-4-113040: Terminating the VPN connection attempt from Phones. Reason: This connection is group"
                  " locked to Staff.",)),
        ("client-stranger", ("%ASA-3-717009: Certificate validation failed. No suitable trustpoints found",)),
        ("no-peer", ("%ASA-4-716023: Group <Phones> User <{user}> Session could not be established: session limit of 1"
                     " reached.",)),
        ("pool-empty", ("%ASA-3-722020: TunnelGroup <Phones> GroupPolicy <GP> User <{user}> IP <{address}> No address"
                        " available for SVC connection",)),
        ("logins", ("%ASA-6-113015: AAA user authentication Rejected : reason = Simultaneous logins exceeded",)),
    ],
)  # fmt: skip
def test_the_asa_logs_why(site: RunningLab, name: str, lines: tuple[str, ...]) -> None:
    phone = site.phone(phone_of(CASES, name))
    log = log_of(site, name)
    for line in lines:
        assert line.format(user=phone.user, address=phone.spec.public_ip) in log
    assert "722051" not in log


def test_the_phone_logs_a_wrong_hash_as_the_document_does(site: RunningLab) -> None:
    """F-062, line by line; the numbers and times differ, and this ASA sends its issuers along."""
    phone = site.phone(phone_of(CASES, "other-pin"))
    lines = [line.split(": ", 1)[1] for line in phone.log.text().splitlines()]
    stamps = [line.split(" ")[:2] for line in lines]
    assert all(level in ("NOT", "ERR") and len(stamp) == len("10:19:27.155936") for level, stamp in stamps)
    texts = [line.split(" ", 2)[2] for line in lines]
    renewed = site.state("other-pin")["trustpoints"]["RENEWED"]["identity"]["sha1"].upper()
    wanted = [
        "VPNC: ssl_state_cb: TLSv1: SSL_connect: before/connect initialization",
        "VPNC: ssl_state_cb: TLSv1: SSL_connect: unknown state",
        "VPNC: ssl_state_cb: TLSv1: SSL_connect: SSLv3 read server hello A",
        "VPNC: cert_vfy_cb: depth:3 of 3, subject: </O=Lab/CN=Root>",
        "VPNC: cert_vfy_cb: depth:3 of 3, pre_err: 19 (self signed certificate in certificate chain)",
        "VPNC: cert_vfy_cb: depth:2 of 3, subject: </O=Lab/CN=Issuing>",
        "VPNC: cert_vfy_cb: depth:1 of 3, subject: </O=Lab/CN=renewed.example.com>",
        "VPNC: cert_vfy_cb: peer cert saved: /tmp/leaf.crt",
        "VPNC: cert_vfy_cb: issuer cert saved: /tmp/issuer.crt",
        f"SECD: Leaf cert hash = {renewed}",
        "VPNC: VPN cert chain verification failed, issuer certificate not trusted and leaf not trusted",
        "VPNC: ssl_state_cb: TLSv1: write: alert: fatal:unknown CA",
        "VPNC: alert_err: SSL write alert: code 48, unknown CA",
        "VPNC: create_ssl_connection: SSL_connect ret -1 error 1",
        "VPNC: SSL: SSL_connect: SSL_ERROR_SSL (error 1)",
        "VPNC: SSL: SSL_connect: error:14090086:SSL routines:SSL3_GET_SERVER_CERTIFICATE:certificate verify failed",
        "VPNC: create_ssl_connection: SSL setup failure",
        "VPNC: do_login: create_ssl_connection failed",
        "VPNC: vpn_stop: de-activating vpn",
        "VPNC: vpn_set_auto: auto -> auto",
        "VPNC: vpn_set_active: activated -> de-activated",
        "VPNC: set_login_state: LOGIN: 1 (TRYING) --> 3 (FAILED)",
        "VPNC: set_login_state: VPNC : 1 (LoggingIn) --> 3 (LoginFailed)",
        "VPNC: vpnc_send_notify: notify type: 1 [LoginFailed]",
        "VPNC: vpnc_send_notify: notify code: 37 [SslAlertSrvrCert]",
        "VPNC: vpnc_send_notify: notify desc: [alert: Unknown CA (server cert)]",
        "VPNC: vpnc_send_notify: sending signal 28 w/ value 13 to pid 14",
        "VPNC: protocol_handler: login failed",
    ]
    assert texts[texts.index(wanted[0]) :] == wanted


def test_a_single_certificate_has_the_lines_of_the_missing_issuer(site: RunningLab) -> None:
    text = site.phone(phone_of(CASES, "unbound")).log.text()
    for line in (
        "VPNC: cert_vfy_cb: depth:1 of 1, pre_err: 18 (self signed certificate)",
        "SECD: EROR:secLoadFile: file not found </tmp/issuer.crt>",
        "SECD: Unable to open file /tmp/issuer.crt",
        "VPNC: VPN cert chain verification failed, issuer certificate not found and leaf not trusted",
    ):
        assert line in text


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("host-wildcard", (
            "VPNC: DNS has wildcard, starting checks...",
            "VPNC: Generic third level wildcards are not allowed, stopping checks on host=(host-wildcard.example.com)"
            " and dns=(*.example.com)",
            "VPNC: hostID not found in subjectAltNames", "VPNC: hostID not found in subject name",
            "VPNC: hostIDCheck failed!!",
        )),
        ("balanced", (
            "VPNC: process_login: HTTP/1.0 302 Temporary moved", "VPNC: process_login: login code: 302 (redirected)",
            "VPNC: process_login: redirection indicated", "VPNC: process_login: new 'Location': /+webvpn+/index.html",
            "VPNC: set_redirect_url: new URL <https://{address}:443/+webvpn+/index.html>",
        )),
        ("dtls-ec", (
            "VPNC: -protocol_handler: SSL dpd 30 sec from SG (enabled)",
            "VPNC: -protocol_handler: connect: do_dtls_connect",
            "VPNC: -create_dtls_connection: cipher list: AES256-SHA",
            "VPNC: -dtls_state_cb: DTLS: write: alert: fatal:illegal parameter",
            "VPNC: -alert_err: DTLS write alert: code 47, illegal parameter",
            "VPNC: -DTLS: SSL_connect: error:140920C5:SSL routines:SSL3_GET_SERVER_HELLO:old session cipher not"
            " returned",
            "VPNC: -protocol_handler: connect : err: SSL success DTLS fail",
        )),
        ("no-cipher", ("VPNC: alert_err: SSL read alert: code 40, handshake failure",)),
    ],
)  # fmt: skip
def test_the_phone_logs_why(site: RunningLab, name: str, lines: tuple[str, ...]) -> None:
    text, at = site.phone(phone_of(CASES, name)).log.text(), -1
    for line in lines:
        found = text.find(line.format(address=address_of(CASES, name)), at + 1)
        assert found > at, line
        at = found


def test_dtls_shows_in_the_session(site: RunningLab) -> None:
    with_dtls = site.type("good", "show vpn-sessiondb anyconnect")
    assert "Protocol     : AnyConnect-Parent SSL-Tunnel DTLS-Tunnel" in with_dtls
    assert "SSL-Tunnel: (1)AES256  DTLS-Tunnel: (1)AES256" in with_dtls
    for name in ("tls-only", "dtls-none", "dtls-port"):
        assert "Protocol     : AnyConnect-Parent SSL-Tunnel\n" in site.type(name, "show vpn-sessiondb anyconnect")
