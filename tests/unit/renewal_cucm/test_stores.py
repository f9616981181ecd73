"""What a node calls Phone-VPN-trust, from JSON and lines of any kind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils.vpnphone.model import TrustFile
from ansible.module_utils.vpnphone.parse.cucm.stores import cli_unit, upload_service
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (['{"trusts": [{"service": "phone-vpn-trust", "certificate_data": []}]}'], "phone-vpn"),
        (['{"trusts": [{"service": "Phone-VPN-trust"}]}'], "Phone-VPN"),
        (['{"trusts": [{"service": "tomcat-trust"}]}', '{"services": ["tomcat", "PHONE-VPN"]}'], "PHONE-VPN"),
        (['{"phone-vpn": {"kind": "trust"}}'], "phone-vpn"),
        (['{"trusts": [{"service": "tomcat-trust"}]}'], ""),
        (['{"trusts": [{"service": "phone-vpn-trust-old"}]}'], ""),
        (["no JSON", '"phone-vpn"'], "phone-vpn"),
        (["[" * 100_000], ""),
        (["[" * 50 + '"phone-vpn"' + "]" * 50], ""),
        ([], ""),
    ],
)
def test_the_name_in_the_api(texts: list[str], expected: str) -> None:
    assert upload_service(*texts) == expected


json_value: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=20,
)


@given(json_value, st.booleans())
def test_any_json(value: Any, hidden: bool) -> None:
    found = upload_service(json.dumps([value, {"services": ["phone-vpn-trust"]}] if hidden else value))
    assert found.casefold() in (("phone-vpn",) if hidden else ("", "phone-vpn"))


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    assert upload_service(text).casefold() in ("", "phone-vpn")


@pytest.mark.parametrize(
    ("stores", "expected"),
    [
        (["tomcat-trust", "Phone-VPN-trust"], "Phone-VPN"),
        (["phone-vpn-trust"], "phone-vpn"),
        (["Phone-VPN"], ""),
        (["CallManager-trust"], ""),
        ([], ""),
        (None, ""),
    ],
)
def test_the_unit_at_the_command_line(stores: list[str] | None, expected: str) -> None:
    files = None if stores is None else [TrustFile(store=store, name="a.pem") for store in stores]
    assert cli_unit(files) == expected
