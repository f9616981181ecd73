"""What a signature is, and the pieces that patterns are made of.

Every pattern matches a whole message, and no piece can run over the end of its field: a user chooses a name, and a
name may look like the rest of a message. Each is linear: no piece can match what the one beside it may begin with.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from ..model.diagnosis import Side

Kind = Literal["bad", "good", "context"]
# D: printed by Cisco document 116162 or a named Cisco document. K: from memory, unproven.
Status = Literal["D", "K"]

_CONTROL = r"\x00-\x1f\x7f-\x9f"
ADDRESS = r"[0-9A-Fa-f:.]{2,45}"
CIPHER = r"[A-Za-z0-9_+-]{1,64}"
# Between < and >: names with spaces and commas are whole there.
NAME = rf"[^<>{_CONTROL}]{{1,256}}"
# Where only punctuation ends it.
PLAIN_NAME = rf"[^<>,:={_CONTROL}]{{1,256}}"
WORDS = rf"[^\s<>{_CONTROL}][^<>{_CONTROL}]{{0,199}}"
ANYTHING = rf"(?:[^\s{_CONTROL}][^{_CONTROL}]{{0,1023}})?"
CLIENT = rf"(?P<interface>[^\s:<>]{{1,48}}):(?P<address>{ADDRESS})/(?P<port>[0-9]{{1,5}})"
# [K] Newer releases name the ASA's own end behind the client's.
OWN_END = rf"(?: to (?:[^\s:<>]{{1,48}}:)?{ADDRESS}/[0-9]{{1,5}})?"


class Signature(NamedTuple):
    """A message that means something.

    pattern: full match of the message's text (ASA: what follows `%ASA-n-NNNNNN: `; phone: what follows the process);
    its named groups become the event's fields. number: the ASA's message number, "" elsewhere. sources: F-numbers.
    proves: what stands proven by this line alone, "" where it is only an indicator; indicates: what it is a sign of;
    confirm: what would settle it.
    """

    id: str
    side: Side
    kind: Kind
    pattern: re.Pattern[str]
    number: str
    sources: tuple[str, ...]
    status: Status
    proves: str
    indicates: str
    confirm: str


_SIDES: dict[str, Side] = {"asa": "asa", "debug": "debug", "phone": "phone", "status": "status"}


def signature(
    name: str,
    kind: Kind,
    pattern: str,
    *,
    number: str = "",
    sources: tuple[str, ...] = (),
    status: Status = "D",
    proves: str = "",
    indicates: str = "",
    confirm: str = "",
) -> Signature:
    """The side is what stands before the id's point."""
    side = _SIDES[name.partition(".")[0]]
    return Signature(name, side, kind, re.compile(pattern), number, sources, status, proves, indicates, confirm)
