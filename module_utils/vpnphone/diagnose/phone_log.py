"""A phone's console log in both grammars, and its status messages.

Numbered lines: `902: NOT 10:19:27.155936 VPNC: text`; others: `VPNC: -text`, of which the next may begin in the middle
of a line where somebody wrapped them (F-016). Stretches of lines that mean nothing are passed over on bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from ..parse.phone_web import timed_message
from .forms import Record, inner_heads, page_head, phone_head
from .lines import LineLog
from .signature import Signature
from .signatures import SIGNATURES, fields_of
from .tally import Tally, line_of
from .unwrap import MAX_PIECES, WIDEST_WRAPPED, Piece, goes_on, joined

_CONSOLE: tuple[Signature, ...] = tuple(one for one in SIGNATURES if one.side == "phone")
_STATUS: tuple[Signature, ...] = tuple(one for one in SIGNATURES if one.side == "status")
# How the text of each signature begins: a test holds them together.
_OPENERS = (
    r"vpn_start: |create_(?:dtls|ssl)_connection: (?:cipher|tcp_)|process_login: |set_redirect_url: "
    r"|set_login_state: LOGIN|vpnc_send_notify: notify (?:code|desc)|protocol_handler: (?:login|connect)"
    r"|cert_vfy_cb: depth|Leaf cert|EROR:secLoad|VPN cert chain|DNS has|Generic third|hostID|alert_err: "
    r"|(?:SSL|DTLS): SSL_connect: error"
)
_NUMBERED = re.compile(
    (
        r"(?>[0-9]{1,10}: [A-Z]{3} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{1,6} [A-Za-z0-9_./-]{1,24}: "
        rf"(?!{_OPENERS})[^\n]*+\n)++"
    ).encode()
)
# A colon before ` -` or at the end of a line may be another record's.
_UNNUMBERED = re.compile(
    (
        rf"(?>[A-Z][A-Z0-9_]{{1,11}}: ?-(?!{_OPENERS})[^\n:]*+(?::(?! ?-|[ \t\r]*\n)[^\n:]*+)*+\n)++"
    ).encode()
)  # fmt: skip
_NUMBER = re.compile(rb"^([0-9]{1,10}): ", re.MULTILINE)
# Their text comes from the other side: nothing within it is taken for another record.
_SAID_BY_OTHERS = re.compile(r"cert_vfy_cb: |process_login: (?:HTTP|new)|set_redirect_url: ")
# A phone that restarts begins its numbers anew. More breaks than this are no restarts: somebody mixed the lines.
MAX_STRETCHES = 16


@dataclass
class Stretch:
    """Lines with rising numbers. first, last: numbers and times (seconds of the day) of the whole stretch."""

    first: int
    last: int
    began: float | None
    ended: float | None


class PhoneLog(LineLog):
    """Takes blocks of whole lines; what they mean ends up in the tally."""

    def __init__(self, tally: Tally, widest: int) -> None:
        """widest: longest of the first lines that begin a record, in bytes."""
        self._tally = tally
        self._widest = widest
        self.stretches: list[Stretch] = []
        self.mixed = False
        # The record that may go on: its head, its first line, its pieces; the length of the line before.
        self._head: Record | None = None
        self._start = 0
        self._pieces: list[Piece] = []
        self._length = 0
        # The number of the line before; whether numbers are missing since the last event, and up to the open record.
        self._before: int | None = None
        self._gap = self._open_gap = False

    def _skipped(self, data: bytes, at: int) -> int:
        match = _NUMBERED.match(data, at)
        if match is None:
            match = _UNNUMBERED.match(data, at)
            if match is None:
                return at
            self._tally.met("unstamped")
        else:
            self._tally.met("stamped")
            self._count(data, at, match.end())
        self._close()
        end = match.end()
        self._length = end - max(at, data.rfind(b"\n", at, end - 1) + 1)
        return end

    def _count(self, data: bytes, at: int, end: int) -> None:
        """The numbers of a stretch of lines; looked at one by one only where one of them must have gone back."""
        last = max(at, data.rfind(b"\n", at, end - 1) + 1)
        first, final = _head_at(data, at), _head_at(data, last)
        self._numbered(first)
        lines = data.count(b"\n", at, end)
        self._follows(int(first.number), int(final.number), lines)
        if not int(final.number) - int(first.number) >= 0 or int(final.number) - int(first.number) + 1 < lines:
            before, place = int(first.number), at
            for match in _NUMBER.finditer(data, at, end):
                number = int(match[1])
                if number < before:
                    self._numbered(_head_at(data, place))
                    self._numbered(_head_at(data, match.start()))
                before, place = number, match.start()
        self._numbered(final)

    def _numbered(self, head: Record) -> None:
        number = int(head.number)
        if not self.stretches or (number < self.stretches[-1].last and len(self.stretches) < MAX_STRETCHES):
            self.stretches.append(Stretch(number, number, head.seconds, head.seconds))
            return
        now = self.stretches[-1]
        self.mixed = self.mixed or number < now.last
        now.last, now.ended = max(now.last, number), head.seconds

    def _follows(self, first: int, last: int, lines: int) -> None:
        """Whether lines are missing before so many with these numbers, or among them. A copy is no gap."""
        before = self._before
        self._gap |= last - first + 1 != lines or (before is not None and first not in (before, before + 1))
        self._before = last

    def end(self) -> None:
        self._close()

    # --- line by line -------------------------------------------------------------------------------------------------

    def _line(self, text: str, line: int) -> None:
        if not text.strip():
            return
        head = phone_head(text)
        if head is None and self._head is not None and self._head.open and text.startswith("-"):
            # `VPNC:` stood at the end of the line before.
            head = self._head._replace(end=1, open=False)
        if head is not None:
            self._close()
            self._begin(head, text, line)
        elif self._goes_on(text):
            self._more(text, line)
        else:
            self._close()
            owner = page_head(text.strip())
            if owner is None:
                self._tally.foreign += 1
            else:
                self._tally.met(owner=owner)
            return
        self._length = len(text)

    def _goes_on(self, text: str) -> bool:
        return (
            max(self._widest, len(text)) <= WIDEST_WRAPPED
            and goes_on(self._length, text)
            and len(self._pieces) < MAX_PIECES
        )

    def _begin(self, head: Record, text: str, line: int) -> None:
        if head.number:
            self._numbered(head)
            self._follows(int(head.number), int(head.number), 1)
            self._tally.met("stamped")
        else:
            self._tally.met("unstamped")
        self._open_gap, self._gap = self._gap, False
        self._head, self._start = head, line
        self._more(text, line, head.end)

    def _more(self, text: str, line: int, at: int = 0) -> None:
        """From there on, the line is text of the open record (or of none that matters); others may begin within it."""
        inner = [] if self._head is not None and self._head.number else inner_heads(text, at)
        for start, stop in pairwise([at, *inner, len(text)]):
            if start > at:
                self._close()
                head = phone_head(text[start:stop])
                if head is None:
                    return
                self._head, self._start = head, line
                start += head.end
            said = text[start:stop]
            if self._head is not None and _SAID_BY_OTHERS.match(
                "".join(one.text for one in [*self._pieces, Piece(said, 0)])
            ):
                self._pieces.append(Piece(text[start:], len(text)))
                return
            # What ends within the line was not broken there.
            self._pieces.append(Piece(said, len(text)) if stop == len(text) else Piece(said.rstrip(), 0))

    def _close(self) -> None:
        """The open record is whole: if a signature knows it, it is an event."""
        head, pieces = self._head, self._pieces
        self._head, self._pieces = None, []
        self._length = 0
        gap, self._open_gap = self._open_gap, False
        found = _match(pieces, self._widest) if head is not None else None
        if head is None or found is None:
            self._gap |= gap
            return
        signature, fields, text = found
        self._tally.keep(
            signature, fields, text, self._start, seconds=head.seconds, number=head.number, level=head.level,
            piece=max(0, len(self.stretches) - 1), after_gap=gap,
        )  # fmt: skip


def _match(pieces: list[Piece], widest: int) -> tuple[Signature, dict[str, str], str] | None:
    """The signature that knows the record; what stands behind it may be no part of it."""
    for size in range(len(pieces), 0, -1):
        for text in joined(pieces[:size], widest):
            for one in _CONSOLE:
                fields = fields_of(one, text)
                if fields is not None:
                    return one, fields, text
    return None


def _head_at(data: bytes, at: int) -> Record:
    """Of a line that is known to have one."""
    return phone_head(line_of(data[at : at + 64])) or Record("0", "", None, 0)


class StatusLog:
    """Status messages, one a line; time and text as the phone's page has them."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def block(self, data: bytes, line: int) -> None:
        for number, raw in enumerate(data.split(b"\n"), line):
            text = line_of(raw).strip()
            if text:
                self.message(text, number)

    def message(self, text: str, line: int) -> None:
        timed = timed_message(text)
        said = timed.text if timed else text
        for one in _STATUS:
            fields = fields_of(one, said)
            if fields is not None:
                self._tally.met("status messages")
                seconds = float(timed.seconds) if timed and timed.seconds is not None else None
                self._tally.keep(one, fields, said, line, seconds=seconds)
                return
        owner = page_head(text)
        if owner is not None:
            self._tally.met(owner=owner)
        elif timed is None:
            self._tally.foreign += 1

    def end(self) -> None:
        """Nothing is open between lines."""
