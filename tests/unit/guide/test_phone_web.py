"""Web access, switched by a person in the lab's CUCM while the module looks at the phone's own pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.apply.redial import Clock
from ansible.module_utils.vpnphone.errors import VpnPhoneError

from lab.testing import RunningLab, running_lab
from tests.plugins import load_module
from tests.unit.collect.kit import GOOD, scenario

CLUSTER = "lab-cucm"
NAME = "Jane Doe"


class Web:
    """Runs of the module on one phone; a person acts in its pauses."""

    def __init__(self, site: RunningLab, run_dir: Path, address: str) -> None:
        self.site, self.run_dir, self.address = site, run_dir, address
        self._module = load_module("vpnphone_phone_web")
        self._time = 0.0

    def switch(self, on: bool) -> None:
        """What the person does: Web Access, Save, Apply Config."""
        cluster = self.site.cluster(CLUSTER)
        self.site.inside(lambda: setattr(cluster.phones[GOOD], "web", on))
        self.site.inside(lambda: cluster.apply(GOOD))
        self.site.settle()

    def __call__(
        self, action: str, meanwhile: Callable[[], None] = lambda: None, *, check: bool = False, **given: Any
    ) -> dict[str, Any]:
        def pause(seconds: float) -> None:
            meanwhile()
            self._time += max(seconds, 1)

        asked = {
            "name": CLUSTER, "action": action, "run_dir": str(self.run_dir), "phones": [GOOD], "by": NAME,
            "seconds": 30, "poll": 10, "phone_web_addresses": {GOOD: self.address},
        } | given  # fmt: skip
        spec = self._module.ARGUMENT_SPEC
        params = {option: asked.get(option, about.get("default")) for option, about in spec.items()}
        try:
            clock = Clock(pause=pause, tick=lambda: self._time)
            result: dict[str, Any] = self._module.execute(params, check_mode=check, clock=clock)
        except VpnPhoneError as error:
            return {"error": error.as_dict()}
        return result


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningLab, str]]:
    with running_lab(scenario(), tmp_path_factory.mktemp("guide") / "lab") as found:
        yield found, found.lab.phones.web_addresses(CLUSTER)[GOOD]


@pytest.fixture
def web(site: tuple[RunningLab, str], tmp_path: Path) -> Web:
    """Web access is off."""
    made = Web(site[0], tmp_path / "run", site[1])
    made.switch(False)
    return made


def test_the_whole_way(web: Web) -> None:
    look = web("look")
    assert (look["outcome"], look["todo"], look["open"]) == ("asked", [GOOD], [])
    assert "Web Access: note what stands there" in look["text"]
    opened = web("open", lambda: web.switch(True))
    assert (opened["outcome"], opened["open"], opened["todo"]) == ("open", [GOOD], [])
    closed = web("close", lambda: web.switch(False))
    assert (closed["outcome"], closed["todo"]) == ("closed", [])
    assert closed["text"] == f"{GOOD}: its page is closed again"


def test_a_page_that_stays_open_is_a_failure_until_it_is_closed(web: Web) -> None:
    web("look")
    web("open", lambda: web.switch(True))
    left = web("close")
    assert (left["outcome"], left["error"]["code"], left["todo"]) == ("left", "page_still_open", [GOOD])
    assert "back to what stood there" in left["text"]
    web.switch(False)
    assert web("close")["outcome"] == "closed"


def test_a_phone_that_falls_silent_is_not_closed(web: Web) -> None:
    web("look")
    web("open", lambda: web.switch(True))
    result = web("close", phone_web_addresses={GOOD: "phone.invalid:80"})
    assert result["error"]["code"] == "page_still_open"
    assert "is not known" in result["text"]


def test_nobody_switched_it_on(web: Web) -> None:
    web("look")
    assert web("open")["outcome"] == "closed"
    closed = web("close")
    assert closed["outcome"] == "closed"
    assert f"NOT PROVEN: what CUCM says now of {GOOD}" in closed["text"]


def test_a_page_that_was_open_is_left_alone(web: Web) -> None:
    web.switch(True)
    assert web("look")["outcome"] == "nothing_to_do"
    assert web("open", by="")["open"] == [GOOD]
    closed = web("close")
    assert (closed["outcome"], closed["todo"], closed["off"]) == ("closed", [], [])


def test_another_phone_at_its_address_is_no_proof(web: Web, site: tuple[RunningLab, str]) -> None:
    other = next(name for name in site[0].lab.phones.web_addresses(CLUSTER) if name != GOOD)
    address = site[0].lab.phones.web_addresses(CLUSTER)[other]
    look = web("look", phone_web_addresses={GOOD: address})
    assert (look["outcome"], look["open"]) == ("asked", [])
    assert f"another phone answers there: {other}" in look["text"]


@pytest.mark.parametrize("by", ["", "YOUR NAME"])
def test_who_switches_it_on_has_a_name(web: Web, by: str) -> None:
    web("look")
    assert web("open", by=by)["error"]["code"] == "approver_missing"


@pytest.mark.parametrize(
    ("action", "given", "code"),
    [
        ("open", {}, "guide_missing"),
        ("close", {}, "guide_missing"),
        ("look", {"phones": ["phone"]}, "bad_input"),
        ("look", {"phones": []}, "bad_input"),
        ("look", {"phones": [f"SEP{number:012X}" for number in range(51)]}, "bad_input"),
        ("look", {"seconds": 3601}, "bad_input"),
        ("look", {"poll": 0}, "bad_input"),
        ("look", {"phone_web_addresses": {GOOD: "a b"}}, "bad_input"),
    ],
)
def test_what_cannot_be(web: Web, action: str, given: dict[str, Any], code: str) -> None:
    assert web(action, **given)["error"]["code"] == code


def test_a_check_keeps_nothing(web: Web) -> None:
    assert web("look", check=True)["outcome"] == "asked"
    assert not list(web.run_dir.rglob("*.json"))


def test_a_record_that_is_damaged_is_told(web: Web) -> None:
    web("look")
    (file,) = web.run_dir.rglob("*.json")
    file.write_text("{")
    assert web("close")["error"]["code"] == "guide_unreadable"
