"""What vpnphone_phone_apply makes of its options: sane numbers, the site as gathered, the way to the phones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from .controls.site import Site
from .controls.site_context import SiteContext
from .errors import BadInput, DeviceUnreachable
from .gather_wave import ClusterGround, Sessions
from .phone_models import read_phone_models
from .phone_places import check_patience, serving_nodes
from .renewal.gathered import read_site
from .transport.node_files import FileLimits

# Option and the least that makes sense of it.
_LEAST = {"batch_size": 1, "max_failures": 0, "proof_timeout": 1, "settle_timeout": 0, "offline_after": 0}
_OF_THE_SITE = ("zone_minutes", "clock_skew_seconds", "ecdsa_fixed_in")


def check_numbers(name: str, params: Mapping[str, Any], variables: Mapping[str, tuple[str, ...]]) -> None:
    """BadInput for a number that makes no sense, with the variable that it comes from."""
    check_patience(name, params)
    wrong = next((option for option, least in _LEAST.items() if params[option] < least), "")
    if not wrong and not 0 < params["poll_seconds"] <= params["proof_timeout"]:
        wrong = "poll_seconds"
    if wrong:
        raise BadInput(
            f"{wrong} is {params[wrong]}, which makes no sense.", where=name, todo=f"Correct {variables[wrong][0]}."
        )


def gathered(name: str, params: Mapping[str, Any], asas: Iterable[str]) -> SiteContext:
    """Everything of this run that what is foretold of the cluster's phones rests on.

    BadInput for parameters of the site; DeviceUnreachable where the cluster was not read.
    """
    models = read_phone_models(Path(params["phone_models_file"]))
    values = {key: params[key] for key in _OF_THE_SITE}
    try:
        site = msgspec.convert(values | {"phone_models": models}, Site)
    except msgspec.ValidationError as error:
        raise BadInput(f"a parameter of the site makes no sense: {error}.", where=name, todo="Correct it.") from error
    seen = read_site(Path(params["run_dir"]), asas, (name,), site, datetime.now(UTC))
    for lost in seen.lost:
        if lost.kind == "cucm":
            raise DeviceUnreachable(
                f"its phones were not told anything, since the cluster was not read: {lost.failure.what}",
                where=name,
                todo=lost.failure.todo,
                code=lost.failure.code,
            )
    return seen.clusters[0]


def ground_of(name: str, sessions: Sessions, params: Mapping[str, Any], base: SiteContext) -> ClusterGround:
    """The cluster and its phones. BadInput tftp_nodes_unknown."""
    return ClusterGround(
        name,
        sessions,
        serving_nodes(name, params["tftp_nodes"], base.cucm.tftp_nodes),
        via=params["via"],
        parallel=params["parallel"],
        limits=FileLimits(idle=params["file_timeout"], total=10 * params["file_timeout"]),
        addresses=params["phone_web_addresses"],
    )
