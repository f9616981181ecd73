"""Does a phone's own page answer, and is it that phone's?"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from ..errors import VpnPhoneError
from ..gather_web import Pages
from ..parse.phone_web import page_text, parse_owner
from ..parse.result import Unreadable
from ..transport.phone_web import FAMILIES, PORT, PhonePages, split_address
from .record import Page

_PARALLEL = 16
NO_ADDRESS = "where it is registered now is not known"


class Seen(NamedTuple):
    """detail: why, in words; "" where the phone itself answers."""

    page: Page
    detail: str = ""


Opened = Callable[[str, str], contextlib.AbstractContextManager[Pages]]


def look_at(phones: Sequence[str], addresses: Mapping[str, str], opened: Opened = PhonePages) -> dict[str, Seen]:
    """All of them, concurrently. Never an exception for what a phone does; BadInput for what is no address."""
    for phone, address in addresses.items():
        split_address(address, PORT, phone)

    def one(phone: str) -> Seen:
        if phone not in addresses:
            return Seen("silent", NO_ADDRESS)
        with opened(phone, addresses[phone]) as pages:
            return look(pages, phone)

    with ThreadPoolExecutor(max_workers=max(1, min(_PARALLEL, len(phones))), thread_name_prefix="pages") as pool:
        return dict(zip(phones, pool.map(one, phones), strict=True))


def look(pages: Pages, phone: str) -> Seen:
    """One phone, by the page that names it. Another device that answers at its address says nothing of it."""
    detail = ""
    for family in FAMILIES:
        try:
            owner = parse_owner(page_text(pages.get(family.device).body))
        except Unreadable as error:
            detail = str(error)
            continue
        except VpnPhoneError as error:
            detail = error.what
            if error.code == "connection_refused":
                return Seen("refused", detail)
            if error.unreachable and error.code in ("timeout_connect", "timeout_command", "name_unknown"):
                return Seen("silent", detail)
            continue
        if owner:
            return Seen("open") if owner == phone else Seen("silent", f"another phone answers there: {owner}")
        detail = "the page does not say whose it is"
    return Seen("silent", detail)
