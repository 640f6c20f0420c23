"""Text in pictures by rapidocr: its recognizer for lines that were found, its detector for finding them.

The models come with the package; nothing is fetched. They are loaded once a process and run on one thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from extract.readers.image_grid import Grey
from extract.readers.ink import Band

Floats = npt.NDArray[np.float32]

# What a cell of figures may hold; a second decoding admits nothing else.
NUMERIC = "0123456789.,-—/%+万元件"
# The model reads lines of this height; a single digit is given at least this width (pixels).
HEIGHT, NARROWEST, WIDEST = 48, 64, 3200
# Lines are read together up to this sum of widths: more needs memory (37 KB a pixel of width) and is no faster.
BATCH = 1024
# The least side of a picture in which the detector looks for text.
LEAST_SIDE = 64
SETTINGS = {
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,
    "Global.use_cls": False,
    "Global.log_level": "error",
    "Rec.rec_img_shape": [3, HEIGHT, NARROWEST],
    "Det.limit_type": "max",
    "Det.limit_side_len": 4000,  # never enlarged
}


@dataclass(frozen=True, slots=True)
class Recognized:
    """What a line was read as, and as what if it may only be a figure; each with the least certain character's
    certainty (0 to 1)."""

    text: str = ""
    confidence: float = 0.0
    figure: str = ""
    figure_confidence: float = 0.0


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR  # takes a second to import

    return RapidOCR(params=SETTINGS)


@cache
def _recognizer() -> tuple[Any, list[str], list[int]]:
    """The recognizing model, its characters, and which of them a figure may have."""
    reader = _engine()._load_rec_model()
    characters: list[str] = reader.postprocess_op.character
    admitted = [0, *(characters.index(sign) for sign in NUMERIC if sign in characters)]
    return reader.session, characters, admitted


def recognize(pictures: Sequence[Grey]) -> list[Recognized]:
    """Pictures of one line of text each, read; equal pictures once."""
    keys = [(picture.shape, picture.tobytes()) for picture in pictures]
    unlike = dict(zip(keys, pictures, strict=True))
    lines = {key: _line(picture) for key, picture in unlike.items()}
    read = {}
    for batch in _batches(sorted(lines, key=lambda key: lines[key].shape[1]), lines):
        width = max(NARROWEST, *(-(-lines[key].shape[1] // 8) * 8 for key in batch))
        stack = np.zeros((len(batch), 3, HEIGHT, width), np.float32)
        for index, key in enumerate(batch):
            stack[index, :, :, : lines[key].shape[1]] = lines[key]
        session, characters, admitted = _recognizer()
        for key, likely in zip(batch, session(stack), strict=True):
            read[key] = _decode(likely, characters, admitted)
    return [read[key] for key in keys]


def _line(picture: Grey) -> Floats:
    """A picture as the model wants it: of its height, black -1, white 1."""
    height, width = picture.shape
    wide = min(max(8, round(width * HEIGHT / height)), WIDEST)
    way = cv2.INTER_CUBIC if height < HEIGHT else cv2.INTER_AREA
    return np.asarray(cv2.resize(picture, (wide, HEIGHT), interpolation=way), np.float32) / 127.5 - 1


def _batches(keys: Sequence[Any], lines: dict[Any, Floats]) -> Iterator[list[Any]]:
    """Lines of like width together, as many as memory allows."""
    batch: list[Any] = []
    for key in keys:
        if batch and (len(batch) + 1) * max(NARROWEST, lines[key].shape[1]) > BATCH:
            yield batch
            batch = []
        batch.append(key)
    if batch:
        yield batch


def _decode(likely: Floats, characters: Sequence[str], admitted: Sequence[int]) -> Recognized:
    """The likeliest text of a line, and the likeliest figure; `likely`: for each place how likely each character is."""
    best = likely.argmax(axis=1)
    text, confidence = _collapse(best, likely.max(axis=1), characters)
    numeric = likely[:, admitted]
    chosen = numeric.argmax(axis=1)
    figure, figure_confidence = _collapse(chosen, numeric.max(axis=1), [characters[index] for index in admitted])
    return Recognized(text, confidence, figure, figure_confidence)


def _collapse(places: npt.NDArray[np.intp], likely: Floats, characters: Sequence[str]) -> tuple[str, float]:
    """The characters of consecutive places, each once, and the least certainty of any; place 0 is none."""
    begins = (places != 0) & (places != np.concatenate(([0], places[:-1])))
    text = "".join(characters[index] for index in places[begins])
    return text, float(likely[begins].min()) if text else 0.0


def find_lines(picture: Grey, factor: float) -> list[Band]:
    """Where the detector sees text in a picture that is shown to it smaller by a factor."""
    small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    height, width = (max(side, LEAST_SIDE) for side in small.shape)
    shown = np.full((height, width, 3), 255, np.uint8)
    shown[: small.shape[0], : small.shape[1]] = small[:, :, np.newaxis]
    boxes = _engine()._load_det_model()(shown).boxes
    return [
        Band(*(int(side / factor) for side in (*box.min(axis=0), *(box.max(axis=0) + 1))))
        for box in ([] if boxes is None else boxes)
    ]
