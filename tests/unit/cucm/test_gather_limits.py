"""A cluster that throttles, and one with many phones: what is waited for, and what comes in pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.questions import PAGE
from ansible.module_utils.vpnphone.transport import ris, soap_client

from tests.unit.cucm import soap_texts as soap
from tests.unit.cucm.fake_cluster import FAULT, Answering, Asked, busy, gathered, refused

# --- throttling -----------------------------------------------------------------------------------------------------


SLOW_DOWN = ("503 Service Unavailable", b"", ("Retry-After: 3",))
EXCEEDED = (FAULT, soap.fault("Exceeded allowed rate for Reatime information. Current allowed rate is 15"), ())


@pytest.mark.parametrize(
    ("reply", "pauses"),
    [
        (SLOW_DOWN, [3.0, 3.0, 3.0]),
        (("429 Too Many Requests", b"", ()), [1.0, 2.0, 4.0]),
        ((FAULT, soap.fault("Maximum AXL Memory Allocation Consumed. Please retry"), ()), [1.0, 2.0, 4.0]),
    ],
)
def test_a_busy_server_is_asked_again(tmp_path: Path, reply: Any, pauses: list[float]) -> None:
    found, running = gathered(tmp_path, busy(3, reply))
    assert found.version == "14.0.1.13900-155"
    assert running.slept == pauses


def test_a_server_that_stays_busy_is_left_alone(tmp_path: Path) -> None:
    error, running = refused(tmp_path, lambda _asked: SLOW_DOWN)
    assert error.code == "throttled"
    assert len(running.asked) == soap_client.MAX_TRIES


def test_one_question_that_is_always_too_much_costs_its_section(tmp_path: Path) -> None:
    found, _running = gathered(tmp_path, busy(1000, SLOW_DOWN, "listVpnGroup"))
    assert found.groups is None
    assert found.sources["groups"].status == "refused"
    assert found.profiles is not None


def test_all_waiting_together_is_bounded(tmp_path: Path) -> None:
    found, running = gathered(tmp_path, lambda asked: None if asked.operation == "getCCMVersion" else SLOW_DOWN)
    assert sum(running.slept) <= soap_client.MAX_PATIENCE
    assert not [section for section, source in found.sources.items() if source.known and section != "version"]


def test_a_wait_that_is_too_long_is_not_waited(tmp_path: Path) -> None:
    _error, running = refused(tmp_path, lambda _asked: ("503 Busy", b"", ("Retry-After: 3600",)))
    assert running.slept == []


def test_throttled_registrations_are_unknown(tmp_path: Path) -> None:
    found, running = gathered(tmp_path, busy(1000, EXCEEDED, "selectCmDeviceExt"))
    assert found.registrations is None
    assert "[throttled]" in found.sources["registrations"].detail
    assert found.phones is not None
    assert running.slept == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden", "404 Not Found", "302 Found"])
def test_registrations_that_are_refused_cost_themselves(tmp_path: Path, status: str) -> None:
    reply = (status, b"", ("Location: https://evil.example.net/",))
    found, _running = gathered(tmp_path, lambda asked: reply if asked.operation == "selectCmDeviceExt" else None)
    assert found.registrations is None
    assert found.sources["registrations"].status == "refused"
    assert found.trust is not None


# --- pages ----------------------------------------------------------------------------------------------------------


def many_phones(count: int, limit: int = PAGE) -> Answering:
    """A cluster of that many phones, that gives at most `limit` rows at once."""

    def answering(asked: Asked) -> Any:
        too_large = soap.fault(f"Query request too large. Total rows matched: {count} rows. Suggestive Row Fetch: less "
                               f"than {limit + 1} rows")  # fmt: skip
        if asked.operation == "listPhone":
            skip, rows = (int(asked.text.partition(f"<{tag}>")[2].partition("<")[0]) for tag in ("skip", "first"))
            if rows > limit:
                return too_large
            return soap.phones(*(soap.phone(f"SEP{n:012X}") for n in range(skip, min(count, skip + rows))))
        if asked.key() == "executeSQLQuery.phones":
            words = asked.sql.split()
            if words[1] != "skip":
                if count > limit:
                    return too_large
                words[1:1] = ["skip", "0", "first", str(count)]
            first = int(words[2])
            found = range(first, min(count, first + int(words[4])))
            return soap.rows(*({"name": f"SEP{n:012X}", "certificatestatus": "None"} for n in found))
        if asked.operation == "selectCmDeviceExt":
            names = [part.partition("<")[0] for part in asked.text.split("<ns:Item>")[1:]]
            return soap.registrations(("n", "Ok", [soap.device(name, 5) for name in names]))
        return None

    return answering


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE])
def test_phones_come_in_pages(tmp_path: Path, count: int) -> None:
    found, running = gathered(tmp_path, many_phones(count))
    assert found.phones is not None
    assert len(found.phones) == count
    assert found.registrations is not None
    assert len(found.registrations) == count
    assert running.operations().count("listPhone") == count // PAGE + 1
    assert running.operations().count("selectCmDeviceExt") == -(-count // PAGE)


@pytest.mark.parametrize("limit", [999, 300, 1])
def test_a_server_that_gives_fewer_rows_is_asked_for_fewer(tmp_path: Path, limit: int) -> None:
    count = min(700, limit * 5)
    found, _running = gathered(tmp_path, many_phones(count, limit))
    assert [phone.certificate for phone in found.phones or ()] == ["mic"] * count


@pytest.mark.parametrize("wrapped", [True, False])
def test_one_device_under_several_nodes_does_not_cut_a_page(tmp_path: Path, wrapped: bool) -> None:
    def answering(asked: Asked) -> Any:
        if asked.operation == "selectCmDeviceExt":
            names = [part.partition("<")[0] for part in asked.text.split("<ns:Item>")[1:]]
            entries = [soap.device(name, node) for node in (1, 2) for name in names]
            return soap.registrations(("n", "Ok", entries[:PAGE]), total=len(entries), wrapped=wrapped)
        return many_phones(PAGE)(asked)

    found, running = gathered(tmp_path, answering)
    assert len(found.registrations or ()) == PAGE
    assert running.operations().count("selectCmDeviceExt") == 3


def test_all_answers_together_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soap_client, "MAX_SESSION", 100_000)
    found, running = gathered(tmp_path, many_phones(5 * PAGE))
    assert found.version is not None
    assert found.phones is None
    assert found.sources["phones"].status == "incomplete"
    assert running.operations().count("listPhone") == 1


def test_many_pages_of_registrations_are_spread_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ris, "UNPACED", 1)
    _found, running = gathered(tmp_path, many_phones(3 * PAGE))
    assert running.slept == [ris.PACE, ris.PACE]
