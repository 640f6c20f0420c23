"""Rich Text (RTF): control words as they come, text kept, destinations that do not show left out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from extract.document import Document, Furniture, UnreadableDocument
from extract.readers.edges import NO_SHAPE, Assembly, RowShape

PART = "document"
# Pictures are kept as hexadecimal text: a report with photographs has tens of megabytes, none has more than this.
MOST_BYTES = 200_000_000
MOST_GROUPS = 1_000
TOKEN = re.compile(
    rb"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?|\\'(?P<byte>[0-9a-fA-F]{2})|\\(?P<sign>[^a-zA-Z])"
    rb"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)|[\r\n]+",
    re.DOTALL,
)
UNSEEN = frozenset(
    b"colortbl stylesheet filetbl listtable listoverridetable revtbl rsidtbl pict object header headerl headerr headerf footer"
    b" footerl footerr footerf footnote fldinst bkmkstart bkmkend annotation atnid atnauthor ftnsep ftnsepc xe tc generator"
    b" nonshppict shprslt sp pgdsctbl themedata colorschememapping datastore latentstyles userprops xmlnstbl mmathPr template author"
    b" operator creatim revtim printim buptim comment subject category keywords doccomm company manager hlinkbase".split()
)
# Destinations that readers may skip, marked so, which yet hold text that shows.
SHOWN_THOUGH_MARKED = frozenset([b"shpinst", b"nesttableprops", b"ud"])
BREAKS = {b"line": "\n", b"lbr": "\n", b"tab": "\t", b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’",
          b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•", b"emspace": "\u2003", b"enspace": "\u2002"}  # fmt: skip
PARAGRAPH_ENDS = frozenset([b"par", b"sect", b"page", b"column"])
SIGNS = {b"~": "\xa0", b"_": "-", b"-": "", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n", b"\r": "\n"}
# Character sets of fonts (fcharset) as code pages.
CHARSETS = {0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950", 204: "cp1251"}


@dataclass(frozen=True, slots=True)
class _State:
    """What holds within a group: it is copied at `{` and comes back at `}`."""

    unseen: bool = False
    hidden: bool = False
    destination: bytes = b""
    fallback: int = 1  # how many signs stand in for one \\u
    encoding: str | None = None
    depth: int = 0
    heading: bool = False


@dataclass
class _Definition:
    """A row's definition as it is being written: edges, and which cells go on."""

    edges: list[int] = field(default_factory=list)
    left: set[int] = field(default_factory=set)
    above: set[int] = field(default_factory=set)

    def shape(self) -> RowShape:
        """The row as defined."""
        return RowShape(tuple(self.edges), frozenset(self.left), frozenset(self.above))


def read(payload: bytes, *, sha256: str, media_type: str, charset: str | None = None) -> Document:
    """A Rich Text file as paragraphs and grids; every cell's place is part, table, row and column, counted from 1.

    Raises UnreadableDocument: limit, or damaged where the file ends before its last brace, as one does that was cut off.
    """
    if len(payload) > MOST_BYTES:
        raise UnreadableDocument("limit", f"文件有 {len(payload)} 字节（上限 {MOST_BYTES}）")
    reader = _Reader()
    reader.run(payload)
    if reader.groups:
        raise UnreadableDocument("damaged", "RTF 文件残缺：没有结尾括号")
    return Document(
        sha256, media_type, reader.assembly.finish(), Furniture(titles=tuple(filter(None, [reader.title.strip()])))
    )


@dataclass
class _Reader:
    """A file being read: the state of the open groups, the text of the paragraph so far, the rows' definitions."""

    assembly: Assembly = field(default_factory=lambda: Assembly(PART))
    state: _State = field(default_factory=_State)
    groups: list[_State] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)  # bytes of text in a code page, not yet decoded
    around: list[tuple[Assembly, list[str]]] = field(default_factory=list)  # of each open text box, what it hangs in
    skip: int = 0  # fallback signs still to be passed over
    ansi: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict)
    font: int = 0
    marked: bool = False  # after \\*
    title: str = ""
    outer: _Definition = field(default_factory=_Definition)
    inner: _Definition = field(default_factory=_Definition)

    def run(self, payload: bytes) -> None:
        """Read all of it."""
        at, end = 0, len(payload)
        while at < end:
            match = TOKEN.match(payload, at)
            if match is None:  # a lone backslash at the end
                break
            at = match.end()
            kind = match.lastgroup
            if kind == "word" or kind == "number":
                word = match["word"]
                if word not in MEANT and not self.marked:
                    continue
                number = int(match["number"]) if kind == "number" else None
                if word == b"bin":
                    at += max(number or 0, 0)
                else:
                    self._word(word, number)
            elif kind == "text":
                self._bytes(match["text"])
            elif kind == "byte":
                self._bytes(bytes([int(match["byte"], 16)]))
            elif kind == "brace":
                self._brace(match["brace"])
            elif kind == "sign":
                self._sign(match["sign"])
        self._flush()
        if self.text:
            self._end_paragraph()

    # -------------------------------------------------------------- text

    def _bytes(self, raw: bytes) -> None:
        """Bytes of text in the font's code page; those that only stand in for a \\u are passed over."""
        passed = min(self.skip, len(raw))
        self.skip -= passed
        if not self.state.unseen or self.state.destination == b"title":
            self.raw += raw[passed:]

    def _flush(self) -> None:
        if self.raw:
            text = bytes(self.raw).decode(self.state.encoding or self.ansi, errors="replace")
            self.raw.clear()
            self._add(text)

    def _add(self, text: str) -> None:
        self._flush()
        if self.state.destination == b"title":
            self.title += text
        elif not self.state.unseen and not self.state.hidden:
            self.text.append(text)

    def _taken(self) -> str:
        self._flush()
        text = "".join(self.text)
        self.text.clear()
        if any("\ud800" <= sign <= "\udfff" for sign in text):  # \\u gives signs beyond the first plane in halves
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", errors="replace")
        return text

    def _end_paragraph(self) -> None:
        self.assembly.paragraph(self._taken(), self.state.depth, heading=self.state.heading)

    # -------------------------------------------------------------- groups and signs

    def _brace(self, brace: bytes) -> None:
        self._flush()
        self.marked, self.skip = False, 0
        if brace == b"{":
            if len(self.groups) >= MOST_GROUPS:
                raise UnreadableDocument("limit", f"RTF 括号嵌套超过 {MOST_GROUPS} 层")
            self.groups.append(self.state)
        elif self.groups:
            outside = self.groups.pop()
            if self.state.destination == b"shptxt" != outside.destination:
                self._end_box()
            self.state = outside

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self.marked = True
        elif self.skip:
            self.skip -= 1
        elif sign in (b"\n", b"\r"):
            self._word(b"par", None)
        else:
            self._add(SIGNS.get(sign, ""))

    def _word(self, word: bytes, number: int | None) -> None:
        """A control word that means something here, or one that its writer marked as a destination to skip."""
        marked, self.marked = self.marked, False
        if word == b"u":
            self._unicode(number or 0)
            return
        self._flush()
        if (marked and word not in SHOWN_THOUGH_MARKED) or word in UNSEEN:
            self.state = replace(self.state, unseen=True, destination=word)
        elif action := ACTIONS.get(word):
            action(self, number)
        elif self.state.unseen:
            return
        elif text := BREAKS.get(word):
            self._add(text)
        elif word in PARAGRAPH_ENDS:
            self._end_paragraph()

    def _unicode(self, number: int) -> None:
        self._flush()
        self._add(chr(number % 0x10000))
        self.skip = self.state.fallback

    # -------------------------------------------------------------- what control words do

    def ansi_page(self, number: int | None) -> None:
        """\\ansicpg: the code page of all text whose font names none."""
        self.ansi = "gb18030" if number == 936 else f"cp{number}"
        try:
            b"".decode(self.ansi)
        except LookupError:
            self.ansi = "cp1252"

    def begin_fonts(self, number: int | None) -> None:
        """\\fonttbl."""
        self.state = replace(self.state, unseen=True, destination=b"fonttbl")

    def use_font(self, number: int | None) -> None:
        """\\f: in the table the font that follows is defined, elsewhere it is used."""
        self.font = number or 0
        if self.state.destination != b"fonttbl":
            self.state = replace(self.state, encoding=self.fonts.get(self.font))

    def font_charset(self, number: int | None) -> None:
        """\\fcharset."""
        if self.state.destination == b"fonttbl" and number in CHARSETS and number:
            self.fonts[self.font] = CHARSETS[number]

    def begin_title(self, number: int | None) -> None:
        """\\title, within \\info."""
        self.state = replace(self.state, unseen=True, destination=b"title")

    def begin_info(self, number: int | None) -> None:
        """\\info holds words about the document, of which the title alone is kept."""
        self.state = replace(self.state, unseen=True, destination=b"info")

    def begin_box(self, number: int | None) -> None:
        """\\shptxt: the text of a box, apart from the paragraph that it hangs on."""
        self.around.append((self.assembly, self.text))
        self.assembly, self.text = Assembly(PART, tables=self.assembly.tables), []
        self.state = replace(self.state, unseen=False, destination=b"shptxt", depth=0)

    def _end_box(self) -> None:
        if self.text:
            self._end_paragraph()
        box = self.assembly
        self.assembly, self.text = self.around.pop()
        self.assembly.hang(box.finish())
        self.assembly.tables = box.tables

    def begin_inner_properties(self, number: int | None) -> None:
        """\\nesttableprops: the definition of the inner row that ends with \\nestrow."""
        self.state = replace(self.state, destination=b"nesttableprops")

    def fallback_length(self, number: int | None) -> None:
        """\\uc."""
        self.state = replace(self.state, fallback=1 if number is None else max(number, 0))

    def hide(self, number: int | None) -> None:
        """\\v and \\deleted: text that does not show, until switched off."""
        self.state = replace(self.state, hidden=number != 0)

    def plain(self, number: int | None) -> None:
        """\\plain."""
        self.state = replace(self.state, hidden=False, encoding=None)

    def reset_paragraph(self, number: int | None) -> None:
        """\\pard."""
        self.state = replace(self.state, depth=0, heading=False)

    def in_table(self, number: int | None) -> None:
        """\\intbl."""
        self.state = replace(self.state, depth=max(self.state.depth, 1))

    def in_depth(self, number: int | None) -> None:
        """\\itap."""
        self.state = replace(self.state, depth=max(number or 0, 0))

    def outline(self, number: int | None) -> None:
        """\\outlinelevel: the paragraph is a heading."""
        self.state = replace(self.state, heading=number is not None and number < 9)

    @property
    def _definition(self) -> _Definition:
        return self.inner if self.state.destination == b"nesttableprops" else self.outer

    def define_row(self, number: int | None) -> None:
        """\\trowd."""
        fresh = _Definition()
        if self.state.destination == b"nesttableprops":
            self.inner = fresh
        else:
            self.outer = fresh

    def left_edge(self, number: int | None) -> None:
        """\\trleft."""
        self._definition.edges[:0] = [number or 0] if not self._definition.edges else []

    def cell_edge(self, number: int | None) -> None:
        """\\cellx: the right edge of a cell, after its properties."""
        definition = self._definition
        if not definition.edges:
            definition.edges.append(min(0, (number or 0) - 1))
        definition.edges.append(number or 0)

    def join_left(self, number: int | None) -> None:
        """\\clmrg."""
        self._definition.left.add(max(len(self._definition.edges) - 1, 0))

    def join_above(self, number: int | None) -> None:
        """\\clvmrg."""
        self._definition.above.add(max(len(self._definition.edges) - 1, 0))

    def end_cell(self, number: int | None) -> None:
        """\\cell."""
        self.assembly.paragraph(self._taken(), 1, heading=False)
        self.assembly.end_cell(1)

    def end_row(self, number: int | None) -> None:
        """\\row."""
        self._taken()
        self.assembly.end_row(1, self.outer.shape())

    def end_inner_cell(self, number: int | None) -> None:
        """\\nestcell."""
        depth = max(self.state.depth, 2)
        self.assembly.paragraph(self._taken(), depth)
        self.assembly.end_cell(depth)

    def end_inner_row(self, number: int | None) -> None:
        """\\nestrow."""
        self.assembly.end_row(max(self.state.depth, 2), self.inner.shape() if self.inner.edges else NO_SHAPE)


ACTIONS: dict[bytes, Callable[[_Reader, int | None], None]] = {
    b"ansicpg": _Reader.ansi_page, b"fonttbl": _Reader.begin_fonts, b"f": _Reader.use_font,
    b"fcharset": _Reader.font_charset, b"title": _Reader.begin_title, b"info": _Reader.begin_info,
    b"shptxt": _Reader.begin_box, b"nesttableprops": _Reader.begin_inner_properties, b"uc": _Reader.fallback_length,
    b"v": _Reader.hide, b"deleted": _Reader.hide, b"plain": _Reader.plain, b"pard": _Reader.reset_paragraph,
    b"intbl": _Reader.in_table, b"itap": _Reader.in_depth, b"outlinelevel": _Reader.outline,
    b"trowd": _Reader.define_row, b"trleft": _Reader.left_edge, b"cellx": _Reader.cell_edge,
    b"clmrg": _Reader.join_left, b"clvmrg": _Reader.join_above, b"cell": _Reader.end_cell, b"row": _Reader.end_row,
    b"nestcell": _Reader.end_inner_cell, b"nestrow": _Reader.end_inner_row,
}  # fmt: skip
MEANT = frozenset([*ACTIONS, *UNSEEN, *BREAKS, *PARAGRAPH_ENDS, b"u", b"bin"])
