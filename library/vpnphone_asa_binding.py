#!/usr/bin/python
"""Stage switch of a certificate renewal on one ASA, and back: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_asa_binding
short_description: Bind an ASA's new certificate in place of the old one, watch the phones, return by itself
version_added: "0.3.0"
description:
  - Stage switch of a renewal (O(state=new)), its rollback (O(state=old)), and the old trustpoint taken away after a
    time of grace (O(cleanup=true)).
  - Refused unless the unit is the active one, everything else of its configuration is saved, both trustpoints hold
    byte for byte what the journal says, the failover mate holds the new certificate, and the gate of the switch is
    open (every phone foretold to connect, proven or waived; made by the renewal's own module).
  - Then, each step proven by reading the device - a dead man is armed on the ASA (an applet of the event manager that
    binds the old trustpoint again after a countdown), the new trustpoint is bound by the one command that replaces the
    old one, every offer of a phone must be shown exactly the new certificate, one phone is logged off and must come
    back, sessions and log are watched, the dead man is taken away, the configuration is saved, and the mate is looked
    at again.
  - At the first doubt behind the bind the old trustpoint is bound again, proven, and the stage ends as V(returned),
    with the phones named that are not back.
  - Nothing is saved while the dead man is armed, so a reload is a return too. A run that was killed leaves the device
    to the dead man; a later one reads the device and goes on, or closes the stage as returned.
  - Nothing is done without an approval of exactly this plan. In check mode the plan is made and RV(token) says what
    approves it; handshakes are made then too.
  - Releases before 9.2(1) and devices with contexts have no event manager; see O(accept_no_dead_man).
  - Runs in Ansible's worker process; the connection comes from the ordinary inventory variables, as with
    M(vpnphone_asa_info).
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: The plan is made from the device as it is and kept in the renewal's journal; nothing is changed.
  diff_mode:
    support: full
    description: Shows what is bound to the interface, running and saved, before and after.
  idempotent:
    support: full
    description: A stage that is done does nothing; one that was cut short does what is left.
  platform:
    support: full
    platforms: Cisco ASA 8.0 to 9.2x
    description: The systems whose output is understood. Devices with contexts only without a dead man.
extends_documentation_fragment:
  - vpnphone_asa
  - vpnphone_approved
options:
  name:
    description: Name of the ASA in the renewal; the inventory name by default.
    type: str
  state:
    description: V(new) switches; V(old) takes the switch back.
    type: str
    choices: [new, old]
    default: new
  cleanup:
    description: Take the old trustpoint away instead (stage cleanup); only with O(state=new).
    type: bool
    default: false
  grace_days:
    description: Days after the switch before the old trustpoint may go. From C(vpnphone_grace_days).
    type: int
    default: 7
  canary:
    description:
      - The phone (SEP...) that is logged off and must come back. From C(vpnphone_switch_canary).
      - The first phone of the renewal that is connected, by default. One at which a person must type cannot be it.
    type: str
    default: ""
  canary_timeout:
    description:
      - Seconds until it must be back; phones may take more than eight minutes. From
        C(vpnphone_switch_canary_timeout).
    type: int
    default: 900
  soak:
    description: Seconds for which sessions and log are watched before saving. From C(vpnphone_switch_soak).
    type: int
    default: 600
  poll:
    description: Seconds between two looks. From C(vpnphone_switch_poll).
    type: int
    default: 15
  max_lost:
    description:
      - Sessions in the phones' tunnel-groups that may be lost against before. From C(vpnphone_switch_max_lost).
      - Who had one and has none counts, whoever came meanwhile.
    type: int
    default: 1
  max_alerts:
    description:
      - Handshakes of phones that may fail since the bind (725006 at their addresses, C(unknown ca) in 725014), as far
        as the log buffer tells. From C(vpnphone_switch_max_alerts).
    type: int
    default: 3
  margin:
    description:
      - Seconds that the dead man waits beyond O(canary_timeout) and O(soak). From C(vpnphone_switch_margin).
    type: int
    default: 300
  accept_no_dead_man:
    description:
      - Switch an ASA on which no dead man can be armed. From C(vpnphone_accept_no_dead_man). Somebody should be at its
        console then.
    type: bool
    default: false
  accept_no_canary:
    description:
      - Switch an ASA with no connected phone of the renewal, such as one for emergencies. From
        C(vpnphone_accept_no_canary).
    type: bool
    default: false
  accept_unsaved:
    description: Save others' unsaved changes along with the switch. From C(vpnphone_accept_unsaved).
    type: bool
    default: false
  urls:
    description:
      - Gateway URLs of this ASA besides those of the journal's gateways. From C(vpnphone_gateway_urls).
    type: list
    elements: str
    default: []
  tunnel_groups:
    description:
      - Tunnel-groups whose sessions are phones', besides those with a gateway URL. From C(vpnphone_tunnel_groups).
    type: list
    elements: str
    default: []
  phone_models_file:
    description: The phone table, with what each model offers. From C(vpnphone_phone_models_file).
    type: path
    required: true
  models_in_use:
    description:
      - Models whose offers are made. From C(vpnphone_models_in_use); every row of the table by default.
    type: list
    elements: str
    default: []
  connect_to:
    description:
      - Where to connect instead, as C(curl --connect-to); C({"vpn.example.com:443":"198.51.100.10:443"}). From
        C(vpnphone_connect_to).
    type: dict
    default: {}
  sni:
    description: Name the URL's host in the handshake, unless it is an address. From C(vpnphone_sni).
    type: bool
    default: true
  recovery_seconds:
    description: How long a device that was lost is tried again. From C(vpnphone_recovery_seconds).
    type: int
    default: 120
  lock_dir:
    description: Directory of the locks of devices. From C(vpnphone_lock_dir).
    type: path
    default: ~/.local/state/vpnphone/locks
  context:
    description: Security context to change, on a device in multiple mode. From C(vpnphone_context).
    type: str
"""

EXAMPLES = r"""
- name: Plan the switch
  vpnphone_asa_binding:
    renewal_dir: renewals/2027
    phone_models_file: roles/assess/files/phone_models.yml
  check_mode: true
  register: planned

- name: Switch as approved, and watch for half an hour
  vpnphone_asa_binding:
    renewal_dir: renewals/2027
    phone_models_file: roles/assess/files/phone_models.yml
    approval: "{{ planned.token }}"
    approved_by: J. Doe
    canary: SEP8CB64F576113
    soak: 1800

- name: Take the switch back
  vpnphone_asa_binding:
    renewal_dir: renewals/2027
    phone_models_file: roles/assess/files/phone_models.yml
    state: old
    approval: 90ab12cd34ef
    approved_by: J. Doe

- name: Take the old trustpoint away, a week later
  vpnphone_asa_binding:
    renewal_dir: renewals/2027
    phone_models_file: roles/assess/files/phone_models.yml
    cleanup: true
    approval: 1a2b3c4d5e6f
    approved_by: J. Doe
"""

RETURN = r"""
outcome:
  description:
    - V(planned), V(done), V(rolled_back), or V(returned) where the old trustpoint was bound again; the task has failed
      then.
  returned: success, and where the switch returned
  type: str
  sample: done
message:
  description: The outcome in a sentence, with the command to type next where there is one.
  returned: success, and where the switch returned
  type: str
  sample: "8 steps are planned on asa-hq. To do: ansible-playbook playbooks/renewal/switch.yml ..."
token:
  description: What approves the plans of the stage; empty where nothing is to be approved.
  returned: success
  type: str
  sample: 5f0c6f1a9b2e
plan:
  description: What was planned, with the facts it was planned from.
  returned: success
  type: dict
  sample: {stage: switch, target: asa-hq, hash: 1c9d..., actions: [{id: arm}, {id: bind}]}
actions:
  description: Ids of the planned actions.
  returned: success
  type: list
  elements: str
  sample: [arm, bind, probe, canary, watch, disarm, save, mate]
commands:
  description: What was sent, or would be.
  returned: success
  type: list
  elements: str
  sample: ["ssl trust-point VPN_2027 outside"]
done:
  description: Ids of the actions that this run did and proved.
  returned: success
  type: list
  elements: str
  sample: [arm, bind, probe, canary, watch, disarm, save, mate]
before:
  description: What is bound to the interface, running and saved, both trustpoints, and the dead man, as found.
  returned: success
  type: list
  elements: str
  sample: ["ssl trust-point VPN_2026 outside"]
after:
  description: The same as read afterwards, or as planned.
  returned: success
  type: list
  elements: str
  sample: ["ssl trust-point VPN_2027 outside"]
warnings:
  description: What an approver must know.
  returned: success
  type: list
  elements: str
  sample: ["the log buffer does not hold 725014: `unknown ca` is not seen, failed handshakes (725006) are"]
error:
  description: Why it was refused, returned or cut short; what was done before it is said.
  returned: failure or unreachable
  type: dict
  sample: {code: canary_not_back, what: "...", where: asa-hq, todo: "..."}
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ansible.module_utils.vpnphone.apply.lock import DEFAULT_DIRECTORY, device_lock
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.given import check_limits, target_name
from ansible.module_utils.vpnphone.model import Probe
from ansible.module_utils.vpnphone.phone_models import read_phone_models
from ansible.module_utils.vpnphone.probe import Offers, offers_of, probe_urls
from ansible.module_utils.vpnphone.renewal.flow import StageReturned, run_rollback, run_stage, who
from ansible.module_utils.vpnphone.renewal.journal import open_journal
from ansible.module_utils.vpnphone.renewal.switch_plan import Settings
from ansible.module_utils.vpnphone.renewal.switch_watch import Limits
from ansible.module_utils.vpnphone.standalone import run_module
from ansible.module_utils.vpnphone.switch.link import Clock, Link
from ansible.module_utils.vpnphone.switch.steps import Prober
from ansible.module_utils.vpnphone.switch.work import BindingWork, Site
from ansible.module_utils.vpnphone.transport.asa_dialogue import DialogueSession
from ansible.module_utils.vpnphone.transport.options import CONNECTION_SPEC, CONNECTION_VARIABLES, Connection

STRINGS: dict[str, Any] = {"type": "list", "elements": "str", "default": []}
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "renewal_dir": {"type": "path", "required": True},
    "state": {"type": "str", "choices": ["new", "old"], "default": "new"},
    "cleanup": {"type": "bool", "default": False},
    "approval": {"type": "str", "default": ""},
    "approved_by": {"type": "str", "default": ""},
    "grace_days": {"type": "int", "default": 7},
    "canary": {"type": "str", "default": ""},
    "canary_timeout": {"type": "int", "default": 900},
    "soak": {"type": "int", "default": 600},
    "poll": {"type": "int", "default": 15},
    "max_lost": {"type": "int", "default": 1},
    "max_alerts": {"type": "int", "default": 3},
    "margin": {"type": "int", "default": 300},
    "accept_no_dead_man": {"type": "bool", "default": False},
    "accept_no_canary": {"type": "bool", "default": False},
    "accept_unsaved": {"type": "bool", "default": False},
    "urls": STRINGS,
    "tunnel_groups": STRINGS,
    "phone_models_file": {"type": "path", "required": True},
    "models_in_use": STRINGS,
    "connect_to": {"type": "dict", "default": {}},
    "sni": {"type": "bool", "default": True},
    "recovery_seconds": {"type": "int", "default": 120},
    "lock_dir": {"type": "path", "default": DEFAULT_DIRECTORY},
    **CONNECTION_SPEC,
}
INVENTORY_VARIABLES: dict[str, tuple[str, ...]] = {
    **CONNECTION_VARIABLES,
    "approval": ("vpnphone_approval",),
    "approved_by": ("vpnphone_approved_by",),
    "grace_days": ("vpnphone_grace_days",),
    "canary": ("vpnphone_switch_canary",),
    "canary_timeout": ("vpnphone_switch_canary_timeout",),
    "soak": ("vpnphone_switch_soak",),
    "poll": ("vpnphone_switch_poll",),
    "max_lost": ("vpnphone_switch_max_lost",),
    "max_alerts": ("vpnphone_switch_max_alerts",),
    "margin": ("vpnphone_switch_margin",),
    "accept_no_dead_man": ("vpnphone_accept_no_dead_man",),
    "accept_no_canary": ("vpnphone_accept_no_canary",),
    "accept_unsaved": ("vpnphone_accept_unsaved",),
    "urls": ("vpnphone_gateway_urls",),
    "tunnel_groups": ("vpnphone_tunnel_groups",),
    "phone_models_file": ("vpnphone_phone_models_file",),
    "models_in_use": ("vpnphone_models_in_use",),
    "connect_to": ("vpnphone_connect_to",),
    "sni": ("vpnphone_sni",),
    "recovery_seconds": ("vpnphone_recovery_seconds",),
    "lock_dir": ("vpnphone_lock_dir",),
}
# Option -> the least and the most it may be.
_LIMITS = {
    "canary_timeout": (1, 86400),
    "soak": (0, 86400),
    "poll": (1, 600),
    "max_lost": (0, 100000),
    "max_alerts": (0, 1000000),
    # Less would be over before the commands are typed on a busy device.
    "margin": (60, 86400),
    "grace_days": (0, 3650),
    "recovery_seconds": (0, 86400),
}


def execute(params: dict[str, Any], check_mode: bool = False, *, clock: Clock | None = None) -> dict[str, Any]:
    """Raises VpnPhoneError; what was done before it stands in the journal and in the error. clock: for tests."""
    name = _checked(params)
    directory, clock = Path(params["renewal_dir"]), clock or Clock()
    connection = Connection.of(params)
    context = params["context"] or ""
    address = f"{connection.host}:{connection.port}" + (f":{context}" if context else "")
    how: dict[str, Any] = {
        "approval": params["approval"], "approved_by": params["approved_by"], "check_mode": check_mode
    }  # fmt: skip
    offers = offers_of(read_phone_models(Path(params["phone_models_file"])), params["models_in_use"])
    prober = _prober(params, name, offers)
    with device_lock(Path(params["lock_dir"]).expanduser(), name, address, run=f"renewal {directory.name}"):
        link = Link(name, lambda: DialogueSession(connection, name=name), float(params["recovery_seconds"]), clock)
        work = BindingWork(
            link, name, directory, _settings(params), prober, context=context, check=check_mode, clock=clock,
            site=Site(tuple(params["urls"]), tuple(params["tunnel_groups"]), offers.untold),
            by=who(params["approved_by"]), grace_days=params["grace_days"],
        )  # fmt: skip
        try:
            if params["cleanup"]:
                result = run_stage(directory, work.cleanup, ("cleanup", name), **how)
            elif params["state"] == "new":
                result = run_stage(directory, work.switch, ("switch", name), **how)
            else:
                result = run_rollback(directory, work.give_back, ("switch", name), **how)
            return result | work.shown(open_journal(directory), result)
        except StageReturned as error:
            return {
                "failed": True,
                "changed": True,
                "outcome": "returned",
                "message": error.what,
                "msg": str(error),
                "error": error.as_dict(),
            }
        finally:
            link.close()


def _checked(params: dict[str, Any]) -> str:
    """The ASA's name. BadInput without one, and for numbers that make no sense."""
    name = target_name(params)
    check_limits(params, _LIMITS, INVENTORY_VARIABLES, name)
    if params["cleanup"] and params["state"] != "new":
        raise BadInput(
            "cleanup and state old do not go together.", where=name, todo="The cleanup is done with state new."
        )
    return name


def _settings(params: dict[str, Any]) -> Settings:
    return Settings(
        canary=params["canary"].strip(),
        canary_timeout=params["canary_timeout"],
        soak=params["soak"],
        poll=params["poll"],
        limits=Limits(params["max_lost"], params["max_alerts"]),
        margin=params["margin"],
        accept_no_dead_man=params["accept_no_dead_man"],
        accept_no_canary=params["accept_no_canary"],
        accept_unsaved=params["accept_unsaved"],
    )


def _prober(params: dict[str, Any], name: str, offers: Offers) -> Prober:
    """Handshakes with the offers of phones; a browser's is nobody's whom a wrong certificate locks out."""
    named = [one for one in offers.named if one.name != "browser"]
    connect_to = {str(where): str(to) for where, to in params["connect_to"].items()}

    def probe(urls: Iterable[str]) -> tuple[Probe, ...]:
        wait = float(params["connect_timeout"])
        return probe_urls(name, list(urls), named, connect_to, sni=params["sni"], connect=wait).probes

    return probe


def main() -> None:
    run_module(ARGUMENT_SPEC, execute)


if __name__ == "__main__":
    main()
