"""A whole plan: the order of its areas, what is withheld, and the hashes that bind it to what a person read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import BadInput, DeviceRefused
from ansible.module_utils.vpnphone.model import (
    AsaState,
    Clock,
    DapRecord,
    Failover,
    GroupPolicy,
    LoadBalancing,
    Plan,
    Session,
    SslCipherRule,
    SslConfig,
    UserAttributes,
    WebvpnConfig,
)
from ansible.module_utils.vpnphone.plan.make import plan_hash, state_hash

from tests.unit.controls.builders import change, edit, version, without
from tests.unit.plan.desk import PROFILE, plan_of
from tests.unit.plan.states import asa, group, policy

WHOLE = PROFILE | {
    "ssl": {"ciphers": {"tlsv1.2": ["AES256-SHA", "AES128-SHA"], "dtlsv1": ["AES256-SHA", "AES128-SHA"]}},
    "dap": {"record": "VPNPhone", "priority": 5},
}
# Nothing that a control of ciphers would find fault with, but DTLS.
SSL = SslConfig(
    defaults_shown=True,
    server_version=("tlsv1",),
    ciphers=(
        *(SslCipherRule(protocol=word, level="medium") for word in ("default", "tlsv1", "tlsv1.1", "tlsv1.2")),
        SslCipherRule(protocol="dtlsv1", level="custom", suites=("DHE-RSA-AES128-SHA",)),
    ),
)
DAP_XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<dapRecordList>\n<dapRecord>\n<dapName>\n'
    "<value>Staff</value>\n</dapName>\n</dapRecord>\n</dapRecordList>\n"
)


def faulty(**sections: Any) -> AsaState:
    """An ASA with something wrong in every area."""
    given: dict[str, Any] = {
        "version": version("9.4(1)", (9, 4, 1, 0)),
        "ssl": SSL,
        "dap_records": (DapRecord(name="DfltAccessPolicy", action="terminate"),),
        "dap_xml": (),
    }
    return asa(group(authentication=("aaa",)), policies=(policy(),), **(given | sections))


def whole(device: AsaState | None = None, *approved: str, profile: dict[str, Any] | None = None) -> Plan:
    return plan_of(
        faulty() if device is None else device,
        WHOLE if profile is None else profile,
        approved=frozenset(approved),
        dap_text=DAP_XML,
    )


# --- areas ----------------------------------------------------------------------------------------------------------


def test_the_areas_stand_in_the_order_in_which_phones_are_served_best() -> None:
    found = whole(None, "ssl", "dap_xml")
    areas = list(dict.fromkeys(step.area for step in found.steps))
    assert areas == ["group_policy", "tunnel_group", "dap", "ssl"]
    assert found.dap_file is not None
    assert found.withheld == ()
    assert found.withheld_file is None


def test_what_needs_an_approval_is_withheld_without_it() -> None:
    found = whole()
    assert {step.area for step in found.steps} == {"group_policy", "tunnel_group", "dap"}
    assert found.dap_file is None
    ssl, dap_xml = found.withheld
    assert (ssl.area, ssl.variable) == ("ssl", "vpnphone_approve_ssl")
    assert 'ssl cipher tlsv1.2 custom "AES256-SHA:AES128-SHA"' in ssl.commands
    assert "every TLS client of this ASA" in ssl.hits
    assert (dap_xml.area, dap_xml.variable) == ("dap_xml", "vpnphone_approve_dap_xml")
    # The new file is not lost: a person puts it there, and the exact steps say how.
    assert found.withheld_file is not None
    assert "<value>VPNPhone</value>" in found.withheld_file.text
    by_hand = found.manual[-1]
    assert any(line.endswith("dynamic-access-policy-config activate") for line in by_hand.steps)


@pytest.mark.parametrize(("approved", "withheld"), [("ssl", "dap_xml"), ("dap_xml", "ssl")])
def test_each_approval_is_its_own(approved: str, withheld: str) -> None:
    assert [held.area for held in whole(None, approved).withheld] == [withheld]


def test_other_areas_need_no_approval() -> None:
    found = plan_of(faulty(), PROFILE, approved=frozenset())
    assert found.steps
    assert found.withheld == ()


def test_nothing_is_withheld_where_nothing_differs() -> None:
    found = plan_of(asa(), {"tunnel_group": {"name": "VPNPhone"}}, approved=frozenset())
    assert found.empty
    assert found.withheld == ()
    assert found.hash


def test_one_area_that_cannot_be_leaves_no_plan_at_all() -> None:
    profile = WHOLE | {"ssl": {"ciphers": {"tlsv1.2": ["NO-SUCH-CIPHER"]}}}
    with pytest.raises(BadInput) as caught:
        whole(profile=profile)
    assert caught.value.code == "cipher_unknown"
    with pytest.raises(DeviceRefused) as refused:
        whole(without(faulty(), "ssl"))
    assert refused.value.code == "state_unknown"


def test_a_section_is_needed_only_where_its_area_is_desired() -> None:
    device = without(faulty(), "ssl", "dap_records", "dap_xml", "load_balancing", "webvpn")
    assert plan_of(device, PROFILE).steps


def test_hostile_names_of_other_things_on_the_device_do_no_harm() -> None:
    device = edit(faulty(), "webvpn")
    groups = (*(device.tunnel_groups or ()), group(name="x\nreload\n"))
    users = (UserAttributes(name="a\x1b[2J?", values={"vpn-group-policy": "GP\r"}),)
    for step in whole(change(device, tunnel_groups=groups, usernames=users), "ssl", "dap_xml").steps:
        for line in (step.command, *step.mode, *step.inverse):
            assert line.isprintable()
            assert "reload" not in line


# --- hashes ---------------------------------------------------------------------------------------------------------


def test_the_same_in_gives_the_same_hash() -> None:
    assert whole().hash == whole().hash
    assert len(whole().hash) == 64
    assert whole().hash == plan_hash(whole())
    assert whole().hash == plan_hash(msgspec.structs.replace(whole(), hash="0" * 64))


def test_a_plan_that_was_kept_as_json_has_its_hash_still() -> None:
    found = whole(None, "ssl", "dap_xml")
    kept = msgspec.json.decode(msgspec.json.encode(found), type=Plan)
    assert kept == found
    assert plan_hash(kept) == found.hash


def test_the_hash_is_over_everything_that_a_person_reads() -> None:
    found = whole()
    others = [
        whole(None, "ssl"),
        whole(msgspec.structs.replace(faulty(), device="asa2")),
        whole(profile=WHOLE | {"dap": {"record": "VPNPhone", "priority": 6}}),
        msgspec.structs.replace(found, steps=found.steps[1:]),
        msgspec.structs.replace(found, steps=found.steps[::-1]),
        msgspec.structs.replace(found, manual=()),
        msgspec.structs.replace(found, withheld=()),
        msgspec.structs.replace(found, withheld_file=None),
        msgspec.structs.replace(found, state_hash=""),
    ]
    hashes = [plan_hash(other) for other in (found, *others)]
    assert len(set(hashes)) == len(hashes)


CHANGED: dict[str, AsaState] = {
    "version": change(faulty(), version=version("9.4(2)", (9, 4, 2, 0))),
    "ssl": edit(faulty(), "ssl", server_version=("tlsv1.2",)),
    "webvpn": change(faulty(), webvpn=WebvpnConfig(configured=True)),
    "group_policies": change(faulty(), group_policies=(policy(dns_server="none"),)),
    "default_group_policy": change(faulty(), default_group_policy=GroupPolicy(name="DfltGrpPolicy", values={})),
    "tunnel_groups": change(faulty(), tunnel_groups=(group(), group(name="Staff"))),
    "usernames": change(faulty(), usernames=(UserAttributes(name="jdoe"),)),
    "dap_records": change(faulty(), dap_records=()),
    "dap_xml": change(faulty(), dap_xml=None),
    "load_balancing": change(faulty(), load_balancing=LoadBalancing(participate=True)),
}


@pytest.mark.parametrize("section", CHANGED)
def test_a_change_that_could_change_a_plan_changes_the_state(section: str) -> None:
    assert state_hash(CHANGED[section], DAP_XML) != state_hash(faulty(), DAP_XML)


@pytest.mark.parametrize("text", [None, "", DAP_XML + "\n", DAP_XML.replace("Staff", "staff")])
def test_dap_xml_counts_byte_for_byte(text: str | None) -> None:
    assert state_hash(faulty(), text) != state_hash(faulty(), DAP_XML)


def test_a_text_that_was_not_decodable_has_a_hash_too() -> None:
    assert state_hash(faulty(), "\ud800")


SAME: dict[str, AsaState] = {
    "clock": change(faulty(), clock=Clock(text="12:00:00", local=datetime(2024, 1, 1, 12))),
    "sessions": change(faulty(), sessions=(Session(username="jdoe", tunnel_group="VPNPhone"),)),
    "failover role": change(faulty(), failover=Failover(enabled=False, this_state="Standby Ready")),
    "hostname": msgspec.structs.replace(faulty(), hostname="other"),
    "gathered": msgspec.structs.replace(faulty(), gathered_at=datetime(2030, 1, 1, tzinfo=UTC)),
    "build": change(faulty(), version=version("9.4(1) ", (9, 4, 1, 0), hardware="ASA5555")),
}


@pytest.mark.parametrize("section", SAME)
def test_what_changes_by_itself_changes_no_hash(section: str) -> None:
    assert state_hash(SAME[section], DAP_XML) == state_hash(faulty(), DAP_XML)
    # An approval that was given yesterday still holds.
    ours, theirs = whole(None, "ssl", "dap_xml"), whole(SAME[section], "ssl", "dap_xml")
    assert theirs.hash == ours.hash


def test_the_order_in_which_a_device_prints_is_no_change() -> None:
    one, other = policy("A"), policy("B")
    first, second = (change(faulty(), group_policies=order) for order in ((one, other), (other, one)))
    assert state_hash(first, None) == state_hash(second, None)
