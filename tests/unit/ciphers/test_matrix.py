"""The certificate matrix of CSCuu02848: 12 cells, before and after the fix, written out."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone.matrix import FIXED, UNFIXED, Presented, offer_of, possible, presented

RSA = ("rsa", "rsa", True, None)
EC = ("ec", "ec", True, None)
RSA_SELF = ("rsa-self-signed", "rsa", True, False)
EC_SELF = ("ec-self-signed", "ec", True, False)
FAILS = ("none", "none", False, None)

# client offers, configured, after the fix, before the fix
CELLS = [
    ("rsa", "rsa", RSA, RSA),
    ("rsa", "ec", RSA_SELF, RSA_SELF),
    ("rsa", "both", RSA, RSA),
    ("rsa", "none", RSA_SELF, RSA_SELF),
    ("ec", "rsa", FAILS, EC_SELF),
    ("ec", "ec", EC, EC),
    ("ec", "both", EC, EC),
    ("ec", "none", EC_SELF, EC_SELF),
    ("both", "rsa", RSA, EC_SELF),
    ("both", "ec", EC, EC),
    ("both", "both", EC, EC),
    ("both", "none", EC_SELF, EC_SELF),
]


@pytest.mark.parametrize(("offer", "configured", "after", "before"), CELLS)
def test_every_cell(offer, configured, after, before) -> None:
    assert presented(offer, configured, True) == Presented(*after)
    assert presented(offer, configured, False) == Presented(*before)
    assert possible(offer, configured, True) == {Presented(*after)}
    assert possible(offer, configured, False) == {Presented(*before)}
    assert possible(offer, configured, None) == {Presented(*after), Presented(*before)}


def test_the_table_has_no_other_cell() -> None:
    assert set(FIXED) == set(UNFIXED) == {(offer, configured) for offer, configured, *_ in CELLS}
    assert len(CELLS) == 12


@pytest.mark.parametrize(
    ("result", "locks_out"), [(RSA, False), (EC, False), (RSA_SELF, True), (EC_SELF, True), (FAILS, True)]
)
def test_self_signed_or_no_connection_locks_a_pinned_phone_out(result, locks_out: bool) -> None:
    assert Presented(*result).locks_out is locks_out


def test_a_self_signed_certificate_comes_with_a_suite_of_its_own_kind() -> None:
    for cell in (*FIXED.values(), *UNFIXED.values()):
        assert cell.certificate.split("-")[0] == cell.cipher


@pytest.mark.parametrize(
    ("suites", "row"),
    [
        (["AES256-SHA", "AES128-SHA"], "rsa"),
        (["ECDHE-RSA-AES256-GCM-SHA384"], "rsa"),
        (["ECDHE-ECDSA-AES256-GCM-SHA384"], "ec"),
        (["AES128-SHA", "ECDHE-ECDSA-AES128-SHA256"], "both"),
        (["ADH-AES128-SHA"], "none"),
        (["ADH-AES128-SHA", "AES128-SHA"], "rsa"),
        ([], "none"),
        (["TLS_AES_128_GCM_SHA256", "AES128-SHA"], None),
        (["MYSTERY"], None),
    ],
)
def test_row_of_shared_suites(suites: list[str], row: str | None) -> None:
    assert offer_of(suites) == row
