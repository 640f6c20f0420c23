"""What a cell says: its number, or in which of several ways it says none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

import cn2an

Number = int | Decimal


class State(StrEnum):
    """What stands in a cell. Only `number` and `reconstructed` have a value; a printed zero is the number 0."""

    NUMBER = "number"
    BLANK = "blank"
    DASH = "dash"
    SLASH = "slash"
    TEXT = "text"
    RECONSTRUCTED = "reconstructed"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Figure:
    """A cell's statement: value (None unless a number), state, the printed text, the unit printed beside the number."""

    value: Number | None
    state: State
    printed: str
    unit: str | None = None


# NFKC has already made half-width forms of ／ － ， and full-width digits.
NOT_REPORTED = {"": State.BLANK, "/": State.SLASH, "\\": State.SLASH} | dict.fromkeys(
    ["-", "--", "---", "—", "——", "–", "―", "─", "−", "一一"], State.DASH
)
SIGNS = {"+": 1, "增": 1, "增加": 1, "-": -1, "−": -1, "减": -1, "减少": -1, "": 1}
COUNTED = "件|条|项|个|次|宗|份|人次|人|例|起|篇|期"
NUMBER = re.compile(
    rf"(?P<sign>\+|-|−|增加?|减少?)?"
    rf"(?P<digits>\d{{1,3}}(?:,\d{{3}})+|\d+)(?P<decimals>\.\d+)?"
    rf"(?P<unit>万元|元|{COUNTED})?"
)
CHINESE = re.compile(rf"(?P<digits>[零〇一二三四五六七八九十百千万两]+)(?P<unit>万元|元|{COUNTED})?")
MONEY = ("元", "万元")
# Two numbers or one with a gap; the numeral one or a typed dash. A line break inside a narrow cell parts nothing.
UNCERTAIN = re.compile(r"\d[^\S\n]+\d|^一$")
EXACT = 15  # decimal digits of a number of 64 bits, floating or not
NONE_IN_WORDS = {"无", "空", "没有", "暂无", "未统计", "不适用", "空白"}


@lru_cache(maxsize=65536)
def read_figure(text: str, *, chinese: bool = False) -> Figure:
    """What a cell says: its number with the unit printed in it, or blank, dash, slash, text. Never a default.

    `chinese`: the table around it counts in Chinese numerals, so that a lone 一 is the number and no typed dash.

    >>> read_figure("１２,345件").value, read_figure("160.5964万元").unit, read_figure(" ").state.value
    (12345, '万元', 'blank')
    >>> read_figure("约12").state.value, read_figure("减4").value
    ('text', -4)
    """
    folded = unicodedata.normalize("NFKC", text)
    plain = "".join(folded.split())
    if state := NOT_REPORTED.get(plain):
        return Figure(None, state, text)
    if UNCERTAIN.search(folded.strip()) and not (chinese and plain == "一"):
        return Figure(None, State.UNREADABLE, text)
    if match := NUMBER.fullmatch(plain):
        digits = match["digits"].replace(",", "") + (match["decimals"] or "")
        return _number(Decimal(digits) * SIGNS[match["sign"] or ""], text, match["unit"])
    if match := CHINESE.fullmatch(plain):
        try:
            return _number(Decimal(str(cn2an.cn2an(match["digits"], "smart"))), text, match["unit"])
        except ValueError:  # 一三十 and the like: not a number in Chinese either
            return Figure(None, State.TEXT, text)
    return Figure(None, State.TEXT, text)


def _number(value: Decimal, text: str, unit: str | None) -> Figure:
    """The figure of a number; one of more digits than JSON and SQLite hold exactly is several that ran together."""
    if len(value.normalize().as_tuple().digits) > EXACT or value.adjusted() >= EXACT:
        return Figure(None, State.UNREADABLE, text)
    return Figure(_whole(value), State.NUMBER, text, _money(unit))


def counts_in_chinese(texts: Iterable[str]) -> bool:
    """Whether a table writes its numbers in Chinese numerals (一 alone proves nothing)."""
    return any(CHINESE.fullmatch(text.strip()) and text.strip() != "一" for text in texts)


def is_figure(text: str) -> bool:
    """Whether a cell speaks as a figure: a number, nothing, a dash, a slash, or a word for none."""
    return read_figure(text).state is not State.TEXT or "".join(text.split()) in NONE_IN_WORDS


def _whole(value: Decimal) -> Number:
    return int(value) if value == value.to_integral_value() else value


def _money(unit: str | None) -> str | None:
    return unit if unit in MONEY else None
