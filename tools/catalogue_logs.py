"""The texts that a diagnosis of logs is built of: causes and signatures by their data, the others from the code."""

from __future__ import annotations

import functools
import re

from ansible.module_utils.vpnphone.diagnose.causes import CAUSES
from ansible.module_utils.vpnphone.diagnose.signatures import SIGNATURES
from ansible.module_utils.vpnphone.diagnose.steps import PLACEHOLDERS
from ansible.module_utils.vpnphone.model.diagnosis import CONFIDENCE_ORDER
from ansible.module_utils.vpnphone.report import diagnosis_html, diagnosis_translate, diagnosis_view
from ansible.module_utils.vpnphone.report.said import bare_of_prefix
from ansible.module_utils.vpnphone.report.text import steps

from tools.catalogue_said import places_of, said_in

SOURCES = (
    *(f"diagnose/{name}.py" for name in ("arrange", "correlate", "grouping", "judge", "one_asa", "read", "sources")),
    *(f"diagnose/{name}.py" for name in ("cases", "find_asa", "find_csd", "find_lock", "find_phone", "find_status")),
    *("diagnose/standing.py", "gather_logs.py", "log_files.py", "log_site.py", "report/diagnosis_told.py"),
)
# Of these files the functions that a diagnosis takes its sentences from.
FUNCTIONS = {
    "diagnose/correlate.py": {"_reasons"},
    "gather_logs.py": {"_of_settings", "fetch_phone", "_console", "_one", "_no_address", "_gone", "_unread"},
    "log_files.py": {"fetched"},
    "report/diagnosis_told.py": {"not_asked"},
}
# Names of facts, which have a list of their own, and what is compared with a log.
_NO_TEXTS = {
    *diagnosis_translate.FACTS,
    *("seems before", "seems after", "Status Messages", "web page", "asa.{0}", "phone.{0}", " and of ", "console logs"),
    *("svc not enabled", "tunnel protocol", "tunneling protocol", "protocol not", "user was not found", "unknown user"),
    *("illegal parameter", "unknown CA", "not trusted", "its {0} were not read: {1}."),
    # Errors, which end a run.
    *("there is no such file", "it is no file", "the log cannot be read: {0}."),
    "Name files that are there and that this user may read.",
    # COMPOSED has them with the words that they are put together of.
    *("failed handshake", "one {0}", "ahead of", "the ASA"),
    "Left out: {0} of clients that no line names a phone; phones get in on that ASA, and scanners and browsers fail so,"
    " too.",
    "Refusals of {0} by no phone's name (CP-<model>-SEP<MAC>) are no causes here.",
    "The clock of {0} is {1} seconds {2} that of {3} ({4} compared).",
}
# What is put together of variables, so that the code has no template of it.
COMPOSED = {
    "diagnose/site.py": (
        "one of {0:n}; the lines are not in one piece, so which one is not certain",
        "none that the gathered state knows",
        "as it is served, it has this hash (an issuer's hash would do, too)",
        "as it is served, it does NOT have this hash (an issuer's hash would do, too)",
        "as it was gathered, it has this certificate",
        "as it was gathered, it does NOT have this certificate",
        "{0} in {1} of {2}",
        "{0}: identity certificate of trustpoint {1} on {2}",
        "{0}: identity certificate of trustpoint {1} on {2} (bound for SSL)",
        "{0}: CA certificate of trustpoint {1} on {2}",
        "{0}: presented by {1} when it was probed",
        "{0}: sent as an issuer by {1} when it was probed",
    ),
    "diagnose/grouping.py": ("{0} and {1:n} more",),
    "diagnose/judge.py": (
        "Left out: one failed handshake of clients that no line names a phone; phones get in on that ASA, and scanners"
        " and browsers fail so, too.",
        "Left out: {0:n} failed handshakes of clients that no line names a phone; phones get in on that ASA, and"
        " scanners and browsers fail so, too.",
        "Refusals of one user by no phone's name (CP-<model>-SEP<MAC>) are no causes here.",
        "Refusals of {0:n} users by no phone's name (CP-<model>-SEP<MAC>) are no causes here.",
        "The clock of {0} is {1:n} seconds ahead of that of {2} (one attempt compared).",
        "The clock of {0} is {1:n} seconds behind that of {2} (one attempt compared).",
        "The clock of {0} is {1:n} seconds ahead of that of {2} ({3:n} attempts compared).",
        "The clock of {0} is {1:n} seconds behind that of {2} ({3:n} attempts compared).",
    ),
    "diagnose/read.py": ("all of its known lines are in other files too, and count once",),
    "diagnose/sources.py": (
        *("an ASA", "a phone", "status messages"),
        *("an ASA and of a phone", "an ASA and of status messages", "a phone and of status messages"),
    ),
    "log_files.py": (
        "was not asked where {0} are registered: {1}",
        "{0} is a link, and was not followed.",
        "{0} was not read: {1}",
        "the file cannot be read: {0}.",
    ),
    "gather_logs.py": (
        "from a PC in the phone's own network open its address in a browser, save every file of Console Logs and the"
        " page Status Messages, and read them with -e vpnphone_logs=DIR",
        "its status messages were not read: {0}.",
        "its console logs were not read: {0}.",
    ),
}
_NAME = re.compile(r"\{[a-z_]+\}")


@functools.cache
def log_templates() -> dict[str, list[str]]:
    """Template to the places (file:line) that build it."""
    found = places_of(COMPOSED)
    for rule in CAUSES:
        by_hand = [step.text for line in rule.steps for step in steps((line,)) if step.by_hand]
        for text in (rule.title, rule.meaning, rule.doubt, *rule.confirm, *by_hand):
            found.setdefault(_numbered(text), []).append("module_utils/vpnphone/diagnose/causes.py:0")
    for text in ("host", "url"):
        found[PLACEHOLDERS[text]] = ["module_utils/vpnphone/diagnose/steps.py:0"]
    for one in SIGNATURES:
        for text in filter(None, (one.proves, one.indicates)):
            found.setdefault(text, []).append("module_utils/vpnphone/diagnose/signatures.py:0")
    for text, place in said_in(SOURCES, FUNCTIONS):
        if text not in _NO_TEXTS:
            found.setdefault(text, []).append(place)
    return {bare_of_prefix(text)[1]: places for text, places in found.items()}


def _numbered(text: str) -> str:
    """The names that steps.py fills in as numbered holes."""
    parts = _NAME.split(text)
    return parts[0] + "".join(f"{{{number}}}{part}" for number, part in enumerate(parts[1:]))


def listed() -> dict[str, tuple[str, ...]]:
    """Words that the pages of a diagnosis keep in lists, by the module of the list."""
    return {
        "diagnosis_view.py": (
            *diagnosis_view.CONFIDENCE_WORDS.values(), *diagnosis_view.SIDE_WORDS.values(), diagnosis_view.PAST,
            *diagnosis_view.OUTCOME_WORDS.values(), *("{0} d", "{0} h", "{0} min", "{0} s"),
        ),
        "diagnosis_html.py": tuple(diagnosis_html.KIND_WORDS.values()),
        "diagnosis_timeline.py": ("{0} failed", "{0} connected", "{0} with an end that was not seen"),
    }  # fmt: skip


def called() -> dict[str, tuple[str, ...]]:
    """Names of closed lists, by their context (Words.called)."""
    return {
        "confidence": CONFIDENCE_ORDER,
        "last": ("connected", "failed", "unknown"),
        "fact": tuple(diagnosis_translate.FACTS),
        "line": tuple(dict.fromkeys(diagnosis_view.name_of(one.id) for one in SIGNATURES)),
        # Forms that are words, not names of a standard or a command.
        "form": ("stamped", "unstamped", "status messages", "web page", "debug", "show logging again"),
        "by": ("user", "certificate", "address", "pair", "site", "own log"),
    }
