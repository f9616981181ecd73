"""The web pages of both families, and the command that shows and moves phones."""

from __future__ import annotations

import itertools
import re
import socket
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from defusedxml.ElementTree import fromstring

from lab import __main__ as command
from lab import daemon
from lab.testing import RunningLab, running_lab
from tests.unit.lab.phone_site import Case, phone_of, scenario

CASES = {
    "old": Case(),
    "device": Case(phone={"model": "8945"}),
    "newer": Case(
        phone={"model": "8841"}, ssl=('ssl cipher tlsv1.2 custom "AES256-SHA"', "ssl trust-point VPN outside")
    ),
    "closed": Case(phone={"web": False}),
    "off": Case(phone={"online": False}),
}
JAVA = "/CGI/Java/Serviceability?adapter="


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    with running_lab(scenario(CASES), tmp_path_factory.mktemp("web") / "lab") as found:
        yield found


def get(site: RunningLab, name: str, path: str, method: str = "GET") -> tuple[str, str]:
    """Head and body of a page."""
    address = site.lab.phones.web_addresses("cucm")[phone_of(CASES, name)]
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(f"{method} {path} HTTP/1.0\r\n\r\n".encode())
        data = b""
        while more := connection.recv(65536):
            data += more
    head, _, body = data.decode().partition("\r\n\r\n")
    return head, body


class _Text(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.cells.append(data.strip())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if name == "href" and value]


def test_who_has_pages(site: RunningLab) -> None:
    found = site.lab.phones.web_addresses("cucm")
    assert set(found) == {phone_of(CASES, name) for name in ("old", "device", "newer")}
    assert len(set(found.values())) == 3
    hostvars = site.lab.inventory()["_meta"]["hostvars"]["cucm"]
    assert hostvars["vpnphone_phone_web_addresses"] == found


@pytest.mark.parametrize(
    ("name", "path"), [("old", f"{JAVA}device.settings.status.messages"), ("device", "/DeviceLog?2")]
)
def test_status_messages(site: RunningLab, name: str, path: str) -> None:
    head, body = get(site, name, path)
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert re.search(r"^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r$", head, re.M)
    phone = phone_of(CASES, name)
    cells = _Text(body).cells
    assert f"Cisco Unified IP Phone {site.phone(phone).product} ( {phone} )" in cells
    shown = [cell for cell in cells if re.match(r"\d\d:\d\d:\d\d ", cell)]
    assert shown == list(site.phone(phone).status.lines())
    assert [line[9:] for line in shown] == ["Trust List Updated", f"{phone}.cnf.xml.sgn"]


def test_network_settings(site: RunningLab) -> None:
    cells = _Text(get(site, "old", f"{JAVA}device.statistics.configuration")[1]).cells
    settings = dict(itertools.pairwise(cells))
    assert settings["Host Name"] == phone_of(CASES, "old")
    assert settings["IP Address"] == "203.0.113.1"
    assert (settings["TFTP Server 1"], settings["TFTP Server 2"]) == ("pub", "sub")
    root = fromstring(get(site, "device", "/NetworkConfigurationX")[1])
    assert root.tag == "NetworkConfigurationInformation"
    assert root.findtext("TFTPServer1") == "pub"
    assert root.findtext("IPAddress") == "203.0.113.2"


def test_console_logs_are_listed_and_read(site: RunningLab) -> None:
    links = _Text(get(site, "old", f"{JAVA}device.statistics.consolelog")[1]).links
    logs = [link for link in links if re.fullmatch(r"/FS/cache/log\d+", link)]
    assert "/FS/cache/fsck.fd0a.log" in links
    text = "".join(get(site, "old", link)[1] for link in logs)
    assert text == site.phone(phone_of(CASES, "old")).log.text()
    assert re.search(r"^\d+: NOT \d\d:\d\d:\d\d\.\d{6} VPNC: vpn_set_active: de-activated -> activated$", text, re.M)
    newer = _Text(get(site, "newer", f"{JAVA}device.statistics.consolelog")[1]).links
    pages = "".join(get(site, "newer", link)[1] for link in newer if "/log" in link)
    assert "VPNC: -create_ssl_connection: cipher in use AES256-SHA\n" in pages


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("old", "/", "200 OK"), ("old", f"{JAVA}device.statistics.device", "200 OK"), ("old", "/DeviceLog?2", "404"),
        ("device", "/", "200 OK"), ("device", f"{JAVA}device.statistics.device", "404"),
        ("device", "/DeviceLogX?2", "200 OK"), ("device", "/DeviceInformationX", "200 OK"),
        ("device", "/NothingX", "404"), ("old", "/FS/cache/../../etc/passwd", "404"), ("old", "/FS/cache/log1", "404"),
    ],
)  # fmt: skip
def test_what_there_is_and_what_not(site: RunningLab, name: str, path: str, status: str) -> None:
    assert get(site, name, path)[0].startswith(f"HTTP/1.1 {status}")


def test_pages_are_only_read(site: RunningLab) -> None:
    assert get(site, "old", "/", method="POST")[0].startswith("HTTP/1.1 400")
    head, body = get(site, "old", "/", method="HEAD")
    assert head.startswith("HTTP/1.1 200")
    assert body == ""


def test_web_access_follows_the_file(site: RunningLab) -> None:
    cluster, phone = site.cluster("cucm"), phone_of(CASES, "newer")
    for on in (False, True):
        cluster.phones[phone].web = on
        site.inside(lambda: cluster.apply(phone))
        site.settle()
        assert (phone in site.lab.phones.web_addresses("cucm")) == on
    assert get(site, "newer", "/")[0].startswith("HTTP/1.1 200")


def test_the_command_shows_and_moves_phones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = {"old": Case(), "off": CASES["off"]}
    one, off = (phone_of(cases, name) for name in cases)
    file, directory = tmp_path / "site.yml", tmp_path / "lab"
    file.write_text(yaml.safe_dump(scenario(cases)), encoding="utf-8")
    assert command.main(["phones", "--dir", str(directory)]) == 3
    daemon.start(file, directory)
    try:
        capsys.readouterr()

        def lines(*words: str) -> list[str]:
            assert command.main(["phones", "--dir", str(directory), *words]) == 0
            return capsys.readouterr().out.splitlines()

        shown = lines()
        assert re.match(rf"{one} 7962G  connected      ok +old AES256-SHA, address 10\.10\.10\.10$", shown[0])
        assert re.match(rf"{off} 7962G  NOT connected  offline +the phone is switched off$", shown[1])
        assert lines("--connect", one) == shown[:1]
        assert lines("--apply") == shown
        assert command.main(["phones", "--dir", str(directory), "SEP1"]) == 1
        assert capsys.readouterr().err == "lab: no phone of this lab is named SEP1\n"
    finally:
        daemon.stop(directory)
