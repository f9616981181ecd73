"""The gateways' lists as they are planned: old first, then new; later without the old; and what stops each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import ChangeRefused
from ansible.module_utils.vpnphone.model import CucmState, GatewayCertificate, VpnGroup
from ansible.module_utils.vpnphone.model.renewal import GatewayNote, Journal
from ansible.module_utils.vpnphone.renewal.gateway import (
    plan_cleanup,
    plan_gateway,
    plan_gateway_rollback,
    same_members,
    with_lists,
)
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.unit.renewal_cucm.kit import (
    CA,
    NEW,
    NOW,
    OLD,
    SAME_CN,
    THIRD,
    URL,
    Made,
    asa,
    gateway,
    journal,
    made,
    state,
)

WEEK = timedelta(days=7)
MANY = [made(f"x{number}.example.com", 0x100 + number) for number in range(10)]


def lists(planned: tuple[Any, Any]) -> dict[str, tuple[tuple[str, str], ...]]:
    return {change.name: change.after for change in planned[1].values()}


def stage(book: Journal, seen: CucmState) -> tuple[Any, Any]:
    return plan_gateway(book, book.clusters["cucm-1"], seen)


def refusal(call: Any, *args: Any, **more: Any) -> ChangeRefused:
    with pytest.raises(ChangeRefused) as raised:
        call(*args, **more)
    assert raised.value.todo
    return raised.value


# --- stage gateway ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "after"),
    [
        ([OLD], [OLD, NEW]),
        ([THIRD, OLD], [THIRD, OLD, NEW]),
        ([OLD, NEW], None),
        ([NEW, OLD], None),
    ],
)
def test_the_new_one_joins_behind_the_others(members: list[Made], after: list[Made] | None) -> None:
    plan, changes = stage(journal(), state(OLD, NEW, THIRD, gateways=(gateway("GW1", *members),)))
    if after is None:
        assert (plan.actions, changes) == ((), {})
        return
    assert lists((plan, changes)) == {"GW1": tuple(one.member for one in after)}
    (action,) = plan.actions
    assert action.commands == (
        "AXL updateVpnGateway GW1", *(f"  issuer {one.member[0]} serial {one.member[1]}" for one in after)
    )  # fmt: skip
    assert action.undo[1:] == tuple(f"  issuer {one.member[0]} serial {one.member[1]}" for one in members)


def test_issuer_and_serial_are_spelled_as_the_row_spells_them() -> None:
    row = NEW.row(issuer_name="cn=ISSUING CA 1", serial_number="0B:02")
    assert lists(stage(journal(), state(OLD.row(), row)))["GW1"][1] == ("cn=ISSUING CA 1", "0B:02")


def test_a_member_in_another_spelling_is_not_added_twice() -> None:
    spelled = gateway("GW1", OLD)
    listed = (*spelled.certificates, GatewayCertificate(issuer_name="CN=issuing ca 1", serial_number="0B02"))
    assert stage(journal(), state(OLD, NEW, gateways=(replace(spelled, certificates=listed),)))[0].actions == ()


def test_an_action_belongs_to_exactly_its_lists() -> None:
    one = stage(journal(), state(OLD, NEW))[0].actions[0].id
    other = stage(journal(), state(OLD, NEW, THIRD, gateways=(gateway("GW1", OLD, THIRD),)))[0].actions[0].id
    assert one.startswith("gateway:GW1:")
    assert one != other
    assert stage(journal(), state(OLD, NEW))[0].actions[0].id == one


def test_a_gateway_that_two_asas_answer_gets_both_certificates() -> None:
    second, third_new = asa("asa-2", old=THIRD, new=MANY[0]), MANY[0]
    seen = state(OLD, NEW, THIRD, third_new, gateways=(gateway("GW1", OLD, THIRD),))
    found = lists(stage(journal(asa(), second), seen))
    assert found["GW1"] == (OLD.member, THIRD.member, NEW.member, third_new.member)


def test_the_pinned_ca_joins_in_place_of_the_certificate() -> None:
    book = journal(asa(new=SAME_CN, pin=CA.note))
    assert lists(stage(book, state(OLD, CA)))["GW1"] == (OLD.member, CA.member)


def test_other_gateways_are_left_alone() -> None:
    seen = state(OLD, NEW, gateways=(gateway("GW1", OLD), gateway("GW2", OLD)))
    assert set(lists(stage(journal(), seen))) == {"GW1"}


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        (state(OLD), "not_in_trust"),
        (state(OLD, NEW, gateways=(gateway("GW1", NEW),)), "gateway_without_old"),
        (state(NEW), "old_certificate_gone"),
        (state(OLD, NEW, *MANY[:9], gateways=(gateway("GW1", OLD, *MANY[:9]),)), "gateway_full"),
        (state(OLD, NEW, groups=None), "groups_unknown"),
        (
            state(OLD, NEW, *MANY[:9], gateways=(gateway("GW1", OLD), gateway("GW2", *MANY[:9])),
                  groups=(VpnGroup(name="G1", gateways=("GW1", "GW2")),)),
            "group_full",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_stops_it(seen: CucmState, code: str) -> None:
    assert refusal(stage, journal(), seen).code == code


@pytest.mark.parametrize("asas", [(), ("asa-1",)], ids=["found by the host", "the journal says whose it is"])
def test_a_list_with_the_new_one_alone_is_stopped(asas: tuple[str, ...]) -> None:
    book = journal(gateways={"GW1": GatewayNote(name="GW1", url=URL, asas=asas)})
    error = refusal(stage, book, state(OLD, NEW, gateways=(gateway("GW1", NEW),)))
    assert error.code == "gateway_without_old"
    assert "Apply no configuration" in error.todo


@pytest.mark.parametrize(("others", "fits"), [(8, True), (9, False)])
def test_ten_is_the_most_of_a_gateway(others: int, fits: bool) -> None:
    seen = state(OLD, NEW, *MANY[:others], gateways=(gateway("GW1", OLD, *MANY[:others]),))
    if fits:
        assert len(lists(stage(journal(), seen))["GW1"]) == 10
    else:
        assert refusal(stage, journal(), seen).code == "gateway_full"


def test_a_certificate_that_two_gateways_of_a_group_share_counts_once() -> None:
    seen = state(
        OLD, NEW, *MANY[:8], gateways=(gateway("GW1", OLD), gateway("GW2", OLD, *MANY[:8])),
        groups=(VpnGroup(name="G1", gateways=("GW1", "GW2")),),
    )  # fmt: skip
    assert lists(stage(journal(), seen))["GW1"] == (OLD.member, NEW.member)


def test_a_member_that_the_store_lacks_stays_and_is_said() -> None:
    plan, changes = stage(journal(), state(OLD, NEW, gateways=(gateway("GW1", THIRD, OLD),)))
    assert lists((plan, changes))["GW1"] == (THIRD.member, OLD.member, NEW.member)
    assert any("does not have" in line for line in plan.warnings)


# --- rollback ---------------------------------------------------------------------------------------------------------


def noted(book: Journal, before: list[Made], after: list[Made]) -> Journal:
    return replace(
        book,
        clusters={
            "cucm-1": replace(
                book.clusters["cucm-1"],
                gateways={
                    "GW1": GatewayNote(
                        name="GW1", url=URL, asas=("asa-1",), before=tuple(m.member for m in before),
                        after=tuple(m.member for m in after),
                    )
                },
            )
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "back"),
    [
        ([OLD, NEW], [OLD]),
        ([OLD], None),
        ([OLD, NEW, THIRD], [OLD, THIRD]),
        ([NEW], [OLD]),
    ],
    ids=["as it was", "nothing to do", "what another added stays", "what was lost comes back"],
)
def test_the_list_goes_back(now: list[Made], back: list[Made] | None) -> None:
    book = noted(journal(), [OLD], [OLD, NEW])
    seen = state(OLD, NEW, THIRD, gateways=(gateway("GW1", *now),))
    found = lists(plan_gateway_rollback(book, book.clusters["cucm-1"], seen))
    assert found == ({} if back is None else {"GW1": tuple(one.member for one in back)})


def test_no_way_back_while_the_asa_shows_the_new_one() -> None:
    book = noted(journal(asa(bound="new")), [OLD], [OLD, NEW])
    seen = state(OLD, NEW, gateways=(gateway("GW1", OLD, NEW),))
    error = refusal(plan_gateway_rollback, book, book.clusters["cucm-1"], seen)
    assert error.code == "rollback_out_of_order"


def test_a_list_is_never_taken_back_to_one_without_the_old_certificate() -> None:
    book = noted(journal(), [], [NEW])
    seen = state(OLD, NEW, gateways=(gateway("GW1", NEW),))
    assert refusal(plan_gateway_rollback, book, book.clusters["cucm-1"], seen).code == "gateway_without_old"


# --- cleanup ----------------------------------------------------------------------------------------------------------


def switched(**changed: Any) -> Journal:
    base: dict[str, Any] = {"bound": "new", "saved": True, "switched_at": NOW - WEEK}
    return journal(asa(**{**base, **changed}))


def clean(book: Journal, seen: CucmState) -> tuple[Any, Any]:
    return plan_cleanup(book, book.clusters["cucm-1"], seen, "Phone-VPN", now=NOW, grace=WEEK)


BOTH = state(OLD, NEW, gateways=(gateway("GW1", OLD, NEW),))


def test_the_old_one_leaves_the_lists_and_then_the_store() -> None:
    plan, changes = clean(switched(), BOTH)
    assert lists((plan, changes)) == {"GW1": (NEW.member,)}
    assert plan.stage == "cleanup"
    assert [action.id.partition(":")[0] for action in plan.actions] == ["gateway", "delete"]
    assert plan.actions[1].commands == ("set cert delete Phone-VPN vpn.example.com.pem",)


@pytest.mark.parametrize(("days", "facts"), [(7, []), (6, ["vpnphone_grace_days=6"]), (0, ["vpnphone_grace_days=0"])])
def test_an_approver_sees_other_days_of_grace(days: int, facts: list[str]) -> None:
    book = switched()
    grace = timedelta(days=days)
    plan, _ = plan_cleanup(book, book.clusters["cucm-1"], BOTH, "Phone-VPN", now=NOW, grace=grace)
    assert [fact for fact in plan.facts if "grace" in fact] == facts


def test_what_is_left_of_a_cleanup_is_part_of_the_whole() -> None:
    whole = {action.id: action for action in clean(switched(), BOTH)[0].actions}
    rest = clean(switched(), state(OLD, NEW, gateways=(gateway("GW1", NEW),)))[0].actions
    assert [whole[action.id] for action in rest] == list(rest)
    assert clean(switched(), state(NEW, gateways=(gateway("GW1", NEW),)))[0].actions == ()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"switched_at": NOW - WEEK + timedelta(seconds=1)}, "cleanup_too_early"),
        ({"switched_at": None}, "cleanup_too_early"),
        ({"saved": False}, "cleanup_too_early"),
        ({"bound": "old"}, "cleanup_too_early"),
    ],
)
def test_not_before_its_time(changed: dict[str, Any], code: str) -> None:
    assert refusal(clean, switched(**changed), BOTH).code == code


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        (state(OLD, NEW, gateways=(gateway("GW1", OLD),)), "gateway_without_new"),
        (state(OLD, gateways=(gateway("GW1", OLD, NEW),)), "new_certificate_gone"),
        (state(OLD, NEW, gateways=(gateway("GW1", OLD, NEW), gateway("GW2", OLD))), "certificate_in_use"),
    ],
)
def test_what_stops_a_cleanup(seen: CucmState, code: str) -> None:
    assert refusal(clean, switched(), seen).code == code


def test_with_a_pinned_ca_there_is_nothing_to_clean() -> None:
    assert clean(replace(switched(), pinned_ca=True), BOTH)[0].actions == ()


# --- lists ------------------------------------------------------------------------------------------------------------


def test_the_journal_learns_both_lists() -> None:
    _plan, changes = stage(journal(), state(OLD, NEW))
    (change,) = changes.values()
    note = with_lists(journal(), "cucm-1", change).clusters["cucm-1"].gateways["GW1"]
    assert (note.before, note.after, note.asas) == ((OLD.member,), (OLD.member, NEW.member), ("asa-1",))


member = st.tuples(st.text(max_size=20), st.text("0123456789abcdefABCDEF:", max_size=20))


@given(st.lists(member, max_size=10), st.randoms(use_true_random=False))
def test_order_does_not_make_another_list(members: list[tuple[str, str]], chance: Any) -> None:
    mixed = list(members)
    chance.shuffle(mixed)
    assert same_members(members, mixed)
    assert not same_members([*members, ("CN=x", "1")], members)
