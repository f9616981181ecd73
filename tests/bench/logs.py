"""`make bench`: how fast logs are read, beside `grep -F -f` with what is searched for, and the memory it takes.

The streams are made up in the manner of an ASA's and of a phone's ordinary lines: none of them means anything.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .measure import measure
from .site import ROOT

TARGET_RATE = 50
_BLOCK_LINES = 20_000
_HEADER = f"{'':24}{'MB':>6}{'wall s':>9}{'MB/s':>9}{'cpu MB/s':>13}{'peak MiB':>10}"


def asa_lines(seed: int) -> Iterator[str]:
    """Connections and refusals, with the stamp of a syslog server's file."""
    draw = random.Random(seed)  # noqa: S311 - looks only
    for count in range(_BLOCK_LINES):
        inside = f"10.{draw.randrange(256)}.{draw.randrange(256)}.{draw.randrange(256)}"
        outside = f"198.51.100.{draw.randrange(256)}"
        port = draw.randrange(1024, 65536)
        stamp = f"Nov 24 2026 {count // 3600 % 24:02}:{count // 60 % 60:02}:{count % 60:02} asa-1 : "
        if count % 4:
            yield (
                f"{stamp}%ASA-6-302013: Built outbound TCP connection {count} for outside:{outside}/443 "
                f"({outside}/443) to inside:{inside}/{port} (203.0.113.1/{port})\n"
            )
        else:
            yield (
                f"{stamp}%ASA-4-106023: Deny tcp src outside:{outside}/{port} dst inside:{inside}/23 by access-group "
                '"outside_in" [0x0, 0x0]\n'
            )


def phone_lines(seed: int) -> Iterator[str]:
    """Numbers begin anew with each block, as if the phone had restarted."""
    draw = random.Random(seed)  # noqa: S311 - looks only
    words = ("SIPCC-SIP_STATE: sip_reg_sm_process_event", "DSP: audio frame late", "JVM: Startup Module Loader|cip")
    for count in range(_BLOCK_LINES):
        clock = f"{count // 3600 % 24:02}:{count // 60 % 60:02}:{count % 60:02}.{draw.randrange(10**6):06}"
        yield f"{100_000 + count}: NOT {clock} {words[count % 3]} line={draw.randrange(10**6)} state={count % 10}\n"


def write(path: Path, lines: Iterator[str], size: int) -> None:
    block = "".join(lines).encode()
    with path.open("wb") as stream:
        for _ in range(max(1, size // len(block))):
            stream.write(block)


def needles(path: Path) -> None:
    """What a search for the ASA's messages would look for."""
    code = "from vpnphone.diagnose.signatures import BY_NUMBER; print('\\n'.join(f'-{n}: ' for n in BY_NUMBER))"
    found = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(ROOT / "module_utils")},
        capture_output=True, check=True,
    )  # fmt: skip
    path.write_bytes(found.stdout)


def show(what: str, path: Path, command: list[str], good: tuple[int, ...] = (0,)) -> None:
    cost = measure(command, ROOT, os.environ | {"PYTHONPATH": str(ROOT / "module_utils")})
    size = path.stat().st_size / 1e6
    fault = "" if cost.code in good else "   " + cost.output[-200:]
    rates = f"{size / cost.wall:>9.0f}{size / cost.cpu:>13.0f}"
    print(f"{what:24}{size:>6.0f}{cost.wall:>9.2f}{rates}{cost.memory:>10.0f}{fault}", flush=True)


def logs(megabytes: int) -> None:
    """One row for each stream and reader."""
    print(_HEADER)
    code = (
        "import sys; from pathlib import Path; from vpnphone.diagnose.read import Input, read_logs; "
        "found = read_logs([Input(Path(sys.argv[1]))]); one = found.sources[0]; "
        "sys.exit(f'misread: {one}' if found.events or one.foreign or one.side != sys.argv[2] else 0)"
    )
    with tempfile.TemporaryDirectory(prefix="vpnphone-bench-") as name:
        folder = Path(name)
        needles(folder / "needles")
        for side, lines in (("asa", asa_lines(1)), ("phone", phone_lines(1))):
            path = folder / f"{side}.log"
            write(path, lines, megabytes * 1_000_000)
            show(f"{side} log, nothing in it", path, [sys.executable, "-c", code, str(path), side])
            show(
                "  grep -F -f, the limit", path, ["grep", "-F", "-c", "-f", str(folder / "needles"), str(path)], (0, 1)
            )
            path.unlink()
    print(f"\n{TARGET_RATE} MB/s a core is the goal")


if __name__ == "__main__":
    logs(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
