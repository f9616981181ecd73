"""The metrics: read by Prometheus' own parser, named by its conventions, and never one series a phone or device."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.history import store
from ansible.module_utils.vpnphone.history.metrics import exposition, write_metrics
from ansible.module_utils.vpnphone.model.history import Seen
from prometheus_client.parser import text_string_to_metric_families

from tests.unit.history.builders import Said, ending, night, seen, snapshot, unread

DAYS = [90, 30, 7]
FAIL: Said = ("C1", "outside", "fail")


def content(folder: Path, *nights: tuple[Seen, ...], **fields: Any) -> store.Content:
    for number, devices in enumerate(nights):
        store.record(folder / "h.sqlite3", snapshot(number, *devices, **fields))
    return store.content(folder / "h.sqlite3")


def samples(text: bytes) -> dict[tuple[str, ...], float]:
    """Value by name and labels (the site, which all have, left out)."""
    found = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            assert sample.labels["site"] == "Lab"
            words = [f"{name}={value}" for name, value in sorted(sample.labels.items()) if name != "site"]
            key = (sample.name.removeprefix("vpnphone_"), *words)
            assert key not in found
            found[key] = sample.value
    return found


@pytest.fixture
def two_nights(tmp_path: Path) -> store.Content:
    drift: Said = ("VPNP-119", "outside", "fail")
    expiry = (ending(-1), ending(5, serial="2"), ending(20, serial="3"), ending(400, kind="LSC", phones=12))
    first = (seen("asa1", FAIL, ("C2", "", "fail"), controls=("C1", "C2", "VPNP-119")), seen("asa2"))
    second = (seen("asa1", FAIL, drift, controls=("C1", "C2", "VPNP-119")), unread("asa2"))
    phones = {"CONNECTS": 40, "LOCKED OUT": 2}
    return content(tmp_path, first, second, expiry=expiry, phones=phones, inventory=("asa1", "asa2", "asa3"))


def test_what_it_says(two_nights: store.Content) -> None:
    found = samples(exposition(two_nights, DAYS, night(1)))
    expected = {
        ("audit_start_timestamp_seconds",): night(1).timestamp(),
        ("audit_end_timestamp_seconds",): night(1).timestamp() + 60,
        ("audit_exit_code",): 2,
        ("audit_devices_left_out",): 1,
        ("history_audits",): 2,
        ("devices", "kind=asa", "verdict=fail"): 1,
        ("devices", "kind=asa", "verdict=error"): 1,
        ("devices", "kind=cucm", "verdict=pass"): 0,
        ("devices_unread",): 1,
        ("phones", "verdict=connects"): 40,
        ("phones", "verdict=locked_out"): 2,
        ("phones", "verdict=unknown"): 0,
        ("findings", "severity=high", "standing=open"): 2,
        ("findings", "severity=critical", "standing=open"): 0,
        ("finding_oldest_start_timestamp_seconds", "severity=high"): night(0).timestamp(),
        ("audit_findings_changed", "change=new"): 1,
        ("audit_findings_changed", "change=fixed"): 1,
        ("audit_findings_changed", "change=undecided"): 0,
        ("binding_drift_devices",): 1,
        ("certificates_expiring", "kind=leaf", "within_days=0"): 1,
        ("certificates_expiring", "kind=leaf", "within_days=7"): 2,
        ("certificates_expiring", "kind=leaf", "within_days=30"): 3,
        ("certificates_expiring", "kind=leaf", "within_days=90"): 3,
        ("certificates_expiring", "kind=LSC", "within_days=90"): 0,
        ("certificate_next_expiry_timestamp_seconds", "kind=leaf"): night(5).timestamp(),
        ("certificate_next_expiry_timestamp_seconds", "kind=LSC"): night(400).timestamp(),
    }
    assert {key: found.get(key) for key in expected} == expected
    assert ("certificate_next_expiry_timestamp_seconds", "kind=CAPF") not in found


def test_names_and_types_are_as_prometheus_wants_them(two_nights: store.Content) -> None:
    families = list(text_string_to_metric_families(exposition(two_nights, DAYS, night(1)).decode()))
    for family in families:
        assert re.fullmatch(r"vpnphone_[a-z]+(_[a-z]+)*", family.name)
        assert family.type == "gauge"
        assert family.documentation.endswith(".")
        # _total is a counter's, and what is a time says so.
        assert not family.name.endswith(("_total", "_count", "_sum", "_bucket"))
        assert ("timestamp" in family.name) == family.name.endswith("_timestamp_seconds")
        labels = {name for sample in family.samples for name in sample.labels}
        assert all(re.fullmatch(r"[a-z_]+", name) for name in labels)
    assert len(families) == len({family.name for family in families})


def test_no_name_of_a_device_or_phone_is_in_it_and_a_large_site_has_no_more_series(tmp_path: Path) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    numbers = []
    for folder, size in ((small, 1), (large, 300)):
        devices = tuple(seen(f"fw-{number}", FAIL, ("C2", f"SEP{number}", "fail")) for number in range(size))
        expiry = tuple(ending(5, device=f"fw-{number}", name=f"name-{number}", serial="") for number in range(size))
        text = exposition(content(folder, devices, expiry=expiry, phones={"CONNECTS": size}), DAYS, night(0))
        assert not re.search(rb"fw-|SEP|name-|C1|outside", text)
        numbers.append(len(samples(text)))
    assert numbers[0] == numbers[1]


@pytest.mark.parametrize("site", ['a"b\\c', "Seoul 본사", "{x=1}", ""])
def test_any_name_of_a_site_is_one_label(tmp_path: Path, site: str) -> None:
    text = exposition(content(tmp_path, (seen(),), site=site), DAYS, night(0))
    labels = {
        sample.labels["site"] for family in text_string_to_metric_families(text.decode()) for sample in family.samples
    }
    assert labels == {site}


def test_the_file_is_replaced_as_a_whole_and_others_may_read_it(tmp_path: Path, two_nights: store.Content) -> None:
    path = tmp_path / "vpnphone.prom"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o600)
    write_metrics(path, two_nights, DAYS, night(1))
    assert samples(path.read_bytes())
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert sorted(entry.name for entry in tmp_path.iterdir() if ".prom" in entry.name) == ["vpnphone.prom"]


def test_a_name_that_the_collector_passes_over_is_refused(tmp_path: Path, two_nights: store.Content) -> None:
    with pytest.raises(BadInput, match=r"end in \.prom"):
        write_metrics(tmp_path / "vpnphone.txt", two_nights, DAYS, night(1))
