"""From the directory of a run to its run: what lies there counts, what does not lie there is told."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.assess import assess_device, make_run
from ansible.module_utils.vpnphone.controls.site import Declared
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.judge_run import MAX_PEM, judge_run, read_change
from ansible.module_utils.vpnphone.model import AsaState, Failure, Run
from ansible.module_utils.vpnphone.predict.change import Bind
from ansible.module_utils.vpnphone.rundir import (
    Gathered,
    GatheredCluster,
    GatheredPhones,
    GatheredProbes,
    write_gathered,
)

from tests.unit.predict.builders import (
    CLUSTER,
    HOLDS,
    ISSUING,
    NEW_LEAF,
    NOW,
    SITE,
    X509,
    asa,
    cucm,
    hold,
    phone,
    probe,
)

GONE = Failure(code="unreachable", what="nobody answers.", todo="Look.", unreachable=True)


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    """A whole site, as the four modules keep it."""
    folder = tmp_path / "20240506T072900Z"
    keep(folder, asa())
    write_gathered(folder, GatheredProbes(device="asa1", probes=(probe(),)))
    write_gathered(folder, GatheredCluster(device=CLUSTER, state=cucm()))
    write_gathered(folder, GatheredPhones(device=CLUSTER, phones=(phone(),)))
    return folder


def keep(folder: Path, state: AsaState) -> None:
    write_gathered(folder, Gathered(device=state.device, state=state))


def judged(folder: Path, *what_if: str, asas: Any = ("asa1",), clusters: Any = (CLUSTER,)) -> Run:
    return judge_run(folder, asas, clusters, SITE, started=NOW, now=NOW, what_if=what_if)


def pem(certificate: X509) -> str:
    body = base64.encodebytes(base64.b64decode(certificate.der)).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"


def verdicts(run: Run) -> dict[str, str]:
    return {one.moment: one.verdict for one in run.predictions}


def test_a_whole_site(run_dir: Path) -> None:
    run = judged(run_dir)
    assert [(device.name, device.kind) for device in run.devices] == [("asa1", "asa"), (CLUSTER, "cucm")]
    assert verdicts(run) == {"now": "CONNECTS", "apply": "CONNECTS", "reload": "CONNECTS"}
    assert run.notes == ()
    assert run.what_if == ""
    assert "VPNP-351" in {finding.control for finding in run.devices[0].findings}


def test_asas_alone_give_what_they_gave_before(run_dir: Path) -> None:
    """Neither clusters nor probes: the same findings, no prediction, no note."""
    for name in ("cucm", "phones", "probes"):
        for path in (run_dir / name).iterdir():
            path.unlink()
    run = judged(run_dir, clusters=())
    alone = make_run([assess_device(asa(), SITE.of(Declared()), NOW)], run_dir.name, SITE, NOW, NOW)
    assert run == msgspec.structs.replace(alone, expiry=run.expiry)
    assert run.expiry
    assert {entry.device for entry in run.expiry} == {"asa1"}
    assert (run.predictions, run.what_if) == ((), "")


def test_an_asa_that_gave_nothing_stays_in_the_run(run_dir: Path) -> None:
    write_gathered(run_dir, Gathered(device="asa2", failure=GONE))
    run = judged(run_dir, asas=("asa1", "asa2", "asa3"))
    failures = {device.name: device.failure.code for device in run.devices if device.failure}
    assert failures == {"asa2": "unreachable", "asa3": "not_gathered"}
    assert verdicts(run)["now"] == "CONNECTS"


def test_probes_that_failed_are_told_and_those_nobody_asked_for_are_not(run_dir: Path) -> None:
    write_gathered(run_dir, GatheredProbes(device="asa1", failure=GONE))
    run = judged(run_dir)
    assert run.notes == ("asa1 was not probed: nobody answers.",)
    # The configuration still tells what is presented.
    assert verdicts(run)["now"] == "CONNECTS"
    (run_dir / "probes" / "asa1.json").unlink()
    assert judged(run_dir).notes == ()


def test_a_cluster_that_gave_nothing_is_a_device_without_findings(run_dir: Path) -> None:
    write_gathered(run_dir, GatheredCluster(device=CLUSTER, failure=GONE))
    run = judged(run_dir)
    cluster = run.devices[1]
    assert (cluster.name, cluster.kind, cluster.status, cluster.failure) == (CLUSTER, "cucm", "error", GONE)
    assert (run.predictions, run.exit_code) == ((), 3)


def test_phones_whose_files_nobody_read_are_unknown(run_dir: Path) -> None:
    (run_dir / "phones" / f"{CLUSTER}.json").unlink()
    run = judged(run_dir)
    assert set(verdicts(run).values()) == {"UNKNOWN"}
    assert run.notes[0].startswith(f"The files of the phones of {CLUSTER} were not read: nothing was gathered")
    write_gathered(run_dir, GatheredPhones(device=CLUSTER, failure=GONE))
    assert judged(run_dir).notes == (f"The files of the phones of {CLUSTER} were not read: nobody answers.",)


def test_a_damaged_file_is_a_failure(run_dir: Path) -> None:
    (run_dir / "probes" / "asa1.json").write_text("{", encoding="utf-8")
    assert judged(run_dir).notes[0].startswith("asa1 was not probed: the gathered state cannot be read")


# --- what-if -----------------------------------------------------------------------------------------------------


def test_a_change_by_its_text(run_dir: Path) -> None:
    keep(run_dir, hold(asa(), *HOLDS, ("NEW_TP", "identity", NEW_LEAF), ("NEW_TP", "ca", ISSUING)))
    run = judged(run_dir, "bind asa1 outside NEW_TP")
    assert verdicts(run) == {
        "now": "CONNECTS",
        "apply": "CONNECTS",
        "reload": "CONNECTS",
        "change": "LOCKED OUT",
    }
    assert run.what_if == "bind asa1 outside NEW_TP"
    # It is thought of, not found.
    assert run.exit_code == judged(run_dir).exit_code


def test_a_certificate_from_a_file(run_dir: Path, tmp_path: Path) -> None:
    path = tmp_path / "new certificate.pem"
    path.write_text(f"Bag Attributes\n{pem(NEW_LEAF)}", encoding="ascii")
    assert read_change([f"bind asa1 outside 'file:{path}'"]).steps == (
        Bind("asa1", "outside", path=str(path), certificate=NEW_LEAF),
    )
    assert verdicts(judged(run_dir, f"bind asa1 outside 'file:{path}'"))["change"] == "LOCKED OUT"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "No such file or directory"),
        ("", "one certificate in PEM form was expected; here are none"),
        (pem(NEW_LEAF) * 2, "one certificate in PEM form was expected; here are 2"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "this is no X.509 certificate"),
        ("x" * (MAX_PEM + 1), "it is larger than 262144 bytes"),
    ],
)
def test_a_file_that_is_no_certificate(tmp_path: Path, content: str | None, why: str) -> None:
    path = tmp_path / "new.pem"
    if content is not None:
        path.write_text(content, encoding="ascii")
    with pytest.raises(BadInput) as caught:
        read_change([f"bind asa1 outside file:{path}"])
    assert why in caught.value.what
    assert str(path) in caught.value.where
    assert "-----BEGIN CERTIFICATE-----" in caught.value.todo


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("bind asa9 outside NEW_TP", "ASA 'asa9'"),
        ("host-id on P9", "VPN profile 'P9'"),
        ("explode asa1", "'explode asa1'"),
    ],
)
def test_a_change_that_makes_no_sense(run_dir: Path, text: str, wrong: str) -> None:
    with pytest.raises(BadInput) as caught:
        judged(run_dir, text)
    assert wrong in caught.value.what


def test_a_profile_of_a_cluster_that_could_not_tell_may_be_there(run_dir: Path) -> None:
    write_gathered(run_dir, GatheredCluster(device="cucm2", failure=GONE))
    assert judged(run_dir, "host-id on P9", clusters=(CLUSTER, "cucm2")).what_if == "host-id on P9"
    write_gathered(run_dir, GatheredCluster(device=CLUSTER, state=cucm(profiles=None)))
    assert verdicts(judged(run_dir, "host-id on P9"))["change"] == "CONNECTS"


def test_several_changes_are_one_sentence(run_dir: Path) -> None:
    run = judged(run_dir, "failover asa1", "reload asa1")
    assert run.what_if == "failover asa1; reload asa1"


def test_a_run_of_another_day_is_judged_by_todays_clock(run_dir: Path) -> None:
    later = NOW + timedelta(days=400)
    run = judge_run(run_dir, ("asa1",), (CLUSTER,), SITE, started=NOW, now=later)
    found = {finding.control: finding.status for finding in run.devices[1].findings}
    assert found["VPNP-341"] == "fail"
