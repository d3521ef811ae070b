"""Small views for the tests of the leaves, beside the product's own."""

import structlog
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from psycopg_pool import PoolTimeout

from interview_project.htmx import go, render_fragment
from interview_project.ratelimit import WhileAway, limited

log = structlog.get_logger("tests")


def fine(request: HttpRequest, token: str = "") -> HttpResponse:
    log.info("in the view", path=request.path)
    return HttpResponse("fine")


def broken(request: HttpRequest, token: str = "") -> HttpResponse:
    raise RuntimeError(f"could not use token={token} of ann@example.org with {request.headers.get('Authorization')}")


def database_away(request: HttpRequest) -> HttpResponse:
    raise OperationalError("connection to server at db.example.org failed")


def pool_exhausted(request: HttpRequest) -> HttpResponse:
    raise PoolTimeout("couldn't get a connection after 5.00 sec")


@limited(group="closed", rate="3/m", while_away=WhileAway.CLOSED)
def shut_without_cache(request: HttpRequest) -> HttpResponse:
    return HttpResponse("let through")


@limited(group="open", rate="3/m", while_away=WhileAway.OPEN)
def open_without_cache(request: HttpRequest) -> HttpResponse:
    return HttpResponse("let through")


@limited(group="guess", rate="3/m")
def guessed_without_cache(request: HttpRequest) -> HttpResponse:
    return HttpResponse("let through")


@limited(group="get", rate="1/h", methods=("GET",))
def limited_to_one_an_hour(request: HttpRequest) -> HttpResponse:
    return HttpResponse("let through")


def part_of_a_page(request: HttpRequest) -> HttpResponse:
    return render_fragment(request, "parts.html", "first", {"name": "Ann"}, status=int(request.GET.get("status", 200)))


def elsewhere(request: HttpRequest) -> HttpResponse:
    return go(request, "/there/")


urlpatterns = [
    path("tests/guess/", guessed_without_cache),
    path("tests/fine/", fine),
    path("tests/i/<str:token>/", fine),
    path("tests/broken/i/<str:token>/", broken),
    path("tests/database-away/", database_away),
    path("tests/pool-exhausted/", pool_exhausted),
    path("tests/shut/", shut_without_cache),
    path("tests/open/", open_without_cache),
    path("tests/hourly/", limited_to_one_an_hour),
    path("tests/part/", part_of_a_page),
    path("tests/elsewhere/", elsewhere),
    path("", include("interview_project.urls")),
]
