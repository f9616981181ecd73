"""A change of the phones' profile on one ASA: what is desired, what would be sent, and what became of it."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from .base import Model

Area = Literal["tunnel_group", "group_policy", "ssl", "dap", "dap_xml"]
# Areas whose commands concern more than the phones' profile; each is sent only where its approval is given.
NEEDS_APPROVAL: tuple[Area, ...] = ("ssl", "dap_xml")


class DesiredTunnelGroup(Model, frozen=True, kw_only=True):
    """What the phones' connection profile must say. None or "": that line is left alone."""

    without_csd: bool | None = None
    group_url: str = ""
    authentication: Literal["certificate", ""] = ""


class DesiredGroupPolicy(Model, frozen=True, kw_only=True):
    """Explicit values of the phones' group-policy. None or "": that line is left alone.

    name "" is the policy that the tunnel-group names today; DfltGrpPolicy is never changed. vpn_filter and group_lock
    are "none" or the name of an ACL, of a tunnel-group.
    """

    name: str = ""
    simultaneous_logins: int | None = None
    ssl_client: bool | None = None
    group_lock: str = ""
    vpn_filter: str = ""
    split_tunnel_policy: Literal["tunnelall", ""] = ""


class DesiredSsl(Model, frozen=True, kw_only=True):
    """ciphers: protocol word of `ssl cipher` ("tlsv1.2", "dtlsv1", "default", ...) -> OpenSSL names in their order.

    On releases with `ssl encryption` the tokens of all lists together come first, those that stand there follow.
    """

    ciphers: dict[str, tuple[str, ...]] = field(default_factory=dict)


class DesiredDap(Model, frozen=True, kw_only=True):
    """The record that lets phones in: `dynamic-access-policy-record NAME`, its action and priority, its selection."""

    record: str
    action: Literal["continue"] = "continue"
    priority: int | None = None


class Desired(Model, frozen=True, kw_only=True):
    """The phones' profile on one ASA; an area that is None is left alone."""

    tunnel_group_name: str
    tunnel_group: DesiredTunnelGroup | None = None
    group_policy: DesiredGroupPolicy | None = None
    ssl: DesiredSsl | None = None
    dap: DesiredDap | None = None


class Step(Model, frozen=True, kw_only=True):
    """One configuration command and what undoes it.

    mode      the lines that lead to the block it is typed in, () for the global mode
    inverse   commands that undo it, typed in the same mode
    controls  why: ids of controls (VPNP-NNN)
    hits      who else is concerned ("every SSL client of this ASA"), "" where nobody is
    """

    area: Area
    command: str
    mode: tuple[str, ...] = ()
    inverse: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    hits: str = ""


class DapFile(Model, frozen=True, kw_only=True):
    """The change of dap.xml: the whole file as it must be, and SHA-256 (hex) of what it was ("" where absent)."""

    path: str
    text: str
    before_sha256: str
    sha256: str
    # Unified diff, escaped of control characters.
    diff: str
    controls: tuple[str, ...] = ()
    hits: str = ""


class ManualStep(Model, frozen=True, kw_only=True):
    """What a person must do: why it is not done here, and the exact commands or clicks in their order."""

    what: str
    why: str
    steps: tuple[str, ...]
    controls: tuple[str, ...] = ()


class Withheld(Model, frozen=True, kw_only=True):
    """An area whose commands are not sent, since its approval is missing. variable: what gives it."""

    area: Area
    commands: tuple[str, ...]
    hits: str
    variable: str


class Plan(Model, frozen=True, kw_only=True):
    """What a person approves is what is sent: hash is over everything else here, so over commands and state alike.

    state_hash     SHA-256 (hex) of the sections of the state that the plan was made from
    withheld_file  the new dap.xml where it is not sent, for a person to put there
    hash           SHA-256 (hex) of all other fields; "" while it is being made
    """

    schema: Literal["1.0"] = "1.0"
    device: str
    desired: Desired
    state_hash: str
    steps: tuple[Step, ...] = ()
    dap_file: DapFile | None = None
    withheld: tuple[Withheld, ...] = ()
    manual: tuple[ManualStep, ...] = ()
    withheld_file: DapFile | None = None
    hash: str = ""

    @property
    def empty(self) -> bool:
        """Nothing would be sent."""
        return not self.steps and self.dap_file is None


ChangeOutcome = Literal[
    "nothing_to_do",  # the device is as desired already
    "planned",  # check mode: nothing was sent
    "applied",  # the read-back equals what was desired
    "rolled_back",  # something failed, and the read-back equals the state before
    "partial",  # something failed, and what stands is told command by command
    "unknown",  # something failed, and the device could not be read again
]


class Sent(Model, frozen=True, kw_only=True):
    """One command that went to the device, in order. answer: what the device said, redacted; "" for nothing.

    verdict: accepted; refused (the device said no); doubtful (no whole answer came: it may or may not stand).
    purpose: change, rollback, backup, save, file.
    """

    command: str
    mode: tuple[str, ...] = ()
    purpose: Literal["change", "rollback", "backup", "save", "file"] = "change"
    verdict: Literal["accepted", "refused", "doubtful"] = "accepted"
    answer: str = ""


class Standing(Model, frozen=True, kw_only=True):
    """After a failure: whether a planned command stands on the device now. None: it could not be told."""

    command: str
    mode: tuple[str, ...] = ()
    stands: bool | None = None


class Change(Model, frozen=True, kw_only=True):
    """What one run did to one ASA.

    saved: True `write memory` said [OK]; False not saved (save_note says why); None nothing to save.
    failure: error code, text and what to do where the outcome is not a good one.
    """

    schema: Literal["1.0"] = "1.0"
    device: str
    outcome: ChangeOutcome
    plan: Plan
    sent: tuple[Sent, ...] = ()
    standing: tuple[Standing, ...] = ()
    saved: bool | None = None
    save_note: str = ""
    # Files on the device's flash that hold running-config, startup-config and dap.xml as they were.
    backups: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    error: dict[str, str] = field(default_factory=dict)
