"""Does every phone of the cluster connect: the predictions as findings (F-013, F-025, F-050 to F-059)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model import Connection, Evidence, Outcome, Prediction, Reason, Status
from .base import site_control
from .site_context import SiteContext
from .site_facts import count_of, names_of

SECTION = "Not in the document: all of its rules together, for each phone"
MOMENT_WORDS = {
    "apply": "after Apply Config",
    "failover": "after a failover of its ASA",
    "reload": "after a reload of its ASA",
}
# Phones quoted of one cause.
_QUOTED = 20


def deciding(found: Prediction) -> Reason | None:
    """The reason that decides: the first one of the prediction's own verdict."""
    reasons = (reason for one in found.attempts for reason in one.reasons)
    return next((reason for reason in reasons if reason.verdict == found.verdict), None)


def _causes(found: Sequence[Prediction]) -> dict[tuple[str, str], list[Prediction]]:
    """Predictions by what decides them: (step, sentence)."""
    causes: dict[tuple[str, str], list[Prediction]] = {}
    for one in found:
        reason = deciding(one)
        causes.setdefault((reason.step if reason else "", one.first), []).append(one)
    return causes


def _outcomes(found: Sequence[Prediction], verdict: Connection, when: str) -> Iterator[Outcome]:
    """One outcome a cause."""
    status: Status = "fail" if verdict == "LOCKED OUT" else "error"
    for (step, first), phones in _causes([one for one in found if one.verdict == verdict]).items():
        names = [one.phone for one in phones]
        reason = deciding(phones[0])
        what = "locked out" if status == "fail" else "not known to connect"
        verb = "is" if len(names) == 1 else "are"
        yield Outcome(
            status=status,
            subject=f"{when}: {step}" if when else step,
            message=f"{'UNKNOWN: ' if status == 'error' else ''}{count_of(names)} {verb} {what}"
            f"{f' {when}' if when else ''}: {first} ({names_of(names)})",
            expected="CONNECTS",
            actual=verdict,
            evidence=(Evidence(command="prediction", lines=tuple(_line(one) for one in phones[:_QUOTED])),),
            fix=(reason.fix if reason else ()) or ("PERSON: read the page of the phones in the report.",),
        )


def _line(one: Prediction) -> str:
    session = ", has a session" if one.connected else ""
    return f"{one.phone} {one.model} {one.moment}: {one.verdict}{session}"


def _none(site: SiteContext) -> str:
    return "" if site.predictions else "no phone of the cluster has VPN settings"


@site_control(
    "VPNP-300",
    title="Every phone of the cluster connects",
    severity="critical",
    features=("F-050", "F-013", "F-025", "F-053", "F-058"),
    section=SECTION,
    rationale="Each rule of the document may pass for itself and a phone may be locked out all the same: by a file that"
    " one node never got, by the one ASA with another certificate, by its own model. So every phone's way in is"
    " followed step by step with what was gathered.",
    remediation=(
        "Remedy what the report says of the phone, the first reason first; each reason names the control with the"
        " commands.",
        "UNKNOWN is not safe: give the audit what it lacks (the probe, the phone's web page, the phone table's row).",
    ),
    needs=("phones",),
    applies=_none,
)
def connects_now(site: SiteContext) -> Iterator[Outcome]:
    """The prediction of each phone as things stand: LOCKED OUT fails, UNKNOWN is an error.

    Phones with one cause are one outcome; its subject is the step that decides.
    """
    found = [one for one in site.predictions if one.moment == "now"]
    yield from _outcomes(found, "LOCKED OUT", "")
    yield from _outcomes(found, "UNKNOWN", "")
    good = [one.phone for one in found if one.verdict == "CONNECTS"]
    if good:
        yield Outcome(
            status="pass",
            message=f"{count_of(good)} {'connects' if len(good) == 1 else 'connect'}: {names_of(good)}",
            evidence=(Evidence(command="prediction"),),
        )


@site_control(
    "VPNP-301",
    title="Every phone still connects after Apply Config, a failover, a reload",
    severity="high",
    features=("F-073", "F-090", "F-010"),
    section=SECTION,
    rationale="The next Apply Config gives the phones what CUCM serves today, the next failover another unit's"
    " certificate, the next reload the saved binding. Each of them comes unasked, and none can be taken back for a"
    " phone that it has locked out.",
    remediation=(
        "Remedy the reason before anybody touches CUCM or the ASA: a stale file on a TFTP node, a mate without the"
        " certificate, a binding that was not saved.",
    ),
    needs=("phones",),
    applies=_none,
)
def connects_later(site: SiteContext) -> Iterator[Outcome]:
    """Phones that connect now (VPNP-300 tells of the others), at each later moment."""
    well = {one.phone for one in site.predictions if one.moment == "now" and one.verdict == "CONNECTS"}
    if not well:
        yield Outcome(status="skipped", message="no phone is known to connect now: see VPNP-300")
    for moment, when in MOMENT_WORDS.items():
        found = [one for one in site.predictions if one.moment == moment and one.phone in well]
        yield from _outcomes(found, "LOCKED OUT", when)
        yield from _outcomes(found, "UNKNOWN", when)
        good = [one.phone for one in found if one.verdict == "CONNECTS"]
        if good:
            yield Outcome(
                status="pass",
                subject=when,
                message=f"{count_of(good)} {'connects' if len(good) == 1 else 'connect'} {when}",
                evidence=(Evidence(command="prediction"),),
            )
