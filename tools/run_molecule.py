"""molecule, without what it does again and again for nothing.

    python -m tools.run_molecule test --all      # takes whatever molecule takes

It asks ansible-playbook for its version before each step of each scenario: here once. And each scenario begins with a
`destroy`, for what a run that was killed has left behind: here only where that is a lab.
"""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

from molecule.command.destroy import Destroy
from molecule.provisioner.ansible_playbook import AnsiblePlaybook
from molecule.reporting.definitions import CompletionState
from molecule.shell import main

asked_of_backend = AnsiblePlaybook._validate_backend
destroyed = Destroy.execute
answered: set[str] = set()


def ask_once(playbook: AnsiblePlaybook, backend: str) -> None:
    """RuntimeError where it is not there; what is there stays there."""
    if backend not in answered:
        asked_of_backend(playbook, backend)
        answered.add(backend)


def destroy_what_is_there(command: Destroy, action_args: list[str] | None = None) -> None:
    config = command._config
    folder = config.provisioner.env.get("VPNPHONE_LAB_DIR") if config.provisioner else None
    if not folder or Path(folder).exists():
        destroyed(command, action_args)
        return
    config.state.reset()
    config.scenario.results.add_completion(CompletionState.skipped(note="no lab is there"))


if __name__ == "__main__":
    once = patch.object(AnsiblePlaybook, "_validate_backend", ask_once)
    needed = patch.object(Destroy, "execute", destroy_what_is_there)
    with once, needed:
        main()
