"""Scenario files: what a simulated site consists of, read strictly. Every field is described in README.md."""

from __future__ import annotations

import copy
import hashlib
import ipaddress
import re
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from . import release as rel
from .cucm import spec as cucm_spec
from .phone import spec as phone_spec
from .spec import Spec

Fault = Literal[
    "hang", "drop", "garbage", "truncate", "pager", "slow_login", "host_key", "no_kex", "refused", "syslog",
    "prompt_spoof", "ask_later", "pager_silent", "refuse", "drop_before", "drop_after", "hang_after", "failover",
    "stay_down", "write_fails", "mate_lacks",
]  # fmt: skip


# The same in C is ten times as fast, where PyYAML was built with it.
_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

# Without a regex these would strike at the login already.
NEEDS_COMMAND = ("refuse", "drop_before", "drop_after", "hang_after", "failover")


class ScenarioError(Exception):
    """A scenario that cannot be used: which file, which key, what was expected there."""

    def __init__(self, file: str, key: str, expected: str) -> None:
        self.file, self.key, self.expected = file, key, expected
        super().__init__(f"{file}: {key or 'top level'}: {expected}")


class UserSpec(Spec, frozen=True, kw_only=True):
    """deny: regexes of commands (spelled out) that are refused with `Command authorization failed`."""

    name: str
    password: str
    privilege: int = 15
    auto_enable: bool = False
    deny: tuple[str, ...] = ()
    public_key: str = ""


class FaultSpec(Spec, frozen=True, kw_only=True):
    """command: regex of the commands (spelled out) it strikes; count: how often, None without end; skip: not the first.

    then: what new sessions reach after a `failover`.
    """

    kind: Fault
    command: str = ""
    count: int | None = None
    skip: int = 0
    seconds: float = 5.0
    then: Literal["standby", "active"] = "standby"
    text: str = ""


class SessionSpec(Spec, frozen=True, kw_only=True):
    """One AnyConnect session. kind only chooses the usual client and licence texts."""

    user: str
    kind: Literal["phone", "pc"] = "phone"
    assigned_ip: str = "10.10.10.10"
    public_ip: str = "198.51.100.10"
    tunnel_group: str = "VPNPhone"
    group_policy: str = "GroupPolicy_VPNPhone"
    duration: str = "1h"
    client: str = ""


class CertificateSpec(Spec, frozen=True, kw_only=True):
    """A certificate made at start; without issuer it signs itself. Or pem_file: one that exists."""

    subject: str = ""
    issuer: str = ""
    ca: bool = False
    key: Literal["rsa1024", "rsa2048", "rsa3072", "rsa4096", "ec256", "ec384"] = "rsa2048"
    san: tuple[str, ...] = ()
    valid_from: str = "-30d"
    valid_to: str = "+365d"
    serial: str = ""
    pem_file: str = ""


class TrustpointSpec(Spec, frozen=True, kw_only=True):
    """What lies in a trustpoint: names of certificates."""

    identity: str = ""
    ca: str = ""


class FailoverSpec(Spec, frozen=True, kw_only=True):
    """A failover pair; the mate is not a device of its own. mate_missing: trustpoints that never reached the mate."""

    unit: Literal["primary", "secondary"] = "primary"
    state: Literal["active", "standby"] = "active"
    mate_state: str = ""
    mate_missing: tuple[str, ...] = ()
    active_active: bool = False


class LicenceSpec(Spec, frozen=True, kw_only=True):
    """rows adds to or replaces the rows of show version; "" removes one."""

    phone: str = "Enabled"
    premium_peers: int = 250
    essentials: str = "Disabled"
    mode: Literal["", "Smart Licensing", "AWS Licensing"] = ""
    platform: str = ""
    cluster_block: bool = False
    rows: dict[str, str] = msgspec.field(default_factory=dict)


class ClockSpec(Spec, frozen=True, kw_only=True):
    """offset from the true time; the zone comes from `clock timezone` of the configuration."""

    offset: str = "0s"
    authoritative: bool = True


class ContextSpec(Spec, frozen=True, kw_only=True):
    """One security context of a device in multiple mode."""

    name: str
    admin: bool = False
    config: str = ""
    config_file: str = ""
    interfaces: tuple[str, ...] = ()
    trustpoints: dict[str, TrustpointSpec] = msgspec.field(default_factory=dict)
    sessions: tuple[SessionSpec, ...] = ()


class DeviceSpec(Spec, frozen=True, kw_only=True):
    """One ASA. With repeat: N the name holds {n}, and N alike devices stand for it.

    balancing_members: host names that its load balancing cluster sends clients to in turn; none: itself.
    log_interleaves: lines of handshakes at the same time mix in its log.
    """

    name: str
    repeat: int = 1
    version: str = "9.16(4)"
    ecdsa_fixed: bool = True
    hardware: str = "ASA5525"
    serial: str = "FCH00000LAB"
    port: int = 0
    ssh: Literal["modern", "legacy"] = "modern"
    latency_ms: float = 0
    enable_secret: str = "enable"  # noqa: S105 - a lab device on loopback
    users: tuple[UserSpec, ...] = (UserSpec(name="admin", password="rehearse"),)  # noqa: S106 - as above
    config: str = ""
    config_file: str = ""
    prompt: str = ""
    licences: LicenceSpec = LicenceSpec()
    trustpoints: dict[str, TrustpointSpec] = msgspec.field(default_factory=dict)
    sessions: tuple[SessionSpec, ...] = ()
    sessions_peak: int = 0
    sessions_cumulative: int = 0
    failover: FailoverSpec | None = None
    contexts: tuple[ContextSpec, ...] = ()
    clock: ClockSpec = ClockSpec()
    flash: dict[str, str] = msgspec.field(default_factory=dict)
    flash_files: dict[str, str] = msgspec.field(default_factory=dict)
    aaa_status: dict[str, str] = msgspec.field(default_factory=dict)
    balancing_members: tuple[str, ...] = ()
    log_interleaves: bool = False
    vars: dict[str, Any] = msgspec.field(default_factory=dict)
    faults: tuple[FaultSpec, ...] = ()

    @property
    def release(self) -> rel.Release:
        return rel.parse(self.version)


class Scenario(Spec, frozen=True, kw_only=True):
    """A site. digest changes with any file that the scenario is made of."""

    name: str
    description: str = ""
    certificates: dict[str, CertificateSpec] = msgspec.field(default_factory=dict)
    dns: dict[str, str] = msgspec.field(default_factory=dict)
    devices: tuple[DeviceSpec, ...]
    cucm: tuple[cucm_spec.CucmSpec, ...] = ()
    phones: tuple[phone_spec.PhoneSpec, ...] = ()
    digest: str = ""


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"([+-]?)(\d{1,9})([smhd])")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def duration(text: str) -> timedelta:
    """ "-30d", "12h", "+90s" as a span of time. ValueError otherwise."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"not a span of time: {text!r}")
    seconds = int(found[2]) * _UNITS[found[3]]
    return timedelta(seconds=-seconds if found[1] == "-" else seconds)


def is_address(text: str) -> bool:
    """Whether the text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def load(path: Path | str, phones: int = 0) -> Scenario:
    """Read and check a scenario file. phones: how many in all, 0: as the file says. Raises ScenarioError."""
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
        raw = yaml.load(text, Loader=_LOADER)  # noqa: S506 - both are safe ones
    except OSError as error:
        raise ScenarioError(str(file), "", f"a readable file ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ScenarioError(str(file), "", f"a YAML document ({' '.join(str(error).split())})") from None
    if phones:
        raw = _with_phones(raw, phones, str(file))
    return from_data(raw, file=str(file), folder=file.parent, text=text)


def _with_phones(raw: Any, total: int, file: str) -> Any:
    """The entries that have a `repeat` share what the single phones leave of the total, in equal parts."""
    entries = raw.get("phones") if isinstance(raw, dict) else None
    known = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    repeated = [entry for entry in known if "repeat" in entry]
    share, more = divmod(total - (len(known) - len(repeated)), max(1, len(repeated)))
    if not repeated or share < 1:
        raise ScenarioError(file, "phones", f"entries with repeat that can make {total} phones in all")
    for index, entry in enumerate(repeated):
        entry["repeat"] = share + (index < more)
    return raw


def from_data(raw: object, *, file: str = "<data>", folder: Path | None = None, text: str = "") -> Scenario:
    """Check a scenario that is there as data. config_file and the like are relative to folder."""
    if not isinstance(raw, dict):
        raise ScenarioError(file, "", "a mapping with `name` and `devices`")
    raw = copy.deepcopy(raw)
    defaults = raw.pop("defaults", {})
    if not isinstance(defaults, dict):
        raise ScenarioError(file, "defaults", "a mapping of device keys")
    unknown = sorted(set(defaults) - set(DeviceSpec.__struct_fields__) | (set(defaults) & {"name", "repeat", "port"}))
    if unknown:
        raise ScenarioError(file, f"defaults.{unknown[0]}", "a key of a device that several devices can share")
    devices = raw.get("devices")
    if isinstance(devices, list):
        raw["devices"] = [{**defaults, **entry} if isinstance(entry, dict) else entry for entry in devices]
    raw.pop("digest", None)
    try:
        scenario = msgspec.convert(raw, Scenario)
    except msgspec.ValidationError as error:
        raise ScenarioError(file, *_explain(str(error))) from None
    reader = _Files(file, folder or Path.cwd())
    scenario = _with_files(scenario, reader)
    scenario = _check(scenario, file)
    digest = hashlib.sha256(msgspec.json.encode(scenario, order="deterministic") + text.encode()).hexdigest()
    return msgspec.structs.replace(scenario, digest=digest)


def _explain(message: str) -> tuple[str, str]:
    """msgspec's message as (key, expected)."""
    found = re.fullmatch(r"(.*?)(?: - at `\$\.?(.*?)`)?", message, re.S)
    what, key = (found[1], found[2] or "") if found else (message, "")
    field = re.search(r"`([^`]*)`", what)
    if field and "unknown field" in what:
        return ".".join(part for part in (key, field[1]) if part), "no such key here (see lab/README.md)"
    if field and "missing required field" in what:
        return ".".join(part for part in (key, field[1]) if part), "this key is required"
    return key, what[0].lower() + what[1:]


class _Files:
    """Reads the files a scenario names; digest material comes back with the text."""

    def __init__(self, file: str, folder: Path) -> None:
        self.file, self.folder = file, folder

    def read(self, key: str, name: str) -> str:
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ScenarioError(self.file, key, f"a readable text file ({name}: {error})") from None


def _config(spec: DeviceSpec | ContextSpec, key: str, reader: _Files) -> str:
    if spec.config and spec.config_file:
        raise ScenarioError(reader.file, f"{key}.config_file", "either config or config_file, not both")
    return reader.read(f"{key}.config_file", spec.config_file) if spec.config_file else spec.config


def _with_files(scenario: Scenario, reader: _Files) -> Scenario:
    """The scenario with the content of every named file in place of its name."""
    devices = []
    for index, device in enumerate(scenario.devices):
        key = f"devices[{index}]"
        contexts = tuple(
            msgspec.structs.replace(c, config=_config(c, f"{key}.contexts[{i}]", reader), config_file="")
            for i, c in enumerate(device.contexts)
        )
        flash = dict(device.flash)
        for name, file in device.flash_files.items():
            flash[name] = reader.read(f"{key}.flash_files.{name}", file)
        config = _config(device, key, reader)
        devices.append(
            msgspec.structs.replace(
                device, config=config, config_file="", contexts=contexts, flash=flash, flash_files={}
            )
        )
    certificates = {
        name: msgspec.structs.replace(spec, pem_file=reader.read(f"certificates.{name}.pem_file", spec.pem_file))
        if spec.pem_file
        else spec
        for name, spec in scenario.certificates.items()
    }
    return msgspec.structs.replace(scenario, devices=tuple(devices), certificates=certificates)


def _check(scenario: Scenario, file: str) -> Scenario:
    """What a type alone cannot say. Comes back with every repeated phone as an entry of its own."""

    def need(good: bool, key: str, expected: str) -> None:
        if not good:
            raise ScenarioError(file, key, expected)

    def span(text: str, key: str) -> None:
        need(_DURATION.fullmatch(text) is not None, key, f"a span of time such as -30d, 12h or +90s, not {text!r}")

    def regex(text: str, key: str) -> None:
        try:
            re.compile(text)
        except re.error as error:
            raise ScenarioError(file, key, f"a regular expression ({error})") from None

    need(bool(scenario.devices), "devices", "at least one device")
    for name, address in scenario.dns.items():
        need(is_address(address), f"dns.{name}", f"an address such as 198.51.100.10, not {address!r}")
    for name, cert in scenario.certificates.items():
        key = f"certificates.{name}"
        need(bool(cert.subject or cert.pem_file), f"{key}.subject", "a name such as CN=vpn.example.com,O=Example")
        need(not cert.issuer or cert.issuer in scenario.certificates, f"{key}.issuer", "a name from certificates")
        span(cert.valid_from, f"{key}.valid_from")
        span(cert.valid_to, f"{key}.valid_to")
        need(re.fullmatch(r"[0-9a-fA-F]{0,40}", cert.serial) is not None, f"{key}.serial", "up to 40 hex digits")
        seen = {name}
        above = cert.issuer
        while above:
            need(above not in seen, f"{key}.issuer", "a chain that ends; this one goes in a circle")
            seen.add(above)
            above = scenario.certificates[above].issuer if above in scenario.certificates else ""
    names: set[str] = set()
    for index, device in enumerate(scenario.devices):
        key = f"devices[{index}]"
        need(1 <= device.repeat <= 1000, f"{key}.repeat", "a number from 1 to 1000")
        need(device.repeat == 1 or "{n" in device.name, f"{key}.name", "{n} in the name of a repeated device")
        need(device.repeat == 1 or device.port == 0, f"{key}.port", "0 for a repeated device")
        need(0 <= device.port <= 65535, f"{key}.port", "a port from 0 (any free one) to 65535")
        need(0 <= device.latency_ms <= 60_000, f"{key}.latency_ms", "milliseconds from 0 to 60000")
        need(bool(device.users), f"{key}.users", "at least one user")
        for name in repeated_names(device, file, key):
            need(_NAME.fullmatch(name) is not None, f"{key}.name", "letters, digits, dot, dash and underscore")
            need(name != "phones", f"{key}.name", "another name: state/phones.json is that of the phones")
            need(name not in names, f"{key}.name", f"a name used once ({name} is there already)")
            names.add(name)
        try:
            rel.parse(device.version)
        except ValueError:
            raise ScenarioError(file, f"{key}.version", 'a release in quotes such as "9.16(4)"') from None
        span(device.clock.offset, f"{key}.clock.offset")
        need(sum(c.admin for c in device.contexts) <= 1, f"{key}.contexts", "one admin context")
        for i, fault in enumerate(device.faults):
            regex(fault.command, f"{key}.faults[{i}].command")
            need(0 <= fault.seconds <= 3600, f"{key}.faults[{i}].seconds", "seconds from 0 to 3600")
            need(0 <= fault.skip <= 1000, f"{key}.faults[{i}].skip", "a number from 0 to 1000")
            targeted = fault.kind not in NEEDS_COMMAND or bool(fault.command)
            need(targeted, f"{key}.faults[{i}].command", f"a regex of the commands that {fault.kind} strikes")
            pair = device.failover
            able = pair is not None and pair.state == "active" and not pair.active_active
            able = able or fault.kind != "failover"
            need(able, f"{key}.faults[{i}].kind", "a device that is the active unit of a failover pair")
        for i, user in enumerate(device.users):
            need(0 <= user.privilege <= 15, f"{key}.users[{i}].privilege", "a level from 0 to 15")
            for j, pattern in enumerate(user.deny):
                regex(pattern, f"{key}.users[{i}].deny[{j}]")
        places: list[tuple[str, DeviceSpec | ContextSpec]] = [(key, device)]
        places += [(f"{key}.contexts[{i}]", context) for i, context in enumerate(device.contexts)]
        for place, spec in places:
            for name, trustpoint in spec.trustpoints.items():
                for what in (trustpoint.identity, trustpoint.ca):
                    known = not what or what in scenario.certificates
                    need(known, f"{place}.trustpoints.{name}", f"names from certificates ({what} is not there)")
            for i, session in enumerate(spec.sessions):
                span(session.duration, f"{place}.sessions[{i}].duration")
    phones = phone_spec.expand(scenario.phones, need)
    cucm_spec.check(scenario.cucm, scenario.certificates, {phone.name for phone in phones}, names, need)
    phone_spec.check(phones, scenario.cucm, scenario.certificates, span, need)
    return msgspec.structs.replace(scenario, phones=phones)


def repeated_names(device: DeviceSpec, file: str = "", key: str = "") -> list[str]:
    """The names of the devices that one entry stands for."""
    if device.repeat == 1 and "{" not in device.name:
        return [device.name]
    try:
        return [device.name.format(n=number) for number in range(1, device.repeat + 1)]
    except (KeyError, IndexError, ValueError) as error:
        raise ScenarioError(file, f"{key}.name", f"a pattern such as asa-{{n:03d}} ({error!r})") from None
