"""How well printed labels fit official lines, and the best pairing that keeps both orders."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

from extract.forms import FormTable, Line
from extract.labels import Label, likeness, read_label, similarity
from extract.rows import Row

# A pair of row and line scores by its words, its number and its headings; below the threshold it is no pair.
THRESHOLD = 0.62
LEAST_WORDS = 0.5
NUMBER_AGREES, NUMBER_DISAGREES = 0.12, -0.12
HEADING_WEIGHT = 0.15


@cache
def line_spellings(line: Line) -> tuple[Label, ...]:
    """A line's label and the other spellings met, ready to compare."""
    return tuple(read_label(text) for text in (line.label, *line.aliases))


def certainty(row: Row, line: Line) -> float:
    """How alike the words of a row's label and of its line are, 0 to 1, without the evidence around them."""
    return likeness(row.own, line_spellings(line))


@lru_cache(maxsize=65536)
def line_scores(own: Label, parents: tuple[Label, ...], table: FormTable) -> tuple[float, ...]:
    """How well a printed label fits each line of a table: its words, with number and headings as evidence (0 to about
    1.3)."""
    return tuple(_score(own, parents, line, headings) for line, headings in _targets(table))


@cache
def _targets(table: FormTable) -> tuple[tuple[Line, tuple[Label, ...]], ...]:
    return tuple((line, tuple(read_label(text) for text in table.path(line)[:-1])) for line in table.lines)


def _score(own: Label, parents: tuple[Label, ...], line: Line, headings: tuple[Label, ...]) -> float:
    score = likeness(own, line_spellings(line))
    if score < LEAST_WORDS:
        return 0.0
    number = line_spellings(line)[0].number
    if own.number and number:
        score += NUMBER_AGREES if own.number == number else NUMBER_DISAGREES
    if parents and headings:
        score += HEADING_WEIGHT * (2 * similarity(parents[-1].words, headings[-1].words) - 1)
    return score


def pair_rows(rows: Sequence[Row], table: FormTable) -> list[tuple[Row, Line, float]]:
    """Rows with the lines of a table that they were found to be, in printed order, with their scores."""
    scores = [line_scores(row.own, row.parents, table) for row in rows]
    kept = [i for i, row in enumerate(scores) if max(row) > THRESHOLD]
    lines = table.lines
    return [(rows[kept[i]], lines[j], scores[kept[i]][j]) for i, j in monotone([scores[i] for i in kept])]


def monotone(scores: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """The pairs (row, line) of the best alignment that keeps both orders; pairs below the threshold do not count.

    >>> monotone([[1.0, 0.0], [0.0, 0.9]])
    [(0, 0), (1, 1)]
    """
    height, width = len(scores), len(scores[0]) if scores else 0
    best = [[0.0] * (width + 1) for _ in range(height + 1)]
    for i in range(height - 1, -1, -1):
        row, below, here = scores[i], best[i + 1], best[i]
        right = 0.0
        for j in range(width - 1, -1, -1):
            value = below[j] if below[j] > right else right
            pair = row[j] - THRESHOLD
            if pair > 0 and pair + below[j + 1] >= value:  # of two equal rows the first is taken
                value = pair + below[j + 1]
            here[j] = right = value
    pairs, i, j = [], 0, 0
    while i < height and j < width:
        pair = scores[i][j] - THRESHOLD
        if pair > 0 and best[i][j] == pair + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs
