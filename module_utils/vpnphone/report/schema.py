"""JSON Schema of the JSON files that are written, made from their types; docs/schema/ holds the copies.

Write them anew after a change of model.py: PYTHONPATH=module_utils python -m vpnphone.report.schema docs/schema
"""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from ..model import REMEDIATION_SCHEMA_VERSION, SCHEMA_VERSION, Model, Remediation, Run
from ..model.diagnosis import Diagnosis
from ..model.history import TREND_SCHEMA_VERSION, Trend
from ..model.renewal import Journal
from ..renewal.bundle import SCHEMA_VERSION as RENEWAL_SCHEMA_VERSION
from ..renewal.bundle import RenewalEvidence
from .summary import Summary

DIAGNOSIS_SCHEMA_VERSION = Diagnosis(verdict="nothing").schema
# Type, title, version.
_ROOTS: dict[str, tuple[type[Model], str, str]] = {
    "run": (Run, "One audit of Cisco ASAs for VPN phones", SCHEMA_VERSION),
    "summary": (Summary, "Summary and exit code of one audit", SCHEMA_VERSION),
    "remediation": (Remediation, "Evidence of one change of Cisco ASAs for VPN phones", REMEDIATION_SCHEMA_VERSION),
    "renewal": (RenewalEvidence, "Evidence of one certificate renewal for VPN phones", RENEWAL_SCHEMA_VERSION),
    "diagnosis": (Diagnosis, "What the logs of ASAs and VPN phones tell", DIAGNOSIS_SCHEMA_VERSION),
    "trend": (Trend, "What changed since the audit before, and what stands", TREND_SCHEMA_VERSION),
    "journal": (Journal, "Journal of one certificate renewal for VPN phones", RENEWAL_SCHEMA_VERSION),
}
# Times as a device's own clock shows them, which are of no zone that is known.
_OF_A_CLOCK = {("LogEvent", "at")}
_WITHOUT_ZONE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?$"


def file_name(kind: str) -> str:
    """The committed file of a schema ("run", "summary", "remediation", "renewal", "journal", "diagnosis", "trend")."""
    return f"{kind}-{_ROOTS[kind][2]}.json"


def schema(kind: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of what the project writes: every property present, times with a zone."""
    root, title, version = _ROOTS[kind]
    made = msgspec.json.schema(root)
    definitions: dict[str, Any] = made["$defs"]
    for name, definition in definitions.items():
        definition["description"] = inspect.cleandoc(definition["description"])
        # Writers leave nothing out; a reader may rely on it.
        definition["required"] = sorted(definition["properties"])
        for field, hint in _hints(name).items():
            if "datetime" in str(hint):
                _as_time(definition["properties"][field], zone=(name, field) not in _OF_A_CLOCK)
            if get_origin(hint) is dict and get_origin(get_args(hint)[0]) is Literal:
                # msgspec leaves the keys open.
                definition["properties"][field]["propertyNames"] = {"enum": sorted(get_args(get_args(hint)[0]))}
    # A journal calls it otherwise, and says by its type which one it takes.
    for name in {"schema_version"} | ({"schema"} if root is Diagnosis else set()):
        if name in definitions[root.__name__]["properties"]:
            definitions[root.__name__]["properties"][name] = {"const": version}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:vpnphone:schema:{kind}:{version}",
        "title": title,
        "version": version,
        **made,
    }


def text(kind: str) -> str:
    """The content of the committed file."""
    return json.dumps(schema(kind), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _hints(name: str) -> dict[str, Any]:
    known: dict[str, type[Model]] = {cls.__name__: cls for cls in _subclasses(Model)}
    return get_type_hints(known[name])


def _subclasses(cls: type[Model]) -> list[type[Model]]:
    return [found for child in cls.__subclasses__() for found in (child, *_subclasses(child))]


def _as_time(definition: dict[str, Any], *, zone: bool) -> None:
    """msgspec leaves the format off, as it would take a time without zone too."""
    for part in definition.get("anyOf", [definition]):
        if part.get("type") == "string" and zone:
            part["format"] = "date-time"
        elif part.get("type") == "string":
            part["pattern"] = _WITHOUT_ZONE


def main(folder: str) -> None:
    """Write every schema into a folder."""
    for kind in _ROOTS:
        Path(folder, file_name(kind)).write_text(text(kind), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
