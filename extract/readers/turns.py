"""Pages that lie on their side or on their head: told by the way in which their lines of text can be read."""

from __future__ import annotations

import cv2
import numpy as np

from extract.readers.image_grid import Affine, Grey, Picture
from extract.readers.ink import Band
from extract.readers.recognize import recognize
from extract.rows import HAN

# Characters of a line stand nearer to each other than this (points), lines stand further apart.
GAP = 2.5
# A line is so thick (points), and so many times as long; so much around it is shown to recognition (its thickness).
THICKNESS, LENGTH, MARGIN = (6.0, 24.0), 4.0, 0.25
# Of the longest lines so many are tried as the page lies, and so many every other way if none of them is legible.
FEW, MANY = 4, 12
# A line that is read with this certainty at least, character by character, does not stand on its head.
LEGIBLE, LEAST_CHARACTERS = 0.8, 3


def quarter_turns(picture: Picture) -> int:
    """By how many quarter turns, counter-clockwise, a page becomes legible; 0 where it is so or never will be."""
    wide, tall = _lines(picture)
    if _legible(picture, wide[:FEW], 0):
        return 0
    found = {
        turns: _legible(picture, lines[:MANY], turns) for turns, lines in ((0, wide), (1, tall), (2, wide), (3, tall))
    }
    return max(found, key=lambda turns: found[turns])  # the first of equals


def turned(grey: Grey, turns: int) -> tuple[Grey, Affine]:
    """A page after so many quarter turns, and what leads from its pixels back to those it had."""
    height, width = grey.shape
    back = {
        0: [[1, 0, 0], [0, 1, 0]],
        1: [[0, -1, width - 1], [1, 0, 0]],
        2: [[-1, 0, width - 1], [0, -1, height - 1]],
        3: [[0, 1, 0], [-1, 0, height - 1]],
    }
    return np.ascontiguousarray(np.rot90(grey, turns)), np.array(back[turns], np.float64)


def _lines(picture: Picture) -> tuple[list[Band], list[Band]]:
    """What may be lines of text across and down, the longest first."""
    near = max(1, round(GAP * picture.scale)) | 1
    joined = cv2.morphologyEx(picture.ink, cv2.MORPH_CLOSE, np.ones((near, near), np.uint8))
    *_, stats, _ = cv2.connectedComponentsWithStats(np.asarray(joined, np.uint8), connectivity=8)
    least, most = (side * picture.scale for side in THICKNESS)
    wide, tall = [], []
    for left, top, width, height, _ in stats[1:].tolist():
        band = Band(left, top, left + width, top + height)
        if least <= height <= most and width >= LENGTH * height:
            wide.append(band)
        elif least <= width <= most and height >= LENGTH * width:
            tall.append(band)
    return sorted(wide, key=lambda band: -band.width), sorted(tall, key=lambda band: -band.height)


def _legible(picture: Picture, lines: list[Band], turns: int) -> int:
    """How many of these lines can be read after so many turns."""
    shown = []
    for band in lines:
        edge = int(MARGIN * min(band.width, band.height))
        top, left = max(0, band.top - edge), max(0, band.left - edge)
        shown.append(
            np.ascontiguousarray(np.rot90(picture.grey[top : band.bottom + edge, left : band.right + edge], turns))
        )
    return sum(
        one.confidence >= LEGIBLE and len(HAN.findall(one.text)) >= LEAST_CHARACTERS for one in recognize(shown)
    )
