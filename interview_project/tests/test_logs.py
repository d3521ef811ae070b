import io
import json
import logging
import time
import uuid
from itertools import product
from types import SimpleNamespace
from typing import Any, cast

import pytest
import structlog
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction

from candidates.domain import passes, tokens
from interview_project.logs import MASK, PATTERNS, PLAIN_PATH, keep_out, redact, structured_formatter, told

# What must not be in a log, and how each could get there: as a text, or as a named value.
SECRETS = {
    "an invitation token in a path": "GET /i/{}/ answered 404",
    "an invitation token in a link": "mailed https://parley.example.org/i/{}?from=mail to a candidate",
    "a bearer token": "Authorization: Bearer {}",
    "a basic authorization": "header authorization: Basic {}",
    "a database password": "cannot reach postgres://parley:{}@db.example.org:5432/parley",
    "a Redis password": "cannot reach redis://:{}@cache.example.org/0",
    "a key in a query": "POST https://ai.example.org/v1beta/models?alt=json&key={} timed out",
    "a session cookie": "Cookie: csrftoken=abc; __Host-parley_staff={}; theme=dark",
    "a cookie being set": "Set-Cookie: parley_attempt={}; HttpOnly; Path=/attempts/1/",
    "a password in a form": "posted username=ann&password={}&next=/",
    "a password in JSON": '{{"user": "ann", "password": "{}"}}',
    "a CSRF token": "csrfmiddlewaretoken={} did not match",
    "an API token": 'api_token: "{}" is unknown',
    "a client secret": "client-secret = {}",
}
CANARY = "kEpT-0uT_canary1234567890"
NAMED = {
    "password": CANARY, "secret_key": CANARY, "token": CANARY, "api_key": CANARY, "authorization": CANARY,
    "cookie": CANARY, "session_id": CANARY, "csrf": CANARY, "value": CANARY, "answer": CANARY, "response_text": CANARY,
    "email": CANARY, "candidate_name": CANARY, "client_ip": CANARY,
}  # fmt: skip


class Lines:
    """What was logged, through the formatter that production uses."""

    def __init__(self):
        self.stream = io.StringIO()

    def text(self):
        return self.stream.getvalue()

    def __call__(self):
        return [json.loads(line) for line in self.text().splitlines()]


@pytest.fixture
def lines():
    read = Lines()
    handler = logging.StreamHandler(read.stream)
    handler.setFormatter(structured_formatter("json"))
    logging.getLogger().addHandler(handler)
    yield read
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize("kind", SECRETS)
def test_no_text_keeps_a_secret(kind):
    text = SECRETS[kind].format(CANARY)
    assert CANARY in text
    assert CANARY not in redact(text)
    assert MASK in redact(text)


@pytest.mark.parametrize("kind", SECRETS)
def test_no_line_keeps_a_secret_however_it_got_there(kind, lines):
    text = SECRETS[kind].format(CANARY)
    log = structlog.get_logger("tests")
    log.warning(text)
    log.warning("detail", detail=text, nested={"list": [text, (text,)]}, error=ValueError(text))
    logging.getLogger("a.dependency").warning("it said: %s", text)
    try:
        int(text)
    except ValueError:
        log.exception("failed")
        logging.getLogger("a.dependency").exception("failed")
    assert len(lines()) == 5
    assert CANARY not in lines.text()


@pytest.mark.parametrize("name", NAMED)
def test_no_value_is_logged_under_a_name_that_holds_secrets(name, lines):
    structlog.get_logger("tests").warning("saved", **{name: CANARY}, inside={name: CANARY}, question=7)
    (line,) = lines()
    assert (line[name], line["inside"], line["question"]) == (MASK, {name: MASK}, 7)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO refused (words) VALUES (%s)", "INSERT INTO refused (words, n) VALUES (%s, 1), (%s, 2)"],
    ids=["a failing row", "a key that exists"],
)
def test_a_row_the_database_refuses_is_not_logged(lines, statement):
    answer = f"First thought.\n\nSecond thought: {CANARY}\nThird."
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE refused (words text UNIQUE, n integer UNIQUE CHECK (n > 0) NOT NULL)")
        try:
            with transaction.atomic():
                cursor.execute(statement, [answer] * statement.count("%s"))
        except IntegrityError:
            structlog.get_logger("tests").exception("refused")
        else:
            raise AssertionError("the database took it")
    (line,) = lines()
    assert "IntegrityError" in line["exception"]
    assert CANARY not in lines.text()


TOKEN = "q7Zr-T0kEn_of43LettersAsTheyAreMade-byUs_xY"
PASS = f"{'7f' * 16}.{'38' * 16}.x9Yk2:1xY0yI:{TOKEN}"


@pytest.mark.parametrize(
    "text",
    [
        "GET /{}/ 404", "GET /attempts/x/{} 404", "GET /i%2F{} 404", "GET /%69/{}/ 404",
        "Invalid HTTP method: 'parley_attempt={}'", "Host: {}.evil.example", "{}",
        "Transfer-Encoding: {}", "Cookie parley_attempt={}", "Content-Length: x{}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("secret", [TOKEN, PASS], ids=["a token", "a pass"])
def test_what_opens_an_attempt_is_known_by_its_shape_wherever_it_stands(text, secret):
    assert len(TOKEN) == 43
    left = redact(text.format(secret))
    assert TOKEN not in left
    assert "7f7f7f" not in left


def test_real_tokens_and_passes_have_that_shape(db):
    attempt, invitation = uuid.uuid4(), SimpleNamespace(pk=uuid.uuid4(), token_generation=1)
    for device in ("", "x9Yk2"):
        sealed = passes.seal(passes.Pass(attempt, uuid.uuid4(), device))
        assert redact(f"/attempts/x/{sealed}") == f"/attempts/x/{MASK}"
    token = tokens.derived(cast(Any, invitation))
    assert redact(f"GET /{token}/") == f"GET /{MASK}/"


@pytest.mark.parametrize(
    "text",
    [
        "password='two words, here' next", '{"password": "two words, here", "user": "ann"}', "password='two words, here",
        "TypeError: unhashable: {'response': 'two words, here', 'n': 1}", "{'value': ['two words, here'], 'n': 1}",
        "could not convert string to float: 'two words, here'", "invalid literal for int() with base 10: 'two words, here'",
        'invalid input syntax for type integer: "two words, here"', "LINE 1: INSERT INTO x VALUES ('two words, here')",
        "ERREUR\nDÉTAIL : La ligne contient (1, two words, here).", "DETALLE:  La fila contiene (1, two words, here).",
        "postgres://parley:p@two/words, here:rd@db/parley".replace(" ", ""),
    ],
)  # fmt: skip
def test_words_are_hidden_to_their_end(text):
    left = redact(text)
    assert [word for word in ("two", "words", "here'", "here)") if word in left] == []
    assert MASK in left


@pytest.mark.parametrize("key", ["sk-proj-abcdefghijklmnop", "AQ.Ab8RN6IxGg0123456789abcdef"])
def test_keys_of_others_are_known_by_their_shape(key):
    assert redact(f"with {key} it failed") == f"with {MASK} it failed"


def test_gunicorn_tells_no_address():
    assert redact("Invalid request from ip=192.0.2.7: Invalid HTTP method") == (
        f"Invalid request from ip={MASK}: Invalid HTTP method"
    )


@pytest.mark.django_db
@pytest.mark.needs_postgresql
@pytest.mark.parametrize("cast", ["integer", "date", "uuid"])
def test_what_the_database_cannot_read_is_not_logged_in_any_language(lines, cast):
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(f"SELECT CAST(%s AS text)::{cast}", [CANARY])
        except DatabaseError as error:
            structlog.get_logger("tests").exception("refused", error=error)
    (line,) = lines()
    assert "SQLSTATE 22" in line["error"]
    assert "SQLSTATE 22" in line["exception"]
    assert CANARY not in lines.text()


@pytest.mark.django_db
@pytest.mark.needs_postgresql
def test_a_refusal_still_says_what_it_is_about():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE refused (words text CONSTRAINT one_each UNIQUE)")
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            cursor.execute("INSERT INTO refused (words) VALUES (%s), (%s)", [CANARY, CANARY])
    said = told(caught.value)
    assert said.startswith("SQLSTATE 23505 UniqueViolation, constraint one_each, table refused")
    assert CANARY not in said


OBEYED = {
    "a colour": "\x1b[31m",
    "a cursor that goes up, in one character": "\x9b2A",
    "a second line": "\n2026-01-01T00:00:00Z [info] signed in account=1",
    "a line that is written over": "\rsigned in",
    "a second line for some readers": "\u2028signed in",
    "words turned around": "\u202egpj.exe",
    "isolated words": "\u2067x",
}


@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.parametrize("kind", OBEYED)
def test_no_path_or_name_moves_a_cursor_or_begins_a_line(kind, log_format, lines):
    (handler,) = [one for one in logging.root.handlers if getattr(one, "stream", None) is lines.stream]
    handler.setFormatter(structured_formatter(log_format))
    words = f"before{OBEYED[kind]}after"
    structlog.get_logger("tests").warning(words, path=words, nested={words: [words]})
    logging.getLogger("a.dependency").warning("it said: %s", words)
    assert [line.isprintable() for line in lines.text().removesuffix("\n").split("\n")] == [True, True]
    assert lines.text().count("after") == 5


def test_a_traceback_keeps_its_lines_and_nothing_else(lines):
    try:
        int("a\x1b[2Jb", base=99)
    except ValueError:
        structlog.get_logger("tests").exception("broken", error=ValueError("a\x1b[2Jb"))
    (said,) = lines()
    assert said["exception"].splitlines()[0] == "Traceback (most recent call last):"
    assert said["error"] == "a\\x1b[2Jb"


@pytest.mark.django_db
def test_a_host_that_is_not_ours_is_one_quiet_line(client, lines, settings):
    settings.ALLOWED_HOSTS = ["parley.example.org"]
    assert client.get("/", headers={"Host": f"{TOKEN.lower()}.example"}).status_code == 400
    quiet, request = lines()
    assert (quiet["event"], quiet["level"]) == ("asked for a host that is not in ALLOWED_HOSTS", "info")
    assert "exception" not in quiet
    assert (request["event"], request["status"]) == ("request", 400)
    assert TOKEN.lower() not in lines.text()


def test_a_google_key_is_known_by_its_shape():
    key = "AIza" + "Sy" * 16 + "abc"
    assert redact(f"with {key} it failed") == f"with {MASK} it failed"


ADDRESSES = ["ann@example.org", "ann.b+c@mail.example.co.uk", "<ann@example.org>", "ann%40example.org", "ann@localhost"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_mail_addresses_are_people(address):
    assert "ann" not in redact(f"invited {address}, who answered")


@pytest.mark.parametrize("name", ["SECRET_KEY", "database password"])
def test_this_installations_own_secrets_are_known_by_value(name, lines):
    secret = settings.SECRET_KEY if name == "SECRET_KEY" else settings.DATABASES["default"].get("PASSWORD")
    if not secret:
        pytest.skip("the embedded database has no password")
    structlog.get_logger("tests").warning(f"unlucky: {secret}!")
    assert lines()[0]["event"] == f"unlucky: {MASK}!"


def test_a_word_too_short_to_be_a_secret_is_left_alone():
    keep_out("postgres")
    assert redact("postgres is away") == "postgres is away"


@pytest.mark.parametrize(
    "text",
    [
        "GET /attempts/3f0c2c1e-7d0b-4d3a-9f43-0d8e0c2f8f11/questions/3/ 200",
        "swept overdue_closed=3 tasks_reclaimed=0",
        "connection to server at db.example.org failed: Connection refused",
        "https://parley.example.org:8000/admin/",
        "used tokens_in=120, tokens_out=80",
        "pg_dump: detail: Query was: LOCK TABLE public.candidates_attempt",
        "candidates/tests/test_words_are_marked.py::test_what_is_marked_as_such_stays_marked_in_all_languages",
        f"sha256 {'0a' * 32} differs",
    ],
)
def test_what_an_operator_needs_is_left_alone(text):
    assert redact(text) == text


JOINTS = (("/", "/"), ("", "-"), ("/", "_"), ("", ""), ("/i", "/"), ("-i/", "/"))
HARMLESS_WORDS = (
    "attempts",
    "token",
    "i",
    "key",
    "value",
    "parley_attempt",
    "bearer",
    "detail",
    "e3",
    "0" * 50,
    "ask-me",
)


def test_a_path_that_is_logged_as_it_stands_is_hidden_by_no_pattern():
    """Of any two of these words, however they are joined."""
    texts = [f"{before}{a}{between}{b}" for a, b in product(HARMLESS_WORDS, repeat=2) for before, between in JOINTS]
    plain = [text for text in texts if PLAIN_PATH.fullmatch(text)]
    assert len(plain) > len(texts) / 2
    assert [(text, one.pattern) for text in plain for one in PATTERNS if one.search(text)] == []


@pytest.mark.parametrize(
    "path", ["/i/secret/", "/x/aiza" + "0" * 35, "/sk-proj-abcdefghijklmnop/", "/attempts/\u017fk-" + "a" * 20]
)
def test_a_path_in_which_a_secret_may_stand_is_looked_through(path):
    assert PLAIN_PATH.fullmatch(path) is None
    assert MASK in redact(path)


def test_counts_are_no_secrets(lines):
    structlog.get_logger("tests").warning("generated", tokens_in=120, cost=0.5, cached=True, reason=None)
    (line,) = lines()
    assert (line["tokens_in"], line["cost"], line["cached"], line["reason"]) == (120, 0.5, True, None)


LONG = [
    *(
        "a" * 50_000,
        "a-" * 25_000,
        "token" * 10_000,
        "://" + ":" * 50_000,
        "a.b@" * 12_000,
        "a:" * 25_000,
        "aB" * 25_000,
    ),
    *("://a:" * 10_000, "\n" * 50_000, 'token="\\' * 10_000, "'value':[" * 9_000, "aaaaaa:" * 8_000, "DETAIL" * 9_000),
    *("invalid value for " * 3_000, "a%40" * 12_000, "parley_" * 8_000, "ip=" * 20_000, "LINE 1" * 9_000),
]


@pytest.mark.parametrize("text", LONG)
def test_a_long_text_takes_no_long_time(text):
    began = time.process_time()
    redact(text)
    assert time.process_time() - began < 2


def test_every_logger_goes_through_the_one_handler():
    """Django's own handlers would print a second line, without redaction."""
    handlers = {
        name: [handler for handler in logger.handlers if not isinstance(handler, logging.NullHandler)]
        for name, logger in logging.root.manager.loggerDict.items()
        if isinstance(logger, logging.Logger)
    }
    assert {name for name, own in handlers.items() if own} == set()


@pytest.mark.parametrize("name", ["django.request", "django.server", "django.db.backends", "gunicorn.error"])
def test_no_logger_keeps_its_lines_to_itself(name, lines):
    logging.getLogger(name).error("Internal Server Error: /i/%s/", CANARY)
    assert lines()[0]["event"] == f"Internal Server Error: /i/{MASK}/"


def test_people_read_it_too():
    record = logging.LogRecord("tests", logging.INFO, __file__, 1, "mailed %s", ("ann@example.org",), None)
    assert f"mailed {MASK}" in structured_formatter("console").format(record)


@pytest.mark.django_db
@pytest.mark.usefixtures("small_views")
class TestRequests:
    def test_one_line_says_how_a_request_ended(self, client, lines):
        answer = client.get("/tests/fine/?token=" + CANARY, headers={"Cookie": "a=" + CANARY})
        inside, after = lines()
        assert inside["event"] == "in the view"
        assert {name: after[name] for name in ("event", "method", "path", "status")} == {
            "event": "request",
            "method": "GET",
            "path": "/tests/fine/",
            "status": 200,
        }
        assert after["ms"] >= 0
        assert inside["request_id"] == after["request_id"] == answer["X-Request-ID"]
        assert CANARY not in lines.text()

    def test_each_request_has_an_id_of_its_own(self, client):
        assert client.get("/tests/fine/")["X-Request-ID"] != client.get("/tests/fine/")["X-Request-ID"]

    def test_a_token_in_the_path_is_never_logged(self, client, lines):
        client.get(f"/tests/i/{CANARY}/")
        client.get(f"/i/{CANARY}")
        assert lines()[-1]["path"] == f"/i/{MASK}"
        assert CANARY not in lines.text()

    def test_a_request_that_breaks_tells_where_and_no_secret(self, client, lines):
        client.raise_request_exception = False
        answer = client.post(
            f"/tests/broken/i/{CANARY}/",
            {"value": CANARY},
            headers={"Authorization": f"Bearer {CANARY}", "Referer": f"http://testserver/i/{CANARY}/"},
        )
        assert answer.status_code == 500
        assert CANARY not in answer.text
        trace = next(line["exception"] for line in lines() if "exception" in line)
        assert "interview_project/tests/urls.py" in trace
        assert "RuntimeError" in trace
        assert CANARY not in lines.text()
        assert "ann@" not in lines.text()

    @pytest.mark.parametrize("path", ["/healthz", "/static/nothing.css"])
    def test_what_is_asked_all_the_time_is_not_logged(self, client, lines, path):
        client.get(path)
        assert [line for line in lines() if line["event"] == "request"] == []
