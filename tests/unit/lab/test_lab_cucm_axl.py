"""AXL over real sockets: every operation, the faults it answers with, and what of it reaches the phones' files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.cucm import axl
from lab.testing import RunningLab, running_lab
from tests.unit.lab.cucm_kit import OTHER, PHONE, PLAIN, SOAP, Client, answered, made, named, site, tags, texts


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningLab]:
    with running_lab(site(), tmp_path / "lab") as lab:
        yield lab


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    """For tests that only look."""
    with running_lab(site(), tmp_path_factory.mktemp("axl") / "lab") as lab:
        yield lab


@pytest.fixture
def client(shared: RunningLab) -> Client:
    return Client(shared)


# --- versions and accounts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["14.0", "12.5", "11.0", "1.0"])
def test_the_version_is_told_in_every_namespace_that_is_taken(client: Client, version: str) -> None:
    answer = client.axl("getCCMVersion", version=version)
    assert answer.status == 200
    assert answer.body.tag == f"{{http://www.cisco.com/AXL/API/{version}}}getCCMVersionResponse"
    assert answer.result.findtext("componentVersion/version") == "14.0.1.13900-155"


@pytest.mark.parametrize(("operation", "version"), [("getCCMVersion", "15.0"), ("listPhone", "1.0"), ("getPhone", "x")])
def test_a_wrong_version_is_told_which_are_right(client: Client, operation: str, version: str) -> None:
    answer = client.axl(operation, version=version)
    assert answer.status == 500
    assert answer.fault == (f"Incorrect axl version: {version}. Supported versions: 10.5, 11.0, 11.5, 12.0, 12.5, 14.0")


@pytest.mark.parametrize(
    ("release", "newest", "oldest"), [((11, 0), "11.0", "8.5"), ((11, 5), "11.5", "9.0"), ((12, 5), "12.5", "10.0"),
                                      ((14, 0), "14.0", "10.5"), ((15, 0), "15.0", "11.0")],
)  # fmt: skip
def test_a_cluster_takes_its_own_version_and_five_before(release: tuple[int, int], newest: str, oldest: str) -> None:
    versions = axl.supported(release)
    assert (versions[-1], versions[0], len(versions)) == (newest, oldest, 6)


def test_another_account_is_refused(client: Client) -> None:
    wrong: tuple[tuple[str, str] | None, ...] = (None, (client.auth[0], "no"), client.os_auth)
    for account in wrong:
        response = client.raw("getCCMVersion", auth=account)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Basic ")
    assert client.post("/axl/", "", headers={"Authorization": "Basic ?"}, auth=None).status_code == 401


@pytest.mark.parametrize("path", ["/", "/ccmadmin", "/realtimeservice2/"])
def test_other_paths_are_not_there(client: Client, path: str) -> None:
    assert client.post(path, "").status_code == 404


BOMB = f'<!DOCTYPE a [<!ENTITY b "c">]><s:Envelope xmlns:s="{SOAP}"><s:Body><a>&b;</a></s:Body></s:Envelope>'


@pytest.mark.parametrize(
    "body", [b"", b"<a", b"<a/>", f'<s:Envelope xmlns:s="{SOAP}"/>'.encode(), b"\xff\xfe\x00", BOMB.encode()]
)
def test_what_is_no_request_is_a_fault(client: Client, body: bytes) -> None:
    response = client.post("/axl/", body)
    assert response.status_code == 500
    assert answered(response).fault


@pytest.mark.parametrize("operation", ["addVpnGateway", "removePhone", "listCss", "executeSQLUpdate"])
def test_other_operations_are_a_fault(client: Client, operation: str) -> None:
    answer = client.axl(operation)
    assert (answer.status, "not known" in answer.fault) == (500, True)


# --- lists ----------------------------------------------------------------------------------------------------------

ALL = "<searchCriteria><name>%</name></searchCriteria>"


@pytest.mark.parametrize(
    ("kind", "tag", "asked", "given"),
    [
        ("VpnGateway", "vpnGateway", ("name", "url", "certificates"), ["name", "url"]),
        ("VpnGroup", "vpnGroup", ("name", "vpnGateways"), ["name"]),
        ("VpnProfile", "vpnProfile", ("name", "mtu", "pwdPersistant"), ["name", "mtu", "pwdPersistant"]),
        ("CommonPhoneConfig", "commonPhoneConfig", ("name", "vpnGroupName"), ["name", "vpnGroupName"]),
        ("Phone", "phone", ("name", "model", "vendorConfig"), ["name", "model"]),
        ("Phone", "phone", (), []),
    ],
)
def test_lists_give_what_is_asked_and_never_more_than_lists_have(
    client: Client, kind: str, tag: str, asked: tuple[str, ...], given: list[str]
) -> None:
    wanted = "".join(f"<{name}/>" for name in asked)
    found = client.axl(f"list{kind}", f"{ALL}<returnedTags>{wanted}</returnedTags>").result
    assert set(tags(found)) == {tag}
    assert all(tags(item) == given for item in found)
    assert all((item.get("uuid") or "").startswith("{") for item in found)


@pytest.mark.parametrize(
    ("criteria", "more", "names"),
    [
        ("<name>%</name>", "", [PHONE, OTHER, PLAIN]),
        ("<name>sep%115</name>", "", [PLAIN]),
        ("<name>SEP8CB64F576114</name>", "", [OTHER]),
        ("<name>SEP</name>", "", []),
        ("<name>S.*</name>", "", []),
        ("<name>%</name><commonPhoneConfigName>Remote%</commonPhoneConfigName>", "", [PHONE, OTHER]),
        ("<model>Cisco 8861</model>", "", [OTHER]),
        ("<name>%</name>", "<skip>1</skip><first>1</first>", [OTHER]),
        ("<name>%</name>", "<skip>3</skip><first>5</first>", []),
    ],
)
def test_criteria_and_pages(client: Client, criteria: str, more: str, names: list[str]) -> None:
    body = f"<searchCriteria>{criteria}</searchCriteria><returnedTags><name/></returnedTags>{more}"
    assert texts(client.axl("listPhone", body).result, "phone/name") == names


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("", "searchCriteria is required"),
        ("<searchCriteria/>", "searchCriteria is required"),
        ("<searchCriteria><colour>%</colour></searchCriteria>", "colour"),
        (f"{ALL}<skip>-1</skip>", "skip and first"),
    ],
)
def test_bad_lists(client: Client, body: str, fault: str) -> None:
    assert fault in client.axl("listPhone", body).fault


# --- single objects -------------------------------------------------------------------------------------------------


def test_a_gateway_refers_to_certificates_by_issuer_and_serial_number(client: Client) -> None:
    gateway = client.axl("getVpnGateway", named("GW1")).one("vpnGateway")
    assert tags(gateway) == ["name", "description", "url", "certificates"]
    assert gateway.findtext("url") == "https://vpn.example.com/VPNPhone?a=1&b=2"
    first, second = gateway.findall("certificates/certificate")
    assert (first.findtext("issuerName"), first.findtext("serialNumber")) == ("CN=Root CA,O=Lab", "0a1b2c")
    assert second.findtext("issuerName") == "CN=Root CA,O=Lab"
    by_key = client.axl("getVpnGateway", f"<uuid>{gateway.get('uuid')}</uuid>").one("vpnGateway")
    assert by_key.findtext("name") == "GW1"


def test_groups_profiles_and_common_profiles(client: Client) -> None:
    group = client.axl("getVpnGroup", named("G1")).one("vpnGroup")
    assert texts(group, "vpnGateways/vpnGateway/vpnGatewayName") == ["GW1"]
    assert texts(group, "vpnGateways/vpnGateway/priority") == ["0"]
    profile = client.axl("getVpnProfile", named("P1")).one("vpnProfile")
    assert {element.tag: element.text for element in profile} == {
        "name": "P1", "description": None, "autoNetworkDetection": "false", "mtu": "1290", "failToConnect": "30",
        "clientAuthentication": "Certificate", "pwdPersistant": "false", "enableHostIdCheck": "true",
    }  # fmt: skip
    common = client.axl("getCommonPhoneConfig", named("Remote phones")).one("commonPhoneConfig")
    assert (common.findtext("vpnGroupName"), common.findtext("vpnProfileName")) == ("G1", "P1")
    bare = client.axl("getCommonPhoneConfig", named("Desk phones")).one("commonPhoneConfig")
    assert (bare.findtext("vpnGroupName"), bare.findtext("vpnProfileName")) == ("", "")


def test_phones(client: Client) -> None:
    phone = client.axl("getPhone", named(PHONE)).one("phone")
    assert phone.findtext("model") == "Cisco 7962"
    assert phone.findtext("commonPhoneConfigName") == "Remote phones"
    assert phone.findtext("certificateStatus") == "Upgrade Success"
    other = client.axl("getPhone", named(OTHER, "<returnedTags><certificateStatus/></returnedTags>")).one("phone")
    assert [(element.tag, element.text) for element in other] == [("certificateStatus", "None")]


@pytest.mark.parametrize(
    ("operation", "label"),
    [
        ("getVpnGateway", "VPN Gateway"), ("getVpnGroup", "VPN Group"), ("getVpnProfile", "VPN Profile"),
        ("getCommonPhoneConfig", "Common Phone Profile"), ("getPhone", "Phone"), ("updateVpnGateway", "VPN Gateway"),
        ("applyPhone", "Phone"), ("applyCommonPhoneConfig", "Common Phone Profile"),
    ],
)  # fmt: skip
def test_what_is_not_there(client: Client, operation: str, label: str) -> None:
    for body in (named("none"), "", "<uuid>{0}</uuid>"):
        answer = client.axl(operation, body)
        assert (answer.status, answer.fault) == (500, f"Item not valid: The specified {label} was not found")
        assert texts(answer.body, "detail/axlError/axlcode") == ["5007"]
        assert texts(answer.body, "detail/axlError/request") == [operation]


# --- changes --------------------------------------------------------------------------------------------------------


def member(issuer: str, serial: str) -> str:
    return f"<certificate><issuerName>{issuer}</issuerName><serialNumber>{serial}</serialNumber></certificate>"


def pins(running: RunningLab, node: str = "cucm-pub", phone: str = PHONE) -> list[str]:
    found: list[str] = running.state("lab-cucm")["phones"][phone]["files"][node]["pins"]
    return found


def test_an_update_of_the_certificates_replaces_the_list(running: RunningLab) -> None:
    client = Client(running)
    before = pins(running)
    changed = client.axl(
        "updateVpnGateway", named("GW1", f"<certificates>{member('CN=Root CA,O=Lab', '0a1b2c')}</certificates>")
    )
    assert (changed.result.text or "").startswith("{")
    assert running.state("lab-cucm")["gateways"]["GW1"]["pins"] == before[:1]
    # The file follows with the apply only.
    assert pins(running) == before
    client.axl("applyPhone", named(PHONE))
    assert pins(running) == pins(running, "cucm-tftp2") == before[:1]
    assert pins(running, phone=OTHER) == before


@pytest.mark.parametrize(
    ("inner", "fault"),
    [
        ("<certificates/>", "1 to 10 certificates, not 0"),
        (f"<certificates>{member('CN=a', '1') * 11}</certificates>", "not 11"),
        (f"<certificates>{member('CN=Root CA,O=Lab', 'ff')}</certificates>", "The specified Certificate was not found"),
        # CAPF's certificate is not in Phone-VPN-trust, whatever its number.
        (f"<certificates>{member('CN=CAPF-1,O=Lab', '1')}</certificates>", "was not found"),
        (f"<url>https://{'x' * 256}</url>", "longer than 255"),
        ("<colour>red</colour>", "starting with element 'colour'"),
    ],
)
def test_refused_updates_of_a_gateway_change_nothing(shared: RunningLab, inner: str, fault: str) -> None:
    before = shared.state("lab-cucm")["gateways"]
    answer = Client(shared).axl("updateVpnGateway", named("GW1", f"<description>new</description>{inner}"))
    assert fault in answer.fault
    assert shared.state("lab-cucm")["gateways"] == before
    assert shared.cluster("lab-cucm").gateways["GW1"].description == ""


@pytest.mark.parametrize(
    ("tag", "good", "field", "value"),
    [
        ("mtu", "256", "mtu", 256), ("mtu", "1406", "mtu", 1406), ("failToConnect", "600", "fail_to_connect", 600),
        ("enableHostIdCheck", "f", "host_id_check", False), ("enableHostIdCheck", "false", "host_id_check", False),
        ("autoNetworkDetection", "t", "auto_network_detection", True),
        ("pwdPersistant", "true", "password_persistence", True),
        ("clientAuthentication", "Password Only", "client_authentication", "Password Only"),
    ],
)  # fmt: skip
def test_updates_of_a_profile(running: RunningLab, tag: str, good: str, field: str, value: object) -> None:
    Client(running).axl("updateVpnProfile", named("P1", f"<{tag}>{good}</{tag}>"))
    assert running.state("lab-cucm")["profiles"]["P1"][field] == value


@pytest.mark.parametrize(
    ("tag", "bad"),
    [
        ("mtu", "255"), ("mtu", "1407"), ("mtu", "-1"), ("mtu", ""), ("failToConnect", "601"),
        ("enableHostIdCheck", "yes"), ("enableHostIdCheck", ""), ("clientAuthentication", "MIC"),
        ("pwdPersistent", "true"),
    ],
)  # fmt: skip
def test_refused_updates_of_a_profile(shared: RunningLab, tag: str, bad: str) -> None:
    before = shared.state("lab-cucm")["profiles"]
    assert Client(shared).axl("updateVpnProfile", named("P1", f"<{tag}>{bad}</{tag}>")).fault
    assert shared.state("lab-cucm")["profiles"] == before


def test_updates_of_a_common_profile(running: RunningLab) -> None:
    client = Client(running)
    nil = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'
    assert client.axl("updateCommonPhoneConfig", named("Remote phones", f"<vpnGroupName {nil}/>")).result.text
    assert running.state("lab-cucm")["common_profiles"]["Remote phones"] == ["", "P1"]
    assert client.axl("updateCommonPhoneConfig", named("Desk phones", "<vpnGroupName>none</vpnGroupName>")).fault
    both = "<vpnGroupName>G1</vpnGroupName><vpnProfileName>P1</vpnProfileName>"
    client.axl("updateCommonPhoneConfig", named("Desk phones", both))
    assert pins(running, phone=PLAIN) == []
    client.axl("applyCommonPhoneConfig", named("Desk phones"))
    assert len(pins(running, phone=PLAIN)) == 2
    # Only phones of that profile were applied.
    assert len(pins(running, phone=PHONE)) == 2


def test_updates_of_a_phone(running: RunningLab) -> None:
    client = Client(running)
    web = "<vendorConfig><webAccess>1</webAccess></vendorConfig>"
    moved = "<commonPhoneConfigName>Desk phones</commonPhoneConfigName>"
    client.axl("updatePhone", named(PHONE, moved + web))
    assert client.axl("updatePhone", named(PHONE, "<commonPhoneConfigName/>")).fault
    phone = client.axl("getPhone", named(PHONE)).one("phone")
    assert phone.findtext("commonPhoneConfigName") == "Desk phones"
    assert phone.findtext("vendorConfig/webAccess") == "1"
    for operation in ("resetPhone", "restartPhone"):
        assert client.axl(operation, named(PHONE)).result.text == phone.get("uuid")
    content = running.cluster("lab-cucm").file("cucm-pub", f"{PHONE}.cnf.xml")
    assert content is not None
    assert b"<webAccess>1</webAccess>" in content
    assert b"vpnGroup" not in content


def test_more_rows_than_axl_gives_at_once(tmp_path: Path) -> None:
    with running_lab(site(row_limit=2), tmp_path / "lab") as lab:
        client = Client(lab)
        listing = f"{ALL}<returnedTags><name/></returnedTags>"
        asked = (client.axl("listPhone", listing), client.sql("select name from device"))
        for answer in asked:
            assert answer.fault == (
                "Query request too large. Total rows matched: 3 rows. Suggestive Row Fetch: less than 3 rows"
            )
        assert len(client.axl("listPhone", f"{listing}<skip>2</skip><first>2</first>").result) == 1
        assert len(client.sql("select skip 2 first 2 name from device").result) == 1


def test_an_unrestricted_node_has_no_vpn(tmp_path: Path) -> None:
    with running_lab(site(export="unrestricted"), tmp_path / "lab") as lab:
        client = Client(lab)
        for operation in ("listVpnGateway", "getVpnGroup", "updateVpnProfile"):
            answer = client.axl(operation, named("GW1"))
            assert (answer.status, "VPN feature" in answer.fault) == (500, True)
        assert client.axl("getPhone", named(PHONE)).status == 200
        assert client.axl("getCCMVersion").status == 200


def test_letters_that_xml_cannot_carry_are_left_out() -> None:
    cluster, _ = made()
    cluster.gateways["GW1"].description = "a\x00b\ud800c & <d>"
    (element,) = axl.OPERATIONS["getVpnGateway"](cluster, axl.node("x", axl.node("name", "GW1")))
    assert not isinstance(element, str)
    assert element.findtext("description") == "abc & <d>"
