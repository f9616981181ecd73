"""How an ASA shows what must not be seen: hashes for passwords, ***** for keys; and the same for the lab's own log."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache

from .release import PBKDF2, Release

# Column-0 and indented lines whose last argument is a key.
_KEYS = re.compile(
    r"^(\s*(?:key|ikev1 pre-shared-key|ikev2 (?:local|remote)-authentication pre-shared-key|pre-shared-key|"
    r"ldap-login-password|radius-common-pw|failover key|failover ipsec pre-shared-key|cluster key|"
    r"ntp authentication-key \d+ (?:md5|sha1|sha256)|vpn-group-policy-password|"
    r"snmp-server community|snmp-server host \S+ \S+ community))\s+\S.*$"
)
_PASSWORD = re.compile(
    r"^((?:username \S+ |enable )password|passwd)\s+(\S+)(?:\s+(encrypted|pbkdf2|nt-encrypted|mschap))?(.*)$"
)
_IN_COMMANDS = re.compile(
    r"(?i)^((?:no )?\s*(?:username \S+ pass\w*|ena\w* pass\w*|passwd|key|ikev\d \S*\s?pre-shared-key|\S*password|"
    r"failover key|crypto ca (?:import|export) \S+ pkcs12|snmp-server community))\s+\S.*$"
)


@lru_cache(maxsize=1024)
def password_hash(password: str, owner: str, release: Release) -> str:
    """`$sha512$5000$SALT$HASH pbkdf2`, before 9.6(1) 16 characters and `encrypted`; same input, same hash."""
    salt = hashlib.sha256(owner.encode()).digest()[:16]
    derived = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 5000)[:16]
    if release < PBKDF2:
        return base64.b64encode(derived).decode()[:16].replace("+", ".") + " encrypted"
    return f"$sha512$5000${base64.b64encode(salt).decode()}${base64.b64encode(derived).decode()} pbkdf2"


def stored(line: str, release: Release) -> str:
    """The line as it enters the configuration: a plain password becomes its hash, a key becomes *****."""
    keyed = _KEYS.match(line)
    if keyed:
        return f"{keyed[1]} *****"
    found = _PASSWORD.match(line)
    if found and not found[3] and found[2] != "*****":
        return f"{found[1]} {password_hash(found[2], found[1], release)}{found[4]}"
    return line


def for_log(command: str) -> str:
    """A typed command without the secret that it may carry."""
    return _IN_COMMANDS.sub(r"\1 *****", command)
