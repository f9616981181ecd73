"""What a person is told to do in CUCM, and what stands. Pure.

The names of the fields are those of the phone page of CUCM Administration [K: they differ by model and release].
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .record import Guided, Record

_FIND = "Cisco Unified CM Administration > Device > Phone > Find {}"
_LAYOUT = "Product Specific Configuration Layout"
_APPLY = "Save, then Apply Config. The phone registers anew, and its VPN ends for that moment"


def web_on(phones: Sequence[str]) -> list[str]:
    """F-061."""
    return [
        _each(phones),
        f"  1. {_LAYOUT} > Web Access: note what stands there, then Enabled (Read Only where that is offered)",
        f"  2. {_APPLY}; a phone that does not take it needs Reset",
        "  A phone whose VPN is down gets the new setting only on site: it fetches its file through the VPN.",
        "  Meanwhile everybody who reaches the phone's address can read its pages, without a password.",
    ]


def web_off(phones: Sequence[str]) -> list[str]:
    return [
        _each(phones),
        f"  1. {_LAYOUT} > Web Access: back to what stood there (Disabled)",
        f"  2. {_APPLY}",
    ]


def span_on(phones: Sequence[str], until: datetime) -> list[str]:
    """F-063."""
    return [
        "PRIVACY: Span to PC Port copies all that the phone sends and receives to its PC port, calls too. Tell whoever "
        "uses the phone before, look at nothing but the VPN, and delete the capture when it is no longer needed.",
        _each(phones),
        f"  1. {_LAYOUT} > Span to PC Port: Enabled; PC Port must be Enabled, too",
        f"  2. {_APPLY}",
        "  3. On a PC at the phone's PC port: Wireshark, promiscuous mode, capture filter `host <address of the ASA>`",
        f"  4. Off again before {until:%Y-%m-%d %H:%M} UTC",
    ]


def span_off(phones: Sequence[str]) -> list[str]:
    return [
        _each(phones),
        f"  1. {_LAYOUT} > Span to PC Port: Disabled (and PC Port as it was)",
        f"  2. {_APPLY}",
        "  3. Stop the capture; delete it when it is no longer needed",
    ]


def _each(phones: Sequence[str]) -> str:
    return f"For {'each of ' if len(phones) > 1 else ''}{', '.join(phones)}: {_FIND.format('the phone')}"


def sentence(record: Record) -> str:
    """What is typed before Span to PC Port is switched on."""
    until = record.until or record.begun
    return f"SPAN ON {' '.join(phone.phone for phone in record.phones)} UNTIL {until:%H:%M} UTC"


def off_sentence(record: Record) -> str:
    """What is typed once it is off; nothing else can tell it."""
    return f"SPAN OFF {' '.join(phone.phone for phone in record.phones)}"


def says(typed: str, sentence: str) -> bool:
    return " ".join(typed.upper().split()) == sentence


def standing(record: Record) -> list[str]:
    """One line a phone."""
    return [f"{phone.phone}: {_web(phone)}" for phone in record.phones] if record.what == "web" else _span(record)


def _web(phone: Guided) -> str:
    why = f" ({phone.detail})" if phone.detail else ""
    if not phone.ours:
        return "its page was open before; leave it as it is"
    if phone.closed:
        return "its page is closed again"
    if phone.now == "open":
        return "its page is open"
    if phone.opened:
        return f"its page was open; whether it is closed is not known{why}"
    if phone.now == "refused":
        return f"its page is closed{why}"
    return f"its page says nothing{why}"


def _span(record: Record) -> list[str]:
    lines = []
    for phone in record.phones:
        if phone.closed:
            lines.append(f"{phone.phone}: Span to PC Port is off, says {record.by}")
        elif phone.opened:
            lines.append(f"{phone.phone}: SPAN TO PC PORT IS ON, until {record.until or phone.opened:%H:%M} UTC")
        else:
            lines.append(f"{phone.phone}: not switched on")
    return lines
