"""Snippets: the place in a text where what was sought stands, with every such place marked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

# A piece of text, and whether it is what was sought.
Piece = tuple[str, bool]
# So many characters are shown before and after the first place.
BEFORE, AFTER = 28, 96


def marked(text: str, wanted: Sequence[str]) -> tuple[Piece, ...]:
    """A whole text with the wanted terms marked.

    >>> marked("丰城市2023年", ["丰城", "2023"])
    (('丰城', True), ('市', False), ('2023', True), ('年', False))
    """
    pattern = _pattern(tuple(wanted))
    pieces: list[Piece] = []
    at = 0
    for place in pattern.finditer(text) if pattern else ():
        if place.start() > at:
            pieces.append((text[at : place.start()], False))
        pieces.append((place.group(), True))
        at = place.end()
    return (*pieces, (text[at:], False)) if at < len(text) else tuple(pieces)


def snippet(text: str, wanted: Sequence[str]) -> tuple[Piece, ...]:
    """The stretch of a text around the first place; its beginning where none is found as written."""
    pattern = _pattern(tuple(wanted))
    place = pattern.search(text) if pattern else None
    if place is None and pattern is not None and not text.isascii():
        # Full-width figures and letters are found by their plain forms only.
        text = unicodedata.normalize("NFKC", text)
        place = pattern.search(text)
    start = max(0, place.start() - BEFORE) if place else 0
    end = min(len(text), (place.end() if place else 0) + AFTER)
    cut = " ".join(text[start:end].split())
    return tuple(_framed(marked(cut, wanted), start > 0, end < len(text)))


def _framed(pieces: Sequence[Piece], before: bool, after: bool) -> Iterator[Piece]:
    if before:
        yield "…", False
    yield from pieces
    if after:
        yield "…", False


@lru_cache(maxsize=256)
def _pattern(wanted: tuple[str, ...]) -> re.Pattern[str] | None:
    """What finds the terms in a text as written, where signs and line breaks may stand between two characters."""
    between = r"[\W_]*"
    spelled = (
        between.join(re.escape(sign) for sign in term if sign != " ") for term in sorted(wanted, key=len, reverse=True)
    )
    joined = "|".join(filter(None, spelled))
    return re.compile(joined, re.IGNORECASE) if joined else None
