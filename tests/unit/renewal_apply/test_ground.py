"""What the stage is given of a cluster: registrations, one word to each phone, patience with a busy server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils.vpnphone import gather_wave
from ansible.module_utils.vpnphone.errors import DeviceRefused, DeviceUnreachable, VpnPhoneError
from ansible.module_utils.vpnphone.gather_phones import Asked, Node
from ansible.module_utils.vpnphone.gather_wave import THROTTLE_PAUSE, THROTTLE_TRIES, ClusterGround
from ansible.module_utils.vpnphone.model import PhoneState, PhoneWeb, Registration
from ansible.module_utils.vpnphone.soap import read_envelope
from ansible.module_utils.vpnphone.transport.node_files import FileLimits
from ansible.module_utils.vpnphone.transport.soap_client import Told

from tests.unit.renewal_apply.kit import CLUSTER, NAMES, NOW, refusal

A, B, C = NAMES[:3]
RIS = """<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>
<ns1:selectCmDeviceResponse xmlns:ns1="http://schemas.cisco.com/ast/soap"><ns1:selectCmDeviceReturn>
<ns1:SelectCmDeviceResult><ns1:TotalDevicesFound>{total}</ns1:TotalDevicesFound><ns1:CmNodes>{nodes}</ns1:CmNodes>
</ns1:SelectCmDeviceResult></ns1:selectCmDeviceReturn></ns1:selectCmDeviceResponse></soapenv:Body></soapenv:Envelope>"""
NODE = """<ns1:item><ns1:ReturnCode>{code}</ns1:ReturnCode><ns1:Name>{name}</ns1:Name>
<ns1:CmDevices>{devices}</ns1:CmDevices></ns1:item>"""
DEVICE = """<ns1:item><ns1:Name>{name}</ns1:Name><ns1:Status>{status}</ns1:Status><ns1:TimeStamp>{at}</ns1:TimeStamp>
<ns1:IPAddress><ns1:item><ns1:IP>10.0.0.7</ns1:IP></ns1:item></ns1:IPAddress></ns1:item>"""


def ris(*entries: tuple[str, str, str, int], code: str = "Ok") -> str:
    """(node, phone, status, time stamp)."""
    nodes = dict.fromkeys(node for node, *_ in entries) or {"pub": None}
    parts = []
    for node in nodes:
        devices = "".join(DEVICE.format(name=n, status=s, at=at) for where, n, s, at in entries if where == node)
        parts.append(NODE.format(code=code, name=node, devices=devices))
    return RIS.format(total=len(entries), nodes="".join(parts))


class FakeSession:
    """answers: what RIS says; errors: what each word to a phone raises, in order of the words."""

    def __init__(self, answers: list[str], errors: list[VpnPhoneError | None]) -> None:
        self.answers, self.errors = answers, errors
        self.opened = 0
        self.asked: list[list[str]] = []
        self.told: list[str] = []
        self.ris = SimpleNamespace(pages=self._pages)
        self.axl = SimpleNamespace(negotiate=lambda: None, change=self._change)

    @contextmanager
    def open(self) -> Iterator[FakeSession]:
        self.opened += 1
        yield self

    def _pages(self, names: list[str]) -> Iterator[Told]:
        self.asked.append(list(names))
        for text in self.answers:
            yield Told(read_envelope(text.encode()), text.encode())

    def _change(self, operation: str, body: str) -> Any:
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        self.told.append(f"{operation} {body}")
        return SimpleNamespace(envelope=SimpleNamespace(name=f"{operation}Response"))


def ground(*answers: str, errors: list[VpnPhoneError | None] | None = None) -> tuple[ClusterGround, FakeSession]:
    session = FakeSession(list(answers), errors or [])
    opener: Callable[[], Any] = session.open
    made = ClusterGround(
        CLUSTER, opener, (Node("pub", "192.0.2.1"),), via="auto", parallel=4, limits=FileLimits(),
        addresses={B: "127.0.0.1:8080"},
    )  # fmt: skip
    return made, session


def throttled() -> VpnPhoneError:
    return DeviceUnreachable("the server asks for patience.", where=CLUSTER, code="throttled")


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(gather_wave.time, "sleep", found.append)
    return found


# --- registrations ----------------------------------------------------------------------------------------------------


def test_the_newest_entry_of_each() -> None:
    made, session = ground(ris(("pub", A, "UnRegistered", 100), ("sub", A, "Registered", 200), ("sub", B, "x", 5)))
    found = made.registrations((A, B, C))
    assert session.asked == [[A, B, C]]
    assert {name: (one.status, one.node) for name, one in found.items()} == {A: ("Registered", "sub"), B: ("x", "sub")}


def test_nobody_is_no_question() -> None:
    made, session = ground()
    assert made.registrations(()) == {}
    assert session.opened == 0


@pytest.mark.parametrize(
    "answer", [ris(("pub", A, "Registered", 1), code="InternalError"), ris().replace(">0<", ">7<")]
)
def test_a_node_that_tells_nothing_is_no_phone_that_is_gone(answer: str) -> None:
    made, _ = ground(answer)
    with pytest.raises(DeviceRefused) as raised:
        made.registrations((A,))
    assert raised.value.code == "registrations_unknown"


# --- files and pages --------------------------------------------------------------------------------------------------


def test_files_and_pages_are_asked_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, Any]] = []

    def asking(cucm: str, names: Any, nodes: Any, *, web: Any = None, **more: Any) -> Asked:
        given.append({"names": tuple(names), "nodes": [node.name for node in nodes], "web": web})
        page = PhoneWeb(address="x", read_at=NOW)
        return Asked(tuple(PhoneState(name=n, web=page if n in (web or {}) else None) for n in names), "", ())

    monkeypatch.setattr(gather_wave, "ask_phones", asking)
    made, _ = ground()
    assert list(made.files((A, B, C))) == [A, B, C]
    there = {name: Registration(name=name, status="Registered", ip="10.0.0.7") for name in (A, B)}
    # C has no address: nobody knows where its pages are.
    assert list(made.pages((A, B, C), there)) == [A, B]
    assert given == [
        {"names": (A, B, C), "nodes": ["pub"], "web": None},
        {"names": (A, B, C), "nodes": [], "web": {A: "10.0.0.7", B: "127.0.0.1:8080"}},
    ]


# --- words to phones --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["apply", "reset", "restart"])
def test_each_is_told_once_in_one_session(mode: Any, naps: list[float]) -> None:
    made, session = ground()
    assert list(made.act((A, B), mode)) == [(A, None), (B, None)]
    assert session.told == [f"{mode}Phone <name>{name}</name>" for name in (A, B)]
    assert (session.opened, naps) == (1, [])


def test_a_refusal_is_one_phones_own() -> None:
    made, session = ground(errors=[refusal(), None])
    found = list(made.act((A, B), "apply"))
    assert [error.code if error else "" for _, error in found] == ["soap_fault", ""]
    assert len(session.told) == 1


def test_a_busy_server_is_left_alone_for_a_while(naps: list[float]) -> None:
    made, session = ground(errors=[None, throttled(), throttled()])
    assert list(made.act((A, B, C), "apply")) == [(A, None), (B, None), (C, None)]
    assert (session.opened, naps) == (3, [THROTTLE_PAUSE] * 2)


def test_but_not_for_ever(naps: list[float]) -> None:
    made, _ = ground(errors=[throttled() for _ in range(20)])
    name, error = next(made.act((A, B), "apply"))
    assert (name, error.code if error else "", naps) == (A, "throttled", [THROTTLE_PAUSE] * THROTTLE_TRIES)
