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
from ..report.words import ENGLISH, Words
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


def recovery_card(card: Card, journal: Journal, at: datetime, words: Words = ENGLISH) -> str:
    """The card as Markdown. at: UTC. What the phone shows is English in every language, as its menus are."""
    phone = card.phone
    switched = any(asa.bound == "new" for asa in card.asas)
    moment = f"{at:%Y-%m-%d %H:%M}"
    place = words("Renewal {0}, cluster {1}, written {2} UTC.", prose(journal.renewal), prose(phone.cluster), moment)
    lines = [
        "# " + words("What to do at phone {0}", code(phone.name)),
        "",
        place,
        words("The label on the back of the phone says MAC {0}.", code(phone.name.removeprefix("SEP"))),
    ]
    if card.told:
        lines.append(words("CUCM calls it {0}.", prose(one_line(card.told, _MAX_WORDS))))
    reason = card.reason if phone.proof == "waived" else words.changed(card.reason)
    lines += ["", words("**Why:** {0}.", prose(reason)), ""]
    lines += [words("**By when:** {0}", _until(card.asas, switched, words)), ""]
    lines += ["## 1. " + words("Let it connect"), "", *_numbered(_connect(phone, switched, words)), ""]
    lines += ["## 2. " + words("See whether it got its new configuration"), "", *_numbered(_look(phone, words)), ""]
    lines += [
        "## 3. " + words("It says TFTP Error or TFTP Timeout"),
        "",
        *_numbered(_alternate(card.nodes, words)),
        "",
    ]
    lines += ["## 4. " + words("It cannot connect from where it is"), "", *_numbered(_elsewhere(words)), ""]
    lines += ["## " + words("For the one who runs the renewal"), "", *_after(journal, phone, words), ""]
    return "\n".join(lines)


def _until(asas: Iterable[AsaRenewal], switched: bool, words: Words) -> str:
    if switched:
        return words("now. The VPN gateway shows its new certificate already, which this phone does not know.")
    ends = [asa.old.not_after for asa in asas if asa.old is not None and asa.old.not_after is not None]
    if not ends:
        return words(
            "before the VPN gateway is switched to its new certificate. Until then the phone can still connect."
        )
    return words(
        "before the VPN gateway is switched to its new certificate, and before {0} UTC, when the old certificate ends."
        " Until then the phone can still connect.",
        f"{min(ends):%Y-%m-%d %H:%M}",
    )


def _connect(phone: PhoneRenewal, switched: bool, words: Words) -> list[str]:
    steps = [words("Plug it in where it always stands, network cable and power, and wait five minutes.")]
    if not phone.certificate_login:
        steps.append(words("It asks for a user name and a password: type your own, as on any other day."))
    steps.append(words("Look at Settings > VPN Configuration: does it say Connected?"))
    if switched:
        steps.append(words("If it does not: it does not know the new certificate yet. Go on with 4."))
    else:
        steps.append(
            words("If it does: leave it on, tell the one who runs the renewal, and go on with 2 when they say so.")
        )
        steps.append(words("If it does not: check that other devices there reach the Internet; then go on with 4."))
    return steps


def _look(phone: PhoneRenewal, words: Words) -> list[str]:
    return [
        "Settings > Status > Status Messages.",
        words(
            "Good: {0} and {1}, with a time of today after the configuration was applied.",
            code("Trust List Updated"),
            code(f"{phone.name}.cnf.xml.sgn"),
        ),
        words(
            "Bad: {0}, {1} or {2}. Go on with 3.",
            code("Trust List Update Failed"),
            code("TFTP Error"),
            code("TFTP Timeout"),
        ),
    ]


def _alternate(nodes: Iterable[str], words: Words) -> list[str]:
    names = ", ".join(code(name) for name in nodes)
    if names:
        which = words("the IP address of {0}", names)
    else:
        which = words("the IP address that the one who runs the renewal gives you")
    return [
        words("The phone got a TFTP server from the network where it stands, and it is not the right one."),
        "Settings > Network Configuration > IPv4 Configuration.",
        words("Go down to Alternate TFTP. If a lock is shown, type {0} to open it.", code("**#")),
        words("Press Yes, then Save."),
        words(
            "Go to TFTP Server 1 and type {0}. It is reached through the VPN, so the phone must be connected.", which
        ),
        words("Save. The phone restarts; wait five minutes, then look again as in 2."),
    ]


def _elsewhere(words: Words) -> list[str]:
    return [
        words(
            "Best: bring the phone to the office and plug it in there. It fetches its configuration by itself; look as"
            " in 2, then take it home again."
        ),
        words(
            "If it cannot be brought: ask the one who runs the renewal for a public TFTP address. They open it for a"
            " short time only. Enter it as Alternate TFTP, as in 3; the VPN is not needed for it."
        ),
        words("Once the phone is connected again, set Alternate TFTP back to No, and Save."),
    ]


def _after(journal: Journal, phone: PhoneRenewal, words: Words) -> list[str]:
    aaa = () if phone.certificate_login else ("-e", f'{{"vpnphone_include_aaa": ["{phone.name}"]}}')
    waive = ("-e", f"vpnphone_waive_phones={phone.name}", "-e", "vpnphone_waive_reason=...")
    told = [
        words("Its proof, once it is registered: {0}", code(command(journal, "apply", "--check", *aaa))),
        words(
            "A public TFTP address serves configuration files to the world, and these may hold secrets: only by {0},"
            " which says what to open, for how long, and looks that it is closed again.",
            code(command(journal, "recovery")),
        ),
        words("Or answer for it by name: {0}", code(command(journal, "waive", *waive))),
    ]
    return [f"- {text}" for text in told]


def _numbered(steps: Iterable[str]) -> list[str]:
    return [f"{number}. {text}" for number, text in enumerate(steps, 1)]
