"""The templates of causes.py with the names of the site in them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import BadInput
from ..plan.names import check_name

# What a name in braces is called where no line tells it.
PLACEHOLDERS: dict[str, str] = {
    "tunnel_group": "<tunnel-group>",
    "group_policy": "<group-policy>",
    "interface": "<interface>",
    "trustpoint": "<trustpoint>",
    "user": "<user>",
    "phone": "SEP<MAC>",
    "record": "<DAP record>",
    "host": "<host of the URL>",
    "url": "<URL of the VPN gateway>",
}
_NAME = re.compile(r"\{([a-z_]+)\}")
_URL = re.compile(r"https?://[A-Za-z0-9.\[\]:_~/-]{1,500}")


def fill(template: str, names: Mapping[str, str]) -> str:
    """The names of the site in a template; each is one that can be typed, else its placeholder stands."""
    return _NAME.sub(lambda match: _name(match[1], names.get(match[1], "")), template)


def _name(kind: str, text: str) -> str:
    placeholder = PLACEHOLDERS.get(kind, f"<{kind}>")
    if kind == "url":
        return text if _URL.fullmatch(text) else placeholder
    try:
        return check_name(text, kind, "") if not set(text) & set("<>") else placeholder
    except BadInput:
        return placeholder
