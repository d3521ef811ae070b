"""Every page of admin, found in its registry: what is registered later is tested without being named here."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db import connection
from django.db.models import Model
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from candidates.models import Suggestion
from candidates.tests.admin_rows import make_row, make_staff, signed_in

pytestmark = pytest.mark.django_db
REGISTRY = dict(sorted(admin.site._registry.items(), key=lambda pair: pair[0]._meta.label))
every_admin = pytest.mark.parametrize("model", REGISTRY, ids=lambda model: model._meta.label)
# A suggestion opens to nobody who has not scored, superusers included: see test_suggestions.py.
UNSEALED = [model for model in REGISTRY if model is not Suggestion]
every_unsealed_admin = pytest.mark.parametrize("model", UNSEALED, ids=lambda model: model._meta.label)


def url_of(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def pages_of(model: type[Model], row: Any) -> list[str]:
    """Its list, its page to change (or only read), and its page to add, where a superuser has one."""
    request = RequestFactory().get("/")
    request.user = make_staff(is_superuser=True)
    add = [url_of(model, "add")] if REGISTRY[model].has_add_permission(request) else []
    return [url_of(model, "changelist"), url_of(model, "change", row.pk), *add]


def statements(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code == 200
    return len(captured)


@every_unsealed_admin
def test_every_page_opens_for_a_superuser(model):
    client = signed_in(is_superuser=True)
    answers = {url: client.get(url).status_code for url in pages_of(model, make_row(model))}
    assert answers == dict.fromkeys(answers, 200)


@every_admin
def test_every_page_asks_the_anonymous_to_sign_in(model):
    for url in pages_of(model, make_row(model)):
        response = Client(headers={"host": "localhost"}).get(url)
        assert (response.status_code, response["Location"]) == (302, f"/admin/login/?next={url}")


@every_admin
def test_every_page_refuses_staff_without_permission(model):
    client = signed_in()
    answers = {url: client.get(url).status_code for url in pages_of(model, make_row(model))}
    assert answers == dict.fromkeys(answers, 403)


@every_unsealed_admin
def test_a_list_costs_the_same_for_one_row_and_for_three(model):
    client, url = signed_in(is_superuser=True), url_of(model, "changelist")
    make_row(model)
    statements(client, url)  # what a process remembers, it remembers now
    one = statements(client, url)
    for _ in range(2):
        make_row(model)
    assert statements(client, url) == one
    listed = client.get(url).context.get("cl")  # a page of its own instead of a list has none
    assert listed is None or listed.result_count >= 3


@every_admin
def test_a_list_can_be_searched_where_it_offers_to(model):
    if REGISTRY[model].search_fields:
        make_row(model)
        response = signed_in(is_superuser=True).get(url_of(model, "changelist"), {"q": "nothing is called that"})
        assert (response.status_code, response.context["cl"].result_count) == (200, 0)


@every_admin
def test_every_filter_can_be_used(model):
    make_row(model)
    client, url = signed_in(is_superuser=True), url_of(model, "changelist")
    changelist = client.get(url).context.get("cl")
    specs = changelist.filter_specs if changelist else []
    links = [choice["query_string"] for spec in specs for choice in spec.choices(changelist)]
    assert {client.get(url + link).status_code for link in links} <= {200}


@every_admin
def test_a_list_answers_no_question_that_it_does_not_offer(model):
    """Asked for with ``__regex`` or ``__gt``, any hidden value could be read out letter by letter."""
    request = RequestFactory().get("/")
    request.user = make_staff(f"{model._meta.app_label}.view_{model._meta.model_name}")
    lookups = ("", "__exact", "__contains", "__regex", "__gt", "__in")
    asked = [f"{field.name}{lookup}" for field in model._meta.get_fields() for lookup in lookups]
    allowed = {one for one in asked if REGISTRY[model].lookup_allowed(one, "1", request)}
    assert allowed <= offered_by(REGISTRY[model], request)


def offered_by(model_admin: ModelAdmin, request: Any) -> set[str]:
    """Named by a filter of the list itself: no lookup that compares or searches."""
    filters = model_admin.get_list_filter(request)
    named = {getattr(one, "parameter_name", "") for one in filters if isinstance(one, type)}
    return named | {f"{one}{exact}" for one in filters if isinstance(one, str) for exact in ("", "__exact")}


def test_the_index_opens_and_lists_what_the_user_may_see():
    response = signed_in("assessments.view_tag").get(reverse("admin:index"))
    assert [model["object_name"] for app in response.context["app_list"] for model in app["models"]] == ["Tag"]


def test_every_registered_admin_says_what_cannot_be_deleted():
    """Nothing that is only ever appended offers a way to delete it."""
    request = RequestFactory().get("/")
    request.user = make_staff(is_superuser=True)
    deletable = {model._meta.label for model, one in REGISTRY.items() if can_delete(one, request)}
    assert deletable == {
        "auth.Group",
        "auth.User",
        "assessments.QuestionBank",
        "assessments.Tag",
        "candidates.Candidate",
    }


def can_delete(one: ModelAdmin, request: Any) -> bool:
    return one.has_delete_permission(request)
