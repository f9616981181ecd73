"""RisPort70: which phones are registered, from where. At most 1000 devices a request, few requests a minute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape

from ..questions import PAGE
from ..soap import children, first, text
from .soap_client import Allowance, SoapClient, Told, enveloped

PATH = "/realtimeservice2/services/RISService70"
# The service takes 15 requests a minute, for all who ask [K]: what is beyond these is spread out.
UNPACED = 10
PACE = 5.0
_NAMESPACE = "http://schemas.cisco.com/ast/soap"
# Axis2 finds the operation by the body where it does not know the action [K].
_ACTION = "selectCmDeviceExt"


def envelope(names: Iterable[str]) -> bytes:
    """One request for these device names, whatever their state."""
    items = "".join(f"<ns:item><ns:Item>{escape(name)}</ns:Item></ns:item>" for name in names)
    criteria = (
        f"<ns:StateInfo></ns:StateInfo><ns:CmSelectionCriteria>"
        f"<ns:MaxReturnedDevices>{PAGE}</ns:MaxReturnedDevices><ns:DeviceClass>Phone</ns:DeviceClass>"
        f"<ns:Model>255</ns:Model><ns:Status>Any</ns:Status><ns:NodeName></ns:NodeName>"
        f"<ns:SelectBy>Name</ns:SelectBy><ns:SelectItems>{items}</ns:SelectItems>"
        f"<ns:Protocol>Any</ns:Protocol><ns:DownloadStatus>Any</ns:DownloadStatus>"
        f"</ns:CmSelectionCriteria>"
    )
    return enveloped(_NAMESPACE, _ACTION, criteria)


class Ris:
    """Registrations of the phones that are named; each answer is one page."""

    def __init__(self, client: SoapClient, allowance: Allowance) -> None:
        self._client = client
        self._allowance = allowance
        self._asked = 0

    def pages(self, names: Sequence[str]) -> Iterator[Told]:
        """Answers for all names. One that was cut at the limit is asked for again in two halves."""
        waiting = [list(names[start : start + PAGE]) for start in range(0, len(names), PAGE)]
        while waiting:
            batch = waiting.pop(0)
            self._asked += 1
            if self._asked > UNPACED:
                self._allowance.pace(PACE)
            told = self._client.post(_ACTION, envelope(batch))
            if _is_cut(told) and len(batch) > 1:
                middle = len(batch) // 2
                waiting[:0] = [batch[:middle], batch[middle:]]
                continue
            yield told


def _is_cut(told: Told) -> bool:
    """More devices were found than are listed: one device can stand under several nodes."""
    content = told.envelope.content
    result = first(content, "selectCmDeviceReturn", "SelectCmDeviceResult") or first(content, "SelectCmDeviceResult")
    total = text(result, "TotalDevicesFound")
    nodes = children(first(result, "CmNodes"), "item")
    listed = sum(len(children(first(node, "CmDevices"), "item")) for node in nodes)
    return total.isdecimal() and len(total) < 10 and int(total) > listed >= PAGE
