"""A page's picture read, and read again where nothing vouches for the first reading.

A figure is vouched for by a balance that it takes part in, or by a second reading. Where readings differ and no balance
decides, it is not certain, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from PIL import Image

from extract.alignment import AlignedTable, align
from extract.document import Cell, Document
from extract.facts import Address, read_facts
from extract.forms import load_forms
from extract.numerals import Number, State, is_figure, read_figure
from extract.readers.equations import Equation, equations
from extract.readers.image_grid import Grey, pixels_a_point, upright
from extract.readers.pages import Content, Frame, Piece
from extract.readers.picture_page import PictureFrame, ReadPage, read_again, read_page, read_whole
from extract.readers.turns import quarter_turns, turned
from extract.rows import HAN, is_label, rows_of

# A reading below this certainty needs a second one that agrees. Of 2,000 figures on pages worse than reports are (120
# dpi, JPEG quality 35, much noise) six of the right ones lay below, and all of the wrong ones.
SURE = 0.8
# Images are read at a resolution between these (pixels a point: 100 and 200 dpi); smaller ones than LEAST_SIDE hold no
# text, larger ones than MOST_PIXELS would need too much memory.
COARSEST, FINEST, LEAST_SIDE, MOST_PIXELS = 100 / 72, 200 / 72, 24, 16_000_000
# Where readings differ, or a figure is told only by a balance, no more certainty is claimed than this.
DOUBTFUL = 0.5
# 01, 00: no office prints such numbers; a stroke of dirt was read.
LEADING_ZERO = re.compile(r"0\d+")


@dataclass(slots=True)
class Figure:
    """A figure's cell: as first read, the other readings of it, and its address where its row was recognized."""

    piece: Piece
    cell: Cell
    address: Address | None = None
    others: list[tuple[str, float]] = field(default_factory=list)  # text and certainty

    @property
    def value(self) -> Number | None:
        """The number that was first read."""
        return _value(self.cell.text)

    @property
    def clear(self) -> bool:
        """Whether the first reading is a figure, and certain enough."""
        text = self.cell.text
        return is_figure(text) and not LEADING_ZERO.fullmatch(text) and (self.cell.confidence or 0.0) >= SURE

    @property
    def differing(self) -> list[str]:
        """Other readings that say something else."""
        return [text for text, _ in self.others if not _same(text, self.cell.text)]


def content_of_picture(grey: Grey, number: int, scale: float, unit: float) -> Content:
    """What stands on a page. `scale`: pixels a point; `unit`: how many of the file's own units a pixel has."""
    picture = upright(grey, scale)
    back = picture.back
    if turns := quarter_turns(picture):
        grey, unturned = turned(grey, turns)
        picture = upright(grey, scale)
        back = unturned @ np.vstack([picture.back, [0.0, 0.0, 1.0]])
    told = tuple(float(value) for value in (back * unit).ravel())
    frame = PictureFrame(number, picture.width / scale, picture.height / scale, 0, scale, told)
    page = read_page(picture, frame)
    settle(page)
    return page.content


def content_of_image(image: Image.Image, number: int) -> Content:
    """What stands on a page that is an image; places are in its pixels."""
    grey = np.asarray(image, np.uint8)
    if min(grey.shape) < LEAST_SIDE:
        return Content(Frame(number, image.width, image.height), ())
    scale = pixels_a_point(grey)
    factor = min(max(1.0, COARSEST / scale), FINEST / scale, (MOST_PIXELS / grey.size) ** 0.5)
    if factor != 1.0:
        way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        grey = np.asarray(cv2.resize(grey, None, fx=factor, fy=factor, interpolation=way), np.uint8)
    return content_of_picture(grey, number, scale * factor, 1 / factor)


def settle(page: ReadPage) -> None:
    """Read again what needs it, and give each figure's cell its certainty."""
    _read_labels_again(page)
    figures, tables = _figures(page)
    values = {figure.address: figure.value for figure in figures if figure.address}
    demanded = equations(tables, values)
    told = {equation: equation.holds(values) for equation in demanded}
    vouched = {address for equation, holds in told.items() if holds for address in equation.addresses}
    doubted = [figure for figure in figures if not figure.clear or figure.address not in vouched]
    for figure, other in zip(doubted, read_again(page, [figure.piece.box for figure in doubted]), strict=True):
        figure.others.append(other)
    if False in told.values() or any(figure.differing or not figure.clear for figure in doubted):
        whole = read_whole(page, [figure.piece.box for figure in figures])
        for figure in figures:
            if figure.piece.box in whole:
                figure.others.append(whole[figure.piece.box])
    chosen = _reconstructed(figures, demanded, values)
    for figure in figures:
        failing = any(holds is False and figure.address in equation.addresses for equation, holds in told.items())
        cell = _decided(figure, figure.address in vouched and not failing, chosen.get(figure.address))
        figure.piece.cell, figure.piece.text = cell, cell.text


def _read_labels_again(page: ReadPage) -> None:
    """Take the more certain of two readings of a label: rows are told by it."""
    unclear = [
        piece
        for fragment in page.fragments
        for piece in fragment.pieces
        if HAN.search(piece.text) and (piece.as_cell().confidence or 0.0) < SURE
    ]
    for piece, (text, certainty) in zip(unclear, read_again(page, [piece.box for piece in unclear]), strict=True):
        cell = piece.as_cell()
        if certainty > (cell.confidence or 0.0):
            piece.text, piece.cell = text, cell._replace(text=text, confidence=round(certainty, 3))


def _figures(page: ReadPage) -> tuple[list[Figure], dict[str, AlignedTable]]:
    """The cells of a page that stand where figures do or hold some, and the official tables that they make."""
    pieces = {id(piece.as_cell().place): piece for fragment in page.fragments for piece in fragment.pieces}
    document = Document("", "", tuple(fragment.as_grid() for fragment in page.fragments))
    rows = rows_of(document)
    tables = align(rows, tuple(load_forms().values()))
    addresses = {id(fact.locator.place): address for address, fact in read_facts(document, tables)[0].items()}
    cells = {id(cell.place): cell for row in rows if row.labels for cell in row.figures}
    figures = [Figure(pieces[place], cell, addresses.get(place)) for place, cell in cells.items()]
    figures = [figure for figure in figures if figure.address or not is_label(figure.cell.text)]
    # A row whose label stands on another page, or was lost, has figures all the same.
    alone = [Figure(piece, piece.as_cell()) for place, piece in pieces.items() if place not in cells]
    return [*figures, *(figure for figure in alone if figure.value is not None)], tables


def _reconstructed(
    figures: Sequence[Figure], demanded: Sequence[Equation], values: Mapping[Address, Number | None]
) -> dict[Address | None, str]:
    """Other readings that make all balances of their figures hold, row and column, where the first makes both fail.

    Only where a single such reading is to be had for each of these balances.
    """
    answers: list[tuple[Address, str, list[Equation]]] = []
    for figure in figures:
        if figure.address is None:
            continue
        own = [equation for equation in demanded if figure.address in equation.addresses]
        own = [equation for equation in own if equation.holds(values) is not None]
        if len(own) < 2 or any(equation.holds(values) for equation in own):
            continue
        for text in dict.fromkeys(figure.differing):
            value = _value(text)
            if value is not None and all(equation.holds({**values, figure.address: value}) for equation in own):
                answers.append((figure.address, text, own))
    rivals = [set(own) for _, _, own in answers]
    return {
        address: text
        for index, (address, text, own) in enumerate(answers)
        if not any(rivals[index] & other for number, other in enumerate(rivals) if number != index)
    }


def _decided(figure: Figure, vouched: bool, chosen: str | None) -> Cell:
    """The cell with what is known of it after all readings."""
    cell, first = figure.cell, figure.cell.text
    confidence = cell.confidence or 0.0
    differing = figure.differing
    agreeing = [certainty for text, certainty in figure.others if _same(text, first)]
    if differing:
        readings = "、".join(f"“{text}”" for text in dict.fromkeys([first, *differing]))
        if chosen is not None:
            how = f"几次识别读作{readings}，只有“{chosen}”使行与列的勾稽关系都成立"
            return cell._replace(text=chosen, confidence=DOUBTFUL, how=how)
        doubted = cell._replace(confidence=min(confidence, DOUBTFUL))
        return doubted if vouched else doubted._replace(how=f"几次识别不一致：{readings}", certain=False)
    confidence = max([confidence, *agreeing])
    if LEADING_ZERO.fullmatch(first) or (confidence < SURE and not vouched):
        return cell._replace(how=f"识别没有把握（{confidence:.2f}）：读作“{first}”", certain=False)
    return cell._replace(confidence=round(confidence, 3))


def _value(text: str) -> Number | None:
    return read_figure(text).value


def _same(one: str, other: str) -> bool:
    """Whether two readings say the same: equal numbers, or in like manner no number."""
    first, second = read_figure(one), read_figure(other)
    if first.state is State.TEXT or second.state is State.TEXT:
        return "".join(one.split()) == "".join(other.split())
    return (first.value, first.state, first.unit) == (second.value, second.state, second.unit)
