"""The platform CLI of a CUCM node over SSH, in the interactive shell (it has no exec channel).

As with the ASA, an answer counts only between the echo of its own command and the prompt. One login attempt; host
keys are always checked.
"""

from __future__ import annotations

import codecs
import contextlib
import re
import socket
import threading
import time
from types import TracebackType
from typing import Any, Self

import paramiko

from ..errors import DeviceRefused, VpnPhoneError
from ..soap import shown
from . import silence
from .login import (
    DEFAULT_KNOWN_HOSTS,
    LEGACY_ALGORITHMS,
    HostKeyPolicy,
    OneAttempt,
    add_known_keys,
    explain,
    one_typed_line,
)
from .options import Connection, check_connection
from .way import Tunnel, way_of

PROMPT = "admin:"
MAX_ANSWER = 8 * 1024 * 1024
# However slowly it trickles, one answer takes no longer than this many command time-outs.
MAX_TRICKLE = 5
# Connection, login and the start of the shell together: this many connect time-outs ("please wait ..." [K]).
MAX_LOGIN = 4
_PAGER = re.compile(r"(?:Press <enter> for 1 line|^options: q=quit).{0,200}$", re.IGNORECASE)
_FAILED = "Executed command unsuccessfully"
# The end of a text that waits for a word [K].
ASKS = re.compile(r"(?:\((?:yes|y)[/|](?:no|n)\)|\[(?:yes|y)[/|](?:no|n)\])[ ?:]{0,4}$", re.IGNORECASE)
# VT100 sequences that the shell's line editor sends [K].
_ESCAPES = re.compile("\x1b(?:\\[[0-9;?]{0,20}[ -/]?[@-~]|[()][0-9A-Za-z]|[=>78cDEHMNOZ])")
_ADVICE = {
    "login_refused": "Check vpnphone_os_user and vpnphone_os_password: the platform (OS) administrator is another "
    "account than the AXL user. It was tried once.",
    "connection_refused": "Check ansible_host and vpnphone_os_port.",
    "session_closed": "The node may have too many platform sessions; see `show session maxlimit`, and try `ssh -v`.",
    "ssh_failed": "Is that an SSH server? Try `ssh -v` from this controller.",
    "host_key_unknown": "Compare it with the node's own, then add it to known_hosts (ssh-keyscan) or to the file in "
    "vpnphone_known_hosts.",
    "no_common_algorithm": "An old node that speaks only SHA-1 key exchange, ssh-rsa or CBC: set vpnphone_ssh_legacy: "
    "true.",
}


class PlatformCli:
    """One session, unpaged. Use as a context manager: it is closed in every case."""

    def __init__(self, connection: Connection, *, name: str) -> None:
        check_connection(connection, name)
        self._connection = connection
        self._name = name
        self._far_end = silence.node(name)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._client = paramiko.SSHClient()
        self._tunnel: Tunnel | None = None
        self._gave_up = False
        watch = threading.Timer(connection.connect_timeout * MAX_LOGIN, self._give_up)
        watch.daemon = True
        watch.start()
        try:
            self._shell = self._connect()
            self._read_to_prompt("the first prompt")
            self.run("set cli pagination off")
        except Exception as error:
            complaint = self._close()
            if self._gave_up:
                raise self._far_end.login_late(connection.connect_timeout * MAX_LOGIN) from None
            raise self._explained(error, complaint) from error
        finally:
            watch.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError, paramiko.SSHException):
            self._shell.settimeout(1)
            self._shell.sendall(b"exit\n")
        self._close()

    def _close(self) -> str:
        """Close all; what the command that led to the node printed as an error."""
        self._client.close()
        tunnel, self._tunnel = self._tunnel, None
        return tunnel.close() if tunnel is not None else ""

    def _connect(self) -> paramiko.Channel:
        connection = self._connection
        way = way_of(connection, self._name)
        self._client.set_missing_host_key_policy(HostKeyPolicy(self._name))
        known = way.host if way.port == 22 else f"[{way.host}]:{way.port}"
        add_known_keys(self._client, connection.known_hosts or DEFAULT_KNOWN_HOSTS, known)
        if way.command:
            self._tunnel = Tunnel(way.command, self._name)
            sock = self._tunnel.socket
        else:
            sock = socket.create_connection((way.host, way.port), connection.connect_timeout)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # As a dict: types-paramiko knows no class as a factory.
        more: dict[str, Any] = {"transport_factory": OneAttempt}
        if not connection.ssh_legacy:
            more["disabled_algorithms"] = {kind: list(names) for kind, names in LEGACY_ALGORITHMS.items()}
        self._client.connect(
            way.host,
            way.port,
            way.user,
            connection.password,
            sock=sock,
            allow_agent=False,
            look_for_keys=False,
            timeout=connection.connect_timeout,
            banner_timeout=connection.connect_timeout,
            auth_timeout=connection.connect_timeout,
            **more,
        )
        # Wide: the line editor of the shell folds and redraws what does not fit.
        shell = self._client.invoke_shell(width=500, height=1000)
        shell.settimeout(connection.command_timeout)
        return shell

    def _give_up(self) -> None:
        """From the watch's thread: whoever waits for an event of the transport wakes up."""
        self._gave_up = True
        self._client.close()

    def _explained(self, error: Exception, complaint: str) -> VpnPhoneError:
        found = explain(error, self._connection, self._name, complaint)
        if found.code not in _ADVICE:
            return found
        return type(found)(found.what, where=found.where, todo=_ADVICE[found.code], code=found.code)

    def run(self, command: str) -> str:
        """Send one show command; its answer without echo and prompt. DeviceRefused where the node says no."""
        self._send(f"{one_typed_line(command, self._name)}\n", command)
        lines = self._read_to_prompt(f"the answer of `{command}`").split("\n")
        # The prompt before the command was read already: the echo opens the text, or what the editor left of it.
        for number, line in enumerate(lines[:5]):
            if line.rpartition(PROMPT)[2].strip() == command:
                body = "\n".join(lines[number + 1 : -1])
                break
        else:
            raise DeviceRefused(
                f"the answer of `{command}` is not framed by its own echo and prompt.",
                where=self._name,
                todo="Run again; if it stays so, look at what else writes to this session.",
                code="answer_not_framed",
            )
        if _FAILED in body:
            raise DeviceRefused(
                f"the platform refused `{command}`: {shown(body.replace(_FAILED, '')) or _FAILED}.",
                where=self._name,
                todo="Look at the privilege of the platform account; level 1 is enough for show commands.",
                code="command_refused",
            )
        return body

    def converse(self, command: str, question: re.Pattern[str], reply: str) -> tuple[str, bool]:
        """Send a command that asks one thing, and the reply; what the node said last, and whether it asked.

        No other question is answered: DeviceRefused with code question_unknown. question is searched at the end of
        what came. Where this raises anything else than command_refused, the command may have been done.
        """
        self._send(f"{one_typed_line(command, self._name)}\n", command)
        text = self._read_to_prompt(f"the answer of `{command}`", question)
        while command not in text:
            # A prompt that was drawn again before the echo.
            text += self._read_to_prompt(f"the answer of `{command}`", question)
        asked = not text.rstrip().endswith(PROMPT)
        if asked:
            self._send(reply, command)
            text = self._read_to_prompt(f"the end of `{command}`", ASKS)
            if not text.rstrip().endswith(PROMPT):
                raise DeviceRefused(
                    f"`{command}` asks what is not known here: {shown(text.strip()[-160:])!r}.",
                    where=self._name,
                    todo="Nothing was answered. Do this step by hand at the platform's command line, then run again.",
                    code="question_unknown",
                )
        lines = [line for line in text.split("\n")[:-1] if line.strip() != command]
        told = "\n".join(lines).rpartition("-----END CERTIFICATE-----")[2]
        if _FAILED in told:
            raise DeviceRefused(
                f"the platform refused `{command}`: {shown(told.replace(_FAILED, '')) or _FAILED}.",
                where=self._name,
                todo="Look at the privilege of the platform account, and at the name of the unit.",
                code="command_refused",
            )
        return told.strip(), asked

    def _send(self, text: str, what: str) -> None:
        try:
            self._shell.sendall(text.encode())
        except (OSError, paramiko.SSHException) as error:
            raise self._far_end.closed(what) from error

    def _read_to_prompt(self, what: str, question: re.Pattern[str] | None = None) -> str:
        """Until the prompt, or until what came ends in that question."""
        deadline = time.monotonic() + self._connection.command_timeout * MAX_TRICKLE
        parts: list[str] = []
        tail, size = "", 0
        while True:
            try:
                data = self._shell.recv(65536)
            except TimeoutError as error:
                raise self._far_end.silent(self._connection.command_timeout, what) from error
            except OSError as error:
                raise self._far_end.closed(what) from error
            if not data:
                raise self._far_end.closed(what)
            piece = self._decoder.decode(data)
            parts.append(piece)
            size += len(piece)
            if size > MAX_ANSWER:
                raise DeviceRefused(
                    f"{what} is longer than {MAX_ANSWER // 1024} KiB.",
                    where=self._name,
                    todo="Look at what answers there; nothing of the answer was used.",
                    code="answer_too_long",
                )
            tail = (tail + piece)[-400:]
            last = _clean(tail).rpartition("\n")[2]
            if last.strip() == PROMPT or (question is not None and question.search(_clean(tail))):
                return _clean("".join(parts))
            if _PAGER.search(last):
                raise DeviceRefused(
                    f"the pager is still on while waiting for {what}.",
                    where=self._name,
                    todo="Try `set cli pagination off` with this account.",
                    code="pager_stays_on",
                )
            if time.monotonic() > deadline:
                raise self._far_end.late(f"{what} did not end within {MAX_TRICKLE} command time-outs")


def _clean(text: str) -> str:
    """Line ends to \\n; NUL, escapes of the line editor and lone CRs removed."""
    text = _ESCAPES.sub("", text.replace("\0", "").replace("\r\r\n", "\n").replace("\r\n", "\n"))
    return text.replace("\r", "")
