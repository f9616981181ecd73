"""ansible-lint, with the syntax of every playbook and role checked in one process instead of one for each.

    python -m tools.lint_ansible --offline -q      # takes whatever ansible-lint takes

By itself ansible-lint starts `ansible-playbook --syntax-check` for each that it found, and once more for each that is
imported. Here they are checked all at once; where that fails each is looked at as it always was, and the one is named.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from ansible_compat.runtime import Runtime
from ansiblelint.__main__ import main
from ansiblelint.app import App
from ansiblelint.file_utils import Lintable
from ansiblelint.runner import Runner

found_by_ansible_lint = Runner._collect_syntax_check_files
asked_of_ansible = Runtime.has_playbook
sound: set[Path] = set()


def checked_at_once(app: App, files: list[Lintable]) -> bool:
    """Whether ansible loads all of them; its words are of no use, as it stops at the first that it does not."""
    roles = [file.path.expanduser() for file in files if file.kind == "role"]
    with TemporaryDirectory() as folder:
        of_roles = Path(folder, "roles.yml")
        tasks = [{"ansible.builtin.import_role": {"name": str(path)}} for path in roles]
        of_roles.write_text(json.dumps([{"name": "Roles", "hosts": "localhost", "tasks": tasks}]), encoding="utf-8")
        playbooks = [of_roles, *(file.path.expanduser() for file in files if file.kind == "playbook")]
        words = ["ansible-playbook", "--inventory", "localhost,", "--syntax-check", *map(str, playbooks)]
        return app.runtime.run(words).returncode == 0


def still_to_check(runner: Runner) -> list[Lintable]:
    """What ansible-lint has to check by itself: none, or all of them so that it names the one that is wrong."""
    files = found_by_ansible_lint(runner)
    if not checked_at_once(runner.app, files):
        return files
    sound.update(file.path.resolve() for file in files if file.kind == "playbook")
    return []


def has_playbook(runtime: Runtime, playbook: str, *, basedir: Path | None = None) -> bool:
    """Asked of every playbook that another imports."""
    return (basedir or Path()).joinpath(playbook).resolve() in sound or asked_of_ansible(
        runtime, playbook, basedir=basedir
    )


if __name__ == "__main__":
    at_once = patch.object(Runner, "_collect_syntax_check_files", still_to_check)
    asked_once = patch.object(Runtime, "has_playbook", has_playbook)
    with at_once, asked_once:
        sys.exit(main(["ansible-lint", *sys.argv[1:]]))
