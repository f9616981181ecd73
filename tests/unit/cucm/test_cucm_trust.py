"""Certificates, registrations and the export mode of a cluster; and any answer at all."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.model import ExportMode
from ansible.module_utils.vpnphone.parse.cucm.state import build_cluster
from ansible.module_utils.vpnphone.questions import PAGE, QUESTIONS
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.cucm import soap_texts as soap
from tests.unit.cucm.clusters import held, state, trust_row, understood, whole

# --- trust ----------------------------------------------------------------------------------------------------------

A, B = held("a.example.com", 0x0A01), held("b.example.com", 0xB0)


def trusted(rows: list[dict[str, str | None]], *pems: str) -> list[tuple[str, str, str]]:
    """(store, stored hash, pin of the certificate) of each entry."""
    found = state(
        without=("snapshot_server",),
        executeSQLQuery__trust=[soap.rows(*rows)],
        executeSQLQuery__pem=[soap.rows(*({"certificate": pem} for pem in pems))],
    )
    return [(item.store, item.stored_hash, item.x509.pin if item.x509 else "") for item in found.trust or ()]


def test_rows_meet_their_certificates_by_hash() -> None:
    assert trusted([trust_row(A), trust_row(B)], B.pem, A.pem) == [
        ("Phone-VPN-trust", A.pin, A.pin),
        ("Phone-VPN-trust", B.pin, B.pin),
    ]


def test_rows_without_a_hash_meet_theirs_by_serial_and_name() -> None:
    assert trusted([trust_row(A, hash=None, serialnumber="0A01")], A.pem, B.pem) == [("Phone-VPN-trust", "", A.pin)]


@pytest.mark.parametrize(
    "row",
    [
        trust_row(A, hash=None, serialnumber="ff"),
        trust_row(A, hash=None, serialnumber=""),
        trust_row(A, hash=None, subjectname="CN=other"),
        trust_row(A, hash=None, subjectname="CN=a.example.com.evil.example"),
        trust_row(A, hash=None, subjectname="CN=not.a.example.com"),
    ],
)
def test_a_row_that_fits_no_certificate_has_none(row: dict[str, str | None]) -> None:
    assert trusted([row], A.pem, B.pem) == [("Phone-VPN-trust", "", "")]


def test_two_certificates_of_one_serial_and_name_are_not_guessed() -> None:
    twin = held.__wrapped__("a.example.com", 0x0A01)
    assert trusted([trust_row(A, hash=None)], A.pem, twin.pem) == [("Phone-VPN-trust", "", "")]


def test_damaged_pem_leaves_the_row() -> None:
    assert trusted([trust_row(A)], A.pem.replace("M", "?"), "nonsense", "") == [("Phone-VPN-trust", A.pin, "")]


def test_of_several_hashes_the_sha_1_is_kept() -> None:
    longer = "x" * 44
    for rows in ([trust_row(A), trust_row(A, hash=longer)], [trust_row(A, hash=longer), trust_row(A)]):
        assert trusted(rows, A.pem) == [("Phone-VPN-trust", A.pin, A.pin)]


def test_one_certificate_in_two_stores_is_two_entries() -> None:
    rows = [trust_row(A, "CAPF-trust"), trust_row(A, "CallManager-trust")]
    assert trusted(rows, A.pem) == [("CAPF-trust", A.pin, A.pin), ("CallManager-trust", A.pin, A.pin)]


def test_the_snapshot_tells_what_the_database_does_not() -> None:
    stores = {"PHONE-VPN-trust": [("a.pem", A.pem), ("bad.pem", "?")], "tomcat-trust": [("b.pem", B.pem)]}
    found = state(without=("executeSQLQuery.trust",), snapshot_server=[soap.snapshot(**stores)])
    assert found.sources["trust"].command == "certificate snapshot"
    assert [(item.store, item.subject_name, bool(item.x509)) for item in found.trust or ()] == [
        ("Phone-VPN-trust", "CN=a.example.com", True),
        ("Phone-VPN-trust", "bad.pem", False),
    ]


def test_the_snapshot_fills_in_a_refused_pem_column() -> None:
    found = state(
        executeSQLQuery__trust=[soap.rows(trust_row(A))],
        executeSQLQuery__pem=[soap.fault("Blobs are not allowed in this expression")],
        snapshot_server=[soap.snapshot(**{"phone-vpn-trust": [("a.pem", A.pem)]})],
    )
    assert [item.x509.pin if item.x509 else "" for item in found.trust or ()] == [A.pin]
    assert found.sources["trust"].command == "executeSQLQuery (certificate)"


@pytest.mark.parametrize("told", [b"", b"[", b"[]", b'{"trusts": 5}', b"{}", b"[" * 100_000, b'"x"', b"null"])
def test_an_odd_snapshot_is_no_source(told: bytes) -> None:
    found = state(without=("executeSQLQuery.trust",), snapshot_server=[told])
    assert found.trust is None
    assert found.sources["trust"].status == "missing"


@pytest.mark.parametrize(
    ("told", "known"), [(b"", True), (b"\r\n", True), (b"Unit: tomcat\nType: trust-certs\n", False)]
)
def test_a_list_of_files_in_another_form_is_unreadable(told: bytes, known: bool) -> None:
    assert (state(show_cert_list_trust=[told]).trust_files is not None) == known


# --- registrations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrapped", [True, False])
@pytest.mark.parametrize("flat", [True, False])
def test_both_forms_of_ris(wrapped: bool, flat: bool) -> None:
    entry = soap.device("SEP1", 5, ip="10.9.0.7", flat=flat)
    found = state(selectCmDeviceExt=[soap.registrations(("n1", "Ok", [entry]), wrapped=wrapped)])
    assert [(item.name, item.ip, item.node) for item in found.registrations or ()] == [("SEP1", "10.9.0.7", "n1")]


@pytest.mark.parametrize(
    ("stamps", "status"),
    [
        (((5, "Registered"), (9, "UnRegistered")), "UnRegistered"),
        (((9, "Registered"), (5, "UnRegistered")), "Registered"),
        (((5, "UnRegistered"), (5, "Registered")), "Registered"),
        (((5, "Registered"), (5, "UnRegistered")), "Registered"),
    ],
)
def test_the_newest_entry_wins_over_nodes_and_pages(stamps: Any, status: str) -> None:
    (first, one), (second, other) = stamps
    for pages in (
        [
            soap.registrations(
                ("a", "Ok", [soap.device("S", first, one)]), ("b", "Ok", [soap.device("S", second, other)])
            )
        ],
        [
            soap.registrations(("a", "Ok", [soap.device("S", first, one)])),
            soap.registrations(("b", "Ok", [soap.device("S", second, other)])),
        ],
    ):
        found = state(selectCmDeviceExt=pages)
        assert [item.status for item in found.registrations or ()] == [status]


@pytest.mark.parametrize(
    ("page", "status"),
    [
        (soap.registrations(("a", "NodeNotResponding", [])), "incomplete"),
        (soap.registrations(("a", "Ok", [soap.device("S", 1)]), total=2), "incomplete"),
        (soap.envelope('<selectCmDeviceExtResponse xmlns="x"/>'), "unreadable"),
        (soap.envelope('<selectCmDeviceExtResponse xmlns="x"><a>b</a></selectCmDeviceExtResponse>'), "unreadable"),
    ],
    ids=["node", "cut", "empty", "other"],
)
def test_registrations_in_part_are_not_known(page: bytes, status: str) -> None:
    found = state(selectCmDeviceExt=[page])
    assert found.registrations is None
    assert found.sources["registrations"].status == status


def test_too_few_pages_for_the_phones_are_not_all() -> None:
    phones = soap.phones(*(soap.phone(f"SEP{number:012X}") for number in range(PAGE + 1)))
    one = soap.registrations(("a", "Ok", [soap.device("SEP000000000000", 5)]))
    assert state(listPhone=[phones], selectCmDeviceExt=[one]).sources["registrations"].status == "missing"
    assert state(listPhone=[phones], selectCmDeviceExt=[one, one]).sources["registrations"].status == "ok"


def test_nobody_is_registered() -> None:
    assert state(selectCmDeviceExt=[soap.registrations(("a", "NotFound", []))]).registrations == ()


# --- export mode ----------------------------------------------------------------------------------------------------

PLAIN = b"Active Master Version: 14.0.1.13900-155\n"


@pytest.mark.parametrize(
    ("version", "given", "mode"),
    [
        (PLAIN, "", "unknown"),
        (PLAIN, "restricted", "restricted"),
        (PLAIN, "unrestricted", "unrestricted"),
        (PLAIN + b"Export: UNRESTRICTED\n", "", "unrestricted"),
        (PLAIN + b"UCSInstall_UCOS_UNRST_14.0.1.13900-155.sgn.iso\n", "", "unrestricted"),
        (PLAIN + b"US export unrestricted\n", "restricted", "unrestricted"),  # the system knows better
        (PLAIN + b"US export restricted\n", "", "restricted"),
        (PLAIN + b"US export restricted\nsomething unrestricted\n", "", "unrestricted"),
        (PLAIN + b"ciscocm.restricted-thing.cop\n", "", "unknown"),
        (b"", "", "unknown"),
    ],
)
def test_export_mode(version: bytes, given: str, mode: str) -> None:
    found = state(given, show_version_active=[version]).export_mode
    assert found is not None
    assert found.mode == mode
    if given:
        assert f"given by the inventory: {given}" in found.seen


def test_vpn_objects_are_an_indication_and_no_more() -> None:
    found = state(without=("show_version_active",)).export_mode
    assert found == ExportMode(mode="unknown", seen=("AXL reads VPN gateways (2); an indication, no proof",))


def test_nothing_heard_is_no_export_mode() -> None:
    found = state(without=("show_version_active", "listVpnGateway"))
    assert found.export_mode is None
    assert found.sources["export_mode"].status == "missing"


# --- any text -------------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    ["return", "row", "name", "vpnGateway", "phone", "certificates", "certificate", "SelectCmDeviceResult", "CmNodes",
     "item", "CmDevices", "selectCmDeviceReturn", "TotalDevicesFound", "pkid", "store", "hash", "componentVersion"]
)  # fmt: skip
TREES = st.recursive(
    st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=8).map(
        lambda words: words.replace("&", "").replace("<", "")
    ),
    lambda inner: st.lists(st.tuples(WORDS, inner), max_size=4).map(
        lambda parts: "".join(f"<{name}>{content}</{name}>" for name, content in parts)
    ),
    max_leaves=12,
)


@settings(deadline=None)  # it makes keys at first, and the machine may be busy
@given(st.sampled_from(QUESTIONS), TREES, st.binary(max_size=60))
def test_any_answer_gives_a_state(question: Any, tree: str, noise: bytes) -> None:
    operation = "executeSQLQuery" if question.how == "sql" else question.text
    bodies = [soap.response(operation, tree), noise, tree.encode()]
    for body in bodies:
        found = state(**{question.key.replace(".", "__"): [body]})
        assert all(source.detail.isprintable() for source in found.sources.values())
        assert not [source for source in found.sources.values() if "the parser failed" in source.detail]


def test_answers_are_not_changed_by_reading_them() -> None:
    answers = understood(whole())
    assert build_cluster("a", "live", answers, None) == build_cluster("a", "live", answers, None)
