"""Writes a printed report as running text whose cell borders were lost: labels and figures stick together."""

from __future__ import annotations

import random
from collections.abc import Iterator

from making.printed import Made, Printed, PrintedTable


def write_glued(printed: Printed, *, spaces: float = 0.0, lines: bool = False, seed: int = 0) -> bytes:
    """The whole report on one line, as a page's text without its markup: `…信息22000003252.没有现成信息…`.

    `spaces` is the share of cells before or behind which a space stayed; `lines` leaves paragraphs and rows their ends.
    """
    rng = random.Random(f"glued {seed}")
    parts = (
        ("\n" if lines else "").join(_rows(part, rng, spaces)) if isinstance(part, PrintedTable) else part.text
        for part in printed.parts
    )
    return ("\n" if lines else "").join(parts).encode()


def make_glued(printed: Printed, *, spaces: float = 0.0, lines: bool = False, seed: int = 0) -> Made:
    """The text with its truth; nothing of it need be certain."""
    return Made.of(printed, write_glued(printed, spaces=spaces, lines=lines, seed=seed))


def _rows(table: PrintedTable, rng: random.Random, spaces: float) -> Iterator[str]:
    for row in table.rows:
        yield "".join(_space(rng, spaces) + cell.text + _space(rng, spaces) for cell in row)


def _space(rng: random.Random, share: float) -> str:
    return rng.choice(" \u00a0\u3000") if rng.random() < share else ""
