"""What the texts of a remediation say alike."""

from __future__ import annotations

from collections import Counter

from ..model import DeviceOutcome, LeftToDo, Remediation, Remedied

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


def outcome_words(device: Remedied) -> str:
    """Nothing that was sent is no proof that nothing is left."""
    if device.outcome == "nothing_to_do" and any(item.source != "finding" for item in device.left):
        return "nothing sent, some left to approve or to do by hand"
    return OUTCOME_WORDS[device.outcome]


def worst_first(run: Remediation) -> list[Remedied]:
    return sorted(run.devices, key=lambda device: OUTCOME_ORDER.index(device.outcome))


def headline(run: Remediation) -> str:
    """The run in a sentence, worst outcome first."""
    total = len(run.devices)
    counted = Counter(outcome_words(device) for device in worst_first(run))
    if not counted:
        return "No ASA was concerned."
    what = "Plan" if run.check else "Change"
    return (
        f"{what} of {total} ASA{'s' if total > 1 else ''}: "
        + "; ".join(f"{n} {words}" for words, n in counted.items())
        + "."
    )


def saved_words(device: Remedied) -> str:
    """Whether startup-config holds it, "" where nothing was to be saved."""
    if device.saved is None:
        return device.save_note
    if device.saved:
        return "saved to startup-config"
    return f"NOT saved{': ' + device.save_note if device.save_note else ''}"


def movement(device: Remedied) -> str:
    """FAIL and UNKNOWN before and after: "FAIL 30 -> 12, UNKNOWN 3 -> 2"; before alone where nothing was changed."""
    parts = []
    for status, word in (("fail", "FAIL"), ("error", "UNKNOWN")):
        if device.counts_before:
            text = f"{word} {device.counts_before.get(status, 0)}"
            parts.append(f"{text} -> {device.counts_after.get(status, 0)}" if device.counts_after else text)
    return ", ".join(parts)


def left_words(item: LeftToDo) -> str:
    """The mark before a thing that is left: APPROVE, BY HAND, FAIL, UNKNOWN."""
    if item.source == "finding":
        return "FAIL" if item.status == "fail" else "UNKNOWN"
    return "APPROVE" if item.source == "approval" else "BY HAND"
