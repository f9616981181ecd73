"""S11: whatever changes a device wants an approval of exactly that, holds a lock, and alone can reach what writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.security.product import MODULES, module, reached

# Transports by which something is changed.
WRITING = {"transport.asa_config", "transport.asa_dialogue", "transport.axl_write", "transport.cucm_os_write"}
# What holds the one writer of a device, a renewal or a record.
LOCKS = {"apply.lock", "renewal.journal"}
# Reach a writing transport by an import and send nothing that changes: what they take of it.
READING = {
    "vpnphone_phone_logs": "gather_wave: where phones are registered",
    "vpnphone_phone_span": "apply.redial: its clock",
    "vpnphone_phone_web": "gather_wave: where phones are registered; apply.redial: its clock",
}
# Approved in other words than a token: who, and what of it.
OTHERWISE = {
    # Its plan is shown, its settings are restored by a record of its own, whoever died (test_collect_lab.py).
    "vpnphone_asa_logging": {"approved_by", "allow_logging", "allow_debug"},
    # A profile's plan has its hash; dap.xml and SSL each need a word more.
    "vpnphone_asa_profile": {"plan_hash", "approve_ssl", "approve_dap_xml"},
}
# Named, not found: to find them reads the whole product, and each worker would do so before its first test.
CHANGING = {
    *("vpnphone_asa_binding", "vpnphone_asa_certificate", "vpnphone_asa_logging", "vpnphone_asa_profile"),
    *("vpnphone_cucm_gateway", "vpnphone_cucm_trust", "vpnphone_phone_apply"),
}
changing = pytest.mark.parametrize(
    "path", [path for path in MODULES if path.stem in CHANGING], ids=lambda path: path.stem
)


def test_s11_these_modules_change_something() -> None:
    found = [path.stem for path in MODULES if reached(path) & WRITING and path.stem not in READING]
    assert set(found) == CHANGING


@changing
def test_s11_a_change_needs_an_approval_and_a_lock(path: Path) -> None:
    spec: dict[str, dict[str, Any]] = module(path).ARGUMENT_SPEC
    wanted = OTHERWISE.get(path.stem, {"approval", "approved_by"})
    assert wanted <= set(spec)
    # Nothing is approved by leaving it out.
    for name in wanted:
        assert spec[name].get("default", "") in ("", False, None, []), name
    assert reached(path) & LOCKS


@changing
def test_s11_a_change_can_be_looked_at_first(path: Path) -> None:
    """Each takes check_mode and hands it on: a plan, and nothing sent."""
    text = path.read_text(encoding="utf-8")
    assert text.count("check_mode") > 1
    assert "support: full" in text


@pytest.mark.parametrize("path", [path for path in MODULES if path.stem not in CHANGING], ids=lambda path: path.stem)
def test_s11_what_only_reads_cannot_write(path: Path) -> None:
    assert path.stem in READING or not reached(path) & WRITING
    # The certificate API reads as well: cucm_info takes its snapshot. What uploads lies in change_cucm.
    assert path.stem in READING or "change_cucm" not in reached(path)


def test_s11_each_exception_is_one_still() -> None:
    for path in MODULES:
        if path.stem in READING:
            assert reached(path) & WRITING, f"{path.stem} needs no exception any more"
            assert not {"approval", "plan_hash"} & set(module(path).ARGUMENT_SPEC)


def test_s11_existing_tests_prove_the_rest() -> None:
    """Drift, tokens, locks and killed controllers: by these, which must not go unnoticed."""
    from tests.unit.apply import test_engine, test_profile_module
    from tests.unit.renewal import test_gates, test_journal
    from tests.unit.renewal_switch import test_switch_run

    assert test_profile_module.test_check_then_exactly_that_then_nothing
    assert test_profile_module.test_a_device_that_another_run_is_changing
    assert test_engine.test_check_mode_sends_nothing
    assert test_gates.test_whatever_an_approver_saw_is_in_the_hash
    assert test_gates.test_a_wrong_token_does_not_open_it
    assert test_journal.test_a_lock_that_is_never_let_go_is_told
    assert test_switch_run.test_an_approval_is_of_exactly_this_plan
