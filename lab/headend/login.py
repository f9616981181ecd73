"""May this client log in? The ASA's decision from its configuration, step by step, each with its lines in the log.

The order is the ASA's: load balancing, tunnel-group by group-url, authentication, CSD, licence, DAP, group-policy,
address. Refused.reason is a stable word; what a phone makes of it stands in lab/phone/.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC

from cryptography.x509.oid import NameOID

from .. import debug
from ..certs import Cert
from ..configtree import below, rest
from ..device import Context, Device
from ..shows.version import licence_rows
from . import dap, policy, pools
from .choice import is_issuer
from .settings import LoadBalancing, address_of, load_balancing, webvpn
from .syslog import Writer

_PART = {"CN": NameOID.COMMON_NAME, "OU": NameOID.ORGANIZATIONAL_UNIT_NAME, "O": NameOID.ORGANIZATION_NAME}
_PHONE_ROWS = ("AnyConnect for Cisco VPN Phone", "AnyConnect for Linksys phone")
_PEER_ROWS = ("AnyConnect Premium Peers", "SSL VPN Peers", "WebVPN Peers")
# `webvpn` and `ipsec-ra` of old releases became `remote-access`.
_CLIENT_TYPES = ("remote-access", "webvpn", "ipsec-ra")


@dataclass(frozen=True)
class Request:
    """A login as it arrives. url as the client typed it; virtual: it came to the address of the load balancing cluster.

    certificate: the client's, None where it sent none; phone: its User-Agent is an IP phone's.
    """

    url: str
    interface: str
    address: str
    virtual: bool = False
    phone: bool = True
    certificate: Cert | None = None
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Refused:
    reason: str
    detail: str


@dataclass(frozen=True)
class Redirect:
    location: str


@dataclass(frozen=True)
class Granted:
    user: str
    tunnel_group: str
    group_policy: str
    records: tuple[str, ...]
    dtls: bool


class _No(Exception):
    """Ends a decision early."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.refused = Refused(reason, detail)


def decide(device: Device, context: Context, request: Request) -> Granted | Redirect | Refused:
    """What the ASA does with this login. It changes nothing but the log, and whose turn it is in the cluster."""
    balancing = load_balancing(context)
    if request.virtual and balancing is not None:
        return Redirect(f"https://{_member(device, context, balancing, request)}:443/+webvpn+/index.html")
    try:
        return _Decision(device, context, request).granted()
    except _No as no:
        return no.refused


def _member(device: Device, context: Context, balancing: LoadBalancing, request: Request) -> str:
    """The unit that the master sends a client to: itself, or the next of those that the scenario names."""
    members = device.spec.balancing_members
    if members:
        device.redirected += 1
        return members[(device.redirected - 1) % len(members)]
    domain = context.value("domain-name")
    if balancing.by_name and domain:
        return f"{device.hostname}.{domain}"
    return address_of(context, request.interface)


class _Decision:
    """One login on its way through the steps."""

    def __init__(self, device: Device, context: Context, request: Request) -> None:
        self.device, self.context, self.request = device, context, request
        self.log = Writer(device, context)
        self.user = ""

    def granted(self) -> Granted:
        group = self._tunnel_group()
        if not webvpn(self.context) & {"anyconnect enable", "svc enable"}:
            raise _No("group-policy", "AnyConnect is not enabled below webvpn")
        general = below(self.context.running, f"tunnel-group {group} general-attributes")
        attributes = below(self.context.running, f"tunnel-group {group} webvpn-attributes")
        self._authenticate(group, general, attributes)
        self._check_csd(group, attributes)
        self._check_licence(group)
        chosen = rest(general, "default-group-policy") or policy.DEFAULT
        own = policy.attribute(self.context, chosen, "vpn-group-policy", self.user)
        chosen = own or chosen
        records = self._apply_dap(group, chosen)
        self._check_policy(group, chosen)
        if pools.free_address(self.context, group, chosen, self.user) is None:
            self.log.no_address(group, chosen, self.user, self.request.address)
            raise _No("group-policy", f"no address is free for tunnel-group {group}")
        dtls = [policy.attribute(self.context, chosen, f"{word} dtls", self.user) for word in ("anyconnect ssl", "svc")]
        return Granted(self.user, group, chosen, records, "none" not in dtls)

    # --- who is it ----------------------------------------------------------------------------------------------------

    def _tunnel_group(self) -> str:
        """By group-url, case-exactly; one that is disabled does not count."""
        wanted = {self.request.url}
        if self.request.url.count("/") == 3:
            # A URL without a path arrives as one with "/".
            wanted.add(self.request.url.removesuffix("/"))
        for node in self.context.lines("tunnel-group"):
            for child in node.children:
                words = child.text.split()
                if words[0] == "group-url" and words[1].strip('"') in wanted:
                    name = node.text.split()[1].strip('"')
                    if words[-1] == "disable":
                        raise _No("group-url", f"the group-url {self.request.url} is disabled")
                    kind = self.context.value(f"tunnel-group {name} type", "remote-access")
                    if kind not in _CLIENT_TYPES:
                        raise _No("group-url", f"tunnel-group {name} is of type {kind}, which takes no clients")
                    return name
        raise _No("group-url", f"no tunnel-group has the group-url {self.request.url}")

    def _authenticate(self, group: str, general: list[str], attributes: list[str]) -> None:
        """`authentication` of the tunnel-group; aaa where it says nothing."""
        methods = (rest(attributes, "authentication") or "aaa").split()
        strange = [method for method in methods if method not in ("aaa", "certificate")]
        if strange:
            raise _No("authentication", f"tunnel-group {group} asks for authentication {' '.join(methods)}")
        if "certificate" in methods:
            self.user = self._by_certificate(group, general)
            debug.certificate(self.device, self.context, group, good=True)
        if "aaa" in methods:
            self._by_password(group, general)
        self.log.authenticated(self.user, self.request.address, good=True)

    def _by_certificate(self, group: str, general: list[str]) -> str:
        cert = self.request.certificate
        if cert is None:
            raise _No("client-certificate", "the client sent no certificate")
        why = self._mistrust(cert)
        if why:
            subject, issuer = cert.x509.subject.rfc4514_string(), cert.x509.issuer.rfc4514_string()
            self.log.certificate_refused(subject, issuer, cert.serial, why)
            debug.certificate(self.device, self.context, group, good=False)
            raise _No("client-certificate", f"{why} (issuer {issuer})")
        wanted = (rest(general, "username-from-certificate") or "CN").split()
        names = [cert.x509.subject.get_attributes_for_oid(_PART[part]) for part in wanted if part in _PART]
        return next((str(found[0].value) for found in names if found), "")

    def _mistrust(self, cert: Cert) -> str:
        """ "" for a certificate that a CA of a trustpoint issued, and that is valid now by the ASA's clock."""
        now = self.device.now().astimezone(UTC)
        issuers = [ca for ca in self._authorities() if is_issuer(ca, cert)]
        if not issuers:
            return "No suitable trustpoints found to validate certificate"
        valid = [c for c in (cert, *issuers) if c.x509.not_valid_before_utc <= now <= c.x509.not_valid_after_utc]
        if cert not in valid or len(valid) == 1:
            return "Certificate is expired or not yet valid"
        return ""

    def _authorities(self) -> Iterable[Cert]:
        """CA certificates of the trustpoints that may validate SSL clients."""
        for name, store in self.context.trustpoints.items():
            lines = below(self.context.running, f"crypto ca trustpoint {name}")
            usage = rest(lines, "validation-usage") or rest(lines, "client-types")
            if store.ca is not None and (not usage or "ssl" in re.split(r"[ -]", usage)):
                yield store.ca

    def _by_password(self, group: str, general: list[str]) -> None:
        """LOCAL users by their password; an outside server that answers is taken to accept what was typed [K]."""
        user, password = self.request.username, self.request.password
        if not user and not password:
            raise _No("authentication", f"tunnel-group {group} wants a user name and a password, none was entered")
        servers = (rest(general, "authentication-server-group") or "LOCAL").split()
        servers = [word for word in servers if not word.startswith("(")]
        for server in servers:
            if server == "LOCAL":
                known = self.device.users.get(user)
                if known is not None and known.password == password:
                    self.user = user
                    return
            elif self._answers(server):
                self.user = user
                return
        self.log.authenticated(user, self.request.address, good=False)
        raise _No("authentication", f"the password was not accepted ({', '.join(servers)})")

    def _answers(self, group: str) -> bool:
        status = self.device.spec.aaa_status
        hosts = [node.text.split() for node in self.context.lines(f"aaa-server {group}") if " host " in node.text]
        return any(status.get(words[words.index("host") + 1], "ACTIVE") == "ACTIVE" for words in hosts)

    # --- may it -------------------------------------------------------------------------------------------------------

    def _check_csd(self, group: str, attributes: list[str]) -> None:
        on = webvpn(self.context) & {"csd enable", "hostscan enable"}
        if on and not any(line.split()[0] == "without-csd" for line in attributes):
            self.log.no_csd(group, self.user, self.request.address)
            debug.no_csd(self.device, self.context)
            raise _No("csd", f"{on.pop()} is on and tunnel-group {group} has no without-csd")

    def _check_licence(self, group: str) -> None:
        rows = licence_rows(self.device)
        if self.request.phone:
            found = next((rows[name] for name in _PHONE_ROWS if name in rows), "Disabled")
            if not found.startswith("Enabled"):
                raise _No("licence", f"AnyConnect for Cisco VPN Phone: {found}")
            if "anyconnect-essentials" in webvpn(self.context):
                raise _No("licence", "AnyConnect Essentials is in use, phones need AnyConnect Premium")
        peers = next((_number(rows[name]) for name in _PEER_ROWS if name in rows), 0)
        taken = sum(len(context.sessions) for context in self.device.contexts.values())
        if taken >= peers:
            self.log.limit(group, self.user, peers)
            raise _No("licence", f"all {peers} premium peers are in use")

    def _apply_dap(self, group: str, chosen: str) -> tuple[str, ...]:
        values = {
            "aaa.cisco.grouppolicy": chosen, "aaa.cisco.username": self.user, "aaa.cisco.tunnelgroup": group,
        }  # fmt: skip
        verdict = dap.decide(self.device, self.context, values)
        user, address = self.user, self.request.address
        self.log.attributes(user, address, values)
        self.log.dap_selected(user, address, verdict.selected)
        if verdict.terminating:
            self.log.dap_terminated(user, address, verdict.terminating)
            raise _No("dap", f"DAP terminates: {', '.join(verdict.terminating)}")
        return verdict.selected

    def _check_policy(self, group: str, chosen: str) -> None:
        if not policy.exists(self.context, chosen):
            raise _No("group-policy", f"group-policy {chosen} does not exist")

        def get(name: str) -> str:
            return policy.attribute(self.context, chosen, name, self.user)

        if get("vpn-simultaneous-logins") == "0":
            self.log.policy_refuses(self.user, "Simultaneous logins exceeded for user")
            raise _No("group-policy", f"vpn-simultaneous-logins is 0 for group-policy {chosen}")
        if not {"ssl-client", "svc"} & set(get("vpn-tunnel-protocol").split()):
            self.log.policy_refuses(self.user, "SVC not enabled for the user")
            raise _No("group-policy", f"vpn-tunnel-protocol of group-policy {chosen} has no ssl-client")
        lock = get("group-lock").removeprefix("value ").strip('"')
        if lock not in ("", "none", group):
            self.log.locked_to(group, lock)
            raise _No("group-policy", f"group-policy {chosen} is locked to tunnel-group {lock}")


def _number(text: str) -> int:
    found = re.match(r"\d+", text)
    return int(found[0]) if found else 0
