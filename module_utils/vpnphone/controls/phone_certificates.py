"""The CAs behind the phones' own certificates: CAPF for LSCs, Cisco's manufacturing CAs for MICs (F-052 to F-056)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..model import AsaState, Certificate, Evidence, Outcome, TunnelGroup
from .authentication import methods
from .base import Context, control
from .connection import CERTIFICATE_METHOD, groups_or_unknown, webvpn_evidence
from .facts import certificate_lines, quote, trustpoint

# Common names of the CAs that sign phone certificates, matched from the start. CAPF is CUCM's own CA (LSC); the rest
# sign MICs. CUCM's default names; a CAPF under another CA has another name.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("LSC", re.compile(r"CAPF-", re.IGNORECASE)),
    ("MIC SHA2", re.compile(r"Cisco Manufacturing CA (?:SHA2|III)\b|Cisco Root CA M2\b", re.IGNORECASE)),
    ("MIC", re.compile(r"Cisco Manufacturing CA$|Cisco Root CA 2048$|CAP-RTP-00[0-9]$", re.IGNORECASE)),
)


def issuer_kind(certificate: Certificate) -> str:
    """ "LSC", "MIC SHA2" or "MIC" for a CA that signs phone certificates by its common name, else ""."""
    if certificate.kind != "ca":
        return ""
    common_name = certificate.subject_cn.strip()
    return next((kind for kind, pattern in _KINDS if pattern.match(common_name)), "")


LSC, MIC, MIC_SHA2 = "LSC", "MIC", "MIC SHA2"
# Models whose MIC is signed by the SHA2 manufacturing CA (F-055).
SHA2_MODELS = ("8811", "8841", "8851", "8861")
_IMPORT = (
    "crypto ca trustpoint PHONE-CA",
    " enrollment terminal",
    "crypto ca authenticate PHONE-CA nointeractive",
    "PERSON: paste the certificate of the CA (PEM), then the word quit.",
)


def _asks_certificate(context: Context) -> Iterator[TunnelGroup | Outcome]:
    """The phones' tunnel-groups that ask for a certificate; an outcome for those that do not, and for none at all."""
    for group in groups_or_unknown(context):
        if isinstance(group, Outcome) or "certificate" in methods(group):
            yield group
            continue
        yield Outcome(
            status="skipped",
            subject=group.name,
            message=f"tunnel-group {group.name} asks for no certificate: authentication {' '.join(methods(group))}",
            evidence=(webvpn_evidence(context, group),),
        )


def _issuers(context: Context) -> tuple[Certificate, ...]:
    return tuple(certificate for certificate in context.state.certificates or () if issuer_kind(certificate))


def _evidence(context: Context, group: TunnelGroup) -> tuple[Evidence, ...]:
    lines = [line for certificate in _issuers(context) for line in certificate_lines(certificate)]
    return webvpn_evidence(context, group), quote(context.state, "certificates", *lines)


def _expired(context: Context, certificate: Certificate) -> bool:
    """Past its end for sure; an end that cannot be read as UTC does not count as past."""
    end = certificate.not_after.utc if certificate.not_after else None
    return end is not None and end < context.now


@control(
    "VPNP-254",
    title="A CA that signs phone certificates is trusted",
    severity="high",
    features=("F-053", "F-052"),
    section=CERTIFICATE_METHOD,
    rationale=(
        "With certificate authentication the ASA needs the CA behind the phones' certificates as a trustpoint: CUCM's"
        " CAPF for LSCs, Cisco's manufacturing CAs for MICs. Without it every phone is refused."
    ),
    remediation=(
        "Export CAPF (LSC) or Cisco_Manufacturing_CA (MIC) from CUCM OS Administration > Security > Certificate"
        " Management, then `crypto ca trustpoint <name>` / `enrollment terminal` / `crypto ca authenticate <name>`.",
        "Keep old CAPF certificates as long as phones have LSCs signed by them.",
    ),
    needs=("tunnel_groups", "certificates"),
)
def phone_issuers(context: Context) -> Iterator[Outcome]:
    """At least one CA certificate on the device has the name of a CA of phones and has not expired."""
    for group in _asks_certificate(context):
        yield group if isinstance(group, Outcome) else _judge_issuers(context, group)


def for_clients(state: AsaState, trustpoints: tuple[str, ...]) -> bool:
    """One of these trustpoints may verify SSL clients; without a line on usage each one may [K].

    `validation-usage` names the uses (9.x), `client-types` did before (`ssl`, `ipsec`).
    """
    lines = [found.values for name in trustpoints if (found := trustpoint(state, name))]

    def usable(values: Mapping[str, str]) -> bool:
        if "no validation-usage" in values:
            return False
        usage = f"{values.get('validation-usage', '')} {values.get('client-types', '')}".split()
        return not usage or not {"ssl-client", "ssl"}.isdisjoint(usage)

    return not lines or any(usable(values) for values in lines)


def _allow_clients(context: Context, name: str) -> tuple[str, ...]:
    """The lines that add the use to a trustpoint; () for the old spelling, whose form is not proven."""
    found = trustpoint(context.state, name)
    usage = found.values.get("validation-usage", "") if found else ""
    return (f"crypto ca trustpoint {name}", f" validation-usage {usage} ssl-client") if usage else ()


def _judge_issuers(context: Context, group: TunnelGroup) -> Outcome:
    issuers = _issuers(context)
    names = "; ".join(
        f"{c.subject_cn} ({issuer_kind(c)}, trustpoint {' '.join(c.trustpoints) or 'none'})" for c in issuers
    )
    evidence = _evidence(context, group)
    valid = [certificate for certificate in issuers if not _expired(context, certificate)]
    if valid and not any(for_clients(context.state, certificate.trustpoints) for certificate in valid):
        closed = tuple(dict.fromkeys(name for certificate in valid for name in certificate.trustpoints))
        return Outcome(
            status="fail",
            subject=group.name,
            message=f"no CA of phone certificates here may verify SSL clients: validation-usage of {', '.join(closed)}",
            expected="validation-usage with ssl-client",
            actual=f"no such use in {', '.join(closed)}",
            evidence=evidence,
            fix=(
                "PERSON: in the trustpoint of the phones' issuer add the use ssl-client (client-types: ssl) to those"
                " that are there:",
                *(line for name in closed for line in _allow_clients(context, name)),
            ),
        )
    if valid:
        return Outcome(
            status="pass",
            subject=group.name,
            message=f"CAs of phone certificates here: {names}; each phone's own issuer must be among them",
            evidence=evidence,
        )
    if issuers:
        return Outcome(
            status="fail",
            subject=group.name,
            message=f"every CA of phone certificates here has expired: {names}",
            expected="a CA that is still good",
            actual="expired",
            evidence=evidence,
            fix=(
                "PERSON: export the CAPF certificate (or the manufacturing CA) that CUCM has now, and import it:",
                *_IMPORT,
            ),
        )
    others = sum(certificate.kind == "ca" for certificate in context.state.certificates or ())
    if not others:
        return Outcome(
            status="fail",
            subject=group.name,
            message="there is no CA certificate on the device: no phone's certificate can be verified",
            expected="the CA certificate of CAPF (LSC) or of Cisco's manufacturing CA (MIC)",
            actual="no CA certificate",
            evidence=evidence,
            fix=("PERSON: export CAPF (LSC) or Cisco_Manufacturing_CA (MIC) from CUCM and import it:", *_IMPORT),
        )
    return Outcome(
        status="error",
        subject=group.name,
        message="UNKNOWN: no CA certificate here has a name of CAPF or of Cisco's manufacturing CAs",
        expected="a CA certificate CAPF-<number>, Cisco Manufacturing CA or Cisco Manufacturing CA SHA2",
        actual=f"{others} CA certificates with other names",
        evidence=evidence,
        fix=(
            "PERSON: if CAPF has its certificate from another CA, check that CA here and waive this; if not, export"
            " CAPF (LSC) or Cisco_Manufacturing_CA (MIC) from CUCM and import it:",
            *_IMPORT,
        ),
    )


@control(
    "VPNP-255",
    title="Manufacturer certificates (MIC) are not enough to log in",
    severity="low",
    features=("F-056", "F-052"),
    section=CERTIFICATE_METHOD,
    rationale=(
        "Cisco recommends the MIC only for installing an LSC: the root of the MICs may be compromised, and whoever uses"
        " it for more does so at his own risk."
    ),
    remediation=(
        "Give every phone an LSC (CAPF), then take the manufacturing CAs from the ASA; or record the risk as a waiver.",
    ),
    needs=("tunnel_groups", "certificates"),
)
def lsc_only(context: Context) -> Iterator[Outcome]:
    """No manufacturing CA among the CAs of the device."""
    for group in _asks_certificate(context):
        if isinstance(group, Outcome):
            yield group
            continue
        makers = [c for c in _issuers(context) if issuer_kind(c) != LSC]
        names = ", ".join(certificate.subject_cn for certificate in makers)
        trustpoints = tuple(dict.fromkeys(name for certificate in makers for name in certificate.trustpoints))
        yield Outcome(
            status="fail" if makers else "pass",
            subject=group.name,
            message=(
                f"a phone can log in with its MIC alone: {names} is trusted"
                if makers
                else "no manufacturing CA is trusted here"
            ),
            expected="CAPF alone" if makers else "",
            actual=names,
            evidence=_evidence(context, group),
            fix=(
                (
                    "PERSON: when every phone has an LSC whose CAPF certificate is here (a phone without one is locked"
                    " out by this), or waive this risk:",
                    *(f"no crypto ca trustpoint {name}" for name in trustpoints),
                )
                if makers
                else ()
            ),
        )


@control(
    "VPNP-256",
    title="The SHA2 manufacturing CA is trusted where MICs log in",
    severity="medium",
    features=("F-055",),
    section=CERTIFICATE_METHOD,
    rationale=(
        "The MICs of 8811, 8841, 8851 and 8861 are signed by the new SHA2 manufacturing CA. With the old one alone"
        " these phones are refused while older models work."
    ),
    remediation=("Import the Cisco Manufacturing CA SHA2 certificate (CUCM 10.5(1) and later has it), or use LSCs.",),
    needs=("tunnel_groups", "certificates"),
)
def sha2_maker(context: Context) -> Iterator[Outcome]:
    """Old manufacturing CA, no SHA2 one, no CAPF: decided by the models in use."""
    models = [model for model in context.site.models_in_use if any(number in model for number in SHA2_MODELS)]
    for group in _asks_certificate(context):
        if isinstance(group, Outcome):
            yield group
            continue
        kinds = {issuer_kind(certificate) for certificate in _issuers(context) if not _expired(context, certificate)}
        evidence = _evidence(context, group)
        if MIC_SHA2 in kinds:
            yield Outcome(
                status="pass", subject=group.name, message="the SHA2 manufacturing CA is trusted", evidence=evidence
            )
        elif LSC in kinds or MIC not in kinds:
            reason = "phones can log in with LSCs" if LSC in kinds else "no manufacturing CA is here (see VPNP-254)"
            yield Outcome(status="skipped", subject=group.name, message=reason, evidence=evidence)
        elif context.site.models_in_use and not models:
            yield Outcome(
                status="skipped",
                subject=group.name,
                message=f"no model in use has a MIC of the SHA2 CA ({', '.join(SHA2_MODELS)})",
                evidence=evidence,
            )
        else:
            yield Outcome(
                status="fail" if models else "error",
                subject=group.name,
                message=(
                    f"the MICs of {', '.join(models)} are refused: the SHA2 manufacturing CA is not here"
                    if models
                    else f"UNKNOWN: whether models {', '.join(SHA2_MODELS)} are in use; the SHA2 CA is not here"
                ),
                expected="Cisco Manufacturing CA SHA2",
                actual="Cisco Manufacturing CA alone",
                evidence=evidence,
                fix=(
                    *(() if models else ("PERSON: name the models in use in vpnphone_models_in_use; if they are:",)),
                    "PERSON: export Cisco Manufacturing CA SHA2 from CUCM and import it:",
                    *_IMPORT,
                ),
            )
