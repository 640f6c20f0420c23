"""Charts as SVG, drawn on the server: a year without a report is a gap, a break of the form is drawn and named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup, escape

from reading_room.numerals import plain
from reading_room.texts import Texts

WIDTH, HEIGHT = 280, 132
# The last number stands to the right of its point.
LEFT, RIGHT, TOP, BOTTOM = 20, 56, 30, 22
# A number over a point nearer to the left edge than this would be cut.
NARROW = 40
SPARK_WIDTH, SPARK_HEIGHT = 120, 28


class Point(NamedTuple):
    """A year's figure."""

    year: int
    value: float


class Dot(NamedTuple):
    """A point where it is drawn. `label`: where its number is written, `above` or `beside` it; empty for nowhere."""

    x: float
    y: float
    year: int
    value: float
    label: str = ""
    here: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart's shapes. `lines` are runs of consecutive years, ready for a polyline; `gaps` the years without a figure."""

    name: str
    width: int
    height: int
    lines: tuple[str, ...]
    dots: tuple[Dot, ...]
    years: tuple[tuple[float, int], ...]
    gaps: tuple[tuple[float, int], ...]
    rift: float | None
    base: float


def draw_chart(
    name: str,
    points: Iterable[Point],
    years: Sequence[int],
    broken_before: int | None = None,
    scale: float | None = None,
) -> Chart:
    """A chart over all these years; before `broken_before` the figure meant something else, so no line crosses it.
    `scale`: the value at the top, where charts side by side share it."""
    known = sorted(points, key=lambda point: point.year)
    first, last = years[0], years[-1]
    step = (WIDTH - LEFT - RIGHT) / max(1, last - first)
    top = scale or max((point.value for point in known), default=0) or 1

    def across(year: float) -> float:
        return round(LEFT + (year - first) * step, 1) if last > first else WIDTH / 2

    def up(value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * max(value, 0) / top, 1)

    highest = max(known, key=lambda point: point.value, default=None)
    labels = {highest: "above"} | ({known[-1]: "beside"} if known else {})
    dots = tuple(Dot(across(p.year), up(p.value), p.year, p.value, labels.get(p, "")) for p in known)
    rift = across(broken_before - 0.5) if broken_before and first < broken_before <= last else None
    return Chart(
        name, WIDTH, HEIGHT, _lines(dots, broken_before), dots,
        tuple((across(year), year) for year in dict.fromkeys((first, last))),
        tuple((across(year), year) for year in years if year not in {point.year for point in known}),
        rift, HEIGHT - BOTTOM,
    )  # fmt: skip


def draw_sparkline(name: str, points: Sequence[Point], here: int) -> Chart:
    """A line of a word's size, its dot on the year `here`."""
    first, last = points[0].year, points[-1].year
    step = (SPARK_WIDTH - 8) / max(1, last - first)
    top = max(point.value for point in points) or 1
    dots = tuple(
        Dot(
            round(4 + (p.year - first) * step, 1),
            round(SPARK_HEIGHT - 4 - (SPARK_HEIGHT - 8) * max(p.value, 0) / top, 1),
            p.year, p.value, here=p.year == here,
        )
        for p in points
    )  # fmt: skip
    return Chart(name, SPARK_WIDTH, SPARK_HEIGHT, _lines(dots, None), dots, (), (), None, SPARK_HEIGHT)


def _lines(dots: Sequence[Dot], broken_before: int | None) -> tuple[str, ...]:
    """Polylines through consecutive years."""
    runs: list[list[Dot]] = [[dots[0]]] if dots else []
    for before, dot in pairwise(dots):
        if dot.year == before.year + 1 and dot.year != broken_before:
            runs[-1].append(dot)
        else:
            runs.append([dot])
    return tuple(" ".join(f"{dot.x},{dot.y}" for dot in run) for run in runs if len(run) > 1)


def svg(chart: Chart, texts: Texts) -> Markup:
    """A chart with its name over it. The table beneath it says the same in numbers."""
    base, name = chart.base, escape(chart.name)
    told = ", ".join(f"{dot.year} {plain(dot.value)}" for dot in chart.dots)
    drawn = [
        f'<figure class="chart"><figcaption>{name}</figcaption><svg viewBox="0 0 {chart.width} {chart.height}" role="img" '
        f'aria-label="{name}: {told}"><line class="base" x1="0" x2="{chart.width}" y1="{base}" y2="{base}"/>'
    ]
    if chart.rift is not None:
        anchor = ("start", "middle", "end")[min(2, int(chart.rift * 3 / chart.width))]
        drawn.append(
            f'<line class="rift" x1="{chart.rift}" x2="{chart.rift}" y1="14" y2="{base}"/>'
            f'<text class="rift" x="{chart.rift}" y="10" text-anchor="{anchor}">{escape(texts["body.break_name"])}</text>'
        )
    drawn += (f'<polyline points="{line}"/>' for line in chart.lines)
    for dot in chart.dots:
        drawn.append(f'<circle cx="{dot.x}" cy="{dot.y}" r="3"/>')
        if dot.label == "beside":
            drawn.append(f'<text x="{dot.x + 7}" y="{dot.y + 4}">{plain(dot.value)}</text>')
        elif dot.label:
            anchor = "start" if dot.x < NARROW else "middle"
            drawn.append(f'<text x="{dot.x}" y="{dot.y - 7}" text-anchor="{anchor}">{plain(dot.value)}</text>')
    drawn += (f'<text class="gap" x="{x}" y="{base - 4}" text-anchor="middle">×</text>' for x, _ in chart.gaps)
    drawn += (
        f'<text class="year" x="{x}" y="{chart.height - 5}" text-anchor="middle">{year}</text>'
        for x, year in chart.years
    )
    return Markup("".join(drawn) + "</svg></figure>\n")


def sparkline_svg(chart: Chart, texts: Texts) -> Markup:
    """A line of a word's size."""
    told = ", ".join(f"{dot.year} {plain(dot.value)}" for dot in chart.dots)
    lines = "".join(f'<polyline points="{line}"/>' for line in chart.lines)
    dots = "".join(
        f'<circle cx="{dot.x}" cy="{dot.y}" r="3.5" class="here"/>'
        if dot.here
        else f'<circle cx="{dot.x}" cy="{dot.y}" r="1.5"/>'
        for dot in chart.dots
    )
    return Markup(
        f'<svg class="sparkline" viewBox="0 0 {chart.width} {chart.height}" width="{chart.width}" height="{chart.height}" role="img" '
        f'aria-label="{escape(texts["report.sparkline"])}{told}">{lines}{dots}</svg>'
    )
