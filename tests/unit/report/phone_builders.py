"""Self-made predictions for the tests of reports: a small site, one of any size, and one of any text."""

from __future__ import annotations

from typing import Any

import msgspec
from ansible.module_utils.vpnphone.model import (
    Attempt,
    Connection,
    DeviceResult,
    Failure,
    Outcome,
    Prediction,
    Reason,
    Run,
)
from ansible.module_utils.vpnphone.model.prediction import Moment
from ansible.module_utils.vpnphone.report.moments import MOMENTS

from tests.unit.report.builders import STARTED, device, finding, sample_run, text_run

HQ, BRANCH, CLASSIC = (f"https://vpn{number}.example.com/VPNPhone" for number in (1, 2, 3))

PIN = Reason(
    step="pin", verdict="LOCKED OUT", features=("F-020", "F-021"),
    text="no hash of its file is that of the certificate which asa-hq presents (E5:7E:81:EA:99:54, until 2025-05-18)",
    fix=("PERSON: in CUCM, add the certificate to the VPN gateway GW1, then Apply Config to the phones while they are "
         "still connected.",),
)  # fmt: skip
CIPHER = Reason(
    step="cipher", verdict="LOCKED OUT", features=("F-051a",),
    text="no TLS suite in common: the 7962G offers AES256-SHA AES128-SHA, asa-branch takes TLS 1.2 `high` alone",
    fix=("PERSON: approve first, this changes the suites of every TLS client of this ASA:",
         'ssl cipher tlsv1.2 custom "AES256-SHA:AES128-SHA:DHE-RSA-AES256-SHA"',
         'ssl cipher dtlsv1 custom "AES256-SHA:AES128-SHA"'),
)  # fmt: skip
TEMPORARY = Reason(
    step="certificate", verdict="LOCKED OUT", features=("F-010",),
    text="after a reload asa-branch presents a new temporary self-signed certificate: it is not in the startup "
         "configuration",
    fix=("write memory",),
)  # fmt: skip
DTLS = Reason(step="dtls", verdict="UNKNOWN", text="DTLS is off on asa-classic: whether the model goes on with TLS "
              "alone is not known", features=("F-016",))  # fmt: skip
GOOD = Reason(step="pin", verdict="CONNECTS", text="the leaf that asa-hq presents is pinned")


def encrypted(phone: str) -> Reason:
    return Reason(
        step="file", verdict="UNKNOWN", features=("F-060",),
        text=f"{phone}.cnf.xml.sgn is encrypted on cucm-pub and cucm-tftp2: its VPN part cannot be read",
        fix=(f"PERSON: look at the certHash lines of {phone} in the phone's own web page or console log.",),
    )  # fmt: skip


def attempt(url: str, asa: str, *reasons: Reason, verdict: Connection = "LOCKED OUT") -> Attempt:
    return Attempt(url=url, asa=asa, verdict=verdict, reasons=reasons)


WELL = (attempt(HQ, "asa-hq", GOOD, verdict="CONNECTS"),)
STALE = (attempt(HQ, "asa-hq", PIN), attempt(BRANCH, "asa-branch", CIPHER, PIN))


def predictions(
    phone: str, model: str, *, connected: bool = False, **moments: tuple[Attempt, ...]
) -> tuple[Prediction, ...]:
    """One phone: the attempts of each moment; the verdict and the first reason follow from them."""
    return tuple(
        Prediction(phone=phone, model=model, moment=moment, connected=connected, attempts=attempts,
                   verdict=verdict_of(attempts), first=first_of(attempts))
        for moment, attempts in ((moment, moments[moment]) for moment in MOMENTS if moment in moments)
    )  # fmt: skip


def verdict_of(attempts: tuple[Attempt, ...]) -> Connection:
    verdicts = [one.verdict for one in attempts]
    return "CONNECTS" if "CONNECTS" in verdicts else "UNKNOWN" if "UNKNOWN" in verdicts else "LOCKED OUT"


def first_of(attempts: tuple[Attempt, ...]) -> str:
    wanted = verdict_of(attempts)
    return next((reason.text for one in attempts for reason in one.reasons if reason.verdict == wanted), "")


def name(number: int) -> str:
    return f"SEP8CB64F{number:06X}"


def phones_of(count: int, moments: tuple[Moment, ...] = ("now", "apply", "failover", "reload")) -> list[Prediction]:
    """That many phones, of every kind that a site has; the shares are those of a renewal gone wrong."""
    found: list[Prediction] = []
    for number in range(count):
        phone, kind = name(number), number % 20
        if kind < 6:
            now, later, model = STALE, WELL, "8845"
        elif kind < 8:
            now = later = (attempt(BRANCH, "asa-branch", CIPHER),)
            model = "7962G"
        elif kind == 8:
            now = later = (attempt(HQ, "", encrypted(phone), verdict="UNKNOWN"),)
            model = "8861"
        elif kind == 9:
            now = later = (attempt(CLASSIC, "asa-classic", DTLS, verdict="UNKNOWN"),)
            model = "7965G"
        else:
            now = later = WELL
            model = ("8845", "7962G", "8861")[number % 3]
        by_moment = {moment: later if moment in ("apply", "change") else now for moment in moments}
        if kind > 17 and "reload" in by_moment:
            by_moment["reload"] = (attempt(BRANCH, "asa-branch", TEMPORARY),)
        found += predictions(phone, model, connected=kind > 9 or number % 7 == 0, **by_moment)
    return found


def cluster(name: str = "cucm-hq", **more: Any) -> DeviceResult:
    judged = (finding(name, "VPNP-251", Outcome(status="fail", message="the profile asks for a password")),)
    return msgspec.structs.replace(
        device(name, judged, release="14.0.1.13900-155", origin="live", gathered_at=STARTED), kind="cucm", **more
    )


def site_run(count: int = 8, **more: Any) -> Run:
    """The four ASAs of sample_run(), a CUCM cluster and that many phones."""
    run = sample_run()
    return msgspec.structs.replace(
        run, devices=(*run.devices, cluster()), predictions=tuple(phones_of(count, **more)),
    )  # fmt: skip


def text_site(text: str) -> Run:
    """text_run() with a cluster, and phones that have this text wherever a text may stand."""
    run = text_run(text)
    reasons = tuple(
        Reason(step=text, verdict=verdict, text=f"{number}{text}", features=(text,), fix=(text, f"PERSON: {text}"))
        for number, verdict in enumerate(("LOCKED OUT", "UNKNOWN", "CONNECTS"))
    )  # fmt: skip
    made = tuple(
        Prediction(phone=f"{number}{text}", model=text, moment=moment, verdict=reason.verdict, first=reason.text,
                   attempts=(Attempt(url=text, asa=text, verdict=reason.verdict, reasons=reasons),), connected=True)
        for number, reason in enumerate(reasons)
        for moment in MOMENTS
    )  # fmt: skip
    failed = DeviceResult(
        name=f"3{text}", kind="cucm", status="error", release=text, failure=Failure(code=text, what=text, todo=text)
    )
    return msgspec.structs.replace(run, devices=(*run.devices, failed), predictions=made, what_if=text)


def with_phones(*made: Prediction) -> Run:
    """site_run() with these predictions alone."""
    return msgspec.structs.replace(site_run(0), predictions=made)


def many_reasons(count: int) -> tuple[Prediction, ...]:
    """Each phone locked out by a reason of its own."""
    return tuple(
        Prediction(phone=name(number), model="8845", moment="now", verdict="LOCKED OUT", first=f"reason {number}",
                   attempts=(Attempt(url="https://a.example/x", asa="a", verdict="LOCKED OUT", reasons=(
                       Reason(step="pin", verdict="LOCKED OUT", text=f"reason {number}"),)),))
        for number in range(count)
    )  # fmt: skip


def thousand() -> Run:
    """A site of a thousand phones at every moment, with a change that was asked about."""
    return msgspec.structs.replace(site_run(1000, moments=tuple(MOMENTS)), what_if="reload asa-branch")
