"""One lab for the tests of a file; each test has a renewal of its own on an ASA that is as at the start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.testing import RunningLab
from tests.unit.renewal_certificate.kit import Renewal, lab


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    with lab(tmp_path_factory.mktemp("certificate")) as found:
        yield found


@pytest.fixture
def renewal(site: RunningLab, tmp_path: Path) -> Renewal:
    return Renewal(site, tmp_path)
