"""The shapes of columns: years, groups and bodies, the counties on a city's portal, a column that is the report."""

from __future__ import annotations

from collections.abc import Iterator

from making.portals.pages import Row, column, html, report, reports, rows, said
from making.portals.serving import Answer, LocalPortal


def portals() -> Iterator[LocalPortal]:
    """All of them."""
    yield from (years(), bodies(), counties(), named_by_body(), year_is_the_report(), itself(), itself_showlist())
    yield year_is_a_file()
    yield year_is_the_report_beside_others()
    yield from (more_behind(), list_titled_like_a_report())


def years() -> LocalPortal:
    """A column of years, each a list."""
    of = {year: [(f"/gk/nb/{year}n/t58292{year}.html", said("丰城市", year))] for year in (2023, 2022, 2021)}
    return LocalPortal(
        "tree-years",
        "/gk/nb/",
        {
            "/gk/nb/": column([(f"./{year}n/", f"{year}年") for year in of]),
            **{f"/gk/nb/{year}n/": column(lines) for year, lines in of.items()},
            **reports([line for lines in of.values() for line in lines]),
        },
        [url for lines in of.values() for url, _ in lines],
    )


def bodies() -> LocalPortal:
    """Year, group, body, list; beside them a menu that is no part of the tree."""
    menu = rows([("/jgzn/", "机构职能"), ("/bm/jyj/", "市教育局"), ("/zcwj/2023/", "2023年政策文件")], kind="menu")
    tree: dict[str, list[Row]] = {
        "/zfxxgknb/": [("2023nb/", "2023年"), ("2022nb/", "2022年")],
        "/zfxxgknb/2023nb/": [("szbm/", "市直部门"), ("xzjd/", "各乡镇（街道）")],
        "/zfxxgknb/2023nb/szbm/": [("jyj/", "市教育局"), ("czj/", "市财政局")],
        "/zfxxgknb/2022nb/": [("jyj/", "市教育局")],
    }
    lists = {
        "/zfxxgknb/2023nb/szbm/jyj/": [("/zfxxgknb/2023nb/szbm/jyj/202401/t20240125_1.html", said("丰城市教育局"))],
        "/zfxxgknb/2023nb/szbm/czj/": [("/zfxxgknb/2023nb/szbm/czj/202401/t20240125_12878.html", said("丰城市财政局"))],
        "/zfxxgknb/2023nb/xzjd/": [
            (f"/zfxxgknb/2023nb/xzjd/202401/t20240125_1288{n}.html", said(f"{town}人民政府"))
            for n, town in enumerate(("曲江镇", "上塘镇", "拖船镇"))
        ],
        "/zfxxgknb/2022nb/jyj/": [("/zfxxgknb/2022nb/jyj/202301/t20230125_12779.html", said("丰城市教育局", 2022))],
    }
    lines = [line for each in lists.values() for line in each]
    return LocalPortal(
        "tree-bodies",
        "/zfxxgknb/",
        {
            **{path: html(menu + rows(children)) for path, children in tree.items()},
            **{path: html(menu + rows(each)) for path, each in lists.items()},
            **reports(lines),
        },
        [url for url, _ in lines],
        never=["/jgzn/", "/bm/", "/zcwj/"],
    )


def counties() -> LocalPortal:
    """A city's portal with the reports of its counties, and a county's report twice, by another address."""
    lines = [
        ("/gqzf/jnq/202401/t20240119_4150184.html", "江西省丰城市2023年政府信息公开工作年度报告"),
        ("/gqzf/zs/202401/t20240119_4150185.html", "樟树市2023年政府信息公开工作年度报告"),
        ("/gqzf/ga/202401/t20240119_4150186.html", "高安市2023年政府信息公开工作年度报告"),
        ("/szf/202402/t20240205_4164669.html", "丰城市2023年政府信息公开工作年度报告"),
    ]
    answers = dict(reports(lines))
    answers[lines[3][0]] = answers[lines[0][0]]
    return LocalPortal(
        "tree-counties", "/zfxxgknb/gqzf/", {"/zfxxgknb/gqzf/": column(lines), **answers}, [u for u, _ in lines]
    )


def named_by_body() -> LocalPortal:
    """A list of the year whose lines name only the bodies."""
    lines = [
        (f"/2023nnb/t58302{n}0.html", body) for n, body in enumerate(("市教育局", "市财政局", "曲江镇", "市政府办公室"))
    ]
    return LocalPortal(
        "tree-named-by-body",
        "/2023nnb/",
        {"/2023nnb/": column(lines), **{url: report(said(f"丰城{body}")) for url, body in lines}},
        [url for url, _ in lines],
    )


def year_is_the_report() -> LocalPortal:
    """Years whose pages are the reports themselves."""
    pages = {f"/nb/{year}/": report(said("丰城市", year)) for year in (2023, 2022)}
    return LocalPortal(
        "tree-year-is-report",
        "/nb/",
        {"/nb/": column([("/nb/2023/", "2023年"), ("/nb/2022/", "2022年")]), **pages},
        [*pages],
        itself=True,
    )


def year_is_the_report_beside_others() -> LocalPortal:
    """The column is this year's report, and the years before stand beside it."""
    years = '<div class="side">' + "".join(f'<a href="/gk/{y}.html">{y}年</a>' for y in (2023, 2022, 2021)) + "</div>"
    pages = {f"/gk/{year}.html": report(said("丰城市", year), more=years) for year in (2023, 2022, 2021)}
    return LocalPortal("tree-year-beside-others", "/gk/2023.html", pages, [*pages], itself=True)


def year_is_a_file() -> LocalPortal:
    """Years whose reports are files right behind them, one at an address that does not say so."""
    files = {"/nb/2023.pdf": "2023年", "/nb/down?id=2022": "2022年"}
    return LocalPortal(
        "tree-year-is-file",
        "/nb/",
        {
            "/nb/": column([*files.items()]),
            **{url: Answer(b"%PDF-1.4\n%\xe2\xe3\x00" + url.encode(), "application/pdf") for url in files},
        },
        [*files],
        itself=True,
    )


def itself() -> LocalPortal:
    """A VSB page that is the report and no list, with a file."""
    more = '<a href="/__local/1/2023.docx">附件：年报.docx</a>'
    return LocalPortal(
        "tree-itself",
        "/gk/2023nb.htm",
        {"/gk/2023nb.htm": report(said("丰城市教育局"), body="vsb_content", more=more), "/__local/1/2023.docx": b"PK"},
        ["/gk/2023nb.htm"],
        files=["/__local/1/2023.docx"],
        itself=True,
    )


def itself_showlist() -> LocalPortal:
    """A showList address that is a report."""
    return LocalPortal(
        "tree-itself-showlist",
        "/Xxgknb/show/616527.html?type=1",
        {"/Xxgknb/show/616527.html": report(said("丰城市"))},
        ["/Xxgknb/show/616527.html?type=1"],
        itself=True,
    )


def more_behind() -> LocalPortal:
    """The first lines of each group, the others behind 更多."""
    lines = [
        (f"/nb/bm/t2024{n}.html", said(f"丰城市{who}"))
        for n, who in enumerate(("教育局", "财政局", "审计局", "水利局"))
    ]
    return LocalPortal(
        "tree-more",
        "/nb/",
        {
            "/nb/": html(f'<div><h3>市直部门</h3><a href="/nb/bm/">更多&gt;&gt;</a>{rows(lines[:2])}</div>'),
            "/nb/bm/": column(lines),
            **reports(lines),
        },
        [url for url, _ in lines],
    )


def list_titled_like_a_report() -> LocalPortal:
    """Lines titled like reports that lead to lists: of a group of bodies, and of a year."""
    of_towns, of_year = (
        [(f"/nb/202401/t20240125_{n}28{k:02}.html", said(f"{town}人民政府")) for k, town in enumerate(names)]
        for n, names in enumerate((("曲江镇", "上塘镇"), ("拖船镇", "泉港镇")), start=1)
    )
    lists = [("/nb/2023.html", "丰城市各乡镇2023年政府信息公开年报"), ("/nb/2023a.html", "2023年政府信息公开年报")]
    return LocalPortal(
        "tree-list-like-report",
        "/nb/",
        {
            "/nb/": column(lists),
            "/nb/2023.html": column(of_towns),
            "/nb/2023a.html": column(of_year),
            **reports([*of_towns, *of_year]),
        },
        [url for url, _ in (*of_towns, *of_year)],
    )
