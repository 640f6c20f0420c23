"""A public site: both processes over one data folder, as deploy/ starts them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from making.database import PORTAL, make_data_of_pages
from making.fengcheng import print_fengcheng
from making.html import make_html
from making.server import started


@dataclass(frozen=True)
class Public:
    """Its data folder, and of each process the supervisor and the address."""

    data: Path
    pages: subprocess.Popen[str]
    pages_at: str
    sql: subprocess.Popen[str]
    sql_at: str


@pytest.fixture(scope="session")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Public]:
    """Both processes; the archive holds one report."""
    page = make_html(print_fengcheng())
    data = make_data_of_pages(
        tmp_path_factory.mktemp("public"), {f"{PORTAL.column_url}0.html": (page.title, page.content)}
    ).parent
    with started(data, "--role", "pages", "--workers", "1") as (pages, pages_at), started(data, "--role", "sql") as (sql, sql_at):
        yield Public(data, pages, pages_at, sql, sql_at)
