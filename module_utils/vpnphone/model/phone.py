"""What was learned of one phone: the files that CUCM's nodes serve it, and its own web pages."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import field

from .base import Model
from .state import Source


class VpnGroupConfig(Model, frozen=True, kw_only=True):
    """The <vpnGroup> of SEP<MAC>.cnf.xml (F-023); None where the element is absent or no number.

    cert_hashes as printed (base64), in order; hash_alg 0 is SHA-1, every other value is unproven. auth_method: 0 user
    and password, 1 password only, 2 certificate.
    """

    urls: tuple[str, ...] = ()
    cert_hashes: tuple[str, ...] = ()
    hash_alg: int | None = None
    auth_method: int | None = None
    host_id_check: bool | None = None
    auto_net_detect: bool | None = None
    password_persistent: bool | None = None
    mtu: int | None = None
    fail_connect_time: int | None = None


FileStatus = Literal["ok", "absent", "encrypted", "unreadable", "refused", "unreachable", "timeout", "too_large"]


class ServedFile(Model, frozen=True, kw_only=True):
    """One phone's configuration file as one node serves it one way. Only the vpnGroup is kept of its content.

    status ok with vpn None: the file has no vpnGroup (a fact, F-050). name is the file that was found
    (SEP<MAC>.cnf.xml.sgn or SEP<MAC>.cnf.xml). signed: a .sgn envelope was there; its signature is not verified.
    built_at: the time stamp of the envelope, None without one. sha256 is over the whole file as served, lower-case hex.
    """

    node: str
    via: Literal["http", "tftp"]
    name: str
    status: FileStatus
    detail: str = ""
    signed: bool = False
    built_at: datetime | None = None
    sha256: str = ""
    vpn: VpnGroupConfig | None = None


class StatusMessage(Model, frozen=True, kw_only=True):
    """One line of the phone's status messages: time of day (seconds since midnight by the phone's clock) and text.

    There is no date: seconds is None where no time is printed.
    """

    text: str
    seconds: int | None = None


class PhoneWeb(Model, frozen=True, kw_only=True):
    """The phone's own pages. None: that page was not read, sources says why (keys: status_messages, network,
    console_logs).

    clock: the phone's time of day in seconds when the status page was read, by the page itself or by the HTTP Date
    header; read_at: the controller's time (UTC) right before it was asked for.
    network maps a printed label ("TFTP Server 1") to its value. console_logs: names of the log files offered.
    """

    address: str
    read_at: datetime
    clock: int | None = None
    status_messages: tuple[StatusMessage, ...] | None = None
    network: dict[str, str] | None = None
    console_logs: tuple[str, ...] | None = None
    sources: dict[str, Source] = field(default_factory=dict)


class PhoneState(Model, frozen=True, kw_only=True):
    """One phone (name SEP<MAC>) as its CUCM's nodes and its own pages show it."""

    name: str
    cucm: str = ""
    files: tuple[ServedFile, ...] = ()
    web: PhoneWeb | None = None
    gathered_at: datetime | None = None
