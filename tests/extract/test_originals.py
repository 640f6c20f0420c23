"""An original is drawn with our own tags, its spans restored, its text escaped, one place marked."""

import json

import pytest

from extract.document import Cell, Document, Grid, Paragraph
from extract.originals import draw, find

WIDE = Cell("总计\n（件）", {"path": "table[1]/tr[1]/td[1]"})
TALL = Cell("甲", {"path": "table[1]/tr[1]/td[2]"})
LAST = Cell("<b>5</b>", {"path": "table[1]/tr[2]/td[1]"})
BOXED = Cell("6", {"page": 1, "box": (1, 2, 3, 4)})


def document(*blocks):
    return Document("0" * 64, "text/html", blocks)


GRID = Grid(((WIDE, WIDE, TALL), (LAST, None, TALL)))


def test_spans_come_back_where_one_cell_stands_in_many_places():
    assert draw(document(GRID)) == (
        '<table><tr><td colspan="2">总计<br>（件）</td><td rowspan="2">甲</td></tr>'
        "<tr><td>&lt;b&gt;5&lt;/b&gt;</td><td></td></tr></table>"
    )


def test_a_cell_that_fills_no_rectangle_is_drawn_part_by_part():
    odd = Grid(((WIDE, WIDE), (WIDE, LAST)))
    assert draw(document(odd)).count("总计") == 2


def test_rows_of_unequal_length_are_drawn_as_they_are():
    assert draw(document(Grid(((LAST,), (LAST, BOXED), ())))).count("<tr>") == 3


@pytest.mark.parametrize("cell", [WIDE, TALL, LAST, BOXED])
def test_the_place_of_a_locator_is_marked_once(cell):
    drawn = document(GRID, Grid(((BOXED,),)))
    locator = json.loads(json.dumps({"sha256": "x", **cell.place, "how": "balance"}))
    assert find(drawn, locator) is cell
    assert draw(drawn, locator).count('<mark id="cell">') == 1


def test_a_line_of_text_can_be_marked_too():
    drawn = draw(
        document(Paragraph("第一行", {"line": 1}), Paragraph("二 & 三", {"line": 2}, heading=True)), {"line": 2}
    )
    assert drawn == '<p>第一行</p>\n<p class="heading"><mark id="cell">二 &amp; 三</mark></p>'


@pytest.mark.parametrize("place", [{"line": 9}, {}, None, {"path": "table[1]"}])
def test_a_place_that_is_not_there_marks_nothing(place):
    assert "<mark" not in draw(document(GRID, Paragraph("x", {"line": 1}), Paragraph("y")), place)
