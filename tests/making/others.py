"""What stands in a column of annual reports and is none: explanations, notices, lists of who has filed."""

from __future__ import annotations

from dataclasses import dataclass

from making.html import paragraphs
from making.report import SAMPLE_NOTE

# Kind: title and text; {place} and {year} are filled in. Written for the demo.
TEXTS = {
    "interpretation": (
        "图解：{place}{year}年政府信息公开工作年度报告（演示样例）",
        "本文以问答形式说明年度报告的内容安排。问：年度报告有哪几部分？答：共六个部分，包括总体情况和三张统计表。"
        "问：在哪里可以看到全文？答：在本栏目。",
    ),
    "notice": (
        "关于做好{place}{year}年政府信息公开工作年度报告编制和发布工作的通知（演示样例）",
        "各单位：为做好年度报告的编制工作，请按照统一格式填写，于规定日期前发布在本单位的公开专栏，并报送发布链接。",
    ),
    "news": (
        "{place}召开{year}年度政府信息公开年报编制工作部署会（演示样例）",
        "会议介绍了年度报告的格式和勾稽关系，通报了上一年度报告中常见的填报错误，要求各单位安排专人负责。",
    ),
    "filing_list": (
        "{place}{year}年政府信息公开工作年度报告公布情况一览（演示样例）",
        "截至目前，各单位均已公布年度报告。列表如下：人民政府，已公布；政府办公室，已公布；各部门，已公布；各乡镇，已公布。",
    ),
    "website_report": (
        "{place}人民政府网站工作年度报表（{year}年度）（演示样例）",
        "网站名称：演示网站。独立用户访问总量 12345 个，网站总访问量 67890 次，信息发布总数 321 条，专栏专题 2 个。",
    ),
    "regulation": (
        "{place}政府信息公开工作年度报告制度（演示样例）",
        "第一条 为规范年度报告的编制和发布，制定本制度。第二条 年度报告应当包括规定的六个部分。"
        "第三条 本制度自印发之日起施行。",
    ),
    "summary": (
        "{place}{year}年政务公开工作总结（演示样例）",
        "一年来，本单位按照要点开展政务公开工作，完成了年初确定的任务。下一步将继续加强学习，改进工作。",
    ),
}


@dataclass(frozen=True, slots=True)
class Other:
    """An article that is no annual report: its kind, title and body (HTML)."""

    kind: str
    title: str
    body: str


def make_other(kind: str, place: str, year: int) -> Other:
    """An article of that kind, which says that it is a sample. Raises KeyError for an unknown kind."""
    title, text = TEXTS[kind]
    return Other(kind, title.format(place=place, year=year), paragraphs(SAMPLE_NOTE, text))
