"""How a phone's attempt to connect ended."""

from __future__ import annotations

from typing import Literal

import msgspec

Reason = Literal[
    "ok", "offline", "no-file", "no-vpn-group", "no-asa", "tls", "pin", "host-id", "client-certificate", "group-url",
    "authentication", "csd", "licence", "dap", "group-policy", "redirect", "dtls",
]  # fmt: skip


class PhoneOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """reason: of the first URL that was tried, unless one of them worked; asa: the device that answered there.

    url, suite and dtls belong to the attempt; user and address are those of the session.
    """

    connected: bool
    reason: Reason
    asa: str = ""
    detail: str = ""
    url: str = ""
    suite: str = ""
    dtls: bool = False
    user: str = ""
    address: str = ""
