"""The trust store against every ASA, and what the hashes of the phones' files are (F-014, F-023, F-024)."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Certificate, Outcome, TrustedCertificate
from ..pins import DIGESTS, from_base64
from ..predict.identity import is_same, same_name, serial_key
from . import facts
from .base import site_control
from .connection import HASH
from .site_context import AsaUnit, SiteContext
from .site_facts import CERTIFICATES, Config, configs, count_of, in_store, names_of, quote
from .site_hash import ADD, APPLY, UPLOAD, file_evidence


@site_control(
    "VPNP-314",
    title="Every ASA's certificate is in Phone-VPN-trust, the mate's too",
    severity="high",
    features=("F-014", "F-090"),
    section=CERTIFICATES,
    rationale="Where several ASAs serve phones, CUCM needs the certificate of each: the one that is missing is found"
    " out on the day its site takes over.",
    remediation=(UPLOAD, ADD, APPLY),
    needs=("trust",),
)
def every_asa(site: SiteContext) -> Iterator[Outcome]:
    """What is bound where phones arrive, by issuer and serial number, on the unit that was read and on its mate."""
    if not site.asas:
        yield Outcome(status="skipped", message="no ASA of the run could be read", evidence=(quote(site, "trust"),))
    for unit in site.asas:
        yield from _of_asa(site, unit)


def _of_asa(site: SiteContext, unit: AsaUnit) -> Iterator[Outcome]:
    if unit.state.certificates is None or unit.state.ssl is None or unit.state.webvpn is None:
        yield Outcome(
            status="error",
            subject=unit.device,
            message=f"UNKNOWN: which certificates {unit.device} has bound",
            expected="its ssl, webvpn and certificates",
            actual="not learned",
            evidence=(facts.quote(unit.state, "certificates"),),
            fix=(f"PERSON: gather {unit.device} again with an account that may read them.",),
        )
        return
    identities = [one for one in facts.phone_identities(unit) if one.certificate is not None]
    if not identities:
        yield Outcome(
            status="skipped",
            subject=unit.device,
            message=f"{unit.device} has no identity certificate bound where phones arrive: see VPNP-112",
            evidence=(facts.quote(unit.state, "ssl"),),
        )
    for identity in identities:
        mate = [
            found
            for found in unit.state.mate_certificates or ()
            if found.kind == "identity" and facts.is_associated(found, identity.binding.trustpoint)
        ]
        own = identity.certificate
        for where, found in ((unit.device, own), *((f"{unit.device} mate", one) for one in mate)):
            if found is None:
                continue
            there = any(_is_entry(found, entry) for entry in in_store(site))
            issuer = any(
                entry.x509 is not None and entry.x509.is_ca and entry.x509.subject_cn == found.issuer_cn
                for entry in in_store(site)
            )
            name = f"{found.subject_cn or found.subject} (serial {found.serial})"
            evidence = (
                facts.quote_certificates(unit.state, found),
                quote(site, "trust", *(f"{e.subject_name} serial {e.serial_number}" for e in in_store(site))),
            )
            if there or issuer:
                yield Outcome(
                    status="pass",
                    subject=f"{where}: {identity.binding.trustpoint}",
                    message=f"{name} is in Phone-VPN-trust"
                    if there
                    else f"the issuer of {name} is in Phone-VPN-trust, by name",
                    evidence=evidence,
                )
            else:
                yield Outcome(
                    status="fail",
                    subject=f"{where}: {identity.binding.trustpoint}",
                    message=f"Phone-VPN-trust lacks {name} of {where}, and its issuer",
                    expected="the certificate of each ASA, or its issuer",
                    actual="neither",
                    evidence=evidence,
                    fix=(UPLOAD, ADD, APPLY),
                )


def _is_entry(found: Certificate, entry: TrustedCertificate) -> bool:
    """Issuer and serial number name a certificate; the content of the entry tells its issuer's common name."""
    if entry.x509 is not None:
        return is_same(found, entry.x509)
    return serial_key(found.serial) == serial_key(entry.serial_number) and same_name(found.issuer, entry.issuer_name)


@site_control(
    "VPNP-315",
    title="The hashes of the phones' files are SHA-1",
    severity="high",
    features=("F-023", "F-024"),
    section=HASH,
    rationale="hashAlg 0 means SHA-1, 20 bytes behind base64. A hash of another length, or another hashAlg, is proven"
    " by no source: a phone may compare it with nothing at all.",
    remediation=("PERSON: compare the file with one that works; look whether the node has rebuilt it (TFTP restart).",),
    needs=(),
    applies=lambda site: "" if configs(site) else "no file with VPN settings could be read: see VPNP-321",
)
def hashes(site: SiteContext) -> Iterator[Outcome]:
    """hashAlg and the decoded length of each certHash; where the two disagree, both are told."""
    causes: dict[tuple[str, str], list[Config]] = {}
    for config in configs(site):
        causes.setdefault(_hash_cause(config), []).append(config)
    for (status, text), found in causes.items():
        names = [name for config in found for name in config.phones]
        evidence = tuple(file_evidence(config) for config in found[:3])
        if status == "pass":
            yield Outcome(status="pass", message=f"{text}: {count_of(names)}", evidence=evidence)
        else:
            failed = status == "fail"
            yield Outcome(
                status="fail" if failed else "error",
                subject=text,
                message=f"{'' if failed else 'UNKNOWN: '}{text}: {count_of(names)}, {names_of(names)}",
                expected="hashAlg 0, each certHash 20 bytes",
                actual=text,
                evidence=evidence,
                fix=("PERSON: look at the file itself, and at a phone's log (SECD: Leaf cert hash).",),
            )


def _hash_cause(config: Config) -> tuple[str, str]:
    """(status, what is so) of one vpnGroup."""
    lengths: set[str] = set()
    for text in config.vpn.cert_hashes:
        try:
            lengths.add(DIGESTS[len(from_base64(text))])
        except ValueError:
            lengths.add("no hash")
    shown = " and ".join(sorted(lengths))
    algorithm = "no hashAlg" if config.vpn.hash_alg is None else f"hashAlg {config.vpn.hash_alg}"
    if not lengths:
        return "fail", "no certHash at all"
    if "no hash" in lengths:
        return "fail", f"a certHash that is no base64 of a hash ({algorithm})"
    if config.vpn.hash_alg == 0 and lengths == {"SHA-1"}:
        return "pass", "hashAlg 0, and each hash is a SHA-1"
    if config.vpn.hash_alg == 0:
        return "fail", f"hashAlg 0 means SHA-1, and the lengths are of {shown}"
    return "error", f"{algorithm} with hashes of the length of {shown}"
