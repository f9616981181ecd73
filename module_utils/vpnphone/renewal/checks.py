"""One line of the page of go or no-go, and how a control's verdict becomes one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

from msgspec import field

from ..model import Finding, Model, Outcome, Status

Word = Literal["no-go", "unknown", "warn", "go"]
# Worst first.
WORDS: tuple[Word, ...] = ("no-go", "unknown", "warn", "go")
# What was found of many subjects is told of the first; the rest is a number.
_SHOWN = 2


class Check(Model, frozen=True, kw_only=True):
    """One thing looked at. id: of a control, or a stable word of this page; subject: a device, or "" the whole site.

    blocks: what is unknown here stops the renewal as a no-go does. names: everything it is about, by name.
    """

    id: str
    title: str
    verdict: Word
    subject: str = ""
    what: str = ""
    todo: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    blocks: bool = False

    @property
    def stops(self) -> bool:
        return self.verdict == "no-go" or (self.verdict == "unknown" and self.blocks)


class PreflightPage(Model, frozen=True, kw_only=True):
    """preflight.json: GO only where nothing stops. counts: phones, by what they are; ends: last good day, by ASA."""

    renewal: str
    at: datetime
    run: str
    verdict: Literal["GO", "NO-GO"]
    checks: tuple[Check, ...]
    counts: dict[str, int] = field(default_factory=dict)
    ends: dict[str, datetime] = field(default_factory=dict)


class Rule(NamedTuple):
    """How a control counts here. fails: what a failure is; blocks: whether a gap stops as well."""

    fails: Word
    blocks: bool = True


# As things stand, judged of each ASA.
OF_ASA: dict[str, Rule] = {
    "VPNP-111": Rule("warn", False),
    "VPNP-112": Rule("no-go"),
    "VPNP-113": Rule("warn", False),
    "VPNP-114": Rule("no-go"),
    "VPNP-116": Rule("no-go"),
    "VPNP-118": Rule("warn", False),
    "VPNP-131": Rule("no-go"),
    "VPNP-132": Rule("no-go"),
}
# With the certificate that is wished for in place of the old one.
OF_NEW: dict[str, Rule] = {
    "VPNP-117": Rule("no-go"),
    "VPNP-121": Rule("no-go"),
    "VPNP-122": Rule("no-go"),
    "VPNP-123": Rule("no-go"),
}
OF_CLUSTER: dict[str, Rule] = {
    "VPNP-302": Rule("no-go"),
    "VPNP-303": Rule("warn", False),
    "VPNP-311": Rule("no-go"),
    "VPNP-312": Rule("no-go"),
    "VPNP-313": Rule("warn", False),
    "VPNP-315": Rule("no-go", False),
    "VPNP-316": Rule("warn", False),
    "VPNP-317": Rule("warn", False),
    "VPNP-321": Rule("warn", False),
    "VPNP-322": Rule("no-go"),
    "VPNP-324": Rule("warn", False),
}
OF_NEW_CLUSTER: dict[str, Rule] = {"VPNP-335": Rule("no-go")}


def worst(checks: Iterable[Check]) -> list[Check]:
    """What stops first, then the rest by verdict; in its own order within."""
    return sorted(checks, key=lambda check: (not check.stops, WORDS.index(check.verdict)))


def of_finding(finding: Finding, rule: Rule, *, new: bool = False) -> Check:
    """The finding as a line; an accepted risk is a warning that says who accepted it."""
    verdict: Word = "go"
    match finding.status:
        case "fail":
            verdict = rule.fails
        case "error":
            # A failure beside a gap is the worse of the two here.
            verdict = rule.fails if any(one.status == "fail" for one in finding.outcomes) else "unknown"
        case "waived":
            verdict = "warn"
    wanted: Status = finding.status
    if finding.status == "error" and verdict != "unknown":
        wanted = "fail"
    chosen = [one for one in finding.outcomes if one.status == wanted] or list(finding.outcomes)
    what = _told(chosen)
    if finding.waiver is not None and finding.status == "waived":
        what = f"{what} (accepted by {finding.waiver.approved_by} until {finding.waiver.expires})"
    return Check(
        id=finding.control,
        title=f"{finding.title}, with the new certificate" if new else finding.title,
        verdict=verdict,
        subject=finding.device,
        what=what,
        todo=() if verdict == "go" else chosen[0].fix if chosen else (),
        blocks=rule.blocks,
    )


def of_new(before: Finding, after: Finding, rule: Rule) -> Check:
    """With the new certificate; what is as bad or as unknown with the old one is not the renewal's doing: a warning."""
    check = of_finding(after, rule, new=True)
    if check.verdict in ("no-go", "unknown") and _bad(before) >= _bad(after):
        return Check(
            id=check.id,
            title=check.title,
            verdict="warn",
            subject=check.subject,
            what=f"{check.what} (as with the certificate that is bound now)",
            todo=check.todo,
        )
    return check


def _bad(finding: Finding) -> frozenset[tuple[str, str]]:
    """Which subjects are not good, and how; the trustpoint's own name does not count."""
    return frozenset(
        (one.status, one.subject.rpartition(": ")[2]) for one in finding.outcomes if one.status in ("fail", "error")
    )


def _told(outcomes: list[Outcome]) -> str:
    texts = list(dict.fromkeys(one.message.removeprefix("UNKNOWN: ") for one in outcomes))
    more = len(texts) - _SHOWN
    return "; ".join(texts[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")


def by_control(findings: Iterable[Finding]) -> dict[str, Finding]:
    return {one.control: one for one in findings}
