"""A cluster without its listeners: when a phone's file changes, on which node, and what is in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from lab.certs import Cert
from lab.cucm import signing
from lab.cucm.cluster import Cluster
from lab.cucm.store import Held
from tests.unit.lab.cucm_kit import OTHER, PHONE, PLAIN, certificate, made, texts

PUB, SECOND = "cucm-pub", "cucm-tftp2"


def served(cluster: Cluster, node: str = PUB, phone: str = PHONE) -> Element:
    content = cluster.file(node, f"{phone}.cnf.xml")
    assert content is not None
    root: Element = fromstring(content)
    return root


def pins(cluster: Cluster, node: str = PUB, phone: str = PHONE) -> list[str]:
    return [found.text or "" for found in served(cluster, node, phone).findall("vpnGroup/credentials/*")][1:]


def pin(cert: Cert) -> str:
    return Held("", cert).pin


def test_the_file_has_the_elements_in_their_order() -> None:
    cluster, certs = made()
    root = served(cluster)
    group = root.find("vpnGroup")
    assert group is not None
    assert [(element.tag, element.text) for element in group][:6] == [
        ("mtu", "1290"), ("failConnectTime", "30"), ("authMethod", "2"), ("pswdPersistent", "0"),
        ("autoNetDetect", "0"), ("enableHostIDCheck", "1"),
    ]  # fmt: skip
    assert [(element.tag, element.text) for element in group[6]] == [
        ("url1", "https://vpn.example.com/VPNPhone?a=1&b=2")
    ]
    assert [(element.tag, element.text) for element in group[7]] == [
        ("hashAlg", "0"), ("certHash1", pin(certs["vpn"])), ("certHash2", pin(certs["root"])),
    ]  # fmt: skip
    assert texts(root, "vendorConfig/webAccess") == ["0"]
    assert texts(root, ".//processNodeName") == [PUB, SECOND]


def test_without_group_or_profile_the_file_has_no_vpn_group() -> None:
    cluster, _ = made()
    assert served(cluster, phone=PLAIN).find("vpnGroup") is None
    cluster.common_profiles["Remote phones"].vpn_profile = ""
    cluster.apply(PHONE)
    assert served(cluster).find("vpnGroup") is None


@pytest.mark.parametrize(
    ("words", "method"), [("User and Password", "0"), ("Password Only", "1"), ("Certificate", "2")]
)
def test_the_profile_as_the_file_spells_it(words: str, method: str) -> None:
    cluster, _ = made(
        profiles=[{"name": "P1", "client_authentication": words, "host_id_check": False, "mtu": 1000,
                   "fail_to_connect": 0, "auto_network_detection": True, "password_persistence": True}]
    )  # fmt: skip
    group = served(cluster).find("vpnGroup")
    assert group is not None
    assert [element.text for element in group][:6] == ["1000", "0", method, "1", "1", "0"]


def test_the_hashes_belong_to_the_group_and_end_after_ten() -> None:
    names = [f"c{number}" for number in range(12)]
    cluster, certs = made()
    for name in names:
        certs[name] = certificate(f"CN={name}")
        cluster.upload("Phone-VPN-trust", certs[name])
    first, second = cluster.gateways["GW1"], type(cluster.gateways["GW1"])("k", "GW2", url="https://b/c")
    first.certificates = tuple(f"{name}.pem" for name in names[:7])
    second.certificates = tuple(f"{name}.pem" for name in ["c0", *names[7:]])
    cluster.gateways["GW2"] = second
    cluster.groups["G1"].gateways = ("GW2", "GW1")
    cluster.apply(PHONE)
    expected = ["c0", *names[7:], *names[1:7]][:10]
    assert pins(cluster) == [pin(certs[name]) for name in expected]
    assert texts(served(cluster), "vpnGroup/addresses/*") == ["https://b/c", "https://vpn.example.com/VPNPhone?a=1&b=2"]


def test_a_change_reaches_the_file_with_the_apply_and_not_before() -> None:
    cluster, certs = made()
    before = [cluster.file(PUB, f"{PHONE}.cnf.xml.sgn"), cluster.file(PUB, f"{OTHER}.cnf.xml.sgn")]
    assert cluster.upload("Phone-VPN-trust", certs["vpn-new"]) == "replaced"
    assert cluster.file(PUB, f"{PHONE}.cnf.xml.sgn") == before[0]
    told: list[tuple[str, str]] = []
    cluster.on_apply.append(lambda phone, action: told.append((phone, action)))
    cluster.apply(PHONE, "reset")
    assert told == [(PHONE, "reset")]
    # The new certificate came into the old one's file: the gateway follows, and the old hash is gone.
    for node in (PUB, SECOND):
        assert pins(cluster, node) == [pin(certs["vpn-new"]), pin(certs["root"])]
    assert cluster.file(PUB, f"{OTHER}.cnf.xml.sgn") == before[1]


def test_the_envelope_carries_the_time_of_building() -> None:
    cluster, _ = made()
    first = cluster.phone_file(PHONE, PUB)
    assert first is not None
    opened = signing.unwrap(first, cluster.signer)
    assert opened.name == f"{PHONE}.cnf.xml.sgn"
    assert opened.built_at == cluster.started.replace(microsecond=0)
    assert opened.content == cluster.file(PUB, f"{PHONE}.cnf.xml")
    asked = datetime.now(UTC).replace(microsecond=0)
    cluster.apply(PHONE)
    second = cluster.phone_file(PHONE, PUB)
    assert second is not None
    assert asked <= signing.unwrap(second, cluster.signer).built_at <= datetime.now(UTC)


def test_an_older_certificate_of_the_same_name_changes_nothing() -> None:
    cluster, certs = made()
    assert cluster.upload("Phone-VPN-trust", certs["vpn-old"]) == "kept"
    cluster.apply(PHONE)
    assert pins(cluster) == [pin(certs["vpn"]), pin(certs["root"])]


def test_a_deleted_certificate_leaves_store_and_gateway() -> None:
    cluster, certs = made()
    assert not cluster.delete("Phone-VPN-trust", "none.pem")
    assert not cluster.delete("CAPF-trust", "vpn.example.com.pem")
    assert cluster.delete("Phone-VPN-trust", "vpn.example.com.pem")
    cluster.apply(PHONE)
    assert pins(cluster) == [pin(certs["root"])]


# --- faults of files ------------------------------------------------------------------------------------------------


def test_a_stale_node_keeps_the_file_of_before() -> None:
    cluster, certs = made(faults=[{"kind": "stale", "node": SECOND, "phone": PHONE}])
    assert cluster.file(SECOND, f"{PHONE}.cnf.xml") == cluster.file(PUB, f"{PHONE}.cnf.xml")
    cluster.upload("Phone-VPN-trust", certs["vpn-new"])
    for phone in (PHONE, OTHER):
        cluster.apply(phone)
    assert pins(cluster, PUB) == pins(cluster, SECOND, OTHER) == [pin(certs["vpn-new"]), pin(certs["root"])]
    assert pins(cluster, SECOND) == [pin(certs["vpn"]), pin(certs["root"])]


def test_a_stale_node_may_hold_other_hashes_from_the_start() -> None:
    cluster, certs = made(faults=[{"kind": "stale", "node": SECOND, "certificates": ["vpn-old"], "count": 1}])
    assert pins(cluster, SECOND) == [pin(certs["vpn-old"])]
    old = cluster.phone_file(PHONE, SECOND)
    assert old is not None
    assert signing.unwrap(old, cluster.signer).built_at < cluster.started - timedelta(days=29)
    cluster.apply(PHONE)
    assert pins(cluster, SECOND) == [pin(certs["vpn-old"])]
    # The fault had one strike.
    cluster.apply(PHONE)
    assert pins(cluster, SECOND) == [pin(certs["vpn"]), pin(certs["root"])]


def test_an_encrypted_file_is_all_there_is_but_the_phone_reads_it() -> None:
    cluster, _ = made(faults=[{"kind": "encrypted", "phone": PHONE}])
    assert cluster.file(PUB, f"{PHONE}.cnf.xml") is None
    assert cluster.file(PUB, f"{PHONE}.cnf.xml.sgn") is None
    hidden = cluster.file(PUB, f"{PHONE}.cnf.xml.enc.sgn")
    assert hidden is not None
    assert b"vpnGroup" not in hidden
    assert b"vpnGroup" in (cluster.phone_file(PHONE, PUB) or b"")
    assert cluster.file(PUB, f"{OTHER}.cnf.xml.enc.sgn") is None
    assert cluster.file(PUB, f"{OTHER}.cnf.xml") is not None


def test_an_absent_file_is_nowhere() -> None:
    cluster, _ = made(faults=[{"kind": "absent", "phone": PHONE}])
    names = [f"{PHONE}{ending}" for ending in (".cnf.xml", ".cnf.xml.sgn", ".cnf.xml.enc.sgn")]
    assert [cluster.file(node, name) for node in (PUB, SECOND) for name in names] == [None] * 6
    assert cluster.phone_file(PHONE, PUB) is None
    assert cluster.phone_file(OTHER, PUB) is not None


@pytest.mark.parametrize("kind", ["tftp_stall", "tftp_oversize"])
def test_a_phone_gets_nothing_from_a_node_that_does_not_end(kind: str) -> None:
    cluster, _ = made(faults=[{"kind": kind, "node": SECOND}])
    assert cluster.phone_file(PHONE, SECOND) is None
    assert cluster.phone_file(PHONE, PUB) is not None


def test_a_node_without_tftp_serves_no_phone() -> None:
    cluster, _ = made(nodes=[{"name": PUB}, {"name": SECOND, "tftp": False}])
    assert cluster.phone_file(PHONE, SECOND) is None


@pytest.mark.parametrize(
    "name", ["", "x", f"{PHONE}", f"{PHONE}.cnf", f"../{PHONE}.cnf.xml", f"{PHONE}.cnf.xml.sgn.sgn"]
)
def test_other_names_are_not_served(name: str) -> None:
    assert made()[0].file(PUB, name) is None


# --- registrations --------------------------------------------------------------------------------------------------

AT = datetime(2026, 5, 1, tzinfo=UTC)


def test_a_phone_registers_and_goes() -> None:
    cluster, _ = made()
    assert cluster.registered(PHONE) == ""
    cluster.register(PHONE, "10.10.10.10", AT)
    assert cluster.registered(PHONE) == "10.10.10.10"
    cluster.unregister(PHONE, AT + timedelta(hours=1))
    assert cluster.registered(PHONE) == ""
    (entry,) = cluster.registrations(PHONE)
    assert (entry.node, entry.ip, entry.status, entry.at) == (
        PUB,
        "10.10.10.10",
        "UnRegistered",
        AT + timedelta(hours=1),
    )


def test_the_newest_of_two_nodes_counts() -> None:
    cluster, _ = made(faults=[{"kind": "ris_ghost", "node": SECOND, "phone": PHONE}])
    cluster.register(PHONE, "10.10.10.10", datetime.now(UTC))
    assert [(r.node, r.ip) for r in cluster.registrations(PHONE)] == [(PUB, "10.10.10.10"), (SECOND, "192.0.2.99")]
    assert cluster.registered(PHONE) == "10.10.10.10"


def test_the_state_holds_no_password() -> None:
    cluster, certs = made(axl_user={"name": "a", "password": "secret-1"}, os_user={"name": "b", "password": "secret-2"})
    told = cluster.snapshot()
    assert "secret-" not in repr(told)
    assert told["phones"][PHONE]["files"][PUB]["pins"] == [pin(certs["vpn"]), pin(certs["root"])]
    assert told["trust"]["Phone-VPN-trust"]["vpn.example.com.pem"]["sha1"] == certs["vpn"].sha1
