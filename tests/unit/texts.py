"""Answers of ASAs in tests/unit/fixtures, by the name of their file."""

from __future__ import annotations

from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures"


def answer(name: str) -> str:
    """Of a show command."""
    return (FIXTURES / "show" / f"{name}.txt").read_text(encoding="utf-8")


CONFIG = (FIXTURES / "config" / "running-9.16.txt").read_text(encoding="utf-8")
VERSION = answer("version-9.16-asav")
