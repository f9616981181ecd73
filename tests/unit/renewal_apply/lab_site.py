"""The lab's renewal site at the begin of stage apply, and the modules that stage needs, over SSH, HTTPS and TFTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.model.renewal import (
    AsaRenewal,
    CertificateNote,
    ClusterRenewal,
    GatewayNote,
    Journal,
    PhoneRenewal,
    TargetStage,
)
from ansible.module_utils.vpnphone.renewal.journal import create_journal, open_journal
from ansible.module_utils.vpnphone.renewal.stages import needed_before, target_stage, with_target_stage
from ansible.module_utils.vpnphone.renewal.store import note_of
from ansible.module_utils.vpnphone.x509 import read_pem

from lab.testing import RunningLab, running_lab
from tests.plugins import load_module

ROOT = Path(__file__).resolve().parents[3]
SCENARIO = ROOT / "lab" / "scenarios" / "renewal.yml"
MODELS = ROOT / "inventories" / "lab_phone_models.yml"
CLUSTER = "lab-cucm"
# ASA: its old certificate in the scenario, the gateways whose URLs it answers.
ASAS = {"asa-north": ("north", ("GW-NORTH", "GW-NORTH-AAA")), "asa-south": ("south", ("GW-SOUTH",))}
NORTH = tuple(f"SEP8CB64F{number:06X}" for number in (1, 2, 3))
SOUTH = tuple(f"SEP0062EC{number:06X}" for number in (1, 2, 3))
OFF = ("SEP5475D0F3E206", "SEP70E422A1B9C8")
PROMPTS = "SEP1CDEA78380AB"
# Nobody waits in a test for what a lab does at once; and nobody is prompted unless the test says so.
QUICK: dict[str, Any] = {
    "poll_seconds": 0.1, "settle_timeout": 1, "proof_timeout": 60, "offline_after": 0, "include_aaa": [],
}  # fmt: skip


def scenario(**cluster: Any) -> dict[str, Any]:
    """The site with each new certificate on a trustpoint of its own and in Phone-VPN-trust, listed by no gateway."""
    data: dict[str, Any] = yaml.safe_load(SCENARIO.read_text(encoding="utf-8"))
    for device in data["devices"]:
        old, _ = ASAS[device["name"]]
        data["certificates"][f"{old}-2027"] = {
            "subject": f"CN=vpn-{old}-2027.example.com,O=Example Corp,C=US", "san": [f"DNS:vpn-{old}.example.com"],
            "issuer": "issuing", "valid_from": "-1d", "valid_to": "+396d",
        }  # fmt: skip
        device["trustpoints"]["NEW_TP"] = {"identity": f"{old}-2027", "ca": "issuing"}
        device["config"] = device["config"].replace(
            "crypto ca trustpoint ROOT_TP\n",
            "crypto ca trustpoint NEW_TP\n enrollment terminal\n crl configure\ncrypto ca trustpoint ROOT_TP\n",
        )
        data["cucm"][0]["trust"]["Phone-VPN-trust"].append(f"{old}-2027")
    data["cucm"][0] |= cluster
    return data


class Work:
    """A renewal of the lab's site whose lists have the new certificates."""

    def __init__(self, site: RunningLab, directory: Path) -> None:
        self.site, self.directory = site, directory
        self.told: list[str] = []
        self.cluster = site.cluster(CLUSTER)
        held = self.cluster.stores["Phone-VPN-trust"].files
        self.certs = {
            name: note(held[f"vpn-{name}.example.com.pem"].cert.pem)
            for name in ("north", "south", "north-2027", "south-2027")
        }
        site.inside(self._list_new)
        create_journal(directory, self._journal())

    def _list_new(self) -> None:
        for old, gateways in ASAS.values():
            for name in gateways:
                self.cluster.gateways[name].certificates += (f"vpn-{old}-2027.example.com.pem",)
        self.cluster.touch()
        self.cluster.on_apply.append(lambda name, _action: self.told.append(name))

    def _journal(self) -> Journal:
        asas = {
            name: AsaRenewal(
                name=name, interface="outside", old_trustpoint="VPN_TP", new_trustpoint="NEW_TP",
                old=self.certs[old], new=self.certs[f"{old}-2027"],
            )
            for name, (old, _) in ASAS.items()
        }  # fmt: skip
        notes = {
            gateway: GatewayNote(name=gateway, url=self.cluster.gateways[gateway].url, asas=(name,))
            for name, (_, gateways) in ASAS.items()
            for gateway in gateways
        }
        phones = {
            spec.name: PhoneRenewal(
                name=spec.name, cluster=CLUSTER, certificate_login="password" not in spec.common_profile,
                asas=("asa-south" if "South" in spec.common_profile else "asa-north",),
            )
            for spec in (phone.spec for phone in self.site.lab.phones.phones.values())
        }  # fmt: skip
        book = Journal(
            renewal="2027", created=datetime.now(UTC), asas=asas, phones=phones,
            clusters={CLUSTER: ClusterRenewal(name=CLUSTER, gateways=notes)},
            preflight=TargetStage(status="done"),
        )  # fmt: skip
        for stage, name in needed_before(book, "apply", CLUSTER):
            book = with_target_stage(book, stage, name, TargetStage(status="done"))
        return book

    # --- modules ------------------------------------------------------------------------------------------------------

    def gather(self) -> Path:
        """As the playbook does it before the stage."""
        run_dir = self.directory / "runs" / f"apply-{datetime.now(UTC):%H%M%S%f}"
        for name in ASAS:
            self._execute("vpnphone_asa_info", name, run_dir=str(run_dir), return_state=False)
        self._execute("vpnphone_cucm_info", CLUSTER, run_dir=str(run_dir), return_state=False)
        return run_dir

    def run(self, run_dir: Path, *, check: bool = False, **options: Any) -> dict[str, Any]:
        own = {"renewal_dir": str(self.directory), "run_dir": str(run_dir), "phone_models_file": str(MODELS)}
        return self._execute("vpnphone_phone_apply", CLUSTER, check=check, **(QUICK | own | options))

    def approved(self, run_dir: Path, **options: Any) -> dict[str, Any]:
        token = self.run(run_dir, check=True, **options)["token"]
        return self.run(run_dir, approval=token, approved_by="J. Doe", **options)

    def _execute(self, name: str, host: str, /, *, check: bool = False, **options: Any) -> dict[str, Any]:
        module = load_module(name)
        # As it is now: a phone that was switched on has pages since.
        inventory = self.site.inside(self.site.lab.inventory)
        variables = {"inventory_hostname": host} | inventory["_meta"]["hostvars"][host]
        given: dict[str, Any] = {"name": host}
        for option, names in module.INVENTORY_VARIABLES.items():
            found = next((variables[one] for one in names if one in variables), None)
            if found is not None and "." not in option:
                given[option] = found
        ssh_config = self.directory / "ssh_config"
        if "ssh_config" in module.ARGUMENT_SPEC:
            ssh_config.touch()
            given["ssh_config"] = str(ssh_config)
        checked = ArgumentSpecValidator(module.ARGUMENT_SPEC).validate(given | options)
        assert not checked.error_messages, checked.error_messages
        try:
            result: dict[str, Any] = module.execute(json.loads(json.dumps(checked.validated_parameters)), check)
        except VpnPhoneError as error:
            assert "rehearse" not in str(error)
            raise
        assert "rehearse" not in json.dumps(result)
        return result

    # --- what stands --------------------------------------------------------------------------------------------------

    @property
    def proofs(self) -> dict[str, str]:
        return {name: phone.proof for name, phone in open_journal(self.directory).phones.items()}

    @property
    def stage(self) -> TargetStage:
        return target_stage(open_journal(self.directory), "apply", CLUSTER)

    def reason(self, name: str) -> str:
        return open_journal(self.directory).phones[name].reason

    @property
    def cards(self) -> list[str]:
        return sorted(path.stem for path in (self.directory / "files" / "cards").glob("*.md"))


def note(pem: str) -> CertificateNote:
    return note_of(read_pem(pem))


@contextmanager
def work(directory: Path, site: dict[str, Any] | None = None) -> Iterator[Work]:
    with running_lab(site or scenario(), directory / "lab") as lab:
        directory.joinpath("renewals").mkdir(mode=0o700)
        yield Work(lab, directory / "renewals" / "2027")
