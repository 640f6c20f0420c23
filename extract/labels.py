"""Labels as printed, made comparable: the words without spaces and punctuation, the numbering kept aside as
evidence."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from crawler.characters import simplified

CHINESE_DIGITS = "一二三四五六七八九十"
# 一、 · （一） · 1. · 1、 · 1．; never the 三 of 三类内部事务信息: a number counts only with its mark.
NUMBERING = re.compile(
    rf"^(?:[(](?P<inner>[{CHINESE_DIGITS}]{{1,3}}|\d{{1,2}})[)]、?|(?P<mark>[{CHINESE_DIGITS}]{{1,3}}|\d{{1,2}})[、.,:])"
)
ENCLOSED = {chr(0x3220 + i): f"({digit})" for i, digit in enumerate(CHINESE_DIGITS)}  # ㈠ … ㈩, which NFKC spells (一)
NOISE = re.compile(r"[\s\W_]+")


@dataclass(frozen=True, slots=True)
class Label:
    """A label: its words alone, and its number such as `3` or `三` (empty where it has none)."""

    words: str
    number: str = ""


@lru_cache(maxsize=65536)
def read_label(text: str) -> Label:
    """The words and the number of a printed label.

    >>> read_label("（五） 不予 处理")
    Label(words='不予处理', number='五')
    >>> read_label("5.属于三类内部事务信息").words
    '属于三类内部事务信息'
    """
    plain = simplified("".join(unicodedata.normalize("NFKC", text).split()))
    number = ""
    if match := NUMBERING.match(plain):
        number = match["inner"] or match["mark"]
        plain = plain[match.end() :]
    return Label(NOISE.sub("", plain), number)


@lru_cache(maxsize=262144)
def similarity(one: str, other: str) -> float:
    """How alike two labels' words are, 0 to 1 (1: the same; both empty: 0)."""
    if not one or not other:
        return 0.0
    return 1.0 if one == other else fuzz.ratio(one, other) / 100


def likeness(printed: Label, spellings: tuple[Label, ...]) -> float:
    """How well a printed label fits the best of a line's spellings, 0 to 1."""
    return max(similarity(printed.words, spelling.words) for spelling in spellings)
