"""The shipped site whose phones fail for many causes at the same time (lab/scenarios/diagnosis.yml), read at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from ansible.module_utils.vpnphone.diagnose.judge import diagnose
from ansible.module_utils.vpnphone.diagnose.read import read_texts
from ansible.module_utils.vpnphone.model.diagnosis import Cause, Diagnosis

from lab.testing import RunningLab, running_lab
from tests.unit.diagnose_lab.lab_logs import forget, of_asa, reading, told

SITE = Path(__file__).parents[3] / "lab/scenarios/diagnosis.yml"
ASAS = ("hq-asa", "branch-asa")
CONNECTED = ("SEP8CB64F576301", "SEP8CB64F576302", "SEP8CB64F576303")
# Lines of the phone's own log, or lines of the ASA that name it, prove these.
CERTAIN = {
    "SEP70E422A1B304": "hash_mismatch",
    "SEP0062ECAB1305": "dtls_cipher_mismatch",
    "SEP5475D0F3E306": "dap_terminate",
    "SEPE8B7485C9309": "host_id",
    "SEPB8BEBF23130C": "load_balancing",
}
# These have lines from memory, or signs that prove nothing by themselves.
UNCERTAIN = {
    "SEP5475D0F3E307": "csd",
    "SEPE8B7485C930A": "refused_by_policy",
    "SEPE8B7485C930B": "client_certificate",
    "SEPB8BEBF23130D": "no_answer",
    # It has failed once only, which may be passing.
    "SEP8CB64F57630E": "tftp",
}
# Proven, but the line names nobody.
NAMELESS = {"SEP5475D0F3E308": "group_lock", "SEPB8BEBF23130F": "no_shared_cipher"}


class Started(NamedTuple):
    connected: tuple[str, ...]
    found: Diagnosis


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    with running_lab(SITE, tmp_path_factory.mktemp("site") / "lab") as found:
        yield found


@pytest.fixture(scope="module")
def started(site: RunningLab) -> Started:
    """As it stands after the start. Tests that change the site ask for it, so that it is read before."""
    connected = tuple(name for name, outcome in site.outcomes().items() if outcome.connected)
    return Started(connected, diagnose(reading(site, ASAS, site.outcomes())))


@pytest.fixture
def found(started: Started) -> Diagnosis:
    return started.found


def of_phone(found: Diagnosis, phone: str) -> list[Cause]:
    return [cause for cause in found.causes if cause.phone == phone]


def test_the_phones_do_what_the_scenario_says(started: Started) -> None:
    told = re.findall(r"^  # ([a-z_]+)\b.*?\n(?:  #.*\n)*?  - \{name: (SEP[0-9A-F]{12})", SITE.read_text(), re.M)
    causes = {phone: word for word, phone in told}
    assert causes == CERTAIN | UNCERTAIN | NAMELESS | {CONNECTED[0]: "connected"}
    assert started.connected == CONNECTED


@pytest.mark.parametrize("name", ASAS)
def test_everything_the_asas_write_is_known(site: RunningLab, name: str) -> None:
    (text,) = of_asa(site, name).values()
    (source,) = read_texts({name: text}).sources
    assert source.recognised == sum("%ASA-" in line for line in text.splitlines()) > 0


@pytest.mark.parametrize("phone", CERTAIN)
def test_what_is_proven_is_certain(found: Diagnosis, phone: str) -> None:
    said = [(cause.id, cause.confidence) for cause in of_phone(found, phone)]
    assert said[0] == (CERTAIN[phone], "certain")
    assert "certain" not in [confidence for _, confidence in said[1:]]


@pytest.mark.parametrize("phone", UNCERTAIN)
def test_what_is_not_proven_is_not_certain(found: Diagnosis, phone: str) -> None:
    causes = of_phone(found, phone)
    assert causes[0].id == UNCERTAIN[phone]
    assert causes[0].confidence in ("likely", "indicated")
    assert causes[0].doubts
    assert "certain" not in [cause.confidence for cause in causes]


@pytest.mark.parametrize("phone", NAMELESS)
def test_what_names_nobody_is_found_all_the_same(found: Diagnosis, phone: str) -> None:
    causes = [cause for cause in found.causes if cause.id == NAMELESS[phone]]
    assert {cause.phone for cause in causes} <= {phone, ""}
    assert causes


def test_phones_that_connect_are_blamed_for_nothing(found: Diagnosis) -> None:
    assert found.verdict == "cause"
    assert [cause.id for cause in found.causes if cause.phone in CONNECTED] == []
    last = {story.phone: story.last for story in found.phones}
    assert [last[phone] for phone in CONNECTED] == ["connected"] * 3
    assert [phone for phone, how in last.items() if how == "connected"] == list(CONNECTED)


def test_a_cause_is_no_other_phones(found: Diagnosis) -> None:
    expected = CERTAIN | UNCERTAIN | NAMELESS
    certain = {(cause.phone, cause.id) for cause in found.causes if cause.confidence == "certain" and cause.phone}
    assert certain <= set(expected.items())


def test_clocks_that_are_wrong_are_found(found: Diagnosis) -> None:
    """37 seconds slow; the ASA's stamps have whole seconds. The lines of SEP8CB64F576303 carry no time at all."""
    offsets = {offset.phone: offset.seconds for offset in found.offsets}
    assert offsets["SEP8CB64F576302"] == pytest.approx(-37, abs=2)
    assert "SEP8CB64F576303" not in offsets
    # The ASA has refusals of two clients with no name to them: which one is its own, nothing tells.
    assert "SEP70E422A1B304" not in offsets


# --- changes of the site ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("started")
def test_many_tries_fill_and_rotate_the_phones_files(site: RunningLab) -> None:
    phone = "SEP70E422A1B304"
    for _ in range(20):
        site.connect_phones([phone])
    files = [name for name in site.phone(phone).log.files() if name.startswith("log")]
    assert len(files) == 5
    said = diagnose(reading(site, ["hq-asa"], [phone]))
    first = next(cause for cause in said.causes if cause.phone == phone)
    assert (first.id, first.confidence) == ("hash_mismatch", "certain")
    assert first.count > 10


@pytest.mark.usefixtures("started")
def test_what_was_put_right_stands_no_more(site: RunningLab) -> None:
    """DAP lets the lobby in, and its phone dials anew: the cause of before is no cause now."""
    phone = "SEP5475D0F3E306"
    site.type("hq-asa", "configure terminal", "dynamic-access-policy-record DfltAccessPolicy", "action continue")
    assert site.connect_phones([phone])[phone].connected
    said = diagnose(reading(site, ["hq-asa"], [phone]))
    assert next(story.last for story in said.phones if story.phone == phone) == "connected"
    for cause in said.causes:
        assert cause.phone != phone or (cause.confidence != "certain" and cause.against)


@pytest.mark.usefixtures("started")
def test_a_log_without_debugging_level_is_no_proof_of_health(site: RunningLab) -> None:
    """At level informational the lists, alerts and DAP attributes are missing; what is left must not be called well."""
    phone = "SEPB8BEBF23130F"
    forget(site, "branch-asa")
    site.type("branch-asa", "configure terminal", "logging buffered informational")
    site.connect_phones([phone])
    said = diagnose(reading(site, ["branch-asa"], [phone]))
    assert said.verdict == "cause"
    assert "certain" not in [cause.confidence for cause in said.causes if cause.id == "no_shared_cipher"]


@pytest.mark.usefixtures("started")
def test_a_node_that_is_gone_leaves_timeouts_in_the_status_messages(site: RunningLab) -> None:
    """The tunnel stands, and the phone keeps the file that it has: no cause but the fetch."""
    phone, node = CONNECTED[1], site.cluster("lab-cucm").nodes["cucm-pub"]
    port = node.http_port
    # Nobody ever listens on port 1 of loopback here.
    site.inside(lambda: setattr(node, "http_port", 1))
    for _ in range(2):
        site.apply_phones([phone])
    site.inside(lambda: setattr(node, "http_port", port))
    said = diagnose(reading(site, [], [phone]))
    assert [(cause.id, cause.phone) for cause in said.causes] == [("tftp", phone)]
    assert f"TFTP Timeout : {phone}.cnf.xml.sgn" in told(said, said.causes[0])
    assert [(story.phone, story.last) for story in said.phones] == [(phone, "connected")]
