"""Whether a pattern can be made to work without end: in how many ways it can read one text.

A backtracking matcher tries every way. Where a loop can be gone round in two ways over the same characters, their
number doubles with each round (exponential). The pattern becomes a graph of states whose edges are sets of characters;
two walks are followed at once, and the pattern is exponential where both begin at a state, part, and come back to it
together. That lookarounds, back-references and atomic groups cut ways off is left out, which can only make a pattern
look worse. Flags of a part of a pattern are not followed.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Any

# re._parser is sre_parse by its name since Python 3.11.
_parser: Any = re._parser
# A repeat with more rounds than that counts as one without end.
MANY = 12
# Characters that stand for all: each class of a pattern is cut down to these and to its own limits.
_SAMPLES = [chr(code) for code in range(0x80)] + ["\xa0", "\xe9", "\u0663", "\u2028", "\u3000", "\ud800", "\U0001f600"]


class Graph:
    """States are numbers; edges[state]: (characters, state); skips[state]: states reached without a character."""

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        self.edges: list[list[tuple[frozenset[str], int]]] = []
        self.skips: list[list[int]] = []
        flags = pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
        self.flags = flags
        text = pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern
        # Flags written into the pattern are given once more: the parser takes them from its own head.
        start = self._state()
        self.end = self._all(_parser.parse(text, flags & ~(re.DEBUG | re.LOCALE)), start)

    def _state(self) -> int:
        self.edges.append([])
        self.skips.append([])
        return len(self.edges) - 1

    def _all(self, parts: Any, start: int) -> int:
        for operation, value in parts:
            start = self._one(str(operation), value, start)
        return start

    def _one(self, operation: str, value: Any, start: int) -> int:
        match operation:
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
                end = self._state()
                self.edges[start].append((self._characters(operation, value), end))
                return end
            case "BRANCH":
                end = self._state()
                for way in value[1]:
                    self.skips[self._all(way, start)].append(end)
                return end
            case "SUBPATTERN":
                return self._all(value[3], start)
            case "ATOMIC_GROUP":
                return self._all(value, start)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                return self._repeat(*value, start)
            case "GROUPREF_EXISTS":
                end = self._state()
                for way in value[1:]:
                    self.skips[self._all(way or [], start)].append(end)
                return end
            case "ASSERT" | "ASSERT_NOT":
                # Beside the way: what is looked for there leads nowhere else.
                aside = self._state()
                self.skips[start].append(aside)
                self._all(value[1], aside)
        # AT, GROUPREF, FAILURE
        return start

    def _repeat(self, least: int, most: Any, body: Any, start: int) -> int:
        for _ in range(min(int(least), MANY)):
            start = self._all(body, start)
        if int(most) - int(least) > MANY or str(most) == "MAXREPEAT":
            # One body whose end leads back to its beginning.
            head, end = self._state(), self._state()
            self.skips[start] += [head]
            self.skips[self._all(body, head)].append(head)
            self.skips[head].append(end)
            return end
        end = self._state()
        self.skips[start].append(end)
        for _ in range(int(most) - int(least)):
            start = self._all(body, start)
            self.skips[start].append(end)
        return end

    def _characters(self, operation: str, value: Any) -> frozenset[str]:
        compiled = re._compiler.compile(
            _rebuilt(operation, value, self.flags), self.flags & (re.IGNORECASE | re.ASCII | re.DOTALL)
        )
        return frozenset(one for one in {*_SAMPLES, *_limits(operation, value)} if compiled.fullmatch(one))

    def free(self) -> tuple[list[dict[int, int]], set[int]]:
        """Where each state leads without a character, and in how many ways (2: several); states on such a loop."""
        found: list[dict[int, int] | None] = [None] * len(self.skips)
        loops: set[int] = set()

        def ways(state: int, above: tuple[int, ...]) -> dict[int, int]:
            if state in above:
                loops.update(above[above.index(state) :])
                return {}
            known = found[state]
            if known is not None:
                return known
            told = {state: 1}
            for following in self.skips[state]:
                for place, count in ways(following, (*above, state)).items():
                    told[place] = min(2, told.get(place, 0) + count)
            # Below a loop that is still open, what was found is not all.
            if not above or not loops.intersection(above):
                found[state] = told
            return told

        return [ways(state, ()) for state in range(len(self.skips))], loops


def _rebuilt(operation: str, value: Any, flags: int) -> Any:
    parsed = _parser.SubPattern(_state_of(flags))
    parsed.append((getattr(_parser, operation), value))
    return parsed


def _state_of(flags: int) -> Any:
    state = _parser.State()
    state.flags = flags
    state.str = ""
    return state


def _limits(operation: str, value: Any) -> set[str]:
    codes: set[int] = set()
    if operation in ("LITERAL", "NOT_LITERAL"):
        codes = {value}
    elif operation == "IN":
        for kind, inner in value:
            codes |= {inner} if str(kind) == "LITERAL" else set(inner) if str(kind) == "RANGE" else set()
    return {chr(code) for code in codes}


def exponential(pattern: re.Pattern[Any]) -> bool:
    """Some text makes the ways to read it double with each further character or so."""
    graph = Graph(pattern)
    ways, empty_loops = graph.free()
    # Steps with a character: (characters, state, number); of several ways to the same one each has its number.
    steps: list[list[tuple[frozenset[str], int, int]]] = []
    number = 0
    for state in range(len(graph.edges)):
        found = []
        for middle, count in ways[state].items():
            for characters, end in graph.edges[middle]:
                for _ in range(count):
                    found.append((characters, end, number))
                    number += 1
        steps.append(found)
    looping = _looping(steps)
    # A loop whose body may be empty, around characters: each of them may end a round or not.
    around = {place for state in looping for place in ways[state]}
    if empty_loops & around:
        return True
    return any(_parts_and_meets(steps, looping, state) for state in looping)


def _looping(steps: list[list[tuple[frozenset[str], int, int]]]) -> set[int]:
    """States that lie on a loop and are the end of a step."""
    found = set()
    for start in range(len(steps)):
        seen: set[int] = set()
        waiting = [start]
        while waiting:
            for _, end, _ in steps[waiting.pop()]:
                if end == start:
                    found.add(start)
                if end not in seen:
                    seen.add(end)
                    waiting.append(end)
            if start in found:
                break
    return found


def _parts_and_meets(steps: list[list[tuple[frozenset[str], int, int]]], looping: set[int], state: int) -> bool:
    """Two walks from the state over the same characters, by different steps, both back in it."""
    seen: set[tuple[int, int, bool]] = set()
    waiting = deque([(state, state, False)])
    while waiting:
        one, two, parted = waiting.popleft()
        for mine, end, number in steps[one]:
            for others, other_end, other in steps[two]:
                if end not in looping or other_end not in looping or not mine & others:
                    continue
                following = (end, other_end, parted or number != other)
                if following == (state, state, True):
                    return True
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)
    return False
