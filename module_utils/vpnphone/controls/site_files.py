"""The phones' configuration files: readable, the same on every node, with the VPN settings (F-021, F-023, F-050)."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Evidence, Outcome, PhoneState, ServedFile
from ..predict.files import by_node, good_files, nodes_of
from .base import site_control
from .connection import HASH
from .site_context import SiteContext
from .site_facts import SETTINGS, count_of, names_of, no_vpn_phone, quote, vpn_phones

_TFTP_FIX = "PERSON: restart the TFTP service of that node (Cisco Unified Serviceability), then look at the file again."


def no_phone(site: SiteContext) -> str:
    return "" if site.phones else "no phone's files were asked for"


def phones_with_files(site: SiteContext) -> tuple[PhoneState, ...]:
    """The phones that the rules on files are about: those with VPN settings in CUCM, or in a file."""
    names = {phone.name for phone in vpn_phones(site)}
    known = site.cucm.phones is not None and site.cucm.common_profiles is not None
    return tuple(
        phone
        for phone in site.phones
        if phone.name in names or not known or any(found.vpn is not None for found in good_files(phone))
    )


def _file(node: str, found: ServedFile) -> Evidence:
    how = {"http": "HTTP 6970", "tftp": "TFTP"}[found.via]
    built = f", built {found.built_at:%Y-%m-%d %H:%M:%S} UTC" if found.built_at else ""
    return Evidence(
        command=f"{found.name} from {node} by {how}",
        lines=(f"{found.status}{f': {found.detail}' if found.detail else ''}{built}",),
    )


@site_control(
    "VPNP-321",
    title="Every TFTP node's file of each VPN phone can be read",
    severity="medium",
    features=("F-021",),
    section=HASH,
    rationale="A phone may ask any TFTP node. A node that cannot be read, or whose file is encrypted, leaves open what"
    " the phone gets there; nothing may be concluded from the other nodes' files.",
    remediation=(
        "PERSON: open HTTP 6970 or TFTP of each node to the audit; where files are encrypted, read the pins in the"
        " phones' own logs.",
    ),
    needs=(),
    applies=no_phone,
)
def readable(site: SiteContext) -> Iterator[Outcome]:
    """One way (HTTP or TFTP) is enough; encrypted, absent, refused and silent are each an outcome of their own."""
    causes: dict[tuple[str, str], list[tuple[str, ServedFile]]] = {}
    good: set[str] = set()
    unasked: dict[str, list[str]] = {}
    for phone in phones_with_files(site):
        for text in nodes_of(phone, site.cucm.tftp_nodes).missing if phone.files else ():
            unasked.setdefault(text, []).append(phone.name)
        for node, answers in by_node(phone).items():
            if any(found.status == "ok" for found in answers):
                good.add(phone.name)
            else:
                worst = next((found for found in answers if found.status == "encrypted"), answers[0])
                causes.setdefault((node, worst.status), []).append((phone.name, worst))
    for (node, status), found in causes.items():
        names = [name for name, _ in found]
        yield Outcome(
            status="error",
            subject=f"{node}: {status}",
            message=f"UNKNOWN: the files of {count_of(names)} on {node}: {status} ({names_of(names)})",
            expected="a signed file that is not encrypted",
            actual=status,
            evidence=tuple(_file(node, one) for _, one in found[:3]),
            fix=(
                "PERSON: encrypted: read the pins in the phone's console log."
                if status == "encrypted"
                else "PERSON: look whether the node serves TFTP and the way to it is open (HTTP 6970, UDP 69).",
            ),
        )
    for text, names in unasked.items():
        yield Outcome(
            status="error",
            subject="nodes",
            message=f"UNKNOWN: {text} ({count_of(names)}: {names_of(names)})",
            expected="every node that the phones may ask",
            actual=text,
            evidence=(quote(site, "tftp_nodes", *(site.cucm.tftp_nodes or ())),),
            fix=("PERSON: name every node of the cluster in vpnphone_tftp_nodes, as CUCM calls it.",),
        )
    if good:
        yield Outcome(
            status="pass",
            message=f"the files of {count_of(good)} were read",
            evidence=(quote(site, "tftp_nodes", *(site.cucm.tftp_nodes or ())),),
        )
    if not good and not causes and not unasked:
        yield Outcome(status="skipped", message="no file of a VPN phone was asked for")


@site_control(
    "VPNP-322",
    title="Every TFTP node serves a phone the same VPN settings",
    severity="high",
    features=("F-021", "F-073"),
    section=HASH,
    rationale="A node that missed a change serves the old hashes. Phones that ask it first take them at the next Apply,"
    " and are locked out while their neighbours work.",
    remediation=(_TFTP_FIX,),
    needs=(),
    applies=no_phone,
)
def same_on_every_node(site: SiteContext) -> Iterator[Outcome]:
    """The vpnGroup of each node, and of both ways of one node; other parts of the file may differ."""
    stale: dict[tuple[str, ...], list[PhoneState]] = {}
    good: list[str] = []
    for phone in phones_with_files(site):
        files = good_files(phone)
        contents = dict.fromkeys(found.vpn for found in files)
        if len(contents) > 1:
            nodes = tuple(sorted({found.node for found in files}))
            stale.setdefault(nodes, []).append(phone)
        elif files:
            good.append(phone.name)
    for nodes, phones in stale.items():
        names = [phone.name for phone in phones]
        yield Outcome(
            status="fail",
            subject=", ".join(nodes),
            message=f"{' and '.join(nodes)} serve other VPN settings for {count_of(names)}: {names_of(names)}",
            expected="the same vpnGroup on every node",
            actual="; ".join(_difference(phones[0])),
            evidence=tuple(_file(found.node, found) for found in good_files(phones[0])),
            fix=(_TFTP_FIX, "PERSON: do not Apply Config before every node serves the same file."),
        )
    if good:
        yield Outcome(
            status="pass",
            message=f"{count_of(good)}: every node that was read serves the same VPN settings",
            evidence=(quote(site, "tftp_nodes", *(site.cucm.tftp_nodes or ())),),
        )
    if not good and not stale:
        yield Outcome(status="skipped", message="no file of a VPN phone could be read: see VPNP-321")


def _difference(phone: PhoneState) -> Iterator[str]:
    """What each node serves, in brief."""
    for found in good_files(phone):
        vpn = found.vpn
        shown = "no vpnGroup" if vpn is None else f"{', '.join(vpn.urls)} with {len(vpn.cert_hashes)} hashes"
        pins = "" if vpn is None else f" ({', '.join(text[:6] for text in vpn.cert_hashes)})"
        yield f"{found.node} by {found.via}: {shown}{pins}"


@site_control(
    "VPNP-323",
    title="The VPN settings are in the file of each VPN phone",
    severity="critical",
    features=("F-050", "F-023"),
    section=SETTINGS,
    rationale="The Common Phone Profile may be right and not applied: without a vpnGroup in its file the phone has no"
    " VPN, and at the next fetch it loses the one it has.",
    remediation=("PERSON: Device > Phone: choose the Common Phone Profile with the VPN settings; then Apply Config.",),
    needs=("phones", "common_profiles"),
    applies=no_vpn_phone,
)
def settings_in_file(site: SiteContext) -> Iterator[Outcome]:
    """Each phone whose profile has VPN settings: its file on each node that could be read has a vpnGroup."""
    states = {phone.name: phone for phone in site.phones}
    bare: list[str] = []
    good: list[str] = []
    silent: list[str] = []
    for phone in vpn_phones(site):
        files = good_files(states[phone.name]) if phone.name in states else ()
        if not files:
            silent.append(phone.name)
        elif any(found.vpn is None for found in files):
            bare.append(phone.name)
        else:
            good.append(phone.name)
    evidence = (quote(site, "common_profiles"),)
    if bare:
        yield Outcome(
            status="fail",
            subject="no vpnGroup",
            message=f"the files of {count_of(bare)} have no VPN settings: {names_of(bare)}",
            expected="a vpnGroup in each file",
            actual="none",
            evidence=evidence,
            fix=("PERSON: Apply Config to these phones; where the file stays as it is, restart the node's TFTP.",),
        )
    if silent:
        yield Outcome(
            status="error",
            subject="no file",
            message=f"UNKNOWN: no file of {count_of(silent)} could be read: {names_of(silent)}",
            expected="a file that could be read",
            actual="none",
            evidence=evidence,
            fix=("PERSON: see VPNP-321 for the nodes and their answers.",),
        )
    if good:
        yield Outcome(status="pass", message=f"the files of {count_of(good)} have VPN settings", evidence=evidence)
