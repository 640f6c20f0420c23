from __future__ import annotations

from extract import readers
from extract.document import Grid, Paragraph


def test_a_line_with_a_tab_is_a_cell_and_an_empty_line_ends_the_row() -> None:
    document = readers.read("标题\n\n\t甲\n\t1\n\n\t乙\n\t\n\n\n后文\n".encode())
    title, grid, after = document.blocks
    assert isinstance(title, Paragraph) and isinstance(grid, Grid) and isinstance(after, Paragraph)
    assert [[cell.text for cell in row if cell] for row in grid.rows] == [["甲", "1"], ["乙", ""]]
    assert not grid.aligned
    assert grid.rows[0][1] is not None and grid.rows[0][1].place == {"line": 4}


def test_a_line_without_a_tab_goes_on_with_the_cell_above() -> None:
    (grid,) = readers.read("\t结果\n维持\n\t1\n\n".encode()).grids
    assert [cell.text for cell in grid.rows[0] if cell] == ["结果\n维持", "1"]


def test_named_lines_at_the_head_are_furniture() -> None:
    named = ["标题: 示例县2023年政府信息公开工作年度报告", "发布时间: 2024-03-08 15:34", "发布机构: 示例县人民政府办公室"]
    document = readers.read("\n".join([*named, "======== 正文 ========", "正文。"]).encode())
    assert document.furniture.titles == ("示例县2023年政府信息公开工作年度报告",)
    assert (document.furniture.published, document.furniture.publisher) == ("2024-03-08 15:34", "示例县人民政府办公室")
    assert [(p.text, p.place) for p in document.paragraphs] == [("正文。", {"line": 5})]
