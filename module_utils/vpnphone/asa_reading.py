"""What an ASA shows of its certificates and keys, read from a session, for the stages that renew one."""

from __future__ import annotations

from .apply.readback import Reading, read_device
from .apply.role import check_place, check_role, role_of
from .errors import ChangeRefused
from .gather import Session
from .model import AsaState, HeldCertificate
from .parse.certificate_chain import parse_certificate_chain
from .parse.certificates import parse_certificates
from .parse.config import sections_of
from .parse.crypto import parse_trustpoints
from .parse.keys import KeyPair, parse_key_pairs
from .parse.result import Unreadable
from .predict.identity import is_same
from .refusal import refusal_of
from .renewal.standing import Standing, standing_of
from .renewal.switch_plan import MATE_SHOW
from .x509 import read_pem

CHAIN = "show running-config crypto ca certificate chain"
TRUSTPOINTS = "show running-config crypto ca trustpoint"


def look(session: Session, device: str, context: str) -> tuple[Reading, Standing]:
    """Everything once. Transport errors pass through; ChangeRefused for a unit or context that is not to be changed,
    and where trustpoints, certificates or keys are not shown (state_unknown)."""
    reading = read_device(session, device)
    check_place(reading.state, context, device)
    check_role(role_of(reading.state.failover), device)
    held = reading.state.certificate_chain
    if held is None:
        held = _held_in(sections_of(reading.running).get("certificate_chain", ""), device)
        if not held and reading.state.certificates != ():
            raise _unknown(device, "the certificates themselves", CHAIN)
    return reading, standing_of(reading.state, held, read_keys(session, device), reading.running)


def read_keys(session: Session, device: str) -> tuple[KeyPair, ...]:
    """Key pairs of both kinds; releases before 9.0 know no `ecdsa`."""
    rsa = session.run("show crypto key mypubkey rsa")
    if refusal_of(rsa) is not None:
        raise _unknown(device, "which key pairs there are", "show crypto key mypubkey rsa")
    ec = session.run("show crypto key mypubkey ecdsa")
    try:
        return (*parse_key_pairs(rsa), *(parse_key_pairs(ec) if refusal_of(ec) is None else ()))
    except Unreadable as error:
        raise _unknown(device, "which key pairs there are", "show crypto key mypubkey") from error


def read_held(session: Session, device: str) -> tuple[HeldCertificate, ...]:
    """The certificates byte for byte, as they are now."""
    text = session.run(CHAIN)
    if refusal_of(text) is not None:
        text = sections_of(session.run("show running-config")).get("certificate_chain", "")
    return _held_in(text, device)


def _held_in(text: str, device: str) -> tuple[HeldCertificate, ...]:
    try:
        return parse_certificate_chain(text).value
    except Unreadable as error:
        raise _unknown(device, "the certificates themselves", CHAIN) from error


def again(session: Session, device: str, before: Standing) -> Standing:
    """Trustpoints, certificates and keys anew; bindings as they were read before."""
    text = session.run(TRUSTPOINTS)
    if refusal_of(text) is not None:
        raise _unknown(device, "which trustpoints there are", TRUSTPOINTS)
    try:
        trustpoints = parse_trustpoints(text).value
    except Unreadable as error:
        raise _unknown(device, "which trustpoints there are", TRUSTPOINTS) from error
    return before._replace(
        trustpoints=trustpoints, held=read_held(session, device), keys=read_keys(session, device)
    )  # fmt: skip


def mate_lacks(session: Session, state: AsaState, pem: str) -> str:
    """Why the failover mate is not known to hold that certificate; "" where it does, or there is no mate."""
    if state.failover is None or not state.failover.enabled:
        return ""
    text = session.run(MATE_SHOW)
    refusal = refusal_of(text)
    if refusal is not None:
        return f"whether the failover mate holds it is not known: {refusal[:120]}"
    try:
        found = parse_certificates(text).value
    except Unreadable:
        return f"whether the failover mate holds it is not known: `{MATE_SHOW}` cannot be read"
    wanted = read_pem(pem)
    if any(one.kind == "identity" and is_same(one, wanted) for one in found):
        return ""
    return "the failover mate does not hold it"


def _unknown(device: str, what: str, command: str) -> ChangeRefused:
    return ChangeRefused(
        f"{what} cannot be told from `{command}`.",
        where=device,
        todo="Use an account of privilege 15 that may run it.",
        code="state_unknown",
    )
