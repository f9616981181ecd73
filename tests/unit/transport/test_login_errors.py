"""One clear error for whatever paramiko, netmiko or the socket raises: its code, and the words that help."""

from __future__ import annotations

import errno
import socket

import paramiko
import pytest
from ansible.module_utils.vpnphone.errors import DeviceUnreachable
from ansible.module_utils.vpnphone.transport.login import explain
from ansible.module_utils.vpnphone.transport.options import Connection
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoTimeoutException
from paramiko.ssh_exception import IncompatiblePeer

CONNECTION = Connection.of({"host": "asa1", "port": 22, "username": "me", "private_key_file": "~/.ssh/id",
                            "password": "canary", "connect_timeout": 20})  # fmt: skip


def wrapped(cause: Exception) -> Exception:
    """As netmiko raises it: the reason lies behind an exception that says time-out."""
    refused = isinstance(cause, paramiko.AuthenticationException)
    kind = NetmikoAuthenticationException if refused else NetmikoTimeoutException
    error = kind(f"A paramiko SSHException occurred during connection creation:\n\n{cause}")
    error.__context__ = cause
    return error


@pytest.mark.parametrize(
    ("cause", "code", "unreachable", "words"),
    [
        (paramiko.AuthenticationException("Authentication failed."), "login_refused", True, "the login of 'me'"),
        (paramiko.AuthenticationException("transport shut down or saw EOF"), "session_closed", True, "five SSH"),
        (paramiko.PasswordRequiredException("Private key file is encrypted"), "key_unusable", False, "ssh-agent"),
        (paramiko.SSHException("not a valid OPENSSH private key file"), "key_unusable", False, "'~/.ssh/id'"),
        (paramiko.SSHException("No authentication methods available"), "credentials_missing", False, "ansible_"),
        (IncompatiblePeer("Incompatible ssh server (no acceptable kex)"), "no_common_algorithm", True, "SHA-1"),
        (IncompatiblePeer("Incompatible version (1.5 instead of 2.0)"), "no_common_algorithm", True, "`ssh version 2`"),
        (paramiko.SSHException("No existing session"), "timeout_connect", True, "within 20 s"),
        (TimeoutError("timed out"), "timeout_connect", True, "within 20 s"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "no_route", True, "No route to host"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "no_route", True, "Network is unreachable"),
        (ConnectionRefusedError(), "connection_refused", True, "nothing listens"),
        (ConnectionResetError(), "session_closed", True, "five SSH sessions"),
        (socket.gaierror(-2, "Name or service not known"), "name_unknown", True, "'asa1' does not resolve"),
        (paramiko.SSHException("Channel closed."), "ssh_failed", True, "asa1:22: Channel closed. To do"),
        (paramiko.SSHException("bad \x1b[2J thing"), "ssh_failed", True, "bad ?[2J thing"),
    ],
)  # fmt: skip
def test_causes(cause: Exception, code: str, unreachable: bool, words: str) -> None:
    for error in (cause, wrapped(cause)):
        found = explain(error, CONNECTION, "fw")
        assert (found.code, found.unreachable) == (code, unreachable)
        assert words in str(found)
        assert "canary" not in str(found)
        assert found.todo


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (ConnectionResetError(), "jump_failed"),
        (TimeoutError(), "jump_failed"),
        (paramiko.AuthenticationException("Authentication failed."), "login_refused"),
    ],
)
def test_what_the_jump_host_said_counts_only_where_the_device_said_nothing(cause: Exception, code: str) -> None:
    found = explain(cause, CONNECTION, "fw", "Permission denied (publickey).")
    assert found.code == code
    assert ("Permission denied (publickey)." in str(found)) == (code == "jump_failed")


def test_our_own_error_passes() -> None:
    error = DeviceUnreachable("x", code="host_key_unknown")
    assert explain(wrapped(error), CONNECTION, "fw") is error
