"""The options of vpnphone_asa_profile as what a change needs, and a change as what the module gives back."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from .apply.engine import Settings
from .apply.keep import RunFiles
from .apply.send import Planner
from .controls.site import Declared
from .errors import BadInput, VpnPhoneError
from .model import Area, Change
from .phone_models import read_phone_models
from .plan.desired import desired_of
from .plan.lines import typed_lines
from .plan.make import make_plan, plan_hash, state_hash
from .plan.render import change_text, config_diff, plan_text


def declared_of(params: dict[str, Any]) -> Declared:
    return msgspec.convert({**(params["declared"] or {}), "models_in_use": params["models_in_use"]}, Declared)


def settings_of(name: str, params: dict[str, Any], check_mode: bool) -> Settings:
    return Settings(
        device=name,
        context=params["context"] or "",
        plan_hash=approved_hash(params["plan_hash"], name),
        check=check_mode,
        save=params["save"],
        accept_unsaved=params["accept_unsaved"],
        recovery_seconds=params["recovery_seconds"],
    )


def planner_of(params: dict[str, Any]) -> Planner:
    desired = desired_of(params["profile"])
    path = params["phone_models_file"]
    if desired.ssl is not None and not path:
        raise BadInput(
            "a cipher list is desired, and without the phone table nobody knows whom it locks out.",
            where="phone_models_file",
            todo="Set vpnphone_phone_models_file (roles/assess/files/phone_models.yml).",
            code="phone_models",
        )
    approved: set[Area] = set()
    if params["approve_ssl"]:
        approved.add("ssl")
    if params["approve_dap_xml"]:
        approved.add("dap_xml")
    make = partial(
        make_plan,
        desired=desired,
        approved=frozenset(approved),
        table=read_phone_models(Path(path)) if path else (),
        models_in_use=tuple(params["models_in_use"]),
    )
    return Planner(plan=lambda state, dap: make(state, dap_text=dap), state_hash=state_hash, plan_hash=plan_hash)


def approved_hash(given: object, name: str) -> str | None:
    """None: any plan. A dictionary without this device approves no plan of it."""
    if given is None or given == "":
        return None
    if isinstance(given, Mapping):
        return str(given.get(name, ""))
    if isinstance(given, str):
        return given.strip()
    raise BadInput(
        f"{type(given).__name__} is no hash of a plan.",
        where="plan_hash",
        todo="Set vpnphone_plan_hash to the plan_hash of a check run, or to a dictionary of them by device.",
    )


def keep_refusal(given: Mapping[str, Any], reason: str) -> None:
    """Keep in the run that the arguments of this device were refused, so that its report says why."""
    name, run_dir = given.get("name") or given.get("host"), given.get("run_dir")
    if not name or not run_dir:
        return
    error = BadInput(f"{reason}.", todo="Correct the variable that this option is taken from (docs/inventory.md).")
    with contextlib.suppress(VpnPhoneError):  # the task fails in any case
        RunFiles(Path(str(run_dir)).expanduser(), str(name), Declared()).failed(error)


def result_of(change: Change, change_file: str, *, details: bool) -> dict[str, Any]:
    before, after = config_diff(change.plan)
    result: dict[str, Any] = {
        "changed": change.outcome in ("planned", "applied", "partial", "unknown"),
        "outcome": change.outcome,
        "text": change_text(change),
        "diff": [
            {"before": before, "after": after, "before_header": change.device, "after_header": change.device},
            {"prepared": plan_text(change.plan)},
        ],
        "plan_hash": change.plan.hash,
        "saved": change.saved,
        "save_note": change.save_note,
        "backups": list(change.backups),
        "warnings": [f"{change.device}: {line}" for line in (*change.warnings, *_unsaved(change))],
        "change_file": change_file,
    }
    if details:
        result |= {
            "commands": [line.strip() for line in typed_lines(change.plan.steps)],
            "before": before,
            "after": after,
            "plan": msgspec.to_builtins(change.plan),
            "sent": msgspec.to_builtins(change.sent),
            "standing": msgspec.to_builtins(change.standing),
        }
    if change.error:
        result |= {"failed": True, "error": dict(change.error), "msg": _sentence(change.error)}
    return result


def _sentence(error: Mapping[str, str]) -> str:
    return f"{error['where']}: {error['what']} To do: {error['todo']} [{error['code']}]"


def _unsaved(change: Change) -> tuple[str, ...]:
    """A device with nothing to do may still have something unsaved."""
    return (change.save_note,) if change.outcome == "nothing_to_do" and change.save_note else ()
