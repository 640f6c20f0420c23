"""A report of several pictures: each figure is shown on the picture in which it stands."""

import hashlib
import io
import json

import pytest
from making.html import make_html
from making.printed import print_report
from making.report import make_report
from making.scan import as_png, as_tiff
from PIL import Image

SIZE = (700, 900)
# What stands black where on which page of which picture.
BOXES = {
    ("first", 1): [50, 60, 120, 80],
    ("second", 1): [300, 500, 380, 530],
    ("second", 2): [600, 820, 690, 850],
}
CELLS = dict(zip(BOXES, ("natural_persons", "enterprises", "total"), strict=True))


def page_with(box):
    page = Image.new("L", SIZE, 255)
    page.paste(0, box)
    return page


@pytest.fixture
def site(site_of):
    """A report whose figures' locators name pictures, as the reader of several pictures tells them."""
    pages = {key: page_with(box) for key, box in BOXES.items()}
    files = {
        "first": as_png(pages["first", 1]),
        "second": as_tiff([pages["second", 1], pages["second", 2]], grey=True),
    }
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    report = make_html(print_report(make_report(5, "示例县人民政府", 2023)))
    answers = {f"http://127.0.0.9/nb/{name}.png": (name, content) for name, content in files.items()}
    told = {
        CELLS[name, number]: json.dumps({"sha256": digests[name], "page": number, "box": box})
        for (name, number), box in BOXES.items()
    }
    site = site_of(
        {"http://127.0.0.9/nb/1.html": (report.title, report.content), **answers},
        *(
            f"update facts set locator = '{locator}' where row_key = 'received' and column_key = '{column}'"
            for column, locator in told.items()
        ),
    )
    return site, digests


@pytest.mark.parametrize(("name", "number"), BOXES)
def test_the_box_stands_on_the_right_page_of_the_right_picture(site, name, number):
    site, digests = site
    cell = f"requests/received/{CELLS[name, number]}"
    report = site.report("示例县人民政府", 2023)
    link = next(a for a in site.page(f"/report/{report}").css("a[href*='/source/']::attr(href)").getall() if cell in a)
    assert digests[name] in link
    page = site.page(link)
    box = page.css("svg rect#cell")
    left, top, right, bottom = BOXES[name, number]
    assert [float(box.attrib[side]) for side in ("x", "y", "width", "height")] == [left, top, right - left, bottom - top]
    shown = site.get(page.css("svg image::attr(href)").get())
    face = Image.open(io.BytesIO(shown.content)).convert("L")
    assert face.size == SIZE
    assert max(face.crop((left + 3, top + 3, right - 3, bottom - 3)).getextrema()) < 40
    for other in BOXES.keys() - {(name, number)}:
        assert face.crop(BOXES[other]).getextrema()[0] > 215


