"""A renewal of two ASAs, one of them a failover pair, and of 200 phones, by the playbooks: from the page of go or no-go
to the evidence, led through at a terminal, its controller killed in the middle of the switch. Nobody is locked out.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from ansible.module_utils.vpnphone.renewal.journal import open_journal

from lab import scenario
from lab.testing import RunningLab, running_lab
from tests.integration.conftest import LAB_INVENTORY, SCENARIOS, environment, modes, program, run
from tests.integration.renewal_operator import CLUSTER, NAME, Operator
from tests.integration.renewal_truth import OFF, connected, nobody_lost, renewed
from tests.integration.terminal import Ended, at_a_terminal

PHONES = 200
ASKED = r"type its token ([0-9a-f]{12}) \(Enter alone stops here\)"
STAGES = ("preflight", "certificate", "export", "trust", "gateway", "apply", "switch", "cleanup")


class Window(NamedTuple):
    """The runs of one change window, by what they are for; what the lab held before."""

    site: RunningLab
    directory: Path
    runs: dict[str, Ended]
    before: dict[str, dict[str, Any]]
    truth: dict[str, Any]


def inventory(folder: Path) -> str:
    """What the site's own inventory has otherwise: nothing in the lab takes as long as in a building."""
    path = folder / "window.yml"
    asa = {"vpnphone_switch_soak": 1, "vpnphone_lock_dir": str(folder / "locks"), "vpnphone_grace_days": 0}
    cluster = {"vpnphone_apply_batch_size": 100, "vpnphone_poll_seconds": 0.2, "vpnphone_grace_days": 0}
    hosts = {"asa": {"hosts": {"asa-north": asa, "asa-south": asa}}, "cucm": {"hosts": {CLUSTER: cluster}}}
    path.write_text(yaml.safe_dump(hosts), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    folder = tmp_path_factory.mktemp("window")
    renewals = folder / "renewals"
    words = ["-i", LAB_INVENTORY, "-i", inventory(folder), "-e", f"vpnphone_renewals_dir={renewals}"]
    runs: dict[str, Ended] = {}
    with running_lab(scenario.load(SCENARIOS / "renewal.yml", PHONES), folder / "lab") as site:
        env = environment(VPNPHONE_LAB_DIR=str(folder / "lab"))

        def command(playbook: str, *more: str) -> list[str]:
            path = f"playbooks/renewal/{playbook}.yml"
            return [program("ansible-playbook"), path, *words, "-e", "vpnphone_renewal=spring", *more]

        def play(label: str, playbook: str, *more: str) -> None:
            runs[label] = Ended(*run(command(playbook, *more), env))

        def guided(label: str, typed: str = "", **kill: Any) -> None:
            answers = [(ASKED, lambda asked: typed or asked[1]), ("Your name, for the journal", lambda _asked: NAME)]
            runs[label] = at_a_terminal(command("guided"), env, answers, **kill)

        directory = renewals / "spring"
        operator = Operator(site, folder)
        operator.directory = directory
        names = (*operator.asas, CLUSTER)
        found = Window(site, directory, runs, {name: site.state(name) for name in names}, {})
        play("no journal", "status")
        play("preflight", "preflight")
        named = ["-e", f"vpnphone_approved_by='{NAME}'"]
        play("wrong token", "certificate", "-e", "vpnphone_approval=0123456789ab", *named)
        play("unreachable", "certificate", "-e", "ansible_port=1")
        play("no terminal", "guided")
        guided("declined", typed="no")
        found.truth["untouched"] = all(
            site.state(name)["running_config"] == found.before[name]["running_config"] for name in operator.asas
        )
        guided("to be signed")
        operator.sign()
        away = ["-e", f"vpnphone_waive_phones={','.join(OFF)}", "-e", "vpnphone_waive_reason=leave"]
        play("waive", "waive", *away, *named)
        guided("killed", kill_when="asa-south: done: bind")
        play("status", "status")
        guided("to the end")
        assert not [name for name in operator.asas if site.state(name)["sessions"]]
        yield found


# --- exit codes and words ---------------------------------------------------------------------------------------------


def said(window: Window, label: str) -> str:
    """What a run printed, with every run of blanks made one."""
    return " ".join(window.runs[label].output.split())


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("no journal", 2), ("preflight", 0), ("wrong token", 2), ("unreachable", 4), ("no terminal", 2),
        ("declined", 2), ("to be signed", 2), ("waive", 0), ("killed", -9), ("status", 0), ("to the end", 0),
    ],
)  # fmt: skip
def test_the_exit_code_says_whether_to_go_on(window: Window, label: str, code: int) -> None:
    ended = window.runs[label]
    assert ended.code == code, ended.output[-3000:]
    assert "Traceback" not in ended.output


def test_preflight_is_one_screen_with_the_next_command(window: Window) -> None:
    text = window.runs["preflight"].output
    page = text.split("msg: |-\n")[1].split("\nTASK")[0]
    assert "GO: nothing stops renewal spring, 2 warnings" in page
    assert "200 phones in scope: 198 there, 2 not seen" in said(window, "preflight")
    assert all(phone in page for phone in OFF)
    assert len(page.splitlines()) <= 45
    assert "Next: ansible-playbook playbooks/renewal/certificate.yml" in page


def test_without_a_terminal_the_plan_is_shown_and_the_line_that_approves_it(window: Window) -> None:
    """A pause returns at once there, with nothing typed; the gate stays shut."""
    text = window.runs["no terminal"].output
    for line in (
        "asa-north: planned, 5 steps",
        "crypto key generate rsa label VPN_2027 modulus 2048",
        "subject-name CN=vpn-south-2027.example.com",
        "crypto key zeroize rsa label VPN_2027",
    ):
        assert line in text
    # One token for both ASAs, and a line that a shell takes apart as it was meant.
    lines = re.findall(r"^ +(ansible-playbook playbooks/renewal/certificate\.yml .*)$", text, re.MULTILINE)
    assert len(lines) == 1
    typed = shlex.split(lines[0])
    assert re.fullmatch(r"vpnphone_approval=[0-9a-f]{12}", typed[-3])
    assert typed[-1] == "vpnphone_approved_by='YOUR NAME'"
    assert "certificate waits for an approval" in said(window, "no terminal")


def test_who_types_no_is_asked_nothing_more_and_the_gate_stays_shut(window: Window) -> None:
    text = window.runs["declined"].output
    assert "Your name, for the journal" not in text
    assert "certificate waits for an approval: the command to type stands above." in said(window, "declined")


def test_the_wrong_token_is_told_and_nothing_was_done(window: Window) -> None:
    assert "its plans have changed, or it is of another stage" in said(window, "wrong token")
    assert "[approval_wrong]" in said(window, "wrong token")
    assert window.truth["untouched"]


def test_what_a_stage_does_is_told_while_it_does_it(window: Window) -> None:
    text = window.runs["killed"].output
    waves = re.findall(r"^ +\d\d:\d\d:\d\d lab-cucm: (wave \d+: .*)$", text, re.MULTILINE)
    assert "wave 2: applyPhone was sent to 100 of 100 phones" in waves
    assert "wave 2: 100 proven, 0 failed, 0 off-line" in waves
    task = text.index("TASK [renew : The apply to the phones: do]")
    assert text.index("wave 2: 100 proven") < text.index("changed: [lab-cucm]", task)


# --- killed -----------------------------------------------------------------------------------------------------------


def test_the_status_says_what_to_type_after_the_controller_died(window: Window) -> None:
    words = said(window, "status")
    assert "switch is on its way on asa-south, or was cut short there" in words
    assert "returns to VPN_TP by itself at" in words
    assert "playbooks/renewal/switch.yml" in words
    assert "vpnphone_approval" not in words


def test_the_rest_goes_on_without_a_new_approval_of_that_switch(window: Window) -> None:
    journal = open_journal(window.directory)
    story = [(event.target, event.what) for event in journal.events if event.stage == "switch"]
    assert ("asa-south", "done: bind") in story
    assert any(target == "asa-south" and what.startswith("goes on: ") for target, what in story)
    assert {name: asa.stages["switch"].status for name, asa in journal.asas.items()} == {
        "asa-north": "done", "asa-south": "done",
    }  # fmt: skip


# --- the end ----------------------------------------------------------------------------------------------------------


def test_nobody_was_locked_out_at_any_moment(window: Window) -> None:
    totals = window.site.lockouts()["totals"]
    assert totals == {
        "phones": PHONES, "connected": PHONES - len(OFF), "locked_out": 0, "lockouts": 0, "failed_connects": 0,
    }  # fmt: skip
    assert nobody_lost(window.site)


def test_every_asa_cluster_and_phone_has_the_new_certificate_alone(window: Window) -> None:
    renewed(window.site, window.before)
    assert len(connected(window.site)) == PHONES - len(OFF)


def test_the_pair_survives_a_failover_and_the_other_one_a_reload(window: Window) -> None:
    window.site.failover("asa-north")
    window.site.reload("asa-south")
    window.site.settle()
    # Most are alike.
    some = [phone for number, phone in enumerate(sorted(connected(window.site))) if number % 10 == 0]
    assert all(outcome.connected for outcome in window.site.connect_phones(some).values())
    assert len(connected(window.site)) == PHONES - len(OFF)
    assert nobody_lost(window.site)


def test_the_journal_says_who_approved_what(window: Window) -> None:
    journal = open_journal(window.directory)
    assert journal.closed is not None
    assert {one.by for one in journal.approvals} == {NAME}
    assert {one.stage for one in journal.approvals} == set(STAGES) - {"preflight"}
    assert [name for name, phone in journal.phones.items() if phone.proof != "proven"] == sorted(OFF)


def test_the_evidence_is_whole_private_and_checked_by_sha256sum(window: Window) -> None:
    folder = window.directory
    checked = subprocess.run(
        ["sha256sum", "--strict", "--quiet", "-c", "manifest.sha256"],  # noqa: S607 - found on PATH
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr
    evidence = json.loads((folder / "evidence" / "renewal.json").read_text(encoding="utf-8"))
    assert evidence["renewal"] == "spring"
    found = modes(folder)
    assert {mode for path, mode in found.items() if (folder / path).is_dir()} == {0o700}
    assert {mode for path, mode in found.items() if (folder / path).is_file()} == {0o600}


def test_no_secret_is_in_the_directory_or_in_what_was_printed(window: Window) -> None:
    secrets = ("rehearse-enable", "rehearse-axl", "rehearse-os", "rehearse-reception", "PRIVATE KEY")
    texts = {label: ended.output for label, ended in window.runs.items()}
    for path in window.directory.rglob("*"):
        if path.is_file():
            texts[str(path)] = path.read_text(encoding="utf-8", errors="replace")
    assert len(texts) > 20
    assert [(name, secret) for name, text in texts.items() for secret in secrets if secret in text] == []
