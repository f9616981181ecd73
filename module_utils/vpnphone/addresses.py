"""Is it an address, or a name?"""

from __future__ import annotations

import ipaddress
from functools import lru_cache


# Every phone of a site dials the same few hosts, and each is looked at for each ASA.
@lru_cache(maxsize=4096)
def is_address(host: str) -> bool:
    """The host is an IP literal, in any of the spellings a URL may have."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
