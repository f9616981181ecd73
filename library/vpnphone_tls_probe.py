#!/usr/bin/python
"""Probe one ASA by TLS: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_tls_probe
short_description: See which certificate an ASA presents to a phone, and which to a browser
version_added: "0.1.0"
description:
  - Makes TLS handshakes with each gateway URL of one ASA, one with exactly the TLS versions and cipher suites of each
    phone model of the phone table, and one with those of a browser.
  - Returns the certificate and the chain as they were sent, with their hashes (SHA-1 as phones pin it, in hex and
    base64, and SHA-256), the TLS version and the cipher suite; or the alert that came instead.
  - Trusts nothing that is presented and sends nothing but the handshake, no client certificate either.
  - Looking with a browser alone is a trap, since an ASA of 9.4(1) and later may present another certificate to it.
  - Where this controller's TLS library cannot make a model's offer, that handshake is C(impossible) with its reason,
    and not made with another offer in its place.
  - Runs once for an ASA. Failures of a handshake are results (RV(probes)), never a failure of the task.
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: Reads only, so check mode makes no difference.
  diff_mode:
    support: none
    description: Nothing is changed.
  idempotent:
    support: full
    description: Nothing is changed.
  platform:
    support: full
    platforms: Cisco ASA 8.0 to 9.2x
    description: Whatever speaks TLS.
options:
  name:
    description: Name of the ASA in results and reports; the inventory name by default.
    type: str
  run_dir:
    description:
      - Directory of an audit run. The group-urls of the phones are taken from what M(vpnphone_asa_info) kept there;
        the result is kept there for M(vpnphone_assess). From C(gather_run_dir).
    type: path
  urls:
    description:
      - The URLs typed in CUCM's VPN gateways, C(https://HOST/PATH). From C(vpnphone_gateway_urls).
      - The enabled group-urls of the phones' tunnel-groups in its configuration are added where O(run_dir) is given.
    type: list
    elements: str
    default: []
  connect_to:
    description:
      - Where to connect instead, C(host:port) of a URL to C(host:port) to dial, as C(curl --connect-to) has it. From
        C(vpnphone_connect_to). Without an entry it is the URL's own host and port.
      - For a controller inside, where the public name leads elsewhere; and to probe each unit of a pair.
    type: dict
    default: {}
  sni:
    description:
      - Name the URL's host in the handshake (SNI), unless it is an address. From C(vpnphone_sni).
      - Whether old phones do so is not known. It matters only for an ASA with C(ssl trust-point NAME domain FQDN).
    type: bool
    default: true
  phone_models_file:
    description:
      - YAML table of phone models with their cipher offers, see roles/assess/files/phone_models.yml. From
        C(vpnphone_phone_models_file).
    type: path
    required: true
  models:
    description:
      - Models whose offers are made. From C(vpnphone_models_in_use); every row of the table that tells its suites by
        default.
    type: list
    elements: str
    default: []
  connect_timeout:
    description: Seconds to wait for the connection. From C(vpnphone_connect_timeout).
    type: int
    default: 20
  return_probes:
    description: Return the probes in the result. An audit keeps them in O(run_dir) only.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: See what the phones of this ASA are shown
  vpnphone_tls_probe:
    urls: ["https://vpn.example.com/VPNPhone"]
    phone_models_file: roles/assess/files/phone_models.yml
  register: shown

- name: Probe the standby unit by its own address
  vpnphone_tls_probe:
    urls: ["https://vpn.example.com/VPNPhone"]
    connect_to: {"vpn.example.com:443": "198.51.100.11:443"}
    phone_models_file: roles/assess/files/phone_models.yml
    models: [7962G]
"""

RETURN = r"""
device:
  description: What was asked, in short; models without suites in the phone table are in untold.
  returned: success
  type: dict
  sample: {name: asa-hq, urls: 1, models: [7962G], untold: ["8841"], different_leafs: []}
presented:
  description:
    - Each certificate that was presented first, to whom, and its hashes; two for one URL are a finding (F-015).
  returned: success
  type: list
  elements: dict
  sample: [{url: "https://vpn.example.com/VPNPhone", offers: [7962G, browser], subject: CN=vpn.example.com,
    sha1: e57e81ea9954c144976678d0e2418cdf79a93176, pin: 5X6B6plUwUSXZnjQ4kGM33mpMXY=, sha256: "..."}]
skipped:
  description: URLs that no phone can connect to, with the reason.
  returned: success
  type: list
  elements: dict
  sample: [{url: "http://vpn.example.com/x", why: "..."}]
probes:
  description: Every handshake.
  returned: when O(return_probes) is true
  type: list
  elements: dict
  sample: [{device: asa-hq, url: "https://vpn.example.com/VPNPhone", address: "198.51.100.10:443", handshakes: []}]
state_file:
  description: Where the probes were kept.
  returned: when O(run_dir) is given
  type: str
  sample: reports/20261124T020000Z/probes/asa-hq.json
error:
  description: Why nothing was probed.
  returned: failure
  type: dict
  sample: {code: bad_input, what: "...", where: asa-hq, todo: "..."}
"""

from pathlib import Path
from typing import Any

import msgspec
from ansible.module_utils.vpnphone.controls.site import Site
from ansible.module_utils.vpnphone.errors import BadInput, VpnPhoneError
from ansible.module_utils.vpnphone.phone_models import read_phone_models
from ansible.module_utils.vpnphone.probe import Offers, Probed, offers_of, probe_urls
from ansible.module_utils.vpnphone.profiles import accepts_clients, detect
from ansible.module_utils.vpnphone.rundir import (
    Gathered,
    GatheredProbes,
    failure_of,
    forget_gathered,
    read_kept,
    write_gathered,
)
from ansible.module_utils.vpnphone.standalone import run_module

STRINGS: dict[str, Any] = {"type": "list", "elements": "str", "default": []}
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "run_dir": {"type": "path"},
    "urls": STRINGS,
    "connect_to": {"type": "dict", "default": {}},
    "sni": {"type": "bool", "default": True},
    "phone_models_file": {"type": "path", "required": True},
    "models": STRINGS,
    "connect_timeout": {"type": "int", "default": 20},
    "return_probes": {"type": "bool", "default": True},
}
INVENTORY_VARIABLES: dict[str, tuple[str, ...]] = {
    "run_dir": ("gather_run_dir",),
    "urls": ("vpnphone_gateway_urls",),
    "connect_to": ("vpnphone_connect_to",),
    "sni": ("vpnphone_sni",),
    "phone_models_file": ("vpnphone_phone_models_file",),
    "models": ("vpnphone_models_in_use",),
    "connect_timeout": ("vpnphone_connect_timeout",),
}
SPEC_RULES: dict[str, Any] = {"required_one_of": [["run_dir", "urls"]]}


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Probe; raises BadInput, after the failure was kept in run_dir."""
    name = params["name"]
    if not name:
        raise BadInput("name is not given.", todo="Set it.", code="host_missing")
    run_dir = Path(params["run_dir"]) if params["run_dir"] else None
    if run_dir:
        forget_gathered(run_dir, name, GatheredProbes)
    try:
        offers = offers_of(read_phone_models(Path(params["phone_models_file"])), params["models"])
        probed = _probe(name, params, run_dir, offers)
    except VpnPhoneError as error:
        if run_dir:
            write_gathered(run_dir, GatheredProbes(device=name, failure=failure_of(error)))
        raise
    result = {"changed": False, **_told(name, probed, offers)}
    if run_dir:
        result["state_file"] = str(write_gathered(run_dir, GatheredProbes(device=name, probes=probed.probes)))
    if params["return_probes"]:
        result["probes"] = msgspec.to_builtins(probed.probes)
    return result


def _probe(name: str, params: dict[str, Any], run_dir: Path | None, offers: Offers) -> Probed:
    if not 1 <= params["connect_timeout"] <= 300:
        raise BadInput(
            f"connect_timeout is {params['connect_timeout']}; expected 1 to 300.", where=name, todo="Correct it."
        )
    urls = [*params["urls"], *(_own_urls(name, run_dir) if run_dir else ())]
    connect_to = {str(where): str(to) for where, to in params["connect_to"].items()}
    return probe_urls(name, urls, offers.named, connect_to, sni=params["sni"], connect=float(params["connect_timeout"]))


def _own_urls(name: str, run_dir: Path) -> list[str]:
    """The enabled group-urls of the phones' tunnel-groups; of all that take clients, where none is known as theirs."""
    kept = read_kept(run_dir, name, Gathered)
    if kept.state is None:
        return []
    phones = {profile.tunnel_group for profile in detect(kept.state, Site().of(kept.declared))}
    groups = [
        group
        for group in kept.state.tunnel_groups or ()
        if (group.name in phones if phones else accepts_clients(group))
    ]
    return [url.url for group in groups for url in group.group_urls if url.enabled]


def _told(name: str, probed: Probed, offers: Offers) -> dict[str, Any]:
    """What was presented, by URL and certificate."""
    presented: dict[tuple[str, str], dict[str, Any]] = {}
    for probe in probed.probes:
        for shake in probe.handshakes:
            if shake.chain:
                leaf = shake.chain[0]
                entry = presented.setdefault(
                    (probe.url, leaf.sha256),
                    {
                        "url": probe.url,
                        "offers": [],
                        "subject": leaf.subject,
                        "sha1": leaf.sha1,
                        "pin": leaf.pin,
                        "sha256": leaf.sha256,
                    },
                )
                entry["offers"].append(shake.offer)
    urls = [url for url, _hash in presented]
    return {
        "device": {
            "name": name,
            "urls": len(probed.probes),
            "models": [offer.name for offer in offers.named if offer.name != "browser"],
            "untold": list(offers.untold),
            "different_leafs": sorted({url for url in urls if urls.count(url) > 1}),
        },
        "presented": list(presented.values()),
        "skipped": [{"url": url, "why": why} for url, why in probed.skipped],
    }


def main() -> None:
    run_module(ARGUMENT_SPEC, execute, SPEC_RULES)


if __name__ == "__main__":
    main()
