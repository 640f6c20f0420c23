"""Official tables in running text whose cell borders were lost: labels, and the digits that stand behind each.

`（一）予以公开220000022（二）部分公开…`: what stands between two runs of digits ends in the label of the second. A run is
cut into figures only where nothing else is possible (`extract.splits`); otherwise its figures are unreadable.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from crawler.characters import simplified
from extract.alignment import AlignedRow, AlignedTable
from extract.columns import Head, Placed, spellings
from extract.document import Cell, Document, Grid, Place
from extract.forms import Balance, Column, Form, FormTable, Line, LineBlock
from extract.labels import read_label, similarity
from extract.matching import certainty, line_spellings, monotone
from extract.numerals import COUNTED
from extract.rows import Row
from extract.splits import (
    CHANGE,
    COUNT,
    MONEY,
    MOST_SPLITS,
    Equation,
    Split,
    balanced_splits,
    printed_apart,
    settle,
    splits,
)  # fmt: skip

# Words alike enough to be a damaged label; one this short must stand as printed on the form, and behind its number,
# a heading or a figure.
ALIKE, SHORT, BOUNDED = 0.75, 4, 8
# Most of a table's lines must be there in order: prose names some of them, too.
MOST = 0.5
# Of table 四 only the head tells: its words come three times, and a few may be damaged.
MOST_WORDS = 0.8
# So many rows with fewer digits than columns: the office leaves cells empty, and an empty cell leaves no trace here.
EMPTY_ROWS = 3
# The longest stretch of text read back from a figure: caption and heads of a table.
REACH = 260
SHOWN = 3

NOT_HAN = re.compile(r"[^\u4e00-\u9fff]+")
ATOM = rf"(?:[-+−]|增加?|减少?)?\d+(?:,\d{{3}})*(?:\.\d+)?(?:万元|元|{COUNTED})?|[-—–]+|(?<!增)/"
RUN = re.compile(rf"(?:{ATOM})(?:\s*(?:{ATOM}))*")
# 25 2.没有现成信息: the digit before the mark is the next label's number. Official numbers have one digit.
NUMBER_MARK = re.compile(r"\s*[.、:,)]\s*[“\"(]?(?=[\u4e00-\u9fff])")
NUMBER = re.compile(r"(?:\([一二三四五六七八九十\d]{1,2}\)|[一二三四五六七八九十\d]{1,2}[、.,:)])[\s“\"]*$")
GROUP_HEADING = re.compile(r"\([一二三四五六七八九十]\)[^()\d]+$")


class _Plain(dict[int, str]):
    """Each sign as it is compared: full width to plain, Traditional to Simplified, where that is one sign, too."""

    def __missing__(self, code: int) -> str:
        sign = simplified(chr(code))
        self[code] = sign if len(sign) == 1 else chr(code)
        return self[code]


PLAIN = _Plain()


@dataclass(frozen=True, slots=True)
class _Text:
    """A document's paragraphs as one text, as printed and plain (of one length), with where each begins."""

    printed: str
    plain: str
    starts: tuple[int, ...]
    places: tuple[Place | None, ...]

    def cell(self, start: int, end: int) -> Cell:
        """What is printed there, with its place: that of the paragraph, and the signs within it."""
        return Cell(self.printed[start:end].strip(), self.place(start, end))

    def place(self, start: int, end: int) -> Place:
        """Where that stretch stands; one that goes on in another paragraph is told up to the end of its first."""
        at = bisect_right(self.starts, start) - 1
        first, after = self.starts[at], (*self.starts[1:], len(self.printed) + 1)[at]
        return {**(self.places[at] or {}), "span": [start - first, min(end, after - 1) - first]}


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of figures from `start` to `end`, behind words that begin at `words_from`. The digit that was taken to be
    the number of the label behind it follows at `end`."""

    words_from: int
    start: int
    end: int
    number: str = ""


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well the words before a run end in a line's label: the score, where the label begins, the words before it."""

    score: float
    start: int = 0
    before: str = ""


@dataclass(slots=True)
class _Reading:
    """A row on its way: the line, its run, and what its figures may be."""

    line: Line
    run: _Run
    fit: _Fit
    apart: tuple[tuple[int, int], ...] | None = None
    runs: tuple[str, ...] = ()
    found: list[Split] = field(default_factory=list)
    left: list[Split] = field(default_factory=list)


def glued_tables(document: Document, forms: Sequence[Form]) -> dict[str, AlignedTable]:
    """The official tables found in a document's running text, by table key; each in the form whose labels it bears."""
    text = _running_text(document)
    tables = [(form, table) for form in forms for table in form.tables.values()]
    words = NOT_HAN.sub("", text.plain)
    present = [(form, table) for form, table in tables if _mentioned(words, table)]
    if not present:
        return {}
    runs = list(_runs(text.plain))
    found: dict[str, AlignedTable] = {}
    for form, table in present:
        aligned = {"blocks": _blocks, "matrix": _matrix, "one_row": _one_row}[table.layout](text, runs, form, table)
        if aligned is not None and (table.key not in found or aligned.score > found[table.key].score):
            found[table.key] = aligned
    return found


def _running_text(document: Document) -> _Text:
    starts, places, parts, length = [], [], [], 0
    for paragraph in document.paragraphs:
        starts.append(length)
        places.append(paragraph.place)
        parts.append(paragraph.text)
        length += len(paragraph.text) + 1
    printed = "\n".join(parts)
    return _Text(printed, printed.translate(PLAIN), tuple(starts), tuple(places))


def _mentioned(words: str, table: FormTable) -> bool:
    """Whether enough of a table's labels occur at all: a quick look that spares most documents the rest."""
    lines = table.official_lines
    return sum(any(s.words in words for s in line_spellings(line)) for line in lines) >= MOST * len(lines)


def _runs(plain: str) -> Iterator[_Run]:
    """The runs of figures with the words before each; numbers of labels are words."""
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
            yield _Run(words_from, start, end, number)
            words_from = end


def _words_before(text: _Text, run: _Run) -> tuple[str, list[int]]:
    """The Han characters between the figures before and a run, and where they stand."""
    first = max(run.words_from, run.start - REACH)
    at = [i for i in range(first, run.start) if "\u4e00" <= text.plain[i] <= "\u9fff"]
    return "".join(text.plain[i] for i in at), at


def _ends_in(words: str, label: str) -> tuple[float, int]:
    """How alike the end of some words is to a label, and how many characters of them are it."""
    if words.endswith(label):
        return 1.0, len(label)
    if len(label) < SHORT:
        return 0.0, 0
    lengths = range(max(1, len(label) - 2), min(len(words), len(label) + 2) + 1)
    score, length = max(((similarity(words[-length:], label), length) for length in lengths), default=(0.0, 0))
    return (score, length) if score >= ALIKE else (0.0, 0)


def _fit(text: _Text, run: _Run, words: str, at: Sequence[int], line: Line, headings: Sequence[str]) -> _Fit:
    """How well the words before a run end in a line's label. A short label must begin where something else ends."""
    score, length = max(_ends_in(words, spelling.words) for spelling in line_spellings(line) if spelling.words)
    if not score:
        return _Fit(0.0)
    start, before = at[-length], words[:-length]
    number = NUMBER.search(text.plain, run.words_from, start)
    if length < BOUNDED and before and not number and not any(_ends_in(before, heading)[0] for heading in headings):
        return _Fit(0.0)
    return _Fit(score, number.start() if number else start, before)


def _region(text: _Text, runs: Sequence[_Run], table: FormTable) -> list[_Run]:
    """The runs among which a table may lie: from the first to the last behind one of its labels."""
    labels = tuple(spelling.words for line in table.lines for spelling in line_spellings(line))
    hits = [
        i
        for i, run in enumerate(runs)
        if NOT_HAN.sub("", text.plain[max(run.words_from, run.start - 60) : run.start]).endswith(labels)
    ]
    return list(runs[max(0, hits[0] - 2) : hits[-1] + 3]) if hits else []


# ------------------------------------------------------------------ 二: blocks of lines, each under its own head


def _blocks(text: _Text, runs: Sequence[_Run], form: Form, table: FormTable) -> AlignedTable | None:
    """Table 二: a line counts behind its block's head, or right behind a line of the same block."""
    near = _region(text, runs, table)
    block_of = {line.key: block for block in table.blocks for line in block.lines}
    fits: list[list[_Fit]] = []
    for run in near:
        words, at = _words_before(text, run)
        fits.append([_block_fit(text, run, words, at, line, _head_words(table, block_of[line.key])) for line in table.lines])
    readings: list[_Reading] = []
    evidence, last = 0.0, -1
    for i, j in monotone([[fit.score for fit in row] for row in fits]):
        line, fit = table.lines[j], fits[i][j]
        follows = bool(readings) and i == last + 1 and block_of[line.key] is block_of[readings[-1].line.key]
        if fit.score > 1 or (follows and not fit.before):
            readings.append(_Reading(line, near[i], fit))
            evidence, last = evidence + fit.score, i
    if len(readings) < MOST * len(table.official_lines):
        return None
    kinds = {r.line.key: [_kind(column) for column in block_of[r.line.key].columns] for r in readings}
    for reading in readings:
        run = text.plain[reading.run.start : reading.run.end] + reading.run.number
        reading.runs = (run,)
        reading.apart = printed_apart(run, kinds[reading.line.key])
        reading.found = reading.left = splits(run, kinds[reading.line.key])
    complete = {r.line.key for r in readings} >= {line.key for line in table.official_lines}
    sparse = not complete or any(_digits(r.runs[0]) < len(kinds[r.line.key]) for r in readings)
    rows = []
    for reading in readings:
        columns = block_of[reading.line.key].columns
        texts = _head_texts(text, reading, columns)
        cells = _single(text, reading) if len(columns) == 1 else _cells(text, reading, len(columns), sparse, "个数", ())
        rows.append(_row(text, reading, columns, cells, head=Head(tuple(c.key for c in columns), None, texts)))
    missing = len(table.official_lines) - len(rows)
    return AlignedTable(form, table, tuple(rows), evidence - missing)


def _block_fit(text: _Text, run: _Run, words: str, at: Sequence[int], line: Line, head: str) -> _Fit:
    """A line's fit, above 1 where its block's head stands before it."""
    score, length = max(_ends_in(words, spelling.words) for spelling in line_spellings(line))
    if not score:
        return _Fit(0.0)
    before = words[:-length]
    headed = _ends_in(before, head)[0] if before else 0.0
    return _Fit(score + headed, at[-length], before) if headed or not before else _Fit(0.0)


@cache
def _head_words(table: FormTable, block: LineBlock) -> str:
    return "".join(read_label(text).words for text in (table.head or "", *(c.label for c in block.columns)))


def _head_texts(text: _Text, reading: _Reading, columns: Sequence[Column]) -> dict[str, str]:
    """What is printed as each column's head right before a line; empty where the head stands further up."""
    words, at = _words_before(text, reading.run)
    starts = {}
    for column in columns:
        found = max(words.rfind(spelling.words, 0, len(reading.fit.before)) for spelling in spellings(column))
        if found >= 0:
            starts[column.key] = at[found]
    ends = [*sorted(starts.values()), reading.fit.start]
    return {key: text.printed[start : ends[ends.index(start) + 1]].strip() for key, start in starts.items()}


def _kind(column: Column) -> re.Pattern[str]:
    return MONEY if column.money else CHANGE if column.signed else COUNT


def _single(text: _Text, reading: _Reading) -> list[Cell]:
    """The only figure between two labels: an ordinary cell."""
    return [text.cell(reading.run.start, reading.run.end + len(reading.run.number))]


# ------------------------------------------------------------------ 三: a matrix of lines and applicants


def _matrix(text: _Text, runs: Sequence[_Run], form: Form, table: FormTable) -> AlignedTable | None:
    """Table 三: each row's figures by its own sum, then all rows together by the sums of the columns."""
    near = _region(text, runs, table)
    headings = [read_label(group.label).words for group in table.groups]
    fits = []
    for run in near:
        words, at = _words_before(text, run)
        fits.append([_fit(text, run, words, at, line, headings) for line in table.lines])
    pairs = monotone([[fit.score for fit in row] for row in fits])
    readings = [_Reading(table.lines[j], near[i], fits[i][j]) for i, j in pairs]
    several = {key for reading in readings for line in table.lines if line is reading.line for key in line.stands_for}
    if several & {reading.line.key for reading in readings}:
        readings = [reading for reading in readings if not reading.line.stands_for]
    if len(readings) < MOST * len([line for line in table.official_lines if line.key not in several]):
        return None
    columns = table.blocks[0].columns
    row_sum = _row_sum(table, None)
    if row_sum is None:
        return None
    following = {reading.run: later for reading, later in zip(readings, readings[1:], strict=False)}
    for reading in readings:
        _read_row(text, reading, following.get(reading.run), len(columns))
    short = [r for r in readings if r.apart is None and max(map(_digits, r.runs)) < len(columns)]
    if len(readings) - len(short) < 3:
        return None
    by_columns = _settle(text, table, readings)
    sparse = len(short) >= EMPTY_ROWS
    rows, over = [], _Headings(text, table)
    for reading in readings:
        cells = _cells(text, reading, len(columns), sparse, f"“{row_sum.zh}”（{row_sum.rule}）", by_columns)
        rows.append(_row(text, reading, columns, cells, heading=over(reading)))
    missing = [line for line in table.official_lines if line.key not in {r.line.key for r in readings} | several]
    return AlignedTable(form, table, tuple(rows), sum(r.fit.score for r in readings) - 0.5 * len(missing))


def _read_row(text: _Text, reading: _Reading, later: _Reading | None, width: int) -> None:
    """The splits of a row by its sum. Where the label behind has lost the mark of its number or bears another number
    than the form's, the last digit may belong to either."""
    run = text.plain[reading.run.start : reading.run.end]
    reading.runs = (run,)
    number = line_spellings(later.line)[0].number if later is not None else ""
    if reading.run.number and reading.run.number != number:
        reading.runs = (run, run + reading.run.number)
    elif not reading.run.number and later is not None and number.isdigit() and run.endswith(number):
        unmarked = later.fit.start == reading.run.end or not text.plain[reading.run.end : later.fit.start].strip()
        reading.runs = (run, run[:-1].rstrip()) if unmarked else (run,)
    counts = [COUNT] * width
    apart = [spans for variant in reading.runs if (spans := printed_apart(variant, counts)) is not None]
    reading.found = [s for v in reading.runs if not printed_apart(v, counts) for s in balanced_splits(v, width)]
    if len(apart) == 1 and not reading.found:
        reading.apart = apart[0]
    elif apart:
        reading.found += [s for v in reading.runs if printed_apart(v, counts) for s in balanced_splits(v, width)]
    reading.left = reading.found


def _settle(text: _Text, table: FormTable, readings: Sequence[_Reading]) -> tuple[str, ...]:
    """Leaves each row the splits that the sums of the columns allow; returns the rules that were asked."""
    rows = {}
    for reading in readings:
        if reading.apart is not None:
            texts = tuple(text.plain[reading.run.start + a : reading.run.start + b] for a, b in reading.apart)
            rows[reading.line.key] = [texts] if all(COUNT.fullmatch(t) for t in texts) else []
        else:
            rows[reading.line.key] = reading.found
    usable = {key: found for key, found in rows.items() if 0 < len(found) <= MOST_SPLITS}
    by_rule = {b.rule: _equation(b, table, rows) for b in table.balances if b.each == "column"}
    asked = {rule: equation for rule, equation in by_rule.items() if all(k in usable for side in equation for k in side)}
    left = settle(usable, list(asked.values()))
    for reading in readings:
        if reading.apart is None:
            reading.left = left.get(reading.line.key, reading.found)
    return tuple(asked)


def _equation(balance: Balance, table: FormTable, rows: Mapping[str, object]) -> Equation:
    """The rows of a column's balance; where an office printed one row for several, that row."""
    stand_ins = {key: line.key for line in table.lines if line.key in rows for key in line.stands_for}
    sides = (list(dict.fromkeys(stand_ins.get(key, key) for key in side)) for side in (balance.left, balance.right))
    left, right = sides
    return left, right


class _Headings:
    """The heading over each row, as printed before the first of its group."""

    def __init__(self, text: _Text, table: FormTable) -> None:
        self.text, self.table = text, table
        self.met: dict[str, Cell] = {}

    def __call__(self, reading: _Reading) -> Cell | None:
        under = reading.line.under
        heading = GROUP_HEADING.search(self.text.plain, reading.run.words_from, reading.fit.start)
        if under is not None and heading is not None and under not in self.met:
            self.met[under] = self.text.cell(*heading.span())
        return self.met.get(under or "")


# ------------------------------------------------------------------ 四: all figures in one row


def _one_row(text: _Text, runs: Sequence[_Run], form: Form, table: FormTable) -> AlignedTable | None:
    """Table 四: the run behind a head that names the lines once and the columns once for each of them."""
    columns, lines = table.blocks[0].columns, table.lines
    width, rules = len(columns), [_row_sum(table, line.key) for line in lines]
    if not all(rules):
        return None
    for run in runs:
        words, at = _words_before(text, run)
        names = {line.key: words.rfind(s.words) for line in lines for s in line_spellings(line)[:1]}
        heads = sum(min(len(lines), words.count(spellings(column)[0].words)) for column in columns)
        if heads < MOST_WORDS * width * len(lines) or sum(found >= 0 for found in names.values()) < MOST * len(lines):
            continue
        reading = _Reading(lines[0], run, _Fit(1.0, run.words_from), None, (text.plain[run.start : run.end] + run.number,))
        reading.apart = printed_apart(reading.runs[0], [COUNT] * width * len(lines))
        reading.found = reading.left = balanced_splits(reading.runs[0], width, len(lines))
        if reading.apart is None and _digits(reading.runs[0]) < width:
            continue
        told = "、".join(rule.rule for rule in rules if rule)
        zh = next(rule.zh for rule in rules if rule)
        cells = _cells(text, reading, width * len(lines), False, f"各行“{zh}”（{told}）", ())
        rows = []
        for i, line in enumerate(lines):
            own = cells[i * width : (i + 1) * width]
            found = names[line.key]
            label = text.cell(at[found], at[found + len(line_spellings(line)[0].words) - 1] + 1) if found >= 0 else None
            rows.append(_made(line, [label] if label else [], columns, own, 1.0, None, text.place(run.start, run.end)))
        return AlignedTable(form, table, tuple(rows), 1.0)
    return None


# ------------------------------------------------------------------ rows and cells


def _row_sum(table: FormTable, only: str | None) -> Balance | None:
    """The balance that makes a row's last figure the sum of all before it; None where the form has none."""
    *others, last = (column.key for column in table.blocks[0].columns)
    for balance in table.balances:
        if balance.each == "row" and balance.only == only and balance.left == (last,) and list(balance.right) == others:
            return balance
    return None


def _cells(
    text: _Text, reading: _Reading, width: int, sparse: bool, by: str, columns_by: Sequence[str]
) -> list[Cell]:
    """A row's figures: as printed where they stand apart; as cut where only one way is left; else the whole run.

    `sparse`: the table has empty cells, so a run may hold fewer figures than columns, unless it is as many zeros.
    """
    start = reading.run.start
    if reading.apart is not None:
        return [text.cell(start + first, start + last) for first, last in reading.apart]
    run = " ".join(text.printed[start : start + max(map(len, reading.runs))].split())
    place = text.place(start, start + max(map(len, reading.runs)))
    zeros = all(split == ("0",) * width for split in reading.left)
    known = reading.left if len(reading.left) <= MOST_SPLITS and (zeros or not sparse) else []
    how = _how(run, reading, width, sparse and not zeros, by, columns_by)
    cells = []
    for column in range(width):
        values = {split[column] for split in known}
        if len(values) != 1:
            cells.append(Cell(run, place, how=how, certain=False))
        elif len(known) == 1:
            cells.append(Cell(*values, place, how=how))
        else:
            cells.append(Cell(*values, place, how=f"{how}；各种分法中此数都是{next(iter(values))}"))
    return cells


def _how(run: str, reading: _Reading, width: int, sparse: bool, by: str, columns_by: Sequence[str]) -> str:
    """In a sentence: what determined the cut of a run, or why nothing does."""
    found, left = len(reading.found), reading.left
    ways = f"{MOST_SPLITS} 种以上" if found > MOST_SPLITS else f"{found} 种"
    shown = "、".join("/".join(split) for split in left[:SHOWN]) + ("……" if len(left) > SHOWN else "")
    if sparse:
        return f"连写数字“{run}”所在的表有空格，不能确定其中有几个数"
    if not found:
        return f"连写数字“{run}”没有一种分成 {width} 个数的分法符合{by}"
    if found == 1:
        return f"连写数字“{run}”按{by}只有一种分法"
    if len(left) == 1:
        return f"连写数字“{run}”按{by}有 {ways}分法，再按各列的勾稽关系（{'、'.join(columns_by)}）只有一种成立"
    kept = f"，按各列的勾稽关系余 {len(left)} 种" if len(left) < found else ""
    return f"连写数字“{run}”按{by}有 {ways}分法{kept}：{shown}"


def _row(
    text: _Text, reading: _Reading, columns: Sequence[Column], cells: Sequence[Cell],
    *, heading: Cell | None = None, head: Head | None = None,
) -> AlignedRow:  # fmt: skip
    own = text.cell(reading.fit.start, reading.run.start)
    labels = [heading, own] if heading is not None else [own]
    place = text.place(reading.fit.start, reading.run.end)
    return _made(reading.line, labels, columns, cells, None, head, place)


def _made(
    line: Line, labels: Sequence[Cell], columns: Sequence[Column], cells: Sequence[Cell], sure: float | None,
    head: Head | None, place: Place,
) -> AlignedRow:  # fmt: skip
    """An aligned row with a grid of its own."""
    grid = Grid(((*labels, *cells),), place, aligned=False)
    row = Row(grid, 0, (*labels, *cells), tuple(labels), tuple(cells))
    placed = tuple(Placed(column.key, cell) for column, cell in zip(columns, cells, strict=True))
    return AlignedRow(line, row, placed, certainty(row, line) if sure is None else sure, head)


def _digits(run: str) -> int:
    return sum(sign.isdigit() for sign in run)
