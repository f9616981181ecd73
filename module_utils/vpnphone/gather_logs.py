"""Logs where they are: the buffer of an ASA, and the console logs and status messages of phones.

Joins transport and parse, as gather.py and gather_phones.py do. What a device does not give is a Fact, with what to do.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Protocol

from .errors import DeviceRefused, VpnPhoneError
from .gather_web import Got, page_of, status_page
from .parse.answer import shown
from .parse.phone_web import page_text, parse_console_links, parse_owner, parse_status_lines
from .parse.show_logging import parse_logging_settings
from .redact import redact_log
from .refusal import refusal_of
from .rundir import LogFact
from .transport.https import Limits, Reply
from .transport.phone_web import PORT, Family, PhonePages, split_address

COMMAND = "show logging"
# A file of a phone has some hundred kilobytes; the page of a hostile one may link to anything.
FILE_LIMITS = Limits(connect=3, read=5, total=60, size=4 * 1024 * 1024)
MAX_FILES = 20
# For all files of one phone, in seconds.
PATIENCE = 300.0
STATUS_FILE = "status_messages.txt"
_GZIP = b"\x1f\x8b"
_COLLECT = "ansible-playbook playbooks/diagnose/collect_asa.yml --limit {} --check"
_WEB = "ansible-playbook playbooks/diagnose/phone_web.yml -e vpnphone_phones={}"
_BY_HAND = (
    "from a PC in the phone's own network open its address in a browser, save every file of Console Logs and the page "
    "Status Messages, and read them with -e vpnphone_logs=DIR"
)


class Session(Protocol):
    """What is needed of a session (transport.asa.AsaSession)."""

    def run(self, command: str) -> str: ...


class LogPages(Protocol):
    """One phone's web server (transport.phone_web.PhonePages)."""

    def get(self, path: str, limits: Limits | None = None) -> Reply: ...


class Fetched(NamedTuple):
    """files: name and text of each, secrets out; facts: what there is to know of what was and was not read."""

    files: tuple[tuple[str, str], ...] = ()
    facts: tuple[LogFact, ...] = ()


# --- an ASA ---------------------------------------------------------------------------------------------------------


def fetch_asa(session: Session, name: str) -> Fetched:
    """The log buffer, settings above it. DeviceRefused command_refused where the account may not see it."""
    text = session.run(COMMAND)
    refusal = refusal_of(text)
    if refusal is not None:
        raise DeviceRefused(
            f"the device refused `{COMMAND}`: {shown(refusal)}.",
            where=name,
            todo="Let the AAA command set of this account permit `show logging`.",
            code="command_refused",
        )
    return Fetched(((COMMAND, redact_log(text.rstrip("\n") + "\n")),), _of_settings(text, name))


def _of_settings(text: str, name: str) -> tuple[LogFact, ...]:
    settings = parse_logging_settings(text)
    todo = f"`{_COLLECT.format(name)}` shows how it is switched on for a while, and back (F-060)."
    what = ""
    if settings.enabled is False or settings.level == -1:
        what = "its log buffer is off, so that nothing of the phones is in it."
    elif settings.level is not None and settings.level < 7:
        what = (
            f"its buffer keeps messages up to level {settings.level}: cipher lists, alerts and DAP attributes are of "
            "level 7 and are not there."
        )
    return (LogFact(device=name, what=what, todo=todo),) if what else ()


# --- phones ---------------------------------------------------------------------------------------------------------

Opened = Callable[[str, str], contextlib.AbstractContextManager[LogPages]]


def fetch_phones(
    names: Sequence[str], addresses: Mapping[str, str], *, parallel: int, opened: Opened = PhonePages
) -> dict[str, Fetched]:
    """Each phone by name; addresses: `host:port`. Never an exception for what a phone does; BadInput for no address."""
    for phone, address in addresses.items():
        split_address(address, PORT, phone)

    def one(phone: str) -> Fetched:
        if phone not in addresses:
            return Fetched(facts=(_no_address(phone),))
        with opened(phone, addresses[phone]) as pages:
            return fetch_phone(pages, phone, addresses[phone])

    with ThreadPoolExecutor(max_workers=max(1, min(parallel, len(names))), thread_name_prefix="logs") as pool:
        return dict(zip(names, pool.map(one, names), strict=True))


def fetch_phone(pages: LogPages, phone: str, address: str) -> Fetched:
    """All console logs that the phone's page links to, then its status messages."""
    family, status = status_page(pages, parse_status_lines)
    if status.gone:
        return Fetched(facts=(_gone(phone, address, status.code, status.source.detail),))
    owner = page_of(pages, family.device, parse_owner).value or ""
    if owner and owner != phone:
        what = f"at {address} answers another phone, {owner}: nothing of it was taken."
        todo = f"Correct the address of {phone} in vpnphone_phone_web_addresses; has the phone another one by now?"
        return Fetched(facts=(LogFact(device=phone, what=what, todo=todo),))
    facts: list[LogFact] = []
    if not owner:
        todo = "Look at its Device Information page."
        facts.append(LogFact(device=phone, what=f"the pages at {address} do not say whose they are.", todo=todo))
    files = _console(pages, family, phone, facts)
    if status.value:
        files[STATUS_FILE] = "".join(f"{line}\n" for line in ("Status Messages", *status.value))
    elif status.value is None:
        facts.append(_unread(phone, "status messages", status))
    return Fetched(tuple((name, redact_log(text)) for name, text in files.items()), tuple(facts))


def _console(pages: LogPages, family: Family, phone: str, facts: list[LogFact]) -> dict[str, str]:
    """Name -> text, in the page's order. Looked at twice: the phone may begin a new file meanwhile."""
    found: dict[str, str] = {}
    tried: dict[str, str] = {}
    deadline = time.monotonic() + PATIENCE
    for _look in range(2):
        page = page_of(pages, family.console, parse_console_links)
        if page.value is None:
            if not tried:
                facts.append(_unread(phone, "console logs", page))
            break
        for path in page.value:
            if path in tried:
                continue
            if len(tried) >= MAX_FILES or time.monotonic() > deadline:
                tried[path] = "there were too many before it, or they took too long."
                continue
            tried[path] = _one(pages, path, found)
    for path, why in tried.items():
        if why:
            todo = "Run again, or save that file with a browser."
            facts.append(LogFact(device=phone, what=f"its file {path} was not read: {why}", todo=todo))
    return found


def _one(pages: LogPages, path: str, found: dict[str, str]) -> str:
    """Why the file was not read, "" where it was; an empty one holds nothing to keep."""
    try:
        body = pages.get(path, FILE_LIMITS).body
    except VpnPhoneError as error:
        return error.what
    if body.startswith(_GZIP):
        return "it is compressed."
    text = page_text(body)
    if text.strip():
        name = path.rpartition("/")[2]
        taken = name in found or name == STATUS_FILE
        found[path.removeprefix("/FS/").replace("/", "_") if taken else name] = text
    return ""


def _no_address(phone: str) -> LogFact:
    what = "nothing was read of it: the cluster has no address where it is registered now."
    todo = f"Give it in vpnphone_phone_web_addresses ({phone}: 192.0.2.7); or {_BY_HAND}."
    return LogFact(device=phone, what=what, todo=todo, unknown=True)


def _gone(phone: str, address: str, code: str, detail: str) -> LogFact:
    if code == "connection_refused":
        what = f"its web access is off, or {address} is not the phone: {detail}"
        todo = (
            f"In CUCM, Device > Phone > {phone}: Web Access Enabled, Save, Apply Config, which ends its VPN; then run "
            f"again, and put it back (F-061): `{_WEB.format(phone)}` leads through it."
        )
    else:
        what = f"nobody answers at {address}: {detail}"
        todo = f"A phone without VPN is seldom reached from here: {_BY_HAND}."
    return LogFact(device=phone, what=what, todo=todo)


def _unread(phone: str, what: str, page: Got[tuple[str, ...]]) -> LogFact:
    detail = page.source.detail.rstrip(".")
    todo = f"Open {page.source.command.removeprefix('GET ')} of the phone with a browser, and save what is there."
    return LogFact(device=phone, what=f"its {what} were not read: {detail}.", todo=todo)
