"""The drawings of the first page: what was finished by day, how far those invited have come, and who may see which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from assessments.domain.plots import Figure
from assessments.tests.making import make_assessment
from candidates.domain import dashboard_plots, entry, invitations
from candidates.domain.invitations import Invited
from candidates.enums import AttemptStatus, InvitationStatus
from candidates.models import Attempt, Invitation
from candidates.tests.admin_rows import make_submitted, signed_in
from candidates.tests.making import make_attempt

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("candidates.domain.dashboard_plots.clock.now", lambda: NOW)


def finished(ago: timedelta, **fields: object) -> None:
    Attempt.objects.filter(pk=make_submitted().pk).update(closed_at=NOW - ago, **fields)


def drawn(figure: Figure | None) -> Any:
    assert figure is not None
    assert figure.data is not None
    return figure


def invited(ago: timedelta = timedelta(hours=1)) -> Invited:
    (one,) = invitations.invite_many(
        make_assessment(), [(f"p{Invitation.objects.count()}@example.org", "P")], send_mail=False
    )
    Invitation.objects.filter(pk=one.invitation.pk).update(created_at=NOW - ago)
    return one


def test_a_day_has_a_bar_in_two_parts_and_days_without_any_have_their_place():
    finished(timedelta(hours=1))
    finished(timedelta(hours=2), status=AttemptStatus.EXPIRED)
    finished(timedelta(days=3))
    finished(timedelta(days=31))  # before these days
    finished(timedelta(hours=1), status=AttemptStatus.VOIDED)
    figure = drawn(dashboard_plots.finished_by_day())
    bars = figure.plot.bars
    assert (len(bars), [bar.title for bar in bars if bar.rects]) == (
        30,
        ["2026-11-27: 1 submitted, 0 ended by the clock", "2026-11-30: 1 submitted, 1 ended by the clock"],
    )
    assert [rect.kind for rect in bars[-1].rects] == ["submitted", "expired"]
    assert figure.sentence == "3 in the last 30 days; most on 2026-11-30: 2."
    assert figure.data.head == ("Day", "Submitted", "Ended by the clock")
    assert figure.data.rows == (("2026-11-27", "1", "0"), ("2026-11-30", "1", "1"))


def test_what_is_finished_after_midnight_belongs_to_the_new_day():
    finished(timedelta(hours=9, minutes=29))
    finished(timedelta(hours=9, minutes=31))
    assert drawn(dashboard_plots.finished_by_day()).data.rows == (("2026-11-29", "1", "0"), ("2026-11-30", "1", "0"))


def test_without_anything_to_see_nothing_is_drawn():
    finished(timedelta(days=31))
    Invitation.objects.update(created_at=NOW - timedelta(days=31))
    assert (dashboard_plots.finished_by_day(), dashboard_plots.progress_of_the_invited()) == (None, None)


def test_those_invited_are_counted_by_how_far_they_have_come():
    make_submitted()
    make_attempt()
    make_attempt(start=False)
    invited()
    Invitation.objects.filter(pk=invited().invitation.pk).update(status=InvitationStatus.DECLINED, declined_at=NOW)
    Invitation.objects.filter(pk=invited().invitation.pk).update(status=InvitationStatus.REVOKED)
    Invitation.objects.update(created_at=NOW - timedelta(days=1))
    invited(timedelta(days=31))
    figure = drawn(dashboard_plots.progress_of_the_invited())
    assert [bar.title for bar in figure.plot.bars] == ["5 invited", "3 came in", "2 started", "1 finished"]
    assert figure.sentence == "1 of 5 have finished; 1 have started and not finished, 1 declined."
    assert figure.data.rows == (("invited", "5"), ("came in", "3"), ("started", "2"), ("finished", "1"))


def test_a_second_try_counts_its_person_once_and_a_voided_one_not():
    attempt = make_submitted()
    assert attempt.invitation is not None
    Attempt.objects.filter(pk=attempt.pk).update(status=AttemptStatus.VOIDED)
    again = entry.enter_by_invitation(attempt.invitation)
    assert again.pk != attempt.pk
    Invitation.objects.update(created_at=NOW)
    figure = drawn(dashboard_plots.progress_of_the_invited())
    assert [bar.title for bar in figure.plot.bars] == ["1 invited", "1 came in", "0 started", "0 finished"]


def test_each_sees_only_the_drawings_they_may():
    make_submitted()
    page = reverse("admin:index")
    seen = [
        [figure.slug for figure in signed_in(*permissions).get(page).context["figures"]]
        for permissions in ([], ["candidates.view_attempt"], ["candidates.view_invitation"])
    ]
    assert seen == [[], ["finished-by-day"], ["progress-of-the-invited"]]


def test_the_figures_of_a_drawing_unfold_beneath_it():
    make_submitted()
    html = signed_in("candidates.view_invitation").get(reverse("admin:index")).content.decode()
    assert '<th scope="col">Step</th><th scope="col">Invitations</th>' in html
    assert 'Show data<span class="visually-hidden">: Invited in the last 30 days</span>' in html
