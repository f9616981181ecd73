"""The ASA's listener: versions and suites exactly as the `ssl` lines say, and the certificate that is bound."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from lab.testing import RunningLab, running_lab
from tests.unit.lab.tls_client import CERTIFICATES, CLASSIC, EC_ONLY, NEWER, Seen, config, device, port_of, shake

BOUND = "ssl trust-point RSA outside"
BOTH = ("ssl trust-point RSA outside", "ssl trust-point EC outside")
CLUSTER = "vpn load-balancing\n cluster ip address 198.51.100.9\n participate\n"
OLD = {"version": "9.1(1)"}
UNFIXED = {"version": "9.4(1)", "ecdsa_fixed": False}
DEVICES = [
    device("bare", config()),
    device("ordered", config('ssl cipher tlsv1 custom "AES128-SHA:AES256-SHA"', BOUND)),
    device("one", config('ssl cipher tlsv1 custom "AES256-SHA"', 'ssl cipher tlsv1.2 custom "AES128-SHA"', BOUND)),
    device("modern", config("ssl server-version tlsv1.2", BOUND)),
    device("middle", config("ssl server-version tlsv1.1", BOUND)),
    device("high", config("ssl cipher tlsv1.2 high", BOUND)),
    device("dhe", config('ssl cipher tlsv1.2 custom "DHE-RSA-AES256-SHA"', "ssl dh-group group5", BOUND)),
    device("curve", config("ssl ecdh-group group20", BOUND)),
    device("old", config("ssl encryption aes128-sha1 aes256-sha1", BOUND), **OLD),
    device("old-rc4", config("ssl encryption rc4-sha1 3des-sha1", BOUND), **OLD),
    device("old-sslv3", config("ssl server-version sslv3", "ssl encryption aes128-sha1", BOUND), **OLD),
    device("old-any", config("ssl server-version any", "ssl encryption aes256-sha1", BOUND), **OLD),
    device("rsa", config(BOUND)),
    device("ec", config("ssl trust-point EC outside")),
    device("both", config(*BOTH)),
    device("rsa-unfixed", config(BOUND), **UNFIXED),
    device("both-unfixed", config(*BOTH), **UNFIXED),
    device("global", config("ssl trust-point RSA")),
    device("domain", config("ssl trust-point EC domain sip.example.com", BOUND)),
    device("off", config(BOUND, webvpn=("anyconnect enable",))),
    device("port", config(BOUND, webvpn=("enable outside", "port 8443"))),
    device("standby", config(BOUND), failover={"state": "standby"}),
    device("changing", config(BOUND)),
    device(
        "cluster",
        config(
            BOUND, "ssl trust-point EC outside vpnlb-ip", more=CLUSTER
        ),
    ),
    {
        "name": "contexts",
        "config": "interface GigabitEthernet0/0\n",
        "contexts": [
            {"name": "admin", "admin": True, "config": "hostname a\n"},
            {"name": "VPN", "config": config(BOUND), "trustpoints": device("", "")["trustpoints"]},
        ],
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    scenario = {"name": "tls", "certificates": CERTIFICATES, "devices": DEVICES}
    with running_lab(scenario, tmp_path_factory.mktemp("tls") / "lab") as found:
        yield found


def sha1_of(site: RunningLab, device: str, trustpoint: str, kind: str = "identity") -> str:
    state = site.state(device)
    context = state["contexts"]["VPN"] if state["contexts"] else state
    found: str = context["trustpoints"][trustpoint][kind]["sha1"]
    return found


ONE = ("TLSv1", "TLSv1")
NO_CIPHER, NO_VERSION = 40, 70


@pytest.mark.parametrize(
    ("name", "suites", "versions", "version", "cipher"),
    [
        # The ASA's order counts, not the phone's: the document's log shows it.
        ("ordered", CLASSIC, ONE, "TLSv1", "AES128-SHA"),
        ("ordered", CLASSIC[:1], ONE, "TLSv1", "AES256-SHA"),
        # The version is settled first, then its own list.
        ("one", CLASSIC, ONE, "TLSv1", "AES256-SHA"),
        ("one", CLASSIC, ("TLSv1", "TLSv1.2"), "TLSv1.2", "AES128-SHA"),
        ("one", CLASSIC, ("TLSv1.1", "TLSv1.1"), "TLSv1.1", "AES256-SHA"),
        ("modern", CLASSIC, ("TLSv1", "TLSv1.2"), "TLSv1.2", "AES256-SHA"),
        ("middle", CLASSIC, ("TLSv1", "TLSv1.1"), "TLSv1.1", "AES256-SHA"),
        ("dhe", ("DHE-RSA-AES256-SHA", *CLASSIC), ("TLSv1", "TLSv1.2"), "TLSv1.2", "DHE-RSA-AES256-SHA"),
        ("high", ("AES256-GCM-SHA384", *CLASSIC), ("TLSv1", "TLSv1.2"), "TLSv1.2", "AES256-GCM-SHA384"),
        ("old", CLASSIC, ("TLSv1", "TLSv1.2"), "TLSv1", "AES128-SHA"),
        ("old-any", CLASSIC, ("TLSv1", "TLSv1.2"), "TLSv1", "AES256-SHA"),
        ("port", CLASSIC, ONE, "TLSv1", "AES256-SHA"),
        ("contexts", CLASSIC, ONE, "TLSv1", "AES256-SHA"),
    ],
)
def test_version_and_suite(
    site: RunningLab, name: str, suites: tuple[str, ...], versions: tuple[str, str], version: str, cipher: str
) -> None:
    port = port_of(site, name, "198.51.100.1:8443" if name == "port" else "198.51.100.1:443")
    seen = shake(port, suites, versions)
    assert (seen.version, seen.cipher, seen.alert) == (version, cipher, 0)


@pytest.mark.parametrize(
    ("name", "suites", "versions", "alert"),
    [
        ("one", CLASSIC[1:], ONE, NO_CIPHER),
        # TLS 1.0 would have had this suite, but both know TLS 1.2, and there it is missing.
        ("one", CLASSIC[:1], ("TLSv1", "TLSv1.2"), NO_CIPHER),
        ("modern", CLASSIC, ONE, NO_VERSION),
        ("modern", CLASSIC, ("TLSv1", "TLSv1.1"), NO_VERSION),
        ("middle", CLASSIC, ONE, NO_VERSION),
        ("high", CLASSIC, ("TLSv1.2", "TLSv1.2"), NO_CIPHER),
        ("dhe", CLASSIC, ("TLSv1", "TLSv1.2"), NO_CIPHER),
        ("old", ("DHE-RSA-AES128-SHA",), ONE, NO_CIPHER),
        # Such a client does not tell that it would not go down: it is the one that ends the handshake.
        ("old", CLASSIC, ("TLSv1.2", "TLSv1.2"), -NO_VERSION),
        ("old-rc4", CLASSIC, ("TLSv1", "TLSv1.2"), NO_CIPHER),
        ("old-sslv3", CLASSIC, ("TLSv1", "TLSv1.2"), NO_VERSION),
    ],
)
def test_what_is_not_allowed_ends_in_an_alert(
    site: RunningLab, name: str, suites: tuple[str, ...], versions: tuple[str, str], alert: int
) -> None:
    assert shake(port_of(site, name), suites, versions).alert == alert


def test_a_plain_ssl_client_of_the_standard_library(site: RunningLab) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("AES128-GCM-SHA256:AES128-SHA:@SECLEVEL=0")
    with (
        socket.create_connection(("127.0.0.1", port_of(site, "modern")), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname="vpn.example.com") as client,
    ):
        assert client.version() == "TLSv1.2"
        assert (client.cipher() or ("",))[0] == "AES128-GCM-SHA256"
        client.sendall(b"GET /TG HTTP/1.0\r\nHost: vpn.example.com\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.0 200 OK\r\n")


def test_the_curve_is_the_configured_one(site: RunningLab) -> None:
    suites = ("ECDHE-RSA-AES256-GCM-SHA384",)
    assert shake(port_of(site, "curve"), suites, curve=ec.SECP384R1()).cipher == suites[0]
    assert shake(port_of(site, "curve"), suites, curve=ec.SECP256R1()).alert == NO_CIPHER
    assert shake(port_of(site, "rsa"), suites, curve=ec.SECP256R1()).cipher == suites[0]


@pytest.mark.parametrize(
    ("name", "suites", "presented", "key"),
    [
        ("rsa", CLASSIC, "RSA", "rsa"), ("ec", CLASSIC, "temporary", "rsa"), ("both", CLASSIC, "RSA", "rsa"),
        ("bare", CLASSIC, "temporary", "rsa"),
        ("rsa", EC_ONLY, "", ""), ("ec", EC_ONLY, "EC", "ec"), ("both", EC_ONLY, "EC", "ec"),
        ("bare", EC_ONLY, "temporary", "ec"),
        ("rsa", NEWER, "RSA", "rsa"), ("ec", NEWER, "EC", "ec"), ("both", NEWER, "EC", "ec"),
        ("bare", NEWER, "temporary", "ec"),
        ("rsa-unfixed", CLASSIC, "RSA", "rsa"), ("rsa-unfixed", EC_ONLY, "temporary", "ec"),
        ("rsa-unfixed", NEWER, "temporary", "ec"), ("both-unfixed", NEWER, "EC", "ec"),
        # Before 9.4(1) there are no EC suites, so their names say nothing.
        ("old", NEWER, "RSA", "rsa"), ("old", EC_ONLY, "", ""),
        ("global", CLASSIC, "RSA", "rsa"),
    ],
)  # fmt: skip
def test_the_matrix_of_certificates(
    site: RunningLab, name: str, suites: tuple[str, ...], presented: str, key: str
) -> None:
    """F-017: rows by what the client offers, columns by what is bound, before and after the fix."""
    versions = ("TLSv1", "TLSv1") if name == "old" and suites != NEWER else ("TLSv1", "TLSv1.2")
    if suites == EC_ONLY:
        versions = ("TLSv1", "TLSv1.2")
    seen = shake(port_of(site, name), suites, versions)
    if not presented:
        assert seen == Seen(alert=NO_CIPHER)
        return
    assert seen.key == key
    assert seen.cipher.startswith("ECDHE-ECDSA-") == (key == "ec")
    if presented == "temporary":
        assert seen.subject == "CN=ASA Temporary Self Signed Certificate"
        assert len(seen.chain) == 1
    else:
        assert seen.chain[0] == sha1_of(site, name, presented)


def test_the_chain_is_sent_as_far_as_the_asa_holds_it(site: RunningLab, tmp_path: Path) -> None:
    held = [sha1_of(site, "rsa", "RSA"), sha1_of(site, "rsa", "RSA", "ca"), sha1_of(site, "rsa", "ROOT", "ca")]
    assert list(shake(port_of(site, "rsa")).chain) == held
    leaf = {"identity": "rsa"}
    devices = [
        {"name": "leaf", "config": config(BOUND), "trustpoints": {"RSA": leaf, "EC": {"ca": "stranger"}}},
        {"name": "gap", "config": config(BOUND), "trustpoints": {"RSA": leaf, "ROOT": {"ca": "root"}}},
    ]
    scenario = {"name": "chain", "certificates": CERTIFICATES, "devices": devices}
    with running_lab(scenario, tmp_path / "lab") as other:
        assert len(shake(port_of(other, "leaf")).chain) == 1
        assert len(shake(port_of(other, "gap")).chain) == 1


def test_a_binding_by_domain_counts_for_that_name_alone(site: RunningLab) -> None:
    port = port_of(site, "domain")
    assert shake(port, EC_ONLY, name="SIP.example.com").chain[0] == sha1_of(site, "domain", "EC")
    assert shake(port, NEWER, name="vpn.example.com").chain[0] == sha1_of(site, "domain", "RSA")
    assert shake(port, NEWER).chain[0] == sha1_of(site, "domain", "RSA")


def test_the_address_of_the_cluster_has_its_own_binding(site: RunningLab) -> None:
    assert shake(port_of(site, "cluster", "198.51.100.9:443"), EC_ONLY).chain[0] == sha1_of(site, "cluster", "EC")
    assert shake(port_of(site, "cluster")).chain[0] == sha1_of(site, "cluster", "RSA")


@pytest.mark.parametrize("name", ["off", "standby"])
def test_nobody_listens_without_webvpn_or_on_a_standby_unit(site: RunningLab, name: str) -> None:
    assert "vpnphone_connect_to" not in site.lab.inventory()["_meta"]["hostvars"][name]


def test_the_inventory_leads_to_the_listener_by_address_and_by_name(site: RunningLab) -> None:
    found = site.lab.inventory()["_meta"]["hostvars"]["rsa"]["vpnphone_connect_to"]
    assert set(found) == {"198.51.100.1:443", "vpn.example.com:443"}
    assert len(set(found.values())) == 1
    assert set(site.lab.inventory()["_meta"]["hostvars"]["port"]["vpnphone_connect_to"]) == {
        "198.51.100.1:8443",
        "vpn.example.com:8443",
    }


def test_changes_on_the_command_line_count_at_the_next_handshake(site: RunningLab) -> None:
    name = "changing"
    port = port_of(site, name)
    assert shake(port).chain[0] == sha1_of(site, name, "RSA")
    site.type(name, "configure terminal", "ssl trust-point EC outside")
    assert shake(port, EC_ONLY).chain[0] == sha1_of(site, name, "EC")
    site.type(name, "configure terminal", "no ssl trust-point EC outside")
    bare = shake(port)
    assert bare.subject.startswith("CN=ASA Temporary")
    site.type(name, "configure terminal", "ssl trust-point RSA outside", 'ssl cipher tlsv1.2 custom "AES128-SHA256"')
    assert shake(port).alert == NO_CIPHER
    assert shake(port, ("AES128-SHA256",)).cipher == "AES128-SHA256"
    # Unbound again, the certificate is the one of before: it is only made anew at a start.
    site.type(name, "configure terminal", "no ssl trust-point RSA outside", "no ssl cipher tlsv1.2")
    assert shake(port).chain == bare.chain


def test_webvpn_can_be_switched_off_and_on(site: RunningLab) -> None:
    name = "changing"
    port = port_of(site, name)
    site.type(name, "configure terminal", "webvpn", "no enable outside")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=30)
    site.type(name, "configure terminal", "webvpn", "enable outside", "enable inside")
    assert port_of(site, name) == port
    assert not shake(port).alert
    assert not shake(port_of(site, name, "10.0.0.1:443")).alert
    site.type(name, "configure terminal", "webvpn", "no enable inside")


def test_temporary_certificates_are_new_at_every_start(site: RunningLab, tmp_path: Path) -> None:
    rsa, elliptic = (shake(port_of(site, "bare"), suites).chain for suites in (CLASSIC, EC_ONLY))
    assert rsa != elliptic
    assert shake(port_of(site, "bare")).chain == rsa
    scenario = {"name": "again", "certificates": CERTIFICATES, "devices": DEVICES[:1]}
    with running_lab(scenario, tmp_path / "lab") as again:
        assert shake(port_of(again, "bare")).chain != rsa


def test_what_is_no_tls_is_hung_up_on(site: RunningLab) -> None:
    server_hello, endless = b"\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00", b"\x16\x03\x01\x40\x01" + b"A" * 9000
    for noise in (b"GET / HTTP/1.0\r\n\r\n", server_hello, endless):
        with socket.create_connection(("127.0.0.1", port_of(site, "rsa")), timeout=30) as plain:
            plain.sendall(noise)
            plain.shutdown(socket.SHUT_WR)
            assert plain.recv(100) == b""
    assert not shake(port_of(site, "rsa")).alert


def test_the_log_has_the_lines_of_the_document(site: RunningLab) -> None:
    name = "old-rc4"
    site.type(name, "configure terminal", "logging enable", "logging buffer-size 1048576", "logging buffered debugging")
    shake(port_of(site, name), CLASSIC, ("TLSv1", "TLSv1"))
    log = [line for line in site.type(name, "show logging").splitlines() if line.startswith("%ASA-")]
    assert log[1:] == [
        "%ASA-7-725010: Device supports the following 2 cipher(s).",
        "%ASA-7-725011: Cipher[1] : RC4-SHA",
        "%ASA-7-725011: Cipher[2] : DES-CBC3-SHA",
        log[4],
        "%ASA-7-725011: Cipher[1] : AES256-SHA",
        "%ASA-7-725011: Cipher[2] : AES128-SHA",
        "%ASA-7-725014: SSL lib error. Function: SSL3_GET_CLIENT_HELLO Reason: no shared cipher",
        log[8],
    ]
    assert log[0].startswith("%ASA-6-725001: Starting SSL handshake with client outside:127.0.0.1/")
    assert log[4].startswith("%ASA-7-725008: SSL client outside:127.0.0.1/")
    assert log[4].endswith("proposes the following 2 cipher(s).")
    assert log[8].startswith("%ASA-6-725006: Device failed SSL handshake with client outside:127.0.0.1/")
    site.type(name, "configure terminal", "logging buffered informational")
    shake(port_of(site, name), CLASSIC, ("TLSv1", "TLSv1"))
    more = [line for line in site.type(name, "show logging").splitlines() if line.startswith("%ASA-")][len(log) :]
    assert [line[:13] for line in more] == ["%ASA-6-725001", "%ASA-6-725006"]
