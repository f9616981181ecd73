"""python -m lab start | stop | status | run: a simulated site of Cisco ASAs on loopback."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import daemon
from .scenario import ScenarioError
from .server import NotALab


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="start|stop|status|run")
    for name, text in (
        ("start", "start in the background; says so if it runs already"),
        ("run", "run in the foreground until interrupted"),
        ("stop", "end it and remove what it made"),
        ("status", "say what runs"),
    ):
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("--dir", type=Path, default=Path(".lab"), help="the lab's directory (default: .lab)")
        if name in ("start", "run"):
            sub.add_argument("--scenario", type=Path, default=daemon.DEFAULT_SCENARIO, help="YAML file of the site")
        if name == "run":
            sub.add_argument("--ready-fd", type=int, default=None, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """0 good; 1 failed, with one line on stderr; status: 3 where nothing runs."""
    options = _arguments(argv)
    directory = options.dir.absolute()
    try:
        if options.command == "start":
            print(daemon.start(options.scenario, directory))
        elif options.command == "run":
            daemon.run(options.scenario, directory, options.ready_fd)
        elif options.command == "stop":
            print(daemon.stop(directory))
        else:
            return _status(directory)
    except (ScenarioError, daemon.LabError, NotALab, OSError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    return 0


def _status(directory: Path) -> int:
    if daemon.running_pid(directory) is None:
        print(f"no lab runs in {directory}")
        return 3
    answer = daemon.status(directory)
    if answer is None:
        print(f"a lab runs in {directory} but does not answer")
        return 1
    print(f"running (pid {answer['pid']}), scenario {answer['scenario']}")
    for name, device in answer["devices"].items():
        counts = f"{device['sessions']} sessions, peak {device['peak_sessions']}, {device['commands']} commands"
        print(f"{name:<16} 127.0.0.1:{device['port']:<6} {counts}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
