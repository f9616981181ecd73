"""What rested on a stage that was taken back is done anew; nothing else is touched."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from ansible.module_utils.vpnphone.model.renewal import (
    AsaRenewal,
    ClusterRenewal,
    Journal,
    PhoneRenewal,
    StageName,
    TargetStage,
)
from ansible.module_utils.vpnphone.renewal.stages import target_stage
from ansible.module_utils.vpnphone.renewal.taken_back import forget

AT = datetime(2026, 11, 24, tzinfo=UTC)
DONE = TargetStage(status="done", at=AT)


def journal() -> Journal:
    """Two ASAs, each with a cluster of its own; every stage up to apply is done, every phone proven or waived."""
    asas = {
        name: AsaRenewal(
            name=name, interface="outside", old_trustpoint="OLD", new_trustpoint="NEW",
            stages={"certificate": DONE, "export": DONE},
        )
        for name in ("asa-1", "asa-2")
    }  # fmt: skip
    clusters = {
        name: ClusterRenewal(name=name, stages={"trust": DONE, "gateway": DONE, "apply": DONE})
        for name in ("cucm-1", "cucm-2")
    }
    phones = {
        f"SEP{number}": PhoneRenewal(
            name=f"SEP{number}", cluster=f"cucm-{number}", asas=(f"asa-{number}",), wave=1, proof="proven",
            reason="fetched", applied_at=AT, proven_at=AT,
        )
        for number in (1, 2)
    }  # fmt: skip
    waived = PhoneRenewal(name="SEP3", cluster="cucm-1", asas=("asa-1",), proof="waived", waived_by="J. Doe")
    return Journal(renewal="r", created=AT, asas=asas, clusters=clusters, phones=phones | {"SEP3": waived})


@pytest.mark.parametrize(
    ("stage", "target", "pending"),
    [
        ("certificate", "asa-1", [("export", "asa-1"), ("apply", "cucm-1")]),
        ("trust", "cucm-1", [("apply", "cucm-1")]),
        ("gateway", "cucm-1", [("apply", "cucm-1")]),
        ("switch", "asa-1", []),
        ("cleanup", "cucm-1", []),
    ],
)
def test_what_rests_on_it_is_pending_again(stage: StageName, target: str, pending: list[tuple[StageName, str]]) -> None:
    after = forget(journal(), stage, target)
    resting: list[tuple[StageName, str]] = [
        *(("export", name) for name in ("asa-1", "asa-2")),
        *(("apply", name) for name in ("cucm-1", "cucm-2")),
    ]
    assert [one for one in resting if target_stage(after, *one).status == "pending"] == pending
    proven = [name for name, phone in after.phones.items() if phone.proof == "proven"]
    assert proven == (["SEP2"] if pending else ["SEP1", "SEP2"])


def test_a_phone_is_as_at_the_beginning_and_a_waiver_stays() -> None:
    before = journal()
    after = forget(before, "certificate", "asa-1")
    assert after.phones["SEP1"] == PhoneRenewal(name="SEP1", cluster="cucm-1", asas=("asa-1",))
    assert (after.phones["SEP3"].proof, after.phones["SEP3"].waived_by) == ("waived", "J. Doe")
    assert after.phones["SEP2"] == before.phones["SEP2"]


def test_what_was_not_done_is_not_changed() -> None:
    fresh = msgspec.structs.replace(
        journal(),
        asas={name: msgspec.structs.replace(asa, stages={}) for name, asa in journal().asas.items()},
        clusters={name: msgspec.structs.replace(one, stages={}) for name, one in journal().clusters.items()},
        phones={},
    )
    assert forget(fresh, "certificate", "asa-1") == fresh
