from __future__ import annotations

import pytest

from extract.readers.glyphs import Glyph, cell_text, is_full, line_text, lines_of


def set_at(words: str, left: float = 0.0, top: float = 0.0, air: float = 0.0, size: float = 10.0) -> list[Glyph]:
    """Characters side by side, `air` between them; a printed space takes a third of the size."""
    glyphs: list[Glyph] = []
    spaced = False
    for character in words:
        if character == " ":
            left, spaced = left + size / 3, True
            continue
        width = size / 2 if character.isascii() else size
        glyphs.append(Glyph(character, left, top, left + width, top + size, spaced))
        left, spaced = left + width + air, False
    return glyphs


@pytest.mark.parametrize(
    ("glyphs", "text"),
    [
        (set_at("信息公开"), "信息公开"),
        (set_at("信息公开", air=5), "信息公开"),
        (set_at("信息公开", air=7), "信 息 公 开"),
        (set_at("12345", air=2.5), "12345"),
        (set_at("12", air=3.5), "1 2"),
        (set_at("1 2"), "1 2"),
        (set_at("2023 年 1 月"), "2023年1月"),
        (set_at("open data"), "open data"),
        (set_at("PDF 文件"), "PDF文件"),
    ],
)
def test_a_space_stands_where_there_is_a_real_distance(glyphs: list[Glyph], text: str) -> None:
    assert line_text(glyphs) == text


def test_the_same_digit_twice_is_two_and_drawn_twice_is_one() -> None:
    assert line_text(set_at("11")) == "11"
    assert line_text(sorted([*set_at("17"), *set_at("17", left=0.4)], key=lambda glyph: glyph.left)) == "17"


def test_lines_are_told_by_height_whatever_the_order() -> None:
    glyphs = [*set_at("下行", top=14), *set_at("上行"), *set_at("35", left=30, top=1.5)]
    assert [line.text for line in lines_of(glyphs)] == ["上行 35", "下行"]


@pytest.mark.parametrize(
    ("upper", "lower", "width", "text"),
    [
        ("1067", "34", 32, "106734"),
        ("1067", "34", 60, "1067 34"),
        ("10", "6734", 32, "10 6734"),
        ("7730.", "28", 36, "7730.28"),
        ("社会", "公益", 32, "社会\n公益"),
        ("共12", "件", 32, "共12\n件"),
    ],
)
def test_only_a_number_without_room_for_one_more_digit_goes_on_below(upper: str, lower: str, width: float, text: str) -> None:
    assert cell_text([*set_at(upper), *set_at(lower, top=12)], 0, width) == text


def test_a_line_is_full_when_no_more_character_fits() -> None:
    lines = lines_of(set_at("只计这一情形不"))
    assert is_full(lines, -6, 80) and not is_full(lines, -6, 110) and not is_full([], 0, 10)
