"""docs/errors/: a page for each error code: meaning and remedy from docs/errors.md, the words from the code."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "errors.md"
_HEAD = "<!-- Made by tools/generate_docs.py from docs/errors.md and the code; do not edit. -->\n\n"
_ROW = re.compile(r"\| (?P<codes>`[a-z0-9_]+`(?:, `[a-z0-9_]+`)*) \| (?P<means>.+) \| (?P<todo>.+) \|")
# A message in the code is a text with holes.
_HOLE = "…"


class Entry(NamedTuple):
    """One row of the table: the heading above it, what the code means, what to do."""

    heading: str
    means: str
    todo: str


class Said(NamedTuple):
    """One place that raises a code: the message with its holes, what it says to do, the file."""

    message: str
    todo: str
    place: str


def entries(page: str) -> dict[str, Entry]:
    """Code to its row. ValueError for a row that is no row of three cells: it would have no page."""
    found: dict[str, Entry] = {}
    heading = ""
    for line in page.splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ").strip()
        elif line.startswith("| `"):
            row = _ROW.fullmatch(line)
            if row is None:
                raise ValueError(f"docs/errors.md: expected | `code` | what it means | what to do |, not {line}")
            for code in re.findall(r"`([a-z0-9_]+)`", row["codes"]):
                found[code] = Entry(heading, row["means"], row["todo"])
    return found


def sayings() -> dict[str, list[Said]]:
    """Code to every place that gives it by its keyword, with a message of its own."""
    found: dict[str, list[Said]] = {}
    for path in sorted(path for folder in ("library", "module_utils") for path in (ROOT / folder).rglob("*.py")):
        for code, said in _said(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")):
            if said not in found.setdefault(code, []):
                found[code].append(said)
    return found


@functools.cache
def _said(place: str, source: str) -> tuple[tuple[str, Said], ...]:
    # Half of the files never name one, and to parse is what takes long.
    return tuple(_said_in(place, ast.parse(source))) if "code" in source else ()


def _said_in(place: str, tree: ast.Module) -> Iterator[tuple[str, Said]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            words = {word.arg: word.value for word in node.keywords}
            code = words.get("code")
            message = template(node.args[0])
            if isinstance(code, ast.Constant) and isinstance(code.value, str) and re.search("[a-z]{3}", message):
                todo = words.get("todo")
                yield code.value, Said(message, template(todo) if todo is not None else "", place)


def template(node: ast.expr) -> str:
    """The text of an expression that makes one; what it takes from elsewhere is a hole."""
    if isinstance(node, ast.Constant):
        return str(node.value) if isinstance(node.value, str) else _HOLE
    if isinstance(node, ast.JoinedStr):
        return "".join(template(part) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return template(node.left) + template(node.right)
    return _HOLE


def render() -> dict[str, str]:
    """File name to content of every page."""
    rows, said = entries(TABLE.read_text(encoding="utf-8")), sayings()
    index = ["# Error codes, a page each", "", "The same by topic: [errors.md](../errors.md).", ""]
    index += [f"- [`{code}`]({code}.md): {rows[code].means}" for code in sorted(rows)]
    pages = {f"{code}.md": _page(code, entry, said.get(code, [])) for code, entry in rows.items()}
    return {"README.md": _HEAD + "\n".join(index) + "\n"} | pages


def _page(code: str, entry: Entry, said: list[Said]) -> str:
    lines = [f"# `{code}`", "", f"{entry.heading}.", "", entry.means, "", "## What to do", "", entry.todo, ""]
    if said:
        lines += ["## What it says", "", f"`{_HOLE}` stands for names of your site.", ""]
        for one in said:
            lines += [
                f"> {_quoted(one.message)}",
                *([">", f"> To do: {_quoted(one.todo)}"] if one.todo.strip(_HOLE) else []),
            ]
            lines += ["", f"from `{one.place}`", ""]
    lines += ["All codes: [README.md](README.md). How errors are shown: [errors.md](../errors.md)."]
    return _HEAD + "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return " ".join(text.split()).replace("<", "&lt;")
