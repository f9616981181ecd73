"""The shared table asserts too: let pytest explain its assertions as it does those of the test files."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.unit.controls_site.kit")
