"""What is known of a phone before it dials: its rows in the phone table and its own certificate (F-052 to F-055)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

from ..controls.phone_certificates import LSC, MIC, MIC_SHA2, SHA2_MODELS
from ..controls.site import PhoneModel, Site
from ..controls.site_context import AsaUnit
from ..model import X509, CucmPhone, CucmState
from .identity import same_name

# Models whose MIC is of the first manufacturing CA: those of the document and their generation.
FIRST_MODELS = ("7942", "7945", "7962", "7965", "7975")
_NUMBER = re.compile(r"[0-9]{4}")
_MAKER = re.compile(r"\bManufacturing CA$", re.IGNORECASE)
_MAKER_SHA2 = re.compile(r"\bManufacturing CA SHA2$", re.IGNORECASE)
_CAPF = re.compile(r"CAPF-", re.IGNORECASE)
_ADDRESS = re.compile(r"SEP[0-9A-F]{12}", re.IGNORECASE)
CAPF_STORES = ("CAPF", "CAPF-trust")


class Client(NamedTuple):
    """The certificate that the phone shows.

    issuers: the CA certificates that may have signed it, as CUCM holds them; sure: it is one of them. named: the
    issuer's name where CUCM tells it, else what kind of CA it is.
    """

    kind: Literal["lsc", "mic", "none", "unknown"]
    named: str = ""
    issuers: tuple[X509, ...] = ()
    sure: bool = False
    valid_until: datetime | None = None


class PhoneKind(NamedTuple):
    """All of a phone that decides how it gets in; phones of one kind share their attempts.

    user: its name in `username X attributes` of some ASA, "" where no ASA has such lines.
    """

    model: str
    rows: tuple[PhoneModel, ...]
    client: Client
    user: str = ""


def number_of(model: str) -> str:
    """The four digits of a model ("Cisco 7962", "CP-7962G" -> "7962"); "" where it has none."""
    found = _NUMBER.search(model)
    return found[0] if found else ""


def rows_of(model: str, site: Site) -> tuple[PhoneModel, ...]:
    """The rows of the phone table for a model as CUCM or a session names it; a name with all its letters goes first."""
    wanted = model.strip().upper().removeprefix("CISCO ").removeprefix("CP-")
    exact = tuple(row for row in site.phone_models if row.model.strip().upper().removeprefix("CP-") == wanted)
    number = number_of(model)
    return exact or tuple(row for row in site.phone_models if number and number_of(row.model) == number)


def mac_name(text: str) -> str:
    """SEP<MAC> within a user name, in capitals; "" where there is none."""
    found = _ADDRESS.search(text)
    return found[0].upper() if found else ""


def users_with_attributes(units: Iterable[AsaUnit]) -> dict[str, str]:
    """Phones that some ASA has `username X attributes` for: SEP<MAC> to the user name."""
    return {name: user.name for unit in units for user in unit.state.usernames or () if (name := mac_name(user.name))}


def client_of(phone: CucmPhone | None, cucm: CucmState) -> Client:
    """The phone's own certificate: an LSC whenever it has one, else the MIC of its maker (F-052, F-055)."""
    if phone is None:
        return Client("unknown")
    if phone.certificate == "lsc":
        return _lsc(phone, cucm)
    if phone.certificate == "mic":
        return _mic(phone, cucm)
    return Client(phone.certificate)


def _authorities(cucm: CucmState, *stores: str) -> tuple[X509, ...]:
    """CA certificates of these stores (of all without any), each once."""
    found = (held.x509 for held in cucm.trust or () if held.x509 is not None and (not stores or held.store in stores))
    return tuple(dict.fromkeys(found))


def _lsc(phone: CucmPhone, cucm: CucmState) -> Client:
    """Two CA certificates of one name may both be its issuer: CUCM keeps the old one beside the new."""
    authorities = _authorities(cucm, *CAPF_STORES)
    if phone.lsc_issuer:
        named = tuple(found for found in authorities if same_name(found.subject, phone.lsc_issuer))
        return Client("lsc", phone.lsc_issuer, named, bool(named), phone.lsc_valid_until)
    guessed = tuple(found for found in authorities if _CAPF.match(found.subject_cn))
    return Client("lsc", "CAPF", guessed, False, phone.lsc_valid_until)


def _mic(phone: CucmPhone, cucm: CucmState) -> Client:
    """The maker's CA by the model, where the document tells it; for other models each of them may be the one."""
    number = number_of(phone.model)
    patterns = (_MAKER, _MAKER_SHA2)
    kind = "MIC of either manufacturing CA"
    if number in SHA2_MODELS:
        patterns, kind = (_MAKER_SHA2, _MAKER_SHA2), MIC_SHA2
    elif number in FIRST_MODELS:
        patterns, kind = (_MAKER, _MAKER), MIC
    found = tuple(
        held for held in _authorities(cucm) if held.is_ca and any(one.search(held.subject_cn) for one in patterns)
    )
    return Client("mic", kind, found, bool(found))


def is_maker(common_name: str) -> bool:
    """The common name is one of a manufacturing CA, as far as its words tell."""
    return re.search(r"Manufacturing CA|Cisco Root CA|CAP-RTP|ACT2", common_name, re.IGNORECASE) is not None


__all__ = [
    "LSC",
    "MIC",
    "MIC_SHA2",
    "Client",
    "PhoneKind",
    "client_of",
    "is_maker",
    "mac_name",
    "number_of",
    "rows_of",
    "users_with_attributes",
]
