"""TTP, tamed: parsers built once a process, a private cache, results of one shape.

ttp pickles a function table into a folder: a shared one would be somebody else's code to run, a read-only one a
warning on every parser. So it gets a folder of this process's own.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape


@functools.cache
def _cache_folder() -> tempfile.TemporaryDirectory[str]:
    """Kept for the life of the process (forked workers share it and leave it alone), 0700 by mkdtemp."""
    folder = tempfile.TemporaryDirectory(prefix="vpnphone-ttp-")
    # ttp 0.9.5 writes its version only into a table that takes an older one's place; without, it builds it again.
    (Path(folder.name) / "ttp_dict_cache.pickle").write_bytes(pickle.dumps({"python_major_version": 0}))
    return folder


@contextlib.contextmanager
def _private_cache() -> Iterator[None]:
    before = os.environ.get("TTPCACHEFOLDER")
    os.environ["TTPCACHEFOLDER"] = _cache_folder().name
    try:
        yield
    finally:
        if before is None:
            del os.environ["TTPCACHEFOLDER"]
        else:
            os.environ["TTPCACHEFOLDER"] = before


class Template:
    """One ttp template; parse(text) gives its matches as a list of dicts, [] where nothing matches.

    The template is code of this project, never inventory data. Build templates at module level: 50 ms the first
    of a process, 1 ms each after.
    """

    def __init__(self, text: str) -> None:
        logging.getLogger("ttp").setLevel(logging.ERROR)
        from ttp import ttp  # after the log level: importing it must not chatter

        with _private_cache():
            self._parser = ttp(template=text)

    def parse(self, text: str) -> list[dict[str, Any]]:
        parser = self._parser
        parser.clear_input()
        parser.clear_result()
        # Not add_input(): that takes a text which happens to be a path for the name of a file, and reads the file.
        for template in parser._templates:
            template.update_input(data=[("text_data", text)])
        parser.parse(one=True)
        return [row for row in _flat(parser.result(structure="flat_list")) if row]


# Patterns for forms(), by the name that follows the bar. ttp splits at every bar, so alternatives need a name.
_PATTERNS = {"NAME": r'"[^"\n]*"|[^\s"]\S*', "REST": r"\S.*"}


def forms(text: str, **patterns: str) -> Template:
    """A template of single-line forms for answer.understood(): one form a line, each opening a row of its own.

    `{{ x | NAME }}` is a word or a quoted name, `{{ x | REST }}` all that follows; `patterns` adds others. No two
    forms may fit the same line: of such ttp takes either.
    """
    named = _PATTERNS | patterns
    lines = [f"{{{{ n | DIGIT | _start_ }}}}| {line.strip()}" for line in text.strip().splitlines()]
    body = "\n".join(lines)
    for name in named:
        body = body.replace(f"| {name} }}}}", f'| re("{name}") }}}}')
    table = "\n".join(f"{name} = {pattern!r}" for name, pattern in named.items())
    return Template(f"<vars>\n{escape(table)}\n</vars>\n<group>\n{escape(body)}\n</group>")


def _flat(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _flat(item)
