"""Cipher lists and the DAP record typed into a simulated ASA of each release, and all the way back. Self-made."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.plan.make import state_hash

from lab.device import Device
from tests.unit.controls.builders import PHONE_SUITES
from tests.unit.parse.test_dap_parsers import ATTRIBUTE, record, xml
from tests.unit.plan.desk import configure, device, plan_for, read, running, undo
from tests.unit.plan_ssl_dap.kit import DOCUMENT, NEW, RELEASES

FILE = "disk0:/dap.xml"
STAFF = xml(record("Laptops", attributes=ATTRIBUTE.replace("VPNPhone", "Staff")))
CONFIG = """\
tunnel-group VPNPhone type remote-access
dynamic-access-policy-record DfltAccessPolicy
 action terminate
"""
RECORDS = {
    "no record, no file": ("", None),
    "no record, a file": ("dynamic-access-policy-record Laptops\n", STAFF),
    "a record that terminates": (
        "dynamic-access-policy-record VPNPhone\n action terminate\n priority 3\n",
        xml(record()),
    ),
    "a record without selection": ("dynamic-access-policy-record VPNPhone\n network-acl PHONES\n", None),
}


def asa(release: str, kind: str) -> Device:
    lines, text = RECORDS[kind]
    return device(CONFIG + lines, release, flash={FILE: text} if text else {})


def profile(release: str) -> dict[str, Any]:
    new = release in NEW
    lists = {"tlsv1.2": list(DOCUMENT), "dtlsv1": list(PHONE_SUITES)} if new else {"tlsv1": list(PHONE_SUITES)}
    return {
        "tunnel_group": {"name": "VPNPhone"},
        "ssl": {"ciphers": lists},
        "dap": {"record": "VPNPhone", "action": "continue", "priority": 10},
    }


@pytest.mark.parametrize("kind", RECORDS)
@pytest.mark.parametrize("release", RELEASES)
def test_a_second_plan_is_empty_and_every_part_of_the_way_leads_back(release: str, kind: str) -> None:
    box, wanted = asa(release, kind), profile(release)
    state, text = read(box)
    plan = plan_for(box, wanted)
    assert {step.area for step in plan.steps} == {"ssl", "dap"}
    before, hashed = running(box), state_hash(state, text)
    for count in range(len(plan.steps) + 1):
        configure(box, plan.steps[:count])
        assert (running(box) == before) == (count == 0)
        undo(box, plan.steps[:count])
        assert state_hash(*read(box)) == hashed, count
        assert running(box) == before, count
    configure(box, plan.steps)
    if plan.dap_file:
        box.flash[FILE] = plan.dap_file.text.encode()
    again = plan_for(box, wanted)
    assert again.empty and again.withheld == ()
