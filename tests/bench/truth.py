"""`make truth`: the audit of many hosts, again and again, on a busy controller; every answer is compared.

The reference is fetched once from the idle lab with a client of its own (asyncssh, one line at a time), so that nothing
of the session under test takes part in it. Counted: answers that are wrong, empty or shifted, and spurious failures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import asyncssh

from .__main__ import audit
from .site import ROOT, lab_of

sys.path.insert(0, str(ROOT / "module_utils"))
from vpnphone.commands import COMMANDS, file_name
from vpnphone.redact import redact

TEXTS = [command.text for command in COMMANDS if command.section != "context_names"]
# Their answers hold running clocks; their digits are masked before they are compared.
VOLATILE = ("show clock", "show version", "show failover", "show vpn-sessiondb anyconnect", "show aaa-server")


async def reference(values: dict[str, Any]) -> dict[str, str]:
    """Every answer of one idle device, by a plain interactive client."""
    async with asyncssh.connect(
        values["ansible_host"],
        values["ansible_port"],
        username=values["ansible_user"],
        password=values["ansible_password"],
        known_hosts=values["vpnphone_known_hosts"],
        config=None,
    ) as connection:
        process = await connection.create_process(term_type="vt100", term_size=(200, 1000))
        first = await process.stdout.readuntil(re.compile(r"[>#] ?$"))
        if first.rstrip().endswith(">"):
            process.stdin.write("enable\n")
            await process.stdout.readuntil("assword: ")
            process.stdin.write(values["ansible_become_password"] + "\n")
            first = await process.stdout.readuntil(re.compile(r"# ?$"))
        prompt = first.replace("\r", "").rpartition("\n")[2]
        answers = {}
        for text in ["terminal pager 0", *TEXTS]:
            process.stdin.write(text + "\n")
            whole = await process.stdout.readuntil("\n" + prompt)
            answers[text] = whole.replace("\r", "").partition("\n")[2].removesuffix(prompt).removesuffix("\n")
        return answers


def spin() -> None:
    while True:
        pass


def comparable(text: str, answer: str) -> str:
    lines = [line.rstrip() for line in redact(answer).strip("\n").split("\n")]
    joined = "\n".join(lines)
    return re.sub(r"\d+", "0", joined) if text in VOLATILE else joined


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--repetitions", type=int, default=10)
    parser.add_argument("--busy", type=int, default=6)
    options = parser.parse_args()
    compared = wrong = failures = 0
    with tempfile.TemporaryDirectory(prefix="vpnphone-truth-") as name:
        folder = Path(name)
        with lab_of(options.hosts, 0, folder) as lab:
            hostvars = json.loads((lab / "inventory.json").read_text())["_meta"]["hostvars"]
            expected = {host: asyncio.run(reference(values)) for host, values in hostvars.items()}
            busy = [multiprocessing.Process(target=spin, daemon=True) for _ in range(options.busy)]
            for process in busy:
                process.start()
            try:
                for turn in range(options.repetitions):
                    saved = folder / f"saved{turn}"
                    audit(lab, folder / f"reports{turn}", f"gather_save_to={saved}")
                    run = json.loads((folder / f"reports{turn}" / "bench" / "run.json").read_text())
                    failed = [device for device in run["devices"] if device["failure"] is not None]
                    failures += len(failed)
                    for device in failed[:3]:
                        print(f"  failed: {device['name']}: {device['failure']['what']}")
                    for host, answers in expected.items():
                        if any(device["name"] == host for device in failed):
                            continue
                        for text, answer in answers.items():
                            path = saved / host / file_name(text)
                            if text == "terminal pager 0" or answer.startswith("%Error"):
                                continue
                            compared += 1
                            got = path.read_text() if path.exists() else ""
                            if comparable(text, got) != comparable(text, answer):
                                wrong += 1
                                if wrong <= 5:
                                    print(f"  wrong: {host} {text}: {got[:80]!r} instead of {answer[:80]!r}")
                    print(
                        f"{turn + 1:>3}/{options.repetitions}: {compared} compared, {wrong} wrong, {failures} failures"
                    )
            finally:
                for process in busy:
                    process.kill()
    return 1 if wrong or failures or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
