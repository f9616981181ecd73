"""Runs a module of library/ in Ansible's own forked worker, where netmiko and ttp are already imported.

Each vpnphone_* module has an action plugin of one line beside this file that names this class. The class finds the
module's file, takes what the task leaves out from the inventory variables that the module names in
INVENTORY_VARIABLES, checks the arguments against its ARGUMENT_SPEC, and calls execute(params, check_mode). Why:
docs/decisions.md, "Running".
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import module_loader, module_utils_loader
from ansible.template import is_trusted_as_template
from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

# A collection walks, and in a fork so copies, every page shared with the parent: what is loaded stays anyway. And a run
# is short: looking often costs more than it frees.
gc.freeze()
gc.set_threshold(50_000, 20, 20)

for _path in module_utils_loader._get_paths(subdirs=False):
    if _path not in ansible.module_utils.__path__:
        ansible.module_utils.__path__.append(_path)

from ansible.module_utils.vpnphone.errors import VpnPhoneError  # noqa: E402 - the path above must be set first
from ansible.module_utils.vpnphone.model.renewal import Event  # noqa: E402
from ansible.module_utils.vpnphone.plain_text import warning  # noqa: E402
from ansible.module_utils.vpnphone.renewal import journal  # noqa: E402
from ansible.module_utils.vpnphone.report.text import one_line  # noqa: E402
from ansible.module_utils.vpnphone.transport.warm import warm_up  # noqa: E402

warm_up()
# While every fork is busy, Ansible looks some thousand times a second whether one has ended: an eighth of a
# run's CPU time. With this slack (nanoseconds) the kernel may wake it 3 ms later; whoever waits for data is woken as
# before.
with contextlib.suppress(OSError):
    Path("/proc/self/timerslack_ns").write_text("3000000")
display = Display()
_REFERENCE = re.compile(r"\{\{ *([A-Za-z_][A-Za-z0-9_]*) *\}\}")


class ActionModule(ActionBase):
    """The action of every vpnphone_* module."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False
    _supports_diff = True

    @classmethod
    def of(cls, module: str) -> type[ActionModule]:
        """This class, with the module and all that it imports loaded now, in the parent, for every worker."""
        _load(module)
        gc.freeze()
        return cls

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        gc.freeze()  # what Ansible made since: tasks, variables
        module = _load(self._task.action)
        journal.on_event = _show
        spec: dict[str, Any] = module.ARGUMENT_SPEC
        given = dict(self._task.args)
        variables: dict[str, tuple[str, ...]] = getattr(module, "INVENTORY_VARIABLES", {})
        if variables:
            self._add_inventory(given, variables, task_vars or {}, spec)
        refusal = _misplaced(spec, given)
        # Not self.validate_argument_spec(): it wants the secrets put into the task, where -vvv and callbacks see them.
        if not refusal:
            checked = ArgumentSpecValidator(spec, **getattr(module, "SPEC_RULES", {})).validate(given)
            refusal = checked.errors.msg if checked.error_messages else ""
        if refusal:
            keep = getattr(module, "keep_refusal", None)
            if keep is not None:
                keep(given, refusal)
            return {"failed": True, "changed": False, "msg": f"{self._task.action}: {refusal}"}
        # Plain types: Ansible's tagged strings are its own matter and no JSON encoder's.
        params = json.loads(json.dumps(checked.validated_parameters))
        try:
            result: dict[str, Any] = module.execute(params, check_mode=self._task.check_mode)
        except VpnPhoneError as error:
            return {
                "failed": not error.unreachable,
                "unreachable": error.unreachable,
                "changed": False,
                "msg": str(error),
                "error": error.as_dict(),
            }
        return result

    def _add_inventory(
        self,
        given: dict[str, Any],
        variables: dict[str, tuple[str, ...]],
        task_vars: dict[str, Any],
        spec: dict[str, Any],
    ) -> None:
        """What the task leaves out, from the module's inventory variables; "a.b" is the suboption b of a.

        Not by templates in the role: each of them would be compiled anew in the worker of each host.
        """
        if "name" in spec:
            given.setdefault("name", task_vars.get("inventory_hostname"))
        # -u, -k, -K and --private-key arrive by the play context, and so do templated variables.
        context = self._play_context
        command_line = {
            "username": context.remote_user,
            "password": context.password,
            "enable_password": context.become_pass,
            "private_key_file": context.private_key_file,
        }
        for path, names in variables.items():
            option, _, suboption = path.partition(".")
            place = given
            if suboption:
                given[option] = dict(given.get(option) or {})
                place, option = given[option], suboption
            if place.get(option) is not None:
                continue
            described = spec.get(path, {})
            # An empty value is one that is not set: an environment variable that is missing, a vault key left blank.
            unset = (None, "", False) if described.get("type") == "path" else (None, "")
            set_here = ((name, self._value(task_vars[name], task_vars)) for name in names if name in task_vars)
            filled = ((name, value) for name, value in set_here if value not in unset)
            name, value = next(filled, ("", command_line.get(path)))
            secret = bool(name) and described.get("no_log")
            if secret and (text := warning(name, task_vars[name], value, load_extra_vars(self._loader))):
                display.warning(text)  # once, however many hosts have it; obj= would show the line of the file
            if value not in unset:
                place[option] = value

    def _value(self, value: Any, task_vars: dict[str, Any]) -> Any:
        """The value without templates. `{{ vault_password }}`, of which inventories are full, is followed here."""
        seen = set()
        while (name := _reference(value)) in task_vars and name not in seen:
            seen.add(name)
            value = task_vars[name]
        return self._templar.template(value)


def _reference(value: Any) -> str:
    """The name of the variable that a template consists of, "" where it is anything else."""
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) and is_trusted_as_template(value) else None
    return found[1] if found and found[1] != "omit" else ""


def _misplaced(spec: dict[str, Any], given: dict[str, Any], above: str = "") -> str:
    """Where something stands in place of a dictionary, in which Ansible's validator would look for keys; "" nowhere."""
    for name, option in spec.items():
        value = given.get(name)
        if "options" not in option or value is None:
            continue
        path = f"{above}{name}"
        for one in value if isinstance(value, list) else [value]:
            # A text may be JSON or key=value.
            if not isinstance(one, dict | str):
                return f"{path} has {one!a:.60} where a dictionary is expected"
            if isinstance(one, dict) and (found := _misplaced(option["options"], one, f"{path}.")):
                return found
    return ""


def _show(event: Event) -> None:
    """What a renewal does, while it does it: Ansible shows a task's result only at its end."""
    display.display(f"    {event.at:%H:%M:%S} {one_line(event.target, 80)}: {one_line(event.what, 300)}")


def _load(action: str) -> ModuleType:
    """The module's Python file, imported once a process under a private name."""
    name = action.rpartition(".")[2]
    loaded = sys.modules.get(f"_vpnphone_library.{name}")
    if loaded is not None:
        return loaded
    path = module_loader.find_plugin(name, mod_type=".py")
    if path is None:
        raise AnsibleActionFail(
            f"module {name} is not in library/; run from the project's folder or set ANSIBLE_CONFIG"
        )
    spec = importlib.util.spec_from_file_location(f"_vpnphone_library.{name}", path)
    if spec is None or spec.loader is None:
        raise AnsibleActionFail(f"module {name} at {path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
