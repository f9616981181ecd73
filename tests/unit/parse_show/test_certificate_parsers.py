"""show crypto ca certificates, and the times printed there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from ansible.module_utils.vpnphone.model import Certificate, DeviceTime
from ansible.module_utils.vpnphone.parse import times
from ansible.module_utils.vpnphone.parse.certificates import parse_certificates, resolve_times
from ansible.module_utils.vpnphone.parse.result import Parsed, Unreadable
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.texts import answer

IDENTITY_CA = answer("certificates-identity-ca")
OLD = answer("certificates-8.2")
PENDING = answer("certificates-pending")

IDENTITY = Certificate(
    kind="identity",
    status="Available",
    serial="5e1a022b",
    subject="hostname=vpn.example.com, ipaddress=192.0.2.2, cn=vpn.example.com, o=Example, Inc.",
    subject_cn="vpn.example.com",
    issuer="cn=Example Issuing CA, o=Example, Inc., c=US",
    issuer_cn="Example Issuing CA",
    key_type="RSA",
    key_bits=2048,
    signature_algorithm="SHA256 with RSA Encryption",
    usage="General Purpose",
    not_before=DeviceTime(text="20:00:00 EDT Sep 12 2017"),
    not_after=DeviceTime(text="19:59:59 EDT Sep 2 2019"),
    trustpoints=("vpn.example.com-2017", "outside-TP"),
    storage="config",
)
ISSUER = Certificate(
    kind="ca",
    status="Available",
    serial="00c1",
    subject="cn=Example Issuing CA, o=Example, Inc., c=US",
    subject_cn="Example Issuing CA",
    issuer="cn=Example Root CA",
    issuer_cn="Example Root CA",
    key_type="EC",
    key_bits=384,
    signature_algorithm="SHA384 with ECDSA",
    usage="Signature",
    not_before=DeviceTime(text="00:00:00 UTC Jan 1 2015", utc=datetime(2015, 1, 1, tzinfo=UTC)),
    not_after=DeviceTime(text="23:59:59 GMT Dec 31 2034", utc=datetime(2034, 12, 31, 23, 59, 59, tzinfo=UTC)),
    trustpoints=("vpn.example.com-2017",),
    storage="immediate config",
)
OLD_ROOT = Certificate(
    kind="ca",
    status="Available",
    serial="1f",
    subject="cn=Old Root",
    subject_cn="Old Root",
    issuer="cn=Old Root",
    issuer_cn="Old Root",
    key_type="RSA",
    key_bits=1024,
    usage="General Purpose",
    not_before=DeviceTime(text="09:00:00 SAST Jan 1 2009"),
    not_after=DeviceTime(text="09:00:00 SAST Jan 1 2029"),
    trustpoints=("OLD",),
)
REQUEST = Certificate(
    kind="pending",
    status="Pending terminal enrollment",
    subject="Name: vpn.example.com, cn=vpn.example.com",
    subject_cn="vpn.example.com",
    usage="General Purpose",
    trustpoints=("NEW",),
)


def flattened(text: str) -> str:
    """The text as documents often carry it: indentation and double blanks lost."""
    return "\n".join(" ".join(line.split()) for line in text.split("\n"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (IDENTITY_CA, (IDENTITY, ISSUER)),
        (flattened(IDENTITY_CA), (IDENTITY, ISSUER)),
        (IDENTITY_CA.replace("\n", "\r\n"), (IDENTITY, ISSUER)),
        (IDENTITY_CA[IDENTITY_CA.index("CA Certificate") :], (ISSUER,)),
        (OLD, (OLD_ROOT,)),
        (flattened(OLD), (OLD_ROOT,)),
        ("% some note\nINFO: another\n" + OLD, (OLD_ROOT,)),
        ("", ()),
        ("\r\n\n", ()),
        ("% No certificates are installed.\n", ()),
        ("There are no certificates.\n", ()),
        ("No certificates found\n", ()),
        ("INFO: no identity certificate\n", ()),
    ],
)
def test_shapes(text: str, expected: tuple[Certificate, ...]) -> None:
    assert parse_certificates(text) == Parsed(expected)


def test_a_request_and_a_registration_authority() -> None:
    (request, authority), unparsed = parse_certificates(PENDING)
    assert request == REQUEST
    assert (authority.kind, authority.subject_cn, authority.trustpoints) == ("ra", "Scep RA", ("NEW",))
    assert unparsed == ()


@pytest.mark.parametrize(
    ("text", "self_signed"), [(OLD, True), (IDENTITY_CA, False), (OLD.replace("cn=Old Root", "", 1), False)]
)
def test_self_signed(text: str, self_signed: bool) -> None:
    assert parse_certificates(text).value[0].self_signed is self_signed


@pytest.mark.parametrize(
    ("printed", "key_type", "bits"),
    [
        ("RSA (2048 bits)", "RSA", 2048),
        ("RSA (512 bit)", "RSA", 512),
        ("EC (256 bits)", "EC", 256),
        ("ECDSA (521 bits)", "EC", 521),
        ("ecdsa", "EC", None),
        ("RSA", "RSA", None),
        ("RSA (99999999999 bits)", "RSA", None),
        ("DSA (many bits)", "DSA", None),
    ],
)
def test_keys(printed: str, key_type: str, bits: int | None) -> None:
    certificate = parse_certificates(OLD.replace("RSA (1024 bits)", printed)).value[0]
    assert (certificate.key_type, certificate.key_bits) == (key_type, bits)


@pytest.mark.parametrize(
    ("printed", "serial"),
    [
        ("1F", "1f"),
        ("0x1F", "1f"),
        ("0X00aB", "00ab"),
        ("DF:F2:C4:50", "dff2c450"),
        ("1f 2e", "1f2e"),
        ("none", "none"),
    ],
)
def test_serials(printed: str, serial: str) -> None:
    assert parse_certificates(OLD.replace(": 1f", f": {printed}")).value[0].serial == serial


@pytest.mark.parametrize(
    ("old", "new", "unparsed"),
    [
        ("  Public Key Type:", "  Strange Key Type:", [5]),
        ("    end   date:", "    last  date:", [1, 12]),
        ("  Certificate Serial Number: 1f", "  Certificate Serial Number:", [1, 3]),
        ("  Associated Trustpoints: OLD", "  Status: Pending", [13]),
        ("  Associated Trustpoints: OLD", "    renew date: 09:00:00 SAST Jan 1 2028\n  Storage: config", []),
    ],
)
def test_what_is_not_understood_is_reported(old: str, new: str, unparsed: list[int]) -> None:
    (certificate,), lines = parse_certificates(OLD.replace(old, new))
    assert certificate.kind == "ca"
    assert [line.number for line in lines] == unparsed


def test_text_within_a_name_is_no_field() -> None:
    text = OLD.replace(
        "  Subject Name: \n    cn=Old Root\n",
        "  Subject Name: \n    cn=x\n    Status: Pending\n    Associated Trustpoints: EVIL\n    CA Certificate\n",
    )
    (certificate,), unparsed = parse_certificates(text)
    assert (certificate.kind, certificate.status, certificate.trustpoints) == ("ca", "Available", ("OLD",))
    assert certificate.subject == "cn=x, Status: Pending, Associated Trustpoints: EVIL, CA Certificate"
    assert unparsed == ()


def test_the_mates_answer_may_carry_a_line_before() -> None:
    (certificate,), unparsed = parse_certificates("from mate:\n" + OLD)
    assert certificate == OLD_ROOT
    assert [line.number for line in unparsed] == [1]


@pytest.mark.parametrize(
    "text",
    [
        "ERROR: % Invalid input detected at '^' marker.\n",
        "       ^\nERROR: % Incomplete command\n",
        "% Invalid input detected\n",
        "Command authorization failed\n",
        "Hello\n",
        "% note\nERROR: no peer\nfw# \n",
        "Certificate\n",
        "Certificate\n  Certificate Serial Number: 1f\n",
        "Certificate\n  Status:\n",
    ],
)
def test_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_certificates(text)


# --- times ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("20:00:00 UTC Sep 12 2017", datetime(2017, 9, 12, 20, tzinfo=UTC)),
        ("20:00:00 gmt Sep 12 2017", datetime(2017, 9, 12, 20, tzinfo=UTC)),
        ("20:00:00 Z Sep  2 2017", datetime(2017, 9, 2, 20, tzinfo=UTC)),
        ("20:00:00 EDT Sep 12 2017", None),
        ("20:00:00 Sep 12 2017", None),
        ("20:00:00 UTC Sep 31 2017", None),
        ("24:00:00 UTC Sep 12 2017", None),
        ("20:00 UTC Sep 12 2017", None),
        ("20:00:00 UTC Sept 12 2017", None),
        ("Sep 12 2017", None),
        ("", None),
    ],
)
def test_only_utc_is_taken_at_its_word(text: str, utc: datetime | None) -> None:
    assert times.read_time(text) == DeviceTime(text=" ".join(text.split()), utc=utc)


@pytest.mark.parametrize(
    ("text", "zones", "utc"),
    [
        ("20:00:00 EDT Sep 12 2017", {"EDT": timedelta(hours=-4)}, datetime(2017, 9, 13, 0, tzinfo=UTC)),
        ("20:00:00 edt Sep 12 2017", {"Edt": timedelta(hours=-4)}, datetime(2017, 9, 13, 0, tzinfo=UTC)),
        (
            "20:00:00 IST Sep 12 2017",
            {"IST": timedelta(hours=5, minutes=30)},
            datetime(2017, 9, 12, 14, 30, tzinfo=UTC),
        ),
        ("20:00:00 EDT Sep 12 2017", {"EST": timedelta(hours=-5)}, None),
        ("20:00:00 Sep 12 2017", {"": timedelta()}, datetime(2017, 9, 12, 20, tzinfo=UTC)),
        ("23:59:59 EDT Dec 31 9999", {"EDT": timedelta(hours=-4)}, None),
        ("not a time", {"EDT": timedelta()}, None),
    ],
)
def test_resolve(text: str, zones: dict[str, timedelta], utc: datetime | None) -> None:
    assert times.resolve(DeviceTime(text=text), zones) == DeviceTime(text=text, utc=utc)


def test_resolve_times_fills_every_certificate() -> None:
    certificates = parse_certificates(IDENTITY_CA + PENDING).value
    identity, issuer, request, _ = resolve_times(certificates, {"EDT": timedelta(hours=-4)})
    assert identity == msgspec.structs.replace(
        IDENTITY,
        not_before=DeviceTime(text="20:00:00 EDT Sep 12 2017", utc=datetime(2017, 9, 13, tzinfo=UTC)),
        not_after=DeviceTime(text="19:59:59 EDT Sep 2 2019", utc=datetime(2019, 9, 2, 23, 59, 59, tzinfo=UTC)),
    )
    assert (issuer, request) == (ISSUER, REQUEST)
    assert resolve_times(certificates, {}) == certificates


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (
            DeviceTime(text="anything", utc=datetime(2019, 1, 1, tzinfo=UTC)),
            (datetime(2019, 1, 1, tzinfo=UTC), datetime(2019, 1, 1, tzinfo=UTC)),
        ),
        (
            DeviceTime(text="12:00:00 EDT Jan 1 2019"),
            (datetime(2018, 12, 31, 22, tzinfo=UTC), datetime(2019, 1, 2, 2, tzinfo=UTC)),
        ),
        (
            DeviceTime(text="23:59:59 PST Dec 31 9999"),
            (datetime(9999, 12, 31, 9, 59, 59, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)),
        ),
        (
            DeviceTime(text="01:00:00 PST Jan 1 0001"),
            (datetime.min.replace(tzinfo=UTC), datetime(1, 1, 1, 15, tzinfo=UTC)),
        ),
        (DeviceTime(text="not a time"), None),
        (DeviceTime(text=""), None),
    ],
)
def test_bounds(time: DeviceTime, expected: tuple[datetime, datetime] | None) -> None:
    assert times.bounds(time) == expected


@given(
    local=st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(microsecond=0)),
    offset=st.timedeltas(timedelta(hours=-12), timedelta(hours=14)),
)
def test_every_zone_lies_within_the_bounds(local: datetime, offset: timedelta) -> None:
    time = DeviceTime(text=f"{local:%H:%M:%S} XYZ {local:%b} {local.day} {local.year}")
    resolved = times.resolve(time, {"XYZ": offset}).utc
    earliest, latest = times.bounds(time)
    assert resolved == local.replace(tzinfo=UTC) - offset
    assert earliest <= resolved <= latest
    assert latest - earliest == timedelta(hours=28)


# --- any text -------------------------------------------------------------------------------------------------------

PIECES = [
    "Certificate\n", "CA Certificate\n", "RA Signature Certificate\n", "  Status: Available\n", "  Status: Pending\n",
    "  Certificate Serial Number: 0xAB\n", "  Public Key Type: RSA (2048 bits)\n", "  Subject Name:\n", "    cn=a\n",
    "  Issuer Name:\n", "  Validity Date: \n", "    start date: 00:00:00 UTC Jan 1 2020\n", "    end   date: never\n",
    "  Associated Trustpoints: a b\n", "% note\n", "ERROR: x\n", "  ", "\n", ":", "\0", "\x1b[1m", "\u2028",
    "\u017ftatus: x\n",
]  # fmt: skip


@given(text=st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)))
def test_any_text_gives_certificates_or_unreadable(text: str) -> None:
    try:
        value, unparsed = parse_certificates(text)
    except Unreadable as error:
        assert str(error).isprintable()
    else:
        assert len(value) <= text.count("Certificate")
        assert all(certificate.status for certificate in value)
        assert list(unparsed) == sorted(set(unparsed))


@given(text=st.text(max_size=120))
def test_any_text_is_a_time_or_none(text: str) -> None:
    time = times.read_time(text)
    assert (times.bounds(time) is None) == (times.read_stamp(time.text) is None)


# Characters. What grows with their square takes minutes.
LONG = 100_000


@pytest.mark.parametrize(
    "unit",
    [
        "Certificate\n", "Certificate\n Status: A\n", " x", ":", "    cn=x\n", "  Subject Name:\n", "RA ", "date: ",
        "    end   date: 00:00:00 UTC Jan 1 2020\n", "  Status: Available\n", "% x\n", "(1 bits) ", "\n",
    ],
)  # fmt: skip
def test_long_text_finishes(unit: str) -> None:
    line = (unit.replace("\n", " ") * 8000)[:8000] + "\n"
    many, lines = (unit * 20_000)[:LONG], line * (LONG // 8000)
    for text in (many, OLD + many, lines, OLD + lines):
        try:
            assert isinstance(parse_certificates(text), Parsed)
        except Unreadable:
            continue
