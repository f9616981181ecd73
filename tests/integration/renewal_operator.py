"""Who does a renewal in a test: runs each stage's modules as the playbooks do, reads the token, and approves."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.model.renewal import Journal
from ansible.module_utils.vpnphone.renewal.journal import open_journal

from lab.testing import RunningLab
from tests.integration.conftest import ROOT
from tests.plugins import load_module

NAME = "J. Doe"
CLUSTER = "lab-cucm"
# What a stage's playbook runs, in its order: hosts, module, and what the task sets.
STEPS: dict[str, tuple[tuple[str, str, dict[str, Any]], ...]] = {
    "certificate": (("asa", "vpnphone_asa_certificate", {}),),
    "export": (("asa", "vpnphone_asa_certificate", {"stage": "export"}),),
    "trust": (("cucm", "vpnphone_cucm_trust", {}),),
    "gateway": (("cucm", "vpnphone_cucm_gateway", {}),),
    "apply": (("cucm", "vpnphone_phone_apply", {}),),
    "switch": (("asa", "vpnphone_asa_binding", {}),),
    "cleanup": (
        ("cucm", "vpnphone_phone_apply", {"cleanup": True}),
        ("cucm", "vpnphone_cucm_gateway", {"state": "absent", "certificate": "old"}),
        ("cucm", "vpnphone_phone_apply", {"cleanup": True}),
        ("cucm", "vpnphone_cucm_trust", {"state": "absent", "certificate": "old"}),
        ("asa", "vpnphone_asa_binding", {"cleanup": True}),
    ),
}
BACK: dict[str, tuple[str, str, dict[str, Any]]] = {
    "switch": ("asa", "vpnphone_asa_binding", {"state": "old"}),
    "gateway": ("cucm", "vpnphone_cucm_gateway", {"state": "absent"}),
    "trust": ("cucm", "vpnphone_cucm_trust", {"state": "absent"}),
    "certificate": ("asa", "vpnphone_asa_certificate", {"state": "absent"}),
}
# What needs a fresh look at everything.
GATHERED = ("apply", "switch", "cleanup")
Result = dict[str, Any]
Execute = Callable[[str, dict[str, Any], bool], Result]


def execute(module: str, params: dict[str, Any], check: bool) -> Result:
    """What the action plugin makes of it, in this process."""
    try:
        result: Result = load_module(module).execute(params, check_mode=check)
    except VpnPhoneError as error:
        return {"failed": True, "unreachable": error.unreachable, "msg": str(error), "error": error.as_dict()}
    return result


class Operator:
    """One renewal of the lab's ASAs. variables: of all hosts; of: of one, by its name; both win over the lab's own."""

    def __init__(
        self,
        site: RunningLab,
        folder: Path,
        *,
        run: Execute = execute,
        of: Mapping[str, Mapping[str, Any]] | None = None,
        **variables: Any,
    ) -> None:
        self.site, self.folder, self.directory, self._run = site, folder, folder / "renewals" / "r", run
        groups = site.inventory
        self.asas, self.clusters = sorted(groups["asa"]["hosts"]), sorted(groups["cucm"]["hosts"])
        shared = {
            "vpnphone_phone_models_file": str(ROOT / "inventories" / "lab_phone_models.yml"),
            "vpnphone_lock_dir": str(folder / "locks"),
            # Nothing in the lab takes as long as in a building.
            "vpnphone_switch_soak": 0,
            "vpnphone_poll_seconds": 0.2,
            "vpnphone_grace_days": 0,
        }
        self.variables = {
            name: dict(own) | shared | variables | dict((of or {}).get(name, {}))
            for name, own in groups["_meta"]["hostvars"].items()
        }
        # Behind one another, so that none has the name of another; and the last one of each stage.
        self._runs = 0
        self._seen: dict[str, str] = {}

    # --- one module ---------------------------------------------------------------------------------------------------

    def call(self, module: str, host: str, *, check: bool = False, **given: Any) -> Result:
        """The module on a host with the inventory's variables, as the action plugin runs it."""
        loaded = load_module(module)
        variables = self.variables[host] | {"inventory_hostname": host}
        if "name" in loaded.ARGUMENT_SPEC:
            given.setdefault("name", host)
        for path, names in getattr(loaded, "INVENTORY_VARIABLES", {}).items():
            option, _, suboption = path.partition(".")
            place = given
            if suboption:
                place, option = given.setdefault(option, {}), suboption
            found = next((variables[name] for name in names if variables.get(name) not in (None, "")), None)
            if option not in place and found is not None:
                place[option] = found
        checked = ArgumentSpecValidator(loaded.ARGUMENT_SPEC, **getattr(loaded, "SPEC_RULES", {})).validate(given)
        assert not checked.error_messages, checked.error_messages
        return self._run(module, json.loads(json.dumps(checked.validated_parameters)), check)

    def renewal(self, action: str, **given: Any) -> Result:
        models = self.variables[self.clusters[0]]["vpnphone_phone_models_file"]
        given |= {"action": action, "renewal_dir": str(self.directory), "phone_models_file": models}
        return self.call("vpnphone_renewal", self.clusters[0], **given)

    @property
    def journal(self) -> Journal:
        return open_journal(self.directory)

    # --- the playbooks ------------------------------------------------------------------------------------------------

    def gather(self, stage: str) -> str:
        """The directory of a run with everything that stands now."""
        self._runs += 1
        run_dir = self._seen[stage] = str(self.directory / "runs" / f"{stage}-{self._runs}")
        for asa in self.asas:
            self.call("vpnphone_asa_info", asa, run_dir=run_dir, return_state=False)
        for cluster in self.clusters:
            self.call("vpnphone_cucm_info", cluster, run_dir=run_dir, return_state=False)
            self.call("vpnphone_phone_info", cluster, run_dir=run_dir, return_phones=False)
        for asa in self.asas:
            self.call("vpnphone_tls_probe", asa, run_dir=run_dir, return_probes=False)
        return run_dir

    def preflight(self, *, check: bool = False, **wishes: Any) -> Result:
        """wishes: of both ASAs, in place of what the site wishes for."""
        given = {name: self.variables[name]["vpnphone_new_certificate"] | wishes for name in self.asas}
        return self.renewal(
            "open",
            run_dir=self.gather("preflight"),
            asas=self.asas,
            clusters=self.clusters,
            new_certificates=given,
            check=check,
        )

    def plan(self, stage: str) -> dict[str, Result]:
        """The stage in check mode, on all its targets."""
        return self._all(stage, check=True)

    def do(self, stage: str, token: str = "", by: str = NAME) -> dict[str, Result]:
        """The stage with an approval; what comes behind a failure is left, as the playbooks leave it."""
        return self._all(stage, check=False, approval=token, approved_by=by if token else "")

    def token(self) -> str:
        """As a person reads it in the command to type next."""
        line = str(self.renewal("status")["next"]["command"])
        found = re.search(r"vpnphone_approval=([0-9a-f]{12})", line)
        assert found is not None, line
        return found[1]

    def through(self, stage: str) -> dict[str, Result]:
        """Planned, approved, done."""
        good(self.plan(stage))
        done = self.do(stage, self.token())
        good(done)
        return done

    def sign(self, ca: str = "issuing", **changes: Any) -> None:
        """What a CA does between the two halves of stage certificate."""
        for asa in self.asas:
            request = (self.directory / "files" / f"{asa}.csr").read_text(encoding="ascii")
            chain = "".join(self.site.chain(ca))
            path = self.directory / "files" / f"{asa}.pem"
            path.touch(mode=0o600)
            path.write_text(self.site.sign(request, ca, **changes) + chain, encoding="ascii")

    def certificate(self) -> None:
        """Stage certificate, both halves, and export."""
        self.through("certificate")
        self.sign()
        self.through("certificate")
        self.through("export")

    def take_back(self, stage: str, *, token: str = "", check: bool = False) -> dict[str, Result]:
        group, module, given = BACK[stage]
        hosts = self.asas if group == "asa" else self.clusters
        approved = {"approval": token, "approved_by": NAME} if token else {}
        place = {"renewal_dir": str(self.directory)}
        return {host: self.call(module, host, check=check, **place, **given, **approved) for host in hosts}

    def back_token(self, stage: str) -> str:
        """As a person reads it in what can be taken back."""
        steps = self.renewal("rollback_plan")["take_back"]
        line = next(step["command"] for step in steps if step["stage"] == stage)
        found = re.search(r"vpnphone_approval=([0-9a-f]{12})", line)
        assert found is not None, line
        return found[1]

    def _all(self, stage: str, *, check: bool, **given: Any) -> dict[str, Result]:
        results: dict[str, Result] = {}
        cut_short = stage in GATHERED and self._cut_short(stage)
        # What was seen is good for an hour.
        run_dir = self._seen.get(stage, "") if cut_short else self.gather(stage) if stage in GATHERED else ""
        if stage == "switch" and not cut_short:
            gate = self.renewal("gate_switch", run_dir=run_dir, asas=self.asas, clusters=self.clusters)
            if gate["failed"]:
                return dict.fromkeys(self.asas, gate)
        for group, module, own in STEPS[stage]:
            for host in self._in_order(self.asas) if group == "asa" else self.clusters:
                if check and host in results:
                    # One plan is the whole of it.
                    continue
                more = {"run_dir": run_dir} if module == "vpnphone_phone_apply" else {}
                results[host] = self.call(
                    module, host, check=check, renewal_dir=str(self.directory), **own, **more, **given
                )
                waits = results[host].get("outcome") == "waiting" and stage == "cleanup"
                if not check and not is_good(results[host]) and not waits and stage in ("switch", "cleanup"):
                    return results
        return results

    def _cut_short(self, stage: str) -> bool:
        return "running" in self.renewal("status")["stages"][stage]["targets"].values()

    def _in_order(self, hosts: Iterable[str]) -> list[str]:
        return sorted(hosts, key=lambda name: not self.variables[name].get("vpnphone_switch_first"))


def is_good(result: Result) -> bool:
    return not result.get("failed") and not result.get("unreachable") and result.get("outcome") != "waiting"


def good(results: Mapping[str, Result]) -> None:
    """None failed; what a person must do first is no failure."""
    bad = {name: result.get("msg") for name, result in results.items() if result.get("failed")}
    assert not bad, bad


def code(result: Result) -> str:
    """The code of its error; "" where there is none."""
    return str(result.get("error", {}).get("code", ""))
