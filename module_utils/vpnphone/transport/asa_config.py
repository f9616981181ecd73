"""A session that may change the configuration: one command at a time, each in the block that it was meant for.

Every command is answered for itself (see framing.py). A question in the middle of a command is never answered, except
the one about anonymous reporting on entering configuration mode: it is put off.
"""

from __future__ import annotations

import io
import re
import threading

import paramiko
import scp

from ..errors import DeviceRefused, DeviceUnreachable, VpnPhoneError
from ..refusal import refusal_of
from .asa import MAX_DIALOGUE, AsaSession
from .framing import PAGER, Prompt, ends_with_prompt, last_line
from .login import explain
from .options import Connection
from .reasons import short

GLOBAL = "(config)"
# What the ASA says where a change would be lost [real output].
_STANDBY = "Configuration Replication is NOT performed from Standby unit"
# "[confirm]", "[yes/no]: ", "(y/n)?", "Source filename [running-config]? ", "Password: " at the very end.
_QUESTION = re.compile(
    r"\[confirm\]\W{0,3}$|\[y(?:es)?/no?\]\W{0,3}$|\(y(?:es)?/no?\)\W{0,3}$|\[[^\]\n]{0,120}\]\?\s?$|assword:\s?$"
    r"|\[A\]sk later:\s?$",
    re.IGNORECASE,
)
_ASK_LATER = re.compile(r"\[A\]sk later:\s?$")
# Mode lines whose prompt is known from real output; of others only the form `(config-...)` is wanted [K].
_PROMPTS = {"tunnel-group": "(config-tunnel-", "group-policy": "(config-group-"}
# Further than any block of an ASA lies from the global mode.
_DEEPEST = 5
_ELSEWHERE = ("?",)


class ModeRefused(DeviceRefused):
    """A line that leads to a block was refused or led elsewhere; what was to be typed there was not sent."""

    code = "mode_refused"


class _Watch:
    """Closes a client that made no progress for that long: paramiko waits for some answers an hour, or for ever."""

    def __init__(self, client: paramiko.SSHClient, seconds: int) -> None:
        self.seconds = seconds
        self.struck = False
        self._client = client
        self._timer: threading.Timer | None = None

    def touch(self, *_progress: object) -> None:
        self.stop()
        self._timer = threading.Timer(self.seconds, self._strike)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _strike(self) -> None:
        self.struck = True
        self._client.close()


def question_of(text: str) -> str:
    """The question that the device waits with at the end of this text, "" where there is none."""
    line = last_line(text[-400:]).strip()
    return line if _QUESTION.search(line) else ""


class ConfigSession(AsaSession):
    """An AsaSession that can also configure, save, copy on the flash and put a file there.

    After an error of configure(), save() or copy() nothing more can be sent: what stands must be read anew.
    """

    def __init__(self, connection: Connection, *, name: str) -> None:
        # The mode lines of the block the session is in; None outside of configuration mode.
        self._path: tuple[str, ...] | None = None
        super().__init__(connection, name=name)

    def run(self, command: str) -> str:
        """As AsaSession.run; DeviceUnreachable where the session was given up."""
        # The prompt must not be learned anew by a further line: the device may be waiting in a question.
        self.prompt = self._at
        return super().run(command)

    # --- configuration ------------------------------------------------------------------------------------------------

    def configure(self, mode: tuple[str, ...], command: str) -> str:
        """Type one command in the block that the mode lines lead to; what the device said of it ("" for nothing).

        ModeRefused where the block could not be entered: the command was not sent then. Any other VpnPhoneError
        leaves open whether the command stands.
        """
        self._enter(mode)
        before = self._at.mode
        answer = self._typed(command)
        after = self._at.mode
        if after != before:
            self._path = () if after == GLOBAL else _ELSEWHERE if after else None
        return answer

    def end_configuration(self) -> None:
        """Back to EXEC, from wherever the session is."""
        if self._path is not None:
            self._typed("end")
            if self._at.mode:
                raise self._lost(f"`end` led to {self._at.mode}")
            self._path = None

    def save(self) -> str:
        """`write memory`; its answer, in which `[OK]` must be looked for."""
        self.end_configuration()
        return self._typed("write memory")

    def copy(self, source: str, target: str) -> str:
        """`copy /noconfirm`; its answer."""
        self.end_configuration()
        return self._typed(f"copy /noconfirm {source} {target}")

    def delete(self, path: str) -> str:
        """`delete /noconfirm`; its answer."""
        self.end_configuration()
        return self._typed(f"delete /noconfirm {path}")

    def put_file(self, path: str, data: bytes) -> None:
        """Write a file of the flash by SCP, over a connection of its own; the device needs `ssh scopy enable`.

        DeviceRefused with code upload_failed; DeviceUnreachable as from a login.
        """
        tunnel, self._tunnel = self._tunnel, None
        client = self._build_ssh_client()
        watch = _Watch(client, self.options.command_timeout)
        try:
            client.connect(**self._connect_params_dict())
            transport = client.get_transport()
            if transport is None:
                raise paramiko.SSHException("the connection was closed at once")
            watch.touch()
            with scp.SCPClient(transport, socket_timeout=float(watch.seconds), progress=watch.touch) as sender:
                sender.putfo(io.BytesIO(data), path, mode="0600", size=len(data))
            if watch.struck:
                # The last wait ends without an error, however it ends.
                raise scp.SCPException("No answer")
        except VpnPhoneError:
            raise
        except Exception as error:
            if not watch.struck and not isinstance(error, scp.SCPException):
                raise explain(error, self.options, self.name) from error
            why = f"no answer for {watch.seconds} s" if watch.struck else self._told(short(error))
            raise DeviceRefused(
                f"the device did not take {path} by SCP: {why}.",
                where=self.name,
                todo="`ssh scopy enable`, privilege 15 at login, and room on the flash (`dir disk0:/`).",
                code="upload_failed",
            ) from error
        finally:
            watch.stop()
            client.close()
            self._close_tunnel()
            self._tunnel = tunnel

    def _close_tunnel(self) -> None:
        tunnel, self._tunnel = self._tunnel, None
        if tunnel is not None:
            tunnel.close()

    # --- one command --------------------------------------------------------------------------------------------------

    @property
    def _at(self) -> Prompt:
        """The prompt that was seen last."""
        if self.prompt is None:
            raise DeviceUnreachable(
                "the session was given up after an answer that was not whole.", where=self.name, code="session_closed",
                todo="Run again.",
            )  # fmt: skip
        return self.prompt

    def _typed(self, command: str) -> str:
        """Send one line; its answer, whole. After an error the session is given up: not even `exit` is typed."""
        known = self._at
        # Whatever goes wrong from here on: the device may be waiting in a question, which a further line would answer.
        self.prompt = None
        self._write(command)
        text = self._until_prompt_or_question(known, command)
        if _ASK_LATER.search(text) and command == "configure terminal":
            self._pending = text
            self._write("A")
            text = self._until_prompt_or_question(known, command)
        question = "" if ends_with_prompt(text, known) else question_of(text)
        if question:
            raise DeviceRefused(
                f"`{command}` was answered with a question that nobody expected ({self._told(question)}); it was not "
                "answered.",
                where=self.name,
                todo="Type the command by hand to see what the device wants.",
                code="question_asked",
            )
        framed = self._framed(text, command, known)
        self.prompt = framed.prompt
        return framed.body

    def _until_prompt_or_question(self, known: Prompt, command: str) -> str:
        return self._read_until(
            lambda seen: bool(PAGER in seen[-200:] or ends_with_prompt(seen, known) or question_of(seen)),
            f"the answer of `{command}`",
            limit=MAX_DIALOGUE,
        )

    # --- modes --------------------------------------------------------------------------------------------------------

    def _enter(self, mode: tuple[str, ...]) -> None:
        if self._path is None:
            self._configure_terminal()
        if self._path == mode:
            return
        self._leave_block()
        for line in mode:
            answer = self._typed(line)
            refusal = refusal_of(answer)
            landed = self._at.mode
            if refusal is None and not landed.startswith(_PROMPTS.get(line.split()[0], "(config-")):
                refusal = f"the prompt became {landed or self._at.text}"
            if refusal is not None:
                self._path = () if landed == GLOBAL else _ELSEWHERE if landed else None
                raise ModeRefused(
                    f"`{line}` did not lead to its block: {self._told(refusal)}.",
                    where=self.name,
                    todo="Type it by hand; `show running-config` says whether the thing exists.",
                )
        self._path = mode

    def _configure_terminal(self) -> None:
        answer = self._typed("configure terminal")
        if _STANDBY in answer:
            self.prompt = None
            raise standby_unit(self.name)
        refusal = refusal_of(answer)
        if refusal is not None:
            raise ModeRefused(
                f"the device refused `configure terminal`: {self._told(refusal)}.",
                where=self.name,
                todo="Give the account the right to configure, or use another.",
                code="configure_refused",
            )
        if self._at.mode != GLOBAL:
            raise self._lost(f"`configure terminal` led to {self._at.text}")
        self._path = ()

    def _leave_block(self) -> None:
        """Back to the global mode of the configuration."""
        for _ in range(_DEEPEST):
            if self._at.mode == GLOBAL:
                self._path = ()
                return
            if not self._at.mode:
                break
            self._typed("exit")
        raise self._lost(f"`exit` does not lead back to {GLOBAL}")

    def _lost(self, what: str) -> DeviceRefused:
        self.prompt = None
        return DeviceRefused(
            f"the session is not where it should be: {what}.",
            where=self.name,
            todo="Run again; if it stays so, look at what else writes to this session.",
            code="mode_lost",
        )


def standby_unit(name: str) -> DeviceRefused:
    """The error for a unit whose configuration is overwritten by its mate."""
    return DeviceRefused(
        "this is the standby unit: what is changed here is not replicated and will be lost.",
        where=name,
        todo="Set ansible_host to the active unit's address (`show failover`).",
        code="standby_unit",
    )
