"""Logging and debug of an ASA for a limited time: planned, switched on, collected, put back (F-040, F-060)."""
