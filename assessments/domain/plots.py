"""Bars in the coordinates of a drawing: what ``templates/admin/_plot.html`` writes as SVG.

Narrow, so that its letters are as large as those around it on a telephone; wide screens put several side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

WIDTH, RIGHT = 360, 20
LEFT, TOP, TALL, UNDER = 64, 28, 130, 44
ROW, THICK = 36, 12
LABELS, LONGEST_NAME, LONGEST_ROW = 7, 36, 46


@dataclass(frozen=True)
class Given:
    """One bar to draw: its parts, from the axis on, by the class that colours them."""

    name: str
    parts: tuple[tuple[str, int], ...]
    words: str
    mark: int | None = None
    """Where a line crosses the bar; the amount is then told as so much of it."""
    said: str = ""
    """In the place of the amount."""

    @property
    def amount(self) -> int:
        return sum(number for _, number in self.parts)

    @property
    def reach(self) -> int:
        return max(self.amount, self.mark or 0)


@dataclass(frozen=True)
class Axis:
    """What is measured, with its unit, and how a number on it is written."""

    title: str
    words: Callable[[int], str] = "{:,}".format
    unit: int = 1
    """What a round number is counted in: 60 for seconds told in minutes."""
    shares: int = 1
    """Into how many a round number may be divided: 5 for 1.2 beside 1 and 2."""


@dataclass(frozen=True)
class Text:
    x: float
    y: float
    anchor: str
    words: str


@dataclass(frozen=True)
class Rule:
    kind: str
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Rect:
    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Bar:
    title: str
    rects: tuple[Rect, ...]
    mark: Rule | None = None


@dataclass(frozen=True)
class Plot:
    height: float
    rules: tuple[Rule, ...]
    texts: tuple[Text, ...]
    bars: tuple[Bar, ...]
    width: float = WIDTH


Key = tuple[tuple[str, str], ...]
"""The class of each kind of part, and its name."""


@dataclass(frozen=True)
class Table:
    """The same figures to read. Each row begins with what it is about."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Figure:
    """One plot with what is said about it, and the table that unfolds beneath, unless the page has one for several."""

    slug: str
    title: str
    sentence: str
    plot: Plot
    key: Key = ()
    data: Table | None = None


def columns(given: Sequence[Given], *, axis: Axis, along: str, short: Callable[[str], str] = str) -> Plot:
    """Upright, in the order given; the last one is always labelled, and others as far as there is room."""
    top, base = _top(given, axis), TOP + TALL
    space = (WIDTH - LEFT - RIGHT) / max(len(given), 1)
    every = -(-len(given) // LABELS)
    ticks = [(tick, round(base - tick * TALL / top, 1)) for tick in _ticks(given, top)]
    rules = tuple(Rule(_kind(tick), LEFT, y, WIDTH - RIGHT, y) for tick, y in ticks)
    texts = [Text(LEFT - 6, y + 4, "end", axis.words(tick)) for tick, y in ticks]
    texts += [Text(2, 12, "start", axis.title), Text((LEFT + WIDTH - RIGHT) / 2, base + 36, "middle", along)]
    bars = []
    for number, one in enumerate(given):
        x = LEFT + number * space
        bars.append(Bar(one.words, _upright(one, x=x + space * 0.15, width=space * 0.7, scale=TALL / top)))
        if (len(given) - 1 - number) % every == 0:
            texts.append(Text(round(x + space / 2, 1), base + 16, "middle", short(one.name)))
    return Plot(base + UNDER, rules, tuple(texts), tuple(bars))


def rows(given: Sequence[Given], *, axis: Axis, among: Sequence[Given] = ()) -> Plot:
    """Lying, in the order given, each under its name and amount; no rule runs through those.

    ``among``: all that are drawn side by side, so that bars of one length are one amount in all of them.
    """
    top, base = _top(among or given, axis), ROW * len(given) + 6
    scale = (WIDTH - 2 * RIGHT) / top
    ticks = [(tick, round(RIGHT + tick * scale, 1)) for tick in _ticks(given, top)]
    rules = tuple(Rule(_kind(tick), x, base - 6 if tick else 0, x, base) for tick, x in ticks)
    texts = [Text(x, base + 16, _anchor(tick, top), axis.words(tick)) for tick, x in ticks]
    texts.append(Text(WIDTH / 2, base + 36, "middle", axis.title))
    bars = []
    for number, one in enumerate(given):
        y = number * ROW
        amount = one.said or _amount(one, axis)
        texts.append(Text(RIGHT + 4, y + 16, "start", _cut(one.name, min(LONGEST_NAME, LONGEST_ROW - len(amount)))))
        texts.append(Text(WIDTH - RIGHT - 4, y + 16, "end", amount))
        bars.append(Bar(one.words, _lying(one, y=y + 22, scale=scale), _mark(one, y=y + 22, scale=scale)))
    return Plot(base + UNDER, rules, tuple(texts), tuple(bars))


def table_of(given: Sequence[Given], *, first: str, key: Key) -> Table:
    """A row for each bar, a column for each kind of part."""
    found = [(one.name, dict(one.parts)) for one in given]
    rows = tuple((name, *(f"{parts.get(kind, 0):,}" for kind, _ in key)) for name, parts in found)
    return Table((first, *(words.capitalize() for _, words in key)), rows)


def _upright(one: Given, *, x: float, width: float, scale: float) -> tuple[Rect, ...]:
    return tuple(
        Rect(kind, round(x, 1), round(TOP + TALL - end * scale, 1), round(width, 1), round((end - start) * scale, 1))
        for kind, (start, end) in _stacked(one)
    )


def _lying(one: Given, *, y: float, scale: float) -> tuple[Rect, ...]:
    return tuple(
        Rect(kind, round(RIGHT + start * scale, 1), y, round((end - start) * scale, 1), THICK)
        for kind, (start, end) in _stacked(one)
    )


def _stacked(one: Given) -> list[tuple[str, tuple[float, float]]]:
    ends = accumulate(number for _, number in one.parts)
    return [(kind, (end - number, end)) for (kind, number), end in zip(one.parts, ends, strict=True) if number]


def _amount(one: Given, axis: Axis) -> str:
    return axis.words(one.amount) if one.mark is None else f"{axis.words(one.mark)} of {axis.words(one.amount)}"


def _mark(one: Given, *, y: float, scale: float) -> Rule | None:
    if one.mark is None:
        return None
    x = round(RIGHT + one.mark * scale, 1)
    return Rule("mark", x, y - 3, x, y + THICK + 3)


def _top(given: Sequence[Given], axis: Axis) -> int:
    """The end of the axis: the highest, rounded up to one digit, or to a share of it."""
    highest = -(-max((one.reach for one in given), default=0) // axis.unit)
    step = max(1, int(10 ** (len(str(highest)) - 1)) // axis.shares)
    return max(2, -(-highest // step) * step) * axis.unit


def _ticks(given: Sequence[Given], top: int) -> list[int]:
    return sorted({0, top // 2, top}) if any(one.reach for one in given) else [0]


def _kind(tick: int) -> str:
    return "grid" if tick else "axis"


def _anchor(tick: int, top: int) -> str:
    return {0: "start", top: "end"}.get(tick, "middle")


def _cut(name: str, longest: int) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1]}…"
