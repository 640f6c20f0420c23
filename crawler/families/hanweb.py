"""大汉 Hanweb JCMS: columns at /col/col123/, reports at /art/2024/1/29/art_123_456.html, lists packed in scripts.

Recognized by the addresses of its articles, <datastore> and dataproxy.jsp (jpage), and queryData with build/unit
(jpaas). The lines of jpage stand as <record><![CDATA[…]]></record> in a script, further ones come from dataproxy.jsp:
by POST of the column's numbers where the page names them in clear, by the address in <nextgroup> as it is given where
its numbers are encrypted. jpaas answers with JSON that holds a piece of HTML; it is asked with parseType=bulidstatic,
as its own script spells it. Queries such as ?number=D001 are lists of their own and kept. No options.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from html import unescape
from math import ceil
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from crawler.families.links import next_link
from crawler.families.listed_json import with_query
from crawler.families.page import Ask, ColumnEntry, Page, Recognition, ask_by_form, entries_like, recognition

NAME = "hanweb"
ARTICLE = re.compile(r"/art/\d{4}/(?:\d{1,2}/\d{1,2}/)?art_\w+\.html")
COLUMN = re.compile(r"/col/col\d+/")
RECORD = re.compile(r"<record>\s*(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?\s*</record>", re.S)
NEXT_GROUP = re.compile(r"<nextgroup>\s*(?:<!\[CDATA\[)?\s*<a[^>]+href=[\"']([^\"']+)[\"']", re.S)
PROXY = re.compile(r"""proxyUrl['"]?\s*:\s*['"]([^'"]+dataproxy\.jsp[^'"]*)['"]""", re.I)
PARAMETERS = re.compile(r"ajaxParam['\"]?\s*:\s*\{([^}]*)\}", re.I)
PARAMETER = re.compile(r"""['"]?(\w+)['"]?\s*:\s*(?:'([^']*)'|"([^"]*)"|([\w.-]+))""")
PER_PAGE = re.compile(r"perPage['\"]?\s*:\s*['\"]?(\d+)", re.I)
TOTAL = re.compile(r"(?:totalRecord['\"]?\s*:\s*['\"]?|<totalrecord>\s*)(\d+)", re.I)
TOTAL_PAGES = re.compile(r"<totalpage>\s*(\d+)", re.I)
GROUP_NUMBER = re.compile(r"[?&]page=(\d+)")
UNIT = re.compile(r"""querydata\s*=\s*"([^"]+)"|querydata\s*=\s*'([^']+)'""", re.I)
UNIT_URL = re.compile(r"""\burl\s*=\s*["']([^"']*/page/build/unit[^"']*)["']""", re.I)
UNIT_PATH = "/api-gateway/jpaas-publish-server/front/page/build/unit"
SIZE = re.compile(r"""\b(rows|count)\s*=\s*["'](\d+)["']""", re.I)
SHOWN = 15  # lines a page, where the page does not say
GROUP = 3  # pages that jpage brings at once


def recognize(page: Page) -> Recognition | None:
    """Whether this is a Hanweb column."""
    return recognition(
        NAME,
        page,
        ARTICLE,
        [
            ("/col/colN/", bool(COLUMN.search(page.url)), 0.3),
            ("datastore", "<datastore>" in page.text or "<recordset>" in page.text, 0.6),
            ("dataproxy.jsp", "dataproxy.jsp" in page.text, 0.3),
            ("queryData", bool(UNIT.search(page.text)) or UNIT_PATH in page.url, 0.6),
        ],
    )


def entries(page: Page) -> Iterable[ColumnEntry]:
    """What the column's own HTML, its script, or a further answer lists."""
    lines = {entry.url: entry for part in (page, *_packed(page)) for entry in entries_like(part, ARTICLE)}
    return lines.values()


def next_pages(page: Page) -> Iterable[Ask]:
    """Where the next lines come from: jpaas, jpage by POST, jpage at the address given, 下一页."""
    if asks := [*_units(page), *_by_post(page), *_as_given(page)]:
        return asks
    return [Ask(url) for url in [next_link(page)] if url]


def _packed(page: Page) -> Iterable[Page]:
    """The lines that the page holds packed, in sight."""
    if page.json is not None:
        yield page.fragment(_html_of(page))
    elif records := RECORD.findall(page.text):
        lines = (unescape(record) if record.lstrip().startswith("&lt;") else record for record in records)
        yield page.fragment(f"<ul>{''.join(lines)}</ul>")


# --- jpage


def _by_post(page: Page) -> Iterable[Ask]:
    """The next lines by POST: what the page's script would send."""
    if page.asked and page.asked.method == "POST":
        query = dict(parse_qsl(urlsplit(page.url).query))
        total = TOTAL.search(page.text)
        last, per_page = int(query.get("endrecord", 0)), int(query.get("perpage", 15))
        if RECORD.search(page.text) and total and last < int(total[1]):
            form = dict(parse_qsl(page.asked.body.decode(), keep_blank_values=True))
            yield ask_by_form(_group(page.url, last, per_page), form, base=page.base_url)
        return
    proxy, parameters, total = PROXY.search(page.text), PARAMETERS.search(page.text), TOTAL.search(page.text)
    if not proxy or not parameters:
        return
    form = {name: a or b or c for name, a, b, c in PARAMETER.findall(parameters[1])}
    # What is encrypted cannot be counted on; its next lines stand where <nextgroup> says.
    if not form.get("columnid", "").isdecimal():
        return
    here = len(RECORD.findall(page.text))
    if total is None or here < int(total[1]):
        shown = PER_PAGE.search(page.text)
        url = page.urljoin(proxy[1].partition("?")[0])
        yield ask_by_form(_group(url, here, int(shown[1]) if shown else SHOWN), form, base=page.base_url)


def _group(url: str, last: int, per_page: int) -> str:
    """The address of the group of lines after the last one."""
    to = {"startrecord": str(last + 1), "endrecord": str(last + per_page * GROUP), "perpage": str(per_page)}
    return with_query(url, to)


def _as_given(page: Page) -> Iterable[Ask]:
    """The address that <nextgroup> names, untouched; where its numbers are in clear, also its next page.

    On some sites page=1 is the group after the lines in the page, on others those very lines.
    """
    given = next((page.urljoin(unescape(address)) for address in NEXT_GROUP.findall(page.text)), "")
    if given and given != page.url:
        yield Ask(given, base=page.base_url)
    number, total = GROUP_NUMBER.search(given or page.url), TOTAL_PAGES.search(page.text)
    in_clear = re.search(r"[?&]columnid=\d+(?:&|$)", given or page.url)
    more = given or (total and number and int(number[1]) < int(total[1]))
    if in_clear and number and more and "dataproxy.jsp" in (given or page.url):
        yield Ask(with_query(given or page.url, {"page": str(int(number[1]) + 1)}), base=page.base_url)


# --- jpaas


def _units(page: Page) -> Iterable[Ask]:
    if UNIT_PATH in page.url:
        number = int(_parameters(page.url).get("pageNo", 1))
        rows, count = _size(_html_of(page))
        if count and number < ceil(count / rows):
            yield _unit(page, page.url, number + 1, rows)
        return
    found = UNIT.search(page.text)
    if not found:
        return
    told = {name: a or b or c for name, a, b, c in PARAMETER.findall(unescape(found[1] or found[2]))}
    url = UNIT_URL.search(page.text)
    rows, count = _size(page.text)
    static = sum(1 for link in page.links if ARTICLE.search(link.url))
    if static and count and static >= count:
        return
    query = {
        "parseType": "bulidstatic", "webId": told.get("webId", ""), "tplSetId": told.get("tplSetId", ""),
        "pageType": "column", "tagId": told.get("tagId", ""), "editType": "null", "pageId": told.get("pageId", ""),
    }  # fmt: skip
    address = with_query(page.urljoin(unescape(url[1]) if url else UNIT_PATH), query)
    yield _unit(page, address, 2 if static else 1, rows)


def _unit(page: Page, url: str, number: int, rows: int) -> Ask:
    told = json.dumps({"pageNo": number, "pageSize": rows}, separators=(",", ":"))
    return Ask(with_query(url, {"paramJson": told}), base=page.base_url)


def _parameters(url: str) -> dict[str, Any]:
    try:
        told = json.loads(dict(parse_qsl(urlsplit(url).query)).get("paramJson", "{}"))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _size(html: str) -> tuple[int, int]:
    """Lines a page and lines in all, as the pager says."""
    told = {name.lower(): int(number) for name, number in SIZE.findall(html)}
    return told.get("rows") or SHOWN, told.get("count", 0)


def _html_of(page: Page) -> str:
    """The HTML in the JSON of a unit."""
    data: Any = page.json.get("data") if isinstance(page.json, dict) else None
    html = data.get("html") if isinstance(data, dict) else data
    return html if isinstance(html, str) else ""
