"""How words are set: together, by themselves, one after the other."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.utils import formats, translation

from candidates.domain.durations import exact_words
from candidates.templatetags.languages import isolates_as_bdi
from interview_project.languages import CLOSES, OPENS, in_sentence, isolated
from interview_project.wording import as_sentence, gap, together

AT = datetime(2026, 11, 5, 14, 7, 9, tzinfo=UTC)
LANGUAGES = [code for code, _ in settings.LANGUAGES]


def test_a_number_and_its_unit_stay_on_one_line():
    assert together("10 min") == "10\xa0min"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_ends_within_a_length_of_time(language):
    with translation.override(language):
        assert [exact_words(seconds) for seconds in (1, 2, 60, 3661) if " " in exact_words(seconds)] == []


def test_chinese_writes_a_length_of_time_without_blanks():
    with translation.override("zh-hans"):
        assert exact_words(3900) == "1小时5分钟"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_ends_between_a_day_and_its_month_or_a_time_and_its_zone(language):
    with translation.override(language):
        told = formats.date_format(AT, "DATETIME_FORMAT")
    parted = told.split(" ")
    assert [one for one in parted if one.startswith(("14:07:09", "5"))] != []
    assert [one for one in parted if one in ("5", "5.", "14:07:09", "UTC")] == []


@pytest.mark.parametrize(
    ("language", "told"),
    [("hi", "5\xa0नवंबर 2026"), ("pt", "5\xa0de\xa0novembro de 2026"), ("fr", "5\xa0novembre 2026")],
)
def test_months_are_spelt_as_their_language_spells_them(language, told):
    with translation.override(language):
        assert formats.date_format(AT, "DATE_FORMAT") == told


def test_what_somebody_wrote_cannot_end_its_own_isolation():
    assert isolated(f"Ada{CLOSES} Lovelace") == f"{OPENS}Ada Lovelace{CLOSES}"


@pytest.mark.parametrize(
    ("language", "written", "is_isolated"),
    [("en", "ACME Inc.", False), ("ar", "ACME Inc.", True), ("ar", "شركة", True), ("en", "שלום Ltd.", True)],
)
def test_a_name_is_isolated_where_a_direction_could_change(language, written, is_isolated):
    with translation.override(language):
        assert in_sentence(written) == (f"{OPENS}{written}{CLOSES}" if is_isolated else written)


@pytest.mark.parametrize(
    ("language", "blank", "stop"), [("en", " ", "."), ("ar", " ", "."), ("hi", " ", "।"), ("zh-hans", "", "。")]
)
def test_a_sentence_ends_and_the_next_begins_as_in_its_language(language, blank, stop):
    with translation.override(language):
        assert (gap(), as_sentence("A")) == (blank, f"A{stop}")


def test_on_a_page_an_element_isolates_and_what_was_written_stays_escaped():
    told = f"For {isolated('<b>ACME</b>')} & {OPENS}open"
    assert isolates_as_bdi(told) == f"For <bdi>&lt;b&gt;ACME&lt;/b&gt;</bdi> &amp; {OPENS}open"
