"""vpnphone_phone_info and vpnphone_tls_probe: what they take from a run, from options, and what they keep."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.vpnphone.controls.site import Declared
from ansible.module_utils.vpnphone.errors import BadInput, DeviceUnreachable, VpnPhoneError
from ansible.module_utils.vpnphone.gather_phones import Asked, Node
from ansible.module_utils.vpnphone.model import (
    AsaState,
    CucmPhone,
    CucmState,
    Failure,
    GroupUrl,
    PhoneState,
    Registration,
    Source,
    TunnelGroup,
)
from ansible.module_utils.vpnphone.rundir import (
    Gathered,
    GatheredCluster,
    GatheredPhones,
    GatheredProbes,
    read_kept,
    write_gathered,
)

from tests.plugins import load_module
from tests.unit.transport.servers import answer, certificate, listening, request_of

ONE, TWO = "SEP0011223344AA", "SEP0011223344BB"
FILE = (
    b"<device><sshPassword>CANARY</sshPassword><vpnGroup><addresses><url1>https://vpn.example.com/P</url1></addresses>"
    b"<credentials><hashAlg>0</hashAlg><certHash1>5X6B6plUwUSXZnjQ4kGM33mpMXY=</certHash1></credentials></vpnGroup>"
    b"</device>"
)


PHONES, PROBE = load_module("vpnphone_phone_info"), load_module("vpnphone_tls_probe")


def run(module: ModuleType, **given: Any) -> dict[str, Any]:
    checked = ArgumentSpecValidator(module.ARGUMENT_SPEC, **module.SPEC_RULES).validate(given)
    assert not checked.error_messages, checked.error_messages
    # As Ansible gets it.
    result: dict[str, Any] = json.loads(json.dumps(module.execute(checked.validated_parameters)))
    return result


def cluster(**more: Any) -> CucmState:
    return CucmState(
        device="cucm",
        origin="live",
        phones=(CucmPhone(name=ONE), CucmPhone(name=TWO), CucmPhone(name="ATA001122334455"), CucmPhone(name=ONE)),
        tftp_nodes=("pub", "sub"),
        registrations=(
            Registration(name=ONE, status="Registered", ip="10.10.10.10"),
            Registration(name=TWO, status="UnRegistered", ip="10.10.10.11"),
        ),
        **more,
    )


class Asking:
    """Stands in for ask_phones and remembers what it was asked."""

    def __init__(self) -> None:
        self.args: dict[str, Any] = {}

    def __call__(self, cucm: str, phones: tuple[str, ...], nodes: tuple[Node, ...], **more: Any) -> Asked:
        self.args = {"cucm": cucm, "phones": phones, "nodes": nodes, **more}
        return Asked(tuple(PhoneState(name=phone, cucm=cucm) for phone in phones), "somehow", ())


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> Asking:
    found = Asking()
    monkeypatch.setattr(PHONES, "ask_phones", found)
    return found


def kept(run_dir: Path) -> GatheredPhones:
    return read_kept(run_dir, "cucm", GatheredPhones)


# --- phones ---------------------------------------------------------------------------------------------------------


def test_everything_comes_from_the_run(tmp_path: Path, asking: Asking) -> None:
    write_gathered(tmp_path, GatheredCluster(device="cucm", state=cluster()))
    result = run(PHONES, name="cucm", run_dir=str(tmp_path), phone_web=True, return_phones=False)
    assert asking.args["phones"] == (ONE, TWO)
    assert asking.args["nodes"] == (Node("pub", "pub"), Node("sub", "sub"))
    # Only a phone that is registered now is where its registration says.
    assert asking.args["web"] == {ONE: "10.10.10.10"}
    assert result["device"] == {"name": "cucm", "phones": 2, "skipped": 1, "pages": 0, "files": "somehow"}
    assert "phones" not in result
    assert [phone.name for phone in kept(tmp_path).phones or ()] == [ONE, TWO]


def test_options_go_before_the_run(tmp_path: Path, asking: Asking) -> None:
    write_gathered(tmp_path, GatheredCluster(device="cucm", state=cluster()))
    run(
        PHONES,
        name="cucm",
        run_dir=str(tmp_path),
        phones=[TWO, TWO],
        tftp_nodes=[{"name": "a", "host": "192.0.2.1", "http_port": 1, "tftp_port": 2}, {"name": "b"}],
        via="tftp",
        parallel=3,
        file_timeout=7,
        phone_web=True,
        phone_web_addresses={TWO: "127.0.0.1:8080", ONE: "127.0.0.1:1"},
    )
    assert asking.args["phones"] == (TWO,)
    assert asking.args["nodes"] == (Node("a", "192.0.2.1", 1, 2), Node("b", "b"))
    assert asking.args["web"] == {TWO: "127.0.0.1:8080"}
    assert (asking.args["via"], asking.args["parallel"], asking.args["limits"].idle) == ("tftp", 3, 7)


def test_pages_are_asked_for_by_wish_alone(tmp_path: Path, asking: Asking) -> None:
    write_gathered(tmp_path, GatheredCluster(device="cucm", state=cluster()))
    run(PHONES, name="cucm", run_dir=str(tmp_path), phone_web_addresses={ONE: "127.0.0.1:1"})
    assert asking.args["web"] is None


@pytest.mark.parametrize("ip", ["", "10.0.0.1/x", "evil.example.com", "10.0.0.1:80", "fe80::1%eth0", "::1"])
def test_an_address_from_the_network_is_an_address(tmp_path: Path, asking: Asking, ip: str) -> None:
    registration = Registration(name=ONE, status="REGISTERED", ip=ip)
    state = CucmState(
        device="cucm", origin="live", phones=(CucmPhone(name=ONE),), tftp_nodes=("pub",), registrations=(registration,)
    )
    write_gathered(tmp_path, GatheredCluster(device="cucm", state=state))
    run(PHONES, name="cucm", run_dir=str(tmp_path), phone_web=True)
    assert asking.args["web"] == ({ONE: "[::1]"} if ip == "::1" else {})


def test_a_cluster_without_phones(tmp_path: Path, asking: Asking) -> None:
    state = CucmState(device="cucm", origin="live", phones=())
    write_gathered(tmp_path, GatheredCluster(device="cucm", state=state))
    run(PHONES, name="cucm", run_dir=str(tmp_path))
    assert kept(tmp_path).phones == ()


@pytest.mark.parametrize(
    ("state", "given", "code"),
    [
        (None, {}, "not_gathered"),
        (Failure(code="tls_expired", what="w", todo="t", unreachable=True), {}, "tls_expired"),
        (CucmState(device="cucm", origin="live"), {}, "phones_unknown"),
        (CucmState(device="cucm", origin="live", phones=(CucmPhone(name=ONE),)), {}, "tftp_nodes_unknown"),
        (cluster(), {"phones": ["SEP0011223344aa"]}, "bad_input"),
        (cluster(), {"tftp_nodes": [{"name": "a"}, {"name": "a"}]}, "bad_input"),
        (cluster(), {"tftp_nodes": [{"name": "a", "host": "no host"}]}, "bad_input"),
        (cluster(), {"tftp_nodes": [{"name": "a", "host": "192.0.2.1", "tftp_port": 0}]}, "bad_input"),
        (cluster(), {"phone_web": True, "phone_web_addresses": {ONE: "http://a"}}, "bad_input"),
    ],
)
def test_why_nobody_could_be_asked_is_kept(
    tmp_path: Path, state: CucmState | Failure | None, given: dict[str, Any], code: str
) -> None:
    if state is not None:
        found = {"failure": state} if isinstance(state, Failure) else {"state": state}
        write_gathered(tmp_path, GatheredCluster(device="cucm", **found))
    with pytest.raises(VpnPhoneError) as caught:
        run(PHONES, name="cucm", run_dir=str(tmp_path), **given)
    assert caught.value.code == code
    assert caught.value.todo
    failure = kept(tmp_path).failure
    assert failure is not None
    assert (failure.code, failure.what) == (code, caught.value.what)


def test_why_the_phones_are_not_known_is_told(tmp_path: Path) -> None:
    sources = {"phones": Source(command="listPhone", status="refused", detail="http_forbidden")}
    write_gathered(
        tmp_path, GatheredCluster(device="cucm", state=CucmState(device="cucm", origin="live", sources=sources))
    )
    with pytest.raises(DeviceUnreachable, match=r"is not known \(http_forbidden\)"):
        run(PHONES, name="cucm", run_dir=str(tmp_path))


@pytest.mark.parametrize("given", [{"parallel": 0}, {"parallel": 65}, {"file_timeout": 0}, {"file_timeout": 61}])
def test_numbers_that_make_no_sense(asking: Asking, given: dict[str, int]) -> None:
    with pytest.raises(BadInput, match="expected 1 to"):
        run(PHONES, name="cucm", phones=[ONE], tftp_nodes=[{"name": "a"}], **given)


def test_an_older_result_of_that_run_is_forgotten(tmp_path: Path) -> None:
    write_gathered(tmp_path, GatheredPhones(device="cucm", phones=()))
    with pytest.raises(VpnPhoneError):
        run(PHONES, name="cucm", run_dir=str(tmp_path))
    assert kept(tmp_path).phones is None


def test_saved_files(tmp_path: Path) -> None:
    saved = tmp_path / "saved" / "tftp" / "pub"
    saved.mkdir(parents=True)
    (saved / f"{ONE}.cnf.xml").write_bytes(FILE)
    run_dir = tmp_path / "run"
    write_gathered(run_dir, GatheredCluster(device="cucm", state=cluster()))
    result = run(PHONES, name="cucm", run_dir=str(run_dir), saved_output=str(tmp_path / "saved"))
    assert result["device"]["files"] == "saved"
    assert [[found.status for found in phone.files] for phone in kept(run_dir).phones or ()] == [["ok"], ["unreadable"]]


def test_a_real_node_without_a_run() -> None:
    """The whole way, HTTP alone: what comes back is the vpnGroup and no other word of the file."""

    def talk(connection: Any) -> None:
        while request := request_of(connection):
            signed = b".sgn " in request.split(b"\r\n")[0]
            connection.sendall(answer(b"", "404 Not Found") if signed else answer(FILE))

    with listening(talk) as port:
        result = run(
            PHONES,
            name="cucm",
            phones=[ONE, TWO],
            tftp_nodes=[{"name": "pub", "host": "127.0.0.1", "http_port": port}],
            via="http",
            file_timeout=60,
        )
    assert result["nodes"] == [{"name": "pub", "via": "http", "counts": {"ok": 2}, "given_up": ""}]
    assert [phone["files"][0]["vpn"]["cert_hashes"] for phone in result["phones"]] == [
        ["5X6B6plUwUSXZnjQ4kGM33mpMXY="]
    ] * 2
    assert "CANARY" not in json.dumps(result)


# --- probes ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def models(tmp_path: Path) -> Path:
    row = {"model": "7962G", "firmware": "x", "tls_versions": ["TLSv1.2"], "dtls_suites": [], "source": "made up"}
    rows = [
        {**row, "tls_suites": ["ECDHE-ECDSA-AES128-GCM-SHA256"]},
        {**row, "model": "8841", "tls_suites": []},
    ]
    path = tmp_path / "models.yml"
    path.write_text(yaml.safe_dump({"phone_models": rows}), encoding="utf-8")
    return path


def asa(*groups: TunnelGroup) -> AsaState:
    return AsaState(device="asa", origin="live", tunnel_groups=groups)


def group(name: str, *urls: str, off: tuple[str, ...] = (), **more: Any) -> TunnelGroup:
    shown = (*(GroupUrl(url=url, enabled=True) for url in urls), *(GroupUrl(url=url, enabled=False) for url in off))
    return TunnelGroup(name=name, kind="remote-access", group_urls=shown, **more)


@pytest.fixture
def probing(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Stands in for probe_urls; the URLs of each call."""
    asked: list[tuple[str, ...]] = []
    real: Callable[..., Any] = PROBE.probe_urls

    def probe(name: str, urls: list[str], *rest: Any, **more: Any) -> Any:
        asked.append(tuple(urls))
        return real(name, [], *rest, **more)

    monkeypatch.setattr(PROBE, "probe_urls", probe)
    return asked


@pytest.mark.parametrize(
    ("declared", "groups", "urls"),
    [
        # The phones' own tunnel-group, its enabled URLs alone.
        (
            ("VPNPhone",),
            (group("VPNPhone", "https://a/p", off=("https://a/off",)), group("Staff", "https://a/s")),
            ("https://a/given", "https://a/p"),
        ),
        # None is known as theirs: every one that takes clients.
        (
            (),
            (group("One", "https://a/1"), group("Two", "https://a/2")),
            ("https://a/given", "https://a/1", "https://a/2"),
        ),
        (("VPNPhone",), (), ("https://a/given",)),
    ],
)
def test_which_urls_are_probed(
    tmp_path: Path,
    models: Path,
    probing: list[tuple[str, ...]],
    declared: tuple[str, ...],
    groups: tuple[TunnelGroup, ...],
    urls: tuple[str, ...],
) -> None:
    write_gathered(tmp_path, Gathered(device="asa", state=asa(*groups), declared=Declared(tunnel_groups=declared)))
    run(PROBE, name="asa", run_dir=str(tmp_path), urls=["https://a/given"], phone_models_file=str(models))
    assert probing == [urls]


def test_an_asa_that_was_not_read_is_probed_by_what_is_declared(
    tmp_path: Path, models: Path, probing: list[tuple[str, ...]]
) -> None:
    run(PROBE, name="asa", run_dir=str(tmp_path), urls=["https://a/given"], phone_models_file=str(models))
    assert probing == [("https://a/given",)]
    assert read_kept(tmp_path, "asa", GatheredProbes).probes == ()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"phone_models_file": "/no/such/file"}, "phone_models"),
        ({"connect_timeout": 0}, "bad_input"),
        ({"connect_to": {"a:443": "nowhere"}}, "bad_input"),
    ],
)
def test_why_nothing_was_probed_is_kept(tmp_path: Path, models: Path, given: dict[str, Any], code: str) -> None:
    with pytest.raises(BadInput) as caught:
        run(
            PROBE,
            **{
                "name": "asa",
                "run_dir": str(tmp_path),
                "urls": ["https://a/x"],
                "phone_models_file": str(models),
                **given,
            },
        )
    assert caught.value.code == code
    failure = read_kept(tmp_path, "asa", GatheredProbes).failure
    assert failure is not None
    assert failure.code == code


def test_a_real_handshake(tmp_path: Path, models: Path) -> None:
    served = certificate(tmp_path, "vpn")

    def talk(connection: ssl.SSLSocket) -> None:
        connection.recv(1)

    with listening(talk, served) as port:
        result = run(
            PROBE,
            name="asa",
            urls=["https://vpn.example.com/P", "http://vpn.example.com/P"],
            connect_to={"vpn.example.com:443": f"127.0.0.1:{port}"},
            phone_models_file=str(models),
            connect_timeout=60,
        )
    assert result["device"] == {
        "name": "asa",
        "urls": 1,
        "models": ["7962G"],
        "untold": ["8841"],
        "different_leafs": [],
    }
    (shown,) = result["presented"]
    assert (shown["offers"], shown["sha256"]) == (["7962G", "browser"], served.sha256)
    assert len(shown["pin"]) == 28
    assert [entry["url"] for entry in result["skipped"]] == ["http://vpn.example.com/P"]
    assert [shake["status"] for shake in result["probes"][0]["handshakes"]] == ["ok", "ok"]
