"""The six prescribed sections of a report, found by their headings whatever their style."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from extract.document import Document
from extract.forms import Section
from extract.labels import Label, likeness, read_label
from extract.matching import monotone

# A heading stands alone in its paragraph, or the paragraph begins with it and its number.
LONGEST_HEADING = 40
# A report with fewer headings on lines of their own is looked through for headings inside its lines.
FEW_HEADINGS = 3
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
    """The sections found, in order; tables are left out (they are figures). Text before the first heading is section 0."""
    paragraphs = [paragraph.text for paragraph in document.paragraphs]
    starts = _headings(paragraphs, sections)
    if len(starts) < FEW_HEADINGS:  # the whole report on one line
        paragraphs = [piece for text in paragraphs for piece in _parted(text, tuple(sections))]
        starts = _headings(paragraphs, sections)
    bounds = [index for index, _ in starts] + [len(paragraphs)]
    found = []
    if intro := _text(paragraphs[: bounds[0]]):
        found.append(SectionText(0, None, intro))
    for (index, section), end in zip(starts, bounds[1:], strict=True):
        heading = " ".join(paragraphs[index].split())
        found.append(SectionText(section.number, heading, _text(paragraphs[index + 1 : end])))
    return found


def _headings(paragraphs: Sequence[str], sections: Sequence[Section]) -> list[tuple[int, Section]]:
    """Which paragraphs are the headings of which sections."""
    short = [i for i, text in enumerate(paragraphs) if len("".join(text.split())) <= LONGEST_HEADING]
    scores = [_scores(paragraphs[i], tuple(sections)) for i in short]
    return [(short[i], sections[j]) for i, j in monotone(scores)]


def _parted(text: str, sections: tuple[Section, ...]) -> Iterator[str]:
    """A paragraph cut before and behind every numbered heading that stands inside it."""
    if len(text) > LONGEST_HEADING:
        yield from (piece for piece in _inner_headings(sections).split(text) if piece.strip())
    else:
        yield text


@cache
def _inner_headings(sections: tuple[Section, ...]) -> re.Pattern[str]:
    """The sections' headings with their numbers, wherever they stand; the longest spelling first."""
    labels = sorted((label for s in sections for label in (s.label, *s.aliases)), key=len, reverse=True)
    return re.compile(rf"([一二三四五六]\s*、\s*(?:{'|'.join(map(re.escape, labels))}))")


@lru_cache(maxsize=4096)
def _scores(text: str, sections: tuple[Section, ...]) -> tuple[float, ...]:
    return tuple(heading_score(text, section) for section in sections)


def heading_score(text: str, section: Section) -> float:
    """How well a short paragraph serves as a section's heading: its words, and its number as evidence."""
    label = read_label(text)
    score = likeness(label, _spellings(section))
    if score < 0.6:
        return 0.0
    numeral = "一二三四五六"[section.number - 1]
    if label.number == numeral:
        return score + 0.2
    # （一） numbers what stands below a section; 1. may be either; — and a bare 、 are damaged section numbers.
    if text.lstrip().startswith(("（", "(")):
        return score - 0.3
    return score - 0.1 if label.number else score


@cache
def _spellings(section: Section) -> tuple[Label, ...]:
    """A section's heading and the other spellings met, ready to compare."""
    return tuple(read_label(text) for text in (section.label, *section.aliases))


def _text(paragraphs: Sequence[str]) -> str:
    lines = (RESIDUE.sub("", text).strip() for text in paragraphs)
    return "\n".join(line for line in lines if line)
