"""The phones' own certificates: MIC or LSC, and whether the ASA they dial trusts the issuer (F-052 to F-056)."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import CucmPhone, Evidence, Outcome, Reason, Status
from ..predict.client import client_certificate
from ..predict.files import good_files
from ..predict.head import now
from ..predict.phones import Client, client_of, number_of
from ..predict.reach import answering
from .authentication import methods
from .base import site_control
from .phone_certificates import SHA2_MODELS
from .site_context import AsaUnit, SiteContext
from .site_facts import METHOD, count_of, in_store, names_of, no_vpn_phone, quote, vpn_phones
from .site_gateway import groups_with

# From this release on CUCM brings the SHA2 manufacturing CA along (F-055).
SHA2_SINCE = (10, 5)
_LSC = "PERSON: install an LSC (Device > Phone > CAPF: Certificate Operation = Install/Upgrade), then Reset the phone."


def _line(phone: CucmPhone) -> str:
    until = f", until {phone.lsc_valid_until:%Y-%m-%d}" if phone.lsc_valid_until else ""
    issuer = f", issuer {phone.lsc_issuer}" if phone.lsc_issuer else ""
    return f"{phone.name} {phone.model}: {phone.certificate}{issuer}{until}"


def _quoted(site: SiteContext, phones: list[CucmPhone]) -> Evidence:
    return quote(site, "phones", *(_line(phone) for phone in phones[:5]))


def _dialled(site: SiteContext) -> dict[str, list[AsaUnit]]:
    """The ASAs that each phone's files lead to by certificate login; each once."""
    found: dict[str, list[AsaUnit]] = {}
    by_url: dict[str, list[AsaUnit]] = {}
    for phone in site.phones:
        urls = dict.fromkeys(url for one in good_files(phone) if one.vpn is not None for url in one.vpn.urls)
        for url in urls:
            if url not in by_url:
                by_url[url] = [unit for unit in answering(site.asas, url) if _by_certificate(unit, url)]
            mine = found.setdefault(phone.name, [])
            mine += [unit for unit in by_url[url] if all(unit.device != one.device for one in mine)]
    return found


def _by_certificate(unit: AsaUnit, url: str) -> bool:
    groups = groups_with(unit, url)
    return not groups or any("certificate" in methods(group) for group in groups)


@site_control(
    "VPNP-331",
    title="Each phone's own certificate is trusted by the ASA it dials",
    severity="critical",
    features=("F-052", "F-053", "F-054", "F-055"),
    section=METHOD,
    rationale="An ASA that asks for certificates refuses every phone whose issuer it does not have: CAPF for an LSC,"
    " the manufacturing CA for a MIC. A new CAPF certificate has another key below the same or another name, so each"
    " phone's own issuer counts, not any CAPF.",
    remediation=(
        "PERSON: export the issuer (CAPF, or the manufacturing CA of that model) from Cisco Unified OS Administration >"
        " Security > Certificate Management.",
        "`crypto ca trustpoint <name>` / `enrollment terminal` / `crypto ca authenticate <name>` on the ASA; keep the"
        " old one as long as phones have LSCs signed by it.",
    ),
    needs=("phones", "common_profiles"),
    applies=no_vpn_phone,
)
def issuer_trusted(site: SiteContext) -> Iterator[Outcome]:
    """By the certificate itself (content, or serial and issuer) where CUCM holds the issuer; a name alone is no proof.

    An LSC is used whenever the phone has one (F-052). Phones with one cause on one ASA are one outcome.
    """
    dialled = _dialled(site)
    causes: dict[tuple[str, Reason], list[CucmPhone]] = {}
    good: dict[str, list[CucmPhone]] = {}
    silent: list[CucmPhone] = []
    answers: dict[tuple[str, Client], tuple[Reason, ...]] = {}
    for phone in vpn_phones(site):
        client = client_of(phone, site.cucm)
        units = dialled.get(phone.name, [])
        if not units:
            silent.append(phone)
        for unit in units:
            key = (unit.device, client)
            if key not in answers:
                answers[key] = client_certificate(now(unit), client)
            for reason in answers[key]:
                causes.setdefault((unit.device, reason), []).append(phone)
            if not answers[key]:
                good.setdefault(unit.device, []).append(phone)
    for (device, reason), phones in causes.items():
        failed = reason.verdict == "LOCKED OUT"
        names = names_of(phone.name for phone in phones)
        yield Outcome(
            status="fail" if failed else "error",
            subject=f"{device}: {reason.text}",
            message=f"{'' if failed else 'UNKNOWN: '}{count_of(phone.name for phone in phones)} on {device}:"
            f" {reason.text} ({names})",
            expected="the issuer of each phone's certificate, as a CA that may verify SSL clients",
            actual=reason.text,
            evidence=(_quoted(site, phones), Evidence(command=f"CA certificates of {device}")),
            fix=reason.fix or (_LSC,),
        )
    for device, phones in good.items():
        yield Outcome(
            status="pass",
            subject=device,
            message=f"{device} trusts the issuers of {count_of(phone.name for phone in phones)}",
            evidence=(_quoted(site, phones),),
        )
    if silent and not causes and not good:
        yield Outcome(
            status="skipped",
            message="no file tells which ASA the phones dial with a certificate: see VPNP-316, VPNP-321, VPNP-334",
            evidence=(_quoted(site, silent),),
        )


def _makers_phones(site: SiteContext) -> list[CucmPhone]:
    """VPN phones of the models whose MIC is of the SHA2 manufacturing CA."""
    return [phone for phone in vpn_phones(site) if number_of(phone.model) in SHA2_MODELS]


def _no_newer_phone(site: SiteContext) -> str:
    if site.cucm.phones is None or site.cucm.common_profiles is None or _makers_phones(site):
        return ""
    return f"no VPN phone of the models {', '.join(SHA2_MODELS)} is there"


@site_control(
    "VPNP-332",
    title="CUCM trusts the SHA2 manufacturing CA of newer phones",
    severity="medium",
    features=("F-055",),
    section=METHOD,
    rationale="The MIC of 8811, 8841, 8851 and 8861 is signed by the SHA2 manufacturing CA. CUCM before 10.5(1) does"
    " not have it: such a phone gets no LSC by its MIC, and no secure registration.",
    remediation=(
        "PERSON: upload Cisco Manufacturing CA SHA2 to CAPF-trust (for LSCs) and CallManager-trust (SIP with MIC).",
    ),
    needs=("phones", "common_profiles", "version", "trust"),
    applies=_no_newer_phone,
)
def sha2_maker(site: SiteContext) -> Iterator[Outcome]:
    """In both stores by name; from 10.5(1) on CUCM brings it along, and where it was taken out that is a finding."""
    phones = _makers_phones(site)
    for store in ("CAPF-trust", "CallManager-trust"):
        found = [entry for entry in in_store(site, store) if "manufacturing ca sha2" in entry.subject_name.lower()]
        names = [phone.name for phone in phones]
        brought = release_of(site.cucm.version or "") >= SHA2_SINCE
        note = "taken out of this release, which brings it along" if brought else "not there before 10.5(1)"
        yield Outcome(
            status="pass" if found else "fail",
            subject=store,
            message=f"{store} has the SHA2 manufacturing CA"
            if found
            else f"{store} lacks the SHA2 manufacturing CA ({note}) of {count_of(names)}: {names_of(names)}",
            expected=f"Cisco Manufacturing CA SHA2 in {store}",
            actual=found[0].subject_name if found else "not there",
            evidence=(
                quote(site, "trust", *(f"{store}: {entry.subject_name}" for entry in in_store(site, store))),
                quote(site, "version", site.cucm.version or ""),
            ),
            fix=() if found else (f"PERSON: upload Cisco Manufacturing CA SHA2 to {store}.",),
        )


def release_of(version: str) -> tuple[int, int]:
    """ "14.0.1.13900-155" -> (14, 0); (0, 0) for what is no version."""
    words = version.split(".")[:2]
    return (int(words[0]), int(words[1])) if len(words) == 2 and all(word.isdecimal() for word in words) else (0, 0)


@site_control(
    "VPNP-333",
    title="No phone logs in with its manufacturer's certificate",
    severity="low",
    features=("F-056", "F-052", "F-054"),
    section=METHOD,
    rationale="Cisco recommends the MIC only for installing an LSC: the root of the MICs may be compromised, and who"
    " uses it for more does so at his own risk.",
    remediation=(_LSC, "Or record the risk as a waiver."),
    needs=("phones", "common_profiles"),
    applies=no_vpn_phone,
)
def no_mic(site: SiteContext) -> Iterator[Outcome]:
    """Each VPN phone by what CUCM tells of its certificates; one without any cannot log in by a certificate at all."""
    texts: dict[str, tuple[Status, str]] = {
        "mic": ("fail", "{} by the manufacturer's certificate (MIC)"),
        "none": ("fail", "{} without any certificate of its own"),
        "unknown": ("error", "UNKNOWN: with which certificate {} log in"),
        "lsc": ("pass", "{} by a certificate of CAPF (LSC)"),
    }
    for kind, (status, text) in texts.items():
        phones = [phone for phone in vpn_phones(site) if phone.certificate == kind]
        if not phones:
            continue
        names = [phone.name for phone in phones]
        message = text.format(count_of(names))
        yield Outcome(
            status=status,
            subject=kind,
            message=message if status == "pass" else f"{message}: {names_of(names)}",
            expected="an LSC",
            actual=kind,
            evidence=(_quoted(site, phones),),
            fix=() if status == "pass" else (_LSC,),
        )
