"""Registrations: RisPort70's pages, the newest entry of each device."""

from __future__ import annotations

from datetime import UTC, datetime

from ...model import Registration
from ...questions import PAGE
from ...soap import Value, children, first, shown, text
from .answer import Answers, Unknown, answers_of, listed, number

# Nodes that have nothing to tell of these devices say so; any other word means that one did not answer.
_HEARD = frozenset(("ok", "notfound"))


def parse_registrations(answers: Answers) -> tuple[Registration, ...]:
    """Newest entry first by time stamp, then the registered one. Unknown where a node or a part of a page is missing:
    a phone that is not listed counts as not registered.
    """
    phones = _phones(answers)
    if "selectCmDeviceExt" not in answers and phones == 0:
        return ()
    if phones is not None and len(answers.get("selectCmDeviceExt", ())) * PAGE < phones:
        raise Unknown("missing", f"selectCmDeviceExt: too few pages for {phones} phones (selectCmDeviceExt.NAME.xml)")
    newest: dict[str, tuple[int, bool, Registration]] = {}
    for answer in answers_of(answers, "selectCmDeviceExt"):
        for node, device in _devices(answer.value):
            name = text(device, "Name")
            if not name:
                continue
            since = _seconds(text(device, "TimeStamp"))
            status = text(device, "Status")
            entry = Registration(
                name=name,
                status=status,
                ip=_address(device),
                node=node,
                load=text(device, "ActiveLoadID"),
                since=datetime.fromtimestamp(since, UTC) if since else None,
            )
            rank = (since, status == "Registered")
            if name not in newest or rank > newest[name][:2]:
                newest[name] = (*rank, entry)
    return tuple(entry for _since, _registered, entry in newest.values())


def _phones(answers: Answers) -> int | None:
    """How many there are, None where that is not known."""
    try:
        return len(listed(answers, "listPhone", "phone"))
    except Unknown:
        return None


def _devices(value: Value) -> list[tuple[str, Value]]:
    """(node, device) of one page. CUCM 15 wraps the result, older ones do not."""
    result = first(value, "selectCmDeviceReturn", "SelectCmDeviceResult") or first(value, "SelectCmDeviceResult")
    total = number(result, "TotalDevicesFound")
    if total is None:
        raise Unknown("unreadable", "selectCmDeviceExt gives no TotalDevicesFound")
    found = []
    for node in children(first(result, "CmNodes"), "item"):
        name, code = text(node, "Name"), text(node, "ReturnCode")
        if code.lower() not in _HEARD:
            raise Unknown("incomplete", f"node {shown(name, 60)} did not tell its devices ({shown(code, 40)})")
        found += [(name, device) for device in children(first(node, "CmDevices"), "item")]
    if len(found) < total:
        raise Unknown("incomplete", f"selectCmDeviceExt found {total} devices and lists {len(found)}")
    return found


def _address(device: Value) -> str:
    """IPAddress/item/IP (the first, IPv4 before IPv6 as printed), or the flat IpAddress of old releases."""
    items = children(first(device, "IPAddress"), "item")
    return next((ip for item in items if (ip := text(item, "IP"))), "") or text(device, "IpAddress")


def _seconds(digits: str) -> int:
    """Seconds since 1970, 0 for what is no such number."""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 11 else 0
