"""Which sample portals the demo has, who files there, and which of their reports are odd in which way."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ALLOW_ALL = "User-agent: *\nAllow: /\n"


@dataclass(frozen=True, slots=True)
class Oddity:
    """How one report differs from a plain page: what is damaged, how it is delivered."""

    damages: tuple[str, ...] = ()
    delivery: str = "page"  # page, docx, both
    markup: str = "clean"
    form: str | None = None
    published_on: datetime.date | None = None
    word: Mapping[str, bool] | None = None
    damages_of_docx: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample portal as demo.toml names it, with the bodies that file there."""

    key: str
    name: str
    family: str
    address: str
    column: str
    division: str | None = None
    bodies: tuple[str, ...] = ()
    years: Sequence[int] = range(2019, 2026)
    others: tuple[tuple[str, int], ...] = ()  # kind, year
    robots: str = ALLOW_ALL

    @property
    def site(self) -> str:
        """The portal's name on its pages."""
        return f"{self.name}网站"


FENGCHENG = Sample(
    "fengcheng", "丰城市人民政府", "ucap", "127.20.0.1", "/fcsrmzf/bjzfxxgknb/xxgk_list.shtml", division="360981",
    others=(
        ("interpretation", 2023), ("notice", 2023), ("news", 2023), ("filing_list", 2023), ("website_report", 2023),
        ("regulation", 2023), ("summary", 2023),
    ),
)  # fmt: skip
CITY = Sample(
    "shilishi", "示例市人民政府", "trs", "127.20.0.2", "/zwgk/zfxxgknb/index.html",
    bodies=("示例市人民政府", "示例市人民政府办公室", "示例市财政局", "示例市示例镇人民政府"),
    others=(("interpretation", 2024), ("notice", 2023), ("filing_list", 2022), ("website_report", 2023)),
    robots="User-agent: *\nDisallow: /internal/\n",
)  # fmt: skip
COUNTY = Sample(
    "shilixian", "示例县人民政府", "vsb", "127.20.0.3", "/zwgk/zfxxgknb.htm",
    bodies=("示例县人民政府", "示例县公安局", "示例县教育局"),
    others=(("interpretation", 2023), ("news", 2022)),
)  # fmt: skip
DISTRICT = Sample(
    "yanshiqu", "演示区人民政府", "generic", "127.20.0.4", "/gk/nb/",
    bodies=("演示区人民政府", "演示区市场监督管理局", "演示区演示街道办事处"),
    others=(("regulation", 2020), ("summary", 2021)),
)  # fmt: skip
OTHER_COUNTY = Sample(
    "yanshixian", "演示县人民政府", "showlist", "127.20.0.5", "/OpennessAnnualReport/showList/1/page_1.html",
    bodies=("演示县人民政府", "演示县交通运输局"), years=range(2021, 2026), others=(("filing_list", 2024),),
)  # fmt: skip

ODDITIES: Mapping[tuple[str, int], Oddity] = {
    ("示例市人民政府", 2021): Oddity(markup="word"),
    ("示例市人民政府", 2022): Oddity(delivery="both"),
    ("示例市人民政府", 2024): Oddity(delivery="docx"),
    ("示例市人民政府", 2025): Oddity(("thousands_separators",)),
    ("示例市人民政府办公室", 2020): Oddity(delivery="docx"),
    ("示例市人民政府办公室", 2023): Oddity(delivery="docx", word={"split_runs": True, "insertions": True}),
    # Late, and on the form that was in force no more.
    ("示例市财政局", 2021): Oddity(form="2019", published_on=datetime.date(2022, 5, 16)),
    ("示例市财政局", 2023): Oddity(("wrong_total",)),
    ("示例市财政局", 2025): Oddity(("title_says_nianbao",)),
    ("示例市示例镇人民政府", 2021): Oddity(("single_other_handling",)),
    ("示例市示例镇人民政府", 2022): Oddity(("blank_cells", "dash_cells")),
    ("示例市示例镇人民政府", 2024): Oddity(delivery="docx", word={"content_controls": True}),
    ("示例县人民政府", 2023): Oddity(("not_processed_called_withheld", "characters_lost_in_label")),
    ("示例县人民政府", 2025): Oddity(("leftovers", "prose_contradicts_table")),
    ("示例县公安局", 2019): Oddity(markup="uneven"),
    ("示例县公安局", 2022): Oddity(delivery="docx", word={"insertions": True}),
    ("示例县公安局", 2023): Oddity(delivery="docx", word={"deletions": True}),
    ("示例县教育局", 2020): Oddity(("changes_in_words",)),
    ("示例县教育局", 2021): Oddity(("title_without_body",)),
    ("示例县教育局", 2023): Oddity(("repeated_results_head",), markup="word"),
    # Page and document do not agree.
    ("示例县教育局", 2024): Oddity(delivery="both", damages_of_docx=("wrong_applicant",)),
    ("示例县教育局", 2025): Oddity(("full_width_digits",)),
    ("演示区人民政府", 2020): Oddity(("procurement_in_yuan",)),
    ("演示区市场监督管理局", 2021): Oddity(("old_label_of_documents",)),
    ("演示区市场监督管理局", 2024): Oddity(("missing_row",)),
    ("演示区演示街道办事处", 2022): Oddity(("unit_in_cell",)),
    ("演示区演示街道办事处", 2023): Oddity(("split_table",)),
    ("演示区演示街道办事处", 2025): Oddity(("slash_cells",)),
    ("演示县人民政府", 2023): Oddity(("fees_with_unit",), markup="uneven"),
    ("演示县交通运输局", 2022): Oddity(("wrong_reconsideration_total",)),
    ("演示县交通运输局", 2024): Oddity(("ordinal_column",), delivery="docx"),
}
PLAIN = Oddity()
