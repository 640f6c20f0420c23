"""Official tables in running text whose cell borders were lost: their labels, and the figures behind each.

`（一）予以公开220000022（二）部分公开…`: the words between two runs of figures end in the label of the second. A run is cut
into figures only where nothing else is possible (`extract.splits`); otherwise its figures are unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from extract.alignment import AlignedTable
from extract.columns import Head, spellings
from extract.document import Cell, Document
from extract.forms import Balance, Column, Form, FormTable, Line, LineBlock
from extract.glued_rows import GluedRow, cells_of, made_row, row_of
from extract.labels import Label, read_label
from extract.matching import line_spellings, monotone
from extract.running import NOT_HAN, Fit, Run, RunningText, Words, ending, running_text, runs_of
from extract.splits import (
    CHANGE,
    COUNT,
    MONEY,
    MOST_SPLITS,
    Equation,
    Kind,
    Split,
    balanced_splits,
    doubtful,
)
from extract.splits import settle as settle_rows
from extract.splits import splits as splits_of

# Most of a table's lines must be there, in order: prose names some of them, too.
MOST = 0.5
# The head of table 四 names its columns once for each line; a few of them may be damaged.
MOST_WORDS = 0.8
# A label's own run has at least as many digits as the table has columns; one in the prose before the table has not.
ROW_LIKE = 0.2
# So many rows of table 三 that no cut makes add up, and its runs hold something else than seven figures each: cells were
# left empty, which leave no trace here, or numbers of rows stand among the figures.
UNSOLVED_ROWS = 4
LEAST_ROWS = 3
# So many characters tell the heading of a section.
FEW = 4

PIECE = re.compile(r"[\u4e00-\u9fff]+")
GROUP_HEADING = re.compile(r"\(\s*[一二三四五六七八九十]\s*\)[^()\d]+$")
DASH = re.compile(r"[-—–/]")
PHANTOM_ZERO = re.compile(r"0\d")
INNER_SPACE = re.compile(r"\s(?!万?元)")


def glued_tables(document: Document, forms: Sequence[Form]) -> dict[str, AlignedTable]:
    """The official tables found in a document's running text, by table key; each in the form whose labels it bears.

    A figure printed apart from its neighbours is an ordinary cell. One that was cut out of a run says in `how` what
    determined it; where several cuts are possible the cell holds the whole run and is not `certain`.
    """
    glued = "".join(paragraph.text for paragraph in document.paragraphs)
    compact = "".join(glued.split())
    tables = _tables(tuple(forms))
    # 開: a copy in Traditional characters is looked at only when it is plain.
    if "開" not in compact and not any(_mentioned(compact, table) for _, table in tables):
        return {}
    text = running_text(document)
    runs = list(runs_of(text.plain))
    found: dict[str, AlignedTable] = {}
    filled: bool | None = None
    for form, table in tables:
        if table.layout == "matrix":
            aligned, filled = _find_matrix(text, runs, form, table)
            _keep(found, aligned)
    for form, table in tables:
        if table.layout == "blocks":
            _keep(found, _find_blocks(text, runs, form, table, filled))
        elif table.layout == "one_row":
            _keep(found, _find_one_row(text, runs, form, table, filled))
    return found


def _keep(found: dict[str, AlignedTable], aligned: AlignedTable | None) -> None:
    if aligned is not None and (aligned.table.key not in found or aligned.score > found[aligned.table.key].score):
        found[aligned.table.key] = aligned


@cache
def _tables(forms: tuple[Form, ...]) -> list[tuple[Form, FormTable]]:
    """The tables to look for: none that asks only what an earlier one asks, too (三 of 2019 is found as 三 of 2021)."""
    tables: list[tuple[Form, FormTable]] = []
    asked: list[set[tuple[str, str, str]]] = []
    for form in forms:
        for table in form.tables.values():
            asks = {(table.key, line.key, c.key) for b in table.blocks for line in b.lines for c in b.columns}
            if not any(asks <= others for others in asked):
                tables.append((form, table))
                asked.append(asks)
    return tables


def _mentioned(compact: str, table: FormTable) -> bool:
    """Whether enough of a table's labels occur at all: a quick look that spares most documents the rest."""
    lines = _longest_pieces(table)
    return sum(any(piece in compact for piece in pieces) for pieces in lines) >= MOST * len(lines)


@cache
def _longest_pieces(table: FormTable) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(max(PIECE.findall(text), key=len) for text in (line.label, *line.aliases))
        for line in table.official_lines
    )


def _near(text: RunningText, runs: Sequence[Run], table: FormTable) -> list[tuple[Run, Words]]:
    """The runs among which a table may lie, from the first to the last behind one of its labels, with their words."""
    labels = tuple(spelling.words for line in table.lines for spelling in line_spellings(line))
    hits = [i for i, run in enumerate(runs) if text.words(run, 60).text.endswith(labels)]
    return [(run, text.words(run)) for run in runs[max(0, hits[0] - 2) : hits[-1] + 3]] if hits else []


# ------------------------------------------------------------------ 二: blocks of lines, each under its own head


def _find_blocks(
    text: RunningText, runs: Sequence[Run], form: Form, table: FormTable, filled: bool | None
) -> AlignedTable | None:
    """Table 二: a line counts behind its block's head, or right behind a line of the same block. It has no sums: a run
    is cut only where it is known that the office left no cell empty, by table 三 or by a row of zeros."""
    near = _near(text, runs, table)
    fits = [[_block_fit(text, run, words, line, table) for line in table.lines] for run, words in near]
    readings: list[GluedRow] = []
    heads: list[Head] = []
    evidence, last = 0.0, -1
    for i, j in monotone([[fit.score for fit in row] for row in fits]):
        line, fit, (run, words) = table.lines[j], fits[i][j], near[i]
        block = _block(table, line)
        follows = i == last + 1 and bool(readings) and _block(table, readings[-1].line) is block
        if fit.score > 1:
            heads.append(_head(text, words, fit, block.columns))
        elif follows and not fit.before:
            heads.append(heads[-1])
        else:
            continue
        readings.append(GluedRow(line, run, fit, _variants(text, run, form, table)))
        evidence, last = evidence + fit.score, i
    if len(readings) < MOST * len(table.official_lines):
        return None
    complete = {reading.line.key for reading in readings} >= {line.key for line in table.official_lines}
    for reading, head in zip(readings, heads, strict=True):
        kinds = [_kind(column) for column in _ordered(_block(table, reading.line).columns, head.order)]
        reading.cut(kinds, [split for run in reading.runs for split in splits_of(run, kinds)])
        complete = complete and reading.digits >= len(kinds)
    singles = ["".join(r.runs[0].split()) for r in readings if len(_block(table, r.line).columns) == 1]
    zeros = any(len(split) > 1 and set(split) == {"0"} for r in readings for split in r.left)
    sparse = not complete or filled is False or (filled is None and not zeros) or _have_phantoms(singles)
    rows = []
    for reading, head in zip(readings, heads, strict=True):
        columns = _ordered(_block(table, reading.line).columns, head.order)
        if len(columns) == 1 and len(reading.runs) == 1:
            cells = [_single(text, reading, _have_phantoms(singles))]
        else:
            cells = cells_of(text, reading, len(columns), sparse, "个数")
        rows.append(row_of(text, reading, columns, cells, head=head))
    return AlignedTable(form, table, tuple(rows), evidence - (len(table.official_lines) - len(rows)))


def _block(table: FormTable, line: Line) -> LineBlock:
    return next(block for block in table.blocks if line in block.lines)


def _block_fit(text: RunningText, run: Run, words: Words, line: Line, table: FormTable) -> Fit:
    """A line's fit, above 1 where its block's head stands before it."""
    fit = text.fit(run, words, line_spellings(line), [words.text])
    score, length = ending(words.text, line_spellings(line))
    if not score:
        return fit
    before = words.text[:-length]
    headed = ending(before, (_head_words(table, _block(table, line)),))[0]
    return Fit(score + headed, words.at[-length], before) if headed or not before else Fit(0.0)


@cache
def _head_words(table: FormTable, block: LineBlock) -> Label:
    return Label("".join(read_label(text).words for text in (table.head or "", *(c.label for c in block.columns))))


def _head(text: RunningText, words: Words, fit: Fit, columns: Sequence[Column]) -> Head:
    """The head right before a line: its columns in the order printed, with what is printed for each."""
    found = {c.key: max(fit.before.rfind(spelling.words) for spelling in spellings(c)) for c in columns}
    starts = sorted((words.at[index], key) for key, index in found.items() if index >= 0)
    ends = [*(start for start, _ in starts[1:]), fit.start]
    texts = {key: text.printed[start:end].strip() for (start, key), end in zip(starts, ends, strict=True)}
    order = tuple(texts) if len(texts) == len(columns) else tuple(column.key for column in columns)
    return Head(order, None, texts)


def _ordered(columns: Sequence[Column], order: Sequence[str]) -> list[Column]:
    return sorted(columns, key=lambda column: order.index(column.key))


def _kind(column: Column) -> Kind:
    return MONEY if column.money else CHANGE if column.signed else COUNT


def _have_phantoms(singles: Sequence[str]) -> bool:
    """Whether zeros of cells that belong to nothing (行政处罚 | 2 | 0 | 0) stick to the only figures of lines."""
    return any(PHANTOM_ZERO.match(run) for run in singles) or (
        len(singles) > 1 and all(r[-2:] == "00" for r in singles)
    )


def _single(text: RunningText, reading: GluedRow, phantoms: bool) -> Cell:
    """The only figure between two labels, as printed, unless other figures (a page's number) stand beside it."""
    cell = text.cell(reading.run.start, reading.run.start + len(reading.runs[0]))
    run = " ".join(cell.text.split())
    if phantoms:
        return Cell(run, cell.place, how=f"“{run}”末尾的零可能是多余单元格中的零", certain=False)
    if INNER_SPACE.search(cell.text):
        return Cell(run, cell.place, how=f"此处只应有一个数，原文为“{run}”", certain=False)
    return cell


# ------------------------------------------------------------------ 三: a matrix of lines and applicants


def _find_matrix(
    text: RunningText, runs: Sequence[Run], form: Form, table: FormTable
) -> tuple[AlignedTable | None, bool | None]:
    """Table 三: each row's figures by its own sum, then all rows together by the sums of the columns. Also whether the
    office fills every cell; None where this table does not tell."""
    near = _near(text, runs, table)
    readings = _matrix_readings(text, near, table)
    stood_for = {key for reading in readings for key in reading.line.stands_for}
    official = [line for line in table.official_lines if line.key not in stood_for]
    row_sum = _row_sum(table)
    if not readings or row_sum is None:
        return None, None
    columns = _columns_as_printed(text.words(readings[0].run).text, table)
    if len(readings) < MOST * len(official) or columns is None:
        return None, False
    kinds, width = [COUNT] * len(columns), len(columns)
    for reading, later in pairwise([*readings, None]):
        if reading is not None:
            reading.runs = _variants(text, reading.run, form, table, later)
            reading.cut(kinds, [split for run in reading.runs for split in balanced_splits(run, width)])
    missing = [line for line in official if all(line is not reading.line for reading in readings)]
    unsolved = [r for r in readings if r.apart is None and not r.found and not DASH.search(r.runs[0])]
    filled = len(unsolved) + sum(_stands_empty(line, near) for line in missing) < UNSOLVED_ROWS
    for reading in readings:
        if not filled and reading.apart is not None and not DASH.search(reading.runs[0]):
            reading.apart = reading.apart if balanced_splits(reading.runs[0], width) else None
    if sum(reading.digits >= width for reading in readings) < LEAST_ROWS:
        return None, False
    asked = _settle(text, table, readings)
    rows, headings = [], dict[str, Cell]()
    for reading in readings:
        cells = cells_of(text, reading, width, not filled, f"“{row_sum.zh}”（{row_sum.rule}）", asked)
        rows.append(row_of(text, reading, columns, cells, _heading(text, reading, headings)))
    return AlignedTable(form, table, tuple(rows), sum(r.fit.score for r in readings) - 0.5 * len(missing)), filled


def _matrix_readings(text: RunningText, near: Sequence[tuple[Run, Words]], table: FormTable) -> list[GluedRow]:
    """The rows of table 三; a heading that was taken for a line with figures is none if its own lines are there."""
    headings = [read_label(group.label).words for group in table.groups]
    fits = [[text.fit(run, words, line_spellings(line), headings) for line in table.lines] for run, words in near]
    likely = [
        ROW_LIKE * (sum(map(str.isdigit, text.plain[run.start : run.end])) >= len(table.blocks[0].columns))
        for run, _ in near
    ]
    pairs = monotone([[fit.score and fit.score + more for fit in row] for row, more in zip(fits, likely, strict=True)])
    readings = [GluedRow(table.lines[j], near[i][0], fits[i][j]) for i, j in pairs]
    found = {reading.line.key for reading in readings}
    return [reading for reading in readings if not found.intersection(reading.line.stands_for)]


def _columns_as_printed(words: str, table: FormTable) -> Sequence[Column] | None:
    """The columns in the order of the head before the first row, the official order where it is not told. None where
    the total does not stand last or the head is otherwise turned about: its text does not say then what is where."""
    columns = table.blocks[0].columns
    under = [column for column in columns if column.group]
    places = {column.key: max(words.rfind(s.words) for s in spellings(column)) for column in under}
    tops = list(dict.fromkeys(read_label(column.group or column.label).words for column in columns))
    found = [place for top in tops if (place := words.find(top)) >= 0]
    if found != sorted(found):
        return None
    if any(place < 0 for place in places.values()):
        return columns
    moved = iter(sorted(under, key=lambda column: places[column.key]))
    return [next(moved) if column.group else column for column in columns]


def _stands_empty(line: Line, near: Sequence[tuple[Run, Words]]) -> bool:
    """Whether a line's label stands there without figures behind it."""
    return any(spelling.words in words.text for spelling in line_spellings(line)[:1] for _, words in near)


def _variants(
    text: RunningText, run: Run, form: Form, table: FormTable, later: GluedRow | None = None
) -> tuple[str, ...]:
    """A run, twice where its last digit may belong to the label behind it: that label bears another number than the
    form gives it, or none that is marked."""
    own = text.plain[run.start : run.end]
    if later is not None:
        number = line_spellings(later.line)[0].number
        bare = not text.plain[run.end : later.fit.start].strip()
    else:
        number = str(table.section + 1)
        behind = NOT_HAN.sub("", text.plain[run.end : run.end + 60])
        bare = text.plain[run.end : run.end + 40].lstrip()[:2] == behind[:2] and any(
            behind.startswith(read_label(section.label).words[:FEW]) for section in form.sections
        )
    if run.number:
        whole = text.plain[run.start : text.plain.index(run.number, run.end) + 1]
        return (own,) if run.number == number else (own, whole)
    return (own, own[:-1].rstrip()) if bare and number.isdigit() and own.endswith(number) else (own,)


def _settle(text: RunningText, table: FormTable, readings: Sequence[GluedRow]) -> list[str]:
    """Leaves each row the splits with which the sums of the columns hold; returns the rules that could be asked."""
    rows: dict[str, list[Split]] = {}
    for reading in readings:
        found = reading.found
        if reading.apart is not None:
            texts = tuple(text.plain[reading.run.start + a : reading.run.start + b] for a, b in reading.apart)
            found = [texts] if all(COUNT.fullmatch(figure) for figure in texts) else []
        if 0 < len(found) <= MOST_SPLITS:
            rows[reading.line.key] = found
    names = {reading.line.key for reading in readings}
    equations = {b.rule: _equation(b, table, names) for b in table.balances if b.each == "column"}
    asked = {rule: sides for rule, sides in equations.items() if all(key in rows for side in sides for key in side)}
    left = settle_rows(rows, list(asked.values()))
    doubts = doubtful(left, {reading.line.key: reading.runs[0] for reading in readings}, list(asked.values()))
    for reading in readings:
        if reading.apart is None:
            reading.left = left.get(reading.line.key, reading.found)
            reading.doubtful = reading.line.key in doubts
    return list(asked)


def _equation(balance: Balance, table: FormTable, names: set[str]) -> Equation:
    """The rows of a column's balance; where an office printed one row for several, that row."""
    stand_ins = {key: line.key for line in table.lines if line.key in names for key in line.stands_for}
    left, right = ([*dict.fromkeys(stand_ins.get(key, key) for key in side)] for side in (balance.left, balance.right))
    return left, right


def _heading(text: RunningText, reading: GluedRow, met: dict[str, Cell]) -> Cell | None:
    """The heading over a row, as printed before the first of its group."""
    under = reading.line.under or ""
    heading = GROUP_HEADING.search(text.plain, reading.run.words_from, reading.fit.start)
    if under and heading and under not in met:
        met[under] = text.cell(*heading.span())
    return met.get(under)


# ------------------------------------------------------------------ 四: all figures in one row


def _find_one_row(
    text: RunningText, runs: Sequence[Run], form: Form, table: FormTable, filled: bool | None
) -> AlignedTable | None:
    """Table 四: the run behind a head that names the lines, and the columns once for each of them."""
    columns, lines = table.blocks[0].columns, table.lines
    sums = [_row_sum(table, line.key) for line in lines]
    width = len(columns) * len(lines)
    for run in runs:
        if run.end - run.start < len(columns) or None in sums:
            continue
        words = text.words(run)
        if not _is_head(words.text, columns, lines):
            continue
        reading = GluedRow(lines[0], run, Fit(1.0, run.words_from), _variants(text, run, form, table))
        reading.cut([COUNT] * width, [s for r in reading.runs for s in balanced_splits(r, len(columns), len(lines))])
        rules = [balance for balance in sums if balance is not None]
        by = f"各行“{rules[0].zh}”（{'、'.join(rule.rule for rule in rules)}）"
        cells = cells_of(text, reading, width, filled is False, by)
        place = text.place(run.start, run.end)
        rows = []
        for i, line in enumerate(lines):
            own = cells[i * len(columns) : (i + 1) * len(columns)]
            rows.append(made_row(line, _label_in(text, words, line), columns, own, place, sure=1.0))
        return AlignedTable(form, table, tuple(rows), 1.0)
    return None


def _is_head(words: str, columns: Sequence[Column], lines: Sequence[Line]) -> bool:
    """Whether words are the head of table 四: nearly all its words as often as they must stand, lines in order."""
    counts = [min(len(lines), words.count(spellings(column)[0].words)) for column in columns]
    names = [place for line in lines if (place := words.rfind(line_spellings(line)[0].words)) >= 0]
    first = [place for column in columns if (place := words.find(spellings(column)[0].words)) >= 0]
    in_order = names == sorted(names) and first == sorted(first)
    return in_order and sum(counts) >= MOST_WORDS * len(columns) * len(lines) and len(names) > MOST * len(lines)


def _label_in(text: RunningText, words: Words, line: Line) -> list[Cell]:
    label = line_spellings(line)[0].words
    found = words.text.rfind(label)
    return [text.cell(words.at[found], words.at[found + len(label) - 1] + 1)] if found >= 0 else []


def _row_sum(table: FormTable, only: str | None = None) -> Balance | None:
    """The balance that makes a row's last figure the sum of all before it; None where the form has none."""
    *others, last = (column.key for column in table.blocks[0].columns)
    return next(
        (b for b in table.balances if b.each == "row" and b.only == only and (b.left, [*b.right]) == ((last,), others)),
        None,
    )
