"""S10: what an account may not see is UNKNOWN, never absence; reading needs no account that may change."""

from __future__ import annotations

from types import ModuleType

import pytest
from ansible.module_utils.vpnphone.assess import assess_device
from ansible.module_utils.vpnphone.commands import COMMANDS
from ansible.module_utils.vpnphone.gather import live_state

from tests.unit.controls.builders import site
from tests.unit.plan.desk import Session, device
from tests.unit.security.product import MODULES, ROOT, module

CONFIG = (ROOT / "lab/scenarios/bench.cfg").read_text(encoding="utf-8")


class Account(Session):
    """Sees every line, or no line that is sensitive: what is left out stands nowhere."""

    def __init__(self, privilege: int | None, hides: bool = False) -> None:
        super().__init__(device(CONFIG))
        self.privilege = privilege
        self.hides = hides

    def run(self, command: str) -> str:
        return "" if self.hides and command.startswith("show running-config") else super().run(command)


@pytest.mark.parametrize("privilege", [None, 0, 1, 5, 14])
@pytest.mark.parametrize("hides", [False, True])
def test_s10_below_privilege_15_a_missing_line_is_unknown(privilege: int | None, hides: bool) -> None:
    state, _ = live_state(Account(privilege, hides), "asa1")
    configured = {command.section for command in COMMANDS if command.config or command.lines}
    asked = configured & set(state.sources)
    assert len(asked) > 5
    assert {state.sources[name].status for name in asked} <= {"incomplete", "refused", "absent", "missing"}
    assert all(getattr(state, name, None) is None for name in asked)
    full, _ = live_state(Account(15), "asa1")
    judged = {found.control: found.status for found in assess_device(full, site()).findings}
    low = {found.control: found.status for found in assess_device(state, site()).findings}
    # Worse knowledge never gives a better answer: what passed or failed by a configuration is unknown now.
    changed = {control for control in judged if judged[control] != low.get(control)}
    assert changed
    assert {low[control] for control in changed if control in low} <= {"error", "skipped"}


def read_only(loaded: ModuleType) -> bool:
    spec = loaded.ARGUMENT_SPEC
    return "host" in spec and not {"approval", "plan_hash", "approved_by"} & set(spec)


def test_s10_modules_that_read_can_do_with_a_reading_account() -> None:
    """Every command of gathering is a show, a more or a dir; so the AAA command set of the documents is enough."""
    assert len([path for path in MODULES if read_only(module(path))]) >= 3
    for command in COMMANDS:
        for text in (command.text, *(command.older[1:] if command.older else ())):
            assert str(text).removeprefix("failover exec mate ").split(" ")[0] in ("show", "more", "dir"), text


def test_s10_the_accounts_are_documented() -> None:
    access = (ROOT / "docs" / "cucm-access.md").read_text(encoding="utf-8")
    assert "read" in access.lower()
    assert "AXL" in access
    assert "privilege 15" in (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
