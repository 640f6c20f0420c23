"""Administrative divisions: every place with a government at county level or above, by GB/T 2260 code, since 2002."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent.parent / "data" / "divisions"
COUNTRY = "100000"
# What daily use puts after the bare stem: 临夏州, 三都县, 鄂温克旗, 广西自治区.
SHORT_ENDINGS = {"自治区": "自治区", "自治州": "州", "自治县": "县", "自治旗": "旗"}


@dataclass(frozen=True, slots=True)
class Division:
    """A place and the years of the lists that name it: `valid_from` None since before 2002, `valid_to` None until now.

    `successor` is the code that took its place; `former_names` are earlier names of the code with their last years.
    """

    code: str
    name: str
    level: str
    parent: str | None
    valid_from: int | None = None
    valid_to: int | None = None
    successor: str | None = None
    former_names: tuple[tuple[str, int], ...] = ()
    stem: str = ""
    pinyin: str = ""

    def existed_in(self, year: int) -> bool:
        """Whether the place was there in that year, give or take the year in which lists changed."""
        return (self.valid_from or year) <= year + 1 and year - 1 <= (self.valid_to or year)

    def names(self) -> Iterator[str]:
        """The official name, the short ones made from its stem, the former ones."""
        yield self.name
        for ending, short in SHORT_ENDINGS.items():
            if self.name.endswith(ending) and self.stem + short != self.name:
                yield self.stem + short
        for name, _ in self.former_names:
            yield name


@cache
def load_divisions(folder: Path = FOLDER) -> Mapping[str, Division]:
    """All divisions by code, the country first. Raises FileNotFoundError or ValueError, naming the line."""
    path = folder / "divisions.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    codes = {row["code"] for row in rows}
    divisions = {COUNTRY: Division(COUNTRY, "中华人民共和国", "country", None, stem="中国", pinyin="zhongguo")}
    for number, row in enumerate(rows, start=2):
        try:
            divisions[row["code"]] = _division(row, codes)
        except (KeyError, ValueError) as error:
            raise ValueError(f"{path}, line {number}: {error}") from error
    return MappingProxyType(divisions)


def named(text: str) -> tuple[Division, ...]:
    """All divisions ever of that name, former name, short name (临夏州), alias (克州) or bare stem (丰城).

    >>> [division.code for division in named("通州区")]
    ['110112', '320612']
    """
    return names().get(text) or stems().get(text) or ()


def province_of(code: str) -> str | None:
    """The name of the province over a code; None for the country and for codes of no province.

    >>> province_of("360981")
    '江西省'
    """
    province = load_divisions().get(code[:2] + "0000")
    return province.name if province and province.level == "province" else None


def chain(code: str) -> tuple[Division, ...]:
    """The division and all above it, without the country, nearest first; empty for an unknown code."""
    divisions, found = load_divisions(), []
    division = divisions.get(code)
    while division and division.level != "country":
        found.append(division)
        division = divisions.get(division.parent or "")
    return tuple(found)


@cache
def names() -> Mapping[str, tuple[Division, ...]]:
    """Full, former and short names and aliases → divisions."""
    divisions = load_divisions()
    table: dict[str, dict[str, Division]] = {}
    for division in _below_the_country():
        for name in division.names():
            table.setdefault(name, {})[division.code] = division
    for alias in tomllib.loads((FOLDER / "aliases.toml").read_text(encoding="utf-8"))["aliases"]:
        table.setdefault(alias["name"], {})[alias["code"]] = divisions[alias["code"]]
    return MappingProxyType({name: tuple(found.values()) for name, found in table.items()})


@cache
def stems() -> Mapping[str, tuple[Division, ...]]:
    """Bare stems (丰城, 临夏, 三都) → divisions; without those of one character."""
    table: dict[str, list[Division]] = {}
    for division in _below_the_country():
        if len(division.stem) > 1:
            table.setdefault(division.stem, []).append(division)
    return MappingProxyType({stem: tuple(found) for stem, found in table.items()})


@cache
def spellings() -> Mapping[str, tuple[Division, ...]]:
    """Names in Latin letters (rongchang) → divisions, as labels of host names may spell them."""
    table: dict[str, list[Division]] = {}
    for division in _below_the_country():
        table.setdefault(division.pinyin, []).append(division)
    return MappingProxyType({spelling: tuple(found) for spelling, found in table.items()})


def _below_the_country() -> Iterator[Division]:
    return (division for division in load_divisions().values() if division.level != "country")


def _division(row: Mapping[str, str], codes: set[str]) -> Division:
    code = row["code"]
    prefecture, province = code[:4] + "00", code[:2] + "0000"
    level = "province" if code == province else "prefecture" if code == prefecture else "county"
    parent = COUNTRY if level == "province" else prefecture if level == "county" and prefecture in codes else province
    former = (part.split(":") for part in row["former_names"].split())
    return Division(
        code, row["name"], level, parent,
        int(row["valid_from"]) if row["valid_from"] else None,
        int(row["valid_to"]) if row["valid_to"] else None,
        row["successor"] or None, tuple((name, int(until)) for name, until in former), row["stem"], row["pinyin"],
    )  # fmt: skip
