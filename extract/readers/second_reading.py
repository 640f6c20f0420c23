"""A page's picture read, and read again where nothing vouches for the first reading."""

from __future__ import annotations

import numpy as np
from PIL import Image

from extract.readers.image_grid import Grey, upright
from extract.readers.pages import Content
from extract.readers.picture_page import PictureFrame, read_page


def content_of_picture(grey: Grey, number: int, scale: float, unit: float) -> Content:
    """What stands on a page. `scale`: pixels a point; `unit`: how many of the file's own units a pixel has."""
    picture = upright(grey, scale)
    back = tuple(float(value) for value in (picture.back * unit).ravel())
    frame = PictureFrame(number, picture.width / scale, picture.height / scale, 0, scale, back)
    return read_page(picture, frame).content


def content_of_image(image: Image.Image, number: int) -> Content:
    grey = np.asarray(image, np.uint8)
    return content_of_picture(grey, number, min(grey.shape) / 595, 1.0)
