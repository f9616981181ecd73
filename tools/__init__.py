"""What is run by hand and by make, as `python -m tools.<name>`: the audit with a lab, generated pages, releases."""

from __future__ import annotations

import sys
from pathlib import Path

import ansible.module_utils

_SHARED = str(Path(__file__).resolve().parent.parent / "module_utils")

# The product's code, by its own name and by the one that modules import it under.
if _SHARED not in sys.path:
    sys.path.insert(0, _SHARED)
if _SHARED not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(_SHARED)
