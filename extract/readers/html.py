"""HTML pages: the article's text and tables by lexbor, the furniture around it by BeautifulSoup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from extract.document import Block, Cell, Document, Grid, Paragraph
from extract.grid import Spanned, expand
from extract.readers.charsets import decode
from extract.readers.furniture import read_furniture

# Where the portals' systems put an article, in whatever case (pages without a doctype do not tell cases apart); of those
# present, the one with the most text is it.
ARTICLE_IDS = frozenset(["UCAP-CONTENT", "zoom", "vsb_content", "ivs_content"])
ARTICLE_CLASSES = frozenset(
    [
        "TRS_Editor",
        "trs_editor_view",
        "TRS_UEDITOR",
        "v_news_content",
        "Article_content",
        "wzzw-article",
        "article-content",
        "xxgk_content",
        "news_cont_d_wrap",
        "tyxxy_main",
        "main-txt",
        "mian-cont",
    ]
)
_IDS, _CLASSES = (frozenset(map(str.lower, names)) for names in (ARTICLE_IDS, ARTICLE_CLASSES))
ARTICLE_ELEMENT, ARTICLE_FORM = "ucapcontent", "_newscontent_fromname"
# A selector costs a look at every element: one for all names costs less than one for each. Word writes its own everywhere.
NAMED = f"{ARTICLE_ELEMENT}, form[name={ARTICLE_FORM}], [id], [class]:not(.MsoNormal)"
UNSEEN = ["script", "style", "noscript", "template", "object", "embed", "svg", "head", "nav", "select"]
NO_WORDS = ["script", "style", "template"]
BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "figcaption",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "ul",
        "td",
        "th",
        "tr",
        "tbody",
        "caption",
    ]
)
# Elements that only dress their text; a Word export has dozens of them a line.
NOT_DRESSING = r":not(span, b, strong, font, em, i, u, sub, sup, o\:p)"
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
ROW_GROUPS = frozenset(["tbody", "thead", "tfoot"])
# An article shorter than this is a frame around something else; then the whole body is read.
LEAST_ARTICLE = 60
# Elements nested deeper than this are a fault of the page's maker; no article is built so.
DEEPEST = 200
# A cell with more text than this is a page's column, not a table's cell.
LONGEST_CELL = 600


def read(payload: bytes, *, sha256: str, media_type: str, charset: str | None = None) -> Document:
    """A page as paragraphs and grids of its article; every cell's place is its path `table[i]/tr[j]/td[k]`, counted
    from 1 over the whole page."""
    markup = decode(payload, charset)
    tree = LexborHTMLParser(markup)
    scripted = _scripted(markup)
    article = scripted or _article(tree)
    tables = (scripted or tree).css("table")
    page = _Page({table.mem_id: number for number, table in enumerate(tables, start=1)})
    if article is not None:
        article.strip_tags(UNSEEN[:-1] if article.tag == "body" else UNSEEN)
        page.parted = _parted(article)
        page.walk(article)
        page.flush()
    blocks = tuple(page.blocks)
    if article is not None:
        article.decompose()
    tree.strip_tags(NO_WORDS)
    around = tree.root.text(deep=True, separator=" ") if tree.root is not None else ""
    return Document(sha256, media_type, blocks, read_furniture(tree.html or "", around, blocks, page.links))


def _scripted(markup: str) -> LexborNode | None:
    """The article that stands in the page's script only, as on the gkmlpt portals of Guangdong; None elsewhere."""
    if "_CONFIG" not in markup:
        return None
    from crawler.families import gkmlpt  # only these pages need the crawler's half
    from crawler.families.page import Page

    article = gkmlpt.body(Page("", 200, {}, markup))
    return LexborHTMLParser(article).body if article else None


def _article(tree: LexborHTMLParser) -> LexborNode | None:
    candidates = list(filter(_is_article, tree.css(NAMED)))
    if len(candidates) > 1:
        candidates.sort(key=lambda node: len(node.text_lexbor() or ""), reverse=True)
    return candidates[0] if candidates and _has_text(candidates[0]) else tree.body


def _is_article(node: LexborNode) -> bool:
    attributes = node.attributes
    return (
        (attributes.get("id") or "").lower() in _IDS
        or not _CLASSES.isdisjoint((attributes.get("class") or "").lower().split())
        or node.tag == ARTICLE_ELEMENT
        or (attributes.get("name") == ARTICLE_FORM and node.tag == "form")
    )


def _has_text(node: LexborNode) -> bool:
    length = 0
    for child in node.traverse(include_text=True):
        length += len(child.text_content or "") if child.is_text_node else 0
        if length >= LEAST_ARTICLE:
            return True
    return False


def _parted(article: LexborNode) -> frozenset[int]:
    """The elements that hold more than dressed text: the text of all others can be taken in one call."""
    parted: set[int] = set()
    for node in article.css(NOT_DRESSING):
        above = node.parent
        while above is not None and above.mem_id not in parted:
            parted.add(above.mem_id)
            above = above.parent
    return frozenset(parted)


@dataclass
class _Page:
    """A page being read: what was met so far, in the order printed."""

    table_numbers: dict[int, int]
    parted: frozenset[int] = frozenset()
    blocks: list[Block] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    heading: bool = False

    def walk(self, node: LexborNode, depth: int = 0) -> None:
        """Everything below a node, tables as grids, other text as paragraphs; below all sensible depth, its bare text."""
        if depth > DEEPEST:
            self.pending.append(node.text(deep=True))
            return
        for child in node.iter(include_text=True):
            tag = child.tag
            if tag == "-text":
                self.pending.append(child.text_content or "")
            elif tag == "table":
                self.flush()
                self._table(child, depth)
            elif tag == "br":
                self.flush()
            elif tag in BLOCKS:
                self.flush()
                self.heading = tag in HEADINGS
                self._inside(child, depth)
                self.flush()
            elif tag is not None and not tag.startswith("-"):
                if tag in ("a", "img", "iframe"):
                    self._link(child)
                self._inside(child, depth)

    def _inside(self, node: LexborNode, depth: int) -> None:
        if node.mem_id in self.parted:
            self.walk(node, depth + 1)
        else:
            self.pending.append(node.text(deep=True))

    def flush(self) -> None:
        """End the paragraph that was being gathered."""
        text = " ".join("".join(self.pending).split())
        if text:
            self.blocks.append(Paragraph(text, None, self.heading))
        self.pending.clear()
        self.heading = False

    def _link(self, node: LexborNode) -> None:
        attributes = node.attributes
        if target := attributes.get("href") or attributes.get("src"):
            self.links.append((target, node.text(deep=True).strip()))

    def _table(self, table: LexborNode, depth: int) -> None:
        rows = [[cell for cell in row.iter() if cell.tag in ("td", "th")] for row in _rows(table)]
        if _is_layout(table, rows):
            for row in rows:
                for cell in row:
                    self.walk(cell, depth + 1)
                    self.flush()
            return
        number = self.table_numbers.get(table.mem_id, 0)
        for anchor in table.css("a"):
            self._link(anchor)
        self.blocks.append(self._grid(rows, number))

    def _grid(self, rows: list[list[LexborNode]], number: int) -> Grid:
        spanned = [
            [
                Spanned(
                    Cell(self._cell_text(cell), {"path": f"table[{number}]/tr[{i}]/td[{j}]"}),
                    *_spans(cell),
                )
                for j, cell in enumerate(row, start=1)
            ]
            for i, row in enumerate(rows, start=1)
        ]
        return expand(spanned, {"path": f"table[{number}]"})

    def _cell_text(self, cell: LexborNode) -> str:
        """A cell's text; its paragraphs and line breaks are kept apart by line feeds, spans are joined without a gap."""
        node = cell
        while node.mem_id in self.parted:
            first = node.first_child
            if first is None or first.next is not None:
                break
            node = first  # one thing inside another
        else:
            return node.text(deep=True).strip()
        inner = _Page({}, self.parted)
        inner.walk(node)
        inner.flush()
        return "\n".join(block.text for block in inner.blocks if isinstance(block, Paragraph))


def _rows(table: LexborNode) -> Iterator[LexborNode]:
    for child in table.iter():
        if child.tag == "tr":
            yield child
        elif child.tag in ROW_GROUPS:
            yield from (row for row in child.iter() if row.tag == "tr")


def _is_layout(table: LexborNode, rows: list[list[LexborNode]]) -> bool:
    """A table that only places things: no row of two cells, or tables inside and no row of four cells, or a page's
    text in a cell."""
    widest = max((len(row) for row in rows), default=0)
    if widest < 2:
        return True
    if widest < 4 and any(inner.mem_id != table.mem_id for inner in table.css("table")):
        return True
    return widest < 4 and any(len(cell.text(deep=True)) > LONGEST_CELL for row in rows for cell in row)


def _spans(cell: LexborNode) -> tuple[int, int]:
    attributes = cell.attributes  # the whole of them cost less than asking for two
    return _span(attributes.get("rowspan")), _span(attributes.get("colspan"))


def _span(text: str | None) -> int:
    """A span as browsers read it: the leading digits, 1 where there are none."""
    if text is None:
        return 1
    digits = ""
    for sign in text.strip():
        if not sign.isascii() or not sign.isdigit():
            break
        digits += sign
    return min(int(digits), 1000) if digits else 1
