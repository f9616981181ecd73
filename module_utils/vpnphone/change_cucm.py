"""Changes to one cluster, each proven by reading the cluster again: the sender's yes is no proof, nor is its silence.

An error of the way there leaves open whether a change was taken; what the cluster then shows decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from .errors import ChangeRefused, VpnPhoneError
from .gather_cucm import live_vpn
from .model import CucmState, TrustedCertificate
from .model.renewal import CertificateNote
from .parse.cucm.stores import cli_unit, upload_service
from .renewal.gateway import ListChange, members_of, same_members
from .renewal.store import VPN_TRUST, Member, describe, in_the_way, row_of, rows_of, title
from .renewal.trust_way import BY_HAND, FIRST_WITH_API, Way, release_of
from .soap import shown
from .transport.axl_write import update_gateway
from .transport.cluster import ClusterSession
from .transport.cucm_os_write import FILE, UNIT, delete_trust, import_trust

# The database learns of a file that came or went within seconds [K].
SETTLE = 120
PACE = 5.0
# With these the change was not taken: it was refused, or never sent.
NOT_TAKEN = frozenset(
    (
        "soap_fault", "certificate_refused", "command_refused", "bad_input", "throttled", "service_missing",
        "http_unauthorized", "http_forbidden", "http_redirect",
        "connection_refused", "name_unknown", "timeout_connect", "no_route",
        "tls_untrusted", "tls_expired", "tls_wrong_host", "tls_pin_differs", "tls_failed",
        "login_refused", "host_key_unknown", "host_key_changed", "no_common_algorithm", "ssh_failed",
        "jump_failed", "file_missing", "ca_file", "bad_pin", "ssh_config",
    )
)  # fmt: skip


T = TypeVar("T")


class ByHand(VpnPhoneError):
    """A person has to do this step; it is looked for when the stage runs again."""

    code = "manual_step"


class Seen(NamedTuple):
    """A cluster before a change: what it shows, and what its platform calls Phone-VPN-trust ("" where that is open)."""

    state: CucmState
    service: str
    unit: str


def look(session: ClusterSession, device: str, *, platform: bool = True) -> Seen:
    """VpnPhoneError where AXL cannot be asked; everything else costs its section."""
    state, answers = live_vpn(session, device, platform=platform)
    if not platform or not session.has_platform_login:
        return Seen(state, "", "")
    told = [answer.value for answer in answers.get("snapshot_server", ()) if answer.status == "ok"]
    service = upload_service(*(text for text in told if isinstance(text, str)))
    if not service and release_of(state.version) >= FIRST_WITH_API:
        # The store is empty, or has another name there.
        try:
            with session.certificates() as api:
                service = upload_service(api.options().decode("utf-8", "replace"))
        except VpnPhoneError:
            service = ""
    return Seen(state, service, cli_unit(state.trust_files))


# --- trust store ------------------------------------------------------------------------------------------------------


def put_certificate(
    session: ClusterSession,
    device: str,
    way: Way,
    note: CertificateNote,
    lost: Callable[[Sequence[TrustedCertificate]], None],
    settle: float = SETTLE,
) -> str:
    """Upload, then wait until the database shows its hash; the node's words.

    lost: raises where the rows lack what must not be lost. ChangeRefused certificate_not_stored; ByHand where a person
    uploads and has not yet.
    """
    sent = None if way.method == "manual" else _attempt(lambda: _send(session, way, note))

    def test(rows: Sequence[TrustedCertificate]) -> bool:
        lost(rows)
        return row_of(rows, note) is not None

    rows = _wait(session, device, test, settle, sent)
    if rows is None:
        return sent.words if sent is not None else ""
    if sent is None:
        raise ByHand(
            f"{title(note)} is not in {VPN_TRUST} yet.",
            where=device,
            todo=f"{BY_HAND} > Upload Certificate: purpose {VPN_TRUST}, on the publisher. Then run the same command"
            " again.",
        )
    if sent.error is not None:
        raise sent.error
    there = in_the_way(rows, note)
    why = f"; {describe(there)} has the same common name, and one whose validity starts later stays" if there else ""
    raise ChangeRefused(
        f"{title(note)} was uploaded, and {VPN_TRUST} does not have it after {settle:.0f} s{why}. The node said:"
        f" {shown(sent.words) or 'nothing'}.",
        where=device,
        todo="The old certificate is still there and nothing else was changed. Look at the store in Cisco Unified OS"
        " Administration; another common name, or the CA in place of the certificate, has a file of its own.",
        code="certificate_not_stored",
    )


def _send(session: ClusterSession, way: Way, note: CertificateNote) -> str:
    if way.method == "rest":
        with session.certificates() as api:
            return api.upload(way.name, note.pem, "VPN phones")
    with session.cli() as cli:
        return import_trust(cli, way.name, note.pem)


def take_certificate(
    session: ClusterSession,
    device: str,
    note: CertificateNote,
    unit: str,
    file: str,
    lost: Callable[[Sequence[TrustedCertificate]], None],
    settle: float = SETTLE,
) -> str:
    """Delete by its file at the command line, then wait until the database lacks its hash; the node's words.

    ByHand where unit or file is not known. ChangeRefused certificate_not_deleted.
    """
    can = UNIT.fullmatch(unit) and FILE.fullmatch(file) and session.has_platform_login
    sent = _attempt(lambda: _delete(session, unit, file)) if can else None

    def test(rows: Sequence[TrustedCertificate]) -> bool:
        lost(rows)
        return row_of(rows, note) is None

    if _wait(session, device, test, settle, sent) is None:
        return sent.words if sent is not None else ""
    if sent is None:
        raise ByHand(
            f"{title(note)} is still in {VPN_TRUST}.",
            where=device,
            todo=f"{BY_HAND}: {VPN_TRUST}, the one with serial {note.serial} > Delete. Then run the same command"
            " again.",
        )
    if sent.error is not None:
        raise sent.error
    raise ChangeRefused(
        f"{title(note)} is still in {VPN_TRUST} after {settle:.0f} s. The node said: {shown(sent.words) or 'nothing'}.",
        where=device,
        todo=f"Delete it by hand ({BY_HAND}), then run again.",
        code="certificate_not_deleted",
    )


def _delete(session: ClusterSession, unit: str, file: str) -> str:
    with session.cli() as cli:
        return delete_trust(cli, unit, file)


class _Sent(NamedTuple):
    """What the node said to a change, or the error that leaves open whether it was taken."""

    words: str = ""
    error: VpnPhoneError | None = None


def _attempt(send: Callable[[], str]) -> _Sent:
    """Send it. An error after which it was certainly not taken is raised."""
    try:
        return _Sent(send())
    except VpnPhoneError as error:
        if error.code in NOT_TAKEN:
            raise
        return _Sent("", error)


def _wait(
    session: ClusterSession,
    device: str,
    test: Callable[[Sequence[TrustedCertificate]], bool],
    settle: float,
    sent: _Sent | None,
) -> tuple[TrustedCertificate, ...] | None:
    """None once the test holds; the last rows where it does not within that time (seconds). Nothing sent: one look."""

    def read() -> tuple[TrustedCertificate, ...]:
        return rows_of(look(session, device, platform=False).state)

    if sent is None:
        rows = read()
        return None if test(rows) else rows
    for left in range(int(settle // PACE), -1, -1):
        rows = _again(read, device, sent)
        if test(rows):
            return None
        if left:
            session.pause(PACE)
    return rows


def _again(read: Callable[[], T], device: str, sent: _Sent) -> T:
    """What the cluster shows after a change; where it shows nothing, that is said, and that the change stands open."""
    try:
        return read()
    except VpnPhoneError as error:
        first = f"{sent.error.what} " if sent.error is not None else ""
        raise ChangeUnproven(
            f"a change was sent, and what became of it is not known: {first}Read back: {error.what}",
            where=device,
            todo="Apply no configuration to phones. Run the same command again once the publisher answers: it reads"
            " first, and goes on with what is left of the approved plan.",
        ) from error


class ChangeUnproven(VpnPhoneError):
    """A change was sent and could not be read back."""

    code = "change_unproven"
    unreachable = True


# --- gateways ---------------------------------------------------------------------------------------------------------


def change_list(session: ClusterSession, device: str, change: ListChange) -> tuple[Member, ...]:
    """One list in place of another, from exactly the list that was planned from; the list as it is read afterwards.

    ChangeRefused: plan_differs (nothing was sent), gateway_differs. The error of the way there where it was not taken.
    """
    now = _list(session, device, change.name)
    if same_members(now, change.after):
        return now
    if not same_members(now, change.before):
        raise ChangeRefused(
            f"the list of gateway {shown(change.name, 60)} changed since it was planned: {_said(now)}.",
            where=device,
            todo="Nothing was sent. Find out who changed it, then plan and approve again.",
            code="plan_differs",
        )
    sent = _attempt(lambda: _update(session, device, change))
    read = _again(lambda: _list(session, device, change.name), device, sent)
    if same_members(read, change.after):
        return read
    if same_members(read, change.before) and sent.error is not None:
        raise sent.error
    raise ChangeRefused(
        f"gateway {shown(change.name, 60)} lists after the change what was not sent: {_said(read)}.",
        where=device,
        todo="Apply no configuration to any phone. Put the list in order (Advanced Features > VPN > VPN Gateway; the"
        " one before is in the journal), or run playbooks/renewal/rollback.yml with vpnphone_rollback=gateway.",
        code="gateway_differs",
    )


def _said(members: Sequence[Member]) -> str:
    return (
        "; ".join(f"issuer {shown(issuer, 80)} serial {shown(serial, 50)}" for issuer, serial in members) or "nothing"
    )


def _update(session: ClusterSession, device: str, change: ListChange) -> str:
    update_gateway(session.axl, change.name, change.after, where=device)
    return ""


def _list(session: ClusterSession, device: str, name: str) -> tuple[Member, ...]:
    state = look(session, device, platform=False).state
    found = next((gateway for gateway in state.gateways or () if gateway.name == name), None)
    if found is None:
        source = state.sources.get("gateways")
        raise ChangeRefused(
            f"gateway {shown(name, 60)} cannot be read: {shown(source.detail if source else '') or 'it is not there'}.",
            where=device,
            todo="Look at Advanced Features > VPN > VPN Gateway, and at the rights of the AXL user.",
            code="gateway_missing",
        )
    return members_of(found)
