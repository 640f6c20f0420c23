"""The site over a made archive, asked in this process."""

from __future__ import annotations

import asyncio
import importlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
from datasette.app import Datasette
from httpx import Response
from making.database import PORTAL, change, make_data_of_pages
from making.fengcheng import print_fengcheng
from making.html import make_html
from making.printed import print_report
from making.report import make_report
from parsel import Selector

SITE = Path(__file__).parents[2] / "site"
BODY = "示例县人民政府"
YEARS = (2019, 2020, 2021, 2023, 2024)


class Site:
    """A running site. `get` answers an address, the same one the next time; `page` its HTML, which must have come with 200."""

    def __init__(self, database: Path, **settings: object) -> None:
        self.database = database
        self.datasette = Datasette(immutables=[str(database)], config_dir=SITE, settings=settings or None)
        self.answers: dict[str, Response] = {}
        asyncio.run(self.datasette.invoke_startup())

    def get(self, path: str) -> Response:
        # What is asked twice is answered once: the database never changes under a site.
        if path not in self.answers:
            self.answers[path] = asyncio.run(self.datasette.client.get(path))
        return self.answers[path]

    def page(self, path: str) -> Selector:
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return Selector(answer.text)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(sql).fetchall()

    def module(self, name: str) -> ModuleType:
        """A module of the plugin, known once the site runs."""
        return importlib.import_module(f"reading_room.{name}")

    def report(self, body: str, year: int) -> int:
        (found,) = self.rows(f"select id from reports where issuing_body like '%{body}' and report_year = {year}")
        return found[0]


@pytest.fixture(scope="session", autouse=True)
def _archive_beside_the_database() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("NIANBAO_DATA", raising=False)
        yield


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """丰城 2023; a made county from 2019 to 2024 without 2022, its last report with cells that are no plain numbers."""
    reports = {year: print_report(make_report(7, BODY, year)) for year in YEARS}
    reports[2024] = (
        reports[2024]
        .with_figure(("requests", "received", "natural_persons"), "约12", None, "text")
        .with_figure(("requests", "disclosed", "total"), "9999", 9999)
        .with_figure(("requests", "carried_from_previous_year", "enterprises"), "", None, "blank")
        .with_figure(("proactive_disclosure", "rules", "issued"), "-", None, "dash")
    )
    single = print_report(make_report(9, "样例县人民政府", 2022, single_other_handling=True))
    made = [make_html(printed) for printed in (*reports.values(), single, print_fengcheng())]
    pages = {f"{PORTAL.column_url}{number}.html": (page.title, page.content) for number, page in enumerate(made)}
    return Site(make_data_of_pages(tmp_path_factory.mktemp("site"), pages))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """The data folder of given pages, built once."""
    known: dict[object, Path] = {}

    def build(pages: dict[str, tuple[str, bytes]], media_type: str) -> Path:
        key = (tuple(pages.items()), media_type)
        if key not in known:
            known[key] = make_data_of_pages(tmp_path_factory.mktemp("built"), pages, media_type).parent
        return known[key]

    return build


@pytest.fixture
def site_of(tmp_path: Path, built: Callable[..., Path]) -> Callable[..., Site]:
    """A site of its own: of pages, changed by SQL as no build would."""

    def make(pages: dict[str, tuple[str, bytes]], *statements: str, media_type: str = "text/html") -> Site:
        folder = built(pages, media_type)
        shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
        change(tmp_path / "nianbao.db", *statements)
        return Site(tmp_path / "nianbao.db")

    return make
