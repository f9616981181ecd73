"""Five files that a phone writes in turn, in both grammars: their order, their copies, whose they are. Self-made."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from ansible.module_utils.vpnphone.diagnose.read import Input, Reading, read_logs, read_texts

PHONE = "SEP8CB64F576113"
NOISE = "SIPCC: sip_reg_sm_process_event"
CODES = "37 [SslAlertSrvrCert]"


def clock(seconds: float) -> str:
    seconds %= 86400
    return f"{int(seconds) // 3600:02}:{int(seconds) // 60 % 60:02}:{seconds % 60:09.6f}"


def numbered(first: int, count: int, began: float, *, every: int = 4) -> str:
    """Each fourth line means something: its number is the port of the URL."""
    lines = []
    for at in range(count):
        text = (
            f"vpn_start: activating vpn, url <https://vpn.example.com:{(first + at) % 60000}/x>"
            if at % every == 0
            else f"{NOISE} {at}"
        )
        lines.append(f"{first + at}: NOT {clock(began + at)} VPNC: {text}\n")
    return "".join(lines)


def order(reading: Reading) -> list[int]:
    assert [event.order for event in reading.events] == list(range(len(reading.events)))
    return [int(event.number) for event in reading.events]


def five(start: int = 1000, began: float = 36000, each: int = 96) -> dict[str, str]:
    return {f"{PHONE}/log{178 + at}": numbered(start + at * each, each, began + at * each) for at in range(5)}


def shown(files: dict[str, str]) -> dict[str, str]:
    """In the order of the phone's page, with the files that hold nothing."""
    names = list(files)
    rest = {name: files[name] for name in [*names[-2:], *names[:-2]]}
    return {f"{PHONE}/fsck.fd0a.log": "", f"{PHONE}/fsck.fd1a.log": "fsck: clean\n", **rest}


def test_by_numbers_whatever_the_list() -> None:
    files = five()
    expected = list(range(1000, 1480, 4))
    for names in itertools.permutations(files):
        assert order(read_texts({name: files[name] for name in names})) == expected


def test_by_numbers_whatever_the_names() -> None:
    """The phone writes over the oldest file: names do not follow the content."""
    texts = list(five().values())
    files = {f"{PHONE}/log{178 + (at + 3) % 5}": text for at, text in enumerate(texts)}
    reading = read_texts(files)
    assert order(reading) == list(range(1000, 1480, 4))
    assert {event.device for event in reading.events} == {PHONE}


def test_fsck_files_hold_nothing() -> None:
    reading = read_texts(shown(five()))
    sides = {source.name.rpartition("/")[2]: (source.side, source.foreign) for source in reading.sources}
    assert (sides["fsck.fd0a.log"], sides["fsck.fd1a.log"]) == ((None, 0), (None, 1))
    assert order(reading) == list(range(1000, 1480, 4))


def test_midnight_within() -> None:
    files = five(began=86400 - 200)
    for names in itertools.permutations(files):
        assert order(read_texts({name: files[name] for name in names})) == list(range(1000, 1480, 4))


@pytest.mark.parametrize("cut", [0, 40])
def test_a_restart_begins_the_numbers_anew(cut: int) -> None:
    """Between two files, and within one."""
    before, after = numbered(50_000, 96, 36_000), numbered(1, 300, 36_200)
    lines = after.splitlines(keepends=True)
    files = {"a/log1": before + "".join(lines[:cut]), "a/log2": "".join(lines[cut:])}
    expected = [*range(50_000, 50_096, 4), *range(1, 301, 4)]
    for names in itertools.permutations(files):
        reading = read_texts({name: files[name] for name in names}, device=PHONE)
        assert order(reading) == expected
        assert any("restarted" in note for note in reading.notes)


def test_copies_and_overlaps_count_once() -> None:
    files = five()
    whole = "".join(files.values())
    texts = {"a/log1": files[f"{PHONE}/log180"], **files, "b/all": whole, "c/twice": whole + whole}
    reading = read_texts(texts, device=PHONE)
    assert order(reading) == list(range(1000, 1480, 4))
    assert sum("count once" in source.cut for source in reading.sources) >= 5


def test_mixed_lines_are_ordered_by_their_numbers() -> None:
    lines = "".join(five().values()).splitlines(keepends=True)
    mixed = "".join(lines[at * 7 % len(lines)] for at in range(len(lines)))
    assert len(lines) % 7
    reading = read_texts({"x": mixed}, device=PHONE)
    assert order(reading) == list(range(1000, 1480, 4))
    assert any("in no order" in note for note in reading.notes)


def test_few_mixed_lines() -> None:
    """Two recorders of one log, one line each in turn."""
    lines = numbered(1000, 96, 36_000).splitlines(keepends=True)
    texts = {"a": "".join(lines[::2]), "b": "".join(lines[1::2]), "c": "".join([*lines[48:], *lines[:48]])}
    reading = read_texts(texts, device=PHONE)
    assert order(reading) == list(range(1000, 1096, 4))


def test_restart_upon_restart() -> None:
    """Each time it counts from one; the times tell which came first."""
    files = {f"a/log{at}": numbered(1, 300 - 20 * at, 36_000 + 1000 * at) for at in range(4)}
    for names in itertools.permutations(files):
        reading = read_texts({name: files[name] for name in names}, device=PHONE)
        times = [event.seconds for event in reading.events]
        assert len(times) == sum(text.count("vpn_start") for text in files.values())
        assert times == sorted(times, key=lambda at: at or 0)


def test_without_numbers_by_file_number() -> None:
    def text(at: int) -> str:
        return "".join(
            f"VPNC: -vpn_start: activating vpn, url <https://v/{at}-{n}>\nVPNC: -{NOISE}\n" for n in range(3)
        )

    files = {f"{PHONE}/log{at}": text(at) for at in (9, 10, 11)}
    expected = [f"{at}-{n}" for at in (9, 10, 11) for n in range(3)]
    for names in itertools.permutations(files):
        reading = read_texts({name: files[name] for name in names})
        assert [event.fields["url"].rpartition("/")[2] for event in reading.events] == expected
        assert {event.seconds for event in reading.events} == {None}


@pytest.mark.parametrize(
    ("name", "text", "device"),
    [
        (f"logs/{PHONE}/log178", "", PHONE),
        (f"logs/{PHONE.lower().replace('sep', 'SEP')}-log178.txt", "", PHONE),
        (f"{PHONE}/SEP00000000000A/log178", "", "SEP00000000000A"),
        (f"{PHONE}-SEP00000000000A/log178", "", ""),
        ("x/log178", f"Cisco Unified IP Phone CP-7962G ({PHONE})\n", PHONE),
        ("SEP00000000000A/log178", f"Cisco Unified IP Phone CP-7962G ({PHONE})\n", PHONE),
        ("x/log178", f"900: NOT 10:00:00.000001 TFTP: asks for {PHONE}.cnf.xml.sgn\n", PHONE),
        ("x/log178", f"900: NOT 10:00:00.000001 TFTP: asks for {PHONE}.cnf.xml.sgn and SEP00000000000A\n", ""),
        ("x/log178", "", ""),
    ],
)
def test_whose_it_is(name: str, text: str, device: str) -> None:
    reading = read_texts({name: text + numbered(1000, 10, 36000)})
    assert {source.device for source in reading.sources} == {device}
    assert {event.device for event in reading.events} == {device}


def test_the_caller_knows_better(tmp_path: Path) -> None:
    path = tmp_path / f"{PHONE}.log"
    path.write_text(f"Cisco Unified IP Phone CP-7962G ({PHONE})\n" + numbered(1000, 10, 36000))
    reading = read_logs([Input(path, device="SEP00000000000A", side="phone")])
    assert {event.device for event in reading.events} == {"SEP00000000000A"}


def test_twelve_hours_and_a_saved_page() -> None:
    lines = (
        "9:54:34a Trust List Updated\n12:00:01a Trust List Update Failed\n"
        "9:54:35p TFTP Timeout : CTLSEP8CB64F576113.tlv\n"
    )
    page = (
        f"<html><body><h1>Status Messages</h1><p>Cisco Unified IP Phone CP-7962G ({PHONE})</p><table>"
        + "".join(f"<tr><td>{line}</td></tr>" for line in lines.splitlines())
        + "</table></body></html>"
    )
    for text, form in ((lines, "status messages"), (page, "web page")):
        reading = read_texts({"status": text})
        assert [(event.signature, event.seconds) for event in reading.events] == [
            ("status.trust_updated", 9 * 3600 + 54 * 60 + 34.0),
            ("status.trust_failed", 1.0),
            ("status.tftp_timeout", 21 * 3600 + 54 * 60 + 35.0),
        ]
        assert reading.events[2].fields == {"name": "CTLSEP8CB64F576113.tlv", "phone": PHONE}
        assert (reading.sources[0].side, reading.sources[0].device) == ("status", PHONE)
        assert form in reading.sources[0].forms


def test_what_the_other_side_says_is_no_record() -> None:
    """A redirection, or a subject, that holds a record of this very grammar."""
    forged = "VPNC: -hostIDCheck failed!! VPNC: -protocol_handler: connect : err: SSL success DTLS fail"
    for line in (
        f"VPNC: -process_login: new 'Location': /x {forged}\n",
        f"VPNC: -cert_vfy_cb: depth:1 of 1, subject: </CN=x {forged}>\n",
        f"VPNC: -set_redirect_url: new URL <https://x.example.com/ {forged}>\n",
        f"VPNC: -process_login: HTTP/1.0 200 {forged}\n",
        f"VPNC: -process_login: new 'Location': /{'a' * 60}\nand {forged}\n",
    ):
        found = {event.signature for event in read_texts({"x": line}).events}
        assert not found & {"phone.host_id_failed", "phone.dtls_failed"}


def test_missing_numbers_are_seen() -> None:
    """Between known lines, whatever stands around them, and between files that do not follow each other."""
    said = dict.fromkeys(range(1, 31), "DSPL: nothing")
    said |= dict.fromkeys((5, 9, 30), "VPNC: process_login: redirection indicated")

    def gaps(without: set[int], cut: int = 0) -> list[bool]:
        lines = [f"{n}: NOT 10:00:{n:02}.000000 {text}\n" for n, text in said.items() if n not in without]
        parts = {"log1": lines[:cut], "log2": lines[cut:]} if cut else {"log2": lines}
        reading = read_texts({name: "".join(part) for name, part in parts.items()}, device="SEP001122334455")
        return [event.after_gap for event in reading.events]

    assert gaps(set()) == [False, False, False]
    assert gaps({7}) == [False, True, False]
    assert gaps({6, 7, 8}) == [False, True, False]
    assert gaps({10, 29}) == [False, False, True]
    assert gaps({15}) == [False, False, True]
    assert gaps({1}) == [False, False, False]
    assert gaps(set(), cut=7) == [False, True, False]
