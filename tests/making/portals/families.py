"""A local portal for each family, and for each variant that is met."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from making.portals.pages import NOISE, Row, column, html, report, reports, rows, said
from making.portals.serving import Answer, LocalPortal, Met

TOWNS = (
    "曲江镇",
    "上塘镇",
    "拖船镇",
    "泉港镇",
    "梅林镇",
    "秀市镇",
    "白土镇",
    "袁渡镇",
    "张巷镇",
    "杜市镇",
    "淘沙镇",
    "筱塘乡",
)
HEX = "7d69cd47d780483f8b7e4071813d{:04x}"
UUID = "720faafd-6610-4d9e-9cc8-9e0f056c{:04x}"
SITE = "0772e821-5733-421d-82e7-f545c5729b9e"
JSON = "application/json;charset=UTF-8"


def portals() -> Iterator[LocalPortal]:
    """All of them."""
    yield from (trs(), trs_second_page_is_two(), trs_counted(), ucap(), ucap_json(), ucap_channels())
    yield from (hanweb_post(), hanweb_encrypted(), hanweb_jpaas(), vsb(), nfcms(), gkmlpt(), longxun())
    yield from (
        showlist(),
        hebei(),
        epoint(0),
        epoint(1),
        epoint_static(),
        generic_php(),
        generic_table(),
        generic_json(),
        generic_aspx(),
        generic_thtml(),
    )


def towns(address: Callable[[int], str], count: int = 6) -> list[Row]:
    """Reports of so many towns."""
    return [(address(n), said(f"{town}人民政府")) for n, town in enumerate(TOWNS[:count])]


def noisy(address: Callable[[int], str]) -> list[Row]:
    """What is no report, at addresses of the same kind."""
    return [(address(100 + n), title) for n, title in enumerate(NOISE)]


def trs() -> LocalPortal:
    """Three pages, the third a stub; addresses of 1970; pages for telephones; a page of GBK that says GB2312."""
    lines = [*towns(lambda n: f"/nb/202401/t20240115_32711{n:02}.html", 8)]
    lines[0] = ("/nb/t19700101_3441457.shtml", "丰城市2023年政府信息公开工作年度报告")
    lines[1] = ("/nb/202401/t20240116_4755107.htm", said("丰城市镕堃镇人民政府"))
    noise = noisy(lambda n: f"/nb/202401/t20240117_3271{n}.html")
    twin = ("/nb/t19700101_3441457_app.shtml", lines[0][1])
    filed = ("/nb/202404/t20240401_3279000.html", "丰城市2023年政府信息公开工作年度报告公布情况")
    calls = [f'<script>createPageHTML(3, {n}, "index", "html");</script>' for n in range(3)]
    first = column([twin, *lines[:4], *noise, filed], after=calls[0]).replace("utf-8", "gb2312")
    return LocalPortal(
        "trs",
        "/nb/",
        {
            "/robots.txt": Answer("User-agent: *\nDisallow: /nb/internal/\n", "text/plain"),
            "/nb/": Answer(first.encode("gb18030"), "text/html; charset=gb2312"),
            "/nb/index_1.html": column(
                [*lines[4:], ("/nb/internal/t20240118_3271999.html", said("丰城市审计局"))], after=calls[1]
            ),
            "/nb/index_2.html": Answer("<html><head><title>Document</title></head><body></body></html>" + " " * 300),
            "/nb/internal/t20240118_3271999.html": report("不得抓取"),
            twin[0]: report(twin[1]),
            filed[0]: report(filed[1]),
            **reports(lines),
        },
        [url for url, _ in lines],
        noise=NOISE | {filed[1]: "filing_list"},
        never=["/nb/internal/", twin[0], *(url for url, _ in noise)],
    )


def trs_second_page_is_two() -> LocalPortal:
    """The second page is index_2.html, and index_1.html the first once more."""
    lines = towns(lambda n: f"/xxgk/nb/202401/t20240115_99{n:03}.shtml", 9)
    pages = [
        column(lines[3 * n : 3 * n + 3], after=f'<script>createPageHTML(3, {n}, "index", "shtml");</script>')
        for n in range(3)
    ]
    return LocalPortal(
        "trs-offset",
        "/xxgk/nb/index.shtml",
        {
            "/xxgk/nb/index.shtml": pages[0],
            "/xxgk/nb/index_1.shtml": pages[0],
            "/xxgk/nb/index_2.shtml": pages[1],
            "/xxgk/nb/index_3.shtml": pages[2],
            **reports(lines),
        },
        [url for url, _ in lines],
    )


def trs_counted() -> LocalPortal:
    """The pages are counted in a variable, and the pager drawn by a script."""
    lines = towns(lambda n: f"/gknb/t94724{n}.shtml", 6)
    counted = "<script>var countPage = 2; var currentPage = {};</script>"
    return LocalPortal(
        "trs-counted",
        "/gknb/",
        {
            "/gknb/": column(lines[:3], after=counted.format(0)),
            "/gknb/index_1.html": column(lines[3:], after=counted.format(1)),
            **reports(lines),
        },
        [url for url, _ in lines],
    )


def ucap() -> LocalPortal:
    """A named list of two pages; the column's folder alone answers 403."""
    lines = towns(lambda n: f"/fc/nb/202402/{HEX.format(n)}.shtml", 7)
    noise = noisy(lambda n: f"/fc/nb/202402/{HEX.format(n)}.shtml")
    paging = "<div id='page_div'></div><script>createPageHTML('page_div',2,{},'xxgk_list','shtml',7);</script>"
    return LocalPortal(
        "ucap",
        "/fc/nb/xxgk_list.shtml",
        {
            "/fc/nb/": Answer("forbidden", status=403),
            "/fc/nb/xxgk_list.shtml": column([*lines[:4], *noise], after=paging.format(1)),
            "/fc/nb/xxgk_list_2.shtml": column(lines[4:], after=paging.format(2)),
            **reports(lines),
        },
        [url for url, _ in lines],
        noise=NOISE,
        never=["/fc/nb/202402/7d69cd47d780483f8b7e4071813d006"],
    )


def ucap_json() -> LocalPortal:
    """The list is drawn by a script from JSON, three lines a page."""
    lines = towns(lambda n: f"/nbjson/202401/{HEX.format(n)}.shtml", 7)
    channel = "9d3e4071813dcf2c7d69cd47d780483f"

    def search(met: Met) -> Answer:
        number = int(met.query["page"])
        told = lines[3 * number - 3 : 3 * number]
        results = [
            {"title": title, "url": url, "publishedTimeStr": "2024-01-15 10:00:00", "channelName": "年报", "memo": ""}
            for url, title in told
        ]
        data = {"page": number, "rows": 3, "total": len(lines), "results": results}
        return Answer(json.dumps({"status": 200, "data": data}, ensure_ascii=False), JSON)

    address = f"/common/search/{channel}?_isAgg=true&_isJson=true&_pageSize=3&_template=index&_rangeTimeGte=&_channelName=&page=1"
    script = f'<div id="list"></div><script>$.get("{address}", function (d) {{ draw(d); }});</script>'
    return LocalPortal(
        "ucap-json",
        "/nbjson/pc/list.html",
        {"/nbjson/pc/list.html": html(script), f"/common/search/{channel}": search, **reports(lines)},
        [url for url, _ in lines],
    )


def ucap_channels() -> LocalPortal:
    """The column names channels below it, one a year, each with its own list."""
    years = {2023: "aa" * 16, 2022: "bb" * 16}
    lines = {year: [(f"/c1/{year}01/{HEX.format(year)}.shtml", said("丰城市", year))] for year in years}

    def search(met: Met) -> Answer:
        year = next(year for year, channel in years.items() if channel in met.target)
        results = [{"title": title, "url": url, "publishedTimeStr": "2024-01-15"} for url, title in lines[year]]
        return Answer(json.dumps({"data": {"page": 1, "rows": 20, "total": 1, "results": results}}), JSON)

    children = [{"channelId": channel, "displayName": f"{year}年"} for year, channel in years.items()]
    script = '<script>load("/common/getChannelList?channelCode=c1&websiteCodeName=fc");</script>'
    return LocalPortal(
        "ucap-channels",
        "/c1/common_list.shtml",
        {
            "/c1/common_list.shtml": html(script),
            "/common/getChannelList": Answer(json.dumps({"results": {"children": children}}), JSON),
            **{f"/common/search/{channel}": search for channel in years.values()},
            **reports([line for each in lines.values() for line in each]),
        },
        [url for each in lines.values() for url, _ in each],
    )


def _records(lines: list[Row]) -> str:
    return "<recordset>" + "".join(
        f'<record><![CDATA[<li><a href="{url}" title="{title}">{title}</a><span>2024-01-29</span></li>]]></record>'
        for url, title in lines
    ) + "</recordset>"  # fmt: skip


def _datastore(next_group: str, lines: list[Row]) -> str:
    group = f'<nextgroup><![CDATA[<a href="{next_group}"></a>]]></nextgroup>' if next_group else ""
    return f"<datastore>{group}{_records(lines)}</datastore>"


def hanweb_post() -> LocalPortal:
    """jpage: six lines in the page's script, the others by POST; a GET brings the first ones again."""
    lines = towns(lambda n: f"/art/2024/1/29/art_104_4179{n}.html", 12)

    def proxy(met: Met) -> Answer | None:
        if met.method != "POST" or met.form.get("columnid") != "104" or met.form.get("unitid") != "6":
            return Answer("<datastore></datastore>", "text/xml")
        first, last = int(met.query["startrecord"]), int(met.query["endrecord"])
        total = f"<totalrecord>{len(lines)}</totalrecord><totalpage>6</totalpage><perpage>2</perpage>"
        return Answer(f"<datastore>{total}{_records(lines[first - 1 : last])}</datastore>", "text/xml;charset=UTF-8")

    given = "/module/web/jpage/dataproxy.jsp?page=1&amp;appid=1&amp;webid=1&amp;path=/&amp;columnid=104&amp;unitid=6"
    script = (
        f'<div id="6"><script type="text/xml">{_datastore(given, lines[:6])}</script></div><script>$("#6").jpage({{'
        "proxyUrl:'/module/web/jpage/dataproxy.jsp', perPage:2, totalRecord:12, ajaxParam:{col:1,appid:1,webid:1,"
        "path:'/',columnid:104,sourceContentType:1,unitid:'6',webname:'丰城市人民政府',permissiontype:0}});</script>"
    )
    return LocalPortal(
        "hanweb",
        "/col/col104/index.html?number=D001",
        {
            "/col/col104/index.html?number=D001": html(script),
            "/module/web/jpage/dataproxy.jsp": proxy,
            **reports(lines),
        },
        [url for url, _ in lines],
    )


def hanweb_encrypted() -> LocalPortal:
    """jpage with encrypted numbers: the address of <nextgroup> as it is given, at last an empty answer."""
    lines = towns(lambda n: f"/art/2024/1/29/art_2150_1715{n}.html", 9)
    proxy = "/module/web/jpage/dataproxy.jsp?page={}&appid=1&webid=1&path=/&columnid=%2Bq8J%3D&unitid=Xy%2F9"
    return LocalPortal(
        "hanweb-encrypted",
        "/col/col2150/index.html",
        {
            "/col/col2150/index.html": html(
                f'<script type="text/xml">{_datastore(proxy.format(1), lines[:3])}</script>'
                "<script>jpage({proxyUrl:'/module/web/jpage/dataproxy.jsp',ajaxParam:{columnid:'+q8J=',unitid:'Xy/9'}})</script>"
            ),
            proxy.format(1): Answer('<?xml version="1.0"?>' + _datastore(proxy.format(2), lines[3:6]), "text/xml"),
            proxy.format(2): Answer('<?xml version="1.0"?>' + _datastore(proxy.format(3), lines[6:]), "text/xml"),
            proxy.format(3): Answer("<?xml version='1.0' encoding='UTF-8'?><datastore/>", "text/xml"),
            **reports(lines),
        },
        [url for url, _ in lines],
        never=["/module/web/jpage/dataproxy.jsp?startrecord"],
    )


def hanweb_jpaas() -> LocalPortal:
    """jpaas: JSON that holds HTML, asked for with parseType=bulidstatic; two static lines, five in all."""
    lines = towns(lambda n: f"/lxs/nb/art/2024/art_{HEX.format(n)}.html", 5)
    unit = "/api-gateway/jpaas-publish-server/front/page/build/unit"

    def build(met: Met) -> Answer | None:
        expected = {"parseType": "bulidstatic", "webId": "52", "tplSetId": "MsPkw", "pageId": "1638", "tagId": "列表"}
        if any(met.query.get(name) != value for name, value in expected.items()):
            return Answer('{"success":false}', JSON)
        told = json.loads(met.query["paramJson"])
        number, size = told["pageNo"], told["pageSize"]
        listed = rows(lines[(number - 1) * size : number * size])
        shown = f'{listed}<div class="pagination" rows="{size}" count="{len(lines)}"></div>'
        return Answer(json.dumps({"success": True, "data": {"html": shown}}), JSON)

    pager = (
        f"""<div class="pagination" rows="2" count="5" url="{unit}" queryData="{{'webId':'52','pageId':'1638',"""
        """'parseType':'bulidstatic','pageType':'column','tagId': '列表','tplSetId':'MsPkw'}"></div>"""
    )
    return LocalPortal(
        "hanweb-jpaas",
        "/lxs/nb/index.html",
        {"/lxs/nb/index.html": column(lines[:2], after=pager), unit: build, **reports(lines)},
        [url for url, _ in lines],
    )


def vsb() -> LocalPortal:
    """Pages whose numbers descend; a file behind download.jsp that has its name in Content-Disposition."""
    lines = towns(lambda n: f"/info/1025/6169{n}.htm", 6)
    download = "/system/_content/download.jsp?urltype=news.DownloadAttachUrl&owner=16&wbfileid=77AB"
    page = report(lines[0][1], body="vsb_content", more=f'<p>附件【<a href="{download}">年报</a>】</p>')
    return LocalPortal(
        "vsb",
        "/xxgk/zfxxgknb.htm",
        {
            "/xxgk/zfxxgknb.htm": column(lines[:2], after='<a href="zfxxgknb/2.htm" class="Next">下页</a>'),
            "/xxgk/zfxxgknb/2.htm": column(
                lines[2:4], after='<a href="../zfxxgknb.htm">上页</a><a href="1.htm" class="Next">下页</a>'
            ),
            "/xxgk/zfxxgknb/1.htm": column(lines[4:], after='<a href="2.htm">上页</a><span>下页</span>'),
            **reports(lines),
            lines[0][0]: page,
            download: Answer(
                b"PK docx",
                "application/octet-stream",
                headers={"Content-Disposition": "attachment; filename=2023.docx"},
            ),
        },
        [url for url, _ in lines],
        files=[download],
    )


def nfcms() -> LocalPortal:
    """index_2.html; a page for telephones listed beside a report, and one that stands alone."""
    lines = towns(lambda n: f"/zwgk/nb/content/post_946901{n}.html", 5)
    twin = ("/zwgk/nb/content/mpost_9469010.html", lines[0][1])
    alone = ("/zwgk/nb/content/mpost_9469099.html", said("丰城市剑光街道办事处"))
    return LocalPortal(
        "nfcms",
        "/zwgk/nb/",
        {
            "/zwgk/nb/": column([twin, *lines[:3]], after='<a href="index_2.html" class="next">下一页</a>'),
            "/zwgk/nb/index_2.html": column([*lines[3:], alone]),
            twin[0]: report(twin[1]),
            **reports([*lines, alone]),
        },
        [url for url, _ in [*lines, alone]],
        never=[twin[0]],
    )


def gkmlpt() -> LocalPortal:
    """A tree of columns in the page's script, lists as JSON of a hundred lines, bodies in the script of their pages."""
    # 101 lines: the hundred and first stands on the second page.
    lines = [(f"/gkmlpt/content/4/4688/post_46889{n:02}.html", said("丰城市", 2023)) for n in range(3)]
    second = [("/gkmlpt/content/4/4688/post_4699999.html", said("丰城市教育局"))]
    tree = [
        {"id": 1, "name": "政策文件", "children": [{"id": 11, "name": "规范性文件", "children": []}]},
        {
            "id": 5,
            "name": "政府信息公开年报",
            "children": [{"id": 6, "name": "2023年", "children": [], "jump_url": ""}],
        },
    ]

    def listing(met: Met) -> Answer:
        number = int(met.query["page"])
        if met.query["sid"] != "755001" or met.target.startswith("/gkmlpt/api/all/5"):
            return Answer('{"articles": [], "total": 0}', JSON)
        articles = [
            {"id": n, "title": title, "url": url, "publisher": "丰城市",
             "create_time": 1705282800, "display_publish_time": "2024-01-15"}
            for n, (url, title) in enumerate(lines if number == 1 else second)
        ]  # fmt: skip
        return Answer(json.dumps({"articles": articles, "classify": {"post_count": 101}, "total": 101}), JSON)

    def drawn(title: str, more: str = "") -> str:
        body = f"<p>{title}</p><p>新收申请54件</p>{more}"
        detail = json.dumps({"DETAIL": {"title": title, "content": body}, "SID": "755001"})
        return html(f"<div id='app'></div><script>window._CONFIG = {detail};</script>", title=title)

    config = f"window._CONFIG = {{SID: '755001', APP_URL: '', TREE: {json.dumps(tree, ensure_ascii=False)},}};"
    file = '<a href="/attachment/0/535/535191/4688900.docx">附件</a>'
    return LocalPortal(
        "gkmlpt",
        "/gkmlpt/index",
        {
            "/gkmlpt/index": html(f"<div id='app'></div><script>{config}</script>"),
            "/gkmlpt/api/all/6": listing,
            "/gkmlpt/api/all/5": listing,
            **{url: drawn(title, file if url == lines[0][0] else "") for url, title in (*lines, *second)},
            "/attachment/0/535/535191/4688900.docx": Answer(b"PK", "application/msword"),
        },
        [url for url, _ in (*lines, *second)],
        files=["/attachment/0/535/535191/4688900.docx"],
        never=["/gkmlpt/api/all/1"],
    )


def longxun() -> LocalPortal:
    """Fragments from label 8888 below a prefix; past the end 暂无相关信息 with status 200."""
    lines = towns(lambda n: f"/zwgk/public/content/3703457{n}", 6)

    def label(met: Met) -> str:
        query = met.query
        wanted = {"siteId": "6789", "organId": "21", "catId": "88", "type": "4", "labelName": "publicInfoList"}
        number = int(query["pageIndex"])
        told = lines[4 * number - 4 : 4 * number]
        if any(query.get(name) != value for name, value in wanted.items()) or not told:
            return "<div>暂无相关信息</div>"
        shown = "".join(
            f'<div class="xxgk_navli"><a class="title" href="{u}">{t}</a><span class="date">2024-01-15</span></div>'
            for u, t in told
        )
        return f"{shown}<script>laypage({{pageCount:2}});</script>"

    return LocalPortal(
        "longxun",
        "/zwgk/public/column/21?type=4&catId=88&action=list&nav=3",
        {
            "/zwgk/public/column/21": html('<div id="list"></div>', head='<meta name="SiteId" content="6789">'),
            "/zwgk/site/label/8888": label,
            **reports(lines),
        },
        [url for url, _ in lines],
    )


def showlist() -> LocalPortal:
    """The lists of two bodies below one address, one of two pages; titles without their bodies."""
    of = {
        n: (f"/XxgkAnnualReport/show/{n}.html", f"{year}年政府信息公开工作年度报告")
        for n, year in ((5771, 2023), (5772, 2022), (5773, 2021), (5774, 2023))
    }
    organs = [
        ("/XxgkAnnualReport/showList/6/page_1.html", "曲江镇"),
        ("/XxgkAnnualReport/showList/7/page_1.html", "市教育局"),
    ]
    pager = '<a href="/XxgkAnnualReport/showList/6/page_1.html">1</a><a href="/XxgkAnnualReport/showList/6/page_2.html">2</a>'
    return LocalPortal(
        "showlist",
        "/XxgkAnnualReport/",
        {
            "/XxgkAnnualReport/": html(rows(organs, kind="organs")),
            "/XxgkAnnualReport/showList/6/page_1.html": column([of[5771], of[5772]], after=pager),
            "/XxgkAnnualReport/showList/6/page_2.html": column([of[5773]], after=pager),
            "/XxgkAnnualReport/showList/7/page_1.html": column([of[5774]]),
            **{url: report(title).replace("当前位置：", "当前位置：曲江镇>") for url, title in of.values()},
        },
        [url for url, _ in of.values()],
    )


def hebei() -> LocalPortal:
    """Columns and reports named by uuid; a report of 2020 stands below 202308."""
    lines = towns(lambda n: f"/columns/{SITE}/202302/13/{UUID.format(n)}.html", 4)
    lines[3] = (f"/columns/{SITE}/202308/21/{UUID.format(3)}.html", said("丰城市", 2020))
    return LocalPortal(
        "hebei",
        f"/columns/{SITE}/index.html",
        {f"/columns/{SITE}/index.html": column(lines), **reports(lines)},
        [url for url, _ in lines],
    )


def epoint(first: int) -> LocalPortal:
    """JSON by POST, pages counted from `first`; the site's number stands in a script file. A page holds fifty lines."""
    lines = [
        (f"/govxxgk/LY/2024-03-05/{UUID.format(n)}.html?deptcode=033", said("丰城市", 1950 + n)) for n in range(52)
    ]

    def listing(met: Met) -> Answer:
        told = met.json
        if met.method != "POST" or told["siteGuid"] != UUID.format(9999) or told["categorynum"] != "003011":
            return Answer('{"custom": {"data": [], "total": 0}}', JSON)
        number, size = int(told["pageIndex"]) - first, told["pageSize"]
        shown = lines[number * size : (number + 1) * size] if number >= 0 else []
        data = [{"infourl": url, "realtitle": title, "infodate": "2024-03-05"} for url, title in shown]
        return Answer(json.dumps({"custom": {"data": data, "total": len(lines)}}), JSON)

    script = (
        '<div id="list"></div><script src="/js/webBuilderCommon.js"></script><script src="/js/jquery.min.js"></script>'
    )
    settings = f'var siteInfo = {{"projectName":"/EWB-FRONT","siteGuid":"{UUID.format(9999)}"}};'
    return LocalPortal(
        f"epoint-from-{first}",
        "/dynamic/zwgk/govInfoPub.html?categorynum=003011",
        {
            "/dynamic/zwgk/govInfoPub.html": html(script),
            "/js/webBuilderCommon.js": Answer(settings, "application/javascript"),
            "POST /EWB-FRONT/rest/lightfrontaction/getgovinfolist": listing,
            **reports(lines),
        },
        [url for url, _ in lines],
        never=["/js/jquery"],
    )


def epoint_static() -> LocalPortal:
    """openSubPage.html: a frame that its script makes from specialurl=."""
    lines = towns(lambda n: f"/govxxgk/LY/2024-03-05/{UUID.format(n)}.html", 4)
    special = "/govxxgk/11360981MB0001/govlist.html"
    query = urlencode({"specialurl": special, "righttitle": "年报"})
    return LocalPortal(
        "epoint-static",
        f"/govxxgk/11360981MB0001/openSubPage.html?{query}",
        {
            "/govxxgk/11360981MB0001/openSubPage.html": html(
                '<iframe id="frame"></iframe><script src="/js/page.js"></script>'
            ),
            special: column(lines),
            **reports(lines),
        },
        [url for url, _ in lines],
    )


def generic_php() -> LocalPortal:
    """No vendor: queries, a pager of numbers, a sidebar that speaks of years, too."""
    lines = towns(lambda n: f"/index.php?c=show&id=1488{n}&s=news", 6)
    side = '<div class="side"><a href="/gzbg.html">2023年政府工作报告</a><a href="/ys.html">2023年部门预算</a></div>'
    pager = '<div class="page"><span class="current">{}</span><a href="/index.php?c=nb&amp;p=1">1</a><a href="/index.php?c=nb&amp;p=2">2</a></div>'
    return LocalPortal(
        "generic-php",
        "/index.php?c=nb",
        {
            "/index.php?c=nb": html(side + rows(lines[:3]).replace("&", "&amp;") + pager.format(1)),
            "/index.php?c=nb&p=1": html(side + rows(lines[:3]).replace("&", "&amp;") + pager.format(1)),
            "/index.php?c=nb&p=2": html(side + rows(lines[3:]).replace("&", "&amp;") + pager.format(2)),
            **reports(lines),
        },
        [url for url, _ in lines],
        never=["/gzbg.html", "/ys.html"],
    )


def generic_table() -> LocalPortal:
    """Rows whose links say only 查看, some of them by a click."""
    lines = towns(lambda n: f"/html/FC/202403/01709793709148{n}.html", 4)
    cells = "".join(
        f"<tr><td>{n}</td><td>{title}</td><td>2024-03-01</td><td>"
        + (
            f'<a href="javascript:void(0)" onclick="window.open(\'{url}\')">查看</a>'
            if n % 2
            else f'<a href="{url}">查看</a>'
        )
        + "</td></tr>"
        for n, (url, title) in enumerate(lines)
    )
    return LocalPortal(
        "generic-table",
        "/nb/list.html",
        {"/nb/list.html": html(f"<table>{cells}</table>"), **reports(lines)},
        [url for url, _ in lines],
    )


def generic_json() -> LocalPortal:
    """The list stands as JSON in the page's script."""
    lines = towns(lambda n: f"/31185/32016/content_215054{n}.html", 4)
    data = json.dumps(
        [{"id": n, "title": title, "url": url} for n, (url, title) in enumerate(lines)], ensure_ascii=False
    )
    return LocalPortal(
        "generic-json",
        "/31185/32016/",
        {"/31185/32016/": html(f"<div id='l'></div><script>var list = {data};</script>"), **reports(lines)},
        [url for url, _ in lines],
    )


def generic_thtml() -> LocalPortal:
    """Lists and reports at …thtml?id=: a year's list beside another's, told apart by their numbers."""
    of = {year: [(f"/xxgk/detail.thtml?id={year}{n}", said(f"{town}人民政府", year)) for n, town in enumerate(TOWNS[:3])]
          for year in (2023, 2022)}  # fmt: skip
    years = rows([(f"/zwgk/ndbg.thtml?id=9{year}", f"{year}年") for year in of], kind="years")
    return LocalPortal(
        "generic-thtml",
        "/zwgk/ndbg.thtml?id=92023",
        {
            **{f"/zwgk/ndbg.thtml?id=9{year}": html(years + rows(lines)) for year, lines in of.items()},
            **reports([line for lines in of.values() for line in lines]),
        },
        [url for lines in of.values() for url, _ in lines],
    )


def generic_aspx() -> LocalPortal:
    """Further pages come by sending the page's own form back, with its state."""
    lines = towns(lambda n: f"/Info.aspx?id={n}", 6)

    def listing(met: Met) -> str:
        number = int(met.form["state"].removeprefix("page")) + 1 if met.method == "POST" else 1
        if met.method == "POST":
            assert met.form["__EVENTTARGET"] == "ctl00$Pager"
        more = (
            f"""<a href="javascript:__doPostBack('ctl00$Pager','{number + 1}')">下一页</a>"""
            if number < 3
            else "下一页"
        )
        state = f'<input type="hidden" name="state" value="page{number}"><input type="text" name="kw" value="x">'
        return html(
            f'<form method="post" action="./List.aspx?cid=1">{state}{rows(lines[2 * number - 2 : 2 * number])}{more}</form>'
        )

    return LocalPortal(
        "generic-aspx",
        "/List.aspx?cid=1",
        {"/List.aspx": listing, "/Info.aspx": lambda met: report(lines[int(met.query["id"])][1])},
        [url for url, _ in lines],
    )
