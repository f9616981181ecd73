"""What befalls logs before anybody reads them: lines vanish, files are rotated, ASAs share a file, clocks are set.

Never a certain cause that is not true; the worlds are those of test_diagnosis_properties.py.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from .test_diagnosis_properties import World, check, worlds

HEAD = ["Syslog logging: enabled", "    Buffer logging: level debugging, 99 messages logged"]
ASA = "asa-1.log"
CHANCE = st.randoms(use_true_random=False)


def kept_as(lines: list[str], way: str) -> list[str]:
    """As it was typed out of a terminal, as a buffer with its head, or as a server wrote it."""
    if way == "server":
        return [f"Nov 24 12:00:01 192.0.2.1 {line}" for line in lines]
    return [*HEAD, *lines] if way == "buffer" else lines


@given(worlds(), CHANCE, st.sampled_from(("", "buffer", "server")))
def test_lines_that_vanish_from_the_middle(world: World, draw: Random, way: str) -> None:
    files: dict[str, list[str]] = {}
    for name, lines in world.files.items():
        left = list(lines)
        for _ in range(draw.randrange(8)):
            start = draw.randrange(len(left))
            del left[start : start + draw.choice((1, 1, 2, 20))]
            left = left or lines[:1]
        files[name] = kept_as(left, way) if name == ASA else left
    check(world, files, complete=False)


@given(worlds(), CHANCE)
def test_rotated_files_of_which_some_are_missing(world: World, draw: Random) -> None:
    files: dict[str, list[str]] = {}
    for name, lines in world.files.items():
        ends = sorted(draw.randrange(len(lines) + 1) for _ in range(draw.randrange(1, 4)))
        parts = [part for part in (lines[a:b] for a, b in zip([0, *ends], [*ends, len(lines)], strict=True)) if part]
        if name.startswith("SEP"):
            files |= {f"{name[:-4]}/log{draw.randrange(100)}{place}": part for place, part in enumerate(parts)}
        else:
            files |= {f"{name}.{place}" if place else name: part for place, part in enumerate(reversed(parts))}
        if draw.random() < 0.4:
            files[f"copy/{name}"] = lines
    if len(files) > 1 and draw.random() < 0.5:
        del files[draw.choice(sorted(files))]
    check(world, files, complete=False)


@given(worlds(), worlds(), CHANCE, st.booleans())
def test_two_asas_in_one_file(one: World, two: World, draw: Random, named: bool) -> None:
    left = [list(world.files.get(ASA, [])) for world in (one, two)]
    if named:
        left = [[f"Nov 24 12:00:01 192.0.2.{at} {line}" for line in lines] for at, lines in enumerate(left, 1)]
    mixed: list[str] = []
    while any(left):
        lines = draw.choice([each for each in left if each])
        count = draw.choice((1, 1, 3, 40))
        mixed += lines[:count]
        del lines[:count]
    files = {"all.log": mixed} if mixed else {}
    files |= {name: lines for name, lines in one.files.items() if name.startswith("SEP")}
    check(World(files, {phone: one.fates[phone] + two.fates[phone] for phone in one.fates}), files, complete=False)


@given(worlds(), CHANCE, st.sampled_from((-3600, 3600, -600, -5, 86400)), st.sampled_from(("", "buffer")))
def test_an_asa_whose_clock_is_set(world: World, draw: Random, by: int, way: str) -> None:
    """What stands at the end is known all the same."""
    files = dict(world.files)
    lines = files.get(ASA, [])
    if lines and lines[0].startswith("Nov"):
        since = draw.randrange(len(lines))
        files[ASA] = kept_as([line if at < since else _moved(line, by) for at, line in enumerate(lines)], way)
    check(world, files, complete=True)


def _moved(line: str, by: int) -> str:
    at = datetime.strptime(line[:20], "%b %d %Y %H:%M:%S") + timedelta(seconds=by)
    return f"{at:%b %d %Y %H:%M:%S}{line[20:]}"
