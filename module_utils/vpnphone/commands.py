"""The read-only commands of one gather, in the order they are sent, and the section of AsaState each one fills.

The saved-outputs folder uses the same table: one file a command, named by file_name().
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from .model import AsaState


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """text is sent as it stands; section is the attribute of AsaState that its answer fills.

    wanted    decides from what is known so far whether to send it (None: always)
    older     ((8, 4), "show ..."): releases below that one know this text instead
    absent    a refusal that matches this is a fact ("the thing does not exist"), not a gap
    config    column-0 words of the lines of a whole running-config that belong to this section ((): not in a config)
    lines     a line that is not there is a fact, so the account must see every line; always so with config
    """

    section: str
    text: str
    wanted: Callable[[AsaState], bool] | None = None
    older: tuple[tuple[int, int], str] | None = None
    absent: str = ""
    config: tuple[str, ...] = ()
    lines: bool = False


def _has_failover(state: AsaState) -> bool:
    return state.failover is not None and state.failover.enabled and not state.failover.active_active


def _is_multiple(state: AsaState) -> bool:
    return state.mode == "multiple"


COMMANDS: tuple[Command, ...] = (
    Command(section="version", text="show version"),
    Command(section="mode", text="show mode"),
    Command(section="failover", text="show failover"),
    Command(section="ssl", text="show running-config all ssl", config=("ssl",)),
    Command(section="ssl_status", text="show ssl"),
    Command(section="ssl_suites", text="show ssl ciphers"),
    Command(section="webvpn", text="show running-config webvpn", config=("webvpn",)),
    Command(section="group_policies", text="show running-config group-policy", config=("group-policy",)),
    Command(section="default_group_policy", text="show running-config all group-policy DfltGrpPolicy"),
    Command(section="tunnel_groups", text="show running-config tunnel-group", config=("tunnel-group",)),
    Command(section="usernames", text="show running-config username", config=("username",)),
    Command(
        section="dap_records",
        text="show running-config dynamic-access-policy-record",
        config=("dynamic-access-policy-record",),
    ),
    Command(section="dap_xml", text="more disk0:/dap.xml", absent=r"No such file|not found|does not exist"),
    Command(section="certificates", text="show crypto ca certificates"),
    Command(section="trustpoints", text="show running-config crypto ca trustpoint", config=("crypto ca trustpoint",)),
    # [K] Without a trustpoint's name: some release may want one.
    Command(
        section="certificate_chain",
        text="show running-config crypto ca certificate chain",
        config=("crypto ca certificate chain",),
    ),
    Command(section="load_balancing", text="show running-config vpn load-balancing", config=("vpn load-balancing",)),
    Command(section="interfaces", text="show running-config interface", config=("interface",)),
    Command(section="aaa_servers", text="show aaa-server"),
    Command(section="ntp_servers", text="show running-config ntp", config=("ntp",)),
    Command(section="session_summary", text="show vpn-sessiondb summary"),
    Command(section="sessions", text="show vpn-sessiondb anyconnect", older=((8, 4), "show vpn-sessiondb svc")),
    Command(
        section="mate_certificates",
        text="failover exec mate show crypto ca certificates",
        wanted=_has_failover,
    ),
    # [K] Only those lines: a whole startup-config would cost more than all the rest.
    Command(
        section="startup_trust_points",
        text="show startup-config | include ^ssl trust-point",
        lines=True,
    ),
    Command(section="context_names", text="show context", wanted=_is_multiple),
    # Last: an answer is proven whole by the echo of the next command, and this one is a single line.
    Command(section="clock", text="show clock"),
)

BY_SECTION: dict[str, Command] = {command.section: command for command in COMMANDS}


def file_name(command: str) -> str:
    """The saved-outputs file of a command: every run of characters outside [A-Za-z0-9-] turned to one `_`."""
    return re.sub(r"[^A-Za-z0-9-]+", "_", command) + ".txt"
