"""The configuration as an immutable tree of lines: unchanged parts are shared between devices and over time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """One line without its indentation, and the lines below it."""

    text: str
    children: tuple[Node, ...] = ()


Nodes = tuple[Node, ...]
Path = tuple[str, ...]

_WITH_ATTRIBUTES = ("group-policy ", "tunnel-group ", "username ")
_NOT_CONFIGURATION = ("!", ":", "ASA Version ", "Cryptochecksum:")


def parse(text: str) -> Nodes:
    """A tree from running-config text, by indentation. Comments, the frame and blank lines are left out."""
    rows: list[tuple[int, str]] = []
    for raw in text.expandtabs(4).splitlines():
        line = raw.rstrip()
        if line and not line.startswith(_NOT_CONFIGURATION):
            stripped = line.lstrip(" ")
            rows.append((len(line) - len(stripped), stripped))
    nodes, _ = _gather(rows, 0, -1)
    return nodes


def _gather(rows: list[tuple[int, str]], start: int, above: int) -> tuple[Nodes, int]:
    """The siblings from rows[start] on that are indented deeper than `above`, and the index after them."""
    siblings: list[Node] = []
    index = start
    while index < len(rows) and rows[index][0] > above:
        indent, text = rows[index]
        children, index = _gather(rows, index + 1, indent)
        siblings.append(Node(text, children))
    return tuple(siblings), index


def render(nodes: Iterable[Node], depth: int = 0) -> list[str]:
    """The lines as `show running-config` prints them: one blank for each level.

    A block of attributes that nothing stands in is not printed [K]: to enter it changes nothing.
    """
    lines: list[str] = []
    for node in nodes:
        if not node.children and node.text.endswith("attributes") and node.text.startswith(_WITH_ATTRIBUTES):
            continue
        lines.append(" " * depth + node.text)
        if node.children:
            lines.extend(render(node.children, depth + 1))
    return lines


def children(nodes: Nodes, path: Path) -> Nodes:
    """The lines below the block that path names; () where there is none."""
    for text in path:
        nodes = next((node.children for node in nodes if node.text == text), ())
    return nodes


def below(nodes: Nodes, header: str) -> list[str]:
    """The texts of the lines directly below the blocks of that header."""
    return [child.text for node in nodes if node.text == header for child in node.children]


def rest(lines: Iterable[str], first: str) -> str:
    """What stands behind these words in the first line that begins with them; "" where none does."""
    return next((line[len(first) + 1 :] for line in lines if line.startswith(first + " ")), "")


def edit(nodes: Nodes, path: Path, change: Callable[[Nodes], Nodes]) -> Nodes:
    """A new tree in which the children of the block at path went through `change` (the same tree if nothing did)."""
    if not path:
        return change(nodes)
    for index, node in enumerate(nodes):
        if node.text == path[0]:
            below = edit(node.children, path[1:], change)
            if below is node.children:
                return nodes
            return (*nodes[:index], Node(node.text, below), *nodes[index + 1 :])
    return nodes


def put(
    nodes: Nodes, text: str, key: tuple[str, ...], key_of: Callable[[str], tuple[str, ...]], rank: Callable[[str], int]
) -> Nodes:
    """Set one line: it replaces the line of the same key, or goes behind the last line that ranks no higher."""
    for index, node in enumerate(nodes):
        if node.text == text:
            return nodes
        if key_of(node.text) == key:
            return (*nodes[:index], Node(text, node.children), *nodes[index + 1 :])
    own = rank(text)
    after = next((i + 1 for i in range(len(nodes) - 1, -1, -1) if rank(nodes[i].text) <= own), 0)
    return (*nodes[:after], Node(text), *nodes[after:])


def drop(nodes: Nodes, unwanted: Callable[[str], bool]) -> Nodes:
    """Without the lines that `unwanted` names (the same tuple if there are none)."""
    kept = tuple(node for node in nodes if not unwanted(node.text))
    return nodes if len(kept) == len(nodes) else kept
