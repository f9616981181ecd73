"""A change that is told to stop: nothing more is sent, what stands is undone, and whoever waits gets his signal."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

import pytest
from ansible.module_utils.vpnphone.apply.stop import SIGNALS, BySignal

from tests.unit.apply.goals import COUNT, GOALS, OLD
from tests.unit.apply.kit import LOST, Asa, FakeSession, Keeper, change, lose


class After:
    """Wished as soon as so many configuration commands were typed."""

    def __init__(self, asa: Asa, count: int) -> None:
        self.asa, self.count, self.held = asa, count, 0

    def __enter__(self) -> After:
        self.held += 1
        return self

    def __exit__(self, *trouble: object) -> None:
        self.held -= 1

    @property
    def wished(self) -> bool:
        return self.held > 0 and len(self.asa.configured) >= self.count


@pytest.mark.parametrize("count", range(COUNT["broken"] + 1))
def test_it_is_undone_wherever_it_stops(count: int) -> None:
    asa = Asa()
    stop = After(asa, count)
    made = change(asa, stop=stop)
    assert (made.outcome, made.error["code"]) == ("rolled_back", "interrupted")
    assert asa.running == asa.startup == OLD
    assert [item.purpose for item in made.sent].count("change") == count
    assert asa.dialled == 1
    assert stop.held == 0


def test_its_way_back_is_not_stopped() -> None:
    """Held until the last session is done with it."""
    asa = Asa()
    asa.at = {2: lose}
    stop, seen = After(asa, 99), list[int]()
    asa.after = {3: lambda *_: seen.append(stop.held)}
    made = change(asa, stop=stop)
    assert (made.outcome, asa.running, asa.dialled) == ("rolled_back", OLD, 2)
    assert seen == [1]
    assert stop.held == 0


def test_what_was_changed_and_saved_stays() -> None:
    asa = Asa()
    made = change(asa, stop=After(asa, COUNT["broken"] + 1))
    assert (made.outcome, made.saved, asa.startup) == ("applied", True, GOALS["broken"])


# --- a process that dies ----------------------------------------------------------------------------------------------


class Killed(BaseException):
    """As SIGKILL: nothing behind it runs that could tell."""


@pytest.mark.parametrize("index", range(COUNT["broken"]))
def test_what_is_kept_of_a_run_that_dies_tells_what_was_answered(index: int) -> None:
    asa, keeper = Asa(), Keeper()

    def kill(*_: object) -> None:
        raise Killed

    asa.after = {index: kill}
    with pytest.raises(Killed):
        change(asa, keeper)
    left = keeper.kept.changes[-1]
    assert (left.outcome, left.error["code"]) == ("unknown", "interrupted")
    assert [item.stands for item in left.standing] == [True] * index + [None] + [False] * (COUNT["broken"] - index - 1)
    # The next run goes on from there, once somebody says that it may.
    made = change(asa, accept_unsaved=True)
    left_over = COUNT["broken"] - index - 1
    assert len(made.plan.steps) == left_over
    assert asa.running == GOALS["broken"]
    if left_over:
        assert (made.outcome, asa.startup) == ("applied", GOALS["broken"])
    else:
        assert made.outcome == "nothing_to_do"
        assert "is not saved" in made.save_note


def test_what_is_kept_of_a_run_that_dies_on_its_way_back() -> None:
    asa, keeper = Asa(), Keeper()
    asa.at = {2: lambda *_: "ERROR: no\n", 3: _kill}
    with pytest.raises(Killed):
        change(asa, keeper)
    assert [item.stands for item in keeper.kept.changes[-1].standing][:3] == [None, None, None]


def _kill(_asa: Asa, _session: FakeSession) -> str | None:
    raise Killed


# --- signals ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def got() -> Iterator[list[int]]:
    """What the handlers of whoever runs this get."""
    numbers: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        numbers.append(number)

    before = {number: signal.signal(number, note) for number in SIGNALS}
    yield numbers
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_waits_until_it_is_over(got: list[int], number: int) -> None:
    with BySignal() as stop:
        assert not stop.wished
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
        assert stop.wished
        assert got == []
    assert got == [number]
    os.kill(os.getpid(), number)
    assert got == [number, number]


def test_without_a_signal_nothing_is_sent(got: list[int]) -> None:
    with BySignal() as stop:
        pass
    assert (stop.wished, got) == (False, [])


def test_a_signal_comes_behind_an_error_too(got: list[int]) -> None:
    with pytest.raises(type(LOST)), BySignal():
        os.kill(os.getpid(), signal.SIGTERM)
        raise LOST
    assert got == [signal.SIGTERM]


def test_beside_the_main_thread_it_holds_nothing(got: list[int]) -> None:
    done: list[bool] = []

    def hold() -> None:
        with BySignal() as stop:
            done.append(stop.wished)

    thread = threading.Thread(target=hold)
    thread.start()
    thread.join()
    assert done == [False]
    assert got == []
