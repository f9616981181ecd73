"""A folder of saved answers says what the live cluster said, secrets aside."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.parse.cucm import saved
from ansible.module_utils.vpnphone.parse.cucm.saved import read_saved_cluster, write_saved_cluster
from ansible.module_utils.vpnphone.parse.cucm.state import build_cluster
from ansible.module_utils.vpnphone.questions import QUESTIONS

from tests.unit.cucm import soap_texts as soap
from tests.unit.cucm.clusters import state, understood, whole

CANARY = "c4nary-s3cret"


def test_what_is_written_is_read_to_the_same_state(tmp_path: Path) -> None:
    folder = tmp_path / "cucm-1"
    written = write_saved_cluster(folder, understood(whole()))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}
    assert {path.name for path in written} == {path.name for path in folder.iterdir()}
    assert {"getCCMVersion.xml", "getVpnGateway.2.xml", "listPhone.1.xml", "snapshot_server.json"} <= {
        path.name for path in written
    }
    read = build_cluster("cucm-1", "live", read_saved_cluster(folder, "cucm-1"), None)
    assert read == state()


def test_a_refusal_is_saved_as_one(tmp_path: Path) -> None:
    told = whole() | {"listVpnGateway": [soap.fault("You are not authorized")]}
    write_saved_cluster(tmp_path, understood(told))
    read = build_cluster("cucm-1", "saved", read_saved_cluster(tmp_path, "cucm-1"), None)
    assert read.sources["gateways"].status == "refused"
    assert "You are not authorized" in read.sources["gateways"].detail


def test_names_behind_the_operation_are_free(tmp_path: Path) -> None:
    told = whole()
    (tmp_path / "listVpnGateway.xml").write_bytes(told["listVpnGateway"][0])
    for word, raw in zip(["the first one", "GW.2"], told["getVpnGateway"], strict=True):
        (tmp_path / f"getVpnGateway.{word}.xml").write_bytes(raw)
    (tmp_path / "listPhone.xml").write_bytes(told["listPhone"][0])
    (tmp_path / "notes.txt").write_text("not an answer")
    (tmp_path / "getCCMVersion.other.xml").write_text("not one of many")
    read = build_cluster("cucm-1", "saved", read_saved_cluster(tmp_path, "cucm-1"), None)
    assert read.gateways == state().gateways
    assert [phone.name for phone in read.phones or ()] == ["SEP001122334401", "SEP001122334402"]
    assert read.sources["version"].status == "missing"
    assert "getCCMVersion.xml" in read.sources["version"].detail


def test_secrets_are_not_written(tmp_path: Path) -> None:
    common = soap.response(
        "getCommonPhoneConfig",
        "<commonPhoneConfig>"
        + soap.tags(name="Standard", vpnGroupName="G1", vpnProfileName="P1", sshUserId="admin", sshPwd=CANARY)
        + f"<ax:userPassword uuid='1'>{CANARY}</ax:userPassword><pin>{CANARY}</pin></commonPhoneConfig>",
    ).replace(b"xmlns:ns=", b'xmlns:ax="urn:x" xmlns:ns=')
    told = whole() | {
        "listCommonPhoneConfig": [soap.names("listCommonPhoneConfig", "commonPhoneConfig", "Standard")],
        "getCommonPhoneConfig": [common],
        "show_version_active": [
            f"password {CANARY}\n-----BEGIN RSA PRIVATE KEY-----\nQ2FuYXJ5\n-----END RSA PRIVATE KEY-----\n".encode()
        ],
        "snapshot_server": [f'{{"trusts": [], "adminPassword": "{CANARY}", "privateKey": "{CANARY}"}}'.encode()],
    }
    write_saved_cluster(tmp_path, understood(told))
    texts = "".join(path.read_text() for path in tmp_path.iterdir())
    assert CANARY not in texts
    assert "Q2FuYXJ5" not in texts
    read = build_cluster("cucm-1", "saved", read_saved_cluster(tmp_path, "cucm-1"), None)
    assert read.common_profiles is not None
    assert read.common_profiles[0].vpn_group == "G1"
    profile = build_cluster("c", "saved", read_saved_cluster(tmp_path, "c"), None).profiles
    assert profile is not None
    assert profile[0].password_persistence is False  # `pwdPersistant` is no secret


@pytest.mark.parametrize(
    "text",
    ["<" * 100_000, "<a" * 50_000, "<password " * 20_000, "<password>" * 20_000, "<a:" + "b" * 100_000 + "pin>"],
    ids=["open", "names", "attributes", "tags", "long"],
)
def test_hostile_text_is_simply_redacted(text: str, tmp_path: Path) -> None:
    answers = understood({"show_cert_list_trust": [b"x"]})
    answers["getCCMVersion"] = [
        answers["show_cert_list_trust"][0]._replace(question="getCCMVersion", raw=text.encode())
    ]
    assert write_saved_cluster(tmp_path, answers)


# --- folders that are none ------------------------------------------------------------------------------------------


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as raised:
        read_saved_cluster(tmp_path / "none", "cucm-1")
    assert raised.value.code == "saved_outputs_missing"


def test_a_folder_without_answers(tmp_path: Path) -> None:
    (tmp_path / "show_version.txt").write_text("Cisco Adaptive Security Appliance")
    with pytest.raises(BadInput) as raised:
        read_saved_cluster(tmp_path, "cucm-1")
    assert raised.value.code == "saved_outputs_empty"


def test_links_out_pipes_and_folders_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.xml").write_bytes(soap.VERSION)
    folder = tmp_path / "cucm-1"
    folder.mkdir()
    (folder / "getCCMVersion.xml").symlink_to(tmp_path / "secret.xml")
    (folder / "listPhone.xml").mkdir()
    os.mkfifo(folder / "listVpnGateway.xml")
    read = build_cluster("cucm-1", "saved", read_saved_cluster(folder, "cucm-1"), None)
    for section in ("version", "phones", "gateways"):
        assert read.sources[section].status == "unreadable", section
    assert "leads out" in read.sources["version"].detail


def test_all_files_together_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "MAX_BYTES", 3000)
    for number in range(5):
        (tmp_path / f"listPhone.{number}.xml").write_bytes(soap.phones(soap.phone(f"SEP{number}")) + b" " * 1000)
    answers = read_saved_cluster(tmp_path, "cucm-1")["listPhone"]
    assert [answer.status for answer in answers][:2] == ["ok", "ok"]
    assert answers[-1].status == "incomplete"


def test_every_file_is_described() -> None:
    page = (Path(__file__).parents[3] / "docs" / "saved-outputs.md").read_text()
    for question in QUESTIONS:
        name = f"{question.key}{'.NAME' if question.many else ''}{question.suffix}"
        assert f"`{name}`" in page, name


def test_the_state_goes_to_json_and_back(tmp_path: Path) -> None:
    found = state()
    assert msgspec.json.decode(msgspec.json.encode(found), type=type(found)) == found
