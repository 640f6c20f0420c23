"""What a title says: annual report or not, of which year, by which body. Rules and division data; never a guess."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from crawler.bodies import Body, names_a_place, read_body, zone_of
from crawler.characters import simplified
from crawler.places import Whereabouts, whereabouts

RULES = Path(__file__).parent.parent / "data" / "names" / "titles.toml"

SPACE = re.compile(r"\s+")
# Some mirror pages print the pronunciation behind a character: 自治区(qū).
PRONUNCIATION = re.compile(r"\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]{1,6}\)")
QUOTES = str.maketrans("", "", "《》〈〉“”\"'‘’「」『』*#​﻿")
NUMERALS = str.maketrans("〇○零oO一二三四五六七八九", "00000123456789")
YEAR = re.compile(
    r"(?<!\d)((?:20|19)\d\d|[二2][〇○零oO0][〇○零oO0-9一二三四五六七八九]{2})(?!\d)(?:年度|年|度)?(?:年?度)*"
)
DATE = re.compile(r"(?:20\d\d年?)?\d{1,2}月(?:\d{1,2}日)?|20\d\d-\d{1,2}-\d{1,2}")
SEPARATORS = re.compile(r"[|:;：；\-—–_·•()（）【】\[\]<>,，、/。!！?？]+|关于")
FILLERS = re.compile(r"^(公布|发布|印发|转发|附件\d*|的|年度|本级)+|(的|年度|年|本级|部门|开展)+$")
BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|<[^<>]*>")


@dataclass(frozen=True, slots=True)
class TitleReading:
    """What a title says, and why. What it does not tell is None.

    `kind` is "report" or what it is instead. `issuing_body` is the body as a reader says it, `identity` its name in
    every report (short place names written out). `division` is the government that it belongs to.
    """

    kind: str
    rule: str
    report_year: int | None = None
    issuing_body: str | None = None
    identity: str | None = None
    scope: str = "unknown"
    body_kind: str | None = None
    level: str | None = None
    division: str | None = None
    province: str | None = None
    evidence: tuple[str, ...] = ()

    @property
    def is_annual_report(self) -> bool:
        """Whether the title is that of an annual report."""
        return self.kind == "report"


@dataclass(frozen=True, slots=True)
class Rule:
    """Words that show a title to be something else than a report."""

    kind: str
    says: str
    in_tail: bool
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """data/names/titles.toml, compiled."""

    rules: tuple[Rule, ...]
    subject: re.Pattern[str]
    report: re.Pattern[str]
    plain_report: re.Pattern[str]
    dressing: re.Pattern[str]


def read_title(
    title: str,
    *,
    url: str | None = None,
    division: str | None = None,
    portal_name: str | None = None,
    publisher: str | None = None,
) -> TitleReading:
    """Kind, year and body of a title.

    `division` is that of the portal, `publisher` the 发布机构 of the page: the one settles which 通州区 is meant, the
    other speaks when the title names no body. On the portal of a zone, which `portal_name` tells, 财政局 is the zone's.
    """
    text, where = plain(title), whereabouts(url, division)
    if portal_name and (zone := _zone(portal_name, division)):
        where = replace(where, zone=zone)
    year, without_years = _year(text)
    body = _body(without_years, year, where)
    evidence = [*(body.evidence if body else ())]
    if publisher and (better := _by_publisher(publisher, body, year, where)):
        body = better
        evidence.append(f"publisher {publisher}")
    kind, rule = _kind(text, without_years, year, body)
    if body is None:
        return TitleReading(kind, rule, year, evidence=tuple(evidence))
    body_kind = "other" if body.kind == "enterprise" else body.kind
    return TitleReading(
        kind, rule, year, body.name, body.identity, body.scope, body_kind,
        body.level, body.division, body.province, tuple(evidence),
    )  # fmt: skip


def read_title_file(path: Path) -> Iterator[dict[str, object]]:
    """What each line of a tab-separated file with the columns `title` and `url` says, in its order, as one JSON object.

    Raises KeyError where there is no column `title`.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE, escapechar="\\"):
            told = read_title(row["title"] or "", url=row.get("url") or None)
            yield {
                "title": row["title"], "is_annual_report": told.is_annual_report, "issuing_body": told.issuing_body,
                "report_year": told.report_year, "province": told.province, "scope": told.scope,
                "division": told.division, "kind": told.kind, "rule": told.rule,
            }  # fmt: skip


def plain(title: str) -> str:
    """The title in Simplified characters on one line, without quotes, extensions and other dressing."""
    text = PRONUNCIATION.sub("", simplified(title)).translate(QUOTES)
    return _rules().dressing.sub("", SPACE.sub("", text))


@lru_cache(maxsize=4096)
def _zone(portal_name: str, division: str | None) -> str | None:
    return zone_of(plain(portal_name), whereabouts(None, division))


def _kind(text: str, without_years: str, year: int | None, body: Body | None) -> tuple[str, str]:
    """The first rule that fits, then whether subject and 报告 are there."""
    subject = _rules().subject.search(without_years)
    tail = without_years[subject.end() :] if subject else ""
    for rule in _rules().rules:
        if rule.pattern.search(tail if rule.in_tail else text):
            return rule.kind, rule.says
    if body and body.kind == "enterprise":
        return "other", "由企业、医院或学校公布，不是行政机关"
    if subject and _rules().report.search(without_years):
        if year is None and body is None:
            return "column", "只有报告之名，没有机关和年度"
        return "report", "政府信息公开＋报告或年报"
    left = without_years.replace("|", "").removeprefix("年度" if body is None else "")
    if year and _rules().plain_report.search(_after_body(without_years.replace("|", ""), body)):
        return "report", "年报＋年度，此外只有机关"
    if year and not left:
        return "column", "只有年度"
    return "other", "不是关于政府信息公开的报告或年报"


def _after_body(text: str, body: Body | None) -> str:
    """What stands from the word 年度, 年报 or 报告 on, where a body stands before it; otherwise all of the text."""
    start = re.search(r"(年度|工作)*(年报|报告)", text)
    return text[start.start() :] if start and (body or not text[: start.start()]) else text


def _year(text: str) -> tuple[int | None, str]:
    """The report year and the text with every year replaced by a bar; None where two years compete."""
    text = DATE.sub("|", text)
    found = [(int(match[1].translate(NUMERALS)), match) for match in YEAR.finditer(text)]
    years = [year for year, match in found if "度" in match.group()] or [year for year, _ in found]
    without = YEAR.sub(lambda match: "|年度" if "度" in match.group() else "|", text)
    return (years[0] if len(set(years)) == 1 else None), without


def _body(without_years: str, year: int | None, where: Whereabouts) -> Body | None:
    """The piece nearest before the subject that names a body, otherwise one behind the report's name."""
    for piece in _pieces(without_years):
        if body := read_body(piece, year, where):
            return body
    return None


def _pieces(text: str) -> Iterator[str]:
    subject = _rules().subject.search(text)
    report = _rules().report.search(text, subject.end() if subject else 0)
    head = text[: subject.start()] if subject else text[: report.start()] if report else text
    tail = text[report.end() :] if report else text[subject.end() :] if subject else ""
    for part in (BRACKETS.sub("", head), head):
        yield from (FILLERS.sub("", piece) for piece in reversed(SEPARATORS.split(part)))
    yield from (FILLERS.sub("", piece) for piece in SEPARATORS.split(tail))


def _by_publisher(publisher: str, body: Body | None, year: int | None, where: Whereabouts) -> Body | None:
    """The publisher's name for a body that the title leaves out, or names without its place."""
    text = SPACE.sub("", simplified(publisher))
    other = read_body(text, year, where) if names_a_place(text) else None
    if other is None or other.kind == "enterprise":
        return None
    if body is None:
        return other
    fuller = body.division is None and other.division and other.identity.endswith(body.identity)
    return other if fuller else None


@cache
def _rules() -> Rules:
    with RULES.open("rb") as file:
        raw: dict[str, Any] = tomllib.load(file)
    return Rules(
        tuple(Rule(r["kind"], r["says"], r["where"] == "tail", re.compile(r["pattern"])) for r in raw["rules"]),
        re.compile(raw["subject"]), re.compile(raw["report"]), re.compile(raw["plain_report"]),
        re.compile(raw["dressing"], re.IGNORECASE),
    )  # fmt: skip
