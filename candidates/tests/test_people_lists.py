"""Lists of people, as spreadsheets and address books hand them over."""

from __future__ import annotations

import pytest

from candidates.admin.invitation_forms import InviteForm
from candidates.domain.people_lists import read_people

UNSEEN = ["\u200b", "\ufeff", "\u2060", "\u202a", "\u202e", "\u2066", "\xad", "\u200e"]


@pytest.mark.parametrize("mark", UNSEEN)
@pytest.mark.parametrize(
    "written",
    [
        "Ada{0} Lovelace, ada@example.org{0}",
        "{0}Ada Lovelace <{0}ada@exam{0}ple.org>",
        "name;email\nAda Lovelace;{0}ada@example.org",
    ],
)
def test_what_nobody_sees_makes_no_second_person_and_turns_no_words_around(mark, written):
    (line,) = read_people(written.format(mark))
    assert (line.name, line.email, line.problem) == ("Ada Lovelace", "ada@example.org", "")


def test_a_line_that_never_ends_is_named_like_any_other():
    (line,) = read_people("email,name\nada@example.org," + "a" * 200_000)
    assert (line.number, line.problem) == (2, "The name is longer than 200 characters.")


def test_what_joins_letters_stays():
    (line,) = read_people("علی\u200cم, a@example.org")
    assert line.name == "علی\u200cم"


@pytest.mark.django_db
def test_nor_does_one_who_is_invited_alone():
    form = InviteForm({"email": "\ufeff \u202aada@example.org\u200b", "name": "\u202eAda"})
    assert not form.is_valid()  # no assessment was chosen
    assert (form.cleaned_data["email"], form.cleaned_data["name"]) == ("ada@example.org", "Ada")
