"""What every test may use: the project's root, and programs that may be missing on a reader's machine but not in CI."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def root() -> Path:
    """The clone's folder."""
    return Path(__file__).parent.parent


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """The path of a system program; without it the test is left out, or fails where CI=true."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            leave_out = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            leave_out(f"{name} is not installed (see tests/packages.sh)")
        return path

    return find
