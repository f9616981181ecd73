"""The phone table: roles/assess/files/phone_models.yml, or a copy that the user edited."""

from __future__ import annotations

from pathlib import Path

import msgspec
import yaml
from ansible.module_utils.common.yaml import yaml_load

from .controls.site import PhoneModel
from .errors import BadInput


def read_phone_models(path: Path) -> tuple[PhoneModel, ...]:
    """Every row. BadInput where the file cannot be read as such a table."""
    try:
        # Safe like yaml.safe_load, and in C: many modules of a run read the table.
        rows = yaml_load(path.read_bytes())
        return msgspec.convert(rows["phone_models"], tuple[PhoneModel, ...])
    except (OSError, yaml.YAMLError, KeyError, TypeError, msgspec.ValidationError) as error:
        reason = " ".join(str(error).split())
        raise BadInput(
            f"the phone table cannot be used: {reason}.",
            where=str(path),
            todo="Compare it with the head of roles/assess/files/phone_models.yml.",
            code="phone_models",
        ) from error
