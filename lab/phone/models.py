"""The models of models.yml."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from ..spec import Spec

TABLE = Path(__file__).parent / "models.yml"


class Model(Spec, frozen=True, kw_only=True):
    """One row; versions lowest first, suites in the phone's order."""

    versions: tuple[Literal["tlsv1", "tlsv1.1", "tlsv1.2"], ...]
    suites: tuple[str, ...]
    dtls_versions: tuple[Literal["dtlsv1", "dtlsv1.2"], ...]
    dtls_suites: tuple[str, ...]
    sni: bool = False
    console: Literal["old", "new"]
    web: Literal["serviceability", "device"]


class _Table(Spec, frozen=True):
    models: dict[str, Model]


@lru_cache(maxsize=1)
def models() -> dict[str, Model]:
    """Every model that the lab knows, by name."""
    return msgspec.yaml.decode(TABLE.read_bytes(), type=_Table).models
