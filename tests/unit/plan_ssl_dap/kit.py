"""Devices of every syntax, and a small model of a configuration that commands and their inverse are typed into.

Every value is self-made from the facts of the reference.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ansible.module_utils.vpnphone.controls.facts import read_release
from ansible.module_utils.vpnphone.controls.site import PhoneModel
from ansible.module_utils.vpnphone.model import (
    AsaState,
    Desired,
    DesiredDap,
    DesiredSsl,
    SslCipherRule,
    SslConfig,
    SslStatus,
    SslSuites,
    Step,
)
from ansible.module_utils.vpnphone.plan.area import AreaPlan
from ansible.module_utils.vpnphone.plan.ssl import ssl_plan
from ansible.module_utils.vpnphone.suites import PROTOCOLS, REPERTOIRE, has, usable

from lab.commands import config_patterns
from lab.grammar import match
from tests.unit.controls.builders import change, edit, on, phone_model, without

OLD = ("8.0(4)", "8.4(1)", "9.1(1)", "9.3(1)")
NEW = ("9.3(2)", "9.4(1)", "9.10(1)", "9.16(4)")
RELEASES = (*OLD, *NEW)

OLD_TOKENS = ("rc4-sha1", "aes128-sha1", "aes256-sha1", "3des-sha1")
OLD_DISABLED = ("des-sha1", "rc4-md5", "null-sha1")
DOCUMENT = ("AES256-SHA", "AES128-SHA", "DHE-RSA-AES256-SHA", "DHE-RSA-AES128-SHA")


def words(release: tuple[int, int, int, int]) -> list[str]:
    return ["default", *(name for name in PROTOCOLS if name != "tlsv1.3" and has(name, release))]


def medium(protocol: str, release: tuple[int, int, int, int]) -> tuple[str, ...]:
    weak = ("NULL-SHA", "DES-CBC-SHA", "RC4-SHA", "RC4-MD5")
    names = (row.name for row in REPERTOIRE if row.since <= release and row.name not in weak)
    return tuple(name for name in names if protocol == "default" or usable(name, protocol))


def device(text: str) -> AsaState:
    """An ASA of that release with the ssl lines of a new box."""
    release = read_release(text)
    assert release is not None
    base = on(text, release)
    if not has("ssl cipher", release):
        status = SslStatus(enabled_ciphers=OLD_TOKENS, disabled_ciphers=OLD_DISABLED)
        base = edit(base, "ssl", ciphers=(), server_version=("any",), encryption=OLD_TOKENS)
        return change(without(base, "ssl_suites"), ssl_status=status)
    base = edit(base, "ssl", ciphers=tuple(SslCipherRule(protocol=word, level="medium") for word in words(release)))
    if release < (9, 4, 0, 0):
        return without(base, "ssl_suites")
    shown = tuple(SslSuites(protocol=word, level="medium", suites=medium(word, release)) for word in words(release))
    return change(base, ssl_suites=shown)


def desired(**lists: Iterable[str]) -> Desired:
    """A profile with these lists; a key such as tlsv1_2 is the protocol."""
    ciphers = {name.replace("_", "."): tuple(names) for name, names in lists.items()}
    return Desired(tunnel_group_name="VPNPhone", ssl=DesiredSsl(ciphers=ciphers))


def desired_dap(record: str = "VPNPhone", tunnel_group: str = "VPNPhone", priority: int | None = None) -> Desired:
    return Desired(tunnel_group_name=tunnel_group, dap=DesiredDap(record=record, priority=priority))


TABLE: tuple[PhoneModel, ...] = (phone_model(), phone_model(model="7945G"))


def plan(
    state: AsaState, wanted: Desired, table: tuple[PhoneModel, ...] = TABLE, models: tuple[str, ...] = ()
) -> AreaPlan:
    return ssl_plan(state, wanted, table, models)


# --- a configuration ------------------------------------------------------------------------------------------------


class Box(NamedTuple):
    """Blocks of lines: (mode line, key) -> line. A key is what a new line of the same kind replaces."""

    lines: dict[tuple[str, str], str]

    def type(self, mode: tuple[str, ...], command: str) -> None:
        block = " / ".join(mode)
        if command.startswith("no "):
            self._remove(block, command.removeprefix("no "))
        else:
            self.lines[block, key_of(command)] = command

    def _remove(self, block: str, stem: str) -> None:
        for at, line in list(self.lines.items()):
            if (at[0] == block and (line + " ").startswith(stem + " ")) or (not block and at[0] == stem):
                del self.lines[at]

    def apply(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self.type(step.mode, step.command)

    def undo(self, steps: Iterable[Step]) -> None:
        for step in reversed(list(steps)):
            for command in step.inverse:
                self.type(step.mode, command)


def key_of(command: str) -> str:
    found = command.split()
    if found[0] == "dynamic-access-policy-record":
        return command
    return " ".join(found[: 3 if found[:2] == ["ssl", "cipher"] else 2 if found[0] == "ssl" else 1])


def box(state: AsaState) -> Box:
    """The ssl and DAP lines of a state."""
    lines: list[tuple[str, str]] = []
    ssl = state.ssl or SslConfig(defaults_shown=True)
    if ssl.encryption:
        lines.append(("", f"ssl encryption {' '.join(ssl.encryption)}"))
    for rule in ssl.ciphers:
        custom = f' "{":".join(rule.suites)}"' if rule.level == "custom" else ""
        lines.append(("", f"ssl cipher {rule.protocol} {rule.level}{custom}"))
    for record in state.dap_records or ():
        head = f"dynamic-access-policy-record {record.name}"
        lines.append(("", head))
        lines += [(head, f"action {record.action}")] if record.action else []
        lines += [(head, f"priority {record.priority}")] if record.priority is not None else []
    return Box({(block, key_of(line)): line for block, line in lines})


def accepts(release: str, step: Step) -> None:
    """The simulated ASA of that release knows the command and its inverse in that mode (raises NoMatch)."""
    found = read_release(release)
    assert found is not None
    mode = "dap" if step.mode else "config"
    for command in (step.command, *step.inverse):
        bare = command.removeprefix("no ")
        match(config_patterns(mode, found), bare, partial=bare != command)
