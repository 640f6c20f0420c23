"""The house stays as drawn: imports in one direction, libraries behind their doors."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(path for room in ("crawler", "extract", "operations", "site/plugins") for path in (ROOT / room).rglob("*.py"))
# library → where it may be imported
DOORS = {
    "warcio": {"crawler/archive/warc.py", "crawler/archive/warc_file.py", "crawler/archive/records.py"},
    "scrapy": {
        "crawler/spiders",
        "crawler/middlewares.py",
        "crawler/extensions.py",
        "crawler/settings.py",
        "crawler/run.py",
    },
    "sqlite_utils": {"extract/database.py"},
    "bs4": {"extract/readers"},
    "selectolax": {"extract/readers"},
    "docx": {"extract/readers"},
    "pypdfium2": {"extract/readers"},
    "pdfplumber": {"extract/readers"},
    "python_calamine": {"extract/readers"},
    "olefile": {"extract/readers"},
    "rapidocr": {"extract/readers"},
    "distributed": {"crawler/cluster.py", "crawler/distributed.py"},
    "tldextract": {"crawler/estates.py"},
    "datasette": {"site/plugins", "operations/worker.py"},
    "uvicorn": {"operations/worker.py"},
}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                part = ROOT / f"{node.module}.{alias.name}".replace(".", "/")
                yield f"{node.module}.{alias.name}" if part.with_suffix(".py").exists() else node.module


def names_under(path: Path, places: set[str]) -> bool:
    here = path.relative_to(ROOT).as_posix()
    return any(here == place or here.startswith(f"{place}/") for place in places)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    for name in imported(path):
        library = name.split(".")[0]
        assert library != "nianbao"
        assert library not in DOORS or names_under(path, DOORS[library]), name
        assert library != "operations" or names_under(path, {"operations"}), name
        if names_under(path, {"crawler"}):
            assert library != "extract", name
        if names_under(path, {"site/plugins"}) and library in ("crawler", "extract"):
            assert name in ("crawler.archive", "extract.originals", "extract.search"), name


def test_nothing_in_the_tree_names_an_address_of_this_machine_or_an_index() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock and "-index-" not in lock
