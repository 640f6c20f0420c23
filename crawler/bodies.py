"""Issuing bodies: what a name such as 南通市通州区教育局 is, and how it is written in full."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from crawler.divisions import COUNTRY, Division, load_divisions, province_of
from crawler.places import Place, Whereabouts, of_level_word, places, settle, stem_at_start

RULES = Path(__file__).parent.parent / "data" / "names" / "bodies.toml"
LONGEST = 40
NOWHERE = Whereabouts()
UNCLEAR_IN_ZONE = "no place named, on a zone's portal: the zone's or the county's"  # evidence
# 某县 and XX县 are nobody.
PLACEHOLDER = re.compile(r"某|[Xx×]{2}")
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
    party: re.Pattern[str]
    level_word: re.Pattern[str]
    spelt_out: Mapping[str, str]
    words: frozenset[str]
    unlisted: re.Pattern[str]


def read_body(text: str, year: int | None = None, where: Whereabouts = NOWHERE) -> Body | None:
    """The body that the whole text names (Simplified, without spaces); None when it names none.

    >>> read_body("江西省丰城市").name
    '丰城市人民政府'
    """
    text = _once(text.removeprefix("中华人民共和国") or text)
    if not 2 <= len(text) <= LONGEST or PLACEHOLDER.search(text):
        return None
    for place in [*places(text), *_stems(text, where)]:
        rest = text[place.end :]
        if not WITHOUT_NAME.match(rest) and (kind := kind_of(rest)):
            return _of_place(text, place, rest, kind, year, where)
    return _national(text, year, where) or _unlisted_place(text) or _without_place(text, where)


def zone_of(portal_name: str, where: Whereabouts = NOWHERE) -> str | None:
    """The zone for which a portal of this name speaks, without its 管委会; None where it is no zone's.

    >>> zone_of("丰城高新技术产业开发区管理委员会"), zone_of("丰城市人民政府")
    ('丰城高新技术产业开发区', None)
    """
    text = re.sub(r"(门户)?网站$", "", portal_name)
    body = read_body(text, None, where)
    bare = re.sub(r"(党工委)?(管委会|管理委员会)$", "", text)
    return bare if body and body.kind == "zone" and bare else None


def names_a_place(text: str) -> bool:
    """Whether a text begins with a division's name or names an organ of the country."""
    return bool(places(text)) or bool(rules().national.search(text))


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
    zone, national = raw["zone"], raw["national"]
    return Rules(
        kinds, re.compile(zone["words"]), re.compile(zone["begins"]), re.compile(national["pattern"]),
        re.compile(national["except"]), re.compile(national["party"]), re.compile(raw["level_words"]["pattern"]),
        raw["spelt_out"], frozenset(raw["stems"]["words"]), re.compile(raw["unlisted"]["pattern"]),
    )  # fmt: skip


def full_place(division: Division) -> str:
    """How a place stands in a body's name: 淮安市洪泽区, 重庆市荣昌区, but 丰城市 and 利辛县."""
    parent = load_divisions().get(division.parent or "")
    is_district = division.level == "county" and division.name.endswith("区")
    return (parent.name if parent and is_district and parent.level != "country" else "") + division.name


def _of_place(text: str, place: Place, rest: str, kind: Kind, year: int | None, where: Whereabouts) -> Body | None:
    left, reason = settle(place.candidates, year, where)
    if place.by_stem and not reason and any(d.level == "county" and d.name.endswith("区") for d in left):
        left = ()  # 东湖风景区 need not lie in the one district of that name
    evidence = (f"place {place.printed}", *((reason,) if reason else ()), f"{rest or 'nothing'} after it: {kind.name}")
    if len(left) != 1:
        if place.by_stem and kind.name == "government":
            return None  # 朝阳 alone may be a city, a county or a district
        name = _written(text[: place.end], rest, kind)
        return _body(name, name, kind, left, evidence)
    division = left[0]
    in_zone = kind.name == "zone" or rules().zone_words.search(rest)
    whole = division.stem if in_zone or (place.by_stem and kind.name == "vertical") else full_place(division)
    identity = _written(whole, _in_full(rest, kind), kind)
    if place.by_stem and (in_zone or kind.name == "vertical"):
        return _body(_written(text[: place.end], rest, kind), identity, kind, left, evidence)
    printed = division.name if place.by_stem else place.printed
    shown = full_place(division).removesuffix(division.name) + printed
    return _body(_written(shown, rest, kind), identity, kind, left, evidence)


def _national(text: str, year: int | None, where: Whereabouts) -> Body | None:
    """水利部, 国家税务总局, and with the place inside 国家税务总局丰城市税务局."""
    kind, party = kind_of(text), rules().party.match(text)
    if kind is None or not (party or (rules().national.search(text) and not rules().not_national.search(text))):
        return None
    if party or kind.name == "vertical":
        for at in range(2, len(text) - 2):
            if inner := places(text[at:]) or [*_stems(text[at:], where)]:
                left, reason = settle(inner[0].candidates, year, where)
                return _body(text, text, kind, left, (f"place {inner[0].printed}", *((reason,) if reason else ())))
    return None if party else _body(text, text, kind, (load_divisions()[COUNTRY],), ("an organ of the country",))


def _unlisted_place(text: str) -> Body | None:
    """和安县, 示例市示例区: places that the lists do not have are kept as printed, with no division."""
    if rules().level_word.match(text):
        return None
    ends = [match.end() for match in rules().unlisted.finditer(text)]
    for end in ends:
        place, rest = text[:end], text[end:]
        like_a_zone, kind = kind_of(place), kind_of(rest)
        if (like_a_zone and like_a_zone.name == "zone") or (place.endswith("区") and not rest and end == ends[0]):
            return None
        if kind is not None:
            name = _written(place, rest, kind)
            return _body(name, name, kind, (), (f"{place}: no division of the lists",))
    return None


def _without_place(text: str, where: Whereabouts) -> Body | None:
    """教育局, 县教育局, 建新镇: the portal or the host tells of which place, or nothing does."""
    word = rules().level_word.match(text)
    if where.zone and (not word or word.group() == "区"):
        return _in_zone(text, where, unclear=word is not None)
    rest = text[word.end() :] if word else text
    kind = None if WITHOUT_NAME.match(rest) else kind_of(rest)
    if kind is None or kind.name in ("enterprise", "zone"):
        return _body(text, text, kind, (), ("no place named",)) if (kind := kind_of(text) if word else kind) else None
    level = word.group() if word else ""
    division = of_level_word(level, where) if level else _owner(kind, where)
    if division is None or (not level and kind.name != "township" and _names_another(text)):
        if kind.name == "government":
            return None
        name = _written(level, rest, kind)
        return _body(name, name, kind, (), ("no place named",))
    why = f"{level or 'no place named: that'} of the portal or host"
    name = _written(full_place(division), rest, kind)
    return _body(name, name, kind, (division,), (why,))


def _in_zone(text: str, where: Whereabouts, *, unclear: bool) -> Body | None:
    """财政局 and 管委会 on a zone's portal are the zone's; 区财政局 may be the zone's or the district's around it.

    A township without a place may belong to the zone or to the county: its name stays without one.
    """
    kind = None if WITHOUT_NAME.match(text) else kind_of(text)
    if kind is None:
        return None
    if unclear or kind.name in ("enterprise", "township", "government"):
        return _body(text, text, kind, (), (UNCLEAR_IN_ZONE,))
    body = read_body(f"{where.zone}{text}", None, replace(where, zone=None))
    if body is None:
        return None
    division = body.division or (where.portal.code if where.portal else None)
    said = (*body.evidence, "no place named: that of the portal's zone")
    return replace(body, division=division, province=province_of(division) if division else None, evidence=said)


def _owner(kind: Kind, where: Whereabouts) -> Division | None:
    """Whose a body without a place is; a township's only where the portal is a county's, for a city has many."""
    own = where.own
    if own is None or own.level == "country":
        return None
    has_townships = own.level == "county" or not any(d.parent == own.code for d in load_divisions().values())
    return own if kind.name != "township" or has_townships else None


def _stems(text: str, where: Whereabouts) -> Iterator[Place]:
    """济宁高新区…, 南京海关, 上海: a name without its kind, where what follows shows that it is one."""
    stem = stem_at_start(text)
    if stem is None or stem.printed in rules().words:
        return
    rest = text[stem.end :]
    kind = kind_of(rest)
    begins = rules().zone_begins.match(rest) or any(d.level == "province" for d in stem.candidates)
    zone = begins and rules().zone_words.search(rest)
    near = where.own and any(d.code == where.own.code or d.parent == where.own.code for d in stem.candidates)
    if not rest or zone or (kind and (kind.name == "vertical" or (near and kind.name != "township"))):
        yield stem


def _names_another(text: str) -> bool:
    """丰城教育局 on another place's portal: the stem is a place's, so the portal's is not put before it."""
    stem = stem_at_start(text)
    return stem is not None and stem.printed not in rules().words and len(text) - stem.end > 2


def _written(place: str, rest: str, kind: Kind) -> str:
    """Place and rest as one name: 政府 in full, a township with its 人民政府 or 办事处."""
    full = rules().spelt_out
    if kind.name == "government":
        bare = rest.replace("(本级)", "").removesuffix("本级")
        office = "行政公署" if place.endswith(("地区", "盟")) else "" if place.endswith("委员会") else "人民政府"
        return place + (full.get(bare, bare) or office)
    if kind.name == "government_office" and (match := kind.pattern.match(rest)):
        return place + full.get(match[1], match[1]) + full.get(match[2], match[2])
    if kind.name == "township" and (match := kind.pattern.match(rest)):
        name = match["name"].replace("街道办", "街道")
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
