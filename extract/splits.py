"""Digits printed without borders: all the ways to cut them into figures, and the ways that the balances leave."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import add, sub

from extract.numerals import COUNTED

# The figures of one row, as cut.
Split = tuple[str, ...]
# What one column holds.
Kind = re.Pattern[str]
Rows = Mapping[str, Sequence[Split]]
# What must hold in each column: the rows of the first sum as much as the rows of the second.
Equation = tuple[Sequence[str], Sequence[str]]

# A real row leaves a handful of splits; one that leaves more tells nothing, and must not cost time.
MOST_SPLITS = 300
# Seven figures of a province's row have some 26 digits; the ways to cut grow with them by powers.
MOST_DIGITS = 32
# Additions that the search over all rows may take (some 20 ms); beyond, the columns decide nothing.
MOST_STEPS = 20_000

DIGITS = r"(?:0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*)"
WHOLE = re.compile(DIGITS)
COUNT = re.compile(rf"{DIGITS}(?:{COUNTED})?")
CHANGE = re.compile(rf"(?:[-+−]|增加?|减少?)?{DIGITS}(?:{COUNTED})?|[-—–/]+")
MONEY = re.compile(rf"{DIGITS}(?:\.\d+)?(?:万元|元)?")
NOTHING = re.compile(r"[-—–/]+")
# What certainly is one figure or several, never part of one: borders stand between these.
ATOM = r"\d+(?:,\d{{3}})*(?:\.\d+)?(?:万元|元|{counted})?|——?|–|-|/"
UNSIGNED_ATOM = re.compile(ATOM.format(counted=COUNTED))
SIGNED_ATOM = re.compile(rf"(?:[-+−]|增加?|减少?)\d[\d,]*(?:{COUNTED})?|{UNSIGNED_ATOM.pattern}")
UNIT = re.compile(COUNTED)


def printed_apart(run: str, kinds: Sequence[Kind]) -> tuple[tuple[int, int], ...] | None:
    """Where each figure begins and ends, if spaces, units, signs and dashes part exactly as many as there are columns.

    >>> printed_apart("8 0件12", [COUNT] * 3)
    ((0, 1), (2, 4), (4, 6))
    """
    atoms = SIGNED_ATOM if CHANGE in kinds else UNSIGNED_ATOM
    found = [match.span() for match in atoms.finditer(run)]
    if len(found) != len(kinds):
        return None
    texts = (run[start:end] for start, end in found)
    fits = all(kind.fullmatch(text) or NOTHING.fullmatch(text) for kind, text in zip(kinds, texts, strict=True))
    return tuple(found) if fits else None


def splits(run: str, kinds: Sequence[Kind]) -> list[Split]:
    """All ways to cut a run into one figure of each kind; at most MOST_SPLITS + 1. A space is a border.

    >>> splits("000", [COUNT] * 3), len(splits("77132470", [COUNT] * 3))
    ([('0', '0', '0')], 21)
    """
    return _first(_splits(run.strip(), kinds))


def _splits(run: str, kinds: Sequence[Kind]) -> Iterator[Split]:
    if not kinds:
        if not run:
            yield ()
        return
    for end in range(1, len(run) + 1):
        if run[end - 1].isspace():
            break
        if kinds[0].fullmatch(run, 0, end):
            for rest in _splits(run[end:].lstrip(), kinds[1:]):
                yield (run[:end], *rest)


def balanced_splits(run: str, width: int, groups: int = 1) -> list[Split]:
    """All ways to cut a run into groups of `width` counts, the last of each group the sum of the others in it; at
    most MOST_SPLITS + 1. A space is a border; no number but 0 itself begins with 0.

    >>> balanced_splits("713000074", 7)
    [('71', '3', '0', '0', '0', '0', '74')]
    """
    plain = " ".join(UNIT.sub(" ", run).split())
    if _longest(plain) > MOST_DIGITS * groups or any(sign not in "0123456789, " for sign in plain):
        return []
    return _first(_groups(plain, width, groups))


def _first(found: Iterator[Split]) -> list[Split]:
    distinct: dict[Split, None] = {}
    for split in found:
        distinct[split] = None
        if len(distinct) > MOST_SPLITS:
            break
    return list(distinct)


def _longest(run: str) -> int:
    return max(map(len, run.split()), default=0)


def _groups(run: str, width: int, groups: int) -> Iterator[Split]:
    if groups == 1:
        yield from _group(run, width)
        return
    for end in range(width, len(run) - width * (groups - 1) + 1):
        for group in _group(run[:end].rstrip(), width):
            for rest in _groups(run[end:].lstrip(), width, groups - 1):
                yield group + rest


@lru_cache(maxsize=4096)
def _group(run: str, width: int) -> tuple[Split, ...]:
    found: list[Split] = []
    if _longest(run) > MOST_DIGITS:
        return ()
    for start in range(len(run) - 1, 0, -1):
        if run[start] == " ":
            break
        total = run[start:]
        # By nines: the digits of the parts and those of their sum leave the same remainder.
        if WHOLE.fullmatch(total) and (_digit_sum(run) - 2 * _digit_sum(total)) % 9 == 0:
            found += [(*parts, total) for parts in _summing(run[:start].rstrip(), width - 1, number(total))]
        if len(found) > MOST_SPLITS:
            break
    return tuple(found)


def _digit_sum(run: str) -> int:
    return sum(int(sign) for sign in run if sign.isdigit())


def _summing(run: str, count: int, total: int) -> Iterator[Split]:
    """The cuts of a run into `count` numbers whose sum is `total`."""
    if count == 1:
        if WHOLE.fullmatch(run) and number(run) == total:
            yield (run,)
        return
    digits = len(run) - run.count(" ") - run.count(",")
    places = len(str(total))
    longest = (
        min(count, total // 10 ** (places - 1)) if places > 1 else count
    )  # so many numbers at most are as long as their sum
    most = 10 ** (digits - count + 1) + 9 * count if digits >= count else 0
    if not count <= digits <= count * (places - 1) + longest or total > most or run.count(" ") >= count:
        return
    for end in range(1, len(run)):
        if run[end - 1] == " ":
            break
        head = run[:end]
        if not WHOLE.fullmatch(head):
            continue
        if number(head) > total:
            break
        for rest in _summing(run[end:].lstrip(), count - 1, total - number(head)):
            yield (head, *rest)


def number(text: str) -> int:
    """A count's value.

    >>> number("1,204件")
    1204
    """
    return int(UNIT.sub("", text).replace(",", ""))


def settle(rows: Rows, equations: Sequence[Equation]) -> dict[str, list[Split]]:
    """The splits of each row that occur in at least one choice of splits for all rows with which every equation holds
    in every column. Where none does, the original itself does not balance and the columns tell nothing: all splits
    stay. So they do where the search would take too long, and where an equation names a row that is not among these."""
    everything = {key: list(found) for key, found in rows.items()}
    known = [equation for equation in equations if all(key in rows for side in equation for key in side)]
    if not known or all(len(found) == 1 for found in rows.values()):
        return everything
    steps = [[_effects(key, split, known) for split in found] for key, found in everything.items()]
    reached = _reach(steps)
    if reached is None:
        return everything
    zero = tuple(0 for _ in steps[0][0])
    if zero not in reached[-1]:
        return everything
    left = dict(everything)
    wanted = {zero}
    for key, effects, before in reversed(list(zip(everything, steps, reached[:-1], strict=True))):
        sources = [before & {_each(sub, state, effect) for state in wanted} for effect in effects]
        left[key] = [split for split, source in zip(everything[key], sources, strict=True) if source]
        wanted = set().union(*sources)
    return left


def doubtful(rows: Rows, runs: Mapping[str, str], equations: Sequence[Equation]) -> set[str]:
    """The rows that their own sum cuts in one way, while an equation, which then fails, would hold in every column but
    the last with another cut of the same run: either that sum or the column is wrong in the original."""
    doubts: set[str] = set()
    for equation in equations:
        keys = [key for side in equation for key in side]
        steps = {key: [_effects(key, split, [equation]) for split in rows.get(key, ())] for key in keys}
        reached = _reach(list(steps.values())) if all(steps.values()) else None
        if reached is None or any(not any(state[:-1]) for state in reached[-1]):
            continue
        for key in (key for key in keys if len(rows[key]) == 1):
            others = _reach([effects for other, effects in steps.items() if other != key])
            sign = -1 if key in equation[0] else 1
            needed = [[sign * value for value in state[:-1]] for state in others[-1]] if others else []
            if any(_begins(runs[key], numbers) for numbers in needed):
                doubts.add(key)
    return doubts


def _begins(run: str, numbers: Sequence[int]) -> bool:
    """Whether a run can be cut into these numbers and one more."""
    digits = "".join(sign for sign in run if sign.isdigit())
    first = "".join(map(str, numbers))
    return min(numbers, default=-1) >= 0 and digits.startswith(first) and bool(WHOLE.fullmatch(digits[len(first) :]))


def _reach(steps: Sequence[Sequence[tuple[int, ...]]]) -> list[set[tuple[int, ...]]] | None:
    """The differences between the sides of all equations that each row can lead to; None where there are too many."""
    reached = [{tuple(0 for _ in steps[0][0])}]
    taken = 0
    for effects in steps:
        taken += len(reached[-1]) * len(effects)
        if taken > MOST_STEPS:
            return None
        reached.append({_each(add, state, effect) for state in reached[-1] for effect in effects})
    return reached


def _effects(key: str, split: Split, equations: Sequence[Equation]) -> tuple[int, ...]:
    """What a row's split adds to left minus right of each equation in each column."""
    signs = [(key in left) - (key in right) for left, right in equations]
    return tuple(sign * number(text) for sign in signs for text in split)


def _each(combine: Callable[[int, int], int], one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(map(combine, one, other))
