"""The plans of stages certificate and export and of the way back: what is left to do, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import BadInput, ChangeRefused
from ansible.module_utils.vpnphone.model.renewal import StagePlan
from ansible.module_utils.vpnphone.renewal.certificate import (
    Order,
    Ready,
    check_free,
    check_order,
    expected_sha1,
    has_request,
    plan_certificate,
)
from ansible.module_utils.vpnphone.renewal.certificate_back import plan_export, plan_rollback
from ansible.module_utils.vpnphone.renewal.certificate_checks import Given
from ansible.module_utils.vpnphone.renewal.standing import Standing, own_unsaved
from ansible.module_utils.vpnphone.renewal.store import note_of
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.renewal_certificate.made import (
    HOST,
    ISSUING,
    NEW,
    OLD,
    OLD_BLOCK,
    ROOT,
    block,
    cert,
    held,
    order,
    pair,
    request,
    standing,
)

READY = Ready(Given(NEW, (ISSUING, ROOT)), (ISSUING, ROOT))
MADE = {"trustpoints": (OLD_BLOCK, block()), "keys": (pair(),)}
CHAIN_TP = f"NEW_TP-CA-{ROOT.sha1[:8]}"


def ids(plan: StagePlan) -> list[str]:
    return [action.id for action in plan.actions]


def plan(
    found: Order | None = None, now: Standing | None = None, ready: Ready | None = None, unsaved: bool = False
) -> list[str]:
    return ids(plan_certificate(found or order(), now or standing(), ready, unsaved=unsaved))


WITH_CSR = order(asa={"csr": request()})
WHOLE = standing(held("NEW_TP", NEW), held("NEW_TP", ISSUING, "ca"), held("R", ROOT, "ca"), **MADE)
IMPORT = f"import:{NEW.sha1}"
CA, CHAIN = f"ca:{ISSUING.sha1}", f"chain:{ROOT.sha1}"


@pytest.mark.parametrize(
    ("found", "now", "ready", "expected"),
    [
        (order(), standing(), None, ["key", "trustpoint", "csr", "save", "import"]),
        (order(), standing(keys=(pair(),)), None, ["trustpoint", "csr", "save", "import"]),
        (order(), standing(**MADE), None, ["csr", "save", "import"]),
        # Cut short in the middle of the block.
        (order(), standing(**MADE | {"trustpoints": (OLD_BLOCK, block(subject_name=""))}), None,
         ["trustpoint", "csr", "save", "import"]),
        (WITH_CSR, standing(**MADE), None, ["import"]),
        # The key was made anew since: the request is another one's.
        (WITH_CSR, standing(**MADE | {"keys": (pair(own="other"),)}), None, ["csr", "save", "import"]),
        # A certificate without a request that it could be made of is not looked at.
        (order(), standing(), READY, ["key", "trustpoint", "csr", "save", "import"]),
        (WITH_CSR, standing(**MADE), READY, [CA, CHAIN, IMPORT, "save"]),
        (WITH_CSR, standing(held("ROOT_TP", ROOT, "ca"), **MADE), READY, [CA, IMPORT, "save"]),
        (WITH_CSR, standing(held("NEW_TP", ISSUING, "ca"), **MADE), READY, [CHAIN, IMPORT, "save"]),
        (WITH_CSR, WHOLE, READY, []),
        (order(method="self_signed"), standing(), None, ["key", "trustpoint", "self_signed", "save"]),
        (order(method="pkcs12"), standing(), READY, [f"pkcs12:{NEW.sha1}", CA, CHAIN, "save"]),
        (order(method="pkcs12"), standing(held("NEW_TP", NEW), **MADE), READY, [CA, CHAIN, "save"]),
        (order(save=False), standing(), None, ["key", "trustpoint", "csr", "import"]),
    ],
)  # fmt: skip
def test_what_is_left_to_do(found: Order, now: Standing, ready: Ready | None, expected: list[str]) -> None:
    assert plan(found, now, ready) == expected


def test_what_is_not_saved_is_saved() -> None:
    assert plan(WITH_CSR, standing(**MADE), unsaved=True) == ["save", "import"]
    assert plan(WITH_CSR, WHOLE, READY, unsaved=True) == ["save"]


@pytest.mark.parametrize("found", [order(), WITH_CSR, order(method="self_signed"), order(method="pkcs12")])
def test_no_command_binds_or_names_what_is_bound(found: Order) -> None:
    for now, ready in ((standing(), None), (standing(**MADE), READY), (standing(), READY)):
        made = plan_certificate(found, now, ready, unsaved=False)
        lines = [line for action in made.actions for line in (*action.commands, *action.undo)]
        assert not [line for line in lines if line.startswith("ssl ") or "OLD_TP" in line]


def test_the_passphrase_has_no_place_in_a_plan() -> None:
    action = plan_certificate(order(method="pkcs12"), standing(), READY, unsaved=False).actions[0]
    assert action.commands == ("crypto ca import NEW_TP pkcs12 <passphrase>",)


def test_a_ca_of_the_new_trustpoint_that_did_not_sign() -> None:
    now = standing(held("NEW_TP", ROOT, "ca"), **MADE)
    with pytest.raises(ChangeRefused) as caught:
        plan(WITH_CSR, now, READY)
    assert caught.value.code == "trustpoint_taken"


def test_the_chain_goes_by_certificate_not_by_name() -> None:
    twin = cert("Root", ca=True, own="another root")
    assert CHAIN in plan(WITH_CSR, standing(held("ROOT_TP", twin, "ca"), **MADE), READY)
    taken = standing(held(CHAIN_TP, twin, "ca"), **MADE | {"trustpoints": (OLD_BLOCK, block(), block(CHAIN_TP))})
    with pytest.raises(ChangeRefused) as caught:
        plan(WITH_CSR, taken, READY)
    assert caught.value.code == "trustpoint_taken"


def test_a_request_is_held_against_the_key() -> None:
    assert has_request(WITH_CSR, standing(**MADE))
    assert not has_request(WITH_CSR, standing())
    assert not has_request(order(asa={"csr": "no request"}), standing(**MADE))
    # A release that prints no key data: the journal is believed.
    assert has_request(WITH_CSR, standing(**MADE | {"keys": (pair()._replace(spki=None),)}))


# --- may it be --------------------------------------------------------------------------------------------------------


def free(found: Order, now: Standing, expected: str = "") -> str:
    try:
        check_free(found, now, expected)
    except ChangeRefused as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    ("now", "expected", "code"),
    [
        (standing(), "", ""),
        (standing(**MADE), "", ""),
        (standing(bound=frozenset({"old_tp", "new_tp"})), "", "trustpoint_bound"),
        (standing(held("NEW_TP", NEW), **MADE), "", "trustpoint_taken"),
        (standing(held("NEW_TP", NEW), **MADE), "approved", ""),
        (standing(held("new_tp", OLD), **MADE), "approved", "trustpoint_taken"),
        (standing(trustpoints=(OLD_BLOCK, block(enrollment="self"))), "", "trustpoint_differs"),
        (standing(trustpoints=(OLD_BLOCK, block(keypair="OLD_TP"))), "", "trustpoint_differs"),
        (standing(trustpoints=(OLD_BLOCK, block(subject_name='"O=Lab, cn=VPN-2027.example.com"'))), "", ""),
        (standing(trustpoints=(OLD_BLOCK, block(subject_name="CN=else"))), "", "trustpoint_differs"),
        (standing(trustpoints=(OLD_BLOCK, block(crl="configure"))), "", ""),
        (standing(keys=(pair(bits=256),)), "", "key_taken"),
        (standing(keys=(pair(bits=1024),)), "", "key_taken"),
        (standing(keys=(pair()._replace(kind="", bits=0, spki=None),)), "", ""),
        (standing(trustpoints=(OLD_BLOCK, block("OTHER")), keys=(pair(),)), "", "key_taken"),
    ],
)
def test_the_new_trustpoint_and_key_are_ours_to_make(now: Standing, expected: str, code: str) -> None:
    assert free(order(), now, NEW.sha1 if expected else "") == code


def test_the_name_of_the_old_one_is_refused_in_any_case() -> None:
    assert free(order(asa={"new_trustpoint": "Old_Tp"}), standing(bound=frozenset())) == "trustpoint_bound"


def test_a_key_where_a_file_brings_one() -> None:
    assert free(order(method="pkcs12"), standing(keys=(pair(),))) == "key_taken"
    ours = order(method="pkcs12", asa={"made": ("key:NEW_TP",)})
    assert free(ours, standing(keys=(pair(),))) == ""


def test_a_self_signed_one_is_known_by_its_key() -> None:
    own = cert("vpn-2027.example.com", names=(HOST,))
    lines = {"trustpoints": (OLD_BLOCK, block(enrollment="self"))}
    found = order(method="self_signed")
    assert free(found, standing(held("NEW_TP", own), **MADE | lines)) == ""
    other = {"keys": (pair(own="other"),)}
    assert free(found, standing(held("NEW_TP", own), **MADE | lines | other)) == "trustpoint_taken"


@pytest.mark.parametrize(
    ("changes", "good"),
    [
        ({}, True),
        ({"subject": "CN=a b,O=Example Corp,C=US"}, True),
        ({"fqdn": ""}, True),
        ({"subject": ""}, False),
        ({"subject": "O=Example"}, False),
        ({"subject": "CN=a,XX=b"}, False),
        ({"subject": "CN=a?b"}, False),
        ({"subject": "CN=*.example.com"}, False),
        ({"subject": 'CN="a"'}, False),
        ({"subject": "CN=a\nno ssl trust-point OLD_TP outside"}, False),
        ({"subject": "CN= "}, False),
        ({"fqdn": "*.example.com"}, False),
        ({"fqdn": "a b"}, False),
        ({"fqdn": "-a"}, False),
        ({"asa": {"new_trustpoint": "NEW TP"}}, False),
        ({"asa": {"new_trustpoint": "N" * 65}}, False),
        ({"asa": {"new_trustpoint": "NEW?"}}, False),
    ],
)
def test_what_can_be_ordered(changes: dict[str, Any], good: bool) -> None:
    if good:
        check_order(order(**changes))
        return
    with pytest.raises(BadInput) as caught:
        check_order(order(**changes))
    assert caught.value.code in ("bad_wish", "name_refused")


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_no_text_becomes_a_second_command(name: str, subject: str, fqdn: str) -> None:
    found = order(subject=subject, fqdn=fqdn, asa={"new_trustpoint": name})
    try:
        check_order(found)
    except BadInput:
        return
    made = plan_certificate(found, standing(), None, unsaved=False)
    for line in (line for action in made.actions for line in action.commands):
        assert line.isascii()
        assert line.isprintable()
        assert not set(line) & set("?\"'|;\\")


# --- export -----------------------------------------------------------------------------------------------------------


def test_an_export_needs_what_was_imported() -> None:
    found = order(asa={"new": note_of(NEW)})
    now = standing(held("NEW_TP", NEW), **MADE)
    assert ids(plan_export(found, now, done=False)) == ["export"]
    assert ids(plan_export(found, now, done=True)) == []
    for lost in (standing(**MADE), standing(held("NEW_TP", OLD), **MADE)):
        with pytest.raises(ChangeRefused) as caught:
            plan_export(found, lost, done=False)
        assert caught.value.code == "certificate_gone"
    with pytest.raises(ChangeRefused):
        plan_export(order(), now, done=False)


def test_which_certificate_was_approved() -> None:
    made = plan_certificate(WITH_CSR, standing(**MADE), READY, unsaved=False)
    assert expected_sha1(made) == NEW.sha1
    assert expected_sha1(plan_certificate(order(), standing(), None, unsaved=False)) == ""
    assert expected_sha1(None) == ""


# --- the way back -----------------------------------------------------------------------------------------------------

OURS = ("key:NEW_TP", "trustpoint:NEW_TP", f"trustpoint:{CHAIN_TP}")
ALL = standing(
    held("NEW_TP", NEW), held("NEW_TP", ISSUING, "ca"), held(CHAIN_TP, ROOT, "ca"),
    trustpoints=(OLD_BLOCK, block(), block(CHAIN_TP, keypair="")), keys=(pair(),),
)  # fmt: skip


def back(now: Standing = ALL, made: tuple[str, ...] = OURS, **changes: Any) -> StagePlan:
    return plan_rollback(order(asa={"made": made}, **changes), now, unsaved=False)


def test_what_was_made_goes_and_nothing_else() -> None:
    assert ids(back()) == ["trustpoint:NEW_TP", f"trustpoint:{CHAIN_TP}", "key:NEW_TP", "save"]
    assert ids(back(made=())) == []
    assert any("was there before" in line for line in back(made=()).warnings)
    # The trustpoint that was there before has the key that was made for it.
    assert ids(back(made=("key:NEW_TP",))) == []
    assert ids(back(standing())) == []
    assert ids(back(save=False)) == ["trustpoint:NEW_TP", f"trustpoint:{CHAIN_TP}", "key:NEW_TP"]
    commands = [line for action in back().actions for line in action.commands]
    assert "crypto key zeroize rsa label NEW_TP" in commands
    assert not [line for line in commands if "OLD_TP" in line or line.startswith("ssl")]


@pytest.mark.parametrize("name", ["NEW_TP", CHAIN_TP], ids=["new", "chain"])
def test_what_is_bound_stays(name: str) -> None:
    with pytest.raises(ChangeRefused) as caught:
        back(ALL._replace(bound=frozenset({"old_tp", name.lower()})))
    assert caught.value.code == "trustpoint_bound"


def test_what_others_use_stays() -> None:
    used = ALL._replace(running=f"tunnel-group L2L ipsec-attributes\n ikev1 trust-point {CHAIN_TP}\n")
    found = back(used)
    assert f"trustpoint:{CHAIN_TP}" not in ids(found)
    assert any(CHAIN_TP in line and "stays" in line for line in found.warnings)
    with pytest.raises(ChangeRefused) as caught:
        back(ALL._replace(running="crypto map OUT 10 set trustpoint NEW_TP\n"))
    assert caught.value.code == "trustpoint_in_use"
    shared = ALL._replace(trustpoints=(*ALL.trustpoints, block("OTHER")))
    assert "key:NEW_TP" not in ids(back(shared))


def test_a_ca_that_another_certificate_needs_stays() -> None:
    other = cert("other.example.com", "Issuing", ("other.example.com",))
    now = ALL._replace(
        held=(*ALL.held, held("OTHER", other)), trustpoints=(*ALL.trustpoints, block("OTHER", keypair=""))
    )
    assert f"trustpoint:{CHAIN_TP}" not in ids(back(now))
    # Where another trustpoint has the very same CA, nobody misses this one.
    again = now._replace(held=(*now.held, held("ROOT_TP", ROOT, "ca")))
    assert f"trustpoint:{CHAIN_TP}" in ids(back(again))


def test_names_that_only_look_like_the_trustpoint() -> None:
    text = "access-list NEW_TP extended permit ip any any\ncrypto ca trustpoint NEW_TP\n keypair NEW_TP\n"
    text += "ssl trust-point NEW_TP2\n"
    assert ALL._replace(running=text).mentions("NEW_TP") == ()


# --- unsaved ----------------------------------------------------------------------------------------------------------


def test_own_blocks_are_told_from_others() -> None:
    lines = [
        "+ crypto ca trustpoint NEW_TP",
        "+ crypto ca trustpoint NEW_TP / keypair NEW_TP",
        "+ crypto ca certificate chain new_tp / 30820345",
        "+ crypto ca trustpoint NEW_TP2",
        "- ssl trust-point OLD_TP outside",
    ]
    own, others = own_unsaved(lines, ["NEW_TP"])
    assert len(own) == 3
    assert others == lines[3:]


@given(st.lists(st.text(max_size=60)), st.lists(st.text(max_size=20)))
def test_every_unsaved_line_is_somebodys(lines: list[str], names: list[str]) -> None:
    own, others = own_unsaved(lines, names)
    assert sorted(own + others) == sorted(lines)
