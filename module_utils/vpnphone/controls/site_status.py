"""What the phones themselves show: the TFTP servers they ask, and whether they fetched the file (F-065 to F-068)."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Evidence, Outcome, PhoneState
from ..predict.files import fetched, good_files
from .base import site_control
from .site_context import SiteContext
from .site_facts import TFTP, count_of, names_of, quote
from .site_files import no_phone, phones_with_files


@site_control(
    "VPNP-324",
    title="The phones ask the cluster's TFTP servers",
    severity="medium",
    features=("F-065", "F-066"),
    section=TFTP,
    rationale="A phone at home gets its TFTP server from a foreign DHCP server. Unless Alternate TFTP is set, it asks"
    " somebody who has no file for it, and never gets another hash.",
    remediation=(
        "PERSON: at the phone: Settings > Network Configuration > IPv4 > Alternate TFTP = Yes, TFTP Server 1 = a node"
        " of the cluster (`**#` unlocks).",
    ),
    needs=("tftp_nodes",),
    applies=lambda site: (
        ""
        if any(phone.web is not None and phone.web.network for phone in site.phones)
        else "no phone's network page was read"
    ),
)
def asks_the_cluster(site: SiteContext) -> Iterator[Outcome]:
    """TFTP Server 1 and 2 of each network page against the cluster's nodes; an address cannot be told from a name."""
    nodes = {name.lower() for name in site.cucm.tftp_nodes or ()}
    causes: dict[tuple[str, str], list[str]] = {}
    good: list[str] = []
    for phone in phones_with_files(site):
        network = phone.web.network if phone.web is not None else None
        if not network:
            continue
        asked = [
            value.strip()
            for label, value in network.items()
            if label.replace(" ", "").lower().startswith("tftpserver") and value.strip()
        ]
        strange = [value for value in asked if value.lower() not in nodes]
        if asked and not strange:
            good.append(phone.name)
        else:
            status = "fail" if not asked else "error"
            causes.setdefault((status, ", ".join(strange) or "no TFTP server at all"), []).append(phone.name)
    shown = quote(site, "tftp_nodes", *(site.cucm.tftp_nodes or ()))
    for (status, text), names in causes.items():
        failed = status == "fail"
        yield Outcome(
            status="fail" if failed else "error",
            subject=text,
            message=f"{text} is asked by {count_of(names)}: {names_of(names)}"
            if failed
            else f"UNKNOWN: whether {text}, asked by {count_of(names)}, is a node of the cluster: {names_of(names)}",
            expected=f"one of {', '.join(sorted(site.cucm.tftp_nodes or ())) or 'the nodes'}",
            actual=text,
            evidence=(shown,),
            fix=(
                "PERSON: compare it with the nodes' names and addresses; if it is none of them, set Alternate TFTP at"
                " the phone.",
            ),
        )
    if good:
        yield Outcome(status="pass", message=f"nodes of the cluster are asked by {count_of(good)}", evidence=(shown,))
    if not good and not causes:
        yield Outcome(status="skipped", message="no network page of a VPN phone was read")


@site_control(
    "VPNP-325",
    title="The phones have fetched the file that is served",
    severity="medium",
    features=("F-067", "F-068"),
    section=TFTP,
    rationale="A file on the server helps nobody until the phone has it. The status messages show the fetch; a line"
    " from before the file was built is of an older file, and `TFTP Timeout` or `Trust List Update Failed` say that it"
    " did not work.",
    remediation=(
        "PERSON: enable Web Access for the phones (Device > Phone), so that the audit can read their status messages.",
        "PERSON: Apply Config or Reset the phones that have not fetched it, while they are on VPN.",
    ),
    needs=("registrations",),
    applies=no_phone,
)
def has_fetched(site: SiteContext) -> Iterator[Outcome]:
    """A line with the file's name, newer than the file on every node, no failure since, and registered since then."""
    registered = {found.name: found for found in site.cucm.registrations or ()}
    causes: dict[str, list[PhoneState]] = {}
    good: list[str] = []
    for phone in phones_with_files(site):
        if not good_files(phone):
            continue
        found = fetched(phone, registered.get(phone.name))
        if found.proven:
            good.append(phone.name)
        else:
            causes.setdefault(_kind(found.why), []).append(phone)
    for why, phones in causes.items():
        names = [phone.name for phone in phones]
        first = fetched(phones[0], registered.get(names[0]))
        text = f"{first.why}{f' ({names[0]}: {first.detail})' if first.detail else ''}"
        failed = why in ("older", "failure", "registered before")
        yield Outcome(
            status="fail" if failed else "error",
            subject=why,
            message=f"{'' if failed else 'UNKNOWN: '}{count_of(names)}: {text}: {names_of(names)}",
            expected="a fetch of the served file, after it was built",
            actual=text,
            evidence=tuple(_messages(phone) for phone in phones[:3]),
            fix=(
                "PERSON: Apply Config or Reset these phones while they are on VPN, and read the messages again."
                if failed
                else "PERSON: enable Web Access for the phones, or look at their Status Messages at the phone.",
            ),
        )
    if good:
        yield Outcome(
            status="pass",
            message=f"{count_of(good)} fetched the file that is served",
            evidence=(quote(site, "registrations"),),
        )
    if not good and not causes:
        yield Outcome(status="skipped", message="no file of a VPN phone could be read: see VPNP-321")


def _kind(why: str) -> str:
    """A stable word for what a fetch lacks, without times: phones with one cause are one outcome."""
    for word, start in (
        ("older", "its last fetch"),
        ("failure", "its status messages show a failure"),
        ("registered before", "it is registered since"),
        ("no line", "its status messages do not show"),
        ("no page", "its web pages"),
        ("no messages", "its status messages were not read"),
    ):
        if why.startswith(start):
            return word
    return "not proven"


def _messages(phone: PhoneState) -> Evidence:
    lines = phone.web.status_messages if phone.web is not None else None
    return Evidence(command=f"status messages of {phone.name}", lines=tuple(one.text for one in (lines or ())[-5:]))
