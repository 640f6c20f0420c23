"""Drawing: pages through their templates, where every text is escaped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reading_room.charts import sparkline_svg, svg
from reading_room.numerals import figure, plain
from reading_room.series import draw_rows
from reading_room.tables import draw_table
from reading_room.visit import SITE, TABLES, Page, Visit

if TYPE_CHECKING:
    from reading_room.changes import Change

STYLESHEET = SITE / "static" / "reading_room.css"


def draw(page: Page, visit: Visit) -> str:
    """A page as HTML."""
    template = _environment().get_template(page.template)
    return template.render(page.shown, visit=visit, t=visit.texts, link=visit.link)


def outside(address: str | None) -> str:
    """An address met in the wild where it can be followed safely: http or https; otherwise empty."""
    try:
        return address if address and urlsplit(address).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def day(moment: str | None) -> str:
    """The day of an ISO moment."""
    return (moment or "")[:10]


def moment(told: str | None) -> str:
    """An ISO moment as people read it."""
    return (told or "").replace("T", " ").replace("Z", " UTC")


def days(changes: Iterable[Change]) -> Iterator[tuple[str, list[Change]]]:
    """Changes by the day on which they were met."""
    for key, group in groupby(changes, key=lambda change: day(change.moment)):
        yield key, list(group)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(SITE / "templates" / "reading_room"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "figure": figure,
        "plain": plain,
        "outside": outside,
        "day": day,
        "days": days,
        "moment": moment,
    }
    version = hashlib.sha256(STYLESHEET.read_bytes()).hexdigest()[:8]
    environment.globals |= {
        "table_pages": TABLES,
        "draw_table": draw_table,
        "draw_rows": draw_rows,
        "svg": svg,
        "sparkline_svg": sparkline_svg,
        "stylesheet": f"/static/{STYLESHEET.name}?{version}",
    }
    return environment
