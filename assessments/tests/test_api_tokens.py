"""API tokens: hashed, scoped, expiring, revocable, shown once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.domain import api_tokens
from assessments.enums import ApiScope
from assessments.models import ApiToken

pytestmark = pytest.mark.django_db
ADD, LIST = reverse("admin:assessments_apitoken_add"), reverse("admin:assessments_apitoken_changelist")
SECRET = re.compile(r"parley_[A-Za-z0-9_-]{43}")


@pytest.fixture
def owner() -> User:
    return User.objects.create_user("ada", password="p" * 16, is_staff=True)


@pytest.fixture
def issued(owner) -> api_tokens.Issued:
    return api_tokens.issue(name="nightly", scope=ApiScope.GENERATE, owner=owner, days=30)


def found(issued: api_tokens.Issued) -> ApiToken | None:
    return api_tokens.find(issued.secret, scope=ApiScope.GENERATE)


def test_only_the_hash_of_a_secret_is_stored(issued):
    row = ApiToken.objects.values().get()
    assert SECRET.fullmatch(issued.secret)
    assert not [name for name, value in row.items() if issued.secret in str(value)]
    assert issued.secret.startswith(row["hint"])
    assert len(row["hint"]) <= len("parley_") + 4
    assert row["secret_hash"] == api_tokens.hash_of(issued.secret)


def test_a_token_is_found_by_its_secret_and_its_use_is_noted(issued):
    assert found(issued) == issued.token
    used_at = ApiToken.objects.get().last_used_at
    assert used_at is not None
    found(issued)
    assert ApiToken.objects.get().last_used_at == used_at  # not written again within a minute


@pytest.mark.parametrize("secret", ["", "parley_", "parley_" + "x" * 43, "parley_\ud800", "Parley_x"])
def test_nothing_else_is_found(issued, secret):
    assert api_tokens.find(secret, scope=ApiScope.GENERATE) is None


def test_a_revoked_token_opens_nothing(issued, owner):
    api_tokens.revoke(issued.token, by=owner)
    first = ApiToken.objects.get()
    api_tokens.revoke(issued.token, by=owner)
    assert found(issued) is None
    assert (first.revoked_by, ApiToken.objects.get().revoked_at) == (owner, first.revoked_at)


def test_an_expired_token_opens_nothing(issued):
    now = timezone.now()
    ApiToken.objects.update(created_at=now - timedelta(days=2), expires_at=now - timedelta(seconds=1))
    assert found(issued) is None


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_a_token_ends_when_its_owner_leaves_the_staff(issued, owner, change):
    User.objects.filter(pk=owner.pk).update(**change)
    assert found(issued) is None


def test_a_token_of_another_scope_opens_nothing(issued):
    class OtherScope:
        value = "other"

    assert api_tokens.find(issued.secret, scope=OtherScope.value) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_token_lasts_a_year_at_most(owner, days):
    with pytest.raises(ValueError, match="from 1 to 366"):
        api_tokens.issue(name="x", scope=ApiScope.GENERATE, owner=owner, days=days)


@pytest.mark.parametrize(
    "impossible",
    [
        {"scope": "everything"},
        {"expires_at": timezone.now() - timedelta(days=400)},
        {"revoked_by": True},
    ],
)
def test_the_database_refuses_impossible_tokens(issued, owner, impossible):
    changes: dict[str, Any] = {name: owner if value is True else value for name, value in impossible.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiToken.objects.update(**changes)


# ---- In admin ----


def test_admin_shows_a_new_token_once(admin_client, admin_user):
    answer = admin_client.post(ADD, {"name": "nightly", "scope": "generate", "days": "30"})
    secrets = SECRET.findall(answer.content.decode())
    token = ApiToken.objects.get()
    assert (answer.status_code, len(secrets)) == (200, 1)
    assert "no-store" in answer.headers["Cache-Control"]
    assert (token.owner, token.name, token.secret_hash) == (admin_user, "nightly", api_tokens.hash_of(secrets[0]))
    later = [admin_client.get(url) for url in (LIST, reverse("admin:assessments_apitoken_change", args=[token.pk]))]
    assert [one.status_code for one in later] == [200, 200]
    assert not [one for one in later if SECRET.search(one.content.decode())]


@pytest.mark.parametrize("wrong", [{"days": "0"}, {"days": "4000"}, {"name": ""}, {"scope": "everything"}])
def test_admin_makes_no_token_of_a_form_that_does_not_fit(admin_client, wrong):
    answer = admin_client.post(ADD, {"name": "nightly", "scope": "generate", "days": "30", **wrong})
    assert "Please correct" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_admin_revokes_after_asking(admin_client, issued):
    url = reverse("admin:assessments_apitoken_revoke", args=[issued.token.pk])
    assert "cannot be undone" in admin_client.get(url).content.decode()
    assert found(issued) == issued.token
    admin_client.post(url, {"sure": "yes"})
    assert found(issued) is None


def test_a_token_can_neither_be_changed_nor_deleted_in_admin(admin_client, issued):
    admin_client.post(reverse("admin:assessments_apitoken_change", args=[issued.token.pk]), {"name": "other"})
    deleted = admin_client.post(reverse("admin:assessments_apitoken_delete", args=[issued.token.pk]), {"post": "yes"})
    assert (ApiToken.objects.get().name, deleted.status_code) == ("nightly", 403)


def test_whoever_may_only_add_sees_their_own(client, issued, django_user_model):
    other = django_user_model.objects.create_user("bob", password="p" * 16, is_staff=True)
    other.user_permissions.set(Permission.objects.filter(codename__in=["add_apitoken", "view_apitoken"]))
    client.force_login(other)
    assert "nightly" not in client.get(LIST).content.decode()
    assert client.get(reverse("admin:assessments_apitoken_change", args=[issued.token.pk])).status_code == 302
    client.post(ADD, {"name": "of bob", "scope": "generate", "days": "1"})
    assert "of bob" in client.get(LIST).content.decode()


def test_without_permission_none_is_made(client, owner):
    client.force_login(owner)
    assert client.post(ADD, {"name": "x", "scope": "generate", "days": "1"}).status_code == 403
    assert not ApiToken.objects.exists()


def test_the_list_costs_the_same_for_more_rows(admin_client, owner):
    counts = []
    for number in range(3):
        api_tokens.issue(name=f"{number}", scope=ApiScope.GENERATE, owner=owner, days=1)
        with CaptureQueriesContext(connection) as statements:
            admin_client.get(LIST)
        counts.append(len(statements))
    assert len(set(counts)) == 1
