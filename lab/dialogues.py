"""Commands that ask back: key pairs; and other rarely used ones. Certificates are in enrolment.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from . import certs, configure, enrolment, pair
from .asking import option, yes
from .shows.base import Refused

if TYPE_CHECKING:
    from .grammar import Match
    from .shell import Shell


def _changed(shell: Shell) -> None:
    shell.context.changed()
    shell.device.touch()


async def _generate(shell: Shell, found: Match) -> None:
    kind = found.values[3]
    label = option(found, "label", enrolment.DEFAULT_KEY)
    if kind == "ecdsa":
        name = f"ec{option(found, 'elliptic-curve', '384')}"
        if name not in ("ec256", "ec384"):
            raise Refused("", found.starts[-1])
    else:
        name = f"rsa{option(found, 'modulus', '2048')}"
        if name not in ("rsa1024", "rsa2048", "rsa3072", "rsa4096"):
            raise Refused("", found.starts[-1])
    shell.terminal.write(f"INFO: The name for the keys will be: {label}\n")
    if label in shell.context.keys and "noconfirm" not in found.values:
        shell.terminal.write(f"% You already have RSA or ECDSA keys named {label}.\n")
        if not await yes(shell, "% Do you really want to replace them?"):
            shell.terminal.write("ERROR: Failed to create new keys\n")
            return
    shell.terminal.write("Keypair generation process begin. Please wait...\n")
    shell.context.keys[label] = certs.new_key(name)
    _changed(shell)


async def _zeroize(shell: Shell, found: Match) -> None:
    """Certificates go with the keys that they were made for."""
    label, kind = option(found, "label"), found.values[3]
    wanted = rsa.RSAPrivateKey if kind == "rsa" else ec.EllipticCurvePrivateKey
    gone = {n: key for n, key in shell.context.keys.items() if isinstance(key, wanted) and n == (label or n)}
    if not gone:
        raise Refused(f"ERROR: No {kind.upper()} keys found" + (f" named {label}" if label else ""))
    if "noconfirm" not in found.values:
        which = f"Keys to be removed are named '{label}'" if label else f"All {kind.upper()} keys will be removed"
        shell.terminal.write(f"WARNING: {which}.\n")
        shell.terminal.write(
            "WARNING: All device digital certificates issued using these keys will also be removed.\n\n"
        )
        if not await yes(shell, "Do you really want to remove these keys?"):
            return
    for name in gone:
        del shell.context.keys[name]
    for store in shell.context.trustpoints.values():
        if store.identity is not None and any(store.identity.key is key for key in gone.values()):
            store.identity = None
    _changed(shell)


async def _clear(shell: Shell, found: Match) -> None:
    section = " ".join(found.values[2].split())
    if section in ("all", "primary", "secondary"):
        raise Refused("ERROR: The lab does not clear a whole configuration.")
    if not configure.clear(shell.context, section) and not shell.context.lines(section):
        return
    shell.device.touch()


async def _write_standby(shell: Shell, found: Match) -> None:
    if shell.device.spec.failover is None:
        raise Refused("ERROR: Command requires failover to be enabled")
    pair.replicate(shell.device, everything=True)
    _changed(shell)
    shell.terminal.write("Building configuration...\n[OK]\n")


async def _failover_role(shell: Shell, found: Match) -> None:
    raise Refused("ERROR: Roles change in the lab by: python -m lab failover DEVICE")


HANDLERS: dict[str, Callable[[Shell, Match], Awaitable[None]]] = {
    "crypto key generate rsa": _generate,
    "crypto key generate ecdsa": _generate,
    "crypto key zeroize": _zeroize,
    "clear configure": _clear,
    "write standby": _write_standby,
    "failover active": _failover_role,
    "no failover active": _failover_role,
    **enrolment.HANDLERS,
}
