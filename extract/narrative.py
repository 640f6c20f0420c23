"""The six prescribed sections of a report, found by their headings whatever their style."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from extract.document import Document, Paragraph
from extract.forms import Section
from extract.labels import likeness, read_label
from extract.matching import monotone

# A heading stands alone in its paragraph, or the paragraph begins with it and its number.
LONGEST_HEADING = 40
# Left behind by word processors and by the form's own instructions to the editor.
RESIDUE = re.compile(r"\[bookmark: [^\]]*\]|（?该部分以表格形式报告。?表格如下[:：]?）?")


@dataclass(frozen=True, slots=True)
class SectionText:
    """A section as printed: its number (0: what stands before the first heading), heading and text, a line a
    paragraph."""

    number: int
    heading: str | None
    text: str


def read_sections(document: Document, sections: Sequence[Section]) -> list[SectionText]:
    """The sections found, in order; tables are left out (they are figures). Text before the first heading is section
    0."""
    paragraphs = list(document.paragraphs)
    headed = [(i, p) for i, p in enumerate(paragraphs) if len("".join(p.text.split())) <= LONGEST_HEADING]
    scores = [[heading_score(paragraph, section) for section in sections] for _, paragraph in headed]
    starts = [(headed[i][0], sections[j]) for i, j in monotone(scores)]
    bounds = [index for index, _ in starts] + [len(paragraphs)]
    found = []
    if intro := _text(paragraphs[: bounds[0]]):
        found.append(SectionText(0, None, intro))
    for (index, section), end in zip(starts, bounds[1:], strict=True):
        heading = " ".join(paragraphs[index].text.split())
        found.append(SectionText(section.number, heading, _text(paragraphs[index + 1 : end])))
    return found


def heading_score(paragraph: Paragraph, section: Section) -> float:
    """How well a short paragraph serves as a section's heading: its words, and its number as evidence."""
    label = read_label(paragraph.text)
    score = likeness(label, tuple(read_label(text) for text in (section.label, *section.aliases)))
    if score < 0.6:
        return 0.0
    numeral = "一二三四五六"[section.number - 1]
    if label.number == numeral:
        return score + 0.2
    # （一） numbers what stands below a section; 1. may be either; — and a bare 、 are damaged section numbers.
    if paragraph.text.lstrip().startswith(("（", "(")):
        return score - 0.3
    return score - 0.1 if label.number else score


def _text(paragraphs: Sequence[Paragraph]) -> str:
    lines = (RESIDUE.sub("", p.text).strip() for p in paragraphs)
    return "\n".join(line for line in lines if line)
