"""The module against the lab: real SSH, real handshakes, phones that dial anew, and an event manager that strikes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.model.renewal import (
    AsaRenewal,
    CertificateNote,
    ClusterRenewal,
    GatewayNote,
    Journal,
    PhoneRenewal,
    TargetStage,
)
from ansible.module_utils.vpnphone.renewal.journal import create_journal, open_journal, update
from ansible.module_utils.vpnphone.renewal.pages import GATE_SWITCH, write_page
from ansible.module_utils.vpnphone.renewal.stages import target_stage, with_target_stage
from ansible.module_utils.vpnphone.renewal.store import note_of
from ansible.module_utils.vpnphone.renewal.switch_gate import AsaGate, PhoneGate, SwitchGate
from ansible.module_utils.vpnphone.switch.link import Clock, Link
from ansible.module_utils.vpnphone.x509 import read_pem

from lab.testing import RunningLab, running_lab
from tests.plugins import load_module
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[3]
OLD, NEW = "VPN_TP", "VPN_2027"
BIND, BACK = f"ssl trust-point {NEW} outside", f"ssl trust-point {OLD} outside"
ALL = ["arm", "bind", "probe", "canary", "watch", "disarm", "save"]


class Killed(BaseException):
    """The controller dies here."""


def scenario() -> dict[str, Any]:
    """The site of a renewal after stage apply: each ASA holds both certificates, each phone that is on both hashes."""
    site: dict[str, Any] = yaml.safe_load((ROOT / "lab/scenarios/renewal.yml").read_text(encoding="utf-8"))
    for device in site["devices"]:
        name = device["name"].removeprefix("asa-")
        new = f"{name}-2027"
        site["certificates"][new] = {
            "subject": f"CN=vpn-{new}.example.com,O=Example Corp,C=US",
            "san": [f"DNS:vpn-{name}.example.com"],
            "issuer": "issuing",
        }
        device["trustpoints"] |= {NEW: {"identity": new, "ca": "issuing"}, "ISSUING": {"ca": "issuing"}}
        device["config"] += f"crypto ca trustpoint {NEW}\n enrollment terminal\ncrypto ca trustpoint ISSUING\n"
    cluster = site["cucm"][0]
    cluster["trust"]["Phone-VPN-trust"] += ["north-2027", "south-2027"]
    for gateway in cluster["gateways"]:
        gateway["certificates"] += [f"{gateway['certificates'][0]}-2027"]
    for phone in site["phones"]:
        phone |= {"reconnect_after": 0.0, "retry_after": 0.05}
    return site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    with running_lab(scenario(), tmp_path_factory.mktemp("switch") / "lab") as found:
        yield found


MODULE = load_module("vpnphone_asa_binding")


class Switch:
    """One ASA of the lab with a renewal of its own."""

    def __init__(self, site: RunningLab, name: str, directory: Path) -> None:
        self.site, self.name, self.directory = site, name, directory / "r"
        site.reset(name)
        for phone in site.outcomes():
            site.clear_phone_faults(phone)
        site.connect_phones()
        self.short = name.removeprefix("asa-")
        outcomes = site.outcomes().items()
        self.phones = [phone for phone, outcome in outcomes if outcome.connected and outcome.asa == name]
        self.lockouts = site.lockouts()["totals"]["lockouts"]
        self.waited = 0.0
        self.on_wait: Callable[[], None] = site.settle
        self._write_journal()

    def _note(self, trustpoint: str) -> CertificateNote:
        store = self.site.device(self.name).system.trustpoints[trustpoint]
        assert store.identity is not None
        return note_of(read_pem(store.identity.pem))

    def _write_journal(self) -> None:
        done = TargetStage(status="done")
        urls = {f"https://vpn-{self.short}.example.com/VPNPhone"}
        urls |= {f"https://vpn-{self.short}.example.com/VPNPhoneAAA"} if self.short == "north" else set()
        asa = AsaRenewal(
            name=self.name, interface="outside", old_trustpoint=OLD, new_trustpoint=NEW, old=self._note(OLD),
            new=self._note(NEW), stages={"certificate": done, "export": done},
        )  # fmt: skip
        gateways = {url: GatewayNote(name=url, url=url, asas=(self.name,)) for url in sorted(urls)}
        stages = {"trust": done, "gateway": done, "apply": done}
        phones = {
            name: PhoneRenewal(
                name=name, cluster="lab-cucm", asas=(self.name,), proof="proven",
                certificate_login=name != "SEP1CDEA78380AB",
            )
            for name in self.phones
        }  # fmt: skip
        journal = Journal(
            renewal="r", created=datetime.now(UTC), asas={self.name: asa}, phones=phones, preflight=done,
            clusters={"lab-cucm": ClusterRenewal(name="lab-cucm", gateways=gateways, stages=stages)},
        )  # fmt: skip
        create_journal(self.directory, journal)
        gate = SwitchGate(
            renewal="r", at=datetime.now(UTC), run="x",
            asas={self.name: AsaGate(asa=self.name, interface="outside", trustpoint=NEW)},
            phones=tuple(
                PhoneGate(
                    phone=name, cluster="lab-cucm", asa=self.name, word="connects", now="CONNECTS", after="CONNECTS",
                    proof="proven",
                )
                for name in phones
            ),
        )  # fmt: skip
        write_page(self.directory, GATE_SWITCH, gate)

    # --- what stands --------------------------------------------------------------------------------------------------

    def bound(self, which: str = "running_config") -> list[str]:
        return [line.split()[2] for line in self.site.state(self.name)[which] if line.startswith("ssl trust-point ")]

    @property
    def armed(self) -> bool:
        return any("VPNPHONE-RETURN" in line for line in self.site.state(self.name)["running_config"])

    @property
    def is_clean(self) -> bool:
        state = self.site.state(self.name)
        return not self.armed and state["running_config"] == state["startup_config"]

    @property
    def journal(self) -> Journal:
        return open_journal(self.directory)

    @property
    def status(self) -> str:
        return target_stage(self.journal, "switch", self.name).status

    def all_connected(self) -> bool:
        return all(self.site.phone(name).connected for name in self.phones)

    def locked_out(self) -> int:
        return int(self.site.lockouts()["totals"]["lockouts"]) - int(self.lockouts)

    # --- runs -------------------------------------------------------------------------------------------------------

    def run(self, *, check: bool = False, **options: Any) -> dict[str, Any]:
        variables = self.site.inventory["_meta"]["hostvars"][self.name]
        params = {key: option.get("default") for key, option in MODULE.ARGUMENT_SPEC.items()}
        params |= {
            option: variables[found]
            for option, names in MODULE.INVENTORY_VARIABLES.items()
            if (found := next((name for name in names if name in variables), None)) is not None
        }
        (self.directory / "ssh_config").touch()
        params |= {
            "name": self.name, "renewal_dir": str(self.directory), "ssh_config": str(self.directory / "ssh_config"),
            "lock_dir": str(self.directory.parent / "locks"),
            "phone_models_file": str(ROOT / "inventories/lab_phone_models.yml"), "models_in_use": ["7962G", "8841"],
            "connect_to": variables["vpnphone_connect_to"],
        }  # fmt: skip

        def pause(seconds: float) -> None:
            self.waited += seconds
            self.on_wait()

        clock = Clock(pause=pause, tick=lambda: self.waited)
        result: dict[str, Any] = MODULE.execute(params | options, check_mode=check, clock=clock)
        assert "rehearse" not in json.dumps(result)
        return result

    def approved(self, **options: Any) -> dict[str, Any]:
        token = self.run(check=True, **options)["token"]
        return self.run(approval=token, approved_by="J. Doe", **options)


@pytest.fixture
def south(site: RunningLab, tmp_path: Path) -> Switch:
    return Switch(site, "asa-south", tmp_path)


@pytest.fixture
def north(site: RunningLab, tmp_path: Path) -> Switch:
    return Switch(site, "asa-north", tmp_path)


# --- tests ------------------------------------------------------------------------------------------------------------


def test_the_good_switch(south: Switch) -> None:
    result = south.approved()
    assert (result["outcome"], result["done"]) == ("done", ALL)
    assert south.bound() == south.bound("startup_config") == [NEW]
    assert south.is_clean
    assert south.all_connected()
    # Whoever dials from now on meets the new one, and knows it.
    outcomes = south.site.connect_phones(south.phones)
    assert all(outcome.connected for outcome in outcomes.values())
    assert south.locked_out() == 0
    assert south.run()["outcome"] == "done"


def test_the_good_switch_of_a_pair(north: Switch) -> None:
    result = north.approved()
    assert (result["outcome"], result["done"]) == ("done", [*ALL, "mate"])
    north.site.failover("asa-north")
    until(north.all_connected)
    assert north.locked_out() == 0


def test_the_units_of_a_pair_change_places_in_the_watch(north: Switch) -> None:
    """The other unit has the same configuration, unsaved lines and the dead man included; it is gone on there."""
    times: list[int] = []

    def wait() -> None:
        if not times:
            north.site.failover("asa-north")
        times.append(1)
        until(north.all_connected)

    north.on_wait = wait
    token = north.run(check=True)["token"]
    try:
        result = north.run(approval=token, approved_by="J. Doe")
    except VpnPhoneError:
        assert north.status == "running"
        result = north.run(approval=token, approved_by="J. Doe")
    assert times
    assert result["outcome"] == "done"
    assert north.is_clean
    assert north.bound() == [NEW]
    assert north.locked_out() == 0


def test_a_mate_without_the_certificate(north: Switch) -> None:
    store = north.site.device("asa-north").system.mate.trustpoints
    north.site.inside(lambda: store.pop(NEW))
    north.site.inside(north.site.device("asa-north").system.changed)
    with pytest.raises(VpnPhoneError, match="mate_lacks_certificate"):
        north.run(check=True)


def test_the_canary_fails(south: Switch) -> None:
    canary = sorted(south.phones)[0]
    south.site.add_phone_fault(canary, kind="phone_refuses_new")

    def wait() -> None:
        # Behind the return the phone gets the time that it needs.
        if south.bound() == [OLD]:
            until(south.all_connected)
        else:
            south.site.settle()

    south.on_wait = wait
    result = south.approved(max_alerts=1000000)
    assert (result["failed"], result["outcome"]) == (True, "returned")
    assert result["error"]["code"] == "canary_not_back"
    assert south.bound() == south.bound("startup_config") == [OLD]
    assert south.is_clean
    assert south.status == "returned"
    until(south.all_connected)


def test_the_canary_complains(south: Switch) -> None:
    """Its `unknown ca` are in the log long before its time is over."""
    south.site.add_phone_fault(sorted(south.phones)[0], kind="phone_refuses_new")
    south.on_wait = lambda: time.sleep(0.05)
    result = south.approved(max_alerts=0, canary_timeout=86400)
    assert result["error"]["code"] == "handshakes_fail"
    assert south.is_clean
    assert south.bound() == [OLD]
    until(south.all_connected)


def test_another_certificate_is_shown(south: Switch) -> None:
    """A name of its own wins over the interface (SNI): somebody binds it in the very moment."""
    original = Link.type
    patch = pytest.MonkeyPatch()

    def typed(link: Link, command: str, mode: tuple[str, ...] = ()) -> str:
        if command == BIND:
            south.site.type(south.name, "configure terminal", f"ssl trust-point {OLD} domain vpn-south.example.com")
        return original(link, command, mode)

    patch.setattr(Link, "type", typed)
    try:
        result = south.approved()
    finally:
        patch.undo()
    assert (result["outcome"], result["error"]["code"]) == ("returned", "probe_differs")
    assert south.bound()[0] == OLD
    assert not south.armed
    assert south.all_connected()


def test_the_controller_dies_and_the_device_returns(south: Switch, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Link.type

    def typed(link: Link, command: str, mode: tuple[str, ...] = ()) -> str:
        answer = original(link, command, mode)
        if command == BIND:
            raise Killed
        return answer

    token = south.run(check=True)["token"]
    with monkeypatch.context() as patch:
        patch.setattr(Link, "type", typed)
        with pytest.raises(Killed):
            south.run(approval=token, approved_by="J. Doe")
    assert (south.bound(), south.bound("startup_config"), south.armed) == ([NEW], [OLD], True)
    # The same applet, with a second left instead of half an hour.
    south.site.type(
        south.name, "configure terminal", "event manager applet VPNPHONE-RETURN",
        "no event timer countdown time 1800", "event timer countdown time 1",
    )  # fmt: skip
    until(lambda: south.bound() == [OLD])
    assert south.locked_out() == 0
    # The new one was bound and nobody had read it yet: what was approved goes on.
    assert south.run(approval=token, approved_by="J. Doe")["outcome"] == "done"
    assert south.is_clean
    assert south.bound() == [NEW]
    assert south.all_connected()


def test_the_controller_dies_in_the_watch_and_the_device_returns(south: Switch) -> None:
    def die() -> None:
        raise Killed

    south.on_wait = die
    token = south.run(check=True)["token"]
    with pytest.raises(Killed):
        south.run(approval=token, approved_by="J. Doe")
    south.on_wait = south.site.settle
    south.site.settle()
    south.site.type(
        south.name, "configure terminal", "event manager applet VPNPHONE-RETURN",
        "no event timer countdown time 1800", "event timer countdown time 1",
    )  # fmt: skip
    until(lambda: south.bound() == [OLD])
    result = south.run(approval=token, approved_by="J. Doe")
    assert (result["outcome"], result["error"]["code"]) == ("returned", "dead_man_struck")
    assert south.status == "returned"
    assert south.is_clean
    assert south.all_connected()
    assert south.locked_out() == 0


def test_the_controller_dies_and_the_device_reloads(south: Switch) -> None:
    def die() -> None:
        raise Killed

    south.on_wait = die
    token = south.run(check=True)["token"]
    with pytest.raises(Killed):
        south.run(approval=token, approved_by="J. Doe")
    south.site.reload(south.name)
    south.on_wait = south.site.settle
    until(south.all_connected)
    assert south.bound() == [OLD]
    result = south.run(approval=token, approved_by="J. Doe")
    assert result["outcome"] == "returned"
    assert south.is_clean


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop_after", "command": f"^{BIND}$"},
        {"kind": "drop_before", "command": f"^{BIND}$"},
        {"kind": "drop_before", "command": "^event timer countdown"},
        {"kind": "drop_after", "command": "^no event manager"},
        {"kind": "drop_after", "command": "^write memory$"},
        {"kind": "drop_after", "command": "^vpn-sessiondb logoff"},
        {"kind": "write_fails"},
    ],
    ids=lambda fault: f"{fault['kind']} {fault.get('command', '')}",
)
def test_faults_of_the_device_and_run_again(south: Switch, fault: dict[str, Any]) -> None:
    token = south.run(check=True)["token"]
    south.site.add_fault(south.name, **fault, count=1)
    try:
        result = south.run(approval=token, approved_by="J. Doe")
    except VpnPhoneError as error:
        assert error.todo
        assert south.status == "running"
        result = south.run(approval=token, approved_by="J. Doe")
    assert result["outcome"] == "done"
    assert south.is_clean
    assert south.bound() == [NEW]
    assert south.locked_out() == 0


def test_there_back_and_cleaned_up(south: Switch) -> None:
    assert south.approved()["outcome"] == "done"
    planned = south.run(check=True, state="old")
    result = south.run(state="old", approval=planned["token"], approved_by="J. Doe")
    assert result["outcome"] == "rolled_back"
    assert south.bound() == south.bound("startup_config") == [OLD]
    assert south.approved()["outcome"] == "done"

    def later(journal: Journal) -> Journal:
        asa = msgspec.structs.replace(journal.asas[south.name], switched_at=datetime.now(UTC) - timedelta(days=8))
        journal = msgspec.structs.replace(journal, asas={south.name: asa})
        return with_target_stage(journal, "cleanup", "lab-cucm", TargetStage(status="done"))

    with pytest.raises(VpnPhoneError, match="cleanup_too_early"):
        south.run(check=True, cleanup=True)
    update(south.directory, later, by="test")
    result = south.approved(cleanup=True)
    assert (result["outcome"], result["done"]) == ("done", ["remove-trustpoint", "save"])
    state = south.site.state(south.name)
    assert OLD not in state["trustpoints"]
    assert f"crypto ca trustpoint {OLD}" not in state["startup_config"]
    assert all(outcome.connected for outcome in south.site.connect_phones(south.phones).values())
