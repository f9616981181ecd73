"""Key and signature of the phones' certificate against the phone models in use (F-094)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import AsaState, Certificate, Outcome, Status
from . import facts
from .base import Context, control
from .facts import PhoneIdentity
from .phone_table import Phone, no_phones, not_told, phones

# "SHA256 with RSA Encryption", "sha-256WithRSAEncryption", "ecdsa-with-SHA384".
_HASH = re.compile(r"(MD5|SHA)-?(\d{0,3})", re.IGNORECASE)


@control(
    "VPNP-117",
    title="Every phone model can use the certificate's key and signature",
    severity="high",
    features=("F-094",),
    section="Not in the document: certificate fitness",
    rationale="Old phones cannot work with big RSA keys, elliptic curves or newer hashes. A renewal that is fine for"
    " PCs can shut out exactly the oldest model.",
    remediation=("PERSON: renew with a key and a hash that the oldest phone model in use supports.",),
    needs=("ssl", "webvpn", "certificates", "tunnel_groups"),
    applies=facts.no_phone_interface,
)
def certificate_fits_phones(context: Context) -> Iterator[Outcome]:
    identities = [identity for identity in facts.phone_identities(context) if identity.certificate]
    models = phones(context.site)
    if not models:
        yield no_phones()
    elif not identities:
        yield facts.no_identity(context.state)
    for identity in identities:
        others = [other for other in identities if other.interface == identity.interface and other is not identity]
        paired = any(facts.key_kind(other.certificate) == facts.RSA for other in others if other.certificate)
        for phone in models:
            if identity.certificate:
                yield _fits(context.state, identity, identity.certificate, phone, paired)


def _fits(state: AsaState, identity: PhoneIdentity, certificate: Certificate, phone: Phone, paired: bool) -> Outcome:
    """Judge key and signature against one row; what is known to be wrong outweighs what is not known."""
    subject = f"{identity.subject}: {phone.name}"
    row, kind = phone.row, facts.key_kind(certificate)
    if row is None:
        return not_told(phone, subject, "anything")
    digest = _HASH.search(certificate.signature_algorithm)
    named = f"{digest[1]}{digest[2]}".upper() if digest else ""
    wrong, unprinted, untold = [], [], []
    if kind == facts.EC:
        if row.ecdsa is False and paired:
            return Outcome(
                status="skipped",
                subject=subject,
                message=f"{phone.name} cannot use EC and is shown the RSA certificate of {identity.interface}",
                evidence=(facts.quote_certificates(state, certificate), phone.evidence),
            )
        wrong += ["it cannot use an EC key"] if row.ecdsa is False else []
        untold += ["whether EC keys work"] if row.ecdsa is None else []
    elif kind == facts.RSA and certificate.key_bits:
        too_big = bool(row.max_rsa_bits) and certificate.key_bits > row.max_rsa_bits
        wrong += [f"{certificate.key_bits} bits are more than its {row.max_rsa_bits}"] if too_big else []
        untold += [] if row.max_rsa_bits else ["the largest RSA key"]
    else:
        unprinted.append("the key")
    if not named:
        unprinted.append("the signature's hash")
    elif not row.signature_hashes:
        untold.append("the signature hashes")
    elif named not in row.signature_hashes:
        wrong.append(f"it does not know {named}")
    if untold and not wrong and not unprinted:
        return not_told(phone, subject, " and ".join(untold))
    actual = (
        f"{certificate.key_type} {certificate.key_bits or '?'} bits, {certificate.signature_algorithm or 'no hash'}"
    )
    status: Status = "fail" if wrong else "error" if unprinted else "pass"
    message = f"{phone.name} can use {actual}, by the phone table"
    if wrong:
        message = f"{phone.name} cannot use this certificate: {', '.join(wrong)}"
    elif unprinted:
        message = f"UNKNOWN: {' and '.join(unprinted)} of {identity.binding.trustpoint} is not printed"
    return Outcome(
        status=status,
        subject=subject,
        message=message,
        expected=f"{'RSA or EC' if row.ecdsa else 'RSA'} up to {row.max_rsa_bits or '?'} bits,"
        f" {' or '.join(row.signature_hashes) or '?'}",
        actual=actual,
        evidence=(facts.quote_certificates(state, certificate), phone.evidence),
        fix=()
        if status == "pass"
        else (f"PERSON: renew with a key and a hash that {phone.name} supports.",)
        if wrong
        else (f"PERSON: read `show crypto ca certificates {identity.binding.trustpoint}`.",),
    )
