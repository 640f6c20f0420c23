"""Characters: Traditional to Simplified, full width to plain."""

from __future__ import annotations

import tomllib
import unicodedata
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent.parent / "data" / "names" / "simplified.toml"


def simplified(text: str) -> str:
    """The text in Simplified characters and plain (NFKC) digits and brackets; place names of today stay as they are.

    >>> simplified("海安縣２０１４年")
    '海安县2014年'
    """
    return unicodedata.normalize("NFKC", text).translate(_table())


@cache
def _table() -> dict[int, int]:
    with TABLE.open("rb") as file:
        raw = tomllib.load(file)
    return str.maketrans("".join(raw["traditional"]), "".join(raw["simplified"]))
