"""Go or no-go: everything that would stop a renewal, before the first thing is changed. Pure.

What a control judges is asked of the control, of the ASA as it stands and with the wished-for certificate bound
(wishes.py); what the controls do not know of is judged here and in preflight_phones.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from ..assess import assess_cluster
from ..controls.site import Site
from ..controls.site_context import AsaUnit, SiteContext
from ..model import Finding
from ..model.renewal import Journal
from .checks import (
    OF_CLUSTER,
    OF_NEW_CLUSTER,
    Check,
    PreflightPage,
    Rule,
    by_control,
    of_finding,
    of_new,
)
from .gathered import Seen
from .preflight_asa import asa_checks
from .preflight_phones import cluster_checks, phone_checks
from .wishes import Wish, trial, with_certificate


def preflight(
    journal: Journal, seen: Seen, site: Site, wishes: Mapping[str, Wish], *, run: str, at: datetime
) -> PreflightPage:
    """The page. journal: the one that would be opened, whose scope is judged; seen: with what was foretold.

    wishes: by ASA; an ASA without one is there for the phones that dial it too.
    """
    checks: list[Check] = [
        Check(
            id="read",
            title="Everything in scope was read",
            verdict="no-go",
            subject=lost.name,
            what=lost.failure.what,
            todo=(lost.failure.todo,) if lost.failure.todo else (),
        )
        for lost in seen.lost
    ]
    news: list[AsaUnit] = []
    for unit in seen.units:
        wish = wishes.get(unit.device)
        asa = journal.asas.get(unit.device)
        old = asa.old_trustpoint if asa is not None else ""
        news.append(with_certificate(unit, wish, trial(wish, unit), old) if wish is not None else unit)
        if wish is not None:
            checks += asa_checks(unit, news[-1], journal, wish, at)
    for context in seen.clusters:
        checks += _by_controls(context, tuple(news), site, wishes, at)
        checks += cluster_checks(context, journal, wishes)
    told = phone_checks(seen, journal)
    checks += [*_in_scope(journal), *told.checks]
    return PreflightPage(
        renewal=journal.renewal,
        at=at,
        run=run,
        verdict="NO-GO" if any(check.stops for check in checks) else "GO",
        checks=tuple(checks),
        counts=told.counts,
        ends={name: asa.old.not_after for name, asa in journal.asas.items() if asa.old and asa.old.not_after},
    )


def _by_controls(
    context: SiteContext, news: tuple[AsaUnit, ...], site: Site, wishes: Mapping[str, Wish], at: datetime
) -> list[Check]:
    """The cluster's controls as things stand, and those that the new certificate may change."""

    def judged(asas: tuple[AsaUnit, ...], rules: Mapping[str, Rule]) -> dict[str, Finding]:
        # These alone, whatever the audit leaves out; the waivers stay in force.
        only = msgspec.structs.replace(site, include=tuple(rules), exclude=())
        return by_control(assess_cluster(context.cucm, context.phones, asas, only, at)[0].findings)

    found = judged(context.asas, OF_CLUSTER)
    checks = [of_finding(found[name], rule) for name, rule in OF_CLUSTER.items()]
    if not all(wish.cn or wish.names for wish in wishes.values()):
        return [*checks, _unnamed(context.device)]
    before, after = judged(context.asas, OF_NEW_CLUSTER), judged(news, OF_NEW_CLUSTER)
    return [*checks, *(of_new(before[name], after[name], rule) for name, rule in OF_NEW_CLUSTER.items())]


def _unnamed(cluster: str) -> Check:
    return Check(
        id="VPNP-335",
        title="The new certificate has the host of the gateway URL, where the host-ID check is on",
        verdict="unknown",
        subject=cluster,
        what="the names of the new certificate are not told, so the phones' host-ID check cannot be judged",
        todo=("PERSON: give cn and names of the new certificate in vpnphone_new_certificate.",),
        blocks=True,
    )


def _in_scope(journal: Journal) -> list[Check]:
    if journal.asas and journal.phones:
        return []
    what = "no ASA is in scope" if not journal.asas else "no phone of the clusters dials an ASA of this renewal"
    return [
        Check(
            id="scope",
            title="There is something to renew",
            verdict="no-go",
            what=what,
            todo=("PERSON: look at the groups of the inventory, --limit, and the URLs of the VPN gateways.",),
        )
    ]
