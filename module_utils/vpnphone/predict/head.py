"""An ASA at a moment: which configuration and which unit's certificates meet the phones, and what probes still tell."""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from ..controls import facts
from ..controls.site_context import AsaUnit
from ..model import X509, AsaState, Certificate, SslCipherRule, SslTrustPoint
from .change import Bind, Change, CipherList, Failover, Reload, Step
from .identity import is_same

# Name of the trustpoint that a certificate from a file is thought to lie in.
NEW_TRUSTPOINT = "(the new certificate)"


class Head(NamedTuple):
    """unit: the ASA, its state changed to that of the moment.

    mate        the certificates are those of the failover mate
    reloaded    it starts anew: a temporary self-signed certificate is another one than before
    probed      handshakes with it still tell which certificate is presented
    negotiated  they still tell which version and suite come out
    added       certificates that are not on it yet, by the trustpoint they are thought to lie in
    unknown     why nothing can be said of this ASA at this moment; "" where something can
    """

    unit: AsaUnit
    mate: bool = False
    reloaded: bool = False
    probed: bool = True
    negotiated: bool = True
    added: tuple[tuple[str, X509], ...] = ()
    unknown: str = ""

    @property
    def state(self) -> AsaState:
        return self.unit.state

    @property
    def name(self) -> str:
        return self.unit.state.device

    def held(self, trustpoint: str) -> X509 | None:
        """The identity certificate of a trustpoint with its content; None where that is not known."""
        for name, certificate in self.added:
            if name == trustpoint:
                return certificate
        return held(self.state, trustpoint)


# --- the moments --------------------------------------------------------------------------------------------------


def now(unit: AsaUnit) -> Head:
    """As it stands. Read on the standby unit, its mate is the one that answers."""
    failover = unit.state.failover
    if failover is not None and failover.enabled and not failover.this_is_active:
        return Head(unit, mate=True)
    return Head(unit)


def after_failover(head: Head) -> Head:
    """The other unit of the pair answers. An ASA without failover stays as it is."""
    failover = head.state.failover
    if failover is None:
        return _lost(head, "whether it has a failover mate was not learned")
    if not failover.enabled:
        return head
    if failover.active_active:
        return _lost(head, "the pair is active/active: which unit holds the phones' group is not known")
    if not failover.this_is_active:
        # This unit takes over from the mate.
        ready = failover.this_state.lower().startswith("standby ready")
        why = "" if ready else f"this unit is {failover.this_state}, so it may not take over"
        return _switched(head, mate=False)._replace(unknown=why)
    mate = failover.mate_state.lower()
    why = "" if mate.startswith("standby ready") else f"the mate is {failover.mate_state or 'in no printed state'}"
    return _switched(head, mate=True)._replace(unknown=f"{why}, so it may not take over" if why else "")


def _lost(head: Head, why: str) -> Head:
    """What becomes of it cannot be told, so what it shows today says nothing."""
    return head._replace(probed=False, negotiated=False, unknown=why)


def _switched(head: Head, *, mate: bool) -> Head:
    """The other unit: what probes showed holds only where both units have the same certificates."""
    alike = _mate_is_alike(head)
    return head._replace(mate=mate, probed=head.probed and alike, negotiated=head.negotiated and alike)


def _mate_is_alike(head: Head) -> bool:
    """Every bound certificate, and every CA certificate, is on the mate too; a temporary one never is."""
    state = head.state
    if state.ssl is None or state.certificates is None or state.mate_certificates is None or head.added:
        return False
    names = {line.trustpoint for line in state.ssl.trust_points}
    bound = [facts.identity_certificate(state, name) for name in names]
    authorities = [found for found in state.certificates if found.kind == "ca"]
    wanted = [*bound, *authorities]
    return bool(bound) and all(found is not None and on_mate(state, found) is not None for found in wanted)


def on_mate(state: AsaState, certificate: Certificate | X509) -> Certificate | None:
    """The mate's own block of this certificate; None where it has none."""
    return next((found for found in state.mate_certificates or () if is_same(found, certificate)), None)


def after_reload(head: Head) -> Head:
    """The bindings of the startup configuration; the rest of it is not gathered and taken to be what runs."""
    state = head.state
    if state.startup_trust_points is None:
        return _lost(head, "`ssl trust-point` of the startup configuration was not learned")
    if state.ssl is None:
        return _lost(head, "`ssl` was not learned")
    same = set(state.startup_trust_points) == set(state.ssl.trust_points)
    changed = _with_ssl(head, trust_points=state.startup_trust_points)
    return changed._replace(reloaded=True, probed=changed.probed and same, negotiated=changed.negotiated and same)


# --- what-if --------------------------------------------------------------------------------------------------------


def changed(head: Head, change: Change) -> Head:
    """The ASA with those steps in force that are about it."""
    for step in change.steps:
        head = _step(head, step)
    return head


def _step(head: Head, step: Step) -> Head:
    match step:
        case Bind(asa=asa) if asa == head.name:
            return _bind(head, step)
        case CipherList(asa=asa) if asa == head.name:
            return _cipher(head, step)
        case Failover(asa=asa) if asa == head.name:
            failover = head.state.failover
            if failover is not None and not failover.enabled:
                return _lost(head, "failover is off: it has no mate that could take over")
            return after_failover(head)
        case Reload(asa=asa) if asa == head.name:
            return after_reload(head)
    return head


def _bind(head: Head, step: Bind) -> Head:
    """The new line takes the place of those on that interface; from 9.4(1) on, of those with its key type."""
    ssl = head.state.ssl
    if ssl is None:
        return _lost(head, "`ssl` was not learned")
    name = step.trustpoint or NEW_TRUSTPOINT
    if step.certificate is not None:
        head = head._replace(added=(*head.added, (name, step.certificate)))
    new = SslTrustPoint(trustpoint=name, interface=step.interface)
    pair = facts.release_at_least(facts.release(head.state), (9, 4, 1))
    kinds = key_types(head, name)

    def stays(line: SslTrustPoint) -> bool:
        if line.vpnlb_ip or line.domain or line.interface.lower() != step.interface.lower():
            return True
        other = key_types(head, line.trustpoint)
        return bool(pair and kinds and other and kinds != other)

    kept = tuple(line for line in ssl.trust_points if stays(line))
    before = {
        key for line in facts.bound_trustpoints(head.state, step.interface) for key in key_types(head, line.trustpoint)
    }
    found = _with_ssl(head, trust_points=(*kept, new))
    after = {
        key
        for line in facts.bound_trustpoints(found.state, step.interface)
        for key in key_types(found, line.trustpoint)
    }
    # The suite that comes out follows the key type, not the certificate.
    return found._replace(probed=False, negotiated=found.negotiated and bool(after) and before == after)


def key_types(head: Head, trustpoint: str) -> frozenset[str]:
    """The key type of the identity certificate of a trustpoint; empty where it holds none or that is not known."""
    known = head.held(trustpoint)
    if known is not None:
        return frozenset({known.key_type} - {"other"})
    shown = facts.identity_certificate(head.state, trustpoint)
    return frozenset({facts.key_kind(shown)} - {""}) if shown else frozenset()


def _cipher(head: Head, step: CipherList) -> Head:
    """The new rule takes the place of that protocol's; `show ssl ciphers` from before no longer tells of it."""
    state = head.state
    if state.ssl is None:
        return _lost(head, "`ssl` was not learned")
    if facts.release_at_least(facts.release(state), (9, 3, 2)) is not True:
        return _lost(head, "its release has no `ssl cipher` command, or is not known")
    rule = SslCipherRule(protocol=step.protocol, level=step.level, suites=step.suites)
    rules = tuple(row for row in state.ssl.ciphers if row.protocol.lower() != step.protocol)
    shown = tuple(row for row in state.ssl_suites or () if row.protocol.lower() != step.protocol)
    found = _with_ssl(head, ciphers=(*rules, rule))
    unit = found.unit._replace(state=msgspec.structs.replace(found.state, ssl_suites=shown))
    return found._replace(unit=unit, probed=False, negotiated=False)


def _with_ssl(
    head: Head,
    *,
    trust_points: tuple[SslTrustPoint, ...] | None = None,
    ciphers: tuple[SslCipherRule, ...] | None = None,
) -> Head:
    ssl = head.state.ssl
    if ssl is None:
        return head
    if trust_points is not None:
        ssl = msgspec.structs.replace(ssl, trust_points=trust_points)
    if ciphers is not None:
        ssl = msgspec.structs.replace(ssl, ciphers=ciphers)
    return head._replace(unit=head.unit._replace(state=msgspec.structs.replace(head.state, ssl=ssl)))


# --- what it holds --------------------------------------------------------------------------------------------------


def held(state: AsaState, trustpoint: str, kind: Literal["identity", "ca"] = "identity") -> X509 | None:
    """The certificate of a trustpoint with its content; None where there is none or its content was not learned."""
    return next(
        (
            found.x509
            for found in state.certificate_chain or ()
            if found.kind == kind and found.trustpoint.lower() == trustpoint.lower()
        ),
        None,
    )
