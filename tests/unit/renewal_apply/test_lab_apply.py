"""Stage apply against the lab: real files over HTTP and TFTP, real pages, and phones that really hold what they say."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone import phone_stages
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.gather_wave import ClusterGround

from tests.unit.renewal_apply.kit import Killed
from tests.unit.renewal_apply.lab_site import ASAS, CLUSTER, NORTH, OFF, PROMPTS, SOUTH, Work, scenario, work

READY = sorted((*NORTH, *SOUTH))


def holds_both(found: Work, name: str) -> bool:
    vpn = found.site.phone(name).held
    pins = {pin.hex() for pin in vpn.vpn.pins} if vpn is not None and vpn.vpn is not None else set()
    old = "south" if name in SOUTH else "north"
    return {found.certs[old].sha1, found.certs[f"{old}-2027"].sha1} <= pins


def test_every_phone_that_is_there_is_proven_and_outlives_the_switch(tmp_path: Path) -> None:
    with work(tmp_path) as found:
        run_dir = found.gather()
        result = found.approved(run_dir)
        assert result["outcome"] == "done"
        assert [wave["phones"] for wave in result["waves"]] == [
            sorted((NORTH[0], SOUTH[0])), sorted((*NORTH[1:], *SOUTH[1:])),
        ]  # fmt: skip
        assert sorted(found.told) == READY
        assert found.proofs == {
            **dict.fromkeys(READY, "proven"), **dict.fromkeys(OFF, "offline"), PROMPTS: "unproven",
        }  # fmt: skip
        assert all(holds_both(found, name) for name in READY)
        assert (sorted(result["phones"].items()), found.cards) == (
            [("offline", 2), ("proven", 6), ("unproven", 1)], sorted(OFF),
        )  # fmt: skip
        # Again: nobody is told anything.
        assert found.run(run_dir)["outcome"] == "done"
        assert len(found.told) == 6
        # What was proven is so: with the new certificates bound, all of them connect.
        for asa in ASAS:
            found.site.type(asa, "configure terminal", "ssl trust-point NEW_TP outside", "end")
        outcomes = found.site.connect_phones(READY)
        assert {name for name, outcome in outcomes.items() if outcome.connected} == set(READY)


def test_the_one_that_prompts_is_told_by_name_and_proven_once_its_user_has_typed(tmp_path: Path) -> None:
    with work(tmp_path) as found:
        result = found.approved(found.gather(), include_aaa=[PROMPTS])
        assert result["waves"][-1]["phones"] == [PROMPTS]
        assert found.proofs[PROMPTS] == "proven"


def test_a_node_that_keeps_its_old_files(tmp_path: Path) -> None:
    site = scenario(faults=[{"kind": "stale", "node": "cucm-tftp2"}])
    with work(tmp_path, site) as found:
        with pytest.raises(VpnPhoneError) as raised:
            found.approved(found.gather())
        assert raised.value.code == "stale_file"
        assert "cucm-tftp2" in raised.value.what
        assert "cucm-pub" not in raised.value.what
        assert len(found.told) == 1
        assert found.stage.status == "refused"
        # It can still connect: nothing was lost.
        assert found.site.connect_phones(found.told)[found.told[0]].connected


def test_a_phone_that_ignores_the_apply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = [timedelta(0)]
    monkeypatch.setattr(ClusterGround, "now", lambda _self: datetime.now(UTC) + ahead[0])
    with work(tmp_path) as found:

        def nap(_self: ClusterGround, seconds: float) -> None:
            """Its time is over once all others are through, however long these take here."""
            time.sleep(seconds)
            if all(found.proofs[name] == "proven" for name in READY if name != NORTH[1]):
                ahead[0] = timedelta(hours=1)

        monkeypatch.setattr(ClusterGround, "sleep", nap)
        found.site.add_phone_fault(NORTH[1], kind="apply_ignored")
        with pytest.raises(VpnPhoneError) as raised:
            found.approved(found.gather())
        assert raised.value.code == "wave_failed"
        assert NORTH[1] in raised.value.what
        assert found.proofs[NORTH[1]] == "failed"
        assert "older than the file" in found.reason(NORTH[1])
        assert {name for name, proof in found.proofs.items() if proof == "proven"} == set(READY) - {NORTH[1]}
        assert NORTH[1] in found.cards


def test_a_phone_that_was_off_is_proven_once_it_is_back(tmp_path: Path) -> None:
    with work(tmp_path) as found:
        found.approved(found.gather())
        assert found.proofs[OFF[0]] == "offline"
        found.site.power([OFF[0]], on=True)
        result = found.approved(found.gather())
        assert [wave["phones"] for wave in result["waves"]] == [[OFF[0]]]
        assert found.proofs[OFF[0]] == "proven"
        assert found.cards == [OFF[1]]


def test_killed_between_two_waves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waves: list[Any] = []

    class Dying(phone_stages.WaveRun):
        def run(self) -> None:
            waves.append(self)
            if len(waves) == 2:
                raise Killed
            super().run()

    with work(tmp_path) as found:
        run_dir = found.gather()
        monkeypatch.setattr(phone_stages, "WaveRun", Dying)
        with pytest.raises(Killed):
            found.approved(run_dir)
        assert sorted(found.told) == sorted((NORTH[0], SOUTH[0]))
        assert found.stage.status == "running"
        monkeypatch.undo()
        result = found.run(run_dir)  # without a new approval
        assert result["outcome"] == "done"
        assert sorted(found.told) == READY
        assert found.cluster.requests["applyPhone"] == len(READY)


def test_a_server_that_asks_for_patience_is_given_it(tmp_path: Path) -> None:
    site = scenario(faults=[{"kind": "axl_503", "operation": "^applyPhone$", "count": 1}])
    with work(tmp_path, site) as found:
        assert found.approved(found.gather())["outcome"] == "done"
        assert sorted(found.told) == READY


def test_an_answer_that_is_cut_off_is_decided_by_the_phone(tmp_path: Path) -> None:
    site = scenario(faults=[{"kind": "axl_cut", "operation": "^applyPhone$", "count": 1}])
    with work(tmp_path, site) as found:
        assert found.approved(found.gather())["outcome"] == "done"
        assert sorted(found.told) == READY
        assert found.cluster.name == CLUSTER
