"""Which phones go together: every phone in exactly one wave or set aside, and nobody is prompted unasked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.model import Registration
from ansible.module_utils.vpnphone.model.renewal import Action, ClusterRenewal, PhoneCleanup, PhoneRenewal
from ansible.module_utils.vpnphone.renewal.gates import hashed
from ansible.module_utils.vpnphone.renewal.waves import (
    APPLY,
    Options,
    Step,
    Wave,
    WavePlan,
    is_offline,
    names_in,
    of_cluster,
    plan_waves,
    wave_of,
    waves_left,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.renewal import builders
from tests.unit.renewal.builders import NOW, phone

NAMES = tuple(f"SEP0011223344{number:02X}" for number in range(40))
PROOFS = ("unproven", "applied", "proven", "offline", "failed", "waived")


def everybody(_name: str) -> bool:
    return True


def shape(found: WavePlan) -> list[tuple[bool, int]]:
    return [(wave.canary, len(wave.phones)) for wave in found.waves]


def why(found: WavePlan) -> dict[str, str]:
    return {one.phone: one.why for one in found.aside}


# --- tables -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "size", "expected"),
    [
        (0, 25, []),
        (1, 25, [(True, 1)]),
        (2, 25, [(True, 1), (False, 1)]),
        (26, 25, [(True, 1), (False, 25)]),
        (27, 25, [(True, 1), (False, 25), (False, 1)]),
        (4, 1, [(True, 1), (False, 1), (False, 1), (False, 1)]),
    ],
)
def test_one_canary_then_batches(count: int, size: int, expected: list[tuple[bool, int]]) -> None:
    found = plan_waves([phone(name) for name in NAMES[:count]], everybody, Options(batch_size=size))
    assert shape(found) == expected
    assert [name for wave in found.waves for name in wave.phones] == list(NAMES[:count])
    assert [wave.number for wave in found.waves] == list(range(1, len(expected) + 1))


def test_every_asa_has_a_canary() -> None:
    phones = [
        phone(NAMES[0], asas=("asa-1",)),
        phone(NAMES[1], asas=("asa-1",)),
        phone(NAMES[2], asas=("asa-2",)),
        phone(NAMES[3], asas=("asa-2", "asa-1")),
    ]
    found = plan_waves(phones, everybody, Options())
    assert found.waves[0].phones == (NAMES[0], NAMES[2])
    assert found.without == ()


def test_canaries_that_are_named_are_taken_and_what_they_leave_out_is_said() -> None:
    phones = [phone(NAMES[0], asas=("asa-1",)), phone(NAMES[1], asas=("asa-1",)), phone(NAMES[2], asas=("asa-2",))]
    found = plan_waves(phones, everybody, Options(canaries=(NAMES[1],)))
    assert (found.waves[0].phones, found.without) == ((NAMES[1],), ("asa-2",))


@pytest.mark.parametrize(
    ("fields", "online", "expected"),
    [
        ({"proof": "proven"}, True, "proven"),
        ({"proof": "proven"}, False, "proven"),
        ({"proof": "waived", "waived_by": "J. Doe"}, True, "waived"),
        ({"certificate_login": False}, True, "aaa"),
        ({"certificate_login": False}, False, "aaa"),
        ({}, False, "offline"),
        ({"proof": "offline"}, False, "offline"),
        ({"proof": "failed"}, True, ""),
        ({"proof": "applied"}, True, ""),
        ({"proof": "offline"}, True, ""),
    ],
)
def test_who_is_left_alone(fields: dict[str, Any], online: bool, expected: str) -> None:
    found = plan_waves([phone(NAMES[0], **fields)], lambda _name: online, Options())
    assert why(found).get(NAMES[0], "") == expected
    assert bool(found.waves) == (not expected)


def test_a_phone_that_prompts_comes_last_and_by_name_alone() -> None:
    phones = [phone(NAMES[0], certificate_login=False), phone(NAMES[1]), phone(NAMES[2], certificate_login=False)]
    found = plan_waves(phones, everybody, Options(include_aaa=(NAMES[0],)))
    assert [wave.phones for wave in found.waves] == [(NAMES[1],), (NAMES[0],)]
    assert why(found) == {NAMES[2]: "aaa"}


def test_prompting_and_silent_phones_are_never_in_one_batch() -> None:
    phones = [phone(name, certificate_login=name not in NAMES[:3]) for name in NAMES[:8]]
    found = plan_waves(phones, everybody, Options(include_aaa=NAMES[:3]))
    assert [wave.phones for wave in found.waves] == [(NAMES[3],), NAMES[4:8], NAMES[:3]]


def test_a_phone_that_failed_is_no_canary_while_there_is_another() -> None:
    found = plan_waves([phone(NAMES[0], proof="failed"), phone(NAMES[1])], everybody, Options())
    assert [wave.phones for wave in found.waves] == [(NAMES[1],), (NAMES[0],)]
    found = plan_waves([phone(NAMES[0], proof="failed")], everybody, Options())
    assert [wave.phones for wave in found.waves] == [(NAMES[0],)]


def test_phones_of_no_asa_have_a_canary_too() -> None:
    assert shape(plan_waves([phone(NAMES[0], asas=()), phone(NAMES[1], asas=())], everybody, Options())) == [
        (True, 1),
        (False, 1),
    ]


def test_the_cleanup_counts_for_itself() -> None:
    proven = phone(NAMES[0], proof="proven")
    clean = phone(NAMES[1], proof="proven", cleanup=PhoneCleanup(proof="proven"))
    found = plan_waves([proven, clean], everybody, Options(), Step(cleanup=True))
    assert ([wave.phones for wave in found.waves], why(found)) == ([(NAMES[0],)], {NAMES[1]: "proven"})


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (Options(canaries=("SEPFFFFFFFFFFFF",)), "unknown_phone"),
        (Options(include_aaa=("SEPFFFFFFFFFFFF",)), "unknown_phone"),
        (Options(canaries=(NAMES[1],)), "bad_input"),
        (Options(batch_size=0), "bad_input"),
    ],
)
def test_options_that_make_no_sense(options: Options, code: str) -> None:
    with pytest.raises(BadInput) as raised:
        plan_waves([phone(NAMES[0]), phone(NAMES[1], certificate_login=False)], everybody, options)
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, True),
        (Registration(name="a", status="Registered"), False),
        (Registration(name="a", status="UnRegistered"), True),
        (Registration(name="a", status="UnRegistered", since=NOW - timedelta(seconds=60)), True),
        (Registration(name="a", status="UnRegistered", since=NOW - timedelta(seconds=59)), False),
        (Registration(name="a", status="PartiallyRegistered", since=NOW), False),
        (Registration(name="a", status="Rejected", since=NOW - timedelta(days=1)), True),
    ],
)
def test_off_line_is_what_has_not_been_registered_for_so_long(found: Registration | None, expected: bool) -> None:
    assert is_offline(found, NOW, timedelta(seconds=60)) is expected


# --- as a plan keeps them ---------------------------------------------------------------------------------------------


def test_an_action_is_its_wave_again() -> None:
    waves = plan_waves([phone(name) for name in NAMES], everybody, Options(mode="restart", batch_size=7)).waves
    assert tuple(wave_of(wave.action()) for wave in waves) == waves
    assert waves[0].action().commands == (f"AXL restartPhone {NAMES[0]}",)
    assert names_in(wave.action() for wave in waves) == set(NAMES)
    assert wave_of(Action(id="gateway:GW1:abc", text="")) is None


@pytest.mark.parametrize(
    ("canary", "count", "text"),
    [
        (True, 1, "apply to 1 canary (SEP000000000000)"),
        (True, 2, "apply to 2 canaries ("),
        (False, 1, "apply to 1 phone (SEP000000000000)"),
        (False, 2, "apply to 2 phones ("),
    ],
)
def test_one_is_no_more_than_one(canary: bool, count: int, text: str) -> None:
    wave = Wave(3, "apply", canary=canary, phones=tuple(f"SEP{number:012X}" for number in range(count)))
    assert text in wave.action().text


def test_other_phones_and_another_word_are_another_action() -> None:
    def ids(names: tuple[str, ...], **changed: Any) -> tuple[str, ...]:
        waves = plan_waves([phone(name) for name in names], everybody, Options(**changed)).waves
        return tuple(wave.id for wave in waves)

    assert ids(NAMES) == ids(NAMES)
    assert not set(ids(NAMES[:5])) & set(ids(NAMES[:5], mode="reset"))
    assert ids(NAMES[:5])[1] != ids(NAMES[:6])[1]


def test_what_is_left_of_a_plan() -> None:
    waves = plan_waves([phone(name) for name in NAMES[:3]], everybody, Options(batch_size=1)).waves
    actions = tuple(wave.action() for wave in waves)
    plan = hashed(builders.plan("apply", "cucm-1", "gateway:x"))
    plan = hashed(type(plan)(stage="apply", target="cucm-1", actions=(*plan.actions, *actions)))
    cluster = ClusterRenewal(name="cucm-1")
    for status, expected in (("running", actions[1:]), ("planned", actions[1:]), ("done", ()), ("refused", ())):
        book = builders.put(builders.journal(), "apply", "cucm-1", status, plan=plan, done=(actions[0].id,))
        assert waves_left(book, cluster, "apply") == expected
    assert waves_left(builders.journal(), cluster, "apply") == ()


def test_only_the_phones_of_the_cluster() -> None:
    book = builders.journal(
        phones={name: phone(name, cluster=f"cucm-{number % 2}") for number, name in enumerate(NAMES)}
    )
    assert [one.name for one in of_cluster(book, "cucm-0")] == list(NAMES[::2])


# --- any plan ---------------------------------------------------------------------------------------------------------

PHONES = st.lists(
    st.builds(
        lambda name, login, asas, proof: phone(name, certificate_login=login, asas=tuple(asas), proof=proof),
        st.sampled_from(NAMES),
        st.booleans(),
        st.sets(st.sampled_from(["asa-1", "asa-2", "asa-3"]), max_size=2).map(sorted),
        st.sampled_from(PROOFS),
    ),
    unique_by=lambda one: one.name,
    max_size=20,
)


@settings(deadline=None)
@given(PHONES, st.sets(st.sampled_from(NAMES)), st.sets(st.sampled_from(NAMES)), st.data())
def test_every_phone_is_in_one_place(
    phones: list[PhoneRenewal], online: set[str], wished: set[str], data: st.DataObject
) -> None:
    known = {one.name for one in phones}
    include = tuple(sorted(wished & known))
    able = sorted(one.name for one in phones if one.certificate_login or one.name in include)
    canaries = tuple(data.draw(st.lists(st.sampled_from(able), unique=True, max_size=3))) if able else ()
    options = Options(
        mode=data.draw(st.sampled_from(["apply", "reset", "restart"])),
        batch_size=data.draw(st.integers(1, 6)),
        canaries=canaries,
        include_aaa=include,
    )
    found = plan_waves(phones, online.__contains__, options, APPLY)
    placed = [name for wave in found.waves for name in wave.phones] + [one.phone for one in found.aside]
    assert sorted(placed) == sorted(known)
    assert all(one.reason for one in found.aside)
    by_name = {one.name: one for one in phones}
    for wave in found.waves:
        assert wave.phones
        assert wave.canary or len(wave.phones) <= options.batch_size
        for name in wave.phones:
            assert by_name[name].certificate_login or name in include
            assert name in online
            assert by_name[name].proof not in ("proven", "waived")
    batches = [wave for wave in found.waves if not wave.canary]
    kinds = [{by_name[name].certificate_login for name in wave.phones} for wave in batches]
    assert all(len(kind) == 1 for kind in kinds)
    assert kinds == sorted(kinds, key=lambda kind: False in kind)
    assert sum(wave.canary for wave in found.waves) <= 1
    if found.waves and not canaries:
        assert found.waves[0].canary
        dialled = {asa for wave in found.waves for name in wave.phones for asa in by_name[name].asas}
        assert dialled == {asa for name in found.waves[0].phones for asa in by_name[name].asas}
