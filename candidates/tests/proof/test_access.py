"""Who may call what: every address × every caller × every method. What no rule covers fails, and says what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone

from assessments.admin.object_actions import ObjectActionsAdmin
from candidates.access import public
from candidates.domain import passes
from candidates.tests.making import holder_of
from candidates.tests.proof.routes import Route, of_admin, of_attempts, of_objects, routes
from candidates.tests.proof.world import World

pytestmark = pytest.mark.django_db
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")

# ---- The rules that cannot be read off the code ----

OPEN_TO_ANYONE = {  # views of no app, which cannot say it by `candidates.access.public`
    "openapi": "what the API is like",
    "docs": "the same, drawn",
    "api/<path:path>": "a 404",
    "healthz": "for probes",
    "readyz": "for probes",
    "metrics": "for Prometheus; nginx keeps it inside",
    "admin/login/": "before there is anybody",
    "admin:login": "the same",
    "admin:logout": "leaves",
}
FOR_ALL_STAFF = {"admin:index", "admin:app_list", "admin:jsi18n", "admin:autocomplete", "admin:view_on_site"}
FOR_ALL_STAFF |= {"admin:password_change", "admin:password_change_done", "admin/<url>"}
Rule = tuple[tuple[str, ...], ...]
"""Any of these sets of permissions opens a page, and nothing less does. Empty: whoever is on the staff."""


def any_of(*permissions: str) -> Rule:
    return tuple((one,) for one in permissions)


def all_of(*permissions: str) -> Rule:
    return (permissions,)


WHO_IMPORTS = all_of("assessments.add_question", "assessments.change_question")
OWN_PAGES = {  # pages of ours in admin
    # Whoever may only look sees their own.
    "admin:assessments_apitoken_change": any_of("assessments.change_apitoken", "assessments.view_apitoken"),
    "admin:auth_user_add": all_of("auth.add_user", "auth.change_user"),
    "admin:auth_user_password_change": any_of("auth.change_user"),
    "admin:assessments_aicontrol_switch": any_of("assessments.change_aicontrol"),
    "admin:assessments_aicontrol_export": any_of("assessments.view_aicontrol", "assessments.change_aicontrol"),
    "admin:assessments_question_preview": any_of("assessments.view_question", "assessments.change_question"),
    "admin:assessments_question_new_version": any_of("assessments.change_question"),
    "admin:assessments_questionbank_export": any_of("assessments.change_question"),
    "admin:assessments_questionimport_json": WHO_IMPORTS,
    "admin:assessments_questionimport_csv": WHO_IMPORTS,
    "admin:assessments_questionimport_picture": WHO_IMPORTS,
    "admin:assessments_assessment_fairness": any_of("candidates.change_attempt"),
    "admin:candidates_attempt_waiting": any_of("candidates.add_review"),
    "admin:candidates_attempt_score": any_of("candidates.add_review"),
    "admin:candidates_invitation_invite": any_of("candidates.add_invitation"),
    "admin:candidates_invitation_mails": any_of("candidates.view_invitation"),
}
OWN_ADMINS = {
    "assessments.QuestionImport": WHO_IMPORTS,
    "assessments.Generation": any_of(
        "assessments.add_question", "assessments.view_generation", "assessments.change_generation"
    ),
}
"""Whose pages do not ask for the permissions of their own model."""
DJANGO_PAGES: dict[str, tuple[str, ...]] = {
    "changelist": ("view", "change"),
    "change": ("view", "change"),
    "history": ("view", "change"),
}
DJANGO_PAGES |= {"add": ("add",), "delete": ("delete",), "redirect": ()}


def rule_for(route: Route) -> Rule:
    if route.name in FOR_ALL_STAFF or route.page == "redirect":
        return ()
    if route.name in OWN_PAGES:
        return OWN_PAGES[route.name]
    one = route.model_admin
    assert one is not None, undeclared(route)
    actions = {action.name.replace("-", "_"): action for action in getattr(one, "object_actions", ())}
    if isinstance(one, ObjectActionsAdmin) and route.page in actions:
        return any_of(actions[route.page].permission)
    assert route.page in DJANGO_PAGES, undeclared(route)
    assert route.is_djangos or route.page == "redirect", undeclared(route)
    if one.opts.label in OWN_ADMINS:
        return OWN_ADMINS[one.opts.label]
    opts = one.opts
    return any_of(*(f"{opts.app_label}.{verb}_{opts.model_name}" for verb in DJANGO_PAGES[route.page]))


def undeclared(route: Route) -> str:
    return (
        f"Nobody has said who may call {route.name} (/{route.pattern}). A view of an app says it with a decorator of "
        "candidates.access; a page of admin needs a line in OWN_PAGES of candidates/tests/proof/test_access.py with the "
        "permissions that open it; any other view one in OPEN_TO_ANYONE with its reason."
    )


def guarded() -> list[Route]:
    return [route for route in of_admin() if route.name not in OPEN_TO_ANYONE]


def refused(answer: Any) -> bool:
    """Sent to sign in, told that this is not for them, or that there is no such thing (admin sends those to its index)."""
    is_sent_away = answer.status_code == 302 and answer["Location"].partition("?")[0] in {"/admin/login/", "/admin/"}
    return is_sent_away or answer.status_code in {401, 403, 404}


def let_in(client: Client, world: World, some: Iterable[Route], methods: Iterable[str] = METHODS) -> list[str]:
    """Which of these answer otherwise than by a refusal, to somebody they are not for."""
    found = []
    for route in some:
        cache.clear()  # exports and tries of tokens are counted, too
        for method in methods:
            answer = getattr(client, method)(route.url(world))
            if not refused(answer) and answer.status_code not in {405, 415}:  # test_calls.py sends bodies that are read
                found.append(f"{method.upper()} {route.name}: {answer.status_code}")
    return found


# ---- Everything has a rule ----


def unsaid() -> list[str]:
    """Calls of the API say it by their own means: test_calls.py."""
    return [
        undeclared(route)
        for route in routes()
        if not (
            route.who_may_call or route.name in OPEN_TO_ANYONE or route.is_admin or route.name.startswith("api-v1:")
        )
    ]


def test_every_address_says_who_may_call_it():
    assert unsaid() == []
    assert [rule_for(route) for route in guarded()]  # each of them, or it raises its own sentence


def test_no_rule_is_about_an_address_that_is_gone():
    names = {route.name for route in routes()}
    assert (set(OPEN_TO_ANYONE) | FOR_ALL_STAFF | set(OWN_PAGES)) - names == set()


def test_what_is_open_to_anyone_is_open(world):
    client = world.anonymous()
    some = [route for route in routes() if route.who_may_call == "anyone" or route.name in OPEN_TO_ANYONE]
    answers = {route.name: client.get(route.url(world)).status_code for route in some}
    closed = {name: status for name, status in answers.items() if status not in {200, 302, 405}}
    assert closed == {"api/<path:path>": 404}


# ---- Candidates ----


def test_an_attempt_is_reached_by_its_own_candidate_alone(world):
    """Nobody else, staff included, whatever the method, and whatever the view says of who may call it."""
    callers = {
        "anonymous": world.anonymous(),
        "another candidate": world.candidate(world.theirs),
        "root": world.signed_in(world.root),
    }
    found = {name: let_in(client, world, of_objects()) for name, client in callers.items()}
    assert found == {name: [] for name in callers}


def test_its_own_candidate_reaches_all_of_it(world):
    """So the test above refused something; and no method but those that a view names is taken."""
    client, answers = world.candidate(world.mine), {}
    for route in of_attempts():
        url = route.url(world)
        tried = {method: getattr(client, method)(url).status_code for method in ("get", "put", "patch", "delete")}
        assert {tried["put"], tried["patch"], tried["delete"]} == {405}, route.name
        answers[route.name] = tried["get"]
    # Fresh questions are for practice, and this attempt is by invitation.
    assert {name for name, status in answers.items() if status == 404} == {"attempt-fresh"}
    assert set(answers.values()) <= {200, 302, 404, 405}


def test_a_pass_that_is_forged_old_or_of_somebody_else_opens_nothing(world):
    mine, theirs = passes.seal(holder_of(world.mine)), passes.seal(holder_of(world.theirs))
    body, *signature = mine.split(":")
    halves = ":".join([theirs.split(":")[0], *signature])
    crossed = passes.seal(passes.Pass(world.mine.pk, world.theirs.candidate_id))
    with time_machine.travel(timezone.now() - passes.LIFETIME - timedelta(seconds=1)):
        old = passes.seal(holder_of(world.mine))
    statuses = {}
    for name, forged in {"unsigned": body, "halves": halves, "crossed": crossed, "old": old, "none": ""}.items():
        client = world.anonymous()
        client.cookies["parley_attempt"] = forged
        statuses[name] = client.get(f"/attempts/{world.mine.pk}/").status_code
    assert statuses == dict.fromkeys(statuses, 404)


# ---- Staff ----


def test_the_anonymous_and_candidates_are_asked_to_sign_in(world):
    for client in (world.anonymous(), world.candidate(world.mine)):
        assert let_in(client, world, guarded(), ("get", "post", "delete")) == []


def test_staff_without_permission_reach_what_all_staff_do_and_nothing_else(world):
    client = world.staff()
    demanding = [route for route in guarded() if rule_for(route)]
    assert let_in(client, world, demanding, ("get", "post")) == []
    open_ = [route for route in guarded() if not rule_for(route) and route.page != "redirect"]
    answers = {route.name: client.get(route.url(world)).status_code for route in open_}
    assert set(answers.values()) <= {200, 302, 403, 404}


def test_without_the_permission_no_other_one_opens_a_page(world):
    """Somebody who may do everything else there is."""
    found = []
    for rule, some in by_rule(guarded()):
        for missing in enough_missing(rule):
            found += let_in(world.staff(all_but=missing), world, some, ("get", "post"))
    assert found == []


def test_the_permission_alone_opens_the_page(world):
    """Where it opens for a superuser: what only ever grows is changed by nobody, and a suggestion may be sealed."""
    root, shut = world.signed_in(world.root), []
    for rule, some in by_rule(guarded()):
        client = world.staff(only=rule[0])
        for route in some:
            url = route.url(world)
            if route.page != "history" and refused(client.get(url)) and not refused(root.get(url)):
                shut.append(f"{route.name} with {rule[0]}")
    assert shut == []


def by_rule(some: list[Route]) -> Iterator[tuple[Rule, list[Route]]]:
    for rule in sorted({rule_for(route) for route in some} - {()}):
        yield rule, [route for route in some if rule_for(route) == rule]


def enough_missing(rule: Rule) -> Iterator[list[str]]:
    """Of each set that would open it, one permission; another one each time."""
    for place in range(max(len(enough) for enough in rule)):
        yield [enough[place % len(enough)] for enough in rule]


def test_it_would_notice_a_page_that_forgot_to_ask(world, monkeypatch):
    """Guard: a page that demands nothing is found."""
    monkeypatch.setattr("candidates.admin.attempt.require", lambda request, *permissions: None)
    waiting = [route for route in guarded() if route.name == "admin:candidates_attempt_waiting"]
    assert let_in(world.staff(), world, waiting, ("get",)) == ["GET admin:candidates_attempt_waiting: 200"]


# ---- Guards: what the walks above would notice ----


@public
def peek(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    return HttpResponse("anybody's")


@pytest.mark.parametrize("caller", ["anonymous", "another candidate"])
def test_it_would_notice_a_page_of_an_attempt_that_is_said_to_be_anyones(world, with_also, caller):
    with_also(path("attempts/<uuid:attempt_id>/peek/", peek, name="peek"))
    client = world.anonymous() if caller == "anonymous" else world.candidate(world.theirs)
    assert let_in(client, world, of_objects(), ("get",)) == ["GET peek: 200"]


@pytest.mark.parametrize("address", ["admin/candidates/attempt/dump/", "admin/candidates/attempt/<uuid:object_id>/"])
def test_it_would_notice_a_page_of_admin_that_no_rule_is_about(with_also, address):
    """Whatever its name, and although the model has rules for Django's own pages."""
    with_also(path(address, lambda request: HttpResponse("all of them"), name="dump"))
    (route,) = (one for one in routes() if one.name == "dump")
    with pytest.raises(AssertionError, match="Nobody has said who may call dump"):
        rule_for(route)


def test_it_would_notice_a_page_of_admin_under_the_address_of_one_of_djangos(with_also):
    with_also(path("admin/candidates/attempt/all/change/", lambda request: HttpResponse("all"), name="change"))
    (route,) = (one for one in routes() if one.name == "change")
    with pytest.raises(AssertionError, match="Nobody has said who may call change"):
        rule_for(route)


def test_it_would_notice_a_second_address_under_a_name_that_is_known(with_also):
    with_also(path("else/", lambda request: HttpResponse("anything"), name="healthz"), last=True)
    assert [one for one in unsaid() if "/else/" in one] != []
