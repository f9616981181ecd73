"""One ASA that is to be switched: the lab's own device spoken to without SSH, its phones, and a journal.

Handshakes are told from what the device has bound; time passes only where something waits.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from ansible.module_utils.vpnphone.errors import DeviceUnreachable, VpnPhoneError
from ansible.module_utils.vpnphone.model import Handshake, Probe
from ansible.module_utils.vpnphone.model.renewal import (
    AsaRenewal,
    ClusterRenewal,
    GatewayNote,
    Journal,
    PhoneRenewal,
    TargetStage,
)
from ansible.module_utils.vpnphone.renewal.flow import run_rollback, run_stage
from ansible.module_utils.vpnphone.renewal.journal import create_journal, open_journal, update
from ansible.module_utils.vpnphone.renewal.pages import GATE_SWITCH, write_page
from ansible.module_utils.vpnphone.renewal.stages import target_stage
from ansible.module_utils.vpnphone.renewal.store import note_of
from ansible.module_utils.vpnphone.renewal.switch_gate import AsaGate, PhoneGate, SwitchGate
from ansible.module_utils.vpnphone.renewal.switch_plan import Settings
from ansible.module_utils.vpnphone.switch.link import Clock, Link
from ansible.module_utils.vpnphone.switch.work import BindingWork
from ansible.module_utils.vpnphone.x509 import read_pem

from lab import certs, scenario
from lab.context import Context
from lab.device import Device
from lab.headend.session import LiveSession
from lab.scenario import CertificateSpec, SessionSpec
from tests.unit.apply.kit import Asa, FakeSession

NAME, URL = "fw", "https://vpn.example.com/VPNPhone"
PHONES = tuple(f"SEP8CB64F00000{number}" for number in range(1, 4))
USERS = tuple(f"CP-7962G-{phone}" for phone in PHONES)
CERTS: dict[str, dict[str, Any]] = {
    "root": {"subject": "CN=Root,O=Lab", "ca": True, "key": "ec256"},
    "issuing": {"subject": "CN=Issuing,O=Lab", "ca": True, "issuer": "root", "key": "ec256"},
    "old": {"subject": "CN=vpn.example.com,O=Lab", "issuer": "issuing"},
    "new": {"subject": "CN=vpn-2027.example.com,O=Lab", "san": ["DNS:vpn.example.com"], "issuer": "issuing"},
    "other": {"subject": "CN=other.example.com,O=Lab", "issuer": "issuing"},
    "elliptic": {"subject": "CN=ec.example.com,O=Lab", "issuer": "issuing", "key": "ec256"},
    "capf": {"subject": "CN=CAPF,O=Lab", "ca": True, "key": "ec256"},
}
MADE = certs.make_all({name: msgspec.convert(keys, CertificateSpec) for name, keys in CERTS.items()})
NOTES = {name: note_of(read_pem(cert.pem)) for name, cert in MADE.items()}
TRUSTPOINTS: dict[str, dict[str, str]] = {
    "OLD": {"identity": "old", "ca": "issuing"},
    "NEW": {"identity": "new", "ca": "issuing"},
    "OTHER": {"identity": "other"},
    "EC": {"identity": "elliptic"},
    "ROOT": {"ca": "root"},
    "CAPF": {"ca": "capf"},
}
CONFIG = """\
domain-name example.com
interface GigabitEthernet0/0
 nameif outside
 ip address 198.51.100.1 255.255.255.0
logging enable
logging buffer-size 1048576
logging buffered debugging
crypto ca trustpoint OLD
 enrollment terminal
crypto ca trustpoint NEW
 enrollment terminal
crypto ca trustpoint OTHER
crypto ca trustpoint EC
crypto ca trustpoint ROOT
crypto ca trustpoint CAPF
ssl trust-point OLD outside
webvpn
 enable outside
group-policy GP internal
tunnel-group VPNPhone type remote-access
tunnel-group VPNPhone general-attributes
 default-group-policy GP
tunnel-group VPNPhone webvpn-attributes
 authentication certificate
 group-url https://vpn.example.com/VPNPhone enable
tunnel-group Staff type remote-access
"""
SESSIONS: list[dict[str, Any]] = [
    {"user": user, "assigned_ip": f"10.10.10.{number}", "public_ip": f"203.0.113.{number}", "group_policy": "GP"}
    for number, user in enumerate(USERS, 1)
] + [{"user": "jdoe", "kind": "pc", "assigned_ip": "10.10.20.1", "tunnel_group": "Staff", "group_policy": "GP"}]
LOST = DeviceUnreachable("the device closed the session.", where=NAME, todo="Run again.", code="session_closed")


class Killed(BaseException):
    """The controller dies here: nothing of the product may catch it."""


class SwitchSession(FakeSession):
    """DialogueSession as far as the switch needs it. Every command that changes something goes by asa.changing()."""

    def configure(self, mode: tuple[str, ...], command: str) -> str:
        return self._changing(command, lambda: self._answer("configure terminal", *mode, command))

    def run(self, command: str) -> str:
        if command.startswith("vpn-sessiondb logoff "):
            return self._changing(command, lambda: self._answer(command))
        assert isinstance(self.asa, SwitchAsa)
        answer = self.asa.answers.get(command)
        if isinstance(answer, Exception):
            self.dead = True
            raise answer
        return answer if answer is not None else super().run(command)

    def save(self) -> str:
        return self._changing("write memory", lambda: self._answer("write memory"))

    def remove_trustpoint(self, command: str) -> None:
        self._changing(command, lambda: self.talk("configure terminal", command, "yes"))

    def _changing(self, command: str, take: Callable[[], str]) -> str:
        assert isinstance(self.asa, SwitchAsa)
        return self.asa.changing(self, command, take)


class SwitchAsa(Asa):
    """One device with its phones.

    sent      commands that change something, in order
    before    command -> what happens before it is taken: an answer in its place, an error, or None
    after     the same, once it was taken
    answers   show command -> answer or error in place of the device's own
    back      whether a phone that is logged off comes back
    """

    def __init__(self, **keys: Any) -> None:
        data = {
            "name": NAME, "version": "9.16(4)", "config": CONFIG, "trustpoints": TRUSTPOINTS, "sessions": SESSIONS,
            "users": [{"name": "admin", "password": "rehearse"}], "enable_secret": "rehearse", **keys,
        }  # fmt: skip
        site = scenario.from_data({"name": "t", "certificates": CERTS, "devices": [data]})
        self.device = Device(site.devices[0], NAME, MADE)
        self.device.on_end = self._ended
        self.sent: list[str] = []
        self.before: dict[str, Callable[[SwitchSession], str | None]] = {}
        self.after: dict[str, Callable[[SwitchSession], str | None]] = {}
        self.answers: dict[str, str | Exception] = {}
        self.on_dial: list[Exception | None] = []
        self.dialled = self.open = 0
        self.back = True
        # Each time that something waits.
        self.on_wait: Callable[[], None] = lambda: None
        self.waited = 0.0

    def dial(self) -> SwitchSession:
        self.dialled += 1
        trouble = self.on_dial.pop(0) if self.on_dial else None
        if trouble is not None:
            raise trouble
        return SwitchSession(self)

    def changing(self, session: SwitchSession, command: str, take: Callable[[], str]) -> str:
        if session.dead:
            raise LOST
        self.sent.append(command)
        before = self.before.get(command)
        instead = before(session) if before else None
        if instead is not None:
            return instead
        answer = take()
        then = self.after.get(command)
        instead = then(session) if then else None
        return answer if instead is None else instead

    def _ended(self, context: Context, gone: tuple[SessionSpec, ...]) -> None:
        if self.back:
            self.connect(*(one.user for one in gone))

    def connect(self, *users: str) -> None:
        """Phones log in anew."""
        context = self.device.system
        known = {one["user"]: one for one in SESSIONS}
        for user in users:
            session = LiveSession(**known[user], began=datetime.now(UTC), suite="AES256-SHA", index=context.new_index())
            context.sessions = (*context.sessions, session)

    def disconnect(self, *users: str) -> None:
        context = self.device.system
        context.sessions = tuple(one for one in context.sessions if one.user not in users)

    def log(self, *lines: str) -> None:
        self.device.system.log.lines.extend(lines)

    @property
    def bound(self) -> list[str]:
        return [line.split()[2] for line in self.running if line.startswith("ssl trust-point ")]

    @property
    def saved(self) -> list[str]:
        return [line.split()[2] for line in self.startup if line.startswith("ssl trust-point ")]

    @property
    def armed(self) -> bool:
        return any("VPNPHONE-RETURN" in line for line in self.running)

    @property
    def is_clean(self) -> bool:
        """No applet anywhere, nothing unsaved."""
        return not self.armed and self.running == self.startup

    def strike(self) -> None:
        """What the dead man does when its time has come."""
        assert self.armed
        commands = [line.split('"')[1] for line in self.running if line.strip().startswith("action ")]
        self.typed("configure terminal", *commands)


class Renewal:
    """A renewal of this one ASA, at the point where only the switch is left."""

    def __init__(self, asa: SwitchAsa, directory: Path, **changes: Any) -> None:
        self.asa, self.directory = asa, directory
        values: dict[str, Any] = {
            "name": NAME, "interface": "outside", "old_trustpoint": "OLD", "new_trustpoint": "NEW",
            "old": NOTES["old"], "new": NOTES["new"],
            "stages": {"certificate": TargetStage(status="done"), "export": TargetStage(status="done")},
        }  # fmt: skip
        journal = Journal(
            renewal="r",
            created=datetime.now(UTC),
            asas={NAME: AsaRenewal(**(values | changes))},
            clusters={
                "cucm": ClusterRenewal(
                    name="cucm",
                    gateways={"GW": GatewayNote(name="GW", url=URL, asas=(NAME,))},
                    stages={stage: TargetStage(status="done") for stage in ("trust", "gateway", "apply")},
                )
            },
            phones={phone: PhoneRenewal(name=phone, cluster="cucm", asas=(NAME,), proof="proven") for phone in PHONES},
            preflight=TargetStage(status="done"),
        )
        create_journal(directory, journal)
        self.open_gate()
        # URL and offer -> name of the certificate that is shown in place of what is bound; "" for none at all.
        self.shown: dict[str, str] = {}
        self.settings = Settings(canary_timeout=900, soak=600, poll=60)

    @property
    def journal(self) -> Journal:
        return open_journal(self.directory)

    @property
    def mine(self) -> AsaRenewal:
        return self.journal.asas[NAME]

    @property
    def status(self) -> str:
        return target_stage(self.journal, "switch", NAME).status

    @property
    def story(self) -> str:
        return "\n".join(event.what for event in self.journal.events)

    def change(self, **changes: Any) -> None:
        """The journal says something else of the ASA."""

        def write(journal: Journal) -> Journal:
            mine = msgspec.structs.replace(journal.asas[NAME], **changes)
            return msgspec.structs.replace(journal, asas={NAME: mine})

        update(self.directory, write, by="test")

    def change_phone(self, name: str, **changes: Any) -> None:
        def write(journal: Journal) -> Journal:
            phone = msgspec.structs.replace(journal.phones[name], **changes)
            return msgspec.structs.replace(journal, phones=journal.phones | {name: phone})

        update(self.directory, write, by="test")
        self.open_gate()

    def open_gate(self, closed: str = "", age: timedelta = timedelta(0)) -> None:
        phones = tuple(
            PhoneGate(
                phone=one.name, cluster="cucm", asa=NAME, word="connects", now="CONNECTS", after="CONNECTS",
                proof=one.proof, waived_by=one.waived_by,
            )
            for one in self.journal.phones.values()
        )  # fmt: skip
        gate = AsaGate(asa=NAME, interface="outside", trustpoint="NEW", sha256=NOTES["new"].sha256, closed=closed)
        page = SwitchGate(renewal="r", at=datetime.now(UTC) - age, run="x", asas={NAME: gate}, phones=phones)
        write_page(self.directory, GATE_SWITCH, page)

    # --- runs -------------------------------------------------------------------------------------------------------

    def probe(self, urls: Iterable[str]) -> tuple[Probe, ...]:
        """What phones are shown: the certificate that is bound, unless a test says otherwise."""
        by_trustpoint = {name: held["identity"] for name, held in TRUSTPOINTS.items() if "identity" in held}
        name = self.shown.get("", by_trustpoint[self.asa.bound[0]])
        issuing = read_pem(MADE["issuing"].pem)
        shakes = tuple(
            Handshake(
                offer=offer, suites=(), versions=(), status="ok" if found else "alert",
                chain=(read_pem(MADE[found].pem), issuing) if found else (),
            )
            for offer, found in ((offer, self.shown.get(offer, name)) for offer in ("7962G", "8841"))
        )  # fmt: skip
        moment = datetime.now(UTC)
        return tuple(
            Probe(device=NAME, url=url, address="198.51.100.1:443", probed_at=moment, handshakes=shakes) for url in urls
        )

    def _clock(self) -> Clock:
        def pause(seconds: float) -> None:
            self.asa.waited += seconds
            self.asa.on_wait()

        return Clock(pause=pause, tick=lambda: self.asa.waited)

    def work(self, check: bool = False, patience: float = 30, grace_days: int = 7) -> tuple[BindingWork, Link]:
        clock = self._clock()
        link = Link(NAME, self.asa.dial, patience, clock)
        work = BindingWork(
            link, NAME, self.directory, self.settings, self.probe, by="J. Doe", check=check, clock=clock,
            grace_days=grace_days,
        )  # fmt: skip
        return work, link

    def run(self, *, check: bool = False, approval: str = "", stage: str = "switch", **options: Any) -> dict[str, Any]:
        work, link = self.work(check, **options)
        how: dict[str, Any] = {"approval": approval, "approved_by": "J. Doe", "check_mode": check}
        try:
            if stage == "switch":
                result = run_stage(self.directory, work.switch, ("switch", NAME), **how)
            elif stage == "cleanup":
                result = run_stage(self.directory, work.cleanup, ("cleanup", NAME), **how)
            else:
                result = run_rollback(self.directory, work.give_back, ("switch", NAME), **how)
            return result | work.shown(self.journal, result)
        finally:
            with contextlib.suppress(Exception):
                link.close()

    def approved(self, stage: str = "switch", **options: Any) -> dict[str, Any]:
        """Planned, then done as approved."""
        token = self.run(check=True, stage=stage, **options)["token"]
        return self.run(approval=token, stage=stage, **options)

    def refused(self, stage: str = "switch", *, plan: bool = False, **options: Any) -> VpnPhoneError:
        """The error with which it ends; plan: already the plan."""
        try:
            self.run(check=True, stage=stage, **options) if plan else self.approved(stage, **options)
        except VpnPhoneError as error:
            return error
        raise AssertionError("it was not refused")

    def refused_again(self) -> VpnPhoneError:
        """The error of a run that goes on without a new approval."""
        try:
            self.run()
        except VpnPhoneError as error:
            return error
        raise AssertionError("it was not refused")
