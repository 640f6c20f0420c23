"""Labels and heads of tables as offices mistype them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

from making.printed import Damage, Printed, PrintedCell


def _label(official: str, printed_as: str, *issues: tuple[str, str | None]) -> Damage:
    """A label typed otherwise, wherever it stands in a head cell."""

    def change(printed: Printed, _: random.Random) -> Printed:
        year = str(printed.report.report_year)

        def retype(cell: PrintedCell) -> PrintedCell:
            text = cell.text.replace(official, printed_as.replace("YYYY", year))
            return replace(cell, text=text) if cell.head else cell

        return replace(printed.with_cells(retype), issues=printed.issues + issues)

    return change


def _all_labels(old: str, new: str) -> Damage:
    translation = str.maketrans(old, new)

    def change(printed: Printed, _: random.Random) -> Printed:
        relabelled = printed.with_cells(lambda c: replace(c, text=c.text.translate(translation)) if c.head else c)
        return relabelled.with_paragraphs(
            lambda p: replace(p, text=p.text.translate(translation)) if p.role == "heading" else p
        )

    return change


def _unnumbered_labels(printed: Printed, _: random.Random) -> Printed:
    """Numbers of the rows are lost: 予以公开 for （一）予以公开."""

    def strip(cell: PrintedCell) -> PrintedCell:
        text = cell.text
        if text[:1] == "（" and text[2:3] == "）":
            text = text[3:]
        elif text[:1].isdigit() and text[1:2] == ".":
            text = text[2:]
        return replace(cell, text=text)

    return printed.with_cells(lambda cell: strip(cell) if cell.head else cell)


def _broken_lines_in_labels(printed: Printed, rng: random.Random) -> Printed:
    """Long labels are broken over lines inside the cell."""
    return printed.with_cells(
        lambda c: replace(c, text=f"{c.text[: len(c.text) // 2]}\n{c.text[len(c.text) // 2 :]}")
        if c.head and len(c.text) > 3
        else c
    )


LABELS: Mapping[str, Damage] = {
    "not_processed_called_withheld": _label("（五）不予处理", "（五）不予公开", ("label_variant", None)),
    "characters_lost_in_label": _label("法律行政法规禁止公开", "法律行政止公开"),
    "character_lost_in_label": _label("确认或重新出具", "确认或新出具"),
    "old_label_of_documents": _label("行政规范性文件", "规范性文件"),
    "other_caption": _label("本列数据的勾稽关系为：", "本列表的勾稽关系："),
    "no_caption": _label("（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", ""),
    "character_lost_in_head": _label("本年制发件数", "本年发件"),
    "character_lost_in_last_head": _label("现行有效件数", "现行有效件"),
    "year_in_head": _label("本年制发件数", "本年（YYYY）制发件数"),
    "space_in_head": _label("本年制发件数", "本年制 发件数"),
    "item_without_first": _label("第二十条第（一）项", "第二十条(一)项"),
    "straight_quotes": _label("“三安全一稳定”", '"三安全一稳定"'),
    "ascii_brackets": _all_labels("（）：", "():"),
    "traditional_characters": _all_labels(
        "项数总计开处业机构组织团规补复议诉讼维结审转属国规护权无现请继续办",
        "項數總計開處業機構組織團規補復議訴訟維結審轉屬國規護權無現請繼續辦",
    ),
    "unnumbered_labels": _unnumbered_labels,
    "broken_lines_in_labels": _broken_lines_in_labels,
}
