"""The rival: nornir-netmiko merely fetches the same commands with 20 threads. Arguments: LAB_DIR."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from nornir.core import Nornir
from nornir.core.inventory import ConnectionOptions, Defaults, Groups, Host, Hosts, Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.plugins.runners import RunnersPluginRegister
from nornir.core.task import Result, Task
from nornir.plugins.runners import ThreadedRunner
from nornir_netmiko.tasks import netmiko_send_command

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "module_utils"))
from vpnphone.commands import COMMANDS

TEXTS = [command.text for command in COMMANDS if command.section != "context_names"]


def fetch(task: Task) -> Result:
    answers = {text: str(task.run(netmiko_send_command, command_string=text)[0].result) for text in TEXTS}
    return Result(host=task.host, result=sum(len(answer) for answer in answers.values()))


def inventory(lab: Path) -> Inventory:
    data = json.loads((lab / "inventory.json").read_text())
    variables: dict[str, dict[str, Any]] = data["_meta"]["hostvars"]
    hosts = Hosts()
    for name in data["asa"]["hosts"]:
        values = variables[name]
        hosts[name] = Host(
            name=name,
            hostname=values["ansible_host"],
            port=int(values["ansible_port"]),
            username=values["ansible_user"],
            password=values["ansible_password"],
            platform="cisco_asa",
            defaults=Defaults(),
            connection_options={
                "netmiko": ConnectionOptions(extras={"secret": values["ansible_become_password"]}),
            },
        )
    return Inventory(hosts=hosts, groups=Groups(), defaults=Defaults())


def main() -> int:
    ConnectionPluginRegister.auto_register()
    RunnersPluginRegister.auto_register()
    site = Nornir(inventory=inventory(Path(sys.argv[1])), runner=ThreadedRunner(num_workers=20))
    result = site.run(task=fetch)
    failed = [host for host, answers in result.items() if answers.failed]
    print(f"{len(result)} hosts, {len(failed)} failed")
    site.close_connections()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
