from __future__ import annotations

import pytest

from extract.readers.rules import Line, Mesh, Region, merged, meshes

ACROSS = [Line(0, 0, 90), Line(20, 0, 90), Line(40, 0, 90)]
DOWN = [Line(0, 0, 40), Line(30, 0, 40), Line(60, 0, 40), Line(90, 0, 40)]


def one(across: list[Line], down: list[Line]) -> Mesh:
    (mesh,) = meshes(across, down)
    return mesh


def test_lines_that_cross_make_cells() -> None:
    mesh = one(ACROSS, DOWN)
    assert len(mesh.regions) == 6 and mesh.places == ((0, 1, 2), (3, 4, 5))
    assert mesh.box(mesh.regions[4]) == (30, 20, 60, 40)


@pytest.mark.parametrize(("x", "y", "region"), [(15, 10, 0), (75, 30, 5), (95, 10, None), (15, -1, None)])
def test_a_point_lies_in_one_cell_or_outside(x: float, y: float, region: int | None) -> None:
    assert one(ACROSS, DOWN).find(x, y) == region


def test_where_an_inner_line_is_missing_cells_are_one() -> None:
    mesh = one(ACROSS, [DOWN[0], Line(30, 20, 40), *DOWN[2:]])
    assert mesh.regions[0] == Region(0, 0, 1, 2)
    assert mesh.places == ((0, 0, 1), (2, 3, 4))


def test_a_cell_with_a_corner_cut_out_falls_into_rectangles() -> None:
    mesh = one([ACROSS[0], Line(20, 30, 90), ACROSS[2]], [DOWN[0], Line(30, 0, 20), *DOWN[2:]])
    assert all(
        mesh.places[row][column] == index
        for index, region in enumerate(mesh.regions)
        for row in range(region.top, region.bottom)
        for column in range(region.left, region.right)
    )


def test_pieces_of_one_line_and_double_lines_count_once() -> None:
    pieces = [Line(20, 0, 29), Line(20.4, 31, 60), Line(20.8, 59, 90), Line(21.5, 0, 90)]
    assert len(one([ACROSS[0], *pieces, ACROSS[2]], DOWN).ys) == 3


def test_lines_at_the_same_place_that_do_not_touch_stay_apart() -> None:
    assert merged([Line(5, 100, 200), Line(5.5, 0, 50)]) == [Line(5.25, 0, 50), Line(5.25, 100, 200)]


def test_open_ends_are_closed_where_the_other_lines_end() -> None:
    mesh = one(ACROSS[:2], DOWN)
    assert mesh.ys == (0, 20, 40) and mesh.open_bottom and not mesh.open_top
    sides = one(ACROSS, DOWN[1:3])
    assert sides.xs == (0, 30, 60, 90) and sides.open_left and sides.open_right


def test_lines_downwards_side_by_side_are_a_row_without_floor_and_ceiling() -> None:
    assert one([], DOWN).places == ((0, 1, 2),)


def test_two_tables_stay_two() -> None:
    below = [Line(line.at + 100, line.start, line.end) for line in ACROSS]
    below_down = [Line(line.at, line.start + 100, line.end + 100) for line in DOWN]
    assert [mesh.ys[0] for mesh in meshes(ACROSS + below, DOWN + below_down)] == [0, 100]


@pytest.mark.parametrize(("across", "down"), [(ACROSS, []), ([Line(0, 0, 90)], []), ([], DOWN[:1]), ([], [])])
def test_lines_that_enclose_nothing_make_no_table(across: list[Line], down: list[Line]) -> None:
    assert meshes(across, down) == []


def test_a_drawing_is_no_table() -> None:
    grate = [Line(4.0 * index, 0, 10_000) for index in range(2_000)]
    assert meshes(grate, grate) == []


def test_a_mesh_can_be_cut() -> None:
    mesh = one(ACROSS, [DOWN[0], Line(30, 20, 40), *DOWN[2:]]).cut(range(2), range(1, 3))
    assert mesh.xs == (30, 60, 90) and mesh.places == ((0, 1), (2, 3))
    assert mesh.regions[0] == Region(0, 0, 1, 1)
