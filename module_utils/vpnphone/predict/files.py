"""The file a phone holds, and the one it would fetch (F-021, F-023, F-065, F-067, F-068)."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from ..model import PhoneState, PhoneWeb, Reason, Registration, ServedFile, StatusMessage, VpnGroupConfig

FILE = "file"
DAY = 24 * 3600
_ENCRYPTED = "PERSON: read the file's pins in the phone's own log, or switch TFTP Encrypted Config off in its profile."
# What a phone says after a fetch that did not give it the file (F-068), in lower case.
_FAILED = ("trust list update failed", "tftp error", "tftp timeout", "tftp access error", "file not found")


class Files(NamedTuple):
    """variants: each content that the phone may have (None: a file without vpnGroup).

    unknown: why it may have yet another one; with a reason here no answer is ever CONNECTS or LOCKED OUT.
    doubt: why it may, against all that was seen, hold an older one; with a reason here no answer is CONNECTS.
    """

    variants: tuple[VpnGroupConfig | None, ...]
    unknown: tuple[Reason, ...] = ()
    doubt: tuple[Reason, ...] = ()

    def __or__(self, other: Files) -> Files:
        """Either of the two."""
        return Files(
            tuple(dict.fromkeys((*self.variants, *other.variants))),
            tuple(dict.fromkeys((*self.unknown, *other.unknown))),
            tuple(dict.fromkeys((*self.doubt, *other.doubt))),
        )


# --- what the nodes serve ---------------------------------------------------------------------------------------------


def by_node(phone: PhoneState) -> dict[str, tuple[ServedFile, ...]]:
    """The answers of each node, in the order they were asked."""
    nodes: dict[str, list[ServedFile]] = {}
    for found in phone.files:
        nodes.setdefault(found.node, []).append(found)
    return {node: tuple(files) for node, files in nodes.items()}


def good_files(phone: PhoneState) -> tuple[ServedFile, ...]:
    """Every answer that is a file which could be read."""
    return tuple(found for found in phone.files if found.status == "ok")


class Nodes(NamedTuple):
    """The nodes that a phone may ask. own: those of them that were asked here; missing: why that may not be all."""

    own: frozenset[str]
    missing: tuple[str, ...] = ()


def nodes_of(phone: PhoneState, listed: tuple[str, ...] | None) -> Nodes:
    """Those its network page names, where each of them was asked here; else every node of the cluster.

    listed: the cluster's nodes that serve files, None where not learned. A page may name a node by an address that the
    cluster has another name for: then nothing is left out.
    """
    asked = {found.node.lower(): found.node for found in phone.files}
    network = phone.web.network if phone.web is not None and phone.web.network is not None else {}
    named = [
        value.strip().lower()
        for label, value in network.items()
        if label.replace(" ", "").lower().startswith("tftpserver") and value.strip()
    ]
    if named and all(name in asked for name in named):
        return Nodes(frozenset(asked[name] for name in named))
    own = frozenset(asked.values())
    if listed is None:
        return Nodes(own, ("which nodes serve the phone its file is not known",))
    short = {name.partition(".")[0] for name in asked}
    lost = [name for name in listed if name.lower() not in asked and name.lower().partition(".")[0] not in short]
    return Nodes(own, tuple(f"its file on {name} was not asked for" for name in lost))


def served(phone: PhoneState | None, listed: tuple[str, ...] | None) -> Files:
    """What a fetch would give: each of its nodes must be readable, since a phone may ask any of them.

    A node that gives the file one way (HTTP or TFTP) is readable; what its other way says does not count then.
    """
    if phone is None or not phone.files:
        return Files((), (_unknown("no TFTP node was asked for its file"),))
    variants: list[VpnGroupConfig | None] = []
    nodes = nodes_of(phone, listed)
    unknown = [_unknown(text) for text in nodes.missing]
    for node, answers in by_node(phone).items():
        if node not in nodes.own:
            continue
        read = [found for found in answers if found.status == "ok"]
        variants += [found.vpn for found in read]
        if not read:
            unknown.append(_unread(node, answers))
    return Files(tuple(dict.fromkeys(variants)), tuple(dict.fromkeys(unknown)))


def _unread(node: str, answers: tuple[ServedFile, ...]) -> Reason:
    statuses = {found.status for found in answers}
    if "encrypted" in statuses:
        return _unknown(f"its file on {node} is encrypted, so what it holds cannot be read", _ENCRYPTED)
    if statuses == {"absent"}:
        return _unknown(f"{node} has no file of it", "PERSON: look whether the phone is in CUCM and TFTP runs there.")
    # Without its detail, which may name the phone: phones with one cause are one line of a report.
    return _unknown(f"its file on {node} was not read ({answers[0].status})")


# --- what the phone holds ---------------------------------------------------------------------------------------------


def _own_files(phone: PhoneState) -> list[ServedFile]:
    """The files that could be read of the nodes that the phone asks."""
    own = nodes_of(phone, ()).own
    return [found for found in good_files(phone) if found.node in own]


class Fetch(NamedTuple):
    """Has the phone fetched what is served; why not, or why not for sure, in words ("" where it has).

    shown: its status messages show it. proven: and nothing else can explain them. why is the same for all phones with
    one cause; detail has the names and times of this one.
    """

    shown: bool
    why: str = ""
    detail: str = ""

    @property
    def proven(self) -> bool:
        return self.shown and not self.why


def held(phone: PhoneState | None, registration: Registration | None, listed: tuple[str, ...] | None) -> Files:
    """The served file where the phone's status messages show that it fetched it after it was built, else unknown."""
    if phone is not None and phone.files and not _own_files(phone):
        return served(phone, listed)
    fetch = fetched(phone, registration)
    text = f"whether the phone holds the file that is served is not proven: {fetch.why}"
    if not fetch.shown:
        return Files((), (_unknown(text),))
    return served(phone, listed)._replace(doubt=() if fetch.proven else (_unknown(text),))


def fetched(phone: PhoneState | None, registration: Registration | None) -> Fetch:
    """F-067: a line with the file's name, at or after the time it was built on every node, and no failure since.

    Lines have a time of day alone, so an old one of yesterday looks like one of today. That the phone registered
    after the file was built shows that it is of today: every Apply, Reset and Restart fetches and registers anew. A
    phone that is not registered has nothing to show it by.
    """
    files = _own_files(phone) if phone is not None else []
    if phone is None or not files:
        return Fetch(False, "no node's file could be read")
    built = [found.built_at for found in files]
    if None in built:
        return Fetch(False, "the file has no signed envelope that says when it was built")
    newest = max(moment for moment in built if moment is not None)
    web = phone.web
    if web is None or web.status_messages is None or web.clock is None:
        return Fetch(False, _no_page(web))
    names = {found.name for found in files}
    if len(names) > 1:
        return Fetch(False, "the nodes serve files of other names", ", ".join(sorted(names)))
    name = names.pop()
    lines = [(age, line) for line in web.status_messages if (age := age_of(line, web.clock)) is not None]
    good = min((age for age, line in lines if is_success(line, name)), default=None)
    if good is None:
        return Fetch(False, "its status messages do not show that it fetched its file", name)
    failed = [line for age, line in lines if is_failure(line, phone.name) and age <= good]
    if failed:
        return Fetch(False, "its status messages show a failure after the last fetch", failed[0].text)
    moment = web.read_at - timedelta(seconds=good)
    if moment < newest:
        detail = f"fetched {moment:%H:%M:%S} UTC, built {newest:%Y-%m-%d %H:%M:%S} UTC"
        return Fetch(False, "its last fetch is older than the file", detail)
    if registration is None or registration.since is None:
        return Fetch(True, "the line has no date, and the phone is not registered, or not known since when")
    if registration.since < newest:
        detail = f"registered {registration.since:%Y-%m-%d %H:%M:%S} UTC, built {newest:%Y-%m-%d %H:%M:%S} UTC"
        return Fetch(False, "it is registered since before the file was built", detail)
    return Fetch(True)


def _no_page(web: PhoneWeb | None) -> str:
    if web is None:
        return "its web pages were not read (web access is off, or it is not reachable)"
    if web.status_messages is None:
        return "its status messages were not read"
    return "the phone's clock is not known, so its status messages have no age"


def age_of(line: StatusMessage, clock: int) -> int | None:
    """Seconds since a line was written, by the phone's own clock and within one day; None where it has no time."""
    return None if line.seconds is None else (clock - line.seconds) % DAY


def is_success(line: StatusMessage, name: str) -> bool:
    """The line that a phone writes for a file it took: the name alone."""
    return line.text.strip() == name


def is_failure(line: StatusMessage, phone: str) -> bool:
    """A trust list that failed, or a fetch of the phone's own file that did (F-068)."""
    text = line.text.strip().lower()
    found = next((word for word in _FAILED if text.startswith(word)), "")
    return bool(found) and (found.startswith("trust list") or phone.lower() in text)


# --- can it be reached ------------------------------------------------------------------------------------------------


def reachable(registration: Registration | None, known: bool, connected: bool) -> bool | None:
    """A phone with a session, or registered, takes what CUCM gives it; None where that cannot be told.

    known: the registrations were learned, so that one without an entry is not registered.
    """
    if connected:
        return True
    if registration is not None:
        return registration.status.strip().lower() == "registered"
    return False if known else None


def _unknown(text: str, *fix: str) -> Reason:
    return Reason(step=FILE, verdict="UNKNOWN", text=text, features=("F-021", "F-067"), fix=fix)
