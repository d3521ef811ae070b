"""The table of what so many candidates need is what the measured costs give, and nobody's hand was in it."""

import pytest

from bench import scale
from bench.scale import Cost


def facts(figure, candidates, cpu_ms, **more):
    return {"figure": figure, "candidates": candidates, "cpu_ms": cpu_ms, **more}


def test_the_page_has_the_table_that_its_costs_give():
    page = scale.PAGE.read_text(encoding="utf-8")
    assert scale.filled(page, scale.cost_in(page)) == page


def test_the_cost_is_the_one_with_the_most_candidates():
    found = [
        facts("save and next, pages", 1, 9.0),
        facts("save and next, pages", 200, 3.0),
        facts("save and next, pages", 8, 7.0, stored=1_000),
        facts("resume, pages", 200, 2.0),
    ]
    assert scale.cost_of(found) == Cost(3.0, 2.0)


def test_a_row_by_hand():
    # 1,000 candidates: 100 saves and 33.3 reads a second, 100 × 3 ms + 33.3 × 3 ms = 0.4 cores, and twice that to have.
    assert scale.row(1_000, Cost(3.0, 3.0)) == ["1,000", "100", "0.4", "1", "1", "40", "0.51"]
    assert scale.row(100_000, Cost(3.0, 3.0)) == ["100,000", "10,000", "40", "80", "20", "800", "51"]


def test_new_costs_replace_old_ones_and_nothing_else():
    page = "before\n<!-- written by make bench, from 1 ms a save, 2 ms a page -->\nold\n<!-- end -->\nafter\n"
    filled = scale.filled(page, Cost(3.5, 0.25))
    assert scale.cost_in(filled) == Cost(3.5, 0.25)
    assert "old" not in filled
    assert (filled.startswith("before\n<!--"), filled.endswith("<!-- end -->\nafter\n")) == (True, True)


def test_a_page_without_a_place_for_it_is_an_error():
    with pytest.raises(ValueError, match="no place"):
        scale.cost_in("nothing here")
