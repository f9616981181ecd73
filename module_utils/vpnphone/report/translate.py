"""A view of a run in another language: what a person reads is translated, names, commands and answers stay.

JSON and CSV are contracts of machines: they are made from the view as it was.
"""

from __future__ import annotations

import re

import msgspec

from ..model import Attempt, DeviceResult, Failure, Finding, Outcome, Prediction, Profile, Reason, Run
from .phones import Case, Cause, Phones
from .text import said_fix
from .view import ControlView, DeviceView, FindingView, View, verdict_of
from .words import Words

_replace = msgspec.structs.replace
# What text.cut() writes; Markdown shows its parentheses as they are.
_CUT = re.compile(r"… (\\?)\(([0-9]{1,9}) more characters\\?\)")


def translated(view: View, words: Words) -> View:
    """The same view, said in that language; English is the very same object."""
    return view if words.english else _Translation(words).view(view)


def said_cuts(page: str, words: Words) -> str:
    """A whole report with the marks of its cuts said in its language."""

    def said(match: re.Match[str]) -> str:
        inside = words("{0} more characters", match[2])
        return f"… {match[1]}({inside}{match[1]})"

    return page if words.english else _CUT.sub(said, page)


class _Translation:
    def __init__(self, words: Words) -> None:
        self.words = words
        self.say = words.say

    def view(self, view: View) -> View:
        devices = {device.anchor: self._device(device) for device in view.devices}
        shown = self._phones(view.phones) if view.phones else None
        headline, rest = verdict_of(view.devices, view.run.exit_code, self.words)
        if shown:
            headline, rest = shown.headline, " ".join(filter(None, (shown.rest, headline, rest)))
        return view._replace(
            run=self._run(view.run, tuple(device.result for device in devices.values())),
            headline=headline,
            rest=rest,
            of_devices=verdict_of(view.devices, 0, self.words),
            phones=shown,
            devices=tuple(devices.values()),
            worst_first=tuple(devices[device.anchor] for device in view.worst_first),
            actions=tuple(self._action(action, devices) for action in view.actions),
            unread=tuple(
                (self._failure(failure), tuple(devices[device.anchor] for device in concerned))
                for failure, concerned in view.unread
            ),
            words=self.words,
        )

    def _run(self, run: Run, devices: tuple[DeviceResult, ...]) -> Run:
        return _replace(
            run,
            devices=devices,
            notes=tuple(map(self.say, run.notes)),
            predictions=tuple(map(self._prediction, run.predictions)),
        )

    def _device(self, device: DeviceView) -> DeviceView:
        items = tuple(FindingView(self._finding(item.finding), item.topic, item.failed) for item in device.findings)
        by_control = {item.finding.control: item.finding for item in items}
        result = device.result
        return device._replace(
            findings=items,
            result=_replace(
                result,
                failure=self._failure(result.failure) if result.failure else None,
                profiles=tuple(map(self._profile, result.profiles)),
                findings=tuple(by_control.get(one.control, one) for one in result.findings),
            ),
        )

    def _finding(self, finding: Finding) -> Finding:
        return _replace(finding, title=self.say(finding.title), outcomes=tuple(map(self._outcome, finding.outcomes)))

    def _outcome(self, outcome: Outcome) -> Outcome:
        return _replace(
            outcome,
            message=self.say(outcome.message),
            expected=self.say(outcome.expected),
            actual=self.say(outcome.actual),
            fix=said_fix(outcome.fix, self.say),
        )

    def _failure(self, failure: Failure) -> Failure:
        return _replace(failure, what=self.say(failure.what), todo=self.say(failure.todo))

    def _profile(self, profile: Profile) -> Profile:
        return _replace(profile, reason=self.say(profile.reason))

    def _action(self, action: ControlView, devices: dict[str, DeviceView]) -> ControlView:
        return action._replace(
            finding=self._finding(action.finding),
            message=self.say(action.message),
            failed=tuple(devices[device.anchor] for device in action.failed),
            undecided=tuple(devices[device.anchor] for device in action.undecided),
        )

    def _prediction(self, prediction: Prediction) -> Prediction:
        # `first` ends with the text of the reason that decides, by which the two are known to belong together.
        first = prediction.first
        texts = (reason.text for attempt in prediction.attempts for reason in attempt.reasons)
        ending = next((text for text in texts if text and first.endswith(text)), first)
        return _replace(
            prediction,
            first=first.removesuffix(ending) + self.say(ending),
            attempts=tuple(map(self._attempt, prediction.attempts)),
        )

    def _attempt(self, attempt: Attempt) -> Attempt:
        return _replace(attempt, reasons=tuple(map(self._reason, attempt.reasons)))

    def _reason(self, reason: Reason) -> Reason:
        return _replace(reason, text=self.say(reason.text), fix=said_fix(reason.fix, self.say))

    def _phones(self, phones: Phones) -> Phones:
        return phones._replace(
            causes=tuple(map(self._cause, phones.causes)),
            headline=self.say(phones.headline),
            rest=self.say(phones.rest),
        )

    def _cause(self, cause: Cause) -> Cause:
        return cause._replace(
            text=self.say(cause.text), fix=said_fix(cause.fix, self.say), cases=tuple(map(self._case, cause.cases))
        )

    def _case(self, case: Case) -> Case:
        return case._replace(attempts=tuple(map(self._attempt, case.attempts)))
