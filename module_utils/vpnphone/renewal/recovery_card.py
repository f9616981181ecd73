"""What a person does at a phone that could not be reached or proven: one card a phone, in plain words. Pure.

The menus are those of Cisco document 116162 (F-066, F-067, F-074); other models name them alike, not always the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from ..files import file_stem
from ..model.renewal import AsaRenewal, Journal, PhoneRenewal
from ..report.markdown import code, prose
from ..report.text import one_line
from .stages import command

# Of a description that somebody typed in CUCM.
_MAX_WORDS = 120


class Card(NamedTuple):
    """reason: why the phone is not ready. nodes: who serves it its file; told: its description and model in CUCM."""

    phone: PhoneRenewal
    reason: str
    asas: tuple[AsaRenewal, ...]
    nodes: tuple[str, ...] = ()
    told: str = ""


def file_name(phone: str) -> str:
    """A name comes from CUCM: whatever it is, it stays one in this folder."""
    return f"{file_stem(phone)}.md"


def recovery_card(card: Card, journal: Journal, at: datetime) -> str:
    """The card as Markdown. at: UTC."""
    phone = card.phone
    switched = any(asa.bound == "new" for asa in card.asas)
    lines = [
        f"# What to do at phone {code(phone.name)}",
        "",
        f"Renewal {prose(journal.renewal)}, cluster {prose(phone.cluster)}, written {at:%Y-%m-%d %H:%M} UTC.",
        f"The label on the back of the phone says MAC {code(phone.name.removeprefix('SEP'))}.",
    ]
    if card.told:
        lines.append(f"CUCM calls it {prose(one_line(card.told, _MAX_WORDS))}.")
    lines += ["", f"**Why:** {prose(card.reason)}.", "", f"**By when:** {_until(card.asas, switched)}", ""]
    lines += ["## 1. Let it connect", "", *_numbered(_connect(phone, switched)), ""]
    lines += ["## 2. See whether it got its new configuration", "", *_numbered(_look(phone)), ""]
    lines += ["## 3. It says TFTP Error or TFTP Timeout", "", *_numbered(_alternate(card.nodes)), ""]
    lines += ["## 4. It cannot connect from where it is", "", *_numbered(_elsewhere()), ""]
    lines += ["## For the one who runs the renewal", "", *_after(journal, phone), ""]
    return "\n".join(lines)


def _until(asas: Iterable[AsaRenewal], switched: bool) -> str:
    if switched:
        return "now. The VPN gateway shows its new certificate already, which this phone does not know."
    ends = [asa.old.not_after for asa in asas if asa.old is not None and asa.old.not_after is not None]
    end = f", and before {min(ends):%Y-%m-%d %H:%M} UTC, when the old certificate ends" if ends else ""
    return f"before the VPN gateway is switched to its new certificate{end}. Until then the phone can still connect."


def _connect(phone: PhoneRenewal, switched: bool) -> list[str]:
    steps = ["Plug it in where it always stands, network cable and power, and wait five minutes."]
    if not phone.certificate_login:
        steps.append("It asks for a user name and a password: type your own, as on any other day.")
    steps.append("Look at Settings > VPN Configuration: does it say Connected?")
    if switched:
        steps.append("If it does not: it does not know the new certificate yet. Go on with 4.")
    else:
        steps.append("If it does: leave it on, tell the one who runs the renewal, and go on with 2 when they say so.")
        steps.append("If it does not: check that other devices there reach the Internet; then go on with 4.")
    return steps


def _look(phone: PhoneRenewal) -> list[str]:
    return [
        "Settings > Status > Status Messages.",
        f"Good: {code('Trust List Updated')} and {code(phone.name + '.cnf.xml.sgn')}, with a time of today after the"
        " configuration was applied.",
        f"Bad: {code('Trust List Update Failed')}, {code('TFTP Error')} or {code('TFTP Timeout')}. Go on with 3.",
    ]


def _alternate(nodes: Iterable[str]) -> list[str]:
    names = ", ".join(code(name) for name in nodes)
    which = f"the IP address of {names}" if names else "the IP address that the one who runs the renewal gives you"
    return [
        "The phone got a TFTP server from the network where it stands, and it is not the right one.",
        "Settings > Network Configuration > IPv4 Configuration.",
        f"Go down to Alternate TFTP. If a lock is shown, type {code('**#')} to open it.",
        "Press Yes, then Save.",
        f"Go to TFTP Server 1 and type {which}. It is reached through the VPN, so the phone must be connected.",
        "Save. The phone restarts; wait five minutes, then look again as in 2.",
    ]


def _elsewhere() -> list[str]:
    return [
        "Best: bring the phone to the office and plug it in there. It fetches its configuration by itself; look as in"
        " 2, then take it home again.",
        "If it cannot be brought: ask the one who runs the renewal for a public TFTP address. They open it for a short"
        " time only. Enter it as Alternate TFTP, as in 3; the VPN is not needed for it.",
        "Once the phone is connected again, set Alternate TFTP back to No, and Save.",
    ]


def _after(journal: Journal, phone: PhoneRenewal) -> list[str]:
    aaa = () if phone.certificate_login else ("-e", f'{{"vpnphone_include_aaa": ["{phone.name}"]}}')
    waive = ("-e", f"vpnphone_waive_phones={phone.name}", "-e", "vpnphone_waive_reason=...")
    return [
        "- Its proof, once it is registered: " + code(command(journal, "apply", "--check", *aaa)),
        "- A public TFTP address serves configuration files to the world, and these may hold secrets: only by "
        + code(command(journal, "recovery"))
        + ", which says what to open, for how long, and looks that it is closed again.",
        "- Or answer for it by name: " + code(command(journal, "waive", *waive)),
    ]


def _numbered(steps: Iterable[str]) -> list[str]:
    return [f"{number}. {text}" for number, text in enumerate(steps, 1)]
