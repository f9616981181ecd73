"""Phones are down, diagnosed as a user would: live, from saved files, and where nothing or nonsense is to be read."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest
import yaml

from tests.integration.conftest import ROOT, SCENARIOS, Play, Played, Site, modes, running_site

PHONES: list[str] = [
    phone["name"] for phone in yaml.safe_load((SCENARIOS / "diagnosis.yml").read_text(encoding="utf-8"))["phones"]
]
HEALTHY = PHONES[:3]
# What the scenario does to each phone, in the doctor's words, and the least that its logs prove.
TRUTH = {
    "SEP70E422A1B304": ("hash_mismatch", "certain"),
    "SEP0062ECAB1305": ("dtls_cipher_mismatch", "likely"),
    "SEP5475D0F3E306": ("dap_terminate", "certain"),
    "SEP5475D0F3E307": ("csd", "indicated"),
    "SEPE8B7485C9309": ("host_id", "certain"),
    "SEPE8B7485C930A": ("refused_by_policy", "indicated"),
    "SEPE8B7485C930B": ("client_certificate", "indicated"),
    "SEPB8BEBF23130C": ("load_balancing", "likely"),
    "SEPB8BEBF23130D": ("no_answer", "indicated"),
    "SEP8CB64F57630E": ("tftp", "likely"),
    # What both sides' lists show (below) names no phone; its own log has the alert.
    "SEPB8BEBF23130F": ("tls_failed", "likely"),
}
CONFIDENCE = ("certain", "likely", "indicated")
NOWHERE = ("-i", "localhost,")
CANARY = "c4nary-s3cret"
SECRETS = ("rehearse", CANARY)


def causes(played: Played) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = played.json("diagnosis.json")["causes"]
    return found


def of_phone(played: Played, phone: str) -> dict[str, str]:
    """The causes of a phone, with their confidence."""
    return {cause["id"]: cause["confidence"] for cause in causes(played) if cause.get("phone") == phone}


def written(played: Played) -> str:
    """Everything that the run left, and printed."""
    files = [path.read_text(encoding="utf-8", errors="replace") for path in played.reports.rglob("*") if path.is_file()]
    return "\n".join([played.output, *files])


class Outage(NamedTuple):
    """The site of an outage, diagnosed once for all tests that only look. log: what the lab saw of it."""

    played: Played
    site: Site
    log: tuple[dict[str, Any], ...]


@pytest.fixture(scope="session")
def outage(play: Play, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outage]:
    for site in running_site(tmp_path_factory.mktemp("outage") / "lab", SCENARIOS / "diagnosis.yml"):
        played = play(lab=site, playbook="diagnose.yml", vpnphone_phones=",".join(PHONES), vpnphone_diagnose_site=True)
        yield Outage(played, site, tuple(site.log()))


# --- live -----------------------------------------------------------------------------------------------------------


def test_a_diagnosis_is_no_failure(outage: Outage) -> None:
    assert outage.played.code == 0
    assert outage.played.json("diagnosis.json")["verdict"] == "cause"
    assert not any(counts["failed"] or counts["unreachable"] for counts in outage.played.recap().values())


@pytest.mark.parametrize("phone", TRUTH)
def test_each_phone_fails_for_what_was_done_to_it(outage: Outage, phone: str) -> None:
    cause, least = TRUTH[phone]
    found = of_phone(outage.played, phone)
    assert cause in found
    assert CONFIDENCE.index(found[cause]) <= CONFIDENCE.index(least)
    assert not [other for other, confidence in found.items() if confidence == "certain" and other != cause]


@pytest.mark.parametrize("phone", HEALTHY)
def test_a_phone_that_is_connected_has_no_cause(outage: Outage, phone: str) -> None:
    assert of_phone(outage.played, phone) == {}
    stories = {story["phone"]: story for story in outage.played.json("diagnosis.json")["phones"]}
    assert stories[phone]["last"] == "connected"


@pytest.mark.parametrize(("cause", "asa"), [("group_lock", "hq-asa"), ("no_shared_cipher", "branch-asa")])
def test_what_no_line_ties_to_a_phone_is_found_all_the_same(outage: Outage, cause: str, asa: str) -> None:
    (found,) = [one for one in causes(outage.played) if one["id"] == cause]
    assert (found["asa"], found["confidence"], found.get("phone", "")) == (asa, "certain", "")


def test_the_certificate_behind_a_hash_has_a_name(outage: Outage) -> None:
    """The site was gathered first."""
    (found,) = [cause for cause in causes(outage.played) if cause["id"] == "hash_mismatch"]
    assert "identity certificate of trustpoint VPN_TP on hq-asa" in json.dumps(found["facts"])
    assert "of the audit test" in " ".join(outage.played.json("diagnosis.json")["notes"])


def test_every_cause_can_be_checked(outage: Outage) -> None:
    found = outage.played.json("diagnosis.json")
    for cause in found["causes"]:
        assert cause["evidence"], cause["id"]
        assert cause["next_steps"], cause["id"]
        for index in cause["evidence"]:
            event = found["events"][index]
            assert Path(event["source"]).name
            assert event["line"] > 0


def test_what_a_person_needs_is_on_the_screen(outage: Outage) -> None:
    assert f"{outage.played.reports}/diagnosis.html" in outage.played.output
    titles = {cause["title"] for cause in causes(outage.played)}
    assert [title for title in titles if title in outage.played.words]
    assert (outage.played.reports.parent / "latest-diagnosis").resolve() == outage.played.reports.resolve()


def test_the_json_keeps_its_schema(outage: Outage) -> None:
    content = outage.played.json("diagnosis.json")
    schema = json.loads((ROOT / "docs" / "schema" / f"diagnosis-{content['schema']}.json").read_text(encoding="utf-8"))
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    assert [error.message for error in checker.iter_errors(content)] == []


def test_everything_is_private(outage: Outage) -> None:
    found = modes(outage.played.reports)
    assert {mode for name, mode in found.items() if (outage.played.reports / name).is_file()} == {0o600}
    assert {mode for name, mode in found.items() if (outage.played.reports / name).is_dir()} == {0o700}


def test_no_device_was_changed(outage: Outage) -> None:
    assert not outage.site.open_sessions()
    for name in outage.site.names:
        assert outage.site.state(name)["running_config"] == outage.site.before[name]["running_config"]
    typed = {item["command"] for item in outage.log if item["event"] == "command"}
    assert "show logging" in typed
    read = re.compile(
        r"show .*|more disk0:/dap\.xml|enable|terminal pager 0|exit|set cli pagination off|failover exec .*"
    )
    assert not [command for command in typed if not read.fullmatch(command)]


# --- files that somebody has ----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def saved(outage: Outage, play: Play, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The same logs as a colleague would send them: nothing but files, and one line with a secret."""
    folder = tmp_path_factory.mktemp("sent") / "logs"
    shutil.copytree(outage.played.reports / "logs", folder)
    line = f"%ASA-5-111008: User 'enable_15' executed the 'ikev1 pre-shared-key {CANARY}' command.\n"
    with (folder / "asa" / "hq-asa.log").open("a", encoding="utf-8") as stream:
        stream.write(line)
    asa = folder / "asa" / "hq-asa.log"
    (folder / "asa" / "hq-asa.log.1.gz").write_bytes(gzip.compress(asa.read_bytes()))
    (folder / "newest").symlink_to(asa)
    return play(*NOWHERE, playbook="diagnose.yml", vpnphone_logs=str(folder))


def test_saved_files_say_what_the_devices_said(outage: Outage, saved: Played) -> None:
    assert saved.code == 0
    assert list(saved.recap()) == ["localhost"]
    for phone in PHONES:
        assert of_phone(saved, phone).keys() == of_phone(outage.played, phone).keys(), phone


def test_a_file_that_was_passed_over_is_told(saved: Played) -> None:
    assert "newest is a link, and was not followed." in saved.words
    assert [note for note in saved.json("diagnosis.json")["notes"] if "newest" in note]


def test_a_rotated_file_is_read_as_it_lies(saved: Played) -> None:
    (found,) = [one for one in saved.json("diagnosis.json")["sources"] if one["name"].endswith(".gz")]
    assert (found["side"], found["recognised"] > 0) == ("asa", True)


def test_a_run_can_be_diagnosed_again(outage: Outage, play: Play) -> None:
    """By its directory; its reports are no logs. A user who tries --check writes nothing."""
    given = {"vpnphone_logs": [str(outage.played.reports)], "vpnphone_phones": "SEP70E422A1B304"}
    again = play(*NOWHERE, "--check", playbook="diagnose.yml", **given)
    assert again.code == 0
    assert "SEP70E422A1B304 fails: The phone does not know the certificate that the ASA presents" in again.words
    assert "nobody was asked" not in again.words
    assert not again.reports.exists()


def test_unknown_logs_are_no_cause(play: Play, tmp_path: Path) -> None:
    (tmp_path / "router.log").write_text(
        "Nov 24 10:00:00 rtr: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up\n" * 50
    )
    (tmp_path / "noise.bin").write_bytes(os.urandom(200_000))
    (tmp_path / "endless.txt").write_text("x" * 3_000_000)
    played = play(*NOWHERE, playbook="diagnose.yml", vpnphone_logs=str(tmp_path))
    assert played.code == 0
    found = played.json("diagnosis.json")
    assert (found["verdict"], found.get("causes", [])) == ("nothing", [])
    assert {Path(source["name"]).name for source in found["sources"]} == {"router.log", "noise.bin", "endless.txt"}
    assert f"{tmp_path.name}/router.log  50 lines: 0 known" in played.output


def test_a_limit_on_files_is_refused_with_a_word(play: Play, tmp_path: Path) -> None:
    (tmp_path / "asa-1.log").write_text("x\n")
    inventory = tmp_path / "hosts"
    inventory.write_text("[asa]\nasa-1\n")
    played = play("-i", str(inventory), "--limit", "asa-1", playbook="diagnose.yml", vpnphone_logs=str(tmp_path))
    assert played.code == 2
    assert "--limit asa-1 leaves it out" in played.words


@pytest.mark.parametrize(("made", "code"), [("nowhere", "logs_missing"), ("empty", "logs_empty")])
def test_files_that_cannot_be_read(play: Play, tmp_path: Path, made: str, code: str) -> None:
    (tmp_path / "empty").mkdir()
    played = play(*NOWHERE, playbook="diagnose.yml", vpnphone_logs=str(tmp_path / made))
    assert played.code == 2
    assert f"[{code}]" in played.words
    assert "To do:" in played.words
    assert not (played.reports / "diagnosis.json").exists()


# --- the default site -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def faulty(play: Play, lab: Site) -> Played:
    """Three ASAs, one of them gone; a phone that holds the wrong hash, one without web access, one nobody knows."""
    phones = "sepe8b7485c9a3f, SEP5475D0F3E206, SEP8CB64F576113, SEP000000000001"
    return play(lab=lab, playbook="diagnose.yml", vpnphone_phones=phones)


def test_what_the_faulty_asa_does_to_its_phone(faulty: Played) -> None:
    assert faulty.code == 0
    assert of_phone(faulty, "SEPE8B7485C9A3F") == {"hash_mismatch": "certain"}
    assert of_phone(faulty, "SEP8CB64F576113") == {}
    assert "SEPE8B7485C9A3F fails: The phone does not know the certificate that the ASA presents" in faulty.words
    assert "SEP8CB64F576113 connected: nothing speaks against it" in faulty.words
    assert "SEP5475D0F3E206 not seen to connect: no attempt of it is in these logs" in faulty.words


@pytest.mark.parametrize(
    "words",
    [
        "asa-gone: was not read: 127.0.0.1:",
        "asa-classic: its log buffer is off",
        "asa-healthy, asa-faulty: its buffer keeps messages up to level 6",
        "SEP5475D0F3E206, SEP000000000001: nothing was read of it",
        "playbooks/diagnose/collect_asa.yml --limit asa-classic --check",
    ],
)
def test_what_was_not_read_is_told(faulty: Played, words: str) -> None:
    assert words in faulty.words
    assert [note for note in faulty.json("diagnosis.json")["notes"] if words in note]


def test_limit_asks_one_asa(play: Play, lab: Site) -> None:
    played = play("--limit", "asa-faulty", lab=lab, playbook="diagnose.yml", vpnphone_phones="SEPE8B7485C9A3F")
    assert played.code == 0
    assert list(played.recap()) == ["asa-faulty"]
    assert [path.name for path in (played.reports / "logs").rglob("*") if path.is_file()] == ["asa-faulty.log"]
    assert "SEPE8B7485C9A3F: nobody was asked for its logs. To do: A cluster must be among the hosts" in played.words


# --- devices that cannot be read ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def broken(play: Play, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Played, Site]]:
    folder = tmp_path_factory.mktemp("broken")
    data = yaml.safe_load((SCENARIOS / "faults.yml").read_text(encoding="utf-8"))
    data["defaults"]["config_file"] = str(SCENARIOS / data["defaults"]["config_file"])
    users = [{"name": "reader", "password": "rehearse", "privilege": 15, "deny": ["^show logging"]}]
    data["devices"] = [
        {"name": "no-fault"},
        {"name": "hangs", "faults": [{"kind": "hang", "command": "^show logging"}]},
        {"name": "drops", "faults": [{"kind": "drop", "command": "^show logging"}]},
        {"name": "garbage", "faults": [{"kind": "garbage", "command": "^show logging"}]},
        {"name": "denied", "users": users},
        {"name": "wrong-password", "vars": {"ansible_password": CANARY}},
    ]
    path = folder / "broken.yml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    for site in running_site(folder / "lab", path):
        yield play(lab=site, playbook="diagnose.yml", vpnphone_command_timeout=2), site


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ("hangs", "no data for 2 s"),
        ("drops", "closed the session"),
        ("denied", "refused `show logging`"),
        ("wrong-password", "refused the login"),
    ],
)
def test_each_device_says_why(broken: tuple[Played, Site], device: str, words: str) -> None:
    played, _site = broken
    (note,) = [note for note in played.json("diagnosis.json")["notes"] if note.startswith(f"{device}: was not read")]
    assert words in note
    assert "To do:" in note


def test_one_that_can_be_read_is_enough(broken: tuple[Played, Site]) -> None:
    played, site = broken
    assert played.code == 0
    assert {path.stem for path in (played.reports / "logs" / "asa").iterdir()} == {"no-fault", "garbage"}
    assert not site.open_sessions()


def test_where_nothing_can_be_read_the_run_fails(play: Play, broken: tuple[Played, Site]) -> None:
    _played, site = broken
    played = play("--limit", "wrong-password", lab=site, playbook="diagnose.yml")
    assert played.code == 2
    assert "[logs_empty]" in played.words
    assert "refused the login" in played.words


def test_an_inventory_without_hosts(play: Play) -> None:
    played = play(*NOWHERE, playbook="diagnose.yml")
    assert played.code == 2
    assert "vpnphone_logs=DIR" in played.words


def test_a_phone_that_is_none(play: Play, lab: Site) -> None:
    played = play(lab=lab, playbook="diagnose.yml", vpnphone_phones="SEP8CB64F576113, reception")
    assert played.code == 2
    assert "RECEPTION is no name of a phone" in played.words


# --- secrets --------------------------------------------------------------------------------------------------------


def test_no_secret_is_written_or_printed(
    outage: Outage, saved: Played, faulty: Played, broken: tuple[Played, Site]
) -> None:
    for played in (outage.played, saved, faulty, broken[0]):
        told = written(played)
        assert not [secret for secret in SECRETS if secret in told]
