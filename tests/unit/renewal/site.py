"""The small site of the predictions' tests, before its renewal: two phones' worth of everything good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from ansible.module_utils.vpnphone.controls.site import Site
from ansible.module_utils.vpnphone.model import AsaState, CucmState, Failover, PhoneState
from ansible.module_utils.vpnphone.model.renewal import Journal
from ansible.module_utils.vpnphone.renewal.checks import Check, PreflightPage
from ansible.module_utils.vpnphone.renewal.gathered import Lost, Seen, foretold
from ansible.module_utils.vpnphone.renewal.preflight import preflight
from ansible.module_utils.vpnphone.renewal.scope import open_renewal
from ansible.module_utils.vpnphone.renewal.wishes import Wish

from tests.unit.predict.builders import SITE, asa, probe, site, unit

WISH = Wish("asa1", "outside", "NEW", cn="vpn-2027.example.com", names=("vpn.example.com",))


def ready(**sections: Any) -> AsaState:
    return msgspec.structs.replace(asa(), **sections)


def look(
    state: AsaState | None = None,
    *phones: PhoneState,
    cluster: CucmState | None = None,
    lost: tuple[Lost, ...] = (),
) -> Seen:
    found = unit(state or ready(), probe())
    context = site(found, cluster=cluster, phones=phones or None)
    return foretold(Seen((found,), (context,), lost))


def opened(seen: Seen, wishes: Mapping[str, Wish], old: Mapping[str, str] | None = None) -> Journal:
    return open_renewal("spring", seen, wishes, old or {}, options=("-i", "inventories/mine"), at=seen.clusters[0].now)


def page(seen: Seen | None = None, *wishes: Wish, parameters: Site = SITE) -> PreflightPage:
    found = seen or look()
    by_asa = {one.asa: one for one in wishes or (WISH,)}
    return preflight(opened(found, by_asa), found, parameters, by_asa, run="preflight-1", at=found.clusters[0].now)


def check(found: PreflightPage, id: str, subject: str = "") -> Check:
    return next(one for one in found.checks if one.id == id and (not subject or one.subject == subject))


def good(found: PreflightPage) -> None:
    assert found.verdict == "GO", [one for one in found.checks if one.stops]


def stopped(found: PreflightPage, id: str, what: str = "", verdict: str = "no-go") -> Check:
    one = check(found, id)
    assert (one.verdict, one.stops) == (verdict, True), one
    assert what in one.what
    assert one.todo or verdict == "unknown", "what to do is missing"
    assert found.verdict == "NO-GO"
    return one


def warned(found: PreflightPage, id: str, what: str = "") -> Check:
    one = check(found, id)
    assert (one.verdict, one.stops) == ("warn", False), one
    assert what in one.what
    return one


OFF = Failover(enabled=False)
