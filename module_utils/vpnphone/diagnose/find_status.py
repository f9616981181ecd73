"""Status messages (F-067, F-068): files and trust lists that a phone did not get."""

from __future__ import annotations

from collections.abc import Iterator

from ..model.diagnosis import Confidence
from .cases import Case, cut, some
from .streams import is_phone
from .view import View

_TFTP = ("status.tftp_error", "status.tftp_timeout")
# One failure may pass; two are told as they stand.
_ENOUGH = 2


def cases(view: View) -> Iterator[Case]:
    """One case a log: `Trust List Update Failed` comes with a TFTP failure, and is then no cause of its own."""
    for stream in view.streams:
        if stream.side != "status":
            continue
        of_name: dict[str, list[int]] = {}
        lists: list[int] = []
        for index in stream.events:
            event = view.events[index]
            if event.signature in _TFTP:
                of_name.setdefault(_phone(stream.device, event.fields.get("phone", "")), []).append(index)
            elif event.signature == "status.trust_failed":
                lists.append(index)
        for phone, found in of_name.items():
            files = dict.fromkeys(view.events[index].fields.get("name", "") for index in found)
            facts = {"files": cut(", ".join(list(files)[:4]))}
            yield _case(view, "tftp", phone, stream.source, found, [*lists, *found], facts)
        if lists and not of_name:
            yield _case(view, "trust_list", _phone(stream.device, ""), stream.source, lists, lists, {})


def _phone(device: str, named: str) -> str:
    """Whose log it is; else whose file it asked for."""
    if is_phone(device):
        return device
    return named.upper() if is_phone(named.upper()) else ""


def _case(
    view: View, cause: str, phone: str, source: str, found: list[int], lines: list[int], facts: dict[str, str]
) -> Case:
    confidence: Confidence = "certain" if len(found) >= _ENOUGH else "likely"
    doubts = () if confidence == "certain" else ("it failed once",)
    return Case(
        id=cause,
        confidence=confidence,
        at=found[-1],
        phone=phone,
        evidence=some(lines),
        doubts=doubts,
        facts={**facts, "failures": str(len(found))},
        names={"phone": phone} if phone else {},
        subject="" if phone else source,
    )
