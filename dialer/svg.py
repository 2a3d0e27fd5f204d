"""Small plots as SVG text: lines over an axis, bars by name; light and dark by the reader's own setting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from unicodedata import east_asian_width

_STYLE = """
text{font:12px system-ui,sans-serif;fill:#333}
.axis{stroke:#999;fill:none}.grid{stroke:#ddd;fill:none}.limit{stroke:#b00020;stroke-dasharray:5 4;fill:none}
.t{font-weight:600;font-size:13px}.m{fill:#666}
.s0{stroke:#1565c0;fill:#1565c0}.s1{stroke:#8a8a8a;fill:#8a8a8a}.s2{stroke:#e07b00;fill:#e07b00}
.s3{stroke:#2e7d32;fill:#2e7d32}.s4{stroke:#8e24aa;fill:#8e24aa}
.line{fill:none;stroke-width:2}.band{stroke:none;opacity:.18}.bar{stroke:none}.err{stroke:#333;fill:none}
@media(prefers-color-scheme:dark){text{fill:#ddd}.m{fill:#aaa}.axis{stroke:#777}.grid{stroke:#3a3a3a}
.limit{stroke:#ff6b6b}.s0{stroke:#64b5f6;fill:#64b5f6}.s1{stroke:#9e9e9e;fill:#9e9e9e}.err{stroke:#ddd}
.s2{stroke:#ffb74d;fill:#ffb74d}.s3{stroke:#81c784;fill:#81c784}.s4{stroke:#ce93d8;fill:#ce93d8}.line{fill:none}}
"""
COLOURS = (0, 1, 2, 3, 4)
_LEFT, _TOP, _BOTTOM = 56.0, 34.0, 44.0
_DOTTED = 24  # up to so many points are marked one by one


@dataclass(frozen=True, slots=True)
class Line:
    """A named series; `band`, where given, is the (low, high) around each value. Not-finite values leave gaps."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    band: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Bars that stand together: one value per series, NaN for none."""

    name: str
    values: Sequence[float]
    spans: Sequence[tuple[float, float]] = ()


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from `low` to `high`."""
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return [low]
    raw = span / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 10) for i in range(first, math.floor(high / step + 1e-9) + 1)]


class Frame:
    """Axes and their scale; collects shapes and gives the finished text."""

    def __init__(self, title: str, size: tuple[int, int], x: tuple[float, float], top: float) -> None:
        self.width, self.height = size
        self.title = title
        self.x_low, self.x_high = x
        self.top = top if top > 0 else 1.0
        self.shapes: list[str] = []

    def x(self, value: float) -> float:
        """Pixels from the left."""
        span = (self.x_high - self.x_low) or 1.0
        return _LEFT + (value - self.x_low) / span * (self.width - _LEFT - 16)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        return self.height - _BOTTOM - min(value / self.top, 1.05) * (self.height - _TOP - _BOTTOM)

    def add(self, shape: str) -> None:
        """A shape on top of those before."""
        self.shapes.append(shape)

    def text(self, x: float, y: float, words: str, anchor: str = "middle", kind: str = "m") -> None:
        """Words, escaped."""
        self.add(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(words)}</text>'
        )

    def rows(self, unit: str) -> None:
        """Horizontal grid with its numbers."""
        for tick in ticks(0.0, self.top):
            y = self.y(tick)
            self.add(f'<path class="grid" d="M{_LEFT} {y:.1f}H{self.width - 16}"/>')
            self.text(_LEFT - 6, y + 4, f"{tick:g}{unit}", "end")

    def legend(self, names: Sequence[str], colours: Sequence[int] = COLOURS) -> None:
        """Names of the series below the plot."""
        x = _LEFT
        for colour, name in zip(colours, names, strict=False):
            self.add(
                f'<rect class="bar s{colour}" x="{x:.0f}" y="{self.height - 14}" width="10" height="10"/>'
            )
            self.text(x + 15, self.height - 5, name, "start")
            x += 30 + 6.6 * sum(2 if east_asian_width(one) in "WF" else 1 for one in name)

    def limit(self, value: float) -> None:
        """A dashed line that should not be crossed."""
        self.add(f'<path class="limit" d="M{_LEFT} {self.y(value):.1f}H{self.width - 16}"/>')

    def done(self) -> str:
        """The whole picture."""
        self.text(_LEFT, 18, self.title, "start", "t")
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'role="img" aria-label="{escape(self.title, quote=True)}"><style>{_STYLE}</style>'
            + "".join(self.shapes)
            + "</svg>"
        )


def lines(
    title: str,
    series: Sequence[Line],
    *,
    x_name: str = "",
    unit: str = "",
    limit: float | None = None,
    size: tuple[int, int] = (640, 300),
) -> str:
    """Series over a common axis, from 0 upwards."""
    xs = [x for one in series for x in one.xs] or [0.0, 1.0]
    shown = [y for one in series for y in one.ys if math.isfinite(y)]
    frame = Frame(title, size, (min(xs), max(xs)), 1.08 * max([*shown, limit or 0.0], default=1.0))
    frame.rows(unit)
    for tick in ticks(frame.x_low, frame.x_high, 8):
        frame.text(frame.x(tick), frame.height - _BOTTOM + 15, f"{tick:g}{x_name}")
    if limit is not None:
        frame.limit(limit)
    for i, one in enumerate(series):
        if one.band:
            frame.add(_band(frame, one, i))
        frame.add(f'<path class="line s{i}" d="{_path(frame, one)}"/>')
        if len(one.xs) <= _DOTTED:
            for x, y in zip(one.xs, one.ys, strict=True):
                if math.isfinite(y):
                    frame.add(f'<circle class="bar s{i}" cx="{frame.x(x):.1f}" cy="{frame.y(y):.1f}" r="3"/>')
    frame.legend([one.name for one in series])
    return frame.done()


def bars(
    title: str,
    names: Sequence[str],
    groups: Sequence[Group],
    *,
    unit: str = "",
    limit: float | None = None,
    size: tuple[int, int] = (720, 320),
    colours: Sequence[int] = COLOURS,
) -> str:
    """Groups of bars, a colour per series; spans are drawn as error bars."""
    tops = [v for g in groups for v in g.values if math.isfinite(v)]
    tops += [] if limit is None else [limit]
    tops += [high for g in groups for _, high in g.spans if math.isfinite(high)]
    frame = Frame(title, size, (0.0, max(len(groups), 1)), 1.05 * max(tops, default=1.0))
    frame.rows(unit)
    width = 0.8 / max(len(names), 1)
    for at, group in enumerate(groups):
        frame.text(frame.x(at + 0.5), frame.height - _BOTTOM + 15, group.name)
        for i, value in enumerate(group.values):
            left, right = frame.x(at + 0.1 + i * width), frame.x(at + 0.1 + (i + 0.9) * width)
            if math.isfinite(value):
                span = group.spans[i] if i < len(group.spans) else (math.nan, math.nan)
                frame.add(_bar(frame, (left, right), value, span, colours[i]))
    if limit is not None:
        frame.limit(limit)
    frame.legend(names, colours)
    return frame.done()


def _bar(
    frame: Frame, sides: tuple[float, float], value: float, span: tuple[float, float], colour: int
) -> str:
    left, right = sides
    top = frame.y(value)
    height = max(frame.y(0.0) - top, 0.0)
    shape = (
        f'<rect class="bar s{colour}" x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" '
        f'height="{height:.1f}"/>'
    )
    if not all(map(math.isfinite, span)):
        return shape
    middle = (left + right) / 2
    return shape + f'<path class="err" d="M{middle:.1f} {frame.y(span[0]):.1f}V{frame.y(span[1]):.1f}"/>'


def _path(frame: Frame, line: Line) -> str:
    text, pen_down = "", False
    for x, y in zip(line.xs, line.ys, strict=True):
        if math.isfinite(y):
            text += f"{'L' if pen_down else 'M'}{frame.x(x):.1f} {frame.y(y):.1f}"
            pen_down = True
        else:
            pen_down = False
    return text or "M0 0"


def _band(frame: Frame, line: Line, colour: int) -> str:
    points = [
        (x, low, high) for x, (low, high) in zip(line.xs, line.band, strict=True) if math.isfinite(high)
    ]
    upper = [f"{frame.x(x):.1f},{frame.y(high):.1f}" for x, _, high in points]
    lower = [f"{frame.x(x):.1f},{frame.y(low):.1f}" for x, low, _ in reversed(points)]
    return f'<polygon class="band s{colour}" points="{" ".join(upper + lower)}"/>'
