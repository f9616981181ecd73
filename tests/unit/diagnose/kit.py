"""Logs of a site, made of the forms that Cisco document 116162 prints and of those that are marked [K]. All self-made.

An Asa and a Phone write lines with their own clocks; `read` reads them as files of a folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from ansible.module_utils.vpnphone.diagnose.judge import diagnose
from ansible.module_utils.vpnphone.diagnose.read import Reading, read_texts
from ansible.module_utils.vpnphone.diagnose.site import AsaNames, SiteNames
from ansible.module_utils.vpnphone.model.diagnosis import Cause, Diagnosis

NOON = datetime(2026, 11, 24, 12, 0, 0)
OFFER = ("AES256-SHA", "AES128-SHA")
MODERN = ("ECDHE-RSA-AES256-GCM-SHA384", "AES256-SHA", "AES128-SHA")
OLD = ("RC4-SHA", "DES-CBC3-SHA")
LEAF = "1289B8A7AA9FFD84865E38939F3466A61B5608FC"
OTHER_LEAF = "E57E81EA9954C144976678D0E2418CDF79A93176"


def mac(number: int) -> str:
    return f"SEP0011223344{number:02X}"


def user(number: int) -> str:
    return f"CP-7962G-{mac(number)}"


def address(number: int) -> str:
    return f"203.0.113.{20 + number}"


class Asa:
    """stamped False: no `logging timestamp`."""

    def __init__(self, name: str = "asa-1", *, stamped: bool = True, start: datetime = NOON) -> None:
        self.name, self.stamped, self.now = name, stamped, start
        self.lines: list[str] = []
        self.port = 50000

    def wait(self, seconds: float) -> Asa:
        self.now += timedelta(seconds=seconds)
        return self

    def line(self, level: int, number: int, text: str) -> Asa:
        stamp = f"{self.now:%b %d %Y %H:%M:%S}: " if self.stamped else ""
        self.lines.append(f"{stamp}%ASA-{level}-{number}: {text}")
        return self

    # --- handshakes ---------------------------------------------------------------------------------------------------

    def hello(
        self, client: str, *, supported: Iterable[str] = MODERN, offered: Iterable[str] = OFFER, port: int = 0
    ) -> str:
        self.port += 1
        where = f"outside:{client}/{port or self.port}"
        self.line(6, 725001, f"Starting SSL handshake with client {where} for TLS session.")
        for number, head, names in (
            (725010, "Device supports the following {} cipher(s).", tuple(supported)),
            (725008, f"SSL client {where} proposes the following {{}} cipher(s).", tuple(offered)),
        ):
            self.line(7, number, head.format(len(names)))
            for index, name in enumerate(names, 1):
                self.line(7, 725011, f"Cipher[{index}] : {name}")
        return where

    def error(self, function: str, reason: str) -> Asa:
        return self.line(7, 725014, f"SSL lib error. Function: {function} Reason: {reason}")

    def failed(self, where: str) -> Asa:
        return self.line(6, 725006, f"Device failed SSL handshake with client {where}")

    def no_cipher(self, client: str, **lists: Iterable[str]) -> Asa:
        where = self.hello(client, supported=lists.get("supported", OLD), offered=lists.get("offered", OFFER))
        return self.error("SSL3_GET_CLIENT_HELLO", "no shared cipher").failed(where)

    def unknown_ca(self, client: str) -> Asa:
        where = self.hello(client)
        self.chosen(where)
        return self.error("SSL3_READ_BYTES", "tlsv1 alert unknown ca").failed(where)

    def chosen(self, where: str, cipher: str = "AES128-SHA") -> Asa:
        text = f"Device chooses cipher : {cipher} for the SSL session with client {where}"
        return self.line(7, 725012, text)

    def done(self, client: str) -> Asa:
        where = self.hello(client)
        self.chosen(where)
        return self.line(6, 725002, f"Device completed SSL handshake with client {where}")

    # --- logins -------------------------------------------------------------------------------------------------------

    def login(self, name: str, client: str, *, good: bool = True) -> Asa:
        word, number = ("successful", 716038) if good else ("rejected", 716039)
        text = f"Group <DfltGrpPolicy> User <{name}> IP <{client}> Authentication: {word}, Session Type: WebVPN."
        return self.line(6, number, text)

    def dap(self, name: str, client: str, record: str, *, ends: bool = False, group: str = "VPNPhone") -> Asa:
        who = f"DAP: User {name}, Addr {client}"
        for attribute, value in (("grouppolicy", "GroupPolicy_VPNPhone"), ("tunnelgroup", group)):
            self.line(7, 734003, f"{who}: Session Attribute aaa.cisco.{attribute} = {value}")
        chosen = f"The following DAP records were selected for this connection: {record}"
        self.line(6, 734001, f"{who}, Connection AnyConnect: {chosen}")
        if ends:
            self.line(5, 734002, f"{who}: Connection terminated by the following DAP records: {record}")
        return self

    def assigned(self, name: str, client: str, inside: str = "10.10.10.10") -> Asa:
        mapping = f"user-identity: Add IP-User mapping {inside} - LOCAL\\{name} Succeeded - VPN user"
        self.line(7, 746012, mapping)
        text = f"Group <GroupPolicy_VPNPhone> User <{name}> IP <{client}> Address <{inside}> assigned to session"
        return self.line(4, 722051, text)

    def connects(self, name: str, client: str, group: str = "VPNPhone") -> Asa:
        self.done(client).login(name, client).dap(name, client, "VPNPhone", group=group)
        return self.assigned(name, client)

    def dap_ends(self, name: str, client: str) -> Asa:
        return self.done(client).login(name, client).dap(name, client, "DfltAccessPolicy", ends=True)

    def no_csd(self, name: str, client: str, group: str = "VPNPhone") -> Asa:
        text = "WebVPN session not terminated. Cisco Secure Desktop was not running on the client's workstation."
        return self.line(4, 724002, f"Group <{group}> User <{name}> IP <{client}> {text}")

    def locked(self, group: str = "VPNPhone", lock: str = "DefaultWEBVPNGroup") -> Asa:
        why = f"This connection is group locked to {lock}."
        return self.line(4, 113040, f"Terminating the VPN connection attempt from {group}. Reason: {why}")

    def refuses(self, name: str, why: str) -> Asa:
        text = f"AAA user authentication Rejected : reason = {why} : local database : user = {name}"
        return self.line(6, 113015, text)

    def no_address(self, name: str, client: str) -> Asa:
        who = f"TunnelGroup <VPNPhone> GroupPolicy <GroupPolicy_VPNPhone> User <{name}> IP <{client}>"
        return self.line(3, 722020, f"{who} No address available for SVC connection")

    def limit(self, name: str, peers: int = 2) -> Asa:
        text = f"Group <VPNPhone> User <{name}> Session could not be established: session limit of {peers} reached."
        return self.line(4, 716023, text)

    def certificate_refused(self, subject: str) -> Asa:
        text = "Certificate validation failed. No suitable trustpoints found to validate certificate"
        return self.line(3, 717009, f"{text}, serial number: 0A01, subject name: {subject}, issuer name: CN=CAPF-1.")

    def ends(self, name: str, client: str) -> Asa:
        what = "Session Type: SSL, Duration: 0h:01m:00s, Bytes xmt: 0, Bytes rcv: 0, Reason: User Requested"
        return self.line(4, 113019, f"Group = VPNPhone, Username = {name}, IP = {client}, Session disconnected. {what}")

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


class Phone:
    """stamped False: a newer phone, whose lines have neither number nor time. offset: of its clock, in seconds."""

    def __init__(self, number: int = 1, *, stamped: bool = True, offset: float = 0.0, start: datetime = NOON) -> None:
        self.name, self.stamped = mac(number), stamped
        self.now = start + timedelta(seconds=offset, microseconds=250_000)
        self.number = 900
        self.lines: list[str] = []

    def wait(self, seconds: float) -> Phone:
        self.now += timedelta(seconds=seconds)
        return self

    def line(self, text: str, level: str = "NOT", process: str = "VPNC") -> Phone:
        if self.stamped:
            self.lines.append(f"{self.number}: {level} {self.now:%H:%M:%S.%f} {process}: {text}")
            self.number += 1
            self.now += timedelta(microseconds=700)
        else:
            self.lines.append(f"{process}: -{text}")
        return self

    def begins(self, url: str = "https://vpn.example.com/phone") -> Phone:
        self.line(f"vpn_start: activating vpn, url <{url}>")
        return self.line("set_login_state: LOGIN: 0 (IDLE) --> 1 (TRYING)")

    def shown(self, leaf: str = LEAF) -> Phone:
        self.line("cert_vfy_cb: depth:1 of 1, subject: </CN=vpn.example.com>")
        self.line("cert_vfy_cb: depth:1 of 1, pre_err: 18 (self signed certificate)")
        return self.line(f"Leaf cert hash = {leaf}", process="SECD")

    def fails(self, code: str = "36 [LoginFailed]", words: str = "[login failed]") -> Phone:
        self.line("set_login_state: LOGIN: 1 (TRYING) --> 3 (FAILED)")
        self.line(f"vpnc_send_notify: notify code: {code}")
        self.line(f"vpnc_send_notify: notify desc: {words}")
        return self.line("protocol_handler: login failed", "ERR")

    def alert(self, code: int, words: str, way: str = "write", protocol: str = "SSL") -> Phone:
        return self.line(f"alert_err: {protocol} {way} alert: code {code}, {words}", "ERR")

    def refuses(self, leaf: str = LEAF) -> Phone:
        """F-062."""
        self.begins().shown(leaf)
        why = "issuer certificate not found and leaf not trusted"
        self.line(f"VPN cert chain verification failed, {why}", "ERR").alert(48, "unknown CA")
        return self.fails("37 [SslAlertSrvrCert]", "[alert: Unknown CA (server cert)]")

    def host_id(self) -> Phone:
        """F-059."""
        self.begins("https://test.vpn.com/phone").shown().line("DNS has wildcard, starting checks...")
        what = "stopping checks on host=(test.vpn.com) and dns=(*.vpn.com)"
        self.line(f"Generic third level wildcards are not allowed, {what}", "ERR")
        self.line("hostID not found in subjectAltNames").line("hostID not found in subject name")
        self.line("hostIDCheck failed!!", "ERR").alert(48, "unknown CA")
        return self.fails("37 [SslAlertSrvrCert]", "[alert: Unknown CA (server cert)]")

    def no_cipher(self) -> Phone:
        return self.begins().alert(40, "handshake failure", "read").fails()

    def logs_in(self) -> Phone:
        self.begins().shown().line("create_ssl_connection: cipher in use AES128-SHA")
        self.line("process_login: HTTP/1.1 200 OK").line("process_login: login code: 200 (success)")
        return self.line("set_login_state: LOGIN: 1 (TRYING) --> 2 (SUCCESS)")

    def connects(self) -> Phone:
        return self.logs_in().line("protocol_handler: connect : SSL success DTLS success")

    def denied(self, code: int = 403) -> Phone:
        self.begins().shown().line("create_ssl_connection: cipher in use AES128-SHA")
        self.line(f"process_login: HTTP/1.1 {code} Forbidden")
        return self.line(f"process_login: login code: {code} (refused)", "ERR").fails()

    def dtls_fails(self) -> Phone:
        """F-016."""
        self.logs_in().line("protocol_handler: connect: do_dtls_connect")
        self.line("create_dtls_connection: cipher list: AES256-SHA").alert(47, "illegal parameter", protocol="DTLS")
        error = "error:140920C5:SSL routines:SSL3_GET_SERVER_HELLO:old session cipher not returned"
        self.line(f"DTLS: SSL_connect: {error}", "ERR")
        return self.line("protocol_handler: connect : err: SSL success DTLS fail", "ERR")

    def redirected(self, host: str, url: str = "https://vpn.example.com/phone") -> Phone:
        """F-032."""
        self.begins(url).shown().line("process_login: HTTP/1.0 302 Temporary moved")
        self.line("process_login: login code: 302 (redirected)").line("process_login: redirection indicated")
        self.line("process_login: new 'Location': /+webvpn+/index.html")
        return self.line(f"set_redirect_url: new URL <https://{host}:443/+webvpn+/index.html>")

    def unanswered(self) -> Phone:
        self.begins().line("tcp_connect: connecting to vpn.example.com:443")
        return self.line("create_ssl_connection: tcp_connect failed", "ERR").fails()

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


def begun(log: Asa | None = None) -> Asa:
    """The first phone has logged in, and no more."""
    return (log or Asa()).done(address(1)).login(user(1), address(1))


HERE = AsaNames("asa-1", frozenset({"asa-1"}), ("VPNPhone",), {"VPNPhone": "GP_Phones"}, ("outside",), ("VPN",))


def texts(*logs: Asa | Phone) -> dict[str, str]:
    """As files of a folder: named for the device that wrote them."""
    return {f"{log.name}.log": log.text for log in logs}


def read(*logs: Asa | Phone, more: Mapping[str, str] | None = None) -> Reading:
    return read_texts({**texts(*logs), **(more or {})})


def judge(*logs: Asa | Phone, more: Mapping[str, str] | None = None, site: SiteNames | None = None) -> Diagnosis:
    return diagnose(read(*logs, more=more), site)


def ids(found: Diagnosis) -> list[str]:
    return [cause.id for cause in found.causes]


def one(found: Diagnosis, cause: str, phone: str | None = None) -> Cause:
    """The only cause of that id (and phone)."""
    fits = [each for each in found.causes if each.id == cause and phone in (None, each.phone)]
    if len(fits) != 1:
        raise LookupError(f"{cause} {phone}: {[(each.id, each.phone, each.confidence) for each in found.causes]}")
    return fits[0]
