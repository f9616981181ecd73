"""What a node calls its store Phone-VPN-trust: in the certificate API, and at the platform's command line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from ...model import TrustFile
from ...questions import STORES

VPN_TRUST = STORES[0]
_SUFFIX = "-trust"
MAX_DEPTH = 12
MAX_NODES = 200_000


def upload_service(*texts: str) -> str:
    """The name that an upload takes, without "-trust", spelled as the node spells it; "" where it names none.

    texts: answers of snapshot/server and snapshot/options, JSON. The form of the second is not established [?], so
    every text in it is looked at; an empty store is left out of the first.
    """
    wanted = {VPN_TRUST.casefold(), _bare(VPN_TRUST).casefold()}
    for text in texts:
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            continue
        for found in _texts(data):
            if found.casefold() in wanted:
                return _bare(found)
    return ""


def cli_unit(files: Sequence[TrustFile] | None) -> str:
    """The unit that `set cert` takes, from `show cert list trust`; "" where the store has no file or is not known."""
    return next((_bare(file.store) for file in files or () if file.store.casefold() == VPN_TRUST.casefold()), "")


def _bare(name: str) -> str:
    return name[: -len(_SUFFIX)] if name.casefold().endswith(_SUFFIX) else name


def _texts(data: Any) -> Iterator[str]:
    """Keys and values of a JSON value, as far as it is sensible to look."""
    waiting: list[tuple[Any, int]] = [(data, 0)]
    seen = 0
    while waiting and seen < MAX_NODES:
        value, depth = waiting.pop()
        seen += 1
        if isinstance(value, str):
            yield value
        elif depth < MAX_DEPTH and isinstance(value, dict):
            waiting += [(item, depth + 1) for pair in reversed(value.items()) for item in reversed(pair)]
        elif depth < MAX_DEPTH and isinstance(value, list):
            waiting += [(item, depth + 1) for item in reversed(value)]
