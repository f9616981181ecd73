"""vpnphone_phone_apply: options that make no sense, and a run in which nothing was gathered. No device is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.model import CucmState, Failure
from ansible.module_utils.vpnphone.rundir import GatheredCluster, write_gathered

from tests.plugins import load_module
from tests.unit.predict.builders import CLUSTER, cucm
from tests.unit.renewal_apply.kit import Bench
from tests.unit.renewal_apply.lab_site import ROOT
from tools.documented import documentation

MODULE = load_module("vpnphone_phone_apply")
TABLE = str(ROOT / "roles" / "assess" / "files" / "phone_models.yml")
CANARY = "c4nary-s3cret"


def refused(tmp_path: Path, state: CucmState | None = None, **options: Any) -> VpnPhoneError:
    """The error of a run whose cluster was gathered like this; with options that are none."""
    book = tmp_path / "2027"
    if not book.exists():
        Bench(book)
    if state is not None:
        write_gathered(tmp_path / "run", GatheredCluster(device=CLUSTER, state=state))
    given = {
        "name": CLUSTER, "renewal_dir": str(book), "run_dir": str(tmp_path / "run"), "phone_models_file": TABLE,
        # Nobody listens there; nothing gets so far.
        "host": "192.0.2.1", "username": "axl", "password": CANARY,
    } | options  # fmt: skip
    checked = ArgumentSpecValidator(MODULE.ARGUMENT_SPEC).validate(given)
    assert not checked.error_messages, checked.error_messages
    with pytest.raises(VpnPhoneError) as raised:
        MODULE.execute(json.loads(json.dumps(checked.validated_parameters)))
    assert CANARY not in str(raised.value)
    return raised.value


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("batch_size", 0), ("max_failures", -1), ("proof_timeout", 0), ("settle_timeout", -1), ("offline_after", -1),
        ("poll_seconds", 0), ("poll_seconds", -1), ("poll_seconds", 901), ("parallel", 0), ("parallel", 65),
        ("file_timeout", 0), ("grace_days", -1),
    ],
)  # fmt: skip
def test_numbers_that_make_no_sense(tmp_path: Path, option: str, value: float) -> None:
    error = refused(tmp_path, cucm(), **{option: value})
    assert error.code == "bad_input"
    assert str(value) in error.what
    assert error.todo


def test_a_renewal_that_was_never_opened(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    assert refused(tmp_path, cucm(), renewal_dir=str(tmp_path / "nothing")).code == "journal_missing"


def test_a_cluster_that_was_not_read_in_this_run(tmp_path: Path) -> None:
    error = refused(tmp_path)
    assert (error.code, error.unreachable) == ("not_gathered", True)
    failure = Failure(code="timeout_connect", what="nobody answers.", todo="Look.", unreachable=True)
    write_gathered(tmp_path / "run", GatheredCluster(device=CLUSTER, failure=failure))
    error = refused(tmp_path)
    assert (error.code, "nobody answers" in error.what) == ("timeout_connect", True)


def test_a_phone_table_that_is_none(tmp_path: Path) -> None:
    assert refused(tmp_path, cucm(), phone_models_file=str(tmp_path / "none.yml")).code == "phone_models"


@pytest.mark.parametrize("zones", [{"CET": "one"}, {"CET": None}])
def test_zones_that_are_none(tmp_path: Path, zones: dict[str, Any]) -> None:
    assert "of the site" in refused(tmp_path, cucm(), zone_minutes=zones).what


def test_nobody_who_serves_files(tmp_path: Path) -> None:
    assert refused(tmp_path, cucm(tftp_nodes=None)).code == "tftp_nodes_unknown"


def test_without_a_login(tmp_path: Path) -> None:
    assert refused(tmp_path, cucm(), password="").code == "login_missing"


def test_asas_of_another_run_are_none(tmp_path: Path) -> None:
    """The cluster was gathered, its ASAs were not: nothing can be foretold, so nobody is asked anything."""
    assert refused(tmp_path, cucm()).code == "asa_not_seen"


def test_every_option_is_described_with_its_default() -> None:
    described = documentation(MODULE)["options"]
    assert set(described) == set(MODULE.ARGUMENT_SPEC)
    for name, option in MODULE.ARGUMENT_SPEC.items():
        assert described[name].get("default") == option.get("default"), name
        assert described[name]["type"] == option["type"], name
    assert set(MODULE.INVENTORY_VARIABLES) <= set(MODULE.ARGUMENT_SPEC)
    for name, (variable, *_) in MODULE.INVENTORY_VARIABLES.items():
        assert f"C({variable})" in str(described[name]["description"]), name
