"""Which parser reads the answer of which section's command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .basics import parse_aaa_servers, parse_interfaces, parse_load_balancing, parse_ntp_servers
from .certificate_chain import parse_certificate_chain
from .certificates import parse_certificates
from .crypto import parse_trustpoints
from .dap import parse_dap_records, parse_dap_xml
from .policies import parse_default_group_policy, parse_group_policies, parse_tunnel_groups, parse_usernames
from .result import Parsed
from .sessions import parse_session_summary, parse_sessions
from .show import parse_clock, parse_context_names, parse_failover, parse_mode, parse_version
from .ssl import parse_ssl, parse_ssl_status, parse_ssl_suites, parse_startup_trust_points
from .webvpn import parse_webvpn

# Parsed[Any]: each value has the type of the attribute of AsaState that the section names.
PARSERS: dict[str, Callable[[str], Parsed[Any]]] = {
    "version": parse_version,
    "mode": parse_mode,
    "failover": parse_failover,
    "ssl": parse_ssl,
    "ssl_status": parse_ssl_status,
    "ssl_suites": parse_ssl_suites,
    "webvpn": parse_webvpn,
    "group_policies": parse_group_policies,
    "default_group_policy": parse_default_group_policy,
    "tunnel_groups": parse_tunnel_groups,
    "usernames": parse_usernames,
    "dap_records": parse_dap_records,
    "dap_xml": parse_dap_xml,
    "certificates": parse_certificates,
    "trustpoints": parse_trustpoints,
    "certificate_chain": parse_certificate_chain,
    "load_balancing": parse_load_balancing,
    "interfaces": parse_interfaces,
    "aaa_servers": parse_aaa_servers,
    "ntp_servers": parse_ntp_servers,
    "session_summary": parse_session_summary,
    "sessions": parse_sessions,
    "mate_certificates": parse_certificates,
    "startup_trust_points": parse_startup_trust_points,
    "context_names": parse_context_names,
    "clock": parse_clock,
}
