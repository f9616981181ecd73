"""An ASA's syslog in all the forms it is kept in, and `debug webvpn anyconnect`, also mixed.

Stretches of whole lines that mean nothing are passed over by one regular expression on bytes; every other line is
looked at by itself. A line that goes on in the next one is joined, where the file is so narrow that it was wrapped.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .forms import AGAIN, SHOW_LOGGING, TIMED, Head, asa_head, furniture, without_pager
from .lines import LineLog
from .signature import Signature
from .signatures import BY_NUMBER, SIGNATURES, fields_of
from .tally import MAX_LINE, Tally, line_of
from .unwrap import MAX_PIECES, TERMINAL, WIDEST_WRAPPED, Piece, goes_on, joined

# [K] `logging debug-trace`: debug output as syslog.
_DEBUG_TRACE = "711001"
_DEBUG: tuple[Signature, ...] = tuple(one for one in SIGNATURES if one.side == "debug")
_ENDS_IN_A_NAME = ("113015", "734003")
_USER_NAMES = re.compile(r"(?i)user")
_NUMBERS = "|".join(sorted({*BY_NUMBER, _DEBUG_TRACE}))
# Whole lines whose first tag is of another message, blank ones between them. A `<` that is left open may be a name that
# goes on in the next line, which then is no message of its own.
_ORDINARY = re.compile(
    (
        rf"(?>[^\n%]{{0,200}}+%(?:ASA|FTD)-(?:(?:[a-z][a-z0-9]{{0,15}})?-)?+[0-7]-(?!{_NUMBERS})[0-9]{{6}}: "
        r"[^\n<]*+(?:<[^\n<>]*+>[^\n<]*+)*+\n(?:\r?\n)*+)++"
    ).encode()
)
# Lines of other programs, in a server's file of many hosts.
_OTHERS = re.compile(rb"(?>(?:<[0-9]{1,3}>)?+(?:[A-Z][a-z]{2} [ 0-9]?[0-9] |20[0-9]{2}-[0-9]{2}-)[^\n%]*+\n)++")
_CATCH_ALL = "asa.tls_error"
_MAX_BLANK = 2


class _Open(NamedTuple):
    """A message that may go on in the next line. known: signatures of its number, none for an ordinary one."""

    head: Head
    line: int
    known: tuple[Signature, ...]
    pieces: list[Piece]

    @property
    def length(self) -> int:
        return self.pieces[-1].length


class AsaLog(LineLog):
    """Takes blocks of whole lines; what they mean ends up in the tally."""

    def __init__(self, tally: Tally, widest: int) -> None:
        """widest: longest of the first lines that begin a message, in bytes."""
        self._tally = tally
        self._widest = widest
        self._open: _Open | None = None
        self._blank = 0

    def _skipped(self, data: bytes, at: int) -> int:
        """The end of a stretch that means nothing, from there on; `at` where there is none."""
        # As long as the file may be one that a terminal wrapped, the next line may belong to any.
        if self._widest <= TERMINAL or (self._open is not None and self._waits(self._open)):
            return at
        match = _ORDINARY.match(data, at)
        if match is not None:
            self._close()
            end = match.end()
            # The last one is enough to tell the form, and whose log it is.
            tail = data[max(at, end - MAX_LINE) : end].rstrip(b"\r\n")
            last = line_of(tail[tail.rfind(b"\n") + 1 :])
            head = asa_head(last)
            if head is not None:
                self._tally.met(head.form, head.host)
                self._open = _Open(head, 0, (), [Piece(last, len(last))])
            else:
                self._tally.foreign += 1
            return end
        match = _OTHERS.match(data, at)
        if match is None:
            return at
        self._close()
        self._tally.foreign += data.count(b"\n", at, match.end())
        return match.end()

    def end(self) -> None:
        self._close()

    # --- line by line -------------------------------------------------------------------------------------------------

    def _line(self, text: str, line: int) -> None:
        text = without_pager(text)
        head = asa_head(text)
        if head is not None:
            self._widest = max(self._widest, len(text))
        if not text.strip():
            self._blank += 1
            return
        blank, self._blank = self._blank, 0
        before = self._open
        if before is not None and blank <= _MAX_BLANK and self._goes_on_anyhow(before):
            before.pieces.append(Piece(text, len(text)))
            return
        if head is not None:
            self._close()
            self._begin(head, text, line)
            return
        if self._debug(text.strip(), line) or self._furniture(text):
            return
        if before is not None and blank <= _MAX_BLANK and self._may_go_on(before, text):
            before.pieces.append(Piece(text, len(text)))
            return
        self._close()
        self._tally.foreign += 1

    @property
    def _narrow(self) -> bool:
        return self._widest <= WIDEST_WRAPPED

    def _begin(self, head: Head, text: str, line: int) -> None:
        self._tally.met(head.form, head.host)
        message = text[head.end :]
        if head.number == _DEBUG_TRACE:
            self._debug(message.strip(), line, head)
            return
        self._open = _Open(head, line, BY_NUMBER.get(head.number, ()), [Piece(message, len(text))])

    def _may_go_on(self, before: _Open, text: str) -> bool:
        return (
            self._narrow
            and len(before.pieces) < MAX_PIECES
            and len(text) <= WIDEST_WRAPPED
            and TIMED.match(text) is None
            and goes_on(before.length, text)
        )

    def _waits(self, before: _Open) -> bool:
        """It may not be whole yet, and that matters."""
        return (self._narrow and bool(before.known)) or _in_a_name(before)

    def _goes_on_anyhow(self, before: _Open) -> bool:
        """Is the next line the rest of this message, even if it looks like a message of its own?

        So it is while a name is open. And where a terminal broke lines, a chosen name can put a whole message to the
        beginning of a line.
        """
        if len(before.pieces) >= MAX_PIECES:
            return False
        if _in_a_name(before):
            return True
        if not before.length == TERMINAL == self._widest:
            return False
        if before.known and before.head.number not in _ENDS_IN_A_NAME:
            return _match(before, self._widest) is None
        return any(_USER_NAMES.search(piece.text) for piece in before.pieces)

    def _close(self) -> None:
        """The open message is whole: if a signature knows it, it is an event."""
        before, self._open = self._open, None
        if before is None or not before.known:
            return
        found = _match(before, self._widest)
        if len(before.pieces) > 1 and (found is None or found[0].id == _CATCH_ALL):
            # What followed may be no part of it.
            for size in range(len(before.pieces) - 1, 0, -1):
                part = _match(before._replace(pieces=before.pieces[:size]), self._widest)
                if part is not None and (found is None or part[0].id != _CATCH_ALL):
                    found = part
                    self._tally.foreign += len(before.pieces) - size
                    break
        if found is not None:
            head = before.head
            signature, fields, text = found
            self._tally.keep(
                signature, fields, text, before.line, host=head.host, at=head.at, seconds=head.seconds,
                number=head.number, level=head.level,
            )  # fmt: skip

    # --- what is no syslog --------------------------------------------------------------------------------------------

    def _debug(self, text: str, line: int, head: Head | None = None) -> bool:
        for one in _DEBUG:
            fields = fields_of(one, text)
            if fields is not None:
                self._close()
                self._tally.met("debug")
                if head is None:
                    self._tally.keep(one, fields, text, line)
                else:
                    self._tally.keep(one, fields, text, line, host=head.host, at=head.at, seconds=head.seconds)
                return True
        return False

    def _furniture(self, text: str) -> bool:
        found = furniture(text)
        if found is None:
            return False
        self._close()
        again = found.form == SHOW_LOGGING and SHOW_LOGGING in self._tally.forms
        self._tally.met(AGAIN if again else found.form, found.host)
        return True


def _in_a_name(before: _Open) -> bool:
    """Has a field begun that a user fills in, and not ended?"""
    text = "".join(piece.text for piece in before.pieces)
    if text.count("<") > text.count(">"):
        return True
    number = before.head.number
    if number in ("734001", "734002", "734003"):
        return "DAP: User " in text and ", Addr " not in text
    return number == "113019" and "Username = " in text and ", IP = " not in text


def _match(before: _Open, widest: int) -> tuple[Signature, dict[str, str], str] | None:
    """The signature that knows the message, its fields, and the text as it was read."""
    second: tuple[Signature, dict[str, str], str] | None = None
    for text in joined(before.pieces, widest):
        for one in before.known:
            fields = fields_of(one, text)
            if fields is not None:
                if one.id != _CATCH_ALL:
                    return one, fields, text
                second = second or (one, fields, text)
    return second
