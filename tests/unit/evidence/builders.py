"""Self-made changes, verdicts and runs for the tests of a remediation's evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ansible.module_utils.vpnphone.evidence.make import make_remediation
from ansible.module_utils.vpnphone.evidence.read import Found, Told
from ansible.module_utils.vpnphone.model import (
    Change,
    ChangeOutcome,
    Desired,
    DeviceResult,
    Failure,
    Finding,
    ManualStep,
    Outcome,
    Plan,
    Remediation,
    Sent,
    Standing,
    Status,
    Step,
    Withheld,
    worst_status,
)

STARTED = datetime(2026, 3, 1, 2, 0, 0, tzinfo=UTC)
FINISHED = datetime(2026, 3, 1, 2, 0, 9, tzinfo=UTC)
GROUP = ("tunnel-group VPNPhone webvpn-attributes",)
POLICY = ("group-policy GP attributes",)
REFUSED = Failure(code="configuration_refused", what="the device refused `without-csd`.", todo="Look.")
LOST = Failure(code="connection_refused", what="nothing listens there.", unreachable=True)
SEVERITIES = {"VPNP-211": "critical", "VPNP-221": "critical", "VPNP-231": "critical", "VPNP-124": "low"}
STEPS = (
    Step(
        area="group_policy", mode=POLICY, command="vpn-filter none", inverse=("no vpn-filter",), controls=("VPNP-245",)
    ),
    Step(area="tunnel_group", mode=GROUP, command="without-csd", inverse=("no without-csd",), controls=("VPNP-221",)),
)


def plan(device: str = "asa1", steps: tuple[Step, ...] = STEPS, **more: Any) -> Plan:
    desired = Desired(tunnel_group_name="VPNPhone")
    return Plan(
        device=device, desired=desired, state_hash="s" * 64, steps=steps, hash=more.pop("hash", "a" * 64), **more
    )


def change(outcome: ChangeOutcome = "applied", device: str = "asa1", **more: Any) -> Change:
    made = more.pop("plan", plan(device))
    if outcome not in ("planned", "nothing_to_do"):
        sent = tuple(Sent(command=step.command, mode=step.mode) for step in made.steps)
        more = {"sent": sent} | more
    return Change(device=device, outcome=outcome, plan=made, **more)


def finding(control: str, status: Status, *fix: str, message: str = "it is so") -> Finding:
    severity: Any = SEVERITIES.get(control, "high")
    outcome = Outcome(status=status, message=message, fix=fix)
    return Finding(device="asa1", control=control, title=f"Title of {control}", severity=severity,
                   status=worst_status([status]), outcomes=(outcome,))  # fmt: skip


def judged(statuses: dict[str, Status], device: str = "asa1") -> DeviceResult:
    findings = tuple(finding(control, status, f"fix {control}") for control, status in statuses.items())
    return DeviceResult(
        name=device, status=worst_status(list(statuses.values())), release="9.16(4)", hostname=device, origin="live",
        findings=findings,
    )  # fmt: skip


def told(device: str = "asa1", failure: Failure | None = None) -> Told:
    return Told(device, failure=failure)


def run(*found: Found, check: bool = False) -> Remediation:
    return make_remediation(found, run_id="r", site="Lab", started=STARTED, finished=FINISHED, check=check)


def full(text: str = "the text") -> Remediation:
    """One device of each outcome, with something in every field; every text of a device is `text`."""
    manual = ManualStep(what=text, why=text, steps=(f"ASA: {text}", "configure terminal"), controls=("VPNP-231",))
    withheld = Withheld(area="ssl", commands=("ssl cipher tlsv1 low",), hits=text, variable="vpnphone_approve_ssl")
    whole = plan(manual=(manual,), withheld=(withheld,))
    sent = (
        Sent(command="copy /noconfirm running-config disk0:/b.cfg", purpose="backup", answer=text),
        Sent(command="vpn-filter none", mode=POLICY, answer=text),
        Sent(command="without-csd", mode=GROUP, verdict="refused", answer=text),
        Sent(command="no vpn-filter", mode=POLICY, purpose="rollback", verdict="doubtful"),
        Sent(command="write memory", purpose="save", answer="[OK]"),
    )
    before = judged({"VPNP-211": "fail", "VPNP-221": "error", "VPNP-124": "fail", "VPNP-231": "pass"})
    after = judged({"VPNP-211": "pass", "VPNP-221": "pass", "VPNP-124": "fail", "VPNP-231": "fail"})
    failure = Failure(code="code", what=text, todo=text)
    standing = (Standing(command="without-csd", mode=GROUP, stands=None), Standing(command="x", stands=True),
                Standing(command="y", stands=False))  # fmt: skip
    broken = change("partial", plan=whole, sent=sent, standing=standing, saved=False, save_note=text,
                    backups=("disk0:/b.cfg",), warnings=(text,), error={"code": "code", "what": text})  # fmt: skip
    return run(
        Found(told("asa1", failure), broken, before, after, ("changes/asa1.json",)),
        Found(told("asa2"), change("applied", "asa2", saved=True), before, after),
        Found(told("asa3"), change("nothing_to_do", "asa3", plan=plan("asa3", ())), after),
        Found(told("asa4"), change("planned", "asa4", plan=whole), before),
        Found(told("asa5", failure)),
        Found(told("asa6", LOST)),
        Found(Told("asa7", "untouched")),
        Found(Told("asa8", "no_profile")),
        Found(told("asa9", failure), change("unknown", "asa9")),
        Found(told("asa10", failure), change("rolled_back", "asa10"), before, before),
    )
