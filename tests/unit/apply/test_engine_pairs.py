"""The engine on failover pairs, its read-back, and any troubles together."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.apply.goals import COUNT, OLD, PAIR, truth
from tests.unit.apply.kit import (
    LOST,
    Asa,
    Trouble,
    change,
    fail_over,
    lose,
    lose_for_good,
    refuse,
    take_over,
)

# --- failover -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(COUNT["broken"]))
def test_failover_at_each_command_and_the_address_stays_with_the_standby_unit(index: int) -> None:
    asa = Asa(**PAIR)
    asa.after = {index: fail_over}
    made = change(asa)
    assert (made.outcome, made.error["code"]) == ("partial", "standby_unit")
    # Not one command more went to it.
    assert len(asa.configured) == index + 1
    assert [item.stands for item in made.standing] == [True] * (index + 1) + [False] * (COUNT["broken"] - index - 1)
    assert "standby unit now" in made.error["what"]
    assert asa.device.commands_on_standby > 0


@pytest.mark.parametrize("index", range(COUNT["broken"]))
def test_failover_at_each_command_and_the_mate_takes_the_address(index: int) -> None:
    asa = Asa(**PAIR)
    asa.after = {index: take_over}
    made = change(asa)
    assert (made.outcome, made.error["code"]) == ("rolled_back", "standby_unit")
    assert asa.running == OLD
    assert not asa.device.unit.standby
    assert asa.dialled == 2


def test_failover_while_it_is_undone() -> None:
    asa = Asa(**PAIR)
    asa.at = {3: refuse}
    asa.after = {4: fail_over}
    made = change(asa)
    assert made.outcome == "partial"
    assert len(asa.configured) == 5
    assert [item.stands for item in made.standing][:3] == [True, True, False]


def test_a_reload_of_one_unit_undoes_nothing_on_a_pair() -> None:
    """Its mate has the running configuration, and gives it to whoever comes back."""
    assert "reload of both units" in change(Asa(**PAIR), save="never").save_note
    asa = Asa(**PAIR)
    asa.on_save = [LOST]
    assert "reload of both units" in change(asa).error["todo"]
    asa = Asa(**PAIR)
    asa.at = {1: lose_for_good}
    assert "reload of both units" in change(asa).error["todo"]
    assert "both units" not in change(Asa(), save="never").save_note


# --- read-back ------------------------------------------------------------------------------------------------------


def test_a_command_that_is_taken_and_does_nothing() -> None:
    asa = Asa()
    asa.at = {3: lambda *_: ""}
    made = change(asa)
    assert (made.outcome, made.error["code"]) == ("rolled_back", "readback_differs")
    assert "still wants `without-csd`" in made.error["what"]
    assert asa.running == OLD


def test_somebody_else_at_work() -> None:
    def meddle(asa: Asa, session: Any) -> None:
        asa.typed("configure terminal", "ntp server 10.0.0.9")

    asa = Asa()
    asa.after = {2: meddle}
    made = change(asa)
    assert (made.outcome, made.error["code"]) == ("rolled_back", "outside_changed")
    assert "+ ntp server 10.0.0.9" in made.error["what"]
    assert [line for line in asa.running if line not in OLD] == ["ntp server 10.0.0.9"]
    # What stays is told.
    assert any("ntp server 10.0.0.9" in line for line in made.warnings)


def test_somebody_else_in_the_same_block() -> None:
    def meddle(asa: Asa, session: Any) -> None:
        asa.typed("configure terminal", "tunnel-group VPNPhone webvpn-attributes", "group-alias Others enable")

    asa = Asa()
    asa.after = {2: meddle}
    made = change(asa)
    # The state is not as before: somebody else's line is in it.
    assert (made.outcome, made.error["code"]) == ("partial", "outside_changed")
    assert not any(item.stands for item in made.standing)
    assert [line for line in asa.running if line not in OLD] == [" group-alias Others enable"]


# --- whatever happens -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [refuse, lose, lose_for_good], ids=lambda found: found.__name__)
@pytest.mark.parametrize("pair", [(1, 2), (0, 5), (4, 6), (5, 7)])
def test_two_troubles_never_leave_a_wrong_word(pair: tuple[int, int], trouble: Trouble) -> None:
    asa = Asa()
    asa.at = {pair[0]: refuse, pair[1]: trouble}
    made = change(asa)
    truth(asa, made, "broken")
    assert asa.startup == OLD
    assert not re.search("rehearse", str(made))


TROUBLES: dict[str, Trouble] = {
    "refuse": refuse, "lose": lose, "fail_over": fail_over, "take_over": take_over, "lose_for_good": lose_for_good,
    "nothing_done": lambda *_: "",
}  # fmt: skip
STRUCK = st.dictionaries(st.integers(0, 14), st.sampled_from(sorted(TROUBLES)), max_size=3)


@settings(max_examples=40, deadline=None)
@given(before=STRUCK, after=STRUCK, dials=st.lists(st.booleans(), max_size=4), paired=st.booleans())
def test_any_troubles(before: dict[int, str], after: dict[int, str], dials: list[bool], *, paired: bool) -> None:
    """Old, new, or told truly; saved only when it is new; and never a command for a unit that is known as standby."""
    asa = Asa(**(PAIR if paired else {}))
    # A unit alone has no mate.
    kinds = TROUBLES if paired else {name: found for name, found in TROUBLES.items() if "over" not in name}
    asa.at = {index: kinds[name] for index, name in before.items() if name in kinds}
    asa.after = {index: kinds[name] for index, name in after.items() if name in kinds and name != "nothing_done"}
    asa.on_dial = [None, *(LOST if lost else None for lost in dials)]
    made = change(asa)
    old = Asa(**(PAIR if paired else {})).running
    if made.outcome == "rolled_back":
        assert asa.running == old
    elif made.outcome == "applied":
        assert made.saved
        assert asa.startup == asa.running
    if made.outcome != "applied":
        assert made.error
        assert asa.startup == old
        # Doubt is no claim; a claim is true.
        asa.on_dial, asa.at, asa.after = [], {}, {}
        asa.device.unit.standby = False
        left = {(step.mode, step.command) for step in change(asa, check=True).plan.steps}
        assert all(item.stands in (None, (item.mode, item.command) not in left) for item in made.standing)
