"""Stage certificate cut short at every command and every action, refused, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible.module_utils.vpnphone.asa_certificate import CertificateWork
from ansible.module_utils.vpnphone.errors import ChangeRefused
from ansible.module_utils.vpnphone.renewal import flow
from ansible.module_utils.vpnphone.x509 import read_pem

from tests.unit.renewal_certificate.kit import NEW, Renewal, error, untouched

# --- cut short --------------------------------------------------------------------------------------------------------

COMMANDS = [
    "^crypto key generate",
    f"^crypto ca trustpoint {NEW}$",
    "^keypair",
    "^subject-name",
    "^crypto ca enroll",
    "^write memory",
]
LATER = ["^crypto ca authenticate", "^enrollment terminal", "^crypto ca import", "^write memory"]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_lost_connection_in_the_first_half(renewal: Renewal, command: str, kind: str) -> None:
    token = renewal.run(check=True)["token"]
    renewal.site.add_fault("fw", kind=kind, command=command, count=1)
    assert error(renewal, approval=token).unreachable
    untouched(renewal)
    # The very same command goes on, without another approval.
    found = renewal.run(by="")
    assert found["outcome"] == "waiting"
    renewal.signed()
    assert renewal.approve()["outcome"] == "done"
    untouched(renewal)


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
@pytest.mark.parametrize("command", LATER)
def test_a_lost_connection_in_the_second_half(renewal: Renewal, command: str, kind: str) -> None:
    renewal.approve()
    renewal.signed()
    token = renewal.run(check=True)["token"]
    renewal.site.add_fault("fw", kind=kind, command=command, count=1)
    assert error(renewal, approval=token).unreachable
    untouched(renewal)
    assert renewal.run(by="")["outcome"] == "done"
    assert renewal.asa.new is not None
    untouched(renewal)


def test_a_refusal_ends_the_stage(renewal: Renewal) -> None:
    token = renewal.run(check=True)["token"]
    renewal.site.add_fault("fw", kind="refuse", command="^subject-name", count=1)
    found = error(renewal, approval=token)
    assert found.code == "command_refused"
    assert "Done before it, and standing: key." in found.what
    assert renewal.asa.stages["certificate"].status == "refused"
    assert renewal.approve()["outcome"] == "waiting"


def test_a_save_that_fails_is_tried_again(renewal: Renewal) -> None:
    renewal.site.add_fault("fw", kind="write_fails", count=1)
    token = renewal.run(check=True, method="self_signed")["token"]
    assert error(renewal, approval=token, method="self_signed").code == "not_saved"
    found = renewal.run(method="self_signed", by="")
    assert (found["outcome"], found["done"]) == ("done", ["save"])
    assert f"crypto ca trustpoint {NEW}" in renewal.state["startup_config"]


class Killed(BaseException):
    """What a SIGKILL leaves: nothing is written any more."""


@pytest.mark.parametrize("point", range(16))
def test_a_controller_that_is_killed_around_any_action(
    renewal: Renewal, point: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight actions of both halves; each dies once between intent and deed, and once between deed and note."""
    count = iter(range(100))
    do, acted = CertificateWork.do, flow.acted

    def dying_do(self: CertificateWork, action: Any) -> None:
        if action.id != "import" and next(count) == point:
            raise Killed
        do(self, action)

    def dying_acted(*args: Any, **more: Any) -> Any:
        if next(count) == point:
            raise Killed
        return acted(*args, **more)

    def survive(action: Callable[[], Any]) -> Any:
        try:
            return action()
        except Killed:
            # The next run needs no other approval.
            return renewal.run(by="")

    monkeypatch.setattr(CertificateWork, "do", dying_do)
    monkeypatch.setattr(flow, "acted", dying_acted)
    assert survive(renewal.approve)["outcome"] == "waiting"
    renewal.signed()
    assert survive(renewal.approve)["outcome"] == "done"
    untouched(renewal)
    assert renewal.asa.new is not None
    assert renewal.state["trustpoints"][NEW]["identity"]["sha1"] == renewal.asa.new.sha1
    assert renewal.approve(state="absent")["outcome"] == "rolled_back"
    assert renewal.state["trustpoints"].keys() == {"VPN_TP"}


def test_another_device_is_not_in_the_renewal(renewal: Renewal) -> None:
    for state in ("present", "absent"):
        assert error(renewal, name="other", check=True, state=state).code == "not_in_renewal"
    assert error(renewal, check=True, renewal_dir=str(renewal.locks)).code == "journal_missing"
    assert error(renewal, check=True, stage="export", state="absent").code == "bad_input"


def test_an_ec_key_for_phones_that_can(renewal: Renewal) -> None:
    renewal.wish |= {"key": "EC", "bits": 256}
    options = {"models_in_use": ["8861"]}
    renewal.approve(**options)
    renewal.signed()
    assert renewal.approve(**options)["outcome"] == "done"
    assert renewal.asa.new is not None
    assert renewal.approve(state="absent", **options)["outcome"] == "rolled_back"
    assert NEW not in renewal.site.device("fw").system.keys


# --- the way back -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("half", ["first", "whole", "self_signed"])
def test_the_way_back(renewal: Renewal, half: str) -> None:
    options = {"method": "self_signed"} if half == "self_signed" else {}
    renewal.approve(**options)
    if half == "whole":
        renewal.signed()
        renewal.approve()
    back = renewal.approve(state="absent")
    assert back["outcome"] == "rolled_back"
    state = renewal.state
    assert state["trustpoints"].keys() == {"VPN_TP"}
    assert not [line for line in state["running_config"] if NEW in line]
    assert not [line for line in state["startup_config"] if NEW in line]
    assert NEW not in renewal.site.device("fw").system.keys
    untouched(renewal)
    assert (renewal.asa.new, renewal.asa.csr, renewal.asa.made) == (None, "", ())
    # And once more from the beginning.
    assert renewal.approve()["outcome"] == "waiting"


def test_what_is_bound_is_not_taken_back(renewal: Renewal) -> None:
    renewal.approve(method="self_signed")
    renewal.site.type("fw", "configure terminal", f"ssl trust-point {NEW} outside", "end", "write memory")
    found = error(renewal, check=True, state="absent")
    assert isinstance(found, ChangeRefused)
    assert found.code == "trustpoint_bound"
    assert error(renewal, check=True, method="self_signed").code == "trustpoint_bound"


def test_what_others_use_stays(renewal: Renewal) -> None:
    renewal.approve()
    renewal.signed()
    renewal.approve()
    root = read_pem(renewal.site.chain()[1])
    chain = f"{NEW}-CA-{root.sha1[:8]}"
    renewal.site.type(
        "fw", "configure terminal", "crypto ca trustpoint ELSE", f"keypair {NEW}", "exit",
        "tunnel-group L2L type ipsec-l2l", "tunnel-group L2L ipsec-attributes", f"ikev1 trust-point {chain}", "end",
        "write memory",
    )  # fmt: skip
    planned = renewal.run(check=True, state="absent")
    assert planned["actions"] == [f"trustpoint:{NEW}", "save"]
    assert sum("stays" in line for line in planned["warnings"]) == 2
    assert renewal.run(approval=planned["token"], state="absent")["outcome"] == "rolled_back"
    assert chain in renewal.state["trustpoints"]
    assert NEW in renewal.site.device("fw").system.keys


def test_a_killed_way_back_goes_on(renewal: Renewal) -> None:
    renewal.approve(method="self_signed")
    token = renewal.run(check=True, state="absent")["token"]
    renewal.site.add_fault("fw", kind="drop_after", command="^no crypto ca trustpoint", count=1)
    assert error(renewal, state="absent", approval=token).unreachable
    assert renewal.run(state="absent", approval=token)["outcome"] == "rolled_back"
    assert NEW not in renewal.site.device("fw").system.keys
