from __future__ import annotations

from functools import partial

import pytest

from assessments.tests.making import make_bank
from candidates.domain import audit
from candidates.models import AuditEntry
from candidates.tests.racing import at_once


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("earlier", [0, 1])
def test_entries_made_at_once_stand_in_one_chain(earlier, admin_user):
    banks = [make_bank() for _ in range(6)]
    for bank in banks[:earlier]:
        audit.record(action="first", subject=bank, by=admin_user)
    for _ in range(3):
        calls = [partial(audit.record, action="tried", subject=bank, by=admin_user) for bank in banks]
        assert [one.action for one in at_once(*calls)] == ["tried"] * 6
    assert audit.first_broken_entry() is None
    assert AuditEntry.objects.count() == earlier + 18
