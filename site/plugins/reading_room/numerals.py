"""Numbers the way they are read best, and copied bare."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from markupsafe import Markup


@lru_cache(maxsize=8192)
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


@lru_cache(maxsize=8192)
def plain(value: float | None) -> str:
    """A number without exponent or a bare .0; empty where there is none.

    >>> plain(320.7832), plain(54.0), plain(None)
    ('320.7832', '54', '')
    """
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    written = format(Decimal(repr(value)), "f")
    return written.rstrip("0").rstrip(".") if "." in written else written
