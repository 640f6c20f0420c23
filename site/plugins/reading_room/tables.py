"""Drawing an official table. A report has two hundred cells, so they are put together here and not in a template, which takes
five times as long; every text is escaped where it enters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from reading_room.figures import Figure, Figures, quoted
from reading_room.numerals import figure as number
from reading_room.printed import Head, PrintedTable, Slot
from reading_room.texts import Texts
from reading_room.visit import row_address

# The unit stands in the head of this column.
IN_UNITS_OF_ITS_HEAD = {"amount_10k_yuan": "万元"}


def draw_table(table: PrintedTable, figures: Figures, texts: Texts) -> Markup:
    """The table as printed, with the report's figures in their places."""
    missing = f' title="{escape(texts["report.missing"])}"></td>'
    record = f'" aria-label="{escape(texts["report.record"])}" tabindex="-1"></a></td>'
    facts, sources = figures.facts, figures.sources
    drawn: list[str] = []
    for part in _parts(table):
        if isinstance(part, str):
            drawn.append(part)
        elif (fact := facts.get(part.address)) is None:
            drawn += (part.opening, "missing", part.closing, missing)
        elif fact.value is not None and figures.is_plain(fact):
            # Nearly all cells are plain numbers: they are put together from what was prepared.
            drawn += (
                part.zero if fact.value == 0 else part.number, sources[fact.sha256], part.anchor, number(fact.value),
                part.record, str(fact.report_id), part.keys, record,
            )  # fmt: skip
        else:
            figure = figures[part.address]
            drawn += (part.opening, figure.style, part.closing, _cell(part.slot, figure, texts), record)
    return Markup("".join(drawn))


@dataclass(frozen=True, slots=True)
class Opening:
    """The markup of a figure's place: up to the word for its state, and after it; and what surrounds a plain number."""

    slot: Slot
    address: str
    opening: str
    closing: str
    zero: str
    number: str
    anchor: str
    record: str
    keys: str


def _opening(slot: Slot) -> Opening:
    columns = f' colspan="{slot.columns}"' if slot.columns > 1 else ""
    opening, closing = f'<td id="{quoted(slot.address)}" class="figure ', f'{" total" if slot.total else ""}"{columns}'
    before, keys = row_address("facts", "", slot.table, slot.row, slot.column).split(",", 1)
    return Opening(
        slot, slot.address, opening, closing,
        f'{opening}zero{closing}><a href="', f'{opening}number{closing}><a href="', f'{quoted(slot.address)}#cell">',
        f'</a><a class="record" href="{before}', "," + keys,
    )  # fmt: skip


@lru_cache(maxsize=64)
def _parts(table: PrintedTable) -> tuple[str | Opening, ...]:
    """The printed markup with the places for figures between it."""
    joined: list[str | Opening] = []
    for part in _pieces(table):
        if isinstance(part, Slot):
            joined.append(_opening(part))
        elif joined and isinstance(joined[-1], str):
            joined[-1] += str(part)
        else:
            joined.append(str(part))
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


def _cell(slot: Slot, figure: Figure, texts: Texts) -> str:
    """What stands in the cell; styles, addresses and numbers need no quoting, all else is escaped."""
    title = f' title="{escape(figure.remark)}"' if figure.remark else ""
    spoken = f' aria-label="{escape(figure.spoken)}"' if figure.remark else ""
    fact = figure.fact.record
    return (
        f'{title}><a href="{figure.source or fact}"{spoken}>{figure.text}</a>{_unit(slot, figure, texts)}'
        f'<a class="record" href="{fact}'
    )


def _unit(slot: Slot, figure: Figure, texts: Texts) -> str:
    """The unit that an amount was printed with, where the head does not say it already."""
    unit = figure.fact.unit
    if not unit or IN_UNITS_OF_ITS_HEAD.get(slot.column) == unit:
        return ""
    return f"<small>{escape(texts.name('unit', unit))}</small>"
