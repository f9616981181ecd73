"""One SSH session to an ASA: netmiko's CiscoAsaSSH with reading and login made certain.

What differs from stock netmiko, and why, stands in docs/decisions.md (session). In short: nothing is written to the
configuration, data is waited for and not polled, and an answer without its own echo and prompt is an error.
"""

from __future__ import annotations

import codecs
import contextlib
import logging
import re
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, cast

import paramiko
from netmiko.cisco.cisco_asa_ssh import CiscoAsaSSH

from ..errors import BadInput, DeviceRefused, DeviceUnreachable
from ..redact import HIDDEN, redact
from ..refusal import refusal_of
from . import silence
from .framing import PAGER, UNSOLICITED, Framed, Prompt, clean, ends_with_prompt, frame, paged, prompt_before_echo
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

# Else paramiko's tracebacks of refused connections go to the terminal: what they say is in our own errors.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

MAX_ANSWER = 32 * 1024 * 1024
# All answers of a session together: what a device can make this process hold. Lines cost more than their text.
MAX_SESSION = 2 * MAX_ANSWER
MAX_LINES = 2_000_000
# Banner, prompts and dialogues: small, and looked at whole with every piece that comes.
MAX_DIALOGUE = 64 * 1024
# The end of an answer, where its prompt or the pager's mark stands.
TAIL = 600
# However slowly it trickles, one answer takes no longer than this many command time-outs,
MAX_TRICKLE = 10
# and all answers of a session together no longer than this many.
MAX_SESSION_TRICKLE = 30
# Connection, key exchange, login and channel together: this many connect time-outs.
MAX_LOGIN = 4
PROBE = "show curpriv"


class AsaSession(CiscoAsaSSH):
    """An authenticated, privileged, unpaged session. Use as a context manager: it is closed in every case.

    privilege  level that `show curpriv` told (0-15), None where it did not say
    prompt     the device's prompt as last seen
    """

    def __init__(self, connection: Connection, *, name: str) -> None:
        self.name = name
        self._far_end = silence.asa(name)
        self.options = connection
        self.privilege: int | None = None
        self.prompt: Prompt | None = None
        self._key_name = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""
        self.remote_conn_pre = None
        self._gave_up = False
        self._received = self._lines = 0
        self._waited = 0.0
        self._tunnel: Tunnel | None = None
        self._complaint = ""
        check_connection(connection, name)
        legacy = None if connection.ssh_legacy else {kind: list(names) for kind, names in LEGACY_ALGORITHMS.items()}
        try:
            super().__init__(
                device_type="cisco_asa",
                host=connection.host,
                port=connection.port,
                username=connection.username,
                password=connection.password,
                secret=connection.enable_password or "",
                key_file=connection.private_key_file,
                # An agent is asked only where the inventory gives nothing else: every key it tries is a failed login.
                allow_agent=not connection.password and not connection.private_key_file,
                ssh_strict=True,
                disabled_algorithms=legacy,
                conn_timeout=connection.connect_timeout,
                auth_timeout=connection.connect_timeout,
                banner_timeout=connection.connect_timeout,
                blocking_timeout=connection.command_timeout,
                allow_auto_change=False,
            )
        except (DeviceUnreachable, DeviceRefused, BadInput):
            raise
        except Exception as error:
            raise explain(error, self.options, name, self._complaint) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.disconnect()

    # --- building the connection ----------------------------------------------------------------------------------

    def _build_ssh_client(self) -> paramiko.SSHClient:
        client = super()._build_ssh_client()
        client.set_missing_host_key_policy(HostKeyPolicy(self.name))
        add_known_keys(client, self.options.known_hosts or DEFAULT_KNOWN_HOSTS, self._key_name)
        return client

    def _connect_params_dict(self) -> dict[str, Any]:
        params: dict[str, Any] = super()._connect_params_dict()
        way = way_of(self.options, self.name)
        self.options = self.options._replace(username=way.user)
        self._key_name = way.host if way.port == 22 else f"[{way.host}]:{way.port}"
        if way.command:
            self._tunnel = Tunnel(way.command, self.name)
            sock = self._tunnel.socket
        else:
            sock = socket.create_connection((way.host, way.port), self.options.connect_timeout)
            # Nagle's algorithm would hold each short command back for an acknowledgement of the last one.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return params | {
            "hostname": way.host,
            "port": way.port,
            "username": way.user,
            "sock": sock,
            "transport_factory": OneAttempt,
        }

    def paramiko_cleanup(self) -> None:
        """netmiko's, called at every end; then what led to the device ends too."""
        super().paramiko_cleanup()
        tunnel, self._tunnel = self._tunnel, None
        if tunnel is not None:
            self._complaint = tunnel.close()

    def establish_connection(self, width: int = 511, height: int = 1000) -> None:
        """netmiko's, with an end: paramiko waits an hour or for ever for a device that opens no channel or shell."""
        watch = threading.Timer(self.options.connect_timeout * MAX_LOGIN, self._give_up)
        watch.daemon = True
        watch.start()
        try:
            super().establish_connection(width, height)
        except Exception:
            self.paramiko_cleanup()
            if self._gave_up:
                raise self._far_end.login_late(self.options.connect_timeout * MAX_LOGIN) from None
            raise
        finally:
            watch.cancel()

    def _give_up(self) -> None:
        """Close the transport, from the watch's thread: whoever waits for an event of it wakes up."""
        self._gave_up = True
        transport = self.remote_conn_pre.get_transport() if self.remote_conn_pre is not None else None
        if transport is not None:
            transport.close()

    def _try_session_preparation(self, force_data: bool = False) -> None:
        """netmiko's, without the RETURN and the sleep it begins with: we wait for the device to speak first."""
        super()._try_session_preparation(force_data=False)

    def session_preparation(self) -> None:
        """Learn the prompt, become privileged, switch the pager off, enter the context. Changes no configuration."""
        first = self._await_first_prompt()
        # It may be a line of a banner; then the probe tells, and `enable` did no harm.
        if first.level == ">" and self.options.enable_password is not None:
            self._enable()
        if self._learn_prompt().level == ">":
            self._enable()
            self._learn_prompt()
        self._switch_pager_off()
        if self.options.context:
            self._change_context(self.options.context)

    def _await_first_prompt(self) -> Prompt:
        text = self._read_until(lambda text: ends_with_prompt(text, None) is not None, "the first prompt")
        self._pending = ""
        return cast(Prompt, ends_with_prompt(text, None))

    def _learn_prompt(self) -> Prompt:
        self._write(PROBE)
        text = self._read_until(self._probe_answered, f"the answer of `{PROBE}`")
        self._pending = ""
        found = prompt_before_echo(text, PROBE)
        prompt = ends_with_prompt(text, found[0] if found else None)
        if prompt is None:
            raise self._not_framed(PROBE, text)
        level = re.search(r"privilege level\s*:\s*(\d{1,2})\b", text)
        self.privilege = int(level[1]) if level else None
        self.prompt = prompt
        return prompt

    @staticmethod
    def _probe_answered(text: str) -> bool:
        found = prompt_before_echo(text, PROBE)
        return ends_with_prompt(_behind_echo(PROBE, text), found[0] if found else None) is not None

    def _enable(self) -> None:
        if self.options.enable_password is None:
            raise DeviceRefused(
                "the login ends in user mode and no enable secret is given.",
                where=self.name,
                todo="Set ansible_become_password to the enable secret (from a vault), or let AAA grant privilege 15.",
                code="enable_secret_missing",
            )
        # Forgotten until enabled: cleanup() types no `exit` then, which a password prompt would take for an attempt.
        self.prompt = None
        self._write("enable")
        text = self._read_until(
            # What a banner still says, before the echo, is no answer: the secret would be typed as a command.
            lambda seen: (
                (answer := _behind_echo("enable", seen)) != ""
                and (
                    _asks_password(answer)
                    or refusal_of(answer) is not None
                    or ends_with_prompt(answer, None) is not None
                )
            ),
            "the enable password prompt",
        )
        self._pending = ""
        if _asks_password(text):
            self._write(self.options.enable_password)
            text = self._read_until(
                lambda seen: (
                    _asks_password(seen) or "Access denied" in seen or ends_with_prompt(seen, None) is not None
                ),
                "the answer to the enable password",
            )
            self._pending = ""
        prompt = ends_with_prompt(text, None)
        # One attempt only: a second one can lock the account at the AAA server.
        if prompt is None or prompt.level != "#":
            raise DeviceRefused(
                "the device refused the enable secret.",
                where=self.name,
                todo="Check ansible_become_password; with `aaa authentication enable` it is the user's own password.",
                code="enable_refused",
            )

    def _switch_pager_off(self) -> None:
        answer = self.run("terminal pager 0")
        refusal = refusal_of(answer)
        if refusal is not None:
            raise DeviceRefused(
                f"the pager cannot be switched off: the device answered {self._told(refusal)} to `terminal pager 0`.",
                where=self.name,
                todo="Allow `terminal pager` to this account in the AAA command set.",
                code="pager_stays_on",
            )

    def _change_context(self, context: str) -> None:
        command = "changeto system" if context == "system" else f"changeto context {context}"
        self._write(command)
        text = self._read_until(lambda seen: ends_with_prompt(seen, None) is not None, f"the answer of `{command}`")
        self._pending = ""
        refusal = refusal_of(text)
        if refusal is not None:
            raise DeviceRefused(
                f"the device refused `{command}`: {self._told(refusal)}.",
                where=self.name,
                todo="Check vpnphone_context against `show context`, and log in to the admin context.",
                code="context_refused",
            )
        self._learn_prompt()

    # --- one command ----------------------------------------------------------------------------------------------

    def run(self, command: str) -> str:
        """Send one line; give its answer, without echo and prompt.

        Raises DeviceUnreachable (closed, silent) or DeviceRefused with code pager_stays_on, answer_not_framed,
        role_changed, answer_too_long. A refusal by the device is an answer: judge it with refusal_of().
        """
        known = self.prompt or self._learn_prompt()
        self._write(command)
        text = self._read_until(
            lambda seen: paged(seen) or ends_with_prompt(seen, known) is not None,
            f"the answer of `{command}`",
            limit=MAX_ANSWER,
        )
        framed = self._framed(text, command, known)
        if command == "show running-config" and not re.search(r"^: end\s*$", framed.body[-200:], re.MULTILINE):
            raise DeviceRefused(
                "the running configuration is cut off (no `: end`).", where=self.name, code="answer_truncated",
                todo="Run again; if it stays so, look at the memory of the device and at the AAA command set.",
            )  # fmt: skip
        self.prompt = framed.prompt
        return framed.body

    def _framed(self, text: str, command: str, known: Prompt) -> Framed:
        """The answer between its own echo and prompt, from a unit whose role is what it was; else DeviceRefused."""
        if paged(text):
            raise DeviceRefused(
                f"the pager is still on: `{command}` stopped at {PAGER!r}.",
                where=self.name,
                todo="Allow `terminal pager` to this account; AAA can refuse it without an error.",
                code="pager_stays_on",
            )
        framed = frame(text, command, known)
        self._pending = ""
        if framed is None:
            raise self._not_framed(command, text)
        foreign = [line for line in framed.strays if not UNSOLICITED.match(line)]
        if foreign:
            raise self._not_framed(command, foreign[0])
        if framed.prompt.role != known.role:
            raise DeviceRefused(
                f"the unit changed its failover role in the middle ({known.text} became {framed.prompt.text}).",
                where=self.name,
                todo="Wait until `show failover` is stable and run again.",
                code="role_changed",
            )
        return framed

    def _not_framed(self, command: str, text: str) -> DeviceRefused:
        return DeviceRefused(
            f"the answer of `{command}` is not framed by its own echo and prompt (it begins {self._told(text)}).",
            where=self.name,
            todo="Run again; if it stays so, look at what else writes to this session (`terminal monitor`, a proxy).",
            code="answer_not_framed",
        )

    def _told(self, text: str) -> str:
        """The beginning of what the device said, quoted, fit for a report: no secret, no control character."""
        told = redact(text[:2000])
        for secret in (self.options.password, self.options.enable_password):
            told = told.replace(secret, HIDDEN) if secret else told
        return repr(" ".join(told[:120].split()))

    def cleanup(self, command: str = "exit") -> None:
        """Log off, so that the device frees the session at once; a device that does not answer is not waited for."""
        if self.remote_conn is not None and self.prompt is not None:
            with contextlib.suppress(OSError):
                self._shell.sendall(f"{command}\n".encode())

    # --- bytes ----------------------------------------------------------------------------------------------------

    @property
    def _shell(self) -> paramiko.Channel:
        return cast(paramiko.Channel, self.remote_conn)

    def _write(self, line: str) -> None:
        """Send a line; never logged, since it may be a secret."""
        typed = one_typed_line(line, self.name) + "\n"
        try:
            self._shell.sendall(typed.encode())
        except (OSError, paramiko.SSHException) as error:
            raise self._far_end.closed("a command was sent") from error

    def _read_until(
        self,
        done: Callable[[str], bool],
        what: str,
        limit: int = MAX_DIALOGUE,
        could_end: Callable[[str], bool] | None = None,
    ) -> str:
        """Read, waiting for data, until done(text so far, cleaned) holds; of an answer done() sees the tail only.

        So the work for each piece stays bounded, whatever comes. could_end: the cheap look that done() is asked after.
        """
        started = time.monotonic()
        try:
            return self._read(done, what, limit, started, could_end or _could_end)
        finally:
            self._waited += time.monotonic() - started

    def _read(
        self, done: Callable[[str], bool], what: str, limit: int, started: float, could_end: Callable[[str], bool]
    ) -> str:
        channel = self._shell
        timeout = self.options.command_timeout
        channel.settimeout(timeout)
        deadline = started + min(timeout * MAX_TRICKLE, timeout * MAX_SESSION_TRICKLE - self._waited)
        look = limit if limit <= MAX_DIALOGUE else TAIL
        parts = [self._pending]
        size = len(self._pending)
        tail = self._pending
        while True:
            try:
                data = channel.recv(65536)
            except TimeoutError as error:
                raise self._far_end.silent(timeout, what) from error
            except OSError as error:
                raise self._far_end.closed(what) from error
            if not data:
                raise self._far_end.closed(what)
            piece = self._decoder.decode(data)
            parts.append(piece)
            size += len(piece)
            self._received += len(piece)
            self._lines += piece.count("\n")
            if size > limit or self._received > MAX_SESSION or self._lines > MAX_LINES:
                raise DeviceRefused(
                    f"{what} is longer than {limit // 1024} KiB, or the session than {MAX_SESSION // 1024} KiB or "
                    f"{MAX_LINES} lines.",
                    where=self.name,
                    todo="Look at the device by hand: no configuration of an ASA is that long.",
                    code="answer_too_long",
                )
            tail = (tail + piece)[-look:]
            # done() is asked only when a cheap look says that it could be true.
            if could_end(tail[-TAIL:]) and done(clean(tail)):
                return clean("".join(parts))
            if time.monotonic() > deadline:
                bounds = f"{MAX_TRICKLE} command time-outs for one, {MAX_SESSION_TRICKLE} for all"
                raise self._far_end.late(f"{what} did not end in time: {bounds}")


def _behind_echo(command: str, text: str) -> str:
    """What came after the line that echoes the command, "" while that has not come."""
    found = prompt_before_echo(text, command)
    if found is not None:
        return text[found[1] :]
    # The prompt was read before the echo came: then the echo opens the text.
    head, line_end, rest = text.lstrip("\n").partition("\n")
    return rest if line_end and head == command else ""


def _asks_password(text: str) -> bool:
    return re.search(r"assword:\s*$", text[-80:]) is not None


def _could_end(tail: str) -> bool:
    """Cheap: can this tail be a prompt, a question, a pager or a refusal?"""
    line = tail[tail.rfind("\n") + 1 :].rstrip()
    return line.endswith((">", "#", ":", "]", "?", PAGER)) or "denied" in tail or PAGER in tail[-200:]
