"""Why a session could not be built, in words: host keys, algorithms, credentials, the network."""

from __future__ import annotations

import base64
import hashlib
import socket

import paramiko
from paramiko.ssh_exception import BadHostKeyException, IncompatiblePeer

from ..errors import DeviceUnreachable, VpnPhoneError
from .options import Connection


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


def fingerprint(key: paramiko.PKey) -> str:
    """As OpenSSH prints it: SHA256:<base64 without padding>."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what it was raised from or while handling: netmiko wraps paramiko's reasons."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain and len(chain) < 10:
        chain.append(current)
        current = current.__cause__ or current.__context__
    return chain


def explain(error: Exception, connection: Connection, name: str) -> VpnPhoneError:
    """One clear error for whatever netmiko, paramiko or the socket raised."""
    address = f"{connection.host}:{connection.port}"
    causes = _causes(error)
    for cause in causes:
        if isinstance(cause, VpnPhoneError):
            return cause
    for cause in causes:
        if isinstance(cause, BadHostKeyException):
            return DeviceUnreachable(
                f"the host key of {address} CHANGED: expected {fingerprint(cause.expected_key)}, "
                f"got {cause.key.get_name()} {fingerprint(cause.key)}.",
                where=name,
                todo="Find out why first (replaced unit, or somebody in between); then correct known_hosts.",
                code="host_key_changed",
            )
        if isinstance(cause, IncompatiblePeer):
            return DeviceUnreachable(
                f"no SSH algorithm in common with {address} ({_short(cause)}).",
                where=name,
                todo="An old release that speaks only SHA-1 key exchange or ssh-rsa: set vpnphone_ssh_legacy: true "
                "for this host, or better `ssh key-exchange group dh-group14-sha256` on the device.",
                code="no_common_algorithm",
            )
        if isinstance(cause, paramiko.AuthenticationException):
            return DeviceUnreachable(
                f"{address} refused the login of {connection.username!r}.",
                where=name,
                todo="Check ansible_user and ansible_password (or ansible_ssh_private_key_file), and that the account "
                "is not locked. It was tried once.",
                code="login_refused",
            )
    for cause in causes:
        if isinstance(cause, socket.gaierror):
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
            return DeviceUnreachable(
                f"no answer from {address} within {connection.connect_timeout} s.",
                where=name,
                todo="Check the route and the firewalls on the way; vpnphone_connect_timeout raises the limit.",
                code="timeout_connect",
            )
    return DeviceUnreachable(
        f"no SSH session with {address}: {_short(causes[-1])}.",
        where=name,
        todo="Is that an SSH server, and has it a session free (an ASA has five)? Try `ssh -v` from this controller.",
        code="ssh_failed",
    )


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:200]
