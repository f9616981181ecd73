"""Each change against a cluster that refuses, drops, cuts, forgets or is changed by somebody else meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible.module_utils.vpnphone.change_cucm import (
    ByHand,
    ChangeUnproven,
    change_list,
    look,
    put_certificate,
    take_certificate,
)
from ansible.module_utils.vpnphone.errors import ChangeRefused, DeviceRefused, VpnPhoneError
from ansible.module_utils.vpnphone.renewal.gateway import ListChange
from ansible.module_utils.vpnphone.renewal.store import row_of
from ansible.module_utils.vpnphone.renewal.trust_way import Way

from tests.unit.renewal_cucm.kit import NEW, OLD, SAME_CN, THIRD, URL, FakeCluster, Made, lost, made, refusal

REST, CLI = Way("rest", "phone-vpn"), Way("cli", "Phone-VPN")
CHANGE = ListChange("GW1", URL, ("asa-1",), (OLD.member,), (OLD.member, NEW.member))


def need(*wanted: Made) -> Callable[[Any], None]:
    def check(rows: Any) -> None:
        if any(row_of(rows, one.note) is None for one in wanted):
            raise ChangeRefused("gone.", where="cucm-1", todo="Back.", code="old_certificate_gone")

    return check


def put(cluster: FakeCluster, way: Way = REST, one: Made = NEW, settle: float = 20) -> str:
    return put_certificate(cluster, "cucm-1", way, one.note, need(OLD), settle)


def failed(call: Callable[[], Any]) -> VpnPhoneError:
    with pytest.raises(VpnPhoneError) as raised:
        call()
    assert raised.value.todo
    return raised.value


# --- uploads ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [REST, CLI], ids=["rest", "cli"])
def test_an_upload_is_sent_once_and_read_back(way: Way) -> None:
    cluster = FakeCluster(OLD)
    assert "Successfully" in put(cluster, way)
    assert len(cluster.calls) == 1
    assert cluster.slept == []
    assert {one.x509.sha1 for one in cluster.files.values()} == {OLD.x509.sha1, NEW.x509.sha1}


def test_a_database_that_is_behind_is_waited_for() -> None:
    cluster = FakeCluster(OLD)
    cluster.after_upload = lambda: setattr(cluster, "behind", 3)
    put(cluster)
    assert cluster.slept == [5.0, 5.0, 5.0]
    assert len(cluster.calls) == 1


@pytest.mark.parametrize("code", ["session_closed", "timeout_command", "http_failed", "answer_truncated"])
def test_a_connection_lost_after_the_upload_was_taken_is_a_success(code: str) -> None:
    cluster = FakeCluster(OLD)
    cluster.after_upload = lost(code)
    put(cluster)
    assert len(cluster.calls) == 1


def test_a_connection_lost_before_it_was_taken_is_told_as_that() -> None:
    cluster = FakeCluster(OLD)
    cluster.on_upload = lost()
    error = failed(lambda: put(cluster))
    assert error.code == "session_closed"
    assert not isinstance(error, ChangeRefused)
    assert len(cluster.calls) == 1


@pytest.mark.parametrize("code", ["certificate_refused", "command_refused", "http_unauthorized", "connection_refused"])
def test_a_refusal_is_told_at_once(code: str) -> None:
    cluster = FakeCluster(OLD)
    cluster.on_upload = lost(code)
    assert failed(lambda: put(cluster)).code == code
    assert cluster.slept == []


def test_an_older_one_is_dropped_without_a_word() -> None:
    there = made("vpn-2027.example.com", 0x66, "ca", 5)
    cluster = FakeCluster(OLD, there)
    error = failed(lambda: put(cluster))
    assert error.code == "certificate_not_stored"
    assert "validity starts later" in error.what
    assert "Successfully uploaded" in error.what
    assert cluster.slept == [5.0] * 4


def test_an_overwrite_behind_our_back_is_found_at_the_first_reading() -> None:
    """Planned without anything in the way; when the upload comes, its name is that of the old one."""
    cluster = FakeCluster(OLD)
    error = failed(lambda: put(cluster, one=SAME_CN))
    assert error.code == "old_certificate_gone"
    assert cluster.slept == []


def test_somebody_elses_upload_takes_the_old_one_while_we_wait() -> None:
    cluster = FakeCluster(OLD)
    cluster.on_upload = lambda: cluster.put(SAME_CN)
    assert failed(lambda: put(cluster)).code == "old_certificate_gone"


@pytest.mark.parametrize("taken", [True, False])
def test_what_cannot_be_read_back_is_neither_good_nor_bad(taken: bool) -> None:
    cluster = FakeCluster(OLD)

    def cut() -> None:
        cluster.on_read = lost("throttled")
        lost("timeout_command")()

    if taken:
        cluster.after_upload = cut
    else:
        cluster.on_upload = cut
    cluster.axl.sql = lambda _statement: lost("connection_refused")()
    error = failed(lambda: put(cluster))
    assert isinstance(error, ChangeUnproven)
    assert error.unreachable
    assert "not known" in error.what
    assert "Apply no configuration" in error.todo


def test_a_store_that_cannot_be_read_afterwards_is_unproven_too() -> None:
    cluster = FakeCluster(OLD)

    def refuse() -> None:
        def sql(_statement: str) -> None:
            raise refusal("Access denied")

        cluster.axl.sql = sql

    cluster.after_upload = refuse
    assert isinstance(failed(lambda: put(cluster)), ChangeUnproven)


def test_a_person_uploads() -> None:
    cluster = FakeCluster(OLD)
    manual = Way("manual")
    error = failed(lambda: put(cluster, manual))
    assert isinstance(error, ByHand)
    assert "Upload Certificate" in error.todo
    assert (cluster.calls, cluster.slept) == ([], [])
    cluster.put(NEW)
    assert put(cluster, manual) == ""


# --- deletions --------------------------------------------------------------------------------------------------------


def take(cluster: FakeCluster, unit: str = "Phone-VPN", file: str = "vpn-2027.example.com.pem") -> str:
    return take_certificate(cluster, "cucm-1", NEW.note, unit, file, need(OLD), 10)


def test_a_deletion_is_sent_once_and_read_back() -> None:
    cluster = FakeCluster(OLD, NEW)
    take(cluster)
    assert cluster.calls == ["set cert delete Phone-VPN vpn-2027.example.com.pem"]
    assert set(cluster.files) == {"vpn.example.com.pem"}


@pytest.mark.parametrize(
    ("unit", "file"),
    [("", "a.pem"), ("Phone-VPN", ""), ("Phone-VPN", "a b.pem"), ("Phone VPN", "a.pem"), ("Phone-VPN", "a.pem\nx")],
)
def test_a_name_that_is_not_certain_is_left_to_a_person(unit: str, file: str) -> None:
    cluster = FakeCluster(OLD, NEW)
    assert isinstance(failed(lambda: take(cluster, unit, file)), ByHand)
    assert cluster.calls == []


def test_what_stays_is_said() -> None:
    cluster = FakeCluster(OLD, NEW)
    error = failed(lambda: take(cluster, file="other.pem"))
    assert error.code == "certificate_not_deleted"


def test_a_deletion_whose_answer_is_lost() -> None:
    cluster = FakeCluster(OLD, NEW)

    def cut() -> None:
        cluster.files.pop("vpn-2027.example.com.pem")
        lost()()

    cluster.on_delete = cut
    take(cluster)
    assert NEW.x509.sha1 not in {one.x509.sha1 for one in cluster.files.values()}


# --- lists ------------------------------------------------------------------------------------------------------------


def change(cluster: FakeCluster) -> Any:
    return change_list(cluster, "cucm-1", CHANGE)


def test_a_list_takes_the_place_of_the_one_it_was_planned_from() -> None:
    cluster = FakeCluster(OLD, NEW)
    assert change(cluster) == CHANGE.after
    assert cluster.lists["GW1"] == list(CHANGE.after)
    assert cluster.calls == ["updateVpnGateway"]


def test_a_list_that_is_there_already_is_not_sent() -> None:
    cluster = FakeCluster(OLD, NEW, lists={"GW1": [NEW, OLD]})
    change(cluster)
    assert cluster.calls == []


def test_a_list_that_changed_meanwhile_is_not_touched() -> None:
    cluster = FakeCluster(OLD, NEW, THIRD, lists={"GW1": [OLD, THIRD]})
    error = failed(lambda: change(cluster))
    assert error.code == "plan_differs"
    assert "Nothing was sent" in error.todo
    assert cluster.calls == []


def test_a_refusal_changes_nothing() -> None:
    cluster = FakeCluster(OLD)  # the new one is not in the store
    error = failed(lambda: change(cluster))
    assert (error.code, "Certificate was not found" in error.what) == ("soap_fault", True)
    assert cluster.lists["GW1"] == [OLD.member]


@pytest.mark.parametrize("code", ["session_closed", "timeout_command", "http_failed", "answer_unreadable"])
def test_an_update_that_was_taken_before_the_connection_broke(code: str) -> None:
    cluster = FakeCluster(OLD, NEW)
    cluster.after_update = lost(code)
    assert change(cluster) == CHANGE.after
    assert cluster.calls == ["updateVpnGateway"]


@pytest.mark.parametrize("code", ["session_closed", "throttled", "timeout_command"])
def test_an_update_that_was_not_taken(code: str) -> None:
    cluster = FakeCluster(OLD, NEW)
    cluster.on_update = lost(code)
    error = failed(lambda: change(cluster))
    assert (error.code, isinstance(error, ChangeRefused)) == (code, False)
    assert cluster.calls == ["updateVpnGateway"]


def test_an_update_whose_reading_back_fails() -> None:
    cluster = FakeCluster(OLD, NEW)

    def busy() -> None:
        cluster.on_read = lost("throttled")

    cluster.after_update = busy
    error = failed(lambda: change(cluster))
    assert isinstance(error, ChangeUnproven)
    assert "Read back" in error.what


@pytest.mark.parametrize("then", [[NEW], [OLD], [OLD, NEW, THIRD], []], ids=["new alone", "old", "more", "none"])
def test_another_list_than_the_one_sent(then: list[Made]) -> None:
    cluster = FakeCluster(OLD, NEW, THIRD)
    cluster.after_update = lambda: cluster.lists.update(GW1=[one.member for one in then])
    error = failed(lambda: change(cluster))
    assert error.code == "gateway_differs"
    assert "Apply no configuration" in error.todo


def test_a_gateway_that_is_gone() -> None:
    cluster = FakeCluster(OLD, NEW, lists={"GW2": [OLD]})
    assert failed(lambda: change(cluster)).code == "gateway_missing"


# --- what is seen before ----------------------------------------------------------------------------------------------


def test_names_of_the_store_are_discovered() -> None:
    seen = look(FakeCluster(OLD), "cucm-1")
    assert (seen.service, seen.unit) == ("phone-vpn", "Phone-VPN")
    assert seen.state.phones is None


def test_an_empty_store_is_asked_of_the_options() -> None:
    cluster = FakeCluster(lists={"GW1": [OLD]})
    cluster.snapshot = lambda: b'{"identities": [], "trusts": []}'
    assert look(cluster, "cucm-1").service == "phone-vpn"


def test_an_api_that_fails_costs_its_name_alone() -> None:
    cluster = FakeCluster(OLD)

    def none() -> bytes:
        raise DeviceRefused("404.", where="cucm-1", todo="-", code="http_failed")

    cluster.snapshot = none
    cluster.service = "tomcat-trust"
    seen = look(cluster, "cucm-1")
    assert (seen.service, seen.unit) == ("", "Phone-VPN")


def test_without_a_platform_login_only_axl_is_asked() -> None:
    seen = look(FakeCluster(OLD, platform=False), "cucm-1")
    assert (seen.service, seen.unit, seen.state.trust_files) == ("", "", None)
