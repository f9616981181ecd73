"""junit.xml for GitLab and Jenkins: a testsuite a device, a testcase a device and control; a testcase a phone."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ..model import Outcome, Prediction, Status
from .phones import AS_STATUS, decided
from .text import one_line
from .view import STATUS_WORDS, DeviceView, FindingView, View
from .words import Words

# The element that carries a status; pass has none. A waiver is a known risk, so it shows as skipped with its reason.
_ELEMENTS: dict[Status, str] = {"fail": "failure", "error": "error", "skipped": "skipped", "waived": "skipped"}
_UNPARSED_SHOWN = 50


def render(view: View) -> str:
    """The document. Times are 0: a control is judged from data gathered once a device.

    The testsuite "phones" holds every phone as it is now: CONNECTS passes, LOCKED OUT fails, UNKNOWN is an error.
    """
    root = ET.Element("testsuites", name=f"vpnphone {view.run.site}")
    started = view.run.started.replace(tzinfo=None).isoformat(timespec="seconds")
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for device in view.devices:
        suite = ET.SubElement(root, "testsuite", name=device.result.name, timestamp=started, time="0")
        _fill(suite, device, view)
    now = [prediction for prediction in view.run.predictions if prediction.moment == "now"]
    if now:
        suite = ET.SubElement(root, "testsuite", name="phones", timestamp=started, time="0", hostname=view.run.site)
        for prediction in now:
            _phone(suite, prediction, view.words)
    for suite in root:
        cases = suite.findall("testcase")
        numbers = {
            "tests": len(cases),
            "failures": len(suite.findall("testcase/failure")),
            "errors": len(suite.findall("testcase/error")),
            "skipped": len(suite.findall("testcase/skipped")),
        }
        for key, number in numbers.items():
            suite.set(key, str(number))
            totals[key] += number
    for key, number in totals.items():
        root.set(key, str(number))
    root.set("time", "0")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _fill(suite: ET.Element, device: DeviceView, view: View) -> None:
    result = device.result
    suite.set("hostname", result.hostname or result.name)
    properties = ET.SubElement(suite, "properties")
    for name, value in (
        ("run_id", view.run.run_id),
        ("site", view.run.site),
        ("release", result.release),
        ("origin", result.origin),
        ("standing", device.standing),
        *([("kind", result.kind)] if result.kind != "asa" else []),
    ):
        ET.SubElement(properties, "property", name=name, value=value)
    words = view.words
    classname = f"vpnphone.{result.name}"
    if result.failure:
        case = ET.SubElement(suite, "testcase", classname=classname, name=words("the device can be read"), time="0")
        failure = ET.SubElement(case, "error", message=one_line(result.failure.what), type=result.failure.code)
        failure.text = "\n".join(filter(None, (result.failure.what, result.failure.todo)))
    for item in sorted(device.findings, key=lambda entry: entry.finding.control):
        _case(suite, classname, item, words)
    if result.unparsed:
        shown = [f"{line.section}:{line.line}: {line.text}" for line in result.unparsed[:_UNPARSED_SHOWN]]
        left = len(result.unparsed) - len(shown)
        more = [words("and {0} more in run.json", left)] if left else []
        ET.SubElement(suite, "system-out").text = "\n".join([words("Lines that were not understood:"), *shown, *more])


def _case(suite: ET.Element, classname: str, item: FindingView, words: Words) -> None:
    finding = item.finding
    case = ET.SubElement(suite, "testcase", classname=classname, name=f"{finding.control} {finding.title}", time="0")
    element = _ELEMENTS.get(finding.status)
    if element is None:
        return
    message = item.message
    if finding.status == "waived" and finding.waiver:
        waiver = finding.waiver
        message = words("Waived by {0} until {1}: {2}", waiver.approved_by, waiver.expires, waiver.reason)
    node = ET.SubElement(case, element, message=one_line(message))
    if element != "skipped":
        node.set("type", finding.severity)
    shown = [outcome for outcome in finding.outcomes if outcome.status not in ("pass", "skipped")]
    node.text = "\n\n".join(_outcome(outcome, words) for outcome in shown) or None


def _phone(suite: ET.Element, prediction: Prediction, words: Words) -> None:
    name = prediction.phone or words("a phone without a name")
    case = ET.SubElement(suite, "testcase", classname="vpnphone.phones", name=name, time="0")
    element = _ELEMENTS.get(AS_STATUS[prediction.verdict])
    if element is None:
        return
    why = decided(prediction)
    node = ET.SubElement(case, element, message=why.text, type=why.reason.step if why.reason else "")
    lines = [f"{words(prediction.verdict)}: {why.text}"]
    if prediction.connected:
        lines.append(words("A session of it was there during the audit."))
    for attempt in prediction.attempts:
        # What is said of the phone's file comes without a URL.
        place = one_line(attempt.url) or words("Its file")
        place = words("{0} at {1}", place, attempt.asa) if attempt.asa else place
        lines.append(f"{place}: {words(attempt.verdict)}")
        for reason in attempt.reasons:
            lines += [
                f"  {words(reason.verdict)} {reason.step}: {reason.text}",
                *(f"    {line}" for line in reason.fix),
            ]
    node.text = "\n".join(lines)


def _outcome(outcome: Outcome, words: Words) -> str:
    lines = [f"{words(STATUS_WORDS[outcome.status])} {outcome.subject}".rstrip() + f": {outcome.message}"]
    if outcome.expected:
        lines.append(words("Expected: {0}", outcome.expected))
    if outcome.actual:
        lines.append(words("Actual: {0}", outcome.actual))
    for evidence in outcome.evidence:
        lines.append(words("Evidence of `{0}`:", evidence.command))
        lines.extend(f"  {line}" for line in evidence.lines)
    if outcome.fix:
        lines.append(words("Fix:"))
        lines.extend(f"  {line}" for line in outcome.fix)
    return "\n".join(lines)
