"""python -m lab start | stop | status | phones | run: a simulated site of Cisco ASAs, CUCM and phones on loopback."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import daemon
from .scenario import ScenarioError
from .server import NotALab

# Many phones take a while to connect, one after the other.
_PHONES_SECONDS = 600.0


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="start|stop|status|phones|run")
    for name, text in (
        ("start", "start in the background; says so if it runs already"),
        ("run", "run in the foreground until interrupted"),
        ("stop", "end it and remove what it made"),
        ("status", "say what runs"),
        ("phones", "say how the phones stand, or make them act"),
    ):
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("--dir", type=Path, default=Path(".lab"), help="the lab's directory (default: .lab)")
        if name in ("start", "run"):
            sub.add_argument("--scenario", type=Path, default=daemon.DEFAULT_SCENARIO, help="YAML file of the site")
        if name == "phones":
            ways = sub.add_mutually_exclusive_group()
            ways.add_argument("--connect", action="store_true", help="drop the tunnel, try anew with the file it holds")
            ways.add_argument("--apply", action="store_true", help="those that CUCM reaches fetch their file first")
            sub.add_argument("names", nargs="*", metavar="NAME", help="only these phones")
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
        elif options.command == "phones":
            how = "connect" if options.connect else "apply" if options.apply else "show"
            return _phones(directory, how, options.names or None)
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
    for name, cluster in answer["clusters"].items():
        print(f"{name:<16} 127.0.0.1:{cluster['port']:<6} {cluster['requests']} requests answered")
    return 0


def _phones(directory: Path, how: str, names: list[str] | None) -> int:
    """A line a phone; 3 where no lab runs."""
    if daemon.running_pid(directory) is None:
        print(f"no lab runs in {directory}")
        return 3
    answer = daemon.ask(directory, {"do": "phones", "how": how, "names": names}, _PHONES_SECONDS)
    if answer is None:
        print(f"a lab runs in {directory} but does not answer")
        return 1
    if "error" in answer:
        raise daemon.LabError(answer["error"])
    for name, phone in answer["phones"].items():
        state = "connected" if phone["connected"] else "NOT connected"
        told = " ".join(part for part in (phone["asa"], phone["detail"]) if part)
        print(f"{name} {phone['model']:<6} {state:<14} {phone['reason']:<19} {told}".rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
