"""Drawing an official table. A report has two hundred cells, so they are put together here and not in a template, which takes
five times as long; every text is escaped where it enters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from markupsafe import Markup, escape

from reading_room.figures import Figure
from reading_room.printed import Head, PrintedTable, Slot
from reading_room.texts import Texts

# The unit stands in the head of this column.
IN_UNITS_OF_ITS_HEAD = {"amount_10k_yuan": "万元"}


def draw_table(table: PrintedTable, figures: Mapping[str, Figure], texts: Texts) -> Markup:
    """The table as printed, with the report's figures in their places."""
    missing = escape(texts["report.missing"])
    record = escape(texts["report.record"])
    return Markup("").join(
        part if isinstance(part, Markup) else _cell(part, figures.get(part.address), texts, missing, record)
        for part in _parts(table)
    )


@lru_cache(maxsize=64)
def _parts(table: PrintedTable) -> tuple[Markup | Slot, ...]:
    """The printed markup with the places for figures between it."""
    joined: list[Markup | Slot] = []
    for part in _pieces(table):
        if isinstance(part, Markup) and joined and isinstance(joined[-1], Markup):
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)


def _pieces(table: PrintedTable) -> Iterator[Markup | Slot]:
    yield Markup('<table class="official {}" aria-labelledby="{}">').format(table.layout, table.key)
    for tag, rows in (("thead", table.head), ("tbody", table.body)):
        if rows:
            yield Markup(f"<{tag}>")
            for row in rows:
                yield Markup("<tr>")
                yield from (_head(each) if isinstance(each, Head) else each for each in row)
                yield Markup("</tr>\n")
            yield Markup(f"</{tag}>")
    yield Markup("</table>")


def _head(head: Head) -> Markup:
    tag, scope = ("td", "") if head.scope == "corner" else ("th", f' scope="{head.scope}"')
    rows = f' rowspan="{head.rows}"' if head.rows > 1 else ""
    columns = f' colspan="{head.columns}"' if head.columns > 1 else ""
    label = f' class="l{head.label}"' if head.label is not None else ' class="total"' if head.total else ""
    own = f' title="{escape(head.official)}"' if head.official else ""
    marked = ' class="own"' if head.official else ""
    return Markup(f"<{tag}{scope}{rows}{columns}{label}{own}><span{marked}>{escape(head.text)}</span></{tag}>")


def _cell(slot: Slot, figure: Figure | None, texts: Texts, missing: str, record: str) -> Markup:
    columns = f' colspan="{slot.columns}"' if slot.columns > 1 else ""
    total = " total" if slot.total else ""
    address = escape(slot.address)
    if figure is None:
        return Markup(f'<td id="{address}" class="figure missing{total}"{columns} title="{missing}"></td>')
    title = f' title="{escape(figure.remark)}"' if figure.remark else ""
    spoken = f' aria-label="{escape(figure.spoken)}"' if figure.spoken else ""
    fact = escape(figure.fact.record)
    return Markup(
        f'<td id="{address}" class="figure {escape(figure.style)}{total}"{columns}{title}>'
        f'<a href="{escape(figure.source) or fact}"{spoken}>{escape(figure.text)}</a>{_unit(slot, figure, texts)}'
        f'<a class="record" href="{fact}" aria-label="{record}" tabindex="-1"></a></td>'
    )


def _unit(slot: Slot, figure: Figure, texts: Texts) -> str:
    """The unit that an amount was printed with, where the head does not say it already."""
    unit = figure.fact.unit
    if not unit or IN_UNITS_OF_ITS_HEAD.get(slot.column) == unit:
        return ""
    return f"<small>{escape(texts.name('unit', unit))}</small>"
