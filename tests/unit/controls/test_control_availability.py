"""VPNP-131 and 132: the mate of a pair, and the context that was read."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.vpnphone.controls.availability import WRITE_STANDBY
from ansible.module_utils.vpnphone.model import AsaState, Certificate, Failover

from tests.unit.controls.builders import (
    IDENTITY_SUBJECT,
    certificate,
    change,
    edit,
    healthy,
    intermediate,
    root,
    version,
    without,
)
from tests.unit.controls.table import Case, check, table

CHAIN = (certificate(), intermediate(), root())
READY = ("pass", "mate", "the mate is Standby Ready")
SUBJECT = "outside: VPN"
SAME = ("pass", SUBJECT, "the mate holds certificate 0a01 of VPN; its key is not shown")
ON_ACTIVE = ("PERSON: on the active unit, not on this one:", WRITE_STANDBY)


def pair(*mate: Certificate, base: AsaState | None = None, **fields: Any) -> AsaState:
    """A pair whose mate holds these certificates."""
    values = {"enabled": True, "unit": "Primary", "this_state": "Active", "mate_state": "Standby Ready"} | fields
    return change(base or healthy(), failover=Failover(**values), mate_certificates=mate)


@table(
    Case("same", pair(*CHAIN), "pass", (READY, SAME)),
    Case(
        "serial and issuer spelled otherwise",
        pair(certificate(serial="0A01", issuer=CHAIN[0].issuer.upper().replace(",", ", ")), *CHAIN[1:]),
        "pass",
        (READY, SAME),
    ),
    Case(
        "read on the standby",
        pair(*CHAIN, this_state="Standby Ready", mate_state="Active"),
        "pass",
        (("pass", "mate", "the mate is Active; this unit is Standby Ready: what is changed here is lost"), SAME),
    ),
    Case(
        "this unit has failed",
        pair(*CHAIN, this_state="Failed", mate_state="Active"),
        "fail",
        (("fail", "mate", "this unit is Failed: it cannot take over, the mate is Active"), SAME),
        fix=("PERSON: bring this unit back to Standby Ready; until then there is no second ASA.",),
    ),
    Case(
        "failover switched off on a standby",
        pair(*CHAIN, enabled=False, this_state="pseudo-Standby", mate_state=""),
        "error",
        (("error", "mate", "UNKNOWN: `show failover` prints no state of the mate"), SAME),
    ),
    Case(
        "nothing on the mate",
        pair(),
        "fail",
        (READY, ("fail", SUBJECT, "the mate does not hold certificate 0a01 of VPN")),
    ),
    Case(
        "another certificate on the mate",
        pair(certificate(serial="0a00"), *CHAIN[1:]),
        "fail",
        (READY, ("fail", SUBJECT, "the mate does not hold certificate 0a01 of VPN but 0a00")),
    ),
    Case(
        "same serial of another issuer",
        pair(certificate(issuer=IDENTITY_SUBJECT), *CHAIN[1:]),
        "fail",
        (READY, ("fail", SUBJECT, "the mate does not hold certificate 0a01 of VPN but 0a01")),
    ),
    Case(
        "in another trustpoint",
        pair(certificate(trustpoints=("OTHER",)), *CHAIN[1:]),
        "fail",
        (READY, ("fail", SUBJECT, "the mate holds certificate 0a01, but not in trustpoint VPN")),
    ),
    Case(
        "issuer missing",
        pair(certificate(), root()),
        "fail",
        (READY, ("fail", SUBJECT, "the mate lacks the issuer Example Issuing CA")),
    ),
    Case(
        "no serial",
        pair(*CHAIN, base=change(healthy(), certificates=(certificate(serial=""), *CHAIN[1:]))),
        "error",
        (READY, ("error", SUBJECT, "UNKNOWN: the certificate of VPN has no serial number to compare")),
    ),
    Case(
        "failed mate",
        pair(*CHAIN, mate_state="Failed"),
        "fail",
        (("fail", "mate", "the mate is Failed: it cannot take over"), SAME),
        fix=("PERSON: bring the mate back to Standby Ready; until then there is no second ASA.",),
    ),
    Case(
        "cold standby",
        pair(*CHAIN, mate_state="Cold Standby"),
        "fail",
        (("fail", "mate", "the mate is Cold Standby: it cannot take over"), SAME),
    ),
    Case(
        "no state of the mate",
        pair(*CHAIN, mate_state=""),
        "error",
        (("error", "mate", "UNKNOWN: `show failover` prints no state of the mate"), SAME),
    ),
    Case(
        "active/active",
        pair(*CHAIN, active_active=True),
        "error",
        (
            (
                "error",
                "mate",
                "UNKNOWN: this pair is active/active, and its certificates were not compared by group",
            ),
            SAME,
        ),
    ),
    Case(
        "nothing bound",
        pair(*CHAIN, base=edit(healthy(), "ssl", trust_points=())),
        "pass",
        (READY, ("skipped", "", "No identity certificate is bound where phones arrive: see VPNP-112")),
    ),
    Case(
        "failover off",
        healthy(),
        "skipped",
        (("skipped", "", "Failover is off: this ASA has no mate"),),
    ),
    Case(
        "failover not read",
        without(healthy(), "failover"),
        "error",
        (
            ("error", "", "UNKNOWN: `show failover` is missing"),
            ("error", "", "UNKNOWN: `failover exec mate show crypto ca certificates` is missing"),
        ),
    ),
    Case(
        "mate not read",
        without(pair(*CHAIN), "mate_certificates"),
        "error",
        (("error", "", "UNKNOWN: `failover exec mate show crypto ca certificates` is missing"),),
    ),
)
def test_mate(case: Case) -> None:
    check("VPNP-131", case)


def test_the_copy_is_made_on_the_active_unit() -> None:
    message = ("fail", SUBJECT, "the mate does not hold certificate 0a01 of VPN")
    active = Case("", pair(), "fail", (READY, message))
    assert check("VPNP-131", active)[1].fix == (WRITE_STANDBY,)
    device = pair(this_state="Standby Ready", mate_state="Active")
    standby = Case(
        "",
        device,
        "fail",
        (("pass", "mate", "the mate is Active; this unit is Standby Ready: what is changed here is lost"), message),
    )
    assert check("VPNP-131", standby)[1].fix == ON_ACTIVE


def multiple(context: str, *names: str) -> AsaState:
    base = change(healthy(), mode="multiple", version=version(context=context))
    return change(base, context_names=names) if names else base


def one(status: str, message: str) -> tuple[tuple[str, str, str], ...]:
    return ((status, "", message),)


TAIL = "was read; the verdicts are about its own `ssl trust-point` and no other context's"
SYSTEM = "UNKNOWN: the system context was read; `ssl trust-point` is bound in each user context"


@table(
    Case("single", healthy(), "skipped", one("skipped", "Single context mode: there is one SSL configuration")),
    Case("a named context", multiple("context", "phones"), "pass", one("pass", f"context phones {TAIL}")),
    Case("a context without its name", multiple("context"), "pass", one("pass", f"a user context {TAIL}")),
    Case(
        "system",
        multiple("system", "admin", "phones"),
        "error",
        one("error", SYSTEM),
        fix=("Set vpnphone_context to the phones' context (admin, phones) and gather again.",),
    ),
    Case(
        "system without a list",
        multiple("System"),
        "error",
        one("error", SYSTEM),
        fix=("Set vpnphone_context to the phones' context (see `show context`) and gather again.",),
    ),
    Case(
        "not told",
        multiple(""),
        "error",
        one("error", "UNKNOWN: `show version` does not tell which context was read"),
    ),
    Case("mode not read", without(healthy(), "mode"), "error", one("error", "UNKNOWN: `show mode` is missing")),
)
def test_context(case: Case) -> None:
    check("VPNP-132", case)
