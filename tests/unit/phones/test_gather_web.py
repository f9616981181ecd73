"""One phone's pages: which family, which of them, and why not the others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from ansible.module_utils.vpnphone import gather_web
from ansible.module_utils.vpnphone.errors import DeviceRefused, DeviceUnreachable, VpnPhoneError
from ansible.module_utils.vpnphone.gather_web import read_web
from ansible.module_utils.vpnphone.model import PhoneWeb, StatusMessage
from ansible.module_utils.vpnphone.transport.https import Reply
from ansible.module_utils.vpnphone.transport.phone_web import FAMILIES, PhonePages

from tests.unit.transport.servers import always, answer, listening

JAVA, DEVICE = FAMILIES
STATUS = "<tr><td>10:00:00 SEP0011223344AA.cnf.xml.sgn</td></tr>"
NETWORK = "<tr><td>TFTP Server 1</td><td>cucm-pub</td></tr>"
CONSOLE = '<a href="/FS/cache/log181.log">log181</a>'
INFORMATION = "<tr><td>Time</td><td>10:15:04a</td></tr>"
DATE = "Tue, 24 Nov 2026 02:00:05 GMT"
MESSAGES = (StatusMessage(text="SEP0011223344AA.cnf.xml.sgn", seconds=36_000),)
NOT_FOUND = DeviceRefused("http://x answered with status 404.", code="http_failed")


class Phone:
    """Pages by path; everything else is not found."""

    def __init__(self, pages: dict[str, str | VpnPhoneError], missing: VpnPhoneError = NOT_FOUND) -> None:
        self.pages = pages
        self.missing = missing
        self.asked: list[str] = []

    def get(self, path: str) -> Reply:
        self.asked.append(path)
        found = self.pages.get(path, self.missing)
        if isinstance(found, VpnPhoneError):
            raise found
        return Reply(200, {"date": DATE}, found.encode())


def statuses(web: PhoneWeb) -> list[str]:
    assert list(web.sources) == ["status_messages", "network", "console_logs"]
    return [source.status for source in web.sources.values()]


def java(**changed: str | VpnPhoneError) -> Phone:
    pages: dict[str, str | VpnPhoneError] = {
        JAVA.status[0]: STATUS,
        JAVA.device: INFORMATION,
        JAVA.network: NETWORK,
        JAVA.console: CONSOLE,
    }
    return Phone(pages | {getattr(JAVA, name): page for name, page in changed.items()})


def test_the_pages_of_one_family() -> None:
    web = read_web(java(), "192.0.2.5:80")
    assert statuses(web) == ["ok", "ok", "ok"]
    assert (web.address, web.status_messages, web.clock) == ("192.0.2.5:80", MESSAGES, 36_904)
    assert (web.network, web.console_logs) == ({"TFTP Server 1": "cucm-pub"}, ("log181.log",))
    assert web.sources["network"].command == f"GET {JAVA.network}"


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_pages_of_the_other_family(number: int) -> None:
    """Which number of /DeviceLog has the status messages is not certain."""
    logs: dict[str, str | VpnPhoneError] = {f"/DeviceLog?{other}": CONSOLE for other in range(3)}
    phone = Phone(logs | {f"/DeviceLog?{number}": STATUS, DEVICE.network: NETWORK, DEVICE.device: INFORMATION})
    web = read_web(phone, "a")
    assert (web.status_messages, web.network, web.clock) == (MESSAGES, {"TFTP Server 1": "cucm-pub"}, 36_904)
    assert web.sources["status_messages"].command == f"GET /DeviceLog?{number}"
    assert web.console_logs == (("log181.log",) if number else None)


def test_a_page_that_names_no_time_leaves_the_header_of_the_status_page() -> None:
    assert read_web(java(device="<tr><td>MAC Address</td><td>x</td></tr>"), "a").clock == 7_205
    assert read_web(java(device=NOT_FOUND), "a").clock == 7_205


@pytest.mark.parametrize(("device", "moment"), [(INFORMATION, 1), ("", 0)])
def test_a_slow_answer_makes_no_fetch_newer(device: str, moment: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock counts as of the moment before its page was asked for."""
    phone = java(device=device)
    begin = datetime(2026, 11, 24, 10, tzinfo=UTC)

    class Slow(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            assert tz is UTC
            return begin + timedelta(seconds=30 * len(phone.asked))

    monkeypatch.setattr(gather_web, "datetime", Slow)
    assert read_web(phone, "a").read_at == begin + timedelta(seconds=30 * moment)


def test_each_page_that_fails_has_its_reason() -> None:
    web = read_web(java(network="<p>Login</p>", console=DeviceRefused("too long", code="answer_too_long")), "a")
    assert statuses(web) == ["ok", "unreadable", "incomplete"]
    assert web.sources["network"].detail.startswith("this is no page of network settings")
    assert (web.network, web.console_logs, web.status_messages) == (None, None, MESSAGES)
    gone = java(network=DeviceUnreachable("the phone is gone", code="timeout_connect"))
    assert statuses(read_web(gone, "a")) == ["ok", "missing", "ok"]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("timeout_connect", "missing"),
        ("connection_refused", "missing"),
        ("name_unknown", "missing"),
        ("timeout_command", "incomplete"),
    ],
)
def test_nobody_there_is_asked_once(code: str, status: str) -> None:
    phone = Phone({}, DeviceUnreachable("nobody there", code=code))
    web = read_web(phone, "a")
    assert phone.asked == [JAVA.status[0]]
    assert statuses(web) == [status] * 3
    assert {source.detail for source in web.sources.values()} == {"nobody there"}
    assert (web.clock, web.status_messages) == (None, None)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NOT_FOUND, "refused"),
        (DeviceRefused("redirects to https", code="http_redirect"), "refused"),
        (DeviceUnreachable("cut", code="session_closed"), "incomplete"),
    ],
)
def test_no_page_of_any_family(error: VpnPhoneError, status: str) -> None:
    phone = Phone({}, error)
    assert statuses(read_web(phone, "a")) == [status] * 3
    assert set(DEVICE.status) < set(phone.asked)


def test_a_page_in_another_language_decides_the_family() -> None:
    phone = Phone({JAVA.status[0]: "<p>Messages d'etat</p>", JAVA.network: NETWORK})
    web = read_web(phone, "a")
    assert statuses(web) == ["unreadable", "ok", "refused"]


def test_a_fault_of_a_parser_costs_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(page: str) -> dict[str, str]:
        raise RecursionError

    monkeypatch.setattr(gather_web, "parse_network", broken)
    web = read_web(java(), "a")
    assert statuses(web) == ["ok", "unreadable", "ok"]
    assert web.sources["network"].detail == "the parser failed (RecursionError)"


def test_a_real_server_that_redirects_to_https() -> None:
    away = answer(b"", "302 Found", "Location: https://192.0.2.5/")
    with listening(always(away)) as port, PhonePages("SEP0011223344AA", f"127.0.0.1:{port}") as pages:
        web = read_web(pages, f"127.0.0.1:{port}")
    assert statuses(web) == ["refused"] * 3
    assert "redirects to 192.0.2.5; that is not followed" in web.sources["status_messages"].detail
