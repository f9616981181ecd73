"""One clear error: what happened, where, what was expected, what to do next."""

from __future__ import annotations


class VpnPhoneError(Exception):
    """A fault to be shown to a person; never a traceback.

    code     stable word for machines ("login_refused"), documented in docs/errors.md
    what     what happened, one sentence
    where    device, file or option it happened at
    todo     what to do about it, with the exact command or option where there is one
    """

    code = "error"
    unreachable = False

    def __init__(self, what: str, *, where: str = "", todo: str = "", code: str = "") -> None:
        self.what = what
        self.where = where
        self.todo = todo
        self.code = code or type(self).code
        super().__init__(str(self))

    def as_dict(self) -> dict[str, str]:
        """For a module's result."""
        return {"code": self.code, "what": self.what, "where": self.where, "todo": self.todo}

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        if self.todo:
            text = f"{text} To do: {self.todo}"
        return f"{text} [{self.code}]"


class BadInput(VpnPhoneError):
    """An option, a file or an inventory value that cannot be used as it is."""

    code = "bad_input"


class DeviceUnreachable(VpnPhoneError):
    """No session to the device could be built or kept."""

    code = "unreachable"
    unreachable = True


class DeviceRefused(VpnPhoneError):
    """The device answered, and the answer was no: nothing trustworthy can be read, so it counts as unreachable."""

    code = "refused"
    unreachable = True


class ChangeRefused(VpnPhoneError):
    """The device can be read, and it is not to be changed as things stand; nothing was sent."""

    code = "change_refused"
