"""What every HTML page here is made with: its files, its content security policy, its escaping.

A page is self-contained and loads nothing. Text reaches it through Jinja's autoescape alone.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from ..errors import BadInput
from .text import pieces
from .words import ENGLISH, Words

_TEMPLATES = Path(__file__).parent / "templates"


def policy(style: str, script: str) -> str:
    """The content security policy that allows these two blocks and nothing else."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def marked(text: str) -> Markup:
    """Escaped text; what stands between backquotes becomes code."""
    return Markup().join(Markup("<code>{}</code>").format(part) if code else part for code, part in pieces(text))


@functools.cache
def asset(name: str) -> str:
    """A style or script beside this code. BadInput template_missing where Ansible shipped the code without it."""
    try:
        return (_TEMPLATES / name).read_text(encoding="utf-8")
    except OSError as error:
        # Ansible ships a module's Python elsewhere, and no other file of it.
        raise BadInput(
            "the HTML report needs the template files beside its code.",
            where=str(_TEMPLATES / name),
            todo="Run the module in Ansible's worker process (its action plugin), or leave out the format html.",
            code="template_missing",
        ) from error


def styles(words: Words, *names: str) -> str:
    """These style sheets, and what the language needs of its own."""
    return "".join(map(asset, names if words.english else (*names, f"{words.language}.css")))


def spoken(words: Words) -> dict[str, Callable[..., object]]:
    """The functions by which a template takes its texts from the catalogue."""
    return {"_": words.marked, "many": words.many_marked, "say": words.say}


def template(name: str, **filters: Callable[..., object]) -> Template:
    """A template with these filters and `marked`; what it does not know is an error, never an empty place."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(marked=marked, **filters)
    environment.globals.update(spoken(ENGLISH))
    return environment.get_template(name)
