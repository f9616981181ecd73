"""VPNP-341, 342 and 351: what ends when, and what browsers are shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ansible.module_utils.vpnphone.assess import assess_device
from ansible.module_utils.vpnphone.controls.base import REGISTRY, judge
from ansible.module_utils.vpnphone.controls.site_calendar import calendar
from ansible.module_utils.vpnphone.controls.site_context import SiteContext
from ansible.module_utils.vpnphone.model import Handshake

from tests.unit.controls_site.kit import Case, check, owed, table
from tests.unit.predict.builders import (
    DAY,
    HOLDS,
    ISSUING,
    LEAF,
    MODEL,
    NEW_LEAF,
    NOW,
    SITE,
    TEMPORARY,
    URL,
    asa,
    authority,
    cucm,
    handshake,
    hold,
    leaf,
    listed,
    probe,
    site,
    trusted,
    unit,
)

SECOND = timedelta(seconds=1)


def ending(left: timedelta, what: str = "leaf") -> SiteContext:
    """The site with one thing that ends so much later."""
    if what == "leaf":
        found = leaf(serial=0x0A51, ends=left)
        return site(unit(hold(asa(), ("VPN", "identity", found), *HOLDS[1:])))
    if what == "lsc":
        return site(cluster=cucm(phones=(listed(lsc_valid_until=NOW + left),)))
    found = authority("CAPF-old", serial=0x0A52, ends=left, begins=-900 * DAY)
    return site(
        cluster=cucm(trust=(*cucm().trust, trusted(found, "CAPF-trust" if what == "capf" else "Phone-VPN-trust")))
    )


@table(
    Case("well", site(), (("pass", "", "6 entries of the calendar are valid, the first one ends on 2025-05-06"),)),
    Case(
        "leaf",
        ending(-SECOND),
        (
            (
                "fail",
                "certificate vpn.example.com of asa1",
                "certificate vpn.example.com of asa1 has expired, on 2024-05-06",
            ),
            ("pass", "", ""),
        ),
        "fail",
    ),
    Case("to the second", ending(timedelta()), (("pass", "", ""),)),
    Case(
        "LSC",
        ending(-DAY, "lsc"),
        (("fail", "LSC", "LSC of 1 phone has expired, the first on 2024-05-05"), ("pass", "", "")),
    ),
    Case("CAPF", ending(-DAY, "capf"), (("fail", "CAPF-old in CAPF-trust", ""), ("pass", "", ""))),
    Case("store", ending(-DAY, "store"), (("fail", "CAPF-old in Phone-VPN-trust", ""), ("pass", "", ""))),
    Case("not learned", site(cluster=cucm(trust=None)), (("error", "", "UNKNOWN: `ask trust` is missing"),)),
    Case(
        "nothing has a date",
        SiteContext(cucm(trust=(), phones=()), (), (), SITE, NOW),
        (("error", "", "UNKNOWN: no certificate of this site has a date"),),
        "error",
    ),
)
def test_expired(case: Case) -> None:
    check("VPNP-341", case)


@table(
    Case("well", site(), (("pass", "", "6 entries of the calendar end later than 60 days from now"),)),
    Case(
        "on the sixtieth day",
        ending(60 * DAY),
        (
            (
                "fail",
                "certificate vpn.example.com of asa1",
                "certificate vpn.example.com of asa1 ends on 2024-07-05, in 60",
            ),
            ("pass", "", ""),
        ),
        "fail",
    ),
    Case("a second later", ending(60 * DAY + SECOND), (("pass", "", ""),)),
    Case(
        "LSC",
        ending(DAY, "lsc"),
        (("fail", "LSC until 2024-05-07", "LSC until 2024-05-07 of 1 phone ends"), ("pass", "", "")),
    ),
    Case("CAPF", ending(DAY, "capf"), (("fail", "CAPF-old in CAPF-trust", ""), ("pass", "", ""))),
    Case("expired is another's", ending(-DAY, "lsc"), (("pass", "", ""),)),
)
def test_soon(case: Case) -> None:
    check("VPNP-342", case)


def test_a_certificate_is_there_once_and_phones_by_their_day() -> None:
    names = [f"SEP00000000000{number}" for number in range(4)]
    phones = tuple(listed(name, lsc_valid_until=NOW + (DAY if name == names[0] else 9 * DAY)) for name in names)
    entries = calendar(site(cluster=cucm(phones=phones)))
    assert [entry.ends for entry in entries] == sorted(entry.ends for entry in entries)
    assert [(entry.title, len(entry.names)) for entry in entries if entry.names] == [
        ("LSC until 2024-05-07 of 1 phone", 1),
        ("LSC until 2024-05-15 of 3 phones", 3),
    ]
    assert [entry.name for entry in entries if "CAPF-18" in entry.name] == ["CAPF-18cf046e in CAPF"]


# --- the probe ---------------------------------------------------------------------------------------------------


def shown(*shakes: Handshake) -> Any:
    found = judge(REGISTRY["VPNP-351"], unit(None, probe(*shakes)))
    for one in found.outcomes:
        owed(one)
    return found.outcomes[0]


BROWSER: dict[str, Any] = {"offer": "browser", "version": "TLSv1.2", "cipher": "ECDHE-RSA-AES256-GCM-SHA384"}


def test_the_same_for_phones_and_browsers() -> None:
    one = shown(handshake(), handshake(MODEL, LEAF, ISSUING, **BROWSER))
    assert (one.status, one.subject) == ("pass", URL)
    assert one.message.endswith("for every offer: 7962G, browser")


def test_another_leaf_for_a_browser_is_a_finding() -> None:
    one = shown(handshake(), handshake(MODEL, NEW_LEAF, **BROWSER))
    assert one.status == "fail"
    assert one.message.startswith("2 certificates, by what is offered: 7962G: vpn.example.com (SHA-1 ")
    assert "never from a browser" in one.fix[0]


def test_another_leaf_for_a_newer_phone_is_one_too() -> None:
    assert shown(handshake(), handshake(MODEL, TEMPORARY, offer="8841")).status == "fail"


def test_a_chain_that_differs_above_the_leaf_is_none() -> None:
    assert shown(handshake(), handshake(MODEL, LEAF, **BROWSER)).status == "pass"


def test_without_a_phones_offer_nothing_is_known() -> None:
    refused = handshake(status="alert", detail="handshake failure", chain=())
    one = shown(refused, handshake(MODEL, LEAF, **BROWSER))
    assert (one.status, one.message) == ("error", "UNKNOWN: no phone's offer was answered with a certificate")
    assert one.actual == "7962G: alert; browser: ok"


def test_an_asa_that_was_not_probed_is_judged_as_before() -> None:
    plain = assess_device(asa(), SITE, NOW)
    probed = assess_device(asa(), SITE, NOW, (probe(),))
    assert "VPNP-351" not in {found.control for found in plain.findings}
    assert {found.control for found in probed.findings} - {found.control for found in plain.findings} == {"VPNP-351"}
    assert [found for found in probed.findings if found.control != "VPNP-351"] == list(plain.findings)
