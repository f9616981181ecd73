"""A busy ASA: the lines of many phones' handshakes mix in its log, and nobody may be blamed for another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible.module_utils.vpnphone.diagnose.judge import diagnose
from ansible.module_utils.vpnphone.model.diagnosis import Diagnosis

from lab.testing import RunningLab, running_lab
from tests.unit.diagnose_lab.lab_logs import reading
from tests.unit.lab.phone_site import Case, phone_of, scenario, url_of

NEWER = {"model": "8841"}
# TLS 1.0 has nothing for old phones; newer ones settle on TLS 1.2.
CIPHERS = ('ssl cipher tlsv1 custom "DHE-RSA-AES128-SHA"', 'ssl cipher tlsv1.2 custom "AES256-SHA"')
HERE = {"url": url_of("busy")}
CASES = {
    "busy": Case(
        ssl=("ssl trust-point VPN outside", *CIPHERS), device={"log_interleaves": True}, phone=NEWER,
        extra="logging timestamp\nip local pool MANY 10.20.10.10-10.20.10.99\n",
        general=("address-pool MANY", "default-group-policy GP"),
    ),
    "good": Case(phone=NEWER, **HERE),
    "old": Case(**HERE),
    "older": Case(phone={"clock_offset": "-2h"}, **HERE),
    "pin": Case(phone=NEWER, pins=("renewed",), **HERE),
    "other-pin": Case(phone={**NEWER, "clock_offset": "+5m"}, pins=("elliptic",), **HERE),
    "host": Case(phone=NEWER, profile={"host_id_check": True}, **HERE),
    "stranger": Case(phone={**NEWER, "issuer": "stranger"}, **HERE),
}  # fmt: skip
TRUTH = {
    "old": "no_shared_cipher", "older": "no_shared_cipher", "pin": "hash_mismatch", "other-pin": "hash_mismatch",
    "host": "host_id", "stranger": "client_certificate",
}  # fmt: skip
# What a cause may be told as by one who has half of the lines.
ALSO = {"no_shared_cipher": "tls_failed", "client_certificate": "refused_by_policy", "host_id": "hash_mismatch"}
ROUNDS = 3


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    with running_lab(scenario(CASES), tmp_path_factory.mktemp("busy") / "lab") as found:
        for _ in range(ROUNDS):
            found.connect_phones()
        yield found


def phones(*names: str) -> list[str]:
    return [phone_of(CASES, name) for name in names]


def blamed(found: Diagnosis) -> set[tuple[str, str]]:
    """(case, cause) of everything that stands and names a phone."""
    names = {phone_of(CASES, name): name for name in CASES}
    return {(names[cause.phone], cause.id) for cause in found.causes if cause.phone and not cause.past}


@pytest.mark.parametrize("given", [list(CASES), ["busy", "good"], ["old", "pin"], ["host", "older"], []])
def test_nobody_is_blamed_for_another(site: RunningLab, given: list[str]) -> None:
    found = diagnose(reading(site, ["busy"], phones(*given)))
    for name, cause in blamed(found):
        assert cause in (TRUTH.get(name), ALSO.get(TRUTH.get(name, ""))), (name, cause)
    certain = {cause.id for cause in found.causes if cause.confidence == "certain"}
    assert certain <= set(TRUTH.values())


def test_what_a_phones_own_log_proves_stays_certain(site: RunningLab) -> None:
    found = diagnose(reading(site, ["busy"], phones(*CASES)))
    certain = {(cause.phone, cause.id) for cause in found.causes if cause.confidence == "certain" and cause.phone}
    wanted = {(phone_of(CASES, name), TRUTH[name]) for name in ("pin", "other-pin", "host")}
    assert wanted <= certain


def test_the_asa_alone_names_no_phone_by_lines_that_name_none(site: RunningLab) -> None:
    found = diagnose(reading(site, ["busy"]))
    assert {name for name, _ in blamed(found)} <= {"stranger"}
    last = {story.phone: story.last for story in found.phones}
    # Within one second of the stamps, whether the last session began before another ended is not proven.
    assert {last[phone] for phone in phones("busy", "good")} <= {"connected", "unknown"}
