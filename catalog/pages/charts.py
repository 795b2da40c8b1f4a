"""Charts drawn on the server as SVG: they print, need no script, and carry no inline style.

Horizontal places are percentages, so a chart fills its column at any width while its type keeps
its size; colours come from classes in ``charts.css``. Every chart names itself (``title``) and
tells its figures (``desc``) to those who cannot see it. Labels arrive translated.

Shares are exact fractions: they are cut to two decimals, never rounded up, because a rate of
89.996 % has not reached a target of 90 % (domain, section 5).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from markupsafe import Markup, escape

from catalog.services import contributions

Counts = tuple[int, int]

_BAR_HEIGHT = 14
_PLOT_TOP = 22
_PLOT_BOTTOM = 26
_PLOT_LEFT = Fraction(8)
_PLOT_WIDTH = Fraction(86)
_MAX_X_LABELS = 5
_DOTTED = 18
"""With more points than this a line is dense enough; its dots are only there to be pointed at."""


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a whole; ``tone`` is a word of the class ``chart-part--<tone>``."""

    label: str
    value: int
    tone: str


@dataclass(frozen=True, slots=True)
class Point:
    """A share at a time: ``counts`` is (numerator, denominator); an empty denominator is a gap."""

    label: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Series:
    """A named run of points in order of time."""

    label: str
    points: Sequence[Point] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of a histogram."""

    label: str
    count: int


def percent(counts: Counts, decimals: int = 2) -> str | None:
    """Return a share in per cent, cut (not rounded) to ``decimals``; None when nothing is counted.

    >>> percent((8996, 10000)), percent((89999, 100000)), percent((0, 0))
    ('89.96%', '89.99%', None)
    """
    numerator, denominator = counts
    if denominator <= 0:
        return None
    scale = 10**decimals
    whole, rest = divmod(numerator * 100 * scale // denominator, scale)
    return f"{whole}.{rest:0{decimals}d}%" if decimals else f"{whole}%"


def reached(counts: Counts, target: Fraction) -> bool | None:
    """Tell whether the exact share is at least ``target``; None when nothing is counted."""
    numerator, denominator = counts
    return None if denominator <= 0 else Fraction(numerator, denominator) >= target


def missing(counts: Counts, target: Fraction) -> int:
    """Return how many more of the same denominator would have to count to reach ``target``."""
    numerator, denominator = counts
    needed = -((-target.numerator * denominator) // target.denominator)
    return max(0, needed - numerator)


def rate_bar(
    counts: Counts, target: Fraction | None, label: str, height: int = _BAR_HEIGHT
) -> Markup:
    """Draw a share as a bar on a track from 0 to 100 %, with a tick at the target."""
    share = _share(counts)
    told = percent(counts) or "–"
    parts = [_rect(Fraction(0), Fraction(100), 3, height - 6, "chart-track")]
    if share:
        tone = " chart-fill--reached" if target is not None and share >= target else ""
        width = min(share, Fraction(1)) * 100
        parts.append(_rect(Fraction(0), width, 3, height - 6, f"chart-fill{tone}"))
    if target is not None:
        at = _pc(target * 100)
        parts.append(
            Markup('<line class="chart-target" x1="{0}" x2="{0}" y1="0" y2="{1}"/>').format(
                at, height
            )
        )
        told = f"{told} / {percent((target.numerator, target.denominator))}"
    return _figure(parts, height, label, f"{told} ({counts[0]}/{counts[1]})", "chart--bar")


def value_bar(share: Fraction, label: str, height: int = _BAR_HEIGHT) -> Markup:
    """Draw a value as a bar whose full length is the greatest of its list."""
    parts = [_rect(Fraction(0), share * 100, 3, height - 6, "chart-fill")]
    return _figure(parts, height, label, "", "chart--bar")


def bullet(
    counts: Counts, target: Fraction, label: str, after: Counts | None = None, height: int = 46
) -> Markup:
    """Draw a share as a bullet chart: the ground up to the target and past it, the share as a bar, the
    target as a tick, and behind the bar, paler, what it would be ``after`` a plan."""
    share, coming = _share(counts), _share(after) if after else None
    low = min(max(target, Fraction(0)), Fraction(1)) * 100
    parts = [
        _rect(Fraction(0), low, 3, 24, "chart-ground"),
        _rect(low, 100 - low, 3, 24, "chart-ground chart-ground--past"),
    ]
    told = percent(counts) or "–"
    if coming is not None and coming != share:
        parts.append(_rect(Fraction(0), min(coming, Fraction(1)) * 100, 9, 12, "chart-after"))
        told = f"{told} → {percent(after or counts)}"
    if share:
        tone = " chart-fill--reached" if share >= target else ""
        parts.append(_rect(Fraction(0), min(share, Fraction(1)) * 100, 9, 12, f"chart-fill{tone}"))
    parts.append(
        Markup('<line class="chart-target" x1="{0}" x2="{0}" y1="0" y2="30"/>').format(_pc(low))
    )
    for at, anchor in ((0, "start"), (50, "middle"), (100, "end")):
        parts.append(_text(Fraction(at), height - 3, f"{at}%", "chart-tick", anchor))
    told = f"{told} / {percent((target.numerator, target.denominator))}"
    return _figure(parts, height, label, f"{told} ({counts[0]}/{counts[1]})", "chart--bullet")


def points(value: Fraction | None) -> str | None:
    """Write a difference of shares in percentage points, a loss with the sign that lines up."""
    told = contributions.points(value)
    return told.replace("-", "−") if told else None


def diverging(value: Fraction | None, reach: Fraction, label: str, height: int = 18) -> Markup:
    """Draw a gain to the right of the middle or a loss to the left; ``reach`` fills half the width."""
    middle = Fraction(50)
    parts = [_rect(Fraction(0), Fraction(100), 3, height - 6, "chart-track")]
    if value and reach:
        width = abs(value) / reach * middle
        start, tone = (middle, "ok") if value > 0 else (middle - width, "bad")
        parts.append(_rect(start, width, 3, height - 6, f"chart-part--{tone}"))
    parts.append(
        Markup('<line class="chart-axis" x1="50%" x2="50%" y1="0" y2="{}"/>').format(height)
    )
    return _figure(parts, height, label, points(value) or "–", "chart--diverging")


def stacked_bar(parts: Sequence[Part], label: str, height: int = 20) -> Markup:
    """Draw the parts of a whole side by side; parts of nothing are left out."""
    total = sum(part.value for part in parts)
    drawn: list[Markup] = []
    if total <= 0:
        drawn.append(_rect(Fraction(0), Fraction(100), 0, height, "chart-track"))
    start = Fraction(0)
    for part in parts:
        if part.value <= 0:
            continue
        width = Fraction(part.value * 100, total)
        told = _told(part.label, (part.value, total))
        drawn.append(
            Markup(
                '<rect class="chart-part--{}" x="{}" width="{}" height="{}"><title>{}</title></rect>'
            ).format(part.tone, _pc(start), _pc(width), height, told)
        )
        start += width
    told = "; ".join(_told(part.label, (part.value, total)) for part in parts)
    return _figure(drawn, height, label, told, "chart--stacked")


def line_chart(
    series: Sequence[Series],
    label: str,
    target: Fraction | Sequence[Fraction] | None = None,
    target_label: str = "",
    height: int = 260,
) -> Markup:
    """Draw shares over time between 0 and 100 %, one line a series, with the target dashed.

    All series share the places of the first one's points; a target that changed has a value for each.
    """
    plot = height - _PLOT_TOP - _PLOT_BOTTOM
    drawn = _grid(plot)
    points = series[0].points if series else ()
    places = _places(len(points))
    if isinstance(target, Fraction):
        drawn += _target_line(series, target, target_label, plot)
    elif target:
        drawn += _target_steps(places, target, target_label, plot)
    dot = "chart-dot" if len(points) <= _DOTTED else "chart-dot chart-dot--small"
    drawn += _x_labels(places, [point.label for point in points], height)
    for number, line in enumerate(series, start=1):
        tone = f"chart-tone-{(number - 1) % 4 + 1}"
        levels = [_point_level(point, plot) for point in line.points]
        drawn += _segments(places, levels, f"chart-line {tone}")
        for place, at, point in zip(places, levels, line.points, strict=True):
            if at is not None:
                told = f"{line.label} · {_told(point.label, point.counts)}"
                drawn.append(_dot(place, at, f"{dot} {tone}", told))
    told = " | ".join(f"{line.label}: {_told_points(line.points)}" for line in series)
    return _figure(drawn, height, label, told, "chart--lines")


def histogram(bins: Sequence[Bin], label: str, height: int = 48) -> Markup:
    """Draw counts as bars of equal width, the tallest filling the height."""
    tallest = max((one.count for one in bins), default=0)
    drawn = [
        Markup('<line class="chart-axis" x1="0" x2="100%" y1="{0}" y2="{0}"/>').format(height - 1)
    ]
    width = Fraction(100, max(1, len(bins)))
    for number, one in enumerate(bins):
        tall = 0 if not tallest else -(-one.count * (height - 2) // tallest)
        drawn.append(
            Markup(
                '<rect class="chart-fill" x="{}" width="{}" y="{}" height="{}"><title>{}</title></rect>'
            ).format(
                _pc(width * number + width / 20),
                _pc(width * 9 / 10),
                height - 1 - tall,
                tall,
                f"{one.label}: {one.count}",
            )
        )
    told = "; ".join(f"{one.label}: {one.count}" for one in bins)
    return _figure(drawn, height, label, told, "chart--bins")


def _share(counts: Counts) -> Fraction | None:
    numerator, denominator = counts
    return None if denominator <= 0 else Fraction(numerator, denominator)


def _pc(value: Fraction) -> str:
    """Write a per cent place with two decimals: enough for a screen, and stable for tests."""
    return f"{float(value):.2f}%"


def _level(share: Fraction, top: int, plot: int) -> float:
    bounded = min(max(share, Fraction(0)), Fraction(1))
    return round(float(top + plot * (1 - bounded)), 1)


def _point_level(point: Point, plot: int) -> float | None:
    share = _share(point.counts)
    return None if share is None else _level(share, _PLOT_TOP, plot)


def _places(count: int) -> list[Fraction]:
    if count == 1:
        return [_PLOT_LEFT + _PLOT_WIDTH / 2]
    return [_PLOT_LEFT + _PLOT_WIDTH * i / max(1, count - 1) for i in range(count)]


def _told(label: str, counts: Counts) -> str:
    return f"{label} {percent(counts) or '–'} ({counts[0]}/{counts[1]})"


def _told_points(points: Sequence[Point]) -> str:
    return "; ".join(_told(point.label, point.counts) for point in points)


def _rect(x: Fraction, width: Fraction, y: int, height: int, css: str) -> Markup:
    return Markup('<rect class="{}" x="{}" width="{}" y="{}" height="{}"/>').format(
        css, _pc(x), _pc(width), y, height
    )


def _text(x: Fraction, y: float, text: str, css: str, anchor: str) -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        css, _pc(x), y, anchor, text
    )


def _dot(x: Fraction, y: float, css: str, told: str) -> Markup:
    inner = Markup("<title>{}</title>").format(told) if told else Markup("")
    return Markup('<circle class="{}" cx="{}" cy="{}" r="4">{}</circle>').format(
        css, _pc(x), y, inner
    )


def _horizontal(y: float, css: str) -> Markup:
    return Markup('<line class="{0}" x1="0" x2="100%" y1="{1}" y2="{1}"/>').format(css, y)


def _target_line(series: Sequence[Series], target: Fraction, label: str, plot: int) -> list[Markup]:
    """Dash the target and name it at whichever end the lines are farther from it."""

    def nearest(at: int) -> Fraction:
        shares = [_share(line.points[at].counts) for line in series if line.points]
        return min((abs(share - target) for share in shares if share is not None), default=target)

    level = _level(target, _PLOT_TOP, plot)
    at_end = nearest(-1) > nearest(0)
    place, anchor = (Fraction(100), "end") if at_end else (_PLOT_LEFT, "start")
    return [
        _horizontal(level, "chart-target chart-target--line"),
        _text(place, level - 5, label, "chart-target-text", anchor),
    ]


def _target_steps(
    places: Sequence[Fraction], target: Sequence[Fraction], label: str, plot: int
) -> list[Markup]:
    """Dash a target that changed as steps, and name it as it stands at the end."""
    levels = [_level(one, _PLOT_TOP, plot) for one in target]
    css = "chart-target chart-target--line"
    line = '<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>'
    drawn = []
    for i in range(1, len(places)):
        before, at = _pc(places[i - 1]), _pc(places[i])
        drawn.append(Markup(line).format(css, before, levels[i - 1], at, levels[i - 1]))  # noqa: S704
        if levels[i] != levels[i - 1]:
            drawn.append(Markup(line).format(css, at, levels[i - 1], at, levels[i]))  # noqa: S704
    if levels:
        drawn.append(_text(Fraction(100), levels[-1] - 5, label, "chart-target-text", "end"))
    return drawn


def _grid(plot: int) -> list[Markup]:
    """Lines at 0, 25, 50, 75 and 100 %, each with its value above it at the left edge."""
    drawn: list[Markup] = []
    for quarter in range(5):
        level = _level(Fraction(quarter, 4), _PLOT_TOP, plot)
        drawn.append(_horizontal(level, "chart-grid" if quarter else "chart-axis"))
        drawn.append(_text(Fraction(0), level - 4, f"{quarter * 25}%", "chart-tick", "start"))
    return drawn


def _x_labels(places: Sequence[Fraction], labels: Sequence[str], height: int) -> list[Markup]:
    """Name a few of the places, the last one always, so that names do not run into each other."""
    step = max(1, -(-len(labels) // _MAX_X_LABELS))
    last = len(labels) - 1
    return [
        _text(places[i], height - 6, labels[i], "chart-tick", "middle")
        for i in range(len(labels))
        if (last - i) % step == 0
    ]


def _segments(places: Sequence[Fraction], levels: Sequence[float | None], css: str) -> list[Markup]:
    """Join neighbours that both have a value; a gap stays a gap."""
    drawn: list[Markup] = []
    for i in range(1, min(len(places), len(levels))):
        before, after = levels[i - 1], levels[i]
        if before is None or after is None:
            continue
        drawn.append(
            Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
                css, _pc(places[i - 1]), before, _pc(places[i]), after
            )
        )
    return drawn


def _figure(parts: Sequence[Markup], height: int, label: str, told: str, css: str) -> Markup:
    # The name stands in aria-label too: a <title> child alone would cover the chart's own tips.
    return Markup(
        '<svg class="chart {}" role="img" aria-label="{}" width="100%" height="{}">'
        "<desc>{}</desc>{}</svg>"
    ).format(css, label, height, told, Markup("").join(escape(part) for part in parts))
