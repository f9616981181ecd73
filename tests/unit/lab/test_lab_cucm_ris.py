"""RisPort70: forms of the answer by release, selection, pages, two nodes, too many questions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lab.testing import RunningLab, running_lab
from tests.unit.lab.cucm_kit import OTHER, PHONE, PLAIN, RIS, Answered, Client, answered, site

AT = {PHONE: datetime(2026, 5, 1, 8, tzinfo=UTC), OTHER: datetime(2026, 5, 1, 9, tzinfo=UTC)}
NS = {"r": RIS}
GHOST = [{"kind": "ris_ghost", "node": "cucm-tftp2", "phone": PHONE}]


def fill(running: RunningLab) -> Client:
    cluster = running.cluster("lab-cucm")

    def register() -> None:
        cluster.register(PHONE, "10.10.10.10", AT[PHONE])
        cluster.register(OTHER, "10.10.10.11", AT[OTHER])
        cluster.unregister(OTHER, AT[OTHER])

    running.inside(register)
    return Client(running)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running_lab(site(faults=GHOST), tmp_path_factory.mktemp("ris") / "lab") as lab:
        yield fill(lab)


def devices(answer: Answered) -> list[tuple[str, ...]]:
    """(node, name, status) of every device."""
    assert not answer.fault
    return [
        (node.findtext("r:Name", "", NS), *(item.findtext(f"r:{tag}", "", NS) for tag in ("Name", "Status")))
        for node in answer.body.findall(".//r:CmNodes/r:item", NS)
        for item in node.findall("r:CmDevices/r:item", NS)
    ]


@pytest.mark.parametrize(
    ("version", "wrapped", "flat"),
    [("11.5.1.10000-6", False, True), ("12.5.1.10000-22", False, False), ("14.0", False, False), ("15.0", True, False)],
)
def test_the_form_follows_the_release(tmp_path: Path, version: str, wrapped: bool, flat: bool) -> None:
    with running_lab(site(version=version), tmp_path / "lab") as lab:
        answer = answered(fill(lab).ris([PHONE]))
    assert answer.body.tag == f"{{{RIS}}}selectCmDeviceExtResponse"
    assert [element.tag for element in answer.body] == (
        [f"{{{RIS}}}selectCmDeviceReturn"] if wrapped else [f"{{{RIS}}}SelectCmDeviceResult", f"{{{RIS}}}StateInfo"]
    )
    (device,) = answer.body.findall(".//r:CmDevices/r:item", NS)
    assert device.findtext("r:IpAddress" if flat else "r:IPAddress/r:item/r:IP", "", NS) == "10.10.10.10"
    assert device.findtext("r:TimeStamp", "", NS) == str(int(AT[PHONE].timestamp()))
    assert device.findtext("r:ActiveLoadID", "", NS) == "sip7962.9-4-2SR3-1S"


def test_a_phone_may_be_listed_under_two_nodes(client: Client) -> None:
    answer = answered(client.ris([PHONE]))
    assert devices(answer) == [("cucm-pub", PHONE, "Registered"), ("cucm-tftp2", PHONE, "Registered")]
    stamps = [int(element.text or 0) for element in answer.body.findall(".//r:TimeStamp", NS)]
    assert stamps[0] == int(AT[PHONE].timestamp())
    assert stamps[1] != stamps[0]
    assert answer.body.findtext(".//r:TotalDevicesFound", "", NS) == "2"


@pytest.mark.parametrize(
    ("names", "more", "found"),
    [
        (["*"], {}, [("cucm-pub", PHONE), ("cucm-pub", OTHER), ("cucm-tftp2", PHONE)]),
        ([], {}, [("cucm-pub", PHONE), ("cucm-pub", OTHER), ("cucm-tftp2", PHONE)]),
        (["SEP8CB64F57611*"], {"NodeName": "cucm-tftp2"}, [("cucm-tftp2", PHONE)]),
        ([OTHER, PLAIN], {}, [("cucm-pub", OTHER)]),
        ([PLAIN], {}, []),
        (["*"], {"Status": "UnRegistered"}, [("cucm-pub", OTHER)]),
        (["*"], {"DeviceClass": "Gateway"}, []),
        (["10.10.10.11"], {"SelectBy": "IPV4Address"}, [("cucm-pub", OTHER)]),
        (["[S]EP8CB64F576113"], {}, []),
    ],
)
def test_selection(client: Client, names: list[str], more: dict[str, str], found: list[tuple[str, str]]) -> None:
    answer = answered(client.ris(names, **more))
    assert [entry[:2] for entry in devices(answer)] == found


def test_pages(client: Client) -> None:
    state, pages = "", []
    for _ in range(4):
        answer = answered(client.ris(limit=1, state=state))
        pages.append([entry[:2] for entry in devices(answer)])
        state = answer.body.findtext(".//r:StateInfo", "", NS)
        assert answer.body.findtext(".//r:TotalDevicesFound", "", NS) == "3"
    assert pages == [[("cucm-pub", PHONE)], [("cucm-pub", OTHER)], [("cucm-tftp2", PHONE)], []]


@pytest.mark.parametrize(("version", "most"), [("12.5.1.10000-22", 1000), ("14.0.1.13900-155", 2000)])
def test_no_page_is_longer_than_the_release_gives(tmp_path: Path, version: str, most: int) -> None:
    raw = site(version=version)
    raw["phones"] = [{"name": "SEP{n:012X}", "repeat": 2001, "cucm": "lab-cucm", "common_profile": "Desk phones",
                      "certificate": "none", "online": False}]  # fmt: skip
    with running_lab(raw, tmp_path / "lab") as lab:
        cluster = lab.cluster("lab-cucm")

        def register() -> None:
            for name in cluster.phones:
                cluster.register(name, "10.0.0.1", AT[PHONE])

        lab.inside(register)
        assert len(devices(answered(Client(lab).ris(limit=9999)))) == most


@pytest.mark.parametrize("body", [b"", b"<a/>"])
def test_what_is_no_request_is_a_fault(client: Client, body: bytes) -> None:
    assert answered(client.post("/realtimeservice2/services/RISService70", body)).fault


def test_accounts_and_methods(client: Client) -> None:
    path = "/realtimeservice2/services/RISService70"
    assert client.post(path, b"", auth=("axl", "no")).status_code == 401
    url = f"https://127.0.0.1:{client.vars['vpnphone_axl_port']}{path}"
    assert client.session.get(url, auth=client.auth, timeout=60).status_code == 405


def test_a_bad_number_is_a_fault(client: Client) -> None:
    response = client.ris(limit=-1)
    assert (response.status_code, answered(response).fault) == (500, "MaxReturnedDevices is a number.")


def test_asked_too_often(tmp_path: Path) -> None:
    faults: list[dict[str, Any]] = [{"kind": "ris_503", "count": 2}]
    with running_lab(site(faults=faults), tmp_path / "lab") as lab:
        client = fill(lab)
        first, second, third = (client.ris() for _ in range(3))
    assert [answer.status_code for answer in (first, second, third)] == [503, 503, 200]
    assert "15 requests per minute" in answered(first).fault
    assert len(devices(answered(third))) == 2
