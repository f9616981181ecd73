"""Go or no-go: one thing of a good site is changed, and exactly that stops the renewal, with what to do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import BadInput, VpnPhoneError
from ansible.module_utils.vpnphone.model import (
    AsaState,
    Certificate,
    CucmState,
    ExportMode,
    Failover,
    Failure,
    SslTrustPoint,
    Trustpoint,
    VpnGateway,
    VpnGroup,
    Waiver,
)
from ansible.module_utils.vpnphone.renewal import gathered, wishes
from ansible.module_utils.vpnphone.renewal.checks import Check, PreflightPage, worst
from ansible.module_utils.vpnphone.renewal.gathered import Lost, Seen, foretold
from ansible.module_utils.vpnphone.renewal.preflight_text import SCREEN_LINES, render_markdown, render_terminal
from ansible.module_utils.vpnphone.renewal.wishes import Wish, check_wish

from tests.unit.controls.builders import phone_model
from tests.unit.predict.builders import (
    CLUSTER,
    HOLDS,
    ISSUING,
    LEAF,
    NOW,
    PHONE,
    SITE,
    URL,
    authority,
    block,
    cucm,
    filed,
    hold,
    leaf,
    listed,
    member,
    phone,
    probe,
    registered,
    served,
    site,
    trusted,
    unit,
    vpn,
)
from tests.unit.renewal.site import WISH, check, look, opened, page, ready

DAY = timedelta(days=1)


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


def test_a_good_site_is_a_go() -> None:
    found = page()
    good(found)
    assert {one.verdict for one in found.checks} == {"go"}
    assert found.counts["phones"] == found.counts["seen"] == found.counts["connect now"] == 1
    assert found.ends == {"asa1": LEAF.not_after}


# --- the new certificate ----------------------------------------------------------------------------------------------


def test_the_same_common_name_is_a_no_go_with_two_ways_out() -> None:
    one = stopped(page(None, WISH._replace(cn="vpn.example.com")), "same-cn", "same common name")
    assert "another common name" in one.todo[0] and "pin the CA" in one.todo[1]


@pytest.mark.parametrize("cn", ["VPN.example.com", " vpn.example.com "])
def test_the_file_of_the_store_does_not_mind_case_and_blanks(cn: str) -> None:
    stopped(page(None, WISH._replace(cn=cn)), "same-cn")


def test_two_asas_must_not_have_one_new_name() -> None:
    second = msgspec.structs.replace(ready(), device="asa2")
    first, other = unit(ready(), probe()), unit(second)
    seen = foretold(Seen((first, other), (site(first, other),)))
    both = page(seen, WISH, WISH._replace(asa="asa2"))
    one = stopped(both, "same-cn", "asa1 and asa2 would have the same common name")
    assert one.todo
    good(page(seen, WISH, WISH._replace(asa="asa2", cn="vpn-b.example.com")))


def test_a_pinned_ca_is_a_way_out_of_the_same_name() -> None:
    good(page(None, WISH._replace(cn="vpn.example.com", pin="ca", ca_cn="Example Issuing CA")))


def test_a_ca_whose_name_is_in_the_store_may_be_the_very_one() -> None:
    cluster = cucm(trust=(*(cucm().trust or ()), trusted(ISSUING)))
    found = page(look(cluster=cluster), WISH._replace(pin="ca", ca_cn="Example Issuing CA"))
    warned(found, "same-cn", "the very CA that signs")


def test_where_phones_pin_a_ca_that_stays_the_same_name_is_a_warning() -> None:
    cluster = cucm(
        trust=(*(cucm().trust or ()), trusted(ISSUING)),
        gateways=(VpnGateway(name="GW1", url=URL, certificates=(member(ISSUING),)),),
    )
    found = page(look(None, filed(cert_hashes=(ISSUING.pin,)), cluster=cluster), WISH._replace(cn="vpn.example.com"))
    warned(found, "same-cn", "while the phones pin a CA that stays")
    assert "phone steps fall away" in check(found, "pins").what


@pytest.mark.parametrize(
    ("wish", "verdict"),
    [(WISH._replace(cn=""), "unknown"), (WISH._replace(pin="ca"), "unknown")],
)
def test_a_name_that_is_not_told_stops(wish: Wish, verdict: str) -> None:
    stopped(page(None, wish), "same-cn", "is not told", verdict)


def test_a_store_that_was_not_read_stops() -> None:
    stopped(page(look(cluster=cucm(trust=None))), "same-cn", "was not learned", "unknown")


@pytest.mark.parametrize("names", [("*.example.com",), ("other.example.com",), ()])
def test_a_host_id_mismatch_is_seen_before_anybody_signs(names: tuple[str, ...]) -> None:
    stopped(page(None, WISH._replace(names=names)), "VPNP-335")


def test_without_the_host_id_check_the_names_do_not_matter() -> None:
    profiles = tuple(msgspec.structs.replace(one, host_id_check=False) for one in cucm().profiles or ())
    seen = look(None, filed(host_id_check=False), cluster=cucm(profiles=profiles))
    good(page(seen, WISH._replace(names=("other.example.com",))))


def test_names_that_are_not_told_leave_the_host_id_open() -> None:
    stopped(page(None, WISH._replace(cn="", names=())), "VPNP-335", "not told", "unknown")


def test_an_ec_key_is_not_for_old_phones() -> None:
    found = page(None, WISH._replace(key="EC", bits=256))
    stopped(found, "VPNP-117", "cannot use an EC key")
    stopped(found, "key-kind", "bound beside the RSA certificate")


def test_before_two_kinds_of_key_another_kind_takes_the_place() -> None:
    state = ready()
    assert state.version is not None
    old = msgspec.structs.replace(state.version, release=(9, 3, 3, 0))
    warned(page(look(ready(version=old)), WISH._replace(key="EC", bits=256)), "key-kind", "RSA now, EC then")


def test_a_key_too_big_and_a_hash_too_new_for_the_oldest_model() -> None:
    row = phone_model(max_rsa_bits=2048, signature_hashes=("SHA1", "SHA256"))
    parameters = msgspec.structs.replace(SITE, phone_models=(row,))

    def judged(wish: Wish) -> PreflightPage:
        found = unit(ready(), probe(), parameters=parameters)
        return page(foretold(Seen((found,), (site(found, site=parameters),))), wish, parameters=parameters)

    good(judged(WISH))
    stopped(judged(WISH._replace(bits=4096)), "VPNP-117", "4096 bits are more than its 2048")
    stopped(judged(WISH._replace(signature="SHA512")), "VPNP-117", "does not know SHA512")


def test_what_the_table_does_not_tell_of_the_old_key_either_is_a_warning() -> None:
    row = phone_model(max_rsa_bits=0, signature_hashes=("SHA256",))
    parameters = msgspec.structs.replace(SITE, phone_models=(row,))
    found = unit(ready(), probe(), parameters=parameters)
    told = page(foretold(Seen((found,), (site(found, site=parameters),))), parameters=parameters)
    warned(told, "VPNP-117", "as with the certificate that is bound now")


@pytest.mark.parametrize(
    "change",
    [
        {"bits": 512},
        {"bits": 2047},
        {"key": "EC", "bits": 2048},
        {"signature": "MD5"},
        {"cn": "x" * 65},
        {"cn": "ümlaut"},
        {"names": ("a\nb",)},
        {"trustpoint": ""},
    ],
)
def test_a_wish_that_cannot_be(change: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as caught:
        check_wish(WISH._replace(**change))
    assert caught.value.code == "bad_wish"


def test_a_wish_that_can_be() -> None:
    check_wish(WISH)
    check_wish(WISH._replace(key="EC", bits=384, signature="SHA384"))


def test_the_trial_has_what_was_wished_for() -> None:
    found = wishes.trial(WISH, unit())
    assert (found.subject_cn, found.san_dns, found.key_type, found.key_bits) == (WISH.cn, WISH.names, "RSA", 2048)


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


# --- scope ------------------------------------------------------------------------------------------------------------


def test_the_scope() -> None:
    found = opened(look(), {"asa1": WISH})
    one = found.asas["asa1"]
    assert (one.interface, one.old_trustpoint, one.new_trustpoint) == ("outside", "VPN", "NEW")
    assert one.old is not None and one.old.sha256 == LEAF.sha256
    gateway = found.clusters[CLUSTER].gateways["GW1"]
    assert (gateway.url, gateway.asas) == (URL, ("asa1",))
    assert gateway.before == ((LEAF.issuer, LEAF.serial),)
    assert found.phones[PHONE].asas == ("asa1",)
    assert found.phones[PHONE].certificate_login


def test_a_phone_without_a_file_is_in_by_its_group() -> None:
    bare = msgspec.structs.replace(phone(), files=())
    assert opened(look(None, bare), {"asa1": WISH}).phones[PHONE].asas == ("asa1",)


def test_of_a_pair_of_certificates_the_one_of_that_kind_is_renewed() -> None:
    ec = leaf("ec.example.com", kind="ec", serial=0x0AEC)
    state = hold(ready(), *HOLDS, ("EC", "identity", ec), ("EC", "ca", ISSUING))
    assert state.ssl is not None
    points = (*state.ssl.trust_points, SslTrustPoint(trustpoint="EC", interface="outside"))
    state = msgspec.structs.replace(state, ssl=msgspec.structs.replace(state.ssl, trust_points=points))
    seen = look(state)
    assert opened(seen, {"asa1": WISH}).asas["asa1"].old_trustpoint == "VPN"
    assert opened(seen, {"asa1": WISH._replace(key="EC", bits=256)}).asas["asa1"].old_trustpoint == "EC"
    assert opened(seen, {"asa1": WISH}, {"asa1": "ec"}).asas["asa1"].old_trustpoint == "EC"


def test_an_asa_without_a_wish_is_not_in_scope() -> None:
    second = msgspec.structs.replace(ready(), device="asa2")
    first, other = unit(ready(), probe()), unit(second)
    found = opened(foretold(Seen((first, other), (site(first, other),))), {"asa1": WISH})
    assert tuple(found.asas) == ("asa1",)
    assert found.phones[PHONE].asas == ("asa1",)


# --- waivers and the page ---------------------------------------------------------------------------------------------


def test_an_accepted_risk_is_a_warning_with_its_name() -> None:
    waiver = Waiver(control="VPNP-302", reason="lab", approved_by="J. Doe", expires="2099-01-01")
    parameters = msgspec.structs.replace(SITE, waivers=(waiver,))
    found = page(look(cluster=cucm(export_mode=ExportMode(mode="unrestricted"))), parameters=parameters)
    warned(found, "VPNP-302", "accepted by J. Doe until 2099-01-01")
    good(found)


def test_what_the_audit_leaves_out_is_judged_here() -> None:
    parameters = msgspec.structs.replace(SITE, exclude=("VPNP-302",), include=("VPNP-101",))
    stopped(page(look(cluster=cucm(export_mode=ExportMode(mode="unrestricted"))), parameters=parameters), "VPNP-302")


def test_what_stops_comes_first() -> None:
    found = page(look(None, filed(auth_method=0)), WISH._replace(cn="vpn.example.com"))
    verdicts = [one.stops for one in worst(found.checks)]
    assert verdicts == sorted(verdicts, reverse=True)
    lines = render_terminal(found).splitlines()
    assert lines[0].startswith("NO-GO: ")
    assert next(line for line in lines if line.startswith(("NO-GO   ", "WARN"))).startswith("NO-GO   ")


def test_the_page_is_one_screen_with_the_next_command_whole() -> None:
    line = "ansible-playbook playbooks/renewal/certificate.yml -i inventories/mine -e vpnphone_renewal=spring " * 3
    names = [f"SEP{number:012X}" for number in range(1, 400)]
    cluster = cucm(phones=tuple(listed(name) for name in names), registrations=())
    found = page(look(None, *(phone(name=name) for name in names), cluster=cluster))
    text = render_terminal(found, next_line=line)
    assert len(text.splitlines()) <= SCREEN_LINES
    assert text.splitlines()[-1] == f"Next: {line}".rstrip()
    assert all(len(row) <= 100 for row in text.splitlines()[:-1])
    assert "399 phones" in text
    assert names[-1] in render_markdown(found)


def test_a_hundred_stops_are_all_told() -> None:
    stops = tuple(
        Check(id=f"x-{number}", title="t", verdict="no-go", subject=f"asa{number}", what="wrong", todo=("Do it.",))
        for number in range(100)
    )
    found = msgspec.structs.replace(page(), checks=stops, verdict="NO-GO")
    assert all(f"asa{number}: wrong [x-{number}]" in render_terminal(found) for number in range(100))


def test_what_is_the_same_on_several_devices_is_told_once() -> None:
    alike = tuple(
        Check(id="x", title="t", verdict="no-go", subject=f"asa{number}", what="wrong", todo=("Do it.", "PERSON: Now."))
        for number in range(3)
    )
    text = render_terminal(msgspec.structs.replace(page(), checks=alike, verdict="NO-GO"))
    assert text.count("wrong") == 1
    assert "asa0, asa1, asa2: wrong [x]" in text
    assert "To do: Do it; Now" in text
    assert "3 things stop" in text


def test_text_of_a_device_paints_nothing() -> None:
    bad = "evil\x1b[2J\u202e <script>alert(1)</script> | `x` [click](http://x) @all"
    one = Check(id="x", title=bad, verdict="warn", subject=bad, what=bad, todo=(bad,), names=(bad,))
    found = msgspec.structs.replace(page(), checks=(one,))
    for text in (render_terminal(found), render_markdown(found)):
        assert "\x1b" not in text and "\u202e" not in text
    assert "<script>" not in render_markdown(found).replace("`", "").partition("SEP")[0].split("\n1: ")[0]


def test_the_block_of_the_trial_reads_as_the_device_prints_it() -> None:
    found = wishes.printed(WISH, wishes.trial(WISH, unit()))
    assert isinstance(found, Certificate)
    assert found.signature_algorithm == "SHA256 with RSA Encryption" == block(LEAF).signature_algorithm
    assert found.trustpoints == ("NEW",)
    assert NOW.tzinfo is not None
