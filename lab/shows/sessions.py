"""show vpn-sessiondb and show vpn load-balancing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ..headend.session import LiveSession, encryption, hashing
from ..release import ANYCONNECT_WORDS
from ..scenario import SessionSpec, duration
from .base import Env, Show, join

_RULE = "-" * 75
_NONE = "INFO: There are presently no active sessions of the type specified"
_PHONE_CLIENT = "Cisco SVC IPPhone Client v1.0 (1.0)"
_PC_CLIENT = "AnyConnect Windows 4.10.07061"


def _peaks(env: Env) -> tuple[int, int, int]:
    """Active, cumulative, peak concurrent sessions."""
    active = len(env.context.sessions)
    spec = env.device.spec
    return active, max(spec.sessions_cumulative, active), max(spec.sessions_peak, active)


def summary(env: Env) -> str:
    """Layout of 8.4+, or the older one."""
    active, cumulative, peak = _peaks(env)
    if env.device.release < ANYCONNECT_WORDS:
        return join(
            [
                "Active Session Summary",
                "",
                "Sessions:",
                "                           Active : Cumulative : Peak Concurrent : Inactive",
                f"  SSL VPN               : {active:7} : {cumulative:10} : {peak:15}",
                f"    Clientless only     : {0:7} : {0:10} : {0:15}",
                f"    With client         : {active:7} : {cumulative:10} : {peak:15} : {0:8}",
                f"  Email Proxy           : {0:7} : {0:10} : {0:15}",
                f"  IPsec LAN-to-LAN      : {0:7} : {0:10} : {0:15}",
                f"  IPsec Remote Access   : {0:7} : {0:10} : {0:15}",
                f"  VPN Load Balancing    : {0:7} : {0:10} : {0:15}",
                f"  Totals                : {active:7} : {cumulative:10}",
            ]
        )
    capacity = 750
    lines = [
        _RULE,
        f"{'VPN Session Summary':<75}",
        _RULE,
        "                               Active : Cumulative : Peak Concur : Inactive",
        "                             " + "-" * 46,
        f"AnyConnect Client            : {active:6} : {cumulative:10} : {peak:11} : {0:8}",
        f"  SSL/TLS/DTLS               : {active:6} : {cumulative:10} : {peak:11} : {0:8}",
        f"Clientless VPN               : {0:6} : {0:10} : {0:11}",
        f"  Browser                    : {0:6} : {0:10} : {0:11}",
        _RULE,
        f"Total Active and Inactive    : {active:6}             Total Cumulative : {cumulative:6}",
        f"Device Total VPN Capacity    : {capacity:6}",
        f"Device Load                  : {100 * active // capacity:5}%",
        _RULE,
        "",
        _RULE,
        f"{'Tunnels Summary':<75}",
        _RULE,
        "                               Active : Cumulative : Peak Concurrent   ",
        "                             " + "-" * 46,
    ]
    for tunnel in ("AnyConnect-Parent", "SSL-Tunnel", "DTLS-Tunnel"):
        lines.append(f"{tunnel:<29}: {active:6} : {cumulative:10} : {peak:15}")
    lines += [_RULE, f"{'Totals':<29}: {3 * active:6} : {3 * cumulative:10}", _RULE]
    return join(lines)


def _pair(left: str, left_value: str, right: str, right_value: str) -> list[str]:
    """Two fields on a line; a value too long for its column sends the second one to the next line [K]."""
    if len(left_value) > 22:
        return [f"{left:<13}: {left_value}", f"{right:<13}: {right_value}"]
    return [f"{left:<13}: {left_value:<22} {right:<13}: {right_value}"]


def _dtls(what: str, there: bool) -> str:
    return f"  DTLS-Tunnel: (1){what}" if there else ""


def _session(env: Env, index: int, session: SessionSpec) -> list[str]:
    phone = session.kind == "phone"
    tls, digest = ("AES128", "SHA1") if phone else ("AES-GCM-256", "SHA384")
    with_dtls, span = True, duration(session.duration)
    if isinstance(session, LiveSession):
        tls, digest, with_dtls = encryption(session.suite), hashing(session.suite), session.dtls
        span = datetime.now(UTC) - session.began
    licence = "AnyConnect Premium, AnyConnect for Cisco VPN Phone" if phone else "AnyConnect Premium"
    began = env.device.now() - span
    hours, rest = divmod(int(span / timedelta(seconds=1)), 3600)
    new = env.device.release >= ANYCONNECT_WORDS
    protocol = f"{'AnyConnect-Parent' if new else 'Clientless'} SSL-Tunnel{' DTLS-Tunnel' if with_dtls else ''}"
    lines = _pair("Username", session.user, "Index", str(index))
    lines += _pair("Assigned IP", session.assigned_ip, "Public IP", session.public_ip)
    lines += [f"Protocol     : {protocol}", f"License      : {licence if new else 'SSL VPN'}"]
    if new:
        lines += [
            f"Encryption   : AnyConnect-Parent: (1)none  SSL-Tunnel: (1){tls}{_dtls(tls, with_dtls)}",
            f"Hashing      : AnyConnect-Parent: (1)none  SSL-Tunnel: (1){digest}{_dtls(digest, with_dtls)}",
        ]
    else:
        lines += _pair("Encryption", tls, "Hashing", digest)
    lines += _pair("Bytes Tx", str(91 * (index + 127)), "Bytes Rx", str(43 * (index + 119)))
    lines += _pair("Group Policy", session.group_policy, "Tunnel Group", session.tunnel_group)
    lines += [
        f"Login Time   : {env.device.stamp(began, '%H:%M:%S {zone} %a %b {day} %Y')}",
        f"Duration     : {hours}h:{rest // 60:02}m:{rest % 60:02}s",
        "Inactivity   : 0h:00m:00s",
    ]
    if not new:
        lines.append("NAC Result   : Unknown")
    lines += _pair("VLAN Mapping", "N/A", "VLAN", "none")
    if new:
        lines += [f"Audt Sess ID : c0a8011400{index:04x}0005cb2f0a3d", "Security Grp : none  "]
    return [*lines, ""]


def anyconnect(env: Env) -> str:
    """The sessions, also `filter name X` or `filter tunnel-group X`; `detail` adds the client."""
    words = list(env.values)
    sessions = list(env.context.sessions)
    if "filter" in words:
        what, wanted = words[words.index("filter") + 1 :][:2]
        field = {"name": "user", "tunnel-group": "tunnel_group", "group-policy": "group_policy"}[what]
        sessions = [session for session in sessions if getattr(session, field) == wanted]
    if not sessions:
        return _NONE + "\n"
    detail = "detail" in words
    old = env.device.release < ANYCONNECT_WORDS
    title = "SVC" if old else "AnyConnect"
    lines = ["", f"Session Type: {title}{' Detailed' if detail else ''}", ""]
    for session in sessions:
        block = _session(env, env.context.index_of(session), session)
        if detail:
            client = session.client or (_PHONE_CLIENT if session.kind == "phone" else _PC_CLIENT)
            block[-1:] = [f"  Client Type  : {'SSL VPN Client'}", f"  Client Ver   : {client}", ""]
        lines += block
    return join(lines)


def load_balancing(env: Env) -> str:
    """show vpn load-balancing: the table of one device [K beyond the first row]."""
    block = next((node for node in env.context.running if node.text == "vpn load-balancing"), None)
    lines = {child.text for child in block.children} if block else set()
    on = "participate" in lines
    address = next((line.split()[-1] for line in lines if line.startswith("cluster ip address ")), "n/a")
    row = f"{'Enabled' if on else 'Disabled':<10}{'Master' if on else 'n/a':<10}{'n/a':<10}"
    encryption = "Enabled" if "cluster encryption" in lines else "Disabled"
    return join(
        [
            "-" * 76,
            " Status   Role     Failover  Encryption  Peers  Cluster IP",
            "-" * 76,
            f" {row}{encryption:<12}{0:<7}{address}",
        ]
    )


_FILTER = "[ filter name|tunnel-group|group-policy <word> ]"
SHOWS = {
    "show vpn-sessiondb summary": Show(summary),
    "show vpn-sessiondb": Show(summary),
    f"show vpn-sessiondb anyconnect {_FILTER} {{8.4-}}": Show(anyconnect),
    f"show vpn-sessiondb detail anyconnect {_FILTER} {{8.4-}}": Show(anyconnect),
    f"show vpn-sessiondb svc {_FILTER} {{-8.3.9}}": Show(anyconnect),
    f"show vpn-sessiondb detail svc {_FILTER} {{-8.3.9}}": Show(anyconnect),
    "show vpn load-balancing": Show(load_balancing, cached=True),
}
