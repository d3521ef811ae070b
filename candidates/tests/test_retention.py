from __future__ import annotations

from functools import partial

import pytest

from assessments.tests.making import make_assessment
from candidates.domain import audit, interventions, retention
from candidates.models import Attempt, AuditEntry, Candidate
from candidates.tests.making import make_attempt, save
from candidates.tests.racing import at_once


@pytest.mark.django_db
def test_erasing_twice_leaves_one_entry(admin_user):
    candidate = make_attempt().candidate
    retention.erase(candidate, by=admin_user)
    retention.erase(candidate, by=admin_user)
    assert list(AuditEntry.objects.filter(action="erased").values_list("subject", "detail")) == [
        (f"candidate {candidate.pk}", {"attempts": 1})
    ]


@pytest.mark.django_db(transaction=True)
def test_erasing_waits_for_whoever_holds_the_attempt_and_they_for_it(admin_user):
    for _ in range(8):
        attempt = make_attempt(make_assessment(duration_seconds=600))
        outcomes = at_once(
            partial(retention.erase, attempt.candidate, by=admin_user),
            partial(interventions.extend, attempt, seconds=60, by=admin_user),
            partial(save, attempt, "A text."),
        )
        refused = [type(one) for one in outcomes if isinstance(one, Exception)]
        assert (outcomes[0], set(refused) <= {Attempt.DoesNotExist}) == (None, True)
    assert (Candidate.objects.count(), audit.first_broken_entry()) == (0, None)
