"""Keeps Cisco VPN phones connected: gather, judge, report (Cisco document 116162).

PRIVATE to this project: the playbooks and modules are the interface; these names may change.
"""

from __future__ import annotations

VERSION = "0.1.0"
