"""What stands on an ASA of its new certificate: trustpoints, certificates byte for byte, keys, bindings. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from ..errors import ChangeRefused
from ..model import X509, AsaState, HeldCertificate, Trustpoint
from ..parse.keys import KeyPair
from ..predict.identity import public_key
from ..x509 import issued_by

_BLOCKS = ("crypto ca trustpoint ", "crypto ca certificate chain ")


class Standing(NamedTuple):
    """One reading. bound: trustpoints in `ssl trust-point` lines, running or startup, lower case.

    running: the running configuration as it came, for names that other lines use.
    """

    trustpoints: tuple[Trustpoint, ...]
    held: tuple[HeldCertificate, ...]
    keys: tuple[KeyPair, ...]
    bound: frozenset[str]
    running: str = ""

    def trustpoint(self, name: str) -> Trustpoint | None:
        return next((one for one in self.trustpoints if one.name.lower() == name.lower()), None)

    def identity(self, name: str) -> X509 | None:
        return self._certificate(name, "identity")

    def ca(self, name: str) -> X509 | None:
        return self._certificate(name, "ca")

    def _certificate(self, name: str, kind: str) -> X509 | None:
        found = (one.x509 for one in self.held if one.trustpoint.lower() == name.lower() and one.kind == kind)
        return next(found, None)

    def key(self, label: str) -> KeyPair | None:
        return next((one for one in self.keys if one.label == label), None)

    def has_ca(self, certificate: X509) -> bool:
        """Some trustpoint holds that very CA certificate."""
        return any(one.kind == "ca" and one.x509.sha256 == certificate.sha256 for one in self.held)

    def key_users(self, label: str) -> tuple[str, ...]:
        """Trustpoints that have this key pair."""
        return tuple(one.name for one in self.trustpoints if one.keypair == label)

    def authorities(self) -> tuple[X509, ...]:
        """Every CA certificate once, though several trustpoints hold it."""
        return tuple(dict.fromkeys(one.x509 for one in self.held if one.kind == "ca"))

    def mentions(self, name: str) -> tuple[str, ...]:
        """Lines elsewhere in the running configuration that use the trustpoint of that name.

        Every such line has `trust-point` or `trustpoint` in it [K]; the name stands as a word of its own.
        """
        word = re.compile(rf'(?<!\S)"?{re.escape(name)}"?(?!\S)', re.IGNORECASE)
        found: list[str] = []
        inside = False
        for line in self.running.split("\n"):
            if not line.startswith(" "):
                inside = line.startswith(_BLOCKS)
            elif inside:
                continue
            uses = "trust" in line.lower() and not line.startswith(_BLOCKS)
            if uses and len(line) < 1000 and word.search(line):
                found.append(line.strip())
        return tuple(found)

    def needs_ca(self, name: str, going: Iterable[str], but: str) -> tuple[str, ...]:
        """Trustpoints whose certificate leads through the CA that this one holds, and no other trustpoint has it.

        going: trustpoints that are removed as well. but: the one whose certificate did without this CA before.
        """
        own, gone = self.ca(name), {one.lower() for one in (*going, name)}
        others = [one for one in self.held if one.trustpoint.lower() not in gone]
        if own is None or any(one.kind == "ca" and one.x509.sha256 == own.sha256 for one in others):
            return ()
        found = []
        for one in others:
            child: X509 | None = one.x509 if one.trustpoint.lower() != but.lower() else None
            for _ in self.held:
                if child is None or child.self_issued:
                    break
                if issued_by(child, own):
                    found.append(one.trustpoint)
                    break
                child = next((ca for ca in self.authorities() if issued_by(child, ca)), None)
        return tuple(dict.fromkeys(found))


def standing_of(
    state: AsaState, held: tuple[HeldCertificate, ...], keys: tuple[KeyPair, ...], running: str
) -> Standing:
    """ChangeRefused state_unknown where trustpoints or bindings were not learned."""
    if state.trustpoints is None or state.ssl is None:
        section = "crypto ca trustpoint" if state.trustpoints is None else "all ssl"
        raise ChangeRefused(
            f"which trustpoints there are, or which is bound, is not known (`show running-config {section}`).",
            where=state.device,
            todo="Use an account of privilege 15 that may run it. Nothing was changed.",
            code="state_unknown",
        )
    lines = (*state.ssl.trust_points, *(state.startup_trust_points or ()))
    bound = frozenset(line.trustpoint.lower() for line in lines)
    return Standing(state.trustpoints, held, keys, bound, running)


def same_key_as(key: KeyPair | None, certificate: X509) -> bool | None:
    """The certificate has the device's key of that label; None where one of them cannot be read."""
    own = public_key(certificate)
    return None if key is None or key.spki is None or own is None else key.spki == own


def own_unsaved(lines: Iterable[str], names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Unsaved lines (apply.readback.unsaved_lines), parted: those of blocks of these trustpoints, and of others."""
    headers = {f"{block}{name}".lower() for name in names for block in _BLOCKS}
    own: list[str] = []
    others: list[str] = []
    for line in lines:
        header = line[2:].partition(" / ")[0].strip().lower()
        (own if header in headers else others).append(line)
    return own, others
