"""The platform's command line over real SSH."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import asyncssh
import pytest

from lab.cucm.cli import Cli, Paged
from lab.cucm.cluster import Cluster
from lab.testing import RunningLab, running_lab
from tests.unit.lab.cucm_kit import Client, certificate, made, site

CLUSTER, CERTS = made()
OFF = "set cli pagination off"
FAILED = "Executed command unsuccessfully\n"


def typed(*lines: str, cluster: Cluster = CLUSTER) -> str:
    """What the shell prints for these lines, without SSH."""
    out: list[bytes] = []

    async def run() -> None:
        terminal = Paged(out.append, lambda: 10_000)
        terminal.feed("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
        terminal.close()
        await asyncio.wait_for(Cli(cluster, terminal).run(), 60)
        terminal.flush()

    asyncio.run(run())
    return b"".join(out).decode("utf-8", "replace").replace("\r\n", "\n")


def answer(*lines: str, cluster: Cluster = CLUSTER) -> str:
    """The answer to the last of the lines."""
    text = typed(*lines, cluster=cluster)
    return text.rpartition(f"admin:{lines[-1]}\n")[2].rpartition("admin:")[0]


def test_version_of_a_restricted_node() -> None:
    text = answer("show version active")
    assert text.startswith("Active Master Version: 14.0.1.13900-155\n")
    assert not re.search("unrestricted|UNRST", text, re.I)


def test_version_of_an_unrestricted_node() -> None:
    assert re.search("unrestricted|UNRST", answer("show version active", cluster=made(export="unrestricted")[0]))


def test_lists() -> None:
    trusted = answer(OFF, "show cert list trust").splitlines()
    assert [line.partition(":")[0] for line in trusted] == [
        "Phone-VPN-trust/vpn.example.com.pem", "Phone-VPN-trust/Root_CA.pem", "CAPF-trust/Lab_Manufacturing_CA.pem",
    ]  # fmt: skip
    own = answer(OFF, "show cert list own").splitlines()
    assert [line.partition(":")[0] for line in own] == ["CAPF/CAPF.pem", "CallManager/CallManager.pem"]


@pytest.mark.parametrize("name", ["Phone-VPN-trust/vpn.example.com.pem", "vpn.example.com.pem"])
def test_one_certificate(name: str) -> None:
    text = answer(OFF, f"show cert trust {name}")
    assert "  Serial Number: 0A1B2C\n  Issuer Name: CN=Root CA,O=Lab\n" in text
    assert "  Subject Name: CN=vpn.example.com,O=Lab,C=US\n" in text


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("show cert trust CAPF-trust/vpn.example.com.pem", "does not exist"), ("show cert trust none.pem", "not exist"),
        ("set cert delete Phone-VPN none.pem", "does not exist"), ("set cert delete nowhere x.pem", "no such unit"),
        ("set cert import trust nowhere", "no such unit"), ("set cert import own CAPF", "No valid command entered"),
        ("show run", "No valid command entered"), ("SHOW VERSION ACTIVE", "No valid command entered"),
    ],
)  # fmt: skip
def test_refusals(line: str, says: str) -> None:
    text = answer(OFF, line)
    assert says in text
    assert text.endswith(FAILED)


@pytest.mark.parametrize("unit", ["Phone-VPN", "Phone-VPN-trust", "phone-vpn"])
def test_an_import_by_pasting(unit: str) -> None:
    cluster, certs = made(trust={"Phone-VPN-trust": ["vpn", "root"]})
    text = typed(f"set cert import trust {unit}", *certs["mic-ca"].pem.splitlines(), "", cluster=cluster)
    assert "Paste the Certificate and Hit Enter\n" in text
    assert "Successfully imported certificate for Phone-VPN.  Please restart services related to Phone-VPN" in text
    assert text.endswith("admin:")
    assert cluster.stores["Phone-VPN-trust"].files["Lab_Manufacturing_CA.pem"].cert.der == certs["mic-ca"].der


@pytest.mark.parametrize(("name", "stays"), [("vpn-new", "vpn-new"), ("vpn-old", "vpn")])
def test_an_import_of_the_same_cn_always_says_success(name: str, stays: str) -> None:
    cluster, certs = made()
    text = typed("set cert import trust Phone-VPN", *certs[name].pem.splitlines(), "", cluster=cluster)
    assert "Successfully imported" in text
    assert cluster.stores["Phone-VPN-trust"].files["vpn.example.com.pem"].cert.der == certs[stays].der


def test_a_bad_paste_changes_nothing() -> None:
    cluster, _ = made()
    before = cluster.snapshot()["trust"]
    text = typed("set cert import trust Phone-VPN", "-----BEGIN CERTIFICATE-----", "nonsense", "", cluster=cluster)
    assert f"The certificate is not valid\n{FAILED}admin:" in text
    assert cluster.snapshot()["trust"] == before
    # Hung up in the middle of it.
    typed("set cert import trust Phone-VPN", "-----BEGIN CERTIFICATE-----", cluster=cluster)
    assert cluster.snapshot()["trust"] == before


def test_a_deletion() -> None:
    cluster, _ = made()
    assert "Successfully deleted" in answer("set cert delete Phone-VPN vpn.example.com.pem", cluster=cluster)
    assert list(cluster.stores["Phone-VPN-trust"].files) == ["Root_CA.pem"]


def test_long_answers_come_by_pages_until_that_is_switched_off() -> None:
    cluster, _ = made()
    for number in range(30):
        cluster.upload("CallManager-trust", certificate(f"CN=c{number}"))
    more = "Press <enter> for 1 line, <space> for one page, or <q> to quit"
    # Three certificates of the scenario and 19 of these make the first page; <enter> brings one line more.
    cut = typed("show cert list trust", "", "q", cluster=cluster)
    assert cut.count(more) == 2
    assert "c19.pem" in cut
    assert "c20.pem" not in cut
    assert "c29.pem" in typed("show cert list trust", " ", cluster=cluster)
    whole = typed(OFF, "show cert list trust", cluster=cluster)
    assert more not in whole
    assert "c29.pem" in whole
    assert more in typed(OFF, "set cli pagination on", "show cert list trust", "q", cluster=cluster)


@pytest.mark.parametrize("line", ["x" * 20_000, "set cert import trust \x1b[2J", "\udcff\udcfe"])
def test_odd_lines_are_refused(line: str) -> None:
    assert FAILED in typed(line)


def test_control_characters_are_no_command() -> None:
    assert typed("\x00\x01").endswith("admin:\nadmin:")


# --- over SSH -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    with running_lab(site(), tmp_path_factory.mktemp("cli") / "lab") as lab:
        yield lab


async def connect(running: RunningLab, password: str = "") -> asyncssh.SSHClientConnection:
    known = Client(running).vars
    return await asyncssh.connect(
        "127.0.0.1", known["vpnphone_os_port"], username=known["vpnphone_os_user"], config=None, client_keys=None,
        password=password or known["vpnphone_os_password"], known_hosts=known["vpnphone_known_hosts"], agent_path=None,
    )  # fmt: skip


def test_a_session(running: RunningLab) -> None:
    async def talk() -> str:
        async with await connect(running) as connection:
            process = await connection.create_process(term_type="vt100", encoding="utf-8")
            process.stdin.write(f"{OFF}\nshow version active\nexit\n")
            return str(await asyncio.wait_for(process.stdout.read(), 60))

    text = asyncio.run(talk()).replace("\r\n", "\n")
    assert "Welcome to the Platform Command Line Interface" in text
    assert f"admin:{OFF}\nadmin:show version active\nActive Master Version: 14.0.1.13900-155\n" in text
    log = (running.directory / "log").read_text(encoding="utf-8")
    assert '"command": "show version active"' in log
    assert "rehearse-os" not in log


def test_there_is_no_exec_channel(running: RunningLab) -> None:
    async def run() -> None:
        async with await connect(running) as connection:
            await asyncio.wait_for(connection.run("show version active"), 60)

    with pytest.raises(asyncssh.ChannelOpenError):
        asyncio.run(run())


def test_another_password_is_refused(running: RunningLab) -> None:
    with pytest.raises(asyncssh.PermissionDenied):
        asyncio.run(connect(running, "wrong"))


@pytest.mark.parametrize(("word", "left"), [("yes", False), ("no", True)])
def test_a_deletion_that_asks(word: str, left: bool) -> None:
    cluster, _certs = made(faults=[{"kind": "delete_asks"}])
    text = typed(OFF, "set cert delete Phone-VPN Root_CA.pem", word, cluster=cluster)
    assert "Do you really want to delete Root_CA.pem (yes/no)?" in text
    assert ("Root_CA.pem" in cluster.stores["Phone-VPN-trust"].files) is left
    assert (FAILED in text) is left
