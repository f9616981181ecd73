"""The heart of the audit: what is foretold of a phone is what the phone then does. Never CONNECTS for one that fails.

Each fault is a scenario of its own: an ASA, a gateway, a profile, a phone. They stand beside each other in one lab; the
audit's own playbook gathers and judges it, and then the phones make real handshakes. After that things are changed in
the lab, one at a time, as a what-if had told them before.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
import yaml
from ansible.module_utils.vpnphone.assess import unit_of
from ansible.module_utils.vpnphone.commands import BY_SECTION
from ansible.module_utils.vpnphone.controls.base import ASKED_BY
from ansible.module_utils.vpnphone.controls.site import PhoneModel, Site
from ansible.module_utils.vpnphone.controls.site_context import SiteContext
from ansible.module_utils.vpnphone.judge_run import judge_run
from ansible.module_utils.vpnphone.model import AsaState, Prediction, Run, Source
from ansible.module_utils.vpnphone.predict import predict
from ansible.module_utils.vpnphone.rundir import (
    GatheredCluster,
    GatheredPhones,
    GatheredProbes,
    read_gathered,
    read_kept,
)

from lab.phone.outcome import PhoneOutcome
from lab.testing import RunningLab, running_lab
from tests.integration.conftest import LAB_INVENTORY, ROOT, environment, program, run
from tests.integration.site_fault_table import FAULTS
from tests.integration.site_faults import CLUSTER, DEAF, Place, places, scenario

MODELS = ROOT / "inventories" / "lab_phone_models.yml"
PLACES = places(FAULTS)
BY_ID = {place.fault.id: place for place in PLACES}
EACH = pytest.mark.parametrize("place", PLACES, ids=lambda place: place.fault.id)


class Told(NamedTuple):
    """A running lab, the directory and the run of its audit, and what the phones then did, by moment."""

    site: RunningLab
    run_dir: Path
    run: Run
    did: dict[str, dict[str, PhoneOutcome]]

    def prediction(self, place: Place, moment: str) -> Prediction:
        return of(self.run, place, moment)


def of(found: Run, place: Place, moment: str) -> Prediction:
    return next(one for one in found.predictions if (one.phone, one.moment) == (place.phone, moment))


def audit(lab: Path, reports: Path) -> Path:
    """The directory of an audit of that lab."""
    given = {"vpnphone_run_id": "faults", "vpnphone_reports_dir": str(reports), "vpnphone_verdict": False}
    command = [program("ansible-playbook"), "playbooks/audit.yml", "-i", LAB_INVENTORY, "-e", json.dumps(given)]
    code, output = run(command, environment(VPNPHONE_LAB_DIR=str(lab)))
    assert code == 0, output[-4000:]
    return reports / "faults"


@functools.cache
def judged(run_dir: Path, *what_if: str) -> Run:
    """What the audit makes of what was gathered, with a change thought through: nothing is asked of anybody."""
    names, now = [place.name for place in PLACES], datetime.now(UTC)
    return judge_run(run_dir, names, (CLUSTER, DEAF), knowledge(), started=now, now=now, what_if=what_if)


def knowledge() -> Site:
    """What the inventory tells of this site: the table of the lab's phones."""
    rows = yaml.safe_load(MODELS.read_text(encoding="utf-8"))["phone_models"]
    return Site(phone_models=msgspec.convert(rows, tuple[PhoneModel, ...]))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Audited first, then the phones act: what they do must not be what was looked at."""
    folder = tmp_path_factory.mktemp("faults")
    with running_lab(scenario(PLACES), folder / "lab") as site:
        bind(site, BY_ID["not-saved"], "NEW")
        site.connect_phones([BY_ID["not-saved"].phone])
        run_dir = audit(folder / "lab", folder / "reports")
        found = msgspec.json.decode((run_dir / "run.json").read_bytes(), type=Run)
        did = {"now": site.connect_phones(), "apply": site.apply_phones()}
        yield Told(site, run_dir, found, did)


def step_of(found: Prediction) -> str:
    """The step that decides."""
    reasons = (reason for one in found.attempts for reason in one.reasons)
    return next((reason.step for reason in reasons if reason.verdict == found.verdict), "")


def true(found: Prediction, did: PhoneOutcome) -> None:
    """CONNECTS means that it does, LOCKED OUT that it does not."""
    if found.verdict == "CONNECTS":
        assert did.connected, f"CONNECTS ({found.first}), and the phone fails: {did.reason}, {did.detail}"
    if found.verdict == "LOCKED OUT":
        assert not did.connected, f"LOCKED OUT ({found.first}), and the phone connects: {did.detail}"


# --- as it stands, and after an apply --------------------------------------------------------------------------------


def test_the_site_has_scenarios_of_every_kind(told: Told) -> None:
    assert len(PLACES) >= 30
    assert {place.fault.now[0] for place in PLACES} == {"CONNECTS", "LOCKED OUT", "UNKNOWN"}
    assert len({place.fault.now[1] for place in PLACES}) >= 12
    unread = {device.name: device.failure.code for device in told.run.devices if device.failure}
    assert unread == {"asa-asa-unread": "timeout_connect"}
    assert {one.phone for one in told.run.predictions} == {place.phone for place in PLACES}


@EACH
def test_now(told: Told, place: Place) -> None:
    found, did = told.prediction(place, "now"), told.did["now"][place.phone]
    true(found, did)
    assert (found.verdict, step_of(found)) == place.fault.now, found.first


@EACH
def test_after_an_apply(told: Told, place: Place) -> None:
    found, did = told.prediction(place, "apply"), told.did["apply"][place.phone]
    true(found, did)
    assert (found.verdict, step_of(found)) == (place.fault.apply or place.fault.now), found.first


@EACH
def test_unknown_says_why(told: Told, place: Place) -> None:
    """Nobody has to guess what the audit lacks; and no other phone is UNKNOWN than those of which the table says so."""
    for moment in ("now", "apply", "failover", "reload"):
        found = told.prediction(place, moment)
        if found.verdict == "UNKNOWN":
            assert found.first
            assert any(reason.verdict == "UNKNOWN" and reason.text for one in found.attempts for reason in one.reasons)
        if place.fault.now[0] == "UNKNOWN" and moment != "apply":
            assert found.verdict == "UNKNOWN"


# --- with less knowledge ---------------------------------------------------------------------------------------------


@functools.cache
def gathered(run_dir: Path) -> tuple[SiteContext, ...]:
    """What the audit gathered, a context for each cluster; read once, since it takes longer than a judgement."""
    parameters, now = knowledge(), datetime.now(UTC)
    units = []
    for place in PLACES:
        kept = read_gathered(run_dir, place.name)
        if kept.state is not None:
            probes = read_kept(run_dir, place.name, GatheredProbes).probes or ()
            units.append(unit_of(kept.state, parameters.of(kept.declared), now, probes))
    found = []
    for name in (CLUSTER, DEAF):
        cucm, phones = read_kept(run_dir, name, GatheredCluster).state, read_kept(run_dir, name, GatheredPhones).phones
        assert cucm is not None and phones is not None
        found.append(SiteContext(cucm, phones, tuple(units), parameters, now))
    return tuple(found)


def _without_probes(whole: SiteContext) -> SiteContext:
    return whole._replace(asas=tuple(unit._replace(probes=()) for unit in whole.asas))


def _without_pages(whole: SiteContext) -> SiteContext:
    return whole._replace(phones=tuple(msgspec.structs.replace(phone, web=None) for phone in whole.phones))


def _without_a_node(whole: SiteContext) -> SiteContext:
    phones = (
        msgspec.structs.replace(phone, files=tuple(one for one in phone.files if one.node != "node-b"), web=None)
        for phone in whole.phones
    )
    return whole._replace(phones=tuple(phones))


def _without_section(name: str) -> Callable[[SiteContext], SiteContext]:
    def hide(state: AsaState) -> AsaState:
        sources = state.sources | {name: Source(command=BY_SECTION[name].text, status="refused")}
        return msgspec.structs.replace(state, sources=sources, **{name: None})

    return lambda whole: whole._replace(asas=tuple(unit._replace(state=hide(unit.state)) for unit in whole.asas))


def _without_answer(name: str) -> Callable[[SiteContext], SiteContext]:
    return lambda whole: whole._replace(cucm=msgspec.structs.replace(whole.cucm, **{name: None}))


LESS: dict[str, Callable[[SiteContext], SiteContext]] = {
    "no probes": _without_probes,
    "no probes, no chain": lambda whole: _without_section("certificate_chain")(_without_probes(whole)),
    "no probes, no show certificates": lambda whole: _without_section("certificates")(_without_probes(whole)),
    "no pages": _without_pages,
    "no second node": _without_a_node,
    **{f"ASA: {name}": _without_section(name) for name in sorted(BY_SECTION)},
    **{f"CUCM: {name}": _without_answer(name) for name in sorted(ASKED_BY)},
}


@pytest.mark.parametrize("less", LESS)
def test_less_knowledge_is_still_true(told: Told, less: str) -> None:
    """Whatever the audit could not read: none that fails is said to connect, none that connects to be locked out."""
    names = {place.phone: place for place in PLACES}
    for whole in gathered(told.run_dir):
        for found in predict(LESS[less](whole), ("now", "apply")):
            true(found, told.did[found.moment][names[found.phone].phone])
            before = told.prediction(names[found.phone], found.moment)
            assert found.verdict in (before.verdict, "UNKNOWN"), (
                f"{before.verdict} became {found.verdict}: {found.first}"
            )


# --- things that happen, as a what-if told them --------------------------------------------------------------------


def bind(site: RunningLab, place: Place, trustpoint: str) -> None:
    site.type(place.name, "configure terminal", f"ssl trust-point {trustpoint} outside", "end")


def cipher(site: RunningLab, place: Place, protocol: str, suites: str) -> None:
    site.type(place.name, "configure terminal", f'ssl cipher {protocol} custom "{suites}"', "end")


def reload(site: RunningLab, place: Place) -> None:
    """The startup configuration rules."""
    context = site.device(place.name).login_context

    def again() -> None:
        context.running = context.startup
        context.changed()

    site.inside(again)
    site.type(place.name, "show clock")


def take_over(site: RunningLab, place: Place) -> None:
    """The mate answers: what never reached it is not there."""
    device = site.device(place.name)

    def lost() -> None:
        for name in device.spec.failover.mate_missing if device.spec.failover else ():
            device.login_context.trustpoints[name].identity = None
        device.login_context.changed()

    site.inside(lost)
    site.type(place.name, "show clock")


def host_id(site: RunningLab, place: Place, on: bool) -> None:
    """The box of the VPN profile, then Apply Config."""
    cluster = site.cluster(CLUSTER)

    def switch() -> None:
        cluster.profiles[f"P-{place.fault.id}"].host_id_check = on
        cluster.apply(place.phone)

    site.inside(switch)
    site.settle()


class Happens(NamedTuple):
    """A change of one place: as a what-if has it (or the moment of the audit that tells it), and as the lab does it."""

    place: str
    asked: str
    does: Callable[[RunningLab, Place], None]
    verdict: tuple[str, str]

    @property
    def id(self) -> str:
        return f"{self.place}: {self.asked}"


def _rebound(site: RunningLab, place: Place) -> None:
    bind(site, place, "NEW")


def _other_suites(site: RunningLab, place: Place) -> None:
    cipher(site, place, "tlsv1", "DHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA")


def _one_suite(site: RunningLab, place: Place) -> None:
    cipher(site, place, "tlsv1", "AES128-SHA")


def _other_dtls_suites(site: RunningLab, place: Place) -> None:
    cipher(site, place, "dtlsv1", "DHE-RSA-AES256-SHA")


def _ec_suites(site: RunningLab, place: Place) -> None:
    cipher(site, place, "tlsv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384:AES256-SHA")


def _host_id_on(site: RunningLab, place: Place) -> None:
    host_id(site, place, True)


def _host_id_off(site: RunningLab, place: Place) -> None:
    host_id(site, place, False)


WHAT_IF = (
    Happens("spare", "bind asa-spare outside NEW", _rebound, ("LOCKED OUT", "pin")),
    Happens("spare-in-file", "bind asa-spare-in-file outside NEW", _rebound, ("CONNECTS", "pin")),
    Happens("well-middle", 'cipher asa-well-middle tlsv1 "AES128-SHA"', _one_suite, ("CONNECTS", "pin")),
    Happens(
        "well-two-hashes",
        'cipher asa-well-two-hashes tlsv1 "DHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA"',
        _other_suites,
        ("LOCKED OUT", "cipher"),
    ),
    Happens(
        "well-old-mic",
        'cipher asa-well-old-mic dtlsv1 "DHE-RSA-AES256-SHA"',
        _other_dtls_suites,
        ("LOCKED OUT", "dtls"),
    ),
    # Whether 9.16(4)85 carries the fix of CSCuu02848 is not told; the lab's does.
    Happens(
        "well-newer",
        'cipher asa-well-newer tlsv1.2 "ECDHE-ECDSA-AES256-GCM-SHA384:AES256-SHA"',
        _ec_suites,
        ("UNKNOWN", "pin"),
    ),
    Happens("well-no-host-id", "host-id on P-well-no-host-id", _host_id_on, ("LOCKED OUT", "host-id")),
    Happens("well-by-common-name", "host-id off P-well-by-common-name", _host_id_off, ("CONNECTS", "pin")),
    Happens("mate-alike", "failover asa-mate-alike", take_over, ("CONNECTS", "pin")),
    Happens("mate-without", "failover asa-mate-without", take_over, ("LOCKED OUT", "pin")),
    Happens("not-saved", "reload asa-not-saved", reload, ("LOCKED OUT", "pin")),
    Happens("well-by-global-binding", "reload asa-well-by-global-binding", reload, ("CONNECTS", "pin")),
)


@pytest.mark.parametrize("happens", WHAT_IF, ids=lambda happens: happens.id)
def test_what_if(told: Told, happens: Happens) -> None:
    """Each acts on a place of its own, so that their order does not matter, and one judgement can think of all."""
    place = BY_ID[happens.place]
    found = of(judged(told.run_dir, *(one.asked for one in WHAT_IF)), place, "change")
    assert (found.verdict, step_of(found)) == happens.verdict, found.first
    happens.does(told.site, place)
    true(found, told.site.connect_phones([place.phone])[place.phone])


@pytest.mark.parametrize(
    "happens", [one for one in WHAT_IF if one.asked.startswith(("failover", "reload"))], ids=lambda one: one.id
)
def test_the_audit_tells_it_without_being_asked(told: Told, happens: Happens) -> None:
    moment = happens.asked.partition(" ")[0]
    found = told.prediction(BY_ID[happens.place], moment)
    assert (found.verdict, step_of(found)) == happens.verdict


def test_no_place_is_changed_twice() -> None:
    assert len({one.place for one in WHAT_IF}) == len(WHAT_IF)


def test_a_change_of_one_place_changes_no_other(told: Told) -> None:
    changed = judged(told.run_dir, "bind asa-spare outside NEW")
    for place in PLACES:
        found = of(changed, place, "change")
        if place.fault.id != "spare":
            assert found.verdict == told.prediction(place, "now").verdict
