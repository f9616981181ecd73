"""A cluster is asked over real HTTPS: what is sent, what each refusal costs, and what ends the gathering."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.model import CucmState
from ansible.module_utils.vpnphone.transport.cluster import ClusterOptions
from defusedxml.ElementTree import fromstring

from tests.unit.cucm import soap_texts as soap
from tests.unit.cucm.clusters import state
from tests.unit.cucm.fake_cluster import CANARY, FAULT, Answering, Asked, Publisher, busy, gathered, refused

OTHER = {"trust_files", "export_mode"}  # of the platform


def test_a_whole_cluster(tmp_path: Path) -> None:
    found, running = gathered(tmp_path)
    expected = state(without=("show_version_active", "show_cert_list_trust"))
    same = [name for name in CucmState.__struct_fields__ if name not in ("gathered_at", "sources", "export_mode")]
    assert {name: getattr(found, name) for name in same} == {name: getattr(expected, name) for name in same}
    assert found.origin == "live"
    assert found.gathered_at is not None
    assert found.gathered_at <= datetime.now(UTC)
    assert {section for section, source in found.sources.items() if not source.known} == {"trust_files"}
    assert "no platform login" in found.sources["trust_files"].detail
    # One connection a service, and every request is well-formed XML with the version that was settled on.
    assert {item.version for item in running.asked if item.operation != "selectCmDeviceExt"} == {"15.0"}
    for item in running.asked:
        root = fromstring(item.text.partition("\r\n\r\n")[2])
        call = root[0][0]
        assert call.tag.endswith("}" + item.operation)


def test_only_reading_operations_are_sent(tmp_path: Path) -> None:
    _found, running = gathered(tmp_path)
    for item in running.asked:
        assert item.operation.startswith(("get", "list", "select", "executeSQLQuery"))
        assert not item.sql or item.sql.startswith("select ")


def test_names_are_escaped(tmp_path: Path) -> None:
    name = "A&B <\"'>"

    def answering(asked: Asked) -> bytes | None:
        if asked.operation == "listVpnGateway":
            return soap.names("listVpnGateway", "vpnGateway", name)
        return soap.gateway(name, "https://a/b") if asked.operation == "getVpnGateway" else None

    found, running = gathered(tmp_path, answering)
    assert found.gateways is not None
    assert found.gateways[0].name == name
    asked = next(item for item in running.asked if item.operation == "getVpnGateway")
    assert "<name>A&amp;B &lt;" in asked.text


# --- version --------------------------------------------------------------------------------------------------------


def speaks(
    *versions: str, text: str = "Incorrect axl version. Supported versions: {}", status: str = FAULT
) -> Answering:
    def answering(asked: Asked) -> Any:
        if asked.operation == "selectCmDeviceExt" or asked.version in versions:
            return None
        return status, soap.fault(text.format(", ".join(versions))), ()

    return answering


@pytest.mark.parametrize("version", ["15.0", "14.0", "12.5", "12.0", "11.5", "11.0"])
def test_the_version_is_taken_from_the_fault(tmp_path: Path, version: str) -> None:
    found, running = gathered(tmp_path, speaks("8.5", "10.5", version))
    assert found.gateways is not None
    tried = [item.version for item in running.asked if item.operation == "getCCMVersion"]
    assert tried == (["15.0"] if version == "15.0" else ["15.0", version])


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Incorrect axl version", FAULT),
        ("The request version is not supported", FAULT),
        ("The namespace is unknown.", FAULT),
        ("Incorrect axl version", "599 Unsupported"),
    ],
)
def test_without_a_list_the_versions_are_tried_in_turn(tmp_path: Path, text: str, status: str) -> None:
    _found, running = gathered(tmp_path, speaks("12.5", text=text, status=status))
    assert [item.version for item in running.asked if item.operation == "getCCMVersion"] == ["15.0", "14.0", "12.5"]


def test_a_599_without_a_fault_is_a_version_that_is_not_spoken(tmp_path: Path) -> None:
    def answering(asked: Asked) -> Any:
        return None if asked.version in ("14.0", "") else ("599 x", b"<html/>", ())

    _found, running = gathered(tmp_path, answering)
    assert [item.version for item in running.asked if item.operation == "getCCMVersion"] == ["15.0", "14.0"]


def test_a_version_that_is_too_old_is_named(tmp_path: Path) -> None:
    error, running = refused(tmp_path, speaks("8.5", "10.5"))
    assert error.code == "axl_version"
    assert "10.5" in error.what
    assert len(running.asked) == 6


def test_another_fault_is_not_taken_for_the_version(tmp_path: Path) -> None:
    error, running = refused(tmp_path, lambda _asked: soap.fault("The database is down."))
    assert error.code == "soap_fault"
    assert "The database is down" in error.what
    assert len(running.asked) == 1


# --- what ends the gathering ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "headers", "code"),
    [
        ("401 Unauthorized", (), "http_unauthorized"),
        ("403 Forbidden", (), "http_forbidden"),
        ("404 Not Found", (), "service_missing"),
        ("302 Found", ("Location: https://evil.example.net/axl/",), "http_redirect"),
        ("500 Oops", (), "http_failed"),
        ("200 OK", (), "answer_unreadable"),
    ],
)
def test_axl_that_does_not_answer(tmp_path: Path, status: str, headers: tuple[str, ...], code: str) -> None:
    error, running = refused(tmp_path, lambda _asked: (status, b"<html>Welcome</html>", headers))
    assert error.code == code
    assert error.where == "cucm-1"
    assert len(running.asked) == 1  # a refused password is tried once


def test_a_password_that_is_refused_in_the_middle_is_not_tried_again(tmp_path: Path) -> None:
    def answering(asked: Asked) -> Any:
        return ("401 Unauthorized", b"", ()) if asked.operation == "getVpnGateway" else None

    error, running = refused(tmp_path, answering)
    assert error.code == "http_unauthorized"
    assert running.operations()[-1] == "getVpnGateway"


def test_a_connection_that_was_just_given_up_is_made_again(tmp_path: Path) -> None:
    found, running = gathered(tmp_path, busy(1, b"", "listVpnGroup"))
    assert found.groups is not None
    assert running.operations().count("listVpnGroup") == 2


def test_a_server_that_always_hangs_up_is_asked_twice(tmp_path: Path) -> None:
    error, running = refused(tmp_path, lambda _asked: b"")
    assert error.code == "session_closed"
    assert len(running.asked) == 2


def test_a_wrong_pin_sends_nothing(tmp_path: Path) -> None:
    error, running = refused(tmp_path, lambda _asked: None, pin="0" * 64)
    assert error.code == "tls_pin_differs"
    assert "vpnphone_cucm_pin" in error.todo
    assert running.asked == []


def test_an_untrusted_certificate_sends_nothing(tmp_path: Path) -> None:
    error, running = refused(tmp_path, lambda _asked: None, pin=None)
    assert error.code == "tls_untrusted"
    assert "vpnphone_cucm_ca_file" in error.todo
    assert running.asked == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"host": None}, "host_missing"),
        ({"username": None}, "login_missing"),
        ({"password": ""}, "login_missing"),
        ({"connect_timeout": 0}, "bad_input"),
        ({"command_timeout": -1}, "bad_input"),
    ],
)
def test_options_that_cannot_be_used(changed: dict[str, Any], code: str) -> None:
    with pytest.raises(BadInput) as raised:
        ClusterOptions.of(Publisher(8443, "").params(**changed), "cucm-1")
    assert raised.value.code == code
    assert CANARY not in str(raised.value)


def test_options_are_never_printed_whole() -> None:
    options = ClusterOptions.of(Publisher(8443, "").params(os_username="os", os_password=CANARY), "cucm-1")
    assert CANARY not in f"{options!r} {options}"


# --- what costs its question alone ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ((FAULT, soap.fault("You are not authorized"), ()), "refused"),
        (("403 Forbidden", b"", ()), "refused"),
        (("500 Oops", b"", ()), "refused"),
        (("200 OK", b"<html/>", ()), "unreadable"),
        (("200 OK", soap.response("somethingElse", ""), ()), "unreadable"),
        (("200 OK", b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + b"<a>&b;</a>", ()), "unreadable"),
    ],
    ids=["fault", "forbidden", "failed", "html", "other", "bomb"],
)
@pytest.mark.parametrize(
    ("operation", "section"),
    [("getVpnGateway", "gateways"), ("listVpnGroup", "groups"), ("listPhone", "phones")],
)
def test_one_refused_question(tmp_path: Path, operation: str, section: str, reply: Any, status: str) -> None:
    found, _running = gathered(tmp_path, lambda asked: reply if asked.operation == operation else None)
    assert getattr(found, section) is None
    assert found.sources[section].status == status
    unknown = {key for key, source in found.sources.items() if not source.known} - OTHER - {section}
    # Without the phones nobody knows whom to ask for.
    assert unknown == ({"registrations"} if section == "phones" else set())


def test_sql_that_is_refused_leaves_the_rest(tmp_path: Path) -> None:
    def answering(asked: Asked) -> Any:
        return soap.fault("You are not authorized", 5300) if asked.operation == "executeSQLQuery" else None

    found, _running = gathered(tmp_path, answering)
    unknown = {key for key, source in found.sources.items() if source.status == "refused"}
    assert unknown == {"trust", "phone_certificates", "tftp_nodes"}
    assert [phone.certificate for phone in found.phones or ()] == ["unknown", "unknown"]


def test_columns_are_asked_for_only_as_the_database_names_them(tmp_path: Path) -> None:
    def answering(asked: Asked) -> Any:
        names = ["lscissuername", "lsc; drop table x", "other", "lsc'", "LSCBIG", "x.lsc"]
        return soap.rows(*({"colname": name} for name in names)) if "syscolumns" in asked.sql else None

    _found, running = gathered(tmp_path, answering)
    asked = [item.sql for item in running.asked if item.sql.startswith("select d.name, d.lsc")]
    assert asked == ["select d.name, d.lscissuername from device as d where d.name like 'SEP%'"]


def test_no_column_no_question(tmp_path: Path) -> None:
    found, running = gathered(tmp_path, lambda asked: soap.rows() if "syscolumns" in asked.sql else None)
    assert not [item for item in running.asked if "d.lsc" in item.sql]
    assert [phone.certificate for phone in found.phones or ()] == ["lsc", "mic"]


# --- the platform ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "asked"), [("14.0.1.1-1", True), ("15.0.1.1-1", True), ("12.5.1.1-1", False)])
def test_a_platform_that_is_not_reached_costs_its_sections(tmp_path: Path, version: str, asked: bool) -> None:
    def answering(asked: Asked) -> Any:
        told = f"<componentVersion><version>{version}</version></componentVersion>"
        return soap.response("getCCMVersion", told) if asked.operation == "getCCMVersion" else None

    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text("")
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    login = {"os_username": "osadmin", "os_password": CANARY, "os_port": port, "known_hosts": str(known_hosts)}
    found, running = gathered(tmp_path, answering, **login)
    assert found.sources["trust_files"].status == "refused"
    assert "[connection_refused]" in found.sources["trust_files"].detail
    assert found.export_mode is not None
    # The snapshot came with release 14.
    assert ("" in running.operations()) == asked


def test_a_snapshot_takes_the_place_of_sql(tmp_path: Path) -> None:
    def answering(asked: Asked) -> Any:
        return soap.fault("You are not authorized") if asked.operation == "executeSQLQuery" else None

    (tmp_path / "known_hosts").write_text("")
    login = {"os_username": "os", "os_password": CANARY, "os_port": 1, "known_hosts": str(tmp_path / "known_hosts")}
    found, _running = gathered(tmp_path, answering, **login)
    assert found.sources["trust"].command == "certificate snapshot"
    assert [item.store for item in found.trust or ()] == ["Phone-VPN-trust"]
