"""Desired profile and state in, ordered commands with their inverse out. Pure functions."""
