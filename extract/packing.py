"""A reading as compact bytes: what a worker hands back, and what is kept from one build to the next.

Two parts, because a build that finds nothing new looks at the first part only: whose report it is, what is wrong with it
and how much it holds; then the figures, as rows of the database, and the sections.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from decimal import Decimal
from typing import Any, Generic, TypeVar, overload

import orjson

from extract.facts import Fact, Issue, Locator
from extract.narrative import SectionText
from extract.numerals import State
from extract.reading import Reading, ReportHead

Part = TypeVar("Part")
# A figure as a row of `facts` without its report: table, row, column, value, state, printed, unit, locator.
FactRow = tuple[str, str, str, int | float | None, str, str, str | None, str]

# Level 1: a reading is packed once and unpacked at most once a build; higher levels save a tenth and cost thrice.
_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Packed:
    """A reading in bytes. `lasting`: reading the document once more would give the same."""

    head: bytes
    body: bytes
    lasting: bool = True


class Later(Sequence[Part], Generic[Part]):
    """A sequence whose length is known and whose items are unpacked when the first of them is asked for."""

    def __init__(self, length: int, unpack: Callable[[], Sequence[Part]]) -> None:
        self._length, self._unpack = length, unpack
        self._items: Sequence[Part] | None = None

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Part: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Part]: ...
    def __getitem__(self, index: int | slice) -> Part | Sequence[Part]:
        return self._all()[index]

    def __iter__(self) -> Iterator[Part]:
        return iter(self._all())

    def _all(self) -> Sequence[Part]:
        if self._items is None:
            self._items = self._unpack()
        return self._items


def pack(outcome: Reading | Issue, *, lasting: bool = True) -> Packed:
    """A reading, or the issue that says why there is none, in bytes."""
    if isinstance(outcome, Issue):
        return Packed(_squeezed({"issue": astuple(outcome)}), b"", lasting)
    head = {
        "sha256": outcome.sha256,
        "media_type": outcome.media_type,
        "text_sha256": outcome.text_sha256,
        "head": [getattr(outcome.head, field.name) for field in fields(ReportHead)],
        "issues": [astuple(issue) for issue in outcome.issues],
        "facts": len(outcome.facts),
        "sections": len(outcome.sections),
    }
    body = {
        "facts": [_row(fact) for fact in outcome.facts],
        "sections": [(section.number, section.heading, section.text) for section in outcome.sections],
    }
    return Packed(_squeezed(head), _squeezed(body), lasting)


def unpack(head: bytes, body: Callable[[], bytes]) -> Reading | Issue:
    """What was packed. `body` is asked for only when figures or sections are looked at."""
    told = _released(head)
    if "issue" in told:
        return Issue(*told["issue"])
    return Reading(
        told["sha256"],
        told["media_type"],
        ReportHead(*told["head"]),
        Later(told["facts"], lambda: [_fact(row) for row in _released(body())["facts"]]),
        Later(told["sections"], lambda: [SectionText(*section) for section in _released(body())["sections"]]),
        tuple(Issue(*issue) for issue in told["issues"]),
        told["text_sha256"],
    )


def unpack_rows(body: bytes) -> tuple[list[FactRow], list[tuple[int, str | None, str]]]:
    """The figures and sections of a packed reading, as rows of their tables without the report."""
    told = _released(body)
    facts = [
        (table, row, column, float(value) if isinstance(value, str) else value, state, printed, unit, locator)
        for table, row, column, value, state, printed, unit, locator in told["facts"]
    ]
    return facts, [(number, heading, text) for number, heading, text in told["sections"]]


def _row(fact: Fact) -> tuple[object, ...]:
    """A figure as a row of `facts`, a decimal number as its text."""
    value = str(fact.value) if isinstance(fact.value, Decimal) else fact.value
    return (*fact.address, value, fact.state.value, fact.printed, fact.unit, orjson.dumps(fact.locator.as_json()).decode())


def _fact(row: Sequence[Any]) -> Fact:
    table, line, column, value, state, printed, unit, locator = row
    place = orjson.loads(locator)
    sha256, confidence, how = place.pop("sha256"), place.pop("confidence", None), place.pop("how", None)
    where = Locator(sha256, place or None, confidence, how)
    number = Decimal(value) if isinstance(value, str) else value
    return Fact(table, line, column, number, State(state), printed, unit, where)


def _squeezed(told: dict[str, Any]) -> bytes:
    return zlib.compress(orjson.dumps(told), _LEVEL)


def _released(packed: bytes) -> dict[str, Any]:
    released: dict[str, Any] = orjson.loads(zlib.decompress(packed))
    return released
