"""AXL by hand-built envelopes: Cisco's schema may not be redistributed, and a dozen operations need none.

The VPN types are the same in every schema from 11.0 to 15.0; only the namespace and the SOAPAction name the version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

from ..errors import DeviceRefused
from ..questions import Question
from ..soap import shown
from .soap_client import SoapClient, SoapFault, Told, enveloped

# Newest first.
VERSIONS = ("15.0", "14.0", "12.5", "12.0", "11.5", "11.0")
PATH = "/axl/"
_NAMESPACE = "http://www.cisco.com/AXL/API/"
# How a server says that it does not speak the version asked with.
_VERSION_FAULT = re.compile(
    r"axl version|version\b.{0,60}\b(?:not supported|unsupported|incorrect|invalid)|namespace", re.I
)
_LISTED = re.compile(r"(?<![0-9.])1[0-9]\.[0-9](?![0-9.])")


def envelope(operation: str, body: str, version: str) -> bytes:
    """One request; body is XML already (see the functions below)."""
    return enveloped(_NAMESPACE + version, operation, body)


def list_body(tags: Iterable[str], name: str = "%", page: tuple[int, int] | None = None) -> str:
    """list...: names like the pattern; page: (rows to skip, rows to give), all of them without it."""
    wanted = "".join(f"<{tag}/>" for tag in tags)
    paged = f"<skip>{page[0]}</skip><first>{page[1]}</first>" if page else ""
    criteria = f"<searchCriteria><name>{escape(name)}</name></searchCriteria>"
    return f"{criteria}<returnedTags>{wanted}</returnedTags>{paged}"


def get_body(name: str, tags: Iterable[str] = ()) -> str:
    """get...: the object of that name, whole or the wanted fields."""
    wanted = "".join(f"<{tag}/>" for tag in tags)
    return f"<name>{escape(name)}</name>" + (f"<returnedTags>{wanted}</returnedTags>" if wanted else "")


def sql_body(statement: str) -> str:
    return f"<sql>{escape(statement)}</sql>"


class Axl:
    """Questions to the AXL service of one publisher. version is "" until negotiate() has found it."""

    def __init__(self, client: SoapClient, name: str) -> None:
        self._client = client
        self._name = name
        self.version = ""

    def negotiate(self) -> Told:
        """Find the newest version that the server speaks; the answer of getCCMVersion.

        DeviceRefused with code axl_version where it speaks none that is known here.
        """
        left = list(VERSIONS)
        told = ""
        while left:
            version = left.pop(0)
            try:
                answer = self._ask("getCCMVersion", "", version)
            except SoapFault as error:
                told = error.fault.text[:4000]
                if not _VERSION_FAULT.search(told):
                    raise
                # The server lists what it speaks, not every release does [K].
                listed = [other for other in left if other in _LISTED.findall(told)]
                left = listed or left
                continue
            self.version = version
            return answer
        raise DeviceRefused(
            f"AXL speaks none of the versions {VERSIONS[-1]} to {VERSIONS[0]}: {shown(told)}.",
            where=self._name,
            todo="Look at the release of the cluster; 11.0 to 15.0 are supported.",
            code="axl_version",
        )

    def _ask(self, operation: str, body: str, version: str) -> Told:
        return self._client.post(f"CUCM:DB ver={version} {operation}", envelope(operation, body, version))

    def change(self, operation: str, body: str) -> Told:
        """One operation that changes something, sent once: see axl_write.py, which alone calls it."""
        action = f"CUCM:DB ver={self.version} {operation}"
        return self._client.post(action, envelope(operation, body, self.version), changes=True)

    def list_names(self, question: Question) -> Told:
        return self._ask(question.text, list_body(question.tags), self.version)

    def page(self, skip: int, rows: int, question: Question) -> Told:
        """That many phones from the skip-th on."""
        return self._ask(question.text, list_body(question.tags, "SEP%", (skip, rows)), self.version)

    def get(self, question: Question, name: str) -> Told:
        return self._ask(question.text, get_body(name, question.tags), self.version)

    def sql(self, statement: str) -> Told:
        """One executeSQLQuery; it can only read."""
        return self._ask("executeSQLQuery", sql_body(statement), self.version)
