"""How a device is reached: the options that every module which talks to an ASA shares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import BadInput

CONNECTION_SPEC: dict[str, dict[str, Any]] = {
    "host": {"type": "str"},
    "port": {"type": "int", "default": 22},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "enable_password": {"type": "str", "no_log": True},
    "private_key_file": {"type": "path"},
    "known_hosts": {"type": "path"},
    "ssh_config": {"type": "path"},
    "ssh_legacy": {"type": "bool", "default": False},
    "context": {"type": "str"},
    "connect_timeout": {"type": "int", "default": 20},
    "command_timeout": {"type": "int", "default": 60},
}

# Option -> the inventory variables it is taken from when the task does not set it; the first one that is set wins.
CONNECTION_VARIABLES: dict[str, tuple[str, ...]] = {
    "host": ("ansible_host", "ansible_ssh_host", "inventory_hostname"),
    "port": ("ansible_port", "ansible_ssh_port"),
    "username": ("ansible_user", "ansible_ssh_user"),
    "password": ("ansible_password", "ansible_ssh_pass", "ansible_ssh_password"),
    "enable_password": ("ansible_become_password", "ansible_become_pass"),
    "private_key_file": ("ansible_ssh_private_key_file", "ansible_private_key_file"),
    "known_hosts": ("vpnphone_known_hosts",),
    "ssh_config": ("vpnphone_ssh_config",),
    "ssh_legacy": ("vpnphone_ssh_legacy",),
    "context": ("vpnphone_context",),
    "connect_timeout": ("vpnphone_connect_timeout",),
    "command_timeout": ("vpnphone_command_timeout",),
}


class Connection(NamedTuple):
    """Validated connection options of one device; times in seconds. Never printed whole: it holds secrets."""

    host: str
    port: int
    username: str
    password: str | None
    enable_password: str | None
    private_key_file: str | None
    known_hosts: str | None
    ssh_config: str | None
    ssh_legacy: bool
    context: str | None
    connect_timeout: int
    command_timeout: int

    def __repr__(self) -> str:
        return f"Connection({self.username}@{self.host}:{self.port})"

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Connection:
        """From validated module parameters; others are passed over."""
        values: dict[str, Any] = {name: params.get(name) for name in cls._fields}
        values |= {"host": values["host"] or "", "username": values["username"] or ""}
        return cls(**values)


def check_connection(connection: Connection, name: str) -> None:
    """BadInput for a value that no session can be built with, before anything is dialled."""
    for option, variable, value in (
        ("known_hosts", "vpnphone_known_hosts", connection.known_hosts),
        ("private_key_file", "ansible_ssh_private_key_file", connection.private_key_file),
        ("ssh_config", "vpnphone_ssh_config", connection.ssh_config),
    ):
        if value and not Path(value).expanduser().is_file():
            raise BadInput(
                f"{option} {value!r} is not a file.", where=name, todo=f"Correct {variable}.", code="file_missing"
            )
    for option, seconds in (
        ("vpnphone_connect_timeout", connection.connect_timeout),
        ("vpnphone_command_timeout", connection.command_timeout),
    ):
        if seconds < 1:
            raise BadInput(f"{seconds} seconds are no time to wait.", where=name, todo=f"Correct {option}.")
    if not connection.host:
        raise BadInput("no address.", where=name, todo="Set ansible_host.", code="host_missing")
    if connection.context and not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", connection.context):
        raise BadInput(
            f"{connection.context!r} is not the name of a context.", where=name, todo="Correct vpnphone_context."
        )
