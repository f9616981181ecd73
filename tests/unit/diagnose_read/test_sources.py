"""Files as they lie there: packed, recoded, cut, of no known side, too long; several of one ASA. Self-made."""

from __future__ import annotations

import gzip
import itertools
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from ansible.module_utils.vpnphone.diagnose import read, sources, tally
from ansible.module_utils.vpnphone.diagnose.read import Input, read_logs, read_texts
from ansible.module_utils.vpnphone.errors import BadInput

BEGAN = datetime(2026, 11, 24, 10, 0, 0)


def failed(first: int, count: int, *, host: str = "", every: float = 1.0) -> list[str]:
    """One failed handshake a second; its port counts them."""
    return [
        f"{BEGAN + timedelta(seconds=at * every):%b %d %Y %H:%M:%S}{host and f' {host} '}: %ASA-6-725006: "
        f"Device failed SSL handshake with client outside:172.16.250.9/{at}\n"
        for at in range(first, first + count)
    ]


def ports(reading: read.Reading) -> list[int]:
    assert [event.order for event in reading.events] == list(range(len(reading.events)))
    return [int(event.fields["port"]) for event in reading.events]


@pytest.mark.parametrize("kind", ["missing", "directory", "pipe", "unreadable"])
def test_what_cannot_be_read(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    if kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "unreadable":
        path.symlink_to(path)
    with pytest.raises(BadInput) as caught:
        read_logs([Input(path)])
    assert (caught.value.code, caught.value.where) == ("logs_missing", str(path))
    assert caught.value.todo


def test_gzip_as_logrotate_leaves_it(tmp_path: Path) -> None:
    """Several members, a rotation, and the device by the path."""
    folder = tmp_path / "logs"
    folder.mkdir()
    lines = [line.replace("2026 ", "") for line in failed(0, 900)]
    (folder / "asa-1.log.2.gz").write_bytes(
        gzip.compress("".join(lines[:200]).encode()) + gzip.compress("".join(lines[200:300]).encode()) + b"\0" * 64
    )
    (folder / "asa-1.log.1").write_text("".join(lines[300:600]))
    (folder / "asa-1.log").write_text("".join(lines[600:]))
    for names in itertools.permutations(path.name for path in folder.iterdir()):
        reading = read_logs([Input(folder / name) for name in names])
        assert ports(reading) == list(range(900))
        assert {source.device for source in reading.sources} == {"asa-1"}
        assert {source.cut for source in reading.sources} == {""}
        assert {event.at for event in reading.events} == {None}


@pytest.mark.parametrize("damage", ["cut", "broken", "head"])
def test_damaged_gzip_says_how_far_it_was_read(damage: str) -> None:
    packed = bytearray(gzip.compress(os.urandom(40_000).hex().encode() + "".join(failed(0, 9000)).encode(), 1))
    if damage == "cut":
        data = bytes(packed[: len(packed) // 2])
    elif damage == "broken":
        packed[len(packed) // 2] ^= 0xFF
        packed[len(packed) // 2 + 1] ^= 0xFF
        data = bytes(packed)
    else:
        data = b"\x1f\x8b\x08"
    (source,) = read_texts({"x.gz": data}).sources
    assert "gzip" in source.cut


def test_gzip_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_UNPACKED", 3 * 1024**3)
    bomb = gzip.compress(b"\n" * 1_000_000)
    monkeypatch.setattr(sources, "MAX_UNPACKED", 100_000)
    (source,) = read_texts({"x.gz": bomb}).sources
    assert source.size < 500_000
    assert "not read beyond" in source.cut


def test_utf_16() -> None:
    reading = read_texts({"x": "".join(failed(0, 3)).encode("utf-16")})
    assert ports(reading) == [0, 1, 2]


def test_unknown_files_say_so() -> None:
    """Nothing of a form that is known: no side, no event, every line counted as foreign."""
    text = "".join(f"2026-11-24 some other program did {at}\n" for at in range(50_000))
    (source,) = read_texts({"x": text}).sources
    assert (source.side, source.recognised, source.foreign, source.lines) == (None, 0, 50_000, 50_000)
    assert source.size == len(text)
    (empty,) = read_texts({"x": ""}).sources
    assert (empty.side, empty.lines, empty.foreign) == (None, 0, 0)


def test_logs_behind_a_long_foreign_head() -> None:
    text = "".join(f"# {at} nothing of it is known\n" for at in range(40_000)) + "".join(failed(0, 5))
    reading = read_texts({"x": text})
    assert ports(reading) == [0, 1, 2, 3, 4]
    assert reading.events[0].line == 40_001
    assert reading.sources[0].lines == 40_005


def test_both_sides_in_one_file_are_told() -> None:
    phone = "902: NOT 10:19:27.155936 VPNC: hostIDCheck failed!!\n"
    reading = read_texts({"x": "".join(failed(0, 5)) + phone})
    assert {event.side for event in reading.events} == {"asa"}
    assert reading.sources[0].side == "asa"
    assert "of a phone too" in reading.sources[0].cut


def test_the_caller_says_the_side() -> None:
    reading = read_texts({"x": "".join(failed(0, 5))}, side="phone")
    assert (reading.events, reading.sources[0].side, reading.sources[0].foreign) == ((), "phone", 5)


def test_lines_of_any_length_are_cut() -> None:
    """A line beyond every bound, within a block and over several, takes no others with it."""
    known = failed(0, 4)
    for size in (10_000, 200_000, 3_000_000):
        for fill in ("x", "%ASA-6-302013: ", "Nov 24 2026 ", "<", "VPNC: -"):
            long = (fill * (size // len(fill) + 1))[:size]
            reading = read_texts({"x": f"{known[0]}{long}\n{known[1]}{known[2].rstrip()}{long}\n{known[3]}{long}"})
            assert ports(reading)[:1] == [0]
            assert set(ports(reading)) <= {0, 1, 3}
            assert {1, 3} <= set(ports(reading)) or fill == "<"
            assert reading.sources[0].lines == 6


def test_the_newest_win(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept events are bounded in one file and in all together; what is left out is told."""
    monkeypatch.setattr(tally, "MAX_EVENTS", 100)
    monkeypatch.setattr(read, "MAX_EVENTS", 100)
    lines = failed(0, 1000)
    reading = read_texts({"asa-1.log": "".join(lines)})
    assert ports(reading) == list(range(900, 1000))
    assert reading.sources[0].recognised == 1000
    assert "newest 100" in reading.sources[0].cut
    files = {f"asa-1.log.{9 - at}": "".join(lines[100 * at : 100 * at + 100]) for at in range(10)}
    for names in (list(files), list(reversed(files)), sorted(files, key=hash)):
        reading = read_texts({name: files[name] for name in names})
        assert ports(reading) == list(range(900, 1000))
        assert sum("left out" in source.cut for source in reading.sources) == 9


def test_a_small_log_is_kept_beside_a_great_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MAX_EVENTS", 100)
    phone = "902: NOT 10:19:27.155936 VPNC: hostIDCheck failed!!\n"
    reading = read_texts({"asa-1.log": "".join(failed(0, 1000)), "SEP8CB64F576113.log": phone})
    assert [event.side for event in reading.events].count("phone") == 1
    assert len(reading.events) <= 100


def test_memory_does_not_grow_with_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """At no time more events than the bound, nor more of a line than the bound."""
    monkeypatch.setattr(tally, "MAX_EVENTS", 50)
    seen: list[int] = []
    feed = sources.AsaLog.block

    def watched(self: sources.AsaLog, data: bytes, line: int) -> None:
        feed(self, data, line)
        seen.append(len(self._tally.events) + len(self._tally.forms) + len(self._tally.hosts))
        assert len(data) <= 2 * sources._BLOCK

    monkeypatch.setattr(sources.AsaLog, "block", watched)
    many = "".join(line for at in range(300) for line in failed(at, 60, host=f"asa-{at}"))
    (source,) = read_texts({"x": many}).sources
    assert source.recognised == 18_000
    assert len(seen) > 3
    assert max(seen) <= 50 + 64 + 64


# --- several of one ASA -----------------------------------------------------------------------------------------------


def test_overlapping_captures_of_one_buffer() -> None:
    lines = failed(0, 400)
    texts = {"a": "".join(lines[:250]), "b": "".join(lines[150:]), "c": "".join(lines[180:220])}
    for names in itertools.permutations(texts):
        reading = read_texts({name: texts[name] for name in names}, device="asa-1")
        assert ports(reading) == list(range(400))


def test_repeated_lines_of_one_second_are_no_copies() -> None:
    lines = failed(0, 3, every=0.0)
    text = "".join(f"{line}{line}" for line in [lines[0]] * 2)
    assert ports(read_texts({"x": text}, device="asa-1")) == [0, 0, 0, 0]
    assert ports(read_texts({"x": text, "y": text}, device="asa-1")) == [0, 0, 0, 0]


def test_overlapping_captures_without_times() -> None:
    """Rank and list say nothing here: the end of one is the beginning of the next."""
    lines = [line.partition(": ")[2] for line in failed(0, 60)]
    texts = {"a": "".join(lines[:30]), "b": "".join(lines[20:50]), "c": "".join(lines[40:])}
    for names in itertools.permutations(texts):
        assert ports(read_texts({name: texts[name] for name in names}, device="asa-1")) == list(range(60))


def test_buffer_and_server_file_of_one_asa() -> None:
    """The server knows it by its address; the same lines show that it is one."""
    own = failed(0, 50)
    server = [f"Nov 24 10:59:59 192.0.2.1 {line}" for line in failed(20, 80)]
    reading = read_texts({"asa-1/show_logging.txt": "".join(own), "syslog/messages": "".join(server)})
    assert {event.device for event in reading.events} == {"asa-1"}
    assert ports(reading) == list(range(100))
    assert any("are one ASA" in note for note in reading.notes)


def test_two_asas_stay_two() -> None:
    reading = read_texts({"asa-1.log": "".join(failed(0, 50)), "asa-2.log": "".join(failed(100, 50))})
    assert {event.device for event in reading.events} == {"asa-1", "asa-2"}
    assert not reading.notes


def test_newest_first_is_turned_round() -> None:
    reading = read_texts({"x": "".join(reversed(failed(0, 50)))})
    assert ports(reading) == list(range(50))
    assert any("newest line first" in note for note in reading.notes)


def test_times_that_go_back_are_ordered_and_told() -> None:
    lines = failed(0, 60)
    reading = read_texts({"x": "".join([*lines[30:], *lines[:30]])})
    assert ports(reading) == list(range(60))
    assert any("times go back" in note for note in reading.notes)


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("logs/asa-1.log", "asa-1"), ("logs/asa-1/show_logging.txt", "asa-1"), ("asa5520-c.log.3.gz", "asa5520-c"),
        ("vpn-gw2_syslog-20261124", "vpn-gw2"), ("asa-hq.log", "asa-hq"), ("branch-asa.log.1", "branch-asa"),
        ("asa-syslog.txt", ""), ("logs/asa.log", ""), ("show_logging.txt", ""), ("server1/x", ""),
    ],
)  # fmt: skip
def test_an_asa_by_its_path(name: str, device: str) -> None:
    reading = read_texts({name: "".join(failed(0, 1))})
    assert (reading.sources[0].device, reading.events[0].device) == (device, device)


def test_what_a_line_says_goes_before_the_path() -> None:
    reading = read_texts({"asa-1.log": "".join(failed(0, 2, host="asa-7"))})
    assert {event.device for event in reading.events} == {"asa-7"}
    reading = read_texts({"asa-1.log": "".join(failed(0, 2, host="asa-7"))}, device="asa-9")
    assert {event.device for event in reading.events} == {"asa-9"}
