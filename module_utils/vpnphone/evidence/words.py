"""What the texts of a remediation say alike."""

from __future__ import annotations

from collections import Counter

from ..model import DeviceOutcome, LeftToDo, Remediation, Remedied
from ..report.words import ENGLISH, Words

OUTCOME_WORDS: dict[DeviceOutcome, str] = {
    "nothing_to_do": "as desired already, nothing sent",
    "planned": "planned, nothing sent",
    "applied": "changed as planned",
    "rolled_back": "failed, and as it was before",
    "partial": "FAILED, A PART STANDS",
    "unknown": "FAILED, WHAT STANDS IS NOT KNOWN",
    "refused": "refused, nothing changed",
    "unreachable": "not reached, nothing changed",
    "untouched": "not touched, since the run ended before",
    "no_profile": "left alone: no vpnphone_profile",
}
# Worst first; of a change that went well those with most to do come first anyway.
OUTCOME_ORDER: tuple[DeviceOutcome, ...] = (
    "unknown",
    "partial",
    "rolled_back",
    "refused",
    "unreachable",
    "untouched",
    "applied",
    "planned",
    "nothing_to_do",
    "no_profile",
)


def outcome_words(device: Remedied, words: Words = ENGLISH) -> str:
    """Nothing that was sent is no proof that nothing is left."""
    if device.outcome == "nothing_to_do" and any(item.source != "finding" for item in device.left):
        return words("nothing sent, some left to approve or to do by hand")
    return words(OUTCOME_WORDS[device.outcome])


def worst_first(run: Remediation) -> list[Remedied]:
    return sorted(run.devices, key=lambda device: OUTCOME_ORDER.index(device.outcome))


def headline(run: Remediation, words: Words = ENGLISH) -> str:
    """The run in a sentence, worst outcome first."""
    total = len(run.devices)
    counted = Counter(outcome_words(device, words) for device in worst_first(run))
    if not counted:
        return words("No ASA was concerned.")
    parts = "; ".join(words.meant("outcome", "{0} {1}", number, word) for word, number in counted.items())
    if run.check:
        return words.many("Plan of {0} ASA: {1}.", "Plan of {0} ASAs: {1}.", total, total, parts)
    return words.many("Change of {0} ASA: {1}.", "Change of {0} ASAs: {1}.", total, total, parts)


def saved_words(device: Remedied, words: Words = ENGLISH) -> str:
    """Whether startup-config holds it, "" where nothing was to be saved."""
    note = words.changed(device.save_note)
    if device.saved is None:
        return note
    if device.saved:
        return words("saved to startup-config")
    return words("NOT saved: {0}", note) if note else words("NOT saved")


def movement(device: Remedied, words: Words = ENGLISH) -> str:
    """FAIL and UNKNOWN before and after: "FAIL 30 -> 12, UNKNOWN 3 -> 2"; before alone where nothing was changed."""
    parts = []
    for status, word in (("fail", "FAIL"), ("error", "UNKNOWN")):
        if device.counts_before:
            text = f"{words(word)} {device.counts_before.get(status, 0)}"
            parts.append(f"{text} -> {device.counts_after.get(status, 0)}" if device.counts_after else text)
    return ", ".join(parts)


def left_words(item: LeftToDo, words: Words = ENGLISH) -> str:
    """The mark before a thing that is left: APPROVE, BY HAND, FAIL, UNKNOWN."""
    if item.source == "finding":
        return words("FAIL") if item.status == "fail" else words("UNKNOWN")
    return words("APPROVE") if item.source == "approval" else words("BY HAND")


def what_words(item: LeftToDo, words: Words = ENGLISH) -> str:
    """A finding's is the control's number and its title."""
    if item.source != "finding":
        return words.changed(item.what)
    control, blank, title = item.what.partition(" ")
    return control + blank + words.changed(title)
