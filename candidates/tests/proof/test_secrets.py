"""No secret of this installation gets out: not into a page, a header, a log line, an error, a row, the cache or a metric."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection

from candidates.domain import invitations, links, mails, passes, snapshots
from candidates.tests.making import holder_of
from candidates.tests.proof.routes import routes
from candidates.tests.proof.seeing import everything, said
from candidates.tests.proof.world import World
from interview_project.logs import structured_formatter
from interview_project.testing.environment import is_embedded

pytestmark = pytest.mark.django_db
PASSWORD = "canary-of-the-password-4c1d"
SHOWS_LINKS = "admin:candidates_invitation_change"


HOW_QUOTED = {  # what nobody configured is known by where it stands; the installation's own are known anywhere
    "the invitation's token": "GET /i/{}/",
    "the candidate's pass": "Cookie: parley_attempt={}",
    "the staff's password": "password={}",
}


def may_show(where: str, secret: str) -> bool:
    """A link on its own pages, and to those who may invite."""
    own = {route.name for route in routes() if "token" in route.parameters} | {SHOWS_LINKS}
    return secret == "the invitation's token" and where in own


def secrets_of(world: World) -> dict[str, str]:
    """As they are in this run: the servers' passwords are drawn anew each time."""
    found = {
        "SECRET_KEY": settings.SECRET_KEY,
        "the API token": world.token.secret,
        "the invitation's token": world.invitation_token,
        "the candidate's pass": passes.seal(holder_of(world.mine)).rpartition(":")[2],
        "the staff's password": PASSWORD,
    }
    if not is_embedded():
        found["the database's password"] = str(settings.DATABASES["default"]["PASSWORD"])
        found["the cache's password"] = str(urlsplit(settings.REDIS_URL).password)
    assert all(len(secret) >= 12 for secret in found.values())
    return found


def leaks(world: World, seen: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    secrets = secrets_of(world)
    return sorted(
        {
            (where, name)
            for where, text in seen
            for name, secret in secrets.items()
            if secret in text and not may_show(where, name)
        }
    )


def pages(world: World) -> Iterator[tuple[str, str]]:
    """Every address as root who also carries the candidate's pass, and all that the candidate sees."""
    client = world.candidate(world.mine)
    client.force_login(world.root)
    for route in routes():
        if route.name == "invitation" or not route.is_of_an_attempt:
            yield route.name, said(client.get(route.url(world)))
    for where, text in everything(world, world.mine):
        yield where.removeprefix("GET "), text


def dump() -> Iterator[tuple[str, str]]:
    """Every table there is, the cache's and the sessions' too, as a dump would write it down."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            yield f"table {table}", str(cursor.fetchall())


def kept_in(redis: Any) -> Iterator[tuple[str, str]]:
    for key in redis.scan_iter() if redis else ():
        held = {b"hash": redis.hgetall, b"string": redis.get}.get(redis.type(key), lambda key: "")(key)
        yield f"key {key!r}", str(held)


def files() -> Iterator[tuple[str, str]]:
    for path in Path(settings.STATIC_ROOT).rglob("*"):
        if path.suffix in {".js", ".css", ".html", ".json", ".svg"}:
            yield path.name, path.read_text(encoding="utf-8", errors="replace")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything is logged, as if an operator looked for a fault; in the product's own format, where it can be read."""
    stream, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structured_formatter("json"))
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.setLevel(before)
    root.removeHandler(handler)


def test_no_page_row_key_file_or_log_line_holds_one(world, log, request):
    somebody = User.objects.create_user("somebody", password=PASSWORD, is_staff=True)
    world.anonymous().post("/admin/login/", {"username": somebody.username, "password": PASSWORD})
    snapshots.rebuild(world.mine)
    assert leaks(world, pages(world)) == []
    assert leaks(world, dump()) == []
    assert leaks(world, kept_in(request.getfixturevalue("_redis"))) == []
    assert leaks(world, files()) == []
    assert "parley.request" in log.getvalue()  # so there was a log to look at
    assert leaks(world, iter([("log", log.getvalue())])) == []


def test_a_mail_holds_its_own_link_and_nothing_else(world):
    message = mails.message_of(invitations.order_mail(world.mine.invitation)).message().as_bytes().decode()
    assert links.invitation_link(world.invitation_token) in message.replace("=\n", "")
    others = [name for name, secret in secrets_of(world).items() if secret in message and "invitation" not in name]
    assert others == []


def test_what_breaks_tells_no_secret(world, monkeypatch, log):
    """An exception that quotes all of them, on a page of a candidate, one of staff and in the API."""
    secrets = secrets_of(world)
    quoted = " ".join(HOW_QUOTED.get(name, "{}").format(secret) for name, secret in secrets.items())

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(f"could not {quoted}")

    monkeypatch.setattr("candidates.domain.snapshots.load", broken)
    monkeypatch.setattr("candidates.domain.reviews.waiting", broken)
    client = world.candidate(world.mine)
    client.force_login(world.root)
    urls = [f"/attempts/{world.mine.pk}/", "/admin/candidates/attempt/waiting/", f"/api/v1/sessions/{world.mine.pk}"]
    answers = [client.get(url) for url in urls]
    assert [answer.status_code for answer in answers] == [500, 500, 500]
    assert leaks(world, ((url, said(answer)) for url, answer in zip(urls, answers, strict=True))) == []
    assert "could not" in log.getvalue()
    assert leaks(world, iter([("log", log.getvalue())])) == []


def test_this_net_would_catch_one(world):
    """Guard: one in a row and one on a page are found."""
    world.mine.candidate.name = world.token.secret
    world.mine.candidate.save()
    assert ("table candidates_candidate", "the API token") in leaks(world, dump())
    page = said(world.anonymous().get(f"/i/{world.invitation_token}/"))
    assert ("a page", "the API token") in leaks(world, iter([("a page", page)]))
