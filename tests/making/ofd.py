"""Writes a printed report as an OFD file, laid out as the made PDF of it is: the same pages, measured in millimetres."""

from __future__ import annotations

import io
import re
import zipfile
from html import escape

from making.pdf import HEIGHT, WIDTH, write_pdf
from making.printed import Made, Printed

NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
TIME = (2024, 1, 1, 0, 0, 0)
MILLIMETRES = 25.4 / 72
STREAM = re.compile(rb"stream\n(.*?)\nendstream", re.DOTALL)
OPERATION = re.compile(
    r"BT /F1 (?P<size>\S+) Tf 1 0 0 1 (?P<x>\S+) (?P<y>\S+) Tm <(?P<hex>[0-9a-f]*)> Tj ET"
    r"|(?P<x0>\S+) (?P<y0>\S+) m (?P<x1>\S+) (?P<y1>\S+) l S"
    r"|(?P<left>\S+) (?P<low>\S+) (?P<width>\S+) (?P<height>\S+) re (?P<paint>[fS])"
)


def write_ofd(printed: Printed, *, rules: str = "strokes", runs: bool = False) -> bytes:
    """A report as OFD. `rules` as in the made PDF; `runs` gives equal distances in short (`g 3 5`)."""
    streams = [stream.decode("latin-1") for stream in STREAM.findall(write_pdf(printed, rules=rules))]
    pages = [_page(stream, runs) for stream in streams if "BT" in stream]
    listed = "".join(f'<ofd:Page ID="{n}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(pages)))
    box = f"0 0 {WIDTH * MILLIMETRES:.3f} {HEIGHT * MILLIMETRES:.3f}"
    parts = {
        "OFD.xml": f'{HEAD}<ofd:OFD {NAMESPACE} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo>'
        f"<ofd:Title>{escape(printed.title)}</ofd:Title></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
        "</ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"{HEAD}<ofd:Document {NAMESPACE}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>{box}"
        f"</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData><ofd:Pages>{listed}</ofd:Pages></ofd:Document>",
        **{f"Doc_0/Pages/Page_{n}/Content.xml": page for n, page in enumerate(pages)},
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return file.getvalue()


def make_ofd(printed: Printed, *, rules: str = "strokes", runs: bool = False) -> Made:
    """The file of `write_ofd` with its truth."""
    return Made.of(printed, write_ofd(printed, rules=rules, runs=runs))


def _page(operators: str, runs: bool) -> str:
    objects = []
    for number, match in enumerate(OPERATION.finditer(operators), 1):
        if match["hex"] is not None:
            objects.append(_text(number, match, runs))
        elif match["x0"] is not None:
            x0, x1, y0, y1 = (_mm(match[name]) for name in ("x0", "x1", "y0", "y1"))
            objects.append(_path(number, x0, PAGE - y0, [(0, 0), (x1 - x0, y0 - y1)], filled=False))
        else:
            left, low, width, height = (_mm(match[name]) for name in ("left", "low", "width", "height"))
            corners = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]
            objects.append(_path(number, left, PAGE - low - height, corners, filled=match["paint"] == "f"))
    content = "".join(objects)
    return f'{HEAD}<ofd:Page {NAMESPACE}><ofd:Content><ofd:Layer ID="1">{content}</ofd:Layer></ofd:Content></ofd:Page>'


PAGE = HEIGHT * MILLIMETRES


def _mm(points: str) -> float:
    return float(points) * MILLIMETRES


def _text(number: int, match: re.Match[str], runs: bool) -> str:
    words, size = bytes.fromhex(match["hex"]).decode("utf-16-be"), _mm(match["size"])
    x, y = _mm(match["x"]), PAGE - _mm(match["y"])
    widths = [size * (0.5 if " " < sign <= "~" else 0.278 if sign == " " else 1.0) for sign in words][:-1]
    steps = " ".join(f"{width:.3f}" for width in widths)
    if runs and len(set(widths)) == 1:
        steps = f"g {len(widths)} {widths[0]:.3f}"
    delta = f' DeltaX="{steps}"' if steps else ""
    box = f"{x:.3f} {y - size:.3f} {sum(widths) + size:.3f} {size * 1.2:.3f}"
    code = f'<ofd:TextCode X="0" Y="{size:.3f}"{delta}>{escape(words, quote=False)}</ofd:TextCode>'
    return f'<ofd:TextObject ID="{number}" Boundary="{box}" Font="1" Size="{size:.3f}">{code}</ofd:TextObject>'


def _path(number: int, x: float, y: float, points: list[tuple[float, float]], *, filled: bool) -> str:
    steps = " ".join(f"{'L' if n else 'M'} {px:.3f} {py:.3f}" for n, (px, py) in enumerate(points))
    closed = " C" if len(points) > 2 else ""
    look = ' Stroke="false" Fill="true"' if filled else ' LineWidth="0.18"'
    box = f"{x:.3f} {y:.3f} {max(px for px, _ in points):.3f} {max(abs(py) for _, py in points):.3f}"
    data = f"<ofd:AbbreviatedData>{steps}{closed}</ofd:AbbreviatedData>"
    return f'<ofd:PathObject ID="{number}" Boundary="{box}"{look}>{data}</ofd:PathObject>'
