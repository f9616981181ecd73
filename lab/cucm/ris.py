"""RisPort70: which phones are registered, where, under which address.

The answer has the three forms that clients met: bare with a flat IpAddress before 12, bare with a list of addresses up
to 14, wrapped in selectCmDeviceReturn from 15; where the borders lie exactly is assumed [?]. So is the cursor: the
StateInfo of an answer, given back, brings the next devices, and none at the end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from xml.etree.ElementTree import Element

from . import soap
from .axl import page
from .cluster import Cluster
from .http import Answer, Request
from .objects import Registration
from .soap import Call, Fault, child, children, node, value_of

PATHS = ("/realtimeservice2/services/RISService70",)
NAMESPACE = "http://schemas.cisco.com/ast/soap"
_OPERATIONS = ("selectCmDeviceExt", "selectCmDevice")
_TOO_OFTEN = (
    "Exceeded allowed rate for Reatime information. Current allowed rate for realtime information is 15 requests per "
    "minute."
)
_CURSOR = re.compile(r'StateId="(\d{1,9})"')


class Ris:
    """The servlet below PATHS."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        release = cluster.spec.release
        self._wrapped, self._flat = release >= (15, 0), release < (12, 0)
        self._most = 1000 if release < (14, 0) else 2000

    async def answer(self, request: Request) -> Answer:
        cluster = self._cluster
        account = cluster.spec.axl_user
        if request.account() != (account.name, account.password):
            return page(401, WWW_Authenticate='Basic realm="RTMT Web Services"')
        if request.method != "POST":
            return page(405)
        if cluster.fault("ris_503") is not None:
            return Answer(503, soap.fault(Fault(_TOO_OFTEN), ""), soap.TYPE)
        operation = ""
        try:
            call = soap.parse(request.body)
            operation = call.operation
            made = self._select(call)
        except Fault as problem:
            return Answer(problem.status, soap.fault(problem, operation), soap.TYPE)
        cluster.requests[operation] += 1
        return Answer(200, soap.envelope([made]), soap.TYPE)

    def _select(self, call: Call) -> Element:
        if call.operation not in _OPERATIONS or call.namespace != NAMESPACE:
            raise Fault(f"The operation {call.operation[:60]} is not known here.", client=True)
        criteria = child(call.element, "CmSelectionCriteria")
        if criteria is None:
            raise Fault("CmSelectionCriteria is required.", client=True)
        limit = value_of(criteria, "MaxReturnedDevices")
        if not re.fullmatch(r"\d{1,6}", limit):
            raise Fault("MaxReturnedDevices is a number.", client=True)
        items = (value_of(item, "Item") for item in children(child(criteria, "SelectItems"), "item"))
        wanted = frozenset(filter(None, items))
        matched = [entry for entry in self._cluster.registrations() if _matches(entry, criteria, wanted)]
        cursor = _CURSOR.search(value_of(call.element, "StateInfo"))
        start = int(cursor[1]) if cursor else 0
        shown = matched[start : start + min(int(limit), self._most)]
        result = node(
            "ns1:SelectCmDeviceResult",
            node("ns1:TotalDevicesFound", str(len(matched))),
            node("ns1:CmNodes", *self._nodes(shown)),
        )
        state = node("ns1:StateInfo", self._state(start + len(shown)))
        content = [node("ns1:selectCmDeviceReturn", result, state)] if self._wrapped else [result, state]
        made = node(f"ns1:{call.operation}Response", *content)
        made.set("xmlns:ns1", NAMESPACE)
        return made

    def _state(self, place: int) -> str:
        started = int(self._cluster.started.timestamp())
        nodes = "".join(
            f'<Node Name="{name}" SubsystemStartTime="{started}" StateId="{place}"/>' for name in self._cluster.nodes
        )
        return f'<StateInfo ClusterId="{self._cluster.name}">{nodes}</StateInfo>'

    def _nodes(self, shown: Sequence[Registration]) -> list[Element]:
        items = []
        for name in self._cluster.nodes:
            devices = [self._device(entry) for entry in shown if entry.node == name]
            items.append(
                node(
                    "ns1:item",
                    node("ns1:ReturnCode", "Ok" if devices else "NotFound"),
                    node("ns1:Name", name),
                    node("ns1:NoChange", "false"),
                    node("ns1:CmDevices", *devices),
                )
            )
        return items

    def _device(self, entry: Registration) -> Element:
        phone = self._cluster.phones.get(entry.phone)
        if self._flat:
            address = node("ns1:IpAddress", entry.ip)
        else:
            parts = {"IP": entry.ip, "IPAddrType": "ipv4", "Attribute": "Unknown"}
            address = node("ns1:IPAddress", node("ns1:item", *(node(f"ns1:{k}", text) for k, text in parts.items())))
        return node(
            "ns1:item",
            node("ns1:Name", entry.phone),
            node("ns1:DirNumber", f"1000-{entry.status}"),
            node("ns1:DeviceClass", "Phone"),
            node("ns1:Model", str(phone.model_number) if phone else "0"),
            node("ns1:Status", entry.status),
            node("ns1:StatusReason", "0" if entry.status == "Registered" else "8"),
            node("ns1:Protocol", "SIP"),
            node("ns1:ActiveLoadID", f"sip{phone.digits}.9-4-2SR3-1S" if phone else ""),
            node("ns1:TimeStamp", str(int(entry.at.timestamp()))),
            address,
        )


def _matches(entry: Registration, criteria: Element, wanted: frozenset[str]) -> bool:
    """wanted: names or addresses, `*` stands for anything; none of them: all."""
    status, name, kind = (value_of(criteria, tag) for tag in ("Status", "NodeName", "DeviceClass"))
    if status not in ("", "Any", entry.status) or name not in ("", "Any", entry.node):
        return False
    if kind not in ("", "Any", "Phone"):
        return False
    against = entry.ip if value_of(criteria, "SelectBy") == "IPV4Address" else entry.phone
    return not wanted or against in wanted or any(fnmatchcase(against, pattern) for pattern in wanted if "*" in pattern)
