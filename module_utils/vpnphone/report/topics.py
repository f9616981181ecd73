"""Topics of the audit, told from the F-numbers of a finding (the inventory of Cisco document 116162)."""

from __future__ import annotations

import re

OTHER = "Other"

# In the order of the document's chapters; (first, last) F-numbers, both included.
_TOPICS: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = (
    ("Licence", ((1, 5),)),
    ("Certificate", ((10, 14), (92, 94))),
    ("Ciphers", ((15, 18), (51, 51))),
    ("Sign-in", ((19, 19), (52, 57), (64, 64))),
    ("Gateway URL", ((20, 25), (58, 59), (97, 97))),
    ("Load balancing", ((30, 32),)),
    ("CSD", ((35, 41),)),
    ("DAP", ((42, 45),)),
    ("Group policy", ((46, 49), (98, 98))),
    ("CUCM and phone", ((50, 50), (60, 63), (65, 68))),
    ("Renewal", ((70, 75),)),
    ("High availability", ((90, 91),)),
    ("Platform", ((95, 96),)),
)
TOPIC_ORDER: tuple[str, ...] = (*(name for name, _ in _TOPICS), OTHER)

_BY_NUMBER = {number: name for name, ranges in _TOPICS for first, last in ranges for number in range(first, last + 1)}


def topic(features: tuple[str, ...]) -> str:
    """The topic of the first F-number that belongs to one ("F-049b" counts as 49), else OTHER."""
    for feature in features:
        match = re.fullmatch(r"F-([0-9]{1,3})[a-z]?", feature)
        if match and int(match[1]) in _BY_NUMBER:
            return _BY_NUMBER[int(match[1])]
    return OTHER
