"""What a value of a group-policy attribute means for a phone."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone.controls.policy_verdict import (
    access_hours,
    group_lock,
    logins,
    mtu,
    protocol,
    session_timeout,
    split_tunnel,
    vpn_filter,
)


@pytest.mark.parametrize(
    ("value", "status"),
    [("0", "fail"), ("1", "pass"), ("3", "pass"), ("2147483647", "pass"), ("", "error"), ("-1", "error"),
     ("three", "error"), ("1" * 5000, "error"), ("\u0663", "error")],
)  # fmt: skip
def test_logins(value: str, status: str) -> None:
    assert logins(value).status == status


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("ssl-client", "pass"),
        ("ikev1 ssl-client ssl-clientless", "pass"),
        ("svc", "pass"),
        ("IPSec l2tp-ipsec svc webvpn", "pass"),
        ("SSL-Client", "pass"),
        ("ssl-clientless", "fail"),
        ("ikev1 ikev2", "fail"),
        ("webvpn", "fail"),
        ("", "error"),
    ],
)
def test_protocol(value: str, status: str) -> None:
    assert protocol(value).status == status


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("none", "pass"),
        ("value VPNPhone", "pass"),
        ('value "VPNPhone"', "pass"),
        ("value vpnphone", "fail"),
        ("value Other", "fail"),
        ("value", "error"),
        ("", "error"),
        ("VPNPhone", "error"),
    ],
)
def test_group_lock(value: str, status: str) -> None:
    assert group_lock(value, "VPNPhone").status == status


@pytest.mark.parametrize(
    ("value", "status"),
    [("none", "pass"), ("value READ", "pass"), ("value OTHER", "error"), ("value", "error"), ("", "error")],
)
def test_vpn_filter(value: str, status: str) -> None:
    assert vpn_filter(value, ("READ",)).status == status


@pytest.mark.parametrize(
    ("value", "status"),
    [("tunnelall", "pass"), ("tunnelspecified", "fail"), ("excludespecified", "fail"), ("", "error"), ("x", "error")],
)
def test_split_tunnel(value: str, status: str) -> None:
    assert split_tunnel(value).status == status


@pytest.mark.parametrize(
    ("value", "status"),
    [("255", "fail"), ("256", "pass"), ("1290", "pass"), ("1406", "pass"), ("1407", "fail"), ("", "error")],
)
def test_mtu(value: str, status: str) -> None:
    assert mtu(value).status == status


@pytest.mark.parametrize(
    ("value", "status"), [("none", "pass"), ("1440", "fail"), ("alert-interval 1", "error"), ("", "error")]
)
def test_session_timeout(value: str, status: str) -> None:
    assert session_timeout(value).status == status


@pytest.mark.parametrize(("value", "status"), [("none", "pass"), ("value OFFICE", "fail")])
def test_access_hours(value: str, status: str) -> None:
    assert access_hours(value).status == status
