"""The picture of a page turned upright, and its ruling lines found.

Lengths in constants are in points, as in a PDF; a picture's own scale (pixels a point) makes pixels of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from extract.readers.rules import TOLERANCE, Line, meshes

Grey = npt.NDArray[np.uint8]
Affine = npt.NDArray[np.float64]

# A page of A4 is so wide (points); an image whose sides have such a ratio is taken for one.
A4, PAGE_SHAPE = 595.0, (1.25, 1.6)
# The common size of type (points), and how high a character may be in an image (pixels).
TYPE, LEAST_TYPE, MOST_TYPE, USUAL_SCALE = 10.0, 8, 120, 150 / 72
# Pages lie askew by at most so many degrees; beyond this they were turned on purpose.
MOST_SKEW = 5.0
# The angle is sought on a picture of this width, from coarse to fine (degrees).
SKEW_WIDTH, SKEW_STEPS, SKEW_POINTS, LEAST_POINTS = 1000, (0.25, 0.05, 0.01), 60_000, 100
LEAST_SKEW = 0.02
# Ink is darker than its neighbourhood, which is this large, by so many grey levels.
NEIGHBOURHOOD, DARKER = 15.0, 18
# A ruling line is at least so long and at most so thick.
LEAST_ACROSS, LEAST_DOWN, THICKEST = 36.0, 13.0, 5.0
# It is looked for with a window of this length: longer than strokes of characters, shorter than it is between gaps.
WINDOW_ACROSS, WINDOW_DOWN = 21.0, 12.0
# A line downwards counts where its ends lie this near to lines across; one end is enough for a long one, or for one of
# so many that end level.
NEAR, LONG, POSTS = 2.0, 24.0, 3
# A page of text has some hundred long strokes; one with more than this is a drawing.
MOST_STROKES = 5_000
# A table is at least so wide and so high.
LEAST_TABLE = (100.0, 12.0)
# A line's slope may still be this after the page was turned upright.
SLOPE = 0.008
# Ink of a smaller area (square points) is a speck; a decimal point has one of about one.
SPECK = 0.5
WHITE, BLACK = 255, 0


@dataclass(frozen=True, slots=True)
class Picture:
    """A page upright: `grey` levels as scanned, `ink` (255) without its ruling lines, the lines in pixels.

    `scale` is how many pixels a point has, `back` leads from upright pixels to where the page was found.
    """

    grey: Grey
    ink: Grey
    across: list[Line]
    down: list[Line]
    scale: float
    back: Affine

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.grey.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.grey.shape[0])


def upright(grey: Grey, scale: float) -> Picture:
    """A page's grey levels turned so that its lines of text run level. `scale`: how many pixels a point has."""
    angle = skew(grey)
    forth = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    if abs(angle) >= LEAST_SKEW:
        height, width = grey.shape
        forth = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0))
        paper = int(np.median(grey))
        grey = np.asarray(
            cv2.warpAffine(
                grey,
                forth,
                (width, height),
                flags=cv2.INTER_CUBIC,
                borderMode=cv2.BORDER_CONSTANT,
                borderValue=(paper,),
            ),
            np.uint8,
        )
    dark = _dark(grey, scale)
    across, down, mask = _ruling_lines(dark, scale)
    ink = _without_specks(dark & ~mask, scale)
    return Picture(grey, ink, across, down, scale, np.asarray(cv2.invertAffineTransform(forth), np.float64))


def pixels_a_point(grey: Grey) -> float:
    """How finely an image was scanned: an image shaped like a page is taken for one of A4, another is told by its type."""
    short, long = sorted(int(side) for side in grey.shape)
    if PAGE_SHAPE[0] <= long / short <= PAGE_SHAPE[1]:
        return short / A4
    *_, stats, _ = cv2.connectedComponentsWithStats(_dark(grey, USUAL_SCALE), connectivity=8)
    widths, heights = stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT]
    typed = (heights >= LEAST_TYPE) & (heights <= MOST_TYPE) & (widths < 2.5 * heights) & (heights < 5 * widths)
    if not typed.any():
        return USUAL_SCALE
    heights = heights[typed]
    order = np.argsort(heights)
    weight = np.cumsum((widths[typed] * heights)[order])  # whole characters weigh more than their parts
    middle = int(np.searchsorted(weight, weight[-1] / 2))
    typical: int = heights[order].tolist()[middle]
    return typical / TYPE


def skew(grey: Grey) -> float:
    """By how many degrees, counter-clockwise, a page's lines fall to the right.

    At the right angle the ink falls into few rows: the sum of the squares of each row's ink is greatest.
    """
    factor = min(1.0, SKEW_WIDTH / max(grey.shape))
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    rows, columns = np.nonzero(_dark(np.asarray(small, np.uint8), 1.5))
    if len(rows) < LEAST_POINTS:
        return 0.0
    step = max(1, len(rows) // SKEW_POINTS)
    xs, ys = columns[::step].astype(np.float32), rows[::step].astype(np.float32)
    ys = ys + np.random.default_rng(0).random(len(ys), np.float32)  # else whole pixels speak for no turn at all
    best, reach = 0.0, MOST_SKEW
    for step_size in SKEW_STEPS:
        count = round(reach / step_size)
        angles = [best + step_size * i for i in range(-count, count + 1)]
        best = max(angles, key=lambda angle: _sharpness(xs, ys, angle))
        reach = 2 * step_size
    return best


def _sharpness(xs: npt.NDArray[np.float32], ys: npt.NDArray[np.float32], angle: float) -> float:
    rows = ys - xs * np.float32(math.tan(math.radians(angle)))
    counts = np.bincount((rows - rows.min()).astype(np.int32)).astype(np.float64)
    return float((counts * counts).sum())


def _dark(grey: Grey, scale: float) -> Grey:
    """Where a page is darker than its neighbourhood: 255, else 0."""
    size = max(3, int(NEIGHBOURHOOD * scale)) | 1
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)
    dark = cv2.adaptiveThreshold(smooth, WHITE, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, size, DARKER)
    return np.asarray(dark, np.uint8)


def _without_specks(ink: Grey, scale: float) -> Grey:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    kept = np.full(count, WHITE, np.uint8)
    kept[stats[:, cv2.CC_STAT_AREA] <= max(2, SPECK * scale * scale)] = BLACK
    kept[0] = BLACK
    return np.asarray(kept[labels], np.uint8)


# ------------------------------------------------------------------ lines


@dataclass(frozen=True, slots=True)
class _Strokes:
    """Long strokes in one direction: their pixels, and each one as a line with the box that it fills."""

    pixels: Grey
    boxes: dict[Line, tuple[slice, slice]]

    def mask(self, lines: Iterable[Line]) -> Grey:
        """The pixels of some of the lines: 255, else 0."""
        mask = np.zeros_like(self.pixels)
        for line in lines:
            mask[self.boxes[line]] = self.pixels[self.boxes[line]]
        return mask


def _ruling_lines(dark: Grey, scale: float) -> tuple[list[Line], list[Line], Grey]:
    """The lines across and down, and the pixels that they cover."""
    across = _long_strokes(dark, scale, LEAST_ACROSS, WINDOW_ACROSS)
    down = _long_strokes(np.ascontiguousarray(dark.T), scale, LEAST_DOWN, WINDOW_DOWN)
    rows, columns = list(across.boxes), list(down.boxes)
    if len(rows) + len(columns) > MOST_STROKES:
        rows, columns = [], []
    for _ in range(2):  # strokes of characters hold each other up only once
        columns = [line for line in columns if _is_rule(line, rows, columns, scale)]
        rows = [line for line in rows if len(_crossing(line, columns, scale)) >= 2]
    rows, columns = _in_tables(rows, columns, scale)
    mask = across.mask(rows) | down.mask(columns).T
    return rows, columns, np.asarray(cv2.dilate(mask, np.ones((3, 3), np.uint8)), np.uint8)


def _in_tables(rows: list[Line], columns: list[Line], scale: float) -> tuple[list[Line], list[Line]]:
    """The lines that belong to something as large as a table; a character in a heading may be a mesh of its own."""
    outlines = [
        mesh.outline for mesh in meshes(_scaled(rows, 1 / scale), _scaled(columns, 1 / scale)) if len(mesh.regions) > 1
    ]
    tables = [
        [side * scale for side in box]
        for box in outlines
        if box[2] - box[0] >= LEAST_TABLE[0] and box[3] - box[1] >= LEAST_TABLE[1]
    ]
    near = TOLERANCE * scale

    def inside(x: float, y: float) -> bool:
        return any(
            left - near <= x <= right + near and top - near <= y <= bottom + near for left, top, right, bottom in tables
        )

    return (
        [line for line in rows if inside((line.start + line.end) / 2, line.at)],
        [line for line in columns if inside(line.at, (line.start + line.end) / 2)],
    )


def _scaled(lines: Iterable[Line], factor: float) -> list[Line]:
    return [Line(line.at * factor, line.start * factor, line.end * factor) for line in lines]


def _long_strokes(dark: Grey, scale: float, least: float, window: float) -> _Strokes:
    """What runs from left to right for long enough and is thin. A line that climbs by a pixel is one."""
    thick = cv2.dilate(dark, np.ones((3, 1), np.uint8))
    strokes = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, int(window * scale)), np.uint8))
    _, _, stats, middles = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    boxes = {}
    for (left, top, width, height, area), (_, middle) in zip(stats[1:].tolist(), middles[1:].tolist(), strict=True):
        thin = area <= THICKEST * scale * width and height <= THICKEST * scale + SLOPE * width
        if width >= least * scale and thin:
            line = Line(middle, float(left), float(left + width))
            boxes[line] = slice(top, top + height), slice(left, left + width)
    return _Strokes(np.asarray(strokes, np.uint8), boxes)


def _is_rule(line: Line, across: Sequence[Line], down: Sequence[Line], scale: float) -> bool:
    """Whether a stroke downwards is a ruling line and no part of a character: it ends at lines across.

    Where a page's end leaves it open on one side, it is long, or ends level with others like the posts of a fence.
    """
    near = NEAR * scale
    meeting = [other.at for other in _crossing(line, across, scale)]
    if not meeting:
        return False
    open_ends = [end for end in (line.start, line.end) if not any(abs(at - end) <= near for at in meeting)]
    if not open_ends or line.end - line.start >= LONG * scale:
        return True
    level = [other for other in down if min(abs(end - open_ends[0]) for end in (other.start, other.end)) <= near]
    return len(open_ends) == 1 and sum(bool(_crossing(other, across, scale)) for other in level) >= POSTS


def _crossing(line: Line, others: Iterable[Line], scale: float) -> list[Line]:
    """The lines in the other direction that a line meets."""
    near = NEAR * scale
    return [
        other
        for other in others
        if other.start - near <= line.at <= other.end + near and line.start - near <= other.at <= line.end + near
    ]
