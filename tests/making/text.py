"""Writes a printed report as text with one cell a line, as a word processor's "save as text" leaves it."""

from __future__ import annotations

from making.printed import Made, Printed, PrintedTable


def write_text(printed: Printed) -> bytes:
    """A paragraph a line; a cell a line after a TAB, one that reaches down a lone TAB; an empty line ends a row."""
    lines: list[str] = []
    for part in printed.parts:
        lines += table_lines(part) if isinstance(part, PrintedTable) else [part.text]
    return "\n".join(lines).encode()


def make_text(printed: Printed) -> Made:
    """The text file with its truth."""
    return Made.of(printed, write_text(printed))


def table_lines(table: PrintedTable) -> list[str]:
    """The lines of one table."""
    lines = []
    for row in table.spread():
        lines += ["\t" + ("" if reaches_down else cell.text) for cell, reaches_down in row]
        lines.append("")
    return lines
