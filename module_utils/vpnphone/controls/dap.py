"""Dynamic access policies: does DAP let the phones in (F-042 to F-045)?

The running-config holds names and actions, dap.xml in flash the criteria; both are needed for a verdict.
"""

from __future__ import annotations

from collections.abc import Iterator

from .. import dap
from ..model import DapRecord, Evidence, Outcome, TunnelGroup
from .base import Context, control
from .connection import DAP, groups_or_unknown, policy_name
from .facts import command_of, is_known, quote


def phone_facts(context: Context, group: TunnelGroup) -> dict[str, str]:
    """What is sure of a phone's session: its tunnel-group, and its group-policy where nothing can replace that.

    Authentication by certificate alone has no AAA server that could name another policy; a phone's own username may.
    """
    facts = {dap.TUNNEL_GROUP: group.name}
    users = context.state.usernames
    by_certificate = group.authentication == ("certificate",) and users is not None
    by_certificate = by_certificate and not group.authorization_server_groups
    if by_certificate and not any("vpn-group-policy" in user.values for user in users or ()):
        facts["aaa.cisco.grouppolicy"] = policy_name(group)
    return facts


def decision_for(context: Context, group: TunnelGroup) -> dap.Decision:
    """What DAP does to a phone of this tunnel-group."""
    xml = (context.state.dap_xml or ()) if is_known(context.state, "dap_xml") else None
    return dap.decide(context.state.dap_records or (), xml, phone_facts(context, group))


def _record_lines(records: tuple[DapRecord, ...]) -> list[str]:
    lines = []
    for record in records:
        lines.append(f"dynamic-access-policy-record {record.name}")
        if record.action:
            lines.append(f" action {record.action}")
        if record.priority is not None:
            lines.append(f" priority {record.priority}")
    return lines


def _evidence(context: Context, *names: str) -> tuple[Evidence, ...]:
    """The records of these names (all without any) and their criteria."""
    records = tuple(r for r in context.state.dap_records or () if not names or r.name in names)
    shown = [quote(context.state, "dap_records", *_record_lines(records))]
    criteria = []
    for record in context.state.dap_xml or ():
        if names and record.name not in names:
            continue
        for selection in record.selections:
            wanted = ", ".join(f"{item.name} {item.operation} {item.value}" for item in selection.attributes)
            criteria.append(f"{record.name}: {selection.match} ({wanted})")
        if record.advanced:
            criteria.append(f"{record.name}: advanced (Lua) expression")
    if not criteria and is_known(context.state, "dap_xml"):
        source = context.state.sources["dap_xml"]
        criteria = [source.detail or ("no such file" if source.status == "absent" else "no criteria")]
    shown.append(quote(context.state, "dap_xml", *criteria))
    return tuple(shown)


def _record_fix(context: Context, group: TunnelGroup) -> tuple[str, ...]:
    """The way of the document: a record of its own with the connection profile as criterion."""
    names = {record.name for record in context.state.dap_records or ()}
    name = group.name.replace(" ", "_")
    make = () if name in names else (f"dynamic-access-policy-record {name}", " action continue")
    return (
        "PERSON: back up `disk0:/dap.xml` first.",
        *make,
        f"PERSON: in ASDM (Remote Access VPN > Network (Client) Access > Dynamic Access Policies) give record {name}"
        f" the selection: user has ANY of these AAA attributes, Cisco, Connection Profile = {group.name};"
        " action Continue; apply. The record alone, without that selection, never matches.",
    )


@control(
    "VPNP-231",
    title="DAP lets the phones continue",
    severity="critical",
    features=("F-042", "F-043", "F-044", "F-045"),
    section=DAP,
    rationale=(
        "Where DfltAccessPolicy terminates, as it often does for PC users, a phone without a DAP record of its own is"
        " cut off right after a successful login (734001 selects DfltAccessPolicy, 734002 terminates)."
    ),
    remediation=(
        "Make a DAP record with AAA attribute Cisco > Connection Profile = the phones' tunnel-group, match ANY, action"
        " Continue, in ASDM.",
        "A record made on the CLI alone has no selection and never matches: check dap.xml again afterwards.",
    ),
    needs=("dap_records", "tunnel_groups"),
)
def lets_in(context: Context) -> Iterator[Outcome]:
    """The action left when every record, its criteria and DfltAccessPolicy are weighed; several answers: UNKNOWN."""
    for group in groups_or_unknown(context):
        yield group if isinstance(group, Outcome) else _judge_action(context, group)


def _judge_action(context: Context, group: TunnelGroup) -> Outcome:
    decision = decision_for(context, group)
    evidence = _evidence(context)
    doing = decision.of_action(decision.action) or decision.selected
    by = ", ".join(record.name for record in doing) or dap.DEFAULT_RECORD
    expected = "continue"
    match decision.action:
        case "continue":
            sure = by if decision.selected or not decision.possible else "every record that may match"
            return Outcome(
                status="pass",
                subject=group.name,
                message=f"DAP lets phones of {group.name} continue (selected: {sure})",
                evidence=evidence,
            )
        case "quarantine":
            return Outcome(
                status="pass",
                subject=group.name,
                message=f"DAP does not terminate phones of {group.name}, but {by} quarantines them (see VPNP-233)",
                evidence=evidence,
            )
        case "terminate":
            return Outcome(
                status="fail",
                subject=group.name,
                message=f"DAP terminates phones of tunnel-group {group.name}: {by}",
                expected=expected,
                actual=f"terminate by {by}",
                evidence=evidence,
                fix=(
                    _record_fix(context, group)
                    if not decision.selected
                    else ("PERSON: remedy VPNP-232 (terminate record) first.",)
                ),
            )
    return Outcome(
        status="error",
        subject=group.name,
        message=f"UNKNOWN: what DAP does to phones of {group.name}: {decision.reason}",
        expected=expected,
        actual="not known",
        evidence=evidence,
        fix=(
            f"PERSON: run `{command_of(context.state, 'dap_xml')}` at privilege 15, or read the records in ASDM; a"
            f" record with Connection Profile = {group.name} and action Continue must match.",
        ),
    )


def _names(records: tuple[DapRecord, ...]) -> str:
    return ", ".join(record.name for record in records)


def _no_record_of(context: Context, group: TunnelGroup, action: str, number: str) -> Outcome:
    """The verdict on records with one action: none may match a phone."""
    decision = decision_for(context, group)
    selected = decision.of_action(action)
    possible = tuple(record for record in decision.possible if dap.action_of(record) == action)
    named = [record.name for record in (*selected, *possible)]
    evidence = _evidence(context, *named) if named else _evidence(context)
    if selected:
        return Outcome(
            status="fail",
            subject=group.name,
            message=f"DAP record {_names(selected)} ({action}) matches phones of {group.name} too",
            expected=f"no {action} record that matches a phone",
            actual=f"matches: {_names(selected)}",
            evidence=evidence,
            fix=(
                "PERSON: back up `disk0:/dap.xml` first.",
                f"PERSON: in ASDM narrow the selection of record {_names(selected)} so that Connection Profile ="
                f" {group.name} does not fit it; apply; audit {number} again.",
            ),
        )
    if possible:
        why = "dap.xml was not learned" if not is_known(context.state, "dap_xml") else "not all criteria can be judged"
        return Outcome(
            status="error",
            subject=group.name,
            message=f"UNKNOWN: whether DAP record {_names(possible)} ({action}) matches phones of {group.name}: {why}",
            expected=f"no {action} record that matches a phone",
            actual=f"may match: {_names(possible)}",
            evidence=evidence,
            fix=(
                f"PERSON: read the selection of record {_names(possible)} in ASDM; it must not fit Connection Profile"
                f" = {group.name}.",
            ),
        )
    return Outcome(
        status="pass",
        subject=group.name,
        message=f"no DAP record with action {action} matches phones of {group.name}",
        evidence=evidence,
    )


@control(
    "VPNP-232",
    title="No terminate record of DAP matches the phones",
    severity="critical",
    features=("F-043",),
    section=DAP,
    rationale=(
        "Several DAP records can match one session; terminate then wins over continue, so the phones' own record does"
        " not help."
    ),
    remediation=("Narrow the selection of the terminate record in ASDM so that the phones' profile does not fit it.",),
    needs=("dap_records", "tunnel_groups"),
)
def terminate(context: Context) -> Iterator[Outcome]:
    """Any record with `action terminate` besides DfltAccessPolicy; that one is judged by VPNP-231."""
    for group in groups_or_unknown(context):
        yield group if isinstance(group, Outcome) else _no_record_of(context, group, "terminate", "VPNP-232")


@control(
    "VPNP-233",
    title="DAP does not quarantine the phones",
    severity="medium",
    features=("F-042",),
    section=DAP,
    rationale="A quarantined session has restricted access until its user acts on a message; a phone cannot do that.",
    remediation=("Give the phones a record with action Continue and keep them out of the quarantine record.",),
    needs=("dap_records", "tunnel_groups"),
)
def quarantine(context: Context) -> Iterator[Outcome]:
    """Any record with `action quarantine`, and DfltAccessPolicy where nothing else is selected."""
    for group in groups_or_unknown(context):
        if isinstance(group, Outcome):
            yield group
            continue
        decision = decision_for(context, group)
        if not _default_quarantines(context) or decision.selected:
            yield _no_record_of(context, group, "quarantine", "VPNP-233")
            continue
        sure = decision.action == "quarantine"
        yield Outcome(
            status="fail" if sure else "error",
            subject=group.name,
            message=(
                f"{dap.DEFAULT_RECORD} quarantines phones of {group.name}"
                if sure
                else f"UNKNOWN: whether {dap.DEFAULT_RECORD} quarantines phones of {group.name}: {decision.reason}"
            ),
            expected="continue",
            actual=f"quarantine by {dap.DEFAULT_RECORD}" if sure else "not known",
            evidence=_evidence(context),
            fix=_record_fix(context, group),
        )


def _default_quarantines(context: Context) -> bool:
    records = context.state.dap_records or ()
    return any(record.name == dap.DEFAULT_RECORD and record.action == "quarantine" for record in records)


@control(
    "VPNP-234",
    title="Every DAP record has selection criteria",
    severity="medium",
    features=("F-043",),
    section=DAP,
    rationale=(
        "A record that stands in the running-config but not in dap.xml never matches. It looks like a remedy in every"
        " configuration review, and does nothing."
    ),
    remediation=("Give the record its selection in ASDM, or remove it: `no dynamic-access-policy-record <name>`.",),
    needs=("dap_records", "dap_xml"),
)
def selectable(context: Context) -> Iterator[Outcome]:
    """Each record but DfltAccessPolicy has an entry in dap.xml."""
    known = {record.name for record in context.state.dap_xml or ()}
    records = [r for r in context.state.dap_records or () if r.name != dap.DEFAULT_RECORD]
    if not records:
        yield Outcome(
            status="skipped",
            message=f"there is no DAP record besides {dap.DEFAULT_RECORD}",
            evidence=_evidence(context),
        )
    for record in records:
        if record.name in known:
            yield Outcome(
                status="pass",
                subject=record.name,
                message=f"dap.xml has an entry for record {record.name}",
                evidence=_evidence(context, record.name),
            )
            continue
        absent = context.state.sources["dap_xml"].status == "absent"
        yield Outcome(
            status="fail",
            subject=record.name,
            message=f"DAP record {record.name} has no selection criteria: it never matches",
            expected=f"an entry for {record.name} in dap.xml",
            actual="there is no dap.xml" if absent else "dap.xml has none",
            evidence=_evidence(context, record.name),
            fix=(
                f"PERSON: give record {record.name} its selection in ASDM, or, if nobody needs it:",
                f"no dynamic-access-policy-record {record.name}",
            ),
        )
