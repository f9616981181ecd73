"""What a cluster's database keeps of VPN and phones. All names are CUCM's; lists are in CUCM's order."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

# Numbers and names of typemodel, by the digits of a model [K]; others get a number of their own.
MODEL_NUMBERS = {
    "7942": 434, "7962": 404, "7945": 435, "7965": 436, "7975": 437, "8961": 540, "9951": 537, "9971": 493,
    "7821": 621, "7841": 622, "7861": 623, "8841": 683, "8851": 684, "8861": 685, "8941": 586, "8945": 585,
}  # fmt: skip
AUTHENTICATION = ("User and Password", "Password Only", "Certificate")


def pkid(cluster: str, kind: str, name: str) -> str:
    """The key of a row, as AXL shows it without braces; the same at every start."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{cluster}/{kind}/{name}"))


@dataclass
class Item:
    """What all objects have. name may be changed; the key stays."""

    pkid: str
    name: str
    description: str = ""


@dataclass
class Gateway(Item):
    """certificates: files in Phone-VPN-trust. A certificate that replaces another in its file is the gateway's then.

    That the reference follows the file is assumed [?]; CUCM refers to the row, which the overwrite changes.
    """

    url: str = ""
    certificates: tuple[str, ...] = ()


@dataclass
class Group(Item):
    gateways: tuple[str, ...] = ()


@dataclass
class Profile(Item):
    client_authentication: str = "Certificate"
    host_id_check: bool = True
    auto_network_detection: bool = False
    password_persistence: bool = False
    mtu: int = 1290
    fail_to_connect: int = 30


@dataclass
class CommonProfile(Item):
    vpn_group: str = ""
    vpn_profile: str = ""


@dataclass
class Phone(Item):
    """certificate: lsc, mic or none; lsc_issuer and lsc_valid_to are of the LSC, "" and None without one.

    web: the phone's own pages are switched on; it counts from the next apply, as the VPN settings do.
    """

    model: str = ""
    common_profile: str = ""
    certificate: str = "none"
    lsc_issuer: str = ""
    lsc_valid_to: datetime | None = None
    lsc_issuer_valid_to: datetime | None = None
    web: bool = True
    tftp: tuple[str, ...] = ()

    @property
    def digits(self) -> str:
        return "".join(filter(str.isdigit, self.model))

    @property
    def product(self) -> str:
        """As CUCM calls the model: `Cisco 7962`."""
        return f"Cisco {self.digits or self.model}"

    @property
    def model_number(self) -> int:
        return MODEL_NUMBERS.get(self.digits, 36000 + sum(self.digits.encode()))

    @property
    def lsc_status(self) -> str:
        """What CAPF did last, in the words of the phone's page [K]."""
        return "Upgrade Success" if self.certificate == "lsc" else "None"


@dataclass(frozen=True)
class Registration:
    """A phone as one node's registration service knows it."""

    phone: str
    node: str
    ip: str
    status: str
    at: datetime


@dataclass
class Node:
    """A node: the files that it serves, by phone, and its ports once it listens."""

    name: str
    tftp: bool
    http_port: int
    tftp_port: int
    files: dict[str, Built] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Built:
    """A phone's configuration file as it was built at that moment; urls and pins are what stands in it."""

    phone: str
    content: bytes
    built_at: datetime
    urls: tuple[str, ...]
    pins: tuple[str, ...]
    served: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)
