from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from assessments.question_types import ContentInvalid, ValueRefused
from assessments.question_types.numeric import Numeric, number
from assessments.question_types.quantities import MAX_LENGTH, read_quantity

numeric = Numeric()
TIME = {"accepted": [{"value": "3500", "tolerance": "1"}], "units": {"ms": "1", "s": "1000", "µs": "0.001"}}


def credit(typed: str, *accepted: dict[str, Any], **key: Any) -> Fraction:
    return numeric.credit(typed, {}, {"accepted": list(accepted), **key})


def readings(typed: str) -> list[Fraction]:
    quantity = read_quantity(typed)
    return list(quantity.readings) if quantity else []


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("3.5", "3.5"),
        ("3,5", "3.5"),
        (" 3.5 ", "3.5"),
        (".5", "0.5"),
        (",5", "0.5"),
        ("3.", "3"),
        ("+3", "3"),
        ("-3", "-3"),
        ("\N{MINUS SIGN}3", "-3"),
        ("- 3", "-3"),
        ("-0", "0"),
        ("007", "7"),
        ("1 000", "1000"),
        ("1\N{NARROW NO-BREAK SPACE}000\N{NO-BREAK SPACE}000", "1000000"),
        ("1'234.5", "1234.5"),
        ("1_000", "1000"),
        ("1,234.5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("1 234,5", "1234.5"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1,00,000", "100000"),
        ("1.234", "1.234"),
        ("0,234", "0.234"),
        ("1234,567", "1234.567"),
        ("-2e3", "-2000"),
        ("2E-3", "0.002"),
        ("2\N{MULTIPLICATION SIGN}10^3", "2000"),
        ("2 * 10**3", "2000"),
        ("2·10⁻³", "0.002"),
        ("10^6", "1000000"),
        ("2^10", "1024"),
        ("10⁶", "1000000"),
        ("\N{ARABIC-INDIC DIGIT THREE}\N{ARABIC DECIMAL SEPARATOR}\N{ARABIC-INDIC DIGIT FIVE}", "3.5"),
        ("\N{FULLWIDTH DIGIT FOUR}\N{FULLWIDTH DIGIT TWO}", "42"),
    ],
)
def test_a_number_is_read_as_people_type_it(typed, value):
    assert readings(typed) == [Fraction(value)]


def test_a_fraction_is_exact():
    assert readings("1/3") == [Fraction(1, 3)]


@pytest.mark.parametrize(("typed", "both"), [("1,234", ["1234", "1.234"]), ("-12,345", ["-12345", "-12.345"])])
def test_a_comma_before_three_digits_is_read_both_ways(typed, both):
    assert readings(typed) == [Fraction(reading) for reading in both]


@pytest.mark.parametrize("accepted", ["1234", "1.234"])
def test_the_better_reading_of_a_comma_counts(accepted):
    assert credit("1,234", {"value": accepted}) == 1


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "-",
        ".",
        "forty-two",
        "NaN",
        "Infinity",
        "-inf",
        "3, 4",
        "1 2",
        "1 23",
        "1,2,3",
        "1.2.3",
        "1/0",
        "0^-1",
        "--3",
    ],
)
def test_what_is_no_number_is_not_read(typed):
    assert read_quantity(typed) is None


@pytest.mark.parametrize("typed", ["1e999999999", "1e-999999999", "10^9999999", "2*10^99999", "9" * 101, "1e1000"])
def test_a_huge_exponent_is_no_number_and_takes_no_time(typed):
    assert credit(typed, {"value": "1", "tolerance": "1e999"}) == 0


@pytest.mark.parametrize(
    ("typed", "earned"),
    [("42", 1), ("42.5", 1), ("41.5", 1), ("42.51", 0), ("41.49", 0), ("0042.50", 1), ("4.2e1", 1), ("-42", 0)],
)
def test_a_tolerance_includes_its_ends(typed, earned):
    assert credit(typed, {"value": "42", "tolerance": "0.5"}) == earned


def test_without_a_tolerance_the_number_must_be_exact_to_the_last_digit():
    assert [credit(typed, {"value": "0.3"}) for typed in ("0.3", "0.30000000000000004", "3/10")] == [1, 0, 1]


@pytest.mark.parametrize(("typed", "earned"), [("-210", 1), ("-190", 1), ("-189.99", 0), ("200", 0)])
def test_a_relative_tolerance_is_a_share_of_the_value_whatever_its_sign(typed, earned):
    assert credit(typed, {"value": "-200", "tolerance": "0.05", "relative": True}) == earned


def test_a_relative_tolerance_around_zero_accepts_zero_alone():
    accepted = {"value": "0", "tolerance": "0.5", "relative": True}
    assert [credit(typed, accepted) for typed in ("0", "-0", "0.0001")] == [1, 1, 0]


@pytest.mark.parametrize(("typed", "earned"), [("1", 1), ("2", 1), ("1.5", 1), ("0.99", 0), ("2.01", 0)])
def test_a_range_includes_its_ends(typed, earned):
    assert credit(typed, {"min": "1", "max": "2"}) == earned


def test_where_accepted_numbers_overlap_the_best_counts():
    accepted: list[dict[str, Any]] = [
        {"min": "0", "max": "100", "credit": 0.25},
        {"value": "42"},
        {"min": "40", "max": "44", "credit": 0.1},
    ]
    assert [credit(typed, *accepted) for typed in ("42", "41", "50", "101")] == [1, Fraction(1, 4), Fraction(1, 4), 0]


@pytest.mark.parametrize(
    ("typed", "earned"),
    [
        ("3500", 1),
        ("3500 ms", 1),
        ("3.5 s", 1),
        ("3,5s", 1),
        ("3 500 000 \N{MICRO SIGN}s", 1),
        ("3500000 \N{GREEK SMALL LETTER MU}s", 1),
        ("3.5 ms", 0),
        ("3.5 S", 0),
        ("3500 hours", 0),
        ("3.5", 0),
    ],
)
def test_a_unit_is_converted_and_its_case_matters(typed, earned):
    assert numeric.credit(typed, {}, TIME) == earned


def test_a_required_unit_must_be_there():
    assert [numeric.credit(typed, {}, {**TIME, "unit_required": True}) for typed in ("3500", "3.5 s")] == [0, 1]


@pytest.mark.parametrize(
    ("typed", "earned"),
    [("42 %", 1), ("42 ms", 1), ("42 m²", 1), ("42 thousand", 0), ("42k", 0), ("42 or 43", 0), ("42-43", 0)],
)
def test_where_no_units_are_known_a_mere_unit_is_ignored(typed, earned):
    assert credit(typed, {"value": "42"}) == earned


def test_what_was_typed_is_kept_as_it_is():
    assert numeric.read([" forty-two "], {}) == " forty-two "


def test_number_and_unit_may_come_in_two_fields():
    assert numeric.read(["3.5", "", "s"], {"units": ["s"]}) == "3.5 s"


def test_a_longer_text_is_refused_with_the_limit():
    with pytest.raises(ValueRefused, match="at most 100 fit"):
        numeric.read(["1" * (MAX_LENGTH + 1)], {})


@pytest.mark.parametrize(
    "spelling", ["42", "42.0", "042", " 42 ", "+42", "4.2e1", "420E-1", 42, 42.0, Decimal("42.00")]
)
def test_one_number_has_one_spelling(spelling):
    assert number(spelling) == "42"


@pytest.mark.parametrize(
    ("raw", "spelled"), [("-0", "0"), (0.1, "0.1"), ("1e999", "1E+999"), ("-1.50", "-1.5"), ("1e3", "1000")]
)
def test_numbers_keep_their_value(raw, spelled):
    assert (number(raw), number(number(raw))) == (spelled, spelled)


@pytest.mark.parametrize(
    "raw",
    ["NaN", "Infinity", float("nan"), float("inf"), True, None, "", "1,5", "1e1000", "0x10", "1 000", [], "1" * 101],
)
def test_what_is_no_decimal_number_is_refused_in_a_key(raw):
    with pytest.raises(ContentInvalid) as caught:
        numeric.check({}, {"accepted": [{"min": raw, "max": "5"}]})
    assert caught.value.where in ("key.accepted.0.min", "key.accepted.0")


@pytest.mark.parametrize(
    ("content", "key", "where"),
    [
        ({}, {"accepted": []}, "key.accepted"),
        ({}, {"accepted": [{}]}, "key.accepted.0"),
        ({}, {"accepted": [{"value": "1", "min": "0", "max": "2"}]}, "key.accepted.0"),
        ({}, {"accepted": [{"min": "1"}]}, "key.accepted.0"),
        ({}, {"accepted": [{"min": "2", "max": "1"}]}, "key.accepted.0"),
        ({}, {"accepted": [{"min": "1", "max": "2", "tolerance": "1"}]}, "key.accepted.0"),
        ({}, {"accepted": [{"value": "1", "tolerance": "-1"}]}, "key.accepted.0"),
        ({}, {"accepted": [{"value": "1", "relative": True}]}, "key.accepted.0"),
        ({}, {"accepted": [{"value": "1", "tolerance": "5", "relative": True}]}, "key.accepted.0"),
        ({}, {"accepted": [{"value": "1", "credit": 0.5}]}, "key.accepted"),
        ({}, {"accepted": [{"value": "1"}], "units": {"s": "0"}}, "key.units"),
        ({}, {"accepted": [{"value": "1"}], "units": {"e3": "1"}}, "key.units"),
        ({}, {"accepted": [{"value": "1"}], "units": {"m s": "1", "ms": "2"}}, "key.units"),
        ({}, {"accepted": [{"value": "1"}], "unit_required": True}, "key.unit_required"),
        ({"units": ["s"]}, {"accepted": [{"value": "1"}]}, "key.units"),
    ],
)
def test_what_contradicts_itself_is_refused_with_its_place(content, key, where):
    with pytest.raises(ContentInvalid) as caught:
        numeric.check(content, key)
    assert caught.value.where == where


def test_the_key_in_words():
    key = {
        "accepted": [{"value": "42", "tolerance": "0.5"}, {"min": "1", "max": "2", "credit": 0.5}],
        "units": {"ms": "1", "s": "1000"},
    }
    assert numeric.key_words({}, key) == "42 ± 0.5 ms; 1 to 2 ms (0.5)"
    assert numeric.key_words({}, {"accepted": [{"value": "42", "tolerance": "0.05", "relative": True}]}) == "42 ± 5 %"


def test_the_widget_offers_units_and_fills_the_field():
    face = numeric.face({"units": ["ms", "s"], "placeholder": "e.g. 20 ms"}, str)
    assert numeric.widget(face, "3 s", ()) == {
        "value": "3 s",
        "units": ["ms", "s"],
        "placeholder": "e.g. 20 ms",
        "asks_unit": False,
    }


numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=6).map(
    number
)


@given(value=numbers, tolerance=numbers.filter(lambda text: not text.startswith("-")))
def test_the_key_typed_as_it_is_earns_all(value, tolerance):
    assert credit(value, {"value": value, "tolerance": tolerance}) == 1


@given(value=st.integers(-(10**15), 10**15), places=st.integers(0, 3))
def test_english_grouping_is_undone(value, places):
    typed = f"{value:,.{places}f}"
    assert Fraction(value) in readings(typed)


@given(typed=st.text(alphabet="0123456789.,-+eE^*/ '_msx·²⁻%", max_size=MAX_LENGTH))
def test_whatever_is_typed_earns_between_nothing_and_all(typed):
    assert 0 <= credit(typed, {"value": "1"}, {"min": "0", "max": "9", "credit": 0.5}) <= 1


@given(typed=st.text(max_size=200))
def test_any_text_at_all_is_kept_or_refused_and_never_fails(typed):
    try:
        value = numeric.read_json(typed, {})
    except ValueRefused:
        assert len(typed) > MAX_LENGTH
    else:
        assert 0 <= numeric.credit(value, {}, TIME) <= 1


def shown_to(language: str, content: dict[str, Any], key: dict[str, Any]) -> str:
    content, _ = numeric.normal(content, key)
    widget = numeric.widget(numeric.face(content, str), None, [])
    with translation.override(language):
        return render_to_string("question_types/numeric.html", {"widget": widget, "is_locked": False})


def test_a_candidate_is_told_that_a_unit_belongs_to_the_answer():
    told = "Write the unit too: without one the number does not count."
    assert told in shown_to("en", {}, {**TIME, "unit_required": True})
    assert 'inputmode="text"' in shown_to("en", {}, {**TIME, "unit_required": True})
    assert "Write the unit too: ms, s." in shown_to("en", {"units": ["ms", "s"]}, {**TIME, "unit_required": True})
    assert "unit" not in shown_to("en", {}, TIME)
    assert 'inputmode="decimal"' in shown_to("en", {}, TIME)


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES if code != "en"])
def test_it_is_told_in_every_language(language):
    text = shown_to(language, {}, {**TIME, "unit_required": True})
    assert "Write the unit" not in text
    assert len(text) > len(shown_to(language, {}, TIME)) + 10


def test_whether_a_unit_is_asked_for_follows_the_key():
    assert numeric.normal({"asks_unit": True}, TIME)[0] == {}
    assert numeric.normal({}, {**TIME, "unit_required": True})[0] == {"asks_unit": True}
