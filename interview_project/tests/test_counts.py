import os
import signal
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve
from psycopg_pool import PoolTimeout
from redis.exceptions import ConnectionError as RedisAway

from interview_project import counts, giving_up
from interview_project.caches import Fuse
from interview_project.counts import BOUNDS, Board, outcome_of
from interview_project.middleware import UnavailableMiddleware, route_of

ATTEMPT = "0c1d3f2e-6f53-4d2c-8a52-7d5f0a3e9b11"


@pytest.fixture
def board(monkeypatch):
    """An empty one, this process's own, which has no opinion yet of the database."""
    monkeypatch.delenv(counts.SHARED, raising=False)
    monkeypatch.setattr(counts, "board", Board())
    monkeypatch.setattr(giving_up, "standstill", giving_up.Standstill())


def shown():
    return {(one.name, *one.labels.values()): one.value for one in counts.gauges()}


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("POST", f"/attempts/{ATTEMPT}/questions/1/", "save"),
        ("GET", f"/attempts/{ATTEMPT}/questions/1/", "page"),
        ("POST", f"/attempts/{ATTEMPT}/submit/", "page"),
        ("POST", f"/api/v1/sessions/{ATTEMPT}", "save"),
        ("GET", f"/api/v1/sessions/{ATTEMPT}", "api"),
        ("POST", "/admin/login/", "staff"),
    ],
)
def test_requests_are_told_apart(method, path, route):
    request = RequestFactory().generic(method, path)
    request.resolver_match = resolve(path)
    assert route_of(request) == route


def test_what_leads_nowhere_is_a_kind_of_its_own():
    assert route_of(RequestFactory().get("/no/such/page")) == "other"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((200, "ok"), (302, "ok"), (404, "refused"), (409, "conflict"), (410, "closed"), (422, "refused")),
        *((429, "limited"), (500, "failed"), (503, "unavailable"), (502, "failed")),
    ],
)
def test_answers_are_told_apart(status, outcome):
    assert outcome_of(status) == outcome


@pytest.mark.usefixtures("board")
def test_a_request_is_in_its_bucket_and_every_larger_one():
    counts.note_request("save", 200, 0.05)
    counts.note_request("save", 409, 0.0501)
    counts.note_request("save", 200, 99)
    found = shown()
    within = [found["parley_request_seconds_bucket", "save", str(bound)] for bound in (0.025, *BOUNDS[3:])]
    assert within == [0, 1, 2, 2, 2, 2, 2, 2, 2]
    assert found["parley_request_seconds_bucket", "save", "+Inf"] == 3
    assert found["parley_request_seconds_count", "save"] == 3
    assert found["parley_request_seconds_sum", "save"] == pytest.approx(99.1001)
    assert (found["parley_responses_total", "save", "ok"], found["parley_responses_total", "save", "conflict"]) == (
        2,
        1,
    )
    assert found["parley_request_seconds_count", "page"] == 0


def as_django_raises_it() -> OperationalError:
    error = OperationalError("couldn't get a connection after 5.00 sec")
    error.__cause__ = PoolTimeout()
    return error


@pytest.mark.usefixtures("board")
@pytest.mark.parametrize(
    ("error", "kind"),
    [(PoolTimeout(), "pool"), (as_django_raises_it(), "pool"), (OperationalError("away"), "database")],
)
def test_a_database_that_is_away_is_counted(error, kind, rf):
    answer = UnavailableMiddleware(lambda request: HttpResponse()).process_exception(rf.get("/"), error)
    assert answer is not None
    assert answer.status_code == 503
    assert shown()["parley_problems_total", kind] == 1


def away() -> giving_up.Standstill:
    found = giving_up.Standstill()
    found.note_refusal()
    return found


def silent() -> giving_up.Standstill:
    found = giving_up.Standstill()
    found.note_answer()
    found.note_giving_up(after=0)
    return found


@pytest.mark.usefixtures("board")
@pytest.mark.parametrize("known", [away, silent])
def test_a_pool_that_has_none_because_the_database_is_away_is_not_exhausted(known, rf, monkeypatch):
    standstill = known()
    monkeypatch.setattr(giving_up, "standstill", standstill)
    middleware = UnavailableMiddleware(lambda request: HttpResponse())
    middleware.process_exception(rf.get("/"), as_django_raises_it())
    standstill.note_answer()
    middleware.process_exception(rf.get("/"), as_django_raises_it())
    assert (shown()["parley_problems_total", "database"], shown()["parley_problems_total", "pool"]) == (1, 1)


@pytest.mark.usefixtures("board")
def test_a_cache_that_is_away_is_counted():
    fuse = Fuse(failures=2)

    def away():
        raise RedisAway

    for _ in range(3):  # the third is not tried any more
        assert fuse.run(away, otherwise=None) is None
    assert (shown()["parley_problems_total", "cache"], shown()["parley_problems_total", "fuse"]) == (2, 1)


def test_the_format_of_a_histogram(client, db):
    client.get("/no/such/page")
    lines = client.get("/metrics").text.splitlines()
    begins = lines.index("# TYPE parley_request_seconds histogram")
    assert lines[begins + 1].startswith('parley_request_seconds_bucket{route="save",le="0.005"} ')
    assert sum(line.startswith("# TYPE parley_request_seconds") for line in lines) == 1


@pytest.mark.needs_postgresql
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds a server's processes in /proc")
def test_whoever_is_asked_answers_for_all_processes_and_for_those_before_them(database_url, web):
    server = web(DATABASE_URL=database_url, REDIS_URL=os.environ["REDIS_URL"], WEB_CONCURRENCY="3", ALLOWED_HOSTS="*")

    def ask(path):
        """The answer, and the process that gave it."""
        try:
            with urllib.request.urlopen(f"{server.address}{path}", timeout=10) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.read().decode()

    def figures():
        lines = [line for line in ask("/metrics").splitlines() if not line.startswith("#")]
        return dict(line.rsplit(" ", 1) for line in lines)

    def known_to_all(count):
        began = set()
        for _ in range(30):
            found = figures()
            assert found['parley_request_seconds_count{route="other"}'] == str(count)
            began.add(found["process_cpu_seconds_total"])
        assert len(began) > 1

    for _ in range(30):
        ask("/no/such/page")
    known_to_all(30)
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    before = children.read_text().split()
    for child in before:
        os.kill(int(child), signal.SIGKILL)
    while set(before) & set(children.read_text().split()) or not children.read_text().split():
        pass
    server.wait()
    ask("/no/such/page")
    known_to_all(31)


def test_web_processes_do_not_inherit_what_the_server_has_read_before_an_upgrade(monkeypatch):
    import runpy

    from django.conf import settings

    monkeypatch.setattr(sys, "modules", {**sys.modules})
    assert "interview_project.env" in sys.modules
    found = runpy.run_path(str(Path(settings.BASE_DIR) / "docker" / "gunicorn.conf.py"))
    found["post_fork"](None, None)
    assert {name for name in sys.modules if name.partition(".")[0] == "interview_project"} == set()
    assert "assessments.models" in sys.modules
