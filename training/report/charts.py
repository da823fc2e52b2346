"""Charts as SVG text: lines, dots and stacked bars on axes with round ticks.

Drawn by hand rather than by matplotlib, so that text stays text, a page of thirty charts weighs
less than one picture, and the same bundle gives the same bytes on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

from training.report.markup import text

WIDTH, HEIGHT = 420, 270
LEFT, RIGHT, TOP, BOTTOM = 58, 22, 30, 46
_TICKS = 6
"""Of an axis, at most."""


@dataclass(frozen=True)
class Series:
    """One line of a chart.

    Parameters
    ----------
    name : str
        In the legend; empty for none.
    x, y : sequence of float
    kind : {"model", "baseline", "guide"}
        How it looks.
    dots : bool
        Whether each point is marked.
    spans : sequence of (float, float)
        An interval of y for each point, drawn as a line through it.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    kind: str = "model"
    dots: bool = False
    spans: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class Axis:
    """One axis.

    Parameters
    ----------
    title : str
    low, high : float
    percent : bool
        Whether ticks are percentages.
    labels : sequence of (float, str), optional
        Ticks to use in place of round numbers.
    """

    title: str
    low: float
    high: float
    percent: bool = False
    labels: Sequence[tuple[float, str]] = ()

    def ticks(self) -> list[tuple[float, str]]:
        """Return positions and texts of the ticks."""
        return [*self.labels] or [(at, self._label(at)) for at in round_ticks(self.low, self.high)]

    def _label(self, value: float) -> str:
        return f"{100 * value:g}%" if self.percent else f"{value:,.10g}"

    def place(self, value: float, start: float, end: float) -> float:
        """Return where a value lies between two ends in pixels."""
        width = (self.high - self.low) or 1.0
        return start + (value - self.low) / width * (end - start)


def round_ticks(low: float, high: float) -> list[float]:
    """Return a few round numbers from `low` to `high`.

    >>> round_ticks(0, 0.37)
    [0.0, 0.1, 0.2, 0.3]
    """
    if not (isfinite(low) and isfinite(high) and high > low):
        return [low]
    raw = (high - low) / (_TICKS - 1)
    scale = 10.0 ** floor(log10(raw))
    step = next(scale * by for by in (1, 2, 2.5, 5, 10) if scale * by >= raw * 0.999)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [round(number * step, 10) + 0.0 for number in range(first, last + 1)]


def lines(title: str, x: Axis, y: Axis, series: Sequence[Series]) -> str:
    """Return a chart of lines; `title` is what a screen reader says."""
    drawn = "".join(_line(line, x, y) for line in series)
    return _chart(title, x, y, drawn, [(line.name, line.kind) for line in series if line.name])


def stacked(
    title: str, x: Axis, edges: Sequence[float], parts: Sequence[tuple[str, str, Sequence[int]]]
) -> str:
    """Return a histogram of stacked counts.

    Parameters
    ----------
    title : str
    x : Axis
    edges : sequence of n + 1 floats
    parts : sequence of (name, kind, n counts)
        From the bottom up.
    """
    sums = [sum(counts) for counts in zip(*(part[2] for part in parts), strict=True)]
    y = Axis("customers", 0, float(max(1, *sums)))
    floors = [0] * len(sums)
    drawn = ""
    for _, kind, counts in parts:
        for at, count in enumerate(counts):
            drawn += _bar(x, y, edges[at], edges[at + 1], floors[at], floors[at] + count, kind)
            floors[at] += count
    return _chart(title, x, y, drawn, [(name, kind) for name, kind, _ in parts])


def _line(series: Series, x: Axis, y: Axis) -> str:
    points = [(_x(x, a), _y(y, b)) for a, b in zip(series.x, series.y, strict=True)]
    path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    drawn = f'<polyline class="{series.kind}" points="{path}"/>'
    for (at, _), (low, high) in zip(points, series.spans, strict=False):
        ends = f'x1="{at:.1f}" x2="{at:.1f}" y1="{_y(y, low):.1f}" y2="{_y(y, high):.1f}"'
        drawn += f'<line class="span {series.kind}" {ends}/>'
    if series.dots:
        drawn += "".join(
            f'<circle class="{series.kind}" cx="{a:.1f}" cy="{b:.1f}" r="3"/>' for a, b in points
        )
    return drawn


def _bar(x: Axis, y: Axis, left: float, right: float, low: int, high: int, kind: str) -> str:
    if high == low:
        return ""
    a, b, top, bottom = _x(x, left), _x(x, right), _y(y, high), _y(y, low)
    return (
        f'<rect class="{kind}" x="{a + 0.5:.1f}" y="{top:.1f}" '
        f'width="{b - a - 1:.1f}" height="{bottom - top:.1f}"/>'
    )


def _chart(title: str, x: Axis, y: Axis, drawn: str, legend: Sequence[tuple[str, str]]) -> str:
    body = "".join([*_grid(x, y), drawn, *_legend(legend)])
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{text(title)}">'
        f"<title>{text(title)}</title>{body}</svg>"
    )


def _grid(x: Axis, y: Axis) -> Iterator[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    for value, label in y.ticks():
        at = _y(y, value)
        yield f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}"/>'
        yield f'<text class="tick end" x="{LEFT - 6}" y="{at + 4:.1f}">{text(label)}</text>'
    for value, label in x.ticks():
        at = _x(x, value)
        yield f'<text class="tick middle" x="{at:.1f}" y="{bottom + 16}">{text(label)}</text>'
    yield f'<line class="axis" x1="{LEFT}" x2="{right}" y1="{bottom}" y2="{bottom}"/>'
    middle = (LEFT + right) / 2
    yield f'<text class="title middle" x="{middle}" y="{HEIGHT - 8}">{text(x.title)}</text>'
    turned = f"translate(13 {(TOP + bottom) / 2}) rotate(-90)"
    yield f'<text class="title middle" transform="{turned}">{text(y.title)}</text>'


def _legend(entries: Sequence[tuple[str, str]]) -> Iterator[str]:
    # Above the drawing, where no curve can run through it.
    for number, (name, kind) in enumerate(entries):
        x = LEFT + 130 * number
        yield f'<rect class="{kind}" x="{x}" y="10" width="14" height="4"/>'
        yield f'<text class="legend" x="{x + 20}" y="16">{text(name)}</text>'


def _x(axis: Axis, value: float) -> float:
    return axis.place(value, LEFT, WIDTH - RIGHT)


def _y(axis: Axis, value: float) -> float:
    return axis.place(value, HEIGHT - BOTTOM, TOP)
