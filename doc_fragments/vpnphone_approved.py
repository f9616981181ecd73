"""A stage of a renewal that does only what was approved."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of every module that names this fragment; their argument spec stands beside the code that reads them."""

    DOCUMENTATION = r"""
options:
  renewal_dir:
    description: Directory of the renewal, where its journal lies.
    type: path
    required: true
  approval:
    description: The token of the plan that is approved, from a planning run. From C(vpnphone_approval).
    type: str
    default: ""
  approved_by:
    description: Name of the person who approves. From C(vpnphone_approved_by).
    type: str
    default: ""
"""
