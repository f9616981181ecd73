"""Lines of a phone's console log that always come together, as Cisco document 116162 prints them (F-016, F-062).

(level, text) each; the process is VPNC. What the document does not print is marked [K].
"""

from __future__ import annotations

from collections.abc import Sequence

Lines = list[tuple[str, str]]

_UNKNOWN_CA = ("37 [SslAlertSrvrCert]", "[alert: Unknown CA (server cert)]")
# [K] besides the first: code and text of other failures.
_NOTIFY = {"pin": _UNKNOWN_CA, "host-id": _UNKNOWN_CA}
_OTHER = ("36 [LoginFailed]", "[login failed]")


def begins(url: str) -> Lines:
    """[K] The document has only the end of an attempt; the states that it ends from are these."""
    return [
        ("NOT", f"vpn_start: activating vpn, url <{url}>"),
        ("NOT", "vpn_set_active: de-activated -> activated"),
        ("NOT", "set_login_state: LOGIN: 0 (IDLE) --> 1 (TRYING)"),
        ("NOT", "set_login_state: VPNC : 0 (Idle) --> 1 (LoggingIn)"),
    ]


def unanswered(own: str, host: str, port: int) -> Lines:
    """Nobody accepts the TCP connection. [K] but for the last line; the form is that of udp_connect."""
    return [
        ("NOT", f"tcp_connect: binding sock to eth0 IP {own}"),
        ("NOT", f"tcp_connect: connecting to {host}:{port}"),
        ("ERR", "create_ssl_connection: tcp_connect failed"),
        ("ERR", "do_login: create_ssl_connection failed"),
    ]


def logged_in() -> Lines:
    """[K]"""
    return [
        ("NOT", "process_login: login code: 200 (success)"),
        ("NOT", "set_login_state: LOGIN: 1 (TRYING) --> 2 (SUCCESS)"),
        ("NOT", "set_login_state: VPNC : 1 (LoggingIn) --> 2 (LoggedIn)"),
    ]


def connected(*, dtls: bool) -> Lines:
    """[K] The counterpart of the document's `connect : err: SSL success DTLS fail`: the tunnel stands."""
    return [("NOT", f"protocol_handler: connect : SSL success DTLS {'success' if dtls else 'off'}")]


def tunnel_failed() -> Lines:
    """[K] The login was good, the tunnel did not come about."""
    return [
        ("NOT", "vpn_stop: de-activating vpn"),
        ("NOT", "vpn_set_active: activated -> de-activated"),
        ("NOT", "set_login_state: LOGIN: 2 (SUCCESS) --> 0 (IDLE)"),
        ("NOT", "set_login_state: VPNC : 2 (LoggedIn) --> 0 (Idle)"),
    ]


def certificate_refused(spoken: str) -> Lines:
    return [
        ("ERR", f"ssl_state_cb: {spoken}: write: alert: fatal:unknown CA"),
        ("ERR", "alert_err: SSL write alert: code 48, unknown CA"),
        *_no_connection(),
        (
            "ERR",
            "SSL: SSL_connect: error:14090086:SSL routines:SSL3_GET_SERVER_CERTIFICATE:certificate verify failed",
        ),
        *_no_login(),
    ]


def handshake_failed(spoken: str, alert: str, code: int, *, received: bool) -> Lines:
    """alert "": the handshake ended without one. [K] but for the form of the alert's lines."""
    way = "read" if received else "write"
    said: Lines = [
        ("ERR", f"ssl_state_cb: {spoken}: {way}: alert: fatal:{alert}"),
        ("ERR", f"alert_err: SSL {way} alert: code {code}, {alert}"),
    ]
    return [*(said if alert else []), *_no_connection(), *_no_login()]


def _no_connection() -> Lines:
    return [
        ("ERR", "create_ssl_connection: SSL_connect ret -1 error 1"),
        ("ERR", "SSL: SSL_connect: SSL_ERROR_SSL (error 1)"),
    ]


def _no_login() -> Lines:
    return [
        ("ERR", "create_ssl_connection: SSL setup failure"),
        ("ERR", "do_login: create_ssl_connection failed"),
    ]


def login_failed(reason: str) -> Lines:
    code, text = _NOTIFY.get(reason, _OTHER)
    return [
        ("NOT", "vpn_stop: de-activating vpn"),
        ("NOT", "vpn_set_auto: auto -> auto"),
        ("NOT", "vpn_set_active: activated -> de-activated"),
        ("NOT", "set_login_state: LOGIN: 1 (TRYING) --> 3 (FAILED)"),
        ("NOT", "set_login_state: VPNC : 1 (LoggingIn) --> 3 (LoginFailed)"),
        ("NOT", "vpnc_send_notify: notify type: 1 [LoginFailed]"),
        ("NOT", f"vpnc_send_notify: notify code: {code}"),
        ("NOT", f"vpnc_send_notify: notify desc: {text}"),
        ("NOT", "vpnc_send_notify: sending signal 28 w/ value 13 to pid 14"),
        ("ERR", "protocol_handler: login failed"),
    ]


def redirected(location: str) -> Lines:
    return [
        ("NOT", "process_login: login code: 302 (redirected)"),
        ("NOT", "process_login: redirection indicated"),
        ("NOT", f"process_login: new 'Location': /{location.split('/', 3)[-1]}"),
        ("NOT", f"set_redirect_url: new URL <{location}>"),
    ]


def dtls_begins(own: str, peer: str, suites: Sequence[str]) -> Lines:
    """`getsockname failed` is noise that the document has too."""
    return [
        ("NOT", text)
        for text in (
            "protocol_handler: connect: do_dtls_connect",
            "do_dtls_connect: udp_connect",
            "udp_connect: getsockname failed",
            f"udp_connect: binding sock to eth0 IP {own}",
            "udp_connect: getsockname failed",
            f"udp_connect: connecting to {peer}:443",
            f"udp_connect: connected to {peer}:443",
            "do_dtls_connect: create_dtls_connection",
            f"create_dtls_connection: cipher list: {':'.join(suites)}",
            "create_dtls_connection: calling SSL_connect in non-block mode",
            "dtls_state_cb: DTLS: SSL_connect: before/connect initialization",
            "dtls_state_cb: DTLS: SSL_connect: SSLv3 write client hello A",
            "dtls_state_cb: DTLS: SSL_connect: DTLS1 read hello verify request A",
            "dtls_state_cb: DTLS: SSL_connect: SSLv3 write client hello A",
            "dtls_state_cb: DTLS: SSL_connect: SSLv3 flush data",
        )
    ]


def dtls_fails() -> Lines:
    error = "DTLS: SSL_connect: error:140920C5:SSL routines:SSL3_GET_SERVER_HELLO:old session cipher not returned"
    return [
        ("ERR", text)
        for text in (
            "dtls_state_cb: DTLS: write: alert: fatal:illegal parameter",
            "vpnc_set_notify_netsd : cmd: 0x5 event: 0x40000 status: 0x0 error: 0x0",
            "alert_err: DTLS write alert: code 47, illegal parameter",
            "create_dtls_connection: SSL_connect ret -1, error 1",
            "DTLS: SSL_connect: SSL_ERROR_SSL (error 1)",
            error,
            "create_dtls_connection: DTLS setup failure, cleanup",
            "do_dtls_connect: create_dtls_connection failed",
            "protocol_handler: connect: do_dtls_connect failed",
            "protocol_handler: connect : err: SSL success DTLS fail",
        )
    ]
