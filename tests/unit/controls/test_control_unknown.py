"""What is not known is never pass, and no control ever raises, whatever the device printed."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.commands import BY_SECTION
from ansible.module_utils.vpnphone.controls import (
    availability,
    certificates,
    ciphers,
    fitness,
    hardening,
    licences,
    validity,
)
from ansible.module_utils.vpnphone.controls.base import REGISTRY, Control, judge
from ansible.module_utils.vpnphone.model import (
    AsaState,
    Certificate,
    Clock,
    DeviceTime,
    Failover,
    License,
    Source,
    SslCipherRule,
    SslConfig,
    SslStatus,
    SslSuites,
    SslTrustPoint,
    Trustpoint,
    VersionInfo,
    WebvpnConfig,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.controls.builders import (
    at,
    certificate,
    change,
    context,
    healthy,
    intermediate,
    phone_model,
    root,
    site,
    version,
)

MODULES = (availability, certificates, ciphers, fitness, hardening, licences, validity)
CONTROLS = [
    rule for _, rule in sorted(REGISTRY.items()) if rule.evaluate.__module__ in {module.__name__ for module in MODULES}
]
IDS = [
    *(f"VPNP-{number}" for number in range(101, 108)),
    *(f"VPNP-{number}" for number in (111, 112, 113, 114, 115, 116, 117, 118)),
    *(f"VPNP-{number}" for number in range(121, 126)),
    "VPNP-131",
    "VPNP-132",
]
# A pair in a user context: every section is in use, none of these controls is out of place.
EVERYTHING = change(
    healthy(),
    mode="multiple",
    version=version(context="context"),
    context_names=("phones",),
    failover=Failover(enabled=True, unit="Primary", this_state="Active", mate_state="Standby Ready"),
    mate_certificates=(certificate(), intermediate(), root()),
)
GAPS = ("missing", "refused", "incomplete", "unreadable")


def hide(device: AsaState, gaps: dict[str, Any], detail: str = "") -> AsaState:
    """The device without these sections, each with its reason."""
    sources = dict(device.sources)
    for section, status in gaps.items():
        sources[section] = Source(command=BY_SECTION[section].text, status=status, detail=detail)
    return msgspec.structs.replace(device, sources=sources, **dict.fromkeys(gaps))


def test_every_control_of_this_part_is_here() -> None:
    assert [rule.id for rule in CONTROLS] == IDS


@pytest.mark.parametrize("rule", CONTROLS, ids=lambda rule: rule.id)
def test_every_control_passes_where_all_is_well(rule: Control) -> None:
    assert judge(rule, context(EVERYTHING)).status == "pass"


@pytest.mark.parametrize("rule", CONTROLS, ids=lambda rule: rule.id)
def test_texts_for_a_reader_at_night(rule: Control) -> None:
    assert rule.title and not rule.title.endswith(".")
    assert rule.rationale.endswith(".") and len(rule.rationale) > 60
    assert rule.section
    assert rule.features and all(feature.startswith("F-") for feature in rule.features)
    assert rule.needs and set(rule.needs) <= set(BY_SECTION)
    assert rule.remediation or rule.severity == "info"


@pytest.mark.parametrize(
    ("rule", "section"),
    [(rule, section) for rule in CONTROLS for section in rule.needs],
    ids=lambda value: value if isinstance(value, str) else value.id,
)
def test_each_needed_section_is_needed(rule: Control, section: str) -> None:
    found = judge(rule, context(hide(EVERYTHING, {section: "refused"}, "Command authorization failed")))
    assert found.status == "error"
    assert [outcome.message for outcome in found.outcomes] == [
        f"UNKNOWN: `{BY_SECTION[section].text}` is refused: Command authorization failed"
    ]


@given(st.dictionaries(st.sampled_from(sorted(BY_SECTION)), st.sampled_from(GAPS)))
@settings(deadline=None)
def test_any_gap_is_never_a_pass(gaps: dict[str, Any]) -> None:
    device = context(hide(EVERYTHING, gaps))
    for rule in CONTROLS:
        found = judge(rule, device)
        if gaps.keys() & set(rule.needs):
            assert found.status == "error"
            assert not any(outcome.status == "pass" for outcome in found.outcomes)
        else:
            assert found.status in ("pass", "error")


@given(st.dictionaries(st.sampled_from(sorted(BY_SECTION)), st.sampled_from((*GAPS, "absent"))))
@settings(deadline=None)
def test_what_does_not_exist_raises_nothing(gaps: dict[str, Any]) -> None:
    for rule in CONTROLS:
        assert judge(rule, context(hide(EVERYTHING, gaps))).outcomes


WRONG_CONTEXT = change(EVERYTHING, version=version(context="system"))


@pytest.mark.parametrize("rule", CONTROLS, ids=lambda rule: rule.id)
def test_the_system_context_says_nothing_of_phones(rule: Control) -> None:
    found = judge(rule, context(WRONG_CONTEXT))
    if set(rule.needs) <= {"version", "mode", "clock", "ntp_servers"}:
        assert found.status == ("error" if rule.id == "VPNP-132" else "pass")
    else:
        assert [outcome.message for outcome in found.outcomes] == [
            "UNKNOWN: the system context was read, and phones arrive in a user context"
        ]


# --- hostile states: every field holds what a device, or somebody in its place, could have printed ------------------

TEXT = st.one_of(
    st.sampled_from(("", "outside", "VPN", "RSA", "EC", "cn=A", "cn=B", "default", "tlsv1", "custom", "Enabled", "0")),
    st.text(alphabet=string.printable, max_size=12),
    st.text(max_size=6),
)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
MOMENTS = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30))
TIMES = st.one_of(
    st.none(),
    TEXT.map(lambda text: DeviceTime(text=text)),
    MOMENTS.map(lambda moment: at(moment.replace(tzinfo=UTC))),
    MOMENTS.map(lambda moment: DeviceTime(text=f"{moment:%H:%M:%S} KST {moment:%b} {moment.day} {moment.year}")),
)
CERTIFICATES = st.lists(
    st.builds(
        Certificate,
        kind=st.sampled_from(("identity", "ca", "ra", "pending")),
        status=TEXT,
        serial=TEXT,
        subject=TEXT,
        subject_cn=TEXT,
        issuer=TEXT,
        key_type=TEXT,
        key_bits=st.one_of(st.none(), st.integers(-1, 70000)),
        signature_algorithm=st.one_of(TEXT, st.just("SHA256 with RSA Encryption")),
        not_before=TIMES,
        not_after=TIMES,
        trustpoints=TEXTS,
    ),
    max_size=6,
).map(tuple)
RELEASES = st.one_of(st.none(), st.tuples(*[st.integers(0, 300)] * 4), st.just((9, 4, 1, 0)), st.just((8, 0, 5, 0)))
LICENSES = st.lists(
    st.builds(
        License,
        name=st.sampled_from((licences.CISCO, licences.LINKSYS, *licences.PEER_ROWS)),
        value=TEXT,
        duration=TEXT,
    ),
    max_size=4,
).map(tuple)
STATES: dict[str, Any] = {
    "version": st.builds(
        VersionInfo,
        text=TEXT,
        release=RELEASES,
        context=TEXT,
        license_mode=TEXT,
        licenses=LICENSES,
        cluster_licenses=LICENSES,
    ),
    "ssl": st.builds(
        SslConfig,
        defaults_shown=st.booleans(),
        server_version=TEXTS,
        encryption=TEXTS,
        ciphers=st.lists(st.builds(SslCipherRule, protocol=TEXT, level=TEXT, suites=TEXTS), max_size=3).map(tuple),
        trust_points=st.lists(
            st.builds(SslTrustPoint, trustpoint=TEXT, interface=TEXT, vpnlb_ip=st.booleans(), domain=TEXT), max_size=3
        ).map(tuple),
    ),
    "ssl_status": st.builds(SslStatus, enabled_ciphers=TEXTS, accept_line=TEXT, certificate_authentication=TEXTS),
    "ssl_suites": st.lists(st.builds(SslSuites, protocol=TEXT, level=TEXT, suites=TEXTS), max_size=3).map(tuple),
    "webvpn": st.builds(WebvpnConfig, configured=st.booleans(), enabled_interfaces=TEXTS),
    "certificates": CERTIFICATES,
    "mate_certificates": CERTIFICATES,
    "trustpoints": st.lists(st.builds(Trustpoint, name=TEXT, auto_renewal=TEXT), max_size=3).map(tuple),
    "clock": st.builds(Clock, text=TEXT, local=st.datetimes(), zone=TEXT, authoritative=st.booleans()),
    "ntp_servers": TEXTS,
    "failover": st.builds(
        Failover, enabled=st.just(True), this_state=TEXT, mate_state=TEXT, active_active=st.booleans()
    ),
    "context_names": TEXTS,
}
MODELS = st.builds(
    phone_model,
    model=TEXT,
    tls_versions=TEXTS,
    tls_suites=TEXTS,
    dtls_suites=TEXTS,
    dtls_versions=TEXTS,
    ecdsa=st.sampled_from((True, False, None)),
    signature_hashes=TEXTS,
)


@given(
    st.fixed_dictionaries({}, optional=STATES),
    st.lists(MODELS, max_size=2).map(tuple),
    TEXTS,
    st.dictionaries(TEXT, st.integers(-1000, 1000), max_size=2),
    # The controller's own clock, so a time of this age.
    st.datetimes(min_value=datetime(1970, 1, 2), timezones=st.just(timezone(timedelta(hours=9)))),
)
def test_nothing_raises(
    sections: dict[str, Any], models: Any, urls: tuple[str, ...], zones: dict[str, int], gathered: datetime
) -> None:
    device = msgspec.structs.replace(change(EVERYTHING, **sections), gathered_at=gathered)
    parameters = site(phone_models=models, models_in_use=(), gateway_urls=urls, zone_minutes=zones, ecdsa_fixed_in=urls)
    for rule in CONTROLS:
        found = judge(rule, context(device, parameters))
        assert found.outcomes
        for outcome in found.outcomes:
            assert outcome.status != "fail" or (outcome.expected and outcome.actual and outcome.fix)
            assert outcome.message.startswith("UNKNOWN: ") == (outcome.status == "error")
