"""Running text as words and runs of figures by turns, for tables whose cell borders were lost."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from crawler.characters import simplified
from extract.document import Cell, Document, Place
from extract.labels import Label, similarity
from extract.numerals import COUNTED

# Words so alike are a damaged label; a shorter label must stand letter by letter.
ALIKE, SHORT = 0.75, 4
# A shorter label must begin where a number, a heading or a figure ends: prose ends in such words, too.
BOUNDED = 8
# So far back words belong to a figure: caption and heads of a table.
REACH = 260
# The longest official label has 42 characters.
LONGEST = 60

HAN = "\u4e00-\u9fff"
ONE_HAN = re.compile(rf"[{HAN}]")
NOT_HAN = re.compile(rf"[^{HAN}]+")
# The / of 本年增/减 is none.
FIGURE = rf"(?:[-+−]|增加?|减少?)?\d+(?:,\d{{3}})*(?:\.\d+)?(?:\s?(?:万元|元)|{COUNTED})?|[-—–]+|(?<!增)/"
RUN = re.compile(rf"(?:{FIGURE})(?:\s*(?:{FIGURE}))*")
# …3252.没有现成信息: the digit before the mark is the number of the label behind it; official numbers have one digit.
NUMBER_MARK = re.compile(rf"\s*[.、:,)]\s*[“\"(]?(?=[{HAN}])")
NUMBER = re.compile(r"(?:\(\s*[一二三四五六七八九十\d]{1,2}\s*\)|[一二三四五六七八九十\d]{1,2}\s*[、.,:)])[\s“\"]*$")
# Words in place of a figure: behind a label they are its first figure, never a slip in the label.
IN_WORDS = "零〇一二三四五六七八九十百千万两无空"


class _Plain(dict[int, str]):
    """Each sign as it is compared: plain, Simplified; where that would be several signs, the sign itself."""

    def __missing__(self, code: int) -> str:
        sign = simplified(chr(code))
        self[code] = sign if len(sign) == 1 else chr(code)
        return self[code]


_PLAIN = _Plain()


@dataclass(frozen=True, slots=True)
class Run:
    """Figures that stand together, from `start` to `end`, and where the words before them begin. `number`: the digit
    behind `end` that seems to be the number of the label which follows."""

    words_from: int
    start: int
    end: int
    number: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """The Han characters before a run, without the signs between them, and where each stands."""

    text: str
    at: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """How alike the end of some words is to a label (0: not at all), where the label begins with its number, and the
    words before it."""

    score: float
    start: int = 0
    before: str = ""


NO_FIT = Fit(0.0)


@dataclass(frozen=True, slots=True)
class RunningText:
    """A document's paragraphs as one text: as printed, and plain, of the same length."""

    printed: str
    plain: str
    starts: tuple[int, ...]
    places: tuple[Place | None, ...]

    def cell(self, start: int, end: int) -> Cell:
        """What is printed there, with its place."""
        return Cell(self.printed[start:end].strip(), self.place(start, end))

    def place(self, start: int, end: int) -> Place:
        """The place of the paragraph and, as `span`, the signs within it; clipped where the next paragraph begins."""
        at = bisect_right(self.starts, start) - 1
        first, after = self.starts[at], (*self.starts[1:], len(self.printed) + 1)[at]
        return {**(self.places[at] or {}), "span": [start - first, min(end, after - 1) - first]}

    def words(self, run: Run, reach: int = REACH) -> Words:
        """The words before a run."""
        first = max(run.words_from, run.start - reach)
        at = tuple(match.start() for match in ONE_HAN.finditer(self.plain, first, run.start))
        return Words(NOT_HAN.sub("", self.plain[first : run.start]), at)

    def fit(self, run: Run, words: Words, spellings: tuple[Label, ...], headings: Iterable[str] = ()) -> Fit:
        """How well the words before a run end in a label; a short one only behind its number or one of the headings."""
        score, length = ending(words.text[-LONGEST:], spellings)
        if not score:
            return NO_FIT
        start, before = words.at[-length], words.text[:-length]
        number = NUMBER.search(self.plain, run.words_from, start)
        bounded = not before or number or any(before.endswith(heading) for heading in headings)
        if length < BOUNDED and not bounded:
            return NO_FIT
        return Fit(score, number.start() if number else start, before)


def running_text(document: Document) -> RunningText:
    """The paragraphs of a document, line after line."""
    paragraphs = list(document.paragraphs)
    starts, length = [], 0
    for paragraph in paragraphs:
        starts.append(length)
        length += len(paragraph.text) + 1
    printed = "\n".join(paragraph.text for paragraph in paragraphs)
    return RunningText(printed, printed.translate(_PLAIN), tuple(starts), tuple(p.place for p in paragraphs))


def runs_of(plain: str) -> Iterator[Run]:
    """The runs of figures in plain text; the numbers of labels are words."""
    words_from = 0
    for match in RUN.finditer(plain):
        start, end = match.span()
        if plain[start - 1 : start] == "(" and plain[end : end + 1] == ")":
            continue  # （2） before a label, （2023） in a head
        number = ""
        if plain[end - 1].isdigit() and NUMBER_MARK.match(plain, end):
            number = plain[end - 1]
            end = start + len(plain[start : end - 1].rstrip())
        if end > start:
            yield Run(words_from, start, end, number)
            words_from = end


@lru_cache(maxsize=16384)
def ending(words: str, spellings: Sequence[Label]) -> tuple[float, int]:
    """How alike the end of some words is to the likest spelling of a label, and how many characters of them are it.

    >>> ending("法律服务机构其他本年新收政府信息公开申请数", (Label("本年新收政府信息公开申请数量"),))[1]
    13
    """
    exact = max((len(spelling.words) for spelling in spellings if words.endswith(spelling.words)), default=0)
    if exact:
        return 1.0, exact
    if words.endswith(tuple(IN_WORDS)):
        return 0.0, 0
    best, length = 0.0, 0
    for label in (spelling.words for spelling in spellings if len(spelling.words) >= SHORT):
        for size in range(len(label) - 2, min(len(words), len(label) + 2) + 1):
            alike = similarity(words[-size:], label)
            if alike > best:
                best, length = alike, size
    return (best, length) if best >= ALIKE else (0.0, 0)
