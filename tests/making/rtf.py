"""Writes a printed report as Rich Text: characters by their Unicode numbers or in GBK, rows with edges of their own."""

from __future__ import annotations

from collections.abc import Callable

from making.printed import Made, Printed, PrintedParagraph, PrintedTable

HEAD = r"{\rtf1\ansi\ansicpg936\deff0{\fonttbl{\f0\fnil\fcharset134 SimSun;}{\f1\fswiss\fcharset0 Arial;}}"
COLUMN = 1000  # twips
Spelling = Callable[[str], str]


def write_rtf(printed: Printed, *, gbk: bool = False, uneven: bool = False, boxed: bool = False) -> bytes:
    """A report as Rich Text.

    `gbk` writes Chinese as bytes of that code page; `uneven` draws each row's edges some twips off, as by hand; `boxed`
    puts every table into a cell of a layout table.
    """
    say = in_gbk if gbk else in_unicode
    body = "".join(
        _table(part, say, uneven, boxed) if isinstance(part, PrintedTable) else paragraph(part, say)
        for part in printed.parts
    )
    return f"{HEAD}\n{body}}}".encode("ascii")


def make_rtf(printed: Printed, **options: bool) -> Made:
    """The document of `write_rtf` with its truth."""
    return Made.of(printed, write_rtf(printed, **options))


def in_unicode(text: str) -> str:
    """Text with everything beyond ASCII by its number, a question mark for programs that cannot."""
    units = text.encode("utf-16-le")
    numbers = [int.from_bytes(units[at : at + 2], "little", signed=True) for at in range(0, len(units), 2)]
    return "".join(_ascii(chr(n)) if 0 <= n < 128 else f"\\u{n}?" for n in numbers)


def in_gbk(text: str) -> str:
    """Text as the bytes of GBK, two to a Chinese character."""
    coded = (sign.encode("gb18030") for sign in text)
    return "".join(_ascii(chr(raw[0])) if len(raw) == 1 else "".join(f"\\'{byte:02x}" for byte in raw) for raw in coded)


def _ascii(sign: str) -> str:
    return {"\\": "\\\\", "{": "\\{", "}": "\\}", "\n": "\\line "}.get(sign, sign)


def paragraph(part: PrintedParagraph, say: Spelling = in_unicode) -> str:
    """A paragraph with its outline level."""
    level = "\\outlinelevel0" if part.role == "heading" else ""
    return f"\\pard\\plain{level}\\f0 {say(part.text)}\\par\n"


def _table(table: PrintedTable, say: Spelling, uneven: bool, boxed: bool) -> str:
    cell, row, depth = ("\\nestcell", "\\nestrow", 2) if boxed else ("\\cell", "\\row", 1)
    rows = []
    for number, printed_row in enumerate(table.spread()):
        definition, contents, edge = "\\trowd\\trleft0", "", 0
        for printed_cell, reaches_down in printed_row:
            edge += printed_cell.colspan * COLUMN
            merge = "\\clvmrg" if reaches_down else "\\clvmgf" if printed_cell.rowspan > 1 else ""
            definition += f"{merge}\\cellx{edge + (number % 3) * 7 * uneven}"
            text = "" if reaches_down else say(printed_cell.text)
            contents += f"\\pard\\plain\\intbl\\itap{depth}\\f0 {text}{cell}\n"
        end = f"{{\\*\\nesttableprops{definition}{row}}}{{\\nonesttables\\par}}" if boxed else row
        rows.append(f"{'' if boxed else definition}{contents}{end}\n")
    if not boxed:
        return "".join(rows)
    return "\\trowd\\trleft0\\cellx9000\n" + "".join(rows) + "\\pard\\plain\\intbl\\itap1 \\cell\\row\n"
