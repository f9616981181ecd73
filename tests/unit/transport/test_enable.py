"""From the first prompt to a privileged one: one attempt, and the secret only where the device asks for it."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone.errors import DeviceRefused
from ansible.module_utils.vpnphone.transport.asa import AsaSession

from tests.unit.transport import fake_shell

SECRET = "canary-2"  # noqa: S105 - of no device
PRIVILEGED = ("Username : me\nCurrent privilege level : 15\n", "fw#")


class Pieces(fake_shell.FakeShell):
    """What the device says, piece by piece; before_echo: what a banner still says when the first line is typed."""

    def __init__(self, script: fake_shell.Script, first: str, before_echo: tuple[str, ...] = ()) -> None:
        super().__init__(script, "fw>")
        self.pieces = [first.encode()]
        self.before_echo = before_echo
        self.left: dict[str, int] = {}

    def sendall(self, data: bytes) -> None:
        self.left[data.decode().rstrip("\n")] = len(self.pieces)
        self.pieces += [piece.encode() for piece in self.before_echo]
        self.before_echo = ()
        super().sendall(data)
        self.pieces.append(super().recv(0))

    def recv(self, size: int) -> bytes:
        if not self.pieces:
            raise TimeoutError
        return self.pieces.pop(0)


def prepared(shell: Pieces, enable_password: str | None = SECRET) -> AsaSession:
    plain, _ = fake_shell.session({})
    plain.remote_conn = shell
    plain.prompt = None
    plain.options = plain.options._replace(enable_password=enable_password)
    AsaSession.session_preparation(plain)
    return plain


def device(answer: str = "", level: str = "fw#") -> fake_shell.Script:
    asked = {"done": False}

    def reply(line: str) -> fake_shell.Reply:
        if line == "enable":
            return ("Password: ", "")
        if line == SECRET:
            asked["done"] = True
            return (answer, level)
        privileged = asked["done"] and level == "fw#"
        return PRIVILEGED if line == "show curpriv" and privileged else ("", "fw#" if privileged else "fw>")

    return reply


def test_a_login_in_user_mode_is_enabled_at_once() -> None:
    shell = Pieces(device(), "Welcome\r\nfw> ")
    made = prepared(shell)
    assert shell.typed == ["enable", SECRET, "show curpriv", "terminal pager 0"]
    assert (made.privilege, made.prompt and made.prompt.text) == (15, "fw#")


def test_a_privileged_login_needs_no_secret() -> None:
    shell = Pieces(lambda line: PRIVILEGED if line == "show curpriv" else ("", "fw#"), "fw# ")
    assert prepared(shell, None).privilege == 15
    assert shell.typed == ["show curpriv", "terminal pager 0"]


def test_a_banner_that_looks_privileged_is_found_out() -> None:
    shell = Pieces(device(), "Type\r\nnow# ", ("\r\nfw> ",))
    assert prepared(shell).privilege == 15
    assert shell.typed == ["show curpriv", "enable", SECRET, "show curpriv", "terminal pager 0"]


def test_a_banner_gets_no_secret() -> None:
    shell = Pieces(device(), "See\r\nintranet> ", ("\r\nNever tell your Password: ", "\r\nfw> "))
    assert prepared(shell).privilege == 15
    assert shell.typed == ["enable", SECRET, "show curpriv", "terminal pager 0"]
    assert shell.left[SECRET] == 0


@pytest.mark.parametrize(("answer", "level"), [("Invalid password\nPassword: ", ""), ("Access denied.\n", "fw>")])
def test_a_refused_secret_is_not_typed_again(answer: str, level: str) -> None:
    shell = Pieces(device(answer, level), "fw> ")
    with pytest.raises(DeviceRefused) as error:
        prepared(shell)
    assert error.value.code == "enable_refused"
    assert shell.typed == ["enable", SECRET]
    assert SECRET not in str(error.value)


def test_user_mode_without_a_secret() -> None:
    shell = Pieces(device(), "fw> ")
    with pytest.raises(DeviceRefused) as error:
        prepared(shell, None)
    assert (error.value.code, shell.typed) == ("enable_secret_missing", ["show curpriv"])
