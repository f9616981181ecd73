"""vpnphone_phone_logs and vpnphone_log_diagnosis: what they take from a run and from options, keep, and say."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.vpnphone import log_site, phone_registrations
from ansible.module_utils.vpnphone.controls.site import Site
from ansible.module_utils.vpnphone.errors import BadInput, DeviceUnreachable, VpnPhoneError
from ansible.module_utils.vpnphone.gather_logs import STATUS_FILE, Fetched
from ansible.module_utils.vpnphone.judge_run import judge_run
from ansible.module_utils.vpnphone.log_files import keep_logs
from ansible.module_utils.vpnphone.log_site import FRESH, names_of_latest, names_of_run
from ansible.module_utils.vpnphone.model import (
    X509,
    AsaState,
    CucmPhone,
    CucmState,
    HeldCertificate,
    Registration,
    Run,
)
from ansible.module_utils.vpnphone.report.json_report import render_json
from ansible.module_utils.vpnphone.rundir import (
    Gathered,
    GatheredCluster,
    GatheredLogs,
    LogFact,
    LogFile,
    own_directory,
    read_kept,
    write_gathered,
)

from tests.plugins import load_module

ONE, TWO = "SEP8CB64F576113", "SEP8CB64F578B2C"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
# Document 116162, "DAP": self-made of its lines.
DAP = (
    f"%ASA-5-734002: DAP: User CP-7962G-{ONE}, Addr 172.16.250.9: Connection terminated by the following DAP records: "
    "DfltAccessPolicy\n"
)


PHONES, DIAGNOSIS = load_module("vpnphone_phone_logs"), load_module("vpnphone_log_diagnosis")


def run(module: ModuleType, check_mode: bool = False, **given: Any) -> dict[str, Any]:
    checked = ArgumentSpecValidator(module.ARGUMENT_SPEC).validate(given)
    assert not checked.error_messages, checked.error_messages
    result: dict[str, Any] = json.loads(json.dumps(module.execute(checked.validated_parameters, check_mode)))
    return result


# --- vpnphone_phone_logs --------------------------------------------------------------------------------------------


class Cluster:
    """Stands in for the cluster and for the phones: where each is registered, and what each gives."""

    def __init__(self) -> None:
        self.error: VpnPhoneError | None = None
        self.asked: list[str] = []
        self.addresses: dict[str, str] = {}
        self.parallel = 0

    def ground(self, *_words: Any, **_more: Any) -> Cluster:
        return self

    def registrations(self, names: list[str]) -> dict[str, Registration]:
        self.asked = names
        if self.error:
            raise self.error
        return {ONE: Registration(name=ONE, status="Registered", ip="192.0.2.5")}

    def fetch(self, names: tuple[str, ...], addresses: dict[str, str], *, parallel: int) -> dict[str, Fetched]:
        self.addresses, self.parallel = addresses, parallel
        gone = Fetched(facts=(LogFact(device="x", what="w", todo="t"),))
        files = Fetched((("log1", "a\n"), (STATUS_FILE, "b\n")))
        return {name: files if name in addresses else gone for name in names}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    found = Cluster()
    monkeypatch.setattr(phone_registrations, "ClusterGround", found.ground)
    monkeypatch.setattr(PHONES, "fetch_phones", found.fetch)
    return found


def phone_logs(tmp_path: Path, **given: Any) -> dict[str, Any]:
    login = {"host": "192.0.2.1", "username": "u", "password": "p"}
    return run(PHONES, **({"name": "cucm", "run_dir": str(tmp_path / "run")} | login | given))


def test_phones_are_asked_where_they_are_registered(tmp_path: Path, cluster: Cluster) -> None:
    result = phone_logs(tmp_path, phones=f" {ONE.lower()},{TWO},{ONE}")
    assert cluster.asked == [ONE, TWO]
    assert cluster.addresses == {ONE: "192.0.2.5"}
    assert cluster.parallel == 16
    assert result["logs"] == {ONE: [f"logs/phones/{ONE}/log1", f"logs/phones/{ONE}/{STATUS_FILE}"]}
    kept = read_kept(tmp_path / "run", "cucm", GatheredLogs)
    assert [(file.device, file.side) for file in kept.files or ()] == [(ONE, "phone"), (ONE, "status")]
    assert len(kept.facts) == 1


def test_a_cluster_is_not_asked_for_what_is_given(tmp_path: Path, cluster: Cluster) -> None:
    phone_logs(tmp_path, phones=[ONE], phone_web_addresses={ONE: "192.0.2.9:8080"}, username="", password="")
    assert cluster.asked == []
    assert cluster.addresses == {ONE: "192.0.2.9:8080"}


def test_a_cluster_that_cannot_be_asked(tmp_path: Path, cluster: Cluster) -> None:
    """With an address of one phone at least it costs only the others."""
    cluster.error = DeviceUnreachable("gone.", todo="t", code="connection_refused")
    result = phone_logs(tmp_path, phones=[ONE, TWO], phone_web_addresses={TWO: "192.0.2.9"})
    assert list(result["logs"]) == [TWO]
    assert result["facts"][0]["what"] == f"was not asked where {ONE} are registered: gone."
    with pytest.raises(DeviceUnreachable):
        phone_logs(tmp_path, phones=[ONE])
    failure = read_kept(tmp_path / "run", "cucm", GatheredLogs).failure
    assert failure is not None
    assert (failure.code, failure.unreachable) == ("connection_refused", True)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"phones": ["SEP8CB64F57611"]}, "is no name of a phone"),
        ({"phones": [" "]}, "0 phones are named"),
        ({"phones": [f"SEP{number:012X}" for number in range(201)]}, "201 phones are named"),
        ({"phones": [ONE], "parallel": 0}, "expected 1 to 64"),
        ({"phones": [ONE], "password": ""}, "no password for AXL"),
        ({"phones": [ONE], "command_timeout": 0}, "no time to wait"),
    ],
)
def test_bad_input(tmp_path: Path, cluster: Cluster, given: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        phone_logs(tmp_path, **given)
    assert read_kept(tmp_path / "run", "cucm", GatheredLogs).failure


def test_older_files_of_a_phone_go(tmp_path: Path, cluster: Cluster) -> None:
    old = keep_logs(own_directory(tmp_path / "run"), f"phones/{ONE}", {"log0": "old\n"})[0]
    phone_logs(tmp_path, phones=[ONE])
    assert not old.exists()


# --- vpnphone_log_diagnosis -----------------------------------------------------------------------------------------


def diagnosis(tmp_path: Path, check_mode: bool = False, **given: Any) -> dict[str, Any]:
    return run(DIAGNOSIS, check_mode, **({"run_dir": str(tmp_path / "runs" / "one")} | given))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "captures" / "asa-1.log"
    path.parent.mkdir()
    path.write_text(DAP)
    return path


def test_files_of_a_person(tmp_path: Path, log: Path) -> None:
    result = diagnosis(tmp_path, logs=[str(log.parent)], phones=[ONE, TWO])
    assert result["verdict"] == "cause"
    assert [(cause["id"], cause["phone"]) for cause in result["causes"]] == [("dap_terminate", ONE)]
    assert set(result["reports"]) == {"json", "html", "markdown"}
    assert all(Path(path).is_file() for path in result["reports"].values())
    assert "captures/asa-1.log:1" in result["text"]
    assert str(tmp_path) not in result["text"].replace(result["reports"]["html"], "")
    assert result["phones"][0].startswith(f"{ONE} fails: ")
    assert result["phones"][1] == f"{TWO} not seen to connect: no attempt of it is in these logs"
    assert (tmp_path / "runs" / "latest-diagnosis").resolve() == (tmp_path / "runs" / "one").resolve()


def test_a_cause_that_names_nobody_is_told_of_the_phone_it_may_be(tmp_path: Path) -> None:
    at = "Nov 24 2026 10:00:0"
    (tmp_path / "asa-1.log").write_text(
        f"{at}1: %ASA-6-716038: Group <DfltGrpPolicy> User <CP-7962G-{ONE}> IP <203.0.113.21> Authentication:"
        " successful, Session Type: WebVPN.\n"
        f"{at}1: %ASA-7-734003: DAP: User CP-7962G-{ONE}, Addr 203.0.113.21: Session Attribute aaa.cisco.tunnelgroup ="
        " Phones\n"
        f"{at}2: %ASA-4-113040: Terminating the VPN connection attempt from Phones. Reason: This connection is group"
        " locked to Other.\n"
    )
    [line] = diagnosis(tmp_path, logs=[str(tmp_path / "asa-1.log")], phones=[ONE])["phones"]
    assert "perhaps, as no line proves it of this phone: group-lock keeps" in line


def test_a_check_writes_nothing(tmp_path: Path, log: Path) -> None:
    result = diagnosis(tmp_path, check_mode=True, logs=[str(log)])
    assert (result["verdict"], result["reports"]) == ("cause", {})
    assert [path.name for path in tmp_path.iterdir()] == ["captures"]


def test_what_a_person_reads_is_in_the_language_that_was_asked_for(tmp_path: Path, log: Path) -> None:
    given = {"logs": [str(log)], "phones": [ONE, TWO]}
    english, korean = (run(DIAGNOSIS, run_dir=str(tmp_path / one), language=one, **given) for one in ("en", "ko"))
    assert [one["title"] for one in korean["causes"]] == [one["title"] for one in english["causes"]]
    assert korean["notes"] == english["notes"]
    assert korean["phones"][0].startswith(f"{ONE} 접속 실패: 동적 액세스 정책(DAP)이 연결을 종료합니다")
    assert korean["text"].startswith("동적 액세스 정책(DAP)이 연결을 종료합니다.")
    assert '<html lang="ko">' in (tmp_path / "ko" / "diagnosis.html").read_text(encoding="utf-8")
    found = [json.loads((tmp_path / one / "diagnosis.json").read_text(encoding="utf-8")) for one in ("en", "ko")]
    assert found[0] | {"created": ""} == found[1] | {"created": ""}


def test_formats(tmp_path: Path, log: Path) -> None:
    result = diagnosis(tmp_path, logs=[str(log)], formats=["markdown"], latest=False)
    assert set(result["reports"]) == {"json", "markdown"}
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["one"]


def test_a_link_that_cannot_be_made_costs_nothing_else(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_words: Any) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(DIAGNOSIS, "point_to", refuse)
    result = diagnosis(tmp_path, logs=[str(log)])
    assert result["warnings"] == ["latest-diagnosis does not point to this run: Read-only file system."]
    assert result["verdict"] == "cause"


def test_what_is_the_same_of_many_devices_is_one_line(tmp_path: Path, log: Path) -> None:
    run_dir = own_directory(tmp_path / "runs").joinpath("one")
    names = [f"asa-{number}" for number in range(12)]
    for name in names:
        fact = LogFact(device=name, what="its buffer is off.", todo=f"collect --limit {name}")
        write_gathered(run_dir, GatheredLogs(device=name, files=(), facts=(fact,)))
    result = diagnosis(tmp_path, logs=[str(log)], devices=names)
    first = names[:10]
    assert result["unread"] == [
        f"{', '.join(first)} and 2 more: its buffer is off. To do: collect --limit {','.join(first)}"
    ]
    assert result["unread"][0] in result["notes"]


def test_what_was_fetched_is_read_by_its_short_name(tmp_path: Path) -> None:
    run_dir = own_directory(tmp_path / "runs").joinpath("one")
    path = keep_logs(own_directory(run_dir), "asa", {"hq.log": DAP})[0]
    kept = LogFile(device="hq", path=str(path.relative_to(run_dir)), side="asa")
    write_gathered(run_dir, GatheredLogs(device="hq", files=(kept,)))
    result = diagnosis(tmp_path, devices=["hq"], phones=[TWO])
    assert result["causes"][0]["asa"] == "hq"
    assert "logs/asa/hq.log:1" in result["text"]
    assert result["unread"][0].startswith(f"{TWO}: nobody was asked for its logs. To do: A cluster must be")


def test_where_there_is_no_log_at_all(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="asa-1: was not read: nothing was gathered in this run") as caught:
        diagnosis(tmp_path, devices=["asa-1"])
    assert caught.value.code == "logs_empty"
    with pytest.raises(BadInput, match="there is no log to be read"):
        diagnosis(tmp_path)


# --- the names of an audit ------------------------------------------------------------------------------------------

CERTIFICATE = X509(
    der="",
    sha1="1289b8a7aa9ffd84865e38939f3466a61b5608fc",
    sha256="0" * 64,
    subject="CN=vpn.example.com",
    subject_cn="vpn.example.com",
    issuer="CN=Example CA",
    issuer_cn="Example CA",
    serial="01",
    not_before=NOW - timedelta(days=1),
    not_after=NOW + timedelta(days=365),
    key_type="RSA",
    key_bits=2048,
    signature_hash="SHA256",
    is_ca=False,
)
# Document 116162, "Phone logs", shortened.
IN_PHONE = """\
902: NOT 10:19:27.155936 VPNC: ssl_state_cb: TLSv1: SSL_connect: before/connect initialization
905: NOT 10:19:27.364687 VPNC: cert_vfy_cb: depth:1 of 1, subject: </CN=10.198.16.140/unstructuredName=10.198.16.140>
906: NOT 10:19:27.365344 VPNC: cert_vfy_cb: depth:1 of 1, pre_err: 18 (self signed certificate)
908: NOT 10:19:27.375718 SECD: Leaf cert hash = 1289B8A7AA9FFD84865E38939F3466A61B5608FC
911: ERR 10:19:27.420205 VPNC: VPN cert chain verification failed, issuer certificate not found and leaf not trusted
913: ERR 10:19:27.422295 VPNC: alert_err: SSL write alert: code 48, unknown CA
922: NOT 10:19:27.429187 VPNC: set_login_state: LOGIN: 1 (TRYING) --> 3 (FAILED)
"""


@pytest.fixture
def audit(tmp_path: Path) -> Path:
    """A run of one ASA, which holds that certificate, and of one cluster."""
    path = tmp_path / "runs" / "audit"
    held = HeldCertificate(trustpoint="VPN_TP", kind="identity", x509=CERTIFICATE)
    write_gathered(path, Gathered(device="hq", state=AsaState(device="hq", origin="live", certificate_chain=(held,))))
    state = CucmState(device="cucm", origin="live", phones=(CucmPhone(name=ONE, model="Cisco 7962"),))
    write_gathered(path, GatheredCluster(device="cucm", state=state))
    judged = judge_run(path, ["hq"], ["cucm"], Site(), started=NOW, now=NOW)
    hq = next(device for device in judged.devices if device.name == "hq")
    first = msgspec.structs.replace(hq.findings[0], status="fail")
    devices = (msgspec.structs.replace(hq, findings=(first, *hq.findings[1:])),)
    devices += tuple(device for device in judged.devices if device is not hq)
    (path / "run.json").write_bytes(render_json(msgspec.structs.replace(judged, devices=devices)))
    return path


def test_names_of_a_run(audit: Path) -> None:
    known = names_of_run(audit, NOW + timedelta(hours=5))
    assert known.note == "Names and findings are of the audit audit, made 5 hours ago."
    assert known.names is not None
    assert "trustpoint VPN_TP on hq" in " ".join(known.names.certificates[CERTIFICATE.sha1])
    assert ONE in known.names.phones
    assert list(known.names.findings.values()) == [("hq",)]


def test_a_diagnosis_has_the_names(tmp_path: Path, audit: Path) -> None:
    folder = tmp_path / ONE
    folder.mkdir()
    (folder / "log1").write_text(IN_PHONE)
    result = diagnosis(tmp_path, logs=[str(folder)], site_run=str(audit))
    found = json.loads(Path(result["reports"]["json"]).read_text())
    assert "trustpoint VPN_TP on hq" in json.dumps(found["causes"][0]["facts"])


@pytest.mark.parametrize(("age", "used"), [(FRESH, True), (FRESH + timedelta(seconds=1), False)])
def test_a_run_that_nobody_named_may_be_a_week_old(audit: Path, age: timedelta, used: bool) -> None:
    known = names_of_latest(audit, NOW + age)
    assert (known.names is not None) == used
    assert "made 7 days ago" in known.note


def test_one_that_cannot_be_read_is_a_note_unless_it_was_named(tmp_path: Path, log: Path, audit: Path) -> None:
    (audit / "run.json").write_text("{")
    result = diagnosis(tmp_path, logs=[str(log)], site_latest=str(audit))
    assert [note for note in result["notes"] if note.startswith("No names and findings were used: ")]
    for path in (audit, tmp_path / "nowhere"):
        with pytest.raises(BadInput):
            diagnosis(tmp_path, logs=[str(log)], site_run=str(path))


def test_a_state_that_is_gone_is_not_known(audit: Path) -> None:
    (audit / "states" / "hq.json").unlink()
    known = names_of_run(audit, NOW)
    assert known.names is not None
    assert known.names.certificates == {}
    assert ONE in known.names.phones


def test_the_age_is_never_negative(audit: Path) -> None:
    """The clock of who made it may be ahead."""
    run_of = msgspec.json.decode((audit / "run.json").read_bytes(), type=Run)
    assert log_site._age(run_of, NOW - timedelta(hours=5)) == "made within the last hour"
