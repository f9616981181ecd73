"""The texts that the pages of a renewal and of a remediation are built of, beside those of an audit."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible.module_utils.vpnphone.report.said import bare_of_prefix

from tools.catalogue_said import places_of, said_in, templates

# What may stand in a journal's plans, errors and events, on the page of go or no-go, or in the record of a change.
_RENEWAL = (
    *("apply_plan", "certificate", "certificate_back", "certificate_checks", "checks", "dead_man", "flow", "gateway"),
    *("old_trustpoint", "opening", "pinned", "preflight", "preflight_asa", "preflight_phones", "progress"),
    *("proof", "stages", "standing", "store", "switch_facts", "switch_gate", "switch_plan", "switch_probe"),
    *("switch_watch", "trust", "trust_way", "untrust", "waves"),
)
_PLAN = (
    *("dap_manual", "dap_merge", "dap_record", "desired", "group_policy", "judged", "learned", "make", "management"),
    *("names", "never", "ssl", "ssl_effect", "ssl_lists", "tunnel_group", "usernames"),
)
SOURCES = (
    *(f"renewal/{name}.py" for name in _RENEWAL),
    *("switch/*.py", "asa_certificate.py", "asa_certificate_acts.py", "asa_reading.py", "change_cucm.py"),
    *("cucm_stages.py", "gather_wave.py", "phone_stages.py", "phone_waves.py", "renewal_phones.py", "rundir.py"),
    *(f"transport/{name}.py" for name in ("asa_config", "asa_dialogue", "certificate_api", "cucm_os")),
    *(f"plan/{name}.py" for name in _PLAN),
    *("apply/*.py", "evidence/make.py", "evidence/read.py"),
)
# Of these files the functions whose texts stay; what the others say is of a terminal.
FUNCTIONS = {
    "renewal/flow.py": {"_unwritten", "_written", "_with_done"},
    "renewal/opening.py": {"_judged"},
    "renewal/progress.py": {"_counted"},
    "renewal/stages.py": {"falls_away"},
    "renewal_phones.py": {"gathered"},
    "rundir.py": {"read_kept"},
}
# Compared, keys, labels of a diff, menus; and what COMPOSED has with its words.
_NO_TEXTS = {
    *("unknown ca", "Syslog logging: enabled", "bytes copied", "leaf of {0}", "{0} (before)", "{0} (after)"),
    *("not seen", "by certificate", "by a person", "connect now", "locked out now", "not known now"),
    *("phone-vpn-trust-{0}.pem", "priority {0}", "`no without-csd`", "ASA: {0}", "ASA: end", "ASA: configure terminal"),
    *("ASA: copy /noconfirm {0} {1}", "ASA: copy /noconfirm {0} {1}-before.xml", "same command again"),
    *("{0}: profile.group_policy.name", "{0}: profile.group_policy.group_lock", "{0}: profile.group_policy"),
    *("{0}: profile.tunnel_group.name", "{0}: profile.tunnel_group.group_url"),
    "Cisco Unified OS Administration > Security > Certificate Management",
    "Remote Access VPN > Network (Client) Access > Dynamic Access Policies",
    "{0}: {1} > {2}, serial {3} > Delete",
    "{0} {1} the same common name and would be overwritten: phones then pin the new one alone",
    *("{0} {1} one certificate or more each", "{0} {1} the certificate itself", "{0} as {1} {2}"),
    *("{0} a CA of its chain", "{0} neither, or not known", "wave {0}: {1} to {2:n} {3} ({4})"),
    "{0} is not switched for good: bound is {1}, {2}saved.",
}
# Commands, their parts and names of files: typed or answered as they stand.
_TYPED = re.compile(
    r"\s*(?:show |crypto |event (?:manager|timer) |action (?:1 |\{)|output none|AXL |POST |set cert |failover exec "
    r"|vpn-sessiondb |copy /|delete /|more \{|csd |group-url \{0\} disable|dynamic-access-policy-config activate$|<"
    r"|scp |configure terminal|all ssl|changes/|startup-config: |key:|trustpoint:|value \{|authentication method$"
    r"|no (?:ssl |without-csd|authentication |group-policy \{|default-group-policy|priority$|name$)"
    r"|\{0\}(?:\.[a-z_.]+$|dap-|snapshot|trust/)|\.running-|set cli |Executed |Configuration Replication |No answer$"
    # What a device asks and is told.
    r"|\^|-----|really want |do you accept |continue with |would you like |include |redisplay "
    r"|generate self|are you sure )"
)
_BEHIND = re.compile(r"(?:\{0\})? (?=[A-Z])")
_HOLE = re.compile(r"\{(\d+)((?::n)?)\}")
# What is put together of variables, so that the code has no template of it.
COMPOSED = {
    "renewal/journal.py": (
        "the file cannot be written: {0}.",
        "Look at the space and the permissions of that directory.",
    ),
    "renewal/preflight.py": ("Everything in scope was read",),
    "renewal/checks.py": ("{0}, with the new certificate",),
    "renewal/preflight_phones.py": (
        "{0} {has|have} the same common name and would be overwritten: phones then pin the new one alone",
        "{0} {gets|get} one certificate or more each",
        "{0:n} phone{|s} {pins|pin} the certificate itself, {1:n} phone{|s} a CA of its chain",
        "{0:n} phone{|s} {pins|pin} the certificate itself, {1:n} phone{|s} a CA of its chain, {2:n} phone{|s} neither,"
        " or not known",
    ),
    "renewal/switch_probe.py": (
        "{0} as {1} shows no certificate ({2} {3})",
        "{0} as {1} shows {2}",
        "not proven by a handshake: {0} as {1} shows no certificate ({2})",
        "{0} as {1} is sent a chain without the CA that phones pin",
    ),
    "renewal/untrust.py": (
        "{0} is not switched for good: bound is {1}, saved.",
        "{0} is not switched for good: bound is {1}, not saved.",
    ),
    "renewal/preflight_text.py": (
        "{0:n} {thing stops|things stop} renewal {1}",
        "{0:n} {thing stops|things stop} renewal {1}, {2:n} {warning|warnings}",
        "nothing stops renewal {0}",
        "nothing stops renewal {0}, {1:n} {warning|warnings}",
    ),
    "renewal/waves.py": (
        "wave {0}: {1} to {2:n} {canary|canaries} ({3})",
        "wave {0}: {1} to {2:n} {phone|phones} ({3})",
    ),
}


def change_templates(verbatim: Iterable[str]) -> dict[str, list[str]]:
    """Template to the places (file:line) that build it; what an audit says, and what is typed, is none of them."""
    left_out = {*templates(), *verbatim}
    unwanted = left_out | _NO_TEXTS
    found = places_of(COMPOSED)
    for text, place in said_in(SOURCES, FUNCTIONS):
        if text not in unwanted and not _TYPED.match(text):
            found.setdefault(text, []).append(place)
    alone = {_alone(bare_of_prefix(text)[1]): places for text, places in found.items()}
    return {text: places for text, places in alone.items() if text not in left_out}


def _alone(text: str) -> str:
    """A sentence that is put behind another one stands for itself: Words.changed() takes a text apart."""
    if not (begins := _BEHIND.match(text)):
        return text
    first = begins[0].count("{")
    return _HOLE.sub(lambda hole: f"{{{int(hole[1]) - first}{hole[2]}}}", text[begins.end() :])
