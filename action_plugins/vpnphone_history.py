"""Runs in the worker process: see vpnphone_runner.py."""

from __future__ import annotations

from ansible.plugins.loader import action_loader

ActionModule = action_loader.get("vpnphone_runner", class_only=True).of("vpnphone_history")
