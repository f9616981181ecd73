"""SOAP answers of a cluster, self-made after the schema's names and public samples."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

AXL = "http://www.cisco.com/AXL/API/14.0"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"


def envelope(body: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope xmlns:soapenv="{ENVELOPE}">'
        f"<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    ).encode()


def response(operation: str, content: str) -> bytes:
    """What AXL answers to an operation."""
    name = f"ns:{operation}Response"
    return envelope(f'<{name} xmlns:ns="{AXL}"><return>{content}</return></{name}>')


def fault(text: str, code: int = -1, operation: str = "x") -> bytes:
    detail = (
        f"<detail><axlError><axlcode>{code}</axlcode><axlmessage>{escape(text)}</axlmessage>"
        f"<request>{operation}</request></axlError></detail>"
    )
    return envelope(
        f"<soapenv:Fault><faultcode>soapenv:Server</faultcode><faultstring>{escape(text)}</faultstring>{detail}"
        "</soapenv:Fault>"
    )


def tags(**fields: str | None) -> str:
    """<name>text</name> of each field; None is xsi:nil."""
    nil = '<{0} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>'
    return "".join(
        nil.format(name) if text is None else f"<{name}>{escape(text)}</{name}>" for name, text in fields.items()
    )


def rows(*rows: dict[str, str | None]) -> bytes:
    """What executeSQLQuery answers."""
    return response("executeSQLQuery", "".join(f"<row>{tags(**row)}</row>" for row in rows))


VERSION = response("getCCMVersion", "<componentVersion><version>14.0.1.13900-155</version></componentVersion>")


def names(operation: str, tag: str, *listed: str) -> bytes:
    return response(operation, "".join(f'<{tag} uuid="{{1}}">{tags(name=name)}</{tag}>' for name in listed))


def gateway(name: str, url: str, *members: tuple[str, str]) -> bytes:
    inner = "".join(
        f'<certificate uuid="{{2}}">{tags(issuerName=issuer, serialNumber=serial)}</certificate>'
        for issuer, serial in members
    )
    content = f"{tags(name=name, description='', url=url)}<certificates>{inner}</certificates>"
    return response("getVpnGateway", f"<vpnGateway>{content}</vpnGateway>")


def group(name: str, *members: tuple[str, int | None]) -> bytes:
    inner = "".join(
        f"<vpnGateway>{tags(vpnGatewayName=gateway)}{'' if priority is None else tags(priority=str(priority))}"
        "</vpnGateway>"
        for gateway, priority in members
    )
    return response("getVpnGroup", f"<vpnGroup>{tags(name=name)}<vpnGateways>{inner}</vpnGateways></vpnGroup>")


def profile(name: str, **fields: str | None) -> bytes:
    return response("getVpnProfile", f"<vpnProfile>{tags(name=name, **fields)}</vpnProfile>")


def common(name: str, group: str | None, profile: str | None) -> bytes:
    content = tags(name=name, vpnGroupName=group, vpnProfileName=profile)
    return response("getCommonPhoneConfig", f"<commonPhoneConfig>{content}</commonPhoneConfig>")


def phones(*phones: dict[str, str | None]) -> bytes:
    return response("listPhone", "".join(f"<phone>{tags(**phone)}</phone>" for phone in phones))


def phone(name: str, model: str = "Cisco 7962", profile: str = "Remote phones") -> dict[str, str | None]:
    return {"name": name, "description": "", "model": model, "commonPhoneConfigName": profile}


RIS = "http://schemas.cisco.com/ast/soap"


def device(name: str, stamp: int, status: str = "Registered", ip: str = "10.9.0.5", flat: bool = False) -> str:
    address = tags(IpAddress=ip) if flat else f"<IPAddress><item>{tags(IP=ip, IPAddrType='ipv4')}</item></IPAddress>"
    return (
        f"<item>{tags(Name=name)}{address}{tags(Status=status, ActiveLoadID='SCCP42.9', TimeStamp=str(stamp))}</item>"
    )


def registrations(*nodes: tuple[str, str, list[str]], total: int | None = None, wrapped: bool = True) -> bytes:
    """What RisPort70 answers: (node, return code, devices)."""
    found = sum(len(devices) for _node, _code, devices in nodes) if total is None else total
    inner = "".join(
        f"<item>{tags(ReturnCode=code, Name=node)}<CmDevices>{''.join(devices)}</CmDevices></item>"
        for node, code, devices in nodes
    )
    result = (
        f"<SelectCmDeviceResult>{tags(TotalDevicesFound=str(found))}<CmNodes>{inner}</CmNodes></SelectCmDeviceResult>"
    )
    body = f"<selectCmDeviceReturn>{result}<StateInfo/></selectCmDeviceReturn>" if wrapped else result
    return envelope(f'<ns1:selectCmDeviceExtResponse xmlns:ns1="{RIS}">{body}</ns1:selectCmDeviceExtResponse>')


def snapshot(**stores: list[tuple[str, str]]) -> bytes:
    """The certificate snapshot of 14 and later: store -> (file name, PEM)."""
    trusts = [
        {"service": store, "certificate_data": [{"filename": name, "certificate": pem} for name, pem in held]}
        for store, held in stores.items()
    ]
    return json.dumps({"identities": [], "trusts": trusts}).encode()
