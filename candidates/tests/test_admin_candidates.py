from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from assessments.tests.making import make_practice
from candidates.domain import entry, snapshots
from candidates.models import Attempt, AuditEntry, Candidate, Invitation, ResponseEvent, Score
from candidates.tests.admin_rows import judge, make_staff, make_submitted, signed_in
from candidates.tests.making import make_attempt, save

pytestmark = pytest.mark.django_db
LIST = "/admin/candidates/candidate/"


@pytest.fixture
def team() -> Client:
    return signed_in(*(f"candidates.{verb}_candidate" for verb in ("view", "add", "change", "delete")))


def page_url(candidate: Candidate, page: str = "change") -> str:
    return reverse(f"admin:candidates_candidate_{page}", args=[candidate.pk])


def form_of(client: Client, candidate: Candidate, **changes: str) -> dict[str, str]:
    page = client.get(page_url(candidate))
    data = {
        name: page.context["adminform"].form[name].value()
        for name in ("name", "email", "time_factor", "extra_breaks", "break_seconds")
    }
    for formset in page.context["inline_admin_formsets"]:
        data |= {f"{formset.formset.prefix}-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    return {**data, **changes}


# ---- Accommodation ----


def test_an_accommodation_is_kept_and_audited_without_saying_what(team):
    candidate = make_attempt(start=False).candidate
    response = team.post(page_url(candidate), form_of(team, candidate, time_factor="1.25", is_untimed="on"))
    candidate.refresh_from_db()
    assert (response.status_code, candidate.time_factor, candidate.is_untimed) == (302, Decimal("1.25"), True)
    entry_ = AuditEntry.objects.get(action="accommodation changed")
    assert (entry_.subject, entry_.detail) == (f"candidate {candidate.pk}", {})


def test_a_name_alone_is_no_accommodation(team):
    candidate = make_attempt(start=False).candidate
    team.post(page_url(candidate), form_of(team, candidate, name="Grace"))
    candidate.refresh_from_db()
    assert candidate.name == "Grace"
    assert not AuditEntry.objects.filter(action="accommodation changed").exists()


@pytest.mark.parametrize("factor", ["0.5", "11", "x"])
def test_a_factor_out_of_range_is_refused_in_words(team, factor):
    candidate = make_attempt(start=False).candidate
    response = team.post(page_url(candidate), form_of(team, candidate, time_factor=factor))
    assert list(response.context["adminform"].form.errors) == ["time_factor"]


def test_another_candidate_s_address_is_refused_in_words(team):
    first, second = make_attempt(start=False).candidate, make_attempt(start=False).candidate
    response = team.post(page_url(first), form_of(team, first, email=second.email.upper()))
    assert response.context["adminform"].form.errors == {"email": ["Another candidate has this address."]}


# ---- The list ----


def test_guests_of_practice_and_tries_are_hidden_until_asked_for(team):
    named = make_attempt().candidate
    practice = make_practice()
    guests = {entry.enter_practice(practice).candidate, entry.enter_preview(practice, by=make_staff()).candidate}

    def shown(**query: str) -> set[Candidate]:
        return set(team.get(LIST, query).context["cl"].result_list)

    assert shown() == {named}
    assert shown(who="guests") == guests
    assert shown(who="all") == {named, *guests}


def test_the_page_lists_invitations_and_attempts():
    attempt = make_submitted(title="Work sample")
    page = signed_in(is_superuser=True).get(page_url(attempt.candidate)).content.decode()
    assert reverse("admin:candidates_attempt_change", args=[attempt.pk]) in page
    assert reverse("admin:candidates_invitation_change", args=[attempt.invitation_id]) in page


# ---- Erasing ----


def test_deleting_asks_first_and_tells_what_goes(team):
    attempt = make_submitted()
    page = team.get(page_url(attempt.candidate, "delete")).content.decode()
    assert "Response events: 2" in page
    assert Candidate.objects.filter(pk=attempt.candidate_id).exists()


def test_deleting_erases_everything_of_theirs_and_audits_it(team):
    attempt = make_submitted()
    judge(attempt, by=make_staff())
    other = make_submitted()
    response = team.post(page_url(attempt.candidate, "delete"), {"post": "yes"})
    assert response["Location"] == LIST
    for model in (Candidate, Invitation, Attempt):
        assert model.objects.count() == 1
    assert {event.attempt for event in ResponseEvent.objects.all()} == {other}
    assert {score.attempt_question.attempt for score in Score.objects.all()} == {other}
    assert AuditEntry.objects.get(action="erased").subject == f"candidate {attempt.candidate_id}"


@pytest.mark.django_db(transaction=True)
def test_deleting_also_empties_the_cache(team):
    attempt = make_attempt()
    save(attempt, "Mine.")
    assert snapshots.peek(attempt.pk) is not None
    team.post(page_url(attempt.candidate, "delete"), {"post": "yes"})
    assert snapshots.peek(attempt.pk) is None


def test_several_can_be_erased_at_once(team):
    chosen = [make_submitted().candidate.pk for _ in range(2)]
    kept = make_submitted().candidate
    team.post(LIST, {"action": "delete_selected", "_selected_action": chosen, "post": "yes"})
    assert list(Candidate.objects.all()) == [kept]
    assert AuditEntry.objects.filter(action="erased").count() == 2


def test_no_name_stays_behind_in_django_s_own_log(team):
    candidate = make_attempt(start=False).candidate
    team.post(page_url(candidate), form_of(team, candidate, name="Grace Hopper"))
    team.post(page_url(candidate, "delete"), {"post": "yes"})
    entries = LogEntry.objects.all()
    assert [entry_.action_flag for entry_ in entries] == [3, 2]
    assert {entry_.object_repr for entry_ in entries} == {f"candidate {candidate.pk}"}
    assert "Grace" not in "".join(entry_.change_message for entry_ in entries)


def test_who_may_not_delete_cannot(team):
    candidate = make_attempt().candidate
    viewer = signed_in("candidates.view_candidate", "candidates.change_candidate")
    assert viewer.post(page_url(candidate, "delete"), {"post": "yes"}).status_code == 403
    assert Candidate.objects.count() == 1
