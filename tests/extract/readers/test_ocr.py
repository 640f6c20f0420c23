"""Pictures without recognition: how pages are turned, which of two readings counts, and which files are refused."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pytest
from making.figures import Address
from making.pdf import assemble, text
from making.printed import Printed, lay_out, print_report
from making.report import make_report
from making.scan import draw
from PIL import Image

from extract import readers
from extract.alignment import align
from extract.document import Cell, Document, Grid, UnreadableDocument
from extract.facts import Fact, read_facts
from extract.forms import load_forms
from extract.grid import distinct
from extract.numerals import State
from extract.readers import ocr, second_reading
from extract.readers.image_grid import skew, upright
from extract.readers.ink import Band, sign
from extract.readers.pages import Content, Fragment, Piece
from extract.readers.picture_page import PictureFrame, ReadPage
from extract.readers.rules import Mesh, Region
from extract.readers.turns import turned
from extract.rows import rows_of


def refusal(payload: bytes) -> UnreadableDocument:
    with pytest.raises(UnreadableDocument) as caught:
        readers.read(payload)
    return caught.value


@pytest.fixture(scope="module")
def printed() -> Printed:
    return print_report(make_report(7, "示例县人民政府", 2023))


# ------------------------------------------------------------------ which reading counts


def read_page_of(table: Grid) -> ReadPage:
    """A page as if it had been read: one table of these texts."""
    height, width = len(table.rows), max(map(len, table.rows))
    cells = [cell for row in table.rows for cell in distinct(row)]
    where = {id(cell): [] for cell in cells}  # type: dict[int, list[tuple[int, int]]]
    for i, row in enumerate(table.rows):
        for j, cell in enumerate(row):
            where[id(cell)].append((i, j))
    unlike = list({id(cell): cell for cell in cells}.values())
    regions = tuple(
        Region(min(i for i, _ in at), min(j for _, j in at), max(i for i, _ in at) + 1, max(j for _, j in at) + 1)
        for at in (where[id(cell)] for cell in unlike)
    )
    number = {id(cell): index for index, cell in enumerate(unlike)}
    places = tuple(tuple(number[id(cell)] for cell in row) for row in table.rows)
    mesh = Mesh(tuple(40.0 * n for n in range(width + 1)), tuple(20.0 * n for n in range(height + 1)), regions, places)
    frame = PictureFrame(1, 595, 842)
    pieces = [
        Piece(frame, mesh.box(region), [], cell.text, Cell(cell.text, frame.place(mesh.box(region)), 0.99))
        for region, cell in zip(regions, unlike, strict=True)
    ]
    picture = upright(np.full((50, 50), 255, np.uint8), 1.0)
    return ReadPage(picture, Content(frame, (Fragment(frame, mesh, pieces),)), {})


@pytest.fixture
def misread(printed: Printed, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Mapping[Address, Fact]]]:
    """Facts of a table of which one cell was first read wrongly, and what the readings after it say there."""

    def settle(address: Address, first: str, again: str, whole: str) -> Mapping[Address, Fact]:
        table = lay_out(load_forms()["2021"].tables[address[0]], printed.report.figures)
        cells: dict[int, Cell] = {}
        rows = [
            tuple(
                cells.setdefault(id(cell), Cell(first if cell.address == address else cell.text))
                for cell, _ in row
                for _ in range(cell.colspan)
            )
            for row in table.spread()
        ]
        page = read_page_of(Grid(tuple(rows)))
        (fragment,) = page.fragments
        wrong = next(piece for piece in fragment.pieces if piece.text == first)
        said = {piece.box: piece.text for piece in fragment.pieces}
        monkeypatch.setattr(
            second_reading,
            "read_again",
            lambda _, boxes: [(again if box == wrong.box else said[box], 0.99) for box in boxes],
        )
        monkeypatch.setattr(
            second_reading,
            "read_whole",
            lambda _, boxes: {box: (whole if box == wrong.box else said[box], 0.99) for box in boxes},
        )
        second_reading.settle(page)
        document = Document("", "", (fragment.as_grid(),))
        return read_facts(document, align(rows_of(document), tuple(load_forms().values())))[0]

    yield settle


RECEIVED = ("requests", "disclosed", "natural_persons")
LICENCES = ("proactive_disclosure", "administrative_licences", "decisions")


def test_a_reading_that_alone_makes_row_and_column_add_up_is_reconstructed(
    printed: Printed, misread: Callable[..., Mapping[Address, Fact]]
) -> None:
    right = str(printed.truth[RECEIVED])
    fact = misread(RECEIVED, "731", right, "731")[RECEIVED]
    assert (fact.value, fact.state) == (printed.truth[RECEIVED], State.RECONSTRUCTED)
    assert fact.locator.how is not None and "731" in fact.locator.how


def test_a_figure_that_no_other_reading_explains_stays_as_read(misread: Callable[..., Mapping[Address, Fact]]) -> None:
    fact = misread(RECEIVED, "731", "731", "731")[RECEIVED]
    assert (fact.value, fact.state) == (731, State.NUMBER)  # the balances say that it is wrong


@pytest.mark.parametrize(("again", "whole"), [("732", "731"), ("1732", "1732")])
def test_readings_that_differ_give_no_number_where_no_balance_decides(
    misread: Callable[..., Mapping[Address, Fact]], again: str, whole: str
) -> None:
    fact = misread(LICENCES, "731", again, whole)[LICENCES]
    assert (fact.value, fact.state, fact.printed) == (None, State.UNREADABLE, "731")
    assert fact.locator.how is not None and "不一致" in fact.locator.how


def test_a_number_that_no_office_prints_is_not_certain(misread: Callable[..., Mapping[Address, Fact]]) -> None:
    assert misread(LICENCES, "071", "071", "071")[LICENCES].state is State.UNREADABLE


def test_a_figure_in_a_row_without_label_needs_certainty_too(monkeypatch: pytest.MonkeyPatch) -> None:
    page = read_page_of(Grid((tuple(map(Cell, ("12", "3", "15"))), tuple(map(Cell, ("7", "03", "9"))))))
    (fragment,) = page.fragments
    sure = {piece.box: 0.4 if piece.text == "3" else 0.99 for piece in fragment.pieces}
    for piece in fragment.pieces:
        piece.cell = piece.as_cell()._replace(confidence=sure[piece.box])
    said = {piece.box: (piece.text, sure[piece.box]) for piece in fragment.pieces}
    monkeypatch.setattr(second_reading, "read_again", lambda _, boxes: [said[box] for box in boxes])
    monkeypatch.setattr(second_reading, "read_whole", lambda _, boxes: said)
    second_reading.settle(page)
    assert [piece.text for piece in fragment.pieces if not piece.as_cell().certain] == ["3", "03"]


# ------------------------------------------------------------------ parts


@pytest.mark.parametrize("angle", [-1.5, -0.4, 0.0, 2.7])
def test_finds_how_far_a_page_lies_askew(angle: float) -> None:
    lines = "".join(text(72, 100 + 24 * n, "政府信息公开工作年度报告" * 3, 12) for n in range(20))
    (page,) = draw(assemble([lines.encode()]), 100)
    turned = page.rotate(-angle, Image.Resampling.BICUBIC, fillcolor=255)
    assert skew(np.asarray(turned)) == pytest.approx(angle, abs=0.06)


@pytest.mark.parametrize("turns", range(4))
def test_a_turned_page_knows_where_each_pixel_was(turns: int) -> None:
    grey = np.arange(35, dtype=np.uint8).reshape(5, 7)
    lying, back = turned(grey, turns)
    for y, x in np.ndindex(lying.shape):
        was_x, was_y = back @ [x, y, 1]
        assert grey[int(was_y), int(was_x)] == lying[y, x]


@pytest.mark.parametrize(
    ("stroke", "read"),
    [
        ([(2, 20, 12, 21)], "-"),
        ([(2, 20, 26, 21)], "—"),
        ([(12 - n // 2, n, 13 - n // 2, n) for n in range(24)], "/"),
        ([(10, 0, 11, 24)], None),
        ([(n // 2, n, n // 2 + 1, n) for n in range(24)], None),
        ([(0, 0, 14, 2), *[(12 - n // 2, n, 13 - n // 2, n) for n in range(24)]], None),
    ],
    ids=["dash", "long dash", "slash", "one", "backslash", "seven"],
)
def test_tells_a_sign_by_its_shape(stroke: list[tuple[int, int, int, int]], read: str | None) -> None:
    ink = np.zeros((30, 30), np.uint8)
    for left, top, right, bottom in stroke:
        ink[top : bottom + 1, left : right + 1] = 255
    ys, xs = np.nonzero(ink)
    band = Band(int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1)
    assert sign(ink, band, 28.0) == read


# ------------------------------------------------------------------ what cannot be read


def png_of(width: int, height: int) -> bytes:
    """A PNG that claims to be so large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [30_000, 8_000])
def test_an_image_too_large_is_refused_before_it_is_decoded(side: int) -> None:
    refused = refusal(png_of(side, side))
    assert (refused.kind, "4000 万像素" in refused.detail) == ("limit", True)


@pytest.mark.parametrize("payload", [png_of(100, 100), b"GIF89a", b"II*\x00"], ids=["no pixels", "gif", "tiff"])
def test_a_broken_image_is_damaged(payload: bytes) -> None:
    assert refusal(payload).kind == "damaged"


def test_images_without_text_hold_nothing() -> None:
    for size in ((1, 1), (3, 9000), (600, 800)):
        file = io.BytesIO()
        Image.new("L", size, 250).save(file, "PNG")
        assert readers.read(file.getvalue()).blocks == ()


def test_without_the_extra_images_say_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "installed", lambda: False)
    file = io.BytesIO()
    Image.new("L", (60, 80), 250).save(file, "PNG")
    refused = refusal(file.getvalue())
    assert refused.kind == "unreadable" and "pip install -e '.[ocr]'" in refused.detail
