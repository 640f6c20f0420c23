"""A made annual report: its body, year, figures and prose, before anyone prints it in some format."""

from __future__ import annotations

import datetime
import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from extract.forms import form_of_year, load_forms
from making.figures import Figures, make_figures

SAMPLE_NOTE = "本页为演示用样例，数据系随机生成。"
PROSE = Path(__file__).with_name("prose.toml")
PARTS = ("proactive", "requests", "management", "platform", "supervision")
NUMERALS = "一二三四五六"
PART_HEADINGS = ("主动公开情况", "依申请公开情况", "政府信息管理情况", "平台建设情况", "监督保障情况")
WE = (  # what a body calls itself, by the end of its name
    ("镇人民政府", "我镇"), ("乡人民政府", "我乡"), ("街道办事处", "我街道"), ("办公室", "我办"), ("局", "我局"),
    ("委员会", "我委"), ("市人民政府", "我市"), ("县人民政府", "我县"), ("区人民政府", "我区"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """An annual report: what it says, wherever it is printed. `sections` are the paragraphs of 一 to 六."""

    issuing_body: str
    report_year: int
    form: str
    figures: Figures
    title: str
    published_on: datetime.date | None
    preamble: tuple[str, ...]
    sections: tuple[tuple[str, ...], ...]

    @property
    def scope(self) -> str:
        """Whose work it tells: a government's with all below it, or one organ's own."""
        return scope_of(self.issuing_body)

    @property
    def headings(self) -> tuple[str, ...]:
        """The six headings as the form prescribes them, numbered."""
        return tuple(f"{NUMERALS[s.number - 1]}、{s.label}" for s in load_forms()[self.form].sections)


def make_report(
    seed: int,
    body: str = "示例县人民政府",
    year: int = 2023,
    *,
    form: str | None = None,
    size: str | None = None,
    figures: Figures | None = None,
    previous: Report | None = None,
    single_other_handling: bool = False,
    title: str | None = None,
    published_on: datetime.date | None = None,
) -> Report:
    """A report of that body and year, on the form of its year unless told otherwise.

    `previous` is the report of the year before, whose carried-over figures this one takes up.
    """
    rng = random.Random(f"{seed} {body} {year}")
    prescribed = form_of_year(year)
    key = form or (prescribed.key if prescribed else "2019")
    own = scope_of(body) == "own_organ"
    if figures is None:
        figures = make_figures(
            load_forms()[key],
            rng.getrandbits(32),
            size=size or _size_of(body),
            single_other_handling=single_other_handling,
            previous=previous.figures if previous else None,
        )
    month = 1 if own else rng.choice((2, 3))
    day = datetime.date(year + 1, month, rng.randint(8, 28))
    said = _Said(rng, _told(rng, body, year, key, figures))
    return Report(
        issuing_body=body,
        report_year=year,
        form=key,
        figures=figures,
        title=title or f"{_short(body)}{year}年政府信息公开工作年度报告",
        published_on=published_on or day,
        preamble=(SAMPLE_NOTE, said("preamble")),
        sections=(
            (
                said("section1", "opening"),
                *(
                    text
                    for numeral, heading, part in zip(NUMERALS, PART_HEADINGS, PARTS, strict=False)
                    for text in (f"（{numeral}）{heading}", said("section1", part))
                ),
            ),
            (),
            (),
            (said("section4", "opening"),),
            (said("section5", "problems"), said("section5", "improvements")),
            (said("section6", "fees"),),
        ),
    )


def scope_of(body: str) -> str:
    """`aggregate` for a government at county level or above, otherwise `own_organ`."""
    township = body.endswith(("镇人民政府", "乡人民政府"))
    return "aggregate" if body.endswith("人民政府") and not township else "own_organ"


def _size_of(body: str) -> str:
    if body.endswith(("镇人民政府", "乡人民政府", "办事处")):
        return "township"
    if body.endswith("人民政府"):
        return "city" if body.endswith("市人民政府") else "county"
    return "department"


def _short(body: str) -> str:
    """The body as titles name it: cities and counties drop 人民政府; a district without it might be a zone."""
    short = body.removesuffix("人民政府")
    return short if scope_of(body) == "aggregate" and short.endswith(("市", "县")) else body


@dataclass(frozen=True, slots=True)
class _Said:
    """Picks a variant of a passage and fills in the report's own facts."""

    rng: random.Random
    told: Mapping[str, object]

    def __call__(self, *path: str) -> str:
        passage: Any = _prose()
        for key in path:
            passage = passage[key]
        return str(self.rng.choice(passage)).format_map(self.told)


@cache
def _prose() -> Mapping[str, Any]:
    return tomllib.loads(PROSE.read_text(encoding="utf-8"))


def _told(rng: random.Random, body: str, year: int, form: str, figures: Figures) -> Mapping[str, object]:
    """What the prose may tell: each figure is that of the tables."""

    def total(row: str) -> int:
        cells = figures.items()
        return sum(int(v or 0) for (t, r, c), v in cells if t == "requests" and c == "total" and _is_in(r, row))

    def disputes(kind: str) -> int:
        cells = figures.items()
        return sum(int(v or 0) for (t, r, c), v in cells if t == "review_and_litigation" and c == "total" and kind in r)

    def disclosed(row: str, column: str) -> object:
        return figures["proactive_disclosure", row, column]

    columns = [c for t, r, c in figures if (t, r) == ("proactive_disclosure", "normative_documents")]
    documents = {column: disclosed("normative_documents", column) for column in columns}
    return {
        "body": body,
        "site": f"{body}网站",
        "we": next((we for end, we in WE if body.endswith(end)), "本机关"),
        "year": year,
        "next_year": year + 1,
        "received": total("received"),
        "carried_in": total("carried_from_previous_year"),
        "handled": total("outcomes_total"),
        "carried_out": total("carried_to_next_year"),
        "disclosed": total("disclosed"),
        "partly": total("partly_disclosed"),
        "withheld": total("withheld"),
        "unable": total("unable"),
        "reconsideration": disputes("reconsideration") - disputes("litigation_after_reconsideration"),
        "litigation": disputes("litigation"),
        "licences": disclosed("administrative_licences", "decisions"),
        "penalties": disclosed("administrative_penalties", "decisions"),
        "documents": rng.choice(_prose()["documents"][form]).format_map(documents),
        **{f"n{i}": rng.randint(3, most) for i, most in enumerate((2000, 60, 300, 12), 1)},
    }


def _is_in(row: str, group: str) -> bool:
    return row == group or row.startswith(f"{group}.")
