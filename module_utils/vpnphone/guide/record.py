"""What a person switched on for phones, and whether it was put back. The file is private and of one run.

<run>/guide/<web|span>-<cluster>.json
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from msgspec.structs import replace

from ..errors import BadInput
from ..files import Damaged, file_stem, private_directory, read_json, write_private
from ..model import Model
from ..rundir import own_directory
from ..transport.node_files import PHONE_NAME

What = Literal["web", "span"]
# Of a page: open (the phone itself answers), refused (its address does, with a no), silent (nothing can be said).
Page = Literal["open", "refused", "silent"]
FOLDER = "guide"
_MAX_FILE = 1024 * 1024
# A person does each of them by hand.
MAX_PHONES = 50


class Guided(Model, frozen=True, kw_only=True):
    """One phone. before, now: its page at first and when it was looked at last ("silent" for span: nobody looks).

    opened: since when it is known to be on; closed: when it was seen, or said, to be as before.
    """

    phone: str
    before: Page = "silent"
    now: Page = "silent"
    detail: str = ""
    opened: datetime | None = None
    closed: datetime | None = None

    @property
    def ours(self) -> bool:
        """A page that was open at first is nobody's to close."""
        return self.before != "open"


class Record(Model, frozen=True, kw_only=True):
    """by: who said that it may be; until: when it was to be off again (span)."""

    what: What
    name: str
    run: str
    begun: datetime
    phones: tuple[Guided, ...]
    by: str = ""
    until: datetime | None = None

    @property
    def left(self) -> tuple[Guided, ...]:
        """On by us, and not known to be off."""
        return tuple(phone for phone in self.phones if phone.ours and phone.opened and not phone.closed)


def seen(phone: Guided, page: Page, detail: str, now: datetime, *, closing: bool) -> Guided:
    """What one more look at its page says. Only a refusal proves that a page is closed: a phone may be off."""
    phone = replace(phone, now=page, detail=detail)
    if page == "open":
        return replace(phone, opened=phone.opened or now, closed=None)
    if closing and page == "refused":
        return replace(phone, closed=phone.closed or now)
    return phone


def record_file(run_dir: Path, what: What, name: str) -> Path:
    """Its directory is made where it is missing."""
    return private_directory(own_directory(run_dir) / FOLDER) / f"{what}-{file_stem(name)}.json"


def write_record(path: Path, record: Record) -> None:
    write_private(path, msgspec.json.encode(record), durable=True)


def read_record(path: Path) -> Record | None:
    """None where the run has none. BadInput guide_unreadable."""
    try:
        return read_json(path, Record, _MAX_FILE)
    except Damaged as error:
        raise BadInput(
            f"the record of what is switched on cannot be read ({error}).",
            where=str(path),
            todo="Look in CUCM at the phones that were named, then take the file away.",
            code="guide_unreadable",
        ) from error


def phone_names(given: Sequence[str], where: str, most: int = MAX_PHONES) -> tuple[str, ...]:
    """BadInput for what is no phone, for none and for too many."""
    phones = tuple(dict.fromkeys(phone.strip().upper() for phone in given if phone.strip()))
    wrong = next((phone for phone in phones if not PHONE_NAME.fullmatch(phone)), None)
    if wrong is not None:
        raise BadInput(
            f"{wrong[:80]!r} is no name of a phone.",
            where=where,
            todo="Expected SEP and the twelve hex digits of the MAC; several with commas between.",
        )
    if not 0 < len(phones) <= most:
        raise BadInput(
            f"{len(phones)} phones are named; expected 1 to {most}.",
            where=where,
            todo="Name them in vpnphone_phones.",
        )
    return phones
