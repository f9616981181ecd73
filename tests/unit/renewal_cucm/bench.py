"""The two modules over a cluster without sockets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.model.renewal import Journal, TargetStage
from ansible.module_utils.vpnphone.renewal.journal import create_journal, open_journal, update
from ansible.module_utils.vpnphone.renewal.stages import target_stage

from tests.plugins import load_module
from tests.unit.renewal_cucm.kit import NEW, OLD, FakeCluster

CANARY = "c4nary-s3cret"
UPLOAD = f"upload:{NEW.x509.sha1}"


class Bench:
    """A renewal's directory and its cluster."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        self.cluster = FakeCluster(OLD)
        self.modules = {name: load_module(f"vpnphone_cucm_{name}") for name in ("trust", "gateway")}
        for module in self.modules.values():
            monkeypatch.setattr(module, "ClusterSession", lambda _options, name: self.cluster)

    def open(self, book: Journal) -> None:
        create_journal(self.directory, book)

    def run(self, which: str, /, *, check: bool = False, **options: Any) -> dict[str, Any]:
        module = self.modules[which]
        params = {key: option.get("default") for key, option in module.ARGUMENT_SPEC.items()}
        own = {"name": "cucm-1", "host": "192.0.2.1", "username": "axl", "password": CANARY, "os_username": "os",
               "os_password": CANARY, "renewal_dir": str(self.directory), "settle_timeout": 10}  # fmt: skip
        given = {key: value for key, value in (own | options).items() if key in module.ARGUMENT_SPEC}
        result: dict[str, Any] = module.execute(params | given, check_mode=check)
        assert CANARY not in json.dumps(result)
        return result

    def approved(self, which: str, /, **options: Any) -> dict[str, Any]:
        token = self.run(which, check=True, **options)["token"]
        return self.run(which, approval=token, approved_by="J. Doe", **options)

    def refused(self, which: str, /, **options: Any) -> VpnPhoneError:
        with pytest.raises(VpnPhoneError) as raised:
            self.run(which, **options)
        assert CANARY not in str(raised.value)
        return raised.value

    @property
    def book(self) -> Journal:
        return open_journal(self.directory)

    def stage(self, name: Any) -> TargetStage:
        return target_stage(self.book, name, "cucm-1")

    def change(self, change: Callable[[Journal], Journal]) -> None:
        update(self.directory, change, by="test")
