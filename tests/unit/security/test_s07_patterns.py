"""S7: no pattern of the product can be made to work without end, and nothing is read without a bound.

That a pattern is not exponential is proven from its own graph (ambiguity.py), not by a clock. Polynomial work is
bounded by what it works on: each line, answer and file has its cap (tests/unit/transport, tests/unit/parse).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.security.ambiguity import exponential
from tests.unit.security.product import MODULES, SOURCES, calls, module, packages, short

DEEP = 14


def found_in(value: Any, seen: set[int], depth: int = 0) -> Iterator[re.Pattern[Any]]:
    """Compiled patterns in a value of ours or of ttp, however deep."""
    if depth > DEEP or id(value) in seen:
        return
    if isinstance(value, re.Pattern):
        yield value
        return
    seen.add(id(value))
    origin = type(value).__module__
    inner: list[Any] = []
    if isinstance(value, tuple | list | set | frozenset):
        inner = list(value)
    elif isinstance(value, dict):
        inner = [*value.keys(), *value.values()]
    elif isinstance(value, type):
        inner = list(vars(value).values()) if "vpnphone" in value.__module__ else []
    elif "vpnphone" in origin or origin.startswith("ttp"):
        inner = [getattr(value, name, None) for name in getattr(value, "__struct_fields__", ())]
        inner += list(vars(value).values()) if hasattr(value, "__dict__") else []
    for one in inner:
        yield from found_in(one, seen, depth + 1)


def patterns() -> dict[tuple[str, int], str]:
    """(pattern, flags) -> a place where it stands: compiled ones, then those that are written into a call."""
    found: dict[tuple[str, int], str] = {}
    seen: set[int] = set()
    for one in [*packages(), *map(module, MODULES)]:
        for name, value in vars(one).items():
            for pattern in found_in(value, seen):
                found.setdefault((pattern.pattern, pattern.flags), f"{one.__name__}.{name}")
    for path in SOURCES:
        for name, call in calls(path):
            if name in INLINE and call.args and isinstance(call.args[0], ast.Constant):
                pattern = re.compile(call.args[0].value)
                found.setdefault((pattern.pattern, pattern.flags), f"{short(path)}:{call.lineno}")
    return found


INLINE = {f"re.{name}" for name in ("match", "fullmatch", "search", "sub", "split", "findall", "finditer", "subn")}


@pytest.mark.parametrize(
    ("pattern", "bad"),
    [
        (r"(a+)+b", True),
        (r"(?:a|a)*b", True),
        (r"(?:a*)*b", True),
        (r"(?:\s*\w+\s*)*$", True),
        (r"(?:[0-9a-f]{2,8}\s*)+", True),
        (r"(?:ab|a|b)*", True),
        (r"(?:a{0,64}){0,64}", True),
        (r"x(?=(?:a+)+b)", True),
        (r"x(?!a+b)y*", False),
        (r"[^,]*(?:,[^,]*)*", False),
        (r"(?:\w+ )*x", False),
        (r"(?:\.\w+)*", False),
        (r"(?:[A-Za-z0-9+/]{4}){0,50}", False),
        (r"abc?", False),
    ],
)
def test_s07_the_measure_knows_good_from_bad(pattern: str, bad: bool) -> None:
    assert exponential(re.compile(pattern)) is bad


def test_s07_no_pattern_of_the_product_is_exponential() -> None:
    found = patterns()
    assert len(found) > 300
    bad = {place: pattern for (pattern, flags), place in found.items() if exponential(re.compile(pattern, flags))}
    assert bad == {}


def test_s07_patterns_that_are_put_together_in_a_call_are_known() -> None:
    """The measure cannot see them; their variable parts are escaped, or alphabets of ours."""
    places = {
        short(path)
        for path in SOURCES
        for name, call in calls(path)
        if name in INLINE and call.args and isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
    }
    assert places <= {"module_utils/vpnphone/parse/cucm/trust.py"}


# --- bounded reads --------------------------------------------------------------------------------------------------

# Whole files, each behind a look at its size, or of our own making.
WHOLE = {
    "module_utils/vpnphone/collect/kept.py": "its own record, whose directory is private",
    "module_utils/vpnphone/evidence/read.py": "size is looked at first",
    "module_utils/vpnphone/guide/record.py": "its own record, whose directory is private",
    "module_utils/vpnphone/history/snapshot.py": "size is looked at first",
    "module_utils/vpnphone/phone_models.py": "the operator's own table",
    "module_utils/vpnphone/renewal/certificate_files.py": "its own request, compared",
    "module_utils/vpnphone/renewal/journal.py": "/proc/<pid>/stat",
    "module_utils/vpnphone/report/page.py": "files of the project",
    "module_utils/vpnphone/report/write.py": "size is looked at first",
    "module_utils/vpnphone/rundir.py": "size is looked at first",
    "module_utils/vpnphone/transport/login.py": "the operator's own known_hosts",
}


def test_s07_nothing_is_read_without_a_bound() -> None:
    """read() with a number; recv with a number; whole files at places that are known."""
    for path in SOURCES:
        for name, call in calls(path):
            last = name.rpartition(".")[2]
            where = f"{short(path)}:{call.lineno}"
            if last in ("read", "recv", "recvfrom", "readline", "readlines", "makefile") and name != last:
                assert call.args, where
            assert last != "readlines", where
            if last in ("read_bytes", "read_text") and not call.args:
                assert short(path) in WHOLE or path.name == "catalogue.py", where
