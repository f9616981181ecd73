"""effective(): value and origin of a group-policy attribute."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone.model import AsaState, GroupPolicy, UserAttributes
from ansible.module_utils.vpnphone.policy import effective, spellings
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.controls.builders import state

LOGINS = "vpn-simultaneous-logins"
MTU = "webvpn anyconnect mtu"


def policy(name: str, inherits_from: str = "", kind: str = "internal", **values: str) -> GroupPolicy:
    return GroupPolicy(
        name=name,
        kind=kind,  # type: ignore[arg-type] # the literals of the model
        inherits_from=inherits_from,
        values={key.replace("_", "-"): value for key, value in values.items()},
    )


def device(
    *policies: GroupPolicy, users: tuple[UserAttributes, ...] = (), defaults: GroupPolicy | None = None
) -> AsaState:
    found = {"group_policies": policies, "usernames": users}
    return state(**found, **({"default_group_policy": defaults} if defaults else {}))


ALL = policy("DfltGrpPolicy", vpn_simultaneous_logins="7", vpn_tunnel_protocol="ikev1", split_tunnel_policy="tunnelall")


@pytest.mark.parametrize(
    ("asa", "attribute", "value", "origin", "via"),
    [
        (device(policy("P", vpn_simultaneous_logins="2"), defaults=ALL), LOGINS, "2", "explicit", ("P",)),
        (
            device(policy("P"), policy("DfltGrpPolicy", vpn_simultaneous_logins="0"), defaults=ALL),
            LOGINS,
            "0",
            "inherited from DfltGrpPolicy",
            ("P", "DfltGrpPolicy"),
        ),
        (
            device(policy("P"), policy("DfltGrpPolicy"), defaults=ALL),
            "vpn-tunnel-protocol",
            "ikev1",
            "inherited from DfltGrpPolicy",
            ("P", "DfltGrpPolicy"),
        ),
        (device(policy("P")), LOGINS, "3", "default", ("P", "DfltGrpPolicy")),
        (device(policy("P")), "vpn-tunnel-protocol", None, "unknown", ("P", "DfltGrpPolicy")),
        (device(policy("P")), "split-tunnel-policy", None, "unknown", ("P", "DfltGrpPolicy")),
        (device(policy("P"), defaults=ALL), "banner", None, "unknown", ("P", "DfltGrpPolicy")),
        (
            device(policy("P", "Q"), policy("Q", vpn_simultaneous_logins="4"), defaults=ALL),
            LOGINS,
            "4",
            "from Q",
            ("P", "Q"),
        ),
        (
            device(policy("P", "Q"), policy("Q", "R"), policy("R", vpn_simultaneous_logins="5"), defaults=ALL),
            LOGINS,
            "5",
            "from R",
            ("P", "Q", "R"),
        ),
        # A circle of `from` ends, and DfltGrpPolicy answers.
        (
            device(policy("P", "Q"), policy("Q", "P"), defaults=ALL),
            LOGINS,
            "7",
            "inherited from DfltGrpPolicy",
            ("P", "DfltGrpPolicy"),
        ),
        (device(policy("P", "P"), defaults=ALL), LOGINS, "7", "inherited from DfltGrpPolicy", ("P", "DfltGrpPolicy")),
        # `from DfltGrpPolicy` is the ordinary inheritance.
        (
            device(policy("P", "DfltGrpPolicy"), policy("DfltGrpPolicy", vpn_simultaneous_logins="6")),
            LOGINS,
            "6",
            "inherited from DfltGrpPolicy",
            ("P", "DfltGrpPolicy"),
        ),
        (device(policy("P", "gone"), defaults=ALL), LOGINS, None, "unknown", ("P", "gone")),
        (device(defaults=ALL), LOGINS, None, "unknown", ("P",)),
        (device(policy("P", kind="external", vpn_simultaneous_logins="2")), LOGINS, None, "unknown", ("P",)),
        (state(), LOGINS, None, "unknown", ()),
    ],
)
def test_policy(asa: AsaState, attribute: str, value: str | None, origin: str, via: tuple[str, ...]) -> None:
    found = effective(asa, "P", attribute)
    assert (found.value, found.origin, found.via) == (value, origin, via)
    assert bool(found.reason) is (value is None)


@pytest.mark.parametrize("name", ["", "DfltGrpPolicy"])
@pytest.mark.parametrize(
    ("asa", "value", "origin"),
    [
        (device(policy("DfltGrpPolicy", vpn_simultaneous_logins="0"), defaults=ALL), "0", "explicit"),
        (device(policy("DfltGrpPolicy"), defaults=ALL), "7", "default"),
        (device(), "3", "default"),
    ],
)
def test_default_policy_itself(name: str, asa: AsaState, value: str, origin: str) -> None:
    found = effective(asa, name, LOGINS)
    assert (found.value, found.origin, found.via) == (value, origin, ("DfltGrpPolicy",))


@pytest.mark.parametrize(
    ("values", "value", "origin"),
    [
        ({LOGINS: "9"}, "9", "username u"),
        ({"vpn-group-policy": "Q"}, "4", "from Q"),
        ({"vpn-group-policy": "Q", LOGINS: "9"}, "9", "username u"),
        # What Q leaves open comes from the connection profile's policy.
        ({"vpn-group-policy": "EMPTY"}, "2", "explicit"),
        ({"vpn-group-policy": "P"}, "2", "explicit"),
        ({"vpn-group-policy": "gone"}, None, "unknown"),
        ({"vpn-filter": "value X"}, "2", "explicit"),
    ],
)
def test_username(values: dict[str, str], value: str | None, origin: str) -> None:
    asa = device(
        policy("P", vpn_simultaneous_logins="2"),
        policy("Q", vpn_simultaneous_logins="4"),
        policy("EMPTY"),
        users=(UserAttributes(name="u", values=values),),
        defaults=ALL,
    )
    found = effective(asa, "P", LOGINS, "u")
    assert (found.value, found.origin) == (value, origin)
    assert effective(asa, "P", LOGINS, "nobody") == effective(asa, "P", LOGINS)


def test_usernames_not_learned() -> None:
    found = effective(state(group_policies=(policy("P", vpn_simultaneous_logins="2"),)), "P", LOGINS, "u")
    assert (found.value, found.origin) == (None, "unknown")


@pytest.mark.parametrize(
    ("spelled", "asked"),
    [("webvpn svc mtu", MTU), (MTU, "webvpn svc mtu"), (MTU, MTU)],
)
def test_svc_and_anyconnect_are_one(spelled: str, asked: str) -> None:
    asa = device(GroupPolicy(name="P", kind="internal", values={spelled: "1290"}))
    found = effective(asa, "P", asked)
    assert (found.value, found.spelled, found.section) == ("1290", spelled, "group_policies")


def test_spellings() -> None:
    assert spellings("vpn-filter") == ("vpn-filter",)
    assert spellings("webvpn svc mtu") == ("webvpn svc mtu", "webvpn anyconnect mtu")


NAMES = st.sampled_from(["", "P", "Q", "R", "DfltGrpPolicy"])
POLICIES = st.lists(
    st.builds(
        GroupPolicy,
        name=NAMES,
        kind=st.sampled_from(["internal", "external", ""]),
        inherits_from=NAMES,
        values=st.dictionaries(st.sampled_from([LOGINS, "vpn-filter"]), st.text(max_size=5), max_size=2),
    ),
    max_size=6,
).map(tuple)


@given(
    policies=st.none() | POLICIES,
    defaults=st.none() | st.just(ALL),
    users=st.none()
    | st.just(())
    | st.builds(lambda name: (UserAttributes(name="u", values={"vpn-group-policy": name}),), NAMES),
    name=NAMES,
    username=st.none() | st.just("u"),
)
def test_never_raises_and_always_says_where_from(
    policies: tuple[GroupPolicy, ...] | None,
    defaults: GroupPolicy | None,
    users: tuple[UserAttributes, ...] | None,
    name: str,
    username: str | None,
) -> None:
    sections = {"group_policies": policies, "default_group_policy": defaults, "usernames": users}
    asa = state(**{key: value for key, value in sections.items() if value is not None})
    found = effective(asa, name, LOGINS, username)
    assert (found.value is None) == (found.origin == "unknown") == bool(found.reason)
    assert len(found.via) == len(set(found.via))
