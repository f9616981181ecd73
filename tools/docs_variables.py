"""docs/variables.md: every inventory variable that a module or a role reads, from their argument specs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tools.documented import documentation, load

ROOT = Path(__file__).resolve().parent.parent
_HEAD = "<!-- Made by tools/generate_docs.py from the modules; do not edit. -->\n\n"
# More are counted, not named.
_MANY = 4


class Use(NamedTuple):
    """One option of one module that a variable fills."""

    module: str
    option: str
    spec: dict[str, Any]
    text: str


def render() -> str:
    """The whole page."""
    uses: dict[str, list[Use]] = {}
    for variable, use in [*_of_modules(), *_of_roles()]:
        uses.setdefault(variable, []).append(use)
    lines = [
        "# Inventory variables, from the argument specs",
        "",
        "Each variable that a module or a role reads, with its type, what holds without it, and where it goes."
        " By topic, with examples: [inventory.md](inventory.md)."
        " A module's own page: `ansible-doc -t module -M library NAME`.",
        "",
        "| variable | type | without it | meaning | read by |",
        "|---|---|---|---|---|",
    ]
    return _HEAD + "\n".join([*lines, *(_row(name, uses[name]) for name in sorted(uses))]) + "\n"


def _row(variable: str, uses: list[Use]) -> str:
    first = uses[0]
    kind = str(first.spec.get("type", "str"))
    if kind == "list":
        kind = f"list of {first.spec.get('elements', 'str')}"
    choices = first.spec.get("choices")
    if choices:
        kind = " \\| ".join(f"`{choice}`" for choice in choices)
    default = first.spec.get("default")
    words = "" if default in (None, "", [], {}) else f"`{_plain(default)}`"
    words = "must be given" if first.spec.get("required") else words
    options = dict.fromkeys(use.option for use in uses)
    readers = [f"{_readers([use.module for use in uses if use.option == option])} `{option}`" for option in options]
    return f"| `{variable}` | {kind} | {words} | {_cell(first.text)} | {', '.join(readers)} |"


def _readers(names: list[str]) -> str:
    names = list(dict.fromkeys(names))
    return ", ".join(names) if len(names) < _MANY else f"{len(names)} modules"


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else _cell(str(value))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# --- modules ----------------------------------------------------------------------------------------------------------


def _of_modules() -> Iterator[tuple[str, Use]]:
    for path in sorted((ROOT / "library").glob("vpnphone_*.py")):
        module = load(path)
        options = documentation(module)["options"]
        for option, names in getattr(module, "INVENTORY_VARIABLES", {}).items():
            spec, text = _described(module.ARGUMENT_SPEC, options, option)
            for name in names:
                yield name, Use(path.stem, option, spec, text)


def _described(specs: dict[str, Any], options: dict[str, Any], dotted: str) -> tuple[dict[str, Any], str]:
    """The spec of an option and the first sentence that its module says of it."""
    head, _, below = dotted.partition(".")
    if below:
        return _described(specs[head]["options"], options[head]["suboptions"], below)
    return specs[head], _first(options[head]["description"])


def _first(description: Any) -> str:
    text = description if isinstance(description, str) else " ".join(description[:1])
    return re.split(r"(?<=[.])\s", text.strip())[0]


# --- roles ------------------------------------------------------------------------------------------------------------

_GIVEN = re.compile(r"\{\{ (?P<name>vpnphone_[a-z_]+)(?: \| default\((?P<default>.*)\))? \}\}")


def _of_roles() -> Iterator[tuple[str, Use]]:
    """A role's options take an inventory variable by their default."""
    for path in sorted((ROOT / "roles").glob("*/meta/argument_specs.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values():
            for option, spec in entry.get("options", {}).items():
                given = _GIVEN.fullmatch(str(spec.get("default", "")))
                if given:
                    told = {**spec, "default": (given["default"] or "").strip("'\"")}
                    yield given["name"], Use(f"role {path.parts[-3]}", option, told, _first(spec["description"]))
