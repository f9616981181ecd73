"""Simulated phones."""
