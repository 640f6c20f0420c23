"""What the whole reading makes of a document, to hold against the truth of what was made."""

from __future__ import annotations

from extract.alignment import align
from extract.document import Document
from extract.facts import Fact, read_facts
from extract.forms import load_forms
from extract.rows import rows_of
from making.figures import Address
from making.printed import Value


def facts_of(document: Document) -> dict[Address, Fact]:
    """The figures found in a document."""
    facts, _ = read_facts(document, align(rows_of(document), tuple(load_forms().values())))
    return facts


def figures_of(document: Document) -> dict[Address, Value]:
    """The figures found in a document, as numbers."""
    return {address: fact.value for address, fact in facts_of(document).items()}


def texts_of(document: Document) -> list[list[str | None]]:
    """Every row of every grid, by the text in each place."""
    return [[cell.text if cell else None for cell in row] for grid in document.grids for row in grid.rows]
