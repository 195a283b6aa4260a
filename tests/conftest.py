"""Fixtures that more than one test file uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import toy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def toy_city(tmp_path: Path) -> Path:
    """Return the city file of a freshly written toy town."""
    return toy.write_city(tmp_path / "toy")
