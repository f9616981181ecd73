"""Go or no-go, of what stands now: one thing of a good site is changed, and exactly that stops the renewal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.model import (
    AsaState,
    CucmState,
    ExportMode,
    Failover,
    Failure,
    SslTrustPoint,
    Trustpoint,
    VpnGateway,
    VpnGroup,
)
from ansible.module_utils.vpnphone.renewal import gathered
from ansible.module_utils.vpnphone.renewal.gathered import Lost, Seen, foretold

from tests.unit.predict.builders import (
    CLUSTER,
    HOLDS,
    LEAF,
    PHONE,
    URL,
    authority,
    cucm,
    filed,
    hold,
    leaf,
    listed,
    member,
    phone,
    registered,
    served,
    site,
    unit,
    vpn,
)
from tests.unit.renewal.site import WISH, check, good, look, page, ready, stopped, warned

DAY = timedelta(days=1)


# --- the ASA ----------------------------------------------------------------------------------------------------------


def held(certificate: Any) -> AsaState:
    return hold(ready(), ("VPN", "identity", certificate), *HOLDS[1:])


def test_a_certificate_that_ended_leads_to_the_recovery() -> None:
    ended = leaf(ends=-DAY, serial=0x0AFF)
    one = stopped(page(look(held(ended))), "runway", "ended on")
    assert "playbooks/renewal/recovery.yml" in one.todo[0]


@pytest.mark.parametrize(("days", "verdict"), [(13, "warn"), (15, "go")])
def test_the_runway(days: int, verdict: str) -> None:
    found = page(look(held(leaf(ends=days * DAY, serial=0x0A00 + days))))
    assert check(found, "runway").verdict == verdict
    good(found)


def test_a_mate_that_is_not_ready() -> None:
    pair = Failover(enabled=True, unit="Primary", this_state="Active", mate_state="Failed")
    sources = ready().sources | {"mate_certificates": ready().sources["certificates"]}
    state = ready(failover=pair, mate_certificates=ready().certificates, sources=sources)
    stopped(page(look(state)), "VPNP-131", "Failed")
    without = ready(failover=pair, mate_certificates=(), sources=sources)
    stopped(page(look(without)), "VPNP-131")


def test_a_mate_with_the_same_certificates_is_good() -> None:
    pair = Failover(enabled=True, unit="Primary", this_state="Active", mate_state="Standby Ready")
    sources = ready().sources | {"mate_certificates": ready().sources["certificates"]}
    state = ready(failover=pair, mate_certificates=ready().certificates, sources=sources)
    good(page(look(state)))


def test_the_standby_unit_is_not_changed() -> None:
    pair = Failover(enabled=True, unit="Secondary", this_state="Standby Ready", mate_state="Active")
    state = ready(failover=pair, mate_certificates=ready().certificates)
    stopped(page(look(state)), "active", "what is changed here is lost")


def test_auto_enrol_on_the_old_trustpoint() -> None:
    trustpoints = tuple(
        msgspec.structs.replace(one, auto_renewal="auto-enroll 80 regenerate") if one.name == "VPN" else one
        for one in ready().trustpoints or ()
    )
    stopped(page(look(ready(trustpoints=trustpoints))), "VPNP-116")


@pytest.mark.parametrize("name", ["VPN", "vpn"])
def test_the_new_trustpoint_is_not_the_old_one(name: str) -> None:
    stopped(page(None, WISH._replace(trustpoint=name)), "trustpoint", "bound now")


def test_the_new_trustpoint_is_bound_nowhere() -> None:
    state = ready()
    assert state.ssl is not None
    points = (*state.ssl.trust_points, SslTrustPoint(trustpoint="NEW", interface="dmz"))
    changed = ready(ssl=msgspec.structs.replace(state.ssl, trust_points=points), startup_trust_points=points)
    stopped(page(look(changed)), "trustpoint", "ssl trust-point NEW dmz")


def test_a_trustpoint_of_that_name_may_be_an_earlier_try() -> None:
    state = ready(trustpoints=(*(ready().trustpoints or ()), Trustpoint(name="NEW", enrollment="terminal")))
    warned(page(look(state)), "trustpoint", "an earlier try")


def test_a_binding_that_is_not_saved_makes_a_reload_no_way_back() -> None:
    saved = (SslTrustPoint(trustpoint="ELSE", interface="outside"),)
    stopped(page(look(ready(startup_trust_points=saved))), "saved", "ssl trust-point ELSE outside is saved")
    stopped(page(look(ready(startup_trust_points=None))), "saved", "", "unknown")


def test_another_interface_need_not_be_saved() -> None:
    state = ready()
    saved = (*(state.startup_trust_points or ()), SslTrustPoint(trustpoint="ELSE", interface="dmz"))
    good(page(look(ready(startup_trust_points=saved))))


def test_nothing_bound_is_no_renewal() -> None:
    state = ready()
    assert state.ssl is not None
    bare = ready(ssl=msgspec.structs.replace(state.ssl, trust_points=()), startup_trust_points=())
    stopped(page(look(bare)), "binding", "no trustpoint is bound there")


def test_an_old_certificate_without_content_stops_as_unknown() -> None:
    state = ready(certificate_chain=())
    found = unit(state)
    seen = foretold(Seen((found,), (site(found),)))
    stopped(page(seen), "old-hash", "could not be read", "unknown")
    # A probe that was shown the certificate which the ASA names is as good.
    assert check(page(look(state)), "old-hash").verdict == "go"


@pytest.mark.parametrize(("release", "verdict"), [((9, 2, 1, 0), "go"), ((9, 1, 7, 32), "warn"), (None, "unknown")])
def test_the_dead_man_needs_the_event_manager(release: Any, verdict: str) -> None:
    state = ready()
    assert state.version is not None
    found = page(look(ready(version=msgspec.structs.replace(state.version, release=release))))
    one = check(found, "dead-man")
    assert (one.verdict, one.stops) == (verdict, False)


def test_a_device_that_was_not_read_stops() -> None:
    lost = Lost("asa2", "asa", Failure(code="timeout_connect", what="no answer.", todo="Look at the route."))
    one = stopped(page(look(lost=(lost,))), "read", "no answer.")
    assert one.subject == "asa2"


# --- the cluster ------------------------------------------------------------------------------------------------------


def test_an_unrestricted_cucm_is_a_no_go() -> None:
    stopped(page(look(cluster=cucm(export_mode=ExportMode(mode="unrestricted")))), "VPNP-302")
    stopped(page(look(cluster=cucm(export_mode=ExportMode(mode="unknown")))), "VPNP-302", "", "unknown")


def with_members(number: int, *more: VpnGateway) -> CucmState:
    others = tuple(member(authority(f"CA {count}", serial=0x100 + count)) for count in range(number - 1))
    gateways = (VpnGateway(name="GW1", url=URL, certificates=(member(LEAF), *others)), *more)
    return cucm(gateways=gateways, groups=(VpnGroup(name="G1", gateways=tuple(one.name for one in gateways)),))


@pytest.mark.parametrize(("number", "verdict"), [(9, "go"), (10, "no-go")])
def test_room_in_the_gateway(number: int, verdict: str) -> None:
    assert check(page(look(cluster=with_members(number))), "room").verdict == verdict


def test_room_in_the_group_counts_each_gateway() -> None:
    """Two gateways of one ASA with five and four: the new certificate comes to both."""
    second = VpnGateway(name="GW2", url=URL, certificates=(member(LEAF),) * 4)
    stopped(page(look(cluster=with_members(5, second))), "room", "group G1 would have 11 of 10")
    assert check(page(look(cluster=with_members(4, second))), "room").verdict == "go"


def test_tftp_nodes_that_differ_are_a_no_go() -> None:
    other = phone(served(), served(vpn(mtu=1200), node="cucm-tftp2"))
    stopped(page(look(None, other)), "VPNP-322")


def test_a_gateway_that_leads_nowhere_has_no_phones() -> None:
    gateways = (VpnGateway(name="GW1", url="https://else.example.com/VPNPhone", certificates=(member(LEAF),)),)
    found = page(look(None, filed(urls=("https://else.example.com/VPNPhone",)), cluster=cucm(gateways=gateways)))
    stopped(found, "scope", "no phone of the clusters dials")


# --- phones -----------------------------------------------------------------------------------------------------------


def test_phones_that_were_not_seen_are_named() -> None:
    away = "SEP8CB64F576114"
    cluster = cucm(
        phones=(listed(), listed(away)), registrations=(registered(), registered(away, status="UnRegistered"))
    )
    found = page(look(None, phone(), phone(name=away), cluster=cluster))
    one = warned(found, "seen", "1 phone of 2 not seen")
    assert one.names == (away,)
    assert found.counts["not seen"] == 1
    good(found)


def test_registrations_that_are_not_known_stop() -> None:
    stopped(page(look(cluster=cucm(registrations=None))), "seen", CLUSTER, "unknown")


@pytest.mark.parametrize(("method", "verdict"), [(2, "go"), (0, "warn"), (1, "warn")])
def test_phones_at_which_a_person_types_are_named(method: int, verdict: str) -> None:
    found = page(look(None, filed(auth_method=method)))
    one = check(found, "people")
    assert one.verdict == verdict
    assert one.names == ((PHONE,) if verdict == "warn" else ())


def test_where_the_file_does_not_say_the_profile_does() -> None:
    for text, verdict in (("Certificate", "go"), ("User and Password", "warn"), ("", "warn")):
        profiles = tuple(msgspec.structs.replace(one, client_authentication=text) for one in cucm().profiles or ())
        found = page(look(None, filed(auth_method=None), cluster=cucm(profiles=profiles)))
        assert check(found, "people").verdict == verdict


def test_a_phone_that_is_locked_out_already_is_named() -> None:
    found = page(look(None, filed(urls=(URL,), cert_hashes=(authority("Else", serial=0x77).pin,))))
    assert check(found, "locked-out").names == (PHONE,)


def test_phones_that_show_nothing_cannot_be_proven() -> None:
    silent = msgspec.structs.replace(phone(), web=None)
    stopped(page(look(None, silent)), "provable", "were not read")
    second = "SEP8CB64F576114"
    cluster = cucm(phones=(listed(), listed(second)), registrations=(registered(), registered(second)))
    one = warned(page(look(None, silent, phone(name=second), cluster=cluster)), "provable")
    assert one.names == (PHONE,)


def test_who_pins_neither_is_named() -> None:
    odd = filed(cert_hashes=(authority("Else", serial=0x77).pin,))
    one = warned(page(look(None, odd)), "pins", "1 phone neither, or not known")
    assert one.names == (PHONE,)


def test_a_fault_of_the_prediction_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("secret of a device")

    monkeypatch.setattr(gathered, "predict", broken)
    with pytest.raises(VpnPhoneError) as caught:
        look()
    assert caught.value.code == "tool_fault"
    assert "secret" not in str(caught.value)
