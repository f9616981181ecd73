"""Runs a module as `python -m` does, without the grammar of IRIs that jsonschema compiles for seconds when it finds it.

    python -m tools.without_iris molecule test --all

It came with what makes the bill of materials. Only for who has no format of a string checked: neither molecule nor
ansible-lint gives jsonschema a checker of formats.
"""

from __future__ import annotations

import runpy
import sys
from typing import Any, cast

if __name__ == "__main__":
    cast("dict[str, Any]", sys.modules)["rfc3987_syntax"] = None
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
