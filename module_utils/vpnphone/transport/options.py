"""How a device is reached: the options that every module which talks to an ASA shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

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
