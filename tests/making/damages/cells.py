"""Figures typed otherwise than as plain numbers, left out, or wrong."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from making.figures import Address
from making.printed import Damage, Printed, Value, print_figure

FULL_WIDTH = str.maketrans("0123456789.-", "０１２３４５６７８９．－")
CHINESE_DIGITS = "零一二三四五六七八九"


def _typed(
    write: Callable[[Value], str],
    *,
    wanted: Callable[[Address, Value], bool] = lambda address, value: True,
    share: float = 1.0,
    state: str = "number",
) -> Damage:
    """Some figures in another spelling; with a state other than `number` they say no number any more."""

    def change(printed: Printed, rng: random.Random) -> Printed:
        may = [address for address, value in printed.truth.items() if value is not None and wanted(address, value)]
        chosen = {address for address in may if rng.random() < share} or set(may[:1])
        truth, states = dict(printed.truth), dict(printed.states)
        for address in chosen:
            if state != "number":
                truth[address], states[address] = None, state
        retyped = printed.with_cells(
            lambda c: replace(c, text=write(printed.truth[c.address])) if c.address in chosen and c.address else c
        )
        return replace(retyped, truth=truth, states=states)

    return change


def _is_zero(address: Address, value: Value) -> bool:
    return value == 0


def _is_long(address: Address, value: Value) -> bool:
    return value is not None and not -1000 < value < 1000


def _is_digit(address: Address, value: Value) -> bool:
    return isinstance(value, int) and 0 < value < 10 and _is_count(address, value)


def _is_count(address: Address, value: Value) -> bool:
    return isinstance(value, int) and address[2] not in ("amount", "amount_10k_yuan", "items_change")


def _with_unit(unit: str, column: str) -> Damage:
    return _typed(lambda value: print_figure(value) + unit, wanted=lambda address, value: address[2] == column)


def _change(write: Callable[[int], str]) -> Damage:
    return _typed(lambda value: write(int(value or 0)), wanted=lambda a, v: a[2] == "items_change" and bool(v))


def _wrong_total(printed: Printed, rng: random.Random) -> Printed:
    """The total of the outcomes is one too many."""
    return _off_by_one(printed, ("requests", "outcomes_total", "total"))


def _wrong_applicant(printed: Printed, rng: random.Random) -> Printed:
    """What natural persons asked for is one too many: a column and a row no longer add up."""
    return _off_by_one(printed, ("requests", "received", "natural_persons"))


def _wrong_reconsideration_total(printed: Printed, rng: random.Random) -> Printed:
    """The total of the reconsiderations is one too many."""
    return _off_by_one(printed, ("review_and_litigation", "reconsideration", "total"))


def _off_by_one(printed: Printed, address: Address) -> Printed:
    value = printed.truth[address]
    if value is None:
        raise ValueError(f"no number stands at {address}")
    return printed.with_figure(address, print_figure(value + 1), value + 1)


def _fees_in_yuan(printed: Printed, rng: random.Random) -> Printed:
    """Head and figure of the fees are in 元, where the form wants 万元."""
    address = ("proactive_disclosure", "administrative_fees", "amount_10k_yuan")
    value = printed.truth[address]
    yuan = Decimal(value or 0) * 10_000
    whole = int(yuan) if yuan == int(yuan) else yuan
    relabelled = printed.with_cells(
        lambda c: replace(c, text=c.text.replace("（单位：万元）", "（单位：元）")) if c.head else c
    )
    changed = relabelled.with_figure(address, print_figure(whole), whole)
    return replace(changed, issues=(*printed.issues, ("unit", None)))


CELLS: Mapping[str, Damage] = {
    "blank_cells": _typed(lambda value: "", wanted=_is_zero, share=0.4, state="blank"),
    "space_cells": _typed(lambda value: "\u00a0 　", wanted=_is_zero, share=0.4, state="blank"),
    "dash_cells": _typed(lambda value: "-", wanted=_is_zero, share=0.4, state="dash"),
    "long_dash_cells": _typed(lambda value: "—", wanted=_is_zero, share=0.4, state="dash"),
    "slash_cells": _typed(lambda value: "/", wanted=_is_zero, share=0.4, state="slash"),
    "word_cells": _typed(lambda value: "无", wanted=_is_zero, share=0.4, state="text"),
    "empty_word_cells": _typed(lambda value: "空", wanted=_is_zero, share=0.4, state="text"),
    "blank_zeros": _typed(lambda value: "", wanted=_is_zero, state="blank"),
    "blank_totals": _typed(lambda value: "", wanted=lambda address, value: address[2] == "total", state="blank"),
    "blank_everything": _typed(lambda value: "", state="blank"),
    "full_width_digits": _typed(lambda value: print_figure(value).translate(FULL_WIDTH)),
    "thousands_separators": _typed(lambda value: f"{value:,}", wanted=_is_long),
    "chinese_separators": _typed(lambda value: f"{value:,}".replace(",", "，"), wanted=_is_long),
    "unit_in_cell": _typed(lambda value: f"{value}件", wanted=_is_count),
    "padded_cells": _typed(lambda value: f"\u00a0{print_figure(value)} \u3000", share=0.6),
    "chinese_numerals": _typed(lambda value: CHINESE_DIGITS[int(value or 0)], wanted=_is_digit),
    "fees_with_unit": _with_unit("万元", "amount_10k_yuan"),
    "procurement_in_yuan": _with_unit("元", "amount"),
    "changes_in_words": _change(lambda value: f"{'增' if value > 0 else '减'}{abs(value)}"),
    "changes_with_sign": _change(lambda value: f"{value:+}"),
    "fees_in_yuan": _fees_in_yuan,
    "wrong_total": _wrong_total,
    "wrong_applicant": _wrong_applicant,
    "wrong_reconsideration_total": _wrong_reconsideration_total,
}
