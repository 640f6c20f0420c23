"""Lines of ink in a part of a page's picture: where text stands, before anyone reads it, and signs told by their shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from extract.readers.image_grid import Grey

# In heights of a character: bands of ink lower than LOW belong to a character of several strokes (三, 二) as long as
# the whole is no higher than WHOLE; a band higher than TWO holds two lines that touch.
LOW, WHOLE, TWO, PITCH = 0.55, 1.15, 1.6, 1.25
# Between two lines there is less ink than this share of the mean.
VALLEY = 0.3
# A band of less ink than this, in both directions and heights of a character, is dirt.
DIRT = 0.16
# A dash is at least so long for its height, and lower than this share of a character; from LONG on it is a long one.
DASH, FLAT, LONG = 2.0, 0.25, 0.62
# A slash leans by at least so much (width over height) and is nearly a straight stroke (spread over height).
LEANING, MOST_LEANING, STRAIGHT, HIGH = 0.2, 1.1, 0.09, 0.5


class Band(NamedTuple):
    """The box of a line of text in pixels; right and bottom not included."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def height(self) -> int:
        """In pixels."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """In pixels."""
        return self.right - self.left


def bands(ink: Grey, box: Band, em: float) -> list[Band]:
    """The lines of text within a box, from top to bottom. `em`: how high a character is there."""
    part = ink[box.top : box.bottom, box.left : box.right]
    runs = [piece for run in _runs(np.count_nonzero(part, axis=1)) for piece in _parted(part, run, em)]
    found = []
    for top, bottom in _joined(runs, em):
        columns = np.flatnonzero(part[top:bottom].any(axis=0))
        band = Band(box.left + int(columns[0]), box.top + top, box.left + int(columns[-1]) + 1, box.top + bottom)
        if max(band.width, band.height) >= DIRT * em:
            found.append(band)
    return found


def typical_height(found: Sequence[Band], otherwise: float) -> float:
    """How high a character is where these lines were found: as most lines of several characters are."""
    heights = [band.height for band in found if band.width > 1.8 * band.height]
    return float(np.median(heights)) if heights else otherwise


def _runs(filled: npt.NDArray[np.intp]) -> list[tuple[int, int]]:
    """Where rows with ink begin and end."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], filled > 0, [0])).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _parted(part: Grey, run: tuple[int, int], em: float) -> Iterator[tuple[int, int]]:
    """A run of rows in as many lines of text as it is high, cut where there is least ink."""
    top, bottom = run
    count = round((bottom - top) / (PITCH * em)) if bottom - top > TWO * em else 1
    if count < 2:
        yield run
        return
    weight = np.count_nonzero(part[top:bottom], axis=1)
    start, pitch = 0, (bottom - top) / count
    for number in range(1, count):
        first, last = int((number - 0.3) * pitch), int((number + 0.3) * pitch) + 1
        cut = first + int(np.argmin(weight[first:last]))
        if weight[cut] < VALLEY * weight.mean():  # a heading in large type has none
            yield top + start, top + cut
            start = cut
    yield top + start, bottom


def _joined(runs: Sequence[tuple[int, int]], em: float) -> list[tuple[int, int]]:
    """Low runs joined with their neighbours where together they are no higher than a character."""
    joined: list[tuple[int, int]] = []
    for top, bottom in runs:
        if joined:
            above = joined[-1]
            low = min(bottom - top, above[1] - above[0]) < LOW * em
            if low and bottom - above[0] <= WHOLE * em:
                joined[-1] = above[0], bottom
                continue
        joined.append((top, bottom))
    return joined


def sign(ink: Grey, band: Band, em: float) -> str | None:
    """A dash or a slash that stands alone, by its shape: recognition takes them for 一 or 1."""
    if band.height <= FLAT * em and DASH * band.height <= band.width <= 2.5 * em:
        return "—" if band.width >= LONG * em else "-"
    if band.height < HIGH * em or not LEANING <= band.width / band.height <= MOST_LEANING:
        return None
    part = np.ascontiguousarray(ink[band.top : band.bottom, band.left : band.right])
    if cv2.connectedComponents(part)[0] != 2:
        return None
    ys, xs = np.nonzero(part)
    lean, offset = np.polyfit(ys, xs, 1)
    spread = float(np.std(xs - (lean * ys + offset)))
    return "/" if -MOST_LEANING <= lean <= -LEANING and spread <= STRAIGHT * band.height else None
