import random
from itertools import combinations, pairwise

import pytest

from extract.splits import (
    CHANGE,
    COUNT,
    MONEY,
    MOST_SPLITS,
    balanced_splits,
    doubtful,
    number,
    printed_apart,
    settle,
    splits,
)

ROW = 7


def cuts(run, count):
    """All cuts of a run into so many numbers, the slow way."""
    for ends in combinations(range(1, len(run)), count - 1):
        edges = (0, *ends, len(run))
        parts = tuple(run[start:end] for start, end in pairwise(edges))
        if all(part == "0" or part[0] != "0" for part in parts):
            yield parts


@pytest.mark.parametrize("seed", range(40))
def test_finds_exactly_the_cuts_whose_last_number_is_the_sum(seed):
    rng = random.Random(seed)
    parts = [rng.choice((0, 0, rng.randint(0, 9), rng.randint(0, 150))) for _ in range(ROW - 1)]
    run = "".join(map(str, [*parts, sum(parts)]))
    slow = {cut for cut in cuts(run, ROW) if sum(map(int, cut[:-1])) == int(cut[-1])}
    assert set(balanced_splits(run, ROW)) == slow


@pytest.mark.parametrize(
    ("run", "split"),
    [
        ("713000074", "71 3 0 0 0 0 74"),
        ("0000000", "0 0 0 0 0 0 0"),
        ("230 000023", "23 0 0 0 0 0 23"),
        ("23 0 00 0 023", "23 0 0 0 0 0 23"),
        ("54件00000件54", "54 0 0 0 0 0 54"),
        ("1,20400000 1,204", "1,204 0 0 0 0 0 1,204"),
    ],
)
def test_reads_a_row_that_only_one_cut_makes_add_up(run, split):
    assert balanced_splits(run, ROW) == [tuple(split.split())]


@pytest.mark.parametrize("run", ["", "000000", "0000000.5", "12100001 2", "710000", "000000 1", "23-----23", "7" * 200])
def test_forces_no_cut_on_a_row_that_does_not_add_up(run):
    assert balanced_splits(run, ROW) == []


def test_does_not_cut_across_a_printed_space():
    assert ("2", "20", "0", "0", "0", "3", "25") in balanced_splits("220000325", ROW)
    assert balanced_splits("22 0000325", ROW) == [("22", "0", "0", "0", "0", "3", "25")]


def test_cuts_three_groups_of_table_four_together():
    run = "10203" + "1200012" + "00000"
    assert balanced_splits(run, 5, 3) == [(*"10203", "12", "0", "0", "0", "12", *"00000")]


def test_stops_counting_where_a_run_tells_nothing():
    assert len(splits("1" * 40, [COUNT] * 5)) == MOST_SPLITS + 1


@pytest.mark.parametrize(
    ("run", "kinds", "count"),
    [
        ("000", [COUNT] * 3, 1),
        ("77132470", [COUNT] * 3, 21),
        ("350", [COUNT, CHANGE], 2),
        ("35-4", [COUNT, CHANGE], 1),
        ("3增5", [COUNT, CHANGE], 1),
        ("13575394432.52元", [COUNT, MONEY], 10),
        ("3件251000元", [COUNT, MONEY], 1),
        ("88 55 698", [COUNT] * 3, 1),
        ("007", [COUNT] * 2, 0),
    ],
)
def test_counts_the_cuts_of_a_run_without_a_sum(run, kinds, count):
    assert len(splits(run, kinds)) == count


@pytest.mark.parametrize(
    ("run", "kinds", "parts"),
    [
        ("0 1 1 0 2", [COUNT] * 5, ["0", "1", "1", "0", "2"]),
        ("5件0件5件", [COUNT] * 3, ["5件", "0件", "5件"]),
        ("23——0", [COUNT] * 3, ["23", "——", "0"]),
        ("12 -4 30", [COUNT, CHANGE, COUNT], ["12", "-4", "30"]),
        ("3件251000.5元", [COUNT, MONEY], ["3件", "251000.5元"]),
    ],
)
def test_sees_figures_that_are_printed_apart(run, kinds, parts):
    assert [run[start:end] for start, end in printed_apart(run, kinds)] == parts


@pytest.mark.parametrize("run", ["01 1 0 0 2", "0 1 1 0", "0 1 1 0 2 3", "0 1 1 02 2"])
def test_does_not_take_stuck_figures_for_ones_printed_apart(run):
    assert printed_apart(run, [COUNT] * 5) is None


def test_columns_choose_among_the_cuts_of_several_rows():
    rows = {"a": [("1", "20"), ("12", "0")], "b": [("3", "0")], "sum": [("15", "0"), ("1", "50")]}
    assert settle(rows, [(["sum"], ["a", "b"])]) == {"a": [("12", "0")], "b": [("3", "0")], "sum": [("15", "0")]}


def test_cuts_that_occur_in_some_choice_stay():
    rows = {"a": [("1", "2"), ("2", "1")], "b": [("1", "2"), ("2", "1")], "sum": [("3", "3")]}
    assert settle(rows, [(["sum"], ["a", "b"])]) == rows


@pytest.mark.parametrize("seed", range(20))
def test_the_true_cuts_are_never_lost_where_the_columns_balance(seed):
    rng = random.Random(seed)
    true = {key: tuple(rng.choice((0, rng.randint(0, 30))) for _ in range(3)) for key in "abcde"}
    true["sum"] = tuple(map(sum, zip(*true.values(), strict=True)))
    runs = {key: "".join(map(str, values)) for key, values in true.items()}
    left = settle({key: splits(run, [COUNT] * 3) for key, run in runs.items()}, [(["sum"], list("abcde"))])
    assert all(tuple(map(str, values)) in left[key] for key, values in true.items())


@pytest.mark.parametrize(
    "equations",
    [[(["sum"], ["a", "missing"])], [(["a"], ["b"])], []],
    ids=["a row is missing", "the original does not balance", "no balance"],
)
def test_columns_that_tell_nothing_exclude_nothing(equations):
    rows = {"a": [("1", "20"), ("12", "0")], "b": [("3", "0")], "sum": [("9", "9")]}
    assert settle(rows, equations) == rows


def test_the_search_gives_up_where_it_would_take_too_long():
    rows = {key: splits("1234567891234567"[:12], [COUNT] * 4) for key in "abcdefgh"}
    assert settle(rows, [(["a", "b", "c", "d"], ["e", "f", "g", "h"])]) == rows


def test_a_row_is_doubtful_whose_columns_want_another_cut():
    rows = {
        "one": [("500", "1", "0", "0", "0", "0", "501")],
        "other": [("74", "0", "3", "1", "3", "1", "82")],
        # Printed 574 1 3 1 3 1 584, the total one too many: only a wrong cut adds up.
        "sum": balanced_splits("57413131584", ROW),
    }
    runs = {"one": "50010000501", "other": "740313182", "sum": "57413131584"}
    assert rows["sum"] == [("5", "7", "41", "3", "13", "15", "84")]
    assert doubtful(rows, runs, [(["sum"], ["one", "other"])]) == {"sum"}


def test_no_row_is_doubtful_where_the_columns_hold_or_only_totals_differ():
    one, other = [("12", "0", "12")], [("12", "0", "13")]
    runs = {"sum": "12012", "part": "12013"}
    assert not doubtful({"sum": one, "part": one}, runs, [(["sum"], ["part"])])
    assert not doubtful({"sum": one, "part": other}, runs, [(["sum"], ["part"])])


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("54件", 54), ("1,204", 1204)])
def test_reads_a_count(text, value):
    assert number(text) == value
