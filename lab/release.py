"""ASA release numbers: "9.16(4)12" is (9, 16, 4, 12)."""

from __future__ import annotations

import re

Release = tuple[int, int, int, int]

_FORM = re.compile(r"(\d{1,3})\.(\d{1,3})(?:\((\d{1,3})(?:\.(\d{1,3}))?\)(\d{1,4})?)?")

# TLS 1.2 and `ssl cipher` in place of `ssl encryption`; show ssl ciphers and EC suites; AnyConnect words in place of
# svc.
SSL_CIPHER: Release = (9, 3, 2, 0)
EC_SUITES: Release = (9, 4, 0, 0)
ANYCONNECT_WORDS: Release = (8, 4, 0, 0)
# Password hashes with PBKDF2 in place of 16 characters "encrypted" [assumption: 9.6(1)].
PBKDF2: Release = (9, 6, 1, 0)
NEVER: Release = (999, 0, 0, 0)


def parse(text: str) -> Release:
    """ValueError where the text is no ASA release; "9.4" counts as 9.4(0)."""
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not an ASA release: {text!r}")
    major, minor, maintenance, inner, interim = match.groups()
    return int(major), int(minor), int(maintenance or 0), int(interim or inner or 0)


def file_suffix(text: str) -> str:
    """The digits that an image file carries in its name: 9.16(4) -> 9164."""
    return "".join(re.findall(r"\d+", text))
