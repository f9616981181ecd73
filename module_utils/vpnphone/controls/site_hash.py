"""The certificate an ASA presents, in three places: CUCM's trust store, its gateway, the phones' files (F-013)."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Evidence, Outcome
from ..predict.identity import pins_of, title
from ..predict.presented import is_temporary
from . import facts
from .base import site_control
from .connection import HASH
from .site_context import SiteContext
from .site_facts import (
    Config,
    Presented,
    configs,
    count_of,
    entry_of,
    gateways_of,
    has_pin,
    in_store,
    means,
    names_of,
    no_gateway,
    presented,
    quote,
    urls,
)

UPLOAD = (
    "PERSON: `crypto ca export <trustpoint> identity-certificate` on the ASA, then upload it in Cisco Unified OS"
    " Administration > Security > Certificate Management as Phone-VPN-trust; one with the same common name overwrites:"
    " look afterwards that the old one is still there."
)
ADD = (
    "PERSON: Advanced Features > VPN > VPN Gateway: add the certificate beside the ones that are there, old ones first."
)
APPLY = (
    "PERSON: look that every TFTP node serves the new file (VPNP-322), then Apply Config while the phones are on VPN."
)
LASTING = (
    "PERSON: bind a lasting certificate first (VPNP-111, VPNP-112); never give phones the hash of a temporary one: the"
    " next reload makes it anew."
)
_EXPECTED = "the hash of the leaf, or of an issuer that is sent"


def no_url(site: SiteContext) -> str:
    """For `applies`: the reason where neither a gateway nor a file names a URL."""
    return "" if urls(site) or site.cucm.gateways is None else "CUCM has no VPN gateway, and no file names a URL"


def _theirs(found: Presented) -> str:
    return f"{title(found.chain[0])} that {found.unit.device} presents"


def _fix(found: Presented, *steps: str) -> tuple[str, ...]:
    """The hash of a temporary certificate is given to nobody: it is another one after the next reload."""
    return (LASTING,) if is_temporary(found.chain[0]) else steps


def _shown(found: Presented) -> Evidence:
    lines = [f"{one.subject}: SHA-1 {one.sha1} = {one.pin}" for one in found.chain]
    return Evidence(command=f"{found.how}: {found.url} on {found.unit.device}", lines=tuple(lines))


def _not_known(one: Presented) -> Outcome:
    return Outcome(
        status="error",
        subject=one.subject,
        message=f"UNKNOWN: which certificate {one.unit.device} presents at {one.url}",
        expected="a TLS probe with the phones' offer, or the bound certificate",
        actual="neither",
        evidence=(
            Evidence(command=f"TLS probe: {one.subject}"),
            facts.quote(one.unit.state, "certificate_chain"),
        ),
        fix=("PERSON: let the audit reach the URL (vpnphone_connect_to), or read the ASA at privilege 15.",),
    )


def _nobody(site: SiteContext) -> Outcome:
    """No ASA of the run answers any URL: VPNP-316 tells which."""
    return Outcome(
        status="skipped",
        message=f"no ASA that was read answers {names_of(urls(site))}: see VPNP-316",
        evidence=(
            quote(site, "gateways", *(f"{gateway.name}: {gateway.url}" for gateway in site.cucm.gateways or ())),
        ),
    )


@site_control(
    "VPNP-311",
    title="What each ASA presents is in CUCM's Phone-VPN-trust",
    severity="critical",
    features=("F-013", "F-014", "F-020"),
    section=HASH,
    rationale="The first of three places. A certificate that is not in Phone-VPN-trust cannot be chosen in a VPN"
    " gateway, so no phone ever gets its hash.",
    remediation=(UPLOAD,),
    needs=("trust", "gateways"),
    applies=no_url,
)
def in_trust_store(site: SiteContext) -> Iterator[Outcome]:
    """Of each URL and each ASA behind it: the leaf that phones are shown, or an issuer sent with it."""
    found = list(presented(site))
    if not found:
        yield _nobody(site)
    for one in found:
        if not one.chain:
            yield _not_known(one)
            continue
        match = next((c for c in one.chain if any(has_pin(entry, c) for entry in in_store(site))), None)
        lines = [f"{entry.subject_name} serial {entry.serial_number}" for entry in in_store(site)]
        evidence = (_shown(one), quote(site, "trust", *lines))
        if match is not None:
            yield Outcome(
                status="pass",
                subject=one.subject,
                message=f"{title(match)} is in Phone-VPN-trust",
                evidence=evidence,
            )
        else:
            yield Outcome(
                status="fail",
                subject=one.subject,
                message=f"place 1 of 3, the trust store, lacks {_theirs(one)}",
                expected=f"{_EXPECTED}, in Phone-VPN-trust",
                actual=f"{len(in_store(site))} other certificates",
                evidence=evidence,
                fix=_fix(one, UPLOAD, ADD, APPLY),
            )


@site_control(
    "VPNP-312",
    title="What each ASA presents is in the VPN gateway of its URL",
    severity="critical",
    features=("F-013", "F-014", "F-020"),
    section=HASH,
    rationale="The second of three places. A certificate may lie in Phone-VPN-trust and not be chosen in the gateway:"
    " then no phone's file has its hash.",
    remediation=(ADD, APPLY),
    needs=("gateways", "trust"),
    applies=no_gateway,
)
def in_gateway(site: SiteContext) -> Iterator[Outcome]:
    """A gateway names its certificates by issuer and serial number; the store tells which ones these are."""
    found = list(presented(site))
    if not found:
        yield _nobody(site)
    for one in found:
        gateways = gateways_of(site, one.url)
        if not gateways:
            yield Outcome(
                status="skipped",
                subject=one.subject,
                message=f"no VPN gateway has the URL {one.url} of the phones' files: see VPNP-317",
                evidence=(quote(site, "gateways"),),
            )
            continue
        if not one.chain:
            yield _not_known(one)
            continue
        for gateway in gateways:
            members = gateway.certificates
            match = next((c for c in one.chain if any(means(site, member, c) for member in members)), None)
            lost = [member for member in members if entry_of(site, member) is None]
            lines = [f"{gateway.name}: issuer {m.issuer_name} serial {m.serial_number}" for m in members]
            evidence = (_shown(one), quote(site, "gateways", *lines))
            yield Outcome(
                status="pass" if match is not None else "fail",
                subject=f"{gateway.name}: {one.unit.device}",
                message=f"gateway {gateway.name} has {title(match)}"
                if match is not None
                else f"place 2 of 3, the gateway {gateway.name}, lacks {_theirs(one)}"
                + (f"; {len(lost)} of its certificates are no more in Phone-VPN-trust" if lost else ""),
                expected=f"{_EXPECTED}, in gateway {gateway.name}",
                actual=title(match) if match is not None else f"{len(members)} other certificates",
                evidence=evidence,
                fix=() if match is not None else _fix(one, ADD, APPLY),
            )


@site_control(
    "VPNP-313",
    title="What each ASA presents is in the phones' files",
    severity="critical",
    features=("F-013", "F-020", "F-024"),
    section=HASH,
    rationale="The third of three places, and the one that counts: a phone compares what it is shown with the hashes of"
    " its own file, and hangs up where none is equal.",
    remediation=(APPLY,),
    needs=(),
    applies=no_url,
)
def in_files(site: SiteContext) -> Iterator[Outcome]:
    """Every file that names the URL, on each node, has the hash of the leaf or of an issuer that is sent."""
    found = list(presented(site))
    served = configs(site)
    if not served:
        yield _no_file()
        return
    if not found:
        yield _nobody(site)
    for one in found:
        mine = [config for config in served if one.url in config.vpn.urls]
        if not mine:
            yield Outcome(
                status="skipped",
                subject=one.subject,
                message=f"no file that could be read names {one.url}",
                evidence=(_shown(one),),
            )
            continue
        if not one.chain:
            yield _not_known(one)
            continue
        pins = {certificate.sha1 for certificate in one.chain}
        lacking = [config for config in mine if not pins & pins_of(config.vpn).sha1]
        names = [name for config in lacking for name in config.phones]
        every = [name for config in mine for name in config.phones]
        evidence = (_shown(one), *(file_evidence(config) for config in (lacking or mine)[:3]))
        if not lacking:
            yield Outcome(
                status="pass",
                subject=one.subject,
                message=f"the files of {count_of(every)} hold a hash of what {one.unit.device} presents",
                evidence=evidence,
            )
            continue
        yield Outcome(
            status="fail",
            subject=one.subject,
            message=f"place 3 of 3, the file, lacks {_theirs(one)}, for {count_of(names)}: {names_of(names)}",
            expected=f"{_EXPECTED}, in the file",
            actual=f"missing in the files of {count_of(names)} of {len(set(every))}",
            evidence=evidence,
            fix=_fix(one, ADD, APPLY),
        )


def _no_file() -> Outcome:
    return Outcome(
        status="error",
        message="UNKNOWN: no file with VPN settings could be read from any TFTP node",
        expected="SEP<MAC>.cnf.xml of each VPN phone",
        actual="none",
        evidence=(Evidence(command="SEP<MAC>.cnf.xml.sgn"),),
        fix=("PERSON: see VPNP-321 for the nodes and their answers.",),
    )


def file_evidence(config: Config) -> Evidence:
    lines = (*(f"url {url}" for url in config.vpn.urls), *(f"certHash {text}" for text in config.vpn.cert_hashes))
    return Evidence(command=f"SEP<MAC>.cnf.xml of {names_of(config.phones)}", lines=lines)
