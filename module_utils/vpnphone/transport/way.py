"""The way to one device by the user's OpenSSH client configuration: address, port, user, and jump hosts.

netmiko reads that file too, but knows a single jump host and no `Include`, takes `ProxyCommand none` for a command and
writes 22 for `%p` whatever the inventory says; and paramiko's ProxyCommand spins when the command ends.
"""

from __future__ import annotations

import re
import shlex
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import paramiko

from ..errors import BadInput, DeviceUnreachable
from .options import Connection

# OpenSSH's own limit of nested Includes; and no sane configuration is longer.
MAX_DEPTH = 16
MAX_CONFIG = 4 * 1024 * 1024
_INCLUDE = re.compile(r"\s*include(?:\s+|\s*=\s*)(?P<names>\S.*?)\s*$", re.IGNORECASE)
_BLOCK = re.compile(r"\s*(?:host|match)\b", re.IGNORECASE)
# What a word of the configuration can hold without quotes.
_WORD = re.compile(r"[^\s\"#]{1,200}")
_END_SECONDS = 3


class Way(NamedTuple):
    """command is empty for a direct connection, else what to run and speak SSH through."""

    host: str
    port: int
    user: str
    command: tuple[str, ...] = ()


def way_of(connection: Connection, name: str) -> Way:
    """The way to this device. BadInput for a configuration that cannot be used, and where nobody names a user."""
    way = Way(connection.host, connection.port, connection.username)
    path = Path(connection.ssh_config or "~/.ssh/config").expanduser()
    if path.is_file():
        way = way_to(path, way.host, way.port, way.user)
    if not way.user:
        raise BadInput(
            "no user name.",
            where=name,
            todo="Set ansible_user (is its environment variable empty?), or `User` in ssh's configuration.",
            code="user_missing",
        )
    return way


def way_to(path: Path, host: str, port: int, user: str) -> Way:
    """The way that the configuration file has for this host. A port other than 22 and a user given here win over it.

    BadInput where the file cannot be used.
    """
    # First wins in this file: so %p and %r in it are what the inventory says.
    given = [f"Port {port}"] if port != 22 else []
    given += [f"User {user}"] if _WORD.fullmatch(user) else []
    try:
        text = _expanded(path, 0)
        if len(text) > MAX_CONFIG:
            raise ValueError(f"it is longer than {MAX_CONFIG} characters, Includes counted")
        found = paramiko.SSHConfig.from_text("\n".join(["Host *", *given, "Host *", text])).lookup(host)
        address = found.get("hostname", host)
        number = port if port != 22 else int(found.get("port", port))
        return Way(address, number, user or found.get("user", ""), _command(found, path, address, number))
    except (OSError, ValueError, RecursionError, paramiko.SSHException) as error:
        raise BadInput(
            f"the SSH client configuration cannot be used: {' '.join(str(error).split())[:200]}.",
            where=str(path),
            todo="Correct it, or name another file in vpnphone_ssh_config.",
            code="ssh_config",
        ) from error


def _command(found: paramiko.SSHConfigDict, path: Path, host: str, port: int) -> tuple[str, ...]:
    proxy = found.get("proxycommand")
    if proxy:
        return tuple(shlex.split(proxy))
    jumps = found.get("proxyjump", "none")
    if (proxy is None and "proxycommand" in found) or jumps.lower() == "none":
        return ()
    hops = [hop.strip() for hop in jumps.split(",")]
    if not all(re.fullmatch(r"(?!-)[^\s,]+", hop) for hop in hops):
        raise ValueError(f"ProxyJump {jumps!r} names no host")
    *before, last = hops
    # A password cannot be asked for by a hundred workers at once: without BatchMode they would wait for it.
    words = ["ssh", "-F", str(path), "-o", "BatchMode=yes", *(["-J", ",".join(before)] if before else [])]
    return (*words, "-W", f"[{host}]:{port}" if ":" in host else f"{host}:{port}", "--", _uri(last))


def _uri(hop: str) -> str:
    """[user@]host[:port] as ssh takes it for a destination."""
    name = hop.rpartition("@")[2]
    return hop if "://" in hop or ":" not in name else f"ssh://{hop}"


def _expanded(path: Path, depth: int) -> str:
    """The file with the files that its Include lines name in their place; relative names lie in ~/.ssh.

    OSError where the file itself cannot be read; an Include that matches nothing is passed over, as ssh does.
    """
    lines, block = [], "Host *"
    with path.open(encoding="utf-8", errors="replace") as stream:
        text = stream.read(MAX_CONFIG + 1)
    for line in text.splitlines():
        include = _INCLUDE.fullmatch(line) if depth < MAX_DEPTH else None
        if include is None:
            block = line if _BLOCK.match(line) else block
            lines.append(line)
            continue
        for name in shlex.split(include["names"]):
            pattern = Path("~/.ssh").expanduser() / Path(name).expanduser()
            for each in sorted(Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))):
                if each.is_file():
                    lines.append(_expanded(each, depth + 1))
        # What follows belongs to the block that the Include stood in.
        lines.append(block)
    return "\n".join(lines)


class Tunnel:
    """A running command to speak SSH through: a real socket to it, so that its end is seen at once."""

    def __init__(self, command: tuple[str, ...], name: str) -> None:
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - close() closes it
        self.socket, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = subprocess.Popen(
                    command, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=self._complaints
                )
        except OSError as error:
            self.socket.close()
            self._complaints.close()
            raise DeviceUnreachable(
                f"the command that leads to the device cannot be run: {command[0]}: {error.strerror}.",
                where=name,
                todo="Install it (ProxyJump needs OpenSSH's ssh), or correct the SSH client configuration.",
                code="jump_failed",
            ) from error

    def close(self) -> str:
        """End the command, whatever it does; no process and no zombie stays. The last line it printed as an error."""
        self.socket.close()
        self._process.terminate()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        with self._complaints as stream:
            stream.seek(0)
            lines = stream.read(8192).decode("utf-8", "replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return "".join(letter if letter.isprintable() else "?" for letter in last)[:200]
