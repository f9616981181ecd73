"""The gate before the switch, on the small site of the predictions' tests: two ASAs, real certificates."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.controls.site_context import SiteContext
from ansible.module_utils.vpnphone.errors import ChangeRefused
from ansible.module_utils.vpnphone.model import AsaState, Failure, PhoneState
from ansible.module_utils.vpnphone.model.renewal import Journal, PhoneRenewal
from ansible.module_utils.vpnphone.renewal import switch_gate as subject
from ansible.module_utils.vpnphone.renewal.gathered import Lost, Seen
from ansible.module_utils.vpnphone.renewal.store import note_of
from ansible.module_utils.vpnphone.renewal.switch_gate import SwitchGate, require_open, switch_gate

from tests.unit.predict.builders import (
    CLUSTER,
    HOLDS,
    ISSUING,
    LEAF,
    NEW_LEAF,
    PHONE,
    asa,
    cucm,
    filed,
    hold,
    leaf,
    listed,
    phone,
    probe,
    served,
    site,
    unit,
    vpn,
)
from tests.unit.renewal import builders

AT = builders.NOW
BOTH = (LEAF.pin, NEW_LEAF.pin)


def device(**sections: Any) -> AsaState:
    """The ASA with the new certificate on a trustpoint of its own, and the old one bound."""
    held = (*HOLDS, ("NEW", "identity", NEW_LEAF), ("NEW", "ca", ISSUING))
    ready = hold(asa(), *sections.pop("held", held))
    return msgspec.structs.replace(ready, **sections)


def seen(*phones: PhoneState, state: AsaState | None = None, **fields: Any) -> Seen:
    found = unit(state or device(), probe())
    context: SiteContext = site(found, phones=phones or (filed(cert_hashes=BOTH),), **fields)
    return Seen((found,), (context,))


def journal(*phones: PhoneRenewal, **changes: Any) -> Journal:
    one = builders.asa("asa1", old=note_of(LEAF), new=note_of(NEW_LEAF), old_trustpoint="VPN")
    chosen = phones or (proven(),)
    return builders.journal(
        **(
            {
                "asas": {"asa1": one},
                "clusters": {CLUSTER: msgspec.structs.replace(builders.journal().clusters["cucm-1"], name=CLUSTER)},
                "phones": {found.name: found for found in chosen},
            }
            | changes
        )
    )


def proven(name: str = PHONE, **changes: Any) -> PhoneRenewal:
    return builders.phone(name, **({"asas": ("asa1",), "cluster": CLUSTER, "proof": "proven"} | changes))


def gate(found: Journal, what: Seen) -> SwitchGate:
    return switch_gate(found, what, run="switch-1", at=AT)


def word(found: SwitchGate, name: str = PHONE) -> str:
    return next(one.word for one in found.phones if one.phone == name)


# --- one phone --------------------------------------------------------------------------------------------------------


def test_a_proven_phone_with_both_pins_opens_it() -> None:
    found = gate(journal(), seen())
    one = found.phones[0]
    assert (one.word, one.now, one.after) == ("connects", "CONNECTS", "CONNECTS")
    assert found.asas["asa1"].closed == ""
    assert found.asas["asa1"].counts == {"connects": 1}
    assert found.asas["asa1"].sha256 == NEW_LEAF.sha256
    assert require_open(found, journal(), "asa1", AT) == found.asas["asa1"]


@pytest.mark.parametrize("proof", ["unproven", "applied", "offline", "failed"])
def test_a_prediction_is_no_proof(proof: str) -> None:
    found = gate(journal(proven(proof=proof)), seen())
    assert word(found) == "unproven"
    assert PHONE in found.asas["asa1"].closed
    assert "playbooks/renewal/apply.yml" in found.asas["asa1"].todo


def test_a_proof_is_no_prediction() -> None:
    """Bound too early, or applied again with the old list: its file has the old pin alone."""
    found = gate(journal(), seen(filed(cert_hashes=(LEAF.pin,))))
    one = found.phones[0]
    assert (one.word, one.now, one.after) == ("locked_out", "CONNECTS", "LOCKED OUT")
    assert "its hash is not in the file" in one.reason
    assert "would not be sure to connect" in found.asas["asa1"].closed


def test_one_stale_node_closes_it() -> None:
    stale = phone(served(vpn(cert_hashes=BOTH)), served(vpn(cert_hashes=(LEAF.pin,)), node="cucm-tftp2"))
    assert word(gate(journal(), seen(stale))) == "locked_out"


def test_a_proven_phone_that_is_off_now_counts_as_long_as_the_nodes_serve_the_new_pin() -> None:
    off = msgspec.structs.replace(filed(cert_hashes=BOTH), web=None)
    found = gate(journal(), seen(off, cluster=cucm(registrations=())))
    assert (found.phones[0].word, found.phones[0].after) == ("proven", "UNKNOWN")
    assert found.asas["asa1"].closed == ""


@pytest.mark.parametrize(
    "files",
    [
        (),
        (served(vpn(cert_hashes=(LEAF.pin,))), served(vpn(cert_hashes=BOTH), node="cucm-tftp2")),
        (served(vpn(cert_hashes=BOTH)), served(node="cucm-tftp2", status="timeout", vpn=None)),
        (served(vpn(cert_hashes=BOTH)), msgspec.structs.replace(served(node="cucm-tftp2"), vpn=None)),
    ],
)
def test_a_phone_that_is_off_and_not_served_the_new_pin_everywhere_closes_it(files: tuple[Any, ...]) -> None:
    off = msgspec.structs.replace(filed(cert_hashes=BOTH), web=None, files=files)
    assert gate(journal(), seen(off, cluster=cucm(registrations=()))).asas["asa1"].closed


def by_password() -> AsaState:
    groups = tuple(msgspec.structs.replace(one, authentication=("aaa",)) for one in asa().tunnel_groups or ())
    return device(tunnel_groups=groups)


def test_a_password_that_nobody_knows_here_does_not_close_it() -> None:
    typed = filed(cert_hashes=BOTH, auth_method=0)
    person = proven(certificate_login=False)
    found = gate(journal(person), seen(typed, state=by_password()))
    assert (found.phones[0].word, found.phones[0].after) == ("person", "UNKNOWN")
    assert found.asas["asa1"].closed == ""
    # The same phone with another thing open, or not proven, or taken for one that logs in by certificate.
    assert word(gate(journal(person), seen(filed(cert_hashes=(LEAF.pin,), auth_method=0), state=by_password()))) == (
        "locked_out"
    )
    assert word(gate(journal(proven(certificate_login=False, proof="applied")), seen(typed, state=by_password()))) == (
        "unproven"
    )
    assert word(gate(journal(), seen(typed, state=by_password()))) == "locked_out"


def test_a_phone_with_a_password_that_is_off_now() -> None:
    off = msgspec.structs.replace(filed(cert_hashes=BOTH, auth_method=0), web=None)
    what = seen(off, state=by_password(), cluster=cucm(registrations=()))
    assert word(gate(journal(proven(certificate_login=False)), what)) == "person"


def test_a_phone_that_is_off_is_foretold_all_the_same() -> None:
    """It holds the new pin, and the new certificate has not the host that its file makes it check."""
    wrong = leaf("other.example.com", serial=0x0A07, key_name="new")
    held = (*HOLDS, ("NEW", "identity", wrong), ("NEW", "ca", ISSUING))
    off = msgspec.structs.replace(filed(cert_hashes=(LEAF.pin, wrong.pin)), web=None)
    what = seen(off, state=device(held=held), cluster=cucm(registrations=()))
    asa1 = builders.asa("asa1", old=note_of(LEAF), new=note_of(wrong), old_trustpoint="VPN")
    found = gate(journal(asas={"asa1": asa1}), what)
    assert (word(found), found.phones[0].after) == ("locked_out", "UNKNOWN")
    assert "not vpn.example.com" in found.phones[0].reason


def test_a_waiver_with_a_name_opens_it_for_that_phone_alone() -> None:
    second = "SEP8CB64F576114"
    cluster = cucm(phones=(listed(), listed(second)))
    both = seen(filed(cert_hashes=(LEAF.pin,)), phone(name=second), cluster=cluster)
    waived = proven(proof="waived", waived_by="J. Doe")
    found = gate(journal(waived), both)
    assert word(found) == "waived"
    assert word(found, second) == "unproven"
    assert second in found.asas["asa1"].closed and PHONE not in found.asas["asa1"].closed
    assert gate(journal(waived), seen(filed(cert_hashes=(LEAF.pin,)))).asas["asa1"].closed == ""


def test_a_waiver_without_a_name_is_none() -> None:
    assert word(gate(journal(proven(proof="waived")), seen())) == "unproven"


def test_a_phone_that_came_since_is_told() -> None:
    second = "SEP8CB64F576114"
    cluster = cucm(phones=(listed(), listed(second)))
    found = gate(journal(), seen(filed(cert_hashes=BOTH), phone(name=second), cluster=cluster))
    assert word(found, second) == "unproven"
    assert "came after the renewal was opened" in next(one.reason for one in found.phones if one.phone == second)


def test_a_phone_that_is_gone_is_not_sure() -> None:
    found = gate(journal(proven("SEP00000000DEAD")), seen())
    assert word(found, "SEP00000000DEAD") == "locked_out"


def test_with_a_pinned_ca_the_prediction_alone_counts() -> None:
    pinned = filed(cert_hashes=(ISSUING.pin,))
    assert word(gate(journal(proven(proof="unproven"), pinned_ca=True), seen(pinned))) == "connects"
    leaf_alone = filed(cert_hashes=(LEAF.pin,))
    assert word(gate(journal(proven(proof="unproven"), pinned_ca=True), seen(leaf_alone))) == "locked_out"


def test_another_url_of_the_phone_does_not_make_this_asa_safe() -> None:
    """Its second URL leads to an ASA that keeps what it shows; the switch of the first one still throws it out."""
    other_url = "https://backup.example.com/VPNPhone"
    first = unit(device(), probe())
    groups = tuple(
        msgspec.structs.replace(
            group,
            group_urls=tuple(
                msgspec.structs.replace(one, url=one.url.replace("vpn.example.com", "backup.example.com"))
                for one in group.group_urls
            ),
        )
        for group in first.state.tunnel_groups or ()
    )
    backup = msgspec.structs.replace(device(), device="asa2", tunnel_groups=groups)
    second = unit(backup)
    config = vpn(urls=(vpn().urls[0], other_url), cert_hashes=(LEAF.pin,), host_id_check=False)
    both = phone(served(config), served(config, node="cucm-tftp2"))
    context = site(first, second, phones=(both,))
    found = gate(journal(), Seen((first, second), (context,)))
    assert [(one.asa, one.word) for one in found.phones] == [("asa1", "locked_out")]


# --- one ASA ----------------------------------------------------------------------------------------------------------


def test_a_trustpoint_that_holds_another_certificate_closes_it() -> None:
    other = (*HOLDS, ("NEW", "identity", LEAF), ("NEW", "ca", ISSUING))
    found = gate(journal(), seen(state=device(held=other)))
    assert "another certificate than was exported" in found.asas["asa1"].closed


def test_a_trustpoint_that_is_not_there_closes_it() -> None:
    assert "holds no certificate" in gate(journal(), seen(state=device(held=HOLDS))).asas["asa1"].closed


@pytest.mark.parametrize("name", ["asa1", CLUSTER])
def test_what_was_not_read_closes_it(name: str) -> None:
    lost = Lost(name, "phones", Failure(code="timeout_connect", what="no answer.", todo="Look at the route."))
    found = gate(journal(), seen()._replace(lost=(lost,)))
    assert f"{name} was not read: no answer." in found.asas["asa1"].closed
    assert found.asas["asa1"].todo == "Look at the route."


def test_no_phone_at_all_closes_it() -> None:
    nobody = seen(cluster=cucm(phones=(), registrations=()))
    context = nobody.clusters[0]._replace(phones=())
    found = gate(journal(proven(asas=())), nobody._replace(clusters=(context,)))
    assert "no phone" in found.asas["asa1"].closed


def test_a_fault_of_the_prediction_closes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(subject, "predict", broken)
    assert word(gate(journal(), seen())) == "locked_out"


# --- for the switch ---------------------------------------------------------------------------------------------------


def closed(found: SwitchGate | None, asked: Journal, *, later: timedelta = timedelta(0)) -> ChangeRefused:
    with pytest.raises(ChangeRefused) as caught:
        require_open(found, asked, "asa1", AT + later)
    return caught.value


def test_without_a_gate_nothing_is_switched() -> None:
    assert closed(None, journal()).code == "switch_gate_closed"
    other = msgspec.structs.replace(gate(journal(), seen()), renewal="autumn")
    assert closed(other, journal()).code == "switch_gate_closed"


@pytest.mark.parametrize("later", [timedelta(hours=1, seconds=1), timedelta(seconds=-1)])
def test_a_gate_is_good_for_an_hour(later: timedelta) -> None:
    assert closed(gate(journal(), seen()), journal(), later=later).code == "switch_gate_stale"
    assert require_open(gate(journal(), seen()), journal(), "asa1", AT + timedelta(hours=1))


def test_a_closed_gate_says_why_and_what_to_do() -> None:
    unproven = journal(proven(proof="offline"))
    error = closed(gate(unproven, seen()), unproven)
    assert error.code == "switch_gate_closed"
    assert PHONE in error.what and "vpnphone_waive_phones" in error.todo


def test_a_proof_that_fell_since_closes_it() -> None:
    error = closed(gate(journal(), seen()), journal(proven(proof="failed")))
    assert error.code == "switch_gate_stale"
    assert PHONE in error.what


def test_a_phone_that_the_gate_does_not_know_closes_it() -> None:
    more = journal(proven(), proven("SEP8CB64F576114"))
    assert closed(gate(journal(), seen()), more).code == "switch_gate_stale"
