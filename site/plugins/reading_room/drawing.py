"""Drawing: pages through their templates, where every text is escaped, and figures the way they are read best."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reading_room.visit import TABLES, Page, Visit, row_address

SITE = Path(__file__).parents[2]
STYLESHEET = SITE / "static" / "reading_room.css"


def draw(page: Page, visit: Visit) -> str:
    """A page as HTML."""
    template = _environment().get_template(page.template)
    return template.render(page.shown, visit=visit, t=visit.texts, link=visit.link)


def figure(value: float | None) -> Markup:
    """A number in groups of three, parted by style alone, so that copying it gives the bare number.

    >>> figure(1234.5)
    Markup('1<span class="k">234</span>.5')
    """
    whole, dot, rest = plain(value).partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    first = len(digits) % 3 or min(3, len(digits))
    groups = [digits[at : at + 3] for at in range(first, len(digits), 3)]
    return Markup(sign + digits[:first] + "".join(f'<span class="k">{group}</span>' for group in groups) + dot + rest)


def plain(value: float | None) -> str:
    """A number without exponent or a bare .0; empty where there is none.

    >>> plain(320.7832), plain(54.0), plain(None)
    ('320.7832', '54', '')
    """
    if value is None:
        return ""
    written = format(Decimal(repr(value)), "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def outside(address: str | None) -> str:
    """An address met in the wild where it can be followed safely: http or https; otherwise empty."""
    try:
        return address if address and urlsplit(address).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def day(moment: str | None) -> str:
    """The day of an ISO moment."""
    return (moment or "")[:10]


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
    environment.filters |= {"figure": figure, "plain": plain, "outside": outside, "day": day}
    version = hashlib.sha256(STYLESHEET.read_bytes()).hexdigest()[:8]
    environment.globals |= {
        "table_pages": TABLES,
        "row_address": row_address,
        "stylesheet": f"/static/{STYLESHEET.name}?{version}",
    }
    return environment
