"""A small site with one cluster, and clients for what the cluster listens with."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import requests
from defusedxml.ElementTree import fromstring

from lab.certs import Cert, make_all
from lab.cucm.cluster import Cluster
from lab.scenario import CertificateSpec, Scenario, from_data
from lab.testing import RunningLab

PHONE = "SEP8CB64F576113"
OTHER = "SEP8CB64F576114"
PLAIN = "SEP8CB64F576115"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
RIS = "http://schemas.cisco.com/ast/soap"
CERTIFICATES: dict[str, dict[str, Any]] = {
    "root": {"subject": "CN=Root CA,O=Lab", "ca": True, "key": "ec256", "valid_from": "-900d"},
    "vpn": {"subject": "CN=vpn.example.com,O=Lab,C=US", "issuer": "root", "key": "ec256", "serial": "0a1b2c"},
    "vpn-old": {"subject": "CN=vpn.example.com,O=Lab,C=US", "key": "ec256", "valid_from": "-400d"},
    "vpn-new": {"subject": "CN=vpn.example.com,O=Lab,C=US", "key": "ec256", "valid_from": "-1d"},
    "capf": {"subject": "CN=CAPF-1,O=Lab", "ca": True, "key": "ec256"},
    "mic-ca": {"subject": "CN=Lab Manufacturing CA", "ca": True, "key": "ec256"},
}
_CUCM: dict[str, Any] = {
    "name": "lab-cucm",
    "nodes": [{"name": "cucm-pub"}, {"name": "cucm-tftp2"}],
    "trust": {"Phone-VPN-trust": ["vpn", "root"], "CAPF": ["capf"], "CAPF-trust": ["mic-ca"]},
    "gateways": [{"name": "GW1", "url": "https://vpn.example.com/VPNPhone?a=1&b=2", "certificates": ["vpn", "root"]}],
    "groups": [{"name": "G1", "gateways": ["GW1"]}],
    "profiles": [{"name": "P1"}],
    "common_profiles": [
        {"name": "Remote phones", "vpn_group": "G1", "vpn_profile": "P1"},
        {"name": "Desk phones"},
    ],
}
_PHONES: list[dict[str, Any]] = [
    {"name": PHONE, "cucm": "lab-cucm", "common_profile": "Remote phones", "issuer": "capf", "online": False},
    {"name": OTHER, "cucm": "lab-cucm", "common_profile": "Remote phones", "model": "8861", "certificate": "mic",
     "issuer": "mic-ca", "online": False},
    {"name": PLAIN, "cucm": "lab-cucm", "common_profile": "Desk phones", "certificate": "none", "online": False},
]  # fmt: skip


def site(**changes: Any) -> dict[str, Any]:
    """A scenario; changes are keys of its cluster."""
    return copy.deepcopy(
        {
            "name": "t",
            "certificates": CERTIFICATES,
            "devices": [{"name": "fw"}],
            "cucm": [{**_CUCM, **changes}],
            "phones": _PHONES,
        }
    )


def made(**changes: Any) -> tuple[Cluster, dict[str, Cert]]:
    """A cluster without listeners, and all certificates of the scenario."""
    scenario: Scenario = from_data(site(**changes))
    certs = make_all(scenario.certificates)
    return Cluster(scenario.cucm[0], scenario.phones, certs), certs


def certificate(subject: str, **keys: Any) -> Cert:
    """One more certificate, as a person would upload it."""
    return make_all({"x": CertificateSpec(subject=subject, key="ec256", **keys)})["x"]


def tags(element: Element) -> list[str]:
    return [inner.tag for inner in element]


def texts(element: Element, path: str) -> list[str]:
    return [found.text or "" for found in element.findall(path)]


@dataclass(frozen=True)
class Answered:
    """What came back of a SOAP request: the element below Body, without its children's prefixes."""

    status: int
    body: Element

    @property
    def fault(self) -> str:
        return self.body.findtext("faultstring", "") if self.body.tag == f"{{{SOAP}}}Fault" else ""

    @property
    def result(self) -> Element:
        assert not self.fault, self.fault
        found = self.body.find("return")
        assert found is not None
        return found

    def one(self, tag: str) -> Element:
        found = self.result.find(tag)
        assert found is not None
        return found


class Client:
    """Speaks to the cluster of a running lab as its inventory says."""

    def __init__(self, running: RunningLab, name: str = "lab-cucm") -> None:
        self.vars: dict[str, Any] = running.inventory["_meta"]["hostvars"][name]
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = self.vars["vpnphone_cucm_ca_file"]
        self.auth = (self.vars["ansible_user"], self.vars["ansible_password"])
        self.os_auth = (self.vars["vpnphone_os_user"], self.vars["vpnphone_os_password"])

    def post(self, path: str, body: str | bytes, **options: Any) -> requests.Response:
        options = {"auth": self.auth, "timeout": 60, "allow_redirects": False, **options}
        return self.session.post(f"https://127.0.0.1:{self.vars['vpnphone_axl_port']}{path}", body, **options)

    def raw(self, operation: str, inner: str = "", version: str = "14.0", **options: Any) -> requests.Response:
        envelope = (
            f'<s:Envelope xmlns:s="{SOAP}" xmlns:n="http://www.cisco.com/AXL/API/{version}"><s:Body>'
            f"<n:{operation}>{inner}</n:{operation}></s:Body></s:Envelope>"
        )
        headers = {"SOAPAction": f'"CUCM:DB ver={version} {operation}"', "Content-Type": "text/xml; charset=utf-8"}
        return self.post("/axl/", envelope, headers=headers, **options)

    def axl(self, operation: str, inner: str = "", version: str = "14.0") -> Answered:
        return answered(self.raw(operation, inner, version))

    def sql(self, statement: str) -> Answered:
        escaped = statement.replace("&", "&amp;").replace("<", "&lt;")
        return self.axl("executeSQLQuery", f"<sql>{escaped}</sql>")

    def rows(self, statement: str) -> list[dict[str, str]]:
        return [{cell.tag: cell.text or "" for cell in row} for row in self.sql(statement).result]

    def ris(self, names: Iterable[str] = ("*",), limit: int = 1000, state: str = "", **more: str) -> requests.Response:
        items = "".join(f"<r:item><r:Item>{name}</r:Item></r:item>" for name in names)
        asked = {"DeviceClass": "Phone", "Model": "255", "Status": "Any", "NodeName": "", "SelectBy": "Name", **more}
        criteria = "".join(f"<r:{tag}>{text}</r:{tag}>" for tag, text in asked.items())
        escaped = state.replace("&", "&amp;").replace("<", "&lt;")
        return self.post(
            "/realtimeservice2/services/RISService70",
            f'<s:Envelope xmlns:s="{SOAP}" xmlns:r="{RIS}"><s:Body><r:selectCmDeviceExt>'
            f"<r:StateInfo>{escaped}</r:StateInfo><r:CmSelectionCriteria>"
            f"<r:MaxReturnedDevices>{limit}</r:MaxReturnedDevices>{criteria}<r:SelectItems>{items}</r:SelectItems>"
            f"</r:CmSelectionCriteria></r:selectCmDeviceExt></s:Body></s:Envelope>",
        )

    def rest(self, method: str, path: str, **options: Any) -> requests.Response:
        options = {"auth": self.os_auth, "timeout": 60, **options}
        base = f"https://127.0.0.1:{self.vars['vpnphone_platform_port']}/platformcom/api/v1/certmgr/config/"
        return self.session.request(method, base + path, **options)

    def node(self, name: str) -> dict[str, Any]:
        return next(node for node in self.vars["vpnphone_tftp_nodes"] if node["name"] == name)


def answered(response: requests.Response) -> Answered:
    root = fromstring(response.content)
    body = root.find(f"{{{SOAP}}}Body")
    assert body is not None
    return Answered(response.status_code, body[0])


def named(name: str, inner: str = "") -> str:
    return f"<name>{name}</name>{inner}"
