"""The order of the stages, over targets."""

from __future__ import annotations

import json
import shlex
from itertools import pairwise

import msgspec
import pytest
from ansible.module_utils.vpnphone.model.renewal import STAGES, ClusterRenewal, Event, Journal, StageName
from ansible.module_utils.vpnphone.renewal.stages import (
    KINDS,
    SITE,
    asas_of,
    clusters_of,
    command,
    current,
    first_missing,
    later_done,
    needed_before,
    stage_view,
    stands,
    target_stage,
    targets,
    with_target_stage,
)
from ansible.parsing.splitter import parse_kv

from tests.unit.renewal.builders import NOW, journal, phone, put, ready_for


def two_clusters() -> Journal:
    """cucm-1's phones dial asa-1, cucm-2's dial asa-2."""
    return journal(
        clusters={name: ClusterRenewal(name=name) for name in ("cucm-1", "cucm-2")},
        phones={
            "SEP001122334401": phone("SEP001122334401", asas=("asa-1",)),
            "SEP001122334402": phone("SEP001122334402", asas=("asa-2",), cluster="cucm-2"),
        },
    )


def all_done(found: Journal) -> Journal:
    for stage in STAGES:
        for name in targets(found, stage):
            found = put(found, stage, name, "done")
    return found


def test_every_stage_has_its_kind() -> None:
    assert tuple(KINDS) == STAGES


@pytest.mark.parametrize(
    ("stage", "wanted"),
    [
        ("preflight", (SITE,)),
        ("certificate", ("asa-1", "asa-2")),
        ("trust", ("cucm-1",)),
        ("apply", ("cucm-1",)),
        ("switch", ("asa-1", "asa-2")),
        ("cleanup", ("cucm-1", "asa-1", "asa-2")),
    ],
)
def test_targets(stage: StageName, wanted: tuple[str, ...]) -> None:
    assert targets(journal(), stage) == wanted


def test_phones_tell_which_asas_belong_to_a_cluster() -> None:
    found = two_clusters()
    assert asas_of(found, "cucm-1") == ("asa-1",)
    assert clusters_of(found, "asa-2") == ("cucm-2",)


def test_without_phones_everything_belongs_together() -> None:
    found = msgspec.structs.replace(two_clusters(), phones={})
    assert asas_of(found, "cucm-1") == ("asa-1", "asa-2")
    assert clusters_of(found, "asa-2") == ("cucm-1", "cucm-2")


def test_the_switch_of_an_asa_needs_its_own_clusters_only() -> None:
    assert needed_before(two_clusters(), "switch", "asa-1") == (
        ("preflight", SITE),
        ("certificate", "asa-1"),
        ("export", "asa-1"),
        ("trust", "cucm-1"),
        ("gateway", "cucm-1"),
        ("apply", "cucm-1"),
    )


def test_the_trust_of_a_cluster_needs_the_export_of_all_its_asas() -> None:
    found = put(ready_for("trust", "cucm-1"), "export", "asa-2", "running")
    assert first_missing(found, "trust", "cucm-1") == ("export", "asa-2")
    assert first_missing(put(found, "export", "asa-2", "done"), "trust", "cucm-1") is None


def test_with_a_pinned_ca_the_phone_stages_fall_away() -> None:
    found = journal(pinned_ca=True)
    for name in ("certificate", "export"):
        found = put(put(found, name, "asa-1", "done"), name, "asa-2", "done")
    assert first_missing(found, "switch", "asa-1") is None
    assert stage_view(found, "trust").falls_away
    assert not stage_view(found, "switch").falls_away
    view = current(found)
    assert view is not None and view.stage == "switch"


@pytest.mark.parametrize("status", ["pending", "planned", "running", "refused", "returned", "rolled_back"])
def test_only_done_is_done(status: str) -> None:
    found = put(ready_for("switch", "asa-1"), "apply", "cucm-1", status)
    assert first_missing(found, "switch", "asa-1") == ("apply", "cucm-1")


def test_an_asa_is_cleaned_after_its_clusters() -> None:
    found = all_done(journal())
    assert first_missing(found, "cleanup", "asa-1") is None
    assert first_missing(put(found, "cleanup", "cucm-1", "running"), "cleanup", "asa-1") == ("cleanup", "cucm-1")


def test_a_cluster_is_cleaned_after_the_switch_of_all_its_asas() -> None:
    found = put(all_done(journal()), "switch", "asa-2", "returned")
    assert first_missing(found, "cleanup", "cucm-1") == ("switch", "asa-2")


def test_a_no_go_stops_everything() -> None:
    for stage in STAGES[1:]:
        for name in targets(journal(), stage):
            found = put(all_done(journal()), "preflight", SITE, "refused")
            assert first_missing(found, stage, name) == ("preflight", SITE)


@pytest.mark.parametrize(
    ("statuses", "wanted"),
    [
        (("pending", "done"), "pending"),
        (("planned", "pending"), "pending"),
        (("planned", "done"), "planned"),
        (("planned", "planned"), "planned"),
        (("done", "done"), "done"),
        (("running", "refused"), "refused"),
        (("returned", "refused"), "returned"),
        (("running", "done"), "running"),
        (("rolled_back", "done"), "rolled_back"),
    ],
)
def test_one_word_for_all_targets(statuses: tuple[str, str], wanted: str) -> None:
    found = journal()
    for name, status in zip(("asa-1", "asa-2"), statuses, strict=True):
        found = put(found, "switch", name, status)
    assert stage_view(found, "switch").status == wanted


def test_a_stage_without_targets_is_not_done() -> None:
    assert stage_view(journal(clusters={}), "trust").status == "pending"


def test_at_the_end_nothing_is_current() -> None:
    assert current(all_done(journal())) is None


@pytest.mark.parametrize(
    ("standing", "stage", "target", "wanted"),
    [
        (("switch", "asa-1"), "certificate", "asa-1", ("switch", "asa-1")),
        (("switch", "asa-1"), "certificate", "asa-2", None),
        (("switch", "asa-1"), "gateway", "cucm-1", ("switch", "asa-1")),
        (("trust", "cucm-1"), "certificate", "asa-2", ("trust", "cucm-1")),
        (("export", "asa-1"), "certificate", "asa-1", None),
        (("apply", "cucm-1"), "gateway", "cucm-1", None),
        (("cleanup", "cucm-1"), "switch", "asa-1", ("cleanup", "cucm-1")),
        (("certificate", "asa-1"), "switch", "asa-1", None),
    ],
)
def test_what_stands_on_a_stage(
    standing: tuple[StageName, str], stage: StageName, target: str, wanted: tuple[str, str] | None
) -> None:
    for status in ("running", "done"):
        assert later_done(put(journal(), *standing, status), stage, target) == wanted
    for status in ("planned", "returned", "rolled_back"):
        assert later_done(put(journal(), *standing, status), stage, target) is None


STORY = ("begins: gateway:A, wave:1", "next: gateway GW1", "done: gateway:A", "next: wave 1")


@pytest.mark.parametrize(
    ("story", "wanted"),
    [
        ((), False),
        (("begins: gateway:A", "refused: not mine [plan_differs]"), False),
        ((*STORY, "refused: phones failed [wave_failed]"), True),
        (("next: gateway GW1", "refused: no [soap_fault]"), False),
        (("next: gateway GW1", "refused: another list [gateway_differs]"), True),
        (("next: gateway GW1",), True),
        ((*STORY, "refused: no [soap_fault]", "begins: wave:1", "refused: late [cleanup_too_early]"), True),
        ((*STORY, "refused: no [wave_failed]", "rolled back"), False),
        ((*STORY, "returned: a canary did not come back [canary_not_back]"), False),
        ((*STORY, "rolled back", "next: gateway GW1", "done: gateway:A"), True),
        (("done",), False),
    ],
)
def test_what_a_refused_stage_did_is_not_forgotten(story: tuple[str, ...], wanted: bool) -> None:
    events = tuple(Event(at=NOW, by="bob", stage="cleanup", target="cucm-1", what=what) for what in story)
    elsewhere = Event(at=NOW, by="bob", stage="cleanup", target="asa-1", what="done: remove")
    for status in ("refused", "planned"):
        found = put(journal(events=(*events, elsewhere)), "cleanup", "cucm-1", status)
        assert stands(found, "cleanup", "cucm-1") == wanted
        assert later_done(found, "switch", "asa-1") == (("cleanup", "cucm-1") if wanted else None)


def test_a_target_nobody_has() -> None:
    with pytest.raises(KeyError):
        target_stage(journal(), "switch", "asa-9")
    with pytest.raises(KeyError):
        with_target_stage(journal(), "switch", "asa-9", target_stage(journal(), "switch", "asa-1"))


def test_a_command_can_be_typed() -> None:
    found = journal(options=("-i", "inventories/my site"))
    line = command(found, "switch", "--limit", "asa-1,asa-2", approval="0123456789ab")
    assert shlex.split(line) == [
        "ansible-playbook",
        "playbooks/renewal/switch.yml",
        "-i",
        "inventories/my site",
        "-e",
        "vpnphone_renewal=spring",
        "--limit",
        "asa-1,asa-2",
        "-e",
        "vpnphone_approval=0123456789ab",
        "-e",
        "vpnphone_approved_by='YOUR NAME'",
    ]


def extra_vars(line: str) -> dict[str, object]:
    """What Ansible makes of the words behind each -e."""
    words = shlex.split(line)
    found: dict[str, object] = {}
    for before, word in pairwise(words):
        if before == "-e":
            found |= json.loads(word) if word.startswith("{") else parse_kv(word)
    return found


def test_ansible_reads_what_was_meant() -> None:
    found = journal(options=("-i", "inventories/mine", "-e", "vpnphone_renewals_dir=/srv/my renewals"))
    line = command(found, "waive", approval="0123456789ab", blanks={"vpnphone_waive_reason": "on leave until May"})
    assert extra_vars(line) == {
        "vpnphone_renewals_dir": "/srv/my renewals",
        "vpnphone_renewal": "spring",
        "vpnphone_approval": "0123456789ab",
        "vpnphone_waive_reason": "on leave until May",
        "vpnphone_approved_by": "YOUR NAME",
    }
