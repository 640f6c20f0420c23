"""A whole made report as pictures: what recognition reads, and what it refuses."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib

import pytest
from making.printed import Printed, print_report
from making.report import make_report
from making.scan import as_jpeg, scan
from PIL import Image

from extract import readers
from extract.document import UnreadableDocument
from extract.reading import Hint, Reading, read_report


@pytest.fixture(scope="module")
def printed() -> Printed:
    return print_report(make_report(3, "丰城市人民政府", 2023))


@pytest.fixture(scope="module")
def pictures(printed: Printed) -> list[bytes]:
    """The report's pages as an office's scanner gives them: skewed, noisy, JPEG."""
    return [as_jpeg(page) for page in scan(printed, seed=3)]


@pytest.fixture(scope="module")
def reading(pictures: list[bytes]) -> Reading:
    return read_report(readers.read_pictures(pictures), Hint(titles=("丰城市2023年政府信息公开工作年度报告",)))


def test_the_pictures_of_a_page_are_read_as_one_report(reading: Reading, printed: Printed) -> None:
    facts = {fact.address: fact for fact in reading.facts}
    right = sum(address in facts and facts[address].value == value for address, value in printed.truth.items())
    assert right >= 0.99 * len(printed.truth)
    assert (reading.head.issuing_body, reading.head.report_year) == ("丰城市人民政府", 2023)


def test_a_wrong_figure_never_stands_without_an_issue(reading: Reading, printed: Printed) -> None:
    wrong = [f.address for f in reading.facts if f.value is not None and f.value != printed.truth.get(f.address)]
    assert not wrong or any(issue.severity == "error" for issue in reading.issues)


def test_a_figure_says_in_which_picture_it_stands_and_how_sure_it_is(reading: Reading, pictures: list[bytes]) -> None:
    files = {hashlib.sha256(picture).hexdigest(): number for number, picture in enumerate(pictures, start=1)}
    for fact in reading.facts:
        told = fact.locator.as_json()
        assert files[str(told["sha256"])] == told["page"]
        left, top, right, bottom = told["box"]  # type: ignore[misc]
        assert left < right and top < bottom
        assert fact.locator.confidence is None or 0.0 <= fact.locator.confidence <= 1.0
    assert reading.sha256 == hashlib.sha256(pictures[0]).hexdigest()


def test_a_picture_beyond_all_measure_is_not_decoded() -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    png = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )
    with pytest.raises(UnreadableDocument) as refused:
        readers.read(png)
    assert refused.value.kind == "limit"


def test_a_picture_cut_in_the_middle_is_damaged() -> None:
    whole = io.BytesIO()
    Image.effect_noise((400, 400), 60).save(whole, "PNG")
    with pytest.raises(UnreadableDocument) as refused:
        readers.read(whole.getvalue()[:5000])
    assert refused.value.kind == "damaged"
