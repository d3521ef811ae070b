import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_views")]


@pytest.mark.parametrize("path", ["/tests/database-away/", "/tests/pool-exhausted/"])
def test_a_database_that_is_away_is_no_error_of_the_callers(client, path):
    answer = client.post(path)
    assert answer.status_code == 503
    assert (answer["Retry-After"], answer["HX-Reswap"]) == ("2", "none")
    assert "Everything that was saved before is kept" in answer.text
    assert "db.example.org" not in answer.text


def test_that_page_asks_no_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/tests/database-away/")


def test_any_other_mistake_is_a_500(client):
    client.raise_request_exception = False
    assert client.get("/tests/broken/i/x/").status_code == 500


@pytest.mark.parametrize("path", ["/tests/fine/", "/admin/login/", "/not-there/"])
def test_every_page_sends_the_strict_headers(client, path):
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    directives = {part.strip() for part in headers["Content-Security-Policy"].split(";")}
    assert directives == {
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    }
