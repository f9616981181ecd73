"""The phone table: roles/assess/files/phone_models.yml, or a copy that the user edited."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec
import yaml
from ansible.module_utils.common.yaml import yaml_load

from .controls.site import PhoneModel
from .errors import BadInput


def read_phone_models(path: Path) -> tuple[PhoneModel, ...]:
    """Every row. BadInput where the file cannot be read as such a table."""
    try:
        return _models(path.read_bytes())
    except (OSError, yaml.YAMLError, KeyError, TypeError, msgspec.ValidationError) as error:
        reason = " ".join(str(error).split())
        raise BadInput(
            f"the phone table cannot be used: {reason}.",
            where=str(path),
            todo="Compare it with the head of roles/assess/files/phone_models.yml.",
            code="phone_models",
        ) from error


@lru_cache(maxsize=1)
def _models(table: bytes) -> tuple[PhoneModel, ...]:
    # Safe like yaml.safe_load, and in C: many modules of a run read the table.
    return msgspec.convert(yaml_load(table)["phone_models"], tuple[PhoneModel, ...])
