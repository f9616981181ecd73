"""US export mode, in three states (F-005): restricted is never concluded from the absence of a word."""

from __future__ import annotations

import re

from ...model import ExportMode
from ...soap import shown
from .answer import Answers, Unknown, answers_of, listed

_UNRESTRICTED = re.compile(r"unrestricted|UNRST", re.IGNORECASE)
# No sample of the line is known [?]: the phrase as the guides call it, not a word somewhere in a file's name.
_RESTRICTED = re.compile(r"\bexport[ -]restricted\b", re.IGNORECASE)


def parse_export_mode(answers: Answers, given: str) -> ExportMode:
    """From `show version active`, then from what the operator gives ("restricted", "unrestricted" or "").

    That VPN objects can be read by AXL is an indication only. Unknown where nothing at all was heard.
    """
    seen: list[str] = []
    mode = "unknown"
    refused: Unknown | None = None
    try:
        told = answers_of(answers, "show_version_active")[0].value
        lines = told.splitlines() if isinstance(told, str) else []
        for line in lines:
            if _UNRESTRICTED.search(line):
                mode = "unrestricted"
            elif _RESTRICTED.search(line) and mode == "unknown":
                mode = "restricted"
            else:
                continue
            seen.append(f"show version active: {shown(line)}")
        if not seen:
            first = next((shown(line) for line in lines if line.strip()), "(nothing)")
            seen.append(f"show version active: {first} (no word of the export mode)")
    except Unknown as unknown:
        refused = unknown
    if given:
        seen.append(f"given by the inventory: {given}")
        # What the system says of itself is stronger than what somebody remembers.
        mode = given if mode == "unknown" else mode
    try:
        count = len(listed(answers, "listVpnGateway", "vpnGateway"))
        seen.append(f"AXL reads VPN gateways ({count}); an indication, no proof")
    except Unknown:
        pass
    if refused is not None and not seen:
        raise refused
    match mode:
        case "restricted" | "unrestricted":
            return ExportMode(mode=mode, seen=tuple(seen))
    return ExportMode(mode="unknown", seen=tuple(seen))
