from __future__ import annotations

import pytest

from assessments.formats.keys import Convention, KeyedRow, KeyUnclear, chosen, conventions, letter, of_unsaid_count

COLOURS = ("red", "green", "blue", "grey")
POWERS = ("1", "2", "4", "8")


def read(rows: list[KeyedRow], numbered_from: int = 1) -> list[tuple[int, ...]]:
    ways = conventions(rows, numbered_from)
    return [chosen(row, ways) for row in rows]


@pytest.mark.parametrize("key", ["B", "b", "(b)", "b)", "B.", "Option B", "choice b", "B) green", "green", " Green "])
def test_letters_and_texts_name_an_option(key: str) -> None:
    assert read([KeyedRow(COLOURS, key)]) == [(1,)]


@pytest.mark.parametrize("key", ["A,C", "a; c", "A and C", "AC", "A|C", "red, blue", "A\nC"])
def test_a_key_may_name_several(key: str) -> None:
    assert read([KeyedRow(COLOURS, key)]) == [(0, 2)]


def test_a_text_with_a_comma_is_one_option() -> None:
    assert read([KeyedRow(("red, blue", "red", "blue"), "red, blue")]) == [(0,)]


def test_the_name_of_a_column_is_a_key() -> None:
    names = ("OptionA", "OptionB", "OptionC", "OptionD")
    assert read([KeyedRow(COLOURS, "option_c", names)]) == [(2,)]


@pytest.mark.parametrize(
    ("numbered_from", "keys", "positions"),
    [
        (0, ["1", "2"], [(1,), (2,)]),  # as the columns count
        (1, ["1", "2"], [(0,), (1,)]),
        (1, ["0", "2"], [(0,), (2,)]),  # a nought settles it
        (0, ["1", "4"], [(0,), (3,)]),  # and so does a four among four
    ],
)
def test_numbers_count_from_where_the_sheet_says(
    numbered_from: int, keys: list[str], positions: list[tuple[int, ...]]
) -> None:
    assert read([KeyedRow(COLOURS, key) for key in keys], numbered_from) == positions


def test_the_other_rows_say_how_a_number_is_meant() -> None:
    rows = [KeyedRow(POWERS, "2"), KeyedRow(COLOURS, "0"), KeyedRow(COLOURS, "3")]
    assert read(rows, 0)[0] == (2,)  # the option 4, and not the option 2


def test_a_number_that_may_be_an_option_or_its_place_is_refused() -> None:
    with pytest.raises(KeyUnclear, match='The key "2" can be read in more than one way: number from 0 or text'):
        read([KeyedRow(POWERS, "2")], 0)


def test_a_text_among_letters_is_taken_and_a_number_is_not() -> None:
    ways = [Convention.LETTER]
    assert chosen(KeyedRow(COLOURS, "blue"), ways) == (2,)
    with pytest.raises(KeyUnclear, match='The key "3" names none of the 4 options'):
        chosen(KeyedRow(COLOURS, "3"), ways)


def test_the_names_options_have_in_the_file_mean_nothing_else() -> None:
    assert read([KeyedRow(("1", "0"), "1", ("0", "1"))]) == [(1,)]


@pytest.mark.parametrize("key", ["E", "7", "purple", "A,E", "?"])
def test_a_key_that_names_no_option_is_refused(key: str) -> None:
    with pytest.raises(KeyUnclear, match="names none of the 4 options"):
        read([KeyedRow(COLOURS, key)])


def test_an_empty_option_is_no_option() -> None:
    with pytest.raises(KeyUnclear, match="names none of the 3 options"):
        read([KeyedRow(("red", "green", "", "grey"), "C")])


@pytest.mark.parametrize(
    ("keys", "unsaid"),
    [(["1", "2"], 2), (["1", "2", "B"], 2), (["0", "2"], 0), (["1", "4"], 0), (["B", "green"], 0), (["option_b"], 0)],
)
def test_rows_whose_count_no_row_shows_are_known(keys: list[str], unsaid: int) -> None:
    names = ("option_a", "option_b", "option_c", "option_d")
    assert len(of_unsaid_count([KeyedRow(COLOURS, key, names) for key in keys])) == unsaid


def test_letters_go_on_after_z() -> None:
    assert [letter(place) for place in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]
