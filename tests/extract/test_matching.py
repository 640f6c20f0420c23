from __future__ import annotations

from extract.forms import load_forms
from extract.labels import read_label
from extract.matching import line_scores, monotone


def best(label: str, *parents: str) -> str:
    table = load_forms()["2021"].tables["requests"]
    scores = line_scores(read_label(label), tuple(read_label(parent) for parent in parents), table)
    return table.lines[scores.index(max(scores))].key


def test_the_words_decide() -> None:
    assert best("2.重复申请") == "not_processed.repeat"
    assert best("其他法律行政止公开") == "withheld.prohibited_by_law"


def test_number_and_heading_are_evidence_between_like_words() -> None:
    assert best("3.其他", "（六）其他处理") == "other_handling.other"
    assert best("（六）其他处理") == "other_handling"


def test_both_orders_are_kept() -> None:
    assert monotone([[0.0, 0.9], [0.9, 0.0]]) in ([(0, 1)], [(1, 0)])
    assert monotone([[0.9, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.7]]) == [(0, 0), (2, 2)]


def test_what_fits_nothing_is_left_out() -> None:
    assert monotone([[0.5, 0.5]]) == []
    assert monotone([]) == []


def test_of_two_equal_rows_the_first_is_taken() -> None:
    assert monotone([[1.0], [1.0]]) == [(0, 0)]
