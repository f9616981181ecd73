"""The phones of a cluster, and which client certificate each will show (F-052 to F-054)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from ...model import CucmPhone
from ...soap import Value, text
from .answer import Answers, Unknown, listed, rows_of

# Models that have a MIC: those that can do VPN (F-054, lists of the feature). 7940 and 7960 have none.
_WITH_MIC = re.compile(r"Cisco (?:79(?:42|45|62|65|75)|78[0-9]{2}|8[89][0-9]{2}|99[0-9]{2})(?![0-9])")
_WITHOUT_MIC = re.compile(r"Cisco 79[46]0(?![0-9])")
# typecertificatestatus, in lower case: what CAPF did last [K]. Every other text leaves it open whether an LSC is there.
_INSTALLED = frozenset(("upgrade success",))
_NOT_INSTALLED = frozenset(("none", "delete success"))
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d))?")


class Lsc(NamedTuple):
    """What the database tells of one phone's LSC, "" and None where it does not."""

    issuer: str = ""
    valid_until: datetime | None = None
    seen: bool = False


def parse_phones(answers: Answers) -> tuple[CucmPhone, ...]:
    """listPhone, with what SQL tells of the certificates where it was answered (see parse_phone_certificates)."""
    try:
        statuses, lscs = parse_phone_certificates(answers)
    except Unknown:
        statuses, lscs = {}, {}
    found: dict[str, CucmPhone] = {}
    for phone in listed(answers, "listPhone", "phone"):
        name, model = text(phone, "name"), text(phone, "model")
        if not name:
            raise Unknown("unreadable", "listPhone has a phone without a name")
        status, lsc = statuses.get(name, ""), lscs.get(name, Lsc())
        found[name] = CucmPhone(
            name=name,
            model=model,
            common_profile=text(phone, "commonPhoneConfigName"),
            description=text(phone, "description"),
            lsc_status=status,
            lsc_issuer=lsc.issuer,
            lsc_valid_until=lsc.valid_until,
            certificate=client_certificate(model, status, lsc),
        )
    return tuple(found.values())


def client_certificate(model: str, status: str, lsc: Lsc) -> Literal["lsc", "mic", "none", "unknown"]:
    """An LSC wherever CUCM shows one (F-052), else the MIC of a model that has one.

    Unproven: that a status of "None" means that no LSC is there (another cluster may have installed one), and that a
    phone still holds the LSC that CUCM remembers (a factory reset deletes it). An operation that is pending or failed
    says nothing of what the phone had before, so it is unknown then.
    """
    if lsc.seen or status.lower() in _INSTALLED:
        return "lsc"
    if status.lower() not in _NOT_INSTALLED:
        return "unknown"
    if _WITHOUT_MIC.match(model):
        return "none"
    return "mic" if _WITH_MIC.match(model) else "unknown"


def parse_phone_certificates(answers: Answers) -> tuple[dict[str, str], dict[str, Lsc]]:
    """Phone -> certificate status, and phone -> LSC where the database has columns for it (11.5 and later [?])."""
    statuses = {
        name: text(row, "certificatestatus")
        for row in rows_of(answers, "executeSQLQuery.phones")
        if (name := text(row, "name"))
    }
    try:
        rows = rows_of(answers, "executeSQLQuery.lsc")
    except Unknown:
        rows = []
    return statuses, {name: _lsc(row) for row in rows if (name := text(row, "name"))}


def _lsc(row: Value) -> Lsc:
    """By the sense of the columns' names, which no source tells [?]."""
    issuer, valid_until = "", None
    for column in row if isinstance(row, dict) else ():
        value = text(row, column)
        dated = re.search("valid|expir|until", column)
        if "issue" in column and not dated:
            issuer = issuer or value
        elif dated and not re.search("issue|from", column):
            valid_until = valid_until or _moment(value)
    return Lsc(issuer, valid_until, bool(issuer) or valid_until is not None)


def _moment(words: str) -> datetime | None:
    """Seconds since 1970, or a date with or without time, taken for UTC; 0 is none."""
    if words.isascii() and words.isdigit() and 0 < int(words[:11]) < 10**10:
        return datetime.fromtimestamp(int(words[:11]), UTC)
    match = _DATE.match(words)
    if match is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
