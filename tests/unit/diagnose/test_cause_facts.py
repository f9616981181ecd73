"""What is said beside a cause: names in commands, the certificate that was refused, findings, numbers, notes."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone.diagnose.site import AsaNames, PhoneNames, SiteNames

from .kit import HERE, LEAF, MODERN, NOON, OTHER_LEAF, Asa, Phone, address, begun, ids, judge, mac, one, user

ME, AT = user(1), address(1)


def test_names_of_the_site_stand_in_the_commands() -> None:
    found = judge(begun().dap(ME, AT, "VPNPhone").locked())
    steps = one(found, "group_lock").next_steps
    assert "group-policy GroupPolicy_VPNPhone attributes" in steps
    assert "group-lock value VPNPhone" in steps
    steps = one(judge(begun().no_csd(ME, AT), site=SiteNames(asas=(HERE,))), "csd").next_steps
    assert "tunnel-group VPNPhone webvpn-attributes" in steps
    steps = one(judge(Asa().refuses(ME, "SVC not enabled"), site=SiteNames(asas=(HERE,))), "tunnel_protocol").next_steps
    assert "group-policy GP_Phones attributes" in steps
    assert "group-policy <group-policy> attributes" in one(judge(Asa().refuses(ME, "SVC not enabled")),
                                                           "tunnel_protocol").next_steps  # fmt: skip


def test_open_findings_that_explain_a_refusal_are_named() -> None:
    site = SiteNames(
        asas=(HERE, AsaNames("asa-2", frozenset({"asa-2"}))),
        findings={"VPNP-102": ("asa-1",), "VPNP-221": ("asa-2",), "VPNP-334": ("cucm1",), "VPNP-124": ("asa-1",)},
    )
    cause = one(judge(Phone().denied(), begun(), site=site), "refused_by_policy")
    assert (cause.confidence, cause.controls) == ("indicated", ("VPNP-102", "VPNP-334"))
    assert cause.facts["open findings"] == "VPNP-102 (asa-1); VPNP-334 (cucm1)"


def test_which_leaf_was_refused_is_told_only_where_it_is_certain() -> None:
    whole = one(judge(Phone().refuses(OTHER_LEAF).wait(400).refuses(LEAF)), "hash_mismatch")
    assert whole.facts["leaf certificate"] == f"SHA-1 {LEAF.lower()}"
    assert whole.count == 2
    loose = one(judge(Phone(stamped=False).refuses(OTHER_LEAF).refuses(LEAF)), "hash_mismatch")
    assert loose.facts["leaf certificate"].startswith("one of 2;")


def test_the_phones_file_and_the_store_are_facts() -> None:
    site = SiteNames(
        certificates={LEAF.lower(): ("vpn: identity certificate of trustpoint NEW on asa-1",)},
        phones={mac(1): PhoneNames(pins=frozenset({OTHER_LEAF.lower()}))},
        trusted=frozenset({LEAF.lower()}),
    )
    facts = one(judge(Phone().refuses(), site=site), "hash_mismatch").facts
    assert "does NOT have this hash" in facts["the phone's file"]
    assert "it has this certificate" in facts["Phone-VPN-trust"]
    assert facts["this certificate is"] == "vpn: identity certificate of trustpoint NEW on asa-1"


def test_many_phones_with_the_same_have_some_entries_and_a_number() -> None:
    log = Asa()
    for number in range(1, 31):
        log.wait(5).dap_ends(user(number), address(number))
    found = judge(log)
    own = [cause for cause in found.causes if cause.phone]
    rest = [cause for cause in found.causes if not cause.phone]
    assert len(own) == 10 and len(rest) == 1
    assert (rest[0].count, rest[0].facts["more of the same"]) == (20, "20")
    assert rest[0].facts["DAP records"] == "DfltAccessPolicy" and "address" not in rest[0].facts
    assert rest[0].confidence == "certain"
    assert len(found.phones) == 30


def test_two_causes_stand_by_their_confidence_and_count() -> None:
    log = Asa().wait(1).refuses(user(2), "SVC not enabled").wait(5).dap_ends(ME, AT).wait(60).dap_ends(ME, AT)
    found = judge(log)
    assert [(cause.id, cause.count) for cause in found.causes] == [("dap_terminate", 2), ("tunnel_protocol", 1)]


def test_other_handshakes_in_the_same_second_leave_a_doubt() -> None:
    """A phone's offer, whole lists, and a PC with another error beside it: the order of one second proves nothing."""
    found = judge(Asa().no_cipher(AT).unknown_ca("198.51.100.7"))
    cause = one(found, "no_shared_cipher")
    assert cause.confidence == "likely"
    assert any("same time stamps" in doubt for doubt in cause.doubts)
    unanimous = judge(Asa().no_cipher(AT).no_cipher(address(2)).no_cipher(address(3)))
    assert [(each.id, each.confidence, each.count) for each in unanimous.causes] == [("no_shared_cipher", "certain", 3)]


def test_notes_tell_what_was_left_out() -> None:
    log = Asa().connects(ME, AT).no_cipher("198.51.100.9", offered=MODERN[:1]).dap_ends("jdoe", "1.2.3.4")
    notes = " ".join(judge(log).notes)
    assert "one failed handshake of clients that no line names a phone" in notes
    assert "Refusals of one user by no phone's name" in notes


def test_stories() -> None:
    log = Asa().connects(ME, AT).wait(60).dap_ends(ME, AT).wait(60).connects(user(2), address(2))
    stories = {story.phone: (story.last, story.attempts, story.failed, story.asas) for story in judge(log).phones}
    assert stories == {mac(1): ("failed", 2, 1, ("asa-1",)), mac(2): ("connected", 1, 0, ("asa-1",))}


def test_nothing_at_all() -> None:
    assert judge().verdict == "nothing"
    assert ids(judge(more={"x.log": "lorem ipsum\n"})) == []


def dialled(*, dtls: bool = True) -> Asa:
    """A session and the handshake of its DTLS channel, as the ASA logs them."""
    log = Asa().connects(ME, AT)
    where = f"outside:{AT}/51000"
    log.line(6, 725001, f"Starting SSL handshake with client {where} to 198.51.100.10/443 for DTLSv1 session.")
    if dtls:
        return log.line(6, 725002, f"Device completed SSL handshake with client {where}")
    return log.error("DTLS1_READ_BYTES", "sslv3 alert illegal parameter").failed(where)


def test_a_dtls_handshake_is_no_attempt_of_its_own() -> None:
    for logs in ((dialled(),), (dialled(), Phone().connects()), (dialled(), Phone(stamped=False).connects())):
        story = judge(*logs).phones[0]
        assert (story.last, story.attempts, story.failed) == ("connected", 1, 0)


def test_a_phone_whose_dtls_fails_has_failed_though_the_asa_gave_a_session() -> None:
    for own in ((), (Phone().dtls_fails(),), (Phone(stamped=False).dtls_fails(),), (Phone(offset=3600).dtls_fails(),)):
        story = judge(dialled(dtls=False), *own).phones[0]
        assert (story.last, story.attempts, story.failed) == ("failed", 1, 1)
        cause = one(judge(dialled(dtls=False), *own), "dtls_cipher_mismatch")
        assert (cause.phone, cause.count) == (mac(1), 1)


def test_one_attempt_is_told_as_one() -> None:
    notes = " ".join(judge(Asa().connects(ME, AT), Phone(offset=120).connects()).notes)
    assert "(one attempt compared)" in notes


def test_lines_that_are_missing_make_no_redirection_certain() -> None:
    """Two gateways, each of which sends a phone on to itself: no other host is in it, however the log is cut."""
    phone = Phone().redirected("a.example.com", "https://a.example.com/phone").fails().wait(5)
    phone.redirected("b.example.com", "https://b.example.com/phone").fails()
    assert ids(judge(phone)) == []
    lines = phone.lines
    for first in range(len(lines)):
        for last in range(first + 1, len(lines) + 1):
            log = "".join(f"{line}\n" for line in (*lines[:first], *lines[last:]))
            found = judge(more={f"{mac(1)}.log": log})
            assert [each.id for each in found.causes if each.confidence == "certain"] == []


HEAD = "Syslog logging: enabled\n    Buffer logging: level debugging, 99 messages logged\n"


@pytest.mark.parametrize("stamped", [True, False])
@pytest.mark.parametrize(
    ("before", "confidence"),
    [
        (HEAD, "certain"),
        ("", "likely"),
        (HEAD * 2, "likely"),
        ("Nov 24 2026 11:00:00: %ASA-5-111008: x\n" + HEAD, "likely"),
    ],
)
def test_in_its_own_buffer_an_asa_has_its_lines_in_order(before: str, confidence: str, *, stamped: bool) -> None:
    """A phone's offer fails beside a client with another error, in one second or without times."""
    log = Asa(stamped=stamped).unknown_ca("198.51.100.9").no_cipher(AT)
    found = judge(more={"asa-1.log": before + log.text})
    assert one(found, "no_shared_cipher").confidence == confidence


def test_lines_of_one_second_may_overtake_each_other_on_the_way_to_a_server() -> None:
    text = Asa().done("198.51.100.9").wait(60).connects(ME, AT).dap_ends(ME, AT).text
    assert one(judge(more={"asa-1.log": text}), "dap_terminate").confidence == "certain"
    sent = "".join(f"Nov 24 12:00:01 192.0.2.1 {line}\n" for line in text.splitlines())
    assert one(judge(more={"asa-1.log": sent}), "dap_terminate").confidence == "likely"


@pytest.mark.parametrize("head", ["", HEAD])
@pytest.mark.parametrize("others", [0, 3])
def test_the_hour_that_is_there_twice_makes_no_order_certain(head: str, others: int) -> None:
    """Summer time ends: what stands later in the file has the earlier stamp."""
    night = NOON.replace(month=10, day=25, hour=1)
    log = Asa(start=night)
    for _ in range(others):
        log.wait(900).done("198.51.100.9")
    log.now = night.replace(minute=50)
    log.dap_ends(ME, AT)
    log.now = night.replace(minute=10)
    log.connects(ME, AT)
    for _ in range(others):
        log.wait(60).done("198.51.100.9")
    cause = one(judge(more={"asa-1.log": head + log.text}), "dap_terminate")
    assert (cause.confidence, cause.past) == ("likely", False)
    assert any("proves their order" in doubt for doubt in cause.doubts)


def test_a_log_with_its_newest_line_first_is_as_good_as_any() -> None:
    log = Asa().done("198.51.100.9").wait(60).connects(ME, AT).wait(60).dap_ends(ME, AT)
    turned = "".join(f"{line}\n" for line in reversed(log.lines))
    assert one(judge(more={"asa-1.log": turned}), "dap_terminate").confidence == "certain"
