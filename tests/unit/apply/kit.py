"""An ASA for the engine: the lab's own device, spoken to without SSH, which fails at the command that a test says."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Self

from ansible.module_utils.vpnphone.apply.engine import Settings, apply_plan
from ansible.module_utils.vpnphone.apply.readback import Reading
from ansible.module_utils.vpnphone.apply.recover import Recovery
from ansible.module_utils.vpnphone.apply.send import Planner
from ansible.module_utils.vpnphone.apply.stop import Stop
from ansible.module_utils.vpnphone.errors import DeviceRefused, DeviceUnreachable
from ansible.module_utils.vpnphone.model import Area, Change, Plan
from ansible.module_utils.vpnphone.phone_models import read_phone_models
from ansible.module_utils.vpnphone.plan.desired import desired_of
from ansible.module_utils.vpnphone.plan.make import make_plan, plan_hash, state_hash
from ansible.module_utils.vpnphone.transport.asa_config import ModeRefused
from ansible.module_utils.vpnphone.transport.framing import frame, parse_prompt

from lab import certs, scenario
from lab.device import Device
from lab.shell import Shell
from lab.terminal import Terminal

ROOT = Path(__file__).resolve().parents[3]
# The phones' tunnel-group as a person may have left it: everything that the profile sets is missing.
_HEALTHY = (ROOT / "lab/scenarios/bench.cfg").read_text(encoding="utf-8")
_GROUP = " authentication certificate\n group-url https://vpn.example.com/VPNPhone enable\n without-csd\n"
_POLICY = " vpn-simultaneous-logins 3\n vpn-filter none\n vpn-tunnel-protocol ssl-client\n"
BROKEN = _HEALTHY.replace(_GROUP, " group-alias Phones enable\n").replace(_POLICY, " vpn-simultaneous-logins 0\n")
PROFILE: dict[str, Any] = {
    "tunnel_group": {"name": "VPNPhone", "without_csd": True, "authentication": "certificate",
                     "group_url": "https://vpn.example.com/VPNPhone"},
    "group_policy": {"simultaneous_logins": 3, "ssl_client": True, "vpn_filter": "none"},
}  # fmt: skip
# The same with a group-policy that is still to be made.
FRESH: dict[str, Any] = {**PROFILE, "group_policy": {**PROFILE["group_policy"], "name": "GroupPolicy_Phones"}}
LOST = DeviceUnreachable("the device closed the session.", where="fw", todo="Run again.", code="session_closed")
# What a test does at a command: before it is taken (an answer: it is not taken), and after.
Trouble = Callable[["Asa", "FakeSession"], str | None]


class Asa:
    """One device, and what befalls it.

    at      number of the configuration command (from 0, all sessions together) -> trouble before it is taken
    after   the same, once it was taken
    on_copy, on_save, on_dial   answers or errors in place of the device's own; each is used up once
    """

    def __init__(self, config: str = BROKEN, **more: Any) -> None:
        data = {"name": "fw", "version": "9.16(4)", "config": config, **more,
                "users": [{"name": "admin", "password": "rehearse"}], "enable_secret": "rehearse"}  # fmt: skip
        site = scenario.from_data({"name": "t", "devices": [data]})
        self.device = Device(site.devices[0], "fw", certs.make_all(site.certificates))
        self.at: dict[int, Trouble] = {}
        self.after: dict[int, Trouble] = {}
        self.on_copy: list[str] = []
        self.on_save: list[str | Exception] = []
        self.on_dial: list[Exception | None] = []
        self.configured: list[str] = []
        self.dialled = 0
        self.open = 0

    def dial(self) -> FakeSession:
        self.dialled += 1
        trouble = self.on_dial.pop(0) if self.on_dial else None
        if trouble is not None:
            raise trouble
        return FakeSession(self)

    @property
    def running(self) -> list[str]:
        return list(self.device.snapshot()["running_config"])

    @property
    def startup(self) -> list[str]:
        return list(self.device.snapshot()["startup_config"])

    def typed(self, *lines: str) -> str:
        """What somebody else types on it, in a session of his own."""
        return FakeSession(self).talk(*lines)


class FakeSession:
    """ChangingSession over one unit of the device; broken for good by any error but a refusal."""

    privilege: int | None = 15

    def __init__(self, asa: Asa) -> None:
        self.asa = asa
        self.unit = asa.device.unit
        self.dead = False

    def __enter__(self) -> Self:
        self.asa.open += 1
        return self

    def __exit__(self, *trouble: object) -> None:
        self.asa.open -= 1

    def talk(self, *lines: str) -> str:
        """All that the device prints for these lines, enabled and unpaged."""
        if self.dead:
            raise DeviceUnreachable("the session was given up.", where="fw", code="session_closed")
        device, out = self.asa.device, list[bytes]()
        terminal = Terminal(out.append, lambda: 511)
        terminal.feed("".join(f"{line}\n" for line in ("terminal pager 0", *lines)).encode())
        terminal.close()
        shell = Shell(device, terminal, device.spec.users[0])
        # As `enable` would do it, which is tried in the tests of the lab: here it would be half of what is typed.
        shell.unit, shell.privilege, shell.name = self.unit, 15, "enable_15"
        # All input is there, so it never waits: a loop of its own for each command would cost more than the command.
        running = shell.run()
        with contextlib.suppress(StopIteration):
            while True:
                running.send(None)
        return b"".join(out).decode().replace("\r\n", "\n")

    def _answer(self, *lines: str) -> str:
        """The answer of the last line."""
        text = self.talk(*lines)
        known = parse_prompt(text[text.rfind("\n") + 1 :])
        assert known is not None, text
        start = text.rindex(f"# {lines[-1]}\n") + 2
        framed = frame(text[start:], lines[-1], known)
        assert framed is not None, text
        return framed.body

    def run(self, command: str) -> str:
        return self._answer(command)

    def configure(self, mode: tuple[str, ...], command: str) -> str:
        number = len(self.asa.configured)
        self.asa.configured.append(command)
        before = self.asa.at.get(number)
        instead = before(self.asa, self) if before else None
        if instead is not None:
            return instead
        if mode and "ERROR" in (refused := self._answer("configure terminal", *mode)):
            raise ModeRefused(refused, where="fw")
        answer = self._answer("configure terminal", *mode, command)
        then = self.asa.after.get(number)
        instead = then(self.asa, self) if then else None
        return answer if instead is None else instead

    def end_configuration(self) -> None:
        self.talk()

    def save(self) -> str:
        instead = self.asa.on_save.pop(0) if self.asa.on_save else None
        if isinstance(instead, Exception):
            self.dead = True
            raise instead
        return self._answer("write memory") if instead is None else instead

    def copy(self, source: str, target: str) -> str:
        command = f"copy /noconfirm {source} {target}"
        return self.asa.on_copy.pop(0) if self.asa.on_copy else self._answer(command)

    def delete(self, path: str) -> str:
        return self._answer(f"delete /noconfirm {path}")

    def put_file(self, path: str, data: bytes) -> None:
        if "ssh scopy enable" not in self.asa.running:
            raise DeviceRefused("not taken", where="fw", code="upload_failed")
        self.asa.device.flash[path] = data


# --- troubles -------------------------------------------------------------------------------------------------------


def refuse(asa: Asa, session: FakeSession) -> str:
    return "ERROR: The command failed\n"


def lose(asa: Asa, session: FakeSession) -> str | None:
    session.dead = True
    raise LOST


def lose_for_good(asa: Asa, session: FakeSession) -> str | None:
    asa.on_dial = [LOST] * 99
    return lose(asa, session)


def fail_over(asa: Asa, session: FakeSession) -> str | None:
    """The unit goes to standby; new sessions reach it still."""
    asa.device.fail_over(session.unit, mate_answers=False)
    return None


def take_over(asa: Asa, session: FakeSession) -> str | None:
    """The unit goes to standby; new sessions reach its mate, which is active."""
    asa.device.fail_over(session.unit, mate_answers=True)
    return None


# --- runs -----------------------------------------------------------------------------------------------------------


class Kept(NamedTuple):
    """What the keeper got, in order."""

    before: list[Reading]
    after: list[Reading]
    plans: list[Plan]
    changes: list[Change]


class Keeper:
    def __init__(self) -> None:
        self.kept = Kept([], [], [], [])

    def before(self, reading: Reading) -> None:
        self.kept.before.append(reading)

    def after(self, reading: Reading) -> None:
        self.kept.after.append(reading)

    def plan(self, plan: Plan, reading: Reading) -> None:
        self.kept.plans.append(plan)

    def change(self, change: Change) -> None:
        self.kept.changes.append(change)


def planner(profile: dict[str, Any] = PROFILE, approved: frozenset[Area] = frozenset()) -> Planner:
    desired = desired_of(profile)
    table = read_phone_models(ROOT / "roles/assess/files/phone_models.yml")
    return Planner(
        plan=lambda state, dap: make_plan(
            state, desired, approved=approved, dap_text=dap, table=table, models_in_use=()
        ),
        state_hash=state_hash,
        plan_hash=plan_hash,
    )  # fmt: skip


def patient() -> Recovery:
    """Six attempts, and no time passes but in its own clock."""
    now = [0.0]

    def pause(seconds: float) -> None:
        now[0] += max(seconds, 0.1)

    return Recovery(20, pause=pause, clock=lambda: now[0])


def change(
    asa: Asa,
    keeper: Keeper | None = None,
    *,
    planned: Planner | None = None,
    stop: Stop | None = None,
    **settings: Any,
) -> Change:
    """One run of the engine; all sessions are closed behind it."""
    made = apply_plan(
        asa.dial, planned or planner(), keeper or Keeper(), Settings(device="fw", **settings), recovery=patient(),
        stop=stop,
    )  # fmt: skip
    assert asa.open == 0
    return made
