"""Controls of a cluster: texts for a reader, what is not known is never pass, and nothing raises."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.assess import CONNECTS, assess_cluster, exit_code, make_run
from ansible.module_utils.vpnphone.controls.base import ASKED_BY, Control, judge
from ansible.module_utils.vpnphone.controls.catalogue import all_controls
from ansible.module_utils.vpnphone.controls.site_context import SiteContext
from ansible.module_utils.vpnphone.model import PhoneState, Source, Waiver
from ansible.module_utils.vpnphone.predict import parse_change
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.controls.builders import change
from tests.unit.controls_site.kit import foretold, owed
from tests.unit.predict.builders import (
    DAY,
    NOW,
    ROOT,
    SECTIONS,
    SITE,
    asa,
    cucm,
    filed,
    handshake,
    line,
    listed,
    phone,
    probe,
    registered,
    served,
    site,
    unit,
    vpn,
    web,
)
from tests.unit.predict.strategies import FILES, PHONES, SHAKES, STATES

CONTROLS = all_controls("site")
# With a newer model beside the old one every control has something to judge.
NEWER = "SEP000000000001"


def newer() -> PhoneState:
    """The phone of the newer model, with its file on both nodes and the line of its fetch."""
    name = f"{NEWER}.cnf.xml.sgn"
    return phone(served(name=name), served(name=name, node="cucm-tftp2"), name=NEWER, web=web(line(name)))


WELL = foretold(
    site(
        unit(None, probe(handshake(), handshake(SITE.phone_models[1]), handshake(offer="browser"))),
        cluster=cucm(
            phones=(listed(), listed(NEWER, model="Cisco 8841")), registrations=(registered(), registered(NEWER))
        ),
        phones=(phone(), newer()),
    )
)
GAPS = ("missing", "refused", "incomplete", "unreadable")


def without(whole: SiteContext, gaps: dict[str, Any]) -> SiteContext:
    """The site without these sections of its cluster, each with its reason."""
    sources = whole.cucm.sources | {
        name: Source(command=ASKED_BY[name], status=status, detail="401 Unauthorized") for name, status in gaps.items()
    }
    cluster = msgspec.structs.replace(whole.cucm, sources=sources, **dict.fromkeys(gaps))
    return foretold(whole._replace(cucm=cluster, predictions=()))


def test_they_are_all_here() -> None:
    assert [rule.id for rule in CONTROLS] == [
        f"VPNP-{number}"
        for number in (*range(300, 305), *range(311, 318), *range(321, 326), *range(331, 336), 341, 342)
    ]
    assert [rule.id for rule in all_controls("probe")] == ["VPNP-351"]


@pytest.mark.parametrize("rule", CONTROLS, ids=lambda rule: rule.id)
def test_every_control_passes_where_all_is_well(rule: Control) -> None:
    assert judge(rule, WELL).status == "pass"


@pytest.mark.parametrize("rule", CONTROLS, ids=lambda rule: rule.id)
def test_texts_for_a_reader_at_night(rule: Control) -> None:
    assert rule.title and not rule.title.endswith(".")
    assert rule.rationale.endswith(".") and len(rule.rationale) > 60
    assert rule.features and all(feature.startswith("F-") for feature in rule.features)
    assert set(rule.needs) <= set(ASKED_BY)
    assert rule.remediation


@pytest.mark.parametrize(
    ("rule", "section"),
    [(rule, section) for rule in CONTROLS for section in rule.needs],
    ids=lambda value: value if isinstance(value, str) else value.id,
)
def test_each_needed_section_is_needed(rule: Control, section: str) -> None:
    found = judge(rule, without(WELL, {section: "refused"}))
    assert found.status == "error"
    assert [outcome.message for outcome in found.outcomes] == [
        f"UNKNOWN: `{ASKED_BY[section]}` is refused: 401 Unauthorized"
    ]


@given(st.dictionaries(st.sampled_from(SECTIONS), st.sampled_from(GAPS)))
def test_any_gap_is_never_a_finding(gaps: dict[str, Any]) -> None:
    """All is well: what is not known may be UNKNOWN or skipped, and is no fault of the site."""
    whole = without(WELL, gaps)
    for rule in CONTROLS:
        found = judge(rule, whole)
        assert found.status in ("pass", "error", "skipped"), rule.id
        if gaps.keys() & set(rule.needs):
            assert found.status in ("error", "skipped")


@given(STATES, FILES, st.lists(SHAKES, max_size=2), st.lists(PHONES, max_size=2).map(tuple))
def test_nothing_raises(sections: dict[str, Any], files: Any, shakes: list[Any], listed_ones: Any) -> None:
    device = change(asa(), **sections)
    state = msgspec.structs.replace(phone(), files=files)
    whole = foretold(
        site(
            unit(device, *((probe(*shakes),) if shakes else ())),
            cluster=cucm(phones=listed_ones),
            phones=(state,),
        )
    )
    for rule in CONTROLS:
        found = judge(rule, whole)
        assert found.outcomes
        for outcome in found.outcomes:
            owed(outcome)


def test_a_thousand_phones_are_no_thousand_outcomes() -> None:
    """Whatever is wrong with each of them: phones of one cause are one outcome, with three names and a number."""
    names = [f"SEP{number:012X}" for number in range(1000)]
    wrong = [
        phone(served(name=f"{name}.cnf.xml.sgn"), name=name, web=web(line(f"TFTP Timeout : {name}.cnf.xml.sgn")))
        for name in names[:500]
    ]
    locked = [
        phone(
            served(vpn(cert_hashes=(ROOT.pin,)), name=f"{name}.cnf.xml.sgn"),
            name=name,
            web=web(line(f"{name}.cnf.xml.sgn")),
        )
        for name in names[500:]
    ]
    cluster = cucm(
        phones=tuple(listed(name, lsc_valid_until=NOW - (1 + day) * DAY) for day, name in enumerate(names)),
        registrations=tuple(registered(name) for name in names),
    )
    whole = foretold(site(unit(None, probe()), cluster=cluster, phones=(*wrong, *locked)))
    for rule in CONTROLS:
        found = judge(rule, whole)
        assert len(found.outcomes) < 10, rule.id
        assert all(outcome.message.count("SEP") <= 5 for outcome in found.outcomes)


# --- the cluster in a run ----------------------------------------------------------------------------------------


def judged(whole: SiteContext, **fields: Any) -> Any:
    parameters = msgspec.structs.replace(SITE, **fields)
    return assess_cluster(whole.cucm, whole.phones, whole.asas, parameters, NOW)


def test_a_cluster_is_a_device_of_its_own() -> None:
    result, predictions = judged(site())
    assert (result.name, result.kind, result.status, result.release) == ("cucm1", "cucm", "pass", "14.0.1.13900-155")
    assert [found.control for found in result.findings] == [rule.id for rule in CONTROLS]
    assert {one.verdict for one in predictions} == {"CONNECTS"}
    run = make_run([result], "r", SITE, NOW, NOW, predictions=predictions, what_if="reload asa1", notes=("a note",))
    assert (run.exit_code, run.predictions, run.what_if) == (0, predictions, "reload asa1")
    assert run.notes[0] == "a note"


@pytest.mark.parametrize(
    ("whole", "code"),
    [
        (site(), 0),
        (site(phones=(filed(cert_hashes=(ROOT.pin,)),)), 2),
        (site(phones=(phone(web=None),)), 3),
        (site(cluster=cucm(phones=None)), 3),
    ],
)
def test_the_exit_code_counts_the_phones(whole: SiteContext, code: int) -> None:
    result, _ = judged(whole, include=(CONNECTS,))
    assert [found.control for found in result.findings] == [CONNECTS]
    assert exit_code([result]) == code


def test_a_phone_may_be_waived_by_its_cause() -> None:
    waiver = Waiver(control=CONNECTS, reason="r", approved_by="a", expires="2024-12-31", device="cucm*", subject="pin*")
    result, _ = judged(site(phones=(filed(cert_hashes=(ROOT.pin,)),)), include=(CONNECTS,), waivers=(waiver,))
    assert result.findings[0].status == "waived"


def test_a_fault_of_the_prediction_is_a_finding_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise KeyError("secret of a phone")

    monkeypatch.setattr("ansible.module_utils.vpnphone.assess.predict", broken)
    result, predictions = judged(site())
    first = result.findings[0]
    assert (first.control, first.status, first.fault, predictions) == (CONNECTS, "error", "KeyError", ())
    assert len(result.findings) == len(CONTROLS)
    assert exit_code([result]) == 1
    assert b"secret" not in msgspec.json.encode(result)


def test_a_change_is_foretold_and_no_finding() -> None:
    whole = site()
    bound = parse_change(["bind asa1 outside NOTHING"])
    result, predictions = assess_cluster(whole.cucm, whole.phones, whole.asas, SITE, NOW, bound)
    assert {one.moment: one.verdict for one in predictions}["change"] == "LOCKED OUT"
    assert result.status == "pass"
