"""Copies on the device's own flash, before anything is changed: whole configurations never leave the device."""

from __future__ import annotations

from ..model import Plan
from .readback import Reading
from .send import ChangingSession, CommandRefused, Purpose, Sender

FLASH = "disk0:/"
# How the backup of dap.xml ends.
DAP = "dap.xml"


def backup_name(plan: Plan, what: str) -> str:
    """disk0:/vpnphone-<first 8 of the plan's hash>-<what>."""
    return f"{FLASH}vpnphone-{plan.hash[:8]}-{what}"


def back_up(session: ChangingSession, sender: Sender, plan: Plan, reading: Reading, made: list[str]) -> None:
    """Copy running-config, startup-config and, where the plan changes it, dap.xml; their paths go to `made`.

    CommandRefused with code backup_failed. In a security context the flash cannot be written to [K]: there a refusal
    is a warning, and the inverse of every step must do. A file has no inverse but its backup.
    """
    wanted = [("running-config", "running.cfg"), ("startup-config", "startup.cfg")]
    if plan.dap_file is not None and reading.dap_text is not None:
        wanted.append((plan.dap_file.path, DAP))
    for source, suffix in wanted:
        path = backup_name(plan, suffix)
        try:
            copy(session, sender, source, path, "backup")
        except CommandRefused as error:
            if reading.state.mode != "multiple" or suffix == DAP:
                raise CommandRefused(
                    f"no backup could be made, so nothing was changed: {error.what}",
                    where=sender.device,
                    todo="Look at the room on the flash (`dir disk0:/`) and at the account's rights.",
                    code="backup_failed",
                ) from error
            sender.warnings.append(f"no backup on the flash from within a context: {error.what}")
        else:
            made.append(path)


def copy(session: ChangingSession, sender: Sender, source: str, target: str, purpose: Purpose) -> None:
    """`copy /noconfirm`; CommandRefused where the device does not say that it copied."""
    # [real output] `4523 bytes copied in 0.50 secs`
    sender.send(
        f"copy /noconfirm {source} {target}",
        lambda: session.copy(source, target),
        purpose=purpose,
        wants="bytes copied",
    )
