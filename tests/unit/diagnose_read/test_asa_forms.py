"""Headers that syslog comes with, and what may stand between its messages. Headers are self-made from the facts [K]."""

from __future__ import annotations

from datetime import datetime

import pytest
from ansible.module_utils.vpnphone.diagnose.read import Reading, read_texts

MESSAGE = "Device failed SSL handshake with client outside:172.16.250.9/50091"
FULL = datetime(2026, 11, 24, 10, 19, 27)
DAY = 10 * 3600 + 19 * 60 + 27.0


def asa(text: str | bytes, name: str = "x") -> Reading:
    return read_texts({name: text})


@pytest.mark.parametrize(
    ("head", "form", "device", "at", "seconds"),
    [
        ("%ASA-6-725006: ", "unstamped", "", None, None),
        ("<166>%ASA-6-725006: ", "unstamped", "", None, None),
        ("%ASA--6-725006: ", "unstamped", "", None, None),
        ("%ASA-session-6-725006: ", "unstamped", "", None, None),
        ("%FTD-6-725006: ", "unstamped", "", None, None),
        ("asa-1 : %ASA-6-725006: ", "unstamped", "asa-1", None, None),
        ("Nov 24 2026 10:19:27: %ASA-6-725006: ", "stamped", "", FULL, DAY),
        ("<166>Nov 24 2026 10:19:27: %ASA-6-725006: ", "stamped", "", FULL, DAY),
        (":Nov 24 10:19:27 UTC: %ASA-6-725006: ", "stamped", "", None, DAY),
        ("Nov 24 2026 10:19:27 UTC: %ASA-6-725006: ", "stamped", "", FULL, DAY),
        ("Nov 24 2026 10:19:27 asa-1 : %ASA-6-725006: ", "stamped", "asa-1", FULL, DAY),
        ("Nov 24 2026 10:19:27 asa-1/ctx : %ASA-6-725006: ", "stamped", "asa-1/ctx", FULL, DAY),
        ("Nov  4 2026 10:19:27: %ASA-6-725006: ", "stamped", "", FULL.replace(day=4), DAY),
        ("Nov 24 10:19:27 asa-1 : %ASA-6-725006: ", "rfc3164", "asa-1", None, DAY),
        ("Nov 24 10:19:27 asa-1 %ASA-6-725006: ", "rfc3164", "asa-1", None, DAY),
        ("Nov 24 10:19:27 192.0.2.1 %ASA-6-725006: ", "rfc3164", "192.0.2.1", None, DAY),
        ("Nov 24 10:19:27 2001:db8::1 %ASA-6-725006: ", "rfc3164", "2001:db8::1", None, DAY),
        # The server's clock goes differently: the ASA's counts, and so does its name.
        ("Nov 24 10:21:00 192.0.2.1 Nov 24 2026 10:19:27: %ASA-6-725006: ", "rfc3164", "192.0.2.1", FULL, DAY),
        ("Nov 24 10:21:00 192.0.2.1 Nov 24 2026 10:19:27 asa-1 : %ASA-6-725006: ", "rfc3164", "asa-1", FULL, DAY),
        ("Nov 24 10:19:27 192.0.2.1 asa-1 : %ASA-6-725006: ", "rfc3164", "asa-1", None, DAY),
        ("2026-11-24T10:21:00+01:00 asa-1 Nov 24 10:19:27: %ASA-6-725006: ", "iso 8601", "asa-1", FULL, DAY),
        (
            "2026-11-24T10:19:27.123Z asa-1 : %ASA-6-725006: ",
            "iso 8601", "asa-1", FULL.replace(microsecond=123000), DAY + 0.123,
        ),
        ("2026-11-24T10:19:27+00:00 asa-1 %ASA-6-725006: ", "iso 8601", "asa-1", FULL, DAY),
        ("<166>1 2026-11-24T10:19:27Z asa-1 - - - - %ASA-6-725006: ", "rfc5424", "asa-1", FULL, DAY),
        ("<166>1 2026-11-24T10:19:27Z - ASA - 725006 [x a=\"1\"] %ASA-6-725006: ", "rfc5424", "", FULL, DAY),
        ("2026-11-24 10:19:27\tLocal4.Info\t192.0.2.1\t%ASA-6-725006: ", "iso 8601", "192.0.2.1", FULL, DAY),
        ("2026-11-24 10:21:00\tLocal4.Info\t192.0.2.1\t:Nov 24 10:19:27 UTC: %ASA-6-725006: ",
         "iso 8601", "192.0.2.1", FULL, DAY),
        # No time of day, but a message.
        ("Nov 24 2026 27:19:27: %ASA-6-725006: ", "stamped", "", None, None),
        ("Feb 31 2026 10:19:27: %ASA-6-725006: ", "stamped", "", None, DAY),
    ],
)  # fmt: skip
def test_header(head: str, form: str, device: str, at: datetime | None, seconds: float | None) -> None:
    reading = asa(f"{head}{MESSAGE}\r\n")
    (event,) = reading.events
    (source,) = reading.sources
    assert (event.signature, event.device, event.at, event.seconds) == ("asa.tls_failed", device, at, seconds)
    assert (event.number, event.level, event.text) == ("725006", "6", MESSAGE)
    assert (source.forms, source.foreign, source.device) == ((form,), 0, device)


@pytest.mark.parametrize(
    "line",
    [
        f"Nov 24 10:19:29 linux sshd[311]: Invalid user %ASA-6-725006: {MESSAGE}",
        f"Nov 24 10:19:29 linux app: %ASA-6-725006: {MESSAGE}",
        f"user %ASA-6-725006: {MESSAGE}",
        f"%ASA-5-111008: User 'x' executed 'y' %ASA-6-725006: {MESSAGE}",
        f"Nov 24 2026 10:19:27: %ASA-6-302013: built %ASA-6-725006: {MESSAGE}",
        f"%ASA-6-725006: {MESSAGE} and more",
        f"%ASA-6-72500: {MESSAGE}",
        f"%ASA-9-725006: {MESSAGE}",
        "%ASA-6-725006: Device failed SSL handshake with client out<side:172.16.250.9/50091",
    ],
)
def test_only_a_whole_message_behind_a_known_header_counts(line: str) -> None:
    ordinary = "%ASA-6-302013: Built outbound TCP connection 1 for outside:198.51.100.7/443 to inside:10.0.0.1/1 " * 2
    for text in (line, f"{ordinary}\n{line}", f"{line}\n{ordinary}\n"):
        assert asa(text).events == ()


BUFFER = f"""asa-1# show logging
Syslog logging: enabled
    Facility: 20
    Timestamp logging: enabled
    Hide Username logging: enabled
    Debug-trace logging: disabled
    Buffer logging: level debugging, 12 messages logged
    Trap logging: level informational, facility 20, 12 messages logged
        Logging to inside 192.0.2.9 errors: 3 dropped: 4
    Permit-hostdown logging: disabled
    Device ID: disabled
Nov 24 2026 10:19:27: %ASA-6-725006: {MESSAGE}
<--- More --->\r              \rNov 24 2026 10:19:28: %ASA-6-302014: Teardown TCP connection 7 for outside
Tunnel Group: VPNPhone, Client Cert Auth Success.
Nov 24 2026 10:19:29: %ASA-7-711001: WebVPN: CSD data not sent from client

asa-1#
"""


def test_show_logging_out_of_a_terminal() -> None:
    """Settings, pager, prompt and debug output are no foreign lines; the prompt says whose log it is."""
    reading = asa(BUFFER)
    (source,) = reading.sources
    assert (source.side, source.device, source.foreign, source.recognised) == ("asa", "asa-1", 0, 3)
    assert source.forms == ("show logging", "stamped", "debug")
    assert {event.signature: (event.side, event.device, event.line) for event in reading.events} == {
        "asa.tls_failed": ("asa", "asa-1", 12),
        "debug.cert_auth_ok": ("debug", "asa-1", 14),
        "debug.csd_not_sent": ("debug", "asa-1", 15),
    }
    assert next(event.seconds for event in reading.events if event.signature == "debug.csd_not_sent") == DAY + 2


def hard_wrapped(text: str, width: int = 80) -> str:
    """As a terminal of that width shows lines, and as a copy of its window keeps them."""
    return "".join(
        f"{line[at : at + width]}\n" for line in text.splitlines() for at in range(0, max(1, len(line)), width)
    )


LONG = (
    "Nov 24 2026 10:19:27: %ASA-6-734001: DAP: User CP-7962G-SEP8CB64F576113, Addr 172.16.250.9, Connection "
    "AnyConnect: The following DAP records were selected for this connection: VPNPhone, DfltAccessPolicy\n"
    "Nov 24 2026 10:19:27: %ASA-4-722051: Group <GroupPolicy_VPNPhone> User <CP-7962G-SEP8CB64F576113> IP "
    "<172.16.250.9> Address <10.10.10.10> assigned to session\n"
    "Nov 24 2026 10:19:28: %ASA-6-725006: Device failed SSL handshake with client outside:172.16.250.9/50091\n"
)


@pytest.mark.parametrize("width", [80, 100, 120, 132])
def test_a_terminal_breaks_anywhere(width: int) -> None:
    plain, wrapped = asa(LONG), asa(hard_wrapped(LONG, width))
    assert len(plain.events) == 3
    if width in (80, 132):
        assert [(e.signature, e.fields, e.text) for e in wrapped.events] == [
            (e.signature, e.fields, e.text) for e in plain.events
        ]
    # In other widths a port may fall apart, and then there is rather no message than a wrong one.
    expected = {(e.signature, tuple(e.fields.items())) for e in plain.events}
    assert {(e.signature, tuple(e.fields.items())) for e in wrapped.events} <= expected
    assert wrapped.sources[0].foreign == 0


def test_what_follows_a_message_is_no_part_of_it() -> None:
    """Debug output that is not known here, among syslog on a terminal."""
    text = (
        "%ASA-5-734002: DAP: User CP-7962G-SEP8CB64F576113, Addr 172.16.250.9: Connection terminated by the following "
        "DAP records: X\nwebvpn_login_primary_username: something else\n"
        "%ASA-7-725014: SSL lib error. Function: SSL3_GET_CLIENT_HELLO Reason: no shared cipher\nwebvpn_free: more\n"
    )
    reading = asa(text)
    assert [event.signature for event in reading.events] == ["asa.dap_terminated", "asa.no_shared_cipher"]
    assert reading.events[0].fields["records"] == "X"
    assert reading.sources[0].foreign == 2


def test_foreign_lines_among_many_hosts() -> None:
    other = "Nov 24 10:19:26 linux sshd[3]: Connection closed by 192.0.2.7 port 51234 [preauth]\n"
    mine = f"Nov 24 10:19:27 asa-1 : %ASA-6-725006: {MESSAGE}\n"
    reading = asa(other * 400 + mine + other * 7 + mine.replace("asa-1", "asa-2") + other)
    assert [(event.device, event.line) for event in reading.events] == [("asa-1", 401), ("asa-2", 409)]
    assert (reading.sources[0].foreign, reading.sources[0].device) == (408, "")


@pytest.mark.parametrize(
    ("message", "name", "fields"),
    [
        ("725001: Starting SSL handshake with client outside:172.16.250.9/50091 for TLS session.", "asa.tls_begins",
         {"interface": "outside", "address": "172.16.250.9", "port": "50091"}),
        ("725001: Starting SSL handshake with client outside:172.16.250.9/50091 to 192.0.2.1/443 for TLS session",
         "asa.tls_begins", {"interface": "outside", "address": "172.16.250.9", "port": "50091"}),
        ("725002: Device completed SSL handshake with client outside:2001:db8::9/50091 to 2001:db8::1/443 for TLSv1.2 "
         "session", "asa.tls_done", {"interface": "outside", "address": "2001:db8::9", "port": "50091"}),
        ("725014: SSL lib error. Function: SSL3_READ_BYTES Reason: sslv3 alert handshake failure", "asa.tls_error",
         {"function": "SSL3_READ_BYTES", "reason": "sslv3 alert handshake failure"}),
        ("725016: Device selects trust-point SSL for client outside:172.16.250.9/50091 to 192.0.2.1/443",
         "asa.trustpoint",
         {"trustpoint": "SSL", "interface": "outside", "address": "172.16.250.9", "port": "50091"}),
        ("717009: Certificate validation failed. Peer certificate is expired, serial number: 01AB, subject name: "
         "cn=CP-7962G-SEP8CB64F576113,o=Cisco, issuer name: cn=CAPF.", "asa.client_certificate_refused",
         {"why": "Peer certificate is expired", "serial": "01AB",
          "subject": "cn=CP-7962G-SEP8CB64F576113,o=Cisco", "issuer": "cn=CAPF"}),
        ("716039: Group <DfltGrpPolicy> User <jdoe> IP <172.16.250.9> Authentication: rejected, Session Type: WebVPN.",
         "asa.login_rejected", {"group": "DfltGrpPolicy", "user": "jdoe", "address": "172.16.250.9"}),
        ("716023: Group <VPNPhone> User <jdoe> Session could not be established: session limit of 2 reached.",
         "asa.session_limit", {"group": "VPNPhone", "user": "jdoe", "limit": "2"}),
        ("113040: Terminating the VPN connection attempt from VPNPhone. Reason: This connection is group locked to "
         "DefaultWEBVPNGroup.", "asa.group_locked", {"group": "VPNPhone", "lock": "DefaultWEBVPNGroup"}),
        ("113015: AAA user authentication Rejected : reason = Simultaneous logins exceeded : local database : user = "
         "CP-7962G-SEP8CB64F576113", "asa.policy_refused",
         {"reason": "Simultaneous logins exceeded", "user": "CP-7962G-SEP8CB64F576113"}),
        ("722020: TunnelGroup <VPNPhone> GroupPolicy <GP> User <jdoe> IP <172.16.250.9> No address available for SVC "
         "connection", "asa.no_address",
         {"group": "VPNPhone", "policy": "GP", "user": "jdoe", "address": "172.16.250.9"}),
        ("722051: Group <GP> User <jdoe> IP <172.16.250.9> IPv4 Address <10.1.1.1> IPv6 address <::> assigned to "
         "session", "asa.assigned", {"group": "GP", "user": "jdoe", "address": "172.16.250.9", "assigned": "10.1.1.1"}),
        ("113019: Group = VPNPhone, Username = jdoe, IP = 172.16.250.9, Session disconnected. Session Type: SSL, "
         "Duration: 0h:01m:02s, Bytes xmt: 10, Bytes rcv: 11, Reason: Idle Timeout", "asa.disconnected",
         {"group": "VPNPhone", "user": "jdoe", "address": "172.16.250.9", "type": "SSL", "duration": "0h:01m:02s",
          "reason": "Idle Timeout"}),
    ],
)  # fmt: skip
def test_messages_that_the_document_does_not_print(message: str, name: str, fields: dict[str, str]) -> None:
    (event,) = asa(f"%ASA-4-{message}\n").events
    assert (event.signature, event.fields) == (name, fields)


@pytest.mark.parametrize("wide", [60, 100, 131, 200, 1000])
def test_prose_round_a_wrapped_log_changes_nothing(wide: int) -> None:
    """As a terminal's 80 columns are pasted into a ticket."""
    log = hard_wrapped("".join(f"Nov 24 2026 10:19:{n:02}: %ASA-6-725006: {MESSAGE}\n" for n in range(20)))
    prose = "none of the phones connects any more since this morning " * 20
    reading = asa(f"{prose[:wide]}\n\n{log}{prose[:wide]}\n")
    assert [event.text for event in reading.events] == [MESSAGE] * 20
    assert reading.sources[0].foreign == 2
