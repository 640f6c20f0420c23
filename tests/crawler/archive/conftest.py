"""An archive of two runs, made once for the tests of a file, and copied for each that damages it."""

import shutil
from pathlib import Path

import pytest
from making.archived import two_runs


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    return two_runs(tmp_path_factory.mktemp("made") / "archive")


@pytest.fixture
def archive(made, tmp_path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "archive"))
