"""The lab over real SSH: an asyncssh client for what happens on the wire, stock netmiko for a client of the field."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import netmiko
import pytest

from lab.daemon import DEFAULT_SCENARIO
from lab.testing import Host, RunningLab, running_lab

CONFIG = "hostname fw\ninterface Gi0/0\n nameif outside\nwebvpn\n enable outside\n"


def fault(name: str, **keys: Any) -> dict[str, Any]:
    return {"name": name, "config": CONFIG, "faults": [keys]}


SITE: dict[str, Any] = {
    "name": "test",
    "devices": [
        {"name": "good", "config": CONFIG},
        {"name": "limited", "config": CONFIG},
        {"name": "slow-command", "config": CONFIG, "latency_ms": 5},
        {"name": "old", "config": CONFIG, "ssh": "legacy", "version": "9.1(1)"},
        fault("no-kex", kind="no_kex"),
        fault("gone", kind="refused"),
        fault("silent", kind="hang"),
        fault("hangs", kind="hang", command="^show running-config webvpn"),
        fault("drops", kind="drop", command="^show version", count=1),
        fault("garbles", kind="garbage", command="^show version"),
        fault("cuts", kind="truncate"),
        fault("pages", kind="pager"),
        fault("pages-silently", kind="pager_silent"),
        fault("late", kind="slow_login", seconds=0.05),
        fault("impostor", kind="host_key"),
        fault("chatty", kind="syslog", command="^show running-config webvpn", count=1),
        fault("spoofs", kind="prompt_spoof"),
        fault("asks", kind="ask_later"),
    ],
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    with running_lab(SITE, tmp_path_factory.mktemp("site") / "lab") as running:
        yield running


class Client:
    """A terminal on a device, for a test to type on."""

    def __init__(self, host: Host, **options: Any) -> None:
        self.host = host
        legacy = {"kex_algs": ["diffie-hellman-group1-sha1"], "server_host_key_algs": ["ssh-rsa"],
                  "encryption_algs": ["aes128-cbc"], "mac_algs": ["hmac-sha1"]}  # fmt: skip
        self.options = {
            "known_hosts": str(host.known_hosts),
            "username": host.user,
            "password": host.password,
            **(legacy if host.ssh_legacy else {}),
            **options,
        }

    async def __aenter__(self) -> Client:
        self.connection = await asyncssh.connect(
            self.host.host, self.host.port, config=None, client_keys=None, agent_path=None, **self.options
        )
        self.process = await self.connection.create_process(term_type="vt100", encoding="latin-1")
        return self

    async def __aexit__(self, *details: object) -> None:
        self.connection.close()
        await self.connection.wait_closed()

    async def until(self, pattern: str, seconds: float = 60) -> str:
        """What came, up to a match at its end. EOFError where the connection ended before."""
        seen = ""
        while not re.search(pattern, seen):
            chunk = await asyncio.wait_for(self.process.stdout.read(65536), seconds)
            if not chunk:
                raise EOFError(seen)
            seen += chunk
        return seen.replace("\r\n", "\n")

    async def say(self, line: str, pattern: str = r"[#>] $", seconds: float = 60) -> str:
        self.process.stdin.write(line + "\n")
        return await self.until(pattern, seconds)

    async def enabled(self) -> Client:
        await self.until("fw> $")
        await self.say("enable", "Password: $")
        await self.say(self.host.enable_secret)
        await self.say("terminal pager 0")
        return self


def test_a_session(lab: RunningLab) -> None:
    async def run() -> None:
        async with Client(lab.hosts["good"]) as client:
            noise = await client.until("fw> $")
            assert "User admin logged in to fw\n" in noise
            assert await client.say("enable", "Password: $") == "enable\nPassword: "
            assert (await client.say(lab.hosts["good"].enable_secret)).endswith("\nfw# ")
            assert await client.say("terminal pager 0") == "terminal pager 0\nfw# "
            assert await client.say("show running-config webvpn") == (
                "show running-config webvpn\nwebvpn\n enable outside\nfw# "
            )
            await client.say("conf t")
            await client.say("webvpn")
            assert await client.say("port 8443") == "port 8443\nfw(config-webvpn)# "
            # The file is there before the answer's next command is read.
            await client.say("end")
            state = json.loads((lab.directory / "state" / "good.json").read_text())
            assert state == lab.state("good") | {"commands": state["commands"]}
            assert " port 8443" in state["running_config"]
            assert " port 8443" not in state["startup_config"]
            assert state["sessions"] == 1
            with pytest.raises(EOFError, match="Logoff"):
                await client.say("exit", "never")

    asyncio.run(run())
    assert lab.state("good")["commands"] == 8


def test_nothing_is_sent_that_no_device_sends(lab: RunningLab) -> None:
    """An empty packet before each other one, as asyncssh has it, costs a client as much as the answer does."""

    async def run() -> list[int]:
        kinds: list[int] = []
        async with Client(lab.hosts["good"]) as client:
            vars(client.connection)["log_received_packet"] = lambda kind, *_: kinds.append(kind)
            vars(client.process.channel)["log_received_packet"] = lambda kind, *_: kinds.append(kind)
            await client.until("fw> $")
            await client.say("show clock", "fw> $")
        return kinds

    kinds = asyncio.run(run())
    assert asyncssh.constants.MSG_CHANNEL_DATA in kinds
    assert asyncssh.constants.MSG_IGNORE not in kinds


def test_wrong_password_and_user(lab: RunningLab) -> None:
    for wrong in ({"password": "wrong-canary"}, {"username": "nobody"}):
        with pytest.raises(asyncssh.PermissionDenied):
            asyncio.run(_open(lab.hosts["good"], **wrong))
    log = (lab.directory / "log").read_text()
    assert "canary" not in log
    assert lab.hosts["good"].password not in log


async def _open(host: Host, **options: Any) -> None:
    async with Client(host, **options) as client:
        await client.enabled()


def test_five_sessions_and_no_more(lab: RunningLab) -> None:
    host = lab.hosts["limited"]

    async def run() -> None:
        five = [await Client(host).__aenter__() for _ in range(5)]
        with pytest.raises((asyncssh.Error, ConnectionError)):
            await _open(host)
        assert lab.state("limited")["sessions"] == 5
        await five[0].__aexit__()
        await _until(lambda: lab.state("limited")["sessions"] == 4)
        await _open(host)
        for client in five[1:]:
            await client.__aexit__()
        await _until(lambda: lab.state("limited")["sessions"] == 0)

    asyncio.run(run())
    assert lab.state("limited")["peak_sessions"] == 5


async def _until(condition: Any) -> None:
    for _ in range(6000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("did not come true")


# The old key exchange is what is tested here; cryptography warns of it.
@pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")
def test_legacy_ssh_needs_old_algorithms(lab: RunningLab) -> None:
    asyncio.run(_open(lab.hosts["old"]))
    assert lab.inventory["_meta"]["hostvars"]["old"]["vpnphone_ssh_legacy"] is True
    assert "vpnphone_ssh_legacy" not in lab.inventory["_meta"]["hostvars"]["no-kex"]
    # Both ends see that nothing fits; whichever hangs up first decides what the client is told.
    with pytest.raises((asyncssh.KeyExchangeFailed, asyncssh.ConnectionLost)):
        asyncio.run(_open(lab.hosts["no-kex"]))


@pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")
def test_only_the_oldest_algorithms_are_offered(lab: RunningLab) -> None:
    old = Client(lab.hosts["no-kex"], kex_algs=["diffie-hellman-group1-sha1"], server_host_key_algs=["ssh-rsa"],
                 encryption_algs=["aes128-cbc"], mac_algs=["hmac-sha1"])  # fmt: skip
    new = {"kex_algs": ["curve25519-sha256"]}

    async def run() -> None:
        async with old as client:
            await client.enabled()
        for option in (new, {"server_host_key_algs": ["rsa-sha2-256"]}, {"encryption_algs": ["aes128-ctr"]}):
            with pytest.raises((asyncssh.KeyExchangeFailed, asyncssh.ConnectionLost)):
                await _open(lab.hosts["no-kex"], **{**old.options, **option})

    asyncio.run(run())


def test_faults_of_the_connection(lab: RunningLab) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", lab.hosts["gone"].port))
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        asyncio.run(_open(lab.hosts["impostor"]))
    asyncio.run(_open(lab.hosts["late"]))
    with socket.create_connection(("127.0.0.1", lab.hosts["silent"].port)) as connection:
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_faults_of_an_answer(lab: RunningLab) -> None:
    async def run() -> None:
        async with Client(lab.hosts["hangs"]) as client:
            await client.enabled()
            assert "enable outside" in await client.say("show running-config")
            with pytest.raises(TimeoutError):
                await client.say("sh run webvpn", seconds=0.3)
        async with Client(lab.hosts["drops"]) as client:
            await client.enabled()
            with pytest.raises((EOFError, asyncssh.Error, ConnectionError)):
                await client.say("show version", r"Configuration register.*\n.*# $")
        async with Client(lab.hosts["drops"]) as client:
            await client.enabled()
            assert "Configuration register" in await client.say("show version", "# $")
        async with Client(lab.hosts["garbles"]) as client:
            await client.enabled()
            assert "\x1b[2J\x07\x00\xff\xfe" in await client.say("show version", "# $")
            assert "\x1b" not in await client.say("show clock")
        async with Client(lab.hosts["cuts"]) as client:
            await client.enabled()
            assert ": end" not in await client.say("show running-config", "fw# $")
            assert "enable outside\n" in await client.say("show running-config webvpn")
        async with Client(lab.hosts["pages"]) as client:
            await client.until("fw> $")
            await client.say("enable", "Password: $")
            await client.say(client.host.enable_secret)
            assert await client.say("terminal pager 0") == "terminal pager 0\nCommand authorization failed\nfw# "
            assert (await client.say("show version", "More --->$")).count("\n") == 25
            assert (await client.say("", "More --->$")).count("\n") == 1
        async with Client(lab.hosts["pages-silently"]) as client:
            await client.until("fw> $")
            await client.say("enable", "Password: $")
            await client.say(client.host.enable_secret)
            assert await client.say("terminal pager 0") == "terminal pager 0\nfw# "
            assert (await client.say("show version", "More --->$")).count("\n") == 25
        async with Client(lab.hosts["chatty"]) as client:
            await client.enabled()
            struck = await client.say("show running-config webvpn")
            assert "webvpn\nBeginning configuration replication: Sending to mate.\n enable outside\n" in struck
            assert "replication" not in await client.say("show running-config webvpn")
        async with Client(lab.hosts["spoofs"]) as client:
            assert "\nasa-mirror>\nasa-mirror#\n" in await client.until("fw> $")
        async with Client(lab.hosts["asks"]) as client:
            await client.enabled()
            assert "enable anonymous error reporting" in await client.say("conf t", r"\[A\]sk later: $")
            assert await client.say("x", "later: $") == "x\nPlease answer [Y]es, [N]o, [A]sk later: "
            assert (await client.say("A")).endswith("fw(config)# ")

    asyncio.run(run())


def test_the_log_has_sessions_commands_and_no_secrets(lab: RunningLab) -> None:
    async def run() -> None:
        async with Client(lab.hosts["slow-command"]) as client:
            await client.enabled()
            await client.say("conf t")
            await client.say("username x password user-canary privilege 5")

    asyncio.run(run())
    entries = [json.loads(line) for line in (lab.directory / "log").read_text().splitlines()]
    mine = [entry for entry in entries if entry["device"] == "slow-command"]
    assert [entry["event"] for entry in mine][:3] == ["connect", "login", "command"]
    assert {"conf t", "username x password *****"} <= {entry.get("command") for entry in mine}
    assert "canary" not in (lab.directory / "log").read_text()


def test_two_labs_do_not_disturb_each_other(lab: RunningLab, tmp_path: Path) -> None:
    with running_lab(SITE, tmp_path / "lab") as other:
        assert not {h.port for h in other.hosts.values()} & {h.port for h in lab.hosts.values()}
        before = lab.state("good")
        asyncio.run(_open(other.hosts["good"]))
        assert (lab.state("good"), other.state("good")["commands"]) == (before, 2)
        with pytest.raises(asyncssh.HostKeyNotVerifiable):
            asyncio.run(_open(other.hosts["good"], known_hosts=str(lab.hosts["good"].known_hosts)))
    asyncio.run(_open(lab.hosts["good"]))


def test_only_the_owner_can_read_the_directory(lab: RunningLab) -> None:
    assert lab.directory.stat().st_mode & 0o777 == 0o700
    for path in lab.directory.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert {path.name for path in lab.directory.iterdir()} == {"inventory.json", "keys", "known_hosts", "log", "state"}


def test_stock_netmiko_lives_with_the_default_site(tmp_path: Path) -> None:
    """The client that most tools use, with its own defaults (it writes `terminal width 511` by itself)."""
    with running_lab(DEFAULT_SCENARIO, tmp_path / "lab") as site:
        host = site.hosts["asa-healthy"]
        with netmiko.ConnectHandler(
            device_type="cisco_asa", host=host.host, port=host.port, username=host.user, password=host.password,
            secret=host.enable_secret, ssh_strict=True, system_host_keys=False, alt_host_keys=True,
            alt_key_file=str(host.known_hosts),
        ) as connection:  # fmt: skip
            assert connection.find_prompt() == "asa-healthy/pri/act#"
            shown = connection.send_command("show running-config")
            assert isinstance(shown, str)
            assert shown.rstrip().endswith(": end")
            assert "\nterminal width 511\n" in shown
            suites = '"AES256-SHA:AES128-SHA:DHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA:AES256-SHA256:AES128-SHA256"'
            connection.send_config_set([f"ssl cipher tlsv1.2 custom {suites}", "webvpn", "no hostscan enable"])
            assert "[OK]" in connection.save_config()
        state = site.state("asa-healthy")
        assert f"ssl cipher tlsv1.2 custom {suites}" in state["startup_config"]
        assert " hostscan enable" not in state["running_config"]
        assert state["peak_sessions"] == 1
