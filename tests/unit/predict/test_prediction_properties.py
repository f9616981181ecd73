"""Worse knowledge never gives a better answer, whatever is taken away; and nothing that was gathered breaks it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.controls.site_context import AsaUnit, SiteContext
from ansible.module_utils.vpnphone.model import CONNECTION_ORDER, AsaState, Failover, Prediction
from ansible.module_utils.vpnphone.predict import MOMENTS, parse_change, predict
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.controls.builders import change, cipher_rules, edit, without
from tests.unit.controls_access.devices import group, own_policy, urls
from tests.unit.predict.builders import (
    DAY,
    HOLDS,
    ISSUING,
    NEW_LEAF,
    NOW,
    PHONE,
    ROOT,
    SECTIONS,
    SITE,
    URL,
    asa,
    ask,
    bind,
    block,
    cucm,
    filed,
    hold,
    leaf,
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
from tests.unit.predict.strategies import FILES, PHONES, ROWS, SHAKES, STATES

PAIR = change(
    hold(asa(), *HOLDS, ("NEW_TP", "identity", NEW_LEAF), ("NEW_TP", "ca", ISSUING)),
    failover=Failover(enabled=True, unit="Primary", this_state="Active", mate_state="Standby Ready"),
    mate_certificates=tuple(block(found, kind, name) for name, kind, found in HOLDS),
)
ASA_SECTIONS = sorted(PAIR.sources)
WHAT_IF = parse_change(["bind asa1 outside NEW_TP"])
WILD = leaf("*.example.com", serial=0x0A31)

# Sites that are understood whole; what the first phone is told at each moment.
SITES: dict[str, SiteContext] = {
    "well, probed": site(unit(PAIR, probe())),
    "well, not probed": site(unit(PAIR)),
    "issuer pinned": site(unit(PAIR, probe()), phones=(filed(cert_hashes=(ISSUING.pin,)),)),
    "both hashes": site(unit(PAIR, probe()), phones=(phone(served(vpn(urls=(URL.lower(), URL)))),)),
    "wrong hash": site(unit(PAIR, probe()), phones=(filed(cert_hashes=(ROOT.pin,)),)),
    "no cipher": site(unit(cipher_rules(PAIR, tlsv1=("RC4-SHA",), dtlsv1=("RC4-SHA",)))),
    "no DTLS cipher": site(unit(cipher_rules(PAIR, tlsv1=("AES128-SHA",), dtlsv1=("AES256-SHA",)))),
    "host-ID": site(unit(hold(PAIR, ("VPN", "identity", WILD), *HOLDS[1:])), phones=(filed(cert_hashes=(WILD.pin,)),)),
    "URL off": site(unit(urls(PAIR, f"-{URL}"), probe())),
    "CSD": site(unit(group(edit(PAIR, "webvpn", csd_line="csd enable"), without_csd=""), probe())),
    "password": site(unit(group(PAIR, authentication=("aaa",)), probe())),
    "no logins": site(unit(own_policy(PAIR, vpn_simultaneous_logins="0"), probe())),
    "CAPF missing": site(unit(hold(PAIR, *(found for found in HOLDS if found[0] != "CAPF")), probe())),
    "nothing bound": site(unit(bind(PAIR))),
    "unknown model": site(unit(PAIR, probe()), cluster=cucm(phones=(listed(model="Cisco 9999"),))),
    "no certificate": site(unit(PAIR, probe()), cluster=cucm(phones=(listed(certificate="none"),))),
}


def verdicts(whole: SiteContext) -> dict[str, str]:
    return {found.moment: found.verdict for found in predict(whole, change=WHAT_IF) if found.phone == PHONE}


BEFORE = {name: verdicts(whole) for name, whole in SITES.items()}


def test_the_sites_say_what_they_are_here_for() -> None:
    assert {name: found["now"] for name, found in BEFORE.items()} == {
        "well, probed": "CONNECTS",
        "well, not probed": "CONNECTS",
        "issuer pinned": "CONNECTS",
        "both hashes": "CONNECTS",
        "wrong hash": "LOCKED OUT",
        "no cipher": "LOCKED OUT",
        "no DTLS cipher": "LOCKED OUT",
        "host-ID": "LOCKED OUT",
        "URL off": "LOCKED OUT",
        "CSD": "LOCKED OUT",
        "password": "LOCKED OUT",
        "no logins": "LOCKED OUT",
        "CAPF missing": "LOCKED OUT",
        "nothing bound": "LOCKED OUT",
        "unknown model": "UNKNOWN",
        "no certificate": "LOCKED OUT",
    }
    assert all(found.keys() == set(MOMENTS) for found in BEFORE.values())


def only_worse(name: str, after: dict[str, str]) -> None:
    for moment, verdict in after.items():
        assert verdict in (BEFORE[name][moment], "UNKNOWN"), (name, moment, verdict)


def hide(device: AsaState, sections: Iterable[str]) -> AsaState:
    return without(device, *sections)


def with_units(whole: SiteContext, *units: AsaUnit) -> SiteContext:
    return whole._replace(asas=units)


@pytest.mark.parametrize("section", ASA_SECTIONS)
@pytest.mark.parametrize("name", SITES)
def test_a_section_of_the_asa_that_was_not_learned(name: str, section: str) -> None:
    whole = SITES[name]
    one = whole.asas[0]
    only_worse(name, verdicts(with_units(whole, one._replace(state=hide(one.state, [section])))))


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("name", SITES)
def test_a_section_of_the_cluster_that_was_not_learned(name: str, section: str) -> None:
    cluster = msgspec.structs.replace(SITES[name].cucm, **{section: None})
    only_worse(name, verdicts(SITES[name]._replace(cucm=cluster)))


@pytest.mark.parametrize("name", SITES)
def test_no_probe_no_web_page_no_node_no_asa_no_table(name: str) -> None:
    whole = SITES[name]
    (one,), (state,) = whole.asas, whole.phones
    for worse in (
        with_units(whole, one._replace(probes=())),
        with_units(whole),
        whole._replace(phones=(msgspec.structs.replace(state, web=None),)),
        whole._replace(phones=(msgspec.structs.replace(state, files=()),)),
        whole._replace(phones=()),
        whole._replace(site=msgspec.structs.replace(SITE, phone_models=())),
    ):
        only_worse(name, verdicts(worse))


@given(
    st.sampled_from(sorted(SITES)),
    st.sets(st.sampled_from(ASA_SECTIONS)),
    st.sets(st.sampled_from(SECTIONS)),
    st.booleans(),
    st.booleans(),
    st.integers(0, 2),
)
def test_whatever_is_taken_away(
    name: str, asa_gaps: set[str], cucm_gaps: set[str], probed: bool, paged: bool, nodes: int
) -> None:
    whole = SITES[name]
    (one,), (state,) = whole.asas, whole.phones
    device = hide(one.state, asa_gaps)
    cluster = msgspec.structs.replace(whole.cucm, **dict.fromkeys(cucm_gaps))
    left = msgspec.structs.replace(state, files=state.files[:nodes], web=state.web if paged else None)
    only_worse(
        name,
        verdicts(
            SiteContext(
                cluster,
                (left,),
                (one._replace(state=device, probes=one.probes if probed else ()),),
                whole.site,
                whole.now,
            )
        ),
    )


# --- whole in itself ---------------------------------------------------------------------------------------------


@given(STATES, FILES, st.lists(ROWS, max_size=2).map(tuple), st.lists(SHAKES, max_size=2), PHONES)
def test_nothing_raises_and_every_verdict_follows_from_its_reasons(
    sections: dict[str, Any], files: tuple[Any, ...], rows: tuple[Any, ...], shakes: list[Any], one: Any
) -> None:
    parameters = msgspec.structs.replace(SITE, phone_models=rows)
    device = change(PAIR, **sections)
    state = msgspec.structs.replace(phone(), files=files, web=web())
    whole = site(
        unit(device, *((probe(*shakes),) if shakes else ()), parameters=parameters),
        cluster=cucm(phones=(one,)),
        phones=(state,),
        site=parameters,
    )
    for found in predict(whole, change=WHAT_IF):
        whole_in_itself(found)


def whole_in_itself(found: Prediction) -> None:
    """A way in has no reason against it; what locks out stands first; the first sentence is there."""
    assert found.verdict in CONNECTION_ORDER
    assert found.first
    assert found.attempts
    for one in found.attempts:
        kinds = [reason.verdict for reason in one.reasons]
        assert kinds
        assert kinds[0] == one.verdict
        assert kinds == sorted(kinds, key=CONNECTION_ORDER.index)
        assert one.verdict != "CONNECTS" or set(kinds) == {"CONNECTS"}
    told = {one.verdict for one in found.attempts}
    if found.verdict == "LOCKED OUT":
        assert told == {"LOCKED OUT"}
    if found.verdict == "CONNECTS":
        assert "CONNECTS" in told


@given(st.text(min_size=1, max_size=12).filter(lambda text: not any(char.isdigit() for char in text)))
def test_a_model_that_no_row_knows_never_connects(model: str) -> None:
    found = ask(site(cluster=cucm(phones=(listed(model=model),))))
    assert found.verdict == "UNKNOWN"
    assert found.model == model


def test_alike_phones_are_told_alike_and_fast_enough_to_share() -> None:
    """A thousand phones of one kind share one attempt: the same object, made once. Each LSC has a day of its own."""
    names = [f"SEP{number:012X}" for number in range(1000)]
    cluster = cucm(
        phones=tuple(listed(name, lsc_valid_until=NOW + (1 + day) * DAY) for day, name in enumerate(names)),
        registrations=tuple(registered(name) for name in names),
        tftp_nodes=("cucm-pub",),
    )
    phones = tuple(phone(served(name=f"{name}.cnf.xml.sgn"), name=name, web=None) for name in names)
    device = edit(
        asa(),
        "version",
        licenses=tuple(
            msgspec.structs.replace(row, value="5000") if row.name == "AnyConnect Premium Peers" else row
            for row in asa().version.licenses
        ),
    )
    found = predict(site(unit(device, probe()), cluster=cluster, phones=phones), ("apply",))
    assert {one.verdict for one in found} == {"CONNECTS"}
    assert len({id(one.attempts[0]) for one in found}) == 1
