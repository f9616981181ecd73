"""The platform's command line: what the prompt `admin:` takes of certificates and versions.

Assumed [?]: the words of an unrestricted node in `show version active`, the unit names beside those of tomcat and
CallManager, the page's length, and the texts of refusals; a question before a deletion is asked by a fault alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..terminal import Hangup, Terminal
from .cluster import Cluster
from .store import Held, Store, read_pem

PROMPT = "admin:"
_MORE = "Press <enter> for 1 line, <space> for one page, or <q> to quit"
_ERASE_MORE = "\r" + " " * len(_MORE) + "\r"
_PAGE = 22
_GREETING = """\
Command Line Interface is starting up, please wait ...

   Welcome to the Platform Command Line Interface

VMware Installation:
\t2 vCPU: Intel(R) Xeon(R) CPU
\tDisk 1: 80GB, Partitions aligned
\t8192 Mbytes RAM

"""
_UNKNOWN = "No valid command entered\n"
_UNSUCCESSFUL = "Executed command unsuccessfully\n"
_MAX_PASTE = 500


class Paged(Terminal):
    """The terminal with this platform's pager."""

    async def answer(self, text: str) -> None:
        lines = text.splitlines(keepends=True)
        if not self.page or len(lines) <= self.page:
            self.write(text)
            return
        shown = room = self.page
        self.write("".join(lines[:shown]))
        while shown < len(lines):
            self.write(_MORE)
            char = await self.key()
            self.write(_ERASE_MORE)
            if char in "qQ\x03":
                return
            room = self.page if char == " " else 1 if char in "\r\n" else 0
            self.write("".join(lines[shown : shown + room]))
            shown += room


class Failed(Exception):
    """A command that did not do what it says; its text comes before the marker."""


class Cli:
    """One session. log takes (event, details)."""

    def __init__(self, cluster: Cluster, terminal: Terminal, log: Callable[..., None] = lambda *a, **k: None) -> None:
        self._cluster = cluster
        self._terminal = terminal
        self._log = log
        terminal.page = _PAGE

    async def run(self) -> None:
        """Until the user leaves; Hangup is the normal end."""
        self._terminal.write(_GREETING)
        while True:
            try:
                line = await self._terminal.readline(PROMPT)
            except Hangup:
                return
            words = line.split()
            if not words:
                continue
            self._log("command", command=" ".join(words)[:200])
            if words[0] in ("exit", "quit"):
                self._terminal.flush()
                return
            try:
                await self._execute(words)
            except Failed as failed:
                self._terminal.write(f"{failed}{_UNSUCCESSFUL}")
            except Hangup:
                return

    async def _execute(self, words: list[str]) -> None:
        answer = self._show(words)
        if answer is not None:
            await self._terminal.answer(answer)
            return
        match words:
            case ["set", "cli", "pagination", ("off" | "on") as switch]:
                self._terminal.page = _PAGE if switch == "on" else 0
            case ["set", "cert", "import", "trust", unit]:
                await self._import(self._store(unit))
            case ["set", "cert", "delete", unit, name]:
                store = self._store(unit)
                if self._cluster.fault("delete_asks"):
                    sure = await self._terminal.readline(f"Do you really want to delete {name} (yes/no)? ")
                    if sure.strip().lower() != "yes":
                        raise Failed("Nothing was deleted\n")
                if not self._cluster.delete(store.name, name):
                    raise Failed(f"{name}: the certificate does not exist\n")
                self._terminal.write(f"Successfully deleted {name} from {store.name}\n")
            case _:
                raise Failed(_UNKNOWN)

    def _show(self, words: list[str]) -> str | None:
        """The answer of a command that only looks; None for all others."""
        match words:
            case ["show", "version", "active"]:
                return self._version()
            case ["show", "cert", "list", ("own" | "trust") as kind]:
                stores = [s for s in self._cluster.stores.values() if s.trust == (kind == "trust")]
                return "".join(
                    f"{store.name}/{held.file}: {held.description or _origin(held)}\n"
                    for store in stores
                    for held in store.files.values()
                )
            case ["show", "cert", "trust" | "own", name]:
                return _described(self._held(name))
        return None

    def _version(self) -> str:
        lines = [f"Active Master Version: {self._cluster.spec.version}"]
        if self._cluster.spec.export == "unrestricted":
            lines.append("Product: Cisco Unified Communications Manager, export unrestricted (UNRST)")
        lines += ["Active Version Installed Software Options:", "No Installed Software Options Found.", ""]
        return "\n".join(lines)

    def _store(self, unit: str) -> Store:
        """By unit or by the whole name of the store. Raises Failed."""
        for store in self._cluster.stores.values():
            if store.trust and unit.lower() in (store.unit.lower(), store.name.lower()):
                return store
        raise Failed(f"{unit[:60]}: no such unit\n")

    def _held(self, name: str) -> Held:
        """`STORE/NAME.pem`, or NAME.pem of the first store that has it. Raises Failed."""
        place, _, file = name.rpartition("/")
        for store in self._cluster.stores.values():
            if place in ("", store.name) and file in store.files:
                return store.files[file]
        raise Failed(f"{name[:120]}: the certificate does not exist\n")

    async def _import(self, store: Store) -> None:
        """The dialogue of pasting. What the same-CN rule drops is called imported all the same."""
        self._terminal.write("Paste the Certificate and Hit Enter\n")
        lines: list[str] = []
        while len(lines) < _MAX_PASTE:
            line = (await self._terminal.readline("")).strip()
            if not line:
                break
            lines.append(line)
        try:
            cert = read_pem("\n".join(lines) + "\n")
        except ValueError:
            raise Failed("The certificate is not valid\n") from None
        self._cluster.upload(store.name, cert)
        self._terminal.write(
            f"Successfully imported certificate for {store.unit}.  Please restart services related to {store.unit} for "
            "the new certificates to become active.\n"
        )


def _origin(held: Held) -> str:
    cert = held.cert.x509
    return "Self-signed certificate" if cert.subject == cert.issuer else f"Certificate signed by {held.issuer}"


def _described(held: Held) -> str:
    """The certificate as keytool prints it, shortened [K]."""
    cert = held.cert.x509
    form = "%a %b %d %H:%M:%S UTC %Y"
    key = re.sub("PublicKey$|^_", "", type(cert.public_key()).__name__)
    return "\n".join(
        (
            "[",
            "  Version: V3",
            f"  Serial Number: {held.cert.serial.upper()}",
            f"  Issuer Name: {held.issuer}",
            f"  Validity From: {cert.not_valid_before_utc.strftime(form)}",
            f"           To:   {cert.not_valid_after_utc.strftime(form)}",
            f"  Subject Name: {held.subject}",
            f"  Key: {key}",
            "]",
            "",
        )
    )
