"""Why a session could not be built, in words: host keys, algorithms, credentials, the network."""

from __future__ import annotations

import base64
import errno
import hashlib
import hmac
import re
import socket
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

import paramiko
from paramiko.hostkeys import HostKeyEntry, InvalidHostKey
from paramiko.ssh_exception import BadHostKeyException, IncompatiblePeer

from ..errors import BadInput, DeviceUnreachable, VpnPhoneError
from .options import Connection
from .reasons import causes, short

DEFAULT_KNOWN_HOSTS = "~/.ssh/known_hosts"
# What paramiko may negotiate only where the inventory says vpnphone_ssh_legacy (paramiko's own names).
LEGACY_ALGORITHMS = {
    "kex": (
        "diffie-hellman-group-exchange-sha1",
        "diffie-hellman-group14-sha1",
        "diffie-hellman-group1-sha1",
    ),
    "keys": ("ssh-rsa",),
    "pubkeys": ("ssh-rsa",),
    "ciphers": ("3des-cbc", "aes128-cbc", "aes192-cbc", "aes256-cbc"),
    "macs": ("hmac-md5", "hmac-md5-96", "hmac-sha1-96"),
}


# What paramiko says when the SSH greeting or the answer to the password does not come in time.
_NO_ANSWER = re.compile(r"No existing session|Authentication timeout|Timeout opening channel")


class OneAttempt(paramiko.Transport):
    """A transport that answers one question of a keyboard-interactive login, not one after the other.

    paramiko would give the password to each further question, and so retry it, or send it as a one-time code.
    """

    def auth_interactive(self, username: str, handler: Callable[..., list[str]], submethods: str = "") -> list[str]:
        asked: list[object] = []

        def once(title: str, instructions: str, fields: list[tuple[str, bool]]) -> list[str]:
            asked.extend(fields)
            if len(asked) > 1:
                raise paramiko.AuthenticationException("asked again after the password")
            return handler(title, instructions, fields)

        return super().auth_interactive(username, once, submethods)


class HostKeyPolicy(paramiko.MissingHostKeyPolicy):
    """Refuses every unknown host key and tells its fingerprint, so that a person can compare it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        raise DeviceUnreachable(
            f"unknown host key {key.get_name()} {fingerprint(key)} of {hostname}.",
            where=self.name,
            todo="Compare it with the device's own (console: `show crypto key mypubkey rsa`, `show ssh`), then add it "
            "to known_hosts (ssh-keyscan) or to the file in vpnphone_known_hosts.",
            code="host_key_unknown",
        )


def add_known_keys(client: paramiko.SSHClient, path: str, name: str) -> None:
    """Give the client the keys that this known_hosts file has for this name ("host" or "[host]:port"), no others.

    paramiko would read every key of the file, for every device: with a fleet in one file that is quadratic. As there,
    names are plain or hashed; `@cert-authority` and patterns are passed over. A key that is `@revoked` is not taken,
    for whatever names it stands besides.
    """
    keys = client.get_host_keys()
    try:
        lines = Path(path).expanduser().read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return
    found: list[paramiko.PKey] = []
    revoked: set[bytes] = set()
    for number, line in enumerate(lines, 1):
        marked = line.startswith("@revoked ")
        text = line.removeprefix("@revoked ").lstrip()
        names = text.split(" ", 1)[0].split(",")
        if any(_names(item, name) or (marked and fnmatchcase(name, item)) for item in names):
            try:
                entry = HostKeyEntry.from_line(text, number)
            except (paramiko.SSHException, InvalidHostKey):
                continue
            if entry is not None and entry.key is not None:
                if marked:
                    revoked.add(entry.key.asbytes())
                else:
                    found.append(entry.key)
    for key in found:
        if key.asbytes() not in revoked:
            keys.add(name, key.get_name(), key)


def _names(item: str, name: str) -> bool:
    return item == name or (item.startswith("|1|") and _hashes(item, name))


def _hashes(item: str, name: str) -> bool:
    try:
        return hmac.compare_digest(paramiko.HostKeys.hash_host(name, item), item)
    except (ValueError, IndexError, AssertionError):  # paramiko asserts the length of the salt
        return False


# What a terminal takes for more than a character of the line: the end of it, an interrupt, an escape.
_CONTROL = re.compile("[\x00-\x1f\x7f]")


def one_typed_line(line: str, name: str) -> str:
    """The line as it is. BadInput where it holds a newline or another control character; it may be a secret, so the
    error does not quote it."""
    if _CONTROL.search(line):
        raise BadInput(
            "a line with a control character would be typed; nothing of it was sent.",
            where=name,
            todo="Look for a newline, a tab or the like in the names, URLs and passwords of the inventory.",
            code="name_refused",
        )
    return line


def fingerprint(key: paramiko.PKey) -> str:
    """As OpenSSH prints it: SHA256:<base64 without padding>."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")


def explain(error: Exception, connection: Connection, name: str, complaint: str = "") -> VpnPhoneError:
    """One clear error for whatever netmiko, paramiko or the socket raised.

    complaint  what the command that leads to the device (a jump host) printed as an error
    """
    found = _explained(error, connection, name)
    if not complaint or found.code not in ("session_closed", "timeout_connect", "ssh_failed"):
        return found
    return DeviceUnreachable(
        f"the way to {connection.host}:{connection.port} by the SSH client configuration failed: {complaint}",
        where=name,
        todo="Try the same with `ssh` by hand: its host key, key or agent for the jump host, and ProxyJump or "
        "ProxyCommand of that host.",
        code="jump_failed",
    )


def _explained(error: Exception, connection: Connection, name: str) -> VpnPhoneError:
    address = f"{connection.host}:{connection.port}"
    chain = causes(error)
    for cause in chain:
        if isinstance(cause, VpnPhoneError):
            return cause
    # netmiko calls this a failed login, though nothing was tried.
    key = next((cause for cause in reversed(chain) if _of_the_key(cause)), None)
    if key is not None:
        return BadInput(
            f"the private key {connection.private_key_file!r} cannot be used: {short(key)}.",
            where=name,
            todo="A key with a passphrase belongs into ssh-agent (then leave ansible_ssh_private_key_file out).",
            code="key_unusable",
        )
    for cause in chain:
        if isinstance(cause, BadHostKeyException):
            return DeviceUnreachable(
                f"the host key of {address} CHANGED: expected {fingerprint(cause.expected_key)}, "
                f"got {cause.key.get_name()} {fingerprint(cause.key)}.",
                where=name,
                todo="Find out why first (replaced unit, or somebody in between); then correct known_hosts.",
                code="host_key_changed",
            )
        if isinstance(cause, IncompatiblePeer) and "Incompatible version" in str(cause):
            return DeviceUnreachable(
                f"{address} speaks SSH version 1 only ({short(cause)}).",
                where=name,
                todo="`ssh version 2` on the device; version 1 is not spoken here.",
                code="no_common_algorithm",
            )
        if isinstance(cause, IncompatiblePeer):
            return DeviceUnreachable(
                f"no SSH algorithm in common with {address} ({short(cause)}).",
                where=name,
                todo="An old release that speaks only SHA-1 key exchange, ssh-rsa or CBC: set vpnphone_ssh_legacy: "
                "true for this host, or better `ssh key-exchange group dh-group14-sha256` on the device.",
                code="no_common_algorithm",
            )
        if isinstance(cause, paramiko.SSHException) and _NO_ANSWER.search(str(cause)):
            return _timeout(connection, name)
        if isinstance(cause, paramiko.SSHException) and "No authentication methods" in str(cause):
            return BadInput(
                "there is nothing to log in with: no password, no private key, no key in an ssh-agent.",
                where=name,
                todo="Set ansible_password (is its environment variable or vault entry empty?) or "
                "ansible_ssh_private_key_file.",
                code="credentials_missing",
            )
        if isinstance(cause, paramiko.AuthenticationException) and "saw EOF" not in str(cause):
            return DeviceUnreachable(
                f"{address} refused the login of {connection.username!r}.",
                where=name,
                todo="Check ansible_user and ansible_password (or ansible_ssh_private_key_file), and that the account "
                "is not locked. It was tried once.",
                code="login_refused",
            )
    for cause in chain:
        if isinstance(cause, socket.gaierror) or (isinstance(cause, UnicodeError) and "label" in str(cause)):
            return DeviceUnreachable(
                f"the name {connection.host!r} does not resolve.",
                where=name,
                todo="Correct ansible_host or the DNS of this controller.",
                code="name_unknown",
            )
        if isinstance(cause, ConnectionRefusedError):
            return DeviceUnreachable(
                f"{address} refuses the connection: nothing listens there for us.",
                where=name,
                todo="Check ansible_host and ansible_port, and the device's `ssh <network> <mask> <interface>` lines.",
                code="connection_refused",
            )
        if isinstance(cause, TimeoutError):
            return _timeout(connection, name)
        if isinstance(cause, OSError) and cause.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
            return DeviceUnreachable(
                f"there is no way to {address}: {short(cause)}.",
                where=name,
                todo="Check the route of this controller, and that the device is up.",
                code="no_route",
            )
        if isinstance(cause, (ConnectionResetError, BrokenPipeError, EOFError, paramiko.AuthenticationException)):
            return DeviceUnreachable(
                f"{address} closed the connection before the login was done.",
                where=name,
                todo="An ASA does so when its five SSH sessions are taken (`show ssh sessions`); else check the "
                "account at the AAA server, and whether that is an SSH server at all.",
                code="session_closed",
            )
    return DeviceUnreachable(
        f"no SSH session with {address}: {short(chain[-1])}.",
        where=name,
        todo="Is that an SSH server, and has it a session free (an ASA has five)? Try `ssh -v` from this controller.",
        code="ssh_failed",
    )


def _of_the_key(cause: BaseException) -> bool:
    return isinstance(cause, paramiko.PasswordRequiredException) or (
        isinstance(cause, paramiko.SSHException) and "not a valid" in str(cause)
    )


def _timeout(connection: Connection, name: str) -> DeviceUnreachable:
    return DeviceUnreachable(
        f"no answer from {connection.host}:{connection.port} within {connection.connect_timeout} s.",
        where=name,
        todo="Check the route and the firewalls on the way; vpnphone_connect_timeout raises the limit.",
        code="timeout_connect",
    )
