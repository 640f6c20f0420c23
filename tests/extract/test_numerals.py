from __future__ import annotations

from decimal import Decimal

import pytest

from extract.numerals import State, counts_in_chinese, is_figure, read_figure


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("０", 0), ("0件", 0), ("12,345", 12345), ("12，345", 12345), ("１２", 12), (" 7 ", 7), ("\u00a07", 7),
        ("三十", 30), ("一件", 1), ("零", 0), ("106\n734", 106734), ("320.7832", Decimal("320.7832")), ("5.0", 5),
        ("999999999999999", 999999999999999), ("0.1234567", Decimal("0.1234567")),
    ],
)  # fmt: skip
def test_reads_a_number(text: str, value: int | Decimal) -> None:
    figure = read_figure(text)
    assert (figure.value, figure.state, figure.printed) == (value, State.NUMBER, text)


@pytest.mark.parametrize("text", ["1O", "约12", "1,20", "12%", "3/4", "12-13", "1.2.3", "755多", "壹佰"])
def test_does_not_take_it_for_a_number(text: str) -> None:
    assert read_figure(text).value is None


@pytest.mark.parametrize("text", ["2 3", "2　3", "一", "1234567890123456", "12345678.12345678", "10000000000000000"])
def test_two_readings_are_no_reading(text: str) -> None:
    assert read_figure(text).state is State.UNREADABLE


@pytest.mark.parametrize(
    ("text", "state"),
    [("", State.BLANK), ("　", State.BLANK), ("-", State.DASH), ("—", State.DASH), ("－", State.DASH), ("/", State.SLASH),
     ("／", State.SLASH), ("无", State.TEXT), ("空", State.TEXT)],
)  # fmt: skip
def test_keeps_the_ways_of_saying_none_apart(text: str, state: State) -> None:
    assert read_figure(text).state is state
    assert is_figure(text)


@pytest.mark.parametrize(("text", "value"), [("增15", 15), ("减4", -4), ("-35", -35), ("+1036", 1036), ("−2", -2)])
def test_reads_changes_with_their_sign(text: str, value: int) -> None:
    assert read_figure(text).value == value


@pytest.mark.parametrize(("text", "unit"), [("251000元", "元"), ("160.5964万元", "万元"), ("7", None), ("7件", None)])
def test_keeps_the_unit_of_money_printed_in_the_cell(text: str, unit: str | None) -> None:
    assert read_figure(text).unit == unit


def test_a_lone_one_is_a_number_where_the_table_counts_in_chinese() -> None:
    assert counts_in_chinese(["一", "二十"])
    assert not counts_in_chinese(["一", "0", "12"])
    assert read_figure("一", chinese=True).value == 1
