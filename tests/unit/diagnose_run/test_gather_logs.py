"""Logs that are fetched: what of an ASA and of a phone's pages is kept, and what is told where there is nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible.module_utils.vpnphone import gather_logs
from ansible.module_utils.vpnphone.errors import BadInput, DeviceRefused, DeviceUnreachable, VpnPhoneError
from ansible.module_utils.vpnphone.gather_logs import (
    FILE_LIMITS,
    MAX_FILES,
    STATUS_FILE,
    Fetched,
    fetch_asa,
    fetch_phone,
    fetch_phones,
)
from ansible.module_utils.vpnphone.parse.phone_web import MAX_PAGE, parse_console_links, parse_owner
from ansible.module_utils.vpnphone.parse.result import Unreadable
from ansible.module_utils.vpnphone.parse.show_logging import LoggingSettings, parse_logging_settings
from ansible.module_utils.vpnphone.redact import redact_log
from ansible.module_utils.vpnphone.transport.https import Limits, Reply
from ansible.module_utils.vpnphone.transport.phone_web import FAMILIES, PhonePages
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.transport.servers import answer, listening, request_of

JAVA, DEVICE = FAMILIES
NAME, OTHER = "SEP8CB64F576113", "SEP8CB64F578B2C"
STATUS = "<tr><td>9:54:34p Trust List Updated</td></tr><tr><td>9:54:35p SEP8CB64F576113.cnf.xml.sgn</td></tr>"
OWNER = f"<tr><td>Host Name</td><td>{NAME}</td></tr>"
CONSOLE = "".join(f'<a href="/FS/cache/{name}">x</a>' for name in ("fsck.fd0a.log", "log181", "log182", "log178"))
NOT_FOUND = DeviceRefused("http://x answered with status 404.", code="http_failed")
LINE = "902: NOT 10:19:27.155936 VPNC: do_login: got login response"


class Phone:
    """Pages and files by path; a list is answered one after the other."""

    def __init__(self, **changed: Any) -> None:
        self.pages: dict[str, Any] = {
            JAVA.status[0]: STATUS,
            JAVA.device: OWNER,
            JAVA.console: CONSOLE,
            "/FS/cache/fsck.fd0a.log": "",
            "/FS/cache/log181": f"{LINE}\r\n",
            "/FS/cache/log182": "VPNC: -do_login: got login response\n",
            "/FS/cache/log178": "SECD: Leaf cert hash = 1289B8A7AA9FFD84865E38939F3466A61B5608FC\n",
        }
        self.pages |= {getattr(JAVA, name): page for name, page in changed.items() if name != "files"}
        self.pages |= {f"/FS/cache/{name}": page for name, page in changed.get("files", {}).items()}
        self.limits: dict[str, Limits | None] = {}

    def get(self, path: str, limits: Limits | None = None) -> Reply:
        self.limits[path] = limits
        found = self.pages.get(path, NOT_FOUND)
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        if isinstance(found, VpnPhoneError):
            raise found
        return Reply(200, {}, found if isinstance(found, bytes) else found.encode())


def texts(fetched: Fetched) -> dict[str, str]:
    return dict(fetched.files)


def facts(fetched: Fetched) -> str:
    assert all(fact.todo for fact in fetched.facts)
    return " | ".join(fact.what for fact in fetched.facts)


# --- a phone --------------------------------------------------------------------------------------------------------


def test_every_file_and_the_status_messages_as_printed() -> None:
    phone = Phone()
    fetched = fetch_phone(phone, NAME, "192.0.2.5")
    assert list(texts(fetched)) == ["log181", "log182", "log178", STATUS_FILE]
    assert texts(fetched)["log181"] == f"{LINE}\n"
    assert texts(fetched)[STATUS_FILE].splitlines() == [
        "Status Messages", "9:54:34p Trust List Updated", "9:54:35p SEP8CB64F576113.cnf.xml.sgn",
    ]  # fmt: skip
    assert fetched.facts == ()
    assert phone.limits["/FS/cache/log181"] == FILE_LIMITS
    assert phone.limits[JAVA.console] is None


def test_the_other_family() -> None:
    pages = {
        DEVICE.status[0]: STATUS,
        DEVICE.device: "<td>MAC Address</td><td>8CB64F576113</td>",
        DEVICE.console: '<a href="http://evil.example.com/FS/messages">x</a>',
        "/FS/messages": LINE,
    }
    phone = Phone()
    phone.pages = dict(pages)
    fetched = fetch_phone(phone, NAME, "192.0.2.5")
    assert texts(fetched)["messages"] == LINE
    assert fetched.facts == ()


def test_a_file_that_begins_while_others_are_read_is_read_too() -> None:
    phone = Phone(console=[CONSOLE, CONSOLE + '<a href="/FS/cache/log183">x</a>'], files={"log183": "new\n"})
    assert "log183" in texts(fetch_phone(phone, NAME, "a"))


def test_another_phone_at_that_address_gives_nothing() -> None:
    """An address is held by one phone today and by another tomorrow."""
    fetched = fetch_phone(Phone(device=OWNER.replace(NAME, OTHER)), NAME, "192.0.2.5")
    assert fetched.files == ()
    assert facts(fetched) == f"at 192.0.2.5 answers another phone, {OTHER}: nothing of it was taken."


@pytest.mark.parametrize("page", ["<p>Login</p>", NOT_FOUND, f"{OWNER}<td>Beside</td><td>{OTHER}</td>"])
def test_pages_that_do_not_say_whose_they_are(page: Any) -> None:
    fetched = fetch_phone(Phone(device=page), NAME, "192.0.2.5")
    assert "log181" in texts(fetched)
    assert facts(fetched) == "the pages at 192.0.2.5 do not say whose they are."


GONE = {
    "connection_refused": "its web access is off, or 192.0.2.5 is not the phone: w",
    "timeout_connect": "nobody answers at 192.0.2.5: w",
}


@pytest.mark.parametrize("code", GONE)
def test_nobody_there(code: str) -> None:
    error = DeviceUnreachable("w", code=code)
    phone = Phone()
    phone.pages = dict.fromkeys(JAVA.status, error)
    fetched = fetch_phone(phone, NAME, "192.0.2.5")
    assert (fetched.files, facts(fetched)) == ((), GONE[code])
    assert list(phone.limits) == [JAVA.status[0]]
    assert ("phone_web.yml" in fetched.facts[0].todo) == (code == "connection_refused")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"status": ()}, ""),
        ({"console": "<p>Login</p>"}, "its console logs were not read: this is no page of console logs"),
        ({"console": "<title>Console Logs</title>"}, ""),
        ({"files": {"log181": NOT_FOUND}}, "its file /FS/cache/log181 was not read: http://x answered with status 404"),
        ({"files": {"log181": b"\x1f\x8b\x08"}}, "its file /FS/cache/log181 was not read: it is compressed"),
    ],
)
def test_what_is_not_read_is_told(changed: dict[str, Any], told: str) -> None:
    changed.pop("status", None)
    fetched = fetch_phone(Phone(**changed), NAME, "a")
    assert told in facts(fetched)
    assert bool(facts(fetched)) == bool(told)
    assert STATUS_FILE in texts(fetched)


def test_status_messages_that_cannot_be_read_cost_nothing_else() -> None:
    phone = Phone()
    phone.pages[JAVA.status[0]] = "<p>Login</p>"
    fetched = fetch_phone(phone, NAME, "a")
    assert "its status messages were not read" in facts(fetched)
    assert "log181" in texts(fetched)


def test_two_files_of_one_name() -> None:
    page = CONSOLE + '<a href="/FS/persist/log181">x</a>'
    phone = Phone(console=page)
    phone.pages["/FS/persist/log181"] = "other\n"
    found = texts(fetch_phone(phone, NAME, "a"))
    assert (found["log181"], found["persist_log181"]) == (f"{LINE}\n", "other\n")


def test_there_is_an_end_to_the_files_of_a_page() -> None:
    names = [f"log{number}" for number in range(MAX_FILES + 5)]
    page = "".join(f'<a href="/FS/cache/{name}">x</a>' for name in names)
    fetched = fetch_phone(Phone(console=page, files=dict.fromkeys(names, "x\n")), NAME, "a")
    assert len(fetched.files) == MAX_FILES + 1
    assert len(fetched.facts) == 5


def test_there_is_an_end_to_the_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather_logs, "PATIENCE", -1.0)
    fetched = fetch_phone(Phone(), NAME, "a")
    assert list(texts(fetched)) == [STATUS_FILE]
    assert "they took too long" in facts(fetched)


def test_many_phones_over_the_wire() -> None:
    def talk(connection: Any) -> None:
        while request := request_of(connection):
            path = request.split(b" ")[1].decode()
            pages = Phone().pages
            connection.sendall(answer(pages[path].encode()) if path in pages else answer(b"", "404 Not Found"))

    with listening(talk) as port:
        found = fetch_phones([NAME, OTHER], {NAME: f"127.0.0.1:{port}"}, parallel=4)
    assert list(found) == [NAME, OTHER]
    assert texts(found[NAME])["log181"] == f"{LINE}\n"
    assert found[OTHER].facts[0].unknown
    assert "vpnphone_phone_web_addresses" in found[OTHER].facts[0].todo


def test_an_address_that_is_none_is_bad_input() -> None:
    with pytest.raises(BadInput, match="is no address"):
        fetch_phones([NAME], {NAME: "http://x/"}, parallel=1)


def test_a_file_may_be_longer_than_a_page() -> None:
    body = (LINE + "\n").encode() * (2 * MAX_PAGE // len(LINE))

    def talk(connection: Any) -> None:
        while request_of(connection):
            connection.sendall(answer(body))

    with listening(talk) as port, PhonePages(NAME, f"127.0.0.1:{port}") as pages:
        assert pages.get("/FS/cache/log1", FILE_LIMITS).body == body
        with pytest.raises(DeviceRefused, match="longer than"):
            pages.get("/FS/cache/log1")


# --- an ASA ---------------------------------------------------------------------------------------------------------

HEAD = """Syslog logging: {0}
    Facility: 20
    Timestamp logging: enabled
    Console logging: level errors, 5 messages logged
    Buffer logging: {1}
    Trap logging: level debugging, facility 20, 0 messages logged
"""
MESSAGE = "%ASA-5-111008: User 'enable_15' executed the 'ikev1 pre-shared-key c4nary' command.\n"


class Device:
    def __init__(self, text: str) -> None:
        self.text = text
        self.asked: list[str] = []

    def run(self, command: str) -> str:
        self.asked.append(command)
        return self.text


@pytest.mark.parametrize(
    ("switch", "level", "told"),
    [
        ("enabled", "level debugging, 7 messages logged", ""),
        ("enabled", "level 7", ""),
        ("enabled", "level informational, 7 messages logged", "up to level 6"),
        ("enabled", "disabled", "log buffer is off"),
        ("disabled", "level debugging, 7 messages logged", "log buffer is off"),
        ("enabled", "class auth", ""),
    ],
)
def test_what_the_buffer_cannot_hold(switch: str, level: str, told: str) -> None:
    device = Device(HEAD.format(switch, level) + MESSAGE)
    fetched = fetch_asa(device, "asa-1")
    assert device.asked == ["show logging"]
    assert told in facts(fetched)
    assert bool(fetched.facts) == bool(told)
    assert "c4nary" not in fetched.files[0][1]
    assert fetched.files[0][1].startswith("Syslog logging")


def test_an_account_that_may_not_see_it() -> None:
    with pytest.raises(DeviceRefused, match="Command authorization failed") as caught:
        fetch_asa(Device("Command authorization failed\n"), "asa-1")
    assert caught.value.code == "command_refused"


def test_messages_are_no_settings() -> None:
    text = "%ASA-6-1: x\nSyslog logging: disabled\n"
    assert parse_logging_settings(text) == LoggingSettings()


# --- readers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("/FS/cache/log181", ("/FS/cache/log181",)),
        ("http://192.0.2.9:81/FS/log181?x=1", ("/FS/log181",)),
        ("FS/cache/log181", ()),
        ("/FS/../etc/passwd", ()),
        ("/FS/cache/..", ()),
        ("/FS/cache/.hidden", ()),
        ("/FS/a%2fb", ()),
        ("/FS//x", ()),
        ("/FS/", ()),
    ],
)
def test_links_of_console_logs(link: str, found: tuple[str, ...]) -> None:
    assert parse_console_links(f'<title>Console Logs</title><a href="{link}">x</a>') == found


@pytest.mark.parametrize(
    ("page", "owner"),
    [
        (OWNER, NAME),
        (f"<td>Cisco Unified IP Phone CP-7962G ( {NAME.lower()} )</td>", NAME),
        ("<td>MAC Address:</td><td>8cb64f576113</td>", NAME),
        (f"<td>{NAME}</td><td>{OTHER}</td>", ""),
        ("<td>MAC</td><td>8cb64f576113</td>", ""),
        ("", ""),
    ],
)
def test_whose_pages_they_are(page: str, owner: str) -> None:
    assert parse_owner(page) == owner


SECRETS = [
    "Nov 24 2026 10:00:00: %ASA-5-111010: User 'a', running 'CLI' from IP 10.1.1.1, executed 'username a password {}'",
    "%ASA-5-111008: User 'enable_15' executed the 'ikev1 pre-shared-key {}' command.",
    "<166>%ASA-7-111009: User 'admin' executed cmd: show run",
    "ikev1 pre-shared-key {}",
    "POST username=phone&password={}&group=x",
    "<password>{}</password>",
    "Set-Cookie: webvpn={}; path=/; secure",
]


@pytest.mark.parametrize("line", SECRETS)
def test_secrets_in_logs(line: str) -> None:
    text = line.format("c4naryS3cret") + "\n"
    told = redact_log(text)
    assert "c4nary" not in told
    assert told.count("\n") == 1
    assert redact_log(told) == told


@pytest.mark.parametrize(
    "line",
    [
        "%ASA-6-716038: Group <DfltGrpPolicy> User <password> IP <172.16.250.9> Authentication: successful",
        "%ASA-7-734003: DAP: User CP-7962G-SEP8CB64F576113, Addr 172.16.250.9: Session Attribute aaa.cisco.x = y",
        "%ASA-5-111008: User 'enable_15' executed the 'logging buffered debugging' command.",
        "902: NOT 10:19:27.155936 VPNC: vpnc_send_notify: notify desc: [alert: Unknown CA (server cert)]",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert redact_log(line) == line


@given(st.text(alphabet="executed 'password=<>\nkey\x00\r", max_size=300))
def test_redacting_twice_is_redacting_once(text: str) -> None:
    told = redact_log(text)
    assert redact_log(told) == told
    assert told.count("\n") == text.count("\n")


@given(st.text(max_size=400))
def test_nothing_from_outside_breaks_a_reader(text: str) -> None:
    readers: tuple[Callable[[str], object], ...] = (parse_owner, parse_logging_settings, parse_console_links)
    for read in readers:
        try:
            read(text)
        except Unreadable:
            continue
