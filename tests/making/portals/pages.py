"""The pages of local portals: furniture as every portal has it, lists, and reports that are long enough for one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from making.portals.serving import Answer

NAV = (
    '<div class="nav"><a href="/">首页</a><a href="/zwgk/">政务公开</a><a href="/hd/">互动交流</a>'
    '<a href="/zwgk/zhinan.html">政府信息公开指南</a><a href="/zwgk/zhidu/">政府信息公开制度</a></div>'
)
FOOT = '<div class="foot"><a href="http://www.gov.cn/">中国政府网</a><a href="/map.html">网站地图</a></div>'
SENTENCES = "".join(
    f"（{n}）本年度收到政府信息公开申请{n}件，上年结转{n}件，均在法定期限内办结，没有因此被申请行政复议或提起行政诉讼。"
    for n in range(1, 25)
)

Row = tuple[str, str]  # address, title


def html(body: str, *, title: str = "政府信息公开", head: str = "") -> str:
    """A page with the furniture that surrounds every page of a portal."""
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body>{NAV}{body}{FOOT}</body></html>"
    )


def rows(entries: Iterable[Row], *, kind: str = "list") -> str:
    """A list of links with dates."""
    lines = "".join(
        f'<li><a href="{url}" title="{title}">{title[:18]}{"…" if len(title) > 18 else ""}</a><span>2024-01-{n:02}</span></li>'
        for n, (url, title) in enumerate(entries, start=1)
    )
    return f'<ul class="{kind}">{lines}</ul>'


def column(entries: Iterable[Row], *, after: str = "", head: str = "") -> str:
    """A page of a column."""
    return html(rows(entries) + after, title="政府信息公开年报", head=head)


def report(title: str, *, body: str = "zoom", more: str = "") -> str:
    """A report in HTML."""
    return html(
        f'<div class="crumb">当前位置：政府信息公开年报</div><h1>{title}</h1><div id="{body}"><p>{SENTENCES}</p>{more}</div>',
        title=title,
    )


def reports(entries: Iterable[Row]) -> Mapping[str, Answer]:
    """A report for each line of a list."""
    return {url: Answer(report(title)) for url, title in entries}


def said(body: str, year: int = 2023) -> str:
    """The usual title of a report."""
    return f"{body}{year}年政府信息公开工作年度报告"


# What stands in such columns and is no report (irregularities: 解读, 图解, 通知, 部署会, 国企 …).
NOISE = {
    "丰城市2023年政府信息公开工作年度报告解读": "interpretation",
    "一图读懂丰城市2023年政府信息公开年报": "interpretation",
    "关于做好2023年政府信息公开工作年度报告编制工作的通知": "notice",
    "丰城市召开2023年政府信息公开年报编制部署会": "news",
    "丰城市人民政府网站工作年度报表（2023年度）": "website_report",
    "丰城市政府信息公开工作年度报告制度": "regulation",
    "丰城市2023年法治政府建设年度报告": "other",
    "丰城市城投集团有限公司2023年政府信息公开工作年度报告": "other",
    "政府信息公开工作年度报告模板": "template",
}
