"""Discovery: from a portal's home page to its 政府信息公开年报 column, by the names of links; pure, without a network.

`Search` says which page to ask for next and reads what comes; the names and their weights are data/names/columns.toml.
A candidate is a page that was seen to list annual reports, or to be recognized as such a column, under such a name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.families import FAMILIES as KNOWN
from crawler.families import Ask, Page, Recognition, recognize
from crawler.families.links import is_script
from crawler.families.page import YEAR_TITLE, is_file
from crawler.families.twins import place_of
from crawler.families.wrappers import frames, is_library, leads_to
from crawler.portals import host_of
from crawler.titles import plain, read_title

NAMES = Path(__file__).parent.parent / "data" / "names" / "columns.toml"

REQUESTS = 30  # of one discovery, robots.txt included
ENOUGH = 0.85  # a candidate so sure ends the search
FADING = 0.93  # what each further click costs in weight
LONGEST_NAME = 40  # characters; a longer link is a headline
SCRIPT_OF_A_MENU = re.compile(r"menu|nav|head|top|daohang|lanmu|channel|column|dh\d*\.", re.I)
QUOTED = re.compile(r"""(["'])((?:\\.|(?!\1)[^\\\n]){1,300})\1""")
# What may be an address among a script's quoted texts: no spaces, no Chinese, with a slash or a page's suffix.
ADDRESS = re.compile(r"(?:https?:)?//\S+|[\w.~%-]*/[^\s<>一-鿿]*|[\w.~%-]+\.(?:[st]?html?|jspx?|php|aspx|do)\S*", re.A)
NEAR = 200  # characters between a name and its address in a script
PRINTED = re.compile(
    r"(?:https?://|(?<![A-Za-z0-9.@/])www\.)[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._~%!$&'*+=:@/?#-]*)?"
)


@dataclass(frozen=True)
class Lead:
    """An address that may lead to the column or be it: how likely, and why. `stands_for` is the page that frames it."""

    url: str
    weight: float
    evidence: tuple[str, ...] = ()
    is_column: bool = False  # named like the column itself
    depth: int = 0
    stands_for: str | None = None
    ask: Ask | None = None  # where a family asks for the list
    family: str | None = None  # that asks for it


@dataclass(frozen=True)
class Candidate:
    """A page that seems to be the column: its family, how sure that is (0 to 1), and what speaks for it."""

    column_url: str
    family: str
    confidence: float
    evidence: tuple[str, ...]

    @property
    def reason(self) -> str:
        """The click that led there, for the comment behind a registry line."""
        clicks = [line for line in self.evidence if line.startswith(("link ", "menu script ", "address "))]
        return clicks[-1] if clicks else self.evidence[0]

    def as_json(self) -> dict[str, object]:
        """The candidate as `nianbao portals discover` prints it."""
        return {
            "column_url": self.column_url,
            "family": self.family,
            "confidence": round(self.confidence, 2),
            "evidence": list(self.evidence),
        }


@dataclass(frozen=True)
class Finding:
    """What became of a portal's column, or of the search for it.

    `state` is "answers", "moved" (the candidates say where to), "blocked", "gone" (answered, but no column any more)
    or "silent" (no answer); "found" or "not found" where only a home page was given.
    """

    key: str
    state: str
    column_url: str | None
    detail: str
    candidates: tuple[Candidate, ...] = ()
    site_names: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The finding as `nianbao portals check` prints it."""
        return {
            "key": self.key,
            "state": self.state,
            "column_url": self.column_url,
            "detail": self.detail,
            "candidates": [candidate.as_json() for candidate in self.candidates],
        }


@dataclass(frozen=True)
class PrintedAddress:
    """An address that a report prints, and the words before it; `is_column` where it is that of the column."""

    url: str
    is_column: bool
    context: str


@dataclass(frozen=True)
class Names:
    """data/names/columns.toml, compiled."""

    never: re.Pattern[str]
    column: tuple[tuple[float, re.Pattern[str]], ...]
    way: tuple[tuple[float, re.Pattern[str]], ...]
    address: re.Pattern[str]

    def weigh(self, title: str, url: str) -> tuple[float, bool] | None:
        """How likely a link leads to the column, and whether it is named like the column itself; None if not at all.

        >>> names().weigh("政府信息公开年报", "http://x.gov.cn/nb/"), names().weigh("领导信箱", "http://x.gov.cn/x/")
        ((1.0, True), None)
        """
        name = plain(title)
        if not name or len(name) > LONGEST_NAME or is_file(url):
            return None
        spoken = bool(self.address.search(urlsplit(url).path))
        if self.never.search(name):
            return None
        for weight, pattern in self.column:
            if pattern.search(name):
                # A report's own title names the column too; a year makes it a lead of its own, but a weak one.
                return (weight if not re.search(r"(?:19|20)\d\d", name) else 0.3), True
        for weight, pattern in self.way:
            if pattern.search(name):
                return weight + 0.1 * spoken, False
        return (0.5, True) if spoken and "报告" in name else None


class Search:
    """A search for the column of one portal: `next()` names what to ask for, `read()` takes what was answered."""

    def __init__(self, home: str, limit: int = REQUESTS) -> None:
        self._left = limit
        # A person may give the column itself.
        is_column = bool(names().address.search(urlsplit(home).path))
        self._waiting: list[Lead] = [Lead(home, 1.0, (f"{'address' if is_column else 'home page'} {home}",), is_column)]
        self._met = {place_of(home)}
        self._host = host_of(home)
        self._found: dict[str, Candidate] = {}

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """What was found, the surest first."""
        return tuple(sorted(self._found.values(), key=lambda candidate: -candidate.confidence))

    def next(self) -> Lead | None:
        """The likeliest page that was not asked for; None where enough is known or too much was asked."""
        best = self.candidates[0].confidence if self._found else 0.0
        if not self._waiting or not self._left or best >= ENOUGH:
            return None
        self._waiting.sort(key=lambda lead: -lead.weight)
        if best and self._waiting[0].weight < best:
            return None
        self._left -= 1
        return self._waiting.pop(0)

    def read(self, page: Page, lead: Lead) -> None:
        """Take what a lead brought: the leads on it, and the page itself where it is a column."""
        if page.status >= 400:
            return
        self._met.add(place_of(page.url))
        if candidate := _candidate(page, lead, self._host):
            known = self._found.get(candidate.column_url)
            if known is None or known.confidence < candidate.confidence:
                self._found[candidate.column_url] = candidate
        for found in leads(page, lead):
            key = place_of(found.url) if found.ask is None else f"{found.ask.key}"
            if key not in self._met:
                self._met.add(key)
                self._waiting.append(found)


def leads(page: Page, lead: Lead) -> Iterator[Lead]:
    """What a page leads to: links by their names, frames, scripts that may draw its menu, and where it sends us."""
    depth = lead.depth + 1
    if there := leads_to(page):
        yield Lead(there, lead.weight, (*lead.evidence, f"{page.url} leads to {there}"), lead.is_column, depth)
        return
    for title, url in (*_links(page), *_scripted(page)):
        if weighed := names().weigh(title, url):
            weight, is_column = weighed
            near = 1.0 if _same_site(url, page.url) else 0.4  # a county's page links to the province's column as well
            said = f"{'menu script' if is_script(page) else 'link'} {plain(title)} on {page.url}"
            yield Lead(url, weight * near * FADING**lead.depth, (*lead.evidence, said), is_column, depth)
    if lead.stands_for is None and not is_script(page):
        for url in frames(page):
            framed = page.url if lead.is_column else None
            yield Lead(url, lead.weight, (*lead.evidence, f"frame of {page.url}"), lead.is_column, depth, framed)
        for url, weight in _scripts(page):
            # A script is read as text; what it says is said on the page that includes it.
            yield Lead(url, weight * lead.weight, (*lead.evidence, f"script of {page.url}"), False, depth,
                       ask=Ask(url, base=page.base_url))  # fmt: skip
        if lead.is_column and (family := recognize(page)) and not list(KNOWN[family.family].entries(page)):
            for ask in list(KNOWN[family.family].next_pages(page))[:1]:
                asked = (*lead.evidence, f"list of {page.url} as {family.family} delivers it")
                yield Lead(ask.url, lead.weight, asked, True, depth, page.url, ask, family.family)


def home_of(url: str) -> str:
    """The home page of the host that serves an address.

    >>> home_of("http://www.x.gov.cn:8080/nb/index.html?a=1")
    'http://www.x.gov.cn:8080/'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def is_a_column(page: Page) -> bool:
    """Whether a page that is registered as a column still is one: it lists something, or a family knows its shape."""
    if page.status >= 400:
        return False
    found = recognize(page)
    if found and list(KNOWN[found.family].entries(page)):
        return True
    return (
        bool(found and list(KNOWN[found.family].next_pages(page))) or bool(frames(page)) or leads_to(page) is not None
    )


def site_names(page: Page) -> tuple[str, ...]:
    """What a page calls the site that it belongs to: its meta SiteName, then the parts of its window's title."""
    if is_script(page):
        return ()
    named = [
        meta.get("content") or "" for meta in page.elements("meta") if (meta.get("name") or "").lower() == "sitename"
    ]
    titles = re.split(r"[-_|—–>»·,，\s]+", " ".join(page.selector.xpath("//title/text()").getall()))
    found = (re.sub(r"(门户|政务|官方)?网站?(首页)?$|首页$", "", " ".join(name.split())) for name in (*named, *titles))
    return tuple(dict.fromkeys(name for name in found if name))


def printed_addresses(text: str) -> tuple[PrintedAddress, ...]:
    """The addresses of government sites that a report's text prints, each once, those of columns first.

    >>> [a.url for a in printed_addresses("“政府信息公开年报”栏目（网址http://www.x.gov.cn/nb/xxgk_list.shtml）公开")]
    ['http://www.x.gov.cn/nb/xxgk_list.shtml']
    """
    found: dict[str, PrintedAddress] = {}
    for match in PRINTED.finditer(_joined(text)):
        url = match.group().rstrip(".,;:'!?-")
        url = url if url.startswith("http") else f"http://{url}"
        if not host_of(url).endswith(".gov.cn") or is_file(url):
            continue
        before = " ".join(match.string[max(0, match.start() - 60) : match.start()].split())
        path = urlsplit(url).path
        named = any(pattern.search(plain(before)) for _, pattern in names().column)
        is_column = path not in ("", "/") and bool(names().address.search(path) or (named and not _is_article(path)))
        found.setdefault(place_of(url), PrintedAddress(url, is_column, before))
    return tuple(sorted(found.values(), key=lambda address: not address.is_column))


@cache
def names() -> Names:
    """The names by which columns and the ways to them are known."""
    with NAMES.open("rb") as file:
        raw: dict[str, Any] = tomllib.load(file)
    compiled = {
        part: tuple((float(line["weight"]), re.compile(line["pattern"])) for line in raw[part])
        for part in ("column", "way")
    }
    return Names(
        re.compile(raw["never"]), compiled["column"], compiled["way"], re.compile(raw["address"], re.IGNORECASE)
    )


def _candidate(page: Page, lead: Lead, home_host: str) -> Candidate | None:
    """What a page is as a column; None where it is none."""
    if is_script(page):
        return None
    found = Recognition(lead.family, 1.0, ("its own list",)) if lead.family else recognize(page)
    entries = list(KNOWN[found.family].entries(page)) if found else []
    told = [read_title(entry.title, url=entry.url) for entry in entries]
    years = [each.report_year for each in told if each.kind == "report" and each.report_year]
    columns = sum(1 for entry in entries if YEAR_TITLE.fullmatch(entry.title) or entry.is_column)
    evidence = list(lead.evidence)
    confidence = 0.45 * lead.weight if lead.is_column else 0.0
    if years:
        evidence.append(f"lists {len(years)} reports of {min(years)} to {max(years)}")
        confidence += 0.4 if len(years) >= 3 else 0.25
        # A list of reports alone is one; a home page shows some among its news.
        confidence += 0.15 * (len(years) / max(len(entries), 1))
    if columns >= 2 and lead.is_column:
        evidence.append(f"lists {columns} years or groups")
        confidence += 0.25
    if not lead.is_column and (len(years) < 3 or len(years) < len(entries) / 2):
        return None
    if found:
        evidence.append(f"family {found.family}: {'; '.join(found.marks)}")
        confidence += 0.05
    if names().address.search(urlsplit(lead.stands_for or page.url).path):
        evidence.append("its address names the column")
        confidence += 0.1
    if not _same_site(page.url, f"http://{home_host}/"):
        evidence.append(f"on another site than {home_host}")
        confidence *= 0.6
    if not evidence or confidence < 0.2:
        return None
    family = found.family if found else "auto"
    return Candidate(lead.stands_for or page.url, family, min(confidence, 0.99), tuple(evidence))


def _links(page: Page) -> Iterator[tuple[str, str]]:
    for link in page.links:
        yield link.title, link.url
    if not is_script(page):
        for anchor in page.elements("a", "area"):  # menus painted as pictures
            name = anchor.get("alt") or next((image.get("alt") for image in anchor.iter("img") if image.get("alt")), "")
            url = page.urljoin(anchor.get("href") or "javascript:") if name else ""
            if url:
                yield name, url


def _scripted(page: Page) -> Iterator[tuple[str, str]]:
    """Names and addresses that stand side by side in a script: {name: "政府信息公开", url: "/zwgk/"}."""
    texts = [page.text] if is_script(page) else [script.text or "" for script in page.elements("script")]
    for text in texts:
        if "公开" not in text and "年报" not in text and "\\u" not in text:
            continue
        quoted = [(match.start(), match.end(), _unescaped(match[2])) for match in QUOTED.finditer(text)]
        addresses = [piece for piece in quoted if ADDRESS.fullmatch(piece[2])]
        for start, end, words in quoted:
            if re.search(r"公开|年报|报告", words) and "<" not in words:
                near = [a for a in addresses if _together(text, (start, end), a)]
                if near:
                    yield words, page.urljoin(min(near, key=lambda a: _distance((start, end), a))[2])


def _together(text: str, name: tuple[int, int], address: tuple[int, int, str]) -> bool:
    """Whether a name and an address belong to one thing: near, with no brace and no statement's end between them."""
    first, last = (name[1], address[0]) if name[0] < address[0] else (address[1], name[0])
    return last - first <= NEAR and not re.search(r"[{};\]]|\n\s*\n", text[first:last])


def _distance(name: tuple[int, int], address: tuple[int, int, str]) -> int:
    return address[0] - name[1] if name[0] < address[0] else name[0] - address[1]


def _unescaped(text: str) -> str:
    r"""A script's text with \u516c\u5f00 as letters and \/ as a slash."""
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text).replace("\\/", "/")


def _scripts(page: Page) -> Iterable[tuple[str, float]]:
    """The scripts of the page's own host that may draw its menu, and how likely they do."""
    for element in page.elements("script"):
        url = page.urljoin(element.get("src") or "javascript:")
        if url and host_of(url) == host_of(page.url) and not is_library(url):
            yield url, 0.55 if SCRIPT_OF_A_MENU.search(urlsplit(url).path) else 0.3


def _same_site(url: str, other: str) -> bool:
    """Whether two addresses are of one government's site: www.x.gov.cn and xxgk.x.gov.cn are."""
    one, two = host_of(url), host_of(other)
    return one == two or (one.endswith(".gov.cn") and one.split(".")[-3:] == two.split(".")[-3:])


def _is_article(path: str) -> bool:
    """Whether a path ends like that of a single page: a long number or a digest."""
    return bool(re.search(r"(?:\d{6,}|[0-9a-f]{24,})[^/]*$", path))


def _joined(text: str) -> str:
    """The text with addresses in one piece that a line's end has cut: a line that ends within one, at a slash."""
    return re.sub(r"(https?://[!-~]*[/_.-])\s*\n\s*(?=[!-~])", r"\1", text)
