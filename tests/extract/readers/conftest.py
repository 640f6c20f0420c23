"""What the tests of readers share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def office_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which LibreOffice works for the tests: one for all of them, so that it starts afresh only once."""
    return tmp_path_factory.mktemp("office")
