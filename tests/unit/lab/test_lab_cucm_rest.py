"""The certificate API of release 14 and later."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.certs import Cert
from lab.testing import RunningLab, running_lab
from tests.unit.lab.cucm_kit import Client, made, site

_, CERTS = made()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningLab]:
    with running_lab(site(), tmp_path / "lab") as lab:
        yield lab


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running_lab(site(), tmp_path_factory.mktemp("rest") / "lab") as lab:
        yield Client(lab)


def held(running: RunningLab, store: str) -> set[str]:
    return {entry["sha1"] for entry in running.state("lab-cucm")["trust"][store].values()}


def body(*services: str, certs: tuple[Cert, ...] = (), **more: Any) -> bytes:
    pems = [cert.pem for cert in certs]
    return json.dumps({"service": list(services), "certificates": pems, "description": "new", **more}).encode()


def test_the_snapshot_of_the_server(client: Client) -> None:
    answer = client.rest("GET", "snapshot/server")
    assert answer.status_code == 200
    data = answer.json()
    assert sorted(entry["service"] for entry in data["identities"]) == ["CAPF", "CallManager", "tomcat"]
    # Empty stores are left out.
    assert [entry["service"] for entry in data["trusts"]] == ["phone-vpn-trust", "CAPF-trust"]
    names = [entry["filename"] for entry in data["trusts"][0]["certificate_data"]]
    assert names == ["vpn.example.com.pem", "Root_CA.pem"]
    assert all("BEGIN CERTIFICATE" in entry["certificate"] for entry in data["identities"])
    assert client.rest("GET", "trust/certificates").json()["trusts"] == data["trusts"]


def test_the_options_name_the_services(client: Client) -> None:
    data = client.rest("GET", "snapshot/options").json()
    assert "phone-vpn-trust" in data["trusts"]["services"]
    assert data["identities"]["services"] == ["CAPF", "CallManager", "tomcat"]


@pytest.mark.parametrize("service", ["phone-vpn", "Phone-VPN"])
def test_an_upload_goes_into_the_store(running: RunningLab, service: str) -> None:
    answer = Client(running).rest("POST", "trust/certificates", data=body(service, "CAPF", certs=(CERTS["mic-ca"],)))
    assert answer.status_code == 201
    for store in ("Phone-VPN-trust", "CAPF-trust"):
        pins = running.state("lab-cucm")["trust"][store]
        assert "Lab_Manufacturing_CA.pem" in pins


@pytest.mark.parametrize(("name", "stored"), [("vpn-new", True), ("vpn-old", False)])
def test_the_same_cn_overwrites_or_is_dropped_and_both_are_called_good(
    running: RunningLab, name: str, stored: bool
) -> None:
    before = held(running, "Phone-VPN-trust")
    # The site of this lab has certificates of its own; these have the same names and start a day or years apart.
    answer = Client(running).rest("POST", "trust/certificates", data=body("phone-vpn", certs=(CERTS[name],)))
    assert answer.status_code == 201
    after = held(running, "Phone-VPN-trust")
    assert len(after) == len(before) == 2
    assert (CERTS[name].sha1 in after) is stored
    assert (after == before) is not stored


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not JSON"), (b"[" * 3000, "not JSON"), (b"[]", "not an object"), (b"{}", "lists of texts"),
        (body(certs=(CERTS["root"],)), "lists of texts"), (body("phone-vpn"), "lists of texts"),
        (body("phone-vpn", certificates=["x"]), "Invalid certificate"),
        (body("phone-vpn", certificates=["\ud800"]), "Invalid certificate"),
        (body("phone-vpn", certificates=[1]), "lists of texts"),
        (body("phone-vpn-trust", certs=(CERTS["root"],)), "Invalid service"),
        (body("nothing", certs=(CERTS["root"],)), "Invalid service"),
    ],
)  # fmt: skip
def test_bad_uploads(client: Client, data: bytes, says: str) -> None:
    answer = client.rest("POST", "trust/certificates", data=data)
    assert answer.status_code == 400
    assert says in answer.json()["messages"][0]


def test_accounts_paths_and_methods(client: Client) -> None:
    assert client.rest("GET", "snapshot/server", auth=client.auth).status_code == 401
    refused = client.rest("GET", "snapshot/server", auth=None)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, 'Basic realm="CMPlatform Realm"')
    assert client.rest("GET", "snapshot/other").status_code == 404
    assert client.rest("DELETE", "trust/certificates").status_code == 405


@pytest.mark.parametrize("version", ["11.5.1.10000-6", "12.5.1.10000-22"])
def test_before_release_14_there_is_no_such_thing(tmp_path: Path, version: str) -> None:
    with running_lab(site(version=version), tmp_path / "lab") as lab:
        assert Client(lab).rest("GET", "snapshot/server").status_code == 404
