"""Answers to the state of one cluster. Pure: no file, no network, and never an exception for what CUCM said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from ...model import CucmState, Source
from ...soap import shown, text
from .answer import Answers, Unknown, rows_of
from .export import parse_export_mode
from .phones import parse_phone_certificates, parse_phones
from .ris import parse_registrations
from .trust import parse_trust, parse_trust_files
from .vpn import parse_common_profiles, parse_gateways, parse_groups, parse_profiles, parse_version

# The table of nodes also has a row that stands for all of them.
_NO_NODE = "EnterpriseWideData"


def _tftp_nodes(answers: Answers) -> tuple[str, ...]:
    """Names of the nodes on which the TFTP service is active."""
    names = (text(row, "name") for row in rows_of(answers, "executeSQLQuery.tftp"))
    return tuple(dict.fromkeys(name for name in names if name and name != _NO_NODE))


# Section of CucmState -> what is asked for it, and its parser.
_SECTIONS: dict[str, tuple[str, Callable[[Answers], Any]]] = {
    "version": ("getCCMVersion", parse_version),
    "gateways": ("listVpnGateway, getVpnGateway", parse_gateways),
    "groups": ("listVpnGroup, getVpnGroup", parse_groups),
    "profiles": ("listVpnProfile, getVpnProfile", parse_profiles),
    "common_profiles": ("listCommonPhoneConfig, getCommonPhoneConfig", parse_common_profiles),
    "phones": ("listPhone", parse_phones),
    "registrations": ("selectCmDeviceExt", parse_registrations),
    "trust_files": ("show cert list trust", parse_trust_files),
    "tftp_nodes": ("executeSQLQuery (processnodeservice)", _tftp_nodes),
}


def build_cluster(
    device: str,
    origin: Literal["live", "saved"],
    answers: Answers,
    gathered_at: datetime | None,
    *,
    export_mode: str = "",
) -> CucmState:
    """Parse all answers; sources has an entry for every section, and one for phone_certificates: without it each
    phone's certificate is unknown. export_mode: what the operator gives.
    """
    values: dict[str, Any] = {}
    sources: dict[str, Source] = {}
    for section, (command, parser) in _SECTIONS.items():
        values[section], sources[section] = _read(command, parser, answers)
    values["export_mode"], sources["export_mode"] = _read(
        "show version active", lambda told: parse_export_mode(told, export_mode), answers
    )
    trust, sources["trust"] = _read("executeSQLQuery (certificate)", parse_trust, answers)
    if trust is not None:
        values["trust"], told_by = trust
        sources["trust"] = Source(command=told_by, status="ok")
    _certificates, sources["phone_certificates"] = _read("executeSQLQuery (device)", parse_phone_certificates, answers)
    return CucmState(device=device, origin=origin, gathered_at=gathered_at, sources=sources, **values)


def _read(command: str, parser: Callable[[Answers], Any], answers: Answers) -> tuple[Any, Source]:
    """What the parser gives, or None and why. A fault of a parser costs its section, not the run."""
    try:
        return parser(answers), Source(command=command, status="ok")
    except Unknown as unknown:
        return None, Source(command=command, status=unknown.status, detail=shown(str(unknown), 300))
    except Exception as error:
        detail = f"the parser failed ({type(error).__name__})"
        return None, Source(command=command, status="unreadable", detail=detail)
