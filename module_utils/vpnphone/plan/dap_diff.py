"""What changed in a file, for a person: one hunk, linear in the size of the file."""

from __future__ import annotations

_CONTEXT = 3
_LONG = 240


def unified(before: str, after: str, path: str) -> str:
    """A unified diff of one hunk, from the first line that differs to the last; "" where none does.

    Control characters are escaped. A file of long lines is shown an element a line.
    """
    old, new = _lines(before), _lines(after)
    if old == new:
        return ""
    shortest = min(len(old), len(new))
    head = next((at for at in range(shortest) if old[at] != new[at]), shortest)
    tail = next((at for at in range(shortest - head) if old[-1 - at] != new[-1 - at]), shortest - head)
    start, rest = max(head - _CONTEXT, 0), max(tail - _CONTEXT, 0)
    shown_old, shown_new = len(old) - rest - start, len(new) - rest - start
    body = [
        *(f" {line}" for line in old[start:head]),
        *(f"-{line}" for line in old[head : len(old) - tail]),
        *(f"+{line}" for line in new[head : len(new) - tail]),
        *(f" {line}" for line in new[len(new) - tail : len(new) - rest]),
    ]
    title = [
        f"--- {path}" if old else "--- /dev/null",
        f"+++ {path}",
        f"@@ -{_range(start, shown_old)} +{_range(start, shown_new)} @@",
    ]
    return "".join(f"{line}\n" for line in (*title, *body))


def _range(start: int, count: int) -> str:
    return f"{start + 1 if count else start},{count}"


def _lines(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[-1] == "":
        lines.pop()
    if any(len(line) > _LONG for line in lines):
        lines = [piece for line in lines for piece in line.replace("><", ">\n<").split("\n")]
    return [_escaped(line) for line in lines]


def _escaped(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in line)
