"""The profile as a person wrote it, checked and typed. Every error names the option by its path."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any, Literal

from ..errors import BadInput
from ..model import Desired, DesiredDap, DesiredGroupPolicy, DesiredSsl, DesiredTunnelGroup
from ..policy import DEFAULT_POLICY
from .names import check_name, check_url

ROOT = "profile"
# 32 bits, as the command reference has it for vpn-simultaneous-logins and the priority of a DAP record.
MAX_NUMBER = 2147483647
# The record that always stands and holds for everybody.
DEFAULT_RECORD = "DfltAccessPolicy"

_KEYS: dict[str, tuple[str, ...]] = {
    "tunnel_group": ("name", "without_csd", "group_url", "authentication"),
    "group_policy": (
        "name",
        "simultaneous_logins",
        "ssl_client",
        "group_lock",
        "vpn_filter",
        "split_tunnel_policy",
    ),
    "ssl": ("ciphers",),
    "dap": ("record", "action", "priority"),
}
_PROTOCOL = re.compile(r"[a-z][a-z0-9.]{0,19}")
_SUITE = re.compile(r"[A-Za-z0-9!@+=_.-]{1,80}")
_Mapping = Mapping[str, Any]


def desired_of(profile: _Mapping) -> Desired:
    """{"tunnel_group": {"name": ..., ...}, "group_policy": {...}, "ssl": {"ciphers": {...}}, "dap": {...}} -> Desired.

    An area or option that is missing, None or "" is left alone. BadInput, with the option's path, for everything else
    that cannot be used: unknown options too, since a typing error must not look like "leave it alone".
    """
    areas = _mapping(profile, ROOT, tuple(_KEYS))
    group = _area(areas, "tunnel_group")
    where = f"{ROOT}.tunnel_group.name"
    if not _text(group.get("name"), where):
        raise BadInput(
            "the profile names no tunnel-group.", where=where, todo="Name the connection profile that the phones use."
        )
    name = check_name(_text(group.get("name"), where), "tunnel-group", where)
    return Desired(
        tunnel_group_name=name,
        tunnel_group=_tunnel_group(group),
        group_policy=_group_policy(_area(areas, "group_policy"), name),
        ssl=_ssl(_area(areas, "ssl")),
        dap=_dap(_area(areas, "dap")),
    )


# --- areas ----------------------------------------------------------------------------------------------------------


def _tunnel_group(given: _Mapping) -> DesiredTunnelGroup | None:
    where = f"{ROOT}.tunnel_group"
    url = _text(given.get("group_url"), f"{where}.group_url")
    authentication = _one_of(given.get("authentication"), "certificate", f"{where}.authentication")
    found = DesiredTunnelGroup(
        without_csd=_only_true(given.get("without_csd"), f"{where}.without_csd", "`no without-csd`"),
        group_url=check_url(url, f"{where}.group_url") if url else "",
        authentication="certificate" if authentication else "",
    )
    return found if found != DesiredTunnelGroup() else None


def _group_policy(given: _Mapping, tunnel_group: str) -> DesiredGroupPolicy | None:
    where = f"{ROOT}.group_policy"
    name = _text(given.get("name"), f"{where}.name")
    if name.lower() == DEFAULT_POLICY.lower():
        raise BadInput(
            f"{DEFAULT_POLICY} holds for everybody and is never changed.",
            where=f"{where}.name",
            todo=f"Name a group-policy of the phones' own, e.g. GroupPolicy_{tunnel_group}; it is made where missing.",
            code="group_policy_missing",
        )
    lock = _text(given.get("group_lock"), f"{where}.group_lock")
    if lock not in ("", "none", tunnel_group):
        raise BadInput(
            f"a lock to another tunnel-group than {tunnel_group} would refuse every phone.",
            where=f"{where}.group_lock",
            todo=f"Give {tunnel_group}, or none.",
        )
    acl = _text(given.get("vpn_filter"), f"{where}.vpn_filter")
    if acl != "none" and acl.lower() == "none":
        raise BadInput(
            f"{acl!a} would be the name of an ACL.", where=f"{where}.vpn_filter", todo="For no filter give none."
        )
    split = _one_of(given.get("split_tunnel_policy"), "tunnelall", f"{where}.split_tunnel_policy")
    found = DesiredGroupPolicy(
        name=check_name(name, "group-policy", f"{where}.name") if name else "",
        simultaneous_logins=_number(given.get("simultaneous_logins"), f"{where}.simultaneous_logins", 1),
        ssl_client=_only_true(given.get("ssl_client"), f"{where}.ssl_client", "a list without ssl-client"),
        group_lock=lock,
        vpn_filter=check_name(acl, "ACL", f"{where}.vpn_filter") if acl else "",
        split_tunnel_policy="tunnelall" if split else "",
    )
    return found if found != DesiredGroupPolicy() else None


def _ssl(given: _Mapping) -> DesiredSsl | None:
    where = f"{ROOT}.ssl.ciphers"
    lists = _mapping(given.get("ciphers"), where)
    found: dict[str, tuple[str, ...]] = {}
    for protocol, names in lists.items():
        if not _PROTOCOL.fullmatch(protocol):
            raise BadInput(
                f"{protocol!a:.60} is no protocol of `ssl cipher`.",
                where=where,
                todo="Use tlsv1.2, dtlsv1, default and the like.",
            )
        found[protocol] = _suites(names, f"{where}.{protocol}")
    return DesiredSsl(ciphers=found) if found else None


def _suites(names: object, where: str) -> tuple[str, ...]:
    if not isinstance(names, list | tuple) or not names:
        raise BadInput(
            "a list of cipher names is expected.", where=where, todo="Give names like [AES256-SHA, AES128-SHA]."
        )
    texts = tuple(_text(name, where) for name in names)
    for text in texts:
        if not _SUITE.fullmatch(text):
            raise BadInput(
                f"{text!a:.100} is no OpenSSL name of a cipher.", where=where, todo="Give names like AES256-SHA."
            )
    if len(set(texts)) < len(texts):
        raise BadInput("a cipher stands in the list twice.", where=where, todo="Name each one once, the best first.")
    return texts


def _dap(given: _Mapping) -> DesiredDap | None:
    where = f"{ROOT}.dap"
    if not any(value not in (None, "") for value in given.values()):
        return None
    record = _text(given.get("record"), f"{where}.record")
    if not record or record.lower() == DEFAULT_RECORD.lower():
        raise BadInput(
            f"{DEFAULT_RECORD} holds for everybody and is never changed." if record else "the DAP record has no name.",
            where=f"{where}.record",
            todo="Name a record of the phones' own, e.g. VPNPhone.",
        )
    _one_of(given.get("action"), "continue", f"{where}.action")
    return DesiredDap(
        record=check_name(record, "DAP record", f"{where}.record"),
        action="continue",
        priority=_number(given.get("priority"), f"{where}.priority", 0),
    )


# --- values ---------------------------------------------------------------------------------------------------------


def _mapping(value: object, where: str, known: tuple[str, ...] = ()) -> dict[str, Any]:
    """A mapping with plain keys; None is an empty one. known: the only keys allowed (none given: any)."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _wrong(value, where, "a mapping")
    found: dict[str, Any] = {_text(key, where): item for key, item in value.items()}
    for key in found if known else ():
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            meant = f"Did you mean {near[0]}? " if near else ""
            raise BadInput(f"{key!a:.60} is no option here.", where=where, todo=f"{meant}Known are {', '.join(known)}.")
    return found


def _area(areas: _Mapping, name: str) -> dict[str, Any]:
    return _mapping(areas.get(name), f"{ROOT}.{name}", _KEYS[name])


def _text(value: object, where: str) -> str:
    """None is ""; a subclass of str (Ansible tags its texts) becomes a plain one."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(value, where, "a text")
    return str(value)


def _one_of(value: object, only: Literal["certificate", "tunnelall", "continue"], where: str) -> bool:
    """True where the option has the one value that suits phones, False where it is left alone."""
    text = _text(value, where)
    if text in ("", only):
        return bool(text)
    raise BadInput(f"{text!a:.60} is not a value for phones.", where=where, todo=f"Give {only}, or leave it out.")


def _only_true(value: object, where: str, what: str) -> bool | None:
    if value is None or value is True:
        return value
    if value is False:
        raise BadInput(
            f"{what} would keep phones out, so it is never sent.",
            where=where,
            todo="Give true, or leave the option out: then the line is left alone.",
        )
    raise _wrong(value, where, "true")


def _number(value: object, where: str, lowest: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= MAX_NUMBER:
        raise _wrong(value, where, f"a number from {lowest} to {MAX_NUMBER}")
    return int(value)


def _wrong(value: object, where: str, expected: str) -> BadInput:
    return BadInput(
        f"{type(value).__name__} {value!a:.60} cannot be used; {expected} is expected.",
        where=where,
        todo=f"Give {expected}, or leave the option out.",
    )
