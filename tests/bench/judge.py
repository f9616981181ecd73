"""The judgement of a gathered run alone, as vpnphone_assess does it. Arguments: RUN_DIR ASA... -- CLUSTER..."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import ansible.module_utils

ROOT = Path(__file__).resolve().parents[2]
ansible.module_utils.__path__.append(str(ROOT / "module_utils"))


def main() -> int:
    run_dir, *names = sys.argv[1:]
    divider = names.index("--")
    spec = importlib.util.spec_from_file_location("vpnphone_assess", ROOT / "library" / "vpnphone_assess.py")
    if spec is None or spec.loader is None:
        return 1
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    params = {name: option.get("default") for name, option in module.ARGUMENT_SPEC.items()}
    params |= {
        "run_dir": run_dir,
        "devices": names[:divider],
        "clusters": names[divider + 1 :],
        "phone_models_file": str(ROOT / "roles" / "assess" / "files" / "phone_models.yml"),
    }
    module.execute(params)
    return 0


if __name__ == "__main__":
    sys.exit(main())
