"""On PYTHONPATH in `make test`: its hundreds of processes end before it pays to look for garbage.

That is 0.2 s of each start of ansible-playbook. What the product does with the collector comes later, and holds.
"""

from __future__ import annotations

import gc

gc.set_threshold(100_000, 50, 50)
