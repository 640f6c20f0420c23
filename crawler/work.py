"""Work: what is known of a portal while it is crawled, its bounds, and what is to be said of it at the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from crawler.archive import Attempt
from crawler.families import Ask, Family, Recognition
from crawler.families.twins import place_of
from crawler.portals import Portal

# Bounds of a portal, against calendars and lists that go on for ever; `options` of a registry line may set others.
DEPTH = 3  # columns below columns: a year, a group of bodies, a body
COLUMNS = 2000  # columns and pages of columns; sixty bodies with ten years each have some six hundred
FRUITLESS = 200  # columns in a row that bring no new report
COLUMNS_AT_ONCE = 4  # a host meets one request at a time; what waits here can still be dropped


@dataclass(frozen=True)
class Place:
    """Where in a portal a page stands: how deep, which page of a list, and what was listed before it.

    `otherwise` is what to ask where this page brings nothing new; `family` reads it where a family asked for it.
    """

    depth: int = 0
    number: int = 1
    barren: int = 0
    met: frozenset[str] = frozenset()
    otherwise: tuple[Ask, ...] = ()
    family: Family | None = None
    ask: Ask | None = None


Step = tuple[Attempt, Place]  # an address to be asked for, and where in the portal it stands


@dataclass
class Work:
    """How far a portal is."""

    portal: Portal
    pending: int = 0
    asked: set[tuple[str, str, bytes]] = field(default_factory=set)
    itself: set[str] = field(default_factory=set)  # columns that are reports
    later: bool = False  # it leads to hosts that another process asks
    unlisted: set[str] = field(default_factory=set)  # asked for though no column lists it any more
    listed: int = 0  # entries that its columns list
    wanted: int = 0  # of these, what was asked for
    columns: int = 0  # requests for columns and their pages
    under_way: int = 0  # of these, not answered yet
    waiting: deque[Step] = field(default_factory=deque)  # columns to be asked for
    fruitless: int = 0  # columns and pages in a row that brought no new report
    blocked: bool = False
    recognized: Recognition | None = None  # the surest of what its columns that led on were taken for
    seen: str | None = None  # what the last column page was like that listed nothing
    problems: list[str] = field(default_factory=list)

    def bound(self, name: str, usual: int) -> int:
        """A bound of the portal, from its registry line or as usual."""
        told = self.portal.options.get(name)
        return told if isinstance(told, int) and told > 0 else usual

    @property
    def depth(self) -> int:
        """How many columns below columns are followed."""
        return self.bound("depth", DEPTH)

    def has_asked(self, url: str) -> bool:
        """Whether an address or its twin was asked for."""
        return ("GET", place_of(url), b"") in self.asked

    def begin(self, attempt: Attempt, place: Place) -> Iterator[Step]:
        """What may be asked for at once, now that this address is to be: once in a portal and within its bounds."""
        ask = place.ask or Ask(attempt.url)
        key = (ask.method, place_of(ask.url), ask.body)
        if key in self.asked:
            return
        self.asked.add(key)
        if attempt.role == "column":
            self.waiting.append((attempt, place))
            yield from self.release()
        else:
            yield attempt, place

    def release(self) -> Iterator[Step]:
        """The columns that wait, a few at once and within the portal's bounds."""
        while self.waiting and self.under_way < COLUMNS_AT_ONCE:
            attempt, place = self.waiting.popleft()
            if reason := self._out_of_bounds():
                self.problems.append(f"{reason}; the rest was left, first {attempt.url}")
                self.waiting.clear()
                return
            self.columns += 1
            self.under_way += 1
            yield attempt, place

    def _out_of_bounds(self) -> str | None:
        """Why no further column is asked for, if the portal is past its bounds."""
        columns, fruitless = self.bound("columns", COLUMNS), self.bound("fruitless", FRUITLESS)
        if self.columns >= columns:
            return f"more than {columns} columns and pages of columns"
        if self.fruitless >= fruitless:
            return f"{fruitless} columns and pages in a row without a new report"
        return None

    def led_on(self, recognition: Recognition | None) -> None:
        """Keep what a column was taken for that led to reports or further columns."""
        if recognition and (self.recognized is None or recognition.confidence > self.recognized.confidence):
            self.recognized = recognition

    @property
    def verdict(self) -> str:
        """What is to be said of the portal when nothing is left to ask: good, partial, failed or blocked."""
        if self.blocked and not self.listed:
            return "blocked"
        if not self.wanted:
            return "failed"
        return "partial" if self.problems else "good"

    def reason(self, skipped: int) -> str | None:
        """In one line what went wrong, if anything did; `skipped` pages were not asked for."""
        if not self.problems:
            return None
        more = [f"{len(self.problems) - 1} more problems"] if len(self.problems) > 1 else []
        more += [f"{skipped} pages not asked for"] if skipped else []
        return f"{self.portal.key}: {self.problems[0]}" + (f" ({', '.join(more)})" if more else "")

    def nothing(self) -> str:
        """What to say of a portal that listed nothing to ask for."""
        column = f"column {self.portal.column_url}"
        if self.listed:
            return f"{column} lists {self.listed} entries, none of which is a report"
        return f"family: unknown (seen: {self.seen}): {column} lists nothing that could be recognized"
