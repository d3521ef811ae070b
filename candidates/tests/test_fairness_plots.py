"""What each attempt had, drawn: bars as long as their times, on one scale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from candidates.domain import fairness_plots
from candidates.domain.fairness import LENGTHS, NOTHING, Line

MINUTE = timedelta(minutes=1)


def line(name: str = "Ada", **minutes: float | None) -> Line:
    lengths: dict[str, Any] = dict.fromkeys(LENGTHS, NOTHING) | {"allowed": 60 * MINUTE, "used": 30 * MINUTE}
    lengths |= {part: None if length is None else length * MINUTE for part, length in minutes.items()}
    start = datetime(2026, 11, 30, 9, tzinfo=UTC)
    return Line(uuid4(), name, "Submitted", start, start + lengths["used"], **lengths)


def test_a_bar_has_a_part_for_each_thing_that_moved_its_bell_and_a_line_where_it_ended():
    (figure,) = fairness_plots.figures_of([line(added=5, given_back=2.5, paused=10, breaks=2.5, used=70)])
    (bar,) = figure.plot.bars
    assert bar.title == (
        "Ada: 1\xa0h\xa010\xa0min from start to end; 1\xa0h allowed, 5\xa0min added by staff, "
        "2\xa0min\xa030\xa0s given back for outages, 10\xa0min stopped by staff, 2\xa0min\xa030\xa0s breaks"
    )
    assert [(rect.kind, rect.width) for rect in bar.rects] == [
        ("allowed", 240.0), ("added", 20.0), ("given_back", 10.0), ("paused", 40.0), ("breaks", 10.0),
    ]  # fmt: skip
    assert bar.mark is not None
    assert (bar.mark.kind, bar.mark.x1) == ("mark", 300.0)
    assert [text.words for text in figure.plot.texts][-2:] == ["Ada", "1\xa0h\xa010\xa0min of 1\xa0h\xa020\xa0min"]
    assert figure.sentence == "Most time: 1\xa0h\xa020\xa0min, Ada. The line across a bar is what was used of it."


def test_the_axis_ends_at_round_minutes():
    (figure,) = fairness_plots.figures_of([line(allowed=44.5)])
    words = [text.words for text in figure.plot.texts]
    assert [one for one in ("0", "23\xa0min", "46\xa0min", "time from the start") if one in words] == [
        *("0", "23\xa0min", "46\xa0min", "time from the start")
    ]


def test_without_a_limit_only_what_was_used_is_drawn():
    (figure,) = fairness_plots.figures_of([line(allowed=None, used=30)])
    (bar,) = figure.plot.bars
    assert (bar.rects, bar.title) == ((), "Ada: 30\xa0min from start to end; no limit")
    assert "30\xa0min, no limit" in [text.words for text in figure.plot.texts]
    assert figure.sentence == "The line across a bar is what was used of it."


def test_many_stand_side_by_side_on_one_scale_and_no_more_than_can_be_looked_at():
    figures = fairness_plots.figures_of([line(allowed=60), *[line(allowed=120) for _ in range(79)]])
    assert [(one.title, len(one.plot.bars), bool(one.key)) for one in figures] == [
        ("Attempts 1 to 20, newest first", 20, True),
        ("Attempts 21 to 40, newest first", 20, False),
        ("Attempts 41 to 60, newest first", 20, False),
    ]
    assert {rect.width for one in figures[1:] for bar in one.plot.bars for rect in bar.rects} == {320.0}
    assert figures[0].plot.bars[0].rects[0].width == 160.0


def test_one_alone_is_not_called_several():
    assert fairness_plots.figures_of([line(allowed=60)])[0].title == "Attempt 1"


def test_a_long_name_leaves_room_for_the_times():
    (figure,) = fairness_plots.figures_of([line("Maximiliana von und zu Hohenstein-Waldburg", used=61, added=2)])
    assert [text.words for text in figure.plot.texts][-2:] == [
        "Maximiliana von und zu …",
        "1\xa0h\xa01\xa0min of 1\xa0h\xa02\xa0min",
    ]
