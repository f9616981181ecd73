"""Stages certificate and export as plans: key, trustpoint, request or certificate, chain, import, save; and back. Pure.

Nothing here names the bound trustpoint in a command, and none is `ssl trust-point` (F-071).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from ..errors import BadInput, ChangeRefused
from ..model import X509
from ..model.renewal import Action, AsaRenewal, StagePlan
from ..parse.keys import KeyPair
from ..plan.names import check_line, check_name
from ..predict.identity import name_key, title
from .certificate_checks import Given
from .pem import read_request
from .standing import Standing, same_key_as

Method = Literal["csr", "self_signed", "pkcs12"]
KEY, TRUSTPOINT, CSR, SELF_SIGNED, SAVE, EXPORT, WAIT = (
    "key", "trustpoint", "csr", "self_signed", "save", "export", "import",
)  # fmt: skip
CA, CHAIN, IMPORT, PKCS12 = "ca:", "chain:", "import:", "pkcs12:"
HIDDEN_WORD = "<passphrase>"
_PART = re.compile(r"(?:CN|OU|O|L|ST|C|EA|DC|T|SER)=[A-Za-z0-9 ._@/:()'+-]{1,64}", re.IGNORECASE)
_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


class Order(NamedTuple):
    """What is to be made, on which ASA. subject: "CN=vpn-2027.example.com,O=Example"; fqdn: the DNS name beside it."""

    asa: AsaRenewal
    method: Method
    key: Literal["RSA", "EC"] = "RSA"
    bits: int = 2048
    subject: str = ""
    fqdn: str = ""
    save: bool = True

    @property
    def name(self) -> str:
        """Of the trustpoint and, the same, of its key."""
        return self.asa.new_trustpoint

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """Of the trustpoint's block: first word and the rest."""
        how = "self" if self.method == "self_signed" else "terminal"
        return (
            ("enrollment", how), ("keypair", self.name), ("fqdn", self.fqdn or "none"), ("subject-name", self.subject),
        )  # fmt: skip


def check_order(order: Order) -> Order:
    """BadInput for names that cannot be typed, subjects without a common name, wildcards."""
    where = f"{order.asa.name}: vpnphone_new_certificate"
    check_name(order.name, "trustpoint", where)
    if order.method == "pkcs12":
        return order
    cn = next((part[3:] for part in order.subject.split(",") if part[:3].upper() == "CN="), "")
    wrong = ""
    if not cn:
        wrong = "the subject has no common name"
    elif not all(_PART.fullmatch(part) and part.split("=", 1)[1].strip() for part in order.subject.split(",")):
        wrong = f"the subject {order.subject!r} has a part that cannot be typed safely"
    elif order.fqdn and not _HOST.fullmatch(order.fqdn):
        wrong = f"{order.fqdn!r} is no host name (phones refuse wildcards)"
    if wrong:
        raise BadInput(
            f"the new certificate that is wished for cannot be: {wrong}.",
            where=where,
            todo="Give cn, and names with the host of the gateway URL first; vpnphone_certificate_subject as"
            " CN=vpn-2027.example.com,O=Example (letters, digits, blank and . _ @ / : ( ) ' + -).",
            code="bad_wish",
        )
    for first, rest in order.lines:
        check_line(f"{first} {rest}", where)
    return order


def ca_trustpoint(order: Order, certificate: X509) -> str:
    """The trustpoint of its own that a higher CA gets: known again by the certificate, whatever its name."""
    return check_name(f"{order.name}-CA-{certificate.sha1[:8]}", "trustpoint", order.asa.name)


# --- may it be --------------------------------------------------------------------------------------------------------


def check_free(order: Order, now: Standing, expected: str) -> None:
    """The new trustpoint and key are ours to make. expected: SHA-1 of what it may hold, "" where it may hold nothing.

    ChangeRefused trustpoint_bound, trustpoint_taken, trustpoint_differs, key_taken.
    """
    name, where = order.name, order.asa.name
    other = "Give another trustpoint in vpnphone_new_certificate, in a renewal of another name. Nothing was changed."
    if name.lower() == order.asa.old_trustpoint.lower() or name.lower() in now.bound:
        raise ChangeRefused(
            f"trustpoint {name} is bound to an interface: it is never touched.",
            where=where, todo=other, code="trustpoint_bound",
        )  # fmt: skip
    there = now.identity(name)
    if (
        there is not None
        and there.sha1 != expected
        and not (order.method == "self_signed" and _is_own(now, there, name))
    ):
        raise ChangeRefused(
            f"trustpoint {name} holds another certificate: {title(there)}.",
            where=where,
            todo=f"Where it is left of an earlier try, roll stage certificate back. {other}",
            code="trustpoint_taken",
        )
    found = now.trustpoint(name)
    if found is not None and order.method != "pkcs12":
        odd = [
            f"{first} {found.values[first]}" for first, rest in order.lines if not _agrees(found.values, first, rest)
        ]
        if odd:
            raise ChangeRefused(
                f"trustpoint {name} is there with other lines: {'; '.join(odd)[:300]}.",
                where=where, todo=other, code="trustpoint_differs",
            )  # fmt: skip
    _check_key(order, now, other)


def _is_own(now: Standing, certificate: X509, label: str) -> bool:
    """Self-signed, by the key that this renewal made for it."""
    return certificate.self_issued and same_key_as(now.key(label), certificate) is not False


def _agrees(values: dict[str, str], first: str, rest: str) -> bool:
    """The line is not there yet, or says the same; a device may print a name with other blanks."""
    if first not in values:
        return True
    said = values[first].strip().strip('"')
    if first == "subject-name":
        return name_key(said) == name_key(rest)
    return said.casefold() == rest.casefold()


def _check_key(order: Order, now: Standing, other: str) -> None:
    key = now.key(order.name)
    if key is None:
        return
    users = [name for name in now.key_users(order.name) if name.lower() != order.name.lower()]
    if users:
        what = f"trustpoint {users[0]} uses the key {order.name}"
    elif order.method == "pkcs12" and now.identity(order.name) is None and f"key:{order.name}" not in order.asa.made:
        what = f"there is a key {order.name}"
    elif order.method != "pkcs12" and not is_wanted(order, key):
        what = f"there is a key {order.name} of another kind: {key.kind or 'unknown'} {key.bits or '?'} bits"
    else:
        return
    raise ChangeRefused(f"{what}; it is not replaced.", where=order.asa.name, todo=other, code="key_taken")


def is_wanted(order: Order, key: KeyPair) -> bool:
    """Of the kind and size that was ordered, as far as the device tells."""
    return (not key.kind or key.kind == order.key) and (not key.bits or key.bits == order.bits)


# --- stage certificate ------------------------------------------------------------------------------------------------


class Ready(NamedTuple):
    """A certificate that was checked: with its chain, nearest CA first, and what an approver must know of it."""

    given: Given
    chain: tuple[X509, ...]
    warnings: tuple[str, ...] = ()


def plan_certificate(order: Order, now: Standing, ready: Ready | None, *, unsaved: bool) -> StagePlan:
    """All that is left to be done. ready: what is to be imported; None before a CA has signed, and for self_signed.

    unsaved: blocks of this renewal are in the running configuration and not in the startup one.
    """
    actions: list[Action] = []
    later: list[Action] = []
    enrolled = now.identity(order.name) is not None
    if order.method == "pkcs12":
        actions += _pkcs12(order, ready) if ready is not None and not enrolled else []
    elif not enrolled:
        actions += _own_key(order, now)
        if order.method == "self_signed":
            actions.append(_self_signed(order))
        elif not has_request(order, now):
            actions.append(_request(order))
            ready = None
    if ready is not None and order.method != "self_signed":
        # What a PKCS12 file brings along is found to be done when its turn comes.
        actions += _authorities(order, now, ready.chain)
        actions += [_import(order, ready.given.leaf)] if order.method == "csr" and not enrolled else []
    elif order.method == "csr" and not enrolled:
        later.append(_wait(order))
    if order.save and (actions or unsaved):
        actions.append(Action(id=SAVE, text="save the configuration, the key with it", commands=("write memory",)))
    return StagePlan(
        stage="certificate",
        target=order.asa.name,
        actions=(*actions, *later),
        facts=_facts(order, now, ready),
        warnings=(*_warnings(order, now, bool(actions)), *(ready.warnings if ready is not None else ())),
    )


def has_request(order: Order, now: Standing) -> bool:
    """The journal's request is that of the key on the device; a key that is not shown is taken to be that one."""
    if not order.asa.csr or now.trustpoint(order.name) is None:
        return False
    key = now.key(order.name)
    if key is None:
        return False
    try:
        return key.spki is None or read_request(order.asa.csr).spki == key.spki
    except ValueError:
        return False


def make_key_command(order: Order) -> str:
    if order.key == "EC":
        return f"crypto key generate ecdsa label {order.name} elliptic-curve {order.bits}"
    return f"crypto key generate rsa label {order.name} modulus {order.bits}"


def zeroize_command(kind: str, label: str) -> str:
    return f"crypto key zeroize {'ecdsa' if kind == 'EC' else 'rsa'} label {label}"


def block_of(name: str) -> str:
    return f"crypto ca trustpoint {name}"


def _own_key(order: Order, now: Standing) -> list[Action]:
    actions = []
    block, found = block_of(order.name), now.trustpoint(order.name)
    if now.key(order.name) is None:
        actions.append(
            Action(
                id=KEY,
                text=f"make a key of its own: {order.key} {order.bits} bits, {order.name}",
                commands=(make_key_command(order),),
                undo=(zeroize_command(order.key, order.name),),
            )
        )
    if found is None or any(first not in found.values for first, _ in order.lines if (first, _) != ("fqdn", "none")):
        lines = tuple(f" {first} {rest}" for first, rest in order.lines)
        actions.append(
            Action(
                id=TRUSTPOINT,
                text=f"make trustpoint {order.name}, which is bound to nothing",
                commands=(block, *lines),
                undo=(f"no {block}",),
            )
        )
    return actions


def _request(order: Order) -> Action:
    return Action(
        id=CSR,
        text=f"make the certificate request: {order.subject}, DNS:{order.fqdn or 'none'}",
        commands=(f"crypto ca enroll {order.name}",),
    )


def _self_signed(order: Order) -> Action:
    return Action(
        id=SELF_SIGNED,
        text=f"let the ASA sign its own certificate: {order.subject}, DNS:{order.fqdn or 'none'}",
        commands=(f"crypto ca enroll {order.name}",),
        undo=(f"no {block_of(order.name)}",),
    )


def _wait(order: Order) -> Action:
    return Action(
        id=WAIT,
        text=f"import the certificate that the CA makes of the request into {order.name}; its own plan comes before",
        commands=(f"crypto ca import {order.name} certificate",),
    )


def _authorities(order: Order, now: Standing, chain: Sequence[X509]) -> list[Action]:
    """The issuer into the new trustpoint; higher CAs where no trustpoint has that very certificate."""
    actions: list[Action] = []
    if chain and now.ca(order.name) is None:
        actions.append(_authenticate(CA, order.name, chain[0], ()))
    elif chain:
        held = now.ca(order.name)
        if held is not None and held.sha256 != chain[0].sha256:
            raise ChangeRefused(
                f"trustpoint {order.name} holds {title(held)}, and {title(chain[0])} signed the certificate.",
                where=order.asa.name,
                todo="Roll stage certificate back, then run it again with the right CA.",
                code="trustpoint_taken",
            )
    for one in chain[1:]:
        if now.has_ca(one):
            continue
        name = ca_trustpoint(order, one)
        if now.trustpoint(name) is not None and now.ca(name) is not None:
            raise ChangeRefused(
                f"trustpoint {name} holds another CA than {title(one)}.",
                where=order.asa.name, todo="Remove it by hand.", code="trustpoint_taken",
            )  # fmt: skip
        actions.append(_authenticate(CHAIN, name, one, (block_of(name), " enrollment terminal")))
    return actions


def _authenticate(kind: str, name: str, certificate: X509, block: tuple[str, ...]) -> Action:
    return Action(
        id=f"{kind}{certificate.sha1}",
        text=f"put the CA {title(certificate)} into trustpoint {name}",
        commands=(*block, f"crypto ca authenticate {name}"),
        undo=(f"no {block_of(name)}",) if block else (),
    )


def _import(order: Order, leaf: X509) -> Action:
    return Action(
        id=f"{IMPORT}{leaf.sha1}",
        text=f"import {title(leaf)} into {order.name}",
        commands=(f"crypto ca import {order.name} certificate",),
        undo=(f"no {block_of(order.name)}",),
    )


def _pkcs12(order: Order, ready: Ready) -> list[Action]:
    return [
        Action(
            id=f"{PKCS12}{ready.given.leaf.sha1}",
            text=f"import key and certificate {title(ready.given.leaf)} into {order.name}",
            commands=(f"{pkcs12_command(order)} {HIDDEN_WORD}",),
            undo=(f"no {block_of(order.name)}", zeroize_command(order.key, order.name)),
        )
    ]


def pkcs12_command(order: Order) -> str:
    """Without its last word, the passphrase."""
    return f"crypto ca import {order.name} pkcs12"


def expected_sha1(plan: StagePlan | None) -> str:
    """Of the certificate whose import was approved; "" where none was."""
    ids = [action.id for action in plan.actions] if plan is not None else []
    return next((one.partition(":")[2] for one in ids if one.startswith((IMPORT, PKCS12))), "")


def _facts(order: Order, now: Standing, ready: Ready | None) -> tuple[str, ...]:
    bound = f"bound today: {order.asa.old_trustpoint} ({title_of(now.identity(order.asa.old_trustpoint))})"
    facts = [bound, f"new trustpoint: {order.name}"]
    if ready is not None:
        leaf = ready.given.leaf
        facts += [
            f"certificate: {leaf.subject}, SHA-1 {leaf.sha1}, SHA-256 {leaf.sha256}",
            f"issued by {leaf.issuer}, {leaf.key_type} {leaf.key_bits} bits, {leaf.signature_hash or 'unknown hash'}",
            f"valid from {leaf.not_before:%Y-%m-%d} to {leaf.not_after:%Y-%m-%d}",
            f"names: {', '.join((*leaf.san_dns, *leaf.san_ip)) or 'none but its common name'}",
            *(f"chain: {title(one)}" for one in ready.chain),
        ]
    return tuple(facts)


def title_of(certificate: X509 | None) -> str:
    return title(certificate) if certificate is not None else "nothing that can be read"


def _warnings(order: Order, now: Standing, active: bool) -> list[str]:
    found = []
    if order.method == "pkcs12":
        found.append(
            "the passphrase is a word of a command: the ASA's own accounting (syslog 111008, 111010, AAA) may keep it."
            " Use it this once, and change it where it was used before"
        )
    elif active and now.key(order.name) is not None and f"key:{order.name}" not in order.asa.made:
        found.append(
            f"the key {order.name} was there before this renewal: it is used as it is, and stays at a rollback"
        )
    if order.method == "csr" and active:
        found.append(
            "the CA certificates that come into the trustpoints can also vouch for VPN clients, as any on the ASA"
            " (validation-usage)"
        )
    if not order.save:
        found.append("nothing is saved: a reload loses key, trustpoint and certificate")
    return found
