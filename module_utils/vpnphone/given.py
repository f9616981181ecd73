"""What every module checks of its options before anything else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .errors import BadInput


def target_name(params: Mapping[str, Any]) -> str:
    """The name of the device or cluster that a task is for. BadInput host_missing without one."""
    name = str(params["name"] or params["host"] or "")
    if not name:
        raise BadInput("neither name nor host is given.", todo="Set one of them.", code="host_missing")
    return name


def time_of(started: str | None, now: datetime) -> datetime:
    """The option `started` as a time, UTC where it names no zone; now where it is left out. BadInput."""
    if not started:
        return now
    try:
        found = datetime.fromisoformat(started.replace("Z", "+00:00"))
    except ValueError as error:
        raise BadInput(f"started {started!r} is not an ISO 8601 time.", todo="Leave it out.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def check_limits(
    params: Mapping[str, Any],
    limits: Mapping[str, tuple[int, int]],
    variables: Mapping[str, tuple[str, ...]],
    where: str,
) -> None:
    """limits: option to its least and its most; variables: option to its inventory variables. BadInput out of them."""
    for option, (least, most) in limits.items():
        if not least <= params[option] <= most:
            raise BadInput(
                f"{option} is {params[option]}; expected {least} to {most}.",
                where=where,
                todo=f"Correct {variables[option][0]}.",
            )
