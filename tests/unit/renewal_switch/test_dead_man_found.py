"""The dead man is found by the configuration too: whatever `show event manager` tells, none is left behind or saved."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone.renewal.dead_man import HEADER, stands

from tests.unit.renewal_switch.kit import Renewal

SHOW, BIND, DISARM = "show event manager", "ssl trust-point NEW outside", f"no {HEADER}"
# [K] What an account without the right, an overloaded AAA server or a release with other words may answer.
TOLD = [
    "ERROR: % Invalid input detected at '^' marker.\n",
    "Command authorization failed\n",
    "",
    "Applets: 1\n",
    "\x00",
]


@pytest.mark.parametrize("told", TOLD)
def test_one_that_is_not_shown_is_taken_away_and_nothing_is_bound(renewal: Renewal, told: str) -> None:
    renewal.asa.answers = {SHOW: told}
    error = renewal.refused()
    assert (error.code, renewal.status) == ("dead_man_not_armed", "refused")
    assert BIND not in renewal.asa.sent
    assert renewal.asa.is_clean and not renewal.mine.armed


@pytest.mark.parametrize("told", TOLD)
def test_where_that_is_accepted_none_strikes_behind_the_switch(renewal: Renewal, told: str) -> None:
    renewal.asa.answers = {SHOW: told}
    renewal.settings = renewal.settings._replace(accept_no_dead_man=True)
    assert renewal.approved()["outcome"] == "done"
    assert renewal.asa.bound == renewal.asa.saved == ["NEW"]
    assert renewal.asa.is_clean


@pytest.mark.parametrize("told", TOLD)
def test_one_that_is_no_longer_shown_at_the_end_is_taken_away_before_the_save(renewal: Renewal, told: str) -> None:
    renewal.asa.after = {BIND: lambda _session: renewal.asa.answers.update({SHOW: told})}
    assert renewal.approved()["outcome"] == "done"
    assert renewal.asa.sent.index(DISARM) < renewal.asa.sent.index("write memory")
    assert renewal.asa.saved == ["NEW"] and renewal.asa.is_clean


def test_one_that_cannot_be_taken_away_is_never_saved(renewal: Renewal) -> None:
    """The switch returns, and the applet stays: in the startup configuration it would strike behind every reload."""
    asa = renewal.asa
    asa.before = {DISARM: lambda _session: "ERROR: % Command rejected\n"}
    error = renewal.refused()
    assert error.code == "dead_man_stays"
    assert asa.bound == ["OLD"] and asa.armed
    assert "write memory" not in asa.sent
    assert "not saved: the dead man still stands" in error.what


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", False),
        (HEADER, True),
        (f"hostname x\n{HEADER} \r\n event none\n", True),
        (f"{HEADER}-2\n", False),
        (f" {HEADER}\n", False),
        (f"description {HEADER}\n", False),
    ],
)
def test_it_stands_by_a_line_of_its_own(text: str, wanted: bool) -> None:
    assert stands(text) is wanted
