from __future__ import annotations

import pytest

from extract.labels import Label, likeness, read_label, similarity


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("（五） 不予 处理", Label("不予处理", "五")),
        ("(五)不予处理", Label("不予处理", "五")),
        ("㈤不予处理", Label("不予处理", "五")),
        ("1.属于国家秘密", Label("属于国家秘密", "1")),
        ("1、属于国家秘密", Label("属于国家秘密", "1")),
        ("三、本年度\n办理结果", Label("本年度办理结果", "三")),
        ("3.危及“三安全一稳定”", Label("危及三安全一稳定", "3")),
        ("三、本年度辦理結果", Label("本年度办理结果", "三")),
    ],
)
def test_words_and_number_are_parted(text: str, label: Label) -> None:
    assert read_label(text) == label


def test_a_numeral_without_its_mark_belongs_to_the_words() -> None:
    assert read_label("三类内部事务信息") == Label("三类内部事务信息")


def test_a_lost_character_keeps_labels_alike_and_other_labels_apart() -> None:
    assert similarity("其他法律行政止公开", "其他法律行政法规禁止公开") > 0.8
    assert similarity("重复申请", "信访举报投诉类申请") < 0.6


def test_the_best_spelling_counts() -> None:
    assert likeness(Label("规范性文件"), (Label("行政规范性文件"), Label("规范性文件"))) == 1.0
