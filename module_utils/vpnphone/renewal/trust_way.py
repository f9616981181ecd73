"""How certificates come into Phone-VPN-trust: by the certificate API, at the command line, or by a person. Pure."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..errors import BadInput
from ..model.renewal import CertificateNote
from .store import VPN_TRUST

Method = Literal["rest", "cli", "manual"]
# The release from which on a node has the certificate API.
FIRST_WITH_API = 14
BY_HAND = "Cisco Unified OS Administration > Security > Certificate Management"


class Way(NamedTuple):
    """How certificates come into the store. name: the API's service or the CLI's unit; why: what led to it."""

    method: Method
    name: str = ""
    why: str = ""

    def upload(self, note: CertificateNote) -> tuple[str, ...]:
        """What is sent, for a person to read."""
        match self.method:
            case "rest":
                return (f"POST trust/certificates service={self.name} SHA-1 {note.sha1}",)
            case "cli":
                return (f"set cert import trust {self.name}", f"(the certificate with SHA-1 {note.sha1}, pasted)")
        return (f"{BY_HAND} > Upload: purpose {VPN_TRUST}, the file with SHA-1 {note.sha1}",)


def release_of(version: str | None) -> int:
    """14 of "14.0.1.13900-155"; 0 where it is not known."""
    head = (version or "").partition(".")[0]
    return int(head) if head.isascii() and head.isdecimal() and len(head) < 4 else 0


def choose_way(wanted: str, *, version: str | None, platform: bool, service: str, unit: str, where: str) -> Way:
    """wanted: auto, rest, cli or manual. BadInput for a way that is asked for by name and is not there."""
    release = release_of(version)
    lacks = {
        "rest": "" if platform and release >= FIRST_WITH_API and service else
        "no platform login is given" if not platform else
        f"release {version or 'unknown'} has no certificate API" if release < FIRST_WITH_API else
        f"the certificate API names no store {VPN_TRUST}",
        "cli": "" if platform and unit else
        "no platform login is given" if not platform else
        f"`show cert list trust` names no file of {VPN_TRUST}, so its unit is not known",
    }  # fmt: skip
    if lacks.get(wanted):
        raise BadInput(
            f"certificates cannot be put in by {wanted}: {lacks[wanted]}.",
            where=where,
            todo="Set vpnphone_trust_method: auto or manual, vpnphone_os_user with its password, or name the store in"
            " vpnphone_trust_service (rest) or vpnphone_trust_unit (cli).",
            code="trust_method",
        )
    if wanted == "rest" or (wanted == "auto" and not lacks["rest"]):
        return Way("rest", service, "certificate API of release 14 and later")
    if wanted == "cli" or (wanted == "auto" and not lacks["cli"]):
        return Way("cli", unit, "" if wanted == "cli" else lacks["rest"])
    return Way("manual", "", "" if wanted == "manual" else f"{lacks['rest']}; {lacks['cli']}")
