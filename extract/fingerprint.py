"""What every reading depends on besides its document, as one digest: so that nobody must remember to raise a number."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from extract import readers
from extract.readers.office import PROGRAMS

ROOT = Path(__file__).parent.parent
# The code that reads, and the forms, names and rules that it reads by.
READ_BY = (
    "extract/**/*.py",
    "extract/*.sql",
    "crawler/*.py",
    "data/forms/**/*.toml",
    "data/names/**/*",
    "data/divisions/**/*",
    "data/corrections/**/*.toml",
)


@cache
def fingerprint(root: Path = ROOT) -> str:
    """A digest of the reading code, the data it reads by, and the libraries and programs that are installed."""
    digest = hashlib.sha256(f"{readers.VERSION}\n{sys.version}\n".encode())
    for line in (*_installed(), *_files(root)):
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def _files(root: Path) -> Iterator[str]:
    for path in sorted({path for pattern in READ_BY for path in root.glob(pattern) if path.is_file()}):
        if path.suffix != ".pyc":
            yield f"{path.relative_to(root).as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}"


def _installed() -> Iterator[str]:
    """Libraries with their versions, as their folders are named; LibreOffice, where it is."""
    yield from sorted({found.name for folder in sys.path for found in Path(folder).glob("*.dist-info")})
    yield from (program for program in PROGRAMS if shutil.which(program))
