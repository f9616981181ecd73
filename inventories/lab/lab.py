#!/usr/bin/env python3
"""Dynamic inventory of the running lab: what `python -m lab start` wrote down (see lab/README.md)."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main() -> int:
    folder = Path(os.environ.get("VPNPHONE_LAB_DIR") or Path(__file__).resolve().parents[2] / ".lab")
    try:
        inventory = json.loads((folder / "inventory.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        print("The lab does not run. Start it with: make lab", file=sys.stderr)
        return 1
    # Here and not in group_vars: there `inventory_dir` is another inventory's, for a host that has several.
    models = Path(__file__).resolve().parents[1] / "lab_phone_models.yml"
    inventory["all"] = {"vars": {"vpnphone_phone_models_file": str(models)}}
    json.dump({} if sys.argv[1:2] == ["--host"] else inventory, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
