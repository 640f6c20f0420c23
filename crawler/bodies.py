"""Issuing bodies: what a name such as 南通市通州区教育局 is, and how it is written in full."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from crawler.divisions import COUNTRY, Division, load_divisions, province_of
from crawler.places import Place, Whereabouts, of_level_word, places, settle, stem_at_start

RULES = Path(__file__).parent.parent / "data" / "names" / "bodies.toml"
LONGEST = 40
# 东区街道办事处 is the 街道 of that name, not an office of 东区.
WITHOUT_NAME = re.compile(r"(街道|镇|乡|苏木)(办|政府|人民政府|党|$)")


@dataclass(frozen=True, slots=True)
class Body:
    """An issuing body. `name` is as a reader says it, `identity` the same in every report: short names written out."""

    name: str
    identity: str
    kind: str
    scope: str
    level: str | None
    division: str | None
    province: str | None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of body and the pattern of what stands after the place."""

    name: str
    scope: str
    pattern: re.Pattern[str]
    no_name: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """data/names/bodies.toml, compiled."""

    kinds: tuple[Kind, ...]
    zone_words: re.Pattern[str]
    zone_begins: re.Pattern[str]
    national: re.Pattern[str]
    not_national: re.Pattern[str]
    level_word: re.Pattern[str]
    spelt_out: Mapping[str, str]


def read_body(text: str, year: int | None = None, where: Whereabouts = Whereabouts()) -> Body | None:
    """The body that the whole text names (Simplified, without spaces); None when it names none.

    >>> read_body("江西省丰城市").name
    '丰城市人民政府'
    """
    text = _once(text)
    if not 2 <= len(text) <= LONGEST or "某" in text:
        return None
    for place in [*places(text), *_stems(text)]:
        rest = text[place.end :]
        if not WITHOUT_NAME.match(rest) and (kind := kind_of(rest)):
            return _of_place(text, place, rest, kind, year, where)
    return _national(text, year, where) or _without_place(text, where)


@lru_cache(maxsize=4096)
def kind_of(rest: str) -> Kind | None:
    """The kind of what stands after the place; empty is a government."""
    for kind in rules().kinds:
        match = kind.pattern.search(rest)
        if match and match.groupdict().get("name") not in kind.no_name:
            return kind
    return None


@cache
def rules() -> Rules:
    """The rules of data/names/bodies.toml."""
    with RULES.open("rb") as file:
        raw: dict[str, Any] = tomllib.load(file)
    kinds = tuple(
        Kind(kind["kind"], kind["scope"], re.compile(kind["pattern"]), frozenset(kind.get("no_name", ())))
        for kind in raw["kinds"]
    )
    return Rules(
        kinds, re.compile(raw["zone"]["words"]), re.compile(raw["zone"]["begins"]), re.compile(raw["national"]["pattern"]),
        re.compile(raw["national"]["except"]), re.compile(raw["level_words"]["pattern"]), raw["spelt_out"],
    )  # fmt: skip


def full_place(division: Division) -> str:
    """How a place stands in a body's name: 淮安市洪泽区, 重庆市荣昌区, but 丰城市 and 利辛县."""
    parent = load_divisions().get(division.parent or "")
    is_district = division.level == "county" and division.name.endswith("区")
    return (parent.name if parent and is_district and parent.level != "country" else "") + division.name


def _of_place(text: str, place: Place, rest: str, kind: Kind, year: int | None, where: Whereabouts) -> Body | None:
    left, reason = settle(place.candidates, year, where)
    evidence = (f"place {place.printed}", *((reason,) if reason else ()), f"{rest or 'nothing'} after it: {kind.name}")
    if len(left) != 1:
        if place.by_stem and kind.name == "government":
            return None  # 朝阳 alone may be a city, a county or a district
        name = _written(text[: place.end], rest, kind, None)
        return _body(name, name, kind, left, evidence)
    division = left[0]
    identity = _written(full_place(division), _in_full(rest, kind), kind, division)
    if place.by_stem and kind.name in ("zone", "vertical", "township"):
        return _body(_written(text[: place.end], rest, kind, division), identity, kind, left, evidence)
    printed = division.name if place.by_stem else place.printed
    shown = full_place(division).removesuffix(division.name) + printed
    return _body(_written(shown, rest, kind, division), identity, kind, left, evidence)


def _national(text: str, year: int | None, where: Whereabouts) -> Body | None:
    """水利部, 国家税务总局, and with the place inside 国家税务总局丰城市税务局."""
    kind = kind_of(text)
    if not rules().national.search(text) or rules().not_national.search(text) or kind is None:
        return None
    for at in range(2, len(text) - 2):
        inner = places(text[at:]) or [*_stems(text[at:])]
        if inner and kind.name == "vertical":
            left, reason = settle(inner[0].candidates, year, where)
            return _body(text, text, kind, left, (f"place {inner[0].printed} inside", *((reason,) if reason else ())))
    return _body(text, text, kind, (load_divisions()[COUNTRY],), ("an organ of the country by its name",))


def _without_place(text: str, where: Whereabouts) -> Body | None:
    """教育局, 县教育局, 建新镇: the portal or the host tells of which place, or nothing does."""
    word = rules().level_word.match(text)
    rest = text[word.end() :] if word else text
    kind = kind_of(rest)
    if kind is None or (not rest and word is None):
        kind, rest, word = kind_of(text), text, None
    if kind is None or (kind.name == "government" and word is None and not where.own):
        return None
    if word:
        division = of_level_word(word.group(), where)
        why = f"{word.group()} of the portal or host"
    else:
        division = _owner(kind, where)
        why = "no place named: that of the portal or host"
    if division is None:
        if kind.name == "government":
            return None
        name = _written(word.group() if word else "", rest, kind, None)
        return _body(name, name, kind, (), ("no place named",))
    if kind.name == "enterprise":
        return _body(rest, rest, kind, (division,), (why,))
    rest = rest.removeprefix(division.stem) if kind.name == "department" and len(division.stem) > 1 else rest
    place = full_place(division) if kind.name != "zone" else ""
    name = _written(place, rest, kind, division)
    return _body(name, _written(place, _in_full(rest, kind), kind, division), kind, (division,), (why,))


def _owner(kind: Kind, where: Whereabouts) -> Division | None:
    """Whose a body without a place is; a township's only where the portal is a county's, for a city has many."""
    if len(where.own) != 1 or where.own[0].level == "country":
        return None
    own = where.own[0]
    has_townships = own.level == "county" or not any(d.parent == own.code for d in load_divisions().values())
    return own if kind.name != "township" or has_townships else None


def _stems(text: str) -> Iterator[Place]:
    """济宁高新区…, 南京海关, 上海: a name without its kind, where what follows shows that it is one."""
    stem = stem_at_start(text)
    if stem is None:
        return
    rest, kind = text[stem.end :], kind_of(text[stem.end :])
    zone = rules().zone_begins.match(rest) and rules().zone_words.search(rest)
    if not rest or zone or (kind and kind.name == "vertical"):
        yield stem


def _written(place: str, rest: str, kind: Kind, division: Division | None) -> str:
    """Place and rest as one name: 政府 in full, a township with its 人民政府 or 办事处."""
    if kind.name == "government":
        bare = rest.removesuffix("(本级)").removesuffix("本级")
        prefectural_office = place.endswith(("地区", "盟"))
        return place + (rules().spelt_out.get(bare, bare) or ("行政公署" if prefectural_office else "人民政府"))
    if kind.name == "government_office":
        bare = re.sub(r"\(.*\)$", "", rest)
        head = re.match(r"人民政府|政府|行政公署|行署|府", bare)
        if head:
            full = rules().spelt_out.get(head.group(), head.group()).replace("府", "人民政府") if head.group() == "府" else ""
            full = full or rules().spelt_out.get(head.group(), head.group())
            tail = bare[head.end() :]
            return place + full + ("办公室" if tail == "办" else tail)
        return place + bare
    if kind.name == "township" and (match := kind.pattern.match(rest)):
        name = match["name"].removesuffix("办") if match["name"].endswith("街道办") else match["name"]
        return place + name + ("办事处" if name.endswith("街道") else "人民政府")
    return place + rest


def _in_full(rest: str, kind: Kind) -> str:
    """What a zone's 管委会 is called in every report."""
    if kind.name != "zone":
        return rest
    return re.sub(r"(党工委)?(管委会|管理委员会)?$", "", rest, count=1) + "管理委员会"


def _body(name: str, identity: str, kind: Kind, left: tuple[Division, ...], evidence: tuple[str, ...]) -> Body:
    division = left[0] if len(left) == 1 else None
    levels, provinces = {d.level for d in left}, {province_of(d.code) for d in left}
    level = "township" if kind.name == "township" else None if kind.name == "zone" or len(levels) != 1 else levels.pop()
    code = division.code if division else None
    province = provinces.pop() if len(provinces) == 1 else None
    return Body(name, identity, kind.name, kind.scope, level, code, province, evidence)


def _once(text: str) -> str:
    """A name printed twice in a row, once."""
    half = len(text) // 2
    return text[:half] if len(text) % 2 == 0 and half > 3 and text[:half] == text[half:] else text
