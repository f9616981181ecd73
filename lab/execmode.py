"""Commands of the EXEC modes that print no state: enable, login, exit, write memory, changeto and their like."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from . import applets, debug, dialogues, flash, logoff
from .configure import Mode
from .grammar import Match
from .shows import Refused
from .terminal import Hangup

if TYPE_CHECKING:
    from .shell import Shell

STANDBY_WARNING = """**** WARNING ****
\tConfiguration Replication is NOT performed from Standby unit to Active unit.
\tConfigurations are no longer synchronized.
"""
ASK_LATER = """
***************************** NOTICE *****************************

Help to improve the ASA platform by enabling anonymous reporting,
which allows Cisco to securely receive minimal error and health
information from the device.

"""
ASK_LATER_QUESTION = (
    "Would you like to enable anonymous error reporting to help improve\nthe product? [Y]es, [N]o, [A]sk later: "
)

Handler = Callable[["Shell", Match], Awaitable[None]]
_WRITES = r"^write memory|startup-config$"
_NO_SPACE = "%Error writing nvram:/startup-config (No space left on device)"
USER_MODE = ("enable", "login", "exit", "quit", "logout", "terminal pager", "terminal monitor", "terminal no monitor")


async def _enable(shell: Shell, found: Match) -> None:
    """Three tries at the secret; `enable` at privilege 15 is no command at all."""
    if shell.privilege > 1:
        shell.caret(found.starts[0])
        return
    level = int(found.values[1]) if len(found.values) > 1 else 15
    for _ in range(3):
        given = await shell.terminal.readline("Password: ", echo="*")
        if given == shell.device.enable_secret:
            shell.privilege, shell.name = max(level, 1), f"enable_{max(level, 1)}"
            shell.log("enable", granted=True)
            return
        shell.terminal.write("Invalid password\n")
    shell.log("enable", granted=False)
    shell.terminal.write("Access denied.\n")


async def _login(shell: Shell, found: Match) -> None:
    """Log in as another local user; that user's privilege counts at once."""
    for _ in range(3):
        name = await shell.terminal.readline("Username: ")
        password = await shell.terminal.readline("Password: ", echo="*")
        user = shell.device.users.get(name.strip())
        if user is not None and user.password == password:
            shell.user, shell.name, shell.privilege = user, user.name, max(user.privilege, 1)
            return
        shell.terminal.write("%Login failed\n")


async def _leave(shell: Shell, found: Match) -> None:
    """exit and quit: one mode up, out of EXEC the session ends."""
    if shell.modes:
        shell.modes.pop()
        return
    shell.terminal.write("\nLogoff\n\n")
    raise Hangup


async def _logout(shell: Shell, found: Match) -> None:
    shell.terminal.write("\nLogoff\n\n")
    raise Hangup


async def _end(shell: Shell, found: Match) -> None:
    if not shell.modes:
        raise Refused("", found.starts[0])
    shell.modes.clear()


async def _disable(shell: Shell, found: Match) -> None:
    shell.modes.clear()
    shell.privilege, shell.name = 1, "enable_1"


async def _configure_terminal(shell: Shell, found: Match) -> None:
    if shell.modes:
        return
    shell.modes = [Mode("config", ())]
    if shell.unit.standby:
        shell.terminal.write(STANDBY_WARNING)
    if shell.device.fault("ask_later", found.text):
        shell.terminal.write(ASK_LATER)
        question = ASK_LATER_QUESTION
        while (await shell.terminal.readline(question)).strip().lower()[:1] not in ("y", "n", "a"):
            question = "Please answer [Y]es, [N]o, [A]sk later: "


async def _pager(shell: Shell, found: Match) -> None:
    if shell.device.fault("pager", found.text):
        shell.terminal.write("Command authorization failed\n")
    elif not shell.device.fault("pager_silent", found.text):
        shell.terminal.page = int(found.values[-1])


async def _nothing(shell: Shell, found: Match) -> None:
    """A command that is accepted and changes nothing here."""


async def _write(shell: Shell, found: Match) -> None:
    everything = "all" in found.values and shell.device.multiple
    contexts = list(shell.device.contexts.values()) if everything else [shell.context]
    if "copy" in found.values[0] and "/noconfirm" not in found.values:
        await shell.terminal.readline("\nSource filename [running-config]? ")
    failure = shell.device.fault_on_command("write_fails", found.text, shell.line, default=_WRITES)
    if failure:
        shell.log("fault", kind="write_fails", command=shell.line)
        shell.terminal.write("Building configuration...\n")
        raise Refused(failure.text or _NO_SPACE)
    for context in contexts:
        checksum = shell.device.save(context)
        size = len("\n".join(node.text for node in context.running))
        shell.terminal.write("Building configuration...\n" if "copy" not in found.values[0] else "")
        shell.terminal.write(f"Cryptochecksum: {checksum} \n\n{size} bytes copied in 0.50 secs\n")
    shell.terminal.write("[OK]\n" if "copy" not in found.values[0] else "")


async def _changeto(shell: Shell, found: Match) -> None:
    device = shell.device
    if not device.multiple:
        raise Refused("", found.starts[0])
    name = "system" if found.values[1] == "system" else found.values[2]
    if not (shell.home.admin or shell.home.name == "system"):
        raise Refused("Command not valid in current execution space")
    if name not in device.contexts or (name == "system" and found.values[1] != "system"):
        raise Refused(f"ERROR: Context {name} does not exist")
    shell.context = device.contexts[name]
    if shell.modes:
        shell.modes = [Mode("config", ())]


async def _run_applet(shell: Shell, found: Match) -> None:
    """Only one with `event none` is run by hand [K]."""
    name = found.values[3]
    applet = applets.applets(shell.context.running).get(name)
    if applet is None:
        raise Refused(f"ERROR: Event manager applet {name} does not exist")
    if not any(child.text == "event none" for child in applet.children):
        raise Refused(f"ERROR: Event manager applet {name} is not configured with event none")
    shell.device.on_applet(shell.context, name)


HANDLERS: dict[str, Handler] = {
    "event manager run": _run_applet,
    "enable": _enable,
    "disable": _disable,
    "login": _login,
    "exit": _leave,
    "quit": _leave,
    "logout": _logout,
    "end": _end,
    "configure terminal": _configure_terminal,
    "terminal pager": _pager,
    "terminal monitor": _nothing,
    "terminal no monitor": _nothing,
    "write memory": _write,
    "copy running-config startup-config": _write,
    "copy /noconfirm running-config startup-config": _write,
    "changeto context": _changeto,
    "changeto system": _changeto,
    **dialogues.HANDLERS,
    **flash.HANDLERS,
    **logoff.HANDLERS,
    **debug.HANDLERS,
}
