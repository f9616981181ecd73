"""The `phones` part of a scenario. Every key is described in lab/README.md."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection, Mapping
from typing import Literal

import msgspec

from ..cucm.spec import CucmSpec
from ..spec import Need, Spec
from .faults import PhoneFaultSpec

_NAME = re.compile(r"SEP[0-9A-F]{12}")


class PhoneSpec(Spec, frozen=True, kw_only=True):
    """One phone. With repeat: N the name holds {n}, and N alike phones stand for it.

    model: a row of lab/phone/models.yml. issuer: the certificate that signed the phone's own one (LSC or MIC).
    online: powered on and reaching the Internet; onsite: on the campus LAN, reaches TFTP without the VPN.
    tftp: nodes it asks, in order; none: all of its cluster. holds: names of the certificates whose hashes stand in
    the file it holds; None: it has fetched its served file at start. user, password: what the person at the phone
    types where the profile wants it. clock_offset: of its clock from the true time. reconnect_after, retry_after:
    seconds, until a phone whose tunnel is gone dials anew, and between its further tries.
    """

    name: str
    repeat: int = 1
    model: str = "7962G"
    cucm: str
    common_profile: str
    description: str = ""
    certificate: Literal["lsc", "mic", "none"] = "lsc"
    issuer: str = ""
    certificate_valid_to: str = "+700d"
    online: bool = True
    onsite: bool = False
    tftp: tuple[str, ...] = ()
    holds: tuple[str, ...] | None = None
    web: bool = True
    public_ip: str = "203.0.113.20"
    user: str = ""
    password: str = ""
    clock_offset: str = "0s"
    reconnect_after: float = 0.2
    retry_after: float = 5.0
    faults: tuple[PhoneFaultSpec, ...] = ()


def expand(phones: tuple[PhoneSpec, ...], need: Need) -> tuple[PhoneSpec, ...]:
    """One entry a phone: repeated ones get their names."""
    single: list[PhoneSpec] = []
    for index, phone in enumerate(phones):
        key = f"phones[{index}]"
        need(1 <= phone.repeat <= 10000, f"{key}.repeat", "a number from 1 to 10000")
        need(phone.repeat == 1 or "{n" in phone.name, f"{key}.name", "{n} in the name of a repeated phone")
        if phone.repeat == 1 and "{" not in phone.name:
            single.append(phone)
            continue
        try:
            names = [phone.name.format(n=number) for number in range(1, phone.repeat + 1)]
        except (KeyError, IndexError, ValueError) as error:
            need(False, f"{key}.name", f"a pattern such as SEP{{n:012X}} ({error!r})")
        single += [msgspec.structs.replace(phone, name=name, repeat=1) for name in names]
    return tuple(single)


def check(
    phones: tuple[PhoneSpec, ...],
    clusters: tuple[CucmSpec, ...],
    certificates: Collection[str],
    span: Callable[[str, str], None],
    need: Need,
) -> None:
    """What a type alone cannot say; phones are expanded. span(text, key) refuses what is no span of time."""
    known: Mapping[str, CucmSpec] = {cluster.name: cluster for cluster in clusters}
    names: set[str] = set()
    for index, phone in enumerate(phones):
        key = f"phones[{index}]"
        need(_NAME.fullmatch(phone.name) is not None, f"{key}.name", "SEP and 12 hex digits in upper case")
        need(phone.name not in names, f"{key}.name", f"a name used once ({phone.name} is there already)")
        names.add(phone.name)
        need(phone.cucm in known, f"{key}.cucm", "a name from cucm")
        cluster = known[phone.cucm]
        profiles = [common.name for common in cluster.common_profiles]
        need(phone.common_profile in profiles, f"{key}.common_profile", f"a common profile of {cluster.name}")
        nodes = [node.name for node in cluster.nodes if node.tftp]
        need(set(phone.tftp) <= set(nodes), f"{key}.tftp", f"nodes of {cluster.name} that serve files")
        with_issuer = phone.certificate == "none" or phone.issuer in certificates
        need(with_issuer, f"{key}.issuer", "a name from certificates")
        need(set(phone.holds or ()) <= set(certificates), f"{key}.holds", "names from certificates")
        for what, seconds in (("reconnect_after", phone.reconnect_after), ("retry_after", phone.retry_after)):
            need(0 <= seconds <= 3600, f"{key}.{what}", "seconds from 0 to 3600")
        for i, fault in enumerate(phone.faults):
            need(0 <= fault.seconds <= 3600, f"{key}.faults[{i}].seconds", "seconds from 0 to 3600")
        span(phone.certificate_valid_to, f"{key}.certificate_valid_to")
        span(phone.clock_offset, f"{key}.clock_offset")
        try:
            ipaddress.ip_address(phone.public_ip)
        except ValueError:
            need(False, f"{key}.public_ip", "an address such as 203.0.113.20")
