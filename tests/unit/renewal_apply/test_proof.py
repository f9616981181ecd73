"""Is a phone ready for the new certificate: files on every node, its own fetch after the apply, what is foretold."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.controls.site_context import SiteContext
from ansible.module_utils.vpnphone.errors import ChangeRefused, VpnPhoneError
from ansible.module_utils.vpnphone.model import PhoneState, Registration
from ansible.module_utils.vpnphone.model.renewal import AsaRenewal, Journal, PhoneRenewal
from ansible.module_utils.vpnphone.renewal import proof as subject
from ansible.module_utils.vpnphone.renewal.proof import (
    Evidence,
    Foretold,
    Proof,
    asas_for,
    foretell,
    lacks,
    prove,
    stale_files,
    wanted_of,
)
from ansible.module_utils.vpnphone.renewal.store import note_of
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.predict.builders import (
    BUILT,
    HOLDS,
    ISSUING,
    LEAF,
    NEW_LEAF,
    NOW,
    PHONE,
    asa,
    bind,
    cucm,
    filed,
    hold,
    leaf,
    line,
    listed,
    phone,
    probe,
    registered,
    served,
    site,
    trusted,
    unit,
    vpn,
    web,
)
from tests.unit.renewal import builders
from tests.unit.renewal_apply.kit import one_asa

NODES = ("cucm-pub", "cucm-tftp2")
BOTH = (LEAF.pin, NEW_LEAF.pin)
# The file was built two hours ago and fetched half an hour later.
FETCHED = NOW - timedelta(minutes=90)
APPLIED = BUILT - timedelta(seconds=5)


def book(mine: AsaRenewal, **fields: Any) -> Journal:
    one = builders.phone(PHONE, asas=("asa1",), cluster="cucm1", **fields)
    return builders.journal(asas={"asa1": mine}, phones={PHONE: one})


def look(
    state: PhoneState | None = None,
    *,
    mine: AsaRenewal | None = None,
    applied_at: datetime | None = APPLIED,
    cleanup: bool = False,
    bound: str = "VPN",
    renewal: dict[str, Any] | None = None,
    rows: tuple[Any, ...] = (),
    asa_fields: dict[str, Any] | None = None,
    **sections: Any,
) -> Proof:
    """The proof of the one phone, foretold from the whole site."""
    mine = mine or one_asa()
    journal = book(mine, **(renewal or {}))
    held = (*HOLDS, ("NEW", "identity", NEW_LEAF), ("NEW", "ca", ISSUING))
    device = bind(hold(asa(**(asa_fields or {})), *held), (bound, "outside"))
    probes = (probe(),) if bound == "VPN" else ()
    state = state or filed(cert_hashes=BOTH)
    context: SiteContext = site(unit(device, *probes), cluster=cucm(**sections), phones=(state,))
    target = journal.phones[PHONE]
    found = next((one for one in context.cucm.registrations or () if one.name == PHONE), None)
    seen = Evidence(state, found, context.cucm.registrations is not None, context.cucm.tftp_nodes)
    wanted = wanted_of(asas_for(journal, target), rows, cleanup=cleanup)
    told = foretell(context, journal).get(PHONE, Foretold())
    return prove(target, applied_at, asas_for(journal, target), wanted, seen, told)


# --- proven -----------------------------------------------------------------------------------------------------------


def test_both_hashes_everywhere_and_fetched_after_the_apply() -> None:
    found = look()
    assert found.proven
    assert found.stale == ()
    assert "the hash of" in found.reason


def test_a_phone_that_somebody_else_applied_is_proven_too() -> None:
    assert look(applied_at=None).proven


def test_a_pinned_ca_in_place_of_the_new_certificate() -> None:
    mine = one_asa(pin=note_of(ISSUING))
    assert look(filed(cert_hashes=(LEAF.pin, ISSUING.pin)), mine=mine).proven
    missing = look(filed(cert_hashes=BOTH), mine=mine)
    assert (missing.proven, missing.stale) == (False, NODES)


def test_the_ca_of_the_old_one_protects_as_the_old_one_does() -> None:
    files = filed(cert_hashes=(ISSUING.pin, NEW_LEAF.pin))
    assert look(files, rows=(trusted(ISSUING),)).proven
    # Without its content in the store nobody knows that it is the CA.
    assert look(files).stale == NODES


def test_after_the_switch_the_old_one_is_not_needed() -> None:
    assert look(filed(cert_hashes=(NEW_LEAF.pin,)), mine=one_asa(bound="new"), bound="NEW").proven


# --- files ------------------------------------------------------------------------------------------------------------

OLD_ONE = vpn()


@pytest.mark.parametrize(
    ("state", "stale", "words"),
    [
        (filed(cert_hashes=(LEAF.pin,)), NODES, "lacks the new vpn.example.com"),
        (filed(cert_hashes=(NEW_LEAF.pin,)), NODES, "lacks the old vpn.example.com"),
        (filed(cert_hashes=()), NODES, "lacks the new"),
        (filed(cert_hashes=BOTH, hash_alg=1), NODES, "hashAlg 1"),
        (phone(served(vpn(cert_hashes=BOTH)), served(OLD_ONE, node="cucm-tftp2")), NODES[1:], "on cucm-tftp2 lacks"),
        (
            phone(served(vpn(cert_hashes=BOTH)), msgspec.structs.replace(served(node="cucm-tftp2"), vpn=None)),
            NODES[1:],
            "has no vpnGroup",
        ),
        # One way is enough to see it.
        (
            phone(
                served(vpn(cert_hashes=BOTH)),
                served(vpn(cert_hashes=BOTH), node="cucm-tftp2"),
                served(OLD_ONE, node="cucm-tftp2", via="tftp"),
            ),
            NODES[1:],
            "on cucm-tftp2 lacks",
        ),
        (
            phone(served(vpn(cert_hashes=BOTH)), served(node="cucm-tftp2", status="timeout", vpn=None)),
            (),
            "cucm-tftp2 was not read (timeout)",
        ),
        (
            phone(served(vpn(cert_hashes=BOTH)), served(node="cucm-tftp2", status="encrypted", vpn=None)),
            (),
            "is encrypted",
        ),
        (
            phone(served(vpn(cert_hashes=BOTH)), served(node="cucm-tftp2", status="absent", vpn=None)),
            (),
            "has no file of it",
        ),
        (phone(served(vpn(cert_hashes=BOTH)), web=web(network={})), (), "cucm-tftp2 was not asked"),
    ],
)
def test_every_node_that_it_asks_must_hold_both(state: PhoneState, stale: tuple[str, ...], words: str) -> None:
    found = look(state)
    assert (found.proven, found.stale) == (False, stale)
    assert words in found.reason


def test_a_node_that_it_does_not_ask_does_not_count() -> None:
    files = (served(vpn(cert_hashes=BOTH)), served(OLD_ONE, node="cucm-tftp2"))
    state = phone(*files, web=web(network={"TFTP Server 1": "cucm-pub"}))
    assert look(state).proven
    assert stale_files(state, NODES, wanted_of([one_asa()], ())) == {}


def test_a_phone_that_was_not_gathered() -> None:
    journal = book(one_asa())
    found = prove(
        journal.phones[PHONE], None, [one_asa()], wanted_of([one_asa()], ()), Evidence(None, registered()), Foretold()
    )
    assert (found.proven, found.stale) == (False, ())


# --- its fetch --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("applied_at", "proven"),
    [
        (FETCHED - timedelta(seconds=1), True),
        (FETCHED, True),
        # Both have whole seconds: one of rounding is no earlier fetch.
        (FETCHED + timedelta(seconds=1), True),
        (FETCHED + timedelta(seconds=2), False),
        (FETCHED + timedelta(hours=1), False),
    ],
)
def test_a_fetch_from_before_the_apply_does_not_count(applied_at: datetime, proven: bool) -> None:
    found = look(applied_at=applied_at)
    assert found.proven is proven
    if not proven:
        assert "is older than the apply" in found.reason


@pytest.mark.parametrize(
    ("state", "sections", "words"),
    [
        ({"web": None}, {}, "its web pages were not read"),
        ({"web": web(line("Trust List Updated"))}, {}, "do not show that it fetched"),
        ({"web": web(line(), line("TFTP Timeout : " + PHONE, timedelta(minutes=5)))}, {}, "a failure after the last"),
        ({"web": web(line("Trust List Update Failed", timedelta(minutes=1)), line())}, {}, "a failure after the last"),
        # A line of yesterday: it has no date, but the phone has been registered since before the file was built.
        ({}, {"registrations": (registered(since=BUILT - timedelta(hours=5)),)}, "before the file was built"),
        ({}, {"registrations": (registered(since=None),)}, "not known since when"),
    ],
)
def test_lines_that_are_stale_or_missing(state: dict[str, Any], sections: dict[str, Any], words: str) -> None:
    found = look(msgspec.structs.replace(filed(cert_hashes=BOTH), **state), **sections)
    assert not found.proven
    assert words in found.reason


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"registrations": ()}, "it is not registered"),
        ({"registrations": (registered(status="UnRegistered", since=NOW),)}, "not registered since"),
        ({"registrations": (registered(status="Rejected", since=None),)}, "it is not registered"),
        ({"registrations": None}, "was not told"),
    ],
)
def test_a_phone_that_is_not_registered_is_not_proven(sections: dict[str, Any], words: str) -> None:
    found = look(**sections)
    assert not found.proven
    assert words in found.reason


# --- what is foretold -------------------------------------------------------------------------------------------------


def test_a_phone_that_would_be_locked_out_after_the_switch_is_not_proven() -> None:
    """Its file makes it check the host, and the new certificate has another name."""
    wrong = leaf("other.example.com", serial=0x0A09, key_name="new")
    mine = one_asa(new=note_of(wrong))
    journal = book(mine)
    held = (*HOLDS, ("NEW", "identity", wrong), ("NEW", "ca", ISSUING))
    state = filed(cert_hashes=(LEAF.pin, wrong.pin))
    context = site(unit(hold(asa(), *held), probe()), cluster=cucm(), phones=(state,))
    told = foretell(context, journal)[PHONE]
    found = prove(
        journal.phones[PHONE], APPLIED, [mine], wanted_of([mine], ()), Evidence(state, registered(), True, NODES), told
    )
    assert not found.proven
    assert found.reason.startswith("with NEW bound it is LOCKED OUT")


def test_a_phone_that_does_not_connect_now_is_not_proven() -> None:
    found = look(phones=(listed(certificate="none"),))
    assert (found.proven, found.reason.startswith("now it is LOCKED OUT")) == (False, True)


def test_an_asa_that_was_not_read_proves_nothing() -> None:
    mine = one_asa()
    state = filed(cert_hashes=BOTH)
    found = prove(
        builders.phone(PHONE, asas=("asa1",)), APPLIED, [mine], wanted_of([mine], ()),
        Evidence(state, registered(), True, NODES), Foretold(),
    )  # fmt: skip
    assert (found.proven, found.reason.startswith("now it is UNKNOWN")) == (False, True)


def test_no_asa_at_all_proves_nothing() -> None:
    found = prove(
        builders.phone(PHONE, asas=()), APPLIED, [], wanted_of([], ()),
        Evidence(filed(cert_hashes=BOTH), registered(), True, NODES), Foretold(),
    )  # fmt: skip
    assert not found.proven


def test_a_fault_of_the_prediction_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: Any) -> None:
        raise KeyError("device text")

    monkeypatch.setattr(subject, "predict", broken)
    with pytest.raises(VpnPhoneError) as raised:
        look()
    assert raised.value.code == "tool_fault"
    assert "device text" not in str(raised.value)


# --- a phone that prompts its user ------------------------------------------------------------------------------------


def with_password(**changes: Any) -> dict[str, Any]:

    groups = asa().tunnel_groups or ()
    aaa = tuple(msgspec.structs.replace(group, authentication=("aaa",)) for group in groups)
    return {"asa_fields": {"tunnel_groups": aaa}, "renewal": {"certificate_login": False}} | changes


def test_a_password_is_no_doubt_of_a_phone_that_came_back() -> None:
    found = look(filed(cert_hashes=BOTH, auth_method=0), **with_password())
    assert found.proven, found.reason
    assert "password" in found.reason


def test_but_it_is_of_one_that_logs_in_by_certificate() -> None:
    found = look(filed(cert_hashes=BOTH, auth_method=0), **with_password(renewal={}))
    assert not found.proven


def test_and_it_hides_no_other_doubt() -> None:
    state = filed(cert_hashes=BOTH, auth_method=0)
    found = look(state, **with_password(phones=(listed(model="Cisco 1234"),)))
    assert not found.proven


# --- the cleanup ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pins", "proven", "words"),
    [
        ((NEW_LEAF.pin,), True, ""),
        (BOTH, False, "still holds the old"),
        ((LEAF.pin,), False, "lacks the new"),
    ],
)
def test_in_the_cleanup_the_new_one_stands_alone(pins: tuple[str, ...], proven: bool, words: str) -> None:
    mine = one_asa(bound="new", saved=True)
    found = look(filed(cert_hashes=pins), mine=mine, cleanup=True, bound="NEW")
    assert (found.proven, found.stale) == (proven, () if proven else NODES)
    assert words in found.reason


def test_what_is_wanted_needs_the_new_certificate() -> None:
    with pytest.raises(ChangeRefused):
        wanted_of([one_asa(new=None)], ())


def test_the_same_certificate_twice_is_not_gone() -> None:
    """A renewal that was taken back, or a CA that is pinned before and after."""
    same = one_asa(old=note_of(ISSUING), pin=note_of(ISSUING))
    assert wanted_of([same], (), cleanup=True).gone == ()


def test_a_phone_of_unknown_asas_needs_all_of_its_cluster() -> None:
    journal = builders.journal(
        asas={"asa1": one_asa(), "asa2": builders.asa("asa2")},
        phones={PHONE: builders.phone(PHONE, asas=("asa1",)), "SEP001122334401": builders.phone("x", asas=())},
    )
    assert [one.name for one in asas_for(journal, journal.phones[PHONE])] == ["asa1"]
    assert [one.name for one in asas_for(journal, journal.phones["SEP001122334401"])] == ["asa1"]


# --- any file ---------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from([LEAF.pin, NEW_LEAF.pin, ISSUING.pin]), st.text(max_size=40)), max_size=6),
    st.sampled_from([0, 0, 0, 1, None]),
)
def test_only_both_hashes_are_both_hashes(pins: list[str], alg: int | None) -> None:
    words = lacks(vpn(cert_hashes=tuple(pins), hash_alg=alg), wanted_of([one_asa()], ()))
    assert (not words) == ({LEAF.pin, NEW_LEAF.pin} <= set(pins) and alg == 0)


def phone_renewal(**fields: Any) -> PhoneRenewal:
    return builders.phone(PHONE, asas=("asa1",), **fields)


@settings(deadline=None)
@given(st.lists(st.text(max_size=30), max_size=4), st.integers(0, 86399), st.sampled_from(["Registered", "x", ""]))
def test_no_text_of_a_phone_proves_it(lines: list[str], clock: int, status: str) -> None:
    """Anything but its own file's name, at any time."""
    page = web(*(line(text) for text in lines if text.strip() != f"{PHONE}.cnf.xml.sgn"), line("x"), clock=clock)
    state = msgspec.structs.replace(filed(cert_hashes=BOTH), web=page)
    found = prove(
        phone_renewal(), APPLIED, [one_asa()], wanted_of([one_asa()], ()),
        Evidence(state, Registration(name=PHONE, status=status, since=NOW), True, NODES), Foretold(),
    )  # fmt: skip
    assert not found.proven
    assert found.reason
