"""Phones' files: envelopes, the vpnGroup, and that nothing else of a file is kept. All made here, after the facts."""

from __future__ import annotations

import struct
import traceback
from datetime import UTC, datetime

import msgspec
import pytest
from ansible.module_utils.vpnphone.model import VpnGroupConfig
from ansible.module_utils.vpnphone.parse import cnf
from ansible.module_utils.vpnphone.parse.cnf import MAX_FILE, MAX_VALUE, CnfFile, Seen, read_cnf
from hypothesis import given, settings
from hypothesis import strategies as st

NAME = "SEP0011223344AA.cnf.xml"
SGN = f"{NAME}.sgn"
BUILT = datetime(2026, 11, 24, 2, 0, 5, tzinfo=UTC)
GROUP = (
    "<vpnGroup><mtu>1290</mtu><failConnectTime>30</failConnectTime><authMethod>2</authMethod>"
    "<pswdPersistent>0</pswdPersistent><autoNetDetect>0</autoNetDetect><enableHostIDCheck>1</enableHostIDCheck>"
    "<addresses><url1>https://vpn.example.com/VPNPhone?a=1&amp;b=2</url1><url2>https://vpn2.example.com/P</url2>"
    "</addresses><credentials><hashAlg>0</hashAlg><certHash1>5X6B6plUwUSXZnjQ4kGM33mpMXY=</certHash1>"
    "<certHash2>Eom4p6qf/YSGXjiTnzRmphtWCPw=</certHash2></credentials></vpnGroup>"
)
VPN = VpnGroupConfig(
    urls=("https://vpn.example.com/VPNPhone?a=1&b=2", "https://vpn2.example.com/P"),
    cert_hashes=("5X6B6plUwUSXZnjQ4kGM33mpMXY=", "Eom4p6qf/YSGXjiTnzRmphtWCPw="),
    hash_alg=0,
    auth_method=2,
    host_id_check=True,
    auto_net_detect=False,
    password_persistent=False,
    mtu=1290,
    fail_connect_time=30,
)
CANARIES = ("CANARYssh", "CANARYuser", "CANARYattribute", "CANARYcomment", "CANARYinstruction", "CANARYgroup")


def xml(group: str = GROUP, more: str = "", head: str = '<?xml version="1.0" encoding="UTF-8"?>\n') -> bytes:
    return (
        f'{head}<device xsi:type="axl:XIPPhone" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
        "<sshUserId>admin</sshUserId><sshPassword>CANARYssh</sshPassword>"
        '<commonProfile><phonePassword a="CANARYattribute"/></commonProfile><!-- CANARYcomment -->'
        f"<?CANARYinstruction x?><certHash>x</certHash>{group}<userPassword>CANARYuser</userPassword>{more}</device>\n"
    ).encode()


def element(tag: int, value: bytes) -> bytes:
    return struct.pack(">BH", tag, len(value)) + value


def envelope(
    name: str = SGN,
    *,
    built: int | None = int(BUILT.timestamp()),
    more: bytes = b"",
    version: bytes = b"\1\0",
    add: int = 0,
) -> bytes:
    """Tags 1 to 15 as .sgn files have them; the signature is noise, for nobody verifies it here."""
    start = element(1, version)
    rest = element(3, element(4, b"CN=x\0") + element(5, b"\1") + element(6, b"CN=x\0"))
    rest += element(7, element(8, b"\1") + element(9, element(10, b"\0") + element(11, b"\2")))
    rest += element(12, b"\x5a" * 256) + b"\x0d" + element(14, name.encode() + b"\0")
    if built is not None:
        rest += element(15, struct.pack(">I", built))
    rest += more
    return start + element(2, struct.pack(">H", len(start) + 5 + len(rest) + add)) + rest


SIGNED = envelope() + xml()


def test_a_signed_file() -> None:
    assert read_cnf(SIGNED, SGN) == CnfFile("ok", "", True, BUILT, VPN)


def test_a_plain_file() -> None:
    assert read_cnf(xml(), NAME) == CnfFile("ok", "", False, None, VPN)


@pytest.mark.parametrize(
    "data",
    [
        envelope(NAME) + xml(),
        envelope(version=b"\1") + xml(),
        # Counted from behind the length itself [?].
        envelope(add=-10) + xml(),
        envelope() + b"\xef\xbb\xbf" + xml(),
        envelope() + xml(head=""),
        envelope() + xml().decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        envelope() + xml() + b"\n\n",
        envelope() + xml().replace(b"<device", b'<device xmlns="urn:x"'),
        envelope() + xml(GROUP.replace("><", ">\n  <")),
        envelope()
        + xml(GROUP.replace("<credentials>", "<credentials><!-- a --><other><certHash9>x</certHash9></other>")),
        envelope() + xml(GROUP.replace("<url2>", "<url3>  </url3><url2>").replace("<mtu>1290", "<mtu> 1290\n")),
    ],
    ids=["name", "version", "length", "bom", "bare", "utf-16", "newlines", "namespace", "pretty", "more", "blank"],
)
def test_the_same_file_in_other_forms(data: bytes) -> None:
    assert read_cnf(data, SGN) == CnfFile("ok", "", True, BUILT, VPN)


def test_a_file_without_a_time() -> None:
    assert read_cnf(envelope(built=None) + xml(), SGN).built_at is None
    assert read_cnf(envelope(built=2**32 - 1) + xml(), SGN).built_at == datetime(2106, 2, 7, 6, 28, 15, tzinfo=UTC)


def test_a_file_without_a_vpn_group_is_a_fact() -> None:
    assert read_cnf(xml(""), NAME) == CnfFile("ok")
    assert read_cnf(xml("<vpnGroup/>"), NAME).vpn == VpnGroupConfig()
    # What stands elsewhere is not the group of the device.
    assert read_cnf(xml(f"<devicePool>{GROUP}</devicePool>"), NAME) == CnfFile("ok")


def test_what_is_no_number_is_none() -> None:
    group = (
        "<vpnGroup><mtu>big</mtu><failConnectTime>-1</failConnectTime><authMethod/><pswdPersistent>2</pswdPersistent>"
        "<enableHostIDCheck>true</enableHostIDCheck><credentials><hashAlg>\N{ARABIC-INDIC DIGIT TWO}</hashAlg>"
        "</credentials></vpnGroup>"
    )
    assert read_cnf(xml(group), NAME).vpn == VpnGroupConfig()


def test_ten_hashes_in_the_order_of_their_numbers() -> None:
    hashes = "".join(f"<certHash{number}>h{number}</certHash{number}>" for number in (10, 2, 1, 9, 3, 4, 5, 6, 7, 8))
    vpn = read_cnf(xml(f"<vpnGroup><credentials>{hashes}</credentials></vpnGroup>"), NAME).vpn
    assert vpn is not None
    assert vpn.cert_hashes == tuple(f"h{number}" for number in range(1, 11))


@pytest.mark.parametrize(
    ("data", "asked"),
    [
        (
            envelope(f"{NAME}.enc.sgn", more=element(16, b"\1") + element(17, b"\0" * 16)) + b"\xee" * 99,
            f"{NAME}.enc.sgn",
        ),
        (envelope(more=element(16, b"\1")) + b"\xee" * 99, SGN),
        (envelope(f"{NAME}.enc.sgn") + b"\xee" * 99, f"{NAME}.enc.sgn"),
        (envelope() + xml("", "<encrConfig>true</encrConfig>"), SGN),
        (xml(GROUP, "<encrConfig> TRUE </encrConfig>"), NAME),
    ],
    ids=["by name and tags", "by tags", "by name", "by its own word", "by its own word, with a group"],
)
def test_an_encrypted_file(data: bytes, asked: str) -> None:
    found = read_cnf(data, asked)
    assert (found.status, found.vpn) == ("encrypted", None)
    assert found.detail


def test_a_file_that_says_it_is_not_encrypted() -> None:
    assert read_cnf(xml(GROUP, "<encrConfig>false</encrConfig>"), NAME).vpn == VPN


@pytest.mark.parametrize(
    ("data", "asked", "told"),
    [
        (b"", NAME, "not well-formed"),
        (b"nothing", NAME, "not well-formed"),
        (xml() + b"<junk/>", NAME, "not well-formed"),
        (xml() + b"junk", NAME, "not well-formed"),
        (xml() + b"\0", NAME, "not well-formed"),
        (SIGNED + SIGNED, SGN, "not well-formed"),
        (xml()[:-20], NAME, "not well-formed"),
        (xml().replace(b"CANARYssh", b"&CANARYuser;"), NAME, "not well-formed"),
        (xml(), SGN, "no signature"),
        (xml(), f"{NAME}.enc.sgn", "no signature"),
        (envelope("SEP0011223344AB.cnf.xml.sgn") + xml(), SGN, "signed as another file: SEP0011223344AB.cnf.xml.sgn"),
        (envelope(SGN + "x") + xml(), SGN, "signed as another file"),
        (envelope()[:100], SGN, "cut off"),
        (envelope(), SGN, "not well-formed"),
        (envelope(add=1) + xml(), SGN, "does not end where it says|cut off"),
        (envelope(add=-1) + xml(), SGN, "does not end where it says|cut off"),
        (b"\1", SGN, "cut off"),
        (element(1, b"\1\0") + element(2, b"\0\x0a") + xml(), SGN, "names no file"),
        (element(1, b"\1\0") * 2, SGN, "twice"),
        (b"\1\0\1\0" * 10_000, SGN, "does not end|twice|cut off"),
        (b"<html><body>login</body></html>", NAME, "root is 'html'"),
        (xml(GROUP * 2), NAME, "two vpnGroup"),
        (xml(GROUP.replace("certHash2", "certHash1")), NAME, "two certHash1"),
        (xml(GROUP.replace("1290", "<b/>1290")), NAME, "its mtu holds elements"),
        (xml(GROUP.replace("https://vpn.", "https://<b>x</b>vpn.")), NAME, "its url1 holds elements"),
        (xml(GROUP.replace("/P<", f"/{'P' * MAX_VALUE}<")), NAME, "its url2 is longer than"),
        (xml(GROUP.replace("/P<", "/\u202eP<")), NAME, "cannot be printed"),
        (xml(more="<a>" * 70 + "</a>" * 70), NAME, "more than 64 levels"),
        (xml(more="<a/>" * 100_001), NAME, "100000 elements"),
        (xml(more="x" * MAX_FILE), NAME, "longer than 2048 KiB"),
        (xml(head='<!DOCTYPE device><?x y?>'), NAME, "document type"),
        (xml(head='<?xml version="1.0" encoding="base64"?>'), NAME, "encoding"),
        (xml(head='<?xml version="1.0" encoding="nonsense"?>'), NAME, "encoding|well-formed"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used(data: bytes, asked: str, told: str) -> None:
    found = read_cnf(data, asked)
    assert (found.status, found.vpn) == ("unreadable", None)
    assert any(part in found.detail for part in told.split("|")), found.detail
    assert found.detail.isprintable()
    assert len(found.detail) < 200


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><device><vpnGroup><addresses><url1>&i;</url1></addresses></vpnGroup></device>"
)
OUTSIDE = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><device><vpnGroup><mtu>&x;</mtu></vpnGroup></device>'


@pytest.mark.parametrize("text", [BOMB, OUTSIDE, OUTSIDE.replace("<!ENTITY x", "<!ENTITY % x").replace("&x;", "")])
def test_entities_are_refused_unread(text: str) -> None:
    assert read_cnf(text.encode(), NAME) == CnfFile(
        "unreadable", "it has a document type or entities, which it never needs"
    )


# --- secrets --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        SIGNED,
        xml(GROUP.replace("<mtu>", "<sshPassword>CANARYgroup</sshPassword><mtu>")),
        xml(GROUP.replace("<mtu>", "<addresses2><certHash1>CANARYgroup</certHash1></addresses2><mtu>")),
        xml() + b"junk",
        xml("<vpnGroup>"),
        xml().replace(b"</sshPassword>", b""),
        xml().replace(b"</sshPassword>", b"</x>"),
        xml().replace(b"CANARYssh", b"CANARYssh\xff"),
        xml(more="<!DOCTYPE CANARYuser>"),
    ],
)
def test_nothing_but_the_group_is_kept_or_told(data: bytes) -> None:
    seen: Seen = {}
    found = read_cnf(data, SGN if data[:1] == b"\1" else NAME, seen)
    kept = repr(found) + repr(seen) + msgspec.json.encode(found).decode()
    assert not [canary for canary in CANARIES if canary in kept]


def test_no_exception_quotes_the_file() -> None:
    """Should one pass through by a fault of ours, its text tells where in the file, not what."""
    with pytest.raises(ValueError, match="not well-formed") as caught:
        cnf._read(xml().replace(b"</sshPassword>", b"<x"))
    told = "".join(traceback.format_exception(caught.value))
    assert not [canary for canary in CANARIES if canary in told]


def test_the_same_content_from_another_node_is_read_once() -> None:
    seen: Seen = {}
    first = read_cnf(SIGNED, SGN, seen)
    again = read_cnf(envelope(built=1) + xml(), SGN, seen)
    assert (first.vpn, again.vpn, len(seen)) == (VPN, VPN, 1)
    assert again.built_at == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert read_cnf(envelope() + xml(""), SGN, seen).vpn is None


# --- any bytes ------------------------------------------------------------------------------------------------------


@given(st.binary(max_size=80), st.integers(0, len(SIGNED)), st.integers(0, 40))
@settings(deadline=None)
def test_a_damaged_file_is_never_another_file(noise: bytes, at: int, cut: int) -> None:
    found = read_cnf(SIGNED[:at] + noise + SIGNED[at + cut :], SGN)
    assert (found.vpn is None) or found.status == "ok"
    assert bool(found.detail) is (found.status != "ok")


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=100).map(lambda data: b"\1\0\2\1\0\2\0\2" + data)))
def test_any_bytes_are_a_file_or_why_not(data: bytes) -> None:
    for name in (NAME, SGN, f"{NAME}.enc.sgn"):
        found = read_cnf(data, name)
        assert bool(found.detail) is (found.status != "ok")


PIECES = """
<device> </device> <vpnGroup> </vpnGroup> <addresses> </addresses> <url1> </url1> x 0 <credentials> </credentials>
<certHash1> </certHash1> <mtu/> <encrConfig> </encrConfig> &lt; <![CDATA[a]]> <!----> <?x?>
"""
pieces = st.sampled_from(PIECES.split())


@given(st.lists(pieces, max_size=25).map("".join))
@settings(deadline=None)
def test_any_elements_in_any_order(text: str) -> None:
    for data in (text, f"<device>{text}</device>", f"<device><vpnGroup>{text}</vpnGroup></device>"):
        found = read_cnf(data.encode(), NAME)
        assert bool(found.detail) is (found.status != "ok")
