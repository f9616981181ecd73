"""python -m lab start | stop | status | phones | ...: a simulated site of Cisco ASAs, CUCM and phones on loopback."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from . import authority, daemon
from .scenario import ScenarioError
from .server import NotALab

# Many phones take a while to connect.
_PHONES_SECONDS = 600.0
_SECONDS = 60.0
_COMMANDS = (
    ("start", "start in the background; says so if it runs already"),
    ("run", "run in the foreground until interrupted"),
    ("stop", "end it and remove what it made"),
    ("status", "say what runs"),
    ("phones", "say how the phones stand, or make them act"),
    ("failover", "let the mate of an ASA take over"),
    ("reload", "start an ASA anew with what it has saved"),
    ("sign", "sign a request (PEM on standard input), print the certificate"),
    ("chain", "print a CA certificate of the scenario and those above it"),
)


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    names = "|".join(name for name, _ in _COMMANDS)
    commands = parser.add_subparsers(dest="command", required=True, metavar=names)
    for name, text in _COMMANDS:
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("--dir", type=Path, default=Path(".lab"), help="the lab's directory (default: .lab)")
        if name in ("start", "run"):
            sub.add_argument("--scenario", type=Path, default=daemon.DEFAULT_SCENARIO, help="YAML file of the site")
            sub.add_argument("--phones", type=int, default=0, help="how many in all, where the scenario has a repeat")
        if name == "phones":
            ways = sub.add_mutually_exclusive_group()
            ways.add_argument("--connect", action="store_true", help="drop the tunnel, try anew with the file it holds")
            ways.add_argument("--apply", action="store_true", help="those that CUCM reaches fetch their file first")
            ways.add_argument("--power", choices=("on", "off"), help="switch the named phones on or off")
            ways.add_argument("--lockouts", action="store_true", help="who was locked out, where, when and why")
            sub.add_argument("names", nargs="*", metavar="NAME", help="only these phones")
        if name in ("failover", "reload"):
            sub.add_argument("device", help="the ASA's name")
        if name in ("sign", "chain"):
            sub.add_argument("--ca", default="issuing", help="a CA of the scenario's certificates (default: issuing)")
        if name == "sign":
            _signing(sub)
        if name == "run":
            sub.add_argument("--ready-fd", type=int, default=None, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def _signing(sub: argparse.ArgumentParser) -> None:
    """What the certificate may have that the request has not; absent options change nothing."""
    absent = argparse.SUPPRESS
    sub.add_argument("--valid-from", default=absent, metavar="SPAN", help="to now: --valid-from=-400d (default: -1h)")
    sub.add_argument("--valid-to", default=absent, metavar="SPAN", help="to now (default: +365d)")
    sub.add_argument("--subject", default=absent, help="in place of the request's")
    sub.add_argument("--san", nargs="*", default=absent, metavar="NAME", help="DNS:name or IP:address, likewise")
    sub.add_argument("--drop-cn", action="store_true", default=absent, help="leave the CN out")
    sub.add_argument("--wildcard", action="store_true", default=absent, help="the first label of every name is *")
    sub.add_argument("--key", default=absent, help="ec256 or the like: a key that is not the request's")


def main(argv: list[str] | None = None) -> int:
    """0 good; 1 failed, with one line on stderr; 3 where nothing runs."""
    options = _arguments(argv)
    directory = options.dir.absolute()
    try:
        if options.command == "start":
            print(daemon.start(options.scenario, directory, options.phones))
        elif options.command == "run":
            daemon.run(options.scenario, directory, options.ready_fd, options.phones)
        elif options.command == "stop":
            print(daemon.stop(directory))
        elif daemon.running_pid(directory) is None:
            # What is printed for a file must not hold this.
            print(
                f"no lab runs in {directory}", file=sys.stderr if options.command in ("sign", "chain") else sys.stdout
            )
            return 3
        elif options.command == "phones" and options.lockouts:
            _lockouts(directory, options.names)
        elif options.command == "phones":
            how = options.power or ("connect" if options.connect else "apply" if options.apply else "show")
            _phones(directory, how, options.names or None)
        elif options.command in ("failover", "reload"):
            answer = _ask(directory, {"do": options.command, "device": options.device})
            print(f"{options.device}: the {answer['unit']} unit is {'standby' if answer['standby'] else 'active'}")
        elif options.command in ("sign", "chain"):
            _sign(directory, options)
        else:
            _status(directory)
    except (ScenarioError, daemon.LabError, NotALab, OSError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    return 0


def _ask(directory: Path, question: dict[str, Any], seconds: float = _SECONDS) -> dict[str, Any]:
    """The running lab's answer. Raises LabError where it does not answer, or says that it cannot."""
    answer = daemon.ask(directory, question, seconds)
    if answer is None:
        raise daemon.LabError(f"a lab runs in {directory} but does not answer")
    if "error" in answer:
        raise daemon.LabError(answer["error"])
    return answer


def _status(directory: Path) -> None:
    answer = _ask(directory, {"do": "status"})
    print(f"running (pid {answer['pid']}), scenario {answer['scenario']}")
    for name, device in answer["devices"].items():
        counts = f"{device['sessions']} sessions, peak {device['peak_sessions']}, {device['commands']} commands"
        print(f"{name:<16} 127.0.0.1:{device['port']:<6} {counts}")
    for name, cluster in answer["clusters"].items():
        print(f"{name:<16} 127.0.0.1:{cluster['port']:<6} {cluster['requests']} requests answered")


def _phones(directory: Path, how: str, names: list[str] | None) -> None:
    """A line a phone."""
    answer = _ask(directory, {"do": "phones", "how": how, "names": names}, _PHONES_SECONDS)
    for name, phone in answer["phones"].items():
        state = "connected" if phone["connected"] else "NOT connected"
        told = " ".join(part for part in (phone["asa"], phone["detail"]) if part)
        print(f"{name} {phone['model']:<6} {state:<14} {phone['reason']:<19} {told}".rstrip())


def _lockouts(directory: Path, names: list[str]) -> None:
    """A line a lockout, a line a failed connect, and the totals."""
    answer = _ask(directory, {"do": "lockouts"})
    for one in _of(answer["lockouts"], names):
        until = one["until"] or "now"
        print(f"{one['phone']} {one['asa']} locked out {one['from']} - {until} {one['reason']}: {one['detail']}")
    for one in _of(answer["failed_connects"], names):
        print(f"{one['phone']} {one['asa']} did not connect {one['at']} {one['reason']}: {one['detail']}")
    print(", ".join(f"{count} {what.replace('_', ' ')}" for what, count in answer["totals"].items()))


def _of(entries: list[dict[str, Any]], names: list[str]) -> list[dict[str, Any]]:
    return [one for one in entries if not names or one["phone"] in names]


def _sign(directory: Path, options: argparse.Namespace) -> None:
    """PEM alone, so that it can be sent into a file."""
    question: dict[str, Any] = {"do": options.command, "ca": options.ca}
    if options.command == "sign":
        question["request"] = sys.stdin.read(authority.MAX_REQUEST + 1)
        asked = {name for name in authority.Changes.__struct_fields__ if name in options}
        question["changes"] = {name: getattr(options, name) for name in asked}
    print(_ask(directory, question)["pem"], end="")


if __name__ == "__main__":
    sys.exit(main())
