"""How often a phone was locked out: at every change of what an ASA presents, and of what a phone holds.

A lockout begins when a phone that is on could not connect any more, whether it tries to or not, and ends when it could.
Connects that really failed are counted beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from ..headend.site import Headends
from .outcome import PhoneOutcome, Reason
from .phone import Phone
from .prospect import Prospect, prospect

FILE = "phones"
# Of each list; what came before is counted, and no longer told one by one.
_KEPT = 5000
# Nobody was kept out that way.
_NOT_COUNTED = ("ok", "offline", "no-file", "no-vpn-group")


class Lockout(msgspec.Struct, kw_only=True):
    """until: None while it lasts; what it ends by (a file, a binding, the phone is switched off) is not told."""

    phone: str
    asa: str
    since: datetime = msgspec.field(name="from")
    until: datetime | None = None
    reason: Reason
    detail: str


class FailedConnect(msgspec.Struct, frozen=True, kw_only=True):
    phone: str
    asa: str
    at: datetime
    reason: Reason
    detail: str


class Lockouts:
    """Looks from watch() on; before, phones that have never had a chance would be counted."""

    def __init__(self, phones: Mapping[str, Phone], headends: Headends) -> None:
        self.lockouts: list[Lockout] = []
        self.failed: list[FailedConnect] = []
        self.on_change: Callable[[], None] = lambda: None
        self._phones, self._headends = phones, headends
        self._open: dict[str, Lockout] = {}
        self._seen: tuple[int, ...] | None = None
        self._counted = self._failures = 0

    def watch(self) -> None:
        """Look now, and whenever a device changes."""
        if not self._phones:
            return
        for headend in self._headends.of.values():
            headend.device.followers.append(self._follow)
        self._follow()

    def _follow(self) -> None:
        devices = (headend.device for headend in self._headends.of.values())
        seen = tuple(context.revision for device in devices for context in device.contexts.values())
        if seen != self._seen:
            self._seen = seen
            self._look(self._phones.values())

    def look(self, phone: Phone) -> None:
        """At one phone, whose file or power has changed."""
        if self._seen is not None:
            self._look((phone,))

    def _look(self, phones: Iterable[Phone]) -> None:
        now = datetime.now(UTC)
        # Most phones of a site hold the same and are alike.
        found: dict[object, Prospect] = {}
        changed = False
        for phone in phones:
            group = phone.held.vpn if phone.held is not None else None
            current: Prospect | None = None
            if phone.online and group is not None and group.urls:
                key = (group, phone.spec.model, phone.known)
                if key not in found:
                    found[key] = prospect(self._headends, group, phone.model, phone.known)
                current = found[key]
            changed |= self._note(phone.name, current, now)
        if changed:
            self.on_change()

    def _note(self, name: str, current: Prospect | None, now: datetime) -> bool:
        """True where a lockout begins, ends or has another reason now."""
        before = self._open.get(name)
        if current is not None and current.reason not in _NOT_COUNTED:
            if before is not None and (before.reason, before.asa) == (current.reason, current.asa):
                return False
            begun = Lockout(
                phone=name, asa=current.asa, since=now, reason=current.reason, detail=current.detail
            )  # fmt: skip
            self._open[name] = begun
            self.lockouts.append(begun)
            del self.lockouts[:-_KEPT]
            self._counted += 1
        elif before is None:
            return False
        else:
            del self._open[name]
        if before is not None:
            before.until = now
        return True

    def connected(self, phone: Phone, outcome: PhoneOutcome) -> None:
        """A phone has really tried."""
        if outcome.reason not in _NOT_COUNTED:
            self.failed.append(
                FailedConnect(
                    phone=phone.name, asa=outcome.asa, at=datetime.now(UTC), reason=outcome.reason,
                    detail=outcome.detail,
                )
            )  # fmt: skip
            del self.failed[:-_KEPT]
            self._failures += 1
        self.on_change()

    def snapshot(self) -> dict[str, Any]:
        """The content of state/phones.json."""
        totals = {
            "phones": len(self._phones),
            "connected": sum(phone.connected for phone in self._phones.values()),
            "locked_out": len(self._open),
            "lockouts": self._counted,
            "failed_connects": self._failures,
        }
        told: dict[str, Any] = msgspec.to_builtins({"lockouts": self.lockouts, "failed_connects": self.failed})
        return {"totals": totals, **told}

    def write(self, folder: Path) -> None:
        """Replace state/phones.json in one step."""
        fresh = folder / f".{FILE}.new"
        fresh.touch(mode=0o600)
        fresh.write_bytes(msgspec.json.format(msgspec.json.encode(self.snapshot()), indent=1))
        fresh.replace(folder / f"{FILE}.json")
