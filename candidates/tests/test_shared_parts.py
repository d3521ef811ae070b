"""Parts of pages that look the same for everybody with the same values are rendered once."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import override

from candidates.templatetags import shared

TITLE = '{% load shared %}{% shared "candidates/_question_title.html" number=number total=total title=title %}'


@pytest.fixture(autouse=True)
def _nothing_rendered_yet():
    shared._rendered.cache_clear()


def title(**values: Any) -> SafeString:
    return Template(TITLE).render(Context({"number": 1, "total": 8, "title": "SQL", **values}))


def test_equal_values_are_rendered_once():
    assert title() == title() == "Question 1 of 8 · SQL\n"
    assert shared._rendered.cache_info().misses == 1


def test_another_value_or_language_is_another_part():
    assert title(number=2) != title()
    with override("xx"):
        title()
    assert shared._rendered.cache_info().misses == 3


def test_a_safe_text_does_not_make_an_equal_one_safe():
    assert "<b>" in title(title=mark_safe("<b>"))
    assert "<b>" not in title(title="<b>")


def test_a_part_sees_nothing_of_the_page_around_it():
    assert "secret" not in Template(
        '{% load shared %}{% shared "candidates/_question_title.html" number=1 total=2 %}'
    ).render(Context({"title": "secret"}))


FORM = '{% load shared %}{% shared "candidates/_save_state.html" is_saved=is_saved fresh receipt=receipt %}'


def test_what_is_fresh_is_put_in_each_time_into_what_was_rendered_once():
    one, other = (Template(FORM).render(Context({"is_saved": False, "receipt": receipt})) for receipt in ("a", '"&<b>'))
    assert 'data-receipt="a"' in one
    assert other == one.replace('data-receipt="a"', 'data-receipt="&quot;&amp;&lt;b&gt;"')
    assert shared._rendered.cache_info().misses == 1


def test_nothing_fresh_is_kept():
    Template(FORM).render(Context({"is_saved": False, "receipt": "what one candidate wrote"}))
    assert "what one candidate wrote" not in str(
        shared._rendered("candidates/_save_state.html", "en", (("is_saved", bool, False),), ("receipt",))
    )
    assert shared._rendered.cache_info().misses == 1


def test_a_value_without_a_name_is_refused():
    with pytest.raises(TemplateSyntaxError, match="name=value"):
        Template('{% load shared %}{% shared "candidates/_flag.html" is_flagged %}')
