"""The place in front of a body's name, and which of several places of that name is meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler.divisions import COUNTRY, Division, chain, load_divisions, names, spellings, stems

LONGEST_NAME = 16
# Reports exist since 2008: a place that ended before lends its name to none.
FIRST_REPORTS = 2008


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What is known of the place besides the title: the portal's division, the places that its host name may spell.

    `zone` is the name of the zone that the portal speaks for, where it is a zone's: 丰城高新技术产业开发区.
    """

    portal: Division | None = None
    host: tuple[Division, ...] = ()
    zone: str | None = None

    @property
    def own(self) -> Division | None:
        """Whose office 教育局 is, with no name before it: the portal's place, or the only one that the host spells."""
        return self.portal or (self.host[0] if len(self.host) == 1 else None)


@dataclass(frozen=True, slots=True)
class Place:
    """A run of place names at the start of a text: where it ends, its last name as printed, what it can mean."""

    end: int
    printed: str
    candidates: tuple[Division, ...]
    by_stem: bool = False


def whereabouts(url: str | None, division: str | None) -> Whereabouts:
    """What an address and a portal's division tell; an unknown division tells nothing."""
    return Whereabouts(load_divisions().get(division or ""), tuple(_spelt_by_host(url)) if url else ())


def places(text: str) -> list[Place]:
    """The runs of place names at the start, the longest first: 南通市通州区 and 南通市 of 南通市通州区教育局."""
    steps: list[Place] = []
    at, above = 0, None
    if text[:1]:
        first = next(_names_at(text, 0, None), None) or _stem_before_a_name(text)
        while first:
            steps.append(first)
            at, above = first.end, first.candidates
            first = next(_names_at(text, at, above), None)
    return steps[::-1]


def stem_at_start(text: str) -> Place | None:
    """A name without its kind in front (济宁 of 济宁高新区), as far as it is a division's."""
    for length in range(min(LONGEST_NAME, len(text)), 1, -1):
        if found := _lasting(stems().get(text[:length], ())):
            return Place(length, text[:length], found, by_stem=True)
    return None


def settle(
    candidates: Iterable[Division], year: int | None, where: Whereabouts
) -> tuple[tuple[Division, ...], str | None]:
    """Those that can be meant (several stay open), and what decided: the portal's division or the host's name."""
    left, reason = _of_year(tuple(candidates), year), None
    if len(left) > 1 and where.portal and where.portal.code != COUNTRY:
        left, reason = _nearest(left, where.portal), f"{left[0].name}: nearest to the portal's {where.portal.name}"
    if len(left) > 1 and where.host:
        spelt = {division.code for division in where.host}
        if near := tuple(d for d in left if spelt & {above.code for above in chain(d.code)}):
            left, reason = near, f"{left[0].name}: the host spells its parent or itself"
    return left, reason if len(left) == 1 else None


def of_level_word(word: str, where: Whereabouts) -> Division | None:
    """The place that 县, 市 or 自治区 means in 县教育局: the portal's own or the nearest above it of that kind."""
    over = chain(where.own.code) if where.own else ()
    return next((d for d in over if d.name.endswith(word) and (word != "区" or d.level == "county")), None)


def is_under(division: Division, above: Division) -> bool:
    """Whether a division lies in another, by their codes, or is the same."""
    return division.code.startswith(above.code.rstrip("0") if above.level != "country" else "") and (
        above.level != "county" or above.code == division.code
    )


def _names_at(text: str, at: int, above: tuple[Division, ...] | None) -> Iterator[Place]:
    for length in range(min(LONGEST_NAME, len(text) - at), 1, -1):
        printed = text[at : at + length]
        found = names().get(printed)
        if found and above is not None:
            found = tuple(d for d in found if any(is_under(d, a) for a in above))
        if found:
            yield Place(at + length, printed, found)


def _stem_before_a_name(text: str) -> Place | None:
    """淮安洪泽区: a stem counts when a division of its own follows."""
    stem = stem_at_start(text)
    return stem if stem and next(_names_at(text, stem.end, stem.candidates), None) else None


def _of_year(candidates: tuple[Division, ...], year: int | None) -> tuple[Division, ...]:
    if len(candidates) < 2:
        return candidates
    if year is None:
        return tuple(d for d in candidates if d.valid_to is None) or candidates
    exact = tuple(d for d in candidates if (d.valid_from or year) <= year <= (d.valid_to or year))
    return exact or tuple(d for d in candidates if d.existed_in(year)) or candidates


def _nearest(candidates: tuple[Division, ...], portal: Division) -> tuple[Division, ...]:
    """Those that share most with the portal's place: itself, under or over it, in its prefecture, in its province."""

    def nearness(division: Division) -> int:
        if is_under(division, portal) or is_under(portal, division):
            return 3 if division.code != portal.code else 4
        return 2 if division.code[:4] == portal.code[:4] else int(division.code[:2] == portal.code[:2])

    best = max(nearness(division) for division in candidates)
    return tuple(d for d in candidates if nearness(d) == best) if best else candidates


def _lasting(divisions: Iterable[Division]) -> tuple[Division, ...]:
    """Without those that ended before reports existed or whose successor is there too."""
    kept = [d for d in divisions if (d.valid_to or FIRST_REPORTS) >= FIRST_REPORTS]
    codes = {d.code for d in kept}
    return tuple(d for d in kept if d.successor not in codes)


def _spelt_by_host(url: str) -> Iterator[Division]:
    """The places that a government host spells: rongchang.gov.cn, and sandu.qiannan.gov.cn only under its parent."""
    try:
        labels = (urlsplit(url).hostname or "").split(".")
    except ValueError:
        return
    if labels[-2:] != ["gov", "cn"] or len(labels) < 3:
        return
    registered = _lasting(spellings().get(labels[-3], ()))
    under = [
        division
        for label in labels[:-3]
        for division in _lasting(spellings().get(label, ()))
        if any(is_under(division, above) and division.code != above.code for above in registered)
    ]
    yield from under or registered
