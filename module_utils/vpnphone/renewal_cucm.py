"""What the two modules that change a cluster in a renewal share: options, certificates from files, the diff."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .errors import BadInput
from .given import target_name
from .model import X509
from .transport.cluster import CLUSTER_SPEC, CLUSTER_VARIABLES
from .x509 import MAX_DER, read_pem

RENEWAL_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "renewal_dir": {"type": "path", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "certificate": {"type": "str", "choices": ["new", "old"], "default": "new"},
    "approval": {"type": "str", "default": ""},
    "approved_by": {"type": "str", "default": ""},
    "grace_days": {"type": "int", "default": 7},
    "unit": {"type": "str", "default": ""},
    **CLUSTER_SPEC,
}
RENEWAL_VARIABLES: dict[str, tuple[str, ...]] = {
    "approval": ("vpnphone_approval",),
    "approved_by": ("vpnphone_approved_by",),
    "grace_days": ("vpnphone_grace_days",),
    "unit": ("vpnphone_trust_unit",),
    **CLUSTER_VARIABLES,
}


def target_of(params: dict[str, Any]) -> str:
    """The cluster's name. BadInput without one, and for a way that leads nowhere."""
    name = target_name(params)
    if (params["state"], params["certificate"]) == ("present", "old"):
        raise BadInput(
            "state present with certificate old is nothing that a stage does.",
            where=name,
            todo="The old certificate comes back by the rollback: state absent with certificate new.",
        )
    if params["grace_days"] < 0:
        raise BadInput(
            f"{params['grace_days']} days are no time to wait.", where=name, todo="Correct vpnphone_grace_days."
        )
    return name


def certificates_in(files: Iterable[str]) -> list[X509]:
    """One certificate a file, PEM. BadInput for a file that is not there or holds something else."""
    found = []
    for file in files:
        path = Path(file).expanduser()
        try:
            with path.open("rb") as stream:
                text = stream.read(4 * MAX_DER + 1).decode("ascii", "replace")
        except OSError as error:
            raise BadInput(
                f"the file cannot be read: {error.strerror}.",
                where=str(path),
                todo="Correct vpnphone_pin_ca_files.",
                code="file_missing",
            ) from error
        try:
            found.append(read_pem(text))
        except ValueError as error:
            raise BadInput(
                str(error), where=str(path), todo="Give files with one certificate each, in PEM form.", code="pin_ca"
            ) from error
    return found


def diff_of(what: str, before: Sequence[str], after: Sequence[str]) -> dict[str, str]:
    """As Ansible shows it with --diff."""
    return {
        "before_header": f"{what} (before)",
        "after_header": f"{what} (after)",
        "before": "".join(f"{line}\n" for line in before),
        "after": "".join(f"{line}\n" for line in after),
    }
