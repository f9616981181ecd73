"""Certificates that leave Phone-VPN-trust: only ours, only by their hash, never one that a gateway lists."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import ChangeRefused
from ansible.module_utils.vpnphone.model import CucmState, TrustFile
from ansible.module_utils.vpnphone.model.renewal import Journal
from ansible.module_utils.vpnphone.renewal.trust_way import Way
from ansible.module_utils.vpnphone.renewal.untrust import file_of, plan_rollback
from msgspec.structs import replace

from tests.unit.renewal_cucm.kit import NEW, OLD, SAME_CN, THIRD, Made, asa, gateway, journal, made, state

REST = Way("rest", "phone-vpn")


def back(book: Journal, seen: CucmState, unit: str = "Phone-VPN") -> Any:
    return plan_rollback(book, book.clusters["cucm-1"], seen, REST, unit)


def uploaded(*ours: Made, held: tuple[Made, ...] = (OLD,), **changed: Any) -> Journal:
    sha1 = tuple(one.x509.sha1 for one in ours)
    return journal(asa(**changed), uploaded=sha1, held=tuple(one.note for one in held))


def test_what_we_put_in_goes_out() -> None:
    plan = back(uploaded(NEW), state(OLD, NEW, THIRD))
    assert [action.id for action in plan.actions] == [f"delete:{NEW.x509.sha1}"]
    assert plan.actions[0].commands == ("set cert delete Phone-VPN vpn-2027.example.com.pem",)


def test_what_was_there_before_us_stays() -> None:
    assert back(uploaded(NEW, held=(OLD, NEW)), state(OLD, NEW)).actions == ()
    assert back(uploaded(), state(OLD, NEW)).actions == ()


def test_nothing_is_deleted_by_its_name_alone() -> None:
    """Somebody put another certificate of that name there: it has another hash."""
    other = made("vpn-2027.example.com", 0x66, "ca", 5)
    assert back(uploaded(NEW), state(OLD, other)).actions == ()


def test_one_that_a_gateway_lists_stays() -> None:
    with pytest.raises(ChangeRefused) as raised:
        back(uploaded(NEW), state(OLD, NEW, gateways=(gateway("GW1", OLD, NEW),)))
    assert raised.value.code == "certificate_in_use"
    assert "GW1" in raised.value.what
    assert "vpnphone_rollback=gateway" in raised.value.todo


def test_what_we_overwrote_comes_back_after_ours_is_gone() -> None:
    """In that order: the file's later start would win."""
    seen = state(SAME_CN, gateways=(gateway("GW1", SAME_CN),))
    plan = back(uploaded(SAME_CN, new=SAME_CN), seen)
    assert [action.id for action in plan.actions] == [f"delete:{SAME_CN.x509.sha1}", f"upload:{OLD.x509.sha1}"]
    assert any("GW1" in line for line in plan.warnings)


def test_what_is_lost_and_was_never_read_is_left_to_a_person() -> None:
    blind = replace(OLD.note, pem="")
    book = journal(uploaded=(NEW.x509.sha1,), held=(blind,))
    plan = back(book, state(NEW, gateways=()))
    assert [action.id for action in plan.actions] == [f"delete:{NEW.x509.sha1}"]
    assert any("by hand" in line for line in plan.warnings)


@pytest.mark.parametrize(
    ("files", "rows", "expected"),
    [
        (["vpn-2027.example.com.pem"], [NEW], "vpn-2027.example.com.pem"),
        (["VPN-2027.example.com.pem"], [NEW], "VPN-2027.example.com.pem"),
        (["vpn-2027.example.com.pem", "VPN-2027.example.com.pem"], [NEW], ""),
        (["other.pem"], [NEW], ""),
        ([], [NEW], ""),
        (["vpn-2027.example.com.pem"], [NEW, made("vpn-2027.example.com", 0x66, "ca", 5)], ""),
    ],
)
def test_the_file_must_be_certain(files: list[str], rows: list[Made], expected: str) -> None:
    listed = [TrustFile(store="Phone-VPN-trust", name=name) for name in files]
    listed.append(TrustFile(store="tomcat-trust", name="vpn-2027.example.com.pem"))
    assert file_of(NEW.note, [one.row() for one in rows], listed) == expected


@pytest.mark.parametrize(("unit", "files"), [("", None), ("Phone-VPN", ()), ("Phone-VPN", None)])
def test_without_a_certain_file_a_person_deletes(unit: str, files: tuple[TrustFile, ...] | None) -> None:
    seen = state(OLD, NEW)
    plan = back(uploaded(NEW), replace(seen, trust_files=files if files != () else ()), unit)
    assert plan.actions[0].commands[0].startswith("Cisco Unified OS Administration")
