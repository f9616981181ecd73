"""Does the ASA trust the phone's own certificate (F-053, F-055, F-057)?"""

from __future__ import annotations

from typing import NamedTuple

from ..controls.authentication import methods
from ..controls.phone_certificates import for_clients
from ..model import X509, Certificate, Connection, Reason, TunnelGroup, VpnGroupConfig
from .head import Head
from .identity import is_same, same_key, same_name, title
from .phones import Client, is_maker

METHOD, CLIENT = "authentication", "client-certificate"
# authMethod of the file: user and password, password only, certificate (F-023).
BY_CERTIFICATE = 2
_IMPORT = "PERSON: export {} from CUCM and import it as a CA on {} (VPNP-254 has the commands)."


def method(head: Head, group: TunnelGroup, vpn: VpnGroupConfig) -> tuple[Reason, ...]:
    """The file's method and the tunnel-group's must be one; a password is a person's to type."""
    words = methods(group)
    shown = f"`authentication {' '.join(words)}` in tunnel-group {group.name}"
    fix = ("PERSON: make Client Authentication Method of the VPN profile and the tunnel-group agree.",)

    def reason(verdict: Connection, text: str) -> tuple[Reason, ...]:
        return (Reason(step=METHOD, verdict=verdict, text=text, features=("F-057",), fix=fix),)

    if vpn.auth_method is None:
        return reason("UNKNOWN", f"the file does not say how the phone logs in; {shown}")
    if vpn.auth_method not in (0, 1, BY_CERTIFICATE):
        return reason("UNKNOWN", f"authMethod {vpn.auth_method} of the file is not known; {shown}")
    if not set(words) <= {"aaa", "certificate"}:
        return reason("LOCKED OUT", f"a phone cannot do {shown}")
    certificate = vpn.auth_method == BY_CERTIFICATE
    if len(set(words)) > 1:
        return reason("UNKNOWN", f"whether a phone can do {shown} is not proven")
    if certificate != (words == ("certificate",)):
        wanted = "a certificate" if certificate else "a password"
        return reason("LOCKED OUT", f"the file says {wanted}, the ASA {shown}")
    if not certificate:
        return reason("UNKNOWN", "its user must type a password, and whether it is right is not known here")
    return ()


class _Authority(NamedTuple):
    """A CA of the ASA: shown by its commands, and held with its content where that was learned."""

    shown: Certificate | None
    held: X509 | None
    trustpoints: tuple[str, ...]


def client_certificate(head: Head, client: Client) -> tuple[Reason, ...]:
    """Every CA that may have signed the phone's certificate is one of the ASA's, by content or by serial and issuer."""
    if client.kind == "none":
        return (_reason("LOCKED OUT", "the phone has no certificate of its own (neither LSC nor MIC)", head, ""),)
    if client.kind == "unknown":
        return (_reason("UNKNOWN", "which certificate the phone shows (LSC or MIC) is not known", head, ""),)
    if head.state.certificates is None and head.state.certificate_chain is None:
        return (_reason("UNKNOWN", "the CA certificates of the ASA were not learned", head, ""),)
    if client.valid_until is not None and client.valid_until < head.unit.now:
        # Without its date: phones with one cause are one line of a report.
        return (_reason("LOCKED OUT", "the phone's LSC has expired", head, "", ("PERSON: give it a new LSC.",)),)
    if not client.issuers:
        return (_by_name(head, client),)
    answers = [_trusted(head, issuer) for issuer in client.issuers]
    verdicts = {verdict for verdict, _ in answers}
    if not client.sure and verdicts != {"CONNECTS"}:
        verdicts = {"UNKNOWN"}
    verdict = verdicts.pop() if len(verdicts) == 1 else "UNKNOWN"
    if verdict == "CONNECTS" and client.sure:
        return ()
    if verdict == "CONNECTS":
        text = "the ASA trusts every CAPF certificate of CUCM, but which CA signed the LSC is not told"
        return (_reason("UNKNOWN", text, head, client.named),)
    kind = client.kind.upper()
    texts = "; ".join(dict.fromkeys(text for answer, text in answers if answer != "CONNECTS"))
    if len(client.issuers) > 1 and verdict == "UNKNOWN":
        texts = f"which CA signed it is not told: {texts}"
    return (_reason(verdict, f"{kind} of {client.named}: {texts}", head, client.named),)


def _trusted(head: Head, issuer: X509) -> tuple[Connection, str]:
    """The ASA has this very certificate, or another one of that name with the same key, for SSL clients, in date."""
    mine = [found for found in _authorities(head) if _is_it(found, issuer)]
    if not mine:
        if any(same_name(_name(found), issuer.subject) for found in _authorities(head)):
            alike = [found for found in _authorities(head) if same_name(_name(found), issuer.subject)]
            if any(found.held is None for found in alike):
                return "UNKNOWN", f"the ASA has another certificate named {issuer.subject_cn}, its key is not known"
            return "LOCKED OUT", f"the ASA has another {issuer.subject_cn} than {title(issuer)}"
        return "LOCKED OUT", f"the ASA does not trust {title(issuer)}"
    if issuer.not_after < head.unit.now and all(_is_past(found, head) for found in mine):
        return "LOCKED OUT", f"{title(issuer)} has expired on {issuer.not_after:%Y-%m-%d}"
    if head.state.trustpoints is None:
        return "UNKNOWN", "`crypto ca trustpoint` of the ASA was not learned, so what its CAs may verify is not known"
    usable = [found for found in mine if for_clients(head.state, found.trustpoints)]
    if not usable:
        names = " ".join(name for found in mine for name in found.trustpoints)
        return "LOCKED OUT", f"trustpoint {names or 'of ' + issuer.subject_cn} may not verify SSL clients"
    strict = [name for found in usable for name in found.trustpoints if _checks_revocation(head, name)]
    if strict and len(strict) == sum(len(found.trustpoints) for found in usable):
        return "UNKNOWN", f"trustpoint {strict[0]} checks revocation, and what its CA answers is not known"
    return "CONNECTS", ""


def _is_it(found: _Authority, issuer: X509) -> bool:
    if found.held is not None:
        if found.held.sha256 == issuer.sha256:
            return True
        return same_name(found.held.subject, issuer.subject) and same_key(found.held, issuer) is True
    return found.shown is not None and is_same(found.shown, issuer)


def _is_past(found: _Authority, head: Head) -> bool:
    end = found.held.not_after if found.held is not None else None
    if end is None and found.shown is not None and found.shown.not_after is not None:
        end = found.shown.not_after.utc
    return end is None or end < head.unit.now


def _name(found: _Authority) -> str:
    return found.held.subject if found.held is not None else found.shown.subject if found.shown is not None else ""


def _authorities(head: Head) -> list[_Authority]:
    """The CAs of the ASA: each block of show output with its content where the chain has it, then the chain's rest."""
    state = head.state
    chain = [(found.trustpoint, found.x509) for found in state.certificate_chain or () if found.kind == "ca"]
    found = []
    used: set[str] = set()
    for shown in state.certificates or ():
        if shown.kind != "ca":
            continue
        held = next((content for _, content in chain if is_same(shown, content)), None)
        if held is not None:
            used.add(held.sha256)
        if shown.trustpoints:
            found.append(_Authority(shown, held, shown.trustpoints))
    rest = [(name, content) for name, content in chain if content.sha256 not in used]
    return [*found, *(_Authority(None, content, (name,)) for name, content in rest)]


def _checks_revocation(head: Head, trustpoint: str) -> bool:
    """`revocation-check` with anything before or instead of `none`; a list that ends in none lets a phone in [K]."""
    found = next((one for one in head.state.trustpoints or () if one.name.lower() == trustpoint.lower()), None)
    words = found.values.get("revocation-check", "none").split() if found else ["none"]
    return words[-1:] != ["none"]


def _by_name(head: Head, client: Client) -> Reason:
    """CUCM's stores do not hold the issuer: a name alone proves that it is missing, never that it is there."""
    names = [(_name(found), found) for found in _authorities(head)]
    if client.kind == "mic":
        there = [found for name, found in names if is_maker(name)]
    elif client.named == "CAPF":
        there = [found for _, found in names]
    else:
        there = [found for name, found in names if same_name(name, client.named)]
    if there:
        text = f"CUCM's stores do not show {client.named}, and its name on the ASA alone proves nothing"
        return _reason("UNKNOWN", text, head, client.named)
    return _reason("LOCKED OUT", f"the ASA has no CA {client.named}", head, client.named)


def _reason(verdict: Connection, text: str, head: Head, named: str, fix: tuple[str, ...] | None = None) -> Reason:
    steps = (_IMPORT.format(named or "CAPF (LSC) or the manufacturing CA (MIC)", head.name),) if fix is None else fix
    return Reason(step=CLIENT, verdict=verdict, text=text, features=("F-053", "F-055"), fix=steps)
